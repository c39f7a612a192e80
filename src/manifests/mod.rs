//! Reads manifests of any author. In: texts from `cli` with several documents in YAML or JSON; out: objects.
//! Lists are unfolded; documents that are no objects are skipped and counted.

pub mod fields;
mod locate;
pub mod owner;
pub mod shape;
mod strict;

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;
use serde_json::{Value, json};

pub use locate::{Found, Part, locate};

/// A text, and its name in messages.
#[derive(Debug, Clone)]
pub struct Text {
    /// The file's path, or `-`.
    pub name: String,
    /// The content.
    pub text: String,
}

/// The document that contains an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentPlace {
    /// The file.
    pub file: String,
    /// Number of the document in the file, from 1.
    pub document: usize,
}

/// An object. Only the metadata of a Secret is kept, so that its values never leave this module.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The object.
    pub object: Value,
    /// The file and the document that contain the object.
    pub place: DocumentPlace,
    /// The JSON pointer of the object in its document: `/items/3` in a list.
    pub pointer: String,
}

/// The result of reading texts.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The objects without duplicates, in the order of the texts.
    pub objects: Vec<Manifest>,
    /// Number of documents that are no objects: Helm values, kustomizations, empty documents.
    pub no_objects: usize,
    /// Number of lists. A list without items means that the cluster has no such objects.
    pub lists: usize,
}

/// A text that cannot be read, or that is ambiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub name: String,
    /// The error and its place.
    pub message: String,
}

/// Identity of an object: group, kind, namespace and name, but not the API version. As for `kubectl`, the
/// default namespace is `default`.
type Id = (String, String, String, String);

/// Reads all texts. The first error ends the reading, because results for a part of a cluster would be wrong.
pub fn read(texts: &[Text]) -> Result<Manifests, Unreadable> {
    let (mut manifests, mut seen) = (Manifests::default(), BTreeMap::new());
    let read: Vec<_> = texts.par_iter().map(documents).collect();
    for (text, documents) in texts.iter().zip(read) {
        let unreadable = |message| Unreadable { name: text.name.clone(), message };
        for (at, document) in documents.map_err(unreadable)?.into_iter().enumerate() {
            let place = DocumentPlace { file: text.name.clone(), document: at + 1 };
            manifests.take(document, &place, String::new(), &mut seen).map_err(unreadable)?;
        }
    }
    Ok(manifests)
}

/// Returns every document of a text, whether it is an object or not.
pub fn values(text: &str) -> Result<Vec<Value>, String> {
    strict::yaml(text)
}

/// Reads parsed lists, as a cluster returns them: (name for messages, list).
pub fn of_lists(lists: impl IntoIterator<Item = (String, Value)>) -> Result<Manifests, Unreadable> {
    let (mut manifests, mut seen) = (Manifests::default(), BTreeMap::new());
    for (name, list) in lists {
        let place = DocumentPlace { file: name.clone(), document: 1 };
        let taken = manifests.take(list, &place, String::new(), &mut seen);
        taken.map_err(|message| Unreadable { name, message })?;
    }
    Ok(manifests)
}

/// Parses a text. Texts that look like JSON are parsed as JSON first, which is six times faster. A text without
/// `apiVersion` contains no object and is not parsed: Helm values, the index of an output folder.
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
    match locate::too_deep(content) {
        Some(why) => Err(why),
        None => strict::yaml(content),
    }
}

impl Manifests {
    fn take(
        &mut self,
        mut document: Value,
        place: &DocumentPlace,
        pointer: String,
        seen: &mut BTreeMap<Id, usize>,
    ) -> Result<(), String> {
        let text = |at: &str| document.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let (Some(api_version), Some(kind)) = (text("/apiVersion"), text("/kind")) else {
            self.no_objects += 1;
            return Ok(());
        };
        if let Some(item_kind) = kind.strip_suffix("List")
            && let Value::Object(mut list) = document
        {
            let items = match list.remove("items") {
                Some(Value::Array(items)) => items,
                // The encoder of the API server writes an empty list as `null`.
                Some(Value::Null) => Vec::new(),
                Some(other) if kind == "List" => {
                    let found = type_of(&other);
                    return Err(format!(
                        "{place}: `items` of a List must be a list, it is {found}"
                    ));
                }
                Some(_) | None => {
                    self.no_objects += 1;
                    return Ok(());
                }
            };
            self.lists += 1;
            for (at, mut item) in items.into_iter().enumerate() {
                // The API server omits both fields in the items of a typed list.
                if let Value::Object(item) = &mut item
                    && !item_kind.is_empty()
                {
                    item.entry("apiVersion").or_insert_with(|| json!(api_version));
                    item.entry("kind").or_insert_with(|| json!(item_kind));
                }
                self.take(item, place, format!("{pointer}/items/{at}"), seen)?;
            }
            return Ok(());
        }
        let Some(name) = text("/metadata/name") else {
            if let Some(why) = wrong_metadata(&document, &kind) {
                return Err(format!("{place}: {why}"));
            }
            self.no_objects += 1;
            return Ok(());
        };
        let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let namespace = text("/metadata/namespace");
        let shown = namespace.as_ref().map(|it| format!("{it}/")).unwrap_or_default();
        let id = (group, kind, namespace.unwrap_or_else(|| "default".to_owned()), name);
        if let (Value::Object(fields), "Secret") = (&mut document, id.1.as_str()) {
            fields.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
        }
        if let Some(other) = seen.get(&id).and_then(|at| self.objects.get(*at)) {
            if other.object == document {
                return Ok(());
            }
            let (_, kind, _, name) = id;
            return Err(format!(
                "{kind} {shown}{name} is defined twice, with different contents: {} and {place}",
                other.place
            ));
        }
        seen.insert(id, self.objects.len());
        self.objects.push(Manifest { object: document, place: place.clone(), pointer });
        Ok(())
    }

