//! Names of declarations: RFC 1123 labels that are not reserved words.

use crate::source::is_reserved;

/// Greatest number of characters of a label.
const LONGEST: usize = 63;

/// The reason why a text cannot be a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is in quotes.
    Quoted,
    /// It is not an RFC 1123 label.
    Label,
    /// It has more than 63 characters.
    Long,
    /// The language uses the word.
    Reserved,
}

/// Returns the reason why a text cannot be a name; `None` for a valid name.
pub(super) fn judge(written: &str) -> Option<Wrong> {
    let bytes = written.as_bytes();
    let letters = bytes.iter().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let ends = bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(|it| *it != b'-');
    if written.starts_with('"') {
        Some(Wrong::Quoted)
    } else if !letters || !ends {
        Some(Wrong::Label)
    } else if bytes.len() > LONGEST {
        Some(Wrong::Long)
    } else if is_reserved(written) {
        Some(Wrong::Reserved)
    } else {
        None
    }
}

/// Returns the nearest valid name.
pub(super) fn corrected(written: &str) -> Option<String> {
    let lower = written.to_lowercase();
    let dashes: String =
        lower.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    let trimmed = dashes.trim_matches('-').trim_start_matches(|it: char| it.is_ascii_digit());
    let short: String = trimmed.trim_start_matches('-').chars().take(LONGEST).collect();
    let short = short.trim_end_matches('-').to_owned();
    let name = if is_reserved(&short) { format!("{short}-main") } else { short };
    judge(&name).is_none().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        assert_eq!(judge("mlflow-2"), None);
        assert_eq!(judge("Mlflow"), Some(Wrong::Label));
        assert_eq!(judge("a-"), Some(Wrong::Label));
        assert_eq!(judge("3scale"), Some(Wrong::Label));
        assert_eq!(judge("dns"), Some(Wrong::Reserved));
        assert_eq!(judge(&"a".repeat(64)), Some(Wrong::Long));
    }

    #[test]
    fn a_wrong_name_is_corrected() {
        assert_eq!(corrected("Financial_ML"), Some("financial-ml".to_owned()));
        assert_eq!(corrected("3scale"), Some("scale".to_owned()));
        assert_eq!(corrected("___"), None);
    }
}
