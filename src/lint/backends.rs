//! References to Services that do not exist: in Ingresses, external names, and Endpoints that were written by hand.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::places::Collector;
use super::report::services as report;
use super::snapshot::{View, name, namespace, text};
use crate::diagnostics::nearest;
use crate::reachability::Service;

/// The Services by namespace and name.
type Known<'s> = BTreeMap<(&'s str, &'s str), (usize, &'s Service)>;

/// Checks every reference to a Service.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let known: Known<'_> = view
        .services()
        .map(|(at, it)| ((it.namespace.as_str(), it.name.as_str()), (at, it)))
        .collect();
    if known.is_empty() {
        return;
    }
    ingresses(view, diagnostics, &known);
    aliases(view, diagnostics, &known);
    endpoints(view, diagnostics);
}

/// <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/>
fn ingresses(view: &View<'_>, diagnostics: &mut Collector<'_>, known: &Known<'_>) {
    for (manifest, ingress) in view.objects("networking.k8s.io", "Ingress") {
        let mut backends = vec!["/spec/defaultBackend".to_owned()];
        let rules = ingress.pointer("/spec/rules").and_then(Value::as_array);
        for (rule, it) in rules.into_iter().flatten().enumerate() {
            let paths = it.pointer("/http/paths").and_then(Value::as_array).map_or(0, Vec::len);
            let backend = |path| format!("/spec/rules/{rule}/http/paths/{path}/backend");
            backends.extend((0..paths).map(backend));
        }
        let own = namespace(ingress);
        for backend in backends {
            let at = format!("{backend}/service/name");
            let Some(wanted) = text(ingress, &at) else { continue };
            let Some((_, service)) = known.get(&(own, wanted)) else {
                if !shows(known, own) {
                    continue;
                }
                let near = near(known, own, wanted);
                let place = diagnostics.entry(manifest, &at);
                diagnostics.push(report::no_service(own, wanted, near, "Ingress", place));
                continue;
            };
            port(view, diagnostics, manifest, service, &backend);
        }
    }
}

/// Reports a backend port that its Service does not have.
fn port(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    manifest: usize,
    service: &Service,
    backend: &str,
) {
    let of = |part: &str| view.field(manifest, &format!("{backend}/service/port/{part}"));
    let number = of("number").and_then(Value::as_u64);
    let named = of("name").and_then(Value::as_str);
    let has = service.ports.iter().any(|it| {
        number.is_some_and(|number| u64::from(it.dialed.from) == number)
            || named.is_some_and(|named| it.name.as_deref() == Some(named))
    });
    // A Service with an external name has no ports, and accepts any.
    if has || service.ports.is_empty() || (number.is_none() && named.is_none()) {
        return;
    }
    let shown = number.map_or_else(|| format!("`{}`", named.unwrap_or("")), |it| it.to_string());
    let part = if number.is_some() { "number" } else { "name" };
    let place = diagnostics.entry(manifest, &format!("{backend}/service/port/{part}"));
    diagnostics.push(report::no_port(service, &shown, place));
}

/// Reports names of Services inside the cluster that no Service has.
fn aliases(view: &View<'_>, diagnostics: &mut Collector<'_>, known: &Known<'_>) {
    for (manifest, _) in view.services() {
        let Some(target) = view.field(manifest, "/spec/externalName").and_then(Value::as_str)
        else {
            continue;
        };
        let mut parts = target.split('.');
        let (Some(wanted), Some(namespace), Some("svc")) =
            (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if !known.contains_key(&(namespace, wanted)) && shows(known, namespace) {
            let near = near(known, namespace, wanted);
            let place = diagnostics.entry(manifest, "/spec/externalName");
            diagnostics.push(report::no_service(namespace, wanted, near, "external name", place));
        }
    }
}

/// Returns whether the snapshot has Services of a namespace; without any, a missing Service is not reported.
fn shows(known: &Known<'_>, namespace: &str) -> bool {
    known.range((namespace, "")..).next().is_some_and(|((it, _), _)| *it == namespace)
}

fn near<'k>(known: &'k Known<'_>, own: &str, wanted: &str) -> Option<&'k str> {
    let names = known.keys().filter(|(namespace, _)| *namespace == own).map(|(_, name)| *name);
    nearest(wanted, names)
}

/// Reports Endpoints with the address of a Service: addresses of Services are not translated twice.
/// <https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors>
fn endpoints(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let mut services = BTreeMap::<IpAddr, String>::new();
    for (manifest, service) in view.services() {
        let own = view.field(manifest, "/spec/clusterIP").and_then(Value::as_str);
        if let Some(address) = own.and_then(|it| it.parse().ok()) {
            services.insert(address, format!("{}/{}", service.namespace, service.name));
        }
    }
    let lists =
        [("", "Endpoints", "/subsets"), ("discovery.k8s.io", "EndpointSlice", "/endpoints")];
    for (group, kind, list) in lists {
        for (manifest, object) in view.objects(group, kind) {
            let items = object.pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
            for item in 0..items {
                let at = format!("{list}/{item}/addresses");
                let addresses = object.pointer(&at).and_then(Value::as_array);
                for (number, it) in addresses.into_iter().flatten().enumerate() {
                    let (text, at) = match it.as_str() {
                        Some(text) => (Some(text), format!("{at}/{number}")),
                        None => (it.get("ip").and_then(Value::as_str), format!("{at}/{number}/ip")),
                    };
                    let address = text.and_then(|it| it.parse().ok());
                    let Some(service) = address.and_then(|it: IpAddr| services.get(&it)) else {
                        continue;
                    };
                    let place = diagnostics.entry(manifest, &at);
                    let of = format!("{}/{}", namespace(object), name(object));
                    diagnostics.push(report::address_by_hand(
                        &of,
                        text.unwrap_or(""),
                        service,
                        place,
                    ));
                }
            }
        }
    }
}
