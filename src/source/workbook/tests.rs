//! Each refusal on a small workbook made for it, and its clean twin.

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use gep_core::diagnostic::{Findings, Language, Severity};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::*;

const HEADERS: [&str; 4] = [
    "行政区划代码",
    "区县",
    "二氧化硫排放量（吨）",
    "颗粒物 排放量(吨)",
];

fn codes() -> BTreeSet<String> {
    ["330102", "330105", "330106"].map(str::to_string).into()
}

/// Some of the units headers print.
fn printed_units() -> PrintedUnits {
    let text = include_str!("../../../methodology/units.toml");
    let units = gep_core::quantity::UnitRegistry::parse(text).expect("units");
    let known = [("吨", "t"), ("千克", "kg"), ("立方米", "m3"), ("元", "CNY")];
    known
        .into_iter()
        .map(|(printed, text)| (printed.to_string(), units.unit(text).expect("a unit")))
        .collect()
}

fn declaration() -> SheetDeclaration {
    let column = |item: &str, header: &str| ColumnDeclaration {
        input: "emission".into(),
        item: Some(item.into()),
        header: header.into(),
        header_unit: "吨".into(),
    };
    SheetDeclaration {
        sheet: "废气".into(),
        key: "行政区划代码".into(),
        row_item: None,
        columns: vec![
            column("SO2", "二氧化硫排放量"),
            column("dust", "颗粒物排放量"),
        ],
        printed_units: printed_units(),
        encoding: None,
    }
}

/// Result of a formula that is to be left out of the file: the writer of the
/// tests always stores one.
const UNSTORED: &str = "990099";

/// Returns the workbook without the stored values `UNSTORED`.
fn without_unstored(bytes: &[u8]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut part = old.by_index(index).expect("a part");
        let name = part.name().expect("a name").to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).expect("a text");
        new.start_file(name, zip::write::SimpleFileOptions::default())
            .expect("a new part");
        let text = text.replace(&format!("<v>{UNSTORED}</v>"), "");
        new.write_all(text.as_bytes()).expect("a written part");
    }
    new.finish().expect("a finished archive").into_inner()
}

/// A bureau's sheet: title, headers, three counties, a note; `change` spoils it.
fn read_with(
    declaration: &SheetDeclaration,
    change: impl FnOnce(&mut Worksheet),
) -> Result<SheetTable, Findings> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("book.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("废气").expect("a valid name");
    let centre = Format::new();
    sheet
        .merge_range(0, 0, 0, 3, "工业源废气（模拟数据）", &centre)
        .expect("a valid range");
    sheet.write_row(1, 0, HEADERS).expect("headers");
    for (row, (code, so2, dust)) in [
        ("330102", 135.1, 0.1 + 0.2),
        ("330105", 108.0, 0.0),
        ("330106", 33.0, 7.5),
    ]
    .into_iter()
    .enumerate()
    {
        let row = row as u32 + 2;
        sheet.write(row, 0, code).expect("a code");
        sheet.write(row, 1, "某区").expect("a name");
        sheet.write(row, 2, so2).expect("a number");
        sheet.write(row, 3, dust).expect("a number");
    }
    sheet
        .merge_range(6, 0, 6, 3, "注：模拟数据。", &centre)
        .expect("a valid range");
    change(sheet);
    let bytes = book.save_to_buffer().expect("a saved workbook");
    std::fs::write(&path, without_unstored(&bytes)).expect("a written file");
    read_sheet(&path, declaration, &codes())
}

fn read(change: impl FnOnce(&mut Worksheet)) -> Result<SheetTable, Findings> {
    read_with(&declaration(), change)
}

/// Asserts that the sheet is refused with this code and that the finding names the text.
fn refused(change: impl FnOnce(&mut Worksheet), code: &str, names: &str) {
    let findings = read(change).expect_err("the sheet is spoiled");
    let finding = findings
        .0
        .iter()
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("{code} is not among {findings:?}"));
    assert_eq!(finding.severity, Severity::Error);
    for language in [Language::Zh, Language::En] {
        let text = finding.to_text(language);
        assert!(text.contains(names), "{names} is not in: {text}");
    }
}

fn number(table: &SheetTable, cell: &str) -> String {
    let value = table.values.iter().find(|value| value.cell == cell);
    match value.map(|value| &value.value) {
        Some(CellValue::Number(text)) => text.clone(),
        other => panic!("{cell} is {other:?}"),
    }
}

