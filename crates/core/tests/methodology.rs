//! The bundled methodology loads and every example of it holds; broken copies are
//! refused with file and line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use gep_core::formula::{Axis, Labels, Value};
use gep_core::kernel::slope_horn;
use gep_core::methodology::{KernelWindow, Methodology, Status, TestReport};

fn kernels(window: &KernelWindow<'_>) -> Option<Option<f64>> {
    (window.kernel == "slope_horn").then(|| {
        let (x, y) = window.cell;
        let (slope, valid) = slope_horn(window.values, window.valid, 1, &[x], &[y]);
        valid[0].then_some(slope[0])
    })
}

fn words(findings: &Findings) -> String {
    let texts = findings.0.iter().map(|one| one.to_text(Language::En));
    texts.collect::<Vec<_>>().join("\n")
}

fn bundled() -> Methodology {
    Methodology::bundled().unwrap_or_else(|findings| panic!("{}", words(&findings)))
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodology")
}

/// Copies the tree, with one text of one file replaced.
fn broken_copy(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    copy_tree(&root(), copy.path());
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).expect("the file to break");
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(&path, text.replacen(from, to, 1)).expect("a broken file");
    copy
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Returns what loading a broken copy reports.
fn refusal(file: &str, from: &str, to: &str) -> Findings {
    let copy = broken_copy(file, from, to);
    match Methodology::open(copy.path()) {
        Ok(_) => panic!("{file} with `{to}` loads"),
        Err(findings) => findings,
    }
}

/// Proves that a broken copy is refused by one code at one line of one file.
fn refused(file: &str, from: &str, to: &str, code: &str, place: &str) {
    let findings = refusal(file, from, to);
    let found = findings.0.iter().find(|one| {
        one.code == code && one.file.as_deref() == Some(file) && one.place.as_deref() == Some(place)
    });
    assert!(
        found.is_some(),
        "{code} at {place} expected:\n{}",
        words(&findings)
    );
    assert_eq!(findings.exit(), 65);
    // Both languages have a sentence for every finding.
    for finding in &findings.0 {
        assert!(!finding.to_text(Language::Zh).is_empty());
    }
}

/// Every example of the bundled files holds, and none has vanished.
#[test]
fn bundled_examples_hold() {
    let report = bundled().test(&kernels);
    let failures = Findings(report.failures.clone());
    assert!(failures.0.is_empty(), "{}", words(&failures));
    assert_eq!(
        (report.methods, report.layers, report.profiles),
        (133, 22, 12)
    );
    assert_eq!(report.ran(), EXAMPLES, "examples were added or lost");
}

/// The number of examples of the bundled files.
const EXAMPLES: usize = 520;

/// An unbroken copy of the tree loads and passes like the bundled one.
#[test]
fn clean_copy_passes() {
    let copy = broken_copy("classes.toml", "[[class]]", "[[class]]");
    let all =
        Methodology::open(copy.path()).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let report: TestReport = all.test(&kernels);
    assert!(report.failures.is_empty());
    assert_eq!(report.ran(), EXAMPLES);
}

/// Days stand in layer inputs only, and a layer is one value a cell; the clean files
/// load with the rest of the tree.
#[test]
fn days_outside_layers_and_layers_of_days_are_refused() {
    let layer = "layers/storm_rain_daily.toml";
    let whole = "result = \"sum(if(rain >= threshold, rain, 0 [mm]) over day)\"";
    let daily = "result = \"if(rain >= threshold, rain, 0 [mm])\"";
    refused(layer, whole, daily, "methodology-layer-domain", "line 16");
    let months = "layers/precipitation_annual.toml";
    let whole = "result = \"sum(rain over month)\"";
    refused(
        months,
        whole,
        "result = \"rain * 12\"",
        "methodology-layer-domain",
        "line 12",
    );
    let method = "methods/flood_regulation/vegetation_storm_daily.toml";
    let input = "layer = \"storm_rain_daily\", unit = \"mm\", domain = \"cell\"";
    let stack = "layer = \"precipitation_daily\", unit = \"mm\", domain = \"cell,day\"";
    refused(
        method,
        input,
        stack,
        "methodology-day-outside-layer",
        "line 11",
    );
}

