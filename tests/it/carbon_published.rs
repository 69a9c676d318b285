//! Published figures of carbon against the laws and factor tables: what agrees, and what a
//! source itself does not close.

use std::path::Path;

use gep::carbon::{Book, CarbonNumber, Fact, Items, Reach, evaluate_carbon};
use gep_core::methodology::{Methodology, Rebinding, Trust};
use gep_core::quantity::{Rational, parse_decimal, round_to};

fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("{text}"))
}

fn bundled() -> Methodology {
    Methodology::bundled().expect("the methodology")
}

const REGION: &str = "330000";
const YEAR: u16 = 2015;

/// Facts of one region and year: quantity, item, value in the quantity's unit.
fn book(methodology: &Methodology, facts: &[(&str, &str, Rational)]) -> Book {
    let mut book = Book::default();
    for (quantity, item, value) in facts {
        let unit = &methodology.quantities[*quantity].unit;
        let fact = Fact {
            value: unit.to_coherent(value),
            trust: Trust::Verified,
            source: "a published figure".to_owned(),
            place: "print".to_owned(),
            definition: String::new(),
            vintage: String::new(),
        };
        let key = ((*quantity).to_owned(), REGION.to_owned(), YEAR);
        book.add(key, item, fact);
    }
    book
}

fn computed(
    methodology: &Methodology,
    method: &str,
    rebind: &[Rebinding],
    book: &Book,
) -> Vec<CarbonNumber> {
    let law = methodology
        .law_bound(method, rebind)
        .expect("bound")
        .expect("a law");
    evaluate_carbon(&law, book, &Reach::default(), (REGION, YEAR), Items::Given).expect("evaluated")
}

fn value(numbers: &[CarbonNumber], output: &str, item: &str) -> Rational {
    let own = numbers
        .iter()
        .find(|own| own.output == output && own.item == item);
    own.and_then(|own| own.value.clone())
        .unwrap_or_else(|| panic!("{output} {item}"))
}

fn rounds_to(value: &Rational, printed: &str) -> bool {
    let decimals = printed.split_once('.').map_or(0, |(_, tail)| tail.len());
    let step = Rational::new(
        1.into(),
        10_i64.pow(u32::try_from(decimals).expect("few")).into(),
    );
    round_to(value, &step) == number(printed)
}

/// The second published set of fuels, each to the last of its four digits.
#[test]
fn the_set_of_cement_works_is_met_to_its_last_digit() {
    let methodology = bundled();
    let set = &methodology.carbon.method_sets["cement-enterprise"];
    let mass = [
        ("anthracite", "2.2819"),
        ("lignite", "1.4985"),
        ("coal_gangue", "0.7724"),
        ("coal_slime", "1.1571"),
        ("coke", "3.0367"),
        ("petroleum_coke", "3.2443"),
        ("crude_oil", "3.0172"),
        ("fuel_oil", "3.1705"),
        ("gasoline", "2.9251"),
        ("diesel", "3.0959"),
        ("kerosene", "3.0334"),
        ("liquefied_petroleum_gas", "3.1013"),
        ("liquefied_natural_gas", "3.1829"),
        ("coal_tar", "2.6446"),
        ("refinery_gas", "3.0082"),
    ];
    let one = || number("1");
    let facts: Vec<_> = mass
        .iter()
        .map(|(fuel, _)| ("fuel_use_mass", *fuel, one()))
        .collect();
    let found = computed(
        &methodology,
        "emission.fuel_mass",
        &set.rebindings,
        &book(&methodology, &facts),
    );
    for (fuel, printed) in mass {
        assert!(
            rounds_to(&value(&found, "emission", fuel), printed),
            "{fuel} {printed}"
        );
    }
    let gas = [
        ("natural_gas", "21.6502"),
        ("blast_furnace_gas", "8.4811"),
        ("converter_gas", "15.1240"),
        ("coke_oven_gas", "7.6362"),
    ];
    let facts: Vec<_> = gas
        .iter()
        .map(|(fuel, _)| ("fuel_use_gas", *fuel, number("10000")))
        .collect();
    let found = computed(
        &methodology,
        "emission.fuel_gas",
        &set.rebindings,
        &book(&methodology, &facts),
    );
    for (fuel, printed) in gas {
        assert!(
            rounds_to(&value(&found, "emission", fuel), printed),
            "{fuel} {printed}"
        );
    }
}

/// Zhejiang 2014 and 2015: oxygen follows from the printed carbon dioxide by 1.19 / 1.63 to
/// the last digit, so the province prints gross fixation.
#[test]
fn the_published_forest_pair_is_gross_fixation() {
    let methodology = bundled();
    for (carbon_dioxide, oxygen) in [("58.1186", "42.4301"), ("60.5004", "44.1690")] {
        let production = number(carbon_dioxide) / number("1.63");
        let facts = [("net_primary_production", "", production * number("1000000"))];
        let found = computed(
            &methodology,
            "gross_fixation.photosynthesis",
            &[],
            &book(&methodology, &facts),
        );
        let million = number("1000000");
        assert!(
            rounds_to(&(value(&found, "oxygen", "") / &million), oxygen),
            "{oxygen}"
        );
        assert!(rounds_to(
            &(value(&found, "carbon_dioxide", "") / &million),
            carbon_dioxide
        ));
    }
    let kinds = methodology
        .carbon
        .sinks
        .iter()
        .filter(|own| own.method.starts_with("gross_fixation"));
    assert!(kinds.clone().count() == 2);
    assert!(
        kinds
            .into_iter()
            .all(|own| own.kind.word() == "gross_fixation")
    );
}

