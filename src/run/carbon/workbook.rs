//! Lays the books out as sheets of the inventory's report.

mod results;

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{Methodology, SECTIONS};
use gep_core::quantity::{Rational, to_f64};

use super::books::Books;
use crate::carbon::{EmissionRow, MissingInput};
use crate::output::{BookCell, BookSheet};
use crate::source::carbon::CarbonProject;

/// Gases of the summary, then CO2e.
const GASES: [&str; 3] = ["CO2", "CH4", "N2O"];
/// Grams to tonnes, and digits of tonnes.
const GRAMS: f64 = 1e6;
const DIGITS: u8 = 6;

/// All sheets.
pub fn sheets(
    methodology: &Methodology,
    project: &CarbonProject,
    books: &Books,
    run_id: &str,
) -> Vec<BookSheet> {
    let layout = Layout {
        methodology,
        project,
        books,
    };
    let mut all = vec![layout.about(run_id)];
    let places: BTreeSet<(String, u16)> = books
        .emissions
        .iter()
        .map(|row| (row.region.clone(), row.year))
        .collect();
    for (region, year) in &places {
        all.push(layout.summary(region, *year));
    }
    for (region, year) in &places {
        all.push(layout.views(region, *year));
    }
    all.push(layout.indicators());
    all.push(layout.targets());
    all.push(layout.balance());
    all.push(layout.sinks());
    all.push(layout.net());
    all.push(layout.key_categories());
    all.push(layout.peak());
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}

struct Layout<'a> {
    methodology: &'a Methodology,
    project: &'a CarbonProject,
    books: &'a Books,
}

fn text(text: impl Into<String>) -> BookCell {
    BookCell::Text(text.into())
}

fn number(value: Option<&Rational>) -> BookCell {
    value.map_or(BookCell::Missing, |value| {
        BookCell::Number(to_f64(value), DIGITS)
    })
}

fn tonnes(grams: Option<i128>) -> BookCell {
    grams.map_or(BookCell::Missing, |grams| {
        BookCell::Number(grams as f64 / GRAMS, DIGITS)
    })
}

