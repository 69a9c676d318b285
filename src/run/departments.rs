//! What each department has filed, what is outstanding, and what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings, Language, Severity};
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Origin, Profile, Title};
use serde_json::{Value, json};

use super::survey::{Choice, Subject, Survey};
use crate::source::project::bases;
use crate::source::workbook::{CellValue, Missing};

/// Who owes what for one account.
pub struct DepartmentReport {
    /// Year of the account.
    pub year: String,
    /// The profile.
    pub profile: String,
    /// Names of the counties by code.
    pub counties: BTreeMap<String, [String; 2]>,
    /// Departments in the order of the methodology; the last has no id: what nobody
    /// is named for, and the project file itself.
    pub departments: Vec<DepartmentState>,
}

/// What one department has filed.
pub struct DepartmentState {
    /// Its id; empty for what belongs to no department.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// Inputs the profile needs, item by item.
    pub inputs: Vec<InputState>,
    /// What is wrong with its files, and what is to be told about them.
    pub findings: Vec<Finding>,
}

/// What has come of one input (and item).
#[derive(Default)]
pub struct InputState {
    /// The input.
    pub input: String,
    /// The item; empty if it has none.
    pub item: String,
    /// Titles of both.
    pub title: Title,
    /// Whether it is by county; otherwise one file is the whole of it.
    pub by_county: bool,
    /// Where it is expected: file, and sheet of a workbook; empty if the project file
    /// names none.
    pub place: String,
    /// Counties with a number (or one entry for a whole file).
    pub given: BTreeSet<String>,
    /// Counties that say there is none: not applicable, too small, withheld.
    pub marked: BTreeSet<String>,
    /// Counties whose cell was refused.
    pub wrong: BTreeSet<String>,
    /// Counties without a number.
    pub missing: BTreeSet<String>,
}

/// The whole of an input that is not by county.
const WHOLE: &str = "all";

/// Reads a project and tells by department what has come.
///
/// # Errors
///
/// If the project file, the methodology or the profile cannot be read.
pub fn department_report(
    project: &Path,
    methodology: Option<&Path>,
    profile: Option<&str>,
) -> Result<DepartmentReport, Findings> {
    let choice = Choice {
        methodology,
        profile,
        crosswalk: None,
    };
    let survey = Survey::take(project, &choice)?;
    let counties: BTreeMap<String, [String; 2]> = bases(&survey.regions)
        .into_iter()
        .filter(|row| row.level != "sea")
        .map(|row| (row.code.clone(), [row.name_zh.clone(), row.name_en.clone()]))
        .collect();
    let mut states: BTreeMap<String, DepartmentState> = BTreeMap::new();
    for state in needed(&survey, &counties)? {
        let id = owner(&survey, &state.input);
        entry(&mut states, &survey.methodology, &id)
            .inputs
            .push(state);
    }
    for (subject, finding) in &survey.findings {
        // Told above, county by county or by the file that is expected.
        if ["workbook-code-absent", "input-not-given", "layer-not-given"].contains(&finding.code) {
            continue;
        }
        let id = match subject {
            Subject::Project => String::new(),
            Subject::Input(id) => owner(&survey, id),
            Subject::Sheet(at) => sheet_owner(&survey, *at),
        };
        let own = entry(&mut states, &survey.methodology, &id);
        own.findings.push(finding.clone());
    }
    let order = survey.methodology.departments.list.iter();
    let order = order.map(|one| one.id.as_str()).chain([""]);
    Ok(DepartmentReport {
        year: survey.project.head.year.clone(),
        profile: survey.profile.id.clone(),
        departments: order.filter_map(|id| states.remove(id)).collect(),
        counties,
    })
}

