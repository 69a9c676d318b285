//! Accounts over time on the demo's two years: everything closes, to the fen and the
//! mm2, and a run against itself has not changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gep::output::Column;
use gep::run::account::{AccountRequest, Prepared, run_account_since};
use gep::run::demo::SECOND_YEAR;
use gep_core::diagnostic::Findings;
use tempfile::{TempDir, tempdir};

use crate::account::{Project, copy_tree, measures, without_distributions};
use crate::audit::{amounts, planted, row_of, texts};
use crate::fixture::Raster;

const EFFECTS: [&str; 9] = [
    "boundary",
    "area",
    "intensity",
    "price",
    "appears",
    "disappears",
    "method",
    "coverage",
    "not_separated",
];
const CHANGE: [&str; 4] = ["region_code", "class", "indicator", "item"];

/// The demo's project, and a folder for runs of it.
struct Years {
    project: Project,
    folder: TempDir,
}

impl Years {
    fn new() -> Self {
        Self {
            project: Project::copy(),
            folder: tempdir().expect("folder"),
        }
    }

    fn request(&self, project: &str, out: &str) -> AccountRequest {
        AccountRequest {
            project: self.project.path(project),
            ..self.project.request(&self.folder.path().join(out))
        }
    }

    fn run(&self, project: &str, out: &str, base: Option<&Path>) -> Result<PathBuf, Findings> {
        let request = self.request(project, out);
        run_account_since(&request, base, &|_, _| {})?;
        Ok(request.out)
    }

    /// Both years, the second compared with the first.
    fn both(&self) -> (PathBuf, PathBuf) {
        let first = self.run("gep.toml", "first", None).expect("first year");
        let second = self.run(SECOND_YEAR, "second", Some(&first));
        (first, second.expect("second year"))
    }

    /// Replaces a text that stands once in the second project file.
    fn edit_second(&self, from: &str, to: &str) {
        let path = self.project.path(SECOND_YEAR);
        let text = fs::read_to_string(&path).expect("project");
        assert_eq!(text.matches(from).count(), 1, "{from}");
        fs::write(path, text.replace(from, to)).expect("project");
    }
}

fn known(number: &Option<i128>) -> i128 {
    number.expect("a number")
}

/// Numbers of a change table by region, class and indicator, then item.
fn changes(out: &Path) -> BTreeMap<String, BTreeMap<String, Option<i128>>> {
    let mut all: BTreeMap<String, BTreeMap<String, Option<i128>>> = BTreeMap::new();
    for (key, fen) in measures(out, "change", &CHANGE, "value_fen") {
        let (subject, item) = key.rsplit_once('/').expect("key");
        let of = all.entry(subject.to_string()).or_default();
        of.insert(item.to_string(), fen);
    }
    all
}

#[test]
fn a_run_against_itself_has_no_effects() {
    let years = Years::new();
    let first = years.run("gep.toml", "first", None).expect("run");
    let again = years.run("gep.toml", "again", Some(&first)).expect("run");
    let mut compared = 0;
    for (key, items) in changes(&again) {
        for effect in EFFECTS {
            assert_eq!(items[effect].unwrap_or(0), 0, "{key} {effect}");
        }
        assert_eq!(items["value"], items["value_base"], "{key}");
        assert_eq!(items["value"], items["constant_price"], "{key}");
        compared += usize::from(items["value"].is_some_and(|fen| fen > 0));
    }
    assert!(compared > 1000, "{compared}");
}

