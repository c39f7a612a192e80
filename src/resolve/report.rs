//! What resolve says about names and places: one function for each mistake.

use crate::diagnostics::{Code, Diagnostic, Severity, nearest};
use crate::scalar::PortRange;
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::{self, Item, Parameter, Path, Value};

/// "did you mean …?", with the edit.
pub(super) fn suggest(
    diagnostic: Diagnostic,
    span: Span,
    word: &str,
    known: &[&str],
) -> Diagnostic {
    match nearest(word, known.iter().copied()) {
        Some(near) => diagnostic
            .help(format!("did you mean `{near}`?"))
            .fix(format!("write `{near}`"), vec![(span, near.to_owned())]),
        None if known.is_empty() => diagnostic,
        None if known.len() <= 12 => diagnostic.help(format!("one of {}", list(known))),
        None => diagnostic,
    }
}

/// `a`, `b` and `c`
pub(super) fn list<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{}`", it.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, front)) => format!("{} and {last}", front.join(", ")),
        None => "none".to_owned(),
    }
}

/// A name is given to two things.
pub(super) fn declared_twice(
    name: &Spanned<Name>,
    what: &str,
    first_what: &str,
    first: Span,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0202, name.span, format!("`{name}` is declared twice"))
        .here(format!("{what} `{name}`"))
        .label(first, format!("{first_what} `{name}` is already here"));
    if what == first_what {
        diagnostic.help("rename one of them, or remove it")
    } else if what == "namespace" || first_what == "namespace" {
        diagnostic.help("a tenant's namespaces, services and workloads share one set of names: rename one, and give it its real name with `name = \"…\"`")
    } else {
        diagnostic.help("tenants, uses, externals, profiles, components and clusters share one set of names: rename one of them")
    }
}

/// An item stands where its kind means nothing.
pub(super) fn wrong_place(item: &Item, place: &str) -> Diagnostic {
    let home = match item {
        Item::Calico(_) | Item::Metallb(_) => "it belongs into a `cluster` block",
        Item::Pool(_) | Item::Address(_) | Item::Reserve(_) => {
            "it belongs into a cluster's `metallb` block"
        }
        Item::Port(_) => "it belongs into a `service` or an `external`",
        Item::Set(_) => "it belongs into a `values` or an `env` block",
        Item::Namespace(_)
        | Item::Service(_)
        | Item::Workload(_)
        | Item::Values(_)
        | Item::Env(_) => "it belongs into a `tenant` or a `component`",
        Item::When(_) | Item::Say(_) => "it belongs into a `component`",
        Item::Cluster(_) | Item::Component(_) | Item::Profile(_) => {
            "it belongs to the top level of a file"
        }
        Item::Tenant(_) | Item::External(_) | Item::Use(_) => {
            "it belongs to the top level of a file or into a `cluster` block"
        }
        Item::Flow(_) | Item::Accept(_) | Item::Forbid(_) | Item::Assert(_) => {
            "it belongs to the top level of a file, or into a `tenant`, a `profile` or a `component`"
        }
        Item::Field(_) => "a field belongs into a declaration's block",
        Item::Broken(_) => "it does not parse",
    };
    let word = item.word();
    let at = if place.starts_with("the top level") { "at" } else { "in" };
    Diagnostic::new(Code::E0221, item.name_span(), format!("`{word}` cannot stand {at} {place}"))
        .here(format!("not {at} {place}"))
        .help(home)
}

/// A field has a name that its block does not know.
pub(super) fn unknown_field(name: &Spanned<Name>, place: &str, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0203, name.span, format!("{place} has no field `{name}`"));
    suggest(diagnostic.here("unknown field"), name.span, name.node.as_str(), known)
}

/// A field is there twice.
pub(super) fn field_twice(name: &Spanned<Name>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0226, name.span, format!("`{name}` is given twice"))
        .here("given again")
        .label(first, "first given here")
        .help("remove one of them")
}

/// A field that must be there is not.
pub(super) fn missing_field(span: Span, what: &str, name: &str, hint: &str) -> Diagnostic {
    Diagnostic::new(Code::E0204, span, format!("the {what} has no `{name}`"))
        .here(format!("`{name}` is missing"))
        .help(format!("add {hint}"))
}

/// A `use` names a component that is neither in the project nor in the standard library.
pub(super) fn unknown_component(name: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0205, name.span, format!("no component is called `{name}`"))
            .here("neither in the project nor in the standard library");
    match nearest(name.node.as_str(), known.iter().copied()) {
        Some(near) => diagnostic
            .help(format!("did you mean `{near}`?"))
            .fix(format!("write `{near}`"), vec![(name.span, near.to_owned())]),
        None => diagnostic.help("`mlnetc stdlib list` shows the standard library"),
    }
}

