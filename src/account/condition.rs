//! The condition account: variables by region and ecosystem type as exact ratios of
//! sums, indicators between reference levels, and indices by class of the typology.
//!
//! A variable of a region above counties is the ratio of the counties' sums, not a mean
//! of their means; its indicator is taken from that ratio.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{ConditionClass, ReferenceLevel};
use gep_core::quantity::Rational;

use super::{Region, RegionLevel, State, Trust};

/// Item of the index over all classes of the typology.
pub const OVERALL: &str = "overall";

/// What a row of the account is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConditionKey {
    /// Region code.
    pub region: String,
    /// Ecosystem type, or `all` for what describes the whole ground.
    pub class: String,
    /// A variable, a class of the typology, or [`OVERALL`].
    pub item: String,
}

/// A variable in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionValue {
    /// The sum that is divided, in the variable's unit x `denominator`'s.
    pub numerator: Rational,
    /// What it is divided by: mm2, or the unit of its table.
    pub denominator: Rational,
    /// Area with a value, mm2.
    pub valid_mm2: i128,
    /// Area concerned, mm2.
    pub concerned_mm2: i128,
    /// Whether it is there.
    pub state: State,
    /// Message code of the reason, if it is not.
    pub reason: &'static str,
    /// Regions below, or variables, that are not in it.
    pub missing: BTreeSet<String>,
    /// How far it may be relied on.
    pub trust: Trust,
}

impl ConditionValue {
    /// Returns a value that is not there.
    pub fn missing(reason: &'static str, concerned_mm2: i128, trust: Trust) -> Self {
        Self {
            numerator: zero(),
            denominator: zero(),
            valid_mm2: 0,
            concerned_mm2,
            state: State::Missing,
            reason,
            missing: BTreeSet::new(),
            trust,
        }
    }

    /// Returns the value in the variable's unit.
    pub fn value(&self) -> Option<Rational> {
        let there = self.state == State::Computed && self.denominator != zero();
        there.then(|| &self.numerator / &self.denominator)
    }
}

fn zero() -> Rational {
    Rational::from_integer(0.into())
}

/// Values of one variable by region and ecosystem type.
pub type ValuesOf = BTreeMap<(String, String), ConditionValue>;

/// Adds the regions above to the values of counties.
pub fn roll_up_condition(counties: ValuesOf, regions: &[Region]) -> ValuesOf {
    let mut all = counties;
    let parents: BTreeMap<&str, &str> = regions
        .iter()
        .filter_map(|region| Some((region.code.as_str(), region.parent.as_deref()?)))
        .collect();
    for level in [
        RegionLevel::Village,
        RegionLevel::Township,
        RegionLevel::County,
        RegionLevel::City,
    ] {
        let own: BTreeSet<&str> = regions
            .iter()
            .filter(|region| region.level == level)
            .map(|region| region.code.as_str())
            .collect();
        let mut sums = ValuesOf::new();
        for ((region, class), value) in &all {
            let parent = parents.get(region.as_str());
            let (Some(parent), true) = (parent, own.contains(region.as_str())) else {
                continue;
            };
            let key = ((*parent).to_string(), class.clone());
            let sum = sums
                .entry(key)
                .or_insert_with(|| ConditionValue::missing(value.reason, 0, value.trust));
            add_child(sum, region, value);
        }
        all.extend(sums);
    }
    all
}

/// Adds a region to the one above: what is there is summed, what is not is named.
fn add_child(sum: &mut ConditionValue, region: &str, child: &ConditionValue) {
    sum.valid_mm2 += child.valid_mm2;
    sum.concerned_mm2 += child.concerned_mm2;
    sum.trust = sum.trust.min(child.trust);
    if child.state == State::Computed {
        sum.numerator += &child.numerator;
        sum.denominator += &child.denominator;
        sum.state = State::Computed;
        sum.reason = "";
    }
    if child.state != State::Computed || !child.missing.is_empty() {
        sum.missing.insert(region.to_string());
    }
}