/// Effects add to the change of every county, city and province, by type and over
/// all; nothing is left to the effects that say "unknown".
#[test]
fn effects_of_two_years_close_to_the_fen_everywhere() {
    let years = Years::new();
    let (first, second) = years.both();
    let (old, new) = (
        measures(&first, "gep", &["region_code", "item"], "value_fen"),
        measures(&second, "gep", &["region_code", "item"], "value_fen"),
    );
    let mut regions = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (key, items) in changes(&second) {
        let sum: i128 = EFFECTS
            .iter()
            .map(|effect| items[*effect].unwrap_or(0))
            .sum();
        let of = |item: &str| items[item].unwrap_or(0);
        assert_eq!(sum, of("value") - of("value_base"), "{key}");
        let parts: Vec<&str> = key.split('/').collect();
        if parts[1] == "all" {
            let account = format!("{}/{}", parts[0], parts[2]);
            assert_eq!(items["value"], new[&account], "{key}");
            assert_eq!(items["value_base"], old[&account], "{key}");
            regions.insert(parts[0].to_string());
        }
        for effect in EFFECTS {
            if items[effect].unwrap_or(0) != 0 {
                used.insert(effect);
            }
        }
    }
    assert_eq!(regions.len(), 90 + 11 + 1);
    assert_eq!(used, BTreeSet::from(["area", "intensity", "price"]));
}

/// Grain knows no types, so its change has two factors: tonnes and yuan a tonne, both
/// in the workbooks. What the price does is its change times the mean of both
/// harvests; constant prices are the new harvest at the old price.
#[test]
fn grain_is_taken_apart_as_by_hand() {
    let years = Years::new();
    let (first, second) = years.both();
    let numbers = |out: &Path| -> BTreeMap<(String, String), i128> {
        let path = out.join("tables/inputs.parquet");
        let mut columns = gep::output::read_parquet(&path).expect("inputs");
        let mut column = |name: &str| texts(&mut columns, name).clone();
        let (codes, inputs, values) = (column("region_code"), column("input"), column("value"));
        let rows = codes.into_iter().zip(inputs).zip(values);
        rows.filter_map(|((code, input), value)| Some(((code?, input?), value?.parse().ok()?)))
            .collect()
    };
    let (old, new) = (numbers(&first), numbers(&second));
    let changes = changes(&second);
    let counties: Vec<&String> = old
        .keys()
        .filter(|(_, input)| input == "grain_price")
        .map(|(code, _)| code)
        .collect();
    assert_eq!(counties.len(), 90);
    for code in counties {
        let of = |all: &BTreeMap<(String, String), i128>, input: &str| {
            all[&(code.clone(), input.to_string())]
        };
        let (tonnes, later) = (of(&old, "grain_output"), of(&new, "grain_output"));
        let (price, dear) = (of(&old, "grain_price"), of(&new, "grain_price"));
        let change = &changes[&format!("{code}/all/grain_supply")];
        assert_eq!(change["constant_price"], Some(later * price * 100));
        let by_price = (dear - price) * (tonnes + later) * 50;
        let by_tonnes = (later - tonnes) * (price + dear) * 50;
        assert!(dear > price && later >= tonnes);
        assert_eq!(change["price"], Some(by_price), "{code}");
        assert_eq!(change["intensity"], Some(by_tonnes), "{code}");
    }
}

/// Opening is the first year's extent, closing the second's, and the matrix leads from
/// one to the other, to the mm2.
#[test]
fn extent_closes_to_the_square_millimetre() {
    let years = Years::new();
    let (first, second) = years.both();
    let extent = |out: &Path| measures(out, "extent", &["region_code", "class"], "area_mm2");
    let column = |name| measures(&second, "extent_account", &["region_code", "class"], name);
    let (opening, closing) = (column("opening_mm2"), column("closing_mm2"));
    let (additions, reductions) = (column("additions_mm2"), column("reductions_mm2"));
    let (old, new) = (extent(&first), extent(&second));
    assert_ne!(old, new);
    let mut moved = 0;
    for (key, area) in &opening {
        let rest = known(area) + known(&additions[key]) - known(&reductions[key]);
        assert_eq!(Some(rest), closing[key], "{key}");
        assert_eq!(known(area), old.get(key).copied().flatten().unwrap_or(0));
        let present = new.get(key).copied().flatten().unwrap_or(0);
        assert_eq!(rest, present, "{key}");
        moved += known(&reductions[key]);
    }
    for key in new.keys().filter(|key| !key.ends_with("/all")) {
        assert!(opening.contains_key(key), "{key}");
    }
    assert!(moved > 0);
    let keys = ["region_code", "from_class", "to_class"];
    let matrix = measures(&second, "extent_change", &keys, "area_mm2");
    let changed: BTreeSet<&str> = matrix
        .keys()
        .filter_map(|key| key.strip_prefix("330000/"))
        .filter(|pair| pair.split_once('/').is_some_and(|(from, to)| from != to))
        .collect();
    // Cropland mosaic counts as cropland, woody savanna as sparse forest.
    let stated = [
        "cropland/mixed_forest",
        "cropland/urban",
        "sparse_forest/mixed_forest",
    ];
    assert_eq!(changed, BTreeSet::from(stated));
}

