//! Tests of the language as a whole.

mod blocks;
mod days;
mod draws;
mod fixture;
mod refusals;
mod sketches;
mod spelling;
mod typeset;
