//! Bad inputs of rasters and polygons: each is refused by its code, its clean
//! twin passes.

use std::fs;

use gep::run::zonal::{ClassNodata, ZonalRequest};
use gep_core::diagnostic::{Language, catalogue_codes};
use gep_core::grid::Resampling;
use tempfile::{TempDir, tempdir};

use crate::fixture::{Raster, geojson, rectangle, request, run};

const WGS84: Option<&str> = Some("EPSG:4326");

/// A 2 x 2 raster and one polygon over it: passes.
fn clean() -> (TempDir, ZonalRequest) {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(2, 2).write(&folder.path().join("lc.tif"), &[1_u8, 2, 3, 4]);
    let square = rectangle(120.0, 29.8, 120.2, 30.0);
    let zones = geojson(
        &folder.path().join("z.geojson"),
        WGS84,
        &[("330101", &[&square])],
    );
    let wanted = request(folder.path(), &classes, &zones);
    (folder, wanted)
}

fn refused(wanted: &ZonalRequest, code: &str) {
    let findings = run(wanted).expect_err(code);
    assert!(findings.has(code), "{:?}", findings.0);
    assert!(findings.exit() > 0);
    for finding in &findings.0 {
        for language in [Language::Zh, Language::En] {
            assert!(!finding.to_text(language).contains('{'));
        }
    }
}

#[test]
fn clean_twin_passes() {
    run(&clean().1).expect("clean");
}

#[test]
fn raster_without_reference_system_is_refused_unless_declared() {
    let (folder, mut wanted) = clean();
    let bare = Raster {
        crs: None,
        ..Raster::degrees(2, 2)
    };
    wanted.classes = bare.write(&folder.path().join("bare.tif"), &[1_u8; 4]);
    refused(&wanted, "raster-crs-missing");
    wanted.raster_crs = Some("EPSG:4326".into());
    run(&wanted).expect("declared");
}

#[test]
fn plain_geojson_is_refused_unless_declared() {
    let (folder, mut wanted) = clean();
    let square = rectangle(120.0, 29.8, 120.2, 30.0);
    wanted.zones.path = geojson(
        &folder.path().join("plain.geojson"),
        None,
        &[("a", &[&square])],
    );
    refused(&wanted, "zones-crs-missing");
    wanted.zones_crs = Some("EPSG:4490".into());
    let (report, _) = run(&wanted).expect("declared");
    assert!(report.vectors[0].crs_declared_by_user);
    assert_eq!(report.vectors[0].crs_label, "EPSG:4490");
}

#[test]
fn declaration_against_the_file_is_refused() {
    let (_folder, mut wanted) = clean();
    wanted.zones_crs = Some("EPSG:4326".into());
    run(&wanted).expect("the same system");
    wanted.zones_crs = Some("EPSG:32651".into());
    refused(&wanted, "zones-crs-conflict");
    wanted.zones_crs = Some("EPSG:nonsense".into());
    refused(&wanted, "crs-unreadable");
}

#[test]
fn nodata_that_is_a_class_is_refused_and_may_be_settled() {
    let (folder, mut wanted) = clean();
    let tagged = Raster {
        nodata: Some(0.0),
        ..Raster::degrees(2, 2)
    };
    wanted.classes = tagged.write(&folder.path().join("tagged.tif"), &[0_u8, 2, 3, 4]);
    wanted.legend = Some((0..=4).collect());
    refused(&wanted, "nodata-in-legend");
    wanted.class_nodata = ClassNodata::None;
    run(&wanted).expect("0 is a class");
}

#[test]
fn unknown_classes_are_all_listed() {
    let (_folder, mut wanted) = clean();
    wanted.legend = Some([1, 3].into());
    let findings = run(&wanted).expect_err("unknown");
    assert!(findings.has("classes-unknown"));
    assert!(findings.0[0].reason(Language::En).ends_with("2, 4"));
    wanted.legend = Some((1..=4).collect());
    run(&wanted).expect("known");
}

