//! The county map: boundaries as paths of whole numbers in a drawing.
//!
//! Plate carree with the x axis shortened by the cosine of the mid latitude:
//! good enough to look at, never used to measure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use serde_json::Value;

/// Width of the drawing in its own units; whole units keep the paths short.
const WIDTH: f64 = 3600.0;
/// Free border around the land.
const MARGIN: f64 = 40.0;
/// Mean length of a degree of latitude, for the scale bar only.
const KM_PER_DEGREE: f64 = 111.2;

type Point = (i64, i64);
type Ring = Vec<Point>;

/// A drawing of regions, without words and colours.
#[derive(Debug)]
pub(super) struct Drawing {
    /// Width in drawing units.
    pub(super) width: i64,
    /// Height in drawing units.
    pub(super) height: i64,
    /// Path of each region by its code.
    pub(super) paths: BTreeMap<String, String>,
    /// Lines between regions of different parents, and the outer edge.
    pub(super) parent_lines: String,
    /// Where the name of each parent stands.
    pub(super) anchors: BTreeMap<String, Point>,
    /// Length of the scale bar in drawing units.
    pub(super) bar_units: i64,
    /// Length of the scale bar in km.
    pub(super) bar_km: i64,
}

/// Reads `<folder>/boundaries.geojson` and draws the regions that have a parent in `parents`.
pub(super) fn draw(folder: &Path, parents: &BTreeMap<&str, &str>) -> Result<Drawing, Findings> {
    let path = folder.join("boundaries.geojson");
    let fault = |error: String| {
        Finding::error("report-boundaries-unreadable")
            .file(path.display())
            .arg("error", error)
    };
    let text = std::fs::read_to_string(&path).map_err(|e| fault(e.to_string()).exit(66))?;
    let json: Value = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
    let shapes = shapes(&json, parents).map_err(fault)?;
    let bounds = Bounds::of(&shapes).ok_or_else(|| fault("no region in it".to_string()))?;
    let rings: BTreeMap<String, Vec<Ring>> = shapes
        .into_iter()
        .map(|(code, rings)| {
            (
                code,
                rings.iter().map(|ring| bounds.project(ring)).collect(),
            )
        })
        .collect();
    let (bar_units, bar_km) = bounds.scale_bar();
    Ok(Drawing {
        width: WIDTH as i64,
        height: bounds.height(),
        paths: rings
            .iter()
            .map(|(code, rings)| (code.clone(), region_path(rings)))
            .collect(),
        parent_lines: parent_lines(&rings, parents),
        anchors: anchors(&rings, parents),
        bar_units,
        bar_km,
    })
}

type Degrees = Vec<(f64, f64)>;

/// Collects the rings of each region; several features of one code are one region.
fn shapes(
    json: &Value,
    parents: &BTreeMap<&str, &str>,
) -> Result<BTreeMap<String, Vec<Degrees>>, String> {
    let features = json["features"].as_array().ok_or("no features")?;
    let mut shapes: BTreeMap<String, Vec<Degrees>> = BTreeMap::new();
    for feature in features {
        let properties = &feature["properties"];
        let code = ["region_code", "code", "adcode"]
            .into_iter()
            .find_map(|name| properties[name].as_str())
            .ok_or("a feature without `region_code`")?;
        if !parents.contains_key(code) {
            continue;
        }
        let own = shapes.entry(code.to_string()).or_default();
        let coordinates = &feature["geometry"]["coordinates"];
        match feature["geometry"]["type"].as_str() {
            Some("Polygon") => polygon(coordinates, own),
            Some("MultiPolygon") => coordinates
                .as_array()
                .and_then(|parts| parts.iter().try_for_each(|part| polygon(part, own))),
            _ => None,
        }
        .ok_or_else(|| format!("region {code} is no polygon"))?;
    }
    Ok(shapes)
}

