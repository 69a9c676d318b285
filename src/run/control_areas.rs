//! Official control areas: measured areas are held against them and, if the project
//! says so, scaled to them in whole mm2, with the sums over cells in proportion.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, apportion, format_decimal, quanta};

use super::account::{Prepared, class_name};
use super::inputs::{check_unit, read_unit};
use super::land_cover::{row_of, share_below_one};
use crate::account::ALL_CLASSES;
use crate::output::{
    ControlLine, ControlTerms, NamedTable, RegionFacts, control_factor, control_table,
};
use crate::source::control_areas::{ControlEntry, ControlMode, ControlRow, read_control_areas};
use crate::source::project::bases;
use crate::zonal::{ClassKey, MeasureSum, PieceTable, Sums};

/// What a county's total leaves to the types without an official area.
pub const REMAINING: &str = "remaining";

/// Key of an area: county and ecosystem type.
type AreaKey = (String, String);

/// Official areas beside the measured ones, and the sums as the account takes them.
pub struct Controlled {
    /// Sums of the pass after scaling; nothing where nothing is scaled.
    pub scaled: Option<PieceTable>,
    /// The lines of the table, by county and type; empty without official areas.
    pub lines: Vec<ControlLine>,
}

/// Holds the sums of a pass against the official areas of the project.
///
/// # Errors
///
/// Rows that cannot be read or name no county or type of the run, officials that do not
/// add up, and every area that is off by more than the tolerance.
pub fn control(prepared: &Prepared, table: &PieceTable) -> Result<Controlled, Findings> {
    let Some(entry) = &prepared.project.control_areas else {
        return Ok(Controlled {
            scaled: None,
            lines: Vec::new(),
        });
    };
    let tolerance = share_below_one(&prepared.project, "control_areas", &entry.tolerance)?;
    if entry.mode == ControlMode::Apportion && prepared.has_opening() {
        return Err(Finding::error("control-areas-with-opening")
            .file(prepared.project.path.display())
            .into());
    }
    let officials = officials(prepared, entry)?;
    let measured = measured(prepared, table);
    let mut lines = lines(prepared, entry, officials, &measured)?;
    check_tolerance(prepared, entry, &tolerance, &lines)?;
    let scaled = match entry.mode {
        ControlMode::Check => None,
        ControlMode::Apportion => Some(scale(prepared, entry, table, &lines)?),
    };
    if let Some(scaled) = &scaled {
        set_after(prepared, scaled, &mut lines);
    }
    Ok(Controlled { scaled, lines })
}

/// Lays out the table of control areas, if the project has them.
pub fn controls(
    prepared: &Prepared,
    lines: &[ControlLine],
    facts: &RegionFacts<'_>,
) -> Option<NamedTable> {
    let entry = prepared.project.control_areas.as_ref()?;
    let terms = ControlTerms {
        mode: entry.mode.word(),
        unit: &entry.unit,
        tolerance: &entry.tolerance,
        source: [&entry.source.zh, &entry.source.en],
    };
    Some(control_table(lines, &terms, facts))
}

fn fault(prepared: &Prepared, entry: &ControlEntry, code: &'static str) -> Finding {
    Finding::error(code).file(prepared.project.file(&entry.path).display())
}

