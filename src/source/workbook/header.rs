//! The header: where the declared columns stand, and in which unit each is.
//!
//! A header may stand in several rows: `污染物排放量/二氧化硫` is the column `二氧化硫`
//! below the group `污染物排放量`. The unit is the one in the header's own brackets, else
//! in those of its group, else in a row of units right below, else in the sheet's corner
//! (`单位：万元`). A unit that is a known multiple of the declared one is converted and
//! told; everything else is refused.

use std::collections::BTreeMap;

use gep_core::diagnostic::Finding;
use gep_core::quantity::{Rational, format_exact};

use super::number::{self, TextNumber};
use super::sheet::{Content, Sheet, address};
use super::{ColumnDeclaration, SheetDeclaration, units};

/// How many rows above the lowest may belong to a header.
const HEADER_ROWS: u32 = 4;
/// What a row of units may have in the column of codes.
const UNIT_LABELS: [&str; 2] = ["单位", "计量单位"];
/// Marks of footnotes behind a header or a number. A superscript digit is none: it may
/// be an exponent.
pub(super) const FOOTNOTE_MARKS: [char; 24] = [
    '①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨', '⑩', '⑪', '⑫', '⑬', '⑭', '⑮', '⑯', '⑰', '⑱', '⑲',
    '⑳', '*', '※', '†', '‡',
];

/// Where a declared column stands.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) column: u32,
    /// By what its numbers are multiplied to be in the declared unit, if that is another.
    pub(super) factor: Option<Rational>,
}

/// The header's last row and the columns found in it.
pub(super) struct Header {
    pub(super) row: u32,
    pub(super) key: u32,
    pub(super) row_item: Option<u32>,
    /// By declared column; a wrong one has no place.
    pub(super) columns: Vec<Option<Column>>,
    /// Units that were converted.
    pub(super) conversions: Vec<Finding>,
}

/// A header cell: its column and the unit in its brackets.
#[derive(Clone, Debug)]
struct Found {
    column: u32,
    unit: Option<String>,
}

/// Header texts of a row without units, each with its places.
type Headers = BTreeMap<String, Vec<Found>>;

impl Header {
    /// Finds the row in which the code column's header stands together with most
    /// of the declared ones, and checks headers and units there.
    /// Without its column of codes there is none.
    pub(super) fn find(
        sheet: &Sheet,
        declaration: &SheetDeclaration,
    ) -> (Option<Self>, Vec<Finding>) {
        let key = plain(&declaration.key);
        let mut best: Option<(usize, u32, Headers)> = None;
        let mut key_cells: Vec<String> = Vec::new();
        for row in sheet.rows() {
            let found = headers_of(sheet, row);
            if !found.contains_key(&key) {
                continue;
            }
            let columns = declaration.columns.iter();
            let matches = columns
                .filter(|column| !places(sheet, row, &found, &column.header).is_empty())
                .count();
            if matches > 0 {
                // A header merged over several rows is one cell.
                let cells = found[&key].iter().map(|own| {
                    let start = sheet.merge_of(row, own.column);
                    let (row, column) = start.map_or((row, own.column), |range| range.start);
                    address(row, column)
                });
                key_cells.extend(cells);
                key_cells.dedup();
            }
            if best.as_ref().is_none_or(|(most, ..)| matches >= *most) {
                best = Some((matches, row, found));
            }
        }
        let Some((_, row, found)) = best else {
            let finding = sheet.error("workbook-header-missing");
            return (None, vec![finding.arg("headers", &declaration.key)]);
        };
        if key_cells.len() > 1 {
            let finding = sheet
                .error("workbook-header-twice")
                .arg("header", &declaration.key)
                .arg("cells", key_cells.join(", "));
            return (None, vec![finding]);
        }
        Self::columns_of(sheet, declaration, row, &found)
    }

