//! Profiles as written.

use std::collections::BTreeMap;

use crate::quantity::Rational;

use super::combine::{self, CombineRule};
use super::dictionary::{Citation, SourceDocument, Title, citation, decimal, one_of};
use super::document::{Fields, Notes, Text, at, insert};
use super::edition::{self, Edition};
use super::extend::WrittenProfile;
use super::method::filter;

/// The group of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndicatorGroup {
    /// Material supply.
    Provisioning,
    /// Regulating services.
    Regulating,
    /// Cultural services.
    Cultural,
    /// Products from outside the region: counted only where a rule takes them off.
    Deduction,
}

impl IndicatorGroup {
    /// The groups, in order.
    pub const ALL: [Self; 4] = [
        Self::Provisioning,
        Self::Regulating,
        Self::Cultural,
        Self::Deduction,
    ];

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Regulating => "regulating",
            Self::Cultural => "cultural",
            Self::Deduction => "deduction",
        }
    }
}

/// Whether an indicator is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndicatorState {
    /// Computed by methods.
    Computed,
    /// Computed by methods or parameters that are not final.
    Provisional,
    /// Named and not computed; the note says why.
    Absent,
}

impl IndicatorState {
    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Provisional => "provisional",
            Self::Absent => "absent",
        }
    }
}

/// One indicator of a profile.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Its group.
    pub group: IndicatorGroup,
    /// Whether it is computed.
    pub state: IndicatorState,
    /// The methods that make it, in order: later ones read outputs of earlier ones.
    pub methods: Vec<String>,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// The clause of the profile's document it stands under, as far as it is known.
    pub clause: Option<String>,
    /// The file it stands in, of the profile or of its base.
    pub file: String,
    /// The line of the file.
    pub line: u32,
}

/// A parameter the profile takes from another table than the method names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebinding {
    /// The method or layer.
    pub method: String,
    /// Its parameter.
    pub parameter: String,
    /// The table to take.
    pub table: String,
    /// The rows to take.
    pub filter: BTreeMap<String, String>,
    /// The file it stands in, of the profile or of its base.
    pub file: String,
    /// The line of the file.
    pub line: u32,
}

/// A named choice of indicators, methods and parameters.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its id.
    pub id: String,
    /// The file, relative to the methodology.
    pub file: String,
    /// Its title.
    pub title: Title,
    /// Where the choice is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// Whether its results may be called official at all.
    pub official: bool,
    /// Where and when it is in force.
    pub edition: Edition,
    /// The profile it is a list of differences from.
    pub extends: Option<String>,
    /// The year of all prices.
    pub price_year: String,
    /// The crosswalk from land cover to ecosystem types.
    pub crosswalk: String,
    /// The share of area below which a value is withheld, 0 to 1.
    pub coverage_floor: Rational,
    /// The derived layers, in an order in which each follows what it reads.
    pub layers: Vec<String>,
    /// The indicators, in order.
    pub indicators: Vec<Indicator>,
    /// The parameters bound to other tables.
    pub rebindings: Vec<Rebinding>,
    /// The rules after all indicators, in order.
    pub combine: Vec<CombineRule>,
}

impl Profile {
    /// Returns an indicator by id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|one| one.id == id)
    }

    /// Returns the binding of a method's parameter, if the profile changes it.
    pub fn rebinding(&self, method: &str, parameter: &str) -> Option<&Rebinding> {
        self.rebindings
            .iter()
            .find(|one| one.method == method && one.parameter == parameter)
    }
}

type Sources = BTreeMap<String, SourceDocument>;

