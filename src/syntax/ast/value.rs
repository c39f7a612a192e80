//! Properties of values and of comparisons.

use super::{Comparison, Path, Value, ValueKind};
use crate::source::{Name, Spanned};

impl Value {
    /// Returns the path, if the value is one.
    pub fn path(&self) -> Option<&Path> {
        if let ValueKind::Ref(path) = &self.kind { Some(path) } else { None }
    }

    /// Returns the word, if the value is a path of one segment.
    pub fn word(&self) -> Option<&Spanned<Name>> {
        self.path().and_then(|path| if let [word] = path.0.as_slice() { Some(word) } else { None })
    }

    /// Returns whether the value is a given word.
    pub fn is_word(&self, word: &str) -> bool {
        self.word().is_some_and(|it| it.node.as_str() == word)
    }

    /// Returns whether the value, or a part of it, does not parse.
    pub fn is_bad(&self) -> bool {
        match &self.kind {
            ValueKind::Bad => true,
            ValueKind::List(values) | ValueKind::Call(_, values) => values.iter().any(Self::is_bad),
            ValueKind::Map(entries) => entries.iter().any(|(_, it)| it.is_bad()),
            ValueKind::Not(value) => value.is_bad(),
            ValueKind::WithPort(of, ports) => of.is_bad() || ports.is_bad(),
            ValueKind::Text(_)
            | ValueKind::Int(_)
            | ValueKind::Bool(_)
            | ValueKind::Address(_)
            | ValueKind::Network(_)
            | ValueKind::Range(..)
            | ValueKind::Ports(_)
            | ValueKind::Date(_)
            | ValueKind::Ref(_)
            | ValueKind::Object(..) => false,
        }
    }

    /// Returns the members of a list, or the value itself.
    pub fn members(&self) -> &[Value] {
        if let ValueKind::List(members) = &self.kind { members } else { std::slice::from_ref(self) }
    }
}

impl Comparison {
    /// Returns the comparison as the language writes it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }

    /// Returns the comparison that holds where this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
        }
    }
}
