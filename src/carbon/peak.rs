//! Whether a series of emissions has peaked.
//!
//! Sources of the rule: C40 (the maximum is at least five years old; strictly, the
//! last value is at least 10 % below it as well); three classes by Mann-Kendall as in
//! studies of Chinese cities (Climate Change Research 17, 2021). Every threshold is a
//! parameter.

use std::cmp::Ordering;

use gep_core::quantity::Rational;

use super::whole;
use crate::statistics::{Observation, Trend, TrendError, mann_kendall, sen_slope};

/// The thresholds of a criterion, from a dated table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeakCriteria {
    /// Name of the criterion in its table.
    pub id: String,
    /// Fewest observations of a series, and of any window that is tested.
    pub least_observations: usize,
    /// Fewest years between the maximum and the last observation of a peak.
    pub least_age_years: u32,
    /// Least share of the maximum by which the last observation of a peak is below it.
    pub decline_share: Rational,
    /// Level of the two-sided Mann-Kendall test.
    pub alpha: Rational,
    /// Largest range of a plateau, as a share of the maximum.
    pub plateau_range_share: Rational,
    /// Years before the maximum back to which a plateau reaches at least.
    pub plateau_years_before_maximum: u32,
    /// As `least_age_years`, of the strict criterion.
    pub strict_age_years: u32,
    /// As `decline_share`, of the strict criterion.
    pub strict_decline_share: Rational,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeakClass {
    /// The maximum is old, the fall since is significant and large enough.
    Peaked,
    /// Around the maximum the series has long been level, without a rise.
    Plateau,
    /// The series rises.
    Rising,
    /// No class is supported by the series.
    Undetermined,
}

/// Why the class is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeakReason {
    /// Fewer observations than the criterion asks for; nothing was tested.
    TooFewObservations,
    /// Age, fall and trend since the maximum fulfil the criterion.
    SignificantFall,
    /// The level window reaches far enough back and does not rise significantly.
    LevelAroundMaximum,
    /// The whole series rises significantly.
    SignificantRise,
    /// Neither a fall, a level nor a rise is shown.
    NothingShown,
}

/// Which part of the series a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowKind {
    /// All observations.
    Whole,
    /// The longest stretch up to the last year within the range of a plateau.
    Level,
    /// The observations after the maximum.
    AfterMaximum,
}

/// A part of the series, up to its last year, and what it says by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which part.
    pub kind: WindowKind,
    /// Its first year.
    pub first_year: i32,
    /// Its last year.
    pub last_year: i32,
    /// n, S, variance, Z, p, and how p was had.
    pub trend: Trend,
    /// Sen's slope, unit of the series per year.
    pub slope: Rational,
    /// Largest less smallest value, as a share of the series' maximum.
    pub range_share: Rational,
    /// The class by trend and range of this window alone: rising or peaked (falling)
    /// if significant, a plateau if level, otherwise undetermined.
    pub class: PeakClass,
}

/// The strict criterion, a separate answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrictPeak {
    /// The maximum is old enough.
    pub is_old_enough: bool,
    /// The last value is far enough below the maximum.
    pub is_low_enough: bool,
}

impl StrictPeak {
    /// Returns whether both hold.
    pub fn is_met(self) -> bool {
        self.is_old_enough && self.is_low_enough
    }
}

/// A classified series.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// Name of the criterion.
    pub criteria_id: String,
    /// The class.
    pub class: PeakClass,
    /// Why.
    pub reason: PeakReason,
    /// Number of observations.
    pub n: usize,
    /// Year of the maximum, the latest of equal ones.
    pub peak_year: i32,
    /// Value of the maximum, unit of the series.
    pub maximum: Rational,
    /// Years from the maximum to the last observation.
    pub age_years: u32,
    /// By how much the last value is below the maximum, as a share of it.
    pub decline_share: Rational,
    /// What the windows say that have enough observations.
    pub windows: Vec<Window>,
    /// The strict criterion; nothing if there are too few observations.
    pub strict: Option<StrictPeak>,
}

impl Peak {
    /// Returns whether the windows, each by itself, give different classes: the report
    /// then has to name the window along with the class.
    pub fn depends_on_window(&self) -> bool {
        let mut classes = self.windows.iter().map(|window| window.class);
        classes
            .next()
            .is_some_and(|first| classes.any(|other| other != first))
    }

