//! Loading and validating a whole methodology.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diagnostic::{Finding, Findings};
use crate::formula::{Axis, Domain};
use crate::quantity::{Unit, UnitRegistry};

use super::boundaries::{self, Boundaries};
use super::carbon_files::{self, CARBON, CarbonMethodology};
use super::check::Check;
use super::check_file::{self, CheckLookup};
use super::combine;
use super::condition::{self, ConditionLookup, ConditionOrigin, ConditionVariable};
use super::departments::{self, Departments};
use super::dictionary::{self, Crosswalk, EcosystemType, QuantityEntry, SourceDocument};
use super::distribution::Distribution;
use super::distribution_file::{self, DistributionLookup, RowKey};
use super::document::{Fields, Notes, at, read};
use super::extend;
use super::law::{self, Law, Library};
use super::method::{self, Input, Known, Method, Origin, OutputKind};
use super::profile::{self, Indicator, Profile, Rebinding};
use super::table::{self, Lookup, Table};
use super::tree::{self, Tree};

/// Optional: it decides who is asked for an input, never on a number.
const DEPARTMENTS: &str = "departments.toml";

/// The files under `/methodology`, read and proven to fit together.
#[derive(Clone, Debug)]
pub struct Methodology {
    /// The known units.
    pub units: UnitRegistry,
    /// The documents by id.
    pub sources: BTreeMap<String, SourceDocument>,
    /// The named inputs by id.
    pub quantities: BTreeMap<String, QuantityEntry>,
    /// The ecosystem types by id.
    pub classes: BTreeMap<String, EcosystemType>,
    /// The crosswalks by id.
    pub crosswalks: BTreeMap<String, Crosswalk>,
    /// The parameter tables by path (`tables/prices.csv`).
    pub tables: BTreeMap<String, Table>,
    /// Distributions of parameter rows, by table and keys of the row.
    pub distributions: BTreeMap<RowKey, Distribution>,
    /// The derived layers by id.
    pub layers: BTreeMap<String, Method>,
    /// The methods by id.
    pub methods: BTreeMap<String, Method>,
    /// The profiles by id.
    pub profiles: BTreeMap<String, Profile>,
    /// The checks on accounts by id.
    pub checks: BTreeMap<String, Check>,
    /// The variables of ecosystem condition by id.
    pub conditions: BTreeMap<String, ConditionVariable>,
    /// Changes of county codes and their ground.
    pub boundaries: Boundaries,
    /// Who files which input; empty if the methodology does not say.
    pub departments: Departments,
    /// The carbon side: factor sets, categories, method sets, targets.
    pub carbon: CarbonMethodology,
}

impl Methodology {
    /// Reads the methodology the program carries.
    ///
    /// # Errors
    ///
    /// All findings; none unless the program was built from a broken tree.
    pub fn bundled() -> Result<Self, Findings> {
        Self::from_tree(tree::bundled(), Notes::new())
    }

    /// Reads the units the program carries, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`Methodology::bundled`].
    pub fn bundled_units() -> Result<UnitRegistry, Findings> {
        let text = tree::bundled_file("units.toml").unwrap_or_default();
        UnitRegistry::parse(text).map_err(|errors| {
            let findings = errors.iter().map(crate::formula::unit_finding);
            Findings(findings.map(|finding| finding.file("units.toml")).collect())
        })
    }

    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// All findings, each naming its file and, where there is one, its line.
    pub fn open(folder: &Path) -> Result<Self, Findings> {
        let mut notes = Notes::new();
        let tree = tree::read(folder, &mut notes);
        Self::from_tree(tree, notes)
    }

