//! Objects of a run: their attributes as tables, their areas and overlaps from the
//! pieces of the pass, and the table that shows them one by one.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, QuantityEntry};
use gep_core::quantity::{Rational, parse_decimal};
use gep_core::storage::number_id;

use super::account::Prepared;
use super::inputs::{check_unit, read_unit};
use crate::account::{ObjectAmount, TableInput};
use crate::output::{Cell, NamedTable, OBJECTS, QUANTITY_SCALE, TableBuilder, scaled};
use crate::source::gdal::{UNASSIGNED, read_objects};
use crate::source::project::{ObjectColumn, ObjectFile, Project};
use crate::zonal::PieceTable;

/// Attributes of all objects, and their ids by kind.
#[derive(Default)]
pub struct Objects {
    /// Ids by kind, sorted.
    pub ids: BTreeMap<String, Vec<String>>,
    /// Input tables fed by attributes.
    pub tables: BTreeMap<String, TableInput>,
    /// Warnings.
    pub warnings: Vec<Finding>,
}

/// Reads the attributes of all objects of a project.
pub fn read_all(project: &Project, methodology: &Methodology) -> Result<Objects, Findings> {
    let mut all = Objects::default();
    let mut findings = Vec::new();
    let lines = project.lines.iter();
    let lines: Vec<_> = lines.map(|(kind, one)| (kind, one.attributes())).collect();
    for (kind, _) in &lines {
        if project.objects.contains_key(*kind) {
            findings.push(
                Finding::error("line-kind-twice")
                    .file(project.path.display())
                    .arg("kind", kind),
            );
        }
    }
    let files = project.objects.iter();
    for (kind, file) in files.chain(lines.iter().map(|(kind, file)| (*kind, file))) {
        if let Err(more) = read_kind(project, methodology, kind, file, &mut all) {
            findings.extend(more.0);
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}

fn read_kind(
    project: &Project,
    methodology: &Methodology,
    kind: &str,
    file: &ObjectFile,
    all: &mut Objects,
) -> Result<(), Findings> {
    let path = project.file(&file.path);
    let columns: Vec<&str> = file.columns.iter().map(|one| one.column.as_str()).collect();
    let objects = read_objects(&path, &file.id, &columns)?;
    let mut findings = Vec::new();
    for (at, column) in file.columns.iter().enumerate() {
        let entry = known_input(project, methodology, kind, column)?;
        let unit = read_unit(project, methodology, &column.unit)?;
        check_unit(project, &column.input, &unit, &entry.unit)?;
        let mut absent = Vec::new();
        let table = all.tables.entry(column.input.clone()).or_default();
        for (id, values) in &objects {
            let Some(text) = &values[at] else {
                absent.push(id.as_str());
                continue;
            };
            match parse_decimal(text) {
                Some(number) => {
                    let key = (String::new(), id.clone());
                    table.values.insert(key, unit.to_coherent(&number));
                }
                None => findings.push(
                    Finding::error("object-value-unreadable")
                        .file(path.display())
                        .arg("id", id)
                        .arg("column", &column.column)
                        .arg("text", text),
                ),
            }
        }
        if !absent.is_empty() {
            all.warnings.push(
                Finding::warning("object-value-missing")
                    .file(path.display())
                    .arg("column", &column.column)
                    .arg("count", absent.len())
                    .arg("ids", absent.join(", ")),
            );
        }
    }
    all.ids
        .insert(kind.to_string(), objects.into_keys().collect());
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Findings(findings))
    }
}

/// Returns the quantity a column feeds; it varies by objects of this kind.
fn known_input<'a>(
    project: &Project,
    methodology: &'a Methodology,
    kind: &str,
    column: &ObjectColumn,
) -> Result<&'a QuantityEntry, Findings> {
    let entry = methodology.quantities.get(&column.input);
    entry
        .filter(|entry| entry.domain.object_axis().map(Axis::word) == Some(kind))
        .ok_or_else(|| {
            Finding::error("object-input-unknown")
                .file(project.path.display())
                .arg("input", &column.input)
                .arg("kind", kind)
                .into()
        })
}

/// mm2 of each object of a kind in each region, `unassigned` among them.
type Shares = BTreeMap<(String, String), i128>;

