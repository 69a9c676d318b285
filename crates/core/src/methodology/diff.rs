//! What two profiles say differently, of one methodology or of two.
//!
//! Titles, notes, examples and comments are left out, as in fingerprints; what is
//! compared is what a law says, row by row, and where it is taken from.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Findings;
use crate::quantity::{Unit, format_exact};

use super::combine::CombineRule;
use super::dictionary::{Citation, Crosswalk};
use super::law::{BoundParameter, Law};
use super::load::Methodology;
use super::method::Origin;
use super::profile::{Indicator, IndicatorState, Profile};
use super::table::Row;

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Price year, coverage floor, crosswalk, dates, whether official.
    Setting,
    /// An indicator that one of the two does not compute.
    Indicator,
    /// How far an indicator is final, or its group.
    State,
    /// A formula, an input, the ecosystem groups a law is about.
    Formula,
    /// A derived layer that one of the two does not have.
    Layer,
    /// A value of a parameter.
    Parameter,
    /// A value of a parameter that is money.
    Price,
    /// A step of rounding.
    Rounding,
    /// The range a result is printed in.
    Range,
    /// A rule after all indicators.
    Combine,
    /// The ecosystem type of a code.
    Crosswalk,
    /// How far a value can be trusted.
    Status,
    /// The document and clause.
    Clause,
}

impl DifferenceKind {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 13] = [
        Self::Setting,
        Self::Indicator,
        Self::State,
        Self::Formula,
        Self::Layer,
        Self::Parameter,
        Self::Price,
        Self::Rounding,
        Self::Range,
        Self::Combine,
        Self::Crosswalk,
        Self::Status,
        Self::Clause,
    ];

    /// Returns its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Indicator => "indicator",
            Self::State => "state",
            Self::Formula => "formula",
            Self::Layer => "layer",
            Self::Parameter => "parameter",
            Self::Price => "price",
            Self::Rounding => "rounding",
            Self::Range => "range",
            Self::Combine => "combine",
            Self::Crosswalk => "crosswalk",
            Self::Status => "status",
            Self::Clause => "clause",
        }
    }
}

/// One thing two profiles say differently. What one of them does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What kind of thing.
    pub kind: DifferenceKind,
    /// The indicator or derived layer it belongs to; empty for the profile as a whole.
    pub subject: String,
    /// Which one of its kind: the statement, the row of a parameter, the rule.
    pub item: String,
    /// What the first says.
    pub before: Option<String>,
    /// What the second says.
    pub after: Option<String>,
}

/// A profile and the methodology it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile.
    pub profile: &'a Profile,
}

/// Returns what two profiles say differently, sorted by kind, subject and item;
/// nothing if they say the same.
///
/// # Errors
///
/// None for profiles of methodologies that were loaded without findings.
pub fn differences(first: Side<'_>, second: Side<'_>) -> Result<Vec<Difference>, Findings> {
    let mut found = Found::default();
    settings(first.profile, second.profile, &mut found);
    layers(first, second, &mut found)?;
    indicators(first, second, &mut found)?;
    rules(&first.profile.combine, &second.profile.combine, &mut found);
    let crosswalk = |side: Side<'_>| {
        let all = &side.methodology.crosswalks;
        all.get(&side.profile.crosswalk).cloned()
    };
    let [before, after] = [first, second].map(crosswalk);
    crosswalks(
        &before.unwrap_or_default(),
        &after.unwrap_or_default(),
        &mut found,
    );
    found.0.sort();
    Ok(found.0)
}

/// Returns whether a unit holds money of any year.
pub fn is_money(unit: &Unit) -> bool {
    let mut bases = unit.dimension().bases();
    bases.any(|(symbol, _)| symbol.split('@').next() == Some("CNY"))
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    /// Adds what differs between two texts.
    fn compare(
        &mut self,
        kind: DifferenceKind,
        (subject, item): (&str, &str),
        before: Option<String>,
        after: Option<String>,
    ) {
        if before != after {
            self.0.push(Difference {
                kind,
                subject: subject.to_owned(),
                item: item.to_owned(),
                before,
                after,
            });
        }
    }

    /// Adds what differs between two sets of texts by name.
    fn compare_all(
        &mut self,
        kind: DifferenceKind,
        subject: &str,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name).cloned(), after.get(name).cloned());
            self.compare(kind, (subject, name), old, new);
        }
    }
}

fn cited(citation: &Citation) -> String {
    format!("{} {}", citation.document, citation.clause)
}

