//! A GEP account beside the carbon books: its forest area is a statistic of the books, its
//! carbon item is set beside gross fixation and net change of stocks and never added.

use std::fs;
use std::path::Path;

use gep::run::carbon::{CarbonReport, run_carbon};
use gep_core::diagnostic::Findings;
use tempfile::tempdir;

use crate::account::{Project, measures};
use crate::audit::{amounts, planted, texts};
use crate::carbon_fixture::{Carbon, request};
use crate::objects::{Bodies, RESERVOIRS};

fn beside(carbon: &Carbon, run: &Path) -> Result<CarbonReport, Findings> {
    let mut asked = request(Some(carbon.path("carbon.toml")), &carbon.out());
    asked.gep_run = Some(run.to_path_buf());
    run_carbon(&asked)
}

/// The demo's account of 2019 beside the books of Zhejiang: the province's forest area in
/// whole hectares and parts of them, and the carbon dioxide of the account, digit by digit.
#[test]
fn a_gep_account_stands_beside_the_books() {
    let folder = tempdir().expect("folder");
    let run = folder.path().join("run");
    Project::copy().run(&run).expect("the demo");
    let carbon = Carbon::published();
    // Production of the same year, so that gross fixation has a number of its own.
    carbon.add(
        "statistics.csv",
        "330000,2019,net_primary_production,,100000000,t[dry_matter],,2020,synthetic,a test,,",
    );
    let report = beside(&carbon, &run).unwrap_or_else(|found| panic!("{:?}", found.0));
    let keys = ["region_code", "class"];
    let extent = measures(&run, "extent", &keys, "area_mm2");
    let forest = extent
        .iter()
        .filter(|(key, _)| key.starts_with("330000/") && key.ends_with("_forest"));
    let forest: i128 = forest.filter_map(|(_, area)| *area).sum();
    let given = report.books.given.statistics.iter();
    let area = given
        .clone()
        .find(|row| row.definition == "land_cover")
        .expect("an area");
    assert!(forest > 0 && area.region == "330000" && area.year == 2019);
    assert_eq!(area.spelling, format!("{}", decimal(forest, 10)));
    let item = measures(
        &run,
        "physical",
        &["region_code", "class", "indicator", "output"],
        "value",
    )["330000/all/carbon_sequestration/quantity"];
    let of = |measure: &str| {
        measures(
            &carbon.out(),
            "carbon_consistency",
            &["region_code", "year"],
            measure,
        )["330000/2019"]
    };
    assert_eq!(of("gep_fixed_t"), item);
    assert_eq!(of("gross_fixation_t"), Some(163_000_000_000_000));
    assert_eq!(
        of("difference_t"),
        item.map(|own| own - 163_000_000_000_000)
    );
    assert_eq!(of("net_stock_change_t"), None);
    let manifest = fs::read_to_string(carbon.out().join("manifest.json")).expect("manifest");
    assert!(manifest.contains("\"GEP run\""));
    let page = fs::read_to_string(carbon.out().join("report/carbon.zh.html")).expect("page");
    assert!(page.contains("与 GEP 固碳项的一致性"));
    let clean = gep::audit::verify(&carbon.out()).expect("verified");
    assert!(clean.differences.is_empty(), "{:?}", clean.differences);
    for measure in ["difference_t", "gross_fixation_t", "gep_fixed_t"] {
        beside(&carbon, &run).expect("books");
        let found = planted(&carbon.out(), "carbon_consistency", |columns| {
            let own = &mut amounts(columns, measure)[0];
            *own = own.map(|own| own + 1);
        });
        assert!(
            found.contains("verify-carbon-consistency"),
            "{measure}: {found:?}"
        );
    }
    beside(&carbon, &run).expect("books");
    let found = planted(&carbon.out(), "carbon_consistency", |columns| {
        texts(columns, "priced")[0] = Some("nowhere".to_owned());
    });
    assert!(found.contains("verify-carbon-consistency"), "{found:?}");
    // Without a run the table is there and empty.
    crate::carbon::books(&carbon);
    assert!(
        measures(
            &carbon.out(),
            "carbon_consistency",
            &["region_code"],
            "gep_fixed_t"
        )
        .is_empty()
    );
}

