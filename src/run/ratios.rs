//! Which numbers of a run are divided by which.

use std::collections::BTreeMap;

use gep_core::methodology::Profile;
use gep_core::quantity::{Rational, quanta};
use gep_core::storage::number_id;

use crate::account::{ALL_CLASSES, Amount, Part, Ratio, State, Trust, by_status};

/// Areas by region and class, mm2.
pub(super) type Extent = BTreeMap<(String, String), i128>;

/// Returns the shares and densities of all regions. `left` is what rules leave of an
/// indicator: that is its part of GEP, not its whole value.
pub(super) fn ratios(
    totals: &[Amount],
    left: &[&Amount],
    extent: &Extent,
    profile: &Profile,
) -> Vec<Ratio> {
    let mut ratios = shares_of_area(extent);
    let mut by_region: BTreeMap<&str, Vec<&Amount>> = BTreeMap::new();
    for amount in totals {
        by_region
            .entry(&amount.key.region)
            .or_default()
            .push(amount);
    }
    for (region, amounts) in by_region {
        let Some(whole) = amounts
            .iter()
            .find(|amount| amount.key.indicator == "gep")
            .map(|amount| gep_part(amount))
        else {
            continue;
        };
        let mut ground: Vec<(i128, Trust)> = Vec::new();
        for amount in &amounts {
            let item = amount.key.indicator.as_str();
            let mut ruled = left.iter();
            let ruled = ruled.find(|own| own.key.region == region && own.key.indicator == item);
            let part = ruled.map_or_else(|| gep_part(amount), |own| combine_part(own));
            let trust = ruled.map_or(amount.trust, |own| own.trust);
            if profile.indicator(item).is_some() {
                ground.extend(part.amount.map(|fen| (fen, trust)));
            }
            if item != "gep" {
                ratios.push(Ratio {
                    region: region.to_string(),
                    measure: "share_of_gep",
                    item: item.to_string(),
                    numerator: part,
                    denominator: whole.clone(),
                    unit: "1",
                    power: 0,
                });
            }
        }
        ratios.extend(by_status(region, &whole, &ground));
        let area = extent.get(&(region.to_string(), ALL_CLASSES.to_string()));
        ratios.push(Ratio {
            region: region.to_string(),
            measure: "gep_per_km2",
            item: "gep".to_string(),
            numerator: whole,
            denominator: area_part(region, ALL_CLASSES, area.copied()),
            unit: "CNY/km2",
            // 10^12 mm2 a km2, 10^2 fen a yuan.
            power: 10,
        });
    }
    ratios.sort_by(|a, b| (&a.region, a.measure, &a.item).cmp(&(&b.region, b.measure, &b.item)));
    ratios
}

fn shares_of_area(extent: &Extent) -> Vec<Ratio> {
    let share = |((region, class), area): (&(String, String), &i128)| {
        let whole = extent.get(&(region.clone(), ALL_CLASSES.to_string()));
        Ratio {
            region: region.clone(),
            measure: "share_of_area",
            item: class.clone(),
            numerator: area_part(region, class, Some(*area)),
            denominator: area_part(region, ALL_CLASSES, whole.copied()),
            unit: "1",
            power: 0,
        }
    };
    let own = extent.iter().filter(|((_, class), _)| class != ALL_CLASSES);
    own.map(share).collect()
}

fn area_part(region: &str, class: &str, amount: Option<i128>) -> Part {
    Part {
        amount,
        number_id: number_id("extent", &[region, class], "area_mm2"),
    }
}

/// A row of `gep`.
pub(super) fn gep_part(amount: &Amount) -> Part {
    let key = &amount.key;
    let id = number_id("gep", &[&key.region, &key.indicator], "value_fen");
    part(amount, id)
}

/// A row of `combine`.
fn combine_part(amount: &Amount) -> Part {
    let key = &amount.key;
    let keys = [&key.region, &key.item, &key.indicator].map(String::as_str);
    part(amount, number_id("combine", &keys, "after_fen"))
}

/// What is withheld or missing is no part of anything.
fn part(amount: &Amount, number_id: String) -> Part {
    let step = Rational::new(1.into(), 100.into());
    let shown = amount
        .value
        .as_ref()
        .filter(|_| amount.state == State::Computed);
    Part {
        amount: shown.and_then(|value| quanta(value, &step).try_into().ok()),
        number_id,
    }
}
