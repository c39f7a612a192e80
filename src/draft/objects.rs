//! The objects of a product: Services, workloads, and what calls the API server or is called by it. A field that has an
//! unexpected type is treated as absent, because a draft is for a person to complete.

use std::collections::{BTreeMap, BTreeSet};

use std::net::IpAddr;

use serde_json::Value;

use crate::manifests::Manifests;
use crate::scalar::{PortRange, Protocol};

/// Labels or a selector by labels.
pub(super) type Labels = BTreeMap<String, String>;

/// Labels that change with each version or pod, so that a selector must not have them.
const VOLATILE: &[&str] = &[
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "chart",
    "controller-revision-hash",
    "helm.sh/chart",
    "heritage",
    "pod-template-generation",
    "pod-template-hash",
    "apps.kubernetes.io/pod-index",
    "statefulset.kubernetes.io/pod-name",
];

/// Number of characters after which a name in a message is cut.
const LONGEST: usize = 60;

/// Kinds with a pod template.
const WORKLOADS: &[&str] = &[
    "DaemonSet",
    "Deployment",
    "Job",
    "CronJob",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "Pod",
];

/// The objects of a snapshot that a draft reads.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) services: Vec<Service>,
    pub(super) workloads: Vec<Workload>,
    /// (namespace, account) of accounts with rights at the API server.
    pub(super) accounts: BTreeSet<(String, String)>,
    /// (namespace, Service, port) of webhooks and of API services.
    pub(super) webhooks: BTreeSet<(String, String, u16)>,
    /// (namespace, Ingress, Service).
    pub(super) ingresses: BTreeSet<(String, String, String)>,
    /// Number of `NetworkPolicy` objects by namespace.
    pub(super) policies: BTreeMap<String, usize>,
    /// Kinds and names of objects with a name or a label that no API server accepts.
    pub(super) invalid: BTreeSet<String>,
    /// Whether the snapshot has bindings of roles.
    pub(super) has_bindings: bool,
    /// Whether the snapshot has configurations of webhooks, or API services.
    pub(super) has_webhooks: bool,
}

/// A Service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) namespace: String,
    pub(super) name: String,
    /// The selector; empty if the Service has none.
    pub(super) selector: Labels,
    pub(super) ports: Vec<ServicePort>,
    pub(super) is_headless: bool,
    pub(super) is_external_name: bool,
    /// The settings of a load balancer.
    pub(super) load_balancer: Option<LoadBalancer>,
}

/// A load balancer.
#[derive(Debug)]
pub(super) struct LoadBalancer {
    /// The requested or the assigned address.
    pub(super) address: Option<String>,
    /// Whether `externalTrafficPolicy` is `Local`.
    pub(super) is_local: bool,
}

/// A port of a Service.
#[derive(Debug)]
pub(super) struct ServicePort {
    pub(super) name: Option<String>,
    pub(super) port: PortRange,
    /// The port of the pods: a number, or a name of container ports.
    pub(super) target: Result<u16, String>,
}

/// Pods with one template.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) namespace: String,
    /// `Deployment`
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// The labels of the pods.
    pub(super) labels: Labels,
    /// The labels by which the workload finds its pods, or the labels of the pods without volatile ones.
    pub(super) selector: Labels,
    pub(super) ports: Vec<(Option<String>, PortRange)>,
    pub(super) account: String,
    pub(super) is_on_host: bool,
    /// The port of the annotation `…/port` of pods with the annotation `…/scrape = true`.
    pub(super) scraped: Option<u16>,
    /// (name, text) of environment variables and arguments.
    pub(super) settings: Vec<(String, String)>,
}

impl Objects {
    /// Reads the objects of a snapshot.
    pub(super) fn read(manifests: &Manifests) -> Self {
        let mut objects = Self::default();
        for it in &manifests.objects {
            objects.add(&it.object);
        }
        objects.services.sort_by(|left, right| left.name.cmp(&right.name));
        objects.workloads.sort_by(|left, right| left.name.cmp(&right.name));
        // Pods of a snapshot without their owners are alike.
        objects.workloads.dedup_by(|right, left| {
            right.kind == "Pod" && left.labels == right.labels && left.namespace == right.namespace
        });
        objects
    }