/// A price of the methodology that rises by a tenth is an effect of price, in the
/// indicator that has it and nowhere else.
#[test]
fn a_dearer_method_price_is_an_effect_of_price() {
    let years = Years::new();
    let (from, to) = ("carbon_dioxide,380,", "carbon_dioxide,418,");
    let out = by_other_methodology(&years, "tables/prices.csv", from, to);
    let all = changes(&out);
    for (key, items) in &all {
        let rise = items["value_base"].unwrap_or(0);
        for effect in EFFECTS {
            let own = key.ends_with("/carbon_sequestration") || key.ends_with("/gep");
            if effect != "price" || !own {
                assert_eq!(items[effect].unwrap_or(0), 0, "{key} {effect}");
            }
        }
        if key.ends_with("/carbon_sequestration") {
            // Each value is rounded to the fen by itself.
            let tenth = 10 * items["price"].unwrap_or(0) - rise;
            assert!(tenth.abs() <= 10 * 2000, "{key}: {tenth}");
        }
    }
    let province = all["330000/all/carbon_sequestration"]["price"];
    assert!(province.is_some_and(|fen| fen > 0));
}

/// Runs the first year again by another methodology, compared with the first.
fn by_other_methodology(years: &Years, table: &str, from: &str, to: &str) -> PathBuf {
    let first = years.run("gep.toml", "first", None).expect("first");
    let methodology = years.folder.path().join("methodology");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&own, &methodology);
    let path = methodology.join(table);
    let text = fs::read_to_string(&path).expect("table");
    assert_eq!(text.matches(from).count(), 1, "{from}");
    fs::write(&path, text.replace(from, to)).expect("table");
    without_distributions(&methodology);
    let request = AccountRequest {
        methodology: Some(methodology),
        ..years.request("gep.toml", "other")
    };
    run_account_since(&request, Some(&first), &|_, _| {}).expect("run");
    request.out
}

/// A parameter that rasters were read with is another method: no part of its
/// indicators' change is called area, intensity or price.
#[test]
fn another_raster_parameter_is_an_effect_of_method() {
    let years = Years::new();
    let (from, to) = ("slope_length,100,m", "slope_length,80,m");
    let out = by_other_methodology(&years, "tables/constants.csv", from, to);
    let all = changes(&out);
    let soil = &all["330000/all/soil_retention"];
    assert!(soil["method"].is_some_and(|fen| fen != 0));
    for (key, items) in &all {
        assert_eq!(
            items["method"].unwrap_or(0),
            items["change"].unwrap_or(0),
            "{key}"
        );
    }
}

/// Another crosswalk from land cover to types is a method as well, no area.
#[test]
fn another_crosswalk_is_an_effect_of_method() {
    let years = Years::new();
    let first = years.run("gep.toml", "first", None).expect("first");
    let request = AccountRequest {
        crosswalk: Some("modis-igbp-savanna-grassland".into()),
        ..years.request("gep.toml", "other")
    };
    run_account_since(&request, Some(&first), &|_, _| {}).expect("run");
    let gep = &changes(&request.out)["330000/all/gep"];
    assert_ne!(gep["method"], Some(0));
    assert_eq!(gep["method"], gep["change"]);
}

