//! Writes the books: tables, then the manifest.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Methodology, Title, Trust};
use gep_core::storage::{OutputFolder, digest_bytes};
use serde_json::{Value, json};

use super::super::SOURCES_DIGEST;
use super::books::Books;
use super::notes::notes;
use super::workbook::sheets;
use crate::output::{
    NamedTable, carbon_consistency_table, carbon_facts_table, carbon_indicators_table,
    carbon_lineage_table, carbon_names_table, carbon_paths_table, carbon_recalculation_table,
    carbon_regions_table, carbon_targets_table, carbon_totals_table, carbon_uncertainty_table,
    carbon_workbook, decomposition_table, decoupling_table, emissions_table, energy_balance_table,
    key_categories_table, key_category_trends_table, net_position_table, parquet_bytes, peak_table,
    sinks_table,
};
use crate::report::render_carbon_report;
use crate::source::carbon::CarbonProject;

/// The workbook, below the folder.
const WORKBOOK: &str = "report/carbon.xlsx";

/// Writes everything; returns the run's id.
pub fn write(
    folder: &OutputFolder,
    methodology: &Methodology,
    project: &CarbonProject,
    path: &Path,
    books: &Books,
    warnings: &[Finding],
) -> Result<String, Findings> {
    let inputs = inputs(
        project,
        path,
        books.given.gep_run.as_ref().map(|run| &run.input),
    )?;
    let run_id = run_id(methodology, project, &inputs);
    let mut files = Vec::new();
    for table in tables(methodology, project, books) {
        let metadata = [("gep.table".to_owned(), table.name.to_owned())];
        let bytes = parquet_bytes(&table.columns, &metadata).map_err(not_encoded)?;
        let path = format!("tables/{}.parquet", table.name);
        files.push(json!({
            "name": table.name,
            "path": path,
            "rows": table.columns.first().map_or(0, crate::output::Column::len),
            "blake3": digest_bytes(&bytes),
        }));
        put(folder, &path, &bytes)?;
    }
    let sheets = sheets(methodology, project, books, &run_id);
    let workbook = carbon_workbook(&sheets).map_err(|error| not_encoded(error.to_string()))?;
    files.push(json!({"name": "workbook", "path": WORKBOOK, "blake3": digest_bytes(&workbook)}));
    put(folder, WORKBOOK, &workbook)?;
    // The page reads the manifest, and the manifest lists the page: written twice, it is
    // still the last file.
    let told = |files: &[Value]| -> Result<(), Findings> {
        let own = (run_id.as_str(), inputs.as_slice(), files);
        let text =
            serde_json::to_string_pretty(&manifest(methodology, project, books, warnings, own));
        let text = text.map_err(|error| not_encoded(error.to_string()))?;
        put(folder, "manifest.json", text.as_bytes())
    };
    told(&files)?;
    for (path, bytes) in render_carbon_report(folder.staging())? {
        files.push(json!({"name": "report", "path": path, "blake3": digest_bytes(&bytes)}));
        put(folder, &path, &bytes)?;
    }
    told(&files)?;
    Ok(run_id)
}

fn not_encoded(error: String) -> Finding {
    Finding::error("table-not-encoded")
        .arg("error", error)
        .exit(70)
}

fn put(folder: &OutputFolder, path: &str, bytes: &[u8]) -> Result<(), Findings> {
    folder.write(path, bytes).map_err(|error| {
        Finding::error("output-not-written")
            .file(path)
            .arg("error", error)
            .exit(74)
            .into()
    })
}

/// The tables in the order of the manifest.
fn tables(methodology: &Methodology, project: &CarbonProject, books: &Books) -> Vec<NamedTable> {
    let carbon = &methodology.carbon;
    let titles: BTreeMap<String, Title> = methodology
        .methods
        .iter()
        .map(|(id, method)| (id.clone(), method.title.clone()))
        .collect();
    let gwp = carbon.method_sets.get(&project.carbon.method_set);
    let gwp = gwp.and_then(|set| carbon.factor_set_of(&set.gwp));
    vec![
        carbon_regions_table(&regions(project)),
        carbon_names_table(&names(methodology)),
        carbon_facts_table(&facts(books)),
        energy_balance_table(&books.balances, carbon),
        emissions_table(&books.emissions, carbon, gwp.map_or("", |(id, _)| id)),
        carbon_totals_table(&books.totals),
        carbon_indicators_table(&books.indicators, carbon, &titles),
        carbon_recalculation_table(&books.recalculations, &books.recalculated_from),
        carbon_targets_table(&books.targets, &books.target_rules),
        sinks_table(&books.sinks, &carbon.sinks),
        net_position_table(&books.net),
        carbon_consistency_table(&books.consistency),
        key_categories_table(&books.key_categories),
        key_category_trends_table(&books.key_trends.0, &books.key_trends.1),
        carbon_uncertainty_table(&books.uncertainties.0, books.uncertainties.1),
        peak_table(&books.series.peaks),
        decomposition_table(&books.series.effects),
        decoupling_table(&books.series.decouplings),
        carbon_paths_table(&books.series.paths),
        carbon_lineage_table(&books.emissions, &books.indicators, &books.sinks),
    ]
}

