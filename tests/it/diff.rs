//! Two profiles compared: what they say differently, and the bridge between their GEPs
//! on one run's aggregates, which closes to the fen and ends where a real run ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gep::account::Cause;
use gep::audit::verify_bridge;
use gep::output::{ColumnData, parquet_bytes, read_parquet};
use gep::run::account::run_account;
use gep::run::bridge::{Bridge, build};
use gep::run::methodology_diff::{Asked, Opened, material_of_project, material_of_run};
use gep_core::methodology::{Difference, DifferenceKind, differences};
use gep_core::storage::digest_bytes;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree, measures, without_distributions};
use crate::objects::{Bodies, RESERVOIRS};

/// A copy of the methodology with texts replaced in some of its files.
fn edited(edits: &[(&str, &str, &str)]) -> TempDir {
    let copy = tempdir().expect("folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, copy.path());
    without_distributions(copy.path());
    for (file, from, to) in edits {
        let path = copy.path().join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{from} in {file}");
        fs::write(path, text.replacen(from, to, 1)).expect("a file");
    }
    copy
}

fn open(text: &str, otherwise: Option<&str>) -> (Asked, Opened) {
    let asked = Asked::parse(text, None);
    let opened = asked
        .open(otherwise)
        .unwrap_or_else(|found| panic!("{:?}", found.0));
    (asked, opened)
}

fn said(first: &str, second: &str) -> Vec<Difference> {
    let (one, other) = (
        open(first, Some("zj-demo")).1,
        open(second, Some("zj-demo")).1,
    );
    differences(one.side(), other.side()).expect("two profiles")
}

/// The line of the price table that prices carbon, and the same at twice the price.
fn carbon_price() -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology/tables/prices.csv");
    let text = fs::read_to_string(path).expect("prices");
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with("carbon"));
    let line = line.expect("a price of carbon").to_string();
    let mut cells: Vec<String> = line.split(',').map(String::from).collect();
    let price: u32 = cells[1].parse().expect("whole yuan");
    cells[1] = (2 * price).to_string();
    (line, cells.join(","))
}

/// A profile says what it says; a copy of the files without a change says the same.
#[test]
fn a_profile_beside_itself_says_nothing_new() {
    assert_eq!(said("zj-demo", "zj-demo"), []);
    let copy = edited(&[]);
    assert_eq!(said("zj-demo", &copy.path().to_string_lossy()), []);
}

/// Each planted change is told under its kind and nothing else is.
#[test]
fn each_kind_of_difference_is_told() {
    let (line, other) = carbon_price();
    let price = edited(&[("tables/prices.csv", &line, &other)]);
    let crosswalk = edited(&[(
        "crosswalks/modis-igbp.csv",
        "\n9,sparse_forest,",
        "\n9,subtropical_tussock,",
    )]);
    let floor = edited(&[(
        "profiles/zj-demo.toml",
        "coverage_floor = \"0.80\"",
        "coverage_floor = \"0.75\"",
    )]);
    let state = edited(&[(
        "profiles/zj-demo.toml",
        "state = \"absent\"\nnote = { zh = \"无可用的县级数据。\", en = \"No county data at hand.\" }",
        "state = \"provisional\"\nmethods = [\"tourism.travel_cost\"]\nnote = { zh = \"试\", en = \"A trial.\" }",
    )]);
    for (copy, kind) in [
        (&price, DifferenceKind::Price),
        (&crosswalk, DifferenceKind::Crosswalk),
        (&floor, DifferenceKind::Setting),
        (&state, DifferenceKind::Indicator),
    ] {
        let found = said("zj-demo", &copy.path().to_string_lossy());
        assert!(!found.is_empty(), "{kind:?}");
        assert!(found.iter().all(|one| one.kind == kind), "{found:?}");
    }
    let all = said("zj-demo", "mee-2020");
    let kinds: BTreeSet<&str> = all.iter().map(|one| one.kind.word()).collect();
    for kind in ["indicator", "formula", "clause"] {
        assert!(kinds.contains(kind), "{kinds:?}");
    }
}

/// A finished run of the demo under a profile of a methodology.
fn run(
    project: &Project,
    folder: &Path,
    name: &str,
    methodology: Option<&Path>,
    profile: &str,
) -> PathBuf {
    let mut request = project.request(&folder.join(name));
    request.methodology = methodology.map(Path::to_path_buf);
    request.profile = Some(profile.to_string());
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    request.out
}

