//! Bad projects: the likeliest defects of the catalogue, each beside its clean
//! twin (`clean_project_passes`).

use std::fs;
use std::path::Path;

use gep::run::account::{Prepared, run_account};
use gep_core::diagnostic::Language;
use tempfile::tempdir;

use crate::account::{Project, copy_tree};
use crate::fixture::{Raster, demo};

fn refused(project: &Project, code: &str) {
    let findings = match Prepared::open(project.folder.path(), None, None) {
        Ok(_) => panic!("{code}: the project was accepted"),
        Err(findings) => findings,
    };
    assert!(findings.has(code), "{code}: {:?}", findings.0);
    for finding in &findings.0 {
        for language in [Language::Zh, Language::En] {
            assert!(!finding.to_text(language).is_empty());
        }
    }
}

#[test]
fn clean_project_passes() {
    let project = Project::copy();
    let prepared = Prepared::open(project.folder.path(), None, None).expect("clean");
    assert!(
        prepared
            .warnings
            .iter()
            .all(|finding| finding.code.starts_with("sheet")),
        "{:?}",
        prepared.warnings
    );
}

/// Case 1: no reference system.
#[test]
fn boundaries_without_reference_system() {
    let project = Project::copy();
    let path = project.path("zj_counties_cgcs2000.geojson");
    let text = fs::read_to_string(&path).expect("counties");
    let line = text
        .lines()
        .find(|line| line.starts_with("\"crs\""))
        .expect("crs")
        .to_string();
    fs::write(&path, text.replacen(&line, "", 1)).expect("counties");
    refused(&project, "zones-crs-missing");
    project.edit("id = \"adcode\"", "id = \"adcode\"\ncrs = \"EPSG:4490\"");
    Prepared::open(project.folder.path(), None, None).expect("declared");
}

/// Case 4: the nodata value is a class of the legend.
#[test]
fn nodata_that_is_a_class() {
    let project = Project::copy();
    project.edit("nodata = 255", "nodata = 0");
    refused(&project, "nodata-in-legend");
}

/// Cases 5 and 6: cells with a code that no crosswalk row knows.
#[test]
fn codes_outside_the_crosswalk() {
    let project = Project::copy();
    let grid = Raster {
        transform: [117.9, 0.05, 0.0, 31.3, 0.0, -0.05],
        ..Raster::degrees(104, 88)
    };
    let mut cells = vec![1_u8; 104 * 88];
    (cells[0], cells[9]) = (77, 78);
    grid.write(
        &project.path("zj_landcover_mcd12c1_2019_igbp_0p05.tif"),
        &cells,
    );
    refused(&project, "classes-unknown");
}

/// Case 8: a layer on another grid is read by the derived layer's own declared
/// resampling; where none is declared, the run refuses it.
#[test]
fn layer_on_another_grid_undeclared() {
    let project = Project::copy();
    // The condition account would read the layer itself, without its derived layer.
    project.edit("\"vegetation_index\", ", "");
    let (columns, rows) = (52, 44);
    let grid = Raster {
        transform: [117.925, 0.1, 0.0, 31.3, 0.0, -0.1],
        ..Raster::degrees(columns, rows)
    };
    grid.write(
        &project.path("zj_ndvi_max_0p05.tif"),
        &vec![0.5_f32; columns * rows],
    );
    let out = tempdir().expect("folder");
    project
        .run(&out.path().join("declared"))
        .expect("the layer file says bilinear");
    let methodology = out.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let layer = methodology.join("layers/fractional_vegetation_cover.toml");
    let text = fs::read_to_string(&layer).expect("layer");
    let declared = "grid = \"native\"\nresample = \"bilinear\"\n";
    assert!(text.contains(declared));
    fs::write(&layer, text.replacen(declared, "grid = \"reference\"\n", 1)).expect("layer");
    let mut request = project.request(&out.path().join("undeclared"));
    request.methodology = Some(methodology);
    let findings = run_account(&request, &|_, _| {}).expect_err("undeclared");
    assert!(findings.has("layer-not-resampled"), "{:?}", findings.0);
}

