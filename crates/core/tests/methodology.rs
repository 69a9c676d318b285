//! The bundled methodology loads and every example of it holds; broken copies are
//! refused with file and line.

use gep_core::diagnostic::{Findings, Language};
use gep_core::kernel::slope_horn;
use gep_core::methodology::{KernelWindow, Methodology};

fn kernels(window: &KernelWindow<'_>) -> Option<Option<f64>> {
    (window.kernel == "slope_horn").then(|| {
        let (x, y) = window.cell;
        let (slope, valid) = slope_horn(window.values, window.valid, 1, &[x], &[y]);
        valid[0].then_some(slope[0])
    })
}

fn words(findings: &Findings) -> String {
    let texts = findings.0.iter().map(|one| one.to_text(Language::En));
    texts.collect::<Vec<_>>().join("\n")
}

/// Every example of the bundled files holds, and none has vanished.
#[test]
fn bundled_examples_hold() {
    let all = Methodology::bundled().unwrap_or_else(|findings| panic!("{}", words(&findings)));
    let report = all.test(&kernels);
    let failures = Findings(report.failures.clone());
    assert!(failures.0.is_empty(), "{}", words(&failures));
}
