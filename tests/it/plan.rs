//! What a plan promises is what the run then reads and writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use gep::run::account::run_account_since;
use gep::run::plan::{Plan, PlanRequest, plan_run};
use gep_core::diagnostic::Language;
use serde_json::Value;
use tempfile::tempdir;

use crate::account::Project;

fn plan(project: &Path, profile: Option<&str>, base: Option<&Path>) -> Plan {
    plan_run(&PlanRequest {
        project: project.to_path_buf(),
        methodology: None,
        profile: profile.map(str::to_string),
        crosswalk: None,
        base: base.map(Path::to_path_buf),
    })
    .expect("plan")
}

fn manifest(out: &Path) -> Value {
    let text = fs::read_to_string(out.join("manifest.json")).expect("manifest");
    serde_json::from_str(&text).expect("json")
}

/// Tables of a finished run, by its manifest.
fn tables(manifest: &Value) -> BTreeSet<String> {
    let files = manifest["tables"].as_array().expect("list").iter();
    files
        .filter(|file| {
            file["path"]
                .as_str()
                .is_some_and(|path| path.starts_with("tables/"))
        })
        .map(|file| file["name"].as_str().expect("name").to_string())
        .collect()
}

fn planned(plan: &Plan) -> BTreeSet<String> {
    plan.tables.iter().map(ToString::to_string).collect()
}

/// Files with their hashes, tables, and bindings of parameters agree with the run; so
/// they do with a base run, an opening map, assets, users and rules.
#[test]
fn a_plan_comes_true() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let first = folder.path().join("first");
    let own = plan(project.folder.path(), None, None);
    project.run(&first).expect("run");
    let told = manifest(&first);
    assert_eq!(planned(&own), tables(&told));
    let hashes: BTreeMap<&str, &str> = told["inputs"]
        .as_array()
        .expect("list")
        .iter()
        .map(|file| {
            let text = |key: &str| file[key].as_str().expect("text");
            (text("path"), text("blake3"))
        })
        .collect();
    let planned_hashes: BTreeMap<&str, &str> = own
        .files
        .iter()
        .map(|file| {
            let (_, digest) = file.content.as_ref().expect("there");
            (file.path.as_str(), digest.as_str())
        })
        .collect();
    assert_eq!(planned_hashes, hashes);
    assert_eq!(own.grid, Some((88, 104)));
    assert_bindings(&own, &first);

    let second = project.path("gep-2021.toml");
    let own = plan(&second, None, Some(&first));
    let mut request = project.request(&folder.path().join("second"));
    request.project = second;
    run_account_since(&request, Some(&first), &|_, _| {}).expect("run");
    assert_eq!(planned(&own), tables(&manifest(&request.out)));
    assert!(own.tables.contains(&"change") && own.tables.contains(&"extent_change"));
    let computed = own.indicators.iter().filter(|one| one.state != "absent");
    assert!(computed.clone().all(|one| one.in_base_run == Some(true)));

    let own = plan(project.folder.path(), Some("gbt-46869-2025"), None);
    let mut request = project.request(&folder.path().join("rules"));
    request.profile = Some("gbt-46869-2025".to_string());
    gep::run::account::run_account(&request, &|_, _| {}).expect("run");
    assert_eq!(planned(&own), tables(&manifest(&request.out)));
}

/// A parameter is as bound in the plan as its rows are in the table of parameters.
fn assert_bindings(plan: &Plan, out: &Path) {
    let columns = gep::output::read_parquet(&out.join("tables/parameters.parquet")).expect("table");
    let texts = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            gep::output::ColumnData::Text(texts) => texts.clone(),
            other => panic!("{other:?}"),
        }
    };
    let (methods, names, bindings) = (texts("method_id"), texts("name"), texts("binding"));
    let mut of_run: BTreeMap<(String, String), bool> = BTreeMap::new();
    for row in 0..methods.len() {
        let text = |texts: &[Option<String>]| texts[row].clone().expect("text");
        let raster = text(&bindings) == "raster-bound";
        *of_run.entry((text(&methods), text(&names))).or_default() |= raster;
    }
    let of_plan: BTreeMap<(String, String), bool> = plan
        .parameters
        .iter()
        .map(|own| ((own.method.clone(), own.name.clone()), own.raster_bound))
        .collect();
    assert_eq!(of_plan, of_run);
    assert!(of_plan.values().any(|raster| *raster) && of_plan.values().any(|raster| !*raster));
}

/// What is not given or not there is told, by indicator and by item, and stops nothing.
#[test]
fn what_is_missing_is_part_of_the_plan() {
    let project = Project::copy();
    fs::remove_file(project.path("zj_dem_5min.tif")).expect("removed");
    project.edit(
        "  { input = \"emissions\", item = \"NOx\", header = \"氮氧化物排放量\", header_unit = \"吨\", unit = \"t[pollutant]\" },\n",
        "",
    );
    let own = plan(project.folder.path(), None, None);
    let gone: Vec<&str> = own
        .files
        .iter()
        .filter(|file| file.content.is_none())
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(gone, ["zj_dem_5min.tif"]);
    let lacking: Vec<(&str, Vec<String>)> = own
        .indicators
        .iter()
        .flat_map(|one| &one.inputs)
        .filter(|input| !input.given)
        .map(|input| (input.id.as_str(), input.missing_items.clone()))
        .collect();
    assert_eq!(lacking, [("emissions", vec!["NOx".to_string()])]);
    let text = own.text(Language::Zh);
    assert!(text.contains("缺 污染物排放量 (emissions) [NOx]"), "{text}");
    assert!(text.contains("zj_dem_5min.tif  没有"), "{text}");
    assert!(
        own.text(Language::En)
            .contains("missing Emission of pollutants")
    );
}

/// The command in both forms, and an unknown profile.
#[test]
fn the_command_plans() {
    let project = Project::copy();
    let gep = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gep"));
        command.arg("plan").arg(project.folder.path()).args(more);
        command.output().expect("gep runs")
    };
    let json = gep(&["--format", "json"]);
    assert_eq!(json.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&json.stdout).expect("json");
    assert_eq!(told["grid"]["rows"], 88);
    assert!(told["tables"].as_array().expect("list").len() >= 14);
    assert_eq!(gep(&["--profile", "none-2020"]).status.code(), Some(2));
}
