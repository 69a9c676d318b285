//! The checks of the methodology, asked of a whole run.

use std::collections::BTreeMap;

use gep_core::diagnostic::Language::{En, Zh};
use gep_core::diagnostic::{Finding, Findings, Severity};

use super::account::Prepared;
use super::check_figures::figures_of;
use crate::account::{Amount, ClassGround, Region};
use crate::assess::{Outcome, Verdict, apply_waivers, fired_findings, run_check};
use crate::output::{CHECKS, Cell, NamedTable, TableBuilder};
use crate::source::waivers::read_waivers;

/// The finished numbers of a run.
pub struct CheckedAccount<'a> {
    /// Areas by county and class.
    pub ground: &'a ClassGround,
    /// Regions.
    pub regions: &'a [Region],
    /// Quantities and values.
    pub amounts: &'a [Amount],
    /// What rules after all indicators do.
    pub combined: &'a [Amount],
    /// GEP, groups and indicators.
    pub totals: &'a [Amount],
}

/// Runs all checks and applies the waivers: the results, and what fires as findings.
/// What is wrong with the waivers is added to the warnings of the run.
pub fn check_run(
    prepared: &mut Prepared,
    account: &CheckedAccount<'_>,
) -> Result<(Vec<Outcome>, Vec<Finding>), Findings> {
    let figures = figures_of(prepared, account)?;
    let checks = prepared.methodology.checks.values();
    let mut outcomes: Vec<Outcome> = checks
        .flat_map(|check| run_check(check, &figures))
        .collect();
    let section = &prepared.project.checks;
    if let Some(path) = &section.waivers {
        let file = prepared.project.file(path);
        let Some(as_of) = section.as_of.and_then(|time| time.date) else {
            return Err(Finding::error("waivers-without-date")
                .file(prepared.project.path.display())
                .into());
        };
        let waivers = read_waivers(&file)?;
        let as_of = as_of.to_string();
        let findings = apply_waivers(&prepared.methodology, &waivers, &as_of, &mut outcomes);
        prepared.warnings.extend(findings);
    }
    let fired = fired_findings(&prepared.methodology, &outcomes);
    Ok((outcomes, fired))
}

/// Lays out the results of the checks with the findings of the run.
pub(super) fn check_results_table(prepared: &Prepared, outcomes: &[Outcome]) -> NamedTable {
    let mut rows: BTreeMap<(Vec<String>, usize), Vec<Cell>> = BTreeMap::new();
    let findings = prepared
        .warnings
        .iter()
        .map(|one| finding_row(prepared, one));
    let results = outcomes.iter().map(|one| outcome_row(prepared, one));
    for (keys, rest) in findings.chain(results) {
        let mut cells: Vec<Cell> = keys.iter().map(|key| Cell::from(key.as_str())).collect();
        cells.extend(rest);
        rows.insert((keys, rows.len()), cells);
    }
    let mut table = TableBuilder::new(&CHECKS);
    rows.into_values().for_each(|cells| table.row(cells));
    table.finish()
}

fn finding_row(prepared: &Prepared, finding: &Finding) -> (Vec<String>, Vec<Cell>) {
    let severity = match finding.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let region = prepared
        .regions
        .iter()
        .find(|row| finding.file.as_ref() == Some(&row.code));
    let code = region.map_or("", |row| &row.code);
    let keys = [finding.code, code, "", "", "", "finding"];
    let cells = vec![
        severity.into(),
        "".into(),
        "".into(),
        "".into(),
        "".into(),
        Cell::Count(0),
        "".into(),
        finding.reason(Zh).into(),
        finding.reason(En).into(),
    ];
    (keys.map(str::to_owned).into(), cells)
}

fn outcome_row(prepared: &Prepared, one: &Outcome) -> (Vec<String>, Vec<Cell>) {
    let check = &prepared.methodology.checks[&one.check];
    let keys = [
        &one.check,
        &one.region,
        &one.indicator,
        &one.class,
        &one.item,
        one.verdict.word(),
    ];
    // What passes needs no sentence; its title stands with the check.
    let (zh, en) = match one.verdict {
        Verdict::Pass => (String::new(), String::new()),
        Verdict::NotApplicable(silence) => {
            let why = Finding::warning(silence.code())
                .arg("title", &check.title.zh)
                .arg("title_en", &check.title.en);
            (why.reason(Zh), why.reason(En))
        }
        Verdict::Fire | Verdict::Waived => (
            format!(
                "{}：{} {}，界限 {}",
                check.title.zh, one.measured, one.unit, one.limit
            ),
            format!(
                "{}: {} {}, limit {}",
                check.title.en, one.measured, one.unit, one.limit
            ),
        ),
    };
    let cells = vec![
        one.severity.word().into(),
        one.measured.as_str().into(),
        one.unit.as_str().into(),
        one.limit.as_str().into(),
        check.status.word().into(),
        Cell::Count(one.compared),
        one.waiver.as_str().into(),
        zh.into(),
        en.into(),
    ];
    (keys.map(str::to_owned).into(), cells)
}
