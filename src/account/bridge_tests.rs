use super::*;
use gep_core::methodology::{Citation, Keep, Title};

fn rule(id: &str, kind: CombineKind, indicators: &[&str]) -> CombineRule {
    let title = Title {
        zh: id.into(),
        en: id.into(),
    };
    CombineRule {
        id: id.into(),
        kind,
        title,
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

fn side(indicators: &[(&str, IndicatorGroup)], rules: Vec<CombineRule>) -> Counting {
    let groups = indicators.iter();
    Counting {
        groups: groups.map(|(id, group)| ((*id).into(), *group)).collect(),
        rules,
    }
}

fn both(causes: &[Cause], fen: &[i128]) -> Compared {
    Compared::Both(Crossings {
        causes: causes.to_vec(),
        fen: fen.to_vec(),
    })
}

fn line(cause: Cause, ids: &[&str]) -> LineKey {
    (cause, ids.iter().map(ToString::to_string).collect())
}

use IndicatorGroup::{Deduction, Regulating};

/// 2 x 3 fen become 5 x 7: the parameter gives (5 - 2) x (3 + 7) / 2 = 15, the price
/// (7 - 3) x (2 + 5) / 2 = 14. One indicator goes, one comes; nothing else is told.
#[test]
fn causes_of_single_indicators_by_hand() {
    let values = BTreeMap::from([
        (
            "water",
            both(&[Cause::Parameter, Cause::Price], &[6, 15, 14, 35]),
        ),
        ("soil", both(&[], &[100])),
        ("gone", Compared::First(40)),
        ("new", Compared::Second(9)),
    ]);
    let first = side(
        &[
            ("water", Regulating),
            ("soil", Regulating),
            ("gone", Regulating),
        ],
        Vec::new(),
    );
    let second = side(
        &[
            ("water", Regulating),
            ("soil", Regulating),
            ("new", Regulating),
        ],
        Vec::new(),
    );
    let lines = bridge(&values, [&first, &second]).expect("closes");
    let told = BTreeMap::from([
        (line(Cause::OnlyFirst, &["gone"]), -40),
        (line(Cause::OnlySecond, &["new"]), 9),
        (line(Cause::Parameter, &["water"]), 15),
        (line(Cause::Price, &["water"]), 14),
    ]);
    assert_eq!(lines, told);
}

/// The first adds both gases (3 + 5 = 8), the second keeps the larger, of which the
/// price rises from 5 to 9. Alone, the rule takes 3 off and the price adds 4; after the
/// price the rule takes 3 off as well: -3 and +4, 8 becomes 9.
#[test]
fn a_rule_is_a_cause_of_its_own() {
    let values = BTreeMap::from([
        ("carbon", both(&[], &[3])),
        ("oxygen", both(&[Cause::Price], &[5, 9])),
    ]);
    let groups = [("carbon", Regulating), ("oxygen", Regulating)];
    let first = side(&groups, Vec::new());
    let keep = CombineKind::KeepOne(Keep::Largest);
    let second = side(&groups, vec![rule("one_gas", keep, &["carbon", "oxygen"])]);
    let lines = bridge(&values, [&first, &second]).expect("closes");
    let told = BTreeMap::from([
        (line(Cause::Price, &["oxygen"]), 4),
        (line(Cause::Combine, &["carbon", "oxygen"]), -3),
    ]);
    assert_eq!(lines, told);
    // The same rule on both sides is no cause; what it makes of the price is.
    let lines = bridge(&values, [&second, &second]).expect("closes");
    assert_eq!(
        lines,
        BTreeMap::from([(line(Cause::Price, &["oxygen"]), 4)])
    );
}

/// Feed of 12 that only the second takes off: that it is taken off comes with it.
#[test]
fn a_deduction_comes_with_its_rule() {
    let values = BTreeMap::from([("feed", Compared::Second(12))]);
    let first = side(&[], Vec::new());
    let outside = rule("outside", CombineKind::Subtract, &["feed"]);
    let second = side(&[("feed", Deduction)], vec![outside]);
    let lines = bridge(&values, [&first, &second]).expect("closes");
    assert_eq!(
        lines,
        BTreeMap::from([(line(Cause::OnlySecond, &["feed"]), -12)])
    );
    // The same the other way round.
    let values = BTreeMap::from([("feed", Compared::First(12))]);
    let lines = bridge(&values, [&second, &first]).expect("closes");
    assert_eq!(
        lines,
        BTreeMap::from([(line(Cause::OnlyFirst, &["feed"]), 12)])
    );
}

/// A rule with a missing operand lets none of its indicators count.
#[test]
fn a_total_leaves_out_what_a_rule_cannot_judge() {
    let groups = [
        ("carbon", Regulating),
        ("oxygen", Regulating),
        ("soil", Regulating),
    ];
    let keep = CombineKind::KeepOne(Keep::Largest);
    let own = side(&groups, vec![rule("one_gas", keep, &["carbon", "oxygen"])]);
    let mut values = BTreeMap::from([
        ("carbon", Some(3)),
        ("oxygen", Some(5)),
        ("soil", Some(100)),
    ]);
    assert_eq!(own.total(&values), 105);
    values.insert("oxygen", None);
    assert_eq!(own.total(&values), 100);
    // One that is not there at all is no operand.
    values.remove("oxygen");
    assert_eq!(own.total(&values), 103);
}

/// Six indicators with two causes each and a rule over all: switched cause by cause,
/// and still closed.
#[test]
fn large_bundles_are_switched_kind_by_kind() {
    let ids = ["a", "b", "c", "d", "e", "f"];
    let causes = [Cause::Parameter, Cause::Price];
    let values: BTreeMap<&str, Compared> = ids
        .into_iter()
        .zip(1..)
        .map(|(id, n): (&str, i128)| (id, both(&causes, &[6 * n, 15 * n, 14 * n, 35 * n])))
        .collect();
    let groups = ids.map(|id| (id, Regulating));
    let keep = CombineKind::KeepOne(Keep::Order);
    let first = side(&groups, vec![rule("one", keep.clone(), &ids)]);
    let turned: Vec<&str> = ids.into_iter().rev().collect();
    let second = side(&groups, vec![rule("one", keep, &turned)]);
    let lines = bridge(&values, [&first, &second]).expect("closes");
    assert_eq!(lines.len(), 3);
    assert!(lines.keys().all(|(_, own)| own.len() == 6));
    // From the first of them, 6 x 1, to the last, 35 x 6.
    assert_eq!(lines.values().sum::<i128>(), 210 - 6);
}
