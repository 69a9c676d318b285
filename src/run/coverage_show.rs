//! The table of profiles and indicators for people and programs.

use gep_core::diagnostic::Language;
use gep_core::methodology::Title;
use serde_json::{Map, Value, json};

use super::coverage::{Cell, Coverage, STATES, ValueCounts};

fn say<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn words(title: &Title, language: Language) -> &str {
    say(language, &title.zh, &title.en)
}

fn state_word(state: &str, language: Language) -> &str {
    let zh = match state {
        "computed" => "已核算",
        "provisional" => "暂定核算",
        "not_run" => "未经运行验证",
        "absent" => "未核算",
        other => other,
    };
    let en = match state {
        "not_run" => "not run",
        other => other,
    };
    say(language, zh, en)
}

/// Returns the counts of values by status as lines: all files, then each profile.
pub fn values_text(told: &Coverage, language: Language) -> String {
    let head = say(
        language,
        "| 参数与对照值 | 已核实 | 转录 | 暂定 | 未核算指标 |",
        "| values | verified | transcribed | provisional | absent indicators |",
    );
    let mut lines = vec![head.to_string(), "|---|---:|---:|---:|---:|".to_string()];
    let mut row = |name: &str, [provisional, transcribed, verified]: [usize; 3], absent: &str| {
        lines.push(format!(
            "| {name} | {verified} | {transcribed} | {provisional} | {absent} |"
        ));
    };
    let total = &told.total;
    row(
        say(
            language,
            "单值（常数与价格）",
            "single values (constants, prices)",
        ),
        total.single,
        "",
    );
    row(
        say(language, "按类型、月份或项目列示", "by type, month or item"),
        total.keyed,
        "",
    );
    row(
        say(language, "地类对应行", "rows of crosswalks"),
        total.crosswalk,
        "",
    );
    row(
        say(language, "合计", "total"),
        total.all(),
        &total.absent.to_string(),
    );
    for (id, counts) in &told.values {
        row(&format!("`{id}`"), counts.all(), &counts.absent.to_string());
    }
    lines.join("\n")
}

/// Returns the counts of states as a line.
fn states_text(told: &Coverage, language: Language) -> String {
    let parts = STATES.map(|state| {
        let count = told
            .cells
            .values()
            .filter(|cell| cell.state == state)
            .count();
        format!("{} {count}", state_word(state, language))
    });
    parts.join(say(language, "，", ", "))
}

fn proof(cell: &Cell, language: Language) -> String {
    let own = &cell.evidence;
    let mut parts = Vec::new();
    let numbers = own.numbers;
    if !own.run.is_empty() {
        parts.push(match language {
            Language::Zh => format!("运行 {}（{numbers} 个数）", own.run),
            Language::En => format!("run of {} ({numbers} numbers)", own.run),
        });
    }
    let examples = [
        (own.by_hand, "手算算例", "examples by hand"),
        (own.by_source, "文献算例", "examples from a source"),
        (own.by_tool, "工具算例", "examples by a tool"),
    ];
    for (count, zh, en) in examples.into_iter().filter(|(count, ..)| *count > 0) {
        parts.push(format!("{} {count}", say(language, zh, en)));
    }
    if !own.published.is_empty() {
        let word = say(language, "公开账户", "published");
        parts.push(format!("{word} {}", own.published.join(", ")));
    }
    if !own.oracle.is_empty() {
        let word = say(language, "独立程序", "other programs");
        parts.push(format!("{word} {}", own.oracle.join(", ")));
    }
    parts.join(say(language, "；", "; "))
}

