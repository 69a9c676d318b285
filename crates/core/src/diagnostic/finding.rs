//! One finding and a list of findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::catalogue::{Language, fill, message};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run goes on and the finding is recorded in the report.
    Warning,
    /// The run stops (exit 65, 66 or 74 by `Finding::exit`).
    Error,
}

/// What is wrong (`code` and arguments), in which file, and at which place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code such as `zones-crs-missing`; the key of the message catalogue.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file the finding is about, as the user named it.
    pub file: Option<String>,
    /// The place inside the file: `line 14, column 3`, `feature 330127`, `sheet 产量 B7`.
    pub place: Option<String>,
    /// The program's exit code if this finding stops it.
    pub exit: u8,
    arguments: BTreeMap<&'static str, String>,
}

impl Finding {
    /// Creates an error: bad data, exit 65.
    pub fn error(code: &'static str) -> Self {
        Self {
            code,
            severity: Severity::Error,
            file: None,
            place: None,
            exit: 65,
            arguments: BTreeMap::new(),
        }
    }

    /// Creates a warning.
    pub fn warning(code: &'static str) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code)
        }
    }

    /// Names the file.
    #[must_use]
    pub fn file(mut self, file: impl ToString) -> Self {
        self.file = Some(file.to_string());
        self
    }

    /// Names the place inside the file.
    #[must_use]
    pub fn place(mut self, place: impl ToString) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Gives the value of a `{name}` of the message.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.insert(name, value.to_string());
        self
    }

    /// Returns an argument of the message.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// Sets the exit code: 2 usage, 65 bad data, 66 missing input, 74 I/O.
    #[must_use]
    pub fn exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// Returns the sentence that says what is wrong.
    pub fn reason(&self, language: Language) -> String {
        fill(message(self.code).reason.get(language), &self.arguments)
    }

    /// Returns the sentence that says what to do.
    pub fn advice(&self, language: Language) -> String {
        fill(message(self.code).advice.get(language), &self.arguments)
    }

    /// Prints the finding for a terminal, without colour.
    pub fn to_text(&self, language: Language) -> String {
        let (word, advice) = match (self.severity, language) {
            (Severity::Error, Language::En) => ("error", "do:"),
            (Severity::Warning, Language::En) => ("warning", "do:"),
            (Severity::Error, Language::Zh) => ("错误", "处理："),
            (Severity::Warning, Language::Zh) => ("警告", "处理："),
        };
        let mut out = format!("{word}[{}]: {}", self.code, self.reason(language));
        let comma = if language == Language::Zh {
            "，"
        } else {
            ", "
        };
        match (&self.file, &self.place) {
            (Some(file), Some(place)) => _ = write!(out, "\n  --> {file}{comma}{place}"),
            (Some(one), None) | (None, Some(one)) => _ = write!(out, "\n  --> {one}"),
            (None, None) => {}
        }
        let words = self.advice(language);
        if !words.is_empty() {
            _ = write!(out, "\n  {advice} {words}");
        }
        out
    }

    /// Returns the finding as `{code, severity, file, place, reason, advice}`.
    pub fn to_json(&self, language: Language) -> Value {
        json!({
            "code": self.code,
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "file": self.file,
            "place": self.place,
            "reason": self.reason(language),
            "advice": self.advice(language),
        })
    }
}

/// A non-empty list of findings with which an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Returns the exit code: the largest of the errors' codes.
    pub fn exit(&self) -> u8 {
        self.0
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.exit)
            .max()
            .unwrap_or(0)
    }

    /// Returns whether one of the findings has this code.
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|finding| finding.code == code)
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}
