//! Notes from a dry run of server-side apply: fields that other field managers own, and differences that remain after
//! an apply.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::ObjectKey;
use super::live::Live;
use super::{normalize, values};
use crate::diagnostics::{Code, Message};

/// Greatest number of fields that a note names.
const SHOWN: usize = 2;

/// Returns the notes about an object that differs.
pub(super) fn notes(key: &ObjectKey, object: &Value, live: &Live) -> Vec<Message> {
    let mut notes = Vec::new();
    let mut by_manager = BTreeMap::<&str, Vec<&str>>::new();
    for it in live.held.get(key).into_iter().flatten() {
        by_manager.entry(&it.manager).or_default().push(&it.field);
    }
    for (manager, fields) in by_manager {
        let shown: Vec<String> = fields.iter().take(SHOWN).map(|it| format!("`{it}`")).collect();
        let more = match fields.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let set = format!("`{manager}` set {}{more}", shown.join(", "));
        let text = format!("{set}: an apply overrides it only with `--force-conflicts`");
        notes.push(Message::new(Code::W1063, text));
    }
    let Some(stored) = live.stored.get(key) else { return notes };
    let (after, before) = normalize::pair(key.kind, stored, object);
    if values::difference(key.kind, &after, &before).is_none() {
        let text = "an apply cannot change it: remove it where it was set";
        notes.push(Message::new(Code::W1064, text));
    }
    notes
}
