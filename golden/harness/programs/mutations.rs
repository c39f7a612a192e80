//! Mutations of built policies: the proof must detect each mutation that changes a packet. Undetected mutations are
//! checked by an evaluator that shares no code with the engine, on pods and addresses that the proof did not choose.

#[path = "../../../src/read/tests/naive.rs"]
mod naive;

use std::collections::BTreeSet;
use std::net::IpAddr;

use libtest_mimic::Failed;
use mlnetc::analysis::Session;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::objects::{
    Egress, Ingress, IpBlock, LabelSelector, NetworkPolicy, Object, Peer, PolicyPort,
};
use mlnetc::origin::Traced;
use mlnetc::scalar::Date;
use mlnetc::validate::Proof;
use serde_json::{Value, json};

use super::super::case::print;
use super::Made;
use super::dice::Dice;
use naive::{End, Packet};

/// Greatest number of mutations of each program.
const MOST: usize = 40;

#[derive(Default)]
struct Counts {
    tried: usize,
    seen: usize,
}

/// Mutates the policies of programs.
pub(super) fn check(programs: impl Iterator<Item = (u64, Made)>) -> Result<(), Failed> {
    let mut counts = Counts::default();
    for (seed, made) in programs {
        of_program(seed, &made, &mut counts)
            .map_err(|it| format!("seed {seed}: {}", it.message().unwrap_or_default()))?;
    }
    let Counts { tried, seen } = counts;
    print(&format!("{tried} changes of policies: {seen} seen, {} mean the same", tried - seen));
    // Most mutations have an effect; otherwise the test would be useless.
    if seen * 2 > tried { Ok(()) } else { Err("the changes change too little".into()) }
}

