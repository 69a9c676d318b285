//! An indicator valued again on aggregates: by the law of one profile, with parameters
//! or prices of another where both know them by one name.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::methodology::{
    BoundParameter, Indicator, IndicatorState, Input, Law, Methodology, Origin, OutputKind,
    Profile, is_money, law_texts,
};
use gep_core::quantity::Rational;

use super::aggregates::{Aggregates, Cover, LayerTexts, crosswalk_key};
use crate::account::{ALL_CLASSES, AccountLaw, Amount, Cause, State, evaluate_law};

/// What an indicator comes to in a county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Valued {
    /// Fen.
    Fen(i128),
    /// Coverage is below the profile's floor.
    Withheld,
    /// A department's number is missing.
    Missing,
    /// The aggregates do not hold what the law asks for.
    Lacking(BTreeSet<String>),
    /// The run changed the value beyond its law, to this one.
    BeyondLaw(Option<i128>),
}

impl Valued {
    /// Returns the number that stands in the account, comparable or not.
    pub fn known(&self) -> Option<i128> {
        match self {
            Self::BeyondLaw(fen) => *fen,
            other => other.fen(),
        }
    }

    /// Returns the number by its law, if there is one.
    pub fn fen(&self) -> Option<i128> {
        match self {
            Self::Fen(fen) => Some(*fen),
            _ => None,
        }
    }
}

/// A profile in its methodology, as it is applied to the aggregates.
pub struct Applied<'a> {
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile, with the crosswalk in use.
    pub profile: &'a Profile,
    /// How its derived layers are made.
    pub layers: LayerTexts<'a>,
}

impl<'a> Applied<'a> {
    /// Puts a profile and its methodology together.
    pub fn new(methodology: &'a Methodology, profile: &'a Profile) -> Self {
        Self {
            methodology,
            profile,
            layers: LayerTexts::new(methodology, profile),
        }
    }

    /// Returns the key of its crosswalk among the covers.
    pub fn crosswalk(&self) -> String {
        crosswalk_key(self.methodology, self.profile)
    }

    /// Returns an indicator that has a value in the account.
    pub fn priced(&self, id: &str) -> Option<&'a Indicator> {
        let own = self.profile.indicator(id)?;
        let mut methods = own
            .methods
            .iter()
            .filter_map(|id| self.methodology.methods.get(id));
        let valued = methods.any(|method| {
            let mut outputs = method.outputs.iter();
            outputs.any(|output| output.kind == OutputKind::Value)
        });
        (own.state != IndicatorState::Absent && valued).then_some(own)
    }

    fn law(&self, id: &str) -> Result<Option<Law>, Findings> {
        match self.priced(id) {
            Some(indicator) => self.methodology.indicator_law(self.profile, indicator),
            None => Ok(None),
        }
    }
}

/// Which profile each part of a valuation is taken from: 0 the first, 1 the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The law: formulas, inputs, roundings, and parameters the other does not know.
    pub law: usize,
    /// Parameters that are no money.
    pub parameters: usize,
    /// Prices.
    pub prices: usize,
    /// The crosswalk.
    pub crosswalk: usize,
}

