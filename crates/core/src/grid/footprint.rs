//! Area average: a target cell's outline laid over the cells of a source grid.

use super::resample::Masked;

/// Source cells with a smaller share of the outline neither count nor make it
/// missing: on nearly aligned grids such a share is rounding noise.
pub const NO_SHARE: f64 = 1e-6;

/// A place in a source grid: columns from the west, rows from the north.
pub type Place = (f64, f64);

/// A window of a source grid and how much ground its cells hold.
#[derive(Clone, Copy, Debug)]
pub struct SourceWindow<'a> {
    /// The values; their north-west cell is `origin` (row, column).
    pub cells: &'a Masked,
    /// Row and column of the first cell.
    pub origin: (usize, usize),
    /// Rows and columns of the whole source grid.
    pub size: (usize, usize),
    /// Relative area of the cells of each row of the window.
    pub row_areas: &'a [f64],
}

/// Shares of an outline in the cells of its bounding rectangle.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    top: i64,
    left: i64,
    columns: usize,
    part: Vec<f64>,
    carry: Vec<f64>,
}

/// Returns the rows and columns an outline touches: first and one past the last.
pub fn bounds(outline: &[Place]) -> Option<[i64; 4]> {
    let finite = outline
        .iter()
        .all(|place| place.0.is_finite() && place.1.is_finite());
    if !finite || outline.is_empty() {
        return None;
    }
    let low = |of: fn(&Place) -> f64| outline.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = |of: fn(&Place) -> f64| outline.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, right) = (low(|place| place.0), high(|place| place.0));
    let (top, bottom) = (low(|place| place.1), high(|place| place.1));
    let end = |value: f64| (value.ceil() as i64).max(value.floor() as i64 + 1);
    Some([
        top.floor() as i64,
        end(bottom),
        left.floor() as i64,
        end(right),
    ])
}

impl Footprint {
    /// Lays an outline (closed from its last place to its first) over unit cells.
    ///
    /// Each edge adds the ground east of it, with the sign of its direction, to the
    /// cells of every row it crosses; the sums are the shares of the cells. Two
    /// outlines that share an edge share its numbers, so that neighbours neither
    /// overlap nor leave a gap beyond rounding.
    pub fn lay(&mut self, outline: &[Place], [top, bottom, left, right]: [i64; 4]) {
        (self.top, self.left) = (top, left);
        self.columns = (right - left) as usize + 1;
        let cells = self.columns * (bottom - top) as usize;
        for buffer in [&mut self.part, &mut self.carry] {
            buffer.clear();
            buffer.resize(cells, 0.0);
        }
        for (at, &from) in outline.iter().enumerate() {
            let to = outline[(at + 1) % outline.len()];
            // Both neighbours compute an edge in one direction.
            if (from.1, from.0) <= (to.1, to.0) {
                self.edge(from, to, 1.0);
            } else {
                self.edge(to, from, -1.0);
            }
        }
        for row in self
            .part
            .chunks_mut(self.columns)
            .zip(self.carry.chunks(self.columns))
        {
            let mut whole = 0.0;
            for (part, carry) in row.0.iter_mut().zip(row.1) {
                whole += carry;
                *part += whole;
            }
        }
        if self.part.iter().sum::<f64>() < 0.0 {
            for share in &mut self.part {
                *share = -*share;
            }
        }
    }

    /// Adds an edge from `a` down to `b`.
    fn edge(&mut self, a: Place, b: Place, sign: f64) {
        if a.1 == b.1 {
            return;
        }
        let slope = (b.0 - a.0) / (b.1 - a.1);
        let x_at = |y: f64| {
            if y <= a.1 {
                a.0
            } else if y >= b.1 {
                b.0
            } else {
                (a.0 + (y - a.1) * slope).clamp(a.0.min(b.0), a.0.max(b.0))
            }
        };
        let mut y = a.1;
        let mut row = a.1.floor();
        while y < b.1 {
            let end = b.1.min(row + 1.0);
            if end > y {
                self.across(row, (x_at(y), y), (x_at(end), end), sign);
            }
            y = end;
            row += 1.0;
        }
    }

