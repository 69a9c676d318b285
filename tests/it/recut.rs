//! Versions of the boundaries: codes are in use on the day the project names, and two
//! years with different counties are re-cut to each other without losing a fen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gep::audit::verify;
use gep::output::{ColumnData, read_parquet};
use gep::run::account::{Prepared, run_account_since};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::storage::number_id;
use tempfile::{TempDir, tempdir};

use crate::account::Project;
use crate::audit::{amounts, planted};
use crate::explain_every::every_of;

const COUNTIES: &str = "zj_counties_cgcs2000.geojson";
/// New codes and the ones whose ground they were cut from, simplified: all of the new
/// county from one old one.
const MERGED: [(&str, &str); 3] = [
    ("330113", "330110"),
    ("330114", "330109"),
    ("330383", "330327"),
];
const KEYS: [&str; 5] = ["direction", "from_code", "to_code", "class", "item"];

/// Makes a project one of the year 2018: new counties are part of the old ones, and no
/// department has sent anything.
fn make_old(project: &Project) {
    let path = project.path(COUNTIES);
    let mut text = fs::read_to_string(&path).expect("counties");
    let mut regions = fs::read_to_string(project.path("regions.csv")).expect("regions");
    for (new, old) in MERGED {
        let (from, to) = (format!("\"{new}\""), format!("\"{old}\""));
        assert!(text.contains(&from));
        text = text.replace(&from, &to);
        regions = regions
            .lines()
            .filter(|line| !line.starts_with(new))
            .map(|line| format!("{line}\n"))
            .collect();
    }
    fs::write(path, text).expect("counties");
    fs::write(project.path("regions.csv"), regions).expect("regions");
    let toml = fs::read_to_string(project.path("gep.toml")).expect("project");
    let end = toml.find("[[workbook]]").expect("sheets");
    fs::write(project.path("gep.toml"), &toml[..end]).expect("project");
}

/// An earlier year by the old counties and the demo by the new ones.
struct Versions {
    old: Project,
    new: Project,
    folder: TempDir,
}

impl Versions {
    fn new() -> Self {
        let (old, new) = (Project::copy(), Project::copy());
        make_old(&old);
        old.edit(
            "[vectors.zones]",
            "[boundaries]\nvalid_on = 2018-12-31\n[vectors.zones]",
        );
        fs::copy(old.path(COUNTIES), new.path("old.geojson")).expect("counties");
        new.edit(
            "[vectors.zones]",
            "[boundaries]\nvalid_on = 2021-12-31\n[boundaries.earlier]\npath = \"old.geojson\"\n\
             id = \"adcode\"\nvalid_on = 2018-12-31\ntolerance = \"0.000001\"\n[vectors.zones]",
        );
        Self {
            old,
            new,
            folder: tempdir().expect("folder"),
        }
    }

    fn base(&self) -> PathBuf {
        let out = self.folder.path().join("base");
        self.old.run(&out).expect("old year");
        out
    }

    fn run(&self, base: Option<&Path>) -> Result<(PathBuf, Vec<Finding>), Findings> {
        let out = self.folder.path().join("new");
        let request = self.new.request(&out);
        let report = run_account_since(&request, base, &|_, _| {})?;
        Ok((out, report.warnings))
    }

    fn refused(&self, base: Option<&Path>, code: &str) -> String {
        let findings = self.run(base).expect_err("refused");
        told(&findings, code)
    }
}

fn told(findings: &Findings, code: &str) -> String {
    let found = findings.0.iter().find(|finding| finding.code == code);
    let finding = found.unwrap_or_else(|| panic!("{code}: {:?}", findings.0));
    finding.to_text(gep_core::diagnostic::Language::Zh)
}

type Rows = BTreeMap<Vec<String>, Option<i128>>;

