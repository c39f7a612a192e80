//! A workload that a chart or an operator owns: of its containers, the variables that mlnetc sets.

use serde_json::{Map, Value, json};

use super::{items, restrict};

/// Names of variables whose live value is not shown: somebody may have typed a password there.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "KEY"];

/// Leaves on the live side the named variables of the named containers.
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
        for variable in items(container, "env") {
            hide(variable, variables.map_or(&[], Vec::as_slice));
        }
    }
}

fn containers(spec: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    spec.get_mut("template")?.get_mut("spec")?.get_mut("containers")?.as_array_mut()
}

fn keep_named(live: &mut Vec<Value>, desired: &[Value]) {
    live.retain(|item| desired.iter().any(|it| it.get("name") == item.get("name")));
}

fn hide(variable: &mut Map<String, Value>, desired: &[Value]) {
    let name = variable.get("name").and_then(Value::as_str).unwrap_or_default().to_uppercase();
    let same = desired.iter().any(|it| it.as_object() == Some(variable));
    if !same
        && variable.contains_key("value")
        && SECRET_WORDS.iter().any(|word| name.contains(word))
    {
        variable.insert("value".to_owned(), json!("(not shown)"));
    }
}