/// Values an indicator by county.
///
/// # Errors
///
/// If a formula cannot be evaluated on the numbers.
pub fn revalue(
    id: &str,
    choice: Choice,
    sides: [&Applied<'_>; 2],
    aggregates: &Aggregates,
    floor: &Rational,
) -> Result<BTreeMap<String, Valued>, Findings> {
    let counties = aggregates.counties();
    // Nothing of the indicator can be valued anywhere.
    let lacking = |what: String| -> BTreeMap<String, Valued> {
        let valued = Valued::Lacking(BTreeSet::from([what]));
        let codes = counties.iter();
        codes.map(|code| (code.clone(), valued.clone())).collect()
    };
    let own = sides[choice.law];
    let Some(indicator) = own.priced(id) else {
        return Ok(BTreeMap::new());
    };
    // A law without sums over cells looks at no land cover: any will do.
    let law = own.law(id)?;
    let blind = law.is_some_and(|law| law.program.totals().is_empty());
    let any = aggregates.covers.values().next().filter(|_| blind);
    let cover = aggregates.covers.get(&sides[choice.crosswalk].crosswalk());
    let Some(cover) = cover.or(any) else {
        return Ok(lacking(format!("crosswalk {}", own.profile.crosswalk)));
    };
    let prepared = AccountLaw::prepare(
        own.methodology,
        own.profile,
        indicator,
        &counties,
        &cover.classes,
        &aggregates.objects,
    )?;
    let Some(mut law) = prepared else {
        return Ok(BTreeMap::new());
    };
    if let Some(id) = missing_objects(&law.law, aggregates) {
        return Ok(lacking(format!("objects {id}")));
    }
    if let Some(table) = missing_table(&law.law, own.methodology, aggregates) {
        return Ok(lacking(format!("table {table}")));
    }
    let other = sides[1 - choice.law].law(id)?;
    if let Some(other) = &other {
        take_rows(&mut law, other, |money| {
            let from = if money {
                choice.prices
            } else {
                choice.parameters
            };
            from != choice.law
        });
    }
    evaluated(law, own, cover, aggregates, floor)
}

fn evaluated(
    mut law: AccountLaw,
    own: &Applied<'_>,
    cover: &Cover,
    aggregates: &Aggregates,
    floor: &Rational,
) -> Result<BTreeMap<String, Valued>, Findings> {
    let (ground, lacking) = cover.ground_for(&law, &own.layers)?;
    let (mut amounts, _) = evaluate_law(&mut law, &ground, 0, &aggregates.tables, floor)?;
    amounts.sort_by(|a, b| a.key.cmp(&b.key));
    let mut values: BTreeMap<String, Valued> = BTreeMap::new();
    for amount in amounts.iter().filter(|one| in_account(one)) {
        let valued = match (amount.fen(), amount.state) {
            (Some(fen), _) => Valued::Fen(fen),
            (None, State::Withheld) => Valued::Withheld,
            (None, _) => Valued::Missing,
        };
        values.insert(amount.key.region.clone(), valued);
    }
    for (county, what) in lacking {
        values.insert(county, Valued::Lacking(what));
    }
    Ok(values)
}

/// Whether an amount is the value of its indicator: the last of them counts, as in the
/// account.
fn in_account(amount: &Amount) -> bool {
    amount.money && amount.key.class == ALL_CLASSES
}

/// A table the law reads and the aggregates do not hold.
fn missing_table(law: &Law, methodology: &Methodology, aggregates: &Aggregates) -> Option<String> {
    law.inputs.values().find_map(|input| match &input.origin {
        Origin::Table(id) => {
            let measured = methodology
                .quantities
                .get(id)
                .is_some_and(|own| own.geometry);
            (!measured && !aggregates.tables.contains_key(id)).then(|| id.clone())
        }
        _ => None,
    })
}

/// What the law reads of single objects and the aggregates do not hold.
fn missing_objects(law: &Law, aggregates: &Aggregates) -> Option<String> {
    let of_objects = |input: &&Input| input.domain.object_axis().is_some();
    let mut inputs = law.inputs.values().filter(of_objects);
    let lacking = inputs.find(|input| !aggregates.tables.contains_key(input.origin.id()));
    lacking.map(|input| input.origin.id().to_string())
}

/// Whether two parameters are one by name, domain and unit; years of money may differ.
fn same_parameter(own: &BoundParameter, other: &BoundParameter) -> bool {
    let bases = |bound: &BoundParameter| -> Vec<(String, String)> {
        let dimension = bound.declaration.unit.dimension();
        let bases = dimension.bases();
        bases
            .map(|(symbol, power)| {
                let name = if symbol.starts_with("CNY@") {
                    "CNY"
                } else {
                    symbol
                };
                (name.to_string(), power.to_string())
            })
            .collect()
    };
    own.declaration.domain == other.declaration.domain && bases(own) == bases(other)
}

/// Puts the other profile's rows in the place of a law's own where `wanted`, which is
/// told whether a parameter is money.
fn take_rows(account: &mut AccountLaw, other: &Law, wanted: impl Fn(bool) -> bool) {
    let mut taken = false;
    let names: Vec<String> = account.law.parameters.keys().cloned().collect();
    for name in names {
        let (Some(own), Some(others)) = (
            account.law.parameters.get_mut(&name),
            other.parameters.get(&name),
        ) else {
            continue;
        };
        if !wanted(is_money(&own.declaration.unit)) || !same_parameter(own, others) {
            continue;
        }
        own.rows.clone_from(&others.rows);
        if let Some(array) = account.law.parameter(&name, &account.rows.labels) {
            account.rows.values.insert(name, array);
        }
        taken = true;
    }
    if taken {
        // What says `n/a` may have moved, and with it what a rate is about.
        let classes = account
            .rows
            .labels
            .of(&gep_core::formula::Axis::Class)
            .to_vec();
        for at in 0..account.slots.len() {
            let total = account.slots[at].total;
            let scope = classes.iter().map(|class| account.concerns(total, class));
            account.slots[at].scope = scope.collect();
        }
    }
}

/// What differs between the laws of an indicator that both profiles compute, in the
/// order of [`Cause`]; the first is told by the law as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differing {
    /// Formula, parameter (of a derived layer) or rounding: switched with the law.
    pub law: Option<Cause>,
    /// Whether parameters by one name differ.
    pub parameters: bool,
    /// Whether prices by one name differ.
    pub prices: bool,
    /// Whether the crosswalk differs and the law looks at it.
    pub crosswalk: bool,
}

