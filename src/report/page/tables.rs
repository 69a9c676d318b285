//! Chapters 3 and 5: ranking and tables.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use serde::Serialize;

use super::uncertainty::Ends;
use super::{Place, View};
use crate::report::book::{AmountRow, GepRow, RatioRow};
use crate::report::number::MoneyScale;
use crate::report::speech::Cell;

/// Counties by their GEP.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Ranking {
    unit: String,
    density_unit: String,
    /// Share of draws in the intervals beside GEP; empty if the run was not drawn.
    percent: String,
    ranked: Vec<RankedRow>,
    apart: Vec<ApartRow>,
}

/// A county with a rank.
#[derive(Debug, Serialize)]
pub(in crate::report) struct RankedRow {
    rank: usize,
    place: Place,
    parent: String,
    gep: Cell,
    ends: Option<Ends>,
    per_km2: Cell,
    area: Cell,
    coverage: Cell,
    note: String,
}

/// A county without a rank.
#[derive(Debug, Serialize)]
pub(in crate::report) struct ApartRow {
    place: Place,
    parent: String,
    gep: Cell,
    lacking: String,
    note: String,
}

/// A table of numbers with a header row and a first column.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Grid {
    pub(super) unit: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<GridRow>,
}

/// A row of a grid.
#[derive(Debug, Serialize)]
pub(in crate::report) struct GridRow {
    pub(super) label: String,
    pub(super) sub: String,
    /// Code of the region whose note the row points at.
    pub(super) note_code: String,
    pub(super) strong: bool,
    pub(super) cells: Vec<Cell>,
}

/// A physical amount of the top region.
#[derive(Debug, Serialize)]
pub(in crate::report) struct PhysicalRow {
    indicator: String,
    output: String,
    cell: Cell,
    coverage: Cell,
    status: String,
    method: String,
    method_title: String,
}

