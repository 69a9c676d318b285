//! The main job on the demo: the same bytes always, and only what should change
//! changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gep::output::{Column, ColumnData, read_parquet};
use gep::run::account::{AccountReport, AccountRequest, run_account};
use gep_core::diagnostic::{Findings, Language};
use gep_core::storage::digest_file;
use tempfile::{TempDir, tempdir};

use crate::fixture::demo;

/// A copy of the demo project that a test may change.
pub struct Project {
    pub folder: TempDir,
}

impl Project {
    pub fn copy() -> Self {
        let folder = tempdir().expect("folder");
        for (name, bytes) in gep::run::demo::FILES {
            fs::write(folder.path().join(name), bytes).expect("file");
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a text that stands once in the project file.
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path("gep.toml");
        let text = fs::read_to_string(&path).expect("project");
        assert!(text.contains(from), "`{from}` is not in the project file");
        fs::write(path, text.replacen(from, to, 1)).expect("project");
    }

    pub fn request(&self, out: &Path) -> AccountRequest {
        AccountRequest {
            project: self.folder.path().to_path_buf(),
            out: out.to_path_buf(),
            replace: true,
            methodology: None,
            profile: None,
            crosswalk: None,
            tile: 512,
        }
    }

    pub fn run(&self, out: &Path) -> Result<AccountReport, Findings> {
        run_account(&self.request(out), &|_, _| {})
    }
}

/// Digest of every file below a folder.
fn digests(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, digest_file(&path).expect("digest"));
            }
        }
    }
    found
}

/// Rows of a table: texts of the key columns -> the measure.
pub fn measures(
    out: &Path,
    table: &str,
    keys: &[&str],
    measure: &str,
) -> BTreeMap<String, Option<i128>> {
    let columns = read_parquet(&out.join(format!("tables/{table}.parquet"))).expect("table");
    let find = |name: &str| -> &Column {
        columns
            .iter()
            .find(|column| column.name == name)
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let texts: Vec<&Vec<Option<String>>> = keys
        .iter()
        .map(|key| match &find(key).data {
            ColumnData::Text(values) => values,
            other => panic!("{key} is {other:?}"),
        })
        .collect();
    let ColumnData::Decimal(values, _) = &find(measure).data else {
        panic!("{measure} is no decimal");
    };
    (0..values.len())
        .map(|at| {
            let key: Vec<&str> = texts
                .iter()
                .map(|text| text[at].as_deref().unwrap_or(""))
                .collect();
            (key.join("/"), values[at])
        })
        .collect()
}

const KEYS: [&str; 5] = ["region_code", "class", "indicator", "output", "item"];

/// Indicators of which some row differs between two runs.
fn changed(before: &Path, after: &Path, table: &str, measure: &str) -> BTreeSet<String> {
    let (before, after) = (
        measures(before, table, &KEYS, measure),
        measures(after, table, &KEYS, measure),
    );
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| key.split('/').nth(2).expect("indicator").to_string())
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Same bytes for every file of a run: again, and for any threads and tiles.
#[test]
fn run_has_the_same_bytes_for_all_threads_and_tiles() {
    let project = Project::copy();
    let folder = tempdir().expect("folder");
    let first = folder.path().join("first");
    project.run(&first).expect("run");
    let expected = digests(&first);
    assert!(expected.len() >= 12, "{expected:?}");
    for (threads, tile) in [(1, 64), (2, 256), (7, 1000), (3, 16)] {
        let out = folder.path().join("again");
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("pool");
        let mut request = project.request(&out);
        request.tile = tile;
        pool.install(|| run_account(&request, &|_, _| {}))
            .expect("run");
        assert_eq!(digests(&out), expected, "{threads} threads, tile {tile}");
    }
}

/// Twice the rain changes exactly the services that read rain, directly or by
/// erosivity, evapotranspiration or production.
#[test]
fn doubled_rain_changes_only_what_reads_rain() {
    let folder = tempdir().expect("folder");
    let (plain, wet) = (folder.path().join("plain"), folder.path().join("wet"));
    let project = Project::copy();
    project.run(&plain).expect("run");
    double_raster(&project.path("zj_precip_monthly_0p25.tif"));
    project.run(&wet).expect("run");
    assert_eq!(
        changed(&plain, &wet, "physical", "value"),
        set(&[
            "water_retention",
            "soil_retention",
            "carbon_sequestration",
            "oxygen_release"
        ])
    );
}

fn double_raster(path: &Path) {
    use gdal::raster::RasterBand;
    let dataset = gdal::Dataset::open_ex(
        path,
        gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        },
    )
    .expect("raster");
    for at in 1..=dataset.raster_count() {
        let mut band: RasterBand<'_> = dataset.rasterband(at).expect("band");
        let size = band.size();
        let mut cells = band
            .read_as::<f32>((0, 0), size, size, None)
            .expect("cells");
        for cell in cells.data_mut() {
            if *cell != -9999.0 {
                *cell *= 2.0;
            }
        }
        band.write((0, 0), size, &mut cells).expect("cells");
    }
}

