//! Lays finished rows out as tables and writes them, the manifest last.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{CombineRule, Law, Row, Title};
use gep_core::quantity::{Rational, format_exact, parse_decimal};
use gep_core::storage::{OutputFolder, digest_bytes, number_id};
use serde_json::{Value, json};

use super::SOURCES_DIGEST;
use super::account::{Prepared, class_name};
use super::base_run::BaseRun;
use super::checks::check_results_table;
use super::control_areas::controls;
use super::crosswalk_table::crosswalk_table;
use super::denominators::{denominator_table, per_head};
use super::input_use::users;
use super::layer_table::layers_table;
use super::lines::lines_table;
use super::names::names_table;
use super::objects::objects_table;
use super::over_time::tables_over_time;
use super::ratios::{Extent, ratios};
use super::rules::rules_table;
use super::titles::{classes_table, input_title, sources_table};
use super::uncertainty;
use crate::account::{
    ALL_CLASSES, Amount, ClassGround, ObjectAmount, Ratio, Region, RegionLevel, Trust, ancestors,
    counted,
};
use crate::assess::Outcome;
use crate::output::{
    AdjustmentRow, Cell, ControlLine, EXTENT, INDICATORS, LINEAGE, NamedTable, PARAMETERS, REGIONS,
    RegionFacts, TOTALS, TableBuilder, adjustment_table, gep_table, parquet_bytes, physical_table,
    ratios_table, value_table,
};
use crate::report::render_report;
use crate::source::gdal::UNASSIGNED;
use crate::zonal::{ClassKey, PieceTable};

/// Everything a run has found.
pub struct Finished<'a> {
    /// What was read.
    pub prepared: &'a Prepared,
    /// Sums of the pass, scaled to official areas where the project says so.
    pub pieces: &'a PieceTable,
    /// Sums of the pass as measured.
    pub measured: &'a PieceTable,
    /// Official areas beside the measured ones.
    pub controls: &'a [ControlLine],
    /// Numbers about single objects.
    pub by_object: &'a [ObjectAmount],
    /// The same by county and class.
    pub ground: &'a ClassGround,
    /// Regions.
    pub regions: &'a [Region],
    /// Quantities and values.
    pub amounts: &'a [Amount],
    /// What rules after all indicators do.
    pub combined: &'a [Amount],
    /// GEP, groups and indicators.
    pub totals: &'a [Amount],
    /// Results of the checks.
    pub checks: &'a [Outcome],
    /// Corrections by hand and what follows from them.
    pub adjustments: &'a [AdjustmentRow],
    /// The run it is compared with.
    pub base: Option<&'a BaseRun>,
}

/// Writes tables, boundaries and the manifest; returns the run's id.
pub fn write_run(finished: &Finished<'_>, folder: &OutputFolder) -> Result<String, Findings> {
    let areas = region_areas(finished);
    let levels: BTreeMap<String, RegionLevel> = finished
        .regions
        .iter()
        .map(|region| (region.code.clone(), region.level))
        .collect();
    let facts = RegionFacts {
        levels: &levels,
        areas_mm2: &areas.all,
    };
    let prepared = finished.prepared;
    let extent = extent(prepared, finished.ground, finished.regions);
    let counted = counted(&prepared.profile.combine, finished.combined);
    let mut tables = vec![
        regions_table(finished, &areas),
        extent_table(&extent, &levels),
        totals_table(finished),
        physical_table(finished.amounts, &facts),
        value_table(finished.amounts, &facts, &prepared.profile.price_year),
        gep_table(finished.totals, &facts, |item| kind_of(prepared, item)),
        ratios_table(&all_ratios(finished, &counted, &extent)),
        denominator_table(
            &prepared.beside.denominators,
            &prepared.regions,
            &prepared.project.head.year,
        ),
        indicators_table(prepared),
        parameters_table(prepared)?,
        layers_table(prepared)?,
        lineage_table(prepared),
        names_table(prepared),
        check_results_table(prepared, finished.checks),
        classes_table(&prepared.methodology),
        crosswalk_table(prepared),
        sources_table(&prepared.methodology),
    ];
    tables.extend(rules_table(prepared, finished.combined, &facts));
    tables.extend(objects_table(
        prepared,
        finished.measured,
        finished.by_object,
    ));
    tables.extend(lines_table(prepared));
    tables.extend(controls(prepared, finished.controls, &facts));
    if prepared.project.adjustments.is_some() {
        tables.push(adjustment_table(finished.adjustments.to_vec()));
    }
    tables.extend(tables_over_time(finished, &extent, &facts)?);
    tables.extend(uncertainty::tables(finished, &facts)?);
    let mut files = write_tables(&tables, folder)?;
    let boundaries = boundaries(finished);
    files.push(json!({
        "name": "boundaries",
        "path": "boundaries.geojson",
        "blake3": digest_bytes(boundaries.as_bytes()),
    }));
    write(folder, "boundaries.geojson", boundaries.as_bytes())?;
    let run_id = run_id(prepared);
    // The report reads the manifest, and the manifest lists the report: written
    // twice, it is still the last file, and the report skips its own entries.
    write_manifest(folder, &manifest(finished, &run_id, files.clone()))?;
    for (path, bytes) in render_report(folder.staging())? {
        files.push(json!({"name": "report", "path": path, "blake3": digest_bytes(&bytes)}));
        write(folder, &path, &bytes)?;
    }
    write_manifest(folder, &manifest(finished, &run_id, files))?;
    Ok(run_id)
}

