//! Sentences that several output formats share, and the subject of an answer.

use crate::diagnostics::{Code, Message};
use crate::diff::{Action, Class, Comparison, Conflict};
use crate::impact::{Change, Fate};
use crate::policy::Direction;
use crate::scalar::port_names;

/// Returns the note about Helm releases whose values change.
fn helm_values(comparison: &Comparison) -> Option<Message> {
    let names = comparison.helm_values.join(", ");
    (!names.is_empty()).then(|| {
        let text = format!("the Helm values of {names} change: `mlnetc build` writes them");
        Message::new(Code::N1004, text)
    })
}

/// Greatest number of reasons that are shown for a line; the others are counted.
const MOST: usize = 4;

/// The two sides of a comparison, in the user's words.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The cluster of the source; `None` for manifests.
    pub cluster: Option<&'a str>,
    /// Name of the desired side, unless it is the current project.
    pub desired: Option<&'a str>,
    /// Name of the live or old side.
    pub against: &'a str,
}

impl About<'_> {
    /// ``cluster `lab` against live.yaml``
    pub(super) fn title(&self) -> String {
        self.title_quoting("")
    }

    /// Returns the title with marks around the names.
    pub(super) fn title_quoting(&self, mark: &str) -> String {
        let quoted = |it: &str| format!("{mark}{it}{mark}");
        let desired = match (self.cluster, self.desired) {
            (Some(cluster), None) => format!("cluster `{cluster}`"),
            (Some(cluster), Some(of)) => format!("cluster `{cluster}` of {}", quoted(of)),
            (None, of) => quoted(of.unwrap_or_default()),
        };
        format!("{desired} against {}", quoted(self.against))
    }
}

/// A comparison and its two sides.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The two sides.
    pub about: About<'a>,
    /// The differences.
    pub comparison: Comparison,
}

/// `3 to create, 1 to change, 0 to remove; 41 are the same`.
pub(super) fn summary(comparison: &Comparison) -> String {
    let [create, change, remove] =
        [Action::Create, Action::Change, Action::Remove].map(|it| comparison.count(it));
    format!(
        "{create} to create, {change} to change, {remove} to remove; {} the same",
        comparison.same
    )
}

/// `connections: 3 open, 1 closes`.
pub(super) fn connections(comparison: &Comparison) -> String {
    if let Some(missing) = connections_need(comparison) {
        return format!("connections: {missing}");
    }
    let [opens, closes] = [Fate::Opens, Fate::Closes].map(|it| comparison.connections.count(it));
    if opens + closes == 0 {
        return "connections: no changes".to_owned();
    }
    let verb =
        |n: usize, one: &str, several: &str| format!("{n} {}", if n == 1 { one } else { several });
    let (opens, closes) = (verb(opens, "opens", "open"), verb(closes, "closes", "close"));
    format!("connections: {opens}, {closes}")
}

/// Returns the reason why connections were not compared, if they were not.
pub(super) fn connections_need(comparison: &Comparison) -> Option<Message> {
    let needed = comparison.connections_need.join(" and ");
    let text = format!("not compared, since {needed} could not be read");
    (!needed.is_empty()).then(|| Message::new(Code::N1009, text))
}

/// `fraud.pipelines -> minio.api, TCP 9000`
pub(super) fn connection(it: &Change) -> String {
    let but = match (it.sweep, it.fate) {
        (Some(_), Fate::Closes) if it.stays.is_empty() => "",
        (Some(_), Fate::Closes) => ", except connections that stay allowed",
        (Some(Direction::Egress), Fate::Opens) => ", if the ingress of the servers allows it",
        (Some(Direction::Ingress), Fate::Opens) => ", if the egress of the clients allows it",
        (None, _) => "",
    };
    format!("{} -> {}, {}{but}", it.clients.name, it.servers.name, port_names(&it.ports))
}

/// Returns the reasons, one per line.
pub(super) fn causes(it: &Change) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for cause in &it.causes {
        let at = cause.at.as_ref().map(|it| format!("{it}  ")).unwrap_or_default();
        let line = format!("{at}{}", cause.says);
        // Rules of several policies may come from one line of the source.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let more = lines.len().saturating_sub(MOST);
    if more > 1 {
        lines.truncate(MOST);
        lines.push(format!("and {more} more places"));
    }
    lines
}

