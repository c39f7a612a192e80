//! Objects: Services, pods, webhooks, monitors, flows and policies.

use mlnetc::model::{Endpoint, Flow, ServiceType, Workload};
use mlnetc::scalar::{PortRange, Protocol};
use serde_json::Value;

use super::Fault;
use super::declared::{Declared, Key, key, matches};
use super::facts;

/// Adds the faults of the objects of one use.
pub(super) fn all(declared: &Declared<'_>, faults: &mut Vec<Fault>) {
    for it in declared.declarations() {
        pods(declared, it, faults);
        service(declared, it, faults);
    }
    covered(declared, faults);
    for (namespace, objects) in &declared.more {
        webhooks(declared, namespace, objects, faults);
        monitors(declared, namespace, objects, faults);
        dials(declared, namespace, objects, faults);
        for policy in &objects.policies {
            let message =
                "the chart's policy adds its own connections to those of the component".to_owned();
            faults.push(Fault { check: "policy", subject: policy.clone(), message });
        }
    }
}

fn fault(check: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault { check, subject: subject.into(), message: message.into() }
}

/// The pods of a declaration exist, on the declared network.
fn pods(declared: &Declared<'_>, it: &Workload, faults: &mut Vec<Fault>) {
    let pods = declared.pods(it);
    if pods.is_empty() {
        faults.push(fault("pods", &it.path, "its selector selects no workload"));
    }
    for ((_, name), pod) in &pods {
        if pod.host_network != it.host_network {
            let message = format!("`{}` has `host-network = {}`", it.path, it.host_network);
            faults.push(fault("host-network", name, message));
        }
    }
    let hidden = it.ports.iter().filter(|port| port.service_port.is_none() && !pods.is_empty());
    for port in hidden {
        let range = port.pod_port.0;
        let opened = pods.iter().any(|(_, pod)| {
            let annotated = pod.scrape == Some(Value::from(range.from));
            annotated || pod.ports.iter().any(|one| range.contains(range_of(one)))
        });
        if !opened {
            let subject = format!("{}:{}", it.path, port.name.node.as_str());
            let message = format!("no container of its pods declares the port {}", range.from);
            faults.push(fault("container-port", subject, message));
        }
    }
}

/// The Service of a declaration exists, with its ports, its pods and its type.
fn service(declared: &Declared<'_>, it: &Workload, faults: &mut Vec<Fault>) {
    let Some(service) = it.service.as_ref().filter(|of| !of.managed) else { return };
    let mut dialed = it.ports.iter().filter(|port| port.service_port.is_some()).peekable();
    if dialed.peek().is_none() {
        return;
    }
    let name = (declared.built.model.namespace(it.namespace).name.clone(), service.name.clone());
    let Some(found) = declared.services.get(&name) else {
        faults.push(fault("service", &it.path, format!("there is no Service `{}`", service.name)));
        return;
    };
    let (ours, theirs) = (names(declared.pods(it)), names(declared.behind(&name, found)));
    if ours != theirs {
        let message = format!("the Service selects {theirs:?}, and the component {ours:?}");
        faults.push(fault("selector", &it.path, message));
    }
    let kind = word(service.kind.node);
    // The second declaration of a Service, for other ports of it, has no type.
    let declares = |other: &Workload| {
        let same = other.namespace == it.namespace;
        let named = other.service.as_ref().filter(|one| one.name == service.name);
        same && named.is_some_and(|one| word(one.kind.node) == found.kind)
    };
    if kind != found.kind && !declared.declarations().any(declares) {
        faults.push(fault(
            "type",
            &it.path,
            format!("the Service is `{}`, not `{kind}`", found.kind),
        ));
    }
    for port in dialed {
        let subject = format!("{}:{}", it.path, port.name.node.as_str());
        let number = port.service_port.map_or(0, |it| it.0);
        let protocol = port.pod_port.0.protocol;
        let Some(row) =
            found.ports.iter().find(|it| it.number == number && protocol_of(it) == protocol)
        else {
            faults.push(fault(
                "port",
                subject,
                format!("the Service `{}` has no port {number}", service.name),
            ));
            continue;
        };
        let targets = targets(declared, &name, found, row);
        if targets.iter().any(|it| *it != port.pod_port.0.from) || targets.is_empty() {
            let message = format!("the pod port is {targets:?}, not {}", port.pod_port.0.from);
            faults.push(fault("target", subject, message));
        }
    }
}

