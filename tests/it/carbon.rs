//! The carbon books: published figures of the nation and Zhejiang, and a made-up county
//! that shows everything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gep::audit::{Question, carbon_explanation_text, explain_carbon, verify};
use gep::carbon::{PeakClass, Progress, View};
use gep::run::carbon::CarbonReport;
use gep_core::diagnostic::{Findings, Language};
use gep_core::quantity::{Rational, parse_decimal};
use gep_core::storage::digest_file;

use crate::account::measures;
use crate::audit::{amounts, planted};
use crate::carbon_fixture::Carbon;

pub fn books(carbon: &Carbon) -> CarbonReport {
    carbon
        .run()
        .unwrap_or_else(|findings| panic!("{}", words(&findings)))
}

pub fn words(findings: &Findings) -> String {
    let texts = findings.0.iter().map(|one| one.to_text(Language::En));
    texts.collect::<Vec<_>>().join("\n")
}

/// Values of a convention by year.
fn by_year(report: &CarbonReport, region: &str, method: &str) -> BTreeMap<u16, Option<Rational>> {
    let own = report.books.indicators.iter();
    let own = own.filter(|one| one.region == region && one.method == method);
    own.map(|one| (one.year, one.value.clone())).collect()
}

fn number(text: &str) -> Rational {
    parse_decimal(text).expect("a number")
}

fn is(found: Option<&Option<Rational>>, text: &str) {
    assert_eq!(found, Some(&Some(number(text))), "{text}");
}

/// The composition of the nation closes in each year; the convention of the targets is
/// known in all of them, the other where the coal rate is.
#[test]
fn the_nation_has_both_conventions_where_the_coal_rate_is_known() {
    let report = books(&Carbon::published());
    let published = by_year(&report, "100000", "nonfossil_share.composition");
    for (year, share) in [
        (2015, "12"),
        (2016, "13"),
        (2017, "13.6"),
        (2018, "14.5"),
        (2019, "15.3"),
        (2020, "15.9"),
        (2021, "16.7"),
        (2022, "17.5"),
        (2023, "17.9"),
        (2024, "19.8"),
    ] {
        is(published.get(&year), share);
    }
    let calorific = by_year(&report, "100000", "nonfossil_share.composition_calorific");
    let known: Vec<u16> = calorific
        .iter()
        .filter(|(_, own)| own.is_some())
        .map(|(year, _)| *year)
        .collect();
    assert_eq!(known, [2015, 2019, 2020]);
    // 4983 x 15.9 % = 792.297 Mtce; / 287 x 122.9 = 339.2798; over that and 4190.703.
    is(calorific.get(&2020), "7.4896");
    // Another convention again: input equivalent, from exajoules by fuel.
    let other = by_year(&report, "100000", "nonfossil_share.input_equivalent");
    is(other.get(&2021), "17.2187");
    is(other.get(&2022), "18.3799");
    assert!(
        report
            .warnings
            .iter()
            .all(|one| one.code != "carbon-composition-sum")
    );
}

/// Coal x 2.66 + oil x 1.73 + gas x 1.56, in hundred million tonnes.
#[test]
fn top_down_carbon_dioxide_of_the_nation_to_the_last_printed_digit() {
    let report = books(&Carbon::published());
    let found = by_year(&report, "100000", "carbon_total.top_down");
    let printed = [
        "91.42", "91.53", "93.28", "95.08", "96.93", "98.16", "102.34", "104.72", "109.83",
        "111.29",
    ];
    for (year, printed) in (2015..).zip(printed) {
        let value = found[&year].clone().expect("a total") / number("100000000");
        let off = value - number(printed);
        assert!(
            off.clone() <= number("0.005") && off >= number("-0.005"),
            "{year} {printed}"
        );
    }
}

