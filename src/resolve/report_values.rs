//! Diagnostics of name resolution about values: one function for each error.

use super::known::{Known, did_you_mean, of_language, words};
use super::report::{list, removed_if_same};
use crate::diagnostics::{Code, Diagnostic, is_only, nearest, one_of, ticked};
use crate::scalar::{PortRange, Version};
use crate::source::{Files, Name, Span, Spanned};
use crate::syntax::ast::{Parameter, Path, Tested, Value};

/// An entry of a map.
type Entry = (Spanned<String>, Value);

/// A value is not of the expected kind.
pub(super) fn wrong_kind(span: Span, written: &str, expected: &str) -> Diagnostic {
    let (kind, example) =
        expected.split_once(": ").map_or((expected, None), |(kind, it)| (kind, Some(it)));
    let short = written.len() <= 60 && !written.contains('\n');
    let shown = if short { format!("`{written}`") } else { "this".to_owned() };
    let diagnostic = Diagnostic::new(Code::E0301, span, format!("{shown} is not {kind}"));
    if let Some(word) = boolean(written).filter(|_| kind == "`true` or `false`") {
        diagnostic.did_you_mean(span, word).safe()
    } else if let Some(word) = nearest(written, TRUTH).filter(|_| kind == "`true` or `false`") {
        diagnostic.did_you_mean(span, word)
    } else if let Some((bare, what)) = unquoted(written).zip(without_quotes(written, kind)) {
        diagnostic
            .here("a string")
            .fix(format!("{what} are written without quotes"), vec![(span, bare.to_owned())])
            .safe()
    } else if kind == "a string" && short && !written.starts_with(['[', '{']) {
        in_quotes(diagnostic, span, written)
    } else {
        diagnostic.help_if(example, |it| format!("write {kind}: {it}"))
    }
}

/// The text inside the quotes, if it is a name or literal that needs none.
fn unquoted(written: &str) -> Option<&str> {
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '/' | ':');
    (!inside.is_empty() && inside.chars().all(plain)).then_some(inside)
}

/// The expected kind, if the value is of that kind but quoted.
fn without_quotes(written: &str, kind: &str) -> Option<&'static str> {
    let begins_with_digit = written.trim_matches('"').starts_with(|it: char| it.is_ascii_digit());
    let asks = |words: &[&str]| words.iter().any(|it| kind.contains(it));
    if begins_with_digit && asks(&["address", "network", "range", "endpoint", "port", "day"]) {
        Some("addresses, ports and days")
    } else if !begins_with_digit && asks(&["the name of", "a tenant, a component or a service"]) {
        Some("names")
    } else {
        None
    }
}

/// The booleans.
const TRUTH: [&str; 2] = ["true", "false"];

/// The boolean that YAML reads in a word.
fn boolean(written: &str) -> Option<&'static str> {
    match written.trim_matches('"').to_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        _ => None,
    }
}

fn in_quotes(diagnostic: Diagnostic, span: Span, written: &str) -> Diagnostic {
    // A word may also be a misspelled parameter.
    let is_word = written.starts_with(|it: char| it.is_ascii_alphabetic());
    diagnostic
        .fix("write a string in double quotes", vec![(span, format!("\"{written}\""))])
        .safe_if(!is_word)
}

/// A word that is not valid at its place; suggests parameters.
pub(super) fn wrong_word(word: &Spanned<Name>, expected: &str, parameters: &[Known]) -> Diagnostic {
    let written = word.node.as_str();
    let diagnostic = wrong_kind(word.span, written, expected);
    did_you_mean(&diagnostic, word.span, written, parameters).unwrap_or(diagnostic)
}

/// A word is not one of the values of its field.
pub(super) fn not_a_choice(span: Span, written: &str, field: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0303, span, format!("`{field}` cannot be `{written}`"));
    let unquoted = written.trim_matches('"');
    let words = || known.iter().copied();
    let near = words().find(|it| *it == unquoted);
    match near.or_else(|| nearest(unquoted, words())) {
        Some(near) => {
            let only = near == unquoted || is_only(unquoted, near, words());
            diagnostic.did_you_mean(span, near).safe_if(only)
        }
        None => diagnostic.help(format!("it can be {}", one_of(&ticked(known)))),
    }
}

