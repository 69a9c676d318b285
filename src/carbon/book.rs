//! What laws are fed with: facts by quantity, region, year and item.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::Trust;
use gep_core::quantity::Rational;

/// Quantity, region, year.
pub type FactKey = (String, String, u16);

/// One number handed to laws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its value in coherent units.
    pub value: Rational,
    /// How far it may be relied on.
    pub trust: Trust,
    /// Who says so: a document or the id of a number of these books.
    pub source: String,
    /// File and line it was read from; empty for a number of these books.
    pub place: String,
    /// The definition it is of, where definitions break the series.
    pub definition: String,
    /// When it was published.
    pub vintage: String,
}

/// All facts of a run.
#[derive(Clone, Debug, Default)]
pub struct Book(BTreeMap<FactKey, BTreeMap<String, Fact>>);

impl Book {
    /// Adds a fact; returns the one that stood there before, which stays.
    pub fn add(&mut self, key: FactKey, item: &str, fact: Fact) -> Option<&Fact> {
        let items = self.0.entry(key).or_default();
        if items.contains_key(item) {
            return items.get(item);
        }
        items.insert(item.to_owned(), fact);
        None
    }

    /// Puts a fact in the place of the one that stood there.
    pub fn put(&mut self, key: FactKey, item: &str, fact: Fact) {
        self.0.entry(key).or_default().insert(item.to_owned(), fact);
    }

    /// Returns a fact; the item is empty where the quantity has none.
    pub fn fact(&self, quantity: &str, region: &str, year: u16, item: &str) -> Option<&Fact> {
        let key = (quantity.to_owned(), region.to_owned(), year);
        self.0.get(&key)?.get(item)
    }

    /// Returns the items of a quantity that are given for a region and year.
    pub fn items(&self, quantity: &str, region: &str, year: u16) -> BTreeSet<&str> {
        let key = (quantity.to_owned(), region.to_owned(), year);
        let items = self.0.get(&key).into_iter().flat_map(BTreeMap::keys);
        items.map(String::as_str).collect()
    }

    /// Returns whether anything is given of a quantity for a region and year.
    pub fn has(&self, quantity: &str, region: &str, year: u16) -> bool {
        !self.items(quantity, region, year).is_empty()
    }

    /// Returns all facts in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&FactKey, &str, &Fact)> {
        self.0.iter().flat_map(|(key, items)| {
            items
                .iter()
                .map(move |(item, fact)| (key, item.as_str(), fact))
        })
    }
}
