//! Declarations of a source that a snapshot does not use.

use super::ports as listed_ports;
use crate::diagnostics::{Code, Diagnostic};
use crate::manifests::Manifest;
use crate::model::{Endpoint, Model, Namespace, Requirement, Selector};
use crate::policy::Direction;
use crate::scalar::{PortRange, port_name};
use crate::source::{Site, Span};

/// Greatest number of flows of one endpoint that are shown.
const SHOWN: usize = 3;
/// Greatest number of rules of a policy that are shown.
const SHOWN_RULES: usize = 4;

/// A policy of another owner.
pub(in super::super) struct Policy<'m> {
    /// `NAMESPACE/NAME`.
    pub(in super::super) name: String,
    /// Its owner, if its labels name one.
    pub(in super::super) owner: Option<String>,
    /// Its manifest.
    pub(in super::super) manifest: &'m Manifest,
}

/// A policy with rules that open undeclared connections.
pub(in super::super) struct OverlyPermissivePolicy {
    /// `NAMESPACE/NAME`.
    pub(in super::super) name: String,
    /// Its owner, if its labels name one.
    pub(in super::super) owner: Option<String>,
    /// The rules, each with its place.
    pub(in super::super) rules: Vec<(OverlyPermissive, Span)>,
}

/// Undeclared connections that a rule opens.
pub(in super::super) struct OverlyPermissive {
    pub(in super::super) direction: Direction,
    /// Pods that the rule opens.
    pub(in super::super) pods: String,
    /// Pods or addresses at the other end, for one of these pods.
    pub(in super::super) others: String,
    /// Ports that the rule opens.
    pub(in super::super) ports: Vec<String>,
    /// Whether a part of the connections is declared.
    pub(in super::super) is_used: bool,
}

/// An endpoint of flows that has no pod in the snapshot.
pub(in super::super) fn idle(
    model: &Model,
    end: &Endpoint,
    namespace: &Namespace,
    flows: &[Site],
) -> Diagnostic {
    let name = &namespace.name;
    let (path, site, looked) = match end.as_workload() {
        Some(id) => {
            let workload = model.workload(id);
            let labels = shown(&workload.pods);
            let with = if labels.is_empty() { String::new() } else { format!(" with `{labels}`") };
            (&workload.path, workload.site, format!("no pod of namespace `{name}`{with}"))
        }
        None => (&namespace.path, namespace.site, format!("no pod in namespace `{name}`")),
    };
    let message = format!("the snapshot has no pod of `{path}`: its flows are unused");
    let mut diagnostic = Diagnostic::new(Code::N0821, site.span, message).here(looked);
    for flow in flows.iter().take(SHOWN) {
        diagnostic = diagnostic.label(flow.span, "unused");
    }
    let more = flows.len().saturating_sub(SHOWN);
    if more > 0 {
        diagnostic = diagnostic.note(format!("{more} more flows are unused"));
    }
    diagnostic.through(&model.expansions, site).help(
        "if the workload was removed, remove its declaration and its flows; if its pods have other \
         labels, correct the labels here",
    )
}

/// A server with ports on which none of its pods listens.
pub(in super::super) fn wide(
    model: &Model,
    end: &Endpoint,
    ports: &[PortRange],
    heard: &[PortRange],
    used: &[PortRange],
    flows: &[Site],
) -> Diagnostic {
    let declared = model.declaration_of(end);
    let path = declared.map_or_else(|| "the server".to_owned(), |(path, _)| format!("`{path}`"));
    let words = |ports: &[PortRange]| {
        listed_ports(&ports.iter().copied().map(port_name).collect::<Vec<_>>())
    };
    let is_heard = |it: &PortRange| heard.iter().any(|port| port.overlaps(*it));
    let silent: Vec<PortRange> = ports.iter().filter(|it| !is_heard(it)).copied().collect();
    let all = |it: &PortRange| (it.from, it.to) == (1, u16::MAX);
    let message = if ports.iter().all(all) {
        format!("every port of {path} is open, but its pods declare only {}", words(heard))
    } else if silent.is_empty() {
        format!("{} of {path} are open, but its pods declare only {}", words(ports), words(used))
    } else {
        format!("no pod of {path} declares {}, which the flow opens", words(&silent))
    };
    let spans: Vec<_> = flows.iter().map(|it| it.span).collect();
    let diagnostic = Diagnostic::at(Code::N0822, &spans, message);
    let diagnostic = match flows.first() {
        Some(site) => diagnostic.through(&model.expansions, *site),
        None => diagnostic,
    };
    let is_told = silent.is_empty() || ports.iter().all(all);
    let diagnostic = if is_told {
        diagnostic
    } else {
        diagnostic.note(format!("the pods declare {}", words(heard)))
    };
    let write = written(model, end, used);
    match write.as_slice() {
        [] => diagnostic
            .help("name the ports on which the pods listen, or correct the ports of the service"),
        [one] => diagnostic.help(format!("`:{one}` opens only the used port")),
        several => {
            diagnostic.help(format!("`:[{}]` opens only the used ports", several.join(", ")))
        }
    }
}

