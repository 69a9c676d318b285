//! The rows below the header.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Finding;

use super::header::{FOOTNOTE_MARKS, Header, plain};
use super::number::{self, Missing, TextNumber};
use super::sheet::{Content, Sheet, address};
use super::sums::{Line, SUM_LABELS, differing};
use super::{CellValue, SheetDeclaration, SheetTable, SheetValue, SumRow};

/// How a row of notes below the table begins.
const NOTE_MARKS: [&str; 6] = ["注", "备注", "说明", "资料来源", "数据来源", "note"];

/// Cells with the same problem, to be listed in one finding.
#[derive(Default)]
struct Problems(BTreeMap<&'static str, Vec<String>>);

impl Problems {
    fn add(&mut self, code: &'static str, cell: String) {
        self.0.entry(code).or_default().push(cell);
    }

    fn take(&mut self, code: &'static str) -> Option<(usize, String)> {
        let cells = self.0.remove(code)?;
        Some((cells.len(), cells.join(", ")))
    }

    fn into_errors(self, sheet: &Sheet) -> Vec<Finding> {
        let finding = |(code, cells): (&'static str, Vec<String>)| {
            sheet
                .error(code)
                .arg("count", cells.len())
                .arg("cells", cells.join(", "))
        };
        self.0.into_iter().map(finding).collect()
    }
}

/// What the code cell of a row makes of it.
enum Row {
    Skip,
    Sum(String),
    Data(String),
}

/// Reads the rows below the header.
pub(super) fn read(
    sheet: &Sheet,
    declaration: &SheetDeclaration,
    header: &Header,
    codes: &BTreeSet<String>,
) -> (SheetTable, Vec<Finding>) {
    let mut table = SheetTable::default();
    let mut problems = Problems::default();
    let mut notices = Problems::default();
    let mut first_place: BTreeMap<(String, Option<String>), String> = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    for row in sheet.rows().into_iter().filter(|row| *row > header.row) {
        let code = match row_kind(sheet, header, row, &mut problems) {
            Row::Skip => continue,
            Row::Sum(label) => {
                notices.add("workbook-sum-row", format!("{} {label}", row + 1));
                lines.push(line(sheet, header, row, Some(label.clone())));
                table.sum_rows.push(SumRow {
                    row: row + 1,
                    label,
                });
                continue;
            }
            Row::Data(code) => code,
        };
        let place = address(row, header.key);
        if !codes.contains(&code) {
            problems.add("workbook-code-unknown", format!("{code} ({place})"));
            continue;
        }
        if sheet.cell(row, header.key).is_none() {
            notices.add("workbook-code-merged", format!("{code} ({place})"));
        }
        let row_item = header.row_item.and_then(|column| label(sheet, row, column));
        if header.row_item.is_some() && row_item.is_none() {
            problems.add("workbook-item-missing", place.clone());
        }
        let key = (code.clone(), row_item.clone());
        if let Some(earlier) = first_place.get(&key) {
            problems.add(
                "workbook-code-twice",
                format!("{code} ({earlier}, {place})"),
            );
            continue;
        }
        first_place.insert(key.clone(), place);
        lines.push(line(sheet, header, row, None));
        let cells = Cells {
            sheet,
            declaration,
            header,
            row,
        };
        cells.read(&key, &mut table, &mut problems, &mut notices);
    }
    for cell in differing(&lines) {
        notices.add("workbook-sum-differs", cell);
    }
    let present: BTreeSet<&String> = first_place.keys().map(|(code, _)| code).collect();
    table.warnings = header.conversions.clone();
    let told = warnings(sheet, notices, codes, &present);
    table.warnings.extend(told);
    (table, problems.into_errors(sheet))
}

/// The value cells of a row.
struct Cells<'a> {
    sheet: &'a Sheet,
    declaration: &'a SheetDeclaration,
    header: &'a Header,
    row: u32,
}

impl Cells<'_> {
    /// Reads the cells of a region (and item); what is refused is listed as wrong.
    fn read(
        &self,
        (code, row_item): &(String, Option<String>),
        table: &mut SheetTable,
        problems: &mut Problems,
        notices: &mut Problems,
    ) {
        let (sheet, row) = (self.sheet, self.row);
        for (column, declared) in self.header.columns.iter().zip(&self.declaration.columns) {
            let own = column
                .as_ref()
                .and_then(|at| value(sheet, row, at.column, problems, notices));
            let (Some(value), Some(column)) = (own, column) else {
                let item = declared.item.clone();
                table
                    .wrong
                    .push((code.clone(), declared.input.clone(), item));
                continue;
            };
            table.values.push(SheetValue {
                code: code.clone(),
                row_item: row_item.clone(),
                input: declared.input.clone(),
                item: declared.item.clone(),
                value,
                factor: column.factor.clone(),
                cell: address(row, column.column),
            });
        }
    }
}

fn warnings(
    sheet: &Sheet,
    mut notices: Problems,
    codes: &BTreeSet<String>,
    present: &BTreeSet<&String>,
) -> Vec<Finding> {
    let mut warnings = Vec::new();
    for code in [
        "workbook-sum-row",
        "workbook-sum-differs",
        "workbook-code-merged",
        "workbook-footnote",
        "workbook-text-number",
    ] {
        if let Some((count, cells)) = notices.take(code) {
            warnings.push(sheet.warning(code).arg("count", count).arg("cells", cells));
        }
    }
    let absent: Vec<&str> = codes
        .iter()
        .filter(|code| !present.contains(code))
        .map(String::as_str)
        .collect();
    if !absent.is_empty() {
        warnings.push(
            sheet
                .warning("workbook-code-absent")
                .arg("count", absent.len())
                .arg("codes", absent.join(", ")),
        );
    }
    warnings
}

