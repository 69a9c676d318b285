//! A new project for a profile: a commented project file, the table of regions, the
//! boundaries, and a form for each department.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Profile};
use gep_core::storage::OutputFolder;

use super::departments::{item_title, items};
use super::init_regions::{regions_csv, regions_of};
use super::init_text::{ProjectText, raster_notes};
use super::inputs::read_methodology;
use crate::output::{FormSheet, form_workbook};
use crate::source::gdal::{quiet_library, read_codes};
use crate::source::project::{RegionRow, bases};

/// What a project is to be made of.
#[derive(Clone, Debug)]
pub struct InitRequest {
    /// The folder to write.
    pub folder: PathBuf,
    /// Whether an existing folder may be replaced.
    pub replace: bool,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// The profile.
    pub profile: String,
    /// Year of the account.
    pub year: String,
    /// Boundaries of the counties.
    pub zones: PathBuf,
    /// Column of codes in them.
    pub zone_id: String,
    /// Column of names in them.
    pub zone_name: Option<String>,
    /// Reference system of boundaries that do not say their own.
    pub zones_crs: Option<String>,
    /// Table of regions; else it is derived from six-digit codes.
    pub regions: Option<PathBuf>,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct InitReport {
    /// Files below the folder.
    pub files: Vec<String>,
    /// Number of counties.
    pub counties: usize,
    /// What still is to be done by hand.
    pub warnings: Vec<Finding>,
}

/// A sheet of a form and the columns the project file declares for it.
pub(super) struct Form {
    /// Its department; empty if nobody is named.
    pub department: String,
    /// Path of the workbook.
    pub path: String,
    /// The sheet.
    pub sheet: FormSheet,
    /// Input of the sheet.
    pub input: String,
    /// Item, header, printed unit and unit of each column.
    pub columns: Vec<[String; 4]>,
}

/// Header of the column of codes in a form.
pub(super) const KEY: &str = "行政区划代码";

/// Writes a project.
///
/// # Errors
///
/// If the folder exists, the profile is unknown, or the boundaries or regions cannot
/// be used.
pub fn init_project(request: &InitRequest) -> Result<InitReport, Findings> {
    quiet_library();
    let methodology = read_methodology(request.methodology.as_deref())?;
    let profile = methodology.profiles.get(&request.profile).ok_or_else(|| {
        let known: Vec<&str> = methodology.profiles.keys().map(String::as_str).collect();
        Finding::error("profile-unknown")
            .arg("profile", &request.profile)
            .arg("known", known.join(", "))
            .exit(2)
    })?;
    let codes = read_codes(
        &request.zones,
        &request.zone_id,
        request.zone_name.as_deref(),
    )?;
    let (regions, mut warnings) = regions_of(request, &codes)?;
    let (forms, more) = forms(&methodology, profile, &request.year)?;
    warnings.extend(more);
    let boundaries = boundary_files(&request.zones)?;
    let text = ProjectText {
        request,
        methodology: &methodology,
        profile,
        boundaries: &boundaries[0].0,
        forms: &forms,
    };
    let mut files = vec![
        ("gep.toml".to_string(), text.write()?.into_bytes()),
        ("regions.csv".to_string(), regions_csv(&regions)?),
        (
            "rasters/README.md".to_string(),
            raster_notes(&methodology, profile)?.into_bytes(),
        ),
    ];
    files.extend(boundaries);
    files.extend(workbooks(&methodology, &forms, &regions)?);
    let fault = |error: std::io::Error| {
        let (code, exit) = match error.kind() {
            std::io::ErrorKind::AlreadyExists => ("output-exists", 2),
            _ => ("output-not-written", 74),
        };
        Finding::error(code)
            .file(request.folder.display())
            .arg("error", error)
            .exit(exit)
    };
    let output = OutputFolder::create(&request.folder, request.replace).map_err(fault)?;
    for (name, bytes) in &files {
        output.write(name, bytes).map_err(fault)?;
    }
    output.publish().map_err(fault)?;
    Ok(InitReport {
        files: files.into_iter().map(|(name, _)| name).collect(),
        counties: codes.len(),
        warnings,
    })
}

/// The boundary file, and those that belong to a shapefile.
fn boundary_files(path: &Path) -> Result<Vec<(String, Vec<u8>)>, Findings> {
    let fault = |error: String| {
        Finding::error("boundaries-not-copied")
            .file(path.display())
            .arg("error", error)
            .exit(66)
    };
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        format!("boundaries/{name}")
    };
    if path.is_dir() {
        return Err(fault("directory".to_string()).into());
    }
    let mut files = vec![(
        name(path),
        std::fs::read(path).map_err(|error| fault(error.to_string()))?,
    )];
    if path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("shp"))
    {
        for kind in ["shx", "dbf", "prj", "cpg"] {
            let beside = path.with_extension(kind);
            if let Ok(bytes) = std::fs::read(&beside) {
                files.push((name(&beside), bytes));
            }
        }
    }
    Ok(files)
}

