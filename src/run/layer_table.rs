//! The table `layers`: where each layer of cells lies and how it reaches the land cover.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::grid::Resampling;

use super::account::Prepared;
use crate::output::{Cell, LAYERS, NamedTable, TableBuilder};
use crate::source::gdal::DatumStep;
use crate::zonal::{LayerGraph, LayerNode, LayerRule};

/// Lays out the layers of a run, one row a raster or derived layer.
pub(super) fn layers_table(prepared: &Prepared) -> Result<NamedTable, Findings> {
    let graph = &prepared.layers.graph;
    let reference = &prepared.ground.classes.grid;
    // Bands stand one after the other; the first speaks for all.
    let mut first: BTreeMap<&str, &LayerNode> = BTreeMap::new();
    for node in &graph.nodes {
        first.entry(&node.name).or_insert(node);
    }
    let mut table = TableBuilder::new(&LAYERS);
    for (id, node) in first {
        let same = node.system == 0 && node.grid.same_cells(reference);
        let way = Way::of(prepared, graph, node, same)?;
        let [title_zh, title_en] = title(prepared, id);
        let bands = match &node.rule {
            LayerRule::Raster { source, .. } => source.bands,
            _ => 1,
        };
        let raster = matches!(node.rule, LayerRule::Raster { .. });
        let path = prepared.project.rasters.layers.get(id).filter(|_| raster);
        table.row(vec![
            id.into(),
            if raster { "raster" } else { "derived" }.into(),
            path.map_or("", |layer| &layer.path).into(),
            reads(graph, node).join(" ").as_str().into(),
            Cell::Count(bands as u64),
            node.crs.label().into(),
            Cell::Count(node.grid.columns as u64),
            Cell::Count(node.grid.rows as u64),
            node.grid.cell_width.to_string().as_str().into(),
            node.grid.cell_height.to_string().as_str().into(),
            way.resampling.into(),
            way.datum.into(),
            way.bound.as_str().into(),
            title_zh.as_str().into(),
            title_en.as_str().into(),
            way.zh.as_str().into(),
            way.en.as_str().into(),
        ]);
    }
    Ok(table.finish())
}

fn title(prepared: &Prepared, id: &str) -> [String; 2] {
    let methodology = &prepared.methodology;
    let title = match methodology.layers.get(id) {
        Some(layer) => Some(&layer.title),
        None => methodology.quantities.get(id).map(|entry| &entry.title),
    };
    title.map_or([id.to_string(), id.to_string()], |title| {
        [title.zh.clone(), title.en.clone()]
    })
}

/// The layers a derived layer reads, each once.
fn reads<'a>(graph: &'a LayerGraph, node: &LayerNode) -> Vec<&'a str> {
    let inputs: Vec<usize> = match &node.rule {
        LayerRule::Raster { .. } => Vec::new(),
        LayerRule::Expression { inputs, .. } => inputs.clone(),
        LayerRule::Slope { height, .. } => vec![*height],
    };
    let names: BTreeSet<&str> = inputs
        .iter()
        .map(|&input| graph.nodes[input].name.as_str())
        .collect();
    names.into_iter().collect()
}

/// How a layer reaches the reference grid, in codes and in words.
struct Way {
    resampling: &'static str,
    datum: &'static str,
    bound: String,
    zh: String,
    en: String,
}

impl Way {
    fn of(
        prepared: &Prepared,
        graph: &LayerGraph,
        node: &LayerNode,
        same: bool,
    ) -> Result<Self, Findings> {
        let resampling = match node.resampling {
            _ if same => "same_cells",
            None => "none",
            Some(how) => how.name(),
        };
        let [mut zh, mut en] = cells_in_words(node, same);
        let (mut datum, mut bound) = ("same", String::new());
        if node.system != 0 {
            let labels = [&graph.systems[0].crs, &node.crs].map(|crs| crs.label().to_string());
            zh = format!("逐像元精确换算 {} → {}；{zh}", labels[0], labels[1]);
            en = format!(
                "each cell transformed exactly, {} to {}; {en}",
                labels[0], labels[1]
            );
            match graph.bridge(0, node.system)?.datum {
                DatumStep::Same => {}
                DatumStep::Aligned(metres) => {
                    datum = "aligned";
                    bound = metres.to_string();
                    zh.push_str(&format!("；两基准视为一致，相差不超过 {metres} 米"));
                    en.push_str(&format!(
                        "; the datums are taken as one, within {metres} m of each other"
                    ));
                }
                DatumStep::Given => {
                    datum = "given";
                    let source = prepared.project.rasters.layers.values();
                    let source = source.filter_map(|layer| layer.datum_shift.as_ref());
                    let source = source
                        .filter(|shift| graph.systems[node.system].shift == Some(shift.helmert()))
                        .map(|shift| &shift.source)
                        .next();
                    if let Some(source) = source {
                        zh.push_str(&format!("；按七参数换基准（{}）", source.zh));
                        en.push_str(&format!("; datum by seven parameters ({})", source.en));
                    }
                }
            }
        }
        Ok(Self {
            resampling,
            datum,
            bound,
            zh,
            en,
        })
    }
}

fn cells_in_words(node: &LayerNode, same: bool) -> [String; 2] {
    let words = match node.resampling {
        _ if same => ["与土地覆盖同格网", "same cells as the land cover"],
        None => [
            "未声明重采样，只供同格网图层读取",
            "no resampling: read on its own cells only",
        ],
        Some(Resampling::Nearest) => [
            "取像元中心所在的像元",
            "the cell under the centre of the cell",
        ],
        Some(Resampling::Bilinear) => [
            "取像元中心四周四个像元按距离内插",
            "between the four centres around the centre of the cell",
        ],
        Some(Resampling::Average) => [
            "取像元范围内按面积加权的平均值",
            "the mean over the ground of the cell, weighted by area",
        ],
    };
    words.map(str::to_string)
}
