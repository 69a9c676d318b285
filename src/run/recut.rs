//! Re-cuts: the numbers of an earlier run by the counties of this one, and the other
//! way round, where the boundaries between them changed.
//!
//! Both versions of the counties are layers of one overlay with the land cover, so the
//! ground that an old and a new county share is known by ecosystem type, to the mm2. A
//! number is shared by the ground of its type (by all ground where it has no type) with
//! the largest remainder: old counties are the sums of their parts, and the whole is
//! unchanged, to the fen.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, apportion};

use super::account::{Prepared, class_name};
use super::base_run::BaseRun;
use super::boundaries::{EARLIER, check_codes, day};
use super::change::fen_by_indicator;
use super::land_cover::share_below_one;
use super::publish::Finished;
use crate::account::{ALL_CLASSES, FenOf};
use crate::output::{NamedTable, RECUT_AREA, RecutKey, RecutValue, recut_table};
use crate::source::boundaries::EarlierBoundaries;
use crate::source::gdal::UNASSIGNED;
use crate::zonal::PieceTable;

/// Sum over counties.
const ALL: &str = "all";
/// The base run by this run's counties.
const TO_LATER: &str = "to_later";
/// This run by the counties of the base run.
const TO_EARLIER: &str = "to_earlier";

/// Ground by old county, new county and type, mm2; `unassigned` and `all` among them.
type Shared = BTreeMap<(String, String, String), i128>;