/// Twice the price of carbon, through a methodology of one's own, changes exactly
/// that indicator's values, each to exactly twice the fen.
#[test]
fn doubled_price_doubles_exactly_its_rows() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let prices = methodology.join("tables/prices.csv");
    let text = fs::read_to_string(&prices).expect("prices");
    let doubled: Vec<String> = text
        .lines()
        .map(|line| {
            if line.starts_with("carbon_dioxide,") {
                line.replacen(",380,", ",760,", 1)
            } else {
                line.to_string()
            }
        })
        .collect();
    assert_ne!(
        doubled.join("\n"),
        text.trim_end(),
        "the carbon price was not found"
    );
    fs::write(&prices, doubled.join("\n") + "\n").expect("prices");
    without_distributions(&methodology);
    let project = Project::copy();
    let (plain, dear) = (folder.path().join("plain"), folder.path().join("dear"));
    project.run(&plain).expect("run");
    let mut request = project.request(&dear);
    request.methodology = Some(methodology);
    run_account(&request, &|_, _| {}).expect("run");
    assert_eq!(
        changed(&plain, &dear, "value", "value_fen"),
        set(&["carbon_sequestration"])
    );
    assert!(changed(&plain, &dear, "physical", "value").is_empty());
    let (before, after) = (
        measures(&plain, "value", &KEYS, "value_fen"),
        measures(&dear, "value", &KEYS, "value_fen"),
    );
    for (key, fen) in &before {
        if key.contains("/carbon_sequestration/") {
            assert_eq!(after[key], fen.map(|fen| 2 * fen), "{key}");
        }
    }
}

/// Copies a folder with all below it.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder") {
        let path = entry.expect("entry").path();
        let target = to.join(path.file_name().expect("name"));
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copy");
        }
    }
}

/// Takes the distributions out of a copy of the methodology: a changed row may lie
/// outside its own, which is refused.
pub fn without_distributions(methodology: &Path) {
    fs::remove_dir_all(methodology.join("distributions")).expect("distributions");
}

/// Every sum over cells: counties and the ground outside them give the whole
/// raster, which is evaluated here with one zone over everything.
#[test]
fn counties_and_unassigned_give_the_whole() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    let parts = folder.path().join("parts");
    project.run(&parts).expect("run");
    let of_class = |out: &Path, measure: &str| {
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for (key, sum) in measures(
            out,
            "totals",
            &["region_code", "realm", "class", "total_id"],
            measure,
        ) {
            let tail: Vec<&str> = key.split('/').skip(2).collect();
            *sums.entry(tail.join("/")).or_default() += sum.unwrap_or(0);
        }
        sums
    };
    // One zone wider than the raster, no second layer.
    let square = crate::fixture::rectangle(117.0, 26.0, 124.0, 32.0);
    crate::fixture::geojson(
        &project.path("zj_counties_cgcs2000.geojson"),
        Some("EPSG:4326"),
        &[("330102", &[&square])],
    );
    project.edit("id = \"adcode\"", "id = \"code\"");
    project.edit(
        "[vectors.overlays.realm]\npath = \"land_sea.geojson\"\nid = \"id\"\n",
        "",
    );
    let regions = "code,level,name_zh,name_en,parent\n330000,province,a,a,\n330100,city,b,b,330000\n330102,county,c,c,330100\n";
    fs::write(project.path("regions.csv"), regions).expect("regions");
    project.edit("[[workbook]]", "[[unused]]");
    let text = fs::read_to_string(project.path("gep.toml")).expect("project");
    let head = text.split("[[unused]]").next().expect("head");
    fs::write(project.path("gep.toml"), head).expect("project");
    let methodology = without_tables(&folder.path().join("methodology"));
    let whole = folder.path().join("whole");
    let mut request = project.request(&whole);
    request.methodology = Some(methodology);
    run_account(&request, &|_, _| {}).expect("whole");
    for measure in ["sum", "valid_area_mm2", "missing_area_mm2"] {
        let (parts, whole) = (of_class(&parts, measure), of_class(&whole, measure));
        assert!(parts.len() > 30);
        assert_eq!(parts, whole, "{measure}");
    }
}

/// The demo's profile without the indicators that need a workbook.
fn without_tables(folder: &Path) -> PathBuf {
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        folder,
    );
    let path = folder.join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    let kept: Vec<&str> = text
        .split("\n[[indicator]]\n")
        .filter(|part| {
            !part.starts_with("id = \"grain_supply\"")
                && !part.starts_with("id = \"air_purification\"")
        })
        .collect();
    fs::write(&path, kept.join("\n[[indicator]]\n")).expect("profile");
    folder.to_path_buf()
}

