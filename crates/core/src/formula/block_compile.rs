//! From a checked cell expression to instructions.

use std::collections::HashMap;

use crate::diagnostic::{Finding, Findings};
use crate::quantity::{Rational, Unit, to_f64};

use super::ast::{Function, Operator, Reduction};
use super::block_days::Day;
use super::block_registers::assign_registers;
use super::blocks::{
    Binary, BlockOutput, BlockProgram, BlockTarget, Instruction, LayerSlot, Source, Table, Unary,
};
use super::domain::Axis;
use super::program::{NodeId, Operation, Program};
use super::rows::{Evaluator, Position};
use super::values::{Rows, Value};

impl BlockProgram {
    /// Compiles the targets into one program; what they share is computed once.
    ///
    /// `rows` gives the labels and every name that does not vary by cell.
    /// Everything without cells is computed here, exactly, for each class.
    ///
    /// # Errors
    ///
    /// A target that has no cells or varies by zone; values that were not given.
    pub fn compile(
        program: &Program,
        rows: &Rows,
        targets: &[BlockTarget],
    ) -> Result<Self, Findings> {
        let evaluator = Evaluator::new(program, rows)?;
        let mut compiler = Compiler {
            program,
            evaluator,
            layers: Vec::new(),
            tables: Vec::new(),
            instructions: Vec::new(),
            registers: 0,
            masks: 0,
            most_masks: 0,
            known: HashMap::new(),
            day: None,
        };
        let mut outputs = Vec::new();
        for (target, which) in targets.iter().enumerate() {
            compiler.target(target, which, &mut outputs)?;
        }
        let (instructions, registers) = assign_registers(compiler.instructions);
        Ok(Self {
            layers: compiler.layers,
            outputs,
            tables: compiler.tables,
            instructions,
            registers,
            masks: compiler.masks.max(compiler.most_masks),
        })
    }
}

pub(super) struct Compiler<'a> {
    pub(super) program: &'a Program,
    pub(super) evaluator: Evaluator<'a>,
    layers: Vec<LayerSlot>,
    tables: Vec<Table>,
    pub(super) instructions: Vec<(Instruction, Finding)>,
    /// Registers are numbered as if there were no end of them.
    registers: usize,
    pub(super) masks: usize,
    /// The most masks any day needed.
    pub(super) most_masks: usize,
    /// What was computed, at which months and items, for which cells.
    pub(super) known: HashMap<(NodeId, Position, Option<usize>), Source>,
    /// The day being written out, inside a reduction over days.
    pub(super) day: Option<Day>,
}

pub(super) type Compiled = Result<Source, Finding>;

