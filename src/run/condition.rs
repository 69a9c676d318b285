//! The condition account of a run, where the project names variables: what the pass
//! must sum for them, and the table out of sums, tables and areas.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{
    Axis, BlockProgram, BlockTarget, Declaration, Domain, Labels, Place, Rows, Source, Statement,
    check,
};
use gep_core::methodology::{
    ConditionOrigin, ConditionVariable, Methodology, Profile, ReferenceLevel,
};
use gep_core::quantity::{Rational, to_f64};
use gep_core::storage::digest_bytes;

use super::account::Prepared;
use super::base_run::BaseRun;
use super::layers::NamedLayers;
use super::publish::Finished;
use crate::account::{
    ALL_CLASSES, ClassGround, ConditionKey, ConditionValue, Member, State, Trust, ValuesOf,
    ZoneGround, condition_indices, roll_up_condition, trust_of, trust_of_crosswalk,
    trust_of_layers,
};
use crate::output::{ConditionOpening, ConditionRow, NamedTable, RegionFacts, condition_table};
use crate::source::project::Project;
use crate::zonal::LawRates;

/// A variable ready to be measured.
pub struct MeasuredVariable {
    /// The variable.
    pub variable: ConditionVariable,
    /// What the pass sums for it; nothing for a variable of tables or areas, and for one
    /// whose layer is not there.
    pub rates: Option<LawRates>,
    /// How far layer and crosswalk may be relied on.
    trust: Trust,
    /// Digest of everything that decides its numbers beside the data.
    pub definition: String,
}

/// Returns the variables the project names.
///
/// # Errors
///
/// Names that are no variable, or stand twice.
fn named<'a>(
    project: &Project,
    methodology: &'a Methodology,
) -> Result<Vec<&'a ConditionVariable>, Findings> {
    let names = project.condition.iter().flat_map(|entry| &entry.variables);
    let (mut found, mut findings) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for name in names {
        let fault = |code| {
            let finding = Finding::error(code).file(project.path.display());
            finding.arg("variable", name)
        };
        if !seen.insert(name) {
            findings.push(fault("condition-variable-twice"));
            continue;
        }
        match methodology.conditions.get(name) {
            Some(variable) => found.push(variable),
            None => {
                let known: Vec<&str> = methodology.conditions.keys().map(String::as_str).collect();
                let finding = fault("condition-variable-unknown");
                findings.push(finding.arg("known", known.join(", ")));
            }
        }
    }
    if findings.is_empty() {
        Ok(found)
    } else {
        Err(Findings(findings))
    }
}

/// Returns the layers the project's variables read.
pub fn condition_layers<'a>(
    project: &'a Project,
    methodology: &'a Methodology,
) -> BTreeSet<&'a str> {
    let names = project.condition.iter().flat_map(|entry| &entry.variables);
    names
        .filter_map(|name| match &methodology.conditions.get(name)?.origin {
            ConditionOrigin::Layer { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect()
}

/// Prepares the variables the project names.
pub fn prepare_conditions(
    project: &Project,
    methodology: &Methodology,
    profile: &Profile,
    layers: &NamedLayers,
    classes: &[String],
) -> Result<Vec<MeasuredVariable>, Findings> {
    let mut all = Vec::new();
    for variable in named(project, methodology)? {
        let mut trust = trust_of_crosswalk(methodology, profile);
        let mut rates = None;
        match &variable.origin {
            ConditionOrigin::Layer { id, quantum } => {
                trust = trust.min(trust_of_layers(methodology, profile, vec![id.clone()])?);
                if let Some(layer) = layers.layer(id) {
                    rates = Some(LawRates {
                        name: variable.id.clone(),
                        program: mean_program(methodology, variable)?,
                        inputs: vec![layer],
                        per_quantum: vec![to_f64(&(quantum * variable.unit.scale()).recip())],
                        scope: vec![scope(methodology, variable, classes)],
                    });
                }
            }
            ConditionOrigin::Tables { .. } => trust = Trust::Verified,
            ConditionOrigin::AreaShare(_) => {}
        }
        all.push(MeasuredVariable {
            variable: variable.clone(),
            rates,
            trust,
            definition: definition(methodology, profile, variable),
        });
    }
    Ok(all)
}

/// The sum of a layer over cells, as a program of the pass.
fn mean_program(
    methodology: &Methodology,
    variable: &ConditionVariable,
) -> Result<BlockProgram, Findings> {
    let name = "value".to_string();
    let cell = Domain::single().and(Axis::Cell);
    let declaration = Declaration::new(variable.unit.clone(), cell);
    let source = Source {
        units: &methodology.units,
        declarations: BTreeMap::from([(name, declaration)]),
        statements: vec![Statement {
            name: "amount".to_string(),
            text: "total(value)".to_string(),
            place: Place {
                file: variable.file.clone(),
                line: 1,
                column: 1,
            },
            output: None,
        }],
    };
    let program = check(&source)?;
    let rows = Rows {
        labels: Labels::new().with(Axis::Class, Vec::<String>::new()),
        ..Rows::default()
    };
    BlockProgram::compile(&program, &rows, &[BlockTarget::Total(0)])
}

fn group<'a>(methodology: &'a Methodology, class: &str) -> &'a str {
    let own = methodology.classes.get(class);
    own.map_or("", |own| own.group.as_str())
}

