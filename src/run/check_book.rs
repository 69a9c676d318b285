//! `gep checks`: what the files of checks say.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::methodology::{Check, Methodology, Selector};
use serde_json::{Value, json};

use super::methodology::words;
use super::methodology_show::write_value;
use crate::assess::limit_text;

/// Returns every check with its kind, severity and title.
pub fn list_json(all: &Methodology) -> Value {
    let checks = all.checks.values().map(|check| {
        json!({
            "id": check.id,
            "kind": check.kind.word(),
            "severity": check.severity.word(),
            "waivable": check.waivable,
            "status": check.status.word(),
            "title": { "zh": check.title.zh, "en": check.title.en },
        })
    });
    json!({ "checks": checks.collect::<Vec<_>>(), "fingerprint": all.checks_fingerprint() })
}

/// Returns a line for each check, and how many there are of each kind.
pub fn list_text(all: &Methodology, language: Language) -> String {
    let width = all.checks.keys().map(String::len).max().unwrap_or(0);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lines: Vec<String> = Vec::new();
    for (id, check) in &all.checks {
        let (kind, severity) = (check.kind.word(), check.severity.word());
        *kinds.entry(kind).or_default() += 1;
        let title = words(&check.title, language);
        lines.push(format!("{id:width$}  {kind:11}  {severity:7}  {title}"));
    }
    let counts: Vec<String> = kinds
        .iter()
        .map(|(kind, n)| format!("{kind} {n}"))
        .collect();
    let count = all.checks.len();
    lines.push(match language {
        Language::Zh => format!("共 {count} 项：{}", counts.join("，")),
        Language::En => format!("{count} checks: {}", counts.join(", ")),
    });
    lines.join("\n")
}

/// Returns everything about one check.
///
/// # Errors
///
/// If there is no such check.
pub fn show_json(all: &Methodology, id: &str) -> Result<Value, Findings> {
    let check = all
        .checks
        .get(id)
        .ok_or_else(|| Finding::error("check-not-found").arg("check", id).exit(2))?;
    let text = |all: &Vec<Selector>| {
        let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
        texts.join(" + ")
    };
    let operands = check.operands.iter();
    let operands: Vec<String> = operands
        .map(|(name, all)| format!("{name} = {}", text(all)))
        .collect();
    Ok(json!({
        "id": check.id,
        "file": format!("{}:{}", check.file, check.line),
        "title": { "zh": check.title.zh, "en": check.title.en },
        "why": { "zh": check.why.zh, "en": check.why.en },
        "kind": check.kind.word(),
        "severity": check.severity.word(),
        "waivable": check.waivable,
        "levels": check.levels,
        "compares": operands,
        "limit": limit(check),
        "status": check.status.word(),
        "source": check.citation.document,
        "clause": check.citation.clause,
        "since": check.since,
        "fires_in": check.firing.fires,
    }))
}

fn limit(check: &Check) -> String {
    let unit = check.unit.as_ref().map_or("", |(text, _)| text.as_str());
    format!("{} {unit}", limit_text(check)).trim().to_owned()
}

/// Returns the same for people.
///
/// # Errors
///
/// As [`show_json`].
pub fn show_text(all: &Methodology, id: &str, language: Language) -> Result<String, Findings> {
    let mut lines = Vec::new();
    write_value(&show_json(all, id)?, 0, language, &mut lines);
    Ok(lines.join("\n"))
}
