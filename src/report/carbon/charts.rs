//! The charts of the page, each beside the table it is drawn from.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::sections::{Book, decimal};
use crate::report::table::Table;

/// All charts; those without data are left out.
#[derive(Serialize)]
pub(super) struct Charts {
    stacks: Vec<Stack>,
    lines: Vec<Lines>,
}

/// Bars of parts.
#[derive(Serialize)]
struct Stack {
    title: String,
    legend: Vec<Mark>,
    bars: Vec<Bar>,
}

/// An entry of a legend.
#[derive(Serialize)]
struct Mark {
    text: String,
    style: usize,
}

/// One bar, its parts from 0 to 10,000.
#[derive(Serialize)]
struct Bar {
    label: String,
    whole: String,
    parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Serialize)]
struct Part {
    x: u32,
    width: u32,
    style: usize,
    title: String,
}

/// Series over years.
#[derive(Serialize)]
struct Lines {
    title: String,
    years: Vec<Tick>,
    levels: Vec<Tick>,
    series: Vec<Series>,
}

/// A mark on an axis.
#[derive(Serialize)]
struct Tick {
    at: u32,
    text: String,
}

/// A series as points of a path.
#[derive(Serialize)]
struct Series {
    name: String,
    style: usize,
    points: String,
    dots: Vec<Dot>,
}

/// A year of a series.
#[derive(Serialize)]
struct Dot {
    x: u32,
    y: u32,
    title: String,
    peak: bool,
}

/// A bar's width and a chart's sides, in units of its drawing.
const WHOLE: i128 = 10_000;
const WIDTH: i128 = 1_000;
const HEIGHT: i128 = 420;
/// So many marks on the upward axis.
const LEVELS: i128 = 4;
/// Digits of indicators and paths.
const SCALE: u32 = 6;

/// A part: name, size, what it says.
type Piece = (String, i128, String);
/// Label, then parts.
type Bars = Vec<(String, Vec<Piece>)>;
/// Parts by year and region.
type ByRegion = BTreeMap<String, BTreeMap<String, Vec<Piece>>>;

