//! Targets the books are held against: those of the methodology, and those a project sets
//! for its own regions.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Citation, Methodology, Status, Target, TargetDirection, Title};
use gep_core::quantity::{Rational, Unit, parse_decimal};

use crate::source::carbon::{CarbonProject, TargetEntry};

/// The file of a project, as findings name it.
const FILE: &str = "carbon.toml";

/// Returns all targets by id.
///
/// # Errors
///
/// Every target of the project that names what there is not, is no number, is in a unit
/// its indicator is not measured in, or has an id that is taken.
pub fn all_targets(
    methodology: &Methodology,
    project: &CarbonProject,
) -> Result<BTreeMap<String, Target>, Findings> {
    let mut all = methodology.carbon.targets.clone();
    let mut findings = Vec::new();
    for entry in &project.targets {
        let own = Own {
            methodology,
            project,
            entry,
        };
        match own.target() {
            Ok(_) if all.contains_key(&entry.id) => findings.push(own.fault("id", &entry.id)),
            Ok(target) => _ = all.insert(entry.id.clone(), target),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}

/// A target of the project.
struct Own<'a> {
    methodology: &'a Methodology,
    project: &'a CarbonProject,
    entry: &'a TargetEntry,
}

impl Own<'_> {
    fn target(&self) -> Result<Target, Finding> {
        let entry = self.entry;
        let indicators = self.methodology.carbon.indicators.iter();
        let mut same =
            indicators.filter(|own| own.id == entry.indicator && own.method == entry.method);
        let Some(indicator) = same.next() else {
            return Err(Finding::error("carbon-target-indicator")
                .file(FILE)
                .arg("target", &entry.id)
                .arg("indicator", &entry.indicator)
                .arg("method", &entry.method));
        };
        if !self
            .project
            .regions
            .iter()
            .any(|own| own.code == entry.region)
        {
            return Err(Finding::error("carbon-region")
                .file(FILE)
                .arg("code", &entry.region));
        }
        let direction = TargetDirection::parse(&entry.direction)
            .ok_or_else(|| self.fault("direction", &entry.direction))?;
        let declines = direction == TargetDirection::CumulativeDecline;
        if declines != entry.base_year.is_some() {
            let told = entry
                .base_year
                .map_or_else(|| "-".to_owned(), |own| own.to_string());
            return Err(self.fault("base_year", &told));
        }
        let value = parse_decimal(&entry.value);
        let value: Rational = value.ok_or_else(|| self.fault("value", &entry.value))?;
        let (value, unit, unit_text) = self.measured(value, &indicator.output, declines)?;
        Ok(Target {
            indicator: entry.indicator.clone(),
            method: entry.method.clone(),
            region_code: entry.region.clone(),
            year: entry.year,
            direction,
            value,
            unit,
            unit_text,
            base_year: entry.base_year,
            definition: entry.definition.clone(),
            title: Title {
                zh: entry.title.zh.clone(),
                en: entry.title.en.clone(),
            },
            status: Status::parse(&entry.status)
                .ok_or_else(|| self.fault("status", &entry.status))?,
            citation: Citation {
                document: entry.source.clone(),
                clause: entry.clause.clone().unwrap_or_default(),
            },
        })
    }

    /// The value in the unit the indicator is printed in, for it is compared as printed; of
    /// a decline in per cent.
    fn measured(
        &self,
        value: Rational,
        output: &str,
        declines: bool,
    ) -> Result<(Rational, Unit, String), Finding> {
        let entry = self.entry;
        let fault = || self.fault("unit", &entry.unit);
        let units = &self.methodology.units;
        let unit = units.unit(&entry.unit).map_err(|_| fault())?;
        let method = self.methodology.methods.get(&entry.method);
        let own = method.and_then(|method| method.outputs.iter().find(|own| own.name == output));
        let (wanted, text) = match (declines, own) {
            (true, _) => (units.unit("%").map_err(|_| fault())?, "%".to_owned()),
            (false, Some(own)) => (own.unit.clone(), own.unit_text.clone()),
            (false, None) => return Err(fault()),
        };
        if !unit.same_dimension(&wanted) {
            return Err(fault());
        }
        Ok((
            wanted.from_coherent(&unit.to_coherent(&value)),
            wanted,
            text,
        ))
    }

    fn fault(&self, key: &'static str, text: &str) -> Finding {
        Finding::error("carbon-target-entry")
            .file(FILE)
            .arg("target", &self.entry.id)
            .arg("key", key)
            .arg("text", text)
    }
}
