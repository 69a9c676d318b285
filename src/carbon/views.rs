//! Totals are views of one inventory: scopes, sectors, sections, end use.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{EmissionCategory, Trust};
use gep_core::quantity::{Rational, apportion};

use super::inventory::{EmissionRow, Inventory};

/// Which emissions a total adds up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// Direct emissions of the territory.
    Direct,
    /// Direct, and indirect ones of net imported electricity.
    WithImportedElectricity,
    /// GPC BASIC: direct without generation for the grid, and indirect ones.
    GpcBasic,
    /// A part of the inventory.
    Section(String),
    /// Emissions where they are produced.
    Producer(String),
    /// Emissions of generation shared out to those who use the electricity.
    EndUse(String),
    /// Direct emissions of the regions below, all of them known.
    Parts,
    /// Direct emissions less those of the regions below.
    PartsDifference,
    /// What is told beside the totals.
    Memo(String),
}

impl View {
    /// Returns the word of tables.
    pub fn word(&self) -> String {
        match self {
            Self::Direct => "direct".to_owned(),
            Self::WithImportedElectricity => "with_imported_electricity".to_owned(),
            Self::GpcBasic => "gpc_basic".to_owned(),
            Self::Section(id) => format!("section:{id}"),
            Self::Producer(id) => format!("producer:{id}"),
            Self::EndUse(id) => format!("end_use:{id}"),
            Self::Parts => "parts".to_owned(),
            Self::PartsDifference => "parts_difference".to_owned(),
            Self::Memo(id) => format!("memo:{id}"),
        }
    }
}

/// A total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewTotal {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// What it adds up.
    pub view: View,
    /// A gas, or `CO2e`.
    pub gas: String,
    /// Grams; none if no member is known.
    pub value_g: Option<i128>,
    /// Members that are missing or that nobody reported.
    pub missing: BTreeSet<String>,
    /// The lowest of its members; none without value.
    pub trust: Option<Trust>,
}

/// All greenhouse gases together.
pub const CO2E: &str = "CO2e";

/// Electricity used by sector, in any one unit, by region and year.
pub type ElectricityUse = BTreeMap<(String, u16), BTreeMap<String, Rational>>;

/// Adds the inventory up.
///
/// # Errors
///
/// If emissions of generation cannot be shared by the electricity used.
pub fn views(
    inventory: &Inventory,
    categories: &BTreeMap<String, EmissionCategory>,
    electricity: &ElectricityUse,
) -> Result<Vec<ViewTotal>, Findings> {
    let mut sums = Sums {
        categories,
        totals: BTreeMap::new(),
    };
    for row in &inventory.rows {
        sums.add(row);
    }
    for ((region, year), left) in &inventory.unreported {
        for category in left {
            sums.unreported(region, *year, category);
        }
    }
    let mut totals = sums.totals;
    for ((region, year), used) in electricity {
        end_use(&mut totals, inventory, categories, (region, *year), used)?;
    }
    let all = totals.into_iter();
    Ok(all
        .map(|((region, year, view, gas), sum)| ViewTotal {
            region,
            year,
            view,
            gas,
            value_g: sum.known.then_some(sum.value_g),
            missing: sum.missing,
            trust: sum.trust.filter(|_| sum.known),
        })
        .collect())
}

#[derive(Default)]
struct Sum {
    value_g: i128,
    known: bool,
    missing: BTreeSet<String>,
    trust: Option<Trust>,
}

impl Sum {
    fn add(&mut self, value: i128, trust: Option<Trust>) {
        self.value_g += value;
        self.known = true;
        self.trust = match (self.trust, trust) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
    }
}

type Totals = BTreeMap<(String, u16, View, String), Sum>;

struct Sums<'a> {
    categories: &'a BTreeMap<String, EmissionCategory>,
    totals: Totals,
}

impl Sums<'_> {
    /// The views a category counts in.
    fn views_of(&self, category: &str) -> Vec<View> {
        let Some(own) = self.categories.get(category) else {
            return Vec::new();
        };
        if own.memo {
            return vec![View::Memo(category.to_owned())];
        }
        if own.indirect {
            return vec![View::WithImportedElectricity, View::GpcBasic];
        }
        let mut views = vec![
            View::Direct,
            View::WithImportedElectricity,
            View::Section(own.section.clone()),
            View::Producer(own.sector.clone()),
        ];
        if !own.grid_generation {
            views.push(View::GpcBasic);
        }
        views
    }

    fn add(&mut self, row: &EmissionRow) {
        let place = (row.region.clone(), row.year);
        for view in self.views_of(&row.category) {
            let gases = [
                (row.gas.as_str(), row.amount_g, true),
                (CO2E, row.co2e_g, row.warming.is_some()),
            ];
            for (gas, value, _) in gases.into_iter().filter(|(_, _, counts)| *counts) {
                let key = (place.0.clone(), place.1, view.clone(), gas.to_owned());
                let sum = self.totals.entry(key).or_default();
                match value {
                    Some(value) => sum.add(value, row.trust),
                    // Counted elsewhere or never occurring by nature: nothing is missing.
                    None if ["IE", "NA"].contains(&row.notation) => {}
                    None => _ = sum.missing.insert(member(row)),
                }
            }
        }
    }

    fn unreported(&mut self, region: &str, year: u16, category: &str) {
        for view in self.views_of(category) {
            let key = (region.to_owned(), year, view, CO2E.to_owned());
            let sum = self.totals.entry(key).or_default();
            sum.missing.insert(category.to_owned());
        }
    }
}

