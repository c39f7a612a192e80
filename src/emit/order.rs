//! Order of the output: files in the folder and in the `kustomization.yaml`, and objects in a file. It depends
//! on names only, so that the order of the source has no effect.

use crate::objects::{NetworkPolicy, Object};

/// Returns the sort key of a file: files of the whole cluster first, then the files of each team together, then
/// files that other tools apply.
pub(super) fn of_file(path: &str) -> (u8, &str, u8, &str) {
    let (folder, rest) = path.split_once('/').unwrap_or(("", path));
    match folder {
        "calico" => (1, "", 0, rest),
        "metallb" => (2, "", 0, rest),
        "platform" => (3, "", of_layer(rest), rest),
        "tenants" => {
            let (tenant, file) = rest.split_once('/').unwrap_or((rest, ""));
            (4, tenant, of_layer(file), file)
        }
        "helm" => (5, "", 0, rest),
        "patches" => (6, "", 0, rest),
        _ => (7, folder, 0, rest),
    }
}

/// Returns the rank of a file in its layer: namespaces, then services, then policies, those in the team's own
/// namespaces first.
fn of_layer(file: &str) -> u8 {
    match file {
        "namespaces.yaml" => 0,
        "services.yaml" => 1,
        "policies.yaml" => 2,
        _ => 3,
    }
}

/// Returns the sort key of an object in its file.
pub(super) fn of_object(object: &Object) -> (u8, &str, u8, &str) {
    let (_, namespace, name) = object.key();
    let namespace = namespace.unwrap_or("");
    match object {
        Object::Namespace(_) => (0, "", 0, name),
        Object::Installation(_) => (1, "", 0, name),
        // A peer refers to its profile. Until the profile exists, MetalLB rejects the configuration.
        Object::BfdProfile(_) => (2, namespace, 0, name),
        Object::BgpPeer(_) => (3, namespace, 0, name),
        Object::IpAddressPool(_) => (4, namespace, 0, name),
        Object::Advertisement(it) => (5, namespace, u8::from(it.kind != "L2Advertisement"), name),
        Object::Service(_) => (6, namespace, 0, name),
        Object::NetworkPolicy(_) => (7, namespace, of_policy(name), name),
        Object::WorkloadPatch(it) => (8, namespace, of_workload(it.kind), name),
        Object::HelmValues(_) => (9, namespace, 0, name),
    }
}

/// Returns the rank of a policy in its namespace: default-denies, then DNS, then policies of flows.
fn of_policy(name: &str) -> u8 {
    match name {
        "default-deny-ingress" => 0,
        "default-deny-egress" => 1,
        _ if name.starts_with("default-deny") => 2,
        "allow-dns" => 3,
        _ => 4,
    }
}

fn of_workload(kind: &str) -> u8 {
    match kind {
        "Deployment" => 0,
        "StatefulSet" => 1,
        _ => 2,
    }
}

/// Sort key for applying an object: by kind; policies by the place of their file, and there default-denies
/// last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Apply {
    kind: u8,
    place: usize,
    denies: bool,
}

impl Apply {
    /// Returns the key for a policy in a file with this place among the files with policies.
    pub(super) fn at(self, place: usize) -> Self {
        Self { place, ..self }
    }
}

/// Returns the key for applying an object; `None` if `kubectl apply -k` does not apply it.
pub(super) fn of_apply(object: &Object) -> Option<Apply> {
    let (kind, denies) = match object {
        Object::Namespace(_) => (0, false),
        Object::Installation(_) => (1, false),
        Object::BfdProfile(_)
        | Object::BgpPeer(_)
        | Object::IpAddressPool(_)
        | Object::Advertisement(_) => (2, false),
        Object::Service(_) => (3, false),
        Object::NetworkPolicy(it) => (4, is_default_deny(it)),
        Object::WorkloadPatch(_) | Object::HelmValues(_) => return None,
    };
    Some(Apply { kind, place: 0, denies })
}

/// Whether a policy allows nothing. If it is applied after the policies that allow, it never interrupts allowed
/// connections.
fn is_default_deny(policy: &NetworkPolicy) -> bool {
    policy.spec.ingress.is_empty() && policy.spec.egress.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_as_a_reviewer_reads_them() {
        let mut files = [
            "patches/seldon.yaml",
            "tenants/b/namespaces.yaml",
            "helm/mlflow.values.yaml",
            "tenants/a-b/policies.yaml",
            "tenants/a/policies/kafka.yaml",
            "tenants/a/policies.yaml",
            "tenants/a/services.yaml",
            "tenants/a/namespaces.yaml",
            "platform/policies/mlflow.yaml",
            "platform/services.yaml",
            "platform/namespaces.yaml",
            "metallb/pools.yaml",
            "calico/installation.yaml",
        ];
        files.sort_by_key(|it| of_file(it));
        assert_eq!(
            files,
            [
                "calico/installation.yaml",
                "metallb/pools.yaml",
                "platform/namespaces.yaml",
                "platform/services.yaml",
                "platform/policies/mlflow.yaml",
                "tenants/a/namespaces.yaml",
                "tenants/a/services.yaml",
                "tenants/a/policies.yaml",
                "tenants/a/policies/kafka.yaml",
                "tenants/a-b/policies.yaml",
                "tenants/b/namespaces.yaml",
                "helm/mlflow.values.yaml",
                "patches/seldon.yaml",
            ]
        );
    }

    #[test]
    fn a_namespaces_default_deny_stands_before_what_it_allows() {
        let mut names =
            ["a.b", "allow-dns", "allow.x", "default-deny-egress", "default-deny-ingress"];
        names.sort_by_key(|it| (of_policy(it), *it));
        let expected =
            ["default-deny-ingress", "default-deny-egress", "allow-dns", "a.b", "allow.x"];
        assert_eq!(names, expected);
    }
}
