//! The law of an indicator, put together again from the tables of a run alone: its
//! formulas (`lineage`), its names (`names`), their values (`parameters`, `inputs`,
//! `objects`) and the sums over cells (`totals`, `extent`).

use std::collections::{BTreeMap, BTreeSet};

use gep_core::formula::{
    Array, Axis, Declaration, Domain, Labels, Output, Place, Program, Rows, Source, Statement,
    Value, check,
};
use gep_core::quantity::{Rational, Unit, UnitRegistry, parse_decimal};

use super::numbers::ALL;
use super::tables::Table;

/// The ground of objects outside all regions.
const UNASSIGNED: &str = "unassigned";
/// Rows of `extent` that are no ecosystem type.
const NO_TYPES: [&str; 3] = [ALL, "nodata", "outside_grid"];

/// The tables a law is put together from.
pub(super) struct Recipe<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) lineage: &'a Table,
    pub(super) names: &'a Table,
    pub(super) parameters: &'a Table,
    pub(super) inputs: &'a Table,
    pub(super) objects: Option<&'a Table>,
    pub(super) lines: Option<&'a Table>,
    pub(super) classes: &'a Table,
    pub(super) extent: &'a Table,
    pub(super) totals: &'a Table,
    pub(super) counties: Vec<String>,
}

/// An output of a law as `lineage` lists it.
pub(super) struct Printed {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) kind: String,
    pub(super) money: bool,
}

/// A law ready to be evaluated.
pub(super) struct Rebuilt {
    pub(super) program: Program,
    pub(super) rows: Rows,
    pub(super) outputs: Vec<Printed>,
}

/// A name of the law and where its values stand.
struct Named<'a> {
    name: &'a str,
    kind: &'a str,
    origin: &'a str,
    method: &'a str,
    domain: Domain,
}

/// What the pass summed on one type of one region for one total, at one month or item.
#[derive(Clone, Debug, Default)]
struct Summed {
    sum: Rational,
    valid_mm2: i128,
    missing_mm2: i128,
}

/// (region, class, rate, at) -> sums.
type Sums<'a> = BTreeMap<(&'a str, &'a str, &'a str, &'a str), Summed>;

