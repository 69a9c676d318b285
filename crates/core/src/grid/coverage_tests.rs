//! Coverage against printed cases of other tools, a clipping oracle and itself.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Area of a test cell: 1 km x 1 km in mm2.
const CELL_MM2: i64 = 1_000_000_000_000;

fn grid(columns: usize, rows: usize, west: f64, north: f64) -> GridSpec {
    GridSpec {
        columns,
        rows,
        west: west * 1000.0,
        north: north * 1000.0,
        cell_width: 1000.0,
        cell_height: 1000.0,
    }
}

fn ring(points: &[(f64, f64)], hole: bool) -> Ring {
    let points = points
        .iter()
        .map(|&(x, y)| Snap::Metre.point(x * 1000.0, y * 1000.0).expect("in range"))
        .collect();
    Ring { points, hole }
}

fn layer(regions: Vec<(&str, Vec<Ring>)>) -> PolygonLayer {
    PolygonLayer {
        name: "zones".into(),
        regions: regions
            .into_iter()
            .map(|(code, rings)| CodedRegion {
                code: code.into(),
                rings,
            })
            .collect(),
    }
}

/// Cover of each cell by each piece: (piece tuple, row, column) -> mm2.
type Cover = BTreeMap<(Vec<Option<u32>>, i64, i64), i64>;

fn cover_with(grid: &GridSpec, area: &AreaModel, layers: &[PolygonLayer]) -> Cover {
    let overlaid = overlay(layers).expect("valid layers");
    let coverage = Coverage::new(grid, Snap::Metre, &overlaid.edges);
    let (first, last) = coverage.rows();
    let rows = (first.min(0), last.max(grid.rows as i64));
    let mut cover = Cover::new();
    for (at, runs) in coverage
        .runs(area, rows, grid.columns as i64)
        .iter()
        .enumerate()
    {
        let row = rows.0 + at as i64;
        for run in runs {
            // Unassigned ground is asked for inside the raster's rows only.
            if run.piece == 0 && !(0..grid.rows as i64).contains(&row) {
                continue;
            }
            for column in run.column..run.end {
                let value = match run.weight {
                    Weight::Full => area.cell_mm2(row, column),
                    Weight::Part(value) => value,
                };
                let key = (overlaid.pieces[run.piece as usize].clone(), row, column);
                *cover.entry(key).or_default() += value;
            }
        }
    }
    cover
}

fn plane() -> AreaModel {
    AreaModel::Plane { cell_mm2: CELL_MM2 }
}

/// Shares of region 0 for the cells of the grid, row by row.
fn shares(grid: &GridSpec, rings: Vec<Ring>) -> Vec<f64> {
    let cover = cover_with(grid, &plane(), &[layer(vec![("a", rings)])]);
    let mut out = Vec::new();
    for row in 0..grid.rows as i64 {
        for column in 0..grid.columns as i64 {
            let value = cover
                .get(&(vec![Some(0)], row, column))
                .copied()
                .unwrap_or(0);
            out.push(value as f64 / CELL_MM2 as f64);
        }
    }
    out
}

fn assert_shares(found: &[f64], expected: &[f64]) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
    assert_eq!(found.len(), expected.len());
}

// The next six cases are those of exactextract's test_raster_cell_intersection.cpp
// (isciences/exactextract 3b4926b), typed from their inputs and results.

#[test]
fn rectangle_over_nine_cells() {
    let square = [(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)];
    let found = shares(&grid(3, 3, 0.0, 3.0), vec![ring(&square, false)]);
    assert_shares(&found, &[0.25, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25]);
}

#[test]
fn notched_square() {
    let notched = [
        (0.5, 0.5),
        (2.5, 0.5),
        (2.5, 2.0),
        (2.0, 2.0),
        (2.0, 2.5),
        (0.5, 2.5),
    ];
    let found = shares(&grid(3, 3, 0.0, 3.0), vec![ring(&notched, false)]);
    assert_shares(&found, &[0.25, 0.5, 0.0, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25]);
}

#[test]
fn diamond_of_diagonals() {
    let diamond = [(1.5, 0.5), (2.5, 1.5), (1.5, 2.5), (0.5, 1.5)];
    let found = shares(&grid(3, 3, 0.0, 3.0), vec![ring(&diamond, false)]);
    assert_shares(&found, &[0.0, 0.25, 0.0, 0.25, 1.0, 0.25, 0.0, 0.25, 0.0]);
}

