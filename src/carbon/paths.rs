//! Scenario paths: emissions from paths of people, output per head, energy intensity
//! and carbon factor, each growing at given rates per period. A projection of stated
//! assumptions, no forecast.

use gep_core::quantity::{Rational, round_to};

use super::whole;

/// A factor of emissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// People.
    Population,
    /// Output per head, at the prices of one year.
    OutputPerHead,
    /// Energy per output.
    EnergyIntensity,
    /// Emissions per energy.
    CarbonFactor,
}

/// Years of one growth rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// First year that has grown at this rate over the year before.
    pub first_year: i32,
    /// Last such year.
    pub last_year: i32,
    /// Growth per year, 0.05 for 5 %; above -1.
    pub rate: Rational,
}

/// The path of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterPath {
    /// Value of the base year, above zero; the units of the four multiply to that of
    /// emissions.
    pub base: Rational,
    /// Periods without gap or overlap, from the year after the base to the horizon.
    pub periods: Vec<Period>,
}

/// The four paths of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// People.
    pub population: ParameterPath,
    /// Output per head.
    pub output_per_head: ParameterPath,
    /// Energy per output.
    pub energy_intensity: ParameterPath,
    /// Emissions per energy.
    pub carbon_factor: ParameterPath,
}

impl Scenario {
    fn paths(&self) -> [(Parameter, &ParameterPath); 4] {
        [
            (Parameter::Population, &self.population),
            (Parameter::OutputPerHead, &self.output_per_head),
            (Parameter::EnergyIntensity, &self.energy_intensity),
            (Parameter::CarbonFactor, &self.carbon_factor),
        ]
    }
}

/// Emissions of a year of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathYear {
    /// Calendar year.
    pub year: i32,
    /// Emissions, rounded once to the quantum.
    pub emissions: Rational,
}

/// When a path is highest, by its exact values; the latest of equal years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPeak {
    /// Never again as high as in the base year.
    AtBase,
    /// In this year, and lower at the horizon.
    Within {
        /// Calendar year.
        year: i32,
    },
    /// Highest at the horizon: no peak within it.
    NoneWithinHorizon,
}

/// A projected path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// All years from the base to the horizon.
    pub years: Vec<PathYear>,
    /// When it is highest.
    pub peak: PathPeak,
}

/// Why a scenario cannot be projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// The horizon is not after the base year.
    NoHorizon,
    /// A base value is not above zero.
    BaseNotPositive(Parameter),
    /// A rate of -1 or less leaves nothing to grow.
    RateTooLow {
        /// The parameter.
        parameter: Parameter,
        /// First year of the period.
        year: i32,
    },
    /// The periods of a parameter have none or more than one rate for a year.
    RatesOfYear {
        /// The parameter.
        parameter: Parameter,
        /// The first such year.
        year: i32,
        /// How many rates it has.
        rates: usize,
    },
    /// The quantum is not above zero.
    Quantum,
}

/// Projects a scenario from its base year to the horizon. Every year is the exact
/// product of its four parameters, rounded once to `quantum`, halves away from zero.
///
/// # Errors
///
/// [`PathError`].
pub fn project(
    scenario: &Scenario,
    base_year: i32,
    horizon: i32,
    quantum: &Rational,
) -> Result<Projection, PathError> {
    if horizon <= base_year {
        return Err(PathError::NoHorizon);
    }
    if *quantum <= whole(0) {
        return Err(PathError::Quantum);
    }
    let mut value = whole(1);
    for (parameter, path) in scenario.paths() {
        check(parameter, path)?;
        value *= &path.base;
    }
    let mut years = Vec::new();
    let mut highest = (base_year, value.clone());
    for year in base_year..=horizon {
        if year > base_year {
            for (parameter, path) in scenario.paths() {
                value *= whole(1) + rate(parameter, path, year)?;
            }
        }
        if value >= highest.1 {
            highest = (year, value.clone());
        }
        years.push(PathYear {
            year,
            emissions: round_to(&value, quantum),
        });
    }
    let peak = match highest.0 {
        year if year == base_year => PathPeak::AtBase,
        year if year == horizon => PathPeak::NoneWithinHorizon,
        year => PathPeak::Within { year },
    };
    Ok(Projection { years, peak })
}

fn check(parameter: Parameter, path: &ParameterPath) -> Result<(), PathError> {
    if path.base <= whole(0) {
        return Err(PathError::BaseNotPositive(parameter));
    }
    match path.periods.iter().find(|one| one.rate <= whole(-1)) {
        Some(period) => Err(PathError::RateTooLow {
            parameter,
            year: period.first_year,
        }),
        None => Ok(()),
    }
}

fn rate(parameter: Parameter, path: &ParameterPath, year: i32) -> Result<&Rational, PathError> {
    let holds = |period: &&Period| period.first_year <= year && year <= period.last_year;
    let rates: Vec<&Period> = path.periods.iter().filter(holds).collect();
    match rates[..] {
        [period] => Ok(&period.rate),
        _ => Err(PathError::RatesOfYear {
            parameter,
            year,
            rates: rates.len(),
        }),
    }
}

/// A year in which the paths of a fan are not in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Calendar year.
    pub year: i32,
    /// Low is above central.
    pub low_above_central: bool,
    /// Central is above high.
    pub central_above_high: bool,
}

/// Low, central and high path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fan {
    /// The low path.
    pub low: Projection,
    /// The central path.
    pub central: Projection,
    /// The high path.
    pub high: Projection,
    /// Years in which their rounded values are not in order, for the report to name.
    pub crossings: Vec<Crossing>,
}