/// Rows of a table: key texts -> the measure; of values the sum over items only.
fn rows(out: &Path, table: &str, keys: &[&str], measure: &str) -> Rows {
    let columns = read_parquet(&out.join(format!("tables/{table}.parquet"))).expect("table");
    let column = |name: &str| columns.iter().find(|column| column.name == name);
    let texts = |name: &str| match &column(name).expect("column").data {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let ColumnData::Decimal(values, 0) = &column(measure).expect("measure").data else {
        panic!("{measure} is no integer");
    };
    let keys: Vec<Vec<Option<String>>> = keys.iter().map(|name| texts(name)).collect();
    let items = (table == "value").then(|| texts("item"));
    let plain = |row: usize| {
        let item = items
            .as_ref()
            .map_or("", |own| own[row].as_deref().unwrap_or(""));
        item.is_empty()
    };
    (0..values.len())
        .filter(|row| plain(*row))
        .map(|row| {
            let own = keys.iter().map(|key| key[row].clone().unwrap_or_default());
            (own.collect(), values[row])
        })
        .collect()
}

fn key(parts: [&str; 5]) -> Vec<String> {
    parts.map(String::from).to_vec()
}

/// Old counties are the sums of their parts, the province is unchanged, and ground of
/// one land cover goes where it lies, in both directions and to the integer.
#[test]
fn two_years_are_cut_to_each_other_without_losing_a_fen() {
    let years = Versions::new();
    let base = years.base();
    let (out, warnings) = years.run(Some(&base)).expect("re-cut");
    assert!(
        warnings
            .iter()
            .all(|own| own.code != "recut-without-known-change")
    );
    let cut: Rows = rows(&out, "recut", &KEYS, "amount");
    let before: Rows = rows(
        &base,
        "value",
        &["region_code", "class", "indicator"],
        "value_fen",
    );
    let after: Rows = rows(
        &out,
        "value",
        &["region_code", "class", "indicator"],
        "value_fen",
    );
    let areas: Rows = rows(&out, "extent", &["region_code", "class"], "area_mm2");
    let mut compared = [0; 3];
    for (own, amount) in &cut {
        let [direction, from, to, class, item] = [0, 1, 2, 3, 4].map(|at| own[at].as_str());
        let year = if direction == "to_later" {
            &before
        } else {
            &after
        };
        if item != "area" && from != "all" && to == "all" {
            let whole = year[&vec![from.to_string(), class.to_string(), item.to_string()]];
            assert_eq!(*amount, whole, "{own:?}");
            compared[0] += 1;
        }
        if item != "area" && from == "all" && to == "all" {
            let province = vec!["330000".to_string(), class.to_string(), item.to_string()];
            if year[&province].is_none() {
                continue;
            }
            assert_eq!(*amount, year[&province], "{own:?}");
            compared[1] += 1;
        }
        if direction == "to_later" && item == "area" && from == "all" && to != "all" {
            // Both years have one land cover: the re-cut old year has the new areas.
            let own_area = areas[&vec![to.to_string(), class.to_string()]];
            assert_eq!(*amount, own_area, "{own:?}");
            compared[2] += 1;
        }
    }
    assert!(compared.iter().all(|count| *count > 20), "{compared:?}");
    let cut_by_class = cut.iter().find(|(own, amount)| {
        own[..3] == key(["to_later", "330110", "330113", "", ""])[..3]
            && own[4] != "area"
            && own[3] != "all"
            && amount.is_some_and(|fen| fen > 1000)
    });
    let (own, east) = cut_by_class.expect("a value of a type");
    let part = |to: &str| {
        let key = key(["to_later", "330110", to, &own[3], &own[4]]);
        cut.get(&key).copied().flatten().expect("a value")
    };
    let west = part("330110");
    assert!(west > 1000);
    assert_eq!(west + east.expect("a value"), part("all"));
    // What the base run could not compute is missing in each part, not zero.
    let missing: Vec<_> = cut
        .iter()
        .filter(|(own, _)| own[0] == "to_later" && own[1] == "330110")
        .filter(|(own, _)| own[4] == "air_purification")
        .collect();
    assert!(!missing.is_empty() && missing.iter().all(|(_, value)| value.is_none()));
    assert!(every_of(&out, "recut", 60) > 50);
    let page =
        |own: &Path, name: &str| fs::read_to_string(own.join("report").join(name)).expect("page");
    let id = number_id(
        "recut",
        &["to_later", "330110", "330113", "all", "area"],
        "amount",
    );
    for (name, words) in [
        ("report.zh.html", "基期数按本期县界重切"),
        ("report.en.html", "the base run by this run&#x27;s counties"),
    ] {
        let page = page(&out, name);
        assert!(page.contains(words), "{name}");
        let bound = format!("data-number-id=\"{id}\" data-measure=\"amount\"");
        assert!(page.contains(&bound), "{name}");
    }
    assert!(!page(&base, "report.zh.html").contains("重切"));
    let verified = verify(&out).expect("run");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    let codes = planted(&out, "recut", |columns| {
        let own = amounts(columns, "amount");
        let row = own.iter().position(Option::is_some).expect("a number");
        own[row] = own[row].map(|value| value + 1);
    });
    assert!(codes.contains("verify-recut"), "{codes:?}");
}

#[test]
fn codes_are_in_use_on_the_day_of_the_project() {
    let project = Project::copy();
    project.edit(
        "[vectors.zones]",
        "[boundaries]\nvalid_on = 2020-12-31\n[vectors.zones]",
    );
    let open = || Prepared::open(project.folder.path(), None, None);
    let findings = open().err().expect("refused");
    let text = told(&findings, "region-code-not-valid");
    assert!(
        text.contains("330113") && text.contains("330110 余杭区"),
        "{text}"
    );
    assert!(
        text.contains("330114") && text.contains("330104 江干区"),
        "{text}"
    );
    assert!(!text.contains("330383"), "{text}");
    project.edit("valid_on = 2020-12-31", "valid_on = 2021-12-31");
    open().expect("in use");
    project.edit("valid_on = 2021-12-31", "valid_on = 2021-12-31T10:00:00");
    told(&open().err().expect("refused"), "boundary-day-unusable");
}

/// A department's sheet with codes of other divisions is refused with what became of
/// them; other unknown codes get no hint.
#[test]
fn unknown_codes_of_sheets_are_told_with_their_successors() {
    let project = Project::copy();
    make_old(&project);
    let toml = fs::read_to_string(crate::fixture::demo("gep.toml")).expect("project");
    fs::write(project.path("gep.toml"), toml).expect("project");
    let findings = Prepared::open(project.folder.path(), None, None)
        .err()
        .expect("refused");
    let text = told(&findings, "region-code-of-another-version");
    assert!(text.contains("330113") && text.contains("330110"), "{text}");
    assert!(text.contains("330383") && text.contains("330327"), "{text}");
    assert!(!text.contains("330106"), "{text}");
}

#[test]
fn earlier_boundaries_are_those_of_the_base_run() {
    let years = Versions::new();
    years.refused(None, "earlier-without-base");
    let base = years.base();
    // A county is missing there.
    let path = years.new.path("old.geojson");
    let text = fs::read_to_string(&path).expect("counties");
    fs::write(&path, text.replace("\"330106\"", "\"330108\"")).expect("counties");
    let told = years.refused(Some(&base), "earlier-counties-differ");
    assert!(told.contains("330106"), "{told}");
    // Two counties have changed their codes: their areas tell.
    let swapped = text
        .replace("\"330106\"", "\"x\"")
        .replace("\"330108\"", "\"330106\"")
        .replace("\"x\"", "\"330108\"");
    fs::write(&path, swapped).expect("counties");
    years.refused(Some(&base), "earlier-area-differs");
    // Codes of the new divisions are not in use on the old day.
    fs::copy(years.new.path(COUNTIES), &path).expect("counties");
    years.refused(Some(&base), "region-code-not-valid");
    fs::write(&path, text).expect("counties");
    years.run(Some(&base)).expect("the base run's own");
}

/// Ground that moved although no change is known is told with its area.
#[test]
fn ground_that_moved_without_a_known_change_is_told() {
    let years = Versions::new();
    for project in [&years.old, &years.new] {
        let name = if project.path("old.geojson").is_file() {
            "old.geojson"
        } else {
            COUNTIES
        };
        let path = project.path(name);
        let text = fs::read_to_string(&path).expect("counties");
        fs::write(&path, text.replace("\"330106\"", "\"330108\"")).expect("counties");
    }
    let regions = years.old.path("regions.csv");
    let text = fs::read_to_string(&regions).expect("regions");
    let kept = text.lines().filter(|line| !line.starts_with("330106"));
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    fs::write(&regions, kept).expect("regions");
    let base = years.base();
    let (_, warnings) = years.run(Some(&base)).expect("told");
    let told = warnings
        .iter()
        .find(|own| own.code == "recut-without-known-change")
        .expect("a warning");
    assert_eq!(told.argument("from"), Some("330108"));
    assert_eq!(told.argument("to"), Some("330106"));
}
