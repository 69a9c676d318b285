//! Which numbers of a run are divided by which.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, quanta};
use gep_core::storage::number_id;

use crate::account::{ALL_CLASSES, Amount, Part, Ratio, State, Trust, by_status};

/// Areas by region and class, mm2.
pub(super) type Extent = BTreeMap<(String, String), i128>;

/// Returns the shares and densities of all regions. `is_indicator` tells the
/// indicators among the items of GEP from groups and the sum.
pub(super) fn ratios(
    totals: &[Amount],
    extent: &Extent,
    is_indicator: impl Fn(&str) -> bool,
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
            let (item, part) = (amount.key.indicator.as_str(), gep_part(amount));
            if is_indicator(item) {
                ground.extend(part.amount.map(|fen| (fen, amount.trust)));
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

/// A row of `gep`; what is withheld or missing is no part of anything.
fn gep_part(amount: &Amount) -> Part {
    let step = Rational::new(1.into(), 100.into());
    let shown = amount
        .value
        .as_ref()
        .filter(|_| amount.state == State::Computed);
    Part {
        amount: shown.and_then(|value| quanta(value, &step).try_into().ok()),
        number_id: number_id(
            "gep",
            &[&amount.key.region, &amount.key.indicator],
            "value_fen",
        ),
    }
}
