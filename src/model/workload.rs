//! Namespaces, and the pods and services in them.

use super::{NamespaceId, Owner, WorkloadId};
use crate::scalar::{PodPort, PortRange, PortSet, ServicePort};
use crate::source::{Name, Site, Spanned};

/// The directions in which a namespace denies connections that no flow opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Isolation {
    /// The place that isolates ingress; `None` if ingress is open.
    pub ingress: Option<Site>,
    /// The place that isolates egress; `None` if egress is open.
    pub egress: Option<Site>,
}

/// One Kubernetes namespace. Several declarations of the same namespace (two components in `monitoring`) share
/// one row; it is isolated if one of them isolates it.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// The path in the source and in messages: `financial.inference`, `mlflow.main`.
    pub path: String,
    /// The real name in Kubernetes.
    pub name: String,
    /// Owner of the namespace.
    pub owner: Owner,
    /// Whether mlnetc creates it; `kube-system` exists already.
    pub managed: bool,
    /// The isolated directions.
    pub isolation: Isolation,
    /// Labels other than the default labels of every namespace, sorted by key.
    pub labels: Vec<(String, String, Site)>,
    /// The place that disables DNS; `None`: DNS is opened if egress is isolated.
    pub no_dns: Option<Site>,
    /// Place of the declaration.
    pub site: Site,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// One requirement of a selector on a label's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// `app = "x"`
    Is(String),
    /// `app = ["x", "y"]`; sorted
    In(Vec<String>),
    /// `app = not "x"`, `app = not ["x", "y"]`; sorted
    NotIn(Vec<String>),
    /// `app = any`
    Exists,
    /// `app = none`
    Absent,
}

/// A label selector for pods of a namespace: every requirement must hold. Empty: all pods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Selector(pub Vec<(String, Requirement)>);

impl Selector {
    /// The labels that it requires, if it requires exactly one value of each: the only form that a Service
    /// supports.
    pub fn values(&self) -> Option<Vec<(&String, &String)>> {
        let values = self.0.iter().map(|(key, requirement)| match requirement {
            Requirement::Is(value) => Some((key, value)),
            Requirement::In(values) => match values.as_slice() {
                [value] => Some((key, value)),
                _ => None,
            },
            Requirement::NotIn(_) | Requirement::Exists | Requirement::Absent => None,
        });
        values.collect()
    }
}

/// Pods under one name: a `workload`, or a `service` with its ports.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The path in the source and in messages: `financial.predictor`, `mlflow.tracking`.
    pub path: String,
    /// The path without its tenant: `predictor`, `mlflow.tracking`. It names the policies of the pods.
    pub local: String,
    /// The namespace of the pods.
    pub namespace: NamespaceId,
    /// Owner of the pods.
    pub owner: Owner,
    /// Selector of the pods.
    pub pods: Selector,
    /// Whether the pods use the network of their node: no policy selects them, and flows to or from them mean
    /// `nodes`.
    pub host_network: bool,
    /// Whether the pods consent to flows of tenants to pods of that tenant (`calls = anyone`).
    pub calls_anyone: bool,
    /// The declared ports, in the order of the source; none for a `workload`.
    pub ports: Vec<Port>,
    /// The Service, if it is a service.
    pub service: Option<Service>,
    /// Place of the declaration.
    pub site: Site,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// The settings of a `service` other than its pods and ports.
#[derive(Debug, Clone)]
pub struct Service {
    /// The Service's real name in Kubernetes.
    pub name: String,
    /// Its type.
    pub kind: Spanned<ServiceType>,
    /// Whether mlnetc creates the Service; else a chart or an operator does.
    pub managed: bool,
    /// Traffic policy of a load balancer or node port. Default: `local` for a Service that mlnetc creates, else
    /// `cluster`.
    pub traffic_policy: TrafficPolicy,
    /// The place that sets the traffic policy, if the source sets it.
    pub traffic_policy_span: Option<Site>,
    /// The Service's labels, sorted by key.
    pub labels: Vec<(String, String, Site)>,
    /// The key of Services that may share an address.
    pub share: Option<Spanned<String>>,
    /// The requested pool.
    pub pool: Option<Spanned<Name>>,
    /// Whether a load balancer also opens node ports (`node-ports = true`).
    pub node_ports: bool,
    /// Whether the annotations reach the owner of the Service: mlnetc creates the Service, or `values` use
    /// `annotations(…)`.
    pub annotated: bool,
}

/// `externalTrafficPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrafficPolicy {
    /// The pods receive packets with the client's address.
    Local,
    /// The pods receive packets with a node's address.
    Cluster,
}

impl TrafficPolicy {
    /// The keyword of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Cluster => "cluster",
        }
    }
}

/// The type of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceType {
    /// Reachable inside of the cluster.
    ClusterIp,
    /// No address of its own: its DNS name resolves to the pods.
    Headless,
    /// Reachable at each node.
    NodePort,
    /// Reachable at an address of its own.
    LoadBalancer,
}

