//! Reference systems: names, transformations, ellipsoids, area models.

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{AreaModel, AuthalicPoint, Ellipsoid, GridSpec, Point, Snap, SurfacePlan};
use rayon::prelude::*;

/// A reference system, always with longitude or easting first.
#[derive(Clone, Debug)]
pub struct Crs {
    wkt: String,
    label: String,
    datum: String,
    geographic: bool,
    metres: f64,
    ellipsoid: Ellipsoid,
}

impl Crs {
    /// Reads a definition a user gave: `EPSG:4490`, WKT or a PROJ string.
    pub fn from_definition(definition: &str) -> Result<Self, Findings> {
        let unreadable = || {
            Finding::error("crs-unreadable")
                .arg("crs", definition)
                .exit(2)
        };
        let srs = SpatialRef::from_definition(definition).map_err(|_| unreadable())?;
        Self::from_library(&srs).ok_or_else(|| unreadable().into())
    }

    /// Takes over a reference system GDAL read; `None` if it is neither
    /// geographic nor projected.
    pub(super) fn from_library(srs: &SpatialRef) -> Option<Self> {
        let geographic = srs.is_geographic();
        if !geographic && !srs.is_projected() {
            return None;
        }
        let (major, minor) = (srs.semi_major().ok()?, srs.semi_minor().ok()?);
        let inverse_flattening = if major == minor {
            0.0
        } else {
            major / (major - minor)
        };
        // WKT of 2019 keeps what older WKT loses (axis order, datum ensembles).
        let wkt = srs.to_wkt().ok()?;
        let label = srs
            .authority()
            .ok()
            .or_else(|| srs.name())
            .unwrap_or_else(|| wkt.clone());
        let datum = srs.get_attr_value("DATUM", 0).ok().flatten();
        Some(Self {
            wkt,
            label,
            datum: datum.unwrap_or_default(),
            geographic,
            metres: if geographic { 1.0 } else { srs.linear_units() },
            ellipsoid: Ellipsoid::new(major, inverse_flattening),
        })
    }

    fn library(&self) -> Result<SpatialRef, Findings> {
        let mut srs = SpatialRef::from_definition(&self.wkt)
            .map_err(|_| Finding::error("crs-unreadable").arg("crs", &self.label))?;
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        Ok(srs)
    }

    /// Returns the authority code, or the name where there is none.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the whole definition, as WKT.
    pub(super) fn definition(&self) -> &str {
        &self.wkt
    }

    /// Returns the name of the datum; empty if the definition names none.
    pub fn datum(&self) -> &str {
        &self.datum
    }

    /// Returns whether two systems name the same datum and ellipsoid. An unknown
    /// datum is the same as no other.
    pub fn same_datum(&self, other: &Self) -> bool {
        let name = self.datum.to_lowercase();
        let unknown = [
            "unknown",
            "unnamed",
            "not_specified",
            "not specified",
            "user",
        ];
        let known = !name.is_empty() && !unknown.iter().any(|word| name.starts_with(word));
        known && self.datum == other.datum && self.ellipsoid == other.ellipsoid
    }

    /// Returns whether longitudes count in degrees from Greenwich.
    pub(super) fn plain_degrees(&self) -> Result<bool, Findings> {
        let base = self.base()?.library()?;
        let meridian = base.get_attr_value("PRIMEM", 1).ok().flatten();
        let zero = meridian.is_none_or(|text| text.parse() == Ok(0.0));
        Ok(zero && (base.angular_units() - 1_f64.to_radians()).abs() < 1e-12)
    }

    /// Returns the geographic system a projected one is built on; a geographic one
    /// itself.
    pub(super) fn base(&self) -> Result<Self, Findings> {
        if self.geographic {
            return Ok(self.clone());
        }
        let unreadable = || Finding::error("crs-unreadable").arg("crs", &self.label);
        let geographic = self.library()?.geog_cs().map_err(|_| unreadable())?;
        Self::from_library(&geographic).ok_or_else(|| unreadable().into())
    }

    /// Returns whether coordinates are degrees.
    pub fn geographic(&self) -> bool {
        self.geographic
    }

    /// Returns the ellipsoid.
    pub fn ellipsoid(&self) -> &Ellipsoid {
        &self.ellipsoid
    }

