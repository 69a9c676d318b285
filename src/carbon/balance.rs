//! Energy balances: closed per carrier with the difference shown, in physical units and in
//! coal equivalent by both conventions.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{BalanceLayout, BalancePart};
use gep_core::quantity::Rational;

use crate::source::carbon::BalanceRow;

/// A line of a closed balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceLine {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Flow, or one of [`DERIVED`].
    pub flow: String,
    /// Carrier.
    pub carrier: String,
    /// The value in `unit`.
    pub value: Rational,
    /// The unit of the balance.
    pub unit: String,
    /// Tonnes of coal equivalent with electricity at its calorific value; none without a
    /// factor.
    pub tce_calorific: Option<Rational>,
    /// The same with electricity at the coal rate of generation of the year.
    pub tce_coal_equivalent: Option<Rational>,
    /// Whether it was computed here.
    pub derived: bool,
    /// Status as told.
    pub status: String,
    /// Source as told.
    pub source: String,
    /// File and line.
    pub place: String,
}

/// The lines a balance is closed by.
pub const DERIVED: [&str; 3] = ["supply_total", "final_total", "difference"];

/// A sum that is not what is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotClosed {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Carrier.
    pub carrier: String,
    /// The flow whose parts do not add up to it, or `difference`.
    pub flow: String,
    /// As printed, or what enters.
    pub printed: Rational,
    /// The sum of the parts, or what leaves.
    pub summed: Rational,
    /// The unit of both.
    pub unit: String,
}

/// Tonnes of coal equivalent per coherent unit of each carrier: by calorific value, and
/// for electricity by the coal rate of a year.
#[derive(Clone, Debug, Default)]
pub struct CoalEquivalents {
    /// By carrier.
    pub calorific: BTreeMap<String, Rational>,
    /// Of electricity, by year.
    pub coal_rate: BTreeMap<u16, Rational>,
}

/// The carrier the conventions differ on.
const ELECTRICITY: &str = "electricity";

/// Closes balances.
pub fn close_balances(
    rows: &[BalanceRow],
    layout: &BalanceLayout,
    factors: &CoalEquivalents,
) -> (Vec<BalanceLine>, Vec<NotClosed>) {
    let mut groups: BTreeMap<(&str, u16, &str), Vec<&BalanceRow>> = BTreeMap::new();
    for row in rows {
        let key = (row.region.as_str(), row.year, row.carrier.as_str());
        groups.entry(key).or_default().push(row);
    }
    let mut lines = Vec::new();
    let mut open = Vec::new();
    for members in groups.values() {
        let balance = Balance {
            layout,
            factors,
            members,
        };
        balance.close(&mut lines, &mut open);
    }
    (lines, open)
}

/// The balance of a carrier in a region and year.
struct Balance<'a> {
    layout: &'a BalanceLayout,
    factors: &'a CoalEquivalents,
    members: &'a [&'a BalanceRow],
}

