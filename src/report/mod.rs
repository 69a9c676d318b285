//! The report: finished tables as a page to read, in Chinese and in English.
//!
//! Nothing is computed here but shares of printed wholes, ranks and classes of
//! the map; all of it in integers.

mod book;
mod carbon;
mod condition;
mod control_areas;
mod map;
mod number;
mod page;
mod recut;
mod speech;
mod table;
mod template;
mod texts;
mod uncertainty;

pub use carbon::render_carbon_report;
use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::Value;

use speech::{Ground, Speech};

/// Renders the report of a run: relative path and bytes of each file.
///
/// Reads `tables/*.parquet`, `manifest.json` and `boundaries.geojson` below
/// `folder` and nothing else: no clock, no host, no network. The same folder
/// gives the same bytes. The entries of the report itself in the manifest are
/// not read, so that the page is the same before and after they are written.
///
/// # Errors
///
/// `report-table-missing` and the other findings of `messages/report.toml` if
/// the folder is no complete run.
pub fn render_report(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Findings> {
    let book = book::Book::read(folder)?;
    let counties = book.level("base");
    let parents: BTreeMap<&str, &str> = counties
        .iter()
        .map(|county| (county.code.as_str(), county.parent.as_str()))
        .collect();
    let drawing = map::draw(folder, &parents)?;
    let mut files = Vec::new();
    for language in [Language::Zh, Language::En] {
        let speech = Speech {
            language,
            ground: book.ground(),
        };
        let page = page::lay_out(&book, &drawing, speech)?;
        let html = template::render("report.html", &page, speech)?;
        let path = format!("report/{}", page::file_name(language));
        files.push((path, html.into_bytes()));
    }
    Ok(files)
}

/// Renders a page of the methodology book (`index`, `laws` or `profiles`) over what
/// it is to show.
///
/// # Errors
///
/// `report-template-broken` if the context lacks what the template asks for.
pub fn render_book_page(
    kind: &str,
    context: &Value,
    language: Language,
) -> Result<String, Findings> {
    let ground = Ground::Land;
    let speech = Speech { language, ground };
    template::render(&format!("book/{kind}.md"), context, speech)
}
