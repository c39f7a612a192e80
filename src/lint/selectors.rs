//! Selectors that match nothing: no namespace, no pod, or pods that no selector can match.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::who::{self, Both, Wrong};
use super::snapshot::{RuleAt, View};
use crate::diagnostics::nearest;
use crate::policy::{Labels, NAMESPACE_LABEL, Part, Peer, Requirement, RulePart, Selector, Test};
use crate::read;
use crate::scalar::field_path;
use crate::source::Span;

/// Greatest number of classes of pods that are searched for the intended labels.
const LOOKED_AT: usize = 2_000;

/// Checks the selectors of the policies and of their peers.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let mut found = BTreeMap::<Wrong, Vec<Span>>::new();
    for (row, policy) in view.policies() {
        let manifest = view.manifest(row);
        if view.snapshot.knows_pods && view.reach.subjects(row).is_empty() {
            let namespaces = [policy.namespace()];
            let wrong = pods(view, &policy.subject.pods, &namespaces, true);
            let place = place(
                view,
                diagnostics,
                manifest,
                &read::pointer(policy, Part::Subject),
                &policy.subject.pods,
                &wrong,
            );
            found.entry(wrong).or_default().push(place);
        }
        for rule in view.rules(row) {
            peers(view, diagnostics, &rule, &mut found);
        }
    }
    for (wrong, places) in found {
        diagnostics.push(who::selector(&wrong, &places));
    }
}

fn peers(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    rule: &RuleAt<'_>,
    found: &mut BTreeMap<Wrong, Vec<Span>>,
) {
    let manifest = view.manifest(rule.id.policy);
    let own = view.policy(rule.id.policy).namespace();
    for (at, peer) in rule.says.peers.iter().flatten().enumerate() {
        let Peer::Pods { namespaces, pods: selector } = peer else { continue };
        if !view.of_peer(own, peer).is_empty() {
            continue;
        }
        let ends = view.reach.ends();
        let selected: Vec<&str> = match namespaces {
            None => vec![own],
            Some(selector) => ends.namespaces_with(selector).collect(),
        };
        if let Some(namespaces) = namespaces
            && selected.is_empty()
        {
            if view.snapshot.knows_namespaces {
                let wrong = of_namespaces(view, namespaces);
                let pointer = rule.pointer(RulePart::PeerNamespaces(at));
                let place = place(view, diagnostics, manifest, &pointer, namespaces, &wrong);
                found.entry(wrong).or_default().push(place);
            }
            continue;
        }
        if !view.snapshot.knows_pods {
            continue;
        }
        if let Some((other, both)) = meant_both(view, rule, at) {
            let [first, second] = [other, at]
                .map(|it| diagnostics.entry(manifest, &rule.pointer(RulePart::Peer(it))));
            diagnostics.push(who::two_peers(first, second, own, &both));
            continue;
        }
        let everything = Selector::default();
        let selector = selector.as_ref().unwrap_or(&everything);
        let wrong = pods(view, selector, &selected, false);
        let part = if selector.0.is_empty() { RulePart::Peer(at) } else { RulePart::PeerPods(at) };
        let pointer = rule.pointer(part);
        let place = place(view, diagnostics, manifest, &pointer, selector, &wrong);
        found.entry(wrong).or_default().push(place);
    }
}

/// For a peer that selects pods of the policy's own namespace, which has no such pods, returns another item of the list
/// that selects namespaces with such pods, and the selector of both items together.
fn meant_both(view: &View<'_>, rule: &RuleAt<'_>, at: usize) -> Option<(usize, Both)> {
    let peers = rule.says.peers.as_ref()?;
    let Peer::Pods { namespaces: None, pods: Some(pods) } = peers.get(at)? else { return None };
    let own = view.policy(rule.id.policy).namespace();
    peers.iter().enumerate().find_map(|(other, it)| {
        let Peer::Pods { namespaces: Some(namespaces), pods: None } = it else { return None };
        let both = Peer::Pods { namespaces: Some(namespaces.clone()), pods: Some(pods.clone()) };
        let matched = view.reach.ends().of_peer(own, &both);
        let is_meant = !pods.0.is_empty() && !matched.is_empty();
        is_meant.then(|| {
            let (namespaces, pods) = (namespaces.to_string(), pods.to_string());
            (other, Both { namespaces, pods, matched: view.called(&matched) })
        })
    })
}

