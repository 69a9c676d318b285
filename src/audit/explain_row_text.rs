//! A row of a table beside the account as a tree for people.

use std::fmt::Write as _;

use gep_core::diagnostic::Language;

use super::explain_equations::{Equation, TERMS_SHOWN};
use super::explain_row::RowExplanation;
use super::explain_text::Page;

/// Returns the explanation of a row.
pub(super) fn row_text(own: &RowExplanation, language: Language) -> String {
    let mut page = Page {
        out: String::new(),
        language,
    };
    let keys: Vec<&str> = own
        .keys
        .iter()
        .map(|(_, text)| text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    let name = page.both(&own.region_name).to_string();
    let value = own.value.as_deref().unwrap_or("-");
    let head = format!("{} {}  {name}", own.table, keys.join(" "));
    _ = writeln!(page.out, "{}    {value} {}", head.trim_end(), own.unit);
    _ = writeln!(page.out, "│  id {}", own.number_id);
    let mut blocks = Vec::new();
    if !own.origin.is_empty() {
        blocks.push(vec![page.both(&own.origin).to_string()]);
    }
    blocks.extend(
        own.equations
            .iter()
            .map(|one| equation(&page, one, &own.unit)),
    );
    blocks.extend(own.methods.iter().map(|method| page.method(method)));
    let columns = own
        .columns
        .iter()
        .map(|(name, text)| format!("{name}: {text}"));
    let columns: Vec<String> = columns.collect();
    if !columns.is_empty() {
        blocks.push(
            [
                vec![page.say("该行各列", "columns of the row").to_string()],
                columns,
            ]
            .concat(),
        );
    }
    let [program, run_id, profile, year, status] = &own.run;
    let word = page.say("运行", "run");
    let status = page.status(status);
    let mut files = vec![format!(
        "{word} {run_id}    {program}  {profile}  {year}  {status}"
    )];
    let file = |one: &crate::output::FileEntry| {
        format!("{}  {}  blake3 {}", one.role, one.path, one.digest)
    };
    files.extend(own.inputs.iter().map(file));
    blocks.push(files);
    let last = blocks.len();
    for (at, block) in blocks.iter().enumerate() {
        page.block(block, at + 1 == last);
    }
    page.out
}

fn equation(page: &Page, own: &Equation, unit: &str) -> Vec<String> {
    let words = page.say(own.words[0], own.words[1]);
    let result = own.result.as_deref().unwrap_or("-");
    let mut lines = vec![
        words.to_string(),
        format!("= {} = {result} {unit}", own.with_numbers(TERMS_SHOWN)),
    ];
    if !own.agrees() {
        let printed = own.printed.as_deref().unwrap_or("-");
        lines.push(format!(
            "{} {printed}",
            page.say("与表中的数不符：", "does not agree with the table:")
        ));
    }
    for term in own
        .terms
        .iter()
        .take(TERMS_SHOWN)
        .filter(|_| own.terms.len() > 1)
    {
        let id = match term.id.as_str() {
            "" => String::new(),
            id => format!("  id {id}"),
        };
        let amount = term.amount.as_deref().unwrap_or("-");
        lines.push(format!("{} {}    {amount}{id}", term.sign, term.label));
    }
    if own.terms.len() > TERMS_SHOWN {
        let more = page.say(
            "另有 {} 项（见 --format json）",
            "{} more (see --format json)",
        );
        lines.push(more.replace("{}", &(own.terms.len() - TERMS_SHOWN).to_string()));
    }
    lines
}
