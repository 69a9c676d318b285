//! What GEP is set against beside its ground: people and the gross domestic product,
//! where the project gives them; else missing, with the reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Methodology, Profile};
use gep_core::quantity::{Rational, Unit, format_exact, is_integer_multiple, quanta};
use gep_core::storage::number_id;

use super::ratios::gep_part;
use crate::account::{Amount, GEP, Part, Ratio, TableInput};
use crate::output::{Cell, DENOMINATORS, NamedTable, TableBuilder};
use crate::source::denominators::{RegionFigure, read_region_figures};
use crate::source::project::{Project, RegionRow};

/// What GEP is divided by: name of the denominator and of the ratio, and its unit.
const KINDS: [(&str, &str, &str); 2] = [
    ("gdp", "gep_to_gdp", "1"),
    ("population", "gep_per_head", "CNY/person"),
];

/// The least step of people and yuan: both have four digits after the point.
const DIGITS: u32 = 4;

/// One denominator of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denominator {
    /// The number, in persons or yuan.
    pub value: Option<Rational>,
    /// `person`, or `CNY@` and the year of its prices.
    pub unit: String,
    /// `given`, or `sum` over the regions right below; empty if there is no number.
    pub origin: &'static str,
    /// The lowest status.
    pub status: String,
    /// Who says so; of a sum nothing.
    pub source: String,
    /// Regions right below that have no number.
    pub missing: Vec<String>,
    /// Code of the reason why there is no number, or none to divide by.
    pub reason: &'static str,
}

/// Denominators by kind and region.
pub type Denominators = BTreeMap<(&'static str, String), Denominator>;

/// Where the denominators are taken from.
pub(super) struct Given<'a> {
    /// The project.
    pub project: &'a Project,
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile.
    pub profile: &'a Profile,
    /// The regions.
    pub regions: &'a [RegionRow],
    /// Tables of departments.
    pub tables: &'a BTreeMap<String, TableInput>,
}

/// Reads the denominators of all regions.
///
/// # Errors
///
/// Rows that cannot be read, regions that are not the project's, units that measure
/// something else, and denominators given twice.
pub(super) fn open_denominators(
    given: &Given<'_>,
) -> Result<(Denominators, Vec<Finding>), Findings> {
    let (mut all, mut warnings, mut errors) = (Denominators::new(), Vec::new(), Vec::new());
    for (kind, ..) in KINDS {
        match given.kind(kind) {
            Ok((own, more)) => {
                all.extend(own.into_iter().map(|(code, own)| ((kind, code), own)));
                warnings.extend(more);
            }
            Err(findings) => errors.extend(findings.0),
        }
    }
    if errors.is_empty() {
        Ok((all, warnings))
    } else {
        Err(Findings(errors))
    }
}

/// The numbers as given, by region, with a source for messages.
struct Numbers {
    file: PathBuf,
    values: BTreeMap<String, Denominator>,
}

impl<'a> Given<'a> {
    /// What of a project figures are held against.
    pub fn of(
        project: &'a Project,
        methodology: &'a Methodology,
        profile: &'a Profile,
        regions: &'a [RegionRow],
        tables: &'a BTreeMap<String, TableInput>,
    ) -> Self {
        Self {
            project,
            methodology,
            profile,
            regions,
            tables,
        }
    }
}

