//! From the total of one year to that of the next by the effects of factors.

use gep_core::diagnostic::Findings;

use super::drawing::{About, Drawing, Key, LINE, Scale, Shape, wrapped};
use super::sections::{Book, decimal};
use crate::report::table::Table;

/// Digits of effects and totals.
const SCALE: u32 = 6;
/// Effects are told to the kilogram; a smaller remainder is of rounding.
const KILOGRAM: i128 = 1_000;
/// Places of the picture.
const WIDTH: i64 = 1_000;
const LEFT: i64 = 10;
const FOOT: i64 = 400;
const TOP: i64 = 40;

/// A bar: name, from, to, style, its number's id.
struct Step {
    name: String,
    from: i128,
    to: i128,
    style: &'static str,
    id: String,
}

/// A total of the indicators with its id.
type Total = (i128, String);

/// What effects lead from and to: region, identity, the two years.
type Link = [String; 4];

impl Book<'_> {
    /// A waterfall of each region and identity over the latest two years whose effects are
    /// all known. What totals and effects do not explain stands as a bar of its own.
    pub(super) fn waterfalls(&self) -> Result<Vec<Drawing>, Findings> {
        let table = Table::read(self.folder, "decomposition")?;
        let mut latest: Vec<Link> = Vec::new();
        for row in 0..table.rows() {
            if table.amount("effect_t", row).is_none() {
                continue;
            }
            let link =
                ["region_code", "identity", "from_year", "to_year"].map(|own| table.text(own, row));
            match latest.iter_mut().find(|own| own[..2] == link[..2]) {
                Some(own) if own[3] < link[3] => *own = link,
                Some(_) => {}
                None => latest.push(link),
            }
        }
        let mut found = Vec::new();
        for link in &latest {
            found.extend(self.waterfall(&table, link)?);
        }
        Ok(found)
    }

    /// The totals of the series whose change the effects are closest to.
    fn ends(&self, link: &Link, change: i128) -> Result<Option<[Total; 2]>, Findings> {
        let numbers = Table::read(self.folder, "carbon_indicators")?;
        let peaks = Table::read(self.folder, "peak")?;
        let total = |method: &str, year: &str| -> Option<Total> {
            let row = (0..numbers.rows()).find(|row| {
                numbers.text("region_code", *row) == link[0]
                    && numbers.text("method_id", *row) == method
                    && numbers.text("year", *row) == year
            })?;
            let value = numbers.amount("value", row)?.0;
            Some((value, numbers.text("number_id", row)))
        };
        let series = (0..peaks.rows()).filter(|row| peaks.text("region_code", *row) == link[0]);
        let ends = series.filter_map(|row| {
            let method = peaks.text("method_id", row);
            Some([total(&method, &link[2])?, total(&method, &link[3])?])
        });
        Ok(ends.min_by_key(|[old, new]| (new.0 - old.0 - change).abs()))
    }

    /// The bars from one total to the other.
    fn steps(
        &self,
        link: &Link,
        old: Total,
        effects: Vec<(String, i128, String)>,
        new: Total,
    ) -> Result<Vec<Step>, Findings> {
        let year = |year: &str| self.speech.fill("carbon_chart.total_of", &[("year", year)]);
        let mut at = old.0;
        let mut steps = vec![Step {
            name: year(&link[2])?,
            from: 0,
            to: old.0,
            style: "whole",
            id: old.1,
        }];
        for (name, value, id) in effects {
            steps.push(Step {
                name,
                from: at,
                to: at + value,
                style: if value < 0 { "down" } else { "up" },
                id,
            });
            at += value;
        }
        let rest = new.0 - at;
        if rest.abs() >= KILOGRAM {
            steps.push(Step {
                name: self.speech.say("carbon_chart.unexplained")?,
                from: at,
                to: new.0,
                style: "open",
                id: String::new(),
            });
        }
        steps.push(Step {
            name: year(&link[3])?,
            from: 0,
            to: new.0,
            style: "whole",
            id: new.1,
        });
        Ok(steps)
    }

    fn waterfall_source(&self, rest: i128) -> Result<String, Findings> {
        Ok(match rest {
            0 => self.speech.say("carbon_chart.waterfall_source")?,
            _ if rest.abs() < KILOGRAM => self.speech.fill(
                "carbon_chart.waterfall_rounded",
                &[("rest", &decimal(rest.abs(), SCALE))],
            )?,
            _ => self.speech.say("carbon_chart.waterfall_open")?,
        })
    }

    fn waterfall(&self, table: &Table, link: &Link) -> Result<Option<Drawing>, Findings> {
        let rows = (0..table.rows()).filter(|row| {
            ["region_code", "identity", "from_year", "to_year"]
                .iter()
                .zip(link)
                .all(|(name, own)| table.text(name, *row) == *own)
        });
        let effects: Option<Vec<(String, i128, String)>> = rows
            .map(|row| {
                let name = self
                    .speech
                    .word("carbon_factor", &table.text("factor", row));
                let value = table.amount("effect_t", row)?.0;
                Some((name, value, table.text("number_id", row)))
            })
            .collect();
        let Some(effects) = effects else {
            return Ok(None);
        };
        let change: i128 = effects.iter().map(|(_, value, _)| value).sum();
        let Some([old, new]) = self.ends(link, change)? else {
            return Ok(None);
        };
        let rest = new.0 - old.0 - change;
        let steps = self.steps(link, old, effects, new)?;
        let mut source = self.waterfall_source(rest)?;
        let title = format!(
            "{} · {} · {} ({})",
            self.name(&link[0]),
            self.speech.word("carbon_identity", &link[1]),
            self.speech.fill(
                "carbon_chart.waterfall",
                &[("from", &link[2]), ("to", &link[3])]
            )?,
            self.speech.word("carbon_unit", "t")
        );
        let keys = ["up", "down"].map(|own| -> Result<Key, Findings> {
            Ok(Key {
                style: own.to_owned(),
                text: self.speech.say(&format!("carbon_chart.{own}"))?,
            })
        });
        let legend: Result<Vec<Key>, Findings> = keys.into_iter().collect();
        if foot(&steps) > 0 {
            source.push_str(&self.speech.say("carbon_chart.cut")?);
        }
        Ok(Some(drawn(&steps, title, source, legend?)))
    }
}

