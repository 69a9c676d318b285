//! From checked nodes back to a tree that can be printed.

use super::ast::{Expression, Kind};
use super::program::{Node, NodeId, Operation};

/// Returns the tree of a node; statements for which `inline` gives a root are
/// written out.
pub(super) fn expression_of(
    nodes: &[Node],
    id: &NodeId,
    inline: &dyn Fn(usize) -> Option<NodeId>,
) -> Expression {
    let tree = |id: &NodeId| Box::new(expression_of(nodes, id, inline));
    let kind = match &nodes[id.0].operation {
        Operation::Number(number, Some(unit)) => {
            Kind::Number(unit.from_coherent(number), Some(unit.clone()))
        }
        Operation::Number(number, None) => Kind::Number(number.clone(), None),
        Operation::Name(name) => Kind::Name(name.clone()),
        Operation::Statement(at) => match inline(*at) {
            Some(root) => return expression_of(nodes, &root, inline),
            None => Kind::Name(format!("statement_{at}")),
        },
        Operation::Total(at) => Kind::Name(format!("total_{at}")),
        Operation::Negative(inner) => Kind::Negative(tree(inner)),
        Operation::Binary(operator, left, right) => {
            Kind::Binary(*operator, tree(left), tree(right))
        }
        Operation::If(parts) => {
            let parts = parts.each_ref().map(|part| *tree(part));
            Kind::If(Box::new(parts))
        }
        Operation::Call(function, operands) => {
            Kind::Call(*function, operands.iter().map(|one| *tree(one)).collect())
        }
        Operation::Strip(inner, unit) => Kind::Strip(tree(inner), unit.clone()),
        Operation::Reduce(reduction, inner, axis) => {
            Kind::Reduce(*reduction, tree(inner), axis.word().to_owned())
        }
        Operation::Apportion {
            amount,
            weight,
            axis,
            ..
        } => Kind::Apportion(tree(amount), tree(weight), axis.word().to_owned()),
        Operation::ToZone { value, overlap, .. } => Kind::ToZone(tree(value), overlap.clone()),
        Operation::At(inner, year) => Kind::At(tree(inner), *year),
        Operation::Rank(inner, axis) => Kind::Rank(tree(inner), axis.word().to_owned()),
        Operation::Step(inner, scale) => Kind::Step(tree(inner), scale.clone()),
    };
    Expression { kind, span: 0..0 }
}
