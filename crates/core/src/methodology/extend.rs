//! Profiles that are a list of differences from another one.

use std::collections::BTreeMap;

use crate::quantity::Rational;

use super::combine::CombineRule;
use super::dictionary::{Citation, Title};
use super::document::{Notes, Text, at};
use super::edition::Edition;
use super::profile::{Indicator, IndicatorState, Profile, Rebinding};

/// A profile file as written; what it leaves out its base gives.
#[derive(Clone, Debug)]
pub(super) struct WrittenProfile {
    pub(super) id: String,
    pub(super) file: String,
    /// The line of `[profile]`.
    pub(super) line: u32,
    pub(super) title: Title,
    pub(super) citation: Citation,
    /// Whether that document is a standard.
    pub(super) of_standard: bool,
    pub(super) note: Option<Title>,
    pub(super) official: bool,
    pub(super) edition: Edition,
    pub(super) extends: Option<Text>,
    pub(super) remove: Vec<Text>,
    pub(super) remove_combine: Vec<Text>,
    pub(super) price_year: Option<String>,
    pub(super) crosswalk: Option<String>,
    pub(super) coverage_floor: Option<Rational>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) indicators: Vec<Indicator>,
    pub(super) rebindings: Vec<Rebinding>,
    pub(super) combine: Vec<CombineRule>,
}

/// Puts profiles and what they differ from together. A base is itself written in
/// full: chains have one link.
pub(super) fn resolve(
    written: &BTreeMap<String, WrittenProfile>,
    notes: &mut Notes,
) -> BTreeMap<String, Profile> {
    let mut all = BTreeMap::new();
    for (id, own) in written {
        if let Some(next) = &own.edition.superseded_by
            && (next == id || !written.contains_key(next))
        {
            notes.push(at("methodology-profile-unknown", &own.file, own.line).arg("id", next));
        }
        let base = match &own.extends {
            None => None,
            Some(named) => {
                let Some(base) = written.get(&named.value).filter(|base| base.id != *id) else {
                    notes.push(
                        at("methodology-profile-unknown", &own.file, named.line)
                            .arg("id", &named.value),
                    );
                    continue;
                };
                if let Some(further) = &base.extends {
                    notes.push(
                        at("methodology-extends-chain", &own.file, named.line)
                            .arg("id", &named.value)
                            .arg("base", &further.value),
                    );
                    continue;
                }
                Some(base)
            }
        };
        if let Some(profile) = together(own, base, notes) {
            all.insert(id.clone(), profile);
        }
    }
    all
}

fn together(
    own: &WrittenProfile,
    base: Option<&WrittenProfile>,
    notes: &mut Notes,
) -> Option<Profile> {
    let price_year = needed("price_year", own, base, notes, |one| one.price_year.clone());
    let crosswalk = needed("crosswalk", own, base, notes, |one| one.crosswalk.clone());
    let floor = needed("coverage_floor", own, base, notes, |one| {
        one.coverage_floor.clone()
    });
    let layers = own.layers.clone();
    let layers = layers.or_else(|| base.and_then(|base| base.layers.clone()));
    let mut profile = Profile {
        id: own.id.clone(),
        file: own.file.clone(),
        title: own.title.clone(),
        citation: own.citation.clone(),
        note: own.note.clone(),
        official: own.official,
        edition: own.edition.clone(),
        extends: base.map(|base| base.id.clone()),
        price_year: price_year?,
        crosswalk: crosswalk?,
        coverage_floor: floor?,
        layers: layers.unwrap_or_default(),
        indicators: base.map_or_else(Vec::new, |base| inherited(own, base)),
        rebindings: base.map_or_else(Vec::new, |base| base.rebindings.clone()),
        combine: base.map_or_else(Vec::new, |base| base.combine.clone()),
    };
    let Profile {
        indicators,
        rebindings,
        combine,
        ..
    } = &mut profile;
    removed(indicators, &own.remove, own, notes, |one| &one.id);
    removed(combine, &own.remove_combine, own, notes, |one| &one.id);
    replaced(indicators, &own.indicators, |one, other| one.id == other.id);
    replaced(combine, &own.combine, |one, other| one.id == other.id);
    replaced(rebindings, &own.rebindings, |one, other| {
        one.method == other.method && one.parameter == other.parameter
    });
    if own.of_standard {
        clauses_of_absent(&profile, notes);
    }
    Some(profile)
}

/// The indicators of the base. Their clauses are those of its document: they say
/// nothing about another one.
fn inherited(own: &WrittenProfile, base: &WrittenProfile) -> Vec<Indicator> {
    let mut all = base.indicators.clone();
    if own.citation.document != base.citation.document {
        for indicator in &mut all {
            indicator.clause = None;
        }
    }
    all
}

/// A profile of a standard says under which clause an indicator stands that it does
/// not compute, so that whoever has the text can close the gap.
fn clauses_of_absent(profile: &Profile, notes: &mut Notes) {
    let absent = profile
        .indicators
        .iter()
        .filter(|one| one.state == IndicatorState::Absent && one.clause.is_none());
    notes.extend(absent.map(|one| {
        at("methodology-absent-clause", &one.file, one.line)
            .arg("id", &one.id)
            .arg("profile", &profile.id)
    }));
}

/// Returns what the profile or else its base says under a key; a profile without a
/// base must say it itself.
fn needed<T>(
    key: &'static str,
    own: &WrittenProfile,
    base: Option<&WrittenProfile>,
    notes: &mut Notes,
    value: impl Fn(&WrittenProfile) -> Option<T>,
) -> Option<T> {
    let found = value(own).or_else(|| base.and_then(&value));
    if found.is_none() && base.is_none() {
        notes.push(at("methodology-key-missing", &own.file, own.line).arg("key", key));
    }
    found
}

fn removed<T>(
    all: &mut Vec<T>,
    names: &[Text],
    own: &WrittenProfile,
    notes: &mut Notes,
    id: impl Fn(&T) -> &String,
) {
    for name in names {
        let before = all.len();
        all.retain(|one| *id(one) != name.value);
        if all.len() == before {
            notes.push(
                at("methodology-remove-unknown", &own.file, name.line).arg("id", &name.value),
            );
        }
    }
}

/// Puts each entry in the place of the one it replaces, new ones at the end.
fn replaced<T: Clone>(all: &mut Vec<T>, entries: &[T], same: impl Fn(&T, &T) -> bool) {
    for entry in entries {
        match all.iter_mut().find(|one| same(one, entry)) {
            Some(place) => *place = entry.clone(),
            None => all.push(entry.clone()),
        }
    }
}
