//! The units a methodology knows, read from its `units.toml`, and the reading
//! of unit expressions such as `MJ*mm/(ha*h*a)` or `CNY@2010/t[SO2]`.

use std::collections::BTreeMap;
use std::fmt;

use num_traits::{One, Zero};
use serde::Deserialize;

use super::rational::{Rational, parse_decimal};
use super::unit::{Dimension, Unit};

/// The base unit that may carry a substance tag.
const MASS: &str = "kg";
/// The base unit that may carry a price year.
const MONEY: &str = "CNY";

/// Why a unit or a unit file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// The text is not a unit expression; byte offset of the trouble.
    Syntax(String, usize),
    /// No such unit; the nearest known symbol.
    Unknown(String, Option<String>),
    /// No such substance tag; the nearest known one.
    UnknownSubstance(String, Option<String>),
    /// A substance tag on something that is not a mass.
    TagWithoutMass(String),
    /// A price year on something that is not money, or not a year.
    YearWithoutMoney(String),
    /// A temperature scale inside a compound unit.
    OffsetInCompound(String),
    /// A second `/`, or a `*` after `/`: ambiguous without parentheses.
    AmbiguousSlash(String),
    /// The unit file is not the TOML we expect; the reader's own words.
    File(String),
    /// A unit of the file is defined twice.
    Duplicate(String),
    /// A definition of the file cannot be read: the unit and the definition.
    Definition(String, String),
}

