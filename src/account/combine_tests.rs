use super::super::{RegionLevel, Rollup, roll_up, total_gep};
use super::*;
use gep_core::methodology::{Bounds, Citation, Title};

const DEDUCTED: &str = "feed";

fn rule(id: &str, kind: CombineKind, indicators: &[&str]) -> CombineRule {
    CombineRule {
        id: id.into(),
        kind,
        title: Title {
            zh: id.into(),
            en: id.into(),
        },
        citation: Citation {
            document: "gep-demo".into(),
            clause: "a test".into(),
        },
        note: None,
        indicators: indicators.iter().map(ToString::to_string).collect(),
        file: "profile.toml".into(),
        line: 1,
    }
}

fn indicators() -> Vec<(String, IndicatorGroup)> {
    use IndicatorGroup::{Deduction, Provisioning, Regulating};
    [
        ("supply", Provisioning),
        ("retention", Regulating),
        ("carbon", Regulating),
        (DEDUCTED, Deduction),
    ]
    .map(|(id, group)| (id.to_string(), group))
    .into()
}

fn rules() -> Vec<CombineRule> {
    vec![
        rule(
            "one_water",
            CombineKind::KeepOne(Keep::Largest),
            &["supply", "retention"],
        ),
        rule("no_loss", CombineKind::Sign(Negative::Zero), &["carbon"]),
        rule("outside", CombineKind::Subtract, &[DEDUCTED]),
    ]
}

fn yuan(fen: i64) -> Rational {
    Rational::new(fen.into(), 100.into())
}

fn amount(region: &str, indicator: &str, fen: Option<i64>) -> Amount {
    Amount {
        key: AmountKey {
            region: region.into(),
            class: ALL_CLASSES.into(),
            indicator: indicator.into(),
            output: "value".into(),
            item: String::new(),
        },
        method: String::new(),
        unit: "CNY".into(),
        money: true,
        value: fen.map(yuan),
        valid_mm2: 1,
        concerned_mm2: 1,
        state: match fen {
            Some(_) => State::Computed,
            None => State::Missing,
        },
        missing: Vec::new(),
        trust: Trust::Verified,
    }
}

/// A province with counties, each with the values of the four indicators.
fn account(
    counties: &[(&str, [Option<i64>; 4])],
    rules: &[CombineRule],
) -> (Vec<Amount>, Vec<Amount>) {
    let mut regions = vec![Region {
        code: "33".into(),
        level: RegionLevel::Province,
        parent: None,
    }];
    let mut amounts = Vec::new();
    for (code, values) in counties {
        regions.push(Region {
            code: (*code).into(),
            level: RegionLevel::County,
            parent: Some("33".into()),
        });
        for ((id, _), fen) in indicators().iter().zip(values) {
            amounts.push(amount(code, id, *fen));
        }
    }
    let rollup = Rollup { regions: &regions };
    let amounts = roll_up(amounts, &rollup);
    let own = combine(&amounts, &regions, &indicators(), rules);
    let combined = roll_up(own, &rollup);
    let totals = total_gep(&amounts, &indicators(), &counted(rules, &combined));
    (combined, totals)
}

fn row(combined: &[Amount], region: &str, rule: &str, indicator: &str) -> [Option<Rational>; 3] {
    COMBINE_OUTPUTS.map(|output| {
        let own = combined.iter().find(|own| {
            let key = &own.key;
            [&key.region, &key.item, &key.indicator, &key.output].map(String::as_str)
                == [region, rule, indicator, output]
        });
        own.expect("a row").value.clone()
    })
}

fn of<'a>(totals: &'a [Amount], region: &str, item: &str) -> &'a Amount {
    let mut own = totals.iter();
    own.find(|own| own.key.region == region && own.key.indicator == item)
        .expect("a total")
}

fn fen(before: i64, removed: i64, after: i64) -> [Option<Rational>; 3] {
    [before, removed, after].map(|fen| Some(yuan(fen)))
}

