//! The change of values told lake by lake, by hand to the fen; and constant prices by a
//! deflator where a price of the base run is not known.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gep::audit::verify;
use gep::output::{Column, read_parquet};
use gep::run::account::{AccountRequest, run_account_since};
use gep::run::demo::SECOND_YEAR;
use gep_core::diagnostic::Findings;
use tempfile::tempdir;

use crate::account::{Project, copy_tree, measures, without_distributions};
use crate::audit::{amounts, planted, row_of, texts};
use crate::objects::{Bodies, Body, RESERVOIRS, bodies};

const CHANGE: [&str; 4] = ["region_code", "class", "indicator", "item"];
const OBJECTS: [&str; 4] = ["region_code", "indicator", "kind", "object_id"];

/// r1 holds twice as much, r2 is gone, r3 is new and lies in A.
const LATER: [Body<'static>; 2] = [
    ("r1", [120.17, 29.9, 120.21, 29.92], Some("2000000")),
    ("r3", [120.05, 29.95, 120.07, 29.97], Some("1000")),
];

fn run(
    own: &Bodies,
    name: &str,
    base: Option<&Path>,
    methodology: Option<&Path>,
) -> Result<PathBuf, Findings> {
    let out = own.folder.path().join(name);
    let request = AccountRequest {
        crosswalk: None,
        project: own.folder.path().to_path_buf(),
        out: out.clone(),
        replace: true,
        methodology: methodology.map(Path::to_path_buf),
        profile: None,
        tile: 64,
    };
    run_account_since(&request, base, &|_, _| {})?;
    let own = verify(&out).expect("manifest");
    assert!(own.unread.is_empty(), "{:?}", own.unread);
    assert!(own.differences.is_empty(), "{:?}", own.differences);
    Ok(out)
}

/// The later year, at a price of 8.06 instead of 7.06 yuan a cubic metre.
fn both() -> (Bodies, PathBuf) {
    let own = Bodies::new(&RESERVOIRS);
    let first = run(&own, "first", None, None).expect("first");
    let root = own.folder.path();
    bodies(&root.join("reservoirs.geojson"), &LATER);
    let methodology = root.join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let prices = methodology.join("tables/prices.csv");
    let text = fs::read_to_string(&prices).expect("prices");
    let from = "reservoir_capacity,7.06,";
    assert_eq!(text.matches(from).count(), 1);
    fs::write(&prices, text.replace(from, "reservoir_capacity,8.06,")).expect("prices");
    without_distributions(&methodology);
    let second = run(&own, "second", Some(&first), Some(&methodology)).expect("second");
    (own, second)
}

/// A: r1 262500 -> 525000 m3 at 706 -> 806 fen: quantity 262500 x (706 + 806) / 2, price
/// 100 x (262500 + 525000) / 2; r3 350 m3 x 806 appears. B: r1 a third of that, r2 35 m3
/// x 706 disappears. The rest of r2 lies outside all counties and in no account.
#[test]
fn reservoirs_are_taken_apart_by_hand() {
    let (_own, out) = both();
    let change = measures(&out, "change", &CHANGE, "value_fen");
    let of = |region: &str, item: &str| {
        let key = format!("{region}/all/reservoir_storage/{item}");
        change[&key].unwrap_or_else(|| panic!("{key}"))
    };
    for (item, in_a, in_b) in [
        ("appears", 282_100, 0),
        ("disappears", 0, -24_710),
        ("intensity", 198_450_000, 66_150_000),
        ("price", 39_375_000, 13_125_000),
        ("boundary", 0, 0),
        ("area", 0, 0),
        ("method", 0, 0),
        ("coverage", 0, 0),
        ("not_separated", 0, 0),
    ] {
        assert_eq!(of("A", item), in_a, "A {item}");
        assert_eq!(of("B", item), in_b, "B {item}");
        for region in ["C", "P"] {
            assert_eq!(of(region, item), in_a + in_b, "{region} {item}");
        }
    }
    assert_eq!(of("P", "value_base"), 350_035 * 706);
    assert_eq!(of("P", "value"), (525_000 + 350 + 175_000) * 806);
    // This run's quantities at the base run's prices.
    assert_eq!(of("P", "constant_price"), (525_000 + 350 + 175_000) * 706);
    let value = measures(&out, "change_objects", &OBJECTS, "value_fen");
    let price = measures(&out, "change_objects", &OBJECTS, "price_fen");
    let gone = measures(&out, "change_objects", &OBJECTS, "disappears_fen");
    let key = |region: &str, id: &str| format!("{region}/reservoir_storage/reservoir/{id}");
    assert_eq!(value[&key("A", "r3")], Some(282_100));
    assert_eq!(price[&key("A", "r3")], Some(0));
    assert_eq!(value[&key("B", "r2")], Some(0));
    assert_eq!(gone[&key("B", "r2")], Some(-24_710));
    assert_eq!(price[&key("A", "r1")], Some(39_375_000));
}

