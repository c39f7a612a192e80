//! Cases: named tests that compare output with expectations, or rewrite the expectations.

use std::path::Path;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use similar::TextDiff;

use super::tree;

/// Every test.
pub(crate) struct Cases {
    bless: bool,
    times: bool,
    trials: Vec<Trial>,
}

/// Access to the expectation files of a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expect {
    bless: bool,
}

impl Cases {
    /// Returns an empty list of tests. With `times`, each test prints its processor time.
    pub(crate) fn new(bless: bool, times: bool) -> Self {
        Self { bless, times, trials: Vec::new() }
    }

    /// Adds a test.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        test: impl FnOnce(Expect) -> Result<(), Failed> + Send + 'static,
    ) {
        let (expect, times, name) = (Expect { bless: self.bless }, self.times, name.into());
        let label = name.clone();
        self.trials.push(Trial::test(name, move || {
            let before = if times { processor_time() } else { 0.0 };
            let outcome = test(expect);
            if times {
                print(&format!("{:7.2} s  {label}", processor_time() - before));
            }
            outcome
        }));
    }

    /// Adds a test that returns faults, one per line.
    pub(crate) fn faults(
        &mut self,
        name: impl Into<String>,
        find: impl FnOnce() -> Vec<String> + Send + 'static,
    ) {
        self.add(name, move |_| none(&find()));
    }

    /// Returns the tests.
    pub(crate) fn into_trials(self) -> Vec<Trial> {
        self.trials
    }
}

/// Returns the processor time of this process and of the programs that it ran, in seconds. Other programs on the
/// machine do not change it; other tests of this process do, unless `--test-threads=1`.
fn processor_time() -> f64 {
    const TICKS: f64 = 100.0;
    let own = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let own = Duration::new(own.tv_sec.cast_unsigned(), u32::try_from(own.tv_nsec).unwrap_or(0));
    let stat = tree::text_if_any(Path::new("/proc/self/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // `cutime` and `cstime` of proc(5), the 16th and 17th field of the line.
    let children = fields.skip(13).take(2).filter_map(|it| it.parse::<u32>().ok());
    own.as_secs_f64() + children.map(f64::from).sum::<f64>() / TICKS
}

/// Prints a measurement.
#[expect(clippy::print_stderr, reason = "a test that measures says what")]
pub(crate) fn print(text: &str) {
    eprintln!("{text}");
}

/// Fails if there are faults.
pub(crate) fn none(faults: &[String]) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

impl Expect {
    /// Compares the file at `path` with a text; `cargo bless` writes the file.
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