    pub(super) fn from_tree(tree: Tree, mut notes: Notes) -> Result<Self, Findings> {
        if !notes.is_empty() {
            return Err(Findings(notes));
        }
        // What later files refer to is read first; if it is broken, references to
        // it would only repeat the news.
        let mut loaded = Self::dictionaries(&tree, &mut notes);
        if notes.is_empty() {
            loaded.read_tables(&tree, &mut notes);
            loaded.read_laws(&tree, &mut notes);
        }
        if notes.is_empty() {
            loaded.cross_check(&mut notes);
        }
        // What is wrong with a row comes before how far it may be off.
        if notes.is_empty() {
            loaded.read_distributions(&tree, &mut notes);
        }
        if notes.is_empty() {
            Ok(loaded)
        } else {
            Err(Findings(notes))
        }
    }

    fn dictionaries(tree: &Tree, notes: &mut Notes) -> Self {
        let root = |name: &str, notes: &mut Notes| -> Fields {
            match tree.get(name) {
                Some(text) => read(name, text, notes).unwrap_or_default(),
                None => {
                    notes.push(Finding::error("methodology-file-missing").file(name));
                    Fields::default()
                }
            }
        };
        let units = tree.get("units.toml").map(|text| UnitRegistry::parse(text));
        let units = match units {
            Some(Ok(units)) => units,
            Some(Err(errors)) => {
                let findings = errors.iter().map(crate::formula::unit_finding);
                notes.extend(findings.map(|finding| finding.file("units.toml")));
                UnitRegistry::default()
            }
            None => {
                notes.push(Finding::error("methodology-file-missing").file("units.toml"));
                UnitRegistry::default()
            }
        };
        let sources = dictionary::sources(root("sources.toml", notes), notes);
        let mut quantities = dictionary::quantities(root("quantities.toml", notes), &units, notes);
        carbon_files::add_quantities(tree, &units, &mut quantities, notes);
        let classes = dictionary::classes(root("classes.toml", notes), notes);
        let filers = tree.get(DEPARTMENTS);
        let filers = filers.and_then(|text| read(DEPARTMENTS, text, notes));
        let filers =
            filers.map(|root| departments::departments(root, &units, &sources, &quantities, notes));
        Self {
            departments: filers.unwrap_or_default(),
            carbon: CarbonMethodology::default(),
            units,
            sources,
            quantities,
            classes,
            checks: BTreeMap::new(),
            conditions: BTreeMap::new(),
            boundaries: Boundaries::default(),
            crosswalks: BTreeMap::new(),
            tables: BTreeMap::new(),
            distributions: BTreeMap::new(),
            layers: BTreeMap::new(),
            methods: BTreeMap::new(),
            profiles: BTreeMap::new(),
        }
    }

    fn read_tables(&mut self, tree: &Tree, notes: &mut Notes) {
        let lookup = Lookup {
            units: &self.units,
            sources: &self.sources,
            classes: &self.classes,
        };
        for (file, text) in tree.iter().filter(|(file, _)| file.ends_with(".csv")) {
            if file.starts_with("tables/") || file.starts_with(CARBON) {
                if let Some(table) = table::table(file, text, &lookup, notes) {
                    self.tables.insert(file.clone(), table);
                }
            } else if let Some(id) = file.strip_prefix("crosswalks/") {
                if let Some(crosswalk) = table::crosswalk(file, text, &lookup, notes) {
                    let id = id.strip_suffix(".csv").unwrap_or(id);
                    self.crosswalks.insert(id.to_owned(), crosswalk);
                }
            } else if file.starts_with("boundaries/") {
                let more = boundaries::read(file, text, &self.sources, notes);
                self.boundaries.changes.extend(more);
            } else {
                notes.push(Finding::error("methodology-file-unexpected").file(file));
            }
        }
    }