/// Returns the page: the matrix, then each indicator with what differs between profiles.
/// With `profile` only that one is told.
pub fn coverage_text(told: &Coverage, profile: Option<&str>, language: Language) -> String {
    let shown: Vec<&String> = told
        .profiles
        .keys()
        .filter(|id| profile.is_none_or(|wanted| wanted == *id))
        .collect();
    let mut lines = vec![
        say(
            language,
            "“已核算”指演示项目或测试项目确有一次运行给出了非缺失的数；方案写明而没有运行佐证的，列为“未经运行验证”。",
            "An indicator counts as computed only where a run of the demo or of a test project gave a number that is not missing; one that a profile names without such a run is `not run`.",
        )
        .to_string(),
        String::new(),
        states_text(told, language),
        String::new(),
    ];
    let ids: Vec<String> = shown.iter().map(|id| format!("`{id}`")).collect();
    lines.push(format!(
        "| {} | {} |",
        say(language, "指标", "indicator"),
        ids.join(" | ")
    ));
    lines.push(format!("|---{}|", "|---".repeat(shown.len())));
    for (id, title) in &told.indicators {
        let cells: Vec<&str> = shown
            .iter()
            .map(|profile| {
                let cell = told.cells.get(&(id.clone(), (*profile).clone()));
                cell.map_or("—", |cell| state_word(cell.state, language))
            })
            .collect();
        if cells.iter().any(|cell| *cell != "—") {
            let title = words(title, language);
            lines.push(format!("| {title} `{id}` | {} |", cells.join(" | ")));
        }
    }
    lines.push(String::new());
    lines.extend(details(told, &shown, language));
    lines.push(values_text(told, language));
    lines.join("\n")
}

/// Each indicator with what the profiles say of it.
fn details(told: &Coverage, shown: &[&String], language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, title) in &told.indicators {
        let own: Vec<(&&String, &Cell)> = shown
            .iter()
            .filter_map(|profile| {
                let key = (id.clone(), (*profile).clone());
                Some((profile, told.cells.get(&key)?))
            })
            .collect();
        if own.is_empty() {
            continue;
        }
        lines.push(format!("### {} `{id}`\n", words(title, language)));
        lines.extend(
            own.into_iter()
                .map(|(profile, cell)| cell_text(profile, cell, language)),
        );
        lines.push(String::new());
    }
    lines
}

fn cell_text(profile: &str, cell: &Cell, language: Language) -> String {
    let stop = say(language, "；", "; ");
    let mut parts = vec![state_word(cell.state, language).to_string()];
    let mut clauses: Vec<String> = Vec::new();
    for [document, clause] in &cell.clauses {
        let text = format!("{document} {clause}");
        if !clauses.contains(&text) {
            clauses.push(text);
        }
    }
    parts.extend(clauses);
    parts.extend(
        cell.note
            .as_ref()
            .map(|note| words(note, language).to_string()),
    );
    parts.extend(Some(proof(cell, language)).filter(|text| !text.is_empty()));
    format!(
        "- `{profile}`{}{}",
        say(language, "：", ": "),
        parts.join(stop)
    )
}

/// Returns counts of values for programs.
pub fn values_json(told: &Coverage) -> Value {
    let one = |counts: &ValueCounts| {
        let by = |[provisional, transcribed, verified]: [usize; 3]| json!({ "verified": verified, "transcribed": transcribed, "provisional": provisional });
        json!({ "single": by(counts.single), "keyed": by(counts.keyed),
            "crosswalk": by(counts.crosswalk), "all": by(counts.all()),
            "absent_indicators": counts.absent })
    };
    let profiles: Map<String, Value> = told
        .values
        .iter()
        .map(|(id, counts)| (id.clone(), one(counts)))
        .collect();
    json!({ "total": one(&told.total), "profiles": profiles })
}

/// Returns the whole table for programs.
pub fn coverage_json(told: &Coverage) -> Value {
    let cells = told.cells.iter().map(|((indicator, profile), cell)| {
        json!({
            "indicator": indicator,
            "profile": profile,
            "said": cell.said,
            "state": cell.state,
            "clauses": cell.clauses,
            "note": cell.note.as_ref().map(|note| json!({ "zh": note.zh, "en": note.en })),
            "evidence": cell.evidence,
        })
    });
    json!({ "cells": cells.collect::<Vec<_>>(), "values": values_json(told) })
}
