//! The ends of a flow.

use super::{ExternalId, NamespaceId, Owner, WorkloadId};
use crate::scalar::{Addresses, PortRange, PortSet};
use crate::source::{Name, Site, Span, Spanned};

/// One end, as far as it can be said without lowering. A tenant is its namespaces, a list is several
/// ends, an alias is what it stands for; `scraped` is the services that have such ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// The pods of a workload or service.
    Workload(WorkloadId),
    /// Every pod of a namespace.
    Namespace(NamespaceId),
    /// Declared addresses (or names) outside the cluster.
    External(ExternalId),
    /// Addresses that the flow itself names.
    Addresses(Addresses),
    /// Every public address.
    Internet,
    /// Every address.
    Anyone,
    /// The node addresses.
    Nodes,
    /// The API server's endpoints.
    Apiserver,
    /// The cluster's DNS.
    Dns,
}

/// The client end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    /// Who.
    pub endpoint: Endpoint,
    /// Owner of the file in which the client is named. A tenant names its own clients, or those whose
    /// owner consents.
    pub named_by: Owner,
    /// Where it is named.
    pub site: Site,
}

/// The server end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// Who.
    pub endpoint: Endpoint,
    /// On which ports: where the server is pods, the ports on which the pods listen. `apiserver` and
    /// `dns` have their own, and an empty set here.
    pub ports: PortSet,
    /// Who names it: the owner of the file in which it is written. What a tenant names must be its own
    /// or accepted.
    pub named_by: Owner,
    /// Whether it is named by its load-balancer address: then its pods may see a node's address
    /// instead of the client's.
    pub by_address: bool,
    /// Where it is named.
    pub site: Site,
}

/// Addresses or names outside the cluster.
#[derive(Debug, Clone)]
pub struct External {
    /// Its name.
    pub name: Spanned<Name>,
    /// Its addresses.
    pub cidrs: Addresses,
    /// Its DNS names; a wildcard is `*.example.org`.
    pub names: Vec<Spanned<String>>,
    /// The ports it serves.
    pub ports: Vec<(Spanned<Name>, PortRange)>,
    /// `external NAME { … }`.
    pub span: Span,
    /// Its doc comment or its reason.
    pub description: Option<String>,
}
