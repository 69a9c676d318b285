//! What series say: peak, decomposition, decoupling, scenario paths.

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Methodology;
use gep_core::quantity::{Rational, parse_decimal};

use crate::carbon::{
    Book, DecouplingRow, Effect, ElasticityLimits, Identity, IndicatorNumber, KayaYear, LinkResult,
    ParameterPath, Peak, PeakCriteria, Period, Projection, Scenario, State, classify_peak,
    decoupling, kaya, project,
};
use crate::source::carbon::{CarbonProject, PathEntry, PeakSeries, ScenarioEntry};
use crate::statistics::{Decomposition, Observation, lmdi};

/// What the series of a project say.
#[derive(Clone, Debug, Default)]
pub struct SeriesBooks {
    /// Classified series.
    pub peaks: Vec<(PeakSeries, Peak)>,
    /// Effects of factors.
    pub effects: Vec<Effect>,
    /// Decoupling of pairs of years.
    pub decouplings: Vec<DecouplingRow>,
    /// Projected paths.
    pub paths: Vec<(ScenarioEntry, Projection)>,
}

/// The table of criteria.
const CRITERIA: &str = "carbon/peak-criteria.csv";
/// Paths are told to the gram; effects to the kilogram, as logarithms have 15 digits.
const GRAM_IN_TONNES: &str = "0.000001";
const KILOGRAM_IN_TONNES: &str = "0.001";
/// Output at constant prices, the latest prices first.
const OUTPUTS: [&str; 4] = [
    "gdp_constant_2020",
    "gdp_constant_2015",
    "gdp_constant_2010",
    "gdp_constant_2005",
];

/// Computes what the series say.
///
/// # Errors
///
/// Criteria that are not told, series that cannot be, scenarios with wrong periods.
pub fn series(
    methodology: &Methodology,
    project: &CarbonProject,
    book: &Book,
    numbers: &[IndicatorNumber],
) -> Result<SeriesBooks, Findings> {
    let mut books = SeriesBooks::default();
    let criteria = criteria(methodology)?;
    for entry in &project.peaks {
        let series = observations(numbers, entry);
        // A series nobody published has no peak to tell.
        if series.is_empty() {
            continue;
        }
        let peak = classify_peak(&series, &criteria).map_err(|error| refused(entry, &error))?;
        books.peaks.push((entry.clone(), peak));
        let region = Region {
            book,
            numbers,
            entry,
        };
        books.effects.extend(region.energy_mix(methodology)?);
        books.effects.extend(region.kaya()?);
        books
            .decouplings
            .extend(region.decouplings(&limits(methodology)?)?);
    }
    for entry in &project.scenarios {
        books.paths.push((entry.clone(), projected(entry)?));
    }
    Ok(books)
}

fn refused(entry: &PeakSeries, error: &impl std::fmt::Debug) -> Finding {
    Finding::error("carbon-series")
        .arg("region", &entry.region)
        .arg("series", &entry.method)
        .arg("error", format!("{error:?}"))
}

fn observations(numbers: &[IndicatorNumber], entry: &PeakSeries) -> Vec<Observation> {
    let own = numbers.iter().filter(|one| {
        one.region == entry.region && one.indicator == entry.indicator && one.method == entry.method
    });
    let mut series: Vec<Observation> = own
        .filter_map(|one| {
            let value = one.value.clone()?;
            Some(Observation {
                year: i32::from(one.year),
                value,
            })
        })
        .collect();
    series.sort_by_key(|one| one.year);
    series
}

/// A row of the criteria, in coherent units.
pub(super) fn criterion(methodology: &Methodology, name: &str) -> Result<Rational, Finding> {
    let table = methodology.tables.get(CRITERIA);
    let mut rows = table.into_iter().flat_map(|table| &table.rows);
    let row = rows.find(|row| row.keys.first().is_some_and(|key| key == name));
    let value = row.and_then(|row| Some(row.unit.to_coherent(row.value.as_ref()?)));
    value.ok_or_else(|| {
        Finding::error("carbon-criterion")
            .file(CRITERIA)
            .arg("name", name)
    })
}

