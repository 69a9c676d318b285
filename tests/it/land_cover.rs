//! Land cover as polygons: county x class areas are those of the shapes to the square
//! metre in every format, a cell is shared by what lies in it, and whatever does not
//! fit is refused with its area.

use std::collections::BTreeMap;
use std::fs;

use gdal::Dataset;
use gep::output::{ColumnData, read_parquet};
use gep::run::account::Prepared;
use gep::zonal::ClassKey;

use crate::account::{Project, measures};
use crate::fixture::demo;
use crate::parcel_fixture::{Form, Land, Plot, area_m2, plots, write};

/// Areas by region and class of a run, mm2.
pub fn extent(out: &std::path::Path) -> BTreeMap<(String, String), i128> {
    let columns = read_parquet(&out.join("tables/extent.parquet")).expect("extent");
    let column = |name: &str| {
        let found = columns.iter().find(|column| column.name == name);
        &found.expect("column").data
    };
    let texts = |name: &str| match column(name) {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let areas = match column("area_mm2") {
        ColumnData::Decimal(values, 0) => values.clone(),
        other => panic!("area is {other:?}"),
    };
    let (regions, classes) = (texts("region_code"), texts("class"));
    let keys = regions.into_iter().zip(classes);
    keys.zip(areas)
        .map(|((region, class), area)| {
            let key = (region.expect("region"), class.expect("class"));
            (key, area.expect("area"))
        })
        .collect()
}

fn near(mm2: i128, shape: [f64; 4]) {
    let off = (mm2 as f64 / 1e6 - area_m2(shape)).abs();
    assert!(off < 0.01, "{mm2} mm2 is {off} m2 off");
}

/// The same parcels as Shapefile in GBK, FileGDB, GeoPackage and GeoJSON give the same
/// integers, and these are the areas of the rectangles; the field across the border
/// falls to both counties.
#[test]
fn every_format_gives_the_areas_of_the_shapes() {
    let mut all = Vec::new();
    for form in [
        Form::Shapefile,
        Form::FileGdb,
        Form::GeoPackage,
        Form::GeoJson,
    ] {
        let land = Land::new(form, &plots());
        assert_eq!(land.warnings(), Vec::<&str>::new(), "{form:?}");
        all.push(extent(&land.path("out")));
    }
    let of = |region: &str, class: &str| all[0][&(region.to_string(), class.to_string())];
    near(of("A", "mixed_forest"), [120.0, 29.8, 120.1, 30.0]);
    near(of("A", "cropland"), [120.1, 29.8, 120.2, 30.0]);
    near(of("B", "cropland"), [120.2, 29.8, 120.25, 30.0]);
    near(of("B", "open_water"), [120.25, 29.8, 120.4, 30.0]);
    assert_eq!(
        of("P", "cropland"),
        of("A", "cropland") + of("B", "cropland")
    );
    for other in &all[1..] {
        assert_eq!(&all[0], other);
    }
}

/// Counties, what lies outside them, and the cells make one whole, to the mm2; and no
/// tile size moves an integer.
#[test]
fn counties_and_the_rest_are_the_whole() {
    let mut wide = plots();
    // Ground of a parcel outside all counties, inside the cells.
    wide.push(Plot {
        box_: [120.4, 29.8, 120.45, 30.0],
        code: "0301",
        id: "4",
        area: None,
    });
    let land = Land::new(Form::GeoJson, &wide);
    let prepared = Prepared::open(land.folder(), None, None).expect("project");
    let table = prepared.pass(64, &|_, _| {}).expect("pass");
    let grid = &prepared.ground.classes.grid;
    let cells: i128 = (0..grid.rows as i64)
        .map(|row| i128::from(prepared.ground.area.cell_mm2(row, 0)) * grid.columns as i128)
        .sum();
    let whole: i128 = table.rows.values().map(|sums| sums.area_mm2).sum();
    assert_eq!(whole, cells);
    let outside: i128 = table
        .rows
        .iter()
        .filter(|((piece, class), _)| {
            prepared.zone_of(*piece).is_none() && matches!(class, ClassKey::Class(_))
        })
        .map(|(_, sums)| sums.area_mm2)
        .sum();
    near(outside, [120.4, 29.8, 120.45, 30.0]);
    assert_eq!(table, prepared.pass(1, &|_, _| {}).expect("pass"));
}

/// Runs of equal cells of the demo's land cover, each cell cut in halves.
fn cells_as_parcels(project: &Project) {
    let file = "zj_landcover_mcd12c1_2019_igbp_0p05.tif";
    let dataset = Dataset::open(demo(file)).expect("raster");
    let band = dataset.rasterband(1).expect("band");
    let (columns, rows) = dataset.raster_size();
    let cells = band
        .read_as::<u8>((0, 0), (columns, rows), (columns, rows), None)
        .expect("cells");
    let mut features = Vec::new();
    for row in 0..rows {
        let line = &cells.data()[row * columns..(row + 1) * columns];
        let mut from = 0;
        for same in line.chunk_by(|a, b| a == b) {
            let to = from + same.len();
            // In the middle of a cell, so that cells are shared by parcels.
            let middle = 0.5 * (from + to) as f64;
            for (from, to) in [(from as f64, middle), (middle, to as f64)] {
                let (west, east) = (117.9 + 0.05 * from, 117.9 + 0.05 * to);
                let north = 31.3 - 0.05 * row as f64;
                let south = 31.3 - 0.05 * (row + 1) as f64;
                features.push(serde_json::json!({
                    "type": "Feature",
                    "properties": {"code": same[0].to_string()},
                    "geometry": {"type": "Polygon", "coordinates": [[
                        [west, south], [east, south], [east, north], [west, north], [west, south],
                    ]]},
                }));
            }
            from = to;
        }
    }
    let crs =
        serde_json::json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}});
    let root = serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": features});
    fs::write(project.path("parcels.geojson"), root.to_string()).expect("parcels");
    project.edit(
        &format!("[rasters.classes]\npath = \"{file}\"\nnodata = 255\n"),
        "[land_cover]\npath = \"parcels.geojson\"\ncode = \"code\"\n\
         reference = \"ndvi_maximum\"\noverlap_tolerance = \"0.000001\"\n\
         gap_tolerance = \"0.000001\"\n\
         tolerance_source = { zh = \"测试\", en = \"test\" }\n",
    );
}

