//! Few registers instead of one per instruction: a register is free again after
//! its last reader.

use crate::diagnostic::Finding;

use super::blocks::{Instruction, Source};

type Listed = Vec<(Instruction, Finding)>;

/// Renumbers the registers so that as few as possible are needed; returns the
/// instructions and that number.
pub(super) fn assign_registers(mut instructions: Listed) -> (Listed, usize) {
    let mut last_read: Vec<usize> = Vec::new();
    for (at, (instruction, _)) in instructions.iter_mut().enumerate() {
        let (to, reads) = places(instruction);
        for place in reads.into_iter().map(|read| *read).chain(to.map(|to| *to)) {
            if last_read.len() <= place {
                last_read.resize(place + 1, 0);
            }
            last_read[place] = at;
        }
    }
    let mut assigned: Vec<usize> = vec![usize::MAX; last_read.len()];
    let mut free: Vec<usize> = Vec::new();
    let mut count = 0;
    for (at, (instruction, _)) in instructions.iter_mut().enumerate() {
        let (to, reads) = places(instruction);
        let mut done = Vec::new();
        for read in reads {
            let old = *read;
            *read = assigned[old];
            if last_read[old] == at && !done.contains(&assigned[old]) {
                done.push(assigned[old]);
            }
        }
        // The target is taken before the operands are given back: no instruction
        // reads and writes one register.
        if let Some(to) = to {
            let old = *to;
            *to = free.pop().unwrap_or_else(|| {
                count += 1;
                count - 1
            });
            assigned[old] = *to;
            if last_read[old] == at {
                done.push(*to);
            }
        }
        free.extend(done);
    }
    (instructions, count)
}

/// Returns the register an instruction writes and those it reads.
fn places(instruction: &mut Instruction) -> (Option<&mut usize>, Vec<&mut usize>) {
    fn register(source: &mut Source) -> Option<&mut usize> {
        match source {
            Source::Register(at) => Some(at),
            Source::Constant(_) => None,
        }
    }
    match instruction {
        Instruction::Load { to, .. } | Instruction::Gather { to, .. } => (Some(to), Vec::new()),
        Instruction::Unary { to, from, .. } => (Some(to), vec![from]),
        Instruction::Binary {
            to, left, right, ..
        } => {
            let reads = [register(left), register(right)];
            (Some(to), reads.into_iter().flatten().collect())
        }
        Instruction::Select {
            to,
            condition,
            then,
            otherwise,
        } => {
            let reads = [Some(condition), register(then), register(otherwise)];
            (Some(to), reads.into_iter().flatten().collect())
        }
        Instruction::Mask { condition, .. } => (None, vec![condition]),
        Instruction::Store { from, .. } => (None, register(from).into_iter().collect()),
    }
}
