//! Variables of ecosystem condition: what is measured, on which ecosystem types, and
//! between which reference levels it becomes an indicator from 0 to 1.

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::{Axis, Domain};
use crate::quantity::{Rational, Unit, UnitRegistry, format_exact};
use crate::storage::{Digest, digest_bytes};

use super::dictionary::{
    Citation, GROUPS, QuantityEntry, SourceDocument, Title, citation, decimal, one_of, unit,
};
use super::document::{Fields, Notes, Text, at};
use super::table::Status;

/// A class of the ecosystem condition typology of SEEA EA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ConditionClass {
    Physical,
    Chemical,
    Compositional,
    Structural,
    Functional,
    Landscape,
}

impl ConditionClass {
    /// All classes in the order of the typology.
    pub const ALL: [Self; 6] = [
        Self::Physical,
        Self::Chemical,
        Self::Compositional,
        Self::Structural,
        Self::Functional,
        Self::Landscape,
    ];

    /// Returns the word of files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Chemical => "chemical",
            Self::Compositional => "compositional",
            Self::Structural => "structural",
            Self::Functional => "functional",
            Self::Landscape => "landscape",
        }
    }
}

/// What a variable is measured from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionOrigin {
    /// The mean of a layer of cells over the area of a type that has a value.
    Layer {
        /// The layer, derived or the project's.
        id: String,
        /// The step to which cells are rounded before they are summed, in the unit.
        quantum: Rational,
    },
    /// One table of the project over another, both by region.
    Tables {
        /// What is divided.
        numerator: String,
        /// What it is divided by.
        denominator: String,
    },
    /// The share that groups of types have of a region's ground.
    AreaShare(BTreeSet<String>),
}

/// The levels between which a variable becomes an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceLevel {
    /// The ecosystem groups it is for; all if none is named.
    pub groups: BTreeSet<String>,
    /// The value of the worst condition, in the variable's unit.
    pub low: Rational,
    /// The value of the best condition.
    pub high: Rational,
    /// How far the levels can be trusted.
    pub status: Status,
    /// Where they are taken from.
    pub citation: Citation,
}

/// A variable of condition.
#[derive(Clone, Debug)]
pub struct ConditionVariable {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Its class.
    pub class: ConditionClass,
    /// What it is measured from.
    pub origin: ConditionOrigin,
    /// Its unit.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// The ecosystem groups it is about; all if none is named.
    pub groups: BTreeSet<String>,
    /// Whether a higher value is a better condition.
    pub rising: bool,
    /// The reference levels, the first that fits counts; none where none is known.
    pub references: Vec<ReferenceLevel>,
    /// Where the choice of the variable is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// The file.
    pub file: String,
}

impl ConditionVariable {
    /// Returns whether it is told by ecosystem type; what describes the whole ground of
    /// a region is not.
    pub fn by_type(&self) -> bool {
        matches!(self.origin, ConditionOrigin::Layer { .. })
    }

    /// Returns whether it is about types of a group.
    pub fn concerns(&self, group: &str) -> bool {
        self.groups.is_empty() || self.groups.contains(group)
    }

    /// Returns the reference level for types of a group, if one is known.
    pub fn reference(&self, group: &str) -> Option<&ReferenceLevel> {
        let fits = |own: &&ReferenceLevel| own.groups.is_empty() || own.groups.contains(group);
        self.references.iter().find(fits)
    }

    /// Returns a digest of everything that decides its numbers.
    pub fn digest(&self) -> Digest {
        let mut text = format!(
            "{} {} {:?} {} {:?} {}",
            self.id,
            self.class.word(),
            self.origin,
            self.unit_text,
            self.groups,
            self.rising
        );
        for level in &self.references {
            let (low, high) = (format_exact(&level.low), format_exact(&level.high));
            text.push_str(&format!("\n{:?} {low} {high}", level.groups));
        }
        digest_bytes(text.as_bytes())
    }
}

