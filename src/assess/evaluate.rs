//! One check over all figures: a verdict for everything it looks at.

use gep_core::methodology::{Check, CheckKind, CheckSeverity};
use gep_core::quantity::{Rational, Unit, format_decimal, format_exact};

use super::columns;
use super::figures::{Figures, Measured, Silence, Subject};
use super::rows;

/// Digits to which a measured number is printed.
const PRINTED_DIGITS: u32 = 8;

/// What came of one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Outside the limits.
    Fire,
    /// Outside the limits, and somebody signed for it.
    Waived,
    /// There is nothing to compare.
    NotApplicable(Silence),
    /// Within the limits.
    Pass,
}

impl Verdict {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fire => "fire",
            Self::Waived => "waived",
            Self::NotApplicable(_) => "not_applicable",
            Self::Pass => "pass",
        }
    }
}

/// The result of a check for one thing it looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The check.
    pub check: String,
    /// Region code; empty if no region is meant.
    pub region: String,
    /// The indicator or input it is about.
    pub indicator: String,
    /// Ecosystem type, `all` over all types.
    pub class: String,
    /// Item; empty over all items.
    pub item: String,
    /// What was measured, printed; empty if nothing was.
    pub measured: String,
    /// The unit of what was measured and of the limit.
    pub unit: String,
    /// The limit, printed.
    pub limit: String,
    /// What came of it.
    pub verdict: Verdict,
    /// How many numbers were compared.
    pub compared: u64,
    /// Name under a waiver; empty if there is none.
    pub waiver: String,
    /// How much the check weighs.
    pub severity: CheckSeverity,
}

/// A comparison before it is printed: what was measured, and whether it fires.
pub(super) type Found = Result<(Measured, bool), Silence>;

/// Runs one check. What passes is told once a region, with the number of comparisons;
/// a check without anything to look at is told once, as not applicable.
pub fn run_check(check: &Check, figures: &Figures) -> Vec<Outcome> {
    let found = match check.kind {
        CheckKind::Range
        | CheckKind::Ratio
        | CheckKind::AtMost
        | CheckKind::Product
        | CheckKind::Sum
        | CheckKind::Zero => rows::compare(check, figures),
        CheckKind::Complete => rows::complete(check, figures),
        CheckKind::Exclusion => rows::exclusion(check, figures),
        CheckKind::EqualRatio | CheckKind::Slip | CheckKind::Peers => {
            columns::against_peers(check, figures)
        }
        CheckKind::Copied => columns::copied(check, figures),
        CheckKind::Digits => columns::digits(check, figures),
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (subject, found) in found {
        let one = outcome(check, &subject, found);
        // Passes and silences of one region are one row.
        let same = |other: &&mut Outcome| {
            other.verdict != Verdict::Fire
                && other.region == one.region
                && other.verdict == one.verdict
        };
        match outcomes.iter_mut().rev().find(same) {
            Some(earlier) if one.verdict != Verdict::Fire => merge(earlier, &one),
            _ => outcomes.push(one),
        }
    }
    let silent = |one: &Outcome| matches!(one.verdict, Verdict::NotApplicable(_));
    if outcomes.iter().all(silent) {
        let reasons = outcomes.iter().map(|one| one.verdict).min();
        let reason = reasons.unwrap_or(Verdict::NotApplicable(Silence::NotGiven));
        let Verdict::NotApplicable(silence) = reason else {
            return outcomes;
        };
        return vec![outcome(check, &Subject::default(), Err(silence))];
    }
    outcomes
}

/// What differs between comparisons told in one row is left blank.
fn merge(row: &mut Outcome, one: &Outcome) {
    row.compared += one.compared;
    row.measured.clear();
    for (own, other) in [
        (&mut row.indicator, &one.indicator),
        (&mut row.class, &one.class),
        (&mut row.item, &one.item),
    ] {
        if own != other {
            own.clear();
        }
    }
}

fn outcome(check: &Check, subject: &Subject, found: Found) -> Outcome {
    let (measured, unit, verdict) = match &found {
        Err(silence) => (String::new(), None, Verdict::NotApplicable(*silence)),
        Ok((measured, fires)) => {
            let (text, unit) = printed(check, measured);
            let verdict = if *fires { Verdict::Fire } else { Verdict::Pass };
            (text, Some(unit), verdict)
        }
    };
    let declared = check.unit.as_ref().map(|(text, _)| text.clone());
    Outcome {
        check: check.id.clone(),
        region: subject.region.clone(),
        indicator: indicator(check, subject),
        class: subject.class.clone(),
        item: subject.item.clone(),
        measured,
        unit: unit.or(declared).unwrap_or_default(),
        limit: limit_text(check),
        verdict,
        compared: u64::from(found.is_ok()),
        waiver: String::new(),
        severity: check.severity,
    }
}

/// The indicator or input a subject is about: the word before the last point, after
/// the name of the book (`total.`, `counted.`, `input.`, `previous.`).
fn indicator(check: &Check, subject: &Subject) -> String {
    let main = main_operand(check);
    let Some(selector) = check.operand(main).first() else {
        return String::new();
    };
    let name = selector.series.replace('*', &subject.star);
    let mut words: Vec<&str> = name.split('.').collect();
    let books = ["total", "counted", "input", "previous", "parameter"];
    if words.len() > 1 && books.contains(&words[0]) {
        words.remove(0);
    }
    words[0].to_owned()
}

/// Returns the operand whose places a check goes through.
pub(super) fn main_operand(check: &Check) -> &'static str {
    match check.kind {
        CheckKind::Ratio | CheckKind::EqualRatio => "above",
        CheckKind::Product => "value",
        CheckKind::Sum => "whole",
        _ => "of",
    }
}

fn printed(check: &Check, measured: &Measured) -> (String, String) {
    let (number, unit) = match &check.unit {
        Some((text, unit)) if unit.same_dimension(&measured.unit) => {
            (unit.from_coherent(&measured.value), text.clone())
        }
        _ => (measured.value.clone(), measured.unit.to_string()),
    };
    (format_decimal(&number, PRINTED_DIGITS), unit)
}

/// Returns the limits of a check as a table prints them.
pub fn limit_text(check: &Check) -> String {
    let get = |name: &str| check.limits.get(name).map(format_exact);
    match (get("low"), get("high")) {
        (Some(low), Some(high)) => return format!("{low}..{high}"),
        (Some(low), None) => return format!(">= {low}"),
        (None, Some(high)) => return format!("<= {high}"),
        (None, None) => {}
    }
    let mut parts: Vec<String> = check
        .limits
        .iter()
        .map(|(name, limit)| format!("{name} {}", format_exact(limit)))
        .collect();
    if !check.factors.is_empty() {
        let factors: Vec<String> = check.factors.iter().map(format_exact).collect();
        parts.push(format!("factors {}", factors.join(", ")));
    }
    parts.join(", ")
}

/// A plain number as a measured one.
pub(super) fn plain(value: Rational) -> Measured {
    Measured {
        value,
        unit: Unit::one(),
    }
}

/// Returns whether a number lies between the limits `low` and `high`, where they are.
pub(super) fn within(check: &Check, value: &Rational) -> bool {
    let low = check.limit("low").is_none_or(|low| *value >= low);
    let high = check.limit("high").is_none_or(|high| *value <= high);
    low && high
}
