//! The table `bridge`: from the GEP of one profile to that of another.

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas::BRIDGE;

/// One number of the bridge of a region, or an indicator that stands outside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BridgeRow {
    /// Region code.
    pub region: String,
    /// Its level.
    pub level: &'static str,
    /// The code of its parent; empty if it has none.
    pub parent: String,
    /// `gep_first`, `outside_first`, `start`, a cause, `end`, `outside_second`,
    /// `gep_second`, or `outside` for an indicator outside the bridge.
    pub item: String,
    /// The indicators it is about, separated by spaces.
    pub indicators: String,
    /// What the profiles say differently.
    pub detail: String,
    /// Fen; of an `outside` row nothing.
    pub fen: Option<i128>,
    /// Of an `outside` row: what it comes to under either profile, if that is known.
    pub fen_of: [Option<i128>; 2],
    /// Of an `outside` row: the counties, the reasons, and what the aggregates lack.
    pub counties: String,
    /// See above.
    pub reason: String,
    /// See above.
    pub lacking: String,
}

/// Lays out the rows, sorted by their keys.
pub fn bridge_table(mut rows: Vec<BridgeRow>) -> NamedTable {
    rows.sort_by(|a, b| {
        let key = |row: &BridgeRow| [row.region.clone(), row.item.clone(), row.indicators.clone()];
        key(a).cmp(&key(b))
    });
    let mut table = TableBuilder::new(&BRIDGE);
    for row in rows {
        let keys = [
            row.region.as_str(),
            row.item.as_str(),
            row.indicators.as_str(),
        ];
        let id = number_id(BRIDGE.name, &keys, "value_fen");
        let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
        cells.push(row.level.into());
        cells.push(row.parent.as_str().into());
        cells.push(row.detail.as_str().into());
        cells.push(Cell::Decimal(row.fen));
        cells.extend(row.fen_of.map(Cell::Decimal));
        let state = if row.fen.is_some() {
            "computed"
        } else {
            "missing"
        };
        cells.push(state.into());
        cells.push(row.reason.as_str().into());
        cells.push(row.lacking.as_str().into());
        cells.push(row.counties.as_str().into());
        cells.push(id.into());
        table.row(cells);
    }
    table.finish()
}