/// A malformed version.
pub(super) fn bad_version(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("`{text}` is not a version"))
        .help("write its numbers: `\"0.14.8\"`")
}

/// A range of versions without a version.
pub(super) fn no_version_tested(tested: &Tested) -> Diagnostic {
    let message = format!("no version is in the range {} to {}", tested.from, tested.to);
    Diagnostic::new(Code::E0301, tested.span, message)
        .help("write the lowest version first: `tested \"1.10\" to \"1.20\"`")
}

/// A component with another version than the block of the cluster that describes the same product.
pub(super) fn differs_from_cluster(
    at: Span,
    component: &Name,
    version: &Version,
    cluster: &Spanned<Version>,
) -> Diagnostic {
    let message =
        format!("`{component}` has version {version}, but that of the cluster is {}", cluster.node);
    Diagnostic::new(Code::W0236, at, message)
        .here(format!("used with {version}"))
        .label(cluster.span, "the version of the cluster")
        .help(format!("use the version of the cluster: `version = \"{}\"`", cluster.node))
}

/// A version with which the component was not tested.
pub(super) fn untested_version(
    at: Span,
    component: &Spanned<Name>,
    version: &Version,
    tested: &Tested,
) -> Diagnostic {
    let message = format!("`{component}` was tested with {tested}, not with {version}");
    Diagnostic::new(Code::W0235, at, message)
        .here("used with this version")
        .label(tested.span, "the tested range")
        .help("compare the ports and labels of this version with `mlnetc stdlib show`, or use a tested version")
}

/// A port number out of range.
pub(super) fn port_out_of_range(span: Span, number: i64) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("{number} is not a port"))
        .help("a port is a number from 1 to 65535")
}

/// A port translation (`->`) between two protocols.
pub(super) fn protocols_differ(span: Span, dialed: PortRange, listening: PortRange) -> Diagnostic {
    Diagnostic::new(
        Code::E0302,
        span,
        format!(
            "a Service cannot translate {} to {}",
            dialed.protocol.word(),
            listening.protocol.word()
        ),
    )
    .help("write the protocol once, in front of the `->`")
}

/// A brace in a string that is neither doubled nor an interpolation.
pub(super) fn bad_interpolation(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0304, span, "this brace is not part of a placeholder").help(
        "write `{{` or `}}` for a literal brace; a placeholder is written in braces: \
         `{host(tracking)}`",
    )
}

/// An interpolation in a string that must be known before names are bound.
pub(super) fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0304, span, "only parameters of a component can be placeholders here")
        .help(
            "name a parameter that is a string, a number or an address; functions such as \
         `host(…)` are allowed in a `set`",
        )
}

/// A `when` compares a parameter that is not a version.
pub(super) fn not_a_version_parameter(name: &Spanned<Name>, kind: &Name) -> Diagnostic {
    Diagnostic::new(
        Code::E0301,
        name.span,
        format!("`{name}` is a parameter of type {kind}, which cannot be compared"),
    )
    .help(format!(
        "declare it as `{name}: version`, or test whether it is set: `when {name} {{ … }}`"
    ))
}

/// A selector without requirements.
pub(super) fn empty_selector(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, "empty labels select every pod of the namespace")
        .help("name a label, or write `all` to select every pod")
}

/// A key is set twice.
pub(super) fn label_twice(files: &Files, again: &Entry, first: &Entry) -> Diagnostic {
    let (key, value) = again;
    let diagnostic = Diagnostic::new(Code::E0226, key.span, format!("`{key}` is set twice"))
        .here("set again")
        .label(first.0.span, "first set here");
    let whole = |(key, value): &Entry| key.span.to(value.span);
    if files.text(value.span) == files.text(first.1.span) {
        return removed_if_same(diagnostic, files, whole(again), whole(first));
    }
    diagnostic.help("remove one of them; several values of one label are a list: `[\"a\", \"b\"]`")
}

/// A label key that Kubernetes rejects.
pub(super) fn bad_label_key(key: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(
        Code::E0305,
        key.span,
        format!("`{key}` is not a valid label key in Kubernetes"),
    )
    .help(
        "a label key has at most 63 letters, digits, `-`, `_` and `.`, after an optional DNS \
         name and a slash: `app.kubernetes.io/name`",
    )
}

