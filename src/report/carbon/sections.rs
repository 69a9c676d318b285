//! The tables of the page.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use serde::Serialize;

use crate::report::speech::Speech;
use crate::report::table::Table;

/// A chapter of the page.
#[derive(Serialize)]
pub(super) struct Section {
    /// Anchor.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// What a reader must know.
    pub(super) rule: String,
    /// Heads of the columns; those of numbers stand right.
    pub(super) heads: Vec<Head>,
    /// Rows.
    pub(super) rows: Vec<Vec<Entry>>,
}

/// The head of a column.
#[derive(Serialize)]
pub(super) struct Head {
    text: String,
    right: bool,
}

/// A cell.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Entry {
    /// What is printed.
    pub(super) text: String,
    /// The id of the number; empty if it is none.
    pub(super) id: String,
    /// What it lacks.
    pub(super) why: String,
    /// Whether it is a number or stands for one.
    pub(super) right: bool,
}

/// The tables of the books in one language.
pub(super) struct Book<'a> {
    pub(super) folder: &'a Path,
    pub(super) speech: Speech,
    pub(super) year: &'a str,
    names: BTreeMap<String, String>,
    titles: BTreeMap<String, String>,
}

/// A column of a section: the key of its head, where its text comes from.
enum Column {
    /// A text of the table.
    Text(&'static str),
    /// A text of the table by way of the catalogue.
    Word(&'static str, &'static str),
    /// A text in the language of the page: its column without `_zh`.
    Both(&'static str),
    /// A number with the column of its id.
    Number(&'static str, &'static str),
    /// Grams as tonnes, with the column of its id.
    Tonnes(&'static str, &'static str),
    /// A flow or carrier by its title.
    Titled(&'static str),
    /// The name of the region.
    Region,
}

use Column::{Both, Number, Region, Text, Titled, Tonnes, Word};

/// Which rows of a table a section shows.
#[derive(Clone, Copy)]
enum Rows {
    /// All.
    All,
    /// Those of the reporting year.
    Year,
    /// Indicators of the reporting year; totals only where they are known.
    Indicators,
    /// Facts that are not used.
    NotUsed,
}

/// Anchor, table, rows, and columns with the key of their head.
type Listed = (
    &'static str,
    &'static str,
    Rows,
    &'static [(&'static str, Column)],
);

/// The sections in the order of the page.
static LISTED: [Listed; 17] = [
    (
        "indicators",
        "carbon_indicators",
        Rows::Indicators,
        &[
            ("region", Region),
            ("indicator", Both("title_zh")),
            ("method", Both("method_zh")),
            ("value", Number("value", "number_id")),
            ("unit", Text("unit")),
            ("definition", Text("definition")),
            ("status", Word("status", "status")),
        ],
    ),
    (
        "targets",
        "carbon_targets",
        Rows::All,
        &[
            ("target", Both("title_zh")),
            ("target_value", Number("target_value", "")),
            ("unit", Text("unit")),
            ("year", Text("year")),
            ("value", Number("value", "number_id")),
            ("gap", Number("gap", "")),
            ("rate", Number("required_annual_rate_percent", "")),
            ("progress", Word("carbon_progress", "progress")),
            ("source", Text("source")),
        ],
    ),
    (
        "recalculation",
        "carbon_recalculation",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("method", Text("method_id")),
            ("as_of", Text("as_of")),
            ("earlier", Number("earlier_value", "")),
            ("value", Number("value", "number_id")),
            ("recalculated_by", Number("change", "")),
            ("change_percent", Number("change_percent", "")),
            ("unit", Text("unit")),
            ("recalculated", Word("carbon_recalculated", "state")),
        ],
    ),
    (
        "totals",
        "carbon_totals",
        Rows::Year,
        &[
            ("region", Region),
            ("view", Word("carbon_view", "view")),
            ("gas", Text("gas")),
            ("tonnes", Tonnes("value_g", "number_id")),
            ("missing", Text("missing")),
            ("status", Word("status", "status")),
        ],
    ),
    (
        "emissions",
        "emissions",
        Rows::Year,
        &[
            ("region", Region),
            ("category", Both("category_zh")),
            ("item", Text("item")),
            ("gas", Text("gas")),
            ("tonnes", Tonnes("amount_g", "number_id")),
            ("co2e", Tonnes("co2e_g", "co2e_number_id")),
            ("notation", Text("notation")),
            ("scope", Text("scope")),
            ("status", Word("status", "status")),
        ],
    ),
    (
        "key_categories",
        "key_categories",
        Rows::Year,
        &[
            ("region", Region),
            ("category", Text("category")),
            ("co2e", Tonnes("co2e_g", "number_id")),
            ("share", Number("share_percent", "")),
            ("cumulative", Number("cumulative_percent", "")),
            ("key", Word("carbon_flag", "key")),
            ("uncertainty", Number("activity_uncertainty_percent", "")),
        ],
    ),
    (
        "key_trends",
        "key_category_trends",
        Rows::Year,
        &[
            ("region", Region),
            ("base_year", Text("base_year")),
            ("category", Text("category")),
            ("base_co2e", Tonnes("base_co2e_g", "")),
            ("co2e", Tonnes("co2e_g", "")),
            ("trend", Number("trend_percent", "number_id")),
            ("share", Number("share_percent", "")),
            ("cumulative", Number("cumulative_percent", "")),
            ("key", Word("carbon_flag", "key")),
        ],
    ),
    (
        "uncertainty",
        "carbon_uncertainty",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("co2e", Tonnes("co2e_g", "")),
            ("told", Number("told_percent", "")),
            ("propagated", Number("propagated_percent", "number_id")),
            ("drawn", Number("drawn_percent", "")),
            ("without", Text("without")),
        ],
    ),
    (
        "balance",
        "energy_balance",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("carrier", Titled("carrier")),
            ("flow", Titled("flow")),
            ("value", Number("value", "number_id")),
            ("unit", Text("unit")),
            ("calorific", Number("tce_calorific", "")),
            ("coal_equivalent", Number("tce_coal_equivalent", "")),
        ],
    ),
    (
        "sinks",
        "sinks",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("sink", Both("title_zh")),
            ("kind", Word("carbon_sink", "kind")),
            ("value", Number("value", "number_id")),
            ("unit", Text("unit")),
            ("meets", Word("carbon_flag", "meets_emissions")),
            ("missing", Text("missing")),
            ("status", Word("status", "status")),
        ],
    ),
    (
        "net",
        "net_position",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("emissions", Tonnes("emissions_g", "")),
            ("removals", Tonnes("removals_g", "")),
            ("net", Tonnes("net_g", "number_id")),
            ("sold", Tonnes("sold_g", "")),
            ("net_of_sold", Tonnes("net_of_sold_g", "")),
            ("missing", Text("missing")),
        ],
    ),
    (
        "consistency",
        "carbon_consistency",
        Rows::All,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("method", Text("gep_method_id")),
            ("gep_fixed", Number("gep_fixed_t", "number_id")),
            ("gross", Number("gross_fixation_t", "")),
            ("gep_difference", Number("difference_t", "")),
            ("net_change", Number("net_stock_change_t", "")),
            ("net_share", Number("net_share_percent", "")),
            ("priced", Word("carbon_priced", "priced")),
        ],
    ),
    (
        "peak",
        "peak",
        Rows::All,
        &[
            ("region", Region),
            ("class", Word("carbon_peak", "class")),
            ("window", Word("carbon_window", "window")),
            ("window_class", Word("carbon_peak", "window_class")),
            ("first_year", Text("first_year")),
            ("last_year", Text("last_year")),
            ("n", Number("n", "")),
            ("s", Number("s", "")),
            ("z", Number("z", "")),
            ("p", Number("p", "")),
            ("slope", Number("sen_slope", "")),
            ("peak_year", Text("peak_year")),
            ("decline", Number("decline_percent", "")),
            ("strict", Word("carbon_flag", "strict")),
        ],
    ),
    (
        "decomposition",
        "decomposition",
        Rows::All,
        &[
            ("region", Region),
            ("identity", Word("carbon_identity", "identity")),
            ("from", Text("from_year")),
            ("to", Text("to_year")),
            ("factor", Word("carbon_factor", "factor")),
            ("effect", Number("effect_t", "number_id")),
            ("change", Number("change_t", "")),
            ("missing", Text("missing")),
        ],
    ),
    (
        "decoupling",
        "decoupling",
        Rows::All,
        &[
            ("region", Region),
            ("from", Text("from_year")),
            ("to", Text("to_year")),
            ("elasticity", Number("elasticity", "number_id")),
            ("class", Word("carbon_decoupling", "class")),
            ("missing", Text("missing")),
        ],
    ),
    (
        "paths",
        "carbon_paths",
        Rows::All,
        &[
            ("region", Region),
            ("scenario", Both("title_zh")),
            ("year", Text("year")),
            ("value", Number("emissions_t", "number_id")),
            ("peak_year", Word("carbon_path", "peak")),
        ],
    ),
    (
        "vintages",
        "carbon_facts",
        Rows::NotUsed,
        &[
            ("region", Region),
            ("year", Text("year")),
            ("quantity", Text("quantity")),
            ("item", Text("item")),
            ("value", Number("value", "")),
            ("unit", Text("unit")),
            ("definition", Text("definition")),
            ("vintage", Text("vintage")),
            ("used", Word("carbon_used", "used")),
            ("source", Text("source")),
        ],
    ),
];

