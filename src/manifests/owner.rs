//! Ownership of objects in a cluster.

use serde_json::Value;

/// The label that names the tool that manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Whether mlnetc manages an object.
pub fn is_ours(object: &Value) -> bool {
    label(object, MANAGED_BY) == Some("mlnetc")
}

/// Returns the desired object without mlnetc's own label.
pub fn without_label(mut desired: Value) -> Value {
    let Some(metadata) = desired.get_mut("metadata").and_then(Value::as_object_mut) else {
        return desired;
    };
    if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
        labels.shift_remove(MANAGED_BY);
        if labels.is_empty() {
            metadata.shift_remove("labels");
        }
    }
    if metadata.is_empty()
        && let Value::Object(fields) = &mut desired
    {
        fields.shift_remove("metadata");
    }
    desired
}

/// Returns the owner of an object if it is not mlnetc: `Helm release prometheus-stack`.
///
/// A Helm release and a controller own the objects that they make, whatever the labels are. Other labels and
/// annotations count only if mlnetc does not manage the object, because such a tool may deliver objects of
/// mlnetc.
pub fn somebody_else(object: &Value) -> Option<String> {
    if let Some(release) = annotation(object, "meta.helm.sh/release-name") {
        let namespace = annotation(object, "meta.helm.sh/release-namespace");
        let namespace = namespace.map(|it| format!(" in namespace `{it}`")).unwrap_or_default();
        return Some(format!("Helm release `{release}`{namespace}"));
    }
    if let Some(owner) = controller(object) {
        return Some(owner);
    }
    if is_ours(object) {
        return None;
    }
    let tracking = "argocd.argoproj.io/tracking-id";
    if let Some(id) = annotation(object, tracking) {
        let application = id.split(':').next().unwrap_or(id);
        return Some(format!("application `{application}` (annotation `{tracking}`)"));
    }
    if let Some(tool) = label(object, MANAGED_BY) {
        return Some(format!("`{tool}` (label `{MANAGED_BY}`)"));
    }
    let instances = ["argocd.argoproj.io/instance", "app.kubernetes.io/instance"];
    instances
        .into_iter()
        .find_map(|key| label(object, key).map(|it| format!("application `{it}` (label `{key}`)")))
}

fn controller(object: &Value) -> Option<String> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|it| it["controller"] == true).or(owners.first())?;
    let text = |field: &str| owner.get(field).and_then(Value::as_str).unwrap_or("?");
    Some(format!("{} `{}`", text("kind"), text("name")))
}

fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/labels")?.get(key)?.as_str()
}

fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn owner(metadata: &Value) -> Option<String> {
        somebody_else(&json!({ "metadata": metadata }))
    }

    #[test]
    fn an_owner_is_named() {
        let found = owner(&json!({
            "annotations": {"meta.helm.sh/release-name": "prom", "meta.helm.sh/release-namespace": "monitoring"},
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
        }));
        assert_eq!(found.as_deref(), Some("Helm release `prom` in namespace `monitoring`"));
        let found = owner(
            &json!({"ownerReferences": [{"kind": "SeldonRuntime", "name": "seldon", "controller": true}]}),
        );
        assert_eq!(found.as_deref(), Some("SeldonRuntime `seldon`"));
        let found = owner(
            &json!({"annotations": {"argocd.argoproj.io/tracking-id": "net:v1/Service:a/b"}}),
        );
        assert_eq!(
            found.as_deref(),
            Some("application `net` (annotation `argocd.argoproj.io/tracking-id`)")
        );
        let found = owner(&json!({"labels": {"app.kubernetes.io/managed-by": "kustomize"}}));
        assert_eq!(found.as_deref(), Some("`kustomize` (label `app.kubernetes.io/managed-by`)"));
        assert_eq!(owner(&json!({"labels": {"app": "x"}})), None);
    }

    #[test]
    fn the_tool_that_delivers_our_objects_does_not_own_them() {
        let ours = json!({
            "annotations": {"argocd.argoproj.io/tracking-id": "net:v1/Service:a/b"},
            "labels": {"app.kubernetes.io/managed-by": "mlnetc", "app.kubernetes.io/instance": "net"},
        });
        assert_eq!(owner(&ours), None);
    }
}
