//! From text to tokens.

use std::ops::Range;

use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, opt};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{one_of, take_till, take_while};

use crate::quantity::symbol_length;

/// A word of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The spelling of a number.
    Number(String),
    /// A name or a word of the language.
    Word(String),
    /// A unit expression between brackets.
    Bracket(String),
    /// The bare unit after `in`.
    BareUnit(String),
    /// A sign: `+`, `<=`, `(`, `,`.
    Sign(&'static str),
}

/// A token and its bytes in the text.
pub(super) type Spanned = (Token, Range<usize>);

type Input<'a> = LocatingSlice<&'a str>;

const SIGNS: [&str; 15] = [
    "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",", "=",
];

/// Splits a text into tokens.
///
/// # Errors
///
/// The offset of the first letter that begins no token.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, usize> {
    let mut input = LocatingSlice::new(text);
    let mut found: Vec<Spanned> = Vec::new();
    loop {
        let _ = space(&mut input);
        if input.is_empty() {
            return Ok(found);
        }
        let start = input.current_token_start();
        let after_in = matches!(found.last(), Some((Token::Word(word), _)) if word == "in");
        let token = if after_in {
            alt((bracket, bare_unit)).parse_next(&mut input)
        } else {
            alt((number, word, bracket, sign)).parse_next(&mut input)
        };
        let token = token.map_err(|_| start)?;
        let end = input.current_token_start();
        found.push((token, start..end));
    }
}

fn space(input: &mut Input<'_>) -> ModalResult<()> {
    multispace0.void().parse_next(input)
}

fn digits<'a>(input: &mut Input<'a>) -> ModalResult<&'a str> {
    take_while(1.., |letter: char| letter.is_ascii_digit()).parse_next(input)
}

fn number(input: &mut Input<'_>) -> ModalResult<Token> {
    let spelling = (
        digits,
        opt(('.', digits)),
        opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digits)),
    );
    let text = spelling.take().parse_next(input)?;
    // `1e4x` and `3.5.1` are slips, not a number followed by something.
    let joined = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    if input.starts_with(joined) {
        return winnow::combinator::fail.parse_next(input);
    }
    Ok(Token::Number(text.to_owned()))
}

fn word(input: &mut Input<'_>) -> ModalResult<Token> {
    let first = one_of(|letter: char| letter.is_alphabetic() || letter == '_');
    let rest = take_while(0.., |letter: char| {
        letter.is_alphanumeric() || letter == '_'
    });
    let text = (first, rest).take().parse_next(input)?;
    Ok(Token::Word(text.to_owned()))
}

/// Reads `[kg[SO2]/ha]`: brackets nest once.
fn bracket(input: &mut Input<'_>) -> ModalResult<Token> {
    let plain = take_till(1.., ['[', ']']).void();
    let tag = ('[', take_till(1.., ['[', ']']), ']').void();
    let inside = winnow::combinator::repeat::<_, _, (), _, _>(1.., alt((plain, tag))).take();
    let text = delimited('[', inside, ']').parse_next(input)?;
    Ok(Token::Bracket(text.trim().to_owned()))
}

fn bare_unit(input: &mut Input<'_>) -> ModalResult<Token> {
    let length = symbol_length(input.as_ref());
    if length == 0 {
        return winnow::combinator::fail.parse_next(input);
    }
    let text = winnow::token::take(input.as_ref()[..length].chars().count()).parse_next(input)?;
    Ok(Token::BareUnit(text.to_owned()))
}

fn sign(input: &mut Input<'_>) -> ModalResult<Token> {
    for sign in SIGNS {
        if input.starts_with(sign) {
            let _ = winnow::token::take(sign.len()).parse_next(input)?;
            return Ok(Token::Sign(sign));
        }
    }
    winnow::combinator::fail.parse_next(input)
}