/// A label value that Kubernetes rejects.
pub(super) fn bad_label_value(value: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::E0305, value.span, format!("`{value}` is not a valid label value in Kubernetes"))
        .help("a value has at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit")
}

/// A real name that Kubernetes rejects.
pub(super) fn bad_real_name(name: &Spanned<String>, what: &str, rule: &str) -> Diagnostic {
    Diagnostic::new(Code::E0305, name.span, format!("`{name}` is not a valid {what} name"))
        .help(format!("it must be {rule}"))
}

/// Two declarations of one namespace set a label to different values.
pub(super) fn labels_differ(key: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0226, span, format!("the label `{key}` of one namespace has two values"))
        .here("the second value")
        .label(first, "the first value")
        .help("give the label one value")
}

/// Two networks of one address family.
pub(super) fn two_of_a_family(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0306, span, format!("`{name}` has two networks of one address family"))
        .here("the second")
        .label(first, "the first")
        .help("a cluster has one IPv4 network, one IPv6 network, or one of each")
}

/// A path that is not absolute.
pub(super) fn path_not_absolute(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("`{path}` is not an absolute path"))
        .help("the operator accepts an absolute path, or `\"None\"`")
}

/// A parameter of an unknown type.
pub(super) fn unknown_kind(kind: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0303, kind.span, format!("there is no parameter type `{kind}`"));
    match nearest(kind.node.as_str(), known.iter().copied()) {
        Some(near) => {
            let diagnostic = diagnostic.did_you_mean(kind.span, near);
            of_language(diagnostic, kind, known)
        }
        None => diagnostic.help(format!("the types are {}", list(known))),
    }
}

/// An argument that does not match the type of its parameter.
pub(super) fn wrong_argument(span: Span, written: &str, parameter: &Parameter) -> Diagnostic {
    let (name, kind) = (&parameter.name, &parameter.kind);
    let example = match kind.node.as_str() {
        "string" => "a string: `\"…\"`",
        "version" => "a version in quotes: `\"2.9.1\"`",
        "int" => "a number",
        "bool" => "`true` or `false`",
        "address" => "an address: `192.0.2.1`",
        "cidr" => "a network: `192.0.2.0/24`",
        "port" => "a port: `443`",
        "labels" => "labels: `{ app = \"…\" }`",
        "namespace" => "the name of a namespace",
        _endpoint => "an endpoint: a service, an external, an address",
    };
    let diagnostic =
        Diagnostic::new(Code::E0301, span, format!("`{written}` has the wrong type for `{name}`"))
            .label(parameter.span, format!("of type {kind}"));
    let literal = unquoted(written).filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    match (kind.node.as_str(), literal, boolean(written)) {
        ("int" | "address" | "cidr" | "port", Some(literal), _) => diagnostic
            .fix(
                "numbers and addresses are written without quotes",
                vec![(span, literal.to_owned())],
            )
            .safe(),
        ("bool", _, Some(word)) => diagnostic.did_you_mean(span, word).safe(),
        ("bool", ..) => match nearest(written, TRUTH) {
            Some(word) => diagnostic.did_you_mean(span, word),
            None => diagnostic.help(format!("write {example}")),
        },
        ("version", ..) if written.starts_with('"') => {
            diagnostic.help("a version is numbers: `\"2.9.1\"`")
        }
        ("string" | "version", ..) if !written.starts_with(['[', '{', '"']) => {
            in_quotes(diagnostic, span, written)
        }
        _ => diagnostic.help(format!("write {example}")),
    }
}

/// An unknown function.
pub(super) fn unknown_function(name: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0215, name.span, format!("there is no function `{name}`"));
    match nearest(name.node.as_str(), known.iter().copied()) {
        Some(near) => {
            let diagnostic = diagnostic.did_you_mean(name.span, near);
            of_language(diagnostic, name, known)
        }
        None => diagnostic.help(format!("the functions are {}", list(known))),
    }
}

/// A call with more or fewer than one argument.
pub(super) fn one_argument(span: Span, function: &str) -> Diagnostic {
    Diagnostic::new(Code::E0307, span, format!("`{function}` has one argument"))
        .help(format!("write `{function}(NAME)`, once for each"))
}

