//! A comparison of two profiles for people, for programs and as files.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::methodology::{Difference, DifferenceKind};
use gep_core::storage::{OutputFolder, digest_bytes};
use serde_json::{Value, json};

use super::bridge::{Bridge, RegionBridge};
use super::methodology_diff::Opened;
use crate::account::{Cause, LineKey, RegionLevel};
use crate::output::{BridgeRow, bridge_table, parquet_bytes};

fn say<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn kind_word(kind: DifferenceKind, language: Language) -> &'static str {
    let zh = match kind {
        DifferenceKind::Setting => "总体设定",
        DifferenceKind::Indicator => "核算指标",
        DifferenceKind::State => "指标状态与分组",
        DifferenceKind::Formula => "公式与输入",
        DifferenceKind::Layer => "派生图层",
        DifferenceKind::Parameter => "参数",
        DifferenceKind::Price => "价格",
        DifferenceKind::Rounding => "取整",
        DifferenceKind::Range => "有效范围",
        DifferenceKind::Combine => "合并规则",
        DifferenceKind::Crosswalk => "地类对应",
        DifferenceKind::Status => "核对状态",
        DifferenceKind::Clause => "出处条款",
    };
    say(language, zh, kind.word())
}

fn cause_word(cause: Cause, language: Language) -> &'static str {
    let (zh, en) = match cause {
        Cause::OnlyFirst => ("仅甲方案核算", "only in the first"),
        Cause::OnlySecond => ("仅乙方案核算", "only in the second"),
        Cause::Formula => ("公式", "formula"),
        Cause::Parameter => ("参数", "parameter"),
        Cause::Price => ("价格", "price"),
        Cause::Rounding => ("取整", "rounding"),
        Cause::Crosswalk => ("地类对应", "crosswalk"),
        Cause::NotSeparated => ("未分解", "not taken apart"),
        Cause::Combine => ("合并规则", "combine rules"),
    };
    say(language, zh, en)
}

fn reason_word(reason: &str, language: Language) -> &str {
    let zh = match reason {
        "not_computable" => "汇总数据不足，无法核算",
        "withheld" => "覆盖率不足，不予公布",
        "input_missing" => "部门数据缺失",
        "beyond_law" => "该次核算在公式之外另有调整",
        "tied_by_rule" => "与上述指标受同一合并规则约束",
        other => other,
    };
    let en = match reason {
        "not_computable" => "not computable",
        "withheld" => "withheld, coverage below the floor",
        "input_missing" => "a department's number is missing",
        "beyond_law" => "the run changed the value beyond its law",
        "tied_by_rule" => "tied by a rule to one of the others",
        other => other,
    };
    say(language, zh, en)
}

/// Returns the differences as lines, by kind.
pub fn differences_text(differences: &[Difference], language: Language) -> String {
    if differences.is_empty() {
        return say(language, "两方案无差异", "the two say the same").to_string();
    }
    let mut lines = Vec::new();
    for kind in DifferenceKind::ALL {
        let own: Vec<&Difference> = differences.iter().filter(|one| one.kind == kind).collect();
        if own.is_empty() {
            continue;
        }
        lines.push(match language {
            Language::Zh => format!("{}（{} 处）", kind_word(kind, language), own.len()),
            Language::En => format!("{} ({})", kind_word(kind, language), own.len()),
        });
        for one in own {
            let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_string());
            let subject = if one.subject.is_empty() {
                String::new()
            } else {
                format!("{}  ", one.subject)
            };
            let (before, after) = (word(&one.before), word(&one.after));
            lines.push(format!("  {subject}{}: {before} -> {after}", one.item));
        }
    }
    lines.join("\n")
}

/// Returns the differences for programs.
pub fn differences_json(differences: &[Difference]) -> Value {
    let one = |own: &Difference| {
        json!({ "kind": own.kind.word(), "subject": own.subject, "item": own.item,
            "first": own.before, "second": own.after })
    };
    differences.iter().map(one).collect()
}

/// Spells fen as yuan, with blanks between groups of three digits.
fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let (whole, part) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{part:02}")
}

fn indicators(key: &LineKey) -> String {
    let ids: Vec<&str> = key.1.iter().map(String::as_str).collect();
    ids.join(" ")
}

