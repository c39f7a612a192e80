//! Percent-encoding (RFC 3986, section 2.1).

use std::fmt::Write as _;

/// Returns a text for a query, the name of a header or, if `/` is kept, a path of a URI: each byte that is neither
/// unreserved nor kept as `%XX`.
pub fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