impl Recipe<'_> {
    /// Puts the law of an indicator together.
    ///
    /// # Errors
    ///
    /// What does not fit together, in words for an auditor.
    pub(super) fn law(&self, indicator: &str) -> Result<Rebuilt, String> {
        let names = self.named(indicator)?;
        let mut declarations = BTreeMap::new();
        for (name, unit) in &names {
            declarations.insert(
                name.name.to_string(),
                Declaration::new(unit.clone(), name.domain.clone()),
            );
        }
        let (statements, outputs) = self.statements(indicator)?;
        let source = Source {
            units: self.units,
            declarations,
            statements,
        };
        let program = check(&source).map_err(|findings| {
            let codes: Vec<&str> = findings.0.iter().map(|one| one.code).collect();
            codes.join(", ")
        })?;
        let mut rebuilt = Rebuilt {
            program,
            rows: Rows {
                labels: self.labels(&names),
                ..Rows::default()
            },
            outputs,
        };
        let scope = self.scope(indicator);
        for (name, _) in names.iter().filter(|(name, _)| name.kind != "layer") {
            let array = match name.kind {
                "parameter" => self.parameter(name, &rebuilt.rows.labels, &scope)?,
                "table" => self.input(name, &rebuilt.rows.labels)?,
                "geometry" => self.measured(name, &rebuilt.rows.labels)?,
                other => return Err(format!("{}: {other}", name.name)),
            };
            rebuilt.rows.values.insert(name.name.to_string(), array);
        }
        self.add_totals(&mut rebuilt, indicator, &scope)?;
        Ok(rebuilt)
    }

    fn unit(&self, text: &str) -> Result<Unit, String> {
        self.units.unit(text).map_err(|_| format!("unit {text}"))
    }

    fn named(&self, indicator: &str) -> Result<Vec<(Named<'_>, Unit)>, String> {
        let table = self.names;
        let own = (0..table.rows()).filter(|row| table.text("indicator", *row) == indicator);
        own.map(|row| {
            let text = |name| table.text(name, row);
            let domain = Domain::parse(text("domain"));
            let named = Named {
                name: text("name"),
                kind: text("kind"),
                origin: text("origin"),
                method: text("method_id"),
                domain: domain.map_err(|part| format!("{}: {part}", text("name")))?,
            };
            Ok((named, self.unit(text("unit"))?))
        })
        .collect()
    }

    /// The formulas in the order in which the methods were joined.
    fn statements(&self, indicator: &str) -> Result<(Vec<Statement>, Vec<Printed>), String> {
        let table = self.lineage;
        let count = |name, row| table.spelling(name, row).parse::<u64>().unwrap_or(0);
        let mut rows: Vec<(u64, u64, usize)> = (0..table.rows())
            .filter(|row| table.text("indicator", *row) == indicator)
            .map(|row| (count("method_position", row), count("position", row), row))
            .collect();
        rows.sort_unstable();
        let (mut statements, mut outputs) = (Vec::new(), Vec::new());
        for (_, _, row) in rows {
            let text = |name| table.text(name, row);
            let mut output = None;
            if !text("kind").is_empty() {
                let unit = self.unit(text("unit"))?;
                output = Some(Output {
                    unit: unit.clone(),
                    quantum: parse_decimal(text("quantum")),
                });
                outputs.push(Printed {
                    name: text("statement").to_string(),
                    unit,
                    kind: text("kind").to_string(),
                    money: text("unit").starts_with("CNY"),
                });
            }
            statements.push(Statement {
                name: text("statement").to_string(),
                text: text("formula").to_string(),
                place: Place::default(),
                output,
            });
        }
        Ok((statements, outputs))
    }

    fn labels(&self, names: &[(Named<'_>, Unit)]) -> Labels {
        let axes: BTreeSet<&Axis> = names
            .iter()
            .flat_map(|(own, _)| own.domain.axes())
            .collect();
        let mut zones = self.counties.clone();
        if axes.iter().any(|axis| matches!(axis, Axis::Object(_))) {
            zones.push(UNASSIGNED.to_string());
        }
        let types = self.extent.texts("class");
        let types: BTreeSet<&str> = (0..self.extent.rows())
            .map(|row| types.get(row))
            .filter(|class| !NO_TYPES.contains(class))
            .collect();
        let mut labels = Labels::new()
            .with(Axis::Zone, zones)
            .with(Axis::Class, types);
        for axis in axes {
            labels = match axis {
                Axis::Object(kind) => labels.with(axis.clone(), self.object_ids(kind)),
                Axis::Month => labels.with(axis.clone(), (1..=12).map(|month| month.to_string())),
                Axis::Item(list) => labels.with(axis.clone(), self.items(list, names)),
                _ => labels,
            };
        }
        labels
    }

    fn object_ids(&self, kind: &str) -> BTreeSet<String> {
        let tables = [(self.objects, "object_id"), (self.lines, "line_id")];
        let mut ids = BTreeSet::new();
        for (table, id) in tables {
            let Some(table) = table else {
                continue;
            };
            let own = (0..table.rows()).filter(|row| table.text("kind", *row) == kind);
            ids.extend(own.map(|row| table.text(id, row).to_string()));
        }
        ids.remove(ALL);
        ids
    }

    /// The labels of an item list: those its parameters name.
    fn items(&self, list: &str, names: &[(Named<'_>, Unit)]) -> BTreeSet<String> {
        let mut items = BTreeSet::new();
        for (name, _) in names.iter().filter(|(name, _)| name.kind == "parameter") {
            for (keys, _) in self.parameter_rows(name) {
                items.extend(keys.get(list).map(|label| (*label).to_string()));
            }
        }
        items
    }

    /// Keys and row of each value of a parameter.
    fn parameter_rows(&self, name: &Named<'_>) -> Vec<(BTreeMap<&str, &str>, usize)> {
        let table = self.parameters;
        let own = |row: &usize| {
            table.text("method_id", *row) == name.method && table.text("name", *row) == name.name
        };
        let keys = |row| {
            let parts = table.text("key", row).split_whitespace();
            parts.filter_map(|part| part.split_once('=')).collect()
        };
        let rows = (0..table.rows()).filter(own);
        rows.map(|row| (keys(row), row)).collect()
    }

    /// Ecosystem type -> group, and whether the methods are about it.
    fn scope(&self, indicator: &str) -> BTreeMap<&str, (&str, bool)> {
        let table = self.lineage;
        let mut groups: Option<BTreeSet<&str>> = None;
        let mut seen = BTreeSet::new();
        for row in (0..table.rows()).filter(|row| table.text("indicator", *row) == indicator) {
            let own: BTreeSet<&str> = table.text("groups", row).split_whitespace().collect();
            if own.is_empty() || !seen.insert(table.text("method_id", row)) {
                continue;
            }
            groups = Some(match groups {
                Some(so_far) => so_far.intersection(&own).copied().collect(),
                None => own,
            });
        }
        let classes = self.classes;
        (0..classes.rows())
            .map(|row| {
                let group = classes.text("group", row);
                let inside = groups.as_ref().is_none_or(|groups| groups.contains(group));
                (classes.text("class", row), (group, inside))
            })
            .collect()
    }

    fn parameter(
        &self,
        name: &Named<'_>,
        labels: &Labels,
        scope: &BTreeMap<&str, (&str, bool)>,
    ) -> Result<Array, String> {
        let table = self.parameters;
        let mut rows = Vec::new();
        for (keys, row) in self.parameter_rows(name) {
            let spelled = table.text("value", row);
            let value = match spelled {
                "n/a" => Value::NotApplicable,
                number => {
                    let number = parse_decimal(number);
                    let unit = self.unit(table.text("unit", row))?;
                    let number = number.ok_or_else(|| format!("{}: {spelled}", name.name))?;
                    Value::Exact(unit.to_coherent(&number))
                }
            };
            rows.push((keys, value));
        }
        let axes: Vec<&Axis> = name.domain.axes().collect();
        Ok(Array::from_fn(&name.domain, labels, |at| {
            let label = |word: &str| {
                let place = axes.iter().position(|axis| axis.word() == word)?;
                Some(at[place])
            };
            let own = label("class").and_then(|class| scope.get(class));
            if own.is_some_and(|(_, inside)| !inside) {
                return Value::NotApplicable;
            }
            let fits = |keys: &BTreeMap<&str, &str>| {
                keys.iter().all(|(word, wanted)| match *word {
                    "group" => own.map(|(group, _)| group) == Some(wanted),
                    word => label(word) == Some(wanted),
                })
            };
            let found = rows.iter().find(|(keys, _)| fits(keys));
            found.map_or(Value::Missing, |(_, value)| value.clone())
        }))
    }

    /// A department's numbers, or attributes of objects.
    fn input(&self, name: &Named<'_>, labels: &Labels) -> Result<Array, String> {
        let table = self.inputs;
        let mut values: BTreeMap<(&str, &str), Value> = BTreeMap::new();
        for row in (0..table.rows()).filter(|row| table.text("input", *row) == name.origin) {
            let unit = self.unit(table.text("unit", row))?;
            let spelled = table.text("value", row);
            let number = exact(spelled).ok_or_else(|| format!("{}: {spelled}", name.origin))?;
            let key = (table.text("region_code", row), table.text("item", row));
            values.insert(key, Value::Exact(unit.to_coherent(&number)));
        }
        Ok(Array::from_fn(&name.domain, labels, |at| {
            let key = input_key(&name.domain, at);
            values.get(&key).cloned().unwrap_or(Value::Missing)
        }))
    }

    /// Lengths of lines, whole or by region, zero where a line has no part; or whether a
    /// line is of a type.
    fn measured_lines(
        &self,
        name: &Named<'_>,
        labels: &Labels,
        table: &Table,
        kind: &str,
    ) -> Result<Array, String> {
        let lengths = table.amounts("length_mm");
        let (mut values, mut types) = (BTreeMap::new(), BTreeMap::new());
        for (row, length) in lengths.iter().enumerate() {
            let text = |name| table.text(name, row);
            if text("kind") != kind {
                continue;
            }
            let length = length.ok_or_else(|| format!("{}: length", text("line_id")))?;
            let metres = Rational::new(length.into(), 1_000.into());
            values.insert((text("region_code"), text("line_id")), metres);
            types.insert(text("line_id"), text("line_class"));
        }
        let has_item = name.domain.axes().any(|axis| matches!(axis, Axis::Item(_)));
        let by_zone = name.domain.has(&Axis::Zone);
        let whole = |number: i64| Rational::from_integer(number.into());
        Ok(Array::from_fn(&name.domain, labels, |at| {
            let (first, second) = input_key(&name.domain, at);
            let value = match (has_item, by_zone) {
                (true, _) => Some(whole((types.get(first) == Some(&second)).into())),
                (false, true) => values.get(&(first, second)).cloned(),
                (false, false) => values.get(&(ALL, second)).cloned(),
            };
            Value::Exact(value.unwrap_or_else(|| whole(0)))
        }))
    }

    /// Areas of objects, whole or by region; zero where an object has no ground.
    fn measured(&self, name: &Named<'_>, labels: &Labels) -> Result<Array, String> {
        let object = name.domain.object_axis();
        if let (Some(lines), Some(kind)) = (self.lines, object.map(Axis::word)) {
            let own = |row| lines.text("kind", row) == kind;
            if (0..lines.rows()).any(own) {
                return self.measured_lines(name, labels, lines, kind);
            }
        }
        let (Some(table), Some(object)) = (self.objects, object) else {
            return Err(format!("{}: objects", name.name));
        };
        let areas = table.amounts("value");
        let mut values: BTreeMap<(&str, &str), Rational> = BTreeMap::new();
        for (row, area) in areas.iter().enumerate() {
            let text = |name| table.text(name, row);
            let whole = text("indicator").is_empty() && text("output") == "area";
            if !whole || text("kind") != object.word() {
                continue;
            }
            // mm2, from square metres with six digits.
            let area = area.ok_or_else(|| format!("{}: area", text("object_id")))?;
            let square_metres = Rational::new(area.into(), 1_000_000.into());
            values.insert((text("region_code"), text("object_id")), square_metres);
        }
        let by_zone = name.domain.has(&Axis::Zone);
        Ok(Array::from_fn(&name.domain, labels, |at| {
            let (zone, object) = input_key(&name.domain, at);
            let region = if by_zone { zone } else { ALL };
            let zero = || Rational::from_integer(0.into());
            let area = values.get(&(region, object)).cloned();
            Value::Exact(area.unwrap_or_else(zero))
        }))
    }

    fn sums(&self, indicator: &str) -> Result<Sums<'_>, String> {
        let table = self.totals;
        let (sum, valid) = (table.amounts("sum"), table.amounts("valid_area_mm2"));
        let missing = table.amounts("missing_area_mm2");
        let mut sums = Sums::new();
        for row in 0..table.rows() {
            let text = |name| table.text(name, row);
            let own = text("total_id").rsplit_once('.').map(|(of, _)| of);
            if own != Some(indicator) {
                continue;
            }
            let key = (text("region_code"), text("class"), text("rate"), text("at"));
            let quantum = exact(text("quantum")).ok_or_else(|| text("quantum").to_string())?;
            let of = |column: &[Option<i128>]| column[row].unwrap_or(0);
            let entry = sums.entry(key).or_default();
            // Quanta x mm2 in m2 of coherent units.
            entry.sum += Rational::new(of(&sum).into(), 1_000_000.into()) * quantum;
            entry.valid_mm2 += of(&valid);
            entry.missing_mm2 += of(&missing);
        }
        Ok(sums)
    }

    fn add_totals(
        &self,
        law: &mut Rebuilt,
        indicator: &str,
        scope: &BTreeMap<&str, (&str, bool)>,
    ) -> Result<(), String> {
        let sums = self.sums(indicator)?;
        let areas = self.areas();
        let mut all = BTreeMap::new();
        for total in law.program.totals() {
            let axes: Vec<Axis> = total.domain().axes().cloned().collect();
            let labels = &law.rows.labels;
            let concerns = |class: &str| {
                let outside = scope.get(class).is_some_and(|(_, inside)| !inside);
                let by_class = Domain::single().and(Axis::Class);
                let not_applicable = total.reads.iter().any(|name| {
                    let array = law.rows.values.get(name);
                    let array = array.filter(|array| *array.domain() == by_class);
                    array.and_then(|array| array.get(labels, &[class]))
                        == Some(&Value::NotApplicable)
                });
                !outside && !not_applicable
            };
            let array = Array::from_fn(&total.domain(), labels, |at| {
                let find = |wanted: &Axis| {
                    let place = axes.iter().position(|axis| axis == wanted);
                    place.map_or("", |place| at[place])
                };
                let (zone, class) = (find(&Axis::Zone), find(&Axis::Class));
                if !concerns(class) {
                    return Value::NotApplicable;
                }
                let area = areas.get(&(zone, class)).copied().unwrap_or(0);
                if total.is_area {
                    return Value::Exact(Rational::new(area.into(), 1_000_000.into()));
                }
                let rest: Vec<String> = axes
                    .iter()
                    .zip(at)
                    .filter(|(axis, _)| !matches!(axis, Axis::Zone | Axis::Class))
                    .map(|(axis, label)| format!("{}={label}", axis.word()))
                    .collect();
                match sums.get(&(zone, class, total.id.as_str(), rest.join(" ").as_str())) {
                    Some(own) if own.valid_mm2 == 0 && own.missing_mm2 > 0 => Value::Missing,
                    Some(own) => Value::Exact(own.sum.clone()),
                    None => Value::Exact(Rational::from_integer(0.into())),
                }
            });
            all.insert(total.id.clone(), array);
        }
        law.rows.totals = all;
        Ok(())
    }

    fn areas(&self) -> BTreeMap<(&str, &str), i128> {
        let table = self.extent;
        let areas = table.amounts("area_mm2");
        let key = |row| (table.text("region_code", row), table.text("class", row));
        let of = |row: usize| (key(row), areas[row].unwrap_or(0));
        (0..table.rows()).map(of).collect()
    }
}

/// The two labels by which `inputs` knows a value: (zone, item), (zone, object), or
/// (object, item); empty where there is none.
fn input_key<'a>(domain: &Domain, at: &[&'a str]) -> (&'a str, &'a str) {
    let label = |wanted: fn(&Axis) -> bool| {
        let place = domain.axes().position(wanted)?;
        Some(at[place])
    };
    let zone = label(|axis| *axis == Axis::Zone);
    let object = label(|axis| matches!(axis, Axis::Object(_)));
    let item = label(|axis| matches!(axis, Axis::Item(_)));
    match (zone, object, item) {
        (None, Some(object), Some(item)) => (object, item),
        (zone, object, item) => (
            zone.unwrap_or_default(),
            item.or(object).unwrap_or_default(),
        ),
    }
}

/// Reads a decimal, or a fraction of two whole numbers.
fn exact(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        None => parse_decimal(text),
        Some((above, below)) => {
            let below = parse_decimal(below)?;
            let zero = Rational::from_integer(0.into());
            (below != zero).then_some(parse_decimal(above)? / below)
        }
    }
}