impl View<'_> {
    pub(super) fn ranking(self) -> Result<Ranking, Findings> {
        let counties = self.book.level("base");
        let rows: Vec<_> = counties
            .into_iter()
            .map(|county| (county, self.book.gep_of(&county.code, "gep")))
            .collect();
        let shown = |row: &Option<&GepRow>| row.and_then(|row| row.measured.shown());
        let scale = MoneyScale::of(rows.iter().filter_map(|(_, row)| shown(row)));
        let density = self.density_scale("base");
        let (mut complete, rest): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|(_, row)| row.is_some_and(|row| row.measured.is_complete()));
        complete.sort_by_key(|(county, row)| {
            let value = row.and_then(|row| row.measured.value).unwrap_or_default();
            (std::cmp::Reverse(value), county.code.clone())
        });
        let mut ranked: Vec<RankedRow> = Vec::new();
        let mut last = None;
        for (at, (county, row)) in complete.into_iter().enumerate() {
            let Some(row) = row else { continue };
            // Equal amounts share a rank.
            let rank = match (&last, ranked.last()) {
                (Some(value), Some(before)) if *value == row.measured.value => before.rank,
                _ => at + 1,
            };
            last = Some(row.measured.value);
            ranked.push(RankedRow {
                rank,
                place: self.place(county),
                parent: self.region_name(&county.parent),
                gep: self.speech.money(&row.measured, scale)?,
                ends: self.ends(&county.code, scale)?,
                per_km2: self.speech.density(self.ratio(&county.code), density)?,
                area: self.whole_area(&county.code)?,
                coverage: self.speech.coverage(&row.measured),
                note: county.note.get(self.language()).to_string(),
            });
        }
        let mut apart = Vec::new();
        for (county, row) in rest {
            apart.push(ApartRow {
                place: self.place(county),
                parent: self.region_name(&county.parent),
                gep: match row {
                    Some(row) => self.speech.money(&row.measured, scale)?,
                    None => self.none(),
                },
                lacking: row
                    .map(|row| self.region_names(&row.measured.missing_codes))
                    .unwrap_or_default(),
                note: county.note.get(self.language()).to_string(),
            });
        }
        Ok(Ranking {
            unit: self.speech.say(scale.text_key())?,
            density_unit: self.speech.say(density.text_key())?,
            percent: self.interval_percent(),
            ranked,
            apart,
        })
    }

    fn ratio(&self, code: &str) -> Option<&RatioRow> {
        self.book.ratio_of(code, "gep_per_km2", "gep")
    }

    /// Returns the scale of the densities of the regions of a level.
    pub(super) fn density_scale(self, level: &str) -> MoneyScale {
        let regions = self.book.level(level);
        let values = regions.iter().filter_map(|region| {
            let (value, power) = self.ratio(&region.code)?.value?;
            // Yuan with decimals to fen.
            Some(value / 10_i128.checked_pow(power.saturating_sub(2))?)
        });
        MoneyScale::of(values)
    }

    /// Returns the area of a region, with the id it has in `extent`.
    pub(super) fn whole_area(self, code: &str) -> Result<Cell, Findings> {
        Ok(match self.book.area_of(code, "all") {
            Some(row) => self.speech.area(row.area_mm2, &row.number_id)?,
            None => self.none(),
        })
    }

    /// Lays out the areas of the top region by ecosystem type.
    pub(super) fn extent(self) -> Result<Grid, Findings> {
        let top = &self.book.top().code;
        let own: Vec<_> = self
            .book
            .extent
            .iter()
            .filter(|r| r.region == *top)
            .collect();
        let mut rows = Vec::new();
        for row in own {
            let share = self.book.ratio_of(top, "share_of_area", &row.class);
            let share = self.speech.share(share)?;
            rows.push(GridRow {
                label: self.class_title(&row.class),
                sub: String::new(),
                note_code: String::new(),
                strong: row.class == "all",
                cells: vec![self.speech.area(row.area_mm2, &row.number_id)?, share],
            });
        }
        // The total closes the table.
        rows.sort_by_key(|row| row.strong);
        Ok(Grid {
            unit: "km²".to_string(),
            columns: vec![
                self.speech.say("table.area")?,
                self.speech.say("table.share")?,
            ],
            rows,
        })
    }

    pub(super) fn physical(self) -> Result<Vec<PhysicalRow>, Findings> {
        let top = &self.book.top().code;
        let mut rows: Vec<&AmountRow> = self.book.physical.iter().collect();
        rows.retain(|row| row.region == *top && row.class == "all");
        rows.sort_by_key(|row| self.indicator_place(&row.indicator));
        let mut out = Vec::new();
        for row in rows {
            out.push(PhysicalRow {
                indicator: self.indicator_title(&row.indicator),
                output: self.output_title(row),
                cell: self.speech.physical(&row.measured, &row.unit)?,
                coverage: self.speech.coverage(&row.measured),
                status: self.speech.word("status", &row.measured.status),
                method: row.method.clone(),
                method_title: self.method_title(&row.method),
            });
        }
        Ok(out)
    }

    fn indicator_place(self, id: &str) -> usize {
        let own = self.book.counted_indicators();
        let found = own.iter().position(|indicator| indicator.id == id);
        found.unwrap_or(own.len())
    }

    /// Lays out the values of the top region: what is valued by ecosystem type.
    pub(super) fn matrix(self) -> Result<Grid, Findings> {
        let top = &self.book.top().code;
        let own = self.book.value.iter().filter(|row| row.region == *top);
        let mut by_row: BTreeMap<_, BTreeMap<&str, &AmountRow>> = BTreeMap::new();
        let mut classes: BTreeSet<&str> = BTreeSet::new();
        for row in own {
            let key = (
                self.indicator_place(&row.indicator),
                &row.indicator,
                &row.output,
                &row.item,
            );
            by_row.entry(key).or_default().insert(&row.class, row);
            classes.insert(&row.class);
        }
        let columns = self.class_order(&classes);
        let amounts = by_row.values().flat_map(|row| row.values());
        let scale = MoneyScale::of(amounts.filter_map(|row| row.measured.shown()));
        let mut rows = Vec::new();
        for ((_, indicator, ..), cells) in &by_row {
            let any = cells.values().next();
            let mut printed = Vec::new();
            for class in &columns {
                printed.push(match cells.get(class) {
                    Some(row) => self.speech.money(&row.measured, scale)?,
                    None => self.none(),
                });
            }
            rows.push(GridRow {
                label: self.indicator_title(indicator),
                sub: any.map(|row| self.output_title(row)).unwrap_or_default(),
                note_code: String::new(),
                strong: false,
                cells: printed,
            });
        }
        Ok(Grid {
            unit: self.speech.say(scale.text_key())?,
            columns: columns
                .iter()
                .map(|class| self.class_title(class))
                .collect(),
            rows,
        })
    }

    /// Returns classes in the order of the extent table, the sum last.
    fn class_order<'b>(self, classes: &BTreeSet<&'b str>) -> Vec<&'b str> {
        let mut order: Vec<&str> = classes.iter().copied().collect();
        let place = |class: &str| {
            let found = self.book.extent.iter().position(|row| row.class == class);
            (class == "all", found.unwrap_or(usize::MAX))
        };
        order.sort_by_key(|class| (place(class), *class));
        order
    }

    /// Lays out the GEP of the regions of a level by group and indicator.
    pub(super) fn by_region(self, level: &str) -> Result<Option<Grid>, Findings> {
        let regions = self.book.level(level);
        if regions.is_empty() {
            return Ok(None);
        }
        let mut items: Vec<(String, String)> = vec![("gep".into(), self.speech.say("table.gep")?)];
        for indicator in self.book.counted_indicators() {
            let title = indicator.title.get(self.language());
            items.push((indicator.id.clone(), title.to_string()));
        }
        let codes: BTreeSet<&str> = regions.iter().map(|r| r.code.as_str()).collect();
        let own = self
            .book
            .gep
            .iter()
            .filter(|row| codes.contains(row.region.as_str()));
        let scale = MoneyScale::of(own.filter_map(|row| row.measured.shown()));
        let mut rows = Vec::new();
        let top = self.book.top();
        for region in regions.into_iter().chain([top]) {
            let is_top = region.code == top.code;
            let mut cells = Vec::new();
            for (item, _) in &items {
                cells.push(match self.book.gep_of(&region.code, item) {
                    Some(row) => self.speech.money(&row.measured, scale)?,
                    None => self.none(),
                });
            }
            rows.push(GridRow {
                label: self.region_name(&region.code),
                sub: match (is_top, region.parent == top.code) {
                    (false, false) => self.region_name(&region.parent),
                    _ => String::new(),
                },
                note_code: match region.note.is_empty() {
                    true => String::new(),
                    false => region.code.clone(),
                },
                strong: is_top,
                cells,
            });
        }
        Ok(Some(Grid {
            unit: self.speech.say(scale.text_key())?,
            columns: items.into_iter().map(|(_, title)| title).collect(),
            rows,
        }))
    }
}
