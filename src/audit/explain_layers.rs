//! The layers behind a number: where they lie and how they reach the land cover.

use std::collections::BTreeSet;

use gep_core::diagnostic::Language;
use serde_json::{Value, json};

use super::tables::Table;
use crate::output::{Bilingual, FileEntry};

/// A layer and its way to the land cover.
#[derive(Clone, Debug)]
pub(super) struct LayerLine {
    pub(super) layer: String,
    pub(super) title: Bilingual,
    /// Reference system, columns x rows, cell size.
    pub(super) grid: String,
    pub(super) reads: String,
    pub(super) way: Bilingual,
}

impl LayerLine {
    /// Returns the layer for `--format json`.
    pub(super) fn json(&self) -> Value {
        json!({
            "layer": self.layer,
            "title": {"zh": self.title.get(Language::Zh), "en": self.title.get(Language::En)},
            "grid": self.grid,
            "reads": self.reads,
            "way": {"zh": self.way.get(Language::Zh), "en": self.way.get(Language::En)},
        })
    }
}

/// Returns the rasters among the inputs and the layers derived of nothing else.
pub(super) fn layer_lines(table: &Table, inputs: &[FileEntry]) -> Vec<LayerLine> {
    let text = |name: &str, row: usize| table.text(name, row);
    let files: BTreeSet<&str> = inputs.iter().map(|file| file.path.as_str()).collect();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    // A derived layer stands after what it reads, but the table is sorted by name:
    // look until nothing is added.
    loop {
        let before = chosen.len();
        for row in 0..table.rows() {
            let layer = text("layer", row);
            let raster = text("kind", row) == "raster";
            let mut reads = text("reads", row).split_whitespace();
            let ready = if raster {
                files.contains(text("path", row))
            } else {
                reads.all(|read| known.contains(read))
            };
            if ready && chosen.insert(row) {
                known.insert(layer);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    let line = |row: usize| LayerLine {
        layer: text("layer", row).into(),
        title: Bilingual::new(text("title_zh", row).into(), text("title_en", row).into()),
        grid: format!(
            "{}  {} x {}  {} x {}",
            text("crs", row),
            table.spelling("columns", row),
            table.spelling("rows", row),
            text("cell_width", row),
            text("cell_height", row)
        ),
        reads: text("reads", row).into(),
        way: Bilingual::new(text("way_zh", row).into(), text("way_en", row).into()),
    };
    chosen.into_iter().map(line).collect()
}
