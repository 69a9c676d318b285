//! The tiny tables of every check, and what a check without a limit says to them.

use gep_core::diagnostic::Finding;
use gep_core::methodology::{Check, CheckExample, Methodology};

use super::evaluate::{Verdict, run_check};
use super::figures::Figures;

/// What the examples of the checks came to.
#[derive(Clone, Debug, Default)]
pub struct CheckTests {
    /// The number of examples.
    pub examples: usize,
    /// The failed ones.
    pub failures: Vec<Finding>,
}

/// Runs a check on a tiny table: the regions that fire, sorted, `-` where no region
/// is meant, and whether anything was compared at all.
pub fn fires_on(check: &Check, example: &CheckExample) -> (Vec<String>, bool) {
    let outcomes = run_check(check, &Figures::of_rows(&example.rows));
    let fired = outcomes.iter().filter(|one| one.verdict == Verdict::Fire);
    let name = |region: &str| if region.is_empty() { "-" } else { region }.to_owned();
    let mut regions: Vec<String> = fired.map(|one| name(&one.region)).collect();
    regions.sort();
    regions.dedup();
    let compared = outcomes.iter().any(|one| one.compared > 0);
    (regions, compared)
}

/// Runs the examples of all checks: the firing one fires in the regions it names and
/// in no other, the silent one compares something and does not fire.
pub fn test_checks(all: &Methodology) -> CheckTests {
    let mut tests = CheckTests::default();
    for check in all.checks.values() {
        let examples = [
            (&check.firing, "不符", "firing"),
            (&check.silent, "相符", "silent"),
        ];
        for (example, zh, en) in examples {
            tests.examples += 1;
            let (regions, compared) = fires_on(check, example);
            if compared && regions == example.fires {
                continue;
            }
            let words = |regions: &[String]| match regions {
                [] => "[]".to_owned(),
                some => some.join(" "),
            };
            tests.failures.push(
                Finding::error("check-example-fails")
                    .file(&check.file)
                    .place(format!("line {}", check.line))
                    .arg("check", &check.id)
                    .arg("example", zh)
                    .arg("example_en", en)
                    .arg("expected", words(&example.fires))
                    .arg(
                        "found",
                        if compared {
                            words(&regions)
                        } else {
                            "n/a".into()
                        },
                    )
                    .exit(1),
            );
        }
    }
    tests
}
