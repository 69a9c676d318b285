//! From tokens to a tree.

use std::ops::Range;

use crate::quantity::{Unit, UnitError, UnitRegistry, parse_decimal};

use super::ast::{Expression, Function, Kind, Operator, Reduction, YearRef};
use super::lex::{Spanned, Token, tokens};

/// Deeper nesting is refused, so that no text can exhaust the stack.
const DEEPEST: usize = 100;
/// Longer texts are refused.
const LONGEST: usize = 20_000;

/// Why a text is no expression, and at which byte.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ParseError {
    /// Something else was expected here.
    Expected(&'static str, usize),
    /// No function of this name.
    UnknownFunction(String, usize),
    /// A function with the wrong number of operands.
    Operands(&'static str, &'static str, usize),
    /// A unit that cannot be read.
    Unit(UnitError, usize),
    /// A number with a temperature scale.
    OffsetLiteral(usize),
    /// Too long or too deeply nested.
    TooLarge(usize),
}

/// The words that cannot be names.
pub(super) const RESERVED: [&str; 23] = [
    "if",
    "min",
    "max",
    "clamp",
    "exp",
    "ln",
    "sqrt",
    "in",
    "sum",
    "mean",
    "total",
    "apportion",
    "to_zone",
    "at",
    "previous",
    "base",
    "rank",
    "step",
    "over",
    "by",
    "month",
    "day",
    "year",
];

/// Reads one expression.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub(super) fn parse(text: &str, units: &UnitRegistry) -> Result<Expression, ParseError> {
    if text.len() > LONGEST {
        return Err(ParseError::TooLarge(0));
    }
    let tokens =
        tokens(text).map_err(|at| ParseError::Expected("a number, a name or a sign", at))?;
    let mut parser = Parser {
        tokens: &tokens,
        units,
        at: 0,
        end: text.len(),
        depth: 0,
    };
    let tree = parser.expression(0)?;
    if parser.at == tokens.len() {
        Ok(tree)
    } else {
        Err(parser.expected("an operator or the end"))
    }
}

