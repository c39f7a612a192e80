//! Diagnostics of name resolution about endpoints and ports: one function for each error.

use std::net::IpAddr;

use ipnet::IpNet;

use super::known::{Known, did_you_mean, words};
use super::report::suggest;
use crate::diagnostics::{Code, Diagnostic, endpoint_here, nearest};
use crate::model::{External, Port, Workload};
use crate::scalar::PortRange;
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::Path;

fn in_scope(scope: &str) -> String {
    if scope.is_empty() {
        "at the top level".to_owned()
    } else {
        format!("in `{scope}` and at the top level")
    }
}

/// An unknown endpoint. `inner` lists the names that contain the rest of the path.
pub(super) fn unknown_endpoint(
    path: &Spanned<Path>,
    scope: &str,
    known: &[Known],
    inner: &[Known],
) -> Diagnostic {
    let say = |written: &str, span: Span| {
        Diagnostic::new(Code::E0201, span, format!("unknown name `{written}`"))
            .here(format!("not found {}", in_scope(scope)))
    };
    if let [first, _, ..] = path.node.0.as_slice() {
        let diagnostic = say(first.node.as_str(), first.span);
        if let Some(fixed) = did_you_mean(&diagnostic, first.span, first.node.as_str(), inner) {
            return fixed;
        }
    }
    let written = path.node.to_string();
    let diagnostic = say(&written, path.span);
    match did_you_mean(&diagnostic, path.span, &written, known) {
        Some(fixed) => fixed,
        None => diagnostic.help(endpoint_here(&written).unwrap_or(
            "declare it: a `service` or \
         `workload` of a tenant, an `external` for addresses outside of the cluster, or `use \
         COMPONENT`",
        )),
    }
}

/// A tenant or a component contains no such name.
pub(super) fn not_inside(next: &Spanned<Name>, inner: &str, known: &[Known]) -> Diagnostic {
    let message = format!("`{inner}` has no `{next}`");
    let diagnostic = Diagnostic::new(Code::E0201, next.span, message);
    if let Some(fixed) = did_you_mean(&diagnostic, next.span, next.node.as_str(), known) {
        return fixed;
    }
    let known = words(known);
    let of = format!("in `{inner}`");
    let help = ("name", &*of, &*format!("declare `{next}` in `{inner}`"));
    suggest(diagnostic, next.span, next.node.as_str(), &known, help)
}

/// A path continues after an item that contains no names.
pub(super) fn nothing_inside(path: &Spanned<Path>, next: &Spanned<Name>, what: &str) -> Diagnostic {
    let names = path.node.0.iter().map(|it| it.node.as_str());
    let outer: Vec<&str> = names.take_while(|it| *it != next.node.as_str()).collect();
    let (whole, above) = (outer.join("."), outer.split_last().map_or(&[][..], |(_, it)| it));
    let message = format!("`{whole}` is a {what}, and contains no names");
    let diagnostic = Diagnostic::new(Code::E0201, next.span, message);
    if what == "namespace" {
        let of_owner = above.iter().copied().chain([next.node.as_str()]).collect::<Vec<_>>();
        let title = format!(
            "write a service or workload with its tenant or component, not with its namespace: `{}`",
            of_owner.join(".")
        );
        let front = path.node.0.first().map_or(path.span, |it| it.span);
        diagnostic.fix(title, vec![(front.to(next.span), of_owner.join("."))]).safe()
    } else {
        let dot = Span { start: next.span.start - 1, end: next.span.start, ..next.span };
        let title = format!("write the port behind a colon: `{whole}:{next}`");
        diagnostic.fix(title, vec![(dot, ":".to_owned())]).safe()
    }
}

/// A declared name that is not an endpoint.
pub(super) fn not_an_endpoint(path: &Spanned<Path>, what: &str) -> Diagnostic {
    Diagnostic::new(Code::E0222, path.span, format!("`{}` is a {what}, not an endpoint", path.node))
        .help("name a tenant, a namespace, a service, a workload, a component, an external or a built-in such as `internet`")
}

/// A component exists, but the project does not use it.
pub(super) fn component_not_used(
    path: &Spanned<Path>,
    component: &Name,
    known: &[Known],
) -> Diagnostic {
    let message = format!("component `{component}` is not used in this project");
    let diagnostic = Diagnostic::new(Code::E0222, path.span, message);
    did_you_mean(&diagnostic, path.span, &path.node.to_string(), known).unwrap_or_else(|| {
        diagnostic.help(format!("add `use {component}` to a file of the platform"))
    })
}

