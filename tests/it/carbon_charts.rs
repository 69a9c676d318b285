//! The charts of the carbon page and the sheets of its workbook: they say what the tables
//! say, close where the tables close, and leave open what nobody told.

use std::collections::BTreeMap;
use std::fs;

use crate::account::measures;
use crate::carbon::books;
use crate::carbon_fixture::Carbon;

fn page(carbon: &Carbon, language: &str) -> String {
    let path = carbon.out().join(format!("report/carbon.{language}.html"));
    fs::read_to_string(path).expect("the page")
}

/// The pictures of a kind.
fn charts<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let head = format!("<figure class=\"chart {kind}\">");
    let parts = page.split(head.as_str()).skip(1);
    parts
        .map(|part| part.split("</figure>").next().expect("a figure"))
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let own = tag.split_once(&format!(" {name}=\"")).map(|(_, own)| own);
    own.and_then(|own| own.split('"').next()).unwrap_or("")
}

/// Class, number and its id of every shape of a picture that tells a number, in millionths.
fn numbers(chart: &str, tag: &str) -> Vec<(String, String, i128, String)> {
    let head = format!("<{tag} ");
    let shapes = chart.split(head.as_str()).skip(1);
    shapes
        .filter_map(|shape| {
            let shape = format!(" {}", shape.split(&format!("</{tag}>")).next()?);
            let title = shape.split_once("<title>")?.1.split("</title>").next()?;
            let (name, number) = title.rsplit_once(": ")?;
            let number = number.split(' ').next()?.replace(',', "");
            let value = number.parse::<f64>().ok()? * 1e6;
            let class = attribute(&shape, "class").to_owned();
            let id = attribute(&shape, "data-number-id").to_owned();
            Some((class, name.to_owned(), value.round() as i128, id))
        })
        .collect()
}

/// Opening total and effects come to the closing total, to the kilogram effects are told
/// to, in numbers and in the picture.
#[test]
fn the_bars_of_a_waterfall_lead_from_total_to_total() {
    for (carbon, kind) in [
        (Carbon::synthetic(), "kaya"),
        (Carbon::published(), "energy_mix"),
    ] {
        books(&carbon);
        let keys = ["region_code", "identity", "from_year", "to_year", "factor"];
        let effects = measures(&carbon.out(), "decomposition", &keys, "effect_t");
        for language in ["zh", "en"] {
            let page = page(&carbon, language);
            let found = charts(&page, "waterfall");
            assert_eq!(found.len(), 1, "{kind}");
            let bars = numbers(found[0], "rect");
            let (first, last) = (&bars[0], &bars[bars.len() - 1]);
            assert_eq!((first.0.as_str(), last.0.as_str()), ("whole", "whole"));
            let inner = &bars[1..bars.len() - 1];
            let sum: i128 = inner.iter().map(|bar| bar.2).sum();
            assert!((first.2 + sum - last.2).abs() < 1_000, "{bars:?}");
            for bar in inner {
                assert!(
                    effects.values().flatten().any(|own| *own == bar.2),
                    "{bar:?}"
                );
                assert_eq!(bar.0, if bar.2 < 0 { "down" } else { "up" });
            }
            assert!(bars.iter().all(|bar| bar.3.len() == 13), "{bars:?}");
            assert!(!found[0].contains("class=\"open\""));
        }
    }
}

/// What enters a carrier leaves it, the difference with it; only cells of the balance are
/// drawn, and what parts leave of their whole.
#[test]
fn every_carrier_of_the_energy_flows_balances() {
    let more = Carbon::synthetic();
    for line in [
        "primary_production,raw_coal,10",
        "imports_from_provinces,raw_coal,120000",
        "thermal_power,raw_coal,-100000",
        "final_consumption,raw_coal,29000",
        "final_industry,raw_coal,25000",
        "imports_from_provinces,diesel,8000",
    ] {
        more.add(
            "energy-balance.csv",
            &format!("330199,2021,{line},t,synthetic,made up,"),
        );
    }
    for (carbon, carriers, told) in [
        (
            more,
            2,
            ["平衡差额", "终端消费量中未分列部分", "未画：柴油"],
        ),
        (
            Carbon::published(),
            1,
            ["平衡差额", "火力发电（产出）", "电力"],
        ),
    ] {
        books(&carbon);
        let page = page(&carbon, "zh");
        let found = charts(&page, "sankey");
        assert_eq!(found.len(), 1);
        let mut sums: BTreeMap<String, [i128; 2]> = BTreeMap::new();
        for (_, name, value, _) in numbers(found[0], "path") {
            let side = usize::from(name.contains('←'));
            let (_, carrier) = name.split_once(['←', '→']).expect("an arrow");
            sums.entry(carrier.trim().to_owned()).or_default()[side] += value;
        }
        assert_eq!(sums.len(), carriers, "{sums:?}");
        for (carrier, [enters, leaves]) in &sums {
            assert!(
                *enters > 0 && enters == leaves,
                "{carrier} {enters} {leaves}"
            );
        }
        for text in told {
            assert!(found[0].contains(text), "{text}");
        }
    }
}

