//! What a number of a table beside the account is the sum, difference, product or
//! quotient of, with the numbers put in and computed again.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, parse_decimal, quanta};

use super::numbers::ALL;
use super::tables::{Table, decimal};
use super::verify_ratios::{power, quotient};
use crate::output::{Kind, Schema};

/// Terms beyond these are left to `--format json`.
pub(super) const TERMS_SHOWN: usize = 24;
/// Rows of a bridge that are no lines of it.
const ENDS: [&str; 6] = [
    "gep_first",
    "outside_first",
    "start",
    "end",
    "outside_second",
    "gep_second",
];
/// Items of a change that are no effects.
const NO_EFFECT: [&str; 4] = ["value_base", "value", "constant_price", "change"];

/// One number of an equation.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// `+`, `-`, `x` or `/`.
    pub(super) sign: char,
    pub(super) label: String,
    /// As printed; nothing if it is missing.
    pub(super) amount: Option<String>,
    /// Its number id, where it has one.
    pub(super) id: String,
}

/// How a number follows from others.
#[derive(Clone, Debug)]
pub(super) struct Equation {
    /// What it says, in Chinese and English.
    pub(super) words: [&'static str; 2],
    pub(super) terms: Vec<Term>,
    /// What the terms come to; nothing if one that counts is missing.
    pub(super) result: Option<String>,
    /// What the table says.
    pub(super) printed: Option<String>,
}

impl Equation {
    /// Returns whether the terms come to what is printed.
    pub(super) fn agrees(&self) -> bool {
        self.result == self.printed
    }

    /// Spells the terms with their signs, the first so many of them.
    pub(super) fn with_numbers(&self, most: usize) -> String {
        let mut out = String::new();
        for (at, term) in self.terms.iter().take(most).enumerate() {
            let amount = term.amount.as_deref().unwrap_or("-");
            if at > 0 || term.sign == '-' {
                out.push_str(&format!(" {} ", term.sign));
            }
            let below_zero = amount.starts_with('-') && amount.len() > 1;
            out.push_str(&match below_zero && at > 0 {
                true => format!("({amount})"),
                false => amount.to_string(),
            });
        }
        if self.terms.len() > most {
            out.push_str(" …");
        }
        out.trim_start().to_string()
    }
}

/// A row among those around it: its region's, those right below, or its object's.
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) row: usize,
    pub(super) measure: &'static str,
    /// Codes right below the region of the row.
    pub(super) below: &'a [&'a str],
}

/// Spells a number of a column: fen as yuan.
pub(super) fn spelled(schema: &Schema, column: &str, amount: i128) -> String {
    if column.ends_with("_fen") {
        return decimal(amount, 2);
    }
    let kind = schema.columns.iter().find(|(name, _)| *name == column);
    match kind {
        Some((_, Kind::Decimal(scale))) => decimal(amount, *scale),
        _ => amount.to_string(),
    }
}

