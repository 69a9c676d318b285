//! Rows of the tables beside the account: ratios, denominators, objects, lines, changes,
//! assets, users, official areas, intervals, corrections, and bridges between profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::Findings;
use serde_json::{Value, json};

use super::explain::{Method, bilingual_json, method_json};
use super::explain_equations::{Equation, Row, Term, equations, spelled};
use super::explain_objects::{ObjectLaws, OneObject};
use super::find::{Question, near, unknown};
use super::numbers::{ALL, children, regions};
use super::tables::Table;
use crate::output::{
    ADJUSTMENTS, ASSET, BRIDGE, Bilingual, CHANGE, CHANGE_OBJECTS, CONTROL_AREAS, DENOMINATORS,
    EXTENT_ACCOUNT, EXTENT_CHANGE, FileEntry, LINES, Manifest, OBJECTS, RATIOS, RECUT, REGIONS,
    SUPPLY_USE, Schema, UNCERTAINTY, UNCERTAINTY_BOUNDS, UNCERTAINTY_CONTRIBUTION,
};

/// The tables with their measure, in the order in which an id or item is looked up.
static ROW_TABLES: [(&Schema, &str); 16] = [
    (&RATIOS, "value"),
    (&DENOMINATORS, "value"),
    (&OBJECTS, "value"),
    (&LINES, "length_mm"),
    (&EXTENT_ACCOUNT, "closing_mm2"),
    (&EXTENT_CHANGE, "area_mm2"),
    (&CHANGE, "value_fen"),
    (&CHANGE_OBJECTS, "value_fen"),
    (&ASSET, "asset_fen"),
    (&SUPPLY_USE, "value_fen"),
    (&CONTROL_AREAS, "after_mm2"),
    (&ADJUSTMENTS, "after"),
    (&UNCERTAINTY, "central"),
    (&UNCERTAINTY_CONTRIBUTION, "share"),
    (&UNCERTAINTY_BOUNDS, "central_fen"),
    (&RECUT, "amount"),
];

