//! The grid of a raster: size and geotransform.

/// A north-up grid of cells; rows are counted from the north.
///
/// Rasters stored south-up are described here by their northern edge; the
/// reader turns the rows over.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSpec {
    /// Number of columns.
    pub columns: usize,
    /// Number of rows.
    pub rows: usize,
    /// X of the western edge, in the unit of the reference system.
    pub west: f64,
    /// Y of the northern edge.
    pub north: f64,
    /// Width of a cell, > 0.
    pub cell_width: f64,
    /// Height of a cell, > 0.
    pub cell_height: f64,
}

/// Why a geotransform cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecFault {
    /// The transform has rotation or shear terms.
    Rotated,
    /// A cell has no width or height, or columns run westward.
    Degenerate,
}

impl GridSpec {
    /// Creates a grid from a GDAL-style geotransform `[x0, dx, rx, y0, ry, dy]`
    /// and tells whether rows must be turned over (`dy > 0`, south-up).
    pub fn from_geotransform(
        columns: usize,
        rows: usize,
        transform: [f64; 6],
    ) -> Result<(Self, bool), SpecFault> {
        let [x0, dx, rx, y0, ry, dy] = transform;
        if rx != 0.0 || ry != 0.0 {
            return Err(SpecFault::Rotated);
        }
        let finite = transform.iter().all(|term| term.is_finite());
        if !finite || dx <= 0.0 || dy == 0.0 {
            return Err(SpecFault::Degenerate);
        }
        let south_up = dy > 0.0;
        let north = if south_up { y0 + dy * rows as f64 } else { y0 };
        let grid = Self {
            columns,
            rows,
            west: x0,
            north,
            cell_width: dx,
            cell_height: dy.abs(),
        };
        Ok((grid, south_up))
    }

    /// Returns a position in cells: columns from the west, rows from the north.
    ///
    /// A position within 1e-9 of a cell of a grid line is put on the line, so
    /// that polygons drawn along cell edges do not leave slivers behind.
    pub fn cell_position(&self, x: f64, y: f64) -> (f64, f64) {
        let onto_line = |value: f64| {
            let line = value.round();
            if (value - line).abs() < 1e-9 {
                line
            } else {
                value
            }
        };
        (
            onto_line((x - self.west) / self.cell_width),
            onto_line((self.north - y) / self.cell_height),
        )
    }

    /// Returns the y of the northern edge of a row (also outside the grid).
    pub fn row_north(&self, row: i64) -> f64 {
        self.north - row as f64 * self.cell_height
    }

    /// Returns the centre of a cell (also outside the grid).
    pub fn centre(&self, row: i64, column: i64) -> (f64, f64) {
        (
            self.west + (column as f64 + 0.5) * self.cell_width,
            self.north - (row as f64 + 0.5) * self.cell_height,
        )
    }

    /// Returns whether two grids have the same cells: same size, and corners
    /// that agree to a thousandth of a cell.
    pub fn same_cells(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64, cell: f64| (a - b).abs() <= 1e-3 * cell;
        let (columns, rows) = (self.columns as f64, self.rows as f64);
        self.columns == other.columns
            && self.rows == other.rows
            && near(self.west, other.west, self.cell_width)
            && near(self.north, other.north, self.cell_height)
            && near(
                self.cell_width * columns,
                other.cell_width * columns,
                self.cell_width,
            )
            && near(
                self.cell_height * rows,
                other.cell_height * rows,
                self.cell_height,
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn south_up_grid_is_described_by_its_northern_edge() {
        let (down, turned) =
            GridSpec::from_geotransform(4, 2, [10.0, 1.0, 0.0, 20.0, 0.0, -1.0]).expect("grid");
        let (up, turned_up) =
            GridSpec::from_geotransform(4, 2, [10.0, 1.0, 0.0, 18.0, 0.0, 1.0]).expect("grid");
        assert_eq!(down, up);
        assert!(!turned && turned_up);
    }

    #[test]
    fn rotation_and_missing_size_are_refused() {
        let rotated = GridSpec::from_geotransform(4, 2, [0.0, 1.0, 0.1, 0.0, 0.0, -1.0]);
        assert_eq!(rotated.expect_err("rotated"), SpecFault::Rotated);
        let flat = GridSpec::from_geotransform(4, 2, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(flat.expect_err("flat"), SpecFault::Degenerate);
    }

    #[test]
    fn half_a_cell_of_offset_is_another_grid() {
        let (a, _) = GridSpec::from_geotransform(4, 2, [0.0, 1.0, 0.0, 2.0, 0.0, -1.0]).expect("a");
        let b = GridSpec {
            west: 0.5,
            ..a.clone()
        };
        let c = GridSpec {
            west: 1e-7,
            ..a.clone()
        };
        assert!(!a.same_cells(&b) && a.same_cells(&c));
    }
}