/// The titles both profiles give to their indicators.
fn titles(sides: [&Opened; 2]) -> BTreeMap<&str, [&str; 2]> {
    let all = sides.into_iter().rev();
    all.flat_map(|side| &side.profile.indicators)
        .map(|one| {
            (
                one.id.as_str(),
                [one.title.zh.as_str(), one.title.en.as_str()],
            )
        })
        .collect()
}

/// Returns the bridge of one region as a table in Markdown, with what stands outside.
///
/// # Errors
///
/// If there is no such region (exit 2).
pub fn region_text(
    bridge: &Bridge,
    sides: [&Opened; 2],
    region: &str,
    language: Language,
) -> Result<String, Findings> {
    let Some(own) = bridge.regions.get(region) else {
        return Err(Finding::error("bridge-region-unknown")
            .arg("region", region)
            .exit(2)
            .into());
    };
    let zh = language == Language::Zh;
    let name = bridge.names.get(region);
    let name = name.map_or("", |both| &both[usize::from(!zh)]);
    let titles = titles(sides);
    let title = |id: &str| titles.get(id).map_or("", |both| both[usize::from(!zh)]);
    let mut lines = vec![
        format!("## {region} {name}"),
        String::new(),
        say(
            language,
            "| 项目 | 指标 | 元 | 差异 |",
            "| item | indicator | CNY | what differs |",
        )
        .into(),
        "|---|---|---:|---|".to_string(),
    ];
    let mut row = |item: &str, ids: &str, fen: i128, detail: &str| {
        let detail = detail.replace('|', "\\|");
        lines.push(format!("| {item} | {ids} | {} | {detail} |", yuan(fen)));
    };
    let [first, second] = sides.map(|side| side.profile.id.as_str());
    row(&say_side(first, language), "", own.gep_fen[0], "");
    let aside = say(language, "其中：不在桥内", "of which outside the bridge");
    row(aside, "", own.gep_fen[0] - own.ends_fen[0], "");
    row(say(language, "桥起点", "start"), "", own.ends_fen[0], "");
    for (key, fen) in &own.lines {
        let named: Vec<String> = key
            .1
            .iter()
            .map(|id| format!("{} {id}", title(id)))
            .collect();
        row(
            cause_word(key.0, language),
            &named.join(say(language, "、", ", ")),
            *fen,
            &bridge.detail(key),
        );
    }
    row(say(language, "桥终点", "end"), "", own.ends_fen[1], "");
    row(aside, "", own.gep_fen[1] - own.ends_fen[1], "");
    let computable = say(language, "，可核算部分", ", what can be computed");
    row(
        &say_side(&format!("{second}{computable}"), language),
        "",
        own.gep_fen[1],
        "",
    );
    if !own.outside.is_empty() {
        lines.push(String::new());
        lines.extend(outside_text(own, [first, second], &title, language));
    }
    Ok(lines.join("\n"))
}

/// GEP of one side of the bridge, in the brackets of the language.
fn say_side(side: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("GEP（{side}）"),
        Language::En => format!("GEP ({side})"),
    }
}

fn outside_text<'a>(
    own: &RegionBridge,
    [first, second]: [&str; 2],
    title: &dyn Fn(&str) -> &'a str,
    language: Language,
) -> Vec<String> {
    let (head, absent) = match language {
        Language::Zh => ("不在桥内的指标（未按零计）", "无数"),
        Language::En => (
            "Indicators outside the bridge (not counted as zero)",
            "no number",
        ),
    };
    let mut lines = vec![head.to_string(), String::new()];
    for (id, outside) in &own.outside {
        let reasons: Vec<&str> = outside
            .reasons
            .iter()
            .map(|reason| reason_word(reason.word(), language))
            .collect();
        let [one, other] = outside.fen.map(|fen| fen.map_or(absent.to_string(), yuan));
        let lacking: Vec<&str> = outside.lacking.iter().map(String::as_str).collect();
        let counties = outside.counties.len();
        let mut line = match language {
            Language::Zh => format!(
                "- {} {id}：{}；{first} {one} 元，{second} {other} 元；{counties} 个县级区域",
                title(id),
                reasons.join("，")
            ),
            Language::En => format!(
                "- {} {id}: {}; {first} {one} CNY, {second} {other} CNY; {counties} counties",
                title(id),
                reasons.join(", ")
            ),
        };
        if !lacking.is_empty() {
            line.push_str(say(language, "；缺 ", "; lacking "));
            line.push_str(&lacking.join(", "));
        }
        lines.push(line);
    }
    lines
}