fn entry<'a>(
    states: &'a mut BTreeMap<String, DepartmentState>,
    methodology: &Methodology,
    id: &str,
) -> &'a mut DepartmentState {
    states.entry(id.to_string()).or_insert_with(|| {
        let department = methodology.departments.get(id);
        DepartmentState {
            id: id.to_string(),
            title: department.map_or_else(
                || Title {
                    zh: "未归口部门及项目本身".to_string(),
                    en: "No department, and the project itself".to_string(),
                },
                |own| own.title.clone(),
            ),
            inputs: Vec::new(),
            findings: Vec::new(),
        }
    })
}

/// The department of an input: that of the sheet it is expected in, if the sheet names
/// one, else the methodology's.
fn owner(survey: &Survey, input: &str) -> String {
    let sheets = survey.project.sheets.iter();
    let named = sheets
        .filter(|sheet| sheet.columns.iter().any(|column| column.input == input))
        .find_map(|sheet| sheet.department.clone());
    let known = |id: &String| survey.methodology.departments.get(id).is_some();
    let own = survey.methodology.departments.of(input);
    let own = own.map(|department| department.id.clone());
    named.filter(known).or(own).unwrap_or_default()
}

fn sheet_owner(survey: &Survey, at: usize) -> String {
    let first = survey.project.sheets[at].columns.first();
    first.map_or_else(String::new, |column| owner(survey, &column.input))
}

/// Items of every table the profile reads; one empty item if it has none.
pub(super) fn items(
    methodology: &Methodology,
    profile: &Profile,
) -> Result<BTreeMap<String, BTreeSet<String>>, Findings> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for indicator in &profile.indicators {
        let Some(law) = methodology.indicator_law(profile, indicator)? else {
            continue;
        };
        for input in law.inputs.values() {
            let Origin::Table(id) = &input.origin else {
                continue;
            };
            let own = all.entry(id.clone()).or_default();
            let mut axes = input.domain.axes();
            match axes.find(|axis| matches!(axis, Axis::Item(_))) {
                Some(axis) => own.extend(law.labels(axis)),
                None => _ = own.insert(String::new()),
            }
        }
    }
    Ok(all)
}

/// What the profile needs, and how much of it has come.
fn needed(
    survey: &Survey,
    counties: &BTreeMap<String, [String; 2]>,
) -> Result<Vec<InputState>, Findings> {
    let methodology = &survey.methodology;
    let mut states = Vec::new();
    for layer in methodology.project_inputs(&survey.profile)?.layers {
        let file = survey.project.rasters.layers.get(&layer);
        let refused = survey.findings.iter().any(|(subject, finding)| {
            *subject == Subject::Input(layer.clone()) && finding.severity == Severity::Error
        });
        let path = file.map_or(String::new(), |file| file.path.clone());
        let there = survey.project.file(&path).exists() && file.is_some();
        states.push(whole_file(methodology, &layer, path, there, refused));
    }
    for (input, items) in items(methodology, &survey.profile)? {
        let entry = methodology.quantities.get(&input);
        let by_county = entry.is_some_and(|entry| {
            entry.domain.has(&Axis::Zone) && entry.domain.object_axis().is_none()
        });
        if by_county {
            let states_of = items
                .iter()
                .map(|item| filed(survey, counties, &input, item));
            states.extend(states_of);
            continue;
        }
        let kind = entry.and_then(|entry| entry.domain.object_axis());
        let file = kind.and_then(|kind| survey.project.objects.get(kind.word()));
        let path = file.map_or(String::new(), |file| file.path.clone());
        let there = survey.project.file(&path).exists() && file.is_some();
        states.push(whole_file(methodology, &input, path, there, false));
    }
    Ok(states)
}

fn whole_file(
    methodology: &Methodology,
    input: &str,
    place: String,
    there: bool,
    refused: bool,
) -> InputState {
    let mut state = InputState {
        input: input.to_string(),
        title: title_of(methodology, input, ""),
        place,
        ..InputState::default()
    };
    let set = match (there, refused) {
        (true, false) => &mut state.given,
        (true, true) => &mut state.wrong,
        (false, _) => &mut state.missing,
    };
    set.insert(WHOLE.to_string());
    state
}

