//! The notation of a printed page.

use super::fixture::units;
use crate::formula::typeset;

/// Each node of the language has its notation, with brackets only where needed.
#[test]
fn expressions_are_set_as_on_a_page() {
    let cases = [
        (
            "a_b * (c + 1)",
            r"\text{a\_b} \cdot \left(\text{c} + 1\right)",
        ),
        ("a * c / d", r"\frac{\text{a} \cdot \text{c}}{\text{d}}"),
        (
            "a - (b - c)",
            r"\text{a} - \left(\text{b} - \text{c}\right)",
        ),
        ("a - b - c", r"\text{a} - \text{b} - \text{c}"),
        ("-a^2", r"-{\text{a}}^{2}"),
        (
            "(a / b)^0.5",
            r"{\left(\frac{\text{a}}{\text{b}}\right)}^{0.5}",
        ),
        ("5 [m3] + a", r"5\,\text{m3} + \text{a}"),
        ("total(a)", r"\int_{A} \text{a}\,\mathrm{d}A"),
        (
            "total(a - b)",
            r"\int_{A} \left(\text{a} - \text{b}\right)\,\mathrm{d}A",
        ),
        (
            "if(a <= 0, b, c)",
            r"\begin{cases}\text{b} & \text{a} \le 0\\ \text{c} & \text{else}\end{cases}",
        ),
        ("max(a, b)", r"\max\left(\text{a},\, \text{b}\right)"),
        ("sqrt(a)", r"\sqrt{\text{a}}"),
        ("a in m3", r"\left\{\text{a}\right\}_{\text{m3}}"),
        ("sum(a over month)", r"\sum_{\text{month}} \text{a}"),
        (
            "apportion(a by b over class)",
            r"\operatorname{apportion}\left(\text{a};\, \text{b};\, \text{class}\right)",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(typeset(text, &units()).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(typeset("a +", &units()), None);
}
