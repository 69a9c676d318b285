//! The energy balance of a year as flows: where each carrier comes from and where it goes.
//! Only cells of the balance are drawn; what does not close is a flow of its own.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;

use super::drawing::{About, Drawing, LINE, Shape, part_style};
use super::sections::{Book, decimal};
use crate::report::table::Table;

/// Digits of the balance.
const SCALE: u32 = 6;
/// Places of the picture: the columns of sources, carriers and uses.
const WIDTH: i64 = 1_000;
const COLUMNS: [i64; 3] = [290, 460, 630];
const BAR: i64 = 14;
const TOP: i64 = 50;
/// Height of all that one side adds up to, without the gaps.
const HEIGHT: i128 = 420;
const GAP: i64 = 6;

/// A flow between a carrier and a source or use.
#[derive(Clone)]
struct Flow {
    carrier: String,
    other: String,
    amount: i128,
    enters: bool,
    id: String,
}

/// A node: name, amount, its upper edge and how much of it is taken on each side.
struct Node {
    name: String,
    amount: i128,
    flows: usize,
    id: String,
    y: i64,
    taken: [i128; 2],
}

/// The rows of a region and year.
struct Balance<'a> {
    book: &'a Book<'a>,
    table: &'a Table,
    rows: Vec<usize>,
    measure: &'static str,
}

impl Book<'_> {
    /// A picture of each region's latest balance.
    pub(super) fn sankeys(&self) -> Result<Vec<Drawing>, Findings> {
        let table = Table::read(self.folder, "energy_balance")?;
        let mut latest: BTreeMap<String, String> = BTreeMap::new();
        for row in 0..table.rows() {
            let year = latest.entry(table.text("region_code", row)).or_default();
            *year = table.text("year", row).max(year.clone());
        }
        let mut found = Vec::new();
        for (region, year) in latest {
            found.extend(self.sankey(&table, &region, &year)?);
        }
        Ok(found)
    }

    fn sankey(&self, table: &Table, region: &str, year: &str) -> Result<Option<Drawing>, Findings> {
        let rows = (0..table.rows()).filter(|row| {
            table.text("region_code", *row) == region && table.text("year", *row) == year
        });
        let rows: Vec<usize> = rows.collect();
        let units: BTreeSet<String> = rows.iter().map(|row| table.text("unit", *row)).collect();
        let mut own = units.iter();
        let (measure, unit) = match (own.next(), own.next()) {
            (Some(unit), None) => ("value", unit.clone()),
            _ => ("tce_calorific", "tce".to_owned()),
        };
        let balance = Balance {
            book: self,
            table,
            rows,
            measure,
        };
        let (mut flows, mut left_out) = (Vec::new(), Vec::new());
        for carrier in balance.carriers() {
            match balance.flows(&carrier)? {
                Some(own) => flows.extend(own),
                None => left_out.push(self.titled("carrier", &carrier)),
            }
        }
        if flows.is_empty() {
            return Ok(None);
        }
        let mut source = self.speech.fill(
            "carbon_chart.sankey_source",
            &[("from", &balance.sources())],
        )?;
        if !left_out.is_empty() {
            let names = left_out.join(&self.speech.say("carbon_chart.comma")?);
            let said = self
                .speech
                .fill("carbon_chart.sankey_left_out", &[("carriers", &names)])?;
            source.push_str(&said);
        }
        let title = format!(
            "{} · {} ({})",
            self.name(region),
            self.speech.fill("carbon_chart.sankey", &[("year", year)])?,
            self.speech.word("carbon_unit", &unit)
        );
        let heads = ["sources", "carriers", "uses"]
            .map(|own| self.speech.say(&format!("carbon_chart.{own}")));
        let mut drawing = drawn(&flows, title, source);
        for (at, head) in heads.into_iter().enumerate() {
            let (x, anchor) = match at {
                0 => (COLUMNS[0] + BAR, "end"),
                1 => (COLUMNS[1] + BAR / 2, "middle"),
                _ => (COLUMNS[2], "start"),
            };
            drawing.text((x, LINE), anchor, head?);
        }
        Ok(Some(drawing))
    }
}

