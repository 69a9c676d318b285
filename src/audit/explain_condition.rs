//! What a number of the condition account was made of.

use gep_core::diagnostic::Language;
use serde_json::{Value, json};

use super::numbers::Number;
use super::tables::Table;
use crate::output::Bilingual;

/// The rest of a row of `condition`: what `Shown` has no place for.
#[derive(Clone, Debug)]
pub(super) struct ConditionFacts {
    pub(super) title: Bilingual,
    kind: String,
    class: String,
    unit: String,
    direction: String,
    /// Opening, closing and change of the variable or index, then of the indicator.
    numbers: [String; 6],
    parts: [String; 2],
    levels: [String; 2],
    /// Status, document and clause of the reference level.
    reference: [String; 3],
    members: Vec<String>,
    opening_reason: String,
}

/// Columns of [`ConditionFacts::numbers`].
const NUMBERS: [&str; 6] = [
    "opening",
    "closing",
    "change",
    "opening_indicator",
    "closing_indicator",
    "change_indicator",
];

/// Returns what the table says beside the number itself.
pub(super) fn condition_facts(table: &Table, number: &Number<'_>) -> Option<ConditionFacts> {
    let ids = table.texts("number_id");
    let row = (0..table.rows()).find(|row| ids.get(*row) == number.number_id)?;
    let text = |name: &str| table.spelling(name, row);
    Some(ConditionFacts {
        title: Bilingual::new(text("title_zh"), text("title_en")),
        kind: text("item_kind"),
        class: text("condition_class"),
        unit: text("unit"),
        direction: text("direction"),
        numbers: NUMBERS.map(text),
        parts: ["numerator", "denominator"].map(text),
        levels: ["reference_low", "reference_high"].map(text),
        reference: ["reference_status", "reference_source", "reference_clause"].map(text),
        members: text("members")
            .split_whitespace()
            .map(String::from)
            .collect(),
        opening_reason: text("opening_reason"),
    })
}

impl ConditionFacts {
    /// The variables an index rests on by name; a variable rests on itself.
    pub(super) fn variables(&self, item: &str) -> Vec<String> {
        match self.kind.as_str() {
            "variable" => vec![item.to_string()],
            _ => self.members.clone(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let numbers: serde_json::Map<String, Value> = NUMBERS
            .iter()
            .zip(&self.numbers)
            .map(|(name, value)| ((*name).to_string(), json!(value)))
            .collect();
        json!({
            "kind": self.kind, "condition_class": self.class, "unit": self.unit,
            "direction": self.direction, "numbers": numbers,
            "numerator": self.parts[0], "denominator": self.parts[1],
            "reference_low": self.levels[0], "reference_high": self.levels[1],
            "reference_status": self.reference[0], "reference_source": self.reference[1],
            "reference_clause": self.reference[2], "members": self.members,
            "opening_reason": self.opening_reason,
        })
    }

    /// The lines of the tree.
    pub(super) fn lines(&self, language: Language) -> Vec<String> {
        let zh = language == Language::Zh;
        let say = |chinese: &str, english: &str| if zh { chinese } else { english }.to_string();
        let mut lines = vec![format!(
            "{} {} ({})",
            say("生态状况", "condition"),
            self.class,
            self.kind
        )];
        let given = |text: &String| !text.is_empty();
        if self.parts.iter().all(given) {
            lines.push(format!(
                "{} / {} = {} [{}]",
                self.parts[0], self.parts[1], self.numbers[1], self.unit
            ));
        }
        if self.levels.iter().all(given) {
            let [low, high] = &self.levels;
            let [status, document, clause] = &self.reference;
            lines.push(format!(
                "{}: ({} - {low}) / ({high} - {low}), 0-1 = {}    {status}  {document}, {clause}",
                say("指标", "indicator"),
                self.numbers[1],
                self.numbers[4]
            ));
        } else if self.kind == "variable" {
            lines.push(say(
                "未给出参照水平：不折算指标，不进入指数",
                "no reference level: it is no indicator and enters no index",
            ));
        }
        if !self.members.is_empty() {
            let word = say("等权平均", "plain mean of");
            lines.push(format!("{word}: {}", self.members.join(", ")));
        }
        let opening = match self.opening_reason.as_str() {
            "" => format!(
                "{} {} + {} = {}",
                say("期初 + 变化 = 期末", "opening + change = closing"),
                self.numbers[0],
                self.numbers[2],
                self.numbers[1]
            ),
            reason => format!("{}: {reason}", say("无期初值", "no opening")),
        };
        lines.push(opening);
        lines
    }
}