/// The default of a parameter names an item that the project does not have.
pub(super) fn default_is_missing(
    at: Span,
    component: &Name,
    parameter: &Name,
    wanted: &str,
    default: Span,
) -> Diagnostic {
    let message =
        format!("component `{component}` expects `{wanted}`, which this project does not declare");
    Diagnostic::new(Code::E0207, at, message)
        .here(format!("`{parameter}` is not set"))
        .label(default, "its default")
        .help(format!("set it: `use {component} {{ {parameter} = … }}`, or declare `{wanted}`"))
}

/// A service has no port of this name. `place` is that of the most similar port, or of the declaration with the
/// ports.
pub(super) fn unknown_port(
    span: Span,
    port: &Name,
    of: &str,
    place: Span,
    known: &[(String, String)],
) -> Diagnostic {
    let names = known.iter().map(|(name, _)| name.as_str());
    let diagnostic = Diagnostic::new(Code::E0208, span, format!("`{of}` has no port `{port}`"));
    match nearest(port.as_str(), names.chain(["any"])) {
        Some("any") => diagnostic.did_you_mean(span, "any"),
        Some(near) => {
            diagnostic.label(place, format!("`{near}` is declared here")).did_you_mean(span, near)
        }
        None => diagnostic
            .label(place, format!("has {}", ports(known)))
            .help("name one of its ports, or declare the port"),
    }
}

/// A service does not serve a port number.
pub(super) fn port_not_served(
    span: Span,
    dialed: PortRange,
    workload: &Workload,
    known: &[(String, String)],
) -> Diagnostic {
    Diagnostic::new(Code::E0208, span, format!("`{}` has no port {dialed}", workload.path))
        .label(workload.site.span, format!("has {}", ports(known)))
        .help("name one of its ports, or declare the port")
}

/// A flow names the pod port instead of the Service port that clients dial.
pub(super) fn pod_port_dialed(
    span: Span,
    dialed: PortRange,
    workload: &Workload,
    port: &Port,
) -> Diagnostic {
    let service = port.service_port.map_or(0, |it| it.0);
    let message = format!(
        "{dialed} is the pod port of `{}`; its clients connect to the Service port",
        workload.path
    );
    Diagnostic::new(Code::E0216, span, message)
        .label(port.site.span, format!("clients connect to {service}"))
        .fix(
            format!("name the port, or write {service}; mlnetc writes the pod port into policies"),
            vec![(span, port.name.to_string())],
        )
        .safe()
}

/// A number is the Service port of one port, and the pod port of another port that is not in the Service.
pub(super) fn two_meanings(
    span: Span,
    dialed: PortRange,
    workload: &Workload,
    (first, second): (&Port, &Port),
) -> Diagnostic {
    let path = &workload.path;
    let message = format!("{dialed} has two meanings for `{path}`");
    let meaning = |it: &Port| match it.service_port {
        Some(_) => {
            format!("clients of the Service connect to {dialed} and reach {}", it.pod_port.0)
        }
        None => format!("the pods listen on {dialed}"),
    };
    Diagnostic::new(Code::E0314, span, message)
        .here("opens only one of these ports")
        .label(first.site.span, meaning(first))
        .label(second.site.span, meaning(second))
        .help(format!("name the port: `{path}:{}` or `{path}:{}`", first.name, second.name))
}

fn ports(known: &[(String, String)]) -> String {
    if known.is_empty() {
        return "no ports".to_owned();
    }
    let shown: Vec<String> = known.iter().map(|(name, it)| format!("`{name}` ({it})")).collect();
    shown.join(", ")
}

/// A server without declared ports is named without a port.
pub(super) fn port_needed(span: Span, written: &str, what: &str) -> Diagnostic {
    // The colons of an IPv6 address do not introduce a port.
    let end = if written.contains("::") || written.matches(':').count() > 1 {
        format!("[{written}]")
    } else {
        written.to_owned()
    };
    Diagnostic::new(Code::E0217, span, format!("`{written}` needs a port"))
        .here(format!("{what} declares none"))
        .help(format!("write the port: `{end}:443`; `{end}:any` opens every port"))
}

/// A port of an external with settings that only ports of Services have.
pub(super) fn port_of_external(span: Span, name: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0302,
        span,
        format!("port `{}` of an external has only one number", name.node),
    )
    .here("only a Service has a port and a pod port")
    .help(format!("write `port {} NUMBER`: the port to which clients connect", name.node))
}

/// A port name on a target that declares no ports.
pub(super) fn named_port_of_bare(span: Span, port: &str, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0208, span, format!("{what} has no port `{port}`"));
    match nearest(port, ["any"]) {
        Some(any) => diagnostic.did_you_mean(span, any),
        None => {
            diagnostic.help("write a number, a range or `any`, or name a service with this port")
        }
    }
}

