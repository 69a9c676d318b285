//! A profile with another crosswalk than its own.

use crate::diagnostic::{Finding, Findings};

use super::load::Methodology;
use super::profile::Profile;

impl Methodology {
    /// Returns a profile with another crosswalk.
    ///
    /// # Errors
    ///
    /// If there is no such crosswalk, or it leads to ecosystem types for which the
    /// profile's laws have no parameters.
    pub fn with_crosswalk(&self, profile: &Profile, id: &str) -> Result<Profile, Findings> {
        if !self.crosswalks.contains_key(id) {
            let known: Vec<&str> = self.crosswalks.keys().map(String::as_str).collect();
            return Err(Finding::error("crosswalk-unknown")
                .arg("id", id)
                .arg("known", known.join(", "))
                .exit(2)
                .into());
        }
        let chosen = Profile {
            crosswalk: id.to_owned(),
            ..profile.clone()
        };
        let mut notes = Vec::new();
        self.profile_fits(&chosen, &mut notes);
        if notes.is_empty() {
            Ok(chosen)
        } else {
            Err(Findings(notes))
        }
    }
}
