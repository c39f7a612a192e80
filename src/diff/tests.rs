//! Compares each kind with the object as the API server returns it, with the same object in another order, and with an
//! object that was changed by hand.

use serde_json::{Value, json};

use super::emitted_for_tests::{everything, meta};
use super::*;
use crate::diagnostics::Code;
use crate::manifests::{self, Text};
use crate::objects::{Container, EnvVar, HelmValues, Object, WorkloadPatch};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;
use crate::source::{Files, Place, Site, Span};

fn files() -> Files {
    Files::new([("net.mlnet".to_owned(), "first\nsecond\n".to_owned())])
}

fn traced(object: Object) -> Traced {
    let files = files();
    let file = files.iter().next().expect("one file").0;
    let site = |start| Site { span: Span { file, start, end: start }, via: None };
    let mut origins = Origins::of(&[site(0)]);
    origins.part(&field_path!["spec"], &[site(6)]);
    Traced { file: "x.yaml".to_owned(), object, origins }
}

const FIXTURES: [(&str, &str); 7] = [
    ("namespace.yaml", include_str!("fixtures/namespace.yaml")),
    ("service.yaml", include_str!("fixtures/service.yaml")),
    ("service-kinds.yaml", include_str!("fixtures/service-kinds.yaml")),
    ("network-policy.yaml", include_str!("fixtures/network-policy.yaml")),
    ("calico.yaml", include_str!("fixtures/calico.yaml")),
    ("metallb.yaml", include_str!("fixtures/metallb.yaml")),
    ("workload.yaml", include_str!("fixtures/workload.yaml")),
];

fn returned() -> Live {
    let texts = FIXTURES.map(|(name, text)| Text { name: name.to_owned(), text: text.to_owned() });
    Live::of(manifests::read(&texts).expect("the fixtures are sound"))
}

fn against(objects: Vec<Object>, live: &Live) -> Comparison {
    let desired: Vec<Traced> = objects.into_iter().map(traced).collect();
    compare(&desired, &|site| files().place(site.span), live)
}

fn shown(comparison: &Comparison) -> String {
    let about = render::About { cluster: Some("production"), desired: None, against: "live.yaml" };
    render::text(&[render::Answer { about, comparison: comparison.clone() }], render::Screen::PLAIN)
}

/// The fixtures with one value of one object replaced; `null` removes the value.
fn changed(kind: Kind, name: &str, pointer: &str, value: Value) -> Comparison {
    let mut live = returned();
    let it = live.objects.values_mut().find(|it| it.key.kind == kind && it.key.name == name);
    let object = &mut it.expect("the fixture has it").object;
    let (around, field) = pointer.rsplit_once('/').expect("a pointer");
    match object.pointer_mut(around).expect("the fixture has it") {
        Value::Object(map) if value.is_null() => drop(map.remove(field)),
        Value::Object(map) => drop(map.insert(field.to_owned(), value)),
        Value::Array(list) => list.push(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => unreachable!(),
    }
    against(everything(), &live)
}

#[test]
fn an_object_as_the_server_returns_it_is_the_same() {
    let comparison = against(everything(), &returned());
    assert_eq!(
        shown(&comparison),
        "cluster `production` against live.yaml: 0 to create, 0 to change, 0 to remove; 14 the same\nconnections: no changes\n"
    );
    assert!(comparison.is_same());
}

#[test]
fn every_object_is_created_in_an_empty_cluster_and_a_patch_waits_for_its_workload() {
    let comparison = against(everything(), &Live::default());
    assert_eq!(comparison.count(Action::Create), 14);
    let patch = comparison
        .differences
        .iter()
        .find(|it| it.key.kind == Kind::Deployment)
        .expect("it is there");
    assert!(patch.notes[0].text.starts_with("the workload does not exist yet"));
    assert!(comparison.absent_kinds.contains(&Kind::Installation));
    assert!(shown(&comparison).contains("+ Service mlflow/headless  (moved.mlnet:99)\n"));
}

#[test]
fn what_mlnetc_made_and_does_not_want_any_more_goes() {
    let comparison = against(Vec::new(), &returned());
    let removed: Vec<String> = comparison.differences.iter().map(|it| it.key.to_string()).collect();
    assert_eq!(
        comparison.count(Action::Remove),
        13,
        "everything but the chart's Deployment: {removed:?}"
    );
    assert!(shown(&comparison).contains(": all objects in the namespace are deleted with it"));
}

#[test]
fn a_port_is_found_by_its_number_and_protocol() {
    let comparison = changed(Kind::Service, "predictor", "/spec/ports/1/targetPort", json!(5354));
    assert_eq!(comparison.differences.len(), 1);
    let change = &comparison.differences[0].changes;
    assert_eq!(change.len(), 1);
    assert_eq!(change[0].pointer, "/spec/ports/1/targetPort");
    assert_eq!(change[0].source.as_ref().map(Place::to_string).as_deref(), Some("net.mlnet:2"));
    let lines: Vec<String> = shown(&comparison).lines().skip(4).map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "      spec:",
            "        ports:",
            "        - name: dns",
            "          port: 53",
            "          protocol: UDP",
            "    -     targetPort: 5354",
            "    +     targetPort: 5353"
        ]
    );
}

