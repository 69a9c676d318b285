//! `datum_shift` of a layer: the seven parameters a surveying office gives.

use gep_core::grid::{Helmert, Rotation};
use serde::Deserialize;

use super::project::BothTexts;

/// How the signs of the rotations are meant, as written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// The position vector turns (Bursa-Wolf).
    PositionVector,
    /// The coordinate frame turns.
    CoordinateFrame,
}

/// Seven parameters from the datum of a layer to that of the land cover.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatumShift {
    /// Shift along X, m.
    pub dx_m: f64,
    /// Shift along Y, m.
    pub dy_m: f64,
    /// Shift along Z, m.
    pub dz_m: f64,
    /// Rotation about X, arc seconds.
    pub rx_arcsec: f64,
    /// Rotation about Y, arc seconds.
    pub ry_arcsec: f64,
    /// Rotation about Z, arc seconds.
    pub rz_arcsec: f64,
    /// Change of scale, parts in a million.
    pub scale_ppm: f64,
    /// How the signs of the rotations are meant.
    pub convention: Convention,
    /// Who gave the parameters.
    pub source: BothTexts,
}

impl DatumShift {
    /// Returns the parameters.
    pub fn helmert(&self) -> Helmert {
        Helmert {
            shift_m: [self.dx_m, self.dy_m, self.dz_m],
            rotation_arcsec: [self.rx_arcsec, self.ry_arcsec, self.rz_arcsec],
            scale_ppm: self.scale_ppm,
            convention: match self.convention {
                Convention::PositionVector => Rotation::PositionVector,
                Convention::CoordinateFrame => Rotation::CoordinateFrame,
            },
        }
    }
}
