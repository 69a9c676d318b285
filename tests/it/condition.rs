//! The condition account: by hand on ten cells, exact above counties, missing never
//! zero, and every fault of it is seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gep::audit::verify;
use gep::output::{Column, read_parquet};
use gep::run::account::{AccountRequest, run_account_since};
use gep_core::diagnostic::Findings;
use gep_core::methodology::Methodology;
use tempfile::tempdir;

use crate::account::{Project, copy_tree, measures};
use crate::audit::{amounts, planted, row_of, texts};
use crate::fixture::Raster;
use crate::objects::{Bodies, RESERVOIRS};

const KEYS: [&str; 3] = ["region_code", "class", "item"];
const FOREST: &str = "deciduous_broadleaf_forest";
const GRASS: &str = "subtropical_tussock";

/// Two counties of four cells each: A has forest (0.2) beside grassland (0.6), B forest
/// only (0.5 and 0.7). The fifth column lies outside.
struct Ground {
    bodies: Bodies,
}

impl Ground {
    fn new() -> Self {
        let bodies = Bodies::new(&RESERVOIRS);
        let path = bodies.folder.path();
        let row = [4_u8, 10, 4, 4, 4];
        Raster::degrees(5, 2).write(&path.join("classes.tif"), &[row, row].concat());
        let own = Self { bodies };
        own.index([0.2, 0.6, 0.5, 0.7]);
        own.variables(r#""vegetation_index", "forest_share""#);
        own
    }

    /// Writes the vegetation index of the four columns; -1 is no value.
    fn index(&self, columns: [f64; 4]) {
        let row = [columns[0], columns[1], columns[2], columns[3], 0.9];
        let mut raster = Raster::degrees(5, 2);
        raster.nodata = Some(-1.0);
        raster.write(&self.path("index.tif"), &[row, row].concat());
    }

    fn variables(&self, list: &str) {
        let project = fs::read_to_string(self.path("gep.toml")).expect("project");
        let project = project.split("[condition]").next().unwrap_or_default();
        let project = project.replace(
            "[rasters.layers.ndvi_maximum]\npath = \"index.tif\"\nunit = \"1\"\n",
            "",
        );
        let layer = "[rasters.layers.ndvi_maximum]\npath = \"index.tif\"\nunit = \"1\"\n";
        let text = format!("{project}{layer}[condition]\nvariables = [{list}]\n");
        fs::write(self.path("gep.toml"), text).expect("project");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bodies.folder.path().join(name)
    }

    fn run(&self, name: &str, base: Option<&Path>) -> Result<PathBuf, Findings> {
        let out = self.path(name);
        let request = AccountRequest {
            crosswalk: None,
            project: self.bodies.folder.path().to_path_buf(),
            out: out.clone(),
            replace: true,
            methodology: None,
            profile: None,
            tile: 64,
        };
        run_account_since(&request, base, &|_, _| {})?;
        let own = verify(&out).expect("manifest");
        assert!(own.unread.is_empty(), "{:?}", own.unread);
        assert!(own.differences.is_empty(), "{:?}", own.differences);
        Ok(out)
    }
}

fn numbers(out: &Path, measure: &str) -> BTreeMap<String, Option<i128>> {
    measures(out, "condition", &KEYS, measure)
}

/// A text of one row.
fn told(out: &Path, keys: [&str; 3], name: &str) -> String {
    let path = out.join("tables/condition.parquet");
    let mut columns = read_parquet(&path).expect("table");
    let keys: Vec<(&str, &str)> = KEYS.into_iter().zip(keys).collect();
    let row = row_of(&mut columns, &keys);
    texts(&mut columns, name)[row].clone().unwrap_or_default()
}

/// By hand. A: forest 0.2, grassland 0.6, half its ground forest. B: forest (0.5 + 0.7)
/// / 2 = 0.6, all forest. The city: forest (0.2 + 0.5 + 0.7) / 3, three quarters forest;
/// all cells of a row have one area.
#[test]
fn ten_cells_by_hand() {
    let ground = Ground::new();
    let out = ground.run("first", None).expect("run");
    let closing = numbers(&out, "closing");
    for (region, class, item, expected) in [
        ("A", FOREST, "vegetation_index", 200_000),
        ("A", GRASS, "vegetation_index", 600_000),
        ("B", FOREST, "vegetation_index", 600_000),
        ("C", FOREST, "vegetation_index", 466_667),
        ("P", FOREST, "vegetation_index", 466_667),
        ("A", "all", "forest_share", 500_000),
        ("B", "all", "forest_share", 1_000_000),
        ("P", "all", "forest_share", 750_000),
        ("P", "all", "landscape", 750_000),
        ("P", "all", "overall", 750_000),
    ] {
        let found = closing[&format!("{region}/{class}/{item}")];
        assert_eq!(found, Some(expected), "{region} {class} {item}");
    }
    // Without a reference level there is no indicator and no index of its class.
    let indicator = numbers(&out, "closing_indicator");
    assert_eq!(indicator[&format!("A/{FOREST}/vegetation_index")], None);
    assert!(!closing.contains_key(&format!("A/{FOREST}/functional")));
    assert_eq!(indicator["A/all/forest_share"], Some(500_000));
    // Without a base run there is no opening, and no change of zero.
    let opening = numbers(&out, "opening");
    assert!(opening.values().all(Option::is_none));
    let reason = told(&out, ["A", "all", "forest_share"], "opening_reason");
    assert_eq!(reason, "no-base-run");
}

/// Opening is what the base run closed with; another definition is not compared.
#[test]
fn opening_and_change_come_from_the_base_run() {
    let ground = Ground::new();
    let first = ground.run("first", None).expect("run");
    ground.index([0.3, 0.6, 0.5, 0.7]);
    let second = ground.run("second", Some(&first)).expect("run");
    let key = format!("A/{FOREST}/vegetation_index");
    assert_eq!(numbers(&second, "opening")[&key], Some(200_000));
    assert_eq!(numbers(&second, "change")[&key], Some(100_000));
    assert_eq!(numbers(&second, "change")["A/all/overall"], Some(0));
    // The same variable with other levels is another variable.
    let methodology = ground.path("methodology");
    copy_tree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology"),
        &methodology,
    );
    let file = methodology.join("condition/forest_share.toml");
    let text = fs::read_to_string(&file).expect("file");
    let text = text.replace("high = \"1\"", "high = \"2\"");
    let text = text.replace("expect = \"0.5\"", "expect = \"0.25\"");
    fs::write(&file, text).expect("file");
    let request = AccountRequest {
        crosswalk: None,
        project: ground.bodies.folder.path().to_path_buf(),
        out: ground.path("third"),
        replace: true,
        methodology: Some(methodology),
        profile: None,
        tile: 64,
    };
    run_account_since(&request, Some(&first), &|_, _| {}).expect("run");
    let key = ["A", "all", "forest_share"];
    let reason = told(&request.out, key, "opening_reason");
    assert_eq!(reason, "condition-definition-differs");
    assert_eq!(numbers(&request.out, "change")["A/all/forest_share"], None);
}

