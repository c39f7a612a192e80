//! Maps the lines of emitted YAML to the parts of the documents. It supports only the YAML that module `yaml`
//! writes: block style, two spaces, list items at the indentation of their key.

use crate::scalar::{FieldPath, Segment};

/// The document and the part that a line belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The document in the file, from 0. Separators and comments belong to the document below them.
    pub document: usize,
    /// The part that begins on the line; for a line inside a text, the part of the text.
    pub path: FieldPath,
}

/// Returns every line of a file, in order.
pub fn of_file(yaml: &str) -> Vec<Line> {
    let mut reader = Reader::default();
    let mut lines: Vec<Line> = Vec::new();
    let mut comments = 0;
    for text in yaml.lines() {
        let line = reader.line(text);
        if reader.text.is_none() && text.starts_with(' ') && text.trim_start().starts_with('#') {
            comments += 1;
        } else {
            let above = lines.iter_mut().rev().take(comments);
            above.for_each(|it| it.path.clone_from(&line.path));
            comments = 0;
        }
        lines.push(line);
    }
    lines
}

#[derive(Default)]
struct Reader {
    document: usize,
    open: Vec<Open>,
    text: Option<usize>,
}

/// A key or a list item whose children may follow.
struct Open {
    indent: usize,
    segment: Segment,
}

impl Reader {
    fn line(&mut self, line: &str) -> Line {
        let indent = line.bytes().take_while(|it| *it == b' ').count();
        let rest = line.get(indent..).unwrap_or("");
        if let Some(outer) = self.text {
            if rest.is_empty() || indent > outer {
                return self.here();
            }
            self.text = None;
        }
        if line == "---" {
            self.open.clear();
            self.document += 1;
        } else if !rest.is_empty() && !rest.starts_with('#') {
            self.node(indent, rest);
        }
        self.here()
    }

    fn here(&self) -> Line {
        let path = self.open.iter().map(|it| it.segment.clone()).collect();
        Line { document: self.document, path }
    }

    /// Reads the node at a column: a list item with the node behind its dash, a key, or a scalar.
    fn node(&mut self, indent: usize, rest: &str) {
        if rest == "-" || rest.starts_with("- ") {
            let at = self.close_to_item(indent);
            self.open.push(Open { indent, segment: Segment::from(at) });
            let inner = rest.get(1..).unwrap_or("").trim_start_matches(' ');
            if !inner.is_empty() {
                self.node(indent + rest.len() - inner.len(), inner);
            }
        } else if let Some((key, value)) = key(rest) {
            self.close_to(indent);
            self.open.push(Open { indent, segment: Segment::from(key) });
            self.scalar(indent, value);
        } else {
            let outer = self.open.last().map_or(0, |it| it.indent);
            self.scalar(outer, rest);
        }
    }

    /// Reads a scalar. The lines of a literal block follow it, indented deeper than `outer`.
    fn scalar(&mut self, outer: usize, value: &str) {
        if value.starts_with(['|', '>']) {
            self.text = Some(outer);
        }
    }

    fn close_to(&mut self, indent: usize) {
        while self.open.last().is_some_and(|it| it.indent >= indent) {
            self.open.pop();
        }
    }

    /// Closes the parts that end at a list item, and returns the number of the item. The list may have the
    /// indentation of its key, which stays open.
    fn close_to_item(&mut self, indent: usize) -> usize {
        self.close_to(indent + 1);
        match self.open.last() {
            Some(Open { indent: last, segment: Segment::Item(at) }) if *last == indent => {
                let next = at + 1;
                self.open.pop();
                next
            }
            _ => 0,
        }
    }
}

/// Splits a line into its key and the text behind the colon.
fn key(rest: &str) -> Option<(String, &str)> {
    if rest.starts_with('"') {
        let end = end_of_quoted(rest)?;
        let value = rest.get(end..)?.strip_prefix(':')?;
        let key: String = serde_yaml::from_str(rest.get(..end)?).ok()?;
        return is_key_end(value).then(|| (key, value.trim_start_matches(' ')));
    }
    let colon = rest
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| is_key_end(rest.get(at + 1..).unwrap_or("")))?;
    let value = rest.get(colon + 1..).unwrap_or("");
    Some((rest.get(..colon)?.to_owned(), value.trim_start_matches(' ')))
}

fn is_key_end(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with(' ')
}

fn end_of_quoted(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, it) in rest.bytes().enumerate().skip(1) {
        match it {
            b'"' if !escaped => return Some(at + 1),
            _ => escaped = it == b'\\' && !escaped,
        }
    }
    None
}

#[cfg(test)]
mod tests;
