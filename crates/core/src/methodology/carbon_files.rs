//! Reads `methodology/carbon` and proves that its files fit the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Finding;
use crate::quantity::UnitRegistry;

use super::carbon::{
    self, BalanceLayout, CarbonIndicator, CarbonLookup, EmissionCategory, FactorSet, MethodSet,
    SinkRule, Target, TargetDirection, kinds_of,
};
use super::dictionary::{self, QuantityEntry, SourceDocument};
use super::document::{Notes, at, read};
use super::load::Methodology;
use super::profile::Rebinding;
use super::tree::Tree;

/// The folder of the carbon side.
pub(super) const CARBON: &str = "carbon/";

const INDICATORS: &str = "carbon/indicators.toml";
const SINKS: &str = "carbon/sinks.toml";

/// The carbon side of a methodology.
#[derive(Clone, Debug, Default)]
pub struct CarbonMethodology {
    /// Tables of factors by id of the set.
    pub factor_sets: BTreeMap<String, FactorSet>,
    /// Categories of emissions by id.
    pub categories: BTreeMap<String, EmissionCategory>,
    /// Indicators, each convention on its own, in order.
    pub indicators: Vec<CarbonIndicator>,
    /// Outputs that are sinks, in order of preference.
    pub sinks: Vec<SinkRule>,
    /// The layout of energy balances.
    pub balance: BalanceLayout,
    /// Editions of guides by id.
    pub method_sets: BTreeMap<String, MethodSet>,
    /// Targets by id.
    pub targets: BTreeMap<String, Target>,
}

impl CarbonMethodology {
    /// Returns the factor set that is a table.
    pub fn factor_set_of(&self, table: &str) -> Option<(&str, &FactorSet)> {
        let mut all = self.factor_sets.iter();
        let found = all.find(|(_, set)| set.table == table);
        found.map(|(id, set)| (id.as_str(), set))
    }
}

/// Adds the quantities of the carbon side: `carbon/*quantities.toml`.
pub(super) fn add_quantities(
    tree: &Tree,
    units: &UnitRegistry,
    all: &mut BTreeMap<String, QuantityEntry>,
    notes: &mut Notes,
) {
    for (file, text) in tree {
        if !file.starts_with(CARBON) || !file.ends_with("quantities.toml") {
            continue;
        }
        let Some(root) = read(file, text, notes) else {
            continue;
        };
        for (id, entry) in dictionary::quantities(root, units, notes) {
            if all.insert(id.clone(), entry).is_some() {
                notes.push(at("methodology-id-twice", file, 1).arg("id", id));
            }
        }
    }
}

/// Reads factor sets, categories, method sets and targets.
pub(super) fn read_all(
    tree: &Tree,
    units: &UnitRegistry,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) -> CarbonMethodology {
    let lookup = CarbonLookup { units, sources };
    let mut all = CarbonMethodology::default();
    for (file, text) in tree {
        let Some(name) = file.strip_prefix(CARBON) else {
            continue;
        };
        if !name.ends_with(".toml") || name.ends_with("quantities.toml") {
            continue;
        }
        let Some(root) = read(file, text, notes) else {
            continue;
        };
        if name.starts_with("factor-sets") {
            carbon::factor_sets(root, &lookup, &mut all.factor_sets, notes);
        } else if name == "categories.toml" {
            carbon::categories(root, &lookup, &mut all.categories, notes);
        } else if name == "indicators.toml" {
            all.indicators = carbon::indicators(root, notes);
        } else if name == "balance-layout.toml" {
            all.balance = carbon::balance_layout(root, &lookup, notes);
        } else if name == "sinks.toml" {
            all.sinks = carbon::sinks(root, notes);
        } else if name == "targets.toml" {
            carbon::targets(root, &lookup, &mut all.targets, notes);
        } else if name.starts_with("method-sets/") {
            let Some((id, set)) = carbon::method_set(root, &lookup, notes) else {
                continue;
            };
            let expected = format!("method-sets/{id}.toml");
            if name != expected {
                notes.push(
                    Finding::error("methodology-id-path")
                        .file(file)
                        .arg("id", &id)
                        .arg("expected", expected),
                );
            }
            all.method_sets.insert(id, set);
        } else {
            notes.push(Finding::error("methodology-file-unexpected").file(file));
        }
    }
    all
}

