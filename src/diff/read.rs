//! Manifests to the objects of a cluster: several documents in YAML or JSON, lists unfolded, what is
//! no object left out and counted. The texts come from `cli`.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::kind::{Key, Kind};
use super::strict;

/// One text, and what messages call it.
#[derive(Debug, Clone)]
pub struct Text {
    /// The file's path, or `-`.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// An object of the cluster.
#[derive(Debug, Clone)]
pub struct LiveObject {
    /// What names it.
    pub key: Key,
    /// All of it.
    pub object: Value,
    /// The file and the document in which it stands.
    pub place: String,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The objects of kinds that mlnetc writes.
    pub objects: BTreeMap<Key, LiveObject>,
    /// How many objects there are of each other kind.
    pub other_kinds: BTreeMap<String, usize>,
    /// How many documents are no objects: Helm values, kustomizations, empty ones.
    pub no_objects: usize,
    /// How many lists there were; one without items says that there is nothing.
    pub lists: usize,
}

/// A text that says nothing definite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub name: String,
    /// What is wrong with it, and where.
    pub message: String,
}

/// Reads every text. The first one that cannot be read ends it: half a cluster compares as wrong
/// differences.
pub fn live(texts: &[Text]) -> Result<Live, Unreadable> {
    let mut live = Live::default();
    let read: Vec<_> = texts.par_iter().map(documents).collect();
    for (text, documents) in texts.iter().zip(read) {
        let unreadable = |message| Unreadable { name: text.name.clone(), message };
        for (at, document) in documents.map_err(unreadable)?.into_iter().enumerate() {
            let place = format!("{}, document {}", text.name, at + 1);
            live.take(document, &place).map_err(unreadable)?;
        }
    }
    Ok(live)
}

/// JSON is tried first where it looks like JSON, because it is read six times faster. A text that never
/// says `apiVersion` has no object in it, and is not read: Helm values, the index of an output folder.
fn documents(text: &Text) -> Result<Vec<Value>, String> {
    let content = text.text.strip_prefix('\u{feff}').unwrap_or(&text.text);
    if !content.contains("apiVersion") {
        return Ok(vec![Value::Null]);
    }
    let is_json = std::path::Path::new(&text.name).extension().is_some_and(|it| it == "json");
    if is_json {
        return strict::json(content);
    }
    if content.trim_start().starts_with('{')
        && let Ok(values) = strict::json(content)
    {
        return Ok(values);
    }
    strict::yaml(content)
}

impl Live {
    fn take(&mut self, document: Value, place: &str) -> Result<(), String> {
        let text = |at: &str| document.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let (Some(api_version), Some(kind)) = (text("/apiVersion"), text("/kind")) else {
            self.no_objects += 1;
            return Ok(());
        };
        if let Some(item_kind) = kind.strip_suffix("List")
            && let Value::Object(mut list) = document
        {
            let Some(Value::Array(items)) = list.remove("items") else {
                self.no_objects += 1;
                return Ok(());
            };
            self.lists += 1;
            for mut item in items {
                // The API server leaves both out in the items of a typed list.
                if let Value::Object(item) = &mut item
                    && !item_kind.is_empty()
                {
                    item.entry("apiVersion").or_insert_with(|| json!(api_version));
                    item.entry("kind").or_insert_with(|| json!(item_kind));
                }
                self.take(item, place)?;
            }
            return Ok(());
        }
        let Some(name) = text("/metadata/name") else {
            self.no_objects += 1;
            return Ok(());
        };
        let Some(known) = Kind::of(&api_version, &kind) else {
            // The object is dropped here: no value of a Secret gets any further.
            *self.other_kinds.entry(kind).or_default() += 1;
            return Ok(());
        };
        let key = Key::new(known, text("/metadata/namespace").as_deref(), &name);
        self.keep(LiveObject { key, object: document, place: place.to_owned() })
    }

    fn keep(&mut self, object: LiveObject) -> Result<(), String> {
        if let Some(other) = self.objects.get(&object.key) {
            if other.object == object.object {
                return Ok(());
            }
            return Err(format!(
                "{} is given twice, with different contents: {} and {}",
                object.key, other.place, object.place
            ));
        }
        self.objects.insert(object.key.clone(), object);
        Ok(())
    }

    /// Whether nothing was read at all, which is not the same as a cluster that has nothing.
    pub fn is_silent(&self) -> bool {
        self.objects.is_empty() && self.other_kinds.is_empty() && self.lists == 0
    }

    /// Whether there is an object of this kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.objects.keys().any(|it| it.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Live, Unreadable> {
        live(&[Text { name: "in.yaml".to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn lists_are_unfolded_and_what_is_no_object_is_counted() {
        let said = read(
            "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a, namespace: x}\n---\n---\n\
             image: {tag: latest}\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\n\
             apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n  \
             data: {password: aHVudGVyMg==}\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: x}\n",
        )
        .expect("sound");
        let keys: Vec<String> = said.objects.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["Namespace x", "Service x/a"]);
        assert_eq!(said.no_objects, 3);
        assert_eq!(said.other_kinds, BTreeMap::from([("Secret".to_owned(), 1)]));
        assert!(!format!("{said:?}").contains("aHVudGVyMg"));
    }

    #[test]
    fn an_object_given_twice_is_an_error_unless_it_is_the_same() {
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n";
        assert!(read(&format!("{namespace}---\n{namespace}")).is_ok());
        let said = read(&format!("{namespace}---\n{namespace}spec: {{}}\n"));
        let message = said.expect_err("twice").message;
        assert_eq!(
            message,
            "Namespace x is given twice, with different contents: in.yaml, document 1 and in.yaml, document 2"
        );
    }

    #[test]
    fn an_empty_list_says_something_and_an_empty_text_does_not() {
        let list = read("\u{feff}apiVersion: v1\nitems: []\nkind: List\n").expect("sound");
        assert!(list.objects.is_empty() && !list.is_silent());
        assert!(read("").expect("sound").is_silent());
        assert!(read("image: {tag: latest}\n").expect("sound").is_silent());
    }

    #[test]
    fn json_is_read_wherever_it_stands() {
        let said = read(
            "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"x\"}}",
        );
        assert_eq!(said.expect("sound").objects.len(), 1);
    }
}