impl<'a> Book<'a> {
    pub(super) fn read(folder: &'a Path, speech: Speech, year: &'a str) -> Result<Self, Findings> {
        let regions = Table::read(folder, "carbon_regions")?;
        let name = match speech.language {
            Language::Zh => "name_zh",
            Language::En => "name_en",
        };
        let names = (0..regions.rows())
            .map(|row| (regions.text("region_code", row), regions.text(name, row)))
            .collect();
        let told = Table::read(folder, "carbon_names")?;
        let title = name.replace("name", "title");
        let titles = (0..told.rows())
            .map(|row| (told.text("name", row), told.text(&title, row)))
            .collect();
        Ok(Self {
            folder,
            speech,
            year,
            names,
            titles,
        })
    }

    /// A unit as people write it: 吨标准煤/万元（2020年价）.
    pub(super) fn unit(&self, unit: &str) -> String {
        let (own, year) = match unit.split_once('@') {
            Some((own, year)) => (own, Some(year)),
            None => (unit, None),
        };
        let words = own.split('/').map(|part| match part.split_once('[') {
            Some((mass, gas)) => {
                let mass = self.speech.word("carbon_unit", mass);
                format!("{mass} {}", gas.trim_end_matches(']'))
            }
            None => self.speech.word("carbon_unit", part),
        });
        let words = words.collect::<Vec<_>>().join("/");
        match (year, self.speech.language) {
            (None, _) => words,
            (Some(year), Language::Zh) => format!("{words}（{year}年价）"),
            (Some(year), Language::En) => format!("{words} (prices of {year})"),
        }
    }

