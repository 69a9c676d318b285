//! Intervals of every amount of an account, and what they come from: the account
//! evaluated again in every draw of its parameters, from the sums over cells, never from
//! rasters. The central values are the account's own.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{CombineRule, IndicatorGroup};
use gep_core::quantity::{Rational, quanta};
use rayon::prelude::*;

use super::combine::counted;
use super::drawn::{Drawn, TooLarge};
use super::rollup::account_values;
use super::uncertain_law::{DrawnPlaces, DrawnRow, drawn_names, drawn_rows};
use super::uncertain_rules::counted_draws;
use super::{ALL_CLASSES, AccountLaw, Amount, AmountKey, GEP, Region, Trust, ancestors, bases};
use crate::statistics::{RankProduct, central_interval, doubled_ranks};

/// A parameter row that is drawn: once for all regions and indicators that read it.
#[derive(Clone, Debug)]
pub struct DrawnParameter {
    /// Its name in tables; the draws hang on it.
    pub id: String,
    /// Table and line of the row.
    pub place: (String, u32),
    /// Its coherent value in each draw.
    pub draws: Vec<f64>,
}

/// The account whose amounts are uncertain.
pub struct UncertainAccount<'a> {
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
    /// Rules after all indicators.
    pub rules: &'a [CombineRule],
}

/// An amount with its interval.
#[derive(Clone, Debug)]
pub struct Interval {
    /// The table the amount stands in; `gep_by_status` for sums by status.
    pub table: &'static str,
    /// The amount as it stands in the account.
    pub amount: Amount,
    /// Both ends, in its unit; nothing if no drawn parameter reaches it.
    pub ends: Option<[Rational; 2]>,
    /// How many draws lie below the account's amount.
    pub below: Option<u64>,
}

/// What a parameter contributes to the spread of an amount of `gep`.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The region.
    pub region: String,
    /// GEP, group or indicator.
    pub item: String,
    /// Position in the list of parameters.
    pub parameter: usize,
    /// Spearman's rank correlation with the amount.
    pub correlation: f64,
    /// Its square as a share of the sum of squares.
    pub share: f64,
}

/// What the draws say of an account.
#[derive(Clone, Debug, Default)]
pub struct Uncertainty {
    /// Intervals, by table and key.
    pub intervals: Vec<Interval>,
    /// Contributions, the largest of each amount first.
    pub contributions: Vec<Contribution>,
    /// Parameters, by position, that reach an amount of some indicator.
    pub reached: BTreeMap<usize, BTreeSet<String>>,
    /// Indicators that could not be drawn.
    pub notes: Vec<Finding>,
}

type Rows = BTreeMap<AmountKey, (Rational, Drawn)>;

/// Draws the account again and again. `rank` is the place from either end of the sorted
/// draws at which an interval ends.
///
/// # Errors
///
/// An amount without a finite value in some draw.
pub fn simulate(
    account: &UncertainAccount<'_>,
    parameters: &[DrawnParameter],
    rank: usize,
) -> Result<Uncertainty, Findings> {
    let mut simulation = Simulation {
        account,
        count: parameters.first().map_or(0, |own| own.draws.len()),
        rank,
        lines: bases(account.regions)
            .into_iter()
            .map(|region| {
                (
                    region.code.as_str(),
                    ancestors(account.regions, &region.code),
                )
            })
            .collect(),
        central: account
            .amounts
            .iter()
            .map(|amount| (&amount.key, amount))
            .collect(),
        values: BTreeMap::new(),
        out: Uncertainty::default(),
    };
    simulation.laws(parameters)?;
    let [own, counted] = simulation.by_indicator()?;
    simulation.totals(&own, &counted, parameters)?;
    simulation.by_status(&counted)?;
    let mut out = simulation.out;
    out.intervals.sort_by(|a, b| {
        let key = |own: &Interval| (own.table, own.amount.key.clone());
        key(a).cmp(&key(b))
    });
    Ok(out)
}

struct Simulation<'a> {
    account: &'a UncertainAccount<'a>,
    count: usize,
    rank: usize,
    /// Each county with the regions it lies in.
    lines: BTreeMap<&'a str, Vec<&'a str>>,
    central: BTreeMap<&'a AmountKey, &'a Amount>,
    /// Values of counties that vary, fen.
    values: BTreeMap<AmountKey, Drawn>,
    out: Uncertainty,
}

/// Sums of each region by indicator, fen.
type Sums<'a> = BTreeMap<(&'a str, String), Drawn>;