    fn read_laws(&mut self, tree: &Tree, notes: &mut Notes) {
        const DICTIONARIES: [&str; 5] = [
            "units.toml",
            "sources.toml",
            "quantities.toml",
            "classes.toml",
            DEPARTMENTS,
        ];
        let known = Known {
            units: &self.units,
            sources: &self.sources,
        };
        let mut written = BTreeMap::new();
        for (file, text) in tree.iter().filter(|(file, _)| file.ends_with(".toml")) {
            // Those of the carbon side are read on their own, below.
            if DICTIONARIES.contains(&file.as_str()) || file.starts_with(CARBON) {
                continue;
            }
            let Some(root) = read(file, text, notes) else {
                continue;
            };
            let layer = file.starts_with("layers/");
            if layer || file.starts_with("methods/") {
                if let Some(method) = method::method(root, layer, &known, notes) {
                    path_fits(file, &method.id, layer, notes);
                    let all = if layer {
                        &mut self.layers
                    } else {
                        &mut self.methods
                    };
                    put(all, method.id.clone(), file, method, notes);
                }
            } else if file.starts_with("checks/") {
                let lookup = CheckLookup {
                    units: &self.units,
                    sources: &self.sources,
                };
                check_file::checks(root, &lookup, &mut self.checks, notes);
            } else if file.starts_with("condition/") {
                let lookup = ConditionLookup {
                    units: &self.units,
                    sources: &self.sources,
                    quantities: &self.quantities,
                };
                if let Some(variable) = condition::variable(root, &lookup, notes) {
                    let id = variable.id.clone();
                    name_fits(file, &id, notes);
                    put(&mut self.conditions, id, file, variable, notes);
                }
            } else if file.starts_with("distributions/") {
                // Their rows are compared with those of checked tables: see below.
            } else if file.starts_with("profiles/") {
                if let Some(profile) = profile::profile(root, &self.sources, notes) {
                    put(&mut written, profile.id.clone(), file, profile, notes);
                }
            } else {
                notes.push(Finding::error("methodology-file-unexpected").file(file));
            }
        }
        self.carbon = carbon_files::read_all(tree, &self.units, &self.sources, notes);
        // A base that was refused would only repeat the news.
        if notes.is_empty() {
            self.profiles = extend::resolve(&written, notes);
        }
    }

    fn read_distributions(&mut self, tree: &Tree, notes: &mut Notes) {
        let lookup = DistributionLookup {
            sources: &self.sources,
            tables: &self.tables,
        };
        let own = tree
            .iter()
            .filter(|(file, _)| file.starts_with("distributions/") && file.ends_with(".toml"));
        for (file, text) in own {
            if let Some(root) = read(file, text, notes) {
                distribution_file::distributions(root, &lookup, &mut self.distributions, notes);
            }
        }
    }

