//! The plans: the only place that knows every stage.

pub mod zonal;
