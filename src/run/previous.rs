//! Tables of the previous run, for checks of what changed since.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Figure;
use gep_core::quantity::Rational;

use super::account::Prepared;
use crate::account::ALL_CLASSES;
use crate::output::{Column, ColumnData, read_parquet};

/// Reads the tables the project names; their series begin with `previous.`. A table
/// of values tells the price year of a table `gep`.
pub(super) fn read_previous(prepared: &Prepared) -> Result<Vec<Figure>, Findings> {
    let mut figures = Vec::new();
    let mut tables = Vec::new();
    for relative in &prepared.project.checks.previous {
        let path = prepared.project.file(relative);
        let fault = |error: String| {
            Finding::error("previous-unreadable")
                .file(path.display())
                .arg("error", error)
        };
        let columns = read_parquet(&path).map_err(fault)?;
        tables.push((path.clone(), columns));
    }
    let price_year = tables.iter().find_map(|(_, columns)| {
        let years = texts(columns, "price_year")?;
        years.iter().flatten().next().cloned()
    });
    for (path, columns) in &tables {
        let read = table(prepared, path, columns, price_year.as_deref());
        figures.extend(read.map_err(|error| {
            Finding::error("previous-unreadable")
                .file(path.display())
                .arg("error", error)
        })?);
    }
    Ok(figures)
}

fn texts<'a>(columns: &'a [Column], name: &str) -> Option<&'a [Option<String>]> {
    let column = columns.iter().find(|column| column.name == name)?;
    match &column.data {
        ColumnData::Text(texts) => Some(texts),
        _ => None,
    }
}

fn decimals(columns: &[Column], name: &str) -> Option<Vec<Option<Rational>>> {
    let column = columns.iter().find(|column| column.name == name)?;
    let ColumnData::Decimal(numbers, scale) = &column.data else {
        return None;
    };
    let power = Rational::from_integer(10_i128.pow(u32::from(scale.unsigned_abs())).into());
    let exact = |number: &i128| Rational::from_integer((*number).into()) / &power;
    Some(numbers.iter().map(|one| one.as_ref().map(exact)).collect())
}

fn table(
    prepared: &Prepared,
    path: &Path,
    columns: &[Column],
    price_year: Option<&str>,
) -> Result<Vec<Figure>, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = |column: &str| texts(columns, column).ok_or_else(|| column.to_owned());
    let number = |column: &str| decimals(columns, column).ok_or_else(|| column.to_owned());
    let regions = text("region_code")?;
    let per = |divisor: i64, all: Vec<Option<Rational>>| {
        let divisor = Rational::from_integer(divisor.into());
        let divided = all.into_iter().map(|one| one.map(|value| value / &divisor));
        divided.collect::<Vec<_>>()
    };
    let money = price_year.map(|year| format!("CNY@{year}"));
    let values = match name.as_ref() {
        "physical" => number("value")?,
        "value" | "gep" => per(100, number("value_fen")?),
        "extent" => per(1_000_000, number("area_mm2")?),
        other => return Err(other.to_owned()),
    };
    let mut figures = Vec::new();
    for (at, (region, value)) in regions.iter().zip(values).enumerate() {
        let cell = |column: &str| text(column).map(|all| all[at].clone().unwrap_or_default());
        let (series, class, item, unit) = match name.as_ref() {
            "extent" => (
                "area".to_owned(),
                cell("class")?,
                String::new(),
                "m2".to_owned(),
            ),
            "gep" => {
                let unit = money.clone().ok_or("price_year")?;
                let series = format!("total.{}", cell("item")?);
                (series, ALL_CLASSES.to_owned(), String::new(), unit)
            }
            _ => {
                let unit = match name.as_ref() {
                    "physical" => cell("unit")?,
                    _ => money.clone().ok_or("price_year")?,
                };
                let series = format!("{}.{}", cell("indicator")?, cell("output")?);
                (series, cell("class")?, cell("item")?, unit)
            }
        };
        let read = prepared.methodology.units.unit(&unit);
        figures.push(Figure {
            region: region.clone().unwrap_or_default(),
            class,
            item,
            series: format!("previous.{series}"),
            value,
            unit: read.map_err(|_| unit)?,
        });
    }
    Ok(figures)
}
