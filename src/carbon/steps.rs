//! Steps in series: a change far from the other changes of its series is told.

use gep_core::quantity::{Rational, to_f64};

/// A change that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The earlier year.
    pub from: u16,
    /// The later year.
    pub to: u16,
    /// Relative change, per cent, to two digits.
    pub change_percent: String,
}

/// Median absolute deviation to standard deviation of a normal distribution.
const ROBUST: f64 = 1.4826;

/// Returns changes further than `sigmas` robust standard deviations from the median of
/// all relative changes. Fewer than `least` changes tell nothing.
pub fn steps(series: &[(u16, Rational)], sigmas: f64, least: usize) -> Vec<Step> {
    let changes: Vec<(u16, u16, f64)> = series
        .windows(2)
        .filter_map(|pair| {
            let (old, new) = (to_f64(&pair[0].1), to_f64(&pair[1].1));
            (old != 0.0).then(|| (pair[0].0, pair[1].0, (new - old) / old.abs()))
        })
        .collect();
    if changes.len() < least {
        return Vec::new();
    }
    let middle = median(changes.iter().map(|own| own.2).collect());
    let spread = median(changes.iter().map(|own| (own.2 - middle).abs()).collect()) * ROBUST;
    let far = |own: &&(u16, u16, f64)| (own.2 - middle).abs() > sigmas * spread && spread > 0.0;
    let found = changes.iter().filter(far);
    found
        .map(|(from, to, change)| Step {
            from: *from,
            to: *to,
            change_percent: format!("{:.2}", change * 100.0),
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[i64]) -> Vec<(u16, Rational)> {
        let years = 2010_u16..;
        let values = values
            .iter()
            .map(|value| Rational::from_integer((*value).into()));
        years.zip(values).collect()
    }

    /// Growth of about a twentieth a year, and one year that doubles.
    #[test]
    fn a_doubling_stands_out_and_steady_growth_does_not() {
        let steady = [100, 105, 110, 116, 121, 128, 134];
        assert_eq!(steps(&series(&steady), 3.0, 5), Vec::new());
        let jump = [100, 105, 110, 220, 231, 243, 254];
        let found = steps(&series(&jump), 3.0, 5);
        assert_eq!((found.len(), found[0].from, found[0].to), (1, 2012, 2013));
        assert_eq!(found[0].change_percent, "100.00");
        // Four changes say nothing of each other.
        assert_eq!(steps(&series(&jump[..5]), 3.0, 5), Vec::new());
    }
}
