//! The figures checks look at: series by region, ecosystem type and item.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{CheckLabels, Figure, Selector};
use gep_core::quantity::{Rational, Unit};

use crate::account::ALL_CLASSES;

/// Where a figure stands in its series: region, ecosystem type, item.
pub(super) type Place = (String, String, String);

/// A number in coherent units with its coherent unit.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) value: Rational,
    pub(super) unit: Unit,
}

/// Why a check has nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    /// A series was not given.
    NotGiven,
    /// A number is missing.
    Missing,
    /// The units of the figures or of the limit are of other kinds.
    UnitsDiffer,
    /// What it would be divided by is zero.
    ZeroBelow,
    /// There are too few figures to compare.
    TooFew,
}

impl Silence {
    /// Returns the code of its message.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotGiven => "check-not-given",
            Self::Missing => "check-missing",
            Self::UnitsDiffer => "check-units-differ",
            Self::ZeroBelow => "check-zero-below",
            Self::TooFew => "check-too-few",
        }
    }
}

/// A region as checks see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    /// `village`, `township`, `county`, `sea`, `city` or `province`.
    pub level: String,
    /// Code of its parent.
    pub parent: Option<String>,
}

/// What one comparison is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) star: String,
    pub(super) region: String,
    pub(super) class: String,
    pub(super) item: String,
}

/// All figures of an account.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    territories: BTreeMap<String, Territory>,
    below: BTreeMap<String, Vec<String>>,
    series: BTreeMap<String, BTreeMap<Place, Figure>>,
}

impl Figures {
    /// Starts with the regions by code.
    pub fn new(territories: BTreeMap<String, Territory>) -> Self {
        let mut below: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (code, territory) in &territories {
            if let Some(parent) = &territory.parent {
                below.entry(parent.clone()).or_default().push(code.clone());
            }
        }
        Self {
            territories,
            below,
            series: BTreeMap::new(),
        }
    }

    /// Starts with the regions of a tiny table: the parent of `P.A` is `P`; regions
    /// with others below them are provinces, the others counties.
    pub(super) fn of_rows(rows: &[Figure]) -> Self {
        let codes: BTreeSet<&str> = rows.iter().map(|row| row.region.as_str()).collect();
        let parents: BTreeSet<&str> = codes
            .iter()
            .filter_map(|code| code.rsplit_once('.'))
            .map(|(parent, _)| parent)
            .collect();
        let level = |code: &str| match parents.contains(code) {
            true => "province",
            false => "county",
        };
        let territory = |code: &str| Territory {
            level: level(code).to_owned(),
            parent: code.rsplit_once('.').map(|(parent, _)| parent.to_owned()),
        };
        let known = codes.iter().filter(|code| !code.is_empty());
        let mut figures = Self::new(
            known
                .map(|code| ((*code).to_owned(), territory(code)))
                .collect(),
        );
        rows.iter().for_each(|row| figures.add(row.clone()));
        figures
    }

    /// Adds a figure; figures of one place are added up.
    pub fn add(&mut self, figure: Figure) {
        let place = (
            figure.region.clone(),
            figure.class.clone(),
            figure.item.clone(),
        );
        let series = self.series.entry(figure.series.clone()).or_default();
        match series.get_mut(&place) {
            Some(own) => {
                own.value = match (own.value.take(), &figure.value) {
                    (Some(sum), Some(more)) => own
                        .unit
                        .factor_to(&figure.unit)
                        .map(|factor| sum + more / factor),
                    _ => None,
                };
            }
            None => _ = series.insert(place, figure),
        }
    }

    /// Returns whether a region is of one of the levels; what is about no region is.
    pub(super) fn of_level(&self, region: &str, levels: &[String]) -> bool {
        let own = self.territories.get(region);
        // Marine zones are what counties are on land, and townships and villages what
        // counties are where a project goes so far: numbers arise in them.
        let word = |own: &Territory| match own.level.as_str() {
            "sea" | "township" | "village" => "county".to_owned(),
            other => other.to_owned(),
        };
        own.is_none_or(|own| levels.contains(&word(own)))
    }

