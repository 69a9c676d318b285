//! Explains numbers of the carbon books from their tables: the law with numbers, the
//! facts and factors behind it with their source, and what is missing.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use serde_json::{Value, json};

use super::find::Question;
use super::tables::Table;
use crate::output::{
    Bilingual, CARBON_CONSISTENCY, CARBON_INDICATORS, CARBON_LINEAGE, CARBON_NAMES, CARBON_PATHS,
    CARBON_RECALCULATION, CARBON_REGIONS, CARBON_TARGETS, CARBON_TOTALS, CARBON_UNCERTAINTY,
    DECOMPOSITION, DECOUPLING, EMISSIONS, ENERGY_BALANCE, KEY_CATEGORIES, KEY_CATEGORY_TRENDS,
    Kind, NET_POSITION, PEAK, SINKS, Schema,
};

/// One number of the books with what it was made of.
#[derive(Clone, Debug)]
pub struct CarbonExplanation {
    /// Its id.
    pub number_id: String,
    /// The table it stands in.
    pub table: &'static str,
    /// Region, with its names.
    pub region: Bilingual,
    /// Region code.
    pub region_code: String,
    /// Year.
    pub year: String,
    /// What it is.
    pub title: Bilingual,
    /// The method, which names the convention; empty if there is none.
    pub method: String,
    /// Title of the method.
    pub method_title: Bilingual,
    /// The value as printed; empty if missing.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// `verified`, `transcribed`, `provisional`, `synthetic`; empty if missing.
    pub status: String,
    /// What is missing, as the table has it.
    pub missing: Vec<String>,
    /// What is missing, in words.
    pub missing_words: Vec<Bilingual>,
    /// The tree of its law, itself first; empty for sums.
    pub steps: Vec<CarbonStep>,
    /// What a sum adds up: label, value, unit.
    pub members: Vec<(String, String, String)>,
}

/// A line of the tree.
#[derive(Clone, Debug)]
pub struct CarbonStep {
    /// How far below the number it stands.
    pub depth: u64,
    /// `step`, `parameter`, `fact`, `number`.
    pub kind: String,
    /// Name in the law.
    pub name: String,
    /// Quantity or table.
    pub taken_from: String,
    /// Item labels.
    pub item: String,
    /// Value as printed; empty if missing.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// The formula and the formula with numbers; empty for leaves.
    pub formula: (String, String),
    /// The definition a fact is of.
    pub definition: String,
    /// How far it may be relied on; empty if missing.
    pub status: String,
    /// Who says so.
    pub source: String,
    /// File and line.
    pub place: String,
}

/// Returns whether a folder holds carbon books.
pub fn is_carbon(folder: &Path) -> bool {
    folder.join(CARBON_LINEAGE.path()).is_file()
}

/// Explains the numbers a question is about: one for an id, every convention for a
/// region and indicator.
///
/// # Errors
///
/// If a table cannot be read or there is no such number (exit 2).
pub fn explain_carbon(
    folder: &Path,
    question: &Question,
) -> Result<Vec<CarbonExplanation>, Findings> {
    let books = Books { folder };
    let found = match question {
        Question::Id(id) => books.by_id(id)?,
        Question::Item { region, item, year } => books.by_item(region, item, year.as_deref())?,
    };
    if found.is_empty() {
        let name = match question {
            Question::Id(id) => id.clone(),
            Question::Item { region, item, year } => {
                format!("{region} {item} {}", year.as_deref().unwrap_or_default())
            }
        };
        return Err(Finding::error("explain-carbon-unknown")
            .file(folder.display())
            .arg("name", name.trim())
            .exit(2)
            .into());
    }
    found.into_iter().map(|own| books.fill(own)).collect()
}

/// The tables whose numbers have ids, with the column of the value and its unit; no
/// unit if the table has a column of its own for it.
const TABLES: [(&Schema, &str, &str, &str); 17] = [
    (&CARBON_INDICATORS, "number_id", "value", ""),
    (&EMISSIONS, "number_id", "amount_g", "g"),
    (&EMISSIONS, "co2e_number_id", "co2e_g", "g[CO2e]"),
    (&CARBON_TOTALS, "number_id", "value_g", "g"),
    (&SINKS, "number_id", "value", ""),
    (&NET_POSITION, "number_id", "net_g", "g[CO2e]"),
    (&CARBON_RECALCULATION, "number_id", "value", ""),
    (&CARBON_CONSISTENCY, "number_id", "gep_fixed_t", "t[CO2]"),
    (&CARBON_TARGETS, "number_id", "value", ""),
    (&ENERGY_BALANCE, "number_id", "value", ""),
    (&KEY_CATEGORIES, "number_id", "co2e_g", "g[CO2e]"),
    (&KEY_CATEGORY_TRENDS, "number_id", "trend_percent", "%"),
    (&CARBON_UNCERTAINTY, "number_id", "propagated_percent", "%"),
    (&DECOMPOSITION, "number_id", "effect_t", "t[CO2]"),
    (&DECOUPLING, "number_id", "elasticity", "1"),
    (&PEAK, "number_id", "maximum", "t[CO2]"),
    (&CARBON_PATHS, "number_id", "emissions_t", "t[CO2]"),
];

