//! Finds the number that is asked about, and reads the rows around it and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::nearest;

use super::explain_uncertainty::central_of;
use super::numbers::{NUMBER_TABLES, Number, Regions, numbers};
use super::tables::Table;
use crate::output::{COMBINE, CONDITION, EXTENT, GEP, PHYSICAL, Schema, VALUE};

/// Which number is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The number with this id.
    Id(String),
    /// A region (code or name) and an indicator, a group or `gep` (id or title).
    Item {
        /// Region code or name.
        region: String,
        /// Item id or title.
        item: String,
        /// The year the run must be of, if it matters.
        year: Option<String>,
    },
}

/// Where a number stands.
struct Place {
    table: &'static Schema,
    region: String,
    indicator: String,
    number_id: String,
}

impl Place {
    fn of(number: &Number<'_>) -> Self {
        Self {
            table: number.table,
            region: number.region.to_string(),
            indicator: number.indicator.to_string(),
            number_id: number.number_id.to_string(),
        }
    }
}

/// The rows an explanation reads: those of the number's region and of the regions
/// right below, in `value` and `physical` of its indicator only.
pub(super) struct Rows {
    table: &'static str,
    number_id: String,
    pub(super) gep: Table,
    pub(super) value: Table,
    pub(super) physical: Table,
    pub(super) extent: Table,
    /// Rules after all indicators, where the profile has any.
    pub(super) combine: Option<Table>,
    /// Variables and indices of condition, where the project names any.
    pub(super) condition: Option<Table>,
}

impl Rows {
    /// Returns the table of the number.
    pub(super) fn own_table(&self) -> &Table {
        [&self.gep, &self.value, &self.physical, &self.extent]
            .into_iter()
            .chain(&self.combine)
            .chain(&self.condition)
            .find(|table| table.schema.name == self.table)
            .unwrap_or(&self.gep)
    }

    /// Returns the number that is asked about.
    pub(super) fn number(&self) -> Option<Number<'_>> {
        let all = numbers(self.own_table());
        all.into_iter()
            .find(|number| number.number_id == self.number_id)
    }
}

/// What a question is asked of.
pub(super) struct Asked<'a> {
    pub(super) folder: &'a Path,
    pub(super) regions: &'a Regions<'a>,
    pub(super) below: &'a BTreeMap<&'a str, Vec<&'a str>>,
    pub(super) indicators: &'a Table,
    pub(super) year: &'a str,
}

