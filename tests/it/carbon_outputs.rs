//! What goes into the carbon books as a workbook and comes out as page and workbook.

use std::fs;

use crate::account::measures;
use crate::carbon::{books, words};
use crate::carbon_fixture::Carbon;

/// The sheet of the statistical yearbooks: merged heads, units below them, numbered
/// Chinese labels, exports with a minus, dashes for nothing.
fn yearbook(path: &std::path::Path, more: &[(u32, u16, &str)]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let mut put = |row: u32, column: u16, text: &str| {
        match text.parse::<f64>() {
            Ok(number) => sheet.write_number(row, column, number),
            Err(_) => sheet.write_string(row, column, text),
        }
        .expect("a cell");
    };
    put(1, 1, "\u{ff12}-1 虚构县能源平衡表");
    for (column, head, unit) in [(2, "原煤", "(万吨)"), (3, "电力", "（亿千瓦小时）")]
    {
        put(3, column, head);
        put(4, column, unit);
    }
    for (at, (label, coal, power)) in [
        ("一、可供本地区消费的能源量", "9", "1.0"),
        ("  \u{ff11}\u{ff0e}一次能源生产量", "9", "0.6"),
        ("  2.外省(区、市)调入量", "—", "0.5"),
        ("  5.本省(区、市)调出量(-)", "", "-0.1"),
        ("  1.火力发电", "-8", "2"),
        ("三、损失量", "", "0.15"),
        ("四、终端消费量", "1", "2.85"),
        ("  2.工业", "1", "1.6"),
    ]
    .iter()
    .enumerate()
    {
        let row = 5 + u32::try_from(at).expect("few");
        for (column, text) in [(1, label), (2, coal), (3, power)] {
            if !text.is_empty() {
                put(row, column, text);
            }
        }
    }
    more.iter()
        .for_each(|(row, column, text)| put(*row, *column, text));
    book.save(path).expect("a workbook");
}

#[test]
fn the_sheet_of_the_yearbooks_is_read_as_the_long_form() {
    let carbon = Carbon::synthetic();
    carbon.edit(
        "carbon.toml",
        "\"energy-balance.csv\"",
        "\"energy-balance.csv\", \"330199-2019.xlsx\"",
    );
    let path = carbon.path("330199-2019.xlsx");
    yearbook(&path, &[]);
    books(&carbon);
    let keys = ["region_code", "year", "flow", "carrier"];
    let all = measures(&carbon.out(), "energy_balance", &keys, "value");
    for (key, value) in [
        (
            "330199/2019/primary_production/raw_coal",
            90_000_000_000_i128,
        ),
        (
            "330199/2019/exports_to_provinces/electricity",
            -10_000_000_000_000,
        ),
        (
            "330199/2019/final_industry/electricity",
            160_000_000_000_000,
        ),
        ("330199/2019/difference/electricity", 0),
    ] {
        assert_eq!(all.get(key), Some(&Some(value)), "{key}");
    }
    assert!(!all.contains_key("330199/2019/imports_from_provinces/raw_coal"));
    for (cell, code) in [
        ((6, 4, "5"), "carbon-row"),
        ((6, 3, "0.6 约"), "carbon-row"),
        ((14, 1, "其他流向"), "carbon-balance-flow"),
        ((4, 3, "（度）"), "carbon-balance-flow"),
    ] {
        let more = [cell, (14, 2, "1")];
        yearbook(&path, if cell.0 == 14 { &more } else { &more[..1] });
        let findings = carbon.run().expect_err(code);
        assert!(findings.has(code), "{cell:?}: {}", words(&findings));
    }
    // Tonnes and tonnes of coal equivalent of one carrier are not added up.
    let mixed = Carbon::synthetic();
    mixed.add(
        "energy-balance.csv",
        "330199,2021,final_agriculture,coal,1,t,synthetic,made up,",
    );
    mixed.add(
        "energy-balance.csv",
        "330199,2021,final_industry,coal,1,tce,synthetic,made up,",
    );
    assert!(mixed.run().expect_err("two units").has("carbon-row"));
}

/// The page and the workbook of both books: in both languages, with what is missing in
/// words, no network, no stray characters; cached sums are those of the tables.
#[test]
fn the_page_and_the_workbook_say_what_the_tables_say() {
    for (carbon, told) in [
        (
            Carbon::synthetic(),
            ["14.6903", "274,099.320091", "已达峰", "毛固定量"],
        ),
        (
            Carbon::published(),
            ["5,259,000,000", "16.7", "上升", "已被新版替代"],
        ),
    ] {
        let synthetic = told[2] == "已达峰";
        books(&carbon);
        let page =
            |name: &str| fs::read_to_string(carbon.out().join("report").join(name)).expect(name);
        let (zh, en) = (page("carbon.zh.html"), page("carbon.en.html"));
        for text in &told[usize::from(synthetic)..] {
            assert!(zh.contains(text), "{text}");
        }
        for page in [&zh, &en] {
            for bad in ["http:", "https:", "NaN", "\u{fffd}", "<script"] {
                assert!(!page.contains(bad), "{bad}");
            }
        }
        assert!(en.contains("conventions side by side") && zh.contains("缺"));
        let path = carbon.out().join("report/carbon.xlsx");
        use calamine::Reader as _;
        let mut book = calamine::open_workbook_auto(&path).expect("a workbook");
        let names = book.sheet_names();
        assert!(
            names.contains(&"指标".to_owned()) && names.contains(&"能源平衡表".to_owned()),
            "{names:?}"
        );
        if synthetic {
            let sheet = book
                .worksheet_range("清单汇总 330199-2021")
                .expect("the summary");
            let total = sheet
                .rows()
                .find(|row| row[0] == "直接排放合计")
                .expect("a total");
            let grams = measures(
                &carbon.out(),
                "carbon_totals",
                &["region_code", "year", "view", "gas"],
                "value_g",
            );
            for (column, gas) in [(2, "CO2"), (3, "CH4"), (4, "N2O"), (5, "CO2e")] {
                let own = grams[&format!("330199/2021/direct/{gas}")].expect("a total");
                let shown: f64 = total[column].to_string().parse().expect("a cached result");
                assert!(
                    (shown * 1e6 - own as f64).abs() < 0.5,
                    "{gas} {shown} {own}"
                );
            }
        }
    }
}