/// A variable of one region and type as indices see it.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The variable.
    pub id: &'a str,
    /// Its class.
    pub class: ConditionClass,
    /// Its value.
    pub value: &'a ConditionValue,
    /// The reference level; a variable without one is no indicator and in no index.
    pub reference: Option<&'a ReferenceLevel>,
}

impl Member<'_> {
    /// Returns the indicator, if there is a value and a reference level.
    pub fn indicator(&self) -> Option<Rational> {
        Some(self.reference?.indicator(&self.value.value()?))
    }
}

/// An index, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionIndex {
    /// A class of the typology, or [`OVERALL`].
    pub item: &'static str,
    /// From 0 to 1.
    pub value: Option<Rational>,
    /// The variables, or for the whole the classes, it is the mean of.
    pub members: Vec<String>,
    /// Those of them that have no number, and regions below that lack one.
    pub missing: BTreeSet<String>,
    /// How far it may be relied on.
    pub trust: Trust,
}

/// Returns the indices of one region and type: of each class the plain mean of its
/// indicators, and over all the plain mean of the classes. One indicator missing leaves
/// its class and the whole without an index: a mean over the rest would be another
/// index of the same name.
pub fn condition_indices(members: &[Member<'_>]) -> Vec<ConditionIndex> {
    let mut indices = Vec::new();
    for class in ConditionClass::ALL {
        let own: Vec<&Member<'_>> = members
            .iter()
            .filter(|member| member.class == class && member.reference.is_some())
            .collect();
        if own.is_empty() {
            continue;
        }
        let mut missing = BTreeSet::new();
        for member in &own {
            if member.indicator().is_none() {
                missing.insert(member.id.to_string());
            }
            missing.extend(member.value.missing.iter().cloned());
        }
        let values: Option<Vec<Rational>> = own.iter().map(|own| own.indicator()).collect();
        indices.push(ConditionIndex {
            item: class.word(),
            value: values.map(|values| mean(&values)),
            members: own.iter().map(|own| own.id.to_string()).collect(),
            missing,
            trust: least(own.iter().map(|own| own.value.trust)),
        });
    }
    if indices.is_empty() {
        return indices;
    }
    let values: Option<Vec<Rational>> = indices.iter().map(|own| own.value.clone()).collect();
    indices.push(ConditionIndex {
        item: OVERALL,
        value: values.map(|values| mean(&values)),
        members: indices.iter().map(|own| own.item.to_string()).collect(),
        missing: indices.iter().flat_map(|own| own.missing.clone()).collect(),
        trust: least(indices.iter().map(|own| own.trust)),
    });
    indices
}

fn mean(values: &[Rational]) -> Rational {
    values.iter().sum::<Rational>() / Rational::from_integer(values.len().into())
}

fn least(trusts: impl Iterator<Item = Trust>) -> Trust {
    trusts.min().unwrap_or(Trust::Synthetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gep_core::methodology::{Citation, Status};

    fn number(text: &str) -> Rational {
        gep_core::quantity::parse_decimal(text).expect("number")
    }

    fn value(numerator: &str, denominator: &str) -> ConditionValue {
        ConditionValue {
            numerator: number(numerator),
            denominator: number(denominator),
            state: State::Computed,
            reason: "",
            ..ConditionValue::missing("", 0, Trust::Verified)
        }
    }

    fn level(low: &str, high: &str) -> ReferenceLevel {
        ReferenceLevel {
            groups: BTreeSet::new(),
            low: number(low),
            high: number(high),
            status: Status::Provisional,
            citation: Citation::default(),
        }
    }

    fn tree() -> Vec<Region> {
        let region = |code: &str, level, parent: Option<&str>| Region {
            code: code.into(),
            level,
            parent: parent.map(Into::into),
        };
        vec![
            region("A", RegionLevel::County, Some("C")),
            region("B", RegionLevel::County, Some("C")),
            region("C", RegionLevel::City, Some("P")),
            region("P", RegionLevel::Province, None),
        ]
    }

    /// A city is the ratio of sums: 0.8 on 1 km2 and 0.2 on 3 km2 are 0.35, not 0.5.
    #[test]
    fn a_city_is_the_ratio_of_the_sums() {
        let of = |code: &str| (code.to_string(), "forest".to_string());
        let counties = ValuesOf::from([(of("A"), value("0.8", "1")), (of("B"), value("0.6", "3"))]);
        let all = roll_up_condition(counties, &tree());
        assert_eq!(all[&of("C")].value(), Some(number("0.35")));
        assert_eq!(all[&of("P")].value(), Some(number("0.35")));
        assert!(all[&of("P")].missing.is_empty());
    }

    /// A county without a value is named at every level above, and is no zero.
    #[test]
    fn a_missing_county_is_named_and_no_zero() {
        let of = |code: &str| (code.to_string(), "forest".to_string());
        let gone = ConditionValue::missing("input-missing", 5, Trust::Verified);
        let counties = ValuesOf::from([(of("A"), value("0.8", "1")), (of("B"), gone.clone())]);
        let all = roll_up_condition(counties, &tree());
        assert_eq!(all[&of("C")].value(), Some(number("0.8")));
        assert_eq!(all[&of("C")].missing, BTreeSet::from(["B".to_string()]));
        assert_eq!(all[&of("P")].missing, BTreeSet::from(["C".to_string()]));
        let none = ValuesOf::from([(of("A"), gone)]);
        let all = roll_up_condition(none, &tree());
        assert_eq!(all[&of("C")].value(), None);
        assert_eq!(all[&of("C")].reason, "input-missing");
    }

    /// By hand: structural (0.35 - 0) / 1 = 0.35 and, falling, (8 - 10) / (2 - 10) =
    /// 0.25: their mean 0.3; landscape 1; the whole (0.3 + 1) / 2 = 0.65.
    #[test]
    fn indices_are_means_by_hand() {
        let (cover, gaps, share) = (value("0.35", "1"), value("8", "1"), value("7", "2"));
        let (rising, falling) = (level("0", "1"), level("10", "2"));
        let member = |id, class, value, reference| Member {
            id,
            class,
            value,
            reference,
        };
        let members = [
            member("cover", ConditionClass::Structural, &cover, Some(&rising)),
            member("gaps", ConditionClass::Structural, &gaps, Some(&falling)),
            member("share", ConditionClass::Landscape, &share, Some(&rising)),
            // Without a reference level it is no indicator.
            member("index", ConditionClass::Functional, &share, None),
        ];
        let found = condition_indices(&members);
        let values: Vec<_> = found
            .iter()
            .map(|own| (own.item, own.value.clone()))
            .collect();
        let expected = [("structural", "0.3"), ("landscape", "1"), (OVERALL, "0.65")];
        let expected = expected.map(|(item, value)| (item, Some(number(value))));
        assert_eq!(values, expected);
    }

    /// One indicator missing leaves its class and the whole without an index.
    #[test]
    fn a_missing_variable_leaves_no_index() {
        let gone = ConditionValue::missing("input-missing", 5, Trust::Verified);
        let (cover, rising) = (value("0.35", "1"), level("0", "1"));
        let member = |id, class, value| Member {
            id,
            class,
            value,
            reference: Some(&rising),
        };
        let members = [
            member("cover", ConditionClass::Structural, &cover),
            member("gaps", ConditionClass::Structural, &gone),
            member("share", ConditionClass::Landscape, &cover),
        ];
        let found = condition_indices(&members);
        assert_eq!(found[0].value, None);
        assert_eq!(found[0].missing, BTreeSet::from(["gaps".to_string()]));
        assert_eq!(found[1].value, Some(number("0.35")));
        assert_eq!(found[2].value, None);
    }
}
