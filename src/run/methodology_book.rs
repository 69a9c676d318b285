//! `gep methodology book`: the methodology as pages to read, made from its files.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::methodology::{Methodology, Status, Title};
use gep_core::storage::OutputFolder;
use serde_json::{Value, json};

use super::coverage::{coverage, evidence};
use super::coverage_show::coverage_text;
use super::methodology_show::show_json;
use crate::report::render_book_page;

/// Writes the book in both languages and returns how many pages it has.
///
/// # Errors
///
/// If the folder exists and may not be replaced, or cannot be written.
pub fn write_book(all: &Methodology, out: &Path, replace: bool) -> Result<usize, Findings> {
    let pages = book(all)?;
    let fault = |error: std::io::Error| {
        Finding::error("output-not-written")
            .file(out.display())
            .arg("error", error)
            .exit(74)
    };
    let folder = OutputFolder::create(out, replace).map_err(fault)?;
    for (name, text) in &pages {
        folder.write(name, text.as_bytes()).map_err(fault)?;
    }
    folder.publish().map_err(fault)?;
    Ok(pages.len())
}

/// Returns the pages of the book by their paths, `zh/…` and `en/…`.
///
/// # Errors
///
/// None for a methodology that was loaded without findings.
pub fn book(all: &Methodology) -> Result<BTreeMap<String, String>, Findings> {
    let mut pages = BTreeMap::new();
    for (language, word) in [(Language::Zh, "zh"), (Language::En, "en")] {
        let page = coverage_page(all, language)?;
        pages.insert(format!("{word}/coverage.md"), tidy(&page));
        let mut put = |name: &str, kind: &str, context: &Value| -> Result<(), Findings> {
            let page = render_book_page(kind, context, language)?;
            pages.insert(format!("{word}/{name}"), tidy(&page));
            Ok(())
        };
        let mut contents = Vec::new();
        for (service, ids) in services(all) {
            let laws = shown(all, &ids)?;
            let title = service_title(all, &service, language);
            let file = format!("{service}.md");
            let context = json!({ "lang": word, "title": title, "laws": laws });
            put(&file, "laws", &context)?;
            contents.push(json!({ "title": title, "file": file, "laws": laws }));
        }
        let layers: Vec<&String> = all.layers.keys().collect();
        let laws = shown(all, &layers)?;
        // The template has the title of this page.
        let context = json!({ "lang": word, "title": null, "laws": laws });
        put("layers.md", "laws", &context)?;
        contents.push(json!({ "title": null, "file": "layers.md", "laws": laws }));
        let ids: Vec<&String> = all.profiles.keys().collect();
        let profiles = shown(all, &ids)?;
        put(
            "profiles.md",
            "profiles",
            &json!({ "lang": word, "profiles": profiles }),
        )?;
        let counts = counts(all);
        let context = json!({ "lang": word, "pages": contents, "profiles": profiles,
            "counts": counts, "sources": sources(all) });
        put("README.md", "index", &context)?;
    }
    Ok(pages)
}

/// The page of profiles and indicators.
fn coverage_page(all: &Methodology, language: Language) -> Result<String, Findings> {
    let told = coverage(all, &evidence()?)?;
    let title = match language {
        Language::Zh => "# 方案与指标对照\n\n[核算方法手册](README.md)",
        Language::En => "# Profiles and indicators\n\n[Methodology](README.md)",
    };
    Ok(format!(
        "{title}\n\n{}",
        coverage_text(&told, None, language)
    ))
}

fn shown(all: &Methodology, ids: &[&String]) -> Result<Vec<Value>, Findings> {
    ids.iter().map(|id| show_json(all, id)).collect()
}

/// The methods by the service their ids begin with.
fn services(all: &Methodology) -> BTreeMap<String, Vec<&String>> {
    let mut services: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for id in all.methods.keys() {
        let service = id.split('.').next().unwrap_or(id);
        services.entry(service.to_owned()).or_default().push(id);
    }
    services
}

/// What profiles call the indicator a service's methods make; its first method's
/// title if none uses it.
fn service_title(all: &Methodology, service: &str, language: Language) -> String {
    let makes = |method: &String| method.split('.').next() == Some(service);
    let mut indicators = all.profiles.values().flat_map(|one| &one.indicators);
    let title = indicators
        .find(|one| one.methods.iter().any(makes))
        .map(|one| &one.title);
    let mut methods = all.methods.values();
    let title = title.or_else(|| methods.find(|one| makes(&one.id)).map(|one| &one.title));
    title.map_or_else(|| service.to_owned(), |title| words(title, language))
}

fn words(title: &Title, language: Language) -> String {
    match language {
        Language::Zh => title.zh.clone(),
        Language::En => title.en.clone(),
    }
}

/// The documents anything is taken from.
fn sources(all: &Methodology) -> BTreeMap<&String, Value> {
    let sources = all.sources.iter();
    sources
        .map(|(id, one)| {
            let title = json!({ "zh": one.title.zh, "en": one.title.en });
            let about = json!({ "title": title, "kind": one.kind, "year": one.year,
                "address": one.address });
            (id, about)
        })
        .collect()
}

/// Counts the values of all parameter tables by status.
fn counts(all: &Methodology) -> Vec<Value> {
    let rows = all.tables.values().flat_map(|table| &table.rows);
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for row in rows.filter(|row| row.value.is_some()) {
        *counts.entry(row.status).or_default() += 1;
    }
    let counted = counts.into_iter().rev();
    counted
        .map(|(status, count)| json!({ "status": status.word(), "values": count }))
        .collect()
}

/// Closes up runs of empty lines that templates leave.
fn tidy(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut empty = true;
    for line in page.lines() {
        let line = line.trim_end();
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
