//! Builds the layer graph of a run from the profile's derived layers and the
//! project's rasters.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{Axis, BlockProgram, BlockTarget, Labels, LayerSlot, Rows};
use gep_core::grid::Resampling;
use gep_core::methodology::{Law, Method, Methodology, Origin, Profile};
use gep_core::quantity::to_f64;

use super::inputs::open_layer;
use crate::source::gdal::RasterSource;
use crate::source::project::Project;
use crate::zonal::{LayerGraph, LayerId, LayerNode, LayerRule};

/// Layers by id and band (1 where there is one only).
pub struct NamedLayers {
    /// The graph.
    pub graph: LayerGraph,
    ids: BTreeMap<(String, usize), LayerId>,
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
            graph: LayerGraph::default(),
            ids: BTreeMap::new(),
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
                Ok((source, unit)) => layers.add_raster(id, &source, &unit, how),
                Err(more) => findings.extend(more.0),
            }
        }
        if !findings.is_empty() {
            return Err(Findings(findings));
        }
        for node in &layers.graph.nodes {
            if !node.crs.same(&reference.crs)? {
                return Err(Finding::error("layer-crs-differs")
                    .file(project.path.display())
                    .arg("name", &node.name)
                    .arg("own", node.crs.label())
                    .arg("reference", reference.crs.label())
                    .into());
            }
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
    ) {
        for band in 1..=source.bands {
            let node = LayerNode {
                name: id.to_string(),
                grid: source.grid.clone(),
                crs: source.crs.clone(),
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
        let (grid, crs) = if place.native {
            let first = &self.graph.nodes[first.ok_or_else(|| not_given(id))?];
            (first.grid.clone(), first.crs.clone())
        } else {
            (reference.grid.clone(), reference.crs.clone())
        };
        let resampling = place.resample.as_deref().and_then(Resampling::from_name);
        self.push(
            id,
            1,
            LayerNode {
                name: id.to_string(),
                grid,
                crs,
                resampling,
                rule,
            },
        );
        Ok(())
    }

    fn expression(&self, law: &Law) -> Result<(LayerRule, Option<LayerId>), Findings> {
        let labels = Labels::new().with(Axis::Month, (1..=12).map(|month: u8| month.to_string()));
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
                let month = slot.at.iter().find(|(axis, _)| *axis == Axis::Month);
                let band = month.and_then(|(_, label)| label.parse().ok()).unwrap_or(1);
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

fn not_given(id: &str) -> Findings {
    Finding::error("layer-not-given").arg("layer", id).into()
}
