//! The land cover of the opening date: a raster, opened and checked against the present
//! one, or parcels; and the change matrix out of the sums of the pass.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Crosswalk;

use super::account::{Prepared, check_codes, class_name, declared_nodata};
use crate::account::{Region, ancestors};
use crate::output::ExtentChanges;
use crate::source::gdal::{Crs, RasterSource};
use crate::source::project::Project;
use crate::zonal::{ClassKey, PieceTable};

/// The opening land cover of a project.
pub struct OpeningCover {
    /// The raster, on the cells of the present one.
    pub raster: RasterSource,
    /// Value that means "no class".
    pub nodata: Option<f64>,
}

/// Opens the opening land cover, if the project gives one.
///
/// # Errors
///
/// If it is on other cells than the present land cover, or has codes the crosswalk
/// does not know.
pub fn open_opening(
    project: &Project,
    present: &RasterSource,
    crosswalk: &Crosswalk,
) -> Result<Option<OpeningCover>, Findings> {
    let Some(entry) = &project.rasters.opening else {
        return Ok(None);
    };
    let declared = entry.crs.as_deref().map(Crs::from_definition).transpose()?;
    let raster = RasterSource::open(&project.file(&entry.path), declared.as_ref())?;
    let nodata = declared_nodata(project, entry)?;
    if raster.grid != present.grid || raster.crs.label() != present.crs.label() {
        return Err(Finding::error("opening-on-other-cells")
            .file(raster.path.display())
            .into());
    }
    check_codes(&raster, nodata, crosswalk)?;
    Ok(Some(OpeningCover { raster, nodata }))
}

/// Adds the pass up to areas by region, opening type and closing type. Ground beside
/// the raster was there before as well.
pub fn extent_changes(
    prepared: &Prepared,
    pieces: &PieceTable,
    regions: &[Region],
) -> ExtentChanges {
    let of_laws: usize = prepared.laws.iter().map(|law| law.slots.len()).sum();
    let of_condition = prepared.conditions.iter().filter(|own| own.rates.is_some());
    let first = of_laws + of_condition.count();
    let mut names: Vec<&str> = prepared.classes.iter().map(String::as_str).collect();
    names.push("nodata");
    let mut counties: BTreeMap<(String, String, String), i128> = BTreeMap::new();
    for ((piece, class), sums) in &pieces.rows {
        let Some(zone) = prepared.zone_of(*piece) else {
            continue;
        };
        let to = class_name(prepared, *class);
        if *class == ClassKey::OutsideGrid {
            *counties.entry((zone, to.clone(), to)).or_default() += sums.area_mm2;
            continue;
        }
        if let Some(parcels) = &prepared.opening_parcels {
            // A piece lies in one parcel of either date.
            let from = parcels.label_of(&prepared.ground, *piece);
            let from = from.map_or("nodata", |at| names[at]).to_string();
            *counties.entry((zone, from, to)).or_default() += sums.area_mm2;
            continue;
        }
        for (from, measure) in names.iter().zip(&sums.measures[first..]) {
            if measure.sum != 0 {
                let key = (zone.clone(), (*from).to_string(), to.clone());
                *counties.entry(key).or_default() += measure.sum;
            }
        }
    }
    let mut all = ExtentChanges::new();
    for ((zone, from, to), area) in counties {
        for region in ancestors(regions, &zone) {
            let key = (region.to_string(), from.clone(), to.clone());
            *all.entry(key).or_default() += area;
        }
    }
    all
}
