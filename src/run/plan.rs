//! What a run will read, need and write, told before it is started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gep_core::diagnostic::Findings;
use gep_core::formula::{Axis, Binding};
use gep_core::methodology::{Indicator, Law, Methodology, Origin, Profile, Title};
use gep_core::storage::digest_file;

use super::base_run::BaseRun;
use super::departments::items;
use super::inputs::{find_profile, read_methodology, roles};
use crate::output::{
    ADJUSTMENTS, ASSET, CHANGE, CHANGE_OBJECTS, CHECKS, CLASSES, COMBINE, CONDITION, CONTROL_AREAS,
    CROSSWALK, DENOMINATORS, EXTENT, EXTENT_ACCOUNT, EXTENT_CHANGE, GEP, INDICATORS, INPUTS,
    LAYERS, LINEAGE, LINES, NAMES, OBJECTS, PARAMETERS, PHYSICAL, RATIOS, RECUT, REGIONS, SOURCES,
    SUPPLY_USE, TOTALS, UNCERTAINTY, UNCERTAINTY_CONTRIBUTION, UNCERTAINTY_PARAMETERS, VALUE,
};
use crate::source::gdal::{Crs, RasterSource, quiet_library};
use crate::source::project::Project;

/// Which run is planned.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The project file or its folder.
    pub project: PathBuf,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// Another profile than the project's.
    pub profile: Option<String>,
    /// Another crosswalk than the project's or the profile's.
    pub crosswalk: Option<String>,
    /// An earlier run to be compared with, instead of the project's.
    pub base: Option<PathBuf>,
}

/// A file the run reads.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// What it is to the run.
    pub role: String,
    /// Path below the project.
    pub path: String,
    /// Size and BLAKE3; nothing if the file is not there or must not be opened.
    pub content: Option<(u64, String)>,
}

/// A table or layer an indicator reads.
#[derive(Clone, Debug)]
pub struct PlannedInput {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Whether it is a raster layer.
    pub layer: bool,
    /// Items the table must have.
    pub items: Vec<String>,
    /// Whether the project gives it; of items, which it does not give.
    pub given: bool,
    /// Items that no column gives.
    pub missing_items: Vec<String>,
}

/// An indicator of the run.
#[derive(Clone, Debug)]
pub struct PlannedIndicator {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// `computed`, `provisional` or `absent`.
    pub state: &'static str,
    /// Whether it sums over cells: it needs the pass over the rasters.
    pub needs_pass: bool,
    /// Whether the base run has it, so that its change can be taken apart without
    /// reading a raster of the base run; nothing without a base run.
    pub in_base_run: Option<bool>,
    /// What it reads from the project.
    pub inputs: Vec<PlannedInput>,
}

/// A parameter and what a change of it costs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedParameter {
    /// The method or derived layer.
    pub method: String,
    /// Its name there.
    pub name: String,
    /// Whether a change of it needs another pass over the rasters.
    pub raster_bound: bool,
    /// Table files it is read from.
    pub files: Vec<String>,
}

/// A planned run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Year of the account.
    pub year: String,
    /// The profile.
    pub profile: String,
    /// The crosswalk.
    pub crosswalk: String,
    /// Rows and columns of the reference grid, if it can be opened.
    pub grid: Option<(usize, usize)>,
    /// Files, in the order in which the project names them.
    pub files: Vec<PlannedFile>,
    /// Indicators, in the order of the profile.
    pub indicators: Vec<PlannedIndicator>,
    /// Parameters, by method and name.
    pub parameters: Vec<PlannedParameter>,
    /// Identity and year of the base run.
    pub base: Option<(String, String)>,
    /// Tables that will be written, sorted.
    pub tables: Vec<&'static str>,
}

/// Plans a run; reads no cell.
///
/// # Errors
///
/// If the project file, the methodology, the profile or the base run cannot be read.
/// A file that is not there is part of the plan.
pub fn plan_run(request: &PlanRequest) -> Result<Plan, Findings> {
    quiet_library();
    let (project, faults) = Project::read(&request.project)?;
    let methodology = read_methodology(request.methodology.as_deref())?;
    let mut profile = find_profile(&methodology, &project, request.profile.as_deref())?.clone();
    let crosswalk = request.crosswalk.as_deref();
    if let Some(id) = crosswalk.or(project.head.crosswalk.as_deref()) {
        profile = methodology.with_crosswalk(&profile, id)?;
    }
    let closed: BTreeSet<String> = faults.into_iter().map(|(path, _)| path).collect();
    let own = project.base.as_ref().map(|base| base.run.as_str());
    let own = own.filter(|run| !closed.contains(*run));
    let own = own.map(|run| project.file(run));
    let base = request.base.clone().or(own);
    let base = base.map(|folder| BaseRun::open(&folder, &methodology.units));
    let base = base.transpose()?;
    let sketch = Sketch {
        project: &project,
        methodology: &methodology,
        profile: &profile,
        base: base.as_ref(),
    };
    Ok(Plan {
        year: project.head.year.clone(),
        profile: profile.id.clone(),
        crosswalk: profile.crosswalk.clone(),
        grid: sketch.grid(&closed),
        files: sketch.files(&closed)?,
        indicators: sketch.indicators()?,
        parameters: sketch.parameters()?,
        tables: tables(&project, &profile, base.is_some()),
        base: base.map(|base| (base.run_id, base.year)),
    })
}