/// Zhejiang's share cannot be told, and the answer is the list of what is missing.
#[test]
fn zhejiang_is_refused_with_the_list_of_missing_inputs() {
    let carbon = Carbon::published();
    let report = books(&carbon);
    let all = by_year(&report, "330000", "nonfossil_share.coal_equivalent");
    assert!(all.values().all(Option::is_none));
    let question = |region: &str, item: &str, year: &str| Question::Item {
        region: region.to_owned(),
        item: item.to_owned(),
        year: Some(year.to_owned()),
    };
    let found = explain_carbon(
        &carbon.out(),
        &question("330000", "nonfossil_share", "2021"),
    )
    .expect("explained");
    let text = carbon_explanation_text(&found, Language::Zh);
    for lacking in [
        "化石能源消费量 coal 330000 2021  (fossil_energy)",
        "非化石能源电量（本地发电） nuclear 330000 2021",
        "发电标准煤耗率 2021  (carbon/coal-rate-generation.csv)",
    ] {
        assert!(text.contains(lacking), "{lacking}\n{text}");
    }
    let nation = explain_carbon(
        &carbon.out(),
        &question("100000", "nonfossil_share", "2020"),
    )
    .expect("explained");
    let text = carbon_explanation_text(&nation, Language::En);
    for told in [
        "15.9",
        "7.4896",
        "coal-rate-generation.csv:4",
        "electricity-convention.csv:2",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    // By its id, and nothing for an id nobody has.
    let id = nation[0].number_id.clone();
    assert_eq!(
        explain_carbon(&carbon.out(), &Question::Id(id))
            .expect("by id")
            .len(),
        1
    );
    let none = explain_carbon(&carbon.out(), &Question::Id("aaaaaaaaaaaaa".into()));
    assert!(none.expect_err("unknown").has("explain-carbon-unknown"));
}

/// A number of another definition is not set against a target, and a later vintage
/// supersedes an earlier one.
#[test]
fn definitions_and_vintages_are_kept_apart() {
    let carbon = Carbon::published();
    let report = books(&carbon);
    let of = |report: &CarbonReport, id: &str| {
        let mut all = report.books.targets.iter();
        all.find(|own| own.target == id)
            .expect("the target")
            .clone()
    };
    let cover = of(&report, "zj-2025-forest-cover");
    assert_eq!(cover.progress, Progress::NotComparable);
    // Nothing read says that the bulletin of 2015 (60.96 %) counts as the plan does; only a
    // source that does may be set against its 61.5 %.
    let counted = Carbon::published();
    counted.edit(
        "statistics.csv",
        "330000,2015,forest_cover,,60.96,%,annual_bulletin,",
        "330000,2015,forest_cover,,60.96,%,plan_2021,",
    );
    let cover = of(&books(&counted), "zj-2025-forest-cover");
    assert_eq!((cover.year, cover.progress), (Some(2015), Progress::Open));
    assert_eq!(
        of(&report, "zj-2025-forest-stock").progress,
        Progress::NotComparable
    );
    assert_eq!(of(&report, "cn-2025-nonfossil").progress, Progress::Open);
    let given = &report.books.given;
    let older: Vec<(&str, &str)> = given
        .chosen
        .superseded
        .iter()
        .map(|(older, newer)| {
            (
                given.statistics[*older].spelling.as_str(),
                given.statistics[*newer].spelling.as_str(),
            )
        })
        .collect();
    assert!(
        older.contains(&("56.8", "56.9")) && older.contains(&("56.0", "55.9")),
        "{older:?}"
    );
    // In 2021 only the communique's coal was out: the composition is not whole.
    carbon.edit(
        "carbon.toml",
        "grid_factor = \"exact\"",
        "grid_factor = \"exact\"\nvintage_limit = \"2021-12-31\"",
    );
    let early = books(&carbon);
    assert_eq!(
        by_year(&early, "100000", "nonfossil_share.composition")[&2020],
        None
    );
    is(
        by_year(&early, "100000", "energy_total.reported").get(&2020),
        "4980000000",
    );
}

/// Years in which a statistics file has a region's GDP at current prices fall.
fn falls_of_gdp(text: &str) -> Vec<(String, u16)> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut years: BTreeMap<(String, u16), Rational> = BTreeMap::new();
    for row in reader.records().map(|row| row.expect("a row")) {
        if &row[2] == "gdp_current_price" {
            let year = row[1].parse().expect("a year");
            years.insert((row[0].to_owned(), year), number(&row[4]));
        }
    }
    assert!(years.len() > 10);
    let fell = years.iter().filter(|((region, year), value)| {
        let before = years.get(&(region.clone(), year - 1));
        before.is_some_and(|before| before > *value)
    });
    fell.map(|(key, _)| key.clone()).collect()
}

