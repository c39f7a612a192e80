//! What a question is asked of: policies applied, and how messages call what is in it.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;

use super::candidates::Candidates;
use super::parse::{End, Question};
use crate::policy::{Direction, Policy};
use crate::reachability::{Class, EndId, Pods, PolicyId, Reach, Row, RuleId, Set, Verdict};
use crate::scalar::PortRange;

/// A place that is behind a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(super) struct Spot {
    /// `file:line` of a source, or the file and the document of a manifest.
    pub(super) at: String,
    /// What stands there, and through what it came.
    pub(super) says: String,
}

impl fmt::Display for Spot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.at)?;
        if self.says.is_empty() { Ok(()) } else { write!(out, "  {}", self.says) }
    }
}

/// What there is beside the policies.
pub(super) trait Provenance {
    /// How a class of pods is called.
    fn name(&self, class: EndId) -> String;
    /// The places behind a rule, as far as it lets a connection with another end through.
    fn rule(&self, at: RuleId, other: EndId, range: PortRange) -> Vec<Spot>;
    /// The places that make a policy close a direction.
    fn policy(&self, policy: PolicyId, way: Direction) -> Vec<Spot>;
    /// What to do so that a connection is allowed on these ports, in the words of the question.
    fn way_out(&self, connection: &Connection, ports: &[PortRange]) -> Vec<String>;
}

/// A context.
pub(super) struct Context<'w> {
    /// The policies, applied.
    pub(super) reach: &'w Reach<'w>,
    /// Where things come from.
    pub(super) around: &'w dyn Provenance,
    /// Addresses that have a name.
    pub(super) named: Vec<(String, Set)>,
}

/// What was asked, as ends of the context.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The question.
    pub(super) question: Question,
    /// The clients.
    pub(super) clients: Set,
    /// The servers, each with the ports that the question means there.
    pub(super) servers: Vec<(Vec<PortRange>, Set)>,
    /// What else there is to know about the ends.
    pub(super) notes: Vec<String>,
}

/// A connection and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    /// The end that opens it.
    pub(super) client: EndId,
    /// The other end.
    pub(super) server: EndId,
    /// On which ports.
    pub(super) range: PortRange,
    /// What becomes of it.
    pub(super) verdict: Verdict,
}

/// Connections of a client to several servers with one fate.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    /// The servers.
    pub(super) servers: Set,
    /// The connection to the first of them.
    pub(super) first: Connection,
}

impl Asked {
    /// Whether a side is `*`: the answer is a list.
    pub(super) fn is_list(&self) -> bool {
        [&self.question.client, &self.question.server].contains(&&End::Each)
    }

    /// All servers.
    pub(super) fn all_servers(&self) -> Set {
        Set::union(self.servers.iter().map(|(_, it)| it))
    }
}

impl Context<'_> {
    /// Everything that was asked about, by client, server and port.
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

    /// What is allowed of it, and whether anything is not.
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

    /// What may be done to each server.
    fn into(&self, asked: &Asked) -> BTreeMap<EndId, Row<'_>> {
        let servers = asked.all_servers();
        servers.iter().map(|it| (it, self.reach.row(it, Direction::Ingress))).collect()
    }

    /// What addresses do among themselves is no business of a policy.
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

    /// How an end is called.
    pub(super) fn name(&self, end: EndId) -> String {
        if self.reach.ends().class(end).is_some() {
            return self.around.name(end);
        }
        match self.reach.ends().addresses(end) {
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}-{last}"),
            None => "nobody".to_owned(),
        }
    }

    /// `NAMESPACE/NAME` of a policy.
    pub(super) fn policy(&self, policy: PolicyId) -> String {
        let policy = self.reach.cluster().policy(policy);
        policy.map_or_else(String::new, Policy::path)
    }
}

/// Pods with the labels of a question where there are none; says so.
pub(super) fn suppose(
    pods: &[Pods],
    question: &Question,
    counts: impl Fn(&Pods) -> bool,
) -> (Vec<Pods>, Vec<String>) {
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
        notes.push(format!(
            "no pod of `{namespace}` has `{written}`: the answer is for one with these labels alone"
        ));
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

/// The addresses of a question: address space is cut at their borders.
pub(super) fn networks(question: &Question) -> Vec<IpNet> {
    let ends = [&question.client, &question.server];
    let networks = ends.into_iter().filter_map(|it| match it {
        End::Block(network) => Some(*network),
        End::Each | End::Namespace(_) | End::Labelled(..) | End::Within(..) | End::Name(_) => None,
    });
    networks.collect()
}

/// Names of classes: the workload where it has one class, else a pod of it.
pub(super) fn class_names(reach: &Reach<'_>) -> BTreeMap<EndId, String> {
    let mut classes = BTreeMap::<(&str, &str), usize>::new();
    for (_, class) in reach.ends().classes() {
        // Pods of several workloads may be one class: it is called after the first.
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
