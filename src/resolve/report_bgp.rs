//! Diagnostics of name resolution about BGP: one function for each error.

use super::known::{Known, did_you_mean};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::{Name, Span, Spanned};

/// A peer with its password in the source.
pub(super) fn password(peer: &Spanned<Name>, field: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0709,
        field,
        format!("the source contains the password of peer `{peer}`"),
    )
    .here("every reader of the project can see it")
    .note(
        "put it into a Secret of type `kubernetes.io/basic-auth` in MetalLB's namespace, \
         under the key `password`",
    )
    .help(
        "remove this line, write `password-secret = \"…\"` with the Secret's name, and change \
         the password: this password is exposed",
    )
}

/// A peer with both `asn` and `dynamic-asn`.
pub(super) fn two_numbers(peer: &Spanned<Name>, asn: Span, dynamic: Span) -> Diagnostic {
    let message = format!("peer `{peer}` has both `asn` and `dynamic-asn`");
    Diagnostic::new(Code::E0708, dynamic, message)
        .here("accepts the AS number that the router sends")
        .label(asn, "accepts only one number")
        .help("remove one of them")
}

/// A community that MetalLB rejects.
pub(super) fn no_community(text: &Spanned<String>) -> Diagnostic {
    let message = format!("`{text}` is not a BGP community");
    let diagnostic = Diagnostic::new(Code::E0712, text.span, message);
    let parts = text.node.split(':').count();
    if text
        .node
        .split(':')
        .any(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()) && it != "large")
    {
        let diagnostic = diagnostic.here("this is a name");
        return diagnostic.help(
            "write its numbers: \"64512:100\", or \"large:64512:100:1\"; names of `Community` \
             objects are not supported",
        );
    }
    diagnostic.help(if parts == 3 {
        "a large community begins with `large:`: \"large:64512:100:1\", each number at most 4294967295"
    } else {
        "write \"64512:100\", each number at most 65535, or \"large:64512:100:1\""
    })
}

/// A community that is listed twice.
pub(super) fn community_twice(text: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0712, text.span, format!("the community `{text}` is listed twice"))
        .here("again")
        .label(first, "first listed here")
        .help("remove one of them: MetalLB rejects the advertisement")
}

/// A peer that is listed twice.
pub(super) fn listed_twice(name: &Spanned<Name>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0226, name.span, format!("the peer `{name}` is listed twice"))
        .here("again")
        .label(first, "first listed here")
        .help("remove one of them: MetalLB rejects the advertisement")
}

/// A peer or profile does not exist.
pub(super) fn unknown(name: &Spanned<Name>, what: &str, known: &[Known]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0214, name.span, format!("there is no {what} `{name}`"));
    if let Some(fixed) = did_you_mean(&diagnostic, name.span, name.node.as_str(), known) {
        return fixed;
    }
    let example = if what == "peer" {
        format!("peer {name} {{ address = 192.0.2.1, asn = 64513, my-asn = 64512 }}")
    } else {
        format!("bfd {name} {{ receive-interval = 300 }}")
    };
    diagnostic.help(format!("declare it in the cluster's `metallb` block: `{example}`"))
}
