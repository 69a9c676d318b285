//! Crosswalks: another one moves what it should and nothing else, and one that does
//! not fit is refused.

use gep::run::account::Prepared;
use gep::run::crosswalk::{CrosswalkRequest, compare_crosswalks};
use gep_core::diagnostic::Findings;
use gep_core::methodology::{Methodology, Status};

use crate::account::Project;

const OWN: &str = "modis-igbp";
const OTHER: &str = "modis-igbp-savanna-grassland";

fn effect(project: &Project, first: &str, second: &str) -> Result<serde_json::Value, Findings> {
    let request = CrosswalkRequest {
        project: project.folder.path().to_path_buf(),
        methodology: None,
        profile: None,
        crosswalks: [first.to_string(), second.to_string()],
        tile: 512,
    };
    compare_crosswalks(&request).map(|effect| effect.json())
}

/// A decimal with at most two places, in hundredths.
fn number(row: &serde_json::Value, column: &str) -> i128 {
    let text = row[column].as_str().unwrap_or("0");
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    assert!(places.len() <= 2, "{text}");
    format!("{whole}{places:0<2}").parse().expect("a decimal")
}

fn row<'a>(table: &'a serde_json::Value, item: &str) -> &'a serde_json::Value {
    let rows = table.as_array().expect("rows");
    let found = rows.iter().find(|row| row["item"] == item);
    found.unwrap_or_else(|| panic!("no {item}"))
}

/// Savannas leave sparse forest for grassland to the mm2; GEP moves by the sum of
/// what its indicators move, to the fen.
#[test]
fn another_crosswalk_moves_ground_between_types_and_keeps_the_sum() {
    let project = Project::copy();
    let told = effect(&project, OWN, OTHER).expect("both fit");
    let areas = &told["area_mm2"];
    let lost = number(row(areas, "sparse_forest"), "difference");
    let gained = number(row(areas, "subtropical_tussock"), "difference");
    assert!(lost < 0, "{areas}");
    assert_eq!(lost + gained, 0);
    {
        let sum: i128 = areas
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| number(row, "difference"))
            .sum();
        assert_eq!(sum, 0);
    }
    let values = &told["value_yuan"];
    let gep = number(row(values, "gep"), "difference");
    assert_ne!(gep, 0);
    let groups = ["provisioning", "regulating", "cultural"];
    let rows = values.as_array().expect("rows").iter();
    let parts: i128 = rows
        .filter(|row| groups.iter().any(|group| row["item"] == *group))
        .map(|row| number(row, "difference"))
        .sum();
    assert_eq!(parts, gep);
}

/// A crosswalk beside itself differs nowhere.
#[test]
fn a_crosswalk_beside_itself_differs_nowhere() {
    let project = Project::copy();
    let told = effect(&project, OWN, OWN).expect("fits");
    for table in ["area_mm2", "value_yuan"] {
        for row in told[table].as_array().expect("rows") {
            assert_eq!(number(row, "difference"), 0, "{row}");
        }
    }
}

/// Unknown names, types without parameters and codes without a row are refused; the
/// choice of the project file is taken.
#[test]
fn a_crosswalk_that_does_not_fit_is_refused() {
    let project = Project::copy();
    let open = |id| Prepared::open_with(project.folder.path(), None, None, id).map(|_| ());
    let refused = |id| open(Some(id)).expect_err("does not fit");
    assert!(refused("nowhere").has("crosswalk-unknown"));
    // First-level types have no row in the demo's tables.
    let words = format!("{:?}", refused("dlbm-ningbo").0);
    assert!(words.contains("forest"), "{words}");
    assert!(refused("clcd").has("nodata-in-legend") || refused("clcd").has("classes-unknown"));
    open(Some(OTHER)).expect("fits");
    project.edit(
        "profile = \"zj-demo\"",
        &format!("profile = \"zj-demo\"\ncrosswalk = \"{OTHER}\""),
    );
    let chosen = Prepared::open(project.folder.path(), None, None).expect("fits");
    assert_eq!(chosen.profile.crosswalk, OTHER);
}

/// What is not read in print is called provisional, and codes with a leading zero
/// meet a raster's number.
#[test]
fn bundled_crosswalks_say_how_far_they_hold() {
    let all = Methodology::bundled().expect("bundled");
    let rows = |id: &str| &all.crosswalks[id].rows;
    for (id, count) in [
        ("clcd", 9),
        ("globeland30", 10),
        ("esa-worldcover", 11),
        ("corine", 44),
    ] {
        assert_eq!(rows(id).len(), count, "{id}");
    }
    for id in ["clcd", "corine", "dlbm", "dlbm-ningbo"] {
        assert!(
            rows(id)
                .values()
                .all(|row| row.status == Status::Provisional)
        );
    }
    let survey = &all.crosswalks["dlbm"];
    assert_eq!(
        survey.row_of_number(301).map(|row| row.class.as_str()),
        Some("mixed_forest")
    );
    assert_eq!(survey.row_of_number(9999), None);
    // The study names no type for other land: it stays without one.
    assert!(!rows("dlbm-ningbo").contains_key("1206"));
    assert_eq!(rows("dlbm-ningbo")["0401"].class, "urban");
    assert_eq!(rows("dlbm-ningbo")["1109"].class, "urban");
}
