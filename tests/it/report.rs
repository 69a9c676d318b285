//! The report says what the tables say: made-up tables, written as a run
//! writes them, are rendered and the page is read as text.

use std::fs;
use std::path::Path;

use gep::output::{Column, ColumnData, parquet_bytes};
use gep::report::render_report;
use tempfile::TempDir;

fn text(name: &str, values: &[&str]) -> Column {
    let values = values.iter().map(|value| Some((*value).to_string()));
    Column::new(name, ColumnData::Text(values.collect()))
}

fn decimal(name: &str, values: &[Option<i128>], scale: i8) -> Column {
    Column::new(name, ColumnData::Decimal(values.to_vec(), scale))
}

fn ratio(name: &str, values: &[f64]) -> Column {
    let values = values.iter().map(|value| Some(*value));
    Column::new(name, ColumnData::Ratio(values.collect()))
}

fn write(folder: &Path, name: &str, columns: &[Column]) {
    let bytes = parquet_bytes(columns, &[]).expect("encoded");
    fs::create_dir_all(folder.join("tables")).expect("folder");
    fs::write(folder.join(format!("tables/{name}.parquet")), bytes).expect("written");
}

/// Regions of the fixture: a province, a city and four counties.
const CODES: [&str; 6] = ["33", "3301", "330101", "330102", "330103", "330104"];
const KM2: i128 = 1_000_000_000_000;

fn regions() -> [Column; 9] {
    let script = "<script>alert(1)</script>";
    [
        text("region_code", &CODES),
        text(
            "region_level",
            &["province", "city", "county", "county", "county", "county"],
        ),
        text("name_zh", &["某省", "某市", "甲县", script, "丙县", "丁县"]),
        text("name_en", &["P", "C", "Jia", script, "Bing", "Ding"]),
        text("parent_code", &["", "33", "3301", "3301", "3301", "3301"]),
        decimal("area_mm2", &[Some(KM2); 6], 0),
        decimal("area_outside_grid_mm2", &[Some(0); 6], 0),
        text("note_zh", &["", "", "甲县多为水面", "", "", ""]),
        text("note_en", &["", "", "mostly water", "", "", ""]),
    ]
}

/// Columns that follow every measure: state by row.
fn measure(states: &[&str], ids: &[String]) -> Vec<Column> {
    let partial: Vec<&str> = states
        .iter()
        .map(|s| if *s == "partial" { "yes" } else { "no" })
        .collect();
    let lacking: Vec<&str> = states
        .iter()
        .map(|s| if *s == "partial" { "330103" } else { "" })
        .collect();
    let state: Vec<&str> = states
        .iter()
        .map(|s| if *s == "partial" { "computed" } else { s })
        .collect();
    let reason: Vec<&str> = states
        .iter()
        .map(|s| match *s {
            "withheld" => "coverage-below-floor",
            "missing" => "some-new-reason",
            _ => "",
        })
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    vec![
        ratio("coverage", &vec![0.7239; states.len()]),
        text("partial", &partial),
        text("missing_codes", &lacking),
        text("state", &state),
        text("reason", &reason),
        text("status", &vec!["provisional"; states.len()]),
        text("number_id", &ids),
    ]
}

/// GEP: the province and city partial, one county each computed, computed,
/// withheld and missing.
fn gep() -> Vec<Column> {
    let items = ["gep", "regulating", "soil"];
    let states = [
        "partial", "partial", "computed", "computed", "withheld", "missing",
    ];
    let fen = [
        Some(32_345_678_901_234),
        Some(32_345_678_901_234),
        Some(20_000_000_000_000),
        Some(12_345_678_901_234),
        Some(77_777_777_777_777),
        None,
    ];
    let codes: Vec<&str> = CODES.iter().flat_map(|code| [*code; 3]).collect();
    let fen: Vec<Option<i128>> = fen.iter().flat_map(|fen| [*fen; 3]).collect();
    let states: Vec<&str> = states.iter().flat_map(|state| [*state; 3]).collect();
    let ids: Vec<String> = (0..18).map(|at| format!("id{at:02}")).collect();
    let mut columns = vec![
        text("region_code", &codes),
        text("item", &items.repeat(6)),
        text("item_kind", &["total", "group", "indicator"].repeat(6)),
        decimal("value_fen", &fen, 0),
        decimal("per_km2_fen", &fen, 0),
    ];
    columns.extend(measure(&states, &ids));
    columns
}