impl Given<'_> {
    fn entry(&self, kind: &str) -> Option<&crate::source::project::DenominatorEntry> {
        match kind {
            "gdp" => self.project.gdp.as_ref(),
            _ => self.project.population.as_ref(),
        }
    }

    fn kind(
        &self,
        kind: &'static str,
    ) -> Result<(BTreeMap<String, Denominator>, Vec<Finding>), Findings> {
        let table = self.tables.get(kind).filter(|own| !own.values.is_empty());
        let numbers = match (self.entry(kind), table) {
            (Some(_), Some(_)) => {
                return Err(Finding::error("denominator-given-twice")
                    .file(self.project.path.display())
                    .arg("kind", kind)
                    .into());
            }
            (Some(entry), None) => Some(self.read_file(kind, &entry.path)?),
            (None, Some(table)) => Some(self.take_table(kind, table)),
            (None, None) => None,
        };
        let mut warnings = Vec::new();
        let (values, absent) = match numbers {
            None => (BTreeMap::new(), "denominator-not-given"),
            Some(numbers) if numbers.values.is_empty() => {
                warnings.push(
                    Finding::warning("denominator-of-other-years")
                        .file(numbers.file.display())
                        .arg("kind", kind)
                        .arg("year", &self.project.head.year),
                );
                (BTreeMap::new(), "denominator-of-other-years")
            }
            Some(numbers) => {
                self.compare(kind, &numbers, &mut warnings);
                (numbers.values, "denominator-incomplete")
            }
        };
        let mut all = self.filled(values, absent);
        if kind == "gdp" {
            self.check_prices(&mut all, &mut warnings);
        }
        Ok((all, warnings))
    }

    /// Numbers of a CSV, those of the account's year.
    fn read_file(&self, kind: &str, path: &str) -> Result<Numbers, Findings> {
        let file = self.project.file(path);
        let figures = read_region_figures(&file, &self.project.head.year)?;
        let mut findings = Vec::new();
        let mut values: BTreeMap<String, Denominator> = BTreeMap::new();
        for (code, figure) in figures {
            let fault = |message: &'static str, what: String| {
                Finding::error(message)
                    .file(file.display())
                    .place(format!("line {}", figure.line))
                    .arg("kind", kind)
                    .arg("what", what)
            };
            if !self.regions.iter().any(|region| region.code == code) {
                findings.push(fault("denominator-region-unknown", code));
                continue;
            }
            let Some(unit) = self.unit(kind, &figure) else {
                findings.push(fault("denominator-unit", figure.unit.clone()));
                continue;
            };
            let value = figure.value.map(|value| unit.to_coherent(&value));
            let step = Rational::new(1.into(), 10_i64.pow(DIGITS).into());
            if value
                .as_ref()
                .is_some_and(|value| !is_integer_multiple(value, &step))
            {
                findings.push(fault("denominator-too-fine", figure.unit.clone()));
                continue;
            }
            let own = Denominator {
                origin: if value.is_some() { "given" } else { "" },
                value,
                unit: Unit::coherent(unit.dimension()).to_string(),
                status: figure.status,
                source: figure.source,
                ..Denominator::default()
            };
            if values.values().any(|other| other.unit != own.unit) {
                findings.push(fault("denominator-unit", own.unit));
                continue;
            }
            values.insert(code, own);
        }
        if findings.is_empty() {
            Ok(Numbers { file, values })
        } else {
            Err(Findings(findings))
        }
    }

    /// The unit of a row: people, or money of a year's prices.
    fn unit(&self, kind: &str, figure: &RegionFigure) -> Option<Unit> {
        let unit = self.methodology.units.unit(&figure.unit).ok()?;
        let bases: Vec<(&str, i32)> = unit.dimension().bases().collect();
        let fits = match (kind, bases.as_slice()) {
            ("gdp", [(base, 1)]) => base.starts_with("CNY@"),
            (_, [(base, 1)]) => *base == "person",
            _ => false,
        };
        fits.then_some(unit)
    }

    /// Numbers of a sheet of a workbook, by county.
    fn take_table(&self, kind: &str, table: &TableInput) -> Numbers {
        let unit = self.methodology.quantities.get(kind);
        let unit = unit.map(|entry| Unit::coherent(entry.unit.dimension()).to_string());
        let mut sheets = self.project.sheets.iter();
        let sheet = sheets.find(|sheet| sheet.columns.iter().any(|own| own.input == kind));
        let source = sheet.map_or_else(String::new, |own| format!("{} [{}]", own.path, own.sheet));
        let status = if table.synthetic {
            "synthetic"
        } else {
            "provisional"
        };
        let values = table.values.iter().map(|((code, _), value)| {
            let own = Denominator {
                value: Some(value.clone()),
                unit: unit.clone().unwrap_or_default(),
                origin: "given",
                status: status.to_string(),
                source: source.clone(),
                ..Denominator::default()
            };
            (code.clone(), own)
        });
        Numbers {
            file: self.project.path.clone(),
            values: values.collect(),
        }
    }

    fn below<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a RegionRow> {
        self.regions.iter().filter(move |row| row.parent == code)
    }

    /// Where a region and all regions right below it are given, they should agree.
    fn compare(&self, kind: &str, numbers: &Numbers, warnings: &mut Vec<Finding>) {
        let value = |code: &str| numbers.values.get(code).and_then(|own| own.value.clone());
        for region in self.regions {
            let parts: Option<Vec<Rational>> = self
                .below(&region.code)
                .map(|row| value(&row.code))
                .collect();
            let (Some(whole), Some(parts)) = (value(&region.code), parts) else {
                continue;
            };
            let sum: Rational = parts.iter().cloned().sum();
            if !parts.is_empty() && sum != whole {
                warnings.push(
                    Finding::warning("denominator-not-sum")
                        .file(numbers.file.display())
                        .arg("kind", kind)
                        .arg("region", &region.code)
                        .arg("given", format_exact(&whole))
                        .arg("sum", format_exact(&sum)),
                );
            }
        }
    }

    /// Adds sums of what lies below where a region is not given itself.
    fn filled(
        &self,
        mut values: BTreeMap<String, Denominator>,
        absent: &'static str,
    ) -> BTreeMap<String, Denominator> {
        for level in ["village", "township", "county", "city", "province"] {
            for region in self.regions.iter().filter(|row| row.level == level) {
                if values
                    .get(&region.code)
                    .is_some_and(|own| own.value.is_some())
                {
                    continue;
                }
                let own = self.sum_below(&region.code, &values, absent);
                values.insert(region.code.clone(), own);
            }
        }
        values
    }

    fn sum_below(
        &self,
        code: &str,
        values: &BTreeMap<String, Denominator>,
        absent: &'static str,
    ) -> Denominator {
        let mut sum = Denominator {
            reason: absent,
            ..Denominator::default()
        };
        let mut total = Rational::from_integer(0.into());
        let mut any = false;
        for row in self.below(code) {
            any = true;
            match values.get(&row.code) {
                Some(Denominator {
                    value: Some(value),
                    unit,
                    status,
                    ..
                }) => {
                    total += value;
                    sum.unit.clone_from(unit);
                    if sum.status.is_empty() || rank(status) < rank(&sum.status) {
                        sum.status.clone_from(status);
                    }
                }
                _ => sum.missing.push(row.code.clone()),
            }
        }
        if any && sum.missing.is_empty() {
            sum.value = Some(total);
            sum.origin = "sum";
            sum.reason = "";
        }
        sum
    }

    /// A product of another year's prices is shown, but nothing is divided by it.
    fn check_prices(&self, all: &mut BTreeMap<String, Denominator>, warnings: &mut Vec<Finding>) {
        let wanted = format!("CNY@{}", self.profile.price_year);
        let mut other = None;
        for own in all.values_mut() {
            if own.value.is_some() && own.unit != wanted {
                own.reason = "denominator-of-other-prices";
                other = Some(own.unit.clone());
            }
        }
        if let Some(unit) = other {
            warnings.push(
                Finding::warning("denominator-of-other-prices")
                    .file(self.project.path.display())
                    .arg("own", unit)
                    .arg("wanted", wanted),
            );
        }
    }
}

