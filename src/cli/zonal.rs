//! `gep zonal`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Finding, Findings, Language};
use gep_core::grid::Resampling;
use serde_json::json;

use super::progress::Progress;
use super::{Format, Global, print_findings, usage};
use crate::run::zonal::{ClassNodata, LayerFile, ZonalReport, ZonalRequest, ZoneFile, run_zonal};

/// Sums class areas and raster layers by polygon, in integers: areas on the
/// ellipsoid in mm2, partial cells by their exact share.
#[derive(Args, Debug)]
pub(super) struct ZonalArguments {
    /// Raster of class codes: the reference grid
    #[arg(long, value_name = "RASTER")]
    classes: PathBuf,
    /// Polygons, one region per code (features with one code are one region)
    #[arg(long, value_name = "VECTOR")]
    zones: PathBuf,
    /// Column of the polygons that holds the code
    #[arg(long, value_name = "COLUMN")]
    zone_id: String,
    /// Reference system of polygon files that do not name theirs, e.g. EPSG:4490
    #[arg(long, value_name = "CRS")]
    zones_crs: Option<String>,
    /// Reference system of rasters that do not name theirs
    #[arg(long, value_name = "CRS")]
    raster_crs: Option<String>,
    /// Another polygon layer to cut the zones with (repeatable)
    #[arg(long, value_name = "NAME=VECTOR:COLUMN")]
    overlay: Vec<String>,
    /// A raster to sum; QUANTUM is the step its values are rounded to (repeatable)
    #[arg(long, value_name = "NAME=RASTER[:QUANTUM]")]
    layer: Vec<String>,
    /// How a layer with another grid reaches the class grid: nearest, bilinear or average
    #[arg(long, value_name = "NAME=METHOD")]
    resample: Vec<String>,
    /// Class value that means "no class" instead of the file's own; `none`: all are classes
    #[arg(long, value_name = "VALUE|none")]
    class_nodata: Option<String>,
    /// The class codes in use; another code in the raster is an error
    #[arg(long, value_name = "CODE,CODE-CODE,…")]
    legend: Option<String>,
    /// Rows and columns of a tile; never changes a result
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(16..=16384))]
    tile: u32,
    /// Parquet file to write
    #[arg(long, value_name = "PARQUET")]
    out: PathBuf,
    /// Replace the output if it exists
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(
    arguments: &ZonalArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let request = arguments.request()?;
    let progress = Progress::default();
    let report = run_zonal(&request, &|cells, all| progress.add(cells, all))?;
    print_findings(&report.warnings, global.format, language);
    match global.format {
        Format::Text => print_text(&report, &request, language),
        Format::Json => println!("{}", to_json(&report, &request)),
    }
    Ok(ExitCode::SUCCESS)
}

impl ZonalArguments {
    fn request(&self) -> Result<ZonalRequest, Findings> {
        let mut overlays = Vec::new();
        for text in &self.overlay {
            overlays.push(overlay_file(text).ok_or_else(|| usage("overlay-argument", text))?);
        }
        let mut layers = Vec::new();
        for text in &self.layer {
            layers.push(layer_file(text).ok_or_else(|| usage("layer-argument", text))?);
        }
        for text in &self.resample {
            set_resampling(&mut layers, text)?;
        }
        check_names(&overlays, &layers)?;
        Ok(ZonalRequest {
            classes: self.classes.clone(),
            raster_crs: self.raster_crs.clone(),
            class_nodata: self.class_nodata()?,
            legend: self.legend.as_deref().map(legend).transpose()?,
            zones: ZoneFile {
                name: "region_code".into(),
                path: self.zones.clone(),
                code_column: self.zone_id.clone(),
            },
            zones_crs: self.zones_crs.clone(),
            overlays,
            layers,
            out: self.out.clone(),
            replace: self.replace,
            tile: self.tile as usize,
        })
    }

    fn class_nodata(&self) -> Result<ClassNodata, Findings> {
        match self.class_nodata.as_deref() {
            None => Ok(ClassNodata::FromFile),
            Some("none") => Ok(ClassNodata::None),
            Some(text) => text
                .parse()
                .map(ClassNodata::Value)
                .map_err(|_| usage("class-nodata-argument", text)),
        }
    }
}

fn overlay_file(text: &str) -> Option<ZoneFile> {
    let (name, rest) = text.split_once('=')?;
    let (path, column) = rest.rsplit_once(':')?;
    let complete = !name.is_empty() && !path.is_empty() && !column.is_empty();
    complete.then(|| ZoneFile {
        name: name.into(),
        path: path.into(),
        code_column: column.into(),
    })
}

fn layer_file(text: &str) -> Option<LayerFile> {
    let (name, rest) = text.split_once('=')?;
    let (path, quantum) = match rest.rsplit_once(':') {
        Some((path, quantum)) if !Path::new(rest).exists() => (path, Some(quantum.to_string())),
        _ => (rest, None),
    };
    let complete = !name.is_empty() && !path.is_empty();
    complete.then(|| LayerFile {
        name: name.into(),
        path: path.into(),
        quantum,
        resampling: None,
    })
}

