//! Townships and villages: numbers arise in the finest regions of the tree, and every
//! region above is the exact sum of what lies below it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep::audit::{Question, explain, verify};
use gep::run::init::{InitRequest, init_project};
use gep_core::diagnostic::Language;
use tempfile::tempdir;

use crate::account::{Project, measures};

const COUNTIES: &str = "zj_counties_cgcs2000.geojson";
/// Three districts of Hangzhou stand for a township and two villages of one made-up county.
const PARTS: [(&str, &str); 3] = [
    ("330102", "330199001"),
    ("330105", "330199002001"),
    ("330106", "330199002002"),
];
const TREE: [&str; 5] = [
    "330199,county,甲县,County A,330100",
    "330199001,township,乙镇,Township B,330199",
    "330199002,township,丙街道,Subdistrict C,330199",
    "330199002001,village,丁村,Village D,330199002",
    "330199002002,village,戊村,Village E,330199002",
];

/// A project without sheets whose three districts are told by `code` and the tree.
fn project(code: impl Fn(&str) -> String, tree: &[&str]) -> Project {
    let project = Project::copy();
    let path = project.path(COUNTIES);
    let mut text = fs::read_to_string(&path).expect("counties");
    let mut regions = fs::read_to_string(project.path("regions.csv")).expect("regions");
    for (old, new) in PARTS {
        text = text.replace(&format!("\"{old}\""), &format!("\"{}\"", code(new)));
        let lines = regions.lines().filter(|line| !line.starts_with(old));
        regions = lines.map(|line| format!("{line}\n")).collect();
    }
    regions.extend(tree.iter().map(|line| format!("{line}\n")));
    fs::write(path, text).expect("counties");
    fs::write(project.path("regions.csv"), regions).expect("regions");
    let toml = fs::read_to_string(project.path("gep.toml")).expect("project");
    let end = toml.find("[[workbook]]").expect("sheets");
    fs::write(project.path("gep.toml"), &toml[..end]).expect("project");
    project
}

fn finest() -> Project {
    project(str::to_owned, &TREE)
}

fn rows_of(all: &BTreeMap<String, Option<i128>>, region: &str) -> BTreeMap<String, i128> {
    let start = format!("{region}/");
    let own = all
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(&start)?.to_owned(), (*value)?)));
    own.collect()
}

fn sum(all: &BTreeMap<String, Option<i128>>, regions: &[&str]) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for region in regions {
        for (key, value) in rows_of(all, region) {
            *sums.entry(key).or_default() += value;
        }
    }
    sums
}

/// The county as one piece and as a township and two villages: the same areas to the
/// mm2, and every level adds up exactly.
#[test]
fn villages_add_up_to_townships_and_counties() {
    let folder = tempdir().expect("folder");
    let (fine, whole) = (folder.path().join("fine"), folder.path().join("whole"));
    finest().run(&fine).expect("villages");
    project(|_| "330199".to_owned(), &TREE[..1])
        .run(&whole)
        .expect("one county");
    let area = |out: &Path| measures(out, "extent", &["region_code", "class"], "area_mm2");
    let (own, other) = (area(&fine), area(&whole));
    assert_eq!(rows_of(&own, "330199"), rows_of(&other, "330199"));
    let keys = ["region_code", "class", "indicator", "output", "item"];
    for (table, measure) in [("physical", "value"), ("value", "value_fen")] {
        let all = measures(&fine, table, &keys, measure);
        let parts = ["330199002001", "330199002002"];
        assert!(!rows_of(&all, parts[0]).is_empty(), "{table}");
        assert_eq!(rows_of(&all, "330199002"), sum(&all, &parts), "{table}");
        let townships = ["330199001", "330199002"];
        assert_eq!(rows_of(&all, "330199"), sum(&all, &townships), "{table}");
    }
    // What is printed of the county differs by the rounding of its parts at most.
    let volume = |out: &Path| {
        let all = measures(out, "physical", &keys, "value");
        let key = "*/water_retention/quantity/";
        rows_of(&all, "330199").get(key).copied()
    };
    if let (Some(parts), Some(one)) = (volume(&fine), volume(&whole)) {
        assert!((parts - one).abs() <= 3_000_000, "{parts} {one}");
    }
    let plain = verify(&whole).expect("manifest");
    assert!(
        plain.differences.is_empty(),
        "plain {:?} {:?}",
        plain.differences.len(),
        &plain.differences[..1]
    );
    let verified = verify(&fine).expect("manifest");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        &verified.differences[..3.min(verified.differences.len())]
    );
    let question = Question::Item {
        region: "330199002001".into(),
        item: "gep".into(),
        year: None,
    };
    let found = explain(&fine, &question).expect("a village explains itself");
    assert!(found.to_json().to_string().contains("330199002001"));
    let report = fs::read_to_string(fine.join("report/report.zh.html")).expect("report");
    for text in [
        "各乡镇（街道）、村价值量",
        "各县（市、区）及乡镇合计",
        "丁村",
    ] {
        assert!(report.contains(text), "{text}");
    }
}

/// A county with townships has no boundary of its own, and codes follow the tree.
#[test]
fn mixed_and_misplaced_codes_are_refused() {
    let folder = tempdir().expect("folder");
    let run = |project: &Project| project.run(&folder.path().join("out"));
    let mixed = project(
        |new| {
            if new.len() == 9 {
                "330199".to_owned()
            } else {
                new.to_owned()
            }
        },
        &[TREE[0], TREE[2], TREE[3], TREE[4]],
    );
    let findings = run(&mixed).expect_err("the county is drawn and so are its villages");
    assert!(
        findings.has("counties-unknown"),
        "{:?}",
        findings.0[0].to_text(Language::En)
    );
    for (from, to) in [
        (
            "330199001,township,乙镇,Township B,330199",
            "330198001,township,乙镇,Township B,330199",
        ),
        (
            "330199001,township,乙镇,Township B,330199",
            "33019901,township,乙镇,Township B,330199",
        ),
        (
            "330199002001,village,丁村,Village D,330199002",
            "330199002001,village,丁村,Village D,330199",
        ),
    ] {
        let broken = finest();
        let path = broken.path("regions.csv");
        let text = fs::read_to_string(&path)
            .expect("regions")
            .replace(from, to);
        fs::write(path, text).expect("regions");
        assert!(
            run(&broken).expect_err(to).has("region-not-in-tree"),
            "{to}"
        );
    }
}

/// `gep init` derives townships and counties from the codes of villages.
#[test]
fn init_derives_the_tree_from_long_codes() {
    let folder = tempdir().expect("folder");
    let own = finest();
    let out = folder.path().join("new");
    let request = InitRequest {
        folder: out.clone(),
        zones: own.path(COUNTIES),
        zone_id: "adcode".to_owned(),
        ..crate::init::request(folder.path(), "zj-demo")
    };
    init_project(&request).expect("a project");
    let text = fs::read_to_string(out.join("regions.csv")).expect("regions");
    for line in [
        "330199,county,",
        "330199002,township,",
        "330199002001,village,",
    ] {
        assert!(text.lines().any(|own| own.starts_with(line)), "{line}");
    }
}
