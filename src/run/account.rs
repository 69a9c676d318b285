//! The main job: from a project file to tables and a manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{
    Crosswalk, Indicator, IndicatorGroup, IndicatorState, Methodology, Profile, ProfileDomain,
};
use gep_core::quantity::Rational;
use gep_core::storage::OutputFolder;

use super::adjustments::{adjust, adjusted_counties, adjusted_province_fen};
use super::assets::discounting;
use super::base_run::BaseRun;
use super::beside::Beside;
use super::boundaries::{EARLIER, check_versions, with_hints};
use super::checks::{CheckedAccount, check_run};
use super::condition::{MeasuredVariable, prepare_conditions};
use super::control_areas::{Controlled, control};
use super::denominators::Given;
use super::edition::check_edition;
use super::inputs::{
    InputFile, check_needs, check_regions, find_profile, hash_inputs, read_methodology, read_tables,
};
use super::land_cover::{Cover, Parcels, check_parcels, open_cover};
use super::layers::NamedLayers;
use super::lines::{Lines, measure_lines};
use super::marine::of_domain;
use super::objects::{Objects, layer_name, measure, read_all};
use super::opening::{OpeningCover, open_opening};
use super::over_time::open_base;
use super::publish::{Finished, write_run};
use super::recut::check_earlier;
use super::rules::totals;
use super::supply::{read_price_indices, read_shares};
use super::survey::{Choice, all_problems};
use super::uncertainty::DrawTerms;
use super::uncertainty_bounds::bounds;
use super::zonal::{Ground, ZoneFile};
use crate::account::{
    AccountLaw, Amount, ClassGround, ObjectAmount, Region, RegionLevel, Rollup, TableInput, bases,
    evaluate_law, roll_up,
};
use crate::output::BoundedAmount;
use crate::source::boundaries::EarlierBoundaries;
use crate::source::deflators::Deflators;
use crate::source::gdal::{Crs, RasterSource, distinct_classes, quiet_library};
use crate::source::project::{ClassRaster, Polygons, Project, RegionRow};
use crate::source::use_shares::SectorShares;
use crate::zonal::{
    ClassKey, ExpressionMeasures, LawRates, Opening, Pass, PassSettings, PieceTable, WithOpening,
};

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct AccountRequest {
    /// The project file or its folder.
    pub project: PathBuf,
    /// The folder to write.
    pub out: PathBuf,
    /// Whether an existing folder may be replaced.
    pub replace: bool,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// Another profile than the project's.
    pub profile: Option<String>,
    /// Another crosswalk than the project's or the profile's.
    pub crosswalk: Option<String>,
    /// Rows and columns of a tile.
    pub tile: usize,
}

/// What was done, for the terminal.
#[derive(Clone, Debug)]
pub struct AccountReport {
    /// Title in both languages.
    pub title: (String, String),
    /// Identity of the run.
    pub run_id: String,
    /// GEP of the province, fen, if it could be computed.
    pub province_fen: Option<i128>,
    /// The same after all corrections by hand, if they change it.
    pub adjusted_fen: Option<i128>,
    /// Whether the account is of the sea alone.
    pub marine: bool,
    /// Numbers of counties (or marine zones) computed, and of those withheld, missing or partial.
    pub counties: (usize, usize),
    /// Whether any number rests on less than verified parameters.
    pub provisional: bool,
    /// Whether it was compared with a base run.
    pub compared: bool,
    /// Warnings.
    pub warnings: Vec<Finding>,
}

