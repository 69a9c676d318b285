//! Geotransforms, ellipsoidal areas, polygon overlay and integer coverage.
//!
//! Nothing here knows a raster library or a service. Coordinates of polygons are
//! integers (`Snapped`), areas are integers in mm2, and every rounding is done
//! once, at a place both neighbours of an edge share.

mod area;
mod coverage;
mod ellipsoid;
mod footprint;
mod geodesic;
mod helmert;
mod lattice;
mod lines;
mod lines_locate;
mod node;
mod overlay;
mod overlay_faces;
mod overlay_index;
mod resample;
mod spec;

pub use area::{AreaModel, AreaSurface, AuthalicPoint, SurfacePlan};
pub use coverage::{Coverage, Run, Weight};
pub use ellipsoid::Ellipsoid;
pub use footprint::{Footprint, NO_SHARE, Place, SourceWindow, bounds};
pub use helmert::{Helmert, Rotation};
pub use lattice::Lattice;
pub use lines::{CodedLine, CutLines, LineOverlap, cut_lines};
pub use node::{Point, Snap};
pub use overlay::{
    CodedRegion, Gap, Overlap, Overlay, OverlayFailure, PieceEdge, PolygonLayer, Ring, overlay,
};
pub use resample::{
    AxisWeights, Masked, Resampling, column_weights, needed_at, resample, row_weights, value_at,
};
pub use spec::{GridSpec, SpecFault};

#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod lines_tests;
