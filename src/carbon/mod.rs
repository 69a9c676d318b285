//! Carbon accounts: what series of emissions, energy, output and people say. Pure
//! functions of exact numbers; nothing here reads a raster or a file.

mod decoupling;
mod kaya;
mod paths;
mod peak;

use gep_core::quantity::Rational;

pub use decoupling::{
    Decoupling, DecouplingClass, DecouplingError, ElasticityLimits, State, decoupling,
};
pub use kaya::{Identity, KayaError, KayaLink, KayaYear, LinkResult, Member, MissingMember, kaya};
pub use paths::{
    Crossing, Fan, Parameter, ParameterPath, PathError, PathPeak, PathYear, Period, Projection,
    Scenario, fan, project,
};
pub use peak::{
    Peak, PeakClass, PeakCriteria, PeakError, PeakReason, StrictPeak, Window, WindowKind,
    classify_peak,
};

fn whole(number: i64) -> Rational {
    Rational::from_integer(number.into())
}