/// A checked project with everything read but the pass.
pub struct Prepared {
    /// The project.
    pub project: Project,
    /// The methodology.
    pub methodology: Methodology,
    /// The profile.
    pub profile: Profile,
    /// Regions.
    pub regions: Vec<RegionRow>,
    /// Input files.
    pub inputs: Vec<InputFile>,
    /// Input tables.
    pub tables: BTreeMap<String, TableInput>,
    /// Polygons on the class raster.
    pub ground: Ground,
    /// Layers.
    pub layers: NamedLayers,
    /// Nodata of the class raster.
    pub class_nodata: Option<f64>,
    /// Land cover as polygons.
    pub parcels: Option<Parcels>,
    /// Land cover of the opening date, as a raster.
    pub opening: Option<OpeningCover>,
    /// Land cover of the opening date, as parcels.
    pub opening_parcels: Option<Parcels>,
    /// Codes of the counties and marine zones the account is about.
    pub zones: BTreeSet<String>,
    /// Objects and their attributes.
    pub objects: Objects,
    /// Variables of ecosystem condition.
    pub conditions: Vec<MeasuredVariable>,
    /// Lines and their lengths.
    pub lines: Lines,
    /// What GEP is set against, and corrections by hand.
    pub beside: Beside,
    /// Price indices of items.
    pub deflators: Option<Deflators>,
    /// Shares of the users of services.
    pub use_shares: Option<SectorShares>,
    /// How uncertain parameters are drawn, if they are.
    pub uncertainty: Option<DrawTerms>,
    /// Amounts with parameters of the pass at the ends of their distributions.
    pub bounds: Vec<BoundedAmount>,
    /// Ecosystem types, sorted.
    pub classes: Vec<String>,
    /// Laws of the indicators that are computed.
    pub laws: Vec<AccountLaw>,
    /// Warnings.
    pub warnings: Vec<Finding>,
}

impl Prepared {
    /// Reads and checks everything a run needs; finds as many problems as it can.
    pub fn open(
        project: &Path,
        methodology: Option<&Path>,
        profile: Option<&str>,
    ) -> Result<Self, Findings> {
        Self::open_with(project, methodology, profile, None)
    }

    /// As [`Prepared::open`], with another crosswalk than the project's or the
    /// profile's. What stops one stage does not hide the problems of the others.
    pub fn open_with(
        project: &Path,
        methodology: Option<&Path>,
        profile: Option<&str>,
        crosswalk: Option<&str>,
    ) -> Result<Self, Findings> {
        let choice = Choice {
            methodology,
            profile,
            crosswalk,
        };
        let prepared = read_methodology(methodology)
            .and_then(|methodology| Self::open_from(project, methodology, profile, crosswalk));
        prepared.map_err(|first| all_problems(project, &choice, first))
    }

    /// As [`Prepared::open_with`], with a methodology that was read before.
    pub(super) fn open_from(
        project: &Path,
        methodology: Methodology,
        profile: Option<&str>,
        crosswalk: Option<&str>,
    ) -> Result<Self, Findings> {
        quiet_library();
        let project = Project::open(project)?;
        let profile = choose_profile(&methodology, &project, profile, crosswalk)?;
        let mut warnings = terms(&project, &methodology, &profile)?;
        let uncertainty = DrawTerms::of(&project)?;
        let inputs = hash_inputs(&project)?;
        let Cover {
            raster,
            nodata: class_nodata,
            crosswalk,
            mut parcels,
            opening: mut opening_parcels,
        } = open_cover(&project, &methodology, &profile)?;
        let use_shares = read_shares(&project, |id| profile.indicator(id).is_some())?;
        let deflators = read_price_indices(&project, &profile)?;
        let opening = open_opening(&project, &raster, crosswalk)?;
        let layers = NamedLayers::build(&project, &methodology, &profile, &raster)?;
        let both = parcels.iter_mut().chain(&mut opening_parcels);
        let ground = open_ground(&project, raster, both)?;
        warnings.extend(ground.warnings.iter().cloned());
        let regions = check_regions(&project, &ground.codes())
            .map_err(|findings| with_hints(&methodology, findings))?;
        check_versions(&project, &methodology, &regions)?;
        let (regions, zones) = of_domain(&project, &profile, regions, &mut warnings)?;
        let sources = (&project, &methodology, &profile);
        let (tables, objects, lines) = read_inputs(sources, &ground, &zones, &mut warnings)?;
        let given = Given::of(&project, &methodology, &profile, &regions, &tables);
        let (beside, more) = Beside::open(&given, &zones)?;
        warnings.extend(more);
        let classes: Vec<String> = crosswalk.classes().into_iter().map(String::from).collect();
        let names: Vec<String> = zones.iter().cloned().collect();
        let conditions = prepare_conditions(&project, &methodology, &profile, &layers, &classes)?;
        let laws = prepare_laws(&methodology, &profile, &names, &classes, &objects)?;
        Ok(Self {
            project,
            methodology,
            profile,
            regions,
            inputs,
            tables,
            ground,
            zones,
            objects,
            lines,
            layers,
            class_nodata,
            parcels,
            opening,
            opening_parcels,
            conditions,
            beside,
            deflators,
            use_shares,
            uncertainty,
            bounds: Vec::new(),
            classes,
            laws,
            warnings,
        })
    }

