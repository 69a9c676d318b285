//! Marine zones beside counties: one partition of space, the coastline on one side only.

use std::collections::BTreeMap;
use std::fs;

use gep::run::account::Prepared;
use gep::zonal::ClassKey;
use gep_core::diagnostic::Severity;
use gep_core::grid::Ellipsoid;

use crate::fixture::{area, request, run};
use crate::sea_fixture::{COAST, Coast, REGIONS, rows};

/// mm2 of each cell in the county, in the marine zone and outside both.
fn split(coast: &Coast) -> BTreeMap<i64, BTreeMap<String, i128>> {
    let project = coast.folder.path();
    let methodology = coast.path("methodology");
    let prepared =
        Prepared::open(project, Some(&methodology), Some("coast-both")).expect("project");
    let pieces = prepared.pass(64, &|_, _| {}).expect("pass");
    let mut cells: BTreeMap<i64, BTreeMap<String, i128>> = BTreeMap::new();
    for ((piece, class), sums) in &pieces.rows {
        let ClassKey::Class(cell) = class else {
            continue;
        };
        let zone = prepared.zone_of(*piece).unwrap_or("outside".into());
        *cells.entry(*cell).or_default().entry(zone).or_default() += sums.area_mm2;
    }
    cells
}

/// Each cell is a type of its own: county + marine zone + outside is the cell, to the
/// square millimetre, and the coastline splits three cells between the two.
#[test]
fn county_marine_zone_and_outside_are_the_whole() {
    let coast = Coast::new();
    let cells = split(&coast);
    assert_eq!(cells.len(), 10);
    // The cells without any polygon near, and the whole grid by the area function.
    let mut alone = request(
        coast.folder.path(),
        &coast.path("classes.tif"),
        &coast.path("zones.geojson"),
    );
    alone.out = coast.path("zonal.parquet");
    let (report, own) = run(&alone).expect("zonal");
    let mut both_sides = 0;
    for (cell, zones) in &cells {
        let whole = area(&own, |row| row.class == Some(*cell));
        assert_eq!(
            zones.values().sum::<i128>(),
            whole,
            "cell {cell}: {zones:?}"
        );
        both_sides += usize::from(zones.contains_key("A") && zones.contains_key("sea:1"));
    }
    assert_eq!(both_sides, 3, "{cells:?}");
    let all: i128 = cells.values().flat_map(BTreeMap::values).sum();
    assert_eq!(all, report.whole_mm2);
    let wgs84 = Ellipsoid::new(6_378_137.0, 298.257_223_563);
    let metres = (wgs84.zone_area_m2(30.0) - wgs84.zone_area_m2(29.8)) * 0.5_f64.to_radians();
    assert!((all as f64 / 1e6 - metres).abs() < 1e-3 * metres / 1e6);
}

/// What a run publishes adds up as well, and an account of one side takes nothing of
/// the other: its numbers are those of a project that has only that side.
#[test]
fn an_account_of_one_side_takes_nothing_of_the_other() {
    let coast = Coast::new();
    let extent = |out: &std::path::Path| rows(out, "extent", &["region_code", "class"], "area_mm2");
    let of = |all: &BTreeMap<Vec<String>, Option<i128>>, region: &str| -> BTreeMap<String, i128> {
        let own = all.iter().filter(|(key, _)| key[0] == region);
        own.map(|(key, area)| (key[1].clone(), area.expect("an area")))
            .collect()
    };
    let (both, report) = coast.run("both", "both").expect("run");
    let page = std::fs::read_to_string(both.join("report/report.zh.html")).expect("a report");
    assert!(page.contains("<h2>省陆海生态产品总值</h2>"));
    assert!(page.contains("完整核算的县（市、区）与海域"));
    assert_eq!(report.counties.0 + report.counties.1, 2);
    let (land, report) = coast.run("land", "land").expect("run");
    assert_eq!(report.counties.0 + report.counties.1, 1);
    assert!(!report.marine);
    let (sea, report) = coast.run("sea", "sea").expect("run");
    assert!(report.marine);
    let (both, land, sea) = (extent(&both), extent(&land), extent(&sea));
    assert_eq!(of(&both, "A"), of(&land, "A"));
    assert_eq!(of(&both, "sea:1"), of(&sea, "sea:1"));
    assert!(of(&land, "sea:1").is_empty() && of(&sea, "A").is_empty());
    assert_eq!(of(&land, "P"), of(&land, "A"));
    assert_eq!(of(&sea, "P"), of(&sea, "sea:1"));
    assert_eq!(
        of(&both, "P")["all"],
        of(&both, "A")["all"] + of(&both, "sea:1")["all"]
    );
    // Without the marine zones at all the county is the same to the square millimetre.
    let marine = "[vectors.marine]\npath = \"marine.geojson\"\nid = \"code\"\n";
    coast.project(marine, "");
    coast.write(
        "regions.csv",
        &REGIONS.replace("sea:1,sea,甲海域,Sea of A,C\n", ""),
    );
    let (alone, _) = coast.run("land", "alone").expect("run");
    assert_eq!(extent(&alone), land);
    let (_, report) = coast.run("both", "both").expect("run");
    let told = |finding: &gep_core::diagnostic::Finding| finding.code == "marine-zones-not-given";
    assert!(report.warnings.iter().any(told));
    assert_eq!(coast.codes("sea"), ["marine-zones-not-given"]);
}

