//! Domains: over what a value varies.

use std::collections::BTreeSet;
use std::fmt;

/// One direction in which a value may vary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Raster cells; lives only inside `total`.
    Cell,
    /// Regions: counties, basins, reserves.
    Zone,
    /// Ecosystem types.
    Class,
    /// Objects of one kind: `object:lake`.
    Object(String),
    /// The members of a named list: `item:pollutant`.
    Item(String),
    /// The twelve months of the accounting year.
    Month,
    /// The days of the accounting year, 365 or 366; lives only in layer files.
    Day,
    /// Accounting years. A formula reads such a name at the year of account;
    /// `at previous` and `at base` read it at another.
    Year,
}

impl Axis {
    /// Returns the axis spelled as in a declaration: `zone`, `item:pollutant`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |name: &str| is_name(name).then(|| name.to_owned());
        match text {
            "cell" => Some(Self::Cell),
            "zone" => Some(Self::Zone),
            "class" => Some(Self::Class),
            "month" => Some(Self::Month),
            "day" => Some(Self::Day),
            "year" => Some(Self::Year),
            "object" => Some(Self::Object("object".to_owned())),
            _ => match text.split_once(':')? {
                ("object", kind) => named(kind).map(Self::Object),
                ("item", list) => named(list).map(Self::Item),
                _ => None,
            },
        }
    }

    /// Returns the word after `over` that means this axis: `zone`, `pollutant`.
    pub fn word(&self) -> &str {
        match self {
            Self::Cell => "cell",
            Self::Zone => "zone",
            Self::Class => "class",
            Self::Object(name) | Self::Item(name) => name,
            Self::Month => "month",
            Self::Day => "day",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(kind) if kind == "object" => write!(out, "object"),
            Self::Object(kind) => write!(out, "object:{kind}"),
            Self::Item(list) => write!(out, "item:{list}"),
            plain => write!(out, "{}", plain.word()),
        }
    }
}

/// Returns whether `text` can be a name of the language.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && text
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A set of axes; empty for a single value. Axes are ordered cell, zone, class,
/// object, item, month, day, year: the order of keys in a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(BTreeSet<Axis>);

impl Domain {
    /// Returns the domain of a single value.
    pub fn single() -> Self {
        Self::default()
    }

    /// Reads `zone,item:pollutant`; an empty text is a single value.
    ///
    /// # Errors
    ///
    /// The part that is no axis or stands there twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut axes = BTreeSet::new();
        if text.trim().is_empty() {
            return Ok(Self(axes));
        }
        for part in text.split(',') {
            let part = part.trim();
            let axis = Axis::parse(part).ok_or_else(|| part.to_owned())?;
            if !axes.insert(axis) {
                return Err(part.to_owned());
            }
        }
        Ok(Self(axes))
    }

    /// Returns the axes in order.
    pub fn axes(&self) -> impl Iterator<Item = &Axis> {
        self.0.iter()
    }

    /// Returns the number of axes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether this is the domain of a single value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether values vary along `axis`.
    pub fn has(&self, axis: &Axis) -> bool {
        self.0.contains(axis)
    }

    /// Returns the axes of either.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Returns the domain with one axis more.
    #[must_use]
    pub fn and(&self, axis: Axis) -> Self {
        let mut axes = self.0.clone();
        axes.insert(axis);
        Self(axes)
    }

    /// Returns the domain without an axis.
    #[must_use]
    pub fn without(&self, axis: &Axis) -> Self {
        Self(self.0.iter().filter(|own| *own != axis).cloned().collect())
    }

    /// Returns whether every axis is one of `other`'s.
    pub fn within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Returns the axis meant by the word after `over`, if it is one of ours.
    pub fn axis_by_word(&self, word: &str) -> Option<&Axis> {
        self.0.iter().find(|axis| axis.word() == word)
    }

    /// Returns the axis of objects, if there is one.
    pub fn object_axis(&self) -> Option<&Axis> {
        self.0.iter().find(|axis| matches!(axis, Axis::Object(_)))
    }
}

impl FromIterator<Axis> for Domain {
    fn from_iter<I: IntoIterator<Item = Axis>>(axes: I) -> Self {
        Self(axes.into_iter().collect())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> = self.0.iter().map(Axis::to_string).collect();
        write!(out, "{{{}}}", axes.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A domain is read in any order and printed in the order of table keys.
    #[test]
    fn domains_read_and_print() {
        let domain = |text: &str| Domain::parse(text).map(|domain| domain.to_string());
        assert_eq!(
            domain("item:pollutant, zone"),
            Ok("{zone,item:pollutant}".into())
        );
        assert_eq!(domain("object:lake"), Ok("{object:lake}".into()));
        assert_eq!(domain(""), Ok("{}".into()));
    }

    /// Unknown axes, empty parts and repetitions are refused.
    #[test]
    fn bad_domains_are_refused() {
        for text in [
            "county",
            "zone,,class",
            "item:",
            "item:a b",
            "zone,zone",
            "zone;class",
        ] {
            assert!(Domain::parse(text).is_err(), "{text}");
        }
    }
}