    fn library(&self) -> Library<'_> {
        Library {
            units: &self.units,
            tables: &self.tables,
            classes: &self.classes,
        }
    }

    fn cross_check(&self, notes: &mut Notes) {
        for (id, method) in self.methods.iter().chain(&self.layers) {
            self.inputs_known(method, notes);
            if method
                .layer
                .as_ref()
                .is_some_and(|grid| grid.kernel.is_some())
            {
                continue;
            }
            if let Some(law) = law::join(id, &[method], &[], &self.library(), notes) {
                law::unused(method, &law, notes);
                layer_of_cells(method, &law, notes);
            }
        }
        for variable in self.conditions.values() {
            self.condition_fits(variable, notes);
        }
        if notes.is_empty() {
            for profile in self.profiles.values() {
                self.profile_fits(profile, notes);
            }
            self.carbon_fits(notes);
        }
    }

    /// The layer of a variable is known and measured in its unit.
    fn condition_fits(&self, variable: &ConditionVariable, notes: &mut Notes) {
        let ConditionOrigin::Layer { id, .. } = &variable.origin else {
            return;
        };
        let by_cell = Domain::parse("cell").ok();
        let fits = self.layer_unit(id).is_some_and(|(unit, domain)| {
            unit.same_dimension(&variable.unit)
                // A mean of degC is no sum over an area.
                && !variable.unit.is_offset()
                && Some(domain) == by_cell
        });
        if !fits {
            notes.push(
                at("methodology-condition-layer", &variable.file, 1)
                    .arg("layer", id)
                    .arg("unit", &variable.unit_text),
            );
        }
    }

    /// Every input names something that exists and measures the same.
    fn inputs_known(&self, method: &Method, notes: &mut Notes) {
        days_in_layers_only(method, notes);
        for (name, input) in &method.inputs {
            let expected = match &input.origin {
                Origin::Output(_) => continue,
                Origin::Layer(id) => self.layer_unit(id),
                Origin::Table(id) => {
                    let entry = self.quantities.get(id).filter(|entry| !entry.layer);
                    entry.map(|entry| (entry.unit.clone(), entry.domain.clone()))
                }
            };
            let Some((unit, domain)) = expected else {
                notes.push(
                    at("methodology-quantity-unknown", &method.file, input.line)
                        .arg("id", input.origin.id())
                        .arg("name", name),
                );
                continue;
            };
            if !unit.same_dimension(&input.unit) || domain != input.domain {
                notes.push(
                    at("methodology-input-unit", &method.file, input.line)
                        .arg("name", name)
                        .arg("unit", format!("{} {}", input.unit_text, input.domain))
                        .arg("expected", format!("{unit} {domain}")),
                );
            }
        }
    }

    /// Returns the unit and domain of a layer of cells, derived or the project's.
    fn layer_unit(&self, id: &str) -> Option<(Unit, Domain)> {
        if let Some(layer) = self.layers.get(id) {
            let output = layer.outputs.last()?;
            return Some((output.unit.clone(), Domain::parse("cell").ok()?));
        }
        let entry = self.quantities.get(id).filter(|entry| entry.layer)?;
        Some((entry.unit.clone(), entry.domain.clone()))
    }

    pub(super) fn profile_fits(&self, profile: &Profile, notes: &mut Notes) {
        let wrong = |code, line: u32| at(code, &profile.file, line);
        let classes = match self.crosswalks.get(&profile.crosswalk) {
            Some(crosswalk) => crosswalk.classes(),
            None => {
                notes.push(wrong("methodology-crosswalk-unknown", 1).arg("id", &profile.crosswalk));
                BTreeSet::new()
            }
        };
        for other in &profile.rebindings {
            let owner = self
                .methods
                .get(&other.method)
                .or(self.layers.get(&other.method));
            let known = owner.is_some_and(|own| own.parameters.contains_key(&other.parameter));
            if !known {
                notes.push(
                    at("methodology-rebind-unknown", &other.file, other.line)
                        .arg("method", &other.method)
                        .arg("parameter", &other.parameter),
                );
            }
        }
        let mut ready: BTreeSet<&str> = BTreeSet::new();
        for id in &profile.layers {
            let Some(layer) = self.layers.get(id) else {
                notes.push(wrong("methodology-layer-unknown", 1).arg("id", id));
                continue;
            };
            self.layers_ready(&layer.inputs, &ready, id, (&profile.file, 1), notes);
            ready.insert(id);
        }
        for indicator in &profile.indicators {
            self.indicator_fits(profile, indicator, &ready, &classes, notes);
        }
        let priced = |indicator: &Indicator| {
            let mut methods = indicator
                .methods
                .iter()
                .filter_map(|id| self.methods.get(id));
            methods.any(|method| {
                let mut outputs = method.outputs.iter();
                outputs.any(|output| output.kind == OutputKind::Value)
            })
        };
        let (rules, year) = (&profile.combine, &profile.price_year);
        combine::rules_fit(rules, year, &profile.indicators, &priced, notes);
    }

    fn indicator_fits(
        &self,
        profile: &Profile,
        indicator: &Indicator,
        ready: &BTreeSet<&str>,
        classes: &BTreeSet<&str>,
        notes: &mut Notes,
    ) {
        let unknown = indicator
            .methods
            .iter()
            .find(|id| !self.methods.contains_key(*id));
        if let Some(id) = unknown {
            notes.push(
                at(
                    "methodology-method-unknown",
                    &indicator.file,
                    indicator.line,
                )
                .arg("id", id)
                .arg("indicator", &indicator.id),
            );
            return;
        }
        let Some(law) = self.join_indicator(profile, indicator, notes) else {
            return;
        };
        let unmet = law
            .inputs
            .values()
            .find(|input| matches!(input.origin, Origin::Output(_)));
        if let Some(input) = unmet {
            notes.push(
                at("methodology-output-unmet", &indicator.file, indicator.line)
                    .arg("name", input.origin.id())
                    .arg("indicator", &indicator.id),
            );
        }
        self.layers_ready(
            &law.inputs,
            ready,
            &indicator.id,
            (&indicator.file, indicator.line),
            notes,
        );
        law::covered(&law, classes, profile, notes);
        law::listed(&law, indicator, notes);
    }

    /// Layers a law reads are the project's, or derived by an earlier entry of the
    /// profile.
    fn layers_ready(
        &self,
        inputs: &BTreeMap<String, Input>,
        ready: &BTreeSet<&str>,
        reader: &str,
        (file, line): (&str, u32),
        notes: &mut Notes,
    ) {
        for input in inputs.values() {
            let Origin::Layer(id) = &input.origin else {
                continue;
            };
            if self.layers.contains_key(id) && !ready.contains(id.as_str()) {
                notes.push(
                    at("methodology-layer-order", file, line)
                        .arg("id", id)
                        .arg("reader", reader),
                );
            }
        }
    }

    fn join_indicator(
        &self,
        profile: &Profile,
        indicator: &Indicator,
        notes: &mut Notes,
    ) -> Option<Law> {
        let methods: Option<Vec<&Method>> = indicator
            .methods
            .iter()
            .map(|id| self.methods.get(id))
            .collect();
        law::join(
            &indicator.id,
            &methods?,
            &profile.rebindings,
            &self.library(),
            notes,
        )
    }

    /// Returns the law of an indicator under a profile; nothing if it is absent.
    ///
    /// # Errors
    ///
    /// None for indicators of the profiles of this methodology, which were checked
    /// when it was loaded.
    pub fn indicator_law(
        &self,
        profile: &Profile,
        indicator: &Indicator,
    ) -> Result<Option<Law>, Findings> {
        if indicator.methods.is_empty() {
            return Ok(None);
        }
        let mut notes = Notes::new();
        let law = self.join_indicator(profile, indicator, &mut notes);
        if notes.is_empty() {
            Ok(law)
        } else {
            Err(Findings(notes))
        }
    }

    /// Returns the law of one method or layer, with the parameters of a profile or
    /// its own; nothing if there is no such id or a kernel computes it.
    ///
    /// # Errors
    ///
    /// As [`Methodology::indicator_law`].
    pub fn law(&self, id: &str, profile: Option<&Profile>) -> Result<Option<Law>, Findings> {
        let rebindings = profile.map_or(&[][..], |profile| &profile.rebindings);
        self.law_bound(id, rebindings)
    }

    /// As [`Methodology::law`], with parameters bound to other tables.
    ///
    /// # Errors
    ///
    /// As [`Methodology::indicator_law`].
    pub fn law_bound(&self, id: &str, rebindings: &[Rebinding]) -> Result<Option<Law>, Findings> {
        let Some(method) = self.methods.get(id).or_else(|| self.layers.get(id)) else {
            return Ok(None);
        };
        if method.formulas.is_empty() {
            return Ok(None);
        }
        let mut notes = Notes::new();
        let law = law::join(id, &[method], rebindings, &self.library(), &mut notes);
        if notes.is_empty() {
            Ok(law)
        } else {
            Err(Findings(notes))
        }
    }

    /// Returns the layers and tables of the project that a profile reads, sorted.
    ///
    /// # Errors
    ///
    /// As [`Methodology::indicator_law`].
    pub fn project_inputs(&self, profile: &Profile) -> Result<ProjectInputs, Findings> {
        let mut needs = ProjectInputs::default();
        for id in &profile.layers {
            let layer = self.layers.get(id);
            needs.add(self, layer.iter().flat_map(|layer| layer.inputs.values()));
        }
        for indicator in &profile.indicators {
            if let Some(law) = self.indicator_law(profile, indicator)? {
                needs.add(self, law.inputs.values());
            }
        }
        Ok(needs)
    }
}

