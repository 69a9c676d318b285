//! An explanation of the carbon books as a tree for people.

use std::fmt::Write as _;

use gep_core::diagnostic::Language;

use super::explain_carbon::{CarbonExplanation, CarbonStep};

/// Returns the explanations one after the other.
pub fn carbon_explanation_text(all: &[CarbonExplanation], language: Language) -> String {
    let mut out = String::new();
    for (at, one) in all.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        Page {
            out: &mut out,
            language,
        }
        .number(one);
    }
    out
}

struct Page<'a> {
    out: &'a mut String,
    language: Language,
}

impl Page<'_> {
    fn say<'b>(&self, zh: &'b str, en: &'b str) -> &'b str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn line(&mut self, text: &str) {
        _ = writeln!(self.out, "{text}");
    }

    fn status<'b>(&self, word: &'b str) -> &'b str {
        match (word, self.language) {
            ("verified", Language::Zh) => "已核实",
            ("transcribed", Language::Zh) => "转录",
            ("provisional", Language::Zh) => "暂定",
            ("synthetic", Language::Zh) => "虚构",
            (other, _) => other,
        }
    }

    fn number(&mut self, own: &CarbonExplanation) {
        let value = if own.value.is_empty() {
            self.say("缺失", "missing").to_owned()
        } else {
            format!("{} {}", own.value, own.unit)
        };
        let status = if own.status.is_empty() {
            String::new()
        } else {
            format!("  [{}]", self.status(&own.status))
        };
        let region = own.region.get(self.language);
        let title = own.title.get(self.language);
        self.line(&format!("{region} {} {title}: {value}{status}", own.year));
        let method = own.method_title.get(self.language).to_owned();
        if !own.method.is_empty() {
            let label = self.say("口径", "convention");
            self.line(&format!("├─ {label}: {} {method}", own.method));
        }
        if !own.missing.is_empty() {
            let label = self.say("缺少的输入", "missing inputs").to_owned();
            self.line(&format!("├─ {label} ({}):", own.missing.len()));
            for (id, words) in own.missing.iter().zip(&own.missing_words) {
                let words = words.get(self.language).to_owned();
                let id = id.split(' ').next().unwrap_or_default();
                self.line(&format!("│    {words}  ({id})"));
            }
        }
        for step in &own.steps {
            self.step(step);
        }
        if !own.members.is_empty() {
            let label = self.say("组成", "made up of").to_owned();
            self.line(&format!("├─ {label}:"));
            for (name, value, unit) in &own.members {
                let value = if value.is_empty() {
                    self.say("缺失", "missing").to_owned()
                } else {
                    format!("{value} {unit}")
                };
                self.line(&format!("│    {name}: {value}"));
            }
        }
        let label = self.say("编号", "number id");
        self.line(&format!("└─ {label}: {} ({})", own.number_id, own.table));
    }

    fn step(&mut self, step: &CarbonStep) {
        let indent = "  ".repeat(usize::try_from(step.depth).unwrap_or(0));
        let value = if step.value.is_empty() {
            self.say("缺失", "missing").to_owned()
        } else {
            format!("{} {}", step.value, step.unit)
        };
        let item = if step.item.is_empty() {
            String::new()
        } else {
            format!("[{}]", step.item)
        };
        self.line(&format!("├─ {indent}{}{item} = {value}", step.name));
        if !step.formula.0.is_empty() {
            self.line(&format!("│    {indent}= {}", step.formula.0));
            if step.formula.1 != step.formula.0 {
                self.line(&format!("│    {indent}= {}", step.formula.1));
            }
        }
        if !step.taken_from.is_empty() {
            let mut told = vec![step.taken_from.clone()];
            let more = [&step.place, &step.source, &step.definition];
            told.extend(more.into_iter().filter(|text| !text.is_empty()).cloned());
            if !step.status.is_empty() {
                told.push(self.status(&step.status).to_owned());
            }
            self.line(&format!("│    {indent}{}", told.join(" · ")));
        }
    }
}
