//! The crosswalk in `gep explain` and `gep verify`: named where it bounds a status, silent
//! where it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::run::account::run_account;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree};
use crate::audit::{planted, texts};

/// A run of the demo with a methodology whose crosswalk was edited.
fn run(edit: impl Fn(String) -> String) -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, &methodology);
    let path = methodology.join("crosswalks/modis-igbp.csv");
    let text = fs::read_to_string(&path).expect("crosswalk");
    fs::write(&path, edit(text)).expect("crosswalk");
    let out = folder.path().join("run");
    let project = Project::copy();
    let mut request = project.request(&out);
    request.methodology = Some(methodology);
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    (folder, out)
}

fn explain(out: &Path, more: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_gep"))
        .arg("explain")
        .args(more)
        .args(["--out", &out.to_string_lossy()])
        .output()
        .expect("gep runs");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn node(out: &Path, item: &str) -> serde_json::Value {
    let text = explain(out, &["331127", item, "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&text).expect("json");
    told["crosswalk"].clone()
}

/// All rows with a status; those of the legend verified, those chosen as told.
fn with_status(text: &str, chosen: &str) -> String {
    let mut lines = text.lines();
    let header = format!("{},status\n", lines.next().expect("a header"));
    let rows = lines.map(|line| {
        let status = if line.contains("gep-demo") {
            chosen
        } else {
            "verified"
        };
        format!("{line},{status}\n")
    });
    header + &rows.collect::<String>()
}

/// Oxygen rests on verified parameters: the chosen rows of the crosswalk make it what it
/// is, and stand in the tree with their place and source. Grain looks at no land cover.
#[test]
fn the_rows_that_lower_a_status_are_named() {
    let (_folder, out) = run(|text| with_status(&text, "transcribed"));
    let own = node(&out, "oxygen_release");
    assert_eq!(own["crosswalk"], "modis-igbp");
    assert_eq!(own["status"], "transcribed");
    assert_eq!(own["number_has_this_status"], true);
    assert_eq!(own["version"].as_str().map(str::len), Some(16));
    let rows = own["weakest_rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 9, "{rows:?}");
    let savanna = rows.iter().find(|row| row["code"] == "9").expect("savanna");
    assert_eq!(savanna["class"], "sparse_forest");
    assert_eq!(savanna["source"], "gep-demo");
    assert_eq!(savanna["place"], "crosswalks/modis-igbp.csv:11");
    // Soil has provisional constants: the crosswalk bounds it too, but it is lower still.
    assert_eq!(
        node(&out, "soil_retention")["number_has_this_status"],
        false
    );
    assert!(node(&out, "gep").is_object());
    assert!(node(&out, "grain_supply").is_null());
    let words = explain(&out, &["331127", "oxygen_release", "--lang", "zh"]);
    assert!(
        words.contains("地类对应表 modis-igbp") && words.contains("转录"),
        "{words}"
    );
    let words = explain(&out, &["331127", "oxygen_release", "--lang", "en"]);
    assert!(words.contains("status at most transcribed"), "{words}");
    // Its version is what it says: another status, another version.
    let (_other, again) = run(|text| with_status(&text, "provisional"));
    assert_ne!(node(&again, "oxygen_release")["version"], own["version"]);
}

/// A crosswalk read in print row by row lowers nothing and is not named.
#[test]
fn a_verified_crosswalk_is_not_named() {
    let (_folder, out) = run(|text| with_status(&text, "verified"));
    assert!(node(&out, "oxygen_release").is_null());
}

/// A status better than the crosswalk's is found; the run as written has none.
#[test]
fn verify_knows_the_bound() {
    let (_folder, out) = run(|text| text);
    assert!(planted(&out, "physical", |_| {}).is_empty());
    let found = planted(&out, "physical", |columns| {
        texts(columns, "status").fill(Some("verified".into()));
    });
    assert!(found.contains("verify-status-crosswalk"), "{found:?}");
}
