//! The checking rule of each operation.

use crate::diagnostic::Finding;
use crate::quantity::{Dimension, Unit};

use super::ast::{Expression, Function, Operator, Reduction, YearRef};
use super::check::{Built, Checker, Refusal, refuse};
use super::domain::{Axis, Domain};
use super::program::{NodeId, Operation};

/// Larger literal exponents are a slip of the pen.
const LARGEST_POWER: i32 = 64;

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        expression: &Expression,
        operator: Operator,
        left: &Expression,
        right: &Expression,
    ) -> Built {
        if operator == Operator::Power {
            return self.power(expression, left, right);
        }
        let a = self.number(left, operator.sign())?;
        let b = self.number(right, operator.sign())?;
        let (one, other) = (&self.nodes[a.0].dimension, &self.nodes[b.0].dimension);
        let dimension = match operator {
            Operator::Multiply => one.times(other),
            Operator::Divide => one.over(other),
            _ => {
                self.same(expression, operator.sign(), a, b)?;
                one.clone()
            }
        };
        if operator == Operator::Divide && self.is_zero(b) {
            return refuse(Finding::error("formula-literal-zero"), right);
        }
        let (domain, approximate) = self.joined(&[a, b]);
        let operation = Operation::Binary(operator, a, b);
        let truth = operator.is_comparison();
        let dimension = if truth { Dimension::one() } else { dimension };
        let id = self.push(expression, operation, dimension, domain, approximate);
        self.nodes[id.0].truth = truth;
        Ok(id)
    }

    fn power(&mut self, expression: &Expression, left: &Expression, right: &Expression) -> Built {
        let exponent = self.plain(right, "^")?;
        let (base, dimension, rounds) = match self.literal_integer(exponent) {
            Some(power) if power.abs() <= LARGEST_POWER => {
                let base = self.number(left, "^")?;
                (base, self.nodes[base.0].dimension.power(power), false)
            }
            Some(_) => return refuse(Finding::error("formula-too-large"), right),
            None => (self.plain(left, "^")?, Dimension::one(), true),
        };
        let (domain, approximate) = self.joined(&[base, exponent]);
        let operation = Operation::Binary(Operator::Power, base, exponent);
        Ok(self.push(
            expression,
            operation,
            dimension,
            domain,
            approximate || rounds,
        ))
    }

    pub(super) fn conditional(
        &mut self,
        expression: &Expression,
        parts: &[Expression; 3],
    ) -> Built {
        let condition = self.build(&parts[0])?;
        if !self.nodes[condition.0].truth {
            return refuse(Finding::error("formula-condition"), &parts[0]);
        }
        let then = self.number(&parts[1], "if")?;
        let otherwise = self.number(&parts[2], "if")?;
        self.same(expression, "if", then, otherwise)?;
        let (domain, approximate) = self.joined(&[condition, then, otherwise]);
        let dimension = self.nodes[then.0].dimension.clone();
        let operation = Operation::If([condition, then, otherwise]);
        Ok(self.push(expression, operation, dimension, domain, approximate))
    }

    pub(super) fn call(
        &mut self,
        expression: &Expression,
        function: Function,
        operands: &[Expression],
    ) -> Built {
        let mut ids = Vec::with_capacity(operands.len());
        for operand in operands {
            ids.push(match function {
                Function::Exp | Function::Ln => self.plain(operand, function.name())?,
                _ => self.number(operand, function.name())?,
            });
        }
        for other in &ids[1..] {
            self.same(expression, function.name(), ids[0], *other)?;
        }
        let (domain, mut approximate) = self.joined(&ids);
        let mut dimension = self.nodes[ids[0].0].dimension.clone();
        if function == Function::Sqrt {
            dimension = match dimension.root() {
                Some(root) => root,
                None => {
                    let finding = Finding::error("formula-root").arg("unit", &dimension);
                    return refuse(finding, expression);
                }
            };
        }
        approximate |= matches!(function, Function::Exp | Function::Ln | Function::Sqrt);
        let operation = Operation::Call(function, ids);
        Ok(self.push(expression, operation, dimension, domain, approximate))
    }

    pub(super) fn strip(
        &mut self,
        expression: &Expression,
        inner: &Expression,
        unit: &Unit,
    ) -> Built {
        let id = self.number(inner, "in")?;
        let node = self.nodes[id.0].clone();
        if node.dimension != *unit.dimension() {
            let finding = Finding::error("formula-strip")
                .arg("unit", &node.dimension)
                .arg("target", unit);
            return refuse(finding, expression);
        }
        let operation = Operation::Strip(id, unit.clone());
        Ok(self.push(
            expression,
            operation,
            Dimension::one(),
            node.domain,
            node.approximate,
        ))
    }

    /// Returns the axis meant by `word`, one along which `id` varies.
    fn axis(&self, expression: &Expression, id: NodeId, word: &str) -> Result<Axis, Refusal> {
        let domain = &self.nodes[id.0].domain;
        if word == "year" && self.varies_by_year(id) {
            return Ok(Axis::Year);
        }
        match domain.axis_by_word(word) {
            Some(Axis::Cell) => refuse(Finding::error("formula-over-cell"), expression),
            Some(axis) => Ok(axis.clone()),
            None => {
                let finding = Finding::error("formula-no-axis")
                    .arg("axis", word)
                    .arg("domain", domain);
                refuse(finding, expression)
            }
        }
    }

    pub(super) fn reduce(
        &mut self,
        expression: &Expression,
        reduction: Reduction,
        inner: &Expression,
        word: &str,
    ) -> Built {
        let id = self.number(inner, reduction.name())?;
        let axis = self.axis(expression, id, word)?;
        let node = self.nodes[id.0].clone();
        let over_cells = self.inside_total || node.domain.has(&Axis::Cell);
        if over_cells && !matches!(axis, Axis::Month | Axis::Day | Axis::Item(_)) {
            let finding = Finding::error("formula-cell-operand")
                .arg("operation", format!("{}(… over {word})", reduction.name()));
            return refuse(finding, expression);
        }
        let domain = node.domain.without(&axis);
        let operation = Operation::Reduce(reduction, id, axis);
        Ok(self.push(
            expression,
            operation,
            node.dimension,
            domain,
            node.approximate,
        ))
    }

    pub(super) fn apportion(
        &mut self,
        expression: &Expression,
        amount: &Expression,
        weight: &Expression,
        word: &str,
    ) -> Built {
        let amount_id = self.row_number(amount, "apportion")?;
        let weight_id = self.row_number(weight, "apportion")?;
        let axis = self.axis(expression, weight_id, word)?;
        let node = self.nodes[amount_id.0].clone();
        if node.domain.has(&axis) || axis == Axis::Year {
            let finding = Finding::error("formula-apportion-axis")
                .arg("axis", word)
                .arg("domain", &node.domain);
            return refuse(finding, amount);
        }
        let output = self.current.and_then(|statement| statement.output.as_ref());
        let quantum = output
            .filter(|output| *output.unit.dimension() == node.dimension)
            .and_then(|output| Some(output.quantum.as_ref()? * output.unit.scale()))
            .filter(num_traits::Signed::is_positive);
        let Some(quantum) = quantum else {
            return refuse(Finding::error("formula-apportion-quantum"), expression);
        };
        let (domain, approximate) = self.joined(&[amount_id, weight_id]);
        let operation = Operation::Apportion {
            amount: amount_id,
            weight: weight_id,
            axis,
            quantum,
        };
        Ok(self.push(expression, operation, node.dimension, domain, approximate))
    }

    pub(super) fn object_to_zone(
        &mut self,
        expression: &Expression,
        inner: &Expression,
        overlap: &str,
    ) -> Built {
        let id = self.row_number(inner, "to_zone")?;
        let node = self.nodes[id.0].clone();
        let Some(objects) = node.domain.object_axis().cloned() else {
            let finding = Finding::error("formula-no-axis")
                .arg("axis", "object")
                .arg("domain", &node.domain);
            return refuse(finding, inner);
        };
        let expected: Domain = [objects.clone(), Axis::Zone].into_iter().collect();
        let declared = self.source.declarations.get(overlap);
        let fits = declared.is_some_and(|one| one.domain == expected && one.scale.is_none());
        if !fits || node.domain.has(&Axis::Zone) {
            let finding = Finding::error("formula-overlap")
                .arg("name", overlap)
                .arg("domain", expected);
            return refuse(finding, expression);
        }
        let domain = node.domain.without(&objects).and(Axis::Zone);
        let operation = Operation::ToZone {
            value: id,
            overlap: overlap.to_owned(),
            objects,
        };
        Ok(self.push(
            expression,
            operation,
            node.dimension,
            domain,
            node.approximate,
        ))
    }

    pub(super) fn at_year(
        &mut self,
        expression: &Expression,
        inner: &Expression,
        year: YearRef,
    ) -> Built {
        if self.inside_year {
            return refuse(Finding::error("formula-nested-year"), expression);
        }
        self.inside_year = true;
        let id = self.row_number(inner, "at");
        self.inside_year = false;
        let id = id?;
        if !self.varies_by_year(id) {
            return refuse(Finding::error("formula-no-year"), inner);
        }
        let node = self.nodes[id.0].clone();
        let operation = Operation::At(id, year);
        Ok(self.push(
            expression,
            operation,
            node.dimension,
            node.domain,
            node.approximate,
        ))
    }

    pub(super) fn rank(
        &mut self,
        expression: &Expression,
        inner: &Expression,
        word: &str,
    ) -> Built {
        let id = self.row_number(inner, "rank")?;
        let axis = self.axis(expression, id, word)?;
        if axis == Axis::Year {
            let finding = Finding::error("formula-no-axis").arg("axis", word);
            return refuse(finding.arg("domain", &self.nodes[id.0].domain), expression);
        }
        let node = self.nodes[id.0].clone();
        let operation = Operation::Rank(id, axis);
        Ok(self.push(
            expression,
            operation,
            Dimension::one(),
            node.domain,
            node.approximate,
        ))
    }

    pub(super) fn step(
        &mut self,
        expression: &Expression,
        inner: &Expression,
        name: &str,
    ) -> Built {
        let id = self.row_number(inner, "step")?;
        let node = self.nodes[id.0].clone();
        let declaration = self.source.declarations.get(name);
        let Some((declaration, unit)) =
            declaration.and_then(|one| Some((one, one.scale.as_ref()?)))
        else {
            return refuse(
                Finding::error("formula-scale").arg("name", name),
                expression,
            );
        };
        if *declaration.unit.dimension() != node.dimension {
            let finding = Finding::error("formula-unit-mismatch")
                .arg("operation", "step")
                .arg("left", &node.dimension)
                .arg("right", &declaration.unit);
            return refuse(finding, expression);
        }
        let domain = node.domain.with(&declaration.domain);
        let dimension = unit.dimension().clone();
        let operation = Operation::Step(id, name.to_owned());
        Ok(self.push(expression, operation, dimension, domain, node.approximate))
    }
}