/// Returns the reason why a selector matches no namespace.
fn of_namespaces(view: &View<'_>, selector: &Selector) -> Wrong {
    let ends = view.reach.ends();
    let text = selector.to_string();
    let names = || view.snapshot.cluster.namespaces.iter().map(|it| it.name.as_str());
    let only = selector.0.as_slice();
    let value = match only {
        [Requirement { key, test: Test::In(values) }] => match values.as_slice() {
            [value] => Some((key.as_str(), value.as_str())),
            _ => None,
        },
        _ => None,
    };
    match value {
        Some((NAMESPACE_LABEL, value)) => {
            let near = nearest(value, names()).map(str::to_owned);
            Wrong::Namespace { selector: text, name: value.to_owned(), near }
        }
        Some((key, value)) if ends.has_namespace(value) => Wrong::NamespaceLabel {
            selector: text,
            key: key.to_owned(),
            namespace: value.to_owned(),
        },
        _ => Wrong::Namespaces { selector: text },
    }
}

/// Returns the reason why a selector matches no pods of some namespaces.
fn pods(view: &View<'_>, selector: &Selector, namespaces: &[&str], is_policy: bool) -> Wrong {
    let ends = view.reach.ends();
    let within = match namespaces {
        [one] => format!("namespace `{one}`"),
        [one, two] => format!("the namespaces `{one}` and `{two}`"),
        several => format!("{} namespaces", several.len()),
    };
    let is_empty = namespaces.iter().all(|it| ends.of_namespace(it).is_empty());
    let text = selector.to_string();
    let on_host = view.snapshot.cluster.pods.iter().filter(|it| it.host_network);
    let mut on_host = on_host.filter(|it| namespaces.contains(&it.namespace.as_str()));
    if let Some(it) = on_host.find(|it| selector.selects(&it.labels)) {
        let example = format!("{}/{}", it.namespace, it.name);
        return Wrong::HostNetwork { selector: text, within, example, is_policy };
    }
    if is_empty {
        return Wrong::Empty { within, is_policy };
    }
    let classes = namespaces.iter().flat_map(|it| ends.of_namespace(it).iter().collect::<Vec<_>>());
    let classes = classes.take(LOOKED_AT).filter_map(|it| ends.class(it));
    let all: BTreeSet<&Labels> = classes.map(|it| &it.pods.labels).collect();
    match meant(selector, &all) {
        Some((has, name)) => Wrong::PodLabel { selector: text, within, has, name, is_policy },
        None => {
            let values = values(selector, &all);
            Wrong::Pods { selector: text, within, values, is_policy }
        }
    }
}

/// Returns the labels that were probably intended, and the key of the requirement that fails: labels of pods that fail
/// only one requirement, and that have its value under another key or a similar value.
pub(super) fn meant(selector: &Selector, all: &BTreeSet<&Labels>) -> Option<(String, String)> {
    all.iter().find_map(|labels| {
        let mut failing = selector.0.iter().filter(|it| !it.holds(labels));
        let (Some(Requirement { key, test: Test::In(values) }), None) =
            (failing.next(), failing.next())
        else {
            return None;
        };
        let [value] = values.as_slice() else { return None };
        let same = labels.iter().find(|(other, it)| *it == value && is_name(other) && is_name(key));
        if let Some((other, value)) = same {
            return Some((format!("{other}={value}"), key.clone()));
        }
        let has = labels.get(key)?;
        let near = nearest(value, [has.as_str()])?;
        Some((format!("{key}={near}"), key.clone()))
    })
}

/// Returns whether a label is one of those that name an application.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
fn is_name(key: &str) -> bool {
    const NAMES: &[&str] = &[
        "app",
        "app.kubernetes.io/component",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/name",
        "component",
        "k8s-app",
        "name",
        "run",
    ];
    NAMES.contains(&key)
}

/// Returns the values of the first label of a selector, at most four.
fn values(selector: &Selector, all: &BTreeSet<&Labels>) -> Option<(String, Vec<String>)> {
    let key = &selector.0.first()?.key;
    let values: BTreeSet<&String> = all.iter().filter_map(|it| it.get(key)).collect();
    let values: Vec<String> = values.into_iter().take(5).cloned().collect();
    (!values.is_empty()).then(|| (key.clone(), values))
}

/// Returns the place of the requirement that is wrong, or of the whole selector.
fn place(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    manifest: usize,
    pointer: &str,
    selector: &Selector,
    wrong: &Wrong,
) -> Span {
    let key = match wrong {
        Wrong::PodLabel { name, .. } => Some(name),
        Wrong::NamespaceLabel { .. }
        | Wrong::Namespace { .. }
        | Wrong::Namespaces { .. }
        | Wrong::Pods { .. }
        | Wrong::Empty { .. }
        | Wrong::HostNetwork { .. } => selector.0.first().map(|it| &it.key),
    };
    if selector.0.is_empty() && matches!(wrong, Wrong::Empty { is_policy: true, .. }) {
        return diagnostics.name(manifest);
    }
    let label = key.map(|it| format!("{pointer}{}", field_path!["matchLabels", it.to_owned()]));
    match label.filter(|it| view.field(manifest, it).is_some()) {
        Some(label) => diagnostics.entry(manifest, &label),
        None => diagnostics.entry(manifest, pointer),
    }
}