fn member(row: &EmissionRow) -> String {
    let parts = [
        row.category.as_str(),
        row.method.as_str(),
        row.item.as_str(),
    ];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    told.join(" ")
}

/// Shares the emissions of generation out to the sectors that use electricity, to the
/// gram; everything else stays where it is produced.
fn end_use(
    totals: &mut Totals,
    inventory: &Inventory,
    categories: &BTreeMap<String, EmissionCategory>,
    (region, year): (&str, u16),
    used: &BTreeMap<String, Rational>,
) -> Result<(), Findings> {
    let here = inventory
        .rows
        .iter()
        .filter(|row| row.region == region && row.year == year);
    let mut generation = Sum::default();
    let mut others: BTreeMap<String, Sum> = BTreeMap::new();
    for row in here.filter(|row| row.warming.is_some()) {
        let Some(category) = categories.get(&row.category) else {
            continue;
        };
        if category.memo || category.indirect {
            continue;
        }
        let sum = if category.grid_generation {
            &mut generation
        } else {
            others.entry(category.sector.clone()).or_default()
        };
        match row.co2e_g {
            Some(value) => sum.add(value, row.trust),
            None if ["IE", "NA"].contains(&row.notation) => {}
            None => _ = sum.missing.insert(member(row)),
        }
    }
    if !generation.known {
        return Ok(());
    }
    let weights: Vec<Rational> = used.values().cloned().collect();
    let shares = apportion(&generation.value_g.into(), &weights).map_err(|error| {
        Finding::error("carbon-end-use")
            .arg("region", region)
            .arg("year", year)
            .arg("error", format!("{error:?}"))
    })?;
    for (sector, share) in used.keys().zip(shares) {
        let sum = others.entry(sector.clone()).or_default();
        let share =
            i128::try_from(share).map_err(|_| Finding::error("number-too-large").exit(70))?;
        sum.add(share, generation.trust);
        sum.missing.extend(generation.missing.iter().cloned());
    }
    for (sector, sum) in others {
        let key = (
            region.to_owned(),
            year,
            View::EndUse(sector),
            CO2E.to_owned(),
        );
        totals.insert(key, sum);
    }
    Ok(())
}

/// Adds, for each region with direct emissions of its own, those of the regions below and
/// the difference: only where every region below has a whole total.
pub fn add_parts(totals: &mut Vec<ViewTotal>, parents: &BTreeMap<String, String>) {
    let direct = |region: &str, year: u16| {
        let mut own = totals
            .iter()
            .filter(|own| own.view == View::Direct && own.gas == CO2E);
        own.find(|own| own.region == region && own.year == year)
    };
    let mut found = Vec::new();
    let whole: Vec<&ViewTotal> = totals
        .iter()
        .filter(|own| own.view == View::Direct && own.gas == CO2E)
        .collect();
    for own in whole {
        let below: Vec<&String> = parents
            .iter()
            .filter(|(_, parent)| **parent == own.region)
            .map(|(child, _)| child)
            .collect();
        let values: Option<Vec<(i128, Option<Trust>)>> = below
            .iter()
            .map(|child| {
                let total = direct(child, own.year).filter(|total| total.missing.is_empty())?;
                Some((total.value_g?, total.trust))
            })
            .collect();
        let (Some(values), Some(value), false) = (values, own.value_g, below.is_empty()) else {
            continue;
        };
        let sum: i128 = values.iter().map(|(value, _)| value).sum();
        let trust = values
            .iter()
            .filter_map(|(_, trust)| *trust)
            .chain(own.trust)
            .min();
        for (view, value) in [(View::Parts, sum), (View::PartsDifference, value - sum)] {
            found.push(ViewTotal {
                view,
                value_g: Some(value),
                trust,
                missing: BTreeSet::new(),
                ..own.clone()
            });
        }
    }
    totals.extend(found);
    totals.sort_by(|a, b| {
        let key = |own: &ViewTotal| {
            (
                own.region.clone(),
                own.year,
                own.view.word(),
                own.gas.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
}
