//! Rasters of another reference system: our resamplers against what must hold on any
//! grid, for the systems Chinese bureaus use.

use std::fs;
use std::path::Path;
use std::process::Command;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gep::audit::verify;
use gep::output::{ColumnData, read_parquet};
use gep::run::account::Prepared;
use gep::source::gdal::{Bridge, Crs, RasterSource, System, Window, area_model};
use gep::zonal::{Frame, LayerGraph, LayerNode, LayerRule};
use gep_core::grid::{AreaModel, GridSpec, Helmert, Masked, Resampling, Rotation};
use tempfile::tempdir;

use crate::account::Project;
use crate::fixture::Raster;

const ALBERS: &str =
    "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +x_0=0 +y_0=0 +datum=WGS84 +units=m";
/// Geographic, 3-degree zones with and without strip number, 6-degree zones, UTM,
/// Web Mercator, Albers of China.
const SYSTEMS: [&str; 9] = [
    "EPSG:4490",
    "EPSG:4326",
    "EPSG:4528",
    "EPSG:4549",
    "EPSG:4499",
    "EPSG:4510",
    "EPSG:32651",
    "EPSG:3857",
    ALBERS,
];
const METHODS: [Resampling; 3] = [
    Resampling::Nearest,
    Resampling::Bilinear,
    Resampling::Average,
];

fn library(definition: &str) -> SpatialRef {
    let mut srs = SpatialRef::from_definition(definition).expect("crs");
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    srs
}

/// Longitude and latitude by the library alone, for grids that were not made by us.
fn convert(from: &str, to: &str, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let transform = CoordTransform::new(&library(from), &library(to)).expect("transform");
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    transform
        .transform_coords(&mut x, &mut y, &mut [])
        .expect("points");
    x.into_iter().zip(y).collect()
}

/// A geographic grid of this cell size over 120-120.4 E, 29.7-30 N.
fn degrees(cell: f64) -> GridSpec {
    GridSpec {
        columns: (0.4 / cell).round() as usize,
        rows: (0.3 / cell).round() as usize,
        west: 120.0,
        north: 30.0,
        cell_width: cell,
        cell_height: cell,
    }
}

/// A grid of `cells` along the longer side that covers a rectangle of degrees in
/// another system.
fn covering(crs: &str, [west, south, east, north]: [f64; 4], cells: usize) -> GridSpec {
    let steps = 40;
    let share = |at: usize| at as f64 / steps as f64;
    let points: Vec<(f64, f64)> = (0..=steps)
        .flat_map(|row| (0..=steps).map(move |column| (row, column)))
        .map(|(row, column)| {
            (
                west + (east - west) * share(column),
                south + (north - south) * share(row),
            )
        })
        .collect();
    let there = convert("EPSG:4490", crs, &points);
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let low = there.iter().map(of).fold(f64::INFINITY, f64::min);
        (low, there.iter().map(of).fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (bottom, top)) = (ends(|place| place.0), ends(|place| place.1));
    let cell = (right - left).max(top - bottom) / (cells - 4) as f64;
    GridSpec {
        columns: ((right - left) / cell).ceil() as usize + 4,
        rows: ((top - bottom) / cell).ceil() as usize + 4,
        west: left - 2.0 * cell,
        north: top + 2.0 * cell,
        cell_width: cell,
        cell_height: cell,
    }
}

const FRAME: [f64; 4] = [120.0, 29.7, 120.4, 30.0];

fn write(path: &Path, crs: &str, grid: &GridSpec, cells: &[f64]) -> RasterSource {
    let raster = Raster {
        columns: grid.columns,
        rows: grid.rows,
        transform: [
            grid.west,
            grid.cell_width,
            0.0,
            grid.north,
            0.0,
            -grid.cell_height,
        ],
        crs: Some(crs.into()),
        nodata: Some(-9999.0),
    };
    raster.write(path, cells);
    RasterSource::open(path, None).expect("raster")
}