/// A row with everything its number follows from.
#[derive(Clone, Debug)]
pub struct RowExplanation {
    /// Program, run id, profile, year, status; of a bridge what there is.
    pub(super) run: [String; 5],
    pub(super) table: &'static str,
    pub(super) keys: Vec<(&'static str, String)>,
    pub(super) region_name: Bilingual,
    pub(super) value: Option<String>,
    pub(super) unit: String,
    pub(super) number_id: String,
    /// Columns that are neither key nor id, as printed, those without a text left out.
    pub(super) columns: Vec<(&'static str, String)>,
    /// Where a number that follows from no other comes from.
    pub(super) origin: Bilingual,
    pub(super) equations: Vec<Equation>,
    pub(super) methods: Vec<Method>,
    pub(super) inputs: Vec<FileEntry>,
}

impl RowExplanation {
    pub(super) fn to_json(&self) -> Value {
        let pairs = |all: &[(&'static str, String)]| -> Value {
            let own = all.iter();
            let own = own.map(|(name, text)| ((*name).to_string(), json!(text)));
            Value::Object(own.collect())
        };
        let [program, run_id, profile, year, status] = &self.run;
        json!({
            "run": {"program": program, "run_id": run_id, "profile": profile, "year": year,
                "status": status},
            "number": {"table": self.table, "keys": pairs(&self.keys), "value": self.value,
                "unit": self.unit, "number_id": self.number_id},
            "region_name": bilingual_json(&self.region_name),
            "columns": pairs(&self.columns),
            "origin": bilingual_json(&self.origin),
            "equations": self.equations.iter().map(|own| json!({
                "zh": own.words[0], "en": own.words[1],
                "with_numbers": own.with_numbers(usize::MAX),
                "result": own.result, "printed": own.printed, "agrees": own.agrees(),
                "terms": own.terms.iter().map(|term| json!({
                    "sign": term.sign.to_string(), "label": term.label,
                    "amount": term.amount, "number_id": term.id,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "methods": self.methods.iter().map(method_json).collect::<Vec<_>>(),
            "inputs": self.inputs.iter().map(|input| json!({
                "role": input.role, "path": input.path, "blake3": input.digest,
            })).collect::<Vec<_>>(),
        })
    }
}

/// Regions of the run: names, and the codes right below each.
struct Tree {
    names: BTreeMap<String, Bilingual>,
    below: BTreeMap<String, Vec<String>>,
}

impl Tree {
    fn read(folder: &Path) -> Result<Self, Findings> {
        let table = Table::read(folder, &REGIONS)?;
        let known = regions(&table);
        let name = |own: &super::numbers::Region<'_>| {
            Bilingual::new(own.name_zh.to_string(), own.name_en.to_string())
        };
        let strings = |codes: Vec<&str>| codes.into_iter().map(String::from).collect();
        Ok(Self {
            names: known
                .values()
                .map(|own| (own.code.to_string(), name(own)))
                .collect(),
            below: children(&known)
                .into_iter()
                .map(|(code, below)| (code.to_string(), strings(below)))
                .collect(),
        })
    }

    fn below(&self, region: &str) -> Vec<&str> {
        let below = self.below.get(region).into_iter().flatten();
        below.map(String::as_str).collect()
    }
}

/// The column that says what region a row is about: of a re-cut the county it goes to.
fn region_column(schema: &Schema) -> &'static str {
    if schema.name == RECUT.name {
        "to_code"
    } else {
        "region_code"
    }
}

fn only(name: &'static str, text: &str) -> (&'static str, BTreeSet<String>) {
    (name, BTreeSet::from([text.to_string()]))
}

/// Explains the row with an id, or every row of a region that an item names.
///
/// # Errors
///
/// If a table that is there cannot be read. Nothing found is an empty list.
pub(super) fn explain_rows(
    folder: &Path,
    question: &Question,
) -> Result<Vec<RowExplanation>, Findings> {
    let tree = Tree::read(folder)?;
    let manifest = Manifest::read(folder)?;
    let mut found = Vec::new();
    for (schema, measure) in ROW_TABLES {
        if !folder.join(schema.path()).is_file() {
            continue;
        }
        let wanted = match question {
            Question::Id(id) => vec![only("number_id", id)],
            Question::Item { region, .. } => {
                vec![only(region_column(schema), &code_of(&tree, region))]
            }
        };
        let table = Table::read_where(folder, schema, &wanted)?;
        for row in (0..table.rows()).filter(|row| named(&table, *row, question)) {
            let around = around(folder, &table, row, &tree)?;
            let id = table.text("number_id", row);
            let ids = around.texts("number_id");
            let Some(at) = (0..around.rows()).find(|own| ids.get(*own) == id) else {
                continue;
            };
            let below = tree.below(table.text(region_column(schema), row));
            let own = Row {
                table: &around,
                row: at,
                measure,
                below: &below,
            };
            found.push(tell(folder, &own, &tree, &manifest)?);
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    match question {
        Question::Id(id) => by_numerator(folder, id),
        Question::Item { .. } => Ok(found),
    }
}

/// Parts of GEP by status stand in no table but as numerators: the report prints their
/// ids, and the ratio tells them.
fn by_numerator(folder: &Path, id: &str) -> Result<Vec<RowExplanation>, Findings> {
    let wanted = [only("numerator_id", id)];
    let table = Table::read_where(folder, &RATIOS, &wanted)?;
    let own = (0..table.rows()).map(|row| table.text("number_id", row));
    match own.into_iter().find(|own| *own != id) {
        Some(own) => explain_rows(folder, &Question::Id(own.to_string())),
        None => Ok(Vec::new()),
    }
}

/// The code of a region that may be asked for by its name.
fn code_of(tree: &Tree, region: &str) -> String {
    use gep_core::diagnostic::Language;
    let named = tree.names.iter().find(|(_, name)| {
        name.get(Language::Zh) == region || name.get(Language::En).eq_ignore_ascii_case(region)
    });
    named.map_or(region.to_string(), |(code, _)| code.clone())
}

/// Whether one of the keys of a row, the region left out, is the item asked for.
fn named(table: &Table, row: usize, question: &Question) -> bool {
    let Question::Item { item, .. } = question else {
        return true;
    };
    let keys = table
        .schema
        .keys
        .iter()
        .filter(|key| **key != region_column(table.schema));
    keys.into_iter().any(|key| table.text(key, row) == item)
}

/// The rows a number may be the sum of: those of its region and of the regions right
/// below, or all of its object.
fn around(folder: &Path, table: &Table, row: usize, tree: &Tree) -> Result<Table, Findings> {
    let text = |name| table.text(name, row);
    let wanted = match table.schema.name {
        "objects" => vec![
            only("object_id", text("object_id")),
            only("kind", text("kind")),
        ],
        "lines" => vec![only("line_id", text("line_id")), only("kind", text("kind"))],
        "recut" if text("class") == ALL => vec![only("item", text("item"))],
        "recut" => vec![only("item", text("item")), only("class", text("class"))],
        _ => {
            let region = text("region_code");
            let below = tree.below(region).into_iter().chain([region]);
            vec![("region_code", below.map(String::from).collect())]
        }
    };
    // A missing text is never wanted: the sum over objects has no kind.
    match wanted.iter().any(|(_, texts)| texts.contains("")) {
        true => Table::read(folder, table.schema),
        false => Table::read_where(folder, table.schema, &wanted),
    }
}

fn tell(
    folder: &Path,
    row: &Row<'_>,
    tree: &Tree,
    manifest: &Manifest,
) -> Result<RowExplanation, Findings> {
    let table = row.table;
    let region = table.text(region_column(table.schema), row.row);
    let has = |name| table.has(name).then(|| table.text(name, row.row));
    let indicator = has("indicator").unwrap_or_default();
    let mut own = plain(row);
    own.region_name = tree.names.get(region).cloned().unwrap_or_default();
    own.run = [
        manifest.program.clone(),
        manifest.run_id.clone(),
        manifest.profile_id.clone(),
        manifest.year.clone(),
        manifest.status.clone(),
    ];
    let kind = has("kind").unwrap_or_default();
    if table.schema.name == OBJECTS.name && !indicator.is_empty() {
        let object = OneObject {
            kind,
            id: table.text("object_id", row.row),
            region,
        };
        let laws = ObjectLaws::read(folder, indicator)?;
        own.methods = laws.methods(indicator, &object);
        let output = table.text("output", row.row);
        if let Some((numbers, value)) = laws.result(indicator, output, &object) {
            let spell = |value| spelled(table.schema, row.measure, value);
            own.equations.insert(
                0,
                Equation {
                    words: ["按公式重算", "computed again by the law"],
                    terms: vec![Term {
                        sign: '+',
                        label: output.to_string(),
                        amount: Some(numbers),
                        id: String::new(),
                    }],
                    result: value.map(spell),
                    printed: own.value.clone(),
                },
            );
        }
    }
    let used = |file: &&FileEntry| match &file.used_by {
        None => true,
        Some(users) => {
            let by_kind = !kind.is_empty() && file.role.contains(kind);
            by_kind || users.iter().any(|user| user == indicator)
        }
    };
    own.inputs = manifest.inputs.iter().filter(used).cloned().collect();
    Ok(own)
}

/// What the row says by itself.
fn plain(row: &Row<'_>) -> RowExplanation {
    let table = row.table;
    let schema = table.schema;
    let text = |name: &str| table.spelling(name, row.row);
    let value = match table.amount(row.measure, row.row) {
        Some(amount) => amount.map(|own| spelled(schema, row.measure, own)),
        None => Some(text(row.measure)).filter(|text| !text.is_empty()),
    };
    let unit = match row.measure {
        name if name.ends_with("_fen") => "CNY".to_string(),
        name if name.ends_with("_mm2") => "mm2".to_string(),
        name if name.ends_with("_mm") => "mm".to_string(),
        _ if table.has("unit") => text("unit"),
        _ => "1".to_string(),
    };
    let told = |(name, _): &(&'static str, crate::output::Kind)| {
        let own = [row.measure, "number_id", "unit"].contains(name) || schema.keys.contains(name);
        let spell = match table.amount(name, row.row) {
            Some(Some(amount)) => spelled(schema, name, amount),
            _ => text(name),
        };
        (!own && !spell.is_empty()).then_some((*name, spell))
    };
    let equations = equations(row);
    RowExplanation {
        run: Default::default(),
        table: schema.name,
        keys: schema.keys.iter().map(|key| (*key, text(key))).collect(),
        region_name: Bilingual::default(),
        unit,
        number_id: text("number_id"),
        columns: schema.columns.iter().filter_map(told).collect(),
        origin: match equations.is_empty() {
            true if value.is_none() && table.has("reason") => Bilingual::new(
                "缺失，原因见“reason”".to_string(),
                "missing, see `reason`".to_string(),
            ),
            true => origin(schema.name),
            false => Bilingual::default(),
        },
        value,
        equations,
        methods: Vec::new(),
        inputs: Vec::new(),
    }
}

/// Where numbers come from that are no sums of others.
fn origin(table: &str) -> Bilingual {
    let (zh, en) = match table {
        "denominators" => (
            "部门数据，见“来源”与输入文件",
            "given by a department: see `source` and the input files",
        ),
        "objects" | "lines" | "extent_change" => (
            "矢量叠加与像元覆盖的整数量算",
            "measured in whole numbers on the overlay of polygons, lines and cells",
        ),
        "supply_use" => (
            "核算价值按使用者份额分摊",
            "the value of the account, shared to users by their shares",
        ),
        "uncertainty" => (
            "参数抽样结果的次序统计量；抽样数与种子见下",
            "order statistics of draws of the parameters; their number and seed stand below",
        ),
        "uncertainty_contribution" => (
            "秩相关平方占全部参数之和的份额",
            "squared rank correlation by its sum over all parameters",
        ),
        "uncertainty_bounds" => (
            "参数取分布两端时重新核算的结果",
            "the account computed again with the parameter at either end",
        ),
        "bridge" => (
            "桥外指标：两种口径各自的结果，原因见下",
            "outside the bridge: what either profile gives, the reason stands below",
        ),
        "change" => (
            "本期或基期核算表中的数",
            "a number of the account of this run or of the base run",
        ),
        _ => ("本次核算的数", "a number of this run"),
    };
    Bilingual::new(zh.to_string(), en.to_string())
}

/// Explains numbers of the bridge in `folder`.
///
/// # Errors
///
/// If it cannot be read, or has no such number (exit 2).
pub(super) fn explain_bridge(
    folder: &Path,
    question: &Question,
) -> Result<Vec<RowExplanation>, Findings> {
    let table = Table::read(folder, &BRIDGE)?;
    let manifest = Manifest::read(folder)?;
    let fits = |row: &usize| match question {
        Question::Id(id) => table.text("number_id", *row) == id,
        Question::Item { region, .. } => {
            table.text("region_code", *row) == region && named(&table, *row, question)
        }
    };
    let found: Vec<RowExplanation> = (0..table.rows())
        .filter(fits)
        .map(|at| {
            let region = table.text("region_code", at);
            let right_below = (0..table.rows())
                .filter(|row| table.text("parent_code", *row) == region)
                .map(|row| table.text("region_code", row));
            let below: BTreeSet<&str> = right_below.collect();
            let below: Vec<&str> = below.into_iter().collect();
            let row = Row {
                table: &table,
                row: at,
                measure: "value_fen",
                below: &below,
            };
            RowExplanation {
                run: [
                    manifest.program.clone(),
                    manifest.run_id.clone(),
                    manifest.profile_id.clone(),
                    manifest.year.clone(),
                    manifest.status.clone(),
                ],
                inputs: manifest.inputs.clone(),
                ..plain(&row)
            }
        })
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Err(match question {
        Question::Id(id) => unknown("explain-id-unknown", id, String::new()),
        Question::Item { region, item, .. } => {
            let codes: BTreeSet<&str> = (0..table.rows())
                .map(|row| table.text("region_code", row))
                .collect();
            if codes.contains(region.as_str()) {
                let items = (0..table.rows()).map(|row| table.text("item", row).to_string());
                let items: BTreeSet<String> = items.collect();
                unknown("explain-item-unknown", item, near(item, items.into_iter()))
            } else {
                let codes = codes.into_iter().map(String::from);
                unknown("explain-region-unknown", region, near(region, codes))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each measure and each id is a column of its table.
    #[test]
    fn measures_are_columns() {
        for (schema, measure) in ROW_TABLES {
            assert!(schema.columns.iter().any(|(name, _)| *name == measure));
            assert!(schema.columns.iter().any(|(name, _)| *name == "number_id"));
        }
    }
}
