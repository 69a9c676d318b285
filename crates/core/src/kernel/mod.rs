//! Named raster methods that need neighbours: what a local formula cannot say.

mod slope;

pub use slope::slope_horn;
