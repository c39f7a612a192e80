//! The standard library: components written in the language, embedded as text.

macro_rules! components {
    ($($name:literal),* $(,)?) => {
        /// (component, text of its file), in alphabetical order.
        const COMPONENTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../stdlib/", $name, ".mlnet"))),)*];
    };
}

components! {
    "airflow",
    "alloy",
    "argo-cd",
    "argo-events",
    "argo-workflows",
    "calico",
    "cert-manager",
    "cilium",
    "cloudnative-pg",
    "cnpg-cluster",
    "coredns",
    "csi-driver-nfs",
    "dex",
    "external-dns",
    "external-secrets",
    "gpu-operator",
    "grafana",
    "harbor",
    "inference-services",
    "ingress-nginx",
    "istio",
    "istio-gateway",
    "jaeger",
    "jupyterhub",
    "k3s-traefik",
    "kafka",
    "keycloak",
    "kiali",
    "knative-services",
    "knative-serving",
    "kserve",
    "kubeflow-pipelines",
    "kuberay",
    "kubernetes-dashboard",
    "label-studio",
    "loki",
    "longhorn",
    "metallb",
    "metrics-server",
    "milvus",
    "minio",
    "mlflow",
    "node-local-dns",
    "oauth2-proxy",
    "opentelemetry-collector",
    "postgres",
    "prefect",
    "prefect-worker",
    "prometheus",
    "pushgateway",
    "qdrant",
    "ray-cluster",
    "redis",
    "sealed-secrets",
    "seldon-core-v2",
    "seldon-runtime",
    "strimzi",
    "tempo",
    "traefik",
    "triton",
    "valkey",
    "vault",
    "velero",
    "vllm",
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
        makes: "the operator creates `seldon-scheduler` and `seldon-mesh` for each of them, with the same names: the \
                last reconciled object wins, and addresses and replicas change each time",
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

/// The areas of components, in the order of lists.
pub const AREAS: &[&str] = &[
    "cluster",
    "networking",
    "ingress",
    "security",
    "observability",
    "storage",
    "databases",
    "messaging",
    "machine learning",
    "workflows",
    "delivery",
];

/// What a list shows of a component, from the doc comment of its head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The first sentence, without its period.
    pub summary: String,
    /// The line `Area:`, one of `AREAS`.
    pub area: &'static str,
    /// The line `Keywords:`: products, images and other words that people search for.
    pub keywords: Vec<&'static str>,
}

/// Returns the card of a component, by the text of its file.
pub fn card(text: &'static str) -> Card {
    let doc = || text.lines().map_while(|it| it.strip_prefix("##")).map(str::trim);
    let first: Vec<&str> = doc().take_while(|it| !it.is_empty()).collect();
    let summary = first.join(" ");
    let summary = summary.split(". ").next().unwrap_or("").trim_end_matches('.').to_owned();
    let value = |key: &str| doc().find_map(|it| it.strip_prefix(key)).map(str::trim);
    let keywords = value("Keywords:").unwrap_or("").split(',').map(str::trim);
    Card {
        summary,
        area: value("Area:").unwrap_or(""),
        keywords: keywords.filter(|it| !it.is_empty()).collect(),
    }
}

/// Returns the components that have a word as a keyword, or as the last part of an image among their keywords.
pub fn with_keyword(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let is_word = |it: &str| {
        let keyword = it.to_lowercase();
        keyword == word || keyword.rsplit('/').next() == Some(word.as_str())
    };
    let has = |text: &'static str| card(text).keywords.iter().any(|it| is_word(it));
    COMPONENTS.iter().filter(|(_, text)| has(text)).map(|(name, _)| *name).collect()
}

/// Words in names of products that name no product.
const GENERIC: &[&str] =
    &["cluster", "controller", "k8s", "kubernetes", "manager", "operator", "server", "service"];

/// Returns the components of which the name or a keyword has a word of a name: `redis-cluster` has `redis`.
pub fn with_words(name: &str) -> Vec<&'static str> {
    let words: Vec<&str> =
        name.split('-').filter(|it| it.len() > 2 && !GENERIC.contains(it)).collect();
    let is_any = |text: &str| {
        let text = text.to_lowercase();
        text.split(|it: char| !it.is_ascii_alphanumeric()).any(|it| words.contains(&it))
    };
    let has = |name: &str, text| is_any(name) || card(text).keywords.iter().any(|it| is_any(it));
    COMPONENTS
        .iter()
        .filter(|(name, text)| has(name, text))
        .map(|(name, _)| *name)
        .take(6)
        .collect()
}

/// Returns the name of a component's file in messages.
pub fn path(name: &str) -> String {
    format!("stdlib:{name}.mlnet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_components_are_sorted() {
        assert!(names().is_sorted());
    }

    #[test]
    fn every_component_has_a_summary_an_area_and_keywords() {
        for (name, text) in COMPONENTS {
            let card = card(text);
            assert!(
                AREAS.contains(&card.area),
                "{name}: `## Area: {}` is not one of AREAS",
                card.area
            );
            assert!(!card.keywords.is_empty(), "{name} has no line `## Keywords:`");
            assert!(!card.summary.is_empty(), "{name} has no summary");
        }
    }

    #[test]
    fn a_keyword_finds_its_component() {
        assert!(with_keyword("PostgreSQL").contains(&"postgres"));
        assert!(with_keyword("no such product").is_empty());
    }
}
