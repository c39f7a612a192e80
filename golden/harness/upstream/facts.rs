//! The files `upstream.yaml` and `facts.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Fault;

/// `upstream.yaml`: facts that `conformance/charts` writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    #[serde(rename = "component")]
    _component: String,
    pub(super) versions: Vec<Facts>,
    /// The value paths that templates read, by chart.
    pub(super) reads: BTreeMap<String, Vec<Reads>>,
}

/// Value paths, separated by spaces, that templates of these versions read. The segments of a path are separated by
/// slashes; a path that ends with `*` is read as a whole.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reads {
    pub(super) versions: Vec<String>,
    pub(super) paths: Vec<String>,
}

/// The facts of one version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    pub(super) version: String,
    #[serde(rename = "sources")]
    _sources: Vec<Value>,
    pub(super) releases: Vec<Release>,
}

/// What Helm renders of one release. A key of another namespace than that of the release begins with the namespace
/// and a slash.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Release {
    pub(super) chart: String,
    #[serde(rename = "release")]
    pub(super) name: String,
    pub(super) namespace: String,
    /// The message of Helm, if it refuses the values.
    #[serde(default)]
    pub(super) refused: Option<String>,
    /// The values of mlnetc with which the chart was rendered.
    #[serde(default)]
    pub(super) emitted: BTreeMap<String, Value>,
    /// The emitted values that nothing reads.
    #[serde(default)]
    pub(super) unread: Vec<String>,
    #[serde(flatten)]
    pub(super) objects: Objects,
    #[serde(default, rename = "kinds")]
    _kinds: Vec<String>,
}

/// Objects of a release, rendered or by hand.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Objects {
    #[serde(default)]
    pub(super) services: BTreeMap<String, Service>,
    #[serde(default)]
    pub(super) workloads: BTreeMap<String, Workload>,
    #[serde(default)]
    pub(super) webhooks: Vec<Webhook>,
    #[serde(default)]
    pub(super) monitors: Vec<Monitor>,
    #[serde(default)]
    pub(super) dials: Vec<Dial>,
    #[serde(default)]
    pub(super) policies: Vec<String>,
}

/// A Service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) selector: BTreeMap<String, String>,
    pub(super) ports: Vec<Port>,
    /// The port of the annotation `prometheus.io/port`, or `declared`.
    #[serde(default)]
    pub(super) scrape: Option<Value>,
}

/// The pods of a workload.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Workload {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) ports: Vec<Port>,
    #[serde(default, rename = "account")]
    _account: Option<String>,
    #[serde(default)]
    pub(super) host_network: bool,
    #[serde(default, rename = "hook")]
    _hook: Option<String>,
    #[serde(default, rename = "replicas")]
    _replicas: Option<u32>,
    #[serde(default)]
    pub(super) scrape: Option<Value>,
}

/// A port of a Service, with its target, or of a container.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Port {
    #[serde(rename = "port")]
    pub(super) number: u16,
    #[serde(default)]
    pub(super) target: Option<Value>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) protocol: Option<String>,
}

/// A Service that the API server calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    pub(super) kind: String,
    pub(super) service: String,
    pub(super) port: u16,
}

/// A pod port that a monitor of the chart scrapes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Monitor {
    #[serde(rename = "monitor")]
    pub(super) by: String,
    pub(super) workload: String,
    pub(super) port: u16,
}

/// A Service whose address a pod gets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dial {
    pub(super) from: String,
    pub(super) to: String,
    #[serde(default)]
    pub(super) port: Option<u16>,
}

/// `facts.yaml`: where the charts are, facts that no chart shows, and exceptions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ByHand {
    pub(super) charts: BTreeMap<String, Place>,
    pub(super) versions: Vec<String>,
    #[serde(default, rename = "by-hand")]
    pub(super) additions: Vec<Addition>,
    #[serde(default)]
    pub(super) except: Vec<Except>,
}

/// Where a chart is. Only the program reads most fields.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    /// The use of the component, if mlnetc writes no values for the chart; default: the name of the component.
    #[serde(default, rename = "use")]
    pub(super) of: Option<String>,
}

/// Objects that an operator creates, with the source of these facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Addition {
    /// Repository, tag and file.
    pub(super) source: String,
    /// The versions for which the facts hold; none: every version.
    #[serde(default)]
    pub(super) versions: Vec<String>,
    /// The use to which the objects belong; none: every use.
    #[serde(default, rename = "use")]
    pub(super) of: Option<String>,
    /// The namespace of the objects; default: that of the release.
    #[serde(default)]
    pub(super) namespace: Option<String>,
    #[serde(flatten)]
    pub(super) objects: Objects,
}

/// A fault that is intended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Except {
    pub(super) check: String,
    pub(super) of: String,
    #[serde(rename = "reason")]
    _reason: String,
    #[serde(default)]
    pub(super) versions: Vec<String>,
}

impl Except {
    /// Whether it is about this fault.
    pub(super) fn covers(&self, fault: &Fault, version: &str) -> bool {
        let here = self.versions.is_empty() || self.versions.iter().any(|it| it == version);
        here && self.check == fault.check && self.of == fault.subject
    }
}
