//! Calico's selectors, in the forms that policies commonly use: `all()`, `has(key)`, `key == 'value'`,
//! `key in {'a', 'b'}`, negations of these, joined by `&&`.
//!
//! <https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy#selectors>

use serde_json::Value;

use super::pods::{KnownPods, named};
use crate::policy::{Labels, Requirement, Selector, Test};
use crate::reachability::Pods;

/// Returns the number of pods that a policy selects; `None` if its selectors use an unsupported form.
pub(super) fn selected(
    object: &Value,
    namespace: Option<&str>,
    cluster: &KnownPods<'_>,
) -> Option<usize> {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let pods = selector(text("/spec/selector"))?;
    let namespaces = selector(text("/spec/namespaceSelector"))?;
    let accounts = selector(text("/spec/serviceAccountSelector"))?;
    if !accounts.0.is_empty() {
        return None;
    }
    let test = |it: &Pods, labels: &Labels| {
        let mut own = it.labels.clone();
        own.insert("projectcalico.org/namespace".to_owned(), it.namespace.clone());
        own.insert("projectcalico.org/orchestrator".to_owned(), "k8s".to_owned());
        let mut labels = named(&it.namespace, labels);
        labels.insert("projectcalico.org/name".to_owned(), it.namespace.clone());
        namespace.is_none_or(|own| own == it.namespace)
            && pods.selects(&own)
            && namespaces.selects(&labels)
    };
    Some(cluster.count(test))
}

/// Parses a selector; an empty selector selects everything.
fn selector(text: &str) -> Option<Selector> {
    let parts = text.split("&&").map(str::trim);
    let parts = parts.filter(|it| !it.is_empty() && *it != "all()");
    parts.map(requirement).collect::<Option<Vec<_>>>().map(Selector)
}

fn requirement(text: &str) -> Option<Requirement> {
    let it = |key: &str, test: Test| {
        let key = key.trim();
        let is_key = !key.is_empty()
            && key.chars().all(|it| it.is_ascii_alphanumeric() || "-_./".contains(it));
        is_key.then(|| Requirement { key: key.to_owned(), test })
    };
    let has = |text: &str| text.strip_prefix("has(")?.strip_suffix(')').map(str::to_owned);
    if let Some(key) = has(text) {
        return it(&key, Test::Exists);
    }
    if let Some(key) = text.strip_prefix('!').and_then(|it| has(it.trim())) {
        return it(&key, Test::DoesNotExist);
    }
    if let Some((key, value)) = text.split_once("==") {
        return it(key, Test::In(vec![quoted(value)?]));
    }
    if let Some((key, value)) = text.split_once("!=") {
        return it(key, Test::NotIn(vec![quoted(value)?]));
    }
    let (key, values) = text.strip_suffix('}')?.split_once('{')?;
    let values = values.split(',').map(quoted).collect::<Option<Vec<_>>>()?;
    let key = key.trim();
    match key.strip_suffix(" not in") {
        Some(key) => it(key, Test::NotIn(values)),
        None => it(key.strip_suffix(" in")?, Test::In(values)),
    }
}

fn quoted(text: &str) -> Option<String> {
    let text = text.trim();
    let quote = text.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_selectors_are_understood_and_others_are_not() {
        let shown = |text: &str| selector(text).map(|it| it.to_string());
        let shown_or = |text: &str| shown(text).unwrap_or_else(|| "?".to_owned());
        assert_eq!(shown_or(""), "");
        assert_eq!(shown_or("all()"), "");
        assert_eq!(shown_or("app == 'web' && has(tier)"), "app=web, tier");
        assert_eq!(shown_or("!has(tier) && app != \"db\""), "!tier, app notin (db)");
        assert_eq!(shown_or("app in {'a', \"b\"}"), "app in (a, b)");
        assert_eq!(shown_or("app not in { 'a' }"), "app notin (a)");
        for text in ["a == 'b' || has(c)", "global()", "app starts with 'a'", "!(has(a))", "a == b"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