/// A year nobody told breaks the line of emissions and leaves its column empty; it is
/// never a zero.
#[test]
fn a_missing_year_is_a_gap() {
    let carbon = Carbon::synthetic();
    let path = carbon.path("statistics.csv");
    let text = fs::read_to_string(&path).expect("statistics");
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("330199,2013,carbon_dioxide_direct"))
        .collect();
    fs::write(&path, kept.join("\n") + "\n").expect("statistics");
    let activity = fs::read_to_string(carbon.path("activity.csv")).expect("activity");
    for line in activity.lines().skip(1) {
        carbon.add("activity.csv", &line.replacen(",2021,", ",2019,", 1));
    }
    books(&carbon);
    let page = page(&carbon, "zh");
    let peak = charts(&page, "peak-plot");
    let line = peak[0]
        .split("class=\"line0\" d=\"")
        .nth(1)
        .expect("a line");
    let line = line.split('"').next().expect("a line");
    // 2010 to 2012, then 2014 to 2021.
    assert_eq!(line.matches('M').count(), 2, "{line}");
    assert_eq!(line.matches('L').count(), 9, "{line}");
    assert!(numbers(peak[0], "circle").iter().all(|own| own.2 > 0));
    let columns = charts(&page, "sector-years");
    let parts = numbers(columns[0], "rect");
    let years = |year: &str| parts.iter().filter(|own| own.1.starts_with(year)).count();
    assert_eq!((years("2019"), years("2020"), years("2021")), (7, 0, 7));
    assert!(columns[0].contains(">缺</text>") && columns[0].contains(">2020</text>"));
    let grams = measures(
        &carbon.out(),
        "carbon_totals",
        &["region_code", "year", "view", "gas"],
        "value_g",
    );
    let total = grams["330199/2021/direct/CO2e"].expect("a total");
    let drawn: i128 = parts
        .iter()
        .filter(|own| own.1.starts_with("2021"))
        .map(|own| own.2)
        .sum();
    assert_eq!(drawn, total);
}

/// The band is the level stretch of the table of the peak; a series that has none has no
/// band.
#[test]
fn the_band_of_a_plateau_is_that_of_the_table() {
    let carbon = Carbon::synthetic();
    books(&carbon);
    assert!(!charts(&page(&carbon, "zh"), "peak-plot")[0].contains("class=\"band\""));
    for name in ["last_year", "reporting_year"] {
        let (from, to) = (format!("\n{name} = 2021"), format!("\n{name} = 2020"));
        carbon.edit("carbon.toml", &from, &to);
    }
    let path = carbon.path("statistics.csv");
    let text = fs::read_to_string(&path).expect("statistics");
    let level = text.lines().map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let year: Option<u32> = cells[1].parse().ok();
        if let (Some(year), "carbon_dioxide_direct") = (year, cells[2]) {
            cells[4] = match (year < 2014, year % 2) {
                (true, _) => "250000",
                (_, 0) => "300000",
                _ => "298000",
            };
        }
        cells.join(",")
    });
    let level: Vec<String> = level.collect();
    fs::write(&path, level.join("\n") + "\n").expect("statistics");
    books(&carbon);
    let page = page(&carbon, "zh");
    let peak = charts(&page, "peak-plot");
    let band = peak[0].split("class=\"band\"").nth(1).expect("a band");
    assert!(band.contains("<title>2014—2020</title>"), "{}", peak[0]);
    assert!(peak[0].contains("平台期"));
}

/// The way to targets ends at the targets; paths are drawn with the area between them.
#[test]
fn targets_and_paths_stand_where_the_tables_have_them() {
    let carbon = Carbon::published();
    books(&carbon);
    let page_zh = page(&carbon, "zh");
    let ways = charts(&page_zh, "way");
    assert_eq!(ways.len(), 1);
    let goals: Vec<i128> = numbers(ways[0], "circle")
        .into_iter()
        .filter(|own| own.0 == "goal")
        .map(|own| own.2)
        .collect();
    assert_eq!(goals, [20_000_000, 25_000_000]);
    assert!(
        ways[0].contains("到2030年每年需变化 3.96308 %"),
        "{}",
        ways[0]
    );
    assert!(charts(&page_zh, "fan").is_empty());
    let carbon = Carbon::synthetic();
    books(&carbon);
    let page_en = page(&carbon, "en");
    let fan = charts(&page_en, "fan");
    assert!(fan[0].contains("<path class=\"fan\""));
    for name in ["Low", "Central", "High"] {
        assert!(fan[0].contains(&format!(">{name}</text>")), "{name}");
    }
}

