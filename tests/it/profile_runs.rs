//! Every land profile gives numbers on the demo: what a profile says it computes has
//! a value in every county.

use std::collections::BTreeMap;

use gep::output::{ColumnData, read_parquet};
use gep::run::account::run_account;
use tempfile::tempdir;

use crate::account::Project;

/// The profiles whose inputs the demo gives whole.
const PROFILES: [&str; 5] = [
    "zj-demo",
    "mee-2020",
    "db33-2274-2025",
    "gbt-46869-2025",
    "seea-ea",
];

/// Counts the computed and the other rows of each indicator in `gep`.
fn rows_by_indicator(folder: &std::path::Path) -> BTreeMap<String, (usize, usize)> {
    let columns = read_parquet(&folder.join("tables/gep.parquet")).expect("table");
    let texts = |name: &str| -> Vec<String> {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts.iter().flatten().cloned().collect(),
            _ => panic!("{name} is no text"),
        }
    };
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let states = texts("state");
    for ((item, kind), state) in texts("item").iter().zip(texts("item_kind")).zip(&states) {
        if kind == "indicator" {
            let own = counts.entry(item.clone()).or_default();
            match state.as_str() {
                "computed" => own.0 += 1,
                _ => own.1 += 1,
            }
        }
    }
    counts
}

#[test]
fn land_profiles_compute_on_the_demo() {
    let project = Project::copy();
    let out = tempdir().expect("folder");
    for profile in PROFILES {
        let mut request = project.request(&out.path().join(profile));
        request.profile = Some(profile.to_string());
        let report = run_account(&request, &|_, _| {}).expect("run");
        assert_eq!(report.counties, (90, 0), "{profile}");
        let counts = rows_by_indicator(&request.out);
        assert!(counts.len() >= 7, "{profile}: {counts:?}");
        for (indicator, (computed, other)) in counts {
            // 90 counties, 11 cities, the province.
            assert_eq!((computed, other), (102, 0), "{profile} {indicator}");
        }
    }
    // Without its sheet an indicator has no value anywhere, and no county is whole.
    project.edit("input = \"nature_visits\"", "input = \"population\"");
    let mut request = project.request(&out.path().join("without"));
    request.profile = Some("mee-2020".to_string());
    let report = run_account(&request, &|_, _| {}).expect("run");
    assert_eq!(report.counties, (0, 90));
    assert_eq!(rows_by_indicator(&request.out)["tourism"], (0, 102));
}
