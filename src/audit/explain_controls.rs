//! The official areas behind a number: every line of its region and of those below.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::{Value, json};

use super::numbers::ALL;
use super::tables::{Table, decimal};
use super::verify_controls::read;

/// An official area beside the measured one, km2.
#[derive(Clone, Debug)]
pub(super) struct ControlLine {
    region: String,
    class: String,
    mode: String,
    measured_km2: String,
    official: String,
    factor: String,
    applied: bool,
}

/// Digits of mm2 in a km2.
const KM2: i8 = 12;
/// Lines beyond these are left to `--format json`.
const LINES_SHOWN: usize = 16;

/// Returns the lines about a type, or all types, in some regions.
pub(super) fn control_lines(
    folder: &Path,
    regions: &BTreeSet<&str>,
    class: &str,
) -> Result<Vec<ControlLine>, Findings> {
    let Some(table) = read(folder)? else {
        return Ok(Vec::new());
    };
    let wanted = |row: &usize| {
        let own = table.text("class", *row);
        regions.contains(table.text("region_code", *row))
            && (class.is_empty() || class == ALL || own == class || own == ALL)
    };
    Ok((0..table.rows())
        .filter(wanted)
        .map(|row| line(&table, row))
        .collect())
}

fn line(table: &Table, row: usize) -> ControlLine {
    let text = |name| table.text(name, row).to_string();
    let km2 = |name| table.amounts(name)[row].map_or("-".to_string(), |mm2| decimal(mm2, KM2));
    ControlLine {
        region: text("region_code"),
        class: text("class"),
        mode: text("mode"),
        measured_km2: km2("measured_mm2"),
        official: format!("{} {}", text("official"), text("unit")),
        factor: text("factor"),
        applied: text("applied") == "yes",
    }
}

/// Tells the lines to a person.
pub(super) fn told(lines: &[ControlLine], language: Language) -> Vec<String> {
    let zh = language == Language::Zh;
    let mut out = Vec::new();
    if lines.is_empty() {
        return out;
    }
    out.push(if zh { "控制面积" } else { "control areas" }.to_string());
    for own in lines.iter().take(LINES_SHOWN) {
        let done = match (own.applied, zh) {
            (true, true) => "已按此平差",
            (true, false) => "scaled by it",
            (false, true) => "仅核对",
            (false, false) => "compared only",
        };
        let (region, class, factor) = (&own.region, &own.class, &own.factor);
        let (measured, official) = (&own.measured_km2, &own.official);
        out.push(if zh {
            format!("  {region} {class}：量算 {measured} km2，官方 {official}，系数 {factor}（{done}）")
        } else {
            format!(
                "  {region} {class}: measured {measured} km2, official {official}, factor {factor} ({done})"
            )
        });
    }
    if lines.len() > LINES_SHOWN {
        out.push(format!("  … {}", lines.len() - LINES_SHOWN));
    }
    out
}

/// Returns the lines for programs.
pub(super) fn to_json(lines: &[ControlLine]) -> Value {
    let lines = lines.iter().map(|own| {
        json!({
            "region": own.region,
            "class": own.class,
            "mode": own.mode,
            "measured_km2": own.measured_km2,
            "official": own.official,
            "factor": own.factor,
            "applied": own.applied,
        })
    });
    lines.collect()
}