impl<'a> Simulation<'a> {
    /// Draws each law; adds intervals of quantities and values.
    fn laws(&mut self, parameters: &[DrawnParameter]) -> Result<(), Findings> {
        let places: DrawnPlaces = parameters
            .iter()
            .enumerate()
            .map(|(at, own)| (own.place.clone(), at))
            .collect();
        let inputs: Vec<Vec<f64>> = parameters.iter().map(|own| own.draws.clone()).collect();
        for law in self.account.laws {
            let names = drawn_names(law, &places);
            let mut rows = Vec::new();
            if !names.is_empty() {
                match drawn_rows(law, &names, &inputs) {
                    Ok(drawn) => rows = drawn,
                    Err(findings) if findings.0.iter().all(|f| f.code == "formula-not-drawn") => {
                        let note = Finding::warning("uncertainty-not-drawn");
                        self.out
                            .notes
                            .push(note.arg("indicator", &law.indicator.id));
                    }
                    Err(findings) => return Err(findings),
                }
            }
            let drawn = self.roll_up(rows)?;
            self.intervals(&law.indicator.id, &drawn)?;
        }
        Ok(())
    }

    /// Adds rows of counties up; counties without the number in the account are left
    /// out, as they are there.
    fn roll_up(&mut self, rows: Vec<DrawnRow>) -> Result<Rows, Findings> {
        let mut all = Rows::new();
        for row in rows {
            let there = self.central.get(&row.key);
            if !row.drawn.varies() || there.is_none_or(|amount| amount.value.is_none()) {
                continue;
            }
            for parameter in &row.drawn.reads {
                let by = self.out.reached.entry(*parameter).or_default();
                by.insert(row.key.indicator.clone());
            }
            for region in self
                .lines
                .get(row.key.region.as_str())
                .into_iter()
                .flatten()
            {
                let key = AmountKey {
                    region: (*region).to_string(),
                    ..row.key.clone()
                };
                let sum = all
                    .entry(key)
                    .or_insert_with(|| (row.quantum.clone(), Drawn::default()));
                sum.1.add(&row.drawn).map_err(|_| too_large(&row.key))?;
            }
            if there.is_some_and(|amount| amount.money && amount.key.class == ALL_CLASSES) {
                let fen = in_fen(&row).ok_or_else(|| too_large(&row.key))?;
                self.values.insert(row.key, fen);
            }
        }
        self.add_fixed(&mut all)?;
        Ok(all)
    }

