//! The bundled Zhejiang example: the program carries its files.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::storage::OutputFolder;

macro_rules! bundled {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_bytes!(concat!("../../datasets/demo-zhejiang/", $name)).as_slice())),+]
    };
}

/// Name and content of each file of the example.
pub const FILES: &[(&str, &[u8])] = &bundled![
    "README.md",
    "gep.toml",
    "regions.csv",
    "county_workbook.xlsx",
    "indicators_workbook.xlsx",
    "services_workbook.xlsx",
    "zj_counties_cgcs2000.geojson",
    "land_sea.geojson",
    "zj_landcover_mcd12c1_2019_igbp_0p05.tif",
    "zj_ndvi_max_0p05.tif",
    "zj_dem_5min.tif",
    "zj_precip_monthly_0p25.tif",
    "zj_temp_monthly_0p75.tif",
    "gep-2021.toml",
    "second_year_landcover.tif",
    "second_year_workbook.xlsx",
    "second_year_use_shares.csv",
    "gep-sea.toml",
    "sea_regions.csv",
    "sea_zones.geojson",
    "sea_coast.geojson",
    "sea_ecosystems.tif",
    "sea_workbook.xlsx",
];

/// Project file of the example's second year.
pub const SECOND_YEAR: &str = "gep-2021.toml";

/// Project file of the example's sea: synthetic zones off the coast.
pub const SEA: &str = "gep-sea.toml";

/// Writes the example as a project folder, ready to be copied and changed.
pub fn write_demo(folder: &Path, replace: bool) -> Result<(), Findings> {
    let fault = |error: std::io::Error| {
        let (code, exit) = match error.kind() {
            std::io::ErrorKind::AlreadyExists => ("output-exists", 2),
            _ => ("output-not-written", 74),
        };
        Finding::error(code)
            .file(folder.display())
            .arg("error", error)
            .exit(exit)
    };
    let output = OutputFolder::create(folder, replace).map_err(fault)?;
    for (name, bytes) in FILES {
        output.write(name, bytes).map_err(fault)?;
    }
    Ok(output.publish().map_err(fault)?)
}
