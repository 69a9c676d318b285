//! The tables `uncertainty`, `uncertainty_contribution` and `uncertainty_parameters`.

use gep_core::quantity::Rational;
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder, scaled};
use super::schemas::{
    QUANTITY_SCALE, UNCERTAINTY, UNCERTAINTY_BOUNDS, UNCERTAINTY_CONTRIBUTION,
    UNCERTAINTY_PARAMETERS,
};
use crate::account::{AmountKey, Interval, Uncertainty};

/// How the draws were made, and what amounts of money are in.
pub struct UncertaintyTerms<'a> {
    /// Seed of the generator.
    pub seed: u64,
    /// Number of draws.
    pub draws: u64,
    /// The share an interval holds, as written.
    pub interval: &'a str,
    /// Year of the prices.
    pub price_year: &'a str,
}

/// A parameter row of the profile, and what was done with it.
#[derive(Clone, Debug, Default)]
pub struct ParameterFate {
    /// Its name: table and labels of the row.
    pub id: String,
    /// Its value as written, and its unit.
    pub value: [String; 2],
    /// `drawn`, `drawn_in_part`, `fixed`, `raster_bound`, `bounds`, `not_reached` or
    /// `no_distribution`.
    pub treatment: &'static str,
    /// Kind of its distribution.
    pub distribution: &'static str,
    /// Lower end, likeliest value, upper end and what else describes it.
    pub shape: [String; 4],
    /// Status, document and clause of the distribution.
    pub source: [String; 3],
    /// What it rests on, in Chinese and English.
    pub note: [String; 2],
    /// Indicators whose numbers vary with it.
    pub indicators: Vec<String>,
    /// File and line of the distribution.
    pub place: Option<(String, u32)>,
}

/// An amount of `gep` with a parameter of the pass at the ends of its distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundedAmount {
    /// The region.
    pub region: String,
    /// GEP, group or indicator.
    pub item: String,
    /// Name of the parameter.
    pub parameter: String,
    /// Its value at the low end, in the account and at the high end.
    pub ends: [String; 3],
    /// The amounts that go with them, fen.
    pub fen: [Option<i128>; 3],
}

/// Values of the column `method`.
const MONTE_CARLO: &str = "monte_carlo";
const NONE: &str = "none";
const BOUNDS: &str = "bounds";

/// The keys of an amount as `uncertainty` writes them: of `gep` only region and item.
fn keys(interval: &Interval) -> [&str; 6] {
    let AmountKey {
        region,
        class,
        indicator,
        output,
        item,
    } = &interval.amount.key;
    match interval.table {
        "physical" | "value" => [interval.table, region, class, indicator, output, item],
        table => [table, region, "", "", "", indicator],
    }
}

/// The id under which the amount itself is published.
fn central_id(interval: &Interval) -> String {
    let [table, region, class, indicator, output, item] = keys(interval);
    match table {
        "physical" => number_id(table, &[region, class, indicator, output, item], "value"),
        "value" => number_id(
            table,
            &[region, class, indicator, output, item],
            "value_fen",
        ),
        "gep" => number_id(table, &[region, item], "value_fen"),
        _ => number_id("ratios", &[region, table, item], "numerator"),
    }
}

