//! Lines of a run: cut at the borders of the account's zones, their lengths as input
//! tables of laws over lines, and the table that shows them one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Axis;
use gep_core::grid::{LineOverlap, cut_lines};
use gep_core::methodology::{Methodology, QuantityEntry};
use gep_core::quantity::Rational;
use gep_core::storage::number_id;

use super::account::Prepared;
use super::zonal::Ground;
use crate::account::TableInput;
use crate::output::{Cell, LINES, NamedTable, TableBuilder};
use crate::source::gdal::{
    Crs, LineSource, ToDegrees, UNASSIGNED, VectorRequest, read_lines, read_objects,
};
use crate::source::project::{LineFile, Project};

/// Lines of one kind.
#[derive(Clone, Debug, Default)]
pub struct LineKind {
    /// Type of each line by id; empty where the project names no column.
    pub classes: BTreeMap<String, String>,
    /// Length by id and zone, mm; `unassigned` is what lies outside all zones of the
    /// account. All zones of a line add up to it.
    pub lengths_mm: BTreeMap<(String, String), i128>,
}

/// All lines of a project.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Lines by kind.
    pub kinds: BTreeMap<String, LineKind>,
    /// Input tables measured on them.
    pub tables: BTreeMap<String, TableInput>,
}

/// Reads, cuts and measures all lines of a project.
///
/// # Errors
///
/// Lines that cannot be read, that run along each other or have no length, types no
/// method knows, and quantities of the methodology that are no lengths.
pub fn measure_lines(
    project: &Project,
    methodology: &Methodology,
    ground: &Ground,
    zones: &BTreeSet<String>,
) -> Result<Lines, Findings> {
    let mut all = Lines::default();
    for (kind, file) in &project.lines {
        let source = open(project, kind, file, &ground.classes.crs)?;
        let own = LineKind {
            classes: classes(project, file)?,
            lengths_mm: lengths(project, file, &source, ground, zones)?,
        };
        let files = [project.file(&file.path), project.path.clone()];
        let files = [files[0].as_path(), files[1].as_path()];
        let tables = measured_on(methodology, kind, &own, zones, files)?;
        all.tables.extend(tables);
        all.kinds.insert(kind.clone(), own);
    }
    check_objects(project, methodology)?;
    Ok(all)
}

fn open(
    project: &Project,
    kind: &str,
    file: &LineFile,
    target: &Crs,
) -> Result<LineSource, Findings> {
    let declared = file.crs.as_deref().map(Crs::from_definition).transpose()?;
    read_lines(&VectorRequest {
        name: kind,
        path: &project.file(&file.path),
        code_column: &file.id,
        declared_crs: declared.as_ref(),
        target,
    })
}

/// Reads the type of each line. A line without one belongs nowhere, which is not the
/// same as belonging to no type that counts.
fn classes(project: &Project, file: &LineFile) -> Result<BTreeMap<String, String>, Findings> {
    let path = project.file(&file.path);
    let columns: Vec<&str> = file.class.iter().map(String::as_str).collect();
    let texts = read_objects(&path, &file.id, &columns)?;
    let (mut classes, mut without) = (BTreeMap::new(), Vec::new());
    for (id, values) in texts {
        match (values.first(), &file.class) {
            (Some(Some(class)), _) => _ = classes.insert(id, class.clone()),
            (_, None) => _ = classes.insert(id, String::new()),
            _ => without.push(id),
        }
    }
    if without.is_empty() {
        return Ok(classes);
    }
    Err(Finding::error("line-class-missing")
        .file(path.display())
        .arg("column", columns.join(""))
        .arg("count", without.len())
        .arg("ids", without.join(", "))
        .into())
}

fn lengths(
    project: &Project,
    file: &LineFile,
    source: &LineSource,
    ground: &Ground,
    zones: &BTreeSet<String>,
) -> Result<BTreeMap<(String, String), i128>, Findings> {
    let path = project.file(&file.path);
    let layer = &ground.layers[0];
    let code = |region: u32| layer.regions[region as usize].code.clone();
    let snap = ground.classes.crs.snap();
    let refused = |overlaps: Vec<LineOverlap>| {
        let one = |overlap: &LineOverlap| {
            let (x, y) = snap.coordinates(overlap.place);
            Finding::error("lines-overlap")
                .file(path.display())
                .place(format!("{x}, {y}"))
                .arg("first", &source.lines[overlap.first].code)
                .arg("second", &source.lines[overlap.second].code)
        };
        Findings(overlaps.iter().map(one).collect())
    };
    let counts = |region: u32| zones.contains(&code(region));
    let cut = cut_lines(&source.lines, layer, &counts).map_err(refused)?;
    let way = ToDegrees::new(&ground.classes.crs)?;
    let lengths = cut.lengths(way.ellipsoid(), &|point| way.degrees(point));
    let lengths = lengths.map_err(|line| {
        Finding::error("line-without-length")
            .file(path.display())
            .arg("id", &source.lines[line].code)
    })?;
    let name = |region: Option<u32>| region.map_or(UNASSIGNED.to_string(), code);
    Ok(lengths
        .into_iter()
        .map(|((line, region), mm)| ((source.lines[line].code.clone(), name(region)), mm))
        .collect())
}

