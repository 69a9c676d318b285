//! The bundled sea example: every indicator of the marine profile has a number in every
//! zone, worked by hand where a hand suffices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gep::output::{ColumnData, read_parquet};
use gep::run::account::{AccountReport, AccountRequest, run_account};
use gep::run::demo::SEA;
use gep_core::diagnostic::Findings;
use tempfile::tempdir;

use crate::account::Project;
use crate::sea_fixture::rows;

const ZONES: [&str; 3] = ["sea:330482", "sea:331081", "sea:331083"];
const INDICATORS: [&str; 8] = [
    "coastal_protection",
    "marine_carbon",
    "marine_climate",
    "marine_oxygen",
    "marine_products",
    "marine_recreation",
    "marine_waste",
    "seascape",
];

fn run(project: &Project, out: &Path) -> Result<AccountReport, Findings> {
    let mut request: AccountRequest = project.request(out);
    request.project = project.path(SEA);
    run_account(&request, &|_, _| {})
}

/// States of the indicators in `gep`, by indicator.
fn states(out: &Path) -> BTreeMap<String, Vec<String>> {
    let columns = read_parquet(&out.join("tables/gep.parquet")).expect("table");
    let texts = |name: &str| -> Vec<String> {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts.iter().flatten().cloned().collect(),
            _ => panic!("{name} is no text"),
        }
    };
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let kinds = texts("item_kind").into_iter().zip(texts("state"));
    for (item, (kind, state)) in texts("item").into_iter().zip(kinds) {
        if kind == "indicator" {
            found.entry(item).or_default().push(state);
        }
    }
    found
}

fn key(parts: &[&str]) -> Vec<String> {
    parts.iter().map(ToString::to_string).collect()
}

#[test]
fn every_indicator_of_the_marine_profile_has_a_number() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let out = folder.path().join("sea");
    let report = run(&project, &out).expect("run");
    assert!(report.marine && report.provisional);
    assert_eq!(report.counties, (3, 0));
    assert!(report.province_fen.expect("a total") > 0);
    let found = states(&out);
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        INDICATORS.iter().collect::<Vec<_>>()
    );
    for (indicator, states) in &found {
        // Three zones, two cities, the province.
        assert_eq!(states, &vec!["computed"; 6], "{indicator}");
    }
    let verified = gep::audit::verify(&out).expect("manifest");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
}

/// Values off Yuhuan, from the numbers of the sheets and the areas and lengths that the
/// run publishes.
#[test]
fn numbers_off_yuhuan_are_those_worked_by_hand() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let out = folder.path().join("sea");
    run(&project, &out).expect("run");
    let zone = "sea:331083";
    let values = rows(
        &out,
        "value",
        &["region_code", "class", "indicator", "output", "item"],
        "value_fen",
    );
    let value =
        |indicator: &str| values[&key(&[zone, "all", indicator, "value", ""])].expect("a value");
    assert_eq!(
        value("marine_products"),
        (74_105 * 11_750 + 33_900 * 8_950) * 10
    );
    // 2440 * 700 + 365.5 * 875 + 28 * 2800 yuan.
    assert_eq!(value("marine_waste"), 210_621_250);
    assert_eq!(value("marine_recreation"), 720_500 * (415 + 98 + 162) * 100);
    assert_eq!(value("seascape"), 196_500 * 1_650);
    let extent = rows(&out, "extent", &["region_code", "class"], "area_mm2");
    let area = |class: &str| extent[&key(&[zone, class])].expect("an area") as f64 / 1e6;
    let physical = rows(
        &out,
        "physical",
        &["region_code", "class", "indicator", "output", "item"],
        "value",
    );
    let quantity = |indicator: &str| {
        let found = physical[&key(&[zone, "all", indicator, "quantity", ""])];
        found.expect("a quantity") as f64 / 1e6
    };
    let carbon = area("sea_water") * 280e-9 * 365.0;
    let oxygen = carbon * 2.67 + 385.5 * 1.2;
    assert!(
        (quantity("marine_oxygen") - oxygen).abs() < 0.002,
        "{oxygen}"
    );
    let buried = area("mangrove") * 190.5e-6 + area("salt_marsh") * 131e-6;
    let fixed = (carbon + buried + 120.5) * 3.67 + 385.5 * 1.63;
    assert!((quantity("marine_carbon") - fixed).abs() < 0.005, "{fixed}");
    // The natural shore and the mangroves count, the dyke does not; 495 000 yuan a km.
    let lines = rows(&out, "lines", &["line_id", "region_code"], "length_mm");
    let length = |id: &str| lines[&key(&[id, zone])].expect("a length");
    assert_eq!(
        value("coastal_protection"),
        ((length("C01") + length("C02")) * 495 + 5) / 10
    );
    assert!(length("C03") > 1_000_000);
    // The last segment goes on beyond the last zone.
    assert!(lines[&key(&["C07", "unassigned"])].expect("a length") > 1_000_000);
    assert_eq!(lines[&key(&["C05", "unassigned"])], Some(0));
}