fn bridge_of_run(run: &Path, first: &str, second: &str) -> Bridge {
    let mut sides = [
        open(first, Some("zj-demo")).1,
        open(second, Some("zj-demo")).1,
    ];
    let material = material_of_run(run, &mut sides).unwrap_or_else(|found| panic!("{:?}", found.0));
    build([&sides[0], &sides[1]], material).unwrap_or_else(|found| panic!("{:?}", found.0))
}

fn gep(run: &Path) -> BTreeMap<String, i128> {
    measures(run, "gep", &["region_code", "item"], "value_fen")
        .into_iter()
        .filter_map(|(key, fen)| Some((key.strip_suffix("/gep")?.to_string(), fen?)))
        .collect()
}

fn causes(bridge: &Bridge) -> BTreeSet<Cause> {
    let lines = bridge.regions.values().flat_map(|own| &own.lines);
    lines
        .filter(|(_, fen)| **fen != 0)
        .map(|(key, _)| key.0)
        .collect()
}

/// From the demo's profile to four others, valued on the demo's own aggregates: each
/// bridge closes in every region, begins at the run's GEP and, where all could be valued,
/// ends to the fen at the GEP of a real run of the other profile. Parents are sums.
#[test]
fn bridges_between_land_profiles_end_at_their_runs() {
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let base = run(&project, folder.path(), "base", None, "zj-demo");
    let start = gep(&base);
    for profile in ["mee-2020", "db33-2274-2025", "gbt-46869-2025", "seea-ea"] {
        let other = gep(&run(&project, folder.path(), profile, None, profile));
        let bridge = bridge_of_run(&base, "zj-demo", profile);
        assert_eq!(bridge.regions.len(), 102, "{profile}");
        for (region, own) in &bridge.regions {
            assert!(own.closes(), "{profile} {region}");
            assert_eq!(own.gep_fen[0], start[region], "{profile} {region}");
            if own.outside.is_empty() {
                assert_eq!(own.ends_fen, own.gep_fen, "{profile} {region}");
                assert_eq!(own.gep_fen[1], other[region], "{profile} {region}");
            } else {
                // Not computable is no zero: it is named, with what is missing.
                for (id, outside) in &own.outside {
                    assert!(!outside.reasons.is_empty(), "{profile} {region} {id}");
                    assert!(!outside.counties.is_empty(), "{profile} {region} {id}");
                }
            }
        }
        let sum: i128 = bridge
            .tree
            .iter()
            .filter(|region| region.parent.as_deref() == Some("330000"))
            .map(|region| bridge.regions[&region.code].ends_fen[1])
            .sum();
        assert_eq!(sum, bridge.regions["330000"].ends_fen[1], "{profile}");
        println!("{profile}: {:?}", bridge.regions["330000"]);
    }
}

/// Another price of carbon is a line of price on carbon, to the fen what two runs differ
/// by; nothing stands outside.
#[test]
fn one_price_is_one_line() {
    let (line, other) = carbon_price();
    let copy = edited(&[("tables/prices.csv", &line, &other)]);
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let base = run(&project, folder.path(), "base", None, "zj-demo");
    let changed = run(
        &project,
        folder.path(),
        "changed",
        Some(copy.path()),
        "zj-demo",
    );
    let bridge = bridge_of_run(&base, "zj-demo", &copy.path().to_string_lossy());
    assert_eq!(causes(&bridge), BTreeSet::from([Cause::Price]));
    let (before, after) = (gep(&base), gep(&changed));
    for (region, own) in &bridge.regions {
        assert!(own.outside.is_empty());
        let sum: i128 = own.lines.values().sum();
        assert_eq!(sum, after[region] - before[region], "{region}");
    }
    let whole = &bridge.regions["330000"].lines;
    assert!(whole.values().any(|fen| *fen != 0));
    // The other way round every line turns its sign.
    let back = bridge_of_run(&base, &copy.path().to_string_lossy(), "zj-demo");
    assert_eq!(
        back.regions["330000"].lines.values().sum::<i128>(),
        -whole.values().sum::<i128>()
    );
}

