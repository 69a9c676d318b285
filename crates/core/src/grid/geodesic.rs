//! Distances on an ellipsoid of revolution.

use super::ellipsoid::Ellipsoid;

/// Rounds of the iteration; points of one coast settle in four or five.
const MOST_ROUNDS: usize = 100;

/// The longitude on the auxiliary sphere is settled below this, radians: 6e-6 mm on
/// the ground.
const SETTLED: f64 = 1e-15;

impl Ellipsoid {
    /// Returns the length of the geodesic between two points (longitude, latitude in
    /// degrees), m.
    ///
    /// Vincenty 1975 (Survey Review 23(176): 88-93), inverse problem: better than
    /// 0.1 mm over any distance, far better over an edge of a coast. `None` if the
    /// points lie nearly opposite each other, where the iteration does not settle.
    pub fn distance_m(&self, from: (f64, f64), to: (f64, f64)) -> Option<f64> {
        if from == to {
            return Some(0.0);
        }
        let (a, e) = self.shape();
        let b = a * (1.0 - e * e).sqrt();
        let f = 1.0 - b / a;
        // Reduced latitudes.
        let reduced = |latitude: f64| libm::atan((1.0 - f) * libm::tan(latitude.to_radians()));
        let (u1, u2) = (reduced(from.1), reduced(to.1));
        let (sin1, cos1) = (libm::sin(u1), libm::cos(u1));
        let (sin2, cos2) = (libm::sin(u2), libm::cos(u2));
        let difference = (to.0 - from.0).to_radians();
        let mut lambda = difference;
        for _ in 0..MOST_ROUNDS {
            let (sin_lambda, cos_lambda) = (libm::sin(lambda), libm::cos(lambda));
            let east = cos2 * sin_lambda;
            let north = cos1 * sin2 - sin1 * cos2 * cos_lambda;
            let sin_sigma = (east * east + north * north).sqrt();
            if sin_sigma == 0.0 {
                return Some(0.0);
            }
            let cos_sigma = sin1 * sin2 + cos1 * cos2 * cos_lambda;
            let sigma = libm::atan2(sin_sigma, cos_sigma);
            let sin_alpha = cos1 * cos2 * sin_lambda / sin_sigma;
            let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
            // On the equator there is no middle latitude.
            let middle = if cos2_alpha > 0.0 {
                cos_sigma - 2.0 * sin1 * sin2 / cos2_alpha
            } else {
                0.0
            };
            let c = f / 16.0 * cos2_alpha * (4.0 + f * (4.0 - 3.0 * cos2_alpha));
            let inner = middle + c * cos_sigma * (2.0 * middle * middle - 1.0);
            let next = difference + (1.0 - c) * f * sin_alpha * (sigma + c * sin_sigma * inner);
            if (next - lambda).abs() < SETTLED {
                let squared = cos2_alpha * (a * a - b * b) / (b * b);
                return Some(b * arc(squared, sigma, (sin_sigma, cos_sigma), middle));
            }
            lambda = next;
        }
        None
    }
}

/// Length of the arc in units of the semi-minor axis (equations 3, 4 and 6).
fn arc(squared: f64, sigma: f64, (sin, cos): (f64, f64), middle: f64) -> f64 {
    let big_a = 1.0
        + squared / 16384.0 * (4096.0 + squared * (squared * (320.0 - 175.0 * squared) - 768.0));
    let big_b = squared / 1024.0 * (256.0 + squared * (squared * (74.0 - 47.0 * squared) - 128.0));
    let twice = 2.0 * middle * middle - 1.0;
    let last = big_b / 6.0 * middle * (4.0 * sin * sin - 3.0) * (4.0 * middle * middle - 3.0);
    let correction = big_b * sin * (middle + big_b / 4.0 * (cos * twice - last));
    big_a * (sigma - correction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grs80() -> Ellipsoid {
        Ellipsoid::new(6_378_137.0, 298.257_222_101)
    }

    fn degrees(degree: f64, minute: f64, second: f64) -> f64 {
        degree.signum() * (degree.abs() + minute / 60.0 + second / 3600.0)
    }

    /// Flinders Peak to Buninyong on GRS 80: 54 972.271 m, the worked example of the
    /// GDA technical manual (Intergovernmental Committee on Surveying and Mapping).
    #[test]
    fn worked_example_of_the_gda_manual() {
        let peak = (
            degrees(144.0, 25.0, 29.524_40),
            degrees(-37.0, 57.0, 3.720_30),
        );
        let hill = (
            degrees(143.0, 55.0, 35.383_90),
            degrees(-37.0, 39.0, 10.156_10),
        );
        let distance = grs80().distance_m(peak, hill).expect("a distance");
        assert!((distance - 54_972.271).abs() < 0.000_6, "{distance}");
        assert_eq!(
            grs80().distance_m(hill, peak).map(|d| d.to_bits() >> 8),
            Some(distance.to_bits() >> 8)
        );
    }

    /// A degree along the equator is the radius times a degree; a short step along a
    /// meridian is its radius of curvature times the angle.
    #[test]
    fn equator_and_meridian_are_known_lengths() {
        let equator = grs80().distance_m((120.0, 0.0), (121.0, 0.0)).expect("one");
        assert!((equator - 6_378_137.0 * 1_f64.to_radians()).abs() < 1e-6);
        let (_, north) = grs80().degree_lengths_m(30.0);
        let step = grs80().distance_m((122.0, 29.9995), (122.0, 30.0005));
        assert!((step.expect("one") - north / 1000.0).abs() < 1e-6);
    }

    #[test]
    fn a_point_is_no_distance_from_itself_and_opposite_points_have_none() {
        assert_eq!(grs80().distance_m((122.0, 30.0), (122.0, 30.0)), Some(0.0));
        assert_eq!(grs80().distance_m((0.0, 0.0), (179.7, 0.3)), None);
    }
}
