//! Lines cut by regions: lengths in whole millimetres that add up to the line.
//!
//! Length model. An edge between two corners of a line is as long as the geodesic
//! between them on the ellipsoid, in whole nanometres. Where a border cuts the edge,
//! the cut lies at the share of the edge that the geodesics to both ends have. Places
//! on a line are counted from its beginning and rounded to the millimetre once; a
//! piece is the difference of the places of its ends. So the pieces add up to the
//! whole, and a cut more or less moves no other piece. A line has the same pieces
//! whichever way it was drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::ellipsoid::Ellipsoid;
use super::lines_locate::{Locator, region_edges};
use super::node::{Meeting, Point, cross, meeting};
use super::overlay::PolygonLayer;
use super::overlay_index::SegmentIndex;

/// A line of one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedLine {
    /// The id, unique in its layer.
    pub code: String,
    /// Its parts: corners in the order of the file, none twice in a row.
    pub parts: Vec<Vec<Point>>,
}

/// Two lines (or one with itself) that run along each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineOverlap {
    /// Index of the first line.
    pub first: usize,
    /// Index of the second line; the same where a line runs along itself.
    pub second: usize,
    /// A point where they begin to do so.
    pub place: Point,
}

/// An edge of a line with the points it is cut at and the regions between them.
#[derive(Clone, Debug)]
struct CutEdge {
    line: usize,
    /// Both ends and the cuts between them, in the line's direction.
    points: Vec<Point>,
    /// The region of each step from a point to the next.
    regions: Vec<Option<u32>>,
}

/// Lines cut at the borders of regions.
#[derive(Clone, Debug)]
pub struct CutLines {
    edges: Vec<CutEdge>,
    lines: usize,
}

/// Length in mm of each line (by index) in each region, `None` outside all.
pub type LineLengths = BTreeMap<(usize, Option<u32>), i128>;

/// Cuts lines at the borders of the regions that count. A step along a border that
/// two of them share belongs to the one with the lower code; where only one of the
/// sides counts it is that one's.
///
/// # Errors
///
/// All pairs of lines that run along each other: such a coast would count twice.
pub fn cut_lines(
    lines: &[CodedLine],
    zones: &PolygonLayer,
    counts: &dyn Fn(u32) -> bool,
) -> Result<CutLines, Vec<LineOverlap>> {
    let borders = region_edges(zones, counts);
    let owned = line_edges(lines);
    let mut all: Vec<(Point, Point)> = borders.iter().map(|(a, b, _)| (*a, *b)).collect();
    all.extend(owned.iter().map(|(_, a, b)| (*a.min(b), *a.max(b))));
    let index = SegmentIndex::new(&all);
    let mut cuts: Vec<BTreeSet<Point>> = vec![BTreeSet::new(); owned.len()];
    let mut overlaps = BTreeSet::new();
    index.for_each_near_pair(|first, second| {
        let (border, other) = (first < borders.len(), second < borders.len());
        match (border, other) {
            (true, false) => cut(all[second], all[first], &mut cuts[second - borders.len()]),
            (false, false) => {
                let place = along_each_other(all[first], all[second]);
                let [one, two] = [first, second].map(|edge| owned[edge - borders.len()].0);
                overlaps.extend(place.map(|place| LineOverlap {
                    first: one.min(two),
                    second: one.max(two),
                    place,
                }));
            }
            _ => {}
        }
    });
    if !overlaps.is_empty() {
        return Err(overlaps.into_iter().collect());
    }
    let locator = Locator::new(&index, &borders);
    let edges = owned
        .iter()
        .zip(cuts)
        .map(|((line, from, to), cuts)| {
            let points = chain(*from, *to, cuts);
            let steps = points.windows(2);
            CutEdge {
                line: *line,
                regions: steps
                    .map(|step| locator.region_at_middle(step[0], step[1]))
                    .collect(),
                points,
            }
        })
        .collect();
    Ok(CutLines {
        edges,
        lines: lines.len(),
    })
}

