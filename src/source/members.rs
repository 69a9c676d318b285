//! The files an input consists of: a Shapefile has its side files, a FileGDB is a
//! folder. All of them are hashed.

use std::path::Path;

/// Side files of a Shapefile that decide on what is read from it.
const SIDE_FILES: [&str; 4] = ["dbf", "shx", "prj", "cpg"];

/// Returns the paths below `folder` of all files that make up an input, the named one
/// first or, of a folder, its files in order. Lock files are no content.
///
/// # Errors
///
/// If a folder cannot be listed, or has a link: what it leads to may lie anywhere.
pub fn members(folder: &Path, relative: &str) -> std::io::Result<Vec<String>> {
    let path = folder.join(relative);
    if path.is_dir() {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let lock = Path::new(&name)
                .extension()
                .is_some_and(|ending| ending == "lock");
            if entry.file_type()?.is_symlink() {
                return Err(std::io::Error::other(format!("{name} is a link")));
            }
            if entry.file_type()?.is_file() && !lock {
                names.push(format!("{}/{name}", relative.trim_end_matches('/')));
            }
        }
        names.sort();
        return Ok(names);
    }
    let mut all = vec![relative.to_string()];
    let shapefile = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("shp"));
    if shapefile {
        let stem = &relative[..relative.len() - 3];
        for ending in SIDE_FILES {
            for spelled in [ending.to_string(), ending.to_uppercase()] {
                let side = format!("{stem}{spelled}");
                if folder.join(&side).is_file() {
                    all.push(side);
                }
            }
        }
    }
    Ok(all)
}

/// Returns whether a file is one of those that make up an input.
pub fn belongs_to(input: &str, file: &str) -> bool {
    let input = input.trim_end_matches('/');
    let beside = || {
        let (stem, ending) = input.rsplit_once('.')?;
        let (own, _) = file.rsplit_once('.')?;
        Some(ending.eq_ignore_ascii_case("shp") && own == stem)
    };
    let below = file
        .strip_prefix(input)
        .is_some_and(|rest| rest.starts_with('/'));
    file == input || below || beside().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_files_and_files_of_a_folder_belong_to_an_input() {
        assert!(belongs_to("a/dltb.shp", "a/dltb.dbf"));
        assert!(belongs_to("a/dltb.gdb", "a/dltb.gdb/a01.gdbtable"));
        assert!(belongs_to("a/dltb.gdb/", "a/dltb.gdb/a01.gdbtable"));
        assert!(!belongs_to("a/dltb.shp", "a/other.dbf"));
        assert!(!belongs_to("a/dltb.gdb", "a/dltb.gdb2/a01.gdbtable"));
        assert!(!belongs_to("a/dltb.tif", "a/dltb.tfw"));
    }
}