impl ReferenceLevel {
    /// Returns where a value stands between the levels: 0 at the worst and below it, 1
    /// at the best and above it (SEEA EA 5.3).
    pub fn indicator(&self, value: &Rational) -> Rational {
        let (zero, one) = (
            Rational::from_integer(0.into()),
            Rational::from_integer(1.into()),
        );
        let place = (value - &self.low) / (&self.high - &self.low);
        place.clamp(zero, one)
    }
}

/// What the reading of a variable looks things up in.
pub(super) struct ConditionLookup<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
    pub(super) quantities: &'a BTreeMap<String, QuantityEntry>,
}

/// Reads a file under `condition/`; its id is its name.
pub(super) fn variable(
    mut root: Fields,
    lookup: &ConditionLookup<'_>,
    notes: &mut Notes,
) -> Option<ConditionVariable> {
    let file = root.file.clone();
    let before = notes.len();
    let mut head = root.needed_table("condition", notes)?;
    let id = head.text("id", notes);
    let title = head.title("title", notes);
    let class = head.text("class", notes);
    let direction = head.text("direction", notes);
    let source = citation(&mut head, lookup.sources, notes);
    let note = head.optional_title("note", notes);
    head.finish(notes);
    let mut scope = root.table("scope", notes);
    let groups = groups(&mut scope, notes);
    scope.finish(notes);
    let mut fields = root.needed_table("variable", notes)?;
    let unit_text = fields.text("unit", notes);
    let origin = origin(&mut fields, notes);
    fields.finish(notes);
    let rising = direction.as_ref().is_none_or(|text| text.value == "rising");
    let references: Vec<ReferenceLevel> = root
        .tables("reference", notes)
        .into_iter()
        .filter_map(|fields| reference(fields, rising, lookup, notes))
        .collect();
    let examples = root.tables("example", notes);
    root.finish(notes);
    let (class, unit_text, direction) = (class?, unit_text?, direction?);
    let words = ConditionClass::ALL.map(ConditionClass::word);
    one_of(&class, "class", &words, &file, notes);
    one_of(
        &direction,
        "direction",
        &["rising", "falling"],
        &file,
        notes,
    );
    let class = ConditionClass::ALL
        .into_iter()
        .find(|own| own.word() == class.value)?;
    let variable = ConditionVariable {
        id: id?.value,
        title: title?,
        class,
        origin: origin?,
        unit: unit(&unit_text, &file, lookup.units, notes)?,
        unit_text: unit_text.value,
        groups,
        rising,
        references,
        citation: source?,
        note,
        file,
    };
    tables_fit(&variable, lookup, notes);
    examples_hold(&variable, examples, notes);
    (notes.len() == before).then_some(variable)
}

fn groups(fields: &mut Fields, notes: &mut Notes) -> BTreeSet<String> {
    let groups = fields.texts("groups", notes);
    for group in &groups {
        one_of(group, "groups", &GROUPS, &fields.file, notes);
    }
    groups.into_iter().map(|group| group.value).collect()
}

fn origin(fields: &mut Fields, notes: &mut Notes) -> Option<ConditionOrigin> {
    let (file, line) = (fields.file.clone(), fields.line);
    let layer = fields.optional_text("layer", notes);
    let quantum = fields.optional_text("quantum", notes);
    let numerator = fields.optional_text("numerator", notes);
    let denominator = fields.optional_text("denominator", notes);
    let share = fields.texts("area_share_of", notes);
    let origin = match (layer, numerator, denominator, share.as_slice()) {
        (Some(layer), None, None, []) => {
            let quantum = quantum?;
            let step = decimal(&quantum, &file, notes)?;
            if step <= Rational::from_integer(0.into()) {
                notes.push(
                    at("methodology-number", &file, quantum.line).arg("number", &quantum.value),
                );
                return None;
            }
            Some(ConditionOrigin::Layer {
                id: layer.value,
                quantum: step,
            })
        }
        (None, Some(above), Some(below), []) => Some(ConditionOrigin::Tables {
            numerator: above.value,
            denominator: below.value,
        }),
        (None, None, None, [_, ..]) => {
            for group in &share {
                one_of(group, "area_share_of", &GROUPS, &file, notes);
            }
            let groups = share.into_iter().map(|group| group.value);
            Some(ConditionOrigin::AreaShare(groups.collect()))
        }
        _ => None,
    };
    if origin.is_none() {
        let key = "layer, quantum | numerator, denominator | area_share_of";
        notes.push(at("methodology-key-missing", &file, line).arg("key", key));
    }
    origin
}

