//! The resources that are read from a cluster, and the smallest ClusterRole that permits it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::stdlib::ALONE;

/// A resource that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resource {
    /// Its API group; empty for the core group.
    pub(super) group: &'static str,
    /// Its plural name, as in `networkpolicies`.
    pub(super) plural: &'static str,
    /// The version to read if the cluster serves it; else the preferred version of the cluster is read.
    pub(super) version: &'static str,
    /// Its kind.
    pub(super) kind: &'static str,
    /// Whether a cluster without the resource is not reported.
    pub(super) is_optional: bool,
}

const fn needed(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
) -> Resource {
    Resource { group, plural, version, kind, is_optional: false }
}

const fn optional(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
) -> Resource {
    Resource { group, plural, version, kind, is_optional: true }
}

/// Returns every resource that is read: kinds that mlnetc writes and patches, workloads that connect, policies of other
/// tools, and kinds of which a namespace can have only one object. No Secret and no ConfigMap is read.
pub(super) fn wanted() -> impl Iterator<Item = Resource> {
    let alone = ALONE.iter().map(|it| optional(it.group, it.version, it.plural, it.kind));
    WANTED.into_iter().chain(alone)
}

/// The resources without those that a component of the standard library requests.
const WANTED: [Resource; 23] = [
    needed("", "v1", "namespaces", "Namespace"),
    needed("", "v1", "nodes", "Node"),
    needed("", "v1", "pods", "Pod"),
    needed("", "v1", "services", "Service"),
    needed("apps", "v1", "daemonsets", "DaemonSet"),
    needed("apps", "v1", "deployments", "Deployment"),
    needed("apps", "v1", "statefulsets", "StatefulSet"),
    needed("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    needed("operator.tigera.io", "v1", "installations", "Installation"),
    needed("metallb.io", "v1beta1", "bfdprofiles", "BFDProfile"),
    needed("metallb.io", "v1beta1", "bgpadvertisements", "BGPAdvertisement"),
    needed("metallb.io", "v1beta2", "bgppeers", "BGPPeer"),
    needed("metallb.io", "v1beta1", "ipaddresspools", "IPAddressPool"),
    needed("metallb.io", "v1beta1", "l2advertisements", "L2Advertisement"),
    optional(
        "cilium.io",
        "v2",
        "ciliumclusterwidenetworkpolicies",
        "CiliumClusterwideNetworkPolicy",
    ),
    optional("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy"),
    optional("crd.projectcalico.org", "v1", "globalnetworkpolicies", "GlobalNetworkPolicy"),
    optional("crd.projectcalico.org", "v1", "networkpolicies", "NetworkPolicy"),
    optional("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy"),
    optional(
        "policy.networking.k8s.io",
        "v1alpha1",
        "baselineadminnetworkpolicies",
        "BaselineAdminNetworkPolicy",
    ),
    optional(
        "policy.networking.k8s.io",
        "v1alpha2",
        "clusternetworkpolicies",
        "ClusterNetworkPolicy",
    ),
    optional("projectcalico.org", "v3", "globalnetworkpolicies", "GlobalNetworkPolicy"),
    optional("projectcalico.org", "v3", "networkpolicies", "NetworkPolicy"),
];

impl Resource {
    /// Returns the name in `kubectl` and in a ClusterRole: `ipaddresspools.metallb.io`.
    pub(super) fn name(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// Returns the ClusterRole. It has no rule for API discovery, which every authenticated user may use.
pub(in crate::cli) fn cluster_role() -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in wanted() {
        groups.entry(it.group).or_default().push(it.plural);
    }
    let mut text = "\
# What `mlnetc diff` reads. Without `patch` it does not ask the API server to try (a dry run of server-side
# apply), and defaults are what mlnetc knows of them. RBAC cannot allow a dry run alone: who may try may apply.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: mlnetc-diff
rules:
"
    .to_owned();
    for (group, resources) in groups {
        let _ = write!(
            text,
            "- apiGroups: [\"{group}\"]\n  resources: [{}]\n  verbs: [\"list\"]\n",
            resources.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ")
        );
    }
    let defined = wanted().filter(|it| !it.is_optional && it.group.contains('.'));
    let defined = defined.filter(|it| it.group != "networking.k8s.io");
    let defined: Vec<String> = defined.map(|it| format!("\"{}\"", it.name())).collect();
    let _ = write!(
        text,
        "- apiGroups: [\"apiextensions.k8s.io\"]\n  resources: [\"customresourcedefinitions\"]\n  \
         resourceNames: [{}]\n  verbs: [\"get\"]\n",
        defined.join(", ")
    );
    text
}
