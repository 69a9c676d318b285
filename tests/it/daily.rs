//! Daily stacks and the laws on them: against a naive loop over the days, cell by
//! cell; the same bytes for any tiles and threads; what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use gep::output::{ColumnData, read_parquet};
use gep::run::account::{AccountRequest, Prepared, run_account};
use gep::source::gdal::Window;
use gep_core::diagnostic::Findings;
use gep_core::grid::Masked;
use gep_core::storage::digest_file;
use tempfile::{TempDir, tempdir};

use crate::fixture::{Raster, geojson, rectangle};

const DAYS: usize = 366;
/// Columns and rows of the weather, cells of a quarter degree from 120 E, 30 N.
const SIZE: (usize, usize) = (8, 6);
const NODATA: f32 = -9999.0;

const PROJECT: &str = r#"
[project]
title = { zh = "合成（测试）", en = "Synthetic (test)" }
year = "2020"
profile = "daily-laws"
boundary_version = "test"
regions = "regions.csv"
[rasters.classes]
path = "classes.tif"
nodata = "none"
[rasters.layers.elevation]
path = "elevation.tif"
unit = "m"
[rasters.layers.ndvi_maximum]
path = "ndvi.tif"
unit = "1"
resample = "nearest"
[rasters.layers.precipitation_daily]
path = "rain.tif"
unit = "mm"
bands = "day"
range = [0.0, 500.0]
[rasters.layers.temperature_daily]
path = "temperature.tif"
unit = "degC"
bands = "day"
[rasters.layers.wind_speed_daily]
path = "wind.tif"
unit = "m/s"
bands = "day"
[rasters.layers.solar_radiation_daily]
path = "radiation.tif"
unit = "MJ/m2"
bands = "day"
[rasters.layers.snow_depth_daily]
path = "snow.tif"
unit = "mm"
bands = "day"
[rasters.layers.wind_erodible_fraction]
path = "erodible.tif"
unit = "1"
[rasters.layers.soil_crust_factor]
path = "crust.tif"
unit = "1"
[rasters.layers.surface_roughness_factor]
path = "roughness.tif"
unit = "1"
[rasters.layers.vegetation_cover]
path = "cover.tif"
unit = "1"
[vectors.zones]
path = "zones.geojson"
id = "code"
"#;

/// A series of days by cell: `None` is missing.
type Series = Vec<Vec<Option<f32>>>;

struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Days x cells of a random series with steps of a quarter, which floats hold exactly.
fn series(seed: u64, days: usize, mut value: impl FnMut(&mut Seeded) -> f32) -> Series {
    let mut random = Seeded(seed);
    let cells = SIZE.0 * SIZE.1;
    let mut all: Series = (0..days)
        .map(|_| (0..cells).map(|_| Some(value(&mut random))).collect())
        .collect();
    all[200 % days][seed as usize % cells] = None;
    all
}

struct Weather {
    rain: Series,
    temperature: Series,
    wind: Series,
    radiation: Series,
    snow: Series,
}

impl Weather {
    fn random(days: usize) -> Self {
        let quarter = |number: u64| number as f32 / 4.0;
        Self {
            rain: series(3, days, |random| match random.below(5) {
                0 => quarter(random.below(500)),
                1 => 50.0,
                2 => 12.0,
                _ => 0.0,
            }),
            temperature: series(5, days, |random| quarter(random.below(200)) - 15.0),
            wind: series(7, days, |random| quarter(random.below(60))),
            radiation: series(11, days, |random| 2.0 + quarter(random.below(100))),
            snow: series(13, days, |random| match random.below(6) {
                0 => quarter(random.below(400)),
                _ => 0.0,
            }),
        }
    }
}

impl Weather {
    /// The same without missing days.
    fn whole(mut self) -> Self {
        for series in [
            &mut self.rain,
            &mut self.temperature,
            &mut self.wind,
            &mut self.radiation,
            &mut self.snow,
        ] {
            for one in series.iter_mut().flatten() {
                one.get_or_insert(5.0);
            }
        }
        self
    }
}

