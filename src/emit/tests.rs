//! A small cluster, built by hand, through emission and back to the source.

use std::fmt::Write as _;

use serde_json::json;

use super::{Bug, Target, Tree, origins_of_lines, tree};
use crate::objects::{
    Advertisement, AdvertisementSpec, CalicoNetwork, Cni, Container, Egress, EnabledDisabled,
    EnvVar, Expression, HelmValues, Ingress, Installation, InstallationSpec, IpAddressPool,
    IpAddressPoolSpec, IpBlock, IpPool, LabelSelector, Meta, Namespace, NetworkPolicy,
    NetworkPolicySpec, Object, Peer, PolicyPort, Service, ServiceAllocation, ServicePort,
    ServiceSpec, StringMap, WorkloadPatch,
};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;
use crate::source::{Expansion, ExpansionId, FileId, Files, Site, Span};

/// A source with lines of ten bytes, and the expansions in it.
struct Source {
    files: Files,
    file: FileId,
    expansions: Vec<Expansion>,
}

impl Source {
    fn new() -> Self {
        let files = Files::new([("net.mlnet".to_owned(), "# a line.\n".repeat(99))]);
        let file = files.iter().next().expect("there is one file").0;
        let mut it = Self { files, file, expansions: Vec::new() };
        let used = |what: &str, line, parent| Expansion {
            what: what.to_owned(),
            span: it.site(line).span,
            parent,
        };
        it.expansions = vec![
            used("component `mlflow`", 30, None),
            used("component `postgres`", 31, Some(ExpansionId(0))),
        ];
        it
    }

    fn site(&self, line: u32) -> Site {
        let start = (line - 1) * 10;
        Site { span: Span { file: self.file, start, end: start + 9 }, via: None }
    }

    fn through(&self, line: u32, expansion: u32) -> Site {
        Site { via: Some(ExpansionId(expansion)), ..self.site(line) }
    }

    fn tree(&self, traced: &[Traced]) -> Result<Tree, Bug> {
        let (files, expansions) = (&self.files, self.expansions.as_slice());
        tree(traced.to_vec(), &Target { cluster: "lab", site: self.site(1), files, expansions })
    }
}

fn strings(pairs: &[(&str, &str)]) -> StringMap {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned().into(), (*value).to_owned());
    StringMap(pairs.iter().map(own).collect())
}

fn meta(name: &str, namespace: Option<&str>) -> Meta {
    Meta {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        labels: strings(&[("app.kubernetes.io/managed-by", "mlnetc")]),
        annotations: strings(&[
            ("mlnet.dev/source", "net.mlnet:7"),
            ("mlnet.dev/description", "yes: it's #1"),
        ]),
    }
}

fn app(name: &str) -> LabelSelector {
    LabelSelector { match_labels: strings(&[("app", name)]), ..LabelSelector::default() }
}

fn policy(namespace: &str, name: &str, ingress: Vec<Ingress>, egress: Vec<Egress>) -> Object {
    let spec = NetworkPolicySpec {
        pod_selector: LabelSelector::default(),
        policy_types: vec!["Ingress", "Egress"],
        ingress,
        egress,
    };
    Object::NetworkPolicy(NetworkPolicy::new(meta(name, Some(namespace)), spec))
}

fn port(port: u16) -> PolicyPort {
    PolicyPort { protocol: "TCP", port: Some(port), end_port: None }
}

fn ingress() -> Ingress {
    let namespace = strings(&[("kubernetes.io/metadata.name", "mlflow")]);
    let namespace = LabelSelector { match_labels: namespace, ..LabelSelector::default() };
    let peer = Peer {
        ip_block: None,
        namespace_selector: Some(namespace),
        pod_selector: Some(app("mlflow")),
    };
    Ingress { from: Some(vec![peer]), ports: Some(vec![port(8080)]) }
}

fn egress() -> Egress {
    let block = IpBlock { cidr: "10.0.0.0/8".to_owned(), except: vec!["10.1.0.0/16".to_owned()] };
    let peer = Peer { ip_block: Some(block), namespace_selector: None, pod_selector: None };
    let range = PolicyPort { protocol: "UDP", port: Some(9000), end_port: Some(9010) };
    Egress { to: Some(vec![peer]), ports: Some(vec![port(443), range]) }
}

