//! Diagnostics of lowering: what the objects cannot express, and what they express with a side effect.

use ipnet::IpNet;

use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Calico, Client, Endpoint, Env, External, Flow, Metallb, Model, Pool, Workload};
use crate::scalar::AddressRange;
use crate::source::{Site, Span, Spanned};

/// A flow to DNS names, which a NetworkPolicy cannot express.
pub(super) fn external_names(
    model: &Model,
    flow: &Flow,
    site: Site,
    external: &External,
) -> Diagnostic {
    let names: Vec<String> = external.names.iter().map(|it| format!("`{}`", it.node)).collect();
    let message = format!(
        "`{}` has DNS names, and a Kubernetes NetworkPolicy matches only addresses",
        external.name.node
    );
    let mut diagnostic =
        Diagnostic::new(Code::E0601, site.span, message).here("used in a flow here");
    if let Some(first) = external.names.first() {
        diagnostic =
            diagnostic.label(first.span, format!("{} cannot be matched", names.join(", ")));
    }
    diagnostic.through(&model.expansions, flow.site).help(format!(
        "give `{}` its addresses (`cidrs = […]`), or use an egress proxy with a known address",
        external.name.node
    ))
}

/// A flow that needs the nodes' addresses, which the source does not declare.
pub(super) fn no_nodes(model: &Model, flow: &Flow, site: Site) -> Diagnostic {
    lacks(Code::E0602, model, site, "nodes", "nodes = [192.168.1.81-192.168.1.85]", flow)
}

/// A flow that needs the API server's addresses, which the source does not declare.
pub(super) fn no_apiserver(model: &Model, flow: &Flow, site: Site) -> Diagnostic {
    let example = "apiserver = [192.168.1.85:6443]";
    lacks(Code::E0603, model, site, "apiserver", example, flow).note(
        "policies match the endpoints of the Service `kubernetes.default`: `kubectl get \
         endpointslices -n default`",
    )
}

fn lacks(
    code: Code,
    model: &Model,
    site: Site,
    field: &str,
    example: &str,
    flow: &Flow,
) -> Diagnostic {
    let cluster = &model.cluster;
    let message = format!(
        "this flow needs the addresses of `{field}`, which `{}` does not declare",
        cluster.name
    );
    let diagnostic = Diagnostic::new(code, site.span, message)
        .here(format!("compiled to the addresses of `{field}`"))
        .label(cluster.name.span, format!("has no `{field}`"));
    diagnostic
        .through(&model.expansions, flow.site)
        .help(format!("add `{example}` to the cluster's block"))
}

/// A DNS cache on each node, if the source does not declare the nodes' addresses.
pub(super) fn no_nodes_for_dns(model: &Model, cache: Span, isolate: Site) -> Diagnostic {
    let cluster = &model.cluster;
    let message = format!(
        "the DNS cache on each node needs the addresses of `nodes`, which `{}` does not declare",
        cluster.name
    );
    let diagnostic = Diagnostic::new(Code::E0602, cache, message)
        .here("the caches connect to the cluster's DNS")
        .label(isolate.span, "isolates the ingress of the cluster's DNS");
    diagnostic
        .through(&model.expansions, isolate)
        .help("add `nodes = [192.168.1.81-192.168.1.85]` to the cluster's block")
}

/// A Service for pods whose selector is empty, or has a requirement other than `label = "value"`.
pub(super) fn service_selector(model: &Model, workload: &Workload) -> Diagnostic {
    let message = if workload.pods.0.is_empty() {
        format!("the Service of `{}` needs a label to select pods", workload.path)
    } else {
        format!("the Service of `{}` cannot select by more than `label = \"value\"`", workload.path)
    };
    let diagnostic = Diagnostic::new(Code::E0604, workload.site.span, message)
        .here("mlnetc creates a Service for it");
    diagnostic.through(&model.expansions, workload.site).help(
        "give the pods one label with one value, or write `managed = false` if a chart or an \
         operator creates the Service",
    )
}

