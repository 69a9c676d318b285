//! Lines: coast segments, one feature an id, on the lattice of the run.

use std::collections::BTreeMap;

use gdal::vector::{Geometry, LayerAccess};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{CodedLine, Point};

use super::UNASSIGNED;
use super::placing::{Placing, with};
use super::vector::{VectorRequest, open, reference_system, unreadable};

/// A line layer and how it came to be.
#[derive(Clone, Debug)]
pub struct LineSource {
    /// Lines by id.
    pub lines: Vec<CodedLine>,
    /// Reference system of the file, declared in it or by the user.
    pub crs_label: String,
    /// Whether the user declared it.
    pub crs_declared_by_user: bool,
    /// Whether corners were transformed to the run's system.
    pub transformed: bool,
}

/// Reads the lines of a file's first layer by id.
///
/// # Errors
///
/// Every feature without an id, without a geometry, of another kind than a line, with
/// less than two corners, or outside the reference system.
pub fn read_lines(request: &VectorRequest<'_>) -> Result<LineSource, Findings> {
    let dataset = open(request.path)?;
    let mut layer = dataset
        .layer(0)
        .map_err(|error| unreadable(request.path, &error))?;
    let (crs, crs_declared_by_user) = reference_system(request, &layer)?;
    let field = layer.defn().field_index(request.code_column).map_err(|_| {
        let columns: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
        Finding::error("code-column-missing")
            .file(request.path.display())
            .arg("column", request.code_column)
            .arg("columns", columns.join(", "))
    })?;
    let mut reading = Reading {
        request,
        placing: Placing::new(&crs, request.target)?,
        lines: BTreeMap::new(),
        findings: Vec::new(),
    };
    for (at, feature) in layer.features().enumerate() {
        let code = feature.field_as_string(field).ok().flatten();
        reading.feature(at, &code.unwrap_or_default(), feature.geometry());
    }
    let transformed = reading.placing.transforms();
    if !reading.findings.is_empty() {
        return Err(Findings(reading.findings));
    }
    let lines = reading.lines.into_iter();
    Ok(LineSource {
        lines: lines
            .map(|(code, parts)| CodedLine { code, parts })
            .collect(),
        crs_label: crs.label().to_string(),
        crs_declared_by_user,
        transformed,
    })
}

struct Reading<'a> {
    request: &'a VectorRequest<'a>,
    placing: Placing<'a>,
    lines: BTreeMap<String, Vec<Vec<Point>>>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn refuse(&mut self, code: &'static str, at: usize, arguments: Vec<(&'static str, String)>) {
        let finding = Finding::error(code)
            .file(self.request.path.display())
            .place(format!("feature {}", at + 1));
        self.findings.push(with(finding, arguments));
    }

    fn feature(&mut self, at: usize, code: &str, geometry: Option<&Geometry>) {
        let code = code.trim();
        if code.is_empty() || code == UNASSIGNED {
            let column = self.request.code_column.to_string();
            return self.refuse("code-empty", at, vec![("column", column)]);
        }
        let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) else {
            return self.refuse("geometry-empty", at, vec![("code", code.to_string())]);
        };
        self.geometry(at, code, geometry);
    }

    fn geometry(&mut self, at: usize, code: &str, geometry: &Geometry) {
        match geometry.geometry_name().as_str() {
            "LINESTRING" => self.part(at, code, geometry),
            "MULTILINESTRING" => {
                for part in 0..geometry.geometry_count() {
                    self.geometry(at, code, &geometry.get_geometry(part));
                }
            }
            kind => {
                let arguments = vec![("code", code.to_string()), ("kind", kind.to_string())];
                self.refuse("geometry-not-line", at, arguments);
            }
        }
    }

    fn part(&mut self, at: usize, code: &str, part: &Geometry) {
        let mut corners = Vec::new();
        part.get_points(&mut corners);
        match self.placing.place(&corners) {
            Err((problem, mut arguments)) => {
                arguments.push(("code", code.to_string()));
                self.refuse(problem, at, arguments);
            }
            Ok(mut points) => {
                points.dedup();
                if points.len() < 2 {
                    return self.refuse("geometry-empty", at, vec![("code", code.to_string())]);
                }
                self.lines.entry(code.to_string()).or_default().push(points);
            }
        }
    }
}
