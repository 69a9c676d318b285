//! Laws on single objects: shared to counties to the cubic metre, whatever lies
//! outside stays unassigned and is shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gep::output::{ColumnData, read_parquet};
use gep::run::account::{AccountRequest, run_account};
use gep_core::diagnostic::Findings;
use tempfile::{TempDir, tempdir};

use crate::fixture::{Raster, geojson, rectangle};

/// Two counties side by side, 120.0-120.2 and 120.2-120.4 E, 29.8-30.0 N.
pub struct Bodies {
    pub folder: TempDir,
}

/// West, south, east, north of a body, its id and its capacity as written.
pub type Body<'a> = (&'a str, [f64; 4], Option<&'a str>);

pub const RESERVOIRS: [Body<'static>; 2] = [
    // Three quarters in A by longitude, one quarter in B.
    ("r1", [120.17, 29.9, 120.21, 29.92], Some("1000001")),
    // Half in B, half outside all counties.
    ("r2", [120.38, 29.85, 120.42, 29.87], Some("200")),
];

impl Bodies {
    pub fn new(reservoirs: &[Body<'_>]) -> Self {
        let folder = tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        // Cells of 0.1 degree from 120 E, 30 N; class 4 is a forest of the legend.
        Raster::degrees(5, 2).write(&at("classes.tif"), &[4_u8; 10]);
        let (a, b) = (
            rectangle(120.0, 29.8, 120.2, 30.0),
            rectangle(120.2, 29.8, 120.4, 30.0),
        );
        let (a, b): (&[&[_]], &[&[_]]) = (&[&a], &[&b]);
        geojson(
            &at("zones.geojson"),
            Some("EPSG:4326"),
            &[("A", a), ("B", b)],
        );
        bodies(&at("reservoirs.geojson"), reservoirs);
        bodies(
            &at("lakes.geojson"),
            &[
                ("l1", [120.05, 29.85, 120.1, 29.9], None),
                ("l2", [120.19, 29.81, 120.21, 29.83], None),
                ("l3", [120.43, 29.81, 120.45, 29.83], None),
            ],
        );
        let regions = "code,level,name_zh,name_en,parent\n\
            P,province,省,Province,\nC,city,市,City,P\nA,county,甲,A,C\nB,county,乙,B,C\n";
        fs::write(at("regions.csv"), regions).expect("regions");
        fs::write(at("gep.toml"), PROJECT).expect("project");
        Self { folder }
    }

    pub fn run(&self, tile: usize) -> Result<PathBuf, Findings> {
        let out = self.folder.path().join(format!("out-{tile}"));
        run_account(
            &AccountRequest {
                crosswalk: None,
                project: self.folder.path().to_path_buf(),
                out: out.clone(),
                replace: true,
                methodology: None,
                profile: None,
                tile,
            },
            &|_, _| {},
        )?;
        Ok(out)
    }

    fn codes(&self) -> Vec<&'static str> {
        let findings = self.run(64).expect_err("refused");
        findings.0.iter().map(|finding| finding.code).collect()
    }
}

const PROJECT: &str = r#"
[project]
title = { zh = "合成湖库（测试）", en = "Synthetic water bodies (test)" }
year = "2020"
profile = "water-bodies"
boundary_version = "test"
regions = "regions.csv"
[rasters.classes]
path = "classes.tif"
nodata = "none"
[vectors.zones]
path = "zones.geojson"
id = "code"
[objects.lake]
path = "lakes.geojson"
id = "code"
[objects.reservoir]
path = "reservoirs.geojson"
id = "code"
columns = [{ input = "reservoir_capacity", column = "capacity", unit = "m3" }]
"#;

pub fn bodies(path: &Path, bodies: &[Body<'_>]) {
    let features: Vec<serde_json::Value> = bodies
        .iter()
        .map(|(code, [west, south, east, north], capacity)| {
            let ring: Vec<[f64; 2]> = [
                [*west, *south],
                [*east, *south],
                [*east, *north],
                [*west, *north],
                [*west, *south],
            ]
            .into();
            serde_json::json!({
                "type": "Feature",
                "properties": {"code": code, "capacity": capacity},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            })
        })
        .collect();
    let crs =
        serde_json::json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}});
    let root = serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": features});
    fs::write(path, root.to_string()).expect("bodies");
}