/// A Service without a port, which the API server rejects.
pub(super) fn service_without_port(model: &Model, workload: &Workload) -> Diagnostic {
    let message = format!("the Service of `{}` has no port", workload.path);
    let diagnostic = Diagnostic::new(Code::E0605, workload.site.span, message)
        .here("mlnetc creates a Service for it");
    let mut diagnostic = diagnostic.through(&model.expansions, workload.site);
    for port in &workload.ports {
        diagnostic = diagnostic.label(port.site.span, "`service = false`");
    }
    diagnostic.help("declare a port (`port http 80 -> 8080`), or declare it as a `workload`")
}

/// A fixed address that MetalLB cannot be told.
pub(super) fn cannot_pin(model: &Model, workload: &Workload, fixed: Site) -> Diagnostic {
    let message = format!("`{}` cannot get its fixed address", workload.path);
    let diagnostic = Diagnostic::new(Code::E0606, fixed.span, message)
        .here("fixed here")
        .label(workload.site.span, "mlnetc does not create the Service, and no values annotate it");
    diagnostic.through(&model.expansions, workload.site).help(
        "use `annotations(…)` in the `values` of the chart that creates the Service, or write the \
         `labels` of the Service, so that a pool can select it",
    )
}

/// A load balancer without annotations and labels, so that MetalLB chooses the address.
pub(super) fn metallb_chooses(model: &Model, workload: &Workload) -> Diagnostic {
    let message = format!("MetalLB chooses the address of `{}`, and may change it", workload.path);
    let diagnostic = Diagnostic::new(Code::W0614, workload.site.span, message)
        .here("mlnetc does not create the Service, and no values annotate it");
    diagnostic.through(&model.expansions, workload.site).help(
        "use `annotations(…)` in the `values` of the chart that creates the Service, or write the \
         `labels` of the Service, so that a pool can select it",
    )
}

/// A shared address of a Service that cannot be annotated.
pub(super) fn cannot_share(model: &Model, workload: &Workload, share: Span) -> Diagnostic {
    let message = format!("`{}` cannot share its address", workload.path);
    let diagnostic = Diagnostic::new(Code::E0607, share, message)
        .here("MetalLB reads this from an annotation")
        .label(workload.site.span, "mlnetc does not create the Service, and no values annotate it");
    diagnostic.through(&model.expansions, workload.site).help(
        "use `annotations(…)` in the `values` of the chart that creates the Service, or \
         remove `share`",
    )
}

/// Two load balancers that the selector of a pool cannot distinguish.
pub(super) fn same_labels(model: &Model, workload: &Workload, other: &Workload) -> Diagnostic {
    let message = format!(
        "the labels of `{}` also select `{}`, so a pool cannot distinguish them",
        workload.path, other.path
    );
    let diagnostic = Diagnostic::new(Code::E0608, workload.site.span, message)
        .here("a pool selects the Service by these labels")
        .label(other.site.span, "has these labels, too");
    diagnostic
        .through(&model.expansions, workload.site)
        .help(format!("write `labels` that only the Service of `{}` has", workload.path))
}

/// `address(S)` of a service without an address.
pub(super) fn no_address(model: &Model, workload: &Workload, site: Site) -> Diagnostic {
    let cluster = &model.cluster;
    let message = format!("`{}` has no load-balancer address in `{}`", workload.path, cluster.name);
    let mut diagnostic = Diagnostic::new(Code::E0609, site.span, message).here("uses its address");
    let why = match &workload.service {
        Some(service) if workload.is_load_balancer() => {
            if cluster.metallb.is_none() {
                diagnostic = diagnostic.label(cluster.name.span, "has no `metallb`");
            } else if !service.annotated {
                diagnostic = diagnostic.label(
                    workload.site.span,
                    "no values annotate its Service: MetalLB chooses the \
                     address",
                );
            }
            service.kind.span
        }
        Some(service) => {
            diagnostic =
                diagnostic.label(service.kind.span, format!("`{}`", service.kind.node.word()));
            return diagnostic
                .through(&model.expansions, site)
                .help("make it a load balancer (`type = load-balancer`), or use `host(…)`");
        }
        None => workload.site.span,
    };
    diagnostic = diagnostic.label(why, "the service");
    diagnostic
        .through(&model.expansions, site)
        .help("use `host(…)`, the name of the service inside the cluster")
}

