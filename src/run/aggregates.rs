//! What a run or a project has summed, by what it is a sum of: a law of any profile
//! that asks for the same rate over the same layers finds its sums here, by ecosystem
//! type, and one that asks for another finds none.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::formula::{Axis, Value};
use gep_core::methodology::{Law, Methodology, Origin, Profile, law_texts};
use gep_core::quantity::format_exact;

use super::base_objects::BaseObjects;
use super::base_run::BaseRun;
use crate::account::{AccountLaw, ClassGround, Region, TableInput, ZoneGround, bases};
use crate::zonal::{MeasureSum, Sums};

/// Ground and sums under one crosswalk.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    /// Ecosystem types, sorted.
    pub classes: Vec<String>,
    /// Area by county and ecosystem type, mm2.
    areas_mm2: BTreeMap<(String, String), i128>,
    /// Ground of a county without a type, and outside the raster, mm2.
    without_type_mm2: BTreeMap<String, [i128; 2]>,
    /// By rate and type (see [`rate_key`]): sums by county.
    rates: BTreeMap<String, BTreeMap<String, MeasureSum>>,
}

/// Everything that values are made of.
#[derive(Clone, Debug, Default)]
pub struct Aggregates {
    /// Regions with their parents.
    pub regions: Vec<Region>,
    /// The departments' numbers, and areas of objects where they are known.
    pub tables: BTreeMap<String, TableInput>,
    /// Ids of objects by kind.
    pub objects: BTreeMap<String, Vec<String>>,
    /// By what a crosswalk says (see [`crosswalk_key`]).
    pub covers: BTreeMap<String, Cover>,
}

impl Aggregates {
    /// Returns the codes of the regions where numbers arise.
    pub fn counties(&self) -> Vec<String> {
        let counties = bases(&self.regions).into_iter();
        counties.map(|region| region.code.clone()).collect()
    }

    /// Takes the sums of a finished run, whose laws are those of `profile`.
    ///
    /// # Errors
    ///
    /// If the run's lines do not fit the methodology.
    pub fn of_run(
        base: &BaseRun,
        methodology: &Methodology,
        profile: &Profile,
    ) -> Result<Self, Findings> {
        let mut cover = Cover {
            classes: classes_of(methodology, profile),
            ..Cover::default()
        };
        let counties = base.counties();
        for county in &counties {
            let area = |class: &str| {
                let key = (county.clone(), class.to_string());
                base.territory.areas_mm2.get(&key).copied().unwrap_or(0)
            };
            for class in cover.classes.iter().filter(|class| area(class) != 0) {
                let key = (county.clone(), class.clone());
                cover.areas_mm2.insert(key, area(class));
            }
            let rest = [area("nodata"), area("outside_grid")];
            cover.without_type_mm2.insert(county.clone(), rest);
        }
        let layers = LayerTexts::new(methodology, profile);
        for indicator in &profile.indicators {
            let law = AccountLaw::prepare(
                methodology,
                profile,
                indicator,
                &counties,
                &cover.classes,
                &BTreeMap::new(),
            )?;
            let Some(law) = law.filter(|law| !law.by_object()) else {
                continue;
            };
            let sum_of = |slot: usize, county: &str, class: &str| {
                let total = base.totals.get(&format!("{}.{}", indicator.id, slot + 1));
                let key = (county.to_string(), class.to_string());
                total.and_then(|total| total.sums.get(&key)).copied()
            };
            cover.add(&law, &layers, &counties, &|slot, county, class| {
                sum_of(slot, county, class).unwrap_or_default()
            })?;
        }
        let objects = BaseObjects::of(methodology, base, Path::new(&base.input.path))?;
        Ok(Self {
            regions: base.territory.regions.clone(),
            tables: objects.tables,
            objects: objects.ids,
            covers: BTreeMap::from([(crosswalk_key(methodology, profile), cover)]),
        })
    }

    /// Adds the sums of a pass over a project, made for these laws.
    ///
    /// # Errors
    ///
    /// None for profiles of a methodology that was loaded without findings.
    pub fn add_pass(
        &mut self,
        (methodology, profile): (&Methodology, &Profile),
        laws: &[AccountLaw],
        classes: &[String],
        ground: &ClassGround,
    ) -> Result<(), Findings> {
        let cover = self
            .covers
            .entry(crosswalk_key(methodology, profile))
            .or_insert_with(|| Cover::of_ground(classes, ground));
        let counties: Vec<String> = ground.zones.keys().cloned().collect();
        let layers = LayerTexts::new(methodology, profile);
        let mut first = 0;
        for law in laws {
            cover.add(law, &layers, &counties, &|slot, county, class| {
                let zone = ground.zones.get(county);
                let at = classes.iter().position(|own| own == class);
                let sums = zone.zip(at).and_then(|(zone, at)| zone.classes.get(&at));
                let measure = sums.and_then(|sums| sums.measures.get(first + slot));
                measure.copied().unwrap_or_default()
            })?;
            first += law.slots.len();
        }
        Ok(())
    }
}

