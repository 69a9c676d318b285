//! Computes the books of a project.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Law, MethodSet, Methodology, Target, Trust};
use gep_core::quantity::{Rational, format_decimal, format_exact, to_f64};

use super::facts::{Given, activity_of, add_imports, add_shares, add_totals, book_of, read_all};
use super::series::{SeriesBooks, criterion, series};
use super::targets::all_targets;
use crate::carbon::{
    BalanceLine, Book, CoalEquivalents, Consistency, Draws, EmissionRow, IndicatorNumber,
    KeyCategory, KeyTrend, NetPosition, NotClosed, Priced, Reach, Recalculation, Rules, SinkNumber,
    TargetNumber, TotalUncertainty, ViewTotal, add_parts, close_balances, consistency,
    electricity_by_sector, indicators, inventory, key_categories, key_trends, net_positions,
    recalculations, sinks, steps, targets, total_uncertainties, views,
};
use crate::output::emission_id;
use crate::source::carbon::{CarbonProject, GridRule, choose_vintage};

/// The finished books.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// What the files gave.
    pub given: Given,
    /// Closed balances.
    pub balances: Vec<BalanceLine>,
    /// Sums of balances that are not what is printed.
    pub not_closed: Vec<NotClosed>,
    /// Emissions.
    pub emissions: Vec<EmissionRow>,
    /// Totals.
    pub totals: Vec<ViewTotal>,
    /// Indicators.
    pub indicators: Vec<IndicatorNumber>,
    /// Targets beside the latest numbers.
    pub targets: Vec<TargetNumber>,
    /// What they ask.
    pub target_rules: BTreeMap<String, Target>,
    /// Sinks.
    pub sinks: Vec<SinkNumber>,
    /// Net positions.
    pub net: Vec<NetPosition>,
    /// Indicators that later publications changed since a day.
    pub recalculations: Vec<Recalculation>,
    /// The day.
    pub recalculated_from: String,
    /// The carbon item of the GEP account beside the books.
    pub consistency: Vec<Consistency>,
    /// Categories by size.
    pub key_categories: Vec<KeyCategory>,
    /// Categories by trend, and the share up to which they are key.
    pub key_trends: (Vec<KeyTrend>, Rational),
    /// How uncertain totals are, and the terms of the draws.
    pub uncertainties: (Vec<TotalUncertainty>, Option<Draws>),
    /// What series say.
    pub series: SeriesBooks,
}

/// The quantity of emissions that were measured.
const MEASURED: &str = "measured_emission";
/// Units sold.
const SOLD: &str = "sink_units_sold";
/// Kinds of factor tables of which the latest year may be taken.
const GRID_KINDS: [&str; 3] = ["grid_average", "grid_residual", "grid_fossil"];

/// Computes the books.
///
/// # Errors
///
/// Findings of the files, an unknown method set, errors of the formula language.
pub fn compute(
    methodology: &Methodology,
    project: &CarbonProject,
) -> Result<(Books, Vec<Finding>), Findings> {
    let carbon = &methodology.carbon;
    let set = method_set(methodology, &project.carbon.method_set)?;
    let given = read_all(methodology, project)?;
    let reach = reach(methodology, project);
    let (balances, not_closed) = close_balances(
        &given.balances,
        &carbon.balance,
        &coal_equivalents(methodology),
    );
    let mut book = book_of(&given);
    add_imports(&mut book, &balances);
    add_shares(&mut book, &balances, &carbon.balance);
    let laws = emission_laws(methodology, set)?;
    let warming = warming(methodology, set);
    let rules = Rules {
        laws: &laws,
        warming: &warming,
        measured: MEASURED,
        reach: &reach,
    };
    let activity = activity_of(&given, &book, methodology);
    let found = inventory(&activity, &book, &rules)?;
    let used = electricity_by_sector(&given.balances, &carbon.balance);
    let mut totals = views(&found, &carbon.categories, &used)?;
    add_parts(&mut totals, &reach.parents);
    let threshold = criterion(methodology, "key_category_share")?;
    let direct = || found.direct(&carbon.categories);
    let key_categories = key_categories(direct(), &threshold);
    let key_trends = key_trends(direct(), &threshold);
    let draws = draws(methodology)?;
    let uncertainties = total_uncertainties(direct(), draws);
    add_totals(&mut book, &totals, &imported(&found.rows, methodology));
    let numbers = numbers(methodology, project, set, (&book, &reach))?;
    let sinks = sink_numbers(methodology, project, set, (&book, &reach))?;
    let net = net_positions(&totals, &sinks, &book, SOLD);
    let beside = beside(project, &given, &sinks, &net);
    let series = series(methodology, project, &book, &numbers)?;
    let rules = all_targets(methodology, project)?;
    let earlier = earlier_numbers(methodology, project, &given, (&totals, &found.rows))?;
    let recalculations = recalculations(earlier.as_deref().unwrap_or(&numbers), &numbers);
    let sigmas = to_f64(&criterion(methodology, "step_sigmas")?);
    let mut warnings = warnings(&given, &not_closed);
    warnings.extend(told_of_series(&given, &numbers, sigmas));
    warnings.extend(double_use(&found.rows));
    warnings.extend(priced_twice(&beside));
    let books = Books {
        given,
        balances,
        not_closed,
        targets: targets(&rules, &numbers),
        target_rules: rules,
        emissions: found.rows,
        totals,
        indicators: numbers,
        sinks,
        net,
        recalculations,
        recalculated_from: project.carbon.recalculated_from.clone().unwrap_or_default(),
        consistency: beside,
        key_categories,
        key_trends: (key_trends, threshold),
        uncertainties: (uncertainties, Some(draws)),
        series,
    };
    Ok((books, warnings))
}

