//! The change of values between two runs, region by region, and what it comes
//! from: ground, area, intensity, price, method. Every effect is whole fen and the
//! effects of a number add to its change.
//!
//! A region is decomposed from its own sums by ecosystem type, not from the effects
//! of its counties: a county that is cut or merged changes nothing above it. What
//! the effects of a parent differ from those of its children comes from shifts
//! between them and is told beside each (`between`); over all effects it is zero.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Rational, quanta};

use super::object_change::{ObjectValue, ObjectsOf, object_sums};
use super::{ALL_CLASSES, Region, bases};
use crate::statistics::{closing, shapley};

/// What a change comes from, in the order of tables and of ties in rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The region has other ground, or its ground was in no region before.
    Boundary,
    /// The ecosystem type takes another share of the region's ground.
    Area,
    /// The quantity on an area.
    Intensity,
    /// The price.
    Price,
    /// Objects that only this run knows.
    Appears,
    /// Objects that only the base run knows.
    Disappears,
    /// The base run, valued again by this run's method.
    Method,
    /// Numbers that one of the runs could not compute.
    Coverage,
    /// What the runs' tables do not allow to take apart, such as laws by object.
    NotSeparated,
}

impl Effect {
    /// All effects in their order.
    pub const ALL: [Self; 9] = [
        Self::Boundary,
        Self::Area,
        Self::Intensity,
        Self::Price,
        Self::Appears,
        Self::Disappears,
        Self::Method,
        Self::Coverage,
        Self::NotSeparated,
    ];

    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::Area => "area",
            Self::Intensity => "intensity",
            Self::Price => "price",
            Self::Appears => "appears",
            Self::Disappears => "disappears",
            Self::Method => "method",
            Self::Coverage => "coverage",
            Self::NotSeparated => "not_separated",
        }
    }
}

/// Fen by county and ecosystem type; a pair that is not there has no such ground,
/// one without a number is missing. Laws that know no types use [`ALL_CLASSES`].
pub type FenOf = BTreeMap<(String, String), Option<i128>>;

/// One run's regions and ground.
#[derive(Clone, Debug)]
pub struct Territory {
    /// The regions.
    pub regions: Vec<Region>,
    /// Area by county and ecosystem type, and under [`ALL_CLASSES`] the whole, mm2.
    pub areas_mm2: BTreeMap<(String, String), i128>,
}

/// The values of one indicator as two runs have them.
#[derive(Clone, Debug)]
pub struct Revalued {
    /// The indicator.
    pub indicator: String,
    /// As the base run published them.
    pub old: FenOf,
    /// As this run computed them.
    pub new: FenOf,
    /// The crossings; if they cannot be made, the one effect that bears the change.
    pub crossed: Result<Crossed, Effect>,
    /// Of a law by object, the same by object, where its values can be shared out.
    pub objects: Option<ObjectsOf>,
    /// Index of the base run's price year over this run's, if the project gives both:
    /// it stands in where a price of the base run is not known.
    pub deflator: Option<Rational>,
}

/// How a value came to the prices of the base run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstantBy {
    /// Quantities of this run at the prices of the base run.
    BasePrices,
    /// Values of this run by a price index.
    Deflator,
}

impl ConstantBy {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::BasePrices => "base_prices",
            Self::Deflator => "deflator",
        }
    }
}

impl Revalued {
    /// Whether a run has any number of a county.
    fn knows(&self, county: &str) -> bool {
        let mut all = self.old.iter().chain(&self.new);
        all.any(|((code, _), fen)| code == county && fen.is_some())
    }
}

/// Values at the quantities of one run and the prices of another, by this run's
/// method.
#[derive(Clone, Debug)]
pub struct Crossed {
    /// Quantities and prices of the base run.
    pub old_old: FenOf,
    /// Quantities of the base run, prices of this one.
    pub old_new: FenOf,
    /// Quantities of this run, prices of the base run: constant prices.
    pub new_old: FenOf,
}

