//! Causes of a connection that violates a guardrail or an assertion, and suggested fixes. A cause is a flow
//! that names its ends, a side effect of a flow, or a namespace that is not isolated.

use super::{Side, View};
use crate::diagnostics::Diagnostic;
use crate::model::{Client, Endpoint, Flow, Server};
use crate::policy::Direction;
use crate::reachability::{Decision, EndId, Set};
use crate::scalar::PortRange;
use crate::source::Site;
use crate::validate::places::{dns_ports, ranges};
use crate::validate::sources;

/// The reason that a declaration allows one side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// A flow names the end.
    Flow,
    /// A flow allows the nodes, since its Service hides its clients.
    HiddenClients,
    /// A flow allows the pod network, since the tunnel addresses are unknown.
    Tunnels,
    /// A flow names addresses of the pod network, which any pod may have.
    PodNetwork,
    /// A flow leaves a namespace, so its pods may connect to the cluster's DNS.
    Dns,
    /// The DNS cache of each node connects to the cluster's DNS.
    Cache,
}

impl View<'_> {
    /// Adds the causes of an allowed connection on each side to a diagnostic. Also returns a suggested fix, if
    /// there is one other than removing or narrowing a cause.
    pub(super) fn allowing(
        &self,
        range: PortRange,
        sides: &[Side],
        mut diagnostic: Diagnostic,
    ) -> (Diagnostic, Option<String>) {
        let mut found: Vec<(Site, Cause, Vec<&str>)> = Vec::new();
        let mut open = None;
        for side in sides {
            match &side.decision {
                Decision::Allowed(at) => {
                    let way = if side.way == Direction::Egress { "egress" } else { "ingress" };
                    let sites = self.proof.sites(self.reach, *at, side.other, range);
                    for site in sites {
                        let cause = self.cause(side, range, site);
                        match found.iter_mut().find(|it| (it.0, it.1) == (site, cause)) {
                            Some((.., ways)) => ways.push(way),
                            None => found.push((site, cause, vec![way])),
                        }
                    }
                }
                Decision::Open => {
                    if let Some(namespace) = side.namespace(self.model(), self.reach) {
                        let way = side.way.word();
                        let text = format!("`{}` is not isolated for {way}", namespace.path);
                        diagnostic = diagnostic.label(namespace.site.span, text);
                        open = open.or(Some(&namespace.path));
                    }
                }
                Decision::Outside | Decision::SamePod | Decision::Denied(_) => {}
            }
        }
        let expansions = &self.model().expansions;
        for (site, cause, ways) in &found {
            let ways = ways.join(" and ");
            diagnostic = diagnostic.label(site.span, cause.text(&ways)).through(expansions, *site);
        }
        let way_out = found.iter().map(|it| it.1).max().map_or_else(
            || Some(way_out_of_open(open.map(String::as_str))),
            |cause| self.way_out(cause, sides),
        );
        (diagnostic, way_out)
    }

    /// The reason that the declaration at a place allows one side of a connection.
    fn cause(&self, side: &Side, range: PortRange, site: Site) -> Cause {
        let flows = self.model().flows.iter().filter(|it| it.site == site);
        let causes = flows.filter_map(|flow| match side.way {
            Direction::Egress => self.out(flow, side.other, range),
            Direction::Ingress => self.into(flow, side.other, range),
        });
        causes.min().unwrap_or_else(|| {
            let cache = self.model().cluster.node_local_dns.as_ref();
            if cache.is_some_and(|it| it.span == site.span) { Cause::Cache } else { Cause::Dns }
        })
    }

    /// The reason that a flow allows its clients to connect to an end.
    fn out(&self, flow: &Flow, other: EndId, range: PortRange) -> Option<Cause> {
        let servers = flow.servers.iter();
        let servers = servers.flat_map(|it| self.places.as_server(&it.endpoint, &it.ports));
        let causes = servers
            .filter(|(ports, _)| has(ports, range))
            .filter_map(|(_, ends)| self.of_set(&ends, other, Cause::PodNetwork));
        causes.min()
    }

    /// The reason that a flow allows an end to connect to its servers.
    fn into(&self, flow: &Flow, other: EndId, range: PortRange) -> Option<Cause> {
        let opens = |it: &&Server| {
            let is_dns = it.endpoint == Endpoint::Dns;
            has(&if is_dns { dns_ports() } else { ranges(&it.ports) }, range)
        };
        let causes = flow.servers.iter().filter(opens).flat_map(|server| {
            flow.clients.iter().filter_map(|client| self.client(client, server, other))
        });
        causes.min()
    }

    fn client(&self, client: &Client, server: &Server, other: EndId) -> Option<Cause> {
        let own = self.places.as_client(&client.endpoint);
        let all = sources(self.model(), self.places, client, server);
        let wider =
            if client.endpoint.is_source_addresses() { Cause::PodNetwork } else { Cause::Tunnels };
        self.of_set(&own, other, wider).or_else(|| {
            let cause = self.of_set(&all, other, Cause::Tunnels)?;
            Some(if cause == Cause::Flow { Cause::HiddenClients } else { cause })
        })
    }

    /// The cause by which a set includes an end: directly (`Flow`), or as a pod that may have an address of the
    /// set (`wider`).
    fn of_set(&self, set: &Set, other: EndId, wider: Cause) -> Option<Cause> {
        if set.contains(other) {
            return Some(Cause::Flow);
        }
        self.reach.ends().with_pods(set).contains(other).then_some(wider)
    }

    /// A fix for a cause, other than removing or narrowing the flow.
    fn way_out(&self, cause: Cause, sides: &[Side]) -> Option<String> {
        match cause {
            Cause::Flow => None,
            Cause::HiddenClients => Some(
                "set `traffic-policy = local`, so that pods see the addresses of their clients"
                    .to_owned(),
            ),
            Cause::Tunnels => Some(format!(
                "add `tunnels = […]` to the block of `{}`, so that only the nodes are allowed \
                 instead of every pod",
                self.model().cluster.name
            )),
            Cause::PodNetwork => Some(
                "narrow the addresses of the flow to those outside of the pod network".to_owned(),
            ),
            Cause::Dns => {
                let client = sides.iter().find(|it| it.way == Direction::Egress);
                let namespace = client.and_then(|it| it.namespace(self.model(), self.reach));
                let namespace = namespace.map_or("the namespace", |it| it.path.as_str());
                Some(format!(
                    "set `dns = none` in `{namespace}` (its pods can then no longer resolve names)"
                ))
            }
            Cause::Cache => Some("exclude `nodes`, where the caches run".to_owned()),
        }
    }
}

/// A fix for a connection that no rule allows, since nothing isolates it.
fn way_out_of_open(open: Option<&str>) -> String {
    match open {
        Some(namespace) => format!("isolate `{namespace}` with `isolate`"),
        None => "no policy applies to it: narrow the clients or the servers".to_owned(),
    }
}

impl Cause {
    /// The label at the declaration.
    fn text(self, ways: &str) -> String {
        match self {
            Self::Flow => format!("allows its {ways}"),
            Self::HiddenClients => {
                format!(
                    "allows its {ways}: the Service hides its clients, so the nodes are allowed"
                )
            }
            Self::Tunnels => {
                format!(
                    "allows its {ways}: `tunnels` is not set, so the whole pod network is allowed"
                )
            }
            Self::PodNetwork => {
                format!(
                    "allows its {ways}: it names addresses of the pod network, which any pod may have"
                )
            }
            Self::Dns => {
                format!("allows its {ways}: a flow from a namespace also opens the cluster's DNS")
            }
            Self::Cache => format!(
                "allows its {ways}: the cache on each node connects to the \
             cluster's DNS"
            ),
        }
    }
}

fn has(ports: &[PortRange], range: PortRange) -> bool {
    ports.iter().any(|it| it.contains(range))
}
