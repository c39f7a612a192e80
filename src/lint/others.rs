//! Objects of charts and operators in a cluster, compared with the source: the ports of their Services, variables of
//! the workloads that mlnetc patches, and objects of which a namespace may have only one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::others::{self as report, Missing};
use super::snapshot::{is, name, namespace};
use crate::diagnostics::Diagnostics;
use crate::manifests::Manifests;
use crate::model::{EnvTarget, Model, Port, Workload};
use crate::policy;
use crate::reachability::ServicePort;
use crate::read::{self, Read};
use crate::scalar::PortRange;
use crate::stdlib;

/// Compares the objects. Objects that the cluster lacks are not reported: another tool may be about to create them.
pub(super) fn check(model: &Model, manifests: &Manifests, diagnostics: &mut Diagnostics) {
    let objects: Vec<&Value> = manifests.objects.iter().map(|it| &it.object).collect();
    ports(model, &objects, diagnostics);
    variables(model, &objects, diagnostics);
    alone(model, &objects, diagnostics);
}

/// Reports Services of other owners whose ports differ from the source.
fn ports(model: &Model, objects: &[&Value], diagnostics: &mut Diagnostics) {
    let services = objects.iter().filter(|it| is(it, "", "Service"));
    let services = services.filter_map(|it| match read::object(it) {
        Ok(Read::Service(it)) => Some(it),
        _ => None,
    });
    let services: BTreeMap<(String, String), Vec<ServicePort>> =
        services.map(|it| ((it.namespace, it.name), it.ports)).collect();
    for workload in &model.workloads {
        let Some(service) = workload.service.as_ref().filter(|it| !it.managed) else { continue };
        let space = &model.namespace(workload.namespace).name;
        let live = services.get(&(space.clone(), service.name.clone()));
        let Some(live) = live.filter(|it| !it.is_empty()) else { continue };
        let missing: Vec<Missing<'_>> =
            workload.ports.iter().filter_map(|it| missing(workload, it, live)).collect();
        if !missing.is_empty() {
            let has: Vec<PortRange> = live.iter().map(|it| it.dialed).collect();
            diagnostics.push(report::ports(model, workload, space, &missing, &has));
        }
    }
}

fn missing<'m>(workload: &Workload, port: &'m Port, live: &[ServicePort]) -> Option<Missing<'m>> {
    let dialed = workload.dialed(port)?;
    let leads_to = match live.iter().find(|it| it.dialed == dialed) {
        None => None,
        // The pods define the number of a named port.
        Some(ServicePort { target: policy::Port::Named(..), .. }) => return None,
        Some(ServicePort { target: policy::Port::Numbers(to), .. }) => {
            Some(Some(to.from).filter(|it| *it != port.pod_port.0.from)?)
        }
    };
    Some(Missing { port, dialed, leads_to })
}

/// Reports variables that a container of a patched workload defines twice.
fn variables(model: &Model, objects: &[&Value], diagnostics: &mut Diagnostics) {
    for env in &model.envs {
        let kind = match env.target {
            EnvTarget::Deployment => "Deployment",
            EnvTarget::StatefulSet => "StatefulSet",
            EnvTarget::DaemonSet => "DaemonSet",
        };
        let space = model.namespace(env.namespace).name.as_str();
        let mut objects = objects.iter().filter(|it| is(it, "apps", kind));
        let object = objects.find(|it| name(it) == env.object.node && namespace(it) == space);
        let Some(object) = object else { continue };
        let spec = &object["spec"]["template"]["spec"];
        let lists = [&spec["containers"], &spec["initContainers"]];
        let mut containers = lists.into_iter().filter_map(Value::as_array).flatten();
        let Some(container) = containers.find(|it| it["name"] == env.container.as_str()) else {
            continue;
        };
        let mut count = BTreeMap::<&str, usize>::new();
        for variable in container["env"].as_array().into_iter().flatten() {
            *count.entry(name_of(variable)).or_default() += 1;
        }
        let twice: Vec<&str> = count.into_iter().filter(|it| it.1 > 1).map(|it| it.0).collect();
        if !twice.is_empty() {
            diagnostics.push(report::variables(model, env, kind, space, &twice));
        }
    }
}

fn name_of(variable: &Value) -> &str {
    variable["name"].as_str().unwrap_or_default()
}

/// Reports objects of which a namespace of the source has several and may have only one.
fn alone(model: &Model, objects: &[&Value], diagnostics: &mut Diagnostics) {
    for kind in stdlib::ALONE {
        let mut found = BTreeMap::<&str, Vec<&str>>::new();
        for it in objects.iter().filter(|it| is(it, kind.group, kind.kind)) {
            found.entry(namespace(it)).or_default().push(name(it));
        }
        for (space, names) in found.into_iter().filter(|it| it.1.len() > 1) {
            diagnostics.push(report::several(model, kind, space, &names));
        }
    }
}