/// Projects three scenarios to one horizon.
///
/// # Errors
///
/// [`PathError`] of the first scenario that cannot be projected.
pub fn fan(
    [low, central, high]: [&Scenario; 3],
    base_year: i32,
    horizon: i32,
    quantum: &Rational,
) -> Result<Fan, PathError> {
    let path = |scenario| project(scenario, base_year, horizon, quantum);
    let (low, central, high) = (path(low)?, path(central)?, path(high)?);
    let mut crossings = Vec::new();
    for (at, middle) in central.years.iter().enumerate() {
        let crossing = Crossing {
            year: middle.year,
            low_above_central: low.years[at].emissions > middle.emissions,
            central_above_high: middle.emissions > high.years[at].emissions,
        };
        if crossing.low_above_central || crossing.central_above_high {
            crossings.push(crossing);
        }
    }
    Ok(Fan {
        low,
        central,
        high,
        crossings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gep_core::quantity::parse_decimal;

    fn number(text: &str) -> Rational {
        parse_decimal(text).expect("a number")
    }

    fn path(base: &str, periods: &[(i32, i32, &str)]) -> ParameterPath {
        let period = |(first_year, last_year, rate): &(i32, i32, &str)| Period {
            first_year: *first_year,
            last_year: *last_year,
            rate: number(rate),
        };
        ParameterPath {
            base: number(base),
            periods: periods.iter().map(period).collect(),
        }
    }

    /// People stay; output per head grows by 10 % a year for two years, then not at
    /// all; intensity stays; the carbon factor falls as told.
    fn scenario(carbon: &[(i32, i32, &str)]) -> Scenario {
        Scenario {
            population: path("100", &[(2021, 2024, "0")]),
            output_per_head: path("2", &[(2021, 2022, "0.10"), (2023, 2024, "0")]),
            energy_intensity: path("0.5", &[(2021, 2024, "0")]),
            carbon_factor: path("1", carbon),
        }
    }

    fn project_to_2024(scenario: &Scenario) -> Projection {
        project(scenario, 2020, 2024, &number("0.01")).expect("a scenario")
    }

    /// By hand: 100, 110, 121, then -5 % a year: 114.95, 109.2025, rounded once.
    #[test]
    fn a_path_by_hand() {
        let found = project_to_2024(&scenario(&[(2021, 2022, "0"), (2023, 2024, "-0.05")]));
        let values: Vec<(i32, Rational)> = found
            .years
            .iter()
            .map(|one| (one.year, one.emissions.clone()))
            .collect();
        let expected = ["100", "110", "121", "114.95", "109.2"].map(number);
        assert_eq!(values, (2020..).zip(expected).collect::<Vec<_>>());
        assert_eq!(found.peak, PathPeak::Within { year: 2022 });
    }

    /// 1.1 x 0.9 = 0.99 falls at once; a level end is highest at the horizon.
    #[test]
    fn peaks_at_the_ends() {
        let falling = project_to_2024(&scenario(&[(2021, 2024, "-0.1")]));
        assert_eq!(falling.peak, PathPeak::AtBase);
        let level = project_to_2024(&scenario(&[(2021, 2024, "0")]));
        assert_eq!(level.peak, PathPeak::NoneWithinHorizon);
    }

    #[test]
    fn fans_name_their_crossings() {
        let low = scenario(&[(2021, 2024, "-0.1")]);
        let central = scenario(&[(2021, 2024, "-0.05")]);
        let high = scenario(&[(2021, 2024, "0")]);
        let quantum = number("0.01");
        let good = fan([&low, &central, &high], 2020, 2024, &quantum).expect("a fan");
        assert!(good.crossings.is_empty());
        assert_eq!(good.low.peak, PathPeak::AtBase);
        assert_eq!(good.central.peak, PathPeak::Within { year: 2022 });
        assert_eq!(good.high.peak, PathPeak::NoneWithinHorizon);
        let wrong = fan([&central, &low, &high], 2020, 2024, &quantum).expect("a fan");
        let years: Vec<i32> = wrong.crossings.iter().map(|one| one.year).collect();
        assert_eq!(years, [2021, 2022, 2023, 2024]);
        assert!(wrong.crossings[0].low_above_central && !wrong.crossings[0].central_above_high);
    }

    #[test]
    fn gaps_overlaps_and_junk_are_refused() {
        let refused = |scenario: &Scenario| project(scenario, 2020, 2024, &number("1")).err();
        let parameter = Parameter::CarbonFactor;
        let rates_of = |year, rates| {
            Some(PathError::RatesOfYear {
                parameter,
                year,
                rates,
            })
        };
        assert_eq!(refused(&scenario(&[(2021, 2023, "0")])), rates_of(2024, 0));
        let overlap = scenario(&[(2021, 2023, "0"), (2023, 2024, "0")]);
        assert_eq!(refused(&overlap), rates_of(2023, 2));
        assert_eq!(
            refused(&scenario(&[(2021, 2024, "-1")])),
            Some(PathError::RateTooLow {
                parameter,
                year: 2021
            })
        );
        let mut empty = scenario(&[(2021, 2024, "0")]);
        empty.population.base = number("0");
        assert_eq!(
            refused(&empty),
            Some(PathError::BaseNotPositive(Parameter::Population))
        );
        let good = scenario(&[(2021, 2024, "0")]);
        let no_horizon = project(&good, 2020, 2020, &number("1"));
        assert_eq!(no_horizon, Err(PathError::NoHorizon));
        let no_quantum = project(&good, 2020, 2024, &number("0"));
        assert_eq!(no_quantum, Err(PathError::Quantum));
    }
}
