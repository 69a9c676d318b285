//! Department workbooks (`.xlsx`, `.csv`), read by declaration.
//!
//! The project file names the sheet, the header of the code column and the
//! header and unit of every value column. Nothing is guessed from positions: the
//! header row is the one in which the declared texts stand, the unit is the one
//! in the header's brackets (else of its group, of a row of units, of the corner), a merged cell gives its text only to the cells of
//! its own range, and a cell without a number is missing in a named way, never
//! zero. All problems of a kind are listed with their cells.
//!
//! Numbers: a spreadsheet stores numeric cells as 64-bit binary floating point.
//! The decimal taken is the shortest one that reads back as the same stored
//! number, which is the number typed in for up to 15 digits; a computed cell may
//! show digits the screen hides (0.1 + 0.2 gives 0.30000000000000004). Text
//! cells are read from their spelling and never pass through floating point.
//! Formulas are not executed: the value stored with them is taken, and one
//! without a stored value is refused.

mod adjustments;
mod csv_file;
mod header;
mod number;
mod rows;
mod sheet;
mod sums;
#[cfg(test)]
mod tests;
mod units;

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::Rational;

pub use adjustments::{Adjustment, read_adjustments};
pub use number::Missing;
pub(crate) use number::narrow;
pub use units::{PrintedUnits, printed_scale};

/// Which sheet to read and how its columns are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetDeclaration {
    /// The name of the sheet, as its tab shows it.
    pub sheet: String,
    /// The header of the column of region codes, such as `行政区划代码`.
    pub key: String,
    /// The header of a column that splits a region's rows (ecosystem class,
    /// product), if there is one.
    pub row_item: Option<String>,
    /// The columns of values.
    pub columns: Vec<ColumnDeclaration>,
    /// Units that headers print, by which multiples are converted.
    pub printed_units: PrintedUnits,
    /// Encoding of a CSV that is not UTF-8: `gb18030`.
    pub encoding: Option<String>,
}

/// One column of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDeclaration {
    /// The name of the input the values are given to.
    pub input: String,
    /// The item the whole column belongs to, such as the pollutant.
    pub item: Option<String>,
    /// The header's text without its bracketed unit.
    pub header: String,
    /// The unit as the header's brackets print it, such as `吨`.
    pub header_unit: String,
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellValue {
    /// A number, as exact decimal text: digits, at most one `-` and one `.`.
    Number(String),
    /// No number, and why.
    Missing(Missing),
}

/// One value with the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetValue {
    /// The region code, as text.
    pub code: String,
    /// The text of the row's item column, if one is declared.
    pub row_item: Option<String>,
    /// The input the value belongs to.
    pub input: String,
    /// The item of the column, if declared.
    pub item: Option<String>,
    /// The number or the kind of missing, as the cell has it.
    pub value: CellValue,
    /// By what the number is multiplied to be in the declared unit, if the sheet has
    /// another.
    pub factor: Option<Rational>,
    /// The cell's address, such as `C14`.
    pub cell: String,
}

/// A row recognised by its label as a sum of others (`合计`, `小计`, `总计`); it
/// is not among the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumRow {
    /// The row's number, counted from 1.
    pub row: u32,
    /// The label that told it.
    pub label: String,
}

/// The values of one sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetTable {
    /// Every region's values, in the order of rows, then of declared columns.
    pub values: Vec<SheetValue>,
    /// Cells of known regions that were refused: code, input and item.
    pub wrong: Vec<(String, String, Option<String>)>,
    /// Rows of sums, left out.
    pub sum_rows: Vec<SumRow>,
    /// What the reader should know: sum rows left out, numbers stored as text,
    /// merged codes carried down, regions without a row.
    pub warnings: Vec<Finding>,
}

/// Reads one sheet of a workbook.
///
/// `codes` are the region codes of the run: a row with another code is an error,
/// a code without a row a warning.
///
/// # Errors
///
/// Every problem of the sheet: a file or sheet that cannot be read, headers or
/// units that are not as declared, cells that are no numbers, codes that are
/// unknown or stand twice.
pub fn read_sheet(
    path: &Path,
    declaration: &SheetDeclaration,
    codes: &BTreeSet<String>,
) -> Result<SheetTable, Findings> {
    let (table, errors) = survey_sheet(path, declaration, codes);
    if errors.is_empty() {
        Ok(table)
    } else {
        Err(Findings(errors))
    }
}

/// Reads what can be read of a sheet, and returns its errors beside it: a wrong
/// header or cell hides no other.
pub fn survey_sheet(
    path: &Path,
    declaration: &SheetDeclaration,
    codes: &BTreeSet<String>,
) -> (SheetTable, Vec<Finding>) {
    let is_csv = path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
    let encoding = declaration.encoding.as_deref();
    let opened = match is_csv {
        true => csv_file::open(path, &declaration.sheet, encoding),
        false => sheet::Sheet::open(path, &declaration.sheet),
    };
    let sheet = match opened {
        Ok(sheet) => sheet,
        Err(findings) => return (SheetTable::default(), findings.0),
    };
    let (header, mut errors) = header::Header::find(&sheet, declaration);
    let Some(header) = header else {
        return (SheetTable::default(), errors);
    };
    let (table, more) = rows::read(&sheet, declaration, &header, codes);
    errors.extend(more);
    (table, errors)
}
