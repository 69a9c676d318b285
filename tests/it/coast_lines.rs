//! Laws over lines: coast segments cut by region to the millimetre, whatever lies outside
//! stays unassigned and is shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gdal::DriverManager;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gep::output::{Column, ColumnData, parquet_bytes, read_parquet};
use gep_core::grid::Ellipsoid;

use crate::sea_fixture::{COAST, Coast, SEGMENTS, Segment, rows};

/// mm of each segment in each region.
fn lengths(out: &Path) -> BTreeMap<(String, String), i128> {
    rows(out, "lines", &["line_id", "region_code"], "length_mm")
        .into_iter()
        .map(|(key, mm)| ((key[0].clone(), key[1].clone()), mm.expect("a length")))
        .collect()
}

fn of(all: &BTreeMap<(String, String), i128>, id: &str, region: &str) -> i128 {
    let key = (id.to_string(), region.to_string());
    all.get(&key).copied().unwrap_or(0)
}

fn geodesic_mm(corners: &[(f64, f64)]) -> i128 {
    let wgs84 = Ellipsoid::new(6_378_137.0, 298.257_223_563);
    let steps = corners.windows(2);
    let metres = steps.map(|step| wgs84.distance_m(step[0], step[1]).expect("a distance"));
    (metres.sum::<f64>() * 1000.0).round() as i128
}

/// Regions and what lies outside add up to the segment; the segment is as long as its
/// geodesics; and its whole is the same whatever the account is about.
#[test]
fn parts_of_segments_add_up_to_the_whole() {
    let coast = Coast::new();
    let mut wholes = Vec::new();
    for domain in ["both", "land", "sea"] {
        let (out, _) = coast.run(domain, domain).expect("run");
        let all = lengths(&out);
        let mut own = Vec::new();
        for (id, _, corners) in &SEGMENTS {
            let parts = ["A", "sea:1", "unassigned"].map(|region| of(&all, id, region));
            let whole = of(&all, id, "all");
            assert_eq!(parts.iter().sum::<i128>(), whole, "{domain} {id}");
            assert!((whole - geodesic_mm(corners)).abs() <= 1, "{domain} {id}");
            own.push(whole);
        }
        wholes.push(own);
        let verified = gep::audit::verify(&out).expect("manifest");
        assert!(
            verified.differences.is_empty(),
            "{:?}",
            verified.differences
        );
        let counted = verified
            .checked
            .iter()
            .find(|(name, _)| *name == "line-sums");
        assert_eq!(counted, Some(&("line-sums", 3)));
        // The coastline is one side's: the land's where both count, else the account's.
        let owner = if domain == "sea" { "sea:1" } else { "A" };
        assert_eq!(of(&all, "c1", owner), of(&all, "c1", "all"));
        assert_eq!(of(&all, "c3", "unassigned"), of(&all, "c3", "all"));
        // The second goes on three hundredths of a degree beyond the zone.
        let sides = ["A", "sea:1", "unassigned"].map(|region| of(&all, "c2", region) > 1_000_000);
        let expected = [domain != "sea", domain != "land", true];
        assert_eq!(sides, expected, "{domain}");
    }
    assert_eq!(wholes[0], wholes[1]);
    assert_eq!(wholes[0], wholes[2]);
}

const COST: &str = r#"
[[workbook]]
path = "costs.xlsx"
sheet = "海堤"
key = "代码"
columns = [{ input = "seawall_cost", header = "海堤年成本", header_unit = "元/(千米·年)", unit = "CNY@2010/(km*a)" }]
"#;

