//! Syntax errors.

use super::literal;
use super::names;
use super::split::{DEPTH, Fault, Split, keywords, skip_gap};
use crate::diagnostics::{
    Code, Diagnostic, Diagnostics, Severity, endpoint_here, equivalent, is_only, nearest, one_of,
};
use crate::source::{FileId, Span};

/// A common mistake at an unexpected token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hint {
    /// `//`.
    Comment,
    /// `/*`.
    LongComment,
    /// Quotation marks other than `"`, with the place of the closing marks.
    Quotes(Option<Span>),
    /// `name: value`.
    Colon,
    /// `;`.
    Semicolon {
        /// Whether nothing follows on its line.
        is_last: bool,
    },
    /// `<-`.
    Turned,
    /// `=>` or `→`.
    FatArrow,
    /// Two endpoints with nothing between them.
    NoArrow,
    /// An arrow of a word processor.
    Dash,
    /// Several endpoints without brackets.
    Brackets,
    /// A version without quotes.
    QuoteVersion,
    /// The line ends where a block should begin, or the next line begins with the brace.
    Brace,
    /// A character that names do not allow.
    Letter,
    /// A colon at the end of a line.
    Indentation,
    /// A second name, in quotes.
    Labels,
    /// `from A to B`.
    FromTo,
    /// A star.
    Star,
    /// A port without its server.
    LoosePort,
    /// `not any`.
    NotAny,
}

/// An unexpected token.
pub(super) fn unexpected(
    expected: &[&str],
    found: &str,
    span: Span,
    hint: Option<Hint>,
) -> Diagnostic {
    let shown = if found.is_empty() { "the end of the line".to_owned() } else { quoted(found) };
    let message = if expected.is_empty() {
        format!("{shown} is not allowed here")
    } else {
        format!("expected {}, found {shown}", one_of(expected))
    };
    let diagnostic = Diagnostic::new(Code::E0101, span, message);
    match hint {
        None => match nearest(found, words(expected)) {
            Some(near) if found.starts_with(|it: char| it.is_ascii_alphabetic()) => {
                diagnostic.did_you_mean(span, near)
            }
            Some(_) | None => diagnostic,
        },
        Some(Hint::Comment) => {
            let slashes = Span { end: span.start + 2, ..span };
            diagnostic.fix("a comment begins with `#`", vec![(slashes, "#".to_owned())]).safe()
        }
        Some(Hint::Indentation) => {
            diagnostic.help("write a block in braces, `{ … }`; indentation has no meaning")
        }
        Some(Hint::Labels) => diagnostic.help("a block has one name, without quotes"),
        Some(Hint::FromTo) => diagnostic.help("a flow is written `flow CLIENT -> SERVER:PORT`"),
        Some(Hint::Star) => diagnostic.help_if(endpoint_here("*"), str::to_owned),
        Some(Hint::NotAny) => diagnostic.help("write `none` for a label that pods do not have"),
        Some(Hint::LoosePort) => diagnostic.help("write the port behind its server: `SERVER:80`"),
        Some(Hint::LongComment) => {
            diagnostic.help("a comment begins with `#`, in each of its lines")
        }
        Some(Hint::Quotes(None)) => {
            diagnostic.help("write a string in straight double quotes: `\"text\"`")
        }
        Some(Hint::Quotes(Some(close))) => diagnostic
            .fix(
                "write a string in straight double quotes",
                vec![(span, "\"".to_owned()), (close, "\"".to_owned())],
            )
            .safe(),
        Some(Hint::Colon) => {
            diagnostic.fix("a value follows `=`", vec![(span, " =".to_owned())]).safe()
        }
        Some(Hint::Semicolon { is_last: true }) => {
            diagnostic.fix("a new line ends a declaration", vec![(span, String::new())]).safe()
        }
        Some(Hint::Semicolon { is_last: false }) => diagnostic
            .fix("a new line or `,` ends a declaration", vec![(span, ",".to_owned())])
            .safe(),
        Some(Hint::Turned) => diagnostic.help("write the client on the left: `client -> server`"),
        Some(Hint::FatArrow) => {
            diagnostic.fix("an arrow is written `->`", vec![(span, "->".to_owned())]).safe()
        }
        Some(Hint::Dash) => diagnostic.help("an arrow is written `->`"),
        Some(Hint::Brackets) => {
            diagnostic.help("write several clients in brackets: `[CLIENT, CLIENT] -> SERVER`")
        }
        Some(Hint::NoArrow) => {
            let before = Span { end: span.start, ..span };
            diagnostic.fix("write `->` between client and server", vec![(before, "-> ".to_owned())])
        }
        Some(Hint::QuoteVersion) => {
            let text = format!("\"{found}\"");
            diagnostic.fix(format!("a version is a string: `{text}`"), vec![(span, text)]).safe()
        }
        Some(Hint::Brace) => {
            diagnostic.help("a block begins with `{` on the line of its declaration")
        }
        Some(Hint::Letter) => diagnostic.help("a name has the letters `a` to `z`, digits and `-`"),
    }
}

