//! Profiles that extend others, their dates and their rules; broken ones are refused
//! with file and line.

use std::fs;
use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::{CombineKind, Keep, Methodology, ProfileDomain};

const FILE: &str = "profiles/child.toml";

/// A clean list of differences from `zj-demo`; each refusal breaks one text of it.
const CHILD: &str = r#"[profile]
id = "child"
title = { zh = "子方案", en = "Child" }
source = { document = "gep-demo", clause = "a test" }
extends = "zj-demo"
remove = ["grain_supply"]
coverage_floor = "0.9"
valid_from = 2021-01-29
valid_to = 2024
superseded_by = "zj-demo"
jurisdiction = "330000"
domain = "both"

[[indicator]]
id = "tourism"
title = { zh = "旅游", en = "Tourism" }
group = "cultural"
state = "absent"
note = { zh = "另一说明", en = "Another note" }

[[indicator]]
id = "bought_feed"
title = { zh = "外购饲料", en = "Feed from outside" }
group = "deduction"
state = "absent"
note = { zh = "无数据", en = "No data" }

[[rebind]]
method = "water_retention.balance"
parameter = "runoff_coefficient"
table = "tables/alpha-redline.csv"

[[combine]]
id = "one_gas"
kind = "keep_one"
keep = "largest"
title = { zh = "只计其一", en = "One counts" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["oxygen_release", "carbon_sequestration"]

[[combine]]
id = "from_outside"
kind = "subtract"
title = { zh = "扣减外来产品", en = "Less products from outside" }
source = { document = "gep-demo", clause = "a test" }
indicators = ["bought_feed"]
"#;

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

fn words(findings: &Findings) -> String {
    let texts = findings.0.iter().map(|one| one.to_text(Language::En));
    texts.collect::<Vec<_>>().join("\n")
}

/// Loads the bundled files with profiles beside them.
fn open(profiles: &[(&str, &str)]) -> Result<Methodology, Findings> {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../methodology");
    copy_tree(&root, copy.path());
    for (file, text) in profiles {
        fs::write(copy.path().join(file), text).expect("a profile");
    }
    Methodology::open(copy.path())
}

/// Proves that the child with one text replaced is refused by a code at a line.
fn refused_at(from: &str, to: &str, code: &str, line: usize) {
    assert!(CHILD.contains(from), "no `{from}`");
    let text = CHILD.replacen(from, to, 1);
    let findings = open(&[(FILE, &text)]).expect_err("a refusal");
    let place = format!("line {line}");
    let found = findings.0.iter().any(|one| {
        one.code == code
            && one.file.as_deref() == Some(FILE)
            && one.place.as_deref() == Some(&place)
    });
    assert!(found, "{code} at {place} expected:\n{}", words(&findings));
    for finding in &findings.0 {
        assert!(!finding.to_text(Language::Zh).is_empty());
    }
}

fn line_of(text: &str) -> usize {
    let lines = CHILD.lines().position(|line| line.contains(text));
    lines.expect("a line of the child") + 1
}

fn refused(from: &str, to: &str, code: &str) {
    refused_at(from, to, code, line_of(from));
}

/// The clean child loads: what it says replaces what its base says, the rest stays.
#[test]
fn child_overrides_its_base() {
    let all = open(&[(FILE, CHILD)]).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let (base, child) = (&all.profiles["zj-demo"], &all.profiles["child"]);
    let ids = |profile: &gep_core::methodology::Profile| {
        let ids = profile.indicators.iter().map(|one| one.id.clone());
        ids.collect::<Vec<_>>()
    };
    let mut expected = ids(base);
    expected.retain(|id| id != "grain_supply");
    expected.push("bought_feed".to_owned());
    assert_eq!(ids(child), expected);
    let note = |id: &str| child.indicator(id).and_then(|one| one.note.clone());
    assert_eq!(
        note("tourism").map(|note| note.en).as_deref(),
        Some("Another note")
    );
    assert_eq!(
        child.indicator("tourism").map(|one| one.file.as_str()),
        Some(FILE)
    );
    assert_eq!(
        child
            .indicator("soil_retention")
            .map(|one| one.file.as_str()),
        Some("profiles/zj-demo.toml")
    );
    assert_eq!(
        (&child.layers, &child.crosswalk),
        (&base.layers, &base.crosswalk)
    );
    assert_eq!(child.price_year, base.price_year);
    assert_ne!(child.coverage_floor, base.coverage_floor);
    assert_eq!(child.extends.as_deref(), Some("zj-demo"));
    assert_eq!(child.edition.domain, ProfileDomain::Both);
    let kinds: Vec<_> = child.combine.iter().map(|rule| rule.kind.clone()).collect();
    assert_eq!(
        kinds,
        [CombineKind::KeepOne(Keep::Largest), CombineKind::Subtract]
    );
    let law = |profile| {
        let indicator = base.indicator("water_retention").expect("an indicator");
        let law = all.indicator_law(profile, indicator).expect("checked");
        law.expect("a law").parameters["runoff_coefficient"]
            .declaration
            .table
            .clone()
    };
    assert_eq!(law(base), "tables/alpha-gong2017.csv");
    assert_eq!(law(child), "tables/alpha-redline.csv");
}

/// What a child refers to must be there.
#[test]
fn children_without_base_are_refused() {
    refused(
        "extends = \"zj-demo\"",
        "extends = \"zj-dem\"",
        "methodology-profile-unknown",
    );
    refused(
        "extends = \"zj-demo\"",
        "extends = \"child\"",
        "methodology-profile-unknown",
    );
    refused_at(
        "superseded_by = \"zj-demo\"",
        "superseded_by = \"zj-2030\"",
        "methodology-profile-unknown",
        1,
    );
    refused(
        "remove = [\"grain_supply\"]",
        "remove = [\"grain\"]",
        "methodology-remove-unknown",
    );
    refused(
        "coverage_floor = \"0.9\"",
        "remove_combine = [\"one_gas\"]",
        "methodology-remove-unknown",
    );
    // Without a base everything must be written.
    refused_at("extends = \"zj-demo\"\n", "", "methodology-key-missing", 1);
    let second = "[profile]\nid = \"second\"\ntitle = { zh = \"二\", en = \"Two\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nextends = \"child\"\n";
    let chain = open(&[(FILE, CHILD), ("profiles/second.toml", second)]);
    let findings = chain.expect_err("a chain of two");
    assert!(
        findings.has("methodology-extends-chain"),
        "{}",
        words(&findings)
    );
}

/// A profile of a standard names a clause for what it does not compute; one of a
/// choice of this project need not, and a clause of the base is one of its document.
#[test]
fn absent_indicators_of_standards_name_their_clause() {
    let of_standard = CHILD.replacen("document = \"gep-demo\"", "document = \"mee-2020\"", 1);
    let findings = open(&[(FILE, &of_standard)]).expect_err("a refusal");
    let named = |id: &str, findings: &Findings| {
        let name = format!("`{id}`");
        let mut own = findings.0.iter();
        own.any(|one| {
            one.code == "methodology-absent-clause" && one.reason(Language::En).contains(&name)
        })
    };
    for id in ["tourism", "bought_feed"] {
        assert!(named(id, &findings), "{id}: {}", words(&findings));
    }
    let clause = |text: &str, note: &str| {
        assert!(text.contains(note), "no `{note}`");
        text.replacen(note, &format!("{note}\nclause = \"A.1 (not read)\""), 1)
    };
    let notes = [
        "note = { zh = \"另一说明\", en = \"Another note\" }",
        "note = { zh = \"无数据\", en = \"No data\" }",
    ];
    let told = notes
        .iter()
        .fold(of_standard, |text, note| clause(&text, note));
    let all = open(&[(FILE, &told)]).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let own = &all.profiles["child"];
    let tourism = own.indicator("tourism").expect("an indicator");
    assert_eq!(tourism.clause.as_deref(), Some("A.1 (not read)"));
    let unsaid = open(&[(FILE, CHILD)]).expect("a child of a choice");
    assert_ne!(
        unsaid.fingerprint(&unsaid.profiles["child"]),
        all.fingerprint(own)
    );
    // The same words under another document are no clause of it.
    let base = told
        .replace(
            "extends = \"zj-demo\"\nremove = [\"grain_supply\"]\n",
            "price_year = 2010\ncrosswalk = \"modis-igbp\"\nlayers = []\n",
        )
        .replace("id = \"child\"", "id = \"base\"");
    let base = base.split("[[combine]]").next().expect("a base").to_owned()
        + "[[combine]]\nid = \"off\"\nkind = \"subtract\"\ntitle = { zh = \"减\", en = \"Less\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nindicators = [\"bought_feed\"]\n";
    let second = |document: &str| {
        format!(
            "[profile]\nid = \"second\"\ntitle = {{ zh = \"二\", en = \"Two\" }}\nsource = {{ document = \"{document}\", clause = \"x\" }}\nextends = \"base\"\ncoverage_floor = \"0.7\"\n"
        )
    };
    let same = second("mee-2020");
    let all = open(&[
        ("profiles/base.toml", &base),
        ("profiles/second.toml", &same),
    ]);
    let all = all.unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let inherited = all.profiles["second"].indicator("tourism");
    assert!(inherited.expect("an indicator").clause.is_some());
    let other = second("gbt-46869-2025");
    let findings = open(&[
        ("profiles/base.toml", &base),
        ("profiles/second.toml", &other),
    ]);
    let findings = findings.expect_err("clauses of another document");
    assert!(named("tourism", &findings), "{}", words(&findings));
}

/// A later base no longer has the rule the child takes out; a base with one loses it.
#[test]
fn rules_of_the_base_can_be_removed() {
    let base = CHILD
        .replace("extends = \"zj-demo\"\nremove = [\"grain_supply\"]\n", "price_year = 2010\ncrosswalk = \"modis-igbp\"\nlayers = []\n")
        .replace("id = \"child\"", "id = \"base\"")
        .replace("indicators = [\"oxygen_release\", \"carbon_sequestration\"]", "indicators = [\"tourism\", \"parks\"]")
        .replace("[[rebind]]", "[[indicator]]\nid = \"parks\"\ntitle = { zh = \"公园\", en = \"Parks\" }\ngroup = \"cultural\"\nstate = \"absent\"\nnote = { zh = \"无\", en = \"None\" }\n\n[[rebind]]");
    let child = "[profile]\nid = \"second\"\ntitle = { zh = \"二\", en = \"Two\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nextends = \"base\"\nremove_combine = [\"one_gas\"]\n";
    let all = open(&[
        ("profiles/base.toml", &base),
        ("profiles/second.toml", child),
    ]);
    let all = all.unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let ids: Vec<&str> = all.profiles["second"]
        .combine
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(ids, ["from_outside"]);
    // Taking the indicator out and leaving the rule that names it is refused.
    let child = child.replace("remove_combine = [\"one_gas\"]", "remove = [\"parks\"]");
    let findings = open(&[
        ("profiles/base.toml", &base),
        ("profiles/second.toml", &child),
    ]);
    let findings = findings.expect_err("a rule without its indicator");
    assert!(
        findings.has("methodology-combine-indicator"),
        "{}",
        words(&findings)
    );
}

/// Dates are years or days, in order.
#[test]
fn dates_in_force() {
    let date = "valid_from = 2021-01-29";
    refused(
        date,
        "valid_from = \"2021-13-29\"",
        "methodology-edition-date",
    );
    refused(date, "valid_from = \"spring\"", "methodology-edition-date");
    refused(date, "valid_from = true", "methodology-edition-date");
    refused_at(
        date,
        "valid_from = 2025",
        "methodology-edition-order",
        line_of("valid_to"),
    );
    refused(
        "domain = \"both\"",
        "domain = \"air\"",
        "methodology-word-unknown",
    );
    let all = open(&[(FILE, CHILD)]).unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let covered = |id: &str| {
        let edition = &all.profiles[id].edition;
        [2020, 2021, 2024, 2025].map(|year| edition.covers(year))
    };
    assert_eq!(covered("child"), [false, true, true, false]);
    assert_eq!(covered("zj-demo"), [true; 4]);
}

/// Rules name indicators of the profile that they can work on.
#[test]
fn broken_rules_are_refused() {
    let rule = line_of("id = \"one_gas\"") - 1;
    let names = "indicators = [\"oxygen_release\", \"carbon_sequestration\"]";
    let one = |to: &str, code: &str| refused_at(names, to, code, rule);
    one(
        "indicators = [\"oxygen_release\"]",
        "methodology-combine-count",
    );
    one(
        "indicators = [\"oxygen_release\", \"tourism\", \"tourism\"]",
        "methodology-combine-count",
    );
    one(
        "indicators = [\"oxygen_release\", \"grain_supply\"]",
        "methodology-combine-indicator",
    );
    one(
        "indicators = [\"oxygen_release\", \"bought_feed\"]",
        "methodology-combine-group",
    );
    let outside = line_of("id = \"from_outside\"") - 1;
    refused_at(
        "indicators = [\"bought_feed\"]",
        "indicators = [\"bought_feed\", \"tourism\"]",
        "methodology-combine-group",
        outside,
    );
    refused(
        "kind = \"keep_one\"",
        "kind = \"keep_two\"",
        "methodology-word-unknown",
    );
    refused(
        "keep = \"largest\"",
        "keep = \"smallest\"",
        "methodology-word-unknown",
    );
    refused_at(
        "id = \"one_gas\"",
        "id = \"tourism\"",
        "methodology-id-twice",
        rule,
    );
    refused_at(
        "id = \"one_gas\"",
        "id = \"gep\"",
        "methodology-id-twice",
        rule,
    );
    refused_at(
        "kind = \"subtract\"",
        "kind = \"sign\"\nnegative = \"zero\"",
        "methodology-deduction-rule",
        line_of("id = \"bought_feed\"") - 1,
    );
    let unpriced = CHILD.replace(
        "state = \"absent\"\nnote = { zh = \"另一说明\", en = \"Another note\" }",
        "state = \"computed\"\nmethods = [\"carbon_sequestration.photosynthesis\"]",
    );
    let unpriced = unpriced.replace("\"oxygen_release\", ", "\"tourism\", ");
    let findings = open(&[(FILE, &unpriced)]).expect_err("a rule on a quantity");
    assert!(
        findings.has("methodology-combine-unpriced"),
        "{}",
        words(&findings)
    );
}

/// No two bundled profiles say the same; a child without a difference is found, and
/// rules are part of what a profile says.
#[test]
fn profiles_differ() {
    let bundled = Methodology::bundled().unwrap_or_else(|findings| panic!("{}", words(&findings)));
    assert_eq!(bundled.same_profiles(), []);
    let copy = "[profile]\nid = \"copy\"\ntitle = { zh = \"同\", en = \"Same\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nextends = \"zj-demo\"\n";
    let rule = "\n[[combine]]\nid = \"losses\"\nkind = \"sign\"\nnegative = \"zero\"\ntitle = { zh = \"负值\", en = \"Losses\" }\nsource = { document = \"gep-demo\", clause = \"x\" }\nindicators = [\"grain_supply\"]\n";
    let all = open(&[("profiles/copy.toml", copy)]).expect("a copy loads");
    assert_eq!(all.same_profiles(), [("copy", "zj-demo")]);
    let ruled = format!("{copy}{rule}");
    let all = open(&[("profiles/copy.toml", &ruled)]).expect("a profile with a rule loads");
    assert_eq!(all.same_profiles(), []);
}
