//! The asset account of a run, where the project says how to discount.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, parse_decimal};

use super::change::fen_by_indicator;
use super::over_time::trusts;
use super::publish::Finished;
use crate::account::{
    ALL_CLASSES, Discounting, FenOf, GEP, Trust, ancestors, bases, present_value_fen,
};
use crate::output::{AssetKey, AssetTerms, AssetValue, NamedTable, RegionFacts, asset_table};
use crate::source::project::Project;

/// Reads how the project discounts, with what one yuan a year is worth today.
///
/// # Errors
///
/// If the rate is no decimal above -1, or the horizon longer than any in use.
pub fn discounting(project: &Project) -> Result<Option<(Discounting, Rational)>, Findings> {
    // Beyond some thousand years the exact factor only grows in digits.
    const LONGEST_YEARS: u32 = 1000;
    let Some(entry) = &project.asset else {
        return Ok(None);
    };
    let too_long = entry.horizon_years.max(entry.first_payment_years) > LONGEST_YEARS;
    let rate = parse_decimal(&entry.rate).filter(|_| !too_long);
    let terms = rate.and_then(|rate| {
        let own = Discounting {
            rate,
            horizon_years: entry.horizon_years,
            first_payment_years: entry.first_payment_years,
        };
        let factor = own.factor()?;
        Some((own, factor))
    });
    terms.map(Some).ok_or_else(|| {
        Finding::error("discounting-unusable")
            .file(project.path.display())
            .arg("rate", &entry.rate)
            .arg("years", entry.horizon_years)
            .into()
    })
}

/// Lays out the present values of all counties and their sums.
pub fn assets(
    finished: &Finished<'_>,
    facts: &RegionFacts<'_>,
) -> Result<Option<NamedTable>, Findings> {
    let project = &finished.prepared.project;
    let (Some(entry), Some((discounting, factor))) = (&project.asset, discounting(project)?) else {
        return Ok(None);
    };
    let mut rows = BTreeMap::new();
    let trusts = trusts(finished.amounts);
    for (indicator, values) in fen_by_indicator(finished.amounts) {
        let trust = trusts.get(&indicator).copied();
        let own = Flows {
            indicator: &indicator,
            values: &values,
            trust: trust.unwrap_or(Trust::Synthetic),
        };
        let fits = own.add(finished, &factor, &mut rows);
        fits.ok_or_else(|| {
            Finding::error("discounting-unusable")
                .file(project.path.display())
                .arg("rate", &entry.rate)
                .arg("years", entry.horizon_years)
        })?;
    }
    let terms = AssetTerms {
        discounting: &discounting,
        factor: &factor,
        source: [&entry.source.zh, &entry.source.en],
    };
    Ok(Some(asset_table(&rows, &terms, facts)))
}

/// The yearly values of one indicator.
struct Flows<'a> {
    indicator: &'a str,
    values: &'a FenOf,
    trust: Trust,
}

impl Flows<'_> {
    /// Adds the present values of all counties, each rounded at its finest place, to
    /// every sum they are part of. `None` if one does not fit.
    fn add(
        &self,
        finished: &Finished<'_>,
        factor: &Rational,
        rows: &mut BTreeMap<AssetKey, AssetValue>,
    ) -> Option<()> {
        let counties: BTreeSet<&str> = bases(finished.regions)
            .into_iter()
            .map(|region| region.code.as_str())
            .collect();
        for ((county, class), flow) in self.values {
            if !counties.contains(county.as_str()) {
                continue;
            }
            let worth = match flow {
                Some(flow) => Some(present_value_fen(*flow, factor)?),
                None => None,
            };
            let missing = flow.is_none().then(|| county.clone());
            let value = AssetValue {
                flow_fen: *flow,
                asset_fen: worth,
                missing: missing.into_iter().collect(),
                trust: self.trust,
            };
            for region in ancestors(finished.regions, county) {
                for (class, indicator) in self.sums(county, class, flow.is_some()) {
                    let key = (region.into(), class.into(), indicator.into());
                    add_asset(rows, key, &value);
                }
            }
        }
        Some(())
    }

    /// The sums a number of a county is part of. A type without a number lies in the
    /// ground that coverage leaves out: it is missing in no sum over types.
    fn sums<'b>(
        &'b self,
        county: &str,
        class: &'b str,
        given: bool,
    ) -> BTreeSet<(&'b str, &'b str)> {
        let mut of_county = self.values.iter().filter(|((code, _), _)| code == county);
        let known = of_county.any(|(_, flow)| flow.is_some());
        let mut sums = BTreeSet::from([(class, self.indicator)]);
        if given || !known {
            sums.extend([(ALL_CLASSES, self.indicator), (ALL_CLASSES, GEP)]);
        }
        sums
    }
}

fn add_asset(rows: &mut BTreeMap<AssetKey, AssetValue>, key: AssetKey, value: &AssetValue) {
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