fn set_resampling(layers: &mut [LayerFile], text: &str) -> Result<(), Findings> {
    let wrong = || usage("resample-argument", text);
    let (name, method) = text.split_once('=').ok_or_else(wrong)?;
    let method = Resampling::from_name(method).ok_or_else(wrong)?;
    let layer = layers
        .iter_mut()
        .find(|layer| layer.name == name)
        .ok_or_else(wrong)?;
    layer.resampling = Some(method);
    Ok(())
}

/// Names become columns: they may not repeat or hide one of ours.
fn check_names(overlays: &[ZoneFile], layers: &[LayerFile]) -> Result<(), Findings> {
    let mut seen: BTreeSet<&str> = ["region_code", "class", "state", "area_mm2"].into();
    let names = overlays
        .iter()
        .map(|o| &o.name)
        .chain(layers.iter().map(|l| &l.name));
    for name in names {
        if !seen.insert(name) {
            return Err(usage("name-twice", name));
        }
    }
    Ok(())
}

/// Reads `0,1-16,255`.
fn legend(text: &str) -> Result<BTreeSet<i64>, Findings> {
    let mut codes = BTreeSet::new();
    for part in text.split(',') {
        let wrong = || usage("legend-argument", text);
        let range = match part.split_once('-') {
            Some((from, to)) if !from.is_empty() => {
                from.trim().parse().ok().zip(to.trim().parse().ok())
            }
            _ => part.trim().parse().ok().map(|code: i64| (code, code)),
        };
        let (from, to): (i64, i64) = range.filter(|(a, b)| b - a < 1 << 16).ok_or_else(wrong)?;
        codes.extend(from..=to);
    }
    Ok(codes)
}

fn km2(mm2: i128) -> String {
    let thousandths = mm2 / 1_000_000_000;
    format!("{}.{:03}", thousandths / 1000, (thousandths % 1000).abs())
}

fn print_text(report: &ZonalReport, request: &ZonalRequest, language: Language) {
    let zh = language == Language::Zh;
    for vector in &report.vectors {
        let how = match (vector.transformed, vector.crs_declared_by_user, zh) {
            (true, true, false) => format!(
                "declared as {}, transformed to {}",
                vector.crs_label, report.crs
            ),
            (true, false, false) => format!("{}, transformed to {}", vector.crs_label, report.crs),
            (false, true, false) => format!("declared as {}", vector.crs_label),
            (false, false, false) => vector.crs_label.clone(),
            (true, true, true) => {
                format!("坐标系按声明 {}，已转换到 {}", vector.crs_label, report.crs)
            }
            (true, false, true) => format!("坐标系 {}，已转换到 {}", vector.crs_label, report.crs),
            (false, true, true) => format!("坐标系按声明 {}", vector.crs_label),
            (false, false, true) => format!("坐标系 {}", vector.crs_label),
        };
        let (file, regions) = (vector.path.display(), vector.layer.regions.len());
        let features = vector.features;
        if zh {
            println!("{file}：{regions} 个区域（{features} 个要素），{how}");
        } else {
            println!("{file}: {regions} regions ({features} features), {how}");
        }
    }
    for layer in &report.layers {
        let (name, crs, how) = (&layer.name, &layer.crs, layer.resampling.name());
        let bound = layer
            .datum_bound_m
            .map_or(String::new(), |metres| match zh {
                true => format!("，基准视为一致（相差不超过 {metres} 米）"),
                false => format!(", datums taken as one within {metres} m"),
            });
        if zh {
            println!("图层 {name}：{crs} → {}，{how}{bound}", report.crs);
        } else {
            println!("layer {name}: {crs} to {}, {how}{bound}", report.crs);
        }
    }
    let (out, rows, digest) = (request.out.display(), report.rows, &report.digest);
    let (whole, unassigned) = (km2(report.whole_mm2), km2(report.unassigned_mm2));
    if zh {
        println!("栅格面积 {whole} km2，其中区域之外 {unassigned} km2");
        println!("{out}：{rows} 行，blake3 {digest}");
    } else {
        println!("raster area {whole} km2, of which outside all regions {unassigned} km2");
        println!("{out}: {rows} rows, blake3 {digest}");
    }
}

fn to_json(report: &ZonalReport, request: &ZonalRequest) -> serde_json::Value {
    json!({
        "out": request.out,
        "rows": report.rows,
        "blake3": report.digest,
        "crs": report.crs,
        "whole_mm2": report.whole_mm2.to_string(),
        "unassigned_mm2": report.unassigned_mm2.to_string(),
        "vectors": report.vectors.iter().map(|vector| json!({
            "file": vector.path,
            "regions": vector.layer.regions.len(),
            "features": vector.features,
            "crs": vector.crs_label,
            "crs_declared_by_user": vector.crs_declared_by_user,
            "transformed": vector.transformed,
        })).collect::<Vec<_>>(),
        "layers": report.layers.iter().map(|layer| json!({
            "name": layer.name,
            "crs": layer.crs,
            "resampling": layer.resampling.name(),
            "datum_bound_m": layer.datum_bound_m,
        })).collect::<Vec<_>>(),
        "warnings": report.warnings.iter()
            .map(|finding: &Finding| finding.to_json(Language::En))
            .collect::<Vec<_>>(),
    })
}
