//! One mistake, one message: faults at the tokens of valid sources. Nothing panics; each fault that breaks the program
//! is reported on its line or beside it, with few messages.

mod meant;
mod pairs;
mod sources;
mod tokens;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Code, Diagnostic, Severity};
use rayon::prelude::*;

use super::case::{Cases, print};
use super::project::Outcome;
use sources::Source;
use tokens::{Fault, line_of, tokens};

/// Number of faults of which `cargo test` tries one; a prime other than 5, so that every kind of fault occurs at every
/// place. All of them: `FAULTS_ONE_OF=1 cargo test --test golden -- faults`.
const ONE_OF: usize = 47;

/// Of a thousand faults that break a program: the least number with one message, and with at most two.
const FEWEST_WITH_ONE: usize = 950;
const FEWEST_WITH_TWO: usize = 995;

/// Greatest number of messages of a fault. A fault with more messages, or one that is reported elsewhere, is wrong. One
/// fault may be wrong, and one more in each `ONE_WRONG_OF`.
const MOST: usize = 4;
const ONE_WRONG_OF: usize = 10_000;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("faults: one mistake, one message", |_| check());
    cases.add("faults: did you mean", |_| meant::check());
    cases.add("faults: two mistakes, two messages", |_| pairs::check());
}

/// A fault at a token.
struct Injected<'s> {
    source: &'s Source,
    /// The index of the file in the project.
    file: usize,
    path: &'s str,
    text: String,
    /// The lines of the token and of the next one.
    lines: (u32, u32),
    /// Its place, as messages show it.
    place: String,
}

/// Results of the faults.
#[derive(Default)]
struct Distribution {
    still_valid: usize,
    messages: [usize; 12],
    wrong: Vec<String>,
    /// Faults with more than two messages, but not too many.
    loud: Vec<String>,
}

fn check() -> Result<(), Failed> {
    let one_of = asked_for();
    let sources = sources::all();
    let faults = faults(sources, one_of);
    let seen = faults.par_iter().map(|it| it.outcome(one_of.is_some()));
    let seen = seen.reduce(Distribution::default, Distribution::and);
    print(&format!("faults: {}", seen.shown()));
    print(&seen.loud.join("\n"));
    seen.judge()
}

#[expect(clippy::disallowed_methods, reason = "whoever measures says how much")]
fn asked_for() -> Option<usize> {
    std::env::var("FAULTS_ONE_OF").ok()?.parse().ok()
}

/// Returns a selection of the faults.
fn faults(sources: &[Source], asked_for: Option<usize>) -> Vec<Injected<'_>> {
    let (mut faults, mut at) = (Vec::new(), 0);
    for source in sources {
        let one_of = asked_for.unwrap_or_else(|| source.one_of(ONE_OF));
        for (file, path, text) in source.files() {
            let tokens = tokens(text);
            for row in 0..tokens.len() {
                for fault in Fault::ALL {
                    at += 1;
                    if at % one_of != 0 {
                        continue;
                    }
                    let Some(broken) = fault.inject(text, &tokens, row) else { continue };
                    let place = format!(
                        "{}/{path}: {fault:?} at `{}`",
                        source.name,
                        text.get(tokens[row].clone()).unwrap_or("")
                    );
                    let lines = lines(text, &tokens, row);
                    let place = format!("{place} in line {}", lines.0);
                    faults.push(Injected { source, file, path, text: broken, lines, place });
                }
            }
        }
    }
    faults
}

fn lines(text: &str, tokens: &[Range<usize>], row: usize) -> (u32, u32) {
    let line = line_of(text, tokens[row].start);
    (line, tokens.get(row + 1).map_or(line, |it| line_of(text, it.start)))
}

impl Injected<'_> {
    fn outcome(&self, show: bool) -> Distribution {
        let mut seen = Distribution::default();
        let compile = || self.source.with([(self.file, self.text.clone())]);
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(compile)) else {
            panic!("{}: panics", self.place);
        };
        let diagnostics = outcome.diagnostics.iter();
        let errors: Vec<&Diagnostic> =
            diagnostics.filter(|it| it.severity() == Severity::Error).collect();
        if errors.is_empty() {
            seen.still_valid = 1;
            return seen;
        }
        seen.messages[errors.len().min(seen.messages.len() - 1)] += 1;
        let line = self.text.lines().nth(self.lines.0 as usize - 1).unwrap_or("");
        let shown = |what: &str| shown_of(&format!("{}: {what}", self.place), line, &outcome);
        // The changed program may violate a rule that it declares itself.
        let breaks_rule =
            |it: &&Diagnostic| matches!(it.code, Code::E0403 | Code::E0501 | Code::E0503);
        let breaks_rule = errors.iter().all(breaks_rule);
        if !breaks_rule && !errors.iter().any(|it| is_near(&outcome, it, self.path, self.lines)) {
            seen.wrong.push(shown("reported elsewhere"));
        } else if errors.len() > MOST {
            seen.wrong.push(shown("too many messages"));
        } else if show && errors.len() > 1 {
            seen.loud.push(shown("several messages"));
        }
        seen
    }
}

/// Returns whether a message has a place on one of two lines of a file, or beside them.
fn is_near(outcome: &Outcome, diagnostic: &Diagnostic, path: &str, lines: (u32, u32)) -> bool {
    let spans = diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|it| it.span));
    spans.into_iter().any(|span| {
        let file = outcome.files.file(span.file);
        let (from, to) = (file.line_column(span.start).line, file.line_column(span.end).line);
        file.path == path && from <= lines.1 + 1 && lines.0 <= to + 1
    })
}

/// Returns the messages of a fault.
fn shown_of(place: &str, line: &str, outcome: &Outcome) -> String {
    format!("== {place}\n{line}\n{}", outcome.short())
}

impl Distribution {
    fn and(mut self, other: Self) -> Self {
        self.still_valid += other.still_valid;
        for (mine, more) in self.messages.iter_mut().zip(other.messages) {
            *mine += more;
        }
        self.wrong.extend(other.wrong);
        self.loud.extend(other.loud);
        self
    }

    /// Returns how many of a thousand faults that break a program give one message, and at most two.
    fn shares(&self) -> (usize, usize) {
        let all: usize = self.messages.iter().sum();
        let share = |it: usize| it * 1000 / all.max(1);
        (share(self.messages[1]), share(self.messages[1] + self.messages[2]))
    }

    fn shown(&self) -> String {
        let (one, two) = self.shares();
        let all: usize = self.messages.iter().sum();
        format!(
            "{} leave a valid program, {all} do not; 0, 1, 2, … messages: {:?} ({one} per mille one, {two} at most two)",
            self.still_valid, self.messages
        )
    }

    /// Compares the shares with the goals of the project.
    fn judge(&self) -> Result<(), Failed> {
        let (one, two) = self.shares();
        let all: usize = self.messages.iter().sum();
        let most_wrong = 1 + all / ONE_WRONG_OF;
        if one >= FEWEST_WITH_ONE && two >= FEWEST_WITH_TWO && self.wrong.len() <= most_wrong {
            return Ok(());
        }
        Err(format!(
            "{}; {} are reported elsewhere or in more than {MOST} messages\n{}",
            self.shown(),
            self.wrong.len(),
            self.wrong.join("\n")
        )
        .into())
    }
}
