//! Integer cell areas in mm2, on the ellipsoid.
//!
//! A coverage is an integer number of mm2 of a cell. Heights inside a row are
//! ticks (2^-40 of a row). The area of a cell from its northern edge down to a
//! tick is an integer function of the tick: that function alone decides every
//! coverage, so that polygons sharing an edge share its roundings.

use super::ellipsoid::Ellipsoid;
use super::spec::GridSpec;

/// Ticks in the height of a row.
pub(super) const ROW_TICKS: i64 = 1 << 40;

/// A place in the plane (longitude in radians, ellipsoidal zone area in m2 per
/// radian): polygon areas there are areas on the ellipsoid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuthalicPoint {
    /// Longitude, radians.
    pub longitude: f64,
    /// Area from the equator for one radian of longitude, m2.
    pub zone_area_m2: f64,
}

/// How the integer areas of a grid's cells are found.
#[derive(Clone, Debug)]
pub enum AreaModel {
    /// Geographic grid: one integer a row, from the exact area of its band.
    Geographic {
        /// The grid.
        grid: GridSpec,
        /// The ellipsoid of its reference system.
        ellipsoid: Ellipsoid,
    },
    /// Projected grid: an integer a cell from a bilinear surface of exact areas.
    Projected(AreaSurface),
    /// Plane grid of equal cells: for tests and grids without a map projection.
    Plane {
        /// Area of every cell, mm2.
        cell_mm2: i64,
    },
}

impl AreaModel {
    /// Returns the area of a cell down to a tick of its height, mm2.
    pub(super) fn down_to(&self, row: i64, column: i64, tick: i64) -> i64 {
        match self {
            Self::Geographic { grid, ellipsoid } => {
                let north = ellipsoid.zone_area_m2(grid.row_north(row));
                let share = tick as f64 / ROW_TICKS as f64;
                let latitude = grid.row_north(row) - share * grid.cell_height;
                let south = ellipsoid.zone_area_m2(if tick == ROW_TICKS {
                    grid.row_north(row + 1)
                } else {
                    latitude
                });
                ((north - south) * grid.cell_width.to_radians() * 1e6).round() as i64
            }
            Self::Projected(surface) => share_of(surface.cell(row, column), tick),
            Self::Plane { cell_mm2 } => share_of(*cell_mm2, tick),
        }
    }

    /// Returns whether all cells of a row have one area.
    pub fn constant_along_rows(&self) -> bool {
        !matches!(self, Self::Projected(_))
    }

    /// Returns the area of a whole cell, mm2.
    pub fn cell_mm2(&self, row: i64, column: i64) -> i64 {
        match self {
            Self::Projected(surface) => surface.cell(row, column),
            _ => self.down_to(row, column, ROW_TICKS),
        }
    }

    /// Writes the areas of the cells of a row from `column` on, mm2.
    pub fn row_mm2(&self, row: i64, column: i64, out: &mut [i64]) {
        match self {
            Self::Projected(surface) => surface.row(row, column, out),
            _ => out.fill(self.cell_mm2(row, column)),
        }
    }
}

fn share_of(cell_mm2: i64, tick: i64) -> i64 {
    let product = i128::from(cell_mm2) * i128::from(tick) + i128::from(ROW_TICKS / 2);
    (product >> 40) as i64
}

/// Where the surface of a projected grid must be sampled.
#[derive(Clone, Debug)]
pub struct SurfacePlan {
    grid: GridSpec,
    spacing: i64,
    first: (i64, i64),
    nodes: (usize, usize),
    probe: f64,
    bits: u32,
}

/// Nodes stand at most this far apart. The areal scale k of a transverse
/// Mercator grid has k'' = 2/R^2, so a chord over h metres errs by h^2 / (4 R^2)
/// = 6.2e-9 at 1000 m: inside the promised 1e-8.
const NODE_SPACING_M: f64 = 1000.0;
/// Half the base of the difference quotient at a node.
const PROBE_M: f64 = 250.0;

