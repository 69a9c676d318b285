//! The carbon chapter: a page over the finished tables of the carbon books.

mod charts;
mod columns;
mod drawing;
mod plots;
mod sankey;
mod sections;
mod waterfall;

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde::Serialize;

use super::speech::{Ground, Speech};
use super::template;
use crate::output::Manifest;
use charts::Charts;
use sections::{Book, Section};

/// The whole page.
#[derive(Serialize)]
struct Page {
    lang: &'static str,
    title: String,
    other_file: &'static str,
    year: String,
    method_set: String,
    status: String,
    run_id: String,
    program: String,
    notes: Vec<String>,
    sections: Vec<Section>,
    charts: Charts,
}

/// Renders the page in both languages: path below the folder, and its bytes. No clock, no
/// host, no network; the same folder gives the same bytes.
///
/// # Errors
///
/// If a table is missing or cannot be read.
pub fn render_carbon_report(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Findings> {
    let manifest = Manifest::read(folder)?;
    let mut files = Vec::new();
    for (language, lang, file, other_file) in [
        (Language::Zh, "zh-CN", "carbon.zh.html", "carbon.en.html"),
        (Language::En, "en", "carbon.en.html", "carbon.zh.html"),
    ] {
        let speech = Speech {
            language,
            ground: Ground::Land,
        };
        let book = Book::read(folder, speech, &manifest.year)?;
        let page = Page {
            lang,
            title: manifest.title.get(language).to_owned(),
            other_file,
            year: manifest.year.clone(),
            method_set: manifest.profile_title.get(language).to_owned(),
            status: speech.word("status", &manifest.status),
            run_id: manifest.run_id.clone(),
            program: manifest.program.clone(),
            notes: manifest
                .notes
                .iter()
                .map(|note| note.get(language).to_owned())
                .collect(),
            sections: book.sections()?,
            charts: book.charts()?,
        };
        let html = template::render("carbon.html", &page, speech)?;
        files.push((format!("report/{file}"), html.into_bytes()));
    }
    Ok(files)
}
