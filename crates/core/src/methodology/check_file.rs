//! Reading of the files under `checks/`.

use std::collections::BTreeMap;

use crate::quantity::{Rational, UnitRegistry, parse_decimal};

use super::check::{Check, CheckExample, CheckKind, CheckSeverity, Figure, Selector};
use super::dictionary::{Citation, SourceDocument, Title, citation, decimal, one_of, unit};
use super::document::{Fields, Kind, Notes, Text, at, insert};
use super::table::Status;

/// What the reading of a check looks things up in.
pub(super) struct CheckLookup<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
}

/// Reads a file of checks into `all`.
pub(super) fn checks(
    mut root: Fields,
    lookup: &CheckLookup<'_>,
    all: &mut BTreeMap<String, Check>,
    notes: &mut Notes,
) {
    for fields in root.tables("check", notes) {
        let file = fields.file.clone();
        if let Some((id, check)) = check(fields, lookup, notes) {
            insert(all, id, &file, check, notes);
        }
    }
    root.finish(notes);
}

/// What every check says, whatever its kind.
struct Head {
    id: Text,
    title: Title,
    why: Title,
    kind: CheckKind,
    severity: CheckSeverity,
    citation: Citation,
    status: Status,
    since: String,
}

fn head(fields: &mut Fields, lookup: &CheckLookup<'_>, notes: &mut Notes) -> Option<Head> {
    let id = fields.text("id", notes);
    let title = fields.title("title", notes);
    let why = fields.title("why", notes);
    let kind = word(fields, "kind", &CheckKind::ALL, CheckKind::word, notes);
    let all = &CheckSeverity::ALL;
    let severity = word(fields, "severity", all, CheckSeverity::word, notes);
    let citation = citation(fields, lookup.sources, notes);
    let status = word(fields, "status", &Status::ALL, Status::word, notes);
    let since = fields.text("since", notes);
    Some(Head {
        id: id?,
        title: title?,
        why: why?,
        kind: kind?,
        severity: severity?,
        citation: citation?,
        status: status?,
        since: since?.value,
    })
}

/// Reads both tiny tables; without `fires` the first one fires in region A.
fn examples(
    fields: &mut Fields,
    lookup: &CheckLookup<'_>,
    notes: &mut Notes,
) -> Option<(CheckExample, CheckExample)> {
    let firing = fields.text("firing", notes);
    let silent = fields.text("silent", notes);
    let mut fires = texts(fields, "fires", notes);
    if fires.is_empty() {
        fires.push("A".to_owned());
    }
    fires.sort();
    let (firing, silent) = (firing?, silent?);
    let file = fields.file.clone();
    let mut example = |text: &Text, fires: Vec<String>| CheckExample {
        rows: rows(text, &file, lookup.units, notes),
        fires,
    };
    Some((example(&firing, fires), example(&silent, Vec::new())))
}

fn check(mut fields: Fields, lookup: &CheckLookup<'_>, notes: &mut Notes) -> Option<(Text, Check)> {
    let (file, line) = (fields.file.clone(), fields.line);
    let head = head(&mut fields, lookup, notes);
    let examples = examples(&mut fields, lookup, notes);
    let waivable = fields.flag("waivable", notes).unwrap_or(true);
    let own_unit = fields.optional_text("unit", notes);
    let mut levels = texts(&mut fields, "levels", notes);
    if levels.is_empty() {
        levels.push("county".to_owned());
    }
    let star = texts(&mut fields, "star", notes);
    let over = fields.optional_text("over", notes);
    let head = head?;
    let operands = operands(&mut fields, head.kind, notes);
    let limits = limits(&mut fields, head.kind, notes);
    let factors = factors(&mut fields, head.kind, notes);
    fields.finish(notes);
    match &over {
        Some(over) if head.kind == CheckKind::Complete => {
            one_of(over, "over", &["region", "item"], &file, notes);
        }
        None if head.kind != CheckKind::Complete => {}
        _ => notes.push(at("methodology-check-over", &file, line)),
    }
    let unit = match own_unit {
        Some(text) => {
            let unit = unit(&text, &file, lookup.units, notes)?;
            Some((text.value, unit))
        }
        None => None,
    };
    let (firing, silent) = examples?;
    let check = Check {
        id: head.id.value.clone(),
        title: head.title,
        why: head.why,
        kind: head.kind,
        severity: head.severity,
        waivable,
        levels,
        star,
        over: over.map(|text| text.value),
        operands: operands?,
        unit,
        limits: limits?,
        factors,
        citation: head.citation,
        status: head.status,
        since: head.since,
        firing,
        silent,
        file,
        line,
    };
    Some((head.id, check))
}

