//! Cells of plain GeoTIFF files, decoded without GDAL.
//!
//! Only pixels are read here. What a raster is (grid, reference system, nodata,
//! scale, masks) GDAL alone says. What this reader does not know is left to GDAL; a
//! chunk whose packed bytes are wrong is refused. Nothing is repaired or guessed.
//! Known are tiles and strips, both byte orders, classic and BigTIFF, both planar
//! layouts, whole and IEEE numbers of 8 to 64 bits, stored as they are or packed by
//! Deflate, LZW or ZSTD, with predictors 1 to 3.

mod chunks;
mod codec;
mod directory;
mod layout;
mod predictor;

pub use chunks::{Cells, ChunkReader};
pub use codec::Unread;
pub use layout::{Layout, SampleKind};