/// Two declarations that set one variable of one container.
pub(super) fn variable_twice(
    model: &Model,
    name: &str,
    env: &Env,
    second: Site,
    first: Site,
) -> Diagnostic {
    let message =
        format!("`{name}` of container `{}` of `{}` is set twice", env.container, env.object.node);
    let diagnostic = Diagnostic::new(Code::E0615, second.span, message)
        .here("set again")
        .label(first.span, "set here");
    let diagnostic = diagnostic.through(&model.expansions, second);
    diagnostic.through(&model.expansions, first).help("set it in one place")
}

/// An option that the declared MetalLB does not support.
pub(super) fn old_metallb(
    metallb: &Metallb,
    [major, minor, patch]: [u64; 3],
    what: &str,
    span: Span,
) -> Diagnostic {
    let version = &metallb.version;
    let message = format!("MetalLB {version} does not support {what}");
    let diagnostic = Diagnostic::new(Code::E0616, version.span, message)
        .here(format!("available since {major}.{minor}.{patch}"))
        .help(format!(
            "install MetalLB {major}.{minor}.{patch} or later, and write its version here"
        ));
    if span == metallb.span { diagnostic } else { diagnostic.label(span, "needs it") }
}

/// `interfaces` of a pool that is announced by BGP.
pub(super) fn interfaces_of_bgp(pool: &Pool, interfaces: Span) -> Diagnostic {
    let message =
        format!("pool `{}` is announced by BGP, and BGP does not use `interfaces`", pool.name);
    Diagnostic::new(Code::E0617, interfaces, message)
        .here("has no effect")
        .label(pool.announce.span, "announced by BGP")
        .help("remove `interfaces`, or write `announce = l2`")
}

/// BGP options of a pool that is announced by L2.
pub(super) fn routes_of_l2(pool: &Pool, field: &str, place: Span) -> Diagnostic {
    let message = format!("pool `{}` is announced by L2, and L2 does not use `{field}`", pool.name);
    Diagnostic::new(Code::E0617, place, message)
        .here("has no effect")
        .label(pool.announce.span, "announced by L2")
        .help(format!("remove `{field}`, or write `announce = bgp`"))
}

/// An option that MetalLB still accepts, but that has no effect.
pub(super) fn no_disable_mp(metallb: &Metallb, place: Span) -> Diagnostic {
    let version = &metallb.version;
    Diagnostic::new(Code::E0616, place, format!("MetalLB {version} ignores `disable-mp`"))
        .here("without effect since 0.15.0")
        .label(version.span, "MetalLB's version")
        .help("remove it: a session carries the routes of its own family only, unless you write `dual-stack = true`")
}

/// An aggregation length for routes that no part of a pool fills.
pub(super) fn unfilled(
    pool: &Pool,
    length: &Spanned<u8>,
    piece: AddressRange,
    shortest: u8,
) -> Diagnostic {
    let message = format!("{} contains no whole /{}", piece.in_words(), length.node);
    let written = pool.ranges.iter().find(|it| it.node.contains(piece.from));
    let is_whole = written.is_some_and(|it| it.node == piece);
    let field = if piece.from.is_ipv4() { "aggregation-length" } else { "aggregation-length-v6" };
    Diagnostic::new(Code::E0713, length.span, message)
        .here("MetalLB rejects the advertisement")
        .label_if(
            written.map(|it| it.span),
            if is_whole { "this range" } else { "reservations or other ranges divide this range" },
        )
        .help(format!(
            "write `{field} = {shortest}` or more, or give the pool a whole /{}",
            length.node
        ))
}

/// An IPv6 pod network with IP-in-IP, which carries only IPv4.
pub(super) fn ipip_for_ipv6(calico: &Calico, network: &Spanned<IpNet>) -> Diagnostic {
    let message = format!("Calico cannot route {} with IP-in-IP", network.node);
    Diagnostic::new(Code::E0610, calico.encapsulation.span, message)
        .here("supports IPv4 only")
        .label(network.span, "an IPv6 pod network")
        .help("write `encapsulation = vxlan`, or `none` where the nodes' network routes pod addresses")
}

