//! The table `change`: values of two runs and what their difference comes from.

use std::collections::BTreeMap;

use gep_core::quantity::Rational;
use gep_core::storage::number_id;

use super::account_tables::{Cell, Kind, NamedTable, TableBuilder};
use crate::account::{Change, ChangeKey, Effect, Region, Trust};

/// What the table needs beside the changes.
pub struct ChangeFacts<'a> {
    /// Regions of both runs, each once.
    pub regions: &'a [Region],
    /// By indicator, the factor from the base run's yuan to this run's.
    pub deflators: &'a dyn Fn(&str) -> Option<Rational>,
    /// By indicator, the lowest status in both runs.
    pub trust: &'a dyn Fn(&str) -> Trust,
}

/// One number of a change: its word, and the number or why there is none.
type Item = (&'static str, Option<i128>, &'static str);

/// Lays out the change account, one row a number.
pub fn change_table(changes: &BTreeMap<ChangeKey, Change>, facts: &ChangeFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("class", Kind::Text),
        ("indicator", Kind::Text),
        ("item", Kind::Text),
        ("region_level", Kind::Text),
        ("value_fen", Kind::Decimal(0)),
        ("between_fen", Kind::Decimal(0)),
        ("missing_codes", Kind::Text),
        ("state", Kind::Text),
        ("reason", Kind::Text),
        ("status", Kind::Text),
        ("number_id", Kind::Text),
    ]);
    for (key, change) in changes {
        let children: Vec<Vec<Item>> = facts
            .regions
            .iter()
            .filter(|region| region.parent.as_deref() == Some(key.region.as_str()))
            .filter_map(|region| {
                let own = ChangeKey {
                    region: region.code.clone(),
                    ..key.clone()
                };
                changes.get(&own).map(|change| items(&own, change, facts))
            })
            .collect();
        let level = facts
            .regions
            .iter()
            .find(|region| region.code == key.region);
        let missing: Vec<&str> = change.missing.iter().map(String::as_str).collect();
        for (at, (word, value, reason)) in items(key, change, facts).into_iter().enumerate() {
            let below = children
                .iter()
                .filter_map(|child| child[at].1)
                .sum::<i128>();
            let between = value
                .filter(|_| !children.is_empty())
                .map(|value| value - below);
            let keys = [
                key.region.as_str(),
                key.class.as_str(),
                key.indicator.as_str(),
                word,
            ];
            let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
            cells.push(level.map_or("", |region| region.level.word()).into());
            cells.push(Cell::Decimal(value));
            cells.push(Cell::Decimal(between));
            cells.push(missing.join(" ").into());
            cells.push(
                if value.is_some() {
                    "computed"
                } else {
                    "missing"
                }
                .into(),
            );
            cells.push(reason.into());
            cells.push((facts.trust)(&key.indicator).word().into());
            cells.push(number_id("change", &keys, "value_fen").into());
            table.row(cells);
        }
    }
    table.finish("change")
}

/// The numbers of a change, always in the same order.
fn items(key: &ChangeKey, change: &Change, facts: &ChangeFacts<'_>) -> Vec<Item> {
    let given = |value: Option<i128>, reason| (value, if value.is_some() { "" } else { reason });
    let constant = change.constant.filter(|_| !change.constant_broken);
    let deflated = change.old.and_then(|old| {
        let factor = (facts.deflators)(&key.indicator)?;
        let exact = factor * Rational::from_integer(old.into());
        i128::try_from(exact.round().to_integer()).ok()
    });
    let without = if change.old.is_none() {
        "input-missing"
    } else {
        "deflator-missing"
    };
    let mut all: Vec<Item> = Vec::new();
    for (word, (value, reason)) in [
        ("value_base", given(change.old, "input-missing")),
        ("value_base_deflated", given(deflated, without)),
        ("value", given(change.new, "input-missing")),
        ("constant_price", given(constant, "price-of-base-missing")),
        ("change", given(change.change(), "value-in-one-run-only")),
    ] {
        all.push((word, value, reason));
    }
    for effect in Effect::ALL {
        let (value, reason) = given(change.effects.get(&effect).copied(), "not-separable");
        all.push((effect.word(), value, reason));
    }
    all
}
