//! The message catalogue: for each code a reason and an advice in zh and en.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Language of what a person reads in the terminal or in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Both {
    zh: String,
    en: String,
}

impl Both {
    pub(super) fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) reason: Both,
    pub(super) advice: Both,
}

const FILES: &[(&str, &str)] = &[
    ("assess.toml", include_str!("messages/assess.toml")),
    ("audit.toml", include_str!("messages/audit.toml")),
    ("carbon.toml", include_str!("messages/carbon.toml")),
    ("filing.toml", include_str!("messages/filing.toml")),
    ("formula.toml", include_str!("messages/formula.toml")),
    (
        "methodology.toml",
        include_str!("messages/methodology.toml"),
    ),
    ("profile.toml", include_str!("messages/profile.toml")),
    ("project.toml", include_str!("messages/project.toml")),
    ("report.toml", include_str!("messages/report.toml")),
    ("source.toml", include_str!("messages/source.toml")),
    ("space.toml", include_str!("messages/space.toml")),
    ("zonal.toml", include_str!("messages/zonal.toml")),
];

fn messages() -> &'static BTreeMap<String, Message> {
    static MESSAGES: OnceLock<BTreeMap<String, Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut all = BTreeMap::new();
        for (name, text) in FILES {
            let part: BTreeMap<String, Message> = toml::from_str(text)
                .unwrap_or_else(|error| panic!("our own message file {name} is broken: {error}"));
            for (code, message) in part {
                let earlier = all.insert(code.clone(), message);
                assert!(earlier.is_none(), "message code {code} stands in two files");
            }
        }
        all
    })
}

/// Returns every code of the catalogue, in order.
pub fn catalogue_codes() -> impl Iterator<Item = &'static str> {
    messages().keys().map(String::as_str)
}

pub(super) fn message(code: &str) -> &'static Message {
    messages()
        .get(code)
        .unwrap_or_else(|| panic!("finding code {code} has no entry in the message catalogue"))
}

/// Puts the arguments into the `{name}` places of a message.
///
/// # Panics
///
/// If the message names an argument the finding does not carry: a mistake of
/// our own that the tests of each finding bring to light.
pub(super) fn fill(template: &str, arguments: &BTreeMap<&'static str, String>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map_or(rest.len(), |at| open + at);
        out.push_str(&rest[..open]);
        let name = &rest[open + 1..close];
        match arguments.get(name) {
            Some(value) => out.push_str(value),
            None => panic!("message argument `{name}` is not given in: {template}"),
        }
        rest = rest.get(close + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
