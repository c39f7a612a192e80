//! What the hosts' firewalls must let through. No policy speaks of it, because nodes are no pods.

use serde::Serialize;

use crate::model::{Announce, Cluster, Distribution, Encapsulation, Model, ServiceType};

/// One line of a firewall: incoming, at the nodes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Opening {
    from: String,
    port: String,
    why: String,
}

/// The endpoints of the API server, with their ports.
pub(super) fn apiserver(cluster: &Cluster) -> Vec<String> {
    let endpoints = cluster.apiserver.iter().flat_map(|it| &it.node);
    endpoints
        .map(|(address, port)| match address {
            std::net::IpAddr::V4(it) => format!("{it}:{}", port.from),
            std::net::IpAddr::V6(it) => format!("[{it}]:{}", port.from),
        })
        .collect()
}

/// The openings, in the order of who they are for.
pub(super) fn openings(model: &Model, cni: &str) -> Vec<Opening> {
    let cluster = &model.cluster;
    let mut openings = Vec::new();
    let mut open = |from: &str, port: String, why: &str| {
        openings.push(Opening { from: from.to_owned(), port, why: why.to_owned() });
    };
    let mut ports: Vec<u16> = Vec::new();
    for (_, port) in cluster.apiserver.iter().flat_map(|it| &it.node) {
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
        }
    }
    openings.extend(on_hosts(model));
    openings
}

/// What the pod network needs between nodes.
fn overlay(cluster: &Cluster, cni: &str) -> Vec<(&'static str, &'static str)> {
    let Some(calico) = &cluster.calico else {
        return match cni {
            "cilium" => vec![
                ("8472/udp", "Cilium's VXLAN, among the nodes"),
                ("4240/tcp", "Cilium's health checks, among the nodes"),
                ("4244/tcp", "Hubble, among the nodes"),
            ],
            "flannel" => vec![("8472/udp", "Flannel's VXLAN, among the nodes")],
            _ => Vec::new(),
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

/// Pods on their node's address, and node ports.
fn on_hosts(model: &Model) -> Vec<Opening> {
    let mut openings = Vec::new();
    for workload in &model.workloads {
        let path = &workload.path;
        for port in &workload.ports {
            if workload.host_network && port.scrape {
                let why = format!("metrics of `{path}`, from Prometheus");
                openings.push(Opening {
                    from: "pods".to_owned(),
                    port: port.pod_port.0.to_string(),
                    why,
                });
            }
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
