//! Builds the layer graph of a run from the profile's derived layers and the
//! project's rasters.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{Axis, BlockProgram, BlockTarget, Labels, LayerSlot, Rows};
use gep_core::grid::{GridSpec, Resampling};
use gep_core::methodology::{Law, Method, Methodology, Origin, Profile};
use gep_core::quantity::to_f64;

use super::bands::days_of_year;
use super::inputs::open_layer;
use crate::source::datum_shift::DatumShift;
use crate::source::gdal::{RasterSource, System};
use crate::source::project::Project;
use crate::zonal::{LayerGraph, LayerId, LayerNode, LayerRule};

/// Layers by id and band (1 where there is one only).
pub struct NamedLayers {
    /// The graph.
    pub graph: LayerGraph,
    ids: BTreeMap<(String, usize), LayerId>,
    /// The days of the year of account, if it is a calendar year.
    days: usize,
}

impl NamedLayers {
    /// Builds the graph.
    pub fn build(
        project: &Project,
        methodology: &Methodology,
        profile: &Profile,
        reference: &RasterSource,
    ) -> Result<Self, Findings> {
        let mut layers = Self {
            graph: LayerGraph::new(&reference.crs),
            ids: BTreeMap::new(),
            days: days_of_year(&project.head.year).unwrap_or(0),
        };
        let mut findings = Vec::new();
        for (id, layer) in &project.rasters.layers {
            let how = match layer.resample.as_deref().map(Resampling::from_name) {
                None => None,
                Some(Some(how)) => Some(how),
                Some(None) => {
                    let method = layer.resample.clone().unwrap_or_default();
                    findings.push(
                        Finding::error("resample-unknown")
                            .file(project.path.display())
                            .arg("layer", id)
                            .arg("method", method),
                    );
                    continue;
                }
            };
            match open_layer(project, methodology, id, layer) {
                Ok((source, unit)) => {
                    let shift = layer.datum_shift.as_ref().map(DatumShift::helmert);
                    let system = System {
                        crs: source.crs.clone(),
                        shift,
                    };
                    let added = layers.add_raster(id, &source, &unit, how, &system);
                    let checked = added
                        .and_then(|first| check_overlap(&layers.graph, first, &reference.grid));
                    findings.extend(checked.err().into_iter().flat_map(|more| more.0));
                }
                Err(more) => findings.extend(more.0),
            }
        }
        if !findings.is_empty() {
            return Err(Findings(findings));
        }
        for id in &profile.layers {
            layers.add_derived(methodology, profile, id, reference)?;
        }
        Ok(layers)
    }

    fn push(&mut self, id: &str, band: usize, node: LayerNode) {
        self.ids
            .insert((id.to_string(), band), self.graph.nodes.len());
        self.graph.nodes.push(node);
    }

    fn add_raster(
        &mut self,
        id: &str,
        source: &RasterSource,
        unit: &gep_core::quantity::Unit,
        resampling: Option<Resampling>,
        system: &System,
    ) -> Result<LayerId, Findings> {
        let system = self.graph.system(system, id)?;
        let first = self.graph.nodes.len();
        for band in 1..=source.bands {
            let node = LayerNode {
                name: id.to_string(),
                grid: source.grid.clone(),
                crs: source.crs.clone(),
                system,
                resampling,
                rule: LayerRule::Raster {
                    source: Box::new(source.clone()),
                    band,
                    scale: unit.scale_f64(),
                    offset: unit.offset_f64(),
                },
            };
            self.push(id, band, node);
        }
        Ok(first)
    }

    fn add_derived(
        &mut self,
        methodology: &Methodology,
        profile: &Profile,
        id: &str,
        reference: &RasterSource,
    ) -> Result<(), Findings> {
        let Some(method) = methodology.layers.get(id) else {
            return Err(not_given(id));
        };
        let Some(place) = &method.layer else {
            return Err(not_given(id));
        };
        let law = methodology.law(id, Some(profile))?;
        let (rule, first) = match (&law, &place.kernel) {
            (Some(law), None) => self.expression(law)?,
            (_, Some(kernel)) => self.kernel(method, kernel)?,
            (None, None) => return Err(not_given(id)),
        };
        let (grid, crs, system) = if place.native {
            let first = &self.graph.nodes[first.ok_or_else(|| not_given(id))?];
            (first.grid.clone(), first.crs.clone(), first.system)
        } else {
            (reference.grid.clone(), reference.crs.clone(), 0)
        };
        let resampling = place.resample.as_deref().and_then(Resampling::from_name);
        self.push(
            id,
            1,
            LayerNode {
                name: id.to_string(),
                grid,
                crs,
                system,
                resampling,
                rule,
            },
        );
        Ok(())
    }

