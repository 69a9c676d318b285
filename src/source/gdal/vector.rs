//! Polygons: one region a code, on the lattice of the run's reference system.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use gdal::vector::{Geometry, Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{CodedRegion, PolygonLayer, Ring};
use serde::Deserialize;

use super::crs::Crs;
use super::placing::{Placing, with};
use super::{VECTOR_DRIVERS, check_path};

/// Which polygons to read and into which reference system.
#[derive(Clone, Debug)]
pub struct VectorRequest<'a> {
    /// Name of the layer in outputs.
    pub name: &'a str,
    /// The file.
    pub path: &'a Path,
    /// The column with the code.
    pub code_column: &'a str,
    /// Reference system declared by the user, for files that do not say theirs.
    pub declared_crs: Option<&'a Crs>,
    /// Reference system of the run.
    pub target: &'a Crs,
}

/// A polygon layer and how it came to be.
#[derive(Clone, Debug)]
pub struct VectorSource {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Regions by code.
    pub layer: PolygonLayer,
    /// Reference system of the file, declared in it or by the user.
    pub crs_label: String,
    /// Whether the user declared it.
    pub crs_declared_by_user: bool,
    /// Whether vertices were transformed to the run's system.
    pub transformed: bool,
    /// Number of features read.
    pub features: usize,
}

/// Reads the polygons of a file's first layer, grouped by code.
pub fn read_polygons(request: &VectorRequest<'_>) -> Result<VectorSource, Findings> {
    let dataset = open(request.path)?;
    let mut layer = dataset
        .layer(0)
        .map_err(|error| unreadable(request.path, &error))?;
    let (crs, crs_declared_by_user) = reference_system(request, &layer)?;
    let mut reading = Reading::new(request, &crs)?;
    let code_field = layer.defn().field_index(request.code_column).map_err(|_| {
        let columns: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
        Finding::error("code-column-missing")
            .file(request.path.display())
            .arg("column", request.code_column)
            .arg("columns", columns.join(", "))
    })?;
    let mut features = 0;
    for feature in layer.features() {
        let code = feature.field_as_string(code_field).ok().flatten();
        reading.feature(features, code, feature.geometry());
        features += 1;
    }
    let transformed = reading.placing.transforms();
    let layer = reading.finish()?;
    Ok(VectorSource {
        path: request.path.to_path_buf(),
        layer,
        crs_label: crs.label().to_string(),
        crs_declared_by_user,
        transformed,
        features,
    })
}

pub(super) fn open(path: &Path) -> Result<Dataset, Findings> {
    open_with(path, None)
}

/// Opens a file with options of its driver, such as `ENCODING=GBK`.
pub(super) fn open_with(path: &Path, options: Option<&[&str]>) -> Result<Dataset, Findings> {
    check_path(path)?;
    let options = DatasetOptions {
        open_options: options,
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&VECTOR_DRIVERS),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, options).map_err(|error| unreadable(path, &error))
}

pub(super) fn unreadable(path: &Path, error: &gdal::errors::GdalError) -> Findings {
    Finding::error("vector-unreadable")
        .file(path.display())
        .arg("error", error)
        .into()
}

/// Finds the reference system: the file's own, or the user's declaration.
pub(super) fn reference_system(
    request: &VectorRequest<'_>,
    layer: &Layer<'_>,
) -> Result<(Crs, bool), Findings> {
    let own = if is_plain_geojson(request.path)? {
        // GDAL calls plain GeoJSON WGS 84; undeclared Chinese boundaries are often
        // GCJ-02, 400-500 m off, so we do not.
        None
    } else {
        layer.spatial_ref().and_then(|srs| Crs::from_library(&srs))
    };
    match (own, request.declared_crs) {
        (Some(own), None) => Ok((own, false)),
        (None, Some(declared)) => Ok((declared.clone(), true)),
        (Some(own), Some(declared)) if own.same(declared)? => Ok((own, false)),
        (Some(own), Some(declared)) => Err(Finding::error("zones-crs-conflict")
            .file(request.path.display())
            .arg("own", own.label())
            .arg("declared", declared.label())
            .exit(2)
            .into()),
        (None, None) => Err(Finding::error("zones-crs-missing")
            .file(request.path.display())
            .into()),
    }
}

