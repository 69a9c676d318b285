//! Integration tests: one binary, one file a subject.

mod bad_inputs;
mod command_line;
mod fixture;
mod tidy;
mod zonal;
mod zonal_areas;
