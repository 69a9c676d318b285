//! What is outstanding from whom, and that one problem hides no other.

use std::fs;
use std::process::{Command, Output};

use gep::run::account::Prepared;
use gep::run::departments::{DepartmentReport, department_report};
use gep_core::diagnostic::Language;
use gep_core::methodology::Methodology;

use crate::account::Project;
use crate::workbooks::{Put, rewrite};

fn report(project: &Project) -> DepartmentReport {
    department_report(project.folder.path(), None, None).expect("report")
}

fn gep(project: &Project, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gep"))
        .arg("check")
        .arg(project.folder.path())
        .args(["--by", "department"])
        .args(more)
        .output()
        .expect("gep runs")
}

/// The codes in a list of an input's state.
fn codes<'a>(
    report: &'a DepartmentReport,
    department: &str,
    input: &str,
    item: &str,
) -> [Vec<&'a str>; 4] {
    let own = report.departments.iter().find(|one| one.id == department);
    let own = own.unwrap_or_else(|| panic!("no {department}"));
    let own = own.inputs.iter();
    let state = own
        .clone()
        .find(|one| one.input == input && one.item == item)
        .unwrap_or_else(|| panic!("no {input} {item}"));
    [&state.given, &state.marked, &state.missing, &state.wrong]
        .map(|set| set.iter().map(String::as_str).collect())
}

/// The demo has everything its profile needs, and everything has its department.
#[test]
fn nothing_is_outstanding_in_the_demo() {
    let project = Project::copy();
    let own = report(&project);
    assert!(!own.outstanding());
    assert!(own.errors().is_empty());
    let ids: Vec<&str> = own.departments.iter().map(|one| one.id.as_str()).collect();
    assert!(ids.contains(&"agriculture") && ids.contains(&"environment"));
    let nobody = own.departments.iter().filter(|one| one.id.is_empty());
    assert!(nobody.flat_map(|one| &one.inputs).next().is_none());
    let [given, marked, missing, wrong] = codes(&own, "environment", "emissions", "SO2");
    assert_eq!(given.len(), 90);
    assert!(marked.is_empty() && missing.is_empty() && wrong.is_empty());
    assert_eq!(gep(&project, &["--strict"]).status.code(), Some(0));
}

/// A blank cell is outstanding, a mark is an answer, a wrong cell is wrong, and each
/// stands with the department and the county it is of.
#[test]
fn each_cell_is_told_with_county_and_department() {
    let project = Project::copy();
    rewrite(
        &project.path("county_workbook.xlsx"),
        |sheet, row, column| match (sheet, row, column) {
            ("农产品", 2, 2) => Some(Put::Blank),
            ("农产品", 3, 2) => Some(Put::Text("—")),
            ("农产品", 4, 2) => Some(Put::Text("约12")),
            _ => None,
        },
    );
    let own = report(&project);
    let [given, marked, missing, wrong] = codes(&own, "agriculture", "grain_output", "");
    assert_eq!(given.len(), 87);
    assert_eq!((marked.len(), missing.len(), wrong.len()), (1, 1, 1));
    let [price, ..] = codes(&own, "agriculture", "grain_price", "");
    assert_eq!(price.len(), 90, "the column beside it is whole");
    let findings = |id: &str| {
        let own = own.departments.iter().find(|one| one.id == id);
        let codes = own.map(|one| one.findings.iter().map(|one| one.code).collect::<Vec<_>>());
        codes.unwrap_or_default()
    };
    assert_eq!(findings("agriculture"), ["workbook-not-a-number"]);
    assert!(findings("environment").is_empty());
    let text = own.text(Language::Zh);
    assert!(text.contains("已报 87/90 县"), "{text}");
    assert!(text.contains(&format!("缺 1（{} ", missing[0])), "{text}");
    assert!(text.contains("有误 1"), "{text}");
    assert!(own.text(Language::En).contains("87 of 90 counties"));
    assert_eq!(gep(&project, &[]).status.code(), Some(65));
}