    fn expression(&self, law: &Law) -> Result<(LayerRule, Option<LayerId>), Findings> {
        let numbers = |count: usize| (1..=count).map(|number| number.to_string());
        let labels = Labels::new()
            .with(Axis::Month, numbers(12))
            .with(Axis::Day, numbers(self.days));
        let mut rows = Rows {
            labels,
            ..Rows::default()
        };
        for name in law.parameters.keys() {
            if let Some(array) = law.parameter(name, &rows.labels) {
                rows.values.insert(name.clone(), array);
            }
        }
        let target = match law.program.totals() {
            [] => BlockTarget::Statement("result".to_string()),
            _ => BlockTarget::Total(0),
        };
        let program = BlockProgram::compile(&law.program, &rows, &[target])?;
        let inputs = self.inputs(law, program.layers())?;
        let per_quantum = law.output("result").map_or(1.0, |output| {
            to_f64(&(&output.quantum * output.unit.scale()).recip())
        });
        let first = inputs.first().copied();
        Ok((
            LayerRule::Expression {
                program: Box::new(program),
                inputs,
                per_quantum,
            },
            first,
        ))
    }

    fn kernel(
        &self,
        method: &Method,
        kernel: &str,
    ) -> Result<(LayerRule, Option<LayerId>), Findings> {
        let unknown = || {
            Finding::error("kernel-unknown")
                .file(&method.file)
                .arg("layer", &method.id)
                .arg("kernel", kernel)
        };
        if kernel != "slope_horn" {
            return Err(unknown().into());
        }
        let input = method.inputs.values().next().ok_or_else(unknown)?;
        let height = self.find(input.origin.id(), 1)?;
        let per_quantum = method.outputs.first().map_or(1.0, |output| {
            to_f64(&(&output.quantum * output.unit.scale()).recip())
        });
        Ok((
            LayerRule::Slope {
                height,
                per_quantum,
            },
            Some(height),
        ))
    }

    /// Finds the layers of a compiled program.
    pub fn inputs(&self, law: &Law, slots: &[LayerSlot]) -> Result<Vec<LayerId>, Findings> {
        slots
            .iter()
            .map(|slot| {
                let id = match law.inputs.get(&slot.name).map(|input| &input.origin) {
                    Some(Origin::Layer(id)) => id.as_str(),
                    _ => slot.name.as_str(),
                };
                let in_time = |(axis, _): &&(Axis, String)| matches!(axis, Axis::Month | Axis::Day);
                let time = slot.at.iter().find(in_time);
                let band = time.and_then(|(_, label)| label.parse().ok()).unwrap_or(1);
                self.find(id, band)
            })
            .collect()
    }

    /// Finds a layer of one band; nothing if it is neither given nor derived.
    pub fn layer(&self, id: &str) -> Option<LayerId> {
        self.ids.get(&(id.to_string(), 1)).copied()
    }

    fn find(&self, id: &str, band: usize) -> Result<LayerId, Findings> {
        self.ids
            .get(&(id.to_string(), band))
            .copied()
            .ok_or_else(|| not_given(id))
    }
}

/// Points along each side at which two grids are looked for in each other.
const OVERLAP_PROBES: usize = 17;

/// Refuses a layer of another reference system that lies wholly beside the reference
/// grid: exchanged axes, a strip number in the eastings, or another zone.
pub(super) fn check_overlap(
    graph: &LayerGraph,
    layer: LayerId,
    reference: &GridSpec,
) -> Result<(), Findings> {
    let node = &graph.nodes[layer];
    if node.system == 0 {
        return Ok(());
    }
    let meets = |from: &GridSpec, to: &GridSpec, systems: (usize, usize)| {
        let (mut x, mut y) = probes(from);
        graph
            .bridge(systems.0, systems.1)?
            .open()?
            .run(&mut x, &mut y);
        let inside = x.iter().zip(&y).any(|(&x, &y)| {
            let (column, row) = to.cell_position(x, y);
            (0.0..to.columns as f64).contains(&column) && (0.0..to.rows as f64).contains(&row)
        });
        Ok::<bool, Findings>(inside)
    };
    let system = node.system;
    if meets(reference, &node.grid, (0, system))? || meets(&node.grid, reference, (system, 0))? {
        return Ok(());
    }
    let extent = |grid: &GridSpec| {
        let (east, south) = grid.centre(grid.rows as i64 - 1, grid.columns as i64 - 1);
        format!("{:.3} {:.3} {east:.3} {south:.3}", grid.west, grid.north)
    };
    Err(Finding::error("layer-beside-the-grid")
        .arg("layer", &node.name)
        .arg("own", node.crs.label())
        .arg("extent", extent(&node.grid))
        .arg("reference", graph.systems[0].crs.label())
        .arg("reference_extent", extent(reference))
        .into())
}

/// Cell centres spread over a grid.
fn probes(grid: &GridSpec) -> (Vec<f64>, Vec<f64>) {
    let at = |step: usize, count: usize| (step * (count - 1) / (OVERLAP_PROBES - 1)) as i64;
    let steps = (0..OVERLAP_PROBES).flat_map(|row| (0..OVERLAP_PROBES).map(move |one| (row, one)));
    steps
        .map(|(row, column)| grid.centre(at(row, grid.rows), at(column, grid.columns)))
        .unzip()
}

fn not_given(id: &str) -> Findings {
    Finding::error("layer-not-given").arg("layer", id).into()
}
