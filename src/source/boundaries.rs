//! `[boundaries]`: the day whose county codes a project uses, and the boundaries of the
//! year it is compared with.

use serde::Deserialize;

use super::project::Polygons;

/// `[boundaries.earlier]`: the counties of the base run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierBoundaries {
    /// The file.
    pub path: String,
    /// The column with the codes.
    pub id: String,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
    /// The day whose codes it bears.
    pub valid_on: toml::value::Datetime,
    /// Largest difference between a county here and in the base run, as a share.
    pub tolerance: String,
}

impl EarlierBoundaries {
    /// Returns the file as polygons.
    pub fn polygons(&self) -> Polygons {
        Polygons {
            path: self.path.clone(),
            id: self.id.clone(),
            crs: self.crs.clone(),
        }
    }
}

/// `[boundaries]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundariesEntry {
    /// The day whose codes the project uses.
    pub valid_on: toml::value::Datetime,
    /// The counties of the base run.
    pub earlier: Option<EarlierBoundaries>,
}
