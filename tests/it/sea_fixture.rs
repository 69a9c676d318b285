//! A coast made on the spot: a county, a marine zone beside it and three segments of
//! coast, on ten cells of which each has a type of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gep::output::{ColumnData, read_parquet};
use gep::run::account::{AccountReport, AccountRequest, run_account, run_account_since};
use gep_core::diagnostic::{Findings, Severity};
use tempfile::{TempDir, tempdir};

use crate::account::copy_tree;
use crate::fixture::{Raster, geojson};

/// The coastline, north to south: it cuts cells slantwise and stands on both sides.
pub const COAST: [(f64, f64); 4] = [
    (120.17, 30.0),
    (120.213, 29.95),
    (120.131, 29.871),
    (120.17, 29.8),
];

pub const PROJECT: &str = r#"
[project]
title = { zh = "合成海岸（测试）", en = "Synthetic coast (test)" }
year = "2020"
profile = "coast-both"
boundary_version = "test"
regions = "regions.csv"
[rasters.classes]
path = "classes.tif"
nodata = "none"
[vectors.zones]
path = "zones.geojson"
id = "code"
[vectors.marine]
path = "marine.geojson"
id = "code"
[lines.coast]
path = "coast.geojson"
id = "code"
class = "type"
"#;

pub const REGIONS: &str = "code,level,name_zh,name_en,parent\n\
    P,province,省,Province,\nC,city,市,City,P\nA,county,甲,A,C\nsea:1,sea,甲海域,Sea of A,C\n";

/// A profile of a test: what it is about, and its methods of coastal protection.
fn profile(domain: &str) -> String {
    format!(
        r#"[profile]
id = "coast-{domain}"
title = {{ zh = "测试", en = "Test" }}
source = {{ document = "gep-demo", clause = "a test" }}
official = false
price_year = 2010
crosswalk = "modis-igbp"
coverage_floor = "0"
layers = []
domain = "{domain}"

[[indicator]]
id = "coastal_protection"
title = {{ zh = "海岸带防护", en = "Coastal protection" }}
group = "regulating"
state = "computed"
methods = ["coastal_protection.avoided_seawall"]
"#
    )
}

/// A segment: id, type, corners.
pub type Segment<'a> = (&'a str, Option<&'a str>, &'a [(f64, f64)]);

pub struct Coast {
    pub folder: TempDir,
}

impl Coast {
    pub fn new() -> Self {
        let folder = tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        let methodology = at("methodology");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("methodology");
        fs::create_dir(&methodology).expect("folder");
        copy_tree(&root, &methodology);
        for domain in ["land", "sea", "both"] {
            let file = methodology.join(format!("profiles/coast-{domain}.toml"));
            fs::write(file, profile(domain)).expect("profile");
        }
        let cells: Vec<u8> = (1..=10).collect();
        Raster::degrees(5, 2).write(&at("classes.tif"), &cells);
        let coast = Self { folder };
        coast.zones(&COAST);
        coast.marine("sea:1", &COAST);
        coast.segments(&SEGMENTS);
        coast.write("regions.csv", REGIONS);
        coast.write("gep.toml", PROJECT);
        coast
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("file");
    }

    /// Writes the project with a text replaced.
    pub fn project(&self, from: &str, to: &str) {
        assert!(PROJECT.contains(from), "no `{from}`");
        self.write("gep.toml", &PROJECT.replacen(from, to, 1));
    }

    /// The county: from 120.02 E to a coastline.
    fn zones(&self, coast: &[(f64, f64)]) {
        let mut ring = vec![(120.02, 30.0), (120.02, 29.8)];
        ring.extend(coast.iter().rev());
        geojson(
            &self.path("zones.geojson"),
            Some("EPSG:4326"),
            &[("A", &[&ring])],
        );
    }

