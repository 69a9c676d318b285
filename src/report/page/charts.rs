//! Chapters 2 and 4: the map and the stacked bars.

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::{Place, View};
use crate::report::book::{Region, State};
use crate::report::map::Drawing;
use crate::report::number::MoneyScale;
use crate::report::speech::Cell;

/// Number of quantile classes of the map.
const CLASSES: usize = 5;
/// Length of a bar in its own units.
const BAR: i128 = 10_000;

/// The county map.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Map {
    width: i64,
    height: i64,
    shapes: Vec<Shape>,
    parent_lines: String,
    labels: Vec<Label>,
    legend: Vec<Legend>,
    partial: usize,
    withheld: usize,
    unit: String,
    bar_units: i64,
    bar_km: i64,
}

/// A county on the map.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Shape {
    code: String,
    path: String,
    /// Style class: `q0` … `q4`, `partial`, `withheld`.
    style: String,
    title: String,
}

/// A name on the map.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Label {
    x: i64,
    y: i64,
    text: String,
}

/// A class of the map with its range.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Legend {
    style: String,
    from: String,
    to: String,
    count: usize,
}

/// Shares of the indicators.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Composition {
    unit: String,
    whole: Cell,
    parts: Vec<Part>,
    bars: Vec<Bar>,
}

/// An indicator in the composition of the top region.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Part {
    style: usize,
    title: String,
    group: String,
    cell: Cell,
    share: Cell,
}

/// A stacked bar.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Bar {
    place: Place,
    whole: Cell,
    strong: bool,
    segments: Vec<Segment>,
}

/// A part of a stacked bar.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Segment {
    style: usize,
    x: i128,
    width: i128,
    title: String,
    id: String,
    power: u32,
}

impl View<'_> {
    pub(super) fn map(self, drawing: &Drawing) -> Result<Map, Findings> {
        let counties = self.book.level("base");
        let mut values: Vec<i128> = Vec::new();
        for county in &counties {
            let row = self.book.gep_of(&county.code, "gep");
            let complete = row.filter(|row| row.measured.is_complete());
            values.extend(complete.and_then(|row| row.measured.value));
        }
        values.sort_unstable();
        let scale = MoneyScale::of(values.iter().copied());
        let breaks = breaks(&values);
        let mut shapes = Vec::new();
        for county in counties {
            if let Some(path) = drawing.paths.get(&county.code) {
                shapes.push(self.shape(county, path, scale, &breaks)?);
            }
        }
        let count = |style: &str| shapes.iter().filter(|shape| shape.style == style).count();
        let label = |(code, (x, y)): (&String, &(i64, i64))| Label {
            x: *x,
            y: *y,
            text: self.short_name(code),
        };
        Ok(Map {
            width: drawing.width,
            height: drawing.height,
            parent_lines: drawing.parent_lines.clone(),
            labels: drawing.anchors.iter().map(label).collect(),
            legend: legend(&values, &breaks, scale),
            partial: count("partial"),
            withheld: count("withheld"),
            shapes,
            unit: self.speech.say(scale.text_key())?,
            bar_units: drawing.bar_units,
            bar_km: drawing.bar_km,
        })
    }

    /// Returns a city's name without the word for city, to save room on the map.
    fn short_name(self, code: &str) -> String {
        let name = self.region_name(code);
        let short = name
            .strip_suffix('市')
            .or_else(|| name.strip_suffix(" City"));
        short.map_or_else(|| name.clone(), str::to_string)
    }

    fn shape(
        self,
        county: &Region,
        path: &str,
        scale: MoneyScale,
        breaks: &[i128],
    ) -> Result<Shape, Findings> {
        let name = self.region_name(&county.code);
        let (style, text) = match self.book.gep_of(&county.code, "gep") {
            Some(row) => {
                let measured = &row.measured;
                let style = match measured.value {
                    Some(value) if measured.is_complete() => format!("q{}", class(value, breaks)),
                    Some(_) if measured.state == State::Computed => "partial".to_string(),
                    _ => "withheld".to_string(),
                };
                let cell = self.speech.money(measured, scale)?;
                let unit = match cell.kind {
                    "number" => self.speech.say(scale.text_key())?,
                    _ => cell.reason.clone(),
                };
                (style, format!("{} {unit}", cell.text))
            }
            None => ("withheld".to_string(), self.speech.say("state.missing")?),
        };
        Ok(Shape {
            code: county.code.clone(),
            path: path.to_string(),
            title: format!("{name} {}: {}", county.code, text.trim_end()),
            style,
        })
    }

    pub(super) fn composition(self) -> Result<Composition, Findings> {
        let top = self.book.top();
        let scale = self.summary_scale();
        let whole = self.book.gep_of(&top.code, "gep").map(|row| &row.measured);
        let mut parts = Vec::new();
        for (style, indicator) in self.book.counted_indicators().into_iter().enumerate() {
            let row = self.book.gep_of(&top.code, &indicator.id);
            let cell = match row {
                Some(row) => self.speech.money(&row.measured, scale)?,
                None => self.none(),
            };
            parts.push(Part {
                style,
                title: indicator.title.get(self.language()).to_string(),
                group: self.speech.word("group", &indicator.group),
                cell,
                share: self.speech.share(self.book.ratio_of(
                    &top.code,
                    "share_of_gep",
                    &indicator.id,
                ))?,
            });
        }
        let mut bars = Vec::new();
        for region in [top].into_iter().chain(self.book.level("city")) {
            bars.push(self.bar(region, scale)?);
        }
        Ok(Composition {
            unit: self.speech.say(scale.text_key())?,
            whole: match whole {
                Some(whole) => self.speech.money(whole, scale)?,
                None => self.none(),
            },
            parts,
            bars,
        })
    }

    fn bar(self, region: &Region, scale: MoneyScale) -> Result<Bar, Findings> {
        let mut amounts = Vec::new();
        for (style, indicator) in self.book.counted_indicators().into_iter().enumerate() {
            let row = self.book.gep_of(&region.code, &indicator.id);
            // A negative amount has no length; it stands in the tables.
            let amount = row
                .and_then(|row| row.measured.shown())
                .filter(|fen| *fen > 0);
            if let Some(fen) = amount {
                let id = row.map_or("", |row| &row.measured.number_id);
                amounts.push((style, indicator.title.get(self.language()), fen, id));
            }
        }
        let sum: i128 = amounts.iter().map(|(_, _, fen, _)| fen).sum();
        let mut segments = Vec::new();
        let (mut before, mut start) = (0_i128, 0_i128);
        for (style, title, fen, id) in amounts {
            before += fen;
            let end = before.checked_mul(BAR).map_or(BAR, |scaled| scaled / sum);
            segments.push(Segment {
                style,
                x: start,
                width: end - start,
                title: format!("{title}: {}", scale.print(fen)),
                id: id.to_string(),
                power: scale.power(),
            });
            start = end;
        }
        let row = self.book.gep_of(&region.code, "gep");
        Ok(Bar {
            place: self.place(region),
            whole: match row {
                Some(row) => self.speech.money(&row.measured, scale)?,
                None => self.none(),
            },
            strong: region.code == self.book.top().code,
            segments,
        })
    }
}

