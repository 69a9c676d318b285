//! Price indices by item and year, as the project says: a CSV.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, parse_decimal};
use serde::Deserialize;

/// Words an index's status may have.
const STATUSES: [&str; 4] = ["verified", "transcribed", "provisional", "synthetic"];
/// The item of an index for everything that has none of its own.
pub const ALL_ITEMS: &str = "all";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    item: String,
    year: String,
    index: String,
    status: String,
    source: String,
}

/// A price index of one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceIndex {
    /// Above zero; only the ratio of two years of one item means anything.
    pub index: Rational,
    /// `verified`, `transcribed`, `provisional` or `synthetic`.
    pub status: String,
    /// Who says so.
    pub source: String,
}

/// Price indices by item (an indicator, a group of them, or all) and price year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deflators(BTreeMap<(String, String), PriceIndex>);

/// What takes money of one year to money of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deflator {
    /// Index of the base year over index of the year.
    pub ratio: Rational,
    /// The item whose indices were taken.
    pub item: String,
    /// The lower status of the two.
    pub status: String,
    /// Where they come from.
    pub source: String,
}

impl Deflators {
    /// Returns the deflator from the money of `year` to that of `base`: by the first of
    /// the items that has an index of both years. Nothing if none has.
    pub fn between(&self, items: &[&str], year: &str, base: &str) -> Option<Deflator> {
        let of = |item: &str, year: &str| self.0.get(&(item.to_string(), year.to_string()));
        items.iter().find_map(|item| {
            let (own, of_base) = (of(item, year)?, of(item, base)?);
            let lower = |one: &PriceIndex| STATUSES.iter().position(|own| *own == one.status);
            let lowest = if lower(own) >= lower(of_base) {
                own
            } else {
                of_base
            };
            let mut source = of_base.source.clone();
            if own.source != of_base.source {
                source = format!("{source}; {}", own.source);
            }
            Some(Deflator {
                ratio: &of_base.index / &own.index,
                item: (*item).to_string(),
                status: lowest.status.clone(),
                source,
            })
        })
    }
}

/// Reads the indices.
///
/// # Errors
///
/// If a row cannot be read, stands twice, is of no item known to `is_item`, or its index
/// is not above zero.
pub fn read_deflators(path: &Path, is_item: impl Fn(&str) -> bool) -> Result<Deflators, Findings> {
    let fault = |error: String, line: usize| {
        Finding::error("deflators-unreadable")
            .file(path.display())
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| fault(e.to_string(), 1).exit(66))?;
    let mut all = Deflators::default();
    let mut findings = Vec::new();
    for (at, row) in reader.deserialize().enumerate() {
        let line = at + 2;
        let row: Row = row.map_err(|error| fault(error.to_string(), line))?;
        let zero = Rational::from_integer(0.into());
        let index = parse_decimal(&row.index).filter(|index| *index > zero);
        let known = row.item == ALL_ITEMS || is_item(&row.item);
        let year = row.year.len() == 4 && row.year.bytes().all(|byte| byte.is_ascii_digit());
        let status = STATUSES.contains(&row.status.as_str());
        let told = known && year && status && !row.source.is_empty();
        let Some(index) = index.filter(|_| told) else {
            let words = [row.item, row.year, row.index, row.status, row.source];
            findings.push(fault(words.join(" "), line));
            continue;
        };
        let own = PriceIndex {
            index,
            status: row.status,
            source: row.source,
        };
        let key = (row.item, row.year);
        if all.0.insert(key.clone(), own).is_some() {
            findings.push(fault(format!("{} {}", key.0, key.1), line));
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Deflators, Findings> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("deflators.csv");
        std::fs::write(&path, text).expect("written");
        read_deflators(&path, |item| {
            ["grain_supply", "provisioning"].contains(&item)
        })
    }

    const HEAD: &str = "item,year,index,status,source\n";

    /// 2015 at 125 and 2010 at 100: money of 2015 is worth 4/5 of it in 2010. The own
    /// item goes before its group, and the group before all.
    #[test]
    fn the_nearest_item_counts() {
        let rows = "grain_supply,2010,100,verified,yearbook\n\
            grain_supply,2015,125,synthetic,yearbook\n\
            all,2010,1,verified,cpi\nall,2015,1.1,verified,cpi\n";
        let all = read(&format!("{HEAD}{rows}")).expect("read");
        let own = all.between(&["grain_supply", "provisioning", "all"], "2015", "2010");
        let own = own.expect("deflator");
        assert_eq!(own.ratio, Rational::new(4.into(), 5.into()));
        assert_eq!(
            (own.item.as_str(), own.status.as_str()),
            ("grain_supply", "synthetic")
        );
        let other = all.between(&["tourism", "cultural", "all"], "2015", "2010");
        let other = other.expect("deflator");
        assert_eq!(other.ratio, Rational::new(10.into(), 11.into()));
        // A year that no item has is missing, not one.
        assert_eq!(all.between(&["grain_supply", "all"], "2016", "2010"), None);
    }

    #[test]
    fn bad_rows_are_refused_and_their_clean_twin_passes() {
        let clean = "grain_supply,2010,100,verified,yearbook\n";
        assert!(read(&format!("{HEAD}{clean}")).is_ok());
        for row in [
            "grain_supply,2010,0,verified,yearbook\n",
            "grain_supply,2010,-1,verified,yearbook\n",
            "grain_supply,2010,a,verified,yearbook\n",
            "bread,2010,100,verified,yearbook\n",
            "grain_supply,10,100,verified,yearbook\n",
            "grain_supply,2010,100,sure,yearbook\n",
            "grain_supply,2010,100,verified,\n",
        ] {
            let findings = read(&format!("{HEAD}{row}")).expect_err(row);
            assert!(findings.has("deflators-unreadable"), "{row}");
        }
        let twice = read(&format!("{HEAD}{clean}{clean}")).expect_err("twice");
        assert!(twice.has("deflators-unreadable"));
    }
}