impl Layout<'_> {
    fn name(&self, region: &str) -> &str {
        let own = self.project.regions.iter().find(|own| own.code == region);
        own.map_or("", |own| &own.name_zh)
    }

    fn about(&self, run_id: &str) -> BookSheet {
        let head = &self.project.carbon;
        let set = self.methodology.carbon.method_sets.get(&head.method_set);
        let mut rows = vec![
            vec![text("标题"), text(&head.title.zh)],
            vec![text("Title"), text(&head.title.en)],
            vec![text("报告年"), text(head.reporting_year.to_string())],
            vec![text("方法集"), text(set.map_or("", |set| &set.title.zh))],
            vec![text("运行编号"), text(run_id)],
        ];
        let notes = head.note.iter().map(|note| note.zh.clone());
        let notes = notes.chain(
            set.and_then(|set| set.note.as_ref())
                .map(|note| note.zh.clone()),
        );
        rows.extend(notes.map(|note| vec![text("说明"), text(note)]));
        BookSheet {
            name: "说明".to_owned(),
            title: head.title.zh.clone(),
            heads: vec!["项目".to_owned(), "内容".to_owned()],
            rows,
            ..BookSheet::default()
        }
    }

    /// Categories by section with live subtotals and the direct total; what is indirect or
    /// told beside the totals stands below them.
    fn summary(&self, region: &str, year: u16) -> BookSheet {
        let own: Vec<&EmissionRow> = self
            .books
            .emissions
            .iter()
            .filter(|row| row.region == region && row.year == year)
            .collect();
        let mut sheet = BookSheet {
            name: format!("清单汇总 {region}-{year}"),
            title: format!("{} {year} 年温室气体清单汇总", self.name(region)),
            unit: "单位：吨".to_owned(),
            heads: ["类别", "名称", "CO2", "CH4", "N2O", "CO2e"]
                .map(str::to_owned)
                .to_vec(),
            notes: vec![
                "缺：未报告或缺少输入，不等于零；合计只加已知数。".to_owned(),
                "间接排放和信息项不计入直接排放合计。".to_owned(),
            ],
            ..BookSheet::default()
        };
        let mut subtotals = Vec::new();
        for section in SECTIONS {
            let first = sheet.rows.len();
            self.categories(&own, &mut sheet, &|category| {
                category.section == section && !category.memo && !category.indirect
            });
            if sheet.rows.len() > first {
                let rows: Vec<usize> = (first..sheet.rows.len()).collect();
                subtotals.push(sheet.rows.len());
                let title = format!("小计 {}", section_title(section));
                let line = sums(&sheet, title, &rows);
                sheet.rows.push(line);
            }
        }
        if !subtotals.is_empty() {
            let line = sums(&sheet, "直接排放合计".to_owned(), &subtotals);
            sheet.rows.push(line);
        }
        self.categories(&own, &mut sheet, &|category| {
            category.indirect || category.memo
        });
        sheet
    }

    fn categories(
        &self,
        own: &[&EmissionRow],
        sheet: &mut BookSheet,
        wanted: &dyn Fn(&gep_core::methodology::EmissionCategory) -> bool,
    ) {
        for (id, category) in self
            .methodology
            .carbon
            .categories
            .iter()
            .filter(|(_, own)| wanted(own))
        {
            let rows: Vec<&&EmissionRow> = own.iter().filter(|row| row.category == *id).collect();
            let warm: Vec<&&&EmissionRow> =
                rows.iter().filter(|row| row.warming.is_some()).collect();
            let sum = |values: Vec<Option<i128>>| -> BookCell {
                let known: Vec<i128> = values.iter().flatten().copied().collect();
                match (values.is_empty(), known.is_empty()) {
                    (true, _) => text(""),
                    (false, true) => BookCell::Missing,
                    _ => tonnes(Some(known.iter().sum())),
                }
            };
            if rows.is_empty() {
                let mut cells = vec![text(id), text(&category.title.zh)];
                cells.extend(vec![text(""); GASES.len()]);
                cells.push(BookCell::Missing);
                sheet.rows.push(cells);
                continue;
            }
            let mut cells = vec![text(id), text(&category.title.zh)];
            for gas in GASES {
                let of_gas = rows.iter().filter(|row| row.gas == gas);
                cells.push(sum(of_gas.map(|row| row.amount_g).collect()));
            }
            cells.push(sum(warm.iter().map(|row| row.co2e_g).collect()));
            sheet.rows.push(cells);
        }
    }

    fn indicators(&self) -> BookSheet {
        let own = self.books.indicators.iter();
        let year = self.project.carbon.reporting_year;
        let rows = own.filter(|one| one.year == year).map(|one| {
            let rules = &self.methodology.carbon.indicators;
            let rule = rules.iter().find(|rule| rule.id == one.indicator);
            let missing: Vec<String> = one.missing.iter().map(MissingInput::to_text).collect();
            vec![
                text(self.name(&one.region)),
                text(rule.map_or("", |rule| &rule.title.zh)),
                text(&one.method),
                number(one.value.as_ref()),
                text(&one.unit),
                text(&one.definition),
                text(one.trust.map_or("", |trust| trust.word())),
                text(missing.join("; ")),
            ]
        });
        BookSheet {
            name: "指标".to_owned(),
            title: format!("{year} 年指标（各口径并列）"),
            heads: [
                "地区",
                "指标",
                "口径（方法）",
                "数值",
                "单位",
                "定义",
                "可靠程度",
                "所缺输入",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: rows.collect(),
            ..BookSheet::default()
        }
    }

    /// Flows down in the order of the yearbook, carriers across.
    fn balance(&self) -> BookSheet {
        let lines = &self.books.balances;
        let columns: BTreeSet<(String, u16, String, String)> = lines
            .iter()
            .map(|line| {
                (
                    line.region.clone(),
                    line.year,
                    line.carrier.clone(),
                    line.unit.clone(),
                )
            })
            .collect();
        let flows = self.methodology.carbon.balance.flows.iter();
        let flows = flows.map(|flow| (flow.id.as_str(), flow.title.zh.as_str()));
        let derived = [
            ("supply_total", "供应合计"),
            ("final_total", "终端合计"),
            ("difference", "平衡差额（核算）"),
        ];
        let values: BTreeMap<(&str, u16, &str, &str), &Rational> = lines
            .iter()
            .map(|line| {
                (
                    (
                        line.region.as_str(),
                        line.year,
                        line.carrier.as_str(),
                        line.flow.as_str(),
                    ),
                    &line.value,
                )
            })
            .collect();
        let mut rows = Vec::new();
        for (flow, title) in flows.chain(derived) {
            let cells: Vec<BookCell> = columns
                .iter()
                .map(|(region, year, carrier, _)| {
                    let value = values.get(&(region.as_str(), *year, carrier.as_str(), flow));
                    value.map_or(text(""), |value| BookCell::Number(to_f64(value), 3))
                })
                .collect();
            if cells
                .iter()
                .any(|cell| matches!(cell, BookCell::Number(..)))
            {
                rows.push([vec![text(title)], cells].concat());
            }
        }
        let carrier = |id: &str| {
            let own = self.methodology.carbon.balance.carrier(id);
            own.map_or(String::new(), |own| own.title.zh.clone())
        };
        let heads = columns.iter().map(|(region, year, id, unit)| {
            format!("{} {year} {}（{unit}）", self.name(region), carrier(id))
        });
        BookSheet {
            name: "能源平衡表".to_owned(),
            title: "能源平衡表".to_owned(),
            heads: std::iter::once("流向".to_owned()).chain(heads).collect(),
            rows,
            notes: vec!["空格表示没有填报；平衡差额照列，不作调整。".to_owned()],
            ..BookSheet::default()
        }
    }

    fn sinks(&self) -> BookSheet {
        let rules = &self.methodology.carbon.sinks;
        let rows = self.books.sinks.iter().map(|sink| {
            let rule = rules
                .iter()
                .find(|rule| rule.method == sink.method && rule.output == sink.output);
            vec![
                text(self.name(&sink.region)),
                text(sink.year.to_string()),
                text(rule.map_or("", |rule| &rule.title.zh)),
                text(match sink.kind.word() {
                    "net_stock_change" => "净储量变化",
                    "gross_fixation" => "毛固定量",
                    _ => "储量或面积",
                }),
                number(sink.value.as_ref()),
                text(&sink.unit),
                text(if sink.counts { "是" } else { "否" }),
            ]
        });
        BookSheet {
            name: "碳汇".to_owned(),
            title: "碳汇".to_owned(),
            heads: [
                "地区",
                "年份",
                "碳汇",
                "类型",
                "数值",
                "单位",
                "可与排放相抵",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: rows.collect(),
            notes: vec!["毛固定量和储量不得与排放相抵。".to_owned()],
            ..BookSheet::default()
        }
    }
}

fn section_title(section: &str) -> &'static str {
    match section {
        "energy" => "能源活动",
        "process" => "工业过程",
        "agriculture" => "农业",
        "land" => "土地利用",
        _ => "废弃物",
    }
}

/// A line of sums over rows of the sheet; a column without numbers stays empty.
fn sums(sheet: &BookSheet, title: String, rows: &[usize]) -> Vec<BookCell> {
    let mut cells = vec![text(title), text("")];
    for column in 2..sheet.heads.len() {
        let values: Vec<f64> = rows
            .iter()
            .filter_map(|row| match sheet.rows[*row].get(column) {
                Some(BookCell::Number(value, _) | BookCell::Sum { result: value, .. }) => {
                    Some(*value)
                }
                _ => None,
            })
            .collect();
        cells.push(match values.is_empty() {
            true => text(""),
            false => BookCell::Sum {
                rows: rows.to_vec(),
                result: values.iter().sum(),
                digits: DIGITS,
            },
        });
    }
    cells
}
