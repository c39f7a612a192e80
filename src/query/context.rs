//! The context of a question: a cluster with applied policies, and the names of its ends.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;

use super::candidates::Candidates;
use super::parse::{End, Question};
use crate::diagnostics::{Code, Message};
use crate::policy::{Direction, Policy};
use crate::reachability::{Class, EndId, Pods, PolicyId, Reach, Row, RuleId, Set, Verdict};
use crate::scalar::PortRange;

/// A place behind a policy or rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(super) struct Spot {
    /// `file:line` of a source, or file and document number of a manifest.
    pub(super) at: String,
    /// The text at the place, with the components and profiles that it came through.
    pub(super) says: String,
}

impl fmt::Display for Spot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.at)?;
        if self.says.is_empty() { Ok(()) } else { write!(out, "  {}", self.says) }
    }
}

/// Data about policies and ends that the cluster itself does not contain.
pub(super) trait Provenance {
    /// The name of a class of pods.
    fn name(&self, class: EndId) -> String;
    /// The places because of which a rule allows a connection with another end.
    fn rule(&self, at: RuleId, other: EndId, range: PortRange) -> Vec<Spot>;
    /// The places because of which a policy isolates a direction.
    fn policy(&self, policy: PolicyId, way: Direction) -> Vec<Spot>;
    /// Instructions to allow a connection on these ports, in the terms of the question.
    fn way_out(&self, connection: &Connection, ports: &[PortRange]) -> Vec<String>;
}

/// The context in which a question is evaluated.
pub(super) struct Context<'w> {
    /// The cluster with its policies applied.
    pub(super) reach: &'w Reach<'w>,
    /// The names and places behind policies.
    pub(super) around: &'w dyn Provenance,
    /// Named sets of addresses.
    pub(super) named: Vec<(String, Set)>,
}

/// A question, resolved to ends of the context.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The question.
    pub(super) question: Question,
    /// The clients.
    pub(super) clients: Set,
    /// The servers, each set with the ports that the question means for it.
    pub(super) servers: Vec<(Vec<PortRange>, Set)>,
    /// Notes about the ends, for the answer.
    pub(super) notes: Vec<Message>,
}

/// A connection with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    /// The end that opens it.
    pub(super) client: EndId,
    /// The other end.
    pub(super) server: EndId,
    /// The ports.
    pub(super) range: PortRange,
    /// Whether each side allows it, and by which rule.
    pub(super) verdict: Verdict,
}

/// Connections of a client to several servers with the same verdict.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    /// The servers.
    pub(super) servers: Set,
    /// The connection to the first server.
    pub(super) first: Connection,
}

impl Asked {
    /// Whether one end is `*`, so that the answer is a list.
    pub(super) fn is_list(&self) -> bool {
        [&self.question.client, &self.question.server].contains(&&End::Each)
    }

    /// The union of all servers.
    pub(super) fn all_servers(&self) -> Set {
        Set::union(self.servers.iter().map(|(_, it)| it))
    }
}

