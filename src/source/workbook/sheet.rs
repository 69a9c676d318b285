//! The cells and merged ranges of one sheet, read within limits.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use calamine::{DataRef, Dimensions, Reader, Xlsx};
use gep_core::diagnostic::{Finding, Findings};

/// Largest workbook accepted, packed: county workbooks have some 100 kB.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// Largest workbook accepted, unpacked: a small file can hold gigabytes of zeros.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;
/// Most cells read of one sheet.
pub(super) const MAX_CELLS: usize = 2_000_000;

/// What a cell holds, without the library's types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A numeric cell.
    Stored(f64),
    /// A text cell.
    Text(String),
    /// An error such as `#REF!`.
    Error(String),
    /// A formula without a stored value.
    NoStoredValue,
    /// A formula that reads another workbook.
    ExternalLink,
    /// A day, as `2026-03-31`.
    Date(String),
    /// A time or a truth value: what it is.
    Other(&'static str),
}

/// Cells by (row, column), counted from 0; empty cells are absent.
pub(super) struct Sheet {
    pub(super) file: String,
    pub(super) name: String,
    cells: BTreeMap<(u32, u32), Content>,
    merged: Vec<Dimensions>,
    /// Whether every cell is a text, as in a CSV.
    pub(super) texts: bool,
}

impl Sheet {
    /// Opens a workbook and reads one of its sheets.
    pub(super) fn open(path: &Path, name: &str) -> Result<Self, Findings> {
        let file = path.display().to_string();
        let bytes = read_file(path, &file)?;
        let mut unpacked = MAX_UNPACKED_BYTES;
        check_unpacked(&bytes, &mut unpacked).map_err(|finding| finding.file(&file))?;
        let unreadable = |error: &dyn std::fmt::Display| {
            Findings::from(
                Finding::error("workbook-unreadable")
                    .file(&file)
                    .arg("detail", error),
            )
        };
        let mut book: Xlsx<_> =
            Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        let names = book.sheet_names();
        if !names.iter().any(|known| known == name) {
            return Err(Finding::error("workbook-sheet-missing")
                .file(&file)
                .arg("sheet", name)
                .arg("sheets", names.join("、"))
                .into());
        }
        let merged = book
            .merge_cells_by_sheet_name(name)
            .map_err(|error| unreadable(&error))?;
        let mut cells = BTreeMap::new();
        let mut reader = book
            .worksheet_cells_reader(name)
            .map_err(|error| unreadable(&error))?;
        while let Some(cell) = reader
            .next_cell_with_formula()
            .map_err(|error| unreadable(&error))?
        {
            if let Some(content) = content(&cell.value, cell.formula.as_deref()) {
                cells.insert(cell.pos, content);
            }
            if cells.len() > MAX_CELLS {
                return Err(too_large("cells", MAX_CELLS as u64).file(&file).into());
            }
        }
        Ok(Self {
            file,
            name: name.to_string(),
            cells,
            merged,
            texts: false,
        })
    }

    /// Makes a sheet of texts.
    pub(super) fn of_texts(
        file: String,
        name: String,
        cells: BTreeMap<(u32, u32), Content>,
    ) -> Self {
        Self {
            file,
            name,
            cells,
            merged: Vec::new(),
            texts: true,
        }
    }

    /// Returns the last column of a row that a reader of the page sees something in.
    pub(super) fn last_column(&self, row: u32) -> u32 {
        let own = self.row(row).map(|(column, _)| column).max();
        let merged = self.merged.iter();
        let merged = merged.filter(|range| (range.start.0..=range.end.0).contains(&row));
        let merged = merged.map(|range| range.end.1).max();
        own.max(merged).unwrap_or(0)
    }

    /// Returns what stands in the cell itself.
    pub(super) fn cell(&self, row: u32, column: u32) -> Option<&Content> {
        self.cells.get(&(row, column))
    }

    /// Returns what a reader of the page sees at this place: the cell, or the
    /// first cell of the merged range it lies in.
    pub(super) fn seen(&self, row: u32, column: u32) -> Option<&Content> {
        match self.merge_of(row, column) {
            Some(range) => self.cells.get(&range.start),
            None => self.cell(row, column),
        }
    }

    /// Returns the merged range of more than one cell that holds this place.
    pub(super) fn merge_of(&self, row: u32, column: u32) -> Option<&Dimensions> {
        self.merged.iter().find(|range| {
            range.start != range.end
                && (range.start.0..=range.end.0).contains(&row)
                && (range.start.1..=range.end.1).contains(&column)
        })
    }

