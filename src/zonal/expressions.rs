//! Measures that are cell expressions of methods: the rates inside `total`.

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{BlockInput, BlockProgram, BlockScratch, LayerBlock};
use gep_core::grid::GridSpec;

use super::derive::{CellPlace, GraphReader, LayerGraph, LayerId};
use super::measure::{CellMeasures, MeasureBlock, MeasureWorker, State};
use super::warp::Frame;
use crate::source::gdal::{ClassBlock, Window};

/// The rates of one law.
#[derive(Clone, Debug)]
pub struct LawRates {
    /// The indicator, for messages.
    pub name: String,
    /// All rates of the law in one program.
    pub program: BlockProgram,
    /// The layers the program reads, in its order.
    pub inputs: Vec<LayerId>,
    /// For each output of the program, quanta in one coherent unit of the rate.
    pub per_quantum: Vec<f64>,
    /// For each output and class label, whether the rate concerns the class.
    pub scope: Vec<Vec<bool>>,
}

/// The rates of all laws of a run.
pub struct ExpressionMeasures<'a> {
    /// The laws; measures are their outputs, law by law.
    pub laws: &'a [LawRates],
    /// The layers.
    pub graph: &'a LayerGraph,
    /// The reference grid.
    pub grid: &'a GridSpec,
    /// Position of a class code among the class labels.
    pub label_of: &'a (dyn Fn(i64) -> Option<u16> + Sync),
}

impl<'a> CellMeasures for ExpressionMeasures<'a> {
    type Worker = ExpressionWorker<'a>;

    fn count(&self) -> usize {
        self.laws.iter().map(|law| law.per_quantum.len()).sum()
    }

    fn worker(&self) -> Result<ExpressionWorker<'a>, Findings> {
        Ok(ExpressionWorker {
            laws: self.laws,
            grid: self.grid,
            label_of: self.label_of,
            reader: self.graph.reader(),
            scratch: BlockScratch::new(),
            labels: Vec::new(),
            cells: Vec::new(),
            window: None,
        })
    }
}

/// One thread's evaluation.
pub struct ExpressionWorker<'a> {
    laws: &'a [LawRates],
    grid: &'a GridSpec,
    label_of: &'a (dyn Fn(i64) -> Option<u16> + Sync),
    reader: GraphReader<'a>,
    scratch: BlockScratch,
    /// Label position of each class index met so far.
    labels: Vec<u16>,
    /// Label position of each cell of the window.
    cells: Vec<u16>,
    /// The window whose layers the reader remembers.
    window: Option<Window>,
}

impl MeasureWorker for ExpressionWorker<'_> {
    fn evaluate(
        &mut self,
        window: Window,
        classes: &ClassBlock,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        // The same window comes again for another class: its layers are still right.
        if self.window != Some(window) {
            self.reader.forget();
            self.window = Some(window);
        }
        for &code in &classes.codes[self.labels.len()..] {
            self.labels.push((self.label_of)(code).unwrap_or(u16::MAX));
        }
        self.cells.clear();
        self.cells.extend(classes.index.iter().map(|&index| {
            self.labels
                .get(usize::from(index))
                .copied()
                .unwrap_or(u16::MAX)
        }));
        let mut rest = out;
        for law in self.laws {
            let (own, later) = rest.split_at_mut(law.per_quantum.len());
            self.law(law, window, own)?;
            rest = later;
        }
        Ok(())
    }
}

impl ExpressionWorker<'_> {
    fn law(
        &mut self,
        law: &LawRates,
        window: Window,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        let mut layers = Vec::with_capacity(law.inputs.len());
        for &input in &law.inputs {
            layers.push(self.reader.read(
                input,
                Frame {
                    grid: self.grid,
                    system: 0,
                },
                window,
            )?);
        }
        let blocks: Vec<LayerBlock<'_>> = layers
            .iter()
            .map(|layer| LayerBlock {
                values: &layer.values,
                valid: &layer.valid,
            })
            .collect();
        let input = BlockInput {
            cells: window.cells(),
            classes: &self.cells,
            layers: &blocks,
        };
        law.program
            .run(&input, &mut self.scratch)
            .map_err(|error| {
                Findings::from(error.finding.arg_layer(&law.name, error.cell, window))
            })?;
        for (output, block) in out.iter_mut().enumerate() {
            self.output(law, output, window, block)?;
        }
        Ok(())
    }

    fn output(
        &self,
        law: &LawRates,
        output: usize,
        window: Window,
        block: &mut MeasureBlock,
    ) -> Result<(), Findings> {
        let (values, valid) = (self.scratch.values(output), self.scratch.valid(output));
        // One more place than labels: a cell without a class concerns no rate.
        let mut scope = law.scope[output].clone();
        scope.push(false);
        let last = scope.len() - 1;
        block.states.clear();
        block
            .states
            .extend(valid.iter().zip(&self.cells).map(|(&valid, &label)| {
                match (scope[usize::from(label).min(last)], valid) {
                    (false, _) => State::OutOfScope,
                    (true, false) => State::Missing,
                    (true, true) => State::Valid,
                }
            }));
        block
            .quantise(values, law.per_quantum[output])
            .map_err(|cell| too_large(law, cell, window, values[cell]))
    }
}

fn too_large(law: &LawRates, cell: usize, window: Window, value: f64) -> Findings {
    Finding::error("rate-too-large")
        .arg("name", &law.name)
        .arg("value", value)
        .arg_layer(&law.name, cell, window)
        .into()
}
