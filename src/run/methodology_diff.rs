//! `gep methodology diff`: the two sides, opened; and the material of a bridge, from a
//! finished run or from a project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Difference, DifferenceKind, Methodology, Profile, Side, differences};

use super::account::Prepared;
use super::aggregates::{Aggregates, crosswalk_key};
use super::base_run::{BaseRun, Table};
use super::bridge::Material;
use super::inputs::read_methodology;
use super::objects::measure;

/// One side of the comparison as it is asked for: `PROFILE`, `FOLDER`, or
/// `FOLDER#PROFILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Another methodology than the program's own.
    pub folder: Option<PathBuf>,
    /// The profile, if it is named.
    pub profile: Option<String>,
}

impl Asked {
    /// Reads a side. A text that names an existing folder is one; `methodology` is where
    /// profiles stand that come without a folder.
    pub fn parse(text: &str, methodology: Option<&Path>) -> Self {
        let folder = |text: &str| Some(PathBuf::from(text)).filter(|path| path.is_dir());
        if let Some(found) = folder(text) {
            return Self {
                folder: Some(found),
                profile: None,
            };
        }
        match text.rsplit_once('#') {
            Some((path, profile)) if folder(path).is_some() => Self {
                folder: folder(path),
                profile: Some(profile.to_string()),
            },
            _ => Self {
                folder: methodology.map(Path::to_path_buf),
                profile: Some(text.to_string()),
            },
        }
    }

    /// Opens the profile; `otherwise` is the one meant if none is named.
    ///
    /// # Errors
    ///
    /// All findings of the load; and if there is no such profile (exit 2).
    pub fn open(&self, otherwise: Option<&str>) -> Result<Opened, Findings> {
        let methodology = read_methodology(self.folder.as_deref())?;
        let Some(id) = self.profile.as_deref().or(otherwise) else {
            return Err(Finding::error("diff-profile-not-named").exit(2).into());
        };
        let Some(profile) = methodology.profiles.get(id).cloned() else {
            let known: Vec<&str> = methodology.profiles.keys().map(String::as_str).collect();
            return Err(Finding::error("diff-profile-unknown")
                .arg("id", id)
                .arg("known", known.join(", "))
                .exit(2)
                .into());
        };
        Ok(Opened {
            methodology,
            profile,
        })
    }
}

/// A profile and the methodology it stands in.
pub struct Opened {
    /// The methodology.
    pub methodology: Methodology,
    /// The profile, with the crosswalk in use.
    pub profile: Profile,
}

impl Opened {
    /// Returns it for comparison.
    pub fn side(&self) -> Side<'_> {
        Side {
            methodology: &self.methodology,
            profile: &self.profile,
        }
    }
}

/// Compares every profile of two methodologies; one that only one of them has is a
/// difference of its own.
///
/// # Errors
///
/// All findings of the loads.
pub fn compare_folders(asked: &[Asked; 2]) -> Result<BTreeMap<String, Vec<Difference>>, Findings> {
    let first = read_methodology(asked[0].folder.as_deref())?;
    let second = read_methodology(asked[1].folder.as_deref())?;
    let ids: BTreeSet<&String> = first
        .profiles
        .keys()
        .chain(second.profiles.keys())
        .collect();
    let mut all = BTreeMap::new();
    for id in ids {
        let found = match (first.profiles.get(id), second.profiles.get(id)) {
            (Some(own), Some(other)) => {
                let own = Side {
                    methodology: &first,
                    profile: own,
                };
                let other = Side {
                    methodology: &second,
                    profile: other,
                };
                differences(own, other)?
            }
            (own, other) => vec![Difference {
                kind: DifferenceKind::Setting,
                subject: String::new(),
                item: "profile".to_string(),
                before: own.map(|_| id.clone()),
                after: other.map(|_| id.clone()),
            }],
        };
        all.insert(id.clone(), found);
    }
    Ok(all)
}

/// Returns the id of the profile of a finished run.
///
/// # Errors
///
/// If the run cannot be read.
pub fn profile_of_run(run: &Path) -> Result<String, Findings> {
    Ok(crate::output::Manifest::read(run)?.profile_id)
}

