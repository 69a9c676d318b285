//! The change account of a run against its base run: both runs' aggregates valued
//! at both runs' prices by this run's methods. No raster is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Binding;
use gep_core::methodology::{Law, Origin};
use gep_core::quantity::{Unit, format_exact};

use super::account::Prepared;
use super::base_objects::BaseObjects;
use super::base_run::BaseRun;
use super::change_objects::{self, object_values};
use crate::account::{
    ALL_CLASSES, AccountLaw, Amount, Change, ChangeKey, ClassGround, Crossed, Effect, FenOf,
    ObjectsOf, Revalued, TableInput, Territory, ZoneGround, decompose, evaluate_law,
};
use crate::source::deflators::{ALL_ITEMS, Deflator};
use crate::zonal::Sums;

/// Classes of the extent table that are no ecosystem type.
const NO_CLASS: &str = "nodata";
const OUTSIDE: &str = "outside_grid";

/// The change since the base run, with what it was made of.
pub struct ChangeAccount {
    /// By region, type and indicator.
    pub changes: BTreeMap<ChangeKey, Change>,
    /// By indicator the objects of each county, for laws by object.
    pub objects: BTreeMap<String, ObjectsOf>,
    /// By indicator the deflator that stands in for prices of the base run.
    pub deflators: BTreeMap<String, Deflator>,
}

/// Decomposes the change of every region and indicator since the base run.
pub fn change_account(
    prepared: &Prepared,
    base: &BaseRun,
    ground: &ClassGround,
    territory: &Territory,
    amounts: &[Amount],
) -> Result<ChangeAccount, Findings> {
    let crossing = Crossing::of(prepared, base, ground)?;
    let old_old = crossing.values(Date::Old, Date::Old)?;
    let old_new = crossing.values(Date::Old, Date::New)?;
    let new_old = crossing.values(Date::New, Date::Old)?;
    let new_new = crossing.values(Date::New, Date::New)?;
    let mut new = fen_by_indicator(amounts);
    for values in new.values_mut() {
        values.retain(|(region, _), _| ground.zones.contains_key(region));
    }
    let indicators: BTreeSet<&String> = new.keys().chain(base.values.keys()).collect();
    let of = |values: &BTreeMap<String, FenOf>, id: &str| values.get(id).cloned();
    let comparable = |id: &str| {
        crossing.comparable(id)?;
        // What the account did to a value beyond its law is in no crossing.
        let same = new.get(id) == new_new.values.get(id);
        same.then_some(()).ok_or(Effect::NotSeparated)
    };
    let crossings = [[&old_old, &old_new], [&new_old, &new_new]];
    let ids = [&crossing.old_objects.ids, &prepared.objects.ids];
    let mut deflators = BTreeMap::new();
    let mut objects = BTreeMap::new();
    let mut revalued = Vec::new();
    for id in indicators {
        let crossed = comparable(id).map(|()| Crossed {
            old_old: of(&old_old.values, id).unwrap_or_default(),
            old_new: of(&old_new.values, id).unwrap_or_default(),
            new_old: of(&new_old.values, id).unwrap_or_default(),
        });
        let by_object = crossing.by_object(id) && crossed.is_ok();
        let own = by_object
            .then(|| object_values(id, crossings, ids))
            .flatten();
        if let Some(own) = &own {
            objects.insert(id.clone(), own.clone());
        }
        let deflator = deflator(prepared, base, id);
        if let Some(own) = &deflator {
            deflators.insert(id.clone(), own.clone());
        }
        revalued.push(Revalued {
            indicator: id.clone(),
            old: of(&base.values, id).unwrap_or_default(),
            new: of(&new, id).unwrap_or_default(),
            crossed,
            objects: own,
            deflator: deflator.map(|own| own.ratio),
        });
    }
    let changes = decompose(&base.territory, territory, &revalued).map_err(not_closed)?;
    Ok(ChangeAccount {
        changes,
        objects,
        deflators,
    })
}

fn not_closed(key: ChangeKey) -> Finding {
    Finding::error("change-not-closed")
        .arg("region", key.region)
        .arg("indicator", key.indicator)
        .arg("class", key.class)
        .exit(70)
}

