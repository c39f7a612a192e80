//! Trees to a model, for one cluster: every name bound or reported, every component expanded.
//!
//! Two walks. `declare` and `expand` give every declaration a row in the model and a name in a
//! scope; what refers to other declarations (flows, values, aliases) waits in `pending`, and is
//! bound when every name is known. So the order of the source means nothing.

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
mod metallb;
mod namespaces;
mod owners;
mod ownership;
mod parameters;
mod ports;
mod report;
mod report_bgp;
mod report_endpoints;
mod report_limits;
mod report_owners;
mod report_values;
mod rules;
mod scope;
mod services;
mod uses;
mod values;
mod words;

pub use declare::clusters;
pub use report::{no_cluster, unknown_cluster};
pub use uses::{declared_components, schema_paths, used_components};

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostics::Diagnostics;
use crate::model::{Model, NamespaceId};
use crate::source::{Files, Name};
use crate::syntax::ast;

use declare::Declared;
use scope::{Pending, Scopes};

/// What the walks share.
struct Resolver<'a> {
    files: &'a Files,
    /// The load-balancer addresses of the lock, each with the path of its service.
    locked: &'a BTreeMap<IpAddr, String>,
    /// The top level's declarations, by name.
    declared: &'a Declared<'a>,
    /// What has been made so far.
    model: Model,
    /// The namespaces by their real names.
    namespaces: BTreeMap<String, NamespaceId>,
    /// The top level, tenants, uses of components, profiles at a namespace.
    scopes: Scopes<'a>,
    /// What waits until every name is known.
    pending: Vec<Pending<'a>>,
    /// How many uses there are.
    uses: usize,
    diagnostics: &'a mut Diagnostics,
}

/// The program as `cluster` has it. Mistakes are in `said`; what could not be bound is left out of the
/// model, so that no later pass speaks of it again. `None` if there is no such cluster.
pub fn program<'a>(
    files: &'a Files,
    asts: &'a [ast::File],
    cluster: &Name,
    locked: &'a BTreeMap<IpAddr, String>,
    diagnostics: &'a mut Diagnostics,
) -> Option<Model> {
    let declared = declare::declare(files, asts, cluster, diagnostics)?;
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
        forbids: Vec::new(),
        asserts: Vec::new(),
        values: Vec::new(),
        envs: Vec::new(),
    };
    let mut resolver = Resolver {
        files,
        locked,
        declared: &declared,
        model,
        namespaces: BTreeMap::new(),
        scopes: Scopes::default(),
        pending: Vec::new(),
        uses: 0,
        diagnostics,
    };
    resolver.expand_all();
    resolver.check_files(asts);
    resolver.bind_aliases();
    resolver.bind_cluster();
    resolver.check_externals();
    resolver.bind_pending();
    resolver.drop_unbound_aliases();
    Some(resolver.model)
}
