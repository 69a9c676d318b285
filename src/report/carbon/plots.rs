//! Series over years: the peak with its plateau, scenario paths, and the way to targets.

use gep_core::diagnostic::{Findings, Language};

use super::drawing::{About, Drawing, Key, LINE, Scale, Shape, text_width};
use super::sections::{Book, decimal};
use crate::report::table::Table;

/// Digits of indicators, paths and targets.
const SCALE: u32 = 6;
/// Places of the picture.
const WIDTH: i64 = 1_000;
const LEFT: i64 = 100;
const RIGHT: i64 = 830;
const FOOT: i64 = 400;
const TOP: i64 = 40;

/// A year of a series.
#[derive(Clone)]
struct Point {
    year: i64,
    value: i128,
    id: String,
}

/// A series with its name.
struct Series {
    name: String,
    points: Vec<Point>,
}

/// A picture with its axes.
struct Plot {
    drawing: Drawing,
    scale: Scale,
    first: i64,
    last: i64,
    unit: String,
    /// Rows taken by labels at the right end.
    labels: Vec<i64>,
}

impl Book<'_> {
    /// All plots of series.
    pub(super) fn plots(&self) -> Result<Vec<Drawing>, Findings> {
        let peaks = Table::read(self.folder, "peak")?;
        let mut found = Vec::new();
        let mut seen: Vec<[String; 2]> = Vec::new();
        for row in 0..peaks.rows() {
            let key = ["region_code", "method_id"].map(|own| peaks.text(own, row));
            if !seen.contains(&key) {
                found.extend(self.peak_plot(&peaks, row)?);
                seen.push(key);
            }
        }
        found.extend(self.fans()?);
        found.extend(self.ways()?);
        Ok(found)
    }

    /// The numbers of a region and convention, year by year; those of a definition if told.
    fn told(
        &self,
        region: &str,
        method: &str,
        definition: Option<&str>,
    ) -> Result<Vec<Point>, Findings> {
        let table = Table::read(self.folder, "carbon_indicators")?;
        let mut points: Vec<Point> = (0..table.rows())
            .filter(|row| {
                table.text("region_code", *row) == region
                    && table.text("method_id", *row) == method
                    && definition.is_none_or(|own| table.text("definition", *row) == own)
            })
            .filter_map(|row| {
                Some(Point {
                    year: table.text("year", row).parse().ok()?,
                    value: table.amount("value", row)?.0,
                    id: table.text("number_id", row),
                })
            })
            .collect();
        points.sort_by_key(|own| own.year);
        Ok(points)
    }

    fn peak_plot(&self, peaks: &Table, row: usize) -> Result<Option<Drawing>, Findings> {
        let text = |name: &str, row: usize| peaks.text(name, row);
        let (region, method) = (text("region_code", row), text("method_id", row));
        let points = self.told(&region, &method, None)?;
        let (Some(top), false) = (points.iter().map(|own| own.value).max(), points.is_empty())
        else {
            return Ok(None);
        };
        let class = self.speech.word("carbon_peak", &text("class", row));
        let (unit, power) = self.tonnes_of(top)?;
        let title = format!(
            "{} · {} ({unit} CO₂)",
            self.name(&region),
            self.speech
                .fill("carbon_chart.peak_plot", &[("class", &class)])?
        );
        let source = self.speech.say("carbon_chart.peak_source")?;
        let mut plot = Plot::new(
            "peak-plot",
            title,
            source,
            &points,
            (power, self.speech.word("carbon_unit", "t")),
        );
        // The stretch the table found level, no wider and no higher.
        let level = (0..peaks.rows()).find(|own| {
            text("region_code", *own) == region
                && text("method_id", *own) == method
                && text("window", *own) == "level"
        });
        if let Some(own) = level {
            let years = ["first_year", "last_year"].map(|name| text(name, own).parse::<i64>());
            if let [Ok(first), Ok(last)] = years {
                plot.band(&points, first, last);
                let said = self.speech.say("carbon_chart.level")?;
                plot.key("band", said);
            }
        }
        let told = Series {
            name: self.speech.say("carbon_chart.told")?,
            points,
        };
        plot.series(0, &told);
        let peak_year = text("peak_year", row);
        if let Some(peak) = told
            .points
            .iter()
            .find(|own| own.year.to_string() == peak_year)
        {
            let peaked = ["peaked", "plateau"].contains(&text("class", row).as_str());
            let key = if peaked { "peak" } else { "highest" };
            let name = self.speech.say(&format!("carbon_chart.{key}"))?;
            let label = self.speech.fill(
                "carbon_chart.in_year",
                &[("name", &name), ("year", &peak_year)],
            )?;
            plot.mark("top", [&name, &label], peak);
            plot.key("top", name);
        }
        Ok(Some(plot.drawing))
    }

    /// The paths of each region that has more than one, with the area between them.
    fn fans(&self) -> Result<Vec<Drawing>, Findings> {
        let table = Table::read(self.folder, "carbon_paths")?;
        let title = match self.speech.language {
            Language::Zh => "title_zh",
            Language::En => "title_en",
        };
        let mut regions: Vec<(String, Vec<Series>)> = Vec::new();
        for row in 0..table.rows() {
            let region = table.text("region_code", row);
            if regions.iter().all(|(own, _)| *own != region) {
                regions.push((region.clone(), Vec::new()));
            }
            let name = table.text(title, row);
            let point = table.amount("emissions_t", row).and_then(|(value, _)| {
                Some(Point {
                    year: table.text("year", row).parse().ok()?,
                    value,
                    id: table.text("number_id", row),
                })
            });
            let Some((_, all)) = regions.last_mut() else {
                continue;
            };
            match all.iter_mut().find(|own| own.name == name) {
                Some(own) => own.points.extend(point),
                None => all.push(Series {
                    name,
                    points: point.into_iter().collect(),
                }),
            }
        }
        let mut found = Vec::new();
        for (region, all) in regions.iter().filter(|(_, all)| !all.is_empty()) {
            let points: Vec<Point> = all.iter().flat_map(|own| own.points.clone()).collect();
            let top = points.iter().map(|own| own.value).max().unwrap_or(1);
            let (unit, power) = self.tonnes_of(top)?;
            let title = format!(
                "{} · {} ({unit} CO₂)",
                self.name(region),
                self.speech.say("carbon_chart.fan")?
            );
            let source = self.speech.say("carbon_chart.fan_source")?;
            let mut plot = Plot::new(
                "fan",
                title,
                source,
                &points,
                (power, self.speech.word("carbon_unit", "t")),
            );
            if all.len() > 1 {
                plot.fan(all);
                plot.key("fan", self.speech.say("carbon_chart.between")?);
            }
            for (at, own) in all.iter().enumerate() {
                plot.series(at + 1, own);
            }
            found.push(plot.drawing);
        }
        Ok(found)
    }

    /// The way of each comparable series to its targets: the series, the targets, and the
    /// line that still has to be gone.
    fn ways(&self) -> Result<Vec<Drawing>, Findings> {
        let table = Table::read(self.folder, "carbon_targets")?;
        let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for row in 0..table.rows() {
            if table.amount("value", row).is_none() {
                continue;
            }
            let decline = table.text("direction", row) == "cumulative_decline";
            let mut key = vec![table.text("region_code", row), table.text("method_id", row)];
            // A decline is told against its own base year.
            key.extend(decline.then(|| table.text("target", row)));
            match groups.iter_mut().find(|(own, _)| *own == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        let mut found = Vec::new();
        for (key, rows) in &groups {
            found.extend(self.way(&table, key, rows)?);
        }
        Ok(found)
    }

    fn way(
        &self,
        table: &Table,
        key: &[String],
        rows: &[usize],
    ) -> Result<Option<Drawing>, Findings> {
        let point = |year: &str, value: &str, row: usize| -> Option<Point> {
            Some(Point {
                year: table.text(year, row).parse().ok()?,
                value: table.amount(value, row)?.0,
                id: String::new(),
            })
        };
        let goals: Vec<(usize, Point)> = rows
            .iter()
            .filter_map(|row| Some((*row, point("target_year", "target_value", *row)?)))
            .collect();
        let Some(latest) = rows.first().and_then(|row| point("year", "value", *row)) else {
            return Ok(None);
        };
        let mut told = match key.len() {
            2 => self.comparable(&key[0], &key[1], &latest)?,
            _ => vec![Point {
                id: rows
                    .first()
                    .map_or(String::new(), |row| table.text("number_id", *row)),
                ..latest.clone()
            }],
        };
        if told.is_empty() {
            told.push(latest.clone());
        }
        let all = told.iter().chain(goals.iter().map(|(_, goal)| goal));
        let all: Vec<Point> = all.cloned().collect();
        let unit = rows
            .first()
            .map_or(String::new(), |row| table.text("unit", *row));
        let top = all.iter().map(|own| own.value).max().unwrap_or(1);
        let power = if top >= 10_i128.pow(SCALE + 6) { 6 } else { 0 };
        let own_unit = self.unit(&unit);
        let unit = match power {
            0 => own_unit.clone(),
            _ => format!("10⁶ {own_unit}"),
        };
        let title = format!(
            "{} · {} · {} ({unit})",
            self.name(&key[0]),
            self.indicator_title(&key[0], &key[1])?,
            self.speech.say("carbon_chart.way")?
        );
        let source = self.speech.say("carbon_chart.way_source")?;
        let mut plot = Plot::new("way", title, source, &all, (power, own_unit));
        let told = Series {
            name: self.speech.say("carbon_chart.told")?,
            points: told,
        };
        plot.series(0, &told);
        self.goals(&mut plot, table, &latest, &goals)?;
        plot.key("goal", self.speech.say("carbon_chart.goal_key")?);
        plot.key("line1", self.speech.say("carbon_chart.needed_line")?);
        Ok(Some(plot.drawing))
    }

    /// The lines to the targets, then the targets, so that no line crosses a label.
    fn goals(
        &self,
        plot: &mut Plot,
        table: &Table,
        latest: &Point,
        goals: &[(usize, Point)],
    ) -> Result<(), Findings> {
        for (row, goal) in goals {
            if table.amount("gap", *row).is_some() && latest.year < goal.year {
                let rate = table.text("required_annual_rate_percent", *row);
                let rate = match rate.is_empty() {
                    true => String::new(),
                    false => {
                        let year = goal.year.to_string();
                        let said = [("rate", rate.as_str()), ("year", &year)];
                        self.speech.fill("carbon_chart.needed", &said)?
                    }
                };
                plot.way(latest, goal, rate);
            }
        }
        for (_, goal) in goals {
            let name = self
                .speech
                .fill("carbon_chart.goal", &[("year", &goal.year.to_string())])?;
            plot.mark("goal", [&name, &name], goal);
        }
        Ok(())
    }

    /// The series of a convention, of the definition its latest number has.
    fn comparable(
        &self,
        region: &str,
        method: &str,
        latest: &Point,
    ) -> Result<Vec<Point>, Findings> {
        let table = Table::read(self.folder, "carbon_indicators")?;
        let row = (0..table.rows()).find(|row| {
            table.text("region_code", *row) == region
                && table.text("method_id", *row) == method
                && table.text("year", *row) == latest.year.to_string()
        });
        let definition = row.map(|row| table.text("definition", row));
        self.told(region, method, definition.as_deref())
    }

    fn indicator_title(&self, region: &str, method: &str) -> Result<String, Findings> {
        let table = Table::read(self.folder, "carbon_indicators")?;
        let title = match self.speech.language {
            Language::Zh => "title_zh",
            Language::En => "title_en",
        };
        let row = (0..table.rows()).find(|row| {
            table.text("region_code", *row) == region && table.text("method_id", *row) == method
        });
        Ok(row.map_or(method.to_owned(), |row| table.text(title, row)))
    }
}

impl Plot {
    fn new(
        kind: &'static str,
        title: String,
        source: String,
        points: &[Point],
        (power, unit): (u32, String),
    ) -> Self {
        let years = || points.iter().map(|own| own.year);
        let values = || points.iter().map(|own| own.value);
        let first = years().min().unwrap_or(0);
        let last = years().max().unwrap_or(first).max(first + 1);
        let scale = Scale {
            low: values().min().unwrap_or(0).min(0),
            high: values().max().unwrap_or(1).max(1),
            foot: FOOT,
            top: TOP,
        };
        let mut drawing = Drawing {
            kind,
            title,
            source,
            width: WIDTH,
            height: FOOT + 2 * LINE,
            shapes: Vec::new(),
            legend: Vec::new(),
        };
        drawing.levels(&scale, (LEFT, RIGHT), power);
        let mut plot = Self {
            drawing,
            scale,
            first,
            last,
            unit,
            labels: Vec::new(),
        };
        let step = ((last - first + 11) / 12).max(1);
        for year in (first..=last).filter(|year| (year - first) % step == 0) {
            let at = (plot.x(year), FOOT + LINE);
            plot.drawing.text(at, "middle", year.to_string());
        }
        plot
    }

    fn x(&self, year: i64) -> i64 {
        LEFT + 20 + (year - self.first) * (RIGHT - LEFT - 40) / (self.last - self.first)
    }

    fn key(&mut self, style: &str, text: String) {
        let style = style.to_owned();
        self.drawing.legend.push(Key { style, text });
    }

    /// A line through the years that follow each other; a year nobody told breaks it.
    fn series(&mut self, style: usize, series: &Series) {
        let style = format!("line{}", style % 5);
        let mut line = String::new();
        let mut before = None;
        for point in &series.points {
            let joined = before == Some(point.year - 1);
            let (x, y) = (self.x(point.year), self.scale.at(point.value));
            line.push_str(&format!("{}{x} {y}", if joined { 'L' } else { 'M' }));
            before = Some(point.year);
        }
        self.drawing.rule(&style, line);
        for point in &series.points {
            self.dot("year", 3, &series.name, point);
        }
        if let Some(last) = series.points.last().filter(|_| style != "line0") {
            self.end_label(last, series.name.clone());
        }
        self.key(&style, series.name.clone());
    }

    fn dot(&mut self, style: &str, radius: i64, name: &str, point: &Point) {
        let said = decimal(point.value, SCALE);
        let title = format!("{name} {}: {said} {}", point.year, self.unit);
        self.drawing.shapes.push(Shape::Dot {
            style: style.to_owned(),
            x: self.x(point.year),
            y: self.scale.at(point.value),
            radius,
            about: About::of(title, point.id.clone()),
        });
    }

    /// A text right of a point, below those already there.
    fn end_label(&mut self, point: &Point, text: String) {
        let mut y = self.scale.at(point.value) + 5;
        while self.labels.iter().any(|own| (own - y).abs() < LINE) {
            y += 1;
        }
        self.labels.push(y);
        let x = (self.x(point.year) + 10).min(WIDTH - text_width(&text));
        self.drawing.text((x, y), "start", text);
    }

    /// A point with a ring and its number above.
    fn mark(&mut self, style: &str, [name, label]: [&str; 2], point: &Point) {
        self.dot(style, 6, name, point);
        let said = format!("{label} {} {}", decimal(point.value, SCALE), self.unit);
        let half = text_width(&said) / 2;
        let x = self.x(point.year).clamp(LEFT + half, WIDTH - half);
        let mut y = self.scale.at(point.value) - 12;
        while self.labels.iter().any(|own| (own - y).abs() < LINE) {
            y -= 1;
        }
        self.labels.push(y);
        self.drawing.text((x, y), "middle", said);
    }

    /// The level stretch: its years, between its lowest and highest values.
    fn band(&mut self, points: &[Point], first: i64, last: i64) {
        let inside = || {
            points
                .iter()
                .filter(|own| (first..=last).contains(&own.year))
                .map(|own| own.value)
        };
        let (Some(low), Some(high)) = (inside().min(), inside().max()) else {
            return;
        };
        let (upper, lower) = (self.scale.at(high), self.scale.at(low));
        let (left, right) = (self.x(first) - 8, self.x(last) + 8);
        self.drawing.shapes.push(Shape::Block {
            style: "band".to_owned(),
            x: left,
            y: upper - 4,
            width: right - left,
            height: lower - upper + 8,
            about: About::of(format!("{first}—{last}"), String::new()),
        });
    }

    /// The area between the lowest and the highest path, over the years all of them have.
    fn fan(&mut self, all: &[Series]) {
        let mut edges: [Vec<(i64, i64)>; 2] = [Vec::new(), Vec::new()];
        for year in self.first..=self.last {
            let values: Option<Vec<i128>> = all
                .iter()
                .map(|own| {
                    let point = own.points.iter().find(|point| point.year == year);
                    point.map(|point| point.value)
                })
                .collect();
            let Some(values) = values else {
                continue;
            };
            let ends = [values.iter().max(), values.iter().min()];
            for (edge, end) in edges.iter_mut().zip(ends) {
                edge.extend(end.map(|end| (self.x(year), self.scale.at(*end))));
            }
        }
        let [upper, lower] = edges;
        let round = upper.into_iter().chain(lower.into_iter().rev());
        let line: Vec<String> = round.map(|(x, y)| format!("{x} {y}")).collect();
        if !line.is_empty() {
            self.drawing.rule("fan", format!("M{}Z", line.join("L")));
        }
    }

    /// The line from the latest number to a target, with the rate it takes.
    fn way(&mut self, from: &Point, goal: &Point, rate: String) {
        let (x, y) = (self.x(from.year), self.scale.at(from.value));
        let (goal_x, goal_y) = (self.x(goal.year), self.scale.at(goal.value));
        self.drawing.shapes.push(Shape::Path {
            style: "line1".to_owned(),
            line: format!("M{x} {y}L{goal_x} {goal_y}"),
            about: About::of(rate.clone(), String::new()),
        });
        let (middle, half) = ((x + goal_x) / 2, text_width(&rate) / 2);
        let mut at = self.scale.foot - LINE;
        while self.labels.iter().any(|own| (own - at).abs() < LINE) {
            at -= 1;
        }
        self.labels.push(at);
        let place = (middle.min(WIDTH - half), at);
        self.drawing.text(place, "middle", rate);
    }
}
