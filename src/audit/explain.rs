//! `gep explain`: everything a printed number was made of, read back from the
//! tables of its run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use serde_json::{Value, json};

use super::explain_adjustments::{AdjustmentLine, adjustments};
use super::explain_condition::{ConditionFacts, condition_facts};
use super::explain_controls::{self, ControlLine, control_lines};
use super::explain_crosswalk::{CrosswalkNode, crosswalk_json, crosswalk_node};
use super::explain_layers::{LayerLine, layer_lines};
use super::explain_numbers::{Around, Placed, placed_numbers};
use super::explain_uncertainty::{IntervalLine, interval};
use super::find::{Asked, Question, Rows};
use super::numbers::{ALL, Number, Regions, children, numbers, regions};
use super::recompute::Below;
use super::tables::{Table, decimal};
use crate::output::{
    Bilingual, FileEntry, INDICATORS, LAYERS, LINEAGE, Manifest, PARAMETERS, QUANTITY_SCALE,
    REGIONS, TOTALS,
};

/// A number as it stands in a table.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) table: &'static str,
    pub(super) region: String,
    pub(super) class: String,
    pub(super) indicator: String,
    pub(super) output: String,
    pub(super) item: String,
    pub(super) method_id: String,
    /// In the unit, exactly; fen are told in yuan.
    pub(super) value: Option<String>,
    pub(super) unit: String,
    pub(super) coverage: Option<f64>,
    pub(super) partial: bool,
    pub(super) missing_codes: String,
    pub(super) state: String,
    pub(super) reason: String,
    pub(super) status: String,
    pub(super) number_id: String,
}

/// One line of a method: what it computes and from what.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) name: String,
    pub(super) formula: String,
    pub(super) unit: String,
    /// The formula with the numbers of this region in it, where it reads any.
    pub(super) substituted: Option<String>,
    /// Where there is no one number to put there: by ecosystem type or item.
    pub(super) placed: Vec<Placed>,
    pub(super) results: Vec<Shown>,
}

/// A parameter with where it was read.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) status: String,
    pub(super) source: String,
    pub(super) clause: String,
    pub(super) place: String,
    pub(super) binding: String,
}

/// A method, its formulas and its parameters.
#[derive(Clone, Debug)]
pub(super) struct Method {
    pub(super) id: String,
    pub(super) title: Bilingual,
    pub(super) document: String,
    pub(super) clause: String,
    pub(super) statements: Vec<Statement>,
    pub(super) parameters: Vec<Parameter>,
}

/// What the pass summed for one class and one total.
#[derive(Clone, Debug, Default)]
pub(super) struct Summed {
    pub(super) total: String,
    pub(super) sum: i128,
    pub(super) quantum: String,
    pub(super) unit: String,
    pub(super) valid_mm2: i128,
    pub(super) missing_mm2: i128,
}

/// One ecosystem type of the region.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassPart {
    pub(super) class: String,
    pub(super) area_mm2: Option<i128>,
    pub(super) totals: Vec<Summed>,
    pub(super) numbers: Vec<Shown>,
}

/// What a rule does to an indicator, or to all of its own.
#[derive(Clone, Debug)]
pub(super) struct RuleLine {
    /// Its kind, and its choice or bounds in yuan.
    pub(super) words: [String; 2],
    pub(super) title: Bilingual,
    /// Before, removed, after; yuan, exactly.
    pub(super) amounts: [Option<String>; 3],
    pub(super) after: Shown,
}

/// Everything a printed number was made of.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(super) run: [String; 5],
    pub(super) run_title: Bilingual,
    pub(super) price_year: String,
    pub(super) region_name: Bilingual,
    pub(super) region_note: Bilingual,
    pub(super) title: Bilingual,
    pub(super) item_note: Bilingual,
    pub(super) number: Shown,
    pub(super) per_km2_fen: Option<i128>,
    pub(super) methods: Vec<Method>,
    pub(super) crosswalk: Option<CrosswalkNode>,
    pub(super) classes: Vec<ClassPart>,
    /// Indicators of a group, groups of the total.
    pub(super) members: Vec<Shown>,
    /// What rules after all indicators take off.
    pub(super) rules: Vec<RuleLine>,
    /// Of a number of the condition account, what it was made of.
    pub(super) condition: Option<ConditionFacts>,
    /// Official areas of the region and those below.
    pub(super) controls: Vec<ControlLine>,
    /// What corrections by hand do to it.
    pub(super) adjustments: Vec<AdjustmentLine>,
    /// The regions right below.
    pub(super) children: Vec<(Bilingual, Shown)>,
    pub(super) inputs: Vec<FileEntry>,
    /// How the layers among them, and those derived of them, reach the land cover.
    pub(super) layers: Vec<LayerLine>,
    /// The interval, where the run has any.
    pub(super) interval: Option<IntervalLine>,
}