/// A blank alone is no error; `--strict` makes it end with 1.
#[test]
fn what_has_not_come_ends_with_1_only_if_asked() {
    let project = Project::copy();
    rewrite(
        &project.path("county_workbook.xlsx"),
        |sheet, row, column| ((sheet, row, column) == ("农产品", 2, 2)).then_some(Put::Blank),
    );
    assert_eq!(gep(&project, &[]).status.code(), Some(0));
    let strict = gep(&project, &["--strict", "--format", "json"]);
    assert_eq!(strict.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&strict.stdout).expect("json");
    assert_eq!(told["outstanding"], true);
    let departments = told["departments"].as_array().expect("list");
    let agriculture = departments
        .iter()
        .find(|one| one["department"] == "agriculture");
    let inputs = agriculture.expect("agriculture")["inputs"].clone();
    assert_eq!(inputs[0]["missing"].as_array().expect("codes").len(), 1);
}

/// A workbook that has not come leaves its inputs outstanding in every county, and the
/// others are told all the same.
#[test]
fn a_workbook_that_has_not_come() {
    let project = Project::copy();
    fs::remove_file(project.path("county_workbook.xlsx")).expect("removed");
    let own = report(&project);
    for (department, input, item) in [
        ("agriculture", "grain_output", ""),
        ("environment", "emissions", "NOx"),
    ] {
        let [given, _, missing, _] = codes(&own, department, input, item);
        assert_eq!((given.len(), missing.len()), (0, 90));
    }
    let [layer, ..] = codes(&own, "meteorology", "precipitation_monthly", "");
    assert_eq!(layer.len(), 1);
    assert!(own.text(Language::Zh).contains("缺 全部 90 个县"));
    assert_eq!(gep(&project, &[]).status.code(), Some(66));
}

/// The project may name another department for a sheet.
#[test]
fn a_sheet_may_belong_to_another_department() {
    let project = Project::copy();
    project.edit(
        "sheet = \"农产品\"\n",
        "sheet = \"农产品\"\ndepartment = \"statistics\"\n",
    );
    let [given, ..] =
        codes(&report(&project), "statistics", "grain_output", "").map(|own| own.len());
    assert_eq!(given, 90);
}

/// One stage's problem hides no other stage's: legend, layer, county, sheet and terms.
#[test]
fn all_problems_are_told_at_once() {
    let project = Project::copy();
    project.edit("nodata = 255", "nodata = 0");
    project.edit("range = [-500.0, 9000.0]", "range = [0.0, 10.0]");
    project.edit(
        "[vectors.zones]",
        "[asset]\nrate = \"two\"\nhorizon_years = 30\nfirst_payment_years = 1\nsource = { zh = \"甲\", en = \"A\" }\n\n[vectors.zones]",
    );
    rewrite(
        &project.path("county_workbook.xlsx"),
        |sheet, row, column| match (sheet, row, column) {
            ("农产品", 1, 2) => Some(Put::Text("粮食产量（万元）")),
            ("农产品", 4, 3) => Some(Put::Text("约12")),
            ("工业源废气", 4, 2) => Some(Put::Text("#REF!x")),
            _ => None,
        },
    );
    let Err(findings) = Prepared::open(project.folder.path(), None, None) else {
        panic!("accepted");
    };
    for code in [
        "nodata-in-legend",
        "value-out-of-range",
        "discounting-unusable",
        "workbook-unit-differs",
        "workbook-not-a-number",
    ] {
        assert!(findings.has(code), "{code}: {:?}", findings.0);
    }
    let sheets = findings.0.iter();
    let sheets = sheets.filter(|one| one.code == "workbook-not-a-number");
    assert_eq!(sheets.count(), 2, "one a sheet");
    let mut seen = Vec::new();
    for finding in &findings.0 {
        assert!(!seen.contains(&finding), "told twice: {finding:?}");
        seen.push(finding);
    }
}

/// What the bundled demo profile reads is filed by somebody, in a unit that fits.
#[test]
fn inputs_of_the_demo_profile_have_departments() {
    let methodology = Methodology::bundled().expect("methodology");
    let profile = &methodology.profiles["zj-demo"];
    let needs = methodology.project_inputs(profile).expect("inputs");
    for input in needs.layers.iter().chain(&needs.tables) {
        assert!(methodology.departments.of(input).is_some(), "{input}");
    }
    for table in &needs.tables {
        let form = &methodology.departments.forms[table];
        let unit = form.unit.as_ref().expect("a unit");
        assert!(
            unit.unit
                .same_dimension(&methodology.quantities[table].unit)
        );
    }
}