#[test]
fn ring_that_starts_on_a_cell_boundary() {
    let square = [(1.0, 1.5), (1.5, 1.5), (1.5, 0.5), (0.5, 0.5), (0.5, 1.5)];
    let found = shares(&grid(2, 2, 0.0, 2.0), vec![ring(&square, false)]);
    assert_shares(&found, &[0.25; 4]);
}

#[test]
fn ring_that_bounces_off_a_boundary() {
    let bounce = [(0.5, 1.5), (0.5, 0.5), (0.5, 0.0), (1.5, 0.5), (1.5, 1.5)];
    let found = shares(&grid(2, 3, 0.0, 2.0), vec![ring(&bounce, false)]);
    assert_shares(&found, &[0.25, 0.25, 0.4375, 0.3125, 0.0, 0.0]);
}

/// Grid -20..40 x -15..30 with cells of 0.5 x 1: the rectangle begins at column
/// 40 and row 25 and covers a block of 5 rows by 6 columns.
#[test]
fn rectangle_far_from_the_origin_lands_in_its_block() {
    let spec = GridSpec {
        cell_width: 500.0,
        ..grid(120, 45, -20.0, 30.0)
    };
    let rectangle = [(0.25, 0.20), (2.75, 0.20), (2.75, 4.5), (0.25, 4.5)];
    let cover = cover_with(
        &spec,
        &plane(),
        &[layer(vec![("a", vec![ring(&rectangle, false)])])],
    );
    let cells: Vec<(i64, i64)> = cover
        .keys()
        .filter(|key| key.0 == [Some(0)])
        .map(|key| (key.1, key.2))
        .collect();
    assert_eq!(cells.iter().map(|cell| cell.0).min(), Some(25));
    assert_eq!(cells.iter().map(|cell| cell.0).max(), Some(29));
    assert_eq!(cells.iter().map(|cell| cell.1).min(), Some(40));
    assert_eq!(cells.iter().map(|cell| cell.1).max(), Some(45));
    assert_eq!(cover[&(vec![Some(0)], 25, 40)], CELL_MM2 / 4);
}

#[test]
fn hole_is_left_out_and_an_island_in_it_comes_back() {
    let outer = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0)];
    let hole = [(1.0, 1.0), (4.0, 1.0), (4.0, 4.0), (1.0, 4.0)];
    let island = [(2.25, 2.25), (2.75, 2.25), (2.75, 2.75), (2.25, 2.75)];
    let rings = vec![ring(&outer, false), ring(&hole, true), ring(&island, false)];
    let found = shares(&grid(5, 5, 0.0, 5.0), rings);
    assert_eq!(found.iter().sum::<f64>(), 16.25);
    assert_eq!(found[12], 0.25);
}

#[test]
fn polygon_smaller_than_a_cell_keeps_its_area() {
    let tiny = [(0.30, 0.30), (0.31, 0.30), (0.31, 0.32), (0.30, 0.32)];
    let found = shares(&grid(1, 1, 0.0, 1.0), vec![ring(&tiny, false)]);
    assert_shares(&found, &[0.0002]);
}

/// A polygon that leaves the grid on all sides covers every cell wholly, and
/// what lies outside is told cell by cell outside the raster.
#[test]
fn polygon_larger_than_the_grid_is_told_inside_and_outside() {
    let big = [(-2.0, -2.0), (4.0, -2.0), (4.0, 4.0), (-2.0, 4.0)];
    let cover = cover_with(
        &grid(2, 2, 0.0, 2.0),
        &plane(),
        &[layer(vec![("a", vec![ring(&big, false)])])],
    );
    let total: i64 = cover
        .iter()
        .filter(|(key, _)| key.0 == [Some(0)])
        .map(|(_, mm2)| mm2)
        .sum();
    assert_eq!(total, 36 * CELL_MM2);
    assert_eq!(cover[&(vec![Some(0)], 1, 1)], CELL_MM2);
    assert_eq!(cover[&(vec![Some(0)], -2, 3)], CELL_MM2);
    assert!(!cover.contains_key(&(vec![None], 0, 0)));
}

#[test]
fn zero_area_ring_covers_nothing() {
    let flat = [(0.2, 0.2), (0.8, 0.8)];
    let found = shares(&grid(1, 1, 0.0, 1.0), vec![ring(&flat, false)]);
    assert_shares(&found, &[0.0]);
}

#[test]
fn crossing_edges_of_one_region_are_refused_with_their_place() {
    let bow = [(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)];
    let failures = overlay(&[layer(vec![("a", vec![ring(&bow, false)])])]).expect_err("bow tie");
    let place = Snap::Metre.point(1000.0, 1000.0).expect("point");
    assert_eq!(
        failures,
        [OverlayFailure::SelfCrossing {
            layer: 0,
            region: 0,
            place
        }]
    );
}

