//! Fingerprints: what a law or a profile says, not how its files are written.
//!
//! Comments, titles, notes, examples and the spelling of formulas do not enter;
//! units, domains, canonical formulas, quanta and every parameter row with its
//! source do.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::storage::{Digest, digest_bytes};

use super::check::Check;
use super::distribution::Distribution;
use super::edition::ProfileDomain;
use super::law::Law;
use super::load::Methodology;
use super::method::{Input, Method};
use super::profile::Profile;

impl Methodology {
    /// Returns the fingerprint of a method or layer with its own tables; nothing if
    /// there is no such id.
    pub fn method_fingerprint(&self, id: &str) -> Option<Digest> {
        let method = self.methods.get(id).or_else(|| self.layers.get(id))?;
        let mut text = String::new();
        self.write_method(method, None, &mut text);
        Some(digest_bytes(text.as_bytes()))
    }

    /// Returns the fingerprint of a profile: its choices, the laws behind them, the
    /// parameter rows they read, its crosswalk. The profile's own id is left out, so
    /// that two names for one choice are found.
    pub fn fingerprint(&self, profile: &Profile) -> Digest {
        let mut text = String::new();
        _ = writeln!(
            text,
            "official {}\nprice_year {}\nfloor {}",
            profile.official, profile.price_year, profile.coverage_floor
        );
        // Which zones an account is about; land is what a profile says that says nothing.
        if profile.edition.domain != ProfileDomain::Land {
            _ = writeln!(text, "domain {}", profile.edition.domain.word());
        }
        if let Some(crosswalk) = self.crosswalks.get(&profile.crosswalk) {
            for (code, row) in &crosswalk.rows {
                _ = writeln!(text, "code {code} {}", row.class);
            }
        }
        for (id, class) in &self.classes {
            _ = writeln!(text, "class {id} {}", class.group);
        }
        for id in &profile.layers {
            if let Some(layer) = self.layers.get(id) {
                self.write_method(layer, Some(profile), &mut text);
            }
        }
        for indicator in &profile.indicators {
            let (group, state) = (indicator.group.word(), indicator.state.word());
            _ = writeln!(text, "indicator {} {group} {state}", indicator.id);
            if let Some(clause) = &indicator.clause {
                _ = writeln!(text, "clause {clause}");
            }
            for id in &indicator.methods {
                if let Some(method) = self.methods.get(id) {
                    self.write_method(method, Some(profile), &mut text);
                }
            }
        }
        for rule in &profile.combine {
            _ = writeln!(
                text,
                "combine {} {} {} {} {} {}",
                rule.id,
                rule.kind.word(),
                rule.kind.choice(),
                rule.indicators.join(","),
                rule.citation.document,
                rule.citation.clause
            );
        }
        digest_bytes(text.as_bytes())
    }

    /// Returns the fingerprint of the carbon side: factor tables, laws, categories,
    /// method sets and targets.
    pub fn carbon_fingerprint(&self) -> Digest {
        let mut text = String::new();
        for (file, table) in &self.tables {
            if file.starts_with(super::carbon_files::CARBON) {
                for row in &table.rows {
                    let keys = row.keys.join(" ");
                    text.push_str(&format!(
                        "{file} {keys} {} {} {}\n",
                        row.spelling,
                        row.unit_text,
                        row.status.word()
                    ));
                }
            }
        }
        let carbon = &self.carbon;
        let laws = carbon.indicators.iter().map(|own| &own.method);
        let laws = laws.chain(carbon.sinks.iter().map(|own| &own.method));
        let sources = carbon.method_sets.values().flat_map(|set| &set.emissions);
        let laws: BTreeSet<&String> = laws.chain(sources.flat_map(|own| &own.methods)).collect();
        for id in laws {
            text.push_str(&format!("{id} {:?}\n", self.method_fingerprint(id)));
        }
        text.push_str(&format!(
            "{:?}\n{:?}\n{:?}\n",
            carbon.categories, carbon.method_sets, carbon.targets
        ));
        text.push_str(&format!(
            "{:?}\n{:?}\n{:?}\n",
            carbon.indicators, carbon.sinks, carbon.balance
        ));
        digest_bytes(text.as_bytes())
    }

    /// Returns the fingerprint of all checks: what they compare and their limits.
    pub fn checks_fingerprint(&self) -> Digest {
        let text: String = self.checks.values().map(Check::canonical).collect();
        digest_bytes(text.as_bytes())
    }

    /// Returns the fingerprint of all distributions: what a draw depends on.
    pub fn distributions_fingerprint(&self) -> Digest {
        let all = self.distributions.values();
        let text: String = all.map(Distribution::canonical).collect();
        digest_bytes(text.as_bytes())
    }

    /// Returns the pairs of profiles that say the same.
    pub fn same_profiles(&self) -> Vec<(&str, &str)> {
        let mut first: BTreeMap<Digest, &str> = BTreeMap::new();
        let mut pairs = Vec::new();
        for (id, profile) in &self.profiles {
            match first.entry(self.fingerprint(profile)) {
                Entry::Occupied(taken) => pairs.push((*taken.get(), id.as_str())),
                Entry::Vacant(free) => _ = free.insert(id),
            }
        }
        pairs
    }

    fn write_method(&self, method: &Method, profile: Option<&Profile>, text: &mut String) {
        let Method { id, citation, .. } = method;
        _ = writeln!(
            text,
            "method {id} {} {}",
            citation.document, citation.clause
        );
        for (name, input) in &method.inputs {
            let Input {
                origin,
                unit,
                domain,
                ..
            } = input;
            _ = writeln!(text, "input {name} {origin:?} {unit} {domain}");
        }
        if let Some(grid) = &method.layer {
            _ = writeln!(text, "grid {grid:?}");
        }
        for group in &method.groups {
            _ = writeln!(text, "group {group}");
        }
        for (step, unit) in &method.total_quanta {
            _ = writeln!(text, "total {step} {unit}");
        }
        for output in &method.outputs {
            let (low, high) = &output.range;
            _ = writeln!(
                text,
                "output {} {} {} {} {low} {high}",
                output.name,
                output.unit,
                output.quantum,
                output.kind.word()
            );
        }
        // A law of a loaded methodology was checked; a kernel has none.
        if let Ok(Some(law)) = self.law(id, profile) {
            write_law(&law, text);
        }
    }
}

fn write_law(law: &Law, text: &mut String) {
    for statement in law.program.statements() {
        _ = writeln!(text, "formula {} = {}", statement.name, statement.formula);
    }
    for (name, bound) in &law.parameters {
        let (unit, domain) = (&bound.declaration.unit, &bound.declaration.domain);
        _ = writeln!(text, "parameter {name} {unit} {domain}");
        for (keys, row) in &bound.rows {
            let value = row
                .value
                .as_ref()
                .map_or("n/a".to_owned(), ToString::to_string);
            _ = writeln!(
                text,
                "row {keys:?} {value} {} {} {} {}",
                row.unit_text,
                row.status.word(),
                row.citation.document,
                row.citation.clause
            );
        }
    }
}
