//! The failure of a program that prints credentials, bounded and harmless to print.

/// Greatest number of lines of stderr that are shown, from the end.
const LINES: usize = 10;

/// Greatest number of characters of a line that are shown.
const COLUMNS: usize = 200;

/// An exec plugin that gave no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// The command, without arguments.
    pub(super) command: String,
    /// The reason, as in `exits with status 1`.
    pub(super) why: String,
    /// The last lines of its stderr, without control characters.
    pub(super) stderr: Vec<String>,
}

impl Failed {
    /// A failure without stderr.
    pub(super) fn new(command: &str, why: &str) -> Self {
        Self { command: shown(command), why: why.to_owned(), stderr: Vec::new() }
    }

    /// A failure with the last lines of a stderr that are not empty.
    pub(super) fn with_stderr(command: &str, why: &str, stderr: &[u8]) -> Self {
        Self { stderr: lines(stderr), ..Self::new(command, why) }
    }
}

/// Returns the last lines that are not empty.
fn lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect();
    let first = lines.len().saturating_sub(LINES);
    lines.iter().skip(first).map(|it| shown(it)).collect()
}

/// Returns a line with its control characters escaped, truncated if it is long.
fn shown(line: &str) -> String {
    let mut text = String::new();
    for (at, it) in line.chars().enumerate() {
        if at == COLUMNS {
            text.push('…');
            break;
        }
        if is_hidden(it) { text.extend(it.escape_unicode()) } else { text.push(it) }
    }
    text
}

/// Returns whether a terminal interprets a character instead of showing it; also true for marks that change the
/// direction of a text.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stderr_is_bounded_and_harmless() {
        let text =
            format!("{}\n\x1b[2Jfirst\u{202e}\r\n\n{}\n", "x\n".repeat(1000), "y".repeat(9999));
        let lines = lines(text.as_bytes());
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[8], "\\u{1b}[2Jfirst\\u{202e}");
        assert_eq!(lines[9].chars().count(), COLUMNS + 1);
    }
}