fn polygon(coordinates: &Value, rings: &mut Vec<Degrees>) -> Option<()> {
    for ring in coordinates.as_array()? {
        let mut points = Degrees::new();
        for point in ring.as_array()? {
            let (x, y) = (point.get(0)?.as_f64()?, point.get(1)?.as_f64()?);
            points.push((x, y));
        }
        rings.push(points);
    }
    Some(())
}

struct Bounds {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
    units_per_x: f64,
    units_per_y: f64,
}

impl Bounds {
    fn of(shapes: &BTreeMap<String, Vec<Degrees>>) -> Option<Self> {
        let mut points = shapes.values().flatten().flatten();
        let first = points.next()?;
        let start = (first.0, first.0, first.1, first.1);
        let (west, east, south, north) = points.fold(start, |(w, e, s, n), (x, y)| {
            (w.min(*x), e.max(*x), s.min(*y), n.max(*y))
        });
        if !(east > west && north > south) {
            return None;
        }
        let shortening = libm::cos(((south + north) / 2.0).to_radians());
        let units_per_x = (WIDTH - 2.0 * MARGIN) / (east - west);
        Some(Self {
            west,
            east,
            south,
            north,
            units_per_x,
            units_per_y: units_per_x / shortening,
        })
    }

    fn height(&self) -> i64 {
        ((self.north - self.south) * self.units_per_y + 2.0 * MARGIN).round() as i64
    }

    /// Projects a ring; points that fall together are one.
    fn project(&self, ring: &Degrees) -> Ring {
        let mut points = Ring::with_capacity(ring.len());
        for (x, y) in ring {
            let x = (MARGIN + (x - self.west) * self.units_per_x).round() as i64;
            let y = (MARGIN + (self.north - y) * self.units_per_y).round() as i64;
            if points.last() != Some(&(x, y)) {
                points.push((x, y));
            }
        }
        points
    }

    /// Returns a round length of about a fifth of the width: drawing units and km.
    fn scale_bar(&self) -> (i64, i64) {
        let units_per_km = self.units_per_y / KM_PER_DEGREE;
        let wanted = (WIDTH / 5.0) / units_per_km;
        let steps = [500, 200, 100, 50, 20, 10, 5, 2, 1];
        let km = steps
            .into_iter()
            .find(|km| *km as f64 <= wanted)
            .unwrap_or(1);
        debug_assert!(self.east > self.west);
        ((km as f64 * units_per_km).round() as i64, km)
    }
}

fn region_path(rings: &[Ring]) -> String {
    let mut path = String::new();
    for ring in rings.iter().filter(|ring| ring.len() > 3) {
        line(&mut path, &ring[..ring.len() - 1]);
        path.push('z');
    }
    path
}

/// Writes a line: an absolute start, then relative steps.
fn line(path: &mut String, points: &[Point]) {
    let Some(((x, y), rest)) = points.split_first() else {
        return;
    };
    // Writing to a string does not fail.
    _ = write!(path, "M{x} {y}");
    let mut last = (*x, *y);
    for (at, (x, y)) in rest.iter().enumerate() {
        let command = if at == 0 { "l" } else { " " };
        _ = write!(path, "{command}{} {}", x - last.0, y - last.1);
        last = (*x, *y);
    }
}

fn undirected(a: Point, b: Point) -> (Point, Point) {
    if a <= b { (a, b) } else { (b, a) }
}

fn edges(ring: &Ring) -> impl Iterator<Item = (Point, Point)> {
    ring.windows(2).map(|pair| (pair[0], pair[1]))
}

