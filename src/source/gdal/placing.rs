//! Corners of a file on the lattice of the run's reference system.

use gdal::spatial_ref::CoordTransform;
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{Point, Snap};

use super::crs::Crs;

/// The way from a file's reference system to the run's lattice.
pub(super) struct Placing<'a> {
    own: &'a Crs,
    target: &'a Crs,
    transform: Option<CoordTransform>,
    snap: Snap,
}

/// Code and arguments of a finding about corners.
pub(super) type Problem = (&'static str, Vec<(&'static str, String)>);

/// Adds arguments to a finding.
pub(super) fn with(finding: Finding, arguments: Vec<(&'static str, String)>) -> Finding {
    let mut finding = finding;
    for (name, value) in arguments {
        finding = finding.arg(name, value);
    }
    finding
}

impl<'a> Placing<'a> {
    pub(super) fn new(own: &'a Crs, target: &'a Crs) -> Result<Self, Findings> {
        let transform = if own.same(target)? {
            None
        } else {
            Some(own.transform_to(target)?)
        };
        Ok(Self {
            own,
            target,
            transform,
            snap: target.snap(),
        })
    }

    /// Returns whether corners are transformed on the way.
    pub(super) fn transforms(&self) -> bool {
        self.transform.is_some()
    }

    /// Transforms corners and puts them on the lattice.
    ///
    /// # Errors
    ///
    /// Degrees out of range, and corners the run's system does not reach.
    pub(super) fn place(&self, corners: &[(f64, f64, f64)]) -> Result<Vec<Point>, Problem> {
        if let Some((code, shown)) = self.implausible(corners) {
            return Err((code, vec![("coordinates", shown)]));
        }
        let outside = || {
            let crs = self.target.label().to_string();
            ("zones-outside-projection", vec![("crs", crs)])
        };
        let mut x: Vec<f64> = corners.iter().map(|corner| corner.0).collect();
        let mut y: Vec<f64> = corners.iter().map(|corner| corner.1).collect();
        if let Some(transform) = &self.transform
            && transform.transform_coords(&mut x, &mut y, &mut []).is_err()
        {
            return Err(outside());
        }
        let points = x.iter().zip(&y).map(|(&x, &y)| self.snap.point(x, y));
        points.collect::<Option<_>>().ok_or_else(outside)
    }

    /// Degrees out of range: latitude first, or metres called degrees.
    fn implausible(&self, corners: &[(f64, f64, f64)]) -> Option<(&'static str, String)> {
        if !self.own.geographic() {
            return None;
        }
        let (x, y, _) = corners.iter().copied().find(|(x, y, _)| {
            !x.is_finite() || !y.is_finite() || y.abs() > 90.0 || x.abs() > 360.0
        })?;
        let shown = format!("{x}, {y}");
        let swapped = x.abs() <= 90.0 && y.abs() > 90.0 && y.abs() <= 180.0;
        Some((
            if swapped {
                "axis-order-swapped"
            } else {
                "coordinates-not-degrees"
            },
            shown,
        ))
    }
}