/// Returns the lower bounds of all quantile classes but the first.
fn breaks(sorted: &[i128]) -> Vec<i128> {
    let classes = CLASSES.min(sorted.len());
    (1..classes)
        .map(|at| sorted[at * sorted.len() / classes])
        .collect()
}

/// Returns the class of a value: equal values share one.
fn class(value: i128, breaks: &[i128]) -> usize {
    breaks.iter().filter(|bound| **bound <= value).count()
}

fn legend(sorted: &[i128], breaks: &[i128], scale: MoneyScale) -> Vec<Legend> {
    let mut legend = Vec::new();
    for at in 0..=breaks.len() {
        let own = sorted.iter().filter(|value| class(**value, breaks) == at);
        let own: Vec<i128> = own.copied().collect();
        if let (Some(first), Some(last)) = (own.first(), own.last()) {
            legend.push(Legend {
                style: format!("q{at}"),
                from: scale.print(*first),
                to: scale.print(*last),
                count: own.len(),
            });
        }
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five classes of equal size, and equal values never apart.
    #[test]
    fn quantile_classes_hold_equal_values_together() {
        let values: Vec<i128> = (1..=10).collect();
        let bounds = breaks(&values);
        assert_eq!(bounds, [3, 5, 7, 9]);
        let counts: Vec<usize> = legend(&values, &bounds, MoneyScale::Wan)
            .iter()
            .map(|entry| entry.count)
            .collect();
        assert_eq!(counts, [2; 5]);
        let equal = [7, 7, 7, 7, 7, 7];
        assert_eq!(legend(&equal, &breaks(&equal), MoneyScale::Wan).len(), 1);
        assert!(breaks(&[]).is_empty());
        assert_eq!(breaks(&[1]).len(), 0);
    }
}
