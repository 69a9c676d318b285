//! Corrections by hand: never mixed into the account, but told beside it as value
//! before, adjustment, value after.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Profile};
use gep_core::quantity::{Fen, Rational, format_exact, is_integer_multiple, round_to};
use gep_core::storage::number_id;

use super::account::{Prepared, evaluate_counties};
use super::departments::items;
use super::rules::totals;
use crate::account::{
    ALL_CLASSES, Amount, AmountKey, ClassGround, Region, RegionLevel, Rollup, State, TableInput,
    roll_up,
};
use crate::output::{AdjustmentNote, AdjustmentRow, QUANTITY_SCALE};
use crate::source::project::Project;
use crate::source::workbook::{Adjustment, read_adjustments};

/// Corrections of a project: of departments' numbers, and of results.
#[derive(Clone, Debug, Default)]
pub struct Adjustments {
    /// Of inputs: input, region and item.
    inputs: Vec<([String; 3], Adjustment)>,
    /// Of results, by their keys as written.
    results: Vec<Adjustment>,
}

impl Adjustments {
    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.results.is_empty()
    }
}

/// What of a project decides on corrections of inputs.
pub(super) struct Filed<'a> {
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile.
    pub profile: &'a Profile,
    /// Codes of the counties.
    pub codes: &'a BTreeSet<String>,
    /// The departments' numbers.
    pub tables: &'a BTreeMap<String, TableInput>,
}

