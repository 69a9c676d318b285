//! All that is wrong with a project: every stage is tried, whatever the others found.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Methodology, Profile};

use super::account::{declared_nodata, open_ground, prepare_laws};
use super::assets::discounting;
use super::beside::Beside;
use super::boundaries::{check_versions, with_hints};
use super::denominators::Given;
use super::edition::check_edition;
use super::inputs::{
    check_needs, check_regions, column_units, declaration, find_profile, open_layer,
    read_methodology, read_tables,
};
use super::land_cover::{Parcels, open_cover};
use super::layers::NamedLayers;
use super::marine::{own_codes, reads};
use super::objects::{Objects, read_all};
use super::opening::open_opening;
use super::supply::read_shares;
use crate::source::gdal::{RasterSource, quiet_library};
use crate::source::project::{Project, RegionRow, bases, read_regions};
use crate::source::workbook::{SheetTable, survey_sheet};

/// What is asked for instead of the project's own choices.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice<'a> {
    /// Another methodology than the program's own.
    pub methodology: Option<&'a Path>,
    /// Another profile than the project's.
    pub profile: Option<&'a str>,
    /// Another crosswalk than the project's or the profile's.
    pub crosswalk: Option<&'a str>,
}

/// Whom a finding is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Whoever keeps the project.
    Project,
    /// Whoever files this layer or object table.
    Input(String),
    /// Whoever files this sheet, by its place in the project file.
    Sheet(usize),
}

/// What could be read of a project, and everything that is wrong with it.
pub(super) struct Survey {
    /// The project.
    pub project: Project,
    /// The methodology.
    pub methodology: Methodology,
    /// The profile.
    pub profile: Profile,
    /// Regions; none if their table cannot be read.
    pub regions: Vec<RegionRow>,
    /// By sheet of the project file: what it gives.
    pub sheets: Vec<SheetTable>,
    /// Errors and warnings, each with whom it concerns.
    pub findings: Vec<(Subject, Finding)>,
    /// Paths that must not or cannot be opened.
    closed: BTreeSet<String>,
}

/// Returns every problem of a project that was refused, `first` among them.
pub(super) fn all_problems(project: &Path, choice: &Choice<'_>, first: Findings) -> Findings {
    let mut all: Vec<Finding> = Vec::new();
    let found = match Survey::take(project, choice) {
        Ok(survey) => survey.findings.into_iter().map(|(_, one)| one).collect(),
        Err(findings) => findings.0,
    };
    for finding in found.into_iter().chain(first.0) {
        if !all.contains(&finding) {
            all.push(finding);
        }
    }
    Findings(all)
}

impl Survey {
    /// Reads what can be read.
    ///
    /// # Errors
    ///
    /// If the project file, the methodology or the profile cannot be read: nothing
    /// else means anything then.
    pub(super) fn take(path: &Path, choice: &Choice<'_>) -> Result<Self, Findings> {
        quiet_library();
        let (project, faults) = Project::read(path)?;
        let methodology = read_methodology(choice.methodology)?;
        let mut profile = find_profile(&methodology, &project, choice.profile)?.clone();
        if let Some(id) = choice.crosswalk.or(project.head.crosswalk.as_deref()) {
            profile = methodology.with_crosswalk(&profile, id)?;
        }
        let mut survey = Self {
            project,
            methodology,
            profile,
            regions: Vec::new(),
            sheets: Vec::new(),
            findings: Vec::new(),
            closed: BTreeSet::new(),
        };
        for (path, finding) in faults {
            let subject = survey.subject_of(&path);
            survey.closed.insert(path);
            survey.findings.push((subject, finding));
        }
        survey.terms();
        let (raster, parcels) = survey.cover().unzip();
        let parcels = parcels.unwrap_or_default();
        survey.layers(raster.as_ref());
        let codes = survey.ground(raster, parcels);
        survey.tables(&codes);
        survey.beside(&codes);
        survey.laws(&codes);
        Ok(survey)
    }

    /// Whom a file of the project concerns.
    fn subject_of(&self, path: &str) -> Subject {
        let sheets = self.project.sheets.iter();
        if let Some(at) = sheets.clone().position(|sheet| sheet.path == path) {
            return Subject::Sheet(at);
        }
        let mut layers = self.project.rasters.layers.iter();
        let layer = layers.find(|(_, layer)| layer.path == path);
        layer.map_or(Subject::Project, |(id, _)| Subject::Input(id.clone()))
    }

