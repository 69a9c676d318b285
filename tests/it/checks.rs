//! Checks as data: every file's tables behave, every limit counts, waivers stay visible.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use gep::assess::{Figures, Silence, Verdict, fires_on, run_check, test_checks};
use gep::output::{Column, ColumnData, read_parquet};
use gep::run::account::AccountReport;
use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::{CheckKind, Figure, Methodology};
use gep_core::quantity::Rational;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree};

fn bundled() -> Methodology {
    Methodology::bundled().expect("the bundled methodology")
}

/// A copy of the methodology with one text replaced in a file of checks.
fn changed(file: &str, from: &str, to: &str) -> (TempDir, Result<Methodology, Findings>) {
    let folder = tempdir().expect("folder");
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&home, folder.path());
    let path = folder.path().join("checks").join(file);
    let text = fs::read_to_string(&path).expect("a file of checks");
    let other = text.replacen(from, to, 1);
    assert_ne!(text, other, "`{from}` does not stand in {file}");
    fs::write(&path, other).expect("a file of checks");
    let read = Methodology::open(folder.path());
    (folder, read)
}

/// At least sixty checks, of every kind, whose firing tables fire exactly where they
/// say and whose silent tables are compared and do not fire.
#[test]
fn every_check_fires_and_is_silent() {
    let all = bundled();
    assert!(all.checks.len() >= 60, "{}", all.checks.len());
    let kinds: BTreeSet<&str> = all.checks.values().map(|one| one.kind.word()).collect();
    assert_eq!(kinds.len(), CheckKind::ALL.len());
    let tests = test_checks(&all);
    assert_eq!(tests.examples, 2 * all.checks.len());
    let failed: Vec<String> = tests
        .failures
        .iter()
        .map(|one| one.to_text(Language::En))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// No limit of a check can be dropped without its firing table noticing.
#[test]
fn every_limit_counts() {
    let mut mutants = 0;
    let mut survivors = Vec::new();
    for check in bundled().checks.values() {
        let relaxed = check.relaxed();
        assert!(!relaxed.is_empty(), "{} has no limit", check.id);
        for (name, other) in relaxed {
            mutants += 1;
            let (regions, _) = fires_on(&other, &check.firing);
            if regions == check.firing.fires {
                survivors.push(format!("{} without {name}", check.id));
            }
        }
    }
    assert!(
        survivors.is_empty(),
        "{mutants} mutants, alive: {survivors:#?}"
    );
}

/// A relaxed limit in a file, and an example on which nothing can be compared, are
/// each a failure of `gep methodology test`.
#[test]
fn broken_examples_are_noticed() {
    let relaxed = changed("quantities.toml", "high = \"0.740\"", "high = \"80\"").1;
    let tests = test_checks(&relaxed.expect("a methodology"));
    let places: Vec<_> = tests.failures.iter().map(|one| one.code).collect();
    assert_eq!(places, ["check-example-fails"]);
    let words = tests.failures[0].reason(Language::En);
    assert!(words.contains("fire in A B and fires in B"), "{words}");
    let blind = changed(
        "areas.toml",
        "parts = \"area@sum\"",
        "parts = \"areas@sum\"",
    )
    .1;
    let tests = test_checks(&blind.expect("a methodology"));
    assert_eq!(tests.failures.len(), 2);
    assert!(tests.failures[1].reason(Language::En).contains("n/a"));
}

/// What is written wrongly is refused with its line; the bundled files load.
#[test]
fn wrong_files_are_refused() {
    let cases = [
        (
            "kind = \"ratio\"",
            "kind = \"ratios\"",
            "methodology-word-unknown",
        ),
        (
            "low = \"0.9999\"",
            "lower = \"0.9999\"",
            "methodology-unknown-key-meant",
        ),
        (
            "tolerance = \"0.002\"",
            "note = \"0.002\"",
            "methodology-key-missing",
        ),
        ("A area 100 km2", "A area 100", "methodology-check-row"),
        (
            "unit = \"%\"",
            "unit = \"%\"\nover = \"item\"",
            "methodology-check-over",
        ),
        (
            "document = \"check-choice\"",
            "document = \"hearsay\"",
            "methodology-source-unknown",
        ),
    ];
    for (from, to, code) in cases {
        let findings = changed("areas.toml", from, to).1.expect_err(code);
        assert!(findings.has(code), "{code}: {:?}", findings.0);
        assert!(findings.0[0].place.is_some());
    }
}

fn texts(columns: &[Column], name: &str) -> Vec<String> {
    let column = columns.iter().find(|column| column.name == name);
    match column.map(|column| &column.data) {
        Some(ColumnData::Text(texts)) => texts.iter().flatten().cloned().collect(),
        other => panic!("{name}: {other:?}"),
    }
}

/// Rows of the table `checks` by check, region and indicator: verdict and waiver.
fn results(out: &Path) -> BTreeMap<(String, String, String), (String, String)> {
    let columns = read_parquet(&out.join("tables/checks.parquet")).expect("checks");
    let [check, region, indicator, verdict, waiver] =
        ["check", "region_code", "indicator", "verdict", "waiver"]
            .map(|name| texts(&columns, name));
    (0..check.len())
        .map(|at| {
            let key = (check[at].clone(), region[at].clone(), indicator[at].clone());
            (key, (verdict[at].clone(), waiver[at].clone()))
        })
        .collect()
}

fn run(project: &Project, out: &Path) -> Result<AccountReport, Findings> {
    project.run(out)
}

fn with_checks(project: &Project, section: &str) {
    let path = project.path("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    fs::write(&path, format!("{text}\n[checks]\n{section}\n")).expect("project");
}

/// Every check has a row; what is not given is listed as not applicable, never passed.
#[test]
fn every_check_has_a_verdict() {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("out");
    run(&Project::copy(), &out).expect("run");
    let rows = results(&out);
    for id in bundled().checks.keys() {
        assert!(
            rows.keys().any(|(check, ..)| check == id),
            "{id} has no row"
        );
    }
    let verdict = |check: &str, region: &str, indicator: &str| {
        let key = [check, region, indicator].map(str::to_owned);
        rows[&key.into()].0.clone()
    };
    let cooling = "local_climate_regulation";
    assert_eq!(
        verdict("cooling_against_consumption", "", cooling),
        "not_applicable"
    );
    assert_eq!(verdict("gep_jump", "", "gep"), "not_applicable");
    assert_eq!(verdict("gep_of_groups", "330000", "gep"), "pass");
    assert_eq!(verdict("climate_share", "330000", cooling), "fire");
    let report = fs::read_to_string(out.join("report/report.zh.html")).expect("report");
    assert!(report.contains("climate_share") && report.contains("未能比较"));
}

fn waiver(check: &str, region: &str, indicator: &str, expires: &str) -> String {
    format!(
        "[[waiver]]\ncheck = \"{check}\"\nregion = \"{region}\"\nindicator = \"{indicator}\"\n\
         reason = \"演示\"\ndocument = \"文 1 号\"\nname = \"张三\"\nexpires = {expires}\n"
    )
}

/// A waiver marks its finding and hides nothing; one that expired, matches nothing,
/// may not be written or names no check is a finding of its own.
#[test]
fn waivers_stay_visible() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    with_checks(&project, "waivers = \"waivers.toml\"\nas_of = 2026-06-30");
    let cooling = "local_climate_regulation";
    let write = |entries: &[String]| {
        fs::write(project.path("waivers.toml"), entries.join("\n")).expect("waivers");
    };
    let codes = |report: &AccountReport| -> Vec<&'static str> {
        let all = report.warnings.iter();
        let codes = all
            .map(|one| one.code)
            .filter(|code| code.starts_with("waiver"));
        codes.collect()
    };
    let key = ("climate_share".into(), "330000".into(), cooling.to_owned());
    write(&[waiver("climate_share", "330000", cooling, "2026-12-31")]);
    let out = folder.path().join("waived");
    let report = run(&project, &out).expect("run");
    assert!(codes(&report).is_empty());
    let (verdict, signed) = results(&out)[&key].clone();
    assert_eq!(verdict, "waived");
    assert!(
        signed.contains("张三") && signed.contains("2026-12-31"),
        "{signed}"
    );
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("report");
    assert!(page.contains("张三") && page.contains("已豁免"));

    write(&[
        waiver("climate_share", "330000", cooling, "2026-06-29"),
        waiver("climate_share", "330101", cooling, "2026-12-31"),
        waiver("gep_of_regions", "330000", "gep", "2026-12-31"),
        waiver("climate_shares", "330000", cooling, "2026-12-31"),
    ]);
    let out = folder.path().join("wrong");
    let report = run(&project, &out).expect("run");
    let expected = [
        "waiver-expired",
        "waiver-without-match",
        "waiver-not-allowed",
        "waiver-check-unknown",
    ];
    assert_eq!(codes(&report), expected);
    assert_eq!(results(&out)[&key].0, "fire");
    for finding in &report.warnings {
        assert!(
            !finding.to_text(Language::Zh).is_empty() && !finding.to_text(Language::En).is_empty()
        );
    }
}