#[test]
fn class_that_is_no_integer_is_refused() {
    let (folder, mut wanted) = clean();
    let float = Raster::degrees(2, 2);
    wanted.classes = float.write(
        &folder.path().join("f.tif"),
        &[1.0_f32, 2.000_001, 3.0, 4.0],
    );
    refused(&wanted, "class-not-integer");
    wanted.classes = float.write(&folder.path().join("n.tif"), &[1.0_f32, f32::NAN, 3.0, 4.0]);
    refused(&wanted, "class-not-integer");
    wanted.classes = float.write(&folder.path().join("i.tif"), &[1.0_f32, 2.0, 3.0, 4.0]);
    run(&wanted).expect("whole numbers");
}

#[test]
fn rotated_raster_is_refused() {
    let (folder, mut wanted) = clean();
    let rotated = Raster {
        transform: [120.0, 0.1, 0.01, 30.0, 0.0, -0.1],
        ..Raster::degrees(2, 2)
    };
    wanted.classes = rotated.write(&folder.path().join("r.tif"), &[1_u8; 4]);
    refused(&wanted, "raster-rotated");
}

#[test]
fn truncated_raster_is_refused_with_its_block() {
    let (folder, mut wanted) = clean();
    let grid = Raster {
        transform: [120.0, 0.001, 0.0, 30.0, 0.0, -0.001],
        ..Raster::degrees(200, 200)
    };
    let path = grid.write(&folder.path().join("t.tif"), &vec![1_u8; 40_000]);
    wanted.classes = path.clone();
    run(&wanted).expect("whole");
    let bytes = fs::read(&path).expect("bytes");
    fs::write(&path, &bytes[..bytes.len() - 20_000]).expect("truncate");
    refused(&wanted, "raster-block-broken");
}

/// A header of 10^6 x 10^6 cells in a small file is refused before any memory is
/// asked for.
#[test]
fn absurd_size_is_refused_before_allocation() {
    let (folder, mut wanted) = clean();
    let path = folder.path().join("bomb.tif");
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").expect("driver");
    let options = gdal::raster::RasterCreationOptions::from_iter([
        "SPARSE_OK=TRUE",
        "TILED=YES",
        "BIGTIFF=YES",
        "BLOCKXSIZE=16384",
        "BLOCKYSIZE=16384",
    ]);
    let mut dataset = driver
        .create_with_band_type_with_options::<u8, _>(&path, 1_000_000, 1_000_000, 1, &options)
        .expect("sparse raster");
    dataset
        .set_geo_transform(&[120.0, 1e-7, 0.0, 30.0, 0.0, -1e-7])
        .expect("transform");
    let srs = gdal::spatial_ref::SpatialRef::from_epsg(4326).expect("crs");
    dataset.set_spatial_ref(&srs).expect("crs");
    drop(dataset);
    wanted.classes = path;
    refused(&wanted, "raster-size-absurd");
}

#[test]
fn infinite_value_and_fill_value_too_large_are_refused() {
    let (folder, mut wanted) = clean();
    let grid = Raster::degrees(2, 2);
    let layer = |cells: &[f64]| {
        let path = grid.write(&folder.path().join("v.tif"), cells);
        crate::fixture::layer("v", &path, "0.001")
    };
    wanted.layers = vec![layer(&[1.0, f64::INFINITY, 2.0, 3.0])];
    refused(&wanted, "value-infinite");
    wanted.layers = vec![layer(&[1.0, 1e30, 2.0, 3.0])];
    refused(&wanted, "rate-too-large");
    wanted.layers = vec![layer(&[1.0, f64::NAN, 2.0, 3.0])];
    run(&wanted).expect("NaN is missing");
}

