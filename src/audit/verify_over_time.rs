//! Level 2, accounts over time: extent, change and assets close, to the integer.
//! Their tables are there only where the run has such an account.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::storage::number_id;

use super::numbers::ALL;
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_change::{check_change_objects, check_deflated};
use super::verify_condition::check_condition;
use crate::output::{
    ASSET, CHANGE, CHANGE_OBJECTS, CONDITION, EXTENT_ACCOUNT, EXTENT_CHANGE, SUPPLY_USE, Schema,
};

/// Item of the account's sum.
const GEP: &str = "gep";
/// The user of a service whose shares are not given.
const NOT_GIVEN: &str = "not_given";
/// Items of the change table that are no effect.
const NO_EFFECT: [&str; 4] = ["value_base", "value", "constant_price", "change"];

/// The tables of the accounts over time that a run has.
pub(super) struct OverTime {
    extent_change: Option<Table>,
    extent_account: Option<Table>,
    change: Option<Table>,
    change_objects: Option<Table>,
    condition: Option<Table>,
    asset: Option<Table>,
    supply_use: Option<Table>,
}

impl OverTime {
    /// Reads the tables that are there.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let read = |schema: &'static Schema| {
            let there = folder.join(schema.path()).is_file();
            there.then(|| Table::read(folder, schema)).transpose()
        };
        Ok(Self {
            extent_change: read(&EXTENT_CHANGE)?,
            extent_account: read(&EXTENT_ACCOUNT)?,
            change: read(&CHANGE)?,
            change_objects: read(&CHANGE_OBJECTS)?,
            condition: read(&CONDITION)?,
            asset: read(&ASSET)?,
            supply_use: read(&SUPPLY_USE)?,
        })
    }

    /// Checks every table that is there.
    pub(super) fn check(&self, books: &Books<'_>, ledger: &mut Ledger) {
        for (table, measure) in [
            (&self.extent_change, "area_mm2"),
            (&self.extent_account, "closing_mm2"),
            (&self.change, "value_fen"),
            (&self.change_objects, "value_fen"),
            (&self.asset, "asset_fen"),
            (&self.supply_use, "value_fen"),
        ] {
            if let Some(table) = table {
                check_ids(table, measure, ledger);
            }
        }
        if let (Some(matrix), Some(account)) = (&self.extent_change, &self.extent_account) {
            check_extent(matrix, account, books, ledger);
        }
        if let Some(change) = &self.change {
            check_change(change, books, ledger);
            check_deflated(change, books, ledger);
            if let Some(objects) = &self.change_objects {
                check_change_objects(objects, change, ledger);
            }
        }
        if let Some(condition) = &self.condition {
            check_condition(condition, books, ledger);
        }
        if let Some(asset) = &self.asset {
            check_asset(asset, books, ledger);
        }
        if let Some(table) = &self.supply_use {
            check_supply_use(table, books, ledger);
        }
    }
}

fn keys(table: &Table, row: usize) -> Vec<&str> {
    let of = |name: &&str| table.text(name, row);
    table.schema.keys.iter().map(of).collect()
}

pub(super) fn check_ids(table: &Table, measure: &str, ledger: &mut Ledger) {
    let mut seen = BTreeSet::new();
    for row in 0..table.rows() {
        ledger.count("number-ids", 1);
        let own = keys(table, row);
        let (expected, found) = (
            number_id(table.schema.name, &own, measure),
            table.text("number_id", row),
        );
        let key = own.join(", ");
        if expected != found {
            ledger.differ(
                "verify-number-id",
                table.schema,
                key.clone(),
                expected,
                found,
            );
        }
        if !seen.insert(own) {
            ledger.differ("verify-key-twice", table.schema, key, 1, 2);
        }
    }
}

