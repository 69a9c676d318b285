//! Rules of a profile that follow after all indicators: which of several sales of
//! one thing counts, what is taken off, what a negative value counts as.

use std::collections::BTreeMap;

use crate::quantity::{Rational, format_exact, parse_decimal};

use super::dictionary::{Citation, SourceDocument, Title, citation, one_of};
use super::document::{Fields, Notes, Text, at, insert};
use super::profile::{Indicator, IndicatorGroup, IndicatorState};

/// How `keep_one` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The first in the order of the rule.
    Order,
    /// The largest; of equals the first in the order of the rule.
    Largest,
}

/// What a negative value counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negative {
    /// As it is.
    Keep,
    /// As nothing.
    Zero,
}

/// The bounds of `cap` and `clamp`, in whole fen, spelled in yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least an indicator counts with in a county, yuan.
    pub least: Option<Rational>,
    /// The most an indicator counts with in a county, yuan.
    pub most: Rational,
    /// The year of the yuan, which is that of the profile's prices.
    pub price_year: String,
}

/// What a rule does, county by county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CombineKind {
    /// Of several indicators that sell one thing one counts.
    KeepOne(Keep),
    /// Indicators of the group `deduction` are taken off.
    Subtract,
    /// Whether negative values count.
    Sign(Negative),
    /// Each indicator counts with no more than an amount (`cap`), or between two
    /// (`clamp`).
    Bounded(Bounds),
}