/// What a row of the change table is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeKey {
    /// Region code.
    pub region: String,
    /// Ecosystem type, or `all`.
    pub class: String,
    /// Indicator, or `gep`.
    pub indicator: String,
}

/// A change and its effects, fen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Value of the base run.
    pub old: Option<i128>,
    /// Value of this run.
    pub new: Option<i128>,
    /// This run's quantities at the base run's prices.
    pub constant: Option<i128>,
    /// Whether some number that `new` holds has no constant price.
    pub constant_broken: bool,
    /// The ways by which the parts of `constant` came to be.
    pub constant_by: BTreeSet<ConstantBy>,
    /// The effects; one that cannot be told apart has no number.
    pub effects: BTreeMap<Effect, i128>,
    /// Counties without a number in both runs.
    pub missing: BTreeSet<String>,
}

impl Change {
    /// Returns the change, if both runs have a number.
    pub fn change(&self) -> Option<i128> {
        Some(self.new? - self.old?)
    }

    fn add(&mut self, other: &Self) {
        let sum = |own: &mut Option<i128>, more: Option<i128>| {
            if let Some(more) = more {
                *own = Some(own.unwrap_or(0) + more);
            }
        };
        sum(&mut self.old, other.old);
        sum(&mut self.new, other.new);
        sum(&mut self.constant, other.constant);
        self.constant_broken |= other.constant_broken;
        self.constant_by.extend(&other.constant_by);
        for (effect, fen) in &other.effects {
            *self.effects.entry(*effect).or_default() += fen;
        }
        self.missing.extend(other.missing.iter().cloned());
    }

    fn add_constant(&mut self, fen: i128, by: ConstantBy) {
        self.constant = Some(self.constant.unwrap_or(0) + fen);
        self.constant_by.insert(by);
    }

    /// Adds a value of this run without a price of the base run: by the deflator of its
    /// indicator, rounded to the fen here, or not at all.
    fn deflate(&mut self, indicator: &Revalued, fen: i128) {
        let one = Rational::from_integer(1.into());
        let deflated = indicator.deflator.as_ref().and_then(|ratio| {
            let exact = Rational::from_integer(fen.into()) * ratio;
            i128::try_from(quanta(&exact, &one)).ok()
        });
        match deflated {
            Some(fen) => self.add_constant(fen, ConstantBy::Deflator),
            None => self.constant_broken = true,
        }
    }

    /// Lays the whole change from one number to another on one effect.
    fn bear(&mut self, indicator: &Revalued, effect: Effect, [old, new]: [Option<i128>; 2]) {
        self.effect(effect, new.unwrap_or(0) - old.unwrap_or(0));
        if let Some(fen) = new {
            self.deflate(indicator, fen);
        }
    }

    fn effect(&mut self, effect: Effect, fen: i128) {
        *self.effects.entry(effect).or_default() += fen;
    }
}

/// The id under which all indicators are added up.
pub const GEP: &str = "gep";

/// Decomposes the change of every indicator in every region of either run, by
/// ecosystem type and over all types, and of their sum.
///
/// # Errors
///
/// The key of a row whose effects do not add to its change: our own mistake.
pub fn decompose(
    old: &Territory,
    new: &Territory,
    indicators: &[Revalued],
) -> Result<BTreeMap<ChangeKey, Change>, ChangeKey> {
    let codes: BTreeSet<&str> = old
        .regions
        .iter()
        .chain(&new.regions)
        .map(|region| region.code.as_str())
        .collect();
    let mut all = BTreeMap::new();
    for code in codes {
        let members = Members {
            old: counties_below(&old.regions, code),
            new: counties_below(&new.regions, code),
            old_ground: &old.areas_mm2,
            new_ground: &new.areas_mm2,
        };
        let key = |class: &str, indicator: &str| ChangeKey {
            region: code.to_string(),
            class: class.to_string(),
            indicator: indicator.to_string(),
        };
        let mut gep = Change::default();
        for indicator in indicators {
            let mut whole = Change::default();
            for class in classes_of(indicator, &members) {
                let own = key(class, &indicator.indicator);
                let change = members
                    .change(indicator, class)
                    .ok_or_else(|| own.clone())?;
                whole.add(&change);
                if class != ALL_CLASSES {
                    all.insert(own, change);
                }
            }
            // A type without a number lies in the ground that coverage leaves out.
            whole.missing.retain(|county| !indicator.knows(county));
            gep.add(&whole);
            all.insert(key(ALL_CLASSES, &indicator.indicator), whole);
        }
        all.insert(key(ALL_CLASSES, GEP), gep);
    }
    Ok(all)
}