    /// Returns the rows that have cells, in order.
    pub(super) fn rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.cells.keys().map(|(row, _)| *row).collect();
        rows.dedup();
        rows
    }

    /// Returns the cells of one row, in order of columns.
    pub(super) fn row(&self, row: u32) -> impl Iterator<Item = (u32, &Content)> {
        self.cells
            .range((row, 0)..=(row, u32::MAX))
            .map(|((_, column), content)| (*column, content))
    }

    /// Starts an error about this sheet.
    pub(super) fn error(&self, code: &'static str) -> Finding {
        Finding::error(code)
            .file(&self.file)
            .place(format!("{}!", self.name))
            .arg("sheet", &self.name)
    }

    /// Starts a warning about this sheet.
    pub(super) fn warning(&self, code: &'static str) -> Finding {
        Finding::warning(code)
            .file(&self.file)
            .place(format!("{}!", self.name))
            .arg("sheet", &self.name)
    }
}

pub(super) fn read_file(path: &Path, file: &str) -> Result<Vec<u8>, Findings> {
    let failed = |error: std::io::Error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        Findings::from(
            Finding::error("workbook-unreadable")
                .file(file)
                .arg("detail", error)
                .exit(if missing { 66 } else { 74 }),
        )
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(failed)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large("bytes", MAX_FILE_BYTES).file(file).into());
    }
    Ok(bytes)
}

/// Unpacks every part into nothing, so that the true size is known before a
/// parser allocates for it; the sizes a file declares need not be true.
fn check_unpacked(bytes: &[u8], allowance: &mut u64) -> Result<(), Finding> {
    let unreadable =
        |error: &dyn std::fmt::Display| Finding::error("workbook-unreadable").arg("detail", error);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| unreadable(&e))?;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|e| unreadable(&e))?;
        let read = std::io::copy(&mut part.take(*allowance + 1), &mut std::io::sink())
            .map_err(|e| unreadable(&e))?;
        match allowance.checked_sub(read) {
            Some(rest) => *allowance = rest,
            None => return Err(too_large("unpacked bytes", MAX_UNPACKED_BYTES)),
        }
    }
    Ok(())
}

pub(super) fn too_large(what: &str, limit: u64) -> Finding {
    Finding::error("workbook-too-large")
        .arg("what", what)
        .arg("limit", limit)
}

fn content(value: &DataRef<'_>, formula: Option<&str>) -> Option<Content> {
    if formula.is_some_and(reads_another_workbook) {
        return Some(Content::ExternalLink);
    }
    let text = |text: &str| {
        (!text.is_empty())
            .then(|| Content::Text(text.to_string()))
            .or_else(|| formula.map(|_| Content::NoStoredValue))
    };
    match value {
        DataRef::Int(number) => Some(Content::Text(number.to_string())),
        DataRef::Float(number) => Some(Content::Stored(*number)),
        DataRef::String(string) => text(string),
        DataRef::SharedString(string) => text(string),
        DataRef::Bool(_) => Some(Content::Other("TRUE/FALSE")),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Some(Content::Date(format!("{year:04}-{month:02}-{day:02}")))
        }
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => {
            Some(Content::Other("date"))
        }
        DataRef::Error(error) => Some(Content::Error(error.to_string())),
        DataRef::Empty => formula.map(|_| Content::NoStoredValue),
    }
}

/// Tells whether a formula names another workbook: `[1]Sheet!A1` or
/// `'[book.xlsx]Sheet'!A1`; a table column `Table1[x]` has a name before it.
fn reads_another_workbook(formula: &str) -> bool {
    formula.match_indices('[').any(|(at, _)| {
        let before = formula[..at].chars().next_back();
        let inside = formula[at + 1..].split(']').next().unwrap_or("");
        let outside_name = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '[');
        let book = inside.bytes().all(|b| b.is_ascii_digit()) || inside.contains(".xls");
        outside_name && !inside.is_empty() && book
    })
}

/// Returns the address of a cell counted from 0, such as `C14`.
pub(super) fn address(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect::<String>() + &(row + 1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns count A to Z, AA to ZZ, AAA.
    #[test]
    fn addresses_are_those_the_spreadsheet_shows() {
        assert_eq!(address(0, 0), "A1");
        assert_eq!(address(13, 25), "Z14");
        assert_eq!(address(13, 26), "AA14");
        assert_eq!(address(0, 701), "ZZ1");
        assert_eq!(address(0, 702), "AAA1");
    }

    /// A link to another book is told from a table column.
    #[test]
    fn external_links_are_recognised() {
        assert!(reads_another_workbook("[1]产量!B7"));
        assert!(reads_another_workbook("SUM('[产量.xlsx]2024'!B2:B9)"));
        assert!(!reads_another_workbook("SUM(Table1[grain])"));
        assert!(!reads_another_workbook("B2*1.5"));
    }
}
