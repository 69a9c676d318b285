//! The one streaming pass: sums per piece and class, in integers.
//!
//! A pass goes over bands of rows; each band's tiles are read once, the measures
//! of their cells evaluated, and only sums kept. All sums are integers, so any
//! order of tiles and threads gives the same result to the bit.

mod derive;
mod expressions;
mod layers;
mod measure;
mod opening;
mod pass;
mod piece_classes;
mod sums;
mod warp;

pub use derive::{GraphReader, LayerGraph, LayerId, LayerNode, LayerRule};
pub use expressions::{ExpressionMeasures, ExpressionWorker, LawRates};
pub use layers::{LayerMeasures, SummedLayer};
pub use measure::{CellMeasures, MeasureBlock, MeasureWorker, NoMeasures, State, quantise};
pub use opening::{Opening, OpeningWorker, WithOpening};
pub use pass::{Pass, PassSettings};
pub use piece_classes::PieceClasses;
pub use sums::{ClassKey, MeasureSum, PieceTable, Sums};
pub use warp::Frame;
