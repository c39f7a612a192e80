//! Evaluates connections: applies the policies of a cluster to its ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use rayon::prelude::*;

use super::cluster::Cluster;
use super::ends::Ends;
use super::fold::{self, Step};
use super::ids::{EndId, PolicyId, RuleId};
use super::row::{Row, RowGrant, cut};
use super::set::Set;
use crate::policy::{Action, Direction, Peer, Policy, Port, Rule, Tier};
use crate::scalar::{EVERY_PORT, PortRange, Protocol};

/// A cluster with its policies applied, for any number of queries.
#[derive(Debug)]
pub struct Reach<'c> {
    cluster: &'c Cluster,
    ends: Ends<'c>,
    /// The rules of each policy, resolved to sets of ends.
    applied: Vec<Applied>,
    /// The policies that select each class.
    by_class: Vec<Vec<PolicyId>>,
}

/// The pods that a policy selects, and its resolved rules.
#[derive(Debug)]
struct Applied {
    subjects: Set,
    ingress: Vec<Grant>,
    egress: Vec<Grant>,
}

/// The connections that a rule matches.
#[derive(Debug)]
struct Grant {
    rule: usize,
    action: Action,
    /// The port numbers; `None`: every port of every protocol.
    ports: Option<Vec<PortRange>>,
    /// Named ports, resolved against the policy's own pods: ingress only.
    named: Vec<(Protocol, String)>,
    /// The other ends; `None`: every end. Rules with the same peer share its set.
    ends: Option<Arc<Set>>,
}

/// Whether a connection may be opened: the decisions at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The client's side.
    pub egress: Decision,
    /// The server's side.
    pub ingress: Decision,
}

/// The decision of one end's policies about a connection, and the deciding rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The end is an address, to which no policy applies.
    Outside,
    /// No policy isolates the pod in this direction, or none of their rules matches and the last tier passes.
    Open,
    /// The end is a single pod that connects to itself, which no policy can deny.
    SamePod,
    /// The first rule that allows the connection.
    Allowed(RuleId),
    /// The policies that isolate the pod, if none of their rules allows the connection; or the single policy
    /// whose rule denies it.
    Denied(Vec<PolicyId>),
}

impl<'c> Reach<'c> {
    /// Applies a cluster's policies. Address space is also split at the borders of `networks`, so that queries
    /// can use sets of their addresses.
    pub fn of(cluster: &'c Cluster, networks: &[IpNet]) -> Self {
        let ends = Ends::of(cluster, networks);
        let rules = cluster.policies.iter().flat_map(|it| [&it.ingress, &it.egress]);
        let peers = rules.flatten().flatten().flat_map(|it| it.peers.iter().flatten());
        // Peers with a namespace selector, and addresses, match the same ends in every policy.
        let shared: BTreeSet<&Peer> =
            peers.filter(|it| !matches!(it, Peer::Pods { namespaces: None, .. })).collect();
        let shared: Vec<(&Peer, Arc<Set>)> =
            shared.into_par_iter().map(|it| (it, Arc::new(ends.of_peer("", it)))).collect();
        let shared: BTreeMap<&Peer, Arc<Set>> = shared.into_iter().collect();
        let applied: Vec<Applied> =
            cluster.policies.par_iter().map(|it| apply(it, &ends, &shared)).collect();
        let mut by_class = vec![Vec::new(); ends.classes().count()];
        for (at, policy) in applied.iter().enumerate() {
            for class in policy.subjects.iter() {
                if let Some(policies) = by_class.get_mut(class.at()) {
                    policies.push(PolicyId::new(at));
                }
            }
        }
        Self { cluster, ends, applied, by_class }
    }

