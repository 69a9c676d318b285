//! What a pass keeps: sums per piece and class.

use std::collections::BTreeMap;

/// What the ground of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassKey {
    /// Cells with this class code.
    Class(i64),
    /// Cells whose class is missing.
    NoData,
    /// Ground of a polygon outside the raster.
    OutsideGrid,
}

/// Sums of one measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasureSum {
    /// Sum of quantised rate x mm2 over cells where the measure is known.
    pub sum: i128,
    /// Area of those cells, mm2.
    pub valid_mm2: i128,
    /// Area where the measure is missing, mm2.
    pub missing_mm2: i128,
    /// Number of cells, whole or in part, where it is missing.
    pub missing_cells: u64,
}

impl MeasureSum {
    /// Adds the sums of other cells.
    pub fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.valid_mm2 += other.valid_mm2;
        self.missing_mm2 += other.missing_mm2;
        self.missing_cells += other.missing_cells;
    }
}

/// Sums of one piece and class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Area, mm2.
    pub area_mm2: i128,
    /// One entry a measure, in their order; empty outside the grid.
    pub measures: Vec<MeasureSum>,
}

impl Sums {
    /// Adds another row's sums.
    pub fn add(&mut self, other: &Self) {
        self.area_mm2 += other.area_mm2;
        if self.measures.len() < other.measures.len() {
            self.measures
                .resize(other.measures.len(), MeasureSum::default());
        }
        for (own, other) in self.measures.iter_mut().zip(&other.measures) {
            own.merge(other);
        }
    }
}

/// Sums by piece and class, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PieceTable {
    /// The rows.
    pub rows: BTreeMap<(u32, ClassKey), Sums>,
}

impl PieceTable {
    /// Adds sums to a row.
    pub fn add(&mut self, piece: u32, class: ClassKey, sums: &Sums) {
        self.rows.entry((piece, class)).or_default().add(sums);
    }

    /// Merges another part of the same pass.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        for ((piece, class), sums) in other.rows {
            self.add(piece, class, &sums);
        }
        self
    }
}
