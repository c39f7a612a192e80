//! A desired object as the API server would store it, from the server's answer to a dry run of server-side apply.
//!
//! The answer has more fields than the desired object: defaults, and fields that other tools or users set earlier,
//! which an apply leaves alone. The answer does not tell the two apart. So only values of fields that the source sets
//! are taken from the answer; the normalizer knows the defaults of each kind, and treats other extra fields as
//! differences.

use serde_json::{Map, Value};

/// Fields that identify an item of a list, if both sides have them.
const KEYS: [&str; 6] = ["name", "port", "protocol", "cidr", "key", "operator"];

/// Returns the desired object with the values that the server would store.
pub(super) fn overlay(desired: &Value, stored: &Value) -> Value {
    match (desired, stored) {
        (Value::Object(desired), Value::Object(stored)) => {
            // Fields that the server drops are dropped; the names of fields stay, so that the object keeps its
            // identity.
            let kept = desired.iter().filter(|(field, _)| stored.contains_key(*field));
            let mut map = Map::new();
            for (field, it) in kept {
                map.insert(field.clone(), overlay(it, stored.get(field).unwrap_or(it)));
            }
            Value::Object(map)
        }
        (Value::Array(desired), Value::Array(stored)) => {
            let is_same_length = desired.len() == stored.len();
            let items = desired.iter().enumerate().map(|(at, it)| {
                let twin = stored.iter().find(|other| is_twin(it, other));
                let twin = twin.or_else(|| stored.get(at).filter(|_| is_same_length));
                twin.map_or_else(|| it.clone(), |twin| overlay(it, twin))
            });
            Value::Array(items.collect())
        }
        // For example the same number in another type, or the same text with a suffix in another case.
        (_, stored) => stored.clone(),
    }
}

/// Returns whether two list items are the same item: they have identifying fields in common, and all of these are
/// equal.
fn is_twin(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return a == b };
    let mut shared = KEYS.iter().filter_map(|key| Some((a.get(*key)?, b.get(*key)?))).peekable();
    shared.peek().is_some() && shared.all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_the_servers_and_the_fields_are_ours() {
        let desired = json!({"spec": {"cidr": "10.0.0.1/8", "size": "0.5", "gone": 1,
            "ports": [{"port": 80, "name": "a"}, {"port": 53, "protocol": "UDP"}]}});
        let stored = json!({"spec": {"cidr": "10.0.0.0/8", "size": "500m", "default": true,
            "ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP", "targetPort": 53},
                      {"port": 80, "name": "a", "protocol": "TCP"}]}});
        let expected = json!({"spec": {"cidr": "10.0.0.0/8", "size": "500m",
            "ports": [{"port": 80, "name": "a"}, {"port": 53, "protocol": "UDP"}]}});
        assert_eq!(overlay(&desired, &stored), expected);
    }

    #[test]
    fn items_without_a_name_are_taken_in_their_order() {
        let desired = json!([["10.0.0.1/8"], ["a"]]);
        assert_eq!(
            overlay(&desired, &json!([["10.0.0.0/8"], ["a"]])),
            json!([["10.0.0.0/8"], ["a"]])
        );
        assert_eq!(overlay(&desired, &json!([["b"]])), desired);
    }
}