    /// Returns a window, if it had enough observations.
    pub fn window(&self, kind: WindowKind) -> Option<&Window> {
        self.windows.iter().find(|window| window.kind == kind)
    }
}

/// Why a series cannot be classified at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeakError {
    /// There is no observation.
    Empty,
    /// Years do not rise strictly.
    YearsNotRising {
        /// The first year not above the one before it.
        year: i32,
    },
    /// A value is below zero: gross emissions are classified, sinks apart.
    Negative {
        /// Its year.
        year: i32,
    },
    /// All values are zero: no share of the maximum exists.
    MaximumIsZero,
    /// A threshold is outside 0-1, or fewer than two observations are asked for.
    Criteria,
}

/// Classifies a series of gross emissions.
///
/// In this order: *peaked* if the maximum is old enough, the last value is far enough
/// below it, and the observations after it fall significantly; *plateau* if the
/// longest stretch up to the last year whose range is that of a plateau holds the
/// maximum, reaches far enough back before it, has enough observations and does not
/// rise significantly; *rising* if the whole series rises significantly; otherwise
/// *undetermined*. Comparisons are exact.
///
/// # Errors
///
/// [`PeakError`]; a short series is no error but [`PeakClass::Undetermined`].
pub fn classify_peak(series: &[Observation], criteria: &PeakCriteria) -> Result<Peak, PeakError> {
    check_criteria(criteria)?;
    let at = place_of_maximum(series)?;
    let (maximum, last) = (&series[at], &series[series.len() - 1]);
    let age_years = last.year.abs_diff(maximum.year);
    let decline_share = (&maximum.value - &last.value) / &maximum.value;
    let mut peak = Peak {
        criteria_id: criteria.id.clone(),
        class: PeakClass::Undetermined,
        reason: PeakReason::TooFewObservations,
        n: series.len(),
        peak_year: maximum.year,
        maximum: maximum.value.clone(),
        age_years,
        decline_share,
        windows: Vec::new(),
        strict: None,
    };
    if series.len() < criteria.least_observations {
        return Ok(peak);
    }
    let starts = [
        (WindowKind::Whole, 0),
        (
            WindowKind::Level,
            level_start(series, &maximum.value, criteria),
        ),
        (WindowKind::AfterMaximum, at + 1),
    ];
    for (kind, start) in starts {
        let part = &series[start..];
        if part.len() >= criteria.least_observations {
            let window = window(kind, part, &maximum.value, criteria);
            peak.windows.push(window.map_err(refused)?);
        }
    }
    peak.strict = Some(StrictPeak {
        is_old_enough: peak.age_years >= criteria.strict_age_years,
        is_low_enough: peak.decline_share >= criteria.strict_decline_share,
    });
    (peak.class, peak.reason) = decide(&peak, criteria);
    Ok(peak)
}

fn check_criteria(criteria: &PeakCriteria) -> Result<(), PeakError> {
    let shares = [
        &criteria.decline_share,
        &criteria.alpha,
        &criteria.plateau_range_share,
        &criteria.strict_decline_share,
    ];
    let is_share = |share: &&Rational| **share >= whole(0) && **share <= whole(1);
    if criteria.least_observations < 2 || !shares.iter().all(is_share) {
        return Err(PeakError::Criteria);
    }
    Ok(())
}

/// Returns the place of the largest value, the latest of equal ones.
fn place_of_maximum(series: &[Observation]) -> Result<usize, PeakError> {
    if let Some(pair) = series.windows(2).find(|pair| pair[0].year >= pair[1].year) {
        return Err(PeakError::YearsNotRising { year: pair[1].year });
    }
    if let Some(below) = series.iter().find(|one| one.value < whole(0)) {
        return Err(PeakError::Negative { year: below.year });
    }
    // The last of equal ones is what `max_by` gives.
    let places = (0..series.len()).max_by(|a, b| series[*a].value.cmp(&series[*b].value));
    let at = places.ok_or(PeakError::Empty)?;
    if series[at].value == whole(0) {
        return Err(PeakError::MaximumIsZero);
    }
    Ok(at)
}

