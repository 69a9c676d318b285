//! GEP per head and against the gross domestic product: exact where numbers of the year
//! and the prices are given, missing with the reason where not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep::audit::verify;
use gep::output::{ColumnData, parquet_bytes, read_parquet};
use gep::run::account::Prepared;
use gep_core::storage::{digest_bytes, digest_file};

use crate::account::measures;
use crate::init::{filled_project, run};

const HEAD: &str = "region_code,year,value,unit,status,source\n";

/// Adds a section with its file to a project.
fn give(project: &Path, section: &str, rows: &str) {
    fs::write(
        project.join(format!("{section}.csv")),
        format!("{HEAD}{rows}"),
    )
    .expect("file");
    let path = project.join("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let text = format!("{text}\n[{section}]\npath = \"{section}.csv\"\n");
    fs::write(path, text).expect("project");
}

fn ratios(out: &Path) -> BTreeMap<String, Option<i128>> {
    measures(out, "ratios", &["region_code", "measure"], "value")
        .into_iter()
        .filter(|(key, _)| key.ends_with("gep_per_head") || key.ends_with("gep_to_gdp"))
        .collect()
}

fn reasons(out: &Path) -> BTreeMap<String, String> {
    let columns = read_parquet(&out.join("tables/denominators.parquet")).expect("table");
    let texts = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        match &column.expect("column").data {
            ColumnData::Text(texts) => texts.clone(),
            other => panic!("{other:?}"),
        }
    };
    let (regions, kinds) = (texts("region_code"), texts("denominator"));
    let (origins, reasons) = (texts("origin"), texts("reason"));
    let text = |own: &Vec<Option<String>>, row: usize| own[row].clone().unwrap_or_default();
    (0..regions.len())
        .map(|row| {
            let key = format!("{}/{}", text(&regions, row), text(&kinds, row));
            (
                key,
                format!("{}{}", text(&origins, row), text(&reasons, row)),
            )
        })
        .collect()
}

/// The ratio by hand from the printed GEP, to six digits, halves away from zero.
fn by_hand(fen: i128, steps: i128) -> i128 {
    let (above, below) = (fen * 100 * 1_000_000, steps);
    (above * 2 + below) / (below * 2)
}

#[test]
fn per_head_and_against_gdp_are_exact() {
    let (folder, project) = filled_project();
    give(
        &project,
        "population",
        "330102,2020,3.5,person,verified,普查\n330105,2020,1000,person,transcribed,普查\n\
         330203,2020,77,person,verified,普查\n330102,2019,9,person,verified,普查\n",
    );
    give(
        &project,
        "gdp",
        "330100,2020,1.25,yiyuan@2010,verified,年鉴\n330203,2020,300,wanyuan@2010,verified,年鉴\n",
    );
    let out = folder.path().join("out");
    let report = run(&project, &out).expect("run");
    assert!(
        report
            .warnings
            .iter()
            .all(|one| !one.code.starts_with("denominator"))
    );
    let gep = measures(&out, "gep", &["region_code", "item"], "value_fen");
    let fen = |code: &str| gep[&format!("{code}/gep")].expect("a number");
    let own = ratios(&out);
    for (key, steps) in [
        ("330102/gep_per_head", 35_000),
        ("330105/gep_per_head", 10_000_000),
        ("330100/gep_per_head", 10_035_000),
        ("330000/gep_per_head", 10_805_000),
        ("330100/gep_to_gdp", 1_250_000_000_000),
        ("330203/gep_to_gdp", 30_000_000_000),
        ("330200/gep_to_gdp", 30_000_000_000),
        ("330000/gep_to_gdp", 1_280_000_000_000),
    ] {
        let wanted = by_hand(fen(&key[..6]), steps);
        assert_eq!(own[key], Some(wanted), "{key}");
    }
    // The counties of the first city have no product: missing, not shared out.
    assert_eq!(own["330102/gep_to_gdp"], None);
    let reasons = reasons(&out);
    assert_eq!(reasons["330102/gdp"], "denominator-incomplete");
    assert_eq!(reasons["330100/population"], "sum");
    assert_eq!(reasons["330100/gdp"], "given");
    let verification = verify(&out).expect("verify");
    assert!(
        verification.differences.is_empty(),
        "{:?}",
        verification.differences
    );
    let page = fs::read_to_string(out.join("report/report.zh.html")).expect("report");
    assert!(
        page.contains("人均 GEP：") && page.contains("元&#x2f;人"),
        "{page}"
    );
}

/// Without tables, of another year, or in other prices: missing, and the reason is told.
#[test]
fn without_numbers_of_year_and_prices_it_is_missing() {
    let (folder, project) = filled_project();
    let out = folder.path().join("out");
    run(&project, &out).expect("run");
    assert!(ratios(&out).values().all(Option::is_none));
    assert_eq!(ratios(&out).len(), 2 * 6);
    assert!(
        reasons(&out)
            .values()
            .all(|own| own == "denominator-not-given")
    );
    give(
        &project,
        "population",
        "330000,2019,60000000,person,verified,年鉴\n",
    );
    give(
        &project,
        "gdp",
        "330000,2020,64613,yiyuan@2020,verified,年鉴\n",
    );
    let report = run(&project, &out).expect("run");
    for code in ["denominator-of-other-years", "denominator-of-other-prices"] {
        assert!(report.warnings.iter().any(|one| one.code == code), "{code}");
    }
    assert!(ratios(&out).values().all(Option::is_none));
    let reasons = reasons(&out);
    assert_eq!(reasons["330000/population"], "denominator-of-other-years");
    assert_eq!(reasons["330000/gdp"], "givendenominator-of-other-prices");
    assert_eq!(reasons["330102/gdp"], "denominator-incomplete");
    let verification = verify(&out).expect("verify");
    assert!(
        verification.differences.is_empty(),
        "{:?}",
        verification.differences
    );
    let page = fs::read_to_string(out.join("report/report.en.html")).expect("report");
    assert!(page.contains("missing (no number of this year and these prices)"));
}

