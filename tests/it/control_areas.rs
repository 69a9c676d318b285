//! Official areas: compared, or kept exactly by scaling; every factor is printed, and
//! what is off by more than the tolerance stops the run.

use std::fs;
use std::path::Path;

use gep::audit::{Question, explain, explanation_text, verify};
use gep::output::{Column, ColumnData, read_parquet};
use gep_core::diagnostic::Language;
use gep_core::quantity::{Rational, quanta};

use crate::account::{Project, measures};
use crate::audit::planted;
use crate::land_cover::extent;
use crate::parcel_fixture::{Form, Land, area_m2, plots};

/// The land of two counties with official areas in a unit.
fn land(mode: &str, unit: &str, rows: &[(&str, &str, String)]) -> Land {
    let land = Land::new(Form::GeoJson, &plots());
    let section = format!(
        "[control_areas]\npath = \"official.csv\"\nunit = \"{unit}\"\nmode = \"{mode}\"\n\
         tolerance = \"0.0001\"\nsource = {{ zh = \"测试\", en = \"test\" }}\n[vectors.zones]"
    );
    land.edit("[vectors.zones]", &section);
    let mut text = "region_code,class,area\n".to_string();
    for (region, class, area) in rows {
        text.push_str(&format!("{region},{class},{area}\n"));
    }
    fs::write(land.path("official.csv"), text).expect("official");
    land
}

const A: [f64; 4] = [120.0, 29.8, 120.2, 30.0];
const FOREST: [f64; 4] = [120.0, 29.8, 120.1, 30.0];
const FIELD_OF_A: [f64; 4] = [120.1, 29.8, 120.2, 30.0];
const B: [f64; 4] = [120.2, 29.8, 120.4, 30.0];

fn hectares(shape: [f64; 4], factor: f64) -> String {
    format!("{:.2}", area_m2(shape) * factor / 1e4)
}

fn mu(shape: [f64; 4], factor: f64) -> String {
    format!("{:.1}", area_m2(shape) * factor * 15.0 / 1e4)
}

fn column<'a>(columns: &'a [Column], name: &str) -> &'a ColumnData {
    let found = columns.iter().find(|column| column.name == name);
    &found.expect("column").data
}

fn texts(out: &Path, name: &str) -> Vec<String> {
    let columns = read_parquet(&out.join("tables/control_areas.parquet")).expect("table");
    match column(&columns, name) {
        ColumnData::Text(values) => values.iter().flatten().cloned().collect(),
        other => panic!("{name} is {other:?}"),
    }
}

fn amounts(out: &Path, name: &str) -> Vec<i128> {
    let columns = read_parquet(&out.join("tables/control_areas.parquet")).expect("table");
    match column(&columns, name) {
        ColumnData::Decimal(values, 0) => values.iter().flatten().copied().collect(),
        other => panic!("{name} is {other:?}"),
    }
}

/// A check moves nothing and prints what it compared.
#[test]
fn a_check_compares_and_moves_nothing() {
    let plain = Land::new(Form::GeoJson, &plots());
    plain.run().expect("plain");
    let land = land(
        "check",
        "ha",
        &[
            ("A", "all", hectares(A, 1.00005)),
            ("A", "0301", hectares(FOREST, 1.00004)),
        ],
    );
    land.run().expect("within the tolerance");
    let out = land.path("out");
    assert_eq!(extent(&out), extent(&plain.path("out")));
    assert_eq!(texts(&out, "class"), ["all", "mixed_forest", "remaining"]);
    assert_eq!(texts(&out, "applied"), ["no", "no", "no"]);
    assert_eq!(amounts(&out, "after_mm2"), amounts(&out, "measured_mm2"));
    let verified = verify(&out).expect("run");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    assert!(verified.checked.contains(&("control-areas", 3)));
}

