//! The table `names`: what every name of an indicator's formulas is read from, so that
//! a reader of the tables needs no method file.

use std::collections::BTreeMap;

use gep_core::formula::Domain;
use gep_core::methodology::Origin;

use super::account::Prepared;
use crate::output::{NAMES, NamedTable, TableBuilder};

/// Lays out inputs and parameters of every law.
pub(super) fn names_table(prepared: &Prepared) -> NamedTable {
    let mut rows: BTreeMap<[&str; 2], [String; 5]> = BTreeMap::new();
    for account in &prepared.laws {
        let indicator = account.indicator.id.as_str();
        for (name, input) in &account.law.inputs {
            let id = input.origin.id();
            let kind = match &input.origin {
                Origin::Layer(_) => "layer",
                Origin::Table(_) if is_measured(prepared, id) => "geometry",
                Origin::Table(_) => "table",
                Origin::Output(_) => "output",
            };
            let (unit, domain) = (input.unit_text.clone(), spelled(&input.domain));
            let row = [kind.into(), id.into(), String::new(), unit, domain];
            rows.insert([indicator, name], row);
        }
        for (name, bound) in &account.law.parameters {
            let own = &bound.declaration;
            let row = [
                "parameter".into(),
                own.table.clone(),
                bound.method.clone(),
                own.unit_text.clone(),
                spelled(&own.domain),
            ];
            rows.insert([indicator, name], row);
        }
    }
    let mut table = TableBuilder::new(&NAMES);
    for (key, row) in rows {
        let key = key.map(str::to_string);
        table.row(key.into_iter().chain(row).map(Into::into).collect());
    }
    table.finish()
}

/// Whether an input is measured on the polygons of objects.
fn is_measured(prepared: &Prepared, id: &str) -> bool {
    let entry = prepared.methodology.quantities.get(id);
    entry.is_some_and(|entry| entry.geometry)
}

/// Spells a domain as method files do: `zone,item:pollutant`.
fn spelled(domain: &Domain) -> String {
    let axes: Vec<String> = domain.axes().map(ToString::to_string).collect();
    axes.join(",")
}