impl Book<'_> {
    pub(super) fn charts(&self) -> Result<Charts, Findings> {
        let mut stacks = Vec::new();
        stacks.extend(self.composition()?);
        stacks.extend(self.sectors()?);
        Ok(Charts {
            stacks,
            lines: self.series()?,
        })
    }

    fn stack(
        &self,
        key: &str,
        region: &str,
        bars: Bars,
        section: &str,
    ) -> Result<Option<Stack>, Findings> {
        let mut names: Vec<String> = Vec::new();
        for (_, parts) in &bars {
            for (name, ..) in parts {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        if bars.is_empty() {
            return Ok(None);
        }
        let style = |name: &String| names.iter().position(|own| own == name).unwrap_or(0);
        let drawn = bars.iter().map(|(label, parts)| {
            let whole: i128 = parts.iter().map(|(_, value, _)| (*value).max(0)).sum();
            let mut at = 0;
            let mut found = Vec::new();
            for (name, value, title) in parts {
                let start = at;
                at += (*value).max(0);
                let place = |own: i128| u32::try_from(own * WHOLE / whole.max(1)).unwrap_or(0);
                found.push(Part {
                    x: place(start),
                    width: place(at) - place(start),
                    style: style(name),
                    title: format!("{}: {title}", self.speech.word(section, name)),
                });
            }
            Bar {
                label: label.clone(),
                whole: String::new(),
                parts: found,
            }
        });
        Ok(Some(Stack {
            title: format!(
                "{} · {}",
                self.name(region),
                self.speech.say(&format!("carbon_chart.{key}"))?
            ),
            bars: drawn.collect(),
            legend: names
                .iter()
                .map(|name| Mark {
                    text: self.speech.word(section, name),
                    style: style(name),
                })
                .collect(),
        }))
    }

    /// Energy by carrier and year, of each region that tells it.
    fn composition(&self) -> Result<Vec<Stack>, Findings> {
        let table = Table::read(self.folder, "carbon_facts")?;
        let mut all = ByRegion::new();
        for row in 0..table.rows() {
            let text = |name: &str| table.text(name, row);
            if text("quantity") != "energy_composition" || text("used") != "yes" {
                continue;
            }
            let Some(value) = thousandths(&text("value")) else {
                continue;
            };
            let title = format!("{} {}", text("value"), text("unit"));
            let years = all.entry(text("region_code")).or_default();
            years
                .entry(text("year"))
                .or_default()
                .push((text("item"), value, title));
        }
        let mut found = Vec::new();
        for (region, years) in all {
            found.extend(self.stack(
                "composition",
                &region,
                years.into_iter().collect(),
                "carbon_carrier",
            )?);
        }
        Ok(found)
    }

    /// Sectors of the inventory where emissions arise and where the electricity is used.
    fn sectors(&self) -> Result<Vec<Stack>, Findings> {
        let table = Table::read(self.folder, "carbon_totals")?;
        let mut all: BTreeMap<(String, String), Bars> = BTreeMap::new();
        for kind in ["producer", "end_use"] {
            for row in 0..table.rows() {
                let text = |name: &str| table.text(name, row);
                let view = text("view");
                let Some((_, sector)) = view.split_once(':').filter(|(own, _)| *own == kind) else {
                    continue;
                };
                let Some(value) = table
                    .whole("value_g", row)
                    .filter(|_| text("gas") == "CO2e")
                else {
                    continue;
                };
                let bars = all.entry((text("region_code"), text("year"))).or_default();
                let label = format!("{} {}", text("year"), self.speech.word("carbon_view", kind));
                if bars.last().is_none_or(|(own, _)| *own != label) {
                    bars.push((label, Vec::new()));
                }
                let title = format!("{} t CO₂e", decimal(value, SCALE));
                if let Some((_, parts)) = bars.last_mut() {
                    parts.push((sector.to_owned(), value, title));
                }
            }
        }
        let mut found = Vec::new();
        for ((region, _), bars) in all {
            found.extend(self.stack("sectors", &region, bars, "carbon_sector")?);
        }
        Ok(found)
    }

    /// Emissions over the years with their peak, and the scenario paths after them.
    fn series(&self) -> Result<Vec<Lines>, Findings> {
        let (peaks, numbers) = (
            Table::read(self.folder, "peak")?,
            Table::read(self.folder, "carbon_indicators")?,
        );
        let paths = Table::read(self.folder, "carbon_paths")?;
        let mut found = Vec::new();
        let mut seen: Vec<[String; 2]> = Vec::new();
        for row in 0..peaks.rows() {
            let (region, method) = (peaks.text("region_code", row), peaks.text("method_id", row));
            let key = [region.clone(), method.clone()];
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let peak_year = peaks.text("peak_year", row);
            let own = (0..numbers.rows()).filter(|own| {
                numbers.text("region_code", *own) == region
                    && numbers.text("method_id", *own) == method
            });
            let series = own.filter_map(|own| {
                Some((numbers.text("year", own), numbers.amount("value", own)?.0))
            });
            let mut all = vec![(
                self.speech.say("carbon_chart.told")?,
                series.collect::<Vec<_>>(),
            )];
            let title = match self.speech.language {
                gep_core::diagnostic::Language::Zh => "title_zh",
                gep_core::diagnostic::Language::En => "title_en",
            };
            for own in (0..paths.rows()).filter(|own| paths.text("region_code", *own) == region) {
                let name = paths.text(title, own);
                let value = paths.amount("emissions_t", own).map(|own| own.0);
                let point = value.map(|value| (paths.text("year", own), value));
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, points)) => points.extend(point),
                    None => all.push((name, point.into_iter().collect())),
                }
            }
            found.push(self.lines(&region, &peak_year, &all)?);
        }
        Ok(found)
    }

    fn lines(
        &self,
        region: &str,
        peak_year: &str,
        all: &[(String, Vec<(String, i128)>)],
    ) -> Result<Lines, Findings> {
        let points = || all.iter().flat_map(|(_, points)| points);
        let years: Vec<i128> = points().filter_map(|(year, _)| year.parse().ok()).collect();
        let first = years.iter().min().copied().unwrap_or(0);
        let last = years.iter().max().copied().unwrap_or(0).max(first + 1);
        let top = points().map(|(_, value)| *value).max().unwrap_or(1).max(1);
        let x = |year: i128| u32::try_from((year - first) * WIDTH / (last - first)).unwrap_or(0);
        let y = |value: i128| u32::try_from(HEIGHT - value.max(0) * HEIGHT / top).unwrap_or(0);
        let mut series = Vec::new();
        for (style, (name, points)) in all.iter().enumerate() {
            let dots: Vec<Dot> = points
                .iter()
                .filter_map(|(year, value)| {
                    Some(Dot {
                        x: x(year.parse().ok()?),
                        y: y(*value),
                        title: format!("{name} {year}: {} t", decimal(*value, SCALE)),
                        peak: style == 0 && year == peak_year,
                    })
                })
                .collect();
            let path: Vec<String> = dots
                .iter()
                .map(|dot| format!("{},{}", dot.x, dot.y))
                .collect();
            series.push(Series {
                name: name.clone(),
                style,
                points: path.join(" "),
                dots,
            });
        }
        let step = ((last - first) / 8).max(1);
        let ticks = (first..=last).filter(|year| (year - first) % step == 0);
        let million = 10_i128.pow(SCALE) * 1_000_000;
        let large = top >= million;
        let unit = self.speech.say(if large {
            "carbon_chart.million"
        } else {
            "carbon_chart.thousand"
        })?;
        Ok(Lines {
            title: format!(
                "{} · {} ({unit})",
                self.name(region),
                self.speech.say("carbon_chart.series")?
            ),
            years: ticks
                .map(|year| Tick {
                    at: x(year),
                    text: year.to_string(),
                })
                .collect(),
            levels: levels(top, large),
            series,
        })
    }
}

/// Marks of the upward axis, in millions of tonnes or in thousands.
fn levels(top: i128, large: bool) -> Vec<Tick> {
    let unit = if large { 1_000_000 } else { 1_000 };
    let mark = |level: i128| {
        let value = top * level / LEVELS;
        let height = HEIGHT - value * HEIGHT / top;
        Tick {
            at: u32::try_from(height).unwrap_or(0),
            text: decimal(value / unit / 10_i128.pow(SCALE - 1), 1),
        }
    };
    (0..=LEVELS).map(mark).collect()
}

/// A decimal text in thousandths; nothing if it is no such number.
fn thousandths(text: &str) -> Option<i128> {
    let value = gep_core::quantity::parse_decimal(text)?;
    let step = gep_core::quantity::Rational::new(1.into(), 1000.into());
    gep_core::quantity::quanta(&value, &step).try_into().ok()
}