/// A waiver file without a name, and one without a day to judge it by, are refused.
#[test]
fn incomplete_waivers_are_refused() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    let entry = waiver(
        "climate_share",
        "330000",
        "local_climate_regulation",
        "2026-12-31",
    );
    fs::write(project.path("waivers.toml"), &entry).expect("waivers");
    with_checks(&project, "waivers = \"waivers.toml\"");
    let refused = |name: &str| run(&project, &folder.path().join(name)).expect_err(name);
    assert!(refused("undated").has("waivers-without-date"));
    project.edit(
        "waivers = \"waivers.toml\"",
        "waivers = \"waivers.toml\"\nas_of = 2026-06-30",
    );
    for (from, to) in [
        ("张三", " "),
        ("name =", "sign ="),
        ("2026-12-31", "2026-12-31T00:00:00"),
    ] {
        fs::write(project.path("waivers.toml"), entry.replace(from, to)).expect("waivers");
        assert!(refused("incomplete").has("waivers-unreadable"), "{to}");
    }
}

/// Against its own tables a run has changed nothing, and is found to be a copy; a
/// table of another kind is refused.
#[test]
fn previous_run_is_compared() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    let first = folder.path().join("first");
    run(&project, &first).expect("run");
    fs::create_dir(project.path("last")).expect("folder");
    let names = ["physical", "value", "gep", "extent"];
    for name in names {
        let file = format!("{name}.parquet");
        fs::copy(
            first.join("tables").join(&file),
            project.path("last").join(&file),
        )
        .expect("copy");
    }
    let list = names
        .map(|name| format!("\"last/{name}.parquet\""))
        .join(", ");
    with_checks(&project, &format!("previous = [{list}]"));
    let out = folder.path().join("second");
    run(&project, &out).expect("run");
    let rows = results(&out);
    let verdicts = |check: &str| -> BTreeSet<String> {
        let own = rows.iter().filter(|((id, ..), _)| id == check);
        own.map(|(_, (verdict, _))| verdict.clone()).collect()
    };
    assert_eq!(verdicts("gep_jump"), BTreeSet::from(["pass".to_owned()]));
    assert_eq!(
        verdicts("county_area_change"),
        BTreeSet::from(["pass".to_owned()])
    );
    assert!(verdicts("value_unit_slip").contains("pass"));
    assert!(verdicts("quantity_copied_from_previous").contains("fire"));

    fs::copy(
        first.join("tables/regions.parquet"),
        project.path("last/gep.parquet"),
    )
    .expect("copy");
    let refused = run(&project, &folder.path().join("third")).expect_err("regions");
    assert!(refused.has("previous-unreadable"));
}

