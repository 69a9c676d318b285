//! The tables of the carbon books, from finished numbers.

use gep_core::methodology::{CarbonMethodology, SinkRule, Target, Title, Trust};
use gep_core::quantity::{Rational, format_exact};
use gep_core::storage::number_id;
use std::collections::BTreeMap;

use super::account_tables::{Cell, NamedTable, TableBuilder, scaled};
use super::schemas_carbon::{
    CARBON_CONSISTENCY, CARBON_FACTS, CARBON_INDICATORS, CARBON_LINEAGE, CARBON_NAMES,
    CARBON_RECALCULATION, CARBON_REGIONS, CARBON_SCALE, CARBON_TARGETS, CARBON_TOTALS,
    CARBON_UNCERTAINTY, EMISSIONS, ENERGY_BALANCE, KEY_CATEGORIES, KEY_CATEGORY_TRENDS,
    NET_POSITION, SINKS,
};
use crate::carbon::{
    BalanceLine, Consistency, Draws, EmissionRow, IndicatorNumber, KeyCategory, KeyTrend, Leaf,
    MissingInput, NetPosition, Recalculation, SinkNumber, TargetNumber, TotalUncertainty,
    ViewTotal,
};

fn decimal(value: Option<&Rational>) -> Cell {
    Cell::Decimal(scaled(value, CARBON_SCALE.unsigned_abs().into()))
}

fn trust(of: Option<Trust>) -> Cell {
    of.map_or("", Trust::word).into()
}

fn joined<'a>(missing: impl IntoIterator<Item = &'a MissingInput>) -> Cell {
    let all: Vec<String> = missing.into_iter().map(MissingInput::to_text).collect();
    all.join("; ").into()
}

fn texts<'a>(missing: impl IntoIterator<Item = &'a String>) -> Cell {
    let all: Vec<&str> = missing.into_iter().map(String::as_str).collect();
    all.join("; ").into()
}

fn flag(value: bool) -> Cell {
    if value { "yes" } else { "no" }.into()
}

/// Returns the id of an emission's amount.
pub fn emission_id(row: &EmissionRow, measure: &str) -> String {
    let year = row.year.to_string();
    let keys = [
        &row.region,
        &year,
        &row.category,
        &row.method,
        &row.item,
        &row.gas,
    ];
    number_id(EMISSIONS.name, &keys.map(String::as_str), measure)
}

/// Returns the id of a total.
pub fn total_id(total: &ViewTotal) -> String {
    let (year, view) = (total.year.to_string(), total.view.word());
    let keys = [total.region.as_str(), &year, &view, &total.gas];
    number_id(CARBON_TOTALS.name, &keys, "value_g")
}

/// Returns the id of an indicator.
pub fn indicator_id(number: &IndicatorNumber) -> String {
    let year = number.year.to_string();
    let keys = [
        number.region.as_str(),
        &year,
        &number.indicator,
        &number.method,
    ];
    number_id(CARBON_INDICATORS.name, &keys, "value")
}

fn sink_id(sink: &SinkNumber) -> String {
    let year = sink.year.to_string();
    let keys = [
        sink.region.as_str(),
        &year,
        &sink.pool,
        sink.kind.word(),
        &sink.method,
        &sink.output,
        &sink.item,
    ];
    number_id(SINKS.name, &keys, "value")
}

/// Lays out emissions.
pub fn emissions_table(rows: &[EmissionRow], carbon: &CarbonMethodology, set: &str) -> NamedTable {
    let mut table = TableBuilder::new(&EMISSIONS);
    let empty = Title::default();
    for row in rows {
        let category = carbon.categories.get(&row.category);
        let title = category.map_or(&empty, |own| &own.title);
        let scope = category.map_or("", |own| match (own.memo, own.indirect) {
            (true, _) => "memo",
            (_, true) => "2",
            _ => "1",
        });
        let percent = row
            .uncertainty
            .as_ref()
            .map(|share| format_exact(&(share * Rational::from_integer(100.into()))));
        table.row(vec![
            row.region.as_str().into(),
            row.year.to_string().into(),
            row.category.as_str().into(),
            row.method.as_str().into(),
            row.item.as_str().into(),
            row.gas.as_str().into(),
            title.zh.as_str().into(),
            title.en.as_str().into(),
            category.map_or("", |own| &own.sector).into(),
            category.map_or("", |own| &own.section).into(),
            scope.into(),
            row.notation.into(),
            Cell::Decimal(row.amount_g),
            Cell::Decimal(row.co2e_g),
            if row.warming.is_some() { set } else { "" }.into(),
            row.warming
                .as_ref()
                .map(format_exact)
                .unwrap_or_default()
                .into(),
            percent.unwrap_or_default().into(),
            trust(row.trust),
            joined(&row.missing),
            emission_id(row, "amount_g").into(),
            emission_id(row, "co2e_g").into(),
        ]);
    }
    table.finish()
}

