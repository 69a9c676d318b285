//! Counties whose ground went to another county between two years: area and values that
//! went with it.

use std::collections::BTreeSet;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::View;
use super::tables::{Grid, GridRow};
use crate::report::number::MoneyScale;
use crate::report::recut::RecutItems;
use crate::report::speech::Cell;

/// The re-cut in both directions.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Recuts {
    directions: Vec<Direction>,
}

/// One run's numbers by the counties of the other.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Direction {
    id: String,
    caption: String,
    grid: Grid,
}

impl View<'_> {
    /// Lays the re-cuts out; nothing where no county's ground went to another.
    pub(super) fn recuts(self) -> Result<Option<Recuts>, Findings> {
        let mut directions = Vec::new();
        for name in ["to_later", "to_earlier"] {
            let pairs = self.book.recuts.iter();
            let pairs = pairs.filter(|((direction, _, _), _)| direction == name);
            let pairs: Vec<_> = pairs.map(|((_, from, to), own)| (from, to, own)).collect();
            if pairs.is_empty() {
                continue;
            }
            directions.push(Direction {
                id: name.replace('_', "-"),
                caption: self.speech.say(&format!("recut.{name}"))?,
                grid: self.recut(&pairs)?,
            });
        }
        Ok((!directions.is_empty()).then_some(Recuts { directions }))
    }

    fn recut(self, pairs: &[(&String, &String, &RecutItems)]) -> Result<Grid, Findings> {
        let items: BTreeSet<&str> = pairs
            .iter()
            .flat_map(|(_, _, own)| own.keys().map(String::as_str))
            .filter(|item| *item != "area")
            .collect();
        let fen = pairs.iter().flat_map(|(_, _, own)| own.iter());
        let fen = fen.filter(|(item, _)| *item != "area");
        let scale = MoneyScale::of(fen.filter_map(|(_, part)| part.value));
        let money = self.speech.say(scale.text_key())?;
        let mut columns = vec![self.speech.say("recut.area")?];
        columns.extend(items.iter().map(|item| self.indicator_title(item)));
        let mut rows = Vec::new();
        for (from, to, own) in pairs {
            let mut cells = Vec::new();
            for item in std::iter::once("area").chain(items.iter().copied()) {
                cells.push(match own.get(item) {
                    None => self.none(),
                    Some(part) if item == "area" => Cell {
                        measure: "amount",
                        ..self.speech.area(part.value, &part.number_id)?
                    },
                    Some(part) => Cell {
                        measure: "amount",
                        ..self.speech.money(part, scale)?
                    },
                });
            }
            rows.push(GridRow {
                label: self.recut_name(from),
                sub: format!("→ {}", self.recut_name(to)),
                note_code: String::new(),
                strong: from == to,
                cells,
            });
        }
        Ok(Grid {
            unit: self.speech.fill("recut.unit", &[("money", &money)])?,
            columns,
            rows,
        })
    }

    /// Names a county that one of the runs may alone know, with its code.
    fn recut_name(self, code: &str) -> String {
        match code {
            "unassigned" => self.speech.word("recut", "unassigned"),
            _ if self.book.region(code).is_some() => {
                format!("{} {code}", self.region_name(code))
            }
            _ => code.to_string(),
        }
    }
}
