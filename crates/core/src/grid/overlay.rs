//! The vector overlay: all polygon layers of a run, cut once into pieces.
//!
//! Rings become edges on the integer lattice; edges are cut wherever they meet
//! (exact predicates, crossings rounded to the lattice, repeated until nothing
//! meets any more); faces of the resulting planar graph get, for each layer, the
//! region that covers them. A piece is one combination of regions. Only edges
//! with different pieces at their sides are kept: they are all that coverage needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::node::{Meeting, Point, cross, meeting};
use super::overlay_faces::{Faces, trace_faces};
use super::overlay_index::SegmentIndex;

/// A closed ring on the lattice; the last point is not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// The corners in the order of the file.
    pub points: Vec<Point>,
    /// Whether the ring is a hole of its polygon.
    pub hole: bool,
}

/// All polygons of one code, however many features they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedRegion {
    /// The code (text), unique in its layer.
    pub code: String,
    /// Shells and holes of all its polygons.
    pub rings: Vec<Ring>,
}

impl CodedRegion {
    /// Returns twice the region's plane area, holes taken off, in square lattice units.
    pub fn twice_area(&self) -> i128 {
        let sign = |ring: &Ring| if ring.hole { -1 } else { 1 };
        self.rings
            .iter()
            .map(|ring| sign(ring) * twice_area(&ring.points).abs())
            .sum()
    }
}

/// A polygon layer: regions in the order of their codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolygonLayer {
    /// The layer's name in outputs.
    pub name: String,
    /// The regions, ascending by code.
    pub regions: Vec<CodedRegion>,
}

/// An edge between two pieces, from its northern to its southern end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PieceEdge {
    /// Northern end.
    pub north: Point,
    /// Southern end.
    pub south: Point,
    /// Piece on the eastern side.
    pub east: u32,
    /// Piece on the western side.
    pub west: u32,
}

/// Two regions of one layer that cover the same ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Index of the layer.
    pub layer: usize,
    /// The region that keeps the ground (lower code).
    pub lower: usize,
    /// The region the ground is taken from (higher code; the same as `lower`
    /// where a region covers its own ground twice).
    pub higher: usize,
    /// Twice the overlapping area, in square lattice units.
    pub twice_area: i128,
    /// A corner of it.
    pub place: Point,
}

/// Ground enclosed by a layer's regions that none of them covers.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Index of the layer.
    pub layer: usize,
    /// Twice its area, in square lattice units.
    pub twice_area: i128,
    /// A corner of it.
    pub place: Point,
}

/// What makes a layer unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayFailure {
    /// A region's own edges cross.
    SelfCrossing {
        /// Index of the layer.
        layer: usize,
        /// Index of the region.
        region: usize,
        /// The crossing.
        place: Point,
    },
    /// A hole lies outside the shell of its region.
    HoleOutside {
        /// Index of the layer.
        layer: usize,
        /// Index of the region.
        region: usize,
        /// A corner of the hole.
        place: Point,
    },
    /// Cutting did not come to an end (a mistake of ours or absurd input).
    NotSettled,
}

/// The pieces of all layers together and the edges between them.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// For each piece the region of each layer, by index; piece 0 is outside all.
    pub pieces: Vec<Vec<Option<u32>>>,
    /// Edges between different pieces, in a fixed order.
    pub edges: Vec<PieceEdge>,
    /// Overlaps inside a layer, summed per pair of regions.
    pub overlaps: Vec<Overlap>,
    /// Uncovered ground enclosed by a layer.
    pub gaps: Vec<Gap>,
}

/// Net windings an edge adds on its left: (layer, region) and a count.
pub(super) type Windings = BTreeMap<(usize, usize), i32>;

/// Undirected edges (`from < to`) with the windings gained on the left side.
pub(super) type Segments = BTreeMap<(Point, Point), Windings>;