    /// What a number lacks, with titles in the place of ids.
    fn lacking(&self, missing: &str) -> String {
        let said = missing.split("; ").map(|one| {
            let (id, rest) = one.split_once(' ').unwrap_or((one, ""));
            let title = self.titles.get(id).map_or(id, String::as_str);
            format!("{title} {rest}").trim_end().to_owned()
        });
        let mark = match self.speech.language {
            Language::Zh => "；",
            Language::En => "; ",
        };
        said.collect::<Vec<_>>().join(mark)
    }

    /// The title of a flow or carrier; its id if none is known.
    pub(super) fn titled(&self, kind: &str, id: &str) -> String {
        let title = self.titles.get(&format!("{kind}:{id}"));
        title.cloned().unwrap_or_else(|| match kind {
            "flow" => self.speech.word("carbon_flow", id),
            _ => id.to_owned(),
        })
    }

    pub(super) fn name(&self, region: &str) -> String {
        self.names
            .get(region)
            .cloned()
            .unwrap_or_else(|| region.to_owned())
    }

    /// All chapters that have anything to show.
    pub(super) fn sections(&self) -> Result<Vec<Section>, Findings> {
        let mut sections = Vec::new();
        for (id, table, wanted, columns) in &LISTED {
            let section = self.section(id, table, *wanted, columns)?;
            sections.extend(Some(section).filter(|own| !own.rows.is_empty()));
        }
        Ok(sections)
    }

