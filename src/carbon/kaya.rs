//! The Kaya identity, year by year, decomposed by LMDI-I.
//!
//! C = P x (G / P) x (E / G) x (C / E), or extended by the fossil part F of energy:
//! C = P x (G / P) x (E / G) x (F / E) x (C / F).
//! Source: Kaya 1990; decomposition: see [`lmdi`].

use gep_core::quantity::Rational;

use super::whole;
use crate::statistics::{Decomposition, LmdiError, lmdi};

/// A member of the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// People.
    Population,
    /// Output at the prices of one year.
    Output,
    /// Primary energy.
    Energy,
    /// Its fossil part.
    FossilEnergy,
    /// Gross emissions of CO2, sinks excluded.
    Carbon,
}

/// Which identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// P, G/P, E/G, C/E.
    Basic,
    /// P, G/P, E/G, F/E, C/F.
    Extended,
}

impl Identity {
    /// Returns the members in order: each factor is a member over the one before it,
    /// the first over one.
    pub fn members(self) -> &'static [Member] {
        use Member::*;
        match self {
            Self::Basic => &[Population, Output, Energy, Carbon],
            Self::Extended => &[Population, Output, Energy, FossilEnergy, Carbon],
        }
    }
}

/// The members of a year; units are free but the same in every year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KayaYear {
    /// Calendar year.
    pub year: i32,
    /// People.
    pub population: Option<Rational>,
    /// Output at the prices of one year.
    pub output: Option<Rational>,
    /// Primary energy.
    pub energy: Option<Rational>,
    /// Its fossil part; the basic identity does not ask for it.
    pub fossil_energy: Option<Rational>,
    /// Gross emissions of CO2.
    pub carbon: Option<Rational>,
}

impl KayaYear {
    /// Returns a member, if it is known.
    pub fn member(&self, member: Member) -> Option<&Rational> {
        match member {
            Member::Population => self.population.as_ref(),
            Member::Output => self.output.as_ref(),
            Member::Energy => self.energy.as_ref(),
            Member::FossilEnergy => self.fossil_energy.as_ref(),
            Member::Carbon => self.carbon.as_ref(),
        }
    }
}

/// A member a year lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingMember {
    /// Calendar year.
    pub year: i32,
    /// The member.
    pub member: Member,
}

/// What a link of the chain gives.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkResult {
    /// The change of carbon by factor, in the order of [`Identity::members`].
    Decomposed(Decomposition),
    /// Members that are missing: all of them, of both years.
    Missing(Vec<MissingMember>),
}

/// Two neighbouring years of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct KayaLink {
    /// The earlier year.
    pub from: i32,
    /// The later year; more than one later where the series has a gap.
    pub to: i32,
    /// What it gives.
    pub result: LinkResult,
}

/// Why a series has no chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KayaError {
    /// Years do not rise strictly.
    YearsNotRising {
        /// The first year not above the one before it.
        year: i32,
    },
    /// A member that others are divided by is not above zero, or carbon is below it.
    NotPositive(MissingMember),
    /// The fossil part is larger than the energy.
    FossilAboveEnergy {
        /// Calendar year.
        year: i32,
    },
}

/// Decomposes the change of carbon between each pair of neighbouring years.
///
/// # Errors
///
/// [`KayaError`] for a series out of order or a value that cannot be.
pub fn kaya(series: &[KayaYear], identity: Identity) -> Result<Vec<KayaLink>, KayaError> {
    for year in series {
        check(year, identity)?;
    }
    let mut links = Vec::new();
    for pair in series.windows(2) {
        let (from, to) = (&pair[0], &pair[1]);
        if from.year >= to.year {
            return Err(KayaError::YearsNotRising { year: to.year });
        }
        let result = match (factors(from, identity), factors(to, identity)) {
            (Ok(old), Ok(new)) => LinkResult::Decomposed(decompose(old, new)),
            (old, new) => {
                let lists = [old.err(), new.err()];
                LinkResult::Missing(lists.into_iter().flatten().flatten().collect())
            }
        };
        links.push(KayaLink {
            from: from.year,
            to: to.year,
            result,
        });
    }
    Ok(links)
}

fn decompose(old: Vec<Rational>, new: Vec<Rational>) -> Decomposition {
    let found: Result<Decomposition, LmdiError> = lmdi(&[old], &[new]);
    // Members were checked: factors have no sign and both years have as many.
    found.expect("factors are not negative")
}

fn check(year: &KayaYear, identity: Identity) -> Result<(), KayaError> {
    for member in identity.members() {
        let Some(value) = year.member(*member) else {
            continue;
        };
        let allowed = match member {
            Member::Carbon => *value >= whole(0),
            _ => *value > whole(0),
        };
        if !allowed {
            return Err(KayaError::NotPositive(MissingMember {
                year: year.year,
                member: *member,
            }));
        }
    }
    match (&year.fossil_energy, &year.energy) {
        (Some(fossil), Some(energy)) if identity == Identity::Extended && fossil > energy => {
            Err(KayaError::FossilAboveEnergy { year: year.year })
        }
        _ => Ok(()),
    }
}