#[test]
fn hole_outside_its_shell_is_refused() {
    let shell = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let hole = [(2.0, 0.0), (3.0, 0.0), (3.0, 1.0), (2.0, 1.0)];
    let rings = vec![ring(&shell, false), ring(&hole, true)];
    let failures = overlay(&[layer(vec![("a", rings)])]).expect_err("hole outside");
    assert!(matches!(
        failures[0],
        OverlayFailure::HoleOutside { region: 0, .. }
    ));
}

/// The lower code keeps doubly covered ground; its area is told.
#[test]
fn overlap_goes_to_the_lower_code_and_is_measured() {
    let a = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)];
    let b = [(1.5, 0.0), (3.0, 0.0), (3.0, 2.0), (1.5, 2.0)];
    let layers = [layer(vec![
        ("a", vec![ring(&a, false)]),
        ("b", vec![ring(&b, false)]),
    ])];
    let overlaid = overlay(&layers).expect("overlay");
    assert_eq!(overlaid.overlaps.len(), 1);
    let overlap = &overlaid.overlaps[0];
    assert_eq!((overlap.lower, overlap.higher), (0, 1));
    assert_eq!(overlap.twice_area, 2 * 5_000_000 * 20_000_000);
    let cover = cover_with(&grid(3, 2, 0.0, 2.0), &plane(), &layers);
    let of = |region| -> i64 {
        cover
            .iter()
            .filter(|(key, _)| key.0 == [Some(region)])
            .map(|(_, mm2)| mm2)
            .sum()
    };
    assert_eq!((of(0), of(1)), (4 * CELL_MM2, 2 * CELL_MM2));
}

#[test]
fn enclosed_gap_is_found_and_an_open_coast_is_none() {
    let a = [
        (0.0, 0.0),
        (3.0, 0.0),
        (3.0, 1.0),
        (1.0, 1.0),
        (1.0, 2.0),
        (3.0, 2.0),
        (3.0, 3.0),
        (0.0, 3.0),
    ];
    let b = [(2.0, 1.0), (3.0, 1.0), (3.0, 2.0), (2.0, 2.0)];
    let closed = layer(vec![
        ("a", vec![ring(&a, false)]),
        ("b", vec![ring(&b, false)]),
    ]);
    let gaps = overlay(&[closed]).expect("overlay").gaps;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].twice_area, 2 * 10_000_000 * 10_000_000);
    let open = layer(vec![("a", vec![ring(&a, false)])]);
    assert!(overlay(&[open]).expect("overlay").gaps.is_empty());
}

/// Two layers: every piece is one pair, and pieces of a county add up to it.
#[test]
fn second_layer_cuts_the_first_without_changing_it() {
    let county = [(0.3, 0.2), (3.7, 0.4), (3.1, 3.6), (0.6, 3.2)];
    let sea = [(2.0, -1.0), (6.0, -1.0), (6.0, 5.0), (2.3, 5.0)];
    let spec = grid(4, 4, 0.0, 4.0);
    let alone = cover_with(
        &spec,
        &plane(),
        &[layer(vec![("a", vec![ring(&county, false)])])],
    );
    let both = cover_with(
        &spec,
        &plane(),
        &[
            layer(vec![("a", vec![ring(&county, false)])]),
            layer(vec![("sea", vec![ring(&sea, false)])]),
        ],
    );
    for row in 0..4 {
        for column in 0..4 {
            let of = |cover: &Cover, wanted: &dyn Fn(&[Option<u32>]) -> bool| -> i64 {
                cover
                    .iter()
                    .filter(|(key, _)| (key.1, key.2) == (row, column) && wanted(&key.0))
                    .map(|(_, mm2)| mm2)
                    .sum()
            };
            let before = of(&alone, &|tuple| tuple[0].is_some());
            let after = of(&both, &|tuple| tuple[0].is_some());
            // The two new vertices are rounded to the 0.1 mm lattice: each of the four
            // half edges bends by less than 0.071 mm over at most 1.42 km of a cell.
            let bend_mm2 = 4.0 * 0.071 * 1.42e6;
            assert!(
                ((before - after) as f64).abs() <= bend_mm2,
                "{row} {column}"
            );
            assert_eq!(of(&both, &|_| true), CELL_MM2);
        }
    }
}

// ---- random partitions ------------------------------------------------------

