//! Indicators by convention, and how far they are from their targets.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::methodology::{CarbonIndicator, Law, Target, TargetDirection, Trust};
use gep_core::quantity::{Rational, from_f64_15, to_f64};

use super::book::Book;
use super::law::{Items, Leaf, LeafKind, MissingInput, Reach, evaluate_carbon};

/// One convention of an indicator in a region and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorNumber {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// The indicator.
    pub indicator: String,
    /// The method, which names the convention.
    pub method: String,
    /// The value in `unit`; none if missing.
    pub value: Option<Rational>,
    /// Its unit.
    pub unit: String,
    /// The definitions of the facts behind it, joined.
    pub definition: String,
    /// How far it may be relied on; none if missing.
    pub trust: Option<Trust>,
    /// What is missing.
    pub missing: BTreeSet<MissingInput>,
    /// What it was made of.
    pub leaves: Vec<Leaf>,
}

/// Computes every convention of every indicator for every region and year.
///
/// # Errors
///
/// Those of the formula language.
pub fn indicators(
    rules: &[CarbonIndicator],
    laws: &BTreeMap<String, Law>,
    book: &Book,
    reach: &Reach,
    places: &[(String, u16)],
) -> Result<Vec<IndicatorNumber>, Findings> {
    let mut all = Vec::new();
    for (region, year) in places {
        for rule in rules {
            let Some(law) = laws.get(&rule.method) else {
                continue;
            };
            let place = (region.as_str(), *year);
            let numbers = evaluate_carbon(law, book, reach, place, Items::Listed)?;
            let own = numbers.into_iter().filter(|one| one.output == rule.output);
            all.extend(own.map(|number| IndicatorNumber {
                region: region.clone(),
                year: *year,
                indicator: rule.id.clone(),
                method: rule.method.clone(),
                definition: definitions(&number.leaves),
                value: number.value,
                unit: number.unit,
                trust: number.trust,
                missing: number.missing,
                leaves: number.leaves,
            }));
        }
    }
    Ok(all)
}

fn definitions(leaves: &[Leaf]) -> String {
    let facts = leaves.iter().filter(|leaf| leaf.kind == LeafKind::Fact);
    let told: BTreeSet<&str> = facts.map(|leaf| leaf.definition.as_str()).collect();
    let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
    told.join(" ")
}

/// Where an indicator stands against a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// What the target asks for its year is reached.
    Reached,
    /// It is not reached, in the year of the target or after.
    NotReached,
    /// The year of the target is to come.
    Open,
    /// The number is of another definition than the target.
    NotComparable,
    /// There is no number.
    Missing,
}

impl Progress {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotReached => "not_reached",
            Self::Open => "open",
            Self::NotComparable => "not_comparable",
            Self::Missing => "missing",
        }
    }
}

/// A target beside the number that is nearest to its year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetNumber {
    /// The id of the target.
    pub target: String,
    /// The latest year with a number, not after the target's.
    pub year: Option<u16>,
    /// The number, or the decline against the base year in per cent.
    pub value: Option<Rational>,
    /// Target less value, in the unit of the target.
    pub gap: Option<Rational>,
    /// What a straight compound path would have reached by that year, for a decline.
    pub path: Option<Rational>,
    /// The change a year in per cent that is still needed; 15 digits.
    pub required_annual_rate: Option<Rational>,
    /// Where it stands.
    pub progress: Progress,
    /// How far the number may be relied on.
    pub trust: Option<Trust>,
}

/// Sets each target beside the numbers of its region and convention.
pub fn targets(all: &BTreeMap<String, Target>, numbers: &[IndicatorNumber]) -> Vec<TargetNumber> {
    let mut found = Vec::new();
    for (id, target) in all {
        let own = numbers.iter().filter(|one| {
            one.region == target.region_code
                && one.indicator == target.indicator
                && one.method == target.method
        });
        let own: Vec<&IndicatorNumber> = own.collect();
        if !own.is_empty() {
            found.push(one_target(id, target, &own));
        }
    }
    found
}

fn one_target(id: &str, target: &Target, own: &[&IndicatorNumber]) -> TargetNumber {
    let known = own
        .iter()
        .filter(|one| one.value.is_some() && one.year <= target.year);
    let comparable = |one: &&&IndicatorNumber| {
        let wanted = target.definition.as_deref();
        wanted.is_none_or(|wanted| wanted == one.definition)
    };
    let latest = known.clone().filter(comparable).max_by_key(|one| one.year);
    let mut found = TargetNumber {
        target: id.to_owned(),
        year: None,
        value: None,
        gap: None,
        path: None,
        required_annual_rate: None,
        progress: Progress::Missing,
        trust: None,
    };
    let Some(latest) = latest else {
        if known.count() > 0 {
            found.progress = Progress::NotComparable;
        }
        return found;
    };
    let value = latest.value.clone().unwrap_or_default();
    found.year = Some(latest.year);
    found.trust = latest.trust;
    match target.direction {
        TargetDirection::CumulativeDecline => decline(target, own, latest, &mut found),
        direction => level(target, direction, &value, latest.year, &mut found),
    }
    found
}

/// A target on the level: at least or at most.
fn level(
    target: &Target,
    direction: TargetDirection,
    value: &Rational,
    year: u16,
    found: &mut TargetNumber,
) {
    found.value = Some(value.clone());
    found.gap = Some(&target.value - value);
    let reached = match direction {
        TargetDirection::AtLeast => *value >= target.value,
        _ => *value <= target.value,
    };
    found.progress = progress(reached, year, target.year);
    found.required_annual_rate = rate(&target.value, value, target.year, year);
}

/// A decline against the base year: `1 - I(t) / I(0)` beside the compound path.
fn decline(
    target: &Target,
    own: &[&IndicatorNumber],
    latest: &IndicatorNumber,
    found: &mut TargetNumber,
) {
    let base_year = target.base_year.unwrap_or(target.year);
    let base = own.iter().find(|one| one.year == base_year);
    let base = base.and_then(|one| one.value.clone());
    let zero = Rational::from_integer(0.into());
    let (Some(base), Some(value)) = (base.filter(|base| *base > zero), &latest.value) else {
        found.year = None;
        found.trust = None;
        return;
    };
    let hundred = Rational::from_integer(100.into());
    let one = Rational::from_integer(1.into());
    let aim = &target.value / &hundred;
    let done = (&one - value / &base) * &hundred;
    found.gap = Some(&target.value - &done);
    let share = f64::from(latest.year - base_year.min(latest.year))
        / f64::from((target.year - base_year).max(1));
    let path = (1.0 - libm::pow(1.0 - to_f64(&aim), share)) * 100.0;
    found.path = from_f64_15(path);
    found.progress = progress(done >= target.value, latest.year, target.year);
    found.value = Some(done);
    found.required_annual_rate = rate(&(&base * (&one - &aim)), value, target.year, latest.year);
}

fn progress(reached: bool, year: u16, target: u16) -> Progress {
    match (reached, year >= target) {
        (true, _) => Progress::Reached,
        (false, true) => Progress::NotReached,
        (false, false) => Progress::Open,
    }
}

/// The change a year, in per cent, that leads from one value to another.
fn rate(to: &Rational, from: &Rational, target: u16, year: u16) -> Option<Rational> {
    let zero = Rational::from_integer(0.into());
    if year >= target || *from <= zero || *to <= zero {
        return None;
    }
    let ratio = to_f64(&(to / from));
    from_f64_15((libm::pow(ratio, 1.0 / f64::from(target - year)) - 1.0) * 100.0)
}