    /// Returns the namespaces with Services that select pods, or with workloads.
    pub(super) fn namespaces(&self) -> BTreeSet<String> {
        let services = self.services.iter().filter(|it| !it.selector.is_empty());
        let services = services.map(|it| it.namespace.clone());
        services.chain(self.workloads.iter().map(|it| it.namespace.clone())).collect()
    }

    fn add(&mut self, object: &Value) {
        let kind = text(object, "/kind").unwrap_or_default();
        let name = text(object, "/metadata/name").unwrap_or_default();
        let namespace = text(object, "/metadata/namespace").unwrap_or_else(|| "default".to_owned());
        match kind.as_str() {
            "Service" => {
                let service = service(object, namespace, name);
                if is_service_name(&service.name) && is_valid(&service.name, &service.selector) {
                    self.services.push(service);
                } else {
                    self.invalid.insert(called("Service", &service.name));
                }
            }
            "ClusterRoleBinding" | "RoleBinding" => {
                self.has_bindings = true;
                for it in list(object, "/subjects") {
                    let of = text(it, "/namespace").unwrap_or_else(|| namespace.clone());
                    if text(it, "/kind").as_deref() == Some("ServiceAccount") {
                        self.accounts.insert((of, text(it, "/name").unwrap_or_default()));
                    }
                }
            }
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                self.has_webhooks = true;
                for it in list(object, "/webhooks") {
                    self.webhooks.extend(it.pointer("/clientConfig/service").and_then(webhook));
                }
            }
            "APIService" => {
                self.has_webhooks = true;
                self.webhooks.extend(object.pointer("/spec/service").and_then(webhook));
            }
            "CustomResourceDefinition" => {
                let at = "/spec/conversion/webhook/clientConfig/service";
                self.webhooks.extend(object.pointer(at).and_then(webhook));
            }
            "Ingress" => {
                let rules = list(object, "/spec/rules");
                let paths = rules.flat_map(|it| list(it, "/http/paths"));
                let services = paths.filter_map(|it| text(it, "/backend/service/name"));
                let services = services.chain(text(object, "/spec/defaultBackend/service/name"));
                self.ingresses.extend(services.map(|it| (namespace.clone(), name.clone(), it)));
            }
            "NetworkPolicy" => *self.policies.entry(namespace).or_default() += 1,
            _ => {
                let has_owner = list(object, "/metadata/ownerReferences").next().is_some();
                if let Some(kind) = WORKLOADS.iter().find(|it| **it == kind)
                    && !has_owner
                    && let Some(workload) = workload(object, kind, namespace, name)
                {
                    if is_valid(&workload.name, &workload.labels)
                        && is_valid("", &workload.selector)
                    {
                        self.workloads.push(workload);
                    } else {
                        self.invalid.insert(called(kind, &workload.name));
                    }
                }
            }
        }
    }
}

impl Workload {
    /// Returns whether a selector finds the pods.
    pub(super) fn has(&self, selector: &Labels) -> bool {
        let has = |(key, value): (&String, &String)| self.labels.get(key) == Some(value);
        !selector.is_empty() && selector.iter().all(has)
    }
}

/// Returns a kind and a name for messages; a long name is cut.
fn called(kind: &str, name: &str) -> String {
    let cut: String = name.chars().take(LONGEST).collect();
    let dots = if cut.len() < name.len() { "…" } else { "" };
    format!("{kind} {cut:?}{dots}")
}

/// Returns whether a name is a DNS label of RFC 1035, as names of Services are.
fn is_service_name(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_lowercase()) && !name.contains('.') && name.len() <= 63
}

/// Returns whether an API server accepts a name and labels, by their characters (Kubernetes 1.34,
/// `apimachinery/pkg/util/validation`). Nothing else can be in a snapshot of a cluster.
fn is_valid(name: &str, labels: &Labels) -> bool {
    let is_edge = |it: Option<char>| it.is_none_or(|it| it.is_ascii_alphanumeric());
    let is_text = |text: &str, others: &str| {
        text.chars().all(|it| it.is_ascii_alphanumeric() || others.contains(it))
            && is_edge(text.chars().next())
            && is_edge(text.chars().next_back())
    };
    let is_key = |key: &str| {
        let (prefix, name) = key.rsplit_once('/').unwrap_or(("", key));
        is_text(prefix, "-.") && is_text(name, "-._") && !name.is_empty() && name.len() <= 63
    };
    let mut labels = labels.iter();
    let are_labels = labels.all(|(key, it)| is_key(key) && is_text(it, "-._") && it.len() <= 63);
    is_text(name, "-.") && name.len() <= 253 && are_labels
}

