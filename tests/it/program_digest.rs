//! The digest of sources by which a run id knows its program.

#[path = "../../build/sources.rs"]
mod sources;

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

/// A tree with a file in each part; `first` is written before all others.
fn tree(first: &str) -> TempDir {
    let folder = tempdir().expect("folder");
    write(folder.path(), first, first);
    for part in sources::PARTS {
        let is_file = part.contains('.');
        let names: &[&str] = if is_file {
            &[""]
        } else {
            &["/a.rs", "/b/c.rs"]
        };
        for name in names {
            let name = format!("{part}{name}");
            write(folder.path(), &name, &name);
        }
    }
    folder
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    fs::write(path, text).expect("written");
}

fn digest(root: &Path) -> String {
    sources::digest(root).expect("digest")
}

/// Equal sources have one digest in any folder, whatever order they were written
/// in and whatever else lies beside them.
#[test]
fn equal_sources_have_one_digest_in_any_folder() {
    let (one, other) = (tree("src/b/c.rs"), tree("Cargo.lock"));
    assert_eq!(digest(one.path()), digest(other.path()));
    for beside in [
        "README.md",
        "target/x.rs",
        "src/.c.rs.swp",
        "src/a.rs~",
        "tests/it/main.rs",
        "methodology/a.toml",
    ] {
        write(other.path(), beside, "x");
        assert_eq!(digest(one.path()), digest(other.path()), "{beside}");
    }
}

/// Each changed, moved, added or missing source changes it.
#[test]
fn every_change_of_a_source_changes_the_digest() {
    let before = digest(tree("src/a.rs").path());
    for part in sources::PARTS {
        let tree = tree("src/a.rs");
        let name = if part.contains('.') {
            part.to_string()
        } else {
            format!("{part}/b/c.rs")
        };
        write(tree.path(), &name, "changed");
        assert_ne!(digest(tree.path()), before, "{part}");
    }
    let moved = tree("src/a.rs");
    let (from, to) = (moved.path().join("src/a.rs"), moved.path().join("src/d.rs"));
    fs::rename(from, to).expect("moved");
    assert_ne!(digest(moved.path()), before);
    let more = tree("src/a.rs");
    write(more.path(), "src/e.rs", "");
    assert_ne!(digest(more.path()), before);
    // The border between name and content counts.
    let (one, other) = (tree("src/a.rs"), tree("src/a.rs"));
    write(one.path(), "src/x.rs", "yz");
    write(other.path(), "src/x.rsy", "z");
    assert_ne!(digest(one.path()), digest(other.path()));
    let less = tree("src/a.rs");
    fs::remove_file(less.path().join("Cargo.lock")).expect("removed");
    assert!(sources::digest(less.path()).is_err());
}

/// The program bears the digest of this very tree.
#[test]
fn the_program_knows_its_own_sources() {
    let own = digest(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(gep::run::SOURCES_DIGEST, own);
}
