//! A dialect that nobody uses, with what NetworkPolicy lacks: an order and rules that deny. What the lowering makes
//! of random programs goes through it, through the engine and through the proof, so that the way for a second
//! dialect stays open.

mod toy;

use libtest_mimic::Failed;
use mlnetc::compile::{self, Bound, Program};
use mlnetc::diagnostics::Diagnostics;
use mlnetc::lock::Lock;
use mlnetc::lower::{self, Lowered};
use mlnetc::origin::{Origins, Traced};
use mlnetc::reachability::{self, Cluster};
use mlnetc::scalar::Date;
use mlnetc::validate::Proof;
use serde_json::Value;

use super::case::{Cases, print};
use super::programs::{self, Size};

/// The number of random programs.
const PROGRAMS: u64 = 12;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("dialect: a toy with an order and denials is proven", |_| check());
}

fn check() -> Result<(), Failed> {
    let (mut changes, mut seen) = (0, 0);
    for seed in 1..=PROGRAMS {
        let made = programs::program(seed, Size::SMALL);
        let mut program = Program::read(made.files.clone());
        let (tried, found) = of_program(&mut program).map_err(|it| format!("seed {seed}: {it}"))?;
        changes += tried;
        seen += found;
    }
    print(&format!("{changes} changes of an order or an action: the proof sees {seen}"));
    // The rest means the same: a rule may open what another one opens.
    if seen * 2 > changes { Ok(()) } else { Err("the proof sees too little".into()) }
}

/// Proves a program, then with each object changed: how many changes there are, and how many the proof sees.
fn of_program(program: &mut Program) -> Result<(usize, usize), String> {
    let cluster = program.clusters().first().ok_or("a program has a cluster")?.node.clone();
    let today = Date::parse("2026-12-01").expect("a day");
    let mut diagnostics = Diagnostics::default();
    let bound = compile::front(program, &cluster, &Lock::default(), today).bound;
    let Bound { checked, addresses, .. } = bound.ok_or("it has no errors")?;
    let Lowered { network, policies, .. } =
        lower::cluster(&checked, &program.files, &addresses, &mut diagnostics);
    let origins: Vec<Origins> = policies.iter().map(|it| Origins::of(&it.policy.sites)).collect();
    let rendered: Vec<Value> = policies.iter().map(|it| toy::render(&it.policy)).collect();
    let holds = |objects: &[Value]| {
        let cluster = read(&network, objects);
        let proof = Proof::of_read(checked.model(), cluster, origins.iter().collect());
        proof.check(&program.files, &mut Diagnostics::default()).map(|_assertions| ())
    };
    holds(&rendered).map_err(|it| format!("{it}"))?;
    let mut seen = 0;
    for at in 0..rendered.len() {
        let mut changed = rendered.clone();
        toy::change(&mut changed[at]);
        seen += usize::from(holds(&changed).is_err());
    }
    Ok((rendered.len(), seen))
}

fn read(network: &[Traced], policies: &[Value]) -> Cluster {
    let objects: Vec<Value> =
        network.iter().filter_map(|it| serde_json::to_value(&it.object).ok()).collect();
    let (mut cluster, _) = reachability::read(&objects);
    cluster.policies = policies.iter().map(toy::read).collect();
    cluster
}
