//! The charts of the page, each beside the table it is drawn from.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::drawing::Drawing;
use super::sections::{Book, decimal};
use crate::report::table::Table;

/// All charts; those without data are left out.
#[derive(Serialize)]
pub(super) struct Charts {
    stacks: Vec<Stack>,
    drawings: Vec<Drawing>,
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

/// A bar's width, in units of its drawing.
const WHOLE: i128 = 10_000;
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
        let mut drawings = self.waterfalls()?;
        drawings.extend(self.sankeys()?);
        drawings.extend(self.columns()?);
        drawings.extend(self.plots()?);
        Ok(Charts { stacks, drawings })
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
}

/// A decimal text in thousandths; nothing if it is no such number.
fn thousandths(text: &str) -> Option<i128> {
    let value = gep_core::quantity::parse_decimal(text)?;
    let step = gep_core::quantity::Rational::new(1.into(), 1000.into());
    gep_core::quantity::quanta(&value, &step).try_into().ok()
}
