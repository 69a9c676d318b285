//! Statistics that know nothing of accounts: how a change is shared among its
//! causes, and what draws of uncertain numbers say.

mod normal;
mod philox;
mod ranks;
mod sampling;
mod shapley;

pub use philox::{Block, philox4x32, uniform};
pub use ranks::{RankProduct, central_interval, doubled_ranks};
pub use sampling::Spread;
pub use shapley::{closing, shapley};