    /// Returns the figures of the series a selector names, with what `*` stands for.
    pub(super) fn named<'a>(
        &'a self,
        selector: &Selector,
        star: &[String],
    ) -> Vec<(String, &'a BTreeMap<Place, Figure>)> {
        let Some((before, after)) = selector.series.split_once('*') else {
            let found = self.series.get(&selector.series);
            return found.map(|all| (String::new(), all)).into_iter().collect();
        };
        let mut found = Vec::new();
        for (name, all) in &self.series {
            let rest = name.strip_prefix(before);
            let middle = rest.and_then(|rest| rest.strip_suffix(after));
            let fits = |word: &&str| {
                let plain = !word.is_empty() && !word.contains('.');
                plain && (star.is_empty() || star.iter().any(|one| one == word))
            };
            found.extend(middle.filter(fits).map(|word| (word.to_owned(), all)));
        }
        found
    }

    /// Returns what a check's main selector is about.
    pub(super) fn subjects(
        &self,
        selector: &Selector,
        star: &[String],
        levels: &[String],
    ) -> BTreeSet<Subject> {
        let mut subjects = BTreeSet::new();
        for (star, all) in self.named(selector, star) {
            for (region, class, item) in all.keys() {
                let class = label(&selector.class, class, ALL_CLASSES);
                let item = label(&selector.item, item, "");
                if let (Some(class), Some(item)) = (class, item)
                    && self.of_level(region, levels)
                {
                    subjects.insert(Subject {
                        star: star.clone(),
                        region: region.clone(),
                        class,
                        item,
                    });
                }
            }
        }
        subjects
    }

    /// Returns the one figure a selector names for a subject, as it was given.
    pub(super) fn figure(&self, selector: &Selector, subject: &Subject) -> Option<&Figure> {
        let all = self
            .series
            .get(&selector.series.replace('*', &subject.star))?;
        let class = named(&selector.class, &subject.class, ALL_CLASSES);
        let item = named(&selector.item, &subject.item, "");
        let at = |region: &str| all.get(&(region.to_owned(), class.clone(), item.clone()));
        at(&subject.region).or_else(|| at(""))
    }

    /// Returns the figure at a subject's own place, without looking elsewhere.
    pub(super) fn figure_at(&self, selector: &Selector, subject: &Subject) -> Option<&Figure> {
        let all = self
            .series
            .get(&selector.series.replace('*', &subject.star))?;
        let place = (
            subject.region.clone(),
            subject.class.clone(),
            subject.item.clone(),
        );
        all.get(&place)
    }

    /// Returns the same thing in each of the regions right below.
    pub(super) fn regions_below(&self, subject: &Subject) -> Vec<Subject> {
        let regions = self.below.get(&subject.region).into_iter().flatten();
        let child = |region: &String| Subject {
            region: region.clone(),
            ..subject.clone()
        };
        regions.map(child).collect()
    }

    /// Returns the same thing for each item that stands anywhere in its series.
    pub(super) fn items_of(&self, selector: &Selector, subject: &Subject) -> Vec<Subject> {
        let name = selector.series.replace('*', &subject.star);
        let places = self.series.get(&name).into_iter().flat_map(BTreeMap::keys);
        let items: BTreeSet<&String> = places
            .map(|(_, _, item)| item)
            .filter(|item| !item.is_empty())
            .collect();
        let with = |item: &String| Subject {
            item: item.clone(),
            ..subject.clone()
        };
        items.into_iter().map(with).collect()
    }

    /// Returns the sum of an operand's series for a subject. Series that were not
    /// given are left out if another was.
    pub(super) fn value(
        &self,
        operand: &[Selector],
        subject: &Subject,
    ) -> Result<Measured, Silence> {
        let mut sum: Option<Measured> = None;
        for selector in operand {
            let one = match self.selected(selector, subject) {
                Err(Silence::NotGiven) => continue,
                other => other?,
            };
            sum = Some(match sum {
                None => one,
                Some(sum) => plus(sum, one)?,
            });
        }
        sum.ok_or(Silence::NotGiven)
    }

    fn selected(&self, selector: &Selector, subject: &Subject) -> Result<Measured, Silence> {
        let several = selector.class == CheckLabels::Sum
            || selector.item == CheckLabels::Sum
            || selector.children;
        if !several {
            let figure = self.figure(selector, subject).ok_or(Silence::NotGiven)?;
            return measured(figure).ok_or(Silence::Missing);
        }
        let name = selector.series.replace('*', &subject.star);
        let all = self.series.get(&name).ok_or(Silence::NotGiven)?;
        let own = [subject.region.clone()];
        let regions = match selector.children {
            true => match self.below.get(&subject.region) {
                Some(below) => &below[..],
                None => &[],
            },
            false => &own[..],
        };
        let fits = |labels: &CheckLabels, label: &str, of_subject: &str, whole: &str| match labels {
            CheckLabels::Sum => label != whole,
            CheckLabels::Whole => label == whole,
            CheckLabels::Each => label == of_subject,
            CheckLabels::Named(name) => label == name,
        };
        let mut sum: Option<Measured> = None;
        let mut missing = false;
        for region in regions {
            let from = (region.clone(), String::new(), String::new());
            let rows = all
                .range(from..)
                .take_while(|((code, ..), _)| code == region);
            for ((_, class, item), figure) in rows {
                if !fits(&selector.class, class, &subject.class, ALL_CLASSES)
                    || !fits(&selector.item, item, &subject.item, "")
                {
                    continue;
                }
                // A parent with missing children is the sum of those that are there;
                // what lacks is the matter of the checks of kind `complete`.
                let Some(one) = measured(figure) else {
                    missing = true;
                    continue;
                };
                sum = Some(match sum {
                    None => one,
                    Some(sum) => plus(sum, one)?,
                });
            }
        }
        let silence = if missing {
            Silence::Missing
        } else {
            Silence::NotGiven
        };
        sum.ok_or(silence)
    }
}

fn measured(figure: &Figure) -> Option<Measured> {
    let value = figure.unit.to_coherent(figure.value.as_ref()?);
    let unit = Unit::coherent(figure.unit.dimension());
    Some(Measured { value, unit })
}

fn plus(sum: Measured, one: Measured) -> Result<Measured, Silence> {
    if !sum.unit.same_dimension(&one.unit) {
        return Err(Silence::UnitsDiffer);
    }
    Ok(Measured {
        value: sum.value + one.value,
        unit: sum.unit,
    })
}

/// The label a row gives its subject; none if the selector leaves it out.
fn label(labels: &CheckLabels, own: &str, whole: &str) -> Option<String> {
    match labels {
        CheckLabels::Whole => (own == whole).then(|| whole.to_owned()),
        CheckLabels::Each => (own != whole).then(|| own.to_owned()),
        CheckLabels::Named(name) => (own == name).then(|| name.clone()),
        CheckLabels::Sum => Some(whole.to_owned()),
    }
}

fn named(labels: &CheckLabels, of_subject: &str, whole: &str) -> String {
    match labels {
        CheckLabels::Each => of_subject.to_owned(),
        CheckLabels::Named(name) => name.clone(),
        CheckLabels::Whole | CheckLabels::Sum => whole.to_owned(),
    }
}
