//! Answers questions about the objects that a source builds. A question uses the names of the source: it is
//! compiled as an assertion next to the source, so that names, ports and errors work as in a flow.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, Output, Unclear};
use super::context::{self, Asked, Connection, Context, Provenance, Spot};
use super::output;
use super::parse::{End, PortItem, Ports, Question};
use crate::model::{
    Assert, Client, Endpoint, ExternalId, Model, Owner, Server, Workload, WorkloadId, port_suffix,
};
use crate::origin::Traced;
use crate::policy::{Direction, Selector};
use crate::reachability::{Decision, EndId, PolicyId, Reach, RuleId, Set};
use crate::scalar::{EVERY_PORT, PodPort, PortRange, PortSet};
use crate::source::{Files, Site};
use crate::validate::{self, Places, Proof};

/// The file name of the question in messages.
pub const FILE: &str = "<question>";

/// The start of a question's statement. A denying assertion without ports covers every declared port, metrics
/// included, like a question.
pub(super) const STATEMENT: &str = "assert deny ";

/// The statement that is compiled next to the source to bind the names of a question; `None` if the question
/// has no names.
pub fn statement(question: &Question) -> Option<String> {
    let is_named = |it: &End| matches!(it, End::Name(_) | End::Block(_));
    let (client, server) = (is_named(&question.client), is_named(&question.server));
    let word = |is: bool, written: &str| if is { written.to_owned() } else { "anyone".to_owned() };
    let mut text = format!("{STATEMENT}{} -> ", word(client, &question.written.0));
    text.push_str(&word(server, &question.written.1));
    let ports = question.ports.as_ref().map(|it| it.text.as_str());
    if let Some(ports) = if server { ports } else { Some("any") } {
        text.push(':');
        text.push_str(ports);
    }
    text.push('\n');
    (client || server).then_some(text)
}

/// Answers a question about a cluster that compiles. The question comes with its bound statement, if it has
/// one.
pub fn answer(
    model: &Model,
    objects: &[Traced],
    files: &Files,
    (question, bound): (&Question, Option<&Assert>),
    output: Output,
) -> Result<Answer, Unclear> {
    let proof = Proof::of(model, objects);
    let mut cluster = proof.cluster().clone();
    let (mut supposed, notes) =
        context::suppose(&cluster.pods, question, |it| it.workload.is_some());
    for it in &mut supposed {
        it.anywhere = true;
    }
    cluster.pods.extend(supposed);
    let mut networks = validate::networks(model);
    networks.extend(context::networks(question));
    let reach = Reach::of(&cluster, &networks);
    let places = Places::of(model, &reach);
    let ends = Ends { model, reach: &reach, places: &places, bound };
    let asked = Asked {
        clients: ends.clients(question)?,
        servers: ends.servers(question)?,
        question: question.clone(),
        notes,
    };
    let around = Around { model, proof: &proof, reach: &reach, files, question, bound };
    let context = Context { reach: &reach, around: &around, named: named(model, &places) };
    Ok(output::answer(&context, &asked, output))
}

/// Named addresses of the source, largest sets first.
fn named(model: &Model, places: &Places<'_>) -> Vec<(String, Set)> {
    let externals = (0..model.externals.len()).map(|at| {
        let id = ExternalId::new(at);
        (model.external(id).name.node.to_string(), Endpoint::External(id))
    });
    let own = [("internet", Endpoint::Internet), ("nodes", Endpoint::Nodes)];
    let own = own.map(|(name, endpoint)| (name.to_owned(), endpoint));
    let mut named: Vec<(String, Set)> =
        own.into_iter().chain(externals).map(|(name, it)| (name, places.as_client(&it))).collect();
    named.sort_by_key(|(_, it)| std::cmp::Reverse(it.len()));
    named
}

/// Resolves the ends of a question in a source.
struct Ends<'a> {
    model: &'a Model,
    reach: &'a Reach<'a>,
    places: &'a Places<'a>,
    /// The bound statement of the question.
    bound: Option<&'a Assert>,
}

