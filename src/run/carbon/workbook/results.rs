//! Sheets of what the inventory comes to: views, targets, net position, key categories, peak.

use super::{BookCell, BookSheet, DIGITS, GRAMS, Layout, number, text, tonnes};
use crate::carbon::{CO2E, EmissionRow, PeakClass, View, WindowKind};
use gep_core::methodology::EmissionCategory;
use gep_core::quantity::{Rational, to_f64};

/// Columns of the sheet of views before those of the views.
const BEFORE: usize = 2;

/// The views of a sheet, with their heads.
const VIEWS: [(View, &str); 3] = [
    (View::Direct, "直接排放"),
    (View::WithImportedElectricity, "含净调入电力"),
    (View::GpcBasic, "GPC BASIC"),
];

fn heads(all: &[&str]) -> Vec<String> {
    all.iter().map(|own| (*own).to_owned()).collect()
}

fn percent(share: &Rational) -> BookCell {
    number(Some(&(share * Rational::from_integer(100.into()))))
}

fn class(of: PeakClass) -> &'static str {
    match of {
        PeakClass::Peaked => "已达峰",
        PeakClass::Plateau => "平台期",
        PeakClass::Rising => "上升",
        PeakClass::Undetermined => "不能判定",
    }
}

/// Whether a category counts in a view.
fn counts(category: &EmissionCategory, view: &View) -> bool {
    match view {
        _ if category.memo => false,
        View::Direct => !category.indirect,
        View::GpcBasic => category.indirect || !category.grid_generation,
        _ => true,
    }
}

