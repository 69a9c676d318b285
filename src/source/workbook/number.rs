//! Numbers and marks of absence in text cells.

/// Why a cell has no number. The kinds are those of Chinese statistical tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The cell is empty or holds empty brackets: not available.
    Blank,
    /// `—`: the item does not exist for this region.
    NotApplicable,
    /// `…`: there is an amount, but below the smallest unit of the table.
    BelowUnit,
    /// `#`: withheld.
    Withheld,
}

/// What the text of a value cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TextNumber {
    /// A plain decimal.
    Number(String),
    /// A mark of absence.
    Missing(Missing),
    /// `1,234`: one thousand or one and a bit; not decided here.
    Ambiguous,
    /// Neither.
    NotANumber,
}

/// Returns the text without outer white space (also no-break and ideographic
/// spaces, and zero-width marks) and with full-width ASCII made half-width.
pub(crate) fn narrow(text: &str) -> String {
    let narrow: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{200b}' | '\u{feff}'))
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
            '\u{2212}' => '-',
            other => other,
        })
        .collect();
    narrow.trim().to_string()
}

/// Reads the text of a value cell.
pub(super) fn parse(text: &str) -> TextNumber {
    let text = narrow(text);
    if let Some(kind) = missing_mark(&text) {
        return TextNumber::Missing(kind);
    }
    let (sign, body) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, fraction) = match body.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if fraction.is_some_and(|part| !digits(part)) {
        return TextNumber::NotANumber;
    }
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() > 1;
    if !groups.iter().all(|group| digits(group))
        || (grouped && (groups[0].len() > 3 || groups[1..].iter().any(|group| group.len() != 3)))
    {
        return TextNumber::NotANumber;
    }
    if groups.len() == 2 && fraction.is_none() {
        return TextNumber::Ambiguous;
    }
    let whole = groups.concat();
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    };
    TextNumber::Number(match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    })
}

fn missing_mark(text: &str) -> Option<Missing> {
    match text {
        "" | "()" => Some(Missing::Blank),
        "-" | "--" | "–" | "—" | "――" | "——" | "―" | "─" | "──" | "/" => {
            Some(Missing::NotApplicable)
        }
        "…" | "……" | "..." | "......" => Some(Missing::BelowUnit),
        "#" => Some(Missing::Withheld),
        _ => None,
    }
}

/// Returns the shortest decimal that reads back as the stored number, without an
/// exponent; `None` for infinities and what is not a number.
pub(super) fn from_stored(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    // Negative zero is a zero.
    Some(format!("{}", if value == 0.0 { 0.0 } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spellings a person would write in a cell, and what they say.
    #[test]
    fn text_numbers_are_read_from_their_spelling() {
        let number = |text: &str| TextNumber::Number(text.to_string());
        for (text, wanted) in [
            ("12.50", number("12.50")),
            ("１２３．４", number("123.4")),
            (" 7\u{a0}", number("7")),
            ("\u{3000}-3", number("-3")),
            ("\u{2212}3", number("-3")),
            ("1,234.5", number("1234.5")),
            ("1，234，567", number("1234567")),
            ("007", number("7")),
            ("0.10000000000000000001", number("0.10000000000000000001")),
            ("1,234", TextNumber::Ambiguous),
            ("12,34.5", TextNumber::NotANumber),
            ("1234,567", TextNumber::NotANumber),
            ("1 234", TextNumber::NotANumber),
            ("1e5", TextNumber::NotANumber),
            ("5.", TextNumber::NotANumber),
            (".5", TextNumber::NotANumber),
            ("12%", TextNumber::NotANumber),
            ("约12", TextNumber::NotANumber),
            ("NaN", TextNumber::NotANumber),
            ("--5", TextNumber::NotANumber),
        ] {
            assert_eq!(parse(text), wanted, "{text:?}");
        }
    }

    /// A mark of absence keeps its kind; the digit zero is a number.
    #[test]
    fn marks_of_absence_are_kept_apart_from_zero() {
        for (text, kind) in [
            ("", Missing::Blank),
            ("\u{3000}", Missing::Blank),
            ("（）", Missing::Blank),
            ("—", Missing::NotApplicable),
            ("——", Missing::NotApplicable),
            ("…", Missing::BelowUnit),
            ("#", Missing::Withheld),
        ] {
            assert_eq!(parse(text), TextNumber::Missing(kind), "{text:?}");
        }
        assert_eq!(parse("0"), TextNumber::Number("0".into()));
    }

    /// The decimal of a stored number is what was typed, without an exponent.
    #[test]
    fn stored_numbers_give_their_shortest_decimal() {
        assert_eq!(from_stored(0.1).as_deref(), Some("0.1"));
        assert_eq!(from_stored(1e21).as_deref(), Some("1000000000000000000000"));
        assert_eq!(from_stored(1.5e-7).as_deref(), Some("0.00000015"));
        assert_eq!(from_stored(-0.0).as_deref(), Some("0"));
        assert_eq!(
            from_stored(0.1 + 0.2).as_deref(),
            Some("0.30000000000000004")
        );
        assert_eq!(from_stored(f64::INFINITY), None);
    }
}