/// What has come of an item of an input, county by county.
fn filed(
    survey: &Survey,
    counties: &BTreeMap<String, [String; 2]>,
    input: &str,
    item: &str,
) -> InputState {
    let mut state = InputState {
        input: input.to_string(),
        item: item.to_string(),
        title: title_of(&survey.methodology, input, item),
        by_county: true,
        ..InputState::default()
    };
    let fits = |own: &str, own_item: Option<&str>| own == input && own_item.unwrap_or("") == item;
    for (sheet, table) in survey.project.sheets.iter().zip(&survey.sheets) {
        let mut columns = sheet.columns.iter();
        if !columns.any(|column| fits(&column.input, column.item.as_deref())) {
            continue;
        }
        state.place = format!("{} [{}]", sheet.path, sheet.sheet);
        for value in &table.values {
            if !fits(&value.input, value.item.as_deref()) {
                continue;
            }
            let set = match value.value {
                CellValue::Number(_) => &mut state.given,
                CellValue::Missing(Missing::Blank) => continue,
                CellValue::Missing(_) => &mut state.marked,
            };
            set.insert(value.code.clone());
        }
        let wrong = table.wrong.iter();
        let wrong = wrong.filter(|(_, own, own_item)| fits(own, own_item.as_deref()));
        state.wrong.extend(wrong.map(|(code, _, _)| code.clone()));
    }
    let told = |code: &&String| {
        !(state.given.contains(*code)
            || state.marked.contains(*code)
            || state.wrong.contains(*code))
    };
    state.missing = counties.keys().filter(told).cloned().collect();
    state
}

fn title_of(methodology: &Methodology, input: &str, item: &str) -> Title {
    let mut title = methodology.quantities.get(input).map_or_else(
        || Title {
            zh: input.to_string(),
            en: input.to_string(),
        },
        |entry| entry.title.clone(),
    );
    if !item.is_empty() {
        let own = item_title(methodology, input, item);
        title.zh = format!("{}（{}）", title.zh, own.zh);
        title.en = format!("{} ({})", title.en, own.en);
    }
    title
}

/// Returns the title of an item of an input; its id if it has none.
pub(super) fn item_title(methodology: &Methodology, input: &str, item: &str) -> Title {
    let entry = methodology.quantities.get(input);
    let list = entry.and_then(|entry| {
        let mut axes = entry.domain.axes();
        axes.find(|axis| matches!(axis, Axis::Item(_)))
            .map(|axis| axis.word().to_string())
    });
    let known = list.and_then(|list| {
        let items = &methodology.departments.items;
        items.get(&(list, item.to_string())).cloned()
    });
    known.unwrap_or_else(|| Title {
        zh: item.to_string(),
        en: item.to_string(),
    })
}

impl DepartmentReport {
    /// Returns all errors, for the exit code.
    pub fn errors(&self) -> Vec<Finding> {
        let findings = self.departments.iter().flat_map(|one| &one.findings);
        let errors = findings.filter(|one| one.severity == Severity::Error);
        errors.cloned().collect()
    }

    /// Returns whether something has not come.
    pub fn outstanding(&self) -> bool {
        let mut inputs = self.departments.iter().flat_map(|one| &one.inputs);
        inputs.any(|one| !one.missing.is_empty() || !one.wrong.is_empty())
    }