fn settings(first: &Profile, second: &Profile, found: &mut Found) {
    let said = |profile: &Profile| -> BTreeMap<String, String> {
        let edition = &profile.edition;
        let open = |date: &Option<String>| date.clone().unwrap_or_else(|| "-".to_owned());
        [
            ("price_year", profile.price_year.clone()),
            ("coverage_floor", format_exact(&profile.coverage_floor)),
            ("crosswalk", profile.crosswalk.clone()),
            ("official", profile.official.to_string()),
            ("valid_from", open(&edition.valid_from)),
            ("valid_to", open(&edition.valid_to)),
            ("domain", edition.domain.word().to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    };
    found.compare_all(DifferenceKind::Setting, "", &said(first), &said(second));
    let of = |profile: &Profile| Some(cited(&profile.citation));
    found.compare(
        DifferenceKind::Clause,
        ("", "profile"),
        of(first),
        of(second),
    );
}

fn layers(first: Side<'_>, second: Side<'_>, found: &mut Found) -> Result<(), Findings> {
    let ids: BTreeSet<&String> = first
        .profile
        .layers
        .iter()
        .chain(&second.profile.layers)
        .collect();
    for id in ids {
        let own = |side: Side<'_>| {
            let has = side.profile.layers.contains(id);
            side.methodology.layers.get(id).filter(|_| has).cloned()
        };
        let (before, after) = (own(first), own(second));
        let (Some(old), Some(new)) = (&before, &after) else {
            let word = |there: bool| there.then(|| "derived".to_owned());
            let (old, new) = (word(before.is_some()), word(after.is_some()));
            found.compare(DifferenceKind::Layer, (id, "layer"), old, new);
            continue;
        };
        let grid = |one: &super::method::Method| one.layer.as_ref().map(|own| format!("{own:?}"));
        found.compare(
            DifferenceKind::Formula,
            (id, "grid and kernel"),
            grid(old),
            grid(new),
        );
        let law = |side: Side<'_>| side.methodology.law(id, Some(side.profile));
        if let (Some(old), Some(new)) = (law(first)?, law(second)?) {
            laws(id, &old, &new, found);
        }
        let clause = [old, new].map(|one| Some(cited(&one.citation)));
        let [before, after] = clause;
        found.compare(DifferenceKind::Clause, (id, id), before, after);
    }
    Ok(())
}

/// Whether a profile computes an indicator at all.
fn computed<'a>(profile: &'a Profile, id: &str) -> Option<&'a Indicator> {
    let own = profile.indicator(id);
    own.filter(|one| one.state != IndicatorState::Absent)
}

fn indicators(first: Side<'_>, second: Side<'_>, found: &mut Found) -> Result<(), Findings> {
    let mut ids: Vec<&str> = Vec::new();
    for profile in [first.profile, second.profile] {
        for one in &profile.indicators {
            if !ids.contains(&one.id.as_str()) {
                ids.push(&one.id);
            }
        }
    }
    for id in ids {
        let (old, new) = (computed(first.profile, id), computed(second.profile, id));
        let (Some(before), Some(after)) = (old, new) else {
            let word =
                |profile: &Profile| profile.indicator(id).map(|one| one.state.word().to_owned());
            let (before, after) = (word(first.profile), word(second.profile));
            found.compare(DifferenceKind::Indicator, (id, "indicator"), before, after);
            continue;
        };
        let states = [before, after].map(|one| Some(one.state.word().to_owned()));
        let groups = [before, after].map(|one| Some(one.group.word().to_owned()));
        for (item, [old, new]) in [("state", states), ("group", groups)] {
            found.compare(DifferenceKind::State, (id, item), old, new);
        }
        let methods = [before, after].map(|one| Some(one.methods.join(", ")));
        let [old, new] = methods;
        found.compare(DifferenceKind::Formula, (id, "methods"), old, new);
        let old = first.methodology.indicator_law(first.profile, before)?;
        let new = second.methodology.indicator_law(second.profile, after)?;
        if let (Some(old), Some(new)) = (old, new) {
            laws(id, &old, &new, found);
        }
        let clauses = [(first, before), (second, after)].map(|(side, one)| {
            let methods = one
                .methods
                .iter()
                .filter_map(|id| side.methodology.methods.get(id));
            let cited: Vec<String> = methods.map(|method| cited(&method.citation)).collect();
            Some(cited.join("; "))
        });
        let [old, new] = clauses;
        found.compare(DifferenceKind::Clause, (id, "methods"), old, new);
    }
    Ok(())
}

/// Compares two laws of one subject.
fn laws(subject: &str, first: &Law, second: &Law, found: &mut Found) {
    let formulas = [first, second].map(law_texts);
    let [(old, old_steps), (new, new_steps)] = formulas;
    found.compare_all(DifferenceKind::Formula, subject, &old, &new);
    found.compare_all(DifferenceKind::Rounding, subject, &old_steps, &new_steps);
    let ranges = [first, second].map(|law| -> BTreeMap<String, String> {
        let outputs = law.outputs.iter();
        outputs
            .map(|(_, one)| {
                let (low, high) = &one.range;
                let text = format!("{} .. {}", format_exact(low), format_exact(high));
                (one.name.clone(), text)
            })
            .collect()
    });
    found.compare_all(DifferenceKind::Range, subject, &ranges[0], &ranges[1]);
    let names: BTreeSet<&String> = first
        .parameters
        .keys()
        .chain(second.parameters.keys())
        .collect();
    for name in names {
        let (old, new) = (first.parameters.get(name), second.parameters.get(name));
        parameter((subject, name), old, new, found);
    }
}