/// The file Zhejiang's GDP was copied from falls in 2012 and 2015 and stands a seventh above
/// the province's own white book: its years from 2010 to 2017 are withheld.
#[test]
fn the_gdp_of_the_demo_does_not_fall() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/zj-carbon/statistics.csv");
    let text = fs::read_to_string(path).expect("the statistics");
    assert_eq!(falls_of_gdp(&text), []);
    let row = |year: u16, value: &str| {
        format!("330000,{year},gdp_current_price,,{value},yiyuan,,2020,transcribed,a,b,\n")
    };
    let copied = format!("{text}{}{}", row(2011, "40029.68"), row(2012, "39420.68"));
    assert_eq!(falls_of_gdp(&copied), [("330000".to_owned(), 2012)]);
}

/// 60 GWh beside 100,000 tce: 6.8676 % by calorific value, 14.6903 % at 287 g.
#[test]
fn the_made_up_county_shows_the_conventions_side_by_side() {
    let report = books(&Carbon::synthetic());
    for (method, share) in [
        ("nonfossil_share.coal_equivalent", "14.6903"),
        ("nonfossil_share.calorific", "6.8676"),
        // 17.22 + 8 x 0.287 over 17.22 + 40 x 0.287 + 100, and 10 of the 40 by contract.
        ("nonfossil_share.imports_at_grid_mix", "15.1639"),
        ("nonfossil_share.imports_by_contract", "15.6099"),
    ] {
        is(by_year(&report, "330199", method).get(&2020), share);
    }
}

/// The inventory in grams: every fuel, product, head and hectare, views that add up, and a
/// peak.
#[test]
fn the_made_up_county_closes_to_the_gram() {
    let carbon = Carbon::synthetic();
    let report = books(&carbon);
    let books = &report.books;
    let co2e = |view: &View| {
        let mut all = books.totals.iter();
        let own = all.find(|own| own.view == *view && own.gas == "CO2e");
        own.and_then(|own| own.value_g).expect("a total")
    };
    // 100,000 t x 23.204 GJ/t x 26.18 kgC/GJ x 93 % x 44/12.
    let power = books
        .emissions
        .iter()
        .find(|own| own.category == "1A1a")
        .expect("power");
    assert_eq!(power.amount_g, Some(207_150_925_520));
    let sectors = [
        "energy",
        "industry",
        "buildings",
        "transport",
        "agriculture",
        "residential",
        "outside",
    ];
    let produced: i128 = sectors
        .iter()
        .map(|own| co2e(&View::Producer((*own).into())))
        .sum();
    assert_eq!(produced, co2e(&View::Direct));
    let used: i128 = books
        .totals
        .iter()
        .filter(|own| matches!(own.view, View::EndUse(_)))
        .filter_map(|own| own.value_g)
        .sum();
    assert_eq!(used, co2e(&View::Direct));
    // Bunkers stand beside the total, measured pollutants are no greenhouse gases.
    assert!(co2e(&View::Memo("M1".into())) > 0);
    // 2000 t of wood at 15.6 GJ/t and 112 kg/GJ: a memo item alone. Burnt in industry it is
    // refused, for no law of industry reads it.
    assert_eq!(co2e(&View::Memo("M2".into())), 3_494_400_000);
    let inside = Carbon::synthetic();
    inside.edit(
        "activity.csv",
        "330199,2021,M2,biomass_use",
        "330199,2021,1A2,biomass_use",
    );
    let refused = inside.run().expect_err("refused");
    assert!(
        words(&refused).contains("carbon-activity-unread"),
        "{}",
        words(&refused)
    );
    let sulphur = books
        .emissions
        .iter()
        .find(|own| own.gas == "SO2")
        .expect("measured");
    assert_eq!(
        (sulphur.amount_g, sulphur.co2e_g),
        (Some(1_000_000_000), None)
    );
    // Not occurring is zero and told; nothing is missing, so the total is whole.
    let none = books
        .emissions
        .iter()
        .find(|own| own.category == "1A1b")
        .expect("refining");
    assert_eq!((none.notation, none.amount_g), ("NO", Some(0)));
    assert!(books.totals.iter().all(|own| own.missing.is_empty()));
    let net = books
        .net
        .iter()
        .find(|own| own.region == "330199")
        .expect("net");
    let removed: i128 = net.removals_g.expect("removals");
    assert_eq!(
        net.net_g,
        Some(net.emissions_g.expect("emissions") - removed)
    );
    assert_eq!(net.net_of_sold_g, net.net_g.map(|net| net + 1_000_000_000));
    let (_, peak) = &books.series.peaks[0];
    assert_eq!((peak.peak_year, peak.class), (2014, PeakClass::Peaked));
    assert!(
        books
            .series
            .effects
            .iter()
            .any(|own| own.identity == "kaya" && own.effect_t.is_some())
    );
    assert!(
        books
            .series
            .decouplings
            .iter()
            .any(|own| own.found.is_some())
    );
    assert_eq!(books.series.paths.len(), 3);
    let found = verify(&carbon.out()).expect("manifest");
    assert!(
        found.differences.is_empty() && found.unread.is_empty(),
        "{:?}",
        found.differences
    );
}

