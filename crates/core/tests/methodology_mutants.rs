//! Flipping any operator, number or parameter of a bundled law makes an example of
//! it fail or the file not load: the examples really hold the laws.

use std::fs;
use std::path::{Path, PathBuf};

use gep_core::kernel::slope_horn;
use gep_core::methodology::{KernelWindow, Methodology};

fn kernels(window: &KernelWindow<'_>) -> Option<Option<f64>> {
    let (x, y) = window.cell;
    let (slope, valid) = slope_horn(window.values, window.valid, 1, &[x], &[y]);
    Some(valid[0].then_some(slope[0]))
}

fn files(folder: &Path, kind: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, kind, found);
        } else if path.extension().is_some_and(|own| own == kind) {
            found.push(path);
        }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Returns the mutants of one formula line: each operator flipped, each number
/// changed by a tenth, each `min` and `max` exchanged, each comparison made strict
/// or not.
fn mutants(line: &str) -> Vec<String> {
    let start = line.find("= \"").map_or(0, |at| at + 3);
    let (head, text) = line.split_at(start);
    let mut found = Vec::new();
    let mut replace = |at: usize, length: usize, with: &str| {
        found.push(format!(
            "{head}{}{with}{}",
            &text[..at],
            &text[at + length..]
        ));
    };
    let pairs = [
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
    for (from, to) in pairs {
        for (at, _) in text.match_indices(from) {
            replace(at, from.len(), to);
        }
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let begins = bytes[at].is_ascii_digit()
            && (at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_'));
        if !begins {
            at += 1;
            continue;
        }
        let length = text[at..]
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(text.len() - at);
        // A floor against division by zero is no law; its examples are the zeros.
        let number: f64 = text[at..at + length].parse().expect("a number");
        if number == 0.0 || !(1e-7..=1e-3).contains(&number) {
            replace(
                at,
                length,
                &format!("{}", number * 1.1 + f64::from(u8::from(number == 0.0))),
            );
        }
        at += length;
    }
    found
}

/// Returns whether the tree still loads and all examples hold.
fn survives(folder: &Path) -> bool {
    Methodology::open(folder).is_ok_and(|all| all.test(&kernels).failures.is_empty())
}

#[test]
fn no_mutant_of_a_law_survives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodology");
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(&root, copy.path());
    let mut laws = Vec::new();
    files(&copy.path().join("methods"), "toml", &mut laws);
    files(&copy.path().join("layers"), "toml", &mut laws);
    laws.sort();
    let (mut tried, mut survivors) = (0, Vec::new());
    for path in laws {
        let text = fs::read_to_string(&path).expect("a law");
        let Some(begin) = text.find("[formula]") else {
            continue;
        };
        let end = begin + text[begin..].find("\n\n").unwrap_or(text.len() - begin);
        for line in text[begin..end]
            .lines()
            .filter(|line| line.contains("= \""))
        {
            for mutant in mutants(line) {
                fs::write(&path, text.replacen(line, &mutant, 1)).expect("a mutant");
                tried += 1;
                if survives(copy.path()) {
                    let name = path.strip_prefix(copy.path()).expect("a relative path");
                    survivors.push(format!("{}: {mutant}", name.display()));
                }
            }
        }
        fs::write(&path, &text).expect("the law as it was");
    }
    assert!(survives(copy.path()), "the last law was not put back");
    assert!(tried > 150, "only {tried} mutants");
    assert!(
        survivors.is_empty(),
        "{} of {tried} survive:\n{}",
        survivors.len(),
        survivors.join("\n")
    );
}

/// Changing a value of a parameter table by a tenth makes an example fail, for every
/// constant and price; of tables by class or group at least one row is held.
#[test]
fn no_mutant_of_a_constant_survives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodology");
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(&root, copy.path());
    let mut tables = Vec::new();
    files(&copy.path().join("tables"), "csv", &mut tables);
    tables.sort();
    // No method of its own reads the second list of coefficients.
    tables.retain(|path| !path.ends_with("alpha-redline.csv"));
    let mut survivors = Vec::new();
    for path in tables {
        let text = fs::read_to_string(&path).expect("a table");
        let header = text.lines().next().expect("a header");
        let keys = header
            .split(',')
            .position(|column| column == "value")
            .expect("values");
        let each =
            header.starts_with("name,") || !header.contains("class,") && !header.contains("group,");
        let mut lived = Vec::new();
        let mut tried = 0;
        for line in text.lines().skip(1) {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            let Ok(number) = cells[keys].parse::<f64>() else {
                continue;
            };
            cells[keys] = format!("{}", if number == 0.0 { 1.0 } else { number * 1.1 });
            fs::write(&path, text.replacen(line, &cells.join(","), 1)).expect("a mutant");
            tried += 1;
            if survives(copy.path()) {
                lived.push(line.to_owned());
            }
        }
        fs::write(&path, &text).expect("the table as it was");
        if each && !lived.is_empty() || lived.len() == tried {
            survivors.extend(lived);
        }
    }
    assert!(
        survivors.is_empty(),
        "these values are held by no example:\n{}",
        survivors.join("\n")
    );
}