/// Reads the corrections of a project, and compares those of inputs with what is there.
///
/// # Errors
///
/// Every row that cannot be read, names an input, county or item there is not, or gives
/// an old value that is not what is there.
pub(super) fn open_adjustments(
    project: &Project,
    filed: &Filed<'_>,
) -> Result<Adjustments, Findings> {
    let mut all = Adjustments::default();
    let Some(entry) = &project.adjustments else {
        return Ok(all);
    };
    let items = items(filed.methodology, filed.profile)?;
    let mut findings = Vec::new();
    for own in read_adjustments(&project.file(&entry.path), &entry.sheet)? {
        if !own.key.starts_with("inputs/") {
            all.results.push(own);
            continue;
        }
        match input_key(&own.key, filed, &items) {
            Some(key) => {
                findings.extend(compare(&own, filed.there(&key), &filed.unit(&key[0])));
                all.inputs.push((key, own));
            }
            None => findings.push(at("adjustment-key-unknown", &own)),
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}

impl Filed<'_> {
    /// The number of an input as `inputs` prints it.
    fn there(&self, [input, region, item]: &[String; 3]) -> Option<Rational> {
        let value = self.tables.get(input)?;
        let value = value.values.get(&(region.clone(), item.clone()))?;
        let unit = &self.methodology.quantities.get(input)?.unit;
        Some(unit.from_coherent(value))
    }

    fn unit(&self, input: &str) -> String {
        let entry = self.methodology.quantities.get(input);
        entry.map_or_else(String::new, |entry| entry.unit.to_string())
    }
}

/// `inputs/county/input` or `inputs/county/input/item` of a table by county that the
/// profile reads.
fn input_key(
    key: &str,
    filed: &Filed<'_>,
    items: &BTreeMap<String, BTreeSet<String>>,
) -> Option<[String; 3]> {
    let parts: Vec<&str> = key.split('/').collect();
    let (region, input, item) = match parts[..] {
        ["inputs", region, input] => (region, input, ""),
        ["inputs", region, input, item] => (region, input, item),
        _ => return None,
    };
    let entry = filed.methodology.quantities.get(input)?;
    let by_county = entry.domain.has(&Axis::Zone) && entry.domain.object_axis().is_none();
    let known = items.get(input)?.contains(item) && filed.codes.contains(region);
    (by_county && known).then(|| [input, region, item].map(String::from))
}

/// A finding at a row of the workbook.
fn at(code: &'static str, own: &Adjustment) -> Finding {
    Finding::error(code)
        .file(&own.file)
        .place(format!("row {}", own.row))
        .arg("key", &own.key)
}

fn spelled(number: Option<&Rational>) -> String {
    number.map_or_else(|| "-".to_string(), format_exact)
}

fn compare(own: &Adjustment, there: Option<Rational>, unit: &str) -> Option<Finding> {
    (own.old != there).then(|| {
        at("adjustment-old-differs", own)
            .arg("old", spelled(own.old.as_ref()))
            .arg("there", spelled(there.as_ref()))
            .arg("unit", unit)
    })
}

/// Evaluates the counties with corrected inputs; nothing if nothing is corrected. The
/// inputs of the account stay as they were filed.
pub(super) fn adjusted_counties(
    prepared: &mut Prepared,
    ground: &ClassGround,
) -> Result<Option<Vec<Amount>>, Findings> {
    if prepared.beside.adjustments.is_empty() {
        return Ok(None);
    }
    let filed = prepared.tables.clone();
    for ([input, region, item], own) in &prepared.beside.adjustments.inputs {
        let Some(entry) = prepared.methodology.quantities.get(input) else {
            continue;
        };
        let values = &mut prepared.tables.entry(input.clone()).or_default().values;
        let key = (region.clone(), item.clone());
        match &own.new {
            Some(new) => _ = values.insert(key, entry.unit.to_coherent(new)),
            None => _ = values.remove(&key),
        }
    }
    let counties = evaluate_counties(prepared, ground);
    prepared.tables = filed;
    Ok(Some(counties?.0))
}

/// Returns the corrections and everything that they change, each as before and after.
/// `amounts` and `sums` are the account as computed: its quantities and values, and GEP,
/// groups and indicators.
///
/// # Errors
///
/// Corrections of results that are not in the account, whose old value is not what
/// stands there, or which corrected inputs change already.
pub(super) fn adjust(
    prepared: &Prepared,
    adjusted: Option<Vec<Amount>>,
    [amounts, sums]: [&[Amount]; 2],
    regions: &[Region],
) -> Result<Vec<AdjustmentRow>, Findings> {
    let Some(mut counties) = adjusted else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<AdjustmentRow> = input_rows(prepared);
    rows.extend(correct_results(prepared, &mut counties, amounts)?);
    let corrected = roll_up(counties, &Rollup { regions });
    let after = totals(prepared, &corrected, regions);
    let levels: BTreeMap<&str, RegionLevel> = regions
        .iter()
        .map(|region| (region.code.as_str(), region.level))
        .collect();
    for (table, old, new) in [("", amounts, &corrected), ("gep", sums, &after.totals)] {
        let before: BTreeMap<&AmountKey, &Amount> = old.iter().map(|one| (&one.key, one)).collect();
        for one in new {
            let table = match (table, one.money) {
                ("", true) => "value",
                ("", false) => "physical",
                (own, _) => own,
            };
            let was = before.get(&one.key).and_then(|amount| shown(amount));
            let is = shown(one);
            if was == is {
                continue;
            }
            let level = levels.get(one.key.region.as_str());
            rows.push(AdjustmentRow {
                line: "account",
                key: key_of(table, &one.key),
                level: level.map_or("", |level| level.word()).to_string(),
                before: was,
                after: is,
                unit: unit_of(one),
                missing_codes: one.missing.join(" "),
                note: AdjustmentNote::default(),
            });
        }
    }
    Ok(rows)
}

fn unit_of(amount: &Amount) -> String {
    if amount.money {
        "CNY".to_string()
    } else {
        amount.unit.clone()
    }
}

fn key_of(table: &str, key: &AmountKey) -> [String; 6] {
    let parts = [
        table,
        &key.region,
        &key.class,
        &key.indicator,
        &key.output,
        &key.item,
    ];
    parts.map(str::to_string)
}

/// A number as its table prints it; nothing if it is withheld or missing.
fn shown(amount: &Amount) -> Option<Rational> {
    let value = amount.value.as_ref();
    let value = value.filter(|_| amount.state == State::Computed)?;
    if amount.money {
        return Fen::from_yuan(value).ok().map(Fen::to_yuan);
    }
    Some(round_to(value, &quantum(false)))
}

/// The last digit of a table: fen, or millionths.
fn quantum(money: bool) -> Rational {
    let digits = if money {
        2
    } else {
        u32::from(QUANTITY_SCALE.unsigned_abs())
    };
    Rational::new(1.into(), 10_i64.pow(digits).into())
}

fn note(own: &Adjustment) -> AdjustmentNote {
    AdjustmentNote {
        reason: own.reason.clone(),
        document: own.document.clone(),
        name: own.name.clone(),
        date: own.date.clone(),
        row: own.row,
    }
}

fn level_of(prepared: &Prepared, region: &str) -> String {
    let row = prepared.regions.iter().find(|row| row.code == region);
    row.map(|row| row.level.clone()).unwrap_or_default()
}

fn input_rows(prepared: &Prepared) -> Vec<AdjustmentRow> {
    let rows = prepared.beside.adjustments.inputs.iter();
    rows.map(|([input, region, item], own)| {
        let entry = prepared.methodology.quantities.get(input);
        AdjustmentRow {
            line: "input",
            key: ["inputs", region, "", input, "", item].map(str::to_string),
            level: level_of(prepared, region),
            before: own.old.clone(),
            after: own.new.clone(),
            unit: entry.map_or_else(String::new, |entry| entry.unit.to_string()),
            missing_codes: String::new(),
            note: note(own),
        }
    })
    .collect()
}

/// Puts corrected results into the counties' rows.
fn correct_results(
    prepared: &Prepared,
    counties: &mut [Amount],
    amounts: &[Amount],
) -> Result<Vec<AdjustmentRow>, Findings> {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let amounts: BTreeMap<&AmountKey, &Amount> =
        amounts.iter().map(|one| (&one.key, one)).collect();
    for own in &prepared.beside.adjustments.results {
        let mut open = counties.iter_mut();
        let found = open.find(|amount| amount.key.class == ALL_CLASSES && names(&own.key, amount));
        let was = found.as_ref().and_then(|own| amounts.get(&own.key));
        let (Some(amount), Some(was)) = (found, was) else {
            findings.push(at("adjustment-key-unknown", own));
            continue;
        };
        let step = quantum(amount.money);
        let unit = unit_of(amount);
        let before = shown(was);
        findings.extend(compare(own, before.clone(), &unit));
        if shown(amount) != before {
            findings.push(at("adjustment-of-moved-result", own));
        }
        if let Some(new) = &own.new
            && !is_integer_multiple(new, &step)
        {
            let finding = at("adjustment-not-exact", own).arg("new", format_exact(new));
            findings.push(
                finding
                    .arg("quantum", format_exact(&step))
                    .arg("unit", &unit),
            );
        }
        amount.value.clone_from(&own.new);
        amount.state = match own.new {
            Some(_) => State::Computed,
            None => State::Missing,
        };
        rows.push(AdjustmentRow {
            line: "result",
            key: key_of(if amount.money { "value" } else { "physical" }, &amount.key),
            level: level_of(prepared, &amount.key.region),
            before,
            after: own.new.clone(),
            unit,
            missing_codes: String::new(),
            note: note(own),
        });
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

/// Whether a key as written is that of a county's row: its id, or its path.
fn names(written: &str, amount: &Amount) -> bool {
    let key = &amount.key;
    let (table, measure) = match amount.money {
        true => ("value", "value_fen"),
        false => ("physical", "value"),
    };
    let keys = [
        &key.region,
        &key.class,
        &key.indicator,
        &key.output,
        &key.item,
    ]
    .map(String::as_str);
    if written == number_id(table, &keys, measure) {
        return true;
    }
    let parts: Vec<&str> = written.split('/').collect();
    match parts[..] {
        ["value", region, indicator] => {
            amount.money && [region, indicator, "value", ""] == [keys[0], keys[2], keys[3], keys[4]]
        }
        [own, region, indicator, output] => {
            own == table && [region, indicator, output, ""] == [keys[0], keys[2], keys[3], keys[4]]
        }
        [own, region, indicator, output, item] => {
            own == table
                && [region, indicator, output, item] == [keys[0], keys[2], keys[3], keys[4]]
        }
        _ => false,
    }
}

/// The province's GEP after all corrections, if they change it.
pub(super) fn adjusted_province_fen(rows: &[AdjustmentRow]) -> Option<i128> {
    let row = rows.iter().find(|row| {
        row.line == "account"
            && row.level == RegionLevel::Province.word()
            && row.key[0] == "gep"
            && row.key[3] == "gep"
    })?;
    Fen::from_yuan(row.after.as_ref()?).ok().map(|fen| fen.0)
}

#[cfg(test)]
mod tests {
    use gep_core::quantity::parse_decimal;

    use super::*;

    /// The digit a table prints decides whether an old value agrees.
    #[test]
    fn an_old_value_agrees_to_the_digit_or_not_at_all() {
        let own = |old: &str| Adjustment {
            key: "inputs/330102/grain_output".into(),
            old: parse_decimal(old),
            new: None,
            reason: "a".into(),
            document: String::new(),
            name: "b".into(),
            date: "2026-03-31".into(),
            file: "adjustments.xlsx".into(),
            row: 3,
        };
        let there = || parse_decimal("10029.50");
        assert!(compare(&own("10029.5"), there(), "t").is_none());
        assert!(compare(&own("10029.51"), there(), "t").is_some());
        assert!(compare(&own("10029.5"), None, "t").is_some());
        assert!(compare(&own("x"), None, "t").is_none(), "both missing");
    }
}
