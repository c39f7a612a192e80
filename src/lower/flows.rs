//! Splits flows into halves: what the client's policy and the server's policy must allow, in pod ports, and
//! only where a namespace is isolated in that direction.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::merge::DirectedFlow;
use super::network::{DNS_NAMESPACE, Network, Tunnels};
use super::peers::Peer;
use super::{Input, report};
use crate::diagnostics::Diagnostics;
use crate::model::{
    Client, Endpoint, External, ExternalId, Flow, Isolation, Namespace, NamespaceId, Owner,
    Selector, Server,
};
use crate::policy::Direction;
use crate::scalar::{Addresses, PortSet};
use crate::source::Site;

/// The content of one policy: halves of flows of one layer that apply to the same pods.
#[derive(Default)]
pub(super) struct Draft<'m> {
    /// The isolation of the namespace.
    pub(super) isolation: Isolation,
    /// The owner of the namespace.
    pub(super) owner: Option<Owner>,
    pub(super) subjects: BTreeSet<Subject<'m>>,
    pub(super) ingress: Vec<DirectedFlow<'m>>,
    pub(super) egress: Vec<DirectedFlow<'m>>,
    pub(super) flows: BTreeMap<Site, &'m Flow>,
}

/// The declaration that a policy is named after. A namespace sorts before workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject<'m> {
    pub(super) is_workload: bool,
    /// The path without the tenant.
    pub(super) local: &'m str,
    pub(super) path: &'m str,
    pub(super) site: Site,
}

/// Identity of a policy: its layer, its namespace and its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PolicyKey<'m> {
    /// Decides nearly every comparison of two keys, faster than the name.
    id: NamespaceId,
    /// The real name.
    pub(super) namespace: &'m str,
    /// The name of the tenant; empty for the platform.
    pub(super) layer_name: &'m str,
    pub(super) layer: Owner,
    pub(super) pods: &'m Selector,
}

/// All policies that flows need.
#[derive(Default)]
pub(super) struct Drafts<'m> {
    pub(super) policies: BTreeMap<PolicyKey<'m>, Draft<'m>>,
    /// The first flow out of each namespace, in the order of the source.
    pub(super) first_egress: BTreeMap<NamespaceId, Site>,
    /// Flows that need tunnel addresses, which the source does not contain.
    lacks_tunnels: BTreeSet<Site>,
    /// Flows that name nodes or the API server, if the enforcer does not match their addresses. Keyed by the
    /// name of the end.
    unmatched: BTreeMap<&'static str, BTreeSet<Site>>,
}

/// Pods that policies can select.
#[derive(Clone, Copy)]
struct Pods<'m> {
    id: NamespaceId,
    namespace: &'m Namespace,
    selector: &'m Selector,
    subject: Subject<'m>,
}

/// The selector without requirements, which matches every pod.
static EVERY_POD: Selector = Selector(Vec::new());

/// Returns all policies that the flows need, and reports what they lack.
pub(super) fn drafts<'m>(
    input: Input<'m>,
    network: &'m Network,
    diagnostics: &mut Diagnostics,
) -> Drafts<'m> {
    let mut namespaces = input.model.namespace_ids();
    let dns_namespace = namespaces.find(|(_, it)| it.name == DNS_NAMESPACE);
    let mut run = Run { input, network, dns_namespace, drafts: Drafts::default(), diagnostics };
    for flow in &input.model.flows {
        run.flow(flow);
    }
    let Run { drafts, .. } = run;
    if let Some(first) = drafts.lacks_tunnels.first() {
        diagnostics.push(report::lacks_tunnels(input.model, *first, drafts.lacks_tunnels.len()));
    }
    for (what, sites) in &drafts.unmatched {
        if let Some(first) = sites.first() {
            diagnostics.push(report::unmatched(input.model, what, *first));
        }
    }
    drafts
}

struct Run<'m, 's> {
    input: Input<'m>,
    network: &'m Network,
    dns_namespace: Option<(NamespaceId, &'m Namespace)>,
    drafts: Drafts<'m>,
    diagnostics: &'s mut Diagnostics,
}

impl<'m> Run<'m, '_> {
    fn flow(&mut self, flow: &'m Flow) {
        for client in &flow.clients {
            let Some(pods) = self.pods(&client.endpoint) else { continue };
            let first = self.drafts.first_egress.entry(pods.id).or_insert(flow.site);
            *first = flow.site.min(*first);
            if pods.namespace.isolation.egress.is_some() {
                for server in &flow.servers {
                    let halves = self.destinations(flow, server);
                    self.add(flow, pods, Direction::Egress, halves);
                }
            }
        }
        for server in &flow.servers {
            let Some(pods) = self.pods(&server.endpoint) else { continue };
            if pods.namespace.isolation.ingress.is_none() {
                continue;
            }
            let is_dns = server.endpoint == Endpoint::Dns;
            let ports = if is_dns { &self.network.dns_ports } else { &server.ports };
            let mut hidden = Vec::new();
            for client in &flow.clients {
                let sources = self.sources(flow, client, server, &mut hidden);
                let end = &client.endpoint;
                let half =
                    |peer| DirectedFlow { peer, ports: Cow::Borrowed(ports), site: flow.site, end };
                self.add(flow, pods, Direction::Ingress, sources.into_iter().map(half).collect());
            }
            if let Some(id) = server.endpoint.as_workload()
                && !hidden.is_empty()
            {
                let workload = self.input.model.workload(id);
                self.diagnostics.push(report::hidden_clients(
                    self.input.model,
                    flow,
                    &hidden,
                    workload,
                ));
            }
        }
    }