/// A port that is opened to the whole pod network, because the source does not declare the tunnel addresses.
pub(super) fn lacks_tunnels(model: &Model, site: Site, count: usize) -> Diagnostic {
    let cluster = &model.cluster;
    let message = format!(
        "this flow allows the whole pod network, since the tunnel addresses of `{}` are not known",
        cluster.name
    );
    let mut diagnostic = Diagnostic::new(Code::W0611, cluster.name.span, message)
        .here("has no `tunnels`")
        .label(
            site.span,
            "a node connects to pods on other nodes from its tunnel address, which is in the pod network",
        );
    if count > 1 {
        diagnostic =
            diagnostic.note(format!("{count} flows are compiled in this way; this is the first"));
    }
    diagnostic.through(&model.expansions, site).help(
        "list them: `tunnels = [10.42.85.192, …]`; each Node has its address in the \
         annotation `projectcalico.org/IPv4VXLANTunnelAddr` or \
         `projectcalico.org/IPv4IPIPTunnelAddr`",
    )
}

/// Clients whose addresses a load balancer hides.
pub(super) fn hidden_clients(
    model: &Model,
    flow: &Flow,
    clients: &[&Client],
    workload: &Workload,
) -> Diagnostic {
    let path = &workload.path;
    let names: Vec<String> = clients.iter().map(|it| described(model, &it.endpoint)).collect();
    let message = format!(
        "every client that reaches the {} of `{path}` is allowed, not only {}",
        if workload.is_load_balancer() { "load balancer's address" } else { "node port" },
        names.join(", "),
    );
    let service = workload.service.as_ref();
    let policy = service.and_then(|it| it.traffic_policy_span).unwrap_or(workload.site);
    let managed = service.is_some_and(|it| it.managed);
    let first = clients.first().map_or(flow.site, |it| it.site);
    let diagnostic = Diagnostic::new(Code::W0612, first.span, message)
        .here("the pods see the address of a node instead of the client's address")
        .label(policy.span, "its traffic policy is `cluster`");
    diagnostic.through(&model.expansions, flow.site).help(if managed {
        "write `traffic-policy = local` on the service: then the pods see the client's address"
    } else {
        "restrict the clients where the Service is created: `loadBalancerSourceRanges`, or \
         `externalTrafficPolicy: Local` and `traffic-policy = local` here"
    })
}

/// An end that the enforcer does not match by its address.
pub(super) fn unmatched(model: &Model, what: &str, site: Site) -> Diagnostic {
    let cluster = &model.cluster;
    let message =
        format!("Cilium does not match `{what}` by address, so these rules allow no connection");
    let diagnostic = Diagnostic::new(Code::W0613, site.span, message)
        .here("compiled to addresses: a NetworkPolicy has no other selector for it")
        .label_if(cluster.cni.as_ref().map(|it| it.span), "enforces the policies");
    diagnostic
        .through(&model.expansions, site)
        .help("set Cilium's `policyCIDRMatchMode` to `nodes`, so that it matches them")
}

/// Formats the name of an end in backticks; addresses as a list of their networks.
fn described(model: &Model, endpoint: &Endpoint) -> String {
    match endpoint.as_addresses() {
        Some(it) => it.0.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "),
        None => format!("`{}`", model.called(endpoint)),
    }
}

/// A schema of a `values` that cannot be used.
pub(super) fn no_schema(span: Span, path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::E0311, span, format!("`{path}` cannot be used as a schema: {why}"))
        .here("the document is not checked")
        .help("give the path of a JSON Schema below the project's folder: `schema = \"charts/x/values.schema.json\"`")
}

/// A part of a `values` document that its schema rejects.
pub(super) fn schema_refuses(span: Span, path: &str, why: &str, schema: Span) -> Diagnostic {
    let path = if path.is_empty() { "the document" } else { path };
    Diagnostic::new(Code::E0312, span, format!("the chart's schema rejects `{path}`: {why}"))
        .here("set here")
        .label(schema, "by this schema")
        .help("set a value that the schema accepts, or remove this line")
}
