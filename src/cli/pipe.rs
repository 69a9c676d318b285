//! A reader that closes a pipe early, as `head` does.

/// Lets the closed pipe end the program without a word, as Unix tools do. Rust ignores
/// the signal, and printing would panic; finished outputs are untouched, since they
/// appear by one rename.
#[cfg(unix)]
#[allow(unsafe_code, reason = "the one call of the system without a safe form")]
pub(super) fn end_quietly_when_closed() {
    // SAFETY: called before any thread starts, and the default action runs no code of ours.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// Elsewhere there is no such signal.
#[cfg(not(unix))]
pub(super) fn end_quietly_when_closed() {}