/// A cost nobody gives makes coastal protection missing everywhere and nothing else;
/// its length stays.
#[test]
fn without_a_seawall_cost_protection_is_missing_and_its_length_is_not() {
    let project = Project::copy();
    let path: PathBuf = project.path(SEA);
    let text = std::fs::read_to_string(&path).expect("project");
    let cost = "input = \"seawall_cost\", ";
    assert!(text.contains(cost));
    let other = text.replace(cost, "input = \"seawall_upkeep_cost\", ");
    std::fs::write(&path, other).expect("project");
    let folder = tempdir().expect("folder");
    let out = folder.path().join("sea");
    let report = run(&project, &out).expect("run");
    assert_eq!(report.counties, (0, 3));
    for (indicator, states) in states(&out) {
        let expected = if indicator == "coastal_protection" {
            "missing"
        } else {
            "computed"
        };
        assert_eq!(states, vec![expected; 6], "{indicator}");
    }
    let physical = rows(
        &out,
        "physical",
        &["region_code", "indicator", "output"],
        "value",
    );
    for zone in ZONES {
        assert!(physical[&key(&[zone, "coastal_protection", "quantity"])].expect("a length") > 0);
    }
}

/// The demo's own account does not change by the sea beside it, and the sea has the same
/// bytes for other tiles.
#[test]
fn the_sea_has_the_same_bytes_for_all_tiles() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let mut first = None;
    for tile in [16, 512] {
        let mut request = project.request(&folder.path().join("sea"));
        request.project = project.path(SEA);
        request.tile = tile;
        run_account(&request, &|_, _| {}).expect("run");
        let manifest = std::fs::read(request.out.join("manifest.json")).expect("manifest");
        assert_eq!(first.get_or_insert_with(|| manifest.clone()), &manifest);
    }
}

/// The cards, the heading and the kind of the report speak of the sea; those of the land
/// do not.
#[test]
fn the_report_of_the_sea_is_of_marine_gep() {
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let page = |out: &Path, language: &str| {
        let path = out.join(format!("report/report.{language}.html"));
        std::fs::read_to_string(path).expect("a report")
    };
    let sea = folder.path().join("sea");
    run(&project, &sea).unwrap_or_else(|found| panic!("{:?}", found.0));
    let chinese = page(&sea, "zh");
    assert!(chinese.contains("<h2>浙江省海洋生态产品总值</h2>"));
    assert!(!chinese.contains("<h2>浙江省生态产品总值</h2>"));
    assert!(page(&sea, "en").contains("<h2>Marine GEP of "));
    let land = folder.path().join("land");
    run_account(&project.request(&land), &|_, _| {}).expect("the land");
    assert!(page(&land, "zh").contains("<h2>浙江省生态产品总值</h2>"));
}
