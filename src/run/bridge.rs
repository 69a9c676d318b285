//! `gep methodology diff A B --run | --project`: the same aggregates valued under two
//! profiles, and what lies between the two GEPs.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Difference, DifferenceKind, Methodology, Profile, differences};
use gep_core::quantity::Rational;

use super::aggregates::Aggregates;
use super::methodology_diff::Opened;
use super::revalue::{Applied, Choice, Differing, Valued, revalue};
use crate::account::{
    Cause, Compared, Counting, Crossings, LineKey, NotClosed, Region, ancestors, bridge, bundles,
};

/// Fen by county and item.
pub type Published = BTreeMap<(String, String), Option<i128>>;

/// The aggregates and what is known beside them.
pub struct Material {
    /// The aggregates.
    pub aggregates: Aggregates,
    /// Names of the regions, zh and en.
    pub names: BTreeMap<String, [String; 2]>,
    /// What the run itself published, fen by county and item, and by which of the two
    /// profiles it was made.
    pub published: Option<(usize, Published)>,
    /// Where the aggregates are from: the run's id, or the project's title.
    pub origin: String,
}

/// Why an indicator is not in the bridge of a county.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The aggregates do not hold what the law asks for.
    NotComputable,
    /// Coverage is below the floor.
    Withheld,
    /// A department's number is missing.
    InputMissing,
    /// The run changed the value beyond its law.
    BeyondLaw,
    /// A rule ties it to one of the others.
    TiedByRule,
}

impl Reason {
    /// Returns the word of tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotComputable => "not_computable",
            Self::Withheld => "withheld",
            Self::InputMissing => "input_missing",
            Self::BeyondLaw => "beyond_law",
            Self::TiedByRule => "tied_by_rule",
        }
    }
}

/// An indicator that stands outside the bridge in some counties of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// What it comes to in these counties under each profile, where that is known.
    pub fen: [Option<i128>; 2],
    /// The counties.
    pub counties: BTreeSet<String>,
    /// The reasons.
    pub reasons: BTreeSet<Reason>,
    /// What the aggregates do not hold.
    pub lacking: BTreeSet<String>,
}

/// The bridge of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionBridge {
    /// GEP under each profile, of what can be computed.
    pub gep_fen: [i128; 2],
    /// Of that, what the bridge connects.
    pub ends_fen: [i128; 2],
    /// What lies between, fen; adds to the difference of the ends.
    pub lines: BTreeMap<LineKey, i128>,
    /// What stands outside, by indicator.
    pub outside: BTreeMap<String, Outside>,
}

impl RegionBridge {
    fn add(&mut self, other: &Self) {
        for at in 0..2 {
            self.gep_fen[at] += other.gep_fen[at];
            self.ends_fen[at] += other.ends_fen[at];
        }
        for (key, fen) in &other.lines {
            *self.lines.entry(key.clone()).or_default() += fen;
        }
        for (id, own) in &other.outside {
            let sum = self.outside.entry(id.clone()).or_default();
            for at in 0..2 {
                if let Some(fen) = own.fen[at] {
                    sum.fen[at] = Some(sum.fen[at].unwrap_or(0) + fen);
                }
            }
            sum.counties.extend(own.counties.iter().cloned());
            sum.reasons.extend(own.reasons.iter().cloned());
            sum.lacking.extend(own.lacking.iter().cloned());
        }
    }

    /// Returns whether the lines add to the difference of the ends.
    pub fn closes(&self) -> bool {
        self.lines.values().sum::<i128>() == self.ends_fen[1] - self.ends_fen[0]
    }
}

/// The bridge of all regions.
pub struct Bridge {
    /// What the two profiles say differently.
    pub differences: Vec<Difference>,
    /// By region.
    pub regions: BTreeMap<String, RegionBridge>,
    /// The regions.
    pub tree: Vec<Region>,
    /// Their names, zh and en.
    pub names: BTreeMap<String, [String; 2]>,
    /// Where the aggregates are from.
    pub origin: String,
}