fn amounts(value: &str, scale: i8) -> Vec<Column> {
    let mut columns = vec![
        text("region_code", &["33"]),
        text("class", &["all"]),
        text("indicator", &["soil"]),
        text("output", &["quantity"]),
        text("item", &[""]),
        text("method_id", &["soil.rusle"]),
        text("unit", &["t[soil]"]),
        decimal(value, &[Some(123_456_789_012)], scale),
    ];
    columns.extend(measure(&["computed"], &[format!("{value}-id")]));
    columns
}

/// The province's GEP per km2 and what of it rests on values not verified.
fn ratios() -> [Column; 8] {
    [
        text("region_code", &["33", "33", "33"]),
        text(
            "measure",
            &["gep_per_km2", "gep_unverified", "gep_by_status"],
        ),
        text("item", &["gep", "all", "provisional"]),
        decimal("numerator", &[Some(32_345_678_901_234); 3], 0),
        decimal(
            "value",
            &[
                Some(32_345_678_901_234_000_000),
                Some(1_000_000),
                Some(1_000_000),
            ],
            6,
        ),
        text("numerator_id", &["id00"; 3]),
        text("denominator_id", &["extent-id", "id00", "id00"]),
        text("number_id", &["density-id", "unverified-id", "standing-id"]),
    ]
}

fn fixture() -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path();
    write(path, "regions", &regions());
    write(path, "gep", &gep());
    write(path, "physical", &amounts("value", 6));
    write(path, "value", &amounts("value_fen", 0));
    let extent = [
        text("region_code", &["33"]),
        text("class", &["all"]),
        decimal("area_mm2", &[Some(KM2)], 0),
        text("number_id", &["extent-id"]),
    ];
    write(path, "extent", &extent);
    write(path, "ratios", &ratios());
    let words = |names: &[&str]| -> Vec<Column> {
        names
            .iter()
            .map(|name| text(name, &[&format!("{name}-cell")]))
            .collect()
    };
    write(
        path,
        "indicators",
        &[
            text("indicator", &["soil", "tour"]),
            text("title_zh", &["土壤保持", "旅游康养"]),
            text("title_en", &["Soil retention", "Tourism"]),
            text("group", &["regulating", "cultural"]),
            text("profile_state", &["computed", "absent"]),
        ],
    );
    write(
        path,
        "parameters",
        &words(&[
            "method_id",
            "name",
            "key",
            "value",
            "unit",
            "status",
            "source",
            "clause",
            "file",
            "line",
        ]),
    );
    write(
        path,
        "lineage",
        &words(&[
            "method_id",
            "position",
            "indicator",
            "statement",
            "formula",
            "unit",
            "reads",
            "document",
            "clause",
            "title_zh",
            "title_en",
        ]),
    );
    write(
        path,
        "checks",
        &words(&[
            "check",
            "region_code",
            "verdict",
            "waiver",
            "severity",
            "message_zh",
            "message_en",
        ]),
    );
    let manifest = r#"{"program": "gep 0", "run_id": "run-1", "title": {"zh": "题", "en": "Title"},
        "profile": {"id": "p", "coverage_floor": "0.8", "official": false}, "status": "provisional",
        "notes": [{"zh": "五公里演示", "en": "five km demonstration"}], "inputs": [], "tables": []}"#;
    fs::write(path.join("manifest.json"), manifest).expect("manifest");
    let feature = |code: &str, x: u8| {
        format!(
            r#"{{"properties": {{"region_code": "{code}"}}, "geometry": {{"type": "Polygon",
            "coordinates": [[[{x},0],[{next},0],[{next},1],[{x},1],[{x},0]]]}}}}"#,
            next = x + 1
        )
    };
    let features: Vec<String> = CODES[2..]
        .iter()
        .zip(0..)
        .map(|(code, x)| feature(code, x))
        .collect();
    let boundaries = format!(r#"{{"features": [{}]}}"#, features.join(","));
    fs::write(path.join("boundaries.geojson"), boundaries).expect("boundaries");
    folder
}

fn pages(folder: &TempDir) -> (String, String) {
    let files = render_report(folder.path()).expect("rendered");
    let page = |at: usize| String::from_utf8(files[at].1.clone()).expect("text");
    assert_eq!(files[0].0, "report/report.zh.html");
    assert_eq!(files[1].0, "report/report.en.html");
    (page(0), page(1))
}

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("<section id=\"{id}\"")).expect(id);
    let end = page[start..].find("</section>").expect("end");
    &page[start..start + end]
}

