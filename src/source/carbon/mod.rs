//! Files of the carbon books: project, statistics, activity, energy balances.

mod activity;
mod balance;
mod balance_sheet;
mod cells;
mod dictionary;
mod project;
mod statistics;

pub use activity::{Activity, ActivityRow, read_activity};
pub use balance::{BalanceRow, read_balance};
pub use dictionary::{Dictionary, STATUSES};
pub use project::{
    CarbonProject, CarbonRegion, GepEntry, GridRule, PathEntry, PeakSeries, ScenarioEntry,
    TargetEntry,
};
pub use statistics::{Chosen, StatisticRow, choose_vintage, read_statistics};
