//! `gep uncertainty`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};
use serde_json::json;

use super::run::hundred_million;
use super::{Format, Global};
use crate::account::{GEP, Interval, RegionLevel};
use crate::run::uncertainty::{AgainRequest, DrawTerms, Drawing, fen};
use crate::run::uncertainty_again::FinishedRun;

/// Draws the parameters of a finished run again, from its tables, and tells the
/// intervals of GEP. Nothing is written: a run with `[uncertainty]` in its project has
/// the tables.
#[derive(Args, Debug)]
pub(super) struct UncertaintyArguments {
    /// Folder of a run, the one with `manifest.json`
    folder: PathBuf,
    /// Seed of the generator (default: the run's)
    #[arg(long)]
    seed: Option<u64>,
    /// Number of draws (default: the run's, else 10000)
    #[arg(long)]
    draws: Option<u64>,
    /// Share of the draws an interval holds (default: the run's, else 0.90)
    #[arg(long, value_name = "SHARE")]
    interval: Option<String>,
    /// The methodology of the run, if it is not the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Also cities and counties
    #[arg(long)]
    all: bool,
}

pub(super) fn run(
    arguments: &UncertaintyArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let methodology = arguments.methodology.as_deref();
    let run = FinishedRun::open(&arguments.folder, methodology)?;
    let terms = run.terms(&AgainRequest {
        seed: arguments.seed,
        draws: arguments.draws,
        interval: arguments.interval.clone(),
    })?;
    let drawing = run.draw(&terms)?;
    let top = |interval: &&Interval| {
        let regions = run.regions().iter();
        let mut own = regions.filter(|region| region.code == interval.amount.key.region);
        let is_top = own.any(|region| region.level == RegionLevel::Province);
        interval.table == GEP && (arguments.all || is_top)
    };
    let shown: Vec<&Interval> = drawing.uncertainty.intervals.iter().filter(top).collect();
    match global.format {
        Format::Json => println!("{}", to_json(&shown, &terms, &drawing)),
        Format::Text => print_text(&shown, &terms, &drawing, language),
    }
    Ok(ExitCode::SUCCESS)
}

fn print_text(shown: &[&Interval], terms: &DrawTerms, drawing: &Drawing, language: Language) {
    let zh = language == Language::Zh;
    let (draws, seed) = (terms.draws, terms.seed);
    let percent = percent(&terms.interval);
    match zh {
        true => println!("{percent} 置信区间，抽样 {draws} 次，种子 {seed}，单位：亿元"),
        false => println!("{percent} intervals of {draws} draws, seed {seed}, 10^8 CNY"),
    }
    for interval in shown {
        let key = &interval.amount.key;
        let money = |value: Option<&gep_core::quantity::Rational>| {
            let fen = value.and_then(fen);
            fen.map_or("-".to_string(), hundred_million)
        };
        let own = money(interval.amount.value.as_ref());
        let (region, item) = (&key.region, &key.indicator);
        match &interval.ends {
            Some([low, high]) => {
                let (low, high) = (money(Some(low)), money(Some(high)));
                println!("{region:<8} {item:<28} {own:>14}  {low:>14} … {high:>14}");
            }
            None if zh => println!("{region:<8} {item:<28} {own:>14}  所用参数均按定值"),
            None => println!("{region:<8} {item:<28} {own:>14}  all parameters held fixed"),
        }
    }
    let Some(first) = shown.iter().find(|own| own.amount.key.indicator == GEP) else {
        return;
    };
    let region = &first.amount.key.region;
    match zh {
        true => println!("{region} 生产总值不确定性的来源（秩相关系数平方所占份额）"),
        false => println!(
            "what the spread of {region} GEP comes from (share of squared rank correlation)"
        ),
    }
    let parts = drawing.uncertainty.contributions.iter();
    for part in parts
        .filter(|own| own.region == *region && own.item == GEP)
        .take(10)
    {
        println!(
            "{:>7.2} %  {}",
            100.0 * part.share,
            drawing.drawn[part.parameter]
        );
    }
}

/// A decimal share as a percentage: `0.90` is 90 %.
fn percent(share: &str) -> String {
    let number = gep_core::quantity::parse_decimal(share).unwrap_or_default();
    let hundred = gep_core::quantity::Rational::from_integer(100.into());
    format!(
        "{}%",
        gep_core::quantity::format_decimal(&(number * hundred), 6)
    )
}

fn to_json(shown: &[&Interval], terms: &DrawTerms, drawing: &Drawing) -> serde_json::Value {
    let amount = |value: Option<&gep_core::quantity::Rational>| {
        value.and_then(fen).map(|fen| fen.to_string())
    };
    let intervals = shown.iter().map(|own| {
        let key = &own.amount.key;
        json!({
            "region_code": key.region, "item": key.indicator,
            "central_fen": amount(own.amount.value.as_ref()),
            "low_fen": amount(own.ends.as_ref().map(|ends| &ends[0])),
            "high_fen": amount(own.ends.as_ref().map(|ends| &ends[1])),
        })
    });
    let regions: Vec<&str> = shown
        .iter()
        .map(|own| own.amount.key.region.as_str())
        .collect();
    let parts = drawing.uncertainty.contributions.iter();
    let parts = parts
        .filter(|own| regions.contains(&own.region.as_str()))
        .map(|own| {
            json!({
                "region_code": own.region, "item": own.item,
                "parameter": drawing.drawn[own.parameter], "share": own.share,
            })
        });
    json!({
        "seed": terms.seed.to_string(), "draws": terms.draws, "interval": terms.interval,
        "intervals": intervals.collect::<Vec<_>>(),
        "contributions": parts.collect::<Vec<_>>(),
    })
}