/// Returns the number of affected pods of the cluster: pods of the client, or of the server if the server changes or
/// the client is outside.
pub(super) fn pods(it: &Change) -> String {
    let [clients, servers] = [&it.clients, &it.servers].map(|it| it.live.len());
    let is_server = clients == 0 || it.sweep == Some(Direction::Ingress);
    match if is_server { servers } else { clients } {
        0 => String::new(),
        n => format!("  ({})", counted(n, "pod", "pods")),
    }
}

/// Returns the owner of the connections of a line.
pub(super) fn whose(it: &Change) -> &str {
    it.owner.as_deref().unwrap_or("namespaces that are in no source")
}

/// Returns the number of risks of each class, the worst first.
pub(super) fn risks(comparison: &Comparison) -> Vec<(Class, usize)> {
    let all = comparison.all_risks();
    let counts =
        Class::ALL.map(|class| (class, all.iter().filter(|(it, _)| it.class == class).count()));
    counts.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// Returns the notes about the whole comparison, in reading order.
pub(super) fn notes(comparison: &Comparison) -> Vec<Message> {
    let first = [helm_values(comparison), absent(comparison), other_policies(comparison)];
    first.into_iter().flatten().chain(comparison.notes.iter().cloned()).collect()
}

/// Returns the message about the owner of an object in conflict.
pub(super) fn owned(conflict: &Conflict) -> Message {
    Message::new(OWNED, format!("owned by {}", conflict.owner))
}

/// Code for an object of the source that has another owner.
pub(super) const OWNED: Code = Code::W1061;

/// Returns the notes about parts that were not compared, one per line.
pub(super) fn not_compared(comparison: &Comparison) -> Vec<Message> {
    let mut lines = Vec::new();
    let skipped = &comparison.skipped;
    for (kind, n) in &skipped.of_unread {
        let objects = counted(*n, "object", "objects");
        let text = format!("{} ({objects} of the source): could not be read", kind.name());
        lines.push(Message::new(Code::N1008, text));
    }
    lines.extend(skipped.unread.iter().map(|it| Message::new(Code::N1008, it.as_str())));
    let others: usize = skipped.other_kinds.values().sum();
    if others > 0 {
        let kinds = skipped.other_kinds.iter().map(|(kind, n)| format!("{kind} {n}"));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let objects = counted(others, "object", "objects");
        let text = format!("{objects} of kinds that mlnetc does not write ({kinds})");
        lines.push(Message::new(Code::N1010, text));
    }
    let documents = match skipped.no_objects {
        0 => None,
        1 => Some("1 document that is not a Kubernetes object".to_owned()),
        n => Some(format!("{n} documents that are not Kubernetes objects")),
    };
    lines.extend(documents.map(|it| Message::new(Code::N1011, it)));
    if skipped.helm_values > 0 {
        let documents = counted(skipped.helm_values, "document", "documents");
        let text = format!("{documents} of Helm values, which no object of a cluster contains");
        lines.push(Message::new(Code::N1012, text));
    }
    lines
}

/// Returns the note about policies of other owners.
fn other_policies(comparison: &Comparison) -> Option<Message> {
    let names = comparison.other_policies.iter().map(|it| match &it.namespace {
        Some(namespace) => format!("{namespace}/{}", it.name),
        None => it.name.clone(),
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let policies = counted(comparison.other_policies.len(), "NetworkPolicy", "NetworkPolicies");
    (!names.is_empty()).then(|| {
        let text = format!(
            "{policies} of other owners in these namespaces ({names}): policies are additive, so \
             their connections stay open"
        );
        Message::new(Code::N1005, text)
    })
}

/// Returns the note about kinds of which the live side has no object, with the command that reads them.
fn absent(comparison: &Comparison) -> Option<Message> {
    let names: Vec<&str> = comparison.absent_kinds.iter().map(|it| it.name()).collect();
    let resources: Vec<&str> = comparison.absent_kinds.iter().map(|it| it.resource()).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "the live side has no {}; a snapshot contains them only if `kubectl get {} -A -o yaml` took it",
            names.join(", no "),
            resources.join(",")
        );
        Message::new(Code::N1006, text)
    })
}

fn counted(n: usize, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}