/// Reservoirs are valued again from a run's tables: another share of the capacity and
/// another price are two lines, the others of the run stand, and nothing is outside.
#[test]
fn single_objects_are_valued_from_a_run() {
    let bodies = Bodies::new(&RESERVOIRS);
    let base = bodies.run(64).expect("run");
    let before = measures(&base, "value", &["region_code", "indicator"], "value_fen");
    let copy = edited(&[
        (
            "tables/prices.csv",
            "reservoir_capacity,7.06,",
            "reservoir_capacity,8.06,",
        ),
        (
            "tables/constants.csv",
            "reservoir_flood_share,0.35,",
            "reservoir_flood_share,0.70,",
        ),
    ]);
    let second = copy.path().to_string_lossy().into_owned();
    let mut sides = [
        open("water-bodies", Some("water-bodies")).1,
        open(&second, Some("water-bodies")).1,
    ];
    let material = material_of_run(&base, &mut sides).expect("the run's tables");
    let bridge = build([&sides[0], &sides[1]], material).expect("a bridge");
    let whole = &bridge.regions["P"];
    assert!(whole.closes() && whole.outside.is_empty(), "{whole:?}");
    assert_eq!(
        causes(&bridge),
        BTreeSet::from([Cause::Parameter, Cause::Price])
    );
    // 350,035 m3 at 706 fen become 700,071 m3 (700000.7 to the m3, and 70) at 806 fen.
    let own = before["P/reservoir_storage"].expect("a value");
    assert_eq!(own, 350_035 * 706);
    let lines = whole.lines.iter();
    let of_reservoirs = lines.filter(|(key, _)| key.1.contains("reservoir_storage"));
    let change: i128 = of_reservoirs.map(|(_, fen)| *fen).sum();
    assert_eq!(change, 700_071 * 806 - own);
}

/// Rates that the run never summed are not computable and stand outside, with both
/// amounts that are known; on a project they are summed and the bridge is whole.
#[test]
fn what_a_run_does_not_hold_stands_outside() {
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let base = run(&project, folder.path(), "base", None, "zj-demo");
    let copy = edited(&[(
        "profiles/zj-demo.toml",
        "crosswalk = \"modis-igbp\"",
        "crosswalk = \"modis-igbp-savanna-grassland\"",
    )]);
    let second = copy.path().to_string_lossy().into_owned();
    let bridge = bridge_of_run(&base, "zj-demo", &second);
    let whole = &bridge.regions["330000"];
    assert!(whole.closes());
    assert!(whole.outside.contains_key("water_retention"), "{whole:?}");
    let outside = &whole.outside["water_retention"];
    assert!(outside.fen[0].is_some_and(|fen| fen > 0) && outside.fen[1].is_none());
    assert!(!outside.lacking.is_empty());
    // Grain looks at no land cover: it is in the bridge, and nothing of it moves.
    assert!(!whole.outside.contains_key("grain_supply"));
    let asked = [Asked::parse("zj-demo", None), Asked::parse(&second, None)];
    let mut sides = [
        asked[0].open(Some("zj-demo")).expect("a profile"),
        asked[1].open(Some("zj-demo")).expect("a profile"),
    ];
    let folder_of = project.folder.path();
    let material = material_of_project(folder_of, &asked, &mut sides, 512)
        .unwrap_or_else(|found| panic!("{:?}", found.0));
    let bridge = build([&sides[0], &sides[1]], material).expect("a bridge");
    assert_eq!(causes(&bridge), BTreeSet::from([Cause::Crosswalk]));
    let changed = run(
        &project,
        folder.path(),
        "changed",
        Some(copy.path()),
        "zj-demo",
    );
    let (before, after) = (gep(&base), gep(&changed));
    for (region, own) in &bridge.regions {
        assert!(own.outside.is_empty(), "{region}: {:?}", own.outside);
        assert_eq!(own.gep_fen, [before[region], after[region]], "{region}");
    }
}

/// A rule that only the second profile has is a line of its own.
#[test]
fn a_rule_is_a_line() {
    const RULE: &str = "\n[[combine]]\nid = \"one_gas\"\nkind = \"keep_one\"\nkeep = \"largest\"\ntitle = { zh = \"只计其一\", en = \"One gas counts\" }\nsource = { document = \"gep-demo\", clause = \"a test\" }\nindicators = [\"carbon_sequestration\", \"oxygen_release\"]\n";
    let copy = edited(&[]);
    let path = copy.path().join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    fs::write(&path, text + RULE).expect("profile");
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let base = run(&project, folder.path(), "base", None, "zj-demo");
    let ruled = run(
        &project,
        folder.path(),
        "ruled",
        Some(copy.path()),
        "zj-demo",
    );
    let bridge = bridge_of_run(&base, "zj-demo", &copy.path().to_string_lossy());
    assert_eq!(causes(&bridge), BTreeSet::from([Cause::Combine]));
    let (before, after) = (gep(&base), gep(&ruled));
    for (region, own) in &bridge.regions {
        assert_eq!(own.gep_fen, [before[region], after[region]], "{region}");
    }
    let removed = measures(
        &ruled,
        "combine",
        &["region_code", "rule", "indicator"],
        "removed_fen",
    );
    let line: i128 = bridge.regions["330000"].lines.values().sum();
    assert_eq!(Some(-line), removed["330000/one_gas/all"]);
}

