//! Every land profile gives numbers on the demo: what a profile says it computes has
//! a value in every county.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gep::output::{ColumnData, read_parquet};
use gep::run::account::run_account;
use gep_core::methodology::{IndicatorState, Methodology};
use tempfile::tempdir;

use crate::account::{Project, copy_tree};

/// The profiles whose inputs the demo gives whole.
const PROFILES: [&str; 7] = [
    "zj-demo",
    "mee-2020",
    "ndrc-2022",
    "db33-2274-2020",
    "db33-2274-2025",
    "gbt-46869-2025",
    "seea-ea",
];

/// The indicators of the matrix: P1-P4, P5, P6, R1-R14, C1-C3, X1.
const MATRIX: [&str; 23] = [
    "biomass_supply",
    "water_supply",
    "hydropower",
    "water_retention",
    "soil_retention",
    "sand_fixation",
    "coastal_protection",
    "flood_regulation",
    "vegetation_flood_regulation",
    "air_purification",
    "water_purification",
    "carbon_sequestration",
    "oxygen_release",
    "local_climate_regulation",
    "noise_reduction",
    "negative_ions",
    "species_conservation",
    "pest_control",
    "tourism",
    "daily_recreation",
    "landscape_premium",
    "outside_products",
    "grain_supply",
];

/// Texts of a column of a table.
fn texts(folder: &Path, table: &str, name: &str) -> Vec<String> {
    let path = folder.join(format!("tables/{table}.parquet"));
    let columns = read_parquet(&path).expect("table");
    let column = columns.iter().find(|column| column.name == name);
    match &column.expect("column").data {
        ColumnData::Text(texts) => texts.iter().map(|one| one.clone().unwrap_or_default()),
        _ => panic!("{name} is no text"),
    }
    .collect()
}

/// Checks of severity error that fire: their ids.
fn errors_that_fire(folder: &Path) -> BTreeSet<String> {
    let [checks, verdicts, severities] =
        ["check", "verdict", "severity"].map(|name| texts(folder, "checks", name));
    let rows = checks.into_iter().zip(verdicts).zip(severities);
    rows.filter(|((_, verdict), severity)| verdict == "fire" && severity == "error")
        .map(|((check, _), _)| check)
        .collect()
}

/// Counts the computed and the other rows of each indicator in `gep`.
fn rows_by_indicator(folder: &Path) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let [items, kinds, states] =
        ["item", "item_kind", "state"].map(|name| texts(folder, "gep", name));
    for ((item, kind), state) in items.into_iter().zip(kinds).zip(states) {
        if kind == "indicator" {
            let own = counts.entry(item).or_default();
            match state.as_str() {
                "computed" => own.0 += 1,
                _ => own.1 += 1,
            }
        }
    }
    counts
}

/// Each indicator a profile computes has a number in every county, city and the
/// province, no check of severity error fires, and all land indicators of the matrix
/// are computed by some profile.
#[test]
fn land_profiles_compute_on_the_demo() {
    let all = Methodology::bundled().expect("the bundled methodology");
    let project = Project::copy();
    let out = tempdir().expect("folder");
    let mut computed = BTreeSet::new();
    for profile in PROFILES {
        let mut request = project.request(&out.path().join(profile));
        request.profile = Some(profile.to_string());
        let report = run_account(&request, &|_, _| {}).expect("run");
        assert_eq!(report.counties, (90, 0), "{profile}");
        let counts = rows_by_indicator(&request.out);
        let said = all.profiles[profile].indicators.iter();
        let said = said.filter(|one| one.state != IndicatorState::Absent);
        let said: BTreeSet<&str> = said.map(|one| one.id.as_str()).collect();
        let found: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
        assert_eq!(found, said, "{profile}");
        for (indicator, counts) in &counts {
            // 90 counties, 11 cities, the province.
            assert_eq!(*counts, (102, 0), "{profile} {indicator}");
        }
        assert_eq!(errors_that_fire(&request.out), BTreeSet::new(), "{profile}");
        computed.extend(counts.into_keys());
    }
    let matrix = MATRIX.map(str::to_owned);
    assert_eq!(computed, BTreeSet::from(matrix));
}

/// Without the rules of a profile the same water, storm and view are counted twice,
/// and the checks on exclusion say so: they look at what counts, not at what was
/// computed.
#[test]
fn without_rules_the_exclusions_fire() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let path = methodology.join("profiles/mee-2020.toml");
    let text = fs::read_to_string(&path).expect("profile");
    let (before, _) = text.split_once("[[combine]]").expect("rules");
    fs::write(&path, before).expect("profile");
    let project = Project::copy();
    let mut request = project.request(&folder.path().join("run"));
    request.methodology = Some(methodology);
    request.profile = Some("mee-2020".to_string());
    run_account(&request, &|_, _| {}).expect("run");
    let expected = ["same_storm", "same_view", "same_water"].map(str::to_owned);
    assert_eq!(errors_that_fire(&request.out), BTreeSet::from(expected));
}

/// Without its sheet an indicator has no value anywhere, and no county is whole.
#[test]
fn an_indicator_without_its_sheet_is_missing() {
    let project = Project::copy();
    let out = tempdir().expect("folder");
    project.edit("input = \"nature_visits\"", "input = \"population\"");
    let mut request = project.request(&out.path().join("without"));
    request.profile = Some("mee-2020".to_string());
    let report = run_account(&request, &|_, _| {}).expect("run");
    assert_eq!(report.counties, (0, 90));
    assert_eq!(rows_by_indicator(&request.out)["tourism"], (0, 102));
}
