//! Integer coordinates and the exact predicates on them.

use std::cmp::Ordering;

/// A point on the integer lattice of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Eastward coordinate, in lattice units.
    pub x: i64,
    /// Northward coordinate, in lattice units.
    pub y: i64,
}

/// The lattice that coordinates are put on: 1e-9 degree or 0.1 mm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snap {
    /// Billionths of a degree.
    Degree,
    /// Tenths of a millimetre (of the reference system's metre).
    Metre,
}

impl Snap {
    /// Returns how many lattice units make one unit of the reference system.
    pub fn units_per_one(self) -> f64 {
        match self {
            Self::Degree => 1e9,
            Self::Metre => 1e4,
        }
    }

    /// Puts a coordinate pair on the lattice; `None` if it is not finite or too
    /// large for exact arithmetic (2^40 units: about 1.1e8 m or 1100 degrees).
    pub fn point(self, x: f64, y: f64) -> Option<Point> {
        let snap = |value: f64| {
            let scaled = (value * self.units_per_one()).round();
            (scaled.abs() < (1_i64 << 40) as f64).then_some(scaled as i64)
        };
        Some(Point {
            x: snap(x)?,
            y: snap(y)?,
        })
    }

    /// Returns the coordinates of a lattice point.
    pub fn coordinates(self, point: Point) -> (f64, f64) {
        (
            point.x as f64 / self.units_per_one(),
            point.y as f64 / self.units_per_one(),
        )
    }
}

/// Returns twice the signed area of a triangle: positive if `c` lies left of a→b.
pub(super) fn cross(a: Point, b: Point, c: Point) -> i128 {
    let (abx, aby) = (i128::from(b.x - a.x), i128::from(b.y - a.y));
    let (acx, acy) = (i128::from(c.x - a.x), i128::from(c.y - a.y));
    abx * acy - aby * acx
}

/// Returns whether `p`, known to be on the line through a and b, lies strictly
/// between them.
fn strictly_between(a: Point, b: Point, p: Point) -> bool {
    p != a && p != b && (a.min(b)..=a.max(b)).contains(&p)
}

/// How two segments meet, as far as one of them must be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// They share at most end points.
    Apart,
    /// An end point of one lies inside the other, or they overlap on a line:
    /// up to two points for each that lie inside it.
    Touch {
        inside_first: [Option<Point>; 2],
        inside_second: [Option<Point>; 2],
    },
    /// They cross inside both; the crossing rounded to the lattice.
    Cross(Point),
}

/// Tells how the segments ab and cd meet. Exact but for the rounded crossing.
pub(super) fn meeting(a: Point, b: Point, c: Point, d: Point) -> Meeting {
    let (dc, dd) = (cross(a, b, c), cross(a, b, d));
    if (dc > 0 && dd > 0) || (dc < 0 && dd < 0) {
        return Meeting::Apart;
    }
    let (da, db) = (cross(c, d, a), cross(c, d, b));
    if (da > 0 && db > 0) || (da < 0 && db < 0) {
        return Meeting::Apart;
    }
    if dc != 0 && dd != 0 && da != 0 && db != 0 {
        return Meeting::Cross(crossing(a, b, da, db));
    }
    let on = |distance: i128, p: Point, from: Point, to: Point| {
        (distance == 0 && strictly_between(from, to, p)).then_some(p)
    };
    let inside_first = [on(dc, c, a, b), on(dd, d, a, b)];
    let inside_second = [on(da, a, c, d), on(db, b, c, d)];
    if inside_first == [None; 2] && inside_second == [None; 2] {
        return Meeting::Apart;
    }
    Meeting::Touch {
        inside_first,
        inside_second,
    }
}

/// Returns the point of ab whose distances to the other line are `da` and `db`
/// (of opposite sign), rounded to the lattice.
fn crossing(a: Point, b: Point, da: i128, db: i128) -> Point {
    let (numerator, denominator) = if da > 0 {
        (da, da - db)
    } else {
        (-da, db - da)
    };
    let along = |from: i64, to: i64| {
        let product = i128::from(to - from) * numerator;
        let rounded = (2 * product + denominator).div_euclid(2 * denominator);
        from + rounded as i64
    };
    Point {
        x: along(a.x, b.x),
        y: along(a.y, b.y),
    }
}

/// Orders directions counter-clockwise from east. Exact.
pub(super) fn by_angle(from: Point, left: Point, right: Point) -> Ordering {
    let half = |p: Point| {
        let (dx, dy) = (p.x - from.x, p.y - from.y);
        u8::from(dy < 0 || (dy == 0 && dx < 0))
    };
    half(left)
        .cmp(&half(right))
        .then_with(|| cross(from, left, right).cmp(&0).reverse())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(x: i64, y: i64) -> Point {
        Point { x, y }
    }

    #[test]
    fn crossing_is_rounded_to_the_nearest_lattice_point() {
        assert_eq!(
            meeting(p(0, 0), p(10, 10), p(0, 9), p(9, 0)),
            Meeting::Cross(p(5, 5))
        );
        assert_eq!(
            meeting(p(0, 0), p(10, 0), p(2, 5), p(3, -5)),
            Meeting::Cross(p(3, 0))
        );
    }

    #[test]
    fn touching_inside_is_told_from_sharing_an_end() {
        assert_eq!(meeting(p(0, 0), p(4, 0), p(4, 0), p(4, 4)), Meeting::Apart);
        assert_eq!(
            meeting(p(0, 0), p(4, 0), p(2, 0), p(2, 4)),
            Meeting::Touch {
                inside_first: [Some(p(2, 0)), None],
                inside_second: [None, None]
            }
        );
        assert_eq!(
            meeting(p(0, 0), p(4, 0), p(2, 0), p(6, 0)),
            Meeting::Touch {
                inside_first: [Some(p(2, 0)), None],
                inside_second: [None, Some(p(4, 0))]
            }
        );
    }

    #[test]
    fn largest_coordinates_do_not_overflow() {
        let m = 1_i64 << 40;
        let far = meeting(p(-m, -m), p(m, m), p(-m, m), p(m, -m));
        assert_eq!(far, Meeting::Cross(p(0, 0)));
    }
}
