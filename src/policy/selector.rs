//! Label selectors, as the API server reads them.

use std::collections::BTreeMap;
use std::fmt;

/// The label that the API server sets on every namespace itself, and lets nobody change: its name.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>
pub const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";

/// The labels of a pod or a namespace.
pub type Labels = BTreeMap<String, String>;

/// Every requirement holds; none: everything is selected.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector(pub Vec<Requirement>);

/// What a label must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// What holds of it.
    pub test: Test,
}

/// What holds of a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// It is there, with one of these values. `matchLabels` is this with one value.
    In(Vec<String>),
    /// It is not there, or has none of these values.
    NotIn(Vec<String>),
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl Selector {
    /// It selects what has all these labels.
    pub fn of_labels(labels: &Labels) -> Self {
        let requirement = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            test: Test::In(vec![value.clone()]),
        };
        Self(labels.iter().map(requirement).collect())
    }

    /// Whether it selects what has these labels.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|it| it.holds(labels))
    }

    /// The fewest labels that it selects; nothing if it contradicts itself.
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
    /// Whether it holds of labels.
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

/// As `kubectl get --selector` takes it.
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
