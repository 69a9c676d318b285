//! The chapter on uncertainty: intervals, what they come from, what was held fixed.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use serde::Serialize;

use super::View;
use crate::report::number::{self, MoneyScale};
use crate::report::speech::Cell;
use crate::report::uncertainty::{Draws, IntervalRow};

/// Contributions beyond this many are left to the table.
const SHOWN: usize = 12;
/// Millionths of a yuan in one fen.
const PER_FEN: i128 = 10_000;
const PER_FEN_POWER: u32 = 4;

/// Everything the chapter shows.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Uncertainty {
    percent: String,
    draws: String,
    seed: String,
    unit: String,
    /// Whether any interval could be told at all.
    any: bool,
    rows: Vec<Line>,
    statuses: Vec<Line>,
    contributions: Vec<Share>,
    counts: Vec<Count>,
    drawn: Vec<Parameter>,
    held: Vec<Parameter>,
    undistributed: Vec<String>,
    bounds: Vec<Bound>,
}

/// An amount with its interval.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Line {
    label: String,
    strong: bool,
    central: Cell,
    low: Cell,
    high: Cell,
}

/// What a parameter contributes.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Share {
    parameter: String,
    share: Cell,
    correlation: Cell,
}

/// How many parameters were treated in a way.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Count {
    treatment: String,
    count: usize,
}

/// A parameter with its distribution.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Parameter {
    parameter: String,
    value: String,
    distribution: String,
    treatment: String,
    status: String,
    note: String,
}

/// GEP with a parameter of the pass at the ends of its distribution.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Bound {
    parameter: String,
    values: [String; 3],
    amounts: Vec<Cell>,
}

/// The interval beside a county in the ranking.
#[derive(Debug, Default, Serialize)]
pub(in crate::report) struct Ends {
    low: Cell,
    high: Cell,
}