impl Methodology {
    /// Every file of the carbon side names things that exist, and no set is mixed with
    /// one of another kind.
    pub(super) fn carbon_fits(&self, notes: &mut Notes) {
        self.factor_sets_fit(notes);
        let mut outputs: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for set in self.carbon.method_sets.values() {
            self.emissions_fit(set, notes);
            for other in &set.rebindings {
                self.rebinding_fits(other, notes);
            }
            self.gwp_fits(set, notes);
        }
        for one in &self.carbon.sinks {
            self.output_known(
                SINKS,
                one.line,
                (&one.pool, &one.method, &one.output),
                notes,
            );
        }
        for one in &self.carbon.indicators {
            let key = (one.id.as_str(), one.method.as_str(), one.output.as_str());
            self.output_known(INDICATORS, one.line, key, notes);
            outputs.insert((&one.id, &one.method), &one.output);
        }
        for (id, target) in &self.carbon.targets {
            let key = (target.indicator.as_str(), target.method.as_str());
            let Some(output) = outputs.get(&key) else {
                notes.push(
                    Finding::error("carbon-target-indicator")
                        .file("carbon/targets.toml")
                        .arg("target", id)
                        .arg("indicator", &target.indicator)
                        .arg("method", &target.method),
                );
                continue;
            };
            self.target_unit_fits(id, target, output, notes);
        }
    }

    /// A target is compared with its indicator as both are printed: their units are one.
    fn target_unit_fits(&self, id: &str, target: &Target, output: &str, notes: &mut Notes) {
        let method = self.methods.get(&target.method);
        let own = method.and_then(|own| own.outputs.iter().find(|one| one.name == output));
        let wanted = match target.direction {
            TargetDirection::CumulativeDecline => "%",
            _ => own.map_or("", |own| own.unit_text.as_str()),
        };
        if target.unit_text != wanted {
            notes.push(
                Finding::error("carbon-target-unit")
                    .file("carbon/targets.toml")
                    .arg("target", id)
                    .arg("unit", &target.unit_text)
                    .arg("wanted", wanted),
            );
        }
    }

    /// Every table under `carbon/` is a factor set, once, and every set has its table.
    fn factor_sets_fit(&self, notes: &mut Notes) {
        for (id, set) in &self.carbon.factor_sets {
            if !self.tables.contains_key(&set.table) {
                notes.push(
                    Finding::error("carbon-factor-table")
                        .arg("id", id)
                        .arg("table", &set.table),
                );
            }
        }
        let kinds = kinds_of(&self.carbon.factor_sets);
        for table in self.tables.keys().filter(|file| file.starts_with(CARBON)) {
            if kinds.get(table.as_str()).is_none_or(|own| own.len() != 1) {
                notes.push(Finding::error("carbon-factor-unlisted").file(table));
            }
        }
    }

    fn emissions_fit(&self, set: &MethodSet, notes: &mut Notes) {
        let mut seen = BTreeSet::new();
        for source in &set.emissions {
            let known = self.carbon.categories.contains_key(&source.category);
            if !known || !seen.insert(&source.category) {
                notes.push(
                    at("carbon-category-unknown", &set.file, source.line)
                        .arg("category", &source.category),
                );
            }
            for id in &source.methods {
                let method = self.methods.get(id);
                let emits = method
                    .is_some_and(|own| own.outputs.iter().any(|output| output.name == "emission"));
                if !emits {
                    notes.push(
                        at("carbon-emission-method", &set.file, source.line)
                            .arg("id", id)
                            .arg("category", &source.category),
                    );
                }
            }
        }
    }

    /// A parameter bound to factors of one kind stays with that kind.
    fn rebinding_fits(&self, other: &Rebinding, notes: &mut Notes) {
        let method = self.methods.get(&other.method);
        let own = method.and_then(|own| own.parameters.get(&other.parameter));
        let Some(own) = own else {
            notes.push(
                at("methodology-rebind-unknown", &other.file, other.line)
                    .arg("method", &other.method)
                    .arg("parameter", &other.parameter),
            );
            return;
        };
        let kind = |table: &str| {
            let set = self.carbon.factor_set_of(table);
            set.map(|(_, set)| set.kind.as_str())
        };
        if kind(&own.table) != kind(&other.table) {
            notes.push(
                at("carbon-factor-kind", &other.file, other.line)
                    .arg("parameter", format!("{}.{}", other.method, other.parameter))
                    .arg("table", &other.table)
                    .arg("kind", kind(&other.table).unwrap_or("—"))
                    .arg("expected", kind(&own.table).unwrap_or("—")),
            );
        }
    }

    fn output_known(
        &self,
        file: &str,
        line: u32,
        (id, method, output): (&str, &str, &str),
        notes: &mut Notes,
    ) {
        let own = self.methods.get(method);
        let known = own.is_some_and(|own| own.outputs.iter().any(|one| one.name == output));
        if !known {
            notes.push(
                at("carbon-indicator-method", file, line)
                    .arg("indicator", id)
                    .arg("method", method)
                    .arg("output", output),
            );
        }
    }

    fn gwp_fits(&self, set: &MethodSet, notes: &mut Notes) {
        let kind = self
            .carbon
            .factor_set_of(&set.gwp)
            .map(|(_, own)| &own.kind);
        if kind.is_none_or(|kind| kind != "gwp") {
            notes.push(
                at("carbon-factor-kind", &set.file, 1)
                    .arg("parameter", "gwp")
                    .arg("table", &set.gwp)
                    .arg("kind", kind.map_or("—", String::as_str))
                    .arg("expected", "gwp"),
            );
        }
    }
}