/// Present values add up over types, indicators and regions; each is its flow times
/// the factor, at its finest place.
#[test]
fn assets_add_up() {
    let years = Years::new();
    let (_, second) = years.both();
    let keys = ["region_code", "class", "indicator"];
    let worth = measures(&second, "asset", &keys, "asset_fen");
    let flow = measures(&second, "asset", &keys, "flow_fen");
    let gep = measures(&second, "gep", &["region_code", "item"], "value_fen");
    assert_eq!(flow["330000/all/gep"], gep["330000/gep"]);
    let total = worth["330000/all/gep"].expect("asset");
    let counties = worth.iter().filter(|(key, _)| {
        key.ends_with("/all/gep") && !key.split('/').next().unwrap_or("").ends_with("00")
    });
    assert_eq!(counties.map(|(_, fen)| known(fen)).sum::<i128>(), total);
    // (1 - 1.02^-100) / 0.02, by hand to four digits.
    for (key, fen) in worth.iter().filter(|(_, fen)| fen.is_some()) {
        let (fen, flow) = (known(fen), flow[key].expect("flow"));
        let off = fen * 10_000 - flow * 430_984;
        assert!(
            off.abs() <= flow.abs() + 10_000 * 2000,
            "{key}: {fen} {flow}"
        );
    }
}

/// Suppliers and users of a service add to its value in every region; users nobody
/// told of are missing.
#[test]
fn supply_and_use_add_to_the_same_value() {
    let years = Years::new();
    let (_, second) = years.both();
    let keys = ["region_code", "indicator", "side", "item"];
    let gep = measures(&second, "gep", &["region_code", "item"], "value_fen");
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for (key, fen) in measures(&second, "supply_use", &keys, "value_fen") {
        let (subject, item) = key.rsplit_once('/').expect("key");
        let given = ["grain_supply/use", "carbon_sequestration/use"];
        let told = given.iter().any(|own| subject.ends_with(own));
        let missing = subject.ends_with("/use") && !told;
        assert_eq!(fen.is_none(), missing, "{key}");
        assert_eq!(item == "not_given", missing, "{key}");
        *sums.entry(subject.to_string()).or_default() += fen.unwrap_or(0);
    }
    let mut compared = 0;
    for (subject, sum) in &sums {
        let (account, side) = subject.rsplit_once('/').expect("key");
        let used = account.ends_with("/grain_supply") || account.ends_with("/carbon_sequestration");
        if side == "supply" || used {
            assert_eq!(Some(*sum), gep[account], "{subject}");
            compared += 1;
        }
    }
    assert_eq!(compared, 102 * (7 + 2));
}

/// Findings of a second year that cannot be computed.
fn refused(years: &Years, base: Option<&Path>, code: &str) {
    let findings = years.run(SECOND_YEAR, "refused", base).expect_err(code);
    assert!(findings.has(code), "{code}: {:?}", findings.0);
}

/// Bad base runs, openings and discounting are refused; their clean twin is every
/// other test here.
#[test]
fn what_cannot_be_compared_is_refused() {
    let years = Years::new();
    let first = years.run("gep.toml", "first", None).expect("first");
    refused(&years, Some(years.folder.path()), "base-run-unreadable");
    let table = first.join("tables/value.parquet");
    let bytes = fs::read(&table).expect("table");
    fs::write(&table, &bytes[..bytes.len() - 1]).expect("cut");
    refused(&years, Some(&first), "base-run-changed");
    fs::write(&table, &bytes).expect("back");
    let shares = years.project.path("second_year_use_shares.csv");
    let text = fs::read_to_string(&shares).expect("shares");
    for (from, to, code) in [
        ("0.25,", "0.26,", "use-shares-not-whole"),
        ("industry,0.25,", "industry,-0.25,", "use-shares-unreadable"),
        (
            "grain_supply,industry",
            "grain,industry",
            "use-shares-unreadable",
        ),
    ] {
        fs::write(&shares, text.replacen(from, to, 1)).expect("shares");
        refused(&years, None, code);
    }
    fs::write(&shares, &text).expect("shares");
    years.edit_second("rate = \"0.02\"", "rate = \"-1\"");
    refused(&years, None, "discounting-unusable");
    years.edit_second("rate = \"-1\"", "rate = \"0.02\"");
    let other = years.project.path("other.tif");
    Raster::degrees(104, 88).write::<u8>(&other, &[10; 104 * 88]);
    years.edit_second(
        "path = \"zj_landcover_mcd12c1_2019_igbp_0p05.tif\"",
        "path = \"other.tif\"",
    );
    refused(&years, None, "opening-on-other-cells");
    years.edit_second(
        "path = \"other.tif\"",
        "path = \"second_year_landcover.tif\"",
    );
    years.edit_second("[asset]", "[base]\nrun = \"../first\"\n\n[asset]");
    let file = years.project.path(SECOND_YEAR);
    let findings = Prepared::open(&file, None, None).err().expect("refused");
    assert!(findings.has("path-leaves-project"), "{:?}", findings.0);
}