struct Parser<'a> {
    tokens: &'a [Spanned],
    units: &'a UnitRegistry,
    at: usize,
    end: usize,
    depth: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn offset(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.end, |(_, span)| span.start)
    }

    fn expected(&self, what: &'static str) -> ParseError {
        ParseError::Expected(what, self.offset())
    }

    fn close(&self, start: usize) -> Range<usize> {
        let last = self.at.checked_sub(1).map(|at| self.tokens[at].1.end);
        start..last.unwrap_or(start)
    }

    fn eat_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(own)) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(own)) if own == word);
        self.at += usize::from(found);
        found
    }

    fn need_sign(&mut self, sign: &str, what: &'static str) -> Parsed<()> {
        if self.eat_sign(sign) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    fn need_word(&mut self, word: &str, what: &'static str) -> Parsed<()> {
        if self.eat_word(word) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Reads any word: a name, or an axis such as `month`.
    fn any_word(&mut self, what: &'static str) -> Parsed<String> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// Reads operators that bind tighter than `floor`.
    fn expression(&mut self, floor: u8) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ParseError::TooLarge(self.offset()));
        }
        let start = self.offset();
        let mut left = self.prefix()?;
        while let Some(operator) = self.operator() {
            let binding = operator.binding();
            if binding <= floor {
                break;
            }
            let sign_at = self.offset();
            self.at += 1;
            // `^` groups to the right, the others to the left.
            let right = self.expression(binding - u8::from(operator == Operator::Power))?;
            let chained = |side: &Expression| matches!(side.kind, Kind::Binary(inner, ..) if inner.is_comparison());
            if operator.is_comparison() && chained(&left) {
                return Err(ParseError::Expected("no second comparison", sign_at));
            }
            let span = self.close(start);
            let kind = Kind::Binary(operator, Box::new(left), Box::new(right));
            left = Expression { kind, span };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<Operator> {
        let Some(Token::Sign(sign)) = self.peek() else {
            return None;
        };
        Some(match *sign {
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "^" => Operator::Power,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            _ => return None,
        })
    }

    /// Reads `-x`, which binds tighter than `*` and looser than `^`.
    fn prefix(&mut self) -> Parsed<Expression> {
        let start = self.offset();
        if !self.eat_sign("-") {
            return self.postfix();
        }
        let inner = self.expression(4)?;
        let kind = Kind::Negative(Box::new(inner));
        let span = self.close(start);
        Ok(Expression { kind, span })
    }

    /// Reads a primary and the `in UNIT` or `at YEAR` behind it.
    fn postfix(&mut self) -> Parsed<Expression> {
        let start = self.offset();
        let mut inner = self.primary()?;
        loop {
            let kind = if self.eat_word("in") {
                let unit = self.stripped_unit()?;
                Kind::Strip(Box::new(inner), unit)
            } else if self.eat_word("at") {
                Kind::At(Box::new(inner), self.year()?)
            } else {
                return Ok(inner);
            };
            let span = self.close(start);
            inner = Expression { kind, span };
        }
    }

    fn stripped_unit(&mut self) -> Parsed<Unit> {
        match self.peek() {
            Some(Token::Bracket(text) | Token::BareUnit(text)) => {
                let unit = self.unit(&text.clone())?;
                self.at += 1;
                Ok(unit)
            }
            _ => Err(self.expected("a unit")),
        }
    }

    fn unit(&self, text: &str) -> Parsed<Unit> {
        self.units
            .unit(text)
            .map_err(|error| ParseError::Unit(error, self.offset()))
    }

    fn year(&mut self) -> Parsed<YearRef> {
        if self.eat_word("previous") {
            Ok(YearRef::Previous)
        } else if self.eat_word("base") {
            Ok(YearRef::Base)
        } else {
            Err(self.expected("`previous` or `base`"))
        }
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let start = self.offset();
        match self.peek() {
            Some(Token::Number(_)) => self.number(),
            Some(Token::Sign("(")) => {
                self.at += 1;
                let mut inner = self.expression(0)?;
                self.need_sign(")", "`)`")?;
                inner.span = self.close(start);
                Ok(inner)
            }
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                let kind = if self.eat_sign("(") {
                    let kind = self.call(&word, start)?;
                    self.need_sign(")", "`)`")?;
                    kind
                } else if RESERVED.contains(&word.as_str()) {
                    self.at -= 1;
                    return Err(self.expected("a name, which is not a word of the language"));
                } else {
                    Kind::Name(word)
                };
                let span = self.close(start);
                Ok(Expression { kind, span })
            }
            _ => Err(self.expected("a number, a name or `(`")),
        }
    }

    fn number(&mut self) -> Parsed<Expression> {
        let start = self.offset();
        let Some(Token::Number(text)) = self.peek() else {
            return Err(self.expected("a number"));
        };
        let number = parse_decimal(text).ok_or(ParseError::TooLarge(start))?;
        self.at += 1;
        let unit = match self.peek() {
            Some(Token::Bracket(text)) => {
                let unit = self.unit(&text.clone())?;
                if unit.is_offset() {
                    return Err(ParseError::OffsetLiteral(self.offset()));
                }
                self.at += 1;
                Some(unit)
            }
            _ => None,
        };
        let kind = Kind::Number(number, unit);
        let span = self.close(start);
        Ok(Expression { kind, span })
    }

    fn boxed(&mut self) -> Parsed<Box<Expression>> {
        self.expression(0).map(Box::new)
    }

    /// Reads what stands between the parentheses of `word(…)`.
    fn call(&mut self, word: &str, start: usize) -> Parsed<Kind> {
        match word {
            "if" | "clamp" => self.three(word, start),
            "exp" => Ok(Kind::Call(Function::Exp, vec![self.expression(0)?])),
            "ln" => Ok(Kind::Call(Function::Ln, vec![self.expression(0)?])),
            "sqrt" => Ok(Kind::Call(Function::Sqrt, vec![self.expression(0)?])),
            "total" => Ok(Kind::Total(self.boxed()?)),
            "sum" => self.reduction(Reduction::Sum),
            "mean" => self.reduction(Reduction::Mean),
            "min" | "max" => self.least_or_most(word == "min", start),
            "apportion" => {
                let amount = self.boxed()?;
                self.need_word("by", "`by`")?;
                let weight = self.boxed()?;
                Ok(Kind::Apportion(amount, weight, self.over()?))
            }
            "to_zone" => {
                let value = self.boxed()?;
                self.need_word("by", "`by`")?;
                Ok(Kind::ToZone(
                    value,
                    self.any_word("the name of an overlap")?,
                ))
            }
            "at" => {
                let value = self.boxed()?;
                self.need_sign(",", "`,`")?;
                Ok(Kind::At(value, self.year()?))
            }
            "rank" => Ok(Kind::Rank(self.boxed()?, self.over()?)),
            "step" => {
                let value = self.boxed()?;
                self.need_sign(",", "`,`")?;
                Ok(Kind::Step(value, self.any_word("the name of a scale")?))
            }
            unknown => Err(ParseError::UnknownFunction(unknown.to_owned(), start)),
        }
    }

    fn over(&mut self) -> Parsed<String> {
        self.need_word("over", "`over`")?;
        self.any_word("an axis: zone, class, month or a list")
    }

    fn reduction(&mut self, reduction: Reduction) -> Parsed<Kind> {
        let inner = self.boxed()?;
        Ok(Kind::Reduce(reduction, inner, self.over()?))
    }

    /// Reads `min(x over D)`, a reduction, or `min(a, b)`, pointwise.
    fn least_or_most(&mut self, least: bool, start: usize) -> Parsed<Kind> {
        let first = self.expression(0)?;
        if matches!(self.peek(), Some(Token::Word(word)) if word == "over") {
            let reduction = if least {
                Reduction::Min
            } else {
                Reduction::Max
            };
            return Ok(Kind::Reduce(reduction, Box::new(first), self.over()?));
        }
        let function = if least { Function::Min } else { Function::Max };
        let mut operands = vec![first];
        while self.eat_sign(",") {
            operands.push(self.expression(0)?);
        }
        if operands.len() < 2 {
            return Err(ParseError::Operands(function.name(), "two or more", start));
        }
        Ok(Kind::Call(function, operands))
    }

    fn three(&mut self, word: &str, start: usize) -> Parsed<Kind> {
        let name = if word == "if" { "if" } else { "clamp" };
        let first = self.expression(0)?;
        let mut rest = Vec::new();
        while self.eat_sign(",") {
            rest.push(self.expression(0)?);
        }
        let wrong = || ParseError::Operands(name, "three", start);
        let [second, third] = <[Expression; 2]>::try_from(rest).map_err(|_| wrong())?;
        Ok(if word == "if" {
            Kind::If(Box::new([first, second, third]))
        } else {
            Kind::Call(Function::Clamp, vec![first, second, third])
        })
    }
}
