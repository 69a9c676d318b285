//! The carbon side of a methodology: factor sets, categories of emissions, method
//! sets (editions of an inventory guide) and targets, as written.

use std::collections::{BTreeMap, BTreeSet};

use crate::quantity::{Rational, Unit, UnitRegistry};

use super::dictionary::{Citation, SourceDocument, Title, citation, decimal, one_of, unit};
use super::document::{Fields, Notes, at, insert};
use super::profile::{Rebinding, rebinding};
use super::table::Status;

/// What the rows of a factor table measure. A parameter bound to a table of one kind
/// is never bound to a table of another: a footprint is no grid average.
pub const FACTOR_KINDS: [&str; 33] = [
    "fuel_mass",
    "fuel_gas",
    "fuel_biomass",
    "coal_equivalent",
    "carrier_class",
    "electricity_equivalent",
    "coal_rate_generation",
    "coal_rate_supply",
    "carbon_per_coal_equivalent",
    "grid_average",
    "grid_residual",
    "grid_fossil",
    "grid_footprint",
    "heat",
    "process",
    "livestock_enteric",
    "livestock_manure_methane",
    "livestock_manure_nitrous_oxide",
    "rice",
    "soil",
    "waste",
    "wastewater",
    "gwp",
    "forest_group",
    "forest_equation",
    "bamboo",
    "wetland",
    "net_primary_production",
    "coal_equivalent_gas",
    "carbon_content_per_coal_equivalent",
    "process_steel",
    "process_nitrous_oxide",
    "carbon_fraction",
];
/// Kinds that are read by code, not by a parameter.
const OTHER_KINDS: [&str; 3] = ["uncertainty", "peak_criteria", "energy_unit"];

/// The sectors of the "6+1" system; what no sector takes is `outside`. The seventh,
/// science and technology, holds indicators and no emissions.
pub const SECTORS: [&str; 7] = [
    "energy",
    "industry",
    "buildings",
    "transport",
    "agriculture",
    "residential",
    "outside",
];
/// The parts of an inventory.
pub const SECTIONS: [&str; 5] = ["energy", "process", "agriculture", "land", "waste"];

/// A table of factors that is used as a whole.
#[derive(Clone, Debug)]
pub struct FactorSet {
    /// Its kind, one of [`FACTOR_KINDS`] or one that code reads.
    pub kind: String,
    /// The table, relative to the methodology.
    pub table: String,
    /// Its title.
    pub title: Title,
    /// The years it is made for, as written.
    pub years: Option<String>,
    /// Where it is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
}

/// A category of emissions.
#[derive(Clone, Debug)]
pub struct EmissionCategory {
    /// Its title.
    pub title: Title,
    /// Its sector, one of [`SECTORS`].
    pub sector: String,
    /// Its part of the inventory, one of [`SECTIONS`].
    pub section: String,
    /// Whether it is told beside the totals and never inside them.
    pub memo: bool,
    /// Whether it is emitted elsewhere for what is used here.
    pub indirect: bool,
    /// Whether it is generation of electricity and heat for the grid, which the end-use
    /// view shares out.
    pub grid_generation: bool,
    /// Where the assignment is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
}

/// The methods that compute a category.
#[derive(Clone, Debug)]
pub struct EmissionSource {
    /// The category.
    pub category: String,
    /// Ids of methods.
    pub methods: Vec<String>,
    /// The line of its declaration.
    pub line: u32,
}

/// An indicator of the carbon books: one convention of one.
#[derive(Clone, Debug)]
pub struct CarbonIndicator {
    /// Its id; the conventions of one indicator share it.
    pub id: String,
    /// The method, which is the name of the convention.
    pub method: String,
    /// The output that is the indicator.
    pub output: String,
    /// Its title.
    pub title: Title,
    /// The line of its declaration.
    pub line: u32,
}

/// An edition of a guide: which methods compute what, by which factors.
#[derive(Clone, Debug)]
pub struct MethodSet {
    /// The file, relative to the methodology.
    pub file: String,
    /// Its title.
    pub title: Title,
    /// The document it follows.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// The table of global warming potentials.
    pub gwp: String,
    /// The sources of emissions.
    pub emissions: Vec<EmissionSource>,
    /// Parameters bound to other tables.
    pub rebindings: Vec<Rebinding>,
}

