//! CSV files of departments: UTF-8, or GB18030 where the project says so.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use super::sheet::{Content, MAX_CELLS, Sheet, read_file, too_large};

/// Encodings a project may declare.
const UTF_8: &str = "utf-8";
const GB18030: &str = "gb18030";

/// Reads a CSV as a sheet of texts.
///
/// # Errors
///
/// An encoding that is not told or not true, another delimiter than the comma, rows of
/// other lengths than the first.
pub(super) fn open(path: &Path, name: &str, encoding: Option<&str>) -> Result<Sheet, Findings> {
    let file = path.display().to_string();
    let bytes = read_file(path, &file)?;
    let text = decode(&bytes, encoding).map_err(|finding| finding.file(&file))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut cells = BTreeMap::new();
    let (mut ragged, mut width) = (Vec::new(), None);
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| {
            Finding::error("workbook-unreadable")
                .file(&file)
                .arg("detail", error)
        })?;
        let wanted = *width.get_or_insert(record.len());
        if record.len() != wanted {
            let line = record.position().map_or(0, csv::Position::line);
            ragged.push(format!("{line} ({})", record.len()));
        }
        for (column, cell) in record
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
        {
            let (Ok(row), Ok(column)) = (u32::try_from(row), u32::try_from(column)) else {
                return Err(too_large("cells", MAX_CELLS as u64).file(&file).into());
            };
            cells.insert((row, column), Content::Text(cell.to_string()));
        }
        if cells.len() > MAX_CELLS {
            return Err(too_large("cells", MAX_CELLS as u64).file(&file).into());
        }
    }
    let mut findings = Vec::new();
    if !ragged.is_empty() {
        findings.push(
            Finding::error("csv-ragged")
                .file(&file)
                .arg("width", width.unwrap_or(0))
                .arg("lines", ragged.join(", ")),
        );
    }
    let first = text.lines().next().unwrap_or_default();
    if width == Some(1) && first.contains([';', '\t', '；', '，']) {
        findings.push(
            Finding::error("csv-delimiter")
                .file(&file)
                .arg("line", first),
        );
    }
    if findings.is_empty() {
        Ok(Sheet::of_texts(file, name.to_string(), cells))
    } else {
        Err(Findings(findings))
    }
}

/// Turns the bytes into text. Nothing is guessed: what is not UTF-8 must be declared,
/// and a declaration that the bytes contradict is refused.
fn decode(bytes: &[u8], encoding: Option<&str>) -> Result<String, Finding> {
    const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
    let marked = bytes.strip_prefix(&MARK);
    let utf8 = std::str::from_utf8(marked.unwrap_or(bytes));
    let wrong = |declared: &str| Finding::error("csv-encoding-wrong").arg("declared", declared);
    match (encoding, utf8) {
        (None | Some(UTF_8), Ok(text)) => Ok(text.to_string()),
        (None, Err(error)) => {
            let at = error.valid_up_to();
            Err(Finding::error("csv-encoding-not-told").arg("at", at))
        }
        (Some(UTF_8), Err(_)) => Err(wrong(UTF_8)),
        (Some(GB18030), Ok(text)) if marked.is_some() || !text.is_ascii() => Err(wrong(GB18030)),
        (Some(GB18030), _) => {
            let text =
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
            text.map(|text| text.into_owned())
                .ok_or_else(|| wrong(GB18030))
        }
        (Some(other), _) => Err(Finding::error("csv-encoding-unknown").arg("encoding", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::address;
    use super::*;

    fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Sheet, Findings> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        std::fs::write(&path, bytes).expect("a file");
        open(&path, "table", encoding)
    }

    fn code(bytes: &[u8], encoding: Option<&str>) -> &'static str {
        match read(bytes, encoding) {
            Ok(_) => "",
            Err(findings) => findings.0[0].code,
        }
    }

    const TEXT: &str = "行政区划代码,粮食产量（吨）\r\n330102,\"1,234.5\"\r\n";

    /// UTF-8 with and without a mark, GB18030 where it is declared: the same cells.
    #[test]
    fn encodings_give_the_same_cells() {
        let marked = [&[0xef, 0xbb, 0xbf], TEXT.as_bytes()].concat();
        let (national, _, _) = encoding_rs::GB18030.encode(TEXT);
        for (bytes, encoding) in [
            (TEXT.as_bytes(), None),
            (TEXT.as_bytes(), Some("utf-8")),
            (marked.as_slice(), None),
            (&national, Some("gb18030")),
        ] {
            let sheet = read(bytes, encoding).expect("clean");
            let cell = sheet.cell(0, 0).expect("a cell");
            assert_eq!(*cell, Content::Text("行政区划代码".into()));
            assert_eq!(address(1, 1), "B2");
            assert_eq!(sheet.cell(1, 1), Some(&Content::Text("1,234.5".into())));
        }
    }

    /// Nothing is guessed, and a declaration that is not true is refused.
    #[test]
    fn untold_and_wrong_encodings_are_refused() {
        let (national, _, _) = encoding_rs::GB18030.encode(TEXT);
        assert_eq!(code(&national, None), "csv-encoding-not-told");
        assert_eq!(code(&national, Some("utf-8")), "csv-encoding-wrong");
        assert_eq!(code(TEXT.as_bytes(), Some("gb18030")), "csv-encoding-wrong");
        assert_eq!(
            code(b"a,b\n\xff\xff,1\n", Some("gb18030")),
            "csv-encoding-wrong"
        );
        assert_eq!(code(TEXT.as_bytes(), Some("big5")), "csv-encoding-unknown");
        assert_eq!(
            code(b"a,b\n1,2\n", Some("gb18030")),
            "",
            "digits are the same in both"
        );
    }

    /// Rows of other lengths name their line; another delimiter is no table.
    #[test]
    fn ragged_rows_and_other_delimiters_are_refused() {
        let findings = read(b"a,b\n1,2\n\"3\n4\",5\n6\n", None)
            .err()
            .expect("ragged");
        assert!(findings.has("csv-ragged"));
        let text = findings.0[0].to_text(gep_core::diagnostic::Language::En);
        assert!(text.contains("5 (1)"), "{text}");
        assert_eq!(code("a;b\n1;2\n".as_bytes(), None), "csv-delimiter");
        assert_eq!(code("a，b\n1，2\n".as_bytes(), None), "csv-delimiter");
        assert_eq!(code(b"a\n1\n", None), "");
    }
}
