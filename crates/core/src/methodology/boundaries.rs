//! Changes of county codes and their ground, by date.

use std::collections::{BTreeMap, BTreeSet};

use super::dictionary::{Citation, SourceDocument, known_source};
use super::document::{Notes, at};
use super::table::{Record, Status, missing_columns, records};

/// From a day on, ground of one code belongs to another (or to the same code, which
/// then has other ground).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundaryChange {
    /// The day, `yyyy-mm-dd`.
    pub date: String,
    /// Code and name before.
    pub from: [String; 2],
    /// Code and name after.
    pub to: [String; 2],
    /// Whether all ground of the code before goes there.
    pub whole: bool,
    /// How far the row can be trusted.
    pub status: Status,
    /// Where it is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: String,
}

/// What is known of a code on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeState {
    /// No change speaks against it.
    Valid,
    /// It ended: the day, and the codes its ground has since.
    Ended(String, Vec<[String; 2]>),
    /// It begins later: the day, and the codes its ground has until then.
    NotYet(String, Vec<[String; 2]>),
}

/// All known changes, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boundaries {
    /// The changes in the order of date and code.
    pub changes: Vec<BoundaryChange>,
}

impl Boundaries {
    /// Tells whether a county code is in use on a day (`yyyy-mm-dd`). A code that no
    /// change names is taken for valid: nothing is known against it.
    pub fn state(&self, code: &str, day: &str) -> CodeState {
        let mut state = CodeState::Valid;
        let dates: BTreeSet<&str> = self.changes.iter().map(|row| row.date.as_str()).collect();
        for date in dates {
            let of_day = || self.changes.iter().filter(|row| row.date == date);
            let left: Vec<[String; 2]> = of_day()
                .filter(|row| row.from[0] == code)
                .map(|row| row.to.clone())
                .collect();
            let taken: Vec<[String; 2]> = of_day()
                .filter(|row| row.to[0] == code)
                .map(|row| row.from.clone())
                .collect();
            if date <= day {
                if !taken.is_empty() {
                    state = CodeState::Valid;
                } else if !left.is_empty() {
                    state = CodeState::Ended(date.to_owned(), left);
                }
            } else if !taken.is_empty() && left.is_empty() && state == CodeState::Valid {
                return CodeState::NotYet(date.to_owned(), taken);
            } else if !left.is_empty() {
                // It is in use until then.
                return state;
            }
        }
        state
    }

    /// Returns the changes after one day and up to another that give ground to a code
    /// or take it away.
    pub fn between(&self, first: &str, last: &str) -> Vec<&BoundaryChange> {
        let inside = |row: &&BoundaryChange| row.date.as_str() > first && row.date.as_str() <= last;
        self.changes.iter().filter(inside).collect()
    }
}

/// Returns whether a text is a day, `yyyy-mm-dd`.
pub fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let within = |part: &str, most: u32| part.parse().is_ok_and(|n: u32| (1..=most).contains(&n));
    digits(year, 4) && digits(month, 2) && digits(day, 2) && within(month, 12) && within(day, 31)
}

/// Columns of the files; all but the last are filled.
const HEADER: [&str; 10] = [
    "date",
    "from_code",
    "from_name",
    "to_code",
    "to_name",
    "part",
    "status",
    "source",
    "clause",
    "note",
];

/// Reads `boundaries/*.csv`.
pub(super) fn read(
    file: &str,
    text: &str,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) -> Vec<BoundaryChange> {
    let (header, rows) = records(file, text, notes);
    if missing_columns(file, &header, &HEADER, notes) {
        return Vec::new();
    }
    let mut changes: Vec<BoundaryChange> = Vec::new();
    let mut seen = BTreeSet::new();
    for (line, cells) in &rows {
        let record = Record::new(file, *line, &header, cells);
        known_source(&record.cell("source"), file, sources, notes);
        let Some(change) = change(&record, notes) else {
            continue;
        };
        let key = [&change.date, &change.from[0], &change.to[0]].map(Clone::clone);
        if seen.insert(key.clone()) {
            changes.push(change);
        } else {
            notes.push(
                at("methodology-row-twice", file, *line)
                    .arg("keys", key.join(" "))
                    .arg("first", "-"),
            );
        }
    }
    for row in &changes {
        // All ground of a code goes to one place, or parts of it to several.
        let own = changes.iter();
        let own = own.filter(|other| other.from[0] == row.from[0] && other.date == row.date);
        let all = own.count();
        if row.whole && all != 1 || !row.whole && all < 2 {
            let what = format!("{} {}", row.date, row.from[0]);
            notes.push(at("methodology-boundary-row", file, 1).arg("row", what));
        }
    }
    changes
}

