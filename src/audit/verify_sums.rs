//! Level 2, table by table: every sum added up again in integers.
//!
//! A sum is a number and its parts. Three families of them stand in a run: the
//! ecosystem types of a region, the regions below a region, and the indicators
//! and groups of the account.

use std::collections::{BTreeMap, BTreeSet};

use super::numbers::{ALL, Number, Subject};
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_rows::key_of;
use crate::output::{REGIONS, TOTALS};

/// A number and the parts it must add up from, each with the code by which
/// `missing_codes` would name it.
struct Sum<'a> {
    code: &'static str,
    check: &'static str,
    whole: &'a Number<'a>,
    parts: Vec<(&'a str, &'a Number<'a>)>,
}

/// Adds up every number that has parts, then looks at the flags that say
/// whether all parts were there.
pub(super) fn check_sums<'a>(books: &'a Books<'a>, ledger: &mut Ledger) {
    let mut sums = Vec::new();
    for numbers in [&books.extent, &books.physical, &books.value] {
        class_sums(numbers, &mut sums);
    }
    for numbers in books.all() {
        region_sums(numbers, books, &mut sums, ledger);
    }
    account_sums(books, &mut sums);
    for sum in &sums {
        check_sum(sum, ledger);
    }
    check_flags(&sums, ledger);
}

fn check_sum(sum: &Sum<'_>, ledger: &mut Ledger) {
    ledger.count(sum.check, 1);
    let whole = sum.whole;
    let present: Vec<i128> = sum
        .parts
        .iter()
        .filter_map(|(_, part)| part.value)
        .collect();
    let added = present
        .iter()
        .try_fold(0_i128, |sum, value| sum.checked_add(*value))
        .filter(|_| !present.is_empty());
    let fits = match (whole.value, added) {
        (Some(value), Some(added)) => value == added,
        (Some(_), None) => false,
        // A whole may be withheld for its own coverage; it may not be missing
        // while every part is there.
        (None, Some(_)) => {
            whole.state != "computed" && present.len() < sum.parts.len()
                || whole.state == "withheld"
        }
        (None, None) => true,
    };
    if !fits {
        let spell = |value: Option<i128>| value.map_or("-".to_string(), |v| v.to_string());
        let key = key_of(whole);
        ledger.differ(sum.code, whole.table, key, spell(added), spell(whole.value));
    }
}

/// The ecosystem types of a region add up to `all`.
fn class_sums<'a>(numbers: &'a [Number<'a>], sums: &mut Vec<Sum<'a>>) {
    type Rest<'a> = (&'a str, &'a str, &'a str, &'a str);
    let rest = |number: &Number<'a>| -> Rest<'a> {
        let (_, indicator, output, item) = number.subject();
        (number.region, indicator, output, item)
    };
    let mut classes: BTreeMap<Rest<'a>, Vec<(&str, &Number<'a>)>> = BTreeMap::new();
    for number in numbers.iter().filter(|number| number.class != ALL) {
        let parts = classes.entry(rest(number)).or_default();
        parts.push((number.class, number));
    }
    for whole in numbers.iter().filter(|number| number.class == ALL) {
        if let Some(parts) = classes.remove(&rest(whole)) {
            sums.push(Sum {
                code: "verify-class-sum",
                check: "class-sums",
                whole,
                parts,
            });
        }
    }
}

/// The regions right below a region add up to it, for every subject.
fn region_sums<'a>(
    numbers: &'a [Number<'a>],
    books: &Books<'a>,
    sums: &mut Vec<Sum<'a>>,
    ledger: &mut Ledger,
) {
    let mut parts: BTreeMap<(&str, Subject<'a>), Vec<(&str, &Number<'a>)>> = BTreeMap::new();
    for number in numbers {
        let parent = books.regions.get(number.region).map_or("", |r| r.parent);
        if !parent.is_empty() {
            let of = parts.entry((parent, number.subject())).or_default();
            of.push((number.region, number));
        }
    }
    for whole in numbers {
        let Some(below) = books.below.get(whole.region) else {
            continue;
        };
        let parts = parts
            .remove(&(whole.region, whole.subject()))
            .unwrap_or_default();
        // A type may be absent from a county; the sum over types and the items
        // of the account may not: a silent gap would pass for a zero.
        if whole.class == ALL || whole.class.is_empty() {
            for code in below {
                if !parts.iter().any(|(own, _)| own == code) {
                    let found = format!("{code} -");
                    ledger.differ(
                        "verify-row-missing",
                        whole.table,
                        key_of(whole),
                        code,
                        found,
                    );
                }
            }
        }
        sums.push(Sum {
            code: "verify-region-sum",
            check: "region-sums",
            whole,
            parts,
        });
    }
    for ((parent, _), parts) in parts {
        for (_, part) in parts {
            ledger.differ("verify-row-missing", part.table, key_of(part), parent, "-");
        }
    }
}