/// A missing row, a category nobody reported: the total says so and enters no net
/// position.
#[test]
fn what_is_missing_makes_totals_partial() {
    let carbon = Carbon::synthetic();
    carbon.edit(
        "activity.csv",
        "330199,2021,4D,sewage_bod,,1000,",
        "330199,2021,4D,sewage_bod,,NE,",
    );
    let report = books(&carbon);
    let direct = report
        .books
        .totals
        .iter()
        .find(|own| own.view == View::Direct && own.gas == "CO2e");
    assert_eq!(direct.expect("direct").missing.len(), 1);
    assert_eq!(report.books.net[0].net_g, None);
    assert!(
        verify(&carbon.out())
            .expect("manifest")
            .differences
            .is_empty()
    );
    let carbon = Carbon::synthetic();
    let text = fs::read_to_string(carbon.path("activity.csv")).expect("activity");
    let kept: String = text
        .lines()
        .filter(|line| !line.contains(",4D,"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(carbon.path("activity.csv"), kept).expect("activity");
    let report = books(&carbon);
    let direct = report
        .books
        .totals
        .iter()
        .find(|own| own.view == View::Direct && own.gas == "CO2e");
    assert!(direct.expect("direct").missing.contains("4D"));
    // Included elsewhere is nothing missing.
    let carbon = Carbon::synthetic();
    carbon.edit(
        "activity.csv",
        "330199,2021,4D,sewage_bod,,1000,",
        "330199,2021,4D,sewage_bod,,IE,",
    );
    let report = books(&carbon);
    assert!(report.books.totals.iter().all(|own| own.missing.is_empty()));
}

/// Another set of fuels or of warming potentials moves what it should and nothing else.
#[test]
fn sets_are_exchanged_whole() {
    let carbon = Carbon::synthetic();
    let gases = |set: &str| -> BTreeMap<String, (Option<i128>, Option<i128>)> {
        carbon.edit(
            "carbon.toml",
            "method_set = \"",
            &format!("method_set = \"{set}\" # \""),
        );
        let report = books(&carbon);
        let rows = report.books.emissions.iter();
        rows.map(|own| {
            let key = format!("{} {} {} {}", own.category, own.method, own.item, own.gas);
            (key, (own.amount_g, own.co2e_g))
        })
        .collect()
    };
    let (fifth, second) = (gases("provincial-2025"), gases("provincial-2011"));
    for (key, (amount, co2e)) in &fifth {
        assert_eq!(*amount, second[key].0, "{key}");
        let moved = *co2e != second[key].1;
        assert_eq!(
            moved,
            (key.ends_with("CH4") || key.ends_with("N2O")) && *amount != Some(0),
            "{key}"
        );
    }
    let cement = gases("cement-enterprise");
    let coke = "1A2 emission.fuel_mass coke CO2";
    assert_ne!(fifth[coke], cement[coke]);
    // The cement set has no bituminous coal: missing, not the other set's.
    assert_eq!(cement["1A1a emission.fuel_mass bituminous CO2"].0, None);
}

/// The same bytes twice; a killed run leaves nothing under the name.
#[test]
fn books_have_the_same_bytes_twice() {
    let carbon = Carbon::synthetic();
    let digests = || -> Vec<String> {
        books(&carbon);
        let tables = carbon.out().join("tables");
        let mut files: Vec<_> = fs::read_dir(tables)
            .expect("tables")
            .map(|own| own.expect("entry").path())
            .collect();
        files.push(carbon.out().join("manifest.json"));
        files.sort();
        files
            .iter()
            .map(|file| digest_file(file).expect("digest"))
            .collect()
    };
    assert_eq!(digests(), digests());
}

/// Each invariant of the books fires on a planted fault, and is silent on the books as
/// written.
#[test]
fn every_invariant_of_the_books_fires() {
    let carbon = Carbon::synthetic();
    let shift = |table: &str, measure: &'static str, row: usize| {
        books(&carbon);
        let out = carbon.out();
        planted(&out, table, move |columns| {
            let values = amounts(columns, measure);
            let places: Vec<usize> = (0..values.len())
                .filter(|at| values[*at].is_some())
                .collect();
            let at = places[row.min(places.len() - 1)];
            values[at] = values[at].map(|own| own + 1_000_000);
        })
    };
    for (table, measure, code) in [
        ("emissions", "co2e_g", "verify-carbon-warming"),
        ("emissions", "amount_g", "verify-carbon-total"),
        ("carbon_totals", "value_g", "verify-carbon-total"),
        ("energy_balance", "value", "verify-carbon-balance"),
        ("decomposition", "effect_t", "verify-carbon-effects"),
        ("net_position", "removals_g", "verify-carbon-net"),
        ("key_categories", "cumulative_percent", "verify-carbon-key"),
    ] {
        let last = if table == "sinks" { 3 } else { 0 };
        let last = if table == "key_categories" {
            usize::MAX
        } else {
            last
        };
        let found = shift(table, measure, last);
        assert!(found.contains(code), "{table}.{measure}: {found:?}");
    }
    books(&carbon);
    let found = planted(&carbon.out(), "sinks", |columns| {
        let at = crate::audit::row_of(columns, &[("meets_emissions", "yes")]);
        let values = amounts(columns, "value");
        values[at] = values[at].map(|own| own + 1_000_000);
    });
    assert!(found.contains("verify-carbon-net"), "{found:?}");
    let texts = |table: &str, column: &'static str, from: &'static str, to: &'static str| {
        books(&carbon);
        planted(&carbon.out(), table, move |columns| {
            let own = crate::audit::texts(columns, column);
            let at = own
                .iter()
                .position(|text| text.as_deref() == Some(from))
                .expect(from);
            own[at] = Some(to.to_owned());
        })
    };
    for (table, column, from, to, code) in [
        (
            "sinks",
            "meets_emissions",
            "no",
            "yes",
            "verify-carbon-gross",
        ),
        (
            "carbon_totals",
            "partial",
            "no",
            "yes",
            "verify-carbon-partial",
        ),
        (
            "carbon_lineage",
            "place",
            "activity.csv:2",
            "",
            "verify-carbon-orphan",
        ),
        (
            "carbon_totals",
            "view",
            "end_use:industry",
            "other",
            "verify-carbon-view",
        ),
        (
            "carbon_indicators",
            "method_id",
            "energy_total.reported",
            "",
            "verify-carbon-indicator",
        ),
    ] {
        let found = texts(table, column, from, to);
        assert!(found.contains(code), "{table}.{column}: {found:?}");
    }
}