/// A partition of a square into n x n crooked quadrilaterals whose sides are
/// shared chains of several vertices.
fn partition(jitter: &[(f64, f64)], n: usize) -> Vec<Vec<(f64, f64)>> {
    let at = |i: usize, j: usize| {
        let (dx, dy) = jitter[(i * (3 * n + 1) + j) % jitter.len()];
        (
            0.37 + j as f64 * 0.61 + dx * 0.25,
            0.23 + i as f64 * 0.53 + dy * 0.22,
        )
    };
    let chain = |from: (usize, usize), to: (usize, usize)| -> Vec<(f64, f64)> {
        let steps = 3_isize;
        let step = |a: usize, b: usize, k: isize| {
            (a as isize + (b as isize - a as isize) / steps * k) as usize
        };
        (0..steps)
            .map(|k| at(step(from.0, to.0, k), step(from.1, to.1, k)))
            .collect()
    };
    let mut polygons = Vec::new();
    for i in 0..n {
        for j in 0..n {
            let (top, left) = (3 * i, 3 * j);
            let mut points = chain((top, left), (top, left + 3));
            points.extend(chain((top, left + 3), (top + 3, left + 3)));
            points.extend(chain((top + 3, left + 3), (top + 3, left)));
            points.extend(chain((top + 3, left), (top, left)));
            polygons.push(points);
        }
    }
    polygons
}

/// Area of a ring inside a cell by Sutherland-Hodgman clipping in plain f64: a
/// witness that shares nothing with the scan.
fn clipped_area(points: &[(f64, f64)], west: f64, south: f64) -> f64 {
    let mut polygon = points.to_vec();
    let sides: [(usize, f64, f64); 4] = [
        (0, west, 1.0),
        (0, west + 1.0, -1.0),
        (1, south, 1.0),
        (1, south + 1.0, -1.0),
    ];
    for (axis, line, side) in sides {
        let get = |p: (f64, f64)| if axis == 0 { p.0 } else { p.1 };
        let mut kept = Vec::new();
        for (at, &here) in polygon.iter().enumerate() {
            let before = polygon[(at + polygon.len() - 1) % polygon.len()];
            let (d0, d1) = ((get(before) - line) * side, (get(here) - line) * side);
            if (d0 < 0.0) != (d1 < 0.0) {
                let t = d0 / (d0 - d1);
                kept.push((
                    before.0 + t * (here.0 - before.0),
                    before.1 + t * (here.1 - before.1),
                ));
            }
            if d1 >= 0.0 {
                kept.push(here);
            }
        }
        polygon = kept;
    }
    let mut twice = 0.0;
    for (at, &(x, y)) in polygon.iter().enumerate() {
        let (nx, ny) = polygon[(at + 1) % polygon.len()];
        twice += x * ny - nx * y;
    }
    (twice / 2.0).abs()
}

fn crooked_areas(grid: &GridSpec) -> AreaModel {
    let plan = SurfacePlan::new(grid, 1.0, (-4, -4), (12, 12));
    let mut areas = Vec::new();
    for row in 0..plan.node_rows() {
        let points: Vec<AuthalicPoint> = plan
            .probes(row)
            .iter()
            .map(|(x, y)| AuthalicPoint {
                longitude: x * (1.0 + 3e-7 * x),
                zone_area_m2: y * (1.0 - 2e-7 * y),
            })
            .collect();
        areas.extend(plan.node_areas(&points));
    }
    AreaModel::Projected(plan.build(areas))
}

fn geographic(grid: &GridSpec) -> AreaModel {
    // Kilometre numbers read as degrees / 1000: a strip between 0 and 8 degrees.
    let grid = GridSpec {
        west: grid.west / 1000.0,
        north: grid.north / 1000.0,
        cell_width: 1.0,
        cell_height: 1.0,
        ..grid.clone()
    };
    AreaModel::Geographic {
        grid,
        ellipsoid: Ellipsoid::new(6_378_137.0, 298.257_222_101),
    }
}

fn regions(polygons: &[Vec<(f64, f64)>]) -> Vec<(String, Vec<Ring>)> {
    polygons
        .iter()
        .enumerate()
        .map(|(at, points)| (format!("{at:03}"), vec![ring(points, false)]))
        .collect()
}

fn named(regions: &[(String, Vec<Ring>)]) -> PolygonLayer {
    layer(
        regions
            .iter()
            .map(|(code, rings)| (code.as_str(), rings.clone()))
            .collect(),
    )
}