#[test]
fn layer_in_another_reference_system_needs_a_way_and_a_method() {
    let (folder, mut wanted) = clean();
    let mut try_crs = |crs: &str, transform: [f64; 6], how: Option<Resampling>, code: &str| {
        let other = Raster {
            crs: Some(crs.into()),
            transform,
            ..Raster::degrees(2, 2)
        };
        let path = other.write(&folder.path().join("v.tif"), &[1_u8; 4]);
        let mut layer = crate::fixture::layer("v", &path, "1");
        layer.resampling = how;
        wanted.layers = vec![layer];
        match code {
            "" => _ = run(&wanted).expect("a declared method and an aligned datum"),
            code => refused(&wanted, code),
        }
    };
    let degrees = [120.0, 0.1, 0.0, 30.0, 0.0, -0.1];
    let nearest = Some(Resampling::Nearest);
    // CGCS2000 beside WGS 84: another system, within a stated bound.
    try_crs("EPSG:4490", degrees, None, "layer-grid-differs");
    try_crs("EPSG:4490", degrees, nearest, "");
    // Xi'an 1980 lies some hundred metres away; no parameters are guessed.
    try_crs("EPSG:4610", degrees, nearest, "layer-datum-differs");
    // An ellipsoid alone is no datum.
    try_crs(
        "+proj=longlat +ellps=krass",
        degrees,
        nearest,
        "layer-datum-differs",
    );
    // Latitude first in a geographic file, and in a projected one: 3-degree zone 40
    // with the strip number in the eastings.
    let swapped = [30.0, 0.1, 0.0, 120.2, 0.0, -0.1];
    try_crs("EPSG:4490", swapped, nearest, "raster-axes-exchanged");
    let strip = [40_490_000.0, 10_000.0, 0.0, 3_320_000.0, 0.0, -10_000.0];
    let turned = [3_300_000.0, 10_000.0, 0.0, 40_520_000.0, 0.0, -10_000.0];
    try_crs("EPSG:4528", strip, nearest, "");
    try_crs("EPSG:4528", turned, nearest, "layer-beside-the-grid");
    // The same metres without their strip number lie in another zone.
    try_crs("EPSG:4549", strip, nearest, "layer-beside-the-grid");
    let paris = "EPSG:4807";
    try_crs(paris, degrees, nearest, "layer-crs-not-greenwich");
    // Scrambled coordinates are named for what they are.
    let plain = Raster {
        crs: None,
        ..Raster::degrees(2, 2)
    };
    let path = plain.write(&folder.path().join("v.tif"), &[1_u8; 4]);
    let mut layer = crate::fixture::layer("v", &path, "1");
    layer.resampling = nearest;
    wanted.layers = vec![layer];
    wanted.raster_crs = Some("EPSG:4490".into());
    run(&wanted).expect("the clean twin");
    let mars = "GEOGCS[\"GCJ-02\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]";
    wanted.raster_crs = Some(mars.into());
    refused(&wanted, "layer-crs-scrambled");
}

#[test]
fn overlap_above_tolerance_is_refused_with_its_area() {
    let (folder, mut wanted) = clean();
    let west = rectangle(120.0, 29.8, 120.1, 30.0);
    let far = rectangle(120.09, 29.8, 120.2, 30.0);
    let near = rectangle(120.099_999_99, 29.8, 120.2, 30.0);
    let path = folder.path().join("o.geojson");
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&west]), ("b", &[&far])]);
    let findings = run(&wanted).expect_err("overlap");
    let words = findings.0[0].reason(Language::En);
    // 0.01 x 0.2 degree at 30 N: 21.4 km2.
    assert!(words.contains("overlap by 21.4"), "{words}");
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&west]), ("b", &[&near])]);
    let (report, _) = run(&wanted).expect("within tolerance");
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn broken_rings_and_geometries_are_refused() {
    let (folder, mut wanted) = clean();
    let path = folder.path().join("b.geojson");
    let bow = [(120.0, 29.8), (120.2, 30.0), (120.2, 29.8), (120.0, 30.0)];
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&bow])]);
    refused(&wanted, "polygon-crosses-itself");
    let shell = rectangle(120.0, 29.8, 120.1, 30.0);
    let hole = rectangle(120.12, 29.85, 120.15, 29.9);
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&shell, &hole])]);
    refused(&wanted, "hole-outside-shell");
    let feature = |geometry: &str| {
        let text = format!(
            r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"EPSG:4326"}}}},
               "features":[{{"type":"Feature","properties":{{"code":"a"}},"geometry":{geometry}}}]}}"#
        );
        fs::write(&path, text).expect("write");
    };
    feature(
        r#"{"type":"Polygon","coordinates":[[[120,29.8],[120.1,29.8],[120.1,30.0],[120,30]]]}"#,
    );
    refused(&wanted, "ring-not-closed");
    feature(r#"{"type":"LineString","coordinates":[[120,29.8],[120.1,29.8]]}"#);
    refused(&wanted, "geometry-not-polygon");
    feature("null");
    refused(&wanted, "geometry-empty");
    // Heights are ignored, a doubled vertex is harmless.
    feature(
        r#"{"type":"Polygon","coordinates":[[[120,29.8,5],[120.1,29.8,5],[120.1,29.8,6],[120.1,30.0,5],[120,29.8,5]]]}"#,
    );
    run(&wanted).expect("Z and doubled vertex");
}