/// Codes of the counties in a region; the region itself if it is one.
fn counties_below<'a>(regions: &'a [Region], code: &'a str) -> BTreeSet<&'a str> {
    let parent = |code: &str| {
        let region = regions.iter().find(|region| region.code == code);
        region.and_then(|region| region.parent.as_deref())
    };
    bases(regions)
        .into_iter()
        .map(|region| region.code.as_str())
        .filter(|county| {
            let mut at = Some(*county);
            while at.is_some_and(|at| at != code) {
                at = at.and_then(parent);
            }
            at.is_some()
        })
        .collect()
}

fn classes_of<'a>(indicator: &'a Revalued, members: &Members<'_>) -> BTreeSet<&'a str> {
    let old = indicator.old.keys().map(|key| (&members.old, key));
    let new = indicator.new.keys().map(|key| (&members.new, key));
    old.chain(new)
        .filter(|(counties, (county, _))| counties.contains(county.as_str()))
        .map(|(_, (_, class))| class.as_str())
        .collect()
}

/// The counties of one region in both runs.
struct Members<'a> {
    old: BTreeSet<&'a str>,
    new: BTreeSet<&'a str>,
    old_ground: &'a BTreeMap<(String, String), i128>,
    new_ground: &'a BTreeMap<(String, String), i128>,
}

/// Sums of one region and type over the counties that can be compared.
#[derive(Default)]
struct Sums {
    /// Area of the type, then of the regions, in the base run and in this one, mm2.
    class_mm2: [i128; 2],
    region_mm2: [i128; 2],
    /// Fen by quantities and prices: `[quantities][prices]`, 0 the base run.
    fen: [[i128; 2]; 2],
}

impl Sums {
    fn add(&mut self, fen: [[i128; 2]; 2]) {
        let own = self.fen.iter_mut().flatten();
        for (own, more) in own.zip(fen.into_iter().flatten()) {
            *own += more;
        }
    }
}

