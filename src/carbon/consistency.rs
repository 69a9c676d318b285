//! One series of carbon, priced once: what a GEP account says ecosystems fixed beside what
//! the carbon books say of the same region and year.
//!
//! What the carbon item of GEP is hangs on its method: photosynthesis gives a gross flow, net
//! ecosystem production and stock change a net one. The method stands beside it, it never
//! meets emissions, and the two accounts are set side by side and never added. Removals sold as units have a price of
//! their own: where the same region and year has a value of carbon in GEP, the carbon is
//! priced twice if both are added up.

use std::collections::BTreeMap;

use gep_core::methodology::SinkKind;
use gep_core::quantity::Rational;

use super::net::NetPosition;
use super::sinks::SinkNumber;

/// The carbon item of a GEP account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GepCarbon {
    /// The run it stands in.
    pub run_id: String,
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// The method its quantity is computed by; empty without one.
    pub method: String,
    /// Carbon dioxide, t; none if missing.
    pub fixed_t: Option<Rational>,
    /// Its value in the account, fen; none if missing or not valued.
    pub value_fen: Option<i128>,
}

/// The carbon item of GEP beside the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// The GEP account's number.
    pub gep: GepCarbon,
    /// Gross fixation of the books, t of CO2; none if they have none.
    pub gross_t: Option<Rational>,
    /// Net change of stocks that meets emissions, t of CO2; none if the books have none.
    pub net_t: Option<Rational>,
    /// GEP less gross fixation.
    pub difference_t: Option<Rational>,
    /// Net change of stocks as a share of the GEP item.
    pub net_share: Option<Rational>,
    /// Units sold, grams; none if nobody told.
    pub sold_g: Option<i128>,
    /// Where the carbon has a price.
    pub priced: Priced,
}

/// Where carbon has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priced {
    /// Nowhere.
    Nowhere,
    /// In the GEP account.
    Gep,
    /// As units sold.
    Units,
    /// In both: they must not be added.
    Both,
}

impl Priced {
    /// Returns the word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nowhere => "nowhere",
            Self::Gep => "gep",
            Self::Units => "units",
            Self::Both => "both",
        }
    }
}

/// Sets the carbon item of a GEP account beside the books, for the regions of both.
pub fn consistency(
    items: &[GepCarbon],
    regions: &[String],
    sinks: &[SinkNumber],
    net: &[NetPosition],
) -> Vec<Consistency> {
    let mut gross: BTreeMap<(&str, u16), Option<Rational>> = BTreeMap::new();
    let mut stocks: BTreeMap<(&str, u16), Option<Rational>> = BTreeMap::new();
    for sink in sinks.iter().filter(|sink| sink.unit == "t[CO2]") {
        let sums = match sink.kind {
            SinkKind::GrossFixation => &mut gross,
            SinkKind::NetStockChange if sink.counts => &mut stocks,
            _ => continue,
        };
        let key = (sink.region.as_str(), sink.year);
        let zero = || Some(Rational::from_integer(0.into()));
        let sum = sums.entry(key).or_insert_with(zero);
        *sum = sum.take().zip(sink.value.clone()).map(|(a, b)| a + b);
    }
    let own = items.iter().filter(|item| regions.contains(&item.region));
    own.map(|item| {
        let key = (item.region.as_str(), item.year);
        let of = |sums: &BTreeMap<(&str, u16), Option<Rational>>| sums.get(&key).cloned().flatten();
        let (gross_t, net_t) = (of(&gross), of(&stocks));
        let position = net
            .iter()
            .find(|own| (own.region.as_str(), own.year) == key);
        let sold_g = position.and_then(|own| own.sold_g);
        let in_gep = item.value_fen.is_some_and(|fen| fen != 0);
        let in_units = sold_g.is_some_and(|grams| grams != 0);
        let fixed = item.fixed_t.as_ref();
        let zero = Rational::from_integer(0.into());
        Consistency {
            difference_t: fixed.zip(gross_t.as_ref()).map(|(gep, own)| gep - own),
            net_share: fixed
                .filter(|gep| **gep != zero)
                .zip(net_t.as_ref())
                .map(|(gep, own)| own / gep),
            gep: item.clone(),
            gross_t,
            net_t,
            sold_g,
            priced: match (in_gep, in_units) {
                (false, false) => Priced::Nowhere,
                (true, false) => Priced::Gep,
                (false, true) => Priced::Units,
                (true, true) => Priced::Both,
            },
        }
    })
    .collect()
}