/// A wrong expectation fails its example, named with file and line, and exits 1.
#[test]
fn wrong_expectation_fails() {
    let file = "methods/water_retention/balance.toml";
    let copy = broken_copy(file, "quantity = 730250", "quantity = 730251");
    let all =
        Methodology::open(copy.path()).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let report = all.test(&kernels);
    let [failure] = report.failures.as_slice() else {
        panic!(
            "one failure expected: {}",
            words(&Findings(report.failures))
        );
    };
    assert_eq!(failure.code, "methodology-example-failed");
    assert_eq!(failure.file.as_deref(), Some(file));
    assert_eq!(failure.place.as_deref(), Some("line 30"));
    assert_eq!(failure.exit, 1);
    assert!(failure.to_text(Language::En).contains("730251"));
}

/// Each defect of a method file is refused at its line.
#[test]
fn broken_methods_are_refused() {
    let file = "methods/water_retention/balance.toml";
    let line = |line: u32| format!("line {line}");
    let refused = |from, to, code, place: u32| refused(file, from, to, code, &line(place));
    refused(
        "runoff_coefficient = {",
        "unread = { table = \"tables/alpha-gong2017.csv\", unit = \"1\", domain = \"class\" }\nrunoff_coefficient = {",
        "methodology-unused",
        15,
    );
    refused(
        "unit = \"mm\", domain = \"cell\" }",
        "unit = \"kg\", domain = \"cell\" }",
        "methodology-input-unit",
        11,
    );
    refused(
        "unit = \"mm\", domain = \"cell\" }",
        "unit = \"mmm\", domain = \"cell\" }",
        "unit-unknown",
        11,
    );
    refused(
        "zh = \"水源涵养量（水量平衡法）\", ",
        "",
        "methodology-title-missing",
        3,
    );
    refused(
        "clause = \"TQ = sum((P - R - ET) * A), R = P * alpha\"",
        "clause = \"\"",
        "methodology-clause-missing",
        4,
    );
}

/// Unknown names, words and broken syntax are refused at their line.
#[test]
fn misspelled_methods_are_refused() {
    let file = "methods/water_retention/balance.toml";
    let line = |line: u32| format!("line {line}");
    let refused = |from, to, code, place: u32| refused(file, from, to, code, &line(place));
    refused(
        "document = \"gong-2017\"",
        "document = \"gong-2016\"",
        "methodology-source-unknown",
        4,
    );
    refused(
        "[scope]\ngroups",
        "[scope]\ngroup",
        "methodology-unknown-key-meant",
        8,
    );
    refused(
        "tables/alpha-gong2017.csv",
        "tables/alpha.csv",
        "methodology-table-unknown",
        15,
    );
    refused(
        "kind = \"physical\"",
        "kind = \"physics\"",
        "methodology-word-unknown",
        24,
    );
    refused(
        "by = \"hand\"",
        "by = \"guess\"",
        "methodology-word-unknown",
        36,
    );
    refused(
        "[total]\nquantum = [\"0.001 mm\"]",
        "[total]\nquantum = [\"0.001 mm\"",
        "methodology-syntax",
        28,
    );
}

/// A file with fewer than two examples, a total without quantum and a formula that
/// mixes units do not load.
#[test]
fn unproven_methods_are_refused() {
    let file = "methods/hydropower/tariff.toml";
    let copy = broken_copy(file, "[[example]]", "[[example]]");
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).expect("the method");
    let first = text.find("[[example]]").expect("an example");
    let second = first + 5 + text[first + 5..].find("[[example]]").expect("another");
    fs::write(&path, &text[..second]).expect("a method with one example");
    let findings = Methodology::open(copy.path()).expect_err("a refusal");
    assert!(
        findings.has("methodology-examples-few"),
        "{}",
        words(&findings)
    );
    let file = "methods/water_retention/balance.toml";
    let findings = refusal(file, "quantum = [\"0.001 mm\"]", "quantum = [\"0.001 kg\"]");
    assert!(
        findings.has("methodology-total-quantum"),
        "{}",
        words(&findings)
    );
    let findings = refusal(file, "- evapotranspiration\"", "- runoff_coefficient\"");
    assert!(
        findings
            .0
            .iter()
            .any(|one| one.code.starts_with("formula-"))
    );
    assert!(
        findings
            .0
            .iter()
            .all(|one| one.file.as_deref() == Some(file))
    );
}

