//! What a run reads: regions, rasters, polygons, workbooks, each checked and hashed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Severity};
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Profile, QuantityEntry};
use gep_core::quantity::{Unit, parse_decimal};
use gep_core::storage::digest_file;
use rayon::prelude::*;

use super::bands::check_bands;
use super::condition::condition_layers;
use super::marine::{own_codes, reads};
use crate::account::TableInput;
use crate::source::gdal::{Crs, RasterSource, Window};
use crate::source::members::members;
use crate::source::project::{
    LayerRaster, Project, RegionRow, Sheet, bases, is_marine, read_regions,
};
use crate::source::workbook::{
    CellValue, ColumnDeclaration, SheetDeclaration, printed_scale, survey_sheet,
};

/// A hashed input file.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// What it is to the run.
    pub role: String,
    /// Path below the project.
    pub path: String,
    /// Digest of its content.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
}

/// Reads the profile of a project, or the one asked for instead.
pub fn find_profile<'a>(
    methodology: &'a Methodology,
    project: &Project,
    wanted: Option<&str>,
) -> Result<&'a Profile, Findings> {
    let id = wanted.unwrap_or(&project.head.profile);
    methodology.profiles.get(id).ok_or_else(|| {
        let known: Vec<&str> = methodology.profiles.keys().map(String::as_str).collect();
        Finding::error("profile-unknown")
            .file(project.path.display())
            .arg("profile", id)
            .arg("known", known.join(", "))
            .exit(2)
            .into()
    })
}

