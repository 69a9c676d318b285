//! The identity of a printed number.

/// Digits of a number id: 65 of the digest's 256 bits. Ids are looked up within
/// one run, so that a run of a million numbers meets a chance twin with a
/// probability below 2e-8.
const DIGITS: usize = 13;

/// The alphabet of RFC 4648 base32 in lower case, five bits a digit.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Ends each field, so that the fields `ab`, `c` and `a`, `bc` differ.
const FIELD_END: [u8; 1] = [0x1f];

/// Returns the id of one number: a table, the values of its key columns in key
/// order, and the name of the measure.
///
/// The id is the first 13 digits of the lower-case base32 (RFC 4648, no padding)
/// of the BLAKE3 digest over the UTF-8 of all fields, each followed by the byte
/// 0x1F. It names the place of a number, not its value: the id survives a
/// restatement, so that a report and its correction speak of the same number.
pub fn number_id(table: &str, keys: &[&str], measure: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let fields = std::iter::once(table).chain(keys.iter().copied());
    for field in fields.chain(std::iter::once(measure)) {
        hasher.update(field.as_bytes());
        hasher.update(&FIELD_END);
    }
    first_digits(hasher.finalize().as_bytes())
}

fn first_digits(digest: &[u8; 32]) -> String {
    let bit = |at: usize| usize::from(digest[at / 8] >> (7 - at % 8) & 1);
    (0..DIGITS)
        .map(|digit| {
            let value = (0..5).fold(0, |value, at| value << 1 | bit(digit * 5 + at));
            char::from(ALPHABET[value])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base32 digits agree with the test vectors of RFC 4648, section 10.
    #[test]
    fn digits_follow_the_standard() {
        let mut digest = [0_u8; 32];
        digest[..6].copy_from_slice(b"foobar");
        assert!(first_digits(&digest).starts_with("mzxw6ytboi"));
    }

    /// One number, worked out with the Python packages blake3 and base64, outside this program.
    #[test]
    fn id_is_the_published_definition() {
        assert_eq!(
            number_id("gep", &["331127", "soil_retention"], "value_fen"),
            "urroptitmfjb7"
        );
    }

    /// Fields that join to the same text are different numbers.
    #[test]
    fn field_borders_count() {
        let whole = number_id("gep", &["ab", "c"], "value_fen");
        assert_ne!(whole, number_id("gep", &["a", "bc"], "value_fen"));
        assert_ne!(whole, number_id("gep", &["ab"], "value_fen"));
        assert_eq!(whole.len(), DIGITS);
    }
}
