//! Fields that several kinds of objects have: metadata, ports, protocols and label selectors. In: parts of a
//! manifest; out: their values with the defaults of the API server, or the invalid field.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde_json::Value;

use super::shape::{self, Wrong};
use crate::policy::{Labels, Requirement, Selector, Test};
use crate::scalar::Protocol;

/// The supported fields of `metadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The name; empty if the manifest has none.
    #[serde(default)]
    pub name: String,
    namespace: Option<String>,
    /// The labels.
    pub labels: Option<Labels>,
    owner_references: Option<Vec<OwnerReference>>,
}

/// An object that created another object.
#[derive(Debug, Deserialize)]
pub struct OwnerReference {
    /// Kind of the owner.
    #[serde(default)]
    pub kind: String,
    /// Name of the owner.
    #[serde(default)]
    pub name: String,
}

impl Metadata {
    /// Reads the metadata of an object.
    pub fn of(object: &Value) -> Result<Self, Wrong> {
        shape::field(object, "metadata")
    }

    /// Returns the namespace. The default is `default`, as for `kubectl apply`.
    pub fn namespace(&self) -> String {
        self.namespace.clone().unwrap_or_else(|| "default".to_owned())
    }

    /// Returns the first owner.
    pub fn owner(&self) -> Option<&OwnerReference> {
        self.owner_references.as_ref()?.first()
    }
}

/// Reads a protocol. The default is TCP.
pub fn protocol(word: Option<&str>) -> Result<Protocol, Wrong> {
    match word {
        None | Some("TCP") => Ok(Protocol::Tcp),
        Some("UDP") => Ok(Protocol::Udp),
        Some("SCTP") => Ok(Protocol::Sctp),
        Some(other) => Err(format!("`{other}` is not a protocol").into()),
    }
}

/// A number or a name of a port.
#[derive(Debug)]
pub enum IntOrString {
    /// The number.
    Int(u16),
    /// The name.
    String(String),
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(IntOrStringVisitor)
    }
}

struct IntOrStringVisitor;

impl Visitor<'_> for IntOrStringVisitor {
    type Value = IntOrString;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a port number from 1 to 65535 or a port name")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<IntOrString, E> {
        let port = u16::try_from(number).map(IntOrString::Int);
        port.map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<IntOrString, E> {
        Ok(IntOrString::String(name.to_owned()))
    }
}

/// `matchLabels` and `matchExpressions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    match_labels: Option<BTreeMap<String, String>>,
    match_expressions: Option<Vec<Expression>>,
}

#[derive(Debug, Deserialize)]
struct Expression {
    key: String,
    operator: String,
    values: Option<Vec<String>>,
}

/// Reads each item of a list; an error names the item.
pub fn each<S, T>(specs: Vec<S>, read: impl Fn(S) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
    let specs = specs.into_iter().enumerate();
    specs.map(|(at, it)| read(it).map_err(|it| it.item(at))).collect()
}

/// Converts a label selector to requirements.
pub fn selector(spec: LabelSelector) -> Result<Selector, Wrong> {
    let labels = spec.match_labels.unwrap_or_default().into_iter();
    let labels = labels.map(|(key, value)| Requirement { key, test: Test::In(vec![value]) });
    let expressions = each(spec.match_expressions.unwrap_or_default(), |it| {
        let values = it.values.unwrap_or_default();
        let test = match it.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                return Err(format!("`{}` of `{}` has no values", it.operator, it.key).into());
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                return Err(format!("`{}` of `{}` has values", it.operator, it.key).into());
            }
            "In" => Test::In(values),
            "NotIn" => Test::NotIn(values),
            "Exists" => Test::Exists,
            "DoesNotExist" => Test::DoesNotExist,
            other => return Err(format!("`{other}` is not an operator of a selector").into()),
        };
        Ok(Requirement { key: it.key, test })
    });
    let expressions = expressions.map_err(|it| it.within("matchExpressions"))?;
    Ok(Selector(labels.chain(expressions).collect()))
}

/// Reads a label selector.
pub fn label_selector(value: &Value) -> Result<Selector, Wrong> {
    shape::read(value).and_then(selector)
}