impl Members<'_> {
    /// `None` if the effects do not close.
    fn change(&self, indicator: &Revalued, class: &str) -> Option<Change> {
        let mut change = Change::default();
        let mut sums = Sums::default();
        let counties: BTreeSet<&str> = self.old.union(&self.new).copied().collect();
        for county in counties {
            self.county(indicator, (county, class), &mut change, &mut sums);
        }
        let told = match &indicator.crossed {
            Ok(_) => Effect::ALL.to_vec(),
            Err(effect) => vec![Effect::Coverage, *effect],
        };
        for effect in told {
            change.effect(effect, 0);
        }
        if indicator.crossed.is_ok() {
            for (effect, fen) in effects(&sums)? {
                change.effect(effect, fen);
            }
        }
        Some(change)
    }

    /// Adds one county to the sums, or to the effect that alone explains it.
    fn county(
        &self,
        indicator: &Revalued,
        (county, class): (&str, &str),
        change: &mut Change,
        sums: &mut Sums,
    ) {
        let key = (county.to_string(), class.to_string());
        let (in_old, in_new) = (self.old.contains(county), self.new.contains(county));
        // A type without ground in the county is worth nothing there: no number is
        // missing, there is none. An indicator that a run does not have is missing.
        let get = |values: &FenOf| {
            let none = if values.is_empty() { None } else { Some(0) };
            values.get(&key).copied().unwrap_or(none)
        };
        let old = in_old.then(|| get(&indicator.old));
        let new = in_new.then(|| get(&indicator.new));
        for (sum, fen) in [(&mut change.old, old), (&mut change.new, new)] {
            if let Some(Some(fen)) = fen {
                *sum = Some(sum.unwrap_or(0) + fen);
            }
        }
        let given = |fen: Option<Option<i128>>| fen.flatten().unwrap_or(0);
        if old == Some(None) || new == Some(None) {
            if old.flatten().is_none() && new.flatten().is_none() {
                change.missing.insert(county.to_string());
            } else {
                change.bear(indicator, Effect::Coverage, [old, new].map(Option::flatten));
            }
            return;
        }
        let crossed = match &indicator.crossed {
            Ok(crossed) => crossed,
            Err(effect) => {
                return change.bear(indicator, *effect, [old, new].map(Option::flatten));
            }
        };
        let at = |values, there| if there { get(values) } else { Some(0) };
        let old_old = at(&crossed.old_old, in_old);
        let old_new = at(&crossed.old_new, in_old);
        let new_old = at(&crossed.new_old, in_new);
        let (Some(old_old), Some(old_new), Some(new_old)) = (old_old, old_new, new_old) else {
            // No price of the other run: a county it does not know, or a method
            // that asks for more.
            let both = in_old && in_new;
            let effect = if both {
                Effect::Method
            } else {
                Effect::Boundary
            };
            match new_old.filter(|_| in_new) {
                Some(fen) => {
                    change.effect(effect, given(new) - given(old));
                    change.add_constant(fen, ConstantBy::BasePrices);
                }
                None => change.bear(indicator, effect, [old, new].map(Option::flatten)),
            }
            return;
        };
        change.effect(Effect::Method, old_old - given(old));
        if in_new {
            change.add_constant(new_old, ConstantBy::BasePrices);
        }
        let ends = [old_old, given(new)];
        if in_old && in_new && object_effects(indicator, county, ends, change) {
            return;
        }
        self.add_ground((county, class), sums);
        sums.add([[old_old, old_new], [new_old, given(new)]]);
    }

    /// Adds the ground of a type and of the whole county, in each run that has it.
    fn add_ground(&self, (county, class): (&str, &str), sums: &mut Sums) {
        let runs = [(&self.old, self.old_ground), (&self.new, self.new_ground)];
        for (at, (counties, ground)) in runs.into_iter().enumerate() {
            let area = |class: &str| {
                let key = (county.to_string(), class.to_string());
                ground.get(&key).copied().unwrap_or(0)
            };
            if counties.contains(county) {
                sums.class_mm2[at] += area(class);
                sums.region_mm2[at] += area(ALL_CLASSES);
            }
        }
    }
}

/// Adds the effects of the objects of a county, if their values are told one by one and
/// add up to what the county had and has.
fn object_effects(
    indicator: &Revalued,
    county: &str,
    [old, new]: [i128; 2],
    change: &mut Change,
) -> bool {
    let Some(objects) = &indicator.objects else {
        return false;
    };
    let none = BTreeMap::new();
    let own = objects.get(county).unwrap_or(&none);
    let sums = object_sums(own);
    let effects: Option<Vec<_>> = own.values().map(ObjectValue::effects).collect();
    let Some(effects) = effects.filter(|_| [sums[0][0], sums[1][1]] == [old, new]) else {
        return false;
    };
    for (effect, fen) in effects.into_iter().flatten() {
        change.effect(effect, fen);
    }
    true
}

