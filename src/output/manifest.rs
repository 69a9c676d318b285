//! `manifest.json`, as it is read back: the one reader of audit and report.

use std::path::{Component, Path};

use gep_core::diagnostic::{Finding, Findings, Language};
use serde_json::Value;

/// A text in both languages, or one text that serves both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bilingual {
    zh: String,
    en: String,
}

impl Bilingual {
    /// Creates a text from its two languages; one stands in for the other.
    pub fn new(zh: String, en: String) -> Self {
        match (zh.is_empty(), en.is_empty()) {
            (true, _) => Self { zh: en.clone(), en },
            (_, true) => Self { en: zh.clone(), zh },
            _ => Self { zh, en },
        }
    }

    /// Reads a string or a table of `zh` and `en`.
    fn from_json(value: &Value) -> Self {
        match value {
            Value::Object(both) => {
                let text = |name: &str| both.get(name).map(scalar).unwrap_or_default();
                Self::new(text("zh"), text("en"))
            }
            other => Self::new(scalar(other), String::new()),
        }
    }

    /// Returns the text in a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// Returns whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }
}

/// A file that a run read or wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// What it was used as; empty for written files.
    pub role: String,
    /// Its path below the project or the output folder.
    pub path: String,
    /// Its BLAKE3 digest.
    pub digest: String,
    /// Its size in bytes, or rows for a table.
    pub size: String,
    /// Number of its rows, for a table.
    pub rows: Option<u64>,
    /// The indicators whose numbers rest on it; nothing if all do, or if unknown.
    pub used_by: Option<Vec<String>>,
    /// What it is.
    pub what: Bilingual,
}

/// The manifest of a run.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Name and version of the program.
    pub program: String,
    /// Digest of inputs, profile and program.
    pub run_id: String,
    /// Title of the project.
    pub title: Bilingual,
    /// Id of the profile.
    pub profile_id: String,
    /// Title of the profile.
    pub profile_title: Bilingual,
    /// Digest of all that the profile names.
    pub fingerprint: String,
    /// Year of the prices.
    pub price_year: String,
    /// Least coverage of a number that is shown, as written.
    pub coverage_floor: String,
    /// Whether the profile is an official one.
    pub official: bool,
    /// Year accounted for.
    pub year: String,
    /// Version of the boundaries.
    pub boundary_version: String,
    /// Lowest status among all parameters and inputs.
    pub status: String,
    /// Notices that stand beside the numbers.
    pub notes: Vec<Bilingual>,
    /// Files read.
    pub inputs: Vec<FileEntry>,
    /// Files written, the manifest itself left out.
    pub outputs: Vec<FileEntry>,
}

impl Manifest {
    /// Reads `<folder>/manifest.json`.
    ///
    /// # Errors
    ///
    /// If it is not there (exit 66), is no JSON, lacks a field every run has, or
    /// names a written file without digest or outside the folder: a manifest may
    /// come from a stranger.
    pub fn read(folder: &Path) -> Result<Self, Findings> {
        let path = folder.join("manifest.json");
        let finding = |code| Finding::error(code).file(path.display());
        let broken = |error: String| finding("run-manifest-unreadable").arg("error", error);
        if !path.is_file() {
            return Err(finding("run-manifest-missing").exit(66).into());
        }
        let text = std::fs::read_to_string(&path).map_err(|e| broken(e.to_string()))?;
        let json: Value = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        let lacking: Vec<&str> = ["run_id", "title", "profile", "status", "tables"]
            .into_iter()
            .filter(|name| json.get(name).is_none_or(Value::is_null))
            .collect();
        if !lacking.is_empty() {
            return Err(finding("run-manifest-field-missing")
                .arg("fields", lacking.join(", "))
                .into());
        }
        let manifest = Self::from_json(&json);
        for file in &manifest.outputs {
            check_written(file).map_err(&broken)?;
        }
        Ok(manifest)
    }

