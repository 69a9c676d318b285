//! `gep zonal` end to end: what must be equal is equal to the integer.

use std::collections::BTreeMap;
use std::path::Path;

use gep::run::zonal::ClassNodata;
use gep_core::grid::Resampling;
use tempfile::tempdir;

use crate::fixture::{
    Feature, Raster, Row, area, demo, demo_request, geojson, layer, rectangle, request, run,
};

/// Ground of a 0.1 degree row of cells on WGS 84 by the closed formula, mm2.
fn row_mm2(row: usize, columns: usize) -> f64 {
    let wgs84 = gep_core::grid::Ellipsoid::new(6_378_137.0, 298.257_223_563);
    let north = 30.0 - 0.1 * row as f64;
    (wgs84.zone_area_m2(north) - wgs84.zone_area_m2(north - 0.1))
        * (0.1 * columns as f64).to_radians()
        * 1e6
}

/// Counties, land or sea, and what is left over add up to the raster, and
/// every county to its own area, whatever the tiles and threads.
#[test]
fn demo_adds_up_and_is_the_same_for_all_tiles_and_threads() {
    let folder = tempdir().expect("folder");
    let mut base = demo_request(folder.path());
    base.layers
        .push(layer("ndvi", &demo("zj_ndvi_max_0p05.tif"), "0.0001"));
    let (report, rows) = run(&base).expect("demo");
    let inside = area(&rows, |row| row.state != "outside_grid");
    assert_eq!(inside, report.whole_mm2);
    // 88 rows x 104 columns of 0.05 degree: the integer row areas themselves.
    let wgs84 = gep_core::grid::Ellipsoid::new(6_378_137.0, 298.257_223_563);
    let whole = (wgs84.zone_area_m2(31.3) - wgs84.zone_area_m2(26.9)) * 5.2_f64.to_radians() * 1e6;
    assert!(
        (inside as f64 - whole).abs() < 88.0 * 104.0,
        "{inside} {whole}"
    );
    // 104 159.37 km2, the sum of the 90 counties on the ellipsoid (data README).
    let counties = area(&rows, |row| row.region != "unassigned");
    assert_eq!(counties / 10_000_000_000, 10_415_936);
    for (tile, threads) in [(16, 1), (64, 2), (256, 7), (1000, 3)] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("pool");
        let mut other = base.clone();
        other.tile = tile;
        let (again, _) = pool.install(|| run(&other)).expect("demo again");
        assert_eq!(
            again.digest, report.digest,
            "tile {tile}, {threads} threads"
        );
    }
}

