//! Text form of an answer: the allowed and denied connections, and the reasons.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::answer::Answer;
use super::context::{Alike, Asked, Connection, Context};
use super::explain;
use super::groups::{self, Group};
use super::parse::End;
use crate::reachability::{EndId, Set};
use crate::scalar::port_names;

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Maximum number of names in a line; further names are counted.
const MOST: usize = 8;

/// Formats the answer as text.
pub(super) fn answer(context: &Context<'_>, asked: &Asked) -> Answer {
    let mut text = String::new();
    for note in &asked.notes {
        let _ = writeln!(text, "{DIM}{note}{DIM:#}");
    }
    if asked.is_list() {
        let (allowed, is_some_denied) = context.allowed(asked);
        for group in &groups::of(&allowed) {
            group_lines(&mut text, context, asked, group);
        }
        if allowed.is_empty() {
            let _ = writeln!(text, "no connection of `{}` is allowed", asked.question.text);
        } else if is_some_denied {
            let _ = writeln!(text, "{DIM}all other connections of the question are denied{DIM:#}");
        }
        return Answer { text, is_yes: true };
    }
    let alone = |first: Connection| Alike { servers: Set::one(first.server), first };
    let connections: Vec<Alike> = context.connections(asked).map(alone).collect();
    if connections.is_empty() {
        let question = &asked.question.text;
        let _ = writeln!(text, "neither end of `{question}` is a pod: no policy applies");
    }
    let (allowed, denied): (Vec<Group>, Vec<Group>) =
        groups::of(&connections).into_iter().partition(|it| it.example.verdict.is_allowed());
    for group in &allowed {
        group_lines(&mut text, context, asked, group);
    }
    for group in &denied {
        group_lines(&mut text, context, asked, group);
        for line in context.around.way_out(&group.example, &group.ports) {
            let _ = writeln!(text, "  {line}");
        }
    }
    Answer { text, is_yes: denied.is_empty() }
}

fn group_lines(text: &mut String, context: &Context<'_>, asked: &Asked, group: &Group) {
    let is_allowed = group.example.verdict.is_allowed();
    let (word, style) = if is_allowed { ("allowed", GREEN) } else { ("denied", RED) };
    let (client, server) = &asked.question.written;
    // Addresses and whole namespaces keep the name that the question uses.
    let name = |end: &End, written: &String, all: &Set, ends: &Set| match end {
        End::Name(_) | End::Namespace(_) | End::Block(_) if all == ends && all.len() > 1 => {
            written.clone()
        }
        End::Each
        | End::Block(_)
        | End::Namespace(_)
        | End::Labelled(..)
        | End::Within(..)
        | End::Name(_) => names(context, ends),
    };
    let clients = name(&asked.question.client, client, &asked.clients, &group.clients);
    let servers = name(&asked.question.server, server, &asked.all_servers(), &group.servers);
    let ports = port_names(&group.ports);
    let _ = writeln!(text, "{style}{word}{style:#}: {clients} -> {servers}, {ports}");
    let lines = if asked.is_list() {
        explain::brief(context, &group.example)
    } else {
        explain::lines(context, &group.example)
    };
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

/// The names of some ends in a line.
fn names(context: &Context<'_>, ends: &Set) -> String {
    let everybody = context.reach.ends().everybody();
    if ends == everybody {
        return "all peers".to_owned();
    }
    let (pods, addresses): (Vec<EndId>, Vec<EndId>) =
        ends.iter().partition(|it| context.reach.ends().class(*it).is_some());
    let mut names: Vec<String> = Vec::new();
    let mut left: Vec<EndId> = Vec::new();
    // Whole namespaces are shown by their names.
    let mut at = 0;
    while let Some(end) = pods.get(at) {
        let namespace =
            context.reach.ends().class(*end).map_or("", |it| it.pods.namespace.as_str());
        let whole = context.reach.ends().of_namespace(namespace);
        let count = whole.len();
        if count > 1 && whole.without(ends).is_empty() {
            names.push(format!("{namespace}/*"));
            at += count;
        } else {
            left.push(*end);
            at += 1;
        }
    }
    let mut known: BTreeSet<String> = names.iter().cloned().collect();
    for end in left {
        let name = context.name(end);
        // Pods with different labels may have the same name.
        if known.insert(name.clone()) {
            names.push(name);
        }
    }
    names.extend(address_names(context, &addresses));
    let more = names.len().saturating_sub(MOST);
    // A single further name is shorter than "1 more".
    if more > 1 {
        names.truncate(MOST);
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// The names of addresses; unnamed addresses as ranges.
fn address_names(context: &Context<'_>, pieces: &[EndId]) -> Vec<String> {
    let mut left: Set = pieces.iter().copied().collect();
    let all = context.reach.ends().everybody().len() - context.reach.ends().classes().count();
    let mut names = Vec::new();
    let is_all = left.len() == all;
    for (name, addresses) in context.named.iter().filter(|_| !is_all) {
        if !addresses.is_empty() && addresses.without(&left).is_empty() {
            names.push(name.clone());
            left = left.without(addresses);
        }
    }
    names.extend(context.reach.ends().ranges(&left));
    names
}