/// Measures the objects of a kind on the pieces of the pass: exact, and summing to
/// the whole object, whatever lies outside all regions.
fn shares(prepared: &Prepared, pieces: &PieceTable, kind: &str) -> Shares {
    let mut shares = Shares::new();
    let ground = &prepared.ground;
    let Some(layer) = ground
        .layers
        .iter()
        .position(|own| own.name == layer_name(kind))
    else {
        return shares;
    };
    for ((piece, _), sums) in &pieces.rows {
        let Some(object) = ground.overlay.pieces[*piece as usize][layer] else {
            continue;
        };
        let id = ground.layers[layer].regions[object as usize].code.clone();
        let zone = prepared.zone_of(*piece).unwrap_or(UNASSIGNED.to_string());
        *shares.entry((zone, id)).or_default() += sums.area_mm2;
    }
    shares
}

/// Name of the polygon layer of a kind of object.
pub fn layer_name(kind: &str) -> String {
    format!("object:{kind}")
}

fn square_metres(mm2: i128) -> Rational {
    Rational::new(mm2.into(), 1_000_000.into())
}

/// Adds the measured quantities to the input tables.
pub fn measure(prepared: &mut Prepared, pieces: &PieceTable) {
    for kind in prepared.project.objects.keys() {
        let shares = shares(prepared, pieces, kind);
        for (id, entry) in &prepared.methodology.quantities {
            let of_kind = entry.domain.object_axis().map(Axis::word) == Some(kind.as_str());
            if !entry.geometry || !of_kind {
                continue;
            }
            let mut table = TableInput::default();
            let by_zone = entry.domain.has(&Axis::Zone);
            let mut zones: Vec<String> = vec![String::new()];
            if by_zone {
                zones = zone_labels(prepared);
            }
            for object in &prepared.objects.ids[kind] {
                for zone in &zones {
                    table.values.insert(
                        (zone.clone(), object.clone()),
                        Rational::from_integer(0.into()),
                    );
                }
            }
            for ((zone, object), mm2) in &shares {
                let zone = if by_zone { zone.clone() } else { String::new() };
                let value = table.values.entry((zone, object.clone()));
                *value.or_insert_with(|| Rational::from_integer(0.into())) += square_metres(*mm2);
            }
            prepared.tables.insert(id.clone(), table);
        }
    }
}

fn zone_labels(prepared: &Prepared) -> Vec<String> {
    let codes = prepared.zones.iter().cloned();
    codes.chain([UNASSIGNED.to_string()]).collect()
}

/// Lays out areas and results by object; nothing if the project has no objects.
pub fn objects_table(
    prepared: &Prepared,
    pieces: &PieceTable,
    amounts: &[ObjectAmount],
) -> Option<NamedTable> {
    if prepared.project.objects.is_empty() && amounts.is_empty() {
        return None;
    }
    let mut rows: BTreeMap<[String; 5], (Option<Rational>, String)> = BTreeMap::new();
    for kind in prepared.project.objects.keys() {
        for ((zone, id), mm2) in shares(prepared, pieces, kind) {
            let row = |region: String| {
                [
                    kind.clone(),
                    id.clone(),
                    region,
                    String::new(),
                    "area".into(),
                ]
            };
            let area = square_metres(mm2);
            let whole = rows.entry(row("all".into())).or_insert((None, "m2".into()));
            whole.0 = Some(whole.0.take().map_or(area.clone(), |so_far| so_far + &area));
            rows.insert(row(zone), (Some(area), "m2".into()));
        }
    }
    for one in amounts {
        let key = [
            one.kind.clone(),
            one.object.clone(),
            one.region.clone(),
            one.indicator.clone(),
            one.output.clone(),
        ];
        rows.insert(key, (one.value.clone(), one.unit.clone()));
    }
    let mut table = TableBuilder::new(&OBJECTS);
    for (key, (value, unit)) in rows {
        let names: Vec<&str> = key.iter().map(String::as_str).collect();
        let id = number_id("objects", &names, "value");
        let mut cells: Vec<Cell> = key.iter().map(|text| text.as_str().into()).collect();
        cells.push(Cell::Decimal(scaled(
            value.as_ref(),
            QUANTITY_SCALE.unsigned_abs().into(),
        )));
        cells.push(unit.into());
        cells.push(id.into());
        table.row(cells);
    }
    Some(table.finish())
}
