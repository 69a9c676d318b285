//! Attributes of objects: lakes, reservoirs; one feature an id.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::vector::LayerAccess;
use gep_core::diagnostic::{Finding, Findings};

use super::vector::{open, unreadable};

/// Texts of the asked columns by object id; nothing where a feature has no value.
pub type ObjectTable = BTreeMap<String, Vec<Option<String>>>;

/// Reads columns of a file's first layer by the ids in `id_column`.
///
/// # Errors
///
/// A column that is not there, and every id that stands more than once: two
/// features of one id would be one object with two sets of attributes.
pub fn read_objects(
    path: &Path,
    id_column: &str,
    columns: &[&str],
) -> Result<ObjectTable, Findings> {
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
    let id = field(id_column)?;
    let wanted: Vec<usize> = columns
        .iter()
        .map(|name| field(name))
        .collect::<Result<_, _>>()?;
    let mut objects = ObjectTable::new();
    let mut findings = Vec::new();
    for (at, feature) in layer.features().enumerate() {
        let text = |field: usize| {
            let text = feature.field_as_string(field).ok().flatten();
            text.map(|text| text.trim().to_string())
                .filter(|text| !text.is_empty())
        };
        // An empty id is refused where the polygons are read.
        let Some(code) = text(id) else {
            continue;
        };
        let values = wanted.iter().map(|field| text(*field)).collect();
        if objects.insert(code.clone(), values).is_some() {
            findings.push(
                Finding::error("object-id-twice")
                    .file(path.display())
                    .place(format!("feature {}", at + 1))
                    .arg("id", code),
            );
        }
    }
    if findings.is_empty() {
        Ok(objects)
    } else {
        Err(Findings(findings))
    }
}
