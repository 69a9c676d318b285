//! Level 3 of the carbon books: key categories by trend and the uncertainty of totals are
//! computed again from the inventory, and drawn again with the same seed.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, parse_decimal};

use super::tables::Table;
use super::verify::Ledger;
use crate::carbon::{Draws, EmissionRow, key_trends, total_uncertainties};
use crate::output::{
    CARBON_UNCERTAINTY, EMISSIONS, KEY_CATEGORY_TRENDS, NamedTable, carbon_uncertainty_table,
    key_category_trends_table, parquet_bytes,
};

/// Computes both tables again and compares their bytes.
///
/// # Errors
///
/// If a table cannot be read.
pub(super) fn check(folder: &Path, ledger: &mut Ledger) -> Result<(), Findings> {
    let rows = direct_rows(&Table::read(folder, &EMISSIONS)?);
    let written = Table::read(folder, &CARBON_UNCERTAINTY)?;
    let term = |name: &str| {
        let row = (0..written.rows()).next()?;
        written.text(name, row).parse().ok()
    };
    let draws = term("seed").zip(term("draws"));
    let draws = draws.and_then(|(seed, draws)| {
        let draws = usize::try_from(draws).ok()?;
        Some(Draws { seed, draws })
    });
    let found = match draws {
        Some(draws) => total_uncertainties(rows.iter(), draws),
        None => Vec::new(),
    };
    let written = Table::read(folder, &KEY_CATEGORY_TRENDS)?;
    let percent = (0..written.rows()).next();
    let percent = percent.and_then(|row| parse_decimal(written.text("threshold_percent", row)));
    let hundred = Rational::from_integer(100.into());
    let threshold = percent.map_or(hundred.clone(), |own| own) / hundred;
    let trends = key_trends(rows.iter(), &threshold);
    let tables = [
        (&CARBON_UNCERTAINTY, carbon_uncertainty_table(&found, draws)),
        (
            &KEY_CATEGORY_TRENDS,
            key_category_trends_table(&trends, &threshold),
        ),
    ];
    for (schema, table) in tables {
        ledger.count("recomputed tables", 1);
        let bytes = std::fs::read(folder.join(schema.path())).unwrap_or_default();
        if encoded(&table).is_none_or(|own| own != bytes) {
            ledger.differ(
                "verify-carbon-uncertainty",
                schema,
                String::new(),
                "computed again from `emissions`",
                table.name,
            );
        }
    }
    Ok(())
}

fn encoded(table: &NamedTable) -> Option<Vec<u8>> {
    let metadata = [("gep.table".to_owned(), table.name.to_owned())];
    parquet_bytes(&table.columns, &metadata).ok()
}

/// The rows of direct emissions, with what uncertainty and trends are made of.
fn direct_rows(table: &Table) -> Vec<EmissionRow> {
    let co2e = table.amounts("co2e_g");
    let row = |row: usize| {
        let text = |name: &str| table.text(name, row).to_owned();
        let percent = parse_decimal(table.text("activity_uncertainty_percent", row));
        let hundred = Rational::from_integer(100.into());
        Some(EmissionRow {
            region: text("region_code"),
            year: text("year").parse().ok()?,
            category: text("category"),
            method: text("method_id"),
            item: text("item"),
            gas: text("gas"),
            notation: "",
            amount_g: None,
            co2e_g: co2e[row],
            warming: None,
            uncertainty: percent.map(|own| own / hundred),
            trust: None,
            missing: BTreeSet::new(),
            leaves: Vec::new(),
        })
    };
    let direct = (0..table.rows()).filter(|row| table.text("scope", *row) == "1");
    direct.filter_map(row).collect()
}
