//! Distributions of the bundled methodology load; broken copies are refused with file
//! and line, and their clean twin is not.

use std::fs;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::{Methodology, Shape};

const FILE: &str = "distributions/prices.toml";

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

/// Loads a copy in which the distributions of prices are this text.
fn load(text: &str) -> Result<Methodology, Findings> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodology");
    let copy = tempfile::tempdir().expect("a temporary folder");
    copy_tree(&root, copy.path());
    fs::write(copy.path().join(FILE), text).expect("a file");
    Methodology::open(copy.path())
}

const GOOD: &str = r#"[[distribution]]
table = "tables/prices.csv"
row = { name = "oxygen" }
kind = "triangular"
low = "400"
mode = "727"
high = "1000"
unit = "CNY@2010/t[O2]"
within = ["0", ""]
status = "provisional"
source = { document = "distribution-choice", clause = "a test" }
note = { zh = "测试", en = "a test" }
"#;

/// What is replaced by what, and the refusal with its line.
const BROKEN: [(&str, &str, &str, u32); 14] = [
    (
        "mode = \"727\"",
        "mode = \"1001\"",
        "methodology-distribution-mode",
        1,
    ),
    (
        "high = \"1000\"",
        "high = \"400\"",
        "methodology-distribution-ends",
        1,
    ),
    (
        "low = \"400\"",
        "low = \"-1\"",
        "methodology-distribution-support",
        1,
    ),
    (
        "[\"0\", \"\"]",
        "[\"0\", \"999\"]",
        "methodology-distribution-support",
        1,
    ),
    (
        "low = \"400\"\nmode = \"727\"",
        "low = \"800\"\nmode = \"900\"",
        "methodology-distribution-central",
        1,
    ),
    ("\"oxygen\"", "\"ozone\"", "methodology-distribution-row", 1),
    (
        "{ name = \"oxygen\" }",
        "{ label = \"oxygen\" }",
        "methodology-distribution-row",
        1,
    ),
    (
        "tables/prices.csv",
        "tables/price.csv",
        "methodology-table-unknown",
        2,
    ),
    ("t[O2]\"", "kg[O2]\"", "methodology-distribution-unit", 8),
    (
        "\"triangular\"",
        "\"triangle\"",
        "methodology-word-unknown",
        4,
    ),
    (
        "\"provisional\"",
        "\"guessed\"",
        "methodology-word-unknown",
        10,
    ),
    (
        "distribution-choice",
        "nobody",
        "methodology-source-unknown",
        11,
    ),
    ("within =", "wthin =", "methodology-key-missing", 1),
    (
        "high = \"1000\"",
        "high = \"many\"",
        "methodology-number",
        7,
    ),
];

/// Every distribution of the tree belongs to a row, holds its value, and says what it
/// rests on; nothing is called verified.
#[test]
fn bundled_distributions_load() {
    let all = Methodology::bundled().expect("the bundled tree");
    assert_eq!(all.distributions.len(), 26);
    let drawn = all.distributions.values().filter(|own| own.shape.varies());
    assert_eq!(drawn.count(), 22);
    for own in all.distributions.values() {
        assert!(!own.note.zh.is_empty() && !own.citation.clause.is_empty());
        assert_eq!(
            own.status.word(),
            "provisional",
            "{} {:?}",
            own.table,
            own.keys
        );
    }
    let key = ("tables/prices.csv".to_owned(), vec!["oxygen".to_owned()]);
    assert!(matches!(
        all.distributions[&key].shape,
        Shape::Triangular { .. }
    ));
}

/// The good file is silent; each broken one fires its own code at its line.
#[test]
fn broken_distributions_are_refused() {
    if let Err(findings) = load(GOOD) {
        let texts: Vec<String> = findings
            .0
            .iter()
            .map(|one| one.to_text(Language::En))
            .collect();
        panic!("{}", texts.join("\n"));
    }
    for (from, to, code, line) in BROKEN {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = load(&text).expect_err(code);
        let place = format!("line {line}");
        let fits = |one: &gep_core::diagnostic::Finding| {
            one.code == code
                && one.file.as_deref() == Some(FILE)
                && one.place.as_deref() == Some(&place)
        };
        let texts: Vec<String> = findings
            .0
            .iter()
            .map(|one| one.to_text(Language::Zh))
            .collect();
        assert!(
            findings.0.iter().any(fits),
            "{code} at {place}:\n{}",
            texts.join("\n")
        );
    }
}

/// Kinds with their own keys: a spread of zero, unweighed values, a row named twice.
#[test]
fn broken_kinds_are_refused() {
    let of = |kind: &str| {
        let keys = "kind = \"triangular\"\nlow = \"400\"\nmode = \"727\"\nhigh = \"1000\"";
        GOOD.replacen(keys, kind, 1)
    };
    let code = |text: &str| load(text).err().map(|found| found.0[0].code);
    assert_eq!(code(&of("kind = \"fixed\"")), None);
    assert_eq!(
        code(&of("kind = \"uniform\"\nlow = \"1\"\nhigh = \"800\"")),
        None
    );
    let normal = |sd: &str| of(&format!("kind = \"normal\"\nsd = \"{sd}\"\nlow = \"0\""));
    assert_eq!(code(&normal("50")), None);
    assert_eq!(code(&normal("0")), Some("methodology-distribution-sd"));
    let lognormal = |sd: &str| of(&format!("kind = \"lognormal\"\nsd_log = \"{sd}\""));
    assert_eq!(code(&lognormal("0.2")), None);
    assert_eq!(
        code(&lognormal("-0.2")),
        Some("methodology-distribution-sd")
    );
    let discrete = |weights: &str| {
        of(&format!(
            "kind = \"discrete\"\nvalues = [\"727\", \"1000\"]\nweights = [{weights}]"
        ))
    };
    assert_eq!(code(&discrete("\"1\", \"2\"")), None);
    let values = Some("methodology-distribution-values");
    assert_eq!(code(&discrete("\"1\"")), values);
    assert_eq!(code(&discrete("\"1\", \"0\"")), values);
    let twice = GOOD.to_owned() + GOOD;
    assert_eq!(code(&twice), Some("methodology-distribution-twice"));
}

/// A row that says n/a has nothing to vary.
#[test]
fn rows_without_a_number_have_no_distribution() {
    let text = GOOD
        .replacen("tables/prices.csv", "tables/transpiration-heat.csv", 1)
        .replacen("{ name = \"oxygen\" }", "{ group = \"wetland\" }", 1)
        .replacen("CNY@2010/t[O2]", "kJ/(m2*d)", 1);
    let findings = load(&text).expect_err("n/a");
    assert_eq!(findings.0[0].code, "methodology-distribution-row");
}