fn criteria(methodology: &Methodology) -> Result<PeakCriteria, Finding> {
    let of = |name: &str| criterion(methodology, name);
    let count = |name: &str| -> Result<u32, Finding> {
        let value = of(name)?;
        let whole = value.is_integer().then(|| value.to_integer());
        let count = whole.and_then(|whole| u32::try_from(whole).ok());
        count.ok_or_else(|| {
            Finding::error("carbon-criterion")
                .file(CRITERIA)
                .arg("name", name)
        })
    };
    Ok(PeakCriteria {
        id: CRITERIA.to_owned(),
        least_observations: count("least_observations")? as usize,
        least_age_years: count("least_age_years")?,
        decline_share: of("decline_share")?,
        alpha: of("significance")?,
        plateau_range_share: of("plateau_range_share")?,
        plateau_years_before_maximum: count("plateau_years_before_maximum")?,
        strict_age_years: count("strict_age_years")?,
        strict_decline_share: of("strict_decline_share")?,
    })
}

fn limits(methodology: &Methodology) -> Result<ElasticityLimits, Finding> {
    Ok(ElasticityLimits {
        low: criterion(methodology, "tapio_lower")?,
        high: criterion(methodology, "tapio_upper")?,
    })
}

/// The facts behind a series.
struct Region<'a> {
    book: &'a Book,
    numbers: &'a [IndicatorNumber],
    entry: &'a PeakSeries,
}

/// The fossil carriers of the composition.
const CARRIERS: [&str; 3] = ["coal", "oil", "natural_gas"];
const MIX_FACTORS: [&str; 3] = ["energy_consumption", "energy_composition", "carbon_factor"];
const KAYA_FACTORS: [&str; 5] = [
    "population",
    "output_per_head",
    "energy_intensity",
    "fossil_share",
    "carbon_per_fossil_energy",
];