impl Cover {
    fn of_ground(classes: &[String], ground: &ClassGround) -> Self {
        let mut cover = Self {
            classes: classes.to_vec(),
            ..Self::default()
        };
        for (county, zone) in &ground.zones {
            for (at, sums) in zone.classes.iter().filter(|(_, sums)| sums.area_mm2 != 0) {
                let key = (county.clone(), classes[*at].clone());
                cover.areas_mm2.insert(key, sums.area_mm2);
            }
            let rest = [zone.unclassified_mm2, zone.outside_mm2];
            cover.without_type_mm2.insert(county.clone(), rest);
        }
        cover
    }

    /// Adds the sums of a law's rates, which `sum_of` tells by slot, county and type.
    fn add(
        &mut self,
        law: &AccountLaw,
        layers: &LayerTexts<'_>,
        counties: &[String],
        sum_of: &dyn Fn(usize, &str, &str) -> MeasureSum,
    ) -> Result<(), Findings> {
        for slot in 0..law.slots.len() {
            for (at, class) in self.classes.iter().enumerate() {
                if !law.slots[slot].scope[at] {
                    continue;
                }
                let key = rate_key(law, slot, class, layers)?;
                let sums = counties
                    .iter()
                    .map(|county| (county.clone(), sum_of(slot, county, class)));
                self.rates.insert(key, sums.collect());
            }
        }
        Ok(())
    }

    /// Lays out the ground for one law, and names by county what of its rates was never
    /// summed: the rate, and the ecosystem types.
    ///
    /// # Errors
    ///
    /// None for profiles of a methodology that was loaded without findings.
    pub fn ground_for(
        &self,
        law: &AccountLaw,
        layers: &LayerTexts<'_>,
    ) -> Result<(ClassGround, BTreeMap<String, BTreeSet<String>>), Findings> {
        let mut ground = ClassGround::default();
        let mut lacking: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (county, [unclassified_mm2, outside_mm2]) in &self.without_type_mm2 {
            let zone = ZoneGround {
                classes: BTreeMap::new(),
                unclassified_mm2: *unclassified_mm2,
                outside_mm2: *outside_mm2,
            };
            ground.zones.insert(county.clone(), zone);
        }
        for (at, class) in self.classes.iter().enumerate() {
            let mut found = Vec::new();
            for slot in 0..law.slots.len() {
                let needed = law.slots[slot].scope[at];
                let key = rate_key(law, slot, class, layers)?;
                found.push((needed, self.rates.get(&key)));
            }
            for (county, zone) in &mut ground.zones {
                let Some(area) = self.areas_mm2.get(&(county.clone(), class.clone())) else {
                    continue;
                };
                let mut measures = Vec::new();
                for (slot, (needed, sums)) in found.iter().enumerate() {
                    let sum = sums.and_then(|sums| sums.get(county)).copied();
                    if *needed && sum.is_none() {
                        let total = &law.law.program.totals()[law.slots[slot].total];
                        let what = format!("total({})", total.id);
                        lacking.entry(county.clone()).or_default().insert(what);
                    }
                    measures.push(sum.filter(|_| *needed).unwrap_or_default());
                }
                let sums = Sums {
                    area_mm2: *area,
                    measures,
                };
                zone.classes.insert(at, sums);
            }
        }
        Ok((ground, lacking))
    }
}

/// The ecosystem types of a profile's crosswalk, sorted.
pub fn classes_of(methodology: &Methodology, profile: &Profile) -> Vec<String> {
    let crosswalk = methodology.crosswalks.get(&profile.crosswalk);
    let classes = crosswalk.iter().flat_map(|crosswalk| crosswalk.classes());
    let sorted: BTreeSet<String> = classes.map(String::from).collect();
    sorted.into_iter().collect()
}

/// What a crosswalk does to codes, whatever it is called.
pub fn crosswalk_key(methodology: &Methodology, profile: &Profile) -> String {
    let mut text = String::new();
    if let Some(crosswalk) = methodology.crosswalks.get(&profile.crosswalk) {
        for (code, row) in &crosswalk.rows {
            _ = writeln!(text, "{code} {}", row.class);
        }
    }
    text
}