/// By hand: of 300 and 500 the larger counts, a loss of 40 counts as nothing, feed of
/// 120 is taken off: 500 + 0 - 120 = 380. The other county: 700 of 700 and 200, a gain
/// of 10, feed of 5: 705. The province holds both sums, 1085.
#[test]
fn each_kind_of_rule_does_what_it_says() {
    let counties = [
        ("a", [300, 500, -40, 120].map(Some)),
        ("b", [700, 200, 10, 5].map(Some)),
    ];
    let (combined, totals) = account(&counties, &rules());
    let of_row = |region, rule, indicator| row(&combined, region, rule, indicator);
    assert_eq!(of_row("a", "one_water", "supply"), fen(300, 300, 0));
    assert_eq!(of_row("a", "one_water", "retention"), fen(500, 0, 500));
    assert_eq!(of_row("a", "one_water", "all"), fen(800, 300, 500));
    assert_eq!(of_row("a", "no_loss", "carbon"), fen(-40, -40, 0));
    assert_eq!(of_row("a", "outside", DEDUCTED), fen(0, 120, -120));
    assert_eq!(of_row("b", "one_water", "all"), fen(900, 200, 700));
    assert_eq!(of_row("33", "one_water", "all"), fen(1700, 500, 1200));
    assert_eq!(of_row("33", "outside", DEDUCTED), fen(0, 125, -125));
    let gep = |region| of(&totals, region, "gep").value.clone();
    assert_eq!(gep("a"), Some(yuan(380)));
    assert_eq!(gep("b"), Some(yuan(705)));
    assert_eq!(gep("33"), Some(yuan(1085)));
    let group = |item| of(&totals, "33", item).value.clone();
    assert_eq!(group("provisioning"), Some(yuan(700)));
    assert_eq!(group("regulating"), Some(yuan(510)));
    assert_eq!(group("deduction"), Some(yuan(-125)));
    // The indicator itself keeps its value.
    assert_eq!(group("supply"), Some(yuan(1000)));
}

/// The first in order counts whatever its size, of equals the first; what a rule left
/// is what the next one begins with.
#[test]
fn rules_go_in_their_order() {
    let county = [("a", [100, 100, 900, 0].map(Some))];
    let order = CombineKind::KeepOne(Keep::Order);
    let rules = [
        rule(
            "first",
            CombineKind::KeepOne(Keep::Largest),
            &["supply", "retention"],
        ),
        rule("then", order, &["retention", "carbon"]),
        rule("outside", CombineKind::Subtract, &[DEDUCTED]),
    ];
    let (combined, totals) = account(&county, &rules);
    assert_eq!(row(&combined, "a", "first", "supply"), fen(100, 0, 100));
    assert_eq!(row(&combined, "a", "then", "retention"), fen(0, 0, 0));
    assert_eq!(row(&combined, "a", "then", "carbon"), fen(900, 900, 0));
    assert_eq!(of(&totals, "a", "gep").value, Some(yuan(100)));
    let turned = [rules[1].clone(), rules[0].clone(), rules[2].clone()];
    let (_, totals) = account(&county, &turned);
    assert_eq!(of(&totals, "a", "gep").value, Some(yuan(100)));
    let kept = [
        rule("k", CombineKind::Sign(Negative::Keep), &["carbon"]),
        rules[2].clone(),
    ];
    let loss = [("a", [1, 2, -30, 4].map(Some))];
    let (_, totals) = account(&loss, &kept);
    assert_eq!(of(&totals, "a", "gep").value, Some(yuan(-31)));
}

/// An operand that is not there leaves the rule without rows: neither of its
/// indicators counts, the county is partial and names it, and so is the province.
#[test]
fn a_missing_operand_is_named_and_nothing_is_chosen() {
    let counties = [
        ("a", [Some(300), None, Some(7), Some(0)]),
        ("b", [700, 200, 10, 5].map(Some)),
    ];
    let (combined, totals) = account(&counties, &rules());
    assert_eq!(
        row(&combined, "a", "one_water", "supply"),
        [None, None, None]
    );
    assert_eq!(row(&combined, "a", "one_water", "all"), [None, None, None]);
    assert_eq!(row(&combined, "33", "one_water", "all"), fen(900, 200, 700));
    let gep = of(&totals, "a", "gep");
    assert_eq!(gep.value, Some(yuan(7)));
    assert_eq!(gep.missing, ["supply", "retention"]);
    let rule = combined
        .iter()
        .find(|own| own.key.region == "33" && own.key.item == "one_water");
    assert_eq!(rule.expect("a rule").missing, ["a"]);
    let top = of(&totals, "33", "gep");
    assert_eq!(top.value, Some(yuan(712)));
    assert!(top.partial() && top.missing.contains(&"a".to_string()));
}

