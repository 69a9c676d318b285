//! The land cover of a run: a raster of codes, or parcels as polygons.
//!
//! Parcels are one more layer of the joint overlay (decision 0001): a piece lies in one
//! county and one parcel, so areas by county and class are exact, and laws on cells
//! weigh each cell by the mm2 that a class has in it.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Severity};
use gep_core::grid::GridSpec;
use gep_core::methodology::{Crosswalk, CrosswalkRow, Methodology, Profile};
use gep_core::quantity::{Rational, Unit, parse_decimal, to_f64};

use super::account::{Prepared, check_codes, declared_nodata};
use super::inputs::{check_unit, read_unit};
use super::polygon_checks::plane_km2;
use super::zonal::Ground;
use crate::source::gdal::{
    Crs, Parcel, ParcelRequest, ParcelSource, RasterSource, VectorSource, read_parcels,
};
use crate::source::land_cover::{GridEntry, LandCoverEntry, ParcelArea, ParcelFile};
use crate::source::project::Project;
use crate::zonal::{ClassKey, PieceClasses, PieceTable};

/// Name of the parcels among the polygon layers.
const LAND_COVER: &str = "land_cover";
/// Name of the parcels of the opening date.
const OPENING: &str = "opening_land_cover";

/// The land cover as opened.
pub struct Cover<'a> {
    /// The raster, or the cells of the run where polygons tell the classes.
    pub raster: RasterSource,
    /// Value that means "no class" in the raster.
    pub nodata: Option<f64>,
    /// Codes and ecosystem types.
    pub crosswalk: &'a Crosswalk,
    /// The polygons, where they tell the classes.
    pub parcels: Option<Parcels>,
    /// The polygons of the opening date.
    pub opening: Option<Parcels>,
}

/// Parcels of a run.
pub struct Parcels {
    /// Name of their layer.
    name: &'static str,
    /// Their attributes, in the order of the regions of their layer.
    pub parcels: Vec<Parcel>,
    /// Position of each parcel's ecosystem type among the types.
    labels: Vec<usize>,
    /// Their layer among those of the ground.
    layer: usize,
    /// The class of each piece.
    pub classes: PieceClasses,
    overlap_tolerance: Rational,
    gap_tolerance: Rational,
    area: Option<(ParcelArea, Unit, Rational)>,
    source: Option<VectorSource>,
}

/// Opens the land cover of a project and compares its codes with the crosswalk.
///
/// # Errors
///
/// Files that cannot be read, codes that the crosswalk does not know.
pub fn open_cover<'a>(
    project: &Project,
    methodology: &'a Methodology,
    profile: &Profile,
) -> Result<Cover<'a>, Findings> {
    let crosswalk = &methodology.crosswalks[&profile.crosswalk];
    if let Some(entry) = &project.land_cover {
        let raster = open_cells(project, entry)?;
        let open = |name, file: &ParcelFile<'_>| {
            let opener = Opener {
                project,
                methodology,
                entry,
                crs: &raster.crs,
                crosswalk,
            };
            opener.parcels(name, file)
        };
        let parcels = open(LAND_COVER, &entry.file())?;
        let before = entry.opening.as_ref();
        let before = before.map(|own| open(OPENING, &own.file())).transpose()?;
        return Ok(Cover {
            raster,
            nodata: None,
            crosswalk,
            parcels: Some(parcels),
            opening: before,
        });
    }
    let Some(entry) = &project.rasters.classes else {
        return Err(Finding::error("land-cover-not-one")
            .file(project.path.display())
            .arg("count", 0)
            .into());
    };
    let nodata = declared_nodata(project, entry)?;
    let declared = entry.crs.as_deref().map(Crs::from_definition).transpose()?;
    let raster = RasterSource::open(&project.file(&entry.path), declared.as_ref())?;
    check_codes(&raster, nodata, crosswalk)?;
    Ok(Cover {
        raster,
        nodata,
        crosswalk,
        parcels: None,
        opening: None,
    })
}

