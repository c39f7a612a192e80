//! Scopes in which names are looked up: the top level, a tenant, a use of a component, a profile at a
//! namespace.

use std::collections::BTreeMap;

use crate::model::{ExternalId, NamespaceId, Owner, WorkloadId};
use crate::source::{ExpansionId, Name, Span};
use crate::syntax::ast::{Item, SAID, Value};

/// Id of a row of `Resolver::scopes`. The top level is row 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScopeId(pub(super) usize);

impl ScopeId {
    /// The top level.
    pub(super) const TOP: Self = Self(0);
}

/// The names of a program by scope, and the declarations in the model that they are bound to.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    rows: Vec<Scope>,
    /// Uses of components, by the name of the use.
    uses: BTreeMap<Name, Vec<ScopeId>>,
}

impl Scopes {
    /// Adds a scope.
    pub(super) fn add(&mut self, scope: Scope) -> ScopeId {
        self.rows.push(scope);
        ScopeId(self.rows.len() - 1)
    }

    /// Records a use under its name.
    pub(super) fn add_use(&mut self, name: Name, scope: ScopeId) {
        self.uses.entry(name).or_default().push(scope);
    }

    /// The uses with a name, in every scope.
    pub(super) fn uses_called(&self, name: &Name) -> &[ScopeId] {
        self.uses.get(name).map_or(&[], Vec::as_slice)
    }

    /// The uses of a component, whatever their names are.
    pub(super) fn uses_of(&self, component: &Name) -> Vec<ScopeId> {
        let of = |it: &Scope| matches!(&it.kind, ScopeKind::Use { component: used, .. } if used == component);
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, it)| of(it)).map(|(at, _)| ScopeId(at)).collect()
    }

    /// The scope with an id.
    pub(super) fn get(&self, id: ScopeId) -> &Scope {
        self.rows.get(id.0).expect("INVARIANT: ids are made with their rows")
    }

    /// Mutable access to the scope with an id.
    pub(super) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        self.rows.get_mut(id.0).expect("INVARIANT: ids are made with their rows")
    }
}

/// One scope: its names, and their bindings.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The kind of scope.
    pub(super) kind: ScopeKind,
    /// The path in messages: `financial`, `mlflow`, `financial.seldon-runtime`; empty at the top.
    pub(super) path: String,
    /// Owner of the declarations in it.
    pub(super) owner: Owner,
    /// The expansion that created it; `None` at the top and in tenants.
    pub(super) via: Option<ExpansionId>,
    /// The namespace that `self` refers to.
    pub(super) namespace: Option<NamespaceId>,
    /// The names declared in it.
    pub(super) names: BTreeMap<Name, (Named, Span)>,
}

/// The syntax of one scope: needed while names are bound, and not kept afterwards.
#[derive(Default)]
pub(super) struct Contents<'a> {
    /// Arguments of a component's use, by parameter.
    pub(super) arguments: BTreeMap<Name, Argument<'a>>,
    /// The items that apply in the scope; conditions are evaluated.
    pub(super) items: Vec<&'a Item>,
}

/// The kind of a scope.
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
        /// The scope that contains the `use`.
        user: ScopeId,
        /// The `use`.
        span: Span,
    },
    /// A profile at one namespace.
    Profile,
}

/// The declaration that a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A namespace.
    Namespace(NamespaceId),
    /// A workload or a service.
    Workload(WorkloadId),
    /// A service of type external-name: the index of a row of `Model::aliases`, once it is bound.
    Alias(usize),
    /// A use of a component.
    Use(ScopeId),
    /// A tenant.
    Tenant(ScopeId),
    /// An external.
    External(ExternalId),
    /// An invalid declaration; the error is already reported.
    Broken,
}

impl Named {
    /// The namespace that the name is bound to.
    pub(super) fn as_namespace(self) -> Option<NamespaceId> {
        if let Self::Namespace(id) = self { Some(id) } else { None }
    }

    /// The workload or service that the name is bound to.
    pub(super) fn as_workload(self) -> Option<WorkloadId> {
        if let Self::Workload(id) = self { Some(id) } else { None }
    }

    /// The scope of the use that the name is bound to.
    pub(super) fn as_use(self) -> Option<ScopeId> {
        if let Self::Use(scope) = self { Some(scope) } else { None }
    }
}

/// The value of a parameter, and the scope in which its names are looked up.
#[derive(Clone, Copy)]
pub(super) struct Argument<'a> {
    /// The value, as written at the `use` or as the default.
    pub(super) value: &'a Value,
    /// The scope in which its names are looked up.
    pub(super) scope: ScopeId,
    /// The type of the parameter: the word after its colon.
    pub(super) kind: &'a Name,
    /// Whether the value is the default.
    pub(super) is_default: bool,
    /// Whether the value is an unquoted string: a word of the field that the parameter is for.
    pub(super) is_word: bool,
    /// The place of the parameter's declaration.
    pub(super) place: Span,
}

impl<'a> Argument<'a> {
    /// An argument whose error is already reported.
    pub(super) fn unknown(scope: ScopeId, kind: &'a Name, place: Span) -> Self {
        Self { value: &SAID, scope, kind, is_default: false, is_word: false, place }
    }
}

/// A reference to bind once every name is known.
pub(super) struct Pending<'a> {
    /// The scope that contains it.
    pub(super) scope: ScopeId,
    /// The reference.
    pub(super) what: Waiting<'a>,
}

/// The kind of a pending reference.
#[derive(Clone, Copy)]
pub(super) enum Waiting<'a> {
    /// A flow, rule, values or env.
    Item(&'a Item),
    /// `to = …` of an alias: the index of a row of `Model::aliases`.
    Alias(usize, &'a Value),
    /// `accept = […]` of a service.
    Accept(WorkloadId, &'a Value),
}
