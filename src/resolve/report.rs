//! Diagnostics of name resolution about names and placement: one function for each error.

use super::known::{Known, did_you_mean, of_language, words};
use crate::diagnostics::{Code, Diagnostic, Severity, all_of, equivalent, nearest, ticked};
use crate::scalar::PortRange;
use crate::source::{Files, Name, Span, Spanned};
use crate::syntax::ast::{self, Field, Item, Parameter, Path};

/// Adds "did you mean …?" as a fix; else the list of valid names ("the ports of it are …"); else how to declare
/// one.
pub(super) fn suggest(
    diagnostic: Diagnostic,
    span: Span,
    word: &str,
    known: &[&str],
    (noun, of, otherwise): (&str, &str, &str),
) -> Diagnostic {
    match nearest(word, known.iter().copied()) {
        Some(near) => diagnostic.did_you_mean(span, near),
        None if known.is_empty() || known.len() > 12 => diagnostic.help(otherwise),
        None => diagnostic.help(only(noun, of, known)),
    }
}

/// Adds a fix that removes the second of two equal entries.
pub(super) fn removed_if_same(
    diagnostic: Diagnostic,
    files: &Files,
    again: Span,
    first: Span,
) -> Diagnostic {
    if files.text(again) != files.text(first) {
        return diagnostic.help("remove one of them");
    }
    diagnostic.fix("remove one of them", vec![(files.entry(again), String::new())]).safe()
}

/// The list of valid names: "the ports of it are `a` and `b`".
pub(super) fn only<S: AsRef<str>>(noun: &str, of: &str, known: &[S]) -> String {
    let of = if of.is_empty() { String::new() } else { format!(" {of}") };
    match known {
        [one] => format!("the only {noun}{of} is `{}`", one.as_ref()),
        several => format!("the {noun}s{of} are {}", list(several)),
    }
}

/// `a`, `b` and `c` in backticks; `none` for an empty list.
pub(super) fn list<S: AsRef<str>>(words: &[S]) -> String {
    if words.is_empty() { "none".to_owned() } else { all_of(&ticked(words)) }
}

/// A name is declared twice.
pub(super) fn declared_twice(
    name: &Spanned<Name>,
    what: &str,
    first_what: &str,
    first: Span,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0202, name.span, format!("`{name}` is declared twice"));
    if what == first_what {
        return diagnostic
            .here("declared again")
            .label(first, "first declared here")
            .help("rename one of them, or remove it");
    }
    let inner = |it: &str| ["namespace", "service", "workload"].contains(&it);
    let article = |it: &str| if it == "external" { format!("an {it}") } else { format!("a {it}") };
    let diagnostic = diagnostic.here(article(what)).label(first, article(first_what));
    if inner(what) && inner(first_what) {
        let real =
            format!("rename one of them; `name = \"{name}\"` in it keeps its name in the cluster");
        diagnostic
            .note("the namespaces, services and workloads of a tenant share one set of names")
            .help(real)
    } else {
        diagnostic
            .note("tenants, uses, externals, profiles, components and clusters share one set of names")
            .help("rename one of them")
    }
}

/// An item is not allowed in its block.
pub(super) fn wrong_place(item: &Item, place: &str) -> Diagnostic {
    let home = match item {
        Item::Calico(_) | Item::Metallb(_) => "write it in a `cluster` block",
        Item::Pool(_) | Item::Peer(_) | Item::Bfd(_) | Item::Address(_) | Item::Reserve(_) => {
            "write it in a cluster's `metallb` block"
        }
        Item::Port(_) => "write it in a `service` or an `external`",
        Item::Set(_) => "write it in a `values` or an `env` block",
        Item::Namespace(_)
        | Item::Service(_)
        | Item::Workload(_)
        | Item::Values(_)
        | Item::Env(_) => "write it in a `tenant` or a `component`",
        Item::When(_) | Item::Say(_) => "write it in a `component`",
        Item::Cluster(_) | Item::Component(_) | Item::Profile(_) => {
            "write it at the top level of a file"
        }
        Item::Tenant(_) | Item::External(_) | Item::Use(_) => {
            "write it at the top level of a file or in a `cluster` block"
        }
        Item::Flow(_) | Item::Accept(_) | Item::Forbid(_) | Item::Assert(_) => {
            "write it at the top level of a file, or in a `tenant`, a `cluster`, a `profile` or a `component`"
        }
        Item::Field(_) => "write it in the block of the declaration that it belongs to",
        Item::Broken(_) => "it is not valid here",
    };
    let (word, at) = (item.word(), if place.starts_with("the top") { "at" } else { "in" });
    let message = match item {
        Item::Field(field) => format!("a field (`{}`) is not allowed {at} {place}", field.name),
        _declaration => format!("`{word}` is not allowed {at} {place}"),
    };
    Diagnostic::new(Code::E0221, item.name_span(), message).help(home)
}

