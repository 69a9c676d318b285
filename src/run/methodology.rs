//! `gep methodology`: what the files say and whether their examples hold.

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use gep_core::kernel::slope_horn;
use gep_core::methodology::{KernelWindow, Method, Methodology, TestReport, Title};
use serde_json::{Value, json};

use crate::assess::test_checks;

/// Opens the folder the user names, else what the program carries.
///
/// # Errors
///
/// All findings of the load, each with file and line.
pub fn open(folder: Option<&Path>) -> Result<Methodology, Findings> {
    folder.map_or_else(Methodology::bundled, Methodology::open)
}

/// Runs every example, those of the checks too.
pub fn test(all: &Methodology) -> TestReport {
    let mut report = all.test(&kernel_value);
    let checks = test_checks(all);
    report.checks = all.checks.len();
    report.check_examples = checks.examples;
    report.failures.extend(checks.failures);
    report
}

/// Computes a kernel's example: the middle cell of its window.
pub(super) fn kernel_value(window: &KernelWindow<'_>) -> Option<Option<f64>> {
    (window.kernel == "slope_horn").then(|| {
        let (width, height) = window.cell;
        let (slope, valid) = slope_horn(window.values, window.valid, 1, &[width], &[height]);
        valid[0].then_some(slope[0])
    })
}

/// Returns the counts and failures of a test.
pub fn test_json(report: &TestReport, language: Language) -> Value {
    let failures = report.failures.iter().map(|one| one.to_json(language));
    json!({
        "methods": report.methods,
        "layers": report.layers,
        "profiles": report.profiles,
        "rows": report.rows,
        "examples": report.ran(),
        "checks": report.checks,
        "check_examples": report.check_examples,
        "failed": report.failures.len(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

/// Returns the counts of a test as a sentence.
pub fn test_text(report: &TestReport, language: Language) -> String {
    let TestReport {
        methods,
        layers,
        profiles,
        rows,
        checks,
        check_examples,
        failures,
        ..
    } = report;
    let (ran, failed) = (report.ran(), failures.len());
    match language {
        Language::Zh => format!(
            "方法 {methods}，派生图层 {layers}，方案 {profiles}，参数行 {rows}，算例 {ran}，校核 {checks}（算例 {check_examples}），失败 {failed}"
        ),
        Language::En => format!(
            "{methods} methods, {layers} layers, {profiles} profiles, {rows} parameter rows, {ran} examples, {checks} checks with {check_examples} examples, {failed} failed"
        ),
    }
}

pub(super) fn words(title: &Title, language: Language) -> &str {
    match language {
        Language::Zh => &title.zh,
        Language::En => &title.en,
    }
}

/// Returns the ids, titles and fingerprints of everything.
pub fn list_json(all: &Methodology) -> Value {
    let laws = |methods: &std::collections::BTreeMap<String, Method>| {
        let entries = methods.values().map(|method| {
            json!({
                "id": method.id,
                "title": { "zh": method.title.zh, "en": method.title.en },
                "source": method.citation.document,
                "clause": method.citation.clause,
                "fingerprint": all.method_fingerprint(&method.id),
            })
        });
        entries.collect::<Vec<_>>()
    };
    let profiles = all.profiles.values().map(|profile| {
        json!({
            "id": profile.id,
            "title": { "zh": profile.title.zh, "en": profile.title.en },
            "official": profile.official,
            "price_year": profile.price_year,
            "fingerprint": all.fingerprint(profile),
        })
    });
    json!({
        "profiles": profiles.collect::<Vec<_>>(),
        "methods": laws(&all.methods),
        "layers": laws(&all.layers),
    })
}

/// Returns one line for each profile, method and layer.
pub fn list_text(all: &Methodology, language: Language) -> String {
    let mut lines = Vec::new();
    let mut section = |zh: &str, en: &str, entries: Vec<(&String, &Title)>| {
        lines.push(if language == Language::Zh { zh } else { en }.to_owned());
        let width = entries.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
        for (id, title) in entries {
            lines.push(format!("  {id:width$}  {}", words(title, language)));
        }
    };
    let titled = |(id, method): (&'_ String, &'_ Method)| (id.clone(), method.title.clone());
    let methods: Vec<_> = all.methods.iter().map(titled).collect();
    let layers: Vec<_> = all.layers.iter().map(titled).collect();
    let profiles = all.profiles.iter().map(|(id, one)| (id, &one.title));
    section("方案", "profiles", profiles.collect());
    section(
        "方法",
        "methods",
        methods.iter().map(|(id, title)| (id, title)).collect(),
    );
    section(
        "派生图层",
        "layers",
        layers.iter().map(|(id, title)| (id, title)).collect(),
    );
    lines.join("\n")
}
