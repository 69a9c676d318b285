//! Two counties with land parcels, in every form a bureau hands them in.

use std::fs;
use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{
    Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gep::run::account::{AccountReport, AccountRequest, run_account};
use gep_core::diagnostic::{Findings, Language};
use gep_core::grid::Ellipsoid;
use tempfile::{TempDir, tempdir};

use crate::fixture::{geojson, rectangle};

/// A parcel: west, south, east, north, land class, id, and area as written.
#[derive(Clone)]
pub struct Plot {
    pub box_: [f64; 4],
    pub code: &'static str,
    pub id: &'static str,
    pub area: Option<String>,
}

/// Area of a rectangle on GRS80, m2, by the closed formula of a band.
pub fn area_m2([west, south, east, north]: [f64; 4]) -> f64 {
    let grs80 = Ellipsoid::new(6_378_137.0, 298.257_222_101);
    (grs80.zone_area_m2(north) - grs80.zone_area_m2(south)) * (east - west).to_radians()
}

fn plot(box_: [f64; 4], code: &'static str, id: &'static str) -> Plot {
    let area = Some(format!("{:.2}", area_m2(box_)));
    Plot {
        box_,
        code,
        id,
        area,
    }
}

/// Forest in A, a field across the border at 120.2 E, water in B.
pub fn plots() -> Vec<Plot> {
    vec![
        plot([120.0, 29.8, 120.1, 30.0], "0301", "1"),
        plot([120.1, 29.8, 120.25, 30.0], "0101", "2"),
        plot([120.25, 29.8, 120.4, 30.0], "1101", "3"),
    ]
}

/// The form of a parcel file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Shapefile,
    FileGdb,
    GeoPackage,
    GeoJson,
}

impl Form {
    pub fn file(self) -> &'static str {
        match self {
            Self::Shapefile => "dltb.shp",
            Self::FileGdb => "dltb.gdb",
            Self::GeoPackage => "dltb.gpkg",
            Self::GeoJson => "dltb.geojson",
        }
    }

    fn driver(self) -> &'static str {
        match self {
            Self::Shapefile => "ESRI Shapefile",
            Self::FileGdb => "OpenFileGDB",
            Self::GeoPackage => "GPKG",
            Self::GeoJson => "GeoJSON",
        }
    }

    /// The column with the class: with Chinese letters, ten bytes of GBK at most.
    pub fn code_column(self) -> &'static str {
        match self {
            Self::FileGdb => "DLBM",
            _ => "地类编码",
        }
    }
}

/// Writes parcels as the layers named, all with the same features.
pub fn write(path: &Path, form: Form, layers: &[&str], plots: &[Plot]) {
    let driver = DriverManager::get_driver_by_name(form.driver()).expect("driver");
    let mut dataset = driver.create_vector_only(path).expect("vector file");
    let mut srs = SpatialRef::from_epsg(4490).expect("crs");
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    for name in layers {
        let encoding: &[&str] = &["ENCODING=GBK"];
        let layer = dataset
            .create_layer(LayerOptions {
                name,
                srs: Some(&srs),
                ty: OGRwkbGeometryType::wkbMultiPolygon,
                options: (form == Form::Shapefile).then_some(encoding),
            })
            .expect("layer");
        layer
            .create_defn_fields(&[
                (form.code_column(), OGRFieldType::OFTString),
                ("BSM", OGRFieldType::OFTString),
                ("TBMJ", OGRFieldType::OFTString),
                ("DLMC", OGRFieldType::OFTString),
            ])
            .expect("columns");
        for plot in plots {
            let [w, s, e, n] = plot.box_;
            let wkt = format!("MULTIPOLYGON((({w} {s},{e} {s},{e} {n},{w} {n},{w} {s})))");
            let mut feature = Feature::new(layer.defn()).expect("feature");
            feature
                .set_geometry(Geometry::from_wkt(&wkt).expect("geometry"))
                .expect("geometry");
            feature.set_field_string(0, plot.code).expect("code");
            feature.set_field_string(1, plot.id).expect("id");
            if let Some(area) = &plot.area {
                feature.set_field_string(2, area).expect("area");
            }
            feature.set_field_string(3, "乔木林地").expect("name");
            feature.create(&layer).expect("feature");
        }
    }
    dataset.close().expect("written");
}

/// Two counties side by side, 120.0-120.2 and 120.2-120.4 E, 29.8-30.0 N, without a
/// raster: the laws are those of single lakes and reservoirs.
pub struct Land {
    folder: TempDir,
}

