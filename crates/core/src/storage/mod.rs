//! The only places where `gep` writes (whole files that appear at once), digests and number ids.

mod digest;
mod number_id;
mod output;

pub use digest::{Digest, digest_bytes, digest_file};
pub use number_id::number_id;
pub use output::{OutputFolder, write_file};