/// A field has an unknown name.
pub(super) fn unknown_field(name: &Spanned<Name>, place: &str, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0203, name.span, format!("{place} has no field `{name}`"));
    let word = name.node.as_str();
    if place == "a flow" && matches!(word, "port" | "ports") {
        return diagnostic.help("write the port behind its server: `SERVER:80`");
    }
    if place == "a service" && matches!(word, "address" | "ip" | "load-balancer-ip") {
        return diagnostic.help(
            "addresses are fixed in the cluster's `metallb` block: `address TENANT.SERVICE = 192.168.1.200`",
        );
    }
    if let Some(here) = equivalent(word).filter(|_| nearest(word, known.iter().copied()).is_none())
    {
        return diagnostic.help(here);
    }
    let help = ("field", &*format!("of {place}"), "remove it");
    of_language(suggest(diagnostic, name.span, name.node.as_str(), known, help), name, known)
}

/// A field is set twice.
pub(super) fn field_twice(files: &Files, field: &Field, first: &Field) -> Diagnostic {
    let name = &field.name;
    let diagnostic = Diagnostic::new(Code::E0226, name.span, format!("`{name}` is set twice"))
        .here("set again")
        .label(first.name.span, "first set here");
    removed_if_same(diagnostic, files, field.span, first.span)
}

/// A required field is missing.
pub(super) fn missing_field(span: Span, what: &str, name: &str, hint: &str) -> Diagnostic {
    Diagnostic::new(Code::E0204, span, format!("the {what} has no `{name}`"))
        .help(format!("add {hint}"))
}

/// A `use` has an argument that the component does not declare.
pub(super) fn unknown_parameter(
    name: &Spanned<Name>,
    component: &Spanned<Name>,
    place: Span,
    known: &[&str],
) -> Diagnostic {
    let message = format!("component `{component}` has no parameter `{name}`");
    let diagnostic = Diagnostic::new(Code::E0206, name.span, message);
    let help = ("parameter", "", "its declaration lists its parameters");
    let diagnostic = suggest(diagnostic, name.span, name.node.as_str(), known, help);
    let diagnostic = of_language(diagnostic, name, known);
    diagnostic.label(place, "declared here")
}

/// A parameter without a default has no argument.
pub(super) fn missing_argument(component: &Spanned<Name>, parameter: &Parameter) -> Diagnostic {
    let (name, kind) = (&parameter.name, &parameter.kind);
    let doc = parameter.doc.as_ref();
    let doc = doc.map(|it| it.node.split_whitespace().collect::<Vec<_>>().join(" "));
    Diagnostic::new(Code::E0207, component.span, format!("component `{component}` needs `{name}`"))
        .here(format!("used without `{name}`"))
        .label(parameter.span, format!("of type {kind}, without a default"))
        .note_if(doc, |it| format!("`{name}`: {it}"))
        .help(format!("write `use {component} {{ {name} = … }}`"))
}

/// Two uses in one scope have the same name.
pub(super) fn use_twice(
    name: &Spanned<Name>,
    component: &Spanned<Name>,
    first: Span,
) -> Diagnostic {
    Diagnostic::new(Code::E0220, name.span, format!("two uses have the name `{name}`"))
        .here("used again")
        .label(first, "first used here")
        .help(format!("give one of them another name: `use {component} as OTHER`"))
}

/// A use `in` a namespace, of a component that declares its own namespaces.
pub(super) fn use_in_with_namespace(span: Span, component: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0224,
        span,
        format!("component `{component}` declares its own namespace"),
    )
    .here("so it cannot be used in another namespace")
    .help(
        "remove the `in`; if the component has a parameter for the name of its namespace, set it: `{ namespace = \"…\" }`",
    )
}

/// A service or workload without a namespace.
pub(super) fn not_placed(name: &Spanned<Name>, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0224, name.span, format!("the {word} `{name}` is in no namespace"))
        .help(format!("write `{word} {name} in NAMESPACE`"))
}

/// Components use each other in a circle.
pub(super) fn component_circle(name: &Spanned<Name>, chain: &[(Name, Span)]) -> Diagnostic {
    let message = format!("component `{name}` uses itself");
    let mut diagnostic =
        Diagnostic::new(Code::E0213, name.span, message).here("used inside itself");
    for (outer, span) in chain.iter().rev() {
        diagnostic = diagnostic.label(*span, format!("`{outer}` is used here"));
    }
    diagnostic.help("remove one of these uses")
}

