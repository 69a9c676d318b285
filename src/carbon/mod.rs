//! The carbon books: balances, inventory, indicators, sinks and net position as laws over
//! facts of a region and year; peak, decomposition and scenario paths as functions of
//! series. Touches no raster and reads no file.

mod balance;
mod book;
mod consistency;
mod decoupling;
mod effects;
mod indicators;
mod inventory;
mod kaya;
mod key_categories;
mod key_trends;
mod law;
mod net;
mod paths;
mod peak;
mod recalculation;
mod sinks;
mod steps;
mod uncertainty;
mod views;

use gep_core::quantity::Rational;

pub use balance::{
    BalanceLine, CoalEquivalents, DERIVED, NotClosed, close_balances, electricity_by_sector,
};
pub use book::{Book, Fact, FactKey};
pub use consistency::{Consistency, GepCarbon, Priced, consistency};
pub use decoupling::{
    Decoupling, DecouplingClass, DecouplingError, ElasticityLimits, State, decoupling,
};
pub use effects::{DecouplingRow, Effect};
pub use indicators::{IndicatorNumber, Progress, TargetNumber, indicators, targets};
pub use inventory::{ActivityInput, EmissionRow, Inventory, MEASURED, Reported, Rules, inventory};
pub use kaya::{Identity, KayaError, KayaLink, KayaYear, LinkResult, Member, MissingMember, kaya};
pub use key_categories::{KeyCategory, key_categories};
pub use key_trends::{KeyTrend, key_trends};
pub use law::{CarbonNumber, Items, Leaf, LeafKind, MissingInput, Reach, evaluate_carbon};
pub use net::{NetPosition, net_positions};
pub use paths::{
    Crossing, Fan, Parameter, ParameterPath, PathError, PathPeak, PathYear, Period, Projection,
    Scenario, fan, project,
};
pub use peak::{
    Peak, PeakClass, PeakCriteria, PeakError, PeakReason, StrictPeak, Window, WindowKind,
    classify_peak,
};
pub use recalculation::{Recalculation, recalculations};
pub use sinks::{SinkNumber, sinks};
pub use steps::{Step, steps};
pub use uncertainty::{Draws, TotalUncertainty, total_uncertainties};
pub use views::{CO2E, ElectricityUse, View, ViewTotal, add_parts, views};

fn whole(number: i64) -> Rational {
    Rational::from_integer(number.into())
}