    fn open(&self, path: &str) -> bool {
        !self.closed.contains(path)
    }

    /// Takes the findings of a stage as the subject's, and gives its result.
    fn keep<T>(&mut self, subject: Subject, result: Result<T, Findings>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(findings) => {
                let own = findings.0.into_iter().map(|one| (subject.clone(), one));
                self.findings.extend(own);
                None
            }
        }
    }

    /// What the project file alone tells.
    fn terms(&mut self) {
        let needs = check_needs(&self.project, &self.methodology, &self.profile);
        let warnings = self.keep(Subject::Project, needs).unwrap_or_default();
        let edition = check_edition(&self.project, &self.profile);
        let more = warnings.into_iter().chain(edition);
        self.findings
            .extend(more.map(|one| (Subject::Project, one)));
        let terms = discounting(&self.project);
        self.keep(Subject::Project, terms);
        let shares = self.project.supply_use.clone();
        if shares.is_some_and(|entry| self.open(&entry.shares)) {
            let shares = read_shares(&self.project, |id| self.profile.indicator(id).is_some());
            self.keep(Subject::Project, shares);
        }
        if self.open(&self.project.head.regions) {
            let rows = read_regions(&self.project.file(&self.project.head.regions));
            self.regions = self.keep(Subject::Project, rows).unwrap_or_default();
        }
    }

    /// The land cover and that of the opening date.
    fn cover(&mut self) -> Option<(RasterSource, Vec<Parcels>)> {
        if let Some(entry) = &self.project.rasters.classes {
            let nodata = declared_nodata(&self.project, entry);
            self.keep(Subject::Project, nodata)?;
        }
        let cells = self.project.rasters.classes.iter().map(|one| &one.path);
        let parcels = self.project.land_cover.iter().map(|one| &one.path);
        let before = self.project.opening_parcels().map(|one| &one.path);
        if !cells
            .chain(parcels)
            .chain(before)
            .all(|path| self.open(path))
        {
            return None;
        }
        let opened = open_cover(&self.project, &self.methodology, &self.profile);
        let opened = opened.map(|cover| {
            let parcels = cover.parcels.into_iter().chain(cover.opening);
            (cover.raster, parcels.collect())
        });
        let (raster, parcels): (_, Vec<Parcels>) = self.keep(Subject::Project, opened)?;
        let opening = self.project.rasters.opening.as_ref();
        if opening.is_some_and(|entry| self.open(&entry.path)) {
            let crosswalk = &self.methodology.crosswalks[&self.profile.crosswalk];
            let opening = open_opening(&self.project, &raster, crosswalk);
            self.keep(Subject::Project, opening);
        }
        Some((raster, parcels))
    }

    /// The layers, one by one, and what is derived from them if all are right.
    fn layers(&mut self, reference: Option<&RasterSource>) {
        let before = self.findings.len();
        let layers = self.project.rasters.layers.clone();
        let mut whole = true;
        for (id, layer) in &layers {
            if !self.open(&layer.path) {
                whole = false;
                continue;
            }
            let opened = open_layer(&self.project, &self.methodology, id, layer);
            self.keep(Subject::Input(id.clone()), opened);
        }
        if let Some(reference) = reference
            && whole
            && self.findings.len() == before
        {
            let built =
                NamedLayers::build(&self.project, &self.methodology, &self.profile, reference);
            self.keep(Subject::Project, built);
        }
    }

    fn polygons_open(&self) -> bool {
        let vectors = &self.project.vectors;
        let overlays = vectors.overlays.values().map(|one| &one.path);
        let objects = self.project.objects.values().map(|one| &one.path);
        let marine = vectors.marine.iter().map(|one| &one.path);
        let earlier = self.project.earlier().map(|one| &one.path);
        let zones = [&vectors.zones.path].into_iter();
        let mut files = zones
            .chain(overlays)
            .chain(objects)
            .chain(marine)
            .chain(earlier);
        files.all(|path| self.open(path))
    }

    /// The polygons; returns the codes of the counties, those of the table of regions
    /// if the boundaries cannot be read.
    fn ground(
        &mut self,
        raster: Option<RasterSource>,
        mut parcels: Vec<Parcels>,
    ) -> BTreeSet<String> {
        if let Some(raster) = raster.filter(|_| self.polygons_open()) {
            let ground = open_ground(&self.project, raster, &mut parcels);
            if let Some(ground) = self.keep(Subject::Project, ground) {
                let warnings = ground.warnings.iter().cloned();
                self.findings
                    .extend(warnings.map(|one| (Subject::Project, one)));
                let codes = ground.codes();
                if !self.regions.is_empty() {
                    let compared = check_regions(&self.project, &codes)
                        .map_err(|findings| with_hints(&self.methodology, findings));
                    self.keep(Subject::Project, compared);
                    let dated = check_versions(&self.project, &self.methodology, &self.regions);
                    self.keep(Subject::Project, dated);
                }
                return codes;
            }
        }
        let counties = bases(&self.regions).into_iter();
        let counties = counties.filter(|row| row.level != "sea");
        counties.map(|row| row.code.clone()).collect()
    }

    /// The sheets, each cell of each.
    fn tables(&mut self, codes: &BTreeSet<String>) {
        for (at, sheet) in self.project.sheets.clone().iter().enumerate() {
            let (_, errors) = column_units(&self.project, &self.methodology, sheet);
            self.keep(Subject::Sheet(at), Err::<(), _>(Findings(errors)));
            let mut table = SheetTable::default();
            // Without any region every code would be unknown: no news.
            let own = own_codes(sheet, codes);
            let read = reads(self.profile.edition.domain, sheet) && self.open(&sheet.path);
            if read && !own.is_empty() {
                let path = self.project.file(&sheet.path);
                let (own, errors) =
                    survey_sheet(&path, &declaration(&self.methodology, sheet), &own);
                self.keep(Subject::Sheet(at), Err::<(), _>(Findings(errors)));
                table = own;
                let warnings = std::mem::take(&mut table.warnings);
                self.keep(Subject::Sheet(at), Err::<(), _>(Findings(warnings)));
            }
            self.sheets.push(table);
        }
    }

    fn beside_open(&self) -> bool {
        let project = &self.project;
        let corrections = project.adjustments.iter().map(|entry| &entry.path);
        let figures = [&project.population, &project.gdp].into_iter().flatten();
        let mut paths = corrections.chain(figures.map(|entry| &entry.path));
        paths.all(|path| self.open(path))
    }

    /// Corrections by hand and what GEP is set against.
    fn beside(&mut self, codes: &BTreeSet<String>) {
        let project = &self.project;
        if self.regions.is_empty() || !self.beside_open() {
            return;
        }
        // Numbers of a sheet that was refused are not there to compare with.
        let Ok((tables, _)) = read_tables(project, &self.methodology, &self.profile, codes) else {
            return;
        };
        let given = Given::of(
            project,
            &self.methodology,
            &self.profile,
            &self.regions,
            &tables,
        );
        let read = Beside::open(&given, codes);
        let warnings = self.keep(Subject::Project, read).unwrap_or_default().1;
        let own = warnings.into_iter().map(|one| (Subject::Project, one));
        self.findings.extend(own);
    }

    /// Objects and laws.
    fn laws(&mut self, codes: &BTreeSet<String>) {
        let mut paths = self.project.objects.values().map(|one| &one.path);
        if !paths.all(|path| self.open(path)) {
            return;
        }
        let objects = read_all(&self.project, &self.methodology);
        let objects: Option<Objects> = self.keep(Subject::Project, objects);
        let Some(objects) = objects else {
            return;
        };
        let warnings = objects.warnings.iter().cloned();
        self.findings
            .extend(warnings.map(|one| (Subject::Project, one)));
        let zones: Vec<String> = codes.iter().cloned().collect();
        let crosswalk = &self.methodology.crosswalks[&self.profile.crosswalk];
        let classes: Vec<String> = crosswalk.classes().into_iter().map(String::from).collect();
        let laws = prepare_laws(&self.methodology, &self.profile, &zones, &classes, &objects);
        self.keep(Subject::Project, laws);
    }
}
