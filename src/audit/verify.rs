//! `gep verify`: hashes every file again, adds every table up again and computes every
//! law again.

use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Methodology;
use gep_core::quantity::UnitRegistry;

use super::explain_carbon::is_carbon;
use super::numbers::{Number, Regions, children, numbers, regions};
use super::tables::Table;
use super::verify_adjustments::Adjustments;
use super::verify_bridge::verify_bridge;
use super::verify_carbon::verify_carbon;
use super::verify_lines::LineTable;
use super::verify_over_time::OverTime;
use super::verify_ratios::Ratios;
use super::{
    recompute, verify_combine, verify_controls, verify_crosswalk, verify_files, verify_layers,
    verify_recut, verify_rows, verify_sums,
};
use crate::output::{
    BRIDGE, CHECKS, CLASSES, COMBINE, CROSSWALK, EXTENT, GEP, INDICATORS, INPUTS, LAYERS, LINEAGE,
    Manifest, NAMES, OBJECTS, PARAMETERS, PHYSICAL, REGIONS, SOURCES, Schema, TOTALS, VALUE,
};

/// What two roads disagree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Code of the check: the key of the message catalogue.
    pub code: &'static str,
    /// The file below the run's folder.
    pub file: String,
    /// The row, by its key.
    pub key: String,
    /// What the check computed.
    pub expected: String,
    /// What the table says.
    pub found: String,
}

impl Difference {
    /// Returns the difference as a finding.
    pub fn finding(&self) -> Finding {
        let finding = Finding::error(self.code)
            .file(&self.file)
            .arg("expected", &self.expected)
            .arg("found", &self.found)
            .exit(1);
        if self.key.is_empty() {
            finding
        } else {
            finding.place(&self.key)
        }
    }
}

/// What was checked and what differed.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The run's folder.
    pub folder: PathBuf,
    /// The run's id.
    pub run_id: String,
    /// How many things each check looked at, in order.
    pub checked: Vec<(&'static str, usize)>,
    /// What differed.
    pub differences: Vec<Difference>,
    /// Tables that could not be read, so that nothing was added up.
    pub unread: Vec<Finding>,
}

/// Collects counts and differences of the checks.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) checked: Vec<(&'static str, usize)>,
    pub(super) differences: Vec<Difference>,
}

impl Ledger {
    /// Counts things a check looked at.
    pub(super) fn count(&mut self, check: &'static str, count: usize) {
        match self.checked.iter_mut().find(|(name, _)| *name == check) {
            Some((_, sum)) => *sum += count,
            None => self.checked.push((check, count)),
        }
    }

    /// Notes a difference in a table.
    pub(super) fn differ(
        &mut self,
        code: &'static str,
        table: &Schema,
        key: String,
        expected: impl ToString,
        found: impl ToString,
    ) {
        self.differences.push(Difference {
            code,
            file: table.path(),
            key,
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
}

/// The tables that checks read.
struct Tables {
    regions: Table,
    extent: Table,
    totals: Table,
    physical: Table,
    value: Table,
    gep: Table,
    indicators: Table,
    layers: Table,
    combine: Option<Table>,
    crosswalk: Option<Table>,
    beside: BesideTables,
}

/// The tables with checks of their own.
struct BesideTables {
    ratios: Ratios,
    adjustments: Adjustments,
    over_time: OverTime,
    lines: LineTable,
    controls: Option<Table>,
    recut: Option<Table>,
    recipe: RecipeTables,
}

/// The tables that say how numbers were made.
struct RecipeTables {
    lineage: Table,
    names: Table,
    parameters: Table,
    inputs: Table,
    classes: Table,
    objects: Option<Table>,
}

/// The numbers and regions of a run.
pub(super) struct Books<'a> {
    pub(super) regions: Regions<'a>,
    pub(super) below: std::collections::BTreeMap<&'a str, Vec<&'a str>>,
    pub(super) extent: Vec<Number<'a>>,
    pub(super) physical: Vec<Number<'a>>,
    pub(super) value: Vec<Number<'a>>,
    pub(super) gep: Vec<Number<'a>>,
    pub(super) combine: Vec<Number<'a>>,
    pub(super) combine_table: Option<&'a Table>,
    pub(super) totals: &'a Table,
    pub(super) gep_table: &'a Table,
    pub(super) indicators: &'a Table,
    pub(super) coverage_floor: Option<f64>,
}

impl Books<'_> {
    /// Returns all tables of numbers.
    pub(super) fn all(&self) -> [&[Number<'_>]; 5] {
        [
            &self.extent,
            &self.physical,
            &self.value,
            &self.gep,
            &self.combine,
        ]
    }
}

/// Verifies a run's folder: every file by its digest, then every table by
/// adding it up again.
///
/// # Errors
///
/// If there is no manifest to compare with. Everything else, tables that cannot
/// be read included, is part of the verification.
pub fn verify(folder: &Path) -> Result<Verification, Findings> {
    verify_with(folder, &Methodology::bundled()?.units)
}

/// As [`verify`], with the units of another methodology than the program's own.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_with(folder: &Path, units: &UnitRegistry) -> Result<Verification, Findings> {
    if folder.join(BRIDGE.path()).is_file() {
        return verify_bridge(folder);
    }
    if is_carbon(folder) {
        return verify_carbon(folder);
    }
    let manifest = Manifest::read(folder)?;
    let mut ledger = Ledger::default();
    verify_files::check_files(folder, &manifest, &mut ledger);
    let unread = match read_tables(folder) {
        Ok(tables) => {
            check_tables(&tables, &manifest, units, &mut ledger);
            Vec::new()
        }
        Err(findings) => findings.0,
    };
    Ok(Verification {
        folder: folder.to_path_buf(),
        run_id: manifest.run_id,
        checked: ledger.checked,
        differences: ledger.differences,
        unread,
    })
}

fn read_tables(folder: &Path) -> Result<Tables, Findings> {
    let mut faults = Vec::new();
    let mut read = |schema: &'static Schema| {
        Table::read(folder, schema)
            .map_err(|findings| faults.extend(findings.0))
            .ok()
    };
    let eight = [
        read(&REGIONS),
        read(&EXTENT),
        read(&TOTALS),
        read(&PHYSICAL),
        read(&VALUE),
        read(&GEP),
        read(&INDICATORS),
        read(&LAYERS),
    ];
    let has_rules = folder.join(COMBINE.path()).is_file();
    let combine = has_rules.then(|| read(&COMBINE)).flatten();
    // Runs of earlier versions tell no crosswalk.
    let has_crosswalk = folder.join(CROSSWALK.path()).is_file();
    let crosswalk = has_crosswalk.then(|| read(&CROSSWALK)).flatten();
    // These are only explained from, but a strange column in them is as suspect.
    for schema in [&CHECKS, &SOURCES] {
        read(schema);
    }
    let beside = read_beside(folder).map_err(|findings| faults.extend(findings));
    match (eight, beside) {
        (
            [
                Some(regions),
                Some(extent),
                Some(totals),
                Some(physical),
                Some(value),
                Some(gep),
                Some(indicators),
                Some(layers),
            ],
            Ok(beside),
        ) if faults.is_empty() => Ok(Tables {
            regions,
            extent,
            totals,
            physical,
            value,
            gep,
            indicators,
            layers,
            combine,
            crosswalk,
            beside,
        }),
        _ => Err(Findings(faults)),
    }
}