#[test]
fn a_port_of_a_rule_changes_in_its_place() {
    let policy = "financial.predictor";
    let comparison =
        changed(Kind::NetworkPolicy, policy, "/spec/ingress/0/ports/0/port", json!(8999));
    assert_eq!(comparison.differences[0].changes[0].pointer, "/spec/ingress/0/ports/0/port");
    assert!(shown(&comparison).contains("    -       port: 8999\n    +       port: 9000\n"));
}

#[test]
fn what_a_hand_added_to_our_own_object_is_a_difference() {
    let rule = json!({"from": [{"namespaceSelector": {}}]});
    let comparison = changed(Kind::NetworkPolicy, "financial.predictor", "/spec/ingress/-", rule);
    assert_eq!(comparison.differences.len(), 1);
    assert_eq!(comparison.differences[0].changes[0].pointer, "/spec/ingress/1");
    assert_eq!(comparison.differences[0].changes[0].after, None);
    for (pointer, value) in [
        ("/spec/sessionAffinity", json!("ClientIP")),
        ("/spec/loadBalancerSourceRanges", json!(["10.0.0.0/8"])),
        ("/spec/selector/version", json!("v2")),
        ("/spec/externalTrafficPolicy", json!("Cluster")),
        ("/metadata/annotations/metallb.universe.tf~1loadBalancer-ip", json!("192.168.1.9")),
    ] {
        let pointer = pointer.replace("~1", "\u{0}");
        let comparison = changed_key(&pointer, value);
        assert_eq!(comparison.differences.len(), 1, "{pointer}");
    }
}

/// Like `changed` for the predictor; a NUL replaces a `/` in a key.
fn changed_key(pointer: &str, value: Value) -> Comparison {
    let mut live = returned();
    let it = live.objects.values_mut().find(|it| it.key.name == "predictor").expect("it is there");
    let (around, field) = pointer.rsplit_once('/').expect("a pointer");
    let around = it.object.pointer_mut(around).and_then(Value::as_object_mut).expect("a map");
    around.insert(field.replace('\u{0}', "/"), value);
    against(everything(), &live)
}

#[test]
fn labels_of_others_are_theirs_and_ours_are_ours() {
    let comparison = changed_key("/metadata/labels/team", json!("x"));
    assert!(comparison.is_same());
    let applied = json!({"metadata": {"labels": {"old": "1"}}}).to_string();
    let mut live = returned();
    let it = live.objects.values_mut().find(|it| it.key.name == "predictor").expect("it is there");
    it.object["metadata"]["labels"]["old"] = json!("1");
    it.object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        json!(applied);
    let comparison = against(everything(), &live);
    assert_eq!(comparison.differences[0].changes[0].pointer, "/metadata/labels/old");
}