/// Explains a number of the account of the run in `folder`.
///
/// # Errors
///
/// If a table cannot be read, or the number is not in the account (exit 2).
pub(super) fn explain_account(folder: &Path, question: &Question) -> Result<Explanation, Findings> {
    let manifest = Manifest::read(folder)?;
    let region_table = Table::read(folder, &REGIONS)?;
    let indicators = Table::read(folder, &INDICATORS)?;
    let known = regions(&region_table);
    let below = children(&known);
    let asked = Asked {
        folder,
        regions: &known,
        below: &below,
        indicators: &indicators,
        year: &manifest.year,
    };
    let rows = asked.rows(question)?;
    let Some(number) = rows.number() else {
        // Found by its id a moment ago: the folder was changed between two readings.
        return Err(Finding::error("explain-run-changed")
            .file(folder.display())
            .exit(74)
            .into());
    };
    let counties = counties_below(&below, number.region);
    let codes = counties.iter().map(|code| (*code).to_string()).collect();
    let story = Story {
        folder,
        rows: &rows,
        regions: &known,
        below: &below,
        indicators: &indicators,
        number,
        lineage: &Table::read(folder, &LINEAGE)?,
        parameters: &Table::read(folder, &PARAMETERS)?,
        layers: &Table::read(folder, &LAYERS)?,
        totals: &Table::read_where(folder, &TOTALS, &[("region_code", codes)])?,
    };
    let controls = control_lines(folder, &counties, number.class)?;
    let item = story.indicator();
    let interval = interval(folder, number.number_id, number.region, item)?;
    let own = story.own_indicators();
    let status = story.number.status;
    Ok(Explanation {
        controls,
        adjustments: adjustments(folder, &number, &counties)?,
        interval,
        crosswalk: crosswalk_node(folder, story.lineage, &own, status)?,
        ..story.tell(manifest)
    })
}

/// The region and everything below it: totals stand at counties.
fn counties_below<'a>(
    below: &BTreeMap<&'a str, Vec<&'a str>>,
    region: &'a str,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next = vec![region];
    while let Some(code) = next.pop() {
        if found.insert(code) {
            next.extend(below.get(code).into_iter().flatten());
        }
    }
    found
}

fn shown(number: &Number<'_>) -> Shown {
    let money = matches!(number.table.name, "gep" | "value" | "combine");
    let scale = match number.table.name {
        "physical" | "condition" => QUANTITY_SCALE,
        "extent" => 12,
        _ => 2,
    };
    let in_gep = number.table.name == "gep";
    Shown {
        table: number.table.name,
        region: number.region.into(),
        class: number.class.into(),
        indicator: if in_gep {
            number.item
        } else {
            number.indicator
        }
        .into(),
        output: number.output.into(),
        item: if in_gep { "" } else { number.item }.into(),
        method_id: number.method_id.into(),
        value: number.value.map(|value| decimal(value, scale)),
        unit: match number.table.name {
            "extent" => "km2".into(),
            _ if money => "CNY".into(),
            _ => number.unit.into(),
        },
        coverage: number.coverage,
        partial: number.is_partial(),
        missing_codes: number.missing_codes.into(),
        state: number.state.into(),
        reason: number.reason.into(),
        status: number.status.into(),
        number_id: number.number_id.into(),
    }
}

/// A number with the tables around it.
struct Story<'a> {
    folder: &'a Path,
    rows: &'a Rows,
    regions: &'a Regions<'a>,
    below: &'a Below<'a>,
    indicators: &'a Table,
    number: Number<'a>,
    lineage: &'a Table,
    parameters: &'a Table,
    layers: &'a Table,
    totals: &'a Table,
}