/// Checks the earlier boundaries against the base run.
///
/// # Errors
///
/// Earlier boundaries without a base run, codes not in use on their day, counties that
/// are not those of the base run, or have another area there.
pub fn check_earlier(
    prepared: &Prepared,
    base: Option<&BaseRun>,
    measured: &PieceTable,
) -> Result<Vec<Finding>, Findings> {
    let Some(entry) = earlier(prepared) else {
        return Ok(Vec::new());
    };
    let project = &prepared.project;
    let file = project.file(&entry.path).display().to_string();
    let Some(base) = base else {
        return Err(Finding::error("earlier-without-base").file(&file).into());
    };
    let tolerance = share_below_one(project, "boundaries.earlier.tolerance", &entry.tolerance)?;
    let shared = shared(prepared, measured);
    let codes = old_codes(prepared);
    let old_day = day(project, &entry.valid_on)?;
    let codes_of_day = codes.iter().map(String::as_str).collect();
    let boundaries = &prepared.methodology.boundaries;
    check_codes(boundaries, &codes_of_day, &old_day, &file)?;
    let known: BTreeSet<String> = base.counties().into_iter().collect();
    let odd: Vec<&str> = codes
        .symmetric_difference(&known)
        .map(String::as_str)
        .collect();
    if !odd.is_empty() {
        return Err(Finding::error("earlier-counties-differ")
            .file(&file)
            .arg("codes", odd.join(", "))
            .into());
    }
    let mut findings = Vec::new();
    for code in &codes {
        let own = sum_of(&shared, code);
        let key = (code.clone(), ALL_CLASSES.to_string());
        let there = base.territory.areas_mm2.get(&key).copied().unwrap_or(0);
        let most = &tolerance * Rational::from_integer(there.into());
        if Rational::from_integer((own - there).abs().into()) > most {
            findings.push(
                Finding::error("earlier-area-differs")
                    .file(&file)
                    .arg("county", code)
                    .arg("here", km2(own))
                    .arg("there", km2(there)),
            );
        }
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    unexpected_flows(prepared, &shared, &old_day)
}

fn earlier(prepared: &Prepared) -> Option<&EarlierBoundaries> {
    prepared.project.boundaries.as_ref()?.earlier.as_ref()
}

fn km2(mm2: i128) -> String {
    let km2 = Rational::new(mm2.into(), 1_000_000_000_000_i64.into());
    gep_core::quantity::format_decimal(&km2, 6)
}

fn sum_of(shared: &Shared, old: &str) -> i128 {
    let own = shared
        .iter()
        .filter(|((from, _, class), _)| from == old && class == ALL_CLASSES);
    own.map(|(_, area)| area).sum()
}

fn old_codes(prepared: &Prepared) -> BTreeSet<String> {
    let layers = prepared.ground.layers.iter();
    let own = layers.filter(|layer| layer.name == EARLIER);
    own.flat_map(|layer| layer.regions.iter().map(|region| region.code.clone()))
        .collect()
}

/// Ground that moved between counties although no known change says so: told, since it
/// may be two drawings of one border.
fn unexpected_flows(
    prepared: &Prepared,
    shared: &Shared,
    old_day: &str,
) -> Result<Vec<Finding>, Findings> {
    let Some(entry) = &prepared.project.boundaries else {
        return Ok(Vec::new());
    };
    let new_day = day(&prepared.project, &entry.valid_on)?;
    let (first, last) = (old_day.min(&new_day), old_day.max(&new_day));
    let known: BTreeSet<(&str, &str)> = prepared
        .methodology
        .boundaries
        .between(first, last)
        .into_iter()
        .flat_map(|row| {
            let pair = (row.from[0].as_str(), row.to[0].as_str());
            [pair, (pair.1, pair.0)]
        })
        .collect();
    let odd = shared.iter().filter(|((old, new, class), area)| {
        let known = old == new || known.contains(&(old.as_str(), new.as_str()));
        class == ALL_CLASSES && !known && **area != 0 && old != UNASSIGNED
    });
    Ok(odd
        .map(|((old, new, _), area)| {
            Finding::warning("recut-without-known-change")
                .arg("from", old)
                .arg("to", new)
                .arg("km2", km2(*area))
        })
        .collect())
}

/// Measures what old and new counties share.
fn shared(prepared: &Prepared, measured: &PieceTable) -> Shared {
    let layers = &prepared.ground.layers;
    let mut shared = Shared::new();
    let Some(layer) = layers.iter().position(|layer| layer.name == EARLIER) else {
        return shared;
    };
    for ((piece, class), sums) in &measured.rows {
        let old = prepared.ground.overlay.pieces[*piece as usize][layer];
        let new = prepared.zone_of(*piece);
        if old.is_none() && new.is_none() {
            continue;
        }
        let outside = || UNASSIGNED.to_string();
        let code = |region: u32| layers[layer].regions[region as usize].code.clone();
        let old = old.map_or_else(outside, code);
        let new = new.unwrap_or_else(outside);
        for class in [class_name(prepared, *class), ALL_CLASSES.to_string()] {
            let key = (old.clone(), new.clone(), class);
            *shared.entry(key).or_default() += sums.area_mm2;
        }
    }
    shared
}

/// Lays out the re-cuts in both directions, if the project gives earlier boundaries.
pub fn recuts(finished: &Finished<'_>, base: &BaseRun) -> Result<Option<NamedTable>, Findings> {
    let prepared = finished.prepared;
    if earlier(prepared).is_none() {
        return Ok(None);
    }
    let forward = shared(prepared, finished.measured);
    let back: Shared = forward
        .iter()
        .map(|((old, new, class), area)| ((new.clone(), old.clone(), class.clone()), *area))
        .collect();
    let old: BTreeSet<String> = base.counties().into_iter().collect();
    let new: BTreeSet<String> = finished.ground.zones.keys().cloned().collect();
    let mut rows = BTreeMap::new();
    let mut cut = |direction: &'static str, shared: &Shared, item: &str, values: &FenOf| {
        let cut = Cut {
            direction,
            item,
            shared,
        };
        cut.add(values, &mut rows)
    };
    let areas = |counties: &BTreeSet<String>, all: &BTreeMap<(String, String), i128>| -> FenOf {
        let own = all
            .iter()
            .filter(|((county, class), _)| counties.contains(county) && class != ALL_CLASSES);
        own.map(|(key, area)| (key.clone(), Some(*area))).collect()
    };
    cut(
        TO_LATER,
        &forward,
        RECUT_AREA,
        &areas(&old, &base.territory.areas_mm2),
    )?;
    for (indicator, values) in &base.values {
        cut(TO_LATER, &forward, indicator, &of_counties(values, &old))?;
    }
    let extent = super::publish::extent(prepared, finished.ground, finished.regions);
    cut(TO_EARLIER, &back, RECUT_AREA, &areas(&new, &extent))?;
    for (indicator, values) in fen_by_indicator(finished.amounts) {
        cut(TO_EARLIER, &back, &indicator, &of_counties(&values, &new))?;
    }
    Ok(Some(recut_table(&rows)))
}