/// Shares, densities, and GEP per head and against the gross domestic product.
fn all_ratios(finished: &Finished<'_>, counted: &[&Amount], extent: &Extent) -> Vec<Ratio> {
    let prepared = finished.prepared;
    let mut all = ratios(finished.totals, counted, extent, &prepared.profile);
    all.extend(per_head(finished.totals, &prepared.beside.denominators));
    all.sort_by(|a, b| (&a.region, a.measure, &a.item).cmp(&(&b.region, b.measure, &b.item)));
    all
}

/// Writes the tables and returns what the manifest says of each.
fn write_tables(tables: &[NamedTable], folder: &OutputFolder) -> Result<Vec<Value>, Findings> {
    let mut files = Vec::new();
    for table in tables {
        let metadata = [("gep.table".to_string(), table.name.to_string())];
        let bytes = parquet_bytes(&table.columns, &metadata).map_err(|error| {
            Finding::error("table-not-encoded")
                .arg("error", error)
                .exit(70)
        })?;
        let path = format!("tables/{}.parquet", table.name);
        files.push(json!({
            "name": table.name,
            "path": path,
            "rows": table.columns.first().map_or(0, crate::output::Column::len),
            "blake3": digest_bytes(&bytes),
        }));
        write(folder, &path, &bytes)?;
    }
    Ok(files)
}

fn write_manifest(folder: &OutputFolder, manifest: &Value) -> Result<(), Findings> {
    let text = serde_json::to_string_pretty(manifest).map_err(|error| {
        Finding::error("table-not-encoded")
            .arg("error", error)
            .exit(70)
    })?;
    write(folder, "manifest.json", text.as_bytes())
}

fn write(folder: &OutputFolder, path: &str, bytes: &[u8]) -> Result<(), Findings> {
    folder.write(path, bytes).map_err(|error| {
        Finding::error("output-not-written")
            .file(path)
            .arg("error", error)
            .exit(74)
            .into()
    })
}

struct Areas {
    all: BTreeMap<String, i128>,
    outside: BTreeMap<String, i128>,
}

/// Areas of counties, summed up to cities and the province.
fn region_areas(finished: &Finished<'_>) -> Areas {
    let mut areas = Areas {
        all: BTreeMap::new(),
        outside: BTreeMap::new(),
    };
    for (code, zone) in &finished.ground.zones {
        for region in ancestors(finished.regions, code) {
            *areas.all.entry(region.to_string()).or_default() += zone.area_mm2();
            *areas.outside.entry(region.to_string()).or_default() += zone.outside_mm2;
        }
    }
    areas
}