/// The carbon item of the GEP account beside the books, for the regions of both.
fn beside(
    project: &CarbonProject,
    given: &Given,
    sinks: &[SinkNumber],
    net: &[NetPosition],
) -> Vec<Consistency> {
    let codes: Vec<String> = project.regions.iter().map(|own| own.code.clone()).collect();
    let items = given.gep_run.iter().flat_map(|run| run.carbon.clone());
    consistency(&items.collect::<Vec<_>>(), &codes, sinks, net)
}

/// Carbon that has a value in a GEP account and was sold in units as well.
fn priced_twice(beside: &[Consistency]) -> impl Iterator<Item = Finding> {
    let twice = beside.iter().filter(|own| own.priced == Priced::Both);
    twice.map(|own| {
        Finding::warning("carbon-priced-twice")
            .arg("region", &own.gep.region)
            .arg("year", own.gep.year)
    })
}

/// The terms by which totals are drawn.
fn draws(methodology: &Methodology) -> Result<Draws, Finding> {
    let whole = |name: &str| {
        let value = criterion(methodology, name)?;
        u64::try_from(value.to_integer()).map_err(|_| {
            Finding::error("carbon-criterion")
                .file("carbon/peak-criteria.csv")
                .arg("name", name)
        })
    };
    Ok(Draws {
        seed: whole("uncertainty_seed")?,
        draws: usize::try_from(whole("uncertainty_draws")?).unwrap_or(usize::MAX),
    })
}

/// Returns a method set.
///
/// # Errors
///
/// If there is none of this name.
pub(super) fn method_set<'a>(
    methodology: &'a Methodology,
    id: &str,
) -> Result<&'a MethodSet, Finding> {
    let sets = &methodology.carbon.method_sets;
    sets.get(id).ok_or_else(|| {
        let known: Vec<&str> = sets.keys().map(String::as_str).collect();
        Finding::error("carbon-method-set-unknown")
            .arg("id", id)
            .arg("known", known.join(", "))
            .exit(2)
    })
}

fn numbers(
    methodology: &Methodology,
    project: &CarbonProject,
    set: &MethodSet,
    (book, reach): (&Book, &Reach),
) -> Result<Vec<IndicatorNumber>, Findings> {
    let rules = &methodology.carbon.indicators;
    let laws = laws_of(methodology, set, rules.iter().map(|own| &own.method))?;
    indicators(rules, &laws, book, reach, &places(project))
}

/// The indicators as they were known on the day the project compares with; nothing if it
/// names none. Activity has no vintage: the inventory is that of now.
fn earlier_numbers(
    methodology: &Methodology,
    project: &CarbonProject,
    given: &Given,
    (totals, emissions): (&[ViewTotal], &[EmissionRow]),
) -> Result<Option<Vec<IndicatorNumber>>, Findings> {
    let Some(day) = &project.carbon.recalculated_from else {
        return Ok(None);
    };
    let carbon = &methodology.carbon;
    let set = method_set(methodology, &project.carbon.method_set)?;
    let mut then = given.clone();
    then.chosen = choose_vintage(&then.statistics, Some(day));
    let mut book = book_of(&then);
    let equivalents = coal_equivalents(methodology);
    let (balances, _) = close_balances(&then.balances, &carbon.balance, &equivalents);
    add_imports(&mut book, &balances);
    add_shares(&mut book, &balances, &carbon.balance);
    add_totals(&mut book, totals, &imported(emissions, methodology));
    let reach = reach(methodology, project);
    Ok(Some(numbers(methodology, project, set, (&book, &reach))?))
}

