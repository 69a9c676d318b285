//! Slope of a surface.

/// Computes the slope of a surface from the eight neighbours of each cell.
///
/// Layer `slope`; third-order finite difference (Horn 1981, equation 3).
///
/// | argument    | shape                  | unit | range           |
/// |-------------|------------------------|------|-----------------|
/// | `height`    | (rows + 2) x (columns + 2) | m | any             |
/// | `valid`     | (rows + 2) x (columns + 2) | - | false = missing |
/// | `cell_x_m`  | rows                   | m    | > 0, one width per row: geographic grids narrow northwards |
/// | `cell_y_m`  | rows                   | m    | > 0             |
/// | result      | rows x columns         | 1    | rise over run, and whether it is there |
///
/// The halo of one cell comes from the neighbouring tiles. A cell is missing in the
/// result if it or any of its eight neighbours is missing; it is never zero.
///
/// # Panics
///
/// If the shapes disagree. The tiler guarantees them, so this is our own mistake.
pub fn slope_horn(
    height: &[f64],
    valid: &[bool],
    columns: usize,
    cell_x_m: &[f64],
    cell_y_m: &[f64],
) -> (Vec<f64>, Vec<bool>) {
    let rows = cell_x_m.len();
    let stride = columns + 2;
    assert_eq!(cell_y_m.len(), rows, "one height per row");
    assert_eq!(height.len(), (rows + 2) * stride, "a halo of one cell");
    assert_eq!(valid.len(), height.len(), "one state per cell");
    let mut slopes = Vec::with_capacity(rows * columns);
    let mut there = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let top = row * stride + column;
            let window = [top, top + stride, top + 2 * stride];
            let known = window
                .iter()
                .all(|start| valid[*start..start + 3].iter().all(|one| *one));
            there.push(known);
            let slope = known.then(|| {
                let [north, middle, south] = window.map(|start| &height[start..start + 3]);
                let east = north[2] + 2.0 * middle[2] + south[2];
                let west = north[0] + 2.0 * middle[0] + south[0];
                let below = south[0] + 2.0 * south[1] + south[2];
                let above = north[0] + 2.0 * north[1] + north[2];
                let by_x = (east - west) / (8.0 * cell_x_m[row]);
                let by_y = (below - above) / (8.0 * cell_y_m[row]);
                libm::sqrt(by_x * by_x + by_y * by_y)
            });
            slopes.push(slope.unwrap_or(0.0));
        }
    }
    (slopes, there)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of the nine cells, missing in turn, makes the slope missing.
    #[test]
    fn any_missing_neighbour_is_missing() {
        let height = [0.0, 3.0, 6.0, 4.0, 7.0, 10.0, 8.0, 11.0, 14.0];
        let all = [true; 9];
        let (slope, valid) = slope_horn(&height, &all, 1, &[10.0], &[10.0]);
        assert_eq!((slope, valid), (vec![0.5], vec![true]));
        for missing in 0..9 {
            let mut some = all;
            some[missing] = false;
            let (_, valid) = slope_horn(&height, &some, 1, &[10.0], &[10.0]);
            assert_eq!(valid, [false], "cell {missing}");
        }
    }

    /// The width of a row's cells is its own.
    #[test]
    fn rows_narrow_northwards() {
        let height: Vec<f64> = (0..4).flat_map(|_| [0.0, 10.0, 20.0]).collect();
        let (slope, _) = slope_horn(&height, &[true; 12], 1, &[50.0, 100.0], &[100.0, 100.0]);
        assert_eq!(slope, [0.2, 0.1]);
    }
}