/// Indicators of the account are those of `value`, groups are sums of their
/// indicators, the total is the sum of the groups.
fn account_sums<'a>(books: &'a Books<'a>, sums: &mut Vec<Sum<'a>>) {
    let group_of: BTreeMap<&str, &str> = (0..books.indicators.rows())
        .map(|row| {
            let text = |name| books.indicators.text(name, row);
            (text("indicator"), text("group"))
        })
        .collect();
    let left = last_rules(books);
    let mut members: BTreeMap<(&str, &str), Vec<(&str, &Number<'a>)>> = BTreeMap::new();
    for number in &books.gep {
        let owner = match number.item_kind {
            "indicator" => group_of.get(number.item).copied().unwrap_or_default(),
            "group" => "gep",
            _ => continue,
        };
        let of = members.entry((number.region, owner)).or_default();
        // What a rule has worked on counts with what the rule left.
        let left = left.get(&(number.region, number.item)).copied();
        of.push((number.item, left.unwrap_or(number)));
    }
    let mut values: BTreeMap<(&str, &str), Vec<&Number<'a>>> = BTreeMap::new();
    for number in &books.value {
        if number.class == ALL && number.item.is_empty() {
            let of = values.entry((number.region, number.indicator)).or_default();
            of.push(number);
        }
    }
    for whole in &books.gep {
        let (code, check, parts) = match whole.item_kind {
            "indicator" => {
                let of = values.get(&(whole.region, whole.item));
                let part = of.and_then(|of| account_value(of));
                let parts = part.map(|part| ("", part)).into_iter().collect();
                ("verify-account-value", "account-values", parts)
            }
            _ => {
                let of = members.remove(&(whole.region, whole.item));
                ("verify-group-sum", "group-sums", of.unwrap_or_default())
            }
        };
        sums.push(Sum {
            code,
            check,
            whole,
            parts,
        });
    }
}

/// Of each region and indicator that rules name, the row of the last of them.
fn last_rules<'a>(books: &'a Books<'a>) -> BTreeMap<(&'a str, &'a str), &'a Number<'a>> {
    let Some(table) = books.combine_table else {
        return BTreeMap::new();
    };
    let position = |row| table.spelling("position", row).parse::<usize>().ok();
    let mut rows: Vec<_> = books.combine.iter().enumerate().collect();
    rows.sort_by_key(|(row, _)| position(*row));
    let keyed = rows
        .into_iter()
        .map(|(_, own)| ((own.region, own.indicator), own));
    keyed.collect()
}

/// The number of an indicator that enters the account: the output `value`, or
/// the only one there is.
fn account_value<'a>(numbers: &[&'a Number<'a>]) -> Option<&'a Number<'a>> {
    let named = numbers.iter().find(|number| number.output == "value");
    match (named, numbers) {
        (Some(number), _) | (None, [number]) => Some(number),
        _ => None,
    }
}

/// A shown number is `partial` exactly if a part of it is missing or partial, and
/// `missing_codes` names the missing parts and nothing else.
fn check_flags(sums: &[Sum<'_>], ledger: &mut Ledger) {
    type Parts<'a> = (&'a Number<'a>, Vec<(&'a str, &'a Number<'a>)>);
    let mut wholes: BTreeMap<(&str, Vec<&str>), Parts<'_>> = BTreeMap::new();
    for sum in sums {
        let key = (sum.whole.table.name, sum.whole.keys());
        let (_, parts) = wholes.entry(key).or_insert_with(|| (sum.whole, Vec::new()));
        // A class without a number lies in the ground that `coverage` leaves out: only
        // missing regions and indicators make a number partial.
        let regions = sum
            .parts
            .iter()
            .filter(|(_, part)| part.class == sum.whole.class);
        parts.extend(regions.copied());
    }
    for (whole, parts) in wholes.values() {
        if whole.value.is_some() && whole.table.name != "extent" {
            ledger.count("partial-flags", 1);
            check_flag(whole, parts, ledger);
        }
    }
}

fn check_flag(whole: &Number<'_>, parts: &[(&str, &Number<'_>)], ledger: &mut Ledger) {
    let lacking = |part: &Number<'_>| part.value.is_none() || part.is_partial();
    let expected = parts.iter().any(|(_, part)| lacking(part));
    if expected != whole.is_partial() {
        let word = if expected { "yes" } else { "no" };
        let found = whole.partial;
        ledger.differ("verify-partial", whole.table, key_of(whole), word, found);
    }
    let listed: BTreeSet<&str> = whole.missing().collect();
    let mut allowed = BTreeSet::new();
    let mut complete = true;
    for (name, part) in parts.iter().filter(|(_, part)| lacking(part)) {
        let below: BTreeSet<&str> = part.missing().collect();
        let named = listed.contains(name);
        complete &= named || !below.is_empty() && below.is_subset(&listed);
        if !name.is_empty() {
            allowed.insert(*name);
        }
        allowed.extend(below);
    }
    if !complete || !listed.is_subset(&allowed) {
        let expected: Vec<&str> = allowed.into_iter().collect();
        ledger.differ(
            "verify-missing-codes",
            whole.table,
            key_of(whole),
            expected.join(" "),
            whole.missing_codes,
        );
    }
}

