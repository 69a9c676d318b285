//! The bridge from the GEP of one profile to that of another on the same aggregates:
//! what each difference between them is worth, county by county, in whole fen.
//!
//! Indicators that no rule ties together are taken apart each by itself, those that
//! rules tie together in one. Within such a bundle the causes are Shapley shares
//! (decision 0015): marginal effects averaged over all orders, closed to the fen.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{CombineKind, CombineRule, IndicatorGroup};
use gep_core::quantity::Rational;

use super::combine::{after, zero};
use crate::statistics::{closing, shapley};

/// What a difference of GEP comes from, in the order of tables and of ties in rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// An indicator that only the first profile computes.
    OnlyFirst,
    /// An indicator that only the second profile computes.
    OnlySecond,
    /// A formula, an input, a derived layer, the scope of a law.
    Formula,
    /// A value of a parameter.
    Parameter,
    /// A value of a parameter that is money.
    Price,
    /// A step of rounding.
    Rounding,
    /// The ecosystem type of a code.
    Crosswalk,
    /// Causes of one indicator that the aggregates do not allow to take apart.
    NotSeparated,
    /// Rules after all indicators, or the group an indicator counts in.
    Combine,
}

impl Cause {
    /// All causes in their order.
    pub const ALL: [Self; 9] = [
        Self::OnlyFirst,
        Self::OnlySecond,
        Self::Formula,
        Self::Parameter,
        Self::Price,
        Self::Rounding,
        Self::Crosswalk,
        Self::NotSeparated,
        Self::Combine,
    ];

    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::OnlyFirst => "only_in_first",
            Self::OnlySecond => "only_in_second",
            Self::Formula => "formula",
            Self::Parameter => "parameter",
            Self::Price => "price",
            Self::Rounding => "rounding",
            Self::Crosswalk => "crosswalk",
            Self::NotSeparated => "not_separated",
            Self::Combine => "combine",
        }
    }
}

/// How a profile makes GEP of the values of indicators.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    /// The indicators it computes, with their groups.
    pub groups: BTreeMap<String, IndicatorGroup>,
    /// Its rules after all indicators, in order.
    pub rules: Vec<CombineRule>,
}

impl Counting {
    /// Returns what the values of a county come to, fen: rules are applied in order, a
    /// deduction counts only where a rule takes it off. If an operand of a rule is
    /// `None`, nothing of its indicators counts. An indicator that is not among the
    /// values is not there at all.
    pub fn total(&self, values: &BTreeMap<&str, Option<i128>>) -> i128 {
        let yuan = |fen: i128| Rational::new(fen.into(), 100.into());
        let own: BTreeMap<&str, Option<Rational>> = values
            .iter()
            .map(|(id, fen)| (*id, fen.map(yuan)))
            .collect();
        let mut counted: BTreeMap<&str, Option<Rational>> = own
            .iter()
            .map(|(id, value)| {
                let deducted = self.groups.get(*id) == Some(&IndicatorGroup::Deduction);
                let zeroed = value.as_ref().map(|_| zero()).filter(|_| deducted);
                (*id, zeroed.or_else(|| value.clone()))
            })
            .collect();
        for rule in &self.rules {
            apply(rule, &own, &mut counted);
        }
        let sum: Rational = counted.into_values().flatten().sum();
        let fen = sum * Rational::from_integer(100.into());
        i128::try_from(fen.to_integer()).expect("less than 10^36 yuan")
    }

    /// Returns the same with what another profile says of indicators that this one does
    /// not have: their groups, and that a deduction is taken off.
    fn with_unknown_of(&self, other: &Self) -> Self {
        let mut own = self.clone();
        for (id, group) in &other.groups {
            own.groups.entry(id.clone()).or_insert(*group);
        }
        let foreign = other.rules.iter().filter(|rule| {
            let unknown = |id: &String| !self.groups.contains_key(id);
            rule.kind == CombineKind::Subtract && rule.indicators.iter().any(unknown)
        });
        own.rules.extend(foreign.cloned().map(|mut rule| {
            rule.indicators.retain(|id| !self.groups.contains_key(id));
            rule
        }));
        own
    }

