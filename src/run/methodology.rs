//! `gep methodology`: what the files say and whether their examples hold.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::kernel::slope_horn;
use gep_core::methodology::{
    KernelWindow, Method, Methodology, OutputEntry, Profile, Row, TestReport, Title,
};
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
fn kernel_value(window: &KernelWindow<'_>) -> Option<Option<f64>> {
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

/// Returns everything about one method, layer or profile.
///
/// # Errors
///
/// If there is no such id.
pub fn show_json(all: &Methodology, id: &str) -> Result<Value, Findings> {
    if let Some(profile) = all.profiles.get(id) {
        return profile_json(all, profile);
    }
    let method = all.methods.get(id).or_else(|| all.layers.get(id));
    let method = method.ok_or_else(|| not_found(id))?;
    let law = all.law(id, None)?;
    let formulas = method.formulas.iter().map(|formula| {
        let statement = law
            .as_ref()
            .and_then(|law| law.program.statement(&formula.name));
        json!({
            "name": formula.name,
            "formula": statement.map_or(&formula.text, |one| &one.formula),
            "unit": statement.map(|one| one.unit.to_string()),
            "domain": statement.map(|one| one.domain.to_string()),
        })
    });
    let parameters = law
        .iter()
        .flat_map(|law| &law.parameters)
        .map(|(name, bound)| {
            json!({
                "name": name,
                "table": bound.declaration.table,
                "unit": bound.declaration.unit_text,
                "domain": bound.declaration.domain.to_string(),
                "rows": bound.rows.iter().map(|(_, row)| row_json(row)).collect::<Vec<_>>(),
            })
        });
    Ok(json!({
        "id": method.id,
        "file": method.file,
        "title": { "zh": method.title.zh, "en": method.title.en },
        "note": method.note.as_ref().map(|note| json!({ "zh": note.zh, "en": note.en })),
        "source": method.citation.document,
        "clause": method.citation.clause,
        "groups": method.groups,
        "inputs": method.inputs.iter().map(|(name, input)| json!({
            "name": name,
            "from": input.origin.id(),
            "unit": input.unit_text,
            "domain": input.domain.to_string(),
        })).collect::<Vec<_>>(),
        "parameters": parameters.collect::<Vec<_>>(),
        "kernel": method.layer.as_ref().and_then(|grid| grid.kernel.clone()),
        "formulas": formulas.collect::<Vec<_>>(),
        "outputs": method.outputs.iter().map(output_json).collect::<Vec<_>>(),
        "examples": method.examples.iter().map(|one| json!({
            "name": one.name, "by": one.by, "working": one.working,
        })).collect::<Vec<_>>(),
        "fingerprint": all.method_fingerprint(id),
    }))
}

fn output_json(output: &OutputEntry) -> Value {
    json!({
        "name": output.name,
        "unit": output.unit_text,
        "quantum": gep_core::quantity::format_exact(&output.quantum),
        "kind": output.kind.word(),
    })
}

fn row_json(row: &Row) -> Value {
    json!({
        "keys": row.keys,
        "value": row.spelling,
        "unit": row.unit_text,
        "status": row.status.word(),
        "source": row.citation.document,
        "clause": row.citation.clause,
        "file": row.file,
        "line": row.line,
    })
}

fn profile_json(all: &Methodology, profile: &Profile) -> Result<Value, Findings> {
    let mut indicators = Vec::new();
    for indicator in &profile.indicators {
        let law = all.indicator_law(profile, indicator)?;
        indicators.push(json!({
            "id": indicator.id,
            "title": { "zh": indicator.title.zh, "en": indicator.title.en },
            "group": indicator.group.word(),
            "state": indicator.state.word(),
            "methods": indicator.methods,
            "weakest_status": law.map(|law| law.weakest_status().word()),
        }));
    }
    let needs = all.project_inputs(profile)?;
    Ok(json!({
        "id": profile.id,
        "file": profile.file,
        "title": { "zh": profile.title.zh, "en": profile.title.en },
        "official": profile.official,
        "price_year": profile.price_year,
        "crosswalk": profile.crosswalk,
        "coverage_floor": gep_core::quantity::format_exact(&profile.coverage_floor),
        "derived_layers": profile.layers,
        "project_layers": needs.layers,
        "project_tables": needs.tables,
        "indicators": indicators,
        "fingerprint": all.fingerprint(profile),
    }))
}

fn not_found(id: &str) -> Findings {
    Finding::error("methodology-not-found")
        .arg("id", id)
        .exit(2)
        .into()
}

/// Returns the same for people: keys and values, nested by indentation.
///
/// # Errors
///
/// As [`show_json`].
pub fn show_text(all: &Methodology, id: &str, language: Language) -> Result<String, Findings> {
    let value = show_json(all, id)?;
    let mut lines = Vec::new();
    write_value(&value, 0, language, &mut lines);
    Ok(lines.join("\n"))
}

pub(super) fn write_value(
    value: &Value,
    depth: usize,
    language: Language,
    lines: &mut Vec<String>,
) {
    let pad = "  ".repeat(depth);
    let Value::Object(map) = value else {
        return lines.push(format!("{pad}{}", scalar(value, language)));
    };
    for (key, inner) in map {
        match inner {
            Value::Null => {}
            Value::Array(list) if list.iter().any(Value::is_object) => {
                lines.push(format!("{pad}{key}:"));
                for one in list {
                    let Value::Object(fields) = one else { continue };
                    let words = fields
                        .iter()
                        .filter(|(_, field)| !field.is_null() && !field.to_string().contains("[{"))
                        .map(|(name, field)| format!("{name} {}", scalar(field, language)));
                    lines.push(format!("{pad}  {}", words.collect::<Vec<_>>().join(" · ")));
                    for (name, field) in fields {
                        if field.to_string().contains("[{") {
                            write_value(&json!({ name: field }), depth + 2, language, lines);
                        }
                    }
                }
            }
            other => lines.push(format!("{pad}{key}: {}", scalar(other, language))),
        }
    }
}

/// Prints a value in a line; of a title the language asked for.
fn scalar(value: &Value, language: Language) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(|one| scalar(one, language)).collect();
            parts.join(", ")
        }
        Value::Object(map) => {
            let key = if language == Language::Zh { "zh" } else { "en" };
            map.get(key)
                .map_or_else(|| value.to_string(), |text| scalar(text, language))
        }
        other => other.to_string(),
    }
}