/// What a target asks of its indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetDirection {
    /// The value or more.
    AtLeast,
    /// The value or less.
    AtMost,
    /// A decline by the value against the base year.
    CumulativeDecline,
}

impl TargetDirection {
    const ALL: [Self; 3] = [Self::AtLeast, Self::AtMost, Self::CumulativeDecline];

    /// Reads the word of the files.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
            Self::CumulativeDecline => "cumulative_decline",
        }
    }
}

/// A target a plan sets.
#[derive(Clone, Debug)]
pub struct Target {
    /// The indicator.
    pub indicator: String,
    /// The convention it is set for.
    pub method: String,
    /// The region it is set for.
    pub region_code: String,
    /// The year it is set for.
    pub year: u16,
    /// What it asks.
    pub direction: TargetDirection,
    /// The value, in `unit`.
    pub value: Rational,
    /// Its unit.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// The year a decline counts from.
    pub base_year: Option<u16>,
    /// The definition the number must be of, where definitions break the series.
    pub definition: Option<String>,
    /// Its title.
    pub title: Title,
    /// How far it can be trusted to stand in its source.
    pub status: Status,
    /// Where it is taken from.
    pub citation: Citation,
}

/// What the reading looks things up in.
pub(super) struct CarbonLookup<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
}

/// Reads a `factor-sets*.toml`.
pub(super) fn factor_sets(
    mut root: Fields,
    lookup: &CarbonLookup<'_>,
    all: &mut BTreeMap<String, FactorSet>,
    notes: &mut Notes,
) {
    let kinds: Vec<&str> = FACTOR_KINDS.iter().chain(&OTHER_KINDS).copied().collect();
    for mut fields in root.tables("factor_set", notes) {
        let file = fields.file.clone();
        let id = fields.text("id", notes);
        let kind = fields.text("kind", notes);
        let table = fields.text("table", notes);
        let title = fields.title("title", notes);
        let years = fields.optional_text("years", notes);
        let citation = citation(&mut fields, lookup.sources, notes);
        let note = fields.optional_title("note", notes);
        fields.finish(notes);
        if let Some(kind) = &kind {
            one_of(kind, "kind", &kinds, &file, notes);
        }
        let (Some(id), Some(kind), Some(table), Some(title), Some(citation)) =
            (id, kind, table, title, citation)
        else {
            continue;
        };
        let set = FactorSet {
            kind: kind.value,
            table: table.value,
            title,
            years: years.map(|text| text.value),
            citation,
            note,
        };
        insert(all, id, &file, set, notes);
    }
    root.finish(notes);
}

/// Reads `categories.toml`.
pub(super) fn categories(
    mut root: Fields,
    lookup: &CarbonLookup<'_>,
    all: &mut BTreeMap<String, EmissionCategory>,
    notes: &mut Notes,
) {
    for mut fields in root.tables("category", notes) {
        let file = fields.file.clone();
        let id = fields.text("id", notes);
        let title = fields.title("title", notes);
        let sector = fields.text("sector", notes);
        let section = fields.text("section", notes);
        let memo = fields.flag("memo", notes).unwrap_or(false);
        let indirect = fields.flag("indirect", notes).unwrap_or(false);
        let grid_generation = fields.flag("grid_generation", notes).unwrap_or(false);
        let citation = citation(&mut fields, lookup.sources, notes);
        let note = fields.optional_title("note", notes);
        fields.finish(notes);
        for (text, key, words) in [
            (&sector, "sector", &SECTORS[..]),
            (&section, "section", &SECTIONS[..]),
        ] {
            if let Some(text) = text {
                one_of(text, key, words, &file, notes);
            }
        }
        let (Some(id), Some(title), Some(sector), Some(section), Some(citation)) =
            (id, title, sector, section, citation)
        else {
            continue;
        };
        let category = EmissionCategory {
            title,
            sector: sector.value,
            section: section.value,
            memo,
            indirect,
            grid_generation,
            citation,
            note,
        };
        insert(all, id, &file, category, notes);
    }
    root.finish(notes);
}