/// Reads the aggregates of a finished run. The run's crosswalk stands over both
/// profiles where it is not its profile's own.
///
/// # Errors
///
/// If the run cannot be read, or was made under neither of the two profiles.
pub fn material_of_run(run: &Path, sides: &mut [Opened; 2]) -> Result<Material, Findings> {
    let base = BaseRun::open(run, &sides[0].methodology.units)?;
    let own = match sides.iter().position(|side| made_by(&base, side)) {
        Some(own) => own,
        None => {
            let changed = choose_crosswalk(sides, &base.crosswalk);
            let found = sides.iter().position(|side| made_by(&base, side));
            found.filter(|_| changed).ok_or_else(|| {
                Finding::error("bridge-run-other-profile")
                    .file(run.display())
                    .arg("first", &sides[0].profile.id)
                    .arg("second", &sides[1].profile.id)
                    .exit(2)
            })?
        }
    };
    let side = &sides[own];
    let aggregates = Aggregates::of_run(&base, &side.methodology, &side.profile)?;
    let manifest = std::fs::read_to_string(run.join("manifest.json")).unwrap_or_default();
    let manifest = serde_json::from_str(&manifest).unwrap_or_default();
    let gep = Table::open(run, &manifest, "gep")?;
    let (codes, items) = (gep.texts("region_code")?, gep.texts("item")?);
    let fen = gep.integers("value_fen")?;
    let keys = codes.iter().zip(items);
    let published = keys
        .zip(fen)
        .map(|((code, item), fen)| (((*code).to_string(), item.to_string()), fen))
        .collect();
    let regions = Table::open(run, &manifest, "regions")?;
    let codes = regions.texts("region_code")?;
    let (zh, en) = (regions.texts("name_zh")?, regions.texts("name_en")?);
    let named = codes.iter().zip(zh.iter().zip(en));
    Ok(Material {
        aggregates,
        names: named
            .map(|(code, (zh, en))| ((*code).to_string(), [(*zh).to_string(), en.to_string()]))
            .collect(),
        published: Some((own, published)),
        origin: base.run_id.clone(),
    })
}

fn made_by(base: &BaseRun, side: &Opened) -> bool {
    side.methodology.fingerprint(&side.profile) == base.fingerprint
}

/// Puts both profiles on another crosswalk; whether both could be.
fn choose_crosswalk(sides: &mut [Opened; 2], id: &str) -> bool {
    let chosen = [&sides[0], &sides[1]].map(|side| {
        let chosen = side.methodology.with_crosswalk(&side.profile, id);
        chosen.ok()
    });
    let [Some(first), Some(second)] = chosen else {
        return false;
    };
    sides[0].profile = first;
    sides[1].profile = second;
    true
}

/// Runs the pass over a project under both profiles, and under either's crosswalk where
/// they differ; writes nothing. A crosswalk the project names stands over both.
///
/// # Errors
///
/// What a run would refuse, under either profile.
pub fn material_of_project(
    project: &Path,
    asked: &[Asked; 2],
    sides: &mut [Opened; 2],
    tile: usize,
) -> Result<Material, Findings> {
    let mut aggregates = Aggregates::default();
    let mut names = BTreeMap::new();
    let mut origin = String::new();
    for at in 0..2 {
        let open = |crosswalk: Option<&str>, side: &Opened| {
            let folder = asked[at].folder.as_deref();
            Prepared::open_with(project, folder, Some(&side.profile.id), crosswalk)
        };
        let mut prepared = open(None, &sides[at])?;
        let pieces = prepared.pass(tile, &|_, _| {})?;
        measure(&mut prepared, &pieces);
        sides[at].profile = prepared.profile.clone();
        add(&mut aggregates, &prepared, &prepared.gather(&pieces))?;
        for row in &prepared.regions {
            let both = [row.name_zh.clone(), row.name_en.clone()];
            names.insert(row.code.clone(), both);
        }
        aggregates.regions = super::account::region_tree(&prepared.regions);
        aggregates.tables.extend(prepared.tables.clone());
        aggregates.objects.extend(prepared.objects.ids.clone());
        origin = prepared.project.head.title.en.clone();
    }
    let key = |side: &Opened| crosswalk_key(&side.methodology, &side.profile);
    if key(&sides[0]) != key(&sides[1]) {
        for at in 0..2 {
            let (own, other) = (&sides[at], &sides[1 - at]);
            let folder = asked[at].folder.as_deref();
            let crossed = Prepared::open_with(
                project,
                folder,
                Some(&own.profile.id),
                Some(&other.profile.crosswalk),
            );
            // Without it this side's laws are not taken apart by crosswalk.
            let Ok(prepared) = crossed else { continue };
            if crosswalk_key(&prepared.methodology, &prepared.profile) == key(other) {
                let pieces = prepared.pass(tile, &|_, _| {})?;
                add(&mut aggregates, &prepared, &prepared.gather(&pieces))?;
            }
        }
    }
    Ok(Material {
        aggregates,
        names,
        published: None,
        origin,
    })
}

fn add(
    aggregates: &mut Aggregates,
    prepared: &Prepared,
    ground: &crate::account::ClassGround,
) -> Result<(), Findings> {
    aggregates.add_pass(
        (&prepared.methodology, &prepared.profile),
        &prepared.laws,
        &prepared.classes,
        ground,
    )
}