/// Reads a profile as written.
pub(super) fn profile(
    mut root: Fields,
    sources: &Sources,
    notes: &mut Notes,
) -> Option<WrittenProfile> {
    let file = root.file.clone();
    let mut head = root.needed_table("profile", notes)?;
    let id = head.text("id", notes);
    let title = head.title("title", notes);
    let source = citation(&mut head, sources, notes);
    let document = source.as_ref().and_then(|own| sources.get(&own.document));
    let of_standard = document.is_some_and(|own| own.kind == "standard");
    let note = head.optional_title("note", notes);
    let official = head.flag("official", notes).unwrap_or(false);
    let edition = edition::edition(&mut head, notes);
    let extends = head.optional_text("extends", notes);
    let remove = head.texts("remove", notes);
    let remove_combine = head.texts("remove_combine", notes);
    let price_year = head.optional_number("price_year", notes);
    let crosswalk = head.optional_text("crosswalk", notes);
    let floor = head.optional_text("coverage_floor", notes);
    let layers = head.get("layers").map(|_| head.texts("layers", notes));
    let line = head.line;
    head.finish(notes);
    let indicators = indicators(root.tables("indicator", notes), notes);
    let rebindings = root
        .tables("rebind", notes)
        .into_iter()
        .filter_map(|fields| rebinding(fields, notes))
        .collect();
    let combine = combine::rules(root.tables("combine", notes), sources, notes);
    root.finish(notes);
    let coverage_floor = floor.and_then(|text| {
        let floor = decimal(&text, &file, notes)?;
        let zero = Rational::from_integer(0.into());
        let one = Rational::from_integer(1.into());
        if floor < zero || floor > one {
            notes.push(at("methodology-number", &file, text.line).arg("number", &text.value));
        }
        Some(floor)
    });
    Some(WrittenProfile {
        id: id?.value,
        file,
        line,
        title: title?,
        citation: source?,
        of_standard,
        note,
        official,
        edition,
        extends,
        remove,
        remove_combine,
        price_year: price_year.map(|text| text.value),
        crosswalk: crosswalk.map(|text| text.value),
        coverage_floor,
        layers: layers.map(|all| all.into_iter().map(|text| text.value).collect()),
        indicators,
        rebindings,
        combine,
    })
}

fn indicators(tables: Vec<Fields>, notes: &mut Notes) -> Vec<Indicator> {
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    let mut all = Vec::new();
    for fields in tables {
        let file = fields.file.clone();
        let Some((id, indicator)) = indicator(fields, notes) else {
            continue;
        };
        insert(&mut seen, id, &file, (), notes);
        all.push(indicator);
    }
    all
}

fn indicator(mut fields: Fields, notes: &mut Notes) -> Option<(Text, Indicator)> {
    let (file, line) = (fields.file.clone(), fields.line);
    let id = fields.text("id", notes);
    let title = fields.title("title", notes);
    let group = fields.text("group", notes);
    let state = fields.text("state", notes);
    let methods = fields.texts("methods", notes);
    let note = fields.optional_title("note", notes);
    let clause = fields.optional_text("clause", notes);
    fields.finish(notes);
    let (id, title, group, state) = (id?, title?, group?, state?);
    let groups = IndicatorGroup::ALL;
    one_of(
        &group,
        "group",
        &groups.map(IndicatorGroup::word),
        &file,
        notes,
    );
    let group = groups.into_iter().find(|own| own.word() == group.value)?;
    let states = [
        IndicatorState::Computed,
        IndicatorState::Provisional,
        IndicatorState::Absent,
    ];
    one_of(
        &state,
        "state",
        &states.map(IndicatorState::word),
        &file,
        notes,
    );
    let state = states.into_iter().find(|own| own.word() == state.value)?;
    let absent = state == IndicatorState::Absent;
    if absent != methods.is_empty() {
        notes.push(at("methodology-indicator-methods", &file, line).arg("id", &id.value));
    }
    if state != IndicatorState::Computed && note.is_none() {
        notes.push(at("methodology-key-missing", &file, line).arg("key", "note"));
    }
    let indicator = Indicator {
        id: id.value.clone(),
        title,
        group,
        state,
        methods: methods.into_iter().map(|text| text.value).collect(),
        note,
        clause: clause.map(|text| text.value),
        file,
        line,
    };
    Some((id, indicator))
}

/// Reads one `[[rebind]]`.
pub(super) fn rebinding(mut fields: Fields, notes: &mut Notes) -> Option<Rebinding> {
    let method = fields.text("method", notes);
    let parameter = fields.text("parameter", notes);
    let table = fields.text("table", notes);
    let filter = filter(&mut fields, notes);
    fields.finish(notes);
    Some(Rebinding {
        method: method?.value,
        parameter: parameter?.value,
        table: table?.value,
        filter,
        line: fields.line,
        file: fields.file,
    })
}
