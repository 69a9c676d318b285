//! The table `change`: values of two runs and what their difference comes from.

use std::collections::BTreeMap;

use gep_core::quantity::format_exact;
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas_over_time::CHANGE;
use crate::account::{Change, ChangeKey, ConstantBy, Effect, GEP, Region, Trust};
use crate::source::deflators::Deflator;

/// What the table needs beside the changes.
pub struct ChangeFacts<'a> {
    /// Regions of both runs, each once.
    pub regions: &'a [Region],
    /// By indicator, the lowest status in both runs.
    pub trust: &'a dyn Fn(&str) -> Trust,
    /// By indicator, the deflator that stands in for prices of the base run.
    pub deflators: &'a BTreeMap<String, Deflator>,
}

impl ChangeFacts<'_> {
    /// How a constant price came to be: the ways, and of a deflator its ratio, item and
    /// source; then the status of the number.
    fn constant(&self, key: &ChangeKey, change: &Change) -> ([String; 4], Trust) {
        let by: Vec<&str> = change.constant_by.iter().map(|by| by.word()).collect();
        let mut trust = (self.trust)(&key.indicator);
        let mut cells = [by.join(" "), String::new(), String::new(), String::new()];
        if change.constant_by.contains(&ConstantBy::Deflator) {
            let whole = key.indicator == GEP;
            let own = self.deflators.iter();
            let own = own.filter(|(indicator, _)| whole || **indicator == key.indicator);
            for (_, deflator) in own {
                let status = Trust::from_word(&deflator.status).unwrap_or(Trust::Synthetic);
                trust = trust.min(status);
                if !whole {
                    cells[1] = format_exact(&deflator.ratio);
                    cells[2].clone_from(&deflator.item);
                    cells[3].clone_from(&deflator.source);
                }
            }
        }
        (cells, trust)
    }
}

/// One number of a change: its word, and the number or why there is none.
type Item = (&'static str, Option<i128>, &'static str);

/// Lays out the change account, one row a number.
pub fn change_table(changes: &BTreeMap<ChangeKey, Change>, facts: &ChangeFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&CHANGE);
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
                changes.get(&own).map(items)
            })
            .collect();
        let level = facts
            .regions
            .iter()
            .find(|region| region.code == key.region);
        let missing: Vec<&str> = change.missing.iter().map(String::as_str).collect();
        for (at, (word, value, reason)) in items(change).into_iter().enumerate() {
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
            let none = || (Default::default(), (facts.trust)(&key.indicator));
            let told = word == "constant_price" && value.is_some();
            let (constant, trust) = if told {
                facts.constant(key, change)
            } else {
                none()
            };
            cells.push(trust.word().into());
            cells.push(number_id("change", &keys, "value_fen").into());
            cells.extend(constant.map(Cell::from));
            table.row(cells);
        }
    }
    table.finish()
}

/// The numbers of a change, always in the same order.
fn items(change: &Change) -> Vec<Item> {
    let given = |value: Option<i128>, reason| (value, if value.is_some() { "" } else { reason });
    let constant = change.constant.filter(|_| !change.constant_broken);
    let mut all: Vec<Item> = Vec::new();
    for (word, (value, reason)) in [
        ("value_base", given(change.old, "input-missing")),
        ("value", given(change.new, "input-missing")),
        ("constant_price", given(constant, "price-of-base-missing")),
        ("change", given(change.change(), "value-in-one-run-only")),
    ] {
        all.push((word, value, reason));
    }
    let effects = (change.old.is_some() || change.new.is_some()).then_some(&change.effects);
    for effect in Effect::ALL {
        let fen = effects.and_then(|effects| effects.get(&effect)).copied();
        let (value, reason) = given(fen, "not-separable");
        all.push((effect.word(), value, reason));
    }
    all
}