/// Returns the start of the longest stretch up to the last year whose range is at most
/// that of a plateau.
fn level_start(series: &[Observation], maximum: &Rational, criteria: &PeakCriteria) -> usize {
    let allowed = maximum * &criteria.plateau_range_share;
    let last = &series[series.len() - 1].value;
    let (mut low, mut high) = (last.clone(), last.clone());
    let mut start = series.len() - 1;
    for (at, one) in series.iter().enumerate().rev() {
        low = low.min(one.value.clone());
        high = high.max(one.value.clone());
        if &high - &low > allowed {
            break;
        }
        start = at;
    }
    start
}

fn window(
    kind: WindowKind,
    part: &[Observation],
    maximum: &Rational,
    criteria: &PeakCriteria,
) -> Result<Window, TrendError> {
    let values: Vec<Rational> = part.iter().map(|one| one.value.clone()).collect();
    let trend = mann_kendall(&values)?;
    let high = values.iter().max().expect("a window is not empty");
    let low = values.iter().min().expect("a window is not empty");
    let range_share = (high - low) / maximum;
    let class = match trend.direction(&criteria.alpha) {
        Ordering::Greater => PeakClass::Rising,
        Ordering::Less => PeakClass::Peaked,
        Ordering::Equal if range_share <= criteria.plateau_range_share => PeakClass::Plateau,
        Ordering::Equal => PeakClass::Undetermined,
    };
    Ok(Window {
        kind,
        first_year: part[0].year,
        last_year: part[part.len() - 1].year,
        slope: sen_slope(part)?,
        trend,
        range_share,
        class,
    })
}

fn refused(error: TrendError) -> PeakError {
    match error {
        TrendError::TooFew { .. } => PeakError::Empty,
        TrendError::YearsNotRising { year } => PeakError::YearsNotRising { year },
    }
}