/// Returns the cells of a run whose classes come from polygons: those of a layer, or
/// those the project writes out.
fn open_cells(project: &Project, entry: &LandCoverEntry) -> Result<RasterSource, Findings> {
    let fault = |code| Finding::error(code).file(project.path.display());
    match (&entry.reference, &entry.grid) {
        (Some(id), None) => {
            let Some(layer) = project.rasters.layers.get(id) else {
                return Err(fault("land-cover-reference").arg("reference", id).into());
            };
            let declared = layer.crs.as_deref().map(Crs::from_definition).transpose()?;
            RasterSource::open(&project.file(&layer.path), declared.as_ref())
        }
        (None, Some(grid)) => {
            let crs = Crs::from_definition(&grid.crs)?;
            let spec = cells(grid).ok_or_else(|| fault("land-cover-grid"))?;
            Ok(RasterSource::of_grid(&project.file(&entry.path), spec, crs))
        }
        _ => Err(fault("land-cover-reference").arg("reference", "-").into()),
    }
}

fn cells(entry: &GridEntry) -> Option<GridSpec> {
    /// Cells along a side that any land cover may need.
    const MOST_CELLS_A_SIDE: usize = 20_000_000;
    let sizes = [entry.columns, entry.rows];
    let transform = [entry.west, entry.cell, 0.0, entry.north, 0.0, -entry.cell];
    let (grid, _) = GridSpec::from_geotransform(entry.columns, entry.rows, transform).ok()?;
    sizes
        .iter()
        .all(|size| (1..=MOST_CELLS_A_SIDE).contains(size))
        .then_some(grid)
}

/// Reads a tolerance: a share from 0 to below 1.
pub(super) fn share_below_one(
    project: &Project,
    key: &'static str,
    text: &str,
) -> Result<Rational, Findings> {
    let value = parse_decimal(text);
    let (none, whole) = (
        Rational::from_integer(0.into()),
        Rational::from_integer(1.into()),
    );
    let share = value.filter(|value| *value >= none && *value < whole);
    share.ok_or_else(|| {
        Finding::error("tolerance-unusable")
            .file(project.path.display())
            .arg("key", key)
            .arg("text", text)
            .into()
    })
}

/// What parcels are opened with.
struct Opener<'a> {
    project: &'a Project,
    methodology: &'a Methodology,
    entry: &'a LandCoverEntry,
    crs: &'a Crs,
    crosswalk: &'a Crosswalk,
}

impl Opener<'_> {
    fn parcels(&self, name: &'static str, file: &ParcelFile<'_>) -> Result<Parcels, Findings> {
        let (project, methodology) = (self.project, self.methodology);
        let area = match file.area {
            None => None,
            Some(area) => {
                let unit = read_unit(project, methodology, &area.unit)?;
                check_unit(
                    project,
                    &area.column,
                    &unit,
                    &read_unit(project, methodology, "m2")?,
                )?;
                let own = share_below_one(project, "area.tolerance", &area.tolerance)?;
                Some((area.clone(), unit, own))
            }
        };
        let (overlap, gap) = (&self.entry.overlap_tolerance, &self.entry.gap_tolerance);
        let overlap_tolerance = share_below_one(project, "overlap_tolerance", overlap)?;
        let gap_tolerance = share_below_one(project, "gap_tolerance", gap)?;
        let declared = file.crs.map(Crs::from_definition).transpose()?;
        let path = project.file(file.path);
        let ParcelSource { vector, parcels } = read_parcels(&ParcelRequest {
            name,
            path: &path,
            layer: file.layer,
            code_column: file.code,
            id_column: file.id,
            area_column: file.area.map(|area| area.column.as_str()),
            encoding: file.encoding,
            declared_crs: declared.as_ref(),
            target: self.crs,
        })?;
        let labels = labels(&path, &vector, &parcels, self.crosswalk)?;
        Ok(Parcels {
            name,
            parcels,
            labels,
            layer: usize::MAX,
            classes: PieceClasses::new(Vec::new()),
            overlap_tolerance,
            gap_tolerance,
            area,
            source: Some(vector),
        })
    }
}

