//! Tests of the language as a whole.

mod blocks;
mod draws;
mod fixture;
mod refusals;
mod sketches;
mod spelling;
mod typeset;