/// A `use` gives an argument that the component does not take.
pub(super) fn unknown_parameter(
    name: &Spanned<Name>,
    component: &Spanned<Name>,
    place: Span,
    known: &[&str],
) -> Diagnostic {
    let message = format!("component `{component}` has no parameter `{name}`");
    let diagnostic = Diagnostic::new(Code::E0206, name.span, message)
        .here("unknown parameter")
        .label(place, "the component");
    suggest(diagnostic, name.span, name.node.as_str(), known)
}

/// A parameter without a default is not given.
pub(super) fn missing_argument(component: &Spanned<Name>, parameter: &Parameter) -> Diagnostic {
    let (name, kind) = (&parameter.name, &parameter.kind);
    let doc = parameter.doc.as_ref().map(|it| it.node.clone());
    Diagnostic::new(Code::E0207, component.span, format!("component `{component}` needs `{name}`"))
        .here(format!("`{name}` is missing"))
        .label(parameter.span, format!("a parameter of type {kind}, without a default"))
        .help_if(doc, |it| format!("`{name}`: {it}"))
        .help(format!("write `use {component} {{ {name} = … }}`"))
}

/// Two uses of one name in one place.
pub(super) fn use_twice(name: &Spanned<Name>, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0220, name.span, format!("two uses are called `{name}`"))
        .here("used again")
        .label(first, "first used here")
        .help(format!("give one of them a name of its own: `use {name} as OTHER`"))
}

/// A use of a component that has namespaces of its own, placed in another.
pub(super) fn use_in_with_namespace(span: Span, component: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(Code::E0224, span, format!("component `{component}` has a namespace of its own"))
        .here("cannot be put into another")
        .help("remove `in …`; if the component has a parameter for it, give the real name there: `{ namespace = \"…\" }`")
}

/// A service or workload without a namespace.
pub(super) fn not_placed(name: &Spanned<Name>, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0224, name.span, format!("the {word} `{name}` is in no namespace"))
        .here("where does it run?")
        .help(format!("write `{word} {name} in NAMESPACE`"))
}

/// Components use each other in a circle.
pub(super) fn component_circle(name: &Spanned<Name>, chain: &[(Name, Span)]) -> Diagnostic {
    let message = format!("component `{name}` uses itself");
    let mut diagnostic =
        Diagnostic::new(Code::E0213, name.span, message).here("used again, inside of itself");
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
        format!("the service `{name}` has pods of its own, so `to` means nothing"),
    )
    .here("only an alias has it")
    .help("add `type = external-name` if it is an alias, or remove `to`")
}

/// A field that an alias does not have.
pub(super) fn not_of_an_alias(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        Code::E0203,
        span,
        format!("a service of type external-name has no field `{name}`"),
    )
    .here("an alias has neither pods nor ports")
    .help("its fields are `name`, `type` and `to`")
}

/// No namespace of this name.
pub(super) fn unknown_namespace(path: &Spanned<Path>, scope: &str, known: &[&str]) -> Diagnostic {
    let written = path.node.to_string();
    let place = if scope.is_empty() { "the top level".to_owned() } else { format!("`{scope}`") };
    let diagnostic =
        Diagnostic::new(Code::E0210, path.span, format!("no namespace is called `{written}`"))
            .here(format!("looked for it in {place}"));
    suggest(diagnostic, path.span, &written, known)
}

/// No profile of this name.
pub(super) fn unknown_profile(name: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0209, name.span, format!("no profile is called `{name}`"));
    suggest(diagnostic.here("unknown profile"), name.span, name.node.as_str(), known)
}

/// No pool of this name.
pub(super) fn unknown_pool(name: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0214, name.span, format!("no pool is called `{name}`"));
    suggest(diagnostic.here("unknown pool"), name.span, name.node.as_str(), known)
}

/// One Kubernetes namespace for two owners.
pub(super) fn namespace_twice(
    name: &Spanned<Name>,
    real: &str,
    first: &str,
    first_span: Span,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0202,
        name.span,
        format!("the Kubernetes namespace `{real}` has two owners"),
    )
    .here(format!("`{name}` is `{real}`"))
    .label(first_span, format!("so is `{first}`"))
    .help("give one of them another real name with `name = \"…\"`")
}

/// A tenant's name hides one at the top level.
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
        .here(format!("{what} `{name}`"))
        .label(span, format!("{hidden} `{name}`"))
        .help("rename one of them")
}

/// A component of the project has the name of one of the standard library.
pub(super) fn hides_stdlib(name: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::W0202,
        name.span,
        format!("the project's component `{name}` hides the one of the standard library"),
    )
    .here("`use` takes this one")
    .help("rename it if you want both")
}