    fn from_json(json: &Value) -> Self {
        let profile = &json["profile"];
        let files = |name: &str| -> Vec<FileEntry> {
            let list = json[name].as_array();
            list.into_iter().flatten().map(file_entry).collect()
        };
        let notes = json["notes"].as_array();
        Self {
            program: program(&json["program"]),
            run_id: scalar(&json["run_id"]),
            title: Bilingual::from_json(&json["title"]),
            profile_id: scalar(&profile["id"]),
            profile_title: Bilingual::from_json(&profile["title"]),
            fingerprint: scalar(&profile["fingerprint"]),
            price_year: scalar(&profile["price_year"]),
            coverage_floor: scalar(&profile["coverage_floor"]),
            official: profile["official"].as_bool().unwrap_or(false),
            year: scalar(&json["year"]),
            boundary_version: scalar(&json["boundary_version"]),
            status: scalar(&json["status"]),
            notes: notes
                .into_iter()
                .flatten()
                .map(Bilingual::from_json)
                .collect(),
            inputs: files("inputs"),
            outputs: files("tables"),
        }
    }

    /// Returns the written files a report prints. It cannot print its own digest,
    /// and must be the same page whether it is rendered before or after the
    /// manifest names it.
    pub fn outputs_beside_report(&self) -> impl Iterator<Item = &FileEntry> {
        let beside = |file: &&FileEntry| !file.path.starts_with("report/");
        self.outputs.iter().filter(beside)
    }
}

fn check_written(file: &FileEntry) -> Result<(), String> {
    let path = &file.path;
    let below = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !below {
        return Err(format!("path `{path}` in `tables`"));
    }
    if file.digest.len() != 64 {
        return Err(format!("no digest of `{path}`"));
    }
    Ok(())
}

fn program(value: &Value) -> String {
    match value {
        Value::Object(parts) => {
            let text = |name: &str| parts.get(name).map(scalar).unwrap_or_default();
            format!("{} {}", text("name"), text("version"))
        }
        other => scalar(other),
    }
}

fn file_entry(value: &Value) -> FileEntry {
    let rows = scalar(&value["rows"]);
    FileEntry {
        role: scalar(&value["role"]),
        path: scalar(&value["path"]),
        digest: scalar(&value["blake3"]),
        size: if rows.is_empty() {
            scalar(&value["bytes"])
        } else {
            rows
        },
        rows: value["rows"].as_u64(),
        used_by: value["used_by"]
            .as_array()
            .map(|users| users.iter().map(scalar).collect()),
        what: Bilingual::from_json(&value["what"]),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_report_does_not_list_itself() {
        let manifest = Manifest::from_json(&json!({
            "program": "gep 0.1.0",
            "tables": [{"path": "report/report.zh.html", "blake3": "a"}, {"path": "tables/gep.parquet", "blake3": "b", "rows": 3}],
        }));
        assert_eq!(manifest.outputs.len(), 2);
        let printed: Vec<&FileEntry> = manifest.outputs_beside_report().collect();
        assert_eq!(printed.len(), 1);
        assert_eq!((printed[0].size.as_str(), printed[0].rows), ("3", Some(3)));
    }

    #[test]
    fn one_language_stands_in_for_the_other() {
        assert_eq!(Bilingual::from_json(&json!("甲")).get(Language::En), "甲");
        let both = Bilingual::from_json(&json!({"zh": "甲", "en": "a"}));
        assert_eq!(both.get(Language::En), "a");
    }

    /// A manifest may not point outside its own folder, nor name a file without
    /// its digest.
    #[test]
    fn paths_stay_in_the_folder() {
        let check = |path: &str, digits: usize| {
            check_written(&file_entry(
                &json!({"path": path, "blake3": "0".repeat(digits)}),
            ))
        };
        assert!(check("tables/gep.parquet", 64).is_ok());
        assert!(check("tables/gep.parquet", 63).is_err());
        for path in ["../gep.parquet", "/etc/passwd", "", "tables/../../a"] {
            assert!(check(path, 64).is_err(), "{path}");
        }
    }
}
