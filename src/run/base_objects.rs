//! Lakes, reservoirs and coast segments of a finished run, as its tables have them: their
//! ids and what was measured on them.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::formula::Axis;
use gep_core::methodology::Methodology;
use gep_core::quantity::Rational;

use super::base_run::BaseRun;
use super::lines::measured_on;
use crate::account::{ALL_CLASSES, AccountLaw, TableInput};
use crate::source::gdal::UNASSIGNED;

/// Objects of a finished run.
pub struct BaseObjects {
    /// Ids by kind: objects with ground or length, and those with an attribute.
    pub ids: BTreeMap<String, Vec<String>>,
    /// The departments' numbers of the run, and the measures of its objects.
    pub tables: BTreeMap<String, TableInput>,
}

impl BaseObjects {
    /// Reads them from a finished run; `manifest` is named where its lines do not fit
    /// the methodology.
    ///
    /// # Errors
    ///
    /// Lines of a type the methodology does not know, or that are measured in another
    /// unit than it says.
    pub fn of(
        methodology: &Methodology,
        base: &BaseRun,
        manifest: &Path,
    ) -> Result<Self, Findings> {
        let ids = ids(methodology, base);
        let mut tables = base.inputs.clone();
        tables.extend(geometry(methodology, base, &ids));
        let zones = base.counties().into_iter().collect();
        for (kind, lines) in &base.lines {
            let files = [manifest, manifest];
            tables.extend(measured_on(methodology, kind, lines, &zones, files)?);
        }
        Ok(Self { ids, tables })
    }

    /// Whether the run has everything a law by object reads.
    pub fn know(&self, account: &AccountLaw) -> bool {
        let by_object = account.law.inputs.values();
        let mut by_object = by_object.filter(|input| input.domain.object_axis().is_some());
        by_object.all(|input| self.tables.contains_key(input.origin.id()))
    }
}

fn ids(methodology: &Methodology, base: &BaseRun) -> BTreeMap<String, Vec<String>> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, areas) in &base.objects {
        let own = ids.entry(kind.clone()).or_default();
        own.extend(areas.keys().map(|(_, object)| object.clone()));
    }
    for (kind, lines) in &base.lines {
        let own = ids.entry(kind.clone()).or_default();
        own.extend(lines.classes.keys().cloned());
    }
    for (input, table) in &base.inputs {
        let entry = methodology.quantities.get(input);
        let domain = entry.map(|entry| &entry.domain);
        let kind = domain.and_then(|domain| domain.object_axis());
        if let (Some(kind), Some(domain)) = (kind, domain) {
            let own = ids.entry(kind.word().to_string()).or_default();
            // (object, item), else (zone, object).
            let by_item = domain.axes().any(|axis| matches!(axis, Axis::Item(_)));
            let keys = table.values.keys();
            own.extend(keys.map(|(one, other)| if by_item { one } else { other }.clone()));
        }
    }
    for own in ids.values_mut() {
        own.sort();
        own.dedup();
    }
    ids
}

/// Areas of objects, whole or by region, zero where an object has no ground.
fn geometry(
    methodology: &Methodology,
    base: &BaseRun,
    ids: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, TableInput> {
    let mut tables = BTreeMap::new();
    for (id, entry) in &methodology.quantities {
        let kind = entry.domain.object_axis().map(Axis::word);
        let (Some(kind), true) = (kind, entry.geometry) else {
            continue;
        };
        let Some(areas) = base.objects.get(kind) else {
            continue;
        };
        let mut zones = vec![String::new()];
        if entry.domain.has(&Axis::Zone) {
            zones = base.counties();
            zones.push(UNASSIGNED.to_string());
        }
        let mut table = TableInput::default();
        for object in &ids[kind] {
            for zone in &zones {
                let region = if zone.is_empty() { ALL_CLASSES } else { zone };
                let area = areas.get(&(region.to_string(), object.clone())).cloned();
                let zero = || Rational::from_integer(0.into());
                let key = (zone.clone(), object.clone());
                table.values.insert(key, area.unwrap_or_else(zero));
            }
        }
        tables.insert(id.clone(), table);
    }
    tables
}
