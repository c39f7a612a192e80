//! Follow-up errors, which are suppressed: an error is reported where it was made, and not again as an unknown name, a
//! missing field, or a violated rule.
//!
//! `resolve` marks what is unknown, and later passes skip it: a declaration with an error binds its name to an unknown;
//! in a `use` with an invalid item, an argument that is not given is unknown; the model records whether it has every
//! pool and every consent; and what could not be bound is left out of the model, together with the guardrail that it
//! is an exception of. The lists of codes below are for what no mark expresses: declarations whose name is lost, and
//! items that a lost brace moved into another block. Trees and diagnostics in, a predicate on diagnostics out; it must
//! not know a model.
//!
//! Only errors of `resolve` and `check` come here: `lock`, `lower` and `validate` run on programs without errors.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{Files, Span};
use crate::syntax::ast::{self, Item};

/// A name that is not declared, or that is no argument of a function. A declaration that does not parse may have lost
/// its name: then any unknown name may be the lost one, and there is no name that a mark could be bound to.
const NAMES: &[Code] = &[
    Code::E0201,
    Code::E0205,
    Code::E0206,
    Code::E0208,
    Code::E0209,
    Code::E0210,
    Code::E0214,
    Code::E0219,
    Code::E0307,
];

/// An item in a block that does not accept it. With a lost brace, the block around an item is a guess, and the block
/// that a mark would belong to is unknown.
const PLACES: &[Code] = &[Code::E0202, Code::E0203, Code::E0221, Code::E0226];

/// A component that is not used, because the name in its `use` is wrong or lost: the component that a mark would belong
/// to is unknown.
const UNUSED: &[Code] = &[Code::E0207, Code::E0222];

/// What a block lacks, what is declared twice, and the ports of services, in a project with a file whose braces do not
/// balance. Any block of the file may have lost items to another one, so that a mark would be at every block.
const CONTENTS: &[Code] = &[
    Code::E0204,
    Code::E0207,
    Code::E0216,
    Code::E0217,
    Code::E0218,
    Code::E0224,
    Code::E0228,
    Code::E0308,
    Code::E0313,
    Code::E0326,
    Code::E0407,
];

/// Errors of which other errors may be consequences.
const CAUSES: &[Code] = &[
    Code::E0201,
    Code::E0203,
    Code::E0204,
    Code::E0205,
    Code::E0206,
    Code::E0208,
    Code::E0210,
    Code::E0221,
    Code::E0222,
    Code::E0226,
    Code::E0301,
    Code::E0303,
    Code::E0401,
];

/// Upper bound on misplaced items that are remembered: each is compared with each error.
const ASTRAY: usize = 64;

/// Errors of a program, and the errors that may be their consequences.
#[derive(Default)]
pub(super) struct Cascade {
    /// Places of the names of items in a block that does not accept them.
    misplaced: BTreeSet<Span>,
    /// Places of these items: names in them are looked up in the wrong block.
    astray: Vec<Span>,
    /// Names that these items, and items that do not parse, declare.
    names: BTreeSet<String>,
    /// Whether a `use` names a component that does not exist.
    unused: bool,
    /// Codes of the errors that may be consequences, wherever they are.
    codes: BTreeSet<Code>,
    /// Places of causes.
    causes: BTreeSet<Span>,
}

impl Cascade {
    /// Consequences of items that do not parse.
    pub(super) fn of(asts: &[Arc<ast::File>]) -> Self {
        let mut cascade = Self::default();
        for file in asts {
            if file.torn {
                // Items may stand in the wrong block.
                cascade.may_lead_to(&[CONTENTS, NAMES, PLACES]);
            }
            cascade.look_into(&file.items);
        }
        cascade
    }

