//! Which numbers rest on which input file.

use std::collections::BTreeSet;

use gep_core::formula::Axis;
use gep_core::methodology::{ConditionOrigin, Input, Origin};

use super::account::Prepared;
use crate::source::members::belongs_to;

/// What the table of extents is called among the users of the land cover.
const EXTENT: &str = "extent";

/// Returns the indicators whose numbers read an input file, in the order of the
/// profile; nothing if every number does: regions and polygons decide on all.
pub(super) fn users(prepared: &Prepared, path: &str) -> Option<Vec<String>> {
    let project = &prepared.project;
    let overlays = project.vectors.overlays.values().map(|one| &one.path);
    let marine = project.vectors.marine.iter().map(|one| &one.path);
    let official = project.control_areas.iter().map(|one| &one.path);
    let mut everywhere = overlays
        .chain(marine)
        .chain(official)
        .chain([&project.head.regions, &project.vectors.zones.path]);
    if everywhere.any(|own| belongs_to(own, path)) {
        return None;
    }
    let raster = project.rasters.classes.iter().map(|one| &one.path);
    let parcels = project.land_cover.iter().map(|one| &one.path);
    let is_classes = raster.chain(parcels).any(|own| belongs_to(own, path));
    let layers = project.rasters.layers.iter();
    let layers = layers.filter(|(_, layer)| layer.path == path);
    let sheets = project.sheets.iter().filter(|sheet| sheet.path == path);
    let columns = sheets.flat_map(|sheet| sheet.columns.iter().map(|own| own.input.as_str()));
    let given: BTreeSet<&str> = layers.map(|(id, _)| id.as_str()).chain(columns).collect();
    let objects = project.objects.iter().map(|(kind, one)| (kind, &one.path));
    let lines = project.lines.iter().map(|(kind, one)| (kind, &one.path));
    let own = objects
        .chain(lines)
        .filter(|(_, own)| belongs_to(own, path));
    let kinds: BTreeSet<&str> = own.map(|(kind, _)| kind.as_str()).collect();
    let mut users: Vec<String> = is_classes.then(|| EXTENT.to_string()).into_iter().collect();
    for account in &prepared.laws {
        let law = &account.law;
        let by_object = law.inputs.values().any(|input| {
            let mut axes = input.domain.axes();
            axes.any(|axis| matches!(axis, Axis::Object(kind) if kinds.contains(kind.as_str())))
        });
        let reads = project_inputs(prepared, law.inputs.values());
        if by_object
            || is_classes && !law.program.totals().is_empty()
            || given.iter().any(|id| reads.contains(*id))
        {
            users.push(account.indicator.id.clone());
        }
    }
    for own in &prepared.conditions {
        let reads: BTreeSet<&str> = match &own.variable.origin {
            ConditionOrigin::Layer { id, .. } => followed(prepared, vec![id]),
            ConditionOrigin::Tables {
                numerator,
                denominator,
            } => BTreeSet::from([numerator.as_str(), denominator.as_str()]),
            ConditionOrigin::AreaShare(_) => BTreeSet::new(),
        };
        let of_tables = matches!(own.variable.origin, ConditionOrigin::Tables { .. });
        if is_classes && !of_tables || given.iter().any(|id| reads.contains(*id)) {
            users.push(format!("condition:{}", own.variable.id));
        }
    }
    Some(users)
}

/// The layers and tables of the project behind some inputs, derived layers followed
/// down to what they are made from.
fn project_inputs<'a>(
    prepared: &'a Prepared,
    inputs: impl Iterator<Item = &'a Input>,
) -> BTreeSet<&'a str> {
    let ids = |input: &'a Input| match &input.origin {
        Origin::Layer(id) | Origin::Table(id) => Some(id.as_str()),
        Origin::Output(_) => None,
    };
    followed(prepared, inputs.filter_map(ids).collect())
}

/// Layers and tables with all that derived layers among them are made from.
fn followed<'a>(prepared: &'a Prepared, ids: Vec<&'a str>) -> BTreeSet<&'a str> {
    let mut open = ids;
    let input_id = |input: &'a Input| match &input.origin {
        Origin::Layer(id) | Origin::Table(id) => Some(id.as_str()),
        Origin::Output(_) => None,
    };
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        let derived = prepared.profile.layers.iter().any(|own| own == id);
        if let Some(layer) = prepared.methodology.layers.get(id).filter(|_| derived) {
            open.extend(layer.inputs.values().filter_map(input_id));
        }
    }
    found
}
