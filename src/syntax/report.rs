//! What is said about texts that are not the language.

use super::literal;
use super::names;
use super::split::{DEPTH, Fault, Split};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// A mistake at an unexpected token that has a name of its own.
pub(super) enum Hint {
    /// `//` or `/*`.
    Comment,
    /// Quotes that are not `"`.
    Quotes,
    /// `name: value`.
    Colon,
    /// `;` at the end.
    Semicolon,
    /// `<-`.
    Turned,
    /// `=>` or `→`.
    FatArrow,
    /// A version without quotes.
    QuoteVersion,
    /// The line ends where a block should begin.
    Brace,
}

/// A token stands where another belongs.
pub(super) fn unexpected(
    expected: &[&str],
    found: &str,
    span: Span,
    hint: Option<Hint>,
) -> Diagnostic {
    let found = if found.is_empty() { "the end of the line".to_owned() } else { quoted(found) };
    let message = if expected.is_empty() {
        format!("{found} cannot stand here")
    } else {
        format!("expected {}, found {found}", alternatives(expected))
    };
    let said = Diagnostic::new(Code::E0101, span, message);
    let Some(hint) = hint else { return said };
    match hint {
        Hint::Comment => said.help("a comment begins with `#`"),
        Hint::Quotes => said.help("a string stands in straight double quotes: `\"text\"`"),
        Hint::Colon => {
            said.help("a value follows `=`").fix("write `=`", vec![(span, " =".to_owned())])
        }
        Hint::Semicolon => said.help("a new line or `,` ends a declaration"),
        Hint::Turned => said.help("the client stands on the left: `client -> server`"),
        Hint::FatArrow => said.help("an arrow is written `->`"),
        Hint::QuoteVersion => said.help("a version is a string: `\"2.10\"`"),
        Hint::Brace => said.help("the block begins with `{` on the same line"),
    }
}

/// The first word of an item begins nothing that the language knows.
pub(super) fn unknown_declaration(
    word: &str,
    line: &str,
    span: Span,
    near: Option<&str>,
) -> Diagnostic {
    let said = Diagnostic::new(Code::E0102, span, format!("no declaration begins with `{word}`"));
    if matches!(word, "as" | "in" | "except" | "else") {
        return said.help(format!("`{word} …` belongs to the end of the line above"));
    }
    let field = !line.is_empty() && !line.contains(['{', '>', '=']) && near.is_none();
    said.help_if(near, |it| format!("did you mean `{it}`?"))
        .help_if(field.then_some(()), |()| format!("a value is given with `=`: `{word} = {line}`"))
}

/// Two items stand on one line without a separator.
pub(super) fn two_on_a_line(before: Span, second: Span, word: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0103,
        second,
        format!("`{word}` begins on the line of another declaration"),
    )
    .label(before, "complete up to here")
    .help("put a new line or `,` between them")
}

/// What is wrong with the brackets and strings of a file.
pub(super) fn faults(file: FileId, text: &str, split: &Split, said: &mut Diagnostics) {
    let place = |at: usize, length: usize| {
        let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
        let length = if text.get(at..at + length).is_some() { length } else { 0 };
        Span { file, start: offset(at), end: offset(at + length) }
    };
    let character = |at: usize| text.get(at..at + 1).unwrap_or("");
    let mut given_up = None;
    let mut quiet = false;
    for fault in &split.faults {
        match *fault {
            Fault::Deep(at) => {
                let message = format!("brackets are nested more than {DEPTH} deep");
                said.push(Diagnostic::new(Code::E0107, place(at, 1), message));
                return;
            }
            Fault::OpenString(at) => said.push(
                Diagnostic::new(Code::E0105, place(at, 1), "the string is not closed on its line")
                    .help("close it with `\"`; a line break in a string is written `\\n`"),
            ),
            // Brackets that end at one place were left open by one mistake.
            Fault::Unclosed(_, until) if given_up == Some(until) => {}
            Fault::Unclosed(at, until) => {
                given_up = Some(until);
                let message = format!("`{}` is not closed", character(at));
                said.push(
                    Diagnostic::new(Code::E0104, place(at, 1), message)
                        .label(place(until, 0), "it should have been closed before this"),
                );
            }
            Fault::Stray(_) if quiet => {}
            Fault::Stray(at) => {
                let message = format!("`{}` closes nothing", character(at));
                said.push(Diagnostic::new(Code::E0104, place(at, 1), message));
            }
        }
        quiet = true;
    }
}