/// What a law says, by name: its formulas, inputs and scope; and its roundings.
pub fn law_texts(law: &Law) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut said, mut steps) = (BTreeMap::new(), BTreeMap::new());
    for one in law.program.statements() {
        said.insert(one.name.clone(), format!("{} [{}]", one.formula, one.unit));
        if let Some(quantum) = &one.quantum {
            steps.insert(
                one.name.clone(),
                format!("{} {}", format_exact(quantum), one.unit),
            );
        }
    }
    for (name, input) in &law.inputs {
        let word = match &input.origin {
            Origin::Layer(_) => "layer",
            Origin::Table(_) => "table",
            Origin::Output(_) => "output",
        };
        let text = format!("{word} {} {}", input.origin.id(), input.domain);
        said.insert(format!("input {name}"), text);
    }
    for (name, bound) in &law.parameters {
        let text = format!("{}", bound.declaration.domain);
        said.insert(format!("parameter {name}"), text);
    }
    if !law.groups.is_empty() {
        let groups: Vec<&str> = law.groups.iter().map(String::as_str).collect();
        said.insert("scope".to_owned(), groups.join(", "));
    }
    for total in law.program.totals().iter().filter(|one| !one.is_area) {
        if let Some(quantum) = law.total_quantum(total) {
            let text = format!("{} {}", format_exact(&quantum), total.rate_unit);
            steps.insert(format!("total {}", total.id), text);
        }
    }
    (said, steps)
}

/// The rows of a parameter by their keys.
fn rows(bound: Option<&BoundParameter>) -> BTreeMap<String, &Row> {
    let rows = bound.iter().flat_map(|one| &one.rows);
    rows.map(|(keys, row)| {
        let parts: Vec<String> = keys
            .iter()
            .map(|(axis, label)| format!("{axis}={label}"))
            .collect();
        (parts.join(" "), row)
    })
    .collect()
}

fn parameter(
    (subject, name): (&str, &str),
    first: Option<&BoundParameter>,
    second: Option<&BoundParameter>,
    found: &mut Found,
) {
    let money = [first, second]
        .into_iter()
        .flatten()
        .any(|one| is_money(&one.declaration.unit));
    let kind = if money {
        DifferenceKind::Price
    } else {
        DifferenceKind::Parameter
    };
    let (old, new) = (rows(first), rows(second));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let item = if key.is_empty() {
            name.to_owned()
        } else {
            format!("{name} {key}")
        };
        let (before, after) = (old.get(key), new.get(key));
        let value =
            |row: Option<&&Row>| row.map(|row| format!("{} {}", row.spelling, row.unit_text));
        found.compare(kind, (subject, &item), value(before), value(after));
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        let status = |row: &Row| Some(row.status.word().to_owned());
        let clause = |row: &Row| Some(cited(&row.citation));
        let at = (subject, item.as_str());
        found.compare(DifferenceKind::Status, at, status(before), status(after));
        found.compare(DifferenceKind::Clause, at, clause(before), clause(after));
    }
}

fn rules(first: &[CombineRule], second: &[CombineRule], found: &mut Found) {
    let said = |rules: &[CombineRule]| -> BTreeMap<String, String> {
        let text = |rule: &CombineRule| {
            let words = [rule.kind.word().to_owned(), rule.kind.choice()];
            let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
            format!("{}: {}", words.join(" "), rule.indicators.join(", "))
        };
        rules
            .iter()
            .map(|rule| (rule.id.clone(), text(rule)))
            .collect()
    };
    let (old, new) = (said(first), said(second));
    found.compare_all(DifferenceKind::Combine, "", &old, &new);
    let order = |rules: &[CombineRule]| -> Option<String> {
        let common = rules
            .iter()
            .filter(|rule| old.contains_key(&rule.id) && new.contains_key(&rule.id));
        let ids: Vec<&str> = common.map(|rule| rule.id.as_str()).collect();
        Some(ids.join(", "))
    };
    found.compare(
        DifferenceKind::Combine,
        ("", "order"),
        order(first),
        order(second),
    );
    for rule in first {
        if let Some(other) = second.iter().find(|other| other.id == rule.id) {
            let (before, after) = (Some(cited(&rule.citation)), Some(cited(&other.citation)));
            let item = format!("rule {}", rule.id);
            found.compare(DifferenceKind::Clause, ("", &item), before, after);
        }
    }
}

fn crosswalks(first: &Crosswalk, second: &Crosswalk, found: &mut Found) {
    let codes: BTreeSet<&String> = first.rows.keys().chain(second.rows.keys()).collect();
    for code in codes {
        let (old, new) = (first.rows.get(code), second.rows.get(code));
        let class =
            |row: Option<&super::dictionary::CrosswalkRow>| row.map(|row| row.class.clone());
        found.compare(
            DifferenceKind::Crosswalk,
            ("", code),
            class(old),
            class(new),
        );
        let (Some(old), Some(new)) = (old, new) else {
            continue;
        };
        let item = format!("code {code}");
        let status = [old, new].map(|row| Some(row.status.word().to_owned()));
        let clause = [old, new].map(|row| Some(cited(&row.citation)));
        for (kind, [before, after]) in [
            (DifferenceKind::Status, status),
            (DifferenceKind::Clause, clause),
        ] {
            found.compare(kind, ("", &item), before, after);
        }
    }
}