    /// Whether two profiles treat these indicators alike after they are computed. That a
    /// deduction is taken off is no rule of its own: it comes with the indicator.
    fn treats_alike(&self, other: &Self, bundle: &BTreeSet<&str>) -> bool {
        let said = |own: &Self| {
            let rules: Vec<(CombineKind, Vec<String>)> = own
                .rules
                .iter()
                .filter(|rule| rule.kind != CombineKind::Subtract)
                .filter(|rule| {
                    rule.indicators
                        .iter()
                        .any(|id| bundle.contains(id.as_str()))
                })
                .map(|rule| (rule.kind.clone(), rule.indicators.clone()))
                .collect();
            rules
        };
        let common = bundle.iter().all(|id| {
            let (own, others) = (self.groups.get(*id), other.groups.get(*id));
            own == others || own.is_none() || others.is_none()
        });
        common && said(self) == said(other)
    }
}

fn apply<'a>(
    rule: &CombineRule,
    own: &BTreeMap<&'a str, Option<Rational>>,
    counted: &mut BTreeMap<&'a str, Option<Rational>>,
) {
    let there: Vec<&'a str> = rule
        .indicators
        .iter()
        .filter_map(|id| own.get_key_value(id.as_str()).map(|(id, _)| *id))
        .collect();
    let before: Option<Vec<Rational>> = there.iter().map(|id| counted[id].clone()).collect();
    let values: Option<Vec<&Rational>> = there.iter().map(|id| own[id].as_ref()).collect();
    let left = match before.zip(values) {
        Some((before, _)) if before.is_empty() => return,
        Some((before, values)) => after(&rule.kind, &before, &values)
            .into_iter()
            .map(Some)
            .collect(),
        None => vec![None; there.len()],
    };
    counted.extend(there.into_iter().zip(left));
}

/// The value of an indicator in a county under each subset of what differs, fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossings {
    /// What differs between its two laws, each once.
    pub causes: Vec<Cause>,
    /// By subset of the causes (bit `k` set: `causes[k]` as in the second profile);
    /// `2^causes` numbers, the first that of the first profile, the last that of the
    /// second.
    pub fen: Vec<i128>,
}

/// An indicator of a county in both profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Only the first profile computes it.
    First(i128),
    /// Only the second profile computes it.
    Second(i128),
    /// Both do.
    Both(Crossings),
}

/// What a line of the bridge is about: the cause, and the indicators it works on.
pub type LineKey = (Cause, BTreeSet<String>);

/// Bundles of indicators that rules of either profile tie together.
pub fn bundles<'a>(ids: &[&'a str], sides: [&Counting; 2]) -> Vec<BTreeSet<&'a str>> {
    let mut all: Vec<BTreeSet<&str>> = ids.iter().map(|id| BTreeSet::from([*id])).collect();
    for rule in sides.into_iter().flat_map(|side| &side.rules) {
        let named = |bundle: &BTreeSet<&str>| {
            rule.indicators
                .iter()
                .any(|id| bundle.contains(id.as_str()))
        };
        let (tied, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(named);
        let joined: BTreeSet<&str> = tied.into_iter().flatten().collect();
        if !joined.is_empty() {
            rest.push(joined);
        }
        all = rest;
    }
    all.sort();
    all
}

/// More causes than this in one bundle are switched together, kind by kind.
const MOST_PLAYERS: usize = 10;

/// The lines of a bridge do not add to the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotClosed;

