//! Which names are read by rows and which inside `total`, and at which years.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::YearRef;
use super::domain::Axis;
use super::program::{Binding, NodeId, Operation, Program};

/// Labels every declared name, and completes the totals with what they read and
/// at which years they are read.
pub(super) fn bindings(program: &mut Program) -> BTreeMap<String, Binding> {
    let mut found: BTreeMap<String, Binding> = program
        .declarations
        .keys()
        .map(|name| (name.clone(), Binding::Unused))
        .collect();
    for at in 0..program.totals.len() {
        let mut names = BTreeSet::new();
        cell_names(program, program.totals[at].root, &mut names);
        raise(program, &names, Binding::RasterBound, &mut found);
        program.totals[at].reads = names.into_iter().collect();
    }
    let mut walk = RowWalk::default();
    for at in 0..program.statements.len() {
        let statement = &program.statements[at];
        if statement.domain.has(&Axis::Cell) {
            // A cell expression that no total reads is a derived layer.
            if !used_by_total(program, at) {
                let mut names = BTreeSet::new();
                cell_names(program, statement.root, &mut names);
                raise(program, &names, Binding::RasterBound, &mut found);
            }
        } else {
            walk.node(program, statement.root, None);
        }
    }
    raise(program, &walk.names, Binding::Row, &mut found);
    for (total, year) in walk.years {
        program.totals[total].years.push(year);
    }
    found
}

fn raise(
    program: &Program,
    names: &BTreeSet<String>,
    binding: Binding,
    found: &mut BTreeMap<String, Binding>,
) {
    for name in names {
        let by_cell = program.declarations[name].domain.has(&Axis::Cell);
        let binding = if by_cell { Binding::Layer } else { binding };
        let entry = found.entry(name.clone()).or_insert(binding);
        *entry = (*entry).max(binding);
    }
}

fn cell_names(program: &Program, id: NodeId, names: &mut BTreeSet<String>) {
    match &program.node(id).operation {
        Operation::Name(name) => _ = names.insert(name.clone()),
        Operation::Statement(at) => cell_names(program, program.statements[*at].root, names),
        other => {
            for operand in other.operands() {
                cell_names(program, operand, names);
            }
        }
    }
}

/// Returns whether a later statement's expression reads this one, so that its
/// names are labelled there.
fn used_by_total(program: &Program, at: usize) -> bool {
    let name = &program.statements[at].name;
    program.statements[at + 1..]
        .iter()
        .any(|later| later.reads.contains(name))
}

/// What rows read, and the totals they read at other years.
#[derive(Default)]
struct RowWalk {
    names: BTreeSet<String>,
    years: BTreeSet<(usize, YearRef)>,
    seen: BTreeSet<(NodeId, Option<YearRef>)>,
}

impl RowWalk {
    fn node(&mut self, program: &Program, id: NodeId, year: Option<YearRef>) {
        if !self.seen.insert((id, year)) {
            return;
        }
        match &program.node(id).operation {
            Operation::Name(name) => _ = self.names.insert(name.clone()),
            Operation::Statement(at) => self.node(program, program.statements[*at].root, year),
            Operation::Total(at) => {
                if let Some(year) = year {
                    self.years.insert((*at, year));
                }
            }
            Operation::At(inner, year) => self.node(program, *inner, Some(*year)),
            other => {
                match other {
                    Operation::ToZone { overlap: name, .. } | Operation::Step(_, name) => {
                        self.names.insert(name.clone());
                    }
                    _ => {}
                }
                for operand in other.operands() {
                    self.node(program, operand, year);
                }
            }
        }
    }
}
