//! Whether a profile may be used for an account of a project's year.

use gep_core::diagnostic::Finding;
use gep_core::methodology::Profile;

use crate::source::project::Project;

/// Returns a warning if the year of the account lies outside the years in which the
/// profile is in force.
pub fn check_edition(project: &Project, profile: &Profile) -> Option<Finding> {
    let edition = &profile.edition;
    // What stands for a year, such as `2019-demo`, is none an edition could cover.
    let outside = match project.head.year.parse() {
        Ok(year) => !edition.covers(year),
        Err(_) => false,
    };
    let open = |bound: &Option<String>| bound.clone().unwrap_or_else(|| "…".to_owned());
    outside.then(|| {
        Finding::warning("edition-outside")
            .file(project.path.display())
            .arg("profile", &profile.id)
            .arg("year", &project.head.year)
            .arg("from", open(&edition.valid_from))
            .arg("to", open(&edition.valid_to))
    })
}
