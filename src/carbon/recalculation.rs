//! Recalculation: indicators as they were known on an earlier day beside what they are now.
//! Source: IPCC 2006, volume 1, chapter 5: changes of published series are told.

use std::collections::BTreeMap;

use gep_core::quantity::Rational;

use super::indicators::IndicatorNumber;

/// An indicator that a later publication changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalculation {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// The indicator.
    pub indicator: String,
    /// The convention.
    pub method: String,
    /// The unit of both values.
    pub unit: String,
    /// As known on the earlier day; none if it could not be computed then.
    pub earlier: Option<Rational>,
    /// As known now; none if it cannot be computed any more.
    pub value: Option<Rational>,
}

impl Recalculation {
    /// Returns the change; none unless both are known.
    pub fn change(&self) -> Option<Rational> {
        let both = self.value.as_ref().zip(self.earlier.as_ref());
        both.map(|(now, then)| now - then)
    }

    /// Returns what became of the number.
    pub fn state(&self) -> &'static str {
        match (&self.earlier, &self.value) {
            (Some(_), Some(_)) => "recalculated",
            (None, _) => "newly_computed",
            (Some(_), None) => "withdrawn",
        }
    }
}

/// Compares two states of the books; numbers that are the same are left out.
pub fn recalculations(earlier: &[IndicatorNumber], now: &[IndicatorNumber]) -> Vec<Recalculation> {
    let key = |own: &IndicatorNumber| {
        let (region, indicator) = (own.region.clone(), own.indicator.clone());
        (region, own.year, indicator, own.method.clone())
    };
    let then: BTreeMap<_, _> = earlier.iter().map(|own| (key(own), own)).collect();
    let told = now.iter().filter_map(|own| {
        let before = then.get(&key(own)).and_then(|own| own.value.clone());
        (before != own.value).then(|| Recalculation {
            region: own.region.clone(),
            year: own.year,
            indicator: own.indicator.clone(),
            method: own.method.clone(),
            unit: own.unit.clone(),
            earlier: before,
            value: own.value.clone(),
        })
    });
    told.collect()
}
