//! Outputs that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file so that it appears whole: temporary neighbour, fsync, rename.
///
/// An existing file is refused (`AlreadyExists`) unless `replace`.
pub fn write_file(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    if !replace && path.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    let temporary = neighbour(path)?;
    let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one worth telling; a left-over is harmless.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(path)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn neighbour(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(hidden))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A folder of outputs that is filled aside and renamed into place at the end.
///
/// Dropped before `publish`, it removes what it wrote: an interrupted run leaves
/// nothing that could be taken for a result.
#[derive(Debug)]
pub struct OutputFolder {
    target: PathBuf,
    staging: PathBuf,
    published: bool,
}

impl OutputFolder {
    /// Opens the staging folder beside `target`.
    ///
    /// An existing target is refused (`AlreadyExists`) unless `replace`.
    pub fn create(target: &Path, replace: bool) -> io::Result<Self> {
        if !replace && target.exists() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let staging = neighbour(target)?;
        if staging.exists() {
            fs::remove_dir_all(&staging)?;
        }
        fs::create_dir(&staging)?;
        Ok(Self {
            target: target.to_path_buf(),
            staging,
            published: false,
        })
    }

    /// Writes one file at a relative path, making its folders.
    pub fn write(&self, relative: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.staging.join(relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        write_synced(&path, bytes)
    }

    /// Returns the folder being filled.
    pub fn staging(&self) -> &Path {
        &self.staging
    }

    /// Renames the folder into place; the former one, if any, is removed after.
    pub fn publish(mut self) -> io::Result<()> {
        File::open(&self.staging)?.sync_all()?;
        if self.target.exists() {
            let former = neighbour(&self.target.with_extension("former"))?;
            fs::rename(&self.target, &former)?;
            fs::rename(&self.staging, &self.target)?;
            self.published = true;
            fs::remove_dir_all(&former)?;
        } else {
            fs::rename(&self.staging, &self.target)?;
            self.published = true;
        }
        sync_folder(&self.target)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}
