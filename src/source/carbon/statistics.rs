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

/// A year, a month or a day.
fn is_vintage(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length: usize, range: std::ops::RangeInclusive<u16>| match parts.next() {
        None => Some(false),
        Some(own) => {
            let number = own.parse().ok().filter(|number| range.contains(number));
            let digits = own.len() == length && own.bytes().all(|byte| byte.is_ascii_digit());
            number.filter(|_| digits).map(|_| true)
        }
    };
    let shape = [part(4, 1900..=2200), part(2, 1..=12), part(2, 1..=31)];
    shape[0] == Some(true) && shape.iter().all(Option::is_some) && parts.next().is_none()
}

/// The last day a year or month may mean: texts of days compare as days do.
fn last_day(vintage: &str) -> String {
    match vintage.len() {
        4 => format!("{vintage}-12-31"),
        7 => format!("{vintage}-31"),
        _ => vintage.to_owned(),
    }
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
        if limit.is_some_and(|limit| row.vintage.as_str() > last_day(limit).as_str()) {
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
    let mut newest: BTreeMap<(&str, u16, &str, &str), Vec<usize>> = BTreeMap::new();
    for ((region, year, quantity, item, _), mut members) in groups {
        members.sort_by(|a, b| rows[*a].vintage.cmp(&rows[*b].vintage));
        let Some(own) = members.pop() else {
            continue;
        };
        let superseded = members.into_iter().map(|older| (older, own));
        chosen.superseded.extend(superseded);
        let all = newest.entry((region, year, quantity, item)).or_default();
        all.push(own);
    }
    for ((_, year, quantity, _), mut definitions) in newest {
        // Of two definitions of one year the later published is used, the other is told.
        definitions.sort_by(|a, b| rows[*a].vintage.cmp(&rows[*b].vintage));
        let Some(used) = definitions.pop() else {
            continue;
        };
        chosen.used.push(used);
        chosen
            .definitions
            .extend(definitions.into_iter().map(|other| {
                Finding::warning("carbon-definitions")
                    .file(&rows[other].place)
                    .arg("quantity", quantity)
                    .arg("year", year)
                    .arg("used", &rows[used].definition)
                    .arg("other", &rows[other].definition)
            }));
    }
    chosen.used.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(definition: &str, vintage: &str) -> StatisticRow {
        StatisticRow {
            region: "330000".into(),
            year: 2020,
            quantity: "forest_cover".into(),
            item: String::new(),
            spelling: vintage.into(),
            value: Rational::from_integer(1.into()),
            unit: Unit::one(),
            unit_text: "1".into(),
            definition: definition.into(),
            vintage: vintage.into(),
            status: "verified".into(),
            source: "print".into(),
            place: "statistics.csv:2".into(),
        }
    }

    #[test]
    fn vintages_are_years_months_or_days() {
        for good in ["2021", "2021-02", "2021-02-28"] {
            assert!(is_vintage(good), "{good}");
        }
        for bad in [
            "",
            "21",
            "2021-13",
            "2021-99-99",
            "2021-2-28",
            "2021-02-28-1",
            "soon",
        ] {
            assert!(!is_vintage(bad), "{bad}");
        }
    }

    /// A limit of a year has all of its days in it.
    #[test]
    fn the_newest_within_the_limit_is_used() {
        let rows = [
            row("", "2021"),
            row("", "2021-02-28"),
            row("", "2022-02-28"),
        ];
        let used = |limit: Option<&str>| choose_vintage(&rows, limit).used;
        assert_eq!(used(None), [2]);
        assert_eq!(used(Some("2021")), [1]);
        assert_eq!(used(Some("2021-01")), [0]);
        assert_eq!(used(Some("2020")), Vec::<usize>::new());
    }

    /// Two definitions: the later published is used, whatever its name, and the other told.
    #[test]
    fn of_two_definitions_the_later_published_is_used() {
        let rows = [row("a", "2020"), row("b", "2022")];
        let chosen = choose_vintage(&rows, None);
        assert_eq!((chosen.used, chosen.definitions.len()), (vec![1], 1));
        let rows = [row("a", "2022"), row("b", "2020")];
        assert_eq!(choose_vintage(&rows, None).used, [0]);
    }
}
