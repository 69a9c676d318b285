//! Uncertainty on the demo: intervals around the account's own values, the same bytes
//! always, analytic where the law is linear, and drawn again by verify.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::output::{Column, ColumnData, parquet_bytes, read_parquet};
use gep::run::account::{run_account, run_account_bounded};
use gep::run::uncertainty::{AgainRequest, DrawTerms};
use gep::run::uncertainty_again::{FinishedRun, verify_uncertainty};
use gep_core::storage::{digest_bytes, digest_file};
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree, measures};
use crate::audit::{amounts, row_of};

const TABLES: [&str; 3] = [
    "uncertainty",
    "uncertainty_contribution",
    "uncertainty_parameters",
];
const KEYS: [&str; 6] = [
    "table",
    "region_code",
    "class",
    "indicator",
    "output",
    "item",
];
/// Millionths of a yuan in a fen.
const PER_FEN: i128 = 10_000;

/// The demo's project asking for `terms`.
fn project(terms: &str) -> Project {
    let project = Project::copy();
    let path = project.path("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let own = text.split("[uncertainty]").next().expect("text");
    fs::write(&path, format!("{own}\n[uncertainty]\n{terms}\n")).expect("project");
    project
}

fn run(terms: &str) -> (TempDir, PathBuf) {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    let done = project(terms).run(&out);
    done.unwrap_or_else(|findings| panic!("{:?}", findings.0));
    (folder, out)
}

fn column(out: &Path, measure: &str) -> BTreeMap<String, Option<i128>> {
    measures(out, "uncertainty", &KEYS, measure)
}

/// Central values are those of the account, number by number; ends enclose most draws
/// and stand in order; every number of the account has its row, by type and over all.
#[test]
fn central_values_are_the_accounts_own() {
    let (_folder, out) = run("seed = 1\ndraws = 400");
    let central = column(&out, "central");
    let (low, high) = (column(&out, "low"), column(&out, "high"));
    let mut compared = 0;
    for (key, fen) in measures(&out, "gep", &["region_code", "item"], "value_fen") {
        let (region, item) = key.split_once('/').expect("key");
        let own = central[&format!("gep/{region}////{item}")];
        assert_eq!(own, fen.map(|fen| fen * PER_FEN), "{key}");
        compared += 1;
    }
    let keys = ["region_code", "class", "indicator", "output", "item"];
    for (table, measure, factor) in [("value", "value_fen", PER_FEN), ("physical", "value", 1)] {
        for (key, amount) in measures(&out, table, &keys, measure) {
            let own = central[&format!("{table}/{key}")];
            assert_eq!(own, amount.map(|amount| amount * factor), "{table} {key}");
            compared += 1;
        }
    }
    let by_status = measures(
        &out,
        "ratios",
        &["region_code", "measure", "item"],
        "numerator",
    );
    for (key, own) in &central {
        if let Some(rest) = key.strip_prefix("gep_by_status/") {
            let (region, status) = rest.split_once("////").expect("key");
            let told = by_status[&format!("{region}/gep_by_status/{status}")];
            assert_eq!(*own, told.map(|fen| fen * PER_FEN), "{key}");
            compared += 1;
        }
    }
    assert_eq!(compared, central.len());
    assert!(compared > 2000, "{compared}");
    let told = low.values().filter(|end| end.is_some()).count();
    assert!(told > 1500, "{told}");
    let typed = |key: &str| {
        let class = key.split('/').nth(2).unwrap_or_default();
        !class.is_empty() && class != "all"
    };
    let told = low.iter().filter(|(key, end)| typed(key) && end.is_some());
    let told = told.count();
    assert!(told > 1000, "{told}");
    for (key, low) in &low {
        assert_eq!(low.is_some(), high[key].is_some(), "{key}");
        assert!(*low <= high[key], "{key}");
    }
    // Grain has neither prices nor quantities with a distribution: no interval, not a
    // narrow one.
    assert_eq!(low["gep/330000////grain_supply"], None);
    assert!(central["gep/330000////grain_supply"].is_some());
}

/// Parts add up in the account and not in the ends, but a province's interval of one
/// parameter is the sum over counties: the row is drawn once for all of them.
#[test]
fn a_parameter_is_drawn_once_for_all_counties() {
    let (_folder, out) = run("seed = 5\ndraws = 500");
    let low = column(&out, "low");
    let end = |region: &str| low[&format!("gep/{region}////carbon_sequestration")];
    let counties: i128 = low
        .keys()
        .filter_map(|key| key.strip_prefix("gep/"))
        .filter_map(|key| key.strip_suffix("////carbon_sequestration"))
        .filter(|region| !region.ends_with("00"))
        .filter_map(end)
        .sum();
    let province = end("330000").expect("computed");
    // Each county rounds to the fen on its own.
    let rounding = 100 * 20 * PER_FEN;
    assert!(
        (counties - province).abs() < rounding,
        "{counties} {province}"
    );
}

/// Distributions as narrow as a millionth give intervals as narrow around the account's
/// own value in every row, rules and sums included: nothing is lost or counted twice.
#[test]
fn narrow_distributions_give_the_account() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let mut all = String::new();
    for (table, row, unit, value) in [
        ("prices", "name = \"oxygen\"", "CNY@2010/t[O2]", 727.0),
        (
            "prices",
            "name = \"reservoir_capacity\"",
            "CNY@2010/m3",
            7.06,
        ),
        ("prices", "name = \"electricity\"", "CNY@2010/kWh", 0.53),
        ("constants", "name = \"bulk_density\"", "t[soil]/m3", 0.93),
        (
            "air-levy-2010",
            "pollutant = \"NOx\"",
            "CNY@2010/t[NOx]",
            630.0,
        ),
    ] {
        let (low, high) = (value * 0.999_999, value * 1.000_001);
        all += &format!(
            "[[distribution]]\ntable = \"tables/{table}.csv\"\nrow = {{ {row} }}\nkind = \"uniform\"\n\
             low = \"{low:.9}\"\nhigh = \"{high:.9}\"\nunit = \"{unit}\"\nwithin = [\"0\", \"\"]\n\
             status = \"provisional\"\nsource = {{ document = \"distribution-choice\", clause = \"a test\" }}\n\
             note = {{ zh = \"测试\", en = \"a test\" }}\n\n"
        );
    }
    let distributions = methodology.join("distributions");
    fs::remove_dir_all(&distributions).expect("removed");
    fs::create_dir(&distributions).expect("folder");
    fs::write(distributions.join("narrow.toml"), all).expect("distributions");
    let project = project("seed = 3\ndraws = 200");
    let out = folder.path().join("run");
    let mut request = project.request(&out);
    request.methodology = Some(methodology);
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    let central = column(&out, "central");
    let mut compared = 0;
    for measure in ["low", "high"] {
        for (key, end) in column(&out, measure) {
            let (Some(end), Some(own)) = (end, central[&key]) else {
                continue;
            };
            // A millionth of the amount, and a fen or a quantum of each type and item.
            let most = own.abs() / 900_000 + 40 * PER_FEN;
            assert!((end - own).abs() <= most, "{key} {measure}: {end} {own}");
            compared += 1;
        }
    }
    assert!(compared > 2500, "{compared}");
}

