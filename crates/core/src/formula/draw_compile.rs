//! Compiles rows into steps on vectors of draws.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use num_traits::Zero;

use super::ast::{Function, Operator, Reduction};
use super::domain::Axis;
use super::draws::{
    DrawOutput, DrawProgram, DrawnNames, DrawnNumber, One, Operand, Step, Two, zones_first,
};
use super::program::{NodeId, Operation, Program};
use super::rows::{Evaluator, Position, Year, spreading};
use super::values::{Rows, Value};
use crate::diagnostic::{Finding, Findings};
use crate::quantity::{Rational, to_f64};

/// A value at a place: the same in every draw, or not.
#[derive(Clone, Debug)]
enum Lane {
    Same(Value),
    Varies(Operand),
}

type Key = (NodeId, Year, Position);

struct Compiler<'a> {
    evaluator: Evaluator<'a>,
    program: &'a Program,
    drawn: &'a DrawnNames,
    /// By node, whether a drawn parameter reaches it.
    reached: Vec<bool>,
    steps: Vec<Step>,
    /// The drawn parameters each register depends on.
    registers: Vec<Rc<BTreeSet<usize>>>,
    statements: HashMap<(usize, Year, Position), Lane>,
    kept: HashMap<Key, Lane>,
    shares: HashMap<Key, Vec<Lane>>,
}

pub(super) fn compile(
    program: &Program,
    rows: &Rows,
    drawn: &DrawnNames,
    statements: &[&str],
) -> Result<DrawProgram, Findings> {
    let mut compiler = Compiler {
        evaluator: Evaluator::new(program, rows)?,
        program,
        drawn,
        reached: reached(program, drawn),
        steps: Vec::new(),
        registers: Vec::new(),
        statements: HashMap::new(),
        kept: HashMap::new(),
        shares: HashMap::new(),
    };
    let outputs = compiler.outputs(statements)?;
    let (steps, registers) = reuse(compiler.steps, compiler.registers.len());
    Ok(DrawProgram {
        outputs,
        steps,
        registers,
    })
}

/// Finds the nodes that a drawn parameter reaches.
fn reached(program: &Program, drawn: &DrawnNames) -> Vec<bool> {
    fn reaches(
        program: &Program,
        drawn: &DrawnNames,
        id: NodeId,
        known: &mut Vec<Option<bool>>,
    ) -> bool {
        if let Some(known) = known[id.0] {
            return known;
        }
        let is_drawn = |name: &String| {
            let entries = drawn.get(name);
            entries.is_some_and(|entries| entries.iter().any(Option::is_some))
        };
        let operation = &program.node(id).operation;
        let mut found = match operation {
            Operation::Name(name) => is_drawn(name),
            Operation::Statement(at) => {
                reaches(program, drawn, program.statements[*at].root, known)
            }
            Operation::ToZone { overlap: name, .. } | Operation::Step(_, name) => is_drawn(name),
            _ => false,
        };
        for operand in operation.operands() {
            found |= reaches(program, drawn, operand, known);
        }
        known[id.0] = Some(found);
        found
    }
    let mut known = vec![None; program.nodes.len()];
    let all = (0..program.nodes.len()).map(NodeId);
    all.map(|id| reaches(program, drawn, id, &mut known))
        .collect()
}

