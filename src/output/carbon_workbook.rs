//! The carbon books as a workbook in the layout of inventory reports: a summary by section
//! and category with live totals, views, indicators, targets, energy balances, sinks, net
//! positions, key categories, peaks. It computes
//! nothing: a formula carries the result the tables have.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

/// A sheet as it is to be written.
#[derive(Clone, Debug, Default)]
pub struct BookSheet {
    /// Name of the sheet.
    pub name: String,
    /// Heading: what, where, when.
    pub title: String,
    /// Unit of the numbers, if there is one.
    pub unit: String,
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<BookCell>>,
    /// What stands below.
    pub notes: Vec<String>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum BookCell {
    /// A text.
    Text(String),
    /// A number with its digits after the point.
    Number(f64, u8),
    /// The sum of the rows above of this column, from a row of the sheet's rows to the one
    /// before this, with the result the tables have. Rows are counted from 0.
    Sum {
        /// Rows that are added.
        rows: Vec<usize>,
        /// What they come to.
        result: f64,
        /// Digits after the point.
        digits: u8,
    },
    /// Cells of the same row added and taken off, with the result the tables have. Columns
    /// are counted from 0.
    Across {
        /// Columns that are added.
        plus: Vec<usize>,
        /// Columns that are taken off.
        minus: Vec<usize>,
        /// What they come to.
        result: f64,
        /// Digits after the point.
        digits: u8,
    },
    /// No number; what is missing is told in words.
    Missing,
}

/// First row of data, counted from 0: title, unit and heads stand above.
const FIRST: u32 = 3;

/// Returns the workbook's bytes; the same sheets give the same bytes.
///
/// # Errors
///
/// A name no sheet may have.
pub fn carbon_workbook(sheets: &[BookSheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    for sheet in sheets {
        write_sheet(book.add_worksheet(), sheet)?;
    }
    book.save_to_buffer()
}

fn write_sheet(page: &mut Worksheet, sheet: &BookSheet) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_font_size(14);
    let right = Format::new().set_align(FormatAlign::Right);
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_background_color("#E8EEF4")
        .set_border(FormatBorder::Thin);
    page.set_name(&sheet.name)?.set_freeze_panes(FIRST, 1)?;
    page.write_string_with_format(0, 0, &sheet.title, &bold)?;
    let last = u16::try_from(sheet.heads.len().saturating_sub(1)).unwrap_or(0);
    page.write_string_with_format(1, last, &sheet.unit, &right)?;
    for (column, text) in (0_u16..).zip(&sheet.heads) {
        page.set_column_width(column, if column == 0 { 26 } else { 18 })?;
        page.write_string_with_format(FIRST - 1, column, text, &head)?;
    }
    for (row, cells) in (FIRST..).zip(&sheet.rows) {
        let total = cells
            .iter()
            .any(|cell| matches!(cell, BookCell::Sum { .. }));
        for (column, cell) in (0_u16..).zip(cells) {
            write_cell(page, (row, column), cell, total)?;
        }
    }
    let below = FIRST + u32::try_from(sheet.rows.len()).unwrap_or(0) + 1;
    for (row, note) in (below..).zip(&sheet.notes) {
        page.write_string(row, 0, note)?;
    }
    Ok(())
}

fn write_cell(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &BookCell,
    total: bool,
) -> Result<(), XlsxError> {
    let mut format = Format::new().set_border(FormatBorder::Thin);
    if total {
        format = format.set_bold();
    }
    let numbers = |digits: u8| {
        let places = "0".repeat(digits.into());
        let point = if digits == 0 { "" } else { "." };
        format
            .clone()
            .set_num_format(format!("#,##0{point}{places}"))
    };
    match cell {
        BookCell::Text(text) => page.write_string_with_format(row, column, text, &format)?,
        BookCell::Number(number, digits) => {
            page.write_number_with_format(row, column, *number, &numbers(*digits))?
        }
        BookCell::Missing => {
            let missing = format.set_align(FormatAlign::Right);
            page.write_string_with_format(row, column, "缺", &missing)?
        }
        BookCell::Sum {
            rows,
            result,
            digits,
        } => {
            let letter = rust_xlsxwriter::utility::column_number_to_name(column);
            let cells: Vec<String> = rows
                .iter()
                .map(|own| format!("{letter}{}", FIRST as usize + own + 1))
                .collect();
            let formula =
                Formula::new(format!("=SUM({})", cells.join(","))).set_result(result.to_string());
            page.write_formula_with_format(row, column, formula, &numbers(*digits))?
        }
        BookCell::Across {
            plus,
            minus,
            result,
            digits,
        } => {
            let signed = plus.iter().map(|own| ('+', own));
            let signed = signed.chain(minus.iter().map(|own| ('-', own)));
            let terms: String = signed
                .map(|(sign, own)| {
                    let column = u16::try_from(*own).unwrap_or(0);
                    let letter = rust_xlsxwriter::utility::column_number_to_name(column);
                    format!("{sign}{letter}{}", row + 1)
                })
                .collect();
            let formula = Formula::new(format!("={}", terms.trim_start_matches('+')));
            let formula = formula.set_result(result.to_string());
            page.write_formula_with_format(row, column, formula, &numbers(*digits))?
        }
    };
    Ok(())
}