impl Balance<'_> {
    fn carriers(&self) -> BTreeSet<String> {
        let own = self.rows.iter();
        own.map(|row| self.table.text("carrier", *row)).collect()
    }

    /// Who told the balance.
    fn sources(&self) -> String {
        let own = self.rows.iter().map(|row| self.table.text("source", *row));
        let own: BTreeSet<String> = own.filter(|text| !text.is_empty()).collect();
        own.into_iter().collect::<Vec<_>>().join("; ")
    }

    /// The flows of a carrier; none if it cannot be told whether they balance, or an amount
    /// is missing in the unit of the picture.
    fn flows(&self, carrier: &str) -> Result<Option<Vec<Flow>>, Findings> {
        let own = |row: &&usize| self.table.text("carrier", **row) == carrier;
        let rows: Vec<usize> = self.rows.iter().filter(own).copied().collect();
        let flow_of = |row: usize| self.table.text("flow", row);
        let given: BTreeSet<String> = rows.iter().map(|row| flow_of(*row)).collect();
        let told = |flow: &str| rows.iter().find(|row| flow_of(**row) == flow);
        let amount = |row: usize| self.table.amount(self.measure, row).map(|own| own.0);
        let Some(difference) = told("difference").and_then(|row| amount(*row)) else {
            return Ok(None);
        };
        let mut flows = Vec::new();
        let mut add = |other: String, amount: i128, enters: bool, id: String| {
            if amount != 0 {
                flows.push(Flow {
                    carrier: self.book.titled("carrier", carrier),
                    other,
                    amount: amount.abs(),
                    // What is negative goes the other way.
                    enters: enters == (amount > 0),
                    id,
                });
            }
        };
        for row in &rows {
            let (flow, part) = (flow_of(*row), self.table.text("part", *row));
            let parent = self.table.text("parent", *row);
            if given.contains(&parent) && part != "final" {
                continue;
            }
            let enters = match part.as_str() {
                "supply" | "transformation" => true,
                "loss" | "final" => false,
                _ => continue,
            };
            let Some(value) = amount(*row) else {
                return Ok(None);
            };
            let id = self.table.text("number_id", *row);
            let name = self.book.titled("flow", &flow);
            if part != "final" {
                add(self.transformed(&part, name, value)?, value, enters, id);
                continue;
            }
            // Of a flow with parts the parts are drawn, and what they leave of it.
            let grand = told(&parent).map(|row| self.table.text("parent", *row));
            if grand.is_some_and(|grand| !grand.is_empty() && given.contains(&grand)) {
                continue;
            }
            let parts = rows
                .iter()
                .filter(|other| self.table.text("parent", **other) == flow);
            let parts: Option<Vec<i128>> = parts.map(|row| amount(*row)).collect();
            let Some(parts) = parts else {
                return Ok(None);
            };
            let top = !given.contains(&parent);
            if parts.is_empty() || !top {
                add(name, value, false, id);
            } else {
                let rest = value - parts.iter().sum::<i128>();
                add(self.said("rest", &name)?, rest, false, String::new());
            }
        }
        let id = told("difference").map(|row| self.table.text("number_id", *row));
        let name = self.book.speech.word("carbon_flow", "difference");
        add(name, difference, false, id.unwrap_or_default());
        Ok(Some(flows))
    }

    /// The name of a flow, which of transformation says whether it is output or input.
    fn transformed(&self, part: &str, name: String, value: i128) -> Result<String, Findings> {
        match (part, value > 0) {
            ("transformation", true) => self.said("produced", &name),
            ("transformation", false) => self.said("put_in", &name),
            _ => Ok(name),
        }
    }

    fn said(&self, key: &str, name: &str) -> Result<String, Findings> {
        let own = self
            .book
            .speech
            .fill(&format!("carbon_chart.{key}"), &[("flow", name)]);
        Ok(own?)
    }
}

/// Adds an amount to its node, in the order the nodes first appear.
fn count(nodes: &mut Vec<Node>, name: &str, flow: &Flow) {
    match nodes.iter_mut().find(|own| own.name == name) {
        Some(node) => {
            node.amount += flow.amount;
            node.flows += 1;
        }
        None => nodes.push(Node {
            name: name.to_owned(),
            amount: flow.amount,
            flows: 1,
            id: flow.id.clone(),
            y: 0,
            taken: [0; 2],
        }),
    }
}

