//! `gep methodology crosswalk A B`: what the choice of a crosswalk does to areas and
//! to GEP, on one project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Findings, Language};
use gep_core::quantity::{Rational, format_exact};
use serde_json::{Value, json};

use super::account::{Prepared, evaluate_counties, region_tree};
use super::control_areas::control;
use super::land_cover::check_parcels;
use super::objects::measure;
use super::rules::totals;
use crate::account::{RegionLevel, Rollup, roll_up};

/// Which crosswalks to compare, and on what.
#[derive(Clone, Debug)]
pub struct CrosswalkRequest {
    /// The project file or its folder.
    pub project: PathBuf,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// Another profile than the project's.
    pub profile: Option<String>,
    /// The two crosswalks, by id.
    pub crosswalks: [String; 2],
    /// Rows and columns of a tile; changes no result.
    pub tile: usize,
}

/// Areas and GEP under one crosswalk.
#[derive(Clone, Debug)]
struct Outcome {
    /// Area by ecosystem type inside all counties, mm2.
    areas_mm2: BTreeMap<String, i128>,
    /// Values of the province by item (`gep`, groups, indicators), yuan; `None` where
    /// it is missing or withheld. Marked where a part is missing.
    values: BTreeMap<String, (Option<Rational>, bool)>,
}

/// The two outcomes side by side.
#[derive(Clone, Debug)]
pub struct CrosswalkEffect {
    ids: [String; 2],
    outcomes: [Outcome; 2],
}

/// Computes the account under both crosswalks. Writes nothing.
///
/// # Errors
///
/// What a run would refuse, under either crosswalk.
pub fn compare_crosswalks(request: &CrosswalkRequest) -> Result<CrosswalkEffect, Findings> {
    let [first, second] = &request.crosswalks;
    Ok(CrosswalkEffect {
        ids: request.crosswalks.clone(),
        outcomes: [outcome(request, first)?, outcome(request, second)?],
    })
}

fn outcome(request: &CrosswalkRequest, crosswalk: &str) -> Result<Outcome, Findings> {
    let methodology: Option<&Path> = request.methodology.as_deref();
    let mut prepared = Prepared::open_with(
        &request.project,
        methodology,
        request.profile.as_deref(),
        Some(crosswalk),
    )?;
    let measured = prepared.pass(request.tile, &|_, _| {})?;
    check_parcels(&prepared, &measured)?;
    let controlled = control(&prepared, &measured)?;
    let table = controlled.scaled.as_ref().unwrap_or(&measured);
    let ground = prepared.gather(table);
    let mut areas_mm2: BTreeMap<String, i128> = BTreeMap::new();
    for zone in ground.zones.values() {
        for (label, sums) in &zone.classes {
            let class = prepared.classes[*label].clone();
            *areas_mm2.entry(class).or_default() += sums.area_mm2;
        }
    }
    measure(&mut prepared, &measured);
    let (counties, _) = evaluate_counties(&mut prepared, &ground)?;
    let regions = region_tree(&prepared.regions);
    let amounts = roll_up(counties, &Rollup { regions: &regions });
    let top = regions
        .iter()
        .find(|region| region.level == RegionLevel::Province)
        .map(|region| region.code.as_str());
    let values = totals(&prepared, &amounts, &regions)
        .totals
        .into_iter()
        .filter(|amount| Some(amount.key.region.as_str()) == top)
        .map(|amount| {
            let partial = amount.partial();
            (amount.key.indicator, (amount.value, partial))
        })
        .collect();
    Ok(Outcome { areas_mm2, values })
}

/// One printed row: item, both numbers and their difference, as decimals.
struct EffectRow {
    item: String,
    both: [Option<String>; 2],
    difference: Option<String>,
    partial: [bool; 2],
}

impl CrosswalkEffect {
    /// Areas of ecosystem types, mm2, exactly.
    fn area_rows(&self) -> Vec<EffectRow> {
        let [first, second] = &self.outcomes;
        let mut names: Vec<&String> = first.areas_mm2.keys().collect();
        names.extend(second.areas_mm2.keys());
        names.sort();
        names.dedup();
        let of = |outcome: &Outcome, name: &String| outcome.areas_mm2.get(name).copied();
        names
            .into_iter()
            .map(|name| {
                let (a, b) = (of(first, name), of(second, name));
                let change = b.unwrap_or(0) - a.unwrap_or(0);
                EffectRow {
                    item: name.clone(),
                    both: [a, b].map(|area| area.map(|area| area.to_string())),
                    difference: Some(change.to_string()),
                    partial: [false; 2],
                }
            })
            .collect()
    }

    /// Values of the province, yuan to the fen.
    fn value_rows(&self) -> Vec<EffectRow> {
        let [first, second] = &self.outcomes;
        let mut names: Vec<&String> = first.values.keys().collect();
        names.extend(second.values.keys());
        names.sort();
        names.dedup();
        names
            .into_iter()
            .map(|name| {
                let missing = (None, false);
                let a = first.values.get(name).unwrap_or(&missing);
                let b = second.values.get(name).unwrap_or(&missing);
                let change = a.0.as_ref().zip(b.0.as_ref()).map(|(a, b)| b - a);
                EffectRow {
                    item: name.clone(),
                    both: [&a.0, &b.0].map(|value| value.as_ref().map(format_exact)),
                    difference: change.map(|change| format_exact(&change)),
                    partial: [a.1, b.1],
                }
            })
            .collect()
    }

    /// Returns the comparison for programs: areas in mm2, values in yuan, as text.
    pub fn json(&self) -> Value {
        let rows = |rows: Vec<EffectRow>| -> Vec<Value> {
            rows.into_iter()
                .map(|row| {
                    json!({
                        "item": row.item,
                        "first": row.both[0],
                        "second": row.both[1],
                        "difference": row.difference,
                        "partial": row.partial,
                    })
                })
                .collect()
        };
        json!({
            "crosswalks": self.ids,
            "area_mm2": rows(self.area_rows()),
            "value_yuan": rows(self.value_rows()),
        })
    }

    /// Returns the comparison as two tables.
    pub fn text(&self, language: Language) -> String {
        let (area, value, change, absent) = match language {
            Language::Zh => ("面积（mm2）", "价值（元）", "差", "缺"),
            Language::En => ("area, mm2", "value, CNY", "difference", "missing"),
        };
        let mut lines = Vec::new();
        for (title, rows) in [(area, self.area_rows()), (value, self.value_rows())] {
            lines.push(format!(
                "{title}\t{}\t{}\t{change}",
                self.ids[0], self.ids[1]
            ));
            for row in rows {
                let show = |at: usize| {
                    let mark = if row.partial[at] { " *" } else { "" };
                    let text = row.both[at].as_deref().unwrap_or(absent);
                    format!("{text}{mark}")
                };
                let difference = row.difference.as_deref().unwrap_or(absent);
                lines.push(format!(
                    "{}\t{}\t{}\t{difference}",
                    row.item,
                    show(0),
                    show(1)
                ));
            }
        }
        if self
            .value_rows()
            .iter()
            .any(|row| row.partial.contains(&true))
        {
            lines.push(
                match language {
                    Language::Zh => "* 不完整：有缺项",
                    Language::En => "* partial: something is missing",
                }
                .to_string(),
            );
        }
        lines.join("\n")
    }
}