struct Books<'a> {
    folder: &'a Path,
}

impl Books<'_> {
    fn by_id(&self, id: &str) -> Result<Vec<CarbonExplanation>, Findings> {
        for (schema, column, value, unit) in TABLES {
            let wanted = [(column, BTreeSet::from([id.to_owned()]))];
            let table = Table::read_where(self.folder, schema, &wanted)?;
            if table.rows() > 0 {
                return Ok(vec![self.row(&table, 0, (column, value, unit))]);
            }
        }
        Ok(Vec::new())
    }

    fn by_item(
        &self,
        region: &str,
        item: &str,
        year: Option<&str>,
    ) -> Result<Vec<CarbonExplanation>, Findings> {
        let regions = Table::read(self.folder, &CARBON_REGIONS)?;
        let named = (0..regions.rows()).find(|row| {
            ["region_code", "name_zh", "name_en"]
                .iter()
                .any(|column| regions.text(column, *row).eq_ignore_ascii_case(region))
        });
        let code = named.map_or(region, |row| regions.text("region_code", row));
        let mut found = Vec::new();
        for (schema, column, value, unit) in TABLES {
            let wanted = [("region_code", BTreeSet::from([code.to_owned()]))];
            let table = Table::read_where(self.folder, schema, &wanted)?;
            let rows = (0..table.rows()).filter(|row| {
                let own =
                    year.is_none_or(|year| !table.has("year") || table.text("year", *row) == year);
                own && is_item(&table, *row, item)
            });
            found.extend(rows.map(|row| self.row(&table, row, (column, value, unit))));
        }
        if year.is_none() {
            keep_latest(&mut found);
        }
        Ok(found)
    }

    fn row(
        &self,
        table: &Table,
        row: usize,
        (id, value, unit): (&str, &str, &str),
    ) -> CarbonExplanation {
        let text = |name: &str| {
            if table.has(name) {
                table.text(name, row).to_owned()
            } else {
                String::new()
            }
        };
        let gas = text("gas");
        let unit = match unit {
            "" => text("unit"),
            "g" if !gas.is_empty() => format!("g[{gas}]"),
            other => other.to_owned(),
        };
        let missing = text("missing");
        CarbonExplanation {
            number_id: text(id),
            table: table.schema.name,
            region: Bilingual::default(),
            region_code: text("region_code"),
            year: text("year"),
            title: title(table, row),
            method: text("method_id"),
            method_title: Bilingual::new(text("method_zh"), text("method_en")),
            value: table.spelling(value, row),
            unit,
            status: text("status"),
            missing: missing
                .split("; ")
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            missing_words: Vec::new(),
            steps: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Adds names, the tree of the law and the members of a sum.
    fn fill(&self, mut own: CarbonExplanation) -> Result<CarbonExplanation, Findings> {
        let wanted = [("region_code", BTreeSet::from([own.region_code.clone()]))];
        let regions = Table::read_where(self.folder, &CARBON_REGIONS, &wanted)?;
        if regions.rows() > 0 {
            let name = |column| regions.text(column, 0).to_owned();
            own.region = Bilingual::new(name("name_zh"), name("name_en"));
        }
        if !own.missing.is_empty() {
            let names = Table::read(self.folder, &CARBON_NAMES)?;
            own.missing_words = own
                .missing
                .iter()
                .map(|one| in_words(&names, one))
                .collect();
        }
        let wanted = [("number_id", BTreeSet::from([self.law_id(&own)?]))];
        let lineage = Table::read_where(self.folder, &CARBON_LINEAGE, &wanted)?;
        let mut rows: Vec<usize> = (0..lineage.rows()).collect();
        rows.sort_by_key(|row| lineage.counts("position")[*row]);
        own.steps = rows.into_iter().map(|row| step(&lineage, row)).collect();
        if own.table == CARBON_TOTALS.name {
            own.members = self.members(&own)?;
        } else if own.table == NET_POSITION.name {
            own.members = self.net_members(&own)?;
        } else if own.steps.is_empty() {
            own.members = self.columns(&own)?;
        }
        Ok(own)
    }

    /// CO2e rests on the law of its gas.
    fn law_id(&self, own: &CarbonExplanation) -> Result<String, Findings> {
        if own.table != EMISSIONS.name {
            return Ok(own.number_id.clone());
        }
        let wanted = [("co2e_number_id", BTreeSet::from([own.number_id.clone()]))];
        let table = Table::read_where(self.folder, &EMISSIONS, &wanted)?;
        let gas = (table.rows() > 0).then(|| table.text("number_id", 0).to_owned());
        Ok(gas.unwrap_or_else(|| own.number_id.clone()))
    }

    /// The emissions of a region and year, in the unit of a total; those of other views
    /// stand beside it with their scope.
    fn members(&self, own: &CarbonExplanation) -> Result<Vec<(String, String, String)>, Findings> {
        let wanted = [
            ("region_code", BTreeSet::from([own.region_code.clone()])),
            ("year", BTreeSet::from([own.year.clone()])),
        ];
        let table = Table::read_where(self.folder, &EMISSIONS, &wanted)?;
        let warming = own.unit == "g[CO2e]";
        let fits = |row: &usize| warming || own.unit == format!("g[{}]", table.text("gas", *row));
        let column = if warming { "co2e_g" } else { "amount_g" };
        let rows = (0..table.rows()).filter(fits).map(|row| {
            let parts = [
                "category",
                "sector",
                "scope",
                "method_id",
                "item",
                "notation",
            ];
            let parts: Vec<&str> = parts.iter().map(|name| table.text(name, row)).collect();
            let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            (
                told.join(" · "),
                table.spelling(column, row),
                own.unit.clone(),
            )
        });
        Ok(rows.collect())
    }

    /// The row of a number that no law computes: a balance, a decomposition, a peak.
    fn columns(&self, own: &CarbonExplanation) -> Result<Vec<(String, String, String)>, Findings> {
        let schema = TABLES.iter().find(|(schema, ..)| schema.name == own.table);
        let Some((schema, id, ..)) = schema else {
            return Ok(Vec::new());
        };
        let wanted = [(*id, BTreeSet::from([own.number_id.clone()]))];
        let table = Table::read_where(self.folder, schema, &wanted)?;
        let columns = schema.columns.iter().map(|(name, kind)| (*name, *kind));
        let told = columns.filter(|(name, _)| table.rows() > 0 && !name.ends_with("number_id"));
        Ok(told
            .map(|(name, kind)| {
                let value = match kind {
                    Kind::Text => table.text(name, 0).to_owned(),
                    Kind::Count => table.counts(name)[0]
                        .map(|own| own.to_string())
                        .unwrap_or_default(),
                    Kind::Ratio => table.ratios(name)[0]
                        .map(|own| own.to_string())
                        .unwrap_or_default(),
                    Kind::Decimal(_) => table.spelling(name, 0),
                };
                (name.to_owned(), value, String::new())
            })
            .filter(|(_, value, _)| !value.is_empty())
            .collect())
    }

    fn net_members(
        &self,
        own: &CarbonExplanation,
    ) -> Result<Vec<(String, String, String)>, Findings> {
        let wanted = [("number_id", BTreeSet::from([own.number_id.clone()]))];
        let table = Table::read_where(self.folder, &NET_POSITION, &wanted)?;
        let columns = ["emissions_g", "removals_g", "sold_g", "net_of_sold_g"];
        let told = columns.iter().map(|name| {
            (
                (*name).to_owned(),
                table.spelling(name, 0),
                own.unit.clone(),
            )
        });
        Ok(told.collect())
    }
}

/// The title of what is missing in the place of its id; the rest stands as it is.
fn in_words(names: &Table, missing: &str) -> Bilingual {
    let (id, rest) = missing.split_once(' ').unwrap_or((missing, ""));
    let row = (0..names.rows()).find(|row| names.text("name", *row) == id);
    let said = |column: &str| {
        let title = row.map_or(id, |row| names.text(column, row));
        format!("{title} {rest}").trim_end().to_owned()
    };
    Bilingual::new(said("title_zh"), said("title_en"))
}

/// Without a year the latest with a value is meant, or the latest.
fn keep_latest(found: &mut Vec<CarbonExplanation>) {
    let known = found.iter().filter(|own| !own.value.is_empty());
    let latest = known.map(|own| own.year.clone()).max();
    let latest = latest.or_else(|| found.iter().map(|own| own.year.clone()).max());
    found.retain(|own| Some(&own.year) == latest.as_ref());
}

fn is_item(table: &Table, row: usize, item: &str) -> bool {
    let columns = [
        "flow",
        "scenario",
        "indicator",
        "view",
        "pool",
        "category",
        "title_zh",
        "title_en",
        "target",
    ];
    let named = columns
        .iter()
        .any(|column| table.has(column) && table.text(column, row) == item);
    named || table.schema.name == item
}

fn title(table: &Table, row: usize) -> Bilingual {
    let text = |name: &str| {
        if table.has(name) {
            table.text(name, row).to_owned()
        } else {
            String::new()
        }
    };
    for (zh, en) in [("title_zh", "title_en"), ("category_zh", "category_en")] {
        if table.has(zh) {
            return Bilingual::new(text(zh), text(en));
        }
    }
    match table.schema.name {
        "net_position" => Bilingual::new("净排放".to_owned(), "Net position".to_owned()),
        "carbon_recalculation" => {
            let own = text("method_id");
            Bilingual::new(
                format!("重新计算的指标 {own}"),
                format!("Recalculated indicator {own}"),
            )
        }
        "carbon_consistency" => Bilingual::new(
            "GEP 固碳项（与碳账簿对照，不相加）".to_owned(),
            "Carbon item of GEP, beside the books and never added".to_owned(),
        ),
        "energy_balance" => {
            let own = format!("{} {}", text("flow"), text("carrier"));
            Bilingual::new(format!("能源平衡 {own}"), format!("Energy balance {own}"))
        }
        "key_categories" => {
            let own = text("category");
            Bilingual::new(format!("关键类别 {own}"), format!("Key category {own}"))
        }
        "key_category_trends" => {
            let own = format!(
                "{} {}-{}",
                text("category"),
                text("base_year"),
                text("year")
            );
            Bilingual::new(
                format!("关键类别（趋势）{own}"),
                format!("Key category by trend {own}"),
            )
        }
        "carbon_uncertainty" => Bilingual::new(
            "直接排放的不确定性（95 % 区间半宽，误差传播）".to_owned(),
            "Uncertainty of direct emissions (half of the 95 % interval, propagated)".to_owned(),
        ),
        "decomposition" => {
            let own = format!(
                "{} {}-{}",
                text("factor"),
                text("from_year"),
                text("to_year")
            );
            Bilingual::new(format!("因素分解 {own}"), format!("Effect of {own}"))
        }
        "decoupling" => {
            let own = format!("{}-{}", text("from_year"), text("to_year"));
            Bilingual::new(format!("脱钩弹性 {own}"), format!("Decoupling {own}"))
        }
        "peak" => Bilingual::new("达峰判定（峰值）".to_owned(), "Peak (maximum)".to_owned()),
        _ => Bilingual::new(
            format!("合计 {}", text("view")),
            format!("Total {}", text("view")),
        ),
    }
}

fn step(lineage: &Table, row: usize) -> CarbonStep {
    let text = |name: &str| lineage.text(name, row).to_owned();
    CarbonStep {
        depth: lineage.counts("depth")[row].unwrap_or(0),
        kind: text("kind"),
        name: text("name"),
        taken_from: text("taken_from"),
        item: text("item"),
        value: text("value"),
        unit: text("unit"),
        formula: (text("formula"), text("substituted")),
        definition: text("definition"),
        status: text("status"),
        source: text("source"),
        place: text("place"),
    }
}

impl CarbonExplanation {
    /// Returns it as JSON.
    pub fn to_json(&self) -> Value {
        let both = |text: &Bilingual| {
            use gep_core::diagnostic::Language::{En, Zh};
            json!({"zh": text.get(Zh), "en": text.get(En)})
        };
        let steps: Vec<Value> = self.steps.iter().map(step_json).collect();
        let members: Vec<Value> = self
            .members
            .iter()
            .map(|(label, value, unit)| json!({"label": label, "value": value, "unit": unit}))
            .collect();
        json!({
            "number_id": self.number_id,
            "table": self.table,
            "region_code": self.region_code,
            "region": both(&self.region),
            "year": self.year,
            "title": both(&self.title),
            "method_id": self.method,
            "method": both(&self.method_title),
            "value": if self.value.is_empty() { Value::Null } else { json!(self.value) },
            "unit": self.unit,
            "status": self.status,
            "missing": self.missing,
            "steps": steps,
            "members": members,
        })
    }
}

fn step_json(step: &CarbonStep) -> Value {
    json!({
        "depth": step.depth,
        "kind": step.kind,
        "name": step.name,
        "taken_from": step.taken_from,
        "item": step.item,
        "value": if step.value.is_empty() { Value::Null } else { json!(step.value) },
        "unit": step.unit,
        "formula": step.formula.0,
        "substituted": step.formula.1,
        "definition": step.definition,
        "status": step.status,
        "source": step.source,
        "place": step.place,
    })
}
