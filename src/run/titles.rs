//! Titles of what the tables name by id, so that a reader needs no other file.

use gep_core::methodology::Methodology;

use crate::output::{CLASSES, NamedTable, SOURCES, TableBuilder};
use crate::source::project::Project;

/// Ecosystem types with group and title.
pub(super) fn classes_table(methodology: &Methodology) -> NamedTable {
    let mut table = TableBuilder::new(&CLASSES);
    for (id, class) in &methodology.classes {
        let cells = [id, &class.title.zh, &class.title.en, &class.group];
        table.row(cells.map(|text| text.as_str().into()).to_vec());
    }
    table.finish()
}

/// Source documents with title and address.
pub(super) fn sources_table(methodology: &Methodology) -> NamedTable {
    let mut table = TableBuilder::new(&SOURCES);
    for (id, document) in &methodology.sources {
        table.row(vec![
            id.as_str().into(),
            document.title.zh.as_str().into(),
            document.title.en.as_str().into(),
            document.address.as_deref().unwrap_or_default().into(),
            document.year.as_deref().unwrap_or_default().into(),
        ]);
    }
    table.finish()
}

/// What an input file of the project is, Chinese and English; empty for files that
/// the report names by their role (regions, boundaries, land cover).
///
/// Layers have the title of the quantity they give; a workbook has its sheets, each
/// with the titles of what its columns feed.
pub(super) fn input_title(
    project: &Project,
    methodology: &Methodology,
    path: &str,
) -> Option<[String; 2]> {
    let title = |id: &str| {
        let quantity = methodology.quantities.get(id).map(|own| &own.title);
        let derived = || methodology.layers.get(id).map(|own| &own.title);
        quantity.or_else(derived)
    };
    let layers = &project.rasters.layers;
    if let Some((id, _)) = layers.iter().find(|(_, layer)| layer.path == path) {
        return title(id).map(|own| [own.zh.clone(), own.en.clone()]);
    }
    let mut parts: [Vec<String>; 2] = Default::default();
    for sheet in project.sheets.iter().filter(|sheet| sheet.path == path) {
        let mut ids: Vec<&str> = sheet.columns.iter().map(|own| own.input.as_str()).collect();
        ids.dedup();
        let titles: Vec<_> = ids.into_iter().filter_map(title).collect();
        let zh: Vec<&str> = titles.iter().map(|own| own.zh.as_str()).collect();
        let en: Vec<&str> = titles.iter().map(|own| own.en.as_str()).collect();
        parts[0].push(format!("{}（{}）", sheet.sheet, zh.join("、")));
        parts[1].push(format!("{} ({})", sheet.sheet, en.join(", ")));
    }
    let [zh, en] = parts;
    (!zh.is_empty()).then(|| [zh.join("；"), en.join("; ")])
}