/// Tables of a run; those that depend on what the project and the profile have are
/// written only then.
fn tables(project: &Project, profile: &Profile, compared: bool) -> Vec<&'static str> {
    let always = [
        &CHECKS,
        &CLASSES,
        &CROSSWALK,
        &DENOMINATORS,
        &EXTENT,
        &GEP,
        &INDICATORS,
        &INPUTS,
        &LAYERS,
        &LINEAGE,
        &NAMES,
        &PARAMETERS,
        &PHYSICAL,
        &RATIOS,
        &REGIONS,
        &SOURCES,
        &TOTALS,
        &VALUE,
    ];
    let opening = project.rasters.opening.is_some() || project.opening_parcels().is_some();
    let drawn = project.uncertainty.is_some();
    let sometimes = [
        (&ADJUSTMENTS, project.adjustments.is_some()),
        (&ASSET, project.asset.is_some()),
        (&CHANGE, compared),
        (&CHANGE_OBJECTS, compared && !project.objects.is_empty()),
        (&CONDITION, project.condition.is_some()),
        (&CONTROL_AREAS, project.control_areas.is_some()),
        (&COMBINE, !profile.combine.is_empty()),
        (&EXTENT_ACCOUNT, opening),
        (&EXTENT_CHANGE, opening),
        (&LINES, !project.lines.is_empty()),
        (
            &OBJECTS,
            !project.objects.is_empty() || !project.lines.is_empty(),
        ),
        (&RECUT, compared && project.earlier().is_some()),
        (&SUPPLY_USE, project.supply_use.is_some()),
        (&UNCERTAINTY, drawn),
        (&UNCERTAINTY_CONTRIBUTION, drawn),
        (&UNCERTAINTY_PARAMETERS, drawn),
    ];
    let sometimes = sometimes.iter().filter(|(_, there)| *there);
    let all = always.iter().chain(sometimes.map(|(schema, _)| schema));
    let mut names: Vec<&str> = all.map(|schema| schema.name).collect();
    names.sort_unstable();
    names
}

struct Sketch<'a> {
    project: &'a Project,
    methodology: &'a Methodology,
    profile: &'a Profile,
    base: Option<&'a BaseRun>,
}

