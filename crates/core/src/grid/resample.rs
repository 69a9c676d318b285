//! Resampling onto the reference grid: ours, so that it is the same everywhere.

use super::spec::GridSpec;

/// How values of another grid reach the reference grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampling {
    /// The cell in which the target's centre lies.
    Nearest,
    /// The four cells whose centres surround the target's centre, weighted by
    /// distance; beyond the outermost centres the nearest of them. Missing if any
    /// of the four is missing.
    Bilinear,
    /// The mean over the target's outline, weighted by ground. Missing if any part of
    /// the outline is missing or outside.
    Average,
}

impl Resampling {
    /// Reads the name used on the command line and in project files.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "nearest" => Some(Self::Nearest),
            "bilinear" => Some(Self::Bilinear),
            "average" => Some(Self::Average),
            _ => None,
        }
    }

    /// Returns that name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Average => "average",
        }
    }
}

/// Along one axis: for each target cell the two source cells and the weight of
/// the second; `None` where the target's centre lies outside the source.
#[derive(Clone, Debug)]
pub struct AxisWeights {
    weights: Vec<Option<(usize, usize, f64)>>,
}

impl AxisWeights {
    /// Returns the source cells needed (first, one past the last), if any.
    pub fn needed(&self) -> Option<(usize, usize)> {
        let used = || self.weights.iter().flatten();
        let first = used().map(|weight| weight.0).min()?;
        let last = used().map(|weight| weight.1).max()?;
        Some((first, last + 1))
    }
}

/// Computes the weights of target columns `first..first + count`.
pub fn column_weights(
    source: &GridSpec,
    target: &GridSpec,
    first: usize,
    count: usize,
    how: Resampling,
) -> AxisWeights {
    axis(count, source.columns, how, |at| {
        let (x, _) = target.centre(0, (first + at) as i64);
        (x - source.west) / source.cell_width
    })
}

/// Computes the weights of target rows `first..first + count`.
pub fn row_weights(
    source: &GridSpec,
    target: &GridSpec,
    first: usize,
    count: usize,
    how: Resampling,
) -> AxisWeights {
    axis(count, source.rows, how, |at| {
        let (_, y) = target.centre((first + at) as i64, 0);
        (source.north - y) / source.cell_height
    })
}

fn axis(
    count: usize,
    cells: usize,
    how: Resampling,
    position: impl Fn(usize) -> f64,
) -> AxisWeights {
    AxisWeights {
        weights: (0..count)
            .map(|at| weight(position(at), cells, how))
            .collect(),
    }
}

/// Returns the two cells of an axis at a position and the weight of the second.
///
/// # Panics
///
/// For the area average, which looks at outlines and not at positions.
fn weight(place: f64, cells: usize, how: Resampling) -> Option<(usize, usize, f64)> {
    if !(place >= 0.0 && place < cells as f64) {
        return None;
    }
    match how {
        Resampling::Nearest => {
            let cell = place as usize;
            Some((cell, cell, 0.0))
        }
        Resampling::Bilinear => {
            let from_centre = (place - 0.5).clamp(0.0, cells as f64 - 1.0);
            let low = (from_centre.floor() as usize).min(cells.saturating_sub(2));
            let high = (low + 1).min(cells - 1);
            Some((low, high, from_centre - low as f64))
        }
        Resampling::Average => unreachable!("the area average has no weights along axes"),
    }
}

/// Returns the source cells a place needs (first row, one past the last, first
/// column, one past the last); nothing outside the source of `size` rows and columns.
pub fn needed_at((x, y): (f64, f64), size: (usize, usize), how: Resampling) -> Option<[usize; 4]> {
    let (row, column) = (weight(y, size.0, how)?, weight(x, size.1, how)?);
    Some([row.0, row.1 + 1, column.0, column.1 + 1])
}

/// Returns the value at a place (columns, rows) of a source of `size` rows and
/// columns, of which `source` holds a window from `origin` (row, column) on.
pub fn value_at(
    source: &Masked,
    origin: (usize, usize),
    size: (usize, usize),
    (x, y): (f64, f64),
    how: Resampling,
) -> Option<f64> {
    let (row, column) = (weight(y, size.0, how)?, weight(x, size.1, how)?);
    blend(source, origin, row, column)
}

/// Values with their validity, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Masked {
    /// Number of columns.
    pub columns: usize,
    /// Values; 0 where not valid.
    pub values: Vec<f64>,
    /// Whether the value is known.
    pub valid: Vec<bool>,
}