/// The demo's cells drawn as parcels, cells of odd runs shared by two of them, give the
/// account of the raster: a law on cells weighs each class by its ground in the cell.
#[test]
fn cells_drawn_as_parcels_give_the_account_of_the_raster() {
    let (raster, parcels) = (Project::copy(), Project::copy());
    cells_as_parcels(&parcels);
    let expected = raster.run(&raster.path("out")).expect("raster");
    let found = parcels.run(&parcels.path("out")).expect("parcels");
    assert_eq!(expected.counties, found.counties);
    let (a, b) = (
        expected.province_fen.expect("GEP") as f64,
        found.province_fen.expect("GEP") as f64,
    );
    // Corners of cells are no whole 1e-9 degree: edges are up to 0.1 mm off.
    assert!((a - b).abs() < 1e-8 * a, "{a} and {b}");
    let (a, b) = (extent(&raster.path("out")), extent(&parcels.path("out")));
    let mut compared = 0;
    for (key, area) in &a {
        let other = b.get(key).copied().unwrap_or(0);
        // Slivers of 0.1 mm where borders of counties cross the cells.
        assert!(
            (area - other).abs() < 1_000_000_000,
            "{key:?}: {area} {other}"
        );
        compared += 1;
    }
    assert!(compared > 500);
}

fn changed(at: usize, change: impl Fn(&mut Plot)) -> Vec<Plot> {
    let mut all = plots();
    change(&mut all[at]);
    all
}

