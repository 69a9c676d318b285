//! The crosswalk among the things a number rests on: its weakest rows bound the status
//! of every law that sums over cells (decision 0008).

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::{Value, json};

use super::tables::Table;
use crate::output::{CROSSWALK, LINEAGE};

/// One row of the crosswalk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CrosswalkLine {
    pub(super) code: String,
    pub(super) class: String,
    pub(super) source: String,
    pub(super) clause: String,
    pub(super) place: String,
    pub(super) note: String,
}

/// The crosswalk with its weakest rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CrosswalkNode {
    pub(super) id: String,
    pub(super) version: String,
    /// The lowest status among its rows.
    pub(super) status: String,
    /// Whether the number has just that status.
    pub(super) binds: bool,
    /// The rows of that status.
    pub(super) weakest: Vec<CrosswalkLine>,
    /// The number of all rows.
    pub(super) rows: usize,
}

const FROM_THE_LOWEST: [&str; 3] = ["provisional", "transcribed", "verified"];

/// Returns the crosswalk of a run if the law of one of the indicators sums over cells and
/// some row of it is less than verified; nothing for runs that tell no crosswalk.
pub(super) fn crosswalk_node(
    folder: &Path,
    lineage: &Table,
    indicators: &[&str],
    number_status: &str,
) -> Result<Option<CrosswalkNode>, Findings> {
    debug_assert_eq!(lineage.schema.name, LINEAGE.name);
    let over_cells = (0..lineage.rows()).any(|row| {
        let own = indicators.contains(&lineage.text("indicator", row));
        own && lineage.text("formula", row).contains("total(")
    });
    let extent = indicators.contains(&"extent");
    if !(over_cells || extent) || !folder.join(CROSSWALK.path()).is_file() {
        return Ok(None);
    }
    let table = Table::read(folder, &CROSSWALK)?;
    let status = |row| table.text("status", row);
    let lowest = FROM_THE_LOWEST
        .into_iter()
        .find(|word| (0..table.rows()).any(|row| status(row) == *word));
    let Some(lowest) = lowest.filter(|word| *word != "verified") else {
        return Ok(None);
    };
    let weakest = (0..table.rows())
        .filter(|row| status(*row) == lowest)
        .map(|row| {
            let text = |name| table.text(name, row).to_string();
            CrosswalkLine {
                code: text("code"),
                class: text("class"),
                source: text("source"),
                clause: text("clause"),
                place: format!("{}:{}", text("file"), table.spelling("line", row)),
                note: text("note"),
            }
        })
        .collect();
    Ok(Some(CrosswalkNode {
        id: table.text("crosswalk", 0).to_string(),
        version: table.text("version", 0).to_string(),
        status: lowest.to_string(),
        binds: number_status == lowest,
        weakest,
        rows: table.rows(),
    }))
}

/// Returns the node for programs.
pub(super) fn crosswalk_json(node: &CrosswalkNode) -> Value {
    let weakest = node.weakest.iter().map(|own| {
        json!({ "code": own.code, "class": own.class, "status": node.status,
            "source": own.source, "clause": own.clause, "place": own.place, "note": own.note })
    });
    json!({ "crosswalk": node.id, "version": node.version, "status": node.status,
        "number_has_this_status": node.binds, "rows": node.rows,
        "weakest_rows": weakest.collect::<Vec<_>>() })
}

/// Returns the node as lines of the tree; `status` is the word of its status.
pub(super) fn crosswalk_lines(
    node: &CrosswalkNode,
    status: &str,
    language: Language,
) -> Vec<String> {
    const SHOWN: usize = 8;
    let (id, version, weak, rows) = (&node.id, &node.version, node.weakest.len(), node.rows);
    let mut lines = vec![match language {
        Language::Zh => format!(
            "地类对应表 {id}（版本 {version}）：状态至多为“{status}”，{rows} 行中 {weak} 行如此"
        ),
        Language::En => format!(
            "crosswalk {id} (version {version}): status at most {status}, by {weak} of its {rows} rows"
        ),
    }];
    for own in node.weakest.iter().take(SHOWN) {
        let note = if own.note.is_empty() {
            String::new()
        } else {
            format!("    {}", own.note)
        };
        lines.push(format!(
            "{} -> {}    {status}    {}  {}, {}{note}",
            own.code, own.class, own.place, own.source, own.clause
        ));
    }
    if weak > SHOWN {
        let more = weak - SHOWN;
        lines.push(match language {
            Language::Zh => format!("另有 {more} 行（见 --format json）"),
            Language::En => format!("{more} more rows (see --format json)"),
        });
    }
    lines
}
