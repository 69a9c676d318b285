//! What the laws of the books are fed with: statistics of the chosen vintage, what
//! balances give, and totals of the inventory.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{BalanceLayout, Methodology, Trust};
use gep_core::quantity::Rational;

use super::dictionary::dictionary;
use super::gep_run::{GepRun, read_gep_run};
use crate::carbon::{ActivityInput, BalanceLine, Book, Fact, Reported, View, ViewTotal};
use crate::output::total_id;
use crate::source::carbon::{
    Activity, ActivityRow, BalanceRow, CarbonProject, Chosen, StatisticRow, choose_vintage,
    read_activity, read_balance, read_statistics,
};

/// Everything the files say.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Statistics, all vintages.
    pub statistics: Vec<StatisticRow>,
    /// Which of them are used.
    pub chosen: Chosen,
    /// Activity.
    pub activity: Vec<ActivityRow>,
    /// Balances.
    pub balances: Vec<BalanceRow>,
    /// The GEP run beside the books.
    pub gep_run: Option<GepRun>,
}

/// Reads all files of a project; what is wrong with one hides no other.
///
/// # Errors
///
/// All findings of all files; rows about regions the project does not have.
pub fn read_all(methodology: &Methodology, project: &CarbonProject) -> Result<Given, Findings> {
    let names = dictionary(methodology);
    let mut given = Given::default();
    let mut findings = Vec::new();
    for name in &project.inputs.statistics {
        match read_statistics(&project.folder.join(name), name, &names) {
            Ok(rows) => given.statistics.extend(rows),
            Err(own) => findings.extend(own.0),
        }
    }
    for name in &project.inputs.activity {
        match read_activity(&project.folder.join(name), name, &names) {
            Ok(rows) => given.activity.extend(rows),
            Err(own) => findings.extend(own.0),
        }
    }
    for name in &project.inputs.energy_balance {
        match read_balance(&project.folder.join(name), name, &names) {
            Ok(rows) => given.balances.extend(rows),
            Err(own) => findings.extend(own.0),
        }
    }
    let known = |code: &str| project.regions.iter().any(|own| own.code == code);
    if let Some(folder) = project.gep_run() {
        let mut run = read_gep_run(methodology, &folder)?;
        let shared = run.statistics.iter().any(|row| known(&row.region));
        if !shared {
            findings.push(Finding::error("carbon-gep-regions").file(folder.display()));
        }
        // A run may have counties the books do not have.
        given
            .statistics
            .extend(run.statistics.drain(..).filter(|row| known(&row.region)));
        given.gep_run = Some(run);
    }
    let places = given.statistics.iter().map(|row| (&row.region, &row.place));
    let places = places.chain(given.activity.iter().map(|row| (&row.region, &row.place)));
    let places = places.chain(given.balances.iter().map(|row| (&row.region, &row.place)));
    for (region, place) in places.filter(|(region, _)| !known(region)) {
        findings.push(
            Finding::error("carbon-region")
                .file(place)
                .arg("code", region),
        );
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    given.chosen = choose_vintage(&given.statistics, project.carbon.vintage_limit.as_deref());
    Ok(given)
}

/// Puts the statistics into a book.
pub fn book_of(given: &Given) -> Book {
    let mut book = Book::default();
    for at in &given.chosen.used {
        let row = &given.statistics[*at];
        let key = (row.quantity.clone(), row.region.clone(), row.year);
        let fact = Fact {
            value: row.unit.to_coherent(&row.value),
            trust: trust_of(&row.status),
            source: row.source.clone(),
            place: row.place.clone(),
            definition: row.definition.clone(),
            vintage: row.vintage.clone(),
        };
        book.add(key, &row.item, fact);
    }
    book
}

/// The quantity a balance gives: what enters from other provinces and countries less what
/// leaves.
const IMPORTED: &str = "imported_electricity";

/// Adds net imported electricity where a balance tells both directions.
pub fn add_imports(book: &mut Book, lines: &[BalanceLine]) {
    let mut sums: BTreeMap<(&str, u16), (Rational, bool, bool, &BalanceLine)> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.carrier == "electricity") {
        let (enters, leaves) = match line.flow.as_str() {
            "imports_from_provinces" | "imports" => (true, false),
            "exports_to_provinces" | "exports" => (false, true),
            _ => continue,
        };
        let zero = || (Rational::from_integer(0.into()), false, false, line);
        let sum = sums
            .entry((line.region.as_str(), line.year))
            .or_insert_with(zero);
        // Lines carry the sign of their flow.
        sum.0 += &line.coherent;
        sum.1 |= enters;
        sum.2 |= leaves;
    }
    for ((region, year), (value, enters, leaves, line)) in sums {
        if enters && leaves {
            let fact = Fact {
                value,
                trust: trust_of(&line.status),
                source: format!("energy balance, net of both directions: {}", line.source),
                place: line.place.clone(),
                definition: String::new(),
                vintage: String::new(),
            };
            book.add((IMPORTED.to_owned(), region.to_owned(), year), "", fact);
        }
    }
}

