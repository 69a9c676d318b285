//! The names the files of the carbon books may use, handed in by whoever knows them.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Unit, UnitRegistry};

/// Words of the column `status`.
pub const STATUSES: [&str; 4] = ["verified", "transcribed", "provisional", "synthetic"];

/// Names and what they measure.
#[derive(Clone, Debug)]
pub struct Dictionary {
    /// Units.
    pub units: UnitRegistry,
    /// Quantities: their unit, and whether they have a list of items.
    pub quantities: BTreeMap<String, (Unit, bool)>,
    /// Categories of emissions.
    pub categories: BTreeSet<String>,
    /// Spellings of flows of a balance, with the flow's id.
    pub flows: BTreeMap<String, String>,
    /// Spellings of carriers of a balance, with the carrier's id and a unit of its kind.
    pub carriers: BTreeMap<String, (String, Unit)>,
}