/// Boundary, area, intensity and price by Shapley, closed to whole fen.
///
/// value = ground of the region x share of the type x value on an area, the latter
/// at the quantities of one run and the prices of another. Where a run has no such
/// ground, what is undefined there is taken from the other run, so that the whole
/// change is one of area.
fn effects(sums: &Sums) -> Option<Vec<(Effect, i128)>> {
    let ratio = |above: i128, below: i128| Rational::new(above.into(), below.into());
    let by_area = (0..2).all(|at| {
        let nothing = sums.class_mm2[at] == 0 || sums.region_mm2[at] == 0;
        !nothing || sums.fen[at] == [0, 0]
    }) && sums.class_mm2 != [0, 0];
    let other_if_empty = |at: usize, area: [i128; 2]| if area[at] == 0 { 1 - at } else { at };
    let value = |set: u32| {
        let at = |bit: u32| (set >> bit & 1) as usize;
        if !by_area {
            return Rational::from_integer(sums.fen[at(2)][at(3)].into());
        }
        let share_of = other_if_empty(at(1), sums.region_mm2);
        let quantity_of = other_if_empty(at(2), sums.class_mm2);
        Rational::from_integer(sums.region_mm2[at(0)].into())
            * ratio(sums.class_mm2[share_of], sums.region_mm2[share_of])
            * ratio(sums.fen[quantity_of][at(3)], sums.class_mm2[quantity_of])
    };
    let shares = shapley(4, value);
    let closed = closing(&shares, sums.fen[1][1] - sums.fen[0][0]).ok()?;
    Some(Effect::ALL.into_iter().zip(closed).collect())
}

#[cfg(test)]
mod tests {
    use super::super::RegionLevel;
    use super::*;

    fn territory(counties: &[(&str, i128, i128)]) -> Territory {
        let region = |code: &str, level, parent: Option<&str>| Region {
            code: code.into(),
            level,
            parent: parent.map(String::from),
        };
        let mut regions = vec![region("p", RegionLevel::Province, None)];
        let mut areas_mm2 = BTreeMap::new();
        for (code, forest, whole) in counties {
            regions.push(region(code, RegionLevel::County, Some("p")));
            areas_mm2.insert(((*code).into(), "forest".into()), *forest);
            areas_mm2.insert(((*code).into(), ALL_CLASSES.into()), *whole);
        }
        Territory { regions, areas_mm2 }
    }

    fn fen(values: &[(&str, Option<i128>)]) -> FenOf {
        let key = |code: &str| (code.to_string(), "forest".to_string());
        values.iter().map(|(code, fen)| (key(code), *fen)).collect()
    }

    fn water(old: FenOf, new: FenOf, [old_old, old_new, new_old]: [FenOf; 3]) -> Revalued {
        let crossed = Crossed {
            old_old,
            old_new,
            new_old,
        };
        Revalued {
            indicator: "water".into(),
            old,
            new,
            crossed: Ok(crossed),
            objects: None,
            deflator: None,
        }
    }

    fn effects_of(changes: &BTreeMap<ChangeKey, Change>, region: &str, class: &str) -> Vec<i128> {
        let key = ChangeKey {
            region: region.into(),
            class: class.into(),
            indicator: "water".into(),
        };
        changes[&key].effects.values().copied().collect()
    }

    /// 2 of 10 mm2 forest with 3 a mm2 at price 1 become 4 with 5 at price 2, in
    /// one county: 6 fen become 40. Area: (4 - 2) x [(3 + 10) / 3 + (6 + 5) / 6] =
    /// 37/3, intensity (5 - 3) x [(2 + 8) / 3 + (4 + 4) / 6] = 28/3, price
    /// (2 - 1) x [(6 + 20) / 3 + (10 + 12) / 6] = 37/3; the fen left over by cutting
    /// goes to the largest remainder, 1/3 each, so to the first of the equals.
    #[test]
    fn one_county_by_hand() {
        let one = |value| fen(&[("a", Some(value))]);
        let indicator = water(one(6), one(40), [one(6), one(12), one(20)]);
        let (old, new) = (territory(&[("a", 2, 10)]), territory(&[("a", 4, 10)]));
        let changes = decompose(&old, &new, &[indicator]).expect("closes");
        for region in ["a", "p"] {
            for class in ["forest", ALL_CLASSES] {
                assert_eq!(effects_of(&changes, region, class)[..4], [0, 13, 9, 12]);
            }
        }
    }

