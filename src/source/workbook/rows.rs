//! The header row, and the rows below it.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};

use super::number::{self, Missing, TextNumber};
use super::sheet::{Content, Sheet, address};
use super::{CellValue, SheetDeclaration, SheetTable, SheetValue, SumRow};

/// Labels of rows that sum others, without white space.
const SUM_LABELS: [&str; 5] = ["合计", "小计", "总计", "总数", "共计"];
/// How a row of notes below the table begins.
const NOTE_MARKS: [&str; 6] = ["注", "备注", "说明", "资料来源", "数据来源", "note"];

/// The header row and the columns found in it.
pub(super) struct Header {
    row: u32,
    key: u32,
    row_item: Option<u32>,
    columns: Vec<u32>,
}

impl Header {
    /// Finds the row in which the code column's header stands together with most
    /// of the declared ones, and checks headers and units there.
    pub(super) fn find(sheet: &Sheet, declaration: &SheetDeclaration) -> Result<Self, Findings> {
        let key = plain(&declaration.key);
        let mut best: Option<(usize, u32, BTreeMap<String, Vec<Found>>)> = None;
        let mut key_cells = Vec::new();
        for row in sheet.rows() {
            let found = headers_of(sheet, row);
            if !found.contains_key(&key) {
                continue;
            }
            let matches = declaration
                .columns
                .iter()
                .filter(|column| found.contains_key(&plain(&column.header)))
                .count();
            if matches > 0 {
                key_cells.extend(found[&key].iter().map(|f| address(row, f.column)));
            }
            if best.as_ref().is_none_or(|(most, ..)| matches > *most) {
                best = Some((matches, row, found));
            }
        }
        let Some((_, row, found)) = best else {
            return Err(sheet
                .error("workbook-header-missing")
                .arg("headers", &declaration.key)
                .into());
        };
        if key_cells.len() > 1 {
            return Err(sheet
                .error("workbook-header-twice")
                .arg("header", &declaration.key)
                .arg("cells", key_cells.join(", "))
                .into());
        }
        Self::columns_of(sheet, declaration, row, &found)
    }

    fn columns_of(
        sheet: &Sheet,
        declaration: &SheetDeclaration,
        row: u32,
        found: &BTreeMap<String, Vec<Found>>,
    ) -> Result<Self, Findings> {
        let mut findings = Vec::new();
        let mut missing = Vec::new();
        let mut pick = |header: &str, findings: &mut Vec<Finding>| match found.get(&plain(header)) {
            None => {
                missing.push(header.to_string());
                None
            }
            Some(one) if one.len() == 1 => Some(&one[0]),
            Some(several) => {
                let cells: Vec<String> = several.iter().map(|f| address(row, f.column)).collect();
                findings.push(
                    sheet
                        .error("workbook-header-twice")
                        .arg("header", header)
                        .arg("cells", cells.join(", ")),
                );
                None
            }
        };
        let key = pick(&declaration.key, &mut findings);
        let row_item = declaration
            .row_item
            .as_ref()
            .map(|header| pick(header, &mut findings));
        let mut columns = Vec::new();
        for column in &declaration.columns {
            if let Some(place) = pick(&column.header, &mut findings) {
                columns.push(place.column);
                findings.extend(check_unit(sheet, row, place, &column.header_unit));
            }
        }
        if !missing.is_empty() {
            findings.push(
                sheet
                    .error("workbook-header-missing")
                    .arg("headers", missing.join("、")),
            );
        }
        match key {
            Some(key) if findings.is_empty() => Ok(Self {
                row,
                key: key.column,
                row_item: row_item.flatten().map(|found| found.column),
                columns,
            }),
            _ => Err(Findings(findings)),
        }
    }
}

/// A header cell: its column and the unit in its brackets.
struct Found {
    column: u32,
    unit: Option<String>,
}

/// Returns the header texts of a row without units, each with its places.
fn headers_of(sheet: &Sheet, row: u32) -> BTreeMap<String, Vec<Found>> {
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let last = sheet.row(row).last().map_or(0, |(column, _)| column);
    for column in 0..=last {
        // A header merged over two rows is seen in both; one merged over several
        // columns is a heading of a group and counts once, in its first column.
        let first = sheet
            .merge_of(row, column)
            .is_none_or(|range| range.start.1 == column);
        if let (true, Some(Content::Text(text))) = (first, sheet.seen(row, column)) {
            let (name, unit) = split_unit(text);
            found.entry(name).or_default().push(Found { column, unit });
        }
    }
    found
}

