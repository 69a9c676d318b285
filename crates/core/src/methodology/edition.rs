//! What a profile is an edition of: where and when it is in force.

use super::dictionary::one_of;
use super::document::{Fields, Kind, Notes, Text, at};

/// What a profile accounts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileDomain {
    /// Land with its waters.
    #[default]
    Land,
    /// The sea.
    Sea,
    /// Land and sea.
    Both,
}

impl ProfileDomain {
    const ALL: [Self; 3] = [Self::Land, Self::Sea, Self::Both];

    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Land => "land",
            Self::Sea => "sea",
            Self::Both => "both",
        }
    }
}

/// Where and when a profile is in force, as its document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edition {
    /// The first year or day it is in force (`2021` or `2021-01-29`).
    pub valid_from: Option<String>,
    /// The last year or day it is in force.
    pub valid_to: Option<String>,
    /// The id of the profile that replaces it.
    pub superseded_by: Option<String>,
    /// Where it is in force: the code of a region, or `CN`.
    pub jurisdiction: Option<String>,
    /// What it accounts for.
    pub domain: ProfileDomain,
}

impl Edition {
    /// Returns whether an account of a year lies in the years it is in force; an end
    /// that is not stated is open.
    pub fn covers(&self, year: i64) -> bool {
        let bound = |text: &Option<String>| text.as_deref().and_then(year_of);
        bound(&self.valid_from).is_none_or(|first| first <= year)
            && bound(&self.valid_to).is_none_or(|last| year <= last)
    }
}

/// Returns the year of `2021` or `2021-01-29`; nothing for any other spelling.
fn year_of(text: &str) -> Option<i64> {
    let (year, rest) = text.split_at_checked(4)?;
    let day = rest.strip_prefix('-').and_then(|rest| rest.split_once('-'));
    let two = |part: &str, most: u8| {
        part.len() == 2
            && part
                .parse::<u8>()
                .is_ok_and(|one| (1..=most).contains(&one))
    };
    let good = rest.is_empty() || day.is_some_and(|(month, day)| two(month, 12) && two(day, 31));
    let digits = year.bytes().all(|byte| byte.is_ascii_digit());
    (good && digits).then(|| year.parse().ok())?
}

/// Reads the keys of an edition from the head of a profile.
pub(super) fn edition(head: &mut Fields, notes: &mut Notes) -> Edition {
    let file = head.file.clone();
    let valid_from = date(head, "valid_from", notes);
    let valid_to = date(head, "valid_to", notes);
    let superseded_by = head.optional_text("superseded_by", notes);
    let jurisdiction = head.optional_text("jurisdiction", notes);
    let word = head.optional_text("domain", notes);
    if let (Some(first), Some(last)) = (&valid_from, &valid_to)
        && year_of(&first.value) > year_of(&last.value)
    {
        notes.push(
            at("methodology-edition-order", &file, last.line)
                .arg("from", &first.value)
                .arg("to", &last.value),
        );
    }
    let domain = word.and_then(|word| {
        let words = ProfileDomain::ALL.map(ProfileDomain::word);
        one_of(&word, "domain", &words, &file, notes);
        let mut all = ProfileDomain::ALL.into_iter();
        all.find(|own| own.word() == word.value)
    });
    Edition {
        valid_from: valid_from.map(|text| text.value),
        valid_to: valid_to.map(|text| text.value),
        superseded_by: superseded_by.map(|text| text.value),
        jurisdiction: jurisdiction.map(|text| text.value),
        domain: domain.unwrap_or_default(),
    }
}

/// Reads a year or a day.
fn date(head: &mut Fields, key: &'static str, notes: &mut Notes) -> Option<Text> {
    let field = head.get(key)?;
    let (line, column) = (field.line, field.column);
    let value = match field.kind {
        Kind::Number(value) | Kind::Text(value) => value,
        _ => String::new(),
    };
    if year_of(&value).is_none() {
        notes.push(
            at("methodology-edition-date", &head.file, line)
                .arg("key", key)
                .arg("date", value),
        );
        return None;
    }
    Some(Text {
        value,
        line,
        column,
    })
}
