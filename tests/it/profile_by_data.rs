//! A new provincial profile with a new indicator needs no code: a source, a table, a
//! method file and a profile file, added to a copy of the methodology.

use std::fs;
use std::path::Path;

use gep::run::account::run_account;
use tempfile::tempdir;

use crate::account::{Project, copy_tree, measures};

const SOURCE: &str = r#"
[[source]]
id = "test-province"
kind = "choice"
year = 2026
title = { zh = "某省试行口径", en = "Trial choice of a province" }
"#;

const TABLE: &str = "group,value,unit,status,source,clause,price_year,note
forest,12.5,CNY@2010/ha,provisional,test-province,table 1,2010,
";

const METHOD: &str = r#"
[method]
id = "forest_landscape.unit_value"
title = { zh = "森林景观价值（单位面积法）", en = "Forest landscape by value of area" }
source = { document = "test-province", clause = "clause 1" }

[scope]
groups = ["forest"]

[parameters]
unit_value = { table = "tables/forest-landscape.csv", unit = "CNY@2010/ha", domain = "class" }

[formula]
quantity = "total(1)"
value = "quantity * unit_value"

[outputs]
quantity = { unit = "ha", quantum = "0.000001", kind = "physical", range = [0, 1e9], title = { zh = "森林面积", en = "Forest area" } }
value = { unit = "CNY@2010", quantum = "0.01", kind = "value", range = [0, 1e13], title = { zh = "价值量", en = "Value" } }

[[example]]
name = "ten hectares"
class = "mixed_forest"
area = "10 ha"
given = {}
expect = { quantity = 10, value = 125.00 }
by = "hand"
working = "10 * 12.5"

[[example]]
name = "a value is rounded to the fen"
class = "mixed_forest"
area = "1 m2"
given = {}
expect = { quantity = 0.0001, value = 0.00 }
by = "hand"
working = "0.0001 * 12.5 = 0.00125"
"#;

const PROFILE: &str = r#"
[profile]
id = "test-province"
title = { zh = "某省试行方案", en = "Trial profile of a province" }
source = { document = "test-province", clause = "clause 2" }
official = false
extends = "zj-demo"

[[indicator]]
id = "forest_landscape"
title = { zh = "森林景观价值", en = "Forest landscape" }
group = "cultural"
state = "computed"
methods = ["forest_landscape.unit_value"]
"#;

/// The new indicator stands in every county, is its quantity times the price to the
/// fen, and GEP of the province grows by just its value; nothing else moves.
#[test]
fn a_new_indicator_is_data_alone() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let write = |path: &str, text: &str| {
        let path = methodology.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("a file");
    };
    let sources = fs::read_to_string(methodology.join("sources.toml")).expect("sources");
    write("sources.toml", &(sources + SOURCE));
    write("tables/forest-landscape.csv", TABLE);
    write("methods/forest_landscape/unit_value.toml", METHOD);
    write("profiles/test-province.toml", PROFILE);
    let project = Project::copy();
    let run = |profile: &str| {
        let mut request = project.request(&folder.path().join(profile));
        request.methodology = Some(methodology.clone());
        request.profile = Some(profile.to_string());
        let report = run_account(&request, &|_, _| {}).expect("run");
        assert_eq!(report.counties, (90, 0), "{profile}");
        request.out
    };
    let (base, new) = (run("zj-demo"), run("test-province"));
    let gep = |out: &Path| measures(out, "gep", &["region_code", "item"], "value_fen");
    let (before, after) = (gep(&base), gep(&new));
    let of = |code: &str, item: &str| after[&format!("{code}/{item}")].expect("a value");
    let own = of("330000", "forest_landscape");
    assert!(own > 0);
    let province = before["330000/gep"].expect("a value");
    assert_eq!(of("330000", "gep"), province + own);
    for (key, value) in &before {
        let sum = key.ends_with("/gep") || key.ends_with("/cultural");
        assert!(sum || after[key] == *value, "{key} moved");
    }
    let keys = ["region_code", "class", "indicator", "output"];
    let quantities = measures(&new, "physical", &keys, "value");
    let values = measures(&new, "value", &keys, "value_fen");
    let mut compared = 0;
    for (key, quantity) in quantities {
        let Some((place, "quantity")) = key.rsplit_once('/') else {
            continue;
        };
        let county = place.len() > 6 && !place[..6].ends_with("00");
        let by_type = !place.contains("/all/");
        if !(place.ends_with("/forest_landscape") && county && by_type) {
            continue;
        }
        // Millionths of a hectare at 12.5 yuan: 1,250 fen for 1,000,000, half a fen up.
        let Some(quantity) = quantity else { continue };
        let fen = (quantity * 1_250 + 500_000) / 1_000_000;
        assert_eq!(values[&format!("{place}/value")], Some(fen), "{place}");
        compared += 1;
    }
    assert!(compared > 90, "{compared}");
}