/// Policies of other owners that isolate pods which the source leaves open, and that do not allow its flows.
pub(in super::super) fn cut(
    model: &Model,
    policies: &[&Policy<'_>],
    way: Direction,
    flows: &[Site],
) -> Diagnostic {
    let names: Vec<String> = policies.iter().map(|it| format!("`{}`", it.name)).collect();
    let (these, are, lets) =
        if names.len() == 1 { ("policy", "is", "does") } else { ("policies", "are", "do") };
    let (end, side) = match way {
        Direction::Egress => ("client", "egress"),
        Direction::Ingress => ("server", "ingress"),
    };
    let names = names.join(", ");
    let message = format!(
        "{these} {names}, which {are} not in this source, {lets} not allow the {side} of this flow"
    );
    let spans: Vec<Span> = flows.iter().map(|it| it.span).collect();
    let mut diagnostic = Diagnostic::at(Code::W0834, &spans, message)
        .here(format!("declared here, but blocked at the {end}"));
    if let Some(site) = flows.first() {
        diagnostic = diagnostic.through(&model.expansions, *site);
    }
    for it in policies {
        let place = &it.manifest.place;
        let owner = it.owner.as_ref().map(|it| format!(", of {it}")).unwrap_or_default();
        diagnostic = diagnostic.note(format!("`{}` is defined in {place}{owner}", it.name));
    }
    diagnostic.help(format!(
        "isolate the namespace of the {end} here with `isolate`, so that mlnetc writes policies for \
         its flows; or change or remove the other policy: most charts have a value for that"
    ))
}

/// Rules of a policy of another owner that open connections which no flow declares.
pub(in super::super) fn wider(policy: &OverlyPermissivePolicy) -> Option<Diagnostic> {
    let OverlyPermissivePolicy { name, owner, rules } = policy;
    let ((first, place), others) = rules.split_first()?;
    let is_used = rules.iter().any(|(it, _)| it.is_used);
    let what = if is_used {
        "more connections than the flows declare"
    } else {
        "connections that no flow declares"
    };
    let open = match rules.len() {
        1 => format!("a rule of NetworkPolicy `{name}`, which is not in this source, opens {what}"),
        several => {
            format!(
                "{several} rules of NetworkPolicy `{name}`, which is not in this source, open {what}"
            )
        }
    };
    let mut diagnostic = Diagnostic::new(Code::N0823, *place, open).here(lets(first));
    for (wider, place) in others.iter().take(SHOWN_RULES - 1) {
        diagnostic = diagnostic.label(*place, lets(wider));
    }
    if rules.len() > SHOWN_RULES {
        diagnostic = diagnostic.note(match rules.len() - SHOWN_RULES {
            1 => "one more rule of the policy does, too".to_owned(),
            more => format!("{more} more rules of the policy do, too"),
        });
    }
    if let Some(owner) = owner {
        diagnostic = diagnostic.note(format!("the owner of the policy is {owner}"));
    }
    let (a_rule, flow) =
        if others.is_empty() { ("the rule", "a flow") } else { ("the rules", "flows") };
    Some(match (is_used, owner) {
        (true, _) => diagnostic.help(format!(
            "narrow {a_rule} to the used connections, or declare {flow} for \
             the rest"
        )),
        (false, None) => diagnostic.help(format!(
            "declare {flow} for connections that are needed; otherwise \
             remove {a_rule}"
        )),
        (false, Some(_)) => diagnostic.help(format!(
            "declare {flow} for connections that are needed; otherwise disable {a_rule}: most \
             charts have a value for that"
        )),
    })
}

/// Returns an example of the connections that a rule opens.
fn lets(wider: &OverlyPermissive) -> String {
    let OverlyPermissive { direction, pods, others, ports, is_used: _ } = wider;
    let shown: Vec<String> = ports.iter().take(SHOWN).cloned().collect();
    let on = listed_ports(&shown);
    let on = if ports.len() > SHOWN { format!("{on} and others") } else { on };
    match direction {
        Direction::Ingress => format!("allows {others} to connect to {pods} on {on}"),
        Direction::Egress => format!("allows {pods} to connect to {others} on {on}"),
    }
}

/// Returns the ports of pods as a flow writes them: for a service by their names, because its numbers are those that
/// clients dial.
fn written(model: &Model, end: &Endpoint, used: &[PortRange]) -> Vec<String> {
    let ports = end.as_workload().map_or(&[][..], |id| model.workload(id).ports.as_slice());
    if ports.is_empty() {
        return used.iter().map(ToString::to_string).collect();
    }
    let is_used = |it: PortRange| used.iter().any(|used| used.overlaps(it));
    let ports = ports.iter().filter(|it| is_used(it.pod_port.0));
    ports.map(|it| it.name.node.to_string()).collect()
}

/// Displays a selector: `app=web, tier=front`.
fn shown(pods: &Selector) -> String {
    let one = |(key, requirement): &(String, Requirement)| match requirement {
        Requirement::Is(value) => format!("{key}={value}"),
        Requirement::In(values) => format!("{key} in ({})", values.join(", ")),
        Requirement::NotIn(values) => format!("{key} notin ({})", values.join(", ")),
        Requirement::Exists => key.clone(),
        Requirement::Absent => format!("!{key}"),
    };
    pods.0.iter().map(one).collect::<Vec<_>>().join(", ")
}
