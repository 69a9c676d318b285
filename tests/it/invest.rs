//! The InVEST profile on a small raster against InVEST's definitions, written out
//! once more here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep::output::{ColumnData, read_parquet};
use gep::run::account::{AccountRequest, run_account};
use tempfile::tempdir;

use crate::fixture::{Raster, geojson, rectangle};

const PROJECT: &str = r#"
[project]
title = { zh = "合成（测试）", en = "Synthetic (test)" }
year = "2020"
profile = "invest"
boundary_version = "test"
regions = "regions.csv"
[rasters.classes]
path = "classes.tif"
nodata = "none"
[rasters.layers.precipitation_yearly]
path = "rain.tif"
unit = "mm"
[rasters.layers.reference_evapotranspiration_yearly]
path = "eto.tif"
unit = "mm"
[rasters.layers.root_restricting_depth]
path = "depth.tif"
unit = "mm"
[rasters.layers.plant_available_water]
path = "pawc.tif"
unit = "1"
[vectors.zones]
path = "zones.geojson"
id = "code"
"#;

/// Kc, root depth in mm, vegetated, t C/ha of a class in the comparison tables.
fn table(class: u8) -> (f64, f64, bool, f64) {
    match class {
        1..=5 | 8 | 9 => (0.9, 1000.0, true, 86.0),
        6 | 7 | 10 => (0.8, 500.0, true, 28.0),
        11 | 12 | 14 => (0.7, 300.0, true, 28.0),
        _ => (0.5, 1.0, false, 0.0),
    }
}

fn water_yield(class: u8, rain: f64, eto: f64, depth: f64, pawc: f64) -> f64 {
    let (kc, root, vegetated, _) = table(class);
    let dryness = kc * eto / rain;
    let omega = (6.0 * root.min(depth) * pawc / rain + 1.25).min(5.0);
    let curve = 1.0 + dryness - (1.0 + dryness.powf(omega)).powf(1.0 / omega);
    let fraction = if vegetated {
        dryness.min(curve)
    } else {
        dryness.min(1.0)
    };
    (1.0 - fraction) * rain
}

/// Classes, rain, reference evapotranspiration, soil depth, available water.
type Cells = (Vec<u8>, [Vec<f64>; 4]);

/// Writes the project into a folder and returns its cells.
pub fn write_project(folder: &Path) -> Cells {
    let at = |name: &str| folder.join(name);
    let grid = Raster::degrees(17, 10);
    let cells = 170_usize;
    let classes: Vec<u8> = (0..cells).map(|cell| (cell % 17) as u8).collect();
    let varied = |low: f64, high: f64, prime: usize| -> Vec<f64> {
        let step = (high - low) / 100.0;
        (0..cells)
            .map(|cell| low + step * ((cell * prime) % 101) as f64)
            .collect()
    };
    let (rain, eto) = (varied(50.0, 2500.0, 37), varied(400.0, 1800.0, 53));
    let (depth, pawc) = (varied(100.0, 2000.0, 29), varied(0.02, 0.4, 41));
    grid.write(&at("classes.tif"), &classes);
    for (name, values) in [
        ("rain", &rain),
        ("eto", &eto),
        ("depth", &depth),
        ("pawc", &pawc),
    ] {
        grid.write(&at(&format!("{name}.tif")), values);
    }
    let ring = rectangle(120.0, 29.0, 121.7, 30.0);
    let zone: &[&[_]] = &[&ring];
    geojson(&at("zones.geojson"), Some("EPSG:4326"), &[("A", zone)]);
    let regions = "code,level,name_zh,name_en,parent\nP,province,省,Province,\nC,city,市,City,P\nA,county,甲,A,C\n";
    fs::write(at("regions.csv"), regions).expect("regions");
    fs::write(at("gep.toml"), PROJECT).expect("project");
    (classes, [rain, eto, depth, pawc])
}

/// A run of the project in a folder.
pub fn request(folder: &Path) -> AccountRequest {
    AccountRequest {
        crosswalk: None,
        project: folder.to_path_buf(),
        out: folder.join("out"),
        replace: true,
        methodology: None,
        profile: None,
        tile: 64,
    }
}

#[test]
fn profile_agrees_with_the_definitions() {
    let folder = tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    let (classes, [rain, eto, depth, pawc]) = write_project(folder.path());
    let cells = classes.len();
    let request = request(folder.path());
    let report = run_account(&request, &|_, _| {}).expect("run");
    assert!(report.province_fen.is_none(), "no prices, no GEP");
    let manifest = fs::read_to_string(at("out/manifest.json")).expect("manifest");
    assert!(
        manifest.contains("\"status\": \"provisional\""),
        "its tables are no verified ones"
    );
    // Areas of rows on WGS 84, as the table of extents prints them for one class a column.
    let ellipsoid = gep_core::grid::Ellipsoid::new(6_378_137.0, 298.257_223_563);
    let area = |row: usize| {
        let north = 30.0 - 0.1 * row as f64;
        let band = ellipsoid.zone_area_m2(north) - ellipsoid.zone_area_m2(north - 0.1);
        band * 0.1_f64.to_radians()
    };
    let (mut carbon, mut water) = (0.0, 0.0);
    for cell in 0..cells {
        let class = classes[cell];
        let own = area(cell / 17);
        carbon += own / 1e4 * table(class).3;
        water += own / 1e3 * water_yield(class, rain[cell], eto[cell], depth[cell], pawc[cell]);
    }
    let found = all_classes(&at("out/tables/physical.parquet"));
    let off = |name: &str, expected: f64| (found[name] / expected - 1.0).abs();
    assert!(off("stock", carbon) < 1e-11, "{} {carbon}", found["stock"]);
    assert!(off("yield", water) < 1e-9, "{} {water}", found["yield"]);
    println!(
        "carbon {:.1e}, water yield {:.1e}",
        off("stock", carbon),
        off("yield", water)
    );
}

/// Outputs of county A over all classes.
fn all_classes(path: &Path) -> BTreeMap<String, f64> {
    let columns = read_parquet(path).expect("table");
    let find = |name: &str| {
        &columns
            .iter()
            .find(|one| one.name == name)
            .expect("column")
            .data
    };
    let text = |name: &str| match find(name) {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{other:?}"),
    };
    let ColumnData::Decimal(values, 6) = find("value") else {
        panic!("values are millionths");
    };
    let (region, class, output) = (text("region_code"), text("class"), text("output"));
    let wanted =
        |at: &usize| region[*at].as_deref() == Some("A") && class[*at].as_deref() == Some("all");
    let rows = (0..values.len()).filter(wanted);
    rows.map(|at| {
        let value = values[at].expect("a value") as f64 / 1e6;
        (output[at].clone().expect("an output"), value)
    })
    .collect()
}