/// Rows and columns of the matrix are the opening and the closing of the account, the
/// closing is the extent of the run, and regions add up.
fn check_extent(matrix: &Table, account: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let areas = matrix.amounts("area_mm2");
    let mut sums: BTreeMap<(&str, &str), [i128; 4]> = BTreeMap::new();
    let mut parts: BTreeMap<Vec<&str>, i128> = BTreeMap::new();
    for (row, area) in areas.iter().enumerate() {
        let area = area.unwrap_or(0);
        let own = keys(matrix, row);
        let (region, from, to) = (own[0], own[1], own[2]);
        let moved = if from == to { 0 } else { area };
        let before = sums.entry((region, from)).or_default();
        before[0] += area;
        before[2] += moved;
        let after = sums.entry((region, to)).or_default();
        after[1] += moved;
        after[3] += area;
        let parent = books.regions.get(region).map_or("", |r| r.parent);
        *parts.entry(vec![parent, from, to]).or_default() += area;
    }
    for (row, area) in areas.iter().enumerate() {
        let own = keys(matrix, row);
        if books.below.contains_key(own[0]) {
            ledger.count("extent-changes", 1);
            let added = parts.get(&own).copied().unwrap_or(0);
            if Some(added) != *area {
                let found = area.unwrap_or(0);
                let key = own.join(", ");
                ledger.differ("verify-extent-change", &EXTENT_CHANGE, key, added, found);
            }
        }
    }
    let columns = [
        "opening_mm2",
        "additions_mm2",
        "reductions_mm2",
        "closing_mm2",
    ];
    let written = columns.map(|name| account.amounts(name));
    for row in 0..account.rows() {
        let own = keys(account, row);
        let expected = sums.remove(&(own[0], own[1])).unwrap_or_default();
        let found = written.each_ref().map(|column| column[row].unwrap_or(0));
        ledger.count("extent-accounts", 1);
        let mut extent = books.extent.iter();
        let extent = extent.find(|number| number.region == own[0] && number.class == own[1]);
        let closing = extent.and_then(|number| number.value).unwrap_or(0);
        if expected != found || closing != found[3] {
            let spell = |areas: [i128; 4]| areas.map(|area| area.to_string()).join(" ");
            let key = own.join(", ");
            let expected = spell([expected[0], expected[1], expected[2], closing]);
            ledger.differ(
                "verify-extent-account",
                &EXTENT_ACCOUNT,
                key,
                expected,
                spell(found),
            );
        }
    }
    for (region, class) in sums.keys() {
        let key = format!("{region}, {class}");
        ledger.differ("verify-row-missing", &EXTENT_ACCOUNT, key, class, "-");
    }
}

/// Region, ecosystem type, indicator.
type Subject<'a> = (&'a str, &'a str, &'a str);

/// The numbers of a change by their word.
type Items<'a> = BTreeMap<&'a str, (Option<i128>, Option<i128>)>;

/// The effects of every change add to it, it is the difference of both values, the
/// later value is that of the account, and regions differ from their parts by what
/// the table says.
fn check_change(table: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let (fen, between) = (table.amounts("value_fen"), table.amounts("between_fen"));
    let mut changes: BTreeMap<Subject<'_>, Items<'_>> = BTreeMap::new();
    for row in 0..table.rows() {
        let own = keys(table, row);
        let items = changes.entry((own[0], own[1], own[2])).or_default();
        items.insert(own[3], (fen[row], between[row]));
    }
    let values = account_values(books);
    let mut regions = changes.keys().map(|(region, _, _)| *region);
    let own_regions = regions.all(|region| books.regions.contains_key(region));
    for (subject, items) in &changes {
        let (region, class, indicator) = *subject;
        let key = || [region, class, indicator].join(", ");
        let of = |word: &str| items.get(word).and_then(|(fen, _)| *fen);
        ledger.count("changes", 1);
        let (old, new) = (of("value_base"), of("value"));
        let effects = items.iter().filter(|(word, _)| !NO_EFFECT.contains(word));
        let sum: i128 = effects.filter_map(|(_, (fen, _))| *fen).sum();
        let whole = new.unwrap_or(0) - old.unwrap_or(0);
        if sum != whole {
            ledger.differ("verify-change-effects", &CHANGE, key(), whole, sum);
        }
        let change = old.zip(new).map(|(old, new)| new - old);
        if of("change") != change {
            let (expected, found) = (spell(change), spell(of("change")));
            ledger.differ("verify-change", &CHANGE, key(), expected, found);
        }
        if let Some(value) = values.get(subject)
            && *value != new
        {
            ledger.differ(
                "verify-change-value",
                &CHANGE,
                key(),
                spell(*value),
                spell(new),
            );
        }
        // A region that only the base run has is in no tree of this run.
        let below = books.below.get(region).filter(|_| own_regions);
        for (word, (fen, between)) in items {
            let Some(below) = below else {
                continue;
            };
            let parts = below.iter().filter_map(|code| {
                let part = changes.get(&(*code, class, indicator))?;
                part.get(word).and_then(|(fen, _)| *fen)
            });
            let rest = fen.map(|fen| fen - parts.sum::<i128>());
            let must_add_up = ["value_base", "value"].contains(word);
            if *between != rest || must_add_up && rest.is_some_and(|rest| rest != 0) {
                let key = format!("{}, {word}", key());
                let expected = if must_add_up { Some(0) } else { rest };
                ledger.differ(
                    "verify-change-between",
                    &CHANGE,
                    key,
                    spell(expected),
                    spell(*between),
                );
            }
        }
    }
}

