//! The items that a message lists for a block (E0102) are those that the compiler accepts there (E0221).

use mlnetc::diagnostics::Code;

use super::case::Cases;
use super::project::{Outcome, Project};

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("contexts: what may stand in a block is what the message lists", check);
}

/// The name of a place in messages, and a source in which `HERE` is that place.
const PLACES: &[(&str, &str)] = &[
    ("at the top level of a file", "HERE"),
    ("in a `cluster` block", "cluster c { HERE\n }"),
    ("in a `calico` block", "cluster c { calico { HERE\n } }"),
    ("in a `metallb` block", "cluster c { metallb { HERE\n } }"),
    ("in a `peer` block", "cluster c { metallb { peer p { HERE\n } } }"),
    ("in a `bfd` block", "cluster c { metallb { bfd p { HERE\n } } }"),
    ("in a `pool` block", "cluster c { metallb { pool p { HERE\n } } }"),
    ("in a `tenant` block", "tenant t { HERE\n }"),
    ("in a `namespace` block", "tenant t { namespace n { HERE\n } }"),
    ("in a `service` block", "tenant t { namespace n { }, service s in n { HERE\n } }"),
    ("in a `workload` block", "tenant t { namespace n { }, workload s in n { HERE\n } }"),
    ("in a `port` block", "tenant t { namespace n { }, service s in n { port p 80 { HERE\n } } }"),
    ("in a `profile` block", "profile p { HERE\n }\ntenant t { namespace n { profile = p } }"),
    ("in an `external` block", "external e { HERE\n }"),
    ("in a `use` block", "use k { HERE\n }\ncomponent k() { }"),
    ("in a `flow` block", "flow lan -> lan:80 { HERE\n }"),
    ("in an `accept` block", "accept lan -> lan:80 { HERE\n }"),
    ("in a `forbid` block", "forbid lan -> lan:80 { HERE\n }"),
    ("in an `assert` block", "assert allow lan -> lan:80 { HERE\n }"),
    ("in a `values` block", "tenant t { values v { HERE\n } }"),
    ("in an `env` block", "tenant t { namespace n { }, env v { HERE\n } }"),
    ("in a `component` block", "component k(on: bool = true) { HERE\n }\nuse k"),
    ("in a `warn` block", "component k(on: bool = true) { warn \"w\" { HERE\n } }\nuse k"),
    (
        "in a `service` block",
        "component k(on: bool = true) { namespace n { }, service s in n { HERE\n } }\nuse k",
    ),
    ("in a `component` block", "component k(on: bool = true) { when on { HERE\n } }\nuse k"),
];

/// One item of each kind.
const ITEMS: &[(&str, &str)] = &[
    ("fields (", "zzz = 1"),
    ("`accept`", "accept lan -> lan:80"),
    ("`address`", "address a.b = 192.0.2.1"),
    ("`assert`", "assert allow lan -> lan:80"),
    ("`bfd`", "bfd zzz { }"),
    ("`calico`", "calico { }"),
    ("`cluster`", "cluster zzz { }"),
    ("`component`", "component zzz() { }"),
    ("`env`", "env zzz { }"),
    ("`external`", "external zzz { }"),
    ("`fail`", "fail \"zzz\""),
    ("`flow`", "flow lan -> lan:80"),
    ("`forbid`", "forbid lan -> lan:80"),
    ("`metallb`", "metallb { }"),
    ("`namespace`", "namespace zzz { }"),
    ("`peer`", "peer zzz { }"),
    ("`pool`", "pool zzz { }"),
    ("`port`", "port zzz 81"),
    ("`profile`", "profile zzz { }"),
    ("`reserve`", "reserve 192.0.2.1"),
    ("`service`", "service zzz in n { }"),
    ("`set`", "set zzz = 1"),
    ("`tenant`", "tenant zzz { }"),
    ("`use`", "use zzz"),
    ("`values`", "values zzz { }"),
    ("`warn`", "warn \"zzz\""),
    ("`when`", "when on { }"),
    ("`workload`", "workload zzz in n { }"),
];

const BASE: &str = "cluster base { distribution = k3s }\nexternal lan { cidrs = 192.0.2.0/24 }\n";

fn compiled(place: &str, item: &str) -> Outcome {
    let source = format!("{BASE}{}\n", place.replace("HERE", item));
    let source = if place.starts_with("cluster c") {
        // The block of the only cluster.
        source
            .replace("cluster base { distribution = k3s }\n", "")
            .replace("cluster c {", "cluster c { distribution = k3s\n")
    } else {
        source
    };
    Project::cut("a.mlnet", &source).compile()
}

/// Returns whether the compiler accepts an item in a place.
fn is_accepted(place: &str, item: &str) -> bool {
    let outcome = compiled(place, item);
    let no_parameter = item.starts_with("when") && outcome.codes().contains(&"E0206");
    !outcome.codes().contains(&"E0221") && !no_parameter
}

fn check() -> Vec<String> {
    let mut faults = Vec::new();
    for (name, place) in PLACES {
        let outcome = compiled(place, "qqqqqqqq zzz yyy");
        let help = outcome.diagnostics.iter().find(|it| it.code == Code::E0102);
        let help = help.and_then(|it| it.helps.first()).cloned().unwrap_or_default();
        let Some(list) = help.strip_prefix(&format!("allowed {name}: ")) else {
            faults.push(format!("{name}: {}", outcome.diagnostics()));
            continue;
        };
        for (word, item) in ITEMS {
            let (is_listed, is_accepted) = (list.contains(word), is_accepted(place, item));
            if is_listed != is_accepted {
                faults.push(format!(
                    "{name}, {word}: listed {is_listed}, accepted {is_accepted}: {place}"
                ));
            }
        }
        let known = list.matches('`').count() / 2;
        let named = ITEMS.iter().filter(|it| list.contains(it.0)).count();
        if known != named {
            faults.push(format!("{name}: the test lacks an item of {list}"));
        }
    }
    faults
}