fn regions_table(finished: &Finished<'_>, areas: &Areas) -> NamedTable {
    let head = &finished.prepared.project.head;
    let mut table = TableBuilder::new(&REGIONS);
    for row in &finished.prepared.regions {
        let note = head
            .mostly_water_note
            .as_ref()
            .filter(|_| mostly_water(finished, &row.code));
        table.row(vec![
            row.code.as_str().into(),
            row.level.as_str().into(),
            row.name_zh.as_str().into(),
            row.name_en.as_str().into(),
            row.parent.as_str().into(),
            areas.all.get(&row.code).copied().unwrap_or(0).into(),
            areas.outside.get(&row.code).copied().unwrap_or(0).into(),
            note.map_or("", |note| &note.zh).into(),
            note.map_or("", |note| &note.en).into(),
        ]);
    }
    table.finish()
}

/// Returns whether open water makes up the declared share of a county.
fn mostly_water(finished: &Finished<'_>, code: &str) -> bool {
    let prepared = finished.prepared;
    let share = prepared
        .project
        .head
        .mostly_water_share
        .as_deref()
        .and_then(parse_decimal);
    let (Some(share), Some(zone)) = (share, finished.ground.zones.get(code)) else {
        return false;
    };
    let water = prepared
        .classes
        .iter()
        .position(|class| class == "open_water");
    let area = water
        .and_then(|water| zone.classes.get(&water))
        .map_or(0, |sums| sums.area_mm2);
    Rational::from_integer(area.into()) >= share * Rational::from_integer(zone.area_mm2().into())
}

/// Areas of ecosystem types by region; a type that is not there has no row.
pub(super) fn extent(prepared: &Prepared, ground: &ClassGround, regions: &[Region]) -> Extent {
    let mut rows = Extent::new();
    for (code, zone) in &ground.zones {
        let mut areas: Vec<(String, i128)> = zone
            .classes
            .iter()
            .map(|(label, sums)| (prepared.classes[*label].clone(), sums.area_mm2))
            .collect();
        areas.push(("nodata".into(), zone.unclassified_mm2));
        areas.push(("outside_grid".into(), zone.outside_mm2));
        areas.push((ALL_CLASSES.into(), zone.area_mm2()));
        for region in ancestors(regions, code) {
            for (class, area) in areas.iter().filter(|(_, area)| *area != 0) {
                *rows.entry((region.to_string(), class.clone())).or_default() += area;
            }
        }
    }
    rows
}

fn extent_table(rows: &Extent, levels: &BTreeMap<String, RegionLevel>) -> NamedTable {
    let mut table = TableBuilder::new(&EXTENT);
    for ((region, class), area) in rows {
        let level = levels.get(region).map_or("", |level| level.word());
        let id = number_id("extent", &[region, class], "area_mm2");
        table.row(vec![
            region.as_str().into(),
            class.as_str().into(),
            level.into(),
            (*area).into(),
            id.into(),
        ]);
    }
    table.finish()
}

/// The region of a polygon layer a piece lies in. Without overlays the second layer
/// is one of objects, which is no realm.
fn region_of(prepared: &Prepared, piece: u32, layer: usize) -> String {
    let region = prepared.ground.overlay.pieces[piece as usize].get(layer);
    let overlays = 1 + prepared.project.vectors.overlays.len();
    let layers = &prepared.ground.layers[..overlays];
    if layer == 0 {
        return prepared.zone_of(piece).unwrap_or(UNASSIGNED.to_string());
    }
    match (region.copied().flatten(), layers.get(layer)) {
        (Some(region), Some(layer)) => layer.regions[region as usize].code.clone(),
        _ => UNASSIGNED.to_string(),
    }
}