    /// Adds the part of an edge inside one row, column by column.
    fn across(&mut self, row: f64, a: Place, b: Place, sign: f64) {
        let base = (row as i64 - self.top) as usize * self.columns;
        let (low, high) = (a.0.min(b.0), a.0.max(b.0));
        let height = b.1 - a.1;
        let mut column = low.floor();
        let mut done = 0.0;
        while column <= high {
            let (from, to) = (low.max(column), high.min(column + 1.0));
            let last = column + 1.0 >= high;
            // What is left goes to the last column, so that the row's sum is exact.
            let own = if last {
                height - done
            } else {
                height * ((to - from) / (high - low))
            };
            done += own;
            let at = base + (column as i64 - self.left) as usize;
            let east = column + 1.0 - 0.5 * (from + to);
            self.part[at] += sign * own * east;
            if at + 1 < base + self.columns {
                self.carry[at + 1] += sign * own;
            }
            if last {
                break;
            }
            column += 1.0;
        }
    }

    /// Returns the mean of the source over the laid outline, weighted by ground.
    ///
    /// Missing if any cell with a share of more than [`NO_SHARE`] is missing or lies
    /// outside the source. A constant source gives the constant to the bit.
    pub fn mean(&self, source: &SourceWindow<'_>) -> Option<f64> {
        let least = NO_SHARE * self.part.iter().sum::<f64>();
        let mut first = None;
        let (mut weights, mut sum) = (0.0, 0.0);
        for (row, shares) in self.part.chunks(self.columns).enumerate() {
            for (column, &share) in shares.iter().enumerate() {
                if share <= least {
                    continue;
                }
                let (row, column) = (self.top + row as i64, self.left + column as i64);
                let (value, area) = source.cell(row, column)?;
                let base = *first.get_or_insert(value);
                weights += share * area;
                sum += share * area * (value - base);
            }
        }
        Some(first? + sum / weights)
    }
}

