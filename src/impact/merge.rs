//! Merges blocks of connections: blocks that differ in one part become one block. The set of connections stays
//! the same.

use std::collections::BTreeMap;

use super::delta::{Block, add};
use super::fate::Fate;
use crate::policy::Direction;
use crate::reachability::Set;
use crate::scalar::PortRange;

/// Merges blocks as far as possible, in a deterministic order.
pub(super) fn merged(blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut blocks = joined(blocks);
    blocks = joined(cored(blocks));
    blocks.sort();
    blocks
}

/// Joins blocks until no two can be joined.
pub(super) fn joined(mut blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    loop {
        let count = blocks.len();
        blocks = by(
            blocks,
            |it| (it.servers.clone(), it.ports.clone()),
            |all| {
                let clients = union(all.iter().map(|it| &it.clients));
                all.into_iter().next().map(|it| Block { clients, ..it })
            },
        );
        blocks = by(
            blocks,
            |it| (it.clients.clone(), it.ports.clone()),
            |all| {
                let servers = union(all.iter().map(|it| &it.servers));
                all.into_iter().next().map(|it| Block { servers, ..it })
            },
        );
        blocks = by(
            blocks,
            |it| (it.clients.clone(), it.servers.clone()),
            |all| {
                let mut ranges: Vec<PortRange> =
                    all.iter().flat_map(|it| &it.ports).copied().collect();
                ranges.sort_unstable();
                let mut ports = Vec::new();
                for it in ranges {
                    add(&mut ports, it);
                }
                all.into_iter().next().map(|it| Block { ports, ..it })
            },
        );
        if blocks.len() == count {
            return blocks;
        }
    }
}

fn union<'s>(sets: impl Iterator<Item = &'s Set>) -> Set {
    Set::union(sets)
}

/// Joins blocks with the same key, owner and fate.
fn by<'o, K: Ord>(
    blocks: Vec<Block<'o>>,
    key: impl Fn(&Block<'o>) -> K,
    join: impl Fn(Vec<Block<'o>>) -> Option<Block<'o>>,
) -> Vec<Block<'o>> {
    let mut groups = BTreeMap::<(&str, Fate, Option<Direction>, K), Vec<Block<'o>>>::new();
    for it in blocks {
        groups.entry((it.owner, it.fate, it.sweep, key(&it))).or_default().push(it);
    }
    groups.into_values().filter_map(join).collect()
}

/// Splits off what many blocks have in common. For example, if a namespace is isolated, each of its workloads
/// loses connections to all ends but a few of its own; the connections that all of them lose become one block.
fn cored(blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let clients = |it: &Block<'_>| it.clients.clone();
    let servers = |it: &Block<'_>| it.servers.clone();
    let blocks = core(blocks, &servers, &|it, servers| Block { servers, ..it.clone() });
    core(blocks, &clients, &|it, clients| Block { clients, ..it.clone() })
}

/// Splits each block of a group with the same ports into the common part of the group, if that is at least half
/// of the largest block, and the rest.
fn core<'o>(
    blocks: Vec<Block<'o>>,
    part: &dyn Fn(&Block<'o>) -> Set,
    with: &dyn Fn(&Block<'o>, Set) -> Block<'o>,
) -> Vec<Block<'o>> {
    let mut groups = BTreeMap::<(&str, Fate, Vec<PortRange>), Vec<Block<'o>>>::new();
    let (mut all, blocks): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|it| it.sweep.is_some());
    for it in blocks {
        groups.entry((it.owner, it.fate, it.ports.clone())).or_default().push(it);
    }
    for group in groups.into_values() {
        // Only large blocks can have most of their ends in common.
        let most = group.iter().map(|it| part(it).len()).max().unwrap_or(0);
        let (large, small): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|it| part(it).len() * 2 > most && most > 1);
        all.extend(small);
        let mut sets = large.iter().map(part);
        let first = sets.next().unwrap_or_default();
        let common = sets.fold(first, |common, it| common.intersection(&it));
        if large.len() < 2 || common.len() * 2 < most {
            all.extend(large);
            continue;
        }
        for it in large {
            let left = part(&it).without(&common);
            all.push(with(&it, common.clone()));
            if !left.is_empty() {
                all.push(with(&it, left));
            }
        }
    }
    all
}