/// Edges of all lines in a direction that does not depend on how they were drawn.
fn line_edges(lines: &[CodedLine]) -> Vec<(usize, Point, Point)> {
    let mut edges = Vec::new();
    for (line, coded) in lines.iter().enumerate() {
        let mut parts: Vec<Vec<Point>> = coded.parts.clone();
        for part in &mut parts {
            let backwards: Vec<Point> = part.iter().rev().copied().collect();
            if backwards < *part {
                *part = backwards;
            }
        }
        parts.sort();
        for part in parts {
            edges.extend(part.windows(2).map(|step| (line, step[0], step[1])));
        }
    }
    edges
}

/// Adds the points inside an edge where a border meets it.
fn cut((a, b): (Point, Point), (c, d): (Point, Point), cuts: &mut BTreeSet<Point>) {
    match meeting(a, b, c, d) {
        Meeting::Apart => {}
        Meeting::Touch { inside_first, .. } => cuts.extend(inside_first.into_iter().flatten()),
        Meeting::Cross(point) => {
            // A crossing may round onto an end: the edge stays whole there.
            if point != a && point != b {
                cuts.insert(point);
            }
        }
    }
}

/// Returns where two edges begin to run along each other.
fn along_each_other((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    let on_one_line = cross(a, b, c) == 0 && cross(a, b, d) == 0;
    let (from, to) = (a.max(c), b.min(d));
    (on_one_line && from < to).then_some(from)
}

/// Orders cuts along an edge.
fn chain(from: Point, to: Point, cuts: BTreeSet<Point>) -> Vec<Point> {
    let (dx, dy) = (i128::from(to.x - from.x), i128::from(to.y - from.y));
    let along = |p: &Point| i128::from(p.x - from.x) * dx + i128::from(p.y - from.y) * dy;
    let mut points: Vec<Point> = cuts.into_iter().collect();
    points.sort_by_key(|point| (along(point), *point));
    points.insert(0, from);
    points.push(to);
    points
}

impl CutLines {
    /// Measures the pieces. `degrees` gives longitude and latitude of a lattice point.
    ///
    /// Every line has an entry for `None`, zero if all of it lies in regions.
    ///
    /// # Errors
    ///
    /// The index of a line with an edge that has no length: a point the reference
    /// system does not reach, or ends nearly opposite each other on the earth.
    pub fn lengths(
        &self,
        ellipsoid: &Ellipsoid,
        degrees: &dyn Fn(Point) -> Option<(f64, f64)>,
    ) -> Result<LineLengths, usize> {
        let mut lengths: LineLengths = (0..self.lines).map(|line| ((line, None), 0)).collect();
        let mut so_far_nm: BTreeMap<usize, i128> = BTreeMap::new();
        for edge in &self.edges {
            let places = places_nm(edge, ellipsoid, degrees).ok_or(edge.line)?;
            let begin = so_far_nm.entry(edge.line).or_insert(0);
            for (step, region) in edge.regions.iter().enumerate() {
                let ends =
                    [places[step], places[step + 1]].map(|place| millimetres(*begin + place));
                *lengths.entry((edge.line, *region)).or_insert(0) += ends[1] - ends[0];
            }
            *begin += places[places.len() - 1];
        }
        Ok(lengths)
    }
}

/// Nanometres to the nearest millimetre.
fn millimetres(nanometres: i128) -> i128 {
    (nanometres + 500_000).div_euclid(1_000_000)
}

/// Places of an edge's points from its beginning, in nanometres.
fn places_nm(
    edge: &CutEdge,
    ellipsoid: &Ellipsoid,
    degrees: &dyn Fn(Point) -> Option<(f64, f64)>,
) -> Option<Vec<i128>> {
    let places: Vec<(f64, f64)> = edge
        .points
        .iter()
        .map(|p| degrees(*p))
        .collect::<Option<_>>()?;
    let (first, last) = (places[0], places[places.len() - 1]);
    let whole = ellipsoid.distance_m(first, last)?;
    let whole_nm = (whole * 1e9).round() as i128;
    let mut along = vec![0_i128];
    for place in &places[1..places.len() - 1] {
        let before = ellipsoid.distance_m(first, *place)?;
        let after = ellipsoid.distance_m(*place, last)?;
        let share = before / (before + after);
        let own = (share * whole * 1e9).round() as i128;
        // Cuts a lattice unit apart may change places by a rounding.
        let least = along[along.len() - 1];
        along.push(own.clamp(least.min(whole_nm), whole_nm));
    }
    along.push(whole_nm);
    Some(along)
}