/// Reads the tables with checks of their own; all that is wrong with any of them.
fn read_beside(folder: &Path) -> Result<BesideTables, Vec<Finding>> {
    let mut faults = Vec::new();
    let mut told = |findings: Findings| faults.extend(findings.0);
    let ratios = Ratios::read(folder).map_err(&mut told);
    let adjustments = Adjustments::read(folder).map_err(&mut told);
    let over_time = OverTime::read(folder).map_err(&mut told);
    let lines = LineTable::read(folder).map_err(&mut told);
    let controls = verify_controls::read(folder).map_err(&mut told);
    let recut = verify_recut::read(folder).map_err(&mut told);
    let recipe = read_recipe(folder).map_err(&mut told);
    let read = || {
        Ok::<_, ()>(BesideTables {
            ratios: ratios?,
            adjustments: adjustments?,
            over_time: over_time?,
            lines: lines?,
            controls: controls?,
            recut: recut?,
            recipe: recipe?,
        })
    };
    read().map_err(|()| faults)
}

fn read_recipe(folder: &Path) -> Result<RecipeTables, Findings> {
    let has_objects = folder.join(OBJECTS.path()).is_file();
    Ok(RecipeTables {
        lineage: Table::read(folder, &LINEAGE)?,
        names: Table::read(folder, &NAMES)?,
        parameters: Table::read(folder, &PARAMETERS)?,
        inputs: Table::read(folder, &INPUTS)?,
        classes: Table::read(folder, &CLASSES)?,
        objects: has_objects
            .then(|| Table::read(folder, &OBJECTS))
            .transpose()?,
    })
}

fn check_tables(tables: &Tables, manifest: &Manifest, units: &UnitRegistry, ledger: &mut Ledger) {
    let beside = &tables.beside;
    let regions = regions(&tables.regions);
    let books = Books {
        below: children(&regions),
        regions,
        extent: numbers(&tables.extent),
        physical: numbers(&tables.physical),
        value: numbers(&tables.value),
        gep: numbers(&tables.gep),
        combine: tables.combine.as_ref().map(numbers).unwrap_or_default(),
        combine_table: tables.combine.as_ref(),
        totals: &tables.totals,
        gep_table: &tables.gep,
        indicators: &tables.indicators,
        coverage_floor: manifest.coverage_floor.parse().ok(),
    };
    verify_rows::check_numbers(&books, ledger);
    verify_rows::check_states(&books, ledger);
    verify_sums::check_regions(&books, ledger);
    verify_sums::check_sums(&books, ledger);
    verify_combine::check_combine(&books, ledger);
    if let Some(crosswalk) = &tables.crosswalk {
        verify_crosswalk::check_crosswalk(&books, crosswalk, ledger);
    }
    verify_sums::check_per_km2(&books, ledger);
    verify_sums::check_totals(&books, ledger);
    verify_layers::check_layers(&tables.layers, manifest, ledger);
    beside.ratios.check(&books, ledger);
    beside.adjustments.check(&books, ledger);
    beside.over_time.check(&books, ledger);
    let recipe = &beside.recipe;
    let sources = recompute::Sources {
        units,
        lineage: &recipe.lineage,
        names: &recipe.names,
        parameters: &recipe.parameters,
        inputs: &recipe.inputs,
        objects: recipe.objects.as_ref(),
        lines: beside.lines.table(),
        classes: &recipe.classes,
        extent: &tables.extent,
    };
    recompute::check_recomputed(&sources, &books, ledger);
    beside.lines.check(&books, ledger);
    if let Some(controls) = &beside.controls {
        verify_controls::check(controls, &books, ledger);
    }
    if let Some(recut) = &beside.recut {
        verify_recut::check(recut, ledger);
    }
}
