//! What the files of the books may name, from the methodology.

use std::collections::BTreeMap;

use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Title};

use crate::source::carbon::Dictionary;

/// Collects the names.
pub fn dictionary(methodology: &Methodology) -> Dictionary {
    let carbon = &methodology.carbon;
    let quantities = methodology
        .quantities
        .iter()
        .filter(|(_, entry)| !entry.layer);
    let spellings = |id: &str, title: &Title, aliases: &[String]| -> Vec<String> {
        let own = [id.to_owned(), title.zh.clone()];
        own.into_iter().chain(aliases.iter().cloned()).collect()
    };
    let mut flows = BTreeMap::new();
    for flow in &carbon.balance.flows {
        for name in spellings(&flow.id, &flow.title, &flow.aliases) {
            flows.insert(name, flow.id.clone());
        }
    }
    let mut carriers = BTreeMap::new();
    for carrier in &carbon.balance.carriers {
        for name in spellings(&carrier.id, &carrier.title, &carrier.aliases) {
            carriers.insert(name, (carrier.id.clone(), carrier.unit.clone()));
        }
    }
    Dictionary {
        units: methodology.units.clone(),
        quantities: quantities
            .map(|(id, entry)| {
                let listed = entry
                    .domain
                    .axes()
                    .any(|axis| matches!(axis, Axis::Item(_)));
                (id.clone(), (entry.unit.clone(), listed))
            })
            .collect(),
        categories: carbon.categories.keys().cloned().collect(),
        flows,
        carriers,
    }
}