fn of_counties(values: &FenOf, counties: &BTreeSet<String>) -> FenOf {
    let own = values
        .iter()
        .filter(|((county, _), _)| counties.contains(county));
    own.map(|(key, value)| (key.clone(), *value)).collect()
}

/// One item in one direction.
struct Cut<'a> {
    direction: &'static str,
    item: &'a str,
    shared: &'a Shared,
}

impl Cut<'_> {
    /// Shares every number and adds the shares up, over counties and over ecosystem types.
    fn add(
        &self,
        values: &FenOf,
        rows: &mut BTreeMap<RecutKey, RecutValue>,
    ) -> Result<(), Findings> {
        for ((county, class), value) in values {
            let (weight, parts) = self.parts(county, class);
            let shares = match value {
                None => vec![None; parts.len()],
                Some(value) => share(*value, &parts)?,
            };
            for ((to, _), amount) in parts.iter().zip(shares) {
                let one = RecutValue {
                    amount,
                    missing: amount
                        .is_none()
                        .then(|| county.clone())
                        .into_iter()
                        .collect(),
                    weight,
                };
                let mut classes = vec![(class.as_str(), weight)];
                if class != ALL_CLASSES {
                    classes.push((ALL_CLASSES, ""));
                }
                for (class, weight) in classes {
                    for (from, to, weight) in [
                        (county.as_str(), to.as_str(), weight),
                        (county.as_str(), ALL, ""),
                        (ALL, to.as_str(), ""),
                        (ALL, ALL, ""),
                    ] {
                        let key = [self.direction, from, to, class, self.item].map(String::from);
                        put(rows, key, &one, weight);
                    }
                }
            }
        }
        Ok(())
    }

    /// The counties that share the ground of a type with a county, with their part of
    /// it; of all its ground where the type has none there or the number no type.
    fn parts(&self, county: &str, class: &str) -> (&'static str, Vec<(String, i128)>) {
        let of = |wanted: &str| -> Vec<(String, i128)> {
            let own = self
                .shared
                .iter()
                .filter(|((from, _, own), area)| from == county && own == wanted && **area != 0);
            own.map(|((_, to, _), area)| (to.clone(), *area)).collect()
        };
        let by_class = of(class);
        if class != ALL_CLASSES && !by_class.is_empty() {
            return ("class_area", by_class);
        }
        ("area", of(ALL_CLASSES))
    }
}

fn put(
    rows: &mut BTreeMap<RecutKey, RecutValue>,
    key: RecutKey,
    one: &RecutValue,
    weight: &'static str,
) {
    let own = rows.entry(key).or_default();
    own.weight = weight;
    if let Some(amount) = one.amount {
        own.amount = Some(own.amount.unwrap_or(0) + amount);
    }
    own.missing.extend(one.missing.iter().cloned());
}

fn share(value: i128, parts: &[(String, i128)]) -> Result<Vec<Option<i128>>, Findings> {
    let unusable = || Findings::from(Finding::error("recut-unusable").exit(70));
    let weights: Vec<Rational> = parts
        .iter()
        .map(|(_, area)| Rational::from_integer((*area).into()))
        .collect();
    let shares = apportion(&value.into(), &weights).map_err(|_| unusable())?;
    let fits = shares
        .into_iter()
        .map(|share| i128::try_from(share).map(Some).map_err(|_| unusable()));
    fits.collect()
}
