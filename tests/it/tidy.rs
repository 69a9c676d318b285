//! Our own tree, read as text: layers, sizes, left-overs.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders by layer; a folder may import only from smaller numbers.
const LAYERS: [(&str, u8); 18] = [
    ("quantity", 0),
    ("diagnostic", 0),
    ("storage", 0),
    ("formula", 1),
    ("grid", 1),
    ("methodology", 2),
    ("kernel", 2),
    ("source", 2),
    ("zonal", 3),
    ("statistics", 3),
    ("account", 4),
    ("carbon", 4),
    ("assess", 5),
    ("output", 7),
    ("audit", 8),
    ("report", 9),
    ("run", 10),
    ("cli", 11),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// Calls `visit` with each Rust source (name from the root, text).
pub fn each_source(mut visit: impl FnMut(&str, &str)) {
    let mut found = Vec::new();
    for folder in ["src", "crates"] {
        files(&root().join(folder), ".rs", &mut found);
    }
    assert!(found.len() > 20, "the sources were not found");
    for path in found {
        let name = path
            .strip_prefix(root())
            .expect("below the root")
            .to_string_lossy()
            .into_owned();
        visit(&name, &fs::read_to_string(&path).expect("source"));
    }
}

/// The folder right below `src/`, if the file is in one.
fn folder_of(name: &str) -> Option<&str> {
    let (_, below) = name.split_once("src/")?;
    below.split_once('/').map(|(folder, _)| folder)
}

fn layer_of(folder: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == folder)
        .map(|(_, layer)| *layer)
}

/// Faults of one file's imports.
fn import_faults(name: &str, text: &str) -> Vec<String> {
    let Some(own) = folder_of(name) else {
        return Vec::new();
    };
    let Some(own_layer) = layer_of(own) else {
        return vec![format!(
            "{name}:1: folder `{own}` has no layer, give it one in tests/it/tidy.rs"
        )];
    };
    let mut faults = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        for start in ["crate::", "gep_core::", "gep::"] {
            for (position, _) in line.match_indices(start) {
                let rest = &line[position + start.len()..];
                let other: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let Some(layer) = layer_of(&other) else {
                    continue;
                };
                if other != own && layer >= own_layer {
                    faults.push(format!(
                        "{name}:{}: `{own}` (layer {own_layer}) imports `{other}` (layer {layer})",
                        at + 1
                    ));
                }
            }
        }
    }
    faults
}

/// Lengths of files and functions, left-over macros.
fn size_faults(name: &str, text: &str) -> Vec<String> {
    const LONGEST_FILE: usize = 800;
    const LONGEST_FUNCTION: usize = 70;
    let mut faults = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > LONGEST_FILE {
        faults.push(format!(
            "{name}:{LONGEST_FILE}: file of {} lines, split it",
            lines.len()
        ));
    }
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let is_function = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn "]
            .iter()
            .any(|start| code.starts_with(start));
        if is_function && !code.ends_with(';') {
            let closing = format!("{}}}", " ".repeat(indent));
            let length = lines[at..]
                .iter()
                .position(|line| *line == closing)
                .unwrap_or(0)
                + 1;
            if length > LONGEST_FUNCTION {
                faults.push(format!(
                    "{name}:{}: function of {length} lines, split it",
                    at + 1
                ));
            }
        }
        for macro_name in ["todo", "unimplemented", "dbg"] {
            if code.contains(&format!("{macro_name}!(")) {
                faults.push(format!("{name}:{}: left-over `{macro_name}!`", at + 1));
            }
        }
    }
    faults
}

#[test]
fn imports_keep_the_layers() {
    let mut faults = Vec::new();
    each_source(|name, text| faults.extend(import_faults(name, text)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn functions_and_files_are_short_and_finished() {
    let mut faults = Vec::new();
    each_source(|name, text| faults.extend(size_faults(name, text)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The checks fire on planted faults and are silent on their clean twins.
#[test]
fn tidy_checks_fire() {
    let upward = import_faults("src/zonal/a.rs", "use crate::output::Column;\n");
    assert_eq!(upward.len(), 1, "{upward:?}");
    let level = import_faults(
        "crates/core/src/grid/a.rs",
        "use crate::formula::Program;\n",
    );
    assert_eq!(level.len(), 1);
    assert_eq!(import_faults("src/new/a.rs", "").len(), 1);
    assert!(import_faults("src/output/a.rs", "use crate::zonal::Sums;\n").is_empty());
    let long = format!("fn a() {{\n{}}}\n", "    b();\n".repeat(80));
    assert_eq!(size_faults("src/zonal/a.rs", &long).len(), 1);
    let left = format!("    {}!(x);\n", "dbg");
    assert_eq!(size_faults("src/zonal/a.rs", &left).len(), 1);
    assert!(size_faults("src/zonal/a.rs", "fn a() {\n    b();\n}\n").is_empty());
    assert_eq!(size_faults("src/zonal/a.rs", &"\n".repeat(801)).len(), 1);
}