/// The span of ports with the colon directly before them.
fn with_colon(ports: Span) -> Span {
    Span { start: ports.start - 1, ..ports }
}

/// A client end has a port.
pub(super) fn client_with_port(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, "a client of a flow has no port")
        .here("on the client's side")
        .note("write the port of a flow behind its server, on the right of `->`")
        .fix("remove it", vec![(with_colon(span), String::new())])
}

/// A port on `apiserver`, `dns` or `scraped`, whose ports are predefined.
pub(super) fn has_its_ports(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0218, span, format!("`{word}` has its own ports"))
        .fix(format!("write `{word}` without a port"), vec![(with_colon(span), String::new())])
}

/// `self` outside of a profile and of a component in a namespace.
pub(super) fn no_self(span: Span, scope: &str) -> Diagnostic {
    let place =
        if scope.is_empty() { "at the top level".to_owned() } else { format!("in `{scope}`") };
    Diagnostic::new(Code::E0219, span, format!("`self` has no meaning {place}")).help(
        "name the namespace; `self` is allowed in profiles, and in components that are used \
         `in` a namespace",
    )
}

/// Aliases that refer to each other in a circle.
pub(super) fn alias_circle(span: Span, path: &str, others: &[(String, Span)]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::E0225, span, format!("`{path}` is an alias of itself"));
    let by_way = |it: Diagnostic, (path, span): &(String, Span)| {
        it.label(*span, format!("through `{path}`"))
    };
    others.iter().fold(diagnostic, by_way).help("change one of them to a service with pods")
}

/// The target after `to` is not exactly one service.
pub(super) fn not_one_service(span: Span, written: &str) -> Diagnostic {
    let message = format!("an alias names one service, and `{written}` is not a service");
    Diagnostic::new(Code::E0222, span, message).help("name a service: `to = mlflow.tracking`")
}

/// The address of the API server's Service.
pub(super) fn address_of_apiserver(span: Span, whole: Span, address: IpAddr) -> Diagnostic {
    Diagnostic::new(
        Code::W0206,
        span,
        format!("{address} is the address of the API server's Service"),
    )
    .here("compiled as `apiserver`")
    .note("addresses of Services are translated before policies apply, so no rule can match them")
    .fix("write `apiserver`, which includes the port", vec![(whole, "apiserver".to_owned())])
    .safe()
}

/// The address of a load balancer.
pub(super) fn address_of_service(
    span: Span,
    address: IpAddr,
    workload: &Workload,
    place: Span,
) -> Diagnostic {
    let path = &workload.path;
    let diagnostic = Diagnostic::new(Code::W0206, span, format!("{address} is the load-balancer address of `{path}`"))
        .here(format!("compiled as the pods of `{path}`"))
        .label(place, format!("`{path}` has it"))
        .note("addresses of load balancers are translated before policies apply, so no rule can match them");
    let diagnostic = if workload.hides_clients() {
        diagnostic.note(format!("with `traffic-policy = cluster`, the pods of `{path}` see a node's tunnel address instead of the client"))
    } else {
        diagnostic
    };
    diagnostic.fix(format!("write `{path}`"), vec![(span, path.clone())]).safe()
}

/// An address in the Service network, whose Service is unknown at build time.
pub(super) fn address_of_some_service(
    span: Span,
    address: IpAddr,
    network: (IpNet, Span),
    asks_dns: bool,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0223,
        span,
        format!("no rule can match {address}, the address of a Service"),
    )
    .here("of a Service that the source does not declare")
    .label(network.1, format!("the Service network is {}", network.0))
    .note(
        "addresses of Services are translated before policies apply, and change when a \
         Service is created again",
    )
    .help(if asks_dns {
        "the cluster's DNS is `dns`, without a port"
    } else {
        "name the service"
    })
}

/// A quoted name that is not a Service of the source.
pub(super) fn unknown_host_name(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::E0201, span, format!("no declared service has the DNS name `{text}`"))
        .help(
            "name a service, or declare a name outside of the cluster: `external NAME { names = \
         [\"…\"] }`",
        )
}

/// A quoted name of a Service.
pub(super) fn host_name_of_service(span: Span, text: &str, path: &str) -> Diagnostic {
    Diagnostic::new(Code::W0206, span, format!("`{text}` is the DNS name of `{path}`"))
        .here(format!("compiled as the pods of `{path}`"))
        .fix(format!("write `{path}`"), vec![(span, path.to_owned())])
        .safe()
}

