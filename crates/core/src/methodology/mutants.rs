//! Mutants of the method files: each operator flipped, each number and each value of a
//! table changed, each formula and value turned in its sign. One that no example notices
//! says that the examples do not hold that place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diagnostic::{Finding, Findings};

use super::document::Notes;
use super::load::Methodology;
use super::testing::Kernels;
use super::tree::{self, Tree};

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutantKind {
    /// An operator or a function of a formula.
    Operator,
    /// A number in a formula, by a tenth.
    Number,
    /// The sign of a formula's result or of a value.
    Sign,
    /// A value of a table, by a tenth.
    Parameter,
    /// A value of a table that is money, by a tenth.
    Price,
}

impl MutantKind {
    /// All kinds, in order.
    pub const ALL: [Self; 5] = [
        Self::Operator,
        Self::Number,
        Self::Sign,
        Self::Parameter,
        Self::Price,
    ];

    /// Returns the word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Number => "number",
            Self::Sign => "sign",
            Self::Parameter => "parameter",
            Self::Price => "price",
        }
    }
}

/// One changed line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// What was changed.
    pub kind: MutantKind,
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The line as it is.
    pub before: String,
    /// The line as it was made.
    pub after: String,
}

/// What became of the mutants.
#[derive(Clone, Debug, Default)]
pub struct MutantReport {
    /// How many were made and how many were noticed, by kind.
    pub counts: BTreeMap<MutantKind, (usize, usize)>,
    /// Those that were not.
    pub survivors: Vec<Mutant>,
}

impl MutantReport {
    /// Returns how many were made and how many were noticed.
    pub fn all(&self) -> (usize, usize) {
        let counts = self.counts.values();
        counts.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1))
    }
}

/// Makes every mutant of the methods, layers and tables of a folder, or of what the
/// program carries, whose file has `part` in its path or in the id of its law, and tests
/// each: it is noticed if the files do not load any more or an example fails.
///
/// # Errors
///
/// If the methodology does not load, an example fails before anything is changed, or
/// nothing with `part` in its name can be changed: no mutants are no proof.
pub fn mutate(
    folder: Option<&Path>,
    part: &str,
    kernels: Kernels<'_>,
) -> Result<MutantReport, Findings> {
    let mut notes = Notes::new();
    let tree = match folder {
        Some(folder) => tree::read(folder, &mut notes),
        None => tree::bundled(),
    };
    let whole = Methodology::from_tree(tree.clone(), notes)?;
    let failures = whole.test(kernels).failures;
    if !failures.is_empty() {
        return Err(Findings(failures));
    }
    let used = used_tables(&whole);
    let mut report = MutantReport::default();
    let files = tree.iter().filter(|(file, _)| is_meant(file, part));
    for (file, text) in files {
        for mutant in of_file(file, text, &used) {
            let changed = replaced(&tree, &mutant);
            let lives = Methodology::from_tree(changed, Notes::new())
                .is_ok_and(|all| all.test(kernels).failures.is_empty());
            let count = report.counts.entry(mutant.kind).or_default();
            count.0 += 1;
            if lives {
                report.survivors.push(mutant);
            } else {
                count.1 += 1;
            }
        }
    }
    if report.all().0 == 0 {
        let finding = Finding::error("mutants-none").arg("part", part).exit(64);
        return Err(Findings(vec![finding]));
    }
    report.survivors.sort();
    Ok(report)
}

/// Whether a file has the text in its path, or in the id of the law it holds:
/// `forest_sink.gain_loss` stands in `methods/forest_sink/gain_loss.toml`.
fn is_meant(file: &str, part: &str) -> bool {
    let id = file.strip_suffix(".toml").unwrap_or(file).replace('/', ".");
    file.contains(part) || id.contains(part)
}

/// Tables that a method or layer names itself; others serve profiles by `[[rebind]]` and
/// have no example of their own.
fn used_tables(all: &Methodology) -> BTreeSet<String> {
    let methods = all.methods.values().chain(all.layers.values());
    let parameters = methods.flat_map(|method| method.parameters.values());
    parameters.map(|own| own.table.clone()).collect()
}

fn replaced(tree: &Tree, mutant: &Mutant) -> Tree {
    let mut changed = tree.clone();
    if let Some(text) = changed.get_mut(&mutant.file) {
        let lines: Vec<&str> = text.split('\n').collect();
        let put = lines.iter().enumerate().map(|(at, line)| {
            if at + 1 == mutant.line {
                mutant.after.as_str()
            } else {
                line
            }
        });
        *text = put.collect::<Vec<_>>().join("\n");
    }
    changed
}

fn of_file(file: &str, text: &str, used: &BTreeSet<String>) -> Vec<Mutant> {
    let law = file.starts_with("methods/") || file.starts_with("layers/");
    if law && file.ends_with(".toml") {
        of_law(file, text)
    } else if used.contains(file) {
        of_table(file, text)
    } else {
        Vec::new()
    }
}

