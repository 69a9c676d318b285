//! From the coordinates of one reference system to those of another, point by point.
//!
//! The library is only asked for conversions between a projected system and its own
//! geographic one, which are exact formulas. Which datum shift applies is never left
//! to it: it would choose by the points of a batch, so that results would depend on
//! tiles, or take an unknown shift as none. Datums are either realised within a stated
//! bound of each other, and coordinates are carried over as they are, or the project
//! gives the seven parameters.

use gdal::spatial_ref::CoordTransform;
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{Helmert, Place, Snap};

use super::crs::Crs;

/// Datums realised within a metre of WGS 84 at any epoch since 2000, by the name the
/// library gives them. CGCS2000 is ITRF97 at epoch 2000.0: plates have carried China
/// some 0.8 m by 2025. ETRS89 and NAD83 are further from it than that.
const ALIGNED_DATUMS: [&str; 2] = ["WGS_1984", "China_2000"];
/// Bound on the distance between two of them, m: one metre each.
pub const ALIGNED_BOUND_M: f64 = 2.0;
/// Words in names of coordinates that no law turns back.
const SCRAMBLED: [&str; 5] = ["gcj", "bd-09", "bd09", "baidu", "火星"];

/// A reference system of a run and, if the project gives one, its shift to the datum
/// of the reference grid.
#[derive(Clone, Debug)]
pub struct System {
    /// The reference system.
    pub crs: Crs,
    /// From its datum to that of the reference grid.
    pub shift: Option<Helmert>,
}

impl System {
    /// Returns whether two systems have the same coordinates.
    pub fn same(&self, other: &Self) -> Result<bool, Findings> {
        Ok(self.shift == other.shift && self.crs.same(&other.crs)?)
    }
}

/// How the datum of one system becomes that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DatumStep {
    /// It is the same datum.
    Same,
    /// Both are realised within a bound: coordinates are carried over, m.
    Aligned(f64),
    /// By the parameters the project gives.
    Given,
}

/// The way from the coordinates of one system to those of another.
#[derive(Clone, Debug)]
pub struct Bridge {
    from: System,
    to: System,
    /// How the datum changes.
    pub datum: DatumStep,
}

impl Bridge {
    /// Finds the way, or refuses a change of datum nobody declared. `layer` is named
    /// in the refusal.
    pub fn between(from: &System, to: &System, layer: &str) -> Result<Self, Findings> {
        let refuse = |code| {
            Finding::error(code)
                .arg("layer", layer)
                .arg("own", to.crs.label())
                .arg("own_datum", to.crs.datum())
                .arg("reference", from.crs.label())
                .arg("reference_datum", from.crs.datum())
        };
        for system in [from, to] {
            let definition = system.crs.definition().to_lowercase();
            if SCRAMBLED.iter().any(|word| definition.contains(word)) {
                return Err(refuse("layer-crs-scrambled").into());
            }
            if !system.crs.plain_degrees()? {
                return Err(refuse("layer-crs-not-greenwich").into());
            }
        }
        let aligned = |system: &System| ALIGNED_DATUMS.contains(&system.crs.datum());
        let datum = if from.shift.is_some() || to.shift.is_some() {
            DatumStep::Given
        } else if from.crs.same_datum(&to.crs) {
            DatumStep::Same
        } else if aligned(from) && aligned(to) {
            DatumStep::Aligned(ALIGNED_BOUND_M)
        } else {
            return Err(refuse("layer-datum-differs").into());
        };
        let bridge = Self {
            from: from.clone(),
            to: to.clone(),
            datum,
        };
        bridge.open()?;
        Ok(bridge)
    }

    /// Returns the way from a system to its own geographic one.
    pub fn to_base(system: &System) -> Result<Self, Findings> {
        let base = System {
            crs: system.crs.base()?,
            shift: None,
        };
        let own = System {
            shift: None,
            ..system.clone()
        };
        Ok(Self {
            from: own,
            to: base,
            datum: DatumStep::Same,
        })
    }

    /// Opens the way for one thread.
    pub fn open(&self) -> Result<PointTransform, Findings> {
        let conversion =
            |system: &System, forth: bool| -> Result<Option<CoordTransform>, Findings> {
                if system.crs.geographic() {
                    return Ok(None);
                }
                let base = system.crs.base()?;
                let (from, to) = if forth {
                    (&system.crs, &base)
                } else {
                    (&base, &system.crs)
                };
                from.transform_to(to).map(Some)
            };
        Ok(PointTransform {
            leave: conversion(&self.from, true)?,
            enter: conversion(&self.to, false)?,
            bridge: self.clone(),
        })
    }

    fn change_datum(&self, mut place: Place) -> Place {
        let (own, other) = (self.from.crs.ellipsoid(), self.to.crs.ellipsoid());
        // Each shift leads to the reference datum. Between two shifts any ellipsoid
        // serves, as long as it is one: a point keeps its normal.
        if let Some(shift) = self.from.shift {
            let to = if self.to.shift.is_some() { own } else { other };
            place = shift.carry(place, own, to, false);
        }
        if let Some(shift) = self.to.shift {
            place = shift.carry(place, own, other, true);
        }
        place
    }
}

/// One thread's transformation of points.
pub struct PointTransform {
    leave: Option<CoordTransform>,
    enter: Option<CoordTransform>,
    bridge: Bridge,
}

impl PointTransform {
    /// Transforms points; what has no place in the other system becomes NaN. Results
    /// are put on 1e-9 degree or 0.1 mm, so that the last bits of the library do not
    /// show. Each point is computed by itself: batches do not matter.
    pub fn run(&self, x: &mut [f64], y: &mut [f64]) {
        self.run_unrounded(x, y);
        let moved = self.leave.is_some() || self.enter.is_some();
        if moved || self.bridge.datum == DatumStep::Given {
            let snap = self.bridge.to.crs.snap();
            for value in x.iter_mut().chain(y) {
                *value = on_lattice(*value, snap);
            }
        }
    }

    /// As [`PointTransform::run`], with all bits.
    pub fn run_unrounded(&self, x: &mut [f64], y: &mut [f64]) {
        if let Some(leave) = &self.leave {
            convert(leave, x, y);
        }
        if self.bridge.datum == DatumStep::Given {
            for (x, y) in x.iter_mut().zip(y.iter_mut()) {
                (*x, *y) = self.bridge.change_datum((*x, *y));
            }
        }
        if let Some(enter) = &self.enter {
            convert(enter, x, y);
        }
    }
}

fn on_lattice(value: f64, snap: Snap) -> f64 {
    (value * snap.units_per_one()).round() / snap.units_per_one()
}

/// Converts a batch; if a point of it fails, point by point, so that the others do not
/// depend on it.
fn convert(transform: &CoordTransform, x: &mut [f64], y: &mut [f64]) {
    let (own_x, own_y) = (x.to_vec(), y.to_vec());
    let whole = transform.transform_coords(x, y, &mut []).is_ok();
    let finite = |x: &[f64], y: &[f64]| x.iter().chain(y).all(|value| value.is_finite());
    if whole && finite(x, y) {
        return;
    }
    for at in 0..x.len() {
        let (mut one_x, mut one_y) = ([own_x[at]], [own_y[at]]);
        let good = own_x[at].is_finite()
            && own_y[at].is_finite()
            && transform
                .transform_coords(&mut one_x, &mut one_y, &mut [])
                .is_ok()
            && finite(&one_x, &one_y);
        (x[at], y[at]) = if good {
            (one_x[0], one_y[0])
        } else {
            (f64::NAN, f64::NAN)
        };
    }
}