    /// The evaluated cluster.
    pub fn cluster(&self) -> &'c Cluster {
        self.cluster
    }

    /// The ends of the cluster.
    pub fn ends(&self) -> &Ends<'c> {
        &self.ends
    }

    /// The pods that a policy selects.
    pub fn subjects(&self, policy: PolicyId) -> &Set {
        self.applied.get(policy.at()).map_or(Set::EMPTY, |it| &it.subjects)
    }

    /// The connections of an end in a direction; no policy isolates addresses.
    pub fn row(&self, end: EndId, direction: Direction) -> Row<'_> {
        let mut isolating = Vec::new();
        let mut tiers: Vec<Tier> = Vec::new();
        let mut steps: Vec<Step<'_>> = Vec::new();
        for id in self.by_class.get(end.at()).into_iter().flatten().copied() {
            let Some(policy) = self.cluster.policy(id) else { continue };
            let Some(applied) = self.applied.get(id.at()) else { continue };
            if policy.rules(direction).is_none() {
                continue;
            }
            isolating.push(id);
            if !tiers.contains(&policy.tier) {
                tiers.push(policy.tier);
            }
            let grants = match direction {
                Direction::Ingress => &applied.ingress,
                Direction::Egress => &applied.egress,
            };
            let place = (policy.tier, policy.order);
            steps.extend(grants.iter().map(|grant| {
                let everybody = self.ends.everybody();
                let matches = RowGrant {
                    at: Some(RuleId { policy: id, direction, rule: grant.rule }),
                    ports: self.ports(grant, end),
                    ends: Cow::Borrowed(grant.ends.as_deref().unwrap_or(everybody)),
                };
                Step { place, action: grant.action, matches }
            }));
        }
        if isolating.is_empty() || fold::is_unordered(&tiers, &steps) {
            let grants = steps.into_iter().map(|it| it.matches).collect();
            return Row::new(isolating, grants, Vec::new());
        }
        tiers.sort_unstable();
        // Policies with the same order are evaluated in the order of the cluster.
        steps.sort_by_key(|it| it.place);
        let (grants, denials) = fold::fold(&tiers, &steps, self.ends.everybody());
        Row::new(isolating, grants, denials)
    }

    /// Indexes of the first peer and the first port of a rule that match a connection with another end. `None`
    /// if the rule lists none, or lists the port by name.
    pub fn parts(
        &self,
        at: RuleId,
        other: EndId,
        range: PortRange,
    ) -> (Option<usize>, Option<usize>) {
        let (Some(policy), Some(rule)) = (self.cluster.policy(at.policy), self.cluster.rule(at))
        else {
            return (None, None);
        };
        let peer = |it: &Peer| self.ends.of_peer(policy.namespace(), it).contains(other);
        let port = |it: &Port| matches!(it, Port::Numbers(ports) if ports.contains(range));
        let peers = rule.peers.as_ref().and_then(|it| it.iter().position(peer));
        (peers, rule.ports.as_ref().and_then(|it| it.iter().position(port)))
    }

    /// Indexes of the peers of a rule that match an end of a set; empty if the rule lists no peers.
    pub fn peers(&self, at: RuleId, others: &Set) -> Vec<usize> {
        let (Some(policy), Some(rule)) = (self.cluster.policy(at.policy), self.cluster.rule(at))
        else {
            return Vec::new();
        };
        let matches =
            |it: &Peer| !self.ends.of_peer(policy.namespace(), it).intersection(others).is_empty();
        let peers = rule.peers.iter().flatten().enumerate();
        peers.filter(|(_, it)| matches(it)).map(|(at, _)| at).collect()
    }

    /// The ports of a rule for this end, with its named ports resolved.
    fn ports<'g>(&self, grant: &'g Grant, end: EndId) -> Cow<'g, [PortRange]> {
        let Some(ports) = &grant.ports else { return Cow::Borrowed(EVERY_PORT) };
        if grant.named.is_empty() {
            return Cow::Borrowed(ports);
        }
        let named = self.ends.class(end).into_iter().flat_map(|it| &it.pods.ports);
        let named = named.filter(|it| {
            grant.named.iter().any(|(on, name)| *on == it.protocol && *name == it.name)
        });
        let named = named.map(|it| PortRange { protocol: it.protocol, from: it.port, to: it.port });
        ports.iter().copied().chain(named).collect()
    }

    /// The verdict on a connection, for a port range that no rule splits.
    pub fn verdict(&self, client: EndId, server: EndId, range: PortRange) -> Verdict {
        let rows = (self.row(client, Direction::Egress), self.row(server, Direction::Ingress));
        judge(&self.sides((client, &rows.0), (server, &rows.1)), range)
    }

    /// The verdicts on connections of a client to a server on some ports, split at the ports where the verdict
    /// changes.
    pub fn verdicts(
        &self,
        client: EndId,
        server: EndId,
        ports: &[PortRange],
    ) -> Vec<(PortRange, Verdict)> {
        let rows = (self.row(client, Direction::Egress), self.row(server, Direction::Ingress));
        self.verdicts_of((client, &rows.0), (server, &rows.1), ports)
    }

    /// Like `verdicts`, for known rows: egress of the client, ingress of the server.
    pub fn verdicts_of(
        &self,
        client: (EndId, &Row<'_>),
        server: (EndId, &Row<'_>),
        ports: &[PortRange],
    ) -> Vec<(PortRange, Verdict)> {
        let sides = self.sides(client, server);
        let both = sides.iter().flat_map(|it| it.grants.iter().chain(&it.denials));
        let mut pieces = cut(both.map(|it| &*it.ports).chain([ports]));
        pieces.retain(|it| ports.iter().any(|asked| asked.contains(*it)));
        let mut verdicts: Vec<(PortRange, Verdict)> = Vec::with_capacity(pieces.len());
        for range in pieces {
            let verdict = judge(&sides, range);
            match verdicts.last_mut() {
                Some((last, same))
                    if *same == verdict
                        && last.protocol == range.protocol
                        && u32::from(last.to) + 1 == u32::from(range.from) =>
                {
                    last.to = range.to;
                }
                _ => verdicts.push((range, verdict)),
            }
        }
        verdicts
    }

    /// The client's side and the server's side, each with the rules that match the other end.
    fn sides<'s, 'r>(
        &self,
        (client, out): (EndId, &'s Row<'r>),
        (server, into): (EndId, &'s Row<'r>),
    ) -> [Side<'s, 'r>; 2] {
        let side = |end: EndId, row: &'s Row<'r>, other: EndId| Side {
            is_pods: self.ends.class(end).is_some(),
            is_same_pod: end == other && self.is_alone(end),
            isolating: row.isolating(),
            grants: row.grants().iter().filter(|it| it.ends.contains(other)).collect(),
            denials: row.denials().iter().filter(|it| it.ends.contains(other)).collect(),
        };
        [side(client, out, server), side(server, into, client)]
    }

    /// Whether an end is a single pod, which always reaches itself.
    pub fn is_alone(&self, end: EndId) -> bool {
        self.ends.class(end).is_some_and(|it| it.members.len() == 1 && it.pods.is_one)
    }
}

fn judge([client, server]: &[Side<'_, '_>; 2], range: PortRange) -> Verdict {
    Verdict { egress: client.decision(range), ingress: server.decision(range) }
}

/// One side of a connection, for all ports.
struct Side<'s, 'r> {
    is_pods: bool,
    is_same_pod: bool,
    isolating: &'s [PolicyId],
    grants: Vec<&'s RowGrant<'r>>,
    denials: Vec<&'s RowGrant<'r>>,
}

impl Side<'_, '_> {
    fn decision(&self, range: PortRange) -> Decision {
        if !self.is_pods {
            return Decision::Outside;
        }
        if self.is_same_pod {
            return Decision::SamePod;
        }
        if self.isolating.is_empty() {
            return Decision::Open;
        }
        let decides = |it: &&&RowGrant<'_>| it.ports.iter().any(|ports| ports.contains(range));
        if let Some(allowing) = self.grants.iter().find(decides) {
            return allowing.at.map_or(Decision::Open, Decision::Allowed);
        }
        match self.denials.iter().find(decides).and_then(|it| it.at) {
            Some(RuleId { policy, .. }) => Decision::Denied(vec![policy]),
            None => Decision::Denied(self.isolating.to_vec()),
        }
    }
}

impl Verdict {
    /// Whether both sides allow the connection.
    pub fn is_allowed(&self) -> bool {
        self.egress.is_allowed() && self.ingress.is_allowed()
    }
}

impl Decision {
    /// Whether this side allows the connection.
    pub fn is_allowed(&self) -> bool {
        !matches!(self, Self::Denied(_))
    }
}

fn apply(policy: &Policy, ends: &Ends<'_>, shared: &BTreeMap<&Peer, Arc<Set>>) -> Applied {
    let subjects = ends.of_subject(policy.namespace(), &policy.subject);
    let rules = |rules: &Option<Vec<Rule>>, direction| {
        let rules = rules.iter().flatten().enumerate();
        rules.flat_map(|(at, it)| grants(at, it, direction, policy, ends, shared)).collect()
    };
    let (ingress, egress) =
        (rules(&policy.ingress, Direction::Ingress), rules(&policy.egress, Direction::Egress));
    Applied { subjects, ingress, egress }
}

/// The resolved matches of a rule. Named ports are ports of the server's pods: the policy's own pods for
/// ingress, the peers for egress.
fn grants(
    at: usize,
    rule: &Rule,
    direction: Direction,
    policy: &Policy,
    ends: &Ends<'_>,
    shared: &BTreeMap<&Peer, Arc<Set>>,
) -> Vec<Grant> {
    let peers = rule.peers.as_ref().map(|peers| {
        let set = |it: &Peer| match shared.get(it) {
            Some(set) => Arc::clone(set),
            None => Arc::new(ends.of_peer(policy.namespace(), it)),
        };
        let mut sets: Vec<Arc<Set>> = peers.iter().map(set).collect();
        match sets.pop() {
            Some(only) if sets.is_empty() => only,
            last => Arc::new(Set::union(sets.iter().chain(&last).map(AsRef::as_ref))),
        }
    });
    let (mut ports, mut named) = (Vec::new(), Vec::new());
    for port in rule.ports.iter().flatten() {
        match port {
            Port::Numbers(range) => ports.push(*range),
            Port::Named(protocol, name) => named.push((*protocol, name.clone())),
        }
    }
    let mut grants = Vec::new();
    if direction == Direction::Egress && !named.is_empty() {
        for (range, pods) in resolved(&named, peers.as_deref().unwrap_or(ends.everybody()), ends) {
            grants.push(Grant {
                rule: at,
                action: rule.action,
                ports: Some(vec![range]),
                named: Vec::new(),
                ends: Some(Arc::new(pods)),
            });
        }
        named = Vec::new();
    }
    let ports = rule.ports.is_some().then_some(ports);
    if ports.as_ref().is_none_or(|it| !it.is_empty()) || !named.is_empty() {
        grants.push(Grant { rule: at, action: rule.action, ports, named, ends: peers });
    }
    grants
}

/// The numbers of named ports, each with the pods that declare it.
fn resolved(
    named: &[(Protocol, String)],
    peers: &Set,
    ends: &Ends<'_>,
) -> BTreeMap<PortRange, Set> {
    let mut numbers = BTreeMap::<PortRange, Vec<EndId>>::new();
    for end in peers.iter() {
        for it in ends.class(end).into_iter().flat_map(|it| &it.pods.ports) {
            if named.iter().any(|(protocol, name)| *protocol == it.protocol && *name == it.name) {
                let range = PortRange { protocol: it.protocol, from: it.port, to: it.port };
                numbers.entry(range).or_default().push(end);
            }
        }
    }
    numbers.into_iter().map(|(range, pods)| (range, pods.into_iter().collect())).collect()
}
