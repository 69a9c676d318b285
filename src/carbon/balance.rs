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
    /// The value in coherent units.
    pub coherent: Rational,
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
    /// What rounding alone may come to: half a unit of the last printed digit for each
    /// number compared.
    pub rounding: Rational,
}

impl NotClosed {
    /// Whether rounding of the source's digits alone explains the difference.
    pub fn is_rounding(&self) -> bool {
        let difference = &self.printed - &self.summed;
        difference <= self.rounding && -difference <= self.rounding
    }
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

/// The parts whose sum is the difference: two that enter, two that leave.
const ALL: [BalancePart; 4] = [
    BalancePart::Supply,
    BalancePart::Transformation,
    BalancePart::Final,
    BalancePart::Loss,
];
/// Nobody prints more digits after the point.
const MOST_DIGITS: usize = 12;

/// Digits after the point of a decimal as printed.
fn decimals(value: &Rational) -> usize {
    let ten = Rational::from_integer(10.into());
    let mut shifted = value.clone();
    let mut digits = 0;
    while !shifted.is_integer() && digits < MOST_DIGITS {
        shifted *= &ten;
        digits += 1;
    }
    digits
}

/// The balance of a carrier in a region and year.
struct Balance<'a> {
    layout: &'a BalanceLayout,
    factors: &'a CoalEquivalents,
    members: &'a [&'a BalanceRow],
}