/// Without a cost a county has its protected length and no value; with one, the value is
/// length times cost; a dyke never counts.
#[test]
fn value_needs_a_cost_and_the_length_does_not() {
    let coast = Coast::new();
    let (out, report) = coast.run("land", "without").expect("run");
    let told = |code: &str| report.warnings.iter().any(|finding| finding.code == code);
    assert!(told("input-not-given"));
    let physical = |out: &Path| rows(out, "physical", &["region_code", "output"], "value");
    let value = |out: &Path| rows(out, "value", &["region_code", "output"], "value_fen");
    let key = |region: &str, output: &str| vec![region.to_string(), output.to_string()];
    let all = lengths(&out);
    let protected = of(&all, "c1", "A") + of(&all, "c2", "A");
    let found = physical(&out);
    // Kilometres to six digits are millimetres.
    assert_eq!(found[&key("A", "quantity")], Some(protected));
    assert_eq!(
        found[&key("P", "coast")],
        Some(protected + of(&all, "c3", "A"))
    );
    assert_eq!(value(&out)[&key("A", "value")], None);

    let book = coast.path("costs.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("海堤").expect("name");
    sheet.write(0, 0, "代码").expect("cell");
    sheet
        .write(0, 1, "海堤年成本（元/(千米·年)）")
        .expect("cell");
    sheet.write(1, 0, "A").expect("cell");
    sheet.write(1, 1, 400_000).expect("cell");
    workbook.save(&book).expect("workbook");
    coast.write(
        "gep.toml",
        &format!("{}{COST}", crate::sea_fixture::PROJECT),
    );
    let (out, _) = coast.run("land", "with").expect("run");
    let fen = value(&out)[&key("A", "value")].expect("a value");
    // 400 000 yuan a km are 40 fen a mm; rounded once to the fen.
    assert_eq!(fen, protected * 40);
    // Segment by segment, the dyke with nothing.
    let by_segment = rows(
        &out,
        "objects",
        &["object_id", "region_code", "output"],
        "value",
    );
    let of_segment = |id: &str, region: &str| {
        let key = [id, region, "protected_length"].map(String::from).to_vec();
        by_segment[&key]
    };
    assert_eq!(of_segment("c1", "A"), Some(of(&all, "c1", "A")));
    assert_eq!(of_segment("c3", "unassigned"), Some(0));
    assert_eq!(
        of_segment("c2", "unassigned"),
        Some(of(&all, "c2", "unassigned"))
    );
    // The sheet is about counties: an account of the sea does not read it.
    let (out, report) = coast.run("sea", "sea").expect("run");
    let told = |code: &str| report.warnings.iter().any(|finding| finding.code == code);
    assert!(told("input-not-given") && !told("workbook-code-absent"));
    assert_eq!(value(&out)[&key("sea:1", "value")], None);
}

#[test]
fn tiles_and_threads_and_direction_do_not_change_a_byte() {
    let coast = Coast::new();
    let read = |out: &Path| fs::read(out.join("tables/lines.parquet")).expect("table");
    let mut first = None;
    for (threads, tile) in [(1, 64), (2, 256), (7, 1000)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let run = || coast.run_with("both", "out", tile);
        let (out, _) = pool.expect("pool").install(run).expect("run");
        assert_eq!(first.get_or_insert_with(|| read(&out)), &read(&out));
    }
    let reversed: Vec<Vec<(f64, f64)>> = SEGMENTS
        .iter()
        .map(|(_, _, corners)| corners.iter().rev().copied().collect())
        .collect();
    let segments = SEGMENTS.iter().zip(&reversed);
    let mut segments: Vec<Segment<'_>> = segments
        .map(|((id, kind, _), corners)| (*id, *kind, corners.as_slice()))
        .collect();
    segments.reverse();
    coast.segments(&segments);
    let (out, _) = coast.run("both", "out").expect("run");
    assert_eq!(first, Some(read(&out)));
}

/// The same segments as GeoPackage and Shapefile have the same lengths.
#[test]
fn other_formats_have_the_same_lengths() {
    let coast = Coast::new();
    let (out, _) = coast.run("both", "out").expect("run");
    let expected = lengths(&out);
    for (driver, file) in [("GPKG", "coast.gpkg"), ("ESRI Shapefile", "coast.shp")] {
        write_lines(&coast.path(file), driver, &SEGMENTS);
        coast.project("coast.geojson", file);
        let (out, _) = coast.run("both", "out").expect("run");
        assert_eq!(lengths(&out), expected, "{driver}");
    }
}

fn write_lines(path: &Path, driver: &str, segments: &[Segment<'_>]) {
    let driver = DriverManager::get_driver_by_name(driver).expect("driver");
    let mut dataset = driver.create_vector_only(path).expect("dataset");
    let mut srs = SpatialRef::from_definition("EPSG:4326").expect("crs");
    srs.set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
    let layer = dataset
        .create_layer(LayerOptions {
            name: "coast",
            srs: Some(&srs),
            ty: OGRwkbGeometryType::wkbLineString,
            options: None,
        })
        .expect("layer");
    for name in ["code", "type"] {
        layer
            .create_defn_fields(&[(name, OGRFieldType::OFTString)])
            .expect("field");
    }
    for (id, kind, corners) in segments {
        let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{x} {y}")).collect();
        let wkt = format!("LINESTRING ({})", corners.join(", "));
        let mut feature = gdal::vector::Feature::new(layer.defn()).expect("feature");
        let geometry = Geometry::from_wkt(&wkt).expect("geometry");
        feature.set_geometry(geometry).expect("geometry");
        feature.set_field_string(0, id).expect("field");
        feature
            .set_field_string(1, kind.unwrap_or(""))
            .expect("field");
        feature.create(&layer).expect("feature");
    }
}

#[test]
fn bad_lines_are_refused_and_their_clean_twins_pass() {
    let coast = Coast::new();
    let [c1, c2, c3] = SEGMENTS;
    coast.segments(&[c1, c2, ("c3", None, c3.2)]);
    assert_eq!(coast.codes("land"), ["line-class-missing"]);
    coast.segments(&[c1, c2, ("c3", Some("沙滩"), c3.2)]);
    assert_eq!(coast.codes("land"), ["line-class-unknown"]);
    coast.segments(&[c1, ("c1", c2.1, c2.2), c3]);
    assert_eq!(coast.codes("land"), ["object-id-twice"]);
    coast.segments(&[c1, c2, ("c3", c3.1, &COAST[1..3])]);
    assert_eq!(coast.codes("land"), ["lines-overlap"]);
    coast.segments(&[c1, c2, ("c3", c3.1, &[(120.0, 29.85), (120.0, 29.85)])]);
    assert_eq!(coast.codes("land"), ["geometry-empty"]);
    coast.segments(&[c1, c2, ("c3", c3.1, &[(29.85, 120.0), (29.86, 120.0)])]);
    assert_eq!(coast.codes("land"), ["axis-order-swapped"]);
    coast.segments(&SEGMENTS);
    coast.project(
        "path = \"coast.geojson\"\nid = \"code\"\nclass = \"type\"",
        "path = \"zones.geojson\"\nid = \"code\"",
    );
    assert_eq!(coast.codes("land"), ["geometry-not-line"]);
    coast.project("class = \"type\"", "class = \"kind\"");
    assert_eq!(coast.codes("land"), ["code-column-missing"]);
    coast.project("[lines.coast]", "[lines.shore]");
    assert_eq!(
        coast.codes("land"),
        ["objects-not-given", "objects-not-given"]
    );
    coast.project(
        "class = \"type\"",
        "class = \"type\"\n[objects.coast]\npath = \"zones.geojson\"\nid = \"code\"",
    );
    assert_eq!(coast.codes("land"), ["line-kind-twice"]);
    // What is a length is not measured on polygons, and an area not on lines.
    let objects = "[objects.coast]\npath = \"zones.geojson\"\nid = \"code\"";
    coast.project(
        "[lines.coast]\npath = \"coast.geojson\"\nid = \"code\"\nclass = \"type\"",
        objects,
    );
    assert_eq!(coast.codes("land"), ["geometry-measured-otherwise"]);
    coast.project(
        "[lines.coast]",
        "[lines.lake]\npath = \"coast.geojson\"\nid = \"code\"\n[lines.coast]",
    );
    assert_eq!(coast.codes("land"), ["geometry-measured-otherwise"]);
    coast.project("[lines.coast]", "[lines.coast]");
    assert!(coast.run("land", "out").is_ok());
}

/// A length that was changed after the run is found.
#[test]
fn a_changed_length_does_not_verify() {
    let coast = Coast::new();
    let (out, _) = coast.run("both", "out").expect("run");
    let path = out.join("tables/lines.parquet");
    let mut columns: Vec<Column> = read_parquet(&path).expect("table");
    for column in &mut columns {
        if let ColumnData::Decimal(values, 0) = &mut column.data {
            values[0] = values[0].map(|mm| mm + 1);
        }
    }
    let bytes = parquet_bytes(&columns, &[("gep.table".into(), "lines".into())]).expect("bytes");
    fs::write(&path, bytes).expect("file");
    let verified = gep::audit::verify(&out).expect("manifest");
    let codes: Vec<&str> = verified.differences.iter().map(|one| one.code).collect();
    assert!(codes.contains(&"verify-line-sum"), "{codes:?}");
}

/// A later year of the same coast at a dearer seawall: all of the change is price, for the
/// base run's segments are read from its tables; and a segment that is gone disappears.
#[test]
fn the_change_of_a_coast_is_taken_apart() {
    let coast = Coast::new();
    let with_cost = |yuan: u32| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.set_name("海堤").expect("name");
        sheet.write(0, 0, "代码").expect("cell");
        let head = "海堤年成本（元/(千米·年)）";
        sheet.write(0, 1, head).expect("cell");
        sheet.write(1, 0, "A").expect("cell");
        sheet.write(1, 1, yuan).expect("cell");
        workbook.save(coast.path("costs.xlsx")).expect("workbook");
    };
    let project = format!("{}{COST}", crate::sea_fixture::PROJECT);
    with_cost(400_000);
    coast.write("gep.toml", &project);
    let (first, _) = coast.run("land", "first").expect("run");
    with_cost(500_000);
    let (second, _) = coast.run_since("land", "second", &first).expect("run");
    let keys = ["region_code", "indicator", "item"];
    let change = |out: &Path| rows(out, "change", &keys, "value_fen");
    let of = |all: &BTreeMap<Vec<String>, Option<i128>>, item: &str| {
        all[&["A", "coastal_protection", item].map(String::from).to_vec()].unwrap_or(0)
    };
    let all = lengths(&first);
    let protected = of_length(&all);
    let dearer = change(&second);
    assert_eq!(of(&dearer, "price"), protected * 10);
    assert_eq!(of(&dearer, "not_separated"), 0);
    assert_eq!(of(&dearer, "intensity"), 0);
    // Without c2 its protected length is gone, whole.
    coast.segments(&[
        crate::sea_fixture::SEGMENTS[0],
        crate::sea_fixture::SEGMENTS[2],
    ]);
    let (third, _) = coast.run_since("land", "third", &second).expect("run");
    let gone = change(&third);
    assert_eq!(
        of(&gone, "disappears"),
        -crate::coast_lines::of(&all, "c2", "A") * 50
    );
    assert_eq!(of(&gone, "price"), 0);
}

fn of_length(all: &BTreeMap<(String, String), i128>) -> i128 {
    of(all, "c1", "A") + of(all, "c2", "A")
}