impl Compiler<'_> {
    fn target(
        &mut self,
        target: usize,
        which: &BlockTarget,
        outputs: &mut Vec<BlockOutput>,
    ) -> Result<(), Findings> {
        let root = self.program.target(which)?;
        let node = self.program.node(root);
        let own = node.domain.without(&Axis::Cell).without(&Axis::Class);
        for mut position in self.evaluator.places(&own) {
            let from = self.node(root, &mut position, None)?;
            let finding = Finding::error("formula-cell-domain-error").arg("operation", "=");
            let output = outputs.len();
            self.instructions
                .push((Instruction::Store { output, from }, finding));
            outputs.push(BlockOutput {
                target,
                at: self.labels(own.axes(), &position),
                unit: Unit::coherent(&node.dimension),
                applies: self.applies(root, &mut position),
            });
        }
        Ok(())
    }

    fn labels<'d>(
        &self,
        axes: impl Iterator<Item = &'d Axis>,
        position: &Position,
    ) -> Vec<(Axis, String)> {
        axes.map(|axis| {
            let place = position[self.evaluator.axis_number(axis)];
            let label = self.evaluator.rows.labels.of(axis)[place].clone();
            (axis.clone(), label)
        })
        .collect()
    }

    pub(super) fn emit(
        &mut self,
        id: NodeId,
        sign: &str,
        instruction: impl FnOnce(usize) -> Instruction,
    ) -> Source {
        let to = self.registers;
        self.registers += 1;
        let finding = Finding::error("formula-cell-domain-error").arg("operation", sign);
        let finding = self.evaluator.located(finding, id);
        self.instructions.push((instruction(to), finding));
        Source::Register(to)
    }

    /// Returns the register of an operand, filling one for a constant.
    pub(super) fn register(&mut self, id: NodeId, source: Source) -> usize {
        match source {
            Source::Register(at) => at,
            Source::Constant(value) => {
                let table = self.table(false, vec![Ok(Value::Exact(Rational::default()))]);
                self.tables[table].values = vec![value];
                let active = None;
                match self.emit(id, "=", |to| Instruction::Gather { to, table, active }) {
                    Source::Register(at) => at,
                    Source::Constant(_) => unreachable!("`emit` gives registers"),
                }
            }
        }
    }

    pub(super) fn node(
        &mut self,
        id: NodeId,
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        let active = self.hoisted(id, active);
        let node = self.program.node(id);
        let own = self.evaluator.axes.iter().zip(at.iter());
        let place: Position = own
            .map(|(axis, &place)| if node.domain.has(axis) { place } else { 0 })
            .collect();
        // What was computed for all cells serves those of a branch as well.
        for mask in [None, active] {
            if let Some(source) = self.known.get(&(id, place.clone(), mask)) {
                return Ok(*source);
            }
        }
        let source = if node.domain.has(&Axis::Cell) {
            self.cells(id, at, active)?
        } else {
            self.folded(id, at, active)?
        };
        self.known.insert((id, place, active), source);
        Ok(source)
    }

    /// Computes a node without cells exactly: a constant, or a table by class.
    fn folded(&mut self, id: NodeId, at: &mut Position, active: Option<usize>) -> Compiled {
        let by_class = self.program.node(id).domain.has(&Axis::Class);
        let year = self.evaluator.current;
        let mut entries = Vec::new();
        if by_class {
            let number = self.evaluator.axis_number(&Axis::Class);
            for class in 0..self.evaluator.rows.labels.of(&Axis::Class).len() {
                at[number] = class;
                entries.push(self.evaluator.value(id, at, year));
            }
            at[number] = 0;
            entries.push(Ok(Value::Missing));
        } else {
            entries.push(self.evaluator.value(id, at, year));
        }
        // What was not given is our caller's mistake; what cannot be computed is
        // one only if a cell needs it.
        let lazy = ["formula-division-by-zero", "formula-outside-domain"];
        for entry in &entries {
            if let Err(finding) = entry
                && !lazy.contains(&finding.code)
            {
                return Err(finding.clone());
            }
        }
        if let [Ok(Value::Exact(number))] = entries.as_slice() {
            return Ok(Source::Constant(to_f64(number)));
        }
        let table = self.table(by_class, entries);
        Ok(self.emit(id, "=", |to| Instruction::Gather { to, table, active }))
    }

    pub(super) fn table(&mut self, by_class: bool, entries: Vec<Result<Value, Finding>>) -> usize {
        let number = |entry: &Result<Value, Finding>| match entry {
            Ok(Value::Exact(number)) => Some(to_f64(number)),
            _ => None,
        };
        self.tables.push(Table {
            by_class,
            values: entries
                .iter()
                .map(|one| number(one).unwrap_or(1.0))
                .collect(),
            valid: entries.iter().map(|one| number(one).is_some()).collect(),
            faults: entries.into_iter().map(Result::err).collect(),
        });
        self.tables.len() - 1
    }

    fn cells(&mut self, id: NodeId, at: &mut Position, active: Option<usize>) -> Compiled {
        match &self.program.node(id).operation {
            Operation::Name(name) => Ok(self.layer(id, name, at)),
            Operation::Statement(statement) => {
                self.node(self.program.statements[*statement].root, at, active)
            }
            Operation::Negative(inner) => self.unary(id, Unary::Negative, *inner, at, active),
            Operation::Strip(inner, unit) => {
                let strip = Unary::Strip(unit.offset_f64(), unit.scale_f64());
                self.unary(id, strip, *inner, at, active)
            }
            Operation::Binary(operator, left, right) => {
                self.binary(id, *operator, *left, *right, at, active)
            }
            Operation::Call(function, operands) => self.call(id, *function, operands, at, active),
            Operation::If(parts) => self.conditional(id, *parts, at, active),
            Operation::Reduce(reduction, inner, axis) => {
                self.reduce(id, *reduction, *inner, axis, at, active)
            }
            _ => unreachable!("the checker keeps row operations away from cells"),
        }
    }

    fn layer(&mut self, id: NodeId, name: &str, at: &Position) -> Source {
        let declaration = &self.program.declarations[name];
        let own = declaration.domain.without(&Axis::Cell).without(&Axis::Year);
        let slot = LayerSlot {
            name: name.to_owned(),
            at: self.labels(own.without(&Axis::Class).axes(), at),
            unit: declaration.unit.clone(),
        };
        let layer = match self.layers.iter().position(|known| *known == slot) {
            Some(layer) => layer,
            None => {
                self.layers.push(slot);
                self.layers.len() - 1
            }
        };
        // The same layer may be read by several nodes: load it once. A day is
        // forgotten when the next one begins and read again by later reductions.
        let first = match own.has(&Axis::Day) {
            true => self.day.as_ref().map_or(0, |day| day.first_instruction),
            false => 0,
        };
        let loaded = self.instructions[first..]
            .iter()
            .find_map(|(one, _)| match one {
                Instruction::Load { to, layer: own } if *own == layer => Some(*to),
                _ => None,
            });
        match loaded {
            Some(to) => Source::Register(to),
            None => self.emit(id, name, |to| Instruction::Load { to, layer }),
        }
    }

    fn unary(
        &mut self,
        id: NodeId,
        operation: Unary,
        inner: NodeId,
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        let source = self.node(inner, at, active)?;
        let from = self.register(id, source);
        let sign = match operation {
            Unary::Negative => "-",
            Unary::Exp => "exp",
            Unary::Ln => "ln",
            Unary::Sqrt => "sqrt",
            Unary::WholePower(_) => "^",
            Unary::Strip(..) => "in",
        };
        Ok(self.emit(id, sign, |to| Instruction::Unary {
            to,
            operation,
            from,
            active,
        }))
    }

    fn pair(
        &mut self,
        id: NodeId,
        operation: Binary,
        sign: &str,
        left: Source,
        right: Source,
        active: Option<usize>,
    ) -> Source {
        self.emit(id, sign, |to| Instruction::Binary {
            to,
            operation,
            left,
            right,
            active,
        })
    }

    fn binary(
        &mut self,
        id: NodeId,
        operator: Operator,
        left: NodeId,
        right: NodeId,
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        if operator == Operator::Power
            && let Some(exponent) = self.whole_exponent(right)
        {
            return self.unary(id, Unary::WholePower(exponent), left, at, active);
        }
        let a = self.node(left, at, active)?;
        let b = self.node(right, at, active)?;
        let operation = match operator {
            Operator::Add => Binary::Add,
            Operator::Subtract => Binary::Subtract,
            Operator::Multiply => Binary::Multiply,
            Operator::Divide => Binary::Divide,
            Operator::Power => Binary::Power,
            Operator::Less => Binary::Less,
            Operator::LessOrEqual => Binary::LessOrEqual,
            Operator::Greater => Binary::Greater,
            Operator::GreaterOrEqual => Binary::GreaterOrEqual,
            Operator::Equal => Binary::Equal,
            Operator::NotEqual => Binary::NotEqual,
        };
        Ok(self.pair(id, operation, operator.sign(), a, b, active))
    }

    /// Returns the exponent if it is written as a whole number.
    fn whole_exponent(&self, id: NodeId) -> Option<i32> {
        match &self.program.node(id).operation {
            Operation::Number(number, _) if number.is_integer() => {
                num_traits::ToPrimitive::to_i32(number)
            }
            Operation::Negative(inner) => self.whole_exponent(*inner)?.checked_neg(),
            _ => None,
        }
    }

    fn call(
        &mut self,
        id: NodeId,
        function: Function,
        operands: &[NodeId],
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        let single = match function {
            Function::Exp => Some(Unary::Exp),
            Function::Ln => Some(Unary::Ln),
            Function::Sqrt => Some(Unary::Sqrt),
            _ => None,
        };
        if let Some(operation) = single {
            return self.unary(id, operation, operands[0], at, active);
        }
        let mut sources = Vec::with_capacity(operands.len());
        for operand in operands {
            sources.push(self.node(*operand, at, active)?);
        }
        if function == Function::Clamp {
            let below = self.pair(id, Binary::Min, "clamp", sources[0], sources[2], active);
            return Ok(self.pair(id, Binary::Max, "clamp", below, sources[1], active));
        }
        let operation = if function == Function::Min {
            Binary::Min
        } else {
            Binary::Max
        };
        let mut result = sources[0];
        for other in &sources[1..] {
            result = self.pair(id, operation, function.name(), result, *other, active);
        }
        Ok(result)
    }

    fn conditional(
        &mut self,
        id: NodeId,
        [condition, then, otherwise]: [NodeId; 3],
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        let condition = self.node(condition, at, active)?;
        let condition = self.register(id, condition);
        let mut branches = [Source::Constant(0.0); 2];
        for (branch, (node, wanted)) in branches.iter_mut().zip([(then, true), (otherwise, false)])
        {
            let to = self.masks;
            self.masks += 1;
            let mask = Instruction::Mask {
                to,
                condition,
                wanted,
                parent: active,
            };
            let finding = Finding::error("formula-cell-domain-error").arg("operation", "if");
            self.instructions.push((mask, finding));
            *branch = self.node(node, at, Some(to))?;
        }
        let [then, otherwise] = branches;
        Ok(self.emit(id, "if", |to| Instruction::Select {
            to,
            condition,
            then,
            otherwise,
        }))
    }

    /// Writes a reduction out, month by month or item by item, in their order.
    fn reduce(
        &mut self,
        id: NodeId,
        reduction: Reduction,
        inner: NodeId,
        axis: &Axis,
        at: &mut Position,
        active: Option<usize>,
    ) -> Compiled {
        let number = self.evaluator.axis_number(axis);
        let labels = self.evaluator.rows.labels.of(axis).len();
        let own = at[number];
        let mut result: Option<Source> = None;
        let mut count = 0;
        let outer = self.day.take();
        for place in 0..labels {
            at[number] = place;
            self.begin_term(axis, active, outer.as_ref());
            let applies = self.applies(inner, at);
            // Passed over, as in rows.
            if !applies.contains(&true) {
                continue;
            }
            let mut next = self.node(inner, at, active)?;
            if applies.contains(&false) && !self.applies_nowhere_else(inner, axis, at) {
                next = self.zero_outside(id, reduction, next, applies)?;
            }
            count += 1;
            let operation = match reduction {
                Reduction::Sum | Reduction::Mean => Binary::Add,
                Reduction::Min => Binary::Min,
                Reduction::Max => Binary::Max,
            };
            result = Some(match result {
                None => next,
                Some(before) => self.pair(id, operation, reduction.name(), before, next, active),
            });
        }
        at[number] = own;
        self.end_terms(axis, outer);
        let Some(result) = result else {
            let nothing = if labels == 0 && reduction == Reduction::Sum {
                Value::Exact(Rational::default())
            } else {
                Value::NotApplicable
            };
            let table = self.table(false, vec![Ok(nothing)]);
            return Ok(self.emit(id, "=", |to| Instruction::Gather { to, table, active }));
        };
        if reduction == Reduction::Mean {
            let count = Source::Constant(f64::from(count));
            return Ok(self.pair(id, Binary::Divide, "mean", result, count, active));
        }
        Ok(result)
    }
}
