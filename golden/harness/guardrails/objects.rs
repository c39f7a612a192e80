//! NetworkPolicies as the build writes them, read from YAML and evaluated peer by peer. Shares no code with
//! the compiler, whose proof it tests.
//!
//! Sources: the API reference of `NetworkPolicySpec`, and Calico's rule that a block matches every packet with
//! such an address, also that of a pod.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize as _;
use serde_yaml::Value;

use super::program::{Ports, Protocol};
use super::world::{Entity, Labels};

/// The policies of a cluster.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Labels of the namespaces, by name.
    namespaces: BTreeMap<String, Labels>,
    policies: Vec<Policy>,
}

/// A `NetworkPolicy`; `None`: it does not affect the direction.
#[derive(Debug)]
struct Policy {
    namespace: String,
    pods: Selector,
    ingress: Option<Vec<Rule>>,
    egress: Option<Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    /// `None`: every peer.
    peers: Option<Vec<Peer>>,
    /// `None`: every port.
    ports: Option<Vec<Ports>>,
}

#[derive(Debug)]
enum Peer {
    /// Namespaces (`None`: the policy's own) and pods.
    Pods(Option<Selector>, Selector),
    /// A network without some networks in it.
    Block(IpNet, Vec<IpNet>),
}

/// A selector: (key, operator, values).
#[derive(Debug, Default)]
struct Selector(Vec<(String, String, Vec<String>)>);

/// A direction of a pod's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

impl Objects {
    /// Parses documents.
    pub(super) fn read(yaml: &str) -> Self {
        let mut objects = Self::default();
        for document in serde_yaml::Deserializer::from_str(yaml) {
            let object = Value::deserialize(document).expect("the output is YAML");
            match object["kind"].as_str() {
                Some("Namespace") => {
                    let labels = strings(&object["metadata"]["labels"]);
                    objects.namespaces.insert(text(&object["metadata"]["name"]), labels);
                }
                Some("NetworkPolicy") => objects.policies.push(policy(&object)),
                _ => {}
            }
        }
        objects
    }

    /// Returns every network that a policy names.
    pub(super) fn networks(&self) -> Vec<IpNet> {
        let rules = self.policies.iter().flat_map(|it| [&it.ingress, &it.egress]);
        let rules = rules.flatten().flatten();
        let blocks = rules.flat_map(|it| it.peers.iter().flatten()).filter_map(|it| match it {
            Peer::Block(network, except) => Some([vec![*network], except.clone()].concat()),
            Peer::Pods(..) => None,
        });
        blocks.flatten().collect()
    }

    /// Returns every label that a policy names, as (key, value).
    pub(super) fn labels(&self) -> Vec<(String, String)> {
        let rules = self.policies.iter().flat_map(|it| [&it.ingress, &it.egress]);
        let peers = rules.flatten().flatten().flat_map(|it| it.peers.iter().flatten());
        let peers = peers.filter_map(|it| match it {
            Peer::Pods(_, pods) => Some(pods),
            Peer::Block(..) => None,
        });
        let selectors = self.policies.iter().map(|it| &it.pods).chain(peers);
        let all = selectors.flat_map(|it| &it.0);
        all.flat_map(|(key, _, values)| values.iter().map(|it| (key.clone(), it.clone()))).collect()
    }

    /// Returns the first port of every rule, and the port after its last one.
    pub(super) fn ports(&self) -> Vec<(Protocol, u16)> {
        let rules = self.policies.iter().flat_map(|it| [&it.ingress, &it.egress]);
        let ports = rules.flatten().flatten().flat_map(|it| it.ports.iter().flatten());
        ports
            .flat_map(|it| [(it.protocol, it.from), (it.protocol, it.to.saturating_add(1))])
            .collect()
    }

    /// Returns the connections that one direction of the policies of each entity allows.
    pub(super) fn halves(&self, way: Way, entities: &[Entity]) -> Vec<Half<'_>> {
        let peers = self.policies.iter().map(|policy| {
            let rules = policy.rules(way).unwrap_or_default().iter();
            let matched = |rule: &Rule| {
                entities.iter().map(|it| self.peers_match(policy, rule, it)).collect::<Vec<bool>>()
            };
            rules.map(matched).collect::<Vec<_>>()
        });
        let peers: Vec<Vec<Vec<bool>>> = peers.collect();
        entities.iter().map(|it| self.half(way, it, &peers)).collect()
    }

    fn half(&self, way: Way, entity: &Entity, peers: &[Vec<Vec<bool>>]) -> Half<'_> {
        let Some((namespace, labels)) = &entity.pod else { return Half(None) };
        let selecting =
            self.policies.iter().zip(peers).filter(|(policy, _)| {
                policy.namespace == *namespace && policy.pods.selects(labels)
            });
        let mut opened: Option<Vec<Opening<'_>>> = None;
        for (policy, peers) in selecting {
            let Some(rules) = policy.rules(way) else { continue };
            let rules = rules.iter().zip(peers);
            let rules = rules.map(|(rule, peers)| (rule.ports.as_deref(), peers.clone()));
            opened.get_or_insert_default().extend(rules);
        }
        Half(opened)
    }

    fn peers_match(&self, policy: &Policy, rule: &Rule, other: &Entity) -> bool {
        let Some(peers) = &rule.peers else { return true };
        peers.iter().any(|peer| match (peer, &other.pod) {
            (Peer::Block(network, except), _) => {
                let address = IpNet::from(other.address);
                network.contains(&address) && !except.iter().any(|it| it.contains(&address))
            }
            (Peer::Pods(..), None) => false,
            (Peer::Pods(None, pods), Some((namespace, labels))) => {
                *namespace == policy.namespace && pods.selects(labels)
            }
            (Peer::Pods(Some(namespaces), pods), Some((namespace, labels))) => {
                let mut of_namespace = self.namespaces.get(namespace).cloned().unwrap_or_default();
                of_namespace.insert("kubernetes.io/metadata.name".to_owned(), namespace.clone());
                namespaces.selects(&of_namespace) && pods.selects(labels)
            }
        })
    }
}

