//! The accounts over time of a run: extent since the opening date, change since a
//! base run, and what the flows are worth as assets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Axis;
use gep_core::quantity::parse_decimal;

use super::account::Prepared;
use super::base_run::BaseRun;
use super::change::{change_account, fen_by_indicator};
use super::opening::extent_changes;
use super::publish::Finished;
use super::ratios::Extent;
use crate::account::{
    ALL_CLASSES, Amount, Discounting, GEP, Region, RegionLevel, Territory, Trust, ancestors,
    present_value_fen,
};
use crate::output::{
    AssetKey, AssetTerms, AssetValue, ChangeFacts, NamedTable, RegionFacts, asset_table,
    change_table, extent_account_table, extent_change_table, input_table,
};

/// Opens the base run: the one asked for, else the project's.
pub fn open_base(prepared: &Prepared, asked: Option<&Path>) -> Result<Option<BaseRun>, Findings> {
    let project = &prepared.project;
    let own = project.base.as_ref().map(|base| project.file(&base.run));
    let folder = asked.map(Path::to_path_buf).or(own);
    folder
        .map(|folder| BaseRun::open(&folder, &prepared.methodology.units))
        .transpose()
}

/// Returns the tables of the accounts over time, and the inputs a later run needs.
pub fn tables_over_time(
    finished: &Finished<'_>,
    extent: &Extent,
    facts: &RegionFacts<'_>,
) -> Result<Vec<NamedTable>, Findings> {
    let prepared = finished.prepared;
    let mut tables = vec![input_table(&prepared.tables, |id| {
        let entry = prepared.methodology.quantities.get(id)?;
        let by_region = entry.domain.has(&Axis::Zone) && entry.domain.object_axis().is_none();
        by_region.then(|| entry.unit.clone())
    })];
    if prepared.opening.is_some() {
        let changes = extent_changes(prepared, finished.pieces, finished.regions);
        tables.push(extent_change_table(&changes, facts));
        tables.push(extent_account_table(&changes, facts));
    }
    if let Some(base) = finished.base {
        tables.push(change(finished, base, extent)?);
    }
    tables.extend(assets(finished, facts)?);
    Ok(tables)
}

fn change(
    finished: &Finished<'_>,
    base: &BaseRun,
    extent: &Extent,
) -> Result<NamedTable, Findings> {
    let territory = Territory {
        regions: finished.regions.to_vec(),
        areas_mm2: extent.clone(),
    };
    let changes = change_account(
        finished.prepared,
        base,
        finished.ground,
        &territory,
        finished.amounts,
    )?;
    let mut regions = finished.regions.to_vec();
    for region in &base.territory.regions {
        if !regions.iter().any(|own| own.code == region.code) {
            regions.push(region.clone());
        }
    }
    let own = trusts(finished.amounts);
    let least = |all: &BTreeMap<String, Trust>, id: &str| match id {
        GEP => all.values().copied().min(),
        _ => all.get(id).copied(),
    };
    let trust = |id: &str| {
        let both = [least(&own, id), least(&base.trust, id)];
        both.into_iter().flatten().min().unwrap_or(Trust::Synthetic)
    };
    let facts = ChangeFacts {
        regions: &regions,
        trust: &trust,
    };
    Ok(change_table(&changes, &facts))
}

/// The lowest status of each indicator's values.
fn trusts(amounts: &[Amount]) -> BTreeMap<String, Trust> {
    let mut all = BTreeMap::new();
    for amount in amounts.iter().filter(|amount| amount.money) {
        let least = all
            .entry(amount.key.indicator.clone())
            .or_insert(amount.trust);
        *least = amount.trust.min(*least);
    }
    all
}

/// The asset account, where the project says how to discount.
fn assets(
    finished: &Finished<'_>,
    facts: &RegionFacts<'_>,
) -> Result<Option<NamedTable>, Findings> {
    let project = &finished.prepared.project;
    let Some(entry) = &project.asset else {
        return Ok(None);
    };
    let wrong = || {
        Finding::error("discounting-unusable")
            .file(project.path.display())
            .arg("rate", &entry.rate)
            .arg("years", entry.horizon_years)
    };
    // Beyond some thousand years the exact factor only grows in digits.
    const LONGEST_YEARS: u32 = 1000;
    let too_long = entry.horizon_years.max(entry.first_payment_years) > LONGEST_YEARS;
    let discounting = Discounting {
        rate: parse_decimal(&entry.rate)
            .filter(|_| !too_long)
            .ok_or_else(wrong)?,
        horizon_years: entry.horizon_years,
        first_payment_years: entry.first_payment_years,
    };
    let factor = discounting.factor().ok_or_else(wrong)?;
    let mut rows: BTreeMap<AssetKey, AssetValue> = BTreeMap::new();
    let counties = finished.regions.iter();
    let counties: BTreeSet<&str> = counties
        .filter(|region| region.level == RegionLevel::County)
        .map(|region| region.code.as_str())
        .collect();
    let trusts = trusts(finished.amounts);
    for (indicator, values) in fen_by_indicator(finished.amounts) {
        let of_counties = values
            .iter()
            .filter(|((region, _), _)| counties.contains(region.as_str()));
        for ((county, class), flow) in of_counties {
            let worth = match flow {
                Some(flow) => Some(present_value_fen(*flow, &factor).ok_or_else(wrong)?),
                None => None,
            };
            let value = AssetValue {
                flow_fen: *flow,
                asset_fen: worth,
                missing: flow.is_none().then(|| county.clone()).into_iter().collect(),
                trust: trusts.get(&indicator).copied().unwrap_or(Trust::Synthetic),
            };
            add_asset(&mut rows, finished.regions, (county, class, &indicator), &value);
        }
    }
    let terms = AssetTerms {
        discounting: &discounting,
        factor: &factor,
        source: [&entry.source.zh, &entry.source.en],
    };
    Ok(Some(asset_table(&rows, &terms, facts)))
}

/// Adds a present value, rounded at its finest place, to every sum it is part of.
fn add_asset(
    rows: &mut BTreeMap<AssetKey, AssetValue>,
    regions: &[Region],
    (county, class, indicator): (&str, &str, &str),
    value: &AssetValue,
) {
    let mut kinds = BTreeSet::from([(class, indicator), (ALL_CLASSES, indicator)]);
    kinds.insert((ALL_CLASSES, GEP));
    for region in ancestors(regions, county) {
        for (class, indicator) in &kinds {
            let key = (region.to_string(), class.to_string(), indicator.to_string());
            let sum = rows.entry(key).or_insert_with(|| AssetValue {
                flow_fen: None,
                asset_fen: None,
                missing: BTreeSet::new(),
                trust: value.trust,
            });
            for (sum, more) in [
                (&mut sum.flow_fen, value.flow_fen),
                (&mut sum.asset_fen, value.asset_fen),
            ] {
                if let Some(more) = more {
                    *sum = Some(sum.unwrap_or(0) + more);
                }
            }
            sum.missing.extend(value.missing.iter().cloned());
            sum.trust = sum.trust.min(value.trust);
        }
    }
}
