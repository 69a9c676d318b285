//! Land parcels: polygons with a class, perhaps an id and an area of their own.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::Dataset;
use gdal::vector::{Layer, LayerAccess};
use gep_core::diagnostic::{Finding, Findings};

use super::crs::Crs;
use super::vector::{
    Reading, VectorRequest, VectorSource, open_with, reference_system, unreadable,
};
use crate::source::dbf::text_encoding;

/// Which parcels to read and into which reference system.
#[derive(Clone, Debug)]
pub struct ParcelRequest<'a> {
    /// Name of the polygon layer in the run.
    pub name: &'a str,
    /// The file, or the folder of a FileGDB.
    pub path: &'a Path,
    /// The layer, where the file has several.
    pub layer: Option<&'a str>,
    /// The column with the land class.
    pub code_column: &'a str,
    /// The column with the ids; without it features are numbered.
    pub id_column: Option<&'a str>,
    /// The column with the parcels' own areas.
    pub area_column: Option<&'a str>,
    /// Encoding of the texts of a Shapefile without `.cpg`.
    pub encoding: Option<&'a str>,
    /// Reference system declared by the user, for files that do not say theirs.
    pub declared_crs: Option<&'a Crs>,
    /// Reference system of the run.
    pub target: &'a Crs,
}

/// What the attributes of a parcel say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Land class.
    pub code: String,
    /// Its id, or the number of the feature.
    pub id: String,
    /// Area as written; nothing where the cell is blank or no column was asked for.
    pub area: Option<String>,
}

/// Parcels as read.
#[derive(Clone, Debug)]
pub struct ParcelSource {
    /// Their polygons, one region a parcel, by class and then id.
    pub vector: VectorSource,
    /// Their attributes, in the same order.
    pub parcels: Vec<Parcel>,
}

/// Reads the parcels of a layer.
///
/// # Errors
///
/// A layer or column that is not there, several layers and none named, texts of an
/// unknown encoding, ids that stand twice, and all that polygons can get wrong.
pub fn read_parcels(request: &ParcelRequest<'_>) -> Result<ParcelSource, Findings> {
    let encoding = text_encoding(request.path, request.encoding)?;
    let option = encoding.map(|encoding| format!("ENCODING={encoding}"));
    let options: Option<Vec<&str>> = option.as_deref().map(|option| vec![option]);
    let dataset = open_with(request.path, options.as_deref())?;
    let mut layer = find_layer(request, &dataset)?;
    let polygons = VectorRequest {
        name: request.name,
        path: request.path,
        code_column: request.code_column,
        declared_crs: request.declared_crs,
        target: request.target,
    };
    let (crs, crs_declared_by_user) = reference_system(&polygons, &layer)?;
    let columns = [
        Some(request.code_column),
        request.id_column,
        request.area_column,
    ];
    let fields = find_columns(request.path, &layer, columns)?;
    let mut reading = Reading::new(&polygons, &crs)?;
    let mut parcels: BTreeMap<String, Parcel> = BTreeMap::new();
    let mut features = 0;
    for feature in layer.features() {
        let [code, id, area] = fields.map(|field| {
            let text = feature.field_as_string(field?).ok().flatten();
            let text = text.map(|text| text.trim().to_string());
            text.filter(|text| !text.is_empty())
        });
        let numbered = request.id_column.is_none();
        let id = id.or_else(|| numbered.then(|| format!("{:09}", features + 1)));
        let key = code.as_ref().zip(id.as_ref());
        let key = key.map(|(code, id)| format!("{code} {id}"));
        match &key {
            None if id.is_none() => {
                let finding = reading.error("parcel-id-empty", features);
                reading.findings.push(finding);
            }
            Some(key) if parcels.contains_key(key) => {
                let finding = reading.error("parcel-id-twice", features).arg("id", key);
                reading.findings.push(finding);
            }
            _ => reading.feature(features, key.clone(), feature.geometry()),
        }
        if let (Some(key), Some(code), Some(id)) = (key, code, id) {
            parcels.insert(key, Parcel { code, id, area });
        }
        features += 1;
    }
    let transformed = reading.placing.transforms();
    let layer = reading.finish()?;
    Ok(ParcelSource {
        vector: VectorSource {
            path: request.path.to_path_buf(),
            layer,
            crs_label: crs.label().to_string(),
            crs_declared_by_user,
            transformed,
            features,
        },
        parcels: parcels.into_values().collect(),
    })
}

/// Finds the layer: the one named, or the only one.
fn find_layer<'a>(
    request: &ParcelRequest<'_>,
    dataset: &'a Dataset,
) -> Result<Layer<'a>, Findings> {
    let found = match request.layer {
        Some(name) => dataset.layer_by_name(name).ok(),
        None if dataset.layer_count() == 1 => Some(
            dataset
                .layer(0)
                .map_err(|error| unreadable(request.path, &error))?,
        ),
        None => None,
    };
    found.ok_or_else(|| {
        let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
        Finding::error("vector-layer-not-found")
            .file(request.path.display())
            .arg("layer", request.layer.unwrap_or("-"))
            .arg("layers", names.join(", "))
            .into()
    })
}

fn find_columns(
    path: &Path,
    layer: &Layer<'_>,
    names: [Option<&str>; 3],
) -> Result<[Option<usize>; 3], Findings> {
    let mut fields = [None; 3];
    for (field, name) in fields.iter_mut().zip(names) {
        let Some(name) = name else { continue };
        let found = layer.defn().field_index(name).map_err(|_| {
            let known: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
            Finding::error("code-column-missing")
                .file(path.display())
                .arg("column", name)
                .arg("columns", known.join(", "))
        })?;
        *field = Some(found);
    }
    Ok(fields)
}
