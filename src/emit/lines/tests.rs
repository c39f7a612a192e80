//! For every written value, each part begins on a line that is mapped to it.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::of_file;
use crate::emit::yaml;
use crate::scalar::{FieldPath, Segment};

/// Paths of all parts, in the order in which they are written.
fn parts(value: &Value, path: &FieldPath, out: &mut Vec<FieldPath>) {
    let children: Vec<(Segment, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, it)| (Segment::from(key.clone()), it)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, it)| (Segment::from(at), it)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (segment, child) in children {
        let path = path.child(segment);
        out.push(path.clone());
        parts(child, &path, out);
    }
}

/// Checks that the lines name every part once and in order, except for parts that share a line with their first
/// child.
fn check(value: &Value) {
    let mut text = String::new();
    yaml::document(value, &mut text).expect("it can be written");
    let mut expected = Vec::new();
    parts(value, &FieldPath::default(), &mut expected);
    let mut named: Vec<FieldPath> = of_file(&text).into_iter().map(|it| it.path).collect();
    named.dedup();
    let shares_line =
        |path: &FieldPath| named.iter().any(|it| it.starts_with(path) && it.len() > path.len());
    let missing: Vec<&FieldPath> =
        expected.iter().filter(|it| !named.contains(it) && !shares_line(it)).collect();
    assert!(missing.is_empty(), "{missing:?} in\n{text}");
    let in_order: Vec<&FieldPath> = expected.iter().filter(|it| named.contains(it)).collect();
    let named: Vec<&FieldPath> = named.iter().filter(|it| !it.is_empty()).collect();
    assert_eq!(named, in_order, "{text}");
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z:# \\-\"|~/]{0,6}".prop_map(Value::from),
        "([a-z:# -]{0,5}\n){1,3}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(json!({})),
        Just(json!([])),
    ];
    text.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof!["[a-z]{1,3}", "[a-z:./~\" \\-]{1,6}", any::<String>()];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..5)
                .prop_map(|it| Value::Object(it.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_part_of_any_document_has_its_line(value in values()) {
        check(&json!({ "top": value }));
    }
}

#[test]
fn lines_of_a_policy() {
    let text = "# why\napiVersion: v1\nspec:\n  ingress:\n  - from:\n    - ipBlock:\n        cidr: 10.0.0.0/8\n    ports:\n    \
                - protocol: TCP\n      port: 80\n  - ports: []\n---\n\"a: b\":\n- - x\n  - y\ntext: |\n  k: v\n\n  - z\nend: 1\n";
    let lines: Vec<(usize, String)> =
        of_file(text).into_iter().map(|it| (it.document, it.path.to_string())).collect();
    let expected = [
        (0, ""),
        (0, "/apiVersion"),
        (0, "/spec"),
        (0, "/spec/ingress"),
        (0, "/spec/ingress/0/from"),
        (0, "/spec/ingress/0/from/0/ipBlock"),
        (0, "/spec/ingress/0/from/0/ipBlock/cidr"),
        (0, "/spec/ingress/0/ports"),
        (0, "/spec/ingress/0/ports/0/protocol"),
        (0, "/spec/ingress/0/ports/0/port"),
        (0, "/spec/ingress/1/ports"),
        (1, ""),
        (1, "/a: b"),
        (1, "/a: b/0/0"),
        (1, "/a: b/0/1"),
        (1, "/text"),
        (1, "/text"),
        (1, "/text"),
        (1, "/text"),
        (1, "/end"),
    ];
    assert_eq!(lines, expected.map(|(document, pointer)| (document, pointer.to_owned())));
}

#[test]
fn a_comment_inside_a_document_belongs_to_what_follows_it() {
    let yaml =
        "# of all\nspec:\n  ingress:\n  # why\n  # and why\n  - from: a\n  # other\n  - {}\n";
    let lines = of_file(yaml);
    let pointers: Vec<String> = lines.iter().map(|it| it.path.to_string()).collect();
    let first = "/spec/ingress/0/from";
    let expected =
        ["", "/spec", "/spec/ingress", first, first, first, "/spec/ingress/1", "/spec/ingress/1"];
    assert_eq!(pointers, expected);
}
