//! Reads Services.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use crate::manifests::fields::{IntOrString, Metadata, protocol};
use crate::manifests::shape::{self, Wrong};
use crate::policy::{Labels, Port, Requirement, Selector, Test};
use crate::reachability::{Service, ServicePort};
use crate::scalar::PortRange;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    selector: Option<Labels>,
    ports: Option<Vec<PortSpec>>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<String>,
    #[serde(rename = "clusterIPs")]
    cluster_ips: Option<Vec<String>>,
    #[serde(rename = "externalIPs")]
    external_ips: Option<Vec<String>>,
    #[serde(rename = "loadBalancerIP")]
    load_balancer_ip: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PortSpec {
    name: Option<String>,
    protocol: Option<String>,
    port: u16,
    target_port: Option<IntOrString>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    load_balancer: Option<LoadBalancer>,
}

#[derive(Debug, Default, Deserialize)]
struct LoadBalancer {
    ingress: Option<Vec<Assigned>>,
}

#[derive(Debug, Deserialize)]
struct Assigned {
    ip: Option<String>,
}

/// Reads a Service.
pub(super) fn read(object: &Value) -> Result<Service, Wrong> {
    let metadata = Metadata::of(object)?;
    let spec: Spec = shape::field(object, "spec")?;
    let status: Status = shape::field(object, "status")?;
    let pods = spec.selector.filter(|it| !it.is_empty()).map(|labels| {
        let one = |(key, value)| Requirement { key, test: Test::In(vec![value]) };
        Selector(labels.into_iter().map(one).collect())
    });
    let ports = spec.ports.unwrap_or_default().into_iter().enumerate();
    let ports = ports.map(|(at, it)| {
        port(it).map_err(|it| it.within("protocol").item(at).within("ports").within("spec"))
    });
    let ports = ports.collect::<Result<_, _>>()?;
    let is_headless = spec.cluster_ip.as_deref() == Some("None");
    let assigned = status.load_balancer.and_then(|it| it.ingress).unwrap_or_default();
    let addresses = spec.cluster_ip.into_iter().chain(spec.cluster_ips.into_iter().flatten());
    let addresses = addresses.chain(spec.load_balancer_ip);
    let addresses = addresses.chain(spec.external_ips.into_iter().flatten());
    let addresses = addresses.chain(assigned.into_iter().filter_map(|it| it.ip));
    // A headless Service has the address `None`, which is skipped.
    let mut addresses: Vec<IpAddr> = addresses.filter_map(|it| it.parse().ok()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let (namespace, name) = (metadata.namespace(), metadata.name);
    Ok(Service { namespace, name, pods, ports, is_headless, addresses })
}

fn port(spec: PortSpec) -> Result<ServicePort, Wrong> {
    let protocol = protocol(spec.protocol.as_deref())?;
    let target = match spec.target_port {
        None | Some(IntOrString::Int(0)) => Port::Numbers(PortRange::single(protocol, spec.port)),
        Some(IntOrString::Int(port)) => Port::Numbers(PortRange::single(protocol, port)),
        Some(IntOrString::String(name)) => Port::Named(protocol, name),
    };
    Ok(ServicePort { name: spec.name, dialed: PortRange::single(protocol, spec.port), target })
}
