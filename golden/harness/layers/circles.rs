//! Circles of uses.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::Uses;

/// Returns the strongly connected components of more than one member.
pub(super) fn circles(uses: &Uses) -> BTreeSet<BTreeSet<String>> {
    let mut used: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (user, it) in uses.keys() {
        used.entry(user).or_default().push(it);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        used.keys().map(|it| (*it, reached(it, &used))).collect();
    let each = |it: &&str| -> BTreeSet<String> {
        let around = reached[*it].iter();
        let back = around.filter(|other| reached.get(**other).is_some_and(|is| is.contains(*it)));
        back.map(|it| (*it).to_owned()).collect()
    };
    reached.keys().map(each).filter(|it| it.len() > 1).collect()
}

fn reached<'a>(from: &'a str, used: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        let next = used.get(at).into_iter().flatten();
        open.extend(next.filter(|it| found.insert(**it)));
    }
    found
}
