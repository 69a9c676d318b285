//! The chapters of the report as data for the templates.

mod adjustments;
mod charts;
mod condition;
mod control_areas;
mod data;
mod front;
mod lists;
mod recut;
mod tables;
mod uncertainty;

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde::Serialize;

use super::book::{AmountRow, Book, Region};
use super::map::Drawing;
use super::speech::{Cell, Speech};

/// Everything one page shows, in the order of its chapters.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    lang: &'static str,
    other_file: &'static str,
    head: front::Head,
    summary: front::Summary,
    adjustments: Option<adjustments::Adjustments>,
    map: charts::Map,
    ranking: tables::Ranking,
    composition: charts::Composition,
    uncertainty: Option<uncertainty::Uncertainty>,
    extent: tables::Grid,
    physical: Vec<tables::PhysicalRow>,
    matrix: tables::Grid,
    condition: Option<tables::Grid>,
    controls: Option<control_areas::Controls>,
    recuts: Option<recut::Recuts>,
    cities: Option<tables::Grid>,
    sums: Option<tables::Grid>,
    counties: Option<tables::Grid>,
    inputs: Vec<lists::FileLine>,
    outputs: Vec<lists::FileLine>,
    parameters: Vec<lists::ParameterGroup>,
    methods: Vec<lists::Method>,
    checks: Vec<lists::Check>,
    limits: lists::Limits,
    /// What the script of the page reads.
    data: String,
    script: &'static str,
    script_digest: String,
}

/// A region as the first cell of a row.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    code: String,
    name: String,
    /// Whether the limits chapter has a note on it.
    noted: bool,
}

/// Lays the tables out in the words of a language.
pub(super) fn lay_out(book: &Book, drawing: &Drawing, speech: Speech) -> Result<Page, Findings> {
    let view = View { book, speech };
    let (lang, other_file) = match speech.language {
        Language::Zh => ("zh-CN", file_name(Language::En)),
        Language::En => ("en", file_name(Language::Zh)),
    };
    Ok(Page {
        lang,
        other_file,
        head: view.head()?,
        summary: view.summary()?,
        adjustments: view.adjustments(),
        map: view.map(drawing)?,
        ranking: view.ranking()?,
        composition: view.composition()?,
        uncertainty: view.uncertainty()?,
        extent: view.extent()?,
        physical: view.physical()?,
        matrix: view.matrix()?,
        condition: view.condition()?,
        controls: view.controls()?,
        recuts: view.recuts()?,
        cities: view.by_region("city")?,
        sums: view.by_region("sums")?,
        counties: view.by_region("base")?,
        inputs: view.inputs(),
        outputs: view.outputs(),
        parameters: view.parameters(),
        methods: view.methods(),
        checks: view.checks(),
        limits: view.limits()?,
        data: view.data(),
        script: data::SCRIPT,
        script_digest: data::script_digest(),
    })
}

/// Returns the file name of a language's page.
pub(super) fn file_name(language: Language) -> &'static str {
    match language {
        Language::Zh => "report.zh.html",
        Language::En => "report.en.html",
    }
}

/// Returns the file name without its folder, for a place in our own tree.
fn short_path(path: &str) -> String {
    let name = Path::new(path).file_name();
    name.map_or_else(|| path.to_string(), |name| name.to_string_lossy().into())
}

/// The tables seen in one language.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    book: &'a Book,
    speech: Speech,
}

impl View<'_> {
    fn language(self) -> Language {
        self.speech.language
    }

    fn place(self, region: &Region) -> Place {
        Place {
            code: region.code.clone(),
            name: region.name.get(self.language()).to_string(),
            noted: !region.note.is_empty(),
        }
    }

    /// Returns the name of a region code; an unknown code stands for itself.
    fn region_name(self, code: &str) -> String {
        let region = self.book.region(code);
        let name = region.map(|region| region.name.get(self.language()));
        name.unwrap_or(code).to_string()
    }

    /// Returns the names of codes separated by spaces.
    fn region_names(self, codes: &str) -> String {
        let names: Vec<String> = codes
            .split_whitespace()
            .map(|code| match self.book.region(code) {
                Some(_) => self.region_name(code),
                None => self.indicator_title(code),
            })
            .collect();
        let comma = match self.language() {
            Language::Zh => "、",
            Language::En => ", ",
        };
        names.join(comma)
    }

    fn indicator_title(self, id: &str) -> String {
        let found = self.book.indicators.iter().find(|own| own.id == id);
        let title = found.map(|own| own.title.get(self.language()));
        title.filter(|t| !t.is_empty()).unwrap_or(id).to_string()
    }

    fn class_title(self, class: &str) -> String {
        if class == "all" {
            return self.speech.word("table", "all_classes");
        }
        match self.book.class_title(class) {
            Some(title) if !title.is_empty() => title.get(self.language()).to_string(),
            _ => self.speech.word("ground", class),
        }
    }

    fn source_title(self, source: &str) -> String {
        let title = self.book.source_title(source);
        let title = title.map(|title| title.get(self.language()));
        title
            .filter(|t| !t.is_empty())
            .unwrap_or(source)
            .to_string()
    }

    /// Returns what a row of `physical` or `value` measures, beyond its indicator.
    fn output_title(self, row: &AmountRow) -> String {
        let title = self.speech.word("output", &row.output);
        match row.item.as_str() {
            "" | "all" => title,
            item => format!("{title} · {}", self.speech.word("item", item)),
        }
    }

    fn none(self) -> Cell {
        Speech::none()
    }
}
