//! `gep methodology mutants`: how many changes of the method files their examples notice.

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::{MutantKind, MutantReport, mutate};
use serde_json::{Map, Value, json};

use super::methodology::kernel_value;

/// Makes and tests the mutants of the files with `part` in their path or id.
///
/// # Errors
///
/// If the methodology does not load, an example fails as it is, or no file is meant.
pub fn mutants(folder: Option<&Path>, part: &str) -> Result<MutantReport, Findings> {
    mutate(folder, part, &kernel_value)
}

fn kind_word(kind: MutantKind, language: Language) -> &'static str {
    match (language, kind) {
        (Language::En, kind) => kind.word(),
        (_, MutantKind::Operator) => "运算符",
        (_, MutantKind::Number) => "公式中的数",
        (_, MutantKind::Sign) => "正负号",
        (_, MutantKind::Parameter) => "参数",
        (_, MutantKind::Price) => "价格",
    }
}

/// Spells a share in per cent, to one decimal, cut.
fn share((made, killed): (usize, usize)) -> String {
    if made == 0 {
        return "-".to_string();
    }
    let tenths = killed * 1000 / made;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Returns the report as a table, then the survivors.
pub fn mutants_text(report: &MutantReport, language: Language) -> String {
    let (head, all, left) = match language {
        Language::Zh => ("| 变异 | 生成 | 被算例发现 | 比例 |", "合计", "未被发现"),
        Language::En => ("| mutants | made | killed | share |", "all", "survivors"),
    };
    let mut lines = vec![head.to_string(), "|---|---:|---:|---:|".to_string()];
    let mut row = |name: &str, counts: (usize, usize)| {
        let (made, killed) = counts;
        lines.push(format!(
            "| {name} | {made} | {killed} | {} |",
            share(counts)
        ));
    };
    for (kind, counts) in &report.counts {
        row(kind_word(*kind, language), *counts);
    }
    row(all, report.all());
    if !report.survivors.is_empty() {
        lines.push(format!("\n{left}:"));
    }
    for own in &report.survivors {
        let kind = kind_word(own.kind, language);
        lines.push(format!("{}:{} {kind}: {}", own.file, own.line, own.after));
    }
    lines.join("\n")
}

/// Returns the report for programs.
pub fn mutants_json(report: &MutantReport) -> Value {
    let counts: Map<String, Value> = report
        .counts
        .iter()
        .map(|(kind, (made, killed))| {
            let own = json!({ "made": made, "killed": killed });
            (kind.word().to_string(), own)
        })
        .collect();
    let survivors = report.survivors.iter().map(|own| {
        json!({ "kind": own.kind.word(), "file": own.file, "line": own.line,
            "before": own.before, "after": own.after })
    });
    let (made, killed) = report.all();
    json!({ "made": made, "killed": killed, "by_kind": counts,
        "survivors": survivors.collect::<Vec<_>>() })
}