/// Returns the row of a code as written, or of its number: a column of numbers has lost
/// the zeros in front.
pub(super) fn row_of<'a>(crosswalk: &'a Crosswalk, code: &str) -> Option<&'a CrosswalkRow> {
    crosswalk.rows.get(code).or_else(|| {
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        let number = code.parse().ok().filter(|_| digits)?;
        crosswalk.row_of_number(number)
    })
}

/// Returns the position of each parcel's type among the types of the crosswalk.
///
/// # Errors
///
/// All codes the crosswalk does not know, with their parcels and share of the ground.
fn labels(
    path: &Path,
    vector: &VectorSource,
    parcels: &[Parcel],
    crosswalk: &Crosswalk,
) -> Result<Vec<usize>, Findings> {
    let classes: Vec<&str> = crosswalk.classes().into_iter().collect();
    let mut labels = Vec::with_capacity(parcels.len());
    let mut unknown: BTreeMap<&str, (usize, i128)> = BTreeMap::new();
    let mut whole = 0;
    for (parcel, region) in parcels.iter().zip(&vector.layer.regions) {
        let twice_area = region.twice_area();
        whole += twice_area;
        let row = row_of(crosswalk, &parcel.code);
        match row.and_then(|row| classes.binary_search(&row.class.as_str()).ok()) {
            Some(label) => labels.push(label),
            None => {
                let (count, area) = unknown.entry(&parcel.code).or_default();
                *count += 1;
                *area += twice_area;
            }
        }
    }
    if unknown.is_empty() {
        return Ok(labels);
    }
    let area: i128 = unknown.values().map(|(_, area)| area).sum();
    let count: usize = unknown.values().map(|(count, _)| count).sum();
    let codes: Vec<&str> = unknown.into_keys().collect();
    let share = 100.0 * area as f64 / (whole.max(1)) as f64;
    Err(Finding::error("parcel-codes-unknown")
        .file(path.display())
        .arg("codes", codes.join(", "))
        .arg("parcels", count)
        .arg("share", format!("{share:.4}"))
        .into())
}

impl Parcels {
    /// Gives up the polygons, to be overlaid with the others.
    pub fn take_polygons(&mut self) -> Option<VectorSource> {
        self.source.take()
    }

    /// Tells each piece's class once the ground is cut.
    pub fn place(&mut self, ground: &Ground) {
        let mut layers = ground.layers.iter();
        let own = layers.position(|layer| layer.name == self.name);
        self.layer = own.unwrap_or(usize::MAX);
        let pieces = &ground.overlay.pieces;
        let class = |piece: &Vec<Option<u32>>| match piece[self.layer] {
            Some(parcel) => ClassKey::Class(self.labels[parcel as usize] as i64),
            None => ClassKey::NoData,
        };
        self.classes = PieceClasses::new(pieces.iter().map(class).collect());
    }

    /// Returns the position of the ecosystem type that a piece of ground was of; nothing
    /// where no parcel lies.
    pub fn label_of(&self, ground: &Ground, piece: u32) -> Option<usize> {
        let parcel = ground.overlay.pieces[piece as usize][self.layer]?;
        Some(self.labels[parcel as usize])
    }