fn texts(fields: &mut Fields, key: &'static str, notes: &mut Notes) -> Vec<String> {
    let texts = fields.texts(key, notes).into_iter();
    texts.map(|text| text.value).collect()
}

/// Reads a word of a list.
fn word<T: Copy>(
    fields: &mut Fields,
    key: &'static str,
    all: &[T],
    spelled: fn(T) -> &'static str,
    notes: &mut Notes,
) -> Option<T> {
    let text = fields.text(key, notes)?;
    let words: Vec<&str> = all.iter().map(|one| spelled(*one)).collect();
    one_of(&text, key, &words, &fields.file, notes);
    all.iter().copied().find(|one| spelled(*one) == text.value)
}

/// Reads the operands of a kind: a series, or a list of series that are added up.
fn operands(
    fields: &mut Fields,
    kind: CheckKind,
    notes: &mut Notes,
) -> Option<BTreeMap<&'static str, Vec<Selector>>> {
    let (needed, optional) = kind.operands();
    let mut all = BTreeMap::new();
    for key in needed.iter().chain(optional).copied() {
        let texts = match fields.get(key).map(|field| field.kind) {
            Some(Kind::Text(text)) => vec![text],
            Some(_) => texts(fields, key, notes),
            None if optional.contains(&key) => continue,
            None => {
                notes
                    .push(at("methodology-key-missing", &fields.file, fields.line).arg("key", key));
                return None;
            }
        };
        all.insert(
            key,
            texts.iter().map(|text| Selector::parse(text)).collect(),
        );
    }
    Some(all)
}

fn limits(
    fields: &mut Fields,
    kind: CheckKind,
    notes: &mut Notes,
) -> Option<BTreeMap<&'static str, Rational>> {
    let (needed, optional) = kind.limits();
    let mut all = BTreeMap::new();
    for key in needed.iter().chain(optional).copied() {
        let Some(text) = fields.optional_text(key, notes) else {
            continue;
        };
        all.insert(key, decimal(&text, &fields.file, notes)?);
    }
    let absent = needed.iter().find(|key| !all.contains_key(*key));
    let bare = all.is_empty() || kind == CheckKind::Peers && all.len() == 1;
    if let Some(key) = absent.or(bare.then_some(&"low | high")) {
        notes.push(at("methodology-key-missing", &fields.file, fields.line).arg("key", key));
        return None;
    }
    Some(all)
}

fn factors(fields: &mut Fields, kind: CheckKind, notes: &mut Notes) -> Vec<Rational> {
    if kind != CheckKind::Slip {
        return Vec::new();
    }
    let texts = fields.texts("factors", notes);
    if texts.is_empty() {
        notes.push(at("methodology-key-missing", &fields.file, fields.line).arg("key", "factors"));
    }
    let numbers = texts.iter();
    numbers
        .filter_map(|text| decimal(text, &fields.file, notes))
        .collect()
}

/// Reads a tiny table: `region series value unit` a line, the region also
/// `region@class`, `region:item` or both, `-` where no region is meant; `-` is a
/// missing value.
fn rows(text: &Text, file: &str, units: &UnitRegistry, notes: &mut Notes) -> Vec<Figure> {
    let mut rows = Vec::new();
    for line in text.value.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let figure = match words.as_slice() {
            [place, series, value, unit] => figure(place, series, value, unit, units),
            _ => None,
        };
        match figure {
            Some(figure) => rows.push(figure),
            None => notes.push(at("methodology-check-row", file, text.line).arg("row", line)),
        }
    }
    rows
}

fn figure(
    place: &str,
    series: &str,
    value: &str,
    unit: &str,
    units: &UnitRegistry,
) -> Option<Figure> {
    let (rest, item) = place.split_once(':').unwrap_or((place, ""));
    let (region, class) = rest.split_once('@').unwrap_or((rest, "all"));
    let value = match value {
        "-" => None,
        number => Some(parse_decimal(number)?),
    };
    Some(Figure {
        region: if region == "-" { "" } else { region }.to_owned(),
        class: class.to_owned(),
        item: item.to_owned(),
        series: series.to_owned(),
        value,
        unit: units.unit(unit).ok()?,
    })
}