/// Reads `method-sets/<id>.toml`.
pub(super) fn method_set(
    mut root: Fields,
    lookup: &CarbonLookup<'_>,
    notes: &mut Notes,
) -> Option<(String, MethodSet)> {
    let file = root.file.clone();
    let mut head = root.needed_table("method_set", notes)?;
    let id = head.text("id", notes);
    let title = head.title("title", notes);
    let citation = citation(&mut head, lookup.sources, notes);
    let note = head.optional_title("note", notes);
    let gwp = head.text("gwp", notes);
    head.finish(notes);
    let mut emissions = Vec::new();
    for mut fields in root.tables("emission", notes) {
        let category = fields.text("category", notes);
        let methods = fields.texts("methods", notes);
        fields.finish(notes);
        if let Some(category) = category {
            emissions.push(EmissionSource {
                category: category.value,
                methods: methods.into_iter().map(|text| text.value).collect(),
                line: fields.line,
            });
        }
    }
    let rebindings = root.tables("rebind", notes).into_iter();
    let rebindings: Vec<Rebinding> = rebindings
        .filter_map(|fields| rebinding(fields, notes))
        .collect();
    root.finish(notes);
    let set = MethodSet {
        file,
        title: title?,
        citation: citation?,
        note,
        gwp: gwp?.value,
        emissions,
        rebindings,
    };
    Some((id?.value, set))
}

/// Reads `indicators.toml`.
pub(super) fn indicators(mut root: Fields, notes: &mut Notes) -> Vec<CarbonIndicator> {
    let all = root.tables("indicator", notes).into_iter();
    let all = all.filter_map(|fields| indicator(fields, notes)).collect();
    root.finish(notes);
    all
}

fn indicator(mut fields: Fields, notes: &mut Notes) -> Option<CarbonIndicator> {
    let id = fields.text("id", notes);
    let method = fields.text("method", notes);
    let output = fields.text("output", notes);
    let title = fields.title("title", notes);
    fields.finish(notes);
    Some(CarbonIndicator {
        id: id?.value,
        method: method?.value,
        output: output?.value,
        title: title?,
        line: fields.line,
    })
}

/// Reads `targets.toml`.
pub(super) fn targets(
    mut root: Fields,
    lookup: &CarbonLookup<'_>,
    all: &mut BTreeMap<String, Target>,
    notes: &mut Notes,
) {
    for mut fields in root.tables("target", notes) {
        let id = fields.text("id", notes);
        let file = fields.file.clone();
        let target = target(&mut fields, lookup, notes);
        fields.finish(notes);
        if let (Some(id), Some(target)) = (id, target) {
            insert(all, id, &file, target, notes);
        }
    }
    root.finish(notes);
}

fn target(fields: &mut Fields, lookup: &CarbonLookup<'_>, notes: &mut Notes) -> Option<Target> {
    let (file, line) = (fields.file.clone(), fields.line);
    let indicator = fields.text("indicator", notes);
    let method = fields.text("method", notes);
    let region = fields.text("region_code", notes);
    let year = year(fields, "year", notes);
    let word = fields.text("direction", notes);
    let value = fields.text("value", notes);
    let unit_text = fields.text("unit", notes);
    let base_year = year_if_told(fields, "base_year", notes);
    let definition = fields.optional_text("definition", notes);
    let title = fields.title("title", notes);
    let status_text = fields.text("status", notes);
    let citation = citation(fields, lookup.sources, notes);
    let words: Vec<&str> = TargetDirection::ALL.iter().map(|one| one.word()).collect();
    if let Some(word) = &word {
        one_of(word, "direction", &words, &file, notes);
    }
    let direction = word.and_then(|word| TargetDirection::parse(&word.value))?;
    if (direction == TargetDirection::CumulativeDecline) != base_year.is_some() {
        notes.push(at("methodology-key-missing", &file, line).arg("key", "base_year"));
    }
    let status = status_text.and_then(|text| {
        let status = Status::parse(&text.value);
        if status.is_none() {
            let wrong = at("methodology-row-status", &file, text.line);
            notes.push(wrong.arg("status", &text.value));
        }
        status
    });
    let unit_text = unit_text?;
    let unit = unit(&unit_text, &file, lookup.units, notes);
    let value = value.and_then(|text| decimal(&text, &file, notes));
    Some(Target {
        indicator: indicator?.value,
        method: method?.value,
        region_code: region?.value,
        year: year?,
        direction,
        value: value?,
        unit: unit?,
        unit_text: unit_text.value,
        base_year,
        definition: definition.map(|text| text.value),
        title: title?,
        status: status?,
        citation: citation?,
    })
}

