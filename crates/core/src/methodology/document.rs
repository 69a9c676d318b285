//! TOML read with the place of every key, so that each finding names its line.
//!
//! `serde` refuses at the first unknown key and forgets lines; a methodology wants
//! all findings of a file at once. Numbers keep their source spelling.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Finding;
use crate::quantity::nearest;

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text(String),
    /// A number in its source spelling.
    Number(String),
    Flag(bool),
    List(Vec<Field>),
    Table(Fields),
}

/// A value and where it stands (line and column from 1).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) kind: Kind,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A text and where its first letter stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The keys of a table in the order of the file, and which were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields {
    pub(super) file: String,
    pub(super) line: u32,
    entries: Vec<(String, Field)>,
    known: Vec<&'static str>,
}

/// The findings of a load.
pub(super) type Notes = Vec<Finding>;

/// Returns a finding at a line of a file.
pub(super) fn at(code: &'static str, file: &str, line: u32) -> Finding {
    Finding::error(code)
        .file(file)
        .place(format!("line {line}"))
}

/// Reads a TOML file; on a syntax error the finding tells its line.
pub(super) fn read(file: &str, text: &str, notes: &mut Notes) -> Option<Fields> {
    let lines = Lines::of(text);
    match DeTable::parse(text) {
        Ok(table) => Some(lines.fields(file, 1, table.get_ref())),
        Err(error) => {
            let (line, _) = lines.place(error.span().map_or(0, |span| span.start));
            notes.push(at("methodology-syntax", file, line).arg("error", error.message()));
            None
        }
    }
}

/// The byte offsets at which lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.0.partition_point(|begin| *begin <= offset);
        let begin = self.0[line.saturating_sub(1)];
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (small(line), small(offset - begin + 1))
    }

    fn fields(&self, file: &str, line: u32, table: &DeTable<'_>) -> Fields {
        let mut keyed: Vec<_> = table.iter().collect();
        // The parser keeps keys sorted; formulas are read in the file's order.
        keyed.sort_by_key(|(key, _)| key.span().start);
        let entries = keyed.into_iter().map(|(key, value)| {
            let (key_line, _) = self.place(key.span().start);
            (key.get_ref().to_string(), self.field(file, key_line, value))
        });
        Fields {
            file: file.to_owned(),
            line,
            entries: entries.collect(),
            known: Vec::new(),
        }
    }

    fn field(&self, file: &str, key_line: u32, value: &Spanned<DeValue<'_>>) -> Field {
        let (mut line, mut column) = self.place(value.span().start);
        let kind = match value.get_ref() {
            DeValue::String(text) => {
                column += 1;
                Kind::Text(text.to_string())
            }
            DeValue::Integer(number) => Kind::Number(number.as_str().to_owned()),
            DeValue::Float(number) => Kind::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Kind::Flag(*flag),
            DeValue::Datetime(date) => Kind::Text(date.to_string()),
            DeValue::Array(list) => {
                let fields = list.iter().map(|one| {
                    let (own, _) = self.place(one.span().start);
                    self.field(file, own, one)
                });
                Kind::List(fields.collect())
            }
            DeValue::Table(table) => {
                // A dotted or headed table may begin before or after its key.
                line = key_line.max(1);
                Kind::Table(self.fields(file, line, table))
            }
        };
        Field { kind, line, column }
    }
}

impl Field {
    fn type_word(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "text",
            Kind::Number(_) => "number",
            Kind::Flag(_) => "true/false",
            Kind::List(_) => "list",
            Kind::Table(_) => "table",
        }
    }
}