/// Values the aggregates under both profiles and takes the difference apart.
///
/// # Errors
///
/// If a formula cannot be evaluated on the numbers, or a bridge does not close (our own
/// mistake).
pub fn build(sides: [&Opened; 2], material: Material) -> Result<Bridge, Findings> {
    let applied = sides.map(|side| Applied::new(&side.methodology, &side.profile));
    let both = [&applied[0], &applied[1]];
    let countings = sides.map(|side| counting(&side.methodology, &side.profile));
    let ends = both_ends(both, &countings, &material)?;
    let crossings = Crossing {
        sides: both,
        aggregates: &material.aggregates,
        ends: &ends,
    }
    .all()?;
    let countings = [&countings[0], &countings[1]];
    let tree = material.aggregates.regions.clone();
    let mut regions: BTreeMap<String, RegionBridge> = BTreeMap::new();
    for county in material.aggregates.counties() {
        let own = of_county(&county, &ends, &crossings, countings).map_err(|NotClosed| {
            Finding::error("bridge-not-closed")
                .arg("region", &county)
                .exit(70)
        })?;
        for region in ancestors(&tree, &county) {
            regions.entry(region.to_string()).or_default().add(&own);
        }
    }
    if let Some((region, _)) = regions.iter().find(|(_, own)| !own.closes()) {
        let fault = Finding::error("bridge-not-closed").arg("region", region);
        return Err(fault.exit(70).into());
    }
    let [first, second] = sides.map(Opened::side);
    Ok(Bridge {
        differences: differences(first, second)?,
        regions,
        tree,
        names: material.names,
        origin: material.origin,
    })
}

fn counting(methodology: &Methodology, profile: &Profile) -> Counting {
    let applied = Applied::new(methodology, profile);
    let indicators = profile.indicators.iter();
    Counting {
        groups: indicators
            .filter(|one| applied.priced(&one.id).is_some())
            .map(|one| (one.id.clone(), one.group))
            .collect(),
        rules: profile.combine.clone(),
    }
}

/// By indicator and county, under each profile.
type Ends = [BTreeMap<String, BTreeMap<String, Valued>>; 2];

fn both_ends(
    sides: [&Applied<'_>; 2],
    countings: &[Counting; 2],
    material: &Material,
) -> Result<Ends, Findings> {
    let mut ends: Ends = Default::default();
    for at in 0..2 {
        let choice = Choice {
            law: at,
            parameters: at,
            prices: at,
            crosswalk: at,
        };
        let floor = &sides[at].profile.coverage_floor;
        for id in countings[at].groups.keys() {
            let mut values = revalue(id, choice, sides, &material.aggregates, floor)?;
            // A county without a row has no number.
            for county in material.aggregates.counties() {
                values.entry(county).or_insert(Valued::Missing);
            }
            ends[at].insert(id.clone(), values);
        }
    }
    let Some((own, published)) = &material.published else {
        return Ok(ends);
    };
    // The run has said what its own profile gives. What cannot be valued from a run's
    // tables stands for both profiles if they have the same.
    let ids: Vec<String> = ends[*own].keys().cloned().collect();
    for id in ids {
        let same = ends[1 - own].contains_key(&id) && Differing::between(&id, sides)?.is_nothing();
        let counties: Vec<String> = ends[*own][&id].keys().cloned().collect();
        for county in counties {
            let said = published.get(&(county.clone(), id.clone())).copied();
            let said = said.flatten();
            let valued = ends[*own][&id][&county].clone();
            let settled = match (&valued, said) {
                (Valued::Lacking(_), Some(fen)) => Valued::Fen(fen),
                (Valued::Fen(fen), said) if said != Some(*fen) => Valued::BeyondLaw(said),
                _ => continue,
            };
            if same && matches!(settled, Valued::Fen(_)) {
                set(&mut ends[1 - own], &id, &county, settled.clone());
            }
            set(&mut ends[*own], &id, &county, settled);
        }
    }
    Ok(ends)
}

fn set(
    values: &mut BTreeMap<String, BTreeMap<String, Valued>>,
    id: &str,
    county: &str,
    valued: Valued,
) {
    if let Some(of) = values.get_mut(id) {
        of.insert(county.to_string(), valued);
    }
}

/// Values at every subset of what differs, by indicator and county.
struct Crossing<'a> {
    sides: [&'a Applied<'a>; 2],
    aggregates: &'a Aggregates,
    ends: &'a Ends,
}