impl Context<'_> {
    /// Every connection of the question, by client, server and port.
    pub(super) fn connections<'a>(
        &'a self,
        asked: &'a Asked,
    ) -> impl Iterator<Item = Connection> + 'a {
        let into = self.into(asked);
        asked.clients.iter().flat_map(move |client| {
            let out = self.reach.row(client, Direction::Egress);
            let mut found = Vec::new();
            for (ports, servers) in &asked.servers {
                for server in servers.iter().filter(|it| self.is_asked(client, *it)) {
                    let Some(into) = into.get(&server) else { continue };
                    found.extend(self.between((client, &out), (server, into), ports));
                }
            }
            found
        })
    }

    /// The allowed connections of the question, and whether any connection is denied.
    pub(super) fn allowed(&self, asked: &Asked) -> (Vec<Alike>, bool) {
        let candidates = Candidates::of(self.reach, &asked.clients, &asked.all_servers());
        let (mut allowed, mut is_some_denied) = (Vec::new(), false);
        for client in asked.clients.iter() {
            let out = self.reach.row(client, Direction::Egress);
            for (ports, servers) in &asked.servers {
                let (reachable, is_all) = candidates.for_client((client, &out), servers);
                is_some_denied |= !is_all;
                for servers in reachable {
                    let server = servers.first().filter(|it| self.is_asked(client, *it));
                    let Some(server) = server else { continue };
                    let into = candidates.row(server);
                    for first in self.between((client, &out), (server, into), ports) {
                        if first.verdict.is_allowed() {
                            allowed.push(Alike { servers: servers.clone(), first });
                        } else {
                            is_some_denied = true;
                        }
                    }
                }
            }
        }
        (allowed, is_some_denied)
    }

    /// The ingress row of each server.
    fn into(&self, asked: &Asked) -> BTreeMap<EndId, Row<'_>> {
        let servers = asked.all_servers();
        servers.iter().map(|it| (it, self.reach.row(it, Direction::Ingress))).collect()
    }

    /// Whether policies apply to a connection: they do not between two addresses.
    fn is_asked(&self, client: EndId, server: EndId) -> bool {
        let ends = self.reach.ends();
        ends.class(client).is_some() || ends.class(server).is_some()
    }

    fn between(
        &self,
        client: (EndId, &Row<'_>),
        (server, into): (EndId, &Row<'_>),
        ports: &[PortRange],
    ) -> Vec<Connection> {
        let verdicts = self.reach.verdicts_of(client, (server, into), ports).into_iter();
        let client = client.0;
        verdicts.map(|(range, verdict)| Connection { client, server, range, verdict }).collect()
    }

    /// The name of an end in messages.
    pub(super) fn name(&self, end: EndId) -> String {
        if self.reach.ends().class(end).is_some() {
            return self.around.name(end);
        }
        match self.reach.ends().addresses(end) {
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}-{last}"),
            None => "no end".to_owned(),
        }
    }

    /// `NAMESPACE/NAME` of a policy.
    pub(super) fn policy(&self, policy: PolicyId) -> String {
        let policy = self.reach.cluster().policy(policy);
        policy.map_or_else(String::new, Policy::path)
    }
}

/// Pods with the labels of a question, for labels that no existing pod has, and notes about them.
pub(super) fn suppose(
    pods: &[Pods],
    question: &Question,
    counts: impl Fn(&Pods) -> bool,
) -> (Vec<Pods>, Vec<Message>) {
    let (mut supposed, mut notes) = (Vec::<Pods>::new(), Vec::new());
    for end in [&question.client, &question.server] {
        let End::Labelled(namespace, labels) = end else { continue };
        let has = |it: &Pods| {
            it.namespace == *namespace
                && labels.iter().all(|(key, value)| it.labels.get(key) == Some(value))
        };
        if pods.iter().any(|it| has(it) && counts(it)) || supposed.iter().any(has) {
            continue;
        }
        let written: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let written = written.join(",");
        let text = format!(
            "no pod of `{namespace}` has `{written}`: the answer is for a pod with exactly these labels"
        );
        notes.push(Message::new(Code::N1041, text));
        supposed.push(Pods {
            namespace: namespace.clone(),
            name: written,
            labels: labels.clone(),
            is_one: true,
            ..Pods::default()
        });
    }
    (supposed, notes)
}

/// The networks of a question. Address space is split at their borders.
pub(super) fn networks(question: &Question) -> Vec<IpNet> {
    let ends = [&question.client, &question.server];
    let networks = ends.into_iter().filter_map(|it| match it {
        End::Block(network) => Some(*network),
        End::Each | End::Namespace(_) | End::Labelled(..) | End::Within(..) | End::Name(_) => None,
    });
    networks.collect()
}

/// Names of classes: the workload if all its pods are one class, else a pod of the class.
pub(super) fn class_names(reach: &Reach<'_>) -> BTreeMap<EndId, String> {
    let mut classes = BTreeMap::<(&str, &str), usize>::new();
    for (_, class) in reach.ends().classes() {
        // Pods of several workloads may be one class; the first workload names it.
        *classes.entry(called(class)).or_default() += 1;
    }
    let name = |(end, class): (EndId, &Class<'_>)| {
        let (namespace, name) = called(class);
        let is_one = classes.get(&(namespace, name)) == Some(&1);
        let name = if is_one { name } else { class.pods.name.as_str() };
        (end, format!("{namespace}/{name}"))
    };
    reach.ends().classes().map(name).collect()
}

fn called<'c>(class: &Class<'c>) -> (&'c str, &'c str) {
    let pods = class.pods;
    (&pods.namespace, pods.workload.as_deref().unwrap_or(&pods.name))
}