impl Compiler<'_> {
    fn outputs(&mut self, statements: &[&str]) -> Result<Vec<DrawOutput>, Findings> {
        let axes = self.evaluator.axes.iter();
        let zone = axes.clone().position(|axis| *axis == Axis::Zone);
        let mut wanted: Vec<(usize, usize, usize, Position)> = Vec::new();
        for (order, name) in statements.iter().enumerate() {
            let all = self.program.statements.iter();
            let Some(at) = all.clone().position(|one| one.name == *name) else {
                continue;
            };
            let domain = &self.program.statements[at].domain;
            for (place, position) in zones_first(domain, self.evaluator.places(domain), zone) {
                wanted.push((order, at, place, position));
            }
        }
        if let Some(zone) = zone {
            wanted.sort_by_key(|(order, _, place, position)| (position[zone], *order, *place));
        }
        let mut outputs = Vec::new();
        for (_, at, _, mut position) in wanted {
            let year = self.evaluator.current;
            let number = match self.statement(at, &mut position, year)? {
                Lane::Same(value) => DrawnNumber::Same(value),
                Lane::Varies(from) => {
                    let (offset, step) = self.rounding(at);
                    self.steps.push(Step::Store {
                        output: outputs.len(),
                        from,
                        offset,
                        step,
                    });
                    DrawnNumber::Varies(self.reads(from).iter().copied().collect())
                }
            };
            outputs.push(DrawOutput {
                statement: self.program.statements[at].name.clone(),
                labels: self.labels(at, &position),
                number,
            });
        }
        Ok(outputs)
    }

    fn labels(&self, at: usize, place: &Position) -> Vec<String> {
        let axes = self.program.statements[at].domain.axes();
        let label = |axis: &Axis| {
            let own = place[self.evaluator.axis_number(axis)];
            self.evaluator.rows.labels.of(axis)[own].clone()
        };
        axes.map(label).collect()
    }

    /// The offset of a statement's unit and its quantum, coherent.
    fn rounding(&self, at: usize) -> (f64, f64) {
        let checked = &self.program.statements[at];
        let one = Rational::from_integer(1.into());
        let quantum = checked.quantum.as_ref().unwrap_or(&one);
        let step = to_f64(&(quantum * checked.unit.scale()));
        (checked.unit.offset_f64(), step)
    }

    fn reads(&self, operand: Operand) -> Rc<BTreeSet<usize>> {
        match operand {
            Operand::Constant(_) => Rc::default(),
            Operand::Input(at) => Rc::new(BTreeSet::from([at])),
            Operand::Register(at) => Rc::clone(&self.registers[at]),
        }
    }

    /// A new register that depends on what the operands depend on.
    fn register(&mut self, operands: &[Operand]) -> usize {
        let sets: Vec<_> = operands.iter().map(|one| self.reads(*one)).collect();
        let largest = sets.iter().max_by_key(|set| set.len());
        let joint = match largest {
            Some(largest) if sets.iter().all(|set| set.is_subset(largest)) => Rc::clone(largest),
            _ => Rc::new(sets.iter().flat_map(|set| set.iter().copied()).collect()),
        };
        self.registers.push(joint);
        self.registers.len() - 1
    }

    fn two(&mut self, operation: Two, left: Operand, right: Operand) -> Operand {
        let to = self.register(&[left, right]);
        self.steps.push(Step::Two {
            to,
            operation,
            left,
            right,
        });
        Operand::Register(to)
    }

    fn one(&mut self, operation: One, from: Operand) -> Operand {
        let to = self.register(&[from]);
        self.steps.push(Step::One {
            to,
            operation,
            from,
        });
        Operand::Register(to)
    }

    fn key(&self, id: NodeId, at: &Position, year: Year) -> Key {
        let domain = &self.program.node(id).domain;
        let own = self.evaluator.axes.iter().zip(at);
        let position = own.map(|(axis, &place)| if domain.has(axis) { place } else { 0 });
        (id, year, position.collect())
    }

    fn statement(&mut self, at: usize, place: &mut Position, year: Year) -> Result<Lane, Finding> {
        let root = self.program.statements[at].root;
        let (_, _, position) = self.key(root, place, year);
        let key = (at, year, position);
        if let Some(lane) = self.statements.get(&key) {
            return Ok(lane.clone());
        }
        let lane = if self.reached[root.0] {
            let rounded = self.program.statements[at].quantum.is_some();
            match self.lane(root, place, year)? {
                Lane::Varies(from) if rounded => {
                    let (offset, step) = self.rounding(at);
                    let to = self.register(&[from]);
                    self.steps.push(Step::Round {
                        to,
                        from,
                        offset,
                        step,
                    });
                    Lane::Varies(Operand::Register(to))
                }
                // Where nothing drawn arrives the exact account says how it is rounded.
                Lane::Same(_) => Lane::Same(self.exact_statement(at, place, year)?),
                lane => lane,
            }
        } else {
            Lane::Same(self.exact_statement(at, place, year)?)
        };
        self.statements.insert(key, lane.clone());
        Ok(lane)
    }

    fn exact_statement(&self, at: usize, place: &Position, year: Year) -> Result<Value, Finding> {
        self.evaluator.read_statement(at, place, year)
    }

    fn lane(&mut self, id: NodeId, at: &mut Position, year: Year) -> Result<Lane, Finding> {
        if !self.reached[id.0] {
            return Ok(Lane::Same(self.evaluator.value(id, at, year)?));
        }
        let program = self.program;
        match &program.node(id).operation {
            Operation::Name(name) => self.name(id, name, at, year),
            Operation::Statement(statement) => self.statement(*statement, at, year),
            Operation::Negative(inner) => {
                let inner = self.lane(*inner, at, year)?;
                Ok(self.map(inner, |own, from| own.one(One::Negative, from), |x| -x))
            }
            Operation::Strip(inner, unit) => {
                let inner = self.lane(*inner, at, year)?;
                let (offset, scale) = (unit.offset_f64(), unit.scale_f64());
                let strip = |own: &mut Self, from| {
                    let moved = own.two(Two::Subtract, from, Operand::Constant(offset));
                    own.two(Two::Divide, moved, Operand::Constant(scale))
                };
                Ok(self.map(inner, strip, |x| unit.from_coherent(x)))
            }
            Operation::Binary(operator, left, right) => {
                let lanes = [self.lane(*left, at, year)?, self.lane(*right, at, year)?];
                if lanes.iter().all(|lane| matches!(lane, Lane::Same(_))) {
                    return Ok(Lane::Same(self.evaluator.value(id, at, year)?));
                }
                Ok(match operands(&lanes) {
                    Err(state) => Lane::Same(state),
                    Ok(both) => Lane::Varies(self.two(sign(*operator), both[0], both[1])),
                })
            }
            Operation::If(parts) => self.branch(id, *parts, at, year),
            Operation::Call(function, inner) => self.call(id, *function, inner, at, year),
            Operation::Reduce(reduction, inner, axis) => {
                let key = self.key(id, at, year);
                if let Some(lane) = self.kept.get(&key) {
                    return Ok(lane.clone());
                }
                let lane = self.reduce(*reduction, *inner, axis, at, year)?;
                self.kept.insert(key, lane.clone());
                Ok(lane)
            }
            Operation::Apportion { .. } => self.apportion(id, at, year),
            _ => Err(self.not_drawn(id)),
        }
    }

    fn not_drawn(&self, id: NodeId) -> Finding {
        self.evaluator
            .located(Finding::error("formula-not-drawn"), id)
    }

    /// Applies an operation on one operand; a state stays what it is.
    fn map(
        &mut self,
        lane: Lane,
        varies: impl Fn(&mut Self, Operand) -> Operand,
        same: impl Fn(&Rational) -> Rational,
    ) -> Lane {
        match lane {
            Lane::Varies(from) => Lane::Varies(varies(self, from)),
            Lane::Same(Value::Exact(number)) => Lane::Same(Value::Exact(same(&number))),
            state => state,
        }
    }

    fn name(&self, id: NodeId, name: &str, at: &mut Position, year: Year) -> Result<Lane, Finding> {
        let domain = &self.program.declarations[name].domain;
        if domain.has(&Axis::Year) {
            return Err(self.not_drawn(id));
        }
        let mut index = 0;
        for axis in domain.axes() {
            let length = self.evaluator.rows.labels.of(axis).len();
            index = index * length + at[self.evaluator.axis_number(axis)];
        }
        let entry = self.drawn.get(name).and_then(|entries| entries.get(index));
        Ok(match entry.copied().flatten() {
            Some(input) => Lane::Varies(Operand::Input(input)),
            None => Lane::Same(self.evaluator.value(id, at, year)?),
        })
    }

    fn branch(
        &mut self,
        id: NodeId,
        [condition, then, otherwise]: [NodeId; 3],
        at: &mut Position,
        year: Year,
    ) -> Result<Lane, Finding> {
        let condition = match self.lane(condition, at, year)? {
            Lane::Same(Value::Exact(truth)) if truth.is_zero() => {
                return self.lane(otherwise, at, year);
            }
            Lane::Same(Value::Exact(_)) => return self.lane(then, at, year),
            Lane::Same(state) => return Ok(Lane::Same(state)),
            Lane::Varies(condition) => condition,
        };
        let lanes = [self.lane(then, at, year)?, self.lane(otherwise, at, year)?];
        let Ok(both) = operands(&lanes) else {
            // One branch has a number and the other has none: no interval is told.
            return match lanes {
                [Lane::Same(one), Lane::Same(other)] if one == other => Ok(Lane::Same(one)),
                _ => Err(self.not_drawn(id)),
            };
        };
        let to = self.register(&[condition, both[0], both[1]]);
        self.steps.push(Step::Select {
            to,
            condition,
            then: both[0],
            otherwise: both[1],
        });
        Ok(Lane::Varies(Operand::Register(to)))
    }

    fn call(
        &mut self,
        id: NodeId,
        function: Function,
        inner: &[NodeId],
        at: &mut Position,
        year: Year,
    ) -> Result<Lane, Finding> {
        let mut lanes = Vec::with_capacity(inner.len());
        for one in inner {
            lanes.push(self.lane(*one, at, year)?);
        }
        if lanes.iter().all(|lane| matches!(lane, Lane::Same(_))) {
            return Ok(Lane::Same(self.evaluator.value(id, at, year)?));
        }
        let operands = match operands(&lanes) {
            Err(state) => return Ok(Lane::Same(state)),
            Ok(operands) => operands,
        };
        let chain = |own: &mut Self, operation: Two| {
            let rest = operands[1..].iter();
            rest.fold(operands[0], |so_far, one| own.two(operation, so_far, *one))
        };
        Ok(Lane::Varies(match function {
            Function::Min => chain(self, Two::Min),
            Function::Max => chain(self, Two::Max),
            Function::Clamp => {
                let below = self.two(Two::Min, operands[0], operands[2]);
                self.two(Two::Max, below, operands[1])
            }
            Function::Exp => self.one(One::Exp, operands[0]),
            Function::Ln => self.one(One::Ln, operands[0]),
            Function::Sqrt => self.one(One::Sqrt, operands[0]),
        }))
    }

    fn reduce(
        &mut self,
        reduction: Reduction,
        inner: NodeId,
        axis: &Axis,
        at: &mut Position,
        year: Year,
    ) -> Result<Lane, Finding> {
        let number = self.evaluator.axis_number(axis);
        let own = at[number];
        let mut lanes = Vec::new();
        for place in 0..self.evaluator.rows.labels.of(axis).len() {
            at[number] = place;
            let dated = *axis == Axis::Year;
            let lane = self.lane(inner, at, if dated { Some(place) } else { year });
            if lane.is_err() {
                at[number] = own;
            }
            lanes.push(lane?);
        }
        at[number] = own;
        if lanes
            .iter()
            .any(|lane| matches!(lane, Lane::Same(Value::Missing)))
        {
            return Ok(Lane::Same(Value::Missing));
        }
        let (mut exact, mut drawn) = (Vec::new(), Vec::new());
        for lane in lanes {
            match lane {
                Lane::Same(Value::Exact(number)) => exact.push(number),
                Lane::Same(_) => {}
                Lane::Varies(operand) => drawn.push(operand),
            }
        }
        let count = exact.len() + drawn.len();
        let (operation, joint) = match reduction {
            Reduction::Sum | Reduction::Mean => {
                let sum = (!exact.is_empty()).then(|| exact.iter().sum::<Rational>());
                (Two::Add, sum)
            }
            Reduction::Min => (Two::Min, exact.into_iter().min()),
            Reduction::Max => (Two::Max, exact.into_iter().max()),
        };
        let Some(first) = drawn.first().copied() else {
            let mean = |sum: Rational| match reduction {
                Reduction::Mean => sum / Rational::from_integer(count.into()),
                _ => sum,
            };
            let value = joint.map_or(Value::NotApplicable, |sum| Value::Exact(mean(sum)));
            return Ok(Lane::Same(value));
        };
        let mut result = first;
        for one in &drawn[1..] {
            result = self.two(operation, result, *one);
        }
        if let Some(joint) = joint {
            result = self.two(operation, result, Operand::Constant(to_f64(&joint)));
        }
        if reduction == Reduction::Mean {
            let count = Operand::Constant(count as f64);
            result = self.two(Two::Divide, result, count);
        }
        Ok(Lane::Varies(result))
    }

    fn apportion(&mut self, id: NodeId, at: &mut Position, year: Year) -> Result<Lane, Finding> {
        let program = self.program;
        let Operation::Apportion {
            amount,
            weight,
            axis,
            quantum,
        } = &program.node(id).operation
        else {
            return Err(self.not_drawn(id));
        };
        let number = self.evaluator.axis_number(axis);
        let own = at[number];
        at[number] = 0;
        let key = self.key(id, at, year);
        if let Some(shares) = self.shares.get(&key) {
            at[number] = own;
            return Ok(shares[own].clone());
        }
        let mut weights = Vec::new();
        for place in 0..self.evaluator.rows.labels.of(axis).len() {
            at[number] = place;
            weights.push(self.lane(*weight, at, year)?);
        }
        at[number] = own;
        let amount = self.lane(*amount, at, year)?;
        let shares = self.shared(amount, &weights, to_f64(quantum));
        let lane = shares[own].clone();
        self.shares.insert(key, shares);
        Ok(lane)
    }

    /// Shares that vary; weights that do not apply take no part.
    fn shared(&mut self, amount: Lane, weights: &[Lane], quantum: f64) -> Vec<Lane> {
        let missing = |lane: &Lane| matches!(lane, Lane::Same(Value::Missing));
        let none = |lane: &Lane| matches!(lane, Lane::Same(Value::NotApplicable));
        let state = match &amount {
            Lane::Same(Value::NotApplicable) => Some(Value::NotApplicable),
            Lane::Same(Value::Missing) => Some(Value::Missing),
            _ => weights.iter().any(missing).then_some(Value::Missing),
        };
        let operand = |lane: &Lane| match lane {
            Lane::Varies(operand) => *operand,
            Lane::Same(value) => Operand::Constant(value.number().map_or(f64::NAN, to_f64)),
        };
        if let Some(state) = state {
            let outside = |lane: &Lane| match none(lane) {
                true => Lane::Same(Value::NotApplicable),
                false => Lane::Same(state.clone()),
            };
            return weights.iter().map(outside).collect();
        }
        let own: Vec<Operand> = weights
            .iter()
            .filter(|lane| !none(lane))
            .map(operand)
            .collect();
        let amount = operand(&amount);
        let mut reads = own.clone();
        reads.push(amount);
        let to: Vec<usize> = own.iter().map(|_| self.register(&reads)).collect();
        self.steps.push(Step::Share {
            to: to.clone(),
            amount,
            weights: own,
            quantum,
        });
        let mut to = to.into_iter();
        let lane = |weight: &Lane| match none(weight) {
            true => Lane::Same(Value::NotApplicable),
            false => to.next().map_or(Lane::Same(Value::Missing), |to| {
                Lane::Varies(Operand::Register(to))
            }),
        };
        weights.iter().map(lane).collect()
    }
}

