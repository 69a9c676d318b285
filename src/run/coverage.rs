//! Which indicator is computed under which profile, proven by a run, and against what its
//! numbers were verified; and how many values stand in the files, by status.
//!
//! The proof is `docs/coverage.toml`, which a test writes from real runs and holds in
//! step: what a profile calls computed counts as computed only if a run gave a number.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{
    Indicator, IndicatorState, Law, Methodology, Profile, Row, Status, Title,
};
use serde::{Deserialize, Serialize};

/// The proof the program carries.
const EVIDENCE: &str = include_str!("../../docs/coverage.toml");

/// What stands behind an indicator of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What the profile says: `computed`, `provisional` or `absent`.
    pub state: String,
    /// What was run: `demo` or the file of the fixture; empty if nothing was.
    pub run: String,
    /// Numbers that run gave, not counting missing and withheld ones.
    pub numbers: usize,
    /// Examples of its methods by hand.
    pub by_hand: usize,
    /// Examples of its methods from a source.
    pub by_source: usize,
    /// Examples of its methods by another tool.
    pub by_tool: usize,
    /// Published results that one of its methods reproduces.
    pub published: Vec<String>,
    /// Other programs its quantities were compared with.
    pub oracle: Vec<String>,
}

/// Evidence by profile and indicator.
pub type EvidenceBook = BTreeMap<String, BTreeMap<String, Evidence>>;

/// Reads the proof the program carries.
///
/// # Errors
///
/// If it cannot be read: our own mistake.
pub fn evidence() -> Result<EvidenceBook, Findings> {
    read_evidence(EVIDENCE)
}

/// Reads a text as evidence.
///
/// # Errors
///
/// If it is no evidence.
pub fn read_evidence(text: &str) -> Result<EvidenceBook, Findings> {
    toml::from_str(text).map_err(|error| {
        Finding::error("coverage-unreadable")
            .file("docs/coverage.toml")
            .arg("error", error)
            .exit(70)
            .into()
    })
}

/// An indicator as one profile has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What the profile says.
    pub said: &'static str,
    /// What counts: as said, if a run gave a number; else `not_run`.
    pub state: &'static str,
    /// The clauses of its methods, document first.
    pub clauses: Vec<[String; 2]>,
    /// What the profile says of it.
    pub note: Option<Title>,
    /// The proof.
    pub evidence: Evidence,
}

/// The words of states that count.
pub const STATES: [&str; 4] = ["computed", "provisional", "not_run", "absent"];

/// Numbers of values by status: provisional, transcribed, verified.
pub type ByStatus = [usize; 3];

/// How many values stand behind a profile, or in all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueCounts {
    /// Constants and prices: one row, one value, no key but its name.
    pub single: ByStatus,
    /// Values by ecosystem type, month or item.
    pub keyed: ByStatus,
    /// Rows of crosswalks.
    pub crosswalk: ByStatus,
    /// Indicators that are named and not computed, for want of a value or formula.
    pub absent: usize,
}

impl ValueCounts {
    /// Returns the values of all three kinds.
    pub fn all(&self) -> ByStatus {
        [0, 1, 2].map(|at| self.single[at] + self.keyed[at] + self.crosswalk[at])
    }
}

/// The whole table.
pub struct Coverage {
    /// The profiles, by id.
    pub profiles: BTreeMap<String, Title>,
    /// The indicators in order of their first profile, with their title.
    pub indicators: Vec<(String, Title)>,
    /// By indicator and profile.
    pub cells: BTreeMap<(String, String), Cell>,
    /// Values by profile.
    pub values: BTreeMap<String, ValueCounts>,
    /// Values in all files, each once.
    pub total: ValueCounts,
}