    /// Returns the length of one unit of a projected system, m (1 for degrees).
    pub fn metres(&self) -> f64 {
        self.metres
    }

    /// Returns the lattice coordinates of this system are put on.
    pub fn snap(&self) -> Snap {
        if self.geographic {
            Snap::Degree
        } else {
            Snap::Metre
        }
    }

    /// Returns whether two definitions are the same system.
    pub fn same(&self, other: &Self) -> Result<bool, Findings> {
        Ok(self.wkt == other.wkt || self.library()? == other.library()?)
    }

    /// Opens the transformation to another system.
    pub(super) fn transform_to(&self, other: &Self) -> Result<CoordTransform, Findings> {
        let fault = || {
            Finding::error("crs-no-transformation")
                .arg("from", &self.label)
                .arg("to", &other.label)
        };
        CoordTransform::new(&self.library()?, &other.library()?).map_err(|_| fault().into())
    }
}

/// Gives longitude and latitude of points of a reference system.
pub struct ToDegrees {
    transform: Option<CoordTransform>,
    snap: Snap,
    ellipsoid: Ellipsoid,
}

impl ToDegrees {
    /// Opens the way from a system to the geographic one it is projected from.
    pub fn new(crs: &Crs) -> Result<Self, Findings> {
        let (transform, ellipsoid) = if crs.geographic {
            (None, crs.ellipsoid)
        } else {
            let base = crs.base()?;
            (Some(crs.transform_to(&base)?), base.ellipsoid)
        };
        Ok(Self {
            transform,
            snap: crs.snap(),
            ellipsoid,
        })
    }

    /// Returns the ellipsoid the degrees are on.
    pub fn ellipsoid(&self) -> &Ellipsoid {
        &self.ellipsoid
    }

    /// Returns longitude and latitude of a lattice point; `None` if the projection
    /// does not reach it.
    pub fn degrees(&self, point: Point) -> Option<(f64, f64)> {
        let (x, y) = self.snap.coordinates(point);
        let Some(transform) = &self.transform else {
            return Some((x, y));
        };
        let (mut x, mut y) = ([x], [y]);
        transform.transform_coords(&mut x, &mut y, &mut []).ok()?;
        (x[0].is_finite() && y[0].is_finite()).then_some((x[0], y[0]))
    }
}

/// Builds the integer areas of a raster's cells, for the cells inside
/// `first..last` (row, column; may reach beyond the raster, where polygons do).
pub fn area_model(
    crs: &Crs,
    grid: &GridSpec,
    first: (i64, i64),
    last: (i64, i64),
) -> Result<AreaModel, Findings> {
    if crs.geographic {
        return Ok(AreaModel::Geographic {
            grid: grid.clone(),
            ellipsoid: crs.ellipsoid,
        });
    }
    let plan = SurfacePlan::new(grid, crs.metres, first, last);
    let base = crs.base()?;
    let rows: Result<Vec<Vec<f64>>, Findings> = (0..plan.node_rows())
        .into_par_iter()
        .map_init(
            || crs.transform_to(&base),
            |transform, row| {
                let transform = transform.as_ref().map_err(Clone::clone)?;
                let points =
                    authalic(transform, &base.ellipsoid, &plan.probes(row)).ok_or_else(|| {
                        Finding::error("grid-outside-projection").arg("crs", &crs.label)
                    })?;
                Ok(plan.node_areas(&points))
            },
        )
        .collect();
    let areas = rows?.concat();
    Ok(AreaModel::Projected(plan.build(areas)))
}

fn authalic(
    transform: &CoordTransform,
    ellipsoid: &Ellipsoid,
    points: &[(f64, f64)],
) -> Option<Vec<AuthalicPoint>> {
    let mut x: Vec<f64> = points.iter().map(|point| point.0).collect();
    let mut y: Vec<f64> = points.iter().map(|point| point.1).collect();
    transform.transform_coords(&mut x, &mut y, &mut []).ok()?;
    x.iter()
        .zip(&y)
        .map(|(&longitude, &latitude)| {
            (longitude.is_finite() && latitude.is_finite()).then(|| AuthalicPoint {
                longitude: longitude.to_radians(),
                zone_area_m2: ellipsoid.zone_area_m2(latitude),
            })
        })
        .collect()
}
