//! Integration tests: one binary, one file a subject.

mod account;
mod bad_inputs;
mod bad_projects;
mod command_line;
mod fixture;
mod report;
mod tidy;
mod zonal;
mod zonal_areas;
