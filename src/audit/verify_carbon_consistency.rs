//! Level 2 of the carbon books: the carbon item of a GEP account beside the books follows
//! from its own columns and from the tables of sinks and net positions.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, round_to};

use super::tables::Table;
use super::verify::Ledger;
use crate::output::{CARBON_CONSISTENCY, CARBON_SCALE, NET_POSITION, SINKS};

/// Checks every row.
///
/// # Errors
///
/// If a table cannot be read.
pub(super) fn check(folder: &Path, ledger: &mut Ledger) -> Result<(), Findings> {
    let table = Table::read(folder, &CARBON_CONSISTENCY)?;
    let (sinks, net) = (
        Table::read(folder, &SINKS)?,
        Table::read(folder, &NET_POSITION)?,
    );
    let sold = net.amounts("sold_g");
    let sold = (0..net.rows()).map(|row| (place(&net, row), sold[row]));
    let books = Beside {
        gross: sums(&sinks, |row| sinks.text("kind", row) == "gross_fixation"),
        stocks: sums(&sinks, |row| sinks.text("meets_emissions", row) == "yes"),
        sold: sold.collect(),
    };
    for row in 0..table.rows() {
        ledger.count("consistency", 1);
        let (expected, found) = (books.expected(&table, row), found(&table, row));
        if expected != found {
            let (region, year) = place(&table, row);
            ledger.differ(
                "verify-carbon-consistency",
                table.schema,
                format!("{region}, {year}"),
                format!("{expected:?}"),
                format!("{found:?}"),
            );
        }
    }
    Ok(())
}

type Place<'a> = (&'a str, &'a str);
/// Gross fixation, difference, net change, its share, units sold, and where it is priced.
type Row = ([Option<i128>; 5], String);

fn place(table: &Table, row: usize) -> Place<'_> {
    (table.text("region_code", row), table.text("year", row))
}

fn amount(table: &Table, name: &str, row: usize) -> Option<i128> {
    table.amount(name, row).flatten()
}

fn found(table: &Table, row: usize) -> Row {
    let columns = [
        "gross_fixation_t",
        "difference_t",
        "net_stock_change_t",
        "net_share_percent",
        "sold_g",
    ];
    let own = columns.map(|name| amount(table, name, row));
    (own, table.text("priced", row).to_owned())
}

/// What the other tables say of a region and year.
struct Beside<'a> {
    gross: BTreeMap<Place<'a>, Option<i128>>,
    stocks: BTreeMap<Place<'a>, Option<i128>>,
    sold: BTreeMap<Place<'a>, Option<i128>>,
}

impl Beside<'_> {
    fn expected(&self, table: &Table, row: usize) -> Row {
        let there =
            |of: &BTreeMap<Place<'_>, Option<i128>>| of.get(&place(table, row)).copied().flatten();
        let fixed = amount(table, "gep_fixed_t", row);
        let (gross, stocks, sold) = (there(&self.gross), there(&self.stocks), there(&self.sold));
        let in_gep = amount(table, "gep_value_fen", row).is_some_and(|fen| fen != 0);
        let in_units = sold.is_some_and(|grams| grams != 0);
        let priced = match (in_gep, in_units) {
            (false, false) => "nowhere",
            (true, false) => "gep",
            (false, true) => "units",
            (true, true) => "both",
        };
        let difference = fixed.zip(gross).map(|(gep, own)| gep - own);
        let numbers = [gross, difference, stocks, percent(stocks, fixed), sold];
        (numbers, priced.to_owned())
    }
}

/// Sums of sinks in carbon dioxide by region and year; missing if a member is.
fn sums(sinks: &Table, counts: impl Fn(usize) -> bool) -> BTreeMap<Place<'_>, Option<i128>> {
    let values = sinks.amounts("value");
    let mut all: BTreeMap<Place<'_>, Option<i128>> = BTreeMap::new();
    let of_carbon = |row: &usize| sinks.text("unit", *row) == "t[CO2]" && counts(*row);
    for row in (0..sinks.rows()).filter(of_carbon) {
        let sum = all.entry(place(sinks, row)).or_insert(Some(0));
        *sum = sum.zip(values[row]).map(|(a, b)| a + b);
    }
    all
}

/// One number as a share of another in per cent, as printed.
fn percent(above: Option<i128>, below: Option<i128>) -> Option<i128> {
    let (above, below) = above.zip(below.filter(|own| *own != 0))?;
    let share = Rational::new((above * 100).into(), below.into());
    let digits = u32::from(CARBON_SCALE.unsigned_abs());
    let step = Rational::new(1.into(), 10_i64.pow(digits).into());
    let printed = round_to(&share, &step) / step;
    i128::try_from(printed.to_integer()).ok()
}