/// On many made-up accounts: GEP is the sum of the groups and of what each indicator
/// counts, a province is the sum of its counties, and renaming or regrouping counties
/// (a merge of their parents) changes no sum.
#[test]
fn sums_hold_for_any_values() {
    let mut state = 7_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from((state >> 33) % 2001).expect("small") - 1000
    };
    for _ in 0..200 {
        let values: Vec<[Option<i64>; 4]> = (0..4)
            .map(|_| [next().abs(), next().abs(), next(), next().abs()].map(Some))
            .collect();
        let names = ["a", "b", "c", "d"];
        let counties: Vec<_> = names.into_iter().zip(values.clone()).collect();
        let (combined, totals) = account(&counties, &rules());
        let gep = |region: &str| of(&totals, region, "gep").value.clone().expect("gep");
        let whole: Rational = names.iter().map(|name| gep(name)).sum();
        assert_eq!(gep("33"), whole);
        for region in ["a", "33"] {
            let groups = ["provisioning", "regulating", "deduction"];
            let value = |item: &&str| of(&totals, region, item).value.clone().expect("group");
            assert_eq!(gep(region), groups.iter().map(value).sum::<Rational>());
            // No indicator is named twice here: the rules' own rows add up to GEP.
            let rows = rules();
            let after = |rule: &CombineRule| row(&combined, region, &rule.id, "all")[2].clone();
            let left: Rational = rows.iter().map(|rule| after(rule).expect("after")).sum();
            assert_eq!(gep(region), left);
        }
        // Half the counties alone, then the other half: the same sum.
        let half = |part: &[(&str, [Option<i64>; 4])]| {
            let (_, totals) = account(part, &rules());
            of(&totals, "33", "gep").value.clone().expect("gep")
        };
        assert_eq!(gep("33"), half(&counties[..1]) + half(&counties[1..]));
    }
}

/// By hand: of 300 at most 250 count, 500 between 400 and 450 are 450, a loss of 40 is
/// raised to 10, and what lies within the bounds stays: county by county, not on the sum.
#[test]
fn amounts_are_bounded_county_by_county() {
    let bounds = |least: Option<i64>, most: i64| {
        CombineKind::Bounded(Bounds {
            least: least.map(yuan),
            most: yuan(most),
            price_year: "2010".into(),
        })
    };
    let counties = [
        ("a", [300, 500, -40, 0].map(Some)),
        ("b", [200, 420, 5_000, 0].map(Some)),
    ];
    let rules = [
        rule("most", bounds(None, 250), &["supply"]),
        rule("between", bounds(Some(400), 450), &["retention"]),
        rule("least", bounds(Some(10), 6_000), &["carbon"]),
        rule("outside", CombineKind::Subtract, &[DEDUCTED]),
    ];
    let (combined, totals) = account(&counties, &rules);
    let of_row = |region, rule, indicator| row(&combined, region, rule, indicator);
    assert_eq!(of_row("a", "most", "supply"), fen(300, 50, 250));
    assert_eq!(of_row("b", "most", "supply"), fen(200, 0, 200));
    assert_eq!(of_row("a", "between", "retention"), fen(500, 50, 450));
    assert_eq!(of_row("b", "between", "retention"), fen(420, 0, 420));
    assert_eq!(of_row("a", "least", "carbon"), fen(-40, -50, 10));
    assert_eq!(of_row("b", "least", "all"), fen(5_000, 0, 5_000));
    // 500 in both counties together is more than the bound, and counts: 250 + 200.
    assert_eq!(of_row("33", "most", "all"), fen(500, 50, 450));
    assert_eq!(of(&totals, "a", "gep").value, Some(yuan(250 + 450 + 10)));
    assert_eq!(
        of(&totals, "33", "gep").value,
        Some(yuan(710 + 200 + 420 + 5_000))
    );
}