fn service(object: &Value, namespace: String, name: String) -> Service {
    let mut numbers = BTreeSet::new();
    let ports = list(object, "/spec/ports").filter_map(|it| {
        let port = number(it.get("port")?).filter(|port| numbers.insert((protocol(it), *port)))?;
        let target = match it.get("targetPort") {
            Some(Value::String(name)) => Err(name.clone()),
            target => Ok(target.and_then(number).unwrap_or(port)),
        };
        Some(ServicePort {
            name: text(it, "/name"),
            port: PortRange::single(protocol(it), port),
            target,
        })
    });
    let is_balancer = text(object, "/spec/type").as_deref() == Some("LoadBalancer");
    Service {
        namespace,
        name,
        selector: labels(object.pointer("/spec/selector")),
        ports: ports.collect(),
        is_headless: text(object, "/spec/clusterIP").as_deref() == Some("None"),
        is_external_name: text(object, "/spec/type").as_deref() == Some("ExternalName"),
        load_balancer: is_balancer.then(|| LoadBalancer {
            address: text(object, "/spec/loadBalancerIP")
                .or_else(|| text(object, "/status/loadBalancer/ingress/0/ip"))
                .filter(|it| it.parse::<IpAddr>().is_ok()),
            is_local: text(object, "/spec/externalTrafficPolicy").as_deref() == Some("Local"),
        }),
    }
}

fn workload(
    object: &Value,
    kind: &'static str,
    namespace: String,
    name: String,
) -> Option<Workload> {
    let template = match kind {
        "Pod" => object,
        "CronJob" => object.pointer("/spec/jobTemplate/spec/template")?,
        _ => object.pointer("/spec/template")?,
    };
    let containers = || {
        ["/spec/containers", "/spec/initContainers"].into_iter().flat_map(|at| list(template, at))
    };
    let ports = list(template, "/spec/containers").flat_map(|it| list(it, "/ports"));
    let ports = ports.filter_map(|it| {
        let number = number(it.get("containerPort")?)?;
        Some((text(it, "/name"), PortRange::single(protocol(it), number)))
    });
    let variables = containers().flat_map(|it| list(it, "/env"));
    let variables = variables.filter_map(|it| {
        let name = text(it, "/name")?;
        Some((format!("variable {name}"), text(it, "/value")?))
    });
    let arguments = containers().flat_map(|it| list(it, "/command").chain(list(it, "/args")));
    let arguments =
        arguments.filter_map(|it| Some(("an argument".to_owned(), it.as_str()?.to_owned())));
    let pod_labels = labels(template.pointer("/metadata/labels"));
    let selector = labels(object.pointer("/spec/selector/matchLabels"));
    let annotations = labels(template.pointer("/metadata/annotations"));
    let annotation =
        |key: &str| annotations.iter().find(|(it, _)| it.ends_with(key)).map(|it| it.1);
    let is_scraped = annotation("/scrape").is_some_and(|it| it == "true");
    Some(Workload {
        namespace,
        kind,
        name,
        selector: if selector.is_empty() { stable(&pod_labels) } else { selector },
        labels: pod_labels,
        ports: ports.collect(),
        account: text(template, "/spec/serviceAccountName").unwrap_or_else(|| "default".to_owned()),
        is_on_host: template.pointer("/spec/hostNetwork") == Some(&Value::Bool(true)),
        scraped: annotation("/port").filter(|_| is_scraped).and_then(|it| it.parse().ok()),
        settings: variables.chain(arguments).collect(),
    })
}

/// Returns the Service of a webhook, or of an aggregated API. The default port is 443.
fn webhook(service: &Value) -> Option<(String, String, u16)> {
    let port = service.get("port").and_then(number).unwrap_or(443);
    Some((text(service, "/namespace")?, text(service, "/name")?, port))
}

fn labels(value: Option<&Value>) -> Labels {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn stable(labels: &Labels) -> Labels {
    let stable = labels.iter().filter(|(key, _)| !VOLATILE.contains(&key.as_str()));
    stable.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|it| u16::try_from(it).ok()).filter(|it| *it > 0)
}

fn protocol(port: &Value) -> Protocol {
    match port.get("protocol").and_then(Value::as_str) {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        _ => Protocol::Tcp,
    }
}
