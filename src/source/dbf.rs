//! The encoding of a Shapefile's texts: told by a `.cpg`, by the code page in the
//! header of the `.dbf`, or by nobody, and then only plain letters may be in it.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

/// Code pages of the `.dbf` header that mean GBK, as the decoder takes them.
const GBK_CODE_PAGES: [u8; 2] = [0x4d, 0x7a];
/// Bytes of the header, and of the description of each column after it.
const HEADER: usize = 32;
/// Bytes of a column's name.
const NAME: usize = 11;

/// Returns the encoding of a Shapefile's texts by the name the decoder knows; nothing
/// if they need none, and for other files, which say theirs.
///
/// # Errors
///
/// `shapefile-encoding-unknown` with the first bytes that need one,
/// `shapefile-encoding-conflict` if the declared one is not that of the `.cpg`, and
/// `encoding-not-needed` if one is declared for a file of another kind.
pub fn text_encoding(path: &Path, declared: Option<&str>) -> Result<Option<String>, Findings> {
    let shapefile = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("shp"));
    if !shapefile {
        return match declared {
            None => Ok(None),
            Some(encoding) => Err(Finding::error("encoding-not-needed")
                .file(path.display())
                .arg("encoding", encoding)
                .into()),
        };
    }
    let side = |lower: &str, upper: &str| {
        let lower = path.with_extension(lower);
        if lower.is_file() {
            lower
        } else {
            path.with_extension(upper)
        }
    };
    let told = std::fs::read_to_string(side("cpg", "CPG")).ok();
    match (told.as_deref().map(str::trim), declared) {
        (Some(told), Some(declared)) if family(told) != family(declared) => {
            Err(Finding::error("shapefile-encoding-conflict")
                .file(path.display())
                .arg("own", told)
                .arg("declared", declared)
                .into())
        }
        (Some(name), _) | (None, Some(name)) => Ok(Some(decoder_name(name))),
        (None, None) => plain(&side("dbf", "DBF")).map(|()| None),
    }
}

/// Names of one encoding are one: 936 is GBK is a part of GB18030.
fn family(name: &str) -> String {
    let name: String = name
        .to_uppercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let bare = name.trim_start_matches("OEM").trim_start_matches("CP");
    match bare {
        "936" | "GBK" | "GB2312" | "GB18030" | "54936" | "EUCCN" => "GB".to_string(),
        "UTF8" | "65001" => "UTF8".to_string(),
        other => other.to_string(),
    }
}

/// The decoder does not know every spelling of a `.cpg`, and GB18030 holds all of GBK.
fn decoder_name(name: &str) -> String {
    match family(name).as_str() {
        "GB" => "GB18030".to_string(),
        "UTF8" => "UTF-8".to_string(),
        _ => name.to_string(),
    }
}

/// Refuses names of columns and texts with bytes beyond ASCII.
fn plain(path: &Path) -> Result<(), Findings> {
    let fault = |error: std::io::Error| {
        Finding::error("vector-unreadable")
            .file(path.display())
            .arg("error", error)
    };
    let mut reader = BufReader::new(File::open(path).map_err(fault)?);
    let mut header = [0_u8; HEADER];
    reader.read_exact(&mut header).map_err(fault)?;
    if GBK_CODE_PAGES.contains(&header[29]) {
        return Ok(());
    }
    let length = usize::from(u16::from_le_bytes([header[8], header[9]]));
    let mut columns = vec![0_u8; length.saturating_sub(HEADER)];
    reader.read_exact(&mut columns).map_err(fault)?;
    // Of a column only the name is text: its length is a byte of any value.
    for column in columns.chunks(HEADER).filter(|one| one.len() == HEADER) {
        refuse_beyond_ascii(path, &column[..NAME])?;
    }
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let count = reader.read(&mut buffer).map_err(fault)?;
        if count == 0 {
            return Ok(());
        }
        refuse_beyond_ascii(path, &buffer[..count])?;
    }
}

fn refuse_beyond_ascii(path: &Path, bytes: &[u8]) -> Result<(), Findings> {
    let Some(at) = bytes.iter().position(|byte| *byte >= 0x80) else {
        return Ok(());
    };
    let sample: Vec<String> = bytes[at..]
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Err(Finding::error("shapefile-encoding-unknown")
        .file(path.display())
        .arg("sample", sample.join(" "))
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_encoding_are_one() {
        for name in ["GBK", "936", "CP936", "oem 936", "GB18030", "gb2312"] {
            assert_eq!(family(name), "GB", "{name}");
        }
        assert_eq!(family("UTF-8"), family("utf8"));
        assert_ne!(family("BIG5"), "GB");
    }
}
