//! Numbers and states of the tables as cells of a page, in one language.

use gep_core::diagnostic::{Finding, Language};
use serde::Serialize;

use super::book::{Measured, RatioRow, State};
use super::number::{self, MoneyScale};
use super::texts;

/// What stands in one cell of a printed table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Cell {
    /// The printed text.
    pub(super) text: String,
    /// The id of the number; empty if there is none.
    pub(super) id: String,
    /// The column that holds the number in the row of its id.
    pub(super) measure: &'static str,
    /// Power of ten between the stored number and the printed one.
    pub(super) power: u32,
    /// The exact value, its unit and its id in words.
    pub(super) title: String,
    /// `number`, `withheld`, `missing` or `none`.
    pub(super) kind: &'static str,
    /// The reason, if it is no number.
    pub(super) reason: String,
    /// Every digit in the printed unit, without grouping; of a physical amount in `unit`.
    pub(super) exact: String,
    /// The unit of `exact`, where the printed text names it too.
    pub(super) unit: String,
    /// Whether a part of the region is not in it.
    pub(super) partial: bool,
}

/// What the regions of an account are that numbers arise in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// Counties.
    Land,
    /// Marine zones.
    Sea,
    /// Counties and marine zones.
    Both,
    /// Townships or villages, with or without others.
    Below,
}

/// Speaks one language, of counties, of the sea or of both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speech {
    pub(super) language: Language,
    /// What the account is of.
    pub(super) ground: Ground,
}

impl Speech {
    /// Returns a text without places.
    pub(super) fn say(self, key: &str) -> Result<String, Finding> {
        self.fill(key, &[])
    }

    /// Returns a text with its places filled in.
    pub(super) fn fill(self, key: &str, arguments: &[(&str, &str)]) -> Result<String, Finding> {
        let own = match self.ground {
            Ground::Land => key.to_string(),
            Ground::Sea => format!("{key}_sea"),
            Ground::Both => format!("{key}_both"),
            Ground::Below => format!("{key}_below"),
        };
        let has_own = texts::find(&own, self.language).is_some();
        texts::text(if has_own { &own } else { key }, self.language, arguments)
    }

    /// Returns the word of a code that data may bring (a reason, a status, an
    /// item); a code without a word stands for itself.
    pub(super) fn word(self, section: &str, code: &str) -> String {
        let known = texts::find(&format!("{section}.{code}"), self.language);
        known.unwrap_or(code).to_string()
    }

    /// Returns the cell of an amount of money.
    pub(super) fn money(self, measured: &Measured, scale: MoneyScale) -> Result<Cell, Finding> {
        self.cell(measured, "value_fen", |fen| {
            let exact = self.fill("number.yuan", &[("value", &number::yuan(fen))])?;
            Ok((scale.print(fen), exact, scale.power()))
        })
    }

    /// Returns the cell of a number with every digit, in the column it stands in.
    pub(super) fn plain(self, measured: &Measured, name: &'static str) -> Result<Cell, Finding> {
        self.cell(measured, name, |value| {
            let exact = number::exact(value, measured.power);
            Ok((exact.clone(), exact, measured.power))
        })
    }

    /// Returns the cell of a physical amount with its unit.
    pub(super) fn physical(self, measured: &Measured, unit: &str) -> Result<Cell, Finding> {
        let unit = self.unit(unit);
        let cell = self.cell(measured, "value", |value| {
            let (digits, multiple) = number::multiple(value, measured.power, self.language);
            let text = match multiple {
                Some(key) => format!("{digits} {} {unit}", self.say(key)?),
                None => format!("{digits} {unit}"),
            };
            let exact = format!("{} {unit}", number::exact(value, measured.power));
            let step = multiple.map_or(0, number::multiple_power);
            Ok((text, exact, measured.power + step))
        })?;
        Ok(match (measured.shown(), cell.kind) {
            (Some(value), "number") => Cell {
                exact: number::digits(value, measured.power),
                unit,
                ..cell
            },
            _ => cell,
        })
    }