/// How the lines were found, for the head of every printed bridge.
pub fn rule_text(language: Language) -> &'static str {
    say(
        language,
        "各行为 Shapley 份额：对各原因所有先后次序的边际影响取平均，逐县计算并按最大余数法归整到分；市、省为各县之和。",
        "Lines are Shapley shares: the marginal effect of each cause averaged over all orders, county by county, closed to the fen by the largest remainder; cities and the province are sums of counties.",
    )
}

/// Returns the region at the top of the tree.
pub fn top(bridge: &Bridge) -> Option<&str> {
    let mut tree = bridge.tree.iter();
    let top = tree.find(|region| region.level == RegionLevel::Province);
    top.or(bridge.tree.first())
        .map(|region| region.code.as_str())
}

fn side_json(side: &Opened) -> Value {
    let profile = &side.profile;
    json!({
        "profile": profile.id,
        "title": { "zh": profile.title.zh, "en": profile.title.en },
        "price_year": profile.price_year,
        "crosswalk": profile.crosswalk,
        "fingerprint": side.methodology.fingerprint(profile),
    })
}

/// Returns the whole bridge for programs; amounts in fen, as text.
pub fn bridge_json(bridge: &Bridge, sides: [&Opened; 2]) -> Value {
    let text = |fen: i128| fen.to_string();
    let regions = bridge.regions.iter().map(|(code, own)| {
        let lines = own.lines.iter().map(|(key, fen)| {
            json!({ "cause": key.0.word(), "indicators": key.1, "fen": text(*fen),
                "detail": bridge.detail(key) })
        });
        let outside = own.outside.iter().map(|(id, own)| {
            let reasons: Vec<&str> = own.reasons.iter().map(|reason| reason.word()).collect();
            json!({ "indicator": id, "first_fen": own.fen[0].map(text),
                "second_fen": own.fen[1].map(text), "reasons": reasons,
                "lacking": own.lacking, "counties": own.counties })
        });
        let value = json!({
            "gep_fen": own.gep_fen.map(text),
            "bridge_fen": own.ends_fen.map(text),
            "lines": lines.collect::<Vec<_>>(),
            "outside": outside.collect::<Vec<_>>(),
        });
        (code.clone(), value)
    });
    json!({
        "first": side_json(sides[0]),
        "second": side_json(sides[1]),
        "aggregates_of": bridge.origin,
        "attribution": rule_text(Language::En),
        "differences": differences_json(&bridge.differences),
        "regions": regions.collect::<serde_json::Map<_, _>>(),
    })
}

/// Lays the bridge out row by row.
fn rows(bridge: &Bridge) -> Vec<BridgeRow> {
    let mut rows = Vec::new();
    for (code, own) in &bridge.regions {
        let region = bridge.tree.iter().find(|region| region.code == *code);
        let level = region.map_or("", |region| region.level.word());
        let parent = region.and_then(|region| region.parent.clone());
        let parent = parent.unwrap_or_default();
        let plain = |item: &str, fen: i128| BridgeRow {
            region: code.clone(),
            level,
            parent: parent.clone(),
            item: item.to_string(),
            fen: Some(fen),
            ..BridgeRow::default()
        };
        rows.push(plain("gep_first", own.gep_fen[0]));
        rows.push(plain("outside_first", own.gep_fen[0] - own.ends_fen[0]));
        rows.push(plain("start", own.ends_fen[0]));
        rows.push(plain("end", own.ends_fen[1]));
        rows.push(plain("outside_second", own.gep_fen[1] - own.ends_fen[1]));
        rows.push(plain("gep_second", own.gep_fen[1]));
        rows.extend(own.lines.iter().map(|(key, fen)| BridgeRow {
            indicators: indicators(key),
            detail: bridge.detail(key),
            ..plain(key.0.word(), *fen)
        }));
        rows.extend(own.outside.iter().map(|(id, own)| {
            let join = |all: Vec<&str>, by: &str| all.join(by);
            BridgeRow {
                indicators: id.clone(),
                fen: None,
                fen_of: own.fen,
                counties: join(own.counties.iter().map(String::as_str).collect(), " "),
                reason: join(own.reasons.iter().map(|one| one.word()).collect(), " "),
                lacking: join(own.lacking.iter().map(String::as_str).collect(), "; "),
                ..plain("outside", 0)
            }
        }));
    }
    rows
}