/// `to` without `type = external-name`.
pub(super) fn to_without_external_name(span: Span, name: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0203,
        span,
        format!("the service `{name}` selects pods, so `to` is not allowed"),
    )
    .here("only an alias (`type = external-name`) has this field")
    .help("add `type = external-name` and remove `pods` and the ports if it is an alias, or remove `to`")
}

/// A field that is not valid for an alias.
pub(super) fn not_of_an_alias(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0203,
        span,
        format!("a service of type external-name has no field `{name}`"),
    )
    .here("an alias selects no pods and has no ports")
    .help("its fields are `name`, `type` and `to`")
}

/// A namespace does not exist.
pub(super) fn unknown_namespace(
    path: &Spanned<Path>,
    scope: &str,
    known: &[Known],
    really: Option<&str>,
) -> Diagnostic {
    let written = path.node.to_string();
    let message = if scope.is_empty() || path.node.0.len() > 1 {
        format!("there is no namespace `{written}`")
    } else {
        format!("`{scope}` has no namespace `{written}`")
    };
    let diagnostic = Diagnostic::new(Code::E0210, path.span, message);
    if let Some(declared) = really {
        let title = format!(
            "`{written}` is its name in the cluster; its name in the source is `{declared}`"
        );
        return diagnostic.fix(title, vec![(path.span, declared.to_owned())]).safe();
    }
    let help = (
        "namespace",
        "here",
        "declare it: `namespace NAME { … }` in a tenant; write the namespace of another owner as `OWNER.NAME`",
    );
    if let Some(fixed) = did_you_mean(&diagnostic, path.span, &written, known) {
        return fixed;
    }
    suggest(diagnostic, path.span, &written, &words(known), help)
}

/// A profile does not exist.
pub(super) fn unknown_profile(name: &Spanned<Name>, known: &[Known]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0209, name.span, format!("there is no profile `{name}`"));
    if let Some(fixed) = did_you_mean(&diagnostic, name.span, name.node.as_str(), known) {
        return fixed;
    }
    let known = &words(known);
    let declare = format!("declare it: `profile {name} {{ … }}` at the top level of a file");
    suggest(diagnostic, name.span, name.node.as_str(), known, ("profile", "", &declare))
}

/// A pool does not exist.
pub(super) fn unknown_pool(name: &Spanned<Name>, known: &[Known]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0214, name.span, format!("there is no pool `{name}`"));
    if let Some(fixed) = did_you_mean(&diagnostic, name.span, name.node.as_str(), known) {
        return fixed;
    }
    let known = &words(known);
    let declare = "declare it: `pool NAME { addresses = [192.0.2.200-192.0.2.250] }` in the cluster's `metallb` block";
    suggest(diagnostic, name.span, name.node.as_str(), known, ("pool", "", declare))
}

/// Two owners declare one Kubernetes namespace.
pub(super) fn namespace_twice(
    name: &Spanned<Name>,
    path: &str,
    real: &str,
    first: &str,
    first_span: Span,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0202,
        name.span,
        format!("the Kubernetes namespace `{real}` has two owners"),
    )
    .here(format!("declared as `{path}`"))
    .label(first_span, format!("declared as `{first}`"))
    .help("give one of them another name in the cluster: `name = \"…\"`")
}

/// A tenant's name shadows a top-level name.
pub(super) fn hides_top(
    name: &Spanned<Name>,
    what: &str,
    tenant: &str,
    hidden: &str,
    span: Span,
) -> Diagnostic {
    let message = format!(
        "in `{tenant}`, `{name}` means the tenant's {what} and hides the {hidden} `{name}`"
    );
    Diagnostic::new(Code::W0201, name.span, message)
        .here(format!("the tenant's {what}"))
        .label(span, format!("the {hidden}"))
        .help("rename one of them, so that the name is not ambiguous")
}

/// A component of the project has the name of a component of the standard library.
pub(super) fn hides_stdlib(name: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::W0202,
        name.span,
        format!("the project's component `{name}` hides the component of the standard library"),
    )
    .here("`use` refers to this component")
    .help("rename it to use both components")
}

/// DNS is turned off.
pub(super) fn dns_turned_off(span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0203, span, "the pods of this namespace cannot resolve DNS names")
        .here("disables DNS")
        .help("remove `dns = none`, unless its pods connect only to addresses")
}

/// A namespace is isolated less than its profile demands.
pub(super) fn weaker_isolation(span: Span, profile: &Spanned<Name>, wanted: Span) -> Diagnostic {
    Diagnostic::new(
        Code::W0204,
        span,
        format!("the profile `{profile}` isolates the namespace more than this line"),
    )
    .here("has no effect")
    .label(wanted, "isolates more directions")
    .help("remove this `isolate`, or give the namespace a profile that isolates less")
}

