//! What fires, as findings for people: one a check, with how often and an example.

use gep_core::diagnostic::Finding;
use gep_core::methodology::{CheckSeverity, Methodology};

use super::evaluate::{Outcome, Verdict, limit_text};

/// Returns a finding for each check that fires; notes stand in the table only.
pub fn fired_findings(all: &Methodology, outcomes: &[Outcome]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in all.checks.values() {
        let own = outcomes.iter().filter(|one| one.check == check.id);
        let fired: Vec<&Outcome> = own.filter(|one| one.verdict == Verdict::Fire).collect();
        let Some(first) = fired.first() else {
            continue;
        };
        let finding = match check.severity {
            CheckSeverity::Note => continue,
            CheckSeverity::Warning => Finding::warning("check-fired"),
            CheckSeverity::Error => Finding::error("check-fired").exit(1),
        };
        let unit = check.unit.as_ref().map_or("", |(text, _)| text.as_str());
        findings.push(
            finding
                .place(&check.id)
                .arg("title", &check.title.zh)
                .arg("title_en", &check.title.en)
                .arg("count", fired.len())
                .arg("limit", format!("{} {unit}", limit_text(check)).trim())
                .arg("example", example(first))
                .arg("why", &check.why.zh)
                .arg("why_en", &check.why.en),
        );
    }
    findings
}

/// Returns place and number of a result: `330127 soil_retention cropland 5 t/ha`.
fn example(one: &Outcome) -> String {
    let class = if one.class == "all" { "" } else { &one.class };
    let words = [
        &one.region,
        &one.indicator,
        class,
        &one.item,
        &one.measured,
        &one.unit,
    ];
    let there: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    there.join(" ")
}
