//! Ordered policies: in each policy, the first rule that matches decides; unmatched connections are allowed.

use mlnetc::dialect::{Capabilities, Dialect};
use mlnetc::manifests::shape::Wrong;
use mlnetc::objects::Meta;
use mlnetc::origin::Origins;
use mlnetc::policy::{
    Action, DialectName, Part, Peer, Policy, Port, Requirement, Rule, Scope, Selector, Subject,
    Test, Tier, Unmatched,
};
use mlnetc::scalar::{FieldPath, PortRange, Protocol};
use serde_json::{Value, json};

/// Order of the policies that allow; the policies that deny the rest are evaluated after them.
const ALLOWS: i64 = 100;
const DENIES: i64 = 1000;

/// The entry of the dialect.
pub(super) const DIALECT: Dialect<Value> = Dialect {
    capabilities: Capabilities {
        actions: &[Action::Allow, Action::Deny],
        cluster_scope: false,
        ordered: true,
        port_names: false,
    },
    kinds: &[("toy", "Ordered")],
    render,
    read,
    path,
};

/// Returns the path of a part; peers and ports have no parts of their own.
fn path(part: Part) -> FieldPath {
    let object = FieldPath::default();
    match part {
        Part::Subject => object.child("pods"),
        Part::Directions => object,
        Part::Rules(direction) => object.child(direction.word()),
        Part::Rule(direction, at, _) => object.child(direction.word()).child(at),
    }
}

/// Renders a policy. A policy without rules denies everything.
#[expect(clippy::needless_pass_by_value, reason = "the type of a dialect's function")]
fn render(policy: Policy, metadata: Meta) -> (Value, Origins) {
    let Meta { name, namespace, .. } = metadata;
    let rules = |rules: &Option<Vec<Rule>>| {
        rules.as_ref().map(|it| match it.as_slice() {
            [] => vec![json!({"action": "Deny"})],
            some => some.iter().map(rule).collect(),
        })
    };
    let all = [&policy.ingress, &policy.egress];
    let denies = all.into_iter().flatten().all(Vec::is_empty);
    let object = json!({
        "apiVersion": "toy/v1",
        "kind": "Ordered",
        "name": name,
        "namespace": namespace,
        "order": if denies { DENIES } else { ALLOWS },
        "pods": selector(&policy.subject.pods),
        "ingress": rules(&policy.ingress),
        "egress": rules(&policy.egress),
    });
    (object, Origins::of(&policy.sites))
}

/// Moves the denying policies before the allowing ones, and the other way round.
pub(super) fn change(object: &mut Value) {
    let denies = object["order"] == json!(DENIES);
    object["order"] = json!(if denies { 0 } else { DENIES + 1 });
}

fn rule(rule: &Rule) -> Value {
    json!({
        "action": if rule.action == Action::Deny { "Deny" } else { "Allow" },
        "peers": rule.peers.as_ref().map(|it| it.iter().map(peer).collect::<Vec<_>>()),
        "ports": rule.ports.as_ref().map(|it| it.iter().map(port).collect::<Vec<_>>()),
    })
}

fn peer(peer: &Peer) -> Value {
    match peer {
        Peer::Pods { namespaces, pods } => json!({
            "namespaces": namespaces.as_ref().map(selector),
            "pods": pods.as_ref().map(selector),
        }),
        Peer::Block { network, except } => json!({
            "network": network.to_string(),
            "except": except.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    }
}

fn port(port: &Port) -> Value {
    match port {
        Port::Numbers(it) => json!([it.protocol.as_str(), it.from, it.to]),
        Port::Named(..) => panic!("the capabilities exclude names"),
    }
}

fn selector(selector: &Selector) -> Value {
    let requirement = |it: &Requirement| match &it.test {
        Test::In(values) => json!([it.key, "in", values]),
        Test::NotIn(values) => json!([it.key, "notin", values]),
        Test::Exists => json!([it.key, "exists", []]),
        Test::DoesNotExist => json!([it.key, "absent", []]),
    };
    selector.0.iter().map(requirement).collect()
}

fn read(object: &Value) -> Result<Policy, Wrong> {
    let rules = |it: &Value| it.as_array().map(|it| it.iter().map(read_rule).collect());
    let order = object["order"].as_i64();
    Ok(Policy {
        name: text(&object["name"]),
        // The language has no name for the toy dialect, and no path of this policy depends on the name.
        dialect: DialectName::Kubernetes,
        scope: Scope::Namespace(text(&object["namespace"])),
        tier: Tier { order: 1, unmatched: Unmatched::Pass },
        order: order.ok_or_else(|| Wrong::from("a policy without an order".to_owned()))?,
        subject: Subject {
            namespaces: None,
            pods: read_selector(&object["pods"]).expect("a selector"),
            sites: Vec::new(),
        },
        ingress: rules(&object["ingress"]),
        egress: rules(&object["egress"]),
        sites: Vec::new(),
        isolated_by: Vec::new(),
    })
}

fn read_rule(rule: &Value) -> Rule {
    let action = if rule["action"] == "Allow" { Action::Allow } else { Action::Deny };
    let peers = rule["peers"].as_array().map(|it| it.iter().map(read_peer).collect());
    let ports = rule["ports"].as_array().map(|it| it.iter().map(read_port).collect());
    Rule { action, ..Rule::allow(peers, ports) }
}

fn read_peer(peer: &Value) -> Peer {
    let Some(network) = peer["network"].as_str() else {
        let (namespaces, pods) = (read_selector(&peer["namespaces"]), read_selector(&peer["pods"]));
        return Peer::Pods { namespaces, pods };
    };
    let network_of = |it: &str| it.parse().expect("a network");
    let except = peer["except"].as_array().expect("a list").iter();
    Peer::Block {
        network: network_of(network),
        except: except.map(|it| network_of(&text(it))).collect(),
    }
}

fn read_port(port: &Value) -> Port {
    let number = |at: usize| u16::try_from(port[at].as_u64().expect("a number")).expect("a port");
    let protocol = match port[0].as_str() {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        _tcp => Protocol::Tcp,
    };
    Port::Numbers(PortRange { protocol, from: number(1), to: number(2) })
}

fn read_selector(selector: &Value) -> Option<Selector> {
    let requirement = |it: &Value| {
        let values = it[2].as_array().expect("a list").iter().map(text).collect();
        let test = match it[1].as_str() {
            Some("in") => Test::In(values),
            Some("notin") => Test::NotIn(values),
            Some("exists") => Test::Exists,
            _absent => Test::DoesNotExist,
        };
        Requirement { key: text(&it[0]), test }
    };
    selector.as_array().map(|it| Selector(it.iter().map(requirement).collect()))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
