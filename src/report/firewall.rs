//! Ports that firewalls of the hosts must allow. Policies do not cover them, because nodes are no pods.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::{
    Announce, Cluster, Cni, Distribution, Encapsulation, Endpoint, Model, ServiceType,
};
use crate::scalar::{PortRange, PortSet};

/// An incoming connection that a firewall of a node must allow.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Opening {
    from: String,
    port: String,
    why: String,
}

/// Returns the endpoints of the API server, as `ADDRESS:PORT`.
pub(super) fn apiserver(cluster: &Cluster) -> Vec<String> {
    let endpoints = cluster.apiserver.iter().flat_map(|it| &it.node);
    endpoints
        .map(|(address, port)| match address {
            std::net::IpAddr::V4(it) => format!("{it}:{}", port.from),
            std::net::IpAddr::V6(it) => format!("[{it}]:{}", port.from),
        })
        .collect()
}

/// Returns the openings: those of the platform first, then those of flows and node ports.
pub(super) fn openings(model: &Model, cni: Option<Cni>) -> Vec<Opening> {
    let cluster = &model.cluster;
    let mut openings = Vec::new();
    let mut open = |from: &str, port: String, why: &str| {
        openings.push(Opening { from: from.to_owned(), port, why: why.to_owned() });
    };
    let mut ports: Vec<u16> = Vec::new();
    // On EKS the API server runs outside the nodes.
    let on_nodes = cluster.distribution != Distribution::Eks;
    let endpoints = cluster.apiserver.iter().filter(|_| on_nodes).flat_map(|it| &it.node);
    for (_, port) in endpoints {
        if !ports.contains(&port.from) {
            ports.push(port.from);
        }
    }
    for port in ports {
        open("nodes", format!("{port}/tcp"), "the API server, from every node");
        open("pods", format!("{port}/tcp"), "the API server, from pods that have a flow to it");
    }
    open("nodes", "10250/tcp".to_owned(), "kubelets, from the API server");
    if cluster.distribution == Distribution::Kubeadm {
        open("nodes", "2379-2380/tcp".to_owned(), "etcd, among the control plane");
    }
    for (port, why) in overlay(cluster, cni) {
        open("nodes", port.to_owned(), why);
    }
    if let Some(metallb) = &cluster.metallb {
        let announces = |how| metallb.pools.iter().any(|it| it.announce.node == how);
        if announces(Announce::L2) {
            open("nodes", "7946/tcp".to_owned(), "MetalLB's speakers, among themselves");
            open("nodes", "7946/udp".to_owned(), "MetalLB's speakers, among themselves");
        }
        if announces(Announce::Bgp) {
            open("routers", "179/tcp".to_owned(), "BGP between MetalLB's speakers and the routers");
            if metallb.peers.iter().any(|it| it.options.bfd.is_some()) {
                open("routers", "3784/udp".to_owned(), "BFD, over one hop");
                open("routers", "4784/udp".to_owned(), "BFD, over several hops");
            }
        }
    }
    openings.extend(on_hosts(model));
    openings
}

/// Returns the ports that the pod network needs between nodes, with a reason each.
fn overlay(cluster: &Cluster, cni: Option<Cni>) -> Vec<(&'static str, &'static str)> {
    let Some(calico) = &cluster.calico else {
        return match cni {
            Some(Cni::Cilium) => vec![
                ("8472/udp", "Cilium's VXLAN, among the nodes"),
                ("4240/tcp", "Cilium's health checks, among the nodes"),
                ("4244/tcp", "Hubble, among the nodes"),
            ],
            Some(Cni::Flannel) => vec![("8472/udp", "Flannel's VXLAN, among the nodes")],
            Some(Cni::Calico | Cni::AmazonVpc) | None => Vec::new(),
        };
    };
    let mut needed = match calico.encapsulation.node {
        Encapsulation::Vxlan | Encapsulation::VxlanCrossSubnet => {
            vec![("4789/udp", "Calico's VXLAN, among the nodes")]
        }
        Encapsulation::Ipip | Encapsulation::IpipCrossSubnet => {
            vec![("protocol 4", "Calico's IP in IP, among the nodes")]
        }
        Encapsulation::None => Vec::new(),
    };
    if calico.bgp.node {
        needed.push(("179/tcp", "BGP, among the nodes"));
    }
    needed.push(("5473/tcp", "Typha, from every node"));
    needed
}

/// Returns the openings for workloads on the host network, for flows to the nodes, and for node ports.
fn on_hosts(model: &Model) -> Vec<Opening> {
    // Clients by source, port and server. Pods connect with their own address to their own node, and may
    // connect with their node's address to other nodes.
    let mut needed = BTreeMap::<(String, String, String), BTreeSet<String>>::new();
    for flow in &model.flows {
        for server in &flow.servers {
            let answers = if server.endpoint == Endpoint::Nodes {
                "the nodes themselves".to_owned()
            } else if let Endpoint::Workload(id) = server.endpoint
                && model.workload(id).host_network
            {
                format!("`{}`", model.workload(id).path)
            } else {
                continue;
            };
            for (client, port) in
                flow.clients.iter().flat_map(|it| ports(&server.ports).map(move |port| (it, port)))
            {
                let name = model.called(&client.endpoint);
                let from = if model.namespace_of(&client.endpoint).is_some() {
                    vec!["nodes", "pods"]
                } else if [Endpoint::Nodes, Endpoint::Apiserver].contains(&client.endpoint) {
                    vec!["nodes"]
                } else {
                    vec![name.as_str()]
                };
                for from in from {
                    let key = (from.to_owned(), port.clone(), answers.clone());
                    needed.entry(key).or_default().insert(format!("`{name}`"));
                }
            }
        }
    }
    let opening = |((from, port, answers), clients): (_, BTreeSet<String>)| {
        let clients = clients.into_iter().collect::<Vec<_>>().join(", ");
        Opening { from, port, why: format!("{answers}, for {clients}") }
    };
    let mut openings: Vec<Opening> = needed.into_iter().map(opening).collect();
    for workload in &model.workloads {
        let path = &workload.path;
        for port in &workload.ports {
            let opens = workload
                .service
                .as_ref()
                .is_some_and(|it| it.kind.node == ServiceType::NodePort || it.node_ports);
            let number = port.node_port.as_ref().map(|it| it.node).filter(|_| opens);
            if let Some(number) = number {
                let port = format!("{number}/{}", port.pod_port.0.protocol.word());
                let why = format!("the node port of `{path}`");
                openings.push(Opening { from: "its clients".to_owned(), port, why });
            }
        }
    }
    openings.sort();
    openings.dedup();
    openings
}

/// Formats ports with their protocols for firewalls: `443/tcp`.
pub(super) fn ports(ports: &PortSet) -> impl Iterator<Item = String> + use<> {
    let words = match ports {
        PortSet::Any => vec!["any".to_owned()],
        PortSet::Some(ports) => ports
            .iter()
            .map(|it| match it.0 {
                PortRange { protocol, from, to } if from == to => {
                    format!("{from}/{}", protocol.word())
                }
                PortRange { protocol, from, to } => format!("{from}-{to}/{}", protocol.word()),
            })
            .collect(),
    };
    words.into_iter()
}
