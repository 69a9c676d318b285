//! The generic checks find the known flaws of the published account of Garze 2010;
//! each is silent on a clean account and fires on another with the same flaw.

use std::collections::BTreeMap;
use std::path::Path;

use gep::assess::{AccountArea, AccountRow, Amount, check_account};
use gep_core::diagnostic::{Finding, Language};
use gep_core::methodology::Methodology;
use gep_core::quantity::{Rational, parse_decimal};

fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("`{text}` is no number"))
}

fn amount(text: &str, scale: &str, unit: &str) -> Amount {
    let decimals = text.split_once('.').map_or(0, |(_, tail)| tail.len());
    Amount {
        number: number(text),
        last_digit: number(&format!("1e-{decimals}")),
        scale: number(scale),
        unit: unit.to_owned(),
    }
}

fn row(indicator: &str, quantity: Amount, price: Amount, value: Amount) -> AccountRow {
    AccountRow {
        indicator: indicator.to_owned(),
        item: indicator.to_owned(),
        quantity: Some(quantity),
        price: Some(price),
        value,
    }
}

fn check(rows: &[AccountRow], area: &AccountArea) -> Vec<Finding> {
    let all = Methodology::bundled().expect("the bundled methodology");
    check_account(&all, rows, area)
}

fn codes(findings: &[Finding]) -> Vec<(&'static str, String)> {
    let place = |one: &Finding| one.place.clone().unwrap_or_default();
    findings.iter().map(|one| (one.code, place(one))).collect()
}

fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/published/garze-2010");
    let text = std::fs::read_to_string(path.join(name)).expect("a published table");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines
        .map(|cells| header.iter().cloned().zip(cells).collect())
        .collect()
}

/// The priced lines of the published account, its areas, and its marsh law with the
/// printed label of 10^4 m3.
fn garze() -> (Vec<AccountRow>, AccountArea) {
    let priced = table("items.csv")
        .into_iter()
        .filter(|one| !one["price"].is_empty());
    let mut rows: Vec<AccountRow> = priced
        .map(|one| AccountRow {
            indicator: one["indicator"].clone(),
            item: one["id"].clone(),
            quantity: Some(amount(&one["quantity"], &one["scale"], &one["unit"])),
            price: Some(amount(&one["price"], "1", &one["price_unit"])),
            value: amount(&one["printed"], &one["printed_scale"], &one["printed_unit"]),
        })
        .collect();
    let mut marsh = row(
        "marsh_law",
        amount("2000", "1", "km2"),
        amount("0.3", "1", "m"),
        amount("600000000", "1e4", "m3"),
    );
    marsh.item = "marsh_law".to_owned();
    rows.push(marsh);
    let (stated, parts): (Vec<_>, Vec<_>) = table("areas.csv")
        .into_iter()
        .partition(|one| one["class"] == "stated");
    let area = |one: &BTreeMap<String, String>| number(&one["area_km2"]);
    let area = AccountArea {
        parts: parts.iter().map(area).collect(),
        stated: stated.first().map(area),
    };
    (rows, area)
}

/// All known flaws of the published account are found, and nothing else.
#[test]
fn published_flaws_are_found() {
    let (rows, area) = garze();
    let findings = check(&rows, &area);
    let expected = [
        ("check-fired", "oxygen_to_carbon_dioxide"),
        ("check-fired", "same_water"),
        ("assess-area", ""),
        ("assess-price-unit", "sand_value"),
        ("assess-power-of-ten", "marsh_law"),
    ];
    let expected: Vec<_> = expected
        .map(|(code, place)| (code, place.to_owned()))
        .into();
    assert_eq!(codes(&findings), expected);
    let words: Vec<String> = findings
        .iter()
        .map(|one| one.to_text(Language::En))
        .collect();
    assert!(
        words[0].contains("8.0967") && words[2].contains("-1.91"),
        "{words:?}"
    );
    assert!(
        findings
            .iter()
            .all(|one| one.to_text(Language::Zh).contains("处理"))
    );
}

/// A small account of another place in which nothing is wrong.
fn clean() -> (Vec<AccountRow>, AccountArea) {
    let money = |text| amount(text, "1e4", "CNY@2015");
    let rows = vec![
        row(
            "carbon_sequestration",
            amount("163.0", "1", "t[CO2]"),
            amount("400", "1", "CNY@2015/t[CO2]"),
            money("6.52"),
        ),
        row(
            "oxygen_release",
            amount("119.0", "1", "t[O2]"),
            amount("1000", "1", "CNY@2015/t[O2]"),
            money("11.90"),
        ),
        row(
            "water_retention",
            amount("5.2", "1e4", "m3"),
            amount("6.11", "1", "CNY@2015/m3"),
            money("31.77"),
        ),
        row(
            "grain_supply",
            amount("12.50", "1", "t[crop]"),
            amount("2400", "1", "CNY@2015/t[crop]"),
            money("3.00"),
        ),
    ];
    let area = AccountArea {
        parts: vec![number("10.5"), number("4.25")],
        stated: Some(number("14.75")),
    };
    (rows, area)
}

#[test]
fn clean_account_is_silent() {
    let (rows, area) = clean();
    assert_eq!(codes(&check(&rows, &area)), []);
}

/// Each flaw alone, planted in the other account, is the one finding.
#[test]
fn planted_flaws_are_found_one_by_one() {
    type Plant = fn(&mut Vec<AccountRow>, &mut AccountArea);
    let plants: [(&str, Plant); 7] = [
        ("check-fired", |rows, _| {
            rows[1].quantity = Some(amount("1190.0", "1", "t[O2]"));
            rows[1].value = amount("119.00", "1e4", "CNY@2015");
        }),
        ("check-fired", |rows, _| {
            rows.push(row(
                "hydropower",
                amount("100", "1", "kWh"),
                amount("0.53", "1", "CNY@2015/kWh"),
                amount("53", "1", "CNY@2015"),
            ));
        }),
        ("assess-area", |_, area| area.parts[1] = number("4.20")),
        ("assess-price-unit", |rows, _| {
            rows[3].price = Some(amount("2400", "1", "CNY@2015/ha"))
        }),
        ("assess-price-unit", |rows, _| {
            rows[0].price = Some(amount("400", "1", "CNY@2015/t[C]"))
        }),
        ("assess-power-of-ten", |rows, _| {
            rows[2].value = amount("31.77", "1e8", "CNY@2015")
        }),
        ("assess-product", |rows, _| {
            rows[2].value = amount("37.77", "1e4", "CNY@2015")
        }),
    ];
    for (code, plant) in plants {
        let (mut rows, mut area) = clean();
        plant(&mut rows, &mut area);
        let found = check(&rows, &area);
        let only: Vec<&str> = found.iter().map(|one| one.code).collect();
        assert_eq!(only, [code]);
    }
}
