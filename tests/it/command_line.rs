//! What only the program itself adds: arguments, exit codes, streams.

use std::process::{Command, Output};

use tempfile::tempdir;

use crate::fixture::{Raster, demo, geojson, rectangle};

fn gep(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gep"))
        .args(arguments)
        .output()
        .expect("gep runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn zonal_prints_what_it_did_and_ends_with_0() {
    let folder = tempdir().expect("folder");
    let out = folder.path().join("areas.parquet");
    let done = gep(&[
        "zonal",
        "--classes",
        &demo("zj_landcover_mcd12c1_2019_igbp_0p05.tif").to_string_lossy(),
        "--zones",
        &demo("zj_counties_cgcs2000.geojson").to_string_lossy(),
        "--zone-id",
        "adcode",
        "--out",
        &out.to_string_lossy(),
        "--lang",
        "zh",
    ]);
    let (words, errors) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{errors}");
    assert!(
        words.contains("90 个区域") && words.contains("EPSG:4490"),
        "{words}"
    );
    assert!(errors.is_empty(), "{errors}");
    assert!(out.exists());
}

#[test]
fn refusal_ends_with_65_and_a_finding_in_json() {
    let folder = tempdir().expect("folder");
    let classes = Raster::degrees(2, 2).write(&folder.path().join("lc.tif"), &[1_u8; 4]);
    let square = rectangle(120.0, 29.8, 120.2, 30.0);
    let zones = geojson(&folder.path().join("z.geojson"), None, &[("a", &[&square])]);
    let done = gep(&[
        "zonal",
        "--classes",
        &classes.to_string_lossy(),
        "--zones",
        &zones.to_string_lossy(),
        "--zone-id",
        "code",
        "--out",
        &folder.path().join("a.parquet").to_string_lossy(),
        "--format",
        "json",
    ]);
    assert_eq!(done.status.code(), Some(65));
    let finding: serde_json::Value = serde_json::from_slice(&done.stderr).expect("json");
    assert_eq!(finding["code"], "zones-crs-missing");
    for key in ["severity", "file", "place", "reason", "advice"] {
        assert!(finding.get(key).is_some(), "{key}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    assert_eq!(gep(&["zonal"]).status.code(), Some(2));
    let base = [
        "zonal",
        "--classes",
        "a",
        "--zones",
        "b",
        "--zone-id",
        "c",
        "--out",
        "d",
    ];
    let wrong: [&[&str]; 7] = [
        &["--overlay", "x"],
        &["--layer", "x"],
        &["--layer", "class=x"],
        &["--resample", "x=cubic"],
        &["--class-nodata", "x"],
        &["--legend", "a-b"],
        &["--tile", "0"],
    ];
    for more in wrong {
        let done = gep(&[&base[..], more].concat());
        assert_eq!(
            done.status.code(),
            Some(2),
            "{more:?}: {}",
            text(&done.stderr)
        );
    }
}

/// Into a reader that is gone before the first line, and one that is gone after it.
#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_program_without_a_word() {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;
    let listed = ["checks", "list", "--lang", "zh"];
    let whole = gep(&listed);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole.stderr));
    for lines in [0, 1] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gep"))
            .args(listed)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gep starts");
        let mut reader = BufReader::with_capacity(16, child.stdout.take().expect("pipe"));
        for _ in 0..lines {
            let mut line = String::new();
            reader.read_line(&mut line).expect("line");
            assert!(!line.is_empty());
        }
        drop(reader);
        let status = child.wait().expect("ended");
        let mut errors = String::new();
        let mut stderr = child.stderr.take().expect("stderr");
        stderr.read_to_string(&mut errors).expect("text");
        assert!(errors.is_empty(), "{errors}");
        // By the signal of the pipe (13); after a line it may be done before it closed.
        let by_pipe = status.signal() == Some(13);
        assert!(by_pipe || lines > 0 && status.success(), "{status}");
    }
}
