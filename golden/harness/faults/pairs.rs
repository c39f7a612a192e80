//! Two mistakes, two messages: pairs of faults in different declarations of a file, each of which gives
//! one message alone.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Diagnostic, Severity};
use rayon::prelude::*;

use super::sources::{self, Source};
use super::tokens::{Fault, declaration_of, tokens};
use super::{asked_for, is_near, lines, shown_of};
use crate::harness::case::print;

/// One fault of this number is tried, with one partner; a prime, as for single faults.
const ONE_OF: usize = 29;

/// Least number of a thousand pairs that give two messages, and that give a message for each fault. In other pairs, the
/// first fault breaks a declaration that the second refers to, so that the second is not judged until the first is
/// fixed. Of 1,987 pairs: 926 and 929.
const FEWEST_WITH_TWO: usize = 890;
const FEWEST_FOR_EACH: usize = 890;

/// Greatest number of messages of a pair.
const MOST: usize = 6;

/// Two faults in a file.
struct Pair<'s> {
    source: &'s Source,
    file: usize,
    path: &'s str,
    text: &'s str,
    tokens: Vec<Range<usize>>,
    faults: [(Fault, usize); 2],
}

/// The result of a pair.
enum Seen {
    /// One of the two faults leaves the program valid or gives more than one message.
    NoPair,
    Messages {
        count: usize,
        for_each: bool,
        shown: String,
    },
    Panic(String),
}

/// Tries pairs of faults.
pub(super) fn check() -> Result<(), Failed> {
    let wanted = asked_for().map(|it| it * 7);
    let sources = sources::all();
    let pairs = pairs(sources, wanted);
    let seen: Vec<Seen> = pairs.par_iter().map(Pair::outcome).collect();
    let (mut messages, mut each, mut wrong) = ([0_usize; 12], 0, Vec::new());
    for it in seen {
        match it {
            Seen::NoPair => {}
            Seen::Panic(place) => wrong.push(format!("{place}: panics")),
            Seen::Messages { count, for_each, shown } => {
                messages[count.min(11)] += 1;
                each += usize::from(for_each);
                // Two faults may also cancel each other out.
                if count > MOST {
                    wrong.push(shown);
                } else if asked_for().is_some() && (count != 2 || !for_each) {
                    print(&shown);
                }
            }
        }
    }
    let all: usize = messages.iter().sum();
    let (two, each) = (messages[2] * 1000 / all.max(1), each * 1000 / all.max(1));
    let shown = format!(
        "{all} pairs; 0, 1, 2, … messages: {messages:?} ({two} per mille two, {each} a message for each)"
    );
    print(&format!("faults: {shown}"));
    if two >= FEWEST_WITH_TWO && each >= FEWEST_FOR_EACH && wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{shown}\n{}", wrong.join("\n")).into())
}

/// Returns a selection of the faults, each with one behind it in another declaration of its file.
fn pairs(sources: &[Source], asked_for: Option<usize>) -> Vec<Pair<'_>> {
    let (mut pairs, mut at) = (Vec::new(), 0);
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
                    // The partner is another kind of fault, at a later position.
                    let other = Fault::ALL[at / one_of % Fault::ALL.len()];
                    let behind = tokens.len() - row;
                    let partner = row + 2 + at * 31 % behind;
                    let apart = |a: usize, b: usize| {
                        declaration_of(text, tokens[a].start)
                            != declaration_of(text, tokens[b].start)
                    };
                    // An extra closing bracket may close a bracket that the other fault left open.
                    let brackets = |row: usize| {
                        text.get(tokens[row].clone()).is_some_and(|it| "{}[]()".contains(it))
                    };
                    if partner < tokens.len()
                        && !(brackets(row) && brackets(partner))
                        && apart(row, partner)
                        && apart(row + 1, partner)
                    {
                        let faults = [(fault, row), (other, partner)];
                        let tokens = tokens.clone();
                        pairs.push(Pair { source, file, path, text, tokens, faults });
                    }
                }
            }
        }
    }
    pairs
}

impl Pair<'_> {
    fn outcome(&self) -> Seen {
        let compile = || self.compile();
        catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| Seen::Panic(self.place()))
    }

    fn compile(&self) -> Seen {
        let [(first, front), (second, back)] = self.faults;
        let Some(later) = second.inject(self.text, &self.tokens, back) else { return Seen::NoPair };
        let Some(alone) = first.inject(self.text, &self.tokens, front) else { return Seen::NoPair };
        // Text before the second fault has not moved.
        let Some(both) = first.inject(&later, &self.tokens, front) else { return Seen::NoPair };
        if self.errors(&later).1.len() != 1 || self.errors(&alone).1.len() != 1 {
            return Seen::NoPair;
        }
        let (outcome, errors) = self.errors(&both);
        let near = |row: usize| {
            let lines = lines(self.text, &self.tokens, row);
            errors.iter().any(|it| is_near(&outcome, it, self.path, lines))
        };
        let for_each = near(front) && near(back);
        let shown = shown_of(&self.place(), "", &outcome);
        Seen::Messages { count: errors.len(), for_each, shown }
    }

    fn errors(&self, text: &str) -> (crate::harness::project::Outcome, Vec<Diagnostic>) {
        let outcome = self.source.with([(self.file, text.to_owned())]);
        let errors = outcome.diagnostics.iter().filter(|it| it.severity() == Severity::Error);
        let errors = errors.cloned().collect();
        (outcome, errors)
    }

    fn place(&self) -> String {
        let [first, second] = self.faults.map(|(fault, row)| {
            let token = self.text.get(self.tokens[row].clone()).unwrap_or("");
            let line = lines(self.text, &self.tokens, row).0;
            format!("{fault:?} at `{token}` in line {line}")
        });
        format!("{}/{}: {first}, {second}", self.source.name, self.path)
    }
}
