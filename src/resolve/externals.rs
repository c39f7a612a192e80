//! Checks for externals whose addresses are inside the cluster.

use std::net::IpAddr;

use ipnet::IpNet;

use super::report_endpoints;
use super::resolver::Resolver;
use crate::diagnostics::Diagnostic;
use crate::model::{External, ExternalId};
use crate::scalar::{Addresses, PortRange};
use crate::source::Span;

impl Resolver<'_> {
    /// Reports externals that contain addresses of Services, load balancers or pods. A wide network around the
    /// Service network or the load balancers is harmless: the addresses of packets are already translated when
    /// policies are evaluated.
    pub(super) fn check_externals(&mut self) {
        for at in 0..self.model.externals.len() {
            let external = self.model.external(ExternalId::new(at));
            let cluster = &self.model.cluster;
            let place = external.name.span;
            for network in &external.cidrs.0 {
                let services = cluster.services.iter().find(|it| it.node.contains(network));
                if let Some(services) = services {
                    let services = (services.node, services.span);
                    self.diagnostics
                        .push(report_endpoints::network_of_services(place, *network, services));
                    continue;
                }
                let host = network.prefix_len() == network.max_prefix_len();
                if let Some((id, site)) = self.load_balancer(network.addr()).filter(|_| host) {
                    let workload = self.model.workload(id);
                    self.diagnostics.push(report_endpoints::external_is_service(
                        external,
                        network.addr(),
                        workload,
                        site,
                    ));
                }
                if let Some(diagnostic) =
                    self.external_of_cluster(external, network.addr()).filter(|_| host)
                {
                    self.diagnostics.push(diagnostic);
                }
                if let Some(pods) = self.pods_in(*network) {
                    self.diagnostics
                        .push(report_endpoints::external_has_pods(external, *network, pods));
                }
            }
        }
    }

    /// Reports an address of the API server or of a node, or an address of a pool that belongs to no service.
    pub(super) fn belongs_to_cluster(
        &self,
        address: IpAddr,
        span: Span,
        whole: Span,
    ) -> Option<Diagnostic> {
        let cluster = &self.model.cluster;
        let written = self.files.text(whole);
        let (_, port) = written.rsplit_once(':').unwrap_or_default();
        let endpoint = |it: &&(IpAddr, PortRange)| it.0 == address && it.1.to_string() == port;
        if let Some(all) = &cluster.apiserver
            && all.node.iter().any(|it| endpoint(&it))
        {
            return Some(report_endpoints::endpoint_of_apiserver(span, whole, address, all.span));
        }
        if let Some(nodes) = cluster.nodes.as_ref().filter(|it| holds_host(&it.node, address)) {
            return Some(report_endpoints::address_of_node(span, address, nodes.span));
        }
        let pools = cluster.metallb.iter().flat_map(|it| &it.pools);
        let ranges = pools.flat_map(|pool| pool.ranges.iter().map(move |it| (pool, it)));
        let mut ranges = ranges.filter(|(_, it)| it.node.contains(address));
        let (pool, range) = ranges.next()?;
        Some(report_endpoints::address_of_nobody(span, address, &pool.name, range.span))
    }

    /// Reports an external that is the API server or a node.
    fn external_of_cluster(&self, external: &External, address: IpAddr) -> Option<Diagnostic> {
        let cluster = &self.model.cluster;
        let servers = cluster.apiserver.as_ref();
        let servers = servers.filter(|it| it.node.iter().any(|it| it.0 == address));
        let nodes = cluster.nodes.as_ref().filter(|it| holds_host(&it.node, address));
        let (word, place) = match (servers, nodes) {
            (Some(it), _) => ("apiserver", it.span),
            (None, Some(it)) => ("nodes", it.span),
            (None, None) => return None,
        };
        Some(report_endpoints::external_is_host(external, address, word, place))
    }

    /// The pod network that overlaps a network, and the place that defines it. `None` for pod networks whose
    /// addresses are shared with other hosts.
    pub(super) fn pods_in(&self, network: IpNet) -> Option<(IpNet, Span)> {
        let cluster = &self.model.cluster;
        let overlaps = |of| Addresses::of([network]).overlaps(&Addresses::of([of]));
        let pods = cluster.pods.iter().map(|it| (it.node, it.span));
        pods.filter(|it| !cluster.shares(it.0)).find(|it| overlaps(it.0))
    }
}

/// Whether an address is listed as that of a host: as a single address or in a range, not within a network.
fn holds_host(hosts: &Addresses, address: IpAddr) -> bool {
    let near = |it: &&IpNet| it.max_prefix_len() - it.prefix_len() <= 3;
    hosts.0.iter().filter(near).any(|it| it.contains(&address))
}
