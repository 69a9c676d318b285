//! Level 2, lines: what a line has in all regions and outside them is the whole line, to
//! the millimetre. The table is there only where the run has lines.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;

use super::numbers::ALL;
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_over_time::check_ids;
use crate::output::LINES;

/// What of a line lies in no region.
const UNASSIGNED: &str = "unassigned";

/// The table of lines, if the run has one.
pub(super) struct LineTable(Option<Table>);

impl LineTable {
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let there = folder.join(LINES.path()).is_file();
        let table = there.then(|| Table::read(folder, &LINES)).transpose()?;
        Ok(Self(table))
    }

    pub(super) fn table(&self) -> Option<&Table> {
        self.0.as_ref()
    }

    /// Adds the parts of each line up and looks for regions that numbers do not arise
    /// in.
    pub(super) fn check(&self, books: &Books<'_>, ledger: &mut Ledger) {
        let Some(table) = &self.0 else {
            return;
        };
        check_ids(table, "length_mm", ledger);
        let lengths = table.amounts("length_mm");
        let mut parts: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        let mut wholes: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        for (row, length) in lengths.iter().enumerate() {
            let line = (table.text("kind", row), table.text("line_id", row));
            let region = table.text("region_code", row);
            let length = length.unwrap_or(0);
            if region == ALL {
                wholes.insert(line, length);
                continue;
            }
            *parts.entry(line).or_default() += length;
            let is_base = books
                .regions
                .get(region)
                .is_some_and(|_| !books.below.contains_key(region));
            if region != UNASSIGNED && !is_base {
                let key = [line.0, line.1, region].join(", ");
                ledger.differ("verify-region-level", &LINES, key, "-", region);
            }
        }
        let lines: std::collections::BTreeSet<_> = parts.keys().chain(wholes.keys()).collect();
        for line in lines {
            ledger.count("line-sums", 1);
            let (expected, found) = (parts.get(line), wholes.get(line));
            if expected != found {
                let spell = |length: Option<&i128>| length.map_or("-".into(), i128::to_string);
                let key = [line.0, line.1, ALL].join(", ");
                ledger.differ(
                    "verify-line-sum",
                    &LINES,
                    key,
                    spell(expected),
                    spell(found),
                );
            }
        }
    }
}