/// The values that a change must end with: of indicators over all types, and GEP.
fn account_values<'a>(books: &Books<'a>) -> BTreeMap<Subject<'a>, Option<i128>> {
    let gep = books.gep.iter();
    gep.filter(|number| number.item_kind != "group")
        .map(|number| ((number.region, ALL, number.item), number.value))
        .collect()
}

/// Present values and their flows add up over types, regions and indicators, and the
/// flows are the values of the account.
fn check_asset(table: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let values = account_values(books);
    let flows = table.amounts("flow_fen");
    for (row, flow) in flows.iter().enumerate() {
        let own = keys(table, row);
        let value = values.get(&(own[0], own[1], own[2]));
        if let Some(value) = value.filter(|value| *value != flow) {
            let (expected, found) = (spell(*value), spell(*flow));
            ledger.differ("verify-asset-flow", &ASSET, own.join(", "), expected, found);
        }
    }
    check_asset_sums(table, &flows, books, ledger);
    check_asset_sums(table, &table.amounts("asset_fen"), books, ledger);
}

fn check_asset_sums(table: &Table, fen: &[Option<i128>], books: &Books<'_>, ledger: &mut Ledger) {
    // Parts of a number by types, by regions and by indicators, each a sum of its own.
    let mut sums: BTreeMap<(&str, Subject<'_>), i128> = BTreeMap::new();
    for (row, fen) in fen.iter().enumerate() {
        let own = keys(table, row);
        let (region, class, indicator) = (own[0], own[1], own[2]);
        let parent = books.regions.get(region).map_or("", |r| r.parent);
        let mut add = |kind, subject| *sums.entry((kind, subject)).or_default() += fen.unwrap_or(0);
        add("regions", (parent, class, indicator));
        if class != ALL {
            add("types", (region, ALL, indicator));
        } else if indicator != GEP {
            add("indicators", (region, ALL, GEP));
        }
    }
    for (row, fen) in fen.iter().enumerate() {
        let own = keys(table, row);
        for kind in ["regions", "types", "indicators"] {
            let Some(sum) = sums.get(&(kind, (own[0], own[1], own[2]))) else {
                continue;
            };
            ledger.count("asset-sums", 1);
            if *sum != fen.unwrap_or(0) {
                let key = format!("{}, {kind}", own.join(", "));
                ledger.differ("verify-asset-sum", &ASSET, key, sum, spell(*fen));
            }
        }
    }
}

/// Suppliers and users each add up to the value of the account.
fn check_supply_use(table: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let mut sums: BTreeMap<(&str, &str, &str), Option<i128>> = BTreeMap::new();
    for (row, fen) in table.amounts("value_fen").into_iter().enumerate() {
        let own = keys(table, row);
        let sum = sums.entry((own[0], own[1], own[2])).or_default();
        if let Some(fen) = fen {
            *sum = Some(sum.unwrap_or(0) + fen);
        } else if own[3] == NOT_GIVEN {
            sums.remove(&(own[0], own[1], own[2]));
        }
    }
    let values = account_values(books);
    for ((region, indicator, side), sum) in sums {
        ledger.count("supply-use-sums", 1);
        let value = values.get(&(region, ALL, indicator)).copied().flatten();
        if sum != value {
            let key = [region, indicator, side].join(", ");
            ledger.differ(
                "verify-supply-use",
                &SUPPLY_USE,
                key,
                spell(value),
                spell(sum),
            );
        }
    }
}

fn spell(fen: Option<i128>) -> String {
    fen.map_or("-".to_string(), |fen| fen.to_string())
}