/// Sums of the pass as they stand, with the ground outside all counties.
fn totals_table(finished: &Finished<'_>) -> NamedTable {
    let prepared = finished.prepared;
    let mut rows: BTreeMap<[String; 4], (usize, usize, crate::zonal::MeasureSum)> = BTreeMap::new();
    let code_of = |piece: u32, layer: usize| region_of(prepared, piece, layer);
    for ((piece, class), sums) in &finished.pieces.rows {
        if *class == ClassKey::OutsideGrid {
            continue;
        }
        let mut measure = 0;
        for (at, account) in prepared.laws.iter().enumerate() {
            for slot in 0..account.slots.len() {
                let sum = sums.measures[measure];
                measure += 1;
                if sum == crate::zonal::MeasureSum::default() {
                    continue;
                }
                let total = format!("{}.{}", account.indicator.id, slot + 1);
                let class = class_name(prepared, *class);
                let key = [code_of(*piece, 0), code_of(*piece, 1), class, total];
                let entry = rows.entry(key).or_insert((at, slot, Default::default()));
                entry.2.sum += sum.sum;
                entry.2.valid_mm2 += sum.valid_mm2;
                entry.2.missing_mm2 += sum.missing_mm2;
                entry.2.missing_cells += sum.missing_cells;
            }
        }
    }
    let mut table = TableBuilder::new(&TOTALS);
    for (key, (law, slot, sum)) in rows {
        let account = &prepared.laws[law];
        let slot = &account.slots[slot];
        let total = &account.law.program.totals()[slot.total];
        let mut cells: Vec<Cell> = key.into_iter().map(Cell::from).collect();
        cells.push(sum.sum.into());
        cells.push(format_exact(&slot.quantum).into());
        cells.push(total.rate_unit.to_string().into());
        cells.push(sum.valid_mm2.into());
        cells.push(sum.missing_mm2.into());
        cells.push(Cell::Count(sum.missing_cells));
        cells.push(total.id.as_str().into());
        let at: Vec<String> = slot
            .at
            .iter()
            .map(|(axis, label)| format!("{}={label}", axis.word()))
            .collect();
        cells.push(at.join(" ").into());
        table.row(cells);
    }
    table.finish()
}

fn kind_of(prepared: &Prepared, item: &str) -> &'static str {
    if item == "gep" {
        "total"
    } else if prepared.profile.indicator(item).is_some() {
        "indicator"
    } else {
        "group"
    }
}

fn indicators_table(prepared: &Prepared) -> NamedTable {
    let mut table = TableBuilder::new(&INDICATORS);
    for indicator in &prepared.profile.indicators {
        let note = indicator.note.as_ref();
        let clause = indicator.clause.as_deref();
        let note = |own: fn(&Title) -> &str, [open, close]: [&str; 2]| {
            let clause = clause.map_or_else(String::new, |text| format!("{open}{text}{close}"));
            format!("{}{clause}", note.map_or("", own))
        };
        table.row(vec![
            indicator.id.as_str().into(),
            indicator.title.zh.as_str().into(),
            indicator.title.en.as_str().into(),
            indicator.group.word().into(),
            indicator.state.word().into(),
            note(|own| &own.zh, ["（条款：", "）"]).into(),
            note(|own| &own.en, [" (clause: ", ")"]).into(),
        ]);
    }
    table.finish()
}

