//! Chapters 6 to 10: data, parameters, methods, checks and limits.

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde::Serialize;

use super::front::Line;
use super::{View, short_path};
use crate::output::FileEntry;
use crate::report::book::{Measured, RuleRow, Words};
use crate::report::number::MoneyScale;
use crate::report::speech::Cell;

/// A file with its digest.
#[derive(Debug, Serialize)]
pub(in crate::report) struct FileLine {
    path: String,
    digest: String,
    size: String,
    what: String,
}

/// The parameters of a method.
#[derive(Debug, Serialize)]
pub(in crate::report) struct ParameterGroup {
    method: String,
    title: String,
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

/// What a rule takes off in the top region.
#[derive(Debug, Serialize)]
pub(in crate::report) struct RuleLine {
    title: String,
    before: Cell,
    removed: Cell,
    after: Cell,
}

/// What the numbers cannot tell.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Limits {
    general: Vec<String>,
    notes: Vec<String>,
    /// Rules after all indicators in the top region.
    rules: Vec<RuleLine>,
    regions: Vec<RegionNote>,
    outside: Vec<Outside>,
    absent: Vec<Line>,
    provisional: Vec<Line>,
}

/// The area of a region that lies outside the rasters.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Outside {
    region: String,
    area: Cell,
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
        let own = file.what.get(self.language());
        // The kind of a workbook stands before the names of its sheets.
        let (kind, _) = file.role.split_once(':').unwrap_or((&file.role, ""));
        let stem = Path::new(&file.path).file_stem();
        let name = stem.map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let known = match file.role.is_empty() {
            true => self.speech.word("written", &name),
            false => self.speech.word("role", kind),
        };
        FileLine {
            what: match (own.is_empty(), kind == "workbook") {
                (true, _) => known,
                (false, true) => format!("{known} {own}"),
                (false, false) => own.to_string(),
            },
            path: file.path.clone(),
            digest: file.digest.clone(),
            size: file.size.clone(),
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
                    title: self.method_title(&row["method_id"]),
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

    /// Returns the title of a method; a method without formulas stands by its id.
    pub(super) fn method_title(self, id: &str) -> String {
        let found = self.book.lineage.iter().find(|row| row["method_id"] == id);
        let title = found.map(|row| self.both(row, "title_zh", "title_en"));
        title.filter(|t| !t.is_empty()).unwrap_or_else(|| id.into())
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

    /// Returns what fired, was waived or could not be compared, one line a check;
    /// what passed stands in the table only.
    pub(super) fn checks(self) -> Vec<Check> {
        let mut lines: Vec<(Check, usize)> = Vec::new();
        let told = |row: &&Words| {
            let everywhere = row["verdict"] == "not_applicable" && row["region_code"].is_empty();
            everywhere || ["fire", "waived", "finding"].contains(&row["verdict"].as_str())
        };
        for row in self.book.checks.iter().filter(told) {
            let style = match row["verdict"].as_str() {
                "fire" | "finding" => &row["severity"],
                other => other,
            };
            let same = |(line, _): &&mut (Check, usize)| {
                row["verdict"] != "finding" && line.check == row["check"] && line.style == style
            };
            if let Some((_, more)) = lines.iter_mut().find(same) {
                *more += 1;
                continue;
            }
            let mut message = self.both(row, "message_zh", "message_en");
            if !row["waiver"].is_empty() {
                message = format!("{message}；{}", row["waiver"]);
            }
            let line = Check {
                check: row["check"].clone(),
                region: self.region_name(&row["region_code"]),
                severity: self.speech.word("severity", style),
                style: style.to_owned(),
                message,
            };
            lines.push((line, 0));
        }
        let rank = |style: &str| {
            let order = ["error", "warning", "note", "waived", "not_applicable"];
            order.iter().position(|word| *word == style)
        };
        lines.sort_by_key(|(line, _)| rank(&line.style));
        let finished = lines.into_iter().map(|(line, more)| Check {
            region: match more {
                0 => line.region,
                _ => format!("{} (+{more})", line.region),
            },
            ..line
        });
        finished.collect()
    }

    fn both(self, row: &Words, zh: &'static str, en: &'static str) -> String {
        let (own, other) = match self.language() {
            Language::Zh => (&row[zh], &row[en]),
            Language::En => (&row[en], &row[zh]),
        };
        let text = if own.is_empty() { other } else { own };
        text.clone()
    }

    fn rules(self) -> Result<Vec<RuleLine>, Findings> {
        let top = &self.book.top().code;
        let mut rows: Vec<&RuleRow> = self.book.rules.iter().collect();
        rows.retain(|row| row.region == *top && row.indicator == "all");
        rows.sort_by_key(|row| row.position.parse::<u64>().ok());
        let amounts = rows.iter().flat_map(|row| &row.measured);
        let scale = MoneyScale::of(amounts.filter_map(Measured::shown));
        let unit = self.speech.say(scale.text_key())?;
        let mut lines = Vec::new();
        for row in rows {
            let [before, removed, after] = &row.measured;
            lines.push(RuleLine {
                title: format!("{} ({unit})", row.title.get(self.language())),
                before: self.speech.money(before, scale)?,
                removed: self.speech.money(removed, scale)?,
                after: self.speech.money(after, scale)?,
            });
        }
        Ok(lines)
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
        let noted = self.book.regions.iter();
        let noted = noted.filter(|region| !region.note.is_empty());
        let mut outside = Vec::new();
        for region in &self.book.regions {
            let row = self.book.area_of(&region.code, "outside_grid");
            if let Some(row) = row.filter(|row| row.area_mm2.is_some_and(|area| area > 0)) {
                outside.push(Outside {
                    region: self.region_name(&region.code),
                    area: self.speech.area(row.area_mm2, &row.number_id)?,
                });
            }
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
            rules: self.rules()?,
            outside,
            absent: self.indicators_of("absent"),
            provisional: self.indicators_of("provisional"),
        })
    }
}
