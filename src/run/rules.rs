//! The rules of a profile in a run: applied to the accounts, and told in a table.

use std::collections::BTreeMap;

use super::account::Prepared;
use crate::account::{Amount, Region, Rollup, combine, counted, operands, roll_up, total_gep};
use crate::output::{NamedTable, RegionFacts, RuleFacts, combine_table};

/// Amounts after all indicators.
pub struct Totals {
    /// What the rules do, in all regions; empty if the profile has none.
    pub combined: Vec<Amount>,
    /// GEP, groups and indicators.
    pub totals: Vec<Amount>,
}

/// Applies the profile's rules county by county and adds everything up to GEP.
pub(super) fn totals(prepared: &Prepared, amounts: &[Amount], regions: &[Region]) -> Totals {
    let (indicators, rules) = (prepared.indicators(), &prepared.profile.combine);
    let counties = combine(amounts, regions, &indicators, rules);
    let combined = roll_up(counties, &Rollup { regions });
    let totals = total_gep(amounts, &indicators, &counted(rules, &combined));
    Totals { combined, totals }
}

/// Lays out the rules; nothing if the profile has none.
pub(super) fn rules_table(
    prepared: &Prepared,
    combined: &[Amount],
    facts: &RegionFacts<'_>,
) -> Option<NamedTable> {
    let rules = &prepared.profile.combine;
    let indicators = prepared.indicators();
    let told: BTreeMap<String, RuleFacts> = rules
        .iter()
        .zip(1..)
        .map(|(rule, position)| {
            let names = operands(rule, &indicators);
            let own = RuleFacts {
                position,
                words: [rule.kind.word().to_string(), rule.kind.choice()],
                title: [rule.title.zh.clone(), rule.title.en.clone()],
                operands: names.into_iter().map(String::from).collect(),
            };
            (rule.id.clone(), own)
        })
        .collect();
    let year = &prepared.project.head.year;
    (!rules.is_empty()).then(|| combine_table(combined, &told, year, facts))
}
