//! Differences between two texts, line by line. `TextDiff` of `similar` would compile each of its algorithms.

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;
use similar::{DiffOp, group_diff_ops};

/// Number of unchanged lines around a change.
const CONTEXT: usize = 3;

/// Returns the operations that turn the lines before into the lines after.
pub(super) fn operations(before: &[&str], after: &[&str]) -> Vec<DiffOp> {
    let mut hook = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = myers::diff(&mut hook, before, 0..before.len(), after, 0..after.len());
    hook.into_inner().into_inner().into_ops()
}

/// Returns the unified diff of two texts of a file; no text if they are equal.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|it| it.split_inclusive('\n').collect::<Vec<_>>());
    let (before, after) = (before.as_slice(), after.as_slice());
    let mut text = String::new();
    for hunk in group_diff_ops(operations(before, after), CONTEXT) {
        if text.is_empty() {
            text = format!("--- {path}\n+++ {path}\n");
        }
        text.push_str(&UnifiedHunkHeader::new(&hunk).to_string());
        text.push('\n');
        for change in hunk.iter().flat_map(|it| it.iter_changes(before, after)) {
            text.push_str(&change.tag().to_string());
            text.push_str(change.value());
            if !change.value().ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use similar::Algorithm;
    use similar::udiff::unified_diff;

    use super::unified;

    #[test]
    fn a_unified_diff_is_that_of_the_library() {
        let long: Vec<String> = (0..300).map(|it| format!("line {}\n", it % 7)).collect();
        let long = long.concat();
        let longer = long.replace("line 3\nline 4", "line 3\nnew\nline 4");
        let texts =
            ["", "a\n", "a", "a\nb\nc\n", "b\na\nc", "a\n\nc\nd\n", long.as_str(), longer.as_str()];
        for before in texts {
            for after in texts {
                let header = Some(("it", "it"));
                let expected = unified_diff(Algorithm::Myers, before, after, 3, header);
                assert_eq!(unified("it", before, after), expected, "{before:?} {after:?}");
            }
        }
    }
}
