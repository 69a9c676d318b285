//! Faces of the planar graph of all edges, and the windings inside them.

use std::collections::HashMap;

use super::node::{Point, by_angle, cross};
use super::overlay::{Segments, Windings};
use super::overlay_index::SegmentIndex;

/// A closed walk along half-edges with the same face on its left.
pub(super) struct Cycle {
    /// Twice its signed area: positive around a bounded face, negative or zero
    /// where it is the outside of a connected group of edges.
    pub(super) twice_area: i128,
    /// Its westernmost, southernmost corner.
    pub(super) place: Point,
    /// Windings of the face.
    pub(super) label: Windings,
    /// Layers that own each of its edges.
    common_layers: Vec<usize>,
}

impl Cycle {
    /// Returns whether every edge of the cycle belongs to a layer.
    pub(super) fn bordered_by(&self, layer: usize) -> bool {
        self.common_layers.contains(&layer)
    }
}

pub(super) struct Faces {
    pub(super) cycles: Vec<Cycle>,
    /// For each edge, in the order of the segments, the cycle on its left...
    pub(super) left_of: Vec<usize>,
    /// ... and the cycle on its right.
    pub(super) right_of: Vec<usize>,
}

/// Half-edge `2 i` runs along segment i, `2 i + 1` against it.
pub(super) fn trace_faces(segments: &Segments) -> Faces {
    let ends: Vec<(Point, Point)> = segments.keys().copied().collect();
    let windings: Vec<&Windings> = segments.values().collect();
    let next = next_half_edges(&ends);
    let (cycles, cycle_of) = walk(&ends, &windings, &next);
    let mut faces = Faces {
        cycles,
        left_of: (0..ends.len()).map(|edge| cycle_of[2 * edge]).collect(),
        right_of: (0..ends.len()).map(|edge| cycle_of[2 * edge + 1]).collect(),
    };
    label(&mut faces, &ends, &windings);
    faces
}

fn next_half_edges(ends: &[(Point, Point)]) -> Vec<usize> {
    let mut leaving: HashMap<Point, Vec<(Point, usize)>> = HashMap::new();
    for (edge, &(a, b)) in ends.iter().enumerate() {
        leaving.entry(a).or_default().push((b, 2 * edge));
        leaving.entry(b).or_default().push((a, 2 * edge + 1));
    }
    let mut next = vec![0; ends.len() * 2];
    for (at, star) in &mut leaving {
        star.sort_by(|left, right| by_angle(*at, left.0, right.0));
        for (position, &(_, out)) in star.iter().enumerate() {
            // Arriving by the twin of `out`, the face on the left goes on along the
            // neighbour clockwise of `out`.
            let before = star[(position + star.len() - 1) % star.len()].1;
            next[out ^ 1] = before;
        }
    }
    next
}

fn walk(
    ends: &[(Point, Point)],
    windings: &[&Windings],
    next: &[usize],
) -> (Vec<Cycle>, Vec<usize>) {
    let from = |half: usize| {
        if half.is_multiple_of(2) {
            ends[half / 2].0
        } else {
            ends[half / 2].1
        }
    };
    let mut cycle_of = vec![usize::MAX; next.len()];
    let mut cycles = Vec::new();
    for start in 0..next.len() {
        if cycle_of[start] != usize::MAX {
            continue;
        }
        let origin = from(start);
        let mut cycle = Cycle {
            twice_area: 0,
            place: origin,
            label: Windings::new(),
            common_layers: windings[start / 2]
                .keys()
                .map(|&(layer, _)| layer)
                .collect(),
        };
        let mut half = start;
        loop {
            cycle_of[half] = cycles.len();
            cycle.twice_area += cross(origin, from(half), from(half ^ 1));
            cycle.place = cycle.place.min(from(half));
            let of = windings[half / 2];
            cycle
                .common_layers
                .retain(|layer| of.keys().any(|(owner, _)| owner == layer));
            half = next[half];
            if half == start {
                break;
            }
        }
        cycles.push(cycle);
    }
    (cycles, cycle_of)
}

/// Spreads windings over the cycles: across edges inside a connected group, and
/// from the face a group lies in to the group's outside.
fn label(faces: &mut Faces, ends: &[(Point, Point)], windings: &[&Windings]) {
    let count = faces.cycles.len();
    let mut crossings: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in 0..ends.len() {
        crossings[faces.left_of[edge]].push(edge);
        crossings[faces.right_of[edge]].push(edge);
    }
    // The outside of every group is its one cycle that is not positive. A group's
    // container lies further west, so groups are labelled from west to east.
    let mut outsides: Vec<usize> = (0..count)
        .filter(|&cycle| faces.cycles[cycle].twice_area <= 0)
        .collect();
    outsides.sort_by_key(|&cycle| faces.cycles[cycle].place);
    let index = SegmentIndex::new(ends);
    let mut known = vec![false; count];
    for outside in outsides {
        if known[outside] {
            continue;
        }
        let place = faces.cycles[outside].place;
        if let Some(container) = face_west_of(place, ends, &index, faces) {
            faces.cycles[outside].label = faces.cycles[container].label.clone();
        }
        known[outside] = true;
        let mut open = vec![outside];
        while let Some(cycle) = open.pop() {
            for &edge in &crossings[cycle] {
                let (left, right) = (faces.left_of[edge], faces.right_of[edge]);
                let (other, sign) = if left == cycle {
                    (right, -1)
                } else {
                    (left, 1)
                };
                if !known[other] {
                    known[other] = true;
                    faces.cycles[other].label =
                        shifted(&faces.cycles[cycle].label, windings[edge], sign);
                    open.push(other);
                }
            }
        }
    }
}

fn shifted(label: &Windings, by: &Windings, sign: i32) -> Windings {
    let mut out = label.clone();
    for (&of, &count) in by {
        let value = out.entry(of).or_insert(0);
        *value += sign * count;
        if *value == 0 {
            out.remove(&of);
        }
    }
    out
}

/// Returns the cycle of the face just west of a group's westernmost corner: the
/// eastern side of the nearest edge the westward ray hits.
fn face_west_of(
    place: Point,
    ends: &[(Point, Point)],
    index: &SegmentIndex,
    faces: &Faces,
) -> Option<usize> {
    let mut nearest: Option<usize> = None;
    index.for_each_at_height(place.y, |edge| {
        let (south, north) = upright(ends[edge]);
        // Half-open in height: an edge counts at its southern end, not at its northern.
        if !(south.y <= place.y && place.y < north.y) || cross(south, north, place) >= 0 {
            return;
        }
        if nearest.is_none_or(|best| is_east_of(ends[edge], ends[best])) {
            nearest = Some(edge);
        }
    });
    nearest.map(|edge| {
        let (a, b) = ends[edge];
        if a.y < b.y {
            faces.right_of[edge]
        } else {
            faces.left_of[edge]
        }
    })
}

fn upright((a, b): (Point, Point)) -> (Point, Point) {
    if a.y <= b.y { (a, b) } else { (b, a) }
}

/// Compares where two edges cross a height both reach; edges never cross each other, so at
/// a shared southern end their directions decide.
fn is_east_of(first: (Point, Point), second: (Point, Point)) -> bool {
    let (south, north) = upright(first);
    let (other_south, other_north) = upright(second);
    if south.y >= other_south.y {
        // first's southern end lies at or above second's: is it east of second's line?
        let side = cross(other_south, other_north, south);
        if side != 0 {
            return side < 0;
        }
        return cross(other_south, other_north, north) < 0;
    }
    let side = cross(south, north, other_south);
    if side != 0 {
        return side > 0;
    }
    cross(south, north, other_north) > 0
}