fn check_unit(sheet: &Sheet, row: u32, found: &Found, declared: &str) -> Option<Finding> {
    let place = format!("{}!{}", sheet.name, address(row, found.column));
    match &found.unit {
        Some(unit) if *unit == plain(declared) => None,
        Some(unit) => Some(
            sheet
                .error("workbook-unit-differs")
                .place(place)
                .arg("found", unit)
                .arg("declared", declared),
        ),
        None => Some(
            sheet
                .error("workbook-unit-missing")
                .place(place)
                .arg("declared", declared),
        ),
    }
}

/// Returns a text without any white space, with half-width signs: how headers
/// and labels are compared.
fn plain(text: &str) -> String {
    number::narrow(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// Splits `粮食产量（吨）` into its name and the unit in the last brackets.
fn split_unit(text: &str) -> (String, Option<String>) {
    let text = plain(text);
    match text.strip_suffix(')').and_then(|open| open.split_once('(')) {
        Some((name, unit)) if !name.is_empty() && !unit.is_empty() => {
            (name.to_string(), Some(unit.to_string()))
        }
        _ => (text, None),
    }
}

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
) -> Result<SheetTable, Findings> {
    let mut table = SheetTable::default();
    let mut problems = Problems::default();
    let mut notices = Problems::default();
    let mut first_place: BTreeMap<(String, Option<String>), String> = BTreeMap::new();
    for row in sheet.rows().into_iter().filter(|row| *row > header.row) {
        let code = match row_kind(sheet, header, row, &mut problems) {
            Row::Skip => continue,
            Row::Sum(label) => {
                notices.add("workbook-sum-row", format!("{} {label}", row + 1));
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
        first_place.insert(key, place);
        for (column, declared) in header.columns.iter().zip(&declaration.columns) {
            let Some(value) = value(sheet, row, *column, &mut problems, &mut notices) else {
                continue;
            };
            table.values.push(SheetValue {
                code: code.clone(),
                row_item: row_item.clone(),
                input: declared.input.clone(),
                item: declared.item.clone(),
                value,
                cell: address(row, *column),
            });
        }
    }
    let errors = problems.into_errors(sheet);
    if !errors.is_empty() {
        return Err(Findings(errors));
    }
    let present: BTreeSet<&String> = first_place.keys().map(|(code, _)| code).collect();
    table.warnings = warnings(sheet, notices, codes, &present);
    Ok(table)
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
        "workbook-code-merged",
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
    let first_value = header.columns.iter().min().copied().unwrap_or(0);
    let labels = sheet.row(row).map(|(column, _)| column);
    for column in labels.filter(|column| *column < first_value || *column == header.key) {
        if let Some(label) = label(sheet, row, column)
            && SUM_LABELS.iter().any(|mark| label.contains(mark))
        {
            return Row::Sum(label);
        }
    }
    let has_values = header.columns.iter().any(|column| {
        sheet.cell(row, *column).is_some_and(
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
        Content::NoStoredValue | Content::ExternalLink | Content::Other(_) => return None,
    };
    (!text.is_empty()).then_some(text)
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
        Some(Content::Text(text)) => match number::parse(text) {
            TextNumber::Number(number) => {
                notices.add("workbook-text-number", place);
                return Some(CellValue::Number(number));
            }
            TextNumber::Missing(kind) => return Some(CellValue::Missing(kind)),
            TextNumber::Ambiguous => ("workbook-number-ambiguous", format!("{place} `{text}`")),
            TextNumber::NotANumber => ("workbook-not-a-number", format!("{place} `{text}`")),
        },
        Some(Content::Error(error)) => ("workbook-cell-error", format!("{place} {error}")),
        Some(Content::NoStoredValue) => ("workbook-formula-without-value", place),
        Some(Content::ExternalLink) => ("workbook-external-link", place),
        Some(Content::Other(what)) => ("workbook-not-a-number", format!("{place} ({what})")),
    };
    problems.add(code, what);
    None
}