/// A port in a workload.
pub(super) fn workload_with_port(port: &ast::Port, name: &Spanned<Name>) -> Diagnostic {
    let message = format!("`{name}` is a workload, and a workload has no Service ports");
    Diagnostic::new(Code::E0221, port.name.span, message)
.label(name.span, "a workload")
    .help(format!(
        "declare it as `service {name}`; write a port that is not in the Service as `port {} NUMBER {{ service = false }}`",
        port.name
    ))
}

/// Two ports of a Service have the same number.
pub(super) fn port_number_twice(span: Span, dialed: &str, first: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(Code::E0202, span, format!("the Service port {dialed} is declared twice"))
        .here("declared again")
        .label(first.span, "first declared here")
        .help("give one of them another Service port, or another protocol")
}

/// A port range in a Service.
pub(super) fn range_in_service(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0302, span, "a Service has no port ranges")
        .help("declare its ports one by one, or keep the range out of the Service with `{ service = false }`")
}

/// A headless Service with a port translation.
pub(super) fn headless_translates(
    port: &ast::Port,
    dialed: PortRange,
    listening: PortRange,
) -> Diagnostic {
    let message = format!("a headless Service cannot translate port {dialed} to {listening}");
    let diagnostic = Diagnostic::new(Code::E0302, port.span, message)
        .here("its clients connect to the pods directly");
    pod_port_alone(diagnostic, port, &listening.to_string())
}

/// A port translation for a port that is not in a Service.
pub(super) fn translation_without_service(port: &ast::Port, listening: PortRange) -> Diagnostic {
    let message = "a port that is not in the Service is not translated";
    let diagnostic = Diagnostic::new(Code::E0302, port.span, message)
        .here("has both `->` and `service = false`");
    pod_port_alone(diagnostic, port, &listening.to_string())
}

fn pod_port_alone(diagnostic: Diagnostic, port: &ast::Port, listening: &str) -> Diagnostic {
    let last = port.pod_port.as_ref().map_or(port.service_port.span, |it| it.span);
    let both = port.service_port.span.to(last);
    let title = format!("write only the pod port: `{listening}`");
    diagnostic.fix(title, vec![(both, listening.to_owned())])
}

/// `when` on a name that is not a parameter.
pub(super) fn when_without_parameter(name: &Spanned<Name>, known: &[Known]) -> Diagnostic {
    let message = format!("`when` needs a parameter, and `{name}` is not a parameter");
    let diagnostic = Diagnostic::new(Code::E0206, name.span, message);
    if let Some(fixed) = did_you_mean(&diagnostic, name.span, name.node.as_str(), known) {
        return fixed;
    }
    let help = ("parameter", "of this component", "declare it: `component NAME(…)`");
    suggest(diagnostic, name.span, name.node.as_str(), &words(known), help)
}

/// The message of a component's `warn` or `fail`.
pub(super) fn component_says(
    severity: Severity,
    at: Span,
    place: Span,
    text: &str,
    help: Option<&str>,
) -> Diagnostic {
    let code = if severity == Severity::Error { Code::E0227 } else { Code::W0205 };
    Diagnostic::new(code, at, text)
        .here("used here")
        .label(place, "reported by this component")
        .help_if(help, str::to_owned)
}

/// A `files` pattern is invalid.
pub(super) fn bad_pattern(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0404, span, format!("this is not a file pattern: {why}")).help(
        "write `tenants/financial/**` for everything below a folder, `tenants/*/training.mlnet` for any name",
    )
}

/// A file matches the patterns of two tenants.
pub(super) fn two_owners(path: &str, first: (&Name, Span), second: (&Name, Span)) -> Diagnostic {
    Diagnostic::new(
        Code::E0405,
        second.1,
        format!("`{path}` has two owners: `{}` and `{}`", first.0, second.0),
    )
    .here(format!("assigns it to `{}`", second.0))
    .label(first.1, format!("assigns it to `{}`", first.0))
    .help("narrow one of the patterns, or move the file")
}

/// `--cluster` names a cluster that the source does not declare.
pub fn unknown_cluster(name: &Name, known: &[Spanned<Name>]) -> Diagnostic {
    let words: Vec<&str> = known.iter().map(|it| it.node.as_str()).collect();
    let diagnostic = Diagnostic::nowhere(Code::E0211, format!("there is no cluster `{name}`"));
    let places = known.iter().map(|it| it.span);
    let diagnostic = places.fold(diagnostic, |it, place| it.label(place, ""));
    match nearest(name.as_str(), words.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `--cluster {near}`?")),
        None => diagnostic.help(only("cluster", "", &words)),
    }
}

/// A source without a cluster.
pub fn no_cluster() -> Diagnostic {
    Diagnostic::nowhere(Code::E0212, "the project declares no cluster")
        .help("declare the target: `cluster production { distribution = k3s, … }`; `mlnetc init` writes a project that builds")
}
