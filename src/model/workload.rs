//! Namespaces, and the pods and services in them.

use super::{NamespaceId, Owner, WorkloadId};
use crate::scalar::{PodPort, PortRange, PortSet, ServicePort};
use crate::source::{Name, Site, Spanned};

/// In which directions a namespace is closed unless a flow opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Isolation {
    /// The place that closes ingress, if something does.
    pub ingress: Option<Site>,
    /// The place that closes egress, if something does.
    pub egress: Option<Site>,
}

/// One Kubernetes namespace. Several declarations may mean the same one (two components in
/// `monitoring`): they are one row, isolated where one of them says so.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// How the source and messages call it: `financial.inference`, `mlflow.main`.
    pub path: String,
    /// The real name.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// Whether mlnetc makes it; `kube-system` exists already.
    pub managed: bool,
    /// Where it is closed.
    pub isolation: Isolation,
    /// Its labels beside those that every namespace has, in the order of their keys.
    pub labels: Vec<(String, String, Site)>,
    /// Whether DNS is opened when its egress is closed; else the place that says no.
    pub no_dns: Option<Site>,
    /// The declaration.
    pub site: Site,
    /// Its doc comment.
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

/// Which pods of a namespace: every requirement holds. Empty: all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Selector(pub Vec<(String, Requirement)>);

impl Selector {
    /// The labels that it asks for, if it asks for one value of each: what a Service can say.
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

/// Pods that are called by one name: a `workload`, or a `service` with its ports.
#[derive(Debug, Clone)]
pub struct Workload {
    /// How the source and messages call it: `financial.predictor`, `mlflow.tracking`.
    pub path: String,
    /// The same without the tenant it is in: `predictor`, `mlflow.tracking`. Names its policies.
    pub local: String,
    /// Where it runs.
    pub namespace: NamespaceId,
    /// Whose it is.
    pub owner: Owner,
    /// Which pods.
    pub pods: Selector,
    /// Whether the pods live on their node's address: no policy selects them, and flows to or from
    /// them mean `nodes`.
    pub host_network: bool,
    /// Whether the pods consent to flows of tenants to pods of that tenant (`calls = anyone`).
    pub calls_anyone: bool,
    /// The declared ports, in the order of the source; none for a `workload`.
    pub ports: Vec<Port>,
    /// What makes it a service.
    pub service: Option<Service>,
    /// The declaration.
    pub site: Site,
    /// Its doc comment.
    pub description: Option<String>,
}

/// What a `service` has beside its pods and ports.
#[derive(Debug, Clone)]
pub struct Service {
    /// The Service's real name.
    pub name: String,
    /// Its type.
    pub kind: Spanned<ServiceType>,
    /// Whether mlnetc makes the Service; else a chart or an operator does.
    pub managed: bool,
    /// For load balancers and node ports: `local` for a Service that mlnetc makes, else `cluster`,
    /// unless the source says.
    pub traffic_policy: TrafficPolicy,
    /// The place that says it, if one does.
    pub traffic_policy_span: Option<Site>,
    /// The Service's labels, in the order of their keys.
    pub labels: Vec<(String, String, Site)>,
    /// The key under which it may share its address.
    pub share: Option<Spanned<String>>,
    /// The pool it asks for.
    pub pool: Option<Spanned<Name>>,
    /// Whether a load balancer also opens node ports (`node-ports = true`).
    pub node_ports: bool,
    /// Whether something writes its annotations where the owner of the Service reads them: mlnetc
    /// itself, or a `values` that uses `annotations(…)`.
    pub annotated: bool,
}

/// `externalTrafficPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrafficPolicy {
    /// The pods see the client's address.
    Local,
    /// The pods see a node's address.
    Cluster,
}

impl TrafficPolicy {
    /// As the language writes it.
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
    /// Reachable inside the cluster.
    ClusterIp,
    /// No address of its own: its name gives the pods.
    Headless,
    /// Reachable at each node.
    NodePort,
    /// Reachable at an address of its own.
    LoadBalancer,
}

/// A declared port.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its name.
    pub name: Spanned<Name>,
    /// What clients dial; `None` where the port is not in the Service.
    pub service_port: Option<ServicePort>,
    /// Where the pods listen.
    pub pod_port: PodPort,
    /// Whether it serves metrics.
    pub scrape: bool,
    /// The node port that the source asks for.
    pub node_port: Option<Spanned<u16>>,
    /// The declaration.
    pub site: Site,
}

/// A Service of type external-name: another name for a service, in another namespace.
#[derive(Debug, Clone)]
pub struct Alias {
    /// How the source and messages call it.
    pub path: String,
    /// The Service's real name.
    pub name: String,
    /// Where it lies.
    pub namespace: NamespaceId,
    /// Whose it is.
    pub owner: Owner,
    /// What it stands for.
    pub to: WorkloadId,
    /// The declaration.
    pub site: Site,
    /// Its doc comment.
    pub description: Option<String>,
}

impl ServiceType {
    /// As the language writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClusterIp => "cluster-ip",
            Self::Headless => "headless",
            Self::NodePort => "node-port",
            Self::LoadBalancer => "load-balancer",
        }
    }

    /// As Kubernetes writes it; a headless Service is a ClusterIP without an address.
    pub fn kubernetes(self) -> &'static str {
        match self {
            Self::ClusterIp | Self::Headless => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

impl Workload {
    /// Whether traffic from outside the cluster comes in through it with a node's address.
    pub fn hides_clients(&self) -> bool {
        self.service.as_ref().is_some_and(|it| {
            matches!(it.kind.node, ServiceType::LoadBalancer | ServiceType::NodePort)
                && it.traffic_policy == TrafficPolicy::Cluster
        })
    }

    /// Whether it is a load balancer.
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

    /// The range of a port, as a number that clients dial, if it is in the Service.
    pub fn dialed(&self, port: &Port) -> Option<PortRange> {
        let service = port.service_port?;
        let protocol = port.pod_port.0.protocol;
        Some(PortRange { protocol, from: service.0, to: service.0 })
    }
}

impl Selector {
    /// Whether every pod that `other` selects is selected too: each requirement is met by one of
    /// `other`'s on the same label.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().all(|(key, wanted)| {
            other.0.iter().any(|(other_key, given)| key == other_key && wanted.met_by(given))
        })
    }

    /// Under which labels an index has it, so that `marks_of_wider` of whatever it covers finds it; `None`: it
    /// asks for no value of its first label, or for nothing.
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

    /// Under which labels an index may have a selector that covers this one.
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
    /// Whether `given` cannot hold without `self` holding.
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
