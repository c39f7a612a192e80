//! "Did you mean": references with misspelt names, and whether the suggested edit restores the source.

use std::collections::BTreeMap;
use std::ops::Range;

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Diagnostic, Severity};
use rayon::prelude::*;

use super::sources::{self, Source};
use super::tokens::tokens;
use super::{asked_for, shown_of};
use crate::harness::case::print;
use crate::harness::project::Outcome;

/// A way to misspell a word; the least number of a thousand such words whose suggestion must be right; and the number
/// of candidate words of which one is tried.
const WAYS: &[(Way, usize, usize)] = &[
    (Way::OneEdit, 950, 29),
    (Way::TwoEdits, 800, 67),
    (Way::NoHyphen, 950, 7),
    (Way::Underscore, 950, 7),
    (Way::Plural, 950, 67),
    (Way::Kubernetes, 950, 3),
    (Way::ShortNetwork, 950, 11),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    OneEdit,
    TwoEdits,
    NoHyphen,
    Underscore,
    Plural,
    Kubernetes,
    ShortNetwork,
}

impl Way {
    /// Returns a misspelt word; `seed` selects the position and the letter.
    fn misspell(self, word: &str, seed: usize) -> Option<String> {
        let is_network = self == Self::ShortNetwork;
        let fits =
            |it: char| if is_network { it.is_ascii_digit() } else { it.is_ascii_lowercase() };
        if !word.starts_with(fits) {
            return None;
        }
        match self {
            Self::OneEdit => (word.len() > 2).then(|| edit(word, seed)),
            Self::TwoEdits => (word.len() > 5).then(|| edit(&edit(word, seed), seed / 3 + 1)),
            Self::NoHyphen => word.contains('-').then(|| word.replacen('-', "", 1)),
            Self::Underscore => word.contains('-').then(|| word.replace('-', "_")),
            Self::Plural => Some(word.strip_suffix('s').map_or(format!("{word}s"), str::to_owned)),
            Self::ShortNetwork => {
                let (address, prefix) = word.split_once('/')?;
                let short = address.strip_suffix(".0.0").or_else(|| address.strip_suffix(".0"))?;
                Some(format!("{short}/{prefix}"))
            }
            Self::Kubernetes => {
                let upper = |it: &str| it.chars().next().map(|it| it.to_ascii_uppercase());
                let camel = |it: &str| upper(it).into_iter().chain(it.chars().skip(1)).collect();
                let words: Vec<String> = word.split('-').map(camel).collect();
                let whole = words.concat().replace("Ip", "IP");
                let of_kubernetes = ["LoadBalancer", "ClusterIP", "NodePort", "ExternalName"];
                of_kubernetes.contains(&whole.as_str()).then_some(whole)
            }
        }
    }
}

/// Omits, doubles, replaces or swaps a letter.
fn edit(word: &str, seed: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let letter = |it: usize| letters[it].is_ascii_lowercase();
    let places: Vec<usize> = (1..letters.len()).filter(|it| letter(*it)).collect();
    let Some(at) = places.get(seed % places.len().max(1)).copied() else { return word.to_owned() };
    match seed % 4 {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, 'x'),
        2 => letters[at] = if letters[at] == 'e' { 'a' } else { 'e' },
        _ if letters[at - 1].is_ascii_lowercase() => letters.swap(at - 1, at),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// A word in a file.
struct Word<'s> {
    source: &'s Source,
    file: usize,
    path: &'s str,
    text: &'s str,
    place: Range<usize>,
    way: Way,
    misspelt: String,
}

/// Measures the suggestions.
pub(super) fn check() -> Result<(), Failed> {
    let sources = sources::all();
    let words = words(sources, asked_for());
    let seen: Vec<(Way, Option<bool>, String)> = words.par_iter().map(Word::outcome).collect();
    let mut shares: BTreeMap<Way, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (way, right, shown) in seen {
        let Some(right) = right else { continue };
        let share = shares.entry(way).or_default();
        share.0 += usize::from(right);
        share.1 += 1;
        if !right {
            wrong.push(shown);
        }
    }
    let mut low = Vec::new();
    for (way, fewest, _) in WAYS {
        let (right, all) = shares.get(way).copied().unwrap_or_default();
        let share = right * 1000 / all.max(1);
        let shown = format!("{way:?}: {right} of {all} ({share} per mille) are understood");
        print(&format!("meant: {shown}"));
        if share < *fewest {
            low.push(shown);
        }
    }
    if asked_for().is_some() {
        print(&wrong.join("\n"));
    }
    if low.is_empty() { Ok(()) } else { Err([low, wrong].concat().join("\n").into()) }
}

fn words(sources: &[Source], asked_for: Option<usize>) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for (way, _, one_of) in WAYS {
        let (mut at, way) = (0, *way);
        for source in sources {
            let one_of = asked_for.unwrap_or_else(|| source.one_of(*one_of));
            for (file, path, text) in source.files() {
                for place in tokens(text) {
                    let Some(word) = text.get(place.clone()) else { continue };
                    let misspelt = way.misspell(word, at / one_of);
                    let Some(misspelt) = misspelt.filter(|it| it != word) else { continue };
                    at += 1;
                    if at % one_of == 0 {
                        words.push(Word { source, file, path, text, place, way, misspelt });
                    }
                }
            }
        }
    }
    words
}

impl Word<'_> {
    /// Returns whether the suggested edit restores the source; `None` if the word is not reported: it declares a name,
    /// or is valid with another meaning.
    fn outcome(&self) -> (Way, Option<bool>, String) {
        let (front, back) = (self.text.get(..self.place.start), self.text.get(self.place.end..));
        let broken = format!("{}{}{}", front.unwrap_or(""), self.misspelt, back.unwrap_or(""));
        let outcome = self.source.with([(self.file, broken.clone())]);
        let end = self.place.start + self.misspelt.len();
        let is_it = |it: &&Diagnostic| {
            it.severity() == Severity::Error
                && it.span.is_some_and(|it| {
                    outcome.files.file(it.file).path == self.path
                        && (self.place.start <= it.start as usize && it.end as usize <= end)
                })
        };
        let diagnostic = outcome.diagnostics.iter().find(is_it);
        let right = diagnostic.map(|it| self.repaired(&outcome, it, &broken) == self.text);
        let word = self.text.get(self.place.clone()).unwrap_or("");
        let place = format!("{}: `{word}` as `{}`", self.source.name, self.misspelt);
        let fix =
            diagnostic.and_then(|it| it.fix.as_ref()).map_or("nothing offered", |it| &it.title);
        (self.way, right, shown_of(&place, fix, &outcome))
    }

    fn repaired(&self, outcome: &Outcome, diagnostic: &Diagnostic, broken: &str) -> String {
        let edits = diagnostic.fix.iter().flat_map(|it| &it.edits);
        let mut edits: Vec<_> =
            edits.filter(|it| outcome.files.file(it.0.file).path == self.path).collect();
        edits.sort();
        let mut text = broken.to_owned();
        for (span, new) in edits.into_iter().rev() {
            text.replace_range(span.start as usize..span.end as usize, new);
        }
        text
    }
}
