//! The figures of a run that checks look at: the account, its inputs and parameters,
//! and the tables of the previous run.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use gep_core::formula::Axis;
use gep_core::methodology::Figure;
use gep_core::quantity::{Rational, Unit};

use super::account::Prepared;
use super::checks::CheckedAccount;
use super::previous::read_previous;
use super::publish::extent;
use super::ratios::{Extent, ratios};
use crate::account::{ALL_CLASSES, Amount, RATIO_DIGITS, Region, counted};
use crate::assess::{Figures, Territory};

/// Collects everything checks may look at.
pub(super) fn figures_of(
    prepared: &Prepared,
    account: &CheckedAccount<'_>,
) -> Result<Figures, Findings> {
    let territory = |region: &Region| {
        let own = Territory {
            level: region.level.word().to_owned(),
            parent: region.parent.clone(),
        };
        (region.code.clone(), own)
    };
    let mut figures = Figures::new(account.regions.iter().map(territory).collect());
    for amount in account.amounts {
        let series = format!("{}.{}", amount.key.indicator, amount.key.output);
        add_amount(prepared, &mut figures, series, amount);
    }
    for amount in account.totals {
        let series = format!("total.{}", amount.key.indicator);
        add_amount(prepared, &mut figures, series, amount);
    }
    add_counted(prepared, &mut figures, account);
    let areas = extent(prepared, account.ground, account.regions);
    add_areas(prepared, &mut figures, &areas);
    add_ratios(prepared, &mut figures, account, &areas);
    add_inputs(prepared, &mut figures);
    add_parameters(prepared, &mut figures);
    for figure in read_previous(prepared)? {
        figures.add(figure);
    }
    Ok(figures)
}

/// Returns a unit of our own files.
fn unit(prepared: &Prepared, text: &str) -> Option<Unit> {
    prepared.methodology.units.unit(text).ok()
}

fn add_amount(prepared: &Prepared, figures: &mut Figures, series: String, amount: &Amount) {
    if let Some(unit) = unit(prepared, &amount.unit) {
        figures.add(Figure {
            region: amount.key.region.clone(),
            class: amount.key.class.clone(),
            item: amount.key.item.clone(),
            series,
            value: amount.value.clone(),
            unit,
        });
    }
}

/// What of each indicator counts in GEP: what the last rule that names it left, else
/// its value.
fn add_counted(prepared: &Prepared, figures: &mut Figures, account: &CheckedAccount<'_>) {
    let rules = &prepared.profile.combine;
    let ruled = |id: &String| rules.iter().any(|rule| rule.indicators.contains(id));
    let free = account.totals.iter().filter(|amount| {
        let id = &amount.key.indicator;
        prepared.profile.indicator(id).is_some() && !ruled(id)
    });
    for amount in free.chain(counted(rules, account.combined)) {
        let mut own = amount.clone();
        own.key.item = String::new();
        add_amount(
            prepared,
            figures,
            format!("counted.{}", own.key.indicator),
            &own,
        );
    }
}

fn square_metres(area_mm2: i128) -> Rational {
    Rational::new(area_mm2.into(), 1_000_000.into())
}

fn add_areas(prepared: &Prepared, figures: &mut Figures, areas: &Extent) {
    let Some(unit) = unit(prepared, "m2") else {
        return;
    };
    let mut add = |region: &String, class: &str, area: i128| {
        figures.add(Figure {
            region: region.clone(),
            class: class.to_owned(),
            item: String::new(),
            series: "area".to_owned(),
            value: Some(square_metres(area)),
            unit: unit.clone(),
        });
    };
    for ((region, class), area) in areas {
        add(region, class, *area);
        if class != ALL_CLASSES {
            continue;
        }
        // Ground of a kind that is not there has no row, and is zero.
        for kind in ["nodata", "outside_grid"] {
            if !areas.contains_key(&(region.clone(), kind.to_owned())) {
                add(region, kind, 0);
            }
        }
    }
}

/// Shares and densities, and what they are divided by.
fn add_ratios(
    prepared: &Prepared,
    figures: &mut Figures,
    account: &CheckedAccount<'_>,
    areas: &Extent,
) {
    let left = counted(&prepared.profile.combine, account.combined);
    let money = format!("CNY@{}", prepared.profile.price_year);
    for ratio in ratios(account.totals, &left, areas, &prepared.profile) {
        let by_area = ratio.measure == "share_of_area" || ratio.measure == "gep_per_km2";
        let whole = ratio.denominator.amount.map(|amount| match by_area {
            true => square_metres(amount),
            false => Rational::new(amount.into(), 100.into()),
        });
        let value = ratio
            .scaled()
            .map(|scaled| Rational::new(scaled.into(), 10_i64.pow(RATIO_DIGITS).into()));
        let own_unit = match ratio.unit {
            "1" => "1".to_owned(),
            _ => format!("{money}/km2"),
        };
        let whole_unit = if by_area { "m2" } else { &money };
        let parts = [
            (format!("ratio.{}", ratio.measure), value, own_unit.as_str()),
            (format!("ratio.{}.whole", ratio.measure), whole, whole_unit),
        ];
        for (series, value, text) in parts {
            if let Some(unit) = unit(prepared, text) {
                figures.add(Figure {
                    region: ratio.region.clone(),
                    class: ALL_CLASSES.to_owned(),
                    item: ratio.item.clone(),
                    series,
                    value,
                    unit,
                });
            }
        }
    }
}

/// Tables of departments by region; those of objects have no region of their own.
fn add_inputs(prepared: &Prepared, figures: &mut Figures) {
    for (id, table) in &prepared.tables {
        let Some(entry) = prepared.methodology.quantities.get(id) else {
            continue;
        };
        let by_region = entry.domain.has(&Axis::Zone) && !entry.domain.has(&Axis::Class);
        if !by_region || entry.domain.object_axis().is_some() {
            continue;
        }
        for ((region, item), value) in &table.values {
            figures.add(Figure {
                region: region.clone(),
                class: ALL_CLASSES.to_owned(),
                item: item.clone(),
                series: format!("input.{id}"),
                value: Some(entry.unit.from_coherent(value)),
                unit: entry.unit.clone(),
            });
        }
    }
}

/// Parameters of the laws; they hold in every region.
fn add_parameters(prepared: &Prepared, figures: &mut Figures) {
    let mut seen: BTreeMap<(String, String, String), ()> = BTreeMap::new();
    for account in &prepared.laws {
        for (name, bound) in &account.law.parameters {
            let series = format!("parameter.{}.{name}", bound.method);
            for (keys, row) in &bound.rows {
                let of = |axis: &str| keys.get(axis).cloned();
                let class = of("class").or_else(|| of("group"));
                let mut others = keys
                    .iter()
                    .filter(|(axis, _)| !["class", "group"].contains(&axis.as_str()));
                let item = others.next().map(|(_, label)| label.clone());
                let (class, item) = (
                    class.unwrap_or_else(|| ALL_CLASSES.to_owned()),
                    item.unwrap_or_default(),
                );
                let place = (series.clone(), class.clone(), item.clone());
                if row.value.is_none() || seen.insert(place, ()).is_some() {
                    continue;
                }
                figures.add(Figure {
                    region: String::new(),
                    class,
                    item,
                    series: series.clone(),
                    value: row.value.clone(),
                    unit: row.unit.clone(),
                });
            }
        }
    }
}