/// Resamples a source window (its north-west cell is `origin`, row and column)
/// by the weights of both axes.
pub fn resample(
    source: &Masked,
    origin: (usize, usize),
    rows: &AxisWeights,
    columns: &AxisWeights,
    out: &mut Masked,
) {
    out.columns = columns.weights.len();
    out.values.clear();
    out.valid.clear();
    for row in &rows.weights {
        for column in &columns.weights {
            let value = match (row, column) {
                (Some(row), Some(column)) => blend(source, origin, *row, *column),
                _ => None,
            };
            out.values.push(value.unwrap_or(0.0));
            out.valid.push(value.is_some());
        }
    }
}

/// Neighbours with less weight than this have none: on nearly aligned grids the
/// weight is rounding noise, and a missing neighbour must not blot out the cell.
const NO_WEIGHT: f64 = 1e-9;

fn blend(
    source: &Masked,
    origin: (usize, usize),
    (north, south, down): (usize, usize, f64),
    (west, east, right): (usize, usize, f64),
) -> Option<f64> {
    let get = |r: usize, c: usize| {
        let at = (r - origin.0) * source.columns + (c - origin.1);
        source.valid[at].then(|| source.values[at])
    };
    let mix = |first: usize, second: usize, weight: f64, value: &dyn Fn(usize) -> Option<f64>| {
        if weight < NO_WEIGHT {
            return value(first);
        }
        if weight > 1.0 - NO_WEIGHT {
            return value(second);
        }
        let (a, b) = (value(first)?, value(second)?);
        Some(a + (b - a) * weight)
    };
    mix(north, south, down, &|row| {
        mix(west, east, right, &|column| get(row, column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: usize, rows: usize, cell: f64) -> GridSpec {
        GridSpec {
            columns,
            rows,
            west: 0.0,
            north: 4.0,
            cell_width: cell,
            cell_height: cell,
        }
    }

    fn run(source: &Masked, from: &GridSpec, to: &GridSpec, how: Resampling) -> Masked {
        let rows = row_weights(from, to, 0, to.rows, how);
        let columns = column_weights(from, to, 0, to.columns, how);
        let mut out = Masked::default();
        resample(source, (0, 0), &rows, &columns, &mut out);
        out
    }

    /// A plane is reproduced exactly between the outermost centres.
    #[test]
    fn bilinear_reproduces_a_plane() {
        let (from, to) = (grid(2, 2, 2.0), grid(4, 4, 1.0));
        let source = Masked {
            columns: 2,
            values: vec![1.0, 3.0, 5.0, 7.0],
            valid: vec![true; 4],
        };
        let out = run(&source, &from, &to, Resampling::Bilinear);
        assert_eq!(out.values[5], 1.0 + 0.25 * 2.0 + 0.25 * 4.0);
        assert_eq!(out.values[0], 1.0);
        assert_eq!(out.values[15], 7.0);
    }

    #[test]
    fn nearest_takes_the_cell_under_the_centre() {
        let (from, to) = (grid(2, 2, 2.0), grid(4, 4, 1.0));
        let source = Masked {
            columns: 2,
            values: vec![1.0, 3.0, 5.0, 7.0],
            valid: vec![true; 4],
        };
        let out = run(&source, &from, &to, Resampling::Nearest);
        assert_eq!(out.values[..4], [1.0, 1.0, 3.0, 3.0]);
    }

    /// On an aligned grid every cell is itself, whatever stands beside it.
    #[test]
    fn neighbour_without_weight_does_not_matter() {
        let (from, to) = (grid(2, 2, 2.0), grid(2, 2, 2.0 + 1e-13));
        let source = Masked {
            columns: 2,
            values: vec![1.0, 0.0, 5.0, 7.0],
            valid: vec![true, false, true, true],
        };
        let out = run(&source, &from, &to, Resampling::Bilinear);
        assert_eq!(out.valid, source.valid);
    }

    #[test]
    fn missing_neighbour_makes_bilinear_missing_and_outside_is_missing() {
        let (from, to) = (grid(2, 2, 2.0), grid(6, 4, 1.0));
        let source = Masked {
            columns: 2,
            values: vec![1.0, 0.0, 5.0, 7.0],
            valid: vec![true, false, true, true],
        };
        let out = run(&source, &from, &to, Resampling::Bilinear);
        assert!(!out.valid[1] && out.valid[0]);
        assert!(!out.valid[5], "outside the source");
        let near = run(&source, &from, &to, Resampling::Nearest);
        assert!(near.valid[0] && !near.valid[2]);
    }
}
