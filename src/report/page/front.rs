//! Chapter 1: what the run is, what it gave, and what must be known first.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::View;
use crate::report::book::{Book, State};
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
    against: Vec<Against>,
    groups: Vec<Group>,
    unverified_share: Option<Standing>,
    standings: Vec<Standing>,
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

/// GEP against something else than ground.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Against {
    label: String,
    /// Nothing where it is missing.
    cell: Option<Cell>,
    unit: String,
}

/// A group of services.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Group {
    title: String,
    cell: Cell,
    share: Cell,
}

/// How much of the GEP rests on values of a status.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Standing {
    label: String,
    share: Cell,
    numerator: Cell,
    denominator: Cell,
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
        let (per_km2, per_km2_unit) = self.per_km2()?;
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
            area: self.whole_area(&top.code)?,
            against: self.against()?,
            groups: self.groups(scale)?,
            unverified_share: self.standing("gep_unverified", "all", scale)?,
            standings: self.standings(scale)?,
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

    fn per_km2(self) -> Result<(Cell, String), Findings> {
        let top = &self.book.top().code;
        let ratio = self.book.ratio_of(top, "gep_per_km2", "gep");
        let Some((value, power)) = ratio.and_then(|ratio| ratio.value) else {
            return Ok((self.none(), String::new()));
        };
        let fen = 10_i128.checked_pow(power.saturating_sub(2));
        let scale = MoneyScale::of(fen.map(|step| value / step));
        let cell = self.speech.density(ratio, scale)?;
        Ok((cell, self.speech.say(scale.text_key())?))
    }

    /// GEP per head and against the gross domestic product.
    fn against(self) -> Result<Vec<Against>, Findings> {
        let top = &self.book.top().code;
        let mut lines = Vec::new();
        for measure in ["gep_per_head", "gep_to_gdp"] {
            let ratio = self.book.ratio_of(top, measure, "gep");
            let there = ratio.filter(|ratio| ratio.value.is_some());
            let (cell, unit) = match (there, measure) {
                (None, _) => (None, String::new()),
                (Some(_), "gep_to_gdp") => (Some(self.speech.share(ratio)?), String::new()),
                (Some(own), _) => {
                    let (value, power) = own.value.unwrap_or_default();
                    let fen = 10_i128.checked_pow(power.saturating_sub(2));
                    let scale = MoneyScale::of(fen.map(|step| value / step));
                    let unit = self.speech.say(scale.text_key())?;
                    let unit = self.speech.fill("summary.a_head", &[("unit", &unit)])?;
                    let key = "number.yuan_per_head";
                    (Some(self.speech.rate(ratio, scale, key)?), unit)
                }
            };
            lines.push(Against {
                label: self.speech.say(&format!("summary.{measure}"))?,
                cell,
                unit,
            });
        }
        Ok(lines)
    }

    /// Returns the part of the GEP that rests on values of a status.
    fn standing(
        self,
        measure: &str,
        item: &str,
        scale: MoneyScale,
    ) -> Result<Option<Standing>, Findings> {
        let top = &self.book.top().code;
        let Some(ratio) = self.book.ratio_of(top, measure, item) else {
            return Ok(None);
        };
        let (Some(part), Some(whole)) = (ratio.numerator, self.book.gep_of(top, "gep")) else {
            return Ok(None);
        };
        let exact = self
            .speech
            .fill("number.yuan", &[("value", &number::yuan(part))])?;
        let id = ratio.numerator_id.as_str();
        Ok(Some(Standing {
            label: self.speech.word("status", item),
            share: self.speech.share(Some(ratio))?,
            numerator: Cell {
                text: scale.print(part),
                id: id.to_string(),
                measure: "numerator",
                power: scale.power(),
                title: self
                    .speech
                    .fill("number.title", &[("exact", &exact), ("id", id)])?,
                kind: "number",
                ..Cell::default()
            },
            denominator: Cell {
                id: ratio.denominator_id.clone(),
                ..self.speech.money(&whole.measured, scale)?
            },
        }))
    }

    fn standings(self, scale: MoneyScale) -> Result<Vec<Standing>, Findings> {
        let mut standings = Vec::new();
        for status in ["synthetic", "provisional", "transcribed", "verified"] {
            standings.extend(self.standing("gep_by_status", status, scale)?);
        }
        Ok(standings)
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
        let mut groups = Vec::new();
        for id in groups_of(self.book) {
            let Some(row) = self.book.gep_of(top, &id) else {
                continue;
            };
            groups.push(Group {
                title: self.speech.word("group", &id),
                cell: self.speech.money(&row.measured, scale)?,
                share: self
                    .speech
                    .share(self.book.ratio_of(top, "share_of_gep", &id))?,
            });
        }
        Ok(groups)
    }

    fn counts(self) -> Counts {
        let mut counts = Counts::default();
        for county in self.book.level("base") {
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