/// Tells data rows from sums, notes and empty rows.
fn row_kind(sheet: &Sheet, header: &Header, row: u32, problems: &mut Problems) -> Row {
    let columns = header.columns.iter().flatten().map(|own| own.column);
    let first_value = columns.clone().min().unwrap_or(0);
    let labels = sheet.row(row).map(|(column, _)| column);
    for column in labels.filter(|column| *column < first_value || *column == header.key) {
        if let Some(label) = label(sheet, row, column)
            && SUM_LABELS.iter().any(|mark| label.contains(mark))
        {
            return Row::Sum(label);
        }
    }
    let has_values = columns.clone().any(|column| {
        sheet.cell(row, column).is_some_and(
            |content| !matches!(content, Content::Text(text) if number::narrow(text).is_empty()),
        )
    });
    match label(sheet, row, header.key) {
        Some(code) if is_code(&code) => Row::Data(code),
        Some(text) if !has_values || is_note(&text) => Row::Skip,
        // Not a code, yet numbers stand beside it: let it be listed as unknown.
        Some(text) => Row::Data(text),
        None => {
            if has_values {
                problems.add("workbook-code-missing", address(row, header.key));
            }
            Row::Skip
        }
    }
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_note(text: &str) -> bool {
    let text = text.to_lowercase();
    NOTE_MARKS.iter().any(|mark| {
        text.strip_prefix(mark)
            .is_some_and(|rest| rest.starts_with([':', '1', '2', '3']))
    })
}

/// Returns the text of a code or label cell; a merged cell speaks for its own range.
fn label(sheet: &Sheet, row: u32, column: u32) -> Option<String> {
    let text = match sheet.seen(row, column)? {
        Content::Text(text) => plain(text),
        Content::Stored(number) => number::from_stored(*number)?,
        Content::Error(text) => text.clone(),
        Content::NoStoredValue | Content::ExternalLink | Content::Date(_) | Content::Other(_) => {
            return None;
        }
    };
    (!text.is_empty()).then_some(text)
}

/// A text without the marks of footnotes behind it.
fn bare(text: &str) -> &str {
    let end = |c: char| c.is_whitespace() || FOOTNOTE_MARKS.contains(&c);
    let bare = text.trim_end_matches(end);
    // A mark alone says nothing.
    if bare.is_empty() { text } else { bare }
}

/// The numbers of a row as they stand, for the comparison of sums.
fn line(sheet: &Sheet, header: &Header, row: u32, label: Option<String>) -> Line {
    let number = |column: u32| match sheet.cell(row, column)? {
        Content::Stored(stored) => number::from_stored(*stored),
        Content::Text(text) => match number::parse(bare(text)) {
            TextNumber::Number(number) => Some(number),
            _ => None,
        },
        _ => None,
    };
    let columns = header
        .columns
        .iter()
        .map(|own| own.as_ref().map(|own| own.column));
    Line {
        label,
        numbers: columns.clone().map(|column| number(column?)).collect(),
        cells: columns
            .map(|column| column.map_or(String::new(), |column| address(row, column)))
            .collect(),
    }
}

/// Reads a value cell; `None` when it was listed as a problem.
fn value(
    sheet: &Sheet,
    row: u32,
    column: u32,
    problems: &mut Problems,
    notices: &mut Problems,
) -> Option<CellValue> {
    let place = address(row, column);
    if sheet.merge_of(row, column).is_some() {
        problems.add("workbook-value-merged", place);
        return None;
    }
    let (code, what) = match sheet.cell(row, column) {
        None => return Some(CellValue::Missing(Missing::Blank)),
        Some(Content::Stored(stored)) => match number::from_stored(*stored) {
            Some(text) => return Some(CellValue::Number(text)),
            None => ("workbook-not-a-number", format!("{place} `{stored}`")),
        },
        Some(Content::Text(text)) => match number::parse(bare(text)) {
            TextNumber::Number(number) => {
                if bare(text).len() < text.trim_end().len() {
                    notices.add("workbook-footnote", format!("{place} `{text}`"));
                } else if !sheet.texts {
                    notices.add("workbook-text-number", place);
                }
                return Some(CellValue::Number(number));
            }
            TextNumber::Missing(kind) => return Some(CellValue::Missing(kind)),
            TextNumber::Ambiguous => ("workbook-number-ambiguous", format!("{place} `{text}`")),
            TextNumber::NotANumber => ("workbook-not-a-number", format!("{place} `{text}`")),
        },
        Some(Content::Error(error)) => ("workbook-cell-error", format!("{place} {error}")),
        Some(Content::NoStoredValue) => ("workbook-formula-without-value", place),
        Some(Content::ExternalLink) => ("workbook-external-link", place),
        Some(Content::Date(date)) => ("workbook-not-a-number", format!("{place} ({date})")),
        Some(Content::Other(what)) => ("workbook-not-a-number", format!("{place} ({what})")),
    };
    problems.add(code, what);
    None
}