/// Reads the official areas by county and type, in the unit of the table; codes of one
/// type are added up.
fn officials(
    prepared: &Prepared,
    entry: &ControlEntry,
) -> Result<BTreeMap<AreaKey, Rational>, Findings> {
    let crosswalk = &prepared.methodology.crosswalks[&prepared.profile.crosswalk];
    let counties: BTreeSet<&str> = bases(&prepared.regions)
        .into_iter()
        .filter(|row| row.level != "sea")
        .map(|row| row.code.as_str())
        .collect();
    let class_of = |row: &ControlRow| {
        if row.class == ALL_CLASSES || prepared.classes.contains(&row.class) {
            return Some(row.class.clone());
        }
        row_of(crosswalk, &row.class).map(|found| found.class.clone())
    };
    let mut all: BTreeMap<AreaKey, Rational> = BTreeMap::new();
    let mut findings = Vec::new();
    for row in read_control_areas(&prepared.project.file(&entry.path))? {
        let class = class_of(&row).filter(|_| counties.contains(row.region.as_str()));
        match class {
            Some(class) => {
                let zero = Rational::from_integer(0.into());
                *all.entry((row.region, class)).or_insert(zero) += row.area;
            }
            None => findings.push(
                fault(prepared, entry, "control-area-unknown")
                    .place(format!("line {}", row.line))
                    .arg("region", &row.region)
                    .arg("class", &row.class),
            ),
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}

/// Areas by county and type as measured, `all` among the types, mm2.
fn measured(prepared: &Prepared, table: &PieceTable) -> BTreeMap<AreaKey, i128> {
    let mut all = BTreeMap::new();
    for ((piece, class), sums) in &table.rows {
        let Some(zone) = prepared.zone_of(*piece) else {
            continue;
        };
        for class in [class_name(prepared, *class), ALL_CLASSES.to_string()] {
            *all.entry((zone.clone(), class)).or_default() += sums.area_mm2;
        }
    }
    all
}

/// Rounds areas to whole mm2 so that their sum is the rounded sum: a mu is no whole
/// number of mm2.
fn whole_mm2(
    prepared: &Prepared,
    entry: &ControlEntry,
    areas: &[&Rational],
) -> Result<Vec<i128>, Findings> {
    let unit = read_unit(&prepared.project, &prepared.methodology, &entry.unit)?;
    let m2 = read_unit(&prepared.project, &prepared.methodology, "m2")?;
    check_unit(&prepared.project, "control_areas", &unit, &m2)?;
    let mm2 = Rational::from_integer(1_000_000.into());
    let exact: Vec<Rational> = areas
        .iter()
        .map(|area| unit.to_coherent(area) * &mm2)
        .collect();
    let one = Rational::from_integer(1.into());
    let zero = Rational::from_integer(0.into());
    let sum = exact.iter().fold(zero, |sum, area| sum + area);
    let shares = apportion(&quanta(&sum, &one), &exact);
    let shares = shares.map_err(|_| fault(prepared, entry, "control-area-too-large"))?;
    let fits = shares.into_iter().map(|share| i128::try_from(share).ok());
    fits.collect::<Option<Vec<i128>>>()
        .ok_or_else(|| fault(prepared, entry, "control-area-too-large").into())
}

/// Puts official beside measured areas; what a total leaves to the types without an
/// official area is a line of its own.
fn lines(
    prepared: &Prepared,
    entry: &ControlEntry,
    officials: BTreeMap<AreaKey, Rational>,
    measured: &BTreeMap<AreaKey, i128>,
) -> Result<Vec<ControlLine>, Findings> {
    let apportioned = entry.mode == ControlMode::Apportion;
    let (totals, classes): (Vec<_>, Vec<_>) = officials
        .iter()
        .partition(|((_, class), _)| class == ALL_CLASSES);
    let mut lines: BTreeMap<AreaKey, ControlLine> = BTreeMap::new();
    for group in [&totals, &classes] {
        let areas: Vec<&Rational> = group.iter().map(|(_, area)| *area).collect();
        let mm2 = whole_mm2(prepared, entry, &areas)?;
        for ((key, official), official_mm2) in group.iter().zip(mm2) {
            let measured_mm2 = measured.get(*key).copied().unwrap_or(0);
            let line = ControlLine {
                key: (*key).clone(),
                measured_mm2,
                official: (*official).clone(),
                official_mm2,
                after_mm2: measured_mm2,
                applied: apportioned,
            };
            lines.insert((*key).clone(), line);
        }
    }
    let mut findings = Vec::new();
    for ((county, _), total) in totals {
        let own = classes.iter().filter(|((other, _), _)| other == county);
        let own: Vec<_> = own.collect();
        if own.is_empty() {
            continue;
        }
        match remaining(county, total, &own, &lines) {
            Ok(line) => {
                if let Some(line) = line {
                    let applied = apportioned;
                    lines.insert(line.key.clone(), ControlLine { applied, ..line });
                }
                // The types and the rest make the total: it is no factor of its own.
                if let Some(all) = lines.get_mut(&(county.clone(), ALL_CLASSES.to_string())) {
                    all.applied = false;
                }
            }
            Err(sum) => findings.push(
                fault(prepared, entry, "control-areas-do-not-add")
                    .arg("county", county)
                    .arg("sum", format_decimal(&sum, 6))
                    .arg("total", format_decimal(total, 6))
                    .arg("unit", &entry.unit),
            ),
        }
    }
    if findings.is_empty() {
        Ok(lines.into_values().collect())
    } else {
        Err(Findings(findings))
    }
}

/// What the total of a county leaves to the types without an official area: nothing
/// where there is no such ground and nothing left. `Err` with their sum where the types
/// take more than the total, or leave something no ground is there for.
fn remaining(
    county: &str,
    total: &Rational,
    classes: &[&(&AreaKey, &Rational)],
    lines: &BTreeMap<AreaKey, ControlLine>,
) -> Result<Option<ControlLine>, Rational> {
    let zero = Rational::from_integer(0.into());
    let sum = classes
        .iter()
        .fold(zero.clone(), |sum, (_, area)| sum + *area);
    let all = &lines[&(county.to_string(), ALL_CLASSES.to_string())];
    let own = classes.iter().map(|(key, _)| &lines[*key]);
    let (mut ground, mut left) = (all.measured_mm2, all.official_mm2);
    for line in own {
        ground -= line.measured_mm2;
        left -= line.official_mm2;
    }
    let rest = total - &sum;
    if rest < zero || (ground == 0) != (rest == zero) {
        return Err(sum);
    }
    Ok((ground != 0).then(|| ControlLine {
        key: (county.to_string(), REMAINING.to_string()),
        measured_mm2: ground,
        official: rest,
        official_mm2: left,
        after_mm2: ground,
        applied: false,
    }))
}

/// Refuses every area that is off by more than the tolerance.
fn check_tolerance(
    prepared: &Prepared,
    entry: &ControlEntry,
    tolerance: &Rational,
    lines: &[ControlLine],
) -> Result<(), Findings> {
    let mut findings = Vec::new();
    for line in lines {
        let difference = (line.official_mm2 - line.measured_mm2).abs();
        let most = tolerance * Rational::from_integer(line.official_mm2.into());
        if Rational::from_integer(difference.into()) <= most {
            continue;
        }
        let square = |mm2: i128| {
            let m2 = Rational::new(mm2.into(), 1_000_000.into());
            format_decimal(&m2, 2)
        };
        findings.push(
            fault(prepared, entry, "control-area-differs")
                .arg("county", &line.key.0)
                .arg("class", &line.key.1)
                .arg("measured", square(line.measured_mm2))
                .arg("official", square(line.official_mm2))
                .arg(
                    "factor",
                    control_factor(line.official_mm2, line.measured_mm2),
                )
                .arg("tolerance", &entry.tolerance),
        );
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Findings(findings))
    }
}

/// Scales the sums of a pass: the rows of each line share its official area in whole
/// mm2 by the largest remainder, and sums over cells keep their mean.
fn scale(
    prepared: &Prepared,
    entry: &ControlEntry,
    table: &PieceTable,
    lines: &[ControlLine],
) -> Result<PieceTable, Findings> {
    let too_large = || Findings::from(fault(prepared, entry, "control-area-too-large"));
    let by_key: BTreeMap<(&str, &str), usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.applied)
        .map(|(at, line)| ((line.key.0.as_str(), line.key.1.as_str()), at))
        .collect();
    let mut groups: BTreeMap<usize, Vec<(u32, ClassKey)>> = BTreeMap::new();
    let mut scaled = table.clone();
    for (piece, class) in table.rows.keys() {
        let Some(zone) = prepared.zone_of(*piece) else {
            continue;
        };
        let name = class_name(prepared, *class);
        let mut names = [name.as_str(), REMAINING, ALL_CLASSES].into_iter();
        let found = names.find_map(|name| by_key.get(&(zone.as_str(), name)));
        if let Some(line) = found {
            groups.entry(*line).or_default().push((*piece, *class));
        }
    }
    for (line, rows) in groups {
        let weights: Vec<Rational> = rows
            .iter()
            .map(|row| Rational::from_integer(table.rows[row].area_mm2.into()))
            .collect();
        let total = lines[line].official_mm2;
        let shares = apportion(&total.into(), &weights).map_err(|_| too_large())?;
        for (row, share) in rows.into_iter().zip(shares) {
            let area = i128::try_from(share).map_err(|_| too_large())?;
            let sums = resized(&table.rows[&row], area).ok_or_else(too_large)?;
            scaled.rows.insert(row, sums);
        }
    }
    Ok(scaled)
}

