//! Resolves syntax trees to a model for one cluster: binds or reports every name, and expands every component.
//!
//! Two walks. `declare` and `expand` give every declaration a row in the model and a name in a scope; items
//! that refer to other declarations (flows, values, aliases) are queued in `pending`, and bound when every name
//! is known. So the order of the source has no effect.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of any other kind, also of one that the language may get, is reported as the wrong one"
)]

mod aliases;
mod bgp;
mod cluster;
mod components;
mod declare;
mod endpoints;
mod expand;
mod externals;
mod fields;
mod flows;
mod functions;
mod known;
mod lost;
mod metallb;
mod namespaces;
mod owners;
mod ownership;
mod parameters;
mod ports;
mod report;
mod report_bgp;
mod report_components;
mod report_endpoints;
mod report_limits;
mod report_owners;
mod report_values;
mod resolver;
mod rules;
mod scope;
mod services;
mod uses;
mod values;
mod words;

pub use declare::clusters;
pub use report::{no_cluster, unknown_cluster};
pub use scope::Scopes;
pub use uses::{declared_components, schema_paths, used_components};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::diagnostics::Diagnostics;
use crate::model::{Assert, Model};
use crate::source::{Files, Name};
use crate::syntax::ast::{self, Item};

use resolver::Resolver;
use scope::ScopeId;

/// A program for one cluster, with every name bound.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// Every declaration of the program.
    pub model: Model,
    /// The names of the program, and their bindings.
    pub scopes: Scopes,
}

/// Binds the names of a program for one cluster; `None` if it does not declare the cluster. Errors are in
/// `diagnostics`; a name that could not be bound is left out of the model, so that no later pass reports it again.
/// `locked` has the load-balancer addresses of the lock, each with the path of its service.
pub fn program(
    files: &Files,
    trees: &[Arc<ast::File>],
    cluster: &Name,
    locked: &BTreeMap<IpAddr, String>,
    diagnostics: &mut Diagnostics,
) -> Option<Resolution> {
    let declared = declare::declare(files, trees, cluster, diagnostics)?;
    let model = Model {
        cluster: cluster::empty(declared.cluster),
        expansions: Vec::new(),
        tenants: Vec::new(),
        namespaces: Vec::new(),
        workloads: Vec::new(),
        aliases: Vec::new(),
        externals: Vec::new(),
        flows: Vec::new(),
        absent: Vec::new(),
        accepts: Vec::new(),
        has_all_accepts: !declared.lost.owners,
        forbids: Vec::new(),
        asserts: Vec::new(),
        values: Vec::new(),
        envs: Vec::new(),
    };
    let (model, scopes) = (Cow::Owned(model), Cow::Owned(Scopes::default()));
    let mut resolver = Resolver::new(files, locked, &declared, (model, scopes), diagnostics);
    resolver.expand_all();
    resolver.check_files(trees);
    resolver.bind_aliases();
    resolver.bind_cluster();
    resolver.check_versions();
    resolver.check_externals();
    resolver.bind_pending();
    resolver.drop_unbound_aliases();
    let (model, scopes) = (resolver.model.into_owned(), resolver.scopes.into_owned());
    Some(Resolution { model, scopes })
}

/// Binds the names of assertions in a separate file against a resolved program, as if they were at the top
/// level of one of its files. Errors are in `diagnostics`.
pub fn assertions(
    files: &Files,
    trees: &[Arc<ast::File>],
    locked: &BTreeMap<IpAddr, String>,
    (model, scopes): (&Model, &Scopes),
    asserts: &ast::File,
    diagnostics: &mut Diagnostics,
) -> Vec<Assert> {
    let mut known = Diagnostics::default();
    let cluster = &model.cluster.name.node;
    let Some(declared) = declare::declare(files, trees, cluster, &mut known) else {
        return Vec::new();
    };
    let borrowed = (Cow::Borrowed(model), Cow::Borrowed(scopes));
    let mut resolver = Resolver::new(files, locked, &declared, borrowed, diagnostics);
    let items = asserts.items.iter();
    let asserts = items.filter_map(|it| if let Item::Assert(it) = it { Some(it) } else { None });
    asserts.map(|it| resolver.bound_assert(it, ScopeId::TOP)).collect()
}
