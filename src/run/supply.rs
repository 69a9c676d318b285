//! The supply and use account of a run, where the project gives shares of users.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Profile;

use super::account::Prepared;
use super::change::fen_by_indicator;
use super::over_time::trusts;
use super::publish::Finished;
use crate::account::{FenOf, Side, SupplyUseKey, Trust, UseShares, supply_use};
use crate::output::{NamedTable, RegionFacts, supply_use_table};
use crate::source::deflators::{Deflators, read_deflators};
use crate::source::project::Project;
use crate::source::use_shares::{SectorShares, read_use_shares};

/// Reads the shares of users, if the project gives them.
pub fn read_shares(
    project: &Project,
    is_indicator: impl Fn(&str) -> bool,
) -> Result<Option<SectorShares>, Findings> {
    let entry = project.supply_use.as_ref();
    entry
        .map(|entry| read_use_shares(&project.file(&entry.shares), is_indicator))
        .transpose()
}

/// Reads the price indices, if the project gives them.
pub fn read_price_indices(
    project: &Project,
    profile: &Profile,
) -> Result<Option<Deflators>, Findings> {
    let entry = project.deflators.as_ref();
    let is_item = |id: &str| {
        let mut indicators = profile.indicators.iter();
        indicators.any(|own| own.id == id || own.group.word() == id)
    };
    entry
        .map(|entry| read_deflators(&project.file(&entry.table), is_item))
        .transpose()
}

/// Lays out the supply and use account.
pub fn supply_use_account(
    finished: &Finished<'_>,
    facts: &RegionFacts<'_>,
) -> Result<Option<NamedTable>, Findings> {
    let prepared: &Prepared = finished.prepared;
    let Some(shares) = &prepared.use_shares else {
        return Ok(None);
    };
    let mut rows = BTreeMap::new();
    let values: BTreeMap<String, FenOf> = fen_by_indicator(finished.amounts);
    for (indicator, values) in &values {
        let sectors = shares.get(indicator).map(|sectors| -> UseShares {
            let of = sectors.iter();
            of.map(|(sector, own)| (sector.clone(), own.share.clone()))
                .collect()
        });
        let own = supply_use(indicator, values, finished.regions, sectors.as_ref());
        rows.extend(own.map_err(|_| {
            Finding::error("use-shares-not-whole")
                .file(prepared.project.path.display())
                .arg("indicator", indicator)
                .arg("sum", 0)
        })?);
    }
    let trusts = trusts(finished.amounts);
    let told = |(_, indicator, side, item): &SupplyUseKey| {
        let value = trusts.get(indicator).copied().unwrap_or(Trust::Synthetic);
        let of = shares.get(indicator).and_then(|sectors| sectors.get(item));
        match of.filter(|_| *side == Side::Use) {
            Some(share) => {
                let own = Trust::from_word(&share.status).unwrap_or(Trust::Synthetic);
                (value.min(own), share.source.clone())
            }
            None => (value, String::new()),
        }
    };
    Ok(Some(supply_use_table(&rows, facts, told)))
}