    /// The marine zone: from a coastline to 120.44 E.
    pub fn marine(&self, code: &str, coast: &[(f64, f64)]) {
        let mut ring = coast.to_vec();
        ring.extend([(120.44, 29.8), (120.44, 30.0)]);
        geojson(
            &self.path("marine.geojson"),
            Some("EPSG:4326"),
            &[(code, &[&ring])],
        );
    }

    pub fn segments(&self, segments: &[Segment<'_>]) {
        let features: Vec<serde_json::Value> = segments
            .iter()
            .map(|(code, kind, corners)| {
                let corners: Vec<[f64; 2]> = corners.iter().map(|(x, y)| [*x, *y]).collect();
                serde_json::json!({
                    "type": "Feature",
                    "properties": {"code": code, "type": kind},
                    "geometry": {"type": "LineString", "coordinates": corners},
                })
            })
            .collect();
        let name = "urn:ogc:def:crs:EPSG::4326";
        let crs = serde_json::json!({"type": "name", "properties": {"name": name}});
        let root =
            serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": features});
        self.write("coast.geojson", &root.to_string());
    }

    pub fn run(&self, domain: &str, out: &str) -> Result<(PathBuf, AccountReport), Findings> {
        self.run_with(domain, out, 64)
    }

    pub fn run_with(
        &self,
        domain: &str,
        out: &str,
        tile: usize,
    ) -> Result<(PathBuf, AccountReport), Findings> {
        let request = self.request(domain, out, tile);
        let report = run_account(&request, &|_, _| {})?;
        Ok((request.out, report))
    }

    /// Runs with the account of a finished run as its base.
    pub fn run_since(
        &self,
        domain: &str,
        out: &str,
        base: &Path,
    ) -> Result<(PathBuf, AccountReport), Findings> {
        let request = self.request(domain, out, 64);
        let report = run_account_since(&request, Some(base), &|_, _| {})?;
        Ok((request.out, report))
    }

    fn request(&self, domain: &str, out: &str, tile: usize) -> AccountRequest {
        AccountRequest {
            project: self.folder.path().to_path_buf(),
            out: self.path(out),
            replace: true,
            methodology: Some(self.path("methodology")),
            profile: Some(format!("coast-{domain}")),
            crosswalk: None,
            tile,
        }
    }

    /// Codes of what a run refuses.
    pub fn codes(&self, domain: &str) -> Vec<&'static str> {
        let findings = self.run(domain, "refused").expect_err("refused");
        let errors = findings.0.iter();
        let errors = errors.filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code).collect()
    }
}

/// Along the whole coastline; over land, sea and out of both; outside both.
pub const SEGMENTS: [Segment<'static>; 3] = [
    ("c1", Some("mangrove"), &COAST),
    (
        "c2",
        Some("natural_shore"),
        &[(120.05, 29.9), (120.2, 29.93), (120.47, 29.91)],
    ),
    (
        "c3",
        Some("artificial_dyke"),
        &[(120.0, 29.85), (120.01, 29.86)],
    ),
];

/// Rows of a table: key texts -> the measure, unscaled.
pub fn rows(
    out: &Path,
    table: &str,
    keys: &[&str],
    measure: &str,
) -> BTreeMap<Vec<String>, Option<i128>> {
    let columns = read_parquet(&out.join(format!("tables/{table}.parquet"))).expect("table");
    let column = |name: &str| {
        let found = columns.iter().find(|column| column.name == name);
        &found.unwrap_or_else(|| panic!("no {name}")).data
    };
    let texts = |name: &&str| match column(name) {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{other:?}"),
    };
    let texts: Vec<_> = keys.iter().map(texts).collect();
    let ColumnData::Decimal(values, _) = column(measure) else {
        panic!("{measure} is no decimal");
    };
    let key = |at: usize| -> Vec<String> {
        let of = |text: &Vec<Option<String>>| text[at].clone().unwrap_or_default();
        texts.iter().map(of).collect()
    };
    (0..values.len()).map(|at| (key(at), values[at])).collect()
}