impl Fields {
    /// Returns the value of a key, if it is there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Field> {
        self.known.push(key);
        let found = self.entries.iter().find(|(own, _)| own == key);
        found.map(|(_, field)| field.clone())
    }

    /// Returns every entry, in the order of the file; no key is unknown then.
    pub(super) fn every(&self) -> &[(String, Field)] {
        &self.entries
    }

    fn wrong(&self, key: &str, expected: &'static str, field: &Field, notes: &mut Notes) {
        notes.push(
            at("methodology-key-type", &self.file, field.line)
                .arg("key", key)
                .arg("expected", expected)
                .arg("found", field.type_word()),
        );
    }

    fn absent(&self, key: &str, notes: &mut Notes) {
        notes.push(at("methodology-key-missing", &self.file, self.line).arg("key", key));
    }

    /// Returns an optional text.
    pub(super) fn optional_text(&mut self, key: &'static str, notes: &mut Notes) -> Option<Text> {
        let field = self.get(key)?;
        let Field { line, column, .. } = field;
        match field.kind {
            Kind::Text(value) => Some(Text {
                value,
                line,
                column,
            }),
            _ => {
                self.wrong(key, "text", &field, notes);
                None
            }
        }
    }

    /// Returns a text that must be there and not be blank.
    pub(super) fn text(&mut self, key: &'static str, notes: &mut Notes) -> Option<Text> {
        let before = notes.len();
        let text = self.optional_text(key, notes);
        match text {
            Some(text) if !text.value.trim().is_empty() => Some(text),
            _ => {
                if notes.len() == before {
                    self.absent(key, notes);
                }
                None
            }
        }
    }

    /// Returns an optional number in its source spelling.
    pub(super) fn optional_number(&mut self, key: &'static str, notes: &mut Notes) -> Option<Text> {
        let field = self.get(key)?;
        let Field { line, column, .. } = field;
        match field.kind {
            Kind::Number(value) => Some(Text {
                value,
                line,
                column,
            }),
            _ => {
                self.wrong(key, "number", &field, notes);
                None
            }
        }
    }

    /// Returns an optional flag.
    pub(super) fn flag(&mut self, key: &'static str, notes: &mut Notes) -> Option<bool> {
        let field = self.get(key)?;
        match field.kind {
            Kind::Flag(flag) => Some(flag),
            _ => {
                self.wrong(key, "true/false", &field, notes);
                None
            }
        }
    }

    /// Returns a table, empty if it is not there.
    pub(super) fn table(&mut self, key: &'static str, notes: &mut Notes) -> Fields {
        match self.get(key) {
            Some(Field {
                kind: Kind::Table(fields),
                ..
            }) => fields,
            Some(field) => {
                self.wrong(key, "table", &field, notes);
                self.empty()
            }
            None => self.empty(),
        }
    }

    /// Returns a table that must be there.
    pub(super) fn needed_table(&mut self, key: &'static str, notes: &mut Notes) -> Option<Fields> {
        if self.entries.iter().any(|(own, _)| own == key) {
            return Some(self.table(key, notes));
        }
        self.known.push(key);
        self.absent(key, notes);
        None
    }

    fn empty(&self) -> Fields {
        Fields {
            file: self.file.clone(),
            line: self.line,
            ..Fields::default()
        }
    }

    /// Returns the list under a key, empty if it is not there.
    pub(super) fn list(&mut self, key: &'static str, notes: &mut Notes) -> Vec<Field> {
        match self.get(key) {
            Some(Field {
                kind: Kind::List(list),
                ..
            }) => list,
            Some(field) => {
                self.wrong(key, "list", &field, notes);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Returns the texts of a list.
    pub(super) fn texts(&mut self, key: &'static str, notes: &mut Notes) -> Vec<Text> {
        let mut texts = Vec::new();
        for field in self.list(key, notes) {
            let Field { line, column, .. } = field;
            match field.kind {
                Kind::Text(value) => texts.push(Text {
                    value,
                    line,
                    column,
                }),
                _ => self.wrong(key, "list of texts", &field, notes),
            }
        }
        texts
    }

    /// Returns the tables of a `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str, notes: &mut Notes) -> Vec<Fields> {
        let mut tables = Vec::new();
        for field in self.list(key, notes) {
            match field.kind {
                Kind::Table(fields) => tables.push(fields),
                _ => self.wrong(key, "list of tables", &field, notes),
            }
        }
        tables
    }

    /// Reads `{ zh = "…", en = "…" }`.
    pub(super) fn title(&mut self, key: &'static str, notes: &mut Notes) -> Option<super::Title> {
        let mut fields = self.needed_table(key, notes)?;
        let mut word = |language: &'static str| {
            let text = fields.optional_text(language, notes);
            let filled = text.filter(|text| !text.value.trim().is_empty());
            if filled.is_none() {
                notes.push(
                    at("methodology-title-missing", &fields.file, fields.line)
                        .arg("key", key)
                        .arg("language", language),
                );
            }
            filled.map(|text| text.value)
        };
        let (zh, en) = (word("zh"), word("en"));
        fields.finish(notes);
        Some(super::Title { zh: zh?, en: en? })
    }

    /// Reads an optional `{ zh = "…", en = "…" }`.
    pub(super) fn optional_title(
        &mut self,
        key: &'static str,
        notes: &mut Notes,
    ) -> Option<super::Title> {
        let there = self.entries.iter().any(|(own, _)| own == key);
        self.known.push(key);
        there.then(|| self.title(key, notes)).flatten()
    }

    /// Reports the keys nobody asked for, each with the known one it resembles.
    pub(super) fn finish(&self, notes: &mut Notes) {
        let known: Vec<String> = self.known.iter().map(|key| (*key).to_owned()).collect();
        for (key, field) in &self.entries {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let finding = match nearest(key, known.iter()) {
                Some(meant) => {
                    at("methodology-unknown-key-meant", &self.file, field.line).arg("meant", meant)
                }
                None => at("methodology-unknown-key", &self.file, field.line)
                    .arg("known", known.join(", ")),
            };
            notes.push(finding.arg("key", key));
        }
    }
}

/// Puts a value under an id; a second one with the same id is a finding.
pub(super) fn insert<T>(
    all: &mut BTreeMap<String, T>,
    id: Text,
    file: &str,
    value: T,
    notes: &mut Notes,
) {
    let Text {
        value: id, line, ..
    } = id;
    match all.entry(id) {
        Entry::Occupied(taken) => {
            notes.push(at("methodology-id-twice", file, line).arg("id", taken.key()));
        }
        Entry::Vacant(free) => _ = free.insert(value),
    }
}
