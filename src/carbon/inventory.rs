//! The inventory: activity x factors -> gas -> CO2e, in whole grams.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{EmissionCategory, Law, Origin, Trust};
use gep_core::quantity::{Rational, from_f64_15, quanta, to_f64};

use super::book::{Book, Fact};
use super::law::{CarbonNumber, Items, Leaf, MissingInput, Reach, evaluate_carbon};

/// What an activity row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    /// A number.
    Number(Fact),
    /// `NO`: the activity does not occur; its emission is zero.
    NotOccurring(Fact),
    /// `NE`: it occurs and was not estimated; its emission is missing.
    NotEstimated,
    /// `NA`: there is no emission of it by nature.
    NotApplicable,
    /// `IE`: it is counted in another category.
    IncludedElsewhere,
}

impl Reported {
    /// Returns the notation key; empty for a number.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Number(_) => "",
            Self::NotOccurring(_) => "NO",
            Self::NotEstimated => "NE",
            Self::NotApplicable => "NA",
            Self::IncludedElsewhere => "IE",
        }
    }
}

/// One row of activity or of measured emission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityInput {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Category of emissions.
    pub category: String,
    /// The quantity laws read.
    pub quantity: String,
    /// The item, empty if the quantity has none.
    pub item: String,
    /// What it says.
    pub reported: Reported,
    /// Half width of the 95 % interval, as a share; none if nobody told.
    pub uncertainty: Option<Rational>,
    /// File and line.
    pub place: String,
}

/// What the inventory is computed by.
pub struct Rules<'a> {
    /// The laws of each category, in the order of the method set.
    pub laws: &'a BTreeMap<String, Vec<Law>>,
    /// CO2e per gas, with how far it may be relied on.
    pub warming: &'a BTreeMap<String, (Rational, Trust)>,
    /// The quantity of emissions that were measured; its items are the substances.
    pub measured: &'a str,
    /// How regions and years are looked up.
    pub reach: &'a Reach,
}

/// One emission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmissionRow {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Category.
    pub category: String,
    /// Method, or `measured`.
    pub method: String,
    /// Item.
    pub item: String,
    /// The gas or pollutant.
    pub gas: String,
    /// Notation key, empty for a number.
    pub notation: &'static str,
    /// Grams of the gas; none if missing.
    pub amount_g: Option<i128>,
    /// Grams of CO2e; none if missing or no greenhouse gas.
    pub co2e_g: Option<i128>,
    /// CO2e per gas, if it is a greenhouse gas of the chosen set.
    pub warming: Option<Rational>,
    /// Uncertainty of the activity, as a share.
    pub uncertainty: Option<Rational>,
    /// How far it may be relied on; none if missing.
    pub trust: Option<Trust>,
    /// What is missing.
    pub missing: BTreeSet<MissingInput>,
    /// What it was made of.
    pub leaves: Vec<Leaf>,
}

/// The rows of an inventory and the categories nobody reported.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Emissions, sorted by region, year, category, method, item.
    pub rows: Vec<EmissionRow>,
    /// Categories of the method set without any row, by region and year.
    pub unreported: BTreeMap<(String, u16), BTreeSet<String>>,
}

impl Inventory {
    /// Returns the rows that make up direct emissions: no memo item and nothing indirect.
    pub fn direct<'a>(
        &'a self,
        categories: &'a BTreeMap<String, EmissionCategory>,
    ) -> impl Iterator<Item = &'a EmissionRow> {
        let direct = |row: &&EmissionRow| {
            let own = categories.get(&row.category);
            own.is_some_and(|own| !own.memo && !own.indirect)
        };
        self.rows.iter().filter(direct)
    }
}

/// The word for the method of a measured emission.
pub const MEASURED: &str = "measured";

/// Computes the inventory of every region and year that reports an activity.
///
/// # Errors
///
/// Activity of a category the method set does not have, or of a quantity none of its
/// laws reads: it would be lost without a word. Errors of the formula language.
pub fn inventory(
    activities: &[ActivityInput],
    facts: &Book,
    rules: &Rules<'_>,
) -> Result<Inventory, Findings> {
    let mut groups: BTreeMap<(&str, u16, &str), Vec<&ActivityInput>> = BTreeMap::new();
    for one in activities {
        let key = (one.region.as_str(), one.year, one.category.as_str());
        groups.entry(key).or_default().push(one);
    }
    let mut findings = Vec::new();
    let mut found = Inventory::default();
    for ((region, year, category), members) in &groups {
        let reported = found.unreported.entry(((*region).to_owned(), *year));
        let left = reported.or_insert_with(|| rules.laws.keys().cloned().collect());
        left.remove(*category);
        let group = Group {
            region,
            year: *year,
            category,
            members,
            facts,
            rules,
        };
        match group.rows() {
            Ok(rows) => found.rows.extend(rows),
            Err(own) => findings.extend(own.0),
        }
    }
    found.rows.sort_by(|a, b| order(a).cmp(&order(b)));
    if findings.is_empty() {
        Ok(found)
    } else {
        Err(Findings(findings))
    }
}

