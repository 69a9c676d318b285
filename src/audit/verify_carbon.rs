//! Verifies the carbon books from their tables: what an auditor would add up again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, parse_decimal, quanta};
use gep_core::storage::number_id;

use super::tables::Table;
use super::verify::{Ledger, Verification};
use super::verify_carbon_consistency;
use super::verify_carbon_recalculation;
use super::verify_carbon_uncertainty;
use super::verify_files;
use crate::output::{
    CARBON_FACTS, CARBON_INDICATORS, CARBON_LINEAGE, CARBON_NAMES, CARBON_PATHS, CARBON_REGIONS,
    CARBON_TARGETS, CARBON_TOTALS, DECOMPOSITION, DECOUPLING, EMISSIONS, ENERGY_BALANCE,
    KEY_CATEGORIES, Manifest, NET_POSITION, PEAK, SINKS,
};

/// The tables of the books.
struct Books {
    facts: Table,
    balance: Table,
    emissions: Table,
    totals: Table,
    indicators: Table,
    sinks: Table,
    net: Table,
    lineage: Table,
    decomposition: Table,
    regions: Table,
    key_categories: Table,
}

/// Verifies a folder of carbon books: files by digest, then what follows from what.
///
/// # Errors
///
/// If there is no manifest. Tables that cannot be read are part of the verification.
pub fn verify_carbon(folder: &Path) -> Result<Verification, Findings> {
    let manifest = Manifest::read(folder)?;
    let mut ledger = Ledger::default();
    verify_files::check_files(folder, &manifest, &mut ledger);
    let read = read(folder).and_then(|books| {
        books.check(&mut ledger);
        verify_carbon_consistency::check(folder, &mut ledger)?;
        verify_carbon_recalculation::check(folder, &mut ledger)?;
        verify_carbon_uncertainty::check(folder, &mut ledger)
    });
    let unread = read.err().map_or_else(Vec::new, |findings| findings.0);
    Ok(Verification {
        folder: folder.to_path_buf(),
        run_id: manifest.run_id,
        checked: ledger.checked,
        differences: ledger.differences,
        unread,
    })
}

fn read(folder: &Path) -> Result<Books, Findings> {
    // These carry no sums, but a strange column in them is as suspect.
    for schema in [
        &CARBON_NAMES,
        &CARBON_TARGETS,
        &PEAK,
        &DECOUPLING,
        &CARBON_PATHS,
    ] {
        Table::read(folder, schema)?;
    }
    Ok(Books {
        facts: Table::read(folder, &CARBON_FACTS)?,
        balance: Table::read(folder, &ENERGY_BALANCE)?,
        emissions: Table::read(folder, &EMISSIONS)?,
        totals: Table::read(folder, &CARBON_TOTALS)?,
        indicators: Table::read(folder, &CARBON_INDICATORS)?,
        sinks: Table::read(folder, &SINKS)?,
        net: Table::read(folder, &NET_POSITION)?,
        lineage: Table::read(folder, &CARBON_LINEAGE)?,
        decomposition: Table::read(folder, &DECOMPOSITION)?,
        regions: Table::read(folder, &CARBON_REGIONS)?,
        key_categories: Table::read(folder, &KEY_CATEGORIES)?,
    })
}

fn key(table: &Table, row: usize) -> String {
    let parts = table.schema.keys.iter().map(|name| table.text(name, row));
    parts.collect::<Vec<_>>().join(", ")
}

