//! What is declared as outside of the cluster, but is inside.

use ipnet::IpNet;

use super::{Resolver, report_endpoints};
use crate::model::{Distribution, ExternalId};
use crate::scalar::Addresses;
use crate::source::Span;

impl Resolver<'_> {
    /// Reports externals that hold addresses of Services, load balancers or pods. A wide network around
    /// the Service network or the load balancers does no harm: no packet comes from or goes to such an
    /// address by the time that policies are asked.
    pub(super) fn check_externals(&mut self) {
        for at in 0..self.model.externals.len() {
            let external = self.model.external(ExternalId::new(at));
            let cluster = &self.model.cluster;
            let place = external.name.span;
            for network in &external.cidrs.0 {
                let services = cluster.services.iter().find(|it| it.node.contains(network));
                if let Some(services) = services {
                    let services = (services.node, services.span);
                    self.said
                        .push(report_endpoints::network_of_services(place, *network, services));
                    continue;
                }
                let host = network.prefix_len() == network.max_prefix_len();
                if let Some((id, site)) = self.load_balancer(network.addr()).filter(|_| host) {
                    let workload = self.model.workload(id);
                    self.said.push(report_endpoints::external_is_service(
                        external,
                        network.addr(),
                        workload,
                        site,
                    ));
                }
                if let Some(pods) = self.pods_in(*network) {
                    self.said.push(report_endpoints::external_has_pods(external, *network, pods));
                }
            }
        }
    }

    /// The pod network that shares addresses with a network, and where it is said; not where pods and
    /// nodes have addresses of one network (Amazon VPC): others may have addresses of it too.
    pub(super) fn pods_in(&self, network: IpNet) -> Option<(IpNet, Span)> {
        let cluster = &self.model.cluster;
        let overlaps = |of| Addresses::of([network]).overlaps(&Addresses::of([of]));
        let with_nodes = |of| {
            let nodes = cluster.nodes.as_ref();
            nodes.is_some_and(|it| it.node.overlaps(&Addresses::of([of])))
        };
        if cluster.distribution == Distribution::Eks {
            return None;
        }
        let pods = cluster.pods.iter().map(|it| (it.node, it.span));
        pods.filter(|it| !with_nodes(it.0)).find(|it| overlaps(it.0))
    }
}