impl Balance<'_> {
    fn close(&self, lines: &mut Vec<BalanceLine>, open: &mut Vec<NotClosed>) {
        for row in self.members {
            lines.push(self.line(&row.flow, self.signed(row), Some(row)));
        }
        // A sum of nothing is nothing, not zero.
        let supply = self.total(&[BalancePart::Supply, BalancePart::Transformation]);
        let finally = self.total(&[BalancePart::Final]);
        let lost = self.total(&[BalancePart::Loss]).unwrap_or_default();
        lines.extend(
            supply
                .iter()
                .map(|own| self.line(DERIVED[0], own.clone(), None)),
        );
        lines.extend(
            finally
                .iter()
                .map(|own| self.line(DERIVED[1], own.clone(), None)),
        );
        if let (Some(supply), Some(finally)) = (&supply, &finally) {
            let leaves = finally + &lost;
            lines.push(self.line(DERIVED[2], supply - &leaves, None));
            if *supply != leaves {
                let terms = self.counted(&ALL);
                open.push(self.not_closed(DERIVED[2], supply.clone(), leaves.clone(), &terms));
            }
            self.printed("statistical_difference", supply - leaves, &ALL, open);
        }
        if let Some(finally) = finally {
            self.printed("total_consumption", finally + lost, &ALL[2..], open);
        }
        self.parts_against_parents(open);
    }

    /// What is printed of a flow against what follows from those of some parts.
    fn printed(
        &self,
        flow: &str,
        expected: Rational,
        parts: &[BalancePart],
        open: &mut Vec<NotClosed>,
    ) {
        let row = self.members.iter().find(|row| row.flow == flow);
        // Input to transformation is part of consumption; with it the sum says nothing.
        let transformed = self.members.iter().any(|row| {
            let part = self.layout.flow(&row.flow).map(|flow| flow.part);
            let zero = Rational::from_integer(0.into());
            part == Some(BalancePart::Transformation) && self.of(row) < zero
        });
        if let Some(row) = row.filter(|_| !transformed)
            && self.of(row) != expected
        {
            let mut terms = self.counted(parts);
            terms.push(row);
            open.push(self.not_closed(flow, self.of(row), expected, &terms));
        }
    }

    /// The value with the sign of its flow: what leaves is printed with or without a minus.
    fn signed(&self, row: &BalanceRow) -> Rational {
        let negative = self
            .layout
            .flow(&row.flow)
            .is_some_and(|flow| flow.negative);
        let value = self.of(row);
        let zero = Rational::from_integer(0.into());
        if negative && value > zero {
            -value
        } else {
            value
        }
    }

    /// The value in the unit of the first row of the balance; units of one carrier convert,
    /// which its reader sees to.
    fn of(&self, row: &BalanceRow) -> Rational {
        self.members[0]
            .unit
            .from_coherent(&row.unit.to_coherent(&row.value))
    }

    /// Adds up flows of some parts: of a flow with a parent in the balance the parent
    /// counts.
    fn total(&self, parts: &[BalancePart]) -> Option<Rational> {
        let counted = self.counted(parts);
        let values = counted.iter().map(|row| self.signed(row));
        values.reduce(|sum, own| sum + own)
    }

    /// The rows that are added up of some parts.
    fn counted(&self, parts: &[BalancePart]) -> Vec<&BalanceRow> {
        let given: BTreeSet<&str> = self.members.iter().map(|row| row.flow.as_str()).collect();
        let rows = self.members.iter().copied();
        rows.filter(|row| {
            let inside = self.above(&row.flow).iter().any(|own| given.contains(own));
            let flow = self.layout.flow(&row.flow);
            !inside && flow.is_some_and(|flow| parts.contains(&flow.part))
        })
        .collect()
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
    fn parts_against_parents(&self, open: &mut Vec<NotClosed>) {
        for row in self.members.iter().copied() {
            let parts = self.members.iter().copied().filter(|other| {
                let flow = self.layout.flow(&other.flow);
                flow.and_then(|flow| flow.parent.as_deref()) == Some(&row.flow)
            });
            let mut terms: Vec<&BalanceRow> = parts.collect();
            let summed: Rational = terms.iter().map(|part| self.of(part)).sum();
            let printed = self.of(row);
            if !terms.is_empty() && summed != printed {
                terms.push(row);
                open.push(self.not_closed(&row.flow, printed, summed, &terms));
            }
        }
    }

    /// Half a unit of the last digit of a row. A balance prints its numbers to the same
    /// digit, zeros at the end with them: it is that of the longest in the row's unit.
    fn half_digit(&self, row: &BalanceRow) -> Rational {
        let alike = self.members.iter();
        let alike = alike.filter(|other| other.unit_text == row.unit_text);
        let digits = alike.map(|other| decimals(&other.value)).max();
        let ten = Rational::from_integer(10.into());
        let step =
            (0..digits.unwrap_or(0)).fold(Rational::new(1.into(), 2.into()), |own, _| own / &ten);
        self.members[0]
            .unit
            .from_coherent(&row.unit.to_coherent(&step))
    }

    fn not_closed(
        &self,
        flow: &str,
        printed: Rational,
        summed: Rational,
        terms: &[&BalanceRow],
    ) -> NotClosed {
        let first = self.members[0];
        NotClosed {
            region: first.region.clone(),
            year: first.year,
            carrier: first.carrier.clone(),
            flow: flow.to_owned(),
            printed,
            summed,
            unit: first.unit_text.clone(),
            rounding: terms.iter().map(|row| self.half_digit(row)).sum(),
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
            coherent,
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

#[cfg(test)]
mod tests {
    use gep_core::methodology::Methodology;
    use gep_core::quantity::parse_decimal;

    use super::*;

    fn rows(methodology: &Methodology, cells: &[(&str, &str, &str)]) -> Vec<BalanceRow> {
        let all = cells.iter().map(|(flow, value, unit)| BalanceRow {
            region: "330000".into(),
            year: 2021,
            flow: (*flow).into(),
            carrier: "electricity".into(),
            value: parse_decimal(value).expect("a number"),
            unit: methodology.units.unit(unit).expect("a unit"),
            unit_text: (*unit).into(),
            status: "verified".into(),
            source: "print".into(),
            place: "balance.csv:2".into(),
        });
        all.collect()
    }

    fn closed(cells: &[(&str, &str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
        let methodology = Methodology::bundled().expect("the methodology");
        let layout = &methodology.carbon.balance;
        let rows = rows(&methodology, cells);
        let (lines, open) = close_balances(&rows, layout, &CoalEquivalents::default());
        let derived = lines.iter().filter(|line| line.derived);
        let text = gep_core::quantity::format_exact;
        let derived = derived.map(|line| (line.flow.clone(), text(&line.value)));
        let open = open
            .iter()
            .map(|own| format!("{} {} {}", own.flow, text(&own.printed), text(&own.summed)));
        (derived.collect(), open.collect())
    }

    fn of(all: &[(String, String)], flow: &str) -> Option<String> {
        let own = all.iter().find(|(own, _)| own == flow);
        own.map(|(_, value)| value.clone())
    }

    /// 100 + 20 - 10 enters, 5 is lost and 105 used: closed, whatever the sign exports are
    /// printed with and whatever unit a row has.
    #[test]
    fn exports_leave_with_or_without_a_minus() {
        for exports in ["10", "-10"] {
            let (derived, open) = closed(&[
                ("primary_production", "100", "GWh"),
                ("imports_from_provinces", "20000", "MWh"),
                ("exports_to_provinces", exports, "GWh"),
                ("losses", "5", "GWh"),
                ("final_consumption", "105", "GWh"),
                ("total_consumption", "110", "GWh"),
                ("statistical_difference", "0", "GWh"),
            ]);
            assert_eq!(of(&derived, "supply_total").as_deref(), Some("110"));
            assert_eq!(of(&derived, "difference").as_deref(), Some("0"));
            assert_eq!(open, Vec::<String>::new());
        }
    }

    /// What nobody told has no sum: a balance of uses alone has no supply and no difference.
    #[test]
    fn a_sum_of_nothing_is_nothing() {
        let (derived, open) = closed(&[("final_consumption", "105", "GWh")]);
        assert_eq!(of(&derived, "supply_total"), None);
        assert_eq!(of(&derived, "difference"), None);
        assert_eq!(of(&derived, "final_total").as_deref(), Some("105"));
        assert_eq!(open, Vec::<String>::new());
    }

    /// Numbers printed to 0.001 may be off by 0.0005 each: three of them by 0.0015, and a
    /// difference of 0.002 is not of rounding.
    #[test]
    fn rounding_is_told_from_what_nothing_explains() {
        let methodology = Methodology::bundled().expect("the methodology");
        for (residential, expected) in [("39.274", true), ("39.273", true), ("39.271", false)] {
            let cells = [
                ("final_residential", "74.094", "TWh"),
                ("final_residential_urban", "34.821", "TWh"),
                ("final_residential_rural", residential, "TWh"),
            ];
            let rows = rows(&methodology, &cells);
            let layout = &methodology.carbon.balance;
            let (_, open) = close_balances(&rows, layout, &CoalEquivalents::default());
            let own = open.iter().find(|own| own.flow == "final_residential");
            assert!(
                own.is_none_or(|own| own.is_rounding() == expected),
                "{open:?}"
            );
            assert_eq!(own.is_none(), residential == "39.273");
        }
    }

    /// Parts against their parent, printed sums against ours: each difference is told.
    #[test]
    fn every_sum_that_is_not_as_printed_is_told() {
        let (_, open) = closed(&[
            ("primary_production", "100", "GWh"),
            ("losses", "5", "GWh"),
            ("final_consumption", "94", "GWh"),
            ("final_industry", "60", "GWh"),
            ("final_residential", "33", "GWh"),
            ("total_consumption", "98", "GWh"),
            ("statistical_difference", "2", "GWh"),
        ]);
        let expected = [
            "difference 100 99",
            "statistical_difference 2 1",
            "total_consumption 98 99",
            "final_consumption 94 93",
        ];
        assert_eq!(open, expected);
    }
}
