//! Rules after all indicators: what of each indicator counts in GEP, county by
//! county, in the order of the profile.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{CombineKind, CombineRule, IndicatorGroup, Keep, Negative};
use gep_core::quantity::Rational;

use super::rollup::account_values;
use super::{ALL_CLASSES, Amount, AmountKey, Region, State, Trust, bases};

/// Outputs of a rule: what counted before it, what it takes off, what is left.
pub const COMBINE_OUTPUTS: [&str; 3] = ["before", "removed", "after"];

/// The row of a rule over all its indicators.
pub const ALL_OPERANDS: &str = "all";

/// Returns the indicators a rule works on, in its order: those that are computed.
pub fn operands<'a>(
    rule: &'a CombineRule,
    indicators: &[(String, IndicatorGroup)],
) -> Vec<&'a str> {
    let computed = |name: &&String| indicators.iter().any(|(id, _)| id == *name);
    let names = rule.indicators.iter().filter(computed);
    names.map(String::as_str).collect()
}

/// Applies the rules to the values of each county: three amounts for each rule and
/// indicator (the keys' `item` is the rule), and three for the rule as a whole.
///
/// Before the first rule an indicator counts with its value, a deduction with
/// nothing; `removed` is `before` less `after`, yuan. If one operand of a rule is not
/// there, no row of the rule is, and its rows name the operand.
pub fn combine(
    amounts: &[Amount],
    regions: &[Region],
    indicators: &[(String, IndicatorGroup)],
    rules: &[CombineRule],
) -> Vec<Amount> {
    let mut rows = Vec::new();
    if rules.is_empty() {
        return rows;
    }
    let base: BTreeSet<&str> = bases(regions).iter().map(|own| own.code.as_str()).collect();
    for (region, values) in account_values(amounts) {
        let Some(first) = values.values().next().filter(|_| base.contains(region)) else {
            continue;
        };
        let mut county = County {
            current: BTreeMap::new(),
        };
        for (id, group) in indicators {
            let own = values.get(id.as_str()).map(|amount| (*amount).clone());
            let own = own.unwrap_or_else(|| absent_like(first));
            let counted = match group {
                IndicatorGroup::Deduction => own.value.as_ref().map(|_| zero()),
                _ => own.value.clone(),
            };
            let operand = Operand { own, counted };
            county.current.insert(id.clone(), operand);
        }
        for rule in rules {
            county.apply(rule, &operands(rule, indicators), region, &mut rows);
        }
    }
    rows
}

/// Returns what of each indicator counts after the last rule that names it; one that
/// no rule names counts with its value.
pub fn counted<'a>(rules: &[CombineRule], combined: &'a [Amount]) -> Vec<&'a Amount> {
    let last = |amount: &&Amount| {
        let key = &amount.key;
        let mut naming = rules.iter().rev();
        let rule = naming.find(|rule| rule.indicators.contains(&key.indicator));
        key.output == COMBINE_OUTPUTS[2] && rule.is_some_and(|rule| rule.id == key.item)
    };
    combined.iter().filter(last).collect()
}

/// An indicator in a county: its value and what of it counts so far.
struct Operand {
    own: Amount,
    counted: Option<Rational>,
}

struct County {
    current: BTreeMap<String, Operand>,
}

impl County {
    /// An operand of a rule that cannot be applied: nothing of it counts.
    fn leave_out(
        &mut self,
        name: &str,
        key: AmountKey,
        lacking: &[String],
        rows: &mut Vec<Amount>,
    ) {
        if let Some(operand) = self.current.get_mut(name) {
            let own = operand.own.clone();
            rows.extend(outputs(Amount { key, ..own }, None, lacking));
            operand.counted = None;
        }
    }

