//! `gep methodology show`: all that the files say about one method, layer or profile.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::formula::{Binding, typeset};
use gep_core::methodology::{
    Citation, Example, Given, Indicator, Law, Method, Methodology, Origin, OutputEntry, Profile,
    Row, Status, Title,
};
use gep_core::quantity::format_exact;
use serde_json::{Value, json};

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
    let inputs = method.inputs.iter().map(|(name, input)| {
        json!({
            "name": name,
            "from": input.origin.id(),
            "kind": origin_word(all, &input.origin),
            "title": input_title(all, &input.origin),
            "unit": input.unit_text,
            "domain": input.domain.to_string(),
        })
    });
    let layer = method.layer.as_ref();
    Ok(json!({
        "id": method.id,
        "file": method.file,
        "title": titled(&method.title),
        "note": method.note.as_ref().map(titled),
        "source": source_json(all, &method.citation),
        "groups": method.groups,
        "inputs": inputs.collect::<Vec<_>>(),
        "parameters": parameters_json(all, law.as_ref()),
        "kernel": layer.and_then(|grid| grid.kernel.clone()),
        "formulas": formulas_json(all, method, law.as_ref()),
        "outputs": method.outputs.iter().map(output_json).collect::<Vec<_>>(),
        "examples": method.examples.iter().map(example_json).collect::<Vec<_>>(),
        "profiles": users(all, id),
        "fingerprint": all.method_fingerprint(id),
    }))
}

fn titled(title: &Title) -> Value {
    json!({ "zh": title.zh, "en": title.en })
}

fn source_json(all: &Methodology, citation: &Citation) -> Value {
    let document = all.sources.get(&citation.document);
    json!({
        "document": citation.document,
        "clause": citation.clause,
        "title": document.map(|one| titled(&one.title)),
        "kind": document.map(|one| one.kind.clone()),
        "address": document.and_then(|one| one.address.clone()),
    })
}

/// Whether an input is given, derived, measured or made by an earlier method.
fn origin_word(all: &Methodology, origin: &Origin) -> &'static str {
    match origin {
        Origin::Layer(id) if all.layers.contains_key(id) => "derived layer",
        Origin::Layer(_) => "layer",
        Origin::Table(id) if all.quantities.get(id).is_some_and(|one| one.geometry) => "geometry",
        Origin::Table(_) => "table",
        Origin::Output(_) => "output",
    }
}

fn input_title(all: &Methodology, origin: &Origin) -> Option<Value> {
    let id = origin.id();
    let derived = all.layers.get(id).map(|layer| &layer.title);
    let given = all.quantities.get(id).map(|entry| &entry.title);
    derived.or(given).map(titled)
}

fn formulas_json(all: &Methodology, method: &Method, law: Option<&Law>) -> Vec<Value> {
    let formulas = method.formulas.iter().map(|formula| {
        let statement = law.and_then(|law| law.program.statement(&formula.name));
        let text = statement.map_or(&formula.text, |one| &one.formula);
        json!({
            "name": formula.name,
            "formula": text,
            "latex": typeset(text, &all.units),
            "unit": statement.map(|one| one.unit.to_string()),
            "domain": statement.map(|one| one.domain.to_string()),
            "approximate": statement.is_some_and(|one| one.approximate),
        })
    });
    formulas.collect()
}

fn parameters_json(all: &Methodology, law: Option<&Law>) -> Vec<Value> {
    let bound = law.iter().flat_map(|law| {
        law.parameters
            .iter()
            .map(|(name, bound)| (law.program.bindings().get(name), name, bound))
    });
    let parameters = bound.map(|(binding, name, bound)| {
        let rows = bound.rows.iter().map(|(_, row)| row_json(all, row));
        json!({
            "name": name,
            "table": bound.declaration.table,
            "unit": bound.declaration.unit_text,
            "domain": bound.declaration.domain.to_string(),
            "raster_bound": binding == Some(&Binding::RasterBound),
            "statuses": statuses(bound.rows.iter().map(|(_, row)| row)),
            "rows": rows.collect::<Vec<_>>(),
        })
    });
    parameters.collect()
}

/// Counts values by status, the weakest first; `n/a` is no value.
fn statuses<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Value> {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for row in rows.filter(|row| row.value.is_some()) {
        *counts.entry(row.status).or_default() += 1;
    }
    let counted = counts.into_iter();
    counted
        .map(|(status, count)| json!({ "status": status.word(), "values": count }))
        .collect()
}

fn output_json(output: &OutputEntry) -> Value {
    let (low, high) = &output.range;
    json!({
        "name": output.name,
        "title": output.title.as_ref().map(titled),
        "unit": output.unit_text,
        "quantum": format_exact(&output.quantum),
        "kind": output.kind.word(),
        "range": [format_exact(low), format_exact(high)],
    })
}