fn shown(value: Option<i128>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

impl Books {
    fn check(&self, ledger: &mut Ledger) {
        self.ids(ledger);
        self.lineage_there(ledger);
        self.warming(ledger);
        self.totals(ledger);
        self.sectors(ledger);
        self.parts(ledger);
        self.balances(ledger);
        self.shares(ledger);
        self.effects(ledger);
        self.net(ledger);
        self.keys(ledger);
    }

    /// Ids follow from the keys.
    fn ids(&self, ledger: &mut Ledger) {
        let tables = [
            (&self.emissions, "amount_g", "number_id"),
            (&self.emissions, "co2e_g", "co2e_number_id"),
            (&self.totals, "value_g", "number_id"),
            (&self.indicators, "value", "number_id"),
            (&self.sinks, "value", "number_id"),
            (&self.net, "net_g", "number_id"),
            (&self.balance, "value", "number_id"),
            (&self.decomposition, "effect_t", "number_id"),
        ];
        for (table, measure, column) in tables {
            for row in 0..table.rows() {
                ledger.count("ids", 1);
                let keys = table.schema.keys.iter().map(|name| table.text(name, row));
                let keys: Vec<&str> = keys.collect();
                let id = number_id(table.schema.name, &keys, measure);
                if id != table.text(column, row) {
                    let found = table.text(column, row);
                    ledger.differ("verify-number-id", table.schema, key(table, row), id, found);
                }
            }
        }
    }

    /// Every computed number has its law and the rows it was made of, each with file and
    /// source.
    fn lineage_there(&self, ledger: &mut Ledger) {
        let mut steps: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for row in 0..self.lineage.rows() {
            steps
                .entry(self.lineage.text("number_id", row))
                .or_default()
                .push(row);
        }
        let mut computed: Vec<(&Table, usize)> = Vec::new();
        for (table, measure) in [(&self.indicators, "value"), (&self.sinks, "value")] {
            let values = table.amounts(measure);
            computed.extend(
                (0..table.rows())
                    .filter(|row| values[*row].is_some())
                    .map(|row| (table, row)),
            );
        }
        let amounts = self.emissions.amounts("amount_g");
        let by_law = |row: &usize| {
            amounts[*row].is_some() && self.emissions.text("method_id", *row) != "measured"
        };
        computed.extend(
            (0..self.emissions.rows())
                .filter(by_law)
                .map(|row| (&self.emissions, row)),
        );
        for (table, row) in computed {
            ledger.count("lineage", 1);
            let own = steps.get(table.text("number_id", row));
            let whole = own.is_some_and(|rows| rows.iter().all(|row| self.has_source(*row)));
            if !whole {
                let (schema, key) = (table.schema, key(table, row));
                ledger.differ(
                    "verify-carbon-orphan",
                    schema,
                    key,
                    "formula, file, source",
                    "-",
                );
            }
        }
    }

    fn has_source(&self, row: usize) -> bool {
        let text = |name: &str| self.lineage.text(name, row);
        match text("kind") {
            "step" => !text("formula").is_empty(),
            "number" => !text("source").is_empty(),
            _ => {
                text("value").is_empty() || !text("source").is_empty() && !text("place").is_empty()
            }
        }
    }

    /// CO2e is gas x warming potential, of one set in the whole run.
    fn warming(&self, ledger: &mut Ledger) {
        let table = &self.emissions;
        let (amounts, co2e) = (table.amounts("amount_g"), table.amounts("co2e_g"));
        let mut sets: BTreeMap<&str, &str> = BTreeMap::new();
        for row in 0..table.rows() {
            let potential = table.text("warming_potential", row);
            let set = table.text("warming_set", row);
            if potential.is_empty() {
                continue;
            }
            ledger.count("warming", 1);
            let first = sets.entry(table.text("gas", row)).or_insert(potential);
            let one_set = *first == potential
                && (0..row).all(|other| {
                    let own = table.text("warming_set", other);
                    own.is_empty() || own == set
                });
            let expected = amounts[row]
                .zip(parse_decimal(potential))
                .and_then(|(grams, own)| {
                    let one = Rational::from_integer(1.into());
                    i128::try_from(quanta(&(Rational::from_integer(grams.into()) * own), &one)).ok()
                });
            if expected != co2e[row] || !one_set {
                let found = format!("{} ({set})", shown(co2e[row]));
                ledger.differ(
                    "verify-carbon-warming",
                    table.schema,
                    key(table, row),
                    shown(expected),
                    found,
                );
            }
        }
    }

    /// Rows of the inventory by region, year and gas, that count in a view.
    fn sum(&self, place: (&str, &str), gas: &str, counts: &dyn Fn(usize) -> bool) -> Option<i128> {
        let table = &self.emissions;
        let warm = gas == "CO2e";
        let values = table.amounts(if warm { "co2e_g" } else { "amount_g" });
        let own = (0..table.rows()).filter(|row| {
            table.text("region_code", *row) == place.0
                && table.text("year", *row) == place.1
                && (warm && !table.text("warming_potential", *row).is_empty()
                    || !warm && table.text("gas", *row) == gas)
                && counts(*row)
        });
        let known: Vec<i128> = own.filter_map(|row| values[row]).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }

    /// Views are sums of the inventory.
    fn totals(&self, ledger: &mut Ledger) {
        let values = self.totals.amounts("value_g");
        for (row, value) in values.iter().enumerate() {
            let text = |name: &str| self.totals.text(name, row);
            let scope = |row: usize| self.emissions.text("scope", row);
            let view = text("view");
            let place = (text("region_code"), text("year"));
            let of = |name: &str, row: usize| {
                self.emissions.text(name, row) == view.split_once(':').map_or("", |(_, id)| id)
            };
            let expected = match view.split(':').next().unwrap_or_default() {
                "direct" => self.sum(place, text("gas"), &|row| scope(row) == "1"),
                "with_imported_electricity" => {
                    self.sum(place, text("gas"), &|row| ["1", "2"].contains(&scope(row)))
                }
                "section" => self.sum(place, text("gas"), &|row| {
                    scope(row) == "1" && of("section", row)
                }),
                "producer" => self.sum(place, text("gas"), &|row| {
                    scope(row) == "1" && of("sector", row)
                }),
                "memo" => self.sum(place, text("gas"), &|row| {
                    scope(row) == "memo" && of("category", row)
                }),
                _ => continue,
            };
            ledger.count("totals", 1);
            if expected != *value {
                let key = key(&self.totals, row);
                ledger.differ(
                    "verify-carbon-total",
                    self.totals.schema,
                    key,
                    shown(expected),
                    shown(*value),
                );
            }
            // A total that lacks a member says so.
            let partial = text("partial") == "yes";
            if partial == text("missing").is_empty() {
                let key = key(&self.totals, row);
                ledger.differ(
                    "verify-carbon-partial",
                    self.totals.schema,
                    key,
                    text("missing"),
                    text("partial"),
                );
            }
        }
    }

    /// Totals of CO2e by region, year and view.
    fn co2e(&self) -> BTreeMap<(&str, &str, &str), i128> {
        let values = self.totals.amounts("value_g");
        let own = (0..self.totals.rows()).filter(|row| self.totals.text("gas", *row) == "CO2e");
        own.filter_map(|row| {
            let text = |name: &str| self.totals.text(name, row);
            Some((
                (text("region_code"), text("year"), text("view")),
                values[row]?,
            ))
        })
        .collect()
    }

    /// Sections, producing sectors and end-use sectors each add up to direct emissions.
    fn sectors(&self, ledger: &mut Ledger) {
        let all = self.co2e();
        for ((region, year, view), direct) in &all {
            if *view != "direct" {
                continue;
            }
            for kind in ["section:", "producer:", "end_use:"] {
                let parts: Vec<i128> = all
                    .iter()
                    .filter(|((own, at, view), _)| {
                        own == region && at == year && view.starts_with(kind)
                    })
                    .map(|(_, value)| *value)
                    .collect();
                let sum: i128 = parts.iter().sum();
                if parts.is_empty() {
                    continue;
                }
                ledger.count("views", 1);
                if sum != *direct {
                    let key = format!("{region}, {year}, {kind}");
                    ledger.differ("verify-carbon-view", self.totals.schema, key, direct, sum);
                }
            }
        }
    }

    /// What a region has beyond the regions below is a row of its own.
    fn parts(&self, ledger: &mut Ledger) {
        let all = self.co2e();
        for ((region, year, view), sum) in &all {
            if *view != "parts" {
                continue;
            }
            ledger.count("parts", 1);
            let below = (0..self.regions.rows())
                .filter(|row| self.regions.text("parent_code", *row) == *region);
            let expected: i128 = below
                .filter_map(|row| {
                    all.get(&(self.regions.text("region_code", row), *year, "direct"))
                })
                .sum();
            let difference = all.get(&(*region, *year, "parts_difference")).copied();
            let direct = all.get(&(*region, *year, "direct")).copied();
            if expected != *sum || difference != direct.map(|own| own - sum) {
                let key = format!("{region}, {year}");
                ledger.differ(
                    "verify-carbon-parts",
                    self.totals.schema,
                    key,
                    expected,
                    sum,
                );
            }
        }
    }

    /// Supply and transformation less losses and final consumption is the difference shown.
    fn balances(&self, ledger: &mut Ledger) {
        let table = &self.balance;
        let values = table.amounts("value");
        let mut groups: BTreeMap<[&str; 3], BTreeMap<&str, i128>> = BTreeMap::new();
        for (row, value) in values.iter().enumerate() {
            let group = ["region_code", "year", "carrier"].map(|name| table.text(name, row));
            let flows = groups.entry(group).or_default();
            if let Some(value) = value {
                flows.insert(table.text("flow", row), *value);
            }
            let part = match table.text("part", row) {
                "supply" | "transformation" => "what enters",
                "loss" => "losses of all flows",
                _ => continue,
            };
            *flows.entry(part).or_default() += value.unwrap_or_default();
        }
        for (group, flows) in groups {
            ledger.count("balances", 1);
            let of = |flow: &str| flows.get(flow).copied().unwrap_or_default();
            let expected = of("supply_total") - of("losses of all flows") - of("final_total");
            let both = flows.contains_key("supply_total") && flows.contains_key("final_total");
            let shows = flows.get("difference").copied() == both.then_some(expected);
            let finally = flows.get("final_consumption");
            let whole = finally.is_none_or(|own| *own == of("final_total"));
            if !shows || !whole || of("what enters") != of("supply_total") {
                let found = shown(flows.get("difference").copied());
                ledger.differ(
                    "verify-carbon-balance",
                    table.schema,
                    group.join(", "),
                    expected,
                    found,
                );
            }
        }
    }

    /// Shares lie between nothing and the whole and say by which method they stand; a
    /// number that is missing says what it lacks.
    fn shares(&self, ledger: &mut Ledger) {
        let table = &self.indicators;
        let values = table.amounts("value");
        for (row, value) in values.iter().enumerate() {
            ledger.count("indicators", 1);
            let share =
                table.text("unit", row) == "%" && table.text("indicator", row).ends_with("share");
            let whole = 100 * 10_i128.pow(crate::output::CARBON_SCALE.unsigned_abs().into());
            let outside = share && value.is_some_and(|value| !(0..=whole).contains(&value));
            let silent = value.is_none() == table.text("missing", row).is_empty();
            if outside || silent || table.text("method_id", row).is_empty() {
                let found = format!("{} / {}", shown(*value), table.text("missing", row));
                ledger.differ(
                    "verify-carbon-indicator",
                    table.schema,
                    key(table, row),
                    "0-100 %",
                    found,
                );
            }
        }
        // Of one number and definition one vintage is used.
        let mut used = BTreeSet::new();
        for row in (0..self.facts.rows()).filter(|row| self.facts.text("used", *row) == "yes") {
            ledger.count("facts", 1);
            let key =
                ["region_code", "year", "quantity", "item"].map(|name| self.facts.text(name, row));
            if !used.insert(key) {
                ledger.differ(
                    "verify-key-twice",
                    self.facts.schema,
                    key.join(", "),
                    "1",
                    "2",
                );
            }
        }
    }

    /// Effects of factors add up to the change.
    fn effects(&self, ledger: &mut Ledger) {
        let table = &self.decomposition;
        let (effects, changes) = (table.amounts("effect_t"), table.amounts("change_t"));
        let mut sums: BTreeMap<[&str; 4], (i128, Option<i128>)> = BTreeMap::new();
        for row in 0..table.rows() {
            let group = ["region_code", "identity", "from_year", "to_year"]
                .map(|name| table.text(name, row));
            let sum = sums.entry(group).or_insert((0, changes[row]));
            sum.0 += effects[row].unwrap_or_default();
        }
        for (group, (sum, change)) in sums {
            ledger.count("effects", 1);
            if change.is_some_and(|change| change != sum) {
                ledger.differ(
                    "verify-carbon-effects",
                    table.schema,
                    group.join(", "),
                    shown(change),
                    sum,
                );
            }
        }
    }

    /// The net position nets what counts, and nothing else: gross fixation never does.
    fn net(&self, ledger: &mut Ledger) {
        let mut removals: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        let values = self.sinks.amounts("value");
        for (row, value) in values.iter().enumerate() {
            let text = |name: &str| self.sinks.text(name, row);
            if text("meets_emissions") != "yes" {
                continue;
            }
            ledger.count("sinks", 1);
            if text("kind") != "net_stock_change" {
                let key = key(&self.sinks, row);
                ledger.differ(
                    "verify-carbon-gross",
                    self.sinks.schema,
                    key,
                    "net_stock_change",
                    text("kind"),
                );
            }
            // Tonnes with six digits are grams.
            *removals
                .entry((text("region_code"), text("year")))
                .or_default() += value.unwrap_or_default();
        }
        let co2e = self.co2e();
        let column = |name: &str| self.net.amounts(name);
        let [out, back, net, sold, left] = [
            "emissions_g",
            "removals_g",
            "net_g",
            "sold_g",
            "net_of_sold_g",
        ]
        .map(column);
        for row in 0..self.net.rows() {
            ledger.count("net", 1);
            let (region, year) = (
                self.net.text("region_code", row),
                self.net.text("year", row),
            );
            let expected = removals.get(&(region, year)).copied();
            let emitted = co2e
                .get(&(region, year, "with_imported_electricity"))
                .copied();
            let sums = net[row] == out[row].zip(back[row]).map(|(out, back)| out - back)
                && left[row] == net[row].zip(sold[row]).map(|(net, sold)| net + sold)
                && back[row] == expected
                && (out[row].is_none() || out[row] == emitted);
            if !sums {
                let key = key(&self.net, row);
                ledger.differ(
                    "verify-carbon-net",
                    self.net.schema,
                    key,
                    shown(expected),
                    shown(back[row]),
                );
            }
        }
    }

    /// Key categories are ranked by size and add up to the whole.
    fn keys(&self, ledger: &mut Ledger) {
        let table = &self.key_categories;
        let (grams, cumulative) = (table.amounts("co2e_g"), table.amounts("cumulative_percent"));
        let mut last: BTreeMap<[&str; 2], (i128, i128)> = BTreeMap::new();
        let mut rows: Vec<usize> = (0..table.rows()).collect();
        rows.sort_by_key(|row| {
            let text = |name: &str| table.text(name, *row);
            (
                text("region_code"),
                text("year"),
                table.counts("rank")[*row],
            )
        });
        for row in rows {
            ledger.count("key categories", 1);
            let place = ["region_code", "year"].map(|name| table.text(name, row));
            let (own, sum) = (
                grams[row].unwrap_or_default(),
                cumulative[row].unwrap_or_default(),
            );
            let before = last.insert(place, (own, sum));
            if before.is_some_and(|(larger, so_far)| larger.abs() < own.abs() || so_far > sum) {
                ledger.differ("verify-carbon-key", table.schema, key(table, row), "-", own);
            }
        }
        let whole = 100 * 10_i128.pow(crate::output::CARBON_SCALE.unsigned_abs().into());
        for (place, (_, sum)) in last {
            if sum != whole {
                ledger.differ(
                    "verify-carbon-key",
                    table.schema,
                    place.join(", "),
                    whole,
                    sum,
                );
            }
        }
    }
}