impl<'a> Story<'a> {
    fn tell(&self, manifest: Manifest) -> Explanation {
        let number = &self.number;
        let region = self.regions.get(number.region);
        let both = |zh: &str, en: &str| Bilingual::new(zh.into(), en.into());
        let (mut title, item_note) = self.title(self.indicator());
        let condition = self.condition();
        if let Some(facts) = &condition {
            title = facts.title.clone();
        }
        let gep = numbers(&self.rows.gep);
        let per_km2 = gep
            .iter()
            .position(|own| own.number_id == number.number_id)
            .and_then(|row| self.rows.gep.amounts("per_km2_fen")[row]);
        let classes = self.classes();
        let present: BTreeSet<&str> = classes.iter().map(|part| part.class.as_str()).collect();
        let inputs = self.inputs(manifest.inputs, condition.as_ref());
        Explanation {
            methods: self.methods(&present),
            crosswalk: None,
            members: self.members(&gep),
            rules: self.rules(),
            controls: Vec::new(),
            adjustments: Vec::new(),
            children: self.children(),
            layers: layer_lines(self.layers, &inputs),
            inputs,
            condition,
            run: [
                manifest.program,
                manifest.run_id,
                manifest.profile_id,
                manifest.year,
                manifest.status,
            ],
            run_title: manifest.title,
            price_year: manifest.price_year,
            region_name: region.map_or(Bilingual::default(), |r| both(r.name_zh, r.name_en)),
            region_note: region.map_or(Bilingual::default(), |r| both(r.note_zh, r.note_en)),
            title,
            item_note,
            number: shown(number),
            per_km2_fen: per_km2,
            classes,
            interval: None,
        }
    }

    fn condition(&self) -> Option<ConditionFacts> {
        let table = self.rows.condition.as_ref()?;
        (self.number.table.name == table.schema.name)
            .then(|| condition_facts(table, &self.number))
            .flatten()
    }

