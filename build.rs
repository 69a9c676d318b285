//! Gives the program the digest of the sources it is built from, so that a run can say
//! which program made it. Neither time nor place enters.

#[path = "build/sources.rs"]
mod sources;

use std::env;
use std::io;
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    for part in sources::PARTS {
        println!("cargo:rerun-if-changed={part}");
    }
    println!("cargo:rustc-env=GEP_SOURCES={}", sources::digest(&root)?);
    Ok(())
}
