//! Builds whose objects do not implement the source: the objects are made by hand, because `lower` never makes them.

use super::*;
use crate::objects::{Egress, Ingress, NetworkPolicySpec, Object};

const SOURCE: &str = "\
cluster home { pods = 10.42.0.0/16, services = 10.43.0.0/16 }
tenant shop {
  namespace web  { isolate = both }
  namespace data { isolate = both }
  workload front in web { pods = { app = \"front\" } }
  service orders in data {
    pods = { app = \"orders\" }
    port sql 5432
  }
  flow front -> orders
  flow front -> internet:443
}
";

/// The program, bound and lowered.
fn lowered() -> (Program, Bound, Lowering) {
    let program = Program::read([("net.mlnet".to_owned(), SOURCE.to_owned())]);
    let today = Date::parse("2026-12-01").expect("a day");
    let Front { diagnostics, bound } = front(&program, &Name::new("home"), &Lock::default(), today);
    let bound = bound.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let lowering = lower(&program.files, &bound).expect("no bug");
    (program, bound, lowering)
}

/// Returns the policies of a namespace that contain a direction.
fn specs<'o>(
    objects: &'o mut [Traced],
    namespace: &str,
) -> impl Iterator<Item = &'o mut NetworkPolicySpec> {
    objects.iter_mut().filter_map(move |it| {
        let Object::NetworkPolicy(policy) = &mut it.object else { return None };
        (policy.metadata.namespace.as_deref() == Some(namespace)).then_some(&mut policy.spec)
    })
}

fn mismatch(change: impl Fn(&mut Vec<Traced>)) -> String {
    let (program, bound, mut lowering) = lowered();
    change(&mut lowering.objects);
    let proof = Proof::of(bound.checked.model(), &lowering.objects);
    let result = proof.check(&program.files, &mut Diagnostics::default());
    result.map_or_else(|it| it.to_string(), |held| format!("nothing differs, {held} hold"))
}

#[test]
fn what_is_lowered_is_what_is_declared() {
    assert_eq!(mismatch(|_| {}), "nothing differs, 0 hold");
}

#[test]
fn a_flow_that_is_cut_is_shown_on_the_side_that_cuts_it() {
    let mismatch_text = mismatch(|it| specs(it, "data").for_each(|it| it.ingress.clear()));
    assert_eq!(
        mismatch_text,
        "`shop.front` -> `shop.orders`, TCP 5432, is declared, but blocked by ingress policies"
    );
    let mismatch_text = mismatch(|it| {
        specs(it, "web").for_each(|it| {
            it.egress.retain(|it| it.ports.as_ref().is_none_or(|it| it[0].port != Some(5432)));
        });
    });
    assert_eq!(
        mismatch_text,
        "`shop.front` -> `shop.orders`, TCP 5432, is declared, but blocked by egress policies"
    );
}

#[test]
fn the_smallest_connection_that_is_open_stands_for_all() {
    let mismatch_text = mismatch(|it| {
        let open = Ingress { from: None, ports: None };
        specs(it, "data").for_each(|it| it.ingress.push(open.clone()));
    });
    assert_eq!(
        mismatch_text,
        "a pod of `shop.data` without labels -> a pod of `shop.data` without labels, every TCP port, \
         is allowed by ingress policies, but not declared"
    );
    let mismatch_text = mismatch(|it| {
        let open = Egress { to: None, ports: None };
        specs(it, "web").for_each(|it| it.egress.push(open.clone()));
    });
    assert_eq!(
        mismatch_text,
        "a pod of `shop.web` without labels -> a pod of `shop.data` without labels, TCP 1-52, \
         is allowed by egress policies, but not declared"
    );
}

#[test]
fn a_policy_that_is_missing_leaves_its_pods_open() {
    let is_of_data = |it: &Traced| {
        let Object::NetworkPolicy(policy) = &it.object else { return false };
        policy.metadata.namespace.as_deref() == Some("data")
    };
    let mismatch_text = mismatch(|it| it.retain(|it| !is_of_data(it)));
    assert_eq!(
        mismatch_text,
        "a pod of `shop.data` without labels -> a pod of `shop.data` without labels, every TCP port, \
         is allowed by ingress policies, but not declared"
    );
}

#[test]
fn objects_that_are_not_what_is_declared_are_a_bug() {
    let (program, bound, mut lowering) = lowered();
    specs(&mut lowering.objects, "data").for_each(|it| it.ingress.clear());
    let bug = validate(&program, &bound, &lowering).expect_err("a bug").to_string();
    assert!(bug.contains("TCP 5432, is declared, but blocked by ingress policies"), "{bug}");
}
