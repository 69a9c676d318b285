//! Emissions by sector over the years, as columns of parts.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;

use super::drawing::{About, Drawing, Key, LINE, Scale, Shape, part_style};
use super::sections::{Book, decimal};
use crate::report::table::Table;

/// Digits of grams in tonnes.
const SCALE: u32 = 6;
/// A single year is no series.
const LEAST_YEARS: usize = 2;
/// Places of the picture.
const WIDTH: i64 = 1_000;
const LEFT: i64 = 100;
const FOOT: i64 = 400;
const TOP: i64 = 30;
/// The sectors in the order of the stack.
const SECTORS: [&str; 7] = [
    "energy",
    "industry",
    "buildings",
    "transport",
    "agriculture",
    "residential",
    "outside",
];

/// A sector of a year: value and id; none if missing.
type Cell = Option<(i128, String)>;
/// By year, then sector.
type Years = BTreeMap<i64, BTreeMap<String, Cell>>;

impl Book<'_> {
    /// Columns of the sectors where emissions arise, of each region that tells more than
    /// one year. A year nobody told is an empty place, a sector that is missing is named.
    pub(super) fn columns(&self) -> Result<Vec<Drawing>, Findings> {
        let table = Table::read(self.folder, "carbon_totals")?;
        let mut regions: BTreeMap<String, Years> = BTreeMap::new();
        for row in 0..table.rows() {
            let (view, year) = (table.text("view", row), table.text("year", row));
            let Some(sector) = view.strip_prefix("producer:") else {
                continue;
            };
            let (true, Ok(year)) = (table.text("gas", row) == "CO2e", year.parse()) else {
                continue;
            };
            let whole = table.text("partial", row) != "yes";
            let value = table.whole("value_g", row).filter(|_| whole);
            let cell = value.map(|value| (value, table.text("number_id", row)));
            let years = regions.entry(table.text("region_code", row)).or_default();
            let own = years.entry(year).or_default();
            own.insert(sector.to_owned(), cell);
        }
        let mut found = Vec::new();
        for (region, mut years) in regions {
            years.retain(|_, own| own.values().any(Option::is_some));
            if years.len() >= LEAST_YEARS {
                found.push(self.column_chart(&region, &years)?);
            }
        }
        Ok(found)
    }

    fn column_chart(&self, region: &str, years: &Years) -> Result<Drawing, Findings> {
        let scale = scale_of(years);
        let (unit, power) = self.tonnes_of(scale.high)?;
        let title = format!(
            "{} · {} ({unit} CO₂e)",
            self.name(region),
            self.speech.say("carbon_chart.columns")?,
        );
        let sector = |id: &str| self.speech.word("carbon_sector", id);
        let legend = SECTORS.iter().enumerate().map(|(at, id)| Key {
            style: part_style(at),
            text: sector(id),
        });
        let mut drawing = Drawing {
            kind: "sector-years",
            title,
            source: self.speech.say("carbon_chart.columns_source")?,
            width: WIDTH,
            height: FOOT + 3 * LINE,
            shapes: Vec::new(),
            legend: legend.collect(),
        };
        drawing.levels(&scale, (LEFT, WIDTH - 10), power);
        let first = years.keys().next().copied().unwrap_or(0);
        let last = years.keys().next_back().copied().unwrap_or(first);
        let room = (WIDTH - 10 - LEFT) / (last - first + 1);
        for year in first..=last {
            let x = LEFT + (year - first) * room;
            let middle = x + room / 2;
            drawing.text((middle, FOOT + LINE), "middle", year.to_string());
            let none = BTreeMap::new();
            let own = years.get(&year).unwrap_or(&none);
            let mut ends = [0_i128; 2];
            for (at, id) in SECTORS.iter().enumerate() {
                let Some(Some((value, number))) = own.get(*id) else {
                    continue;
                };
                let end = &mut ends[usize::from(*value < 0)];
                let from = scale.at(*end);
                *end += value;
                let to = scale.at(*end);
                let said = format!("{year} {}: {} t", sector(id), decimal(*value, SCALE));
                drawing.shapes.push(Shape::Block {
                    style: part_style(at),
                    x: x + room / 6,
                    y: from.min(to),
                    width: room * 2 / 3,
                    height: (from - to).abs(),
                    about: About::of(said, number.clone()),
                });
            }
            if SECTORS
                .iter()
                .any(|id| !matches!(own.get(*id), Some(Some(_))))
            {
                let key = if own.is_empty() { "none" } else { "partial" };
                let mark = self.speech.say(&format!("carbon_chart.{key}"))?;
                drawing.text((middle, FOOT + 2 * LINE), "middle", mark);
            }
        }
        Ok(drawing)
    }

    /// The unit of an axis of tonnes whose values have six digits, and its power of ten.
    pub(super) fn tonnes_of(&self, top: i128) -> Result<(String, u32), Findings> {
        let (key, power) = if top >= 10_i128.pow(SCALE + 6) {
            ("million", 6)
        } else {
            ("thousand", 3)
        };
        let unit = self.speech.say(&format!("carbon_chart.{key}"))?;
        Ok((unit, power))
    }
}

/// A scale that holds what stands above and below zero in any year.
fn scale_of(years: &Years) -> Scale {
    let side = |own: &BTreeMap<String, Cell>, above: bool| -> i128 {
        let values = own.values().flatten().map(|(value, _)| *value);
        values.filter(|value| (*value > 0) == above).sum()
    };
    let high = years.values().map(|own| side(own, true)).max();
    let low = years.values().map(|own| side(own, false)).min();
    Scale {
        low: low.unwrap_or(0).min(0),
        high: high.unwrap_or(1).max(1),
        foot: FOOT,
        top: TOP,
    }
}

impl Drawing {
    /// Draws the upward axis: lines at round values, told in a power of ten of the unit.
    pub(super) fn levels(&mut self, scale: &Scale, (left, right): (i64, i64), power: u32) {
        for level in scale.levels() {
            let y = scale.at(level);
            self.rule("axis", format!("M{left} {y}H{right}"));
            self.text((left - 8, y + 5), "end", decimal(level, SCALE + power));
        }
    }
}