/// Titles of what numbers may lack (quantities, factor tables, categories), and of the flows
/// and carriers of balances.
fn names(methodology: &Methodology) -> BTreeMap<String, Title> {
    let quantities = methodology.quantities.iter();
    let quantities = quantities.map(|(id, entry)| (id.clone(), entry.title.clone()));
    let sets = methodology.carbon.factor_sets.values();
    let categories = methodology.carbon.categories.iter();
    let balance = &methodology.carbon.balance;
    let flows = balance.flows.iter();
    let flows = flows.map(|own| (format!("flow:{}", own.id), own.title.clone()));
    let carriers = balance.carriers.iter();
    let carriers = carriers.map(|own| (format!("carrier:{}", own.id), own.title.clone()));
    quantities
        .chain(flows)
        .chain(carriers)
        .chain(sets.map(|set| (set.table.clone(), set.title.clone())))
        .chain(categories.map(|(id, own)| (id.clone(), own.title.clone())))
        .collect()
}

fn regions(project: &CarbonProject) -> Vec<[String; 5]> {
    let mut rows: Vec<[String; 5]> = project
        .regions
        .iter()
        .map(|own| {
            [
                &own.code,
                &own.level,
                &own.name_zh,
                &own.name_en,
                &own.parent,
            ]
            .map(String::clone)
        })
        .collect();
    rows.sort();
    rows
}

fn facts(books: &Books) -> Vec<[String; 12]> {
    let given = &books.given;
    let mut rows = Vec::new();
    for (at, row) in given.statistics.iter().enumerate() {
        let used = if given.chosen.used.contains(&at) {
            "yes"
        } else if given.chosen.later.contains(&at) {
            "after_limit"
        } else if given
            .chosen
            .superseded
            .iter()
            .any(|(older, _)| *older == at)
        {
            "superseded"
        } else {
            "other_definition"
        };
        rows.push([
            row.region.clone(),
            row.year.to_string(),
            row.quantity.clone(),
            row.item.clone(),
            row.definition.clone(),
            row.vintage.clone(),
            row.spelling.clone(),
            row.unit_text.clone(),
            used.to_owned(),
            row.status.clone(),
            row.source.clone(),
            row.place.clone(),
        ]);
    }
    rows.sort();
    rows
}

fn inputs(
    project: &CarbonProject,
    path: &Path,
    gep_run: Option<&Value>,
) -> Result<Vec<Value>, Findings> {
    let own = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let files = project.files().cloned();
    let mut all = Vec::new();
    for name in std::iter::once(own).chain(files) {
        let bytes = std::fs::read(project.folder.join(&name)).map_err(|error| {
            Finding::error("carbon-file")
                .file(&name)
                .place("-")
                .arg("error", error)
                .exit(66)
        })?;
        all.push(json!({"role": "carbon", "path": name, "bytes": bytes.len(), "blake3": digest_bytes(&bytes)}));
    }
    all.extend(gep_run.cloned());
    Ok(all)
}

/// Digest of inputs, method set, methodology and program.
fn run_id(methodology: &Methodology, project: &CarbonProject, inputs: &[Value]) -> String {
    let mut text = format!(
        "gep carbon {} {SOURCES_DIGEST}\n",
        env!("CARGO_PKG_VERSION")
    );
    for input in inputs {
        text.push_str(&format!("{} {}\n", input["path"], input["blake3"]));
    }
    text.push_str(&format!(
        "{}\n{}\n",
        project.carbon.method_set,
        methodology.carbon_fingerprint()
    ));
    digest_bytes(text.as_bytes())[..16].to_owned()
}

fn manifest(
    methodology: &Methodology,
    project: &CarbonProject,
    books: &Books,
    warnings: &[Finding],
    (run_id, inputs, files): (&str, &[Value], &[Value]),
) -> Value {
    let head = &project.carbon;
    let set = methodology.carbon.method_sets.get(&head.method_set);
    let title = set.map(|set| json!({"zh": set.title.zh, "en": set.title.en}));
    let trusts = books.indicators.iter().filter_map(|own| own.trust);
    let trusts = trusts.chain(books.emissions.iter().filter_map(|own| own.trust));
    let status = trusts.min().unwrap_or(Trust::Verified);
    json!({
        "kind": "carbon",
        "program": {"name": "gep", "version": env!("CARGO_PKG_VERSION"), "sources_blake3": SOURCES_DIGEST},
        "run_id": run_id,
        "title": {"zh": head.title.zh, "en": head.title.en},
        "profile": {
            "id": head.method_set,
            "title": title,
            "fingerprint": methodology.carbon_fingerprint(),
            "official": false,
        },
        "year": head.reporting_year.to_string(),
        "status": status.word(),
        "notes": notes(methodology, project, warnings),
        "inputs": inputs,
        "tables": files,
    })
}
