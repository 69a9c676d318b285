//! Cell areas of projected grids against exact polygon areas.

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gep::source::gdal::{Crs, area_model};
use gep_core::grid::{Ellipsoid, GridSpec};

/// Exact area of a cell: its outline in many points, taken back to longitude and
/// latitude, as a polygon in the plane of longitude and zone area.
fn polygon_mm2(definition: &str, grid: &GridSpec, row: i64, column: i64) -> f64 {
    let srs = |text: &str| {
        let mut srs = SpatialRef::from_definition(text).expect("crs");
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        srs
    };
    let from = srs(definition);
    let mut base = from.geog_cs().expect("base");
    base.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let ellipsoid = {
        let (a, b) = (from.semi_major().expect("a"), from.semi_minor().expect("b"));
        Ellipsoid::new(a, a / (a - b))
    };
    let transform = CoordTransform::new(&from, &base).expect("transformation");
    // Taken 64 cells at once, so that differences keep their digits.
    let block = 64.0;
    let (x, y) = grid.centre(row, column);
    let (w, h) = (grid.cell_width * block, grid.cell_height * block);
    let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
    let steps = 200;
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for side in 0..4 {
        let ((ax, ay), (bx, by)) = (corners[side], corners[(side + 1) % 4]);
        for step in 0..steps {
            let t = f64::from(step) / f64::from(steps);
            xs.push(x + w * (ax + t * (bx - ax)));
            ys.push(y + h * (ay + t * (by - ay)));
        }
    }
    transform
        .transform_coords(&mut xs, &mut ys, &mut [])
        .expect("inverse");
    let points: Vec<(f64, f64)> = xs
        .iter()
        .zip(&ys)
        .map(|(x, y)| (x.to_radians(), ellipsoid.zone_area_m2(*y)))
        .collect();
    let (ox, oy) = points[0];
    let mut twice = 0.0;
    for pair in points.windows(2) {
        twice += (pair[0].0 - ox) * (pair[1].1 - oy) - (pair[1].0 - ox) * (pair[0].1 - oy);
    }
    twice.abs() / 2.0 * 1e6 / (block * block)
}

/// The promise of the area model: within 1e-8 of the exact polygon area, for
/// Gauss-Krueger, UTM and Albers, at the middle and at the far ends of a row.
#[test]
fn projected_cell_areas_are_exact_to_a_hundred_millionth() {
    let albers = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +ellps=GRS80 +units=m +no_defs";
    let cases = [
        ("EPSG:4549", 350_000.0, 3_400_000.0),
        ("EPSG:32651", 350_000.0, 3_400_000.0),
        (albers, 1_300_000.0, 3_500_000.0),
    ];
    for (definition, west, north) in cases {
        for (cell, size) in [(30.0, 10_000_usize), (150.0, 2_000), (10.0, 30_000)] {
            let grid = GridSpec {
                columns: size,
                rows: size,
                west,
                north,
                cell_width: cell,
                cell_height: cell,
            };
            let last = size as i64 - 1;
            let places = [
                (0, 0),
                (0, last),
                (last, last / 2 + 13),
                (last / 3 + 5, last - 77),
                (last / 2 + 7, 311),
            ];
            for (row, column) in places {
                let crs = Crs::from_definition(definition).expect("crs");
                let area = area_model(&crs, &grid, (row, column), (row, column)).expect("areas");
                let found = area.cell_mm2(row, column) as f64;
                let exact = polygon_mm2(definition, &grid, row, column);
                // The mean of 64 x 64 cells differs from the middle cell by the bend
                // of the scale: 64^2 cell^2 / 24 times 2 / R^2, here at most 4e-9 x 4.
                let bend = (64.0 * cell).powi(2) / 12.0 / 6.37e6_f64.powi(2);
                let off = (found / exact - 1.0).abs();
                assert!(
                    off < 1e-8 + bend,
                    "{definition} {cell} m {row} {column}: {off:e}"
                );
            }
        }
    }
}

/// The areal scale of a Gauss-Krueger grid changes along a row: a model of one
/// area a row would be wrong by 5e-4, and this test would see it.
#[test]
fn areas_change_along_a_row_of_a_transverse_projection() {
    let grid = GridSpec {
        columns: 10_000,
        rows: 10,
        west: 350_000.0,
        north: 3_400_000.0,
        cell_width: 30.0,
        cell_height: 30.0,
    };
    let crs = Crs::from_definition("EPSG:4549").expect("crs");
    let area = area_model(&crs, &grid, (0, 0), (9, 9_999)).expect("areas");
    let (edge, middle) = (area.cell_mm2(5, 0), area.cell_mm2(5, 5_000));
    let change = middle as f64 / edge as f64 - 1.0;
    assert!((change - 5.5e-4).abs() < 0.3e-4, "{change:e}");
    let mut row = vec![0; 10_000];
    area.row_mm2(5, 0, &mut row);
    assert!((0..10_000).all(|column| row[column] == area.cell_mm2(5, column as i64)));
}
