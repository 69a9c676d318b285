//! The accounts over time of a run: extent since the opening date, change since a
//! base run, what the flows are worth as assets, and who supplies and uses them.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;

use super::account::Prepared;
use super::assets::assets;
use super::base_run::BaseRun;
use super::change::change_account;
use super::condition::condition_account;
use super::opening::extent_changes;
use super::publish::Finished;
use super::ratios::Extent;
use super::recut::recuts;
use super::supply::supply_use_account;
use crate::account::{Amount, GEP, Territory, Trust};
use crate::output::{
    ChangeFacts, NamedTable, RegionFacts, change_objects_table, change_table, extent_account_table,
    extent_change_table, input_table,
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
        // What is measured on polygons stands in `objects`.
        (!entry.geometry).then(|| entry.unit.clone())
    })];
    if prepared.has_opening() {
        let changes = extent_changes(prepared, finished.pieces, finished.regions);
        tables.push(extent_change_table(&changes, facts));
        tables.push(extent_account_table(&changes, facts));
    }
    if let Some(base) = finished.base {
        tables.extend(change(finished, base, extent)?);
        tables.extend(recuts(finished, base)?);
    }
    tables.extend(condition_account(finished, facts));
    tables.extend(assets(finished, facts)?);
    tables.extend(supply_use_account(finished, facts)?);
    Ok(tables)
}

fn change(
    finished: &Finished<'_>,
    base: &BaseRun,
    extent: &Extent,
) -> Result<Vec<NamedTable>, Findings> {
    let territory = Territory {
        regions: finished.regions.to_vec(),
        areas_mm2: extent.clone(),
    };
    let account = change_account(
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
        deflators: &account.deflators,
    };
    let mut tables = vec![change_table(&account.changes, &facts)];
    tables.extend(change_objects_table(&account.objects));
    Ok(tables)
}

/// The lowest status of each indicator's values.
pub fn trusts(amounts: &[Amount]) -> BTreeMap<String, Trust> {
    let mut all = BTreeMap::new();
    for amount in amounts.iter().filter(|amount| amount.money) {
        let least = all
            .entry(amount.key.indicator.clone())
            .or_insert(amount.trust);
        *least = amount.trust.min(*least);
    }
    all
}
