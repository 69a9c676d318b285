//! Checks as written under `checks/`: what is compared, with which limits, why, and
//! two tiny tables on which it fires and stays silent. They are data; the kinds that
//! interpret them live with the accounts.

use std::collections::BTreeMap;

use crate::quantity::{Rational, Unit};

use super::dictionary::{Citation, Title};
use super::table::Status;

/// How a check compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// A number between `low` and `high`.
    Range,
    /// `above` by `below` between `low` and `high`.
    Ratio,
    /// `of` not more than `times` the other.
    AtMost,
    /// `quantity` times `price` is `value`, but for `tolerance` and `slack`.
    Product,
    /// `above` by `below` the same everywhere, but for `tolerance` and `slack`.
    EqualRatio,
    /// `parts` add up to `whole`, but for `tolerance` and `slack`.
    Sum,
    /// Under a parent with a number at most `most` children lack one.
    Complete,
    /// No `count` regions with one figure, or two columns with `count` equal figures.
    Copied,
    /// A ratio that is one of `factors` times what is expected: a slip of units.
    Slip,
    /// A number by the median of its peers between `low` and `high`.
    Peers,
    /// At most a `share` of a column has no more than `digits` significant digits.
    Digits,
    /// No zero where the other is more than `threshold`.
    Zero,
    /// At most `most` of several series are above zero.
    Exclusion,
}

impl CheckKind {
    /// All kinds, in order.
    pub const ALL: [Self; 13] = [
        Self::Range,
        Self::Ratio,
        Self::AtMost,
        Self::Product,
        Self::EqualRatio,
        Self::Sum,
        Self::Complete,
        Self::Copied,
        Self::Slip,
        Self::Peers,
        Self::Digits,
        Self::Zero,
        Self::Exclusion,
    ];

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Ratio => "ratio",
            Self::AtMost => "at_most",
            Self::Product => "product",
            Self::EqualRatio => "equal_ratio",
            Self::Sum => "sum",
            Self::Complete => "complete",
            Self::Copied => "copied",
            Self::Slip => "slip",
            Self::Peers => "peers",
            Self::Digits => "digits",
            Self::Zero => "zero",
            Self::Exclusion => "exclusion",
        }
    }

    /// Operands: those needed, then those that may be left out.
    pub(super) fn operands(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Range | Self::Complete | Self::Digits | Self::Exclusion => (&["of"], &[]),
            Self::Ratio | Self::EqualRatio => (&["above", "below"], &[]),
            Self::AtMost => (&["of", "whole"], &[]),
            Self::Product => (&["quantity", "price", "value"], &[]),
            Self::Sum => (&["whole", "parts"], &[]),
            Self::Copied => (&["of"], &["with"]),
            Self::Slip => (&["of"], &["per", "against"]),
            Self::Peers => (&["of"], &["per"]),
            Self::Zero => (&["of", "where"], &[]),
        }
    }

    /// Limits: those needed, then those that may be left out.
    pub(super) fn limits(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Range | Self::Ratio => (&[], &["low", "high"]),
            Self::AtMost => (&["times"], &[]),
            Self::Product | Self::EqualRatio | Self::Sum => (&["tolerance"], &["slack"]),
            Self::Complete | Self::Exclusion => (&["most"], &[]),
            Self::Copied => (&["count", "digits"], &[]),
            Self::Slip => (&["tolerance"], &["count"]),
            Self::Peers => (&["count"], &["low", "high"]),
            Self::Digits => (&["digits", "share", "count"], &[]),
            Self::Zero => (&["threshold"], &[]),
        }
    }
}

/// How much a firing check weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckSeverity {
    /// Worth knowing.
    Note,
    /// To be looked at before release.
    Warning,
    /// Cannot be right: the run ends with 1.
    Error,
}

impl CheckSeverity {
    /// From the lightest.
    pub(super) const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Which labels of an axis a selector takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// The row over all labels.
    Whole,
    /// Each label for itself.
    Each,
    /// The labels added up.
    Sum,
    /// One label.
    Named(String),
}

/// A series of figures: `series`, `series@class`, `series:item`, each part also
/// `each` or `sum`, and `/children` for the sum over the regions below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Its name; one `*` stands for the same word in all operands of a check.
    pub series: String,
    /// The ecosystem types.
    pub class: Labels,
    /// The items.
    pub item: Labels,
    /// Whether the regions below are added up.
    pub children: bool,
    /// As written.
    pub text: String,
}

impl Selector {
    pub(super) fn parse(text: &str) -> Self {
        let (rest, children) = match text.strip_suffix("/children") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (rest, item) = rest.split_once(':').unwrap_or((rest, ""));
        let (series, class) = rest.split_once('@').unwrap_or((rest, ""));
        let labels = |word: &str| match word {
            "" => Labels::Whole,
            "each" => Labels::Each,
            "sum" => Labels::Sum,
            name => Labels::Named(name.to_owned()),
        };
        Self {
            series: series.to_owned(),
            class: labels(class),
            item: labels(item),
            children,
            text: text.to_owned(),
        }
    }
}

