//! Areas on an ellipsoid of revolution.

/// An ellipsoid of revolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipsoid {
    semi_major_m: f64,
    eccentricity: f64,
}

impl Ellipsoid {
    /// Creates an ellipsoid from its semi-major axis and inverse flattening
    /// (0 for a sphere, the convention of EPSG and OGC WKT).
    pub fn new(semi_major_m: f64, inverse_flattening: f64) -> Self {
        let flattening = if inverse_flattening == 0.0 {
            0.0
        } else {
            1.0 / inverse_flattening
        };
        Self {
            semi_major_m,
            eccentricity: (flattening * (2.0 - flattening)).sqrt(),
        }
    }

    /// Returns the semi-major axis, m.
    pub fn semi_major_m(&self) -> f64 {
        self.semi_major_m
    }

    /// Returns the square of the first eccentricity.
    pub fn eccentricity_squared(&self) -> f64 {
        self.eccentricity * self.eccentricity
    }

    /// Returns the semi-major axis, m, and the eccentricity.
    pub(super) fn shape(&self) -> (f64, f64) {
        (self.semi_major_m, self.eccentricity)
    }

    /// Returns the length of one degree eastward and northward at a latitude, m.
    ///
    /// Radii of curvature in the prime vertical and in the meridian (Snyder 1987,
    /// equations 4-18 and 4-20).
    pub fn degree_lengths_m(&self, latitude_degree: f64) -> (f64, f64) {
        let latitude = latitude_degree.to_radians();
        let es = self.eccentricity * libm::sin(latitude);
        let square = 1.0 - es * es;
        let vertical = self.semi_major_m / square.sqrt();
        let meridian = vertical * (1.0 - self.eccentricity * self.eccentricity) / square;
        let one = 1_f64.to_radians();
        (vertical * libm::cos(latitude) * one, meridian * one)
    }

    /// Returns the area between the equator and a latitude for one radian of
    /// longitude, in m2, negative in the south.
    ///
    /// Snyder 1987 (USGS Professional Paper 1395), equation 3-12 times half the
    /// square of the semi-major axis: the exact integral, no series.
    pub fn zone_area_m2(&self, latitude_degree: f64) -> f64 {
        let sine = libm::sin(latitude_degree.to_radians());
        let e = self.eccentricity;
        let half_square = 0.5 * self.semi_major_m * self.semi_major_m;
        if e == 0.0 {
            return 2.0 * half_square * sine;
        }
        let es = e * sine;
        half_square * (1.0 - e * e) * (sine / (1.0 - es * es) + libm::atanh(es) / e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one-degree cell at 50-51 N of exactextract's test_raster_area.cpp
    /// (3b4926b): geodesic area 7 892 061 583.2065 m2 on WGS 84. Its north and
    /// south sides there are geodesics; ours are parallels, so the figure is
    /// compared with the parallel-sided value of the same order instead.
    #[test]
    fn one_degree_cell_lies_near_the_geodesic_quadrangle() {
        let wgs84 = Ellipsoid::new(6_378_137.0, 298.257_223_563);
        let area = (wgs84.zone_area_m2(51.0) - wgs84.zone_area_m2(50.0)) * 1_f64.to_radians();
        assert!((area / 7_892_061_583.206_5 - 1.0).abs() < 1e-4, "{area}");
    }

    /// The whole ellipsoid: 510 065 621.724 km2 on WGS 84 and GRS 80.
    #[test]
    fn whole_earth_has_its_known_area() {
        let wgs84 = Ellipsoid::new(6_378_137.0, 298.257_223_563);
        let area = (wgs84.zone_area_m2(90.0) - wgs84.zone_area_m2(-90.0)) * 360_f64.to_radians();
        assert!(
            (area / 5.100_656_217_240_89e14 - 1.0).abs() < 1e-12,
            "{area}"
        );
    }

    #[test]
    fn sphere_is_the_limit_of_no_flattening() {
        let sphere = Ellipsoid::new(6_371_000.0, 0.0);
        let area = sphere.zone_area_m2(90.0);
        assert!((area - 6_371_000.0_f64 * 6_371_000.0).abs() < 1.0);
    }
}
