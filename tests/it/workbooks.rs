//! Workbooks changed cell by cell, as a person would.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

/// What a test puts into a cell.
#[derive(Clone, Debug)]
pub enum Put {
    Blank,
    Text(&'static str),
}

/// Writes a workbook again with some cells changed: (sheet, row, column), from 0.
pub fn rewrite(path: &Path, change: impl Fn(&str, u32, u16) -> Option<Put>) {
    let bytes = fs::read(path).expect("workbook");
    let mut old: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("workbook");
    let mut new = Workbook::new();
    for name in old.sheet_names() {
        let range = old.worksheet_range(&name).expect("sheet");
        let page = new.add_worksheet();
        page.set_name(&name).expect("name");
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, cells) in range.rows().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let row = first_row + row as u32;
                let column = first_column as u16 + column as u16;
                match (change(&name, row, column), cell) {
                    (Some(Put::Blank), _) | (None, Data::Empty) => {}
                    (Some(Put::Text(text)), _) => {
                        page.write_string(row, column, text).expect("text");
                    }
                    (None, Data::Float(number)) => {
                        page.write_number(row, column, *number).expect("number");
                    }
                    (None, other) => {
                        page.write_string(row, column, other.to_string())
                            .expect("text");
                    }
                }
            }
        }
    }
    new.save(path).expect("workbook");
}

/// Fills the free cells of a form as a spreadsheet program would: only values are
/// added, everything else of the file stays as it is. `value` gets sheet name, row and
/// column from 0; returns how many cells were filled.
pub fn fill_form(path: &Path, value: impl Fn(&str, u32, u32) -> Option<String>) -> usize {
    let bytes = fs::read(path).expect("form");
    let book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).expect("form");
    let names = book.sheet_names();
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).expect("archive");
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut filled = 0;
    for index in 0..old.len() {
        let mut part = old.by_index(index).expect("part");
        let name = part.name().expect("name").to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).expect("text");
        if let Some(number) = name.strip_prefix("xl/worksheets/sheet") {
            let at: usize = number.trim_end_matches(".xml").parse().expect("number");
            let mut out = String::new();
            for piece in text.split_inclusive("/>") {
                // `<c r="C3" s="4"/>` is a formatted cell without a value.
                let blank = piece.rfind("<c r=\"").filter(|_| piece.ends_with("/>"));
                let cell = blank.map(|start| &piece[start..piece.len() - 2]);
                let put = cell.filter(|cell| !cell.contains('>')).and_then(|cell| {
                    let address = cell["<c r=\"".len()..].split('"').next()?;
                    let (row, column) = place(address);
                    Some((cell, value(&names[at - 1], row, column)?))
                });
                match put {
                    Some((cell, number)) => {
                        filled += 1;
                        out.push_str(&piece[..piece.len() - cell.len() - 2]);
                        out.push_str(&format!("{cell}><v>{number}</v></c>"));
                    }
                    None => out.push_str(piece),
                }
            }
            text = out;
        }
        new.start_file(name, zip::write::SimpleFileOptions::default())
            .expect("part");
        new.write_all(text.as_bytes()).expect("part");
    }
    let bytes = new.finish().expect("archive").into_inner();
    fs::write(path, bytes).expect("form");
    filled
}

/// `C3` as row 2, column 2.
fn place(address: &str) -> (u32, u32) {
    let letters = address.trim_end_matches(|c: char| c.is_ascii_digit());
    let column = letters
        .bytes()
        .fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
    let row: u32 = address[letters.len()..].parse().expect("row");
    (row - 1, column - 1)
}
