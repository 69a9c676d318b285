//! The only places where `gep` writes: whole files that appear at once, and digests.

mod digest;
mod output;

pub use digest::{Digest, digest_bytes, digest_file};
pub use output::{OutputFolder, write_file};
