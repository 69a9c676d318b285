//! The part of `gep` that needs neither a raster library nor a table engine.
//!
//! Layers (a folder imports only from folders of a smaller number; folders of
//! one layer do not import each other; `tests/it/tidy.rs` reads the `use` lines):
//!
//! | layer | folder |
//! |---|---|
//! | 0 | `quantity`, `diagnostic`, `storage` |
//! | 1 | `formula`, `grid` |
//! | 2 | `methodology`, `kernel` |

pub mod diagnostic;
pub mod formula;
pub mod grid;
pub mod kernel;
pub mod methodology;
pub mod quantity;
pub mod storage;
