//! From checked nodes back to a tree that can be printed.

use super::ast::{Expression, Kind};
use super::program::{Node, NodeId, Operation};

/// What to print in the place of a node.
pub(super) enum Instead {
    /// The node itself.
    Itself,
    /// Another node.
    Node(NodeId),
    /// This.
    Tree(Box<Kind>),
}

/// Returns the tree of a node, `instead` being asked for every node on the way.
///
/// # Panics
///
/// If `instead` keeps a statement or total, which have no text of their own.
pub(super) fn expression_of(
    nodes: &[Node],
    id: NodeId,
    instead: &dyn Fn(NodeId) -> Instead,
) -> Expression {
    let tree = |id: &NodeId| Box::new(expression_of(nodes, *id, instead));
    let kind = match instead(id) {
        Instead::Node(other) => return expression_of(nodes, other, instead),
        Instead::Tree(kind) => *kind,
        Instead::Itself => match &nodes[id.0].operation {
            Operation::Number(number, Some(unit)) => {
                Kind::Number(unit.from_coherent(number), Some(unit.clone()))
            }
            Operation::Number(number, None) => Kind::Number(number.clone(), None),
            Operation::Name(name) => Kind::Name(name.clone()),
            Operation::Statement(_) | Operation::Total(_) => {
                unreachable!("statements and totals are always replaced")
            }
            Operation::Negative(inner) => Kind::Negative(tree(inner)),
            Operation::Binary(operator, left, right) => {
                Kind::Binary(*operator, tree(left), tree(right))
            }
            Operation::If(parts) => Kind::If(Box::new(parts.each_ref().map(|part| *tree(part)))),
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
        },
    };
    Expression { kind, span: 0..0 }
}
