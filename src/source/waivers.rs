//! The waiver file of a project: findings of checks somebody signed for.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use serde::Deserialize;
use toml::value::Datetime;

/// One waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The file it stands in.
    pub file: String,
    /// The check.
    pub check: String,
    /// The region code; empty for a check about no region.
    pub region: String,
    /// The indicator or input.
    pub indicator: String,
    /// Why the number stands.
    pub reason: String,
    /// The document that says so.
    pub document: String,
    /// Who signed.
    pub name: String,
    /// The last day it holds, `2026-12-31`.
    pub expires: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: String,
    region: String,
    indicator: String,
    reason: String,
    document: String,
    name: String,
    expires: Datetime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    waiver: Vec<Entry>,
}

/// Reads a waiver file. Nothing but the region may be blank.
pub fn read_waivers(path: &Path) -> Result<Vec<Waiver>, Findings> {
    let fault = |error: String| {
        Finding::error("waivers-unreadable")
            .file(path.display())
            .arg("error", error)
    };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()).exit(66))?;
    let file: File = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let mut waivers = Vec::new();
    for (at, entry) in file.waiver.into_iter().enumerate() {
        let needed = [
            &entry.check,
            &entry.indicator,
            &entry.reason,
            &entry.document,
            &entry.name,
        ];
        let blank = needed.iter().any(|text| text.trim().is_empty());
        let (Some(day), None) = (entry.expires.date, entry.expires.time) else {
            return Err(fault(format!("waiver {}: expires", at + 1)).into());
        };
        if blank {
            return Err(fault(format!("waiver {}", at + 1)).into());
        }
        waivers.push(Waiver {
            file: path.display().to_string(),
            check: entry.check,
            region: entry.region,
            indicator: entry.indicator,
            reason: entry.reason,
            document: entry.document,
            name: entry.name,
            expires: day.to_string(),
        });
    }
    Ok(waivers)
}
