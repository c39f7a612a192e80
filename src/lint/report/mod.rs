//! Diagnostics of a snapshot.

pub(super) mod nodes;
pub(super) mod others;
pub(super) mod services;
pub(super) mod source;
pub(super) mod what;
pub(super) mod who;

use super::places::ALSO;
use crate::diagnostics::{Code, Diagnostic, all_of};
use crate::read::Invalid;
use crate::source::Span;

/// Greatest number of further places that are shown.
const SHOWN: usize = 3;

/// An object that an API server would reject.
pub(super) fn invalid(place: Span, invalid: &Invalid) -> Diagnostic {
    let message = format!("every API server rejects {}: {}", invalid.object, invalid.why);
    Diagnostic::new(Code::E0801, place, message)
        .note("no other check reads this object")
        .help_if(invalid.help.as_deref(), str::to_owned)
}

impl Diagnostic {
    /// A diagnostic of one cause at several places, of which the first is the primary one.
    fn at(code: Code, places: &[Span], message: impl Into<String>) -> Self {
        let Some((first, others)) = places.split_first() else {
            return Self::nowhere(code, message);
        };
        let mut diagnostic = Self::new(code, *first, message);
        for place in others.iter().take(SHOWN) {
            diagnostic = diagnostic.label(*place, ALSO);
        }
        match others.len().saturating_sub(SHOWN) {
            0 => diagnostic,
            1 => diagnostic.note("also at one other place"),
            more => diagnostic.note(format!("also at {more} other places")),
        }
    }
}

/// Displays ports: `TCP 80, 443 and 9000`, `TCP 53 and UDP 53`; a protocol is written once for the numbers behind it.
pub(super) fn ports(words: &[String]) -> String {
    let mut last = "";
    let short = words.iter().map(|word| {
        let (protocol, number) = word.split_once(' ').unwrap_or(("", word));
        let is_same = protocol == last && ["TCP", "UDP", "SCTP"].contains(&protocol);
        last = protocol;
        if is_same { number.to_owned() } else { word.clone() }
    });
    all_of(&short.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_said_once() {
        let words = ["TCP 80", "TCP 443", "UDP 53", "port `http`", "TCP 1-2"].map(str::to_owned);
        assert_eq!(ports(&words), "TCP 80, 443, UDP 53, port `http` and TCP 1-2");
        assert_eq!(ports(&words[..1]), "TCP 80");
    }
}
