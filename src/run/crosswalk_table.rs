//! The crosswalk a run has used, row by row with status and source, as a table.

use gep_core::storage::digest_bytes;

use super::account::Prepared;
use crate::output::{CROSSWALK, Cell, NamedTable, TableBuilder};

/// Lays the crosswalk of the run's profile out.
pub(super) fn crosswalk_table(prepared: &Prepared) -> NamedTable {
    let id = &prepared.profile.crosswalk;
    let mut table = TableBuilder::new(&CROSSWALK);
    if let Some(crosswalk) = prepared.methodology.crosswalks.get(id) {
        // A crosswalk has no number of its own: its version is a digest of what it says.
        let said: String = crosswalk
            .rows
            .iter()
            .map(|(code, row)| {
                let source = &row.citation;
                let status = row.status.word();
                let (document, clause) = (&source.document, &source.clause);
                format!("{code} {} {status} {document} {clause}\n", row.class)
            })
            .collect();
        let version = digest_bytes(said.as_bytes())[..16].to_string();
        for (code, row) in &crosswalk.rows {
            table.row(vec![
                id.as_str().into(),
                code.as_str().into(),
                version.as_str().into(),
                row.class.as_str().into(),
                row.status.word().into(),
                row.citation.document.as_str().into(),
                row.citation.clause.as_str().into(),
                crosswalk.file.as_str().into(),
                Cell::Count(u64::from(row.line)),
                row.note.as_str().into(),
            ]);
        }
    }
    table.finish()
}
