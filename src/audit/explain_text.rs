//! An explanation as a tree for people.

use std::fmt::Write as _;

use gep_core::diagnostic::Language;

use super::explain::{ClassPart, Explanation, Method, Parameter, RuleLine, Shown};
use super::explain_adjustments::AdjustmentLine;
use super::explain_controls;
use super::explain_crosswalk::crosswalk_lines;
use super::tables::decimal;
use crate::output::Bilingual;

/// Parameters of one name beyond this many rows are left to `--format json`.
const ROWS_SHOWN: usize = 16;

/// Returns the explanation as a tree: value, methods, parameters, classes, inputs.
pub(super) fn account_text(explanation: &Explanation, language: Language) -> String {
    let mut page = Page {
        out: String::new(),
        language,
    };
    page.head(explanation);
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let interval = explanation.interval.as_ref();
    blocks.extend(interval.map(|own| own.lines(language)));
    blocks.extend(explanation.methods.iter().map(|own| page.method(own)));
    blocks.extend(
        explanation
            .condition
            .as_ref()
            .map(|own| own.lines(language)),
    );
    if let Some(node) = &explanation.crosswalk {
        blocks.push(crosswalk_lines(node, page.status(&node.status), language));
    }
    blocks.push(page.members(&explanation.members));
    blocks.push(page.rules(&explanation.rules));
    blocks.push(page.adjustments(&explanation.adjustments));
    blocks.push(page.classes(&explanation.classes));
    blocks.push(explain_controls::told(&explanation.controls, language));
    blocks.push(page.children(&explanation.children));
    blocks.push(page.layers(explanation));
    blocks.push(page.inputs(explanation));
    blocks.retain(|block| !block.is_empty());
    let last = blocks.len();
    for (at, block) in blocks.iter().enumerate() {
        page.block(block, at + 1 == last);
    }
    page.out
}

pub(super) struct Page {
    pub(super) out: String,
    pub(super) language: Language,
}

