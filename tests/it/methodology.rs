//! `gep methodology`: exit codes and what stands on the terminal.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn gep(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(["methodology"])
        .args(arguments)
        .output()
        .expect("gep runs")
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

/// Copies the methodology with one text of the hydropower method replaced, tests
/// it, and returns the exit code and both streams.
fn test_copy(from: &str, to: &str) -> (Option<i32>, String) {
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        copy.path(),
    );
    let path = copy.path().join("methods/hydropower/tariff.toml");
    let text = fs::read_to_string(&path).expect("a method");
    assert!(text.contains(from));
    fs::write(&path, text.replace(from, to)).expect("a copy");
    let folder = copy.path().to_string_lossy().into_owned();
    let done = gep(&["test", "--methodology", &folder, "--lang", "en"]);
    let words = [done.stdout, done.stderr].concat();
    (
        done.status.code(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

#[test]
fn bundled_and_clean_copies_pass() {
    let done = gep(&["test", "--format", "json"]);
    assert_eq!(done.status.code(), Some(0));
    let counts: serde_json::Value = serde_json::from_slice(&done.stdout).expect("json");
    assert_eq!(counts["failed"], 0);
    assert!(counts["examples"].as_u64() > Some(100), "{counts}");
    let (code, words) = test_copy("value", "value");
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("0 failed"), "{words}");
}

#[test]
fn wrong_expectation_exits_1() {
    let (code, words) = test_copy("6542.85", "6542.86");
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains("methods/hydropower/tariff.toml, line 18"),
        "{words}"
    );
}

#[test]
fn broken_files_exit_65_with_file_and_line() {
    for (from, to, place) in [
        (
            "unit = \"kWh\"",
            "unit = \"kg\"",
            "methods/hydropower/tariff.toml, line 7",
        ),
        (
            "\"quantity * tariff\"",
            "\"quantity * 0.53 [CNY@2010/kWh]\"",
            "methods/hydropower/tariff.toml, line 10",
        ),
        (
            "[[example]]",
            "[[sample]]",
            "methods/hydropower/tariff.toml",
        ),
    ] {
        let (code, words) = test_copy(from, to);
        assert_eq!(code, Some(65), "{words}");
        assert!(words.contains(place), "{place} in {words}");
    }
}

#[test]
fn list_and_show_speak_both_languages() {
    let words = |arguments: &[&str]| {
        let done = gep(arguments);
        assert_eq!(done.status.code(), Some(0));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    assert!(words(&["list", "--lang", "zh"]).contains("水源涵养量"));
    assert!(words(&["list", "--lang", "en"]).contains("Water retention"));
    let shown = words(&["show", "water_retention.balance", "--lang", "en"]);
    assert!(
        shown.contains("gong-2017") && shown.contains("total("),
        "{shown}"
    );
    assert!(words(&["show", "zj-demo"]).contains("precipitation_monthly"));
    assert_eq!(gep(&["show", "nothing"]).status.code(), Some(2));
}

/// The pages under `docs/methodology` are those the method files make.
#[test]
fn methodology_book_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = tempfile::tempdir().expect("a folder");
    let out = made.path().join("book");
    let done = gep(&["book", "--out", &out.to_string_lossy()]);
    assert_eq!(done.status.code(), Some(0));
    let differences = differing_files(&out, &root.join("docs/methodology"));
    assert!(
        differences.is_empty(),
        "{differences:?}: gep methodology book --out docs/methodology --replace"
    );
    let page = out.join("zh/hydropower.md");
    let text = fs::read_to_string(&page).expect("a page");
    assert!(text.contains("```math"), "{text}");
    fs::write(&page, text.replace("```math", "```")).expect("a page");
    let differences = differing_files(&out, &root.join("docs/methodology"));
    assert_eq!(differences, ["zh/hydropower.md"]);
}

/// The files that two folders do not have alike, by path.
fn differing_files(one: &Path, other: &Path) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    for root in [one, other] {
        for language in ["zh", "en"] {
            for entry in fs::read_dir(root.join(language)).expect("a folder") {
                let name = entry.expect("an entry").file_name();
                names.insert(format!("{language}/{}", name.to_string_lossy()));
            }
        }
    }
    let alike = |name: &String| {
        let read = |root: &Path| fs::read(root.join(name)).ok();
        read(one).is_some() && read(one) == read(other)
    };
    names.into_iter().filter(|name| !alike(name)).collect()
}