    /// Returns the cell of an area.
    pub(super) fn area(self, mm2: Option<i128>, id: &str) -> Result<Cell, Finding> {
        let Some(mm2) = mm2 else {
            return self.missing("", id);
        };
        let exact = format!("{} km²", number::exact(mm2, 12));
        Ok(Cell {
            text: number::km2(mm2),
            exact: number::digits(mm2, 12),
            id: id.to_string(),
            measure: "area_mm2",
            power: 12,
            title: self.title(&exact, None, id)?,
            kind: "number",
            ..Cell::default()
        })
    }

    /// Returns the cell of a share, as a percentage with one digit.
    pub(super) fn share(self, ratio: Option<&RatioRow>) -> Result<Cell, Finding> {
        let Some((ratio, (value, power))) = ratio.and_then(|own| Some((own, own.value?))) else {
            return Ok(Self::none());
        };
        let exact = format!("{} %", number::exact(value, power.saturating_sub(2)));
        Ok(Cell {
            text: number::percent_of(value, power),
            exact: number::digits(value, power.saturating_sub(2)),
            id: ratio.number_id.clone(),
            measure: "value",
            power: power.saturating_sub(2),
            title: self.title(&exact, None, &ratio.number_id)?,
            kind: "number",
            ..Cell::default()
        })
    }

    /// Returns the cell of an amount of money per km2, in a scale.
    pub(super) fn density(
        self,
        ratio: Option<&RatioRow>,
        scale: MoneyScale,
    ) -> Result<Cell, Finding> {
        self.rate(ratio, scale, "number.yuan_per_km2")
    }

    /// Returns the cell of an amount of money for one of something, in a scale; `key`
    /// is that of the words for the exact number.
    pub(super) fn rate(
        self,
        ratio: Option<&RatioRow>,
        scale: MoneyScale,
        key: &str,
    ) -> Result<Cell, Finding> {
        let Some((ratio, (value, power))) = ratio.and_then(|own| Some((own, own.value?))) else {
            return Ok(Self::none());
        };
        let yuan = number::exact(value, power);
        let exact = self.fill(key, &[("value", &yuan)])?;
        // A scale counts fen; the ratio is in yuan.
        let power = power + scale.power() - 2;
        Ok(Cell {
            text: number::visible_two(value, power),
            exact: number::digits(value, power),
            id: ratio.number_id.clone(),
            measure: "value",
            power,
            title: self.title(&exact, None, &ratio.number_id)?,
            kind: "number",
            ..Cell::default()
        })
    }

    /// Returns the cell of the coverage of a number.
    pub(super) fn coverage(self, measured: &Measured) -> Cell {
        match measured.coverage {
            Some(share) => Cell {
                text: number::coverage(share),
                id: measured.number_id.clone(),
                measure: "coverage",
                kind: "number",
                ..Cell::default()
            },
            None => Self::none(),
        }
    }

    /// Returns the cell of a number for which the tables have no row.
    pub(super) fn none() -> Cell {
        Cell {
            text: "—".to_string(),
            kind: "none",
            ..Cell::default()
        }
    }

    fn cell(
        self,
        measured: &Measured,
        measure: &'static str,
        print: impl FnOnce(i128) -> Result<(String, String, u32), Finding>,
    ) -> Result<Cell, Finding> {
        let id = &measured.number_id;
        let coverage = measured.coverage.map(number::coverage);
        match (measured.state, measured.shown()) {
            (State::Withheld, _) => {
                let share = coverage.map_or_else(|| self.say("state.unknown"), Ok)?;
                Ok(Cell {
                    text: self.fill("state.withheld", &[("coverage", &share)])?,
                    id: id.clone(),
                    measure: "coverage",
                    title: self.fill("number.id", &[("id", id)])?,
                    kind: "withheld",
                    reason: self.reason(&measured.reason),
                    ..Cell::default()
                })
            }
            (_, Some(value)) => {
                let (text, exact, power) = print(value)?;
                Ok(Cell {
                    text,
                    id: id.clone(),
                    measure,
                    power,
                    title: self.title(&exact, coverage.as_deref(), id)?,
                    kind: "number",
                    exact: number::digits(value, power),
                    partial: measured.partial,
                    ..Cell::default()
                })
            }
            _ => self.missing(&measured.reason, id),
        }
    }