/// One linear law against its analytic quantiles: the price of carbon dioxide is
/// triangular from a to its mode b, so that F(x) = ((x - a) / (b - a))^2; and the share of
/// draws below the account's value of the tariff, F(mode) = (mode - low) / (high - low).
#[test]
fn quantiles_of_a_linear_law_are_the_analytic_ones() {
    let (_folder, out) = run("seed = 11");
    let (low, high) = (column(&out, "low"), column(&out, "high"));
    let key = "gep/330000////carbon_sequestration";
    let central = column(&out, "central")[key].expect("computed") as f64;
    let (a, b, draws) = (327.27_f64, 380.0_f64, 10_000.0_f64);
    for (p, end) in [(0.05_f64, low[key]), (0.95, high[key])] {
        let price = a + (b - a) * p.sqrt();
        let density = 2.0 * (price - a) / (b - a).powi(2);
        let error = (p * (1.0 - p) / draws).sqrt() / density;
        let found = end.expect("an end") as f64 / central * b;
        assert!(
            (found - price).abs() < 5.0 * error,
            "{p}: {found} {price} {error}"
        );
    }
    let columns = read_parquet(&out.join("tables/uncertainty.parquet")).expect("table");
    let mut columns: Vec<Column> = columns;
    let row = row_of(
        &mut columns,
        &[
            ("table", "gep"),
            ("region_code", "330000"),
            ("item", "local_climate_regulation"),
        ],
    );
    let below = columns
        .iter()
        .find(|own| own.name == "draws_below")
        .expect("column");
    let ColumnData::Count(below) = &below.data else {
        panic!("counts");
    };
    let p = (0.53 - 0.52) / (0.717 - 0.52);
    let error = (p * (1.0 - p) / draws).sqrt();
    let found = below[row].expect("counted") as f64 / draws;
    assert!((found - p).abs() < 5.0 * error, "{found} {p}");
}