fn service(namespace: &str, name: &str) -> Object {
    let port = ServicePort {
        name: "http".to_owned(),
        protocol: "TCP",
        port: 80,
        target_port: 8080,
        node_port: None,
    };
    let spec = ServiceSpec {
        kind: "LoadBalancer",
        cluster_ip: None,
        external_name: None,
        external_traffic_policy: Some("Local"),
        allocate_load_balancer_node_ports: Some(false),
        selector: strings(&[("app", "on")]),
        ports: vec![port],
    };
    Object::Service(Service::new(meta(name, Some(namespace)), spec))
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
    let network = CalicoNetwork {
        bgp: EnabledDisabled::Disabled,
        container_ip_forwarding: Some(EnabledDisabled::Enabled),
        mtu: Some(1450),
        ip_pools: vec![pool],
    };
    let spec = InstallationSpec {
        cni: Some(Cni { kind: "Calico" }),
        calico_network: network,
        flex_volume_path: Some("/var/lib/kubelet/plugins/".to_owned()),
    };
    Object::Installation(Installation::new(meta("default", None), spec))
}

fn pool(name: &str) -> Object {
    let spec = IpAddressPoolSpec {
        avoid_buggy_ips: None,
        addresses: vec!["192.168.1.200-192.168.1.250".to_owned(), "2001:db8::/120".to_owned()],
        auto_assign: Some(false),
        service_allocation: Some(ServiceAllocation {
            priority: Some(10),
            namespaces: vec!["seldon-system".to_owned()],
            service_selectors: vec![LabelSelector {
                match_labels: StringMap::default(),
                match_expressions: vec![Expression {
                    key: "app".into(),
                    operator: "In",
                    values: vec!["a".to_owned()],
                }],
            }],
        }),
    };
    Object::IpAddressPool(IpAddressPool::new(meta(name, Some("metallb-system")), spec))
}

fn advertisement(kind: &'static str) -> Object {
    let spec = AdvertisementSpec {
        ip_address_pools: vec!["main".to_owned()],
        ..AdvertisementSpec::default()
    };
    Object::Advertisement(Advertisement::new(kind, meta("main", Some("metallb-system")), spec))
}

fn helm() -> Object {
    let values = json!({ "service": { "type": "LoadBalancer", "on": ["yes", 1, { "a": true }] }, "text": "a\n\nb\n" });
    Object::HelmValues(HelmValues {
        release: "mlflow".to_owned(),
        chart: Some("community-charts/mlflow".to_owned()),
        version: Some("1.11.5".to_owned()),
        namespace: Some("mlflow".to_owned()),
        description: Some("What `helm upgrade -f` reads.\nTwo lines.".to_owned()),
        values: values.as_object().cloned().unwrap_or_default(),
    })
}

fn patch() -> Object {
    let env = vec![EnvVar { name: "SELDON_SCHEDULER_PORT".to_owned(), value: "9004".to_owned() }];
    let meta = Meta {
        labels: StringMap::default(),
        annotations: StringMap::default(),
        ..meta("it", Some("seldon"))
    };
    Object::WorkloadPatch(WorkloadPatch::new(
        "Deployment",
        meta,
        vec![Container { name: "manager".to_owned(), env }],
    ))
}

fn cluster(source: &Source) -> Vec<Traced> {
    let traced = |file: &str, object: Object, line: u32| Traced {
        file: file.to_owned(),
        object,
        origins: Origins::of(&[source.site(line)]),
    };
    let mut allow = traced(
        "tenants/fin/policies.yaml",
        policy("fin", "fin.web", vec![ingress()], vec![egress()]),
        10,
    );
    allow
        .origins
        .part(&field_path!["spec", "ingress", 0], &[source.site(11), source.through(40, 0)]);
    allow.origins.part(&field_path!["spec", "egress", 0, "ports", 1], &[source.through(41, 1)]);
    let mut values = traced("helm/mlflow.values.yaml", helm(), 20);
    values.origins.part(&field_path!["service", "on"], &[source.site(21)]);
    vec![
        traced("patches/seldon.yaml", patch(), 22),
        values,
        traced(
            "tenants/fin/policies.yaml",
            policy("fin", "default-deny-egress", vec![], vec![]),
            3,
        ),
        allow,
        traced("tenants/fin/policies.yaml", policy("fin", "allow-dns", vec![], vec![egress()]), 12),
        traced(
            "tenants/fin/policies.yaml",
            policy("fin", "default-deny-ingress", vec![], vec![]),
            3,
        ),
        traced(
            "platform/policies/fin.yaml",
            policy("fin", "allow.web", vec![ingress()], vec![]),
            13,
        ),
        traced("tenants/fin/services.yaml", service("fin", "web"), 14),
        traced(
            "tenants/fin/namespaces.yaml",
            Object::Namespace(Namespace::new(meta("fin", None))),
            2,
        ),
        traced(
            "platform/namespaces.yaml",
            Object::Namespace(Namespace::new(meta("mlflow", None))),
            2,
        ),
        traced("metallb/pools.yaml", advertisement("BGPAdvertisement"), 6),
        traced("metallb/pools.yaml", advertisement("L2Advertisement"), 6),
        traced("metallb/pools.yaml", pool("seldon"), 5),
        traced("metallb/pools.yaml", pool("main"), 4),
        traced("calico/installation.yaml", installation(), 3),
    ]
}

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    std::str::from_utf8(tree.file(path).expect("the file is there")).expect("it is text")
}

