//! Guardrails hold on the objects of random programs: no pod, host or address that matches the two ends of a
//! `forbid` of the platform can connect.
//!
//! The program's meaning comes from the generator's data, the connections from an evaluator of the emitted YAML.
//! Neither shares code with the compiler.

mod evaluate;
mod generate;
mod mutations;
mod objects;
mod program;
mod rules;
mod shrink;
mod world;

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use mlnetc::diagnostics::Severity;

use super::case::{Cases, print};
use super::programs::Sample;
use super::project::{Outcome, Project};
use objects::Objects;
use program::Program;
use world::World;

/// The programs of `cargo test`; `--seed` and `--count` select others.
pub(crate) const USUAL: Sample = Sample { seed: 1, count: 160 };

/// Least share of programs, in percent, that build and have a guardrail that one of the two sides enforces.
const HELD: usize = 15;

/// Least share of programs, in percent, that a guardrail rejects.
const REJECTED: usize = 20;

/// Greatest share of programs, in percent, that other errors reject.
const OTHERS: usize = 15;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases, sample: Sample) {
    cases.add("guardrails: no emitted object opens what the platform forbids", move |_| {
        property(sample)
    });
    cases.add("guardrails: the property fails without any check of the proof", move |_| {
        mutations::check(sample)
    });
}

/// The result of a program.
#[derive(Debug)]
enum Verdict {
    /// It builds, and its guardrails hold. Contains the number of guardrails that only one side enforces.
    Holds(usize),
    /// Selectors may overlap: the compiler warns.
    Warned,
    /// The codes of its errors.
    Rejected(Vec<&'static str>),
    /// A connection that a guardrail forbids.
    Broken(String),
}

fn property(sample: Sample) -> Result<(), Failed> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in sample.seed..sample.seed + sample.count {
        let program = generate::program(seed);
        let what = match judge(&program) {
            Verdict::Holds(0) => "hold trivially",
            Verdict::Holds(_) => "hold",
            Verdict::Warned => "warned",
            Verdict::Rejected(codes) if codes.contains(&"E0501") => "rejected",
            Verdict::Rejected(codes) if codes == ["E0503"] => "rejected by an assertion",
            Verdict::Rejected(_) => "other errors",
            Verdict::Broken(_) => {
                let small = shrink::smallest(&program, |it| broken(it).is_some());
                let why = broken(&small).unwrap_or_default();
                return Err(format!("seed {seed}: {why}\n{}", small.text()).into());
            }
        };
        *counts.entry(what).or_default() += 1;
    }
    print(&format!("{counts:?}"));
    let programs = usize::try_from(sample.count).expect("a small number");
    let share = |what: &str| counts.get(what).copied().unwrap_or(0) * 100 / programs.max(1);
    let is_useful =
        share("hold") >= HELD && share("rejected") >= REJECTED && share("other errors") <= OTHERS;
    // A small number of programs says nothing about the generator.
    if is_useful || sample.count < USUAL.count {
        Ok(())
    } else {
        Err(format!("the programs test too little: {counts:?}").into())
    }
}

/// Returns a connection that a guardrail forbids, if the program builds and opens one.
fn broken(program: &Program) -> Option<String> {
    if let Verdict::Broken(why) = judge(program) { Some(why) } else { None }
}

fn judge(program: &Program) -> Verdict {
    let outcome = Project::of(program.files()).compile();
    let errors = outcome.diagnostics.iter().filter(|it| it.severity() == Severity::Error);
    let mut codes: Vec<&str> = errors.map(|it| it.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    if !codes.is_empty() {
        return Verdict::Rejected(codes);
    }
    if outcome.codes().contains(&"W0505") {
        return Verdict::Warned;
    }
    let mut held = 0;
    for (name, yaml) in streams(&outcome) {
        match connections(program, &name, &yaml) {
            Ok(count) => held += count,
            Err(why) => return Verdict::Broken(format!("in {name}: {why}")),
        }
    }
    Verdict::Holds(held)
}

/// Returns the YAML of each cluster.
fn streams(outcome: &Outcome) -> Vec<(String, String)> {
    let built = outcome.built.iter().map(|it| {
        let stream = it.clone().into_tree(&outcome.files).expect("it can be emitted").stream();
        let yaml = String::from_utf8(stream).expect("the output is text");
        (it.cluster.node.to_string(), yaml)
    });
    built.collect()
}

/// Searches the YAML of a cluster for a connection that a guardrail forbids. Returns the number of guardrails that only
/// one of the two sides enforces.
fn connections(program: &Program, cluster: &str, yaml: &str) -> Result<usize, String> {
    let mut clusters = program.clusters.iter();
    let cluster = clusters.find(|it| it.name == cluster).expect("the program declares it");
    let objects = Objects::read(yaml);
    let world = World::of(program, cluster, &objects);
    evaluate::guardrails(program, &world, &objects)
}
