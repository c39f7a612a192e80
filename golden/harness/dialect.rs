//! A dialect for tests, with features that NetworkPolicy lacks: an order and rules that deny. The policies of random
//! programs are rendered in it and pass through the engine and the proof, so that a second dialect stays possible.

mod toy;

use libtest_mimic::Failed;
use mlnetc::compile::{self, Bound, Program};
use mlnetc::diagnostics::Diagnostics;
use mlnetc::dialect::{self, Dialect};
use mlnetc::lock::Lock;
use mlnetc::lower::{self, Lowered};
use mlnetc::objects::{Meta, Object, StringMap};
use mlnetc::origin::{Origins, Traced};
use mlnetc::policy::{
    Action, DialectName, Policy, Port, Rule, Scope, Selector, Subject, Tier, Unmatched,
};
use mlnetc::reachability::Cluster;
use mlnetc::read;
use mlnetc::scalar::{Date, Protocol};
use mlnetc::validate::Proof;
use serde_json::Value;

use super::case::{Cases, print};
use super::programs::{self, Size};

/// Number of random programs.
const PROGRAMS: u64 = 12;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("dialect: a toy with an order and denials is proven", |_| check());
    cases.faults("dialect: a policy that a dialect cannot express has no object", unsupported);
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
    // The other changes have no effect: another rule may open the same connections.
    if seen * 2 > changes { Ok(()) } else { Err("the proof sees too little".into()) }
}

/// Proves a program, then proves it with each object changed; returns the number of changes, and of detected changes.
fn of_program(program: &mut Program) -> Result<(usize, usize), String> {
    let cluster = program.clusters().first().ok_or("a program has a cluster")?.node.clone();
    let today = Date::parse("2026-12-01").expect("a day");
    let mut diagnostics = Diagnostics::default();
    let bound = compile::front(program, &cluster, &Lock::default(), today).bound;
    let Bound { checked, addresses, .. } = bound.ok_or("it has no errors")?;
    let Lowered { network, policies, .. } =
        lower::cluster(&checked, &program.files, &addresses, &mut diagnostics);
    let objects = policies.into_iter().map(|it| toy::DIALECT.object(it.policy, it.metadata));
    let objects: Vec<(Value, Origins)> =
        objects.collect::<Result<_, _>>().map_err(|it| format!("{it}"))?;
    let (rendered, origins): (Vec<Value>, Vec<Origins>) = objects.into_iter().unzip();
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
    let (mut cluster, _) = read::cluster(&objects);
    let policies = policies.iter().map(|it| (toy::DIALECT.read)(it).expect("an object of the toy"));
    cluster.policies = policies.collect();
    cluster
}

/// A policy of a namespace with one rule that allows every connection.
fn policy() -> Policy {
    Policy {
        name: "web".to_owned(),
        dialect: DialectName::Kubernetes,
        scope: Scope::Namespace("shop".to_owned()),
        tier: Tier::NETWORK_POLICY,
        order: 0,
        subject: Subject { namespaces: None, pods: Selector::default(), sites: Vec::new() },
        ingress: Some(vec![Rule::allow(None, None)]),
        egress: None,
        sites: Vec::new(),
        isolated_by: Vec::new(),
    }
}

fn outcome<O>(dialect: &Dialect<O>, policy: &Policy) -> String {
    let metadata = Meta {
        name: policy.name.clone(),
        namespace: Some(policy.namespace().to_owned()),
        labels: StringMap::default(),
        annotations: StringMap::default(),
    };
    match dialect.object(policy.clone(), metadata) {
        Ok(_object) => "an object".to_owned(),
        Err(unsupported) => unsupported.to_string(),
    }
}

fn unsupported() -> Vec<String> {
    let with = |rule: Rule| Policy { ingress: Some(vec![rule]), ..policy() };
    let action = |action| with(Rule { action, ..Rule::allow(None, None) });
    let named = Port::Named(Protocol::Tcp, "http".to_owned());
    let tier = Tier { order: 1, unmatched: Unmatched::Pass };
    let every = Subject { namespaces: Some(Selector::default()), ..policy().subject };
    let lacks = |path: &str, what: &str| {
        format!("policy {path} needs {what}, which its dialect does not support")
    };
    let object = || "an object".to_owned();
    // The policy, the outcome for Kubernetes, the outcome for the toy.
    let cases = [
        (policy(), object(), object()),
        (action(Action::Deny), lacks("shop/web", "rules that deny"), object()),
        (
            action(Action::Pass),
            lacks("shop/web", "rules that pass to the next tier"),
            lacks("shop/web", "rules that pass to the next tier"),
        ),
        (Policy { order: 7, ..policy() }, lacks("shop/web", "a tier and an order"), object()),
        (Policy { tier, ..policy() }, lacks("shop/web", "a tier and an order"), object()),
        (
            Policy { scope: Scope::Cluster, ..policy() },
            lacks("web", "the pods of several namespaces"),
            lacks("web", "the pods of several namespaces"),
        ),
        (
            Policy { subject: every, ..policy() },
            lacks("shop/web", "the pods of several namespaces"),
            lacks("shop/web", "the pods of several namespaces"),
        ),
        (
            with(Rule::allow(None, Some(vec![named]))),
            lacks("shop/web", "names of ports"),
            lacks("shop/web", "names of ports"),
        ),
    ];
    let kubernetes: &Dialect<Object> = dialect::of(DialectName::Kubernetes);
    let mut faults = Vec::new();
    for (policy, of_kubernetes, of_toy) in cases {
        let outcomes = [outcome(kubernetes, &policy), outcome(&toy::DIALECT, &policy)];
        for (found, expected) in outcomes.into_iter().zip([of_kubernetes, of_toy]) {
            if found != expected {
                faults.push(format!("`{found}` instead of `{expected}`"));
            }
        }
    }
    faults
}
