//! The wire format of KRM functions: a `ResourceList`. In: a list of objects; out: the same list with the
//! objects of a project.
//! <https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::emit::yaml;
use crate::manifests;

/// API version of the functionConfig.
pub const API_VERSION: &str = "mlnet.dev/v1";
/// Kind of the functionConfig.
pub const KIND: &str = "Network";

/// Annotations by which an orchestrator records the file and the document of an object.
const PATH: &str = "internal.config.kubernetes.io/path";
const INDEX: &str = "internal.config.kubernetes.io/index";

/// A list as an orchestrator passes it to the function.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// All fields of the list except its items.
    fields: Map<String, Value>,
    items: Vec<Value>,
}

/// The request of a functionConfig: the project and the cluster to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Path of the project, a folder or a file, relative to the working directory of the function.
    pub path: String,
    /// The cluster, if the functionConfig names one.
    pub cluster: Option<String>,
}

/// A deviation from the specification, and how to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The deviation, as one sentence.
    pub message: String,
    /// The expected form.
    pub help: String,
}

/// An object, and the place where `mlnetc build` writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The file.
    pub path: String,
    /// Number of the document in the file, from 0.
    pub index: usize,
    /// The object.
    pub object: Value,
}

/// Identity of an object: API group without version, kind, namespace and name.
type Id = (String, String, Option<String>, String);

impl List {
    /// Reads a `ResourceList`.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let malformed = |message: String| Malformed {
            message,
            help: "an orchestrator such as kustomize or kpt writes it: `mlnetc krm --help` shows \
             how to configure it"
                .to_owned(),
        };
        let documents = manifests::values(text)
            .map_err(|it| malformed(format!("cannot read the ResourceList: {it}")))?;
        let document = match <[Value; 1]>::try_from(documents) {
            Ok([Value::Object(document)])
                if document.get("kind") == Some(&json!("ResourceList")) =>
            {
                document
            }
            Ok(_) | Err(_) => return Err(malformed("stdin has no ResourceList".to_owned())),
        };
        let mut fields = document;
        match fields.shift_remove("items") {
            None | Some(Value::Null) => Ok(Self { fields, items: Vec::new() }),
            Some(Value::Array(items)) => Ok(Self { fields, items }),
            Some(_) => Err(malformed("`items` of the ResourceList is not a list".to_owned())),
        }
    }

    /// Reads the functionConfig. A `ConfigMap` has the fields in its `data`.
    pub fn wish(&self) -> Result<Wish, Malformed> {
        let malformed = |message: String| Malformed {
            message,
            help: format!(
                "`apiVersion: {API_VERSION}`, `kind: {KIND}`, and in `spec` `path` and `cluster`"
            ),
        };
        let Some(config) = self.fields.get("functionConfig").filter(|it| !it.is_null()) else {
            return Err(malformed("the ResourceList has no functionConfig".to_owned()));
        };
        let text = |at: &str| config.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let field = match (text("/apiVersion"), text("/kind")) {
            (API_VERSION, KIND) => "spec",
            ("v1", "ConfigMap") => "data",
            (version, kind) => {
                return Err(malformed(format!("the functionConfig is a `{version}` `{kind}`")));
            }
        };
        let mut wish = Wish { path: ".".to_owned(), cluster: None };
        for (key, value) in config.get(field).and_then(Value::as_object).into_iter().flatten() {
            let Some(text) = value.as_str() else {
                return Err(malformed(format!(
                    "`{field}.{key}` of the functionConfig is not a string"
                )));
            };
            match key.as_str() {
                "path" => text.clone_into(&mut wish.path),
                "cluster" => wish.cluster = Some(text.to_owned()),
                _ => {
                    return Err(malformed(format!(
                        "the functionConfig has an unknown `{field}.{key}`"
                    )));
                }
            }
        }
        Ok(wish)
    }

    /// Inserts objects into the list. An object replaces the item of the same identity; others are appended.
    pub fn put(&mut self, made: Vec<Item>) {
        let mut known: BTreeMap<Id, usize> =
            self.items.iter().enumerate().map(|(at, it)| (id(it), at)).collect();
        for Item { path, index, mut object } in made {
            let id = id(&object);
            if let Some(old) = known.get(&id).and_then(|at| self.items.get_mut(*at)) {
                keep_annotations(old, &mut object);
                *old = object;
                continue;
            }
            annotate(&mut object, PATH, json!(path));
            annotate(&mut object, INDEX, json!(index.to_string()));
            known.insert(id, self.items.len());
            self.items.push(object);
        }
    }

    /// Returns the text of the list with the results of this function appended.
    pub fn written(&self, results: Vec<Value>) -> String {
        let mut document = Map::new();
        for field in ["apiVersion", "kind"] {
            document.extend(self.fields.get(field).map(|it| (field.to_owned(), it.clone())));
        }
        document.insert("items".to_owned(), Value::Array(self.items.clone()));
        let others = self.fields.iter().filter(|(field, _)| !document.contains_key(*field));
        let others: Vec<_> = others.map(|(field, it)| (field.clone(), it.clone())).collect();
        document.extend(others);
        if !results.is_empty() {
            // Keeps the results of functions that ran before.
            let before = document.get_mut("results").and_then(Value::as_array_mut);
            let mut before_text = before.map(std::mem::take).unwrap_or_default();
            before_text.extend(results);
            document.insert("results".to_owned(), Value::Array(before_text));
        }
        let mut text = String::new();
        yaml::document(&document, &mut text).expect("INVARIANT: JSON can be written as YAML");
        text
    }
}

