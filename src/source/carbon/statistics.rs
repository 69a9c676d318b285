//! Statistics as offices publish them, with every vintage.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, Unit};

use super::cells::read;
use super::dictionary::Dictionary;

const NEEDED: [&str; 10] = [
    "region_code",
    "year",
    "quantity",
    "item",
    "value",
    "unit",
    "definition",
    "vintage",
    "status",
    "source",
];
const OTHERS: [&str; 2] = ["clause", "note"];

/// A published number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticRow {
    /// Region code.
    pub region: String,
    /// Year it is about.
    pub year: u16,
    /// The quantity.
    pub quantity: String,
    /// The item, empty if the quantity has none.
    pub item: String,
    /// The value as spelled.
    pub spelling: String,
    /// The value in `unit`.
    pub value: Rational,
    /// Its unit.
    pub unit: Unit,
    /// The unit as spelled.
    pub unit_text: String,
    /// The definition it is of, empty if there is one only.
    pub definition: String,
    /// When it was published: a year or a day.
    pub vintage: String,
    /// How far it may be relied on.
    pub status: String,
    /// Who says so, with the clause.
    pub source: String,
    /// File and line.
    pub place: String,
}

/// Reads statistics.
///
/// # Errors
///
/// Every row with an unknown quantity or unit, without source or vintage, or that stands
/// twice.
pub fn read_statistics(
    path: &Path,
    name: &str,
    names: &Dictionary,
) -> Result<Vec<StatisticRow>, Findings> {
    let mut findings = Vec::new();
    let mut rows: Vec<StatisticRow> = Vec::new();
    let mut seen: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for line in read(path, name, &NEEDED, &OTHERS)? {
        let (quantity, item) = line.quantity(names, &mut findings);
        let clause = line.cell("clause");
        let mut source = line.told("source", &mut findings);
        if !clause.is_empty() {
            source = format!("{source}: {clause}");
        }
        let vintage = line.told("vintage", &mut findings);
        if !is_vintage(&vintage) {
            findings.push(line.fault("vintage", "a year or a day: 2021 or 2021-02-28"));
        }
        let row = StatisticRow {
            region: line.region(&mut findings),
            year: line.year(&mut findings),
            spelling: line.cell("value").to_owned(),
            value: line.number("value", &mut findings),
            unit: line.unit(names, &quantity, &mut findings),
            unit_text: line.cell("unit").to_owned(),
            definition: line.cell("definition").to_owned(),
            status: line.status(&mut findings),
            place: line.place(),
            quantity,
            item,
            vintage,
            source,
        };
        let key = [
            &row.region,
            &row.quantity,
            &row.item,
            &row.definition,
            &row.vintage,
        ];
        let mut key: Vec<String> = key.into_iter().cloned().collect();
        key.push(row.year.to_string());
        if let Some(first) = seen.insert(key, line.place()) {
            findings.push(line.fault("quantity", format!("stands already at {first}")));
        }
        rows.push(row);
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn is_vintage(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '9' } else { letter })
        .collect();
    ["9999", "9999-99", "9999-99-99"].contains(&shape.as_str())
}

/// What a run takes of the statistics.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The newest vintage of each number, by position.
    pub used: Vec<usize>,
    /// Numbers a later publication superseded: their position and that of the newer one.
    pub superseded: Vec<(usize, usize)>,
    /// Numbers published after the limit.
    pub later: Vec<usize>,
    /// Numbers of one quantity that only a definition tells apart; the first is used, and a
    /// law must not mix them.
    pub definitions: Vec<Finding>,
}

/// Takes the newest vintage of each number that was published by `limit`.
pub fn choose_vintage(rows: &[StatisticRow], limit: Option<&str>) -> Chosen {
    let mut chosen = Chosen::default();
    let mut groups: BTreeMap<(&str, u16, &str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if limit.is_some_and(|limit| row.vintage.as_str() > limit) {
            chosen.later.push(at);
            continue;
        }
        let key = (
            row.region.as_str(),
            row.year,
            row.quantity.as_str(),
            row.item.as_str(),
            row.definition.as_str(),
        );
        groups.entry(key).or_default().push(at);
    }
    let mut taken: BTreeMap<(&str, u16, &str, &str), usize> = BTreeMap::new();
    for ((region, year, quantity, item, _), mut members) in groups {
        members.sort_by(|a, b| rows[*a].vintage.cmp(&rows[*b].vintage));
        let Some(newest) = members.pop() else {
            continue;
        };
        chosen
            .superseded
            .extend(members.into_iter().map(|older| (older, newest)));
        match taken.get(&(region, year, quantity, item)) {
            // Two definitions of one year: the later published stands, the other is told.
            Some(first) => {
                let finding = Finding::warning("carbon-definitions")
                    .file(&rows[newest].place)
                    .arg("quantity", quantity)
                    .arg("year", year)
                    .arg("used", &rows[*first].definition)
                    .arg("other", &rows[newest].definition);
                chosen.definitions.push(finding);
            }
            None => {
                taken.insert((region, year, quantity, item), newest);
                chosen.used.push(newest);
            }
        }
    }
    chosen.used.sort_unstable();
    chosen
}