/// Every parameter row a law or derived layer may take, with its source.
fn parameters_table(prepared: &Prepared) -> Result<NamedTable, Findings> {
    let mut layer_laws: Vec<Law> = Vec::new();
    for id in &prepared.profile.layers {
        layer_laws.extend(prepared.methodology.law(id, Some(&prepared.profile))?);
    }
    let laws = prepared
        .laws
        .iter()
        .map(|account| &account.law)
        .chain(&layer_laws);
    let mut rows: BTreeMap<[String; 3], (Row, &'static str)> = BTreeMap::new();
    for law in laws {
        for (name, bound) in &law.parameters {
            let raster =
                law.program.bindings().get(name) == Some(&gep_core::formula::Binding::RasterBound);
            let is_layer = prepared.profile.layers.contains(&law.id);
            let binding = if raster || is_layer {
                "raster-bound"
            } else {
                "row"
            };
            for (keys, row) in &bound.rows {
                let key: Vec<String> = keys
                    .iter()
                    .map(|(axis, label)| format!("{axis}={label}"))
                    .collect();
                let at = [bound.method.clone(), name.clone(), key.join(" ")];
                rows.insert(at, (row.clone(), binding));
            }
        }
    }
    let mut table = TableBuilder::new(&PARAMETERS);
    for (key, (row, binding)) in rows {
        let mut cells: Vec<Cell> = key.into_iter().map(Cell::from).collect();
        cells.extend([
            row.spelling.as_str().into(),
            row.unit_text.as_str().into(),
            row.status.word().into(),
            row.citation.document.as_str().into(),
            row.citation.clause.as_str().into(),
            row.file.as_str().into(),
        ]);
        cells.push(Cell::Count(u64::from(row.line)));
        cells.push(binding.into());
        table.row(cells);
    }
    Ok(table.finish())
}

fn lineage_table(prepared: &Prepared) -> NamedTable {
    let mut table = TableBuilder::new(&LINEAGE);
    let mut rows: Vec<(String, u64, Vec<Cell>)> = Vec::new();
    for indicator in &prepared.profile.indicators {
        for (at, id) in indicator.methods.iter().enumerate() {
            add_lineage(prepared, (at, id), &indicator.id, &mut rows);
        }
    }
    for (at, id) in prepared.profile.layers.iter().enumerate() {
        add_lineage(prepared, (at, id), "", &mut rows);
    }
    rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for (_, _, cells) in rows {
        table.row(cells);
    }
    table.finish()
}

fn add_lineage(
    prepared: &Prepared,
    (position, id): (usize, &str),
    indicator: &str,
    rows: &mut Vec<(String, u64, Vec<Cell>)>,
) {
    let methodology = &prepared.methodology;
    let Some(method) = methodology
        .methods
        .get(id)
        .or_else(|| methodology.layers.get(id))
    else {
        return;
    };
    let law = prepared
        .laws
        .iter()
        .map(|account| &account.law)
        .find(|law| law.id == indicator);
    let groups: Vec<&str> = method.groups.iter().map(String::as_str).collect();
    for (at, formula) in method.formulas.iter().enumerate() {
        let statement = law.and_then(|law| law.program.statement(&formula.name));
        let mut outputs = method.outputs.iter();
        let output = outputs.find(|output| output.name == formula.name);
        let unit = output
            .map(|output| output.unit_text.clone())
            .or_else(|| statement.map(|statement| statement.unit.to_string()))
            .unwrap_or_default();
        let reads = statement
            .map(|statement| statement.reads.join(" "))
            .unwrap_or_default();
        let cells = vec![
            id.into(),
            Cell::Count(at as u64 + 1),
            indicator.into(),
            formula.name.as_str().into(),
            formula.text.as_str().into(),
            unit.into(),
            reads.into(),
            method.citation.document.as_str().into(),
            method.citation.clause.as_str().into(),
            method.title.zh.as_str().into(),
            method.title.en.as_str().into(),
            Cell::Count(position as u64 + 1),
            output.map_or("", |output| output.kind.word()).into(),
            output
                .map_or(String::new(), |output| format_exact(&output.quantum))
                .into(),
            groups.join(" ").into(),
        ];
        rows.push((id.to_string(), at as u64 + 1, cells));
    }
}

/// Identity of a run: its inputs, its profile and the program.
fn run_id(prepared: &Prepared) -> String {
    let mut text = format!("gep {} {SOURCES_DIGEST}\n", env!("CARGO_PKG_VERSION"));
    text.push_str(&prepared.methodology.fingerprint(&prepared.profile));
    text.push_str(&prepared.methodology.checks_fingerprint());
    for own in &prepared.conditions {
        text.push_str(&own.definition);
    }
    if let Some(terms) = &prepared.uncertainty {
        text.push_str(&terms.to_json(&prepared.methodology).to_string());
    }
    for input in &prepared.inputs {
        text.push_str(&format!("\n{} {}", input.path, input.digest));
    }
    digest_bytes(text.as_bytes())[..16].to_string()
}

fn rule_entry(rule: &CombineRule) -> Value {
    json!({
        "id": rule.id,
        "kind": rule.kind.word(),
        "choice": rule.kind.choice(),
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "source": rule.citation.document,
        "clause": rule.citation.clause,
        "indicators": rule.indicators,
    })
}

fn manifest(finished: &Finished<'_>, run_id: &str, files: Vec<Value>) -> Value {
    let prepared = finished.prepared;
    let (head, profile) = (&prepared.project.head, &prepared.profile);
    // A profile without prices has no totals: its quantities speak for it.
    let trust = finished
        .totals
        .iter()
        .chain(finished.amounts)
        .map(|amount| amount.trust)
        .min()
        .unwrap_or(Trust::Verified);
    let note = |note: &crate::source::project::BothTexts| json!({"zh": note.zh, "en": note.en});
    let mut notes: Vec<Value> = head.notes.iter().map(note).collect();
    if let Some(own) = &profile.note {
        notes.push(json!({"zh": own.zh, "en": own.en}));
    }
    json!({
        "program": {"name": "gep", "version": env!("CARGO_PKG_VERSION"), "sources_blake3": SOURCES_DIGEST},
        "run_id": run_id,
        "title": {"zh": head.title.zh, "en": head.title.en},
        "profile": {
            "id": profile.id,
            "title": {"zh": profile.title.zh, "en": profile.title.en},
            "fingerprint": prepared.methodology.fingerprint(profile),
            "price_year": profile.price_year,
            "coverage_floor": format_exact(&profile.coverage_floor),
            "crosswalk": profile.crosswalk,
            "rules": profile.combine.iter().map(rule_entry).collect::<Vec<_>>(),
            "official": profile.official && trust == Trust::Verified,
        },
        "year": head.year,
        "boundary_version": head.boundary_version,
        "base_run": finished.base.map(|base| json!({
            "run_id": base.run_id,
            "year": base.year,
            "boundary_version": base.boundary_version,
            "profile_fingerprint": base.fingerprint,
            "price_year": base.price_year,
        })),
        "uncertainty": prepared.uncertainty.as_ref().map(|terms| terms.to_json(&prepared.methodology)),
        "status": trust.word(),
        "notes": notes,
        "crs": prepared.ground.classes.crs.label(),
        "vectors": prepared.ground.vectors.iter().chain(&prepared.ground.marine).map(|vector| json!({
            "regions": vector.layer.regions.len(),
            "features": vector.features,
            "crs": vector.crs_label,
            "crs_declared_by_user": vector.crs_declared_by_user,
            "transformed": vector.transformed,
        })).collect::<Vec<_>>(),
        "land_cover": land_cover(prepared),
        "inputs": prepared.inputs.iter().map(|input| {
            let title = input_title(&prepared.project, &prepared.methodology, &input.path);
            json!({
                "role": input.role,
                "path": input.path,
                "blake3": input.digest,
                "bytes": input.bytes,
                "used_by": users(prepared, &input.path),
                "what": title.map(|[zh, en]| json!({"zh": zh, "en": en})),
            })
        }).collect::<Vec<_>>(),
        "tables": files,
    })
}

/// How parcels became classes; nothing where a raster tells them.
fn land_cover(prepared: &Prepared) -> Value {
    let entry = prepared.project.land_cover.as_ref();
    let parcels = prepared.parcels.as_ref().map(|own| own.parcels.len());
    entry.zip(parcels).map_or(Value::Null, |(entry, parcels)| {
        json!({
            "parcels": parcels,
            "opening_parcels": prepared.opening_parcels.as_ref().map(|own| own.parcels.len()),
            "overlap_tolerance": entry.overlap_tolerance,
            "gap_tolerance": entry.gap_tolerance,
            "area_tolerance": entry.area.as_ref().map(|area| &area.tolerance),
            "tolerance_source": {
                "zh": entry.tolerance_source.zh,
                "en": entry.tolerance_source.en,
            },
        })
    })
}

/// The counties as they were used, for maps.
fn boundaries(finished: &Finished<'_>) -> String {
    let prepared = finished.prepared;
    let snap = prepared.ground.classes.crs.snap();
    let names: BTreeMap<&str, &crate::source::project::RegionRow> = prepared
        .regions
        .iter()
        .map(|row| (row.code.as_str(), row))
        .collect();
    let used = prepared.ground.layers[0].regions.iter();
    let features: Vec<Value> = used
        .filter(|region| prepared.zones.contains(&region.code))
        .map(|region| {
            let rings: Vec<Vec<[f64; 2]>> = region
                .rings
                .iter()
                .map(|ring| {
                    let mut points: Vec<[f64; 2]> = ring
                        .points
                        .iter()
                        .map(|point| snap.coordinates(*point).into())
                        .collect();
                    points.extend(points.first().copied());
                    points
                })
                .collect();
            let row = names.get(region.code.as_str());
            json!({
                "type": "Feature",
                "properties": {
                    "region_code": region.code,
                    "name_zh": row.map(|row| &row.name_zh),
                    "name_en": row.map(|row| &row.name_en),
                },
                // Shells and holes in the order of the file, drawn with the even-odd rule.
                "geometry": {"type": "Polygon", "coordinates": rings},
            })
        })
        .collect();
    json!({
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": prepared.ground.classes.crs.label()}},
        "features": features,
    })
    .to_string()
}