impl CombineKind {
    const WORDS: [&'static str; 5] = ["keep_one", "subtract", "sign", "cap", "clamp"];

    /// Returns the word of the files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::KeepOne(_) => "keep_one",
            Self::Subtract => "subtract",
            Self::Sign(_) => "sign",
            Self::Bounded(Bounds { least: None, .. }) => "cap",
            Self::Bounded(_) => "clamp",
        }
    }

    /// Returns the word of its choice, or its bounds in yuan: `most`, or `least most`;
    /// empty if it has none.
    pub fn choice(&self) -> String {
        match self {
            Self::KeepOne(Keep::Order) => "order".to_owned(),
            Self::KeepOne(Keep::Largest) => "largest".to_owned(),
            Self::Sign(Negative::Keep) => "keep".to_owned(),
            Self::Sign(Negative::Zero) => "zero".to_owned(),
            Self::Subtract => String::new(),
            Self::Bounded(bounds) => {
                let both = bounds.least.iter().chain([&bounds.most]);
                both.map(format_exact).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// A `[[combine]]` entry of a profile.
#[derive(Clone, Debug)]
pub struct CombineRule {
    /// Its id; no indicator and no group of the profile has it.
    pub id: String,
    /// What it does.
    pub kind: CombineKind,
    /// Its title.
    pub title: Title,
    /// Where the rule is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// The indicators, in order.
    pub indicators: Vec<String>,
    /// The file it stands in.
    pub file: String,
    /// The line of the file.
    pub line: u32,
}

/// Reads the rules of a profile file.
pub(super) fn rules(
    tables: Vec<Fields>,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) -> Vec<CombineRule> {
    let mut seen = BTreeMap::new();
    let mut all = Vec::new();
    for fields in tables {
        let file = fields.file.clone();
        let Some((id, rule)) = rule(fields, sources, notes) else {
            continue;
        };
        insert(&mut seen, id, &file, (), notes);
        all.push(rule);
    }
    all
}

fn rule(
    mut fields: Fields,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) -> Option<(Text, CombineRule)> {
    let (file, line) = (fields.file.clone(), fields.line);
    let id = fields.text("id", notes);
    let word = fields.text("kind", notes);
    let title = fields.title("title", notes);
    let source = citation(&mut fields, sources, notes);
    let note = fields.optional_title("note", notes);
    let indicators = fields.texts("indicators", notes);
    let kind = word.and_then(|word| {
        one_of(&word, "kind", &CombineKind::WORDS, &file, notes);
        kind(&word.value, &mut fields, notes)
    });
    fields.finish(notes);
    let (id, kind) = (id?, kind?);
    let least = if matches!(kind, CombineKind::KeepOne(_)) {
        2
    } else {
        1
    };
    let mut names: Vec<&str> = indicators.iter().map(|one| one.value.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < least || names.len() < indicators.len() {
        notes.push(
            at("methodology-combine-count", &file, line)
                .arg("rule", &id.value)
                .arg("kind", kind.word())
                .arg("least", least),
        );
        return None;
    }
    let rule = CombineRule {
        id: id.value.clone(),
        kind,
        title: title?,
        citation: source?,
        note,
        indicators: indicators.into_iter().map(|text| text.value).collect(),
        file,
        line,
    };
    Some((id, rule))
}

fn kind(word: &str, fields: &mut Fields, notes: &mut Notes) -> Option<CombineKind> {
    let mut choice = |key: &'static str, allowed: [&str; 2]| {
        let text = fields.text(key, notes)?;
        one_of(&text, key, &allowed, &fields.file, notes).then_some(text.value)
    };
    match word {
        "keep_one" => match choice("keep", ["order", "largest"])?.as_str() {
            "order" => Some(CombineKind::KeepOne(Keep::Order)),
            _ => Some(CombineKind::KeepOne(Keep::Largest)),
        },
        "sign" => match choice("negative", ["keep", "zero"])?.as_str() {
            "keep" => Some(CombineKind::Sign(Negative::Keep)),
            _ => Some(CombineKind::Sign(Negative::Zero)),
        },
        "subtract" => Some(CombineKind::Subtract),
        "cap" | "clamp" => bounds(word == "clamp", fields, notes).map(CombineKind::Bounded),
        _ => None,
    }
}

/// Reads `most` and, of `clamp`, `least`: amounts as `5000000 CNY@2010`.
fn bounds(both: bool, fields: &mut Fields, notes: &mut Notes) -> Option<Bounds> {
    let least = if both {
        Some(fields.text("least", notes))
    } else {
        None
    };
    let most = fields.text("most", notes);
    let mut read = |text: Text| {
        let found = amount(&text.value);
        if found.is_none() {
            notes.push(
                at("methodology-combine-amount", &fields.file, text.line).arg("text", &text.value),
            );
        }
        Some((found?, text.line))
    };
    let ((most, price_year), line) = read(most?)?;
    let least = match least {
        None => None,
        Some(text) => {
            let ((least, year), _) = read(text?)?;
            if year != price_year || least > most {
                notes.push(at("methodology-combine-bounds", &fields.file, line));
                return None;
            }
            Some(least)
        }
    };
    Some(Bounds {
        least,
        most,
        price_year,
    })
}

/// Reads an amount of whole fen and the year of its yuan.
fn amount(text: &str) -> Option<(Rational, String)> {
    let (number, unit) = text.split_once(' ')?;
    let year = unit.trim().strip_prefix("CNY@")?;
    let plain = !year.is_empty() && year.bytes().all(|byte| byte.is_ascii_digit());
    let yuan = parse_decimal(number).filter(|_| plain)?;
    let fen = &yuan * Rational::from_integer(100.into());
    fen.is_integer().then(|| (yuan, year.to_owned()))
}

/// Proves that rules speak of indicators of their profile, and that what is to be
/// taken off is taken off once. `priced` tells whether an indicator has a value.
pub(super) fn rules_fit(
    rules: &[CombineRule],
    price_year: &str,
    indicators: &[Indicator],
    priced: &dyn Fn(&Indicator) -> bool,
    notes: &mut Notes,
) {
    let groups = IndicatorGroup::ALL.map(IndicatorGroup::word);
    for rule in rules {
        let fault = |code, name: &str| {
            at(code, &rule.file, rule.line)
                .arg("rule", &rule.id)
                .arg("indicator", name)
        };
        let taken = indicators.iter().any(|one| one.id == rule.id)
            || groups.contains(&rule.id.as_str())
            || rule.id == "gep";
        if taken {
            notes.push(at("methodology-id-twice", &rule.file, rule.line).arg("id", &rule.id));
        }
        if let CombineKind::Bounded(bounds) = &rule.kind
            && bounds.price_year != price_year
        {
            notes.push(
                at("methodology-combine-year", &rule.file, rule.line)
                    .arg("rule", &rule.id)
                    .arg("year", &bounds.price_year)
                    .arg("expected", price_year),
            );
        }
        for name in &rule.indicators {
            let Some(indicator) = indicators.iter().find(|one| one.id == *name) else {
                notes.push(fault("methodology-combine-indicator", name));
                continue;
            };
            let deducted = indicator.group == IndicatorGroup::Deduction;
            if deducted != (rule.kind == CombineKind::Subtract) {
                notes.push(fault("methodology-combine-group", name).arg("kind", rule.kind.word()));
            }
            if indicator.state != IndicatorState::Absent && !priced(indicator) {
                notes.push(fault("methodology-combine-unpriced", name));
            }
        }
    }
    for indicator in indicators {
        let naming = |rule: &&CombineRule| {
            rule.kind == CombineKind::Subtract && rule.indicators.contains(&indicator.id)
        };
        let times = rules.iter().filter(naming).count();
        if indicator.group == IndicatorGroup::Deduction && times != 1 {
            notes.push(
                at(
                    "methodology-deduction-rule",
                    &indicator.file,
                    indicator.line,
                )
                .arg("indicator", &indicator.id)
                .arg("count", times),
            );
        }
    }
}
