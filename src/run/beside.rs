//! What a project gives beside its account: what GEP is set against, and corrections
//! by hand.

use std::collections::BTreeSet;

use gep_core::diagnostic::{Finding, Findings};

use super::adjustments::{Adjustments, Filed, open_adjustments};
use super::denominators::{Denominators, Given, open_denominators};

/// What stands beside an account and moves no number of it.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// People and gross domestic product by region.
    pub denominators: Denominators,
    /// Corrections by hand.
    pub adjustments: Adjustments,
}

impl Beside {
    /// Reads both, and returns warnings beside them.
    ///
    /// # Errors
    ///
    /// Those of [`open_denominators`] and [`open_adjustments`], together.
    pub(super) fn open(
        given: &Given<'_>,
        codes: &BTreeSet<String>,
    ) -> Result<(Self, Vec<Finding>), Findings> {
        let filed = Filed {
            methodology: given.methodology,
            profile: given.profile,
            codes,
            tables: given.tables,
        };
        let denominators = open_denominators(given);
        let adjustments = open_adjustments(given.project, &filed);
        match (denominators, adjustments) {
            (Ok((denominators, warnings)), Ok(adjustments)) => {
                let own = Self {
                    denominators,
                    adjustments,
                };
                Ok((own, warnings))
            }
            (first, second) => {
                let errors = [first.err(), second.err()];
                let errors = errors.into_iter().flatten().flat_map(|own| own.0);
                Err(Findings(errors.collect()))
            }
        }
    }
}