/// Regions below are added up only if all are known, and the difference is a row.
#[test]
fn parts_that_do_not_add_up_are_a_row() {
    let carbon = Carbon::synthetic();
    carbon.edit("carbon.toml", "[inputs]", "[[region]]\ncode = \"330198\"\nlevel = \"county\"\nname_zh = \"下级\"\nname_en = \"Below\"\nparent = \"330199\"\n\n[inputs]");
    let text = fs::read_to_string(carbon.path("activity.csv")).expect("activity");
    let below: String = text
        .lines()
        .skip(1)
        .map(|line| line.replacen("330199", "330198", 1) + "\n")
        .collect();
    let below = below.replace(
        ",fuel_use_mass,bituminous,100000,",
        ",fuel_use_mass,bituminous,90000,",
    );
    fs::write(carbon.path("activity.csv"), text + &below).expect("activity");
    // Its imported electricity is not known, so the category stands as it is told.
    let report = books(&carbon);
    let of = |view: View| {
        let own = report
            .books
            .totals
            .iter()
            .find(|own| own.region == "330199" && own.view == view && own.gas == "CO2e");
        own.and_then(|own| own.value_g)
    };
    assert_eq!(of(View::PartsDifference), Some(20_715_092_552));
    assert!(
        verify(&carbon.out())
            .expect("manifest")
            .differences
            .is_empty()
    );
    let found = planted(&carbon.out(), "carbon_totals", |columns| {
        let at = crate::audit::row_of(columns, &[("view", "parts_difference")]);
        amounts(columns, "value_g")[at] = Some(0);
    });
    assert!(found.contains("verify-carbon-parts"), "{found:?}");
}