/// Writes a stack, band after band, in tiles or strips.
fn write_stack(path: &Path, stack: &Series, interleave: &str) {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("driver");
    let option = format!("INTERLEAVE={interleave}");
    let options = gdal::raster::RasterCreationOptions::from_iter([option, "COMPRESS=LZW".into()]);
    let mut dataset = driver
        .create_with_band_type_with_options::<f32, _>(path, SIZE.0, SIZE.1, stack.len(), &options)
        .expect("new raster");
    let transform = [120.0, 0.25, 0.0, 30.0, 0.0, -0.25];
    dataset.set_geo_transform(&transform).expect("transform");
    let srs = SpatialRef::from_definition("EPSG:4490").expect("crs");
    dataset.set_spatial_ref(&srs).expect("crs");
    for (at, day) in stack.iter().enumerate() {
        let mut band = dataset.rasterband(at + 1).expect("band");
        band.set_no_data_value(Some(f64::from(NODATA)))
            .expect("nodata");
        let cells = day.iter().map(|one| one.unwrap_or(NODATA)).collect();
        band.write((0, 0), SIZE, &mut Buffer::new(SIZE, cells))
            .expect("cells");
    }
}

/// A project of daily weather; land cover has cells of a twentieth of a degree.
fn project(weather: &Weather) -> TempDir {
    let folder = tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    write_stack(&at("rain.tif"), &weather.rain, "BAND");
    write_stack(&at("temperature.tif"), &weather.temperature, "PIXEL");
    write_stack(&at("wind.tif"), &weather.wind, "BAND");
    write_stack(&at("radiation.tif"), &weather.radiation, "BAND");
    write_stack(&at("snow.tif"), &weather.snow, "BAND");
    let fine = Raster {
        transform: [120.0, 0.05, 0.0, 30.0, 0.0, -0.05],
        crs: Some("EPSG:4490".into()),
        ..Raster::degrees(40, 30)
    };
    let classes: Vec<u8> = (0..1200)
        .map(|cell| [4, 5, 7, 10, 12, 13][cell % 6])
        .collect();
    fine.write(&at("classes.tif"), &classes);
    let ndvi: Vec<f32> = (0..1200).map(|cell| (cell % 90) as f32 / 100.0).collect();
    fine.write(&at("ndvi.tif"), &ndvi);
    for (name, value) in [
        ("erodible", 0.02_f32),
        ("crust", 0.1),
        ("roughness", 0.1),
        ("cover", 0.3),
    ] {
        fine.write(&at(&format!("{name}.tif")), &[value; 1200]);
    }
    let coarse = Raster {
        transform: [120.0, 0.25, 0.0, 30.0, 0.0, -0.25],
        crs: Some("EPSG:4490".into()),
        ..Raster::degrees(SIZE.0, SIZE.1)
    };
    let heights: Vec<f32> = (0..48).map(|cell| (cell * 37 % 1900) as f32).collect();
    coarse.write(&at("elevation.tif"), &heights);
    let ring = rectangle(120.4, 28.9, 121.6, 29.6);
    let zone: &[&[_]] = &[&ring];
    geojson(&at("zones.geojson"), Some("EPSG:4490"), &[("A", zone)]);
    let regions = "code,level,name_zh,name_en,parent\nP,province,省,Province,\nC,city,市,City,P\nA,county,甲,A,C\n";
    fs::write(at("regions.csv"), regions).expect("regions");
    fs::write(at("gep.toml"), PROJECT).expect("project");
    folder
}

fn open(folder: &Path) -> Result<Prepared, Findings> {
    Prepared::open(folder, None, None)
}

/// Reads a derived layer on its own grid, in windows of a few cells.
fn layer(prepared: &Prepared, name: &str, side: usize) -> Masked {
    let graph = &prepared.layers.graph;
    let at = graph.nodes.iter().position(|node| node.name == name);
    let at = at.unwrap_or_else(|| panic!("{name}"));
    let grid = graph.nodes[at].grid.clone();
    let mut reader = graph.reader();
    let cells = grid.columns * grid.rows;
    let mut whole = Masked {
        columns: grid.columns,
        values: vec![0.0; cells],
        valid: vec![false; cells],
    };
    for row in (0..grid.rows).step_by(side) {
        for column in (0..grid.columns).step_by(side) {
            let window = Window {
                row,
                column,
                rows: side.min(grid.rows - row),
                columns: side.min(grid.columns - column),
            };
            let read = reader
                .read(at, graph.nodes[at].frame(), window)
                .expect("layer");
            for (cell, (&value, &valid)) in read.values.iter().zip(&read.valid).enumerate() {
                let place = (row + cell / window.columns) * grid.columns;
                let place = place + column + cell % window.columns;
                (whole.values[place], whole.valid[place]) = (value, valid);
            }
            reader.forget();
        }
    }
    whole
}

