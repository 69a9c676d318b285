//! The carbon books: inventory, energy indicators, sinks and net position, as laws
//! over facts of a region and year. Touches no raster and reads no file.

mod balance;
mod book;
mod indicators;
mod inventory;
mod law;
mod net;
mod sinks;
mod views;

pub use balance::{
    BalanceLine, CoalEquivalents, DERIVED, NotClosed, close_balances, electricity_by_sector,
};
pub use book::{Book, Fact, FactKey};
pub use indicators::{IndicatorNumber, Progress, TargetNumber, indicators, targets};
pub use inventory::{ActivityInput, EmissionRow, Inventory, MEASURED, Reported, Rules, inventory};
pub use law::{CarbonNumber, Items, Leaf, LeafKind, MissingInput, Reach, evaluate_carbon};
pub use net::{NetPosition, net_positions};
pub use sinks::{SinkNumber, sinks};
pub use views::{CO2E, ElectricityUse, View, ViewTotal, views};
