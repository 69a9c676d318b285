//! The `gep` program.

/// What a shell tells of a program that a closed pipe ended: 128 + SIGPIPE.
const ENDED_BY_PIPE: i32 = 141;

fn main() -> std::process::ExitCode {
    end_quietly_on_closed_pipe();
    gep::cli::main()
}

/// `gep … | head` closes our output before we are done; printing into it panics. That is
/// no fault of ours, and nobody reads on: end as other tools do.
fn end_quietly_on_closed_pipe() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let text = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied());
        if text.is_some_and(|text| {
            text.starts_with("failed printing to std") && text.contains("os error 32")
        }) {
            std::process::exit(ENDED_BY_PIPE);
        }
        others(panic);
    }));
}