/// Regions add up in area, and the tree of regions is a tree.
pub(super) fn check_regions(books: &Books<'_>, ledger: &mut Ledger) {
    for region in books.regions.values() {
        let known = region.parent.is_empty() || books.regions.contains_key(region.parent);
        if !known || region.parent == region.code {
            let code = region.code.to_string();
            ledger.differ("verify-parent-unknown", &REGIONS, code, "-", region.parent);
        }
    }
    check_extent_of_regions(books, ledger);
    for (parent, below) in &books.below {
        let Some(area) = books.regions.get(parent).and_then(|r| r.area_mm2) else {
            continue;
        };
        let areas = below.iter().map(|code| books.regions[code].area_mm2);
        let added: Option<i128> = areas.sum();
        ledger.count("region-areas", 1);
        if added != Some(area) {
            let added = added.map_or("-".to_string(), |added| added.to_string());
            ledger.differ(
                "verify-region-area",
                &REGIONS,
                parent.to_string(),
                added,
                area,
            );
        }
    }
}

/// `extent` tells the whole area of a region, and the part beside the grid.
fn check_extent_of_regions(books: &Books<'_>, ledger: &mut Ledger) {
    let area_of = |region: &str, class: &str| {
        let own = books
            .extent
            .iter()
            .find(|number| number.region == region && number.class == class);
        own.and_then(|number| number.value).unwrap_or(0)
    };
    for region in books.regions.values() {
        let pairs = [
            (ALL, region.area_mm2),
            ("outside_grid", region.outside_grid_mm2),
        ];
        for (class, area) in pairs {
            let (expected, found) = (area_of(region.code, class), area.unwrap_or(0));
            ledger.count("region-areas", 1);
            if expected != found {
                let key = format!("{}, {class}", region.code);
                ledger.differ("verify-region-extent", &REGIONS, key, expected, found);
            }
        }
    }
}

const MM2_PER_KM2: i128 = 1_000_000_000_000;

/// `per_km2_fen` is value / area, halves away from zero.
pub(super) fn check_per_km2(books: &Books<'_>, ledger: &mut Ledger) {
    let written = books.gep_table.amounts("per_km2_fen");
    for (number, written) in books.gep.iter().zip(written) {
        ledger.count("per-km2", 1);
        let area = books.regions.get(number.region).and_then(|r| r.area_mm2);
        let expected = number.value.zip(area.filter(|area| *area > 0));
        let expected = expected.and_then(|(value, area)| per_km2(value, area));
        if expected != written {
            let spell = |value: Option<i128>| value.map_or("-".to_string(), |v| v.to_string());
            let (table, key) = (number.table, key_of(number));
            ledger.differ(
                "verify-per-km2",
                table,
                key,
                spell(expected),
                spell(written),
            );
        }
    }
}

/// Computes fen per km2, halves away from zero; nothing if it does not fit.
fn per_km2(fen: i128, area_mm2: i128) -> Option<i128> {
    let scaled = fen.checked_abs()?.checked_mul(MM2_PER_KM2)?;
    let (whole, rest) = (scaled / area_mm2, scaled % area_mm2);
    let magnitude = whole + i128::from(rest >= area_mm2 - rest);
    Some(magnitude * fen.signum())
}

/// The code of ground outside all counties.
const UNASSIGNED: &str = "unassigned";

/// The ground on which a total had all inputs and that on which it had not are
/// together no more than the extent of the type in the region.
pub(super) fn check_totals(books: &Books<'_>, ledger: &mut Ledger) {
    let extent: BTreeMap<(&str, &str), i128> = books
        .extent
        .iter()
        .filter_map(|number| Some(((number.region, number.class), number.value?)))
        .collect();
    for ((region, class, total), used) in used_areas(books.totals) {
        // Ground outside all counties has totals but no extent to compare with.
        if !books.regions.contains_key(region) && region == UNASSIGNED {
            continue;
        }
        ledger.count("total-areas", 1);
        let whole = extent.get(&(region, class)).copied().unwrap_or(0);
        if used > whole {
            let key = format!("{region}, {class}, {total}");
            let expected = format!("<= {whole}");
            ledger.differ("verify-total-area", &TOTALS, key, expected, used);
        }
    }
}

fn used_areas(totals: &Table) -> BTreeMap<(&str, &str, &str), i128> {
    let (valid, missing) = (
        totals.amounts("valid_area_mm2"),
        totals.amounts("missing_area_mm2"),
    );
    let mut used = BTreeMap::new();
    for row in 0..totals.rows() {
        let text = |name| totals.text(name, row);
        let key = (text("region_code"), text("class"), text("total_id"));
        *used.entry(key).or_insert(0) += valid[row].unwrap_or(0) + missing[row].unwrap_or(0);
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halves go away from zero on both sides, and nothing overflows silently.
    #[test]
    fn per_km2_rounds_once() {
        assert_eq!(per_km2(3, 2 * MM2_PER_KM2), Some(2));
        assert_eq!(per_km2(-3, 2 * MM2_PER_KM2), Some(-2));
        assert_eq!(per_km2(1, 3 * MM2_PER_KM2), Some(0));
        assert_eq!(per_km2(i128::MAX, 1), None);
    }
}