/// The deflator of an indicator between the price years of both runs: its own, its
/// group's, or that for all.
fn deflator(prepared: &Prepared, base: &BaseRun, id: &str) -> Option<Deflator> {
    let group = prepared.profile.indicator(id)?.group.word();
    let years = (&prepared.profile.price_year, &base.price_year);
    let items = [id, group, ALL_ITEMS];
    let deflators = prepared.deflators.as_ref()?;
    deflators.between(&items, years.0, years.1)
}

/// Keeps the finest rows of an indicator: those by ecosystem type in each region that
/// has any, else the whole.
pub fn keep_finest(values: &mut FenOf) {
    let typed: BTreeSet<String> = values
        .keys()
        .filter(|(_, class)| class != ALL_CLASSES)
        .map(|(region, _)| region.clone())
        .collect();
    values.retain(|(region, class), _| class != ALL_CLASSES || !typed.contains(region));
}

/// Returns the values of each indicator by region and ecosystem type, finest rows.
pub fn fen_by_indicator(amounts: &[Amount]) -> BTreeMap<String, FenOf> {
    let mut all: BTreeMap<String, FenOf> = BTreeMap::new();
    for amount in amounts
        .iter()
        .filter(|one| one.money && one.key.item.is_empty())
    {
        let key = (amount.key.region.clone(), amount.key.class.clone());
        let of = all.entry(amount.key.indicator.clone()).or_default();
        of.insert(key, amount.fen());
    }
    for of in all.values_mut() {
        keep_finest(of);
    }
    all
}

/// Whose quantities or prices.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Date {
    Old,
    New,
}

struct Crossing<'a> {
    prepared: &'a Prepared,
    base: &'a BaseRun,
    classes: Vec<String>,
    old_ground: ClassGround,
    new_ground: ClassGround,
    /// Input tables that are prices.
    money: BTreeSet<String>,
    /// Objects and input tables of the base run.
    old_objects: BaseObjects,
}

impl<'a> Crossing<'a> {
    fn of(
        prepared: &'a Prepared,
        base: &'a BaseRun,
        ground: &ClassGround,
    ) -> Result<Self, Findings> {
        let classes = joint_classes(prepared, base);
        let manifest = Path::new(&base.input.path);
        Ok(Self {
            prepared,
            base,
            old_ground: base_ground(&prepared.laws, base, &classes),
            new_ground: relabelled(prepared, ground, &classes),
            money: money_inputs(prepared),
            classes,
            old_objects: BaseObjects::of(&prepared.methodology, base, manifest)?,
        })
    }

    /// Values of counties at the quantities of one run and the prices of another.
    fn values(&self, quantities: Date, prices: Date) -> Result<change_objects::Crossed, Findings> {
        let prepared = self.prepared;
        let ids = match quantities {
            Date::Old => &self.old_objects.ids,
            Date::New => &prepared.objects.ids,
        };
        let ground = match quantities {
            Date::Old => &self.old_ground,
            Date::New => &self.new_ground,
        };
        let zones: Vec<String> = match quantities {
            Date::Old => self.base.counties(),
            Date::New => ground.zones.keys().cloned().collect(),
        };
        let tables = self.tables(quantities, prices);
        let (mut amounts, mut objects) = (Vec::new(), Vec::new());
        let mut first = 0;
        for known in &prepared.laws {
            let own = first;
            first += known.slots.len();
            if known.by_object() && !self.old_objects.know(known) {
                continue;
            }
            let law = AccountLaw::prepare(
                &prepared.methodology,
                &prepared.profile,
                &known.indicator,
                &zones,
                &self.classes,
                ids,
            )?;
            let Some(mut law) = law else {
                continue;
            };
            if prices == Date::Old {
                self.take_prices(&mut law);
            }
            let floor = &prepared.profile.coverage_floor;
            let (own, by_object) = evaluate_law(&mut law, ground, own, &tables, floor)?;
            amounts.extend(own);
            objects.extend(by_object);
        }
        Ok(change_objects::Crossed {
            values: fen_by_indicator(&amounts),
            amounts,
            objects,
        })
    }

    fn by_object(&self, indicator: &str) -> bool {
        let mut laws = self.prepared.laws.iter();
        laws.any(|law| law.indicator.id == indicator && law.by_object())
    }

