//! What a chart is drawn from: shapes at whole places, so that the same tables give the
//! same bytes.

use serde::Serialize;

/// A chart with all that must stand beside it.
#[derive(Serialize)]
pub(super) struct Drawing {
    /// Kind, for style and tests.
    pub(super) kind: &'static str,
    /// Title with the unit.
    pub(super) title: String,
    /// Where its numbers stand, and what a reader must know.
    pub(super) source: String,
    /// Width of the picture.
    pub(super) width: i64,
    /// Height of the picture.
    pub(super) height: i64,
    /// What is drawn, in order.
    pub(super) shapes: Vec<Shape>,
    /// Styles with their names.
    pub(super) legend: Vec<Key>,
}

/// A style and its name.
#[derive(Serialize)]
pub(super) struct Key {
    /// Style.
    pub(super) style: String,
    /// Name.
    pub(super) text: String,
}

/// A shape.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Shape {
    /// A rectangle.
    Block {
        style: String,
        x: i64,
        y: i64,
        width: i64,
        height: i64,
        about: About,
    },
    /// A line or an area.
    Path {
        style: String,
        line: String,
        about: About,
    },
    /// A point.
    Dot {
        style: String,
        x: i64,
        y: i64,
        radius: i64,
        about: About,
    },
    /// A text.
    Text {
        x: i64,
        y: i64,
        anchor: &'static str,
        text: String,
    },
}

/// What a shape says of itself.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct About {
    /// Name and number; empty for what is no number.
    pub(super) title: String,
    /// The id of the number; empty if it has none.
    pub(super) id: String,
}

impl About {
    /// A number with its id.
    pub(super) fn of(title: String, id: String) -> Self {
        Self { title, id }
    }
}

/// Size of letters and distance of lines.
const LETTER: i64 = 14;
/// Height of a line of text.
pub(super) const LINE: i64 = 18;
/// Styles of parts; a further part takes the first again.
const STYLES: usize = 8;

/// The style of a part.
pub(super) fn part_style(at: usize) -> String {
    format!("part{}", at % STYLES)
}

/// How wide a text may come out, with room to spare.
pub(super) fn text_width(text: &str) -> i64 {
    let wide = |letter: char| match letter as u32 {
        0x2e80.. => LETTER,
        _ => LETTER * 3 / 5,
    };
    text.chars().map(wide).sum()
}

/// Breaks a text at blanks, or between Chinese signs, into lines no wider than asked.
pub(super) fn wrapped(text: &str, width: i64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        let pieces: Vec<String> = if text_width(word) > width {
            word.chars().map(String::from).collect()
        } else {
            vec![word.to_owned()]
        };
        for piece in pieces {
            if !line.is_empty() && text_width(&format!("{line}{}", piece.trim_end())) > width {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            line.push_str(&piece);
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

impl Drawing {
    /// Writes a text.
    pub(super) fn text(&mut self, (x, y): (i64, i64), anchor: &'static str, text: String) {
        self.shapes.push(Shape::Text { x, y, anchor, text });
    }

    /// Writes lines below each other.
    pub(super) fn lines(&mut self, (x, y): (i64, i64), anchor: &'static str, lines: Vec<String>) {
        for (line, y) in lines.into_iter().zip((y..).step_by(18)) {
            self.text((x, y), anchor, line);
        }
    }

    /// Draws a line that is no number.
    pub(super) fn rule(&mut self, style: &str, line: String) {
        self.shapes.push(Shape::Path {
            style: style.to_owned(),
            line,
            about: About::default(),
        });
    }
}

/// From values to places.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// The value at the foot.
    pub(super) low: i128,
    /// The value at the top.
    pub(super) high: i128,
    /// The place of the foot.
    pub(super) foot: i64,
    /// The place of the top.
    pub(super) top: i64,
}

impl Scale {
    /// The place of a value.
    pub(super) fn at(&self, value: i128) -> i64 {
        let room = i128::from(self.foot - self.top);
        let all = (self.high - self.low).max(1);
        self.foot - i64::try_from((value - self.low) * room / all).unwrap_or(0)
    }

    /// Round values between foot and top.
    pub(super) fn levels(&self) -> Vec<i128> {
        let step = round_step((self.high - self.low).max(1));
        let first = self.low.div_euclid(step) * step;
        (0..12)
            .map(|at| first + at * step)
            .filter(|level| (self.low..=self.high).contains(level))
            .collect()
    }
}

/// The 1, 2 or 5 times a power of ten that cuts a range into four to ten.
fn round_step(range: i128) -> i128 {
    let mut power = 1;
    while power * 50 <= range {
        power *= 10;
    }
    [1, 2, 5, 10]
        .into_iter()
        .map(|own| own * power)
        .find(|step| range / step <= 6)
        .unwrap_or(power * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_inside() {
        let scale = Scale {
            low: 0,
            high: 322_381,
            foot: 400,
            top: 0,
        };
        let levels = scale.levels();
        assert_eq!(levels.first(), Some(&0));
        assert_eq!(levels.last(), Some(&300_000));
        assert_eq!((scale.at(0), scale.at(322_381)), (400, 0));
        assert!(levels.len() >= 4, "{levels:?}");
    }

    #[test]
    fn a_long_label_is_broken_and_loses_nothing() {
        for text in ["carbon of fossil energy", "批发和零售业、住宿和餐饮业"] {
            let lines = wrapped(text, 120);
            assert!(
                lines.iter().all(|line| text_width(line) <= 120),
                "{lines:?}"
            );
            let all = lines.concat().replace(' ', "");
            assert_eq!(all, text.replace(' ', ""));
        }
    }
}