fn missing(table: &SheetTable, cell: &str) -> Missing {
    let value = table.values.iter().find(|value| value.cell == cell);
    match value.map(|value| &value.value) {
        Some(CellValue::Missing(kind)) => *kind,
        other => panic!("{cell} is {other:?}"),
    }
}

fn has_warning(table: &SheetTable, code: &str, names: &str) -> bool {
    table
        .warnings
        .iter()
        .any(|finding| finding.code == code && finding.to_text(Language::En).contains(names))
}

/// The clean twin of every case below: all values, exact, and not one finding.
#[test]
fn a_clean_sheet_is_read_without_a_finding() {
    let table = read(|_| {}).expect("the sheet is clean");
    assert_eq!(table.values.len(), 6);
    assert!(table.warnings.is_empty(), "{:?}", table.warnings);
    assert_eq!(number(&table, "C3"), "135.1");
    assert_eq!(number(&table, "D3"), "0.30000000000000004");
    assert_eq!(number(&table, "D4"), "0");
    let first = &table.values[1];
    assert_eq!(
        (
            first.code.as_str(),
            first.input.as_str(),
            first.item.as_deref()
        ),
        ("330102", "emission", Some("dust"))
    );
}

/// Codes stored as numbers are the same codes.
#[test]
fn a_numeric_code_is_read_as_text() {
    let table = read(|sheet| {
        sheet.write(2, 0, 330_102).expect("a number");
    })
    .expect("the sheet is clean");
    assert_eq!(table.values[0].code, "330102");
}

/// Headers and units are never assumed.
#[test]
fn headers_and_units_must_be_as_declared() {
    let header = |column: u16, text: &'static str| {
        move |sheet: &mut Worksheet| {
            sheet.write(1, column, text).expect("a header");
        }
    };
    refused(
        header(2, "二氧化硫排放量"),
        "workbook-unit-missing",
        "废气!C2",
    );
    refused(
        header(2, "二氧化硫排放量（万立方米）"),
        "workbook-unit-differs",
        "万立方米",
    );
    refused(
        header(2, "氮氧化物排放量（吨）"),
        "workbook-header-missing",
        "二氧化硫排放量",
    );
    refused(header(0, "编号"), "workbook-header-missing", "行政区划代码");
    refused(
        header(4, "颗粒物排放量（吨）"),
        "workbook-header-twice",
        "D2, E2",
    );
    refused(
        |sheet| {
            sheet.write_row(10, 0, HEADERS).expect("headers");
        },
        "workbook-header-twice",
        "A2, A11",
    );
}

/// Text numbers: read when unambiguous, listed; refused otherwise (bad input 27).
#[test]
fn text_numbers_are_strict_and_listed() {
    let table = read(|sheet| {
        sheet.write(2, 2, "１２３．４\u{a0}").expect("text");
        sheet.write(3, 2, "1,234.5").expect("text");
    })
    .expect("the numbers are plain");
    assert_eq!(number(&table, "C3"), "123.4");
    assert_eq!(number(&table, "C4"), "1234.5");
    assert!(has_warning(&table, "workbook-text-number", "C3, C4"));
    let text = |text: &'static str| {
        move |sheet: &mut Worksheet| {
            sheet.write(2, 2, text).expect("text");
        }
    };
    refused(text("1,234"), "workbook-number-ambiguous", "C3 `1,234`");
    refused(text("约12"), "workbook-not-a-number", "C3 `约12`");
    refused(text("12%"), "workbook-not-a-number", "C3");
    refused(
        |sheet| {
            sheet.write(2, 2, true).expect("a truth value");
        },
        "workbook-not-a-number",
        "TRUE/FALSE",
    );
}

/// Marks of absence keep their kinds and are never zero (bad input 28).
#[test]
fn absence_is_kept_by_kind() {
    let table = read(|sheet| {
        sheet.write(2, 2, "—").expect("text");
        sheet.write(3, 2, "…").expect("text");
        sheet.write(4, 2, "#").expect("text");
        sheet.write(2, 3, "　").expect("text");
    })
    .expect("the sheet is clean");
    assert_eq!(missing(&table, "C3"), Missing::NotApplicable);
    assert_eq!(missing(&table, "C4"), Missing::BelowUnit);
    assert_eq!(missing(&table, "C5"), Missing::Withheld);
    assert_eq!(missing(&table, "D3"), Missing::Blank);
}