/// Scaled areas are the official ones to the mm2: counties in mu, which are no whole
/// mm2, add to the rounded official sum; types and what is left add to their county.
#[test]
fn scaled_areas_are_the_official_sums() {
    let rows = [
        ("A", "all", mu(A, 1.00004)),
        ("A", "0301", mu(FOREST, 1.00009)),
        ("B", "all", mu(B, 0.99996)),
    ];
    let land = land("apportion", "mu", &rows);
    land.run().expect("within the tolerance");
    let out = land.path("out");
    let areas = extent(&out);
    let of = |region: &str, class: &str| areas[&(region.to_string(), class.to_string())];
    let tenths = |text: &str| {
        text.replace('.', "")
            .parse::<i128>()
            .expect("tenths of a mu")
    };
    let (a, b) = (tenths(&rows[0].2), tenths(&rows[2].2));
    // A tenth of a mu is 200 000 000 / 3 mm2.
    let whole = Rational::new(((a + b) * 200_000_000).into(), 3.into());
    let whole = quanta(&whole, &Rational::from_integer(1.into()));
    assert_eq!(of("P", "all").to_string(), whole.to_string());
    assert_eq!(
        of("A", "all"),
        of("A", "mixed_forest") + of("A", "cropland")
    );
    assert_eq!(of("B", "all"), of("B", "cropland") + of("B", "open_water"));
    assert_eq!(texts(&out, "applied"), ["no", "yes", "yes", "yes"]);
    assert_eq!(amounts(&out, "after_mm2"), amounts(&out, "official_mm2"));
    let factors = texts(&out, "factor");
    assert!(factors[1].starts_with("1.0000") && factors[3].starts_with("0.9999"));
    let verified = verify(&out).expect("run");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
    // A change of one mm2 is found, in whichever column it stands.
    for (row, name) in ["after_mm2", "official_mm2", "measured_mm2"]
        .into_iter()
        .enumerate()
    {
        let codes = planted(&out, "control_areas", |columns| {
            let own = columns.iter_mut().find(|column| column.name == name);
            match &mut own.expect("column").data {
                ColumnData::Decimal(values, 0) => values[row] = values[row].map(|own| own + 1),
                other => panic!("{name} is {other:?}"),
            }
        });
        assert!(codes.contains("verify-control-area"), "{name}: {codes:?}");
    }
}

/// Sums over cells go with the area they are of: the demo with one county's official
/// area, everything else to the last digit.
#[test]
fn sums_over_cells_follow_their_ground() {
    let (plain, scaled) = (Project::copy(), Project::copy());
    plain.run(&plain.path("out")).expect("plain");
    let before = extent(&plain.path("out"));
    let measured = before[&("330127".to_string(), "all".to_string())];
    let official = measured / 1_000_000 + measured / 1_000_000 / 20_000;
    fs::write(
        scaled.path("official.csv"),
        format!("region_code,class,area\n330127,all,{official}\n"),
    )
    .expect("official");
    scaled.edit(
        "[vectors.zones]",
        "[control_areas]\npath = \"official.csv\"\nunit = \"m2\"\nmode = \"apportion\"\n\
         tolerance = \"0.0001\"\nsource = { zh = \"测试\", en = \"test\" }\n[vectors.zones]",
    );
    scaled.run(&scaled.path("out")).expect("scaled");
    let after = extent(&scaled.path("out"));
    let own = &("330127".to_string(), "all".to_string());
    assert_eq!(after[own], official * 1_000_000);
    for (key, area) in &before {
        let above = ["330127", "330100", "330000"].contains(&key.0.as_str());
        assert!(above || after[key] == *area, "{key:?}");
    }
    let values = |out: &Path| measures(out, "value", &VALUE_KEYS, "value_fen");
    let (before, after) = (values(&plain.path("out")), values(&scaled.path("out")));
    let mut compared = 0;
    for (key, fen) in &before {
        if !key.starts_with("330127") || !key.contains("soil_retention") {
            continue;
        }
        let (Some(fen), Some(other)) = (fen, after[key]) else {
            continue;
        };
        let (fen, other) = (*fen as f64, other as f64);
        // One part in 20 000 more, rounded to the fen and the quantum.
        assert!((other / fen - 1.00005).abs() < 1e-6, "{key}: {fen} {other}");
        compared += 1;
    }
    assert!(compared > 0);
    let verified = verify(&scaled.path("out")).expect("run");
    assert!(
        verified.differences.is_empty(),
        "{:?}",
        verified.differences
    );
}

const VALUE_KEYS: [&str; 5] = ["region_code", "class", "indicator", "output", "item"];