/// What a rate of a law is on one ecosystem type: expression, unit, step, month or
/// item, the layers it reads and how those are derived, and the values of parameters
/// inside it. Two rates with one key have one sum.
pub fn rate_key(
    law: &AccountLaw,
    slot: usize,
    class: &str,
    layers: &LayerTexts<'_>,
) -> Result<String, Findings> {
    let own = &law.slots[slot];
    let total = &law.law.program.totals()[own.total];
    let mut text = format!(
        "{class}\n{} [{}] step {}\nat {:?}\n",
        total.id,
        total.rate_unit,
        format_exact(&own.quantum),
        own.at
    );
    for name in &total.reads {
        if let Some(input) = law.law.inputs.get(name) {
            let id = input.origin.id();
            _ = writeln!(text, "input {name} {:?}", input.origin);
            if let Origin::Layer(_) = &input.origin {
                text.push_str(&layers.text(id)?);
            }
            continue;
        }
        let Some(array) = law.rows.values.get(name) else {
            continue;
        };
        for (at, value) in array.values().iter().enumerate() {
            let labels = array.labels_at(at, &law.rows.labels);
            let axes = array.domain().axes();
            let elsewhere = axes
                .zip(&labels)
                .any(|(axis, label)| *axis == Axis::Class && *label != class);
            if !elsewhere {
                _ = writeln!(text, "parameter {name} {labels:?} {}", spelled(value));
            }
        }
    }
    Ok(text)
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Exact(number) => format_exact(number),
        Value::Missing => "missing".to_string(),
        Value::NotApplicable => "n/a".to_string(),
    }
}

/// How derived layers are made under a profile.
pub struct LayerTexts<'a> {
    methodology: &'a Methodology,
    profile: &'a Profile,
    /// What was told already.
    told: RefCell<BTreeMap<String, [String; 2]>>,
}

impl<'a> LayerTexts<'a> {
    /// Looks layers up in a methodology, with the parameters of a profile.
    pub fn new(methodology: &'a Methodology, profile: &'a Profile) -> Self {
        Self {
            methodology,
            profile,
            told: RefCell::default(),
        }
    }

    /// Returns what makes a layer, down to the project's own; of these only the name.
    ///
    /// # Errors
    ///
    /// None for profiles of a methodology that was loaded without findings.
    pub fn text(&self, id: &str) -> Result<String, Findings> {
        let [formulas, parameters] = self.parts(id)?;
        Ok(formulas + &parameters)
    }

    /// The same in two parts: formulas, kernels, grids and roundings, and the values
    /// of parameters.
    ///
    /// # Errors
    ///
    /// As [`LayerTexts::text`].
    pub fn parts(&self, id: &str) -> Result<[String; 2], Findings> {
        if let Some(told) = self.told.borrow().get(id) {
            return Ok(told.clone());
        }
        let told = self.tell(id)?;
        self.told.borrow_mut().insert(id.to_string(), told.clone());
        Ok(told)
    }

    fn tell(&self, id: &str) -> Result<[String; 2], Findings> {
        let Some(layer) = self.methodology.layers.get(id) else {
            return Ok([format!("layer {id}\n"), String::new()]);
        };
        let mut formulas = format!("derived {id} {:?}\n", layer.layer);
        let mut parameters = String::new();
        for output in &layer.outputs {
            let step = format_exact(&output.quantum);
            _ = writeln!(formulas, "{} step {step} {}", output.name, output.unit);
        }
        match self.methodology.law(id, Some(self.profile))? {
            Some(law) => {
                for (name, text) in law_texts(&law).0 {
                    _ = writeln!(formulas, "{name} = {text}");
                }
                add_rows(&law, &mut parameters);
            }
            None => {
                // A kernel reads whole tables.
                for (name, parameter) in &layer.parameters {
                    let table = self.methodology.tables.get(&parameter.table);
                    for row in table.iter().flat_map(|table| &table.rows) {
                        let what = format!("{:?} {} {}", row.keys, row.spelling, row.unit_text);
                        _ = writeln!(parameters, "{id} {name} {what}");
                    }
                }
            }
        }
        for input in layer.inputs.values() {
            if let Origin::Layer(inner) = &input.origin {
                let [more, rows] = self.parts(inner)?;
                formulas.push_str(&more);
                parameters.push_str(&rows);
            }
        }
        Ok([formulas, parameters])
    }
}

/// The values of a law's parameters, row by row.
fn add_rows(law: &Law, text: &mut String) {
    for (name, bound) in &law.parameters {
        for (keys, row) in &bound.rows {
            let value = row.value.as_ref().map(|value| row.unit.to_coherent(value));
            let value = value.map_or("n/a".to_string(), |value| format_exact(&value));
            _ = writeln!(text, "{} {name} {keys:?} {value}", law.id);
        }
    }
}
