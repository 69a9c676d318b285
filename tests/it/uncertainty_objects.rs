//! Intervals of laws on single objects: lakes, reservoirs and coast segments are drawn as
//! everything else, and again from the tables of a finished run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep::run::uncertainty_again::verify_uncertainty;

use crate::account::measures;
use crate::audit::{amounts, row_of};
use crate::objects::{Bodies, RESERVOIRS};
use crate::uncertainty::plant;

const KEYS: [&str; 5] = ["table", "region_code", "class", "indicator", "output"];

fn ends(out: &Path, measure: &str) -> BTreeMap<String, Option<i128>> {
    measures(out, "uncertainty", &KEYS, measure)
}

fn with_intervals() -> Bodies {
    let bodies = Bodies::new(&RESERVOIRS);
    let path = bodies.folder.path().join("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let terms = "[uncertainty]\nseed = 7\ndraws = 500\ninterval = \"0.90\"\n";
    fs::write(&path, format!("{text}\n{terms}")).expect("project");
    bodies
}

/// A reservoir's value is its quantity times one price, so an end of its interval is the
/// quantity of the county times one and the same end of the price, to the fen; what lies
/// outside all counties has no part in it.
#[test]
fn reservoirs_have_the_interval_of_their_price() {
    let bodies = with_intervals();
    let out = bodies.run(64).expect("run");
    // Cubic metres of A and B: three quarters and a quarter of r1, and half of r2 in B.
    let quantities = measures(
        &out,
        "physical",
        &["region_code", "indicator", "output"],
        "value",
    );
    let quantity = |region: &str| {
        let key = format!("{region}/reservoir_storage/quantity");
        quantities[&key].expect("a quantity") / 1_000_000
    };
    for measure in ["low", "high"] {
        let all = ends(&out, measure);
        // Millionths of a yuan.
        let end = |region: &str| {
            let key = format!("value/{region}/all/reservoir_storage/value");
            all[&key].unwrap_or_else(|| panic!("{measure} of {region}"))
        };
        let price = end("A") / quantity("A");
        assert!(price > 1_000_000 && price < 100_000_000, "{price}");
        for region in ["B", "C", "P"] {
            let difference = end(region) - price * quantity(region);
            // Rounded to the fen in both counties, the price cut to a millionth.
            assert!(
                difference.abs() <= 20_000 + quantity(region),
                "{region} {difference}"
            );
        }
    }
    let (low, high) = (ends(&out, "low"), ends(&out, "high"));
    let value = "value/P/all/reservoir_storage/value".to_owned();
    assert!(low[&value] < high[&value]);
    // Nothing of the quantity is drawn.
    assert_eq!(low["physical/P/all/reservoir_storage/quantity"], None);
}

/// A finished run is drawn again from its tables alone, its objects among them; an object
/// that holds more than the run had is seen.
#[test]
fn a_finished_run_draws_its_objects_again() {
    let bodies = with_intervals();
    let out = bodies.run(64).expect("run");
    let (tables, differences) = verify_uncertainty(&out, None).expect("drawn");
    assert_eq!((tables, differences.len()), (3, 0), "{differences:?}");
    plant(&out, "objects", |columns| {
        let keys = [
            ("object_id", "r1"),
            ("region_code", "A"),
            ("output", "area"),
        ];
        let row = row_of(columns, &keys);
        let area = &mut amounts(columns, "value")[row];
        *area = area.map(|area| area + 1_000_000_000_000);
    });
    let (_, differences) = verify_uncertainty(&out, None).expect("drawn");
    assert!(!differences.is_empty());
}
