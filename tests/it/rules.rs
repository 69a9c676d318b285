//! Rules after all indicators on the demo: applied, added up, verified, explained.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::audit::verify;
use gep::output::{Column, ColumnData, parquet_bytes, read_parquet};
use gep::run::account::run_account;
use gep_core::storage::digest_bytes;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree, measures};

/// Grain a second time as a product from outside, one of two gases, no losses.
const RULES: &str = r#"
[[indicator]]
id = "bought_grain"
title = { zh = "外来谷物", en = "Grain from outside" }
group = "deduction"
state = "computed"
methods = ["grain_supply.market_price"]

[[combine]]
id = "one_gas"
kind = "keep_one"
keep = "largest"
title = { zh = "只计其一", en = "One gas counts" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["carbon_sequestration", "oxygen_release"]

[[combine]]
id = "from_outside"
kind = "subtract"
title = { zh = "扣减外来产品", en = "Less products from outside" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["bought_grain"]
"#;

/// Runs the demo under its profile with `RULES` added.
fn run() -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, &methodology);
    let path = methodology.join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    fs::write(&path, text + RULES).expect("profile");
    let project = Project::copy();
    let out = folder.path().join("run");
    let mut request = project.request(&out);
    request.methodology = Some(methodology);
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    (folder, out)
}

fn gep(out: &Path) -> BTreeMap<String, Option<i128>> {
    measures(out, "gep", &["region_code", "item"], "value_fen")
}

fn codes(out: &Path) -> BTreeSet<&'static str> {
    let own = verify(out).expect("manifest");
    let unread = own.unread.iter().map(|finding| finding.code);
    let codes = own.differences.iter().map(|own| own.code).chain(unread);
    codes.collect()
}

/// Changes a column of `combine` and the digest in the manifest.
fn plant(out: &Path, change: impl Fn(&mut Column)) {
    let path = out.join("tables/combine.parquet");
    let mut columns = read_parquet(&path).expect("table");
    let before = digest_bytes(&fs::read(&path).expect("bytes"));
    columns.iter_mut().for_each(change);
    let bytes = parquet_bytes(&columns, &[]).expect("encoded");
    fs::write(&path, &bytes).expect("written");
    let manifest = out.join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("manifest");
    assert!(text.contains(&before), "the manifest lists the table");
    fs::write(&manifest, text.replace(&before, &digest_bytes(&bytes))).expect("written");
}

/// In every region GEP is the sum of the indicators no rule names and of the rules'
/// rows; without rules it is the sum of all.
#[test]
fn gep_is_the_sum_of_the_rows_printed() {
    let (_folder, out) = run();
    let values = gep(&out);
    let keys = ["region_code", "rule", "indicator"];
    let [removed, after] =
        ["removed_fen", "after_fen"].map(|name| measures(&out, "combine", &keys, name));
    let indicators = ["carbon_sequestration", "oxygen_release"];
    let plain = [
        "grain_supply",
        "water_retention",
        "soil_retention",
        "local_climate_regulation",
        "air_purification",
    ];
    let regions: BTreeSet<&str> = values
        .keys()
        .filter_map(|key| key.split('/').next())
        .collect();
    assert!(regions.len() > 90, "{}", regions.len());
    for region in regions {
        let own = |item: &&str| values[&format!("{region}/{item}")].unwrap_or(0);
        let left = |rule: &&str| after[&format!("{region}/{rule}/all")].unwrap_or(0);
        let sum: i128 = plain.iter().map(own).sum::<i128>()
            + ["one_gas", "from_outside"].iter().map(left).sum::<i128>();
        assert_eq!(own(&"gep"), sum, "{region}");
    }
    // By hand, in one county: the smaller gas is what is taken off.
    let pair = indicators.map(|item| values[&format!("331127/{item}")].expect("computed"));
    let taken = removed["331127/one_gas/all"].expect("computed");
    assert_eq!(taken, pair[0].min(pair[1]));
    let grain = values["331127/grain_supply"].expect("computed");
    assert_eq!(after["331127/from_outside/bought_grain"], Some(-grain));
    assert_eq!(values["331127/deduction"], Some(-grain));
}

/// Silent on the run as written; each amount changed by a fen, and each word of a rule
/// exchanged, is found.
#[test]
fn verify_applies_the_rules_again() {
    let (_folder, out) = run();
    assert!(codes(&out).is_empty(), "{:?}", codes(&out));
    let checked = verify(&out).expect("manifest").checked;
    assert!(
        checked
            .iter()
            .any(|(name, count)| *name == "combine-rules" && *count > 90)
    );
    let bytes = ["tables/combine.parquet", "manifest.json"]
        .map(|name| (name, fs::read(out.join(name)).expect("bytes")));
    for name in ["before_fen", "removed_fen", "after_fen", "kind", "choice"] {
        plant(&out, |column| {
            if column.name == name {
                match &mut column.data {
                    ColumnData::Decimal(values, _) => {
                        values[0] = values[0].map(|fen| fen + 1);
                    }
                    ColumnData::Text(values) => {
                        values.fill(Some("keep_none".into()));
                    }
                    other => panic!("{other:?}"),
                }
            }
        });
        assert!(
            codes(&out).contains("verify-combine"),
            "{name}: {:?}",
            codes(&out)
        );
        for (name, bytes) in &bytes {
            fs::write(out.join(name), bytes).expect("back");
        }
    }
}

/// GEP is explained with its rules, a row of a rule by its id, and the report says
/// what the rules take off.
#[test]
fn rules_are_explained_and_reported() {
    let (_folder, out) = run();
    let explain = |question: &[&str]| {
        let folder = out.to_string_lossy();
        let rest = ["--out", &folder, "--format", "json"];
        let done = Command::new(env!("CARGO_BIN_EXE_gep"))
            .args([&["explain"], question, &rest].concat())
            .output()
            .expect("gep runs");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        serde_json::from_slice::<serde_json::Value>(&done.stdout).expect("json")
    };
    let own = explain(&["331127", "gep"]);
    let lines = own["rules"].as_array().expect("rules");
    let whole: Vec<&serde_json::Value> = lines
        .iter()
        .filter(|line| line["indicator"] == "all")
        .collect();
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[0]["rule"], "one_gas");
    let id = whole[0]["after"]["number_id"].as_str().expect("id");
    let by_id = explain(&[id]);
    assert_eq!(by_id["number"]["number_id"], id);
    assert_eq!(by_id["number"]["value"], whole[0]["after"]["value"]);
    for (language, title) in [("zh", "扣减外来产品"), ("en", "Less products from outside")] {
        let page = fs::read_to_string(out.join(format!("report/report.{language}.html")));
        assert!(page.expect("report").contains(title), "{language}");
    }
}