/// A base run inside the project is found by the key of the project file, and its
/// identity is part of the later run's.
#[test]
fn the_project_may_name_its_base_run() {
    let years = Years::new();
    let (first, second) = years.both();
    copy_tree(&first, &years.project.path("first"));
    years.edit_second("[asset]", "[base]\nrun = \"first\"\n\n[asset]");
    let named = years.run(SECOND_YEAR, "named", None).expect("run");
    assert_eq!(changes(&named), changes(&second));
    let id = |out: &Path| {
        let text = fs::read_to_string(out.join("manifest.json")).expect("manifest");
        let manifest: serde_json::Value = serde_json::from_str(&text).expect("json");
        [
            manifest["run_id"].clone(),
            manifest["base_run"]["run_id"].clone(),
        ]
    };
    assert_eq!(id(&named)[1], id(&first)[0]);
    let alone = Years::new();
    let alone = alone.run(SECOND_YEAR, "alone", None).map(|out| id(&out));
    assert_ne!(alone.expect("run")[0], id(&second)[0]);
}

#[test]
fn each_planted_fault_over_time_fires_its_check() {
    type Change = fn(&mut Vec<Column>);
    fn add(columns: &mut [Column], measure: &str, keys: &[(&str, &str)]) {
        let row = row_of(columns, keys);
        let value = &mut amounts(columns, measure)[row];
        *value = value.map(|number| number + 1);
    }
    let faults: [(&str, &str, Change); 10] = [
        ("verify-supply-use", "supply_use", |columns| {
            add(
                columns,
                "value_fen",
                &[("side", "use"), ("item", "households")],
            );
        }),
        ("verify-extent-change", "extent_change", |columns| {
            add(columns, "area_mm2", &[("region_code", "330000")]);
        }),
        ("verify-extent-account", "extent_account", |columns| {
            add(columns, "opening_mm2", &[("region_code", "330102")]);
        }),
        ("verify-change-effects", "change", |columns| {
            add(
                columns,
                "value_fen",
                &[("item", "price"), ("indicator", "gep")],
            );
        }),
        ("verify-change", "change", |columns| {
            add(
                columns,
                "value_fen",
                &[("item", "change"), ("class", "all")],
            );
        }),
        ("verify-change-value", "change", |columns| {
            add(columns, "value_fen", &[("item", "value"), ("class", "all")]);
        }),
        ("verify-change-between", "change", |columns| {
            let keys = [("item", "area"), ("region_level", "province")];
            add(columns, "between_fen", &keys);
        }),
        ("verify-asset-sum", "asset", |columns| {
            add(columns, "asset_fen", &[("region_level", "county")]);
        }),
        ("verify-asset-flow", "asset", |columns| {
            add(
                columns,
                "flow_fen",
                &[("region_code", "330102"), ("class", "all")],
            );
        }),
        ("verify-number-id", "change", |columns| {
            texts(columns, "number_id")[5] = Some("aaaaaaaaaaaaa".into());
        }),
    ];
    let years = Years::new();
    let (_, second) = years.both();
    let verified = gep::audit::verify(&second).expect("manifest");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    for (code, table, change) in faults {
        let copy = tempdir().expect("folder");
        let out = copy.path().join("run");
        copy_tree(&second, &out);
        let found = planted(&out, table, change);
        assert!(found.contains(&code), "{code}: {found:?}");
    }
}
