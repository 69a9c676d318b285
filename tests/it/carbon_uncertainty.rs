//! How uncertain the inventory's totals are, and which categories are key by trend.

use gep::audit::verify;
use gep::output::{ColumnData, read_parquet};

use crate::account::measures;
use crate::audit::{amounts, planted};
use crate::carbon::books;
use crate::carbon_fixture::Carbon;

/// A measure of a table's row, in per cent with six digits.
fn percent(carbon: &Carbon, table: &str, keys: &[&str], measure: &str, key: &str) -> Option<f64> {
    let all = measures(&carbon.out(), table, keys, measure);
    let found = all
        .get(key)
        .unwrap_or_else(|| panic!("{table} {key}: {all:?}"));
    found.map(|own| own as f64 / 1e6)
}

fn of_category(carbon: &Carbon, category: &str) -> Option<f64> {
    let keys = ["region_code", "year", "category"];
    let key = format!("330199/2021/{category}");
    percent(
        carbon,
        "key_categories",
        &keys,
        "activity_uncertainty_percent",
        &key,
    )
}

fn of_total(carbon: &Carbon, measure: &str) -> Option<f64> {
    percent(
        carbon,
        "carbon_uncertainty",
        &["region_code", "year"],
        measure,
        "330199/2021",
    )
}

fn without(carbon: &Carbon) -> String {
    let path = carbon.out().join("tables/carbon_uncertainty.parquet");
    let columns = read_parquet(&path).expect("the table");
    let column = columns.iter().find(|own| own.name == "without");
    match &column.expect("a column").data {
        ColumnData::Text(texts) => texts[0].clone().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

/// 600 t of nitrogen +- 10 %, 300 +- 20 % and 100 +- 30 % are 1000 +- 90: 9 %, not the
/// first one's 10 %. Coal of one plant has its activity's 5 % for all its gases together.
#[test]
fn a_law_of_several_activities_has_the_uncertainty_of_all() {
    let carbon = Carbon::synthetic();
    books(&carbon);
    let soils = of_category(&carbon, "3C4").expect("all tell one");
    assert!((soils - 9.0).abs() < 1e-5, "{soils}");
    assert_eq!(of_category(&carbon, "1A1a"), Some(5.0));
    // One of the three that tells none leaves the category and the total without one.
    let open = Carbon::synthetic();
    open.edit(
        "activity.csv",
        "330199,2021,3C4,manure_nitrogen,,300,t[N],20,",
        "330199,2021,3C4,manure_nitrogen,,300,t[N],,",
    );
    books(&open);
    assert_eq!(of_category(&open, "3C4"), None);
    assert_eq!(of_total(&open, "propagated_percent"), None);
    assert_eq!(of_total(&open, "drawn_percent"), None);
    assert_eq!(without(&open), "3C4");
    assert!(of_total(&open, "told_percent").is_some_and(|told| told < 100.0));
    assert_eq!(without(&carbon), "");
}

/// Both approaches tell about the same of the county's total, the same twice; the tables
/// are computed and drawn again by verify, which sees a changed digit.
#[test]
fn totals_are_told_by_both_approaches_and_verified() {
    let carbon = Carbon::synthetic();
    books(&carbon);
    let of = |measure: &str| of_total(&carbon, measure).expect("told");
    let (propagated, drawn) = (of("propagated_percent"), of("drawn_percent"));
    assert!((drawn / propagated - 1.0).abs() < 5.0 / (2.0 * 10_000.0_f64).sqrt());
    assert_eq!(of("told_percent"), 100.0);
    let clean = verify(&carbon.out()).expect("verified");
    assert!(clean.differences.is_empty(), "{:?}", clean.differences);
    for measure in ["propagated_percent", "drawn_percent"] {
        let found = planted(&carbon.out(), "carbon_uncertainty", |columns| {
            let own = &mut amounts(columns, measure)[0];
            *own = own.map(|own| own + 1);
        });
        assert!(
            found.contains("verify-carbon-uncertainty"),
            "{measure}: {found:?}"
        );
        books(&carbon);
    }
}

/// A year before with two thirds of the coal and the same traffic: the trend of coal is
/// its departure from the total, by equation 4.2 with the grams of the table. Categories
/// that only one year reports have none.
#[test]
fn trends_follow_the_equation() {
    let carbon = Carbon::synthetic();
    for line in [
        "330199,2020,1A1a,fuel_use_mass,bituminous,66000,t,5,synthetic,made up,",
        "330199,2020,1A3,fuel_use_mass,gasoline,5000,t,8,synthetic,made up,",
        "330199,2020,1A3,fuel_use_mass,diesel,8000,t,8,synthetic,made up,",
    ] {
        carbon.add("activity.csv", line);
    }
    books(&carbon);
    let keys = ["base_year", "year", "category"];
    let of = |measure: &str| measures(&carbon.out(), "key_category_trends", &keys, measure);
    let (base, last, trend) = (of("base_co2e_g"), of("co2e_g"), of("trend_percent"));
    let grams = |all: &std::collections::BTreeMap<String, Option<i128>>, category: &str| {
        all[&format!("2020/2021/{category}")].expect("grams") as f64
    };
    let ends = |category: &str| (grams(&base, category), grams(&last, category));
    let ((coal, coal_last), (cars, cars_last)) = (ends("1A1a"), ends("1A3"));
    let whole = (coal_last + cars_last - coal - cars) / (coal + cars);
    let expected = 100.0 * coal / (coal + cars) * ((coal_last - coal) / coal - whole).abs();
    let found = grams(&trend, "1A1a") / 1e6;
    assert!(
        expected > 1.0 && (found - expected).abs() < 1e-5,
        "{found} {expected}"
    );
    assert_eq!(trend["2020/2021/2A"], None);
    assert_eq!(
        last["2020/2021/2A"].is_some(),
        base["2020/2021/2A"].is_none()
    );
    let shares: i128 = of("share_percent").into_values().flatten().sum();
    assert!((shares - 100_000_000).abs() <= 1, "{shares}");
    let clean = verify(&carbon.out()).expect("verified");
    assert!(clean.differences.is_empty(), "{:?}", clean.differences);
    let found = planted(&carbon.out(), "key_category_trends", |columns| {
        let own = &mut amounts(columns, "trend_percent")[0];
        *own = own.map(|own| own + 1);
    });
    assert!(found.contains("verify-carbon-uncertainty"), "{found:?}");
    // One year alone has no trend.
    let one = Carbon::synthetic();
    books(&one);
    assert!(measures(&one.out(), "key_category_trends", &keys, "co2e_g").is_empty());
}