impl Row<'_> {
    fn text(&self, name: &str) -> &str {
        self.table.text(name, self.row)
    }

    fn amount(&self, column: &str, row: usize) -> Option<i128> {
        self.table.amount(column, row).flatten()
    }

    fn spell(&self, column: &str, amount: Option<i128>) -> Option<String> {
        amount.map(|own| spelled(self.table.schema, column, own))
    }

    fn printed(&self) -> Option<String> {
        self.spell(self.measure, self.amount(self.measure, self.row))
    }

    /// Rows that differ from this one in the named columns only, itself left out.
    fn others(&self, free: &[&str], fits: impl Fn(usize) -> bool) -> Vec<usize> {
        let table = self.table;
        let fixed: Vec<&str> = table.schema.keys.to_vec();
        let fixed = fixed.into_iter().filter(|key| !free.contains(key));
        let fixed: Vec<&str> = fixed.collect();
        let same = |row: usize| {
            fixed
                .iter()
                .all(|key| table.text(key, row) == self.text(key))
        };
        (0..table.rows())
            .filter(|row| *row != self.row && same(*row) && fits(*row))
            .collect()
    }

    /// The measure of other rows, added up; `label` is the column that tells them apart.
    fn sum(&self, words: [&'static str; 2], label: &str, rows: &[(char, usize)]) -> Equation {
        let amounts = self.table.amounts(self.measure);
        let signed = rows.iter().map(|(sign, row)| {
            let own = amounts[*row];
            own.map(|own| if *sign == '-' { -own } else { own })
        });
        // A number that is there without a part is partial and names it; one that is
        // not there lacks a part.
        let result: Option<i128> = match self.printed() {
            None => signed.sum(),
            Some(_) => Some(signed.flatten().sum()),
        };
        let term = |(sign, row): &(char, usize)| Term {
            sign: *sign,
            label: self.table.text(label, *row).to_string(),
            amount: self.spell(self.measure, amounts[*row]),
            id: self.table.text("number_id", *row).to_string(),
        };
        Equation {
            words,
            terms: rows.iter().map(term).collect(),
            result: self.spell(self.measure, result),
            printed: self.printed(),
        }
    }

    /// Columns of the row itself, added up.
    fn columns(&self, words: [&'static str; 2], of: &[(char, &'static str)]) -> Equation {
        self.columns_to(words, of, self.measure)
    }

    fn columns_to(
        &self,
        words: [&'static str; 2],
        of: &[(char, &'static str)],
        measure: &'static str,
    ) -> Equation {
        let amount = |column: &str| self.amount(column, self.row);
        let parts = of.iter().map(|(sign, column)| {
            // Of an object that one run alone has, the other value is nothing at all.
            let own = amount(column).unwrap_or(0);
            if *sign == '-' { -own } else { own }
        });
        let result: i128 = parts.sum();
        let term = |(sign, column): &(char, &'static str)| Term {
            sign: *sign,
            label: (*column).to_string(),
            amount: self.spell(column, amount(column)),
            id: String::new(),
        };
        let printed = amount(measure);
        let known = printed.is_some() || of.iter().any(|(_, column)| amount(column).is_some());
        Equation {
            words,
            terms: of.iter().map(term).collect(),
            result: self.spell(measure, Some(result).filter(|_| known)),
            printed: self.spell(measure, printed.or(Some(0).filter(|_| known))),
        }
    }

    /// The sum over the regions right below.
    fn over_regions(&self) -> Option<Equation> {
        let here = |row: usize| self.below.contains(&self.table.text("region_code", row));
        let rows = self.others(&["region_code"], here);
        let rows: Vec<(char, usize)> = rows.into_iter().map(|row| ('+', row)).collect();
        let words = ["下级区域之和", "sum of the regions below"];
        (!rows.is_empty()).then(|| self.sum(words, "region_code", &rows))
    }
}

/// Returns how the number of a row follows from others; nothing for what was measured or
/// given.
pub(super) fn equations(row: &Row<'_>) -> Vec<Equation> {
    match row.table.schema.name {
        "ratios" => vec![ratio(row)],
        "denominators" => match row.text("origin") {
            "sum" => row.over_regions().into_iter().collect(),
            _ => Vec::new(),
        },
        "adjustments" => vec![adjustment(row)],
        "objects" | "lines" => shares(row).into_iter().collect(),
        "extent_account" => {
            let words = ["期初 + 增加 - 减少", "opening + additions - reductions"];
            let of = [
                ('+', "opening_mm2"),
                ('+', "additions_mm2"),
                ('-', "reductions_mm2"),
            ];
            vec![row.columns(words, &of)]
        }
        "extent_change" => row.over_regions().into_iter().collect(),
        "change" => change(row),
        "change_objects" => vec![change_object(row)],
        "asset" => asset(row).into_iter().collect(),
        "supply_use" => row.over_regions().into_iter().collect(),
        "control_areas" => vec![control(row)],
        "bridge" => bridge(row),
        "recut" => vec![recut(row)],
        _ => Vec::new(),
    }
}

/// A part of a county's number is what the other parts leave of it; a sum over counties
/// is the sum of its parts.
fn recut(row: &Row<'_>) -> Equation {
    let table = row.table;
    let is_all = |column: &str, own: usize| table.text(column, own) == ALL;
    let (from_all, to_all) = (is_all("from_code", row.row), is_all("to_code", row.row));
    let plus = |rows: Vec<usize>| -> Vec<(char, usize)> {
        rows.into_iter().map(|own| ('+', own)).collect()
    };
    if from_all {
        // Of the whole, the counties it is of.
        let rows = row.others(&["from_code"], |own| !is_all("from_code", own));
        let words = ["各县之和", "sum over the counties it is of"];
        return row.sum(words, "from_code", &plus(rows));
    }
    if to_all {
        let rows = row.others(&["to_code"], |own| !is_all("to_code", own));
        let words = ["各去向之和", "sum over the counties it goes to"];
        return row.sum(words, "to_code", &plus(rows));
    }
    let typed = match row.text("class") {
        ALL => row.others(&["class"], |_| true),
        _ => Vec::new(),
    };
    if !typed.is_empty() {
        let words = ["各生态系统类型之和", "sum over ecosystem types"];
        return row.sum(words, "class", &plus(typed));
    }
    let whole = row.others(&["to_code"], |own| is_all("to_code", own));
    let others = row.others(&["to_code"], |own| !is_all("to_code", own));
    let mut rows = plus(whole);
    rows.extend(others.into_iter().map(|own| ('-', own)));
    let words = [
        "该县之数 - 其他去向之数（按地面面积以最大余数法分摊，合计不变）",
        "the county's number - its other parts (shared by ground with the largest remainder, the whole unchanged)",
    ];
    row.sum(words, "to_code", &rows)
}

fn ratio(row: &Row<'_>) -> Equation {
    let [above, below] = ["numerator", "denominator"].map(|name| row.amount(name, row.row));
    let power = power(row.text("measure"));
    let term = |sign, label: &str, amount: Option<i128>, id: &str| Term {
        sign,
        label: label.to_string(),
        amount: amount.map(|own| own.to_string()),
        id: id.to_string(),
    };
    let (over, under) = (row.text("numerator_id"), row.text("denominator_id"));
    let mut terms = vec![
        term('+', "numerator", above, over),
        term('/', "denominator", below, under),
    ];
    if power > 0 {
        let factor = 10_i128.pow(power);
        terms.push(term('x', "unit", Some(factor), ""));
    }
    Equation {
        words: ["分子 / 分母", "numerator / denominator"],
        terms,
        result: row.spell("value", quotient(above, below, power)),
        printed: row.printed(),
    }
}

fn adjustment(row: &Row<'_>) -> Equation {
    let exact = |name: &str| parse_decimal(row.text(name));
    let given = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
    let sum = exact("before").zip(exact("adjustment")).map(|(a, b)| a + b);
    let after = given(row.text("after"));
    let fits = sum.is_some() && sum == exact("after");
    let term = |name: &str| Term {
        sign: '+',
        label: name.to_string(),
        amount: given(row.text(name)),
        id: String::new(),
    };
    Equation {
        words: ["调整前 + 调整", "before + adjustment"],
        terms: vec![term("before"), term("adjustment")],
        result: match fits {
            true => after.clone(),
            false => sum.map(|sum| sum.to_string()),
        },
        printed: after,
    }
}

/// An object or a line as a whole is what it is in all regions and outside them.
fn shares(row: &Row<'_>) -> Option<Equation> {
    if row.text("region_code") != ALL {
        return None;
    }
    let rows = row.others(&["region_code"], |_| true);
    let rows: Vec<(char, usize)> = rows.into_iter().map(|row| ('+', row)).collect();
    let words = [
        "各区域与区域外之和",
        "sum over all regions and what lies outside",
    ];
    (!rows.is_empty()).then(|| row.sum(words, "region_code", &rows))
}

fn change(row: &Row<'_>) -> Vec<Equation> {
    let item = row.text("item");
    let table = row.table;
    let find = |wanted: &str| {
        let found = row.others(&["item"], |own| table.text("item", own) == wanted);
        found.first().copied()
    };
    let mut all = Vec::new();
    let told = row.amount(row.measure, row.row).is_some();
    if item == "change" {
        if let Some((new, old)) = find("value").zip(find("value_base")) {
            let words = ["本期 - 基期", "value - value of the base run"];
            all.push(row.sum(words, "item", &[('+', new), ('-', old)]));
        }
    } else if told && !NO_EFFECT.contains(&item) {
        // What it adds to: the effects come to the change, to the fen.
        let others = row.others(&["item"], |own| {
            let known = table.amounts(row.measure)[own].is_some();
            known && !NO_EFFECT.contains(&table.text("item", own))
        });
        let value = |word: &str| find(word).filter(|own| row.amount(row.measure, *own).is_some());
        let mut rows: Vec<(char, usize)> =
            value("value").map(|own| ('+', own)).into_iter().collect();
        rows.extend(value("value_base").map(|own| ('-', own)));
        rows.extend(others.into_iter().map(|own| ('-', own)));
        let words = [
            "本期 - 基期 - 其他影响（各项影响之和即变化）",
            "value - value of the base run - the other effects (effects add to the change)",
        ];
        all.push(row.sum(words, "item", &rows));
    }
    if let Some(mut sum) = row.over_regions().filter(|_| told) {
        let known = sum.terms.iter().any(|term| term.amount.is_none());
        let between = row.amount("between_fen", row.row).unwrap_or(0);
        let parts = row.amount(row.measure, row.row).map(|own| own - between);
        let below = row.others(&["region_code"], |own| {
            row.below.contains(&table.text("region_code", own))
        });
        let fen = table.amounts(row.measure);
        let added: i128 = below.iter().filter_map(|own| fen[*own]).sum();
        if between != 0 || known {
            sum.terms.push(Term {
                sign: '+',
                label: "between_fen".to_string(),
                amount: row.spell(row.measure, Some(between)),
                id: String::new(),
            });
        }
        let fits = parts == Some(added);
        sum.result = match fits {
            true => sum.printed.clone(),
            false => row.spell(row.measure, Some(added + between)),
        };
        all.push(sum);
    }
    all
}

fn change_object(row: &Row<'_>) -> Equation {
    let words = [
        "基期 + 新增 + 消失 + 强度 + 价格",
        "value of the base run + appears + disappears + intensity + price",
    ];
    let of = [
        ('+', "value_base_fen"),
        ('+', "appears_fen"),
        ('+', "disappears_fen"),
        ('+', "intensity_fen"),
        ('+', "price_fen"),
    ];
    row.columns(words, &of)
}

/// A present value is rounded once, by county and type; all others are sums.
fn asset(row: &Row<'_>) -> Option<Equation> {
    let table = row.table;
    if let Some(sum) = row.over_regions() {
        return Some(sum);
    }
    let (class, indicator) = (row.text("class"), row.text("indicator"));
    let types = row.others(&["class"], |_| class == ALL);
    let services = row.others(&["indicator"], |own| {
        indicator == "gep" && table.text("class", own) == class
    });
    let (words, label, parts) = match (types.is_empty(), services.is_empty()) {
        (_, false) => (["各指标之和", "sum over indicators"], "indicator", services),
        (false, _) => (["各类型之和", "sum over ecosystem types"], "class", types),
        _ => return discounted(row),
    };
    let rows: Vec<(char, usize)> = parts.into_iter().map(|own| ('+', own)).collect();
    Some(row.sum(words, label, &rows))
}

fn discounted(row: &Row<'_>) -> Option<Equation> {
    let flow = row.amount("flow_fen", row.row)?;
    let one = Rational::from_integer(1.into());
    let growth = &one + parse_decimal(row.text("discount_rate"))?;
    let count = |name| table_count(row, name);
    let mut factor = Rational::from_integer(0.into());
    let zero = factor.clone();
    for _ in 0..count("horizon_years")? {
        factor = factor / &growth + &one;
    }
    for _ in 0..count("first_payment_years")? {
        factor /= &growth;
    }
    let exact = Rational::from_integer(flow.into()) * factor;
    let whole: Option<i128> = quanta(&exact, &one).try_into().ok();
    let term = |sign, label: &str, amount: String| Term {
        sign,
        label: label.to_string(),
        amount: Some(amount),
        id: String::new(),
    };
    (growth > zero).then(|| Equation {
        words: [
            "年流量 x 现值系数",
            "yearly flow x present value of one a year",
        ],
        terms: vec![
            term('+', "flow_fen", decimal(flow, 2)),
            term('x', "factor", row.text("factor").to_string()),
        ],
        result: row.spell(row.measure, whole),
        printed: row.printed(),
    })
}

fn table_count(row: &Row<'_>, name: &str) -> Option<u32> {
    row.table.spelling(name, row.row).parse().ok()
}

fn control(row: &Row<'_>) -> Equation {
    if row.text("mode") == "apportion" {
        let words = [
            "量算 + 与官方面积之差",
            "measured + difference to the official area",
        ];
        let of = [('+', "measured_mm2"), ('+', "difference_mm2")];
        return row.columns(words, &of);
    }
    let words = ["量算面积（仅核对）", "as measured (compared only)"];
    row.columns(words, &[('+', "measured_mm2")])
}

/// The ends of a bridge, and each line as what the others leave of the way between them.
fn bridge(row: &Row<'_>) -> Vec<Equation> {
    let table = row.table;
    let items: BTreeMap<&str, usize> = (0..table.rows())
        .filter(|own| table.text("region_code", *own) == row.text("region_code"))
        .map(|own| (table.text("item", own), own))
        .collect();
    let item = row.text("item");
    let place = |name: &str, sign| items.get(name).map(|own| (sign, *own));
    let lines = || {
        (0..table.rows()).filter(|own| {
            let line = table.text("item", *own);
            table.text("region_code", *own) == row.text("region_code")
                && *own != row.row
                && line != "outside"
                && !ENDS.contains(&line)
        })
    };
    let mut all = Vec::new();
    let mut told = |words, rows: Vec<(char, usize)>| all.push(row.sum(words, "item", &rows));
    let ends = |names: [(&str, char); 2]| {
        names
            .iter()
            .filter_map(|(name, sign)| place(name, *sign))
            .collect::<Vec<_>>()
    };
    match item {
        "gep_first" => told(
            ["桥外 + 起点", "outside the bridge + start"],
            ends([("outside_first", '+'), ("start", '+')]),
        ),
        "gep_second" => told(
            ["终点 + 桥外", "end + outside the bridge"],
            ends([("end", '+'), ("outside_second", '+')]),
        ),
        "outside_first" => told(
            ["甲口径 GEP - 起点", "GEP of the first profile - start"],
            ends([("gep_first", '+'), ("start", '-')]),
        ),
        "outside_second" => told(
            ["乙口径 GEP - 终点", "GEP of the second profile - end"],
            ends([("gep_second", '+'), ("end", '-')]),
        ),
        "start" => told(
            [
                "甲口径 GEP - 桥外",
                "GEP of the first profile - outside the bridge",
            ],
            ends([("gep_first", '+'), ("outside_first", '-')]),
        ),
        "end" => {
            let start = place("start", '+').into_iter();
            let rows = start.chain(lines().map(|own| ('+', own))).collect();
            told(["起点 + 各项原因", "start + all causes"], rows);
        }
        "outside" => return Vec::new(),
        _ => {
            let mut rows = ends([("end", '+'), ("start", '-')]);
            rows.extend(lines().map(|own| ('-', own)));
            let words = ["终点 - 起点 - 其他原因", "end - start - the other causes"];
            told(words, rows);
        }
    }
    all.extend(row.over_regions());
    all
}