/// The layers and tables a project must give for a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectInputs {
    /// The ids of the raster layers.
    pub layers: BTreeSet<String>,
    /// The ids of the tables.
    pub tables: BTreeSet<String>,
}

impl ProjectInputs {
    fn add<'a>(&mut self, all: &Methodology, inputs: impl Iterator<Item = &'a Input>) {
        for input in inputs {
            match &input.origin {
                Origin::Layer(id) if !all.layers.contains_key(id) => {
                    self.layers.insert(id.clone());
                }
                Origin::Table(id) => {
                    self.tables.insert(id.clone());
                }
                Origin::Layer(_) | Origin::Output(_) => {}
            }
        }
    }
}

/// The id of a file is its path: `methods/a/b.toml` is `a.b`.
fn path_fits(file: &str, id: &str, layer: bool, notes: &mut Notes) {
    let folder = if layer { "layers/" } else { "methods/" };
    let path = file
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_suffix(".toml"))
        .unwrap_or(file);
    if path.replace('/', ".") != id {
        notes.push(
            Finding::error("methodology-id-path")
                .file(file)
                .arg("id", id)
                .arg("expected", path.replace('/', ".")),
        );
    }
}

/// A variable of condition stands in the file of its name.
fn name_fits(file: &str, id: &str, notes: &mut Notes) {
    let expected = format!("condition/{id}.toml");
    if file != expected {
        notes.push(
            Finding::error("methodology-id-path")
                .file(file)
                .arg("id", id)
                .arg("expected", expected),
        );
    }
}

