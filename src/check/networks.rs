//! The cluster's networks, and what the Calico operator refuses: pkg/controller/ippool/validation.go
//! and pkg/controller/installation/validation.go, operator v1.34 (Calico 3.28) to v1.44 (3.33).

use ipnet::IpNet;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Calico, Cluster, Cni, Distribution, Encapsulation, Isolation, Model};
use crate::scalar::Addresses;

/// Reports networks that overlap, and Calico settings that the operator refuses.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let cluster = &model.cluster;
    for pods in &cluster.pods {
        for services in &cluster.services {
            let both = Addresses::of([pods.node]).overlaps(&Addresses::of([services.node]));
            if both {
                diagnostics.push(
                    Diagnostic::new(
                        Code::E0331,
                        services.span,
                        format!(
                            "the pod network {} and the Service network {} overlap",
                            pods.node, services.node
                        ),
                    )
                    .here("the Service network")
                    .label(pods.span, "the pod network")
                    .help(
                        "give one of them another range; neither can change after the cluster is created",
                    ),
                );
            }
        }
        // Where pods have addresses of the nodes' own network (Amazon VPC), this is as it has to be.
        if let Some(nodes) = &cluster.nodes
            && has_own_network(cluster)
            && nodes.node.overlaps(&Addresses::of([pods.node]))
        {
            diagnostics.push(
                Diagnostic::new(
                    Code::E0331,
                    nodes.span,
                    format!("nodes have addresses in the pod network {}", pods.node),
                )
                .here("node addresses")
                .label(pods.span, "the pod network")
                .help(
                    "nodes and pods need separate ranges; tunnel addresses of the nodes \
                     belong in `tunnels`",
                ),
            );
        }
    }
    apiserver(cluster, diagnostics);
    metallb_on_eks(cluster, diagnostics);
    not_enforced(model, diagnostics);
    two_plugins(cluster, diagnostics);
    tunnels(model, diagnostics);
    if let Some(calico) = &cluster.calico {
        block_size(model, calico, diagnostics);
        encapsulation(calico, diagnostics);
    }
}

/// The API server's own Service is translated before a policy looks at an address, and it is no pod.
fn apiserver(cluster: &Cluster, diagnostics: &mut Diagnostics) {
    let Some(endpoints) = &cluster.apiserver else { return };
    let pods = cluster.pods.iter().filter(|_| has_own_network(cluster));
    let networks = cluster.services.iter().map(|it| (it, "Service network"));
    for (network, what) in networks.chain(pods.map(|it| (it, "pod network"))) {
        let Some((address, _)) = endpoints.node.iter().find(|it| network.node.contains(&it.0))
        else {
            continue;
        };
        let message =
            format!("the API server has the address {address} of the {what} {}", network.node);
        diagnostics.push(
            Diagnostic::new(Code::E0331, endpoints.span, message)
                .here("the address of the API server")
                .label(network.span, format!("the {what}"))
                .note(
                    "the address of its Service is translated to an endpoint before policies apply",
                )
                .help("write the addresses of its endpoints: `kubectl get endpoints kubernetes`"),
        );
    }
}

/// Whether pods certainly have a network of their own.
fn has_own_network(cluster: &Cluster) -> bool {
    cluster.calico.is_some()
        || matches!(cluster.distribution, Distribution::K3s | Distribution::Kubeadm)
}

/// The Installation that a `calico` block becomes makes Calico the network plugin of every node.
fn two_plugins(cluster: &Cluster, diagnostics: &mut Diagnostics) {
    let other = cluster.cni.as_ref().filter(|it| it.node != Cni::Calico);
    if let (Some(cni), Some(calico)) = (other, &cluster.calico) {
        let message =
            format!("`{}` has two network plugins, Calico and `{}`", cluster.name, cni.node.word());
        diagnostics.push(
            Diagnostic::new(Code::E0230, cni.span, message)
                .here("enforces the policies")
                .label(calico.span, "installs Calico on every node")
                .help("remove `cni` if Calico enforces the policies, otherwise remove the `calico` block"),
        );
    }
}

/// Calico takes the address of a node's tunnel from a pool of pod addresses, and the pool of the Installation is
/// the pod network. The pools of other installations are not in the source.
fn tunnels(model: &Model, diagnostics: &mut Diagnostics) {
    let cluster = &model.cluster;
    let Some(tunnels) = cluster.tunnels.as_ref().filter(|_| !cluster.pods.is_empty()) else {
        return;
    };
    let pods = Addresses::of(cluster.pods.iter().map(|it| it.node));
    let outside = |it: &&IpNet| !pods.covers(&Addresses(vec![**it]));
    let outside: Vec<IpNet> = tunnels.node.0.iter().filter(outside).copied().collect();
    if outside.is_empty() {
        return;
    }
    let outside = Addresses(outside).in_words();
    let message = format!("tunnel addresses are outside of the pod network: {outside}");
    let is_certain = cluster.calico.is_some();
    let (code, why) = if is_certain {
        (Code::E0233, "Calico assigns tunnel addresses only from the pod network")
    } else {
        (Code::W0234, "network plugins assign tunnel addresses from the pod network")
    };
    let is_node = cluster.nodes.as_ref().is_some_and(|it| it.node.overlaps(&tunnels.node));
    let help = if is_node {
        "the addresses of the nodes belong in `nodes`; the tunnel addresses are in the nodes' \
         annotations `projectcalico.org/IPv4VXLANTunnelAddr` or `IPv4IPIPTunnelAddr`"
    } else {
        "write the addresses of the nodes' annotations `projectcalico.org/IPv4VXLANTunnelAddr` or `IPv4IPIPTunnelAddr`"
    };
    let equivalent = Diagnostic::new(code, tunnels.span, message).here(why);
    let networks = cluster.pods.iter();
    let labelled = networks.fold(equivalent, |it, pods| {
        it.label(pods.span, format!("the pod network is {}", pods.node))
    });
    diagnostics.push(labelled.help(help));
}