/// One figure of a table of checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Region code; empty for what holds everywhere, such as a price.
    pub region: String,
    /// Ecosystem type, `all` for the row over all types.
    pub class: String,
    /// Item; empty for the row over all items.
    pub item: String,
    /// Series.
    pub series: String,
    /// The number in `unit`; missing if `None`.
    pub value: Option<Rational>,
    /// The unit.
    pub unit: Unit,
}

/// A tiny table and the regions in which a check fires on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckExample {
    /// The figures; a region code holds that of its parent before the last dot.
    pub rows: Vec<Figure>,
    /// Codes of the regions that fire, sorted; `-` where no region is meant.
    pub fires: Vec<String>,
}

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its id.
    pub id: String,
    /// What it says.
    pub title: Title,
    /// Why, and what to do when it fires.
    pub why: Title,
    /// How it compares.
    pub kind: CheckKind,
    /// How much it weighs.
    pub severity: CheckSeverity,
    /// Whether a waiver may be written for it.
    pub waivable: bool,
    /// Levels of regions it looks at.
    pub levels: Vec<String>,
    /// What `*` may stand for; anything if empty.
    pub star: Vec<String>,
    /// Over what `complete` counts: `region` or `item`.
    pub over: Option<String>,
    /// What is compared, by name.
    pub operands: BTreeMap<&'static str, Vec<Selector>>,
    /// The unit of the limits and of what is measured.
    pub unit: Option<(String, Unit)>,
    /// The limits by name, in that unit where they have one.
    pub limits: BTreeMap<&'static str, Rational>,
    /// The factors of a slip.
    pub factors: Vec<Rational>,
    /// Where the limits are taken from.
    pub citation: Citation,
    /// How far the limits can be trusted.
    pub status: Status,
    /// The day or year from which the limits hold.
    pub since: String,
    /// The table on which it fires.
    pub firing: CheckExample,
    /// The table on which it is silent.
    pub silent: CheckExample,
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u32,
}

impl Check {
    /// Returns the series of an operand; none if it was left out.
    pub fn operand(&self, name: &str) -> &[Selector] {
        self.operands.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns a limit in the coherent unit.
    pub fn limit(&self, name: &str) -> Option<Rational> {
        let with_unit = ["low", "high", "slack", "threshold"].contains(&name);
        let limit = self.limits.get(name)?;
        match &self.unit {
            Some((_, unit)) if with_unit => Some(limit * unit.scale()),
            _ => Some(limit.clone()),
        }
    }

    /// Returns what remains of the check when each of its limits in turn no longer
    /// limits: on the firing table every one must behave otherwise.
    pub fn relaxed(&self) -> Vec<(&'static str, Self)> {
        let endless = Rational::from_integer(num_bigint::BigInt::from(10).pow(40));
        let mut all = Vec::new();
        for name in self.limits.keys() {
            let mut other = self.clone();
            match *name {
                "low" | "high" => _ = other.limits.remove(name),
                "digits" if self.kind == CheckKind::Digits => {
                    other.limits.insert(name, Rational::from_integer(0.into()));
                }
                _ => _ = other.limits.insert(name, endless.clone()),
            }
            // The closeness to a factor is what makes a slip: a wide one fires more.
            if self.kind == CheckKind::Slip && *name == "tolerance" {
                other
                    .limits
                    .insert(name, Rational::from_integer((-1).into()));
            }
            all.push((*name, other));
        }
        for at in 0..self.factors.len() {
            let mut other = self.clone();
            other.factors.remove(at);
            all.push(("factors", other));
        }
        all
    }

    /// Returns what the check says, without titles and examples.
    pub(super) fn canonical(&self) -> String {
        let operands = self.operands.iter().map(|(name, all)| {
            let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
            format!("{name}={}", texts.join("+"))
        });
        let limits = self
            .limits
            .iter()
            .map(|(name, limit)| format!("{name}={limit}"));
        let factors = self.factors.iter().map(|one| format!("factor={one}"));
        let parts: Vec<String> = operands.chain(limits).chain(factors).collect();
        format!(
            "check {} {} {} {} {:?} {:?} {:?} {} {} {} {} {} {}\n",
            self.id,
            self.kind.word(),
            self.severity.word(),
            self.waivable,
            self.levels,
            self.star,
            self.over,
            parts.join(" "),
            self.unit.as_ref().map_or("", |(text, _)| text),
            self.citation.document,
            self.citation.clause,
            self.status.word(),
            self.since,
        )
    }
}