fn year(fields: &mut Fields, key: &'static str, notes: &mut Notes) -> Option<u16> {
    let found = year_if_told(fields, key, notes);
    if found.is_none() {
        let missing = at("methodology-key-missing", &fields.file, fields.line);
        notes.push(missing.arg("key", key));
    }
    found
}

fn year_if_told(fields: &mut Fields, key: &'static str, notes: &mut Notes) -> Option<u16> {
    let text = fields.optional_number(key, notes)?;
    let year = text.value.parse().ok();
    let year = year.filter(|year| (1900..=2200).contains(year));
    if year.is_none() {
        let wrong = at("methodology-number", &fields.file, text.line);
        notes.push(wrong.arg("number", &text.value));
    }
    year
}

/// The tables of a kind, for the rule that kinds are never mixed.
pub(super) fn kinds_of(sets: &BTreeMap<String, FactorSet>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for set in sets.values() {
        kinds.entry(&set.table).or_default().insert(&set.kind);
    }
    kinds
}

/// What a sink is, which decides whether it meets emissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SinkKind {
    /// Net change of a carbon stock: the only kind that meets emissions.
    NetStockChange,
    /// Gross fixation by growth, which an account of services tells.
    GrossFixation,
    /// A stock, not a flow.
    Stock,
}

impl SinkKind {
    const ALL: [Self; 3] = [Self::NetStockChange, Self::GrossFixation, Self::Stock];

    /// Returns the word of files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::NetStockChange => "net_stock_change",
            Self::GrossFixation => "gross_fixation",
            Self::Stock => "stock",
        }
    }
}

/// An output of a method that is a sink.
#[derive(Clone, Debug)]
pub struct SinkRule {
    /// The pool; of several methods of one pool the first that computes counts.
    pub pool: String,
    /// The method.
    pub method: String,
    /// The output.
    pub output: String,
    /// What it is.
    pub kind: SinkKind,
    /// Its title.
    pub title: Title,
    /// The line of its declaration.
    pub line: u32,
}

/// Reads `sinks.toml`.
pub(super) fn sinks(mut root: Fields, notes: &mut Notes) -> Vec<SinkRule> {
    let mut all = Vec::new();
    let words: Vec<&str> = SinkKind::ALL.iter().map(|kind| kind.word()).collect();
    for mut fields in root.tables("sink", notes) {
        let pool = fields.text("pool", notes);
        let method = fields.text("method", notes);
        let output = fields.text("output", notes);
        let kind = fields.text("kind", notes);
        let title = fields.title("title", notes);
        fields.finish(notes);
        if let Some(kind) = &kind {
            one_of(kind, "kind", &words, &fields.file, notes);
        }
        let kind = kind.and_then(|text| {
            let mut kinds = SinkKind::ALL.into_iter();
            kinds.find(|kind| kind.word() == text.value)
        });
        let (Some(pool), Some(method), Some(output), Some(kind), Some(title)) =
            (pool, method, output, kind, title)
        else {
            continue;
        };
        all.push(SinkRule {
            pool: pool.value,
            method: method.value,
            output: output.value,
            kind,
            title,
            line: fields.line,
        });
    }
    root.finish(notes);
    all
}

/// Where a flow stands in a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BalancePart {
    /// What is available.
    Supply,
    /// Input (negative) and output (positive) of transformation.
    Transformation,
    /// Losses.
    Loss,
    /// Final consumption.
    Final,
    /// Told beside the balance.
    Memo,
}

impl BalancePart {
    const ALL: [Self; 5] = [
        Self::Supply,
        Self::Transformation,
        Self::Loss,
        Self::Final,
        Self::Memo,
    ];

    /// Returns the word of files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Supply => "supply",
            Self::Transformation => "transformation",
            Self::Loss => "loss",
            Self::Final => "final",
            Self::Memo => "memo",
        }
    }
}