/// Every text of a picture lies inside it.
#[test]
fn no_label_is_cut() {
    for carbon in [Carbon::synthetic(), Carbon::published()] {
        books(&carbon);
        for page in [page(&carbon, "zh"), page(&carbon, "en")] {
            for figure in page.split("<figure class=\"chart ").skip(1) {
                let figure = figure.split("</figure>").next().expect("a figure");
                let size: Vec<i64> = attribute(figure, "viewBox")
                    .split(' ')
                    .map(|own| own.parse().expect("a number"))
                    .collect();
                for tag in figure.split("<text").skip(1) {
                    let text = tag.split('>').nth(1).and_then(|own| own.split('<').next());
                    let text = text.expect("a text");
                    let wide: i64 = text
                        .chars()
                        .map(|own| if own as u32 >= 0x2e80 { 14 } else { 8 })
                        .sum();
                    let x: i64 = attribute(tag, "x").parse().expect("a place");
                    let y: i64 = attribute(tag, "y").parse().expect("a place");
                    let left = match attribute(tag, "text-anchor") {
                        "start" => x,
                        "middle" => x - wide / 2,
                        _ => x - wide,
                    };
                    assert!(left >= 0 && left + wide <= size[2], "{text}");
                    assert!(y >= 14 && y <= size[3], "{text}");
                }
            }
        }
    }
}

/// The page says of each open balance whether rounding explains it.
#[test]
fn the_page_tells_rounding_from_what_is_unexplained() {
    let carbon = Carbon::published();
    books(&carbon);
    let (zh, en) = (page(&carbon, "zh"), page(&carbon, "en"));
    assert!(
        zh.contains("浙江省 2021 年电力平衡表终端消费量"),
        "names, not ids"
    );
    assert!(zh.contains("四舍五入所能解释的 0.003 TWh 以内"));
    assert!(!zh.contains("原因不明") && !en.contains("unexplained"));
    carbon.edit(
        "energy-balance.csv",
        "losses,electricity,18.006",
        "losses,electricity,18.016",
    );
    books(&carbon);
    assert!(page(&carbon, "zh").contains("原因不明"));
    assert!(page(&carbon, "en").contains("unexplained"));
}

/// The sheets stand, and their totals are those of the tables.
#[test]
fn the_workbook_has_views_targets_net_key_categories_and_peak() {
    use calamine::Reader as _;
    let carbon = Carbon::synthetic();
    books(&carbon);
    let path = carbon.out().join("report/carbon.xlsx");
    let mut book = calamine::open_workbook_auto(&path).expect("a workbook");
    let mut rows = |name: &str| -> Vec<Vec<String>> {
        let sheet = book.worksheet_range(name).expect(name);
        let rows = sheet.rows();
        rows.map(|row| row.iter().map(ToString::to_string).collect())
            .collect()
    };
    let keys = ["region_code", "year", "view", "gas"];
    let grams = measures(&carbon.out(), "carbon_totals", &keys, "value_g");
    let views = rows("总量视角 330199-2021");
    let total = views.iter().find(|row| row[0] == "合计").expect("a total");
    for (column, view) in [
        (2, "direct"),
        (3, "with_imported_electricity"),
        (4, "gpc_basic"),
    ] {
        let own = grams[&format!("330199/2021/{view}/CO2e")].expect("a total");
        let shown: f64 = total[column].parse().expect("a number");
        assert!((shown * 1e6 - own as f64).abs() < 0.5, "{view}");
        let parts = views.iter().skip(3).take_while(|row| row[0] != "合计");
        let parts: f64 = parts
            .filter_map(|row| row[column].parse::<f64>().ok())
            .sum();
        assert!((parts - shown).abs() < 1e-3, "{view} {parts} {shown}");
    }
    let net = measures(
        &carbon.out(),
        "net_position",
        &["region_code", "year"],
        "net_of_sold_g",
    );
    let row = rows("净排放")
        .into_iter()
        .find(|row| row[1] == "2021")
        .expect("a row");
    let shown: f64 = row[6].parse().expect("a number");
    assert!((shown * 1e6 - net["330199/2021"].expect("a number") as f64).abs() < 0.5);
    assert_eq!(
        rows("目标").iter().filter(|row| row[2] == "2030").count(),
        5
    );
    assert_eq!(
        rows("关键类别").iter().filter(|row| row[8] == "是").count(),
        7
    );
    assert!(
        rows("达峰判定")
            .iter()
            .any(|row| row[2] == "已达峰" && row[9] == "2014")
    );
    let formulas = |name: &str| {
        let mut book = calamine::open_workbook_auto(&path).expect("a workbook");
        let sheet = book.worksheet_formula(name).expect(name);
        let all: Vec<String> = sheet.used_cells().map(|(_, _, own)| own.clone()).collect();
        all.into_iter()
            .filter(|own| !own.is_empty())
            .collect::<Vec<_>>()
    };
    assert_eq!(formulas("净排放"), ["C4-D4", "E4+F4"]);
    assert_eq!(formulas("总量视角 330199-2021").len(), 3);
    let plain = Carbon::published();
    fs::write(
        plain.path("carbon.toml"),
        fs::read_to_string(plain.path("carbon.toml"))
            .expect("the project")
            .split("[[peak]]")
            .next()
            .expect("a head"),
    )
    .expect("the project");
    books(&plain);
    let book = calamine::open_workbook_auto(plain.out().join("report/carbon.xlsx"));
    let names = book.expect("a workbook").sheet_names();
    assert!(!names.contains(&"达峰判定".to_owned()), "{names:?}");
}