/// Error cells, formulas without a stored value and external links name their cell (bad input 29).
#[test]
fn broken_formulas_are_refused_with_their_cell() {
    let formula = |formula: &'static str, result: &'static str| {
        move |sheet: &mut Worksheet| {
            let formula = Formula::new(formula).set_result(result);
            sheet.write(3, 3, formula).expect("a formula");
        }
    };
    refused(
        formula("=#REF!+1", "#REF!"),
        "workbook-cell-error",
        "D4 #REF!",
    );
    refused(
        formula("=1/0", "#DIV/0!"),
        "workbook-cell-error",
        "D4 #DIV/0!",
    );
    refused(formula("=[1]产量!B7", "12"), "workbook-external-link", "D4");
    refused(
        formula("=C4*2", UNSTORED),
        "workbook-formula-without-value",
        "D4",
    );
    let table = read(formula("=C4*2", "216")).expect("the stored value is taken");
    assert_eq!(number(&table, "D4"), "216");
}

/// Codes: unknown, twice, absent; a number without a code.
#[test]
fn codes_are_checked_against_the_run() {
    let code = |row: u32, code: &'static str| {
        move |sheet: &mut Worksheet| {
            sheet.write(row, 0, code).expect("a code");
        }
    };
    refused(code(3, "330103"), "workbook-code-unknown", "330103 (A4)");
    refused(code(3, "330000"), "workbook-code-unknown", "330000 (A4)");
    refused(code(3, "拱墅区"), "workbook-code-unknown", "拱墅区 (A4)");
    refused(code(3, "330102"), "workbook-code-twice", "330102 (A3, A4)");
    refused(
        |sheet| {
            sheet.clear_cell(3, 0);
        },
        "workbook-code-missing",
        "A4",
    );
    let table = read(|sheet| {
        for column in 0..4 {
            sheet.clear_cell(4, column);
        }
    })
    .expect("a region without a row is missing, not wrong");
    assert!(has_warning(&table, "workbook-code-absent", "330106"));
}

/// Rows of sums are told by their label and left out, so that nothing counts twice (bad input 30).
#[test]
fn sum_rows_are_left_out_and_listed() {
    let table = read(|sheet| {
        sheet.write(5, 1, "合 计").expect("a label");
        sheet.write(5, 2, 276.1).expect("a number");
    })
    .expect("the sum is recognised");
    assert_eq!(table.values.len(), 6);
    assert_eq!(table.sum_rows.len(), 1);
    assert_eq!(table.sum_rows[0].row, 6);
    assert!(has_warning(&table, "workbook-sum-row", "6 合计"));
}

/// A merged code speaks for the rows of its range and for no other (bad input 25).
#[test]
fn a_merged_code_is_carried_inside_its_range_only() {
    let mut declared = declaration();
    declared.row_item = Some("区县".into());
    let spoil = |last: u32| {
        move |sheet: &mut Worksheet| {
            for (row, item) in (2..5).zip(["林地", "草地", "湿地"]) {
                sheet.clear_cell(row, 0);
                sheet.write(row, 1, item).expect("an item");
            }
            sheet
                .merge_range(2, 0, last, 0, "330102", &Format::new())
                .expect("a valid range");
        }
    };
    let table = read_with(&declared, spoil(4)).expect("the merge covers the rows");
    assert!(table.values.iter().all(|value| value.code == "330102"));
    assert_eq!(table.values[4].row_item.as_deref(), Some("湿地"));
    assert!(has_warning(
        &table,
        "workbook-code-merged",
        "330102 (A4), 330102 (A5)"
    ));
    let findings = read_with(&declared, spoil(3)).expect_err("row 5 has no code");
    assert!(findings.has("workbook-code-missing"));
}

/// A number that stands for several counties belongs to none.
#[test]
fn merged_values_are_refused() {
    refused(
        |sheet| {
            sheet.clear_cell(3, 2);
            sheet
                .merge_range(2, 2, 3, 2, "", &Format::new())
                .expect("a valid range");
            sheet.write(2, 2, 5.0).expect("a number");
        },
        "workbook-value-merged",
        "C3, C4",
    );
}