/// The same bytes for any number of threads, and pinned for a seed; another seed gives
/// others, and so does another number of draws.
#[test]
fn bytes_hang_on_the_seed_alone() {
    let project = project("seed = 2019\ndraws = 600");
    let folder = tempdir().expect("folder");
    let digests = |threads: usize| -> Vec<String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let out = folder.path().join(format!("threads-{threads}"));
        let done = pool.expect("pool").install(|| project.run(&out));
        done.unwrap_or_else(|findings| panic!("{:?}", findings.0));
        let path = |table| out.join(format!("tables/{table}.parquet"));
        let digest = |table| digest_file(&path(table)).expect("digest");
        TABLES.into_iter().map(digest).collect()
    };
    let one = digests(1);
    assert_eq!(one, digests(3));
    assert_eq!(&one[0][..16], PINNED, "intervals of seed 2019");
    let run = FinishedRun::open(&folder.path().join("threads-1"), None).expect("run");
    let ends = |seed: Option<u64>| {
        let asked = AgainRequest {
            seed,
            ..AgainRequest::default()
        };
        let drawing = run.draw(&run.terms(&asked).expect("terms")).expect("drawn");
        let own = drawing.uncertainty.intervals.into_iter();
        own.map(|own| own.ends).collect::<Vec<_>>()
    };
    assert_eq!(ends(None), ends(Some(2019)));
    assert_ne!(ends(None), ends(Some(2020)));
}

/// First digits of the digest of `uncertainty` for seed 2019 and 600 draws of the demo.
const PINNED: &str = "3ec26eb32cf73238";

/// Rules after all indicators apply in every draw: GEP less a deduction equal to grain
/// spreads as GEP without grain, and of two gases one counts.
#[test]
fn rules_apply_in_every_draw() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let path = methodology.join("profiles/zj-demo.toml");
    let text = fs::read_to_string(&path).expect("profile");
    let rules = r#"
[[combine]]
id = "one_gas"
kind = "keep_one"
keep = "order"
title = { zh = "只计其一", en = "One gas counts" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["carbon_sequestration", "oxygen_release"]
"#;
    fs::write(&path, text + rules).expect("profile");
    let project = project("seed = 3\ndraws = 500");
    let out = folder.path().join("run");
    let mut request = project.request(&out);
    request.methodology = Some(methodology.clone());
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    let shares = measures(
        &out,
        "uncertainty_contribution",
        &["region_code", "item", "parameter"],
        "share",
    );
    // The second gas is shown with its own interval and takes no part in GEP.
    let of_oxygen = "tables/prices.csv name=oxygen";
    assert!(shares.contains_key(&format!("330000/oxygen_release/{of_oxygen}")));
    assert!(!shares.contains_key(&format!("330000/gep/{of_oxygen}")));
    assert!(shares.contains_key("330000/gep/tables/prices.csv name=carbon_dioxide"));
    let sum: i128 = shares
        .iter()
        .filter(|(key, _)| key.starts_with("330000/gep/"))
        .filter_map(|(_, share)| *share)
        .sum();
    assert!((sum - 1_000_000).abs() < 20, "{sum}");
    let (compared, differences) = verify_uncertainty(&out, Some(&methodology)).expect("drawn");
    assert_eq!((compared, differences), (3, Vec::new()));
    // Another methodology is not taken for the run's own.
    let refused = verify_uncertainty(&out, None).expect_err("another profile");
    assert!(refused.has("uncertainty-methodology"));
}

/// Changes a table and its digest in the manifest: only drawing again can tell.
pub fn plant(out: &Path, table: &str, change: impl Fn(&mut Vec<Column>)) {
    let path = out.join(format!("tables/{table}.parquet"));
    let mut columns = read_parquet(&path).expect("table");
    let before = digest_bytes(&fs::read(&path).expect("bytes"));
    change(&mut columns);
    let metadata = [("gep.table".to_string(), table.to_string())];
    let bytes = parquet_bytes(&columns, &metadata).expect("encoded");
    fs::write(&path, &bytes).expect("written");
    let manifest = out.join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("manifest");
    fs::write(&manifest, text.replace(&before, &digest_bytes(&bytes))).expect("written");
}