/// Returns the quantities that are measured on lines of a kind. Errors name the file the
/// lines stand in, or the file that says that they are lines.
///
/// # Errors
///
/// Lines of a type no method knows; quantities of the methodology that are no lengths.
pub(super) fn measured_on(
    methodology: &Methodology,
    kind: &str,
    lines: &LineKind,
    zones: &BTreeSet<String>,
    [file, project]: [&Path; 2],
) -> Result<BTreeMap<String, TableInput>, Findings> {
    let measuring = Measuring {
        methodology,
        kind: lines,
        zones,
        file,
        project,
    };
    let of_kind = |entry: &QuantityEntry| {
        entry.geometry && entry.domain.object_axis().map(Axis::word) == Some(kind)
    };
    let entries = methodology.quantities.iter();
    let entries = entries.filter(|(_, entry)| of_kind(entry));
    entries
        .map(|(id, entry)| Ok((id.clone(), measuring.table(id, entry)?)))
        .collect()
}

/// What input tables are measured from.
struct Measuring<'a> {
    methodology: &'a Methodology,
    kind: &'a LineKind,
    zones: &'a BTreeSet<String>,
    file: &'a Path,
    project: &'a Path,
}

impl Measuring<'_> {
    /// Returns a measured quantity: the length of lines, their length in each zone, or
    /// whether they are of a type.
    fn table(&self, id: &str, entry: &QuantityEntry) -> Result<TableInput, Findings> {
        let mut axes = entry.domain.axes();
        if let Some(Axis::Item(list)) = axes.find(|axis| matches!(axis, Axis::Item(_))) {
            return self.of_type(list);
        }
        if !is_length(self.methodology, entry) {
            return Err(measured_otherwise(self.project, id, entry, "m"));
        }
        let mut table = TableInput::default();
        if entry.domain.has(&Axis::Zone) {
            let zones = self.zones.iter().map(String::as_str).chain([UNASSIGNED]);
            for zone in zones {
                for line in self.kind.classes.keys() {
                    let own = self.kind.lengths_mm.get(&(line.clone(), zone.to_string()));
                    let key = (zone.to_string(), line.clone());
                    table.values.insert(key, metres(own.copied().unwrap_or(0)));
                }
            }
        } else {
            for (line, mm) in wholes(self.kind) {
                table
                    .values
                    .insert((String::new(), line.to_string()), metres(mm));
            }
        }
        Ok(table)
    }

    /// One where a line is of a type, zero where it is of another.
    fn of_type(&self, list: &str) -> Result<TableInput, Findings> {
        let labels = labels(self.methodology, list);
        let strange = self.kind.classes.iter();
        let strange: Vec<String> = strange
            .filter(|(_, class)| !labels.contains(class.as_str()))
            .map(|(id, class)| format!("{id} ({class})"))
            .collect();
        if !strange.is_empty() {
            return Err(Finding::error("line-class-unknown")
                .file(self.file.display())
                .arg("count", strange.len())
                .arg("ids", strange.join(", "))
                .arg("known", Vec::from_iter(labels).join(", "))
                .into());
        }
        let mut table = TableInput::default();
        for (line, class) in &self.kind.classes {
            for label in &labels {
                let one = i64::from(class == label);
                let key = (line.clone(), (*label).to_string());
                table.values.insert(key, Rational::from_integer(one.into()));
            }
        }
        Ok(table)
    }
}

/// Labels of an item list, as the parameter tables name them.
fn labels<'a>(methodology: &'a Methodology, list: &str) -> BTreeSet<&'a str> {
    let mut labels = BTreeSet::new();
    for table in methodology.tables.values() {
        if let Some(key) = table.keys.iter().position(|key| key == list) {
            labels.extend(table.rows.iter().map(|row| row.keys[key].as_str()));
        }
    }
    labels
}

fn metres(mm: i128) -> Rational {
    Rational::new(mm.into(), 1_000.into())
}

/// Whole length of each line, mm.
fn wholes(kind: &LineKind) -> BTreeMap<&str, i128> {
    let mut wholes = BTreeMap::new();
    for ((line, _), mm) in &kind.lengths_mm {
        *wholes.entry(line.as_str()).or_insert(0) += mm;
    }
    wholes
}

fn is_length(methodology: &Methodology, entry: &QuantityEntry) -> bool {
    let metre = methodology.units.unit("m");
    metre.is_ok_and(|metre| metre.same_dimension(&entry.unit))
}

fn measured_otherwise(project: &Path, id: &str, entry: &QuantityEntry, own: &str) -> Findings {
    Finding::error("geometry-measured-otherwise")
        .file(project.display())
        .arg("input", id)
        .arg("own", own)
        .arg("needed", &entry.unit)
        .into()
}

/// Refuses polygons for what is measured as a length.
fn check_objects(project: &Project, methodology: &Methodology) -> Result<(), Findings> {
    for (id, entry) in &methodology.quantities {
        let kind = entry.domain.object_axis().map(Axis::word);
        let given = kind.is_some_and(|kind| project.objects.contains_key(kind));
        if entry.geometry && given && is_length(methodology, entry) {
            return Err(measured_otherwise(&project.path, id, entry, "m2"));
        }
    }
    Ok(())
}

/// Lays out the lines with their lengths; nothing if the project has no lines.
pub(super) fn lines_table(prepared: &Prepared) -> Option<NamedTable> {
    if prepared.lines.kinds.is_empty() {
        return None;
    }
    let mut table = TableBuilder::new(&LINES);
    for (kind, own) in &prepared.lines.kinds {
        let mut rows: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        for (line, mm) in wholes(own) {
            rows.insert((line, "all"), mm);
        }
        for ((line, zone), mm) in &own.lengths_mm {
            rows.insert((line, zone), *mm);
        }
        for ((line, zone), mm) in rows {
            let class = own.classes.get(line).map_or("", String::as_str);
            let texts = [kind.as_str(), line, zone, class];
            let mut cells: Vec<Cell> = texts.map(Cell::from).to_vec();
            cells.push(mm.into());
            cells.push(number_id("lines", &texts[..3], "length_mm").into());
            table.row(cells);
        }
    }
    Some(table.finish())
}
