//! Bugs of mlnetc itself: the text that asks for a report, and the panic hook that prints it.

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::process;

/// Exit code of a bug.
pub(super) const EXIT_CODE: u8 = 101;

/// Prints the text about a panic to stderr and ends the process. A panic hook.
#[expect(clippy::exit, reason = "the release profile aborts after the hook, with a signal")]
pub(super) fn report_panic(panic: &PanicHookInfo<'_>) {
    let words = panic.payload_as_str().unwrap_or("(no message)");
    let place =
        panic.location().map_or_else(String::new, |it| format!(" ({}:{})", it.file(), it.line()));
    let line = format!("mlnetc: {}\n", text(&format!("{words}{place}")));
    drop(io::stderr().lock().write_all(line.as_bytes()));
    process::exit(EXIT_CODE.into());
}

/// Returns the text about a bug, with the address for reports.
pub(super) fn text(what: &str) -> String {
    format!(
        "this is a bug in mlnetc {}: {what}\nNothing was written. Please report it with the source that causes it:\n  {}/issues/new",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_REPOSITORY"),
    )
}