/// What is suspicious is told: sums of balances, steps, compositions, double use; the
/// books as they are tell none of it.
#[test]
fn warnings_fire_and_are_silent() {
    let codes = |carbon: &Carbon| -> Vec<&'static str> {
        books(carbon).warnings.iter().map(|own| own.code).collect()
    };
    assert_eq!(codes(&Carbon::synthetic()), Vec::<&str>::new());
    let balance = Carbon::synthetic();
    balance.edit(
        "energy-balance.csv",
        "final_industry,electricity,160",
        "final_industry,electricity,166",
    );
    // Eight numbers printed to the unit explain 4, not 6.
    assert_eq!(codes(&balance), ["carbon-balance-difference"]);
    balance.edit("energy-balance.csv", "electricity,166", "electricity,161");
    assert_eq!(codes(&balance), ["carbon-balance-rounding"]);
    let sum = Carbon::synthetic();
    sum.edit(
        "statistics.csv",
        "2015,energy_composition,oil,20,",
        "2015,energy_composition,oil,21,",
    );
    assert!(codes(&sum).contains(&"carbon-composition-sum"));
    let step = Carbon::synthetic();
    step.edit(
        "statistics.csv",
        "2015,energy_consumption,,113600,",
        "2015,energy_consumption,,213600,",
    );
    assert!(codes(&step).contains(&"carbon-series-step"));
    let both = Carbon::synthetic();
    both.add(
        "activity.csv",
        "330199,2021,1A2,fuel_use_gas,blast_furnace_gas,1000,m3,,synthetic,made up,",
    );
    assert_eq!(codes(&both), ["carbon-double-use"]);
}

/// A file that lies outside the project's folder is not read, by whatever way it is named.
#[test]
fn files_stay_in_the_folder_of_the_project() {
    let codes = |carbon: &Carbon| words(&carbon.run().expect_err("refused"));
    let up = Carbon::synthetic();
    up.edit("carbon.toml", "[\"activity.csv\"]", "[\"../activity.csv\"]");
    assert!(codes(&up).contains("path-leaves-project"));
    let linked = Carbon::synthetic();
    let elsewhere = tempfile::tempdir().expect("folder");
    let (inside, outside) = (linked.path("activity.csv"), elsewhere.path().join("a.csv"));
    fs::rename(&inside, &outside).expect("moved");
    std::os::unix::fs::symlink(&outside, &inside).expect("a link");
    assert!(codes(&linked).contains("path-leaves-project"));
    // A link within the folder is none of that.
    let within = Carbon::synthetic();
    fs::rename(within.path("activity.csv"), within.path("own.csv")).expect("moved");
    std::os::unix::fs::symlink(within.path("own.csv"), within.path("activity.csv"))
        .expect("a link");
    books(&within);
}

