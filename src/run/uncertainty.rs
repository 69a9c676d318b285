//! Uncertainty of an account: its parameters drawn from the distributions of the
//! methodology, and the tables of what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Binding;
use gep_core::methodology::{
    CombineRule, Distribution, IndicatorGroup, Law, Methodology, Profile, Row, RowKey, Shape,
};
use gep_core::quantity::{Rational, Unit, format_exact, parse_decimal, quanta, round_to, to_f64};
use gep_core::storage::digest_bytes;
use serde_json::{Value, json};

use super::publish::Finished;
use super::uncertainty_bounds::bounded;
use crate::account::{
    AccountLaw, Amount, DrawnParameter, Region, UncertainAccount, Uncertainty, simulate,
};
use crate::output::{
    BoundedAmount, NamedTable, ParameterFate, RegionFacts, UncertaintyTerms, bounds_table,
    contribution_table, parameter_fates_table, uncertainty_table,
};
use crate::source::project::Project;
use crate::statistics::Spread;

/// What is done with a parameter that the pass over rasters reads.
const RASTER_BOUND: &str = "raster_bound";

/// Fewer draws say nothing of the ends of an interval; more are never needed.
const DRAWS: std::ops::RangeInclusive<u64> = 100..=1_000_000;

/// How parameters are drawn and intervals are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawTerms {
    /// Seed of the generator.
    pub seed: u64,
    /// Number of draws.
    pub draws: u64,
    /// The share of draws an interval holds, as written.
    pub interval: String,
    /// The place from either end of the sorted draws at which it ends.
    pub rank: usize,
}

impl DrawTerms {
    /// Checks the terms; the place is the smallest whole number that is not below the
    /// share outside, halved.
    ///
    /// # Errors
    ///
    /// Too few or too many draws, a share not between 0 and 1.
    pub fn new(seed: u64, draws: u64, interval: &str) -> Result<Self, Findings> {
        let one = Rational::from_integer(1.into());
        let zero = Rational::from_integer(0.into());
        let share = parse_decimal(interval).filter(|share| *share > zero && *share < one);
        let place = share.filter(|_| DRAWS.contains(&draws)).and_then(|share| {
            let outside = Rational::from_integer(draws.into()) * (one - share);
            let half = outside / Rational::from_integer(2.into());
            usize::try_from(half.ceil().to_integer()).ok()
        });
        match place {
            Some(rank) if rank > 0 => Ok(Self {
                seed,
                draws,
                interval: interval.to_string(),
                rank,
            }),
            _ => Err(Finding::error("uncertainty-terms")
                .arg("draws", draws)
                .arg("interval", interval)
                .arg("least", DRAWS.start())
                .arg("most", DRAWS.end())
                .into()),
        }
    }

    /// Returns the terms of a project; nothing if it asks for no intervals.
    ///
    /// # Errors
    ///
    /// As [`DrawTerms::new`].
    pub fn of(project: &Project) -> Result<Option<Self>, Findings> {
        let Some(entry) = &project.uncertainty else {
            return Ok(None);
        };
        let terms = Self::new(entry.seed, entry.draws, &entry.interval).map_err(|findings| {
            let told = findings.0.into_iter();
            Findings(told.map(|one| one.file(project.path.display())).collect())
        })?;
        Ok(Some(terms))
    }

    /// Returns what the manifest says of it.
    pub fn to_json(&self, methodology: &Methodology) -> Value {
        json!({
            "seed": self.seed.to_string(),
            "draws": self.draws,
            "interval": self.interval,
            "distributions_fingerprint": methodology.distributions_fingerprint(),
        })
    }
}

/// The account of a run or of a finished run's tables, to be drawn.
pub struct DrawnAccount<'a> {
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile.
    pub profile: &'a Profile,
    /// Its laws, with sums, inputs and parameters in their rows.
    pub laws: &'a [AccountLaw],
    /// Quantities and values of all regions.
    pub amounts: &'a [Amount],
    /// What rules leave, of all regions.
    pub combined: &'a [Amount],
    /// GEP, groups and indicators.
    pub totals: &'a [Amount],
    /// Regions.
    pub regions: &'a [Region],
    /// Indicators with their groups.
    pub indicators: &'a [(String, IndicatorGroup)],
}

