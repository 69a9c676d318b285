//! The table `condition`: variables, indicators and indices of ecosystem condition.

use std::collections::BTreeSet;

use gep_core::methodology::ReferenceLevel;
use gep_core::quantity::{Rational, format_exact};
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder, scaled};
use super::schemas::QUANTITY_SCALE;
use super::schemas_over_time::CONDITION;
use crate::account::{ConditionKey, State, Trust};

/// What the base run says, in the last digit it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionOpening {
    /// The variable or index.
    pub value: Option<i128>,
    /// The indicator.
    pub indicator: Option<i128>,
    /// Why there is none.
    pub reason: &'static str,
}

/// A row of the account.
pub struct ConditionRow<'a> {
    /// What it is about.
    pub key: ConditionKey,
    /// `variable` or `index`.
    pub kind: &'static str,
    /// The class of the typology, or `overall`.
    pub condition_class: &'static str,
    /// Title in Chinese and English; empty for indices.
    pub title: [&'a str; 2],
    /// Its unit.
    pub unit: &'a str,
    /// Whether higher is better; nothing for indices.
    pub rising: Option<bool>,
    /// The variable in its unit, or the index.
    pub closing: Option<Rational>,
    /// The indicator of a variable, 0 to 1.
    pub indicator: Option<Rational>,
    /// Numerator and denominator of a variable.
    pub parts: Option<(Rational, Rational)>,
    /// The reference level of a variable, if one is known.
    pub reference: Option<&'a ReferenceLevel>,
    /// Area with a value, and area concerned, mm2.
    pub coverage: (i128, i128),
    /// What an index is the mean of.
    pub members: Vec<String>,
    /// Parts that are not in it.
    pub missing: BTreeSet<String>,
    /// Whether a region below is not in it.
    pub partial: bool,
    /// Whether it is there.
    pub state: State,
    /// Message code of the reason, if it is not.
    pub reason: &'static str,
    /// How far it may be relied on.
    pub trust: Trust,
    /// What the base run says.
    pub opening: ConditionOpening,
    /// Digest of what decides the number beside the data.
    pub definition: String,
}

/// Lays out the condition account. Changes are differences of printed numbers, so that
/// opening and change add to closing in the last digit.
pub fn condition_table(rows: &[ConditionRow<'_>], facts: &RegionFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&CONDITION);
    for row in rows {
        let key = [&row.key.region, &row.key.class, &row.key.item].map(String::as_str);
        let digits = u32::from(QUANTITY_SCALE.unsigned_abs());
        let closing = scaled(row.closing.as_ref(), digits);
        let indicator = scaled(row.indicator.as_ref(), digits);
        let change = |closing: Option<i128>, opening: Option<i128>| {
            Cell::Decimal(closing.zip(opening).map(|(after, before)| after - before))
        };
        let opening = &row.opening;
        let (valid, concerned) = row.coverage;
        let coverage = (concerned > 0).then(|| valid as f64 / concerned as f64);
        let exact = |number: &Rational| format_exact(number);
        let (numerator, denominator) = row.parts.as_ref().map_or(Default::default(), |parts| {
            let there = row.state == State::Computed;
            let text = |number| if there { exact(number) } else { String::new() };
            (text(&parts.0), text(&parts.1))
        });
        let level = |of: fn(&ReferenceLevel) -> String| row.reference.map_or(String::new(), of);
        let missing: Vec<&str> = row.missing.iter().map(String::as_str).collect();
        let direction = match row.rising {
            Some(true) => "rising",
            Some(false) => "falling",
            None => "",
        };
        let mut cells: Vec<Cell> = key.into_iter().map(Cell::from).collect();
        cells.extend([
            facts.level(&row.key.region).into(),
            row.kind.into(),
            row.condition_class.into(),
            row.title[0].into(),
            row.title[1].into(),
            row.unit.into(),
            direction.into(),
            Cell::Decimal(opening.value),
            Cell::Decimal(closing),
            change(closing, opening.value),
            Cell::Decimal(opening.indicator),
            Cell::Decimal(indicator),
            change(indicator, opening.indicator),
            numerator.into(),
            denominator.into(),
            level(|own| format_exact(&own.low)).into(),
            level(|own| format_exact(&own.high)).into(),
            level(|own| own.status.word().to_string()).into(),
            level(|own| own.citation.document.clone()).into(),
            level(|own| own.citation.clause.clone()).into(),
            row.members.join(" ").into(),
            row.definition.as_str().into(),
            Cell::Ratio(coverage),
            if row.partial { "yes" } else { "no" }.into(),
            missing.join(" ").into(),
            row.state.word().into(),
            row.reason.into(),
            opening.reason.into(),
            row.trust.word().into(),
            number_id("condition", &key, "closing").into(),
        ]);
        table.row(cells);
    }
    table.finish()
}