/// Returns the factors of a year, or the members it lacks.
fn factors(year: &KayaYear, identity: Identity) -> Result<Vec<Rational>, Vec<MissingMember>> {
    let members = identity.members();
    let lacking = members.iter().filter(|one| year.member(**one).is_none());
    let lacking: Vec<MissingMember> = lacking
        .map(|member| MissingMember {
            year: year.year,
            member: *member,
        })
        .collect();
    if !lacking.is_empty() {
        return Err(lacking);
    }
    let values = members.iter().filter_map(|one| year.member(*one));
    let mut before = whole(1);
    let mut factors = Vec::new();
    for value in values {
        factors.push(value / &before);
        before = value.clone();
    }
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: i32, members: [i64; 5]) -> KayaYear {
        let [population, output, energy, fossil_energy, carbon] =
            members.map(|value| Some(whole(value)));
        KayaYear {
            year,
            population,
            output,
            energy,
            fossil_energy,
            carbon,
        }
    }

    fn parts(link: &KayaLink) -> &Decomposition {
        match &link.result {
            LinkResult::Decomposed(found) => found,
            LinkResult::Missing(list) => panic!("{list:?}"),
        }
    }

    /// By hand: only people double, all else per head the same: the whole change is
    /// theirs. Then only the fossil share halves, carbon with it.
    #[test]
    fn one_factor_has_the_whole_change() {
        let series = [
            year(2020, [10, 100, 50, 40, 80]),
            year(2021, [20, 200, 100, 80, 160]),
            year(2022, [20, 200, 100, 40, 80]),
        ];
        let links = kaya(&series, Identity::Extended).expect("a series");
        assert_eq!(links.len(), 2);
        let expected = [[80.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, -80.0, 0.0]];
        for (link, expected) in links.iter().zip(expected) {
            for (found, expected) in parts(link).additive.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{link:?}");
            }
        }
        // The basic identity sees the same as a change of carbon per energy.
        let links = kaya(&series, Identity::Basic).expect("a series");
        assert!((parts(&links[1]).additive[3] + 80.0).abs() < 1e-12);
        assert_eq!(parts(&links[1]).change, whole(-80));
    }

    /// Parts closed to whole units add exactly to the change, and so does the chain.
    #[test]
    fn chain_closes_to_whole_units() {
        let series = [
            year(2015, [100, 1000, 300, 250, 700]),
            year(2016, [101, 1083, 309, 251, 702]),
            year(2018, [103, 1207, 331, 260, 689]),
        ];
        let links = kaya(&series, Identity::Extended).expect("a series");
        assert_eq!((links[1].from, links[1].to), (2016, 2018));
        let mut sum = whole(0);
        for link in &links {
            let closed = parts(link).closed(&whole(1)).expect("they add up");
            assert_eq!(closed.iter().sum::<Rational>(), parts(link).change);
            sum += closed.iter().sum::<Rational>();
        }
        assert_eq!(sum, whole(-11));
    }

    /// A missing member makes its links missing, with the list, and no other link.
    #[test]
    fn missing_members_are_listed() {
        let mut series = vec![
            year(2015, [100, 1000, 300, 250, 700]),
            year(2016, [101, 1083, 309, 251, 702]),
            year(2017, [102, 1100, 310, 252, 703]),
        ];
        series[0].output = None;
        series[0].carbon = None;
        series[1].fossil_energy = None;
        let links = kaya(&series, Identity::Extended).expect("a series");
        let missing = |year, member| MissingMember { year, member };
        assert_eq!(
            links[0].result,
            LinkResult::Missing(vec![
                missing(2015, Member::Output),
                missing(2015, Member::Carbon),
                missing(2016, Member::FossilEnergy),
            ])
        );
        let links = kaya(&series, Identity::Basic).expect("a series");
        assert_eq!(parts(&links[1]).change, whole(1));
    }

    #[test]
    fn impossible_values_are_refused() {
        let good = year(2015, [100, 1000, 300, 250, 700]);
        let again = [good.clone(), good.clone()];
        assert_eq!(
            kaya(&again, Identity::Basic),
            Err(KayaError::YearsNotRising { year: 2015 })
        );
        let no_people = [year(2016, [0, 1000, 300, 250, 700])];
        assert_eq!(
            kaya(&no_people, Identity::Basic),
            Err(KayaError::NotPositive(MissingMember {
                year: 2016,
                member: Member::Population
            }))
        );
        let fossil = [year(2016, [100, 1000, 300, 301, 700])];
        assert_eq!(
            kaya(&fossil, Identity::Extended),
            Err(KayaError::FossilAboveEnergy { year: 2016 })
        );
        assert_eq!(kaya(&fossil, Identity::Basic), Ok(vec![]));
        let no_carbon = [good, year(2016, [100, 1000, 300, 250, 0])];
        let links = kaya(&no_carbon, Identity::Basic).expect("zero is no sign");
        assert_eq!(parts(&links[0]).additive, [0.0, 0.0, 0.0, -700.0]);
    }
}