/// Carbon of Zhejiang's forests by 14 strata: rows, layers and total agree; the printed mean
/// density is not the printed total over the printed area.
#[test]
fn fourteen_strata_of_zhejiang_close_and_their_printed_mean_does_not() {
    let methodology = bundled();
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/published/zhejiang-forest-carbon-2016");
    let mut reader = csv::Reader::from_path(folder.join("strata.csv")).expect("strata");
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(rows.len(), 14);
    let mut facts: Vec<(&str, &str, Rational)> = Vec::new();
    for row in &rows {
        facts.push(("stratum_area", &row[0], number(&row[1]) * number("100")));
        for (quantity, cell) in [
            ("carbon_density_tree", 2),
            ("carbon_density_shrub_herb", 3),
            ("carbon_density_litter", 4),
            ("carbon_density_soil", 5),
        ] {
            facts.push((quantity, &row[0], number(&row[cell])));
        }
    }
    let found = computed(
        &methodology,
        "ecosystem_carbon.by_stratum",
        &[],
        &book(&methodology, &facts),
    );
    let million = number("1000000");
    for row in &rows {
        let own = value(&found, "stratum_carbon", &row[0]) / &million;
        // Half a unit of the last printed digit of the stock and of the area.
        let off = &own - number(&row[7]);
        let half = number("0.005") + number("0.00005") * number(&row[6]);
        assert!(off <= half && off >= -half, "{} {}", row[0], row[7]);
    }
    assert!(rounds_to(
        &(value(&found, "carbon", "") / &million),
        "602.73"
    ));
    let mean = value(&found, "mean_density", "");
    assert!(rounds_to(&mean, "120.93") && !rounds_to(&mean, "120.80"));
    let layer = |cell: usize| -> Rational {
        let sum: Rational = rows
            .iter()
            .map(|row| number(&row[1]) * number(&row[cell]))
            .sum();
        sum / number("10000")
    };
    for (cell, printed) in [(2, "122.87"), (3, "16.73"), (4, "11.37"), (5, "451.76")] {
        assert!(rounds_to(&layer(cell), printed), "{printed}");
    }
}

/// The changes the notice of 2023 prints follow from the tables of 2022 and 2023, but for
/// the last digit of the north-east.
#[test]
fn regional_grid_factors_change_as_the_notice_prints() {
    let methodology = bundled();
    let table = &methodology.tables["carbon/grid-average.csv"];
    let factor = |zone: &str, year: &str| {
        let row = table.rows.iter().find(|row| row.keys == [zone, year]);
        row.and_then(|row| row.value.clone())
            .unwrap_or_else(|| panic!("{zone} {year}"))
    };
    for (zone, printed) in [
        ("grid:north", "-6.1"),
        ("grid:east", "-2.1"),
        ("grid:central", "-2.3"),
        ("grid:northwest", "-5.4"),
        ("grid:south", "4.5"),
        ("grid:southwest", "9.0"),
        ("100000", "-1.1"),
        ("grid:northeast", "-7.9"),
    ] {
        let (old, new) = (factor(zone, "2022"), factor(zone, "2023"));
        let change = (new / old - number("1")) * number("100");
        assert!(rounds_to(&change, printed), "{zone} {printed}");
    }
    // Printed -8.0; 0.5564 to 0.5122 is -7.94 %.
    let provinces = table
        .rows
        .iter()
        .filter(|row| row.keys[1] == "2021" && row.keys[0].ends_with("0000"));
    assert_eq!(provinces.filter(|row| row.keys[0] != "100000").count(), 30);
    assert!(
        !table.rows.iter().any(|row| row.keys == ["330000", "2023"]),
        "Zhejiang 2023 is not known"
    );
}

/// A carbon content outside the band of its fuel would be the calorific value copied into
/// the wrong column: the bundled sets have none.
#[test]
fn carbon_contents_lie_in_the_band_of_their_kind() {
    let methodology = bundled();
    for table in [
        "carbon/fuel-mass-enterprise.csv",
        "carbon/fuel-mass-cement.csv",
    ] {
        for row in methodology.tables[table]
            .rows
            .iter()
            .filter(|row| row.keys[1] == "carbon_content")
        {
            let value = row.value.clone().expect("a value");
            let coal = [
                "anthracite",
                "bituminous",
                "lignite",
                "cleaned_coal",
                "coal_gangue",
                "coal_slime",
            ];
            let band = if coal.contains(&row.keys[0].as_str()) {
                ("24", "28")
            } else {
                ("15", "34")
            };
            assert!(
                value >= number(band.0) && value <= number(band.1),
                "{} {}",
                row.keys[0],
                row.spelling
            );
        }
    }
}