impl Asked<'_> {
    /// Finds the number and reads the rows around it.
    ///
    /// # Errors
    ///
    /// If a table cannot be read, or the number is not in the run (exit 2).
    pub(super) fn rows(&self, question: &Question) -> Result<Rows, Findings> {
        let (place, gep) = match question {
            Question::Id(id) => {
                let place = self.by_id(id)?;
                let gep = self.around(&GEP, &place.region, None)?;
                (place, gep)
            }
            Question::Item { region, item, year } => {
                self.check_year(year.as_deref())?;
                self.by_item(region, item)?
            }
        };
        // Of GEP itself, its groups and indicators the item is the indicator.
        let item = gep_item(&gep, &place.number_id);
        let indicator = item.unwrap_or(&place.indicator);
        Ok(Rows {
            table: place.table.name,
            value: self.around(&VALUE, &place.region, Some(indicator))?,
            physical: self.around(&PHYSICAL, &place.region, Some(indicator))?,
            extent: self.around(&EXTENT, &place.region, None)?,
            combine: self.if_there(&COMBINE, &place.region)?,
            condition: self.if_there(&CONDITION, &place.region)?,
            number_id: place.number_id,
            gep,
        })
    }

    /// Reads the rows of a region and of those right below it.
    fn around(
        &self,
        schema: &'static Schema,
        region: &str,
        indicator: Option<&str>,
    ) -> Result<Table, Findings> {
        let below = self.below.get(region).into_iter().flatten();
        let codes = below.copied().chain([region]).map(String::from);
        let mut wanted = vec![("region_code", codes.collect::<BTreeSet<String>>())];
        if let Some(indicator) = indicator {
            wanted.push(("indicator", BTreeSet::from([indicator.to_string()])));
        }
        Table::read_where(self.folder, schema, &wanted)
    }

    /// As `around`, of a table that not every run has.
    fn if_there(&self, schema: &'static Schema, region: &str) -> Result<Option<Table>, Findings> {
        let there = self.folder.join(schema.path()).is_file();
        there.then(|| self.around(schema, region, None)).transpose()
    }

    fn by_id(&self, id: &str) -> Result<Place, Findings> {
        for (schema, _) in &NUMBER_TABLES {
            let optional = [COMBINE.name, CONDITION.name].contains(&schema.name);
            if optional && !self.folder.join(schema.path()).is_file() {
                continue;
            }
            let wanted = [("number_id", BTreeSet::from([id.to_string()]))];
            let table = Table::read_where(self.folder, schema, &wanted)?;
            if let Some(number) = numbers(&table).first() {
                return Ok(Place::of(number));
            }
        }
        // The id of an interval asks for the number it belongs to.
        match central_of(self.folder, id)? {
            Some(central) if central != id => self.by_id(&central),
            _ => Err(unknown("explain-id-unknown", id, String::new())),
        }
    }

    /// A year such as `2019`, or the whole label such as `2019-demo`.
    fn check_year(&self, year: Option<&str>) -> Result<(), Findings> {
        let fits = |asked: &str| {
            let rest = self.year.strip_prefix(asked);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
                && !asked.is_empty()
        };
        match year {
            Some(asked) if !fits(asked) => Err(unknown(
                "explain-year-unknown",
                asked,
                self.year.to_string(),
            )),
            _ => Ok(()),
        }
    }

    fn by_item(&self, region: &str, item: &str) -> Result<(Place, Table), Findings> {
        let named = |r: &&super::numbers::Region<'_>| {
            r.code == region || r.name_zh == region || r.name_en.eq_ignore_ascii_case(region)
        };
        let Some(region) = self.regions.values().find(named) else {
            let names = self
                .regions
                .values()
                .flat_map(|r| [r.code, r.name_zh, r.name_en].map(String::from));
            let near = near(region, names);
            return Err(unknown("explain-region-unknown", region, near));
        };
        let gep = self.around(&GEP, region.code, None)?;
        let titles = self.indicators;
        let titled = |row: &usize| {
            ["title_zh", "title_en"]
                .iter()
                .any(|name| titles.text(name, *row) == item)
        };
        let row = (0..titles.rows()).find(titled);
        let id = row.map_or(item, |row| titles.text("indicator", row));
        let all = numbers(&gep);
        let own = || all.iter().filter(|number| number.region == region.code);
        if let Some(number) = own().find(|number| number.item == id) {
            let place = Place::of(number);
            return Ok((place, gep));
        }
        let ids = own().map(|number| number.item.to_string());
        let titles = (0..titles.rows()).map(|row| titles.text("title_zh", row).to_string());
        let mut near = near(item, ids.chain(titles));
        if near.is_empty() {
            let all: Vec<&str> = own().map(|number| number.item).collect();
            near = all.join(", ");
        }
        Err(unknown("explain-item-unknown", item, near))
    }
}

fn gep_item<'a>(gep: &'a Table, number_id: &str) -> Option<&'a str> {
    let all = numbers(gep);
    let own = all.iter().find(|number| number.number_id == number_id);
    own.map(|number| number.item)
}

pub(super) fn near(name: &str, known: impl Iterator<Item = String>) -> String {
    let mut known: Vec<String> = known.filter(|other| !other.is_empty()).collect();
    let mut found = Vec::new();
    while found.len() < 3 {
        let Some(one) = nearest(name, known.iter()) else {
            break;
        };
        known.retain(|other| *other != one);
        found.push(one);
    }
    found.join(", ")
}

pub(super) fn unknown(code: &'static str, name: &str, near: String) -> Findings {
    let near = if near.is_empty() { "-".into() } else { near };
    Finding::error(code)
        .arg("name", name)
        .arg("near", near)
        .exit(2)
        .into()
}
