//! Waivers: findings somebody signed for. They stay visible; nothing is hidden.

use gep_core::diagnostic::Finding;
use gep_core::methodology::Methodology;
use gep_core::quantity::nearest;

use super::evaluate::{Outcome, Verdict};
use crate::source::waivers::Waiver;

/// Marks what is waived, and returns what is wrong with the waivers themselves: one
/// that expired before `as_of`, matches nothing, names no check, or one that must
/// not be waived.
pub fn apply_waivers(
    all: &Methodology,
    waivers: &[Waiver],
    as_of: &str,
    outcomes: &mut [Outcome],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for waiver in waivers {
        let told = |finding: Finding| finding.file(&waiver.file).arg("check", &waiver.check);
        let Some(check) = all.checks.get(&waiver.check) else {
            let near = nearest(&waiver.check, all.checks.keys());
            findings.push(
                told(Finding::error("waiver-check-unknown"))
                    .arg("near", near.unwrap_or_default())
                    .exit(65),
            );
            continue;
        };
        if !check.waivable {
            findings.push(
                told(Finding::error("waiver-not-allowed"))
                    .arg("name", &waiver.name)
                    .arg("region", &waiver.region)
                    .exit(1),
            );
            continue;
        }
        let mut matches = 0;
        let expired = waiver.expires.as_str() < as_of;
        for outcome in outcomes.iter_mut().filter(|one| one.check == waiver.check) {
            let fired = matches!(outcome.verdict, Verdict::Fire | Verdict::Waived);
            let meant = outcome.region == waiver.region && outcome.indicator == waiver.indicator;
            if !fired || !meant {
                continue;
            }
            matches += 1;
            if !expired {
                outcome.verdict = Verdict::Waived;
                outcome.waiver = format!(
                    "{}: {} ({}, {})",
                    waiver.name, waiver.reason, waiver.document, waiver.expires
                );
            }
        }
        let code = match (expired, matches) {
            (true, _) => "waiver-expired",
            (false, 0) => "waiver-without-match",
            _ => continue,
        };
        findings.push(
            told(Finding::warning(code))
                .arg("region", &waiver.region)
                .arg("indicator", &waiver.indicator)
                .arg("name", &waiver.name)
                .arg("expires", &waiver.expires),
        );
    }
    findings
}
