//! Source texts by id, with their line index.

use std::sync::Arc;

use super::span::{FileId, Span};

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line number, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One source text.
#[derive(Debug, Clone)]
pub struct File {
    /// The path in messages: relative to the project's root with `/` between folders, or `stdlib:NAME.mlnet`
    /// for a component of the standard library.
    pub path: String,
    /// The text as it was read.
    pub text: String,
    /// Whether the file is outside of the project, and `path` is the path that the user gave.
    pub is_beside: bool,
    /// Byte offset of each line's first character.
    line_starts: Vec<u32>,
}

/// Every source text of a run. The project's files come first, in the order of their paths, so that
/// comparing spans compares (path, offset). Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: Vec<Arc<File>>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let offsets =
            starts.map(|(at, _)| u32::try_from(at + 1).expect("INVARIANT: files are under 4 GiB"));
        let line_starts = std::iter::once(0).chain(offsets).collect();
        Self { path, text, is_beside: false, line_starts }
    }

    /// Line and column of the byte `offset`. An offset past the end counts as the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line_idx = self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.line_starts.get(line_idx).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        // A byte-order mark does not count as a character of the text.
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX - 1) + 1;
        LineColumn { line: u32::try_from(line_idx).unwrap_or(u32::MAX - 1) + 1, column }
    }

    /// Whether this is a component of the standard library, which users cannot edit.
    pub fn is_stdlib(&self) -> bool {
        self.path.starts_with("stdlib:")
    }
}

impl Files {
    /// Source texts from (path, text) pairs in any order.
    pub fn new(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut texts: Vec<_> = texts.into_iter().collect();
        texts.sort();
        Self {
            files: texts.into_iter().map(|(path, text)| Arc::new(File::new(path, text))).collect(),
        }
    }

    /// Appends a file and returns its id.
    pub fn add(&mut self, path: String, text: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("INVARIANT: under 4 billion files"));
        self.files.push(Arc::new(File::new(path, text)));
        id
    }

    /// Appends a file outside of the project; messages show the path that the user gave.
    pub fn add_beside(&mut self, path: String, text: String) -> FileId {
        let id = self.add(path, text);
        if let Some(file) = self.files.last_mut() {
            Arc::make_mut(file).is_beside = true;
        }
        id
    }

    /// Replaces the text of a file in messages; spans of the file refer to the new text.
    pub fn replace(&mut self, id: FileId, text: String) {
        if let Some(file) = self.files.get_mut(id.0 as usize) {
            let new = File::new(file.path.clone(), text);
            *file = Arc::new(File { is_beside: file.is_beside, ..new });
        }
    }

    /// Whether only white space, comments, brackets and punctuation are between two places.
    pub fn touch(&self, first: Span, second: Span) -> bool {
        if first.file != second.file {
            return false;
        }
        let text = &self.file(first.file).text;
        let Some(between) = text.get(first.end as usize..second.start as usize) else {
            return false;
        };
        let mut lines = between.lines().map(|it| it.split('#').next().unwrap_or(""));
        lines.all(|it| it.chars().all(|it| it.is_whitespace() || "{}[](),=:".contains(it)))
    }

    /// The file with an id.
    pub fn file(&self, id: FileId) -> &File {
        self.files.get(id.0 as usize).expect("INVARIANT: a FileId is made by Files")
    }

    /// Every file with its id, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &File)> {
        self.files.iter().enumerate().map(|(at, file)| {
            (FileId(u32::try_from(at).expect("INVARIANT: under 4 billion files")), &**file)
        })
    }

    /// The text of a place.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The span to delete in order to remove an entry: its whole line if the line contains nothing else, else
    /// the entry with the comma that separates it from a neighbor.
    pub fn entry(&self, span: Span) -> Span {
        let text = &self.file(span.file).text;
        let (start, end) = (span.start as usize, span.end as usize);
        let before = text.get(..start).unwrap_or("");
        let before = before.rsplit('\n').next().unwrap_or("");
        let rest = text.get(end..).unwrap_or("");
        let after = rest.split_inclusive('\n').next().unwrap_or("");
        let (from, to) = if before.trim().is_empty() && matches!(after.trim(), "" | ",") {
            (start - before.len(), end + after.len())
        } else if let Some(next) = after.trim_start().strip_prefix(',') {
            let next = next.trim_start_matches([' ', '\t']);
            (start, end + after.len() - next.len())
        } else {
            let front = before.trim_end();
            (start - before.len() + front.strip_suffix(',').unwrap_or(front).len(), end)
        };
        let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
        Span { file: span.file, start: offset(from), end: offset(to) }
    }

    /// `path:line` of a place's start.
    pub fn path_line(&self, span: Span) -> String {
        let file = self.file(span.file);
        format!("{}:{}", file.path, file.line_column(span.start).line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text after one of its entries is removed.
    fn without(text: &str, entry: &str) -> String {
        let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
        let (file, _) = files.iter().next().expect("a file");
        let start = text.rfind(entry).expect("the entry");
        let offset = |it: usize| u32::try_from(it).expect("small");
        let span = Span { file, start: offset(start), end: offset(start + entry.len()) };
        let whole = files.entry(span);
        let (before, after) = (text.get(..whole.start as usize), text.get(whole.end as usize..));
        before.unwrap_or("?").to_owned() + after.unwrap_or("?")
    }

    #[test]
    fn an_entry_goes_with_what_parts_it_from_others() {
        assert_eq!(without("a = 1\r\nb = 2\r\nc = 3\r\n", "b = 2"), "a = 1\r\nc = 3\r\n");
        assert_eq!(without("{\n  a = 1,\n  b = 2,\n}", "b = 2"), "{\n  a = 1,\n}");
        assert_eq!(without("{ a = 1, b = 2 }", "b = 2"), "{ a = 1 }");
        assert_eq!(without("{ a = 1, b = 2 }", "a = 1"), "{ b = 2 }");
        assert_eq!(without("{ b = 2 }", "b = 2"), "{ }");
        assert_eq!(without("a = 1\nb = 2 # why\n", "b = 2"), "a = 1\n # why\n");
        assert_eq!(without("a = 1\nb = [\n  2,\n]", "b = [\n  2,\n]"), "a = 1\n");
    }
}
