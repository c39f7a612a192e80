//! Every string is read back unchanged, by a YAML 1.2 reader and by the rules of YAML 1.1.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::document;

/// Strings that some YAML library reads wrong, and shapes that break writers.
const HARD: &[&str] = &[
    "",
    " ",
    "  ",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "NO",
    "on",
    "On",
    "ON",
    "off",
    "Off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "true",
    "True",
    "TRUE",
    "false",
    "False",
    "FALSE",
    "null",
    "Null",
    "NULL",
    "~",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "+1_0",
    "12:30:45",
    "1:2",
    "190:20:30",
    "-1:30",
    "1:2.5",
    "2024-01-01",
    "2024-1-1",
    "2024-01-01 12:00:00",
    "2024-01-01T12:00:00Z",
    "2001-12-14t21:59:43.10-05:00",
    "=",
    "<<",
    "0123",
    "-0123",
    "08",
    "09",
    "0b101",
    "0B1",
    "0o14",
    "0x1F",
    "0X1f",
    "0x_",
    "1e3",
    "1E3",
    "1e+3",
    "1.e3",
    ".5",
    "5.",
    "-.5",
    "+.5",
    "1.5",
    "-1",
    "+1",
    "1e400",
    ".inf",
    "-.inf",
    "+.INF",
    ".Inf",
    ".nan",
    ".NaN",
    "NaN",
    "nan",
    "inf",
    "Infinity",
    " lead",
    "trail ",
    " both ",
    "\ttab",
    "\ttab\nb",
    "\n\tb\n",
    "tab\t",
    "a\tb",
    "a: b",
    "a:",
    ":a",
    ":",
    "a:b",
    "::",
    "- a",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "... a",
    "-a",
    "? a",
    "?",
    "?a",
    "#x",
    "a #x",
    "a#x",
    "# ",
    "a\nb",
    "a\n",
    "\na",
    "\n",
    "\n\n",
    "a\n\nb\n\n",
    " a\n b",
    "a\n b\n",
    "a \nb",
    "a\r\nb",
    "a\rb",
    "\r",
    "\0",
    "a\0b",
    "\u{7}",
    "\u{1b}[1m",
    "\u{7f}",
    "\u{85}",
    "a\u{85}b",
    "\u{a0}",
    "\u{2028}",
    "a\u{2029}b",
    "\u{feff}",
    "\u{feff}a",
    "\u{fffd}",
    "😀",
    "é",
    "日本語",
    "\u{202e}x",
    "[a]",
    "[",
    "]",
    "{a}",
    "{",
    "}",
    "a, b",
    ",",
    ",a",
    "a]",
    "&a",
    "&",
    "*a",
    "*",
    "!a",
    "!!str a",
    "!",
    "|",
    ">",
    "|-",
    "a|b",
    "'",
    "''",
    "'a'",
    "\"",
    "\"a\"",
    "a\"b",
    "a'b",
    "\\",
    "a\\nb",
    "%a",
    "%YAML 1.2",
    "@a",
    "`a`",
    "$(A)",
    "{{ x }}",
    "a&b",
    "10.0.0.0/8",
    "192.168.1.1",
    "fe80::1",
    "::1",
    "2001:db8::/32",
    "9004",
    "9004/tcp",
    "0",
    "-0",
    "00",
    "1.2.3",
    "v1",
    "1.0",
    "3.10",
    "0.1.0",
    "12e",
    "e3",
    "0x",
    "0b",
    "0o",
    "1,000",
    "1,2",
    "<",
    "<<a",
    "==",
    "=a",
    "key: value\nother: value\n",
    "#!/bin/sh\nset -e\n",
    "a  b",
    "mlnet.dev/source",
];

/// The implicit types of YAML 1.1, from yaml.org/type (bool, int, float, null, timestamp, merge, value), and
/// additional forms that Go's and Ruby's readers accept: `0o14`, underscores anywhere in a number.
const YAML_1_1: &[&str] = &[
    r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
    r"[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+",
    r"[-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    r"~|null|Null|NULL|",
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?(([ \t]*)Z|[-+][0-9]{1,2}(:[0-9]{2})?)?",
    r"<<|=",
    r"[-+]?0o[0-7_]+|[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*([eE][-+]?[0-9]+)?",
];

