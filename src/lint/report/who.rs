//! Selectors that match nothing, and peers with an unintended meaning.

use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;

/// Reason why a selector matches nothing. `is_policy`: it is the selector of a policy itself, else of a peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Wrong {
    /// The selector names a namespace, and requires a label that the namespace does not have.
    NamespaceLabel { selector: String, key: String, namespace: String },
    /// No namespace has the name; `near` is a similar name.
    Namespace { selector: String, name: String, near: Option<String> },
    /// No namespace has the labels.
    Namespaces { selector: String },
    /// The pods have a similar label; `name` is the key of the wrong requirement.
    PodLabel { selector: String, within: String, has: String, name: String, is_policy: bool },
    /// No pod has the labels; `values` are the values of the first label.
    Pods {
        selector: String,
        within: String,
        values: Option<(String, Vec<String>)>,
        is_policy: bool,
    },
    /// There are no pods.
    Empty { within: String, is_policy: bool },
    /// The pods use the network of their node.
    HostNetwork { selector: String, within: String, example: String, is_policy: bool },
}

/// Selectors that match nothing, all for the same reason.
pub(in super::super) fn selector(wrong: &Wrong, places: &[Span]) -> Diagnostic {
    let peer = "this peer matches no pod";
    let here = |is_policy: &bool| if *is_policy { "the policy selects no pod" } else { peer };
    match wrong {
        Wrong::NamespaceLabel { selector, key, namespace } => {
            let message = format!("no namespace has `{selector}`");
            Diagnostic::at(Code::W0801, places, message)
                .here(peer)
                .note(format!(
                    "namespace `{namespace}` has no label `{key}`; `kubernetes.io/metadata.name` is set on \
                     every namespace by the API server"
                ))
                .help(format!("`kubernetes.io/metadata.name: {namespace}` selects it"))
        }
        Wrong::Namespace { name, near: Some(near), .. } => {
            let message = format!("there is no namespace `{name}`");
            Diagnostic::at(Code::W0801, places, message)
                .here(peer)
                .help(format!("did you mean `{near}`?"))
        }
        Wrong::Namespace { name, near: None, .. } => {
            let message = format!("there is no namespace `{name}`");
            Diagnostic::at(Code::N0801, places, message)
                .here(peer)
                .help("remove the peer if the namespace was removed permanently")
        }
        Wrong::Namespaces { selector } => {
            let message = format!("no namespace has `{selector}`");
            Diagnostic::at(Code::N0801, places, message)
                .here(peer)
                .help("`kubernetes.io/metadata.name` selects a namespace by its name")
        }
        Wrong::PodLabel { selector, within, has, is_policy, .. } => {
            let message = format!("no pod of {within} has `{selector}`");
            Diagnostic::at(Code::W0802, places, message)
                .here(here(is_policy))
                .note(format!("there are pods with `{has}`"))
                .help(format!("if these pods are intended, write `{}`", has.replacen('=', ": ", 1)))
        }
        Wrong::Pods { selector, within, values, is_policy } => {
            let message = format!("no pod of {within} has `{selector}`");
            Diagnostic::at(Code::N0802, places, message)
                .here(here(is_policy))
                .note_if(values.as_ref(), |(key, values)| {
                    let shown: Vec<String> =
                        values.iter().take(4).map(|it| format!("`{it}`")).collect();
                    let more = if values.len() > 4 { ", …" } else { "" };
                    format!("existing values of `{key}`: {}{more}", shown.join(", "))
                })
                .help(
                    "if such pods exist only at times, ignore this; otherwise select by a label \
                 that the pods have",
                )
        }
        Wrong::Empty { within, is_policy } => {
            let message = format!("there are no pods in {within}");
            Diagnostic::at(Code::N0802, places, message)
                .here(if *is_policy { "the policy applies to no pod" } else { peer })
                .help("if the pods moved to another namespace, move their policies and change the peers")
        }
        Wrong::HostNetwork { selector, within, example, is_policy } => {
            let message = format!(
                "the pods of {within} with `{selector}` use the network of their nodes, which no selector \
                 matches"
            );
            Diagnostic::at(Code::W0804, places, message)
                .here(here(is_policy))
                .note(format!("for example `{example}`, whose address is the address of its node"))
                .help(if *is_policy {
                    "a policy cannot isolate these pods; use firewalls on the nodes"
                } else {
                    "name the nodes' addresses in an `ipBlock`"
                })
        }
    }
}

/// Two peers that were probably intended as one.
pub(in super::super) struct Both {
    pub(in super::super) namespaces: String,
    pub(in super::super) pods: String,
    /// The pods that both together match.
    pub(in super::super) matched: String,
}

/// Two peers instead of one.
pub(in super::super) fn two_peers(
    namespaces: Span,
    pods: Span,
    own: &str,
    both: &Both,
) -> Diagnostic {
    let message = format!(
        "every pod of the namespaces with `{}` is a peer, not only those with `{}`",
        both.namespaces, both.pods
    );
    Diagnostic::new(Code::W0803, namespaces, message)
        .here("all of their pods")
        .label(pods, format!("a separate peer: pods of `{own}`, which has no pod with this label"))
        .note("items of the list are alternatives; two selectors in one item must both match")
        .help(format!("remove the second `-` to write one peer: {}", both.matched))
}