/// Every workload has a declaration.
fn covered(declared: &Declared<'_>, faults: &mut Vec<Fault>) {
    for name in declared.workloads.keys() {
        let selects = |it: &Workload| declared.pods(it).iter().any(|(one, _)| *one == name);
        if !declared.declarations().any(selects) {
            faults.push(fault("workload", &name.1, "no declaration selects it"));
        }
    }
}

/// The API server reaches each webhook.
fn webhooks(
    declared: &Declared<'_>,
    namespace: &str,
    objects: &facts::Objects,
    faults: &mut Vec<Fault>,
) {
    for webhook in &objects.webhooks {
        let name = key(namespace, &webhook.service);
        let subject = format!("{}:{}", webhook.service, webhook.port);
        let Some(found) = declared.services.get(&name) else {
            faults.push(fault(
                "webhook",
                subject,
                format!("{} names a Service that does not exist", webhook.kind),
            ));
            continue;
        };
        let ports = ports(declared, &name, found, Some(webhook.port));
        let open = |flow: &Flow| flow.clients.iter().any(|it| it.endpoint == Endpoint::Apiserver);
        if !reached(declared, &name, found, &ports, open) {
            let message =
                format!("no flow from the API server, which {} makes its client", webhook.kind);
            faults.push(fault("webhook", subject, message));
        }
    }
}

/// Each port that a monitor scrapes has `scrape = true`.
fn monitors(
    declared: &Declared<'_>,
    namespace: &str,
    objects: &facts::Objects,
    faults: &mut Vec<Fault>,
) {
    let mut wanted: Vec<(String, Key, u16)> = Vec::new();
    for it in &objects.monitors {
        wanted.push((it.by.clone(), key(namespace, &it.workload), it.port));
    }
    let number = |it: &Option<Value>| {
        it.as_ref().and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok())
    };
    for (name, it) in &objects.workloads {
        wanted.extend(
            number(&it.scrape)
                .map(|port| ("prometheus.io/port".to_owned(), key(namespace, name), port)),
        );
    }
    for (name, it) in &objects.services {
        let name = key(namespace, name);
        let Some(number) = number(&it.scrape) else { continue };
        for (pods, _) in declared.behind(&name, it) {
            let targets = ports(declared, &name, it, Some(number));
            let port = targets.first().map_or(number, |it| it.from);
            wanted.push(("prometheus.io/port".to_owned(), pods.clone(), port));
        }
    }
    for (monitor, workload, port) in wanted {
        let scraped = declared.declarations().any(|it| {
            let here = declared.pods(it).iter().any(|(name, _)| **name == workload);
            here && it.ports.iter().any(|it| it.scrape && it.pod_port.0.from == port)
        });
        if !scraped {
            let message =
                format!("{monitor} scrapes it, and no port with `scrape = true` is this port");
            faults.push(fault("monitor", format!("{}:{port}", workload.1), message));
        }
    }
}

/// Each address that a pod gets is a flow.
fn dials(
    declared: &Declared<'_>,
    namespace: &str,
    objects: &facts::Objects,
    faults: &mut Vec<Fault>,
) {
    for dial in &objects.dials {
        let (from, to) = (key(namespace, &dial.from), key(namespace, &dial.to));
        let (Some(client), Some(server)) =
            (declared.workloads.get(&from), declared.services.get(&to))
        else {
            continue;
        };
        let model = &declared.built.model;
        let is_client = |it: &Endpoint| {
            let workload = it.as_workload().map(|id| model.workload(id));
            let inside = it.as_namespace().is_some_and(|id| model.namespace(id).name == from.0);
            let named = workload.is_some_and(|it| {
                model.namespace(it.namespace).name == from.0 && matches(&it.pods, &client.labels)
            });
            inside || named || *it == Endpoint::Anyone
        };
        let ports = ports(declared, &to, server, dial.port);
        let open = |flow: &Flow| flow.clients.iter().any(|it| is_client(&it.endpoint));
        if !reached(declared, &to, server, &ports, open) {
            let port = dial.port.map(|it| format!(":{it}")).unwrap_or_default();
            let message =
                "its environment, arguments or configuration name this address, and no flow does";
            faults.push(fault("dial", format!("{} -> {}{port}", dial.from, dial.to), message));
        }
    }
}