/// Case 11: fill values or a forgotten scale factor.
#[test]
fn values_outside_their_declared_range() {
    let project = Project::copy();
    project.edit("range = [-1.0, 1.0]", "range = [-1.0, 0.9]");
    refused(&project, "value-out-of-range");
}

/// Cases 17 and 18: a county too few, a code nobody knows.
#[test]
fn county_missing_and_county_unknown() {
    let project = Project::copy();
    let path = project.path("zj_counties_cgcs2000.geojson");
    let text = fs::read_to_string(&path).expect("counties");
    fs::write(
        &path,
        text.replacen("\"adcode\": \"330102\"", "\"adcode\": \"330199\"", 1),
    )
    .expect("counties");
    refused(&project, "counties-missing");
    refused(&project, "counties-unknown");
}

/// Case 20: coordinates with latitude first.
#[test]
fn swapped_axes() {
    let project = Project::copy();
    let path = project.path("zj_counties_cgcs2000.geojson");
    let mut counties: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("counties")).expect("json");
    for feature in counties["features"].as_array_mut().expect("features") {
        for polygon in feature["geometry"]["coordinates"]
            .as_array_mut()
            .expect("polygons")
        {
            for ring in polygon.as_array_mut().expect("rings") {
                for point in ring.as_array_mut().expect("points") {
                    point.as_array_mut().expect("point").reverse();
                }
            }
        }
    }
    fs::write(&path, counties.to_string()).expect("counties");
    refused(&project, "axis-order-swapped");
}

/// Case 9: a truncated raster.
#[test]
fn truncated_layer() {
    let project = Project::copy();
    let path = project.path("zj_landcover_mcd12c1_2019_igbp_0p05.tif");
    let bytes = fs::read(&path).expect("raster");
    fs::write(&path, &bytes[..bytes.len() - 1500]).expect("raster");
    let findings = match Prepared::open(project.folder.path(), None, None) {
        Ok(_) => panic!("truncated raster accepted"),
        Err(findings) => findings,
    };
    assert!(
        findings.has("raster-block-broken") || findings.has("raster-unreadable"),
        "{:?}",
        findings.0
    );
}

/// Case 26: the unit in the header is not the declared one.
#[test]
fn unit_of_a_workbook_column() {
    let project = Project::copy();
    project.edit(
        "header_unit = \"吨\", unit = \"t[crop]\"",
        "header_unit = \"万吨\", unit = \"t[crop]\"",
    );
    let found = Prepared::open(project.folder.path(), None, None)
        .err()
        .expect("unit");
    // The header's 吨 could be converted to 万吨, but 万吨 is no t: a slip of 10^4.
    assert!(
        found
            .0
            .iter()
            .any(|finding| finding.code == "unit-not-as-printed"),
        "{:?}",
        found.0
    );
    let project = Project::copy();
    project.edit("unit = \"t[crop]\"", "unit = \"km2\"");
    refused(&project, "unit-not-fitting");
    let project = Project::copy();
    project.edit("unit = \"t[crop]\"", "unit = \"furlong\"");
    refused(&project, "unit-unreadable");
}

/// Case 34: an unknown key, with a suggestion.
#[test]
fn unknown_key_is_refused_with_a_suggestion() {
    let project = Project::copy();
    project.edit("profile = \"zj-demo\"", "profil = \"zj-demo\"");
    let found = Prepared::open(project.folder.path(), None, None)
        .err()
        .expect("key");
    assert!(found.has("project-key-unknown"), "{:?}", found.0);
    assert!(found.0[0].advice(Language::En).contains("profile"));
    assert!(
        found.0[0]
            .place
            .as_deref()
            .is_some_and(|place| place.starts_with("line "))
    );
}

/// Case 35: paths that leave the project folder.
#[test]
fn path_out_of_the_project() {
    for path in ["../land_sea.geojson", "/etc/hostname"] {
        let project = Project::copy();
        project.edit("path = \"land_sea.geojson\"", &format!("path = \"{path}\""));
        refused(&project, "path-leaves-project");
    }
    let project = Project::copy();
    std::os::unix::fs::symlink(demo("gep.toml"), project.path("link.geojson")).expect("link");
    project.edit("path = \"land_sea.geojson\"", "path = \"link.geojson\"");
    refused(&project, "path-leaves-project");
    let project = Project::copy();
    project.edit("path = \"land_sea.geojson\"", "path = \"nowhere.geojson\"");
    refused(&project, "input-missing");
}

