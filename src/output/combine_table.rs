//! The table of rules after all indicators.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder, scaled};
use super::schemas::COMBINE;
use crate::account::{Amount, COMBINE_OUTPUTS};

/// What a rule is called and does, in the words of its profile.
#[derive(Clone, Debug)]
pub struct RuleFacts {
    /// Place among the rules, from 1.
    pub position: u64,
    /// Its kind and its choice or bounds.
    pub words: [String; 2],
    /// Its title, Chinese and English.
    pub title: [String; 2],
    /// Its computed indicators, in its order.
    pub operands: Vec<String>,
}

/// Lays out the rules: `combined` holds three amounts a row, as `combine` and the
/// roll-up made them; `rules` are looked up by id.
pub fn combine_table(
    combined: &[Amount],
    rules: &BTreeMap<String, RuleFacts>,
    year: &str,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut rows: BTreeMap<[&str; 3], BTreeMap<&str, &Amount>> = BTreeMap::new();
    for amount in combined {
        let key = &amount.key;
        rows.entry([&key.region, &key.item, &key.indicator])
            .or_default()
            .insert(&key.output, amount);
    }
    let mut table = TableBuilder::new(&COMBINE);
    for ([region, rule, indicator], amounts) in rows {
        let (Some(own), Some(after)) = (rules.get(rule), amounts.get(COMBINE_OUTPUTS[2])) else {
            continue;
        };
        let place = own.operands.iter().position(|name| name == indicator);
        let mut cells: Vec<Cell> = vec![
            region.into(),
            rule.into(),
            indicator.into(),
            facts.level(region).into(),
            Cell::Count(own.position),
            Cell::Count(place.map_or(0, |place| place as u64 + 1)),
        ];
        cells.extend(own.words.iter().map(|word| word.as_str().into()));
        cells.extend(own.title.iter().map(|title| title.as_str().into()));
        cells.push(year.into());
        for output in COMBINE_OUTPUTS {
            let value = amounts.get(output).and_then(|own| own.value.as_ref());
            cells.push(Cell::Decimal(scaled(value, 2)));
        }
        let partial = if after.partial() { "yes" } else { "no" };
        cells.push(partial.into());
        cells.push(after.missing.join(" ").into());
        cells.push(after.state.word().into());
        cells.push(after.state.reason().into());
        cells.push(after.trust.word().into());
        cells.push(number_id(COMBINE.name, &[region, rule, indicator], "after_fen").into());
        table.row(cells);
    }
    table.finish()
}