/// Overlays polygon layers. Exact and independent of the order of features and
/// of where rings start.
pub fn overlay(layers: &[PolygonLayer]) -> Result<Overlay, Vec<OverlayFailure>> {
    let mut segments = collect(layers);
    let mut failures = BTreeSet::new();
    for round in 0..MOST_ROUNDS {
        let cuts = find_cuts(&segments, (round == 0).then_some(&mut failures));
        if !failures.is_empty() {
            return Err(failures
                .into_iter()
                .map(|(layer, region, place)| OverlayFailure::SelfCrossing {
                    layer,
                    region,
                    place,
                })
                .collect());
        }
        if cuts.is_empty() {
            return assemble(&trace_faces(&segments), &segments, layers.len());
        }
        segments = apply_cuts(segments, &cuts);
    }
    Err(vec![OverlayFailure::NotSettled])
}

/// Rounds of cutting; a crossing rounded to the lattice bends its edges by less
/// than a lattice unit, so new meetings die out after two or three.
const MOST_ROUNDS: usize = 64;

fn collect(layers: &[PolygonLayer]) -> Segments {
    let mut segments = Segments::new();
    for (layer, polygons) in layers.iter().enumerate() {
        for (region, coded) in polygons.regions.iter().enumerate() {
            for ring in &coded.rings {
                // Shells run counter-clockwise, holes clockwise, whatever the file did.
                let forward = (twice_area(&ring.points) > 0) != ring.hole;
                for (at, &from) in ring.points.iter().enumerate() {
                    let to = ring.points[(at + 1) % ring.points.len()];
                    let sign = if (from < to) == forward { 1 } else { -1 };
                    if from != to {
                        add(
                            &mut segments,
                            (from.min(to), from.max(to)),
                            (layer, region),
                            sign,
                        );
                    }
                }
            }
        }
    }
    segments.retain(|_, windings| !windings.is_empty());
    segments
}

fn add(segments: &mut Segments, ends: (Point, Point), of: (usize, usize), sign: i32) {
    let windings = segments.entry(ends).or_default();
    let count = windings.entry(of).or_insert(0);
    *count += sign;
    if *count == 0 {
        windings.remove(&of);
    }
}

/// Returns twice the signed area of a ring, in square lattice units.
pub(super) fn twice_area(points: &[Point]) -> i128 {
    let Some(&origin) = points.first() else {
        return 0;
    };
    points
        .windows(2)
        .map(|pair| cross(origin, pair[0], pair[1]))
        .sum()
}

type Crossings = BTreeSet<(usize, usize, Point)>;

/// Finds for each edge the points it must be cut at.
fn find_cuts(
    segments: &Segments,
    mut self_crossings: Option<&mut Crossings>,
) -> HashMap<(Point, Point), Vec<Point>> {
    let list: Vec<(Point, Point)> = segments.keys().copied().collect();
    let mut cuts: HashMap<(Point, Point), Vec<Point>> = HashMap::new();
    SegmentIndex::new(&list).for_each_near_pair(|first, second| {
        let ((a, b), (c, d)) = (list[first], list[second]);
        match meeting(a, b, c, d) {
            Meeting::Apart => {}
            Meeting::Touch {
                inside_first,
                inside_second,
            } => {
                for point in inside_first.into_iter().flatten() {
                    cuts.entry((a, b)).or_default().push(point);
                }
                for point in inside_second.into_iter().flatten() {
                    cuts.entry((c, d)).or_default().push(point);
                }
            }
            Meeting::Cross(point) => {
                cuts.entry((a, b)).or_default().push(point);
                cuts.entry((c, d)).or_default().push(point);
                if let Some(found) = self_crossings.as_deref_mut() {
                    let other = &segments[&(c, d)];
                    for &(layer, region) in segments[&(a, b)].keys() {
                        if other.contains_key(&(layer, region)) {
                            found.insert((layer, region, point));
                        }
                    }
                }
            }
        }
    });
    // A crossing may round onto an end of its own edge: that edge stays whole.
    cuts.retain(|(a, b), points| {
        points.retain(|point| point != a && point != b);
        !points.is_empty()
    });
    cuts
}

