//! The rules after all indicators in every draw of a county.

use std::collections::BTreeMap;

use gep_core::methodology::{CombineKind, CombineRule, IndicatorGroup, Keep, Negative};
use gep_core::quantity::{Fen, Rational};

use super::combine::operands;
use super::drawn::{Drawn, TooLarge};

/// Returns what of each indicator counts, in fen: its value where no rule names it. One
/// that is not there, or that a rule could not be applied to, is not in the result.
///
/// # Errors
///
/// If an amount leaves the range of whole numbers.
pub fn counted_draws(
    own: &BTreeMap<String, Drawn>,
    indicators: &[(String, IndicatorGroup)],
    rules: &[CombineRule],
    count: usize,
) -> Result<BTreeMap<String, Drawn>, TooLarge> {
    let mut current = own.clone();
    for (id, group) in indicators {
        if let (IndicatorGroup::Deduction, Some(amount)) = (group, current.get_mut(id)) {
            *amount = Drawn::fixed(0);
        }
    }
    for rule in rules {
        let names = operands(rule, indicators);
        let before: Option<Vec<&Drawn>> = names.iter().map(|name| current.get(*name)).collect();
        let values: Option<Vec<&Drawn>> = names.iter().map(|name| own.get(*name)).collect();
        let Some((before, values)) = before.zip(values) else {
            for name in names {
                current.remove(name);
            }
            continue;
        };
        let after: Result<Vec<Drawn>, TooLarge> = (0..names.len())
            .map(|at| left(&rule.kind, &before, values[at], at, count))
            .collect();
        for (name, after) in names.iter().zip(after?) {
            current.insert((*name).to_string(), after);
        }
    }
    Ok(current)
}

/// What a rule leaves of the operand at a place.
fn left(
    kind: &CombineKind,
    before: &[&Drawn],
    value: &Drawn,
    at: usize,
    count: usize,
) -> Result<Drawn, TooLarge> {
    let own = before[at];
    match kind {
        CombineKind::KeepOne(Keep::Order) if at == 0 => Ok(own.clone()),
        CombineKind::KeepOne(Keep::Order) => Ok(Drawn::fixed(0)),
        // The first of equal ones is kept, as in the account.
        CombineKind::KeepOne(Keep::Largest) => Drawn::from_each(before, count, |row| {
            let larger = |best: usize, at: usize| if row[at] > row[best] { at } else { best };
            let kept = (0..row.len()).fold(0, larger);
            if kept == at { row[at] } else { 0 }
        }),
        CombineKind::Subtract => Drawn::from_each(&[own, value], count, |row| row[0] - row[1]),
        CombineKind::Sign(Negative::Keep) => Ok(own.clone()),
        CombineKind::Sign(Negative::Zero) => Drawn::from_each(&[own], count, |row| row[0].max(0)),
        CombineKind::Bounded(bounds) => {
            let most = fen(&bounds.most)?;
            let least = bounds.least.as_ref().map(fen).transpose()?;
            Drawn::from_each(&[own], count, |row| {
                let below = row[0].min(most);
                least.map_or(below, |least| below.max(least))
            })
        }
    }
}

/// A bound, which a profile spells in yuan, in fen.
fn fen(yuan: &Rational) -> Result<i128, TooLarge> {
    Fen::from_yuan(yuan).map(|own| own.0).map_err(|_| TooLarge)
}
