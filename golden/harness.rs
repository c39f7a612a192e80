//! The tests over real files: everything mlnetc says or emits, byte for byte, each case by its name;
//! and the rules of the house. `cargo bless` rewrites what is expected.

mod harness {
    pub(crate) mod access;
    pub(crate) mod builds;
    pub(crate) mod case;
    pub(crate) mod changes;
    pub(crate) mod cluster;
    pub(crate) mod commands;
    pub(crate) mod connections;
    pub(crate) mod contexts;
    pub(crate) mod counted;
    pub(crate) mod diagnostics;
    pub(crate) mod dialect;
    pub(crate) mod diff;
    pub(crate) mod docs;
    pub(crate) mod drafts;
    pub(crate) mod faults;
    pub(crate) mod fixes;
    pub(crate) mod folder;
    pub(crate) mod formats;
    pub(crate) mod gitops;
    pub(crate) mod guardrails;
    pub(crate) mod help;
    pub(crate) mod hostile;
    pub(crate) mod house;
    pub(crate) mod itself;
    pub(crate) mod layers;
    pub(crate) mod library;
    pub(crate) mod links;
    pub(crate) mod live;
    pub(crate) mod mistakes;
    pub(crate) mod origins;
    pub(crate) mod orphans;
    pub(crate) mod pages;
    pub(crate) mod programs;
    pub(crate) mod project;
    pub(crate) mod prose;
    pub(crate) mod prune;
    pub(crate) mod query;
    pub(crate) mod ran;
    pub(crate) mod rendering;
    pub(crate) mod reports;
    pub(crate) mod same;
    pub(crate) mod seeds;
    pub(crate) mod snapshot;
    pub(crate) mod syntax;
    pub(crate) mod tour;
    pub(crate) mod tree;
    pub(crate) mod upstream;
}

use std::path::Path;
use std::process::ExitCode;

use harness::case::Cases;
use harness::programs::Sample;
use harness::{
    access, builds, changes, commands, connections, contexts, counted, diagnostics, dialect, diff,
    docs, drafts, faults, fixes, formats, gitops, guardrails, help, hostile, house, itself, layers,
    library, links, live, mistakes, orphans, pages, programs, prose, prune, query, rendering,
    reports, seeds, snapshot, syntax, tour, upstream,
};

fn main() -> ExitCode {
    let (bless, words): (Vec<String>, Vec<String>) =
        std::env::args().partition(|it| it == "--bless");
    let (times, mut words): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|it| it == "--times");
    let number = |it: String| it.parse().expect("a number");
    let seed = option(&mut words, "--seed").map(number);
    let count = option(&mut words, "--count").map(number);
    let asked = |usual: Sample| Sample {
        seed: seed.unwrap_or(usual.seed),
        count: count.unwrap_or(usual.count),
    };
    let sample = asked(Sample::USUAL);
    if let Some(folder) = option(&mut words, "--write-programs") {
        programs::write(Path::new(&folder), sample);
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = option(&mut words, "--write-seeds") {
        seeds::write(Path::new(&folder));
        return ExitCode::SUCCESS;
    }
    let arguments = libtest_mimic::Arguments::from_iter(words);
    let mut cases = Cases::new(!bless.is_empty(), !times.is_empty());
    diagnostics::add(&mut cases);
    syntax::add(&mut cases);
    builds::add(&mut cases);
    upstream::add(&mut cases);
    commands::add(&mut cases);
    changes::add(&mut cases);
    connections::add(&mut cases);
    contexts::add(&mut cases);
    counted::add(&mut cases);
    dialect::add(&mut cases);
    diff::add(&mut cases);
    docs::add(&mut cases);
    drafts::add(&mut cases);
    faults::add(&mut cases);
    fixes::add(&mut cases);
    formats::add(&mut cases);
    gitops::add(&mut cases);
    guardrails::add(&mut cases, asked(guardrails::USUAL));
    help::add(&mut cases);
    pages::add(&mut cases);
    programs::add(&mut cases, sample);
    prose::add(&mut cases);
    prune::add(&mut cases);
    query::add(&mut cases);
    rendering::add(&mut cases);
    reports::add(&mut cases);
    snapshot::add(&mut cases);
    library::add(&mut cases);
    links::add(&mut cases);
    live::add(&mut cases);
    access::add(&mut cases);
    mistakes::add(&mut cases);
    tour::add(&mut cases);
    layers::add(&mut cases);
    hostile::add(&mut cases);
    itself::add(&mut cases);
    house::add(&mut cases);
    orphans::add(&mut cases);
    libtest_mimic::run(&arguments, cases.into_trials()).exit_code()
}

/// Takes `NAME VALUE` out of the arguments.
fn option(words: &mut Vec<String>, name: &str) -> Option<String> {
    let at = words.iter().position(|it| it == name)?;
    words.remove(at);
    (at < words.len()).then(|| words.remove(at))
}
