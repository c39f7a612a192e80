//! What a mistake in the text leads to in the passes after it. It is said where it was made, and not
//! once more as a name that nobody declares or a field that is missing.

use std::collections::BTreeSet;

use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::ast::{self, Item, Value, ValueKind};

/// Nobody has declared what is named.
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

/// Something stands in a block in which it means nothing.
const PLACES: &[Code] = &[Code::E0202, Code::E0203, Code::E0221, Code::E0226];

/// A block lacks what it needs.
const MISSING: &[Code] = &[Code::E0204, Code::E0207, Code::E0224];

/// A service is not what a flow or a value takes it for.
const SERVICES: &[Code] =
    &[Code::E0208, Code::E0216, Code::E0217, Code::E0218, Code::E0307, Code::E0308];

/// A component gets arguments that are not the ones that were meant.
const USES: &[Code] = &[Code::E0206, Code::E0207, Code::E0227, Code::E0301];

/// The pools do not have the addresses.
const POOLS: &[Code] = &[Code::E0214, Code::E0322, Code::E0704, Code::E0705];

/// A file or a flow lacks its owner's word.
const OWNERS: &[Code] = &[Code::E0401, Code::E0402, Code::E0403];

/// What does not parse in a program.
#[derive(Default)]
pub(super) struct Damage {
    /// The names of the blocks with something in them that does not parse.
    blocks: BTreeSet<Span>,
    /// What it may lead to anywhere.
    codes: BTreeSet<Code>,
}

impl Damage {
    /// Looks for what does not parse.
    pub(super) fn of(asts: &[ast::File]) -> Self {
        let mut damage = Self::default();
        for file in asts {
            if file.torn {
                // Items may stand in the wrong block.
                damage.may_lead_to(&[MISSING, NAMES, PLACES, SERVICES, POOLS, OWNERS]);
            }
            damage.look_into(&file.items, None);
        }
        damage
    }

    /// Whether what a later pass says may come from it. Warnings and remarks always may: they are
    /// about a program that is whole.
    pub(super) fn explains(&self, said: &Diagnostic) -> bool {
        let in_block = || said.span.is_some_and(|it| self.blocks.contains(&it));
        said.severity() != Severity::Error
            || self.codes.contains(&said.code)
            || MISSING.contains(&said.code) && in_block()
    }

    fn may_lead_to(&mut self, codes: &[&[Code]]) {
        self.codes.extend(codes.iter().copied().flatten());
    }

    fn look_into(&mut self, items: &[Item], block: Option<&Item>) {
        for item in items {
            if let Item::Broken(broken) = item {
                self.broken(broken, block);
            } else if let Item::Field(field) = item {
                if is_bad(&field.value) {
                    let owners = field.name.node.as_str() == "accept";
                    self.may_lead_to(if owners { &[OWNERS] } else { &[] });
                    self.hit(block);
                }
            } else if let Item::Port(port) = item
                && [Some(&port.service_port), port.pod_port.as_ref()]
                    .into_iter()
                    .flatten()
                    .any(is_bad)
            {
                self.hit(block);
            }
            if declares_no_label(item) {
                self.may_lead_to(&[NAMES]);
            }
            let inside = if let Item::When(_) = item { block } else { Some(item) };
            for body in item.bodies() {
                self.look_into(body, inside);
            }
        }
    }

    fn broken(&mut self, broken: &ast::Broken, block: Option<&Item>) {
        self.may_lead_to(if broken.open { &[NAMES] } else { &[] });
        self.may_lead_to(match broken.word.as_str() {
            "accept" => &[OWNERS],
            "port" => &[SERVICES],
            "pool" => &[POOLS],
            _ => &[],
        });
        self.hit(block);
    }

    /// Something in a block does not parse.
    fn hit(&mut self, block: Option<&Item>) {
        let Some(block) = block else { return };
        self.blocks.insert(block.name_span());
        if matches!(block, Item::Service(_) | Item::External(_) | Item::Port(_)) {
            self.may_lead_to(&[SERVICES]);
        } else if matches!(block, Item::Use(_)) {
            self.may_lead_to(&[SERVICES, USES]);
        } else if matches!(block, Item::Pool(_) | Item::Metallb(_)) {
            self.may_lead_to(&[POOLS]);
        } else if matches!(block, Item::Tenant(_) | Item::Accept(_)) {
            self.may_lead_to(&[OWNERS]);
        }
    }
}

/// Whether the name of a declaration cannot be one: others use the name that was meant.
fn declares_no_label(item: &Item) -> bool {
    let mut names = Vec::new();
    item.declared(&mut names);
    names.first().is_some_and(|it| {
        let name = it.node.as_str();
        let label = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        !name.starts_with(|it: char| it.is_ascii_lowercase()) || !name.bytes().all(label)
    })
}

fn is_bad(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Bad => true,
        ValueKind::List(values) | ValueKind::Call(_, values) => values.iter().any(is_bad),
        ValueKind::Map(entries) => entries.iter().any(|(_, it)| is_bad(it)),
        ValueKind::Not(value) => is_bad(value),
        ValueKind::WithPort(of, ports) => is_bad(of) || is_bad(ports),
        ValueKind::Text(_)
        | ValueKind::Int(_)
        | ValueKind::Bool(_)
        | ValueKind::Address(_)
        | ValueKind::Network(_)
        | ValueKind::Range(..)
        | ValueKind::Ports(_)
        | ValueKind::Date(_)
        | ValueKind::Ref(_)
        | ValueKind::Object(..) => false,
    }
}