impl fmt::Display for UnitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = |nearest: &Option<String>| match nearest {
            Some(known) => format!(" (did you mean `{known}`?)"),
            None => String::new(),
        };
        match self {
            Self::Syntax(text, at) => write!(out, "`{text}` is not a unit, from byte {at}"),
            Self::Unknown(symbol, known) => write!(out, "unknown unit `{symbol}`{}", near(known)),
            Self::UnknownSubstance(tag, known) => {
                write!(out, "unknown substance `{tag}`{}", near(known))
            }
            Self::TagWithoutMass(text) => write!(out, "`{text}`: only a mass has a substance"),
            Self::YearWithoutMoney(text) => write!(out, "`{text}`: only money has a price year"),
            Self::OffsetInCompound(text) => {
                write!(out, "`{text}`: a temperature scale stands alone; use `K`")
            }
            Self::AmbiguousSlash(text) => {
                write!(out, "`{text}`: put what stands below `/` in parentheses")
            }
            Self::File(words) => write!(out, "{words}"),
            Self::Duplicate(symbol) => write!(out, "unit `{symbol}` is defined twice"),
            Self::Definition(symbol, text) => {
                write!(out, "unit `{symbol}`: definition `{text}` cannot be read")
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitFile {
    #[serde(default)]
    unit: Vec<UnitRow>,
    #[serde(default)]
    substance: Vec<SubstanceRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRow {
    name: String,
    definition: Option<String>,
    offset: Option<String>,
    #[serde(rename = "title")]
    _title: Title,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubstanceRow {
    id: String,
    title: Title,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    zh: String,
    en: String,
}

/// The known units and substances.
#[derive(Clone, Debug, Default)]
pub struct UnitRegistry {
    units: BTreeMap<String, Unit>,
    substances: BTreeMap<String, (String, String)>,
}

impl UnitRegistry {
    /// Reads a unit file: `[[unit]]` with `name`, `definition` (absent for a base
    /// unit; otherwise an exact number and a unit expression over earlier units),
    /// `offset`, `title`, `source`; `[[substance]]` with `id`, `title`.
    ///
    /// # Errors
    ///
    /// All that is wrong with the file, in the file's order.
    pub fn parse(text: &str) -> Result<Self, Vec<UnitError>> {
        let file: UnitFile =
            toml::from_str(text).map_err(|error| vec![UnitError::File(error.to_string())])?;
        let mut registry = Self::default();
        let mut errors = Vec::new();
        for row in file.substance {
            let titles = (row.title.zh, row.title.en);
            if registry.substances.insert(row.id.clone(), titles).is_some() {
                errors.push(UnitError::Duplicate(row.id));
            }
        }
        for row in file.unit {
            match registry.define(&row) {
                Ok(unit) => {
                    if registry.units.insert(row.name.clone(), unit).is_some() {
                        errors.push(UnitError::Duplicate(row.name));
                    }
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(registry)
        } else {
            Err(errors)
        }
    }

    fn define(&self, row: &UnitRow) -> Result<Unit, UnitError> {
        let unreadable =
            || UnitError::Definition(row.name.clone(), format!("{:?}", row.definition));
        if !is_symbol(&row.name) {
            return Err(unreadable());
        }
        let offset = match &row.offset {
            Some(text) => parse_decimal(text).ok_or_else(unreadable)?,
            None => Rational::zero(),
        };
        let Some(definition) = &row.definition else {
            let base = Dimension::base(&row.name);
            return Ok(Unit::named(row.name.clone(), base, Rational::one(), offset));
        };
        let (number, rest) = definition
            .split_once(char::is_whitespace)
            .unwrap_or((definition, "1"));
        let number = parse_fraction(number).ok_or_else(unreadable)?;
        let unit = self.unit(rest.trim())?;
        Ok(Unit::named(
            row.name.clone(),
            unit.dimension().clone(),
            number * unit.scale(),
            offset,
        ))
    }

    /// Returns the Chinese and English names of a substance.
    pub fn substance(&self, id: &str) -> Option<(&str, &str)> {
        let (zh, en) = self.substances.get(id)?;
        Some((zh, en))
    }

    /// Returns the known symbols, in order.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    /// Reads a unit expression: symbols, `*`, one `/`, `^` with an integer,
    /// parentheses, `[substance]` on a mass, `@year` on money, and `1`.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn unit(&self, text: &str) -> Result<Unit, UnitError> {
        let mut reader = Reader {
            registry: self,
            text,
            at: 0,
        };
        let unit = reader.product()?;
        if reader.at == text.len() {
            Ok(unit)
        } else {
            Err(reader.syntax())
        }
    }

    fn symbol(&self, text: &str) -> Result<Unit, UnitError> {
        let (symbol, tag, year) = split_symbol(text);
        let known = self.units.get(symbol).ok_or_else(|| {
            UnitError::Unknown(symbol.to_owned(), nearest(symbol, self.units.keys()))
        })?;
        if let Some(tag) = tag {
            if !self.substances.contains_key(tag) {
                let known = nearest(tag, self.substances.keys());
                return Err(UnitError::UnknownSubstance(tag.to_owned(), known));
            }
            if *known.dimension() != Dimension::base(MASS) {
                return Err(UnitError::TagWithoutMass(text.to_owned()));
            }
            return Ok(retagged(known, text, MASS, &format!("{MASS}[{tag}]")));
        }
        if let Some(year) = year {
            let four_digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
            if *known.dimension() != Dimension::base(MONEY) || !four_digits {
                return Err(UnitError::YearWithoutMoney(text.to_owned()));
            }
            return Ok(retagged(known, text, MONEY, &format!("{MONEY}@{year}")));
        }
        Ok(known.clone())
    }
}

fn retagged(known: &Unit, spelling: &str, plain: &str, tagged: &str) -> Unit {
    Unit::named(
        spelling.to_owned(),
        known.dimension().retag(plain, tagged),
        known.scale().clone(),
        Rational::zero(),
    )
}

/// Splits `t[SO2]` and `CNY@2010` into symbol, substance and year.
fn split_symbol(text: &str) -> (&str, Option<&str>, Option<&str>) {
    if let Some((symbol, rest)) = text.split_once('[') {
        return (symbol, Some(rest.strip_suffix(']').unwrap_or(rest)), None);
    }
    match text.split_once('@') {
        Some((symbol, year)) => (symbol, None, Some(year)),
        None => (text, None, None),
    }
}

/// Reads `0.01` or `2000/3`.
fn parse_fraction(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        Some((above, below)) => {
            let below = parse_decimal(below).filter(|number| !number.is_zero())?;
            Some(parse_decimal(above)? / below)
        }
        None => parse_decimal(text),
    }
}

fn is_symbol(name: &str) -> bool {
    let first = name.chars().next();
    let letters = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '%');
    first.is_some_and(|letter| letter.is_alphabetic() || letter == '%') && name.chars().all(letters)
}

/// Returns the known name nearest to `name`, if it is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    let limit = (name.chars().count() / 2).clamp(1, 3);
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// Computes the edit distance, a change of case counting nothing.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// Reads one unit expression from left to right.
struct Reader<'a> {
    registry: &'a UnitRegistry,
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn syntax(&self) -> UnitError {
        UnitError::Syntax(self.text.to_owned(), self.at)
    }

    fn eat(&mut self, letter: char) -> bool {
        let found = self.rest().starts_with(letter);
        self.at += if found { letter.len_utf8() } else { 0 };
        found
    }

    fn product(&mut self) -> Result<Unit, UnitError> {
        let mut unit = self.power()?;
        let mut divided = false;
        loop {
            let divide = match self.rest().chars().next() {
                Some('*') => false,
                Some('/') => true,
                _ => break,
            };
            if divided {
                return Err(UnitError::AmbiguousSlash(self.text.to_owned()));
            }
            self.at += 1;
            let other = self.power()?;
            if unit.is_offset() || other.is_offset() {
                return Err(UnitError::OffsetInCompound(self.text.to_owned()));
            }
            unit = if divide {
                unit.over(&other)
            } else {
                unit.times(&other)
            };
            divided |= divide;
        }
        Ok(unit)
    }

    fn power(&mut self) -> Result<Unit, UnitError> {
        let unit = self.atom()?;
        if !self.eat('^') {
            return Ok(unit);
        }
        let length = self
            .rest()
            .find(|letter: char| !letter.is_ascii_digit() && letter != '-')
            .unwrap_or(self.rest().len());
        let exponent: i32 = self.rest()[..length].parse().map_err(|_| self.syntax())?;
        if unit.is_offset() {
            return Err(UnitError::OffsetInCompound(self.text.to_owned()));
        }
        if exponent.abs() > 9 {
            return Err(self.syntax());
        }
        self.at += length;
        Ok(unit.power(exponent))
    }

    fn atom(&mut self) -> Result<Unit, UnitError> {
        if self.eat('(') {
            let unit = self.product()?;
            return if self.eat(')') {
                Ok(unit)
            } else {
                Err(self.syntax())
            };
        }
        let length = symbol_length(self.rest());
        if length == 0 {
            return Err(self.syntax());
        }
        let symbol = &self.text[self.at..self.at + length];
        let unit = if symbol == "1" {
            Unit::one()
        } else {
            self.registry.symbol(symbol)?
        };
        self.at += length;
        Ok(unit)
    }
}

/// Returns the length in bytes of the unit symbol at the start of `text`, with
/// its substance or year; 0 if there is none.
pub fn symbol_length(text: &str) -> usize {
    if text.starts_with('1') {
        return 1;
    }
    let plain = text
        .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '%')))
        .unwrap_or(text.len());
    if plain == 0 || text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return 0;
    }
    let rest = &text[plain..];
    let tail = match rest.chars().next() {
        Some('[') => rest.find(']').map_or(0, |close| close + 1),
        Some('@') => rest[1..]
            .find(|letter: char| !letter.is_alphanumeric())
            .map_or(rest.len(), |end| end + 1),
        _ => 0,
    };
    plain + tail
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
