//! A new project: written, filled in, checked and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use gep::run::account::{AccountRequest, Prepared, run_account};
use gep::run::departments::department_report;
use gep::run::init::{InitRequest, init_project};
use gep::source::project::Project;
use gep_core::diagnostic::Findings;
use gep_core::storage::digest_file;
use tempfile::{TempDir, tempdir};

use crate::fixture::{geojson, rectangle};
use crate::workbooks::fill_form;

/// Three counties of two cities on a grid of 12 x 12 cells.
pub const CODES: [&str; 3] = ["330102", "330105", "330203"];

/// Cells of 0.1 degree from 120 E, 30.2 N.
pub const CELLS: usize = 12;

fn zones(folder: &Path) -> PathBuf {
    let squares = [
        rectangle(120.2, 29.2, 120.5, 30.0),
        rectangle(120.5, 29.2, 120.8, 30.0),
        rectangle(120.8, 29.2, 121.0, 30.0),
    ];
    geojson(
        &folder.join("counties.geojson"),
        Some("EPSG:4490"),
        &[
            (CODES[0], &[&squares[0]]),
            (CODES[1], &[&squares[1]]),
            (CODES[2], &[&squares[2]]),
        ],
    )
}

pub fn request(folder: &Path, profile: &str) -> InitRequest {
    InitRequest {
        folder: folder.join("project"),
        replace: false,
        methodology: None,
        profile: profile.to_string(),
        year: "2020".to_string(),
        zones: zones(folder),
        zone_id: "code".to_string(),
        zone_name: None,
        zones_crs: None,
        regions: None,
    }
}

/// Writes bands of one value each.
fn bands(path: &Path, values: &[f32]) {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("driver");
    let mut dataset = driver
        .create_with_band_type::<f32, _>(path, CELLS, CELLS, values.len())
        .expect("raster");
    dataset
        .set_geo_transform(&[120.0, 0.1, 0.0, 30.2, 0.0, -0.1])
        .expect("transform");
    let crs = SpatialRef::from_definition("EPSG:4490").expect("crs");
    dataset.set_spatial_ref(&crs).expect("crs");
    for (at, value) in values.iter().enumerate() {
        let mut band = dataset.rasterband(at + 1).expect("band");
        let mut buffer = Buffer::new((CELLS, CELLS), vec![*value; CELLS * CELLS]);
        band.write((0, 0), (CELLS, CELLS), &mut buffer)
            .expect("cells");
    }
}

/// Puts rasters into a new project and fills its forms in; returns the cells filled.
pub fn fill(project: &Path) -> usize {
    let rasters = project.join("rasters");
    bands(&rasters.join("landcover.tif"), &[5.0]);
    bands(&rasters.join("ndvi_maximum.tif"), &[0.8]);
    bands(&rasters.join("elevation.tif"), &[100.0]);
    let rain: Vec<f32> = (0..12_u8)
        .map(|month| 60.0 + f32::from(month) * 10.0)
        .collect();
    bands(&rasters.join("precipitation_monthly.tif"), &rain);
    let warmth: Vec<f32> = (0..12_u8)
        .map(|month| 5.0 + f32::from(month) * 2.0)
        .collect();
    bands(&rasters.join("temperature_monthly.tif"), &warmth);
    let path = project.join("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let text = text.replace("\"填写 fill in\"", "\"none\"");
    fs::write(&path, text).expect("project");
    let mut filled = 0;
    for entry in fs::read_dir(project.join("forms")).expect("forms") {
        let form = entry.expect("form").path();
        filled += fill_form(&form, |_, row, column| {
            Some((1000 * row + 10 * column).to_string())
        });
    }
    filled
}

/// A filled project of the demo profile, in its own folder.
pub fn filled_project() -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let request = request(folder.path(), "zj-demo");
    init_project(&request).expect("init");
    fill(&request.folder);
    (folder, request.folder)
}

pub fn run(project: &Path, out: &Path) -> Result<gep::run::account::AccountReport, Findings> {
    run_account(
        &AccountRequest {
            project: project.to_path_buf(),
            out: out.to_path_buf(),
            replace: true,
            methodology: None,
            profile: None,
            crosswalk: None,
            tile: 512,
        },
        &|_, _| {},
    )
}

