//! The `cluster` block: networks, nodes, Calico, MetalLB.

use std::net::IpAddr;

use ipnet::IpNet;

use super::declare::is_shared;
use super::expand::description;
use super::fields::Body;
use super::report;
use super::resolver::Resolver;
use super::scope::ScopeId;
use super::{report_limits, report_values};
use crate::model::{Calico, Cluster, Cni, DialectName, Distribution, Encapsulation};
use crate::scalar::{Addresses, PortRange};
use crate::source::{Name, Spanned};
use crate::syntax::ast::{Block, Item, Value, ValueKind};

const FIELDS: &[&str] = &[
    "distribution",
    "pods",
    "services",
    "nodes",
    "apiserver",
    "policies",
    "tunnels",
    "cni",
    "node-local-dns",
    "domain",
];
const CALICO_FIELDS: &[&str] = &[
    "version",
    "encapsulation",
    "bgp",
    "block-size",
    "nat-outgoing",
    "container-ip-forwarding",
    "flex-volume-path",
    "mtu",
];
const DISTRIBUTIONS: &[(&str, Distribution)] = &[
    ("k3s", Distribution::K3s),
    ("kubeadm", Distribution::Kubeadm),
    ("eks", Distribution::Eks),
    ("generic", Distribution::Generic),
];
const ENCAPSULATIONS: &[(&str, Encapsulation)] = &[
    ("vxlan", Encapsulation::Vxlan),
    ("vxlan-cross-subnet", Encapsulation::VxlanCrossSubnet),
    ("ipip", Encapsulation::Ipip),
    ("ipip-cross-subnet", Encapsulation::IpipCrossSubnet),
    ("none", Encapsulation::None),
];
const ON_OFF: &[(&str, bool)] = &[("enabled", true), ("disabled", false)];

/// A cluster without any settings yet.
pub(super) fn empty(block: &Block) -> Cluster {
    Cluster {
        name: block.name.clone(),
        distribution: Distribution::Generic,
        pods: Vec::new(),
        services: Vec::new(),
        nodes: None,
        apiserver: None,
        tunnels: None,
        node_local_dns: None,
        domain: "cluster.local".to_owned(),
        cni: None,
        dialect: DialectName::Kubernetes,
        calico: None,
        metallb: None,
        span: block.name.span,
        description: description(&block.doc),
    }
}

/// Default (pod, Service) networks of a distribution. k3s: docs/cli/server; kubeadm:
/// `networking.serviceSubnet`; it has no default for pods.
fn default_networks(distribution: Distribution) -> (Option<&'static str>, Option<&'static str>) {
    match distribution {
        Distribution::K3s => (Some("10.42.0.0/16"), Some("10.43.0.0/16")),
        Distribution::Kubeadm => (None, Some("10.96.0.0/12")),
        Distribution::Eks | Distribution::Generic => (None, None),
    }
}

/// Longest DNS name in characters (RFC 1035, 2.3.4), and longest label between two dots.
const LONGEST_DOMAIN: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Why a text is not an RFC 1123 subdomain; `None` if it is one.
fn not_a_domain(text: &str) -> Option<&'static str> {
    let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let is_part = |it: u8| is_letter(it) || it == b'-';
    if text.is_empty() {
        Some("it is empty")
    } else if text.ends_with('.') {
        Some("it ends with a dot")
    } else if text.split('.').any(str::is_empty) {
        Some("a part between two dots is empty")
    } else if text.bytes().any(|it| it.is_ascii_uppercase()) {
        Some("it has upper-case letters")
    } else if !text.bytes().all(|it| is_part(it) || it == b'.') {
        Some("it has characters other than `a` to `z`, digits, `-` and dots")
    } else if text.len() > LONGEST_DOMAIN || text.split('.').any(|it| it.len() > LONGEST_LABEL) {
        Some("a DNS name has at most 253 characters, and 63 between two dots")
    } else if text.split('.').any(|it| it.starts_with('-') || it.ends_with('-')) {
        Some("a part begins or ends with `-`")
    } else {
        None
    }
}

