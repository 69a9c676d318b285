//! Targets a project sets for its own regions.

use std::fs;
use std::path::Path;

use gep::carbon::Progress;
use gep_core::methodology::Methodology;
use gep_core::quantity::parse_decimal;
use tempfile::tempdir;

use crate::account::copy_tree;
use crate::carbon::{books, words};
use crate::carbon_fixture::Carbon;

/// A target of the made-up county: no more than 250,000 t of direct emissions in 2025.
const TARGET: &str = r#"
[[target]]
id = "county-2025-carbon"
indicator = "carbon_total"
method = "carbon_total.direct"
region = "330199"
year = 2025
direction = "at_most"
value = "0.25"
unit = "Mt[CO2]"
title = { zh = "虚构县 2025 年碳排放", en = "Carbon of the made-up county in 2025" }
status = "verified"
source = "plan of a test"
"#;

fn with_target(from: &str, to: &str) -> Carbon {
    let carbon = Carbon::synthetic();
    assert!(from.is_empty() || TARGET.contains(from), "{from}");
    carbon.add("carbon.toml", &TARGET.replacen(from, to, 1));
    carbon
}

/// The county's own target stands beside those of the plans, is open while the county is
/// above it, and met at a value it does not reach.
#[test]
fn a_project_sets_targets_for_its_regions() {
    let carbon = with_target("", "");
    let report = books(&carbon);
    let own = |report: &gep::run::carbon::CarbonReport| {
        let mut all = report.books.targets.iter();
        all.find(|own| own.target == "county-2025-carbon")
            .expect("the target")
            .clone()
    };
    let open = own(&report);
    assert_eq!((open.year, open.progress), (Some(2021), Progress::Open));
    // 250,000 t, told as a quarter of a million, less 274,099.320091 t in 2021.
    assert_eq!(open.gap, parse_decimal("-24099.320091"));
    assert!(report.books.targets.len() > 1);
    let met = own(&books(&with_target("value = \"0.25\"", "value = \"0.3\"")));
    assert_eq!(met.progress, Progress::Reached);
    let path = carbon.out().join("report/carbon.zh.html");
    let page = std::fs::read_to_string(path).expect("page");
    assert!(page.contains("虚构县 2025 年碳排放") && page.contains("plan of a test"));
}

/// What a target must not be is refused, and says which key is wrong.
#[test]
fn targets_that_cannot_be_used_are_refused() {
    for (from, to, code) in [
        (
            "carbon_total.direct",
            "carbon_total.nobody",
            "carbon-target-indicator",
        ),
        ("330199", "330198", "carbon-region"),
        ("at_most", "below", "`direction`"),
        ("at_most", "cumulative_decline", "`base_year`"),
        (
            "year = 2025",
            "year = 2025\nbase_year = 2020",
            "`base_year`",
        ),
        ("value = \"0.25\"", "value = \"a quarter\"", "`value`"),
        ("Mt[CO2]", "tce", "`unit`"),
        ("Mt[CO2]", "parsec", "`unit`"),
        ("verified", "sure", "`status`"),
        ("county-2025-carbon", "cn-2025-nonfossil", "`id`"),
    ] {
        let refused = with_target(from, to).run().expect_err(code);
        assert!(
            words(&refused).contains(code),
            "{code}: {}",
            words(&refused)
        );
    }
}

/// A target of the methodology in another unit than its indicator would be compared with a
/// number a million times as large: it is refused when the methodology is read.
#[test]
fn targets_of_the_methodology_are_in_the_unit_of_their_indicator() {
    let folder = tempdir().expect("folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, folder.path());
    assert!(Methodology::open(folder.path()).is_ok());
    let path = folder.path().join("carbon/targets.toml");
    let text = fs::read_to_string(&path).expect("targets");
    let from = "value = \"124000000\"\nunit = \"t\"";
    assert!(text.contains(from));
    let other = text.replace(from, "value = \"124\"\nunit = \"Mt\"");
    fs::write(&path, other).expect("targets");
    let refused = Methodology::open(folder.path()).expect_err("refused");
    assert!(refused.has("carbon-target-unit"), "{refused:?}");
}