/// Operands of an operation, or the state that spreads from one without a number.
fn operands(lanes: &[Lane]) -> Result<Vec<Operand>, Value> {
    let mut state = Value::Exact(Rational::zero());
    let mut operands = Vec::with_capacity(lanes.len());
    for lane in lanes {
        match lane {
            Lane::Varies(operand) => operands.push(*operand),
            Lane::Same(value) => {
                state = spreading(&state, value).unwrap_or(state);
                operands.push(Operand::Constant(value.number().map_or(f64::NAN, to_f64)));
            }
        }
    }
    match state {
        Value::Exact(_) => Ok(operands),
        state => Err(state),
    }
}

fn sign(operator: Operator) -> Two {
    match operator {
        Operator::Add => Two::Add,
        Operator::Subtract => Two::Subtract,
        Operator::Multiply => Two::Multiply,
        Operator::Divide => Two::Divide,
        Operator::Power => Two::Power,
        Operator::Less => Two::Less,
        Operator::LessOrEqual => Two::LessOrEqual,
        Operator::Greater => Two::Greater,
        Operator::GreaterOrEqual => Two::GreaterOrEqual,
        Operator::Equal => Two::Equal,
        Operator::NotEqual => Two::NotEqual,
    }
}

/// Gives registers that are read no more to later steps; returns how many are needed.
fn reuse(mut steps: Vec<Step>, count: usize) -> (Vec<Step>, usize) {
    let mut last = vec![0; count];
    for (at, step) in steps.iter_mut().enumerate() {
        operands_of(step, &mut |operand| {
            if let Operand::Register(own) = operand {
                last[*own] = at;
            }
        });
    }
    let mut place: Vec<usize> = vec![usize::MAX; count];
    let mut free: Vec<usize> = Vec::new();
    let mut used = 0;
    for (at, step) in steps.iter_mut().enumerate() {
        let mut ended = Vec::new();
        operands_of(step, &mut |operand| {
            if let Operand::Register(own) = operand {
                if last[*own] == at {
                    ended.push(place[*own]);
                }
                *operand = Operand::Register(place[*own]);
            }
        });
        for to in targets_of(step) {
            let own = *to;
            place[own] = free.pop().unwrap_or_else(|| {
                used += 1;
                used - 1
            });
            *to = place[own];
            // A result nobody reads: shares of places that were not asked for.
            if last[own] == 0 {
                ended.push(*to);
            }
        }
        ended.sort_unstable();
        ended.dedup();
        free.extend(ended);
    }
    (steps, used)
}

fn operands_of(step: &mut Step, visit: &mut dyn FnMut(&mut Operand)) {
    match step {
        Step::One { from, .. } | Step::Round { from, .. } | Step::Store { from, .. } => visit(from),
        Step::Two { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Step::Select {
            condition,
            then,
            otherwise,
            ..
        } => {
            visit(condition);
            visit(then);
            visit(otherwise);
        }
        Step::Share {
            amount, weights, ..
        } => {
            visit(amount);
            weights.iter_mut().for_each(visit);
        }
    }
}

fn targets_of(step: &mut Step) -> Vec<&mut usize> {
    match step {
        Step::One { to, .. }
        | Step::Two { to, .. }
        | Step::Select { to, .. }
        | Step::Round { to, .. } => vec![to],
        Step::Share { to, .. } => to.iter_mut().collect(),
        Step::Store { .. } => Vec::new(),
    }
}