/// Lays out the totals.
pub fn carbon_totals_table(totals: &[ViewTotal]) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_TOTALS);
    for total in totals {
        table.row(vec![
            total.region.as_str().into(),
            total.year.to_string().into(),
            total.view.word().into(),
            total.gas.as_str().into(),
            Cell::Decimal(total.value_g),
            flag(!total.missing.is_empty()),
            texts(&total.missing),
            trust(total.trust),
            total_id(total).into(),
        ]);
    }
    table.finish()
}

/// Lays out the indicators; `titles` are those of methods.
pub fn carbon_indicators_table(
    numbers: &[IndicatorNumber],
    carbon: &CarbonMethodology,
    titles: &BTreeMap<String, Title>,
) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_INDICATORS);
    let empty = Title::default();
    for number in numbers {
        let mut rules = carbon.indicators.iter();
        let rule = rules.find(|rule| rule.id == number.indicator && rule.method == number.method);
        let title = rule.map_or(&empty, |rule| &rule.title);
        let method = titles.get(&number.method).unwrap_or(&empty);
        table.row(vec![
            number.region.as_str().into(),
            number.year.to_string().into(),
            number.indicator.as_str().into(),
            number.method.as_str().into(),
            title.zh.as_str().into(),
            title.en.as_str().into(),
            method.zh.as_str().into(),
            method.en.as_str().into(),
            decimal(number.value.as_ref()),
            number.unit.as_str().into(),
            number.definition.as_str().into(),
            trust(number.trust),
            joined(&number.missing),
            indicator_id(number).into(),
        ]);
    }
    table.finish()
}

/// Lays out indicators that later publications changed.
pub fn carbon_recalculation_table(all: &[Recalculation], as_of: &str) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_RECALCULATION);
    let zero = Rational::from_integer(0.into());
    for own in all {
        let year = own.year.to_string();
        let keys = [own.region.as_str(), &year, &own.indicator, &own.method];
        let change = own.change();
        let before = own.earlier.as_ref().filter(|before| **before != zero);
        let share = change
            .as_ref()
            .zip(before)
            .map(|(own, before)| own / before);
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(as_of.into());
        cells.push(decimal(own.earlier.as_ref()));
        cells.push(decimal(own.value.as_ref()));
        cells.push(decimal(change.as_ref()));
        cells.push(share.as_ref().map_or(Cell::Decimal(None), percent));
        cells.push(own.unit.as_str().into());
        cells.push(own.state().into());
        cells.push(number_id(CARBON_RECALCULATION.name, &keys, "value").into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out the targets.
pub fn carbon_targets_table(
    targets: &[TargetNumber],
    rules: &BTreeMap<String, Target>,
) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_TARGETS);
    for number in targets {
        let Some(target) = rules.get(&number.target) else {
            continue;
        };
        let year = |year: Option<u16>| year.map(|year| year.to_string()).unwrap_or_default();
        table.row(vec![
            number.target.as_str().into(),
            target.region_code.as_str().into(),
            target.indicator.as_str().into(),
            target.method.as_str().into(),
            target.title.zh.as_str().into(),
            target.title.en.as_str().into(),
            target.year.to_string().into(),
            target.direction.word().into(),
            decimal(Some(&target.value)),
            target.unit_text.as_str().into(),
            year(target.base_year).into(),
            year(number.year).into(),
            decimal(number.value.as_ref()),
            decimal(number.gap.as_ref()),
            decimal(number.path.as_ref()),
            decimal(number.required_annual_rate.as_ref()),
            number.progress.word().into(),
            target.status.word().into(),
            match target.citation.clause.as_str() {
                "" => target.citation.document.as_str().into(),
                clause => format!("{}: {clause}", target.citation.document).into(),
            },
            number_id(CARBON_TARGETS.name, &[&number.target], "value").into(),
        ]);
    }
    table.finish()
}

/// Lays out the sinks.
pub fn sinks_table(sinks: &[SinkNumber], rules: &[SinkRule]) -> NamedTable {
    let mut table = TableBuilder::new(&SINKS);
    let empty = Title::default();
    for sink in sinks {
        let mut all = rules.iter();
        let rule = all.find(|rule| rule.method == sink.method && rule.output == sink.output);
        let title = rule.map_or(&empty, |rule| &rule.title);
        table.row(vec![
            sink.region.as_str().into(),
            sink.year.to_string().into(),
            sink.pool.as_str().into(),
            sink.kind.word().into(),
            sink.method.as_str().into(),
            sink.output.as_str().into(),
            sink.item.as_str().into(),
            title.zh.as_str().into(),
            title.en.as_str().into(),
            decimal(sink.value.as_ref()),
            sink.unit.as_str().into(),
            flag(sink.counts),
            trust(sink.trust),
            joined(&sink.missing),
            sink_id(sink).into(),
        ]);
    }
    table.finish()
}