fn order(row: &EmissionRow) -> (&str, u16, &str, &str, &str, &str) {
    let (region, category) = (row.region.as_str(), row.category.as_str());
    (region, row.year, category, &row.method, &row.item, &row.gas)
}

/// The activity of a category in a region and year.
struct Group<'a> {
    region: &'a str,
    year: u16,
    category: &'a str,
    members: &'a [&'a ActivityInput],
    facts: &'a Book,
    rules: &'a Rules<'a>,
}

impl Group<'_> {
    fn rows(&self) -> Result<Vec<EmissionRow>, Findings> {
        let none = Vec::new();
        let laws = self.rules.laws.get(self.category);
        let measured = |one: &&&ActivityInput| one.quantity == self.rules.measured;
        self.all_read(laws.unwrap_or(&none))?;
        let mut rows: Vec<EmissionRow> = Vec::new();
        rows.extend(
            self.members
                .iter()
                .filter(measured)
                .map(|one| self.measured(one)),
        );
        for law in laws.unwrap_or(&none) {
            let reads = |one: &&&ActivityInput| reads(law, &one.quantity);
            if !self.members.iter().any(|one| reads(&one)) {
                continue;
            }
            let book = self.book(law);
            let place = (self.region, self.year);
            let numbers = evaluate_carbon(law, &book, self.rules.reach, place, Items::Given)?;
            let gas = law
                .output("emission")
                .map_or("", |own| gas_of(&own.unit_text));
            let emissions = numbers.into_iter().filter(|one| one.output == "emission");
            for number in emissions {
                let uncertainty = self.uncertainty(law, &book, &number)?;
                rows.push(self.computed(law, gas, number, uncertainty));
            }
            for one in self.members.iter().filter(reads) {
                if !matches!(
                    one.reported,
                    Reported::Number(_) | Reported::NotOccurring(_)
                ) {
                    rows.push(self.noted(&law.id, gas, one));
                }
            }
        }
        Ok(rows)
    }

    /// Every row is read by a law of its category, or is a measurement.
    fn all_read(&self, laws: &[Law]) -> Result<(), Findings> {
        let lost = self.members.iter().filter(|one| {
            let measured = one.quantity == self.rules.measured;
            !measured && !laws.iter().any(|law| reads(law, &one.quantity))
        });
        let findings: Vec<Finding> = lost
            .map(|one| {
                Finding::error("carbon-activity-unread")
                    .file(&one.place)
                    .arg("quantity", &one.quantity)
                    .arg("category", self.category)
            })
            .collect();
        if findings.is_empty() {
            Ok(())
        } else {
            Err(Findings(findings))
        }
    }

    /// The facts a law reads here: the activity of this category, else what the
    /// statistics say.
    fn book(&self, law: &Law) -> Book {
        let mut book = Book::default();
        let key = |quantity: &str| (quantity.to_owned(), self.region.to_owned(), self.year);
        for one in self.members {
            if let Reported::Number(fact) | Reported::NotOccurring(fact) = &one.reported {
                book.add(key(&one.quantity), &one.item, fact.clone());
            }
        }
        for input in law.inputs.values() {
            let Origin::Table(quantity) = &input.origin else {
                continue;
            };
            if self.members.iter().any(|one| one.quantity == *quantity) {
                continue;
            }
            for item in self.facts.items(quantity, self.region, self.year) {
                if let Some(fact) = self.facts.fact(quantity, self.region, self.year, item) {
                    book.add(key(quantity), item, fact.clone());
                }
            }
        }
        book
    }

    fn row(&self, method: &str, item: &str, gas: &str) -> EmissionRow {
        EmissionRow {
            region: self.region.to_owned(),
            year: self.year,
            category: self.category.to_owned(),
            method: method.to_owned(),
            item: item.to_owned(),
            gas: gas.to_owned(),
            notation: "",
            amount_g: None,
            co2e_g: None,
            warming: self.rules.warming.get(gas).map(|(own, _)| own.clone()),
            uncertainty: None,
            trust: None,
            missing: BTreeSet::new(),
            leaves: Vec::new(),
        }
    }

    /// The uncertainty of an emission from that of its activities. Of one activity it is
    /// the activity's own; of several each is moved by its half width with the others
    /// held, and the changes are added in quadrature (IPCC 2006, volume 1, chapter 3,
    /// approach 1). None if an activity tells none.
    fn uncertainty(
        &self,
        law: &Law,
        book: &Book,
        number: &CarbonNumber,
    ) -> Result<Option<Rational>, Findings> {
        let own = self.members.iter().filter(|one| reads(law, &one.quantity));
        let own: Vec<_> = own.filter(|one| one.item == number.item).collect();
        let (Some(central), [_, _, ..]) = (&number.value, own.as_slice()) else {
            return Ok(own.first().and_then(|one| one.uncertainty.clone()));
        };
        let zero = Rational::from_integer(0.into());
        if *central == zero {
            return Ok(None);
        }
        let mut squares = 0.0;
        for one in own {
            let Reported::Number(fact) = &one.reported else {
                continue;
            };
            let Some(share) = &one.uncertainty else {
                return Ok(None);
            };
            let mut moved = book.clone();
            let key = (one.quantity.clone(), self.region.to_owned(), self.year);
            let more = &fact.value * (share + Rational::from_integer(1.into()));
            moved.put(
                key,
                &one.item,
                Fact {
                    value: more,
                    ..fact.clone()
                },
            );
            let place = (self.region, self.year);
            let numbers = evaluate_carbon(law, &moved, self.rules.reach, place, Items::Given)?;
            let same =
                |other: &&CarbonNumber| other.output == number.output && other.item == number.item;
            let Some(value) = numbers.iter().find(same).and_then(|own| own.value.clone()) else {
                return Ok(None);
            };
            let change = to_f64(&((value - central) / central));
            squares += change * change;
        }
        Ok(from_f64_15(libm::sqrt(squares)))
    }

    fn computed(
        &self,
        law: &Law,
        gas: &str,
        number: CarbonNumber,
        uncertainty: Option<Rational>,
    ) -> EmissionRow {
        let mut row = self.row(&law.id, &number.item, gas);
        let own = self.members.iter().filter(|one| reads(law, &one.quantity));
        let mut own = own.filter(|one| one.item == number.item);
        if let Some(one) = own.next() {
            row.notation = one.reported.key();
        }
        row.uncertainty = uncertainty;
        row.amount_g = number.value.as_ref().and_then(grams_of_tonnes);
        row.missing = number.missing;
        row.leaves = number.leaves;
        self.warm(&mut row, number.trust);
        row
    }

    fn measured(&self, one: &ActivityInput) -> EmissionRow {
        let mut row = self.row(MEASURED, &one.item, &one.item);
        row.notation = one.reported.key();
        row.uncertainty.clone_from(&one.uncertainty);
        match &one.reported {
            Reported::Number(fact) | Reported::NotOccurring(fact) => {
                // Coherent masses are kilograms.
                let gram = Rational::new(1.into(), 1000.into());
                row.amount_g = quanta(&fact.value, &gram).try_into().ok();
                self.warm(&mut row, Some(fact.trust));
            }
            Reported::NotEstimated => _ = row.missing.insert(self.not_estimated(one)),
            Reported::NotApplicable | Reported::IncludedElsewhere => {}
        }
        row
    }

    fn noted(&self, method: &str, gas: &str, one: &ActivityInput) -> EmissionRow {
        let mut row = self.row(method, &one.item, gas);
        row.notation = one.reported.key();
        if one.reported == Reported::NotEstimated {
            row.missing.insert(self.not_estimated(one));
        }
        row
    }

    fn not_estimated(&self, one: &ActivityInput) -> MissingInput {
        MissingInput {
            from: one.quantity.clone(),
            at: one.item.clone(),
            region: self.region.to_owned(),
            year: self.year.to_string(),
        }
    }

    /// Adds CO2e; a gas outside the set of warming potentials has none.
    fn warm(&self, row: &mut EmissionRow, trust: Option<Trust>) {
        row.trust = trust;
        if let (Some(amount), Some((potential, own))) =
            (row.amount_g, self.rules.warming.get(&row.gas))
        {
            let co2e = Rational::from_integer(amount.into()) * potential;
            let one = Rational::from_integer(1.into());
            row.co2e_g = quanta(&co2e, &one).try_into().ok();
            row.trust = trust.map(|trust| trust.min(*own));
        }
    }
}

fn reads(law: &Law, quantity: &str) -> bool {
    let mut inputs = law.inputs.values();
    inputs.any(|input| matches!(&input.origin, Origin::Table(id) if id == quantity))
}

/// The substance of a unit such as `t[CH4]`.
fn gas_of(unit: &str) -> &str {
    let inner = unit.split_once('[').map(|(_, rest)| rest);
    inner
        .and_then(|rest| rest.split_once(']'))
        .map_or("", |(gas, _)| gas)
}

/// Tonnes as printed, to whole grams: the quantum of emission methods is a gram.
fn grams_of_tonnes(tonnes: &Rational) -> Option<i128> {
    let gram = Rational::new(1.into(), 1_000_000.into());
    quanta(tonnes, &gram).try_into().ok()
}