/// A function on a target that does not support it.
pub(super) fn not_for_function(
    span: Span,
    function: &str,
    written: &str,
    expected: &str,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0307,
        span,
        format!("`{function}` needs {expected}, and `{written}` is not one"),
    )
    .help(format!("name {expected}"))
}

/// `port(…)` of a target with several ports, with no port, or with no port of that name.
pub(super) fn which_port(
    span: Span,
    written: &str,
    known: &[&str],
    place: Option<Span>,
) -> Diagnostic {
    let (message, label, help) = match known {
        [] => (
            format!("`{written}` declares no port"),
            "has no ports".to_owned(),
            "declare the port there, or write the number".to_owned(),
        ),
        [first, ..] => (
            format!("`{written}` has several ports"),
            format!("has {}", list(known)),
            format!("name the port: `port({written}:{first})`"),
        ),
    };
    Diagnostic::new(Code::E0307, span, message).label_if(place, label).help(help)
}

/// `port(S:p)`, where S has no port `p`.
pub(super) fn no_such_port(
    span: Span,
    of: &str,
    word: &str,
    known: &[Known],
    place: Option<Span>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0307, span, format!("`{of}` has no port `{word}`"));
    if let Some(fixed) = did_you_mean(&diagnostic, span, word, known) {
        return fixed;
    }
    let known = words(known);
    let has =
        if known.is_empty() { "has no ports".to_owned() } else { format!("has {}", list(&known)) };
    diagnostic.label_if(place, has).help("name one of its ports, or declare the port")
}

/// `host(…)` of an external that does not have exactly one name or address.
pub(super) fn not_one_host(span: Span, name: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::E0307, span, format!("`{name}` has more than one host"))
        .label(place, "declares several names or addresses, or a network")
        .help("declare a separate external for the host")
}

/// A load-balancer address of a service that is not a load balancer.
pub(super) fn no_address(span: Span, path: &str, word: &str, place: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0308,
        span,
        format!("`{path}` is not a load balancer, so it has no address"),
    )
    .label(place, format!("its type is {word}"))
    .help("make it a load balancer (`type = load-balancer`, or the parameter of its component), or remove this")
}

/// A value that cannot be written to a document.
pub(super) fn not_a_value(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("`{written}` is not a value")).help(format!(
        "put text in quotes (`\"{written}\"`), or write a function of it: \
         `host({written})`, `port({written})`"
    ))
}

/// A list, a map or annotations interpolated in a string.
pub(super) fn not_in_a_string(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0304,
        span,
        "only strings, numbers and booleans can be placeholders in a string",
    )
    .here("a list, a map or annotations")
    .help("give it a separate `set`; `names(…)` joins the names of namespaces with commas")
}

/// Two `set`s of one path, or of a path and its parent.
pub(super) fn set_twice(
    files: &Files,
    (span, path): (Span, &str),
    (first, first_path): (Span, &str),
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0309, span, format!("`{path}` is set twice")).here("set again");
    if first_path == path {
        removed_if_same(diagnostic.label(first, "first set here"), files, span, first)
    } else {
        diagnostic
            .label(first, format!("`{first_path}` is set here"))
            .help("set the whole as a map, or each part separately")
    }
}

/// A text that is not valid as the name of an environment variable.
pub(super) fn not_a_variable(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0310,
        span,
        format!("`{path}` is not a valid name of an environment variable"),
    )
    .help(
        "a name has letters, digits and `_`, and does not start with a digit; write one `set` \
         for each variable",
    )
}

/// A variable whose value is not a scalar.
pub(super) fn variable_is_no_scalar(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0310,
        span,
        format!("the environment variable `{name}` must be one string"),
    )
    .here("a list, a map or annotations")
    .help("an environment variable holds a string; `names(…)` joins namespaces with commas")
}

/// `address SERVICE` does not name a service.
pub(super) fn not_a_service(path: &Spanned<Path>) -> Diagnostic {
    Diagnostic::new(Code::E0222, path.span, format!("`{}` is not a service", path.node))
        .help("name the service of the load balancer: `financial.predictor`")
}

/// `address SERVICE` is ambiguous: it names the services of several uses.
pub(super) fn which_use(path: &Spanned<Path>, known: &[String]) -> Diagnostic {
    let message = format!("`{}` is {} services", path.node, known.len());
    Diagnostic::new(Code::E0222, path.span, message).help(format!("write one of {}", list(known)))
}
