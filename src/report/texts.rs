//! The words of the report, once in Chinese and once in English.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use gep_core::diagnostic::{Finding, Language};
use serde::Deserialize;

const TEXTS: &str = include_str!("../../reports/templates/texts.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    zh: String,
    en: String,
}

type Sections = BTreeMap<String, BTreeMap<String, Both>>;

fn texts() -> &'static Sections {
    static ALL: OnceLock<Sections> = OnceLock::new();
    ALL.get_or_init(|| {
        toml::from_str(TEXTS)
            .unwrap_or_else(|error| panic!("our own texts.toml of the report is broken: {error}"))
    })
}

/// Returns the text of `section.name` if the catalogue has it.
pub(super) fn find(key: &str, language: Language) -> Option<&'static str> {
    let (section, name) = key.split_once('.')?;
    let both = texts().get(section)?.get(name)?;
    Some(match language {
        Language::Zh => &both.zh,
        Language::En => &both.en,
    })
}

/// Returns all texts of a section.
pub(super) fn section(name: &str, language: Language) -> BTreeMap<&'static str, &'static str> {
    let own = texts().get(name).into_iter().flatten();
    own.map(|(key, both)| match language {
        Language::Zh => (key.as_str(), both.zh.as_str()),
        Language::En => (key.as_str(), both.en.as_str()),
    })
    .collect()
}

/// Returns the text of a key with its `{name}` places filled in.
///
/// A key or an argument that is not there is an error of ours, never a blank.
pub(super) fn text(
    key: &str,
    language: Language,
    arguments: &[(&str, &str)],
) -> Result<String, Finding> {
    let lacking = |what: &str| {
        Finding::error("report-text-missing")
            .arg("key", what)
            .exit(70)
    };
    let mut rest = find(key, language).ok_or_else(|| lacking(key))?;
    let mut out = String::with_capacity(rest.len() + 16);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| lacking(key))?;
        let value = arguments
            .iter()
            .find(|(own, _)| *own == name)
            .ok_or_else(|| lacking(&format!("{key}: {{{name}}}")))?;
        out.push_str(before);
        out.push_str(value.1);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places() {
        let places = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_string()))
                .collect();
            found.sort();
            found
        };
        let mut count = 0;
        for (section, entries) in texts() {
            for (name, both) in entries {
                assert!(!both.zh.trim().is_empty(), "{section}.{name}: zh");
                assert!(!both.en.trim().is_empty(), "{section}.{name}: en");
                assert_eq!(places(&both.zh), places(&both.en), "{section}.{name}");
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn a_missing_key_or_argument_is_an_error() {
        let code = |key, arguments: &[(&str, &str)]| {
            text(key, Language::Zh, arguments).map_err(|finding| finding.code)
        };
        assert_eq!(code("no.such", &[]), Err("report-text-missing"));
        assert_eq!(code("state.withheld", &[]), Err("report-text-missing"));
        assert_eq!(
            code("state.withheld", &[("coverage", "72.3 %")]),
            Ok("未列示（覆盖率 72.3 %）".into())
        );
    }
}
