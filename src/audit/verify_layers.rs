//! Level 2, layers: every raster is an input of the manifest, every layer a derived one
//! reads stands in the table, and what is said of grids and datums fits together.

use std::collections::BTreeSet;

use super::tables::Table;
use super::verify::Ledger;
use crate::output::{LAYERS, Manifest};

const RESAMPLINGS: [&str; 5] = ["same_cells", "none", "nearest", "bilinear", "average"];

/// Checks the table `layers`.
pub(super) fn check_layers(table: &Table, manifest: &Manifest, ledger: &mut Ledger) {
    let text = |name: &str, row: usize| table.text(name, row);
    let known: BTreeSet<&str> = (0..table.rows()).map(|row| text("layer", row)).collect();
    let files: BTreeSet<&str> = manifest
        .inputs
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    for row in 0..table.rows() {
        let layer = text("layer", row);
        ledger.count("layers", 1);
        let mut differ = |expected: &str, found: String| {
            ledger.differ("verify-layer", &LAYERS, layer.to_string(), expected, found);
        };
        match text("kind", row) {
            "raster" if !files.contains(text("path", row)) => {
                differ("manifest.inputs", "-".to_string())
            }
            "raster" | "derived" => {}
            other => differ("raster | derived", other.to_string()),
        }
        for read in text("reads", row).split_whitespace() {
            if !known.contains(read) {
                differ("layers", read.to_string());
            }
        }
        let (way, datum) = (text("resampling", row), text("datum", row));
        if !RESAMPLINGS.contains(&way) {
            differ(&RESAMPLINGS.join(" | "), way.to_string());
        }
        // Bounds are said of datums that are taken as one, and of no others.
        let bound = text("datum_bound_m", row);
        let fits = match datum {
            "same" | "given" => bound.is_empty(),
            "aligned" => bound.parse::<f64>().is_ok_and(|metres| metres > 0.0),
            _ => false,
        };
        if !fits || (datum != "same" && way == "same_cells") {
            differ("datum", format!("{datum} {bound} {way}"));
        }
    }
}
