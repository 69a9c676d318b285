//! Small rasters and polygons made on the spot.

use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use gep::output::{Column, ColumnData, read_parquet};
use gep::run::zonal::{ClassNodata, LayerFile, ZonalReport, ZonalRequest, ZoneFile, run_zonal};
use gep_core::diagnostic::Findings;

/// The bundled demo data.
pub fn demo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("datasets/demo-zhejiang")
        .join(file)
}

/// A GeoTIFF to be written.
pub struct Raster {
    pub columns: usize,
    pub rows: usize,
    pub transform: [f64; 6],
    /// `EPSG:n`, a PROJ string, or nothing.
    pub crs: Option<String>,
    pub nodata: Option<f64>,
}

impl Raster {
    /// A grid of 0.1 degree cells from 120 E, 30 N, in EPSG:4326.
    pub fn degrees(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            transform: [120.0, 0.1, 0.0, 30.0, 0.0, -0.1],
            crs: Some("EPSG:4326".into()),
            nodata: None,
        }
    }

    pub fn write<T: gdal::raster::GdalType + Copy>(&self, path: &Path, cells: &[T]) -> PathBuf {
        let driver = DriverManager::get_driver_by_name("GTiff").expect("driver");
        let mut dataset = driver
            .create_with_band_type::<T, _>(path, self.columns, self.rows, 1)
            .expect("new raster");
        dataset
            .set_geo_transform(&self.transform)
            .expect("transform");
        if let Some(crs) = &self.crs {
            let srs = SpatialRef::from_definition(crs).expect("crs");
            dataset.set_spatial_ref(&srs).expect("crs");
        }
        let mut band = dataset.rasterband(1).expect("band");
        band.set_no_data_value(self.nodata).expect("nodata");
        let size = (self.columns, self.rows);
        let mut buffer = Buffer::new(size, cells.to_vec());
        band.write((0, 0), size, &mut buffer).expect("cells");
        drop(dataset);
        path.to_path_buf()
    }
}

/// A code and its rings.
pub type Feature<'a> = (&'a str, &'a [&'a [(f64, f64)]]);

/// Writes polygons (code, rings as lists of x, y; the first is the shell) as
/// GeoJSON with a `crs` member, or without.
pub fn geojson(path: &Path, crs: Option<&str>, features: &[Feature<'_>]) -> PathBuf {
    let features: Vec<serde_json::Value> = features
        .iter()
        .map(|(code, rings)| {
            let rings: Vec<Vec<[f64; 2]>> = rings
                .iter()
                .map(|ring| {
                    let mut points: Vec<[f64; 2]> = ring.iter().map(|(x, y)| [*x, *y]).collect();
                    points.push(points[0]);
                    points
                })
                .collect();
            serde_json::json!({
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {"type": "Polygon", "coordinates": rings},
            })
        })
        .collect();
    let mut root = serde_json::json!({"type": "FeatureCollection", "features": features});
    if let Some(crs) = crs {
        let name = format!("urn:ogc:def:crs:{}", crs.replace(':', "::"));
        root["crs"] = serde_json::json!({"type": "name", "properties": {"name": name}});
    }
    std::fs::write(path, root.to_string()).expect("geojson");
    path.to_path_buf()
}

/// Corners of a rectangle, counter-clockwise.
pub fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Vec<(f64, f64)> {
    vec![(west, south), (east, south), (east, north), (west, north)]
}

/// A request with nothing but classes and zones, writing `zonal.parquet`.
pub fn request(folder: &Path, classes: &Path, zones: &Path) -> ZonalRequest {
    ZonalRequest {
        classes: classes.to_path_buf(),
        raster_crs: None,
        class_nodata: ClassNodata::FromFile,
        legend: None,
        zones: ZoneFile {
            name: "region_code".into(),
            path: zones.to_path_buf(),
            code_column: "code".into(),
        },
        zones_crs: None,
        overlays: Vec::new(),
        layers: Vec::new(),
        out: folder.join("zonal.parquet"),
        replace: true,
        tile: 64,
    }
}

/// The demo's counties over its land cover, cut by land and sea.
pub fn demo_request(folder: &Path) -> ZonalRequest {
    let mut request = request(
        folder,
        &demo("zj_landcover_mcd12c1_2019_igbp_0p05.tif"),
        &demo("zj_counties_cgcs2000.geojson"),
    );
    request.zones.code_column = "adcode".into();
    request.overlays.push(ZoneFile {
        name: "realm".into(),
        path: demo("land_sea.geojson"),
        code_column: "id".into(),
    });
    request
}

/// A layer of a request.
pub fn layer(name: &str, path: &Path, quantum: &str) -> LayerFile {
    LayerFile {
        name: name.into(),
        path: path.to_path_buf(),
        quantum: Some(quantum.into()),
        resampling: None,
    }
}

/// One row of a zonal table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub region: String,
    pub class: Option<i64>,
    pub state: String,
    pub area_mm2: i128,
    /// Sum, valid area and missing area of each layer.
    pub layers: Vec<[Option<i128>; 3]>,
}

/// Runs a request and reads its table back.
pub fn run(request: &ZonalRequest) -> Result<(ZonalReport, Vec<Row>), Findings> {
    let report = run_zonal(request, &|_, _| {})?;
    let columns = read_parquet(&request.out).expect("table");
    let decimals = |name: &str| match &column(&columns, name).data {
        ColumnData::Decimal(values, 0) => values.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let texts = |name: &str| match &column(&columns, name).data {
        ColumnData::Text(values) => values.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let classes = match &column(&columns, "class").data {
        ColumnData::Integer(values) => values.clone(),
        other => panic!("class is {other:?}"),
    };
    let (regions, states, areas) = (texts("region_code"), texts("state"), decimals("area_mm2"));
    let layers: Vec<[Vec<Option<i128>>; 3]> = request
        .layers
        .iter()
        .map(|layer| {
            ["sum", "valid_area_mm2", "missing_area_mm2"]
                .map(|part| decimals(&format!("{}_{part}", layer.name)))
        })
        .collect();
    let rows = (0..regions.len())
        .map(|at| Row {
            region: regions[at].clone().expect("region"),
            class: classes[at],
            state: states[at].clone().expect("state"),
            area_mm2: areas[at].expect("area"),
            layers: layers
                .iter()
                .map(|parts| [parts[0][at], parts[1][at], parts[2][at]])
                .collect(),
        })
        .collect();
    Ok((report, rows))
}

fn column<'a>(columns: &'a [Column], name: &str) -> &'a Column {
    columns
        .iter()
        .find(|column| column.name == name)
        .unwrap_or_else(|| panic!("no column {name}"))
}

/// Area of all rows that pass a test, mm2.
pub fn area(rows: &[Row], wanted: impl Fn(&Row) -> bool) -> i128 {
    rows.iter()
        .filter(|row| wanted(row))
        .map(|row| row.area_mm2)
        .sum()
}
