//! What is refused of polygon layers once they are cut: rings that cross themselves,
//! regions that overlap, land that overlaps the sea.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Severity};
use gep_core::grid::{CodedRegion, Overlay, OverlayFailure, PolygonLayer, Snap};

use crate::source::gdal::VectorSource;
use crate::source::project::is_marine;

/// Polygon layers as read and as they are cut.
pub(super) struct ReadLayers<'a> {
    pub(super) vectors: &'a [VectorSource],
    pub(super) marine: Option<&'a VectorSource>,
    pub(super) layers: &'a [PolygonLayer],
    /// How many of the layers have their overlaps looked at here.
    pub(super) checked: usize,
    pub(super) snap: Snap,
}

/// Puts marine zones beside the counties, in the order of codes.
///
/// # Errors
///
/// Codes of marine zones that do not begin with `sea:`, and codes of counties that do.
pub(super) fn join_marine(
    layer: &mut PolygonLayer,
    counties: &VectorSource,
    marine: Option<&VectorSource>,
) -> Result<(), Findings> {
    let Some(marine) = marine else {
        return Ok(());
    };
    let mut findings = Vec::new();
    let wrong = |vector: &VectorSource, is_wrong: &dyn Fn(&str) -> bool| -> Option<Finding> {
        let codes = vector
            .layer
            .regions
            .iter()
            .map(|region| region.code.as_str());
        let wrong: Vec<&str> = codes.filter(|code| is_wrong(code)).collect();
        (!wrong.is_empty()).then(|| {
            Finding::error("marine-code")
                .file(vector.path.display())
                .arg("count", wrong.len())
                .arg("codes", wrong.join(", "))
        })
    };
    findings.extend(wrong(marine, &|code| !is_marine(code)));
    findings.extend(wrong(counties, &|code| is_marine(code)));
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    layer.regions.extend(marine.layer.regions.iter().cloned());
    layer.regions.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(())
}

/// Overlaps of one layer up to this share of the smaller region are put right and
/// told; larger ones are refused.
///
/// A rule of the engine, not of a methodology: it says what still is rounding of the
/// drawn edges (1e-9 degree or 0.1 mm, times their length), before any standard is asked.
/// No profile may widen it, or the same boundaries would be good under one standard and
/// bad under another.
const OVERLAP_TOLERANCE: f64 = 1e-6;

impl ReadLayers<'_> {
    fn region(&self, layer: usize, region: usize) -> &CodedRegion {
        &self.layers[layer].regions[region]
    }

    /// The file a region of a layer comes from.
    fn path(&self, layer: usize, region: &CodedRegion) -> &Path {
        match self.marine {
            Some(marine) if layer == 0 && is_marine(&region.code) => &marine.path,
            _ => &self.vectors[layer].path,
        }
    }

    fn place(&self, point: gep_core::grid::Point) -> String {
        let (x, y) = self.snap.coordinates(point);
        format!("{x}, {y}")
    }

    /// Turns failures of the overlay into findings with codes and coordinates.
    pub(super) fn failures(&self, failures: &[OverlayFailure]) -> Findings {
        let finding = |code, layer: usize, region: usize, at| {
            let region = self.region(layer, region);
            Finding::error(code)
                .file(self.path(layer, region).display())
                .place(self.place(at))
                .arg("code", &region.code)
        };
        let one = |failure: &OverlayFailure| match failure {
            OverlayFailure::SelfCrossing {
                layer,
                region,
                place,
            } => finding("polygon-crosses-itself", *layer, *region, *place),
            OverlayFailure::HoleOutside {
                layer,
                region,
                place,
            } => finding("hole-outside-shell", *layer, *region, *place),
            OverlayFailure::NotSettled => Finding::error("overlay-not-settled").exit(70),
        };
        Findings(failures.iter().map(one).collect())
    }

    /// Refuses overlaps beyond the tolerance; smaller ones are returned as warnings.
    pub(super) fn check_overlaps(&self, overlay: &Overlay) -> Result<Vec<Finding>, Findings> {
        let mut findings = Vec::new();
        let own = overlay.overlaps.iter();
        for overlap in own.filter(|overlap| overlap.layer < self.checked) {
            let region = |at: usize| self.region(overlap.layer, at);
            let (lower, higher) = (region(overlap.lower), region(overlap.higher));
            let unit = self.snap.units_per_one();
            let (_, y) = self.snap.coordinates(overlap.place);
            let plane = overlap.twice_area as f64 / (2.0 * unit * unit);
            let km2 = plane_km2(plane, y, self.snap);
            let smaller = lower.twice_area().min(higher.twice_area());
            let share = overlap.twice_area as f64 / smaller as f64;
            let make = if share > OVERLAP_TOLERANCE {
                Finding::error
            } else {
                Finding::warning
            };
            // On the coast the two sides come from two files, and it is the coastline
            // that stands on both.
            let coast = is_marine(&lower.code) != is_marine(&higher.code);
            let code = if overlap.layer == 0 && coast {
                "land-sea-overlap"
            } else {
                "zones-overlap"
            };
            findings.push(
                make(code)
                    .file(self.path(overlap.layer, higher).display())
                    .place(self.place(overlap.place))
                    .arg("lower", &lower.code)
                    .arg("higher", &higher.code)
                    .arg("km2", format!("{km2:.6}"))
                    .arg("share", format!("{share:.2e}")),
            );
        }
        let (errors, warnings): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        if errors.is_empty() {
            Ok(warnings)
        } else {
            Err(Findings(errors))
        }
    }
}

/// Area for a message: square degrees are taken at their latitude.
pub(super) fn plane_km2(area: f64, y: f64, snap: Snap) -> f64 {
    match snap {
        Snap::Metre => area / 1e6,
        Snap::Degree => area * 111.32 * 110.9 * y.to_radians().cos(),
    }
}