/// Lakes that stay as they were change by their price alone, and by nothing without it.
#[test]
fn lakes_that_stay_change_by_price_alone() {
    let (_own, out) = both();
    let change = measures(&out, "change", &CHANGE, "value_fen");
    let of = |item: &str| change[&format!("P/all/lake_storage/{item}")].unwrap_or(0);
    assert!(of("price") > 0);
    assert_eq!(of("price"), of("change"));
    let own = Bodies::new(&RESERVOIRS);
    let first = run(&own, "first", None, None).expect("first");
    let again = run(&own, "again", Some(&first), None).expect("again");
    let change = measures(&again, "change", &CHANGE, "value_fen");
    for (key, fen) in &change {
        let item = key.rsplit('/').next().unwrap_or_default();
        if !["value_base", "value", "constant_price"].contains(&item) {
            assert_eq!(fen.unwrap_or(0), 0, "{key}");
        }
    }
    let key = |item: &str| format!("P/all/lake_storage/{item}");
    assert_eq!(change[&key("value")], change[&key("constant_price")]);
}

#[test]
fn planted_faults_of_single_objects_are_seen() {
    let (_own, out) = both();
    let found = planted(&out, "change_objects", |columns| {
        let row = row_of(columns, &[("region_code", "A"), ("object_id", "r1")]);
        for (name, step) in [("price_fen", 1), ("intensity_fen", -1)] {
            let value = &mut amounts(columns, name)[row];
            *value = value.map(|fen| fen + step);
        }
    });
    assert!(found.contains("verify-change-objects"), "{found:?}");
    let (_own, out) = both();
    let found = planted(&out, "change_objects", |columns| {
        let row = row_of(columns, &[("region_code", "A"), ("object_id", "r3")]);
        let value = &mut amounts(columns, "appears_fen")[row];
        *value = value.map(|fen| fen + 1);
    });
    assert!(found.contains("verify-change-effects"), "{found:?}");
}

/// The demo's two years, the first without a price of grain.
struct Grain {
    project: Project,
    folder: tempfile::TempDir,
    first: PathBuf,
}

impl Grain {
    fn new() -> Self {
        let project = Project::copy();
        let folder = tempdir().expect("folder");
        // Prices that feed nothing: the base run has no value of grain.
        project.edit(
            "{ input = \"grain_price\", header = \"粮食单价\", header_unit = \"元/吨，2010年价\", unit = \"CNY@2010/t[crop]\" },",
            "",
        );
        let first = folder.path().join("first");
        let request = project.request(&first);
        run_account_since(&request, None, &|_, _| {}).expect("first");
        Self {
            project,
            folder,
            first,
        }
    }