/// Lays out the net positions.
pub fn net_position_table(all: &[NetPosition]) -> NamedTable {
    let mut table = TableBuilder::new(&NET_POSITION);
    for net in all {
        let year = net.year.to_string();
        let id = number_id(NET_POSITION.name, &[&net.region, &year], "net_g");
        table.row(vec![
            net.region.as_str().into(),
            year.into(),
            Cell::Decimal(net.emissions_g),
            Cell::Decimal(net.removals_g),
            Cell::Decimal(net.net_g),
            Cell::Decimal(net.sold_g),
            Cell::Decimal(net.net_of_sold_g),
            trust(net.trust),
            texts(&net.missing),
            id.into(),
        ]);
    }
    table.finish()
}

/// Lays out the carbon item of a GEP account beside the books.
pub fn carbon_consistency_table(all: &[Consistency]) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_CONSISTENCY);
    for own in all {
        let year = own.gep.year.to_string();
        let id = number_id(
            CARBON_CONSISTENCY.name,
            &[&own.gep.region, &year],
            "gep_fixed_t",
        );
        let share = own.net_share.as_ref();
        table.row(vec![
            own.gep.region.as_str().into(),
            year.into(),
            own.gep.run_id.as_str().into(),
            own.gep.method.as_str().into(),
            decimal(own.gep.fixed_t.as_ref()),
            Cell::Decimal(own.gep.value_fen),
            decimal(own.gross_t.as_ref()),
            decimal(own.difference_t.as_ref()),
            decimal(own.net_t.as_ref()),
            share.map_or(Cell::Decimal(None), percent),
            Cell::Decimal(own.sold_g),
            own.priced.word().into(),
            id.into(),
        ]);
    }
    table.finish()
}

/// Lays out what the computed numbers were made of.
pub fn carbon_lineage_table(
    emissions: &[EmissionRow],
    numbers: &[IndicatorNumber],
    sinks: &[SinkNumber],
) -> NamedTable {
    let mut all: BTreeMap<String, &[Leaf]> = BTreeMap::new();
    for row in emissions.iter().filter(|row| !row.leaves.is_empty()) {
        all.insert(emission_id(row, "amount_g"), &row.leaves);
    }
    all.extend(
        numbers
            .iter()
            .map(|one| (indicator_id(one), &one.leaves[..])),
    );
    all.extend(sinks.iter().map(|one| (sink_id(one), &one.leaves[..])));
    let mut table = TableBuilder::new(&CARBON_LINEAGE);
    for (id, leaves) in all {
        for (position, leaf) in leaves.iter().enumerate() {
            table.row(leaf_cells(&id, position, leaf));
        }
    }
    table.finish()
}

fn leaf_cells(id: &str, position: usize, leaf: &Leaf) -> Vec<Cell> {
    let (formula, substituted) = leaf.formula.clone().unwrap_or_default();
    vec![
        id.into(),
        Cell::Count(u64::try_from(position).unwrap_or(u64::MAX)),
        Cell::Count(leaf.depth.into()),
        leaf.kind.word().into(),
        leaf.name.as_str().into(),
        leaf.from.as_str().into(),
        leaf.at.as_str().into(),
        leaf.value.as_ref().map(shown).unwrap_or_default().into(),
        leaf.unit.as_str().into(),
        formula.into(),
        substituted.into(),
        leaf.definition.as_str().into(),
        trust(leaf.trust),
        leaf.source.as_str().into(),
        leaf.place.as_str().into(),
    ]
}

/// A value exactly where it is a decimal, else to 15 digits.
fn shown(value: &Rational) -> String {
    gep_core::quantity::format_decimal(value, 15)
}

/// Lays out closed balances.
pub fn energy_balance_table(lines: &[BalanceLine], carbon: &CarbonMethodology) -> NamedTable {
    let mut table = TableBuilder::new(&ENERGY_BALANCE);
    for line in lines {
        let flow = carbon.balance.flow(&line.flow);
        let carrier = carbon.balance.carrier(&line.carrier);
        let year = line.year.to_string();
        let keys = [line.region.as_str(), &year, &line.flow, &line.carrier];
        let id = number_id(ENERGY_BALANCE.name, &keys, "value");
        table.row(vec![
            line.region.as_str().into(),
            year.as_str().into(),
            line.flow.as_str().into(),
            line.carrier.as_str().into(),
            flow.map_or("", |flow| &flow.title.zh).into(),
            carrier.map_or("", |carrier| &carrier.title.zh).into(),
            flow.map_or("derived", |flow| flow.part.word()).into(),
            flow.and_then(|flow| flow.parent.as_deref())
                .unwrap_or_default()
                .into(),
            decimal(Some(&line.value)),
            line.unit.as_str().into(),
            decimal(line.tce_calorific.as_ref()),
            decimal(line.tce_coal_equivalent.as_ref()),
            flag(line.derived),
            line.status.as_str().into(),
            line.source.as_str().into(),
            line.place.as_str().into(),
            id.into(),
        ]);
    }
    table.finish()
}