#[test]
fn the_kustomization_applies_what_allows_before_what_denies() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let resources: Vec<&str> =
        text(&tree, "kustomization.yaml").lines().filter_map(|it| it.strip_prefix("- ")).collect();
    assert_eq!(
        resources,
        [
            "platform/namespaces.yaml",
            "tenants/fin/namespaces.yaml",
            "calico/installation.yaml",
            "metallb/pools.yaml",
            "tenants/fin/services.yaml",
            "platform/policies/fin.yaml",
            "tenants/fin/policies.yaml",
        ]
    );
}

#[test]
fn the_policies_of_a_namespace_are_applied_together() {
    let source = Source::new();
    let traced = |(file, namespace, name): (&str, &str, &str)| {
        let denies = name.starts_with("default-deny");
        let rules = if denies { vec![] } else { vec![ingress()] };
        let object = policy(namespace, name, rules, vec![]);
        Traced { file: file.to_owned(), object, origins: Origins::of(&[source.site(3)]) }
    };
    let objects = [
        ("platform/policies/fin-a.yaml", "fin-a", "allow.x"),
        ("platform/policies/fin-b.yaml", "fin-b", "allow.x"),
        ("platform/policies/kafka.yaml", "kafka", "allow.x"),
        ("platform/policies/kafka.yaml", "kafka", "default-deny-ingress"),
        ("platform/policies/minio.yaml", "minio", "allow.x"),
        ("tenants/fin/policies.yaml", "fin-a", "fin.x"),
        ("tenants/fin/policies.yaml", "fin-b", "default-deny-ingress"),
        ("tenants/fin/policies/kafka.yaml", "kafka", "fin.x"),
        ("tenants/ops/policies/kafka.yaml", "kafka", "ops.x"),
    ];
    let tree = source.tree(&objects.map(traced)).expect("it is written");
    let resources: Vec<&str> =
        text(&tree, "kustomization.yaml").lines().filter_map(|it| it.strip_prefix("- ")).collect();
    assert_eq!(
        resources,
        [
            "tenants/fin/policies/kafka.yaml",
            "tenants/ops/policies/kafka.yaml",
            "platform/policies/kafka.yaml",
            "platform/policies/minio.yaml",
            "platform/policies/fin-a.yaml",
            "platform/policies/fin-b.yaml",
            "tenants/fin/policies.yaml",
        ]
    );
    let stream = String::from_utf8(tree.stream()).expect("it is text");
    let names: Vec<&str> = stream.lines().filter_map(|it| it.strip_prefix("  name: ")).collect();
    assert_eq!(
        names,
        [
            "allow.x",
            "fin.x",
            "ops.x",
            "default-deny-ingress",
            "allow.x",
            "allow.x",
            "allow.x",
            "fin.x",
            "default-deny-ingress"
        ]
    );
}

#[test]
fn the_order_of_the_objects_does_not_show() {
    let source = Source::new();
    let mut objects = cluster(&source);
    let once = source.tree(&objects).expect("it is written");
    objects.reverse();
    let again = source.tree(&objects).expect("it is written");
    assert_eq!(once, again);
    let names: Vec<&str> = text(&once, "tenants/fin/policies.yaml")
        .lines()
        .filter_map(|it| it.strip_prefix("  name: "))
        .collect();
    assert_eq!(names, ["default-deny-ingress", "default-deny-egress", "allow-dns", "fin.web"]);
    let kinds: Vec<&str> = text(&once, "metallb/pools.yaml")
        .lines()
        .filter_map(|it| it.strip_prefix("kind: "))
        .collect();
    assert_eq!(kinds, ["IPAddressPool", "IPAddressPool", "L2Advertisement", "BGPAdvertisement"]);
}

