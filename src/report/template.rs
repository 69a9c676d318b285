//! Templates and the words they ask for.

use gep_core::diagnostic::{Finding, Findings, Language};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::speech::Speech;

macro_rules! template {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../reports/templates/", $name)),
        )
    };
}

/// All templates; the program carries them.
const TEMPLATES: &[(&str, &str)] = &[
    template!("adjustments.html"),
    template!("report.html"),
    template!("carbon.html"),
    template!("drawings.html"),
    template!("drawings.css"),
    template!("patterns.html"),
    template!("macros.html"),
    template!("summary.html"),
    template!("map.html"),
    template!("explore.html"),
    template!("ranking.html"),
    template!("composition.html"),
    template!("uncertainty.html"),
    template!("tables.html"),
    template!("lists.html"),
    template!("limits.html"),
    template!("style.css"),
    template!("book/index.md"),
    template!("book/laws.md"),
    template!("book/profiles.md"),
    template!("book/macros.md"),
];

/// Renders a template over a context, in the words of a speech.
pub(super) fn render(
    template: &str,
    context: &impl Serialize,
    speech: Speech,
) -> Result<String, Findings> {
    let broken = |error: Error| -> Findings {
        Finding::error("report-template-broken")
            .arg("error", format!("{error:#}"))
            .exit(70)
            .into()
    };
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(broken)?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        // Our own style sheet, and pages of our own methodology.
        false => AutoEscape::None,
    });
    environment.add_function("t", move |key: String, arguments: Kwargs| {
        say(&key, speech, &arguments)
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(broken)?;
    }
    let template = environment.get_template(template).map_err(broken)?;
    let context = Value::from(Serde(context));
    template.render(context).map_err(broken)
}

fn say(key: &str, speech: Speech, arguments: &Kwargs) -> Result<String, Error> {
    let mut filled: Vec<(&str, String)> = Vec::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        filled.push((name, value.to_string()));
    }
    let places: Vec<(&str, &str)> = filled.iter().map(|(n, v)| (*n, v.as_str())).collect();
    speech.fill(key, &places).map_err(|finding| {
        let reason = finding.reason(Language::En);
        Error::new(ErrorKind::InvalidOperation, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::texts;

    /// Every text a template asks for is in the catalogue, in branches that no
    /// test renders too.
    #[test]
    fn templates_ask_for_texts_that_are_there() {
        let mut asked = 0;
        for (name, source) in TEMPLATES {
            for piece in source.split(" t(\"").skip(1) {
                let (key, after) = piece.split_once('"').unwrap_or((piece, ""));
                if after.starts_with(" ~") {
                    // Put together with a word of the data, which pages render.
                    continue;
                }
                assert!(texts::find(key, Language::Zh).is_some(), "{name}: {key}");
                asked += 1;
            }
        }
        assert!(asked > 60, "{asked}");
    }
}