/// Reads a row.
fn change(record: &Record<'_>, notes: &mut Notes) -> Option<BoundaryChange> {
    let text = |column: &str| record.cell(column).value;
    let blank = HEADER[..9].iter().find(|column| text(column).is_empty());
    if let Some(column) = blank {
        let finding = record.finding("methodology-row-blank", column);
        notes.push(finding.arg("column", column));
        return None;
    }
    let status = Status::parse(&text("status"));
    let whole = match text("part").as_str() {
        "whole" => Some(true),
        "part" => Some(false),
        _ => None,
    };
    let (Some(status), Some(whole), true) = (status, whole, is_day(&text("date"))) else {
        let row: Vec<String> = HEADER[..7].iter().map(|column| text(column)).collect();
        let finding = record.finding("methodology-boundary-row", "date");
        notes.push(finding.arg("row", row.join(",")));
        return None;
    };
    Some(BoundaryChange {
        date: text("date"),
        from: [text("from_code"), text("from_name")],
        to: [text("to_code"), text("to_name")],
        whole,
        status,
        citation: Citation {
            document: text("source"),
            clause: text("clause"),
        },
        note: text("note"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methodology::Methodology;

    fn state(code: &str, day: &str) -> CodeState {
        let own = Methodology::bundled().expect("methodology");
        own.boundaries.state(code, day)
    }

    /// Codes end, begin and stay, each with the codes to look for instead.
    #[test]
    fn codes_of_hangzhou_and_longgang_by_day() {
        let codes = |state: CodeState| match state {
            CodeState::Valid => Vec::new(),
            CodeState::Ended(_, codes) | CodeState::NotYet(_, codes) => {
                codes.into_iter().map(|[code, _]| code).collect()
            }
        };
        assert_eq!(state("330103", "2020-12-31"), CodeState::Valid);
        assert_eq!(codes(state("330103", "2021-12-31")), ["330105"]);
        assert_eq!(codes(state("330104", "2021-12-31")), ["330102", "330114"]);
        assert_eq!(codes(state("330113", "2020-12-31")), ["330110"]);
        assert_eq!(state("330113", "2021-12-31"), CodeState::Valid);
        assert_eq!(codes(state("330383", "2018-12-31")), ["330327"]);
        assert_eq!(state("330383", "2019-12-31"), CodeState::Valid);
        // Codes that stay with other ground, and codes no change names.
        for day in ["2018-12-31", "2022-12-31"] {
            for code in ["330102", "330110", "330327", "330106"] {
                assert_eq!(state(code, day), CodeState::Valid, "{code} {day}");
            }
        }
    }

    #[test]
    fn days_are_days() {
        assert!(is_day("2021-03-11"));
        for text in ["2021", "2021-3-11", "2021-13-01", "2021-01-00", "a-b-c"] {
            assert!(!is_day(text), "{text}");
        }
    }

    /// A row that is no day, no part, or leaves ground unaccounted for is refused.
    #[test]
    fn broken_rows_are_refused() {
        let head = "date,from_code,from_name,to_code,to_name,part,status,source,clause,note\n";
        let own = Methodology::bundled().expect("methodology");
        let codes = |rows: &str| -> Vec<&'static str> {
            let mut notes = Notes::new();
            read("b.csv", &format!("{head}{rows}"), &own.sources, &mut notes);
            notes.iter().map(|finding| finding.code).collect()
        };
        let tail = "verified,boundary-longgang-2019,x,";
        let row = |date: &str, part: &str| format!("{date},1,a,2,b,{part},{tail}\n");
        assert!(codes(&row("2019-01-01", "whole")).is_empty());
        assert_eq!(codes(&row("2019", "whole")), ["methodology-boundary-row"]);
        assert_eq!(
            codes(&row("2019-01-01", "half")),
            ["methodology-boundary-row"]
        );
        assert_eq!(
            codes(&row("2019-01-01", "part")),
            ["methodology-boundary-row"]
        );
        let twice = row("2019-01-01", "whole").repeat(2);
        assert_eq!(codes(&twice), ["methodology-row-twice"]);
        assert_eq!(
            codes("2019-01-01,1,a,,b,whole,verified,boundary-longgang-2019,x,\n"),
            ["methodology-row-blank"]
        );
    }
}