/// Files that are not there, are no workbooks, or lack the sheet.
#[test]
fn unreadable_files_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let absent = folder.path().join("absent.xlsx");
    let findings = read_sheet(&absent, &declaration(), &codes()).expect_err("no file");
    assert!(findings.has("workbook-unreadable"));
    assert_eq!(findings.exit(), 66);
    let text = folder.path().join("text.xlsx");
    std::fs::write(&text, "not a workbook").expect("a written file");
    let findings = read_sheet(&text, &declaration(), &codes()).expect_err("no workbook");
    assert!(findings.has("workbook-unreadable"));
    let bomb = folder.path().join("bomb.xlsx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&bomb).expect("a file"));
    archive
        .start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default())
        .expect("a new part");
    let zeros = vec![0; 1 << 20];
    for _ in 0..520 {
        archive.write_all(&zeros).expect("a written part");
    }
    archive.finish().expect("a finished archive");
    let findings = read_sheet(&bomb, &declaration(), &codes()).expect_err("half a gigabyte");
    assert!(findings.has("workbook-too-large"));
    let mut other = declaration();
    other.sheet = "废水".into();
    let findings = read_with(&other, |_| {}).expect_err("no such sheet");
    assert!(findings.has("workbook-sheet-missing"));
}

/// The demo's workbook: 90 counties, every number there, nothing to say.
#[test]
fn the_demo_workbook_is_clean() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("datasets/demo-zhejiang");
    let regions = std::fs::read_to_string(folder.join("regions.csv")).expect("the regions");
    let counties: BTreeSet<String> = regions
        .lines()
        .filter(|line| line.contains(",county,"))
        .map(|line| line[..6].to_string())
        .collect();
    assert_eq!(counties.len(), 90);
    let column = |input: &str, header: &str, unit: &str| ColumnDeclaration {
        input: input.into(),
        item: None,
        header: header.into(),
        header_unit: unit.into(),
    };
    let declared = SheetDeclaration {
        sheet: "农产品".into(),
        key: "代码".into(),
        row_item: None,
        columns: vec![
            column("crop_output", "粮食产量", "吨"),
            column("crop_price", "粮食单价", "元/吨，2010年价"),
        ],
        printed_units: printed_units(),
        encoding: None,
    };
    let table = read_sheet(&folder.join("county_workbook.xlsx"), &declared, &counties)
        .expect("the demo workbook is clean");
    assert_eq!(table.values.len(), 180);
    assert!(table.warnings.is_empty(), "{:?}", table.warnings);
    assert_eq!(number(&table, "C3"), "10029");
}

fn value_of(table: &SheetTable, cell: &str) -> (String, Option<String>) {
    let own = table.values.iter().find(|value| value.cell == cell);
    let factor = own.and_then(|own| own.factor.as_ref());
    let factor = factor.map(gep_core::quantity::format_exact);
    (number(table, cell), factor)
}

/// A known multiple of the declared unit is converted exactly and told (bad input 26).
#[test]
fn multiples_of_the_unit_are_converted_and_told() {
    let table = read(|sheet| {
        sheet
            .write(1, 2, "二氧化硫排放量（万吨）")
            .expect("a header");
    })
    .expect("a known multiple");
    assert_eq!(
        value_of(&table, "C3"),
        ("135.1".into(), Some("10000".into()))
    );
    assert_eq!(value_of(&table, "D4"), ("0".into(), None));
    assert!(has_warning(&table, "workbook-unit-converted", "万吨"));
    assert!(has_warning(&table, "workbook-unit-converted", "废气!C2"));
}

