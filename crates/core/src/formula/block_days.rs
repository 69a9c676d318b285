//! Reductions over days, written out so that one day's values are in memory at a time.
//!
//! The terms of a reduction are instructions one after the other. Whatever a term
//! computed of its own day is forgotten when the next day begins, so that its
//! registers and masks are free again and the layers of the day can be read late and
//! let go ([`BlockProgram::run_streamed`](super::BlockProgram::run_streamed)).
//! What needs the whole year (a reduction over days inside a term) is computed once,
//! for all cells for which the outer reduction is.

use std::collections::HashSet;

use super::block_compile::Compiler;
use super::domain::Axis;
use super::program::{NodeId, Operation, Program};

/// Where the compiler stands in a reduction over days.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// The first instruction of the present day's term.
    pub(super) first_instruction: usize,
    /// The cells for which the whole reduction is computed.
    active: Option<usize>,
    /// The masks there were before the first day.
    masks: usize,
}

impl Compiler<'_> {
    /// Begins a term of a reduction. `outer` is the day the reduction stands in.
    pub(super) fn begin_term(&mut self, axis: &Axis, active: Option<usize>, outer: Option<&Day>) {
        if *axis != Axis::Day {
            self.day = outer.cloned();
            return;
        }
        match &mut self.day {
            Some(day) => {
                day.first_instruction = self.instructions.len();
                let masks = day.masks;
                self.forget_day(masks);
            }
            None => {
                self.day = Some(Day {
                    first_instruction: self.instructions.len(),
                    active,
                    masks: self.masks,
                });
            }
        }
    }

    /// Ends a reduction and goes back to the day it stands in.
    pub(super) fn end_terms(&mut self, axis: &Axis, outer: Option<Day>) {
        if *axis == Axis::Day {
            if let Some(day) = self.day.take() {
                self.forget_day(day.masks);
            }
            self.day = outer.map(|day| Day {
                first_instruction: self.instructions.len(),
                ..day
            });
        } else {
            self.day = outer;
        }
    }

    /// Forgets what belongs to one day or to one of its branches.
    fn forget_day(&mut self, masks: usize) {
        let program = self.program;
        self.known.retain(|(id, _, mask), _| {
            !program.node(*id).domain.has(&Axis::Day) && mask.is_none_or(|mask| mask < masks)
        });
        self.most_masks = self.most_masks.max(self.masks);
        self.masks = masks;
    }

    /// Returns the cells for which a node is computed: inside a day's branch, what
    /// needs the whole year is computed for all cells of the reduction.
    pub(super) fn hoisted(&self, id: NodeId, active: Option<usize>) -> Option<usize> {
        let Some(day) = &self.day else {
            return active;
        };
        let of_year = !self.program.node(id).domain.has(&Axis::Day)
            && reduces_days(self.program, id, &mut HashSet::new());
        if of_year { day.active } else { active }
    }
}

/// Returns whether a reduction over days stands in a node.
fn reduces_days(program: &Program, id: NodeId, seen: &mut HashSet<NodeId>) -> bool {
    if !seen.insert(id) {
        return false;
    }
    match &program.node(id).operation {
        Operation::Reduce(_, _, Axis::Day) => true,
        Operation::Statement(at) => reduces_days(program, program.statements[*at].root, seen),
        other => other
            .operands()
            .into_iter()
            .any(|operand| reduces_days(program, operand, seen)),
    }
}