impl Page {
    pub(super) fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    pub(super) fn both<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.language)
    }

    /// Prints a block: its first line on a branch, the others below it.
    pub(super) fn block(&mut self, lines: &[String], last: bool) {
        let (branch, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        for (at, line) in lines.iter().enumerate() {
            let start = if at == 0 { branch } else { below };
            _ = writeln!(self.out, "{start}{line}");
        }
    }

    fn head(&mut self, own: &Explanation) {
        let number = &own.number;
        let subject = if number.table == "condition" {
            format!("{} {}", self.both(&own.title), number.item)
        } else if number.indicator.is_empty() {
            number.class.clone()
        } else {
            format!("{} {}", self.both(&own.title), number.indicator)
        };
        let name = self.both(&own.region_name).to_string();
        let value = self.value(number);
        let year = if number.unit == "CNY" {
            match self.language {
                Language::Zh => format!("（{} 年价格）", own.price_year),
                Language::En => format!(" (prices of {})", own.price_year),
            }
        } else {
            String::new()
        };
        let class = match number.class.as_str() {
            "" | "all" => String::new(),
            class => format!("  {class}"),
        };
        let region = &number.region;
        _ = writeln!(
            self.out,
            "{region} {name}  {subject}{class}    {value}{year}"
        );
        let mut facts = vec![format!("id {}", number.number_id)];
        facts.extend(self.facts(number));
        if let Some(fen) = own.per_km2_fen {
            let words = self.say("每平方公里 {} 元", "{} CNY per km2");
            facts.push(words.replace("{}", &grouped(&to_the_fen(&decimal(fen, 2)))));
        }
        _ = writeln!(self.out, "│  {}", facts.join("  "));
        for note in [&own.region_note, &own.item_note] {
            if !note.is_empty() {
                let word = self.say("说明：", "note: ");
                let line = format!("│  {word}{}", self.both(note));
                _ = writeln!(self.out, "{line}");
            }
        }
    }

    /// Coverage, state and what is missing.
    fn facts(&self, number: &Shown) -> Vec<String> {
        let mut facts = Vec::new();
        if let Some(coverage) = number.coverage {
            facts.push(format!("{} {coverage:.3}", self.say("覆盖率", "coverage")));
        }
        if !number.status.is_empty() {
            facts.push(format!(
                "{} {}",
                self.say("状态", "status"),
                self.status(&number.status)
            ));
        }
        match number.state.as_str() {
            "withheld" => facts.push(format!(
                "{}（{}）",
                self.say("不予公布", "withheld"),
                number.reason
            )),
            "missing" => facts.push(format!(
                "{}（{}）",
                self.say("缺失", "missing"),
                number.reason
            )),
            _ => {}
        }
        if number.partial {
            let word = self.say("不完整，缺", "partial, without");
            facts.push(format!("{word} {}", number.missing_codes));
        }
        facts
    }

    pub(super) fn status<'a>(&self, status: &'a str) -> &'a str {
        match (self.language, status) {
            (Language::Zh, "verified") => "已核对",
            (Language::Zh, "transcribed") => "转录",
            (Language::Zh, "provisional") => "暂定",
            (Language::Zh, "synthetic") => "虚拟数据",
            _ => status,
        }
    }

    fn value(&self, number: &Shown) -> String {
        let Some(value) = &number.value else {
            return "-".to_string();
        };
        if number.unit != "CNY" {
            return format!("{} {}", grouped(value), number.unit);
        }
        let ten_thousand = in_ten_thousands(value);
        let value = &to_the_fen(value);
        match self.language {
            Language::Zh => format!("{} 元（{ten_thousand} 万元）", grouped(value)),
            Language::En => format!("{} CNY ({ten_thousand} x 10^4)", grouped(value)),
        }
    }

    pub(super) fn method(&self, method: &Method) -> Vec<String> {
        let mut lines = vec![format!(
            "{} {}    {}, {}",
            self.both(&method.title),
            method.id,
            method.document,
            method.clause
        )];
        for (at, own) in method.statements.iter().enumerate() {
            let last = at + 1 == method.statements.len() && method.parameters.is_empty();
            let (branch, below) = if last {
                ("└─", "  ")
            } else {
                ("├─", "│ ")
            };
            lines.push(format!(
                "{branch} {} = {}    [{}]",
                own.name, own.formula, own.unit
            ));
            if let Some(numbers) = &own.substituted {
                lines.push(format!("{below}   = {numbers}"));
            }
            for (place, numbers) in &own.placed {
                let place = if place.is_empty() {
                    String::new()
                } else {
                    format!("{place}: ")
                };
                lines.push(format!("{below}   {place}{numbers}"));
            }
            for number in &own.results {
                let item = if number.item.is_empty() {
                    String::new()
                } else {
                    format!("{}: ", number.item)
                };
                let mut facts = self.facts(number);
                facts.push(format!("id {}", number.number_id));
                let value = self.value(number);
                lines.push(format!("{below}   = {item}{value}    {}", facts.join("  ")));
            }
        }
        let shown = method.parameters.len().min(ROWS_SHOWN);
        let hidden = method.parameters.len() - shown;
        for (at, own) in method.parameters[..shown].iter().enumerate() {
            let last = at + 1 == shown && hidden == 0;
            let branch = if last { "└─" } else { "├─" };
            lines.push(format!("{branch} {}", self.parameter(own)));
        }
        if hidden > 0 {
            let words = self.say(
                "另有 {} 行参数（见 --format json）",
                "{} more rows (see --format json)",
            );
            lines.push(format!("└─ {}", words.replace("{}", &hidden.to_string())));
        }
        lines
    }

    fn parameter(&self, own: &Parameter) -> String {
        let key = if own.key.is_empty() {
            String::new()
        } else {
            format!(" ({})", own.key)
        };
        format!(
            "{}{key}    {} {}    {}    {}  {}, {}",
            own.name,
            own.value,
            own.unit,
            self.status(&own.status),
            own.place,
            own.source,
            own.clause
        )
    }

    fn members(&self, members: &[Shown]) -> Vec<String> {
        let mut lines = Vec::new();
        if !members.is_empty() {
            lines.push(self.say("组成", "made of").to_string());
        }
        for own in members {
            let facts = self.facts(own).join("  ");
            lines.push(format!(
                "{}    {}    {facts}",
                own.indicator,
                self.value(own)
            ));
        }
        lines
    }

    fn rules(&self, rules: &[RuleLine]) -> Vec<String> {
        let mut lines = Vec::new();
        if !rules.is_empty() {
            let title = self.say("合并规则（逐县执行）", "rules, county by county");
            lines.push(title.to_string());
        }
        for own in rules {
            let spell = |amount: &Option<String>| match amount {
                Some(yuan) => grouped(&to_the_fen(yuan)),
                None => "-".to_string(),
            };
            let [before, removed, after] = own.amounts.each_ref().map(spell);
            let facts = self.facts(&own.after).join("  ");
            lines.push(format!(
                "{} {} ({})  {}    {before} - {removed} = {after} {}    {facts}  id {}",
                self.both(&own.title),
                own.after.item,
                own.words.join(" ").trim_end(),
                own.after.indicator,
                self.say("元", "CNY"),
                own.after.number_id
            ));
        }
        lines
    }

    fn adjustments(&self, adjustments: &[AdjustmentLine]) -> Vec<String> {
        let mut lines = Vec::new();
        if !adjustments.is_empty() {
            let title = self.say(
                "手工调整（不计入本数）：调整前 + 调整 = 调整后",
                "adjustments by hand, not part of this number: before + adjustment = after",
            );
            lines.push(title.to_string());
        }
        for own in adjustments {
            let missing = self.say("缺", "missing");
            let spell = |text: &String| match text.as_str() {
                "" => missing.to_string(),
                text => text.to_string(),
            };
            let [before, change, after] = own.amounts.each_ref().map(spell);
            let note: Vec<&str> = own.note.iter().map(String::as_str).collect();
            let note: Vec<&str> = note.into_iter().filter(|part| !part.is_empty()).collect();
            let (subject, unit) = (&own.subject, &own.unit);
            let (note, id) = (note.join("; "), &own.number_id);
            let line = format!("{subject}    {before} + {change} = {after} {unit}    {note}");
            lines.push(format!("{}  id {id}", line.trim_end()));
        }
        lines
    }

    fn classes(&self, classes: &[ClassPart]) -> Vec<String> {
        let mut lines = Vec::new();
        if !classes.is_empty() {
            lines.push(self.say("按生态系统类型", "by ecosystem type").to_string());
        }
        for part in classes {
            let area = part.area_mm2.map_or("-".to_string(), km2);
            lines.push(format!("{}    {area} km2", part.class));
            for own in &part.totals {
                let valid = self.say("有效", "valid");
                let missing = self.say("缺失", "missing");
                let mean = self.say("平均", "mean");
                lines.push(format!(
                    "   {} {}: {} {} x {} x mm2, {mean} {} [{}], {valid} {} km2, {missing} {} km2",
                    self.say("逐像元求和", "total of"),
                    own.total,
                    self.say("和", "sum"),
                    own.sum,
                    own.quantum,
                    mean_rate(own.sum, own.valid_mm2, &own.quantum),
                    own.unit,
                    km2(own.valid_mm2),
                    km2(own.missing_mm2)
                ));
            }
            for own in &part.numbers {
                let item = if own.item.is_empty() {
                    String::new()
                } else {
                    format!(" {}", own.item)
                };
                let facts = self.facts(own).join("  ");
                let value = self.value(own);
                lines.push(format!(
                    "   {}{item} = {value}    {facts}  id {}",
                    own.output, own.number_id
                ));
            }
        }
        lines
    }

    fn children(&self, children: &[(Bilingual, Shown)]) -> Vec<String> {
        let mut lines = Vec::new();
        if !children.is_empty() {
            lines.push(
                self.say("下级区域之和", "sum of the regions below")
                    .to_string(),
            );
        }
        for (name, own) in children {
            let facts = self.facts(own).join("  ");
            let value = self.value(own);
            lines.push(format!(
                "{} {}    {value}    {facts}",
                own.region,
                self.both(name)
            ));
        }
        lines
    }

    fn layers(&self, own: &Explanation) -> Vec<String> {
        let mut lines = Vec::new();
        if !own.layers.is_empty() {
            lines.push(
                self.say("图层到土地覆盖格网", "layers onto the land cover")
                    .to_string(),
            );
        }
        for layer in &own.layers {
            let reads = if layer.reads.is_empty() {
                String::new()
            } else {
                format!("{} {}    ", self.say("取自", "of"), layer.reads)
            };
            lines.push(format!(
                "{} {}    {reads}{}    {}",
                layer.layer,
                self.both(&layer.title),
                layer.grid,
                self.both(&layer.way)
            ));
        }
        lines
    }

    fn inputs(&self, own: &Explanation) -> Vec<String> {
        let [program, run_id, profile, year, status] = &own.run;
        let word = self.say("运行", "run");
        let mut lines = vec![format!(
            "{word} {run_id}    {}    {program}  {profile}  {year}  {}",
            self.both(&own.run_title),
            self.status(status)
        )];
        for input in &own.inputs {
            let what = self.both(&input.what);
            lines.push(format!(
                "{}  {}  blake3 {}  {what}",
                input.role, input.path, input.digest
            ));
            if let Some(line) = lines.last_mut() {
                line.truncate(line.trim_end().len());
            }
        }
        lines
    }
}