impl Balance<'_> {
    fn close(&self, lines: &mut Vec<BalanceLine>, open: &mut Vec<NotClosed>) {
        let Some(first) = self.members.first() else {
            return;
        };
        for row in self.members {
            let flow = self.layout.flow(&row.flow);
            let negative = flow.is_some_and(|flow| flow.negative);
            let value = if negative {
                -self.of(row)
            } else {
                self.of(row)
            };
            lines.push(self.line(&row.flow, value, Some(row)));
        }
        let supply = self.total(&[BalancePart::Supply, BalancePart::Transformation]);
        let leaves = self.total(&[BalancePart::Loss, BalancePart::Final]);
        let fin = self.total(&[BalancePart::Final]);
        lines.push(self.line(DERIVED[0], supply.clone(), None));
        lines.push(self.line(DERIVED[1], fin, None));
        lines.push(self.line(DERIVED[2], &supply - &leaves, None));
        if supply != leaves {
            open.push(self.not_closed(first, DERIVED[2], supply, leaves));
        }
        self.parts_against_parents(first, open);
    }

    /// The value in the unit of the first row of the balance.
    fn of(&self, row: &BalanceRow) -> Rational {
        let unit = &self.members[0].unit;
        match row.unit.factor_to(unit) {
            Some(factor) => &row.value * factor,
            None => row.value.clone(),
        }
    }

    /// Adds up flows of some parts: of a flow with a parent in the balance the parent
    /// counts.
    fn total(&self, parts: &[BalancePart]) -> Rational {
        let given: BTreeSet<&str> = self.members.iter().map(|row| row.flow.as_str()).collect();
        let mut sum = Rational::from_integer(0.into());
        for row in self.members {
            let Some(flow) = self.layout.flow(&row.flow) else {
                continue;
            };
            let inside = self.above(&row.flow).iter().any(|own| given.contains(own));
            if inside || !parts.contains(&flow.part) {
                continue;
            }
            match flow.negative {
                true => sum -= self.of(row),
                false => sum += self.of(row),
            }
        }
        sum
    }

    /// The flows a flow is part of.
    fn above(&self, flow: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut next = self.layout.flow(flow).and_then(|own| own.parent.as_deref());
        while let Some(parent) = next {
            if found.contains(&parent) {
                break;
            }
            found.push(parent);
            next = self
                .layout
                .flow(parent)
                .and_then(|own| own.parent.as_deref());
        }
        found
    }

    /// What is printed of a flow is the sum of its parts, where any part is given.
    fn parts_against_parents(&self, first: &BalanceRow, open: &mut Vec<NotClosed>) {
        for row in self.members {
            let parts = self.members.iter().filter(|other| {
                let flow = self.layout.flow(&other.flow);
                flow.and_then(|flow| flow.parent.as_deref()) == Some(&row.flow)
            });
            let parts: Vec<Rational> = parts.map(|part| self.of(part)).collect();
            let summed: Rational = parts.iter().cloned().sum();
            let printed = self.of(row);
            if !parts.is_empty() && summed != printed {
                open.push(self.not_closed(first, &row.flow, printed, summed));
            }
        }
    }

    fn not_closed(
        &self,
        first: &BalanceRow,
        flow: &str,
        printed: Rational,
        summed: Rational,
    ) -> NotClosed {
        NotClosed {
            region: first.region.clone(),
            year: first.year,
            carrier: first.carrier.clone(),
            flow: flow.to_owned(),
            printed,
            summed,
            unit: first.unit_text.clone(),
        }
    }

    fn line(&self, flow: &str, value: Rational, row: Option<&BalanceRow>) -> BalanceLine {
        let first = self.members[0];
        let coherent = first.unit.to_coherent(&value);
        let calorific = self.factors.calorific.get(&first.carrier);
        let by_rate = match first.carrier == ELECTRICITY {
            true => self.factors.coal_rate.get(&first.year),
            false => calorific,
        };
        let text = |own: fn(&BalanceRow) -> &String| row.map(own).cloned().unwrap_or_default();
        BalanceLine {
            region: first.region.clone(),
            year: first.year,
            flow: flow.to_owned(),
            carrier: first.carrier.clone(),
            tce_calorific: calorific.map(|factor| factor * &coherent),
            tce_coal_equivalent: by_rate.map(|factor| factor * &coherent),
            value,
            unit: first.unit_text.clone(),
            derived: row.is_none(),
            status: text(|row| &row.status),
            source: text(|row| &row.source),
            place: text(|row| &row.place),
        }
    }
}

/// Electricity used by sector, from the final consumption of balances.
pub fn electricity_by_sector(
    rows: &[BalanceRow],
    layout: &BalanceLayout,
) -> super::views::ElectricityUse {
    let mut used = super::views::ElectricityUse::new();
    for row in rows.iter().filter(|row| row.carrier == ELECTRICITY) {
        let Some(sector) = layout.flow(&row.flow).and_then(|flow| flow.sector.clone()) else {
            continue;
        };
        let sectors = used.entry((row.region.clone(), row.year)).or_default();
        *sectors.entry(sector).or_default() += row.unit.to_coherent(&row.value);
    }
    used
}
