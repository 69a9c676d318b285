//! The change of the province since a base run, for the terminal.

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::{Map, Value, json};

use super::run::hundred_million;
use super::{Format, Global};
use crate::run::two_years::{ChangeLine, province_change};

/// Words of the change table in Chinese and English, in its order.
const WORDS: [(&str, &str, &str); 13] = [
    ("value_base", "基期", "base run"),
    ("value", "本期", "this run"),
    (
        "constant_price",
        "本期（基期价格）",
        "this run at the base run's prices",
    ),
    ("change", "变化", "change"),
    ("boundary", "其中：边界", "of which boundary"),
    ("area", "其中：面积", "of which area"),
    (
        "intensity",
        "其中：单位面积实物量",
        "of which quantity on an area",
    ),
    ("price", "其中：价格", "of which price"),
    (
        "appears",
        "其中：新增湖库",
        "of which objects that appeared",
    ),
    (
        "disappears",
        "其中：消失湖库",
        "of which objects that disappeared",
    ),
    ("method", "其中：方法", "of which method"),
    ("coverage", "其中：数据缺失", "of which missing numbers"),
    ("not_separated", "其中：未分解", "of which not taken apart"),
];

/// Prints the change of the province's GEP as the run's table has it.
pub(super) fn print_change(
    out: &Path,
    global: &Global,
    language: Language,
) -> Result<(), Findings> {
    let lines = province_change(out)?;
    if global.format == Format::Json {
        let of = |line: &ChangeLine| {
            (
                line.item.clone(),
                json!(line.fen.map(|fen| fen.to_string())),
            )
        };
        let map: Map<String, Value> = lines.iter().map(of).collect();
        println!("{}", json!({ "province_change_fen": map }));
        return Ok(());
    }
    for line in lines {
        let known = WORDS.iter().find(|(item, _, _)| *item == line.item);
        let word = known.map_or(line.item.as_str(), |(_, zh, en)| match language {
            Language::Zh => zh,
            Language::En => en,
        });
        match (line.fen, language) {
            (Some(fen), Language::Zh) => {
                println!("  {word}：{} 亿元（{fen} 分）", hundred_million(fen))
            }
            (Some(fen), Language::En) => {
                println!("  {word}: {} x 10^8 CNY ({fen} fen)", hundred_million(fen));
            }
            (None, Language::Zh) => println!("  {word}：缺"),
            (None, Language::En) => println!("  {word}: missing"),
        }
    }
    Ok(())
}
