//! Lines on small maps: pieces add up, borders have one owner, nothing counts twice.

use super::*;

fn p(x: f64, y: f64) -> Point {
    Snap::Degree.point(x, y).expect("a point")
}

fn ring(points: &[(f64, f64)]) -> Ring {
    Ring {
        points: points.iter().map(|(x, y)| p(*x, *y)).collect(),
        hole: false,
    }
}

fn layer(regions: &[(&str, &[(f64, f64)])]) -> PolygonLayer {
    PolygonLayer {
        name: "zones".into(),
        regions: regions
            .iter()
            .map(|(code, points)| CodedRegion {
                code: (*code).into(),
                rings: vec![ring(points)],
            })
            .collect(),
    }
}

/// Land west of 120.2 E, sea east of it, both from 29.8 to 30 N.
fn coast() -> PolygonLayer {
    layer(&[
        (
            "330001",
            &[(120.0, 29.8), (120.2, 29.8), (120.2, 30.0), (120.0, 30.0)],
        ),
        (
            "sea:1",
            &[(120.2, 29.8), (120.4, 29.8), (120.4, 30.0), (120.2, 30.0)],
        ),
    ])
}

fn line(code: &str, points: &[(f64, f64)]) -> CodedLine {
    CodedLine {
        code: code.into(),
        parts: vec![points.iter().map(|(x, y)| p(*x, *y)).collect()],
    }
}

fn grs80() -> Ellipsoid {
    Ellipsoid::new(6_378_137.0, 298.257_222_101)
}

fn lengths(
    lines: &[CodedLine],
    zones: &PolygonLayer,
    counts: &dyn Fn(u32) -> bool,
) -> std::collections::BTreeMap<(usize, Option<u32>), i128> {
    let cut = cut_lines(lines, zones, counts).expect("no overlap");
    let degrees = |point| Some(Snap::Degree.coordinates(point));
    cut.lengths(&grs80(), &degrees).expect("lengths")
}

fn whole_mm(points: &[(f64, f64)]) -> i128 {
    let steps = points.windows(2);
    let metres: f64 = steps
        .map(|step| grs80().distance_m(step[0], step[1]).expect("a distance"))
        .sum();
    (metres * 1000.0).round() as i128
}

/// A line through land and sea and out of both: three pieces, the whole to the mm.
#[test]
fn pieces_add_up_to_the_geodesic_length() {
    let points = [
        (119.95, 29.91),
        (120.13, 29.87),
        (120.31, 29.93),
        (120.47, 29.9),
    ];
    let all = |_| true;
    let found = lengths(&[line("c", &points)], &coast(), &all);
    let keys: Vec<_> = found.keys().map(|(_, region)| *region).collect();
    assert_eq!(keys, [None, Some(0), Some(1)]);
    assert!(found.values().all(|length| *length > 0));
    let whole = whole_mm(&points);
    assert!((found.values().sum::<i128>() - whole).abs() <= 1);
    // Drawn the other way, and with the borders of nothing: the same whole.
    let mut back = points;
    back.reverse();
    assert_eq!(lengths(&[line("c", &back)], &coast(), &all), found);
    let alone = lengths(&[line("c", &points)], &coast(), &|_| false);
    assert_eq!(alone[&(0, None)], found.values().sum::<i128>());
}

/// A coast along the border of land and sea is the land's in an account of both or of
/// land, and the sea's in an account of the sea; nothing of it is left over.
#[test]
fn a_border_has_one_owner() {
    let points = [(120.2, 29.8), (120.2, 29.93), (120.2, 30.0)];
    let own = line("c", &points);
    for (counts, owner) in [
        (&(|_| true) as &dyn Fn(u32) -> bool, 0),
        (&|region| region == 0, 0),
        (&|region| region == 1, 1),
    ] {
        let found = lengths(std::slice::from_ref(&own), &coast(), counts);
        assert_eq!(found[&(0, Some(owner))], whole_mm(&points));
        assert_eq!(found[&(0, None)], 0);
        assert_eq!(found.len(), 2);
    }
}

