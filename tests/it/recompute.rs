//! The last level of `gep verify`: every law computed again from the published tables.
//! Silent on runs as written; fires where everything else still adds up.

use std::collections::BTreeSet;
use std::path::Path;

use gep::audit::verify;
use gep::output::{Column, read_parquet};
use gep::run::account::run_account;
use tempfile::tempdir;

use crate::account::Project;
use crate::audit::{amounts, planted, row_of, texts};

/// How many rows were computed again, after showing that nothing differs.
fn recomputed(out: &Path) -> usize {
    let own = verify(out).expect("manifest");
    assert!(own.unread.is_empty(), "{:?}", own.unread);
    assert!(own.differences.is_empty(), "{:?}", own.differences);
    let found = own.checked.iter().find(|(name, _)| *name == "recomputed");
    found.map_or(0, |(_, count)| *count)
}

/// Rows of counties that show a number or say that it is missing.
fn county_rows(out: &Path) -> usize {
    let mut count = 0;
    for table in ["physical", "value"] {
        let path = out.join(format!("tables/{table}.parquet"));
        let mut columns = read_parquet(&path).expect("table");
        let levels = texts(&mut columns, "region_level").clone();
        let states = texts(&mut columns, "state").clone();
        let told = levels.iter().zip(&states).filter(|(level, state)| {
            level.as_deref() == Some("county") && state.as_deref() != Some("withheld")
        });
        count += told.count();
    }
    count
}

/// Every row of every county, of every profile that the demo can feed.
#[test]
fn every_row_of_every_profile_is_computed_again() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    for profile in ["zj-demo", "mee-2020", "db33-2274-2025", "seea-ea"] {
        let mut request = project.request(&folder.path().join(profile));
        request.profile = Some(profile.to_string());
        run_account(&request, &|_, _| {}).expect("run");
        let count = recomputed(&request.out);
        assert_eq!(count, county_rows(&request.out), "{profile}");
        assert!(count > 2000, "{profile}: {count}");
    }
}

fn demo() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    Project::copy().run(&out).expect("run");
    (folder, out)
}

/// Moves one unit of the last digit between two types of a county, and of the city and
/// the province above it: every sum still holds, so only the law can tell.
fn move_between_types(columns: &mut [Column], measure: &str, indicator: &str) {
    let keys = ["region_code", "indicator", "output", "state", "class"];
    let cells = keys.map(|key| texts(columns, key).clone());
    let output = if measure == "value" {
        "quantity"
    } else {
        "value"
    };
    let rows_of = |region: &str, class: Option<&str>| -> Vec<usize> {
        let fits = |row: &usize| {
            let of = |at: usize| cells[at][*row].as_deref().unwrap_or_default();
            let named = class.map_or(of(4) != "all", |class| of(4) == class);
            named && [of(0), of(1), of(2), of(3)] == [region, indicator, output, "computed"]
        };
        (0..cells[0].len()).filter(fits).collect()
    };
    let types: Vec<String> = rows_of("331127", None)
        .into_iter()
        .filter_map(|row| cells[4][row].clone())
        .collect();
    assert!(types.len() > 1, "{indicator}");
    for (class, step) in [(&types[0], 1), (&types[1], -1)] {
        for region in ["331127", "331100", "330000"] {
            let rows = rows_of(region, Some(class));
            assert_eq!(rows.len(), 1, "{region} {class}");
            let value = &mut amounts(columns, measure)[rows[0]];
            *value = value.map(|value| value + step);
        }
    }
}

#[test]
fn one_fen_moved_between_two_types_is_seen_by_this_level_alone() {
    let (_folder, out) = demo();
    let found = planted(&out, "value", |columns| {
        move_between_types(columns, "value_fen", "carbon_sequestration");
    });
    assert_eq!(found, BTreeSet::from(["verify-recomputed"]));
}

#[test]
fn a_quantity_moved_between_two_types_is_seen_by_this_level_alone() {
    let (_folder, out) = demo();
    let found = planted(&out, "physical", |columns| {
        move_between_types(columns, "value", "carbon_sequestration");
    });
    assert_eq!(found, BTreeSet::from(["verify-recomputed"]));
}

/// What the rows were made of is as bound to them: a price, a department's number, a
/// sum over cells, a formula, a unit.
#[test]
fn each_changed_ingredient_is_seen() {
    type Change = fn(&mut Vec<Column>);
    let faults: [(&str, &str, Change); 6] = [
        ("verify-recomputed", "parameters", |columns| {
            let keys = [("method_id", "carbon_sequestration.carbon_price")];
            let row = row_of(columns, &keys);
            texts(columns, "value")[row] = Some("381".into());
        }),
        ("verify-recomputed", "inputs", |columns| {
            let keys = [("region_code", "331127"), ("input", "grain_output")];
            let row = row_of(columns, &keys);
            texts(columns, "value")[row] = Some("1".into());
        }),
        ("verify-recomputed", "totals", |columns| {
            let keys = [
                ("region_code", "331127"),
                ("total_id", "carbon_sequestration.1"),
            ];
            let row = row_of(columns, &keys);
            let sum = &mut amounts(columns, "sum")[row];
            *sum = sum.map(|sum| sum * 2);
        }),
        ("verify-recomputed", "lineage", |columns| {
            let keys = [
                ("method_id", "carbon_sequestration.carbon_price"),
                ("statement", "value"),
            ];
            let row = row_of(columns, &keys);
            texts(columns, "formula")[row] = Some("quantity * carbon_price * 2".into());
        }),
        ("verify-law-not-recomputed", "names", |columns| {
            let row = row_of(columns, &[("name", "carbon_price")]);
            texts(columns, "unit")[row] = Some("florin".into());
        }),
        ("verify-row-missing", "value", |columns| {
            let keys = [("region_code", "331127"), ("indicator", "grain_supply")];
            let row = row_of(columns, &keys);
            texts(columns, "indicator")[row] = Some("grain".into());
        }),
    ];
    for (code, table, change) in faults {
        let (_folder, out) = demo();
        let found = planted(&out, table, change);
        assert!(found.contains(&code), "{table} {code}: {found:?}");
    }
}