/// Lays out the intervals.
pub fn uncertainty_table(
    uncertainty: &Uncertainty,
    terms: &UncertaintyTerms<'_>,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&UNCERTAINTY);
    let places = u32::from(QUANTITY_SCALE.unsigned_abs());
    let decimal = |value: Option<&Rational>| Cell::Decimal(scaled(value, places));
    for interval in &uncertainty.intervals {
        let (own, amount) = (keys(interval), &interval.amount);
        let mut cells: Vec<Cell> = own.iter().map(|key| (*key).into()).collect();
        let ends = interval.ends.as_ref();
        cells.push(facts.level(own[1]).into());
        cells.push(if ends.is_some() { MONTE_CARLO } else { NONE }.into());
        cells.push(decimal(ends.map(|ends| &ends[0])));
        cells.push(decimal(amount.value.as_ref()));
        cells.push(decimal(ends.map(|ends| &ends[1])));
        cells.push(match amount.money {
            true => format!("CNY@{}", terms.price_year).into(),
            false => amount.unit.as_str().into(),
        });
        cells.push(interval.below.map_or(Cell::Decimal(None), Cell::Count));
        cells.push(Cell::Count(terms.draws));
        cells.push(terms.seed.to_string().into());
        cells.push(terms.interval.into());
        cells.push(if amount.partial() { "yes" } else { "no" }.into());
        cells.push(amount.missing.join(" ").into());
        cells.push(amount.state.word().into());
        cells.push(match (amount.state.reason(), ends) {
            ("", None) => "no-drawn-parameter".into(),
            (reason, _) => reason.into(),
        });
        cells.push(amount.trust.word().into());
        cells.push(central_id(interval).into());
        cells.push(number_id(UNCERTAINTY.name, &own, "interval").into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out the contributions.
pub fn contribution_table(
    uncertainty: &Uncertainty,
    parameters: &[String],
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&UNCERTAINTY_CONTRIBUTION);
    // Ratios in floating point, printed to six digits.
    let digits = |ratio: f64| Cell::Decimal(Some(libm::round(ratio * 1e6) as i128));
    let mut position = 0;
    let mut before: Option<(&str, &str)> = None;
    for own in &uncertainty.contributions {
        let subject = (own.region.as_str(), own.item.as_str());
        position = if before == Some(subject) {
            position + 1
        } else {
            1
        };
        before = Some(subject);
        let parameter = parameters.get(own.parameter).map_or("", String::as_str);
        let keys = [subject.0, subject.1, parameter];
        let id = number_id(UNCERTAINTY_CONTRIBUTION.name, &keys, "share");
        table.row(vec![
            subject.0.into(),
            subject.1.into(),
            parameter.into(),
            facts.level(subject.0).into(),
            Cell::Count(position),
            digits(own.correlation),
            digits(own.share),
            "squared_rank_correlation".into(),
            id.into(),
        ]);
    }
    table.finish()
}

/// Lays out what was drawn, and what was held fixed and why.
pub fn parameter_fates_table(fates: &[ParameterFate]) -> NamedTable {
    let mut table = TableBuilder::new(&UNCERTAINTY_PARAMETERS);
    for fate in fates {
        let mut cells: Vec<Cell> = vec![fate.id.as_str().into()];
        cells.extend(fate.value.iter().map(|text| text.as_str().into()));
        cells.push(fate.treatment.into());
        cells.push(fate.distribution.into());
        for text in fate.shape.iter().chain(&fate.source).chain(&fate.note) {
            cells.push(text.as_str().into());
        }
        cells.push(fate.indicators.join(" ").into());
        let place = fate.place.as_ref();
        cells.push(place.map_or("", |(file, _)| file).into());
        cells.push(place.map_or(Cell::Decimal(None), |(_, line)| {
            Cell::Count(u64::from(*line))
        }));
        table.row(cells);
    }
    table.finish()
}

/// Lays out the amounts with parameters of the pass at their ends.
pub fn bounds_table(
    bounds: &[BoundedAmount],
    terms: &UncertaintyTerms<'_>,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&UNCERTAINTY_BOUNDS);
    let mut rows: Vec<&BoundedAmount> = bounds.iter().collect();
    rows.sort_by_key(|own| (&own.region, &own.item, &own.parameter));
    for own in rows {
        let keys = [&own.region, &own.item, &own.parameter].map(String::as_str);
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(facts.level(&own.region).into());
        cells.push(BOUNDS.into());
        cells.extend(own.ends.iter().map(|end| end.as_str().into()));
        cells.extend(own.fen.iter().map(|fen| Cell::Decimal(*fen)));
        let whole = own.fen.iter().all(Option::is_some);
        let known = || own.fen.iter().flatten().copied().filter(|_| whole);
        cells.push(Cell::Decimal(known().min()));
        cells.push(Cell::Decimal(known().max()));
        cells.push(terms.interval.into());
        cells.push(number_id("gep", &keys[..2], "value_fen").into());
        cells.push(number_id(UNCERTAINTY_BOUNDS.name, &keys, "bounds").into());
        table.row(cells);
    }
    table.finish()
}
