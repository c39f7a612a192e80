//! The standard library: components written in the language, embedded as text.

macro_rules! components {
    ($($name:literal),* $(,)?) => {
        /// (component, text of its file), in alphabetical order.
        const COMPONENTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../stdlib/", $name, ".mlnet"))),)*];
    };
}

components! {
    "argo-cd",
    "argo-events",
    "argo-workflows",
    "calico",
    "cert-manager",
    "coredns",
    "grafana",
    "harbor",
    "ingress-nginx",
    "istio",
    "istio-gateway",
    "jaeger",
    "jupyterhub",
    "kafka",
    "kiali",
    "kubernetes-dashboard",
    "metallb",
    "metrics-server",
    "minio",
    "mlflow",
    "postgres",
    "prometheus",
    "pushgateway",
    "sealed-secrets",
    "seldon-core-v2",
    "seldon-runtime",
    "strimzi",
}

/// A kind of which a namespace can have only one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alone {
    /// API group of the kind.
    pub group: &'static str,
    /// The version to read.
    pub version: &'static str,
    /// Plural name of the kind, as in the paths of the API.
    pub plural: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The effect of two objects in one namespace, for messages.
    pub makes: &'static str,
}

/// Kinds for which the operators of the components create objects with fixed names, once for each object of the
/// kind.
pub const ALONE: &[Alone] = &[
    // https://github.com/SeldonIO/seldon-core/tree/v2.9.1/operator/controllers/reconcilers/seldon
    Alone {
        group: "mlops.seldon.io",
        version: "v1alpha1",
        plural: "seldonruntimes",
        kind: "SeldonRuntime",
        makes: "the operator makes `seldon-scheduler` and `seldon-mesh` for each of them, by the same names: the one \
                that it looks at last wins, and addresses and replicas change each time",
    },
];

/// Returns the names of the components, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMPONENTS.iter().map(|(name, _)| *name)
}

/// Returns the text of a component's file.
pub fn text(name: &str) -> Option<&'static str> {
    let at = COMPONENTS.binary_search_by_key(&name, |(it, _)| it).ok()?;
    COMPONENTS.get(at).map(|(_, text)| *text)
}

/// Returns the name of a component's file in messages.
pub fn path(name: &str) -> String {
    format!("stdlib:{name}.mlnet")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_components_are_sorted() {
        assert!(super::names().is_sorted());
    }
}
