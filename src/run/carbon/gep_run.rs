//! What a finished GEP run gives the carbon books: the forest area of its land cover, and
//! the carbon dioxide and value of its carbon item, by region.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Methodology;
use gep_core::quantity::{Rational, Unit};
use gep_core::storage::digest_bytes;
use serde_json::{Value, json};

use super::super::base_run::Table;
use crate::account::ALL_CLASSES;
use crate::carbon::GepCarbon;
use crate::source::carbon::StatisticRow;

/// The indicator of a GEP profile that values carbon.
const CARBON_ITEM: &str = "carbon_sequestration";
/// The group of ecosystem types that are forest.
const FOREST: &str = "forest";
/// The quantity the forest area is given as, and how it is told from a survey's.
const FOREST_AREA: [&str; 2] = ["forest_area", "land_cover"];

/// A finished run, as far as the carbon books read it.
#[derive(Clone, Debug, Default)]
pub struct GepRun {
    /// Forest area by region, as statistics.
    pub statistics: Vec<StatisticRow>,
    /// The carbon item by region.
    pub carbon: Vec<GepCarbon>,
    /// The manifest, as an input of the books.
    pub input: Value,
}

/// Reads a finished run.
///
/// # Errors
///
/// No run, a table that is not the one its manifest lists, a year that is none, a unit
/// that is no mass of carbon dioxide.
pub fn read_gep_run(methodology: &Methodology, folder: &Path) -> Result<GepRun, Findings> {
    let path = folder.join("manifest.json");
    let broken = |error: String| {
        Finding::error("base-run-unreadable")
            .file(path.display())
            .arg("error", error)
    };
    let bytes = std::fs::read(&path).map_err(|error| broken(error.to_string()).exit(66))?;
    let manifest: Value =
        serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let run_id = word(&manifest["run_id"]);
    // `2019-demo` is an account of 2019.
    let year = word(&manifest["year"]);
    let digits: String = year.chars().take_while(char::is_ascii_digit).collect();
    let year: u16 = match (digits.len(), digits.parse()) {
        (4, Ok(year)) => year,
        _ => return Err(broken(format!("year {year}")).into()),
    };
    let table = |name: &str| Table::open(folder, &manifest, name);
    let reader = Reader {
        methodology,
        run_id: &run_id,
        year,
        status: word(&manifest["status"]),
        broken: &broken,
    };
    Ok(GepRun {
        statistics: reader.forest_area(&table("extent")?)?,
        carbon: reader.carbon_item(&table("physical")?, &table("gep")?)?,
        input: json!({
            "role": "GEP run",
            "path": format!("{run_id}/manifest.json"),
            "bytes": bytes.len(),
            "blake3": digest_bytes(&bytes),
        }),
    })
}

struct Reader<'a> {
    methodology: &'a Methodology,
    run_id: &'a str,
    year: u16,
    status: String,
    broken: &'a dyn Fn(String) -> Finding,
}

impl Reader<'_> {
    fn unit(&self, name: &str) -> Result<Unit, Finding> {
        let found = self.methodology.units.unit(name);
        found.map_err(|error| (self.broken)(format!("{name}: {error}")))
    }

    /// The area of all types of forest in each region of the run, ha.
    fn forest_area(&self, extent: &Table) -> Result<Vec<StatisticRow>, Findings> {
        let (codes, classes) = (extent.texts("region_code")?, extent.texts("class")?);
        let areas = extent.integers("area_mm2")?;
        let is_forest = |class: &str| {
            let own = self.methodology.classes.get(class);
            own.is_some_and(|own| own.group == FOREST)
        };
        let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
        for row in 0..codes.len() {
            let sum = sums.entry(codes[row]).or_default();
            if is_forest(classes[row]) {
                *sum += areas[row].unwrap_or(0);
            }
        }
        let hectare = self.unit("ha")?;
        let rows = sums.into_iter().map(|(region, mm2)| {
            // mm2 in a hectare.
            let value = Rational::new(mm2.into(), 10_000_000_000_i64.into());
            StatisticRow {
                region: region.to_owned(),
                year: self.year,
                quantity: FOREST_AREA[0].to_owned(),
                item: String::new(),
                spelling: gep_core::quantity::format_exact(&value),
                value,
                unit: hectare.clone(),
                unit_text: "ha".to_owned(),
                definition: FOREST_AREA[1].to_owned(),
                vintage: String::new(),
                status: self.status.clone(),
                source: format!("GEP run {}", self.run_id),
                place: format!("{}/tables/extent.parquet", self.run_id),
            }
        });
        Ok(rows.collect())
    }

    /// The carbon dioxide of the carbon item, t, and its value in the account, fen.
    fn carbon_item(&self, physical: &Table, gep: &Table) -> Result<Vec<GepCarbon>, Findings> {
        let (tonne, carbon) = (self.unit("t[CO2]")?, self.unit("t[C]")?);
        // Carbon dioxide of a mass of carbon.
        let ratio = Rational::new(44.into(), 12.into());
        let (codes, items) = (gep.texts("region_code")?, gep.texts("item")?);
        let fen = gep.integers("value_fen")?;
        let mut all: BTreeMap<String, GepCarbon> = BTreeMap::new();
        let entry = |region: &str| GepCarbon {
            run_id: self.run_id.to_owned(),
            region: region.to_owned(),
            year: self.year,
            method: String::new(),
            fixed_t: None,
            value_fen: None,
        };
        for row in (0..codes.len()).filter(|row| items[*row] == CARBON_ITEM) {
            let own = all.entry(codes[row].to_owned());
            own.or_insert_with(|| entry(codes[row])).value_fen = fen[row];
        }
        let (codes, classes) = (physical.texts("region_code")?, physical.texts("class")?);
        let (indicators, outputs) = (physical.texts("indicator")?, physical.texts("output")?);
        let methods = physical.texts("method_id")?;
        let (units, values) = (physical.texts("unit")?, physical.quantities("value")?);
        for row in 0..codes.len() {
            let is_item = indicators[row] == CARBON_ITEM && outputs[row] == "quantity";
            if !is_item || classes[row] != ALL_CLASSES {
                continue;
            }
            let unit = self.unit(units[row])?;
            let told_as_carbon = unit.same_dimension(&carbon);
            if !told_as_carbon && !unit.same_dimension(&tonne) {
                let found = format!("{CARBON_ITEM}: {}", units[row]);
                return Err((self.broken)(found).into());
            }
            let value = values[row].map(|own| {
                let own = Rational::new(own.into(), 1_000_000.into());
                match told_as_carbon {
                    true => carbon.from_coherent(&unit.to_coherent(&own)) * &ratio,
                    false => tonne.from_coherent(&unit.to_coherent(&own)),
                }
            });
            let own = all.entry(codes[row].to_owned());
            let own = own.or_insert_with(|| entry(codes[row]));
            own.fixed_t = value;
            own.method = methods[row].to_owned();
        }
        Ok(all.into_values().collect())
    }
}
