//! Percent-encoding (RFC 3986, section 2.1).

use std::fmt::Write as _;

/// Returns a word for a query or for the name of a header: each byte that is not unreserved as `%XX`.
pub(super) fn encoded(word: &str) -> String {
    let mut text = String::new();
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
