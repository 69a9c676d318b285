//! Distributions of parameter rows: how far a value may be from what its row says.

use std::fmt::Write as _;

use num_traits::{Signed, Zero};

use crate::quantity::Rational;

use super::dictionary::{Citation, Title};
use super::table::Status;

/// The shape of a distribution; numbers are in the unit of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Known as it stands: a definition, a legal rate, what every source prints.
    Fixed,
    /// Normal around the row's value, cut off where an end is given.
    Normal {
        /// Standard deviation before it is cut off.
        sd: Rational,
        /// Lower end.
        low: Option<Rational>,
        /// Upper end.
        high: Option<Rational>,
    },
    /// Lognormal with the row's value as median.
    Lognormal {
        /// Standard deviation of the natural logarithm.
        sd_log: Rational,
    },
    /// Triangular.
    Triangular {
        /// Lower end.
        low: Rational,
        /// The likeliest value.
        mode: Rational,
        /// Upper end.
        high: Rational,
    },
    /// Every value between the ends is as likely.
    Uniform {
        /// Lower end.
        low: Rational,
        /// Upper end.
        high: Rational,
    },
    /// One of several values, in rising order, each with its weight.
    Discrete(Vec<(Rational, Rational)>),
}

/// The ends of a range; none where it is open.
pub type Ends = (Option<Rational>, Option<Rational>);

impl Shape {
    /// The words of the files.
    pub(super) const WORDS: [&str; 6] = [
        "fixed",
        "normal",
        "lognormal",
        "triangular",
        "uniform",
        "discrete",
    ];

    /// Returns the word of the files.
    pub fn word(&self) -> &'static str {
        Self::WORDS[match self {
            Self::Fixed => 0,
            Self::Normal { .. } => 1,
            Self::Lognormal { .. } => 2,
            Self::Triangular { .. } => 3,
            Self::Uniform { .. } => 4,
            Self::Discrete(_) => 5,
        }]
    }

    /// Returns whether anything is drawn at all.
    pub fn varies(&self) -> bool {
        *self != Self::Fixed
    }

    /// Returns the ends of the values it can give, `value` being what the row says.
    pub fn support(&self, value: &Rational) -> Ends {
        match self {
            Self::Fixed => (Some(value.clone()), Some(value.clone())),
            Self::Normal { low, high, .. } => (low.clone(), high.clone()),
            Self::Lognormal { .. } => (Some(Rational::zero()), None),
            Self::Triangular { low, high, .. } | Self::Uniform { low, high } => {
                (Some(low.clone()), Some(high.clone()))
            }
            Self::Discrete(values) => {
                let end = |one: Option<&(Rational, Rational)>| one.map(|(value, _)| value.clone());
                (end(values.first()), end(values.last()))
            }
        }
    }

    /// Returns the first thing that is wrong with it, `value` being what the row says.
    pub(super) fn fault(&self, value: &Rational, within: &Ends) -> Option<&'static str> {
        let ordered = |low: &Rational, high: &Rational| {
            (low >= high).then_some("methodology-distribution-ends")
        };
        let own = match self {
            Self::Fixed => None,
            Self::Normal { sd, low, high } => match (sd.is_positive(), low, high) {
                (false, ..) => Some("methodology-distribution-sd"),
                (true, Some(low), Some(high)) => ordered(low, high),
                _ => None,
            },
            Self::Lognormal { sd_log } if !sd_log.is_positive() => {
                Some("methodology-distribution-sd")
            }
            Self::Lognormal { .. } if !value.is_positive() => {
                Some("methodology-distribution-central")
            }
            Self::Lognormal { .. } => None,
            Self::Triangular { low, mode, high } => ordered(low, high)
                .or_else(|| (mode < low || mode > high).then_some("methodology-distribution-mode")),
            Self::Uniform { low, high } => ordered(low, high),
            Self::Discrete(values) => discrete_fault(values),
        };
        let (low, high) = self.support(value);
        let inside = |(a, b): (&Ends, &Ends)| above(&a.0, &b.0) && below(&a.1, &b.1);
        let support = (low, high);
        own.or_else(|| {
            let central = (Some(value.clone()), Some(value.clone()));
            (!inside((&central, &support))).then_some("methodology-distribution-central")
        })
        .or_else(|| (!inside((&support, within))).then_some("methodology-distribution-support"))
    }
}

fn discrete_fault(values: &[(Rational, Rational)]) -> Option<&'static str> {
    let rising = values.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let weighed = values.iter().all(|(_, weight)| weight.is_positive());
    (values.len() < 2 || !rising || !weighed).then_some("methodology-distribution-values")
}

/// Whether a lower end is not below a limit.
fn above(end: &Option<Rational>, limit: &Option<Rational>) -> bool {
    match (end, limit) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(end), Some(limit)) => end >= limit,
    }
}