fn apply_cuts(segments: Segments, cuts: &HashMap<(Point, Point), Vec<Point>>) -> Segments {
    let mut out = Segments::new();
    for ((a, b), windings) in segments {
        let Some(points) = cuts.get(&(a, b)) else {
            for (of, count) in windings {
                add(&mut out, (a, b), of, count);
            }
            continue;
        };
        let mut chain = vec![a, b];
        chain.extend(points);
        // Along a→b: rounded crossings may leave the line by half a unit, so they
        // are ordered by their projection on it.
        let along = |p: &Point| {
            let (dx, dy) = (i128::from(b.x - a.x), i128::from(b.y - a.y));
            i128::from(p.x - a.x) * dx + i128::from(p.y - a.y) * dy
        };
        chain.sort_by_key(|p| (along(p), *p));
        chain.dedup();
        for pair in chain.windows(2) {
            let sign = if pair[0] < pair[1] { 1 } else { -1 };
            let ends = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            for (&of, &count) in &windings {
                add(&mut out, ends, of, sign * count);
            }
        }
    }
    out.retain(|_, windings| !windings.is_empty());
    out
}

/// Turns labelled faces into pieces, edges, overlaps and gaps.
fn assemble(
    faces: &Faces,
    segments: &Segments,
    layer_count: usize,
) -> Result<Overlay, Vec<OverlayFailure>> {
    let mut notes = FaceNotes::default();
    let tuples: Vec<Vec<Option<u32>>> = (0..faces.cycles.len())
        .map(|cycle| notes.read(faces, cycle, layer_count))
        .collect();
    if !notes.failures.is_empty() {
        return Err(notes.failures);
    }
    let outside = vec![None; layer_count];
    let mut ranks: BTreeMap<&Vec<Option<u32>>, u32> = BTreeMap::new();
    ranks.insert(&outside, 0);
    for tuple in &tuples {
        ranks.entry(tuple).or_insert(0);
    }
    for (rank, value) in ranks.values_mut().enumerate() {
        *value = rank as u32;
    }
    let mut edges = Vec::new();
    for (index, &(a, b)) in segments.keys().enumerate() {
        let left = ranks[&tuples[faces.left_of[index]]];
        let right = ranks[&tuples[faces.right_of[index]]];
        if left == right || a.y == b.y {
            continue;
        }
        // Heading south the left side is east, heading north it is west.
        edges.push(if a.y > b.y {
            PieceEdge {
                north: a,
                south: b,
                east: left,
                west: right,
            }
        } else {
            PieceEdge {
                north: b,
                south: a,
                east: right,
                west: left,
            }
        });
    }
    let pieces = ranks.keys().map(|tuple| (*tuple).clone()).collect();
    Ok(Overlay {
        pieces,
        edges,
        overlaps: notes.overlaps.into_values().collect(),
        gaps: notes.gaps,
    })
}

#[derive(Default)]
struct FaceNotes {
    overlaps: BTreeMap<(usize, usize, usize), Overlap>,
    gaps: Vec<Gap>,
    failures: Vec<OverlayFailure>,
}

impl FaceNotes {
    /// Decides which region of each layer a face belongs to.
    fn read(&mut self, faces: &Faces, cycle: usize, layer_count: usize) -> Vec<Option<u32>> {
        let face = &faces.cycles[cycle];
        let mut tuple = vec![None; layer_count];
        for (&(layer, region), &count) in &face.label {
            if count < 0 {
                let place = face.place;
                self.failures.push(OverlayFailure::HoleOutside {
                    layer,
                    region,
                    place,
                });
                continue;
            }
            if count > 1 {
                self.overlap(layer, region, region, face.twice_area, face.place);
            }
            match tuple[layer] {
                None => tuple[layer] = Some(region as u32),
                Some(lower) => {
                    self.overlap(layer, lower as usize, region, face.twice_area, face.place);
                }
            }
        }
        // A bounded face that is a hole in a layer's ground: its whole border
        // belongs to that layer.
        for (layer, region) in tuple.iter().enumerate() {
            if region.is_none() && face.twice_area > 0 && face.bordered_by(layer) {
                let (twice_area, place) = (face.twice_area, face.place);
                self.gaps.push(Gap {
                    layer,
                    twice_area,
                    place,
                });
            }
        }
        tuple
    }

    fn overlap(&mut self, layer: usize, lower: usize, higher: usize, area: i128, place: Point) {
        // Negative cycles bound the same ground from outside: their area is not its own.
        let entry = self
            .overlaps
            .entry((layer, lower, higher))
            .or_insert(Overlap {
                layer,
                lower,
                higher,
                twice_area: 0,
                place,
            });
        entry.twice_area += area;
    }
}
