//! `gep verify` and `gep explain` on the demo: silent on the run as written,
//! and each check fires on one planted change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gep::audit::verify;
use gep::output::{Column, ColumnData, parquet_bytes, read_parquet};
use gep_core::storage::digest_bytes;
use tempfile::{TempDir, tempdir};

fn gep(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(arguments)
        .output()
        .expect("gep runs")
}

fn demo() -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    let done = gep(&["demo", "--out", &out.to_string_lossy()]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    (folder, out)
}

/// Differences as code and place; a planted change must bring new ones.
fn places(out: &Path) -> BTreeSet<(&'static str, String)> {
    let own = verify(out).expect("manifest");
    assert!(own.unread.is_empty(), "{:?}", own.unread);
    own.differences
        .into_iter()
        .map(|own| (own.code, format!("{} {}", own.file, own.key)))
        .collect()
}

/// Codes of the differences a planted change adds to those of the run before.
pub fn planted(
    out: &Path,
    table: &str,
    change: impl Fn(&mut Vec<Column>),
) -> BTreeSet<&'static str> {
    let before = places(out);
    plant(out, table, change);
    let after = places(out);
    after.difference(&before).map(|(code, _)| *code).collect()
}

fn codes(out: &Path) -> Vec<&'static str> {
    let own = verify(out).expect("manifest");
    let mut codes: Vec<&str> = own.differences.iter().map(|d| d.code).collect();
    codes.extend(own.unread.iter().map(|finding| finding.code));
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Changes a table and its digest in the manifest: only adding up can tell.
fn plant(out: &Path, table: &str, change: impl Fn(&mut Vec<Column>)) {
    let path = out.join(format!("tables/{table}.parquet"));
    let mut columns = read_parquet(&path).expect("table");
    let before = digest_bytes(&std::fs::read(&path).expect("bytes"));
    change(&mut columns);
    let bytes = parquet_bytes(&columns, &[]).expect("encoded");
    std::fs::write(&path, &bytes).expect("written");
    let manifest = out.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).expect("manifest");
    std::fs::write(&manifest, text.replace(&before, &digest_bytes(&bytes))).expect("written");
}