impl View<'_> {
    /// Lays the chapter out; nothing if the run was not drawn.
    pub(super) fn uncertainty(self) -> Result<Option<Uncertainty>, Findings> {
        let Some(draws) = &self.book.draws else {
            return Ok(None);
        };
        let top = &self.book.top().code;
        let own: Vec<&IntervalRow> = draws
            .intervals
            .iter()
            .filter(|row| row.region == *top)
            .collect();
        let fen = own.iter().flat_map(|row| [row.high, row.central]);
        let scale = MoneyScale::of(fen.flatten().map(|value| value / PER_FEN));
        Ok(Some(Uncertainty {
            percent: percent(&draws.interval),
            draws: draws.draws.clone(),
            seed: draws.seed.clone(),
            unit: self.speech.say(scale.text_key())?,
            any: draws.intervals.iter().any(|row| row.low.is_some()),
            rows: self.amounts(draws, top, scale)?,
            statuses: self.status_lines(&own, scale)?,
            contributions: self.contributions(draws, top)?,
            counts: self.treatments(draws),
            drawn: self.parameters_treated(draws, &["drawn", "drawn_in_part"]),
            held: self
                .parameters_treated(draws, &["raster_bound", "bounds", "not_reached", "fixed"]),
            bounds: self.bounds(draws, top, scale)?,
            undistributed: draws
                .fates
                .iter()
                .filter(|fate| fate.treatment == "no_distribution")
                .map(|fate| fate.parameter.clone())
                .collect(),
        }))
    }

    /// GEP, groups and indicators of the top region, in the order of the profile.
    fn amounts(self, draws: &Draws, top: &str, scale: MoneyScale) -> Result<Vec<Line>, Findings> {
        let mut items: Vec<(String, String, bool)> = Vec::new();
        items.push(("gep".into(), self.speech.say("table.gep")?, true));
        for group in ["provisioning", "regulating", "cultural"] {
            items.push((group.into(), self.speech.word("group", group), true));
            let members = self.book.indicators.iter().filter(|own| own.group == group);
            for indicator in members {
                let title = indicator.title.get(self.language()).to_string();
                items.push((indicator.id.clone(), title, false));
            }
        }
        let mut lines = Vec::new();
        for (item, label, strong) in items {
            if let Some(row) = draws.of("gep", top, &item) {
                lines.push(self.line(row, label, strong, scale)?);
            }
        }
        Ok(lines)
    }

    fn status_lines(self, own: &[&IntervalRow], scale: MoneyScale) -> Result<Vec<Line>, Findings> {
        let mut lines = Vec::new();
        for status in ["verified", "transcribed", "provisional", "synthetic"] {
            let by_status = |row: &&&IntervalRow| row.table == "gep_by_status";
            let row = own.iter().filter(by_status).find(|row| row.item == status);
            if let Some(row) = row {
                lines.push(self.line(row, self.speech.word("status", status), false, scale)?);
            }
        }
        Ok(lines)
    }

    fn line(
        self,
        row: &IntervalRow,
        label: String,
        strong: bool,
        scale: MoneyScale,
    ) -> Result<Line, Findings> {
        Ok(Line {
            label,
            strong,
            central: self.end(row, "central", row.central, scale)?,
            low: self.end(row, "low", row.low, scale)?,
            high: self.end(row, "high", row.high, scale)?,
        })
    }

    fn end(
        self,
        row: &IntervalRow,
        measure: &'static str,
        value: Option<i128>,
        scale: MoneyScale,
    ) -> Result<Cell, Finding> {
        let Some(value) = value else {
            return Ok(self.none());
        };
        let cell = self.fen_cell(&row.number_id, measure, value / PER_FEN, scale)?;
        Ok(Cell {
            power: scale.power() + PER_FEN_POWER,
            ..cell
        })
    }

    fn contributions(self, draws: &Draws, top: &str) -> Result<Vec<Share>, Findings> {
        let rows = draws.contributions.iter();
        let own = rows.filter(|row| row.region == top && row.item == "gep");
        let cell = |row: &crate::report::uncertainty::ContributionRow,
                    measure: &'static str,
                    value: i128| {
            let id = row.number_id.as_str();
            let exact = number::exact(value, 6);
            Ok::<Cell, Finding>(Cell {
                text: match measure {
                    "share" => number::percent_of(value, 6),
                    _ => number::fixed(value, 6, 2),
                },
                id: id.to_string(),
                measure,
                power: if measure == "share" { 4 } else { 6 },
                title: self
                    .speech
                    .fill("number.title", &[("exact", &exact), ("id", id)])?,
                kind: "number",
                ..Cell::default()
            })
        };
        let mut shares = Vec::new();
        for row in own.take(SHOWN) {
            shares.push(Share {
                parameter: row.parameter.clone(),
                share: cell(row, "share", row.share)?,
                correlation: cell(row, "rank_correlation", row.correlation)?,
            });
        }
        Ok(shares)
    }

    fn bounds(self, draws: &Draws, top: &str, scale: MoneyScale) -> Result<Vec<Bound>, Findings> {
        const MEASURES: [&str; 3] = ["at_low_fen", "central_fen", "at_high_fen"];
        let rows = draws.bounds.iter();
        let mut found = Vec::new();
        for row in rows.filter(|row| row.region == top && row.item == "gep") {
            let mut amounts = Vec::new();
            for (measure, fen) in MEASURES.into_iter().zip(row.fen) {
                amounts.push(match fen {
                    Some(fen) => self.fen_cell(&row.number_id, measure, fen, scale)?,
                    None => self.none(),
                });
            }
            found.push(Bound {
                parameter: row.parameter.clone(),
                values: row.values.each_ref().map(|value| short(value)),
                amounts,
            });
        }
        Ok(found)
    }

    fn fen_cell(
        self,
        id: &str,
        measure: &'static str,
        fen: i128,
        scale: MoneyScale,
    ) -> Result<Cell, Finding> {
        let yuan = number::yuan(fen);
        let yuan = self.speech.fill("number.yuan", &[("value", &yuan)])?;
        let exact = [("exact", yuan.as_str()), ("id", id)];
        Ok(Cell {
            text: scale.print(fen),
            id: id.to_string(),
            measure,
            power: scale.power(),
            title: self.speech.fill("number.title", &exact)?,
            kind: "number",
            ..Cell::default()
        })
    }

    fn treatments(self, draws: &Draws) -> Vec<Count> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for fate in &draws.fates {
            *counts.entry(&fate.treatment).or_default() += 1;
        }
        let counted = counts.into_iter().map(|(treatment, count)| Count {
            treatment: self.speech.word("treatment", treatment),
            count,
        });
        counted.collect()
    }

    fn parameters_treated(self, draws: &Draws, treatments: &[&str]) -> Vec<Parameter> {
        let mut found = Vec::new();
        for fate in &draws.fates {
            if !treatments.contains(&fate.treatment.as_str()) {
                continue;
            }
            let kind = self.speech.word("distribution", &fate.distribution);
            let numbers: Vec<&str> = fate
                .ends
                .iter()
                .chain([&fate.shape])
                .map(String::as_str)
                .filter(|text| !text.is_empty())
                .collect();
            found.push(Parameter {
                parameter: fate.parameter.clone(),
                value: format!("{} {}", fate.value, fate.unit),
                distribution: match fate.distribution.as_str() {
                    "fixed" => kind,
                    _ => format!("{kind} {}", numbers.join(" / ")),
                },
                treatment: self.speech.word("treatment", &fate.treatment),
                status: self.speech.word("status", &fate.status),
                note: fate.note.get(self.language()).to_string(),
            });
        }
        found
    }

    /// The interval of a county's GEP, for the ranking.
    pub(super) fn ends(self, region: &str, scale: MoneyScale) -> Result<Option<Ends>, Findings> {
        let row = self.book.draws.as_ref();
        let row = row.and_then(|draws| draws.of("gep", region, "gep"));
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(Ends {
            low: self.end(row, "low", row.low, scale)?,
            high: self.end(row, "high", row.high, scale)?,
        }))
    }

    /// The share of draws an interval holds, in percent; empty if the run was not drawn.
    pub(super) fn interval_percent(self) -> String {
        let draws = self.book.draws.as_ref();
        draws.map_or(String::new(), |draws| percent(&draws.interval))
    }
}

/// A decimal share as a percentage: `0.90` is 90%.
fn percent(share: &str) -> String {
    let number = gep_core::quantity::parse_decimal(share).unwrap_or_default();
    let hundred = gep_core::quantity::Rational::from_integer(100.into());
    format!(
        "{}%",
        gep_core::quantity::format_decimal(&(number * hundred), 6)
    )
}

/// A decimal with six digits at most; the table has all of them.
fn short(value: &str) -> String {
    let number = gep_core::quantity::parse_decimal(value);
    number.map_or(value.to_string(), |number| {
        gep_core::quantity::format_decimal(&number, 6)
    })
}

#[cfg(test)]
mod tests {
    /// 0.90 is 90 %, not 9 or 0.9.
    #[test]
    fn shares_are_percentages() {
        assert_eq!(super::percent("0.90"), "90%");
        assert_eq!(super::percent("0.975"), "97.5%");
    }
}
