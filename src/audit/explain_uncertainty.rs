//! The interval of a number and what it comes from, for `gep explain`.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::{Value, json};

use super::tables::Table;
use crate::output::{UNCERTAINTY, UNCERTAINTY_CONTRIBUTION};

/// So many parameters are told.
const SHOWN: usize = 5;

/// An interval as its table has it.
#[derive(Clone, Debug)]
pub(super) struct IntervalLine {
    method: String,
    ends: [String; 2],
    unit: String,
    /// Draws, those below the number, seed, share of the interval.
    terms: [String; 4],
    number_id: String,
    /// Parameter, share, rank correlation; the largest first.
    contributions: Vec<[String; 3]>,
}

/// Finds the interval of a number; nothing if the run has none. `item` is what
/// contributions are told of: GEP, a group or an indicator.
pub(super) fn interval(
    folder: &Path,
    central_id: &str,
    region: &str,
    item: &str,
) -> Result<Option<IntervalLine>, Findings> {
    if !folder.join(UNCERTAINTY.path()).is_file() {
        return Ok(None);
    }
    let only = |text: &str| BTreeSet::from([text.to_string()]);
    let table = Table::read_where(folder, &UNCERTAINTY, &[("central_id", only(central_id))])?;
    if table.rows() == 0 {
        return Ok(None);
    }
    let text = |name| table.spelling(name, 0);
    let wanted = [("region_code", only(region)), ("item", only(item))];
    let parts = Table::read_where(folder, &UNCERTAINTY_CONTRIBUTION, &wanted)?;
    let part =
        |row| ["parameter", "share", "rank_correlation"].map(|name| parts.spelling(name, row));
    let told = table.text("method", 0) == "monte_carlo";
    Ok(Some(IntervalLine {
        method: text("method"),
        ends: ["low", "high"].map(text),
        unit: text("unit"),
        terms: ["draws", "draws_below", "seed", "interval"].map(text),
        number_id: text("number_id"),
        contributions: (0..parts.rows().min(SHOWN))
            .filter(|_| told)
            .map(part)
            .collect(),
    }))
}

/// Returns the id of the number an interval belongs to.
pub(super) fn central_of(folder: &Path, interval_id: &str) -> Result<Option<String>, Findings> {
    if !folder.join(UNCERTAINTY.path()).is_file() {
        return Ok(None);
    }
    let wanted = [("number_id", BTreeSet::from([interval_id.to_string()]))];
    let table = Table::read_where(folder, &UNCERTAINTY, &wanted)?;
    Ok((table.rows() > 0).then(|| table.spelling("central_id", 0)))
}

impl IntervalLine {
    /// Returns the lines for people.
    pub(super) fn lines(&self, language: Language) -> Vec<String> {
        let zh = language == Language::Zh;
        let [draws, below, seed, share] = &self.terms;
        let id = &self.number_id;
        if self.method != "monte_carlo" {
            return vec![match zh {
                true => format!("不确定性：所用参数均按定值，没有区间  id {id}"),
                false => {
                    format!("uncertainty: all parameters are held fixed, no interval  id {id}")
                }
            }];
        }
        let ([low, high], unit) = (&self.ends, &self.unit);
        let mut lines = vec![match zh {
            true => format!(
                "置信区间（{share}）：{low} 至 {high} {unit}；抽样 {draws} 次，低于核算值的 {below} 次，种子 {seed}  id {id}"
            ),
            false => format!(
                "interval ({share}): {low} to {high} {unit}; {draws} draws, {below} below the number, seed {seed}  id {id}"
            ),
        }];
        for [parameter, share, correlation] in &self.contributions {
            lines.push(match zh {
                true => format!("   {parameter}  份额 {share}  秩相关 {correlation}"),
                false => format!("   {parameter}  share {share}  rank correlation {correlation}"),
            });
        }
        lines
    }

    /// Returns the interval for programs.
    pub(super) fn to_json(&self) -> Value {
        let [draws, below, seed, share] = &self.terms;
        json!({
            "method": self.method, "low": self.ends[0], "high": self.ends[1],
            "unit": self.unit, "draws": draws, "draws_below": below, "seed": seed,
            "interval": share, "number_id": self.number_id,
            "contributions": self.contributions.iter().map(|[parameter, share, correlation]| {
                json!({"parameter": parameter, "share": share, "rank_correlation": correlation})
            }).collect::<Vec<_>>(),
        })
    }
}
