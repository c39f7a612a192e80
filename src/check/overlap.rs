//! Whether two ends share a connection, and whether one end holds another.

use std::borrow::Cow;

use crate::model::{Endpoint, Model, NamespaceId, Server};
use crate::scalar::{Addresses, PodPort, PortRange, PortSet, Protocol};

/// Location of an end. Ends of different locations have no pod and no address in common, except for `Anyone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EndLocation {
    /// Pods of a namespace.
    Pods(NamespaceId),
    /// Hosts and addresses.
    Outside,
    /// Everywhere.
    Anyone,
}

/// Where an end is.
pub(super) fn place(model: &Model, endpoint: &Endpoint) -> EndLocation {
    if *endpoint == Endpoint::Anyone {
        return EndLocation::Anyone;
    }
    model.namespace_of(as_nodes(model, endpoint)).map_or(EndLocation::Outside, EndLocation::Pods)
}

/// Whether some pod or address is in both ends.
pub(super) fn overlap(model: &Model, a: &Endpoint, b: &Endpoint) -> bool {
    if *a == Endpoint::Anyone || *b == Endpoint::Anyone {
        return true;
    }
    let (a, b) = (as_nodes(model, a), as_nodes(model, b));
    match (model.namespace_of(a), model.namespace_of(b)) {
        (Some(left), Some(right)) => {
            left == right && (holds_pods(model, a, b) || holds_pods(model, b, a))
        }
        (Some(_), None) => reaches_pods(model, b),
        (None, Some(_)) => reaches_pods(model, a),
        (None, None) => outside_overlap(model, a, b),
    }
}

/// Whether everything in `b` is in `a`.
pub(super) fn holds(model: &Model, a: &Endpoint, b: &Endpoint) -> bool {
    if a == b || *a == Endpoint::Anyone {
        return true;
    }
    let (a, b) = (as_nodes(model, a), as_nodes(model, b));
    match (model.namespace_of(a), model.namespace_of(b)) {
        (Some(left), Some(right)) => left == right && holds_pods(model, a, b),
        (None, None) if *a == Endpoint::Internet => {
            !addresses(model, b).0.is_empty()
                && addresses(model, b).0.iter().all(|it| {
                    !Addresses::not_public_v4()
                        .union(&Addresses::not_public_v6())
                        .overlaps(&Addresses(vec![*it]))
                })
        }
        (None, None) => {
            a == b || {
                let inner = addresses(model, b);
                !inner.0.is_empty() && addresses(model, a).covers(&inner)
            }
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The ports of a server; `apiserver` and `dns` have their own.
pub(super) fn ports(model: &Model, server: &Server) -> PortSet {
    if server.endpoint == Endpoint::Dns {
        let port = |protocol| PodPort(PortRange { protocol, from: 53, to: 53 });
        return PortSet::of([port(Protocol::Tcp), port(Protocol::Udp)]);
    }
    if server.endpoint == Endpoint::Apiserver {
        let Some(endpoints) = &model.cluster.apiserver else { return PortSet::Any };
        return PortSet::of(endpoints.node.iter().map(|(_, port)| PodPort(*port)));
    }
    server.ports.clone()
}

/// Pods on their node's address are their node.
pub(super) fn as_nodes<'e>(model: &Model, endpoint: &'e Endpoint) -> &'e Endpoint {
    if model.is_on_host_network(endpoint) { &Endpoint::Nodes } else { endpoint }
}

/// Whether the pods of `b` are among those of `a`, in one namespace.
fn holds_pods(model: &Model, a: &Endpoint, b: &Endpoint) -> bool {
    let pods = |it: &Endpoint| it.as_workload().map(|id| &model.workload(id).pods);
    match (pods(a), pods(b)) {
        (Some(left), Some(right)) => left.covers(right),
        (Some(left), None) => left.0.is_empty(),
        (None, _) => true,
    }
}

/// Whether addresses lie in the pod network: a rule for them opens pods.
fn reaches_pods(model: &Model, endpoint: &Endpoint) -> bool {
    let pods = Addresses::of(model.cluster.pods.iter().map(|it| it.node));
    endpoint.is_source_addresses() && addresses(model, endpoint).overlaps(&pods)
}

fn outside_overlap(model: &Model, a: &Endpoint, b: &Endpoint) -> bool {
    if a == b {
        return true;
    }
    match (a, b) {
        (Endpoint::Internet, other) | (other, Endpoint::Internet) => is_partly_public(model, other),
        _ends => addresses(model, a).overlaps(&addresses(model, b)),
    }
}

/// Whether some address is public; an external of which only names are known is taken to be.
fn is_partly_public(model: &Model, endpoint: &Endpoint) -> bool {
    if let Some(id) = endpoint.as_external() {
        let external = model.external(id);
        if external.cidrs.0.is_empty() && !external.names.is_empty() {
            return true;
        }
    }
    let hidden = Addresses::not_public_v4().union(&Addresses::not_public_v6());
    addresses(model, endpoint).0.iter().any(|it| !hidden.covers(&Addresses(vec![*it])))
}

/// The addresses of an end outside the pods.
pub(super) fn addresses<'m>(model: &'m Model, endpoint: &'m Endpoint) -> Cow<'m, Addresses> {
    let cluster = &model.cluster;
    match endpoint {
        Endpoint::External(id) => Cow::Borrowed(&model.external(*id).cidrs),
        Endpoint::Addresses(addresses) => Cow::Borrowed(addresses),
        Endpoint::Nodes => {
            cluster.nodes.as_ref().map_or_else(Cow::default, |it| Cow::Borrowed(&it.node))
        }
        Endpoint::Apiserver => match &cluster.apiserver {
            Some(endpoints) => {
                let endpoints = endpoints.node.iter().map(|(it, _)| ipnet::IpNet::from(*it));
                Cow::Owned(Addresses::of(endpoints))
            }
            None => Cow::default(),
        },
        Endpoint::Workload(_)
        | Endpoint::Namespace(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Dns => Cow::default(),
    }
}
