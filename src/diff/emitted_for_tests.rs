//! One object of each kind, as the compiler emits it.

use crate::objects::{
    Advertisement, AdvertisementSpec, BfdProfile, BfdProfileSpec, BgpPeer, BgpPeerSpec,
    CalicoNetwork, Container, Egress, EnabledDisabled, EnvVar, Expression, Ingress, Installation,
    InstallationSpec, IpAddressPool, IpAddressPoolSpec, IpBlock, IpPool, LabelSelector, Meta,
    Namespace, NetworkPolicy, NetworkPolicySpec, Object, Peer, PolicyPort, SecretReference,
    Service, ServiceAllocation, ServicePort, ServiceSpec, StringMap, WorkloadPatch,
};
use crate::policy::NAMESPACE_LABEL;

fn map(pairs: &[(&str, &str)]) -> StringMap {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned().into(), (*value).to_owned());
    StringMap(pairs.iter().map(own).collect())
}

pub(super) fn meta(namespace: Option<&str>, name: &str) -> Meta {
    Meta {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        labels: map(&[("app.kubernetes.io/managed-by", "mlnetc")]),
        annotations: map(&[("mlnet.dev/source", "moved.mlnet:99")]),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}

fn namespace() -> Object {
    let mut metadata = meta(None, "financial-inference");
    metadata.labels.0.push(("pod-security.kubernetes.io/enforce".into(), "restricted".to_owned()));
    Object::Namespace(Namespace::new(metadata))
}

fn port(name: &str, protocol: &'static str, port: u16, target_port: u16) -> ServicePort {
    ServicePort { name: name.to_owned(), protocol, port, target_port, node_port: None }
}

fn spec(kind: &'static str, ports: Vec<ServicePort>) -> ServiceSpec {
    ServiceSpec {
        kind,
        cluster_ip: None,
        external_name: None,
        external_traffic_policy: None,
        allocate_load_balancer_node_ports: None,
        selector: map(&[("app", "mlflow")]),
        ports,
    }
}

fn service() -> Object {
    let mut metadata = meta(Some("financial-inference"), "predictor");
    let address = ("metallb.universe.tf/loadBalancerIPs".into(), "192.168.1.210".to_owned());
    metadata.annotations.0.push(address);
    let ports = vec![
        port("http", "TCP", 8080, 8080),
        port("dns", "UDP", 53, 5353),
        port("dns-tcp", "TCP", 53, 5353),
    ];
    let spec = ServiceSpec {
        external_traffic_policy: Some("Local"),
        allocate_load_balancer_node_ports: Some(false),
        selector: map(&[("app", "financial-predictor")]),
        ..spec("LoadBalancer", ports)
    };
    Object::Service(Service::new(metadata, spec))
}

fn services() -> Vec<Object> {
    let http = || port("http", "TCP", 5000, 5000);
    let asked = ServicePort { node_port: Some(30500), ..port("asked", "TCP", 5000, 5000) };
    let alias = ServiceSpec {
        external_name: Some("minio.minio.svc.cluster.local".to_owned()),
        selector: StringMap::default(),
        ..spec("ExternalName", Vec::new())
    };
    let specs = [
        ("plain", spec("ClusterIP", vec![http()])),
        ("headless", ServiceSpec { cluster_ip: Some("None"), ..spec("ClusterIP", vec![http()]) }),
        ("node", spec("NodePort", vec![asked, port("assigned", "TCP", 5001, 5001)])),
        ("alias", alias),
    ];
    let made = specs.into_iter().map(|(name, spec)| Service::new(meta(Some("mlflow"), name), spec));
    made.map(Object::Service).collect()
}

fn selector(pairs: &[(&str, &str)]) -> LabelSelector {
    LabelSelector { match_labels: map(pairs), match_expressions: Vec::new() }
}

fn policy_port(protocol: &'static str, port: u16) -> PolicyPort {
    PolicyPort { protocol, port: Some(port), end_port: None }
}

fn pods(namespace: &str, pods: LabelSelector) -> Peer {
    let namespace = selector(&[(NAMESPACE_LABEL, namespace)]);
    Peer { ip_block: None, namespace_selector: Some(namespace), pod_selector: Some(pods) }
}

fn policy() -> Object {
    let either = Expression { key: "app".into(), operator: "In", values: strings(&["a", "b"]) };
    let either =
        LabelSelector { match_labels: StringMap::default(), match_expressions: vec![either] };
    let internet = IpBlock {
        cidr: "0.0.0.0/0".to_owned(),
        except: strings(&["10.0.0.0/8", "192.168.0.0/16"]),
    };
    let internet = Peer { ip_block: Some(internet), namespace_selector: None, pod_selector: None };
    let spec = NetworkPolicySpec {
        pod_selector: selector(&[("app", "financial-predictor")]),
        policy_types: vec!["Ingress", "Egress"],
        ingress: vec![Ingress {
            from: Some(vec![pods("ingress-nginx", either)]),
            ports: Some(vec![PolicyPort { end_port: Some(9010), ..policy_port("TCP", 9000) }]),
        }],
        egress: vec![
            Egress { to: Some(vec![internet]), ports: Some(vec![policy_port("TCP", 443)]) },
            Egress {
                to: Some(vec![pods("kube-system", selector(&[("k8s-app", "kube-dns")]))]),
                ports: Some(vec![policy_port("UDP", 53), policy_port("TCP", 53)]),
            },
        ],
    };
    Object::NetworkPolicy(NetworkPolicy::new(
        meta(Some("financial-inference"), "financial.predictor"),
        spec,
    ))
}

fn installation() -> Object {
    let pool = IpPool {
        cidr: "10.42.0.0/16".to_owned(),
        block_size: Some(26),
        encapsulation: "VXLAN",
        nat_outgoing: Some(EnabledDisabled::Enabled),
        node_selector: "all()",
        disable_bgp_export: false,
    };
    let calico_network = CalicoNetwork {
        bgp: EnabledDisabled::Disabled,
        container_ip_forwarding: Some(EnabledDisabled::Enabled),
        mtu: None,
        ip_pools: vec![pool],
    };
    let spec = InstallationSpec { cni: None, calico_network, flex_volume_path: None };
    Object::Installation(Installation::new(meta(None, "default"), spec))
}

fn metallb() -> Vec<Object> {
    let allocation = ServiceAllocation {
        priority: None,
        namespaces: strings(&["financial-inference", "mlflow"]),
        service_selectors: Vec::new(),
    };
    let pool = IpAddressPoolSpec {
        addresses: strings(&["192.168.1.200-192.168.1.230", "192.168.1.240-192.168.1.255"]),
        auto_assign: None,
        avoid_buggy_ips: None,
        service_allocation: Some(allocation),
    };
    let l2 = AdvertisementSpec {
        ip_address_pools: strings(&["production-pool"]),
        interfaces: strings(&["eth0", "eth1"]),
        ..AdvertisementSpec::default()
    };
    let rack = LabelSelector {
        match_labels: StringMap(vec![("rack".into(), "a".to_owned())]),
        match_expressions: Vec::new(),
    };
    let bgp = AdvertisementSpec {
        ip_address_pools: strings(&["edge-pool"]),
        node_selectors: vec![rack.clone()],
        communities: strings(&["64512:1", "64512:2"]),
        ..AdvertisementSpec::default()
    };
    let peer = BgpPeerSpec {
        peer_address: "192.0.2.1".to_owned(),
        peer_asn: Some(64_513),
        my_asn: 64_512,
        hold_time: Some("90s".to_owned()),
        connect_time: Some("3s".to_owned()),
        ebgp_multi_hop: Some(false),
        node_selectors: vec![rack],
        bfd_profile: Some("fast".to_owned()),
        password_secret: Some(SecretReference { name: "router".to_owned() }),
        ..BgpPeerSpec::default()
    };
    let profile = BfdProfileSpec { receive_interval: Some(300), ..BfdProfileSpec::default() };
    let here = |name| meta(Some("metallb-system"), name);
    vec![
        Object::BfdProfile(BfdProfile::new(here("fast"), profile)),
        Object::BgpPeer(Box::new(BgpPeer::new(here("router"), peer))),
        Object::IpAddressPool(IpAddressPool::new(here("production-pool"), pool)),
        Object::Advertisement(Advertisement::new("L2Advertisement", here("production-pool"), l2)),
        Object::Advertisement(Advertisement::new("BGPAdvertisement", here("edge-pool"), bgp)),
    ]
}

pub(super) fn patch() -> Object {
    let variable =
        |name: &str, value: &str| EnvVar { name: name.to_owned(), value: value.to_owned() };
    let env = vec![
        variable("SELDON_SCHEDULER_HOST", "seldon-scheduler.seldon-system.svc.cluster.local"),
        variable("SELDON_SCHEDULER_PORT", "9004"),
    ];
    let containers = vec![Container { name: "manager".to_owned(), env }];
    let metadata = meta(Some("seldon-system"), "seldon-v2-controller-manager");
    Object::WorkloadPatch(WorkloadPatch::new("Deployment", metadata, containers))
}

pub(super) fn everything() -> Vec<Object> {
    let mut all = vec![namespace(), service(), policy(), installation(), patch()];
    all.extend(services());
    all.extend(metallb());
    all
}