/// Writes the bridge: `tables/bridge.parquet`, `bridge.zh.md`, `bridge.en.md`,
/// `bridge.json`, and last a manifest with their digests.
///
/// # Errors
///
/// If the folder exists and may not be replaced, or cannot be written.
pub fn publish_bridge(
    bridge: &Bridge,
    sides: [&Opened; 2],
    out: &Path,
    replace: bool,
) -> Result<(), Findings> {
    let fault = |error: std::io::Error| {
        Finding::error("output-not-written")
            .file(out.display())
            .arg("error", error)
            .exit(74)
    };
    if out.exists() && !replace {
        return Err(Finding::error("output-exists")
            .file(out.display())
            .exit(2)
            .into());
    }
    let table = bridge_table(rows(bridge));
    let metadata = [("gep.table".to_string(), table.name.to_string())];
    let encoded = parquet_bytes(&table.columns, &metadata).map_err(|error| {
        Finding::error("table-not-encoded")
            .arg("error", error)
            .exit(70)
    })?;
    let told = bridge_json(bridge, sides);
    let mut files = vec![
        ("tables/bridge.parquet", encoded),
        ("bridge.json", format!("{told:#}\n").into_bytes()),
    ];
    for (path, language) in [
        ("bridge.zh.md", Language::Zh),
        ("bridge.en.md", Language::En),
    ] {
        files.push((path, page(bridge, sides, language)?.into_bytes()));
    }
    let folder = OutputFolder::create(out, replace).map_err(fault)?;
    let mut listed = Vec::new();
    for (path, bytes) in &files {
        folder.write(path, bytes).map_err(fault)?;
        listed.push(json!({ "path": path, "blake3": digest_bytes(bytes) }));
    }
    let both = sides.map(|side| side.methodology.fingerprint(&side.profile));
    let identity = format!("{} {} {}", both[0], both[1], bridge.origin);
    let [first, second] = sides.map(|side| &side.profile);
    let manifest = json!({
        "kind": "bridge",
        "run_id": digest_bytes(identity.as_bytes())[..16],
        "title": {
            "zh": format!("{} 到 {}", first.title.zh, second.title.zh),
            "en": format!("{} to {}", first.title.en, second.title.en),
        },
        "profile": { "id": first.id, "title": { "zh": first.title.zh, "en": first.title.en } },
        "status": "bridge",
        "program": { "name": "gep", "version": env!("CARGO_PKG_VERSION"),
            "sources_blake3": super::SOURCES_DIGEST },
        "first": side_json(sides[0]),
        "second": side_json(sides[1]),
        "aggregates_of": bridge.origin,
        "tables": listed,
    });
    let text = format!("{manifest:#}\n");
    folder
        .write("manifest.json", text.as_bytes())
        .map_err(fault)?;
    folder.publish().map_err(fault)?;
    Ok(())
}

/// The whole bridge on one page: differences, then region by region from the top.
fn page(bridge: &Bridge, sides: [&Opened; 2], language: Language) -> Result<String, Findings> {
    let [first, second] = sides.map(|side| &side.profile.id);
    let mut parts = vec![
        format!("# {first} -> {second}"),
        rule_text(language).to_string(),
    ];
    for level in [
        RegionLevel::Province,
        RegionLevel::City,
        RegionLevel::County,
        RegionLevel::Township,
        RegionLevel::Village,
    ] {
        for region in bridge.tree.iter().filter(|region| region.level == level) {
            if bridge.regions.contains_key(&region.code) {
                parts.push(region_text(bridge, sides, &region.code, language)?);
            }
        }
    }
    parts.push(format!("## {}", say(language, "方案差异", "What differs")));
    let listed = differences_text(&bridge.differences, language);
    parts.push(format!("```text\n{listed}\n```"));
    Ok(parts.join("\n\n") + "\n")
}