    fn missing(self, reason: &str, id: &str) -> Result<Cell, Finding> {
        Ok(Cell {
            text: self.say("state.missing")?,
            id: id.to_string(),
            title: self.fill("number.id", &[("id", id)])?,
            kind: "missing",
            reason: self.reason(reason),
            ..Cell::default()
        })
    }

    /// Returns the sentence of a reason code.
    pub(super) fn reason(self, code: &str) -> String {
        self.word("reason", code)
    }

    fn title(self, exact: &str, coverage: Option<&str>, id: &str) -> Result<String, Finding> {
        match coverage {
            Some(share) => self.fill(
                "number.title_coverage",
                &[("exact", exact), ("coverage", share), ("id", id)],
            ),
            None => self.fill("number.title", &[("exact", exact), ("id", id)]),
        }
    }

    /// Returns a unit as people write it: `m³` and `t SO2` for `m3` and `t[SO2]`.
    pub(super) fn unit(self, unit: &str) -> String {
        let known = texts::find(&format!("unit_word.{unit}"), self.language);
        if let Some(known) = known {
            return known.to_string();
        }
        let (stem, substance) = match unit.split_once('[') {
            Some((stem, rest)) => (stem, rest.trim_end_matches(']')),
            None => (unit, ""),
        };
        let stem = stem.replace("m3", "m³").replace("m2", "m²");
        match substance {
            "" => stem,
            substance => format!("{stem} {}", self.word("item", substance)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An account of the sea speaks of marine zones where the catalogue has such a text,
    /// one of both of counties and marine zones.
    #[test]
    fn the_sea_has_words_of_its_own() {
        let say = |ground, key| {
            let language = Language::En;
            Speech { language, ground }.say(key).expect("a text")
        };
        let ranking = |ground| say(ground, "chapter.ranking");
        assert_eq!(ranking(Ground::Land), "Ranking of counties");
        assert_eq!(ranking(Ground::Sea), "Ranking of marine zones");
        assert_eq!(
            ranking(Ground::Both),
            "Ranking of counties and marine zones"
        );
        // Where both need no words of their own, those of the land serve.
        assert_eq!(say(Ground::Both, "summary.area"), "area");
    }

    fn measured(value: Option<i128>, state: State) -> Measured {
        Measured {
            value,
            power: 0,
            coverage: Some(0.723),
            partial: false,
            missing_codes: String::new(),
            state,
            reason: "odd-code".into(),
            status: "verified".into(),
            number_id: "abc".into(),
        }
    }

    #[test]
    fn withheld_and_missing_are_never_zero() {
        let zh = Speech {
            language: Language::Zh,
            ground: Ground::Land,
        };
        let of = |value, state| {
            zh.money(&measured(value, state), MoneyScale::Wan)
                .expect("cell")
        };
        let withheld = of(Some(0), State::Withheld);
        assert_eq!(withheld.text, "未列示（覆盖率 72.3 %）");
        let missing = of(None, State::Missing);
        assert_eq!((missing.text.as_str(), missing.kind), ("缺", "missing"));
        assert_eq!(missing.reason, "odd-code");
        let number = of(Some(1_234_567), State::Computed);
        assert_eq!(number.text, "1.23");
        assert!(number.title.contains("12,345.67"), "{}", number.title);
        assert!(number.title.contains("abc"));
    }

    #[test]
    fn units_are_written_for_people() {
        let en = Speech {
            language: Language::En,
            ground: Ground::Land,
        };
        assert_eq!(en.unit("m3"), "m³");
        assert_eq!(en.unit("t[SO2]"), "t SO₂");
    }
}