    /// Adds to the sums of a region the counties in which the row does not vary.
    fn add_fixed(&self, all: &mut Rows) -> Result<(), Findings> {
        let of_counties: Vec<(AmountKey, Rational)> = all
            .iter()
            .filter(|(key, _)| self.lines.contains_key(key.region.as_str()))
            .map(|(key, (quantum, _))| (key.clone(), quantum.clone()))
            .collect();
        let varying: BTreeSet<&AmountKey> = of_counties.iter().map(|(key, _)| key).collect();
        let mut kinds: BTreeMap<[String; 4], Rational> = BTreeMap::new();
        for (key, quantum) in &of_counties {
            let kind = [&key.class, &key.indicator, &key.output, &key.item];
            kinds.insert(kind.map(String::clone), quantum.clone());
        }
        for ([class, indicator, output, item], quantum) in kinds {
            for (county, line) in &self.lines {
                let key = AmountKey {
                    region: (*county).to_string(),
                    class: class.clone(),
                    indicator: indicator.clone(),
                    output: output.clone(),
                    item: item.clone(),
                };
                let central = self.central.get(&key).and_then(|own| own.value.as_ref());
                let Some(value) = central.filter(|_| !varying.contains(&key)) else {
                    continue;
                };
                let fixed = i128::try_from(quanta(value, &quantum));
                let fixed = Drawn::fixed(fixed.map_err(|_| too_large(&key))?);
                for region in line.iter().filter(|region| *region != county) {
                    let key = AmountKey {
                        region: (*region).to_string(),
                        ..key.clone()
                    };
                    if let Some((_, sum)) = all.get_mut(&key) {
                        sum.add(&fixed).map_err(|_| too_large(&key))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds the intervals of an indicator's quantities and values.
    fn intervals(&mut self, indicator: &str, drawn: &Rows) -> Result<(), Findings> {
        let own: Vec<&Amount> = self
            .central
            .values()
            .filter(|amount| amount.key.indicator == indicator)
            .copied()
            .collect();
        let found: Result<Vec<Interval>, Findings> = own
            .par_iter()
            .map(|amount| {
                let table = if amount.money { "value" } else { "physical" };
                let row = drawn.get(&amount.key);
                let row = row.map(|(quantum, drawn)| (quantum, drawn));
                interval(table, (*amount).clone(), row, self.rank)
            })
            .collect();
        self.out.intervals.extend(found?);
        Ok(())
    }

    /// Values by indicator in all regions: as they are, and what rules leave of them.
    fn by_indicator(&self) -> Result<[Sums<'a>; 2], Findings> {
        let (mut own_sums, mut counted_sums) = (Sums::new(), Sums::new());
        let values = account_values(self.account.amounts);
        let add = |sums: &mut Sums<'a>, line: &[&'a str], id: &str, drawn: &Drawn| {
            for region in line {
                let sum = sums.entry((region, id.to_string())).or_default();
                sum.add(drawn).map_err(|_| {
                    Finding::error("uncertainty-too-large")
                        .arg("region", region)
                        .arg("indicator", id)
                })?;
            }
            Ok::<(), Findings>(())
        };
        for (county, line) in &self.lines {
            let mut own: BTreeMap<String, Drawn> = BTreeMap::new();
            for (indicator, amount) in values.get(county).into_iter().flatten() {
                let varying = self.values.get(&amount.key).cloned();
                let fen = varying.or_else(|| amount.fen().map(Drawn::fixed));
                own.extend(fen.map(|fen| ((*indicator).to_string(), fen)));
            }
            for (id, drawn) in &own {
                add(&mut own_sums, line, id, drawn)?;
            }
            let (indicators, rules) = (self.account.indicators, self.account.rules);
            if rules.is_empty() {
                continue;
            }
            let left = counted_draws(&own, indicators, rules, self.count).map_err(|_| {
                Finding::error("uncertainty-too-large")
                    .arg("region", county)
                    .arg("indicator", "combine")
            })?;
            for (id, drawn) in &left {
                add(&mut counted_sums, line, id, drawn)?;
            }
        }
        if self.account.rules.is_empty() {
            counted_sums.clone_from(&own_sums);
        }
        Ok([own_sums, counted_sums])
    }

    /// Adds the intervals of GEP, groups and indicators, and what they come from.
    fn totals(
        &mut self,
        own: &Sums<'_>,
        counted: &Sums<'_>,
        parameters: &[DrawnParameter],
    ) -> Result<(), Findings> {
        let ranks: Vec<Vec<i64>> = parameters
            .par_iter()
            .map(|own| doubled_ranks(&own.draws))
            .collect();
        let account = self.account;
        let found: Result<Vec<(Interval, Vec<Contribution>)>, Findings> = account
            .totals
            .par_iter()
            .map(|amount| {
                let sum = self.total(amount, own, counted)?;
                let fen = Rational::new(1.into(), 100.into());
                let varying = Some(&sum).filter(|sum| sum.varies());
                let row = varying.map(|sum| (&fen, sum));
                let interval = interval("gep", amount.clone(), row, self.rank)?;
                let there = interval.ends.is_some();
                let parts = varying
                    .filter(|_| there)
                    .map(|sum| contributions(amount, sum, &ranks));
                Ok((interval, parts.transpose()?.unwrap_or_default()))
            })
            .collect();
        for (interval, contributions) in found? {
            self.out.intervals.push(interval);
            self.out.contributions.extend(contributions);
        }
        Ok(())
    }

    /// The draws of a row of `gep`.
    fn total(
        &self,
        amount: &Amount,
        own: &Sums<'_>,
        counted: &Sums<'_>,
    ) -> Result<Drawn, Findings> {
        let item = amount.key.indicator.as_str();
        let all = self.account.indicators.iter();
        let single = all.clone().any(|(id, _)| id == item);
        let mut sum = Drawn::default();
        for (id, group) in all {
            let (member, from) = match single {
                true => (id == item, own),
                false => (item == GEP || group.word() == item, counted),
            };
            let key = (amount.key.region.as_str(), id.clone());
            if let Some(drawn) = from.get(&key).filter(|_| member) {
                sum.add(drawn).map_err(|_| too_large(&amount.key))?;
            }
        }
        Ok(sum)
    }

    /// Adds the intervals of what of GEP rests on each status.
    fn by_status(&mut self, counted_sums: &Sums<'_>) -> Result<(), Findings> {
        let left = counted(self.account.rules, self.account.combined);
        let mut sums: BTreeMap<(&str, Trust), (i128, Drawn, &Amount)> = BTreeMap::new();
        for amount in self.account.totals {
            let (region, id) = (amount.key.region.as_str(), amount.key.indicator.as_str());
            if !self.account.indicators.iter().any(|(own, _)| own == id) {
                continue;
            }
            let mut ruled = left.iter();
            let part = ruled.find(|own| own.key.region == region && own.key.indicator == id);
            let part = part.copied().unwrap_or(amount);
            let Some(fen) = part.fen() else {
                continue;
            };
            let sum = sums
                .entry((region, part.trust))
                .or_insert((0, Drawn::default(), amount));
            sum.0 += fen;
            let drawn = counted_sums.get(&(region, id.to_string()));
            let same = Drawn::fixed(fen);
            let drawn = drawn.unwrap_or(&same);
            sum.1.add(drawn).map_err(|_| too_large(&amount.key))?;
        }
        let step = Rational::new(1.into(), 100.into());
        for ((_, trust), (fen, drawn, amount)) in sums {
            let key = AmountKey {
                indicator: trust.word().to_string(),
                ..amount.key.clone()
            };
            let central = Amount {
                key,
                value: Some(Rational::from_integer(fen.into()) * &step),
                missing: Vec::new(),
                trust,
                ..amount.clone()
            };
            let row = Some((&step, &drawn)).filter(|_| drawn.varies());
            let interval = interval("gep_by_status", central, row, self.rank)?;
            self.out.intervals.push(interval);
        }
        Ok(())
    }
}

/// A county's value in fen; nothing if its quanta are no whole fen.
fn in_fen(row: &DrawnRow) -> Option<Drawn> {
    let factor = &row.quantum * Rational::from_integer(100.into());
    let factor = factor.is_integer().then(|| factor.to_integer())?;
    let factor = i64::try_from(factor).ok()?;
    if factor == 1 {
        return Some(row.drawn.clone());
    }
    let varying = row.drawn.varying.iter();
    Some(Drawn {
        fixed: row.drawn.fixed.checked_mul(factor.into())?,
        varying: varying
            .map(|own| own.checked_mul(factor))
            .collect::<Option<Vec<i64>>>()?,
        reads: row.drawn.reads.clone(),
    })
}

fn interval(
    table: &'static str,
    amount: Amount,
    row: Option<(&Rational, &Drawn)>,
    rank: usize,
) -> Result<Interval, Findings> {
    let central = amount.value.clone();
    let (Some((quantum, drawn)), Some(central)) = (row, central) else {
        return Ok(Interval {
            table,
            amount,
            ends: None,
            below: None,
        });
    };
    let large = |_: TooLarge| too_large(&amount.key);
    let draws = drawn.draws().map_err(large)?;
    let ends = central_interval(&draws, rank);
    let own = i64::try_from(quanta(&central, quantum)).map_err(|_| too_large(&amount.key))?;
    let below = draws.iter().filter(|draw| **draw < own).count() as u64;
    let value = |end: i64| Rational::from_integer(end.into()) * quantum;
    Ok(Interval {
        table,
        ends: ends.map(|(low, high)| [value(low), value(high)]),
        below: Some(below),
        amount,
    })
}

/// Squared rank correlations of an amount with the parameters it depends on, the
/// largest first.
fn contributions(
    amount: &Amount,
    sum: &Drawn,
    ranks: &[Vec<i64>],
) -> Result<Vec<Contribution>, Findings> {
    let draws = sum.draws().map_err(|_| too_large(&amount.key))?;
    let own = doubled_ranks(&draws);
    let correlation = |at: &usize| {
        let product = RankProduct::of(&ranks[*at], &own);
        let spread = libm::sqrt(product.first as f64) * libm::sqrt(product.second as f64);
        let rho = product.joint as f64 / spread;
        (*at, if spread > 0.0 { rho } else { 0.0 })
    };
    let all: Vec<(usize, f64)> = sum.reads.iter().map(correlation).collect();
    let whole: f64 = all.iter().map(|(_, rho)| rho * rho).sum();
    let mut found: Vec<Contribution> = all
        .into_iter()
        .filter(|_| whole > 0.0)
        .map(|(parameter, correlation)| Contribution {
            region: amount.key.region.clone(),
            item: amount.key.indicator.clone(),
            parameter,
            correlation,
            share: correlation * correlation / whole,
        })
        .collect();
    found.sort_by(|a, b| {
        b.share
            .total_cmp(&a.share)
            .then(a.parameter.cmp(&b.parameter))
    });
    Ok(found)
}

fn too_large(key: &AmountKey) -> Findings {
    Finding::error("uncertainty-too-large")
        .arg("region", &key.region)
        .arg("indicator", &key.indicator)
        .into()
}