/// An escape that strings do not know.
pub(super) fn escape(escape: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0106, span, format!("a string knows no escape `{escape}`"))
        .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{1F600}`")
}

/// A declaration gives a name that cannot be one.
pub(super) fn name(
    written: &str,
    span: Span,
    wrong: &names::Wrong,
    corrected: Option<&str>,
) -> Diagnostic {
    let said = match wrong {
        names::Wrong::Quoted => Diagnostic::new(Code::E0108, span, format!("the name `{written}` stands in quotes")),
        names::Wrong::Label => Diagnostic::new(Code::E0108, span, format!("`{written}` cannot be a name"))
            .note("a name is a lower-case letter and then lower-case letters, digits and `-`, not at the end (an RFC 1123 label)"),
        names::Wrong::Long => Diagnostic::new(Code::E0108, span, format!("the name has {} characters", written.chars().count()))
            .note("a name has at most 63 characters (an RFC 1123 label)"),
        names::Wrong::Reserved => Diagnostic::new(Code::E0109, span, format!("`{written}` is a word of the language and cannot be a name")),
    };
    let Some(corrected) = corrected else { return said };
    said.help(format!("`{corrected}` could be"))
        .fix(format!("call it `{corrected}`"), vec![(span, corrected.to_owned())])
}

/// A literal that is wrong in itself.
pub(super) fn literal(token: &str, span: Span, wrong: &literal::Wrong) -> Diagnostic {
    match wrong {
        literal::Wrong::Unquoted => Diagnostic::new(
            Code::E0110,
            span,
            format!("`{token}` is neither a number nor an address"),
        )
        .help(format!("as text it is written `\"{token}\"`")),
        literal::Wrong::Large => Diagnostic::new(
            Code::E0110,
            span,
            format!("the number `{token}` has more than 64 bits"),
        ),
        literal::Wrong::Address => {
            Diagnostic::new(Code::E0111, span, format!("`{token}` is not an IP address"))
        }
        literal::Wrong::Prefix => {
            Diagnostic::new(Code::E0111, span, format!("`{token}` has no valid prefix length"))
                .note("a prefix has 0 to 32 bits for IPv4 and 0 to 128 for IPv6")
        }
        literal::Wrong::HostBits(network) => Diagnostic::new(
            Code::E0112,
            span,
            format!("`{token}` names an address inside the network `{network}`"),
        )
        .help(format!("for the network write `{network}`; for the address leave out the prefix"))
        .fix(format!("write `{network}`"), vec![(span, network.to_string())]),
        literal::Wrong::ShortRange(whole) => {
            let said = Diagnostic::new(
                Code::E0113,
                span,
                format!("the range `{token}` has no whole address at its end"),
            );
            match whole {
                Some(whole) => said
                    .help(format!("write the end in full: `{whole}`"))
                    .fix(format!("write `{whole}`"), vec![(span, whole.clone())]),
                None => said,
            }
        }
        literal::Wrong::Backwards(turned) => {
            Diagnostic::new(Code::E0113, span, format!("the range `{token}` ends before it begins"))
                .help(format!("the smaller end stands first: `{turned}`"))
                .fix(format!("write `{turned}`"), vec![(span, turned.clone())])
        }
        literal::Wrong::Families => Diagnostic::new(
            Code::E0113,
            span,
            format!("the range `{token}` begins in one address family and ends in the other"),
        ),
        literal::Wrong::Port => port_number(span),
        literal::Wrong::Protocol(word) => {
            Diagnostic::new(Code::E0114, span, format!("there is no protocol `{word}`"))
                .help("the protocols are `tcp`, `udp` and `sctp`")
        }
        literal::Wrong::Day => {
            Diagnostic::new(Code::E0115, span, format!("there is no day `{token}`"))
                .help("a day is written `2027-01-31`")
        }
    }
}

/// A number that stands for a port and cannot be one.
pub(super) fn port_number(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, "a port is a number from 1 to 65535")
}

/// A key with dots or slashes stands without quotes.
pub(super) fn unquoted_key(key: &str, span: Span) -> Diagnostic {
    let quoted = format!("\"{key}\"");
    Diagnostic::new(Code::E0116, span, format!("the key `{key}` needs quotes"))
        .help(format!("write `{quoted}`"))
        .fix(format!("write `{quoted}`"), vec![(span, quoted)])
}

/// A doc comment that belongs to no declaration.
pub(super) fn loose_doc(span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0101, span, "this doc comment belongs to no declaration")
        .help("put it directly above a declaration, or begin it with one `#`")
}

/// A token as a message shows it: short, and on one line.
fn quoted(token: &str) -> String {
    let short: String = token.chars().take(40).collect();
    let dots = if short.len() < token.len() { "…" } else { "" };
    format!(
        "`{}{dots}`",
        short.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
    )
}

/// `a, b or c`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
