//! `adjustments.xlsx`: corrections by hand, each with who, when and why.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::Rational;

use super::header::plain;
use super::number::{self, Missing, TextNumber};
use super::sheet::{Content, Sheet, address};

/// Columns with the headers each may have.
const COLUMNS: [(&str, [&str; 3]); 7] = [
    ("key", ["key", "数据编号", "编号"]),
    ("old", ["old", "原值", "调整前"]),
    ("new", ["new", "新值", "调整后"]),
    ("reason", ["reason", "调整理由", "理由"]),
    ("document", ["document", "依据文件", "文件"]),
    ("name", ["name", "姓名", "经办人"]),
    ("date", ["date", "日期", "调整日期"]),
];

/// Columns a row may leave blank.
const MAY_BE_BLANK: [&str; 1] = ["document"];

/// One correction by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// What is corrected: the id of a number, or `table/region/…` of its row.
    pub key: String,
    /// What stands there; nothing if it is missing.
    pub old: Option<Rational>,
    /// What is to stand there; nothing if it is taken back.
    pub new: Option<Rational>,
    /// Why.
    pub reason: String,
    /// The paper that says so; may be empty.
    pub document: String,
    /// Who signed.
    pub name: String,
    /// When, `2026-03-31`.
    pub date: String,
    /// The file.
    pub file: String,
    /// Row of the sheet, counted from 1.
    pub row: u32,
}

/// Reads the corrections of a sheet.
///
/// # Errors
///
/// All that is wrong: columns that are not there, cells that are blank, no numbers or
/// no dates, keys that stand twice.
pub fn read_adjustments(path: &Path, sheet: &str) -> Result<Vec<Adjustment>, Findings> {
    let sheet = Sheet::open(path, sheet)?;
    let (header, columns) = header(&sheet)?;
    let mut reading = Reading {
        sheet: &sheet,
        columns,
        problems: BTreeMap::new(),
    };
    let mut adjustments: Vec<Adjustment> = Vec::new();
    for row in sheet.rows().into_iter().filter(|row| *row > header) {
        let blank = COLUMNS
            .iter()
            .all(|(name, _)| reading.text(name, row).is_empty());
        if blank {
            continue;
        }
        if let Some(own) = reading.adjustment(row) {
            if adjustments.iter().any(|other| other.key == own.key) {
                reading.problem("adjustment-key-twice", "key", row);
            }
            adjustments.push(own);
        }
    }
    if reading.problems.is_empty() {
        return Ok(adjustments);
    }
    let finding = |(code, cells): (&'static str, Vec<String>)| {
        sheet
            .error(code)
            .arg("count", cells.len())
            .arg("cells", cells.join(", "))
    };
    Err(Findings(
        reading.problems.into_iter().map(finding).collect(),
    ))
}

/// Finds the row in which all headers stand; returns it with the places of columns.
fn header(sheet: &Sheet) -> Result<(u32, BTreeMap<&'static str, u32>), Findings> {
    let mut lacking: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    for row in sheet.rows() {
        let mut found = BTreeMap::new();
        for (column, content) in sheet.row(row) {
            let Content::Text(text) = content else {
                continue;
            };
            let text = plain(text).to_lowercase();
            let known = COLUMNS
                .iter()
                .find(|(_, headers)| headers.contains(&text.as_str()));
            if let Some((name, _)) = known
                && found.insert(*name, column).is_some()
            {
                return Err(sheet
                    .error("workbook-header-twice")
                    .arg("header", name)
                    .arg("cells", address(row, column))
                    .into());
            }
        }
        if found.len() == COLUMNS.len() {
            return Ok((row, found));
        }
        let own: Vec<&str> = COLUMNS
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !found.contains_key(name))
            .collect();
        if own.len() < lacking.len() {
            lacking = own;
        }
    }
    Err(sheet
        .error("workbook-header-missing")
        .arg("headers", lacking.join("、"))
        .into())
}

struct Reading<'a> {
    sheet: &'a Sheet,
    columns: BTreeMap<&'static str, u32>,
    problems: BTreeMap<&'static str, Vec<String>>,
}

impl Reading<'_> {
    fn place(&self, name: &str, row: u32) -> String {
        address(row, self.columns[name])
    }

    fn problem(&mut self, code: &'static str, name: &str, row: u32) {
        let place = self.place(name, row);
        self.problems.entry(code).or_default().push(place);
    }

    /// What stands in a cell as text; a number in its shortest decimal.
    fn text(&self, name: &str, row: u32) -> String {
        match self.sheet.cell(row, self.columns[name]) {
            Some(Content::Text(text)) => text.trim().to_string(),
            Some(Content::Stored(stored)) => number::from_stored(*stored).unwrap_or_default(),
            Some(Content::Date(date)) => date.clone(),
            Some(Content::Error(error)) => error.clone(),
            Some(Content::NoStoredValue | Content::ExternalLink | Content::Other(_)) => {
                "?".to_string()
            }
            None => String::new(),
        }
    }

    fn adjustment(&mut self, row: u32) -> Option<Adjustment> {
        let mut whole = true;
        for (name, _) in COLUMNS {
            if !MAY_BE_BLANK.contains(&name) && self.text(name, row).is_empty() {
                self.problem("adjustment-blank", name, row);
                whole = false;
            }
        }
        let (old, new) = (self.number("old", row), self.number("new", row));
        let date = self.text("date", row);
        if !date.is_empty() && !is_date(&date) {
            self.problem("adjustment-date", "date", row);
            whole = false;
        }
        let (Some(old), Some(new), true) = (old, new, whole) else {
            return None;
        };
        Some(Adjustment {
            key: plain(&self.text("key", row)),
            old,
            new,
            reason: self.text("reason", row),
            document: self.text("document", row),
            name: self.text("name", row),
            date,
            file: self.sheet.file.clone(),
            row: row + 1,
        })
    }

    /// A number, or the word for none; nothing if it was listed as a problem.
    fn number(&mut self, name: &'static str, row: u32) -> Option<Option<Rational>> {
        let cell = self.sheet.cell(row, self.columns[name]);
        let text = match cell {
            Some(Content::Stored(stored)) => number::from_stored(*stored),
            Some(Content::Text(text)) => {
                let text = plain(text);
                if ["缺", "missing"].contains(&text.as_str()) {
                    return Some(None);
                }
                match number::parse(&text) {
                    TextNumber::Number(text) => Some(text),
                    // A blank is told as such.
                    TextNumber::Missing(Missing::Blank) => return None,
                    _ => None,
                }
            }
            None => return None,
            Some(_) => None,
        };
        let number = text.and_then(|text| gep_core::quantity::parse_decimal(&text));
        if number.is_none() {
            self.problem("adjustment-not-a-number", name, row);
        }
        number.map(Some)
    }
}