    fn indicator(&self) -> &'a str {
        if self.number.table.name == "gep" {
            self.number.item
        } else {
            self.number.indicator
        }
    }

    fn title(&self, id: &str) -> (Bilingual, Bilingual) {
        let table = self.indicators;
        let row = (0..table.rows()).find(|row| table.text("indicator", *row) == id);
        row.map_or(
            (Bilingual::new(id.into(), id.into()), Bilingual::default()),
            |row| {
                let text = |name| table.text(name, row);
                (
                    Bilingual::new(text("title_zh").into(), text("title_en").into()),
                    Bilingual::new(text("note_zh").into(), text("note_en").into()),
                )
            },
        )
    }

    /// Physical quantities and values of this indicator in this region.
    fn related(&self) -> Vec<Number<'a>> {
        let wanted = |own: &Number<'_>| {
            own.region == self.number.region && own.indicator == self.indicator()
        };
        let of = |table| numbers(table).into_iter().filter(|own| wanted(own));
        of(&self.rows.value)
            .chain(of(&self.rows.physical))
            .collect()
    }

    fn class(&self) -> &'a str {
        if self.number.class.is_empty() {
            ALL
        } else {
            self.number.class
        }
    }

    fn methods(&self, classes: &BTreeSet<&str>) -> Vec<Method> {
        let related = self.related();
        let around = Around {
            folder: self.folder,
            lineage: self.lineage,
            parameters: self.parameters,
            extent: &self.rows.extent,
            totals: self.totals,
            below: self.below,
        };
        let mut placed = placed_numbers(&around, &self.number, self.indicator());
        let mut methods: Vec<Method> = Vec::new();
        let lineage = self.lineage;
        let rows =
            (0..lineage.rows()).filter(|row| lineage.text("indicator", *row) == self.indicator());
        // Layers stand there without an indicator; so do areas and condition.
        let rows = rows.filter(|_| !self.indicator().is_empty());
        for row in rows {
            let text = |name| lineage.text(name, row);
            let id = text("method_id");
            if !methods.iter().any(|method| method.id == id) {
                methods.push(Method {
                    id: id.into(),
                    title: Bilingual::new(text("title_zh").into(), text("title_en").into()),
                    document: text("document").into(),
                    clause: text("clause").into(),
                    statements: Vec::new(),
                    parameters: parameters_of(self.parameters, id, Some(classes)),
                });
            }
            let Some(method) = methods.iter_mut().find(|method| method.id == id) else {
                continue;
            };
            let results = related
                .iter()
                .filter(|own| own.output == text("statement") && own.class == self.class())
                .map(shown)
                .collect();
            let formula = text("formula");
            let substituted = substitute(formula, &related, self.class(), &method.parameters);
            let placed = placed.remove(text("statement")).unwrap_or_default();
            method.statements.push(Statement {
                name: text("statement").into(),
                formula: formula.into(),
                unit: text("unit").into(),
                placed: if substituted.is_none() {
                    placed
                } else {
                    Vec::new()
                },
                substituted,
                results,
            });
        }
        // From the value back to the quantity: money first.
        let is_money = |method: &Method| {
            let in_value =
                |own: &Number<'_>| own.table.name == "value" && own.method_id == method.id;
            !related.iter().any(in_value)
        };
        methods.sort_by_key(is_money);
        methods
    }

    /// The classes of the region with what was summed on them and what came of it.
    fn classes(&self) -> Vec<ClassPart> {
        let mut parts: BTreeMap<&str, ClassPart> = BTreeMap::new();
        let wanted = |class: &str| class != ALL && (self.class() == ALL || self.class() == class);
        for number in numbers(&self.rows.extent) {
            if number.region == self.number.region && wanted(number.class) {
                parts.entry(number.class).or_default().area_mm2 = number.value;
            }
        }
        for number in self.related() {
            if wanted(number.class) {
                let part = parts.entry(number.class).or_default();
                part.numbers.push(shown(&number));
            }
        }
        self.add_totals(&mut parts);
        let named = |(class, part): (&str, ClassPart)| ClassPart {
            class: class.into(),
            ..part
        };
        parts.into_iter().map(named).collect()
    }

    fn add_totals(&self, parts: &mut BTreeMap<&'a str, ClassPart>) {
        let table = self.totals;
        let (sums, valid) = (table.amounts("sum"), table.amounts("valid_area_mm2"));
        let missing = table.amounts("missing_area_mm2");
        let totals = table.texts("total_id");
        let classes = table.texts("class");
        for row in 0..table.rows() {
            let of_indicator = totals.get(row).split('.').next() == Some(self.indicator());
            if !of_indicator {
                continue;
            }
            let Some(part) = parts.get_mut(classes.get(row)) else {
                continue;
            };
            let total = table.text("rate", row);
            let at = part.totals.iter().position(|own| own.total == total);
            let at = at.unwrap_or_else(|| {
                part.totals.push(Summed {
                    total: total.into(),
                    quantum: table.spelling("quantum", row),
                    unit: table.text("unit", row).into(),
                    ..Summed::default()
                });
                part.totals.len() - 1
            });
            let own = &mut part.totals[at];
            own.sum += sums[row].unwrap_or(0);
            own.valid_mm2 += valid[row].unwrap_or(0);
            own.missing_mm2 += missing[row].unwrap_or(0);
        }
    }

    /// The indicators this number is made of; of an area, the extent itself.
    fn own_indicators(&self) -> Vec<&'a str> {
        let table = self.indicators;
        let all =
            (0..table.rows()).map(|row| (table.text("indicator", row), table.text("group", row)));
        match self.number.item_kind {
            "total" => all.map(|(id, _)| id).collect(),
            "group" => all
                .filter(|(_, group)| *group == self.number.item)
                .map(|(id, _)| id)
                .collect(),
            _ if self.indicator().is_empty() => vec!["extent"],
            _ => vec![self.indicator()],
        }
    }

    /// The input files this number rests on.
    fn inputs(&self, all: Vec<FileEntry>, condition: Option<&ConditionFacts>) -> Vec<FileEntry> {
        let mut own: Vec<String> = self
            .own_indicators()
            .into_iter()
            .map(String::from)
            .collect();
        if let Some(facts) = condition {
            let variables = facts.variables(self.number.item);
            own = variables
                .iter()
                .map(|id| format!("condition:{id}"))
                .collect();
        }
        let used = |file: &FileEntry| {
            let users = file.used_by.as_ref();
            users.is_none_or(|users| users.iter().any(|id| own.contains(id)))
        };
        all.into_iter().filter(used).collect()
    }

    fn members(&self, gep: &[Number<'a>]) -> Vec<Shown> {
        let wanted: Vec<&str> = match self.number.item_kind {
            "total" => vec!["provisioning", "regulating", "cultural", "deduction"],
            "group" => {
                let table = self.indicators;
                (0..table.rows())
                    .filter(|row| table.text("group", *row) == self.number.item)
                    .map(|row| table.text("indicator", row))
                    .collect()
            }
            _ => Vec::new(),
        };
        gep.iter()
            .filter(|own| own.region == self.number.region && wanted.contains(&own.item))
            .map(shown)
            .collect()
    }

    /// The rows of rules that speak of this number: of GEP each rule as a whole and by
    /// indicator, of a group or an indicator its own.
    fn rules(&self) -> Vec<RuleLine> {
        let Some(table) = &self.rows.combine else {
            return Vec::new();
        };
        let total = self.number.item_kind == "total";
        let own = self.own_indicators();
        let amounts = ["before_fen", "removed_fen", "after_fen"].map(|name| table.amounts(name));
        let spoken = |number: &Number<'_>| {
            let all = total && number.indicator == ALL;
            number.region == self.number.region && (all || own.contains(&number.indicator))
        };
        let mut lines: Vec<_> = numbers(table)
            .iter()
            .enumerate()
            .filter(|(_, number)| spoken(number))
            .map(|(row, number)| {
                let text = |name| table.text(name, row).to_string();
                let amount = |at: usize| amounts[at][row].map(|fen| decimal(fen, 2));
                let place = |name| table.spelling(name, row).parse::<u64>().ok();
                let line = RuleLine {
                    words: [text("kind"), text("choice")],
                    title: Bilingual::new(text("title_zh"), text("title_en")),
                    amounts: [0, 1, 2].map(amount),
                    after: shown(number),
                };
                ((place("position"), place("operand")), line)
            })
            .collect();
        lines.sort_by_key(|(place, _)| *place);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn children(&self) -> Vec<(Bilingual, Shown)> {
        let number = &self.number;
        let own = numbers(self.rows.own_table());
        let below = |own: &&Number<'a>| {
            let parent = self.regions.get(own.region).map(|region| region.parent);
            parent == Some(number.region) && own.subject() == number.subject()
        };
        own.iter()
            .filter(below)
            .map(|own| {
                let region = self.regions.get(own.region);
                let name = region.map(|r| Bilingual::new(r.name_zh.into(), r.name_en.into()));
                (name.unwrap_or_default(), shown(own))
            })
            .collect()
    }
}