/// Rows of a table: key texts -> the measure, unscaled.
fn rows(
    out: &Path,
    table: &str,
    keys: &[&str],
    measure: &str,
) -> BTreeMap<Vec<String>, Option<i128>> {
    let columns = read_parquet(&out.join(format!("tables/{table}.parquet"))).expect("table");
    let column = |name: &str| {
        let found = columns.iter().find(|column| column.name == name);
        &found.unwrap_or_else(|| panic!("no {name}")).data
    };
    let texts: Vec<&Vec<Option<String>>> = keys
        .iter()
        .map(|key| match column(key) {
            ColumnData::Text(values) => values,
            other => panic!("{other:?}"),
        })
        .collect();
    let ColumnData::Decimal(values, _) = column(measure) else {
        panic!("{measure} is no decimal");
    };
    let key = |at: usize| {
        texts
            .iter()
            .map(move |text| text[at].clone().unwrap_or_default())
    };
    (0..values.len())
        .map(|at| (key(at).collect(), values[at]))
        .collect()
}

/// The laws of objects can be computed again from attributes and areas as published;
/// a share that says another number is seen.
#[test]
fn object_laws_are_computed_again_from_the_tables() {
    let bodies = Bodies::new(&RESERVOIRS);
    let out = bodies.run(64).expect("run");
    let clean = gep::audit::verify(&out).expect("manifest");
    assert!(clean.differences.is_empty(), "{:?}", clean.differences);
    assert!(clean.unread.is_empty(), "{:?}", clean.unread);
    let found = crate::audit::planted(&out, "objects", |columns| {
        let keys = [
            ("object_id", "r1"),
            ("region_code", "A"),
            ("output", "share"),
        ];
        let row = crate::audit::row_of(columns, &keys);
        let value = &mut crate::audit::amounts(columns, "value")[row];
        *value = value.map(|value| value + 1);
    });
    assert!(found.contains("verify-recomputed"), "{found:?}");
}

const OBJECT_KEYS: [&str; 4] = ["kind", "object_id", "region_code", "output"];

#[test]
fn shares_of_objects_add_up_to_the_whole() {
    let bodies = Bodies::new(&RESERVOIRS);
    let out = bodies.run(64).expect("run");
    let objects = rows(&out, "objects", &OBJECT_KEYS, "value");
    let get = |kind: &str, id: &str, region: &str, output: &str| {
        let key = [kind, id, region, output].map(String::from).to_vec();
        objects
            .get(&key)
            .copied()
            .flatten()
            .map(|value| value / 1_000_000)
    };
    // 0.35 * 1000001 = 350000.35; 262500 and 87500 by area, exact by cubic metre.
    assert_eq!(get("reservoir", "r1", "all", "capacity"), Some(350_000));
    assert_eq!(get("reservoir", "r1", "A", "share"), Some(262_500));
    assert_eq!(get("reservoir", "r1", "B", "share"), Some(87_500));
    assert_eq!(get("reservoir", "r1", "unassigned", "share"), Some(0));
    assert_eq!(get("reservoir", "r2", "B", "share"), Some(35));
    assert_eq!(get("reservoir", "r2", "unassigned", "share"), Some(35));
    assert_eq!(
        get("", "all", "unassigned", "quantity").map(|_| ()),
        Some(())
    );
    for id in ["l1", "l2", "l3"] {
        let parts: i128 = ["A", "B", "unassigned"]
            .iter()
            .map(|zone| get("lake", id, zone, "share").expect("a share"))
            .sum();
        let whole = get("lake", id, "all", "capacity").expect("a capacity");
        assert_eq!(parts, whole, "{id}");
        assert!(whole > 0);
    }
    assert_eq!(
        get("lake", "l3", "A", "share"),
        Some(0),
        "a lake outside all counties"
    );
    // Areas in the table are exact: parts and whole to the mm2.
    for (kind, id) in [("lake", "l2"), ("reservoir", "r1"), ("reservoir", "r2")] {
        let of = |wanted: &dyn Fn(&str) -> bool| -> i128 {
            objects
                .iter()
                .filter(|(key, _)| {
                    key[0] == kind && key[1] == id && key[3] == "area" && wanted(&key[2])
                })
                .filter_map(|(_, value)| *value)
                .sum()
        };
        assert_eq!(
            of(&|zone| zone == "all"),
            of(&|zone| zone != "all"),
            "{kind} {id}"
        );
    }
    // The account of the county takes what the objects give it, at 7.06 a cubic metre.
    let physical = rows(
        &out,
        "physical",
        &["region_code", "indicator", "output"],
        "value",
    );
    let county = |zone: &str, indicator: &str| {
        let key = [zone, indicator, "quantity"].map(String::from).to_vec();
        physical[&key].expect("a quantity") / 1_000_000
    };
    assert_eq!(county("A", "reservoir_storage"), 262_500);
    assert_eq!(county("B", "reservoir_storage"), 87_535);
    assert_eq!(county("P", "reservoir_storage"), 350_035);
    let value = rows(
        &out,
        "value",
        &["region_code", "indicator", "output"],
        "value_fen",
    );
    let key = ["B", "reservoir_storage", "value"]
        .map(String::from)
        .to_vec();
    assert_eq!(value[&key], Some(61_799_710));
    assert!(physical.keys().all(|key| key[0] != "unassigned"));
}

