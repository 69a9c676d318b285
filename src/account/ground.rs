//! Sums of a pass by zone and ecosystem type.

use std::collections::BTreeMap;

use crate::zonal::{ClassKey, PieceTable, Sums};

/// Sums of one zone.
#[derive(Clone, Debug, Default)]
pub struct ZoneGround {
    /// By position of the class label.
    pub classes: BTreeMap<usize, Sums>,
    /// Area without a class, mm2.
    pub unclassified_mm2: i128,
    /// Area outside the raster, mm2.
    pub outside_mm2: i128,
}

impl ZoneGround {
    /// Returns the whole area, mm2.
    pub fn area_mm2(&self) -> i128 {
        let classes: i128 = self.classes.values().map(|sums| sums.area_mm2).sum();
        classes + self.unclassified_mm2 + self.outside_mm2
    }

    fn add(&mut self, class: Option<Option<usize>>, sums: &Sums) {
        match class {
            Some(Some(label)) => self.classes.entry(label).or_default().add(sums),
            Some(None) => self.unclassified_mm2 += sums.area_mm2,
            None => self.outside_mm2 += sums.area_mm2,
        }
    }
}

/// Sums of all zones, by code.
#[derive(Clone, Debug, Default)]
pub struct ClassGround {
    /// By zone code.
    pub zones: BTreeMap<String, ZoneGround>,
}

impl ClassGround {
    /// Adds pieces up to zones. `zone_of` names the zone of a piece, `label_of` the
    /// position of a class code among the labels.
    pub fn gather(
        table: &PieceTable,
        zone_of: impl Fn(u32) -> Option<String>,
        label_of: impl Fn(i64) -> Option<usize>,
    ) -> Self {
        let mut ground = Self::default();
        for ((piece, class), sums) in &table.rows {
            let Some(zone) = zone_of(*piece) else {
                continue;
            };
            let class = match class {
                ClassKey::Class(code) => Some(label_of(*code)),
                ClassKey::NoData => Some(None),
                ClassKey::OutsideGrid => None,
            };
            ground.zones.entry(zone).or_default().add(class, sums);
        }
        ground
    }
}
