//! The nodes of a snapshot compared with `nodes` and `tunnels` of its source: after a node joins, leaves or gets
//! another address, rules that allow nodes by address are wrong.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::report::nodes::{self as report, NodeAddress, NodeField};
use super::snapshot::{is, name};
use crate::diagnostics::Diagnostics;
use crate::manifests::Manifests;
use crate::model::{Endpoint, Flow, Model};
use crate::scalar::{AddressRange, Addresses};

/// Annotations in which Calico records the tunnel addresses of a node.
/// <https://github.com/projectcalico/calico/blob/v3.28.5/libcalico-go/lib/backend/k8s/resources/node.go>
const TUNNELS: [&str; 3] = ["IPv4VXLANTunnelAddr", "IPv6VXLANTunnelAddr", "IPv4IPIPTunnelAddr"];

/// Greatest length of a list of node addresses; longer lists are networks, in which most addresses have no node.
const LISTED: u128 = 64;

/// Compares the nodes. A snapshot without nodes gives no diagnostics.
pub(super) fn check(model: &Model, manifests: &Manifests, diagnostics: &mut Diagnostics) {
    let objects = manifests.objects.iter().map(|it| &it.object);
    let nodes: Vec<&Value> = objects.filter(|it| is(it, "", "Node")).collect();
    let cluster = &model.cluster;
    let fields = [
        ("nodes", "address", &cluster.nodes, nodes.iter().flat_map(|it| internal(it)).collect()),
        (
            "tunnels",
            "tunnel address",
            &cluster.tunnels,
            nodes.iter().flat_map(|it| tunnels(it)).collect(),
        ),
    ];
    for (field, what, written, live) in fields {
        let live: Vec<NodeAddress<'_>> = live;
        let Some(written) = written else { continue };
        if live.is_empty() {
            continue;
        }
        let it = NodeField { field, what, written };
        let new: Vec<NodeAddress<'_>> =
            live.iter().filter(|it| !written.node.contains(it.1)).copied().collect();
        if !new.is_empty() {
            let flows = model.flows.iter().filter(|it| is_of_nodes(model, it));
            diagnostics.push(report::unknown(it, &new, flows.count()));
        }
        let gone = without_node(&written.node, &live);
        if !gone.is_empty() {
            diagnostics.push(report::gone(it, &gone));
        }
    }
}

/// Returns the internal addresses of a node.
fn internal(node: &Value) -> Vec<NodeAddress<'_>> {
    let addresses = node.pointer("/status/addresses").and_then(Value::as_array);
    let internal = addresses.into_iter().flatten().filter(|it| it["type"] == "InternalIP");
    let parsed = internal.filter_map(|it| it["address"].as_str()?.parse().ok());
    parsed.map(|it| (name(node), it)).collect()
}

fn tunnels(node: &Value) -> Vec<NodeAddress<'_>> {
    let annotation = |key| node.pointer(&format!("/metadata/annotations/projectcalico.org~1{key}"));
    let addresses = TUNNELS.into_iter().filter_map(annotation);
    let parsed = addresses.filter_map(|it| it.as_str()?.parse().ok());
    parsed.map(|it| (name(node), it)).collect()
}

/// Returns the addresses of a short list that no node has.
fn without_node(written: &Addresses, live: &[NodeAddress<'_>]) -> Vec<IpAddr> {
    let ranges = written.0.iter().map(|it| AddressRange { from: it.network(), to: it.broadcast() });
    let ranges: Vec<AddressRange> = ranges.collect();
    let mut left = LISTED;
    for it in &ranges {
        match left.checked_sub(it.count()) {
            Some(rest) => left = rest,
            None => return Vec::new(),
        }
    }
    let known: BTreeMap<IpAddr, &str> = live.iter().map(|(node, it)| (*it, *node)).collect();
    let all = ranges.iter().flat_map(|it| (0..it.count()).filter_map(move |at| it.nth(at)));
    // An address family that no node has is not judged.
    let is_shown = |it: &IpAddr| known.keys().any(|node| node.is_ipv4() == it.is_ipv4());
    all.filter(|it| is_shown(it) && !known.contains_key(it)).collect()
}

/// Returns whether a flow allows connections from nodes or to nodes, by their addresses.
fn is_of_nodes(model: &Model, flow: &Flow) -> bool {
    let is_node = |it: &Endpoint| {
        matches!(it, Endpoint::Nodes | Endpoint::Apiserver) || model.is_on_host_network(it)
    };
    let hides = |it: &Endpoint| model.hides_clients(it);
    flow.clients.iter().any(|it| is_node(&it.endpoint))
        || flow.servers.iter().any(|it| is_node(&it.endpoint) || hides(&it.endpoint))
}