/// A block begins below its declaration.
pub(super) fn brace_below(head: Span, brace: Span, is_next: bool) -> Diagnostic {
    let end = Span { start: head.end, ..head };
    let begun = " {".to_owned();
    let edits = if is_next {
        vec![(end.to(brace), begun)]
    } else {
        // Comments are between the two.
        vec![(end, begun), (brace, String::new())]
    };
    Diagnostic::new(
        Code::E0101,
        brace,
        "expected `{` on the line of its declaration, found it below",
    )
    .label(head, "its declaration")
    .fix("begin the block here", edits)
    .safe()
}

/// The first word of an item begins no known declaration.
pub(super) fn unknown_declaration(
    word: &str,
    line: &str,
    span: Span,
    near: Option<&str>,
    is_in_list: bool,
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0102, span, format!("no declaration begins with `{word}`"));
    if matches!(word, "as" | "in" | "except" | "else") {
        return diagnostic.help(format!("write `{word} …` at the end of the line above"));
    }
    if word == "ports" && line.starts_with(|it: char| it.is_ascii_lowercase()) {
        return diagnostic.did_you_mean(span, "port");
    }
    if is_in_list {
        return diagnostic.help("write several servers in brackets: `CLIENT -> [SERVER, SERVER]`");
    }
    if let Some(here) = equivalent(word) {
        let instead = match word {
            "allow" | "permit" => "flow",
            _other => "forbid",
        };
        let is_flow = matches!(word, "allow" | "permit" | "deny") && line.contains("->");
        return if is_flow {
            diagnostic.fix(here, vec![(span, instead.to_owned())])
        } else {
            diagnostic.help(here)
        };
    }
    let is_value = |it: char| it.is_ascii_alphanumeric() || matches!(it, '"' | '[');
    let one_value = line.starts_with(is_value) && !line.contains([' ', '{', '>', '=']);
    if let Some(near) = near {
        diagnostic.did_you_mean(span, near).safe_if(is_only(word, near, keywords()))
    } else if one_value {
        let end = Span { start: span.end, ..span };
        let title = format!("set a value with `=`: `{word} = {line}`");
        diagnostic.fix(title, vec![(end, " =".to_owned())]).safe()
    } else {
        diagnostic
    }
}

/// The keyword of a declaration follows its name.
pub(super) fn turned_declaration(word: &str, keyword: &str, span: Span, whole: Span) -> Diagnostic {
    Diagnostic::new(Code::E0102, span, format!("no declaration begins with `{word}`"))
        .fix(format!("write `{keyword}` first"), vec![(whole, format!("{keyword} {word}"))])
}

/// Two items on one line without a separator.
pub(super) fn two_on_a_line(before: Span, second: Span, word: &str) -> Diagnostic {
    let message = format!("`{word}` is on the line of another declaration");
    let end = Span { start: before.end, ..before };
    Diagnostic::new(Code::E0103, second, message)
        .label(before, "complete up to here")
        .fix("put a new line or `,` between them", vec![(end, ",".to_owned())])
        .safe()
}