    fn tables(&self, quantities: Date, prices: Date) -> BTreeMap<String, TableInput> {
        let of = |date| match date {
            Date::Old => &self.old_objects.tables,
            Date::New => &self.prepared.tables,
        };
        let is_price = |id: &String| self.money.contains(id);
        let own = of(quantities).iter().filter(|(id, _)| !is_price(id));
        let paid = of(prices).iter().filter(|(id, _)| is_price(id));
        own.chain(paid)
            .map(|(id, table)| (id.clone(), table.clone()))
            .collect()
    }

    /// Puts the base run's prices into a law; an indicator with a price the base run
    /// does not know is not comparable.
    fn take_prices(&self, account: &mut AccountLaw) {
        let names: Vec<String> = account.law.parameters.keys().cloned().collect();
        for name in names {
            let bound = account.law.parameters.get_mut(&name);
            let Some(bound) = bound.filter(|bound| is_money(&bound.declaration.unit)) else {
                continue;
            };
            let method = bound.method.clone();
            for (keys, row) in &mut bound.rows {
                let key = [method.clone(), name.clone(), key_text(keys)];
                let found = self.base.parameters.get(&key).and_then(|[value, unit, _]| {
                    let number = gep_core::quantity::parse_decimal(value)?;
                    Some((number, self.prepared.methodology.units.unit(unit).ok()?))
                });
                if let Some((number, unit)) = found {
                    row.value = Some(number);
                    row.unit = unit;
                }
            }
            if let Some(array) = account.law.parameter(&name, &account.rows.labels) {
                account.rows.values.insert(name, array);
            }
        }
    }

    /// Whether the base run's aggregates of an indicator can be valued by this
    /// run's method: the same profile, or the same rates over the same layers and
    /// every price known by the same name. Otherwise the effect that bears the change.
    fn comparable(&self, indicator: &str) -> Result<(), Effect> {
        let mut laws = self.prepared.laws.iter();
        let Some(account) = laws.find(|law| law.indicator.id == indicator) else {
            return Err(Effect::Method);
        };
        let by_object = account.by_object();
        if by_object && !self.old_objects.know(account) {
            return Err(Effect::NotSeparated);
        }
        if !by_object && self.base.crosswalk != self.prepared.profile.crosswalk {
            return Err(Effect::Method);
        }
        let own = self
            .prepared
            .methodology
            .fingerprint(&self.prepared.profile);
        let prices = account.law.parameters.iter().all(|(name, bound)| {
            !is_money(&bound.declaration.unit)
                || binding(&account.law, name) == Binding::Row
                    && bound.rows.iter().all(|(keys, row)| {
                        let key = [bound.method.clone(), name.clone(), key_text(keys)];
                        let known = self.base.parameters.get(&key);
                        // A price of another year's yuan is no price of this method.
                        known.is_some_and(|[_, unit, _]| {
                            let unit = self.prepared.methodology.units.unit(unit);
                            unit.is_ok_and(|unit| unit.same_dimension(&row.unit))
                        })
                    })
        });
        let priced = prices && self.base.values.contains_key(indicator);
        let same = by_object
            || self.base.fingerprint == own
            || self.same_rates(account) && self.same_layers();
        (priced && same).then_some(()).ok_or(Effect::Method)
    }

    fn same_rates(&self, account: &AccountLaw) -> bool {
        let rates = account.slots.iter().enumerate().all(|(at, slot)| {
            let total = &account.law.program.totals()[slot.total];
            let own = [
                total.id.clone(),
                format_exact(&slot.quantum),
                total.rate_unit.to_string(),
            ];
            let id = format!("{}.{}", account.indicator.id, at + 1);
            self.base
                .totals
                .get(&id)
                .is_some_and(|base| base.rate == own)
        });
        rates && self.same_raster_parameters(&account.law, false)
    }

    /// Whether every parameter that rasters were read with has the value it had.
    fn same_raster_parameters(&self, law: &Law, all: bool) -> bool {
        law.parameters.iter().all(|(name, bound)| {
            let fixed = !all && binding(law, name) != Binding::RasterBound;
            fixed
                || bound.rows.iter().all(|(keys, row)| {
                    let key = [bound.method.clone(), name.clone(), key_text(keys)];
                    let known = self.base.parameters.get(&key);
                    known.is_some_and(|known| {
                        known[..2] == [row.spelling.clone(), row.unit_text.clone()]
                    })
                })
        })
    }