/// Lays out what a methodology covers, as far as the evidence goes.
///
/// # Errors
///
/// None for a methodology that was loaded without findings.
pub fn coverage(all: &Methodology, evidence: &EvidenceBook) -> Result<Coverage, Findings> {
    let mut told = Coverage {
        profiles: BTreeMap::new(),
        indicators: Vec::new(),
        cells: BTreeMap::new(),
        values: BTreeMap::new(),
        total: total(all),
    };
    for (id, profile) in &all.profiles {
        told.profiles.insert(id.clone(), profile.title.clone());
        told.values.insert(id.clone(), of_profile(all, profile)?);
        for indicator in &profile.indicators {
            let known = told.indicators.iter().any(|(own, _)| *own == indicator.id);
            if !known {
                let entry = (indicator.id.clone(), indicator.title.clone());
                told.indicators.push(entry);
            }
            let own = evidence.get(id).and_then(|own| own.get(&indicator.id));
            let cell = cell(all, indicator, own.cloned().unwrap_or_default());
            told.cells.insert((indicator.id.clone(), id.clone()), cell);
        }
    }
    Ok(told)
}

fn cell(all: &Methodology, indicator: &Indicator, evidence: Evidence) -> Cell {
    let said = indicator.state.word();
    let methods = indicator
        .methods
        .iter()
        .filter_map(|id| all.methods.get(id));
    Cell {
        said,
        state: match indicator.state {
            IndicatorState::Absent => said,
            _ if evidence.run.is_empty() || evidence.numbers == 0 => "not_run",
            _ => said,
        },
        clauses: methods
            .map(|method| {
                let own = &method.citation;
                [own.document.clone(), own.clause.clone()]
            })
            .collect(),
        note: indicator.note.clone(),
        evidence,
    }
}

fn count(counts: &mut ByStatus, status: Status) {
    let at = match status {
        Status::Provisional => 0,
        Status::Transcribed => 1,
        Status::Verified => 2,
    };
    counts[at] += 1;
}

fn total(all: &Methodology) -> ValueCounts {
    let mut counts = ValueCounts::default();
    for table in all.tables.values() {
        for row in table.rows.iter().filter(|row| row.value.is_some()) {
            if table.keys == ["name"] {
                count(&mut counts.single, row.status);
            } else {
                count(&mut counts.keyed, row.status);
            }
        }
    }
    for row in all.crosswalks.values().flat_map(|one| one.rows.values()) {
        count(&mut counts.crosswalk, row.status);
    }
    let profiles = all.profiles.values();
    counts.absent = profiles.map(absent).sum();
    counts
}

fn absent(profile: &Profile) -> usize {
    let indicators = profile.indicators.iter();
    indicators
        .filter(|one| one.state == IndicatorState::Absent)
        .count()
}

/// The values a profile's laws and derived layers may take, each once.
fn of_profile(all: &Methodology, profile: &Profile) -> Result<ValueCounts, Findings> {
    let mut counts = ValueCounts {
        absent: absent(profile),
        ..ValueCounts::default()
    };
    let mut laws: Vec<Law> = Vec::new();
    for indicator in &profile.indicators {
        laws.extend(all.indicator_law(profile, indicator)?);
    }
    for id in &profile.layers {
        laws.extend(all.law(id, Some(profile))?);
    }
    let mut seen: BTreeSet<(&str, u32)> = BTreeSet::new();
    let bound = laws.iter().flat_map(|law| law.parameters.values());
    let rows = bound.flat_map(|one| one.rows.iter().map(move |(_, row)| row));
    for row in rows.filter(|row: &&Row| row.value.is_some()) {
        if !seen.insert((row.file.as_str(), row.line)) {
            continue;
        }
        let single = all.tables.get(&row.file);
        if single.is_some_and(|table| table.keys == ["name"]) {
            count(&mut counts.single, row.status);
        } else {
            count(&mut counts.keyed, row.status);
        }
    }
    let crosswalk = all.crosswalks.get(&profile.crosswalk);
    for row in crosswalk.iter().flat_map(|one| one.rows.values()) {
        count(&mut counts.crosswalk, row.status);
    }
    Ok(counts)
}
