//! Which numbers rest on which input file.

use std::collections::BTreeSet;

use gep_core::formula::Axis;
use gep_core::methodology::{Input, Origin};

use super::account::Prepared;
use crate::source::members::belongs_to;

/// What the table of extents is called among the users of the land cover.
const EXTENT: &str = "extent";

/// Returns the indicators whose numbers read an input file, in the order of the
/// profile; nothing if every number does: regions and polygons decide on all.
pub(super) fn users(prepared: &Prepared, path: &str) -> Option<Vec<String>> {
    let project = &prepared.project;
    let overlays = project.vectors.overlays.values().map(|one| &one.path);
    let official = project.control_areas.iter().map(|one| &one.path);
    let mut everywhere = overlays
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
    let objects = project.objects.iter();
    let objects = objects.filter(|(_, one)| belongs_to(&one.path, path));
    let kinds: BTreeSet<&str> = objects.map(|(kind, _)| kind.as_str()).collect();
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
    let mut open: Vec<&str> = inputs.filter_map(ids).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        let derived = prepared.profile.layers.iter().any(|own| own == id);
        if let Some(layer) = prepared.methodology.layers.get(id).filter(|_| derived) {
            open.extend(layer.inputs.values().filter_map(ids));
        }
    }
    found
}