    /// Consequences of the causes among some diagnostics.
    pub(super) fn by(asts: &[Arc<ast::File>], diagnostics: &Diagnostics) -> Self {
        let causes = diagnostics.errors().filter(|it| CAUSES.contains(&it.code));
        let misplaced =
            diagnostics.errors().filter(|it| matches!(it.code, Code::E0221 | Code::E0401));
        let misplaced: BTreeSet<Span> = misplaced.filter_map(|it| it.span).collect();
        let mut cascade = Self {
            misplaced,
            causes: causes.filter_map(|it| it.span).collect(),
            ..Self::default()
        };
        if cascade.causes.is_empty() {
            return cascade;
        }
        for file in asts {
            cascade.look_into(&file.items);
        }
        cascade.codes.retain(|it| !CAUSES.contains(it));
        cascade.may_lead_to(if cascade.unused { &[UNUSED] } else { &[] });
        cascade
    }

    /// Whether a diagnostic of a later pass may be a consequence of items that do not parse. Warnings and notes always
    /// may: they are about complete programs.
    pub(super) fn explains(&self, files: &Files, diagnostic: &Diagnostic) -> bool {
        diagnostic.severity() != Severity::Error || self.is_consequence(files, diagnostic)
    }

    /// Whether an error may be a consequence of a cause.
    pub(super) fn leads_to(&self, files: &Files, diagnostic: &Diagnostic) -> bool {
        diagnostic.severity() == Severity::Error
            && (self.is_consequence(files, diagnostic) || self.is_moved(files, diagnostic))
    }

    fn is_consequence(&self, files: &Files, diagnostic: &Diagnostic) -> bool {
        let lost = |it: Span| files.text(it).split('.').any(|it| self.names.contains(it));
        self.codes.contains(&diagnostic.code)
            || NAMES.contains(&diagnostic.code)
                && diagnostic
                    .span
                    .is_some_and(|it| lost(it) || self.astray.iter().any(|all| all.holds(it)))
    }

    /// Whether an unknown field that resembles no known one directly follows a word that is no value: the two were
    /// swapped.
    fn is_moved(&self, files: &Files, diagnostic: &Diagnostic) -> bool {
        let Some(span) = diagnostic.span else { return false };
        let before = self.causes.range(..Span { end: span.start, ..span }).next_back();
        matches!(diagnostic.code, Code::E0203 | Code::E0206)
            && diagnostic.fix.is_none()
            && before.is_some_and(|it| {
                let word = files.text(*it).starts_with(|it: char| it.is_ascii_alphabetic());
                word && files.touch(*it, span)
            })
    }

    fn may_lead_to(&mut self, codes: &[&[Code]]) {
        self.codes.extend(codes.iter().copied().flatten());
    }

    fn look_into(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
            for body in item.bodies() {
                self.look_into(body);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        if declares_no_label(item) {
            self.may_lead_to(&[NAMES]);
        }
        if self.misplaced.contains(&item.name_span()) {
            let mut names = Vec::new();
            item.declared(&mut names);
            self.names.extend(names.iter().map(|it| it.node.to_string()));
            if self.astray.len() < ASTRAY {
                self.astray.push(item.span());
            }
        }
        if let Item::Broken(broken) = item {
            self.broken(broken);
        } else if let Item::Use(it) = item
            && self.has_cause(it.component.span)
        {
            self.unused = true;
        }
    }

    fn has_cause(&self, place: Span) -> bool {
        let first = self.causes.range(Span { end: place.start, ..place }..).next();
        first.is_some_and(|it| it.file == place.file && it.start < place.end)
    }

    fn broken(&mut self, broken: &ast::Broken) {
        self.may_lead_to(if broken.open { &[NAMES] } else { &[] });
        let holds =
            ["cluster", "component", "external", "namespace", "profile", "service", "tenant"];
        if broken.bare && holds.contains(&broken.word.as_str()) {
            self.may_lead_to(&[PLACES]);
        }
        self.names.extend(broken.names.iter().map(|it| it.node.to_string()));
        self.may_lead_to(if broken.word == "use" { &[UNUSED] } else { &[] });
    }
}

/// Returns whether the name of a declaration is invalid: other declarations use the intended name.
fn declares_no_label(item: &Item) -> bool {
    let mut names = Vec::new();
    item.declared(&mut names);
    names.first().is_some_and(|it| !it.node.is_valid())
}