/// A number of ten-thousandths and so on, without trailing zeros.
fn decimal(value: i128, digits: u32) -> String {
    let power = 10_i128.pow(digits);
    let text = format!(
        "{}.{:0width$}",
        value / power,
        value % power,
        width = digits as usize
    );
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A run that tells carbon as carbon: 44 twelfths of it are carbon dioxide, and the method
/// stands beside the number.
#[test]
fn carbon_is_told_as_carbon_dioxide() {
    let folder = tempdir().expect("folder");
    let run = folder.path().join("run");
    Project::copy().run(&run).expect("the demo");
    let keys = ["region_code", "class", "indicator", "output"];
    let item =
        || measures(&run, "physical", &keys, "value")["330000/all/carbon_sequestration/quantity"];
    let before = item().expect("a number");
    crate::uncertainty::plant(&run, "physical", |columns| {
        let keys = [
            ("region_code", "330000"),
            ("class", "all"),
            ("indicator", "carbon_sequestration"),
            ("output", "quantity"),
        ];
        let row = crate::audit::row_of(columns, &keys);
        texts(columns, "unit")[row] = Some("t[C]".to_owned());
        amounts(columns, "value")[row] = Some(before / 44 * 12);
    });
    let told = item().expect("a number");
    let carbon = Carbon::published();
    beside(&carbon, &run).unwrap_or_else(|found| panic!("{:?}", found.0));
    let keys = ["region_code", "year", "gep_method_id"];
    let own = measures(&carbon.out(), "carbon_consistency", &keys, "gep_fixed_t");
    let found = own["330000/2019/carbon_sequestration.photosynthesis"].expect("a number");
    assert!((found * 12 - told * 44).abs() <= 12, "{found} {told}");
}

/// Units sold of a year whose carbon has a value in GEP are told, and the county without
/// them is not.
#[test]
fn carbon_priced_twice_is_told() {
    let folder = tempdir().expect("folder");
    let run = folder.path().join("run");
    Project::copy().run(&run).expect("the demo");
    let codes = |carbon: &Carbon| -> Vec<&'static str> {
        let report = beside(carbon, &run).unwrap_or_else(|found| panic!("{:?}", found.0));
        report.warnings.iter().map(|own| own.code).collect()
    };
    let carbon = Carbon::published();
    assert!(!codes(&carbon).contains(&"carbon-priced-twice"));
    for line in [
        "330000,2019,sink_units_sold,,1000,t[CO2],,2020,synthetic,a test,,",
        "330000,2019,bamboo_area_opening,,1000,ha,,2020,synthetic,a test,,",
        "330000,2019,bamboo_area_closing,,1100,ha,,2020,synthetic,a test,,",
        "330000,2019,stock_period,,5,a,,2020,synthetic,a test,,",
    ] {
        carbon.add("statistics.csv", line);
    }
    assert!(codes(&carbon).contains(&"carbon-priced-twice"));
}

/// A run of other regions, one whose table was changed, and a folder that is no run are
/// refused.
#[test]
fn runs_that_do_not_fit_are_refused() {
    let carbon = Carbon::published();
    let refused = |run: &Path| -> Vec<&'static str> {
        let findings = beside(&carbon, run).expect_err("refused");
        findings.0.iter().map(|own| own.code).collect()
    };
    let bodies = Bodies::new(&RESERVOIRS);
    let other = bodies.run(64).expect("run");
    assert_eq!(refused(&other), ["carbon-gep-regions"]);
    let folder = tempdir().expect("folder");
    let run = folder.path().join("run");
    Project::copy().run(&run).expect("the demo");
    let table = run.join("tables/physical.parquet");
    fs::copy(run.join("tables/value.parquet"), table).expect("a copy");
    assert_eq!(refused(&run), ["base-run-changed"]);
    assert_eq!(refused(folder.path()), ["base-run-unreadable"]);
}
