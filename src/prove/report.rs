//! What the proof says about the source: assertions.

use super::asserts::Failure;
use super::{Proof, describe};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Assert, Endpoint, Model, Namespace};
use crate::scalar::PortRange;
use crate::source::{Files, Site, Span};
use crate::verify::{Direction, Half, Reach};

/// An assertion that does not hold.
pub(super) fn fails(
    proof: &Proof<'_>,
    reach: &Reach<'_>,
    files: &Files,
    it: &Failure<'_>,
) -> Diagnostic {
    let name = |end: u32, span: Span| match reach.ends().class(end) {
        Some(_) => describe(reach, end),
        None => format!("`{}` ({})", files.text(span), describe(reach, end)),
    };
    let (client, server) = (name(it.from, it.client.site.span), name(it.to, it.server.site.span));
    let can = if it.assert.allow { "cannot" } else { "can" };
    let message = format!("{client} {can} open connections to {server} on {}", ports(it.range));
    let (must, is) = if it.assert.allow { ("allowed", "denied") } else { ("denied", "allowed") };
    let here = format!("must be {must}; in `{}` it is {is}", proof.model.cluster.name);
    let diagnostic = Diagnostic::new(Code::E0503, it.assert.span, message).here(here);
    let verdict = reach.verdict(it.from, it.to, it.range);
    let sides = [
        Side { half: verdict.egress, way: Direction::Egress, end: it.from, other: it.to },
        Side { half: verdict.ingress, way: Direction::Ingress, end: it.to, other: it.from },
    ];
    if it.assert.allow {
        missing(proof, reach, files, it, &sides, diagnostic)
    } else {
        allowing(proof, reach, it, &sides, diagnostic)
    }
}

/// One side of the connection.
struct Side {
    half: Half,
    way: Direction,
    /// Whose side it is.
    end: u32,
    other: u32,
}

impl Side {
    fn namespace<'m>(&self, model: &'m Model, reach: &Reach<'_>) -> Option<&'m Namespace> {
        let class = reach.ends().class(self.end)?;
        model.namespaces.iter().find(|it| it.name == class.pods.namespace)
    }
}

/// What lets the connection through: the rule of each side, or that nothing closes it.
fn allowing(
    proof: &Proof<'_>,
    reach: &Reach<'_>,
    it: &Failure<'_>,
    sides: &[Side],
    mut diagnostic: Diagnostic,
) -> Diagnostic {
    let expansions = &proof.model.expansions;
    let mut flows: Vec<(Site, Vec<&str>)> = Vec::new();
    for side in sides {
        match &side.half {
            Half::Allowed(at) => {
                let way = if side.way == Direction::Egress { "out" } else { "in" };
                for site in proof.sites(reach, *at, side.way, side.other, it.range) {
                    match flows.iter_mut().find(|(flow, _)| *flow == site) {
                        Some((_, ways)) => ways.push(way),
                        None => flows.push((site, vec![way])),
                    }
                }
            }
            Half::Open => {
                if let Some(namespace) = side.namespace(proof.model, reach) {
                    let way = side.way.word();
                    let text =
                        format!("`{}` is open for {way}: nothing isolates it", namespace.path);
                    diagnostic = diagnostic.label(namespace.site.span, text);
                }
            }
            Half::Outside | Half::SamePod | Half::Denied(_) => {}
        }
    }
    let is_open = sides.iter().all(|it| matches!(it.half, Half::Open | Half::Outside));
    for (site, ways) in flows {
        let text = format!("lets it {}", ways.join(" and "));
        diagnostic = diagnostic.label(site.span, text).through(expansions, site);
    }
    diagnostic.help(if is_open {
        "close the namespace with `isolate`, or remove the assertion"
    } else {
        "remove or narrow what lets it through, or change the assertion if this is meant"
    })
}

/// Which half of the connection is missing, and the flow that would open it.
fn missing(
    proof: &Proof<'_>,
    reach: &Reach<'_>,
    files: &Files,
    it: &Failure<'_>,
    sides: &[Side],
    mut diagnostic: Diagnostic,
) -> Diagnostic {
    let model = proof.model;
    for side in sides.iter().filter(|it| matches!(it.half, Half::Denied(_))) {
        let Some(namespace) = side.namespace(model, reach) else { continue };
        let site = match side.way {
            Direction::Ingress => namespace.isolation.ingress,
            Direction::Egress => namespace.isolation.egress,
        };
        if let Some(site) = site {
            let way = side.way.word();
            let port = ports(it.range);
            let text = format!("closes `{}` for {way}; no flow opens {port}", namespace.path);
            diagnostic = diagnostic.label(site.span, text).through(&model.expansions, site);
        }
    }
    let (client, server) = (files.text(it.client.site.span), files.text(it.server.site.span));
    let owner = model.owner_of(&it.client.endpoint).or_else(|| model.owner_of(&it.server.endpoint));
    let whose = owner.map(|it| format!(" in a file of {}", model.owner_name(it)));
    let whose = whose.unwrap_or_default();
    diagnostic.help(format!("write `flow {client} -> {server}`{whose}, or remove the assertion"))
}

/// An assertion about addresses that the source does not give.
pub(super) fn unknown(model: &Model, assert: &Assert, endpoint: &Endpoint) -> Diagnostic {
    let cluster = &model.cluster;
    let message = "this assertion is not evaluated, since the addresses of one end are not known";
    let diagnostic = Diagnostic::new(Code::W0502, assert.span, message);
    let lacks = |field: &str, example: &str| {
        let has_none = format!("has no `{field}`");
        let help = format!("add `{field} = {example}` to the cluster's block");
        (has_none, help)
    };
    match endpoint {
        Endpoint::External(id) => {
            let external = model.external(*id);
            diagnostic
                .label(external.span, "has no addresses")
                .help(format!("give `{}` its addresses: `cidrs = […]`", external.name))
        }
        Endpoint::Apiserver => {
            let (label, help) = lacks("apiserver", "[192.168.1.85:6443]");
            diagnostic.label(cluster.name.span, label).help(help)
        }
        Endpoint::Nodes | Endpoint::Workload(_) => {
            let (label, help) = lacks("nodes", "[192.168.1.81-192.168.1.85]");
            diagnostic.label(cluster.name.span, label).help(help)
        }
        Endpoint::Namespace(_)
        | Endpoint::Addresses(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Dns => diagnostic,
    }
}

/// `TCP 80`; `every port`.
fn ports(range: PortRange) -> String {
    if range.from == 1 && range.to == u16::MAX {
        return format!("every {} port", range.protocol.as_str());
    }
    super::port(range)
}