fn gep_diff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(["methodology", "diff"])
        .args(arguments)
        .output()
        .expect("gep runs")
}

/// The published bridge reads in both languages, is verified again from its table, and a
/// planted fen is found; misuse is told with its exit code.
#[test]
fn a_bridge_is_published_and_verified() {
    let (project, folder) = (Project::copy(), tempdir().expect("folder"));
    let base = run(&project, folder.path(), "base", None, "zj-demo");
    let out = folder.path().join("bridge");
    let (run_text, out_text) = (base.to_string_lossy(), out.to_string_lossy());
    let common = ["zj-demo", "mee-2020", "--run", &run_text];
    let done = gep_diff(&[&common[..], &["--out", &out_text, "--lang", "zh"]].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let words = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        words.contains("Shapley") && words.contains("桥起点"),
        "{words}"
    );
    for (page, word) in [("bridge.zh.md", "桥终点"), ("bridge.en.md", "start")] {
        let text = fs::read_to_string(out.join(page)).expect("a page");
        assert!(text.contains(word) && text.contains("330127"), "{page}");
    }
    let again = gep_diff(&[&common[..], &["--out", &out_text]].concat());
    assert_eq!(again.status.code(), Some(2));
    let told = gep_diff(&[&common[..], &["--format", "json"]].concat());
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    let lines = told["regions"]["330000"]["lines"]
        .as_array()
        .expect("lines");
    let fen =
        |text: &serde_json::Value| -> i128 { text.as_str().expect("text").parse().expect("fen") };
    let ends = &told["regions"]["330000"]["bridge_fen"];
    let sum: i128 = lines.iter().map(|line| fen(&line["fen"])).sum();
    assert_eq!(sum, fen(&ends[1]) - fen(&ends[0]));
    let own = verify_bridge(&out).expect("a bridge");
    assert!(
        own.differences.is_empty() && own.unread.is_empty(),
        "{own:?}"
    );
    let path = out.join("tables/bridge.parquet");
    let mut columns = read_parquet(&path).expect("table");
    let before = digest_bytes(&fs::read(&path).expect("bytes"));
    for column in &mut columns {
        if let (true, ColumnData::Decimal(values, _)) =
            (column.name == "value_fen", &mut column.data)
        {
            values[0] = values[0].map(|fen| fen + 1);
        }
    }
    let bytes = parquet_bytes(&columns, &[]).expect("encoded");
    fs::write(&path, &bytes).expect("written");
    let own = verify_bridge(&out).expect("a bridge");
    assert!(
        own.differences
            .iter()
            .any(|one| one.code == "verify-file-changed"),
        "{own:?}"
    );
    let manifest = out.join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("manifest");
    fs::write(&manifest, text.replace(&before, &digest_bytes(&bytes))).expect("written");
    let own = verify_bridge(&out).expect("a bridge");
    assert!(
        own.differences
            .iter()
            .any(|one| one.code == "verify-bridge"),
        "{own:?}"
    );
    let verified = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(["verify", &out_text])
        .output()
        .expect("gep runs");
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    for (arguments, code) in [
        (vec!["zj-demo", "nowhere"], 2),
        (vec!["zj-demo", "mee-2020", "--out", "x"], 2),
        (vec!["garze-2010", "mee-2020", "--run", &run_text], 2),
        (
            vec!["zj-demo", "mee-2020", "--run", &run_text, "--region", "1"],
            2,
        ),
        (vec!["zj-demo", "mee-2020"], 0),
        (vec!["methodology", "methodology"], 0),
        (
            vec!["methodology", "methodology", "--project", "nowhere"],
            2,
        ),
    ] {
        assert_eq!(
            gep_diff(&arguments).status.code(),
            Some(code),
            "{arguments:?}"
        );
    }
}
