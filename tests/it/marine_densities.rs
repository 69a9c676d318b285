//! Published densities of the sea off Shandong: what can be checked of them.

use gep_core::quantity::{Rational, format_decimal, parse_decimal, round_to};

const TABLE: &str = include_str!("../published/marine-shandong-2013/densities.csv");

/// Sea, area in ha, services in 10^8 yuan, density in 10^4 yuan/ha, base value.
fn rows() -> Vec<(String, [Rational; 4])> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    let row = |record: csv::StringRecord| {
        let number = |at: usize| parse_decimal(&record[at]).expect("a number");
        (
            record[0].to_string(),
            [number(1), number(2), number(3), number(4)],
        )
    };
    reader
        .records()
        .map(|record| row(record.expect("a row")))
        .collect()
}

fn decimal(text: &str) -> Rational {
    parse_decimal(text).expect("a number")
}

fn cents(number: &Rational) -> Rational {
    round_to(number, &decimal("0.01"))
}

/// Both are rounded in print: a density is met if some services that round to the
/// printed ones give it. Yantai-3 is 2.5452 from the printed figure and 2.54 in print.
#[test]
fn densities_are_services_over_area() {
    let half = decimal("0.005");
    let meets = |services: &Rational, area: &Rational, density: &Rational| {
        let of = |services: Rational| services * decimal("10000") / area;
        let (low, high) = (of(services - &half), of(services + &half));
        low < density + &half && high >= density - &half
    };
    for (sea, [area, services, density, _]) in rows() {
        assert!(meets(&services, &area, &density), "{sea}");
        assert!(
            !meets(&(&services * decimal("1.02")), &area, &density),
            "{sea}"
        );
    }
}

/// Base value of a density: from the lowest to 0.93 above it, in proportion.
fn base_value(density: &Rational, least: &Rational, most: &Rational) -> Rational {
    (density - least) / (most - least) * decimal("0.93") + least
}

#[test]
fn base_values_follow_from_densities() {
    let rows = rows();
    assert_eq!(rows.len(), 9);
    let densities = || rows.iter().map(|(_, row)| &row[2]);
    let (least, most) = (
        densities().min().expect("one"),
        densities().max().expect("one"),
    );
    for (sea, [_, _, density, base]) in &rows {
        let found = cents(&base_value(density, least, most));
        assert_eq!(&found, base, "{sea} {}", format_decimal(&found, 4));
    }
    // A slip in the span shows in the first sea already.
    let wrong = cents(&base_value(&rows[0].1[2], least, &decimal("7.16")));
    assert_ne!(wrong, rows[0].1[3]);
}
