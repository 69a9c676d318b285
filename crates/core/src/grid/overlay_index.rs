//! A grid of bins that finds pairs of edges near each other.

use super::node::Point;

/// Bins over the plane, each with the edges whose path may touch it.
pub(super) struct SegmentIndex {
    origin: Point,
    bin: i64,
    columns: i64,
    bins: Vec<Vec<u32>>,
    ends: Vec<(Point, Point)>,
}

impl SegmentIndex {
    pub(super) fn new(ends: &[(Point, Point)]) -> Self {
        let points = || ends.iter().flat_map(|(a, b)| [*a, *b]);
        let low = |of: fn(&Point) -> i64| points().map(|p| of(&p)).min().unwrap_or(0);
        let high = |of: fn(&Point) -> i64| points().map(|p| of(&p)).max().unwrap_or(0);
        let origin = Point {
            x: low(|p| p.x),
            y: low(|p| p.y),
        };
        let (width, height) = (high(|p| p.x) - origin.x + 1, high(|p| p.y) - origin.y + 1);
        let count = (ends.len() as f64).max(1.0);
        let bin = ((width as f64 * height as f64 / count).sqrt().ceil() as i64)
            .max(width / 4096 + 1)
            .max(height / 4096 + 1);
        let (columns, rows) = (width / bin + 1, height / bin + 1);
        let mut index = Self {
            origin,
            bin,
            columns,
            bins: vec![Vec::new(); (columns * rows) as usize],
            ends: ends.to_vec(),
        };
        for edge in 0..ends.len() {
            index.insert(edge);
        }
        index
    }

    /// Puts an edge into every bin its path may touch: row by row of bins, with
    /// a lattice unit of slack for the rounding of the division.
    fn insert(&mut self, edge: usize) {
        let (a, b) = self.ends[edge];
        let (south, north) = if a.y <= b.y { (a, b) } else { (b, a) };
        let (first, last) = (self.row(south.y), self.row(north.y));
        for row in first..=last {
            let floor = (self.origin.y + row * self.bin).max(south.y);
            let roof = (self.origin.y + (row + 1) * self.bin).min(north.y);
            let (from, to) = if south.y == north.y {
                (south.x, north.x)
            } else {
                (x_at(south, north, floor), x_at(south, north, roof))
            };
            let columns = self.column(from.min(to) - 1)..=self.column(from.max(to) + 1);
            for column in columns {
                self.bins[(row * self.columns + column) as usize].push(edge as u32);
            }
        }
    }

    fn row(&self, y: i64) -> i64 {
        (y - self.origin.y) / self.bin
    }

    fn column(&self, x: i64) -> i64 {
        ((x - self.origin.x) / self.bin).clamp(0, self.columns - 1)
    }

    /// Calls `visit` at least once for every pair of edges that meet.
    pub(super) fn for_each_near_pair(&self, mut visit: impl FnMut(usize, usize)) {
        for bin in &self.bins {
            for (at, &first) in bin.iter().enumerate() {
                let (a, b) = self.ends[first as usize];
                let (low, high) = (a.y.min(b.y), a.y.max(b.y));
                for &second in &bin[at + 1..] {
                    let (c, d) = self.ends[second as usize];
                    let apart = c.x > b.x || d.x < a.x || c.y.min(d.y) > high || c.y.max(d.y) < low;
                    if !apart {
                        visit(first as usize, second as usize);
                    }
                }
            }
        }
    }

    /// Calls `visit` for every edge that may touch the row of bins of a height.
    pub(super) fn for_each_at_height(&self, y: i64, mut visit: impl FnMut(usize)) {
        let row = self.row(y);
        let rows = self.bins.len() as i64 / self.columns;
        if y < self.origin.y || row >= rows {
            return;
        }
        let bins = &self.bins[(row * self.columns) as usize..((row + 1) * self.columns) as usize];
        for edge in bins.iter().flatten() {
            visit(*edge as usize);
        }
    }
}

/// X of a rising edge at a height, rounded toward minus infinity.
fn x_at(south: Point, north: Point, y: i64) -> i64 {
    let run = i128::from(north.x - south.x) * i128::from(y - south.y);
    south.x + run.div_euclid(i128::from(north.y - south.y)) as i64
}