/// Switches a choice to the other profile.
pub type Switch = fn(&mut Choice);

impl Differing {
    /// Compares the two laws.
    ///
    /// # Errors
    ///
    /// None for profiles of a methodology that was loaded without findings.
    pub fn between(id: &str, sides: [&Applied<'_>; 2]) -> Result<Self, Findings> {
        let (Some(first), Some(second)) = (sides[0].law(id)?, sides[1].law(id)?) else {
            return Ok(Self::default());
        };
        let mut differing = Self {
            crosswalk: sides[0].crosswalk() != sides[1].crosswalk()
                && !(first.program.totals().is_empty() && second.program.totals().is_empty()),
            ..Self::default()
        };
        let [(formulas, steps), (other_formulas, other_steps)] = [&first, &second].map(law_texts);
        let layers = |law: &Law, side: &Applied<'_>| -> Result<[String; 2], Findings> {
            let mut all = [String::new(), String::new()];
            for input in law.inputs.values() {
                if let Origin::Layer(id) = &input.origin {
                    for (text, more) in all.iter_mut().zip(side.layers.parts(id)?) {
                        text.push_str(&more);
                    }
                }
            }
            Ok(all)
        };
        let [own_layers, own_rows] = layers(&first, sides[0])?;
        let [other_layers, other_rows] = layers(&second, sides[1])?;
        differing.law = if formulas != other_formulas || own_layers != other_layers {
            Some(Cause::Formula)
        } else if own_rows != other_rows {
            Some(Cause::Parameter)
        } else {
            (steps != other_steps).then_some(Cause::Rounding)
        };
        for (name, own) in &first.parameters {
            let Some(other) = second.parameters.get(name) else {
                continue;
            };
            if !same_parameter(own, other) {
                differing.law = Some(Cause::Formula);
            } else if values(own) != values(other) {
                if is_money(&own.declaration.unit) {
                    differing.prices = true;
                } else {
                    differing.parameters = true;
                }
            }
        }
        Ok(differing)
    }

    /// Returns whether nothing differs.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the causes in their order, and what each switches.
    pub fn causes(&self) -> Vec<(Cause, Switch)> {
        let mut all: Vec<(Cause, Switch)> = Vec::new();
        let with_law = self.law == Some(Cause::Parameter);
        match self.law {
            Some(Cause::Parameter) => all.push((Cause::Parameter, |choice| {
                choice.law = 1;
                choice.parameters = 1;
            })),
            Some(cause) => all.push((cause, |choice| choice.law = 1)),
            None => {}
        }
        if self.parameters && !with_law {
            all.push((Cause::Parameter, |choice| choice.parameters = 1));
        }
        if self.prices {
            all.push((Cause::Price, |choice| choice.prices = 1));
        }
        if self.crosswalk {
            all.push((Cause::Crosswalk, |choice| choice.crosswalk = 1));
        }
        all.sort_by_key(|(cause, _)| *cause);
        all
    }
}

/// The values of a parameter, in coherent units, by key.
fn values(bound: &BoundParameter) -> BTreeMap<&BTreeMap<String, String>, Option<Rational>> {
    let rows = bound.rows.iter();
    rows.map(|(keys, row)| {
        let value = row.value.as_ref().map(|value| row.unit.to_coherent(value));
        (keys, value)
    })
    .collect()
}
