//! GEP accounts: from sums over cells and tables of departments to quantities,
//! values and totals by region. Exact; touches no raster.

mod asset;
mod bridge;
mod change;
mod combine;
mod condition;
mod drawn;
mod evaluate;
mod ground;
mod law;
mod object_change;
mod objects;
mod ratios;
mod rollup;
mod supply_use;
mod uncertain_law;
mod uncertain_rules;
mod uncertainty;

pub use asset::{Discounting, present_value_fen};
pub use bridge::{Cause, Compared, Counting, Crossings, LineKey, NotClosed, bridge, bundles};
pub use change::{
    Change, ChangeKey, ConstantBy, Crossed, Effect, FenOf, GEP, Revalued, Territory, decompose,
};
pub use combine::{ALL_OPERANDS, COMBINE_OUTPUTS, combine, counted, operands};
pub use condition::{
    ConditionIndex, ConditionKey, ConditionValue, Member, OVERALL, ValuesOf, condition_indices,
    roll_up_condition,
};
pub use drawn::{Drawn, TooLarge};
pub use evaluate::{TableInput, TableValues, evaluate_law};
pub use ground::{ClassGround, ZoneGround};
pub use law::{AccountLaw, RateSlot, trust_of, trust_of_crosswalk, trust_of_layers};
pub use object_change::{ObjectKey, ObjectValue, ObjectsOf, object_sums};
pub use objects::{ObjectAmount, object_amounts};
pub use ratios::{Part, RATIO_DIGITS, RATIOS, Ratio, by_status};
pub use rollup::{Region, RegionLevel, Rollup, ancestors, bases, roll_up, total_gep};
pub use supply_use::{
    NOT_BY_TYPE, NOT_GIVEN, Side, SupplyUse, SupplyUseKey, UseShares, supply_use,
};
pub use uncertain_law::{DrawnPlaces, DrawnRow, drawn_names, drawn_rows};
pub use uncertain_rules::counted_draws;
pub use uncertainty::{
    Contribution, DrawnParameter, Interval, UncertainAccount, Uncertainty, simulate,
};

pub use gep_core::methodology::Trust;
use gep_core::quantity::{Fen, Rational};

/// Whether a number is there, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is there.
    Computed,
    /// Coverage is below the profile's floor.
    Withheld,
    /// An input is missing.
    Missing,
}

impl State {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Withheld => "withheld",
            Self::Missing => "missing",
        }
    }

    /// Returns the code of the reason; empty if there is none to give.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Computed => "",
            Self::Withheld => "coverage-below-floor",
            Self::Missing => "input-missing",
        }
    }
}

/// What a number is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmountKey {
    /// Region code.
    pub region: String,
    /// Ecosystem type, or `all`.
    pub class: String,
    /// Indicator.
    pub indicator: String,
    /// Output of the method.
    pub output: String,
    /// Item, such as a pollutant; empty if there is none.
    pub item: String,
}

/// The class of rows over all classes.
pub const ALL_CLASSES: &str = "all";

/// One number of the physical or the value account.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// What it is about.
    pub key: AmountKey,
    /// The method.
    pub method: String,
    /// Its printed unit.
    pub unit: String,
    /// Whether it is money.
    pub money: bool,
    /// Its value in that unit.
    pub value: Option<Rational>,
    /// Area with all inputs, mm2.
    pub valid_mm2: i128,
    /// Area concerned, mm2.
    pub concerned_mm2: i128,
    /// Whether it is there.
    pub state: State,
    /// Children that are not there or not whole.
    pub missing: Vec<String>,
    /// How far it may be relied on.
    pub trust: Trust,
}

impl Amount {
    /// Returns the share of the area concerned whose inputs were all there.
    pub fn coverage(&self) -> Option<f64> {
        (self.concerned_mm2 > 0).then(|| self.valid_mm2 as f64 / self.concerned_mm2 as f64)
    }

    /// Returns a computed value in fen.
    pub fn fen(&self) -> Option<i128> {
        let value = self.value.as_ref();
        let value = value.filter(|_| self.state == State::Computed)?;
        Fen::from_yuan(value).ok().map(|fen| fen.0)
    }

    /// Returns whether a child of it is missing.
    pub fn partial(&self) -> bool {
        !self.missing.is_empty()
    }
}
