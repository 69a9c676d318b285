//! Indicators as they were known on an earlier day beside what they are now.

use gep::output::{ColumnData, read_parquet};

use crate::account::measures;
use crate::audit::{amounts, planted};
use crate::carbon::books;
use crate::carbon_fixture::Carbon;

const KEYS: [&str; 4] = ["region_code", "year", "method_id", "state"];

fn compared(day: &str) -> Carbon {
    let carbon = Carbon::published();
    carbon.edit(
        "carbon.toml",
        "grid_factor = \"exact\"",
        &format!("grid_factor = \"exact\"\nrecalculated_from = \"{day}\""),
    );
    // What a first communique might have said of 2020, superseded by 4,983 Mtce.
    carbon.add(
        "statistics.csv",
        "100000,2020,energy_consumption,,4970,Mtce,,2015-03-01,synthetic,a test,,",
    );
    carbon
}

/// The nation's energy of 2020 was 4,970 Mtce as known in 2015 and is 4,983: thirteen
/// million tonnes more, 0.261569 %. What could not be computed then is told so, what did not change
/// is no row, and a changed digit is seen.
#[test]
fn what_later_publications_changed_is_told() {
    let carbon = compared("2015-12-31");
    books(&carbon);
    let of = |measure: &str| measures(&carbon.out(), "carbon_recalculation", &KEYS, measure);
    let key = "100000/2020/energy_total.reported/recalculated";
    let tonne = 1_000_000;
    assert_eq!(of("earlier_value")[key], Some(4_970_000_000 * tonne));
    assert_eq!(of("value")[key], Some(4_983_000_000 * tonne));
    assert_eq!(of("change")[key], Some(13_000_000 * tonne));
    assert_eq!(of("change_percent")[key], Some(261_569));
    let changes = of("change");
    assert!(changes.contains_key("100000/2021/energy_total.reported/newly_computed"));
    let clean = gep::audit::verify(&carbon.out()).expect("verified");
    assert!(clean.differences.is_empty(), "{:?}", clean.differences);
    for measure in ["value", "earlier_value"] {
        books(&carbon);
        let found = planted(&carbon.out(), "carbon_recalculation", |columns| {
            let own = amounts(columns, measure);
            let row = own.iter().position(Option::is_some).expect("a number");
            own[row] = own[row].map(|own| own + 2);
        });
        assert!(
            found.contains("verify-carbon-recalculation"),
            "{measure}: {found:?}"
        );
    }
    let page = std::fs::read_to_string(carbon.out().join("report/carbon.zh.html")).expect("page");
    assert!(page.contains("重新计算（新旧版本对照）") && page.contains("已修订"));
}

/// Compared with a day after the last publication nothing changed; without a day there is
/// nothing to compare, and no chapter.
#[test]
fn nothing_changed_is_no_row() {
    let rows = |carbon: &Carbon| {
        books(carbon);
        let path = carbon.out().join("tables/carbon_recalculation.parquet");
        let columns = read_parquet(&path).expect("the table");
        match &columns[0].data {
            ColumnData::Text(texts) => texts.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(rows(&compared("2099-12-31")), 0);
    let plain = Carbon::published();
    assert_eq!(rows(&plain), 0);
    let page = std::fs::read_to_string(plain.out().join("report/carbon.zh.html")).expect("page");
    assert!(!page.contains("重新计算"));
}