    fn columns_of(
        sheet: &Sheet,
        declaration: &SheetDeclaration,
        row: u32,
        found: &Headers,
    ) -> (Option<Self>, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut missing = Vec::new();
        let mut pick = |header: &str, findings: &mut Vec<Finding>| {
            let mut own = places(sheet, row, found, header);
            match own.len() {
                0 => missing.push(header.to_string()),
                1 => return own.pop(),
                _ => {
                    let cells: Vec<String> =
                        own.iter().map(|own| address(row, own.column)).collect();
                    findings.push(
                        sheet
                            .error("workbook-header-twice")
                            .arg("header", header)
                            .arg("cells", cells.join(", ")),
                    );
                }
            }
            None
        };
        let key = pick(&declaration.key, &mut findings);
        let row_item = declaration.row_item.as_ref();
        let row_item = row_item.and_then(|header| pick(header, &mut findings));
        let own = declaration.columns.iter();
        let places: Vec<Option<Found>> = own
            .map(|column| pick(&column.header, &mut findings))
            .collect();
        if !missing.is_empty() {
            findings.push(
                sheet
                    .error("workbook-header-missing")
                    .arg("headers", missing.join("、")),
            );
        }
        let Some(key) = key else {
            return (None, findings);
        };
        let units_row = units_row(sheet, row, key.column, &places);
        let mut header = Self {
            row: units_row.unwrap_or(row),
            key: key.column,
            row_item: row_item.map(|own| own.column),
            columns: Vec::new(),
            conversions: Vec::new(),
        };
        let around = Around {
            sheet,
            row,
            units_row,
        };
        header.take(&around, &places, declaration, &mut findings);
        (Some(header), findings)
    }

    /// Takes the columns whose unit is the declared one or a known multiple of it.
    fn take(
        &mut self,
        around: &Around<'_>,
        places: &[Option<Found>],
        declaration: &SheetDeclaration,
        findings: &mut Vec<Finding>,
    ) {
        for (place, column) in places.iter().zip(&declaration.columns) {
            let own = place.as_ref();
            let own = own.map(|place| around.column(place, column, declaration));
            self.columns.push(match own {
                Some(Ok((column, told))) => {
                    self.conversions.extend(told);
                    Some(column)
                }
                Some(Err(finding)) => {
                    findings.push(finding);
                    None
                }
                None => None,
            });
        }
    }
}

/// Returns the header texts of a row without units, each with its places.
fn headers_of(sheet: &Sheet, row: u32) -> Headers {
    let mut found = Headers::new();
    let last = sheet.last_column(row);
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

/// Where a declared header stands in a row: its last part in the row itself, the groups
/// before it in rows above, in order. The unit of the nearest part that has one is its.
fn places(sheet: &Sheet, row: u32, found: &Headers, header: &str) -> Vec<Found> {
    // A header may hold a stroke of its own.
    if let Some(own) = found.get(&plain(header)) {
        return own.clone();
    }
    let parts: Vec<String> = header.split('/').map(plain).collect();
    let Some((last, groups)) = parts.split_last().filter(|(_, groups)| !groups.is_empty()) else {
        return Vec::new();
    };
    let own = found.get(last).into_iter().flatten();
    own.filter_map(|own| {
        let mut unit = own.unit.clone();
        let mut below = row;
        for group in groups.iter().rev() {
            let top = row.saturating_sub(HEADER_ROWS);
            let at = (top..below).rev().find_map(|above| {
                let Some(Content::Text(text)) = sheet.seen(above, own.column) else {
                    return None;
                };
                let (name, group_unit) = split_unit(text);
                (name == *group).then_some((above, group_unit))
            });
            let (above, group_unit) = at?;
            unit = unit.or(group_unit);
            below = above;
        }
        Some(Found {
            column: own.column,
            unit,
        })
    })
    .collect()
}

/// The row right below the header, if it has units and nothing else.
fn units_row(sheet: &Sheet, row: u32, key: u32, places: &[Option<Found>]) -> Option<u32> {
    let below = row + 1;
    let label = match sheet.cell(below, key) {
        None => String::new(),
        Some(Content::Text(text)) => plain(text),
        Some(_) => return None,
    };
    let merged_header = sheet
        .merge_of(below, key)
        .is_some_and(|range| range.start.0 <= row);
    if !(label.is_empty() || merged_header || UNIT_LABELS.contains(&label.as_str())) {
        return None;
    }
    let mut any = false;
    for place in places.iter().flatten() {
        match sheet.cell(below, place.column) {
            None => {}
            Some(Content::Text(text)) => {
                if !matches!(number::parse(text), TextNumber::NotANumber) {
                    return None;
                }
                any = true;
            }
            Some(_) => return None,
        }
    }
    any.then_some(below)
}

/// A unit and where it is printed.
type Printed = (String, String);

/// What stands around a header.
struct Around<'a> {
    sheet: &'a Sheet,
    row: u32,
    units_row: Option<u32>,
}