/// init -> fill -> check -> run: nothing is missing, and the numbers are those of the
/// forms.
#[test]
fn a_new_project_filled_in_runs() {
    let folder = tempdir().expect("folder");
    let request = request(folder.path(), "zj-demo");
    let report = init_project(&request).expect("init");
    assert_eq!(report.counties, 3);
    let text = fs::read_to_string(request.folder.join("gep.toml")).expect("project");
    assert!(text.contains("单位以文件为准") && text.contains("The unit is the file's own"));
    // As written nothing has come, and everything that is needed is told at once.
    let before = department_report(&request.folder, None, None).expect("report");
    assert!(before.outstanding());
    let inputs = before.departments.iter().flat_map(|one| &one.inputs);
    assert!(inputs.clone().all(|one| one.given.is_empty()));
    assert!(inputs.clone().all(|one| !one.place.is_empty()));
    let errors = Findings(before.errors());
    assert!(errors.has("nodata-not-declared") && errors.has("input-missing"));
    // Three counties, and one cell each for every item of every table.
    let tables = inputs.filter(|one| one.by_county).count();
    assert_eq!(fill(&request.folder), 3 * tables);
    let after = department_report(&request.folder, None, None).expect("report");
    assert!(!after.outstanding(), "{:?}", after.errors());
    let prepared = Prepared::open(&request.folder, None, None).expect("check");
    assert!(prepared.warnings.is_empty(), "{:?}", prepared.warnings);
    let out = folder.path().join("out");
    let report = run(&request.folder, &out).expect("run");
    assert_eq!(report.counties, (3, 0));
    assert!(report.province_fen.expect("a number") > 0);
    // Row 3 of the form (the first county), third column: 2 x 1000 + 2 x 10.
    let given = crate::account::measures(
        &out,
        "value",
        &["region_code", "class", "indicator", "output"],
        "value_fen",
    );
    let fen = given["330102/all/grain_supply/value"].expect("a value");
    assert_eq!(fen, 2020 * 2020 * 100, "output times price, same cells");
}

/// Every bundled profile gets a project file that reads, with forms in known units.
#[test]
fn every_profile_gets_a_project_that_reads() {
    let methodology = gep_core::methodology::Methodology::bundled().expect("methodology");
    for profile in methodology.profiles.keys() {
        let folder = tempdir().expect("folder");
        let request = request(folder.path(), profile);
        init_project(&request).expect("init");
        let (project, faults) = Project::read(&request.folder).expect(profile);
        assert_eq!(project.head.profile, *profile);
        for (path, finding) in faults {
            assert_eq!(finding.code, "input-missing", "{profile} {path}");
            assert!(!path.starts_with("forms/"), "{path} was not written");
        }
        for sheet in &project.sheets {
            for column in &sheet.columns {
                methodology.units.unit(&column.unit).expect("a unit");
            }
        }
    }
}

/// The same request writes the same bytes; an existing folder is refused.
#[test]
fn forms_are_the_same_bytes_and_nothing_is_overwritten() {
    let folder = tempdir().expect("folder");
    let mut request = request(folder.path(), "mee-2020");
    init_project(&request).expect("init");
    let findings = init_project(&request).expect_err("it exists");
    assert!(findings.has("output-exists"));
    assert_eq!(findings.exit(), 2);
    let first = request.folder.clone();
    request.folder = folder.path().join("again");
    let report = init_project(&request).expect("init");
    assert!(report.files.iter().any(|file| file.ends_with("统计.xlsx")));
    for file in &report.files {
        let digest = |folder: &Path| digest_file(&folder.join(file)).expect("file");
        assert_eq!(digest(&first), digest(&request.folder), "{file}");
    }
}

/// Codes that are no six digits, and tables of regions for other counties.
#[test]
fn regions_that_do_not_fit_are_refused() {
    let folder = tempdir().expect("folder");
    let mut own = request(folder.path(), "zj-demo");
    let square = rectangle(120.2, 29.2, 120.5, 30.0);
    own.zones = geojson(
        &folder.path().join("odd.geojson"),
        Some("EPSG:4490"),
        &[("33010", &[&square])],
    );
    assert!(
        init_project(&own)
            .expect_err("five digits")
            .has("regions-not-derived")
    );
    let mut own = request(folder.path(), "zj-demo");
    let table = folder.path().join("regions.csv");
    fs::write(
        &table,
        "code,level,name_zh,name_en,parent\n330000,province,浙江省,Zhejiang,\n\
         330100,city,杭州市,Hangzhou,330000\n330102,county,上城区,Shangcheng,330100\n\
         330106,county,西湖区,Xihu,330100\n",
    )
    .expect("table");
    own.regions = Some(table);
    let findings = init_project(&own).expect_err("other counties");
    assert!(findings.has("counties-missing") && findings.has("counties-unknown"));
    assert!(!own.folder.exists());
}

/// The command, its languages and its exit codes.
#[test]
fn the_command_tells_what_it_wrote() {
    let folder = tempdir().expect("folder");
    let own = request(folder.path(), "zj-demo");
    let gep = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gep"));
        command
            .arg("init")
            .arg(&own.folder)
            .args(["--year", "2020"]);
        command.arg("--zones").arg(&own.zones);
        command.args(["--zone-id", "code"]).args(more);
        command.output().expect("gep runs")
    };
    let unknown = gep(&["--profile", "mee-2021"]);
    assert_eq!(unknown.status.code(), Some(2));
    let done = gep(&["--profile", "zj-demo", "--lang", "zh"]);
    assert_eq!(done.status.code(), Some(0));
    let words = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(words.contains("3 个县") && words.contains("forms/农业农村.xlsx"));
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(told.contains("regions-without-names"), "{told}");
}
