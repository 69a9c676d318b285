//! Rules of a profile that follow after all indicators: which of several sales of
//! one thing counts, what is taken off, what a negative value counts as.

use std::collections::BTreeMap;

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

/// What a rule does, county by county.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombineKind {
    /// Of several indicators that sell one thing one counts.
    KeepOne(Keep),
    /// Indicators of the group `deduction` are taken off.
    Subtract,
    /// Whether negative values count.
    Sign(Negative),
}

impl CombineKind {
    const WORDS: [&'static str; 3] = ["keep_one", "subtract", "sign"];

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::KeepOne(_) => "keep_one",
            Self::Subtract => "subtract",
            Self::Sign(_) => "sign",
        }
    }

    /// Returns the word of its choice; empty if it has none.
    pub fn choice(self) -> &'static str {
        match self {
            Self::KeepOne(Keep::Order) => "order",
            Self::KeepOne(Keep::Largest) => "largest",
            Self::Sign(Negative::Keep) => "keep",
            Self::Sign(Negative::Zero) => "zero",
            Self::Subtract => "",
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
        _ => None,
    }
}

/// Proves that rules speak of indicators of their profile, and that what is to be
/// taken off is taken off once. `priced` tells whether an indicator has a value.
pub(super) fn rules_fit(
    rules: &[CombineRule],
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
