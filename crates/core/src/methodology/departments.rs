//! Who files which input, and how it is asked for: `departments.toml`.

use std::collections::BTreeMap;

use crate::quantity::{Unit, UnitRegistry};

use super::dictionary::{Citation, QuantityEntry, SourceDocument, Title, citation, unit};
use super::document::{Fields, Notes, at, insert};

/// A department that files inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Who says that these inputs are its own.
    pub citation: Citation,
}

/// How one input is asked for.
#[derive(Clone, Debug)]
pub struct InputForm {
    /// The department that files it.
    pub department: String,
    /// The unit as a header prints it, and as methods write it; of tables only.
    pub unit: Option<FormUnit>,
}

/// The unit in which a form asks for numbers.
#[derive(Clone, Debug)]
pub struct FormUnit {
    /// As the header's brackets print it, such as `吨`.
    pub printed: String,
    /// As methods write it, such as `t[crop]`.
    pub text: String,
    /// The same, read.
    pub unit: Unit,
}

/// The departments, their inputs, and the titles of items.
#[derive(Clone, Debug, Default)]
pub struct Departments {
    /// In the order of the file: how a bureau lists them.
    pub list: Vec<Department>,
    /// Forms by input.
    pub forms: BTreeMap<String, InputForm>,
    /// Units by the text headers print.
    pub printed_units: BTreeMap<String, Unit>,
    /// Titles of items by list and id.
    pub items: BTreeMap<(String, String), Title>,
}

impl Departments {
    /// Returns the department that files an input; `None` if nobody is named.
    pub fn of(&self, input: &str) -> Option<&Department> {
        let form = self.forms.get(input)?;
        self.get(&form.department)
    }

    /// Returns a department by its id.
    pub fn get(&self, id: &str) -> Option<&Department> {
        self.list.iter().find(|department| department.id == id)
    }
}

/// Reads `departments.toml`.
pub(super) fn departments(
    mut root: Fields,
    units: &UnitRegistry,
    sources: &BTreeMap<String, SourceDocument>,
    quantities: &BTreeMap<String, QuantityEntry>,
    notes: &mut Notes,
) -> Departments {
    let mut all = Departments::default();
    for mut fields in root.tables("department", notes) {
        let id = fields.text("id", notes);
        let title = fields.title("title", notes);
        let citation = citation(&mut fields, sources, notes);
        fields.finish(notes);
        let (Some(id), Some(title), Some(citation)) = (id, title, citation) else {
            continue;
        };
        if all.get(&id.value).is_some() {
            notes.push(at("methodology-id-twice", &fields.file, id.line).arg("id", &id.value));
            continue;
        }
        all.list.push(Department {
            id: id.value,
            title,
            citation,
        });
    }
    for fields in root.tables("form", notes) {
        form(fields, units, quantities, &mut all, notes);
    }
    for mut fields in root.tables("header_unit", notes) {
        let printed = fields.text("printed", notes);
        let text = fields.text("unit", notes);
        fields.finish(notes);
        let file = fields.file.clone();
        if let (Some(printed), Some(text)) = (printed, text)
            && let Some(unit) = unit(&text, &file, units, notes)
        {
            insert(&mut all.printed_units, printed, &file, unit, notes);
        }
    }
    for mut fields in root.tables("item", notes) {
        let list = fields.text("list", notes);
        let id = fields.text("id", notes);
        let title = fields.title("title", notes);
        fields.finish(notes);
        let (Some(list), Some(id), Some(title)) = (list, id, title) else {
            continue;
        };
        let key = (list.value, id.value);
        if let Some(earlier) = all.items.insert(key, title) {
            notes.push(at("methodology-id-twice", &fields.file, id.line).arg("id", earlier.en));
        }
    }
    root.finish(notes);
    all
}

fn form(
    mut fields: Fields,
    units: &UnitRegistry,
    quantities: &BTreeMap<String, QuantityEntry>,
    all: &mut Departments,
    notes: &mut Notes,
) {
    let file = fields.file.clone();
    let input = fields.text("input", notes);
    let department = fields.text("department", notes);
    let printed = fields.optional_text("header_unit", notes);
    let unit_text = fields.optional_text("unit", notes);
    fields.finish(notes);
    let (Some(input), Some(department)) = (input, department) else {
        return;
    };
    let Some(entry) = quantities.get(&input.value) else {
        let name = &department.value;
        notes.push(
            at("methodology-quantity-unknown", &file, input.line)
                .arg("id", &input.value)
                .arg("name", name),
        );
        return;
    };
    if all.get(&department.value).is_none() {
        notes.push(
            at("methodology-department-unknown", &file, department.line)
                .arg("department", &department.value),
        );
    }
    let mut own = None;
    if let Some(text) = &unit_text
        && let Some(unit) = unit(text, &file, units, notes)
    {
        if !unit.same_dimension(&entry.unit) {
            notes.push(
                at("methodology-input-unit", &file, text.line)
                    .arg("name", &input.value)
                    .arg("unit", &text.value)
                    .arg("expected", &entry.unit),
            );
        }
        own = printed.as_ref().map(|printed| FormUnit {
            printed: printed.value.clone(),
            text: text.value.clone(),
            unit,
        });
    }
    // A table is asked for in a unit; a raster tells its own in the project file.
    let is_table = !entry.layer && !entry.geometry;
    if is_table != (printed.is_some() && unit_text.is_some()) {
        notes.push(at("methodology-form-unit", &file, input.line).arg("input", &input.value));
    }
    let form = InputForm {
        department: department.value,
        unit: own,
    };
    insert(&mut all.forms, input, &file, form, notes);
}
