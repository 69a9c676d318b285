//! From counties to cities and the province, and from indicators to GEP.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::IndicatorGroup;
use gep_core::quantity::Rational;

use super::{ALL_CLASSES, Amount, AmountKey, State};

/// Level of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionLevel {
    /// Village or residents' committee.
    Village,
    /// Township, town or subdistrict.
    Township,
    /// County, district or county-level city.
    County,
    /// Marine zone.
    Sea,
    /// Prefecture.
    City,
    /// Province.
    Province,
}

impl RegionLevel {
    /// Reads the word of the regions table.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Village,
            Self::Township,
            Self::County,
            Self::Sea,
            Self::City,
            Self::Province,
        ]
        .into_iter()
        .find(|level| level.word() == word)
    }

    /// Returns whether numbers may arise at this level. Cities and the province are
    /// always sums.
    pub fn may_be_base(self) -> bool {
        !matches!(self, Self::City | Self::Province)
    }

    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Township => "township",
            Self::County => "county",
            Self::Sea => "sea",
            Self::City => "city",
            Self::Province => "province",
        }
    }
}

/// A region and its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Code.
    pub code: String,
    /// Level.
    pub level: RegionLevel,
    /// Code of the parent.
    pub parent: Option<String>,
}

/// Returns the regions where numbers arise, in order: villages, townships, counties and
/// marine zones with nothing below them. All others are sums.
pub fn bases(regions: &[Region]) -> Vec<&Region> {
    let parents: BTreeSet<&str> = regions
        .iter()
        .filter_map(|region| region.parent.as_deref())
        .collect();
    let all = regions.iter();
    all.filter(|region| region.level.may_be_base() && !parents.contains(region.code.as_str()))
        .collect()
}

/// Regions by level.
#[derive(Clone, Debug)]
pub struct Rollup<'a> {
    /// All regions.
    pub regions: &'a [Region],
}

impl Rollup<'_> {
    fn parent_of(&self, code: &str) -> Option<&str> {
        self.regions
            .iter()
            .find(|region| region.code == code)?
            .parent
            .as_deref()
    }
}

/// Returns the codes of a region and all its parents, upwards.
pub fn ancestors<'a>(regions: &'a [Region], code: &str) -> Vec<&'a str> {
    let mut line = Vec::new();
    let mut next = regions.iter().find(|region| region.code == code);
    while let Some(region) = next {
        line.push(region.code.as_str());
        let parent = region.parent.as_deref();
        next = regions
            .iter()
            .find(|other| Some(other.code.as_str()) == parent);
    }
    line
}