impl SurfacePlan {
    /// Plans the surface for rows and columns from `first` up to `last` (row,
    /// column; may reach beyond the raster, where polygons do). `metres` is the
    /// length of one unit of the reference system.
    pub fn new(grid: &GridSpec, metres: f64, first: (i64, i64), last: (i64, i64)) -> Self {
        let cell_m = grid.cell_width.max(grid.cell_height) * metres;
        let mut spacing = 1_i64;
        while spacing < 4096 && (2 * spacing) as f64 * cell_m <= NODE_SPACING_M {
            spacing *= 2;
        }
        // Nodes sit on multiples of the spacing, whatever part of the grid is
        // asked for: areas may not depend on the tile or on the polygons.
        let low = |index: i64| index.div_euclid(spacing);
        let high = |index: i64| index.div_euclid(spacing) + 1;
        let first_node = (low(first.0), low(first.1));
        let nodes = (
            (high(last.0) - first_node.0 + 1) as usize,
            (high(last.1) - first_node.1 + 1) as usize,
        );
        Self {
            grid: grid.clone(),
            spacing,
            first: first_node,
            nodes,
            probe: PROBE_M / metres,
            bits: fixed_bits(grid, metres),
        }
    }

    /// Returns the number of rows of nodes.
    pub fn node_rows(&self) -> usize {
        self.nodes.0
    }

    /// Returns the points to project for one row of nodes, in order. Each node
    /// has 4 probes, or 16 where a cell is wider than the probe.
    pub fn probes(&self, node_row: usize) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(self.nodes.1 * 4 * self.samples().len());
        for node_column in 0..self.nodes.1 {
            let row = (self.first.0 + node_row as i64) * self.spacing;
            let column = (self.first.1 + node_column as i64) * self.spacing;
            let (x, y) = self.grid.centre(row, column);
            for (share_x, share_y) in self.samples() {
                let (x, y) = (
                    x + share_x * self.grid.cell_width,
                    y + share_y * self.grid.cell_height,
                );
                let h = self.probe;
                points.extend([(x - h, y), (x + h, y), (x, y - h), (x, y + h)]);
            }
        }
        points
    }

    /// Sample places inside a cell: its centre, or the four Gauss points of a
    /// cell so wide that the scale bends inside it.
    fn samples(&self) -> &'static [(f64, f64)] {
        const G: f64 = 0.288_675_134_594_812_9;
        let wide = self.grid.cell_width.max(self.grid.cell_height) > self.probe;
        if wide {
            &[(-G, -G), (-G, G), (G, -G), (G, G)]
        } else {
            &[(0.0, 0.0)]
        }
    }

    /// Computes the cell areas at one row of nodes, mm2, from the projected probes.
    pub fn node_areas(&self, projected: &[AuthalicPoint]) -> Vec<f64> {
        let samples = self.samples().len();
        let cell = self.grid.cell_width * self.grid.cell_height * 1e6;
        projected
            .chunks_exact(4 * samples)
            .map(|node| {
                let mut density = 0.0;
                for probe in node.chunks_exact(4) {
                    density += self.density(probe);
                }
                density / samples as f64 * cell
            })
            .collect()
    }

    /// Areal scale (m2 of ellipsoid per square unit) from four probes: the
    /// determinant of central differences, exact to the third order.
    fn density(&self, probe: &[AuthalicPoint]) -> f64 {
        let base = 2.0 * self.probe;
        let by = |to: AuthalicPoint, from: AuthalicPoint| {
            (
                (to.longitude - from.longitude) / base,
                (to.zone_area_m2 - from.zone_area_m2) / base,
            )
        };
        let (lx, ax) = by(probe[1], probe[0]);
        let (ly, ay) = by(probe[3], probe[2]);
        (lx * ay - ly * ax).abs()
    }

    /// Builds the surface from all rows of node areas.
    ///
    /// # Panics
    ///
    /// If the number of areas is not the number of nodes planned.
    pub fn build(self, node_areas: Vec<f64>) -> AreaSurface {
        assert_eq!(node_areas.len(), self.nodes.0 * self.nodes.1);
        AreaSurface {
            spacing: self.spacing,
            first: self.first,
            node_columns: self.nodes.1,
            bits: self.bits,
            node_areas,
        }
    }
}