    fn add(
        &mut self,
        flow: &'m Flow,
        pods: Pods<'m>,
        direction: Direction,
        halves: Vec<DirectedFlow<'m>>,
    ) {
        if halves.is_empty() {
            return;
        }
        let layer_name = match flow.layer {
            Owner::Platform => "",
            Owner::Tenant(id) => self.input.model.tenant(id).name.as_str(),
        };
        let key = PolicyKey {
            id: pods.id,
            namespace: &pods.namespace.name,
            layer_name,
            layer: flow.layer,
            pods: pods.selector,
        };
        let draft = self.drafts.policies.entry(key).or_default();
        draft.isolation = pods.namespace.isolation;
        draft.owner = Some(pods.namespace.owner);
        draft.subjects.insert(pods.subject);
        draft.flows.insert(flow.site, flow);
        match direction {
            Direction::Ingress => draft.ingress.extend(halves),
            Direction::Egress => draft.egress.extend(halves),
        }
    }

    /// Returns the pods of an end, if policies can select them.
    fn pods(&self, endpoint: &Endpoint) -> Option<Pods<'m>> {
        let model = self.input.model;
        match endpoint {
            Endpoint::Workload(id) => {
                let workload = model.workload(*id);
                if workload.host_network {
                    return None;
                }
                let namespace = model.namespace(workload.namespace);
                let subject = Subject {
                    is_workload: true,
                    local: &workload.local,
                    path: &workload.path,
                    site: workload.site,
                };
                let id = workload.namespace;
                Some(Pods { id, namespace, selector: &workload.pods, subject })
            }
            Endpoint::Namespace(id) => {
                let namespace = model.namespace(*id);
                let local = match namespace.owner {
                    Owner::Platform => &namespace.path,
                    Owner::Tenant(tenant) => {
                        let tenant = model.tenant(tenant).name.as_str();
                        let inside = namespace.path.strip_prefix(tenant);
                        inside.and_then(|it| it.strip_prefix('.')).unwrap_or(&namespace.path)
                    }
                };
                let path = namespace.path.as_str();
                let subject = Subject { is_workload: false, local, path, site: namespace.site };
                Some(Pods { id: *id, namespace, selector: &EVERY_POD, subject })
            }
            Endpoint::Dns => {
                let (id, namespace) = self.dns_namespace?;
                let site = namespace.site;
                let subject = Subject { is_workload: true, local: "dns", path: "dns", site };
                Some(Pods { id, namespace, selector: &self.network.dns_pods, subject })
            }
            Endpoint::External(_)
            | Endpoint::Addresses(_)
            | Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes
            | Endpoint::Apiserver => None,
        }
    }

    /// What the client's policy has to open.
    fn destinations(&mut self, flow: &'m Flow, server: &'m Server) -> Vec<DirectedFlow<'m>> {
        let ports = Cow::Borrowed(&server.ports);
        let end = &server.endpoint;
        let half = |peer| DirectedFlow { peer, ports: ports.clone(), site: flow.site, end };
        if server.endpoint == Endpoint::Dns {
            return dns_halves(self.network, flow.site);
        }
        if let Some(pods) = self.pods(&server.endpoint) {
            return vec![half(pods.peer())];
        }
        let model = self.input.model;
        match &server.endpoint {
            Endpoint::External(id) => {
                self.external(flow, *id, server.site).into_iter().map(half).collect()
            }
            Endpoint::Addresses(addresses) => blocks(addresses).map(half).collect(),
            Endpoint::Internet => self.internet().into_iter().map(half).collect(),
            Endpoint::Anyone => vec![half(Peer::Anyone)],
            // A workload reaches this arm only if it is on the host network.
            Endpoint::Nodes | Endpoint::Workload(_) => {
                self.nodes(flow, server.site).into_iter().map(half).collect()
            }
            Endpoint::Apiserver => {
                self.note_unmatched("apiserver", flow.site);
                let Some(endpoints) = &self.network.apiserver else {
                    self.diagnostics.push(report::no_apiserver(model, flow, server.site));
                    return Vec::new();
                };
                let endpoint = |(network, ports): &'m (_, PortSet)| DirectedFlow {
                    peer: Peer::block(*network),
                    ports: Cow::Borrowed(ports),
                    site: flow.site,
                    end,
                };
                endpoints.iter().map(endpoint).collect()
            }
            Endpoint::Namespace(_) | Endpoint::Dns => Vec::new(),
        }
    }

    /// Returns the peers that the server's policy must allow. Adds clients to `hidden` if the server's Service
    /// hides their addresses.
    fn sources(
        &mut self,
        flow: &'m Flow,
        client: &'m Client,
        server: &'m Server,
        hidden: &mut Vec<&'m Client>,
    ) -> Vec<Peer<'m>> {
        let mut sources = match &client.endpoint {
            Endpoint::Dns => {
                vec![Peer::Pods { namespace: DNS_NAMESPACE, pods: &self.network.dns_pods }]
            }
            Endpoint::External(id) => self.external(flow, *id, client.site),
            Endpoint::Addresses(addresses) => blocks(addresses).collect(),
            Endpoint::Internet => self.internet(),
            Endpoint::Anyone => return vec![Peer::Anyone],
            Endpoint::Workload(_) | Endpoint::Namespace(_) | Endpoint::Nodes => {
                match self.pods(&client.endpoint) {
                    Some(pods) => vec![pods.peer()],
                    // Pods on the host network connect with the address of their node.
                    None => self.as_node(flow, client),
                }
            }
            Endpoint::Apiserver => {
                self.note_unmatched("apiserver", flow.site);
                let Some(endpoints) = &self.network.apiserver else {
                    self.diagnostics.push(report::no_apiserver(
                        self.input.model,
                        flow,
                        client.site,
                    ));
                    return Vec::new();
                };
                let mut sources: Vec<_> = endpoints.iter().map(|it| Peer::block(it.0)).collect();
                sources.extend(self.tunnels(flow));
                sources
            }
        };
        // Pods that connect to the Service by its name keep their own address.
        let from_outside = !client.endpoint.is_pods();
        if (from_outside || server.by_address) && self.input.model.hides_clients(&server.endpoint) {
            sources.extend(self.as_node(flow, client));
            hidden.push(client);
        }
        sources.sort();
        sources.dedup();
        sources
    }

    /// Returns the addresses with which a node connects to pods.
    fn as_node(&mut self, flow: &'m Flow, client: &'m Client) -> Vec<Peer<'m>> {
        let mut sources = self.nodes(flow, client.site);
        sources.extend(self.tunnels(flow));
        sources
    }

    fn external(&mut self, flow: &'m Flow, id: ExternalId, site: Site) -> Vec<Peer<'m>> {
        let external: &External = self.input.model.external(id);
        // An external with addresses is matched by addresses only, whatever its names are.
        if !external.names.is_empty() && external.cidrs.0.is_empty() {
            self.diagnostics.push(report::external_names(self.input.model, flow, site, external));
        }
        blocks(&external.cidrs).collect()
    }

    fn internet(&self) -> Vec<Peer<'m>> {
        let networks = self.network.internet.iter();
        networks
            .map(|(network, except)| Peer::Block { network: *network, except: except.clone() })
            .collect()
    }

    fn nodes(&mut self, flow: &'m Flow, site: Site) -> Vec<Peer<'m>> {
        self.note_unmatched("nodes", flow.site);
        let Some(nodes) = &self.network.nodes else {
            self.diagnostics.push(report::no_nodes(self.input.model, flow, site));
            return Vec::new();
        };
        nodes.iter().copied().map(Peer::block).collect()
    }

    fn tunnels(&mut self, flow: &'m Flow) -> Vec<Peer<'m>> {
        match &self.network.tunnels {
            Tunnels::None => Vec::new(),
            Tunnels::Known(tunnels) => tunnels.iter().copied().map(Peer::block).collect(),
            Tunnels::Unknown(pods) => {
                self.drafts.lacks_tunnels.insert(flow.site);
                pods.iter().copied().map(Peer::block).collect()
            }
        }
    }

    fn note_unmatched(&mut self, what: &'static str, site: Site) {
        if self.network.ignores_own_addresses {
            self.drafts.unmatched.entry(what).or_default().insert(site);
        }
    }
}

impl<'m> Pods<'m> {
    fn peer(self) -> Peer<'m> {
        Peer::Pods { namespace: &self.namespace.name, pods: self.selector }
    }
}

fn blocks<'m>(addresses: &Addresses) -> impl Iterator<Item = Peer<'m>> {
    addresses.0.iter().copied().map(Peer::block)
}

/// What a client's policy says for the cluster's DNS.
pub(super) fn dns_halves(network: &Network, site: Site) -> Vec<DirectedFlow<'_>> {
    let pods = Peer::Pods { namespace: DNS_NAMESPACE, pods: &network.dns_pods };
    let cache = network.dns_cache.iter().copied().map(Peer::block);
    let half = |peer| DirectedFlow {
        peer,
        ports: Cow::Borrowed(&network.dns_ports),
        site,
        end: &Endpoint::Dns,
    };
    std::iter::once(pods).chain(cache).map(half).collect()
}
