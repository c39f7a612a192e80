//! Objects that are being deleted, and exist until the last of their finalizers is done.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/>

use serde_json::Value;

use crate::diagnostics::{Code, Message};

/// The note about an object that is being deleted; `None` for any other object. An apply would change the object, and
/// it would be removed all the same.
pub(super) fn note(object: &Value) -> Option<Message> {
    object.pointer("/metadata/deletionTimestamp")?;
    let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let finalizers = finalizers.into_iter().flatten().filter_map(Value::as_str);
    let finalizers: Vec<String> = finalizers.map(|it| format!("`{it}`")).collect();
    let waits = match finalizers.as_slice() {
        [] if object["kind"] == "Namespace" => " with everything in it".to_owned(),
        [] => String::new(),
        [one] => format!(" and waits for finalizer {one}"),
        several => format!(" and waits for finalizers {}", several.join(", ")),
    };
    let text = format!("the live object is being deleted{waits}: apply after the deletion");
    Some(Message::new(Code::W1062, text))
}