impl Region<'_> {
    fn fact(&self, quantity: &str, year: i32, item: &str) -> Option<Rational> {
        let year = u16::try_from(year).ok()?;
        let fact = self.book.fact(quantity, &self.entry.region, year, item);
        fact.map(|fact| fact.value.clone())
    }

    fn years(&self) -> Vec<i32> {
        observations(self.numbers, self.entry)
            .iter()
            .map(|one| one.year)
            .collect()
    }

    /// Emissions of fossil carriers by consumption, composition and factor, year by year.
    fn energy_mix(&self, methodology: &Methodology) -> Result<Vec<Effect>, Finding> {
        let law = methodology
            .law_bound(&self.entry.method, &[])
            .ok()
            .flatten();
        let factor = |carrier: &str| {
            let law = law.as_ref()?;
            let axis = gep_core::formula::Axis::Item("carrier".to_owned());
            let labels = std::collections::BTreeMap::from([(axis, carrier)]);
            let row = law.row("factor", &labels)?;
            // Kilograms per tonne of coal equivalent, here tonnes.
            Some(row.unit.to_coherent(row.value.as_ref()?) / Rational::from_integer(1000.into()))
        };
        let of = |year: i32| -> Option<Vec<Vec<Rational>>> {
            let total = self.fact("energy_consumption", year, "")?;
            let all = CARRIERS.iter().map(|carrier| {
                let share = self.fact("energy_composition", year, carrier)?;
                Some(vec![total.clone(), share, factor(carrier)?])
            });
            all.collect()
        };
        let mut effects = Vec::new();
        let years = self.years();
        for pair in years.windows(2) {
            let (Some(old), Some(new)) = (of(pair[0]), of(pair[1])) else {
                continue;
            };
            let parts = lmdi(&old, &new).map_err(|error| refused(self.entry, &error))?;
            effects.extend(self.effects("energy_mix", (pair[0], pair[1]), &MIX_FACTORS, &parts)?);
        }
        Ok(effects)
    }

    fn effects(
        &self,
        identity: &'static str,
        (from, to): (i32, i32),
        factors: &[&'static str],
        parts: &Decomposition,
    ) -> Result<Vec<Effect>, Finding> {
        let quantum = parse_decimal(KILOGRAM_IN_TONNES).unwrap_or_default();
        let closed = parts
            .closed(&quantum)
            .map_err(|error| refused(self.entry, &error))?;
        let change: Rational = closed.iter().cloned().sum();
        let all = factors.iter().zip(closed).enumerate();
        Ok(all
            .map(|(at, (factor, effect))| Effect {
                region: self.entry.region.clone(),
                identity,
                from,
                to,
                factor,
                effect_t: Some(effect),
                multiplied_by: parts
                    .multiplicative
                    .as_ref()
                    .and_then(|own| own.get(at).copied()),
                change_t: Some(change.clone()),
                missing: String::new(),
            })
            .collect())
    }

    /// Output at the latest prices for which both years are told.
    fn output(&self, years: &[i32]) -> Option<&'static str> {
        OUTPUTS
            .into_iter()
            .find(|id| years.iter().all(|year| self.fact(id, *year, "").is_some()))
    }

    fn kaya(&self) -> Result<Vec<Effect>, Finding> {
        let series = observations(self.numbers, self.entry);
        let years: Vec<i32> = series.iter().map(|one| one.year).collect();
        let output = self.output(&years).unwrap_or(OUTPUTS[0]);
        let members: Vec<KayaYear> = series
            .iter()
            .map(|one| {
                let energy = self.fact("energy_consumption", one.year, "");
                let fossil: Option<Rational> = CARRIERS
                    .iter()
                    .map(|carrier| self.fact("energy_composition", one.year, carrier))
                    .sum();
                KayaYear {
                    year: one.year,
                    population: self.fact("population", one.year, ""),
                    output: self.fact(output, one.year, ""),
                    fossil_energy: energy.clone().zip(fossil).map(|(all, share)| all * share),
                    energy,
                    carbon: Some(one.value.clone()),
                }
            })
            .collect();
        let mut effects = Vec::new();
        for link in kaya(&members, Identity::Extended).map_err(|e| refused(self.entry, &e))? {
            match &link.result {
                LinkResult::Decomposed(parts) => {
                    effects.extend(self.effects(
                        "kaya",
                        (link.from, link.to),
                        &KAYA_FACTORS,
                        parts,
                    )?);
                }
                LinkResult::Missing(lacking) => {
                    let lacking: Vec<String> = lacking
                        .iter()
                        .map(|own| format!("{:?} {}", own.member, own.year))
                        .collect();
                    effects.push(Effect {
                        region: self.entry.region.clone(),
                        identity: "kaya",
                        from: link.from,
                        to: link.to,
                        factor: "",
                        effect_t: None,
                        multiplied_by: None,
                        change_t: None,
                        missing: lacking.join("; "),
                    });
                }
            }
        }
        Ok(effects)
    }

    fn decouplings(&self, limits: &ElasticityLimits) -> Result<Vec<DecouplingRow>, Finding> {
        let series = observations(self.numbers, self.entry);
        let mut rows = Vec::new();
        for pair in series.windows(2) {
            let years = [pair[0].year, pair[1].year];
            let output = self.output(&years);
            let state = |one: &Observation| {
                let output = self.fact(output?, one.year, "")?;
                Some(State {
                    emissions: one.value.clone(),
                    output,
                })
            };
            let mut row = DecouplingRow {
                region: self.entry.region.clone(),
                from: years[0],
                to: years[1],
                found: None,
                prices: output.unwrap_or_default().to_owned(),
                missing: String::new(),
            };
            match (state(&pair[0]), state(&pair[1])) {
                (Some(old), Some(new)) => {
                    let found = decoupling(&old, &new, limits);
                    row.found = Some(found.map_err(|error| refused(self.entry, &error))?);
                }
                _ => row.missing = format!("gdp_constant {} {}", years[0], years[1]),
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

fn projected(entry: &ScenarioEntry) -> Result<Projection, Finding> {
    let wrong = |error: String| {
        Finding::error("carbon-scenario")
            .arg("id", &entry.id)
            .arg("error", error)
    };
    let path = |own: &PathEntry| -> Result<ParameterPath, Finding> {
        let number = |text: &str| parse_decimal(text).ok_or_else(|| wrong(text.to_owned()));
        let hundred = Rational::from_integer(100.into());
        let periods: Result<Vec<Period>, Finding> = own
            .periods
            .iter()
            .map(|period| {
                Ok(Period {
                    first_year: i32::from(period.first_year),
                    last_year: i32::from(period.last_year),
                    rate: number(&period.rate_percent)? / &hundred,
                })
            })
            .collect();
        Ok(ParameterPath {
            base: number(&own.base)?,
            periods: periods?,
        })
    };
    let scenario = Scenario {
        population: path(&entry.population)?,
        output_per_head: path(&entry.output_per_head)?,
        energy_intensity: path(&entry.energy_intensity)?,
        carbon_factor: path(&entry.carbon_factor)?,
    };
    let quantum = parse_decimal(GRAM_IN_TONNES).unwrap_or_default();
    let (base, horizon) = (i32::from(entry.base_year), i32::from(entry.horizon));
    project(&scenario, base, horizon, &quantum).map_err(|error| wrong(format!("{error:?}")))
}
