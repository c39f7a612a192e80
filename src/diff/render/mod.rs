//! How an answer looks: for a terminal, for a program, for a merge request.

mod json;
mod markdown;
mod text;

pub use json::{VERSION, json};
pub use markdown::markdown;
pub use text::text;

use super::{Action, Class, Comparison};

/// What was compared with what, in the user's words.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The cluster of the source.
    pub cluster: &'a str,
    /// What `--against` said.
    pub against: &'a str,
}

/// `3 to create, 1 to change, 0 to remove; 41 are the same`.
fn summary(said: &Comparison) -> String {
    let [create, change, remove] =
        [Action::Create, Action::Change, Action::Remove].map(|it| said.count(it));
    format!("{create} to create, {change} to change, {remove} to remove; {} the same", said.same)
}

/// How many risks there are of each class, the worst first.
fn risks(said: &Comparison) -> Vec<(Class, usize)> {
    let count = |class| {
        let risks = said.differences.iter().flat_map(|it| &it.risks);
        risks.filter(|it| it.class == class).count()
    };
    let counts = Class::ALL.map(|class| (class, count(class)));
    counts.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// What was not compared, a line each.
fn not_compared(said: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let skipped = &said.skipped;
    let others: usize = skipped.other_kinds.values().sum();
    if others > 0 {
        let kinds = skipped.other_kinds.iter().map(|(kind, n)| format!("{kind} {n}"));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let objects = counted(others, "object", "objects");
        lines.push(format!("{objects} of kinds that mlnetc does not write ({kinds})"));
    }
    match skipped.no_objects {
        0 => {}
        1 => lines.push("1 document that is no Kubernetes object".to_owned()),
        n => lines.push(format!("{n} documents that are no Kubernetes objects")),
    }
    if skipped.helm_values > 0 {
        let documents = counted(skipped.helm_values, "document", "documents");
        lines.push(format!("{documents} of Helm values: no object of a cluster says them"));
    }
    lines
}

/// Policies of others beside those of the source.
fn other_policies(said: &Comparison) -> Option<String> {
    let names = said.other_policies.iter().map(|it| match &it.namespace {
        Some(namespace) => format!("{namespace}/{}", it.name),
        None => it.name.clone(),
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let policies = counted(said.other_policies.len(), "NetworkPolicy", "NetworkPolicies");
    (!names.is_empty()).then(|| {
        format!(
            "{policies} of others in these namespaces ({names}): policies add up, so what they open stays open"
        )
    })
}

/// Kinds of which the live side has nothing at all, with the command that would have read them.
fn absent(said: &Comparison) -> Option<String> {
    let names: Vec<&str> = said.absent_kinds.iter().map(|it| it.name()).collect();
    let resources: Vec<&str> = said.absent_kinds.iter().map(|it| it.resource()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the live side has no {} at all; if it is a snapshot, was it taken with `kubectl get {} -A -o yaml`?",
            names.join(", no "),
            resources.join(",")
        )
    })
}

fn counted(n: usize, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}