/// Each reason for having nothing to say is told apart, and a sign needs no price year.
#[test]
fn silences_have_reasons() {
    let all = bundled();
    let verdict = |check: &str, rows: &[(&str, &str, Option<i64>, &str)]| {
        let mut figures = Figures::default();
        for (region, series, value, unit) in rows {
            figures.add(Figure {
                region: (*region).to_owned(),
                class: "all".into(),
                item: String::new(),
                series: (*series).to_owned(),
                value: value.map(|number| Rational::from_integer(number.into())),
                unit: all.units.unit(unit).expect("unit"),
            });
        }
        run_check(&all.checks[check], &figures)[0].verdict
    };
    let oxygen = ("A", "oxygen_release.quantity", Some(119), "t[O2]");
    let ratio = "oxygen_to_carbon_dioxide";
    let carbon = |value, unit| ("A", "carbon_sequestration.quantity", value, unit);
    let silent = Verdict::NotApplicable;
    assert_eq!(verdict(ratio, &[oxygen]), silent(Silence::NotGiven));
    assert_eq!(
        verdict(ratio, &[oxygen, carbon(None, "t[CO2]")]),
        silent(Silence::Missing)
    );
    assert_eq!(
        verdict(ratio, &[oxygen, carbon(Some(163), "t[C]")]),
        silent(Silence::UnitsDiffer)
    );
    assert_eq!(
        verdict(ratio, &[oxygen, carbon(Some(0), "t[CO2]")]),
        silent(Silence::ZeroBelow)
    );
    assert_eq!(
        verdict(ratio, &[oxygen, carbon(Some(163), "t[CO2]")]),
        Verdict::Pass
    );
    let price = ("A", "input.grain_price", Some(2400), "CNY@2010/t[crop]");
    assert_eq!(
        verdict("grain_price_peers", &[price]),
        silent(Silence::TooFew)
    );
    let value = |number| [("A", "total.gep", Some(number), "CNY@2023")];
    assert_eq!(verdict("value_negative", &value(-1)), Verdict::Fire);
    assert_eq!(verdict("value_negative", &value(1)), Verdict::Pass);
}

/// `gep checks` lists and shows; an unknown id ends with 2.
#[test]
fn command_lists_and_shows() {
    let gep = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_gep"))
            .args(arguments)
            .output();
        let done = done.expect("gep runs");
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        (done.status.code(), text)
    };
    let (code, text) = gep(&["checks", "list", "--lang", "en"]);
    let count = bundled().checks.len();
    assert_eq!(code, Some(0));
    assert!(text.contains(&format!("{count} checks: ")), "{text}");
    let (code, text) = gep(&["checks", "show", "climate_share", "--lang", "zh"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("49.34") && text.contains("tonglu-gep-2021"),
        "{text}"
    );
    let (code, _) = gep(&["checks", "show", "climate_shares"]);
    assert_eq!(code, Some(2));
}
