//! Properties of every item: its first word, its place, its name.

use super::Item;
use crate::source::Span;

impl Item {
    /// Returns the word that starts the item, as messages name it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Field(_) => "field",
            Self::Cluster(_) => "cluster",
            Self::Calico(_) => "calico",
            Self::Metallb(_) => "metallb",
            Self::Pool(_) => "pool",
            Self::Peer(_) => "peer",
            Self::Bfd(_) => "bfd",
            Self::Address(_) => "address",
            Self::Reserve(_) => "reserve",
            Self::Component(_) => "component",
            Self::Use(_) => "use",
            Self::Profile(_) => "profile",
            Self::Tenant(_) => "tenant",
            Self::Namespace(_) => "namespace",
            Self::Service(_) => "service",
            Self::Workload(_) => "workload",
            Self::Port(_) => "port",
            Self::External(_) => "external",
            Self::Values(_) => "values",
            Self::Env(_) => "env",
            Self::Set(_) => "set",
            Self::Flow(_) => "flow",
            Self::Accept(_) => "accept",
            Self::Forbid(_) => "forbid",
            Self::Assert(_) => "assert",
            Self::When(_) => "when",
            Self::Say(it) if it.fail => "fail",
            Self::Say(_) => "warn",
            Self::Broken(_) => "declaration",
        }
    }

    /// Returns the place of the whole item.
    pub fn span(&self) -> Span {
        match self {
            Self::Field(it) => it.span,
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
            | Self::Env(it) => it.span,
            Self::Component(it) => it.block.span,
            Self::Service(it) | Self::Workload(it) => it.block.span,
            Self::Address(it) => it.span,
            Self::Reserve(it) => it.span,
            Self::Use(it) => it.span,
            Self::Port(it) => it.span,
            Self::Set(it) => it.span,
            Self::Flow(it) => it.span,
            Self::Accept(it) | Self::Forbid(it) => it.span,
            Self::Assert(it) => it.rule.span,
            Self::When(it) => it.span,
            Self::Say(it) => it.span,
            Self::Broken(it) => it.span,
        }
    }

    /// Returns the place for a message about the item as a whole: its name, or its first word.
    pub fn name_span(&self) -> Span {
        match self {
            Self::Field(it) => it.name.span,
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
            | Self::Env(it) => it.name.span,
            Self::Component(it) => it.block.name.span,
            Self::Service(it) | Self::Workload(it) => it.block.name.span,
            Self::Use(it) => it.component.span,
            Self::Port(it) => it.name.span,
            Self::Address(_)
            | Self::Reserve(_)
            | Self::Set(_)
            | Self::Flow(_)
            | Self::Accept(_)
            | Self::Forbid(_)
            | Self::Assert(_)
            | Self::When(_)
            | Self::Say(_)
            | Self::Broken(_) => self.span(),
        }
    }

    /// Returns the items in its braces; a `when` has two bodies.
    pub fn bodies(&self) -> [&[Item]; 2] {
        let body: &[Item] = match self {
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
            | Self::Env(it) => &it.items,
            Self::Component(it) => &it.block.items,
            Self::Service(it) | Self::Workload(it) => &it.block.items,
            Self::Use(it) => &it.items,
            Self::Port(it) => &it.items,
            Self::Flow(it) => &it.items,
            Self::Accept(it) | Self::Forbid(it) => &it.items,
            Self::Assert(it) => &it.rule.items,
            Self::When(it) => return [&it.then, &it.otherwise],
            Self::Say(it) => &it.items,
            Self::Field(_)
            | Self::Address(_)
            | Self::Reserve(_)
            | Self::Set(_)
            | Self::Broken(_) => &[],
        };
        [body, &[]]
    }
}
