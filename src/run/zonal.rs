//! `gep zonal`: class areas and layer sums of polygons, without a project file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{AreaModel, Coverage, GridSpec, Overlay, PolygonLayer, Resampling, overlay};
use gep_core::storage::{digest_bytes, write_file};

use super::layers::check_overlap;
use super::polygon_checks::{ReadLayers, join_marine};
use crate::output::{ZonalLayout, parquet_bytes, zonal_columns};
use crate::source::gdal::{
    Crs, DatumStep, RasterSource, System, UNASSIGNED, VectorRequest, VectorSource, area_model,
    distinct_classes, quiet_library, read_polygons,
};
use crate::zonal::{
    LayerGraph, LayerMeasures, LayerNode, LayerRule, Pass, PassSettings, PieceTable, SummedLayer,
};

/// A polygon file and the column with its codes.
#[derive(Clone, Debug)]
pub struct ZoneFile {
    /// Name of the layer in outputs.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The column with the codes.
    pub code_column: String,
}

/// A raster to be summed.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Name in outputs.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The smallest step its values are rounded to, as written by the user.
    pub quantum: Option<String>,
    /// How it is brought onto the class raster's grid, if it has another.
    pub resampling: Option<Resampling>,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct ZonalRequest {
    /// The class raster.
    pub classes: PathBuf,
    /// Reference system of rasters that do not name theirs.
    pub raster_crs: Option<String>,
    /// Value of the class raster that means "no class", instead of the file's own.
    pub class_nodata: ClassNodata,
    /// Class codes that are known to be in use, if the user listed them.
    pub legend: Option<BTreeSet<i64>>,
    /// The polygons whose codes make the rows.
    pub zones: ZoneFile,
    /// Reference system of polygon files that do not name theirs.
    pub zones_crs: Option<String>,
    /// Further polygon layers.
    pub overlays: Vec<ZoneFile>,
    /// Rasters to sum.
    pub layers: Vec<LayerFile>,
    /// The table to write.
    pub out: PathBuf,
    /// Whether an existing table may be replaced.
    pub replace: bool,
    /// Rows and columns of a tile.
    pub tile: usize,
}

/// Which cells of the class raster have no class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClassNodata {
    /// Those with the file's own nodata value.
    FromFile,
    /// None: every value is a class.
    None,
    /// Those with this value.
    Value(f64),
}

/// What was done, for the terminal.
#[derive(Clone, Debug)]
pub struct ZonalReport {
    /// Reference system of the run.
    pub crs: String,
    /// The polygon layers as read.
    pub vectors: Vec<VectorSource>,
    /// Layers of another reference system or grid, and how they were brought over.
    pub layers: Vec<LayerWay>,
    /// Warnings.
    pub warnings: Vec<Finding>,
    /// Rows written.
    pub rows: usize,
    /// Area of the raster, mm2.
    pub whole_mm2: i128,
    /// Area inside the raster and outside all zones, mm2.
    pub unassigned_mm2: i128,
    /// Digest of the table.
    pub digest: String,
}

/// How a layer reached the class raster's grid.
#[derive(Clone, Debug)]
pub struct LayerWay {
    /// Its name.
    pub name: String,
    /// Its reference system.
    pub crs: String,
    /// The method.
    pub resampling: Resampling,
    /// How far apart the datums may lie that were taken as one, m.
    pub datum_bound_m: Option<f64>,
}

/// Polygons cut into pieces on a class raster, ready for passes.
pub struct Ground {
    /// The class raster.
    pub classes: RasterSource,
    /// Polygon layers as read.
    pub vectors: Vec<VectorSource>,
    /// Marine zones as read.
    pub marine: Option<VectorSource>,
    /// The regions of the layers; marine zones stand in the first beside the counties.
    pub layers: Vec<PolygonLayer>,
    /// The pieces.
    pub overlay: Overlay,
    /// Cell areas.
    pub area: AreaModel,
    /// Where the pieces lie.
    pub coverage: Coverage,
    /// Warnings met on the way.
    pub warnings: Vec<Finding>,
}