    fn same_layers(&self) -> bool {
        let prepared = self.prepared;
        prepared.profile.layers.iter().all(|id| {
            let Some(method) = prepared.methodology.layers.get(id) else {
                return false;
            };
            let formulas = method.formulas.iter().all(|formula| {
                let key = [String::new(), id.clone(), formula.name.clone()];
                let known = self.base.lineage.get(&key);
                known.is_some_and(|[text, _]| *text == formula.text)
            });
            let law = prepared.methodology.law(id, Some(&prepared.profile));
            let parameters = match law {
                Ok(Some(law)) => self.same_raster_parameters(&law, true),
                Ok(None) => true,
                Err(_) => false,
            };
            formulas && parameters
        })
    }
}

fn binding(law: &Law, name: &str) -> Binding {
    let known = law.program.bindings().get(name);
    known.copied().unwrap_or(Binding::Unused)
}

/// Spells the labels of a parameter row as the table `parameters` does.
fn key_text(keys: &BTreeMap<String, String>) -> String {
    let parts: Vec<String> = keys
        .iter()
        .map(|(axis, label)| format!("{axis}={label}"))
        .collect();
    parts.join(" ")
}

/// Returns whether a unit holds money of any year.
fn is_money(unit: &Unit) -> bool {
    let mut bases = unit.dimension().bases();
    bases.any(|(symbol, _)| symbol.split('@').next() == Some("CNY"))
}

fn money_inputs(prepared: &Prepared) -> BTreeSet<String> {
    let inputs = prepared.laws.iter().flat_map(|law| law.law.inputs.values());
    inputs
        .filter(|input| is_money(&input.unit))
        .filter_map(|input| match &input.origin {
            Origin::Table(id) => Some(id.clone()),
            _ => None,
        })
        .collect()
}

/// Ecosystem types of both runs, sorted.
fn joint_classes(prepared: &Prepared, base: &BaseRun) -> Vec<String> {
    let known = &prepared.methodology.classes;
    let keys = base.territory.areas_mm2.keys();
    let old = keys
        .map(|(_, class)| class)
        .filter(|class| known.contains_key(*class));
    let all: BTreeSet<&String> = prepared.classes.iter().chain(old).collect();
    all.into_iter().cloned().collect()
}

/// The sums of this run with the positions of the joint types.
fn relabelled(prepared: &Prepared, ground: &ClassGround, classes: &[String]) -> ClassGround {
    let mut out = ground.clone();
    for zone in out.zones.values_mut() {
        let own = std::mem::take(&mut zone.classes);
        zone.classes = own
            .into_iter()
            .filter_map(|(at, sums)| {
                Some((classes.binary_search(&prepared.classes[at]).ok()?, sums))
            })
            .collect();
    }
    out
}

/// The base run's sums, in the order of this run's rates.
pub(super) fn base_ground(laws: &[AccountLaw], base: &BaseRun, classes: &[String]) -> ClassGround {
    let ids: Vec<String> = laws
        .iter()
        .flat_map(|law| (1..=law.slots.len()).map(|at| format!("{}.{at}", law.indicator.id)))
        .collect();
    let mut ground = ClassGround::default();
    for county in base.counties() {
        let mut zone = ZoneGround::default();
        let area = |class: &str| {
            let key = (county.clone(), class.to_string());
            base.territory.areas_mm2.get(&key).copied().unwrap_or(0)
        };
        for (at, class) in classes
            .iter()
            .enumerate()
            .filter(|(_, class)| area(class) != 0)
        {
            let key = (county.clone(), class.clone());
            let measures = ids.iter().map(|id| {
                let total = base.totals.get(id);
                let sum = total.and_then(|total| total.sums.get(&key));
                sum.copied().unwrap_or_default()
            });
            let sums = Sums {
                area_mm2: area(class),
                measures: measures.collect(),
            };
            zone.classes.insert(at, sums);
        }
        zone.unclassified_mm2 = area(NO_CLASS);
        zone.outside_mm2 = area(OUTSIDE);
        ground.zones.insert(county.clone(), zone);
    }
    ground
}
