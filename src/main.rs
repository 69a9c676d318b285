//! The `gep` program.

fn main() -> std::process::ExitCode {
    gep::cli::main()
}
