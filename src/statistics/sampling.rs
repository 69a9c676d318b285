//! Values of a distribution from uniform numbers.

use super::normal::{normal_below, normal_quantile};
use super::philox::uniform;

/// A distribution of plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// Normal, cut off at ends that may be infinite.
    Normal {
        /// Mean before it is cut off.
        mean: f64,
        /// Standard deviation before it is cut off.
        sd: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Median.
        median: f64,
        /// Standard deviation of the logarithm.
        sd_log: f64,
    },
    /// Triangular.
    Triangular {
        /// Lower end.
        low: f64,
        /// The likeliest value.
        mode: f64,
        /// Upper end.
        high: f64,
    },
    /// Uniform.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Values in rising order with weights above zero.
    Discrete(Vec<(f64, f64)>),
}

impl Spread {
    /// Returns the value below which a share `p` (0 < p < 1) of it lies.
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Self::Normal {
                mean,
                sd,
                low,
                high,
            } => {
                let share = |end: &f64| normal_below((end - mean) / sd);
                let (a, b) = (share(low), share(high));
                let value = mean + sd * normal_quantile(a + p * (b - a));
                value.max(*low).min(*high)
            }
            Self::Lognormal { median, sd_log } => median * libm::exp(sd_log * normal_quantile(p)),
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                if p * width < mode - low {
                    low + libm::sqrt(p * width * (mode - low))
                } else {
                    high - libm::sqrt((1.0 - p) * width * (high - mode))
                }
            }
            Self::Uniform { low, high } => low + p * (high - low),
            Self::Discrete(values) => {
                let sum: f64 = values.iter().map(|(_, weight)| weight).sum();
                let mut below = 0.0;
                for (value, weight) in values {
                    below += weight;
                    if p * sum < below {
                        return *value;
                    }
                }
                values.last().map_or(f64::NAN, |(value, _)| *value)
            }
        }
    }

    /// Returns the draws of a stream under a seed, in the order of their index.
    pub fn draws(&self, seed: u64, stream: u64, count: usize) -> Vec<f64> {
        let all = 0..count as u64;
        all.map(|draw| self.quantile(uniform(seed, stream, draw)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and standard deviation of many draws against the analytic ones, within
    /// five standard errors (of the deviation: with the normal's kurtosis, or less).
    fn check(spread: &Spread, mean: f64, sd: f64) {
        let count = 200_000;
        let draws = spread.draws(20, 5, count);
        let n = count as f64;
        let found = draws.iter().sum::<f64>() / n;
        assert!(
            (found - mean).abs() < 5.0 * sd / n.sqrt(),
            "{spread:?} {found}"
        );
        let square = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        let found = (square / n).sqrt();
        assert!((found / sd - 1.0).abs() < 0.02, "{spread:?} {found} {sd}");
    }

    #[test]
    fn means_and_deviations_are_the_analytic_ones() {
        let infinite = f64::INFINITY;
        let normal = |low, high| Spread::Normal {
            mean: 3.0,
            sd: 0.5,
            low,
            high,
        };
        check(&normal(-infinite, infinite), 3.0, 0.5);
        // Cut off at one deviation on both sides: sd * sqrt(1 - 2 phi(1) / 0.6827).
        check(&normal(2.5, 3.5), 3.0, 0.5 * 0.539_560_f64);
        let (median, sd_log) = (2.0, 0.3_f64);
        let mean = median * (sd_log * sd_log / 2.0).exp();
        let sd = mean * ((sd_log * sd_log).exp() - 1.0).sqrt();
        check(&Spread::Lognormal { median, sd_log }, mean, sd);
        let (low, mode, high) = (6.11_f64, 7.06, 7.53);
        let mean = (low + mode + high) / 3.0;
        let squares = low * low + mode * mode + high * high;
        let cross = low * mode + low * high + mode * high;
        let sd = ((squares - cross) / 18.0).sqrt();
        check(&Spread::Triangular { low, mode, high }, mean, sd);
        check(
            &Spread::Uniform {
                low: 1.0,
                high: 3.0,
            },
            2.0,
            (4.0_f64 / 12.0).sqrt(),
        );
        let pair = Spread::Discrete(vec![(1.0, 1.0), (5.0, 3.0)]);
        check(&pair, 4.0, 3.0_f64.sqrt());
    }

    #[test]
    fn quantiles_reach_the_ends_and_the_mode() {
        let spread = Spread::Triangular {
            low: 1.0,
            mode: 1.0,
            high: 3.0,
        };
        // F(x) = 1 - (3 - x)^2 / 4
        assert!((spread.quantile(0.75) - 2.0).abs() < 1e-15);
        assert!(spread.quantile(1e-12) >= 1.0);
        let mirrored = Spread::Triangular {
            low: 1.0,
            mode: 3.0,
            high: 3.0,
        };
        assert!((mirrored.quantile(0.25) - 2.0).abs() < 1e-15);
        let cut = Spread::Normal {
            mean: 0.0,
            sd: 1.0,
            low: 0.0,
            high: f64::INFINITY,
        };
        assert!((cut.quantile(0.5) - 0.674_489_750_196_081_7).abs() < 1e-12);
    }
}
