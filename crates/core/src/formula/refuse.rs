//! From trouble to a finding with file, line and column.

use crate::diagnostic::Finding;
use crate::quantity::UnitError;

use super::parse::ParseError;
use super::program::Place;

/// Returns the finding for a unit that cannot be read; the caller adds the place.
pub fn unit_finding(error: &UnitError) -> Finding {
    let near = |known: &Option<String>| known.clone().unwrap_or_else(|| "units.toml".to_owned());
    match error {
        UnitError::Syntax(text, at) => Finding::error("unit-syntax")
            .arg("text", text)
            .arg("rest", text.get(*at..).unwrap_or("")),
        UnitError::Unknown(symbol, known) => Finding::error("unit-unknown")
            .arg("symbol", symbol)
            .arg("nearest", near(known)),
        UnitError::UnknownSubstance(tag, known) => Finding::error("unit-substance-unknown")
            .arg("substance", tag)
            .arg("nearest", near(known)),
        UnitError::TagWithoutMass(text) => {
            Finding::error("unit-tag-without-mass").arg("text", text)
        }
        UnitError::YearWithoutMoney(text) => {
            Finding::error("unit-year-without-money").arg("text", text)
        }
        UnitError::OffsetInCompound(text) => {
            Finding::error("unit-offset-in-compound").arg("text", text)
        }
        UnitError::AmbiguousSlash(text) => Finding::error("unit-ambiguous-slash").arg("text", text),
        UnitError::File(words) => Finding::error("unit-file").arg("words", words),
        UnitError::Duplicate(symbol) => Finding::error("unit-duplicate").arg("symbol", symbol),
        UnitError::Definition(symbol, text) => Finding::error("unit-definition")
            .arg("symbol", symbol)
            .arg("text", text),
    }
}

/// Adds file, line and column of byte `offset` of `text`, which begins at `place`.
pub(super) fn placed(finding: Finding, place: &Place, text: &str, offset: usize) -> Finding {
    let before = text.get(..offset).unwrap_or(text);
    let breaks = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or("").chars().count();
    let line = place.line as usize + breaks;
    let column = if breaks == 0 {
        place.column.max(1) as usize + last
    } else {
        last + 1
    };
    finding
        .file(&place.file)
        .place(format!("line {line}, column {column}"))
}

/// Returns the finding for a text that is no expression.
pub(super) fn parse_finding(error: &ParseError, place: &Place, text: &str) -> Finding {
    let (finding, at) = match error {
        ParseError::Expected(what, at) => {
            let rest = text.get(*at..).unwrap_or("");
            let found: String = rest.chars().take(12).collect();
            let finding = Finding::error("formula-syntax").arg("expected", what);
            (finding.arg("found", found), *at)
        }
        ParseError::UnknownFunction(name, at) => {
            let finding = Finding::error("formula-unknown-function").arg("function", name);
            (finding, *at)
        }
        ParseError::Operands(function, count, at) => {
            let finding = Finding::error("formula-operands").arg("function", function);
            (finding.arg("count", count), *at)
        }
        ParseError::Unit(error, at) => (unit_finding(error), *at),
        ParseError::OffsetLiteral(at) => (Finding::error("formula-offset-literal"), *at),
        ParseError::TooLarge(at) => (Finding::error("formula-too-large"), *at),
    };
    placed(finding, place, text, at)
}