/// Smallest IPv4 packet in bytes that every host must accept (RFC 791, 3.1).
const SMALLEST_MTU: u16 = 576;

impl<'a> Resolver<'a> {
    /// Reads the cluster's block.
    pub(super) fn bind_cluster(&mut self) {
        let block = self.declared.cluster;
        let body = self.body(&block.items, ScopeId::TOP, "a cluster", FIELDS);
        if let Some(distribution) = self.choice(&body, "distribution", DISTRIBUTIONS) {
            self.model.to_mut().cluster.distribution = distribution.node;
        }
        let (pods, services) = default_networks(self.model.cluster.distribution);
        self.model.to_mut().cluster.pods = self.cluster_networks(&body, "pods", pods, block);
        self.model.to_mut().cluster.services =
            self.cluster_networks(&body, "services", services, block);
        self.model.to_mut().cluster.nodes = self.addresses_field(&body, "nodes");
        self.model.to_mut().cluster.tunnels = self.addresses_field(&body, "tunnels");
        self.model.to_mut().cluster.apiserver = self.apiserver(&body);
        if let Some(field) = body.fields.get("node-local-dns") {
            self.model.to_mut().cluster.node_local_dns =
                self.address_of(&field.value, ScopeId::TOP);
        }
        self.domain(&body);
        if let Some(dialect) = self.choice(&body, "policies", DialectName::WORDS) {
            self.model.to_mut().cluster.dialect = dialect.node;
        }
        self.model.to_mut().cluster.cni = self.choice(&body, "cni", Cni::WORDS);
        for item in body.items {
            if let Item::Calico(inner) = item {
                self.calico(inner);
            } else if let Item::Metallb(inner) = item {
                self.metallb(inner);
            } else if !is_shared(item) {
                self.diagnostics.push(report::wrong_place(item, "a cluster"));
            }
        }
    }

    /// Reads `domain = "cluster.local"`. Validates it like kubeadm: an RFC 1123 subdomain.
    fn domain(&mut self, body: &Body<'a>) {
        let Some(domain) = self.text(body, "domain") else { return };
        let written = domain.node.as_str();
        if let Some(why) = not_a_domain(written) {
            let corrected = written.trim_end_matches('.').to_lowercase();
            let corrected = not_a_domain(&corrected).is_none().then_some(corrected);
            self.diagnostics.push(report_limits::not_a_domain(
                domain.span,
                written,
                why,
                corrected,
            ));
            return;
        }
        if let Some(rest) = written.strip_prefix("svc.") {
            self.diagnostics.push(report_limits::domain_with_svc(domain.span, written, rest));
        }
        self.model.to_mut().cluster.domain = domain.node;
    }

    /// A field with one IPv4 network, one IPv6 network, or both. Falls back to the default of the distribution.
    fn cluster_networks(
        &mut self,
        body: &Body<'a>,
        name: &'static str,
        default: Option<&str>,
        block: &'a Block,
    ) -> Vec<Spanned<IpNet>> {
        let Some(field) = body.fields.get(name) else {
            if let Some(default) = default {
                let network = default.parse().expect("INVARIANT: the defaults are networks");
                return vec![Spanned::new(network, block.name.span)];
            }
            let example = if name == "pods" { "10.42.0.0/16" } else { "10.43.0.0/16" };
            let hint = format!("`{name} = {example}`: the network of the cluster's {name}");
            self.missing(body, block.name.span, "cluster", name, &hint);
            return Vec::new();
        };
        let mut networks: Vec<Spanned<IpNet>> = Vec::new();
        for member in field.value.members() {
            if let ValueKind::Network(network) = member.kind {
                let same_family =
                    |it: &&Spanned<IpNet>| it.node.addr().is_ipv4() == network.addr().is_ipv4();
                if let Some(first) = networks.iter().find(same_family) {
                    self.diagnostics.push(report_values::two_of_a_family(
                        member.span,
                        name,
                        first.span,
                    ));
                } else {
                    networks.push(Spanned::new(network, member.span));
                }
            } else {
                self.wrong_kind(member, "a network: `10.42.0.0/16`");
            }
        }
        networks
    }