fn sink_numbers(
    methodology: &Methodology,
    project: &CarbonProject,
    set: &MethodSet,
    (book, reach): (&Book, &Reach),
) -> Result<Vec<SinkNumber>, Findings> {
    let rules = &methodology.carbon.sinks;
    let laws = laws_of(methodology, set, rules.iter().map(|own| &own.method))?;
    sinks(rules, &laws, book, reach, &places(project))
}

fn places(project: &CarbonProject) -> Vec<(String, u16)> {
    let years = project.carbon.first_year..=project.carbon.last_year;
    let regions = project.regions.iter();
    regions
        .flat_map(|region| years.clone().map(|year| (region.code.clone(), year)))
        .collect()
}

fn reach(methodology: &Methodology, project: &CarbonProject) -> Reach {
    let parents = project.regions.iter().filter(|own| !own.parent.is_empty());
    let sets = methodology.carbon.factor_sets.values();
    let grids = sets.filter(|set| GRID_KINDS.contains(&set.kind.as_str()));
    Reach {
        parents: parents
            .map(|own| (own.code.clone(), own.parent.clone()))
            .collect(),
        latest: match project.carbon.grid_factor {
            GridRule::Exact => BTreeSet::new(),
            GridRule::Latest => grids.map(|set| set.table.clone()).collect(),
        },
    }
}

fn emission_laws(
    methodology: &Methodology,
    set: &MethodSet,
) -> Result<BTreeMap<String, Vec<Law>>, Findings> {
    let mut all = BTreeMap::new();
    for source in &set.emissions {
        let mut laws = Vec::new();
        for id in &source.methods {
            laws.extend(methodology.law_bound(id, &set.rebindings)?);
        }
        all.insert(source.category.clone(), laws);
    }
    Ok(all)
}

pub(super) fn laws_of<'a>(
    methodology: &Methodology,
    set: &MethodSet,
    ids: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Law>, Findings> {
    let mut all = BTreeMap::new();
    for id in ids {
        if let Some(law) = methodology.law_bound(id, &set.rebindings)? {
            all.insert(id.clone(), law);
        }
    }
    Ok(all)
}

/// Warming potentials of the set: CO2e per gas.
fn warming(methodology: &Methodology, set: &MethodSet) -> BTreeMap<String, (Rational, Trust)> {
    let table = methodology.tables.get(&set.gwp);
    let rows = table.into_iter().flat_map(|table| &table.rows);
    rows.filter_map(|row| {
        let gas = row.keys.first()?.clone();
        let value = row.value.as_ref()?;
        Some((gas, (row.unit.to_coherent(value), row.status.into())))
    })
    .collect()
}

/// Coal equivalents of carriers, from the tables of the kinds that give them.
pub(super) fn coal_equivalents(methodology: &Methodology) -> CoalEquivalents {
    let mut all = CoalEquivalents::default();
    for set in methodology.carbon.factor_sets.values() {
        let Some(table) = methodology.tables.get(&set.table) else {
            continue;
        };
        for row in &table.rows {
            let (Some(key), Some(value)) = (row.keys.first(), &row.value) else {
                continue;
            };
            let value = row.unit.to_coherent(value);
            match set.kind.as_str() {
                "coal_equivalent" | "coal_equivalent_gas" => {
                    _ = all.calorific.insert(key.clone(), value)
                }
                "electricity_equivalent" => {
                    _ = all.calorific.insert("electricity".to_owned(), value)
                }
                "coal_rate_generation" => {
                    if let Ok(year) = key.parse() {
                        all.coal_rate.insert(year, value);
                    }
                }
                _ => {}
            }
        }
    }
    all
}