/// Mutants of the formulas: the lines below `[formula]` up to the next blank one.
fn of_law(file: &str, text: &str) -> Vec<Mutant> {
    let mut found = Vec::new();
    let lines = text.split('\n').enumerate();
    let formulas = lines
        .skip_while(|(_, line)| line.trim() != "[formula]")
        .take_while(|(_, line)| !line.trim().is_empty());
    for (at, line) in formulas.filter(|(_, line)| line.contains("= \"")) {
        let changed = operators(line)
            .into_iter()
            .map(|after| (MutantKind::Operator, after))
            .chain(
                numbers(line)
                    .into_iter()
                    .map(|after| (MutantKind::Number, after)),
            )
            .chain(negated(line).map(|after| (MutantKind::Sign, after)));
        found.extend(changed.map(|(kind, after)| Mutant {
            kind,
            file: file.to_owned(),
            line: at + 1,
            before: line.to_owned(),
            after,
        }));
    }
    found
}

/// The place where the expression of a line begins.
fn expression(line: &str) -> usize {
    line.find("= \"").map_or(0, |at| at + 3)
}

fn operators(line: &str) -> Vec<String> {
    const PAIRS: [(&str, &str); 11] = [
        (" + ", " - "),
        (" - ", " + "),
        (" * ", " / "),
        (" / ", " * "),
        (" ^ ", " * "),
        (" >= ", " > "),
        (" > ", " >= "),
        ("min(", "max("),
        ("max(", "min("),
        ("sum(", "mean("),
        ("mean(", "sum("),
    ];
    let start = expression(line);
    let mut found = Vec::new();
    for (from, to) in PAIRS {
        for (at, _) in line.match_indices(from).filter(|(at, _)| *at >= start) {
            found.push(format!("{}{to}{}", &line[..at], &line[at + from.len()..]));
        }
    }
    found
}

fn numbers(line: &str) -> Vec<String> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = expression(line);
    while at < bytes.len() {
        let inside_word =
            at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        if !bytes[at].is_ascii_digit() || inside_word {
            at += 1;
            continue;
        }
        let length = line[at..]
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(line.len() - at);
        // A floor against division by zero is no law; its examples are the zeros.
        if let Ok(number) = line[at..at + length].parse::<f64>()
            && (number == 0.0 || !(1e-7..=1e-3).contains(&number))
        {
            let other = if number == 0.0 { 1.0 } else { number * 1.1 };
            found.push(format!("{}{other}{}", &line[..at], &line[at + length..]));
        }
        at += length;
    }
    found
}

fn negated(line: &str) -> Option<String> {
    let start = expression(line);
    let end = line.rfind('"').filter(|end| *end > start)?;
    let (head, text, tail) = (&line[..start], &line[start..end], &line[end..]);
    Some(format!("{head}-({text}){tail}"))
}

/// Mutants of a table: each value by a tenth, and with the other sign.
fn of_table(file: &str, text: &str) -> Vec<Mutant> {
    let mut lines = text.split('\n').enumerate();
    let Some((_, header)) = lines.next() else {
        return Vec::new();
    };
    let place = |name: &str| header.split(',').position(|column| column.trim() == name);
    let (Some(value), year) = (place("value"), place("price_year")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, line) in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let Some(number) = cells.get(value).and_then(|cell| cell.parse::<f64>().ok()) else {
            continue;
        };
        // Commas inside a quoted cell only stand after the value.
        let priced = line.contains("CNY@") && year.is_some();
        let kind = if priced {
            MutantKind::Price
        } else {
            MutantKind::Parameter
        };
        let tenth = if number == 0.0 { 1.0 } else { number * 1.1 };
        let mut changes = vec![(kind, tenth)];
        if number != 0.0 {
            changes.push((MutantKind::Sign, -number));
        }
        found.extend(changes.into_iter().map(|(kind, other)| {
            let mut cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
            cells[value] = other.to_string();
            Mutant {
                kind,
                file: file.to_owned(),
                line: at + 1,
                before: line.to_owned(),
                after: cells.join(","),
            }
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each place of a line is changed once, and nothing left of the expression.
    #[test]
    fn a_line_by_hand() {
        let line = "value_2 = \"2 * price - 0.5 [m3]\"";
        assert_eq!(
            operators(line),
            [
                "value_2 = \"2 * price + 0.5 [m3]\"",
                "value_2 = \"2 / price - 0.5 [m3]\""
            ]
        );
        assert_eq!(
            numbers(line),
            [
                "value_2 = \"2.2 * price - 0.5 [m3]\"",
                "value_2 = \"2 * price - 0.55 [m3]\""
            ]
        );
        let turned = negated(line).expect("an expression");
        assert_eq!(turned, "value_2 = \"-(2 * price - 0.5 [m3])\"");
    }

    /// A value changes by a tenth and in its sign, a zero becomes one, `n/a` stays.
    #[test]
    fn a_table_by_hand() {
        let text =
            "name,value,unit,price_year,note\na,20,CNY@2010/t,2010,\"x, y\"\nb,0,m,,\nc,n/a,m,,\n";
        let found = of_table("tables/a.csv", text);
        let told: Vec<(MutantKind, usize, &str)> = found
            .iter()
            .map(|one| (one.kind, one.line, one.after.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (MutantKind::Price, 2, "a,22,CNY@2010/t,2010,\"x, y\""),
                (MutantKind::Sign, 2, "a,-20,CNY@2010/t,2010,\"x, y\""),
                (MutantKind::Parameter, 3, "b,1,m,,"),
            ]
        );
    }
}