impl Ends<'_> {
    fn clients(&self, question: &Question) -> Result<Set, Unclear> {
        if let Some(pods) = self.unbound(&question.client)? {
            return Ok(pods);
        }
        let bound = self.bound.into_iter();
        let pairs = bound.flat_map(|it| it.clients.iter().zip(std::iter::repeat(&it.servers)));
        let sets = pairs.flat_map(|(client, servers)| {
            servers.iter().map(|server| self.client(client, server)).collect::<Vec<_>>()
        });
        let clients = Set::union(&sets.collect::<Vec<_>>());
        known(clients, &question.written.0)
    }

    fn client(&self, client: &Client, server: &Server) -> Set {
        let all = validate::sources(self.model, self.places, client, server);
        self.representing(&client.endpoint, all)
    }

    fn servers(&self, question: &Question) -> Result<Vec<(Vec<PortRange>, Set)>, Unclear> {
        if let Some(pods) = self.unbound(&question.server)? {
            let ports = match &question.ports {
                Some(ports) => self.numbers(ports, &question.server)?,
                None => EVERY_PORT.to_vec(),
            };
            return Ok(vec![(ports, pods)]);
        }
        let servers = self.bound.into_iter().flat_map(|it| &it.servers);
        let mut found = Vec::new();
        for server in servers {
            for (ports, ends) in self.places.as_server(&server.endpoint, &server.ports) {
                let ends = self.representing(&server.endpoint, ends);
                // For example, a namespace without a port.
                let ports = if ports.is_empty() { EVERY_PORT.to_vec() } else { ports };
                found.push((ports, known(ends, &question.written.1)?));
            }
        }
        if found.is_empty() {
            known(Set::default(), &question.written.1)?;
        }
        Ok(found)
    }

    /// The representative pods of an endpoint: those named after it, or, for a namespace, those of its
    /// workloads.
    fn representing(&self, endpoint: &Endpoint, all: Set) -> Set {
        let own = match endpoint.as_workload() {
            Some(id) => {
                let path = &self.model.workload(id).path;
                self.standing(|workload| workload == Some(path.as_str()))
            }
            None => self.each(),
        };
        let known = self.each().intersection(&all);
        let own = own.intersection(&known);
        [own, known].into_iter().find(|it| !it.is_empty()).unwrap_or(all)
    }

    /// The representative pods of workloads.
    fn standing(&self, is: impl Fn(Option<&str>) -> bool) -> Set {
        let classes = self.reach.ends().classes();
        classes.filter(|(_, it)| is(it.pods.workload.as_deref())).map(|(end, _)| end).collect()
    }

    /// Every end that the source knows: workloads, other pods of its namespaces, addresses.
    fn each(&self) -> Set {
        let ends = self.reach.ends();
        let addresses = ends.everybody().without(&ends.pods());
        let strays = self.model.namespaces.iter();
        let strays = strays.map(|it| ends.unlabelled(&it.name));
        let strays = Set::union(&strays.collect::<Vec<_>>());
        Set::union([&self.standing(|it| it.is_some()), &strays, &addresses])
    }

    /// Resolves an end that the language cannot express; `None` for an end that the statement binds.
    fn unbound(&self, end: &End) -> Result<Option<Set>, Unclear> {
        let ends = self.reach.ends();
        match end {
            End::Name(_) | End::Block(_) => Ok(None),
            End::Each => Ok(Some(self.each())),
            End::Labelled(namespace, labels) => {
                self.namespace(namespace)?;
                let all = &self.reach.cluster().pods;
                let is_supposed = |at: &usize| all.get(*at).is_some_and(|it| it.is_one);
                let meant = ends.classes().filter(|(_, it)| {
                    it.pods.workload.is_some() || it.members.iter().any(is_supposed)
                });
                let meant: Set = meant.map(|(end, _)| end).collect();
                let pods = ends.of_pods(namespace, &Selector::of_labels(labels));
                Ok(Some(pods.intersection(&meant)))
            }
            End::Namespace(namespace) => {
                self.namespace(namespace)?;
                Ok(Some(ends.of_namespace(namespace).intersection(&self.each())))
            }
            End::Within(namespace, name) => {
                let (id, workload) = self.workload(namespace, name)?;
                if workload.host_network {
                    let message =
                        format!("the pods of `{}` use their nodes' network", workload.path);
                    return Err(Unclear::new(message, "use `nodes`"));
                }
                let endpoint = Endpoint::Workload(id);
                Ok(Some(self.representing(&endpoint, self.places.pods(&endpoint))))
            }
        }
    }

    fn namespace(&self, name: &str) -> Result<(), Unclear> {
        let mut names = self.model.namespaces.iter().map(|it| it.name.as_str());
        if names.any(|it| it == name) {
            return Ok(());
        }
        let names = self.model.namespaces.iter().map(|it| it.name.as_str());
        let help = match crate::diagnostics::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the Kubernetes name of a namespace before `/`".to_owned(),
        };
        Err(Unclear::new(format!("the source has no namespace `{name}`"), help))
    }

    fn workload(&self, namespace: &str, name: &str) -> Result<(WorkloadId, &Workload), Unclear> {
        self.namespace(namespace)?;
        let short = name.rsplit('/').next().unwrap_or(name);
        let is = |(_, it): &(WorkloadId, &Workload)| {
            let of_service = it.service.as_ref().is_some_and(|it| it.name == short);
            let own = it.path.rsplit('.').next();
            self.model.namespace(it.namespace).name == namespace
                && (of_service || own == Some(short))
        };
        self.model.workload_ids().find(is).ok_or_else(|| {
            let message = format!("the source has no `{name}` in namespace `{namespace}`");
            Unclear::new(message, format!("name its pods by labels: `{namespace}/key=value`"))
        })
    }

    /// The pod ports of a question whose pods are named by namespace.
    fn numbers(&self, ports: &Ports, end: &End) -> Result<Vec<PortRange>, Unclear> {
        let workload = match end {
            End::Within(namespace, name) => Some(self.workload(namespace, name)?.1),
            End::Each | End::Block(_) | End::Namespace(_) | End::Labelled(..) | End::Name(_) => {
                None
            }
        };
        let declared = workload.map_or(&[][..], |it| &it.ports);
        let number = |item: &PortItem| match item {
            PortItem::Range(range) => {
                let dialed = declared.iter().find(|it| {
                    range.is_single() && it.service_port.is_some_and(|it| it.0 == range.from)
                });
                let PodPort(target) = dialed.map_or(PodPort(*range), |it| it.pod_port);
                let of_pods = declared.iter().find(|it| {
                    it.service_port.is_none() && it.pod_port.0.contains(*range) && target != *range
                });
                if let (Some(first), Some(second)) = (dialed, of_pods) {
                    let message = format!("{range} has two meanings for these pods");
                    let help = format!("name the port: `{}` or `{}`", first.name, second.name);
                    return Err(Unclear::new(message, help));
                }
                Ok(target)
            }
            PortItem::Name(name) => {
                let port = declared.iter().find(|it| it.name.node.as_str() == name);
                let PodPort(range) = port.map(|it| it.pod_port).ok_or_else(|| {
                    let message = format!("these pods have no port `{name}`");
                    Unclear::new(message, "write its number")
                })?;
                Ok(range)
            }
        };
        ports.items.iter().map(number).collect()
    }
}