/// Nothing in a VPC answers ARP for an address that is no interface's.
fn metallb_on_eks(cluster: &Cluster, diagnostics: &mut Diagnostics) {
    if let Some(metallb) = cluster.metallb.as_ref()
        && cluster.distribution == Distribution::Eks
    {
        let message = format!(
            "cluster `{}` runs on EKS, where MetalLB cannot announce addresses",
            cluster.name
        );
        diagnostics.push(
            Diagnostic::new(Code::E0334, metallb.span, message)
                .here("a VPC routes only addresses of its own interfaces")
                .help(
                    "remove the block: on EKS, AWS provides the load balancers and their addresses",
                ),
        );
    }
}

/// Flannel by itself is a network without policies; k3s has a controller beside it.
fn not_enforced(model: &Model, diagnostics: &mut Diagnostics) {
    let cluster = &model.cluster;
    let Some(cni) = cluster.cni.as_ref().filter(|it| !it.node.enforces_policies()) else { return };
    let isolated =
        model.namespaces.iter().filter(|it| it.isolation != Isolation::default()).count();
    if cluster.distribution != Distribution::K3s && cluster.calico.is_none() && isolated > 0 {
        let (namespaces, are) =
            if isolated == 1 { ("namespace is", "it is") } else { ("namespaces are", "they are") };
        let message = format!("no program in `{}` enforces policies", cluster.name);
        diagnostics.push(
            Diagnostic::new(Code::W0335, cni.span, message)
                .here("Flannel enforces no policies")
                .help(format!(
                    "{isolated} {namespaces} isolated in the source only: {are} open \
                 until Calico, Cilium or another policy engine runs in the cluster (`cni = calico`)"
                )),
        );
    }
}

/// What the operator takes where no block size is given: pkg/controller/ippool/defaults.go.
const DEFAULT_BLOCK: u8 = 26;

/// 20 to 32 for IPv4, and not shorter than the pool's own prefix.
fn block_size(model: &Model, calico: &Calico, diagnostics: &mut Diagnostics) {
    let pools = || model.cluster.pods.iter().filter(|it| it.node.addr().is_ipv4());
    let Some(size) = &calico.block_size else {
        for pool in pools().filter(|it| it.node.prefix_len() > DEFAULT_BLOCK) {
            let message = format!(
                "Calico's blocks of /{DEFAULT_BLOCK} do not fit into the pod network {}",
                pool.node
            );
            diagnostics.push(
                Diagnostic::new(Code::E0332, calico.span, message)
                    .here("no `block-size`: Calico uses 26")
                    .label(pool.span, "the pod network")
                    .help(format!("write `block-size = {}` or more", pool.node.prefix_len())),
            );
        }
        return;
    };
    let report = |message: String, help: String| {
        Diagnostic::new(Code::E0332, size.span, message).here("rejected by Calico").help(help)
    };
    if !(20..=32).contains(&size.node) {
        diagnostics.push(report(
            format!("Calico does not accept the block size {}", size.node),
            "a block size of IPv4 is between 20 and 32; 26 (64 addresses) is the default, a smaller number makes larger blocks".to_owned(),
        ));
        return;
    }
    for pool in pools().filter(|it| it.node.prefix_len() > size.node) {
        diagnostics.push(
            report(
                format!("blocks of /{} do not fit into the pod network {}", size.node, pool.node),
                format!("use a block size of at least {}", pool.node.prefix_len()),
            )
            .label(pool.span, "the pod network"),
        );
    }
}

fn encapsulation(calico: &Calico, diagnostics: &mut Diagnostics) {
    let version = &calico.version.node;
    let (what, refused) = match calico.encapsulation.node {
        Encapsulation::Vxlan | Encapsulation::VxlanCrossSubnet => return,
        // From Calico 3.33 on, Felix programs the routes of IPIP by itself.
        Encapsulation::Ipip | Encapsulation::IpipCrossSubnet => {
            ("IPIP", !version.at_least([3, 33, 0]))
        }
        Encapsulation::None => ("a pod network without encapsulation", true),
    };
    if refused && !calico.bgp.node {
        diagnostics.push(
            Diagnostic::new(
                Code::E0333,
                calico.encapsulation.span,
                format!("Calico {version} needs BGP for {what}"),
            )
            .here("needs routes that only BGP distributes")
            .label(calico.bgp.span, "BGP is disabled")
            .help("write `bgp = enabled`, or `encapsulation = vxlan`, which needs no BGP"),
        );
    }
}