    /// Looks at overlaps of parcels: within the tolerance they are told, with their
    /// areas, beyond it refused.
    ///
    /// # Errors
    ///
    /// Every pair of parcels that overlaps by more.
    pub fn check_overlaps(&self, ground: &Ground) -> Result<Vec<Finding>, Findings> {
        let regions = &ground.layers[self.layer].regions;
        let path = ground.vectors[self.layer].path.display().to_string();
        let snap = ground.classes.crs.snap();
        let unit = snap.units_per_one();
        let (mut errors, mut count, mut sum_m2) = (Vec::new(), 0, 0.0);
        let own = ground.overlay.overlaps.iter();
        for overlap in own.filter(|overlap| overlap.layer == self.layer) {
            let (lower, higher) = (&regions[overlap.lower], &regions[overlap.higher]);
            let smaller = lower.twice_area().min(higher.twice_area()).max(1);
            let share = Rational::new(overlap.twice_area.into(), smaller.into());
            let (x, y) = snap.coordinates(overlap.place);
            let plane = overlap.twice_area as f64 / (2.0 * unit * unit);
            let m2 = plane_km2(plane, y, snap) * 1e6;
            count += 1;
            sum_m2 += m2;
            if share > self.overlap_tolerance {
                errors.push(
                    Finding::error("parcels-overlap")
                        .file(&path)
                        .place(format!("{x}, {y}"))
                        .arg("lower", &lower.code)
                        .arg("higher", &higher.code)
                        .arg("m2", format!("{m2:.2}"))
                        .arg("share", format!("{:.2e}", to_f64(&share))),
                );
            }
        }
        if !errors.is_empty() {
            return Err(Findings(errors));
        }
        let told = (count > 0).then(|| {
            Finding::warning("parcels-overlap-little")
                .file(&path)
                .arg("count", count)
                .arg("m2", format!("{sum_m2:.2}"))
        });
        Ok(told.into_iter().collect())
    }
}

/// Checks what a pass measured of the parcels: no county reaches beyond the cells, gaps
/// are within the tolerance, and the parcels' own areas are those of their polygons.
/// Small gaps and parcels without an area are returned as warnings.
///
/// # Errors
///
/// All counties and parcels that are beyond.
pub fn check_parcels(prepared: &Prepared, table: &PieceTable) -> Result<Vec<Finding>, Findings> {
    let mut findings = Vec::new();
    for parcels in prepared.parcels.iter().chain(&prepared.opening_parcels) {
        findings.extend(check_ground(prepared, parcels, table));
        if let Some(area) = &parcels.area {
            findings.extend(check_areas(prepared, parcels, area, table));
        }
    }
    if findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        return Err(Findings(findings));
    }
    Ok(findings)
}

fn check_ground(prepared: &Prepared, parcels: &Parcels, table: &PieceTable) -> Vec<Finding> {
    let file = prepared.ground.vectors[parcels.layer].path.display();
    let mut counties: BTreeMap<String, [i128; 3]> = BTreeMap::new();
    for ((piece, class), sums) in &table.rows {
        let Some(zone) = prepared.zone_of(*piece) else {
            continue;
        };
        let [whole, gap, outside] = counties.entry(zone).or_default();
        *whole += sums.area_mm2;
        if *class == ClassKey::OutsideGrid {
            *outside += sums.area_mm2;
        } else if parcels.label_of(&prepared.ground, *piece).is_none() {
            *gap += sums.area_mm2;
        }
    }
    let mut findings = Vec::new();
    for (county, [whole, gap, outside]) in counties {
        if outside != 0 {
            findings.push(
                Finding::error("parcels-outside-cells")
                    .file(file.to_string())
                    .arg("county", &county)
                    .arg("m2", square_metres(outside)),
            );
        }
        if gap == 0 {
            continue;
        }
        let beyond = Rational::new(gap.into(), whole.into()) > parcels.gap_tolerance;
        let (make, code): (fn(_) -> _, _) = if beyond {
            (Finding::error, "parcels-gap")
        } else {
            (Finding::warning, "parcels-gap-little")
        };
        findings.push(
            make(code)
                .file(file.to_string())
                .arg("county", county)
                .arg("m2", square_metres(gap))
                .arg("share", format!("{:.2e}", gap as f64 / whole as f64)),
        );
    }
    findings
}

