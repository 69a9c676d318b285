//! Every number of every table explains itself, and what its explanation adds up to is the
//! number that is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::audit::{Question, explain, explanation_text};
use gep::output::{Column, ColumnData, read_parquet};
use gep_core::diagnostic::Language;
use gep_core::quantity::{Rational, parse_decimal};
use serde_json::Value;
use tempfile::tempdir;

use crate::audit::{amounts, planted, row_of};
use crate::objects::{Bodies, RESERVOIRS};

/// Tables that the explanation of another number takes part in.
const TOLD_ELSEWHERE: [&str; 1] = ["uncertainty"];
/// Tables whose regions are the sums of those right below.
const SUMS: [&str; 5] = ["gep", "value", "physical", "extent", "combine"];

fn gep(arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(arguments)
        .output()
        .expect("gep runs");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
}

fn ids(columns: &[Column]) -> Option<Vec<String>> {
    let column = columns.iter().find(|column| column.name == "number_id")?;
    match &column.data {
        ColumnData::Text(texts) => Some(texts.iter().flatten().cloned().collect()),
        _ => None,
    }
}

/// Ids of each table with numbers: all, or `most` of them from end to end.
fn by_table(out: &Path, most: usize) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(out.join("tables")).expect("tables") {
        let path = entry.expect("entry").path();
        let name = path
            .file_stem()
            .expect("name")
            .to_string_lossy()
            .into_owned();
        let columns = read_parquet(&path).expect("table");
        let Some(ids) = ids(&columns) else { continue };
        let step = ids.len().div_ceil(most).max(1);
        all.insert(name, ids.into_iter().step_by(step).collect());
    }
    all
}

fn exact(value: &Value) -> Option<Rational> {
    parse_decimal(value.as_str()?)
}

/// Explains an id and holds the explanation against itself; returns its table.
fn holds(out: &Path, id: &str) -> String {
    let told = explain(out, &Question::Id(id.to_string()));
    let told = told.unwrap_or_else(|found| panic!("{id}: {:?}", found.0));
    for language in [Language::Zh, Language::En] {
        let text = explanation_text(&told, language);
        assert!(text.contains(id), "{id}: {text}");
        assert!(!text.contains("does not agree"), "{text}");
    }
    let json = told.to_json();
    let number = &json["number"];
    let table = number["table"].as_str().expect("a table").to_string();
    assert_eq!(number["number_id"], id);
    for equation in json["equations"].as_array().into_iter().flatten() {
        assert_eq!(equation["agrees"], true, "{id} {table}: {equation}");
    }
    let has_origin = json["origin"]["zh"]
        .as_str()
        .is_some_and(|text| !text.is_empty());
    let told = json["equations"]
        .as_array()
        .is_none_or(|all| !all.is_empty());
    assert!(told || has_origin, "{id} {table}: {json}");
    let below = json["children"].as_array().into_iter().flatten();
    let below: Vec<Option<Rational>> = below.map(|one| exact(&one["number"]["value"])).collect();
    if SUMS.contains(&table.as_str()) && !below.is_empty() {
        let sum: Option<Rational> = below.iter().cloned().sum();
        let known: Rational = below.into_iter().flatten().sum();
        let value = exact(&number["value"]);
        assert_eq!(
            value.clone().or(sum.clone()),
            sum.or(Some(known)),
            "{id} {table}"
        );
    }
    table
}

/// Explains `most` numbers of one table, from end to end; returns how many it has.
pub fn every_of(out: &Path, table: &str, most: usize) -> usize {
    let ids = by_table(out, most).remove(table).unwrap_or_default();
    for id in &ids {
        assert_eq!(holds(out, id), table, "{id}");
    }
    ids.len()
}

fn every(out: &Path, most: usize) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for (table, ids) in by_table(out, most) {
        if TOLD_ELSEWHERE.contains(&table.as_str()) {
            continue;
        }
        for id in &ids {
            assert_eq!(holds(out, id), table, "{id}");
        }
        if !ids.is_empty() {
            tables.insert(table);
        }
    }
    tables
}