/// Reports an error if a set of ends is empty.
fn known(ends: Set, written: &str) -> Result<Set, Unclear> {
    if ends.is_empty() {
        let message = format!("the addresses of `{written}` are not known");
        return Err(Unclear::new(
            message,
            "add them to the source, or use an address in the question",
        ));
    }
    Ok(ends)
}

struct Around<'a> {
    model: &'a Model,
    proof: &'a Proof<'a>,
    reach: &'a Reach<'a>,
    files: &'a Files,
    question: &'a Question,
    bound: Option<&'a Assert>,
}

impl Around<'_> {
    fn place(&self, site: Site) -> Spot {
        let (at, says) = self.files.told(site, &self.model.expansions);
        Spot { at: at.to_string(), says }
    }

    /// The ports to write after the server of a suggested flow: the question's own ports, or the ports that a
    /// flow without ports does not open.
    fn ports_to_write(&self, ports: &[PortRange]) -> String {
        if let Some(asked) = &self.question.ports {
            return format!(":{}", asked.text);
        }
        let asked = PortSet::of(ports.iter().copied().map(PodPort));
        let mut names: Vec<&str> = Vec::new();
        for server in self.bound.iter().flat_map(|it| &it.servers) {
            if server.ports == PortSet::Any {
                return ":any".to_owned();
            }
            let Some(id) = server.endpoint.as_workload() else { continue };
            let workload = self.model.workload(id);
            if workload.ports.is_empty() || workload.default_ports().contains(&asked) {
                continue;
            }
            let named = workload.ports.iter().filter(|it| ports.contains(&it.pod_port.0));
            names.extend(named.map(|it| it.name.node.as_str()));
        }
        names.dedup();
        if names.is_empty() { String::new() } else { port_suffix(&names) }
    }

    /// The owner in whose file the flow belongs.
    fn whose(&self) -> Option<Owner> {
        let bound = self.bound?;
        let clients = bound.clients.iter().map(|it| &it.endpoint);
        let mut ends = clients.chain(bound.servers.iter().map(|it| &it.endpoint));
        ends.find_map(|it| self.model.owner_of(it))
    }

    /// A file of an owner, with an example: `a file of financial, such as …`.
    fn file_of(&self, owner: Owner) -> String {
        let file = self.model.file_of(owner).map(|it| &self.files.file(it).path);
        let such = file.map(|it| format!(", such as {it}")).unwrap_or_default();
        format!("a file of {}{such}", self.model.owner_name(owner))
    }

    /// The owners whose consent a flow in a file of `author` needs, each with the `accept` to write.
    fn consents(&self, author: Owner, ports: &str) -> BTreeMap<Owner, String> {
        let Some(bound) = self.bound else { return BTreeMap::new() };
        let mut clients: BTreeMap<Owner, BTreeSet<&Endpoint>> = BTreeMap::new();
        let mut servers: BTreeMap<Owner, BTreeSet<&Endpoint>> = BTreeMap::new();
        for Client { endpoint: client, .. } in &bound.clients {
            for Server { endpoint: server, .. } in &bound.servers {
                if let Some(owner) = self.model.client_consent(client, server, author) {
                    clients.entry(owner).or_default().insert(client);
                }
                if let Some(owner) = self.model.server_consent(server, author) {
                    servers.entry(owner).or_default().insert(server);
                }
            }
        }
        let (from, to) = &self.question.written;
        let line = |clients: &str, servers: &str| format!("accept {clients} -> {servers}{ports}");
        let of_clients = clients.into_iter().map(|(owner, ends)| {
            let is_all = ends.len() == bound.clients.len();
            (owner, line(&self.names(&ends, is_all, from), to))
        });
        let of_servers = servers.into_iter().map(|(owner, ends)| {
            let is_all = ends.len() == bound.servers.len();
            (owner, line(from, &self.names(&ends, is_all, to)))
        });
        of_clients.chain(of_servers).collect()
    }

    /// The consents as lines of text.
    fn consent_lines(&self, author: Owner, ports: &str) -> Vec<String> {
        let lines = self.consents(author, ports).into_iter().map(|(owner, line)| {
            let file = self.file_of(owner);
            [format!("and in {file}, unless it accepts that already:"), format!("  {line}")]
        });
        lines.flatten().collect()
    }

    /// Whether the question names labels, and no declared workload has them.
    fn is_undeclared(&self, end: &End, id: EndId) -> bool {
        let class = self.reach.ends().class(id);
        matches!(end, End::Labelled(..)) && class.is_some_and(|it| it.pods.workload.is_none())
    }

    /// Owner of the servers, if all have the same: the flow may also be written in its files.
    fn other_owner(&self) -> Option<Owner> {
        let servers = self.bound?.servers.iter().map(|it| self.model.owner_of(&it.endpoint));
        let owners: BTreeSet<Option<Owner>> = servers.collect();
        if owners.len() == 1 { owners.into_iter().next().flatten() } else { None }
    }

    /// Some ends of a question: as written if these are all ends, else by their names.
    fn names(&self, ends: &BTreeSet<&Endpoint>, is_all: bool, written: &str) -> String {
        if is_all {
            return written.to_owned();
        }
        let names: Vec<String> = ends.iter().map(|it| self.model.called(it)).collect();
        match names.as_slice() {
            [one] => one.clone(),
            names => format!("[{}]", names.join(", ")),
        }
    }
}