/// Reports the faults in the brackets and strings of a file.
pub(super) fn faults(file: FileId, text: &str, split: &Split, diagnostics: &mut Diagnostics) {
    let place = |at: usize| {
        let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
        let length = text.get(at..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        Span { file, start: offset(at), end: offset(at + length) }
    };
    if let Some(deep) = split.faults.iter().find(|it| matches!(it, Fault::Deep(_))) {
        let message = format!("brackets are nested more than {DEPTH} deep");
        let said_deep = Diagnostic::new(Code::E0107, place(deep.at()), message);
        diagnostics.push(
            said_deep.help("no declaration needs this depth: a bracket may be closed too late"),
        );
        return;
    }
    let (mut given_up, mut left_open, mut line) = (None, None, None);
    let mut found: Vec<Diagnostic> = Vec::new();
    for fault in &split.faults {
        let at = fault.at();
        let before = text.get(..at).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let bracket = text.get(at..at + 1).unwrap_or("");
        match *fault {
            Fault::Deep(_) => {}
            Fault::OpenString(_) => found.push(
                Diagnostic::new(Code::E0105, place(at), "the string is not closed on its line")
                    .help("close it with `\"`; a line break in a string is written `\\n`"),
            ),
            // Brackets that end at the same offset were left open by one mistake.
            Fault::Unclosed(_, until) if given_up == Some(until) => {}
            Fault::Unclosed(_, until) => {
                given_up = Some(until);
                let token = skip_gap(text.as_bytes(), until, text.len());
                let message = format!("`{bracket}` is not closed");
                let unclosed = Diagnostic::new(Code::E0104, place(at), message);
                found.push(if token == text.len() {
                    let last = text.trim_end().char_indices().next_back().map_or(0, |(it, _)| it);
                    unclosed.label(place(last), "the file ends here")
                } else {
                    unclosed.label(place(token), "it should have been closed before this")
                });
            }
            // A wrong bracket instead of the right one.
            Fault::Missing(..) if line == Some(start) => {}
            Fault::Missing(_, close) => {
                let line = text.get(start..at).unwrap_or("").trim_start();
                let offset =
                    |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
                let head = Span { file, start: offset(at - line.len()), end: offset(at) };
                let end = Span { start: head.end, ..head };
                found.push(
                    Diagnostic::new(Code::E0104, head, "the declaration has no `{`")
                        .label(place(close), "this closes it")
                        .fix("begin its block here", vec![(end, " {".to_owned())])
                        .safe(),
                );
            }
            // An open bracket or string before it is the cause.
            Fault::Stray(_) if left_open.is_some() => {
                if let Some(Fault::Unclosed(..)) = left_open
                    && let Some(open) = found.pop()
                {
                    found.push(open.label(place(at), "no open bracket"));
                }
            }
            Fault::Stray(_) => {
                let message = format!("`{bracket}` has no opening bracket");
                found.push(Diagnostic::new(Code::E0104, place(at), message));
            }
        }
        line = Some(start);
        if let Fault::Unclosed(..) | Fault::OpenString(_) = fault {
            left_open = Some(*fault);
        }
    }
    for diagnostic in found {
        diagnostics.push(diagnostic);
    }
}

/// An unknown escape in a string.
pub(super) fn escape(escape: &str, span: Span) -> Diagnostic {
    let backslash = Span { end: span.start + 1, ..span };
    Diagnostic::new(Code::E0106, span, format!("`{escape}` is not an escape of a string"))
        .fix("write a backslash itself twice", vec![(backslash, "\\\\".to_owned())])
        .note("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{1F600}`")
}

/// A text that cannot be the name of a declaration.
pub(super) fn name(
    written: &str,
    span: Span,
    wrong: &names::Wrong,
    corrected: Option<&str>,
) -> Diagnostic {
    let diagnostic = match wrong {
        names::Wrong::Quoted => {
            Diagnostic::new(Code::E0108, span, format!("the name `{written}` is in quotes"))
        }
        names::Wrong::Label => {
            Diagnostic::new(Code::E0108, span, format!("`{written}` cannot be a name"))
                .note("a name has lower-case letters, digits and `-`, begins with a letter and does not end with `-`")
        }
        names::Wrong::Long => {
            let length = written.chars().count();
            Diagnostic::new(Code::E0108, span, format!("a name of {length} characters"))
                .note("a name has at most 63 characters, as a label of RFC 1123")
        }
        names::Wrong::Reserved => Diagnostic::new(
            Code::E0109,
            span,
            format!("`{written}` is a reserved word and cannot be a name"),
        ),
    };
    let Some(corrected) = corrected else { return diagnostic };
    // Users of the declaration must write the new name.
    diagnostic
        .fix(format!("rename it to `{corrected}`"), vec![(span, corrected.to_owned())])
        .safe_if(corrected == written)
}

/// An invalid literal.
pub(super) fn literal(token: &str, span: Span, wrong: &literal::Wrong) -> Diagnostic {
    let say = |code: Code, message: String| Diagnostic::new(code, span, message);
    match wrong {
        literal::Wrong::Unquoted => say(
            Code::E0110,
            format!("`{token}` is neither a number nor an address"),
        )
        .fix(format!("write a string as `\"{token}\"`"), vec![(span, format!("\"{token}\""))]),
        literal::Wrong::Large => {
            say(Code::E0110, format!("the number `{token}` has more than 64 bits"))
        }
        literal::Wrong::Address => say(Code::E0111, format!("`{token}` is not an IP address"))
            .help("IPv4 has four numbers from 0 to 255 without zeros before them; in IPv6, `::` stands for groups of zeros"),
        literal::Wrong::Prefix => say(Code::E0111, format!("`{token}` has no valid prefix length"))
            .note("a prefix has 0 to 32 bits for IPv4 and 0 to 128 for IPv6"),
        literal::Wrong::ShortNetwork(network) => {
            say(Code::E0111, format!("the address of the network `{token}` is not complete"))
                .fix("write all four numbers", vec![(span, network.to_string())])
                .safe()
        }
        literal::Wrong::HostBits(network) => {
            say(Code::E0112, format!("`{token}` names an address inside the network `{network}`"))
                .help("for the one address, leave out the prefix")
                .fix(
                    "for the whole network, write its first address",
                    vec![(span, network.to_string())],
                )
        }
        literal::Wrong::ShortRange(whole) => {
            let diagnostic =
                say(Code::E0113, format!("the last address of the range `{token}` is not complete"));
            match whole {
                Some(whole) => {
                    diagnostic.fix("write the last address in full", vec![(span, whole.clone())]).safe()
                }
                None => diagnostic,
            }
        }
        literal::Wrong::Backwards(turned) => {
            say(Code::E0113, format!("the range `{token}` ends before it begins"))
                .fix("write the smaller address first", vec![(span, turned.clone())])
        }
        literal::Wrong::Families => say(
            Code::E0113,
            format!("the range `{token}` begins in one address family and ends in the other"),
        ),
        literal::Wrong::Port => port_number(token, span),
        literal::Wrong::Protocol(word) => {
            let diagnostic = say(Code::E0114, format!("there is no protocol `{word}`"));
            let protocols = ["tcp", "udp", "sctp"];
            match nearest(word, protocols) {
                Some(near) => {
                    let length = u32::try_from(word.len()).expect("INVARIANT: a word is short");
                    let word_span = Span { start: span.end - length, ..span };
                    diagnostic.did_you_mean(word_span, near).safe_if(is_only(word, near, protocols))
                }
                None => diagnostic.help("the protocols are `tcp`, `udp` and `sctp`"),
            }
        }
        literal::Wrong::Day => say(Code::E0115, format!("`{token}` is not a day"))
            .help("a day is written `2027-01-31`"),
    }
}

/// The number of a port without its name.
pub(super) fn port_without_name(number: &str, span: Span) -> Diagnostic {
    let translated = if number.bytes().all(|it| it.is_ascii_digit()) {
        format!(", or `port http {number} -> 8080` where the pods listen on another")
    } else {
        String::new()
    };
    let help = format!(
        "a port has a name and the number that clients dial: `port http {number}`{translated}"
    );
    Diagnostic::new(Code::E0101, span, format!("expected a name, found `{number}`")).help(help)
}

/// A colon between the name of a port and its number; `apart` separates them without it.
pub(super) fn port_with_colon(span: Span, apart: &str) -> Diagnostic {
    Diagnostic::new(Code::E0101, span, "expected a port, found `:`")
        .fix(
            "write only a blank between the name and the number of a port: `port http 80`",
            vec![(span, apart.to_owned())],
        )
        .safe()
}

/// A number that is used as a port and cannot be one.
pub(super) fn port_number(token: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0114, span, format!("`{token}` is not a port"))
        .help("a port is a number from 1 to 65535")
}

