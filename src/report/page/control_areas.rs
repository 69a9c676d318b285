//! Official areas beside the measured ones.

use std::cmp::Reverse;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::View;
use super::tables::{Grid, GridRow};
use crate::report::control_areas::{CONTROL_AREA_COLUMNS, ControlRow};
use crate::report::speech::Cell;

/// More rows than these are left to the table.
const MOST_ROWS: usize = 40;

/// Official areas, those that are off most first.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Controls {
    grid: Grid,
    /// What was done with them, within what, and whose they are.
    about: String,
    /// How many of how many rows are shown; empty if all are.
    shown: String,
}

impl View<'_> {
    /// Lays the official areas out; nothing for a run without them.
    pub(super) fn controls(self) -> Result<Option<Controls>, Findings> {
        let Some(controls) = &self.book.controls else {
            return Ok(None);
        };
        let mut rows: Vec<&ControlRow> = controls.rows.iter().collect();
        rows.sort_by_key(|row| {
            let off = row.areas_mm2[2].unwrap_or(0).abs();
            (Reverse(off), row.region.clone(), row.class.clone())
        });
        let mut columns = Vec::new();
        for name in CONTROL_AREA_COLUMNS {
            columns.push(self.speech.say(&format!("controls.{name}"))?);
        }
        columns.push(self.speech.say("controls.factor")?);
        let mut lines = Vec::new();
        for row in rows.iter().take(MOST_ROWS) {
            lines.push(self.control(row)?);
        }
        let counts = [lines.len().to_string(), rows.len().to_string()];
        let shown = match rows.len() > lines.len() {
            true => self.speech.fill(
                "controls.shown",
                &[("shown", &counts[0]), ("all", &counts[1])],
            )?,
            false => String::new(),
        };
        let mode = match controls.mode.as_str() {
            "apportion" => "controls.about_apportion",
            _ => "controls.about_check",
        };
        let source = controls.source.get(self.language());
        let terms = [
            ("tolerance", controls.tolerance.as_str()),
            ("source", source),
        ];
        Ok(Some(Controls {
            grid: Grid {
                unit: "km²".to_string(),
                columns,
                rows: lines,
            },
            about: self.speech.fill(mode, &terms)?,
            shown,
        }))
    }

    fn control(self, row: &ControlRow) -> Result<GridRow, Findings> {
        let mut cells = Vec::new();
        for (name, mm2) in CONTROL_AREA_COLUMNS.into_iter().zip(row.areas_mm2) {
            let cell = self.speech.area(mm2, &row.number_id)?;
            cells.push(Cell {
                measure: name,
                ..cell
            });
        }
        cells.push(match row.factor.is_empty() {
            true => self.none(),
            false => Cell {
                text: row.factor.clone(),
                id: row.number_id.clone(),
                measure: "factor",
                kind: "number",
                ..Cell::default()
            },
        });
        Ok(GridRow {
            label: self.region_name(&row.region),
            sub: match row.class.as_str() {
                "all" => self.speech.say("controls.county")?,
                "remaining" => self.speech.say("controls.remaining")?,
                class => self.class_title(class),
            },
            note_code: String::new(),
            strong: row.class == "all",
            cells,
        })
    }
}
