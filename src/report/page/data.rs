//! What the script of the page reads: the tables again, for one region at a time.
//!
//! Amounts are texts with every digit; a number that is not shown on paper is not in
//! here either.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{View, short_path};
use crate::report::book::{AmountRow, Measured, State};
use crate::report::{number, texts};

/// The script: plain files, one after another, in a scope of their own.
pub(super) const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("../../../reports/templates/script/exact.js"),
    include_str!("../../../reports/templates/script/files.js"),
    include_str!("../../../reports/templates/script/tables.js"),
    include_str!("../../../reports/templates/script/explore.js"),
    "})();\n",
);

/// Returns the digest of the script as the content security policy of the page names it.
pub(super) fn script_digest() -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(SCRIPT)))
}

impl View<'_> {
    /// Returns the data of the page as JSON that may stand between script tags.
    pub(super) fn data(self) -> String {
        let manifest = &self.book.manifest;
        let base = self.book.level("base");
        let codes: BTreeSet<&str> = base.iter().map(|own| own.code.as_str()).collect();
        let regions: Vec<Value> = base
            .iter()
            .map(|own| {
                let parent = self.region_name(&own.parent);
                json!([own.code, self.region_name(&own.code), parent])
            })
            .collect();
        let all = json!({
            "region": self.region_name(&self.book.top().code),
            "year": manifest.year,
            "texts": texts::section("page", self.language()),
            "items": self.items(),
            "regions": regions,
            "gep": self.gep_data(&codes),
            "rows": self.row_data(&codes),
            "classes": self.class_data(),
            "methods": self.method_data(),
            "parameters": self.parameter_data(),
        });
        // No text of the data may end the element it stands in.
        all.to_string().replace('<', "\\u003c")
    }

    /// GEP, its groups and the indicators counted in it.
    fn items(self) -> Vec<Value> {
        let gep = self.speech.word("table", "gep");
        let mut items = vec![json!(["gep", gep, "total"])];
        for group in super::front::groups_of(self.book) {
            items.push(json!([group, self.speech.word("group", &group), "group"]));
        }
        for own in self.book.counted_indicators() {
            items.push(json!([own.id, self.indicator_title(&own.id), "indicator"]));
        }
        items
    }

    fn gep_data<'b>(self, codes: &BTreeSet<&'b str>) -> BTreeMap<&'b str, BTreeMap<String, Value>> {
        let mut out: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
        for row in &self.book.gep {
            let Some(code) = codes.get(row.region.as_str()) else {
                continue;
            };
            let own = &row.measured;
            let value = json!([
                shown(own),
                own.number_id,
                state(own),
                coverage(own),
                own.partial,
                self.reason(own),
                self.region_names(&own.missing_codes),
                self.speech.word("status", &own.status),
            ]);
            out.entry(code).or_default().insert(row.item.clone(), value);
        }
        out
    }

    fn row_data<'b>(self, codes: &BTreeSet<&'b str>) -> BTreeMap<&'b str, Vec<Value>> {
        let mut out: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for row in self.book.physical.iter().chain(&self.book.value) {
            if let Some(code) = codes.get(row.region.as_str()) {
                out.entry(code).or_default().push(self.row(row));
            }
        }
        out
    }

    fn row(self, row: &AmountRow) -> Value {
        // Rows of `value` are fen and name no unit.
        let is_money = row.unit.is_empty();
        let own = &row.measured;
        let value = match is_money {
            true => shown(own),
            false => own.shown().map(|value| number::digits(value, own.power)),
        };
        let unit = match is_money {
            true => self.speech.word("page", "yuan"),
            false => self.speech.unit(&row.unit),
        };
        let plain = if is_money { "CNY" } else { row.unit.as_str() };
        json!([
            row.class,
            row.indicator,
            row.output,
            self.output_title(row),
            unit,
            plain,
            value,
            own.number_id,
            state(own),
            coverage(own),
            row.method,
            self.reason(own),
        ])
    }

    fn reason(self, own: &Measured) -> String {
        match own.reason.as_str() {
            "" => String::new(),
            code => self.speech.reason(code),
        }
    }

    fn class_data(self) -> BTreeMap<String, String> {
        let rows = self.book.physical.iter().chain(&self.book.value);
        let classes: BTreeSet<&str> = rows.map(|row| row.class.as_str()).collect();
        let titles = classes
            .into_iter()
            .map(|class| (class.to_string(), self.class_title(class)));
        titles.collect()
    }

    fn method_data(self) -> BTreeMap<String, Value> {
        let mut lines: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for row in &self.book.lineage {
            let method = lines.entry(row["method_id"].as_str()).or_default();
            let line = json!([row["statement"], row["formula"], row["unit"]]);
            // A method that serves several indicators stands once for each.
            if !method.contains(&line) {
                method.push(line);
            }
        }
        let mut out = BTreeMap::new();
        for row in &self.book.lineage {
            let id = &row["method_id"];
            let title = self.method_title(id);
            let method = json!({
                "title": title,
                "document": self.source_title(&row["document"]),
                "clause": row["clause"],
                "lines": lines.get(id.as_str()),
            });
            out.entry(id.clone()).or_insert(method);
        }
        out
    }

    fn parameter_data(self) -> BTreeMap<String, Vec<Value>> {
        let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in &self.book.parameters {
            let place = format!("{}:{}", short_path(&row["file"]), row["line"]);
            out.entry(row["method_id"].clone())
                .or_default()
                .push(json!([
                    row["name"],
                    row["key"],
                    row["value"],
                    row["unit"],
                    self.speech.word("status", &row["status"]),
                    self.source_title(&row["source"]),
                    row["clause"],
                    place,
                ]));
        }
        out
    }
}

/// Money in yuan, if it may be shown.
fn shown(own: &Measured) -> Option<String> {
    own.shown().map(|fen| number::yuan(fen).replace(',', ""))
}

fn state(own: &Measured) -> &'static str {
    match own.state {
        State::Computed => "computed",
        State::Withheld => "withheld",
        State::Missing => "missing",
    }
}

fn coverage(own: &Measured) -> Option<String> {
    own.coverage.map(number::coverage)
}
