//! The plans: the only place that knows every stage.

pub mod methodology;
pub mod zonal;