#[test]
fn the_stream_has_every_manifest_and_denies_last() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let stream = String::from_utf8(tree.stream()).expect("it is text");
    let names: Vec<&str> = stream.lines().filter_map(|it| it.strip_prefix("  name: ")).collect();
    assert_eq!(
        names,
        [
            "mlflow",
            "fin",
            "default",
            "main",
            "seldon",
            "main",
            "main",
            "web",
            "allow.web",
            "allow-dns",
            "fin.web",
            "default-deny-ingress",
            "default-deny-egress",
        ]
    );
    assert_eq!(stream.matches("---\n").count(), names.len() - 1);
}

#[test]
fn every_line_of_every_file_has_an_origin() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let mut text = String::new();
    for (file, lines) in origins_of_lines(&tree).expect("the index is read") {
        for it in lines {
            assert!(!it.places.is_empty(), "{file}:{} {}", it.line, it.text);
            assert!(!it.object.is_empty(), "{file}:{} {}", it.line, it.text);
            if file == "tenants/fin/policies.yaml" && it.object.ends_with("fin.web") {
                let lines: Vec<u32> = it.places.iter().map(|it| it.line).collect();
                writeln!(text, "{} {lines:?}", it.text).expect("strings can be written");
            }
        }
    }
    for expected in
        ["  podSelector: {} [10]", "      port: 8080 [11, 40]", "      endPort: 9010 [41]"]
    {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    assert!(text.contains("      port: 443 [10]"), "{text}");
}

#[test]
fn the_chain_of_components_is_kept() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let lines = origins_of_lines(&tree).expect("the index is read");
    let (_, lines) =
        lines.iter().find(|it| it.0 == "tenants/fin/policies.yaml").expect("it is there");
    let line = lines.iter().rfind(|it| it.text.contains("endPort")).expect("it is there");
    let via: Vec<(&str, u32)> =
        line.places.iter().flat_map(|it| &it.via).map(|it| (it.what.as_str(), it.line)).collect();
    assert_eq!(via, [("component `postgres`", 31), ("component `mlflow`", 30)]);
}

#[test]
fn an_edited_file_is_noticed() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let index = super::index::Index::read(tree.file("index.json").expect("it is there"))
        .expect("it is ours");
    for (path, bytes) in &tree.files {
        let content = std::str::from_utf8(bytes).expect("it is text");
        assert!(super::blame(path, content, &index).is_current, "{path}");
    }
    let path = "tenants/fin/services.yaml";
    let edited = text(&tree, path).replace("8080", "8081");
    assert!(!super::blame(path, &edited, &index).is_current);
}

#[test]
fn a_helm_document_says_how_it_is_used() {
    let source = Source::new();
    let tree = source.tree(&cluster(&source)).expect("it is written");
    let expected = "\
# Helm values of release mlflow in namespace mlflow
# Chart: community-charts/mlflow
# Source: net.mlnet:20
# What `helm upgrade -f` reads.
# Two lines.
# helm upgrade --install mlflow community-charts/mlflow --version 1.11.5 -n mlflow -f helm/mlflow.values.yaml
service:
  type: LoadBalancer
  \"on\":
  - \"yes\"
  - 1
  - a: true
text: |
  a

  b
";
    assert_eq!(text(&tree, "helm/mlflow.values.yaml"), expected);
}

#[test]
fn what_no_source_can_cause_is_a_bug_and_says_where() {
    let source = Source::new();
    let one = |file: &str, object: Object| Traced {
        file: file.to_owned(),
        object,
        origins: Origins::of(&[source.site(1)]),
    };
    let bug = |objects: Vec<Traced>| source.tree(&objects).expect_err("it is a bug").to_string();

    let empty_from = Ingress { from: Some(Vec::new()), ports: None };
    let open = one("tenants/fin/policies.yaml", policy("fin", "fin.x", vec![empty_from], vec![]));
    let message = bug(vec![open]);
    assert!(
        message.starts_with(
            "NetworkPolicy fin/fin.x does not match its schema at /spec/ingress/0/from: "
        ),
        "{message}"
    );

    let twice = vec![
        one("platform/services.yaml", service("a", "b")),
        one("tenants/x/services.yaml", service("a", "b")),
    ];
    assert_eq!(
        bug(twice),
        "Service a/b is emitted twice, in platform/services.yaml and in tenants/x/services.yaml"
    );
    assert_eq!(
        bug(vec![one("../x.yaml", service("a", "b"))]),
        "`../x.yaml` is not a path of the output"
    );
}