impl Ground {
    /// Reads polygon layers and cuts them into pieces on a raster's grid.
    pub fn prepare(
        classes: RasterSource,
        zones: &[(ZoneFile, Option<Crs>)],
    ) -> Result<Self, Findings> {
        Self::prepare_with(classes, zones, None, Vec::new())
    }

    /// As [`Ground::prepare`], with marine zones beside the zones of the first layer:
    /// together they are one partition of space, in which no ground has two zones; and
    /// with more layers, read already, whose overlaps the caller looks at.
    pub fn prepare_with(
        classes: RasterSource,
        zones: &[(ZoneFile, Option<Crs>)],
        marine: Option<&(ZoneFile, Option<Crs>)>,
        more: Vec<VectorSource>,
    ) -> Result<Self, Findings> {
        let read = |(zone, declared): &(ZoneFile, Option<Crs>)| {
            read_polygons(&VectorRequest {
                name: &zone.name,
                path: &zone.path,
                code_column: &zone.code_column,
                declared_crs: declared.as_ref(),
                target: &classes.crs,
            })
        };
        let mut vectors = zones.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let checked = vectors.len();
        vectors.extend(more);
        let marine = marine.map(read).transpose()?;
        let mut layers: Vec<PolygonLayer> =
            vectors.iter().map(|vector| vector.layer.clone()).collect();
        join_marine(&mut layers[0], &vectors[0], marine.as_ref())?;
        let read = ReadLayers {
            vectors: &vectors,
            marine: marine.as_ref(),
            layers: &layers,
            checked,
            snap: classes.crs.snap(),
        };
        let snap = classes.crs.snap();
        let overlay = overlay(&layers).map_err(|failures| read.failures(&failures))?;
        let warnings = read.check_overlaps(&overlay)?;
        let coverage = Coverage::new(&classes.grid, snap, &overlay.edges);
        check_reach(&coverage, &classes, &vectors[0])?;
        let (first_row, last_row) = coverage.rows();
        let (first_column, last_column) = coverage.columns();
        let rows = classes.grid.rows as i64;
        let area = area_model(
            &classes.crs,
            &classes.grid,
            (first_row.min(0), first_column),
            (last_row.max(rows), last_column),
        )?;
        Ok(Self {
            classes,
            vectors,
            marine,
            layers,
            overlay,
            area,
            coverage,
            warnings,
        })
    }

    /// Returns the codes of the first layer.
    pub fn codes(&self) -> BTreeSet<String> {
        let regions = self.layers[0].regions.iter();
        regions.map(|region| region.code.clone()).collect()
    }
}

/// Refuses polygons that do not meet the raster at all.
fn check_reach(
    coverage: &Coverage,
    classes: &RasterSource,
    zones: &VectorSource,
) -> Result<(), Findings> {
    let (first, last) = coverage.rows();
    let (from, to) = coverage.zone_columns();
    let grid = &classes.grid;
    let apart = last <= 0 || first >= grid.rows as i64 || to <= 0 || from >= grid.columns as i64;
    if !apart {
        return Ok(());
    }
    let west = grid.west + from as f64 * grid.cell_width;
    Err(Finding::error("zones-beside-raster")
        .file(zones.path.display())
        .arg("raster", classes.path.display())
        .arg("crs", classes.crs.label())
        .arg("zones_x", format!("{west:.3}"))
        .arg("raster_x", format!("{:.3}", grid.west))
        .into())
}

