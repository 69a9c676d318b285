//! Corrections by hand: their own line, never mixed in, held by verify, told by explain.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gep::audit::{Question, explain, explanation_text, verify};
use gep::output::{Column, ColumnData, parquet_bytes, read_parquet};
use gep::run::account::Prepared;
use gep_core::diagnostic::{Findings, Language};
use gep_core::quantity::{format_exact, parse_decimal};
use gep_core::storage::{digest_bytes, digest_file};
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

use crate::account::measures;
use crate::init::{filled_project, run};

const HEADERS: [&str; 7] = ["key", "old", "new", "reason", "document", "name", "date"];

struct Case {
    folder: TempDir,
    project: PathBuf,
}

impl Case {
    /// A filled project with these corrections (key, old, new).
    fn with(rows: &[[&str; 3]]) -> Self {
        let (folder, project) = filled_project();
        let text = fs::read_to_string(project.join("gep.toml")).expect("project");
        let text =
            format!("{text}\n[adjustments]\npath = \"adjustments.xlsx\"\nsheet = \"调整\"\n");
        fs::write(project.join("gep.toml"), text).expect("project");
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name("调整").expect("name");
        sheet.write_row(0, 0, HEADERS).expect("headers");
        for (at, [key, old, new]) in rows.iter().enumerate() {
            let row = [
                *key,
                *old,
                *new,
                "重复计入",
                "统便函1号",
                "王某",
                "2026-03-31",
            ];
            sheet.write_row(at as u32 + 1, 0, row).expect("row");
        }
        book.save(project.join("adjustments.xlsx")).expect("book");
        Self { folder, project }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn run(&self) -> Result<Option<i128>, Findings> {
        run(&self.project, &self.out()).map(|report| report.adjusted_fen)
    }
}

fn columns(out: &Path) -> Vec<Column> {
    read_parquet(&out.join("tables/adjustments.parquet")).expect("table")
}

/// Lines by kind and key: before, adjustment, after.
fn lines(out: &Path) -> BTreeMap<String, [String; 3]> {
    let columns = columns(out);
    let texts = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts.clone(),
            other => panic!("{other:?}"),
        }
    };
    let keys = [
        "line",
        "table",
        "region_code",
        "class",
        "indicator",
        "output",
        "item",
    ]
    .map(texts);
    let amounts = ["before", "adjustment", "after"].map(texts);
    let text = |own: &Vec<Option<String>>, row: usize| own[row].clone().unwrap_or_default();
    (0..keys[0].len())
        .map(|row| {
            let key: Vec<String> = keys.iter().map(|own| text(own, row)).collect();
            (key.join("/"), amounts.each_ref().map(|own| text(own, row)))
        })
        .collect()
}

/// One county's grain output is corrected from 2020 t to 2021 t at 2020 yuan a tonne: the
/// account stays, and its own line says + 2,020 yuan up to the province.
#[test]
fn a_corrected_input_has_its_own_line_and_moves_no_table() {
    let plain = Case::with(&[]);
    assert_eq!(plain.run().expect("run"), None);
    assert!(lines(&plain.out()).is_empty());
    let case = Case::with(&[["inputs/330102/grain_output", "2020000", "2021000"]]);
    let findings = case
        .run()
        .expect_err("the unit of `inputs` is not kilograms");
    assert!(findings.has("adjustment-old-differs"), "{findings:?}");
    let case = Case::with(&[["inputs/330102/grain_output", "2020", "2021"]]);
    let adjusted = case.run().expect("run").expect("a number");
    for table in ["value", "gep"] {
        let keys: &[&str] = match table {
            "gep" => &["region_code", "item"],
            _ => &["region_code", "class", "indicator", "output", "item"],
        };
        let of = |out: &Path| measures(out, table, keys, "value_fen");
        assert_eq!(of(&plain.out()), of(&case.out()), "{table} must not move");
    }
    let inputs = |out: &Path| digest_file(&out.join("tables/inputs.parquet")).expect("digest");
    assert_eq!(inputs(&plain.out()), inputs(&case.out()));
    let own = lines(&case.out());
    let input = &own["input/inputs/330102//grain_output//"];
    assert_eq!(*input, ["2020", "1", "2021"].map(String::from));
    let value = &own["account/value/330102/all/grain_supply/value/"];
    assert_eq!(*value, ["4080400", "2020", "4082420"].map(String::from));
    for region in ["330102", "330100", "330000"] {
        for item in ["gep", "provisioning", "grain_supply"] {
            let line = &own[&format!("account/gep/{region}/all/{item}/value/")];
            assert_eq!(line[1], "2020", "{region} {item}");
        }
    }
    assert!(
        !own.contains_key("account/gep/330203/all/gep/value/"),
        "not concerned"
    );
    let province = measures(&case.out(), "gep", &["region_code", "item"], "value_fen");
    let before = province["330000/gep"].expect("a number");
    assert_eq!(adjusted, before + 202_000);
    let verification = verify(&case.out()).expect("verify");
    assert!(
        verification.differences.is_empty(),
        "{:?}",
        verification.differences
    );
    assert!(verification.unread.is_empty());
    assert!(
        verification
            .checked
            .iter()
            .any(|(name, count)| *name == "adjustments" && *count > 9)
    );
}

