//! Blank forms for departments: one sheet an input, one row a county, the headers
//! protected, the cells of numbers free.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// One sheet of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormSheet {
    /// Name of the sheet.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// Headers: of the codes, of the names, then of the numbers with their units.
    pub headers: Vec<String>,
    /// What stands below the rows.
    pub note: String,
}

/// Row of the headers, counted from 0; the rows of counties follow.
const HEADER_ROW: u32 = 1;

/// Returns the workbook: a sheet that explains, then the forms. Codes and names are
/// texts, so that nothing in them is ever a formula.
///
/// # Errors
///
/// A name that no sheet may have.
pub fn form_workbook(
    notes: &[String],
    sheets: &[FormSheet],
    rows: &[(String, String)],
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A fixed date: the same forms are the same bytes.
    let date = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let about = book.add_worksheet();
    about.set_name("说明")?.protect().set_column_width(0, 90)?;
    for (row, note) in (0..).zip(notes) {
        about.write_string_with_format(row, 0, note, &plain)?;
    }
    for sheet in sheets {
        write_form(book.add_worksheet(), sheet, rows)?;
    }
    book.save_to_buffer()
}

fn write_form(
    page: &mut Worksheet,
    sheet: &FormSheet,
    rows: &[(String, String)],
) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_background_color("#E8EEF4")
        .set_border(FormatBorder::Thin);
    let fixed = Format::new().set_border(FormatBorder::Thin);
    let free = Format::new().set_unlocked().set_border(FormatBorder::Thin);
    page.set_name(&sheet.name)?
        .protect()
        .set_freeze_panes(HEADER_ROW + 1, 2)?
        .set_column_width(0, 14)?
        .set_column_width(1, 16)?;
    page.write_string_with_format(0, 0, &sheet.title, &bold)?;
    for (column, header) in (0_u16..).zip(&sheet.headers) {
        page.write_string_with_format(HEADER_ROW, column, header, &head)?;
        if column > 1 {
            page.set_column_width(column, 22)?;
        }
    }
    let mut row = HEADER_ROW;
    for (code, name) in rows {
        row += 1;
        page.write_string_with_format(row, 0, code, &fixed)?;
        page.write_string_with_format(row, 1, name, &fixed)?;
        for (column, _) in (2_u16..).zip(&sheet.headers[2..]) {
            page.write_blank(row, column, &free)?;
        }
    }
    page.write_string(row + 1, 0, &sheet.note)?;
    Ok(())
}