fn days_of(stack: &Series, cell: usize) -> Option<Vec<f64>> {
    stack.iter().map(|day| day[cell].map(f64::from)).collect()
}

/// The laws once more, day by day: storm rain (mm), hot days, erosivity, wind factor.
struct Naive {
    storm: Option<f64>,
    hot: Option<f64>,
    erosivity: Option<f64>,
    wind: Option<f64>,
}

fn naive(weather: &Weather, cell: usize) -> Naive {
    let rain = days_of(&weather.rain, cell);
    let temperature = days_of(&weather.temperature, cell);
    let storm = rain.as_ref().map(|rain| {
        let storms = rain.iter().filter(|&&rain| rain >= 50.0);
        storms.sum::<f64>()
    });
    let hot = temperature
        .as_ref()
        .map(|all| all.iter().filter(|&&one| one >= 26.0).count() as f64);
    let erosivity = rain.as_ref().map(|rain| {
        let days: Vec<f64> = rain.iter().copied().filter(|&rain| rain >= 12.0).collect();
        let depth: f64 = days.iter().sum();
        let beta = 0.8363 + 18.144 / (depth / days.len() as f64) + 24.455 / depth;
        let alpha = 21.586 * beta.powf(-7.1891);
        days.iter().map(|rain| alpha * rain.powf(beta)).sum()
    });
    let height = f64::from((cell * 37 % 1900) as u32) / 1000.0;
    let both = (rain, temperature, days_of(&weather.wind, cell));
    let more = (
        days_of(&weather.radiation, cell),
        days_of(&weather.snow, cell),
    );
    let wind = match (both, more) {
        ((Some(rain), Some(warm), Some(wind)), (Some(sun), Some(snow))) => Some(
            (0..rain.len())
                .map(|day| {
                    let excess = wind[day] - 5.0;
                    if excess <= 0.0 || snow[day] > 25.4 {
                        return 0.0;
                    }
                    let air = 348.0 * (1.013 - 0.1183 * height + 0.0048 * height * height);
                    let water = 0.0162 * sun[day] / 2.44764 * (warm[day] + 17.8);
                    let dry = (1.0 - rain[day] / water).max(0.0);
                    wind[day] * excess * excess * air / (warm[day] + 273.15) / 9.8 * dry
                })
                .sum(),
        ),
        _ => None,
    };
    Naive {
        storm,
        hot,
        erosivity,
        wind,
    }
}

/// Storm rain and hot days are exact (steps of a quarter lie on their quanta);
/// erosivity and the wind factor agree to their quantum (0.1 and 0.0001), since the
/// order of operations differs. Windows of one, three and all cells give one result.
#[test]
fn laws_agree_with_a_naive_loop_over_the_days() {
    let weather = Weather::random(DAYS);
    let folder = project(&weather);
    let prepared = open(folder.path()).expect("project");
    // Name, printed unit in coherent ones, tolerance in the printed unit.
    let laws = [
        ("storm_rain_daily", 0.001, 0.05 + 1e-9),
        ("cooling_days_daily", 86_400.0, 1e-9),
        ("rainfall_erosivity_daily", 1.0, 0.1),
        ("wind_weather_factor_daily", 1.0, 0.0001),
    ];
    let mut compared = 0;
    for (name, unit, tolerance) in laws {
        let read = layer(&prepared, name, 3);
        assert_eq!(read, layer(&prepared, name, 1), "{name}");
        assert_eq!(read, layer(&prepared, name, 100), "{name}");
        for cell in 0..SIZE.0 * SIZE.1 {
            let naive = naive(&weather, cell);
            let expected = match name {
                "storm_rain_daily" => naive.storm,
                "cooling_days_daily" => naive.hot,
                "rainfall_erosivity_daily" => naive.erosivity.map(|one| one * ERODING),
                _ => naive.wind,
            };
            assert_eq!(read.valid[cell], expected.is_some(), "{name} cell {cell}");
            if let Some(expected) = expected {
                let found = read.values[cell] / unit;
                let scale = if name == "rainfall_erosivity_daily" {
                    ERODING
                } else {
                    1.0
                };
                assert!(
                    (found - expected).abs() <= tolerance * scale,
                    "{name} cell {cell}: {found} {expected}"
                );
                assert!(expected > 0.0, "{name} cell {cell} proves nothing");
                compared += 1;
            }
        }
    }
    assert!(compared >= 4 * 48 - 8, "{compared}");
}