/// A flow of an energy balance.
#[derive(Clone, Debug)]
pub struct BalanceFlow {
    /// Its id.
    pub id: String,
    /// Its title, as yearbooks print it.
    pub title: Title,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub part: BalancePart,
    /// Whether it is printed positive and leaves.
    pub negative: bool,
    /// The flow it is a part of.
    pub parent: Option<String>,
    /// The sector that uses what it consumes.
    pub sector: Option<String>,
}

/// A carrier of an energy balance.
#[derive(Clone, Debug)]
pub struct BalanceCarrier {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// A unit of its kind.
    pub unit: Unit,
    /// The fossil fuel whose consumption it is, where it stands for all of it.
    pub fossil_fuel: Option<String>,
    /// The non-fossil source whose electricity it is.
    pub nonfossil_source: Option<String>,
}

/// The layout of energy balances.
#[derive(Clone, Debug, Default)]
pub struct BalanceLayout {
    /// Flows in the order of the table.
    pub flows: Vec<BalanceFlow>,
    /// Carriers in the order of the table.
    pub carriers: Vec<BalanceCarrier>,
}

impl BalanceLayout {
    /// Returns a flow by id, title or another spelling.
    pub fn flow(&self, name: &str) -> Option<&BalanceFlow> {
        let fits = |own: &&BalanceFlow| {
            own.id == name || own.title.zh == name || own.aliases.iter().any(|one| one == name)
        };
        self.flows.iter().find(fits)
    }

    /// Returns a carrier by id, title or another spelling.
    pub fn carrier(&self, name: &str) -> Option<&BalanceCarrier> {
        let fits = |own: &&BalanceCarrier| {
            own.id == name || own.title.zh == name || own.aliases.iter().any(|one| one == name)
        };
        self.carriers.iter().find(fits)
    }
}

/// Reads `balance-layout.toml`.
pub(super) fn balance_layout(
    mut root: Fields,
    lookup: &CarbonLookup<'_>,
    notes: &mut Notes,
) -> BalanceLayout {
    let mut layout = BalanceLayout::default();
    if let Some(mut head) = root.needed_table("layout", notes) {
        citation(&mut head, lookup.sources, notes);
        head.finish(notes);
    }
    let words: Vec<&str> = BalancePart::ALL.iter().map(|part| part.word()).collect();
    for mut fields in root.tables("flow", notes) {
        let id = fields.text("id", notes);
        let title = fields.title("title", notes);
        let aliases = fields.texts("aliases", notes);
        let part = fields.text("part", notes);
        let sign = fields.optional_number("sign", notes);
        let parent = fields.optional_text("parent", notes);
        let sector = fields.optional_text("sector", notes);
        fields.finish(notes);
        for (text, key, allowed) in [(&part, "part", &words[..]), (&sector, "sector", &SECTORS)] {
            if let Some(text) = text {
                one_of(text, key, allowed, &fields.file, notes);
            }
        }
        let part = part.and_then(|text| {
            let mut parts = BalancePart::ALL.into_iter();
            parts.find(|part| part.word() == text.value)
        });
        let (Some(id), Some(title), Some(part)) = (id, title, part) else {
            continue;
        };
        layout.flows.push(BalanceFlow {
            id: id.value,
            title,
            aliases: aliases.into_iter().map(|text| text.value).collect(),
            part,
            negative: sign.is_some_and(|text| text.value == "-1"),
            parent: parent.map(|text| text.value),
            sector: sector.map(|text| text.value),
        });
    }
    for mut fields in root.tables("carrier", notes) {
        let id = fields.text("id", notes);
        let title = fields.title("title", notes);
        let aliases = fields.texts("aliases", notes);
        let unit_text = fields.text("unit", notes);
        let fossil_fuel = fields.optional_text("fossil_fuel", notes);
        let nonfossil_source = fields.optional_text("nonfossil_source", notes);
        fields.finish(notes);
        let file = fields.file.clone();
        let unit = unit_text.and_then(|text| unit(&text, &file, lookup.units, notes));
        if let (Some(id), Some(title), Some(unit)) = (id, title, unit) {
            layout.carriers.push(BalanceCarrier {
                id: id.value,
                title,
                aliases: aliases.into_iter().map(|text| text.value).collect(),
                unit,
                fossil_fuel: fossil_fuel.map(|text| text.value),
                nonfossil_source: nonfossil_source.map(|text| text.value),
            });
        }
    }
    root.finish(notes);
    layout
}