/// Draws each edge whose two sides do not belong to one parent, once.
fn parent_lines(rings: &BTreeMap<String, Vec<Ring>>, parents: &BTreeMap<&str, &str>) -> String {
    let mut sides: BTreeMap<(Point, Point), Vec<&str>> = BTreeMap::new();
    let parent = |code: &str| parents.get(code).copied().unwrap_or("");
    for (code, own) in rings {
        for (a, b) in own.iter().flat_map(edges) {
            sides
                .entry(undirected(a, b))
                .or_default()
                .push(parent(code));
        }
    }
    let inner = |sides: &[&str]| sides.len() > 1 && sides.iter().all(|side| *side == sides[0]);
    let mut open: BTreeSet<(Point, Point)> = sides
        .into_iter()
        .filter(|(_, sides)| !inner(sides))
        .map(|(edge, _)| edge)
        .collect();
    let mut path = String::new();
    for ring in rings.values().flatten() {
        let mut run = Ring::new();
        for (a, b) in edges(ring) {
            if open.remove(&undirected(a, b)) {
                if run.is_empty() {
                    run.push(a);
                }
                run.push(b);
            } else {
                line(&mut path, &run);
                run.clear();
            }
        }
        line(&mut path, &run);
    }
    path
}

/// Returns the centre of gravity of the regions of each parent.
fn anchors(
    rings: &BTreeMap<String, Vec<Ring>>,
    parents: &BTreeMap<&str, &str>,
) -> BTreeMap<String, Point> {
    let mut sums: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for (code, own) in rings {
        let Some(parent) = parents.get(code.as_str()) else {
            continue;
        };
        for ((ax, ay), (bx, by)) in own.iter().flat_map(edges) {
            let cross = ax * by - bx * ay;
            let sum = sums.entry(parent).or_default();
            sum.0 += cross;
            sum.1 += cross * (ax + bx);
            sum.2 += cross * (ay + by);
        }
    }
    sums.into_iter()
        .filter(|(_, sum)| sum.0 != 0)
        .map(|(parent, (area, x, y))| (parent.to_string(), (x / (3 * area), y / (3 * area))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn square(code: &str, x: f64) -> Value {
        let ring = [[x, 0.0], [x + 1.0, 0.0], [x + 1.0, 1.0], [x, 1.0], [x, 0.0]];
        json!({"type": "Feature", "properties": {"region_code": code},
            "geometry": {"type": "Polygon", "coordinates": [ring]}})
    }

    fn drawing(parents: &[(&str, &str)]) -> Drawing {
        let folder = tempfile::tempdir().expect("folder");
        let squares: Vec<Value> = parents
            .iter()
            .enumerate()
            .map(|(at, (code, _))| square(code, at as f64))
            .collect();
        let json = json!({"type": "FeatureCollection", "features": squares});
        std::fs::write(folder.path().join("boundaries.geojson"), json.to_string()).expect("write");
        draw(folder.path(), &parents.iter().copied().collect()).expect("drawing")
    }

    /// Two squares of one city have no line between them, of two cities one line.
    #[test]
    fn lines_stand_between_cities_only() {
        let one = drawing(&[("11", "1"), ("12", "1")]);
        let two = drawing(&[("11", "1"), ("22", "2")]);
        // A run of n points is n - 1 segments: 6 sides around, 7 with the middle one.
        let segments = |path: &str| {
            let numbers = path.split(|c: char| !(c.is_ascii_digit() || c == '-'));
            let numbers = numbers.filter(|piece| !piece.is_empty()).count();
            numbers / 2 - path.matches('M').count()
        };
        assert_eq!(segments(&one.parent_lines), 6);
        assert_eq!(segments(&two.parent_lines), 7);
        assert_eq!(one.anchors["1"].0, one.width / 2);
        assert_eq!(two.anchors.len(), 2);
        assert_eq!(one.paths.len(), 2);
    }

    #[test]
    fn a_file_without_polygons_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("boundaries.geojson");
        let parents = BTreeMap::from([("11", "1")]);
        for text in ["{", "{}", r#"{"features": []}"#] {
            std::fs::write(&path, text).expect("write");
            let findings = draw(folder.path(), &parents).expect_err("refused");
            assert!(findings.has("report-boundaries-unreadable"));
        }
    }
}
