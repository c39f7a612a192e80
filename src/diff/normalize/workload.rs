//! Workloads of a chart or an operator: only the environment variables that mlnetc sets are compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fields::{items, restrict};

/// Words in names of variables whose value is not shown, because it may be a password.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "KEY"];

/// Keeps on the live side only the named variables of the named containers.
pub(super) fn normalize(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    restrict(desired, live);
    let wanted = containers(desired).cloned().unwrap_or_default();
    let Some(containers) = containers(live) else { return };
    keep_named(containers, &wanted);
    for container in containers.iter_mut().filter_map(Value::as_object_mut) {
        let twin = wanted.iter().find(|it| it.get("name") == container.get("name"));
        let Some(twin) = twin.and_then(Value::as_object) else { continue };
        restrict(twin, container);
        let variables = twin.get("env").and_then(Value::as_array);
        let Some(env) = container.get_mut("env").and_then(Value::as_array_mut) else { continue };
        keep_named(env, variables.map_or(&[], Vec::as_slice));
    }
    mask(desired, live);
}

/// Masks values that may be secret: for each variable, equal values get equal numbers, the live ones first. A container
/// may set a variable twice.
pub(super) fn mask(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    let mut known: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for (id, value) in secrets(live).into_iter().chain(secrets(desired)) {
        let values = known.entry(id).or_default();
        let number = values.iter().position(|it| it == value).unwrap_or(values.len()) + 1;
        let secret = std::mem::replace(value, json!(format!("(hidden {number})")));
        if number > values.len() {
            values.push(secret);
        }
    }
}

/// Returns the values that may be secret, by container and variable.
fn secrets(spec: &mut Map<String, Value>) -> Vec<((String, String), &mut Value)> {
    let mut found = Vec::new();
    let containers = containers(spec).into_iter().flatten().filter_map(Value::as_object_mut);
    for container in containers {
        let own = name(container);
        for variable in items(container, "env").filter(|it| is_secret(it)) {
            let id = (own.clone(), name(variable));
            found.extend(variable.get_mut("value").map(|it| (id, it)));
        }
    }
    found
}

fn name(map: &Map<String, Value>) -> String {
    map.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Returns whether a value may be secret: by the name of its variable, or because it is a URL with a password.
fn is_secret(variable: &Map<String, Value>) -> bool {
    let name = name(variable).to_uppercase();
    let value = variable.get("value").and_then(Value::as_str).unwrap_or_default();
    let authority = value.split_once("://").map(|(_, it)| it.split('/').next().unwrap_or(it));
    let user = authority.and_then(|it| it.rsplit_once('@')).map(|(user, _)| user);
    SECRET_WORDS.iter().any(|word| name.contains(word)) || user.is_some_and(|it| it.contains(':'))
}

fn containers(spec: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    spec.get_mut("template")?.get_mut("spec")?.get_mut("containers")?.as_array_mut()
}

fn keep_named(live: &mut Vec<Value>, desired: &[Value]) {
    live.retain(|item| desired.iter().any(|it| it.get("name") == item.get("name")));
}
