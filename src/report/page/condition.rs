//! The condition account of the top region.

use gep_core::diagnostic::Findings;

use super::View;
use super::tables::{Grid, GridRow};
use crate::report::condition::{CONDITION_NUMBERS, ConditionRow};

impl View<'_> {
    /// Lays out variables and indices by ecosystem type; nothing for a run without the
    /// account.
    pub(super) fn condition(self) -> Result<Option<Grid>, Findings> {
        let top = &self.book.top().code;
        let all = self.book.condition.iter();
        let mut own: Vec<&ConditionRow> = all.filter(|row| row.region == *top).collect();
        if own.is_empty() {
            return Ok(None);
        }
        let place = |row: &ConditionRow| {
            let extent = &self.book.extent;
            let found = extent.iter().position(|area| area.class == row.class);
            (row.class == "all", found.unwrap_or(usize::MAX))
        };
        own.sort_by_key(|row| {
            let index = row.kind != "variable";
            (place(row), index, row.item == "overall", row.item.clone())
        });
        let mut rows = Vec::new();
        for row in own {
            let mut cells = Vec::new();
            for (name, measured) in CONDITION_NUMBERS.into_iter().zip(&row.numbers) {
                let is_index = row.kind != "variable";
                cells.push(match name {
                    "closing_indicator" if is_index => self.none(),
                    _ => self.speech.plain(measured, name)?,
                });
            }
            let sub = match row.kind.as_str() {
                "variable" => format!(
                    "{} [{}]",
                    row.title.get(self.language()),
                    self.speech.unit(&row.unit)
                ),
                _ => self.speech.word("condition_index", &row.item),
            };
            rows.push(GridRow {
                label: match row.class.as_str() {
                    "all" => self.speech.say("condition.whole")?,
                    class => self.class_title(class),
                },
                sub,
                note_code: String::new(),
                strong: row.item == "overall",
                cells,
            });
        }
        let mut columns = Vec::new();
        for name in CONDITION_NUMBERS {
            columns.push(self.speech.say(&format!("condition.{name}"))?);
        }
        Ok(Some(Grid {
            unit: self.speech.say("condition.unit")?,
            columns,
            rows,
        }))
    }
}
