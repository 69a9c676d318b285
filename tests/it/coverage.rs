//! What counts as computed was computed: `docs/coverage.toml` is what runs of the demo and
//! of the bundled fixtures gave (renewed with `GEP_ACCEPT=1`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::output::{ColumnData, read_parquet};
use gep::run::account::run_account;
use gep::run::coverage::{Evidence, EvidenceBook, coverage, read_evidence};
use gep::run::demo::SEA;
use gep_core::methodology::Methodology;
use tempfile::tempdir;

use crate::account::Project;
use crate::daily;
use crate::invest;
use crate::objects::{Bodies, RESERVOIRS};

const HEAD: &str = "\
# Which indicator is computed under which profile, and against what its numbers were verified.
# Written from real runs by the test `coverage_is_held_by_runs` (GEP_ACCEPT=1); not by hand.
# `run`: what was run, nothing if no run gave a number; `numbers`: those it gave, missing and
# withheld ones left out; `by_hand`, `by_source`, `by_tool`: examples of its methods;
# `published`: printed accounts its methods reproduce; `oracle`: other programs.

";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Computed numbers of each indicator in the quantities and values of a run.
fn computed(out: &Path) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for table in ["physical", "value"] {
        let columns = read_parquet(&out.join(format!("tables/{table}.parquet"))).expect("table");
        let text = |name: &str| {
            let column = columns.iter().find(|column| column.name == name);
            match &column.expect("column").data {
                ColumnData::Text(texts) => texts.clone(),
                other => panic!("{name}: {other:?}"),
            }
        };
        for (indicator, state) in text("indicator").iter().zip(text("state")) {
            if state.as_deref() == Some("computed") {
                *counts.entry(indicator.clone().expect("an id")).or_default() += 1;
            }
        }
    }
    counts
}

/// Runs every profile whose inputs the demo or a fixture gives: what was run, and the
/// numbers of each indicator, by profile.
fn runs(all: &Methodology) -> BTreeMap<String, (String, BTreeMap<String, usize>)> {
    let mut found = BTreeMap::new();
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    for id in all.profiles.keys() {
        let mut request = project.request(&folder.path().join(id));
        request.profile = Some(id.clone());
        // A profile the demo has no inputs for is refused, and not run.
        if run_account(&request, &|_, _| {}).is_ok() {
            found.insert(id.clone(), ("demo".to_string(), computed(&request.out)));
        }
    }
    let bodies = Bodies::new(&RESERVOIRS);
    let mut fixtures: Vec<(&str, &str, PathBuf)> = Vec::new();
    let out = bodies.run(64).expect("run");
    fixtures.push(("water-bodies", "tests/it/objects.rs", out));
    let rasters = tempdir().expect("folder");
    invest::write_project(rasters.path());
    let request = invest::request(rasters.path());
    run_account(&request, &|_, _| {}).expect("run");
    fixtures.push(("invest", "tests/it/invest.rs", request.out));
    let mut sea = project.request(&folder.path().join("sea"));
    sea.project = project.path(SEA);
    run_account(&sea, &|_, _| {}).expect("run");
    fixtures.push(("marine-gbt-28058", "demo --sea", sea.out));
    let days = daily::whole_year();
    let out = folder.path().join("days");
    run_account(&daily::request(days.path(), &out, 512), &|_, _| {}).expect("run");
    fixtures.push(("daily-laws", "tests/it/daily.rs", out));
    for (profile, file, out) in fixtures {
        let run = (file.to_string(), computed(&out));
        found.insert(profile.to_string(), run);
    }
    found
}

/// Rows of a table of tests by column.
fn records(path: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(root().join(path)).expect("a table of tests");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    lines
        .map(|line| {
            let cells = line.split(',').map(String::from);
            header.iter().map(ToString::to_string).zip(cells).collect()
        })
        .collect()
}

/// Methods that an account or program under `tests` is compared with, and its name: of the
/// indicators of a profile that a column names.
fn compared(all: &Methodology, profile: &str, path: &str, column: &str) -> Vec<String> {
    let profile = &all.profiles[profile];
    let named: Vec<String> = records(path)
        .iter()
        .map(|row| row[column].clone())
        .collect();
    let own = profile
        .indicators
        .iter()
        .filter(|one| named.contains(&one.id));
    own.flat_map(|one| one.methods.clone()).collect()
}

fn evidence(all: &Methodology) -> EvidenceBook {
    let runs = runs(all);
    let garze = compared(
        all,
        "garze-2010",
        "tests/published/garze-2010/items.csv",
        "indicator",
    );
    let services = compared(all, "zj-demo", "tests/oracle/services.csv", "service");
    let mut book = EvidenceBook::new();
    for (id, profile) in &all.profiles {
        let own = book.entry(id.clone()).or_default();
        for indicator in &profile.indicators {
            let mut told = Evidence {
                state: indicator.state.word().to_string(),
                ..Evidence::default()
            };
            if let Some((run, numbers)) = runs.get(id)
                && let Some(count) = numbers.get(&indicator.id)
            {
                told.run.clone_from(run);
                told.numbers = *count;
            }
            for method in indicator
                .methods
                .iter()
                .filter_map(|id| all.methods.get(id))
            {
                for example in &method.examples {
                    match example.by.as_str() {
                        "hand" => told.by_hand += 1,
                        "source" => told.by_source += 1,
                        _ => told.by_tool += 1,
                    }
                }
            }
            let any = |methods: &[String]| indicator.methods.iter().any(|id| methods.contains(id));
            if any(&garze) {
                told.published
                    .push("garze-2010 (crates/core/tests/garze.rs)".into());
            }
            if any(&services) {
                told.oracle
                    .push("scripts/long/oracle_services.py (tests/it/oracle.rs)".into());
            }
            if id == "invest" {
                told.oracle
                    .push("InVEST definitions (tests/it/invest.rs)".into());
            }
            own.insert(indicator.id.clone(), told);
        }
    }
    book
}

