//! The project file of a new project, with comments in Chinese and English.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gep_core::diagnostic::Findings;
use gep_core::formula::Axis;
use gep_core::methodology::{Methodology, Profile};

use super::init::{Form, InitRequest, KEY};

/// What the project file is written from.
pub(super) struct ProjectText<'a> {
    /// What was asked for.
    pub request: &'a InitRequest,
    /// The methodology.
    pub methodology: &'a Methodology,
    /// The profile.
    pub profile: &'a Profile,
    /// Path of the boundaries below the project.
    pub boundaries: &'a str,
    /// The departments' forms.
    pub forms: &'a [Form],
}

/// A text as TOML spells it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

impl ProjectText<'_> {
    /// Writes the file.
    pub(super) fn write(&self) -> Result<String, Findings> {
        let needs = self.methodology.project_inputs(self.profile)?;
        let mut out = String::new();
        self.head(&mut out);
        self.rasters(&mut out, needs.layers.iter().map(String::as_str));
        self.vectors(&mut out);
        self.objects(&mut out, needs.tables.iter().map(String::as_str));
        self.sheets(&mut out);
        Ok(out)
    }

    fn head(&self, out: &mut String) {
        let (request, profile) = (self.request, self.profile);
        let version = self.boundaries.rsplit('/').next().unwrap_or_default();
        let version = version.split('.').next().unwrap_or_default();
        _ = write!(
            out,
            r#"# 生态产品总值（GEP）核算项目，由 `gep init` 生成。路径均相对于本文件，不得指向项目目录之外。
# A project of GEP accounting, written by `gep init`. Paths are relative to this file and stay inside its folder.
#
# 1. 把栅格放入 rasters/，核对单位；2. 各部门填写 forms/ 下的表；3. gep check --by department 看谁还没报；4. gep run。
# 1. Put the rasters into rasters/ and check their units; 2. have the departments fill in the workbooks under forms/;
# 3. `gep check --by department` tells what is outstanding; 4. `gep run`.

[project]
title = {{ zh = {zh}, en = {en} }}
year = {year}
# 核算方案：{profile_zh}。可选方案见 gep methodology list。
# The profile: {profile_en}. See `gep methodology list`.
profile = {id}
# 区划版本名，写明年份和来源。Name of the version of the boundaries: year and origin.
boundary_version = {version}
# 列 columns: code,level,name_zh,name_en,parent
regions = "regions.csv"
# 读者必须知道的话，原样印在报告上。What every reader must know; printed in the report as it stands.
notes = []
"#,
            zh = quoted(&format!("生态产品总值核算（{}年）", request.year)),
            en = quoted(&format!("Gross Ecosystem Product ({})", request.year)),
            year = quoted(&request.year),
            profile_zh = profile.title.zh,
            profile_en = profile.title.en,
            id = quoted(&profile.id),
            version = quoted(version),
        );
    }

    fn rasters<'b>(&self, out: &mut String, layers: impl Iterator<Item = &'b str>) {
        _ = write!(
            out,
            r#"
# ---- 栅格 rasters ----------------------------------------------------------------------------------
# 土地覆盖图决定参考格网；图例按对应表 {crosswalk} 归类。无数据值必须写明，没有时写 "none"。
# The land cover is the reference grid; its codes are read by the crosswalk {crosswalk}. Its nodata value
# must be written, "none" if there is none.
[rasters.classes]
path = "rasters/landcover.tif"
nodata = "填写 fill in"
"#,
            crosswalk = self.profile.crosswalk,
        );
        for layer in layers {
            let Some(entry) = self.methodology.quantities.get(layer) else {
                continue;
            };
            let department = self.methodology.departments.of(layer);
            let who = department.map_or_else(String::new, |own| {
                format!("；{}部门 {}", own.title.zh, own.title.en)
            });
            _ = write!(
                out,
                r#"
# {zh} {en}{who}
# 单位以文件为准；格网与土地覆盖不同时写 resample = "nearest" 或 "bilinear"；range 为合理范围。
# The unit is the file's own; on another grid declare resample = "nearest" or "bilinear"; range: what is plausible.
[rasters.layers.{layer}]
path = "rasters/{layer}.tif"
unit = {unit}
"#,
                zh = entry.title.zh,
                en = entry.title.en,
                unit = quoted(&entry.unit.to_string()),
            );
            if entry.domain.has(&Axis::Month) {
                out.push_str("# 十二个波段依次为 1-12 月。Twelve bands, January to December.\n");
                out.push_str("bands = \"month\"\n");
            }
        }
    }

    fn vectors(&self, out: &mut String) {
        let crs = self.request.zones_crs.as_deref();
        let crs = crs.map_or_else(String::new, |crs| format!("crs = {}\n", quoted(crs)));
        _ = write!(
            out,
            r#"
# ---- 矢量 vectors ----------------------------------------------------------------------------------
# 坐标系以文件声明为准；文件没有声明时写 crs = "EPSG:4490" 之类，不得猜测。
# The reference system is the file's own; write crs = "EPSG:4490" or the like only if it has none, and only if it is known.
[vectors.zones]
path = {path}
id = {id}
{crs}"#,
            path = quoted(self.boundaries),
            id = quoted(&self.request.zone_id),
        );
    }

    /// Layers of objects the profile evaluates one by one.
    fn objects<'b>(&self, out: &mut String, tables: impl Iterator<Item = &'b str>) {
        let mut kinds: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
        for table in tables {
            let Some(entry) = self.methodology.quantities.get(table) else {
                continue;
            };
            let Some(kind) = entry.domain.object_axis() else {
                continue;
            };
            let columns = kinds.entry(kind.word()).or_default();
            if !entry.geometry {
                columns.push((table, entry.unit.to_string()));
            }
        }
        for (kind, columns) in kinds {
            let columns: Vec<String> = columns
                .iter()
                .map(|(input, unit)| {
                    let unit = quoted(unit);
                    format!("{{ input = \"{input}\", column = \"{input}\", unit = {unit} }}")
                })
                .collect();
            _ = write!(
                out,
                r#"
# ---- 对象 objects: {kind} ---------------------------------------------------------------------------
# 每个对象一条记录，编号不重复；column 为属性字段名。One feature an object; column is the attribute's name.
[objects.{kind}]
path = "objects/{kind}.geojson"
id = "code"
columns = [{}]
"#,
                columns.join(", ")
            );
        }
    }

    fn sheets(&self, out: &mut String) {
        out.push_str(
            r#"
# ---- 部门报表 departments' workbooks ----------------------------------------------------------------
# 每列写明表头文字与单位；表头括号内的单位必须与 header_unit 一致，unit 是同一单位在方法文件中的写法。
# Each column names its header and its unit; the unit in the header's brackets must be header_unit, and unit is the
# same unit as methods write it. synthetic = true 表示模拟数据 marks made-up numbers.
"#,
        );
        for form in self.forms {
            let entry = &self.methodology.quantities[&form.input];
            _ = write!(
                out,
                "\n# {} {}\n[[workbook]]\npath = {}\nsheet = {}\nkey = {}\n",
                entry.title.zh,
                entry.title.en,
                quoted(&form.path),
                quoted(&form.sheet.name),
                quoted(KEY),
            );
            if !form.department.is_empty() {
                _ = writeln!(out, "department = {}", quoted(&form.department));
            }
            out.push_str("columns = [\n");
            for [item, header, printed, unit] in &form.columns {
                let item = match item.as_str() {
                    "" => String::new(),
                    _ => format!("item = {}, ", quoted(item)),
                };
                _ = writeln!(
                    out,
                    "  {{ input = {}, {item}header = {}, header_unit = {}, unit = {} }},",
                    quoted(&form.input),
                    quoted(header),
                    quoted(printed),
                    quoted(unit),
                );
            }
            out.push_str("]\n");
        }
    }
}

/// The list of rasters that stands in the folder they are to be put into.
pub(super) fn raster_notes(
    methodology: &Methodology,
    profile: &Profile,
) -> Result<String, Findings> {
    let mut out = String::from(
        "# 栅格 Rasters\n\n把下列文件放入本目录，名称与 gep.toml 一致。\n\
         Put these files here, named as in gep.toml.\n\n| file | 内容 | what |\n|---|---|---|\n\
         | landcover.tif | 土地覆盖 | land cover |\n",
    );
    for layer in methodology.project_inputs(profile)?.layers {
        if let Some(entry) = methodology.quantities.get(&layer) {
            let (zh, en) = (&entry.title.zh, &entry.title.en);
            _ = writeln!(out, "| {layer}.tif | {zh} | {en} |");
        }
    }
    Ok(out)
}