/// `gep explain` tells the factor behind an area.
#[test]
fn explanations_name_the_factor() {
    let land = land("apportion", "ha", &[("A", "all", hectares(A, 1.00005))]);
    land.run().expect("within the tolerance");
    let out = land.path("out");
    let id = gep_core::storage::number_id("extent", &["A", "mixed_forest"], "area_mm2");
    let told = explain(&out, &Question::Id(id)).expect("number");
    let (zh, en) = (
        explanation_text(&told, Language::Zh),
        explanation_text(&told, Language::En),
    );
    let factor = &texts(&out, "factor")[0];
    assert!(zh.contains("控制面积") && zh.contains(factor), "{zh}");
    assert!(en.contains("scaled by it") && en.contains(factor), "{en}");
    assert_eq!(told.to_json()["control_areas"][0]["factor"], *factor);
    // The page prints the factor and the areas with the number's id; without official
    // areas it has no such table.
    let page = |land: &Land, name: &str| {
        fs::read_to_string(land.path("out/report").join(name)).expect("page")
    };
    let own = gep_core::storage::number_id("control_areas", &["A", "all"], "after_mm2");
    for (name, words) in [
        ("report.zh.html", "量算面积按系数平差到官方面积"),
        ("report.en.html", "Measured areas are scaled to them"),
    ] {
        let page = page(&land, name);
        assert!(page.contains(words) && page.contains(factor), "{name}");
        for measure in ["measured_mm2", "official_mm2", "after_mm2", "factor"] {
            let bound = format!("data-number-id=\"{own}\" data-measure=\"{measure}\"");
            assert!(page.contains(&bound), "{name} {measure}");
        }
    }
    let plain = Land::new(Form::GeoJson, &plots());
    plain.run().expect("plain");
    assert!(!page(&plain, "report.zh.html").contains("id=\"controls\""));
    let id = gep_core::storage::number_id("extent", &["A", "mixed_forest"], "area_mm2");
    let told = explain(&plain.path("out"), &Question::Id(id)).expect("number");
    assert!(!explanation_text(&told, Language::Zh).contains("控制面积"));
}

#[test]
fn areas_beyond_the_tolerance_are_refused_in_both_modes() {
    for mode in ["check", "apportion"] {
        let land = land(mode, "ha", &[("A", "all", hectares(A, 1.001))]);
        let text = land.refused("control-area-differs");
        assert!(
            text.contains("all of A") && text.contains("0.0001"),
            "{text}"
        );
        // A slip of units is a factor of 15.
        let mu_in_ha = [("B", "all", mu(B, 1.0))];
        crate::control_areas::land(mode, "ha", &mu_in_ha).refused("control-area-differs");
        // Official ground of a type that is not there cannot be made.
        let none = [("A", "open_water", "10".to_string())];
        crate::control_areas::land(mode, "ha", &none).refused("control-area-differs");
    }
}

#[test]
fn official_areas_that_do_not_add_are_refused() {
    let whole = |field: f64| {
        [
            ("A", "all", hectares(A, 1.0)),
            ("A", "0301", hectares(FOREST, 1.0)),
            ("A", "cropland", hectares(FIELD_OF_A, field)),
        ]
    };
    land("apportion", "ha", &whole(1.00005)).refused("control-areas-do-not-add");
    let mut fits = whole(1.0);
    let sum: f64 = [&fits[1].2, &fits[2].2]
        .iter()
        .map(|text| text.parse::<f64>().expect("area"))
        .sum();
    fits[0].2 = format!("{sum:.2}");
    let land = land("apportion", "ha", &fits);
    land.run().expect("adds up");
    assert_eq!(texts(&land.path("out"), "applied"), ["no", "yes", "yes"]);
}

#[test]
fn rows_of_nothing_in_the_run_are_refused() {
    land("check", "ha", &[("C", "all", "1".into())]).refused("control-area-unknown");
    land("check", "ha", &[("A", "0999", "1".into())]).refused("control-area-unknown");
    land("check", "ha", &[("A", "all", "-1".into())]).refused("control-areas-unreadable");
    let twice = [("A", "all", hectares(A, 1.0)), ("A", "all", "1".into())];
    land("check", "ha", &twice).refused("control-areas-unreadable");
    land("check", "m", &[("A", "all", "1".into())]).refused("unit-not-fitting");
}
