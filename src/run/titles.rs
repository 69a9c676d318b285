//! Titles of what the tables name by id, so that a reader needs no other file.

use gep_core::methodology::Methodology;

use crate::output::{Kind, NamedTable, TableBuilder};

/// Ecosystem types with group and title.
pub(super) fn classes_table(methodology: &Methodology) -> NamedTable {
    let columns = ["class", "title_zh", "title_en"];
    let mut table = TableBuilder::new(&columns.map(|name| (name, Kind::Text)));
    for (id, class) in &methodology.classes {
        let cells = [id, &class.title.zh, &class.title.en];
        table.row(cells.map(|text| text.as_str().into()).to_vec());
    }
    table.finish("classes")
}

/// Source documents with title and address.
pub(super) fn sources_table(methodology: &Methodology) -> NamedTable {
    let columns = ["source", "title_zh", "title_en", "address", "year"];
    let mut table = TableBuilder::new(&columns.map(|name| (name, Kind::Text)));
    for (id, document) in &methodology.sources {
        table.row(vec![
            id.as_str().into(),
            document.title.zh.as_str().into(),
            document.title.en.as_str().into(),
            document.address.as_deref().unwrap_or_default().into(),
            document.year.as_deref().unwrap_or_default().into(),
        ]);
    }
    table.finish("sources")
}