fn km2(mm2: i128) -> String {
    grouped(&decimal(mm2 / 1_000_000_000, 3))
}

/// Computes sum x quantum / valid area for reading, to six digits.
fn mean_rate(sum: i128, valid_mm2: i128, quantum: &str) -> String {
    let (above, below) = quantum.split_once('/').unwrap_or((quantum, "1"));
    match (above.parse::<f64>(), below.parse::<f64>()) {
        (Ok(above), Ok(below)) if valid_mm2 > 0 && below > 0.0 => {
            let mean = sum as f64 / valid_mm2 as f64 * above / below;
            let digits = (5 - mean.abs().max(1e-12).log10().floor() as i32).clamp(0, 18);
            format!("{mean:.*}", usize::try_from(digits).unwrap_or(0))
        }
        _ => "-".to_string(),
    }
}

/// Moves the point of a spelled amount of yuan four places, and keeps two: cut,
/// for reading only, the exact amount stands beside it.
fn in_ten_thousands(yuan: &str) -> String {
    let (sign, digits) = match yuan.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", yuan),
    };
    let whole = digits.split('.').next().unwrap_or("0");
    let padded = format!("{whole:0>5}");
    let (head, tail) = padded.split_at(padded.len() - 4);
    format!("{sign}{}.{}", grouped(head), &tail[..2])
}

/// Spells yuan with both decimals.
fn to_the_fen(yuan: &str) -> String {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    format!("{whole}.{part:0<2}")
}

/// Sets blanks between groups of three digits before the point.
fn grouped(number: &str) -> String {
    let (whole, part) = match number.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (number, None),
    };
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    if let Some(part) = part {
        out.push('.');
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts are grouped, and ten thousands move the point only.
    #[test]
    fn amounts_read_well() {
        assert_eq!(grouped("-1234567.89"), "-1 234 567.89");
        assert_eq!(grouped("123"), "123");
        assert_eq!(in_ten_thousands("12045678.9"), "1 204.56");
        assert_eq!(in_ten_thousands("-99.5"), "-0.00");
        assert_eq!(to_the_fen("61120.4"), "61120.40");
        assert_eq!(mean_rate(5, 2, "1/4"), "0.625000");
    }
}