    fn section(
        &self,
        id: &'static str,
        name: &str,
        wanted: Rows,
        columns: &[(&'static str, Column)],
    ) -> Result<Section, Findings> {
        let table = Table::read(self.folder, name)?;
        let mut heads = Vec::new();
        for (key, column) in columns {
            heads.push(Head {
                text: self.speech.say(&format!("carbon_head.{key}"))?,
                right: matches!(column, Number(..) | Tonnes(..)),
            });
        }
        let rows = (0..table.rows()).filter(|row| self.shows(wanted, &table, *row));
        let rows: Result<Vec<Vec<Entry>>, Finding> = rows
            .map(|row| {
                columns
                    .iter()
                    .map(|(_, column)| self.entry(&table, row, column))
                    .collect()
            })
            .collect();
        Ok(Section {
            id,
            title: self.speech.say(&format!("carbon.{id}"))?,
            rule: self.speech.say(&format!("carbon_rule.{id}"))?,
            heads,
            rows: rows?,
        })
    }

    fn shows(&self, wanted: Rows, table: &Table, row: usize) -> bool {
        let of_year = || table.text("year", row) == self.year;
        match wanted {
            Rows::All => true,
            Rows::Year => of_year(),
            Rows::NotUsed => table.text("used", row) != "yes",
            Rows::Indicators => {
                let there = !table.text("status", row).is_empty();
                of_year() && (there || table.text("indicator", row) != "carbon_total")
            }
        }
    }

    fn entry(&self, table: &Table, row: usize, column: &Column) -> Result<Entry, Finding> {
        let text = |text: String| Entry {
            text,
            ..Entry::default()
        };
        Ok(match column {
            Text("unit") => text(self.unit(&table.text("unit", row))),
            Text("missing") => text(self.lacking(&table.text("missing", row))),
            Text(name) => text(table.text(name, row)),
            Word(section, name) => {
                let own = table.text(name, row);
                let (kind, item) = own.split_once(':').unwrap_or((&own, ""));
                let word = self.speech.word(section, kind);
                let item = self.speech.word("carbon_sector", item);
                text(if item.is_empty() {
                    word
                } else {
                    format!("{word}: {item}")
                })
            }
            Both(name) => text(match self.speech.language {
                Language::Zh => table.text(name, row),
                Language::En => table.text(&name.replace("_zh", "_en"), row),
            }),
            Titled(name) => text(self.titled(name, &table.text(name, row))),
            Number(name, id) => self.number(table, row, (name, id), 0)?,
            Tonnes(name, id) => self.number(table, row, (name, id), 6)?,
            Region => text(self.name(&table.text("region_code", row))),
        })
    }

    /// A number as the table has it, `more` digits further right; a dash with the reason
    /// where there is none.
    fn number(
        &self,
        table: &Table,
        row: usize,
        (name, id): (&str, &str),
        more: u32,
    ) -> Result<Entry, Finding> {
        let own = match table.amount(name, row) {
            Some((value, power)) => Some(decimal(value, power + more)),
            None => table.ratio(name, row).map(|ratio| format!("{ratio:.6}")),
        };
        let own = own.or_else(|| Some(table.text(name, row)).filter(|text| !text.is_empty()));
        let why = if own.is_none() && table.has("missing") {
            self.lacking(&table.text("missing", row))
        } else {
            String::new()
        };
        Ok(Entry {
            text: match own {
                Some(own) => own,
                None => self.speech.say("carbon.none")?,
            },
            id: if id.is_empty() {
                String::new()
            } else {
                table.text(id, row)
            },
            why,
            right: true,
        })
    }
}

/// Spells a decimal without trailing zeros, thousands apart.
pub(super) fn decimal(value: i128, power: u32) -> String {
    let places = power as usize;
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0 { "-" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{part}")
}