/// Every bad row is refused with its place, and all of a file at once.
#[test]
fn bad_rows_are_refused_with_their_place() {
    let line = "330199,2019,population,,1000,person,,2021,synthetic,made up,,";
    let refused = |file: &str, line: &str| -> Findings {
        let carbon = Carbon::synthetic();
        carbon.add(file, line);
        carbon
            .run()
            .err()
            .unwrap_or_else(|| panic!("accepted: {line}"))
    };
    assert!(
        refused("statistics.csv", line).has("carbon-row"),
        "stands twice"
    );
    for bad in [
        "330199,2009,people,,1000,person,,2021,synthetic,made up,,",
        "330199,2009,population,,1000,tce,,2021,synthetic,made up,,",
        "330199,2009,population,all,1000,person,,2021,synthetic,made up,,",
        "330199,2009,energy_composition,,10,%,,2021,synthetic,made up,,",
        "330199,2009,population,,1 000,person,,2021,synthetic,made up,,",
        "330199,2009,population,,,person,,2021,synthetic,made up,,",
        "9999,2009,population,,1000,person,,2021,synthetic,made up,,",
        "330199,209,population,,1000,person,,2021,synthetic,made up,,",
        "330199,2009,population,,1000,person,,,synthetic,made up,,",
        "330199,2009,population,,1000,person,,21,synthetic,made up,,",
        "330199,2009,population,,1000,person,,2021,sure,made up,,",
        "330199,2009,population,,1000,person,,2021,synthetic,,,",
    ] {
        let findings = refused("statistics.csv", bad);
        assert!(findings.has("carbon-row"), "{bad}\n{}", words(&findings));
    }
    for bad in [
        "330199,2019,9Z,rice_area,single,1,ha,,synthetic,made up,",
        "330199,2019,3C7,rice_area,single,,ha,,synthetic,made up,",
        "330199,2019,3C7,rice_area,single,1,t,,synthetic,made up,",
        "330199,2019,3C7,rice_area,single,1,ha,-5,synthetic,made up,",
    ] {
        assert!(refused("activity.csv", bad).has("carbon-row"), "{bad}");
    }
    let unread = "330199,2019,3C7,sewage_bod,,1,t,,synthetic,made up,";
    assert!(refused("activity.csv", unread).has("carbon-activity-unread"));
    let flow = "330199,2021,elsewhere,electricity,1,GWh,synthetic,made up,";
    assert!(refused("energy-balance.csv", flow).has("carbon-balance-flow"));
    let region = "330197,2009,population,,1000,person,,2021,synthetic,made up,,";
    assert!(refused("statistics.csv", region).has("carbon-region"));
    let edited = |from: &str, to: &str| {
        let carbon = Carbon::synthetic();
        carbon.edit("carbon.toml", from, to);
        carbon.run().expect_err(to)
    };
    assert!(edited("\"statistics.csv\"", "\"../statistics.csv\"").has("path-leaves-project"));
    assert!(edited("\"statistics.csv\"", "\"none.csv\"").has("input-missing"));
    assert!(edited("provincial-2025", "provincial-2099").has("carbon-method-set-unknown"));
    assert!(edited("reporting_year = 2021", "reporting_year = 2031").has("carbon-project"));
    assert!(edited("reporting_year", "report_year").has("carbon-project"));
}

/// The demo's balance shows the differences its source has.
#[test]
fn the_electricity_balance_of_zhejiang_shows_its_difference() {
    let carbon = Carbon::published();
    books(&carbon);
    let keys = ["region_code", "year", "flow", "carrier"];
    let all = measures(&carbon.out(), "energy_balance", &keys, "value");
    assert_eq!(all["330000/2021/difference/electricity"], Some(-2_000));
    let tce = measures(&carbon.out(), "energy_balance", &keys, "tce_calorific");
    assert_eq!(
        tce["330000/2021/losses/electricity"],
        Some(2_212_937_400_000)
    );
    // Net imports of 129.161 TWh at the provincial factor of 2021.
    let grams = measures(
        &carbon.out(),
        "emissions",
        &["region_code", "year", "category"],
        "amount_g",
    );
    assert_eq!(grams["330000/2021/1X"], Some(70_031_094_200_000));
}

/// Every id of every table of both books explains itself, with its value.
#[test]
fn every_number_of_the_books_explains_itself() {
    for carbon in [Carbon::synthetic(), Carbon::published()] {
        books(&carbon);
        for table in [
            "carbon_indicators",
            "emissions",
            "carbon_totals",
            "sinks",
            "net_position",
            "carbon_targets",
            "energy_balance",
            "key_categories",
            "carbon_uncertainty",
            "decomposition",
            "decoupling",
            "peak",
            "carbon_paths",
        ] {
            let path = carbon.out().join(format!("tables/{table}.parquet"));
            let mut columns = gep::output::read_parquet(&path).expect(table);
            let ids: Vec<String> = crate::audit::texts(&mut columns, "number_id")
                .iter()
                .flatten()
                .cloned()
                .collect();
            // Of long tables a few from all over.
            for id in ids.iter().step_by(ids.len() / 25 + 1) {
                let found = explain_carbon(&carbon.out(), &Question::Id(id.clone()));
                let found =
                    found.unwrap_or_else(|findings| panic!("{table} {id}: {}", words(&findings)));
                assert_eq!(
                    (found.len(), found[0].number_id.as_str()),
                    (1, id.as_str()),
                    "{table}"
                );
                let text = carbon_explanation_text(&found, Language::Zh);
                assert!(
                    text.contains(id) && text.lines().count() > 2,
                    "{table}\n{text}"
                );
            }
        }
    }
}