/// An interrupted or failing run leaves no folder that could be taken for one.
#[test]
fn failing_run_publishes_nothing() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    project.edit("profile = \"zj-demo\"", "profile = \"nobody\"");
    let out = folder.path().join("out");
    assert!(
        project
            .run(&out)
            .expect_err("profile")
            .has("profile-unknown")
    );
    assert!(
        fs::read_dir(folder.path())
            .expect("folder")
            .next()
            .is_none()
    );
}

/// The bundled files are those of the repository.
#[test]
fn bundled_demo_is_the_folder() {
    for (name, bytes) in gep::run::demo::FILES {
        assert_eq!(fs::read(demo(name)).expect("file"), *bytes, "{name}");
    }
}

/// The generic checks look at every region of a run: an oxygen factor nobody
/// prints is found in each of them; the demo as it stands has a climate share above
/// every published one and grain from fields its map does not see, and no other.
#[test]
fn generic_checks_fire_on_every_region() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    let plain = project.run(&folder.path().join("plain")).expect("run");
    let told = |report: &AccountReport| -> Vec<String> {
        let fired = report.warnings.iter();
        fired.filter_map(|one| one.place.clone()).collect()
    };
    assert_eq!(told(&plain), ["climate_share", "grain_without_cropland"]);
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let constants = methodology.join("tables/constants.csv");
    let text = fs::read_to_string(&constants).expect("constants");
    let planted = text.replacen(
        "oxygen_per_dry_matter,1.19,",
        "oxygen_per_dry_matter,13.2,",
        1,
    );
    assert_ne!(planted, text, "the oxygen factor was not found");
    fs::write(&constants, planted).expect("constants");
    without_distributions(&methodology);
    let mut request = project.request(&folder.path().join("planted"));
    request.methodology = Some(methodology);
    let report = run_account(&request, &|_, _| {}).expect("run");
    assert!(told(&report).contains(&"oxygen_to_carbon_dioxide".to_owned()));
    let ratio = report
        .warnings
        .iter()
        .find(|one| one.place.as_deref() == Some("oxygen_to_carbon_dioxide"));
    // 90 counties, 11 cities, the province; three counties without vegetation have no
    // ratio.
    let words = ratio.expect("the ratio").reason(Language::En);
    assert!(words.contains(": 99 outside the limit"), "{words}");
}

/// The statuses of the rows of each indicator in the table `value` of a run.
fn statuses(request: &AccountRequest) -> BTreeMap<String, BTreeSet<String>> {
    run_account(request, &|_, _| {}).expect("run");
    let columns = read_parquet(&request.out.join("tables/value.parquet")).expect("table");
    let texts = |name: &str| match &columns
        .iter()
        .find(|column| column.name == name)
        .expect("column")
        .data
    {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (indicator, status) in texts("indicator").into_iter().zip(texts("status")) {
        let own = found.entry(indicator.expect("indicator")).or_default();
        own.insert(status.expect("status"));
    }
    found
}

/// Rewrites the crosswalk of the demo: this status for code 5, verified for all others.
fn give_crosswalk_status(methodology: &Path, of_one: &str) {
    let path = methodology.join("crosswalks/modis-igbp.csv");
    let text = fs::read_to_string(&path).expect("crosswalk");
    let mut lines = text.lines();
    let head = lines.next().expect("a head");
    let mut new = format!("{head},status\n");
    for line in lines {
        let status = if line.starts_with("5,") {
            of_one
        } else {
            "verified"
        };
        new.push_str(&format!("{line},{status}\n"));
    }
    fs::write(path, new).expect("crosswalk");
}

/// A result is no better than what it reads: parameters, derived layers, and the
/// crosswalk that says what a code of the land cover is. Oxygen release has verified
/// parameters and layers, water retention a provisional layer, grain synthetic tables.
#[test]
fn status_counts_layers_and_the_crosswalk() {
    let folder = tempdir().expect("folder");
    let project = Project::copy();
    let indicators = ["oxygen_release", "water_retention", "grain_supply"];
    // The status of one row, code 5, among verified ones.
    for (at, of_one) in ["verified", "transcribed", "provisional"]
        .into_iter()
        .enumerate()
    {
        let methodology = folder.path().join(format!("methodology-{at}"));
        copy_tree(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
            &methodology,
        );
        give_crosswalk_status(&methodology, of_one);
        let mut request = project.request(&folder.path().join(format!("out-{at}")));
        request.methodology = Some(methodology);
        let found = statuses(&request);
        let own = indicators.map(|id| found[id].clone());
        assert_eq!(
            own,
            [set(&[of_one]), set(&["provisional"]), set(&["synthetic"])],
            "case {at}"
        );
    }
    // The bundled crosswalk tells no status: provisional.
    let found = statuses(&project.request(&folder.path().join("out")));
    assert_eq!(found["oxygen_release"], set(&["provisional"]));
}