/// Whether flows reach all pods of a Service, on one of these pod ports.
fn reached(
    declared: &Declared<'_>,
    name: &Key,
    service: &facts::Service,
    ports: &[PortRange],
    open: impl Fn(&Flow) -> bool,
) -> bool {
    let model = &declared.built.model;
    let flows: Vec<&Flow> = model.flows.iter().filter(|it| open(it)).collect();
    let pods = declared.behind(name, service);
    !pods.is_empty()
        && pods.iter().all(|(_, pod)| {
            flows.iter().flat_map(|it| &it.servers).any(|server| {
                let workload = server.endpoint.as_workload().map(|id| model.workload(id));
                let named = workload.is_some_and(|it| {
                    model.namespace(it.namespace).name == name.0 && matches(&it.pods, &pod.labels)
                });
                let inside = server
                    .endpoint
                    .as_namespace()
                    .is_some_and(|id| model.namespace(id).name == name.0);
                let opened = |port: &PortRange| {
                    server
                        .ports
                        .contains(&mlnetc::scalar::PortSet::of([mlnetc::scalar::PodPort(*port)]))
                };
                (named || inside) && ports.iter().any(opened)
            })
        })
}

/// The pod ports behind a port of a Service, or behind all of its ports.
fn ports(
    declared: &Declared<'_>,
    name: &Key,
    service: &facts::Service,
    port: Option<u16>,
) -> Vec<PortRange> {
    let rows: Vec<&facts::Port> =
        service.ports.iter().filter(|it| port.is_none_or(|port| it.number == port)).collect();
    let found = rows.iter().flat_map(|row| {
        let protocol = protocol_of(row);
        targets(declared, name, service, row)
            .into_iter()
            .map(move |it| PortRange::single(protocol, it))
    });
    let found: Vec<PortRange> = found.collect();
    // A headless Service translates nothing: its clients dial the pods.
    match port {
        Some(port) if rows.is_empty() => vec![PortRange::tcp(port)],
        Some(_) | None => found,
    }
}

/// The pod ports to which a port of a Service translates.
fn targets(
    declared: &Declared<'_>,
    name: &Key,
    service: &facts::Service,
    row: &facts::Port,
) -> Vec<u16> {
    match row.target.as_ref() {
        None => vec![row.number],
        Some(Value::Number(it)) => {
            it.as_u64().and_then(|it| u16::try_from(it).ok()).into_iter().collect()
        }
        Some(target) => {
            let wanted = target.as_str().unwrap_or_default();
            let pods = declared.behind(name, service);
            let ports = pods.iter().flat_map(|(_, pod)| &pod.ports);
            let named = ports.filter(|it| {
                it.name.as_deref() == Some(wanted) && protocol_of(it) == protocol_of(row)
            });
            let mut found: Vec<u16> = named.map(|it| it.number).collect();
            found.sort_unstable();
            found.dedup();
            found
        }
    }
}

/// The word of a type of Services in the facts.
fn word(kind: ServiceType) -> &'static str {
    match kind {
        ServiceType::Headless => "Headless",
        ServiceType::ClusterIp | ServiceType::NodePort | ServiceType::LoadBalancer => {
            kind.kubernetes()
        }
    }
}

fn names(pods: Vec<(&Key, &facts::Workload)>) -> Vec<String> {
    pods.into_iter().map(|((_, name), _)| name.clone()).collect()
}

fn range_of(row: &facts::Port) -> PortRange {
    PortRange::single(protocol_of(row), row.number)
}

fn protocol_of(row: &facts::Port) -> Protocol {
    match row.protocol.as_deref() {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        _ => Protocol::Tcp,
    }
}