/// What the draws say, and what was drawn.
pub struct Drawing {
    /// Intervals and contributions.
    pub uncertainty: Uncertainty,
    /// Names of the drawn parameters, by position.
    pub drawn: Vec<String>,
    /// Every parameter row of the profile.
    pub fates: Vec<ParameterFate>,
}

impl DrawnAccount<'_> {
    /// Draws the account.
    ///
    /// # Errors
    ///
    /// A number without a finite value in some draw.
    pub fn draw(&self, terms: &DrawTerms) -> Result<Drawing, Findings> {
        let uses = self.uses()?;
        let parameters: Vec<DrawnParameter> = uses
            .values()
            .filter(|own| own.by_rows)
            .filter_map(|own| {
                let distribution = self.distribution(&own.row)?;
                drawn_parameter(self.methodology, &own.row, distribution, terms)
            })
            .collect();
        // Quantities as they are printed: a finished run knows no more digits.
        let step = Rational::new(1.into(), 1_000_000.into());
        let printed: Vec<Amount> = self
            .amounts
            .iter()
            .cloned()
            .map(|amount| as_printed(amount, &step))
            .collect();
        let rules: &[CombineRule] = &self.profile.combine;
        let account = UncertainAccount {
            laws: self.laws,
            amounts: &printed,
            combined: self.combined,
            totals: self.totals,
            regions: self.regions,
            indicators: self.indicators,
            rules,
        };
        let uncertainty = simulate(&account, &parameters, terms.rank)?;
        let drawn: Vec<String> = parameters.iter().map(|own| own.id.clone()).collect();
        let fates = uses.values().map(|own| {
            let at = drawn
                .iter()
                .position(|id| *id == row_id(self.methodology, &own.row));
            let reached = at.and_then(|at| uncertainty.reached.get(&at));
            self.fate(own, reached)
        });
        Ok(Drawing {
            fates: fates.collect(),
            drawn,
            uncertainty,
        })
    }

    fn distribution(&self, row: &Row) -> Option<&Distribution> {
        let key: RowKey = (row.file.clone(), row.keys.clone());
        self.methodology.distributions.get(&key)
    }

    /// The rows with a distribution that the pass over rasters reads, with their names.
    pub(super) fn raster_rows(&self) -> Result<Vec<(String, Row, &Distribution)>, Findings> {
        let uses = self.uses()?;
        let read = uses.into_iter().filter(|(_, own)| own.by_raster);
        let known = read.filter_map(|(id, own)| {
            let distribution = self.distribution(&own.row)?;
            let varies = distribution.shape.varies();
            varies.then_some((id, own.row, distribution))
        });
        Ok(known.collect())
    }

    /// Every parameter row with a number that the profile reads, by its name.
    fn uses(&self) -> Result<BTreeMap<String, Use>, Findings> {
        let mut uses: BTreeMap<String, Use> = BTreeMap::new();
        for account in self.laws {
            self.add_uses(&account.law, false, &mut uses);
        }
        for id in &self.profile.layers {
            if let Some(law) = self.methodology.law(id, Some(self.profile))? {
                self.add_uses(&law, true, &mut uses);
            }
        }
        Ok(uses)
    }

    fn add_uses(&self, law: &Law, layer: bool, uses: &mut BTreeMap<String, Use>) {
        for (name, bound) in &law.parameters {
            let raster = layer || law.program.bindings().get(name) == Some(&Binding::RasterBound);
            for (_, row) in bound.rows.iter().filter(|(_, row)| row.value.is_some()) {
                let own = uses
                    .entry(row_id(self.methodology, row))
                    .or_insert_with(|| Use {
                        row: row.clone(),
                        by_rows: false,
                        by_raster: false,
                    });
                own.by_raster |= raster;
                own.by_rows |= !raster;
            }
        }
    }

    fn fate(&self, own: &Use, reached: Option<&BTreeSet<String>>) -> ParameterFate {
        let row = &own.row;
        let mut fate = ParameterFate {
            id: row_id(self.methodology, row),
            value: [row.spelling.clone(), row.unit_text.clone()],
            treatment: "no_distribution",
            indicators: reached.into_iter().flatten().cloned().collect(),
            ..ParameterFate::default()
        };
        let Some(distribution) = self.distribution(row) else {
            return fate;
        };
        fate.treatment = match (
            distribution.shape.varies(),
            reached.is_some(),
            own.by_raster,
        ) {
            (false, ..) => "fixed",
            (true, true, false) => "drawn",
            (true, true, true) => "drawn_in_part",
            (true, false, true) => RASTER_BOUND,
            (true, false, false) => "not_reached",
        };
        let text = |number: &Rational| format_exact(number);
        fate.distribution = distribution.shape.word();
        let ends = distribution.shape.support(&row_value(row));
        let end = |end: &Option<Rational>| end.as_ref().map(text).unwrap_or_default();
        let [mode, more] = match &distribution.shape {
            Shape::Triangular { mode, .. } => [text(mode), String::new()],
            Shape::Normal { sd, .. } => [row.spelling.clone(), format!("sd {}", text(sd))],
            Shape::Lognormal { sd_log } => [String::new(), format!("sd_log {}", text(sd_log))],
            Shape::Discrete(values) => {
                let pairs = values.iter();
                let pairs =
                    pairs.map(|(value, weight)| format!("{} x {}", text(value), text(weight)));
                [String::new(), pairs.collect::<Vec<_>>().join(", ")]
            }
            Shape::Uniform { .. } | Shape::Fixed => [String::new(), String::new()],
        };
        fate.shape = [end(&ends.0), mode, end(&ends.1), more];
        fate.source = [
            distribution.status.word().to_string(),
            distribution.citation.document.clone(),
            distribution.citation.clause.clone(),
        ];
        fate.note = [distribution.note.zh.clone(), distribution.note.en.clone()];
        fate.place = Some((distribution.file.clone(), distribution.line));
        fate
    }

    /// Lays the tables out; `bounds` is what more passes gave.
    pub fn tables(
        &self,
        drawing: &Drawing,
        terms: &DrawTerms,
        bounds: &[BoundedAmount],
        facts: &RegionFacts<'_>,
    ) -> Vec<NamedTable> {
        let told = UncertaintyTerms {
            seed: terms.seed,
            draws: terms.draws,
            interval: &terms.interval,
            price_year: &self.profile.price_year,
        };
        let bounded = bounded(bounds);
        let mut fates = drawing.fates.clone();
        for fate in &mut fates {
            if fate.treatment == RASTER_BOUND && bounded.contains(&fate.id) {
                fate.treatment = "bounds";
            }
        }
        let mut tables = vec![
            uncertainty_table(&drawing.uncertainty, &told, facts),
            contribution_table(&drawing.uncertainty, &drawing.drawn, facts),
            parameter_fates_table(&fates),
        ];
        if !bounds.is_empty() {
            tables.push(bounds_table(bounds, &told, facts));
        }
        tables
    }
}