/// Returns sums of the same ground with another area. `None` if a number does not fit.
fn resized(sums: &Sums, area_mm2: i128) -> Option<Sums> {
    let measures = sums
        .measures
        .iter()
        .map(|own| {
            let known = own.valid_mm2 + own.missing_mm2;
            if known == 0 || sums.area_mm2 == 0 {
                return Some(*own);
            }
            let both = [own.valid_mm2, own.missing_mm2];
            let weights = both.map(|part| Rational::from_integer(part.into()));
            // A measure that concerns a part of the ground only keeps its share of it.
            let factor = Rational::new(area_mm2.into(), sums.area_mm2.into());
            let whole = factor * Rational::from_integer(known.into());
            let one = Rational::from_integer(1.into());
            let parts = apportion(&quanta(&whole, &one), &weights).ok()?;
            let valid_mm2 = i128::try_from(parts.first()?.clone()).ok()?;
            let missing_mm2 = i128::try_from(parts.get(1)?.clone()).ok()?;
            let mean = if own.valid_mm2 == 0 {
                Rational::from_integer(0.into())
            } else {
                Rational::new(own.sum.into(), own.valid_mm2.into())
            };
            let sum = mean * Rational::from_integer(valid_mm2.into());
            Some(MeasureSum {
                sum: i128::try_from(quanta(&sum, &one)).ok()?,
                valid_mm2,
                missing_mm2,
                missing_cells: own.missing_cells,
            })
        })
        .collect::<Option<Vec<MeasureSum>>>()?;
    Some(Sums { area_mm2, measures })
}

/// Writes into each line what the account has after scaling.
fn set_after(prepared: &Prepared, scaled: &PieceTable, lines: &mut [ControlLine]) {
    let after = measured(prepared, scaled);
    let of = |key: &AreaKey| after.get(key).copied().unwrap_or(0);
    let classes: Vec<AreaKey> = lines.iter().map(|line| line.key.clone()).collect();
    for line in lines {
        line.after_mm2 = of(&line.key);
        if line.key.1 == REMAINING {
            let county = &line.key.0;
            let own = classes
                .iter()
                .filter(|key| key.0 == *county && key.1 != ALL_CLASSES && key.1 != REMAINING);
            let taken: i128 = own.map(of).sum();
            line.after_mm2 = of(&(county.clone(), ALL_CLASSES.to_string())) - taken;
        }
    }
}