const PROJECT: &str = r#"
[project]
title = { zh = "合成图斑（测试）", en = "Synthetic parcels (test)" }
year = "2020"
profile = "water-bodies"
crosswalk = "dlbm"
boundary_version = "test"
regions = "regions.csv"
[vectors.zones]
path = "zones.geojson"
id = "code"
[objects.lake]
path = "bodies.geojson"
id = "code"
[objects.reservoir]
path = "bodies.geojson"
id = "code"
columns = [{ input = "reservoir_capacity", column = "capacity", unit = "m3" }]
[land_cover]
path = "FILE"
layer = "DLTB"
code = "CODE"
id = "BSM"
grid = { crs = "EPSG:4490", west = 120.0, north = 30.0, cell = 0.1, columns = 5, rows = 3 }
overlap_tolerance = "0.000001"
gap_tolerance = "0.000001"
tolerance_source = { zh = "测试", en = "test" }
area = { column = "TBMJ", unit = "m2", tolerance = "0.000001" }
"#;

impl Land {
    pub fn new(form: Form, plots: &[Plot]) -> Self {
        let folder = tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        let (a, b) = (
            rectangle(120.0, 29.8, 120.2, 30.0),
            rectangle(120.2, 29.8, 120.4, 30.0),
        );
        let (a, b): (&[&[_]], &[&[_]]) = (&[&a], &[&b]);
        geojson(
            &at("zones.geojson"),
            Some("EPSG:4490"),
            &[("A", a), ("B", b)],
        );
        let ring = [
            [120.05, 29.85],
            [120.06, 29.85],
            [120.06, 29.86],
            [120.05, 29.85],
        ];
        let body = serde_json::json!({
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
            "features": [{
                "type": "Feature",
                "properties": {"code": "l1", "capacity": "1000"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }],
        });
        fs::write(at("bodies.geojson"), body.to_string()).expect("bodies");
        let regions = "code,level,name_zh,name_en,parent\n\
            P,province,省,Province,\nC,city,市,City,P\nA,county,甲,A,C\nB,county,乙,B,C\n";
        fs::write(at("regions.csv"), regions).expect("regions");
        let text = PROJECT
            .replace("FILE", form.file())
            .replace("CODE", form.code_column());
        let text = match form {
            // The layer of a Shapefile is its name; GeoJSON has one.
            Form::Shapefile | Form::GeoJson => text.replace("layer = \"DLTB\"\n", ""),
            Form::FileGdb | Form::GeoPackage => text,
        };
        fs::write(at("gep.toml"), text).expect("project");
        let land = Self { folder };
        let name = if form == Form::Shapefile {
            "dltb"
        } else {
            "DLTB"
        };
        write(&land.path(form.file()), form, &[name], plots);
        land
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path("gep.toml");
        let text = fs::read_to_string(&path).expect("project");
        assert!(text.contains(from), "`{from}` is not in the project file");
        fs::write(path, text.replacen(from, to, 1)).expect("project");
    }

    pub fn request(&self) -> AccountRequest {
        AccountRequest {
            project: self.folder.path().to_path_buf(),
            out: self.path("out"),
            replace: true,
            methodology: None,
            profile: None,
            crosswalk: None,
            tile: 64,
        }
    }

    pub fn run(&self) -> Result<AccountReport, Findings> {
        run_account(&self.request(), &|_, _| {})
    }

    /// Runs, and returns the codes of the warnings about parcels.
    pub fn warnings(&self) -> Vec<&'static str> {
        let report = self
            .run()
            .unwrap_or_else(|findings| panic!("{:?}", findings.0));
        let codes = report.warnings.iter().map(|finding| finding.code);
        codes.filter(|code| code.starts_with("parcel")).collect()
    }

    /// Runs into a refusal with this code; both texts are filled.
    pub fn refused(&self, code: &str) -> String {
        let findings = match self.run() {
            Ok(_) => panic!("{code}: the project was accepted"),
            Err(findings) => findings,
        };
        let found = findings.0.iter().find(|finding| finding.code == code);
        let finding = found.unwrap_or_else(|| panic!("{code}: {:?}", findings.0));
        for language in [Language::Zh, Language::En] {
            let text = finding.to_text(language);
            assert!(!text.contains('{'), "{text}");
        }
        finding.to_text(Language::En)
    }
}