#[test]
fn the_law_is_taken_per_object_never_on_the_sum() {
    let bodies = Bodies::new(&RESERVOIRS);
    let out = bodies.run(64).expect("run");
    let objects = rows(&out, "objects", &OBJECT_KEYS, "value");
    let of = |output: &str| -> Vec<f64> {
        let own = objects
            .iter()
            .filter(|(key, _)| key[0] == "lake" && key[2] == "all" && key[3] == output);
        own.map(|(_, value)| value.expect("a value") as f64 / 1e6)
            .collect()
    };
    let law = |km2: f64| 4.924_f64.exp() * km2.powf(1.128) * 3.19 * 1e4;
    let areas: Vec<f64> = of("area").iter().map(|area| area / 1e6).collect();
    let capacities = of("capacity");
    for (area, capacity) in areas.iter().zip(&capacities) {
        assert!((law(*area) - capacity).abs() < 1.0, "{area} {capacity}");
    }
    let summed = law(areas.iter().sum());
    assert!(
        (capacities.iter().sum::<f64>() / summed - 1.0).abs() > 0.02,
        "the two ways must differ"
    );
}

#[test]
fn tiles_and_threads_do_not_change_a_byte() {
    let bodies = Bodies::new(&RESERVOIRS);
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for threads in [1, 2, 7] {
        for tile in [64, 256, 1000] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("pool");
            let out = pool.install(|| bodies.run(tile)).expect("run");
            let read = |name: &str| fs::read(out.join(name)).expect("file");
            let own = (read("tables/objects.parquet"), read("manifest.json"));
            assert_eq!(
                first.get_or_insert_with(|| own.clone()),
                &own,
                "{threads} {tile}"
            );
        }
    }
}

#[test]
fn bad_objects_are_refused_and_their_clean_twins_pass() {
    let [r1, r2] = RESERVOIRS;
    let twice = Bodies::new(&[r1, ("r1", r2.1, r2.2)]);
    assert_eq!(twice.codes(), ["object-id-twice"]);
    let overlapping = Bodies::new(&[r1, ("r2", [120.2, 29.91, 120.3, 29.95], Some("1"))]);
    assert_eq!(overlapping.codes(), ["zones-overlap"]);
    let worded = Bodies::new(&[(r1.0, r1.1, Some("约100万")), r2]);
    assert_eq!(worded.codes(), ["object-value-unreadable"]);
    let bodies = Bodies::new(&RESERVOIRS);
    let path = bodies.folder.path().join("gep.toml");
    let edit = |from: &str, to: &str| {
        assert!(PROJECT.contains(from));
        fs::write(&path, PROJECT.replacen(from, to, 1)).expect("project");
    };
    edit("column = \"capacity\"", "column = \"库容\"");
    assert_eq!(bodies.codes(), ["code-column-missing"]);
    edit("input = \"reservoir_capacity\"", "input = \"lake_area\"");
    assert_eq!(
        bodies.codes(),
        ["objects-not-given", "object-input-unknown"]
    );
    edit("unit = \"m3\"", "unit = \"m2\"");
    assert_eq!(bodies.codes(), ["unit-not-fitting"]);
    edit("[objects.lake]", "[objects.pond]");
    assert_eq!(bodies.codes(), ["objects-not-given", "objects-not-given"]);
    edit(
        "columns = [{",
        "columns = [{ input = \"lake_area\", column = \"capacity\", unit = \"km2\" }, {",
    );
    assert_eq!(bodies.codes(), ["object-input-unknown"]);
    edit("[project]", "[project]");
    assert!(bodies.run(64).is_ok());
}

/// A reservoir without a capacity makes its counties missing and is named.
#[test]
fn a_missing_attribute_is_missing_and_told() {
    let [r1, r2] = RESERVOIRS;
    let bodies = Bodies::new(&[(r1.0, r1.1, None), r2]);
    let out = bodies.run(64).expect("run");
    let physical = rows(
        &out,
        "physical",
        &["region_code", "indicator", "output"],
        "value",
    );
    let county = |zone: &str| {
        physical[&[zone, "reservoir_storage", "quantity"]
            .map(String::from)
            .to_vec()]
    };
    assert_eq!((county("A"), county("B")), (None, None));
    let checks = read_parquet(&out.join("tables/checks.parquet")).expect("table");
    let told = checks.iter().any(|column| match &column.data {
        ColumnData::Text(texts) => texts.contains(&Some("object-value-missing".into())),
        _ => false,
    });
    assert!(told);
}