fn tables(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

#[test]
fn every_number_of_the_demo_its_second_year_and_the_sea_explains_itself() {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    gep(&[
        "demo",
        "--two-years",
        "--sea",
        "--out",
        &out.to_string_lossy(),
    ]);
    let beside = |mark: &str| folder.path().join(format!("run-{mark}"));
    let own = tables(&[
        "condition",
        "denominators",
        "extent",
        "gep",
        "physical",
        "ratios",
        "value",
    ]);
    assert_eq!(every(&out, 40), own);
    let second = every(&beside("2021"), 40);
    let more = tables(&["change", "extent_account", "extent_change"]);
    assert!(second.is_superset(&more), "{second:?}");
    let sea = every(&beside("sea"), 40);
    assert!(
        sea.is_superset(&tables(&["objects", "lines", "ratios"])),
        "{sea:?}"
    );
}

#[test]
fn every_number_of_lakes_and_reservoirs_explains_itself() {
    let bodies = Bodies::new(&RESERVOIRS);
    let out = bodies.run(64).expect("run");
    let told = every(&out, usize::MAX);
    assert!(told.contains("objects"), "{told:?}");
    // By name as well: the lake in all its regions, with its law and its file.
    let asked = |region: &str, item: &str| {
        let question = Question::Item {
            region: region.to_string(),
            item: item.to_string(),
            year: None,
        };
        explain(&out, &question)
    };
    let lake = asked("all", "l2").expect("a lake");
    let text = explanation_text(&lake, Language::Zh);
    for part in [
        "按公式重算",
        "各区域与区域外之和",
        "lakes.geojson",
        "unassigned",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(asked("all", "l9").is_err());
    // A county's number names the objects with ground in it, and no others.
    let columns = read_parquet(&out.join("tables/physical.parquet")).expect("table");
    let at = row_of(&mut columns.clone(), &[("region_code", "A")]);
    let id = ids(&columns).expect("ids")[at].clone();
    let county = explain(&out, &Question::Id(id)).expect("a number");
    let text = explanation_text(&county, Language::En);
    assert!(!text.contains("l3:") && !text.contains("l3 "), "{text}");
}

#[test]
fn every_number_of_a_bridge_explains_itself() {
    let folder = tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    gep(&["demo", "--out", &at("run")]);
    gep(&[
        "methodology",
        "diff",
        "zj-demo",
        "mee-2020",
        "--run",
        &at("run"),
        "--out",
        &at("bridge"),
    ]);
    let bridge = PathBuf::from(at("bridge"));
    assert_eq!(every(&bridge, 200), tables(&["bridge"]));
    let asked = |region: &str, item: &str| {
        let question = Question::Item {
            region: region.to_string(),
            item: item.to_string(),
            year: None,
        };
        explain(&bridge, &question)
    };
    let end = explanation_text(&asked("330000", "end").expect("an end"), Language::Zh);
    assert!(
        end.contains("起点 + 各项原因") && end.contains("下级区域之和"),
        "{end}"
    );
    let unknown = |region: &str, item: &str| asked(region, item).expect_err("unknown");
    assert!(unknown("330000", "ent").has("explain-item-unknown"));
    assert!(unknown("33000", "end").has("explain-region-unknown"));
}

#[test]
fn a_number_that_does_not_follow_is_told() {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    gep(&["demo", "--out", &out.to_string_lossy()]);
    let path = out.join("tables/ratios.parquet");
    let mut columns = read_parquet(&path).expect("table");
    let row = row_of(
        &mut columns,
        &[("region_code", "330100"), ("measure", "gep_per_km2")],
    );
    let id = ids(&columns).expect("ids")[row].clone();
    assert_eq!(holds(&out, &id), "ratios");
    planted(&out, "ratios", |columns| {
        let value = &mut amounts(columns, "value")[row];
        *value = value.map(|own| own + 1);
    });
    let told = explain(&out, &Question::Id(id)).expect("a number");
    assert_eq!(told.to_json()["equations"][0]["agrees"], false);
    assert!(explanation_text(&told, Language::Zh).contains("与表中的数不符"));
}
