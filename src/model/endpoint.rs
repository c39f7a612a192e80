//! The ends of a flow.

use super::{ExternalId, NamespaceId, Owner, WorkloadId};
use crate::scalar::{Addresses, PortRange, PortSet};
use crate::source::{Name, Site, Span, Spanned};

/// One end of a flow, before lowering. A tenant is one end for each of its namespaces, a list is several ends,
/// an alias is its target, and `scraped` is one end for each service with a scraped port.
///
/// A pass that treats one kind differently asks the methods below. Only a pass that gives every kind a meaning
/// of its own matches on the variants.
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

impl Endpoint {
    /// The workload, if the end is the pods of a workload.
    pub fn as_workload(&self) -> Option<WorkloadId> {
        if let Self::Workload(id) = self { Some(*id) } else { None }
    }

    /// The namespace, if the end is every pod of a namespace.
    pub fn as_namespace(&self) -> Option<NamespaceId> {
        if let Self::Namespace(id) = self { Some(*id) } else { None }
    }

    /// The external, if the end is an external.
    pub fn as_external(&self) -> Option<ExternalId> {
        if let Self::External(id) = self { Some(*id) } else { None }
    }

    /// The addresses, if they are written in the flow itself.
    pub fn as_addresses(&self) -> Option<&Addresses> {
        if let Self::Addresses(addresses) = self { Some(addresses) } else { None }
    }

    /// Whether the end is addresses given in the source: an `external`, or addresses in the flow.
    pub fn is_source_addresses(&self) -> bool {
        matches!(self, Self::External(_) | Self::Addresses(_))
    }

    /// Whether the end is pods: of a workload, of a namespace, or of the cluster's DNS. Pods of a workload
    /// may have the address of their node (`Model::is_on_host_network`).
    pub fn is_pods(&self) -> bool {
        matches!(self, Self::Workload(_) | Self::Namespace(_) | Self::Dns)
    }

    /// The keyword of the language for an end without a declaration.
    pub fn keyword(&self) -> Option<&'static str> {
        match self {
            Self::Internet => Some("internet"),
            Self::Anyone => Some("anyone"),
            Self::Nodes => Some("nodes"),
            Self::Apiserver => Some("apiserver"),
            Self::Dns => Some("dns"),
            Self::Workload(_) | Self::Namespace(_) | Self::External(_) | Self::Addresses(_) => None,
        }
    }
}

/// The client end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    /// The end.
    pub endpoint: Endpoint,
    /// The owner of the file in which the client is named. A tenant names its own clients, or those whose
    /// owner consents.
    pub named_by: Owner,
    /// The place where the client is named.
    pub site: Site,
}

/// The server end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// The end.
    pub endpoint: Endpoint,
    /// Ports of the server; where the server is pods, the ports on which the pods listen. `apiserver` and
    /// `dns` have their own, and an empty set here.
    pub ports: PortSet,
    /// The owner of the file in which the server is named. A tenant names its own servers, or those whose owner
    /// consents.
    pub named_by: Owner,
    /// Whether it is named by its load-balancer address. If so, its pods may receive packets with a node's
    /// address instead of the client's.
    pub by_address: bool,
    /// The place where the server is named.
    pub site: Site,
}

/// Addresses or names outside the cluster.
#[derive(Debug, Clone)]
pub struct External {
    /// Name of the external.
    pub name: Spanned<Name>,
    /// Addresses of the external.
    pub cidrs: Addresses,
    /// DNS names of the external; a wildcard is `*.example.org`.
    pub names: Vec<Spanned<String>>,
    /// The ports that the external serves.
    pub ports: Vec<(Spanned<Name>, PortRange)>,
    /// Place of the declaration `external NAME { … }`.
    pub span: Span,
    /// Doc comment or reason of the declaration.
    pub description: Option<String>,
}

/// Ports in the syntax of a server: `:http`, `:[80, 443]`; `:[]` for an empty list.
pub fn port_suffix<S: AsRef<str>>(ports: &[S]) -> String {
    let ports: Vec<&str> = ports.iter().map(AsRef::as_ref).collect();
    match ports.as_slice() {
        [port] => format!(":{port}"),
        ports => format!(":[{}]", ports.join(", ")),
    }
}