/// The DNS name of the API server's Service.
pub(super) fn host_name_of_apiserver(span: Span, whole: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::W0206, span, format!("`{text}` is the DNS name of the API server"))
        .here("compiled as `apiserver`")
        .fix("write `apiserver`, which includes the port", vec![(whole, "apiserver".to_owned())])
        .safe()
}

/// The address of one of the API server's endpoints.
pub(super) fn endpoint_of_apiserver(
    span: Span,
    whole: Span,
    address: IpAddr,
    place: Span,
) -> Diagnostic {
    Diagnostic::new(Code::W0206, span, format!("{address} is an endpoint of the API server"))
        .here("compiled as this address alone")
        .label(place, "the endpoints of the API server")
        .fix(
            "write `apiserver`, which means all endpoints of each cluster",
            vec![(whole, "apiserver".to_owned())],
        )
}

/// The address of a node.
pub(super) fn address_of_node(span: Span, address: IpAddr, place: Span) -> Diagnostic {
    Diagnostic::new(Code::W0206, span, format!("{address} is the address of a node"))
        .here("of this node only")
        .label(place, "the nodes are here")
        .note(
            "a pod on the network of its node has the address of the node; a replaced node gets \
         another address",
        )
        .help("write `nodes` for all nodes; for a pod on this node, name its service")
}

/// An address of a pool that belongs to no service.
pub(super) fn address_of_nobody(
    span: Span,
    address: IpAddr,
    pool: &Spanned<Name>,
    range: Span,
) -> Diagnostic {
    let message = format!("{address} is a load-balancer address, and no service has it");
    Diagnostic::new(Code::W0206, span, message)
        .here("a rule for this address matches nothing")
        .label(range, format!("an address of pool `{pool}`"))
        .note("addresses of load balancers are translated before policies apply")
        .help("name the service, or remove the address from the pool if a machine has it")
}

/// An external that is the API server or a node.
pub(super) fn external_is_host(
    external: &External,
    address: IpAddr,
    word: &str,
    place: Span,
) -> Diagnostic {
    let name = &external.name;
    let what = if word == "nodes" { "a node" } else { "the API server" };
    Diagnostic::new(Code::W0206, name.span, format!("`{name}` has the address {address} of {what}"))
        .here("an external is outside of the cluster")
        .label(place, format!("{what} has it"))
        .help(format!("write `{word}` instead of `{name}`"))
}

/// An external that is a load balancer of the cluster.
pub(super) fn external_is_service(
    external: &External,
    address: IpAddr,
    workload: &Workload,
    place: Span,
) -> Diagnostic {
    let (name, path) = (&external.name, &workload.path);
    let message = format!("`{name}` has the load-balancer address {address} of `{path}`");
    Diagnostic::new(Code::W0206, name.span, message)
        .here("a rule for this address matches nothing")
        .label(place, format!("`{path}` has it"))
        .note("addresses of load balancers are translated before policies apply")
        .help(format!("write `{path}` instead of `{name}`"))
}

/// An external that overlaps the pod network.
pub(super) fn external_has_pods(
    external: &External,
    network: IpNet,
    pods: (IpNet, Span),
) -> Diagnostic {
    let name = &external.name;
    let inside = if pods.0.contains(&network) { "is part of" } else { "contains" };
    let message = format!("`{name}` {inside} the pod network: {network}");
    Diagnostic::new(Code::W0207, name.span, message)
        .here(format!("rules for `{name}` apply to pods, too"))
        .label(pods.1, format!("the pod network is {}", pods.0))
        .note("policies match pods by their addresses, too, not only by their labels")
        .help(format!("give `{name}` networks outside of {}, or name the pods", pods.0))
}

/// The address of a pod, which changes when the pod restarts.
pub(super) fn address_of_pod(span: Span, address: IpAddr, pods: (IpNet, Span)) -> Diagnostic {
    Diagnostic::new(Code::W0207, span, format!("{address} is the address of a pod"))
        .here("after a restart, another pod may have it")
        .label(pods.1, format!("the pod network is {}", pods.0))
        .help(
            "declare the pods by their labels, `workload NAME in NAMESPACE { pods = { … } }`, and \
         use that name",
        )
}

/// A network inside the Service network.
pub(super) fn network_of_services(
    span: Span,
    network: IpNet,
    services: (IpNet, Span),
) -> Diagnostic {
    let message = format!("{network} is part of the Service network, so no rule can match it");
    Diagnostic::new(Code::E0223, span, message)
        .label(services.1, format!("the Service network is {}", services.0))
        .note("addresses of Services are translated before policies apply")
        .help("name the services")
}
