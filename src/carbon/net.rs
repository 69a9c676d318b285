//! The net position: emissions less the net change of stocks, with and without units
//! sold. Gross fixation never meets emissions.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::Trust;
use gep_core::quantity::{Rational, quanta};

use super::book::Book;
use super::sinks::SinkNumber;
use super::views::{CO2E, View, ViewTotal};

/// The net position of a region and year, in grams of CO2e.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetPosition {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Emissions with net imported electricity; none if missing.
    pub emissions_g: Option<i128>,
    /// Net change of stocks, removals positive; none if missing.
    pub removals_g: Option<i128>,
    /// Emissions less removals.
    pub net_g: Option<i128>,
    /// Removals sold as units; none if nobody told.
    pub sold_g: Option<i128>,
    /// Net position once what was sold is no longer claimed.
    pub net_of_sold_g: Option<i128>,
    /// What is missing.
    pub missing: BTreeSet<String>,
    /// How far it may be relied on; none if there is no net position.
    pub trust: Option<Trust>,
}

/// Computes the net position of every region and year with emissions or sinks. A total
/// with a missing member is no total: it enters no net position.
pub fn net_positions(
    totals: &[ViewTotal],
    sinks: &[SinkNumber],
    book: &Book,
    sold: &str,
) -> Vec<NetPosition> {
    let mut all: BTreeMap<(String, u16), NetPosition> = BTreeMap::new();
    let mut trusts: BTreeMap<(String, u16), Vec<Trust>> = BTreeMap::new();
    let wanted =
        |total: &&ViewTotal| total.view == View::WithImportedElectricity && total.gas == CO2E;
    for total in totals.iter().filter(wanted) {
        let key = (total.region.clone(), total.year);
        let own = entry(&mut all, &key);
        own.missing.extend(total.missing.iter().cloned());
        own.emissions_g = total.value_g.filter(|_| total.missing.is_empty());
        trusts.entry(key).or_default().extend(total.trust);
    }
    for sink in sinks.iter().filter(|sink| sink.counts) {
        let key = (sink.region.clone(), sink.year);
        let own = entry(&mut all, &key);
        let grams = sink.value.as_ref().and_then(grams);
        own.removals_g = Some(own.removals_g.unwrap_or(0) + grams.unwrap_or(0));
        trusts.entry(key).or_default().extend(sink.trust);
    }
    for (key, own) in &mut all {
        if own.emissions_g.is_none() && own.missing.is_empty() {
            own.missing.insert("emissions".to_owned());
        }
        if own.removals_g.is_none() {
            own.missing.insert("net_stock_change".to_owned());
        }
        own.net_g = own
            .emissions_g
            .zip(own.removals_g)
            .map(|(out, back)| out - back);
        let fact = book.fact(sold, &key.0, key.1, "");
        // Coherent masses are kilograms.
        own.sold_g = fact.and_then(|fact| {
            let gram = Rational::new(1.into(), 1000.into());
            quanta(&fact.value, &gram).try_into().ok()
        });
        own.net_of_sold_g = own.net_g.zip(own.sold_g).map(|(net, sold)| net + sold);
        let lowest = trusts.get(key).and_then(|all| all.iter().min().copied());
        own.trust = lowest.filter(|_| own.net_g.is_some());
    }
    all.into_values().collect()
}

fn entry<'a>(
    all: &'a mut BTreeMap<(String, u16), NetPosition>,
    key: &(String, u16),
) -> &'a mut NetPosition {
    all.entry(key.clone()).or_insert_with(|| NetPosition {
        region: key.0.clone(),
        year: key.1,
        ..NetPosition::default()
    })
}

/// Tonnes as printed, to whole grams.
fn grams(tonnes: &Rational) -> Option<i128> {
    let gram = Rational::new(1.into(), 1_000_000.into());
    quanta(tonnes, &gram).try_into().ok()
}