fn scope(methodology: &Methodology, variable: &ConditionVariable, classes: &[String]) -> Vec<bool> {
    let concerns = |class: &String| variable.concerns(group(methodology, class));
    classes.iter().map(concerns).collect()
}

/// A digest of the variable, the layers it is derived through and the crosswalk.
fn definition(
    methodology: &Methodology,
    profile: &Profile,
    variable: &ConditionVariable,
) -> String {
    let mut text = format!("{}\n{}", variable.digest(), profile.crosswalk);
    let mut open: Vec<&str> = match &variable.origin {
        ConditionOrigin::Layer { id, .. } => vec![id],
        _ => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(layer) = methodology.layers.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        let own = methodology.method_fingerprint(id);
        text.push_str(&format!("\n{id} {own:?}"));
        for other in profile.rebindings.iter().filter(|own| own.method == *id) {
            let (name, table, filter) = (&other.parameter, &other.table, &other.filter);
            text.push_str(&format!("\n{name} {table} {filter:?}"));
        }
        open.extend(layer.inputs.values().map(|input| input.origin.id()));
    }
    digest_bytes(text.as_bytes())[..16].to_string()
}

/// Values of a variable by county and ecosystem type.
fn county_values(
    prepared: &Prepared,
    ground: &ClassGround,
    measured: &MeasuredVariable,
    position: Option<usize>,
) -> ValuesOf {
    let mut values = ValuesOf::new();
    for (county, zone) in &ground.zones {
        match &measured.variable.origin {
            ConditionOrigin::Layer { quantum, .. } => {
                for (label, sums) in &zone.classes {
                    let class = &prepared.classes[*label];
                    if !measured
                        .variable
                        .concerns(group(&prepared.methodology, class))
                    {
                        continue;
                    }
                    let sum = position.map(|at| sums.measures.get(at).copied().unwrap_or_default());
                    let value = match sum {
                        None => missing("condition-layer-not-given", sums.area_mm2, measured),
                        Some(sum) => shown(
                            prepared,
                            ConditionValue {
                                numerator: Rational::from_integer(sum.sum.into()) * quantum,
                                denominator: Rational::from_integer(sum.valid_mm2.into()),
                                valid_mm2: sum.valid_mm2,
                                concerned_mm2: sum.valid_mm2 + sum.missing_mm2,
                                ..missing("", 0, measured)
                            },
                        ),
                    };
                    values.insert((county.clone(), class.clone()), value);
                }
            }
            ConditionOrigin::Tables {
                numerator,
                denominator,
            } => {
                let value = of_tables(prepared, county, measured, [numerator, denominator]);
                values.insert((county.clone(), ALL_CLASSES.into()), value);
            }
            ConditionOrigin::AreaShare(groups) => {
                let value = area_share(prepared, zone, measured, groups);
                values.insert((county.clone(), ALL_CLASSES.into()), value);
            }
        }
    }
    values
}