fn decide(peak: &Peak, criteria: &PeakCriteria) -> (PeakClass, PeakReason) {
    let direction = |kind: WindowKind| {
        let window = peak.window(kind)?;
        Some(window.trend.direction(&criteria.alpha))
    };
    if peak.age_years >= criteria.least_age_years
        && peak.decline_share >= criteria.decline_share
        && direction(WindowKind::AfterMaximum) == Some(Ordering::Less)
    {
        return (PeakClass::Peaked, PeakReason::SignificantFall);
    }
    let reaches_back = peak.window(WindowKind::Level).is_some_and(|level| {
        i64::from(level.first_year)
            <= i64::from(peak.peak_year) - i64::from(criteria.plateau_years_before_maximum)
    });
    if reaches_back && direction(WindowKind::Level) != Some(Ordering::Greater) {
        return (PeakClass::Plateau, PeakReason::LevelAroundMaximum);
    }
    if direction(WindowKind::Whole) == Some(Ordering::Greater) {
        return (PeakClass::Rising, PeakReason::SignificantRise);
    }
    (PeakClass::Undetermined, PeakReason::NothingShown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(number: i64) -> Rational {
        Rational::new(number.into(), 100.into())
    }

    fn criteria() -> PeakCriteria {
        PeakCriteria {
            id: "test".to_owned(),
            least_observations: 5,
            least_age_years: 5,
            decline_share: percent(5),
            alpha: percent(10),
            plateau_range_share: percent(5),
            plateau_years_before_maximum: 2,
            strict_age_years: 5,
            strict_decline_share: percent(10),
        }
    }

    /// Years from 2000 on.
    fn series(values: &[i64]) -> Vec<Observation> {
        let years = (2000..).zip(values);
        let one = |(year, value): (i32, &i64)| Observation {
            year,
            value: whole(*value),
        };
        years.map(one).collect()
    }

    fn classify(values: &[i64]) -> Peak {
        classify_peak(&series(values), &criteria()).expect("a series")
    }

    /// Five falling years after the maximum: p = 2 / 5! of an order, 8 % below.
    #[test]
    fn an_old_maximum_and_a_significant_fall_are_a_peak() {
        let peak = classify(&[80, 90, 100, 98, 97, 96, 94, 92]);
        assert_eq!(peak.class, PeakClass::Peaked);
        assert_eq!(peak.reason, PeakReason::SignificantFall);
        assert_eq!((peak.n, peak.peak_year, peak.age_years), (8, 2002, 5));
        assert_eq!(peak.decline_share, percent(8));
        let after = peak.window(WindowKind::AfterMaximum).expect("five years");
        assert_eq!((after.first_year, after.last_year), (2003, 2007));
        assert_eq!((after.trend.n, after.trend.s), (5, -10));
        assert_eq!(after.trend.p, Rational::new(1.into(), 60.into()));
        let strict = peak.strict.expect("enough years");
        assert!(strict.is_old_enough && !strict.is_low_enough && !strict.is_met());
        let lower = classify(&[80, 90, 100, 98, 97, 96, 94, 90]);
        assert!(lower.strict.expect("enough years").is_met());
    }

    /// One year less of age, or a fall of less than the share, and it is no peak.
    #[test]
    fn a_young_maximum_or_a_small_fall_is_no_peak() {
        let young = classify(&[80, 85, 90, 100, 98, 96, 94, 92]);
        assert_eq!(young.age_years, 4);
        assert_eq!(young.class, PeakClass::Undetermined);
        assert_eq!(young.reason, PeakReason::NothingShown);
        assert!(!young.strict.expect("enough years").is_old_enough);
        let small = classify(&[96, 97, 100, 99, 99, 98, 97, 96]);
        assert_eq!(small.class, PeakClass::Plateau);
    }

    #[test]
    fn level_years_around_the_maximum_are_a_plateau() {
        let peak = classify(&[50, 60, 70, 80, 98, 97, 99, 98, 100, 97]);
        assert_eq!(peak.class, PeakClass::Plateau);
        assert_eq!(peak.reason, PeakReason::LevelAroundMaximum);
        let level = peak.window(WindowKind::Level).expect("six years");
        assert_eq!((level.first_year, level.class), (2004, PeakClass::Plateau));
        assert_eq!(level.range_share, percent(3));
        let all = peak.window(WindowKind::Whole).expect("all years");
        assert_eq!(all.class, PeakClass::Rising);
        assert!(peak.depends_on_window());
    }

    /// A slow but steady rise inside the range of a plateau still rises.
    #[test]
    fn a_steady_rise_is_rising() {
        for values in [&[96, 97, 98, 99, 100][..], &[50, 60, 70, 80, 90, 100]] {
            let peak = classify(values);
            assert_eq!(peak.class, PeakClass::Rising, "{values:?}");
            assert_eq!(peak.reason, PeakReason::SignificantRise);
            assert!(!peak.depends_on_window());
        }
    }

    #[test]
    fn few_observations_are_undetermined() {
        let peak = classify(&[1, 2, 3, 4]);
        assert_eq!(peak.class, PeakClass::Undetermined);
        assert_eq!(peak.reason, PeakReason::TooFewObservations);
        assert!(peak.windows.is_empty() && peak.strict.is_none());
    }

    /// Of equal maxima the latest counts; thresholds are parameters.
    #[test]
    fn ties_and_thresholds() {
        let values = [80, 100, 90, 100, 98, 96, 94, 92, 90];
        let peak = classify(&values);
        assert_eq!((peak.peak_year, peak.class), (2003, PeakClass::Peaked));
        let mut other = criteria();
        other.least_age_years = 6;
        let peak = classify_peak(&series(&values), &other).expect("a series");
        assert_ne!(peak.class, PeakClass::Peaked);
        let mut other = criteria();
        other.alpha = percent(1);
        let peak = classify_peak(&series(&values), &other).expect("a series");
        assert_ne!(peak.class, PeakClass::Peaked);
    }

    #[test]
    fn what_cannot_be_classified_is_refused() {
        let refused = |values: &[i64]| classify_peak(&series(values), &criteria()).err();
        assert_eq!(refused(&[]), Some(PeakError::Empty));
        assert_eq!(refused(&[1, -1]), Some(PeakError::Negative { year: 2001 }));
        assert_eq!(refused(&[0, 0]), Some(PeakError::MaximumIsZero));
        let mut twice = series(&[1, 2]);
        twice[1].year = 2000;
        assert_eq!(
            classify_peak(&twice, &criteria()),
            Err(PeakError::YearsNotRising { year: 2000 })
        );
        let mut wrong = criteria();
        wrong.alpha = percent(101);
        assert_eq!(
            classify_peak(&series(&[1, 2]), &wrong),
            Err(PeakError::Criteria)
        );
    }
}
