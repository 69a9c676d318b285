//! The script of the report: its digest, its data, and the page without it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gep::output::{ColumnData, read_parquet};
use serde_json::Value;
use sha2::{Digest, Sha256};

const MOST_BYTES: usize = 5_000_000;

fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(start).expect(start);
    rest.split_once(end).expect(end).0
}

/// Whether the policy names the digest of the script.
fn digest_fits(page: &str) -> bool {
    let script = between(page, "<script>", "</script>");
    let named = between(page, "script-src 'sha256-", "'");
    named == STANDARD.encode(Sha256::digest(script))
}

/// Every id of a number in the tables of the run.
fn ids_of(folder: &Path) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(folder.join("tables")).expect("tables") {
        let path = entry.expect("entry").path();
        for column in read_parquet(&path).expect("a table") {
            if let (true, ColumnData::Text(values)) = (column.name.ends_with("_id"), &column.data) {
                ids.extend(values.iter().flatten().cloned());
            }
        }
    }
    ids
}

/// Returns ids of the data that no table has, and how many were looked at.
fn strange_ids(data: &Value, ids: &BTreeSet<String>) -> (Vec<String>, usize) {
    let mut own: Vec<&Value> = Vec::new();
    for items in data["gep"].as_object().expect("gep").values() {
        own.extend(
            items
                .as_object()
                .expect("items")
                .values()
                .map(|row| &row[1]),
        );
    }
    for rows in data["rows"].as_object().expect("rows").values() {
        own.extend(rows.as_array().expect("rows").iter().map(|row| &row[7]));
    }
    let texts: Vec<&str> = own.iter().map(|id| id.as_str().expect("text")).collect();
    let strange = texts.iter().filter(|id| !ids.contains(**id));
    (strange.map(|id| (*id).to_string()).collect(), texts.len())
}

/// Returns whether a number of the data is no text: it might have passed through a float.
fn has_number(data: &Value) -> bool {
    match data {
        Value::Number(_) => true,
        Value::Array(own) => own.iter().any(has_number),
        Value::Object(own) => own.values().any(has_number),
        _ => false,
    }
}

#[test]
fn the_page_of_the_demo_explores_and_asks_for_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("run");
    let done = Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(["demo", "--out", &out.to_string_lossy()])
        .output()
        .expect("started");
    assert!(done.status.success(), "{done:?}");
    let ids = ids_of(&out);
    for name in ["report.zh.html", "report.en.html"] {
        let page = fs::read_to_string(out.join("report").join(name)).expect("page");
        assert!(page.len() < MOST_BYTES, "{name}: {}", page.len());
        assert!(digest_fits(&page), "{name}");
        assert!(
            !digest_fits(&page.replace("start();", "start( );")),
            "{name}"
        );
        let script = between(&page, "<script>", "</script>");
        let lone = script
            .replace("http://schemas.openxmlformats.org/", "")
            .replace("http://www.w3.org/2000/svg", "");
        for word in [
            "http",
            "fetch(",
            "XMLHttp",
            "WebSocket",
            "eval(",
            "innerHTML",
            "import(",
        ] {
            assert!(!lone.contains(word), "{name}: {word}");
        }
        assert!(!page.contains(" src="), "{name}");
        let data = between(&page, "id=\"page-data\">", "</script>");
        let data: Value = serde_json::from_str(data).expect("data");
        assert_eq!(data["regions"].as_array().map(Vec::len), Some(90));
        assert!(!has_number(&data), "{name}: numbers of the data are texts");
        let (strange, seen) = strange_ids(&data, &ids);
        assert!(
            strange.is_empty() && seen > 5_000,
            "{name}: {seen} {strange:?}"
        );
        assert!(!strange_ids(&data, &BTreeSet::new()).0.is_empty());
        // Without the script the page is as whole as before: map, ranking, tables.
        assert!(page.contains("<section id=\"explore\" hidden>"));
        let ranking = between(&page, "<section id=\"ranking\"", "</section>");
        assert_eq!(
            ranking.matches("<tr><td class=\"r\">").count(),
            90,
            "{name}"
        );
        assert_eq!(page.matches("<path class=\"q").count(), 90, "{name}");
    }
}
