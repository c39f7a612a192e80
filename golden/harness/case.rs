//! Cases: named tests that compare what is said with what is expected, or rewrite the latter.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use similar::TextDiff;

use super::tree;

/// Every test.
pub(crate) struct Cases {
    bless: bool,
    trials: Vec<Trial>,
}

/// What a test may do with expectations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expect {
    bless: bool,
}

impl Cases {
    /// No tests yet.
    pub(crate) fn new(bless: bool) -> Self {
        Self { bless, trials: Vec::new() }
    }

    /// Adds a test.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        test: impl FnOnce(Expect) -> Result<(), Failed> + Send + 'static,
    ) {
        let expect = Expect { bless: self.bless };
        self.trials.push(Trial::test(name, move || test(expect)));
    }

    /// Adds a test that finds faults; each is a line.
    pub(crate) fn faults(
        &mut self,
        name: impl Into<String>,
        find: impl FnOnce() -> Vec<String> + Send + 'static,
    ) {
        self.add(name, move |_| none(&find()));
    }

    /// The tests.
    pub(crate) fn into_trials(self) -> Vec<Trial> {
        self.trials
    }
}

/// Shows what was measured.
#[expect(clippy::print_stderr, reason = "a test that measures says what")]
pub(crate) fn print(text: &str) {
    eprintln!("{text}");
}

/// Fails unless there are no faults.
pub(crate) fn none(faults: &[String]) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

impl Expect {
    /// The file at `path` has this text; `cargo bless` writes it.
    pub(crate) fn file(self, path: &Path, actual: &str) -> Result<(), Failed> {
        let expected = tree::text_if_any(path).unwrap_or_default();
        if expected == actual {
            return Ok(());
        }
        if self.bless {
            tree::write(path, actual);
            return Ok(());
        }
        let shown = tree::from_root(path);
        let diff = TextDiff::from_lines(&expected, actual);
        let diff = diff.unified_diff().context_radius(3).header(&shown, "now").to_string();
        Err(format!("{diff}\nread it; if it is what you want: cargo bless").into())
    }
}
