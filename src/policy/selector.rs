//! Label selectors, as the API server reads them.

use std::collections::BTreeMap;
use std::fmt;

/// The label that the API server sets on every namespace, and that users cannot change: its name.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>
pub const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";

/// The labels of a pod or a namespace.
pub type Labels = BTreeMap<String, String>;

/// A label selector. Every requirement must hold; without requirements, it selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector(pub Vec<Requirement>);

/// A requirement on a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The key of the label.
    pub key: String,
    /// The condition on its value.
    pub test: Test,
}

/// A condition on a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// The label has one of these values. `matchLabels` is this condition with one value.
    In(Vec<String>),
    /// The label is absent, or has none of these values.
    NotIn(Vec<String>),
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

impl Selector {
    /// A selector that requires all these labels.
    pub fn of_labels(labels: &Labels) -> Self {
        let requirement = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            test: Test::In(vec![value.clone()]),
        };
        Self(labels.iter().map(requirement).collect())
    }

    /// Whether it selects an object with these labels.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|it| it.holds(labels))
    }

    /// The minimal labels that it selects; `None` if its requirements contradict each other.
    pub fn least(&self) -> Option<Labels> {
        let mut labels = Labels::new();
        for Requirement { key, test } in &self.0 {
            let value = match test {
                Test::In(values) => {
                    let mut alone = values.iter().filter(|value| {
                        let one = Labels::from([(key.clone(), (*value).clone())]);
                        self.0.iter().filter(|it| it.key == *key).all(|it| it.holds(&one))
                    });
                    alone.next()?.clone()
                }
                Test::Exists => {
                    labels.entry(key.clone()).or_insert_with(|| self.value_of_nobody(key));
                    continue;
                }
                Test::NotIn(_) | Test::DoesNotExist => continue,
            };
            labels.insert(key.clone(), value);
        }
        self.selects(&labels).then_some(labels)
    }

    /// A value that no requirement on the label names.
    fn value_of_nobody(&self, key: &str) -> String {
        let longest = self.0.iter().filter(|it| it.key == key).flat_map(|it| match &it.test {
            Test::In(values) | Test::NotIn(values) => values.as_slice(),
            Test::Exists | Test::DoesNotExist => &[],
        });
        "x".repeat(longest.map(String::len).max().unwrap_or(0) + 1)
    }
}

impl Requirement {
    /// Whether labels meet the requirement.
    pub fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match &self.test {
            Test::In(values) => value.is_some_and(|it| values.contains(it)),
            Test::NotIn(values) => !value.is_some_and(|it| values.contains(it)),
            Test::Exists => value.is_some(),
            Test::DoesNotExist => value.is_none(),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, it) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str(", ")?;
            }
            it.fmt(out)?;
        }
        Ok(())
    }
}

/// The syntax of `kubectl get --selector`.
impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.test {
            Test::In(values) => match values.as_slice() {
                [value] => write!(out, "{key}={value}"),
                values => write!(out, "{key} in ({})", values.join(", ")),
            },
            Test::NotIn(values) => write!(out, "{key} notin ({})", values.join(", ")),
            Test::Exists => out.write_str(key),
            Test::DoesNotExist => write!(out, "!{key}"),
        }
    }
}
