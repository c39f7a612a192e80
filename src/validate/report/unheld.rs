//! Diagnostics about workloads on the network of their node, to which no policy applies.

use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Assert, Endpoint, Forbid, Model, WorkloadId};
use crate::validate::guardrails::Unheld;

/// Maximum number of workloads in a message.
const SHOWN: usize = 5;

/// A guardrail that is not enforced for workloads on nodes.
pub(super) fn of_guardrail(model: &Model, forbid: &Forbid, it: &Unheld<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::W0506, forbid.site.span, message(model, it))
        .here("the guardrail does not prevent these connections")
        .through(&model.expansions, forbid.site);
    explained(model, it, diagnostic).help(if it.nodes.is_some() {
        "expect the warning if this is accepted".to_owned()
    } else {
        let names: Vec<&str> =
            it.hosts.iter().take(SHOWN).map(|it| model.workload(*it).path.as_str()).collect();
        let names = names.join(", ");
        format!("name the exception, `except [{names}]`, or expect the warning if this is accepted")
    })
}

/// An assertion that is not enforced for workloads on nodes.
pub(super) fn of_assertion(model: &Model, assert: &Assert, it: &Unheld<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::W0506, assert.span, message(model, it))
        .here("holds only for pods on other nodes");
    explained(model, it, diagnostic)
        .help("name pods with their own addresses, or expect the warning if this is accepted")
}

fn message(model: &Model, it: &Unheld<'_>) -> String {
    let names = names_of(model, it);
    if it.to_own_pods {
        format!("no policy blocks {names} from pods on the same node")
    } else {
        format!("no policy applies to connections of {names} with addresses")
    }
}

/// Adds the workloads, and the reason that policies do not apply to them.
fn explained(model: &Model, it: &Unheld<'_>, mut diagnostic: Diagnostic) -> Diagnostic {
    for id in it.hosts.iter().take(SHOWN) {
        let workload = model.workload(*id);
        let text = format!("`{}` runs on the network of its node", workload.path);
        diagnostic =
            diagnostic.label(workload.site.span, text).through(&model.expansions, workload.site);
    }
    if it.to_own_pods {
        diagnostic.note(
            "a node always reaches its own pods: the kubelet needs it, and network plugins allow it",
        )
    } else {
        diagnostic.note("a policy applies only to pods with their own addresses")
    }
}

fn names_of(model: &Model, it: &Unheld<'_>) -> String {
    names(model, &it.hosts, it.nodes)
}

/// The names of workloads, and `nodes`.
pub(super) fn names(model: &Model, hosts: &[WorkloadId], nodes: Option<&Endpoint>) -> String {
    let mut names: Vec<String> =
        hosts.iter().take(SHOWN).map(|it| format!("`{}`", model.workload(*it).path)).collect();
    if hosts.len() > SHOWN {
        names.push(format!("{} more", hosts.len() - SHOWN));
    }
    names.extend(nodes.map(|it| format!("`{}`", model.called(it))));
    names.join(", ")
}