/// DNS is turned off.
pub(super) fn dns_turned_off(span: Span) -> Diagnostic {
    Diagnostic::new(Code::W0203, span, "these pods cannot resolve any name")
        .here("DNS is not opened for this namespace")
        .help("remove `dns = none` unless its pods dial addresses only")
}

/// A namespace says less than its profile.
pub(super) fn weaker_isolation(span: Span, profile: &Spanned<Name>, wanted: Span) -> Diagnostic {
    Diagnostic::new(
        Code::W0204,
        span,
        format!("the namespace is isolated as its profile `{profile}` says, not as this line does"),
    )
    .here("has no effect")
    .label(wanted, "the profile isolates more")
    .help("remove this line; a namespace that must be more open needs another profile")
}

/// A port in a workload.
pub(super) fn workload_with_port(port: &ast::Port, name: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(Code::E0221, port.name.span, format!("`{name}` is a workload, which serves no ports"))
        .here("a port")
        .label(name.span, "declared as a workload")
        .help(format!("declare it as `service {name}`; without a Service of its own, its ports are written `port NAME NUMBER {{ service = false }}`"))
}

/// Two ports of a Service with one number.
pub(super) fn port_number_twice(value: &Value, first: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0202,
        value.span,
        format!("the Service port of `{first}` is declared twice"),
    )
    .here("declared again")
    .label(first.span, "first declared here")
    .help("give one of them another Service port, or another protocol")
}

/// A range in a Service.
pub(super) fn range_in_service(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0302, span, "a Service has no port ranges")
        .here("a range")
        .help("declare the ports one by one, or keep the range out of the Service with `{ service = false }`")
}

/// A headless Service with a translation.
pub(super) fn headless_translates(
    span: Span,
    dialed: PortRange,
    listening: PortRange,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0302,
        span,
        format!("a headless Service does not translate {dialed} to {listening}"),
    )
    .here("its clients dial the pods themselves")
    .help(format!("write the pod port alone: `{listening}`"))
}

/// A translation for a port that no Service has.
pub(super) fn translation_without_service(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0302, span, "a port that is not in the Service is not translated")
        .here("has both `->` and `service = false`")
        .help("write the pod port alone")
}

/// `when` on something that is no parameter.
pub(super) fn when_without_parameter(name: &Spanned<Name>, known: &[&str]) -> Diagnostic {
    let message = format!("`when` asks for a parameter, and `{name}` is none");
    let diagnostic =
        Diagnostic::new(Code::E0206, name.span, message).here("no parameter of this component");
    suggest(diagnostic, name.span, name.node.as_str(), known)
}

/// `warn` or `fail` outside a component.
pub(super) fn say_outside(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0221, span, format!("`{word}` can only stand in a component"))
        .here("nobody uses this")
        .help("it speaks at the `use` that led to it")
}

/// What a component says by `warn` or `fail`.
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
        .label(place, "the component says so")
        .help_if(help, str::to_owned)
}

/// A `files` pattern that is none.
pub(super) fn bad_pattern(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0404, span, format!("not a pattern for files: {why}"))
        .here("malformed")
        .help("write a path with `*` and `**`: `tenants/financial/**`")
}

/// A file that two tenants claim.
pub(super) fn two_owners(path: &str, first: (&Name, Span), second: (&Name, Span)) -> Diagnostic {
    Diagnostic::new(
        Code::E0405,
        second.1,
        format!("`{path}` has two owners: `{}` and `{}`", first.0, second.0),
    )
    .here(format!("claims it for `{}`", second.0))
    .label(first.1, format!("claims it for `{}`", first.0))
    .help("narrow one of the patterns")
}

/// `--cluster` names a cluster that the source does not have.
pub fn unknown_cluster(name: &Name, known: &[Spanned<Name>]) -> Diagnostic {
    let words: Vec<&str> = known.iter().map(|it| it.node.as_str()).collect();
    let diagnostic = Diagnostic::nowhere(Code::E0211, format!("no cluster is called `{name}`"));
    known.iter().fold(diagnostic, |it, cluster| it.label(cluster.span, "a cluster")).help(
        match (nearest(name.as_str(), words.iter().copied()), words.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, [only]) => format!("the source has one cluster, `{only}`"),
            (None, _) => format!("the clusters are {}", list(&words)),
        },
    )
}

/// A source without a cluster.
pub fn no_cluster() -> Diagnostic {
    Diagnostic::nowhere(Code::E0212, "the project declares no cluster")
        .help("declare the target: `cluster production { distribution = k3s, … }`; `mlnetc init` writes a project that builds")
}

/// A use of a component that runs in a namespace of its user, without one.
pub(super) fn use_without_namespace(component: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0224,
        component.span,
        format!("component `{component}` has no namespace of its own"),
    )
    .here("in which namespace?")
    .help(format!("say where it runs: `use {component} in NAMESPACE`"))
}
