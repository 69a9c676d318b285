//! What the bands of a layer are: one, the months, the days of the year of account.

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{Axis, Domain};

use crate::source::gdal::RasterSource;
use crate::source::project::{LayerRaster, Project};

/// Returns the number of days of a year of four digits; nothing for what stands for
/// a year otherwise.
pub(super) fn days_of_year(year: &str) -> Option<usize> {
    if year.len() != 4 || !year.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let year: u32 = year.parse().ok()?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(if leap { 366 } else { 365 })
}

/// Compares the bands of a layer with what they are said to be and with the domain
/// of the quantity.
pub(super) fn check_bands(
    project: &Project,
    id: &str,
    layer: &LayerRaster,
    domain: &Domain,
    source: &RasterSource,
) -> Result<(), Findings> {
    let fault = |code| {
        Finding::error(code)
            .file(source.path.display())
            .arg("layer", id)
            .arg("bands", source.bands)
    };
    let said = layer.bands.as_deref();
    if domain.has(&Axis::Month) {
        if source.bands != 12 || said != Some("month") {
            return Err(fault("bands-not-months").into());
        }
    } else if domain.has(&Axis::Day) {
        let year = &project.head.year;
        let Some(days) = days_of_year(year) else {
            return Err(fault("day-stack-year-unknown").arg("year", year).into());
        };
        if source.bands != days || said != Some("day") {
            return Err(fault("bands-not-days")
                .arg("days", days)
                .arg("year", year)
                .into());
        }
    } else if let Some(said) = said {
        return Err(Finding::error("bands-not-fitting")
            .file(project.path.display())
            .arg("layer", id)
            .arg("bands", said)
            .arg("domain", domain)
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::days_of_year;

    /// Leap years as the calendar of 1582 has them; what is no year of four digits
    /// has no known number of days.
    #[test]
    fn leap_years() {
        for (year, days) in [("2020", 366), ("2021", 365), ("1900", 365), ("2000", 366)] {
            assert_eq!(days_of_year(year), Some(days), "{year}");
        }
        for year in ["climatology", "2021a", "21", "", "２０２１"] {
            assert_eq!(days_of_year(year), None, "{year}");
        }
    }
}
