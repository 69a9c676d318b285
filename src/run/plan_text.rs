//! A plan in words and as JSON.

use std::fmt::Write as _;

use gep_core::diagnostic::Language;
use gep_core::methodology::Title;
use serde_json::{Value, json};

use super::plan::{Plan, PlannedIndicator, PlannedInput};

/// A title in the reader's language.
fn word(title: &Title, language: Language) -> &str {
    match language {
        Language::Zh => &title.zh,
        Language::En => &title.en,
    }
}

impl Plan {
    /// Prints the plan for a terminal.
    pub fn text(&self, language: Language) -> String {
        let zh = language == Language::Zh;
        let pick = |own: &'static str, other: &'static str| if zh { own } else { other };
        let mut out = match zh {
            true => format!(
                "{} 年，核算方案 {}，地类对应表 {}",
                self.year, self.profile, self.crosswalk
            ),
            false => format!(
                "{}, profile {}, crosswalk {}",
                self.year, self.profile, self.crosswalk
            ),
        };
        _ = match self.grid {
            Some((rows, columns)) => write!(
                out,
                "\n{} {rows} x {columns}",
                pick("参考格网（行 x 列）：", "reference grid (rows x columns):")
            ),
            None => write!(
                out,
                "\n{}",
                pick(
                    "参考格网：土地覆盖图尚不可读",
                    "reference grid: no land cover yet"
                )
            ),
        };
        if let Some((id, year)) = &self.base {
            let base = pick("基期结果", "base run");
            _ = write!(out, "\n{base} {id} ({year})");
        }
        _ = write!(out, "\n\n{}", pick("读取的文件", "files read"));
        for file in &self.files {
            let (path, role) = (&file.path, &file.role);
            _ = match &file.content {
                Some((bytes, digest)) => {
                    write!(out, "\n  {path}  {bytes} B  {}  {role}", &digest[..16])
                }
                None => write!(out, "\n  {path}  {}  {role}", pick("没有", "not there")),
            };
        }
        _ = write!(out, "\n\n{}", pick("指标", "indicators"));
        for indicator in &self.indicators {
            indicator_text(indicator, language, &mut out);
        }
        self.parameters_text(zh, &mut out);
        let tables = self.tables.join(" ");
        _ = write!(
            out,
            "\n\n{}\n  {tables}",
            pick("写出的表", "tables written")
        );
        out
    }

    /// Which parameters cost a pass over the rasters.
    fn parameters_text(&self, zh: bool, out: &mut String) {
        let bound = |raster: bool| {
            let own = self.parameters.iter();
            let own = own.filter(move |one| one.raster_bound == raster);
            own.map(|one| format!("\n  {} {}", one.method, one.name))
                .collect::<String>()
        };
        let words = match zh {
            true => [
                "随栅格的参数（改动后须重新统计栅格）",
                "按行的参数（改动后只重算各行）",
            ],
            false => [
                "raster-bound parameters (a change needs another pass over the rasters)",
                "row parameters (a change re-computes rows only)",
            ],
        };
        for (words, raster) in words.into_iter().zip([true, false]) {
            _ = write!(out, "\n\n{words}{}", bound(raster));
        }
    }

    /// Returns the plan as JSON.
    pub fn json(&self) -> Value {
        let title = |own: &Title| json!({"zh": own.zh, "en": own.en});
        let files = self.files.iter().map(|own| {
            let content = own.content.as_ref();
            json!({
                "role": own.role,
                "path": own.path,
                "bytes": content.map(|(bytes, _)| bytes),
                "blake3": content.map(|(_, digest)| digest),
            })
        });
        let inputs = |own: &PlannedIndicator| {
            let one = |own: &PlannedInput| {
                json!({
                    "input": own.id,
                    "title": title(&own.title),
                    "kind": if own.layer { "layer" } else { "table" },
                    "items": own.items,
                    "given": own.given,
                    "missing_items": own.missing_items,
                })
            };
            own.inputs.iter().map(one).collect::<Vec<_>>()
        };
        let indicators = self.indicators.iter().map(|own| {
            json!({
                "indicator": own.id,
                "title": title(&own.title),
                "state": own.state,
                "needs_pass": own.needs_pass,
                "in_base_run": own.in_base_run,
                "inputs": inputs(own),
            })
        });
        let parameters = self.parameters.iter().map(|own| {
            json!({
                "method": own.method,
                "name": own.name,
                "binding": if own.raster_bound { "raster-bound" } else { "row" },
                "files": own.files,
            })
        });
        json!({
            "year": self.year,
            "profile": self.profile,
            "crosswalk": self.crosswalk,
            "grid": self.grid.map(|(rows, columns)| json!({"rows": rows, "columns": columns})),
            "base_run": self.base.as_ref().map(|(id, year)| json!({"run_id": id, "year": year})),
            "files": files.collect::<Vec<_>>(),
            "indicators": indicators.collect::<Vec<_>>(),
            "parameters": parameters.collect::<Vec<_>>(),
            "tables": self.tables,
        })
    }
}

fn indicator_text(own: &PlannedIndicator, language: Language, out: &mut String) {
    let zh = language == Language::Zh;
    let state = match (own.state, zh) {
        ("absent", true) => "方案未列算法",
        ("absent", false) => "absent from the profile",
        (_, true) if own.needs_pass => "须统计栅格",
        (_, false) if own.needs_pass => "needs the pass over the rasters",
        (_, true) => "只用数据表",
        (_, false) => "tables only",
    };
    let base = match (own.in_base_run, zh) {
        (Some(true), true) => "，与基期比较",
        (Some(true), false) => ", compared with the base run",
        (Some(false), true) => "，基期没有",
        (Some(false), false) => ", not in the base run",
        (None, _) => "",
    };
    let title = word(&own.title, language);
    _ = match zh {
        true => write!(out, "\n  {title}（{}）：{state}{base}", own.id),
        false => write!(out, "\n  {title} ({}): {state}{base}", own.id),
    };
    for input in &own.inputs {
        let mark = match (input.given, zh) {
            (true, true) => "有",
            (true, false) => "given",
            (false, true) => "缺",
            (false, false) => "missing",
        };
        let items = match input.missing_items.is_empty() {
            true => String::new(),
            false => format!(" [{}]", input.missing_items.join(", ")),
        };
        let title = word(&input.title, language);
        _ = write!(out, "\n    {mark} {title} ({}){items}", input.id);
    }
}
