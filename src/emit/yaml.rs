//! Writes one value as one YAML document. No other module uses the YAML writer, so that replacing it changes
//! one file.
//!
//! The format is block style with two spaces, and list items as `kubectl` indents them. Strings that a reader
//! of YAML 1.1 or 1.2 would take for another type are quoted; strings of several lines are literal blocks. No
//! line is ever folded, so that one value is one line of a diff.

use serde::Serialize;

/// A value cannot be written as YAML. The text is the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYaml(pub String);

/// Appends a document without a separator. The document ends with a line break.
pub fn document(value: &impl Serialize, out: &mut String) -> Result<(), NotYaml> {
    let start = out.len();
    write(value, Blocks::Literal, out)?;
    if has_tab_at_indentation(out.as_bytes().get(start..).unwrap_or(&[])) {
        // libyaml reads a tab at the start of a literal block as indentation, and rejects it.
        out.truncate(start);
        write(value, Blocks::Quoted, out)?;
    }
    Ok(())
}

/// Styles of strings of several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocks {
    /// `|`
    Literal,
    /// `"…\n…"`
    Quoted,
}

fn write(value: &impl Serialize, blocks: Blocks, out: &mut String) -> Result<(), NotYaml> {
    let options = serde_saphyr::ser_options! {
        indent_step: 2,
        compact_list_indent: true,
        prefer_block_scalars: blocks == Blocks::Literal,
        folded_wrap_chars: usize::MAX,
        yaml_12: false,
    };
    serde_saphyr::to_fmt_writer_with_options(out, value, options)
        .map_err(|error| NotYaml(error.to_string()))
}

fn has_tab_at_indentation(yaml: &[u8]) -> bool {
    if !yaml.contains(&b'\t') {
        return false;
    }
    let tabs = yaml.iter().enumerate().filter(|(_, byte)| **byte == b'\t');
    tabs.map(|(at, _)| yaml.get(..at).unwrap_or(&[])).any(|before| {
        before.iter().rev().find(|byte| **byte != b' ').is_none_or(|byte| *byte == b'\n')
    })
}

#[cfg(test)]
mod tests;