/// A day that exists, written `2026-03-31`.
fn is_date(text: &str) -> bool {
    let parsed: Result<toml::value::Datetime, _> = text.parse();
    parsed.is_ok_and(|date| date.date.is_some() && date.time.is_none() && date.offset.is_none())
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

    use super::*;

    fn read(change: impl FnOnce(&mut Worksheet)) -> Result<Vec<Adjustment>, Findings> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("adjustments.xlsx");
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name("调整").expect("a name");
        let headers = ["key", "原值", "new", "理由", "依据文件", "姓名", "日期"];
        sheet.write_row(1, 0, headers).expect("headers");
        let row = [
            "inputs/330102/grain_output",
            "10029",
            "10030.5",
            "重复计入",
            "统便函1号",
            "王某",
            "2026-03-31",
        ];
        sheet.write_row(2, 0, row).expect("a row");
        change(sheet);
        book.save(&path).expect("a workbook");
        read_adjustments(&path, "调整")
    }

    fn refused(code: &str, cell: &str, change: impl FnOnce(&mut Worksheet)) {
        let findings = read(change).expect_err("spoiled");
        let finding = findings.0.iter().find(|one| one.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{code}: {findings:?}"));
        for language in [
            gep_core::diagnostic::Language::Zh,
            gep_core::diagnostic::Language::En,
        ] {
            let text = finding.to_text(language);
            assert!(text.contains(cell), "{cell} is not in {text}");
        }
    }

    /// Numbers from their spelling, dates as text or as a date, absence as a word.
    #[test]
    fn rows_are_read_as_written() {
        let own = read(|sheet| {
            let row = ["abc", "缺", "0.10", "补报", "", "李某"];
            sheet.write_row(3, 0, row).expect("a row");
            let date = ExcelDateTime::from_ymd(2026, 4, 1).expect("a date");
            let format = Format::new().set_num_format("yyyy-mm-dd");
            sheet
                .write_with_format(3, 6, &date, &format)
                .expect("a date");
        })
        .expect("clean");
        assert_eq!(own.len(), 2);
        assert_eq!(own[0].old, gep_core::quantity::parse_decimal("10029"));
        assert_eq!(own[0].new, gep_core::quantity::parse_decimal("10030.5"));
        assert_eq!((own[0].row, own[0].date.as_str()), (3, "2026-03-31"));
        assert_eq!((own[1].old.clone(), own[1].document.as_str()), (None, ""));
        assert_eq!(own[1].date, "2026-04-01");
    }

    /// Reason, name and date must be there; so must both numbers and the key.
    #[test]
    fn blanks_are_refused_with_their_cell() {
        for (column, cell) in [
            (0, "A3"),
            (1, "B3"),
            (2, "C3"),
            (3, "D3"),
            (5, "F3"),
            (6, "G3"),
        ] {
            refused("adjustment-blank", cell, |sheet| {
                sheet.write_string(2, column, " ").expect("a blank");
            });
        }
        let own = read(|sheet| {
            sheet.write_string(2, 4, "").expect("a blank");
        });
        assert_eq!(own.expect("a document may be blank").len(), 1);
    }

    /// No numbers, no dates, keys that stand twice, headers that are not there.
    #[test]
    fn wrong_cells_are_refused() {
        refused("adjustment-not-a-number", "C3", |sheet| {
            sheet.write_string(2, 2, "约12").expect("text");
        });
        for date in ["2026-02-30", "2026年3月", "31.03.2026"] {
            refused("adjustment-date", "G3", |sheet| {
                sheet.write_string(2, 6, date).expect("text");
            });
        }
        refused("adjustment-key-twice", "A4", |sheet| {
            let row = [
                "inputs/330102/grain_output",
                "1",
                "2",
                "a",
                "b",
                "c",
                "2026-03-31",
            ];
            sheet.write_row(3, 0, row).expect("a row");
        });
        refused("workbook-header-missing", "name", |sheet| {
            sheet.write_string(1, 5, "谁").expect("text");
        });
        refused("workbook-header-twice", "H2", |sheet| {
            sheet.write_string(1, 7, "date").expect("text");
        });
    }
}