/// The parameters of a method; of a table by class only those of the classes of interest.
pub(super) fn parameters_of(
    table: &Table,
    method: &str,
    classes: Option<&BTreeSet<&str>>,
) -> Vec<Parameter> {
    let concerns = |row: &usize| {
        let mut key = table.text("key", *row).split_whitespace();
        let class = key.find_map(|part| part.strip_prefix("class="));
        class.is_none_or(|class| classes.is_none_or(|classes| classes.contains(class)))
    };
    (0..table.rows())
        .filter(|row| table.text("method_id", *row) == method)
        .filter(concerns)
        .map(|row| Parameter {
            name: table.text("name", row).into(),
            key: table.text("key", row).into(),
            value: table.spelling("value", row),
            unit: table.text("unit", row).into(),
            status: table.text("status", row).into(),
            source: table.text("source", row).into(),
            clause: table.text("clause", row).into(),
            place: format!(
                "{}:{}",
                table.text("file", row),
                table.spelling("line", row)
            ),
            binding: table.text("binding", row).into(),
        })
        .collect()
}

/// Puts the region's numbers into a formula, name by name. Nothing comes back if
/// the formula sums over cells or classes, or reads no number of this region:
/// there is no one number to put there.
fn substitute(
    formula: &str,
    related: &[Number<'_>],
    class: &str,
    parameters: &[Parameter],
) -> Option<String> {
    let value_of = |name: &str| -> Option<String> {
        let mut keyed = parameters.iter().filter(|own| own.name == name);
        if let (Some(one), None) = (keyed.next(), keyed.next()) {
            return Some(format!("{} [{}]", one.value, one.unit));
        }
        let mut found = related
            .iter()
            .filter(|own| own.output == name && own.class == class);
        match (found.next(), found.next()) {
            (Some(one), None) => {
                let one = shown(one);
                one.value.map(|value| format!("{value} [{}]", one.unit))
            }
            _ => None,
        }
    };
    let mut out = String::new();
    let mut replaced = false;
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if first == '[' {
            rest.find(']').map_or(rest.len(), |at| at + 1)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        if matches!(word, "total" | "over" | "apportion" | "to_zone") {
            return None;
        }
        match value_of(word).filter(|_| first.is_alphabetic()) {
            Some(value) => {
                replaced = true;
                out.push_str(&value);
            }
            None => out.push_str(word),
        }
        rest = after;
    }
    replaced.then_some(out)
}

impl Explanation {
    /// Returns the explanation for programs.
    pub(super) fn to_json(&self) -> Value {
        let both = bilingual_json;
        let [program, run_id, profile, year, status] = &self.run;
        json!({
            "run": {"program": program, "run_id": run_id, "profile": profile, "year": year,
                "status": status, "title": both(&self.run_title), "price_year": self.price_year},
            "number": shown_json(&self.number),
            "per_km2_fen": self.per_km2_fen.map(|fen| fen.to_string()),
            "uncertainty": self.interval.as_ref().map(IntervalLine::to_json),
            "region_name": both(&self.region_name),
            "region_note": both(&self.region_note),
            "title": both(&self.title),
            "note": both(&self.item_note),
            "methods": self.methods.iter().map(method_json).collect::<Vec<_>>(),
            "crosswalk": self.crosswalk.as_ref().map(crosswalk_json),
            "classes": self.classes.iter().map(class_json).collect::<Vec<_>>(),
            "members": self.members.iter().map(shown_json).collect::<Vec<_>>(),
            "rules": self.rules.iter().map(|own| json!({
                "kind": own.words[0], "choice": own.words[1],
                "rule": own.after.item, "indicator": own.after.indicator,
                "title": both(&own.title), "before": own.amounts[0],
                "removed": own.amounts[1], "after": shown_json(&own.after),
            })).collect::<Vec<_>>(),
            "condition": self.condition.as_ref().map(ConditionFacts::to_json),
            "control_areas": explain_controls::to_json(&self.controls),
            "adjustments": self.adjustments.iter().map(|own| json!({
                "line": own.line, "subject": own.subject, "before": own.amounts[0],
                "adjustment": own.amounts[1], "after": own.amounts[2], "unit": own.unit,
                "reason": own.note[0], "document": own.note[1], "name": own.note[2],
                "date": own.note[3], "number_id": own.number_id,
            })).collect::<Vec<_>>(),
            "children": self.children.iter().map(|(name, number)| {
                json!({"name": both(name), "number": shown_json(number)})
            }).collect::<Vec<_>>(),
            "layers": self.layers.iter().map(LayerLine::json).collect::<Vec<_>>(),
            "inputs": self.inputs.iter().map(|input| json!({
                "role": input.role, "path": input.path, "blake3": input.digest,
            })).collect::<Vec<_>>(),
        })
    }
}

pub(super) fn bilingual_json(text: &Bilingual) -> Value {
    json!({"zh": text.get(Language::Zh), "en": text.get(Language::En)})
}

fn shown_json(number: &Shown) -> Value {
    json!({
        "table": number.table, "region_code": number.region, "class": number.class,
        "indicator": number.indicator, "output": number.output, "item": number.item,
        "method_id": number.method_id, "value": number.value, "unit": number.unit,
        "coverage": number.coverage, "partial": number.partial,
        "missing_codes": number.missing_codes, "state": number.state,
        "reason": number.reason, "status": number.status, "number_id": number.number_id,
    })
}

pub(super) fn method_json(method: &Method) -> Value {
    json!({
        "method_id": method.id,
        "title": bilingual_json(&method.title),
        "document": method.document, "clause": method.clause,
        "statements": method.statements.iter().map(|own| json!({
            "name": own.name, "formula": own.formula, "unit": own.unit,
            "with_numbers": own.substituted,
            "with_numbers_by_place": own.placed.iter().map(|(place, numbers)| json!({
                "place": place, "with_numbers": numbers,
            })).collect::<Vec<_>>(),
            "results": own.results.iter().map(shown_json).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "parameters": method.parameters.iter().map(|own| json!({
            "name": own.name, "key": own.key, "value": own.value, "unit": own.unit,
            "status": own.status, "source": own.source, "clause": own.clause,
            "place": own.place, "binding": own.binding,
        })).collect::<Vec<_>>(),
    })
}

fn class_json(part: &ClassPart) -> Value {
    json!({
        "class": part.class,
        "area_mm2": part.area_mm2.map(|area| area.to_string()),
        "totals": part.totals.iter().map(|own| json!({
            "total": own.total, "sum": own.sum.to_string(), "quantum": own.quantum,
            "unit": own.unit, "valid_area_mm2": own.valid_mm2.to_string(),
            "missing_area_mm2": own.missing_mm2.to_string(),
        })).collect::<Vec<_>>(),
        "numbers": part.numbers.iter().map(shown_json).collect::<Vec<_>>(),
    })
}