/// Whether a plain scalar is a string by those rules.
fn is_plain_string_in_yaml_1_1(plain: &str) -> bool {
    static RULES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!("^(?:{})$", YAML_1_1.join("|")))
            .expect("the rules are regular expressions")
    });
    !RULES.is_match(plain)
}

/// Returns the scalar behind `prefix` in the text, if it is a plain one.
fn plain_after<'a>(yaml: &'a str, prefix: &str) -> Option<&'a str> {
    let scalar =
        yaml.strip_prefix(prefix).expect("the text starts with what stands before the scalar");
    (!scalar.starts_with(['"', '\'', '|', '>'])).then_some(scalar)
}

fn check(text: &str) {
    let mut yaml = String::new();
    document(&json!({ "v": text }), &mut yaml).expect("strings can be written");
    assert_eq!(yaml_1_2(&yaml), json!({ "v": text }), "as a value: {yaml:?}");
    if let Some(plain) = plain_after(&yaml, "v: ") {
        assert!(is_plain_string_in_yaml_1_1(plain.trim_end_matches('\n')), "as a value: {yaml:?}");
    }

    yaml.clear();
    document(&json!([text, [text]]), &mut yaml).expect("strings can be written");
    assert_eq!(yaml_1_2(&yaml), json!([text, [text]]), "in a list: {yaml:?}");

    yaml.clear();
    let nested = json!({ "a": [{ "b": text, "c": { "d": text } }], "z": 1 });
    document(&nested, &mut yaml).expect("strings can be written");
    assert_eq!(yaml_1_2(&yaml), nested, "nested: {yaml:?}");

    if text.len() < 500 {
        yaml.clear();
        let map: Map<String, Value> = [(text.to_owned(), json!("v"))].into_iter().collect();
        document(&map, &mut yaml).expect("strings can be written");
        assert_eq!(yaml_1_2(&yaml), Value::Object(map), "as a key: {yaml:?}");
        if let Some(plain) = plain_after(&yaml, "") {
            let key = plain.strip_suffix(": v\n").expect("a plain key stands before its colon");
            assert!(is_plain_string_in_yaml_1_1(key), "as a key: {yaml:?}");
        }
    }
}

fn yaml_1_2(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml:?}"))
}

#[test]
fn every_hard_string_is_read_back_as_itself() {
    for text in HARD {
        check(text);
    }
}

#[test]
fn the_judge_of_yaml_1_1_knows_what_is_not_a_string() {
    let wrong = "yes No ON off y N 1_000 1__0 12:30:45 1:2 190:20:30 2024-01-01 = << 0123 1e3 null ~ .5 0o14 \
                 0x1F 0b1 .NaN -1 +.5";
    for word in wrong.split(' ') {
        assert!(!is_plain_string_in_yaml_1_1(word), "{word}");
    }
    for word in ["v1", "10.0.0.0/8", "a:b", "1.2.x", "2024-01-01x", "12:30:75x", "yess", "fe80::1"]
    {
        assert!(is_plain_string_in_yaml_1_1(word), "{word}");
    }
}

#[test]
fn lists_are_indented_as_kubectl_does_and_long_strings_are_not_folded() {
    let mut yaml = String::new();
    let long = "word ".repeat(60);
    let value = json!({
        "spec": {
            "ports": [{ "name": "http", "port": 80 }, { "name": "yes", "port": 81 }],
            "types": ["Ingress", "Egress"],
            "empty": {},
            "none": [],
            "pairs": [["a", "b"], []],
        },
        "text": "one\ntwo\n",
        "long": long,
    });
    document(&value, &mut yaml).expect("it can be written");
    let expected = format!(
        "spec:\n  ports:\n  - name: http\n    port: 80\n  - name: \"yes\"\n    port: 81\n  types:\n  - Ingress\n  \
         - Egress\n  empty: {{}}\n  none: []\n  pairs:\n  - - a\n    - b\n  - []\ntext: |\n  one\n  two\nlong: \"{long}\"\n"
    );
    assert_eq!(yaml, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_string_is_read_back_as_itself(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_string_of_hard_pieces_is_read_back_as_itself(
        pieces in proptest::collection::vec(proptest::sample::select(HARD), 1..4),
    ) {
        check(&pieces.concat());
    }

    #[test]
    fn any_number_like_string_is_read_back_as_itself(text in "[-+]?[0-9_.:eExob-]{1,10}") {
        check(&text);
    }
}
