//! Integration tests: one binary, one file a subject.

mod account;
mod account_checks;
mod audit;
mod bad_inputs;
mod bad_projects;
mod checks;
mod command_line;
mod condition;
mod crosswalk;
mod direct_reader;
mod fixture;
mod invest;
mod marine_densities;
mod methodology;
mod objects;
mod oracle;
mod over_time;
mod profile_by_data;
mod profile_runs;
mod program_digest;
mod recompute;
mod report;
mod rules;
mod tidy;
mod zonal;
mod zonal_areas;
