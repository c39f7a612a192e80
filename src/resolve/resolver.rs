//! The state of one resolution. The walks over it are methods in the other files of this module.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::declare::Declared;
use super::scope::{Contents, Pending, Scopes};
use crate::diagnostics::Diagnostics;
use crate::model::{Model, NamespaceId};
use crate::source::Files;

/// The state that both walks share.
pub(super) struct Resolver<'a> {
    /// The texts of the project and of the standard library.
    pub(super) files: &'a Files,
    /// The load-balancer addresses of the lock, each with the path of its service.
    pub(super) locked: &'a BTreeMap<IpAddr, String>,
    /// The top-level declarations, by name.
    pub(super) declared: &'a Declared<'a>,
    /// The model under construction.
    pub(super) model: Cow<'a, Model>,
    /// The ids of namespaces by their real names.
    pub(super) namespaces: BTreeMap<String, NamespaceId>,
    /// The scopes: the top level, tenants, uses of components, profiles at a namespace.
    pub(super) scopes: Cow<'a, Scopes>,
    /// The syntax of each scope, by `ScopeId`.
    pub(super) contents: Vec<Contents<'a>>,
    /// References to bind when every name is known.
    pub(super) pending: Vec<Pending<'a>>,
    /// Number of expanded uses of components.
    pub(super) uses: usize,
    /// The diagnostics found so far.
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl<'a> Resolver<'a> {
    /// A resolution that starts from the given model and scopes.
    pub(super) fn new(
        files: &'a Files,
        locked: &'a BTreeMap<IpAddr, String>,
        declared: &'a Declared<'a>,
        (model, scopes): (Cow<'a, Model>, Cow<'a, Scopes>),
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            files,
            locked,
            declared,
            model,
            namespaces: BTreeMap::new(),
            scopes,
            contents: Vec::new(),
            pending: Vec::new(),
            uses: 0,
            diagnostics,
        }
    }
}
