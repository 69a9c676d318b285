//! `manifest.json`: what a run says of itself and of its files.

use std::path::{Component, Path};

use gep_core::diagnostic::{Finding, Findings, Language};
use serde_json::Value;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Both {
    pub(super) zh: String,
    pub(super) en: String,
}

impl Both {
    /// Creates a text; an empty language is filled by the other.
    pub(super) fn new(zh: &str, en: &str) -> Self {
        let pick = |first: &str, second: &str| {
            let text = if first.is_empty() { second } else { first };
            text.to_string()
        };
        Self {
            zh: pick(zh, en),
            en: pick(en, zh),
        }
    }

    fn from_json(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::new(text, text),
            other => Self::new(&spelling(&other["zh"]), &spelling(&other["en"])),
        }
    }

    /// Returns the text in a language.
    pub(super) fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// A file the run read.
#[derive(Clone, Debug)]
pub(super) struct InputFile {
    pub(super) role: String,
    pub(super) path: String,
    pub(super) blake3: String,
    pub(super) what: Both,
}

/// A file the run wrote.
#[derive(Clone, Debug)]
pub(super) struct WrittenFile {
    pub(super) path: String,
    pub(super) blake3: String,
}

/// The manifest, as far as an audit needs it.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) program: String,
    pub(super) run_id: String,
    pub(super) title: Both,
    pub(super) profile_id: String,
    pub(super) price_year: String,
    pub(super) year: String,
    pub(super) status: String,
    pub(super) coverage_floor: Option<f64>,
    pub(super) inputs: Vec<InputFile>,
    pub(super) files: Vec<WrittenFile>,
}

impl Manifest {
    /// Reads `<folder>/manifest.json`.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let path = folder.join("manifest.json");
        let broken = |error: &str| {
            Finding::error("run-manifest-unreadable")
                .file(path.display())
                .arg("error", error)
        };
        if !path.is_file() {
            return Err(Finding::error("run-manifest-missing")
                .file(path.display())
                .exit(66)
                .into());
        }
        let text = std::fs::read_to_string(&path).map_err(|e| broken(&e.to_string()))?;
        let json: Value = serde_json::from_str(&text).map_err(|e| broken(&e.to_string()))?;
        let files = written_files(&json).map_err(|error| broken(&error))?;
        Ok(Self::from_json(&json, files))
    }

    fn from_json(json: &Value, files: Vec<WrittenFile>) -> Self {
        let profile = &json["profile"];
        let inputs = json["inputs"].as_array().map(Vec::as_slice);
        Self {
            program: match &json["program"] {
                Value::Object(parts) => parts.values().map(spelling).collect::<Vec<_>>().join(" "),
                other => spelling(other),
            },
            run_id: spelling(&json["run_id"]),
            title: Both::from_json(&json["title"]),
            profile_id: spelling(&profile["id"]),
            price_year: spelling(&profile["price_year"]),
            year: spelling(&json["year"]),
            status: spelling(&json["status"]),
            coverage_floor: spelling(&profile["coverage_floor"]).parse().ok(),
            inputs: inputs.unwrap_or_default().iter().map(input).collect(),
            files,
        }
    }
}

fn input(value: &Value) -> InputFile {
    InputFile {
        role: spelling(&value["role"]),
        path: spelling(&value["path"]),
        blake3: spelling(&value["blake3"]),
        what: Both::from_json(&value["what"]),
    }
}

/// Every written file named by the manifest. A path that leaves the folder is
/// refused: a manifest comes from a stranger.
fn written_files(json: &Value) -> Result<Vec<WrittenFile>, String> {
    let mut files = Vec::new();
    for list in ["tables", "files"] {
        for entry in json[list].as_array().map(Vec::as_slice).unwrap_or_default() {
            let path = entry["path"].as_str().unwrap_or_default();
            let blake3 = entry["blake3"].as_str().unwrap_or_default();
            let below = Path::new(path)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            if path.is_empty() || !below {
                return Err(format!("path `{path}` in `{list}`"));
            }
            if blake3.len() != 64 {
                return Err(format!("no digest of `{path}`"));
            }
            files.push(WrittenFile {
                path: path.to_string(),
                blake3: blake3.to_string(),
            });
        }
    }
    if files.is_empty() {
        return Err("no `tables`".to_string());
    }
    Ok(files)
}

fn spelling(value: &Value) -> String {
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

    /// A manifest may not point outside its own folder.
    #[test]
    fn paths_stay_in_the_folder() {
        let files = |path: &str| {
            written_files(&json!({"tables": [{"path": path, "blake3": "0".repeat(64)}]}))
        };
        assert!(files("tables/gep.parquet").is_ok());
        for path in ["../gep.parquet", "/etc/passwd", "", "tables/../../a"] {
            assert!(files(path).is_err(), "{path}");
        }
        assert!(written_files(&json!({})).is_err());
    }
}
