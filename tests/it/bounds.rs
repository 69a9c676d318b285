//! `cap` and `clamp` on the demo: applied county by county, verified again, explained; and
//! refused where the bounds say nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::audit::verify;
use gep::output::{Column, ColumnData};
use gep::run::account::run_account;
use gep_core::methodology::Methodology;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree, measures};
use crate::audit::planted;

const RULES: &str = r#"
[[combine]]
id = "carbon_most"
kind = "cap"
most = "845000000 CNY@2010"
title = { zh = "固碳价值上限", en = "Carbon counts up to a bound" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["carbon_sequestration"]

[[combine]]
id = "soil_between"
kind = "clamp"
least = "1000.50 CNY@2010"
most = "29000000 CNY@2010"
title = { zh = "土壤保持价值区间", en = "Soil counts between bounds" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["soil_retention"]
"#;

fn methodology(rules: &str) -> TempDir {
    let copy = tempdir().expect("folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, copy.path());
    let path = copy.path().join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    fs::write(&path, text + rules).expect("profile");
    copy
}

fn run() -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let (own, project) = (methodology(RULES), Project::copy());
    let mut request = project.request(&folder.path().join("run"));
    request.methodology = Some(own.path().to_path_buf());
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    (folder, request.out)
}

/// Every county counts its own value within the bounds, some at a bound and some not;
/// parents are sums, not bounded again; GEP is less by what was taken off.
#[test]
fn bounds_hold_in_every_county() {
    let (_folder, out) = run();
    let values = measures(&out, "gep", &["region_code", "item"], "value_fen");
    let keys = ["region_code", "rule", "indicator"];
    let of = |name: &str| measures(&out, "combine", &keys, name);
    let (before, removed, after) = (of("before_fen"), of("removed_fen"), of("after_fen"));
    let (mut bounded, mut free) = (0, 0);
    for (rule, indicator, least, most) in [
        (
            "carbon_most",
            "carbon_sequestration",
            i128::MIN,
            84_500_000_000,
        ),
        ("soil_between", "soil_retention", 100_050, 2_900_000_000),
    ] {
        let mut sum = 0;
        for (key, own) in &before {
            let [region, of_rule, of_indicator] = key.split('/').collect::<Vec<_>>()[..] else {
                panic!("{key}")
            };
            if of_rule != rule || of_indicator != indicator || region.ends_with("00") {
                continue;
            }
            let own = own.expect("computed");
            assert_eq!(Some(own), values[&format!("{region}/{indicator}")]);
            let expected = own.min(most).max(least);
            assert_eq!(after[key], Some(expected), "{key}");
            assert_eq!(removed[key], Some(own - expected), "{key}");
            sum += expected;
            if own == expected {
                free += 1
            } else {
                bounded += 1
            }
        }
        assert_eq!(after[&format!("330000/{rule}/all")], Some(sum), "{rule}");
    }
    assert!(bounded > 10 && free > 10, "{bounded} {free}");
    let plain = [
        "grain_supply",
        "water_retention",
        "oxygen_release",
        "local_climate_regulation",
        "air_purification",
    ];
    let province: i128 = plain
        .iter()
        .map(|id| values[&format!("330000/{id}")].expect("computed"))
        .sum();
    let rules = ["carbon_most", "soil_between"]
        .map(|rule| after[&format!("330000/{rule}/all")].expect("computed"));
    assert_eq!(
        values["330000/gep"],
        Some(province + rules.iter().sum::<i128>())
    );
}

fn text<'a>(columns: &'a mut [Column], name: &str) -> &'a mut Vec<Option<String>> {
    let column = columns.iter_mut().find(|column| column.name == name);
    match column.map(|column| &mut column.data) {
        Some(ColumnData::Text(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

/// Silent as written; another bound, bounds that cannot be read and another kind are found.
#[test]
fn bounds_are_verified_and_explained() {
    let (_folder, out) = run();
    let own = verify(&out).expect("manifest");
    assert!(
        own.differences.is_empty() && own.unread.is_empty(),
        "{own:?}"
    );
    let done = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args([
            "explain",
            "330000",
            "gep",
            "--format",
            "json",
            "--out",
            &out.to_string_lossy(),
        ])
        .output()
        .expect("gep runs");
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).expect("json");
    let rules = told["rules"].as_array().expect("rules");
    let kinds: Vec<(&str, &str)> = rules
        .iter()
        .map(|rule| {
            (
                rule["kind"].as_str().expect("kind"),
                rule["choice"].as_str().expect("choice"),
            )
        })
        .collect();
    assert!(
        kinds.contains(&("cap", "845000000")) && kinds.contains(&("clamp", "1000.5 29000000")),
        "{kinds:?}"
    );
    let changes = [
        ("choice", "845000000", "845000001"),
        ("choice", "1000.5 29000000", "1000.5"),
        ("choice", "1000.5 29000000", "x 29000000"),
        ("kind", "cap", "clamp"),
    ];
    for (column, from, to) in changes {
        let fresh = tempdir().expect("folder");
        copy_tree(&out, fresh.path());
        let found = planted(fresh.path(), "combine", |columns| {
            for word in text(columns, column).iter_mut().flatten() {
                if word == from {
                    *word = to.to_string();
                }
            }
        });
        assert!(found.contains("verify-combine"), "{from}: {found:?}");
    }
}

/// Amounts without a year, of parts of a fen, of another year's yuan, crossed bounds and a
/// missing bound are refused; the rules as they are load.
#[test]
fn bounds_that_say_nothing_are_refused() {
    Methodology::open(methodology(RULES).path()).expect("loads");
    for (from, to, code) in [
        (
            "\"845000000 CNY@2010\"",
            "\"845000000\"",
            "methodology-combine-amount",
        ),
        (
            "\"845000000 CNY@2010\"",
            "\"845000000.001 CNY@2010\"",
            "methodology-combine-amount",
        ),
        (
            "\"845000000 CNY@2010\"",
            "\"845000000 CNY@2020\"",
            "methodology-combine-year",
        ),
        (
            "\"1000.50 CNY@2010\"",
            "\"29000000.01 CNY@2010\"",
            "methodology-combine-bounds",
        ),
        (
            "\"1000.50 CNY@2010\"",
            "\"1000.50 CNY@2011\"",
            "methodology-combine-bounds",
        ),
        (
            "least = \"1000.50 CNY@2010\"\n",
            "",
            "methodology-key-missing",
        ),
        (
            "kind = \"clamp\"",
            "kind = \"cap\"",
            "methodology-unknown-key",
        ),
    ] {
        assert!(RULES.contains(from), "{from}");
        let own = methodology(&RULES.replacen(from, to, 1));
        let found = Methodology::open(own.path()).expect_err("refused");
        assert!(found.has(code), "{code}: {:?}", found.0);
    }
}