/// Cell areas of a projected grid at nodes, interpolated bilinearly between.
#[derive(Clone, Debug)]
pub struct AreaSurface {
    spacing: i64,
    first: (i64, i64),
    node_columns: usize,
    bits: u32,
    node_areas: Vec<f64>,
}

impl AreaSurface {
    fn place(&self, index: i64, first: i64) -> (usize, f64) {
        let node = index.div_euclid(self.spacing);
        let share = index.rem_euclid(self.spacing) as f64 / self.spacing as f64;
        ((node - first) as usize, share)
    }

    /// Area at a column of nodes, between two rows of nodes.
    fn between_rows(&self, (node, share): (usize, f64), column: usize) -> f64 {
        let north = self.node_areas[node * self.node_columns + column];
        let south = self.node_areas[(node + 1) * self.node_columns + column];
        north + (south - north) * share
    }

    /// Areas from one node eastward to the next, in 2^-`bits` mm2: the first (and
    /// half a mm2 for rounding) and the step. Whole numbers, so that a cell's area does not depend on where the row
    /// is entered.
    fn slope(&self, row: (usize, f64), node: usize) -> (i64, i64) {
        let (west, east) = (
            self.between_rows(row, node),
            self.between_rows(row, node + 1),
        );
        let one = (1_i64 << self.bits) as f64;
        let first = (west * one).round();
        let step = ((east - west) * one / self.spacing as f64).round();
        (first as i64 + ((1 << self.bits) >> 1), step as i64)
    }

    fn cell(&self, row: i64, column: i64) -> i64 {
        let (node, _) = self.place(column, self.first.1);
        let (first, step) = self.slope(self.place(row, self.first.0), node);
        (first + step * column.rem_euclid(self.spacing)) >> self.bits
    }

    fn row(&self, row: i64, column: i64, out: &mut [i64]) {
        let row = self.place(row, self.first.0);
        let mut at = column;
        let mut out = out;
        while !out.is_empty() {
            let (node, _) = self.place(at, self.first.1);
            let entered = at.rem_euclid(self.spacing);
            let count = out.len().min((self.spacing - entered) as usize);
            let (now, later) = out.split_at_mut(count);
            let (first, step) = self.slope(row, node);
            let mut area = first + step * entered;
            for cell in now {
                *cell = area >> self.bits;
                area += step;
            }
            at += count as i64;
            out = later;
        }
    }
}

/// Binary digits after the point of areas between nodes: as many as fit beside the
/// nominal area of a cell (a true area is less than four times it), at most 32. It
/// depends on the grid only, never on how much of it is asked for.
fn fixed_bits(grid: &GridSpec, metres: f64) -> u32 {
    let nominal_mm2 = grid.cell_width * grid.cell_height * metres * metres * 1e6;
    (60 - nominal_mm2.max(1.0).log2().ceil() as i64).clamp(0, 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row's areas are the same asked for one by one or together, from any column.
    #[test]
    fn row_and_cell_agree_on_a_surface() {
        let grid = GridSpec {
            columns: 100,
            rows: 100,
            west: 0.0,
            north: 0.0,
            cell_width: 30.0,
            cell_height: 30.0,
        };
        let plan = SurfacePlan::new(&grid, 1.0, (-5, -5), (105, 105));
        let mut areas = Vec::new();
        for row in 0..plan.node_rows() {
            let points: Vec<AuthalicPoint> = plan
                .probes(row)
                .iter()
                .map(|(x, y)| AuthalicPoint {
                    longitude: x * (1.0 + 1e-9 * x),
                    zone_area_m2: y * (1.0 + 1e-9 * y),
                })
                .collect();
            areas.extend(plan.node_areas(&points));
        }
        let surface = plan.build(areas);
        let mut out = vec![0; 90];
        for first in [-5, 0, 7] {
            surface.row(17, first, &mut out);
            for (step, area) in out.iter().enumerate() {
                assert_eq!(*area, surface.cell(17, first + step as i64));
            }
        }
        let exact = 900e6 * (1.0 + 2e-9 * 10.5 * 30.0) * (1.0 - 2e-9 * 17.5 * 30.0);
        assert!((surface.cell(17, 10) as f64 / exact - 1.0).abs() < 1e-8);
    }
}