/// A parameter row and by what it is read.
struct Use {
    row: Row,
    by_rows: bool,
    by_raster: bool,
}

pub(super) fn row_value(row: &Row) -> Rational {
    let zero = || Rational::from_integer(0.into());
    row.value.clone().unwrap_or_else(zero)
}

/// Names a row by its table and labels: `tables/prices.csv name=oxygen`.
fn row_id(methodology: &Methodology, row: &Row) -> String {
    let names = methodology.tables.get(&row.file).map(|table| &table.keys);
    let labels = names.into_iter().flatten().zip(&row.keys);
    let labels: Vec<String> = labels
        .map(|(name, label)| format!("{name}={label}"))
        .collect();
    format!("{} {}", row.file, labels.join(" "))
}

/// The stream of a parameter: the first 64 bits of the BLAKE3 digest of its name.
fn stream(id: &str) -> u64 {
    let digest = digest_bytes(id.as_bytes());
    u64::from_str_radix(digest.get(..16).unwrap_or_default(), 16).unwrap_or(0)
}

/// Draws a row; nothing if it is fixed.
fn drawn_parameter(
    methodology: &Methodology,
    row: &Row,
    distribution: &Distribution,
    terms: &DrawTerms,
) -> Option<DrawnParameter> {
    let id = row_id(methodology, row);
    let spread = spread(distribution, &row_value(row))?;
    let count = usize::try_from(terms.draws).ok()?;
    let mut draws = spread.draws(terms.seed, stream(&id), count);
    for draw in &mut draws {
        *draw = coherent(&row.unit, *draw);
    }
    Some(DrawnParameter {
        id,
        place: (row.file.clone(), row.line),
        draws,
    })
}