/// Adds what balances say of the non-fossil share: consumption of the fossil fuels in coal
/// equivalent, and primary production of non-fossil electricity by source.
pub fn add_shares(book: &mut Book, lines: &[BalanceLine], layout: &BalanceLayout) {
    for line in lines.iter().filter(|line| !line.derived) {
        let Some(carrier) = layout.carrier(&line.carrier) else {
            continue;
        };
        let coherent = Some(line.coherent.clone());
        let told = match (
            line.flow.as_str(),
            &carrier.fossil_fuel,
            &carrier.nonfossil_source,
        ) {
            // A balance in coal equivalent needs no factor.
            ("total_consumption", Some(fuel), _) if line.unit.ends_with("tce") => {
                coherent.map(|value| ("fossil_energy", fuel, value))
            }
            ("total_consumption", Some(fuel), _) => {
                let value = line.tce_calorific.clone();
                value.map(|value| ("fossil_energy", fuel, value))
            }
            ("primary_production", _, Some(source)) => {
                coherent.map(|value| ("nonfossil_electricity", source, value))
            }
            _ => None,
        };
        let Some((quantity, item, value)) = told else {
            continue;
        };
        let fact = Fact {
            value,
            trust: trust_of(&line.status),
            source: format!(
                "energy balance {} {}: {}",
                line.flow, line.carrier, line.source
            ),
            place: line.place.clone(),
            definition: String::new(),
            vintage: String::new(),
        };
        book.add(
            (quantity.to_owned(), line.region.clone(), line.year),
            item,
            fact,
        );
    }
}

/// The activity rows, and for indirect categories what the book knows already.
pub fn activity_of(given: &Given, book: &Book, methodology: &Methodology) -> Vec<ActivityInput> {
    let mut all: Vec<ActivityInput> = given.activity.iter().map(activity).collect();
    let indirect = methodology.carbon.categories.iter();
    for (category, _) in indirect.filter(|(_, own)| own.indirect) {
        let known: Vec<(String, u16, Fact)> = book
            .iter()
            .filter(|((quantity, region, year), ..)| {
                let balance = |row: &BalanceRow| row.region == *region && row.year == *year;
                quantity == IMPORTED && given.balances.iter().any(balance)
            })
            .map(|((_, region, year), _, fact)| (region.clone(), *year, fact.clone()))
            .collect();
        for (region, year, fact) in known {
            let told = all
                .iter()
                .any(|own| own.category == *category && own.region == region && own.year == year);
            if !told && reads_imports(methodology, category) {
                all.push(ActivityInput {
                    place: fact.place.clone(),
                    region,
                    year,
                    category: category.clone(),
                    quantity: IMPORTED.to_owned(),
                    item: String::new(),
                    reported: Reported::Number(fact),
                    uncertainty: None,
                });
            }
        }
    }
    all
}

/// Whether some method set computes a category from imported electricity.
fn reads_imports(methodology: &Methodology, category: &str) -> bool {
    let mut sets = methodology
        .carbon
        .method_sets
        .values()
        .flat_map(|set| &set.emissions);
    sets.any(|own| {
        own.category == category
            && own
                .methods
                .iter()
                .any(|id| id == "emission.imported_electricity")
    })
}

fn activity(row: &ActivityRow) -> ActivityInput {
    let fact = |value: Rational| Fact {
        value,
        trust: trust_of(&row.status),
        source: row.source.clone(),
        place: row.place.clone(),
        definition: String::new(),
        vintage: String::new(),
    };
    let hundred = Rational::from_integer(100.into());
    ActivityInput {
        region: row.region.clone(),
        year: row.year,
        category: row.category.clone(),
        quantity: row.quantity.clone(),
        item: row.item.clone(),
        reported: match &row.activity {
            Activity::Number(number) => Reported::Number(fact(row.unit.to_coherent(number))),
            Activity::NotOccurring => {
                Reported::NotOccurring(fact(Rational::from_integer(0.into())))
            }
            Activity::NotEstimated => Reported::NotEstimated,
            Activity::NotApplicable => Reported::NotApplicable,
            Activity::IncludedElsewhere => Reported::IncludedElsewhere,
        },
        uncertainty: row
            .uncertainty_percent
            .as_ref()
            .map(|percent| percent / hundred),
        place: row.place.clone(),
    }
}

/// Adds whole totals of the inventory as facts of the indicators; a total with a missing
/// member is none. What the statistics say of the same quantity stands.
pub fn add_totals(
    book: &mut Book,
    totals: &[ViewTotal],
    indirect: &BTreeMap<(String, u16), (i128, Trust, String)>,
) {
    let kilogram = |grams: i128| Rational::new(grams.into(), 1000.into());
    for total in totals {
        let wanted = total.view == View::Direct && total.gas == "CO2" && total.missing.is_empty();
        if let (true, Some(grams), Some(trust)) = (wanted, total.value_g, total.trust) {
            let key = (
                "carbon_dioxide_direct".to_owned(),
                total.region.clone(),
                total.year,
            );
            let whole = totals.iter().any(|other| {
                other.region == total.region
                    && other.year == total.year
                    && other.view == View::Direct
                    && other.gas == crate::carbon::CO2E
                    && other.missing.is_empty()
            });
            if whole {
                book.add(key, "", number(kilogram(grams), trust, total_id(total)));
            }
        }
    }
    for ((region, year), (grams, trust, id)) in indirect {
        let key = (
            "carbon_dioxide_imported_electricity".to_owned(),
            region.clone(),
            *year,
        );
        book.add(key, "", number(kilogram(*grams), *trust, id.clone()));
    }
}

fn number(value: Rational, trust: Trust, id: String) -> Fact {
    Fact {
        value,
        trust,
        source: id,
        place: String::new(),
        definition: String::new(),
        vintage: String::new(),
    }
}

/// A status nobody told is no better than provisional.
fn trust_of(status: &str) -> Trust {
    Trust::from_word(status).unwrap_or(Trust::Provisional)
}
