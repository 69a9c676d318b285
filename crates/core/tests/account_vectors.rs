//! Published account vectors: printed inputs give the printed results, and printed
//! statements that do not follow from their own numbers are caught. The table of what
//! was reproduced goes to standard output (`--nocapture`).

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::quantity::{Rational, format_decimal, parse_decimal};
use num_traits::Signed;

fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("`{text}` is no number"))
}

/// Evaluates a sum of products, exactly.
fn evaluate(text: &str) -> Rational {
    let product = |term: &str| {
        term.split('*').fold(number("1"), |so_far, factor| {
            match factor.strip_prefix('/') {
                Some(divisor) => so_far / number(divisor),
                None => so_far * number(factor),
            }
        })
    };
    text.split(';').map(product).sum()
}

/// Every vector agrees within the tolerance it states, except the audit fixtures,
/// which must not.
#[test]
fn published_vectors_are_reproduced() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/published/account-vectors/vectors.csv");
    let mut reader = csv::Reader::from_path(path).expect("the vectors");
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows {
        let row = row.expect("a vector");
        let found = evaluate(&row["left"]);
        let agrees = (&found - number(&row["printed"])).abs() <= number(&row["tolerance"]);
        println!(
            "| {} | {} | {} | {} | {} | {agrees} |",
            row["set"],
            row["item"],
            row["printed"],
            format_decimal(&found, 6),
            row["kind"]
        );
        *counts.entry(row["kind"].clone()).or_default() += 1;
        if agrees == (row["kind"] == "fixture") {
            wrong.push(format!("{}: {}", row["set"], row["item"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    let counts: Vec<usize> = counts.into_values().collect();
    assert_eq!(counts, [COUNTS[0], COUNTS[1], COUNTS[2]]);
}

/// Cross-footed, fixtures, independent.
const COUNTS: [usize; 3] = [21, 2, 17];
