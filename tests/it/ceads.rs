//! A real provincial series (CEADs; research data that are not in the repository), if
//! the environment variable `GEP_CEADS` names the table: `year,sector,fuel,mt_co2`.

use std::collections::BTreeMap;
use std::path::Path;

use gep::carbon::{PeakClass, PeakCriteria, WindowKind, classify_peak};
use gep::statistics::{Observation, Tail, mann_kendall, sen_slope};
use gep_core::quantity::{Rational, parse_decimal, to_f64};

/// The table's own totals (scope 1, all sectors), Mt CO2, of the years asked for: it
/// holds them among its rows, so that a sum of all rows counts four times.
fn yearly_totals(path: &Path, first: i32, last: i32) -> Vec<Observation> {
    let mut reader = csv::Reader::from_path(path).expect("the table named by GEP_CEADS");
    let mut totals: BTreeMap<i32, Rational> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let year: i32 = row[0].parse().expect("a year");
        let value = parse_decimal(&row[3]).expect("a number");
        let is_total = &row[1] == "Total" && &row[2] == "Scope 1 Total";
        if is_total && (first..=last).contains(&year) {
            totals.insert(year, value);
        }
    }
    totals
        .into_iter()
        .map(|(year, value)| Observation { year, value })
        .collect()
}

fn near(found: f64, expected: f64, half_digit: f64) {
    assert!((found - expected).abs() <= half_digit, "{found} {expected}");
}

/// Trend, slope and class of Zhejiang 1998-2019: rising as a whole, a plateau since
/// 2011, and the answer says that it depends on the window.
#[test]
fn zhejiang_is_a_plateau_that_depends_on_the_window() {
    let Some(path) = std::env::var_os("GEP_CEADS") else {
        println!("skipped: GEP_CEADS names no table");
        return;
    };
    let series = yearly_totals(Path::new(&path), 1998, 2019);
    let values: Vec<Rational> = series.iter().map(|one| one.value.clone()).collect();
    let whole = mann_kendall(&values).expect("22 years");
    println!("{whole:?}");
    assert_eq!((whole.n, whole.s, whole.tail), (22, 197, Tail::Exact));
    near(to_f64(&whole.variance), 1257.667, 5e-4);
    near(whole.z, 5.526794, 5e-7);
    let slope = to_f64(&sen_slope(&series).expect("22 years"));
    near(slope, 14.5216, 6e-5);
    let percent = |number: i64| Rational::new(number.into(), 100.into());
    let criteria = PeakCriteria {
        id: "test".to_owned(),
        least_observations: 5,
        least_age_years: 5,
        decline_share: percent(5),
        alpha: percent(10),
        plateau_range_share: percent(5),
        plateau_years_before_maximum: 2,
        strict_age_years: 5,
        strict_decline_share: percent(10),
    };
    let peak = classify_peak(&series, &criteria).expect("a series");
    println!("{:?} {:?} {:?}", peak.class, peak.reason, peak.strict);
    assert_eq!((peak.class, peak.peak_year), (PeakClass::Plateau, 2018));
    near(1.0 - to_f64(&peak.decline_share), 0.98092, 5e-6);
    let level = peak.window(WindowKind::Level).expect("nine years");
    println!("{level:?}");
    assert_eq!((level.first_year, level.last_year), (2011, 2019));
    assert_eq!((level.trend.n, level.trend.s), (9, 2));
    near(to_f64(&level.trend.variance), 92.0, 0.0);
    near(level.trend.z, 0.104257, 5e-7);
    near(to_f64(&level.slope), 0.0784, 6e-5);
    near(to_f64(&level.range_share), 0.0367, 5e-5);
    assert_eq!(level.class, PeakClass::Plateau);
    let all = peak.window(WindowKind::Whole).expect("22 years");
    assert_eq!(all.class, PeakClass::Rising);
    assert!(peak.depends_on_window());
    assert!(!peak.strict.expect("enough years").is_met());
}