/// A corrected result counts in the line of its sums; both kinds may stand side by side.
#[test]
fn a_corrected_result_adds_up_to_the_province() {
    let case = Case::with(&[
        ["value/330105/grain_supply", "9120400", "9120400.50"],
        ["inputs/330102/grain_output", "2020", "缺"],
    ]);
    // Row 4 of the form: 3020 x 3020 yuan.
    assert_eq!(3020_i64 * 3020, 9_120_400);
    case.run().expect("run");
    let own = lines(&case.out());
    let result = &own["result/value/330105/all/grain_supply/value/"];
    assert_eq!(*result, ["9120400", "0.5", "9120400.5"].map(String::from));
    let gone = &own["account/value/330102/all/grain_supply/value/"];
    assert_eq!(
        *gone,
        ["4080400", "", ""].map(String::from),
        "missing, not zero"
    );
    let city = &own["account/gep/330100/all/grain_supply/value/"];
    assert_eq!(city[1], "-4080399.5");
    let verification = verify(&case.out()).expect("verify");
    assert!(
        verification.differences.is_empty(),
        "{:?}",
        verification.differences
    );
}

/// `explain` tells before, adjustment and after with who signed; of a number that is not
/// concerned it tells nothing. The report has a chapter, in both languages.
#[test]
fn explain_and_report_tell_the_line() {
    let case = Case::with(&[["inputs/330102/grain_output", "2020", "2021"]]);
    case.run().expect("run");
    let tell = |region: &str, language| {
        let question = Question::Item {
            region: region.to_string(),
            item: "gep".to_string(),
            year: None,
        };
        let explanation = explain(&case.out(), &question).expect("explain");
        explanation_text(&explanation, language)
    };
    let text = tell("330000", Language::Zh);
    assert!(text.contains("手工调整（不计入本数）"), "{text}");
    assert!(text.contains("2020 + 1 = 2021 t"), "{text}");
    assert!(
        text.contains("重复计入; 统便函1号; 王某; 2026-03-31"),
        "{text}"
    );
    assert!(tell("330000", Language::En).contains("adjustments by hand"));
    assert!(!tell("330203", Language::Zh).contains("手工调整"));
    for (file, words) in [
        ("report.zh.html", "手工调整"),
        ("report.en.html", "Adjustments by hand"),
    ] {
        let page = fs::read_to_string(case.out().join("report").join(file)).expect("report");
        assert!(page.contains(words) && page.contains("王某"), "{file}");
    }
    let plain = Case::with(&[]);
    plain.run().expect("run");
    let page = fs::read_to_string(plain.out().join("report/report.zh.html")).expect("report");
    assert!(!page.contains("id=\"adjustments\""));
}