fn example_json(example: &Example) -> Value {
    let written = |values: &BTreeMap<String, Given>| -> BTreeMap<String, String> {
        let values = values.iter();
        values
            .map(|(name, value)| (name.clone(), value.to_text()))
            .collect()
    };
    let areas = example.areas.iter();
    let areas = areas.map(|(class, area)| (class, format_exact(area)));
    json!({
        "name": example.name,
        "classes": example.classes,
        "areas_m2": areas.collect::<BTreeMap<_, _>>(),
        "given": written(&example.given),
        "expect": written(&example.expect),
        "by": example.by,
        "working": example.working,
    })
}

fn row_json(all: &Methodology, row: &Row) -> Value {
    json!({
        "keys": row.keys,
        "value": row.spelling,
        "unit": row.unit_text,
        "status": row.status.word(),
        "source": source_json(all, &row.citation),
        "file": row.file,
        "line": row.line,
    })
}

/// The profiles that use a method or layer.
fn users(all: &Methodology, id: &str) -> Vec<String> {
    let uses = |profile: &&Profile| {
        let mut methods = profile.indicators.iter().flat_map(|one| &one.methods);
        profile.layers.iter().any(|layer| layer == id) || methods.any(|method| method == id)
    };
    let profiles = all.profiles.values().filter(uses);
    profiles.map(|profile| profile.id.clone()).collect()
}

fn profile_json(all: &Methodology, profile: &Profile) -> Result<Value, Findings> {
    let mut indicators = Vec::new();
    for indicator in &profile.indicators {
        indicators.push(indicator_json(all, profile, indicator)?);
    }
    let needs = all.project_inputs(profile)?;
    let edition = &profile.edition;
    let rules = profile.combine.iter().map(|rule| {
        json!({
            "id": rule.id,
            "kind": rule.kind.word(),
            "choice": rule.kind.choice(),
            "title": titled(&rule.title),
            "indicators": rule.indicators,
            "source": source_json(all, &rule.citation),
        })
    });
    let rebound = profile.rebindings.iter().map(|one| {
        json!({ "method": one.method, "parameter": one.parameter, "table": one.table,
            "where": one.filter })
    });
    Ok(json!({
        "id": profile.id,
        "file": profile.file,
        "title": titled(&profile.title),
        "note": profile.note.as_ref().map(titled),
        "source": source_json(all, &profile.citation),
        "official": profile.official,
        "extends": profile.extends,
        "valid_from": edition.valid_from,
        "valid_to": edition.valid_to,
        "superseded_by": edition.superseded_by,
        "jurisdiction": edition.jurisdiction,
        "accounts_for": edition.domain.word(),
        "price_year": profile.price_year,
        "crosswalk": profile.crosswalk,
        "coverage_floor": format_exact(&profile.coverage_floor),
        "derived_layers": profile.layers,
        "project_layers": needs.layers,
        "project_tables": needs.tables,
        "indicators": indicators,
        "rebound": rebound.collect::<Vec<_>>(),
        "combine": rules.collect::<Vec<_>>(),
        "fingerprint": all.fingerprint(profile),
    }))
}

fn indicator_json(
    all: &Methodology,
    profile: &Profile,
    indicator: &Indicator,
) -> Result<Value, Findings> {
    let law = all.indicator_law(profile, indicator)?;
    let rows = law.iter().flat_map(|law| law.parameters.values());
    let rows = rows.flat_map(|bound| bound.rows.iter().map(|(_, row)| row));
    Ok(json!({
        "id": indicator.id,
        "title": titled(&indicator.title),
        "group": indicator.group.word(),
        "state": indicator.state.word(),
        "methods": indicator.methods,
        "note": indicator.note.as_ref().map(titled),
        "clause": indicator.clause,
        "statuses": statuses(rows),
        "weakest_status": law.as_ref().map(|law| law.weakest_status().word()),
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
                        .filter(|(name, field)| *name != "latex" && is_short(field))
                        .map(|(name, field)| format!("{name} {}", scalar(field, language)));
                    lines.push(format!("{pad}  {}", words.collect::<Vec<_>>().join(" · ")));
                    for (name, field) in fields {
                        if !field.is_null() && !is_short(field) {
                            write_value(&json!({ name: field }), depth + 2, language, lines);
                        }
                    }
                }
            }
            other => lines.push(format!("{pad}{key}: {}", scalar(other, language))),
        }
    }
}

/// Whether a value stands in a line: no list of objects is in it.
fn is_short(value: &Value) -> bool {
    !value.is_null() && !value.to_string().contains("[{")
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
            match map.get(key) {
                Some(text) => scalar(text, language),
                None => {
                    let fields = map.iter().filter(|(_, field)| !field.is_null());
                    let words =
                        fields.map(|(name, own)| format!("{name} {}", scalar(own, language)));
                    words.collect::<Vec<_>>().join(", ")
                }
            }
        }
        other => other.to_string(),
    }
}