/// Indirect carbon dioxide of each region and year, with the id of its number.
fn imported(
    rows: &[EmissionRow],
    methodology: &Methodology,
) -> BTreeMap<(String, u16), (i128, Trust, String)> {
    let indirect = |row: &&EmissionRow| {
        let category = methodology.carbon.categories.get(&row.category);
        category.is_some_and(|own| own.indirect) && row.method == "emission.imported_electricity"
    };
    let known = rows.iter().filter(indirect);
    known
        .filter_map(|row| {
            let key = (row.region.clone(), row.year);
            Some((
                key,
                (row.amount_g?, row.trust?, emission_id(row, "amount_g")),
            ))
        })
        .collect()
}

/// Digits of a difference in a message.
const DIGITS: u32 = 6;

fn warnings(given: &Given, not_closed: &[NotClosed]) -> Vec<Finding> {
    let mut all = given.chosen.definitions.clone();
    all.extend(not_closed.iter().map(|own| {
        let code = match own.is_rounding() {
            true => "carbon-balance-rounding",
            false => "carbon-balance-difference",
        };
        Finding::warning(code)
            .arg("region", &own.region)
            .arg("year", own.year)
            .arg("carrier", &own.carrier)
            .arg("flow", &own.flow)
            .arg("printed", format_decimal(&own.printed, DIGITS))
            .arg("summed", format_decimal(&own.summed, DIGITS))
            .arg(
                "difference",
                format_decimal(&(&own.printed - &own.summed), DIGITS),
            )
            .arg("rounding", format_decimal(&own.rounding, DIGITS))
            .arg("unit", &own.unit)
    }));
    all
}

/// Changes a year that fewer than this many others stand beside are not judged.
const LEAST_CHANGES: usize = 5;
/// The quantity whose items are shares of one whole.
const COMPOSITION: &str = "energy_composition";

/// Steps of indicators, and compositions that do not add up to a hundred.
fn told_of_series(given: &Given, numbers: &[IndicatorNumber], sigmas: f64) -> Vec<Finding> {
    let mut series: BTreeMap<(&str, &str), Vec<(u16, Rational)>> = BTreeMap::new();
    for one in numbers {
        if let Some(value) = &one.value {
            let key = (one.region.as_str(), one.method.as_str());
            series
                .entry(key)
                .or_default()
                .push((one.year, value.clone()));
        }
    }
    let mut findings = Vec::new();
    for ((region, method), values) in &series {
        findings.extend(
            steps(values, sigmas, LEAST_CHANGES)
                .into_iter()
                .map(|step| {
                    Finding::warning("carbon-series-step")
                        .arg("region", region)
                        .arg("method", method)
                        .arg("from", step.from)
                        .arg("to", step.to)
                        .arg("change", step.change_percent)
                }),
        );
    }
    let mut sums: BTreeMap<(&str, u16), (Rational, usize)> = BTreeMap::new();
    for at in &given.chosen.used {
        let row = &given.statistics[*at];
        if row.quantity == COMPOSITION {
            let sum = sums.entry((row.region.as_str(), row.year)).or_default();
            sum.0 += row.unit.to_coherent(&row.value);
            sum.1 += 1;
        }
    }
    let (one, tolerance) = (
        Rational::from_integer(1.into()),
        Rational::new(1.into(), 1000.into()),
    );
    for ((region, year), (sum, parts)) in sums {
        let off = if sum > one { &sum - &one } else { &one - &sum };
        // Printed to a tenth of a per cent each.
        if parts > 1 && off > tolerance {
            let percent = sum * Rational::from_integer(100.into());
            findings.push(
                Finding::warning("carbon-composition-sum")
                    .arg("region", region)
                    .arg("year", year)
                    .arg("sum", format_exact(&percent)),
            );
        }
    }
    findings
}

/// Carbon of blast-furnace gas is counted in coke already.
fn double_use(rows: &[EmissionRow]) -> Vec<Finding> {
    let burnt =
        |row: &EmissionRow, item: &str| row.item == item && row.amount_g.is_some_and(|own| own > 0);
    let gas = rows.iter().filter(|row| burnt(row, "blast_furnace_gas"));
    let both = gas.filter(|row| {
        rows.iter().any(|other| {
            other.region == row.region
                && other.year == row.year
                && other.category == row.category
                && burnt(other, "coke")
        })
    });
    both.map(|row| {
        Finding::warning("carbon-double-use")
            .arg("region", &row.region)
            .arg("year", row.year)
            .arg("category", &row.category)
    })
    .collect()
}
