//! The outlines of neighbouring cells, with shared edges cut into equal steps.

use super::footprint::Place;
use super::spec::GridSpec;

/// A block of cells of a grid and the points on the edges between them. Neighbouring
/// cells share their points, so that what is computed of them is shared too.
#[derive(Clone, Copy, Debug)]
pub struct Lattice<'a> {
    /// The grid.
    pub grid: &'a GridSpec,
    /// First row and column of the block.
    pub origin: (usize, usize),
    /// Rows and columns of the block.
    pub size: (usize, usize),
    /// Steps into which an edge is cut, at least one.
    pub steps: usize,
}

impl Lattice<'_> {
    /// Points of one horizontal line.
    fn across(&self) -> usize {
        self.size.1 * self.steps + 1
    }

    /// Points of one vertical line.
    fn down(&self) -> usize {
        self.size.0 * self.steps + 1
    }

    /// Returns x and y of all points: the horizontal lines from the north, then the
    /// vertical ones from the west. A corner has the same numbers on both.
    pub fn points(&self) -> (Vec<f64>, Vec<f64>) {
        let along = |first: usize, at: usize| {
            first as f64 + (at / self.steps) as f64 + (at % self.steps) as f64 / self.steps as f64
        };
        let x_at = |at: usize| self.grid.west + along(self.origin.1, at) * self.grid.cell_width;
        let y_at = |at: usize| self.grid.north - along(self.origin.0, at) * self.grid.cell_height;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for line in 0..=self.size.0 {
            x.extend((0..self.across()).map(x_at));
            y.extend(std::iter::repeat_n(y_at(line * self.steps), self.across()));
        }
        for line in 0..=self.size.1 {
            x.extend(std::iter::repeat_n(x_at(line * self.steps), self.down()));
            y.extend((0..self.down()).map(y_at));
        }
        (x, y)
    }

    /// Writes the outline of a cell of the block (row and column in it), given what
    /// became of the points.
    pub fn outline(&self, places: &[Place], row: usize, column: usize, out: &mut Vec<Place>) {
        out.clear();
        let steps = self.steps;
        let horizontal = |line: usize, at: usize| places[line * self.across() + at];
        let first_vertical = (self.size.0 + 1) * self.across();
        let vertical = |line: usize, at: usize| places[first_vertical + line * self.down() + at];
        let (west, north) = (column * steps, row * steps);
        out.extend((0..steps).map(|at| horizontal(row, west + at)));
        out.extend((0..steps).map(|at| vertical(column + 1, north + at)));
        out.extend((0..steps).map(|at| horizontal(row + 1, west + steps - at)));
        out.extend((0..steps).map(|at| vertical(column, north + steps - at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Corners agree to the bit on both kinds of lines, and an outline goes round.
    #[test]
    fn outlines_go_round_and_share_their_corners() {
        let grid = GridSpec {
            columns: 90,
            rows: 90,
            west: 117.9,
            north: 31.3,
            cell_width: 0.05,
            cell_height: 0.05,
        };
        let lattice = Lattice {
            grid: &grid,
            origin: (41, 7),
            size: (3, 4),
            steps: 3,
        };
        let (x, y) = lattice.points();
        let places: Vec<Place> = x.into_iter().zip(y).collect();
        assert_eq!(places.len(), 4 * 13 + 5 * 10);
        let (mut one, mut next) = (Vec::new(), Vec::new());
        lattice.outline(&places, 1, 2, &mut one);
        lattice.outline(&places, 1, 3, &mut next);
        assert_eq!(one.len(), 12);
        // North-east corner, from the vertical line, is the neighbour's first point.
        assert_eq!(one[3], next[0]);
        assert_eq!(one[6], next[9], "the shared edge ends in one corner");
        let (west, north) = (117.9 + 9.0 * 0.05, 31.3 - 42.0 * 0.05);
        assert!((one[0].0 - west).abs() < 1e-12 && (one[0].1 - north).abs() < 1e-12);
        let area: f64 = (0..12)
            .map(|at| {
                let (a, b) = (one[at], one[(at + 1) % 12]);
                a.0 * b.1 - b.0 * a.1
            })
            .sum();
        assert!((area.abs() / 2.0 - 0.0025).abs() < 1e-12, "{area}");
    }
}