    /// A county that is cut in two changes no effect of the province; the parts are
    /// a matter of the boundary, and of the price: what is lost was worth 6, then 12,
    /// so (6 + 12) / 2 and (12 - 6) / 2; what is won 15, then 30, so 22.5 and 7.5,
    /// the fen left over to the first of the equals.
    #[test]
    fn a_cut_county_moves_nothing_above_it() {
        let old = territory(&[("a", 2, 10)]);
        let new = territory(&[("b", 1, 4), ("c", 3, 6)]);
        let one = |value| fen(&[("a", Some(value))]);
        let two = |b, c| fen(&[("b", Some(b)), ("c", Some(c))]);
        let indicator = water(one(6), two(10, 30), [one(6), one(12), two(5, 15)]);
        let changes = decompose(&old, &new, &[indicator]).expect("closes");
        assert_eq!(effects_of(&changes, "p", ALL_CLASSES)[..4], [0, 13, 9, 12]);
        assert_eq!(effects_of(&changes, "a", "forest")[..4], [-9, 0, 0, 3]);
        assert_eq!(effects_of(&changes, "c", "forest")[..4], [23, 0, 0, 7]);
    }

    /// A number that one run could not compute is no change of area or intensity.
    #[test]
    fn a_missing_number_is_told_as_coverage() {
        let ground = territory(&[("a", 2, 10)]);
        let one = |value| fen(&[("a", value)]);
        let indicator = water(
            one(None),
            one(Some(7)),
            [one(None), one(None), one(Some(7))],
        );
        let changes = decompose(&ground, &ground, &[indicator]).expect("closes");
        assert_eq!(
            effects_of(&changes, "p", "forest"),
            [0, 0, 0, 0, 0, 0, 0, 7, 0]
        );
        let whole = changes
            .iter()
            .find(|(key, _)| key.region == "p")
            .map(|(_, one)| one);
        assert_eq!(whole.and_then(Change::change), None);
    }

    /// Of two counties worth 100 and 33 the second has no price of the base run: at 4/5
    /// its 33 fen are 26.4, cut to 26 here; with the first at base prices 80 the
    /// province is 106 by both ways. Without a deflator it has no constant price.
    #[test]
    fn a_deflator_stands_in_for_a_price_by_hand() {
        let ground = territory(&[("a", 2, 10), ("b", 2, 10)]);
        let both = |a, b| fen(&[("a", a), ("b", b)]);
        let mut indicator = water(
            both(Some(70), Some(20)),
            both(Some(100), Some(33)),
            [
                both(Some(70), Some(20)),
                both(Some(90), None),
                both(Some(80), None),
            ],
        );
        let constant = |indicator: &Revalued, region: &str| {
            let changes = decompose(&ground, &ground, std::slice::from_ref(indicator));
            let key = ChangeKey {
                region: region.into(),
                class: "forest".into(),
                indicator: "water".into(),
            };
            let own = changes.expect("closes")[&key].clone();
            let by: Vec<&str> = own.constant_by.iter().map(|by| by.word()).collect();
            (own.constant.filter(|_| !own.constant_broken), by.join(" "))
        };
        assert_eq!(constant(&indicator, "a"), (Some(80), "base_prices".into()));
        assert_eq!(constant(&indicator, "b"), (None, String::new()));
        assert_eq!(constant(&indicator, "p").0, None);
        indicator.deflator = Some(Rational::new(4.into(), 5.into()));
        assert_eq!(constant(&indicator, "b"), (Some(26), "deflator".into()));
        let whole = constant(&indicator, "p");
        assert_eq!(whole, (Some(106), "base_prices deflator".into()));
    }
}