/// Corners that were rounded otherwise still lie on the border; a line a metre off
/// does not.
#[test]
fn a_rounding_is_on_the_border_and_a_metre_is_not() {
    let sea = |region| region == 1;
    let near = line("c", &[(120.2 - 5e-9, 29.81), (120.2 - 5e-9, 29.99)]);
    let found = lengths(&[near], &coast(), &sea);
    assert_eq!(found[&(0, None)], 0);
    let off = line("c", &[(120.2 - 1e-5, 29.81), (120.2 - 1e-5, 29.99)]);
    let found = lengths(&[off], &coast(), &sea);
    assert!(found[&(0, None)] > 19_000_000);
    assert_eq!(found.len(), 1);
}

/// A coast in a hole of a region and on the far side of a gulf are outside it.
#[test]
fn holes_are_outside() {
    let mut zones = coast();
    zones.regions.pop();
    let mut hole = ring(&[
        (120.05, 29.85),
        (120.15, 29.85),
        (120.15, 29.95),
        (120.05, 29.95),
    ]);
    hole.hole = true;
    zones.regions[0].rings.push(hole);
    let points = [(120.02, 29.9), (120.18, 29.9)];
    let found = lengths(&[line("c", &points)], &zones, &|_| true);
    let third = whole_mm(&[(120.05, 29.9), (120.15, 29.9)]);
    assert!((found[&(0, None)] - third).abs() <= 1, "{found:?}");
    assert_eq!(found.values().sum::<i128>(), whole_mm(&points));
}

/// Cutting a county along its vertices moves no other piece.
#[test]
fn a_finer_border_moves_nothing_else() {
    let points = [(119.9, 29.85), (120.45, 29.95)];
    let before = lengths(&[line("c", &points)], &coast(), &|_| true);
    let finer = layer(&[
        (
            "330001",
            &[(120.0, 29.8), (120.1, 29.8), (120.1, 30.0), (120.0, 30.0)],
        ),
        (
            "330002",
            &[(120.1, 29.8), (120.2, 29.8), (120.2, 30.0), (120.1, 30.0)],
        ),
        (
            "sea:1",
            &[(120.2, 29.8), (120.4, 29.8), (120.4, 30.0), (120.2, 30.0)],
        ),
    ]);
    let after = lengths(&[line("c", &points)], &finer, &|_| true);
    assert_eq!(
        after[&(0, Some(0))] + after[&(0, Some(1))],
        before[&(0, Some(0))]
    );
    assert_eq!(after[&(0, Some(2))], before[&(0, Some(1))]);
    assert_eq!(after[&(0, None)], before[&(0, None)]);
}

/// Two lines along each other would count a coast twice; lines that cross or follow
/// each other do not.
#[test]
fn lines_along_each_other_are_refused() {
    let one = line("a", &[(120.05, 29.9), (120.15, 29.9)]);
    let along = line("b", &[(120.1, 29.9), (120.3, 29.9)]);
    let refused = cut_lines(&[one.clone(), along], &coast(), &|_| true).expect_err("refused");
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].first, refused[0].second), (0, 1));
    assert_eq!(refused[0].place, p(120.1, 29.9));
    let spike = line("a", &[(120.05, 29.9), (120.15, 29.9), (120.1, 29.9)]);
    assert!(cut_lines(&[spike], &coast(), &|_| true).is_err());
    let crossing = line("b", &[(120.1, 29.85), (120.1, 29.95)]);
    let next = line("c", &[(120.15, 29.9), (120.3, 29.9)]);
    assert!(cut_lines(&[one, crossing, next], &coast(), &|_| true).is_ok());
}

/// A zigzag over a border a thousand times: the pieces still add up to the mm.
#[test]
fn many_cuts_add_up() {
    let points: Vec<(f64, f64)> = (0..1001)
        .map(|at| {
            let side = if at % 2 == 0 { -1.0 } else { 1.0 };
            (120.2 + side * 0.013, 29.85 + f64::from(at) * 1e-4)
        })
        .collect();
    let found = lengths(&[line("c", &points)], &coast(), &|_| true);
    assert_eq!(found.values().sum::<i128>(), whole_mm(&points));
    assert_eq!(found[&(0, None)], 0);
    assert!((found[&(0, Some(0))] - found[&(0, Some(1))]).abs() < 2_000);
}

/// A point without a place on the earth is told by its line.
#[test]
fn a_point_off_the_earth_is_an_error() {
    let lines = [line("a", &[(120.05, 29.9), (120.15, 29.9)])];
    let cut = cut_lines(&lines, &coast(), &|_| true).expect("no overlap");
    assert_eq!(cut.lengths(&grs80(), &|_| None), Err(0));
}
