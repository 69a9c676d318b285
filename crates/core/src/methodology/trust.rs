//! How far numbers may be relied on.

use super::table::Status;

/// How far a number may be relied on: the lowest of what it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Made-up input.
    Synthetic,
    /// Recalled or derived parameters.
    Provisional,
    /// Parameters copied from a copy.
    Transcribed,
    /// Parameters read in their source.
    Verified,
}

impl Trust {
    /// Reads the word of tables.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Synthetic,
            Self::Provisional,
            Self::Transcribed,
            Self::Verified,
        ]
        .into_iter()
        .find(|trust| trust.word() == word)
    }

    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Synthetic => "synthetic",
            Self::Provisional => "provisional",
            Self::Transcribed => "transcribed",
            Self::Verified => "verified",
        }
    }
}

impl From<Status> for Trust {
    fn from(status: Status) -> Self {
        match status {
            Status::Provisional => Self::Provisional,
            Status::Transcribed => Self::Transcribed,
            Status::Verified => Self::Verified,
        }
    }
}
