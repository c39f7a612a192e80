//! Places in source texts.

/// Id of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(super) u32);

impl FileId {
    /// No file: placeholder for a missing declaration.
    pub const NONE: Self = Self(u32::MAX);
}

/// A place: bytes `start..end` of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value with its place in the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// The value.
    pub node: T,
    /// Its place.
    pub span: Span,
}

/// Id of a row in a model's table of expansions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpansionId(pub u32);

/// One instantiation of a component or one application of a profile.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// The expanded component or profile, in the user's words: ``component `mlflow` ``.
    pub what: String,
    /// The `use`, or the `profile = …` of the namespace.
    pub span: Span,
    /// The expansion that contains this one.
    pub parent: Option<ExpansionId>,
}

/// The place behind an item of the output: the line itself, and the component or profile that it came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The line itself.
    pub span: Span,
    /// The `use` or profile that expanded the line; the table of expansions has the chain.
    pub via: Option<ExpansionId>,
}

impl Span {
    /// Whether another place is inside this one.
    pub fn holds(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The span from the start of `self` to the end of `other`, which is in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(node: T, span: Span) -> Self {
        Self { node, span }
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Spanned<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(out)
    }
}