    /// Returns the position of a class code among the ecosystem types. Pieces of
    /// parcels have that position as their code.
    pub fn label_of(&self, code: i64) -> Option<usize> {
        if self.parcels.is_some() {
            return usize::try_from(code)
                .ok()
                .filter(|at| *at < self.classes.len());
        }
        let crosswalk = self.methodology.crosswalks.get(&self.profile.crosswalk)?;
        let class = &crosswalk.row_of_number(code)?.class;
        self.classes.binary_search(class).ok()
    }

    /// Returns whether the land cover of the opening date is known.
    pub fn has_opening(&self) -> bool {
        self.opening.is_some() || self.opening_parcels.is_some()
    }

    /// Returns indicators that are computed, with their groups.
    pub fn indicators(&self) -> Vec<(String, IndicatorGroup)> {
        let computed = |indicator: &&Indicator| indicator.state != IndicatorState::Absent;
        let indicators = self.profile.indicators.iter().filter(computed);
        indicators
            .map(|indicator| (indicator.id.clone(), indicator.group))
            .collect()
    }

    /// Runs the pass over the rasters.
    pub fn pass(
        &self,
        tile: usize,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<PieceTable, Findings> {
        let mut rates = Vec::new();
        for account in &self.laws {
            let Some(program) = &account.program else {
                continue;
            };
            rates.push(LawRates {
                name: account.indicator.id.clone(),
                program: program.clone(),
                inputs: self.layers.inputs(&account.law, program.layers())?,
                per_quantum: account.per_quantum(),
                scope: account
                    .slots
                    .iter()
                    .map(|slot| slot.scope.clone())
                    .collect(),
            });
        }
        rates.extend(self.conditions.iter().filter_map(|own| own.rates.clone()));
        let grid = &self.ground.classes.grid;
        let all = (grid.rows * grid.columns) as u64;
        let label_of = |code| {
            self.label_of(code)
                .and_then(|label| u16::try_from(label).ok())
        };
        Pass {
            classes: &self.ground.classes,
            class_nodata: self.class_nodata,
            piece_classes: self.parcels.as_ref().map(|parcels| &parcels.classes),
            area: &self.ground.area,
            coverage: &self.ground.coverage,
            measures: &WithOpening {
                inner: &ExpressionMeasures {
                    laws: &rates,
                    graph: &self.layers.graph,
                    grid,
                    label_of: &label_of,
                },
                opening: self.opening.as_ref().map(|cover| Opening {
                    classes: &cover.raster,
                    nodata: cover.nodata,
                    types: self.classes.len(),
                    label_of: &label_of,
                }),
            },
            settings: PassSettings { tile },
            progress: &|done| progress(done, all),
        }
        .run()
    }

    /// Adds the sums of a pass up to counties and ecosystem types.
    pub fn gather(&self, table: &PieceTable) -> ClassGround {
        ClassGround::gather(
            table,
            |piece| self.zone_of(piece),
            |code| self.label_of(code),
        )
    }

    /// Returns the zone of a piece, if the account is about it: an account of the land
    /// leaves marine zones out, one of the sea the counties.
    pub fn zone_of(&self, piece: u32) -> Option<String> {
        let region = self.ground.overlay.pieces[piece as usize][0]?;
        let code = &self.ground.layers[0].regions[region as usize].code;
        self.zones.contains(code).then(|| code.clone())
    }
}

/// Reads the departments' numbers, and what is measured on objects and lines.
fn read_inputs(
    (project, methodology, profile): (&Project, &Methodology, &Profile),
    ground: &Ground,
    zones: &BTreeSet<String>,
    warnings: &mut Vec<Finding>,
) -> Result<(BTreeMap<String, TableInput>, Objects, Lines), Findings> {
    let (mut tables, more) = read_tables(project, methodology, profile, zones)
        .map_err(|findings| with_hints(methodology, findings))?;
    warnings.extend(more);
    let mut objects = read_all(project, methodology)?;
    warnings.append(&mut objects.warnings);
    let lines = measure_lines(project, methodology, ground, zones)?;
    tables.extend(objects.tables.clone());
    tables.extend(lines.tables.clone());
    Ok((tables, objects, lines))
}

/// Checks what the project file alone tells; returns warnings.
fn terms(
    project: &Project,
    methodology: &Methodology,
    profile: &Profile,
) -> Result<Vec<Finding>, Findings> {
    let mut warnings = check_needs(project, methodology, profile)?;
    warnings.extend(check_edition(project, profile));
    discounting(project)?;
    Ok(warnings)
}

/// Returns the profile asked for, or the project's, with its crosswalk.
fn choose_profile(
    methodology: &Methodology,
    project: &Project,
    profile: Option<&str>,
    crosswalk: Option<&str>,
) -> Result<Profile, Findings> {
    let profile = find_profile(methodology, project, profile)?;
    match crosswalk.or(project.head.crosswalk.as_deref()) {
        Some(id) => methodology.with_crosswalk(profile, id),
        None => Ok(profile.clone()),
    }
}

/// Returns the value that means "no class" in a land cover, as the project says.
pub(super) fn declared_nodata(
    project: &Project,
    entry: &ClassRaster,
) -> Result<Option<f64>, Findings> {
    match &entry.nodata {
        toml::Value::Integer(value) => Ok(Some(*value as f64)),
        toml::Value::Float(value) => Ok(Some(*value)),
        toml::Value::String(word) if word == "none" => Ok(None),
        _ => Err(Finding::error("nodata-not-declared")
            .file(project.path.display())
            .into()),
    }
}

/// Compares the codes of a land cover with the crosswalk.
pub(super) fn check_codes(
    raster: &RasterSource,
    nodata: Option<f64>,
    crosswalk: &Crosswalk,
) -> Result<(), Findings> {
    let fault = |code| Finding::error(code).file(raster.path.display());
    if let Some(value) = nodata
        && value.trunc() == value
        && crosswalk.row_of_number(value as i64).is_some()
    {
        return Err(fault("nodata-in-legend").arg("value", value).into());
    }
    let found = distinct_classes(raster, nodata)?;
    let unknown: Vec<String> = found
        .iter()
        .filter(|code| crosswalk.row_of_number(**code).is_none())
        .map(ToString::to_string)
        .collect();
    if !unknown.is_empty() {
        let codes = unknown.join(", ");
        return Err(fault("classes-unknown")
            .arg("count", unknown.len())
            .arg("codes", codes)
            .into());
    }
    Ok(())
}

/// Prepares the laws of the indicators that are computed.
pub(super) fn prepare_laws(
    methodology: &Methodology,
    profile: &Profile,
    zones: &[String],
    classes: &[String],
    objects: &Objects,
) -> Result<Vec<AccountLaw>, Findings> {
    let mut laws = Vec::new();
    for indicator in &profile.indicators {
        laws.extend(AccountLaw::prepare(
            methodology,
            profile,
            indicator,
            zones,
            classes,
            &objects.ids,
        )?);
    }
    Ok(laws)
}

pub(super) fn open_ground<'a>(
    project: &Project,
    raster: RasterSource,
    parcels: impl IntoIterator<Item = &'a mut Parcels>,
) -> Result<Ground, Findings> {
    let mut parcels: Vec<&mut Parcels> = parcels.into_iter().collect();
    let zone_file = |name: &str, polygons: &Polygons| ZoneFile {
        name: name.to_string(),
        path: project.file(&polygons.path),
        code_column: polygons.id.clone(),
    };
    let declared = |polygons: &Polygons| {
        let definition = polygons.crs.as_deref();
        definition.map(Crs::from_definition).transpose()
    };
    let objects: Vec<(String, Polygons)> = project
        .objects
        .iter()
        .map(|(kind, file)| (layer_name(kind), file.polygons()))
        .collect();
    let mut files = vec![(
        zone_file("region_code", &project.vectors.zones),
        &project.vectors.zones,
    )];
    let overlays = project.vectors.overlays.iter();
    for (name, polygons) in overlays.chain(objects.iter().map(|(name, one)| (name, one))) {
        files.push((zone_file(name, polygons), polygons));
    }
    let earlier = project.earlier().map(EarlierBoundaries::polygons);
    files.extend(earlier.iter().map(|one| (zone_file(EARLIER, one), one)));
    let mut zones = Vec::new();
    for (file, polygons) in files {
        zones.push((file, declared(polygons)?));
    }
    let marine = match &project.vectors.marine {
        Some(polygons) => Some((zone_file("marine", polygons), declared(polygons)?)),
        None => None,
    };
    let more = parcels.iter_mut().filter_map(|own| own.take_polygons());
    let more = more.collect();
    let mut ground = Ground::prepare_with(raster, &zones, marine.as_ref(), more)?;
    let mut told = Vec::new();
    for own in parcels {
        own.place(&ground);
        told.extend(own.check_overlaps(&ground)?);
    }
    ground.warnings.extend(told);
    Ok(ground)
}