/// One MJ mm/(ha h a) in coherent units.
const ERODING: f64 = 1e6 * 1e-3 / (1e4 * 3600.0);

/// A project with all days of a year.
pub fn whole_year() -> TempDir {
    project(&Weather::random(DAYS).whole())
}

pub fn request(folder: &Path, out: &Path, tile: usize) -> AccountRequest {
    AccountRequest {
        project: folder.to_path_buf(),
        out: out.to_path_buf(),
        replace: true,
        methodology: None,
        profile: None,
        crosswalk: None,
        tile,
    }
}

/// Every indicator of the profile has a number, the same bytes for any tiles and
/// threads.
#[test]
fn profile_of_daily_laws_computes_the_same_bytes() {
    let folder = whole_year();
    let out = tempdir().expect("folder");
    let mut digests: Vec<String> = Vec::new();
    for (tile, threads) in [(512, 1), (7, 4), (16, 2)] {
        let to = out.path().join(format!("{tile}"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let request = request(folder.path(), &to, tile);
        pool.expect("pool")
            .install(|| run_account(&request, &|_, _| {}))
            .expect("run");
        digests.push(digest_file(&to.join("manifest.json")).expect("digest"));
    }
    assert!(digests.iter().all(|one| *one == digests[0]), "{digests:?}");
    let columns = read_parquet(&out.path().join("512/tables/physical.parquet")).expect("table");
    let texts = |name: &str| -> Vec<String> {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts.iter().flatten().cloned().collect(),
            _ => panic!("{name} is no text"),
        }
    };
    let mut computed: BTreeMap<String, usize> = BTreeMap::new();
    for ((indicator, state), code) in texts("indicator")
        .into_iter()
        .zip(texts("state"))
        .zip(texts("region_code"))
    {
        if state == "computed" && code == "A" {
            *computed.entry(indicator).or_default() += 1;
        }
    }
    let indicators: Vec<&str> = computed.keys().map(String::as_str).collect();
    assert_eq!(
        indicators,
        [
            "flood_regulation_vegetation",
            "local_climate_regulation",
            "sand_fixation",
            "soil_retention"
        ]
    );
}

#[test]
fn stacks_of_the_wrong_length_or_year_are_refused() {
    let folder = project(&Weather::random(DAYS));
    let path = folder.path().join("gep.toml");
    let refused = |from: &str, to: &str, code: &str| {
        let text = PROJECT.replacen(from, to, 1);
        assert_ne!(text, PROJECT);
        fs::write(&path, text).expect("project");
        match open(folder.path()) {
            Ok(_) => panic!("{code}: accepted"),
            Err(findings) => assert!(findings.has(code), "{code}: {:?}", findings.0),
        }
    };
    // 366 bands are no common year; a climate has no days; the bands must be named.
    refused("year = \"2020\"", "year = \"2021\"", "bands-not-days");
    refused(
        "year = \"2020\"",
        "year = \"climatology\"",
        "day-stack-year-unknown",
    );
    refused("bands = \"day\"\nrange", "range", "bands-not-days");
    refused(
        "bands = \"day\"\nrange",
        "bands = \"month\"\nrange",
        "bands-not-days",
    );
    refused(
        "unit = \"m\"\n",
        "unit = \"m\"\nbands = \"day\"\n",
        "bands-not-fitting",
    );
    fs::write(&path, PROJECT).expect("project");
    open(folder.path()).expect("the clean twin");
}