/// A run of the sea verifies, and its report speaks of marine zones.
#[test]
fn a_run_of_the_sea_verifies_and_reports() {
    let coast = Coast::new();
    let (out, _) = coast.run("sea", "sea").expect("run");
    let verified = gep::audit::verify(&out).expect("manifest");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    assert!(verified.unread.is_empty());
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("report");
    assert!(page.contains("海域排序") && !page.contains("县域排序"));
    let (out, _) = coast.run("land", "land").expect("run");
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("report");
    assert!(page.contains("县域排序") && !page.contains("海域排序"));
    let boundaries = fs::read_to_string(out.join("boundaries.geojson")).expect("boundaries");
    assert!(boundaries.contains("\"A\"") && !boundaries.contains("sea:1"));
}

/// Land and sea that overlap beyond the tolerance are refused; a sliver is the land's,
/// is told, and the sum still holds.
#[test]
fn overlap_of_land_and_sea_is_refused_beyond_the_tolerance() {
    let coast = Coast::new();
    let mut landward = COAST;
    landward[2].0 -= 0.01;
    coast.marine("sea:1", &landward);
    for domain in ["both", "land", "sea"] {
        assert_eq!(coast.codes(domain), ["land-sea-overlap"], "{domain}");
    }
    let clean = split(&Coast::new());
    landward = COAST;
    landward[2].0 -= 1e-8;
    coast.marine("sea:1", &landward);
    let (_, report) = coast.run("both", "both").expect("run");
    let told: Vec<_> = report
        .warnings
        .iter()
        .filter(|finding| finding.code == "land-sea-overlap")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].severity, Severity::Warning);
    let sliver = split(&coast);
    for (cell, zones) in &sliver {
        let sum = |zones: &BTreeMap<String, i128>| zones.values().sum::<i128>();
        assert_eq!(sum(zones), sum(&clean[cell]));
        assert_eq!(
            zones.get("A"),
            clean[cell].get("A"),
            "the land keeps its ground"
        );
    }
}

#[test]
fn codes_of_the_sea_are_checked() {
    let coast = Coast::new();
    coast.marine("X1", &COAST);
    assert_eq!(coast.codes("both"), ["marine-code"]);
    coast.marine("sea:2", &COAST);
    assert_eq!(
        coast.codes("land"),
        ["marine-zones-missing", "marine-zones-unknown"]
    );
    coast.marine("sea:1", &COAST);
    assert!(coast.run("both", "both").is_ok());
    for (from, to) in [
        ("sea:1,sea,", "sea:1,county,"),
        ("A,county,", "A,sea,"),
        ("Sea of A,C", "Sea of A,A"),
    ] {
        coast.write("regions.csv", &REGIONS.replace(from, to));
        assert!(
            coast.codes("both").contains(&"region-not-in-tree"),
            "{from}"
        );
    }
    // Right below the province is right as well.
    coast.write("regions.csv", &REGIONS.replace("Sea of A,C", "Sea of A,P"));
    assert!(coast.run("sea", "sea").is_ok());
    coast.project("[vectors.marine]", "[vectors.marin]");
    coast.write("regions.csv", REGIONS);
    assert_eq!(coast.codes("both"), ["project-key-unknown"]);
}
