//! Which regions an account is about: the land, the sea, or both.

use std::collections::BTreeSet;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Profile, ProfileDomain};

use crate::source::project::{Project, RegionRow, Sheet, SheetZones, bases, is_marine};

/// Returns whether a profile is about a zone.
pub(super) fn concerns(domain: ProfileDomain, code: &str) -> bool {
    match domain {
        ProfileDomain::Land => !is_marine(code),
        ProfileDomain::Sea => is_marine(code),
        ProfileDomain::Both => true,
    }
}

/// Returns whether a profile is about the rows of a sheet.
pub(super) fn reads(domain: ProfileDomain, sheet: &Sheet) -> bool {
    match domain {
        ProfileDomain::Land => sheet.zones == SheetZones::Counties,
        ProfileDomain::Sea => sheet.zones == SheetZones::Marine,
        ProfileDomain::Both => true,
    }
}

/// Returns those of the zones that a sheet is about.
pub(super) fn own_codes(sheet: &Sheet, zones: &BTreeSet<String>) -> BTreeSet<String> {
    let own = zones
        .iter()
        .filter(|code| is_marine(code) == (sheet.zones == SheetZones::Marine));
    own.cloned().collect()
}

/// Keeps the regions a profile is about, with all above them, and returns the codes
/// of its counties and marine zones. A profile of land and sea on a project without
/// marine zones is told by a warning.
///
/// # Errors
///
/// If the profile is about the sea alone and the project has no marine zones.
pub(super) fn of_domain(
    project: &Project,
    profile: &Profile,
    rows: Vec<RegionRow>,
    warnings: &mut Vec<Finding>,
) -> Result<(Vec<RegionRow>, BTreeSet<String>), Findings> {
    let domain = profile.edition.domain;
    let zones: BTreeSet<String> = bases(&rows)
        .into_iter()
        .filter(|row| concerns(domain, &row.code))
        .map(|row| row.code.clone())
        .collect();
    let any_marine = zones.iter().any(|code| is_marine(code));
    if domain != ProfileDomain::Land && !any_marine {
        let make = match domain {
            ProfileDomain::Sea => Finding::error,
            _ => Finding::warning,
        };
        let finding = make("marine-zones-not-given")
            .file(project.path.display())
            .arg("profile", &profile.id);
        if domain == ProfileDomain::Sea {
            return Err(finding.into());
        }
        warnings.push(finding);
    }
    let mut kept = zones.clone();
    let mut open: Vec<String> = zones.iter().cloned().collect();
    while let Some(code) = open.pop() {
        let row = rows.iter().find(|row| row.code == code);
        let parent = row
            .map(|row| row.parent.clone())
            .filter(|own| !own.is_empty());
        open.extend(parent.filter(|parent| kept.insert(parent.clone())));
    }
    let rows = rows.into_iter().filter(|row| kept.contains(&row.code));
    Ok((rows.collect(), zones))
}
