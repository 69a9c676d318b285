//! For which classes a cell expression applies at all.

use crate::diagnostic::Finding;
use crate::quantity::Rational;

use super::ast::Reduction;
use super::block_compile::{Compiled, Compiler};
use super::blocks::{Instruction, Source};
use super::domain::Axis;
use super::program::{NodeId, Operation};
use super::rows::Position;
use super::values::Value;

impl Compiler<'_> {
    /// Returns for each class whether the node applies at the months and items of
    /// a position; one entry if there are no classes.
    pub(super) fn applies(&self, id: NodeId, at: &mut Position) -> Vec<bool> {
        let number = self
            .evaluator
            .axes
            .iter()
            .position(|axis| *axis == Axis::Class);
        let Some(number) = number else {
            return vec![self.applies_here(id, at)];
        };
        let classes = 0..self.evaluator.rows.labels.of(&Axis::Class).len();
        let mut applies = Vec::with_capacity(classes.len());
        for class in classes {
            at[number] = class;
            applies.push(self.applies_here(id, at));
        }
        at[number] = 0;
        applies
    }

    fn applies_here(&self, id: NodeId, at: &mut Position) -> bool {
        let node = self.program.node(id);
        if !node.domain.has(&Axis::Cell) {
            let value = self.evaluator.value(id, at, self.evaluator.current);
            return !matches!(value, Ok(Value::NotApplicable));
        }
        match &node.operation {
            Operation::Statement(statement) => {
                self.applies_here(self.program.statements[*statement].root, at)
            }
            Operation::If([condition, then, otherwise]) => {
                self.applies_here(*condition, at)
                    && (self.applies_here(*then, at) || self.applies_here(*otherwise, at))
            }
            Operation::Reduce(_, inner, axis) => {
                let number = self.evaluator.axis_number(axis);
                let own = at[number];
                let labels = self.evaluator.rows.labels.of(axis).len();
                let mut any = false;
                for place in 0..labels {
                    at[number] = place;
                    any |= self.applies_here(*inner, at);
                }
                at[number] = own;
                any
            }
            other => other
                .operands()
                .into_iter()
                .all(|one| self.applies_here(one, at)),
        }
    }

    /// Returns whether the classes for which a term of a reduction does not apply
    /// are those for which no term does, so that nothing needs to be passed over.
    pub(super) fn applies_nowhere_else(
        &self,
        inner: NodeId,
        axis: &Axis,
        at: &mut Position,
    ) -> bool {
        let number = self.evaluator.axis_number(axis);
        let own = at[number];
        let mine = self.applies(inner, at);
        let mut same = true;
        for place in 0..self.evaluator.rows.labels.of(axis).len() {
            at[number] = place;
            same &= self.applies(inner, at) == mine;
        }
        at[number] = own;
        same
    }

    /// Makes a term of a sum zero for the classes for which it does not apply.
    pub(super) fn zero_outside(
        &mut self,
        id: NodeId,
        reduction: Reduction,
        term: Source,
        applies: Vec<bool>,
    ) -> Compiled {
        if reduction != Reduction::Sum {
            let finding = Finding::error("formula-partly-not-applicable");
            let finding = finding.arg("operation", reduction.name());
            return Err(self.evaluator.located(finding, id));
        }
        let number = |applies: bool| Rational::from_integer(i32::from(applies).into());
        let mut entries: Vec<_> = applies
            .into_iter()
            .map(|one| Ok(Value::Exact(number(one))))
            .collect();
        entries.push(Ok(Value::Missing));
        let table = self.table(true, entries);
        let active = None;
        let condition = self.emit(id, "=", |to| Instruction::Gather { to, table, active });
        let condition = self.register(id, condition);
        let otherwise = Source::Constant(0.0);
        Ok(self.emit(id, "sum", |to| Instruction::Select {
            to,
            condition,
            then: term,
            otherwise,
        }))
    }
}