/// Each defect of a table is refused at its line and column.
#[test]
fn broken_tables_are_refused() {
    let file = "tables/alpha-gong2017.csv";
    let refused = |from, to, code, place| refused(file, from, to, code, place);
    refused(
        "4.65,%,",
        ",%,",
        "methodology-row-blank",
        "line 2, column `value`",
    );
    refused(
        "4.65,%,",
        "4.65,mm,",
        "methodology-row-unit",
        "line 2, column `unit`",
    );
    refused(
        "4.65,%,",
        "4.6.5,%,",
        "methodology-row-value",
        "line 2, column `value`",
    );
    refused(
        "evergreen_needleleaf_forest",
        "evergreen_broadleaf_forest",
        "methodology-row-twice",
        "line 3",
    );
    refused(
        "evergreen_broadleaf_forest",
        "evergreen_forest",
        "methodology-key-unknown",
        "line 2, column `class`",
    );
    refused(
        "%,verified,gong",
        "%,sure,gong",
        "methodology-row-status",
        "line 2, column `status`",
    );
}

/// Rows with unknown sources, missing cells or missing classes are refused, and so
/// are prices of another substance or year.
#[test]
fn misplaced_rows_are_refused() {
    let file = "tables/alpha-gong2017.csv";
    let refused = |from, to, code, place| refused(file, from, to, code, place);
    refused(
        "verified,gong-2017",
        "verified,gong",
        "methodology-source-unknown",
        "line 2",
    );
    refused(
        ",table of runoff coefficients,,\n",
        ",table of runoff coefficients,\n",
        "methodology-row-ragged",
        "line 2",
    );
    let findings = refusal(
        file,
        "cropland,n/a,%,verified,gong-2017,table of runoff coefficients,,no coefficient printed\n",
        "",
    );
    assert!(
        findings.has("methodology-rows-missing"),
        "{}",
        words(&findings)
    );
    let prices = "tables/air-levy-2010.csv";
    self::refused(
        prices,
        "t[NOx]",
        "t[SO2]",
        "methodology-row-unit",
        "line 3, column `unit`",
    );
    self::refused(
        prices,
        ",2010,",
        ",2011,",
        "methodology-row-price-year",
        "line 2, column `price_year`",
    );
}

/// Each defect of a profile is refused at its line.
#[test]
fn broken_profiles_are_refused() {
    let file = "profiles/zj-demo.toml";
    let refused = |from, to, code, place| refused(file, from, to, code, place);
    refused(
        "\"grain_supply.market_price\"",
        "\"grain_supply.price\"",
        "methodology-method-unknown",
        "line 12",
    );
    refused(
        "crosswalk = \"modis-igbp\"",
        "crosswalk = \"igbp\"",
        "methodology-crosswalk-unknown",
        "line 1",
    );
    refused(
        "\"precipitation_annual\", ",
        "",
        "methodology-layer-order",
        "line 1",
    );
    refused(
        "state = \"absent\"",
        "state = \"computed\"",
        "methodology-indicator-methods",
        "line 64",
    );
    let findings = refusal(
        file,
        "\"water_retention.balance\", ",
        "\"water_retention.balance\", \"soil_retention.rusle\", ",
    );
    let [clash] = findings.0.as_slice() else {
        panic!("one clash expected: {}", words(&findings));
    };
    assert_eq!(clash.code, "methodology-name-clash");
    assert_eq!(
        clash.file.as_deref(),
        Some("methods/soil_retention/rusle.toml")
    );
}

/// A sum over a list whose items nobody names would be zero: it is refused where a
/// profile uses it, and the list named by a parameter is not.
#[test]
fn lists_without_items_are_refused() {
    let law = "methods/flood_regulation/reservoir_cost.toml";
    let copy = broken_copy(law, "quantity * counted * ", "quantity * ");
    let path = copy.path().join(law);
    let text = fs::read_to_string(&path).expect("a method");
    let (from, to) = ("counted = { table", "\n[[example]]\nname = \"a kind of");
    let begin = text.find(from).expect("a parameter");
    let end = begin + text[begin..].find('\n').expect("its end") + 1;
    let text = format!("{}{}", &text[..begin], &text[end..]);
    let begin = text.find(to).expect("an example");
    let end = begin + 1 + text[begin + 1..].find("\n\n[[").expect("its end") + 1;
    fs::write(&path, format!("{}{}", &text[..begin], &text[end..])).expect("a method");
    let findings = Methodology::open(copy.path()).expect_err("a refusal");
    let [found] = findings.0.as_slice() else {
        panic!("one finding expected: {}", words(&findings));
    };
    assert_eq!(found.code, "methodology-items-none");
    assert_eq!(found.file.as_deref(), Some("profiles/garze-2010.toml"));
    assert!(found.to_text(Language::Zh).contains("water_body"));
}

