//! Chapters 6 to 10: data, parameters, methods, checks and limits.

use gep_core::diagnostic::{Findings, Language};
use serde::Serialize;

use super::front::Line;
use super::{View, short_path};
use crate::output::FileEntry;
use crate::report::book::Words;

/// A file with its digest.
#[derive(Debug, Serialize)]
pub(in crate::report) struct FileLine {
    role: String,
    path: String,
    digest: String,
    size: String,
    what: String,
}

/// The parameters of a method.
#[derive(Debug, Serialize)]
pub(in crate::report) struct ParameterGroup {
    method: String,
    rows: Vec<Parameter>,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Parameter {
    name: String,
    key: String,
    value: String,
    unit: String,
    status: String,
    weak: bool,
    source: String,
    clause: String,
    place: String,
    file: String,
}

/// A method with its formulas.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Method {
    id: String,
    title: String,
    indicators: String,
    document: String,
    clause: String,
    statements: Vec<Statement>,
}

/// One formula.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Statement {
    name: String,
    formula: String,
    unit: String,
    reads: String,
}

/// The result of a check.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Check {
    check: String,
    region: String,
    severity: String,
    style: String,
    message: String,
}

/// What the numbers cannot tell.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Limits {
    general: Vec<String>,
    notes: Vec<String>,
    regions: Vec<RegionNote>,
    outside: Vec<Line>,
    absent: Vec<Line>,
    provisional: Vec<Line>,
}

/// A note on a region.
#[derive(Debug, Serialize)]
pub(in crate::report) struct RegionNote {
    code: String,
    name: String,
    text: String,
}

impl View<'_> {
    pub(super) fn inputs(self) -> Vec<FileLine> {
        let files = self.book.manifest.inputs.iter();
        files.map(|file| self.file_line(file)).collect()
    }

    pub(super) fn outputs(self) -> Vec<FileLine> {
        let files = self.book.manifest.outputs_beside_report();
        files.map(|file| self.file_line(file)).collect()
    }

    fn file_line(self, file: &FileEntry) -> FileLine {
        FileLine {
            role: self.speech.word("role", &file.role),
            path: file.path.clone(),
            digest: file.digest.clone(),
            size: file.size.clone(),
            what: file.what.get(self.language()).to_string(),
        }
    }

    pub(super) fn parameters(self) -> Vec<ParameterGroup> {
        let mut groups: Vec<ParameterGroup> = Vec::new();
        for row in &self.book.parameters {
            let parameter = self.parameter(row);
            match groups.last_mut() {
                Some(last) if last.method == row["method_id"] => last.rows.push(parameter),
                _ => groups.push(ParameterGroup {
                    method: row["method_id"].clone(),
                    rows: vec![parameter],
                }),
            }
        }
        groups
    }

    fn parameter(self, row: &Words) -> Parameter {
        let place = match row["line"].as_str() {
            "" => short_path(&row["file"]),
            line => format!("{}:{}", short_path(&row["file"]), line.replace(',', "")),
        };
        Parameter {
            name: row["name"].clone(),
            key: self.key_title(&row["key"]),
            value: row["value"].clone(),
            unit: row["unit"].clone(),
            status: self.speech.word("status", &row["status"]),
            weak: row["status"] != "verified",
            source: self.source_title(&row["source"]),
            clause: row["clause"].clone(),
            place,
            file: row["file"].clone(),
        }
    }

    /// Returns the titles of a parameter's key such as `class=mixed_forest`.
    fn key_title(self, key: &str) -> String {
        let titles: Vec<String> = key
            .split_whitespace()
            .map(|part| {
                let label = part.split_once('=').map_or(part, |(_, label)| label);
                if self.book.class_title(label).is_some() {
                    return self.class_title(label);
                }
                match self.book.region(label) {
                    Some(_) => self.region_name(label),
                    None => self.speech.word("item", label),
                }
            })
            .collect();
        titles.join(" · ")
    }

    pub(super) fn methods(self) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for row in &self.book.lineage {
            let statement = Statement {
                name: row["statement"].clone(),
                formula: row["formula"].clone(),
                unit: row["unit"].clone(),
                reads: row["reads"].clone(),
            };
            match methods.last_mut() {
                Some(last) if last.id == row["method_id"] => last.statements.push(statement),
                _ => methods.push(Method {
                    id: row["method_id"].clone(),
                    title: self.both(row, "title_zh", "title_en"),
                    indicators: self.region_names(&row["indicator"]),
                    document: self.source_title(&row["document"]),
                    clause: row["clause"].clone(),
                    statements: vec![statement],
                }),
            }
        }
        methods
    }

    pub(super) fn checks(self) -> Vec<Check> {
        let check = |row: &Words| Check {
            check: row["check"].clone(),
            region: self.region_name(&row["region_code"]),
            severity: self.speech.word("severity", &row["severity"]),
            style: row["severity"].clone(),
            message: self.both(row, "message_zh", "message_en"),
        };
        self.book.checks.iter().map(check).collect()
    }

    fn both(self, row: &Words, zh: &'static str, en: &'static str) -> String {
        let (own, other) = match self.language() {
            Language::Zh => (&row[zh], &row[en]),
            Language::En => (&row[en], &row[zh]),
        };
        let text = if own.is_empty() { other } else { own };
        text.clone()
    }

    pub(super) fn limits(self) -> Result<Limits, Findings> {
        let mut general = Vec::new();
        for key in [
            "withheld",
            "partial",
            "provisional",
            "synthetic",
            "flow",
            "exact",
        ] {
            general.push(self.speech.say(&format!("limits.{key}"))?);
        }
        let regions = self.book.regions.iter();
        let noted = regions.clone().filter(|region| !region.note.is_empty());
        let outside = regions.filter_map(|region| {
            let area = region.outside_mm2.filter(|area| *area > 0)?;
            Some((region, area))
        });
        let mut lines = Vec::new();
        for (region, area) in outside {
            lines.push(Line {
                label: self.region_name(&region.code),
                text: format!("{} km²", crate::report::number::km2(area)),
            });
        }
        Ok(Limits {
            general,
            notes: self.notes(),
            regions: noted
                .map(|region| RegionNote {
                    code: region.code.clone(),
                    name: self.region_name(&region.code),
                    text: region.note.get(self.language()).to_string(),
                })
                .collect(),
            outside: lines,
            absent: self.indicators_of("absent"),
            provisional: self.indicators_of("provisional"),
        })
    }
}