/// Centres of a grid in degrees of CGCS2000.
fn centres(crs: &str, grid: &GridSpec) -> Vec<(f64, f64)> {
    let own: Vec<(f64, f64)> = (0..grid.rows * grid.columns)
        .map(|at| grid.centre((at / grid.columns) as i64, (at % grid.columns) as i64))
        .collect();
    if crs == "EPSG:4490" || crs == "EPSG:4326" {
        return own;
    }
    // WGS 84 and CGCS2000 are taken as one; each system's own datum is asked for.
    let base = if SYSTEMS[..1].contains(&crs) || crs.starts_with("EPSG:45") || crs == "EPSG:4499" {
        "EPSG:4490"
    } else {
        "EPSG:4326"
    };
    convert(crs, base, &own)
}

/// Reads a raster on another grid, in windows of `side` cells.
fn read(source: &RasterSource, to: (&str, &GridSpec), how: Resampling, side: usize) -> Masked {
    let crs = Crs::from_definition(to.0).expect("crs");
    let mut graph = LayerGraph::new(&crs);
    let own = System {
        crs: source.crs.clone(),
        shift: None,
    };
    let system = graph.system(&own, "v").expect("a way");
    graph.nodes.push(LayerNode {
        name: "v".into(),
        grid: source.grid.clone(),
        crs: source.crs.clone(),
        system,
        resampling: Some(how),
        rule: LayerRule::Raster {
            source: Box::new(source.clone()),
            band: 1,
            scale: 1.0,
            offset: 0.0,
        },
    });
    let grid = to.1;
    let cells = grid.rows * grid.columns;
    let mut whole = Masked {
        columns: grid.columns,
        values: vec![0.0; cells],
        valid: vec![false; cells],
    };
    let mut reader = graph.reader();
    for row in (0..grid.rows).step_by(side) {
        for column in (0..grid.columns).step_by(side) {
            let window = Window {
                row,
                column,
                rows: side.min(grid.rows - row),
                columns: side.min(grid.columns - column),
            };
            let read = reader
                .read(0, Frame { grid, system: 0 }, window)
                .expect("values");
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

fn noise(at: usize) -> f64 {
    let mut state = at as u64 + 77;
    for _ in 0..3 {
        state = (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    ((state >> 40) % 1000) as f64 / 10.0
}

/// A constant is the same constant in every system, by every method, in both
/// directions; nothing inside is missing.
#[test]
fn constant_stays_constant_in_every_system() {
    let folder = tempdir().expect("folder");
    let constant = 0.1 + 0.2;
    for (at, crs) in SYSTEMS.into_iter().enumerate() {
        let grid = covering(crs, FRAME, 60);
        let path = folder.path().join(format!("{at}.tif"));
        let source = write(&path, crs, &grid, &vec![constant; grid.rows * grid.columns]);
        for how in METHODS {
            for cell in [0.01, 0.05] {
                let target = degrees(cell);
                let found = read(&source, ("EPSG:4490", &target), how, 1000);
                assert!(
                    found.valid.iter().all(|valid| *valid),
                    "{crs} {how:?} {cell}"
                );
                assert!(
                    found.values.iter().all(|value| *value == constant),
                    "{crs} {how:?}"
                );
            }
        }
    }
    let path = folder.path().join("degrees.tif");
    let wide = covering("EPSG:4490", [119.8, 29.5, 120.6, 30.2], 90);
    let source = write(
        &path,
        "EPSG:4490",
        &wide,
        &vec![constant; wide.rows * wide.columns],
    );
    for crs in SYSTEMS {
        let target = covering(crs, FRAME, 25);
        for how in METHODS {
            let found = read(&source, (crs, &target), how, 1000);
            let known = found.valid.iter().filter(|valid| **valid).count();
            assert!(known * 10 > 8 * found.valid.len(), "{crs} {how:?} {known}");
            let right = |(value, valid): (&f64, &bool)| !valid || *value == constant;
            assert!(
                found.values.iter().zip(&found.valid).all(right),
                "{crs} {how:?}"
            );
        }
    }
}

/// A raster that holds the longitude of its own centres, computed by the library, read
/// by bilinear interpolation gives the longitude of the target's centres to 1e-7
/// degree (1 cm): positions are exact.
#[test]
fn places_are_exact_to_a_centimetre() {
    let folder = tempdir().expect("folder");
    let target = degrees(0.02);
    for (at, crs) in SYSTEMS.into_iter().enumerate() {
        let grid = covering(crs, FRAME, 400);
        let own = centres(crs, &grid);
        for (name, which) in [("x", 0), ("y", 1)] {
            let cells: Vec<f64> = own.iter().map(|one| [one.0, one.1][which]).collect();
            let path = folder.path().join(format!("{at}{name}.tif"));
            let source = write(&path, crs, &grid, &cells);
            let found = read(&source, ("EPSG:4490", &target), Resampling::Bilinear, 1000);
            for (cell, value) in found.values.iter().enumerate() {
                let row = (cell / target.columns) as i64;
                let (x, y) = target.centre(row, (cell % target.columns) as i64);
                let expected = [x, y][which];
                assert!(found.valid[cell], "{crs}");
                assert!(
                    (value - expected).abs() < 1e-7,
                    "{crs} {name} {value} {expected}"
                );
            }
        }
    }
}

/// A smooth field taken to another system and back differs by what the bend of the
/// field within a cell allows: here 2e-4 of its range.
#[test]
fn there_and_back_again() {
    let folder = tempdir().expect("folder");
    let wide = covering("EPSG:4490", [119.9, 29.6, 120.5, 30.1], 200);
    let field =
        |(x, y): (f64, f64)| 50.0 + 40.0 * ((x - 120.2) * 6.0).sin() * ((y - 29.8) * 5.0).cos();
    let cells: Vec<f64> = centres("EPSG:4490", &wide).into_iter().map(field).collect();
    let source = write(&folder.path().join("a.tif"), "EPSG:4490", &wide, &cells);
    for (at, crs) in SYSTEMS.into_iter().enumerate().skip(2) {
        let there = covering(crs, [119.98, 29.68, 120.42, 30.02], 150);
        let moved = read(&source, (crs, &there), Resampling::Bilinear, 1000);
        let cells: Vec<f64> = moved
            .values
            .iter()
            .zip(&moved.valid)
            .map(|(value, valid)| if *valid { *value } else { -9999.0 })
            .collect();
        let other = write(
            &folder.path().join(format!("{at}.tif")),
            crs,
            &there,
            &cells,
        );
        let target = degrees(0.01);
        let back = read(&other, ("EPSG:4490", &target), Resampling::Bilinear, 1000);
        for (cell, value) in back.values.iter().enumerate() {
            let row = (cell / target.columns) as i64;
            let expected = field(target.centre(row, (cell % target.columns) as i64));
            assert!(back.valid[cell], "{crs}");
            assert!(
                (value - expected).abs() < 80.0 * 2e-4,
                "{crs} {value} {expected}"
            );
        }
    }
}

fn cell_areas(crs: &str, grid: &GridSpec) -> AreaModel {
    let last = (grid.rows as i64, grid.columns as i64);
    area_model(&Crs::from_definition(crs).expect("crs"), grid, (0, 0), last).expect("areas")
}

/// Classes by nearest cell: the area of each class inside the target changes by no more
/// than half a cell along its borders. Blobs of ten cells in a raster of UTM.
#[test]
fn class_areas_stay_within_half_a_cell_of_their_borders() {
    let folder = tempdir().expect("folder");
    let crs = "EPSG:32651";
    let grid = covering(crs, FRAME, 400);
    let class_of =
        |row: usize, column: usize| (noise((row / 10) * 997 + column / 10) as usize % 4) as f64;
    let cells: Vec<f64> = (0..grid.rows * grid.columns)
        .map(|at| class_of(at / grid.columns, at % grid.columns))
        .collect();
    let source = write(&folder.path().join("c.tif"), crs, &grid, &cells);
    let target = degrees(0.001);
    let found = read(&source, ("EPSG:4490", &target), Resampling::Nearest, 200);
    let areas = cell_areas("EPSG:4490", &target);
    let source_areas = cell_areas(crs, &grid);
    // The source's area inside the target frame, by the centres of its cells.
    let own = centres(crs, &grid);
    let (mut before, mut after, mut borders) = ([0.0; 4], [0.0; 4], 0.0);
    for (at, (x, y)) in own.into_iter().enumerate() {
        let (row, column) = (at / grid.columns, at % grid.columns);
        if (120.0..120.4).contains(&x) && (29.7..30.0).contains(&y) {
            let mm2 = source_areas.cell_mm2(row as i64, column as i64) as f64;
            before[cells[at] as usize] += mm2;
            let next = |row: usize, column: usize| cells[row * grid.columns + column];
            let turns = [next(row + 1, column), next(row, column + 1)];
            borders += turns.iter().filter(|other| **other != cells[at]).count() as f64;
        }
    }
    for (at, (value, valid)) in found.values.iter().zip(&found.valid).enumerate() {
        assert!(valid);
        let (row, column) = (at / target.columns, at % target.columns);
        after[*value as usize] += areas.cell_mm2(row as i64, column as i64) as f64;
    }
    // Border length times half a target cell (0.001 degree: at most 111 m), plus the rim.
    let rim = 2.0 * (0.4 + 0.3) * 111_000.0;
    let bound = (borders * grid.cell_width + rim) * 0.5 * 111.0 * 1e6;
    let whole: f64 = after.iter().sum();
    for class in 0..4 {
        let difference: f64 = (before[class] - after[class]).abs();
        assert!(difference <= bound, "{class}: {difference} {bound}");
        // And far better in fact: errors of both signs.
        assert!(
            difference < 0.005 * whole,
            "{class}: {} of the whole",
            difference / whole
        );
    }
}

/// Means over coarse cells are the area-weighted means of the means over the fine cells
/// they are made of, to 1e-5 of the range: nothing is lost or counted twice.
#[test]
fn area_average_preserves_the_mean() {
    let folder = tempdir().expect("folder");
    for (at, crs) in SYSTEMS.into_iter().enumerate() {
        let grid = covering(crs, FRAME, 300);
        let cells: Vec<f64> = (0..grid.rows * grid.columns).map(noise).collect();
        let source = write(&folder.path().join(format!("{at}.tif")), crs, &grid, &cells);
        let (coarse, fine) = (degrees(0.05), degrees(0.01));
        let whole = read(&source, ("EPSG:4490", &coarse), Resampling::Average, 1000);
        let parts = read(&source, ("EPSG:4490", &fine), Resampling::Average, 1000);
        let areas = cell_areas("EPSG:4490", &fine);
        for (cell, value) in whole.values.iter().enumerate() {
            let (row, column) = (cell / coarse.columns, cell % coarse.columns);
            let (mut sum, mut weight) = (0.0, 0.0);
            for part in 0..25 {
                let (row, column) = (row * 5 + part / 5, column * 5 + part % 5);
                let area = areas.cell_mm2(row as i64, column as i64) as f64;
                sum += area * parts.values[row * fine.columns + column];
                weight += area;
            }
            assert!(whole.valid[cell], "{crs}");
            assert!(
                (sum / weight - value).abs() < 100.0 * 1e-5,
                "{crs} {value} {}",
                sum / weight
            );
        }
    }
}

/// On one's own system the average over whole blocks is their mean, rows weighted by
/// their ground; a missing cell makes its block missing and no other.
#[test]
fn average_of_blocks_on_the_same_system() {
    let folder = tempdir().expect("folder");
    let (fine, coarse) = (degrees(0.01), degrees(0.05));
    let mut cells: Vec<f64> = (0..fine.rows * fine.columns).map(noise).collect();
    cells[3] = -9999.0;
    let source = write(&folder.path().join("f.tif"), "EPSG:4490", &fine, &cells);
    let found = read(&source, ("EPSG:4490", &coarse), Resampling::Average, 3);
    let areas = cell_areas("EPSG:4490", &fine);
    for cell in 0..coarse.rows * coarse.columns {
        let (row, column) = (cell / coarse.columns * 5, cell % coarse.columns * 5);
        let (mut sum, mut weight) = (0.0, 0.0);
        for part in 0..25 {
            let (row, column) = (row + part / 5, column + part % 5);
            let area = areas.cell_mm2(row as i64, column as i64) as f64;
            sum += area * cells[row * fine.columns + column];
            weight += area;
        }
        assert_eq!(found.valid[cell], cell != 0);
        assert!(cell == 0 || (found.values[cell] - sum / weight).abs() < 1e-8);
    }
}

/// Any cut into windows gives the same bits.
#[test]
fn windows_do_not_show() {
    let folder = tempdir().expect("folder");
    for (at, crs) in ["EPSG:32651", "EPSG:4528", ALBERS].into_iter().enumerate() {
        let grid = covering(crs, FRAME, 150);
        let mut cells: Vec<f64> = (0..grid.rows * grid.columns).map(noise).collect();
        for cell in (0..cells.len()).step_by(211) {
            cells[cell] = -9999.0;
        }
        let source = write(&folder.path().join(format!("{at}.tif")), crs, &grid, &cells);
        let target = degrees(0.01);
        for how in METHODS {
            let whole = read(&source, ("EPSG:4490", &target), how, 1000);
            let missing = whole.valid.iter().filter(|valid| !**valid).count();
            assert!(
                missing > 0 && missing * 2 < whole.valid.len(),
                "{how:?} {missing}"
            );
            for side in [1, 7, 16] {
                assert_eq!(
                    read(&source, ("EPSG:4490", &target), how, side),
                    whole,
                    "{how:?}"
                );
            }
        }
    }
}

/// Seven parameters move the places by what they say, there and back to millimetres.
#[test]
fn given_parameters_carry_the_datum() {
    let system = |definition: &str, shift| System {
        crs: Crs::from_definition(definition).expect("crs"),
        shift,
    };
    let shift = Helmert {
        shift_m: [24.0, -123.0, -94.0],
        rotation_arcsec: [-0.02, 0.25, 0.13],
        scale_ppm: 1.1,
        convention: Rotation::PositionVector,
    };
    let reference = system("EPSG:4490", None);
    let old = system("EPSG:4610", Some(shift));
    assert!(Bridge::between(&reference, &system("EPSG:4610", None), "v").is_err());
    let there = Bridge::between(&reference, &old, "v")
        .expect("given")
        .open()
        .expect("open");
    let back = Bridge::between(&old, &reference, "v")
        .expect("given")
        .open()
        .expect("open");
    let (mut x, mut y) = (vec![120.25], vec![29.75]);
    there.run(&mut x, &mut y);
    let metres = ((x[0] - 120.25) * 96_500.0).hypot((y[0] - 29.75) * 110_900.0);
    assert!((20.0..200.0).contains(&metres), "{metres}");
    let (from, to) = (old.crs.ellipsoid(), reference.crs.ellipsoid());
    let carried = shift.carry((x[0], y[0]), from, to, false);
    assert!((carried.0 - 120.25).abs() < 5e-8 && (carried.1 - 29.75).abs() < 5e-8);
    back.run(&mut x, &mut y);
    assert!(
        (x[0] - 120.25).abs() < 5e-8 && (y[0] - 29.75).abs() < 5e-8,
        "{x:?} {y:?}"
    );
    // From a projected system of the old datum to one of the new.
    let zone = system("EPSG:2362", Some(shift));
    let new_zone = system("EPSG:4526", None);
    let across = Bridge::between(&zone, &new_zone, "v")
        .expect("given")
        .open()
        .expect("open");
    let (mut x, mut y) = (vec![38_420_000.0], vec![3_290_000.0]);
    across.run(&mut x, &mut y);
    let moved = (x[0] - 38_420_000.0).hypot(y[0] - 3_290_000.0);
    assert!((20.0..300.0).contains(&moved), "{moved}");
}

/// A project whose vegetation index lies in UTM: the run tells it in `layers`, verify
/// is silent, explain prints the way.
#[test]
fn run_records_how_layers_reached_the_grid() {
    let project = Project::copy();
    let grid = covering("EPSG:32650", [117.8, 26.8, 123.2, 31.4], 150);
    let raster = Raster {
        columns: grid.columns,
        rows: grid.rows,
        transform: [
            grid.west,
            grid.cell_width,
            0.0,
            grid.north,
            0.0,
            -grid.cell_height,
        ],
        crs: Some("EPSG:32650".into()),
        nodata: Some(-9999.0),
    };
    let cells: Vec<f32> = (0..grid.rows * grid.columns)
        .map(|at| 0.3 + noise(at) as f32 / 200.0)
        .collect();
    raster.write(&project.path("zj_ndvi_max_0p05.tif"), &cells);
    // The condition account reads the index itself, which nothing resamples.
    project.edit(", \"vegetation_index\"", "");
    let out = tempdir().expect("folder");
    let run = out.path().join("run");
    let report = project.run(&run).expect("run");
    assert_eq!(report.counties, (90, 0));
    let columns = read_parquet(&run.join("tables/layers.parquet")).expect("table");
    let texts = |name: &str| -> Vec<String> {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts
                .iter()
                .map(|one| one.clone().unwrap_or_default())
                .collect(),
            _ => panic!("{name} is no text"),
        }
    };
    let at = texts("layer")
        .iter()
        .position(|one| one == "ndvi_maximum")
        .expect("row");
    assert_eq!(texts("crs")[at], "EPSG:32650");
    assert_eq!(texts("datum")[at], "same");
    assert!(
        texts("way_en")[at].contains("EPSG:32650"),
        "{}",
        texts("way_en")[at]
    );
    let derived = texts("layer")
        .iter()
        .position(|one| one == "fractional_vegetation_cover");
    let derived = derived.expect("row");
    assert_eq!(texts("reads")[derived], "ndvi_maximum");
    assert_eq!(texts("resampling")[derived], "bilinear");
    let own = verify(&run).expect("manifest");
    assert!(
        own.differences.is_empty() && own.unread.is_empty(),
        "{:?}",
        own.differences
    );
    assert!(
        own.checked
            .iter()
            .any(|(check, count)| *check == "layers" && *count > 10)
    );
    for (language, words) in [
        ("zh", "逐像元精确换算"),
        ("en", "each cell transformed exactly"),
    ] {
        let told = Command::new(env!("CARGO_BIN_EXE_gep"))
            .args([
                "explain",
                "330127",
                "soil_retention",
                "--lang",
                language,
                "--out",
            ])
            .arg(&run)
            .output()
            .expect("gep runs");
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(
            text.contains(words) && text.contains("EPSG:32650"),
            "{text}"
        );
    }
    // A layer of a datum nobody gave parameters for is refused; with them it is read.
    let text = fs::read_to_string(project.path("gep.toml")).expect("project");
    let old = Raster {
        crs: Some("EPSG:4610".into()),
        transform: [117.5, 0.05, 0.0, 31.5, 0.0, -0.05],
        ..Raster::degrees(120, 100)
    };
    old.write(
        &project.path("zj_ndvi_max_0p05.tif"),
        &vec![0.5_f32; 12_000],
    );
    let findings = match Prepared::open(project.folder.path(), None, None) {
        Ok(_) => panic!("accepted"),
        Err(findings) => findings,
    };
    assert!(findings.has("layer-datum-differs"), "{:?}", findings.0);
    let shift = "[rasters.layers.ndvi_maximum]\ndatum_shift = { dx_m = 24.0, dy_m = -123.0, dz_m = -94.0, rx_arcsec = 0.0, ry_arcsec = 0.0, rz_arcsec = 0.0, scale_ppm = 0.0, convention = \"position_vector\", source = { zh = \"测试\", en = \"test\" } }";
    assert!(text.contains("[rasters.layers.ndvi_maximum]"));
    let with = text.replacen("[rasters.layers.ndvi_maximum]", shift, 1);
    fs::write(project.path("gep.toml"), with).expect("project");
    Prepared::open(project.folder.path(), None, None).expect("given parameters");
}

/// Each planted fault of the table `layers` is found.
#[test]
fn planted_faults_of_layers_are_found() {
    let project = Project::copy();
    let out = tempdir().expect("folder");
    let run = out.path().join("run");
    project.run(&run).expect("run");
    let faults = [
        ("kind", "picture"),
        ("path", "elsewhere.tif"),
        ("reads", "nowhere"),
        ("resampling", "cubic"),
        ("datum", "aligned"),
        ("datum_bound_m", "2"),
    ];
    let pristine = fs::read(run.join("tables/layers.parquet")).expect("table");
    let manifest = fs::read(run.join("manifest.json")).expect("manifest");
    for (name, text) in faults {
        let found = crate::audit::planted(&run, "layers", |columns| {
            let kinds = columns
                .iter()
                .find(|column| column.name == "kind")
                .expect("kind");
            let row = match &kinds.data {
                ColumnData::Text(kinds) => kinds
                    .iter()
                    .position(|kind| kind.as_deref() == Some("raster")),
                _ => None,
            };
            let column = columns
                .iter_mut()
                .find(|column| column.name == name)
                .expect("column");
            match &mut column.data {
                ColumnData::Text(values) => values[row.expect("a raster")] = Some(text.into()),
                _ => panic!("{name} is no text"),
            }
        });
        assert!(found.contains("verify-layer"), "{name}: {found:?}");
        fs::write(run.join("tables/layers.parquet"), &pristine).expect("table");
        fs::write(run.join("manifest.json"), &manifest).expect("manifest");
    }
}

/// A layer with more than 10^8 cells under one target cell is refused before anything
/// of it is read; on a finer grid the same file is read.
#[test]
fn layer_far_too_fine_is_refused() {
    let folder = tempdir().expect("folder");
    let path = folder.path().join("huge.tif");
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").expect("driver");
    let options = gdal::raster::RasterCreationOptions::from_iter(["SPARSE_OK=TRUE", "TILED=YES"]);
    let side = 20_000;
    let mut dataset = driver
        .create_with_band_type_with_options::<u8, _>(&path, side, side, 1, &options)
        .expect("new raster");
    let cell = 0.4 / side as f64;
    dataset
        .set_geo_transform(&[120.0, cell, 0.0, 30.0, 0.0, -cell])
        .expect("transform");
    dataset.set_spatial_ref(&library("EPSG:4490")).expect("crs");
    drop(dataset);
    let source = RasterSource::open(&path, None).expect("raster");
    let crs = Crs::from_definition("EPSG:4490").expect("crs");
    let mut graph = LayerGraph::new(&crs);
    graph.nodes.push(LayerNode {
        name: "v".into(),
        grid: source.grid.clone(),
        crs: source.crs.clone(),
        system: 0,
        resampling: Some(Resampling::Average),
        rule: LayerRule::Raster {
            source: Box::new(source.clone()),
            band: 1,
            scale: 1.0,
            offset: 0.0,
        },
    });
    let one = |cells: usize| GridSpec {
        columns: cells,
        rows: cells,
        west: 120.0,
        north: 30.0,
        cell_width: 0.4 / cells as f64,
        cell_height: 0.4 / cells as f64,
    };
    let window = Window {
        row: 0,
        column: 0,
        rows: 1,
        columns: 1,
    };
    let grid = one(1);
    let refused = graph.reader().read(
        0,
        Frame {
            grid: &grid,
            system: 0,
        },
        window,
    );
    assert!(refused.expect_err("too fine").has("layer-too-fine"));
    let grid = one(100);
    let read = graph.reader().read(
        0,
        Frame {
            grid: &grid,
            system: 0,
        },
        window,
    );
    assert_eq!(read.expect("values").values, [0.0]);
}