/// Runs the request. `progress` is told the number of cells done and of all cells.
pub fn run_zonal(
    request: &ZonalRequest,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<ZonalReport, Findings> {
    quiet_library();
    if request.out.exists() && !request.replace {
        return Err(Finding::error("output-exists")
            .file(request.out.display())
            .exit(2)
            .into());
    }
    let declare =
        |definition: &Option<String>| definition.as_deref().map(Crs::from_definition).transpose();
    let (raster_crs, zones_crs) = (declare(&request.raster_crs)?, declare(&request.zones_crs)?);
    let classes = RasterSource::open(&request.classes, raster_crs.as_ref())?;
    let class_nodata = match request.class_nodata {
        ClassNodata::FromFile => classes.nodata,
        ClassNodata::None => None,
        ClassNodata::Value(value) => Some(value),
    };
    check_legend(request, &classes, class_nodata)?;
    let zones: Vec<(ZoneFile, Option<Crs>)> = std::iter::once(&request.zones)
        .chain(&request.overlays)
        .map(|zone| (zone.clone(), zones_crs.clone()))
        .collect();
    let (layers, graph) = summed_layers(request, &classes, raster_crs.as_ref())?;
    let ground = Ground::prepare(classes, &zones)?;
    let all = (ground.classes.grid.rows * ground.classes.grid.columns) as u64;
    let table = Pass {
        classes: &ground.classes,
        class_nodata,
        piece_classes: None,
        area: &ground.area,
        coverage: &ground.coverage,
        measures: &LayerMeasures {
            layers: &layers,
            graph: &graph,
            grid: &ground.classes.grid,
        },
        settings: PassSettings { tile: request.tile },
        progress: &|done| progress(done, all),
    }
    .run()?;
    let ways = layer_ways(&graph, &ground.classes.grid)?;
    finish(request, ground, &layers, ways, &table)
}

fn finish(
    request: &ZonalRequest,
    ground: Ground,
    layers: &[SummedLayer],
    ways: Vec<LayerWay>,
    table: &PieceTable,
) -> Result<ZonalReport, Findings> {
    let quanta: Vec<(String, String)> = layers
        .iter()
        .zip(&request.layers)
        .map(|(summed, file)| (summed.name.clone(), quantum_of(file, &summed.source)))
        .collect();
    let columns = zonal_columns(
        &ZonalLayout {
            layers: &ground.layers,
            pieces: &ground.overlay.pieces,
            measures: &quanta,
            unassigned: UNASSIGNED,
        },
        table,
    );
    let metadata = [("gep.table".to_string(), "zonal".to_string())];
    let bytes = parquet_bytes(&columns, &metadata).map_err(|error| {
        Finding::error("table-not-encoded")
            .arg("error", error)
            .exit(70)
    })?;
    write_file(&request.out, &bytes, request.replace).map_err(|error| {
        Finding::error("output-not-written")
            .file(request.out.display())
            .arg("error", error)
            .exit(74)
    })?;
    let inside = |(piece, class): &(u32, crate::zonal::ClassKey)| {
        *class != crate::zonal::ClassKey::OutsideGrid
            && ground.overlay.pieces[*piece as usize][0].is_none()
    };
    Ok(ZonalReport {
        crs: ground.classes.crs.label().to_string(),
        vectors: ground.vectors,
        layers: ways,
        warnings: ground.warnings,
        rows: columns.first().map_or(0, crate::output::Column::len),
        whole_mm2: table
            .rows
            .iter()
            .filter(|(key, _)| key.1 != crate::zonal::ClassKey::OutsideGrid)
            .map(|(_, sums)| sums.area_mm2)
            .sum(),
        unassigned_mm2: table
            .rows
            .iter()
            .filter(|(key, _)| inside(key))
            .map(|(_, sums)| sums.area_mm2)
            .sum(),
        digest: digest_bytes(&bytes),
    })
}

fn check_legend(
    request: &ZonalRequest,
    classes: &RasterSource,
    nodata: Option<f64>,
) -> Result<(), Findings> {
    let Some(legend) = &request.legend else {
        return Ok(());
    };
    if let Some(value) = nodata
        && value.trunc() == value
        && legend.contains(&(value as i64))
    {
        return Err(Finding::error("nodata-in-legend")
            .file(request.classes.display())
            .arg("value", value)
            .into());
    }
    let found = distinct_classes(classes, nodata)?;
    let unknown: Vec<String> = found.difference(legend).map(ToString::to_string).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Finding::error("classes-unknown")
        .file(request.classes.display())
        .arg("count", unknown.len())
        .arg("codes", unknown.join(", "))
        .into())
}