/// The rules of an entity's policies. `None`: no policy selects it.
#[derive(Debug)]
pub(super) struct Half<'o>(Option<Vec<Opening<'o>>>);

/// The ports of a rule (`None`: every port), and which entities are its peers.
type Opening<'o> = (Option<&'o [Ports]>, Vec<bool>);

impl Half<'_> {
    /// Returns whether the entity of a row may be the other end on a port.
    pub(super) fn allows(&self, other: usize, protocol: Protocol, port: u16) -> bool {
        let Some(rules) = &self.0 else { return true };
        rules.iter().any(|(ports, peers)| {
            let has = |it: &Ports| it.protocol == protocol && it.from <= port && port <= it.to;
            peers[other] && ports.is_none_or(|it| it.iter().any(has))
        })
    }
}

impl Policy {
    fn rules(&self, way: Way) -> Option<&[Rule]> {
        match way {
            Way::In => self.ingress.as_deref(),
            Way::Out => self.egress.as_deref(),
        }
    }
}

impl Selector {
    fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|(key, operator, values)| {
            let value = labels.get(key);
            let is_listed = value.is_some_and(|it| values.contains(it));
            match operator.as_str() {
                "In" => is_listed,
                "NotIn" => !is_listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                other => panic!("`{other}` is not an operator"),
            }
        })
    }
}

fn policy(object: &Value) -> Policy {
    let spec = &object["spec"];
    let types: Vec<String> = list(&spec["policyTypes"]).iter().map(text).collect();
    // The API server adds the types if they are absent; the compiler never leaves them out.
    assert!(!types.is_empty(), "a policy without policyTypes");
    let rules = |name: &str, field: &str, side: &str| {
        let is_affected = types.iter().any(|it| it == name);
        is_affected.then(|| list(&spec[field]).iter().map(|it| rule(it, side)).collect())
    };
    Policy {
        namespace: text(&object["metadata"]["namespace"]),
        pods: selector(&spec["podSelector"]),
        ingress: rules("Ingress", "ingress", "from"),
        egress: rules("Egress", "egress", "to"),
    }
}

fn rule(value: &Value, side: &str) -> Rule {
    let peers = list(&value[side]);
    let ports = list(&value["ports"]);
    Rule {
        peers: (!peers.is_empty()).then(|| peers.iter().map(peer).collect()),
        ports: (!ports.is_empty()).then(|| ports.iter().map(port).collect()),
    }
}

fn peer(value: &Value) -> Peer {
    let block = &value["ipBlock"];
    if !block.is_null() {
        let network = |it: &Value| text(it).parse::<IpNet>().expect("a network");
        let except = list(&block["except"]).iter().map(network).collect();
        return Peer::Block(network(&block["cidr"]), except);
    }
    let namespaces = &value["namespaceSelector"];
    let namespaces = (!namespaces.is_null()).then(|| selector(namespaces));
    Peer::Pods(namespaces, selector(&value["podSelector"]))
}

fn port(value: &Value) -> Ports {
    let protocol = match value["protocol"].as_str() {
        None | Some("TCP") => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(other) => panic!("`{other}` is not a protocol"),
    };
    let number = |it: &Value| it.as_u64().and_then(|it| u16::try_from(it).ok());
    if value["port"].is_null() {
        return Ports { protocol, from: 1, to: u16::MAX };
    }
    let from = number(&value["port"]).expect("a numeric port");
    Ports { protocol, from, to: number(&value["endPort"]).unwrap_or(from) }
}

fn selector(value: &Value) -> Selector {
    let equal = strings(&value["matchLabels"]).into_iter();
    let mut all: Vec<(String, String, Vec<String>)> =
        equal.map(|(key, it)| (key, "In".to_owned(), vec![it])).collect();
    for it in list(&value["matchExpressions"]) {
        let values = list(&it["values"]).iter().map(text).collect();
        all.push((text(&it["key"]), text(&it["operator"]), values));
    }
    Selector(all)
}

fn strings(value: &Value) -> Labels {
    let pairs = value.as_mapping().into_iter().flatten();
    pairs.map(|(key, it)| (text(key), text(it))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// Returns the address as a number, for iterating over address space.
pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(it) => u128::from(u32::from(it)),
        IpAddr::V6(it) => u128::from(it),
    }
}
