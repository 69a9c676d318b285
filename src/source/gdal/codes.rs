//! Codes and names of a boundary file, without its geometry.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::vector::LayerAccess;
use gep_core::diagnostic::{Finding, Findings};

use super::vector::{open, unreadable};

/// Reads the codes of a file's first layer, each with its name if a column of names is
/// given. Features of one code are one region; a feature without a code is refused
/// where the polygons are read.
///
/// # Errors
///
/// A file or column that is not there, and codes with two names.
pub fn read_codes(
    path: &Path,
    code_column: &str,
    name_column: Option<&str>,
) -> Result<BTreeMap<String, String>, Findings> {
    let dataset = open(path)?;
    let mut layer = dataset.layer(0).map_err(|error| unreadable(path, &error))?;
    let field = |name: &str| {
        layer.defn().field_index(name).map_err(|_| {
            let known: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
            Finding::error("code-column-missing")
                .file(path.display())
                .arg("column", name)
                .arg("columns", known.join(", "))
        })
    };
    let code = field(code_column)?;
    let name = name_column.map(field).transpose()?;
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let mut findings = Vec::new();
    for feature in layer.features() {
        let text = |field: usize| {
            let text = feature.field_as_string(field).ok().flatten();
            text.map(|text| text.trim().to_string()).unwrap_or_default()
        };
        let own = text(code);
        if own.is_empty() {
            continue;
        }
        let name = name.map(text).unwrap_or_default();
        let known = codes.entry(own.clone()).or_insert_with(|| name.clone());
        if *known != name {
            findings.push(
                Finding::error("code-with-two-names")
                    .file(path.display())
                    .arg("code", own)
                    .arg("names", format!("{known}, {name}")),
            );
        }
    }
    if findings.is_empty() {
        Ok(codes)
    } else {
        Err(Findings(findings))
    }
}