pub fn texts<'a>(columns: &'a mut [Column], name: &str) -> &'a mut Vec<Option<String>> {
    let column = columns.iter_mut().find(|column| column.name == name);
    match column.map(|column| &mut column.data) {
        Some(ColumnData::Text(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

pub fn amounts<'a>(columns: &'a mut [Column], name: &str) -> &'a mut Vec<Option<i128>> {
    let column = columns.iter_mut().find(|column| column.name == name);
    match column.map(|column| &mut column.data) {
        Some(ColumnData::Decimal(values, _)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

/// The row of a county with a value.
pub fn row_of(columns: &mut [Column], keys: &[(&str, &str)]) -> usize {
    let rows = columns[0].len();
    let mut fits = vec![true; rows];
    for (name, wanted) in keys {
        for (fit, text) in fits.iter_mut().zip(texts(columns, name).iter()) {
            *fit &= text.as_deref() == Some(*wanted);
        }
    }
    fits.iter().position(|fit| *fit).expect("row")
}

#[test]
fn a_run_as_written_is_verified_and_each_file_fault_is_named() {
    let (_folder, out) = demo();
    assert_eq!(codes(&out), Vec::<&str>::new());
    let checked = verify(&out).expect("manifest").checked;
    assert!(checked.iter().all(|(_, count)| *count > 0), "{checked:?}");
    std::fs::write(out.join("tables/more.csv"), "1").expect("extra");
    assert_eq!(codes(&out), ["verify-file-extra"]);
    std::fs::remove_file(out.join("tables/more.csv")).expect("removed");
    let map = out.join("boundaries.geojson");
    let bytes = std::fs::read(&map).expect("map");
    std::fs::remove_file(&map).expect("removed");
    assert_eq!(codes(&out), ["verify-file-missing"]);
    std::fs::write(&map, &bytes).expect("back");
    let table = out.join("tables/checks.parquet");
    let mut bytes = std::fs::read(&table).expect("table");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).expect("changed");
    assert!(codes(&out).contains(&"verify-file-changed"));
    let done = gep(&["verify", &out.to_string_lossy(), "--format", "json"]);
    assert_eq!(done.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("json");
    assert_eq!(json["differences"][0]["code"], "verify-file-changed");
}

#[test]
fn one_changed_fen_is_found_on_every_road() {
    let (_folder, out) = demo();
    let found = planted(&out, "value", |columns| {
        let keys = [("region_code", "331127"), ("indicator", "soil_retention")];
        let row = row_of(columns, &keys);
        let value = &mut amounts(columns, "value_fen")[row];
        *value = value.map(|fen| fen + 1);
    });
    assert!(found.contains(&"verify-class-sum"), "{found:?}");
    assert!(found.contains(&"verify-region-sum"), "{found:?}");
    let done = gep(&["verify", &out.to_string_lossy(), "--lang", "en"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("331127"));
}

#[test]
fn each_planted_fault_of_the_account_fires_its_check() {
    type Change = fn(&mut Vec<Column>);
    let faults: [(&str, &str, Change); 6] = [
        ("verify-number-id", "gep", |columns| {
            texts(columns, "number_id")[7] = Some("aaaaaaaaaaaaa".into());
        }),
        ("verify-per-km2", "gep", |columns| {
            let value = &mut amounts(columns, "per_km2_fen")[0];
            *value = value.map(|fen| fen + 1);
        }),
        ("verify-group-sum", "gep", |columns| {
            let row = row_of(
                columns,
                &[("region_code", "331127"), ("item", "regulating")],
            );
            let value = &mut amounts(columns, "value_fen")[row];
            *value = value.map(|fen| fen - 1);
        }),
        ("verify-partial", "gep", |columns| {
            let row = row_of(columns, &[("region_code", "331127"), ("item", "gep")]);
            let flag = &mut texts(columns, "partial")[row];
            let other = if flag.as_deref() == Some("yes") {
                "no"
            } else {
                "yes"
            };
            *flag = Some(other.into());
        }),
        ("verify-state", "physical", |columns| {
            amounts(columns, "value")[3] = None;
        }),
        ("verify-total-area", "totals", |columns| {
            let value = &mut amounts(columns, "valid_area_mm2")[0];
            *value = value.map(|area| area + 1_000_000_000_000_000_000);
        }),
    ];
    for (code, table, change) in faults {
        let (_folder, out) = demo();
        let found = planted(&out, table, change);
        assert!(found.contains(&code), "{code}: {found:?}");
    }
}

/// What the rows themselves say: keys, ids, levels, parents, areas, coverage, and that
/// the account repeats its values.
#[test]
fn each_planted_fault_of_a_row_fires_its_check() {
    type Change = fn(&mut Vec<Column>);
    let faults: [(&str, &str, Change); 9] = [
        ("verify-key-twice", "physical", |columns| {
            for key in ["region_code", "class", "indicator", "output", "item"] {
                let values = texts(columns, key);
                values[1] = values[0].clone();
            }
        }),
        ("verify-number-id-twice", "gep", |columns| {
            let values = texts(columns, "number_id");
            values[1] = values[0].clone();
        }),
        ("verify-region-level", "gep", |columns| {
            texts(columns, "region_level")[0] = Some("village".into());
        }),
        ("verify-coverage", "physical", |columns| {
            let row = row_of(columns, &[("region_code", "331127"), ("state", "computed")]);
            let column = columns.iter_mut().find(|column| column.name == "coverage");
            match column.map(|column| &mut column.data) {
                Some(ColumnData::Ratio(values)) => values[row] = Some(0.1),
                other => panic!("coverage: {other:?}"),
            }
        }),
        ("verify-row-missing", "value", |columns| {
            let keys = [("region_code", "331100"), ("indicator", "soil_retention")];
            let row = row_of(columns, &keys);
            texts(columns, "item")[row] = Some("elsewhere".into());
        }),
        ("verify-account-value", "gep", |columns| {
            let keys = [("region_code", "331127"), ("item", "soil_retention")];
            let row = row_of(columns, &keys);
            let value = &mut amounts(columns, "value_fen")[row];
            *value = value.map(|fen| fen + 1);
        }),
        ("verify-parent-unknown", "regions", |columns| {
            let row = row_of(columns, &[("region_code", "331127")]);
            texts(columns, "parent_code")[row] = Some("999999".into());
        }),
        ("verify-region-area", "regions", |columns| {
            let row = row_of(columns, &[("region_code", "331100")]);
            let value = &mut amounts(columns, "area_mm2")[row];
            *value = value.map(|area| area + 1);
        }),
        ("verify-region-extent", "extent", |columns| {
            let row = row_of(columns, &[("region_code", "331127")]);
            let value = &mut amounts(columns, "area_mm2")[row];
            *value = value.map(|area| area + 1);
        }),
    ];
    for (code, table, change) in faults {
        let (_folder, out) = demo();
        let found = planted(&out, table, change);
        assert!(found.contains(&code), "{code}: {found:?}");
    }
}

/// A county whose value is taken away makes its city and province partial: the
/// flags that still say otherwise are found.
#[test]
fn a_missing_county_without_a_flag_is_found() {
    let (_folder, out) = demo();
    let found = planted(&out, "gep", |columns| {
        let keys = [("region_code", "331127"), ("item", "soil_retention")];
        let row = row_of(columns, &keys);
        amounts(columns, "value_fen")[row] = None;
        texts(columns, "state")[row] = Some("missing".into());
        texts(columns, "reason")[row] = Some("input-missing".into());
    });
    assert!(found.contains(&"verify-partial"), "{found:?}");
    assert!(found.contains(&"verify-missing-codes"), "{found:?}");
}

#[test]
fn a_number_is_explained_by_region_and_by_id() {
    let (_folder, out) = demo();
    let folder = out.to_string_lossy().into_owned();
    let by_item = gep(&[
        "explain",
        "331127",
        "soil_retention",
        "--out",
        &folder,
        "--lang",
        "zh",
    ]);
    let text = String::from_utf8_lossy(&by_item.stdout).into_owned();
    assert_eq!(by_item.status.code(), Some(0), "{by_item:?}");
    for part in [
        "万元",
        "soil_retention.rusle",
        "erodibility",
        "constants.csv:",
        "blake3",
        "km2",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = gep(&[
        "explain",
        "景宁畲族自治县",
        "土壤保持",
        "--out",
        &folder,
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("json");
    let id = json["number"]["number_id"].as_str().expect("id");
    let by_id = gep(&["explain", id, "--out", &folder, "--lang", "zh"]);
    assert_eq!(text, String::from_utf8_lossy(&by_id.stdout));
}

/// Inside `total` and `apportion` there is a number for every ecosystem type and item of
/// the county, and none for a city, which is a sum.
#[test]
fn numbers_stand_inside_totals_and_shares() {
    let (_folder, out) = demo();
    let folder = out.to_string_lossy().into_owned();
    let ask = |region: &str, item: &str| {
        let rest = ["--out", folder.as_str(), "--format", "json"];
        let done = gep(&[&["explain", region, item], &rest[..]].concat());
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        serde_json::from_slice::<serde_json::Value>(&done.stdout).expect("json")
    };
    let places = |json: &serde_json::Value, statement: &str| -> Vec<(String, String)> {
        let methods = json["methods"].as_array().expect("methods");
        let statements = methods
            .iter()
            .flat_map(|own| own["statements"].as_array().expect("s"));
        let own = statements.filter(|own| own["name"] == statement);
        own.flat_map(|own| {
            own["with_numbers_by_place"]
                .as_array()
                .expect("places")
                .clone()
        })
        .map(|own| {
            let text = |name: &str| own[name].as_str().unwrap_or_default().to_string();
            (text("place"), text("with_numbers"))
        })
        .collect()
    };
    let county = ask("331127", "carbon_sequestration");
    let own = places(&county, "quantity");
    assert!(own.len() > 1, "{own:?}");
    for (class, numbers) in &own {
        assert!(class.contains('_') || class == "cropland", "{class}");
        assert!(
            numbers.contains("[kg[dry_matter]") && numbers.contains('*'),
            "{numbers}"
        );
        assert!(!numbers.contains("total("), "{numbers}");
    }
    let air = ask("331127", "air_purification");
    let shares = places(&air, "share");
    assert!(
        shares
            .iter()
            .any(|(_, numbers)| numbers.contains("apportion(")),
        "{shares:?}"
    );
    assert!(
        shares
            .iter()
            .all(|(_, numbers)| numbers.contains("[CNY@2010]")),
        "{shares:?}"
    );
    let city = ask("331100", "carbon_sequestration");
    assert!(places(&city, "quantity").is_empty());
}

#[test]
fn unknown_numbers_end_with_2_and_name_what_is_near() {
    let (_folder, out) = demo();
    let folder = out.to_string_lossy().into_owned();
    let ask = |question: &[&str]| {
        let rest = ["--out", folder.as_str(), "--lang", "en"];
        let done = gep(&[&["explain"], question, &rest].concat());
        assert_eq!(done.status.code(), Some(2), "{done:?}");
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    assert!(ask(&["331127", "soil_retension"]).contains("soil_retention"));
    assert!(ask(&["331172", "soil_retention"]).contains("near names: 331"));
    assert!(ask(&["aaaaaaaaaaaaa"]).contains("explain-id-unknown"));
    let nothing = gep(&["verify", &out.join("tables").to_string_lossy()]);
    assert_eq!(nothing.status.code(), Some(66));
}