    /// Prints the report for a terminal.
    pub fn text(&self, language: Language) -> String {
        let zh = language == Language::Zh;
        let count = self.counties.len();
        let mut out = if zh {
            format!(
                "{} 年，核算方案 {}，{count} 个县（市、区）",
                self.year, self.profile
            )
        } else {
            format!("{}, profile {}, {count} counties", self.year, self.profile)
        };
        for department in &self.departments {
            let title = &department.title;
            _ = write!(out, "\n\n{}", if zh { &title.zh } else { &title.en });
            for input in &department.inputs {
                _ = write!(out, "\n  {}", self.line(input, language));
            }
            for finding in &department.findings {
                let text = finding.to_text(language).replace('\n', "\n  ");
                _ = write!(out, "\n  {text}");
            }
        }
        let end = match (zh, self.outstanding()) {
            (true, true) => "尚有数据未报齐或有误",
            (true, false) => "方案所需数据已报齐",
            (false, true) => "something is outstanding or wrong",
            (false, false) => "all the profile needs has come",
        };
        _ = write!(out, "\n\n{end}");
        out
    }

    fn line(&self, own: &InputState, language: Language) -> String {
        let zh = language == Language::Zh;
        let title = if zh { &own.title.zh } else { &own.title.en };
        let nowhere = if zh {
            "项目文件未列出"
        } else {
            "not in the project file"
        };
        let place = if own.place.is_empty() {
            nowhere
        } else {
            &own.place
        };
        let mut out = if zh {
            format!("{title}：")
        } else {
            format!("{title}: ")
        };
        if own.by_county {
            let (given, all) = (own.given.len(), self.counties.len());
            _ = match zh {
                true => write!(out, "已报 {given}/{all} 县"),
                false => write!(out, "{given} of {all} counties"),
            };
        } else if !own.given.is_empty() {
            out.push_str(if zh { "已报" } else { "given" });
        }
        let lists = [
            (&own.marked, "，注明无数 ", ", said to have none "),
            (&own.missing, "，缺 ", ", missing "),
            (&own.wrong, "，有误 ", ", wrong "),
        ];
        for (codes, words_zh, words_en) in lists.into_iter().filter(|(codes, ..)| !codes.is_empty())
        {
            let words = if zh { words_zh } else { words_en };
            let plain = words.trim_start_matches(['，', ',', ' ']);
            let start = if out.ends_with(['：', ' ']) {
                plain
            } else {
                words
            };
            _ = match own.by_county {
                true => write!(out, "{start}{}", self.names(codes, language)),
                false => write!(out, "{}", start.trim_end()),
            };
        }
        _ = write!(out, " [{place}]");
        out
    }

    fn names(&self, codes: &BTreeSet<String>, language: Language) -> String {
        let (count, zh) = (codes.len(), language == Language::Zh);
        if count == self.counties.len() {
            return match zh {
                true => format!("全部 {count} 个县"),
                false => format!("all {count} counties"),
            };
        }
        let name = |code: &String| {
            let names = self.counties.get(code);
            let name = names.map_or("", |names| &names[usize::from(!zh)]);
            format!("{code} {name}").trim_end().to_string()
        };
        let names: Vec<String> = codes.iter().map(name).collect();
        match zh {
            true => format!("{count}（{}）", names.join("、")),
            false => format!("{count} ({})", names.join(", ")),
        }
    }

    /// Returns the report as JSON.
    pub fn json(&self, language: Language) -> Value {
        let input = |own: &InputState| {
            json!({
                "input": own.input,
                "item": own.item,
                "title": {"zh": own.title.zh, "en": own.title.en},
                "by_county": own.by_county,
                "place": own.place,
                "given": own.given,
                "marked": own.marked,
                "missing": own.missing,
                "wrong": own.wrong,
            })
        };
        let department = |own: &DepartmentState| {
            let findings = own.findings.iter().map(|one| one.to_json(language));
            json!({
                "department": own.id,
                "title": {"zh": own.title.zh, "en": own.title.en},
                "inputs": own.inputs.iter().map(input).collect::<Vec<_>>(),
                "findings": findings.collect::<Vec<_>>(),
            })
        };
        json!({
            "year": self.year,
            "profile": self.profile,
            "counties": self.counties.len(),
            "departments": self.departments.iter().map(department).collect::<Vec<_>>(),
            "outstanding": self.outstanding(),
        })
    }
}