/// Lays out the regions: code, level, names, parent.
pub fn carbon_regions_table(regions: &[[String; 5]]) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_REGIONS);
    for region in regions {
        table.row(region.iter().map(|text| text.as_str().into()).collect());
    }
    table.finish()
}

/// Lays out what the files gave: region, year, quantity, item, definition, vintage, value,
/// unit, whether it is used, status, source, place.
pub fn carbon_facts_table(rows: &[[String; 12]]) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_FACTS);
    for row in rows {
        table.row(row.iter().map(|text| text.as_str().into()).collect());
    }
    table.finish()
}

/// Lays out key categories.
pub fn key_categories_table(rows: &[KeyCategory]) -> NamedTable {
    let mut table = TableBuilder::new(&KEY_CATEGORIES);
    for row in rows {
        let year = row.year.to_string();
        let keys = [row.region.as_str(), &year, &row.category];
        let id = number_id(KEY_CATEGORIES.name, &keys, "co2e_g");
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(Cell::Count(row.rank));
        cells.push(row.co2e_g.into());
        cells.push(percent(&row.share));
        cells.push(percent(&row.cumulative));
        cells.push(flag(row.key));
        cells.push(
            row.uncertainty
                .as_ref()
                .map_or(Cell::Decimal(None), percent),
        );
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out categories by trend.
pub fn key_category_trends_table(rows: &[KeyTrend], threshold: &Rational) -> NamedTable {
    let hundred = Rational::from_integer(100.into());
    let threshold = format_exact(&(threshold * hundred));
    let mut table = TableBuilder::new(&KEY_CATEGORY_TRENDS);
    for row in rows {
        let (base, year) = (row.base_year.to_string(), row.year.to_string());
        let keys = [row.region.as_str(), &base, &year, &row.category];
        let id = number_id(KEY_CATEGORY_TRENDS.name, &keys, "trend_percent");
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(Cell::Count(row.rank));
        cells.push(Cell::Decimal(row.base_co2e_g));
        cells.push(Cell::Decimal(row.co2e_g));
        for share in [&row.trend, &row.share, &row.cumulative] {
            cells.push(share.as_ref().map_or(Cell::Decimal(None), percent));
        }
        cells.push(threshold.as_str().into());
        cells.push(flag(row.key));
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}

/// Lays out how uncertain totals are.
pub fn carbon_uncertainty_table(rows: &[TotalUncertainty], draws: Option<Draws>) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_UNCERTAINTY);
    for row in rows {
        let year = row.year.to_string();
        let keys = [row.region.as_str(), &year];
        let id = number_id(CARBON_UNCERTAINTY.name, &keys, "propagated_percent");
        let told = match row.whole_g {
            0 => None,
            whole => Some(Rational::new(row.told_g.into(), whole.into())),
        };
        let without: Vec<&str> = row.without.iter().map(String::as_str).collect();
        let spell = |term: Option<String>| -> Cell { term.unwrap_or_default().into() };
        let mut cells: Vec<Cell> = keys.iter().map(|key| (*key).into()).collect();
        cells.push(row.co2e_g.into());
        cells.push(row.told_g.into());
        cells.push(told.as_ref().map_or(Cell::Decimal(None), percent));
        cells.push(without.join(" ").into());
        for share in [&row.propagated, &row.drawn] {
            cells.push(share.as_ref().map_or(Cell::Decimal(None), percent));
        }
        cells.push(spell(draws.map(|own| own.seed.to_string())));
        cells.push(spell(draws.map(|own| own.draws.to_string())));
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}

fn percent(share: &Rational) -> Cell {
    decimal(Some(&(share * Rational::from_integer(100.into()))))
}

/// Lays out titles by name.
pub fn carbon_names_table(names: &BTreeMap<String, Title>) -> NamedTable {
    let mut table = TableBuilder::new(&CARBON_NAMES);
    for (name, title) in names {
        table.row(vec![
            name.as_str().into(),
            title.zh.as_str().into(),
            title.en.as_str().into(),
        ]);
    }
    table.finish()
}
