//! `total(x)`: what stays inside and what moves out.
//!
//! A factor of a product (or a divisor) that does not vary by cell is the same for
//! all cells of a zone and class, so it may be multiplied once, exactly, after the
//! sum. Sums are not split: a cell that misses one term must miss as a whole.

use num_traits::One;

use crate::diagnostic::Finding;
use crate::quantity::{Dimension, Rational, Unit};

use super::ast::{Expression, Operator, Reduction};
use super::check::{Built, Checker, refuse};
use super::domain::{Axis, Domain};
use super::print::print;
use super::program::{NodeId, Operation, Total};
use super::tree::{Instead, expression_of};

/// A rate taken apart: sign x core x factors / divisors.
#[derive(Default)]
struct Parts {
    negative: bool,
    /// What varies by cell; nothing if it is 1.
    core: Option<NodeId>,
    /// What does not, and whether it divides.
    factors: Vec<(NodeId, bool)>,
}

impl Checker<'_> {
    pub(super) fn total(&mut self, expression: &Expression, inner: &Expression) -> Built {
        if self.inside_total {
            return refuse(Finding::error("formula-total-in-total"), expression);
        }
        self.inside_total = true;
        let built = self.number(inner, "total");
        self.inside_total = false;
        let rate = built?;
        self.refuse_rows_inside(inner, rate)?;
        let parts = self.parts(expression, rate);
        let core = match parts.core {
            Some(core) => core,
            None => {
                let one = Operation::Number(Rational::one(), None);
                self.push(expression, one, Dimension::one(), Domain::single(), false)
            }
        };
        let mut result = self.total_node(expression, core, parts.core.is_none());
        for (factor, divides) in parts.factors {
            let operator = if divides {
                Operator::Divide
            } else {
                Operator::Multiply
            };
            result = self.product(expression, operator, result, factor);
        }
        if parts.negative {
            let node = self.nodes[result.0].clone();
            let operation = Operation::Negative(result);
            result = self.push(
                expression,
                operation,
                node.dimension,
                node.domain,
                node.approximate,
            );
        }
        Ok(result)
    }

    /// Refuses zone-keyed names, objects and other totals inside `total`.
    fn refuse_rows_inside(
        &self,
        inner: &Expression,
        rate: NodeId,
    ) -> Result<(), super::check::Refusal> {
        let domain = &self.nodes[rate.0].domain;
        if self.reads_total(rate) {
            return refuse(Finding::error("formula-total-in-total"), inner);
        }
        if domain.has(&Axis::Zone) {
            let mut names = Vec::new();
            self.names_with(rate, &Axis::Zone, &mut names);
            let finding = Finding::error("formula-zone-in-total").arg("names", names.join(", "));
            return refuse(finding.arg("domain", domain), inner);
        }
        if domain.object_axis().is_some() {
            let finding = Finding::error("formula-object-in-total").arg("domain", domain);
            return refuse(finding, inner);
        }
        Ok(())
    }

    fn reads_total(&self, id: NodeId) -> bool {
        match &self.nodes[id.0].operation {
            Operation::Total(_) => true,
            Operation::Statement(at) => self.reads_total(self.statements[*at].root),
            other => other.operands().into_iter().any(|id| self.reads_total(id)),
        }
    }

    fn names_with(&self, id: NodeId, axis: &Axis, names: &mut Vec<String>) {
        let node = &self.nodes[id.0];
        if !node.domain.has(axis) {
            return;
        }
        match &node.operation {
            Operation::Name(name) => names.push(format!("`{name}`")),
            Operation::Statement(at) => names.push(format!("`{}`", self.statements[*at].name)),
            other => {
                for operand in other.operands() {
                    self.names_with(operand, axis, names);
                }
            }
        }
    }

    fn total_node(&mut self, expression: &Expression, core: NodeId, is_area: bool) -> NodeId {
        let instead = |id: NodeId| match self.nodes[id.0].operation {
            Operation::Statement(at) => Instead::Node(self.statements[at].root),
            _ => Instead::Itself,
        };
        let tree = expression_of(&self.nodes, core, &instead);
        let id = print(&tree);
        let node = self.nodes[core.0].clone();
        let index = match self.totals.iter().position(|total| total.id == id) {
            Some(index) => index,
            None => {
                self.totals.push(Total {
                    id,
                    rate_unit: Unit::coherent(&node.dimension),
                    axes: node.domain.without(&Axis::Cell).without(&Axis::Class),
                    reads: Vec::new(),
                    is_area,
                    years: Vec::new(),
                    root: core,
                });
                self.totals.len() - 1
            }
        };
        let total = &self.totals[index];
        let (dimension, domain) = (total.unit().dimension().clone(), total.domain());
        self.push(
            expression,
            Operation::Total(index),
            dimension,
            domain,
            false,
        )
    }

    fn product(
        &mut self,
        expression: &Expression,
        operator: Operator,
        left: NodeId,
        right: NodeId,
    ) -> NodeId {
        let (one, other) = (
            &self.nodes[left.0].dimension,
            &self.nodes[right.0].dimension,
        );
        let dimension = if operator == Operator::Divide {
            one.over(other)
        } else {
            one.times(other)
        };
        let (domain, approximate) = self.joined(&[left, right]);
        let operation = Operation::Binary(operator, left, right);
        self.push(expression, operation, dimension, domain, approximate)
    }

    fn parts(&mut self, expression: &Expression, id: NodeId) -> Parts {
        let node = self.nodes[id.0].clone();
        if !node.domain.has(&Axis::Cell) {
            let is_one =
                matches!(&node.operation, Operation::Number(number, None) if number.is_one());
            return Parts {
                factors: if is_one {
                    Vec::new()
                } else {
                    vec![(id, false)]
                },
                ..Parts::default()
            };
        }
        match node.operation {
            Operation::Statement(at) => self.parts(expression, self.statements[at].root),
            Operation::Negative(inner) => {
                let parts = self.parts(expression, inner);
                Parts {
                    negative: !parts.negative,
                    ..parts
                }
            }
            Operation::Binary(Operator::Multiply, left, right) => {
                let left = self.parts(expression, left);
                let right = self.parts(expression, right);
                let core = match (left.core, right.core) {
                    (Some(a), Some(b)) => Some(self.product(expression, Operator::Multiply, a, b)),
                    (one, other) => one.or(other),
                };
                let mut factors = left.factors;
                factors.extend(right.factors);
                Parts {
                    negative: left.negative != right.negative,
                    core,
                    factors,
                }
            }
            Operation::Binary(Operator::Divide, left, right) => {
                self.quotient(expression, left, right)
            }
            Operation::Reduce(reduction, inner, axis)
                if matches!(reduction, Reduction::Sum | Reduction::Mean) =>
            {
                self.reduced(expression, reduction, inner, &axis)
            }
            _ => Parts {
                core: Some(id),
                ..Parts::default()
            },
        }
    }

    fn quotient(&mut self, expression: &Expression, left: NodeId, right: NodeId) -> Parts {
        let mut parts = self.parts(expression, left);
        if self.nodes[right.0].domain.has(&Axis::Cell) {
            let above = parts.core.unwrap_or_else(|| {
                let one = Operation::Number(Rational::one(), None);
                self.push(expression, one, Dimension::one(), Domain::single(), false)
            });
            parts.core = Some(self.product(expression, Operator::Divide, above, right));
        } else {
            parts.factors.push((right, true));
        }
        parts
    }

    /// Takes a sum over months or items apart: factors that vary along the axis
    /// stay inside the sum.
    fn reduced(
        &mut self,
        expression: &Expression,
        reduction: Reduction,
        inner: NodeId,
        axis: &Axis,
    ) -> Parts {
        let parts = self.parts(expression, inner);
        let Some(mut core) = parts.core else {
            unreachable!("a node that varies by cell has a part that does");
        };
        let mut outside = Vec::new();
        for (factor, divides) in parts.factors {
            let varies = self.nodes[factor.0].domain.has(axis)
                || (*axis == Axis::Year && self.varies_by_year(factor));
            if !varies {
                outside.push((factor, divides));
            } else if divides {
                core = self.product(expression, Operator::Divide, core, factor);
            } else {
                core = self.product(expression, Operator::Multiply, core, factor);
            }
        }
        let node = self.nodes[core.0].clone();
        let domain = node.domain.without(axis);
        let operation = Operation::Reduce(reduction, core, axis.clone());
        let core = self.push(
            expression,
            operation,
            node.dimension,
            domain,
            node.approximate,
        );
        Parts {
            negative: parts.negative,
            core: Some(core),
            factors: outside,
        }
    }
}