fn missing(reason: &'static str, concerned: i128, measured: &MeasuredVariable) -> ConditionValue {
    ConditionValue::missing(reason, concerned, measured.trust)
}

/// Gives a measured value its state: nothing measured is missing, too little withheld.
fn shown(prepared: &Prepared, value: ConditionValue) -> ConditionValue {
    let floor = &prepared.profile.coverage_floor;
    let least = floor * Rational::from_integer(value.concerned_mm2.into());
    let (state, reason) = if value.valid_mm2 == 0 {
        (State::Missing, State::Missing.reason())
    } else if Rational::from_integer(value.valid_mm2.into()) < least {
        (State::Withheld, State::Withheld.reason())
    } else {
        (State::Computed, "")
    };
    ConditionValue {
        state,
        reason,
        ..value
    }
}

fn of_tables(
    prepared: &Prepared,
    county: &str,
    measured: &MeasuredVariable,
    ids: [&String; 2],
) -> ConditionValue {
    let key = (county.to_string(), String::new());
    let table = |id: &String| prepared.tables.get(id);
    let of = |id| table(id).and_then(|table| table.values.get(&key)).cloned();
    let synthetic = ids
        .iter()
        .any(|id| table(id).is_some_and(|own| own.synthetic));
    let trust = if synthetic {
        Trust::Synthetic
    } else {
        measured.trust
    };
    let (Some(above), Some(below)) = (of(ids[0]), of(ids[1])) else {
        return ConditionValue::missing(State::Missing.reason(), 0, trust);
    };
    if below <= Rational::from_integer(0.into()) {
        return ConditionValue::missing("condition-denominator-zero", 0, trust);
    }
    ConditionValue {
        numerator: measured.variable.unit.from_coherent(&above),
        denominator: below,
        state: State::Computed,
        ..ConditionValue::missing("", 0, trust)
    }
}

/// The share of groups of types in the ground that has a type.
fn area_share(
    prepared: &Prepared,
    zone: &ZoneGround,
    measured: &MeasuredVariable,
    groups: &BTreeSet<String>,
) -> ConditionValue {
    let (mut own, mut typed) = (0, 0);
    for (label, sums) in &zone.classes {
        typed += sums.area_mm2;
        if groups.contains(group(&prepared.methodology, &prepared.classes[*label])) {
            own += sums.area_mm2;
        }
    }
    let share = ConditionValue {
        numerator: measured
            .variable
            .unit
            .from_coherent(&Rational::from_integer(own.into())),
        denominator: Rational::from_integer(typed.into()),
        valid_mm2: typed,
        concerned_mm2: zone.area_mm2(),
        ..missing("", 0, measured)
    };
    shown(prepared, share)
}

/// One variable of the account with its values in all regions.
struct Told<'a> {
    measured: &'a MeasuredVariable,
    values: ValuesOf,
}

impl Told<'_> {
    fn reference(&self, methodology: &Methodology, class: &str) -> Option<&ReferenceLevel> {
        self.measured.variable.reference(group(methodology, class))
    }
}

/// Lays out the condition account; nothing if the project names no variables.
pub fn condition_account(finished: &Finished<'_>, facts: &RegionFacts<'_>) -> Option<NamedTable> {
    let prepared = finished.prepared;
    if prepared.conditions.is_empty() {
        return None;
    }
    let mut position: usize = prepared.laws.iter().map(|law| law.slots.len()).sum();
    let mut told = Vec::new();
    for measured in &prepared.conditions {
        let own = measured.rates.as_ref().map(|_| position);
        position += usize::from(own.is_some());
        let counties = county_values(prepared, finished.ground, measured, own);
        told.push(Told {
            measured,
            values: roll_up_condition(counties, finished.regions),
        });
    }
    let mut rows = Vec::new();
    for own in &told {
        for ((region, class), value) in &own.values {
            rows.push(variable_row(finished, own, (region, class), value));
        }
    }
    rows.extend(index_rows(finished, &told));
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Some(condition_table(&rows, facts))
}