/// The value the picture starts at. Effects that are small beside the totals would not be
/// seen from zero on.
fn foot(steps: &[Step]) -> i128 {
    let levels = || steps.iter().map(|step| step.to);
    let (least, most) = (levels().min().unwrap_or(0), levels().max().unwrap_or(0));
    let span = most - least;
    if least > 0 && span * 3 < most {
        (least - span / 3).max(0)
    } else {
        least.min(0)
    }
}

fn drawn(steps: &[Step], title: String, source: String, legend: Vec<Key>) -> Drawing {
    let low = foot(steps);
    let cut = low > 0;
    let scale = Scale {
        low,
        high: steps.iter().map(|step| step.to).max().unwrap_or(1),
        foot: FOOT,
        top: TOP,
    };
    let mut drawing = Drawing {
        kind: "waterfall",
        title,
        source,
        width: WIDTH,
        height: FOOT + 3 * LINE + 10,
        shapes: Vec::new(),
        legend,
    };
    let room = (WIDTH - 2 * LEFT) / i64::try_from(steps.len().max(1)).unwrap_or(1);
    let zero = scale.at(scale.low.max(0));
    drawing.rule("axis", format!("M{LEFT} {zero}H{}", WIDTH - LEFT));
    for (at, step) in (0_i64..).zip(steps) {
        let x = LEFT + at * room + room / 8;
        let width = room * 3 / 4;
        let from = if step.style == "whole" {
            scale.low.max(0)
        } else {
            step.from
        };
        let (upper, lower) = (scale.at(from.max(step.to)), scale.at(from.min(step.to)));
        let value = if step.style == "whole" {
            step.to
        } else {
            step.to - step.from
        };
        let sign = if step.style != "whole" && value > 0 {
            "+"
        } else {
            ""
        };
        let said = format!("{sign}{}", decimal(value, SCALE));
        drawing.shapes.push(Shape::Block {
            style: step.style.to_owned(),
            x,
            y: upper,
            width,
            height: (lower - upper).max(1),
            about: About::of(format!("{}: {said} t", step.name), step.id.clone()),
        });
        if cut && step.style == "whole" {
            let (low, right) = (FOOT - 14, x + width + 4);
            let gap = format!("M{} {low}L{right} {}", x - 4, low - 8);
            drawing.rule("gap", gap);
        }
        if at + 1 < i64::try_from(steps.len()).unwrap_or(0) {
            let level = scale.at(step.to);
            drawing.rule("link", format!("M{} {level}H{}", x + width, x + room));
        }
        let middle = x + width / 2;
        drawing.text((middle, upper - 6), "middle", said);
        let below = (middle, FOOT + LINE);
        drawing.lines(below, "middle", wrapped(&step.name, room - 6));
    }
    drawing
}