#[test]
fn numbers_are_those_of_the_tables() {
    let (zh, en) = pages(&fixture());
    for page in [&zh, &en] {
        // 32 345 678 901 234 fen are 32.3456… x 10^8 yuan times a hundred.
        assert!(page.contains("data-number-id=\"id00\""));
        assert!(page.contains(">3,234.57<"));
        assert!(page.contains("323,456,789,012.34"));
        assert!(page.contains("data-number-id=\"extent-id\""));
        assert!(page.contains("data-number-id=\"value-id\""));
        for id in ["density-id", "unverified-id", "standing-id"] {
            assert!(page.contains(&format!("data-number-id=\"{id}\"")), "{id}");
        }
        assert!(page.contains(">100.0 %<"));
    }
    assert!(zh.contains("12.35 万 t 土壤"), "physical");
    assert!(zh.contains("不得作为正式核算成果"));
    assert!(zh.contains("五公里演示") && en.contains("five km demonstration"));
    assert!(zh.contains("甲县多为水面") && zh.contains("旅游康养"));
    assert!(zh.contains("run-1") && section(&zh, "methods").contains("formula-cell"));
}

#[test]
fn only_complete_counties_have_a_rank() {
    let (zh, en) = pages(&fixture());
    let ranking = section(&zh, "ranking");
    let (ranked, apart) = ranking.split_once("<h3>").expect("two parts");
    assert!(ranked.contains("甲县") && !ranked.contains("丙县") && !ranked.contains("丁县"));
    assert!(apart.contains("丙县") && apart.contains("丁县") && !apart.contains("甲县"));
    // The withheld amount is in the table and nowhere on the page.
    assert!(apart.contains("未列示（覆盖率 72.3 %）"));
    assert!(!zh.contains("7,777.78") && !zh.contains("777,777"));
    assert!(apart.contains(">缺<") && apart.contains("some-new-reason"));
    assert!(en.contains("withheld (coverage 72.3 %)") && en.contains(">missing<"));
}

#[test]
fn a_page_asks_for_nothing_and_runs_nothing() {
    let (zh, en) = pages(&fixture());
    for (page, own) in [(&zh, "report.en.html"), (&en, "report.zh.html")] {
        assert!(page.contains("default-src 'none'"));
        // Its own script and its data, and none of the tables.
        assert_eq!(page.matches("<script").count(), 2);
        assert!(!page.contains("<script>alert"));
        assert!(page.contains("&lt;script&gt;"));
        for part in page.split("href=\"").skip(1) {
            let target = part.split('"').next().unwrap_or_default();
            assert!(target.starts_with('#') || target == own, "{target}");
        }
        for word in [" src=", "url(http", "@import", "<link", "<img", "<iframe"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let folder = fixture();
    assert_eq!(pages(&folder), pages(&folder));
    assert_eq!(pages(&folder), pages(&fixture()));
}

/// Each refusal fires on its broken folder; the whole fixture passes above.
#[test]
fn a_folder_that_is_no_run_is_refused() {
    type Break = fn(&Path);
    let cases: [(&str, Break); 6] = [
        ("report-table-missing", |path| {
            fs::remove_file(path.join("tables/gep.parquet")).expect("removed");
        }),
        ("report-table-unreadable", |path| {
            fs::write(path.join("tables/gep.parquet"), "PAR1").expect("written");
        }),
        ("report-column-missing", |path| {
            write(path, "gep", &[text("region_code", &["33"])]);
        }),
        ("run-manifest-unreadable", |path| {
            fs::write(path.join("manifest.json"), "{").expect("written");
        }),
        ("run-manifest-field-missing", |path| {
            fs::write(path.join("manifest.json"), "{}").expect("written");
        }),
        ("report-region-unknown", |path| {
            let mut rows = regions();
            rows[0] = text(
                "region_code",
                &["34", "3301", "330101", "330102", "330103", "330104"],
            );
            write(path, "regions", &rows);
        }),
    ];
    for (code, break_it) in cases {
        let folder = fixture();
        break_it(folder.path());
        let findings = render_report(folder.path()).expect_err(code);
        assert!(findings.has(code), "{code}: {findings:?}");
    }
    let folder = fixture();
    let mut rows = regions();
    rows[4] = text("parent_code", &["", "", "3301", "3301", "3301", "3301"]);
    write(folder.path(), "regions", &rows);
    let findings = render_report(folder.path()).expect_err("two tops");
    assert!(findings.has("report-no-single-top"));
}
