//! Integration tests: one binary, one file a subject.

mod account;
<<<<<<< HEAD
mod audit;
=======
mod account_checks;
>>>>>>> main
mod bad_inputs;
mod bad_projects;
mod command_line;
mod fixture;
mod methodology;
mod tidy;
mod zonal;
mod zonal_areas;
