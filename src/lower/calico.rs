//! The Calico Installation, from the cluster's `calico` block.

use ipnet::IpNet;

use super::metadata::Metadata;
use super::{Input, report};
use crate::diagnostics::Diagnostics;
use crate::model::{Calico, Cluster, Distribution, Encapsulation};
use crate::objects::{
    CalicoNetwork, Cni, EnabledDisabled, Installation, InstallationSpec, IpPool, Object,
};
use crate::origin::{Origins, Traced};
use crate::scalar::{FieldPath, field_path};
use crate::source::{Site, Span, Spanned};

/// Makes the Installation, if the cluster has a `calico` block.
pub(super) fn installation(input: Input<'_>, diagnostics: &mut Diagnostics) -> Option<Traced> {
    let cluster = &input.model.cluster;
    let calico = cluster.calico.as_ref()?;
    if !is_valid(cluster, calico, diagnostics) {
        return None;
    }
    let site = |span| Site { span, via: None };
    let mut origins = Origins::of(&[site(calico.span)]);
    let mut part = |path: &FieldPath, span| origins.part(path, &[site(span)]);
    let network = field_path!["spec", "calicoNetwork"];
    part(&network.child("bgp"), calico.bgp.span);
    for (path, it) in [
        (network.child("containerIPForwarding"), span_of(calico.container_ip_forwarding.as_ref())),
        (network.child("mtu"), span_of(calico.mtu.as_ref())),
        (field_path!["spec", "flexVolumePath"], span_of(calico.flex_volume_path.as_ref())),
    ] {
        if let Some(span) = it {
            part(&path, span);
        }
    }
    let mut ip_pools = Vec::new();
    for (at, pods) in cluster.pods.iter().enumerate() {
        let here = network.child("ipPools").child(at);
        part(&here, pods.span);
        part(&here.child("encapsulation"), calico.encapsulation.span);
        let block_size = calico.block_size.as_ref().filter(|it| fits(it.node, pods.node));
        if let Some(it) = block_size {
            part(&here.child("blockSize"), it.span);
        }
        if let Some(it) = &calico.nat_outgoing {
            part(&here.child("natOutgoing"), it.span);
        }
        ip_pools.push(IpPool {
            cidr: pods.node.trunc().to_string(),
            block_size: block_size.map(|it| it.node),
            encapsulation: encapsulation(calico.encapsulation.node),
            nat_outgoing: switch(calico.nat_outgoing.as_ref()),
            node_selector: "all()",
            disable_bgp_export: false,
        });
    }
    // K3s starts pods that forward packets for others (its ServiceLB): docs.k3s.io, "Custom CNI".
    let forwarding = switch(calico.container_ip_forwarding.as_ref()).or_else(|| {
        (cluster.distribution == Distribution::K3s).then_some(EnabledDisabled::Enabled)
    });
    let spec = InstallationSpec {
        // On EKS the operator would otherwise choose Amazon's plugin.
        cni: (cluster.distribution == Distribution::Eks).then_some(Cni { kind: "Calico" }),
        calico_network: CalicoNetwork {
            bgp: enabled(calico.bgp.node),
            container_ip_forwarding: forwarding,
            mtu: calico.mtu.as_ref().map(|it| it.node),
            ip_pools,
        },
        flex_volume_path: calico.flex_volume_path.as_ref().map(|it| it.node.clone()),
    };
    let description = calico.description.as_deref();
    let metadata = Metadata::of(input, "default", None, site(calico.span), description).done();
    Some(Traced {
        file: "calico/installation.yaml".to_owned(),
        object: Object::Installation(Installation::new(metadata, spec)),
        origins,
    })
}

/// Reports an encapsulation that cannot carry a pod network, and returns whether there is none. `check` covers
/// the other rules.
fn is_valid(cluster: &Cluster, calico: &Calico, diagnostics: &mut Diagnostics) -> bool {
    let encapsulation = calico.encapsulation.node;
    let ipip = matches!(encapsulation, Encapsulation::Ipip | Encapsulation::IpipCrossSubnet);
    let ipv6 = cluster.pods.iter().find(|it| ipip && it.node.addr().is_ipv6());
    if let Some(network) = ipv6 {
        diagnostics.push(report::ipip_for_ipv6(calico, network));
    }
    ipv6.is_none()
}

/// Whether a pod network can be divided into blocks of this size.
fn fits(block_size: u8, network: IpNet) -> bool {
    let sizes = if network.addr().is_ipv4() { 20..=32 } else { 116..=128 };
    sizes.contains(&block_size) && network.prefix_len() <= block_size
}

fn encapsulation(it: Encapsulation) -> &'static str {
    match it {
        Encapsulation::Vxlan => "VXLAN",
        Encapsulation::VxlanCrossSubnet => "VXLANCrossSubnet",
        Encapsulation::Ipip => "IPIP",
        Encapsulation::IpipCrossSubnet => "IPIPCrossSubnet",
        Encapsulation::None => "None",
    }
}

fn span_of<T>(it: Option<&Spanned<T>>) -> Option<Span> {
    it.map(|it| it.span)
}

fn switch(it: Option<&Spanned<bool>>) -> Option<EnabledDisabled> {
    it.map(|it| enabled(it.node))
}

fn enabled(it: bool) -> EnabledDisabled {
    if it { EnabledDisabled::Enabled } else { EnabledDisabled::Disabled }
}
