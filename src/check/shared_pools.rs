//! Pools of two clusters on one network that announce the same addresses by ARP or NDP. Each MetalLB knows its own
//! cluster only, so both may give one address to a Service.

use ipnet::IpNet;

use super::pools::around;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Announce, Cluster, Model, Pool};
use crate::scalar::{AddressRange, Addresses, cut};
use crate::source::Span;

/// Reports each pair of pools once. Clusters are on one network if nodes of both have addresses in it, and none has
/// an address of the other's nodes: a network cannot have the same address twice.
pub(super) fn check<'m>(models: impl Iterator<Item = &'m Model>, diagnostics: &mut Diagnostics) {
    let clusters: Vec<&Cluster> = models.map(|it| &it.cluster).collect();
    for (at, later) in clusters.iter().enumerate() {
        for first in clusters.iter().take(at) {
            if let Some(network) = common_network(first, later) {
                pair(first, later, &network, diagnostics);
            }
        }
    }
}

/// The networks in which both clusters have nodes.
fn common_network(first: &Cluster, later: &Cluster) -> Option<Addresses> {
    let nodes = |it: &Cluster| it.nodes.as_ref().map(|it| it.node.clone());
    let (first, later) = (nodes(first)?, nodes(later)?);
    if first.overlaps(&later) {
        return None;
    }
    let networks = |nodes: &Addresses| Addresses::of(nodes.0.iter().map(|it| around(*it)));
    let (of_first, of_later) = (networks(&first), networks(&later));
    let both = |it: &&IpNet| of_later.overlaps(&Addresses(vec![**it]));
    let common: Vec<IpNet> = of_first.0.iter().filter(both).copied().collect();
    (!common.is_empty()).then_some(Addresses(common))
}

fn pair(first: &Cluster, later: &Cluster, network: &Addresses, diagnostics: &mut Diagnostics) {
    for pool in announced(later) {
        for other in announced(first) {
            if let Some((both, first_span, later_span)) =
                overlap((first, other), (later, pool), network)
            {
                let message = format!(
                    "the clusters `{}` and `{}` may both announce {}",
                    first.name,
                    later.name,
                    both.in_words()
                );
                let diagnostic = Diagnostic::new(Code::W0717, later_span, message)
                    .here(format!("in the pool `{}` of `{}`", pool.name, later.name))
                    .label(first_span, format!("in the pool `{}` of `{}`", other.name, first.name))
                    .note("their nodes share a network: if both clusters assign an address, both \
                     answer ARP requests for it, and clients reach one cluster or the other")
                    .help("give each address to the pools of one cluster, or `reserve` it in the other; if the networks are separate, write `# expect W0717: …` above");
                diagnostics.push(diagnostic);
            }
        }
    }
}

/// The pools that a cluster announces by ARP and NDP.
fn announced(cluster: &Cluster) -> impl Iterator<Item = &Pool> {
    let pools = cluster.metallb.iter().flat_map(|it| &it.pools);
    pools.filter(|it| it.announce.node == Announce::L2)
}

/// The first addresses that both pools may assign, and the two ranges.
fn overlap(
    (first, other): (&Cluster, &Pool),
    (later, pool): (&Cluster, &Pool),
    network: &Addresses,
) -> Option<(AddressRange, Span, Span)> {
    for later_range in &pool.ranges {
        for first_range in &other.ranges {
            let free = assignable(first, first_range.node);
            for piece in assignable(later, later_range.node) {
                let mut both = free.iter().filter_map(|it| it.common(piece));
                let on_network = |it: &AddressRange| Addresses::from(*it).overlaps(network);
                if let Some(both) = both.find(on_network) {
                    return Some((both, first_range.span, later_range.span));
                }
            }
        }
    }
    None
}

/// The parts of a range that are not reserved.
fn assignable(cluster: &Cluster, range: AddressRange) -> Vec<AddressRange> {
    let reserved = cluster.metallb.iter().flat_map(|it| &it.reserved);
    cut([range], reserved.map(|it| it.range))
}