/// Default step of a layer's values: whole numbers stay whole, others are kept to
/// a millionth.
fn quantum_of(file: &LayerFile, source: &RasterSource) -> String {
    let whole = source.integer && source.scale == 1.0 && source.offset == 0.0;
    let default = if whole { "1" } else { "0.000001" };
    file.quantum.clone().unwrap_or_else(|| default.to_string())
}

fn layer_ways(graph: &LayerGraph, grid: &GridSpec) -> Result<Vec<LayerWay>, Findings> {
    let mut ways = Vec::new();
    for node in &graph.nodes {
        let same = node.system == 0 && node.grid.same_cells(grid);
        let (false, Some(resampling)) = (same, node.resampling) else {
            continue;
        };
        let datum_bound_m = match node.system {
            0 => None,
            system => match graph.bridge(0, system)?.datum {
                DatumStep::Aligned(metres) => Some(metres),
                DatumStep::Same | DatumStep::Given => None,
            },
        };
        ways.push(LayerWay {
            name: node.name.clone(),
            crs: node.crs.label().to_string(),
            resampling,
            datum_bound_m,
        });
    }
    Ok(ways)
}

/// Opens the layers; each may lie in a system of its own.
fn summed_layers(
    request: &ZonalRequest,
    classes: &RasterSource,
    raster_crs: Option<&Crs>,
) -> Result<(Vec<SummedLayer>, LayerGraph), Findings> {
    let mut layers = Vec::new();
    let mut graph = LayerGraph::new(&classes.crs);
    for file in &request.layers {
        let source = RasterSource::open(&file.path, raster_crs)?;
        let fault = |code| {
            Finding::error(code)
                .file(file.path.display())
                .arg("name", &file.name)
        };
        let own = System {
            crs: source.crs.clone(),
            shift: None,
        };
        let system = graph.system(&own, &file.name)?;
        let same = system == 0 && source.grid.same_cells(&classes.grid);
        if !same && file.resampling.is_none() {
            return Err(fault("layer-grid-differs")
                .arg("columns", source.grid.columns)
                .arg("rows", source.grid.rows)
                .into());
        }
        let quantum = quantum_of(file, &source);
        let per_quantum = per_quantum(&quantum).ok_or_else(|| {
            fault("quantum-not-positive")
                .arg("quantum", &quantum)
                .exit(2)
        })?;
        let layer = graph.nodes.len();
        graph.nodes.push(LayerNode {
            name: file.name.clone(),
            grid: source.grid.clone(),
            crs: source.crs.clone(),
            system,
            resampling: file.resampling,
            rule: LayerRule::Raster {
                source: Box::new(source.clone()),
                band: 1,
                scale: 1.0,
                offset: 0.0,
            },
        });
        check_overlap(&graph, layer, &classes.grid)?;
        layers.push(SummedLayer {
            name: file.name.clone(),
            source,
            layer,
            per_quantum,
        });
    }
    Ok((layers, graph))
}

/// Returns how many quanta make one unit: 1000 for `0.001`.
fn per_quantum(quantum: &str) -> Option<f64> {
    let value: f64 = quantum
        .parse()
        .ok()
        .filter(|value: &f64| *value > 0.0 && value.is_finite())?;
    let inverse = 1.0 / value;
    let whole = inverse.round();
    // 1 / 0.001 is 1000 exactly, not what the binary fraction makes of it.
    Some(if (inverse - whole).abs() < 1e-9 * inverse {
        whole
    } else {
        inverse
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantum_is_inverted_exactly() {
        assert_eq!(per_quantum("0.001"), Some(1000.0));
        assert_eq!(per_quantum("1e-6"), Some(1e6));
        assert_eq!(per_quantum("5"), Some(0.2));
        assert_eq!(per_quantum("0"), None);
        assert_eq!(per_quantum("-1"), None);
        assert_eq!(per_quantum("a"), None);
    }
}