/// Reads the regions and compares counties and marine zones with the codes of their
/// boundaries.
pub fn check_regions(
    project: &Project,
    codes: &BTreeSet<String>,
) -> Result<Vec<RegionRow>, Findings> {
    let path = project.file(&project.head.regions);
    let rows = read_regions(&path)?;
    let listed: BTreeSet<String> = bases(&rows)
        .into_iter()
        .map(|row| row.code.clone())
        .collect();
    let mut findings = Vec::new();
    let mut compare = |code, from: &BTreeSet<String>, other: &BTreeSet<String>, sea: bool| {
        let odd = from.difference(other).filter(|code| is_marine(code) == sea);
        let odd: Vec<&str> = odd.map(String::as_str).collect();
        let marine = project.vectors.marine.as_ref().filter(|_| sea);
        let file = marine.map_or(&project.vectors.zones.path, |marine| &marine.path);
        if !odd.is_empty() {
            findings.push(
                Finding::error(code)
                    .file(project.file(file).display())
                    .arg("count", odd.len())
                    .arg("codes", odd.join(", ")),
            );
        }
    };
    compare("counties-missing", &listed, codes, false);
    compare("counties-unknown", codes, &listed, false);
    compare("marine-zones-missing", &listed, codes, true);
    compare("marine-zones-unknown", codes, &listed, true);
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

/// Hashes every file of the project, with the side files of Shapefiles and the files
/// of a FileGDB.
pub fn hash_inputs(project: &Project) -> Result<Vec<InputFile>, Findings> {
    let roles = roles(project);
    let fault = |path: &Path, error: std::io::Error| {
        Finding::error("project-not-read")
            .file(path.display())
            .arg("error", error)
            .exit(74)
    };
    let mut files: Vec<(String, String)> = Vec::new();
    for relative in project.files() {
        let role = roles.get(relative).cloned().unwrap_or_default();
        let all = members(&project.file(""), relative)
            .map_err(|error| fault(&project.file(relative), error))?;
        files.extend(all.into_iter().map(|file| (role.clone(), file)));
    }
    files
        .into_par_iter()
        .map(|(role, relative)| {
            let path = project.file(&relative);
            Ok(InputFile {
                role,
                digest: digest_file(&path).map_err(|error| fault(&path, error))?,
                bytes: std::fs::metadata(&path)
                    .map_err(|error| fault(&path, error))?
                    .len(),
                path: relative,
            })
        })
        .collect()
}

pub(super) fn roles(project: &Project) -> BTreeMap<&str, String> {
    let mut roles = BTreeMap::new();
    roles.insert(project.head.regions.as_str(), "regions".to_string());
    let raster = project.rasters.classes.iter().map(|one| &one.path);
    let parcels = project.land_cover.iter().map(|one| &one.path);
    for path in raster.chain(parcels) {
        roles.insert(path.as_str(), "land cover".to_string());
    }
    if let Some(entry) = &project.control_areas {
        roles.insert(entry.path.as_str(), "control areas".to_string());
    }
    let opening = project.rasters.opening.iter().map(|one| &one.path);
    let parcels = project.opening_parcels().map(|one| &one.path);
    for path in opening.chain(parcels) {
        roles
            .entry(path.as_str())
            .or_insert_with(|| "opening land cover".to_string());
    }
    for (id, layer) in &project.rasters.layers {
        roles.insert(layer.path.as_str(), id.clone());
    }
    roles.insert(project.vectors.zones.path.as_str(), "zones".to_string());
    if let Some(marine) = &project.vectors.marine {
        roles.insert(marine.path.as_str(), "marine zones".to_string());
    }
    for (name, one) in &project.vectors.overlays {
        roles.insert(one.path.as_str(), name.clone());
    }
    if let Some(one) = project.earlier() {
        roles.insert(one.path.as_str(), "earlier zones".to_string());
    }
    for (kind, one) in &project.objects {
        roles.insert(one.path.as_str(), format!("objects: {kind}"));
    }
    for (kind, one) in &project.lines {
        roles.insert(one.path.as_str(), format!("lines: {kind}"));
    }
    for (entry, role) in [(&project.population, "population"), (&project.gdp, "gdp")] {
        if let Some(entry) = entry {
            roles.insert(entry.path.as_str(), role.to_string());
        }
    }
    if let Some(entry) = &project.adjustments {
        roles.insert(entry.path.as_str(), "adjustments".to_string());
    }
    for path in &project.checks.previous {
        roles.insert(path.as_str(), "previous".to_string());
    }
    if let Some(path) = &project.checks.waivers {
        roles.insert(path.as_str(), "waivers".to_string());
    }
    if let Some(entry) = &project.supply_use {
        roles.insert(entry.shares.as_str(), "use shares".to_string());
    }
    if let Some(entry) = &project.deflators {
        roles.insert(entry.table.as_str(), "price indices".to_string());
    }
    for sheet in &project.sheets {
        let own = roles
            .entry(sheet.path.as_str())
            .or_insert_with(|| "workbook:".to_string());
        own.push(' ');
        own.push_str(&sheet.sheet);
    }
    roles
}

/// Opens a layer of the project and checks unit, bands and range.
pub fn open_layer(
    project: &Project,
    methodology: &Methodology,
    id: &str,
    layer: &LayerRaster,
) -> Result<(RasterSource, Unit), Findings> {
    let path = project.file(&layer.path);
    let declared = layer.crs.as_deref().map(Crs::from_definition).transpose()?;
    let source = RasterSource::open(&path, declared.as_ref())?;
    let unit = read_unit(project, methodology, &layer.unit)?;
    if let Some(entry) = methodology.quantities.get(id) {
        check_unit(project, id, &unit, &entry.unit)?;
        check_bands(project, id, layer, &entry.domain, &source)?;
    }
    if let Some([low, high]) = layer.range {
        check_range(&source, id, low, high)?;
    }
    Ok((source, unit))
}

pub(super) fn read_unit(
    project: &Project,
    methodology: &Methodology,
    text: &str,
) -> Result<Unit, Findings> {
    methodology.units.unit(text).map_err(|_| {
        Finding::error("unit-unreadable")
            .file(project.path.display())
            .arg("unit", text)
            .into()
    })
}

pub(super) fn check_unit(
    project: &Project,
    name: &str,
    own: &Unit,
    needed: &Unit,
) -> Result<(), Findings> {
    if own.same_dimension(needed) {
        return Ok(());
    }
    Err(Finding::error("unit-not-fitting")
        .file(project.path.display())
        .arg("name", name)
        .arg("own", own)
        .arg("needed", needed)
        .into())
}

/// Looks for values outside the declared range: fill values, forgotten factors.
fn check_range(source: &RasterSource, id: &str, low: f64, high: f64) -> Result<(), Findings> {
    let mut reader = source.reader()?;
    let (mut values, mut valid) = (Vec::new(), Vec::new());
    let (mut cells, mut example) = (0_u64, None);
    for band in 1..=source.bands {
        for row in (0..source.grid.rows).step_by(256) {
            let rows = 256.min(source.grid.rows - row);
            let window = Window {
                row,
                column: 0,
                rows,
                columns: source.grid.columns,
            };
            reader.values(band, window, &mut values, &mut valid)?;
            for (value, valid) in values.iter().zip(&valid) {
                if *valid && !(low..=high).contains(value) {
                    cells += 1;
                    example.get_or_insert(*value);
                }
            }
        }
    }
    let Some(value) = example else {
        return Ok(());
    };
    Err(Finding::error("value-out-of-range")
        .file(source.path.display())
        .arg("layer", id)
        .arg("cells", cells)
        .arg("low", low)
        .arg("high", high)
        .arg("value", value)
        .into())
}

/// Reads the sheets about the zones of the account into input tables. Warnings are
/// returned beside them.
pub fn read_tables(
    project: &Project,
    methodology: &Methodology,
    profile: &Profile,
    zones: &BTreeSet<String>,
) -> Result<(BTreeMap<String, TableInput>, Vec<Finding>), Findings> {
    let mut tables: BTreeMap<String, TableInput> = BTreeMap::new();
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    let domain = profile.edition.domain;
    for sheet in project.sheets.iter().filter(|sheet| reads(domain, sheet)) {
        let codes = own_codes(sheet, zones);
        match read_one(project, methodology, sheet, &codes, &mut tables) {
            Ok(more) => warnings.extend(more),
            Err(findings) => errors.extend(findings.0),
        }
    }
    if errors.is_empty() {
        Ok((tables, warnings))
    } else {
        Err(Findings(errors))
    }
}

fn read_one(
    project: &Project,
    methodology: &Methodology,
    sheet: &Sheet,
    codes: &BTreeSet<String>,
    tables: &mut BTreeMap<String, TableInput>,
) -> Result<Vec<Finding>, Findings> {
    let path = project.file(&sheet.path);
    let (units, mut errors) = column_units(project, methodology, sheet);
    let (read, more) = survey_sheet(&path, &declaration(methodology, sheet), codes);
    errors.extend(more);
    if !errors.is_empty() {
        return Err(Findings(errors));
    }
    let mut absent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for value in &read.values {
        let item = value.item.clone().unwrap_or_default();
        let table = tables.entry(value.input.clone()).or_default();
        table.synthetic |= sheet.synthetic;
        let unit = units.get(&(value.input.clone(), item.clone()));
        let number = match &value.value {
            // In the declared unit, if the sheet has a multiple of it.
            CellValue::Number(text) => parse_decimal(text).map(|own| match &value.factor {
                Some(factor) => own * factor,
                None => own,
            }),
            CellValue::Missing(_) => None,
        };
        match (number, unit) {
            (Some(number), Some(unit)) => {
                table
                    .values
                    .insert((value.code.clone(), item), unit.to_coherent(&number));
            }
            _ => absent
                .entry(value.input.clone())
                .or_default()
                .push(value.code.clone()),
        }
    }
    let mut warnings = read.warnings;
    for (input, codes) in absent {
        warnings.push(
            Finding::warning("workbook-value-missing")
                .file(path.display())
                .place(&sheet.sheet)
                .arg("input", input)
                .arg("count", codes.len())
                .arg("codes", codes.join(", ")),
        );
    }
    debug_assert!(
        warnings
            .iter()
            .all(|finding| finding.severity == Severity::Warning)
    );
    Ok(warnings)
}

/// Units by input and item.
type ColumnUnits = BTreeMap<(String, String), Unit>;

/// Reads the units of a sheet's columns; all that are unknown or do not fit are told.
pub(super) fn column_units(
    project: &Project,
    methodology: &Methodology,
    sheet: &Sheet,
) -> (ColumnUnits, Vec<Finding>) {
    let (mut units, mut errors) = (ColumnUnits::new(), Vec::new());
    for column in &sheet.columns {
        let unit = match read_unit(project, methodology, &column.unit) {
            Ok(unit) => unit,
            Err(findings) => {
                errors.extend(findings.0);
                continue;
            }
        };
        if let Some(entry) = methodology.quantities.get(&column.input)
            && let Err(findings) = check_unit(project, &column.input, &unit, &entry.unit)
        {
            errors.extend(findings.0);
        }
        let printed = &methodology.departments.printed_units;
        if printed_scale(&column.header_unit, printed).is_some_and(|own| own != *unit.scale()) {
            errors.push(
                Finding::error("unit-not-as-printed")
                    .file(project.path.display())
                    .arg("name", &column.header)
                    .arg("printed", &column.header_unit)
                    .arg("unit", &column.unit),
            );
        }
        let item = column.item.clone().unwrap_or_default();
        units.insert((column.input.clone(), item), unit);
    }
    (units, errors)
}

pub(super) fn declaration(methodology: &Methodology, sheet: &Sheet) -> SheetDeclaration {
    SheetDeclaration {
        sheet: sheet.sheet.clone(),
        key: sheet.key.clone(),
        row_item: None,
        printed_units: methodology.departments.printed_units.clone(),
        encoding: sheet.encoding.clone(),
        columns: sheet
            .columns
            .iter()
            .map(|column| ColumnDeclaration {
                input: column.input.clone(),
                item: column.item.clone(),
                header: column.header.clone(),
                header_unit: column.header_unit.clone(),
            })
            .collect(),
    }
}

/// Reads the methodology of a folder, or the one the program carries.
pub fn read_methodology(folder: Option<&Path>) -> Result<Methodology, Findings> {
    match folder {
        Some(folder) => Methodology::open(folder),
        None => Methodology::bundled(),
    }
}

/// Returns whether an input is measured on objects the project gives.
fn measured(project: &Project, entry: &QuantityEntry) -> bool {
    let kind = entry.domain.object_axis().map(Axis::word);
    let given = |kind| project.objects.contains_key(kind) || project.lines.contains_key(kind);
    entry.geometry && kind.is_some_and(given)
}

/// Checks that the project gives the layers the profile needs. Tables that are not
/// given and layers nobody reads are returned as warnings; without its objects a law
/// would sum over nothing, which is not zero.
pub fn check_needs(
    project: &Project,
    methodology: &Methodology,
    profile: &Profile,
) -> Result<Vec<Finding>, Findings> {
    let needs = methodology.project_inputs(profile)?;
    let mut findings = Vec::new();
    for layer in &needs.layers {
        if !project.rasters.layers.contains_key(layer) {
            findings.push(
                Finding::error("layer-not-given")
                    .file(project.path.display())
                    .arg("layer", layer),
            );
        }
    }
    let domain = profile.edition.domain;
    let mut given: BTreeSet<&str> = project
        .sheets
        .iter()
        .filter(|sheet| reads(domain, sheet))
        .flat_map(|sheet| sheet.columns.iter().map(|column| column.input.as_str()))
        .collect();
    given.extend(
        project
            .objects
            .values()
            .flat_map(|one| one.columns.iter().map(|column| column.input.as_str())),
    );
    given.extend(
        project
            .lines
            .values()
            .flat_map(|one| one.columns.iter().map(|column| column.input.as_str())),
    );
    let entry = |table: &&String| methodology.quantities.get(*table);
    let (of_objects, tables): (Vec<&String>, Vec<&String>) = needs
        .tables
        .iter()
        .filter(|table| !given.contains(table.as_str()))
        .filter(|table| !entry(table).is_some_and(|entry| measured(project, entry)))
        .partition(|table| entry(table).is_some_and(|entry| entry.domain.object_axis().is_some()));
    findings.extend(of_objects.into_iter().map(|table| {
        Finding::error("objects-not-given")
            .file(project.path.display())
            .arg("table", table)
    }));
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    // A table that is not given is missing, not zero: its indicators have no number
    // and the totals above them are partial.
    let absent = tables.into_iter().map(|table| {
        Finding::warning("input-not-given")
            .file(project.path.display())
            .arg("table", table)
    });
    let of_condition = condition_layers(project, methodology);
    let unused = project
        .rasters
        .layers
        .keys()
        .filter(|id| !needs.layers.contains(*id) && !of_condition.contains(id.as_str()));
    let unused = unused.map(|id| {
        Finding::warning("layer-not-used")
            .file(project.path.display())
            .arg("layer", id)
    });
    Ok(absent.chain(unused).collect())
}