/// A declared port.
#[derive(Debug, Clone)]
pub struct Port {
    /// Name of the port.
    pub name: Spanned<Name>,
    /// The port that clients dial; `None` if the port is not in the Service.
    pub service_port: Option<ServicePort>,
    /// The port on which the pods listen.
    pub pod_port: PodPort,
    /// Whether it serves metrics.
    pub scrape: bool,
    /// The requested node port.
    pub node_port: Option<Spanned<u16>>,
    /// Place of the declaration.
    pub site: Site,
}

/// A Service of type external-name: another name for a service, in another namespace.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The path in the source and in messages.
    pub path: String,
    /// The Service's real name in Kubernetes.
    pub name: String,
    /// Namespace of the alias.
    pub namespace: NamespaceId,
    /// Owner of the alias.
    pub owner: Owner,
    /// The target service.
    pub to: WorkloadId,
    /// Place of the declaration.
    pub site: Site,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

impl ServiceType {
    /// The keyword of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClusterIp => "cluster-ip",
            Self::Headless => "headless",
            Self::NodePort => "node-port",
            Self::LoadBalancer => "load-balancer",
        }
    }

    /// The type in Kubernetes; a headless Service is a ClusterIP without an address.
    pub fn kubernetes(self) -> &'static str {
        match self {
            Self::ClusterIp | Self::Headless => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

impl Workload {
    /// Whether the Service may replace the address of clients outside of the cluster with the address of a
    /// node.
    pub fn hides_clients(&self) -> bool {
        self.service.as_ref().is_some_and(|it| {
            matches!(it.kind.node, ServiceType::LoadBalancer | ServiceType::NodePort)
                && it.traffic_policy == TrafficPolicy::Cluster
        })
    }

    /// Whether the Service is a load balancer.
    pub fn is_load_balancer(&self) -> bool {
        self.service.as_ref().is_some_and(|it| it.kind.node == ServiceType::LoadBalancer)
    }

    /// Pod ports of a `flow` or an `accept` that names no port: the declared ports without those that serve
    /// metrics, unless every declared port does. Empty if no port is declared.
    pub fn default_ports(&self) -> PortSet {
        let serves_clients = self.ports.iter().any(|it| !it.scrape);
        let ports = self.ports.iter().filter(|it| !(serves_clients && it.scrape));
        PortSet::of(ports.map(|it| it.pod_port))
    }

    /// The port that clients dial, if it is in the Service, as a range.
    pub fn dialed(&self, port: &Port) -> Option<PortRange> {
        let service = port.service_port?;
        let protocol = port.pod_port.0.protocol;
        Some(PortRange { protocol, from: service.0, to: service.0 })
    }
}

impl Selector {
    /// Whether it selects every pod that `other` selects: each requirement follows from a requirement of
    /// `other` on the same label.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().all(|(key, wanted)| {
            other.0.iter().any(|(other_key, given)| key == other_key && wanted.met_by(given))
        })
    }

    /// Keys under which an index stores the selector, so that `marks_of_wider` of every selector it covers
    /// finds it. The key is `None` if the selector is empty or requires no value of its first label.
    pub fn marks(&self) -> Vec<Option<Mark<'_>>> {
        match self.0.first() {
            Some((key, Requirement::Is(value))) => vec![Some((key, value))],
            Some((key, Requirement::In(values))) => {
                values.iter().map(|value| Some((key.as_str(), value.as_str()))).collect()
            }
            Some((_, Requirement::NotIn(_) | Requirement::Exists | Requirement::Absent)) | None => {
                vec![None]
            }
        }
    }

    /// Keys under which an index may store a selector that covers this one.
    pub fn marks_of_wider(&self) -> Vec<Option<Mark<'_>>> {
        let values = self.0.iter().filter_map(|(key, requirement)| match requirement {
            Requirement::Is(value) => Some((key.as_str(), value.as_str())),
            Requirement::In(values) => Some((key.as_str(), values.first()?.as_str())),
            Requirement::NotIn(_) | Requirement::Exists | Requirement::Absent => None,
        });
        values.map(Some).chain([None]).collect()
    }
}

/// A label and its value.
pub type Mark<'m> = (&'m str, &'m str);

impl Requirement {
    /// Whether `given` implies `self`.
    fn met_by(&self, given: &Self) -> bool {
        let values = |it: &Self| match it {
            Self::Is(value) => Some(vec![value.clone()]),
            Self::In(values) => Some(values.clone()),
            Self::NotIn(_) | Self::Exists | Self::Absent => None,
        };
        match (self, values(given)) {
            (Self::Exists, Some(_)) => true,
            (Self::Exists, None) => matches!(given, Self::Exists),
            (Self::Is(value), Some(given)) => given == [value.clone()],
            (Self::In(allowed), Some(given)) => given.iter().all(|it| allowed.contains(it)),
            (Self::NotIn(denied), Some(given)) => !given.iter().any(|it| denied.contains(it)),
            (Self::NotIn(denied), None) => match given {
                Self::NotIn(more) => denied.iter().all(|it| more.contains(it)),
                Self::Absent => true,
                Self::Is(_) | Self::In(_) | Self::Exists => false,
            },
            (Self::Absent, None) => matches!(given, Self::Absent),
            (Self::Is(_) | Self::In(_), None) | (Self::Absent, Some(_)) => false,
        }
    }
}