    /// Returns a text with its Secrets replaced by asterisks. Length and lines are unchanged.
    pub fn without_secrets(&self, text: Text) -> String {
        let secrets = self.objects.iter().filter(|it| {
            it.place.file == text.name && it.object.get("kind").is_some_and(|it| it == "Secret")
        });
        let parts =
            secrets.map(|it| Part { document: it.place.document, pointer: it.pointer.clone() });
        let parts: Vec<Part> = parts.collect();
        if parts.is_empty() {
            return text.text;
        }
        let found = locate(&text.text, parts.iter().cloned());
        let mut bytes = text.text.into_bytes();
        let all = 0..bytes.len();
        let hidden =
            parts.iter().map(|it| found.get(it).map_or(all.clone(), |it| it.value.clone()));
        for range in hidden {
            for byte in bytes.get_mut(range).into_iter().flatten() {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b'*';
                }
            }
        }
        String::from_utf8(bytes).expect("INVARIANT: whole characters were replaced")
    }

    /// Whether there were neither objects nor lists. A list without items is a result; no list is none.
    pub fn is_silent(&self) -> bool {
        self.objects.is_empty() && self.lists == 0
    }
}

/// Returns the reason why a document with metadata is not an object. A name without quotes may be a number.
fn wrong_metadata(document: &Value, kind: &str) -> Option<String> {
    let metadata = document.get("metadata").filter(|it| !it.is_null())?;
    if !metadata.is_object() {
        let found = type_of(metadata);
        return Some(format!("`metadata` of a {kind} must be a map, it is {found}"));
    }
    let name = metadata.get("name").filter(|it| !it.is_null())?;
    let found = type_of(name);
    Some(format!("`metadata.name` of a {kind} must be a string, it is {found}"))
}

/// Formats the type of a value, in terms of YAML.
fn type_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => format!("the boolean `{it}`"),
        Value::Number(it) => format!("the number {it}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

impl fmt::Display for DocumentPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, document {}", self.file, self.document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> Result<Manifests, Unreadable> {
        read(&[Text { name: "in.yaml".to_owned(), text: text.to_owned() }])
    }

    fn names(manifests: &Manifests) -> Vec<&str> {
        let names = manifests.objects.iter().map(|it| it.object["metadata"]["name"].as_str());
        names.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn lists_are_unfolded_and_what_is_no_object_is_counted() {
        let read = read_one(
            "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a, namespace: x}\n---\n---\n\
             image: {tag: latest}\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\n\
             apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n  \
             data: {password: aHVudGVyMg==}\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: x}\n",
        )
        .expect("sound");
        assert_eq!(names(&read), ["a", "s", "x"]);
        assert_eq!(read.objects[0].object["kind"], "Service");
        assert_eq!(read.objects[2].place.to_string(), "in.yaml, document 5");
        assert_eq!((read.no_objects, read.lists), (3, 2));
        assert!(!format!("{read:?}").contains("aHVudGVyMg"));
    }

    #[test]
    fn an_object_given_twice_is_an_error_unless_it_is_the_same() {
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n";
        assert!(read_one(&format!("{namespace}---\n{namespace}")).is_ok());
        let read = read_one(&format!("{namespace}---\n{namespace}spec: {{}}\n"));
        let message = read.expect_err("twice").message;
        assert_eq!(
            message,
            "Namespace x is defined twice, with different contents: in.yaml, document 1 and in.yaml, document 2"
        );
    }

    #[test]
    fn an_object_with_metadata_of_a_wrong_shape_is_an_error() {
        let message = |text: &str| read_one(text).expect_err("wrong").message;
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: ";
        assert_eq!(
            message(&format!("{namespace}{{name: 2024}}\n")),
            "in.yaml, document 1: `metadata.name` of a Namespace must be a string, it is the number 2024"
        );
        assert_eq!(
            message(&format!("{namespace}[{{name: x}}]\n")),
            "in.yaml, document 1: `metadata` of a Namespace must be a map, it is a list"
        );
        assert_eq!(
            message("apiVersion: v1\nkind: List\nitems: {name: x}\n"),
            "in.yaml, document 1: `items` of a List must be a list, it is a map"
        );
        let read = read_one("apiVersion: v1\nkind: PodList\nitems: null\n").expect("sound");
        assert_eq!((read.no_objects, read.lists), (0, 1));
    }

    #[test]
    fn an_empty_list_says_something_and_an_empty_text_does_not() {
        let list = read_one("\u{feff}apiVersion: v1\nitems: []\nkind: List\n").expect("sound");
        assert!(list.objects.is_empty() && !list.is_silent());
        assert!(read_one("").expect("sound").is_silent());
        assert!(read_one("image: {tag: latest}\n").expect("sound").is_silent());
    }

    #[test]
    fn json_is_read_wherever_it_stands() {
        let read = read_one(
            "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"x\"}}",
        );
        assert_eq!(names(&read.expect("sound")), ["x"]);
    }
}
