//! The table `change_objects`: the change of single lakes and reservoirs in each county.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas_over_time::CHANGE_OBJECTS;
use crate::account::{Effect, ObjectsOf};

/// Effects in the order of the columns.
const EFFECTS: [Effect; 4] = [
    Effect::Appears,
    Effect::Disappears,
    Effect::Intensity,
    Effect::Price,
];

/// Lays the objects of each indicator out by county; nothing if there are none.
pub fn change_objects_table(objects: &BTreeMap<String, ObjectsOf>) -> Option<NamedTable> {
    let mut rows = Vec::new();
    for (indicator, counties) in objects {
        for (county, objects) in counties {
            for ((kind, object), value) in objects {
                let keys = [county.as_str(), indicator, kind, object];
                let effects = value.effects().unwrap_or_default();
                let of = |wanted: Effect| {
                    let own = effects.iter().filter(|(effect, _)| *effect == wanted);
                    own.map(|(_, fen)| fen).sum::<i128>()
                };
                let there = |at: usize| if value.there[at] { "yes" } else { "no" };
                let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
                cells.extend([there(0).into(), there(1).into()]);
                cells.extend([value.fen[0][0].into(), value.fen[1][1].into()]);
                cells.push(value.fen[1][0].into());
                cells.extend(EFFECTS.map(|effect| Cell::from(of(effect))));
                cells.push(number_id("change_objects", &keys, "value_fen").into());
                rows.push((keys.map(str::to_string), cells));
            }
        }
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let mut table = TableBuilder::new(&CHANGE_OBJECTS);
    let any = !rows.is_empty();
    for (_, cells) in rows {
        table.row(cells);
    }
    any.then(|| table.finish())
}