/// Whether an upper end is not above a limit.
fn below(end: &Option<Rational>, limit: &Option<Rational>) -> bool {
    match (end, limit) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(end), Some(limit)) => end <= limit,
    }
}

/// What is known of how far a parameter row may be off.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The table (`tables/prices.csv`).
    pub table: String,
    /// Labels of the row, in the order of the table's key columns.
    pub keys: Vec<String>,
    /// The shape.
    pub shape: Shape,
    /// The unit of its numbers: that of the row.
    pub unit_text: String,
    /// Beyond what no value of the parameter makes sense.
    pub within: Ends,
    /// How far the distribution itself can be trusted.
    pub status: Status,
    /// Where it is taken from.
    pub citation: Citation,
    /// What it rests on.
    pub note: Title,
    /// The file, relative to the methodology.
    pub file: String,
    /// Its line.
    pub line: u32,
}

impl Distribution {
    /// Spells what a draw depends on; titles, notes and sources do not enter.
    pub(super) fn canonical(&self) -> String {
        let mut text = format!("{} {:?} {}", self.table, self.keys, self.unit_text);
        _ = writeln!(text, " {:?} {:?}", self.shape, self.within);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::parse_decimal;

    fn number(text: &str) -> Rational {
        parse_decimal(text).expect("a number")
    }

    fn fault(shape: Shape, value: &str) -> Option<&'static str> {
        let within = (Some(number("0")), Some(number("10")));
        shape.fault(&number(value), &within)
    }

    fn triangular(low: &str, mode: &str, high: &str) -> Shape {
        let [low, mode, high] = [low, mode, high].map(number);
        Shape::Triangular { low, mode, high }
    }

    /// Each refusal has a clean twin that passes.
    #[test]
    fn faults_fire_and_their_twins_are_silent() {
        assert_eq!(fault(triangular("1", "2", "3"), "2"), None);
        assert_eq!(fault(triangular("1", "1", "3"), "1"), None);
        let mode = Some("methodology-distribution-mode");
        assert_eq!(fault(triangular("1", "3.5", "3"), "2"), mode);
        let ends = Some("methodology-distribution-ends");
        assert_eq!(fault(triangular("3", "3", "3"), "3"), ends);
        let central = Some("methodology-distribution-central");
        assert_eq!(fault(triangular("1", "2", "3"), "4"), central);
        let support = Some("methodology-distribution-support");
        assert_eq!(fault(triangular("-1", "2", "3"), "2"), support);
        assert_eq!(fault(triangular("1", "2", "10.5"), "2"), support);
        let [low, high] = ["1", "3"].map(number);
        assert_eq!(fault(Shape::Uniform { low, high }, "3"), None);
        assert_eq!(fault(Shape::Fixed, "3"), None);
        assert_eq!(fault(Shape::Fixed, "11"), support);
    }

    #[test]
    fn spreads_must_be_positive_and_bounded_as_the_parameter_is() {
        let normal = |sd: &str, low: Option<&str>, high: Option<&str>| Shape::Normal {
            sd: number(sd),
            low: low.map(number),
            high: high.map(number),
        };
        let sd = Some("methodology-distribution-sd");
        assert_eq!(fault(normal("1", Some("0"), Some("10")), "5"), None);
        assert_eq!(fault(normal("0", Some("0"), Some("10")), "5"), sd);
        assert_eq!(fault(normal("-1", Some("0"), Some("10")), "5"), sd);
        let support = Some("methodology-distribution-support");
        assert_eq!(fault(normal("1", None, Some("10")), "5"), support);
        let lognormal = |sd_log: &str| Shape::Lognormal {
            sd_log: number(sd_log),
        };
        assert_eq!(fault(lognormal("0.1"), "5"), support);
        let open = (Some(number("0")), None);
        assert_eq!(lognormal("0.1").fault(&number("5"), &open), None);
        assert_eq!(lognormal("0").fault(&number("5"), &open), sd);
        let central = Some("methodology-distribution-central");
        assert_eq!(lognormal("0.1").fault(&number("0"), &open), central);
    }

    #[test]
    fn discrete_values_rise_and_weigh_something() {
        let values = Some("methodology-distribution-values");
        let discrete = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(value, weight)| (number(value), number(weight)));
            Shape::Discrete(pairs.collect())
        };
        assert_eq!(fault(discrete(&[("1", "1"), ("2", "3")]), "1"), None);
        assert_eq!(fault(discrete(&[("1", "1")]), "1"), values);
        assert_eq!(fault(discrete(&[("2", "1"), ("1", "1")]), "1"), values);
        assert_eq!(fault(discrete(&[("1", "1"), ("2", "0")]), "1"), values);
    }
}