/// Takes the difference of one county apart. The lines add to the difference of the
/// two profiles' totals of the same values.
///
/// # Errors
///
/// If they do not: our own mistake.
pub fn bridge(
    values: &BTreeMap<&str, Compared>,
    sides: [&Counting; 2],
) -> Result<BTreeMap<LineKey, i128>, NotClosed> {
    let ids: Vec<&str> = values.keys().copied().collect();
    let mut lines: BTreeMap<LineKey, i128> = BTreeMap::new();
    for bundle in bundles(&ids, sides) {
        let alike = sides[0].treats_alike(sides[1], &bundle);
        let game = Game {
            values: bundle.iter().map(|id| (*id, &values[id])).collect(),
            sides: [
                sides[0].with_unknown_of(sides[1]),
                sides[1].with_unknown_of(sides[0]),
            ],
            players: players(&bundle, values, alike),
        };
        let all = (1_u32 << game.players.len()) - 1;
        let change = game.total(all) - game.total(0);
        let shares = shapley(game.players.len(), |set| {
            Rational::from_integer(game.total(set).into())
        });
        let closed = closing(&shares, change).map_err(|_| NotClosed)?;
        for ((cause, own), fen) in game.players.into_iter().zip(closed) {
            let own = own.into_iter().map(String::from).collect();
            *lines.entry((cause, own)).or_default() += fen;
        }
    }
    Ok(lines)
}

/// A cause and the indicators on which it is switched.
type Player<'a> = (Cause, BTreeSet<&'a str>);

fn players<'a>(
    bundle: &BTreeSet<&'a str>,
    values: &BTreeMap<&'a str, Compared>,
    alike: bool,
) -> Vec<Player<'a>> {
    let mut single: Vec<Player<'a>> = Vec::new();
    for id in bundle {
        let causes = match &values[id] {
            Compared::First(_) => vec![Cause::OnlyFirst],
            Compared::Second(_) => vec![Cause::OnlySecond],
            Compared::Both(crossings) => crossings.causes.clone(),
        };
        single.extend(
            causes
                .into_iter()
                .map(|cause| (cause, BTreeSet::from([*id]))),
        );
    }
    if single.len() + usize::from(!alike) > MOST_PLAYERS {
        let mut joined: BTreeMap<Cause, BTreeSet<&str>> = BTreeMap::new();
        for (cause, own) in single {
            joined.entry(cause).or_default().extend(own);
        }
        single = joined.into_iter().collect();
    }
    if !alike {
        single.push((Cause::Combine, bundle.clone()));
    }
    single.sort();
    single
}

struct Game<'a> {
    values: BTreeMap<&'a str, &'a Compared>,
    sides: [Counting; 2],
    players: Vec<Player<'a>>,
}

impl Game<'_> {
    /// GEP of the bundle with a set of players as in the second profile.
    fn total(&self, set: u32) -> i128 {
        let switched = |cause: Cause, id: &str| {
            let mut players = self.players.iter().enumerate();
            players.any(|(at, (own, ids))| *own == cause && ids.contains(id) && set >> at & 1 == 1)
        };
        let mut values: BTreeMap<&str, Option<i128>> = BTreeMap::new();
        for (id, compared) in &self.values {
            let fen = match compared {
                Compared::First(fen) => (!switched(Cause::OnlyFirst, id)).then_some(*fen),
                Compared::Second(fen) => switched(Cause::OnlySecond, id).then_some(*fen),
                Compared::Both(crossings) => {
                    let mut at = 0;
                    for (bit, cause) in crossings.causes.iter().enumerate() {
                        at |= usize::from(switched(*cause, id)) << bit;
                    }
                    Some(crossings.fen[at])
                }
            };
            if let Some(fen) = fen {
                values.insert(id, Some(fen));
            }
        }
        let mut combine = self.players.iter().enumerate();
        let ruled = combine.any(|(at, (own, _))| *own == Cause::Combine && set >> at & 1 == 1);
        self.sides[usize::from(ruled)].total(&values)
    }
}

#[cfg(test)]
#[path = "bridge_tests.rs"]
mod tests;
