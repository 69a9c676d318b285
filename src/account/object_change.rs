//! The change of values that laws give object by object: lakes and reservoirs appear,
//! disappear, hold another quantity, or are priced otherwise.
//!
//! An object that only this run knows is worth nothing in the base run whatever the
//! prices, so its whole value is its appearance, and likewise its loss. Of one that both
//! know, quantity and price take their Shapley shares, closed to whole fen.

use std::collections::BTreeMap;

use gep_core::quantity::Rational;

use super::change::Effect;
use crate::statistics::{closing, shapley};

/// One object's value in a county, fen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectValue {
    /// `[quantities][prices]`, 0 the base run.
    pub fen: [[i128; 2]; 2],
    /// Whether the base run and this run know the object.
    pub there: [bool; 2],
}

/// Kind and id of an object.
pub type ObjectKey = (String, String);

/// Values by county and object.
pub type ObjectsOf = BTreeMap<String, BTreeMap<ObjectKey, ObjectValue>>;

impl ObjectValue {
    /// Returns what its change comes from. `None` if the effects do not close.
    pub fn effects(&self) -> Option<Vec<(Effect, i128)>> {
        let [old, new] = [self.fen[0][0], self.fen[1][1]];
        match self.there {
            [false, true] => Some(vec![(Effect::Appears, new)]),
            [true, false] => Some(vec![(Effect::Disappears, -old)]),
            [false, false] => Some(Vec::new()),
            [true, true] => {
                let value = |set: u32| {
                    let at = |bit: u32| (set >> bit & 1) as usize;
                    Rational::from_integer(self.fen[at(0)][at(1)].into())
                };
                let closed = closing(&shapley(2, value), new - old).ok()?;
                Some(vec![
                    (Effect::Intensity, closed[0]),
                    (Effect::Price, closed[1]),
                ])
            }
        }
    }
}

/// Adds the objects of a county up, by quantities and prices of either run.
pub fn object_sums(objects: &BTreeMap<ObjectKey, ObjectValue>) -> [[i128; 2]; 2] {
    let mut sums = [[0; 2]; 2];
    for own in objects.values() {
        for (quantities, sum) in sums.iter_mut().enumerate() {
            for (prices, sum) in sum.iter_mut().enumerate() {
                *sum += own.fen[quantities][prices];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 m3 at 2 fen become 5 m3 at 4: quantity (5 - 3) x (2 + 4) / 2 = 6, price (4 - 2)
    /// x (3 + 5) / 2 = 8; together 14 = 20 - 6.
    #[test]
    fn a_lake_that_stays_by_hand() {
        let own = ObjectValue {
            fen: [[6, 12], [10, 20]],
            there: [true, true],
        };
        let effects = own.effects().expect("closes");
        assert_eq!(effects, [(Effect::Intensity, 6), (Effect::Price, 8)]);
    }

    /// Half a fen each: what is left over by cutting goes to the first of the equals.
    #[test]
    fn a_fen_that_cannot_be_halved_goes_to_the_quantity() {
        let own = ObjectValue {
            fen: [[0, 0], [0, 1]],
            there: [true, true],
        };
        let effects = own.effects().expect("closes");
        assert_eq!(effects, [(Effect::Intensity, 1), (Effect::Price, 0)]);
    }

    #[test]
    fn objects_that_come_and_go_are_wholly_that() {
        let came = ObjectValue {
            fen: [[0, 0], [10, 20]],
            there: [false, true],
        };
        assert_eq!(came.effects(), Some(vec![(Effect::Appears, 20)]));
        let gone = ObjectValue {
            fen: [[6, 12], [0, 0]],
            there: [true, false],
        };
        assert_eq!(gone.effects(), Some(vec![(Effect::Disappears, -6)]));
    }
}