/// Returns a result for an error without a place in a source.
pub fn error(message: &str) -> Value {
    json!({"message": message, "severity": "error"})
}

fn id(object: &Value) -> Id {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).map(str::to_owned);
    let version = text("/apiVersion").unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
    (
        group,
        text("/kind").unwrap_or_default(),
        text("/metadata/namespace"),
        text("/metadata/name").unwrap_or_default(),
    )
}

/// Keeps the path of an object and other annotations of the orchestrator.
fn keep_annotations(old: &Value, new: &mut Value) {
    let annotations = old.pointer("/metadata/annotations").and_then(Value::as_object);
    for (key, value) in annotations.into_iter().flatten() {
        let domain = key.split('/').next().unwrap_or_default();
        if domain == "config.kubernetes.io" || domain.ends_with(".config.kubernetes.io") {
            annotate(new, key, value.clone());
        }
    }
}

fn annotate(object: &mut Value, key: &str, value: Value) {
    let metadata =
        object.as_object_mut().map(|it| it.entry("metadata").or_insert_with(|| json!({})));
    let metadata = metadata.and_then(Value::as_object_mut);
    let annotations = metadata.map(|it| it.entry("annotations").or_insert_with(|| json!({})));
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rest: &str) -> Result<List, Malformed> {
        List::read(&format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{rest}"))
    }

    fn item(name: &str, version: &str, data: &str) -> Item {
        let object =
            json!({"apiVersion": version, "kind": "K", "metadata": {"name": name}, "data": data});
        Item { path: "lab/a.yaml".to_owned(), index: 2, object }
    }

    #[test]
    fn what_has_the_same_name_is_replaced_where_it_lies() {
        let mut all = list(
            "items:\n- apiVersion: g/v1beta1\n  kind: K\n  metadata:\n    name: a\n    annotations:\n      \
             internal.config.kubernetes.io/path: x.yaml\n      other: gone\n- apiVersion: v1\n  kind: K\n  \
             metadata: {name: a}\n  data: kept\n",
        )
        .expect("a list");
        all.put(vec![item("a", "g/v1", "new"), item("b", "g/v1", "more")]);
        let written = all.written(Vec::new());
        assert_eq!(
            written,
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: g/v1\n  kind: K\n  \
             metadata:\n    name: a\n    annotations:\n      internal.config.kubernetes.io/path: x.yaml\n  data: \
             new\n- apiVersion: v1\n  kind: K\n  metadata:\n    name: a\n  data: kept\n- apiVersion: g/v1\n  kind: \
             K\n  metadata:\n    name: b\n    annotations:\n      internal.config.kubernetes.io/path: lab/a.yaml\n      \
             internal.config.kubernetes.io/index: \"2\"\n  data: more\n"
        );
        // A second run changes nothing.
        let mut again = List::read(&written).expect("a list");
        again.put(vec![item("a", "g/v1", "new"), item("b", "g/v1", "more")]);
        assert_eq!(again.written(Vec::new()), written);
    }

    #[test]
    fn what_is_wrong_with_the_configuration_is_said() {
        let wish = |config: &str| list(config).expect("a list").wish();
        let good = "functionConfig: {apiVersion: mlnet.dev/v1, kind: Network, spec: {path: net, cluster: lab}}";
        let wanted = Wish { path: "net".to_owned(), cluster: Some("lab".to_owned()) };
        assert_eq!(wish(good), Ok(wanted.clone()));
        let map =
            "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {path: net, cluster: lab}}";
        assert_eq!(wish(map), Ok(wanted));
        for (config, message) in [
            ("", "the ResourceList has no functionConfig"),
            ("functionConfig: {apiVersion: v1, kind: Pod}", "the functionConfig is a `v1` `Pod`"),
            (
                "functionConfig: {apiVersion: mlnet.dev/v1, kind: Network, spec: {paht: x}}",
                "the functionConfig has an unknown `spec.paht`",
            ),
            (
                "functionConfig: {apiVersion: mlnet.dev/v1, kind: Network, spec: {path: [x]}}",
                "`spec.path` of the functionConfig is not a string",
            ),
        ] {
            assert_eq!(wish(config).expect_err(config).message, message);
        }
        for text in [
            "",
            "kind: List\nitems: []\n",
            "kind: ResourceList\nitems: {}\n",
            "a: [",
            "---\na: 1\n---\n",
        ] {
            List::read(text).expect_err(text);
        }
    }

    #[test]
    fn results_of_others_stay() {
        let all = list("items: []\nresults:\n- message: first\n").expect("a list");
        let written = all.written(vec![error("second")]);
        assert!(
            written.contains("- message: first\n- message: second\n  severity: error\n"),
            "{written}"
        );
    }
}
