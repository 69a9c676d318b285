//! `gep`: Gross Ecosystem Product and carbon accounts.
//!
//! Layers above those of `gep-core` (a folder imports only from smaller numbers):
//!
//! | layer | folder |
//! |---|---|
//! | 2 | `source` |
//! | 3 | `zonal`, `statistics` |
//! | 4 | `account`, `carbon` |
//! | 5 | `assess` |
//! | 7 | `output` |
//! | 8 | `audit` |
//! | 9 | `report` |
//! | 10 | `run` |
//! | 11 | `cli` |

pub mod account;
pub mod assess;
pub mod audit;
pub mod carbon;
pub mod cli;
pub mod output;
pub mod report;
pub mod run;
pub mod source;
pub mod statistics;
pub mod zonal;
