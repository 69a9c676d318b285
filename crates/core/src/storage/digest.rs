//! Content digests (BLAKE3, 256 bits, printed as hexadecimal).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A 256-bit BLAKE3 digest, in hexadecimal.
pub type Digest = String;

/// Returns the digest of some bytes.
pub fn digest_bytes(bytes: &[u8]) -> Digest {
    blake3::hash(bytes).to_hex().to_string()
}

/// Returns the digest of a file's content.
pub fn digest_file(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..count]);
    }
}
