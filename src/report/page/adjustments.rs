//! Corrections by hand: value before, adjustment, value after.

use serde::Serialize;

use super::View;
use crate::report::book::Words;

/// The corrections of a run, and what they do to the sums.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Adjustments {
    /// What was corrected.
    entries: Vec<Entry>,
    /// What follows for GEP, region by region.
    gep: Vec<Entry>,
}

/// One number before and after.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Entry {
    id: String,
    region: String,
    subject: String,
    before: String,
    adjustment: String,
    after: String,
    unit: String,
    reason: String,
    document: String,
    name: String,
    date: String,
}

impl View<'_> {
    /// Returns the corrections; nothing if the run has none.
    pub(super) fn adjustments(self) -> Option<Adjustments> {
        let rows = &self.book.adjustments;
        let gep = |row: &&Words| row["table"] == "gep" && row["indicator"] == "gep";
        let entries = rows.iter().filter(|row| row["line"] != "account");
        let entries: Vec<Entry> = entries.map(|row| self.entry(row)).collect();
        let gep = rows.iter().filter(gep).map(|row| self.entry(row));
        let gep: Vec<Entry> = gep.collect();
        (!entries.is_empty()).then_some(Adjustments { entries, gep })
    }

    fn entry(self, row: &Words) -> Entry {
        let missing = self.speech.word("state", "missing");
        let number = |name: &str| match row[name].as_str() {
            "" => missing.clone(),
            text => text.to_string(),
        };
        let title = self.indicator_title(&row["indicator"]);
        let more = ["output", "item"].iter().map(|name| row[*name].as_str());
        let more: Vec<&str> = more.filter(|text| !text.is_empty()).collect();
        Entry {
            id: row["number_id"].clone(),
            region: format!(
                "{} {}",
                row["region_code"],
                self.region_name(&row["region_code"])
            ),
            subject: [&[title.as_str()][..], &more].concat().join(" · "),
            before: number("before"),
            adjustment: number("adjustment"),
            after: number("after"),
            unit: row["unit"].clone(),
            reason: row["reason"].clone(),
            document: row["document"].clone(),
            name: row["name"].clone(),
            date: row["date"].clone(),
        }
    }
}
