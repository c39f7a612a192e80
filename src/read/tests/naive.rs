//! An evaluator that follows the text of the API documentation, one packet at a time. It shares no code with
//! the engine: it reads the manifests itself, and has neither classes nor sets.
//!
//! The quotations are from `NetworkPolicySpec` and the types below it:
//! <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

/// A pod, or an address outside the cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'v> {
    /// A Pod's manifest.
    Pod(&'v Value),
    /// An address that no pod has.
    Address(IpAddr),
}

/// The protocol, as Kubernetes writes it, and the port of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet {
    pub(crate) protocol: &'static str,
    pub(crate) port: u16,
}

/// Whether a client may connect to a server that is another pod.
pub(crate) fn allows(objects: &[Value], client: End<'_>, server: End<'_>, packet: Packet) -> bool {
    side(objects, "Egress", client, server, server, packet)
        && side(objects, "Ingress", server, client, server, packet)
}

/// "NetworkPolicy describes what network traffic is allowed for a set of pods."
fn side(
    objects: &[Value],
    way: &str,
    subject: End<'_>,
    other: End<'_>,
    server: End<'_>,
    packet: Packet,
) -> bool {
    let End::Pod(pod) = subject else { return true };
    if host_network(pod) {
        return true;
    }
    let selecting: Vec<&Value> = objects
        .iter()
        .filter(|it| it["kind"] == "NetworkPolicy")
        .filter(|it| it["metadata"]["namespace"] == pod["metadata"]["namespace"])
        .filter(|it| selects(&it["spec"]["podSelector"], &labels(pod)))
        .filter(|it| is_about(&it["spec"], way))
        .collect();
    // "traffic is allowed to a pod if there are no NetworkPolicies selecting the pod"
    if selecting.is_empty() {
        return true;
    }
    // "or if the traffic matches at least one ingress rule across all of the NetworkPolicy objects"
    let (rules, peers) = if way == "Ingress" { ("ingress", "from") } else { ("egress", "to") };
    selecting.iter().any(|policy| {
        list(&policy["spec"][rules]).iter().any(|rule| {
            matches_ports(&rule["ports"], server, packet)
                && matches_peers(objects, policy, &rule[peers], other)
        })
    })
}

/// "If this field is not specified, it will default based on the existence of ingress or egress rules;
/// policies that contain an egress section are assumed to affect egress, and all policies […] are
/// assumed to affect ingress." An empty list of egress rules is no rule.
fn is_about(spec: &Value, way: &str) -> bool {
    match spec["policyTypes"].as_array() {
        Some(types) if !types.is_empty() => types.iter().any(|it| it == way),
        _ => way == "Ingress" || !list(&spec["egress"]).is_empty(),
    }
}

/// "If this field is empty or missing, this rule matches all ports (traffic not restricted by port)."
fn matches_ports(ports: &Value, server: End<'_>, packet: Packet) -> bool {
    let ports = list(ports);
    ports.is_empty()
        || ports.iter().any(|it| {
            // "If not specified, this field defaults to TCP."
            let protocol = it["protocol"].as_str().unwrap_or("TCP");
            if protocol != packet.protocol {
                return false;
            }
            match (&it["port"], it["endPort"].as_u64()) {
                // "If this field is not provided, this matches all port names and numbers."
                (Value::Null, _) => true,
                (Value::String(name), _) => {
                    container_port(server, name, protocol) == Some(packet.port)
                }
                (from, Some(to)) => {
                    (from.as_u64().unwrap_or(0)..=to).contains(&u64::from(packet.port))
                }
                (number, None) => number.as_u64() == Some(u64::from(packet.port)),
            }
        })
}

fn container_port(server: End<'_>, name: &str, protocol: &str) -> Option<u16> {
    let End::Pod(pod) = server else { return None };
    // "Traffic to/from hostNetwork pods is treated the same as all other traffic to/from the node IP":
    // an address names no port.
    if host_network(pod) {
        return None;
    }
    let containers = list(&pod["spec"]["containers"]);
    let mut ports = containers.iter().flat_map(|it| list(&it["ports"]));
    let port = ports
        .find(|it| it["name"] == name && it["protocol"].as_str().unwrap_or("TCP") == protocol)?;
    port["containerPort"].as_u64().and_then(|it| u16::try_from(it).ok())
}

/// "If this field is empty or missing, this rule matches all sources (traffic not restricted by
/// source)."
fn matches_peers(objects: &[Value], policy: &Value, peers: &Value, other: End<'_>) -> bool {
    let peers = list(peers);
    peers.is_empty()
        || peers.iter().any(|peer| {
            if let Some(block) = peer.get("ipBlock") {
                return addresses(other).into_iter().any(|it| in_block(block, it));
            }
            let End::Pod(pod) = other else { return false };
            if host_network(pod) {
                return false;
            }
            let own = policy["metadata"]["namespace"] == pod["metadata"]["namespace"];
            // "If namespaceSelector is also set, then the NetworkPolicyPeer as a whole selects the pods
            // matching podSelector in the namespaces selected by namespaceSelector. Otherwise it
            // selects the pods matching podSelector in the policy's own namespace."
            let namespace = match peer.get("namespaceSelector") {
                Some(selector) => {
                    let name = &pod["metadata"]["namespace"];
                    let mut all = objects.iter().filter(|it| it["kind"] == "Namespace");
                    let namespace = all.find(|it| it["metadata"]["name"] == *name);
                    let mut labels = namespace.map(labels).unwrap_or_default();
                    labels.insert("kubernetes.io/metadata.name".to_owned(), name.clone());
                    selects(selector, &labels)
                }
                None => own,
            };
            let pods = peer.get("podSelector").is_none_or(|it| selects(it, &labels(pod)));
            namespace && pods
        })
}

fn addresses(end: End<'_>) -> Vec<IpAddr> {
    match end {
        End::Address(it) => vec![it],
        End::Pod(pod) => {
            let all = list(&pod["status"]["podIPs"]).iter().filter_map(|it| it["ip"].as_str());
            all.filter_map(|it| it.parse().ok()).collect()
        }
    }
}

/// "except is a slice of CIDRs that should not be included within an ipBlock"
fn in_block(block: &Value, address: IpAddr) -> bool {
    let within = |it: &Value| {
        it.as_str().and_then(|it| it.parse::<IpNet>().ok()).is_some_and(|it| it.contains(&address))
    };
    within(&block["cidr"]) && !list(&block["except"]).iter().any(within)
}

/// "The result of `matchLabels` and `matchExpressions` are `AND`ed. An empty label selector matches all
/// objects."
fn selects(selector: &Value, labels: &Map<String, Value>) -> bool {
    let equal = selector["matchLabels"].as_object();
    let equal = equal.is_none_or(|all| all.iter().all(|(key, it)| labels.get(key) == Some(it)));
    equal
        && list(&selector["matchExpressions"]).iter().all(|it| {
            let value = it["key"].as_str().and_then(|key| labels.get(key));
            let named = value.is_some_and(|value| list(&it["values"]).contains(value));
            match it["operator"].as_str() {
                Some("In") => named,
                Some("NotIn") => !named,
                Some("Exists") => value.is_some(),
                Some("DoesNotExist") => value.is_none(),
                other => panic!("{other:?} is no operator"),
            }
        })
}

fn host_network(pod: &Value) -> bool {
    pod["spec"]["hostNetwork"] == true
}

fn labels(object: &Value) -> Map<String, Value> {
    object["metadata"]["labels"].as_object().cloned().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
