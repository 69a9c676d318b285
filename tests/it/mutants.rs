//! `gep methodology mutants`: counts by kind; a weak example leaves survivors.

use std::fs;
use std::path::Path;

use gep::run::mutants::{mutants, mutants_json, mutants_text};
use gep_core::diagnostic::Language;
use gep_core::methodology::MutantKind;
use tempfile::tempdir;

use crate::account::copy_tree;

/// The examples of one law notice every change of it; with its only example that is
/// not zero taken away the operator is no longer held, and is told as a survivor.
#[test]
fn survivors_are_those_no_example_holds() {
    let report = mutants(None, "methods/hydropower").expect("holds");
    let (made, killed) = report.all();
    assert!(made >= 2 && killed == made, "{:?}", report.survivors);
    assert!(mutants_text(&report, Language::En).contains("| all | "));
    assert_eq!(mutants_json(&report)["made"], made);
    let copy = tempdir().expect("folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    copy_tree(&root, copy.path());
    let path = copy.path().join("methods/hydropower/tariff.toml");
    let text = fs::read_to_string(&path).expect("a law");
    let from = "given = { quantity = 12345 }\nexpect = { value = 6542.85 }";
    assert!(text.contains(from));
    let weak = text.replace(from, "given = { quantity = 0 }\nexpect = { value = 0.00 }");
    fs::write(&path, weak).expect("a law");
    let report = mutants(Some(copy.path()), "methods/hydropower").expect("holds");
    let survivors = &report.survivors;
    assert!(
        survivors.iter().any(|own| own.kind == MutantKind::Sign),
        "{survivors:?}"
    );
    let words = mutants_text(&report, Language::Zh);
    assert!(
        words.contains("未被发现") && words.contains("hydropower/tariff.toml"),
        "{words}"
    );
}

/// A dotted id means the law's file; a name nothing has is refused instead of passing
/// with no mutants.
#[test]
fn an_id_is_understood_and_an_unknown_name_refused() {
    let by_path = mutants(None, "methods/hydropower/tariff").expect("holds");
    let by_id = mutants(None, "hydropower.tariff").expect("holds");
    assert!(by_id.all().0 > 0 && by_id.all() == by_path.all());
    let refused = mutants(None, "hydropower.tarif_").expect_err("no such law");
    assert!(refused.has("mutants-none"), "{refused:?}");
    assert_eq!(refused.exit(), 64);
}
