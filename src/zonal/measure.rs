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
    fits(quanta).then(|| whole(quanta))
}

fn fits(quanta: f64) -> bool {
    quanta.abs() <= LARGEST_RATE
}

/// The same as `round`, without a branch and in instructions every processor has
/// for several numbers at once. Right where the number fits.
fn whole(quanta: f64) -> i64 {
    // Numbers of this size have no fraction: a sum with it is rounded to the nearest
    // whole number, a half to the even one, and its last bits are that number.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let shifted = quanta + SHIFT;
    let rest = quanta - (shifted - SHIFT);
    let up = i64::from((rest >= 0.5) & (quanta > 0.0));
    let down = i64::from((rest <= -0.5) & (quanta < 0.0));
    let nearest = (shifted.to_bits() as i64).wrapping_sub(SHIFT.to_bits() as i64);
    nearest.wrapping_add(up).wrapping_sub(down)
}

impl MeasureBlock {
    /// Rounds values to quanta where the states, set before, say that they are
    /// known.
    ///
    /// # Errors
    ///
    /// The first cell whose rate is too large.
    pub fn quantise(&mut self, values: &[f64], per_quantum: f64) -> Result<(), usize> {
        self.rates.resize(self.states.len(), 0);
        let quanta = |value: f64, state: State| match state {
            State::Valid => value * per_quantum,
            _ => 0.0,
        };
        let mut all_fit = true;
        for ((rate, &value), &state) in self.rates.iter_mut().zip(values).zip(&self.states) {
            let quanta = quanta(value, state);
            all_fit &= fits(quanta);
            *rate = whole(quanta);
        }
        if all_fit {
            return Ok(());
        }
        let mut cells = values.iter().zip(&self.states);
        match cells.position(|(&value, &state)| !fits(quanta(value, state))) {
            None => Ok(()),
            Some(cell) => Err(cell),
        }
    }
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
        assert_eq!(quantise(f64::INFINITY, 1.0), None);
    }

    /// Every half and its neighbours in both directions, small and large.
    #[test]
    fn whole_is_round() {
        for step in -2000_i32..2000 {
            for far in [0.0, 1e3, 1e7, 5e11] {
                let half = far + f64::from(step) * 0.5;
                for near in [half.next_down(), half, half.next_up()] {
                    assert_eq!(quantise(near, 1.0), Some(near.round() as i64), "{near}");
                    assert_eq!(
                        quantise(-near, 1.0),
                        Some((-near).round() as i64),
                        "-{near}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_block_is_its_cells_one_by_one() {
        let mut block = MeasureBlock {
            states: vec![
                State::Valid,
                State::Missing,
                State::OutOfScope,
                State::Valid,
            ],
            ..MeasureBlock::default()
        };
        assert_eq!(block.quantise(&[2.5, f64::NAN, 1e300, -0.5], 1.0), Ok(()));
        assert_eq!(block.rates, [3, 0, 0, -1]);
        assert_eq!(block.quantise(&[2.5, f64::NAN, 1e300, 1e12], 1.0), Err(3));
    }
}