/// A header in two rows: groups merged over their columns, the rest over both rows.
fn two_rows(group: &str, corner: &str, units: Option<[&str; 2]>) -> Result<SheetTable, Findings> {
    let mut declared = declaration();
    for (column, header) in declared.columns.iter_mut().zip(["二氧化硫", "颗粒物"]) {
        column.header = format!("污染物排放量/{header}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("book.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("废气").expect("a name");
    let plain = Format::new();
    sheet.write(0, 0, "填报单位：某局").expect("text");
    sheet.write(0, 5, corner).expect("text");
    let merge = |sheet: &mut Worksheet, range: [u32; 4], text: &str| {
        let [first, left, last, right] = range;
        sheet
            .merge_range(first, left as u16, last, right as u16, text, &plain)
            .expect("a range");
    };
    merge(sheet, [1, 0, 2, 0], "行政区划代码");
    merge(sheet, [1, 1, 2, 1], "区县");
    merge(sheet, [1, 2, 1, 3], group);
    merge(sheet, [1, 4, 1, 5], "削减量（万吨）");
    for (column, text) in ["二氧化硫①", "颗粒物", "二氧化硫", "颗粒物"]
        .into_iter()
        .enumerate()
    {
        sheet.write(2, column as u16 + 2, text).expect("a header");
    }
    let mut row = 3;
    if let Some(units) = units {
        sheet.write(row, 0, "计量单位").expect("text");
        sheet.write_row(row, 2, units).expect("units");
        row += 1;
    }
    for code in codes() {
        sheet.write(row, 0, code).expect("a code");
        sheet
            .write_row(row, 2, [1.5, 2.5, 8.0, 9.0])
            .expect("numbers");
        row += 1;
    }
    book.save(&path).expect("a workbook");
    read_sheet(&path, &declared, &codes())
}

/// The unit is that of the group, of a row of units, or of the corner; two that differ
/// are refused with both cells, and so is none.
#[test]
fn headers_in_several_rows_find_their_unit() {
    let table = two_rows("污染物排放量（吨）", "", None).expect("the group's");
    assert_eq!(value_of(&table, "C4"), ("1.5".into(), None));
    assert_eq!(table.values.len(), 6, "the other group is not taken");
    let table = two_rows("污染物排放量", "单位：万吨", None).expect("the corner's");
    assert_eq!(value_of(&table, "D4"), ("2.5".into(), Some("10000".into())));
    let table = two_rows("污染物排放量", "", Some(["吨", "（千克）"])).expect("a row of units");
    assert_eq!(value_of(&table, "C5"), ("1.5".into(), None));
    assert_eq!(value_of(&table, "D5"), ("2.5".into(), Some("0.001".into())));
    let code = |own: Result<SheetTable, Findings>| own.expect_err("refused").0[0].clone();
    let none = code(two_rows("污染物排放量", "", None));
    assert_eq!(none.code, "workbook-unit-missing");
    let several = code(two_rows("污染物排放量", "单位：万吨、吨", None));
    assert_eq!(several.code, "workbook-unit-ambiguous");
    assert!(several.to_text(Language::Zh).contains("万吨 (F1), 吨 (F1)"));
    let both = code(two_rows("污染物排放量（吨）", "", Some(["万吨", "吨"])));
    assert_eq!(both.code, "workbook-unit-ambiguous");
    let other = code(two_rows("排放总量（吨）", "", None));
    assert_eq!(other.code, "workbook-header-missing");
}

/// A mark behind a number is taken off and told; a superscript digit is not.
#[test]
fn footnote_marks_are_taken_off_and_told() {
    let table = read(|sheet| {
        sheet.write(1, 3, "颗粒物排放量①（吨）").expect("a header");
        sheet.write(2, 2, "135.1①").expect("text");
        sheet.write(3, 2, "108 *").expect("text");
    })
    .expect("marks");
    assert_eq!(number(&table, "C3"), "135.1");
    assert_eq!(number(&table, "C4"), "108");
    assert!(has_warning(
        &table,
        "workbook-footnote",
        "C3 `135.1①`, C4 `108 *`"
    ));
    let put = |text: &'static str| {
        move |sheet: &mut Worksheet| {
            sheet.write(2, 2, text).expect("text");
        }
    };
    refused(put("10²"), "workbook-not-a-number", "C3 `10²`");
    refused(put("①"), "workbook-not-a-number", "C3 `①`");
}

/// A row of sums that is not the sum of the rows is told; one that is, is not.
#[test]
fn sums_that_differ_are_told() {
    let with = |so2: f64| {
        read(move |sheet| {
            sheet.write(5, 0, "合计").expect("a label");
            sheet.write(5, 2, so2).expect("a number");
        })
        .expect("a warning only")
    };
    assert!(has_warning(
        &with(276.2),
        "workbook-sum-differs",
        "C6 276.2 (276.1)"
    ));
    let told = |table: SheetTable| {
        table
            .warnings
            .iter()
            .any(|own| own.code == "workbook-sum-differs")
    };
    assert!(!told(with(276.1)));
}
