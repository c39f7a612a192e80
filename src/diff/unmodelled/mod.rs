//! Policies of a cluster that the engine does not evaluate: of Calico, of Cilium, of administrators. Each is reported
//! with the number of pods that it selects, if its selectors are simple enough.

mod calico;
mod pods;

use serde_json::Value;

use pods::{KnownPods, named};

use super::risk::{Class, Risk};
use crate::diagnostics::Code;
use crate::manifests::Manifests;
use crate::manifests::fields;
use crate::policy::{Labels, Selector};
use crate::reachability::Pods;

/// Returns a risk for each such policy.
pub(super) fn risks(
    cluster: &Manifests,
    pods: &[Pods],
    namespaces: &[crate::reachability::Namespace],
) -> Vec<Risk> {
    let namespaces = namespaces.iter().map(|it| (it.name.as_str(), &it.labels)).collect();
    let known = KnownPods { pods, namespaces };
    let mut risks: Vec<Risk> =
        cluster.objects.iter().filter_map(|it| risk(&it.object, &known)).collect();
    risks.sort();
    risks
}

fn risk(object: &Value, cluster: &KnownPods<'_>) -> Option<Risk> {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str);
    let (group, _) = text("/apiVersion")?.split_once('/')?;
    let (kind, name) = (text("/kind")?, text("/metadata/name")?);
    let namespace = text("/metadata/namespace");
    let selected = match (group, kind) {
        (
            "crd.projectcalico.org" | "projectcalico.org",
            "GlobalNetworkPolicy" | "NetworkPolicy",
        ) => {
            // Calico's API server serves the policies of Kubernetes, too.
            if name.starts_with("knp.") {
                return None;
            }
            calico::selected(object, namespace, cluster)
        }
        ("cilium.io", "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => {
            cilium(object, namespace, cluster)
        }
        (
            "policy.networking.k8s.io",
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy",
        ) => admin(object, cluster),
        _ => return None,
    };
    let space = namespace.map(|it| format!("{it}/")).unwrap_or_default();
    let pods = match selected {
        Some(1) => "selects 1 pod".to_owned(),
        Some(n) => format!("selects {n} pods"),
        None => "selects pods in a way that mlnetc does not understand".to_owned(),
    };
    let why = format!(
        "{kind} {space}{name} (`{group}`) {pods}: mlnetc does not analyse what it allows and denies"
    );
    Some(Risk::new(Class::NotAnalysed, Code::W1051, why))
}

/// Counts the pods of `subject`, which selects namespaces or pods.
fn admin(object: &Value, cluster: &KnownPods<'_>) -> Option<usize> {
    let subject = object.pointer("/spec/subject")?;
    let selector = |value: &Value| fields::label_selector(value).ok();
    if let Some(namespaces) = subject.get("namespaces") {
        let namespaces = selector(namespaces)?;
        return Some(
            cluster.count(|pods, labels| namespaces.selects(&named(&pods.namespace, labels))),
        );
    }
    let pods = subject.get("pods")?;
    let (namespaces, own) =
        (selector(pods.get("namespaceSelector")?)?, selector(pods.get("podSelector")?)?);
    let test = |pods: &Pods, labels: &Labels| {
        namespaces.selects(&named(&pods.namespace, labels)) && own.selects(&pods.labels)
    };
    Some(cluster.count(test))
}

/// Counts the pods of `endpointSelector`, in one `spec` or several. Cilium prefixes a label with its source.
fn cilium(object: &Value, namespace: Option<&str>, cluster: &KnownPods<'_>) -> Option<usize> {
    let several = object.get("specs").and_then(Value::as_array).into_iter().flatten();
    let specs: Vec<&Value> = object.get("spec").into_iter().chain(several).collect();
    let selectors: Option<Vec<Selector>> = specs
        .into_iter()
        .map(|it| {
            let mut selector = fields::label_selector(it.get("endpointSelector")?).ok()?;
            for it in &mut selector.0 {
                let known = ["k8s:", "any:"].iter().find_map(|from| it.key.strip_prefix(from));
                if it.key.contains(':') {
                    it.key = known?.to_owned();
                }
            }
            Some(selector)
        })
        .collect();
    let selectors = selectors.filter(|it| !it.is_empty())?;
    let test = |pods: &Pods, labels: &Labels| {
        let mut all = pods.labels.clone();
        all.insert("io.kubernetes.pod.namespace".to_owned(), pods.namespace.clone());
        let own = named(&pods.namespace, labels).into_iter();
        all.extend(own.map(|(key, it)| (format!("io.cilium.k8s.namespace.labels.{key}"), it)));
        namespace.is_none_or(|it| it == pods.namespace)
            && selectors.iter().any(|it| it.selects(&all))
    };
    Some(cluster.count(test))
}
