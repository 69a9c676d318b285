//! The tables of a run (docs/tables.md), from finished rows.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, quanta};
use gep_core::storage::number_id;

use super::parquet::{Column, ColumnData};
use super::schemas::{GEP, Kind, PHYSICAL, QUANTITY_SCALE, RATIOS, Schema, VALUE};
use crate::account::{Amount, Ratio, RegionLevel};

/// A table with its name.
#[derive(Clone, Debug)]
pub struct NamedTable {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A table being filled row by row with texts, decimals and ratios.
pub struct TableBuilder {
    schema: &'static Schema,
    cells: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text.
    Text(String),
    /// Unscaled decimal; missing if `None`.
    Decimal(Option<i128>),
    /// Count.
    Count(u64),
    /// Ratio; missing if `None`.
    Ratio(Option<f64>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i128> for Cell {
    fn from(number: i128) -> Self {
        Self::Decimal(Some(number))
    }
}

impl TableBuilder {
    /// Starts a table.
    pub fn new(schema: &'static Schema) -> Self {
        Self {
            schema,
            cells: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has another number of cells than there are columns: our own mistake.
    pub fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.schema.columns.len());
        self.cells.push(cells);
    }

    /// Finishes the table.
    pub fn finish(self) -> NamedTable {
        let columns = self
            .schema
            .columns
            .iter()
            .enumerate()
            .map(|(at, (name, kind))| {
                let cells = self.cells.iter().map(|row| &row[at]);
                let data = match kind {
                    Kind::Text => ColumnData::Text(cells.map(text_of).collect()),
                    Kind::Decimal(scale) => {
                        ColumnData::Decimal(cells.map(decimal_of).collect(), *scale)
                    }
                    Kind::Count => ColumnData::Count(cells.map(count_of).collect()),
                    Kind::Ratio => ColumnData::Ratio(cells.map(ratio_of).collect()),
                };
                Column::new(*name, data)
            })
            .collect();
        NamedTable {
            name: self.schema.name,
            columns,
        }
    }
}

fn text_of(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn decimal_of(cell: &Cell) -> Option<i128> {
    match cell {
        Cell::Decimal(number) => *number,
        _ => None,
    }
}

fn count_of(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::Count(number) => Some(*number),
        _ => None,
    }
}

fn ratio_of(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Ratio(number) => *number,
        _ => None,
    }
}

/// Returns a number times 10^`digits` as an integer; `None` if it is missing or
/// does not fit.
pub fn scaled(value: Option<&Rational>, digits: u32) -> Option<i128> {
    let step = Rational::new(1.into(), 10_i64.pow(digits).into());
    quanta(value?, &step).try_into().ok()
}

/// What every table needs to know about regions.
pub struct RegionFacts<'a> {
    /// Level of each region.
    pub levels: &'a BTreeMap<String, RegionLevel>,
    /// Area of each region, mm2.
    pub areas_mm2: &'a BTreeMap<String, i128>,
}

impl RegionFacts<'_> {
    pub(super) fn level(&self, code: &str) -> &'static str {
        self.levels.get(code).map_or("", |level| level.word())
    }
}

fn partial(amount: &Amount) -> &'static str {
    if amount.partial() { "yes" } else { "no" }
}

/// Lays out the physical account.
pub fn physical_table(amounts: &[Amount], facts: &RegionFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&PHYSICAL);
    for amount in amounts.iter().filter(|amount| !amount.money) {
        let mut cells = key_cells(amount, facts);
        cells.push(Cell::Decimal(scaled(
            amount.value.as_ref(),
            QUANTITY_SCALE.unsigned_abs().into(),
        )));
        cells.push(amount.unit.as_str().into());
        cells.extend(state_cells(amount));
        cells.push(amount_id("physical", amount, "value").into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out the value account.
pub fn value_table(amounts: &[Amount], facts: &RegionFacts<'_>, price_year: &str) -> NamedTable {
    let mut table = TableBuilder::new(&VALUE);
    for amount in amounts.iter().filter(|amount| amount.money) {
        let mut cells = key_cells(amount, facts);
        cells.push(Cell::Decimal(scaled(amount.value.as_ref(), 2)));
        cells.push(price_year.into());
        cells.extend(state_cells(amount));
        cells.push(amount_id("value", amount, "value_fen").into());
        table.row(cells);
    }
    table.finish()
}

fn key_cells(amount: &Amount, facts: &RegionFacts<'_>) -> Vec<Cell> {
    let key = &amount.key;
    vec![
        key.region.as_str().into(),
        key.class.as_str().into(),
        key.indicator.as_str().into(),
        key.output.as_str().into(),
        key.item.as_str().into(),
        facts.level(&key.region).into(),
        amount.method.as_str().into(),
    ]
}

fn state_cells(amount: &Amount) -> [Cell; 6] {
    [
        Cell::Ratio(amount.coverage()),
        partial(amount).into(),
        amount.missing.join(" ").into(),
        amount.state.word().into(),
        amount.state.reason().into(),
        amount.trust.word().into(),
    ]
}

fn amount_id(table: &str, amount: &Amount, measure: &str) -> String {
    let key = &amount.key;
    let keys = [
        &key.region,
        &key.class,
        &key.indicator,
        &key.output,
        &key.item,
    ]
    .map(String::as_str);
    number_id(table, &keys, measure)
}

/// Lays out GEP, its groups and indicators.
pub fn gep_table(
    totals: &[Amount],
    facts: &RegionFacts<'_>,
    kind_of: impl Fn(&str) -> &'static str,
) -> NamedTable {
    let mut table = TableBuilder::new(&GEP);
    for amount in totals {
        let (region, item) = (amount.key.region.as_str(), amount.key.indicator.as_str());
        let fen = scaled(amount.value.as_ref(), 2);
        let area = facts
            .areas_mm2
            .get(region)
            .copied()
            .filter(|area| *area > 0);
        let per_km2 = fen.zip(area).and_then(|(fen, area)| {
            // fen / (mm2 / 10^12 mm2 a km2), halves away from zero.
            let exact = Rational::new(fen.into(), area.into())
                * Rational::from_integer(1_000_000_000_000_i64.into());
            scaled(Some(&exact), 0)
        });
        let mut cells: Vec<Cell> = vec![
            region.into(),
            item.into(),
            facts.level(region).into(),
            kind_of(item).into(),
        ];
        cells.push(Cell::Decimal(fen));
        cells.push(Cell::Decimal(per_km2));
        cells.extend(state_cells(amount));
        cells.push(number_id("gep", &[region, item], "value_fen").into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out shares and densities with their parts.
pub fn ratios_table(ratios: &[Ratio]) -> NamedTable {
    let mut table = TableBuilder::new(&RATIOS);
    for ratio in ratios {
        let number = |value: Option<i128>| Cell::Decimal(value);
        table.row(vec![
            ratio.region.as_str().into(),
            ratio.measure.into(),
            ratio.item.as_str().into(),
            number(ratio.numerator.amount),
            number(ratio.denominator.amount),
            number(ratio.scaled()),
            ratio.unit.into(),
            ratio.numerator.number_id.as_str().into(),
            ratio.denominator.number_id.as_str().into(),
            ratio.number_id().into(),
        ]);
    }
    table.finish()
}