#[test]
fn an_object_of_somebody_else_is_a_conflict_and_never_goes() {
    let comparison = changed(
        Kind::Service,
        "plain",
        "/metadata/labels",
        json!({"app.kubernetes.io/managed-by": "Helm"}),
    );
    assert!(comparison.differences.is_empty());
    assert_eq!(comparison.conflicts.len(), 1);
    assert_eq!(comparison.conflicts[0].owner, "`Helm` (label `app.kubernetes.io/managed-by`)");
    assert!(!comparison.conflicts[0].difference.changes.is_empty());
    let mut live = returned();
    for it in live.objects.values_mut() {
        it.object["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
    }
    assert!(against(Vec::new(), &live).is_same());
}

#[test]
fn what_was_made_by_hand_is_taken_over() {
    let comparison = changed(Kind::Service, "plain", "/metadata/labels", json!({}));
    assert_eq!(comparison.differences[0].action, Action::Change);
    assert_eq!(comparison.differences[0].notes[0].code, Code::N1002);
}

#[test]
fn risks_are_explained() {
    let risk = |comparison: &Comparison| {
        comparison.differences[0].risks.first().map(|it| (it.class, it.why.clone()))
    };
    let pool = "/spec/calicoNetwork/ipPools/0";
    for field in ["blockSize", "encapsulation", "cidr"] {
        let value = if field == "blockSize" { json!(24) } else { json!("10.99.0.0/16") };
        let comparison = changed(Kind::Installation, "default", &format!("{pool}/{field}"), value);
        assert_eq!(risk(&comparison).expect("a risk").0, Class::Disruptive, "{field}");
    }
    let comparison =
        changed(Kind::Installation, "default", "/spec/calicoNetwork/bgp", json!("Enabled"));
    assert_eq!(risk(&comparison).expect("a risk").0, Class::Restarts);
    let env = "/spec/template/spec/containers/0/env/1/value";
    let comparison = changed(Kind::Deployment, "seldon-v2-controller-manager", env, json!("9044"));
    assert_eq!(risk(&comparison).expect("a risk").0, Class::Restarts);
    let mut live = returned();
    let it = live.objects.values_mut().find(|it| it.key.name == "predictor").expect("it is there");
    it.object["metadata"]["annotations"]["metallb.universe.tf/loadBalancerIPs"] =
        json!("192.168.1.199");
    it.object["status"]["loadBalancer"]["ingress"][0]["ip"] = json!("192.168.1.199");
    let comparison = against(everything(), &live);
    let why = risk(&comparison).expect("a risk").1;
    assert_eq!(
        why,
        "the Service moves from 192.168.1.199 to 192.168.1.210; clients of 192.168.1.199 must be updated"
    );
}

#[test]
fn a_pool_that_shrinks_names_the_services_that_lose_their_address() {
    let mut live = returned();
    for it in live.objects.values_mut() {
        if it.key.kind == Kind::IpAddressPool {
            it.object["spec"]["addresses"] = json!(["192.168.1.150-192.168.1.255"]);
        }
        if it.key.name == "predictor" {
            it.object["status"]["loadBalancer"]["ingress"][0]["ip"] = json!("192.168.1.150");
        }
    }
    let comparison = against(everything(), &live);
    let pool = comparison
        .differences
        .iter()
        .find(|it| it.key.kind == Kind::IpAddressPool)
        .expect("it differs");
    assert_eq!(
        pool.risks[0].why,
        "192.168.1.150 of Service financial-inference/predictor is no longer in a pool: the Service gets another address"
    );
}

#[test]
fn a_pool_that_overlaps_another_is_noted() {
    let mut live = returned();
    for name in ["production-pool", "homelab-pool"] {
        let key = ObjectKey::new(Kind::IpAddressPool, Some("metallb-system"), name);
        let object = json!({"spec": {"addresses": ["192.168.1.128/25"]}});
        live.objects.insert(key.clone(), LiveObject { key, object });
    }
    let comparison = against(everything(), &live);
    let note = "the pool overlaps IPAddressPool metallb-system/homelab-pool: MetalLB rejects overlapping pools";
    assert!(shown(&comparison).contains(note));
}

#[test]
fn a_password_in_a_variable_is_not_shown() {
    let variable = EnvVar { name: "DB_PASSWORD".to_owned(), value: "from-the-source".to_owned() };
    let containers = vec![Container { name: "manager".to_owned(), env: vec![variable] }];
    let metadata = meta(Some("seldon-system"), "seldon-v2-controller-manager");
    let patch = Object::WorkloadPatch(WorkloadPatch::new("Deployment", metadata, containers));
    let mut live = returned();
    let it =
        live.objects.values_mut().find(|it| it.key.kind == Kind::Deployment).expect("it is there");
    it.object["spec"]["template"]["spec"]["containers"][0]["env"][0] =
        json!({"name": "DB_PASSWORD", "value": "hunter2"});
    let comparison = against(vec![patch], &live);
    let text = shown(&comparison);
    assert!(
        text.contains("-   value: (hidden 1)") || text.contains("value: (hidden 1)\n"),
        "{text}"
    );
    assert!(text.contains("value: (hidden 2)"), "{text}");
    let all = format!("{comparison:?}");
    assert!(!all.contains("hunter2") && !all.contains("from-the-source"), "{all}");
}

#[test]
fn helm_values_are_counted_and_not_compared() {
    let values = HelmValues {
        release: "x".to_owned(),
        chart: None,
        version: None,
        namespace: None,
        description: None,
        values: serde_json::Map::new(),
    };
    let comparison = against(vec![Object::HelmValues(values)], &Live::default());
    assert!(comparison.is_same());
    assert_eq!(comparison.skipped.helm_values, 1);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Returns the value with its keys and its lists in an order that `seed` decides.
    fn shuffled(value: &Value, seed: &mut u64) -> Value {
        let mut next = |n: usize| {
            *seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(*seed >> 33).unwrap_or(0) % n.max(1)
        };
        match value {
            Value::Object(map) => {
                let mut fields: Vec<_> = map.iter().collect();
                for at in 0..fields.len() {
                    let other = next(fields.len());
                    fields.swap(at, other);
                }
                fields.into_iter().map(|(field, it)| (field.clone(), shuffled(it, seed))).collect()
            }
            Value::Array(list) => {
                let mut items: Vec<_> = list.iter().collect();
                for at in 0..items.len() {
                    let other = next(items.len());
                    items.swap(at, other);
                }
                items.into_iter().map(|it| shuffled(it, seed)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn order_is_no_difference(seed: u64) {
            let mut seed = seed;
            let mut own = Live::default();
            for object in everything() {
                let value = shuffled(&serde_json::to_value(&object).expect("it serializes"), &mut seed);
                let key = ObjectKey::of_emitted(&object).expect("an object");
                own.objects.insert(key.clone(), LiveObject { key, object: value });
            }
            let comparison = against(everything(), &own);
            prop_assert!(comparison.is_same(), "{}", shown(&comparison));
            let mut other = returned();
            for it in other.objects.values_mut() {
                it.object = shuffled(&it.object, &mut seed);
            }
            let comparison = against(everything(), &other);
            prop_assert!(comparison.is_same(), "{}", shown(&comparison));
        }
    }
}

#[test]
fn the_password_of_a_peer_is_not_shown() {
    let mut live = returned();
    for it in live.objects.values_mut().filter(|it| it.key.kind == Kind::BgpPeer) {
        it.object["spec"]["password"] = json!("correct horse");
    }
    let text = shown(&against(everything(), &live));
    assert!(text.contains("-   password: (hidden 1)") && !text.contains("horse"), "{text}");
    let text = shown(&against(Vec::new(), &live));
    assert!(!text.contains("horse"), "{text}");
}