fn written(book: &EvidenceBook) -> String {
    let quoted = |all: &[String]| -> String {
        let all: Vec<String> = all.iter().map(|one| format!("{one:?}")).collect();
        all.join(", ")
    };
    let mut text = HEAD.to_string();
    for (profile, own) in book {
        text.push_str(&format!("[{profile}]\n"));
        for (indicator, one) in own {
            text.push_str(&format!(
                "{indicator} = {{ state = {:?}, run = {:?}, numbers = {}, by_hand = {}, by_source = {}, by_tool = {}, published = [{}], oracle = [{}] }}\n",
                one.state, one.run, one.numbers, one.by_hand, one.by_source, one.by_tool,
                quoted(&one.published), quoted(&one.oracle)
            ));
        }
        text.push('\n');
    }
    text.trim_end().to_string() + "\n"
}

/// The file is what the runs give, word by word; what a profile calls computed and no run
/// gave is told as not run.
#[test]
fn coverage_is_held_by_runs() {
    let all = Methodology::bundled().expect("bundled");
    let book = evidence(&all);
    let path = root().join("docs/coverage.toml");
    let text = written(&book);
    assert_eq!(read_evidence(&text).expect("evidence"), book);
    if std::env::var_os("GEP_ACCEPT").is_some() {
        fs::write(&path, &text).expect("written");
    }
    let kept = fs::read_to_string(&path).expect("coverage");
    assert!(
        kept == text,
        "docs/coverage.toml is not what runs give: GEP_ACCEPT=1"
    );
    let told = coverage(&all, &book).expect("coverage");
    let state = |indicator: &str, profile: &str| {
        told.cells[&(indicator.to_string(), profile.to_string())].state
    };
    assert_eq!(state("grain_supply", "zj-demo"), "computed");
    assert_eq!(state("soil_retention", "zj-demo"), "provisional");
    assert_eq!(state("tourism", "zj-demo"), "absent");
    // The paper's account has no project: its vectors are no run.
    assert_eq!(state("hydropower", "garze-2010"), "not_run");
    assert_eq!(state("reservoir_storage", "water-bodies"), "computed");
}

/// Without a run nothing counts as computed; with one that gave missing numbers only
/// neither.
#[test]
fn a_claim_without_a_number_does_not_count() {
    let all = Methodology::bundled().expect("bundled");
    let none = coverage(&all, &EvidenceBook::new()).expect("coverage");
    let states: Vec<&str> = none.cells.values().map(|cell| cell.state).collect();
    assert!(
        states
            .iter()
            .all(|state| ["absent", "not_run"].contains(state))
    );
    let mut one = Evidence {
        run: "demo".into(),
        ..Evidence::default()
    };
    let book = |own: &Evidence| {
        let indicators = BTreeMap::from([("grain_supply".to_string(), own.clone())]);
        EvidenceBook::from([("zj-demo".to_string(), indicators)])
    };
    let key = ("grain_supply".to_string(), "zj-demo".to_string());
    let state = |own: &Evidence| coverage(&all, &book(own)).expect("coverage").cells[&key].state;
    assert_eq!(state(&one), "not_run");
    one.numbers = 1;
    assert_eq!(state(&one), "computed");
}

/// Values are counted one by one: the totals are the rows of the files, and the commands
/// print them in both languages.
#[test]
fn values_are_counted_and_printed() {
    let all = Methodology::bundled().expect("bundled");
    let told = coverage(&all, &EvidenceBook::new()).expect("coverage");
    let valued = all.tables.values().flat_map(|table| &table.rows);
    let valued = valued.filter(|row| row.value.is_some()).count();
    let codes: usize = all.crosswalks.values().map(|one| one.rows.len()).sum();
    assert_eq!(told.total.all().iter().sum::<usize>(), valued + codes);
    assert!(told.total.single.iter().sum::<usize>() > 10);
    let gep = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_gep"))
            .arg("methodology")
            .args(arguments)
            .output()
            .expect("gep runs");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let [provisional, transcribed, verified] = told.total.all();
    let row = format!(
        "| {verified} | {transcribed} | {provisional} | {} |",
        told.total.absent
    );
    for (language, word) in [("zh", "未经运行验证"), ("en", "not run")] {
        let page = gep(&["coverage", "--lang", language]);
        assert!(page.contains(word) && page.contains(&row), "{page}");
        assert!(gep(&["test", "--lang", language]).contains(&row));
    }
    let one = gep(&["coverage", "--profile", "invest", "--lang", "en"]);
    assert!(one.contains("water_yield") && !one.contains("grain_supply"));
    let unknown = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(["methodology", "coverage", "--profile", "nowhere"])
        .output()
        .expect("gep runs");
    assert_eq!(unknown.status.code(), Some(2));
    let told: serde_json::Value =
        serde_json::from_str(&gep(&["test", "--format", "json"])).expect("json");
    assert_eq!(told["values"]["total"]["all"]["verified"], verified);
}