fn key(region: &str, class: &str, item: &str) -> ConditionKey {
    ConditionKey {
        region: region.to_string(),
        class: class.to_string(),
        item: item.to_string(),
    }
}

fn variable_row<'a>(
    finished: &Finished<'_>,
    own: &'a Told<'_>,
    (region, class): (&str, &str),
    value: &ConditionValue,
) -> ConditionRow<'a> {
    let variable = &own.measured.variable;
    let reference = own.reference(&finished.prepared.methodology, class);
    let closing = value.value();
    let trust = reference.map_or(value.trust, |level| value.trust.min(trust_of(level.status)));
    let key = key(region, class, &variable.id);
    ConditionRow {
        kind: "variable",
        condition_class: variable.class.word(),
        title: [&variable.title.zh, &variable.title.en],
        unit: &variable.unit_text,
        rising: Some(variable.rising),
        indicator: reference
            .zip(closing.as_ref())
            .map(|(own, value)| own.indicator(value)),
        closing,
        parts: Some((value.numerator.clone(), value.denominator.clone())),
        reference,
        coverage: (value.valid_mm2, value.concerned_mm2),
        members: Vec::new(),
        missing: value.missing.clone(),
        partial: !value.missing.is_empty(),
        state: value.state,
        reason: value.reason,
        trust,
        opening: opening(finished.base, &key, &own.measured.definition),
        definition: own.measured.definition.clone(),
        key,
    }
}

/// What the base run says of a row, if it means the same.
fn opening(base: Option<&BaseRun>, key: &ConditionKey, definition: &str) -> ConditionOpening {
    let none = |reason| ConditionOpening {
        value: None,
        indicator: None,
        reason,
    };
    let Some(base) = base else {
        return none("no-base-run");
    };
    match base.condition.get(key) {
        None => none("not-in-base-run"),
        Some(own) if own.definition != definition => none("condition-definition-differs"),
        Some(own) => ConditionOpening {
            value: own.value,
            indicator: own.indicator,
            reason: if own.value.is_none() {
                "missing-in-base-run"
            } else {
                ""
            },
        },
    }
}

fn index_rows<'a>(finished: &Finished<'_>, told: &'a [Told<'_>]) -> Vec<ConditionRow<'a>> {
    let methodology = &finished.prepared.methodology;
    let mut places: BTreeMap<(&str, &str), Vec<Member<'a>>> = BTreeMap::new();
    for own in told {
        for ((region, class), value) in &own.values {
            let members = places.entry((region, class)).or_default();
            members.push(Member {
                id: &own.measured.variable.id,
                class: own.measured.variable.class,
                value,
                reference: own.reference(methodology, class),
            });
        }
    }
    let mut rows = Vec::new();
    for ((region, class), members) in places {
        for index in condition_indices(&members) {
            let key = key(region, class, index.item);
            let definition = index_definition(told, &members, &index.members);
            let there = index.value.is_some();
            let regions = |code: &String| finished.regions.iter().any(|own| own.code == *code);
            rows.push(ConditionRow {
                kind: "index",
                condition_class: index.item,
                title: ["", ""],
                unit: "1",
                rising: None,
                closing: index.value,
                indicator: None,
                parts: None,
                reference: None,
                coverage: (0, 0),
                members: index.members,
                partial: index.missing.iter().any(regions),
                missing: index.missing,
                state: if there {
                    State::Computed
                } else {
                    State::Missing
                },
                reason: if there { "" } else { State::Missing.reason() },
                trust: index.trust.min(Trust::Provisional),
                opening: opening(finished.base, &key, &definition),
                definition,
                key,
            });
        }
    }
    rows
}

/// An index means the same if its variables do.
fn index_definition(told: &[Told<'_>], members: &[Member<'_>], own: &[String]) -> String {
    let mut text = own.join(" ");
    for member in members.iter().filter(|member| member.reference.is_some()) {
        let all = &mut told.iter();
        let of = all.find(|one| one.measured.variable.id == member.id);
        text.push_str(of.map_or("", |one| &one.measured.definition));
    }
    digest_bytes(text.as_bytes())[..16].to_string()
}
