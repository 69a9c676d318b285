//! Statistics that know nothing of accounts: how a change is shared among its
//! causes, what draws of uncertain numbers say, and whether a series has a trend.

mod closure;
mod lmdi;
mod mann_kendall;
mod normal;
mod philox;
mod propagation;
mod ranks;
mod sampling;
mod shapley;

pub use closure::{Closure, ClosureError, absolute_shares, close_to_quantum, printed_closure};
pub use lmdi::{Decomposition, LmdiError, lmdi, logarithmic_mean};
pub use mann_kendall::{Observation, Tail, Trend, TrendError, mann_kendall, sen_slope};
pub use philox::{Block, philox4x32, uniform};
pub use propagation::{
    Combination, PropagationError, Simulated, Term, product_uncertainty, simulate, sum_uncertainty,
};
pub use ranks::{RankProduct, central_interval, doubled_ranks};
pub use sampling::Spread;
pub use shapley::{closing, shapley};
