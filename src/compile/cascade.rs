//! Follow-up errors, which are suppressed: an error is reported where it was made, and not again as an unknown name, a
//! missing field, or a violated rule.
//!
//! Where `resolve` can mark the unknown itself, it does, and later passes skip it: a broken declaration with a name
//! binds the name to an unknown, a block with an item that does not parse reports no missing field, a `metallb` block
//! is marked if a pool or a range of it could not be read, and what could not be bound is left out of the model,
//! together with the guardrail that it is an exception of. The lists of codes below are for what no mark expresses (a
//! declaration whose name is lost, items that a lost brace moved into another block), and for what has no mark yet:
//! consents, ports and required fields that depend on a value with an error. Trees and diagnostics in, a predicate on diagnostics out; it must not
//! know a model.
//!
//! Only errors of `resolve` and `check` come here: `lock`, `lower` and `validate` run on programs without errors.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostics::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{Files, Name, Span};
use crate::syntax::ast::{self, Item, Value};

/// A name that is not declared. A declaration that does not parse may have lost its name: then any unknown name may be
/// the lost one.
const NAMES: &[Code] = &[
    Code::E0201,
    Code::E0205,
    Code::E0206,
    Code::E0208,
    Code::E0209,
    Code::E0210,
    Code::E0214,
    Code::E0219,
];

/// An item in a block that does not accept it. With a lost brace, the block around an item is a guess.
const PLACES: &[Code] = &[Code::E0202, Code::E0203, Code::E0221, Code::E0226];

/// A block that lacks something. It may be missing because of another error, such as a field behind an invalid value;
/// the value is read after the block was found to lack a field.
const MISSING: &[Code] = &[Code::E0204, Code::E0207, Code::E0224];

/// A service that lacks the port, the type or the address that a flow or a value needs. The ports of a service are a
/// complete list in the model; a port without a name cannot be an entry of it.
const SERVICES: &[Code] =
    &[Code::E0208, Code::E0216, Code::E0217, Code::E0218, Code::E0307, Code::E0308];

/// A use with other arguments than the component expects: an argument that does not parse has no name.
const USES: &[Code] = &[Code::E0207, Code::E0227];

/// A component that is not used, because the name in its `use` is wrong or lost.
const UNUSED: &[Code] = &[Code::E0207, Code::E0222];

/// Two declarations with one name, or with one address: the field that tells them apart is wrong or lost, and the
/// default stands for it.
const PAIRS: &[Code] = &[Code::E0228, Code::E0313, Code::E0326, Code::E0407];

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
];

/// Upper bound on misplaced items that are remembered: each is compared with each error.
const ASTRAY: usize = 64;

/// Errors of a program, and the errors that may be their consequences.
#[derive(Default)]
pub(super) struct Cascade {
    /// Places of the names of blocks that contain a mistake.
    blocks: BTreeSet<Span>,
    /// Places of the names of items in a block that does not accept them.
    misplaced: BTreeSet<Span>,
    /// Places of these items: names in them are looked up in the wrong block.
    astray: Vec<Span>,
    /// Names that these items, and items that do not parse, declare.
    names: BTreeSet<String>,
    /// Components with a mistake in one of their uses.
    uses: BTreeSet<Name>,
    /// Places of these components.
    components: Vec<Span>,
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
                cascade.may_lead_to(&[MISSING, NAMES, PLACES, SERVICES, PAIRS]);
            }
            cascade.look_into(&file.items, None);
        }
        cascade.in_components(asts)
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
        for file in asts {
            cascade.look_into(&file.items, None);
        }
        cascade.codes.retain(|it| !CAUSES.contains(it));
        cascade.may_lead_to(if cascade.unused { &[UNUSED] } else { &[] });
        cascade.in_components(asts)
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
            || self.is_hit(diagnostic)
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

    fn look_into(&mut self, items: &[Item], block: Option<&Item>) {
        for item in items {
            self.item(item, block);
            let inside = if let Item::When(_) = item { block } else { Some(item) };
            for body in item.bodies() {
                self.look_into(body, inside);
            }
        }
    }

    fn item(&mut self, item: &Item, block: Option<&Item>) {
        if declares_no_label(item) {
            self.may_lead_to(&[NAMES, SERVICES]);
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
            self.broken(broken, block);
        } else if let Item::Field(field) = item {
            let caused = self.has_cause(field.span);
            if caused || field.value.is_bad() {
                self.hit(block, caused);
            }
        } else if let Item::Port(port) = item {
            let mut numbers = [Some(&port.service_port), port.pod_port.as_ref()].into_iter();
            if numbers.any(|it| it.is_some_and(Value::is_bad)) {
                self.hit(block, false);
            }
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

    fn broken(&mut self, broken: &ast::Broken, block: Option<&Item>) {
        self.may_lead_to(if broken.open { &[NAMES] } else { &[] });
        let holds =
            ["cluster", "component", "external", "namespace", "profile", "service", "tenant"];
        if broken.bare && holds.contains(&broken.word.as_str()) {
            self.may_lead_to(&[PLACES]);
        }
        self.names.extend(broken.names.iter().map(|it| it.node.to_string()));
        self.may_lead_to(match broken.word.as_str() {
            "port" | "external" | "service" => &[SERVICES, PAIRS],
            "use" => &[UNUSED, USES, PAIRS],
            "namespace" | "values" => &[PAIRS],
            _ => &[],
        });
        self.hit(block, false);
    }

    /// Records that a block contains a mistake; `parses`: the mistake is not one of syntax.
    fn hit(&mut self, block: Option<&Item>, parses: bool) {
        let Some(block) = block else { return };
        self.blocks.insert(block.name_span());
        if let Item::Use(it) = block {
            self.uses.insert(it.component.node.clone());
        }
        if !matches!(
            block,
            Item::Flow(_)
                | Item::Accept(_)
                | Item::Tenant(_)
                | Item::Cluster(_)
                | Item::Calico(_)
                | Item::Metallb(_)
                | Item::Pool(_)
        ) {
            self.may_lead_to(&[PAIRS]);
        }
        if matches!(block, Item::External(_))
            || !parses && matches!(block, Item::Service(_) | Item::Port(_))
        {
            self.may_lead_to(&[SERVICES]);
        } else if matches!(block, Item::Use(_)) && !parses {
            self.may_lead_to(&[SERVICES, USES]);
        }
    }

    /// Adds the places of components with a mistake in one of their uses: errors inside them may come from it.
    fn in_components(mut self, asts: &[Arc<ast::File>]) -> Self {
        for item in asts.iter().flat_map(|it| &it.items) {
            if let Item::Component(it) = item
                && self.uses.contains(&it.block.name.node)
            {
                self.components.push(it.block.span);
            }
        }
        self
    }

    /// Returns whether an error is about something that is missing in a block with an error, or is inside a component
    /// with an error in one of its uses.
    fn is_hit(&self, diagnostic: &Diagnostic) -> bool {
        let Some(span) = diagnostic.span else { return false };
        MISSING.contains(&diagnostic.code) && self.blocks.contains(&span)
            || self.components.iter().any(|it| it.holds(span))
    }
}

/// Returns whether the name of a declaration is invalid: other declarations use the intended name.
fn declares_no_label(item: &Item) -> bool {
    let mut names = Vec::new();
    item.declared(&mut names);
    names.first().is_some_and(|it| !it.node.is_valid())
}