impl Provenance for Around<'_> {
    fn name(&self, class: EndId) -> String {
        let pods = self.reach.ends().class(class).map(|it| it.pods);
        pods.map_or_else(String::new, |it| match &it.workload {
            Some(path) => path.clone(),
            None if it.is_one => format!("{}/{}", it.namespace, it.name),
            None => it.name.clone(),
        })
    }

    fn rule(&self, at: RuleId, other: EndId, range: PortRange) -> Vec<Spot> {
        let sites = self.proof.sites(self.reach, at, other, range);
        sites.into_iter().map(|it| self.place(it)).collect()
    }

    fn policy(&self, policy: PolicyId, way: Direction) -> Vec<Spot> {
        let policy = self.reach.cluster().policy(policy);
        let mut namespaces = self.model.namespaces.iter();
        let namespace =
            policy.and_then(|policy| namespaces.find(|it| it.name == policy.namespace()));
        let isolation = namespace.map(|it| it.isolation);
        let site = isolation.and_then(|it| match way {
            Direction::Ingress => it.ingress,
            Direction::Egress => it.egress,
        });
        site.map(|it| self.place(it)).into_iter().collect()
    }

    fn way_out(&self, it: &Connection, ports: &[PortRange]) -> Vec<String> {
        let denied = [&it.verdict.egress, &it.verdict.ingress];
        if denied.iter().all(|it| !matches!(it, Decision::Denied(_))) {
            return Vec::new();
        }
        let is_named = |it: &End| matches!(it, End::Name(_) | End::Block(_));
        let are_named = is_named(&self.question.client) && is_named(&self.question.server);
        let Some(owner) = self.whose().filter(|_| are_named) else {
            let steps = match (
                self.is_undeclared(&self.question.client, it.client),
                self.is_undeclared(&self.question.server, it.server),
            ) {
                (false, false) => "write a flow between the declared client and server",
                (true, false) => "declare a workload with these labels, then write a flow from it",
                (false, true) => "declare a workload with these labels, then write a flow to it",
                (true, true) => {
                    "declare workloads with these labels, then write a flow between them"
                }
            };
            return vec![format!("to allow it, {steps}")];
        };
        let ports = self.ports_to_write(ports);
        let ends = match self.question.ports {
            Some(_) => self.question.text.clone(),
            None => format!("{}{ports}", self.question.text),
        };
        let mut lines =
            vec![format!("to allow it, add to {}:", self.file_of(owner)), format!("  flow {ends}")];
        lines.extend(self.consent_lines(owner, &ports));
        if let Some(other) =
            self.other_owner().filter(|it| owner == Owner::Platform && *it != owner)
        {
            lines.push(format!("or write the flow in {}", self.file_of(other)));
            lines.extend(self.consent_lines(other, &ports));
        }
        lines
    }
}
