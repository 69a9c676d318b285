//! Decoupling of emissions from output.
//!
//! Source: Tapio 2005, Towards a theory of decoupling, Transport Policy 12.

use std::cmp::Ordering;

use gep_core::quantity::Rational;

use super::whole;

/// Emissions and output of one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Emissions, in any unit common to both years.
    pub emissions: Rational,
    /// Output at the prices of one year.
    pub output: Rational,
}

/// The elasticities between which emissions and output are coupled (both included).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElasticityLimits {
    /// Lower limit, above 0; 0.8 in Tapio 2005.
    pub low: Rational,
    /// Upper limit, above the lower; 1.2 in Tapio 2005.
    pub high: Rational,
}

/// The eight classes, and the case without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecouplingClass {
    /// Output rises, emissions fall.
    StrongDecoupling,
    /// Output rises, emissions rise (or stay) by much less.
    WeakDecoupling,
    /// Both rise alike.
    ExpansiveCoupling,
    /// Output rises, emissions rise by much more.
    ExpansiveNegativeDecoupling,
    /// Output falls, emissions rise.
    StrongNegativeDecoupling,
    /// Output falls, emissions fall (or stay) by much less.
    WeakNegativeDecoupling,
    /// Both fall alike.
    RecessiveCoupling,
    /// Output falls, emissions fall by much more.
    RecessiveDecoupling,
    /// Output is the same: there is no elasticity.
    Undefined,
}

/// Elasticity and class of a pair of years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoupling {
    /// Relative change of emissions over relative change of output, both relative to
    /// the earlier year; nothing if output is the same.
    pub elasticity: Option<Rational>,
    /// The class.
    pub class: DecouplingClass,
}

/// Why no elasticity can be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecouplingError {
    /// Emissions of the earlier year are not above zero.
    EmissionsNotPositive,
    /// Output of the earlier year is not above zero.
    OutputNotPositive,
    /// The limits are not 0 < low < high.
    LimitsNotRising,
}

/// Classifies a pair of years.
///
/// # Errors
///
/// [`DecouplingError`] if the earlier year gives no base or the limits no order.
pub fn decoupling(
    earlier: &State,
    later: &State,
    limits: &ElasticityLimits,
) -> Result<Decoupling, DecouplingError> {
    let zero = whole(0);
    if earlier.emissions <= zero {
        return Err(DecouplingError::EmissionsNotPositive);
    }
    if earlier.output <= zero {
        return Err(DecouplingError::OutputNotPositive);
    }
    if limits.low <= zero || limits.low >= limits.high {
        return Err(DecouplingError::LimitsNotRising);
    }
    let relative = |from: &Rational, to: &Rational| (to - from) / from;
    let emissions = relative(&earlier.emissions, &later.emissions);
    let output = relative(&earlier.output, &later.output);
    let direction = output.cmp(&zero);
    if direction == Ordering::Equal {
        return Ok(Decoupling {
            elasticity: None,
            class: DecouplingClass::Undefined,
        });
    }
    let elasticity = emissions / output;
    Ok(Decoupling {
        class: class(&elasticity, direction == Ordering::Greater, limits),
        elasticity: Some(elasticity),
    })
}

fn class(elasticity: &Rational, rises: bool, limits: &ElasticityLimits) -> DecouplingClass {
    use DecouplingClass::*;
    let (expansive, recessive) = if *elasticity < whole(0) {
        (StrongDecoupling, StrongNegativeDecoupling)
    } else if *elasticity < limits.low {
        (WeakDecoupling, WeakNegativeDecoupling)
    } else if *elasticity <= limits.high {
        (ExpansiveCoupling, RecessiveCoupling)
    } else {
        (ExpansiveNegativeDecoupling, RecessiveDecoupling)
    };
    if rises { expansive } else { recessive }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecouplingClass::*;

    fn limits() -> ElasticityLimits {
        ElasticityLimits {
            low: Rational::new(4.into(), 5.into()),
            high: Rational::new(6.into(), 5.into()),
        }
    }

    fn state(emissions: i64, output: i64) -> State {
        State {
            emissions: whole(emissions),
            output: whole(output),
        }
    }

    /// From 100 and 100, by hand: later emissions and output, elasticity in percent.
    #[test]
    fn all_eight_classes_by_hand() {
        for (emissions, output, percent, expected) in [
            (95, 110, -50, StrongDecoupling),
            (105, 110, 50, WeakDecoupling),
            (100, 110, 0, WeakDecoupling),
            (108, 110, 80, ExpansiveCoupling),
            (110, 110, 100, ExpansiveCoupling),
            (112, 110, 120, ExpansiveCoupling),
            (113, 110, 130, ExpansiveNegativeDecoupling),
            (105, 90, -50, StrongNegativeDecoupling),
            (95, 90, 50, WeakNegativeDecoupling),
            (100, 90, 0, WeakNegativeDecoupling),
            (92, 90, 80, RecessiveCoupling),
            (88, 90, 120, RecessiveCoupling),
            (87, 90, 130, RecessiveDecoupling),
        ] {
            let found = decoupling(&state(100, 100), &state(emissions, output), &limits());
            let elasticity = Some(Rational::new(percent.into(), 100.into()));
            let class = expected;
            assert_eq!(found, Ok(Decoupling { elasticity, class }), "{emissions}");
        }
    }

    #[test]
    fn same_output_has_no_elasticity() {
        for emissions in [90, 100, 110] {
            let found = decoupling(&state(100, 100), &state(emissions, 100), &limits());
            let found = found.expect("a base");
            assert_eq!((found.elasticity, found.class), (None, Undefined));
        }
    }

    /// The limits are parameters: another pair gives another class.
    #[test]
    fn limits_are_parameters() {
        let narrow = ElasticityLimits {
            low: Rational::new(9.into(), 10.into()),
            high: Rational::new(11.into(), 10.into()),
        };
        let found = decoupling(&state(100, 100), &state(108, 110), &narrow);
        assert_eq!(found.expect("a base").class, WeakDecoupling);
        let turned = ElasticityLimits {
            low: narrow.high.clone(),
            high: narrow.low.clone(),
        };
        assert_eq!(
            decoupling(&state(100, 100), &state(108, 110), &turned),
            Err(DecouplingError::LimitsNotRising)
        );
    }

    #[test]
    fn a_base_is_above_zero() {
        let later = state(100, 100);
        assert_eq!(
            decoupling(&state(0, 100), &later, &limits()),
            Err(DecouplingError::EmissionsNotPositive)
        );
        assert_eq!(
            decoupling(&state(100, -1), &later, &limits()),
            Err(DecouplingError::OutputNotPositive)
        );
    }
}