fn jitters() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 113)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Every cell is shared out to the last mm2, on all three kinds of area.
    #[test]
    fn partition_conserves_every_cell(jitter in jitters()) {
        let spec = grid(8, 7, 0.0, 7.0);
        let layers = [named(&regions(&partition(&jitter, 4)))];
        for area in [plane(), geographic(&spec), crooked_areas(&spec)] {
            let cover = cover_with(&spec, &area, &layers);
            for row in 0..7 {
                for column in 0..8 {
                    let sum: i64 = cover
                        .iter()
                        .filter(|(key, _)| (key.1, key.2) == (row, column))
                        .map(|(_, mm2)| mm2)
                        .sum();
                    prop_assert_eq!(sum, area.cell_mm2(row, column));
                }
            }
        }
    }

    /// Each cell's share agrees with a clipping oracle to 1e-9 of a cell.
    #[test]
    fn shares_agree_with_clipping(jitter in jitters()) {
        let spec = grid(8, 7, 0.0, 7.0);
        let polygons = partition(&jitter, 4);
        let cover = cover_with(&spec, &plane(), &[named(&regions(&polygons))]);
        for (region, points) in polygons.iter().enumerate() {
            for row in 0..7_i64 {
                for column in 0..8_i64 {
                    let found = cover
                        .get(&(vec![Some(region as u32)], row, column))
                        .copied()
                        .unwrap_or(0) as f64 / CELL_MM2 as f64;
                    let expected = clipped_area(points, column as f64, 6.0 - row as f64);
                    // The lattice is 1e-7 of a cell here: vertices may move half of it.
                    prop_assert!((found - expected).abs() < 2e-7, "{} {}", found, expected);
                }
            }
        }
    }

    /// Merging two regions, in one feature or two, changes no other region and
    /// gives exactly their sum; so does starting rings elsewhere or reversing them.
    #[test]
    fn merge_permute_and_reverse_change_nothing(jitter in jitters(), turn in 0_usize..12) {
        let spec = grid(8, 7, 0.0, 7.0);
        let polygons = partition(&jitter, 4);
        for area in [geographic(&spec), crooked_areas(&spec)] {
            let whole = cover_with(&spec, &area, &[named(&regions(&polygons))]);
            let mut other = regions(&polygons);
            for (_, rings) in &mut other {
                rings[0].points.rotate_left(turn);
                if turn % 2 == 0 {
                    rings[0].points.reverse();
                }
            }
            prop_assert_eq!(&cover_with(&spec, &area, &[named(&other)]), &whole);
            // Regions 5 and 6 are neighbours: 6 is given to 5.
            let mut merged = other.clone();
            let moved = merged[6].1.remove(0);
            merged[5].1.push(moved);
            let cover = cover_with(&spec, &area, &[named(&merged)]);
            for row in 0..7_i64 {
                for column in 0..8_i64 {
                    let of = |cover: &Cover, region: u32| {
                        cover.get(&(vec![Some(region)], row, column)).copied().unwrap_or(0)
                    };
                    prop_assert_eq!(of(&cover, 5), of(&whole, 5) + of(&whole, 6));
                    prop_assert_eq!(of(&cover, 10), of(&whole, 10));
                }
            }
        }
    }

    /// A region cut in two along existing vertices keeps its total to the integer,
    /// and its uncut neighbours do not move.
    #[test]
    fn cut_along_vertices_changes_nothing(jitter in jitters()) {
        let spec = grid(8, 7, 0.0, 7.0);
        let polygons = partition(&jitter, 4);
        let area = geographic(&spec);
        let whole = cover_with(&spec, &area, &[named(&regions(&polygons))]);
        let mut cut = polygons.clone();
        // Crooked quadrilaterals are star-shaped enough for a short corner cut.
        let (first, second) = (vec![cut[5][0], cut[5][1], cut[5][2]], {
            let mut rest = cut[5].clone();
            rest.remove(1);
            rest
        });
        cut[5] = first;
        cut.push(second);
        prop_assume!(overlay(&[named(&regions(&cut))]).is_ok_and(|o| o.overlaps.is_empty()));
        let parts = cover_with(&spec, &area, &[named(&regions(&cut))]);
        for row in -1..8_i64 {
            for column in -1..9_i64 {
                let of = |cover: &Cover, region: u32| {
                    cover.get(&(vec![Some(region)], row, column)).copied().unwrap_or(0)
                };
                prop_assert_eq!(of(&parts, 5) + of(&parts, 16), of(&whole, 5));
                for region in (0..16).filter(|&region| region != 5) {
                    prop_assert_eq!(of(&parts, region), of(&whole, region));
                }
            }
        }
    }
}