fn reference(
    mut fields: Fields,
    rising: bool,
    lookup: &ConditionLookup<'_>,
    notes: &mut Notes,
) -> Option<ReferenceLevel> {
    let (file, line) = (fields.file.clone(), fields.line);
    let own_groups = groups(&mut fields, notes);
    let low = fields.text("low", notes);
    let high = fields.text("high", notes);
    let status = fields.text("status", notes);
    let source = citation(&mut fields, lookup.sources, notes);
    fields.finish(notes);
    let (low_text, high_text, status) = (low?, high?, status?);
    let words = Status::ALL.map(Status::word);
    one_of(&status, "status", &words, &file, notes);
    let low = decimal(&low_text, &file, notes)?;
    let high = decimal(&high_text, &file, notes)?;
    // The worst condition lies below the best one, or above it where less is better.
    let ordered = if rising { low < high } else { low > high };
    if !ordered {
        notes.push(
            at("methodology-condition-levels", &file, line)
                .arg("low", &low_text.value)
                .arg("high", &high_text.value),
        );
        return None;
    }
    Some(ReferenceLevel {
        groups: own_groups,
        low,
        high,
        status: Status::ALL
            .into_iter()
            .find(|own| own.word() == status.value)?,
        citation: source?,
    })
}

/// Tables of a variable are numbers by region, of units whose ratio is the variable's.
fn tables_fit(variable: &ConditionVariable, lookup: &ConditionLookup<'_>, notes: &mut Notes) {
    let ConditionOrigin::Tables {
        numerator,
        denominator,
    } = &variable.origin
    else {
        return;
    };
    let by_zone = Domain::single().and(Axis::Zone);
    let of = |id: &String| {
        let entry = lookup.quantities.get(id);
        entry.filter(|entry| !entry.layer && entry.domain == by_zone)
    };
    let fits = match (of(numerator), of(denominator)) {
        (Some(above), Some(below)) => {
            let ratio = above.unit.dimension().over(below.unit.dimension());
            ratio == *variable.unit.dimension()
        }
        _ => false,
    };
    if !fits {
        notes.push(
            at("methodology-condition-tables", &variable.file, 1)
                .arg("numerator", numerator)
                .arg("denominator", denominator)
                .arg("unit", &variable.unit_text),
        );
    }
}

/// Every example computes what it says; two at least where there is a reference level.
fn examples_hold(variable: &ConditionVariable, examples: Vec<Fields>, notes: &mut Notes) {
    let file = &variable.file;
    let needed = if variable.references.is_empty() { 0 } else { 2 };
    if examples.len() < needed {
        notes.push(at("methodology-examples-few", file, 1).arg("count", examples.len()));
    }
    for mut fields in examples {
        let line = fields.line;
        let texts: [Option<Text>; 4] =
            ["name", "value", "expect", "working"].map(|key| fields.text(key, notes));
        let group = fields.optional_text("group", notes);
        fields.finish(notes);
        let [Some(_), Some(value), Some(expect), Some(_)] = texts else {
            continue;
        };
        let group = group.map(|text| text.value).unwrap_or_default();
        let number = decimal(&value, file, notes);
        let expected = decimal(&expect, file, notes);
        let reference = variable.reference(&group);
        let found = reference
            .zip(number)
            .map(|(own, value)| own.indicator(&value));
        if found != expected {
            let found = found.map_or("-".to_owned(), |found| format_exact(&found));
            notes.push(
                at("methodology-condition-example", file, line)
                    .arg("expected", &expect.value)
                    .arg("found", found),
            );
        }
    }
}