fn square_metres(mm2: i128) -> String {
    gep_core::quantity::format_decimal(&Rational::new(mm2.into(), 1_000_000.into()), 2)
}

/// Compares the areas the parcels tell with those of their polygons.
fn check_areas(
    prepared: &Prepared,
    parcels: &Parcels,
    (entry, unit, tolerance): &(ParcelArea, Unit, Rational),
    table: &PieceTable,
) -> Vec<Finding> {
    let file = prepared.ground.vectors[parcels.layer].path.display();
    let mut measured = vec![0_i128; parcels.parcels.len()];
    for ((piece, _), sums) in &table.rows {
        if let Some(parcel) = prepared.ground.overlay.pieces[*piece as usize][parcels.layer] {
            measured[parcel as usize] += sums.area_mm2;
        }
    }
    let zero = || Rational::from_integer(0.into());
    let mut sums = (zero(), zero());
    let (mut unreadable, mut blank, mut off) = (Vec::new(), Vec::new(), Vec::new());
    for (parcel, mm2) in parcels.parcels.iter().zip(measured) {
        let name = format!("{} {}", parcel.code, parcel.id);
        let Some(text) = &parcel.area else {
            blank.push(name);
            continue;
        };
        let Some(told) = parse_decimal(text) else {
            unreadable.push(format!("{name} ({text})"));
            continue;
        };
        let geometry = Rational::new(mm2.into(), 1_000_000.into());
        let told = unit.to_coherent(&told);
        if distance(&told, &geometry) > tolerance * &geometry {
            let (told, own) = (square(&told), square_metres(mm2));
            off.push(format!("{name} ({told} / {own} m2)"));
        }
        sums.0 += told;
        sums.1 += geometry;
    }
    let make = |finding: Finding, names: &[String]| {
        finding
            .file(file.to_string())
            .arg("column", &entry.column)
            .arg("count", names.len())
            .arg("parcels", some(names))
    };
    let mut findings = Vec::new();
    if !unreadable.is_empty() {
        findings.push(make(Finding::error("parcel-area-unreadable"), &unreadable));
    }
    if !blank.is_empty() {
        findings.push(make(Finding::warning("parcel-area-missing"), &blank));
    }
    if !off.is_empty() {
        let near = nearer_unit(prepared, entry, unit, &sums);
        findings.push(match near {
            Some(near) => make(Finding::error("parcel-area-unit"), &off)
                .arg("unit", &entry.unit)
                .arg("near", near),
            None => {
                make(Finding::error("parcel-area-differs"), &off).arg("tolerance", &entry.tolerance)
            }
        });
    }
    findings
}

fn distance(a: &Rational, b: &Rational) -> Rational {
    if a > b { a - b } else { b - a }
}

fn square(m2: &Rational) -> String {
    gep_core::quantity::format_decimal(m2, 2)
}

/// The first names of a list that may be long; their number is told beside them.
fn some(names: &[String]) -> String {
    const MOST: usize = 50;
    let mut text = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        text.push_str(", …");
    }
    text
}

/// Returns the unit of areas in which the told areas would be those of the polygons, if
/// it is another than the declared one.
fn nearer_unit(
    prepared: &Prepared,
    entry: &ParcelArea,
    unit: &Unit,
    (told, measured): &(Rational, Rational),
) -> Option<&'static str> {
    const AREAS: [&str; 4] = ["m2", "mu", "ha", "km2"];
    /// Units are further apart than this share.
    const NEAR: (i64, i64) = (1, 20);
    let near = Rational::new(NEAR.0.into(), NEAR.1.into());
    AREAS
        .into_iter()
        .filter(|name| *name != entry.unit)
        .find(|name| {
            let other = prepared.methodology.units.unit(name).ok();
            let as_other = other.map(|other| other.to_coherent(&unit.from_coherent(told)));
            as_other.is_some_and(|area| distance(&area, measured) <= &near * measured)
        })
}