impl Crossing<'_> {
    fn all(&self) -> Result<BTreeMap<String, BTreeMap<String, Crossings>>, Findings> {
        let mut all = BTreeMap::new();
        for id in self.ends[0].keys() {
            if self.ends[1].contains_key(id) {
                all.insert(id.clone(), self.of(id)?);
            }
        }
        Ok(all)
    }

    fn of(&self, id: &str) -> Result<BTreeMap<String, Crossings>, Findings> {
        let causes = Differing::between(id, self.sides)?.causes();
        let full = (1_usize << causes.len()) - 1;
        let none = Rational::from_integer(0.into());
        let mut between: Vec<BTreeMap<String, Valued>> = Vec::new();
        for set in 1..full {
            let mut choice = Choice::default();
            for (bit, (_, switch)) in causes.iter().enumerate() {
                if set >> bit & 1 == 1 {
                    switch(&mut choice);
                }
            }
            // What cannot be evaluated in between is not taken apart.
            let values = revalue(id, choice, self.sides, self.aggregates, &none);
            between.push(values.unwrap_or_default());
        }
        let words: Vec<Cause> = causes.iter().map(|(cause, _)| *cause).collect();
        let mut all = BTreeMap::new();
        for (county, first) in &self.ends[0][id] {
            let second = self.ends[1][id].get(county).and_then(Valued::fen);
            let (Some(first), Some(second)) = (first.fen(), second) else {
                continue;
            };
            let inner: Option<Vec<i128>> = between
                .iter()
                .map(|values| values.get(county).and_then(Valued::fen))
                .collect();
            let crossings = match inner {
                _ if words.is_empty() && first == second => Crossings {
                    causes: Vec::new(),
                    fen: vec![first],
                },
                Some(inner) if !words.is_empty() => Crossings {
                    causes: words.clone(),
                    fen: [vec![first], inner, vec![second]].concat(),
                },
                _ => Crossings {
                    causes: vec![Cause::NotSeparated],
                    fen: vec![first, second],
                },
            };
            all.insert(county.clone(), crossings);
        }
        Ok(all)
    }
}

/// What stands outside the bridge of a county: what a profile cannot value there, and all
/// that rules tie to it.
fn outside_of<'a>(
    county: &str,
    at: &dyn Fn(usize, &str) -> Option<&'a Valued>,
    ids: &BTreeSet<&str>,
    countings: [&Counting; 2],
) -> BTreeMap<String, Outside> {
    let mut found: BTreeMap<String, Outside> = BTreeMap::new();
    for id in ids {
        let mut outside = Outside::default();
        for side in 0..2 {
            let Some(valued) = at(side, id) else { continue };
            outside.fen[side] = valued.known();
            let reason = match valued {
                Valued::Fen(_) => continue,
                Valued::Withheld => Reason::Withheld,
                Valued::Missing => Reason::InputMissing,
                Valued::BeyondLaw(_) => Reason::BeyondLaw,
                Valued::Lacking(what) => {
                    outside.lacking.extend(what.iter().cloned());
                    Reason::NotComputable
                }
            };
            outside.reasons.insert(reason);
        }
        if !outside.reasons.is_empty() {
            found.insert((*id).to_string(), outside);
        }
    }
    let all: Vec<&str> = ids.iter().copied().collect();
    for bundle in bundles(&all, countings) {
        if !bundle.iter().any(|id| found.contains_key(*id)) {
            continue;
        }
        for id in bundle {
            found.entry(id.to_string()).or_insert_with(|| Outside {
                fen: [0, 1].map(|side| at(side, id).and_then(Valued::known)),
                reasons: BTreeSet::from([Reason::TiedByRule]),
                ..Outside::default()
            });
        }
    }
    for outside in found.values_mut() {
        outside.counties.insert(county.to_string());
    }
    found
}

