//! A progress bar on stderr, off when nobody looks.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows the share of cells done.
#[derive(Default)]
pub(super) struct Progress {
    bar: OnceLock<Option<ProgressBar>>,
    done: AtomicU64,
}

impl Progress {
    /// Adds cells done, of all cells.
    pub(super) fn add(&self, cells: u64, all: u64) {
        let bar = self.bar.get_or_init(|| {
            std::io::stderr().is_terminal().then(|| {
                let bar = ProgressBar::new(all);
                if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3}% {eta}") {
                    bar.set_style(style);
                }
                bar
            })
        });
        let done = self.done.fetch_add(cells, Ordering::Relaxed) + cells;
        if let Some(bar) = bar {
            bar.set_position(done);
            if done >= all {
                bar.finish_and_clear();
            }
        }
    }
}