/// Adds rows of the regions above to those where numbers arise.
pub fn roll_up(counties: Vec<Amount>, regions: &Rollup<'_>) -> Vec<Amount> {
    let depths: BTreeMap<&str, usize> = regions
        .regions
        .iter()
        .map(|region| {
            (
                region.code.as_str(),
                ancestors(regions.regions, &region.code).len(),
            )
        })
        .collect();
    let depth_of = |amount: &Amount| depths.get(amount.key.region.as_str()).copied().unwrap_or(1);
    let mut all = counties;
    // Deepest first: a region may lie beside others that have more below them.
    let deepest = all.iter().map(depth_of).max().unwrap_or(0);
    for depth in (2..=deepest).rev() {
        let mut parents: BTreeMap<AmountKey, Amount> = BTreeMap::new();
        for child in all.iter().filter(|amount| depth_of(amount) == depth) {
            let Some(parent) = regions.parent_of(&child.key.region) else {
                continue;
            };
            let key = AmountKey {
                region: parent.to_string(),
                ..child.key.clone()
            };
            let sum = parents
                .entry(key.clone())
                .or_insert_with(|| empty_like(child, key));
            add_child(sum, child);
        }
        all.extend(parents.into_values());
    }
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

fn empty_like(child: &Amount, key: AmountKey) -> Amount {
    Amount {
        key,
        value: None,
        valid_mm2: 0,
        concerned_mm2: 0,
        state: State::Missing,
        missing: Vec::new(),
        ..child.clone()
    }
}

/// Adds a child region: what is there is summed, what is not is named.
fn add_child(sum: &mut Amount, child: &Amount) {
    sum.valid_mm2 += child.valid_mm2;
    sum.concerned_mm2 += child.concerned_mm2;
    sum.trust = sum.trust.min(child.trust);
    if let Some(value) = &child.value {
        let so_far = sum
            .value
            .take()
            .unwrap_or_else(|| Rational::from_integer(0.into()));
        sum.value = Some(so_far + value);
        sum.state = State::Computed;
    }
    if child.state != State::Computed || child.partial() {
        sum.missing.push(child.key.region.clone());
    }
}

/// Returns the value of each indicator in each region that enters the account.
pub(super) fn account_values(amounts: &[Amount]) -> BTreeMap<&str, BTreeMap<&str, &Amount>> {
    let mut by_region: BTreeMap<&str, BTreeMap<&str, &Amount>> = BTreeMap::new();
    for amount in amounts
        .iter()
        .filter(|amount| amount.key.class == ALL_CLASSES && amount.money)
    {
        by_region
            .entry(&amount.key.region)
            .or_default()
            .insert(&amount.key.indicator, amount);
    }
    by_region
}

/// Adds values up to groups and GEP, region by region. `indicators` are those the
/// profile computes, with their groups; one without a value makes totals partial.
/// `counted` is what rules leave of an indicator: it stands in sums in its place.
pub fn total_gep(
    values: &[Amount],
    indicators: &[(String, IndicatorGroup)],
    counted: &[&Amount],
) -> Vec<Amount> {
    let by_region = account_values(values);
    let mut left: BTreeMap<&str, Vec<&Amount>> = BTreeMap::new();
    for amount in counted {
        left.entry(&amount.key.region).or_default().push(amount);
    }
    let mut out = Vec::new();
    for (region, amounts) in &by_region {
        let groups: BTreeSet<IndicatorGroup> = indicators.iter().map(|(_, group)| *group).collect();
        let mut sets: Vec<(String, Vec<&str>)> = vec![(
            "gep".to_string(),
            indicators.iter().map(|(id, _)| id.as_str()).collect(),
        )];
        for group in groups {
            let members = indicators.iter().filter(|(_, own)| *own == group);
            sets.push((
                group.word().to_string(),
                members.map(|(id, _)| id.as_str()).collect(),
            ));
        }
        let mut counting = amounts.clone();
        for amount in left.get(region).into_iter().flatten() {
            counting.insert(&amount.key.indicator, amount);
        }
        for (item, members) in sets {
            out.extend(set_total(region, &item, &members, &counting));
        }
        for (id, _) in indicators {
            out.extend(set_total(region, id, &[id.as_str()], amounts));
        }
    }
    out
}

fn set_total(
    region: &str,
    item: &str,
    members: &[&str],
    amounts: &BTreeMap<&str, &Amount>,
) -> Option<Amount> {
    let first = *amounts.values().next()?;
    let key = AmountKey {
        region: region.to_string(),
        class: ALL_CLASSES.to_string(),
        indicator: item.to_string(),
        output: "value".to_string(),
        item: String::new(),
    };
    // An indicator by itself is its own row.
    if let (true, Some(amount)) = (members == [item], amounts.get(item)) {
        return Some(Amount {
            key,
            ..(*amount).clone()
        });
    }
    let mut sum = Amount {
        trust: super::Trust::Verified,
        ..empty_like(first, key)
    };
    let mut worst: Option<(i128, i128)> = None;
    for member in members {
        let amount = amounts.get(member);
        match amount.and_then(|amount| amount.value.as_ref()) {
            Some(value) => {
                let so_far = sum
                    .value
                    .take()
                    .unwrap_or_else(|| Rational::from_integer(0.into()));
                sum.value = Some(so_far + value);
                sum.state = State::Computed;
            }
            None if sum.missing.iter().any(|code| code == member) => {}
            None => sum.missing.push((*member).to_string()),
        }
        if let Some(amount) = amount {
            sum.trust = sum.trust.min(amount.trust);
            for code in &amount.missing {
                if !sum.missing.contains(code) {
                    sum.missing.push(code.clone());
                }
            }
            let own = (amount.valid_mm2, amount.concerned_mm2);
            let worse = worst.is_none_or(|(valid, concerned)| own.0 * concerned < valid * own.1);
            if own.1 > 0 && worse {
                worst = Some(own);
            }
        }
    }
    // The coverage of a sum is that of its least covered part.
    (sum.valid_mm2, sum.concerned_mm2) = worst.unwrap_or((0, 0));
    Some(sum)
}