#[test]
fn codes_are_needed_and_unassigned_is_ours() {
    let (folder, mut wanted) = clean();
    let square = rectangle(120.0, 29.8, 120.2, 30.0);
    let path = folder.path().join("c.geojson");
    for code in ["", "unassigned"] {
        wanted.zones.path = geojson(&path, WGS84, &[(code, &[&square])]);
        refused(&wanted, "code-empty");
    }
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&square])]);
    wanted.zones.code_column = "adcode".into();
    refused(&wanted, "code-column-missing");
    fs::write(&path, r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:4326"}},"features":[]}"#)
        .expect("write");
    wanted.zones.code_column = "code".into();
    let findings = run(&wanted).expect_err("empty");
    assert!(findings.has("zones-empty") || findings.has("code-column-missing"));
}

#[test]
fn swapped_axes_strip_numbers_and_far_polygons_are_diagnosed() {
    let (folder, mut wanted) = clean();
    let path = folder.path().join("s.geojson");
    let swapped: Vec<(f64, f64)> = rectangle(120.0, 29.8, 120.2, 30.0)
        .iter()
        .map(|(x, y)| (*y, *x))
        .collect();
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&swapped])]);
    refused(&wanted, "axis-order-swapped");
    let strip = rectangle(40_500_000.0, 3_300_000.0, 40_510_000.0, 3_310_000.0);
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&strip])]);
    refused(&wanted, "coordinates-not-degrees");
    let far = rectangle(80.0, 20.0, 81.0, 21.0);
    wanted.zones.path = geojson(&path, WGS84, &[("a", &[&far])]);
    refused(&wanted, "zones-beside-raster");
}

#[test]
fn files_that_are_not_local_or_not_there_are_refused() {
    let (_folder, mut wanted) = clean();
    wanted.classes = "/vsicurl/http://example.org/a.tif".into();
    refused(&wanted, "path-not-local");
    wanted.classes = "nowhere.tif".into();
    refused(&wanted, "input-missing");
    let (folder, mut wanted) = clean();
    let text = folder.path().join("text.tif");
    fs::write(&text, "not a raster").expect("write");
    wanted.classes = text.clone();
    refused(&wanted, "raster-unreadable");
    let (_folder2, mut wanted) = clean();
    wanted.zones.path = text;
    refused(&wanted, "vector-unreadable");
}

#[test]
fn existing_output_is_refused_unless_replaced() {
    let (_folder, mut wanted) = clean();
    run(&wanted).expect("first");
    wanted.replace = false;
    refused(&wanted, "output-exists");
    wanted.replace = true;
    run(&wanted).expect("replaced");
}

/// Every code of the catalogue is used in the program.
#[test]
fn every_message_is_used() {
    let mut source = String::new();
    crate::tidy::each_source(|_, text| source.push_str(text));
    for code in catalogue_codes() {
        assert!(
            source.contains(&format!("\"{code}\"")),
            "message `{code}` is never used"
        );
    }
}
