//! The table of `gep zonal`.

use std::collections::BTreeMap;

use gep_core::grid::PolygonLayer;

use super::parquet::{Column, ColumnData};
use crate::zonal::{ClassKey, MeasureSum, PieceTable, Sums};

/// What the columns of a zonal table are called and mean.
#[derive(Clone, Debug)]
pub struct ZonalLayout<'a> {
    /// Polygon layers: the zones first, then overlays.
    pub layers: &'a [PolygonLayer],
    /// Regions of each piece, by index into the layers.
    pub pieces: &'a [Vec<Option<u32>>],
    /// Name and quantum of each measure.
    pub measures: &'a [(String, String)],
    /// Code for ground outside all regions of a layer.
    pub unassigned: &'a str,
}

type Rows<'a> = BTreeMap<(Vec<&'a str>, ClassKey), Sums>;

/// Lays out a table: one row a region, overlay regions, state and class, sorted.
pub fn zonal_columns(layout: &ZonalLayout<'_>, table: &PieceTable) -> Vec<Column> {
    let rows = coded_rows(layout, table);
    let mut columns = Vec::new();
    for (at, layer) in layout.layers.iter().enumerate() {
        let codes = rows
            .keys()
            .map(|(codes, _)| Some(codes[at].to_string()))
            .collect();
        let name = if at == 0 { "region_code" } else { &layer.name };
        columns.push(Column::new(name, ColumnData::Text(codes)));
    }
    let codes = rows.keys().map(|(_, class)| match class {
        ClassKey::Class(code) => Some(*code),
        ClassKey::NoData | ClassKey::OutsideGrid => None,
    });
    columns.push(Column::new("class", ColumnData::Integer(codes.collect())));
    let states = rows.keys().map(|(_, class)| {
        let state = match class {
            ClassKey::Class(_) => "class",
            ClassKey::NoData => "nodata",
            ClassKey::OutsideGrid => "outside_grid",
        };
        Some(state.to_string())
    });
    columns.push(Column::new("state", ColumnData::Text(states.collect())));
    let areas = rows.values().map(|sums| Some(sums.area_mm2)).collect();
    columns.push(Column::new("area_mm2", ColumnData::Decimal(areas, 0)).with("unit", "mm2"));
    for (at, (name, quantum)) in layout.measures.iter().enumerate() {
        columns.extend(measure_columns(&rows, at, name, quantum));
    }
    columns
}

/// Adds pieces up to rows with the codes of their regions.
fn coded_rows<'a>(layout: &ZonalLayout<'a>, table: &PieceTable) -> Rows<'a> {
    let mut rows = Rows::new();
    for ((piece, class), sums) in &table.rows {
        let codes: Vec<&str> = layout.pieces[*piece as usize]
            .iter()
            .zip(layout.layers)
            .map(|(region, layer)| match region {
                Some(region) => layer.regions[*region as usize].code.as_str(),
                None => layout.unassigned,
            })
            .collect();
        rows.entry((codes, *class)).or_default().add(sums);
    }
    rows
}

fn measure_columns(rows: &Rows<'_>, at: usize, name: &str, quantum: &str) -> [Column; 3] {
    let column = |part: &str, pick: fn(&MeasureSum) -> i128| {
        let values = rows
            .values()
            .map(|sums| sums.measures.get(at).map(pick))
            .collect();
        Column::new(format!("{name}_{part}"), ColumnData::Decimal(values, 0))
    };
    [
        column("sum", |measure| measure.sum)
            .with("quantum", quantum)
            .with("unit", format!("{quantum} x mm2")),
        column("valid_area_mm2", |measure| measure.valid_mm2).with("unit", "mm2"),
        column("missing_area_mm2", |measure| measure.missing_mm2).with("unit", "mm2"),
    ]
}
