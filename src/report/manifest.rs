//! What the report prints of `manifest.json`.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language};
use serde_json::Value;

/// A text in both languages, or one text that serves both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bilingual {
    zh: String,
    en: String,
}

impl Bilingual {
    /// Creates a text from its two languages; one stands in for the other.
    pub(super) fn new(zh: String, en: String) -> Self {
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
    pub(super) fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// Returns whether there is no text.
    pub(super) fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }
}

/// A file that a run read or wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileEntry {
    /// What it was used as; empty for written files.
    pub(super) role: String,
    /// Its path below the project or the output folder.
    pub(super) path: String,
    /// Its BLAKE3 digest.
    pub(super) digest: String,
    /// Its size in bytes, or rows for a table.
    pub(super) size: String,
    /// What it is.
    pub(super) what: Bilingual,
}

/// The manifest of a run, as far as the report prints it.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    /// Name and version of the program.
    pub(super) program: String,
    /// Digest of inputs, profile and program.
    pub(super) run_id: String,
    /// Title of the project.
    pub(super) title: Bilingual,
    /// Id of the profile.
    pub(super) profile_id: String,
    /// Title of the profile.
    pub(super) profile_title: Bilingual,
    /// Digest of all that the profile names.
    pub(super) fingerprint: String,
    /// Year of the prices.
    pub(super) price_year: String,
    /// Least coverage of a number that is shown, as written.
    pub(super) coverage_floor: String,
    /// Whether the profile is an official one.
    pub(super) official: bool,
    /// Year accounted for.
    pub(super) year: String,
    /// Version of the boundaries.
    pub(super) boundary_version: String,
    /// Lowest status among all parameters and inputs.
    pub(super) status: String,
    /// Notices that stand beside the numbers.
    pub(super) notes: Vec<Bilingual>,
    /// Files read.
    pub(super) inputs: Vec<FileEntry>,
    /// Files written, without the report itself.
    pub(super) outputs: Vec<FileEntry>,
}

impl Manifest {
    /// Reads `<folder>/manifest.json`.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let path = folder.join("manifest.json");
        let fault = |error: String| {
            Finding::error("report-manifest-unreadable")
                .file(path.display())
                .arg("error", error)
        };
        let text = std::fs::read_to_string(&path).map_err(|e| fault(e.to_string()).exit(66))?;
        let json: Value = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
        let lacking: Vec<&str> = ["run_id", "title", "profile", "status"]
            .into_iter()
            .filter(|name| json.get(name).is_none_or(Value::is_null))
            .collect();
        if !lacking.is_empty() {
            return Err(Finding::error("report-manifest-field-missing")
                .file(path.display())
                .arg("fields", lacking.join(", "))
                .into());
        }
        Ok(Self::from_json(&json))
    }

    fn from_json(json: &Value) -> Self {
        let profile = &json["profile"];
        let files = |names: &[&str]| -> Vec<FileEntry> {
            let lists = names.iter().filter_map(|name| json[*name].as_array());
            lists.flatten().map(file_entry).collect()
        };
        let mut outputs = files(&["tables", "files", "outputs"]);
        // The report cannot print its own digest, and must be the same page
        // whether it is rendered before or after the manifest names it.
        outputs.retain(|file| !file.path.starts_with("report/"));
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
            notes: json["notes"]
                .as_array()
                .map(|notes| notes.iter().map(Bilingual::from_json).collect())
                .unwrap_or_default(),
            inputs: files(&["inputs"]),
            outputs,
        }
    }
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
    let first = |names: &[&str]| {
        let found = names.iter().map(|name| scalar(&value[*name]));
        found
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    let what = ["what", "description", "title"]
        .into_iter()
        .map(|name| Bilingual::from_json(&value[name]))
        .find(|text| !text.is_empty());
    FileEntry {
        role: first(&["role"]),
        path: first(&["path"]),
        digest: first(&["blake3", "digest"]),
        size: first(&["rows", "bytes"]),
        what: what.unwrap_or_default(),
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
            "files": [{"path": "report/report.zh.html", "blake3": "a"}, {"path": "tables/gep.parquet", "blake3": "b", "rows": 3}],
        }));
        assert_eq!(manifest.outputs.len(), 1);
        assert_eq!(manifest.outputs[0].size, "3");
    }

    #[test]
    fn one_language_stands_in_for_the_other() {
        assert_eq!(Bilingual::from_json(&json!("甲")).get(Language::En), "甲");
        let both = Bilingual::from_json(&json!({"zh": "甲", "en": "a"}));
        assert_eq!(both.get(Language::En), "a");
    }
}