    /// The second year, with this table of indices.
    fn second(&self, name: &str, rows: Option<&str>) -> Result<PathBuf, Findings> {
        let file = self.project.path(SECOND_YEAR);
        let text = fs::read_to_string(&file).expect("project");
        let text = text.replace("[deflators]\ntable = \"deflators.csv\"\n", "");
        if let Some(rows) = rows {
            let head = "item,year,index,status,source\n";
            let table = format!("{head}{rows}");
            fs::write(self.project.path("deflators.csv"), table).expect("table");
            let entry = "[deflators]\ntable = \"deflators.csv\"\n";
            fs::write(&file, format!("{text}{entry}")).expect("project");
        } else {
            fs::write(&file, text).expect("project");
        }
        let out = self.folder.path().join(name);
        let request = AccountRequest {
            project: file,
            ..self.project.request(&out)
        };
        run_account_since(&request, Some(&self.first), &|_, _| {})?;
        let own = verify(&out).expect("manifest");
        assert!(own.differences.is_empty(), "{:?}", own.differences);
        Ok(out)
    }
}

/// Texts of the province's constant price of an indicator, and the number.
fn constant(out: &Path, indicator: &str) -> (BTreeMap<&'static str, String>, Option<i128>) {
    let path = out.join("tables/change.parquet");
    let mut columns = read_parquet(&path).expect("table");
    let keys = ["330000", "all", indicator, "constant_price"];
    let keys: Vec<(&str, &str)> = CHANGE.into_iter().zip(keys).collect();
    let row = row_of(&mut columns, &keys);
    let names = [
        "constant_by",
        "deflator",
        "deflator_item",
        "deflator_source",
        "reason",
        "status",
    ];
    let told = names.map(|name| {
        let text = texts(&mut columns, name)[row].clone();
        (name, text.unwrap_or_default())
    });
    let fen = amounts(&mut columns, "value_fen")[row];
    (BTreeMap::from(told), fen)
}

#[test]
fn a_price_of_the_base_run_that_is_not_known_is_deflated_or_missing() {
    let grain = Grain::new();
    let none = grain.second("none", None).expect("run");
    let (told, fen) = constant(&none, "grain_supply");
    assert_eq!(
        (fen, told["reason"].as_str()),
        (None, "price-of-base-missing")
    );
    assert_eq!(constant(&none, "gep").1, None);
    // Other indicators have the base run's prices, and say so.
    let (told, fen) = constant(&none, "water_retention");
    assert_eq!(told["constant_by"], "base_prices");
    assert!(fen.is_some() && told["deflator"].is_empty());
    // Both runs count in yuan of 2010: their ratio is one, by an index that says so.
    let rows = "provisioning,2010,104.5,synthetic,made up\nall,2010,1,verified,other\n";
    let out = grain.second("with", Some(rows)).expect("run");
    let (told, fen) = constant(&out, "grain_supply");
    let change = measures(&out, "change", &CHANGE, "value_fen");
    assert_eq!(fen, change["330000/all/grain_supply/value"]);
    assert_eq!(told["constant_by"], "deflator");
    assert_eq!(told["deflator"], "1");
    assert_eq!(told["deflator_item"], "provisioning");
    assert_eq!(told["deflator_source"], "made up");
    assert_eq!(told["status"], "synthetic");
    let (told, fen) = constant(&out, "gep");
    assert_eq!(told["constant_by"], "base_prices deflator");
    assert!(fen.is_some());
    // An index of another year is no deflator.
    let rows = "provisioning,2015,104.5,synthetic,made up\n";
    let out = grain.second("other", Some(rows)).expect("run");
    assert_eq!(constant(&out, "grain_supply").1, None);
    let findings = grain.second("bad", Some("bread,2010,1,verified,x\n"));
    assert!(findings.expect_err("refused").has("deflators-unreadable"));
}

#[test]
fn a_planted_deflated_value_is_seen() {
    let grain = Grain::new();
    let rows = "all,2010,1,verified,made up\n";
    let out = grain.second("with", Some(rows)).expect("run");
    let change: fn(&mut Vec<Column>) = |columns| {
        let keys = [
            ("region_code", "331127"),
            ("indicator", "grain_supply"),
            ("item", "constant_price"),
        ];
        let row = row_of(columns, &keys);
        let value = &mut amounts(columns, "value_fen")[row];
        *value = value.map(|fen| fen + 1);
    };
    let found = planted(&out, "change", change);
    assert!(found.contains("verify-change-deflated"), "{found:?}");
}