/// A key with dots or slashes without quotes.
pub(super) fn unquoted_key(key: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0116, span, format!("the key `{key}` needs quotes"))
        .fix("put it in quotes", vec![(span, format!("\"{key}\""))])
        .safe()
}

/// A doc comment that belongs to no declaration.
pub(super) fn loose_doc(span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0117, span, "this doc comment has no declaration")
        .help("put it directly above a declaration, or begin it with one `#`")
}

/// A comment that expects a warning without a reason.
pub(super) fn expectation_without_reason(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0117, span, "this expectation has no reason").help(
        "write the reason behind a colon: `# expect W0612: only the office reaches this network`",
    )
}

/// A comment that expects an unknown code.
pub(super) fn unknown_code(written: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0117, span, format!("there is no code `{written}`"));
    let codes =
        Code::ALL.iter().filter(|it| it.severity() != Severity::Error && !it.is_beside_result());
    match nearest(&written.to_uppercase(), codes.map(|it| it.as_str())) {
        Some(near) => {
            let codes = Code::ALL.iter().map(|it| it.as_str());
            diagnostic.did_you_mean(span, near).safe_if(is_only(
                &written.to_uppercase(),
                near,
                codes,
            ))
        }
        None => diagnostic.help("`mlnetc explain` lists every code"),
    }
}