/// A county without a value is missing and named above; too little of it is withheld;
/// a layer nobody gives leaves the variable and its indices missing.
#[test]
fn missing_is_never_zero() {
    let ground = Ground::new();
    ground.index([-1.0, 0.6, 0.5, -1.0]);
    ground.variables(r#""vegetation_index", "vegetation_cover", "forest_share""#);
    let out = ground.run("first", None).expect("run");
    let closing = numbers(&out, "closing");
    let own = |region: &'static str| [region, FOREST, "vegetation_index"];
    for region in ["A", "B", "C", "P"] {
        assert_eq!(closing[&own(region).join("/")], None, "{region}");
    }
    assert_eq!(told(&out, own("A"), "state"), "missing");
    assert_eq!(told(&out, own("B"), "state"), "withheld");
    assert_eq!(told(&out, own("C"), "missing_codes"), "A B");
    let cover = ["A", FOREST, "vegetation_cover"];
    assert_eq!(told(&out, cover, "reason"), "condition-layer-not-given");
    let index = ["A", FOREST, "structural"];
    assert_eq!(told(&out, index, "state"), "missing");
    assert_eq!(told(&out, index, "missing_codes"), "vegetation_cover");
    assert_eq!(closing[&format!("A/{FOREST}/overall")], None);
    // One county of two: the city is a number, and says that it is partial.
    ground.index([-1.0, 0.6, 0.5, 0.7]);
    let out = ground.run("second", None).expect("run");
    assert_eq!(numbers(&out, "closing")[&own("C").join("/")], Some(600_000));
    assert_eq!(told(&out, own("C"), "partial"), "yes");
    assert_eq!(told(&out, own("C"), "missing_codes"), "A");
}

/// A ratio of two tables: above counties the ratio of their sums.
#[test]
fn tables_are_summed_before_they_are_divided() {
    let project = Project::copy();
    let path = project.path("gep.toml");
    let text = fs::read_to_string(&path).expect("project");
    let text = text.replace("\"forest_share\"]", "\"forest_share\", \"water_quality\"]");
    let sheet = r#"
[[workbook]]
path = "sections.csv"
sheet = "断面"
key = "代码"
synthetic = true
columns = [
  { input = "water_sections", header = "断面数", header_unit = "个", unit = "1" },
  { input = "water_sections_of_grade_three_or_better", header = "优良断面数", header_unit = "个", unit = "1" },
]
"#;
    let regions = fs::read_to_string(project.path("regions.csv")).expect("regions");
    let counties = regions.lines().filter(|line| line.contains(",county,"));
    let mut sections = "代码,断面数（个）,优良断面数（个）\n".to_string();
    for (at, line) in counties.enumerate() {
        let code = line.split(',').next().expect("a code");
        sections.push_str(&format!("{code},{},{}\n", 10 + at % 7, 3 + at % 5));
    }
    fs::write(project.path("sections.csv"), sections).expect("sections");
    fs::write(&path, format!("{text}{sheet}")).expect("project");
    let folder = tempdir().expect("folder");
    let out = folder.path().join("run");
    project.run(&out).expect("run");
    assert!(verify(&out).expect("manifest").differences.is_empty());
    let mut columns = read_parquet(&out.join("tables/inputs.parquet")).expect("table");
    let values = texts(&mut columns, "value").clone();
    let names = texts(&mut columns, "input").clone();
    let sum = |name: &str| -> f64 {
        let own = names.iter().zip(&values);
        own.filter(|(own, _)| own.as_deref() == Some(name))
            .filter_map(|(_, value)| value.as_ref()?.parse::<f64>().ok())
            .sum()
    };
    let expected = sum("water_sections_of_grade_three_or_better") / sum("water_sections");
    let found = numbers(&out, "closing")["330000/all/water_quality"].expect("value");
    assert!(
        (found as f64 / 1e6 - expected).abs() < 1e-6,
        "{found} {expected}"
    );
    assert_eq!(
        told(&out, ["330000", "all", "water_quality"], "status"),
        "synthetic"
    );
}

#[test]
fn unknown_and_repeated_variables_are_refused() {
    let ground = Ground::new();
    for (list, code) in [
        (r#""vegetation""#, "condition-variable-unknown"),
        (
            r#""forest_share", "forest_share""#,
            "condition-variable-twice",
        ),
    ] {
        ground.variables(list);
        let findings = ground.run("out", None).expect_err("refused");
        assert!(findings.has(code), "{code}: {findings:?}");
    }
}

#[test]
fn each_planted_fault_of_condition_is_seen() {
    type Change = fn(&mut Vec<Column>);
    let faults: [(&str, Change); 5] = [
        ("verify-condition", |columns| {
            let row = row_of(columns, &[("region_code", "A"), ("item", "forest_share")]);
            let value = &mut amounts(columns, "closing_indicator")[row];
            *value = value.map(|value| value + 1);
        }),
        ("verify-condition", |columns| {
            let row = row_of(columns, &[("region_code", "A"), ("item", "overall")]);
            let value = &mut amounts(columns, "closing")[row];
            *value = value.map(|value| value - 1);
        }),
        ("verify-condition-sum", |columns| {
            let row = row_of(columns, &[("region_code", "C"), ("item", "forest_share")]);
            texts(columns, "numerator")[row] = Some("1".into());
        }),
        ("verify-condition-change", |columns| {
            amounts(columns, "change")[0] = Some(0);
        }),
        ("verify-number-id", |columns| {
            texts(columns, "number_id")[0] = Some("aaaaaaaaaaaaa".into());
        }),
    ];
    let ground = Ground::new();
    for (at, (code, change)) in faults.into_iter().enumerate() {
        let out = ground.run(&format!("out-{at}"), None).expect("run");
        let found = planted(&out, "condition", change);
        assert!(found.contains(&code), "{code}: {found:?}");
    }
}

/// The number of a city explains itself, and both reports show it.
#[test]
fn condition_is_explained_and_reported() {
    let ground = Ground::new();
    let out = ground.run("out", None).expect("run");
    let id = told(&out, ["C", "all", "forest_share"], "number_id");
    let explain = |language: &str| {
        let done = Command::new(env!("CARGO_BIN_EXE_gep"))
            .args([
                "explain",
                &id,
                "--out",
                &out.to_string_lossy(),
                "--lang",
                language,
            ])
            .output()
            .expect("gep runs");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let text = explain("zh");
    for part in ["森林面积占比", "0.75", "期初", "provisional", "classes.tif"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The layer of another variable is no input of this one.
    assert!(!text.contains("index.tif"), "{text}");
    assert!(explain("en").contains("(0.75 - 0) / (1 - 0)"));
    let zh = fs::read_to_string(out.join("report/report.zh.html")).expect("page");
    let en = fs::read_to_string(out.join("report/report.en.html")).expect("page");
    assert!(zh.contains("指数：景观特征") && zh.contains("未与基期比较"));
    assert!(en.contains("Share of forest in the ground"));
    assert!(zh.contains(&format!(
        "data-number-id=\"{}\"",
        told(&out, ["P", "all", "forest_share"], "number_id")
    )));
}

/// A variable whose file contradicts itself does not load.
#[test]
fn broken_variables_do_not_load() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
    assert!(Methodology::open(&own).is_ok());
    for (file, from, to, code) in [
        (
            "forest_share",
            "low = \"0\"",
            "low = \"1\"",
            "methodology-condition-levels",
        ),
        (
            "forest_share",
            "expect = \"0.5\"",
            "expect = \"0.4\"",
            "methodology-condition-example",
        ),
        (
            "water_quality",
            "denominator = \"water_sections\"",
            "denominator = \"grain_output\"",
            "methodology-condition-tables",
        ),
        (
            "vegetation_index",
            "unit = \"1\"",
            "unit = \"mm\"",
            "methodology-condition-layer",
        ),
        (
            "vegetation_index",
            "id = \"vegetation_index\"",
            "id = \"index\"",
            "methodology-id-path",
        ),
        (
            "vegetation_index",
            "class = \"functional\"",
            "class = \"function\"",
            "methodology-word-unknown",
        ),
        (
            "vegetation_index",
            "layer = \"ndvi_maximum\"",
            "layers = \"ndvi_maximum\"",
            "methodology-key-missing",
        ),
    ] {
        let folder = tempdir().expect("folder");
        let root = folder.path().join("methodology");
        copy_tree(&own, &root);
        let path = root.join(format!("condition/{file}.toml"));
        let text = fs::read_to_string(&path).expect("file");
        assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
        fs::write(&path, text.replace(from, to)).expect("file");
        let findings = Methodology::open(&root).expect_err(code);
        assert!(findings.has(code), "{code}: {findings:?}");
    }
}