fn of_program(seed: u64, made: &Made, counts: &mut Counts) -> Result<(), Failed> {
    let today = Date::parse("2026-12-01").expect("a day");
    let analysis = Session::new(made.files.clone(), today).into_analysis();
    let cluster = analysis.clusters().next().ok_or("a program has a cluster")?.node.clone();
    let mut diagnostics = Diagnostics::default();
    let built = analysis.objects(&cluster, &mut diagnostics).expect("no bug");
    let (model, objects) = built.ok_or("it builds")?;
    let policies: Vec<(usize, NetworkPolicy)> =
        objects.iter().enumerate().filter_map(|(at, it)| Some((at, policy(it)?.clone()))).collect();
    let mut changes: Vec<(usize, &'static str, Option<NetworkPolicy>)> = Vec::new();
    for (at, policy) in &policies {
        changes.push((*at, "the policy is gone", None));
        changes.extend(all(policy).into_iter().map(|(what, it)| (*at, what, Some(it))));
    }
    let mut dice = Dice::new(seed);
    while changes.len() > MOST {
        let at = dice.below(changes.len());
        changes.swap_remove(at);
    }
    for (at, what, changed) in changes {
        counts.tried += 1;
        let namespace = policy(&objects[at]).and_then(|it| it.metadata.namespace.as_deref());
        let mut others: Vec<Traced> = objects.to_vec();
        match changed.clone() {
            Some(policy) => others[at].object = Object::NetworkPolicy(policy),
            None => _ = others.remove(at),
        }
        let proof = Proof::of(model, &others);
        if proof.check(analysis.files(), &mut Diagnostics::default()).is_err() {
            counts.seen += 1;
        } else if let Some(packet) = difference(made, objects, &others, namespace) {
            let before = serde_json::to_string(&objects[at].object)?;
            let after = serde_json::to_string(&changed)?;
            let text = format!(
                "{what} and the proof holds, but {packet} differs\n{before}\n{after}\n{}",
                made.shown()
            );
            return Err(text.into());
        }
    }
    Ok(())
}

/// Returns every policy that differs from a policy in one part.
fn all(policy: &NetworkPolicy) -> Vec<(&'static str, NetworkPolicy)> {
    let mut all = Vec::new();
    let mut with = |what, change: &dyn Fn(&mut NetworkPolicy)| {
        let mut changed = policy.clone();
        change(&mut changed);
        all.push((what, changed));
    };
    for at in 0..policy.spec.policy_types.len() {
        with("a policyType is gone", &|it| _ = it.spec.policy_types.remove(at));
    }
    for (what, selector) in selectors(&policy.spec.pod_selector) {
        with(what, &|it| it.spec.pod_selector = selector.clone());
    }
    for at in 0..policy.spec.ingress.len() {
        with("an ingress rule is gone", &|it| _ = it.spec.ingress.remove(at));
        let rule = &policy.spec.ingress[at];
        for (what, from) in peers(rule.from.as_deref()) {
            with(what, &|it| it.spec.ingress[at].from.clone_from(&from));
        }
        for (what, ports) in ports(rule.ports.as_deref()) {
            with(what, &|it| it.spec.ingress[at].ports.clone_from(&ports));
        }
    }
    for at in 0..policy.spec.egress.len() {
        with("an egress rule is gone", &|it| _ = it.spec.egress.remove(at));
        let rule = &policy.spec.egress[at];
        for (what, to) in peers(rule.to.as_deref()) {
            with(what, &|it| it.spec.egress[at].to.clone_from(&to));
        }
        for (what, ports) in ports(rule.ports.as_deref()) {
            with(what, &|it| it.spec.egress[at].ports.clone_from(&ports));
        }
    }
    with("a rule lets everybody in", &|it| {
        it.spec.ingress.push(Ingress { from: None, ports: None });
    });
    with("a rule lets everything out", &|it| it.spec.egress.push(Egress { to: None, ports: None }));
    all
}

fn selectors(selector: &LabelSelector) -> Vec<(&'static str, LabelSelector)> {
    let mut all = Vec::new();
    for at in 0..selector.match_labels.0.len() {
        let mut less = selector.clone();
        less.match_labels.0.remove(at);
        all.push(("a label is gone", less));
        let mut other = selector.clone();
        "else".clone_into(&mut other.match_labels.0[at].1);
        all.push(("a label is another", other));
    }
    for at in 0..selector.match_expressions.len() {
        let mut less = selector.clone();
        less.match_expressions.remove(at);
        all.push(("an expression is gone", less));
    }
    let mut more = selector.clone();
    more.match_labels.0.push(("more".into(), "more".to_owned()));
    all.push(("a label more is asked for", more));
    all
}

fn peers(peers: Option<&[Peer]>) -> Vec<(&'static str, Option<Vec<Peer>>)> {
    let Some(peers) = peers else { return Vec::new() };
    let mut all = vec![("a rule is for everybody", None)];
    let mut with = |what, at: usize, peer: Peer| {
        let mut changed = peers.to_vec();
        changed[at] = peer;
        all.push((what, Some(changed)));
    };
    for (at, peer) in peers.iter().enumerate() {
        if let Some(block) = &peer.ip_block {
            for (what, block) in blocks(block) {
                with(what, at, Peer { ip_block: Some(block), ..peer.clone() });
            }
        }
        if let (Some(namespaces), Some(_)) = (&peer.namespace_selector, &peer.pod_selector) {
            with("a peer is a whole namespace", at, Peer { pod_selector: None, ..peer.clone() });
            with(
                "a peer is of its own namespace",
                at,
                Peer { namespace_selector: None, ..peer.clone() },
            );
            let everywhere = LabelSelector::default();
            with(
                "a peer is of every namespace",
                at,
                Peer { namespace_selector: Some(everywhere), ..peer.clone() },
            );
            for (what, selector) in selectors(namespaces) {
                with(what, at, Peer { namespace_selector: Some(selector), ..peer.clone() });
            }
        }
        if let Some(pods) = &peer.pod_selector {
            for (what, selector) in selectors(pods) {
                with(what, at, Peer { pod_selector: Some(selector), ..peer.clone() });
            }
        }
    }
    if peers.len() > 1 {
        for at in 0..peers.len() {
            let mut less = peers.to_vec();
            less.remove(at);
            all.push(("a peer is gone", Some(less)));
        }
    }
    all
}

fn blocks(block: &IpBlock) -> Vec<(&'static str, IpBlock)> {
    let mut all = Vec::new();
    if let Ok(network) = block.cidr.parse::<ipnet::IpNet>()
        && let Some(wider) = network.supernet()
    {
        all.push(("a network is wider", IpBlock { cidr: wider.to_string(), ..block.clone() }));
    }
    if !block.except.is_empty() {
        all.push(("a network has no holes", IpBlock { except: Vec::new(), ..block.clone() }));
        let mut less = block.clone();
        less.except.pop();
        all.push(("a network has a hole less", less));
    }
    all
}

fn ports(ports: Option<&[PolicyPort]>) -> Vec<(&'static str, Option<Vec<PolicyPort>>)> {
    let Some(ports) = ports else { return Vec::new() };
    let mut all = vec![("a rule is for every port", None)];
    for (at, port) in ports.iter().enumerate() {
        let mut with = |what, port: PolicyPort| {
            let mut changed = ports.to_vec();
            changed[at] = port;
            all.push((what, Some(changed)));
        };
        let protocol = if port.protocol == "TCP" { "UDP" } else { "TCP" };
        with("a protocol is another", PolicyPort { protocol, ..port.clone() });
        if let Some(number) = port.port {
            let up = number.saturating_add(1);
            let end_port = port.end_port.map(|it| it.max(up));
            with("a port is another", PolicyPort { port: Some(up), end_port, ..port.clone() });
            with(
                "a range is longer",
                PolicyPort {
                    end_port: Some(port.end_port.unwrap_or(number).saturating_add(1)),
                    ..port.clone()
                },
            );
            with("a port is every port", PolicyPort { port: None, end_port: None, ..port.clone() });
        }
    }
    all
}

fn policy(traced: &Traced) -> Option<&NetworkPolicy> {
    if let Object::NetworkPolicy(policy) = &traced.object { Some(policy) } else { None }
}

/// Returns a packet that only one of two sets of policies allows, among packets of the pods of the mutated policy: for
/// all other pods the policies are the same.
fn difference(
    made: &Made,
    before: &[Traced],
    after: &[Traced],
    namespace: Option<&str>,
) -> Option<String> {
    let manifests = |objects: &[Traced]| -> Vec<Value> {
        let kept = objects.iter().filter(|it| match policy(it) {
            Some(policy) => policy.metadata.namespace.as_deref() == namespace,
            None => it.object.key().0 == "Namespace",
        });
        kept.map(|it| serde_json::to_value(&it.object).expect("an object is JSON")).collect()
    };
    let (before, after) = (manifests(before), manifests(after));
    let pods = pods(made);
    let addresses = addresses(&before, &after);
    let is_own = |it: &&Value| it["metadata"]["namespace"].as_str() == namespace;
    let others: Vec<End<'_>> =
        pods.iter().map(End::Pod).chain(addresses.iter().map(|it| End::Address(*it))).collect();
    let packets = packets(&before, &after);
    for own in pods.iter().filter(is_own) {
        for other in &others {
            if matches!(other, End::Pod(it) if std::ptr::eq(*it, own)) {
                continue;
            }
            for (client, server) in [(End::Pod(own), *other), (*other, End::Pod(own))] {
                for packet in &packets {
                    let [one, two] =
                        [&before, &after].map(|it| naive::allows(it, client, server, *packet));
                    if one != two {
                        return Some(format!("{client:?} -> {server:?} {packet:?}, {one} before"));
                    }
                }
            }
        }
    }
    None
}

/// Returns the pods of the program, the same pods with an additional label, and unrelated pods.
fn pods(made: &Made) -> Vec<Value> {
    let pod = |namespace: &str, labels: Value| {
        json!({
            "kind": "Pod",
            "metadata": {"namespace": namespace, "labels": labels},
            "spec": {"containers": []},
        })
    };
    let mut pods = Vec::new();
    for thing in &made.things {
        let namespace = &made.namespaces[thing.namespace].name;
        let labels: serde_json::Map<String, Value> =
            thing.labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        pods.push(pod(namespace, Value::Object(labels.clone())));
        pods.push(pod("elsewhere", Value::Object(labels.clone())));
        let mut more = labels.clone();
        more.insert("more".to_owned(), json!("more"));
        pods.push(pod(namespace, Value::Object(more)));
    }
    for namespace in &made.namespaces {
        pods.push(pod(&namespace.name, json!({"app": "else"})));
        pods.push(pod(&namespace.name, json!({})));
    }
    pods.push(pod("kube-system", json!({"k8s-app": "kube-dns"})));
    pods.push(pod("kube-system", json!({"k8s-app": "else"})));
    pods.push(pod("elsewhere", json!({})));
    pods
}

/// Returns the first address of each named network, and the adjacent addresses.
fn addresses(before: &[Value], after: &[Value]) -> BTreeSet<IpAddr> {
    let mut all = BTreeSet::new();
    for block in parts(before, after, "ipBlock") {
        let except = block["except"].as_array().into_iter().flatten();
        for network in except.chain([&block["cidr"]]).filter_map(Value::as_str) {
            let Ok(network) = network.parse::<ipnet::IpNet>() else { continue };
            all.extend([network.network(), network.broadcast()]);
            let (IpAddr::V4(first), IpAddr::V4(last)) = (network.network(), network.broadcast())
            else {
                continue;
            };
            all.insert(IpAddr::V4(u32::from(first).wrapping_sub(1).into()));
            all.insert(IpAddr::V4(u32::from(last).wrapping_add(1).into()));
        }
    }
    all
}

/// Returns each named port, and the port after it.
fn packets(before: &[Value], after: &[Value]) -> Vec<Packet> {
    let mut numbers = BTreeSet::from([1_u16]);
    for port in parts(before, after, "ports").into_iter().filter_map(Value::as_array).flatten() {
        for key in ["port", "endPort"] {
            let number = port[key].as_u64().and_then(|it| u16::try_from(it).ok());
            numbers.extend(number.into_iter().flat_map(|it| [it, it.saturating_add(1)]));
        }
    }
    let packet = |port: u16| ["TCP", "UDP", "SCTP"].map(|protocol| Packet { protocol, port });
    numbers.into_iter().flat_map(packet).collect()
}

/// Returns the values of a key at any depth.
fn parts<'v>(before: &'v [Value], after: &'v [Value], key: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    let mut left: Vec<&Value> = before.iter().chain(after).collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get(key));
                left.extend(fields.values());
            }
            Value::Array(items) => left.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}
