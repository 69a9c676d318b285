//! Which region a point between lattice points lies in, its borders included.

use std::collections::BTreeSet;

use super::node::{Point, cross};
use super::overlay::PolygonLayer;
use super::overlay_index::SegmentIndex;

/// Points this near to a border are on it, in lattice units: about 1 mm. Two files of
/// one coast whose corners differ by a rounding share the coast.
pub(super) const ON_BORDER: i64 = 10;

/// An edge of a region's ring, from its smaller to its larger end.
pub(super) type RegionEdge = (Point, Point, u32);

/// Finds regions at heights.
pub(super) struct Locator<'a> {
    index: &'a SegmentIndex,
    edges: &'a [RegionEdge],
}

/// Lists the edges of the regions that count.
pub(super) fn region_edges(zones: &PolygonLayer, counts: &dyn Fn(u32) -> bool) -> Vec<RegionEdge> {
    let mut edges = Vec::new();
    for (region, coded) in zones.regions.iter().enumerate() {
        let region = region as u32;
        if !counts(region) {
            continue;
        }
        for ring in &coded.rings {
            for (at, &from) in ring.points.iter().enumerate() {
                let to = ring.points[(at + 1) % ring.points.len()];
                if from != to {
                    edges.push((from.min(to), from.max(to), region));
                }
            }
        }
    }
    edges
}

fn doubled(point: Point) -> Point {
    Point {
        x: 2 * point.x,
        y: 2 * point.y,
    }
}

impl<'a> Locator<'a> {
    /// `index` holds the edges first, whatever stands behind them.
    pub(super) fn new(index: &'a SegmentIndex, edges: &'a [RegionEdge]) -> Self {
        Self { index, edges }
    }

    /// Returns the first region (in the order of codes) that covers the middle of two
    /// points or has it on its border; `None` outside all.
    pub(super) fn region_at_middle(&self, from: Point, to: Point) -> Option<u32> {
        let middle = Point {
            x: from.x + to.x,
            y: from.y + to.y,
        };
        let height = middle.y.div_euclid(2);
        let mut near = BTreeSet::new();
        for y in [height - ON_BORDER - 1, height, height + ON_BORDER + 1] {
            self.index.for_each_at_height(y, |edge| {
                if edge < self.edges.len() {
                    near.insert(edge);
                }
            });
        }
        let mut inside: BTreeSet<u32> = BTreeSet::new();
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for edge in near {
            let (a, b, region) = self.edges[edge];
            let (a, b) = (doubled(a), doubled(b));
            if touches(a, b, middle) {
                touched.insert(region);
            }
            // A ray to the east crosses the edge: once more, once less.
            let (south, north) = if a.y <= b.y { (a, b) } else { (b, a) };
            let level = south.y <= middle.y && middle.y < north.y;
            if level && cross(south, north, middle) > 0 && !inside.remove(&region) {
                inside.insert(region);
            }
        }
        inside.union(&touched).min().copied()
    }
}

/// Whether a point lies within [`ON_BORDER`] of an edge; all in doubled units.
fn touches(a: Point, b: Point, p: Point) -> bool {
    let most = (2 * ON_BORDER) as f64;
    let (dx, dy) = ((b.x - a.x) as f64, (b.y - a.y) as f64);
    let (px, py) = ((p.x - a.x) as f64, (p.y - a.y) as f64);
    let squared = dx * dx + dy * dy;
    let along = px * dx + py * dy;
    if along <= 0.0 {
        return (px * px + py * py).sqrt() <= most;
    }
    if along >= squared {
        let (qx, qy) = ((p.x - b.x) as f64, (p.y - b.y) as f64);
        return (qx * qx + qy * qy).sqrt() <= most;
    }
    // The cross product is exact; only its quotient is rounded.
    (cross(a, b, p) as f64).abs() / squared.sqrt() <= most
}
