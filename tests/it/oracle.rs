//! Regulating services against a recomputation in plain Python (scripts/long),
//! whose numbers are kept in `tests/oracle`.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::account::{Project, measures};

/// Every class of three counties and each service: the same to 1e-9 beside the
/// rounding of the printed quantity.
#[test]
fn services_agree_with_a_plain_recomputation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/services.csv");
    let text = fs::read_to_string(path).expect("oracle");
    let folder = tempdir().expect("folder");
    let out = folder.path().join("out");
    Project::copy().run(&out).expect("run");
    let keys = ["region_code", "class", "indicator", "output", "item"];
    let found = measures(&out, "physical", &keys, "value");
    let mut compared = 0;
    for line in text.lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let [county, class, service, quantity] = cells[..] else {
            panic!("{line}");
        };
        let expected: f64 = quantity.parse().expect("number");
        let key = format!("{county}/{class}/{service}/quantity/");
        let value = found.get(&key).copied().flatten();
        if expected == 0.0 && value.is_none() {
            continue;
        }
        let value = value.unwrap_or_else(|| panic!("{key} is missing")) as f64 / 1e6;
        let half_quantum = match service {
            "water_retention" | "local_climate_regulation" => 0.5,
            _ => 0.0005,
        };
        let off = (value - expected).abs();
        assert!(
            off <= half_quantum + 1e-9 * expected,
            "{key}: {value} is not {expected}"
        );
        compared += 1;
    }
    assert!(compared >= 20, "only {compared} numbers were compared");
}
