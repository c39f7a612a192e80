//! One error, one message: a name that is wrong at several places, or at one place in every cluster and every use of a
//! component, is reported once.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::Code;
use super::diagnostic::{Diagnostic, Label};
use super::severity::Severity;
use crate::source::Span;

/// Codes of errors about a name, a file or a flow, which are merged wherever they are.
const NAMES: &[Code] = &[
    Code::E0201,
    Code::E0205,
    Code::E0206,
    Code::E0207,
    Code::E0208,
    Code::E0209,
    Code::E0210,
    Code::E0214,
    Code::E0219,
    Code::E0222,
    Code::E0401,
    Code::E0403,
    Code::E0409,
    Code::E0602,
    Code::E0603,
];

/// Warnings whose other places differ from cluster to cluster.
const WARNINGS: &[Code] = &[Code::W0507];

/// Codes whose suggested fix differs from place to place.
const CONSENTS: &[Code] = &[Code::E0403, Code::E0409];

/// Greatest number of further places that are shown.
const SHOWN: usize = 3;

/// Merges sorted diagnostics, with one message for each error.
pub(super) fn merged(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut places: BTreeMap<(Option<Span>, String), usize> = BTreeMap::new();
    let mut names: BTreeSet<(Code, Option<Span>)> = BTreeSet::new();
    let mut words: BTreeMap<(Code, String), (usize, Vec<Diagnostic>)> = BTreeMap::new();
    for diagnostic in diagnostics {
        if diagnostic.severity() != Severity::Error && !WARNINGS.contains(&diagnostic.code) {
            kept.push(diagnostic);
            continue;
        }
        let place = (diagnostic.span, diagnostic.message.clone());
        if let Some(first) = places.get(&place) {
            kept[*first].take_labels(diagnostic.labels);
            continue;
        }
        let mut row = kept.len();
        if NAMES.contains(&diagnostic.code) && diagnostic.span.is_some() {
            // In another use of the component, the same words may lead to another message.
            let name = (diagnostic.code, diagnostic.span);
            if !names.insert(name) {
                continue;
            }
            let word = (diagnostic.code, diagnostic.message.clone());
            let (first, others) = words.entry(word).or_insert((row, Vec::new()));
            row = *first;
            if row < kept.len() {
                others.push(diagnostic.clone());
            }
        }
        places.insert(place, row);
        if row == kept.len() {
            kept.push(diagnostic);
        }
    }
    for (first, others) in words.into_values() {
        kept[first].repeat(&others);
    }
    kept
}

impl Diagnostic {
    /// Adds the labels that are missing.
    fn take_labels(&mut self, labels: Vec<Label>) {
        for label in labels {
            if !self.labels.contains(&label) {
                self.labels.push(label);
            }
        }
    }

    /// Adds the places of the same error to the message.
    fn repeat(&mut self, others: &[Self]) {
        for other in others.iter().take(SHOWN) {
            let Some(span) = other.span else { continue };
            self.labels.push(Label { span, text: "also here".to_owned() });
        }
        let helps = others.iter().take(SHOWN).filter(|it| CONSENTS.contains(&it.code));
        for help in helps.flat_map(|it| &it.helps) {
            if !self.helps.contains(help) {
                self.helps.push(help.clone());
            }
        }
        if others.len() > SHOWN {
            self.notes.push(format!("also at {} other places", others.len() - SHOWN));
        }
        if let Some(fix) = &mut self.fix {
            let same = others.iter().filter_map(|it| it.fix.as_ref());
            let same = same.filter(|it| it.title == fix.title).flat_map(|it| it.edits.clone());
            let same: Vec<_> = same.collect();
            fix.edits.extend(same);
        }
    }
}