/// Layer sums add up like areas: regions and the rest give the whole raster's sum.
#[test]
fn layer_sums_add_up_and_missing_cells_are_told() {
    let folder = tempdir().expect("folder");
    let grid = Raster {
        nodata: Some(-1.0),
        ..Raster::degrees(3, 2)
    };
    let classes =
        Raster::degrees(3, 2).write(&folder.path().join("lc.tif"), &[1_u8, 1, 2, 2, 2, 1]);
    let values = [1.5_f32, 2.25, -1.0, 0.0, 4.0, 8.125];
    let npp = grid.write(&folder.path().join("npp.tif"), &values);
    let square = rectangle(120.05, 29.85, 120.25, 29.95);
    let zones = geojson(
        &folder.path().join("z.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&square])],
    );
    let mut wanted = request(folder.path(), &classes, &zones);
    wanted.layers.push(layer("npp", &npp, "0.125"));
    let (_, rows) = run(&wanted).expect("run");
    let sum = |part: usize| -> i128 {
        rows.iter()
            .map(|row| row.layers[0][part].unwrap_or(0))
            .sum()
    };
    let mut expected = [0_f64; 3];
    for (at, value) in values.iter().enumerate() {
        let cell = row_mm2(at / 3, 1);
        if *value < 0.0 {
            expected[2] += cell;
        } else {
            expected[0] += f64::from(*value) / 0.125 * cell;
            expected[1] += cell;
        }
    }
    for (part, expected) in expected.iter().enumerate() {
        assert!((sum(part) as f64 - expected).abs() < 500.0, "part {part}");
    }
    let whole: i128 = rows.iter().map(|row| row.area_mm2).sum();
    assert_eq!(sum(1) + sum(2), whole);
}

/// A raster stored south-up gives the integers of its north-up twin.
#[test]
fn south_up_raster_equals_its_north_up_twin() {
    let folder = tempdir().expect("folder");
    let cells: Vec<u8> = (0..12).collect();
    let turned: Vec<u8> = (0..3)
        .rev()
        .flat_map(|row| (0..4).map(move |c| row * 4 + c))
        .collect();
    let grid = |transform| Raster {
        transform,
        ..Raster::degrees(4, 3)
    };
    let down = grid([120.0, 0.125, 0.0, 30.0, 0.0, -0.125]);
    let up = grid([120.0, 0.125, 0.0, 29.625, 0.0, 0.125]);
    let down = down.write(&folder.path().join("down.tif"), &cells);
    let up = up.write(&folder.path().join("up.tif"), &turned);
    let crooked = [(120.03, 29.7), (120.41, 29.66), (120.2, 29.97)];
    let zones = geojson(
        &folder.path().join("z.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&crooked])],
    );
    let (_, first) = run(&request(folder.path(), &down, &zones)).expect("north-up");
    for tile in [16, 64] {
        let mut wanted = request(folder.path(), &up, &zones);
        wanted.tile = tile;
        let (_, second) = run(&wanted).expect("south-up");
        assert_eq!(first, second);
    }
}

/// One region in three features is one region, in any order.
#[test]
fn features_of_one_code_are_one_region() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(4, 4).write(&folder.path().join("lc.tif"), &[7_u8; 16]);
    let whole = rectangle(120.05, 29.65, 120.35, 29.95);
    let parts = [
        rectangle(120.05, 29.65, 120.15, 29.95),
        rectangle(120.15, 29.65, 120.25, 29.95),
        rectangle(120.25, 29.65, 120.35, 29.95),
    ];
    let crs = Some("EPSG:4326");
    let one = geojson(&folder.path().join("one.geojson"), crs, &[("a", &[&whole])]);
    let three = [2, 0, 1].map(|at| ("a", [parts[at].as_slice()]));
    let three: Vec<Feature<'_>> = three.iter().map(|(c, r)| (*c, r.as_slice())).collect();
    let three = geojson(&folder.path().join("three.geojson"), crs, &three);
    let (_, first) = run(&request(folder.path(), &classes, &one)).expect("one");
    let (report, second) = run(&request(folder.path(), &classes, &three)).expect("three");
    assert_eq!(report.vectors[0].features, 3);
    assert_eq!(first.len(), second.len());
    for (a, b) in first.iter().zip(&second) {
        // The four new vertices on the old southern and northern edges move < 1 mm2 each.
        assert!((a.area_mm2 - b.area_mm2).abs() <= 4, "{a:?} {b:?}");
    }
}

/// EPSG:4490 is latitude-first by its definition, GeoJSON is not: coordinates are
/// taken longitude first, and the two geographic systems agree.
#[test]
fn latitude_first_systems_are_read_longitude_first() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(4, 4).write(&folder.path().join("lc.tif"), &[7_u8; 16]);
    let square = rectangle(120.05, 29.65, 120.35, 29.95);
    let first = geojson(
        &folder.path().join("a.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&square])],
    );
    let second = geojson(
        &folder.path().join("b.geojson"),
        Some("EPSG:4490"),
        &[("a", &[&square])],
    );
    let (_, rows) = run(&request(folder.path(), &classes, &first)).expect("4326");
    let (report, others) = run(&request(folder.path(), &classes, &second)).expect("4490");
    assert!(report.vectors[0].transformed);
    assert_eq!(rows, others);
}

/// What lies beyond the raster is told as such, and the region stays whole.
#[test]
fn region_leaving_the_grid_keeps_its_area() {
    let folder = tempdir().expect("folder");
    let small = Raster::degrees(2, 2).write(&folder.path().join("s.tif"), &[1_u8; 4]);
    let large = Raster {
        transform: [119.5, 0.1, 0.0, 30.5, 0.0, -0.1],
        ..Raster::degrees(20, 20)
    };
    let large = large.write(&folder.path().join("l.tif"), &[1_u8; 400]);
    let crooked = [
        (119.61, 29.31),
        (120.52, 29.05),
        (120.87, 30.11),
        (119.93, 30.43),
    ];
    let zones = geojson(
        &folder.path().join("z.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&crooked])],
    );
    let of = |rows: &[Row]| area(rows, |row| row.region == "a");
    let (_, inside) = run(&request(folder.path(), &large, &zones)).expect("large");
    let (_, leaving) = run(&request(folder.path(), &small, &zones)).expect("small");
    // The two origins differ in the last bit of the cell position: the same ground
    // to a part in 10^12.
    assert!((of(&inside) - of(&leaving)).abs() < of(&inside) / 1_000_000_000_000);
    let beyond = area(&leaving, |row| row.state == "outside_grid");
    let unassigned = area(&leaving, |row| row.region == "unassigned");
    assert!(beyond > 0 && unassigned == 0);
    assert_eq!(
        of(&leaving) - beyond,
        area(&leaving, |row| row.state == "class")
    );
}

/// pygeoprocessing's test_zonal_statistics (a325b65): 9 x 9 ones of 30 m under a
/// polygon over all, one over a single cell, one far away: 81, 1 and 0 cells.
#[test]
fn whole_single_and_far_polygons_count_81_1_and_0_cells() {
    let folder = tempdir().expect("folder");
    let grid = Raster {
        transform: [400_000.0, 30.0, 0.0, 3_300_000.0, 0.0, -30.0],
        crs: Some("EPSG:32651".into()),
        ..Raster::degrees(9, 9)
    };
    let ones = grid.write(&folder.path().join("ones.tif"), &[1_u8; 81]);
    let at = |c0: f64, r0: f64, c1: f64, r1: f64| {
        rectangle(
            400_000.0 + 30.0 * c0,
            3_300_000.0 - 30.0 * r1,
            400_000.0 + 30.0 * c1,
            3_300_000.0 - 30.0 * r0,
        )
    };
    let (all, one, far) = (
        at(0.0, 0.0, 9.0, 9.0),
        at(4.0, 4.0, 5.0, 5.0),
        at(99.0, 99.0, 100.0, 100.0),
    );
    let crs = Some("EPSG:32651");
    let count = |name: &str, polygon: &[(f64, f64)]| {
        let zones = geojson(
            &folder.path().join(name),
            crs,
            &[(name, &[polygon]), ("all", &[&all])],
        );
        let mut wanted = request(folder.path(), &ones, &zones);
        wanted.zones.name = "region_code".into();
        wanted.layers.push(layer("ones", &ones, "1"));
        run(&wanted)
    };
    // Alone each, since overlapping zones are refused.
    let zones = geojson(
        &folder.path().join("far.geojson"),
        crs,
        &[("all", &[&all]), ("far", &[&far])],
    );
    let mut wanted = request(folder.path(), &ones, &zones);
    wanted.layers.push(layer("ones", &ones, "1"));
    let (report, rows) = run(&wanted).expect("run");
    assert_eq!(area(&rows, |row| row.region == "all"), report.whole_mm2);
    let far_rows: Vec<&Row> = rows.iter().filter(|row| row.region == "far").collect();
    assert_eq!(far_rows.len(), 1);
    assert_eq!(
        (far_rows[0].state.as_str(), far_rows[0].layers[0][0]),
        ("outside_grid", None)
    );
    assert!(
        count("one", &one)
            .expect_err("overlap")
            .has("zones-overlap")
    );
}

/// In the demo's land cover 0 is water: as a class it counts, as nodata not.
#[test]
fn zero_is_a_class_unless_declared_missing() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(2, 1).write(&folder.path().join("lc.tif"), &[0_u8, 5]);
    let both = rectangle(120.0, 29.9, 120.2, 30.0);
    let zones = geojson(
        &folder.path().join("z.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&both])],
    );
    let mut wanted = request(folder.path(), &classes, &zones);
    let states = |rows: &[Row]| -> BTreeMap<Option<i64>, String> {
        rows.iter()
            .map(|row| (row.class, row.state.clone()))
            .collect()
    };
    let (_, rows) = run(&wanted).expect("class");
    assert_eq!(states(&rows)[&Some(0)], "class");
    wanted.class_nodata = ClassNodata::Value(0.0);
    let (_, rows) = run(&wanted).expect("nodata");
    assert_eq!(states(&rows)[&None], "nodata");
    let sum: i128 = rows.iter().map(|row| row.area_mm2).sum();
    assert!((sum as f64 - row_mm2(0, 2)).abs() < 2.0);
}

/// A coarser layer is resampled by the declared method only.
#[test]
fn layer_of_another_grid_is_resampled_as_declared() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(4, 2).write(&folder.path().join("lc.tif"), &[1_u8; 8]);
    let coarse = Raster {
        transform: [120.0, 0.2, 0.0, 30.0, 0.0, -0.2],
        ..Raster::degrees(2, 1)
    };
    let coarse = coarse.write(&folder.path().join("rain.tif"), &[10_i16, 30]);
    let all = rectangle(120.0, 29.8, 120.4, 30.0);
    let zones = geojson(
        &folder.path().join("z.geojson"),
        Some("EPSG:4326"),
        &[("a", &[&all])],
    );
    let mut wanted = request(folder.path(), &classes, &zones);
    wanted.layers.push(layer("rain", &coarse, "1"));
    assert!(
        run(&wanted)
            .expect_err("undeclared")
            .has("layer-grid-differs")
    );
    let mut mean = |how| {
        wanted.layers[0].resampling = Some(how);
        let (_, rows) = run(&wanted).expect("declared");
        let sum: i128 = rows.iter().map(|row| row.layers[0][0].unwrap_or(0)).sum();
        sum as f64 / area(&rows, |_| true) as f64
    };
    // Nearest: 10 10 30 30. Bilinear: 10 15 25 30. Both average 20.
    assert!((mean(Resampling::Nearest) - 20.0).abs() < 1e-9);
    assert!((mean(Resampling::Bilinear) - 20.0).abs() < 1e-9);
}

/// A run that fails leaves neither a table nor a part of one behind.
#[test]
fn failing_run_leaves_nothing_behind() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(2, 1).write(&folder.path().join("lc.tif"), &[0_u8, 5]);
    let zones = geojson(
        &folder.path().join("z.geojson"),
        None,
        &[("a", &[&rectangle(120.0, 29.9, 120.2, 30.0)])],
    );
    let wanted = request(folder.path(), &classes, &zones);
    let before = files(folder.path());
    run(&wanted).expect_err("no reference system");
    assert_eq!(files(folder.path()), before);
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("folder")
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