/// The weaker the lower.
fn rank(status: &str) -> usize {
    let words = ["synthetic", "provisional", "transcribed", "verified"];
    words.iter().position(|word| *word == status).unwrap_or(0)
}

/// A number in steps of its table.
fn steps(value: Option<&Rational>) -> Option<i128> {
    let step = Rational::new(1.into(), 10_i64.pow(DIGITS).into());
    quanta(value?, &step).try_into().ok()
}

/// GEP of every region per head and against the gross domestic product; missing where
/// there is nothing to divide by.
pub(super) fn per_head(totals: &[Amount], denominators: &Denominators) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for amount in totals.iter().filter(|amount| amount.key.indicator == GEP) {
        let region = &amount.key.region;
        for (kind, measure, unit) in KINDS {
            let own = denominators.get(&(kind, region.clone()));
            let own = own.filter(|own| own.reason.is_empty());
            ratios.push(Ratio {
                region: region.clone(),
                measure,
                item: GEP.to_string(),
                numerator: gep_part(amount),
                denominator: Part {
                    amount: steps(own.and_then(|own| own.value.as_ref())),
                    number_id: number_id(DENOMINATORS.name, &[region, kind], "value"),
                },
                unit,
                // 10^4 steps a person or yuan, 10^2 fen a yuan.
                power: 2,
            });
        }
    }
    ratios
}

/// Lays out the denominators of all regions.
pub(super) fn denominator_table(
    denominators: &Denominators,
    regions: &[RegionRow],
    year: &str,
) -> NamedTable {
    let mut table = TableBuilder::new(&DENOMINATORS);
    for region in regions {
        for (kind, ..) in KINDS {
            let Some(own) = denominators.get(&(kind, region.code.clone())) else {
                continue;
            };
            let state = if own.value.is_some() {
                "computed"
            } else {
                "missing"
            };
            let id = number_id(DENOMINATORS.name, &[&region.code, kind], "value");
            table.row(vec![
                region.code.as_str().into(),
                kind.into(),
                region.level.as_str().into(),
                year.into(),
                Cell::Decimal(steps(own.value.as_ref())),
                own.unit.as_str().into(),
                own.origin.into(),
                own.missing.join(" ").into(),
                state.into(),
                own.reason.into(),
                own.status.as_str().into(),
                own.source.as_str().into(),
                id.into(),
            ]);
        }
    }
    table.finish()
}
