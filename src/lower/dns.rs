//! Policies that let pods resolve names: for namespaces with isolated egress and at least one flow out of them.

use std::borrow::Cow;

use super::flows::{Drafts, dns_halves};
use super::merge::DirectedFlow;
use super::network::{DNS_NAMESPACE, Network, Tunnels};
use super::peers::Peer;
use super::{Input, report};
use crate::diagnostics::Diagnostics;
use crate::model::{Endpoint, Namespace, Selector};
use crate::source::Site;

/// Name of the policy that lets pods of a namespace send queries to the cluster's DNS.
pub(super) const CLIENTS: &str = "allow-dns";

/// Name of the policy that lets the cluster's DNS receive queries.
pub(super) const SERVER: &str = "allow-dns-clients";

/// The selector without requirements, which matches every pod.
static EVERY_POD: Selector = Selector(Vec::new());

/// A namespace, the first flow that needs DNS, and the halves that DNS needs.
pub(super) struct Egress<'m> {
    pub(super) namespace: &'m Namespace,
    pub(super) site: Site,
    pub(super) halves: Vec<DirectedFlow<'m>>,
}

/// Returns the namespaces whose policies must open DNS.
pub(super) fn egress<'m>(
    input: Input<'m>,
    network: &'m Network,
    drafts: &Drafts<'m>,
) -> Vec<Egress<'m>> {
    let needs = input.model.namespace_ids().filter_map(|(id, namespace)| {
        let site = *drafts.first_egress.get(&id)?;
        let closed = namespace.isolation.egress.is_some() && namespace.no_dns.is_none();
        closed.then(|| Egress { namespace, site, halves: dns_halves(network, site) })
    });
    needs.collect()
}

/// Returns the clients of the cluster's DNS, if the namespace of the DNS pods is isolated: namespaces whose
/// policies open DNS, namespaces without isolated egress, and the nodes if each node has a DNS cache.
pub(super) fn ingress<'m>(
    input: Input<'m>,
    network: &'m Network,
    drafts: &Drafts<'m>,
    diagnostics: &mut Diagnostics,
) -> Option<(&'m Namespace, Vec<DirectedFlow<'m>>)> {
    let model = input.model;
    let server = model.namespaces.iter().find(|it| it.name == DNS_NAMESPACE)?;
    let isolate = server.isolation.ingress?;
    let end = &Endpoint::Anyone;
    let half =
        |peer, site| DirectedFlow { peer, ports: Cow::Borrowed(&network.dns_ports), site, end };
    let mut halves = Vec::new();
    for (id, namespace) in model.namespace_ids().filter(|(_, it)| it.no_dns.is_none()) {
        let site = match (drafts.first_egress.get(&id), namespace.isolation.egress) {
            (Some(site), _) => *site,
            (None, None) => namespace.site,
            (None, Some(_)) => continue,
        };
        halves.push(half(Peer::Pods { namespace: &namespace.name, pods: &EVERY_POD }, site));
    }
    if let Some(cache) = &model.cluster.node_local_dns {
        let site = Site { span: cache.span, via: None };
        match &network.nodes {
            Some(nodes) => halves.extend(nodes.iter().map(|it| half(Peer::block(*it), site))),
            None => diagnostics.push(report::no_nodes_for_dns(model, cache.span, isolate)),
        }
        let tunnels = match &network.tunnels {
            Tunnels::None => [].as_slice(),
            Tunnels::Known(tunnels) | Tunnels::Unknown(tunnels) => tunnels,
        };
        halves.extend(tunnels.iter().map(|it| half(Peer::block(*it), site)));
        if let Tunnels::Unknown(_) = network.tunnels {
            diagnostics.push(report::lacks_tunnels(model, site, 1));
        }
    }
    Some((server, halves))
}

/// The first flow that makes pods ask the DNS, in the order of the source; else the caches of the nodes.
pub(super) fn first_client(halves: &[DirectedFlow<'_>]) -> Option<Site> {
    let pods = halves.iter().filter(|it| matches!(it.peer, Peer::Pods { .. }));
    let cache = halves.first();
    pods.map(|it| it.site).min().or(cache.map(|it| it.site))
}
