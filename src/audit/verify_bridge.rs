//! The bridge between two profiles, added up again from its table.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::storage::number_id;

use super::tables::Table;
use super::verify::{Ledger, Verification};
use super::verify_files;
use crate::output::{BRIDGE, Manifest};

/// Rows that are no lines of a bridge.
const ENDS: [&str; 6] = [
    "gep_first",
    "outside_first",
    "start",
    "end",
    "outside_second",
    "gep_second",
];

/// Verifies the folder of a bridge: its files by digest; lines and ends of every region,
/// sums over the regions right below, and the ids of its numbers.
///
/// # Errors
///
/// If there is no manifest to compare with.
pub fn verify_bridge(folder: &Path) -> Result<Verification, Findings> {
    let manifest = Manifest::read(folder)?;
    let mut ledger = Ledger::default();
    verify_files::check_files(folder, &manifest, &mut ledger);
    let unread = match Table::read(folder, &BRIDGE) {
        Ok(table) => {
            check(&table, &mut ledger);
            Vec::new()
        }
        Err(findings) => findings.0,
    };
    Ok(Verification {
        folder: folder.to_path_buf(),
        run_id: manifest.run_id,
        checked: ledger.checked,
        differences: ledger.differences,
        unread,
    })
}

fn check(table: &Table, ledger: &mut Ledger) {
    let fen = table.amounts("value_fen");
    let mut regions: BTreeMap<&str, BTreeMap<(&str, &str), i128>> = BTreeMap::new();
    let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
    for (row, value) in fen.iter().enumerate() {
        let text = |name| table.text(name, row);
        let keys = ["region_code", "item", "indicators"].map(text);
        let id = number_id(BRIDGE.name, &keys, "value_fen");
        ledger.count("number-ids", 1);
        if id != text("number_id") {
            ledger.differ(
                "verify-number-id",
                &BRIDGE,
                keys.join(" "),
                id,
                text("number_id"),
            );
        }
        let missing = keys[1] == "outside";
        if missing != value.is_none() {
            let said = value.map_or("-".to_string(), |fen| fen.to_string());
            ledger.differ("verify-bridge", &BRIDGE, keys.join(" "), "-", said);
        }
        parents.insert(keys[0], text("parent_code"));
        let own = regions.entry(keys[0]).or_default();
        own.extend(value.map(|fen| ((keys[1], keys[2]), fen)));
    }
    for (region, rows) in &regions {
        let of = |item: &str| rows.get(&(item, "")).copied().unwrap_or(0);
        let lines = rows.iter().filter(|((item, _), _)| !ENDS.contains(item));
        let sum: i128 = lines.map(|(_, fen)| fen).sum();
        for (item, expected) in [
            ("end", of("start") + sum),
            ("gep_first", of("outside_first") + of("start")),
            ("gep_second", of("end") + of("outside_second")),
        ] {
            ledger.count("bridge", 1);
            if expected != of(item) {
                let key = format!("{region} {item}");
                ledger.differ("verify-bridge", &BRIDGE, key, expected, of(item));
            }
        }
    }
    let mut below: BTreeMap<&str, BTreeMap<(&str, &str), i128>> = BTreeMap::new();
    for (region, rows) in &regions {
        let parent = parents.get(region).copied().unwrap_or("");
        let sum = below.entry(parent).or_default();
        for (key, fen) in rows {
            *sum.entry(*key).or_default() += fen;
        }
    }
    for (region, rows) in &regions {
        let Some(sums) = below.get(region) else {
            continue;
        };
        for (key, fen) in rows {
            ledger.count("bridge-sums", 1);
            let expected = sums.get(key).copied().unwrap_or(0);
            if expected != *fen {
                let key = format!("{region} {} {}", key.0, key.1);
                ledger.differ("verify-bridge", &BRIDGE, key, expected, *fen);
            }
        }
    }
}