impl Layout<'_> {
    /// CO2e of a region and year by category, a column a view, with live totals.
    pub(super) fn views(&self, region: &str, year: u16) -> BookSheet {
        let own = self.books.emissions.iter();
        let own: Vec<&EmissionRow> = own
            .filter(|row| row.region == region && row.year == year && row.warming.is_some())
            .collect();
        let mut rows = Vec::new();
        for (id, category) in &self.methodology.carbon.categories {
            let values: Vec<Option<i128>> = own
                .iter()
                .filter(|row| row.category == *id)
                .map(|row| row.co2e_g)
                .collect();
            let known: Vec<i128> = values.iter().flatten().copied().collect();
            let cell = tonnes((!known.is_empty()).then(|| known.iter().sum()));
            let shown = VIEWS.iter().map(|(view, _)| match counts(category, view) {
                true => cell.clone(),
                false => text(""),
            });
            let shown: Vec<BookCell> = shown.collect();
            if !category.memo {
                rows.push([vec![text(id), text(&category.title.zh)], shown].concat());
            }
        }
        let total = |(view, _): &(View, &str)| {
            let own = self.books.totals.iter().find(|own| {
                own.region == region && own.year == year && own.view == *view && own.gas == CO2E
            });
            own.and_then(|own| Some((own.value_g?, own.missing.len())))
        };
        let totals = VIEWS
            .iter()
            .enumerate()
            .map(|(at, view)| match total(view) {
                None => BookCell::Missing,
                Some((grams, _)) => BookCell::Sum {
                    rows: (0..rows.len())
                        .filter(|row| matches!(rows[*row][BEFORE + at], BookCell::Number(..)))
                        .collect(),
                    result: grams as f64 / GRAMS,
                    digits: DIGITS,
                },
            });
        let missing = VIEWS.iter().map(|view| match total(view) {
            None => text("缺"),
            Some((_, 0)) => text("完整"),
            Some((_, missing)) => text(format!("不完整：缺 {missing} 项")),
        });
        let last = [
            [vec![text("合计"), text("")], totals.collect()].concat(),
            [vec![text("完整性"), text("")], missing.collect()].concat(),
        ];
        rows.extend(last);
        BookSheet {
            name: format!("总量视角 {region}-{year}"),
            title: format!("{} {year} 年排放总量的三种视角", self.name(region)),
            unit: "单位：吨二氧化碳当量".to_owned(),
            heads: ["类别", "名称"]
                .into_iter()
                .chain(VIEWS.iter().map(|(_, head)| *head))
                .map(str::to_owned)
                .collect(),
            rows,
            notes: vec![
                "空格：该类别不计入此视角。缺：未报告或缺少输入，不等于零；合计只加已知数。"
                    .to_owned(),
                "GPC BASIC 不含并网发电的直接排放，计入净调入电力等间接排放；信息项不计入任何总量。"
                    .to_owned(),
            ],
        }
    }

    /// Targets beside the latest numbers of their convention.
    pub(super) fn targets(&self) -> BookSheet {
        let all = &self.methodology.carbon.targets;
        let rows = self.books.targets.iter().filter_map(|own| {
            let target = all.get(&own.target)?;
            Some(vec![
                text(&target.title.zh),
                text(self.name(&target.region_code)),
                text(target.year.to_string()),
                number(Some(&target.value)),
                text(&target.unit_text),
                text(own.year.map_or(String::new(), |year| year.to_string())),
                number(own.value.as_ref()),
                number(own.gap.as_ref()),
                number(own.required_annual_rate.as_ref()),
                text(match own.progress.word() {
                    "reached" => "已达到",
                    "not_reached" => "未达到",
                    "open" => "未到期",
                    "not_comparable" => "口径不同，不可比",
                    _ => "缺数据",
                }),
                text(format!(
                    "{}: {}",
                    target.citation.document, target.citation.clause
                )),
            ])
        });
        BookSheet {
            name: "目标".to_owned(),
            title: "目标与进展".to_owned(),
            heads: heads(&[
                "目标",
                "地区",
                "目标年",
                "目标值",
                "单位",
                "最新年份",
                "数值",
                "差距",
                "所需年变化率（%）",
                "进展",
                "来源",
            ]),
            rows: rows.collect(),
            notes: vec![
                "口径或定义与目标不同的数值不作比较；下降类目标的“数值”为累计下降率（%）。"
                    .to_owned(),
            ],
            ..BookSheet::default()
        }
    }

    /// Net positions; net values are live.
    pub(super) fn net(&self) -> BookSheet {
        let across = |grams: Option<i128>, plus: &[usize], minus: &[usize]| match grams {
            None => BookCell::Missing,
            Some(grams) => BookCell::Across {
                plus: plus.to_vec(),
                minus: minus.to_vec(),
                result: grams as f64 / GRAMS,
                digits: DIGITS,
            },
        };
        let rows = self.books.net.iter().map(|own| {
            vec![
                text(self.name(&own.region)),
                text(own.year.to_string()),
                tonnes(own.emissions_g),
                tonnes(own.removals_g),
                across(own.net_g, &[2], &[3]),
                tonnes(own.sold_g),
                across(own.net_of_sold_g, &[4, 5], &[]),
                text(own.missing.iter().cloned().collect::<Vec<_>>().join("; ")),
            ]
        });
        BookSheet {
            name: "净排放".to_owned(),
            title: "净排放".to_owned(),
            unit: "单位：吨二氧化碳当量".to_owned(),
            heads: heads(&[
                "地区",
                "年份",
                "排放（含净调入电力）",
                "净储量变化（吸收为正）",
                "净排放",
                "已售出",
                "扣除售出后净排放",
                "所缺",
            ]),
            rows: rows.collect(),
            notes: vec!["净排放 = 排放 − 净储量变化；已售出的减排量不得再计，须加回。".to_owned()],
        }
    }

    /// Categories by size with a live total, a block a region and year.
    pub(super) fn key_categories(&self) -> BookSheet {
        let mut rows: Vec<Vec<BookCell>> = Vec::new();
        let all = &self.books.key_categories;
        let mut from = 0;
        for (at, own) in all.iter().enumerate() {
            let category = self.methodology.carbon.categories.get(&own.category);
            rows.push(vec![
                text(self.name(&own.region)),
                text(own.year.to_string()),
                BookCell::Number(own.rank as f64, 0),
                text(&own.category),
                text(category.map_or("", |own| &own.title.zh)),
                tonnes(Some(own.co2e_g)),
                percent(&own.share),
                percent(&own.cumulative),
                text(if own.key { "是" } else { "否" }),
                own.uncertainty.as_ref().map_or(text(""), percent),
            ]);
            let next = all.get(at + 1);
            if next.is_none_or(|next| (&next.region, next.year) != (&own.region, own.year)) {
                let block: Vec<usize> = (from..rows.len()).collect();
                let own = all
                    .iter()
                    .filter(|one| (&one.region, one.year) == (&own.region, own.year));
                let (grams, shares) = own.fold((0, Rational::default()), |sum, one| {
                    (sum.0 + one.co2e_g, sum.1 + &one.share)
                });
                let live = |result: f64| BookCell::Sum {
                    rows: block.clone(),
                    result,
                    digits: DIGITS,
                };
                let shares = to_f64(&(shares * Rational::from_integer(100.into())));
                let mut total = vec![text("合计"), text(""), text(""), text(""), text("")];
                total.extend([live(grams as f64 / GRAMS), live(shares)]);
                total.extend([text(""), text(""), text("")]);
                rows.push(total);
                from = rows.len();
            }
        }
        BookSheet {
            name: "关键类别".to_owned(),
            title: "关键类别".to_owned(),
            unit: "单位：吨二氧化碳当量".to_owned(),
            heads: heads(&[
                "地区",
                "年份",
                "位次",
                "类别",
                "名称",
                "CO2e",
                "占比（%）",
                "累计（%）",
                "关键类别",
                "不确定性（%）",
            ]),
            rows,
            notes: vec![
                "占比按绝对值计算；累计至 95 % 的类别为关键类别；不确定性仅含活动水平。".to_owned(),
            ],
        }
    }

    /// Peak classes, a row a window.
    pub(super) fn peak(&self) -> BookSheet {
        let mut rows = Vec::new();
        for (series, peak) in &self.books.series.peaks {
            for window in &peak.windows {
                rows.push(vec![
                    text(self.name(&series.region)),
                    text(&series.method),
                    text(class(peak.class)),
                    text(match window.kind {
                        WindowKind::Whole => "全部年份",
                        WindowKind::Level => "近期平稳段",
                        WindowKind::AfterMaximum => "峰值之后",
                    }),
                    text(class(window.class)),
                    text(window.first_year.to_string()),
                    text(window.last_year.to_string()),
                    number(Some(&window.slope)),
                    percent(&window.range_share),
                    text(peak.peak_year.to_string()),
                    number(Some(&peak.maximum)),
                    percent(&peak.decline_share),
                ]);
            }
        }
        BookSheet {
            name: "达峰判定".to_owned(),
            title: "达峰判定".to_owned(),
            heads: heads(&[
                "地区",
                "口径（方法）",
                "判定",
                "时段",
                "该时段判定",
                "起",
                "止",
                "Sen 斜率",
                "极差占峰值（%）",
                "峰值年",
                "峰值（吨）",
                "较峰值下降（%）",
            ]),
            rows,
            notes: vec!["判定随时段不同而变的，须与时段一并引用。".to_owned()],
            ..BookSheet::default()
        }
    }
}