impl Sketch<'_> {
    /// Size of the reference grid, from the file's header.
    fn grid(&self, closed: &BTreeSet<String>) -> Option<(usize, usize)> {
        let entry = self.project.rasters.classes.as_ref()?;
        if closed.contains(&entry.path) {
            return None;
        }
        let declared = entry.crs.as_deref().map(Crs::from_definition);
        let declared = declared.transpose().ok()?;
        let path: PathBuf = self.project.file(&entry.path);
        let raster = RasterSource::open(&path, declared.as_ref()).ok()?;
        Some((raster.grid.rows, raster.grid.columns))
    }

    fn files(&self, closed: &BTreeSet<String>) -> Result<Vec<PlannedFile>, Findings> {
        let roles = roles(self.project);
        let content = |path: &Path| {
            let bytes = std::fs::metadata(path).ok()?.len();
            Some((bytes, digest_file(path).ok()?))
        };
        let files = self.project.files().into_iter().map(|relative| {
            let open = !closed.contains(relative);
            PlannedFile {
                role: roles.get(relative).cloned().unwrap_or_default(),
                path: relative.to_string(),
                content: open
                    .then(|| content(&self.project.file(relative)))
                    .flatten(),
            }
        });
        Ok(files.collect())
    }

    fn indicators(&self) -> Result<Vec<PlannedIndicator>, Findings> {
        let items = items(self.methodology, self.profile)?;
        let mut planned = Vec::new();
        for indicator in &self.profile.indicators {
            let law = self.methodology.indicator_law(self.profile, indicator)?;
            let in_base = self
                .base
                .map(|base| base.values.contains_key(&indicator.id));
            planned.push(PlannedIndicator {
                id: indicator.id.clone(),
                title: indicator.title.clone(),
                state: indicator.state.word(),
                needs_pass: law
                    .as_ref()
                    .is_some_and(|law| !law.program.totals().is_empty()),
                in_base_run: in_base,
                inputs: self.inputs(indicator, law.as_ref(), &items),
            });
        }
        Ok(planned)
    }

    /// What an indicator reads from the project, derived layers followed down.
    fn inputs(
        &self,
        indicator: &Indicator,
        law: Option<&Law>,
        items: &BTreeMap<String, BTreeSet<String>>,
    ) -> Vec<PlannedInput> {
        debug_assert!(law.is_some() || indicator.methods.is_empty());
        let mut open: Vec<&Origin> = law
            .iter()
            .flat_map(|law| law.inputs.values())
            .map(|input| &input.origin)
            .collect();
        let mut found: BTreeSet<(bool, String)> = BTreeSet::new();
        while let Some(origin) = open.pop() {
            match origin {
                Origin::Output(_) => {}
                Origin::Table(id) => _ = found.insert((false, id.clone())),
                Origin::Layer(id) => match self.methodology.layers.get(id) {
                    Some(layer) => open.extend(layer.inputs.values().map(|one| &one.origin)),
                    None => _ = found.insert((true, id.clone())),
                },
            }
        }
        let none = BTreeSet::new();
        let input = |(layer, id): (bool, String)| {
            let own = items.get(&id).filter(|_| !layer).unwrap_or(&none);
            self.input(layer, id, own)
        };
        found.into_iter().map(input).collect()
    }

    fn input(&self, layer: bool, id: String, items: &BTreeSet<String>) -> PlannedInput {
        let entry = self.methodology.quantities.get(&id);
        let project = self.project;
        let columns = project.sheets.iter().flat_map(|sheet| &sheet.columns);
        let by_sheet: BTreeSet<&str> = columns
            .filter(|column| column.input == id)
            .map(|column| column.item.as_deref().unwrap_or(""))
            .collect();
        let kind = entry.and_then(|entry| entry.domain.object_axis());
        let objects = kind.and_then(|kind| project.objects.get(kind.word()));
        let by_object = objects.is_some_and(|file| {
            entry.is_some_and(|entry| entry.geometry)
                || file.columns.iter().any(|column| column.input == id)
        });
        let mut missing: Vec<String> = Vec::new();
        let given = if layer {
            project.rasters.layers.contains_key(&id)
        } else if kind.is_some_and(|kind| matches!(kind, Axis::Object(_))) {
            by_object
        } else {
            let lacks = |item: &&String| !by_sheet.contains(item.as_str());
            missing = items.iter().filter(lacks).cloned().collect();
            missing.is_empty()
        };
        let title = entry.map_or_else(
            || Title {
                zh: id.clone(),
                en: id.clone(),
            },
            |entry| entry.title.clone(),
        );
        PlannedInput {
            title,
            layer,
            items: items
                .iter()
                .filter(|item| !item.is_empty())
                .cloned()
                .collect(),
            given,
            missing_items: missing
                .into_iter()
                .filter(|item| !item.is_empty())
                .collect(),
            id,
        }
    }

    /// Parameters of the laws and derived layers, with what binds them.
    fn parameters(&self) -> Result<Vec<PlannedParameter>, Findings> {
        let mut all: BTreeMap<(String, String), PlannedParameter> = BTreeMap::new();
        let mut take = |law: &Law, derived: bool| {
            for (name, bound) in &law.parameters {
                let binding = law.program.bindings().get(name);
                let key = (bound.method.clone(), name.clone());
                let own = all.entry(key).or_insert_with(|| PlannedParameter {
                    method: bound.method.clone(),
                    name: name.clone(),
                    raster_bound: false,
                    files: Vec::new(),
                });
                own.raster_bound |= derived || binding == Some(&Binding::RasterBound);
                own.files
                    .extend(bound.rows.iter().map(|(_, row)| row.file.clone()));
                own.files.sort();
                own.files.dedup();
            }
        };
        for indicator in &self.profile.indicators {
            if let Some(law) = self.methodology.indicator_law(self.profile, indicator)? {
                take(&law, false);
            }
        }
        for id in &self.profile.layers {
            if let Some(law) = self.methodology.law(id, Some(self.profile))? {
                take(&law, true);
            }
        }
        Ok(all.into_values().collect())
    }
}
