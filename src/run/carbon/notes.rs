//! Notes of the page: what a reader must know, in words rather than ids.

use gep_core::diagnostic::{Finding, Language};
use gep_core::methodology::{Methodology, Title};
use serde_json::{Value, json};

use crate::source::carbon::CarbonProject;

/// Notes of the project and its method set, then what the run found.
pub fn notes(methodology: &Methodology, project: &CarbonProject, found: &[Finding]) -> Vec<Value> {
    let set = methodology
        .carbon
        .method_sets
        .get(&project.carbon.method_set);
    let told = project.carbon.note.iter();
    let told = told.map(|note| json!({"zh": note.zh, "en": note.en}));
    let of_set = set.and_then(|set| set.note.as_ref()).into_iter();
    let of_set = of_set.map(|note| json!({"zh": note.zh, "en": note.en}));
    let found = found.iter().map(|own| {
        let [zh, en] = [Language::Zh, Language::En].map(|language| {
            let own = spoken(methodology, project, own, language);
            let (end, space) = match language {
                Language::Zh => ("。", ""),
                Language::En => (".", " "),
            };
            let place: Vec<&str> = own
                .file
                .iter()
                .chain(&own.place)
                .map(String::as_str)
                .collect();
            let place = match (place.is_empty(), language) {
                (true, _) => String::new(),
                (false, Language::Zh) => format!("（{}）", place.join(" ")),
                (false, Language::En) => format!(" ({})", place.join(" ")),
            };
            let (reason, advice) = (own.reason(language), own.advice(language));
            let said = [capital(&reason), place, end.to_owned(), space.to_owned()].concat();
            joined(&format!("{said}{}{end}", capital(&advice)))
        });
        json!({"zh": zh, "en": en})
    });
    told.chain(of_set).chain(found).collect()
}

/// A sentence as it begins in print.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Chinese signs stand side by side: what was set apart for ids is joined again.
fn joined(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let wide = |at: Option<usize>| {
        at.and_then(|at| letters.get(at))
            .is_some_and(|own| *own as u32 >= 0x2e80)
    };
    let kept = letters
        .iter()
        .enumerate()
        .filter(|(at, own)| **own != ' ' || !(wide(at.checked_sub(1)) && wide(Some(at + 1))));
    kept.map(|(_, own)| *own).collect()
}

/// A finding with titles in the place of the ids of regions, carriers, flows, quantities and
/// conventions.
fn spoken(
    methodology: &Methodology,
    project: &CarbonProject,
    finding: &Finding,
    language: Language,
) -> Finding {
    let balance = &methodology.carbon.balance;
    let title = |title: &Title| match language {
        Language::Zh => title.zh.clone(),
        Language::En => title.en.clone(),
    };
    let mut own = finding.clone();
    let region = finding.argument("region").and_then(|code| {
        let region = project.regions.iter().find(|own| own.code == code)?;
        Some(match language {
            Language::Zh => region.name_zh.clone(),
            Language::En => region.name_en.clone(),
        })
    });
    if let Some(name) = region {
        own = own.arg("region", name);
    }
    let quantity = finding.argument("quantity");
    if let Some(quantity) = quantity.and_then(|id| methodology.quantities.get(id)) {
        own = own.arg("quantity", title(&quantity.title));
    }
    let method = finding.argument("method");
    if let Some(method) = method.and_then(|id| methodology.methods.get(id)) {
        own = own.arg("method", title(&method.title));
    }
    let carrier = finding.argument("carrier");
    if let Some(carrier) = carrier.and_then(|id| balance.carrier(id)) {
        own = own.arg("carrier", title(&carrier.title));
    }
    let flow = finding.argument("flow");
    let named = flow
        .and_then(|id| balance.flow(id))
        .map(|own| title(&own.title));
    let derived = match (flow, language) {
        (Some("difference"), Language::Zh) => Some("供应合计".to_owned()),
        (Some("difference"), Language::En) => Some("supply against use".to_owned()),
        _ => None,
    };
    match named.or(derived) {
        Some(name) => own.arg("flow", name),
        None => own,
    }
}
