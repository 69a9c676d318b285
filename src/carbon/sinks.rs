//! Sinks: net changes of stocks, gross fixation and stocks, never in one column.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::methodology::{Law, Origin, SinkKind, SinkRule, Trust};
use gep_core::quantity::Rational;

use super::book::Book;
use super::law::{Items, Leaf, MissingInput, Reach, evaluate_carbon};

/// A sink of a region and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkNumber {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// The pool.
    pub pool: String,
    /// What it is.
    pub kind: SinkKind,
    /// The method.
    pub method: String,
    /// The output.
    pub output: String,
    /// Item, empty if the output has none.
    pub item: String,
    /// The value in `unit`; none if missing.
    pub value: Option<Rational>,
    /// Its unit.
    pub unit: String,
    /// Whether it is the one of its pool that meets emissions.
    pub counts: bool,
    /// How far it may be relied on; none if missing.
    pub trust: Option<Trust>,
    /// What is missing.
    pub missing: BTreeSet<MissingInput>,
    /// What it was made of.
    pub leaves: Vec<Leaf>,
}

/// Computes every sink for which a region and year gives anything.
///
/// # Errors
///
/// Those of the formula language.
pub fn sinks(
    rules: &[SinkRule],
    laws: &BTreeMap<String, Law>,
    book: &Book,
    reach: &Reach,
    places: &[(String, u16)],
) -> Result<Vec<SinkNumber>, Findings> {
    let mut all = Vec::new();
    for (region, year) in places {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for rule in rules {
            let Some(law) = laws.get(&rule.method) else {
                continue;
            };
            if !given(law, laws, book, (region, *year)) {
                continue;
            }
            let place = (region.as_str(), *year);
            let numbers = evaluate_carbon(law, book, reach, place, Items::Given)?;
            let own = numbers.into_iter().filter(|one| one.output == rule.output);
            let own: Vec<_> = own.collect();
            let computed = !own.is_empty() && own.iter().all(|one| one.value.is_some());
            let counts =
                rule.kind == SinkKind::NetStockChange && computed && taken.insert(&rule.pool);
            all.extend(own.into_iter().map(|number| SinkNumber {
                region: region.clone(),
                year: *year,
                pool: rule.pool.clone(),
                kind: rule.kind,
                method: rule.method.clone(),
                output: rule.output.clone(),
                item: number.item,
                value: number.value,
                unit: number.unit,
                counts,
                trust: number.trust,
                missing: number.missing,
                leaves: number.leaves,
            }));
        }
    }
    Ok(all)
}

/// Returns whether a region and year gives any fact that this law alone reads: an interval
/// between surveys says nothing of bamboo.
fn given(
    law: &Law,
    laws: &BTreeMap<String, Law>,
    book: &Book,
    (region, year): (&str, u16),
) -> bool {
    let own: Vec<&str> = quantities(law).collect();
    let shared = |quantity: &str| {
        let mut others = laws.values().filter(|other| other.id != law.id);
        others.any(|other| quantities(other).any(|one| one == quantity))
    };
    let alone: Vec<&str> = own.iter().copied().filter(|one| !shared(one)).collect();
    let telling = if alone.is_empty() { own } else { alone };
    telling
        .iter()
        .any(|quantity| book.has(quantity, region, year))
}

fn quantities(law: &Law) -> impl Iterator<Item = &str> {
    law.inputs.values().filter_map(|input| match &input.origin {
        Origin::Table(quantity) => Some(quantity.as_str()),
        Origin::Layer(_) | Origin::Output(_) => None,
    })
}