/// Returns whether a file is GeoJSON without a `crs` member.
fn is_plain_geojson(path: &Path) -> Result<bool, Findings> {
    #[derive(Deserialize)]
    struct Head {
        crs: Option<serde::de::IgnoredAny>,
    }
    let extension = path
        .extension()
        .map(|text| text.to_string_lossy().to_lowercase());
    if !matches!(extension.as_deref(), Some("geojson" | "json")) {
        return Ok(false);
    }
    let fault = |error: String| {
        Findings::from(
            Finding::error("vector-unreadable")
                .file(path.display())
                .arg("error", error),
        )
    };
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let head: Head =
        serde_json::from_reader(BufReader::new(file)).map_err(|error| fault(error.to_string()))?;
    Ok(head.crs.is_none())
}

/// Features on their way to regions.
pub(super) struct Reading<'a> {
    request: &'a VectorRequest<'a>,
    pub(super) placing: Placing<'a>,
    regions: BTreeMap<String, Vec<Ring>>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reading<'a> {
    /// Begins to read a file in a reference system.
    pub(super) fn new(request: &'a VectorRequest<'a>, crs: &'a Crs) -> Result<Self, Findings> {
        Ok(Self {
            request,
            placing: Placing::new(crs, request.target)?,
            regions: BTreeMap::new(),
            findings: Vec::new(),
        })
    }

    pub(super) fn error(&mut self, code: &'static str, feature: usize) -> Finding {
        Finding::error(code)
            .file(self.request.path.display())
            .place(format!("feature {}", feature + 1))
    }

    /// Takes a feature, the `at`-th of the file, as ground of a code.
    pub(super) fn feature(&mut self, at: usize, code: Option<String>, geometry: Option<&Geometry>) {
        let code = code.map(|code| code.trim().to_string()).unwrap_or_default();
        if code.is_empty() || code == UNASSIGNED {
            let finding = self
                .error("code-empty", at)
                .arg("column", self.request.code_column);
            self.findings.push(finding);
            return;
        }
        self.regions.entry(code.clone()).or_default();
        let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) else {
            let finding = self.error("geometry-empty", at).arg("code", code);
            self.findings.push(finding);
            return;
        };
        self.geometry(at, &code, geometry);
    }

    fn geometry(&mut self, at: usize, code: &str, geometry: &Geometry) {
        match geometry.geometry_name().as_str() {
            "POLYGON" => {
                for ring in 0..geometry.geometry_count() {
                    self.ring(at, code, &geometry.get_geometry(ring), ring > 0);
                }
            }
            "MULTIPOLYGON" | "GEOMETRYCOLLECTION" => {
                for part in 0..geometry.geometry_count() {
                    self.geometry(at, code, &geometry.get_geometry(part));
                }
            }
            kind => {
                let finding = self
                    .error("geometry-not-polygon", at)
                    .arg("code", code)
                    .arg("kind", kind);
                self.findings.push(finding);
            }
        }
    }

    fn ring(&mut self, at: usize, code: &str, ring: &Geometry, hole: bool) {
        let mut corners = Vec::new();
        ring.get_points(&mut corners);
        let closed = corners.len() >= 4
            && corners.first().map(|p| (p.0, p.1)) == corners.last().map(|p| (p.0, p.1));
        if !closed {
            let finding = self.error("ring-not-closed", at).arg("code", code);
            self.findings.push(finding);
            return;
        }
        corners.pop();
        match self.placing.place(&corners) {
            Err((problem, arguments)) => {
                let finding = self.error(problem, at).arg("code", code);
                self.findings.push(with(finding, arguments));
            }
            Ok(mut points) => {
                points.dedup();
                if points.len() > 1 && points.first() == points.last() {
                    points.pop();
                }
                if let Some(rings) = self.regions.get_mut(code) {
                    rings.push(Ring { points, hole });
                }
            }
        }
    }

    /// Returns the regions in the order of their codes.
    pub(super) fn finish(self) -> Result<PolygonLayer, Findings> {
        if !self.findings.is_empty() {
            return Err(Findings(self.findings));
        }
        if self.regions.is_empty() {
            return Err(Finding::error("zones-empty")
                .file(self.request.path.display())
                .into());
        }
        Ok(PolygonLayer {
            name: self.request.name.to_string(),
            regions: self
                .regions
                .into_iter()
                .map(|(code, rings)| CodedRegion { code, rings })
                .collect(),
        })
    }
}

/// The code of ground outside all regions; no region may bear it.
pub const UNASSIGNED: &str = "unassigned";
