//! Where names mean something: the top level, a tenant, a use of a component, a profile at a namespace.

use std::collections::BTreeMap;

use crate::model::{ExternalId, NamespaceId, Owner, WorkloadId};
use crate::source::{ExpansionId, Name, Span};
use crate::syntax::ast::{Item, Value};

/// A row of `Resolver::scopes`. The top level is row 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScopeId(pub(super) usize);

impl ScopeId {
    /// The top level.
    pub(super) const TOP: Self = Self(0);
}

/// The names of a program, scope by scope, and what each of them is bound to in its model.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    rows: Vec<Scope>,
    /// Uses of components by the names they have.
    uses: BTreeMap<Name, Vec<ScopeId>>,
}

impl Scopes {
    /// Adds a scope.
    pub(super) fn add(&mut self, scope: Scope) -> ScopeId {
        self.rows.push(scope);
        ScopeId(self.rows.len() - 1)
    }

    /// Remembers a use by the name it is called.
    pub(super) fn add_use(&mut self, name: Name, scope: ScopeId) {
        self.uses.entry(name).or_default().push(scope);
    }

    /// The uses that are called by a name, in every scope.
    pub(super) fn uses_called(&self, name: &Name) -> &[ScopeId] {
        self.uses.get(name).map_or(&[], Vec::as_slice)
    }

    /// The uses of a component, whatever they are called.
    pub(super) fn uses_of(&self, component: &Name) -> Vec<ScopeId> {
        let of = |it: &Scope| matches!(&it.kind, ScopeKind::Use { component: used, .. } if used == component);
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, it)| of(it)).map(|(at, _)| ScopeId(at)).collect()
    }

    /// The scope with an id.
    pub(super) fn get(&self, id: ScopeId) -> &Scope {
        self.rows.get(id.0).expect("INVARIANT: ids are made with their rows")
    }

    /// A scope, to change.
    pub(super) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        self.rows.get_mut(id.0).expect("INVARIANT: ids are made with their rows")
    }
}

/// One scope: its names, and what they are bound to.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// What it is.
    pub(super) kind: ScopeKind,
    /// How messages call it: `financial`, `mlflow`, `financial.seldon-runtime`; empty at the top.
    pub(super) path: String,
    /// Whose declarations these are.
    pub(super) owner: Owner,
    /// The expansion it is; `None` at the top and in tenants.
    pub(super) via: Option<ExpansionId>,
    /// What `self` is.
    pub(super) namespace: Option<NamespaceId>,
    /// The names declared in it.
    pub(super) names: BTreeMap<Name, (Named, Span)>,
}

/// The syntax of one scope: needed while names are bound, and not kept with the names.
#[derive(Default)]
pub(super) struct Contents<'a> {
    /// Arguments of a component's use, by parameter.
    pub(super) arguments: BTreeMap<Name, Argument<'a>>,
    /// The items that apply in the scope, conditions decided.
    pub(super) items: Vec<&'a Item>,
}

/// What a scope is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The top level of the files.
    Top,
    /// A tenant.
    Tenant,
    /// A use of a component.
    Use {
        /// The component.
        component: Name,
        /// The scope in which the `use` stands.
        user: ScopeId,
        /// The `use`.
        span: Span,
    },
    /// A profile at one namespace.
    Profile,
}

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A namespace.
    Namespace(NamespaceId),
    /// A workload or a service.
    Workload(WorkloadId),
    /// A service of type external-name: a row of `Model::aliases`, once it is bound.
    Alias(usize),
    /// A use of a component.
    Use(ScopeId),
    /// A tenant.
    Tenant(ScopeId),
    /// An external.
    External(ExternalId),
    /// Something whose declaration is broken; said already.
    Broken,
}

impl Named {
    /// The namespace that the name is.
    pub(super) fn as_namespace(self) -> Option<NamespaceId> {
        if let Self::Namespace(id) = self { Some(id) } else { None }
    }

    /// The workload or service that the name is.
    pub(super) fn as_workload(self) -> Option<WorkloadId> {
        if let Self::Workload(id) = self { Some(id) } else { None }
    }

    /// The scope of the use that the name is.
    pub(super) fn as_use(self) -> Option<ScopeId> {
        if let Self::Use(scope) = self { Some(scope) } else { None }
    }
}

/// The value of a parameter, and the scope in which its names mean something.
#[derive(Clone, Copy)]
pub(super) struct Argument<'a> {
    /// As it was written, at the `use` or as the default.
    pub(super) value: &'a Value,
    /// Where its names are looked up.
    pub(super) scope: ScopeId,
    /// The word after the parameter's colon.
    pub(super) kind: &'a Name,
    /// Whether it is the default.
    pub(super) is_default: bool,
    /// Whether it is a string written without quotes: a word of the field that the parameter is for.
    pub(super) is_word: bool,
    /// Where the parameter is declared.
    pub(super) place: Span,
}

/// Something that waits until every name is known.
pub(super) struct Pending<'a> {
    /// The scope it stands in.
    pub(super) scope: ScopeId,
    /// What it is.
    pub(super) what: Waiting<'a>,
}

/// What waits.
#[derive(Clone, Copy)]
pub(super) enum Waiting<'a> {
    /// A flow, rule, values or env.
    Item(&'a Item),
    /// `to = …` of an alias: a row of `Model::aliases`.
    Alias(usize, &'a Value),
    /// `accept = […]` of a service.
    Accept(WorkloadId, &'a Value),
}