/// Runs the whole job.
pub fn run_account(
    request: &AccountRequest,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<AccountReport, Findings> {
    run_account_since(request, None, progress)
}

/// Runs the whole job, compared with an earlier finished run: the one named here,
/// else the project's, if it has one.
pub fn run_account_since(
    request: &AccountRequest,
    base: Option<&Path>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<AccountReport, Findings> {
    run_account_bounded(request, base, false, progress)
}

/// As [`run_account_since`]; if `raster_bounds`, with two more passes for each
/// parameter with a distribution that the pass over rasters reads.
pub fn run_account_bounded(
    request: &AccountRequest,
    base: Option<&Path>,
    raster_bounds: bool,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<AccountReport, Findings> {
    check_free(request)?;
    let not_written = |error: std::io::Error| not_written(&request.out, &error);
    let mut prepared = Prepared::open_with(
        &request.project,
        request.methodology.as_deref(),
        request.profile.as_deref(),
        request.crosswalk.as_deref(),
    )?;
    let base = open_base(&prepared, base)?;
    let own = base.iter().map(|base| base.input.clone());
    prepared.inputs.extend(own);
    let measured = prepared.pass(request.tile, progress)?;
    let controlled = hold(&mut prepared, base.as_ref(), &measured)?;
    let table = controlled.scaled.as_ref().unwrap_or(&measured);
    let ground = prepared.gather(table);
    measure(&mut prepared, &measured);
    let adjusted = adjusted_counties(&mut prepared, &ground)?;
    let (counties, by_object) = evaluate_counties(&mut prepared, &ground)?;
    let printed = check_printed(&prepared, &counties);
    prepared.warnings.extend(printed);
    let regions = region_tree(&prepared.regions);
    let amounts = roll_up(counties, &Rollup { regions: &regions });
    let after = totals(&prepared, &amounts, &regions);
    let adjustments = adjust(&prepared, adjusted, [&amounts, &after.totals], &regions)?;
    let account = CheckedAccount {
        ground: &ground,
        regions: &regions,
        amounts: &amounts,
        combined: &after.combined,
        totals: &after.totals,
    };
    let (checks, fired) = check_run(&mut prepared, &account)?;
    if raster_bounds {
        prepared.bounds = bounds(&prepared, request, &after.totals, progress)?;
    }
    let folder = OutputFolder::create(&request.out, request.replace).map_err(not_written)?;
    let finished = Finished {
        prepared: &prepared,
        pieces: table,
        measured: &measured,
        controls: &controlled.lines,
        by_object: &by_object,
        ground: &ground,
        regions: &regions,
        amounts: &amounts,
        combined: &after.combined,
        totals: &after.totals,
        checks: &checks,
        adjustments: &adjustments,
        base: base.as_ref(),
    };
    let run_id = write_run(&finished, &folder)?;
    folder.publish().map_err(not_written)?;
    prepared.warnings.extend(fired);
    Ok(AccountReport {
        compared: base.is_some(),
        adjusted_fen: adjusted_province_fen(&adjustments),
        ..report(&prepared, &regions, &after.totals, run_id)
    })
}

fn not_written(out: &Path, error: &std::io::Error) -> Finding {
    Finding::error("output-not-written")
        .file(out.display())
        .arg("error", error)
        .exit(74)
}

/// Refuses to write where something stands that is not to be replaced.
fn check_free(request: &AccountRequest) -> Result<(), Findings> {
    if request.out.exists() && !request.replace {
        return Err(Finding::error("output-exists")
            .file(request.out.display())
            .exit(2)
            .into());
    }
    Ok(())
}

/// Holds what a pass measured against the parcels' own areas, the boundaries of the
/// base run and official areas.
fn hold(
    prepared: &mut Prepared,
    base: Option<&BaseRun>,
    measured: &PieceTable,
) -> Result<Controlled, Findings> {
    let mut told = check_parcels(prepared, measured)?;
    told.extend(check_earlier(prepared, base, measured)?);
    prepared.warnings.extend(told);
    control(prepared, measured)
}

pub(super) fn evaluate_counties(
    prepared: &mut Prepared,
    ground: &ClassGround,
) -> Result<(Vec<Amount>, Vec<ObjectAmount>), Findings> {
    let (mut counties, mut by_object) = (Vec::new(), Vec::new());
    let mut first = 0;
    let floor: Rational = prepared.profile.coverage_floor.clone();
    for account in &mut prepared.laws {
        let (amounts, objects) = evaluate_law(account, ground, first, &prepared.tables, &floor)?;
        counties.extend(amounts);
        by_object.extend(objects);
        first += account.slots.len();
    }
    Ok((counties, by_object))
}

/// Numbers outside the range their method prints.
fn check_printed(prepared: &Prepared, counties: &[Amount]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for account in &prepared.laws {
        for (_, output) in &account.law.outputs {
            let of_output = counties.iter().filter(|amount| {
                amount.key.indicator == account.indicator.id && amount.key.output == output.name
            });
            for amount in of_output {
                let Some(value) = &amount.value else {
                    continue;
                };
                if *value < output.range.0 || *value > output.range.1 {
                    findings.push(
                        Finding::warning("out-of-printed-range")
                            .arg("region", &amount.key.region)
                            .arg(
                                "output",
                                format!("{} {}", amount.key.indicator, output.name),
                            )
                            .arg("value", gep_core::quantity::format_decimal(value, 12))
                            .arg("low", gep_core::quantity::format_exact(&output.range.0))
                            .arg("high", gep_core::quantity::format_exact(&output.range.1)),
                    );
                }
            }
        }
    }
    findings
}

pub(super) fn region_tree(rows: &[RegionRow]) -> Vec<Region> {
    rows.iter()
        .filter_map(|row| {
            Some(Region {
                code: row.code.clone(),
                level: RegionLevel::from_word(&row.level)?,
                parent: Some(row.parent.clone()).filter(|parent| !parent.is_empty()),
            })
        })
        .collect()
}

fn report(
    prepared: &Prepared,
    regions: &[Region],
    totals: &[Amount],
    run_id: String,
) -> AccountReport {
    let gep = |code: &str| {
        totals
            .iter()
            .find(|amount| amount.key.region == code && amount.key.indicator == "gep")
    };
    let of_level = |level| regions.iter().filter(move |region| region.level == level);
    let whole = |region: &&Region| {
        gep(&region.code).is_some_and(|amount| amount.value.is_some() && !amount.partial())
    };
    let counties = bases(regions).into_iter();
    let (computed, other): (Vec<_>, Vec<_>) = counties.partition(whole);
    let province = of_level(RegionLevel::Province)
        .next()
        .and_then(|region| gep(&region.code));
    let fen = province
        .and_then(|amount| amount.value.as_ref())
        .and_then(|value| {
            gep_core::quantity::Fen::from_yuan(value)
                .ok()
                .map(|fen| fen.0)
        });
    let title = &prepared.project.head.title;
    AccountReport {
        title: (title.zh.clone(), title.en.clone()),
        run_id,
        province_fen: fen,
        adjusted_fen: None,
        marine: prepared.profile.edition.domain == ProfileDomain::Sea,
        counties: (computed.len(), other.len()),
        provisional: totals
            .iter()
            .any(|amount| amount.trust != crate::account::Trust::Verified),
        compared: false,
        warnings: prepared.warnings.clone(),
    }
}

/// Returns the class a row of the extent table bears.
pub fn class_name(prepared: &Prepared, class: ClassKey) -> String {
    match class {
        ClassKey::Class(code) => prepared
            .label_of(code)
            .map_or_else(|| code.to_string(), |label| prepared.classes[label].clone()),
        ClassKey::NoData => "nodata".to_string(),
        ClassKey::OutsideGrid => "outside_grid".to_string(),
    }
}
