//! Chapter 1: what the run is, what it gave, and what must be known first.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::View;
use crate::report::book::{Book, Measured, State};
use crate::report::number::{self, MoneyScale};
use crate::report::speech::Cell;

/// Titles and identity of the run.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Head {
    region: String,
    title: String,
    year: String,
    run_id: String,
    program: String,
    profile_id: String,
    profile_title: String,
    fingerprint: String,
    price_year: String,
    coverage_floor: String,
    boundary_version: String,
    official: bool,
}

/// The first page.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Summary {
    unverified: bool,
    status: String,
    statuses: Vec<Line>,
    notes: Vec<String>,
    unit: String,
    gep: Cell,
    missing_in_gep: String,
    per_km2: Cell,
    per_km2_unit: String,
    area: Cell,
    groups: Vec<Group>,
    counties: Counts,
    absent: Vec<Line>,
    provisional: Vec<Line>,
}

/// A label and what belongs to it.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Line {
    pub(super) label: String,
    pub(super) text: String,
}

/// A group of services.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Group {
    title: String,
    cell: Cell,
    share: Option<String>,
}

/// How many counties have which state.
#[derive(Debug, Default, Serialize)]
pub(in crate::report) struct Counts {
    total: usize,
    complete: usize,
    partial: usize,
    withheld: usize,
    missing: usize,
}

impl View<'_> {
    pub(super) fn head(self) -> Result<Head, Findings> {
        let manifest = &self.book.manifest;
        let or_missing = |text: &str| match text {
            "" => self.speech.say("state.missing"),
            text => Ok(text.to_string()),
        };
        Ok(Head {
            region: self.region_name(&self.book.top().code),
            title: manifest.title.get(self.language()).to_string(),
            year: or_missing(&manifest.year)?,
            run_id: manifest.run_id.clone(),
            program: or_missing(&manifest.program)?,
            profile_id: manifest.profile_id.clone(),
            profile_title: manifest.profile_title.get(self.language()).to_string(),
            fingerprint: or_missing(&manifest.fingerprint)?,
            price_year: or_missing(&manifest.price_year)?,
            coverage_floor: match manifest.coverage_floor.parse() {
                Ok(ratio) => number::coverage(ratio),
                Err(_) => or_missing(&manifest.coverage_floor)?,
            },
            boundary_version: or_missing(&manifest.boundary_version)?,
            official: manifest.official,
        })
    }

    pub(super) fn summary(self) -> Result<Summary, Findings> {
        let top = self.book.top();
        let total = self.book.gep_of(&top.code, "gep");
        let scale = self.summary_scale();
        let (gep, missing_in_gep) = match total {
            Some(row) => (
                self.speech.money(&row.measured, scale)?,
                self.region_names(&row.measured.missing_codes),
            ),
            None => (self.none(), String::new()),
        };
        let (per_km2, per_km2_unit) = self.per_km2(total.and_then(|row| {
            let shown = row.measured.shown().and(row.per_km2_fen);
            shown.map(|fen| (fen, &row.measured))
        }))?;
        let manifest = &self.book.manifest;
        Ok(Summary {
            unverified: manifest.status != "verified" || !manifest.official,
            status: self.speech.word("status", &manifest.status),
            statuses: self.statuses(),
            notes: self.notes(),
            unit: self.speech.say(scale.text_key())?,
            gep,
            missing_in_gep,
            per_km2,
            per_km2_unit,
            area: self.speech.area(top.area_mm2, "")?,
            groups: self.groups(scale)?,
            counties: self.counts(),
            absent: self.indicators_of("absent"),
            provisional: self.indicators_of("provisional"),
        })
    }

    /// Returns the scale of the top region's amounts.
    pub(super) fn summary_scale(self) -> MoneyScale {
        let top = &self.book.top().code;
        let rows = self.book.gep.iter().filter(|row| row.region == *top);
        MoneyScale::of(rows.filter_map(|row| row.measured.shown()))
    }

    fn per_km2(self, row: Option<(i128, &Measured)>) -> Result<(Cell, String), Findings> {
        let Some((fen, measured)) = row else {
            return Ok((self.none(), String::new()));
        };
        let scale = MoneyScale::of([fen]);
        // The ratio is printed from its own column; the id is the number's it belongs to.
        let measured = Measured {
            value: Some(fen),
            ..measured.clone()
        };
        let cell = self.speech.money(&measured, scale)?;
        Ok((cell, self.speech.say(scale.text_key())?))
    }

    pub(super) fn notes(self) -> Vec<String> {
        let notes = self.book.manifest.notes.iter();
        notes
            .map(|note| note.get(self.language()).to_string())
            .collect()
    }

    /// Counts the parameters by status, the weakest first.
    fn statuses(self) -> Vec<Line> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &self.book.parameters {
            *counts.entry(row["status"].as_str()).or_default() += 1;
        }
        let order = ["synthetic", "provisional", "transcribed", "verified"];
        let place = |status: &str| order.iter().position(|own| *own == status);
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(status, _)| place(status));
        let line = |(status, count): (&str, usize)| Line {
            label: self.speech.word("status", status),
            text: count.to_string(),
        };
        counts.into_iter().map(line).collect()
    }

    fn groups(self, scale: MoneyScale) -> Result<Vec<Group>, Findings> {
        let top = &self.book.top().code;
        let whole = self.book.gep_of(top, "gep");
        let whole = whole.and_then(|row| row.measured.shown());
        let mut groups = Vec::new();
        for id in groups_of(self.book) {
            let Some(row) = self.book.gep_of(top, &id) else {
                continue;
            };
            let part = row.measured.shown();
            groups.push(Group {
                title: self.speech.word("group", &id),
                cell: self.speech.money(&row.measured, scale)?,
                share: part.zip(whole).and_then(|(p, w)| number::percent(p, w)),
            });
        }
        Ok(groups)
    }

    fn counts(self) -> Counts {
        let mut counts = Counts::default();
        for county in self.book.level("county") {
            counts.total += 1;
            let row = self.book.gep_of(&county.code, "gep");
            let slot = match row.map(|row| &row.measured) {
                Some(measured) if measured.is_complete() => &mut counts.complete,
                Some(measured) if measured.state == State::Withheld => &mut counts.withheld,
                Some(measured) if measured.shown().is_some() => &mut counts.partial,
                _ => &mut counts.missing,
            };
            *slot += 1;
        }
        counts
    }

    pub(super) fn indicators_of(self, state: &str) -> Vec<Line> {
        let own = self.book.indicators.iter();
        own.filter(|indicator| indicator.state == state)
            .map(|indicator| Line {
                label: indicator.title.get(self.language()).to_string(),
                text: indicator.note.get(self.language()).to_string(),
            })
            .collect()
    }
}

/// Returns the groups of the GEP in their usual order.
pub(super) fn groups_of(book: &Book) -> Vec<String> {
    let order = ["provisioning", "regulating", "cultural"];
    let top = &book.top().code;
    let rows = book.gep.iter();
    let mut groups: Vec<String> = rows
        .filter(|row| row.region == *top && row.kind == "group")
        .map(|row| row.item.clone())
        .collect();
    groups.sort_by_key(|group| {
        let place = order.iter().position(|own| own == group);
        (place.unwrap_or(order.len()), group.clone())
    });
    groups
}
