//! Nodes that differ from the source.

use std::net::IpAddr;

use crate::diagnostics::{Code, Diagnostic, all_of};
use crate::scalar::Addresses;
use crate::source::Spanned;

/// Greatest number of nodes that are named.
const SHOWN: usize = 4;

/// A field of a cluster about nodes.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct NodeField<'s> {
    /// Name of the field: `nodes`, `tunnels`.
    pub(in super::super) field: &'static str,
    /// Description of its values.
    pub(in super::super) what: &'static str,
    pub(in super::super) written: &'s Spanned<Addresses>,
}

/// An address of a node.
pub(in super::super) type NodeAddress<'m> = (&'m str, IpAddr);

/// Nodes with addresses that the source does not have. `flows`: number of flows about nodes.
pub(in super::super) fn unknown(
    diagnostics: NodeField<'_>,
    nodes: &[NodeAddress<'_>],
    flows: usize,
) -> Diagnostic {
    let NodeField { field, what, written } = diagnostics;
    let message = match nodes {
        [(node, address)] => {
            format!("node `{node}` has the {what} {address}, which is not in `{field}`")
        }
        several => {
            let names = several.iter().map(|(node, at)| format!("`{node}` ({at})"));
            format!("nodes have {what}es that are not in `{field}`: {}", few(names.collect()))
        }
    };
    let diagnostic =
        Diagnostic::new(Code::W0835, written.span, message).here("the nodes in the source");
    let diagnostic = match flows {
        0 => diagnostic,
        1 => diagnostic.note("one flow is from or to nodes: its rules do not include this address"),
        more => diagnostic.note(format!(
            "{more} flows are from or to nodes, the API server or load balancers that hide their \
             clients: their connections through this node are blocked"
        )),
    };
    diagnostic.help(format!("add it to `{field}`, build and apply"))
}

/// Addresses of the source that no node has.
pub(in super::super) fn gone(diagnostics: NodeField<'_>, addresses: &[IpAddr]) -> Diagnostic {
    let NodeField { field, what, written } = diagnostics;
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let message = format!("`{field}` has {}, and no node has that {what}", few(names));
    Diagnostic::new(Code::N0824, written.span, message)
        .here("policies allow every machine with this address")
        .help("if the node was removed, remove its address; if the node is planned, ignore this")
}

fn few(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 {
        names.truncate(SHOWN);
        names.push(format!("{more} more"));
    }
    all_of(&names)
}