fn gep(arguments: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(arguments)
        .output()
        .expect("gep runs");
    let text = [done.stdout, done.stderr].concat();
    (
        done.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// `gep verify` draws a finished run again: silent as written, and one millionth in one
/// end of each table is found.
#[test]
fn verify_draws_again() {
    let (_folder, out) = run("seed = 7\ndraws = 300");
    let path = out.to_string_lossy().into_owned();
    let (code, text) = gep(&["verify", &path, "--lang", "en"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("uncertainty      3"), "{text}");
    plant(&out, "uncertainty", |columns| {
        let row = row_of(
            columns,
            &[("table", "gep"), ("region_code", "330000"), ("item", "gep")],
        );
        let low = &mut amounts(columns, "low")[row];
        *low = low.map(|low| low + 1);
    });
    let (code, text) = gep(&["verify", &path, "--lang", "en"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("drawn again with the same seed"), "{text}");
    let (_, differences) = verify_uncertainty(&out, None).expect("drawn");
    assert_eq!(differences.len(), 1);
    assert!(
        differences[0].expected.contains("330000"),
        "{differences:?}"
    );
    plant(&out, "uncertainty_contribution", |columns| {
        let share = &mut amounts(columns, "share")[0];
        *share = share.map(|share| share - 1);
    });
    let (_, differences) = verify_uncertainty(&out, None).expect("drawn");
    assert_eq!(differences.len(), 2);
}

/// `gep explain` tells the interval and what it comes from, by the number's id and by the
/// interval's own.
#[test]
fn explain_tells_the_interval() {
    let (_folder, out) = run("seed = 7\ndraws = 300");
    let path = out.to_string_lossy().into_owned();
    let (code, text) = gep(&["explain", "330000", "gep", "--out", &path, "--lang", "zh"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("置信区间（0.90）") && text.contains("tables/prices.csv name="),
        "{text}"
    );
    let mut columns = read_parquet(&out.join("tables/uncertainty.parquet")).expect("table");
    let row = row_of(
        &mut columns,
        &[
            ("table", "gep"),
            ("region_code", "330000"),
            ("item", "grain_supply"),
        ],
    );
    let id = crate::audit::texts(&mut columns, "number_id")[row]
        .clone()
        .expect("id");
    let (code, text) = gep(&["explain", &id, "--out", &path, "--lang", "en"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("grain_supply") && text.contains("all parameters are held fixed"),
        "{text}"
    );
}

/// Where no distribution is known nothing is drawn: rows without ends, and the page
/// says so in both languages.
#[test]
fn without_distributions_the_report_says_so() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    fs::remove_dir_all(methodology.join("distributions")).expect("removed");
    let project = project("seed = 3");
    let out = folder.path().join("run");
    let mut request = project.request(&out);
    request.methodology = Some(methodology.clone());
    run_account(&request, &|_, _| {}).unwrap_or_else(|found| panic!("{:?}", found.0));
    assert!(column(&out, "low").values().all(Option::is_none));
    assert!(column(&out, "central").values().any(Option::is_some));
    let page = |name: &str| fs::read_to_string(out.join("report").join(name)).expect("page");
    assert!(page("report.zh.html").contains("没有一个已知分布的参数"));
    assert!(page("report.en.html").contains("No parameter with a known distribution"));
    let (compared, differences) = verify_uncertainty(&out, Some(&methodology)).expect("drawn");
    assert_eq!((compared, differences), (3, Vec::new()));
}

/// The page of a run that was drawn has the chapter and the column of intervals, with
/// numbers of the table; one that was not has neither.
#[test]
fn the_report_shows_intervals() {
    let (_folder, out) = run("seed = 7\ndraws = 300");
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("page");
    assert!(page.contains("90% 置信区间") && page.contains("id=\"uncertainty\""));
    let mut columns = read_parquet(&out.join("tables/uncertainty.parquet")).expect("table");
    let ids: BTreeSet<String> = crate::audit::texts(&mut columns, "number_id")
        .iter()
        .flatten()
        .cloned()
        .collect();
    let shown = ids
        .iter()
        .filter(|id| page.contains(&format!("data-number-id=\"{id}\"")));
    assert!(shown.count() > 90);
    let plain = Project::copy();
    let path = plain.path("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    fs::write(&path, text.split("[uncertainty]").next().expect("text")).expect("project");
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    plain
        .run(&out)
        .unwrap_or_else(|found| panic!("{:?}", found.0));
    assert!(!out.join("tables/uncertainty.parquet").exists());
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("page");
    assert!(!page.contains("id=\"uncertainty\"") && !page.contains("置信区间"));
}

/// On request, parameters of the pass are put at both ends: bounds around the account's
/// own value, marked so, moved in the sense of the law, and checked by verify.
#[test]
fn raster_bounds_are_one_pass_each() {
    let folder = tempdir().expect("folder");
    let methodology = folder.path().join("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    // One row is enough: each costs two runs.
    let path = methodology.join("distributions/rasters.toml");
    let text = fs::read_to_string(&path).expect("distributions");
    let mut parts = text.split("[[distribution]]").skip(1);
    let mixed = parts
        .find(|part| part.contains("mixed_forest"))
        .expect("an entry");
    fs::write(&path, format!("[[distribution]]{mixed}")).expect("distributions");
    let project = project("seed = 3\ndraws = 200");
    let out = folder.path().join("run");
    let mut request = project.request(&out);
    request.methodology = Some(methodology.clone());
    let done = run_account_bounded(&request, None, true, &|_, _| {});
    done.unwrap_or_else(|found| panic!("{:?}", found.0));
    let keys = ["region_code", "item", "parameter"];
    let of = |measure| measures(&out, "uncertainty_bounds", &keys, measure);
    let (low, central, high) = (of("at_low_fen"), of("central_fen"), of("at_high_fen"));
    let parameter = "tables/alpha-gong2017.csv class=mixed_forest";
    let key = format!("330000/water_retention/{parameter}");
    // Less runoff, more water kept; the account takes the highest coefficient of all.
    assert!(
        low[&key] > high[&key] && high[&key] > central[&key],
        "{key}"
    );
    assert_eq!(of("low_fen")[&key], central[&key]);
    assert_eq!(of("high_fen")[&key], low[&key]);
    let gep = measures(&out, "gep", &["region_code", "item"], "value_fen");
    assert_eq!(central[&key], gep["330000/water_retention"]);
    // What the parameter does not reach has no row.
    assert!(!central.contains_key(&format!("330000/soil_retention/{parameter}")));
    let (compared, differences) = verify_uncertainty(&out, Some(&methodology)).expect("drawn");
    assert_eq!((compared, differences), (4, Vec::new()));
    plant(&out, "uncertainty_bounds", |columns| {
        let central = &mut amounts(columns, "central_fen")[0];
        *central = central.map(|fen| fen + 1);
    });
    let (_, differences) = verify_uncertainty(&out, Some(&methodology)).expect("drawn");
    assert!(!differences.is_empty());
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("page");
    assert!(page.contains("上下限重算"));
    // Without terms there is nothing to bound by.
    let plain = Project::copy();
    let path = plain.path("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    fs::write(&path, text.split("[uncertainty]").next().expect("text")).expect("project");
    let request = plain.request(&folder.path().join("plain"));
    let refused = run_account_bounded(&request, None, true, &|_, _| {}).expect_err("no terms");
    assert!(refused.has("uncertainty-bounds-terms"));
}

/// How long ten thousand draws of the demo's 90 counties take, against as many plain
/// evaluations of the account. `cargo test --release -- --ignored --nocapture time_of`
#[test]
#[ignore = "a benchmark"]
fn time_of_ten_thousand_draws() {
    let (_folder, out) = run("seed = 1");
    let seconds = |work: &mut dyn FnMut()| {
        let begin = std::time::Instant::now();
        work();
        begin.elapsed().as_secs_f64()
    };
    let open = || FinishedRun::open(&out, None).expect("run");
    // Opening evaluates the account of all counties once, exactly.
    let mut plain = f64::INFINITY;
    let mut drawn = f64::INFINITY;
    let run = open();
    let terms = run.terms(&AgainRequest::default()).expect("terms");
    for _ in 0..5 {
        plain = plain.min(seconds(&mut || run.evaluate_again().expect("evaluated")));
        drawn = drawn.min(seconds(&mut || drop(run.draw(&terms).expect("drawn"))));
    }
    println!("plain account of 90 counties: {plain:.4} s; 10,000 draws: {drawn:.3} s");
    println!(
        "10,000 plain accounts over 10,000 draws: {:.0}",
        10_000.0 * plain / drawn
    );
}

/// Terms that make no sense are refused before anything is computed; the places of ends
/// are whole numbers that never leave fewer draws inside than asked for.
#[test]
fn terms_are_checked() {
    for bad in [
        "draws = 99",
        "draws = 1000001",
        "interval = \"1\"",
        "interval = \"90\"",
    ] {
        let project = project(&format!("seed = 1\n{bad}"));
        let folder = tempdir().expect("folder");
        let refused = project.run(&folder.path().join("run")).expect_err(bad);
        assert!(refused.has("uncertainty-terms"), "{bad}: {:?}", refused.0);
    }
    for (draws, interval, rank) in [
        (10_000, "0.90", 500),
        (1_000, "0.95", 25),
        (101, "0.90", 6),
        (100, "0.999", 1),
    ] {
        let terms = DrawTerms::new(1, draws, interval).expect("terms");
        assert_eq!(terms.rank, rank, "{draws} {interval}");
    }
}