/// Sources, carriers and uses with all that passes through them.
fn nodes(flows: &[Flow]) -> [Vec<Node>; 3] {
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for flow in flows {
        let side = if flow.enters { 0 } else { 2 };
        count(&mut all[side], &flow.other, flow);
        if flow.enters {
            count(&mut all[1], &flow.carrier, flow);
        }
    }
    all
}

fn drawn(flows: &[Flow], title: String, source: String) -> Drawing {
    let mut columns = nodes(flows);
    let most = columns
        .iter()
        .map(|own| own.iter().map(|node| node.amount).sum::<i128>())
        .max()
        .unwrap_or(1)
        .max(1);
    let high = |amount: i128| i64::try_from(amount * HEIGHT / most).unwrap_or(0);
    let mut foot = TOP;
    for (at, column) in columns.iter_mut().enumerate() {
        // The name of a carrier stands above it.
        let gap = if at == 1 { GAP + LINE } else { GAP };
        let mut y = TOP;
        for node in column.iter_mut() {
            node.y = y;
            // Each node has room for its label.
            y += high(node.amount).max(LINE) + gap;
        }
        foot = foot.max(y);
    }
    let mut drawing = Drawing {
        kind: "sankey",
        title,
        source,
        width: WIDTH,
        height: foot + GAP,
        shapes: Vec::new(),
        legend: Vec::new(),
    };
    let carriers: Vec<String> = columns[1].iter().map(|node| node.name.clone()).collect();
    for flow in flows {
        let style = carriers.iter().position(|own| *own == flow.carrier);
        let style = format!("flow {}", part_style(style.unwrap_or(0)));
        let line = ribbon(&mut columns, flow, &high);
        let arrow = if flow.enters { "→" } else { "←" };
        let said = decimal(flow.amount, SCALE);
        let title = format!("{} {arrow} {}: {said}", flow.other, flow.carrier);
        drawing.shapes.push(Shape::Path {
            style,
            line,
            about: About::of(title, flow.id.clone()),
        });
    }
    for (at, column) in columns.iter().enumerate() {
        for node in column {
            label(&mut drawing, at, node, high(node.amount).max(1));
        }
    }
    drawing
}

/// The outline of a flow, next to those already drawn at both of its ends.
fn ribbon(columns: &mut [Vec<Node>; 3], flow: &Flow, high: &impl Fn(i128) -> i64) -> String {
    let (left, right) = if flow.enters { (0, 1) } else { (1, 2) };
    let mut edge = |column: usize, side: usize, name: &str| -> (i64, i64) {
        let node = columns[column].iter_mut().find(|own| own.name == name);
        let Some(node) = node else {
            return (0, 0);
        };
        let from = node.y + high(node.taken[side]);
        node.taken[side] += flow.amount;
        (from, (node.y + high(node.taken[side])).max(from + 1))
    };
    let names = if flow.enters {
        [&flow.other, &flow.carrier]
    } else {
        [&flow.carrier, &flow.other]
    };
    let (a, b) = edge(left, 1, names[0]);
    let (c, d) = edge(right, 0, names[1]);
    let (from, to) = (COLUMNS[left] + BAR, COLUMNS[right]);
    let middle = (from + to) / 2;
    format!(
        "M{from} {a}C{middle} {a} {middle} {c} {to} {c}V{d}C{middle} {d} {middle} {b} {from} {b}Z"
    )
}

/// The bar and name of a node, with its number if it is that of one cell.
fn label(drawing: &mut Drawing, column: usize, node: &Node, height: i64) {
    let x = COLUMNS[column];
    let single = column != 1 && node.flows == 1;
    let text = if single {
        format!("{} {}", node.name, decimal(node.amount, SCALE))
    } else {
        node.name.clone()
    };
    drawing.shapes.push(Shape::Block {
        style: "node".to_owned(),
        x,
        y: node.y,
        width: BAR,
        height,
        about: About::of(
            text.clone(),
            if single {
                node.id.clone()
            } else {
                String::new()
            },
        ),
    });
    let y = (node.y + height / 2 + 5).max(node.y + LINE - 5);
    match column {
        0 => drawing.text((x - 6, y), "end", text),
        1 => drawing.text((x + BAR / 2, node.y - 4), "middle", text),
        _ => drawing.text((x + BAR + 6, y), "start", text),
    }
}