/// A city that is not the sum of its counties is used as given, and told.
#[test]
fn levels_that_differ_are_told() {
    let (folder, project) = filled_project();
    let rows = "330102,2020,10,person,verified,a\n330105,2020,20,person,verified,a\n";
    give(
        &project,
        "population",
        &format!("{rows}330100,2020,31,person,verified,a\n"),
    );
    let report = run(&project, &folder.path().join("out")).expect("run");
    let told = report
        .warnings
        .iter()
        .find(|one| one.code == "denominator-not-sum");
    let text = told
        .expect("told")
        .to_text(gep_core::diagnostic::Language::Zh);
    assert!(text.contains("31") && text.contains("30"), "{text}");
    let (folder, project) = filled_project();
    give(
        &project,
        "population",
        &format!("{rows}330100,2020,30,person,verified,a\n"),
    );
    let report = run(&project, &folder.path().join("out")).expect("run");
    assert!(
        report
            .warnings
            .iter()
            .all(|one| one.code != "denominator-not-sum")
    );
}

#[test]
fn denominators_that_do_not_fit_are_refused() {
    for (section, rows, code) in [
        (
            "population",
            "330102,2020,-5,person,verified,a\n",
            "region-figures-unreadable",
        ),
        (
            "population",
            "330102,2020,约5,person,verified,a\n",
            "region-figures-unreadable",
        ),
        (
            "population",
            "330102,2020,5,person,verified,\n",
            "region-figures-unreadable",
        ),
        (
            "population",
            "330102,2020,5,person,verified,a\n330102,2020,6,person,verified,a\n",
            "region-figures-unreadable",
        ),
        (
            "population",
            "330106,2020,5,person,verified,a\n",
            "denominator-region-unknown",
        ),
        (
            "population",
            "330102,2020,5,t[C],verified,a\n",
            "denominator-unit",
        ),
        (
            "population",
            "330102,2020,5.00001,person,verified,a\n",
            "denominator-too-fine",
        ),
        (
            "gdp",
            "330102,2020,5,yiyuan,verified,a\n",
            "denominator-unit",
        ),
        (
            "gdp",
            "330102,2020,5,yiyuan@2010,verified,a\n330105,2020,5,yiyuan@2020,verified,a\n",
            "denominator-unit",
        ),
    ] {
        let (_folder, project) = filled_project();
        give(&project, section, rows);
        let findings = Prepared::open(&project, None, None).err().expect(code);
        assert!(findings.has(code), "{code}: {findings:?}");
    }
}

/// A sheet of a workbook serves too, but not beside a section.
#[test]
fn a_workbook_and_a_section_are_one_too_many() {
    let (folder, project) = filled_project();
    let path = project.join("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let sheet = "\n[[workbook]]\npath = \"people.csv\"\nsheet = \"人口\"\nkey = \"代码\"\ncolumns = [{ input = \"population\", header = \"常住人口\", header_unit = \"人\", unit = \"person\" }]\n";
    let regions = fs::read_to_string(project.join("regions.csv")).expect("regions");
    let counties = regions.lines().filter(|line| line.contains(",county,"));
    let mut people = "代码,常住人口（人）\n".to_string();
    for line in counties {
        let code = line.split(',').next().expect("a code");
        people.push_str(&format!("{code},1000\n"));
    }
    fs::write(project.join("people.csv"), people).expect("people");
    fs::write(&path, format!("{text}{sheet}")).expect("project");
    let out = folder.path().join("out");
    run(&project, &out).expect("run");
    assert!(ratios(&out)["330000/gep_per_head"].is_some());
    give(&project, "population", "330102,2020,5,person,verified,a\n");
    let findings = Prepared::open(&project, None, None).err().expect("twice");
    assert!(findings.has("denominator-given-twice"), "{findings:?}");
}

/// `verify` divides again, and holds the parts and the sums.
#[test]
fn verify_holds_ratios_and_denominators() {
    for (table, column, code) in [
        ("ratios", "value", "verify-ratio"),
        ("ratios", "denominator", "verify-ratio-part"),
        ("denominators", "value", "verify-denominator-sum"),
    ] {
        let (folder, project) = filled_project();
        give(
            &project,
            "population",
            "330102,2020,10,person,verified,a\n330105,2020,20,person,verified,a\n\
             330203,2020,5,person,verified,a\n",
        );
        let out = folder.path().join("out");
        run(&project, &out).expect("run");
        let path = out.join(format!("tables/{table}.parquet"));
        let old = digest_file(&path).expect("digest");
        let mut columns = read_parquet(&path).expect("table");
        let own = columns.iter_mut().find(|own| own.name == column);
        let ColumnData::Decimal(values, _) = &mut own.expect("column").data else {
            panic!("{column}");
        };
        let cell = values.iter_mut().flatten().next().expect("a number");
        *cell += 1_000_000;
        let metadata = [("gep.table".to_string(), table.to_string())];
        let bytes = parquet_bytes(&columns, &metadata).expect("bytes");
        fs::write(&path, &bytes).expect("table");
        let manifest = out.join("manifest.json");
        let text = fs::read_to_string(&manifest).expect("manifest");
        fs::write(&manifest, text.replace(&old, &digest_bytes(&bytes))).expect("manifest");
        let verification = verify(&out).expect("verify");
        let codes: Vec<&str> = verification
            .differences
            .iter()
            .map(|one| one.code)
            .collect();
        assert!(codes.contains(&code), "{table} {column}: {codes:?}");
    }
}