impl Around<'_> {
    /// Compares the unit of a column with the declared one.
    fn column(
        &self,
        place: &Found,
        column: &ColumnDeclaration,
        declaration: &SheetDeclaration,
    ) -> Result<(Column, Option<Finding>), Finding> {
        let cell = format!("{}!{}", self.sheet.name, address(self.row, place.column));
        let declared = plain(&column.header_unit);
        let own = Column {
            column: place.column,
            factor: None,
        };
        let found = self.unit(place)?;
        let Some((unit, at)) = found else {
            return Err(self
                .sheet
                .error("workbook-unit-missing")
                .place(cell)
                .arg("declared", &column.header_unit));
        };
        if unit == declared {
            return Ok((own, None));
        }
        let told = |finding: Finding| {
            finding
                .place(format!("{}!{at}", self.sheet.name))
                .arg("found", &unit)
                .arg("declared", &column.header_unit)
        };
        let Some(factor) = units::factor(&unit, &declared, &declaration.printed_units) else {
            return Err(told(self.sheet.error("workbook-unit-differs")));
        };
        let finding = told(self.sheet.warning("workbook-unit-converted"));
        let finding = finding
            .arg("header", &column.header)
            .arg("factor", format_exact(&factor));
        let column = Column {
            factor: Some(factor),
            ..own
        };
        Ok((column, Some(finding)))
    }

    /// The unit of a column: its own, that of the row of units, that of the corner.
    fn unit(&self, place: &Found) -> Result<Option<Printed>, Finding> {
        let header = address(self.row, place.column);
        let below = self.units_row.and_then(|row| {
            let Some(Content::Text(text)) = self.sheet.cell(row, place.column) else {
                return None;
            };
            let text = plain(text);
            let bare = text.strip_prefix('(').and_then(|own| own.strip_suffix(')'));
            Some((
                bare.unwrap_or(&text).to_string(),
                address(row, place.column),
            ))
        });
        match (&place.unit, below) {
            (Some(own), Some((below, at))) if *own != below => Err(self
                .sheet
                .error("workbook-unit-ambiguous")
                .arg("units", format!("{own} ({header}), {below} ({at})"))),
            (Some(own), _) => Ok(Some((own.clone(), header))),
            (None, Some(below)) => Ok(Some(below)),
            (None, None) => self.corner(),
        }
    }

    /// The one unit told above the header: `单位：万元`.
    fn corner(&self) -> Result<Option<Printed>, Finding> {
        let mut units: Vec<Printed> = Vec::new();
        for row in self.sheet.rows().into_iter().filter(|row| *row < self.row) {
            for (column, content) in self.sheet.row(row) {
                if let Content::Text(text) = content {
                    let own = corner_units(text).into_iter();
                    units.extend(own.map(|unit| (unit, address(row, column))));
                }
            }
        }
        units.dedup_by(|a, b| a.0 == b.0);
        if units.len() > 1 {
            let told: Vec<String> = units
                .iter()
                .map(|(unit, at)| format!("{unit} ({at})"))
                .collect();
            return Err(self
                .sheet
                .error("workbook-unit-ambiguous")
                .arg("units", told.join(", ")));
        }
        Ok(units.pop())
    }
}

/// The units a text tells: `单位：万元`, `(计量单位：万元、吨)`; not who filed the table
/// (`填报单位：某局`).
fn corner_units(text: &str) -> Vec<String> {
    let text = plain(text);
    for label in ["计量单位:", "单位:"] {
        let Some(at) = text.find(label) else {
            continue;
        };
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| !matches!(c, '(' | ')' | '。' | ';')) {
            continue;
        }
        let told = &text[at + label.len()..];
        let told = told.split([')', '。', ';']).next().unwrap_or_default();
        let units = told.split(['、', ',']).filter(|unit| !unit.is_empty());
        return units.map(str::to_string).collect();
    }
    Vec::new()
}

/// Returns a text without any white space, with half-width signs: how headers
/// and labels are compared.
pub(super) fn plain(text: &str) -> String {
    number::narrow(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// Splits `粮食产量（吨）` into its name and the unit in the last brackets.
fn split_unit(text: &str) -> (String, Option<String>) {
    let text = plain(text);
    let text = text.trim_end_matches(FOOTNOTE_MARKS).to_string();
    match text.strip_suffix(')').and_then(|open| open.split_once('(')) {
        Some((name, unit)) if !name.is_empty() && !unit.is_empty() => {
            let name = name.trim_end_matches(FOOTNOTE_MARKS);
            (name.to_string(), Some(unit.to_string()))
        }
        _ => (text, None),
    }
}