fn put<T>(all: &mut BTreeMap<String, T>, id: String, file: &str, value: T, notes: &mut Notes) {
    match all.entry(id) {
        Entry::Occupied(taken) => notes.push(
            Finding::error("methodology-id-twice")
                .file(file)
                .arg("id", taken.key()),
        ),
        Entry::Vacant(free) => _ = free.insert(value),
    }
}

/// Days are many: only derived layers read them, one after the other.
fn days_in_layers_only(method: &Method, notes: &mut Notes) {
    let inputs = method.inputs.iter().map(|(name, input)| {
        let allowed = method.layer.is_some() && matches!(input.origin, Origin::Layer(_));
        (name, input.line, &input.domain, allowed)
    });
    let parameters = method.parameters.iter();
    let parameters = parameters.map(|(name, one)| (name, one.line, &one.domain, false));
    for (name, line, domain, allowed) in inputs.chain(parameters) {
        if domain.has(&Axis::Day) && !allowed {
            notes.push(at("methodology-day-outside-layer", &method.file, line).arg("name", name));
        }
    }
}

/// A derived layer is one value a cell: no month, day or item is left.
fn layer_of_cells(method: &Method, law: &Law, notes: &mut Notes) {
    let Some(output) = method.outputs.last().filter(|_| method.layer.is_some()) else {
        return;
    };
    let domain = law.program.statement(&output.name).map(|one| &one.domain);
    if let Some(domain) = domain
        && *domain != Domain::single().and(Axis::Cell)
    {
        let formula = method.formulas.iter().find(|one| one.name == output.name);
        let line = formula.map_or(1, |one| one.place.line);
        notes.push(
            at("methodology-layer-domain", &method.file, line)
                .arg("name", &output.name)
                .arg("domain", domain),
        );
    }
}