    fn apply(&mut self, rule: &CombineRule, names: &[&str], region: &str, rows: &mut Vec<Amount>) {
        let Some(first) = names.first().map(|name| &self.current[*name].own) else {
            return;
        };
        let lacking: Vec<String> = names
            .iter()
            .filter(|name| self.current[**name].counted.is_none())
            .map(|name| (*name).to_string())
            .collect();
        let before: Vec<Rational> = names
            .iter()
            .filter_map(|name| self.current[*name].counted.clone())
            .collect();
        let weakest = names.iter().map(|name| self.current[*name].own.trust).min();
        let weakest = weakest.unwrap_or(Trust::Verified);
        let key = |indicator: &str| AmountKey {
            region: region.to_string(),
            class: ALL_CLASSES.to_string(),
            indicator: indicator.to_string(),
            output: String::new(),
            item: rule.id.clone(),
        };
        let whole = Amount {
            key: key(ALL_OPERANDS),
            valid_mm2: 0,
            concerned_mm2: 0,
            trust: weakest,
            ..first.clone()
        };
        if !lacking.is_empty() {
            for name in names {
                self.leave_out(name, key(name), &lacking, rows);
            }
            rows.extend(outputs(whole, None, &lacking));
            return;
        }
        let own_values: Vec<&Rational> = names
            .iter()
            .filter_map(|name| self.current[*name].own.value.as_ref())
            .collect();
        let after = after(&rule.kind, &before, &own_values);
        let sums = [sum(&before), sum(&after)];
        for ((name, before), after) in names.iter().zip(before).zip(after) {
            let Some(operand) = self.current.get_mut(*name) else {
                continue;
            };
            let trust = match &rule.kind {
                // Which one counts hangs on all of them.
                CombineKind::KeepOne(_) => weakest,
                _ => operand.own.trust,
            };
            let row = Amount {
                key: key(name),
                trust,
                ..operand.own.clone()
            };
            operand.counted = Some(after.clone());
            rows.extend(outputs(row, Some([before, after]), &[]));
        }
        rows.extend(outputs(whole, Some(sums), &[]));
    }
}

/// Returns what is left of each operand; `before` and `values` go with each other.
pub(super) fn after(
    kind: &CombineKind,
    before: &[Rational],
    values: &[&Rational],
) -> Vec<Rational> {
    let only = |kept: usize| {
        let all = before.iter().enumerate();
        all.map(|(at, own)| if at == kept { own.clone() } else { zero() })
            .collect()
    };
    match kind {
        CombineKind::KeepOne(Keep::Order) => only(0),
        CombineKind::KeepOne(Keep::Largest) => {
            let larger = |best: usize, at: usize| if before[at] > before[best] { at } else { best };
            only((0..before.len()).fold(0, larger))
        }
        CombineKind::Subtract => {
            let pairs = before.iter().zip(values);
            pairs.map(|(before, value)| before - *value).collect()
        }
        CombineKind::Sign(Negative::Keep) => before.to_vec(),
        CombineKind::Sign(Negative::Zero) => {
            before.iter().map(|own| own.clone().max(zero())).collect()
        }
        CombineKind::Bounded(bounds) => {
            let within = |own: &Rational| {
                let below = own.clone().min(bounds.most.clone());
                match &bounds.least {
                    Some(least) => below.max(least.clone()),
                    None => below,
                }
            };
            before.iter().map(within).collect()
        }
    }
}

/// The three amounts of a row: before, removed, after.
fn outputs(row: Amount, sums: Option<[Rational; 2]>, lacking: &[String]) -> [Amount; 3] {
    let values = match sums {
        Some([before, after]) => {
            let removed = &before - &after;
            [Some(before), Some(removed), Some(after)]
        }
        None => [None, None, None],
    };
    let mut values = values.into_iter();
    COMBINE_OUTPUTS.map(|output| {
        let value = values.next().flatten();
        Amount {
            key: AmountKey {
                output: output.to_string(),
                ..row.key.clone()
            },
            method: String::new(),
            state: match value {
                Some(_) => State::Computed,
                None => State::Missing,
            },
            value,
            missing: lacking.to_vec(),
            ..row.clone()
        }
    })
}

fn absent_like(first: &Amount) -> Amount {
    Amount {
        value: None,
        valid_mm2: 0,
        concerned_mm2: 0,
        state: State::Missing,
        missing: Vec::new(),
        trust: Trust::Verified,
        ..first.clone()
    }
}

fn sum(values: &[Rational]) -> Rational {
    values.iter().fold(zero(), |sum, value| sum + value)
}

pub(super) fn zero() -> Rational {
    Rational::from_integer(0.into())
}

#[cfg(test)]
#[path = "combine_tests.rs"]
mod tests;
