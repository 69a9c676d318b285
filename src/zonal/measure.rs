//! Measures: what is summed over cells besides area.

use gep_core::diagnostic::Findings;

use crate::source::gdal::{ClassBlock, Window};

/// What is known of a measure in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// An input is missing.
    Missing,
    /// The rate is known.
    Valid,
    /// The measure does not concern the cell's class.
    OutOfScope,
}

/// Quantised rates of one measure in a window.
#[derive(Clone, Debug, Default)]
pub struct MeasureBlock {
    /// Rates in quanta; meaningless where the state is not `Valid`.
    pub rates: Vec<i64>,
    /// State of each cell.
    pub states: Vec<State>,
}

/// Measures that many threads can evaluate.
pub trait CellMeasures: Sync {
    /// One thread's readers and buffers.
    type Worker: MeasureWorker;
    /// Returns the number of measures.
    fn count(&self) -> usize;
    /// Opens what one thread needs.
    fn worker(&self) -> Result<Self::Worker, Findings>;
}

/// One thread's evaluation of all measures.
pub trait MeasureWorker {
    /// Evaluates all measures of a window into `out`, one block a measure.
    fn evaluate(
        &mut self,
        window: Window,
        classes: &ClassBlock,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings>;
}

/// No measures: areas only.
pub struct NoMeasures;

impl CellMeasures for NoMeasures {
    type Worker = Self;

    fn count(&self) -> usize {
        0
    }

    fn worker(&self) -> Result<Self, Findings> {
        Ok(Self)
    }
}

impl MeasureWorker for NoMeasures {
    fn evaluate(
        &mut self,
        _: Window,
        _: &ClassBlock,
        _: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        Ok(())
    }
}

/// Largest rate in quanta. With it and 2^87 mm2, more than 10^11 km2, sums stay
/// below 10^38 and fit both i128 and a decimal of 38 digits.
const LARGEST_RATE: f64 = (1_i64 << 39) as f64;

/// Rounds a rate to quanta, half away from zero; `None` if it is too large.
pub fn quantise(rate: f64, per_quantum: f64) -> Option<i64> {
    let quanta = rate * per_quantum;
    if quanta.is_nan() || quanta.abs() > LARGEST_RATE {
        return None;
    }
    // The same as `round`, in instructions every processor has.
    let whole = quanta as i64;
    let rest = quanta - whole as f64;
    Some(whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_nothing_else_moves() {
        for (rate, expected) in [
            (0.5, 1),
            (-0.5, -1),
            (1.5, 2),
            (-2.5, -3),
            (0.499_999_999_999_999_94, 0),
            (-0.499_999_999_999_999_94, 0),
            (2.4, 2),
            (-2.6, -3),
            (1e11 + 0.5, 100_000_000_001),
        ] {
            assert_eq!(quantise(rate, 1.0), Some(expected), "{rate}");
            assert_eq!(quantise(rate, 1.0), Some(rate.round() as i64), "{rate}");
        }
        assert_eq!(quantise(1e12, 1.0), None);
        assert_eq!(quantise(f64::NAN, 1.0), None);
    }
}