/// One sheet for each table the profile reads, and what no form can ask for.
fn forms(
    methodology: &Methodology,
    profile: &Profile,
    year: &str,
) -> Result<(Vec<Form>, Vec<Finding>), Findings> {
    let (mut forms, mut by_class) = (Vec::new(), Vec::new());
    for (input, items) in items(methodology, profile)? {
        let Some(entry) = methodology.quantities.get(&input) else {
            continue;
        };
        if entry.domain.object_axis().is_some() {
            continue;
        }
        if entry.domain.has(&Axis::Class) || !entry.domain.has(&Axis::Zone) {
            by_class.push(input);
            continue;
        }
        forms.push(form(methodology, &input, &items, year));
    }
    // In the order in which the methodology lists departments.
    let order = |form: &Form| {
        let list = &methodology.departments.list;
        let at = list.iter().position(|one| one.id == form.department);
        at.unwrap_or(list.len())
    };
    forms.sort_by_key(order);
    let warnings = (!by_class.is_empty()).then(|| {
        Finding::warning("init-input-without-form")
            .arg("count", by_class.len())
            .arg("inputs", by_class.join(", "))
    });
    Ok((forms, warnings.into_iter().collect()))
}

fn form(methodology: &Methodology, input: &str, items: &BTreeSet<String>, year: &str) -> Form {
    let entry = &methodology.quantities[input];
    let own = methodology.departments.forms.get(input);
    let department = methodology.departments.of(input);
    let own_unit = own.and_then(|form| form.unit.as_ref());
    let [printed, unit] = own_unit.map_or_else(
        || [entry.unit.to_string(), entry.unit.to_string()],
        |unit| [unit.printed.clone(), unit.text.clone()],
    );
    let title = plain(&entry.title.zh);
    let columns: Vec<[String; 4]> = items
        .iter()
        .map(|item| {
            let header = match item.as_str() {
                "" => title.clone(),
                _ => plain(&item_title(methodology, input, item).zh),
            };
            [item.clone(), header, printed.clone(), unit.clone()]
        })
        .collect();
    let mut headers = vec![KEY.to_string(), "名称".to_string()];
    headers.extend(
        columns
            .iter()
            .map(|[_, header, printed, _]| format!("{header}（{printed}）")),
    );
    let file = department.map_or("其他", |own| own.title.zh.as_str());
    Form {
        department: department.map_or_else(String::new, |own| own.id.clone()),
        path: format!("forms/{}.xlsx", plain(file)),
        sheet: FormSheet {
            name: title.chars().take(31).collect(),
            title: format!("{title}，{year}年"),
            headers,
            note: "注：没有数据的留空；本县没有此项的填“—”；不足最小单位的填“…”；不得用零代替。"
                .to_string(),
        },
        input: input.to_string(),
        columns,
    }
}

/// A text without what a header's brackets, a sheet or a file name may not hold.
fn plain(text: &str) -> String {
    const REFUSED: [char; 12] = [
        '（', '）', '(', ')', '[', ']', ':', '*', '?', '/', '\\', '\'',
    ];
    text.chars().filter(|c| !REFUSED.contains(c)).collect()
}

fn workbooks(
    methodology: &Methodology,
    forms: &[Form],
    regions: &[RegionRow],
) -> Result<Vec<(String, Vec<u8>)>, Findings> {
    let counties = bases(regions).into_iter().filter(|row| row.level != "sea");
    let rows: Vec<(String, String)> = counties
        .map(|row| (row.code.clone(), row.name_zh.clone()))
        .collect();
    let mut by_path: BTreeMap<&str, Vec<&Form>> = BTreeMap::new();
    for form in forms {
        by_path.entry(&form.path).or_default().push(form);
    }
    let mut files = Vec::new();
    for (path, forms) in by_path {
        let department = methodology.departments.get(&forms[0].department);
        let titles = department.map_or(["其他", "Others"], |own| [&own.title.zh, &own.title.en]);
        let notes = notes(titles);
        let sheets: Vec<FormSheet> = forms.iter().map(|form| form.sheet.clone()).collect();
        let bytes = form_workbook(&notes, &sheets, &rows).map_err(|error| {
            Finding::error("output-not-written")
                .file(path)
                .arg("error", error)
                .exit(70)
        })?;
        files.push((path.to_string(), bytes));
    }
    Ok(files)
}

/// What a department is told before it fills in.
fn notes([zh, en]: [&str; 2]) -> Vec<String> {
    [
        format!("{zh}部门填报表 Form of the department: {en}"),
        "一、只填空白单元格；代码、名称和表头已锁定，请勿改动。".to_string(),
        "二、计量单位以表头括号内为准；如按其他单位统计，请换算后填写，或连同表头一并告知核算单位。"
            .to_string(),
        "三、没有数据的留空；本县没有此项的填“—”；不足最小单位的填“…”；确为零的填 0。"
            .to_string(),
        "四、请直接填数值，不要引用其他工作簿。".to_string(),
        "Fill in the blank cells only; codes, names and headers are locked.".to_string(),
        "The unit is the one in the header's brackets.".to_string(),
        "Leave blank what is not available; write — where the county has no such item, … below the \
         smallest unit, 0 where it is zero."
            .to_string(),
        "Give numbers, no links to other workbooks.".to_string(),
    ]
    .into()
}