impl SourceWindow<'_> {
    /// Returns value and relative area of a cell, if it is inside and known.
    fn cell(&self, row: i64, column: i64) -> Option<(f64, f64)> {
        let (row, column) = (usize::try_from(row).ok()?, usize::try_from(column).ok()?);
        if row >= self.size.0 || column >= self.size.1 {
            return None;
        }
        let (row, column) = (
            row.checked_sub(self.origin.0)?,
            column.checked_sub(self.origin.1)?,
        );
        if column >= self.cells.columns {
            return None;
        }
        let at = row * self.cells.columns + column;
        let known = *self.cells.valid.get(at)?;
        known.then(|| (self.cells.values[at], self.row_areas[row]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(outline: &[Place]) -> (Footprint, f64) {
        let mut footprint = Footprint::default();
        footprint.lay(outline, bounds(outline).expect("finite"));
        let sum = footprint.part.iter().sum();
        (footprint, sum)
    }

    fn masked(columns: usize, values: Vec<f64>) -> Masked {
        let valid = vec![true; values.len()];
        Masked {
            columns,
            values,
            valid,
        }
    }

    fn mean(outline: &[Place], cells: &Masked, rows: usize) -> Option<f64> {
        let row_areas = vec![1.0; rows];
        let source = SourceWindow {
            cells,
            origin: (0, 0),
            size: (rows, cells.columns),
            row_areas: &row_areas,
        };
        shares(outline).0.mean(&source)
    }

    /// A rectangle over quarter cells: shares by hand.
    #[test]
    fn rectangle_shares_are_products_of_lengths() {
        let outline = [(0.5, 0.25), (2.25, 0.25), (2.25, 2.0), (0.5, 2.0)];
        let (footprint, sum) = shares(&outline);
        assert!((sum - 1.75 * 1.75).abs() < 1e-15);
        let own: Vec<f64> = footprint.part.clone();
        let expected = [0.375, 0.75, 0.1875, 0.0, 0.5, 1.0, 0.25, 0.0];
        assert!(
            own.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15),
            "{own:?}"
        );
        let cells = masked(3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let by_hand = (0.375 + 1.5 + 0.5625 + 2.0 + 5.0 + 1.5) / 3.0625;
        let found = mean(&outline, &cells, 2).expect("known");
        assert!((found - by_hand).abs() < 1e-14, "{found} {by_hand}");
    }

    /// The area of a slanted outline is the shoelace's, whatever its direction.
    #[test]
    fn slanted_outline_keeps_its_area() {
        let outline = [(1.3, 0.2), (6.7, 1.9), (5.1, 7.4), (0.1, 5.5)];
        let shoelace: f64 = (0..4)
            .map(|at| {
                let (a, b): (Place, Place) = (outline[at], outline[(at + 1) % 4]);
                a.0 * b.1 - b.0 * a.1
            })
            .sum::<f64>()
            / 2.0;
        let turned: Vec<Place> = outline.iter().rev().copied().collect();
        let ((one, area), (other, back)) = (shares(&outline), shares(&turned));
        assert!((area - shoelace).abs() < 1e-12 && (back - shoelace).abs() < 1e-12);
        assert!(
            one.part
                .iter()
                .zip(&other.part)
                .all(|(a, b)| (a - b).abs() < 1e-14)
        );
        assert!(
            one.part
                .iter()
                .all(|share| (-1e-12..1.0 + 1e-12).contains(share))
        );
    }

    /// Outlines that tile the plane share each source cell out without loss, so that
    /// the area-weighted means add up to the sum of the source.
    #[test]
    fn tiling_outlines_preserve_the_mean() {
        let cells = masked(12, (0..144).map(|at| ((at * 37) % 101) as f64).collect());
        // A skewed lattice of 5 x 5 outlines: corners anywhere, the rim on the source's.
        let corner = |row: usize, column: usize| -> Place {
            let on_rim = |at: usize| at == 0 || at == 5;
            let bend = |at: usize| ((at * 7919) % 13) as f64 / 13.0 - 0.5;
            let x = column as f64 * 2.4;
            let y = row as f64 * 2.4;
            (
                if on_rim(column) {
                    x
                } else {
                    x + bend(row * 6 + column)
                },
                if on_rim(row) {
                    y
                } else {
                    y + bend(column * 5 + row + 3)
                },
            )
        };
        let (mut sum, mut area) = (0.0, 0.0);
        for row in 0..5 {
            for column in 0..5 {
                let outline = [
                    corner(row, column),
                    corner(row, column + 1),
                    corner(row + 1, column + 1),
                    corner(row + 1, column),
                ];
                let own = shares(&outline).1;
                sum += own * mean(&outline, &cells, 12).expect("inside");
                area += own;
            }
        }
        let whole: f64 = cells.values.iter().sum();
        assert!((area - 144.0).abs() < 1e-10, "{area}");
        assert!((sum / whole - 1.0).abs() < 1e-5, "{sum} {whole}");
    }

    /// A constant stays to the bit, however odd the shares are.
    #[test]
    fn constant_stays_constant() {
        let constant = 0.1 + 0.2;
        let cells = masked(9, vec![constant; 81]);
        for step in 0..50 {
            let turn = f64::from(step) * 0.13;
            let outline: Vec<Place> = (0..7)
                .map(|at| {
                    let angle = turn + f64::from(at) * 0.897;
                    (4.5 + 3.9 * libm::cos(angle), 4.4 + 3.7 * libm::sin(angle))
                })
                .collect();
            assert_eq!(mean(&outline, &cells, 9), Some(constant));
        }
    }

    /// A missing cell or the source's edge makes the mean missing; a sliver does not.
    #[test]
    fn missing_and_outside_make_missing() {
        let mut cells = masked(3, vec![1.0; 9]);
        cells.valid[4] = false;
        let square = |x: f64, y: f64| [(x, y), (x + 1.0, y), (x + 1.0, y + 1.0), (x, y + 1.0)];
        assert_eq!(mean(&square(0.5, 0.5), &cells, 3), None);
        assert_eq!(mean(&square(0.0, 0.0), &cells, 3), Some(1.0));
        assert_eq!(mean(&square(1e-8, 0.0), &cells, 3), Some(1.0));
        assert_eq!(mean(&square(2.0, 1e-3), &cells, 3), Some(1.0));
        assert_eq!(mean(&square(2.5, 0.0), &cells, 3), None);
        assert_eq!(mean(&square(-0.5, 0.0), &cells, 3), None);
    }

    /// Rows of larger cells weigh more.
    #[test]
    fn rows_weigh_by_their_ground() {
        let cells = masked(1, vec![1.0, 4.0]);
        let source = SourceWindow {
            cells: &cells,
            origin: (0, 0),
            size: (2, 1),
            row_areas: &[1.0, 3.0],
        };
        let whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (0.0, 2.0)];
        assert_eq!(shares(&whole).0.mean(&source), Some(3.25));
    }
}