/// Texts of a Shapefile need a known encoding: told by the `.cpg`, or declared.
#[test]
fn encodings_are_never_guessed() {
    let land = Land::new(Form::Shapefile, &plots());
    land.edit("id = \"BSM\"", "id = \"BSM\"\nencoding = \"936\"");
    land.run().expect("the same as the .cpg");
    land.edit("encoding = \"936\"", "encoding = \"UTF-8\"");
    land.refused("shapefile-encoding-conflict");
    fs::remove_file(land.path("dltb.cpg")).expect("cpg");
    let mut dbf = fs::read(land.path("dltb.dbf")).expect("dbf");
    dbf[29] = 0;
    fs::write(land.path("dltb.dbf"), dbf).expect("dbf");
    land.edit("encoding = \"UTF-8\"\n", "");
    let text = land.refused("shapefile-encoding-unknown");
    assert!(text.contains("b5 d8"), "{text}");
    land.edit("id = \"BSM\"", "id = \"BSM\"\nencoding = \"GBK\"");
    land.run().expect("declared");
    let land = Land::new(Form::GeoJson, &plots());
    land.edit("id = \"BSM\"", "id = \"BSM\"\nencoding = \"GBK\"");
    land.refused("encoding-not-needed");
}

/// Side files and the files of a FileGDB are hashed with the input.
#[test]
fn all_files_of_an_input_are_hashed() {
    for (form, wanted) in [
        (Form::Shapefile, "dltb.dbf"),
        (Form::FileGdb, "dltb.gdb/a00000001.gdbtable"),
    ] {
        let land = Land::new(form, &plots());
        land.run().expect("run");
        let manifest = fs::read_to_string(land.path("out/manifest.json")).expect("manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("json");
        let inputs = manifest["inputs"].as_array().expect("inputs");
        let own = inputs.iter().find(|input| input["path"] == wanted);
        let own = own.unwrap_or_else(|| panic!("{wanted} is not among the inputs"));
        assert_eq!(own["role"], "land cover");
        assert_eq!(own["used_by"][0], "extent");
        assert_eq!(manifest["land_cover"]["parcels"], 3);
    }
    // A link in the folder could lead anywhere.
    let land = Land::new(Form::FileGdb, &plots());
    let link = land.path("dltb.gdb/other");
    std::os::unix::fs::symlink(land.path("gep.toml"), link).expect("link");
    land.refused("project-not-read");
}

#[test]
fn layers_are_named_where_there_are_several() {
    let land = Land::new(Form::GeoPackage, &plots());
    let other = land.path("two.gpkg");
    write(&other, Form::GeoPackage, &["DLTB", "XZDW"], &plots());
    land.edit("dltb.gpkg", "two.gpkg");
    land.run().expect("named");
    land.edit("layer = \"DLTB\"\n", "");
    let text = land.refused("vector-layer-not-found");
    assert!(text.contains("XZDW"), "{text}");
    land.edit("id = \"BSM\"", "id = \"BSM\"\nlayer = \"LCTB\"");
    land.refused("vector-layer-not-found");
}

#[test]
fn overlaps_are_told_with_their_area_and_refused_beyond_the_tolerance() {
    let own = changed(1, |plot| plot.box_[2] = 120.251);
    let land = Land::new(Form::GeoJson, &own);
    land.edit("area = {", "#");
    let text = land.refused("parcels-overlap");
    assert!(text.contains("0101 2") && text.contains("1101 3"), "{text}");
    land.edit(
        "overlap_tolerance = \"0.000001\"",
        "overlap_tolerance = \"0.01\"",
    );
    assert!(land.warnings().contains(&"parcels-overlap-little"));
    // The lower class code keeps the ground; nothing is counted twice.
    let areas = extent(&land.path("out"));
    let of = |class: &str| areas[&("B".to_string(), class.to_string())];
    near(of("cropland"), [120.2, 29.8, 120.251, 30.0]);
    near(of("open_water"), [120.251, 29.8, 120.4, 30.0]);
}

#[test]
fn gaps_are_told_by_county_and_refused_beyond_the_tolerance() {
    let own = changed(2, |plot| plot.box_[0] = 120.26);
    let land = Land::new(Form::GeoJson, &own);
    land.edit("area = {", "#");
    let text = land.refused("parcels-gap");
    assert!(text.contains("of B"), "{text}");
    land.edit("gap_tolerance = \"0.000001\"", "gap_tolerance = \"0.06\"");
    assert!(land.warnings().contains(&"parcels-gap-little"));
    let areas = extent(&land.path("out"));
    let gap = areas[&("B".to_string(), "nodata".to_string())];
    near(gap, [120.25, 29.8, 120.26, 30.0]);
}

#[test]
fn codes_and_ids_are_known_and_single() {
    let land = Land::new(Form::GeoJson, &changed(0, |plot| plot.code = "9999"));
    let text = land.refused("parcel-codes-unknown");
    assert!(text.contains("9999") && text.contains("25.0000"), "{text}");
    // A column of numbers has lost the zero in front.
    Land::new(Form::GeoJson, &changed(0, |plot| plot.code = "301"))
        .run()
        .expect("0301");
    let twice = changed(2, |plot| {
        plot.id = "2";
        plot.code = "0101";
    });
    Land::new(Form::GeoJson, &twice).refused("parcel-id-twice");
    let land = Land::new(Form::GeoJson, &changed(2, |plot| plot.id = ""));
    land.refused("parcel-id-empty");
    land.edit("id = \"BSM\"\n", "");
    land.run().expect("numbered");
    Land::new(Form::GeoJson, &changed(2, |plot| plot.code = "")).refused("code-empty");
}

/// Areas the parcels tell are compared one by one; a slip of units is named.
#[test]
fn areas_of_the_attributes_are_compared_with_the_geometry() {
    let mut mu = plots();
    for plot in &mut mu {
        plot.area = Some(format!("{:.4}", area_m2(plot.box_) * 15.0 / 10_000.0));
    }
    let land = Land::new(Form::GeoJson, &mu);
    let text = land.refused("parcel-area-unit");
    assert!(text.contains(" mu ") || text.contains(" mu"), "{text}");
    land.edit("unit = \"m2\"", "unit = \"mu\"");
    assert_eq!(land.warnings(), Vec::<&str>::new());
    land.edit("unit = \"mu\"", "unit = \"mm\"");
    land.refused("unit-not-fitting");
    let off = changed(1, |plot| plot.area = Some("1000".into()));
    let text = Land::new(Form::GeoJson, &off).refused("parcel-area-differs");
    assert!(
        text.contains("0101 2") && !text.contains("0301 1"),
        "{text}"
    );
    let text = changed(1, |plot| plot.area = Some("大".into()));
    Land::new(Form::GeoJson, &text).refused("parcel-area-unreadable");
    let blank = changed(1, |plot| plot.area = None);
    assert_eq!(
        Land::new(Form::GeoJson, &blank).warnings(),
        ["parcel-area-missing"]
    );
}

#[test]
fn the_cells_of_the_run_are_named_once_and_cover_the_counties() {
    let land = Land::new(Form::GeoJson, &plots());
    land.edit("columns = 5", "columns = 3");
    let text = land.refused("parcels-outside-cells");
    assert!(text.contains("of B"), "{text}");
    land.edit("columns = 3", "columns = 0");
    land.refused("land-cover-grid");
    land.edit("grid = {", "reference = \"ndvi_maximum\"\n# {");
    land.refused("land-cover-reference");
}

#[test]
fn land_cover_is_given_once() {
    let land = Land::new(Form::GeoJson, &plots());
    let classes = "[rasters.classes]\npath = \"dltb.geojson\"\nnodata = \"none\"\n[vectors.zones]";
    land.edit("[vectors.zones]", classes);
    land.refused("land-cover-not-one");
    let land = Land::new(Form::GeoJson, &plots());
    land.edit(
        "[vectors.zones]",
        &classes.replace("rasters.classes", "rasters.opening"),
    );
    land.refused("opening-not-of-parcels");
    let land = Land::new(Form::GeoJson, &plots());
    land.edit("gap_tolerance = \"0.000001\"", "gap_tolerance = \"1 %\"");
    land.refused("tolerance-unusable");
}

/// The parcels of an earlier survey: the forest reached half a tenth of a degree further
/// east, the water began where it does now.
fn earlier_plots() -> Vec<Plot> {
    let mut all = plots();
    for (at, (west, east)) in [(0, (120.0, 120.15)), (1, (120.15, 120.25))] {
        let [_, south, _, north] = all[at].box_;
        all[at].box_ = [west, south, east, north];
        all[at].area = Some(format!("{:.2}", area_m2(all[at].box_)));
    }
    all
}

const OPENING: &str = "[land_cover.opening]\npath = \"before.gpkg\"\nlayer = \"DLTB\"\n\
    code = \"地类编码\"\nid = \"BSM\"\n\
    area = { column = \"TBMJ\", unit = \"m2\", tolerance = \"0.000001\" }\n[vectors.zones]";

fn with_opening(before: &[Plot]) -> Land {
    let land = Land::new(Form::GeoJson, &plots());
    write(
        &land.path("before.gpkg"),
        Form::GeoPackage,
        &["DLTB"],
        before,
    );
    land.edit("[vectors.zones]", OPENING);
    land
}

/// Opening and closing parcels give the change matrix of the shapes: what was forest and
/// is a field lies in A alone; columns and rows add up to both extents, to the mm2, and
/// the closing one is that of a run without an opening.
#[test]
fn opening_parcels_give_the_change_matrix() {
    let land = with_opening(&earlier_plots());
    assert_eq!(land.warnings(), Vec::<&str>::new());
    let out = land.path("out");
    let keys = ["region_code", "from_class", "to_class"];
    let matrix = measures(&out, "extent_change", &keys, "area_mm2");
    let of = |key: &str| matrix.get(key).copied().flatten().unwrap_or(0);
    near(
        of("A/mixed_forest/mixed_forest"),
        [120.0, 29.8, 120.1, 30.0],
    );
    near(of("A/mixed_forest/cropland"), [120.1, 29.8, 120.15, 30.0]);
    near(of("A/cropland/cropland"), [120.15, 29.8, 120.2, 30.0]);
    near(of("B/cropland/cropland"), [120.2, 29.8, 120.25, 30.0]);
    near(of("B/open_water/open_water"), [120.25, 29.8, 120.4, 30.0]);
    assert!(
        !matrix.keys().any(|key| key.starts_with("B/mixed_forest")),
        "{matrix:?}"
    );
    let account =
        |column: &str| measures(&out, "extent_account", &["region_code", "class"], column);
    let (opening, closing) = (account("opening_mm2"), account("closing_mm2"));
    let whole = |all: &BTreeMap<String, Option<i128>>, region: &str| -> i128 {
        let own = all
            .iter()
            .filter(|(key, _)| key.starts_with(region) && !key.ends_with("/all"));
        own.filter_map(|(_, area)| *area).sum()
    };
    for region in ["A/", "B/", "P/"] {
        assert_eq!(whole(&opening, region), whole(&closing, region), "{region}");
    }
    let plain = Land::new(Form::GeoJson, &plots());
    plain.run().expect("plain");
    for ((region, class), area) in extent(&plain.path("out")) {
        let own = closing.get(&format!("{region}/{class}")).copied().flatten();
        assert!(own.is_none_or(|own| own == area), "{region} {class}");
    }
    let verified = gep::audit::verify(&out).expect("verified");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("manifest");
    assert!(manifest.contains("\"opening land cover\"") && manifest.contains("before.gpkg"));
}

/// Opening parcels are held to what the present ones are held to, and the message names
/// their file.
#[test]
fn bad_opening_parcels_are_refused() {
    let gap = earlier_plots()[..2].to_vec();
    let told = with_opening(&gap).refused("parcels-gap");
    assert!(told.contains("before.gpkg"), "{told}");
    let mut strange = earlier_plots();
    strange[0].code = "9999";
    assert!(
        with_opening(&strange)
            .refused("parcel-codes-unknown")
            .contains("before.gpkg")
    );
    let mut over = earlier_plots();
    over[1].box_[0] = 120.1;
    over[1].area = Some(format!("{:.2}", area_m2(over[1].box_)));
    assert!(
        with_opening(&over)
            .refused("parcels-overlap")
            .contains("before.gpkg")
    );
    let mut mu = earlier_plots();
    for plot in &mut mu {
        plot.area = Some(format!("{:.2}", area_m2(plot.box_) * 15.0 / 1e4));
    }
    assert!(with_opening(&mu).refused("parcel-area-unit").contains("mu"));
}
