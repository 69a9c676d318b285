//! Methodology as data: load, validate, fingerprint; it does not compute accounts.
//!
//! The calling sequence of a run:
//!
//! 1. [`Methodology::bundled`] or [`Methodology::open`].
//! 2. `methodology.profiles["zj-demo"]` gives a [`Profile`]: its indicators, derived
//!    layers (in an order in which each follows what it reads), crosswalk, price year
//!    and coverage floor. [`Methodology::project_inputs`] tells which layers and
//!    tables the project must give.
//! 3. [`Methodology::law`] gives the program of a derived layer (its rate is the one
//!    total of the program); [`Methodology::indicator_law`] that of an indicator.
//! 4. A [`Law`] feeds the program: [`Law::parameter`] the values of a parameter over
//!    labels, [`Law::total_quantum`] the rounding of a total's rate,
//!    [`Law::in_scope`] the classes it is about, [`Law::output`] what a result is.
//! 5. [`Law::row`] gives the row behind a parameter with file, line, status, source
//!    and clause, for `explain`.
//!
//! The file formats are told in `docs/file-formats.md`.

mod boundaries;
mod carbon;
mod carbon_files;
mod check;
mod check_file;
mod choice;
mod combine;
mod condition;
mod departments;
mod dictionary;
mod diff;
mod distribution;
mod distribution_file;
mod document;
mod edition;
mod example;
mod extend;
mod fingerprint;
mod law;
mod load;
mod method;
mod mutants;
mod profile;
mod table;
mod testing;
mod tree;
mod trust;

pub use boundaries::{Boundaries, BoundaryChange, CodeState, is_day};
pub use carbon::{
    BalanceCarrier, BalanceFlow, BalanceLayout, BalancePart, CarbonIndicator, EmissionCategory,
    EmissionSource, FACTOR_KINDS, FactorSet, MethodSet, SECTIONS, SECTORS, SinkKind, SinkRule,
    Target, TargetDirection,
};
pub use carbon_files::CarbonMethodology;
pub use check::{
    Check, CheckExample, CheckKind, CheckSeverity, Figure, Labels as CheckLabels, Selector,
};
pub use combine::{Bounds, CombineKind, CombineRule, Keep, Negative};
pub use condition::{ConditionClass, ConditionOrigin, ConditionVariable, ReferenceLevel};
pub use departments::{Department, Departments, FormUnit, InputForm};
pub use dictionary::{
    Citation, Crosswalk, CrosswalkRow, EcosystemType, GROUPS, QuantityEntry, SourceDocument, Title,
};
pub use diff::{Difference, DifferenceKind, Side, differences, is_money, law_texts};
pub use distribution::{Distribution, Ends, Shape};
pub use distribution_file::RowKey;
pub use edition::{Edition, ProfileDomain};
pub use example::{Example, Given};
pub use law::{BoundParameter, Law};
pub use load::{Methodology, ProjectInputs};
pub use method::{Formula, Input, LayerGrid, Method, Origin, OutputEntry, OutputKind, Parameter};
pub use mutants::{Mutant, MutantKind, MutantReport, mutate};
pub use profile::{Indicator, IndicatorGroup, IndicatorState, Profile, Rebinding};
pub use table::{Row, Status, Table};
pub use testing::{KernelWindow, Kernels, TestReport};
pub use trust::Trust;