/// The bridge of one county: what both profiles can value is compared; what one of them
/// cannot, and all that rules tie to it, stands outside.
fn of_county(
    county: &str,
    ends: &Ends,
    crossings: &BTreeMap<String, BTreeMap<String, Crossings>>,
    countings: [&Counting; 2],
) -> Result<RegionBridge, NotClosed> {
    let at = |side: usize, id: &str| ends[side].get(id).and_then(|own| own.get(county));
    let ids: BTreeSet<&str> = ends
        .iter()
        .flat_map(|side| side.keys().map(String::as_str))
        .collect();
    let mut own = RegionBridge {
        outside: outside_of(county, &at, &ids, countings),
        ..RegionBridge::default()
    };
    let mut compared: BTreeMap<&str, Compared> = BTreeMap::new();
    for id in ids.iter().filter(|id| !own.outside.contains_key(**id)) {
        let one = match [0, 1].map(|side| at(side, id).and_then(Valued::fen)) {
            [Some(fen), None] => Compared::First(fen),
            [None, Some(fen)] => Compared::Second(fen),
            [None, None] => continue,
            [Some(_), Some(_)] => {
                let crossed = crossings.get(*id).and_then(|own| own.get(county));
                Compared::Both(crossed.cloned().ok_or(NotClosed)?)
            }
        };
        compared.insert(id, one);
    }
    for (side, counting) in countings.iter().enumerate() {
        let values = |wanted: &dyn Fn(&str) -> bool| -> BTreeMap<&str, Option<i128>> {
            let known = ids.iter().filter(|id| wanted(id));
            known
                .filter_map(|id| Some((*id, at(side, id)?.known())))
                .collect()
        };
        own.gep_fen[side] = counting.total(&values(&|_| true));
        own.ends_fen[side] = counting.total(&values(&|id| compared.contains_key(id)));
    }
    own.lines = bridge(&compared, countings)?;
    Ok(own)
}

impl Bridge {
    /// Returns what of the two profiles a line speaks of: items of the differences,
    /// joined, the first few.
    pub fn detail(&self, (cause, indicators): &LineKey) -> String {
        const SHOWN: usize = 6;
        let kinds: &[DifferenceKind] = match cause {
            Cause::Formula => &[DifferenceKind::Formula],
            Cause::Parameter => &[DifferenceKind::Parameter],
            Cause::Price => &[DifferenceKind::Price],
            Cause::Rounding => &[DifferenceKind::Rounding],
            Cause::Crosswalk => &[DifferenceKind::Crosswalk],
            Cause::Combine => &[DifferenceKind::Combine],
            Cause::NotSeparated => &[
                DifferenceKind::Formula,
                DifferenceKind::Parameter,
                DifferenceKind::Price,
                DifferenceKind::Crosswalk,
            ],
            Cause::OnlyFirst | Cause::OnlySecond => &[],
        };
        let whole = |kind| matches!(kind, DifferenceKind::Combine | DifferenceKind::Crosswalk);
        let spoken: Vec<String> = self
            .differences
            .iter()
            .filter(|own| kinds.contains(&own.kind))
            .filter(|own| whole(own.kind) || indicators.contains(&own.subject))
            .map(|own| {
                let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_string());
                format!(
                    "{}: {} -> {}",
                    own.item,
                    word(&own.before),
                    word(&own.after)
                )
            })
            .collect();
        let more = spoken.len().saturating_sub(SHOWN);
        let mut text = spoken[..spoken.len() - more].join("; ");
        if more > 0 {
            text.push_str(&format!("; +{more}"));
        }
        text
    }
}