/// A file nobody knows is refused, and an empty folder is a missing input.
#[test]
fn strange_files_are_refused() {
    let copy = broken_copy("classes.toml", "[[class]]", "[[class]]");
    fs::write(copy.path().join("tables/notes.txt"), "x").expect("a strange file");
    let findings = Methodology::open(copy.path()).expect_err("a refusal");
    assert!(findings.has("methodology-file-unexpected"));
    let empty = tempfile::tempdir().expect("a folder");
    let findings = Methodology::open(empty.path()).expect_err("a refusal");
    assert_eq!(findings.exit(), 66);
}

/// A parameter's value comes with the row it stands in, and `n/a` is a state of its
/// own.
#[test]
fn parameters_know_their_rows() {
    let all = bundled();
    let profile = &all.profiles["zj-demo"];
    let indicator = profile.indicator("water_retention").expect("an indicator");
    let law = all
        .indicator_law(profile, indicator)
        .expect("a checked law")
        .expect("a law");
    let at = BTreeMap::from([(Axis::Class, "mixed_forest")]);
    let row = law.row("runoff_coefficient", &at).expect("a row");
    assert_eq!(
        (row.file.as_str(), row.line, row.spelling.as_str()),
        ("tables/alpha-gong2017.csv", 4, "3.52")
    );
    assert_eq!(
        (row.status, row.citation.document.as_str()),
        (Status::Verified, "gong-2017")
    );
    let labels = Labels::new().with(Axis::Class, ["cropland", "mixed_forest", "urban"]);
    let values = law
        .parameter("runoff_coefficient", &labels)
        .expect("values");
    assert!(matches!(
        values.values(),
        [Value::NotApplicable, Value::Exact(_), Value::NotApplicable]
    ));
    assert_eq!(law.weakest_status(), Status::Verified);
    let needs = all.project_inputs(profile).expect("checked laws");
    let layers: Vec<&str> = needs.layers.iter().map(String::as_str).collect();
    assert_eq!(
        layers,
        [
            "elevation",
            "ndvi_maximum",
            "precipitation_monthly",
            "temperature_monthly"
        ]
    );
}

/// A profile may take a parameter from another table.
#[test]
fn profiles_rebind_parameters() {
    let copy = broken_copy(
        "profiles/zj-demo.toml",
        "[[indicator]]",
        "[[rebind]]\nmethod = \"water_retention.balance\"\nparameter = \"runoff_coefficient\"\ntable = \"tables/alpha-redline.csv\"\n\n[[indicator]]",
    );
    let findings = Methodology::open(copy.path()).err();
    // The other list has no row for subtropical tussock's place in the scope but
    // says so with `n/a`, so that it loads.
    assert!(
        findings.is_none(),
        "{}",
        findings.as_ref().map(words).unwrap_or_default()
    );
    let all =
        Methodology::open(copy.path()).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let profile = &all.profiles["zj-demo"];
    let indicator = profile.indicator("water_retention").expect("an indicator");
    let law = all
        .indicator_law(profile, indicator)
        .expect("a checked law")
        .expect("a law");
    assert_eq!(law.weakest_status(), Status::Provisional);
    assert_ne!(
        all.fingerprint(profile),
        bundled().fingerprint(&bundled().profiles["zj-demo"])
    );
}

/// No two profiles say the same; a comment or a title changes no fingerprint, a
/// formula or a parameter does.
#[test]
fn fingerprints_tell_what_is_said() {
    let all = bundled();
    let of = |all: &Methodology| all.fingerprint(&all.profiles["zj-demo"]);
    let profiles = all.profiles.values();
    let distinct: std::collections::BTreeSet<String> =
        profiles.map(|one| all.fingerprint(one)).collect();
    assert_eq!(distinct.len(), all.profiles.len());
    let changed = |file: &str, from: &str, to: &str| {
        let copy = broken_copy(file, from, to);
        let other = Methodology::open(copy.path());
        of(&other.unwrap_or_else(|findings| panic!("{}", words(&findings)))) != of(&all)
    };
    let law = "methods/water_retention/balance.toml";
    assert!(!changed(law, "[formula]", "# a remark\n[formula]"));
    assert!(!changed(law, "rain * (1 -", "rain  *  (1  -"));
    assert!(!changed(
        "profiles/zj-demo.toml",
        "id = \"zj-demo\"\ntitle = { zh = \"浙江演示",
        "id = \"zj-demo\"\ntitle = { zh = \"演示"
    ));
    assert!(changed(law, "rain * (1 -", "rain * (2 -"));
    assert!(changed("tables/prices.csv", ",7.06,", ",7.07,"));
    assert!(changed(
        "crosswalks/modis-igbp.csv",
        "14,cropland",
        "14,urban"
    ));
}
