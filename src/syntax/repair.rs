//! Operations of recovery on items: setting a body, and collecting the declared names.

use super::ast::Item;
use crate::source::{Name, Span, Spanned};

impl Item {
    /// Sets the body and the place of an item that was read without its body.
    pub(super) fn finish(&mut self, inner: Vec<Item>, whole: Span) {
        let (items, span) = match self {
            Self::Cluster(it)
            | Self::Calico(it)
            | Self::Metallb(it)
            | Self::Pool(it)
            | Self::Peer(it)
            | Self::Bfd(it)
            | Self::Profile(it)
            | Self::Tenant(it)
            | Self::Namespace(it)
            | Self::External(it)
            | Self::Values(it)
            | Self::Env(it) => (&mut it.items, &mut it.span),
            Self::Component(it) => (&mut it.block.items, &mut it.block.span),
            Self::Service(it) | Self::Workload(it) => (&mut it.block.items, &mut it.block.span),
            Self::Use(it) => (&mut it.items, &mut it.span),
            Self::Port(it) => (&mut it.items, &mut it.span),
            Self::Flow(it) => (&mut it.items, &mut it.span),
            Self::Accept(it) | Self::Forbid(it) => (&mut it.items, &mut it.span),
            Self::Assert(it) => (&mut it.rule.items, &mut it.rule.span),
            Self::Say(it) => (&mut it.items, &mut it.span),
            // Its two bodies are set already.
            Self::When(it) => {
                it.span = whole;
                return;
            }
            Self::Field(_)
            | Self::Address(_)
            | Self::Reserve(_)
            | Self::Set(_)
            | Self::Broken(_) => {
                return;
            }
        };
        *items = inner;
        *span = whole;
    }

    /// Collects the names that an item declares, its own first, and those of its body.
    pub(crate) fn declared(&self, names: &mut Vec<Spanned<Name>>) {
        match self {
            Self::Cluster(it)
            | Self::Pool(it)
            | Self::Peer(it)
            | Self::Bfd(it)
            | Self::Profile(it)
            | Self::Tenant(it)
            | Self::Namespace(it)
            | Self::External(it)
            | Self::Values(it)
            | Self::Env(it) => {
                names.push(it.name.clone());
                all(&it.items, names);
            }
            Self::Component(it) => names.push(it.block.name.clone()),
            Self::Service(it) | Self::Workload(it) => {
                names.push(it.block.name.clone());
                all(&it.block.items, names);
            }
            Self::Port(it) => names.push(it.name.clone()),
            Self::Use(it) => names.push(it.alias.clone().unwrap_or_else(|| it.component.clone())),
            Self::Calico(it) | Self::Metallb(it) => all(&it.items, names),
            Self::When(it) => {
                all(&it.then, names);
                all(&it.otherwise, names);
            }
            Self::Broken(it) => names.extend(it.names.iter().cloned()),
            Self::Field(_)
            | Self::Address(_)
            | Self::Reserve(_)
            | Self::Set(_)
            | Self::Flow(_)
            | Self::Accept(_)
            | Self::Forbid(_)
            | Self::Assert(_)
            | Self::Say(_) => {}
        }
    }
}

fn all(items: &[Item], names: &mut Vec<Spanned<Name>>) {
    for item in items {
        item.declared(names);
    }
}