/// What a profile needs must be given; what nothing reads is told.
#[test]
fn layers_and_tables_not_given() {
    let project = Project::copy();
    project.edit("[rasters.layers.elevation]", "[rasters.layers.soil_sand]");
    refused(&project, "layer-not-given");
    let project = Project::copy();
    project.edit("input = \"grain_price\"", "input = \"hydropower_output\"");
    refused(&project, "unit-not-fitting");
    let project = Project::copy();
    project.edit("bands = \"month\"", "# no months");
    refused(&project, "bands-not-months");
    let project = Project::copy();
    project.edit("resample = \"bilinear\"", "resample = \"cubic\"");
    refused(&project, "resample-unknown");
    let project = Project::copy();
    project.edit("nodata = 255", "nodata = \"maybe\"");
    refused(&project, "nodata-not-declared");
}

/// A table that is not given leaves its indicators without a number and the
/// totals partial; the run goes on and says so. With every table nothing is said.
#[test]
fn missing_table_is_missing_not_refused() {
    let out = tempfile::tempdir().expect("folder");
    for (profile, expected) in [("mee-2020", true), ("zj-demo", false)] {
        let project = Project::copy();
        let path = project.path("gep.toml");
        let text = fs::read_to_string(&path).expect("project");
        let (own, _) = text.split_once("# 以下各表为其他口径").expect("own sheets");
        fs::write(&path, own).expect("project");
        let mut request = project.request(&out.path().join(profile));
        request.profile = Some(profile.to_string());
        let report = gep::run::account::run_account(&request, &|_, _| {}).expect("run");
        let told = report
            .warnings
            .iter()
            .any(|one| one.code == "input-not-given");
        assert_eq!(told, expected, "{profile}");
        assert_eq!(report.counties.0 == 0, expected, "{profile}");
    }
}

/// The table of regions is one tree.
#[test]
fn regions_are_a_tree() {
    let project = Project::copy();
    let path = project.path("regions.csv");
    let text = fs::read_to_string(&path).expect("regions");
    fs::write(&path, format!("{text}330102,county,x,x,330100\n")).expect("regions");
    refused(&project, "region-not-in-tree");
    fs::write(
        &path,
        text.replacen("330000,province,", "330000,nation,", 1),
    )
    .expect("regions");
    refused(&project, "regions-without-province");
    fs::write(&path, "code,name\n1,2\n").expect("regions");
    refused(&project, "regions-unreadable");
}

/// A profile whose edition is not in force in the account's year is warned of; one
/// with rules no account applies is refused.
#[test]
fn editions_and_rules() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, folder.path());
    let path = folder.path().join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    let open = |head: &str, tail: &str| {
        let head = format!("official = false\n{head}");
        let edited = text.replacen("official = false", &head, 1) + tail;
        fs::write(&path, edited).expect("profile");
        Prepared::open(project.folder.path(), Some(folder.path()), None)
    };
    let year = 2019;
    let warned = |head: &str| {
        let prepared = open(head, "").unwrap_or_else(|findings| panic!("{:?}", findings.0));
        let mut codes = prepared.warnings.iter().map(|finding| finding.code);
        codes.any(|code| code == "edition-outside")
    };
    // What stands for a year is no year an edition could cover.
    assert!(!warned("valid_from = 2020"));
    project.edit("year = \"2019-demo\"", "year = \"2019\"");
    assert!(!warned(""));
    assert!(!warned(&format!("valid_from = {year}\nvalid_to = {year}")));
    assert!(warned(&format!("valid_from = {}", year + 1)));
    assert!(warned(&format!("valid_to = \"{}-12-31\"", year - 1)));
    let rule = "\n[[combine]]\nid = \"losses\"\nkind = \"sign\"\nnegative = \"zero\"\ntitle = { zh = \"负值\", en = \"Losses\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nindicators = [\"grain_supply\"]\n";
    // A rule is applied, not refused.
    assert!(open("", rule).is_ok());
}