/// Every way in which a correction does not fit is refused, by check where it can be.
#[test]
fn corrections_that_do_not_fit_are_refused() {
    for (rows, code, before_run) in [
        (
            vec![["inputs/330102/grain_output", "2020.1", "1"]],
            "adjustment-old-differs",
            true,
        ),
        (
            vec![["inputs/330102/grain_output", "缺", "1"]],
            "adjustment-old-differs",
            true,
        ),
        (
            vec![["inputs/330199/grain_output", "2020", "1"]],
            "adjustment-key-unknown",
            true,
        ),
        (
            vec![["inputs/330102/emissions", "2020", "1"]],
            "adjustment-key-unknown",
            true,
        ),
        (
            vec![["inputs/330102/nothing", "2020", "1"]],
            "adjustment-key-unknown",
            true,
        ),
        (
            vec![["value/330102/grain_supply", "4080400.01", "1"]],
            "adjustment-old-differs",
            false,
        ),
        (
            vec![["value/330100/grain_supply", "1", "2"]],
            "adjustment-key-unknown",
            false,
        ),
        (
            vec![["value/330102/grain_supply", "4080400", "1.001"]],
            "adjustment-not-exact",
            false,
        ),
        (
            vec![
                ["inputs/330102/grain_output", "2020", "2021"],
                ["value/330102/grain_supply", "4080400", "1"],
            ],
            "adjustment-of-moved-result",
            false,
        ),
    ] {
        let case = Case::with(&rows);
        let findings = match before_run {
            true => Prepared::open(&case.project, None, None).err().expect(code),
            false => case.run().expect_err(code),
        };
        assert!(findings.has(code), "{code}: {findings:?}");
        for language in [Language::Zh, Language::En] {
            assert!(
                findings
                    .0
                    .iter()
                    .all(|one| !one.to_text(language).is_empty())
            );
        }
        assert!(!case.out().exists());
    }
}

/// Changes one text of the table and its digest in the manifest, as a forger would.
fn forge(out: &Path, column: &str, change: impl Fn(&str) -> Option<String>) {
    let path = out.join("tables/adjustments.parquet");
    let old = digest_file(&path).expect("digest");
    let mut columns = columns(out);
    let own = columns.iter_mut().find(|own| own.name == column);
    let ColumnData::Text(texts) = &mut own.expect("column").data else {
        panic!("{column} is no text");
    };
    let cell = texts.iter_mut().find_map(|text| {
        let new = change(text.as_deref().unwrap_or_default())?;
        *text = Some(new);
        Some(())
    });
    assert!(cell.is_some(), "nothing to forge in {column}");
    let metadata = [("gep.table".to_string(), "adjustments".to_string())];
    let bytes = parquet_bytes(&columns, &metadata).expect("bytes");
    fs::write(&path, &bytes).expect("table");
    let manifest = out.join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("manifest");
    fs::write(&manifest, text.replace(&old, &digest_bytes(&bytes))).expect("manifest");
}

/// Each check of `verify` on the table fires on its forgery.
#[test]
fn verify_holds_the_corrections() {
    let case = Case::with(&[["inputs/330102/grain_output", "2020", "2021"]]);
    for (column, code) in [
        ("before", "verify-adjustment-before"),
        ("adjustment", "verify-adjustment-sum"),
        ("name", "verify-adjustment-unsigned"),
        ("after", "verify-adjustment-region"),
        ("after", "verify-adjustment-gep"),
        ("number_id", "verify-number-id"),
    ] {
        case.run().expect("run");
        forge(&case.out(), column, |text| match column {
            "name" => (!text.is_empty()).then(String::new),
            "number_id" => Some("aaaaaaaaaaaaa".to_string()),
            _ => {
                let number = parse_decimal(text)?;
                let one = gep_core::quantity::Rational::from_integer(1.into());
                Some(format_exact(&(number + one)))
            }
        });
        let verification = verify(&case.out()).expect("verify");
        let codes: Vec<&str> = verification
            .differences
            .iter()
            .map(|one| one.code)
            .collect();
        assert!(codes.contains(&code), "{column}: {codes:?}");
    }
}
