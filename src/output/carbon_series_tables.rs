//! The tables of what the series of the carbon books say.

use gep_core::quantity::{Rational, to_f64};
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder, scaled};
use super::schemas_carbon::{CARBON_PATHS, CARBON_SCALE, DECOMPOSITION, DECOUPLING, PEAK};
use crate::carbon::{
    DecouplingClass, DecouplingRow, Effect, PathPeak, Peak, PeakClass, PeakReason, Projection,
    Window, WindowKind,
};
use crate::source::carbon::{PeakSeries, ScenarioEntry};
use crate::statistics::Tail;

fn decimal(value: Option<&Rational>) -> Cell {
    Cell::Decimal(scaled(value, CARBON_SCALE.unsigned_abs().into()))
}

fn percent(share: &Rational) -> Cell {
    decimal(Some(&(share * Rational::from_integer(100.into()))))
}

fn class(of: PeakClass) -> &'static str {
    match of {
        PeakClass::Peaked => "peaked",
        PeakClass::Plateau => "plateau",
        PeakClass::Rising => "rising",
        PeakClass::Undetermined => "undetermined",
    }
}

fn reason(of: PeakReason) -> &'static str {
    match of {
        PeakReason::TooFewObservations => "too_few_observations",
        PeakReason::SignificantFall => "significant_fall",
        PeakReason::LevelAroundMaximum => "level_around_maximum",
        PeakReason::SignificantRise => "significant_rise",
        PeakReason::NothingShown => "nothing_shown",
    }
}

fn kind(of: WindowKind) -> &'static str {
    match of {
        WindowKind::Whole => "whole",
        WindowKind::Level => "level",
        WindowKind::AfterMaximum => "after_maximum",
    }
}

/// Lays out peak classes: a row a window, or one without a window if there are too few
/// years.
pub fn peak_table(peaks: &[(PeakSeries, Peak)]) -> NamedTable {
    let mut table = TableBuilder::new(&PEAK);
    for (series, peak) in peaks {
        for window in &peak.windows {
            table.row(peak_row(series, peak, Some(window)));
        }
        if peak.windows.is_empty() {
            table.row(peak_row(series, peak, None));
        }
    }
    table.finish()
}

fn peak_row(series: &PeakSeries, peak: &Peak, window: Option<&Window>) -> Vec<Cell> {
    let name = window.map_or("", |window| kind(window.kind));
    let keys = [
        series.region.as_str(),
        &series.indicator,
        &series.method,
        name,
    ];
    let flag = |value: bool| if value { "yes" } else { "no" };
    let trend = window.map(|window| &window.trend);
    let year = |year: i32| year.to_string();
    vec![
        keys[0].into(),
        keys[1].into(),
        keys[2].into(),
        name.into(),
        class(peak.class).into(),
        reason(peak.reason).into(),
        window.map_or("", |window| class(window.class)).into(),
        flag(peak.depends_on_window()).into(),
        window
            .map(|window| year(window.first_year))
            .unwrap_or_default()
            .into(),
        window
            .map(|window| year(window.last_year))
            .unwrap_or_default()
            .into(),
        Cell::Count(trend.map_or(peak.n, |trend| trend.n) as u64),
        Cell::Decimal(trend.map(|trend| trend.s.into())),
        decimal(trend.map(|trend| &trend.variance)),
        Cell::Ratio(trend.map(|trend| trend.z)),
        Cell::Ratio(trend.map(|trend| to_f64(&trend.p))),
        match trend.map(|trend| trend.tail) {
            Some(Tail::Exact) => "exact",
            Some(Tail::Normal) => "normal",
            None => "",
        }
        .into(),
        decimal(window.map(|window| &window.slope)),
        window.map_or(Cell::Decimal(None), |window| percent(&window.range_share)),
        year(peak.peak_year).into(),
        decimal(Some(&peak.maximum)),
        Cell::Count(peak.age_years.into()),
        percent(&peak.decline_share),
        peak.strict
            .map_or("", |strict| flag(strict.is_met()))
            .into(),
        peak.criteria_id.as_str().into(),
        number_id(PEAK.name, &keys, "class").into(),
    ]
}

/// Lays out effects.
pub fn decomposition_table(effects: &[Effect]) -> NamedTable {
    let mut table = TableBuilder::new(&DECOMPOSITION);
    for effect in effects {
        let (from, to) = (effect.from.to_string(), effect.to.to_string());
        let keys = [
            effect.region.as_str(),
            effect.identity,
            &from,
            &to,
            effect.factor,
        ];
        let id = number_id(DECOMPOSITION.name, &keys, "effect_t");
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(decimal(effect.effect_t.as_ref()));
        cells.push(Cell::Ratio(effect.multiplied_by));
        cells.push(decimal(effect.change_t.as_ref()));
        cells.push(effect.missing.as_str().into());
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}

fn decoupling_word(of: DecouplingClass) -> &'static str {
    match of {
        DecouplingClass::StrongDecoupling => "strong_decoupling",
        DecouplingClass::WeakDecoupling => "weak_decoupling",
        DecouplingClass::ExpansiveCoupling => "expansive_coupling",
        DecouplingClass::ExpansiveNegativeDecoupling => "expansive_negative_decoupling",
        DecouplingClass::StrongNegativeDecoupling => "strong_negative_decoupling",
        DecouplingClass::WeakNegativeDecoupling => "weak_negative_decoupling",
        DecouplingClass::RecessiveCoupling => "recessive_coupling",
        DecouplingClass::RecessiveDecoupling => "recessive_decoupling",
        DecouplingClass::Undefined => "undefined",
    }
}

/// Lays out decoupling.
pub fn decoupling_table(rows: &[DecouplingRow]) -> NamedTable {
    let mut table = TableBuilder::new(&DECOUPLING);
    for row in rows {
        let (from, to) = (row.from.to_string(), row.to.to_string());
        let keys = [row.region.as_str(), &from, &to];
        let id = number_id(DECOUPLING.name, &keys, "elasticity");
        let found = row.found.as_ref();
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(decimal(found.and_then(|found| found.elasticity.as_ref())));
        cells.push(
            found
                .map_or("", |found| decoupling_word(found.class))
                .into(),
        );
        cells.push(row.prices.as_str().into());
        cells.push(row.missing.as_str().into());
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out paths.
pub fn carbon_paths_table(paths: &[(ScenarioEntry, Projection)]) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_PATHS);
    let mut rows = Vec::new();
    for (entry, path) in paths {
        for year in &path.years {
            let peak = match path.peak {
                PathPeak::AtBase => "at_base".to_owned(),
                PathPeak::Within { year } => year.to_string(),
                PathPeak::NoneWithinHorizon => "none_within_horizon".to_owned(),
            };
            rows.push((entry, year, peak));
        }
    }
    rows.sort_by_key(|(entry, year, _)| (entry.region.clone(), entry.id.clone(), year.year));
    for (entry, year, peak) in rows {
        let text = year.year.to_string();
        let keys = [entry.region.as_str(), &entry.id, &text];
        let id = number_id(CARBON_PATHS.name, &keys, "emissions_t");
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(entry.title.zh.as_str().into());
        cells.push(entry.title.en.as_str().into());
        cells.push(decimal(Some(&year.emissions)));
        cells.push(peak.into());
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}