    fn addresses_field(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<Addresses>> {
        let field = body.fields.get(name)?;
        Some(Spanned::new(self.networks(&field.value, ScopeId::TOP), field.value.span))
    }

    /// Reads `apiserver = [192.168.1.85:6443]`.
    fn apiserver(&mut self, body: &Body<'a>) -> Option<Spanned<Vec<(IpAddr, PortRange)>>> {
        let field = body.fields.get("apiserver")?;
        let mut endpoints = Vec::new();
        for member in field.value.members() {
            endpoints.extend(self.endpoint_with_port(member));
        }
        Some(Spanned::new(endpoints, field.value.span))
    }

    fn endpoint_with_port(&mut self, value: &'a Value) -> Option<(IpAddr, PortRange)> {
        if let ValueKind::WithPort(of, port) = &value.kind
            && let ValueKind::Address(address) = of.kind
        {
            return self.port_range(port, ScopeId::TOP).map(|port| (address, port));
        }
        self.wrong_kind(value, "an address with its port: `192.0.2.1:6443`");
        None
    }

    fn calico(&mut self, block: &'a Block) {
        let body = self.body(&block.items, ScopeId::TOP, "a calico block", CALICO_FIELDS);
        self.only_fields(&body, "a calico block");
        if let Some(first) = &self.model.cluster.calico {
            let keyword = Spanned::new(Name::new("calico"), block.name.span);
            let diagnostic = report::declared_twice(&keyword, "block", "block", first.span);
            self.diagnostics.push(diagnostic);
            return;
        }
        for (name, hint) in [
            ("version", "`version = \"3.30\"`: the Calico version that the operator installs"),
            (
                "encapsulation",
                "`encapsulation = vxlan`, `vxlan-cross-subnet`, `ipip`, `ipip-cross-subnet` or `none`",
            ),
        ] {
            if !body.fields.contains_key(name) {
                self.missing(&body, block.name.span, "calico block", name, hint);
            }
        }
        let version = self.version(&body, "version");
        let encapsulation = self.choice(&body, "encapsulation", ENCAPSULATIONS);
        let bgp = self.choice(&body, "bgp", ON_OFF);
        let block_size = self.int::<u8>(&body, "block-size", "a prefix length");
        let nat_outgoing = self.flag(&body, "nat-outgoing");
        let container_ip_forwarding = self.flag(&body, "container-ip-forwarding");
        let mtu = self.int::<u16>(&body, "mtu", "an MTU in bytes");
        let mtu = mtu.filter(|it| {
            if it.node < SMALLEST_MTU {
                self.diagnostics.push(report_limits::mtu_too_small(it.span, it.node));
            }
            it.node >= SMALLEST_MTU
        });
        let flex_volume_path = self.flex_volume_path(&body);
        let (Some(version), Some(encapsulation)) = (version, encapsulation) else { return };
        // The operator's own default is Enabled; it rejects IPIP and unencapsulated pools without BGP
        // (pkg/controller/installation/validation.go), and VXLAN needs none.
        let vxlan =
            matches!(encapsulation.node, Encapsulation::Vxlan | Encapsulation::VxlanCrossSubnet);
        let bgp = bgp.unwrap_or(Spanned::new(!vxlan, encapsulation.span));
        self.model.to_mut().cluster.calico = Some(Calico {
            version,
            encapsulation,
            bgp,
            block_size,
            nat_outgoing,
            container_ip_forwarding,
            flex_volume_path,
            mtu,
            span: block.name.span,
            description: description(&block.doc),
        });
    }

    /// The flex volume path. The operator appends to this path verbatim, so it must end with a slash
    /// (pkg/render/node.go); `None` disables it.
    fn flex_volume_path(&mut self, body: &Body<'a>) -> Option<Spanned<String>> {
        let mut path = self.text(body, "flex-volume-path")?;
        if path.node == "None" {
            return Some(path);
        }
        if !path.node.starts_with('/') {
            self.diagnostics.push(report_values::path_not_absolute(path.span, &path.node));
            return None;
        }
        if !path.node.ends_with('/') {
            path.node.push('/');
        }
        Some(path)
    }
}