fn coherent(unit: &Unit, value: f64) -> f64 {
    value * unit.scale_f64() + unit.offset_f64()
}

/// The distribution in floating point, `value` being what the row says.
pub(super) fn spread(distribution: &Distribution, value: &Rational) -> Option<Spread> {
    let open = |end: &Option<Rational>, none: f64| end.as_ref().map_or(none, to_f64);
    Some(match &distribution.shape {
        Shape::Fixed => return None,
        Shape::Normal { sd, low, high } => Spread::Normal {
            mean: to_f64(value),
            sd: to_f64(sd),
            low: open(low, f64::NEG_INFINITY),
            high: open(high, f64::INFINITY),
        },
        Shape::Lognormal { sd_log } => Spread::Lognormal {
            median: to_f64(value),
            sd_log: to_f64(sd_log),
        },
        Shape::Triangular { low, mode, high } => Spread::Triangular {
            low: to_f64(low),
            mode: to_f64(mode),
            high: to_f64(high),
        },
        Shape::Uniform { low, high } => Spread::Uniform {
            low: to_f64(low),
            high: to_f64(high),
        },
        Shape::Discrete(values) => {
            let pairs = values.iter();
            Spread::Discrete(
                pairs
                    .map(|(value, weight)| (to_f64(value), to_f64(weight)))
                    .collect(),
            )
        }
    })
}

/// An amount rounded as its table prints it.
fn as_printed(mut amount: Amount, step: &Rational) -> Amount {
    if !amount.money {
        amount.value = amount.value.map(|value| round_to(&value, step));
    }
    amount
}

/// Returns the tables of uncertainty of a run; none if its project asks for none.
pub(super) fn tables(
    finished: &Finished<'_>,
    facts: &RegionFacts<'_>,
) -> Result<Vec<NamedTable>, Findings> {
    let prepared = finished.prepared;
    let Some(terms) = &prepared.uncertainty else {
        return Ok(Vec::new());
    };
    let indicators = prepared.indicators();
    let account = DrawnAccount {
        methodology: &prepared.methodology,
        profile: &prepared.profile,
        laws: &prepared.laws,
        amounts: finished.amounts,
        combined: finished.combined,
        totals: finished.totals,
        regions: finished.regions,
        indicators: &indicators,
    };
    let drawing = account.draw(terms)?;
    Ok(account.tables(&drawing, terms, &prepared.bounds, facts))
}

/// Returns an amount of fen as a count, for the terminal.
pub fn fen(value: &Rational) -> Option<i128> {
    let step = Rational::new(1.into(), 100.into());
    quanta(value, &step).try_into().ok()
}

/// Other terms than those of a finished run, if asked for.
#[derive(Clone, Debug, Default)]
pub struct AgainRequest {
    /// Another seed.
    pub seed: Option<u64>,
    /// Another number of draws.
    pub draws: Option<u64>,
    /// Another share of draws in an interval.
    pub interval: Option<String>,
}