/// A comment that expects an error, or a message beside a result.
pub(super) fn not_expectable(code: Code, span: Span) -> Diagnostic {
    if code.is_beside_result() {
        let message =
            format!("`{code}` is not reported for a line of a source, so it cannot be expected");
        return Diagnostic::new(Code::E0117, span, message);
    }
    Diagnostic::new(Code::E0117, span, format!("`{code}` is an error and stops the build"))
        .help("only warnings and notes can be expected: codes that begin with `W` or `N`")
}

/// Returns the words of the language among the expected words.
fn words<'e>(expected: &[&'e str]) -> impl Iterator<Item = &'e str> {
    const CONTINUE: [&str; 4] = ["as", "in", "except", "else"];
    let words = expected.iter().flat_map(|it| it.split(' '));
    let words = words.filter_map(|it| it.strip_prefix('`')?.strip_suffix('`'));
    // A complete item may continue with these words.
    let goes_on = expected.contains(&"the end of the line");
    words.chain(CONTINUE.into_iter().filter(move |_| goes_on))
}

/// Returns a token as a message shows it: short, and on one line.
fn quoted(token: &str) -> String {
    let short: String = token.chars().take(40).flat_map(char::escape_debug).collect();
    let short = short.replace("\\\"", "\"").replace("\\'", "'");
    let dots = if token.chars().nth(40).is_some() { "…" } else { "" };
    format!("`{short}{dots}`")
}
