//! Environment variables for workloads that a chart or an operator makes, as partial objects for server-side
//! apply. The patches contain nothing else, so that mlnetc owns no other field. Each object has one patch only,
//! because an apply removes fields that the same manager set before and no longer sets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::Wish;
use super::{Input, files, report, values};
use crate::diagnostics::Diagnostics;
use crate::model::{Env, EnvTarget, NamespaceId};
use crate::objects::{Container, EnvVar, Meta, Object, StringMap, WorkloadPatch};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;
use crate::source::Site;

/// Makes the patches, sorted by file.
pub(super) fn patches(input: Input<'_>, diagnostics: &mut Diagnostics) -> Vec<Traced> {
    let model = input.model;
    let mut by_object = BTreeMap::<(EnvTarget, NamespaceId, &str), Vec<&Env>>::new();
    for env in &model.envs {
        let object = (env.target, env.namespace, env.object.node.as_str());
        by_object.entry(object).or_default().push(env);
    }
    let mut groups: Vec<Vec<&Env>> = by_object.into_values().collect();
    for group in &mut groups {
        group.sort_unstable_by_key(|it| it.path.as_str());
    }
    let heads: Vec<&Env> = groups.iter().filter_map(|it| it.first().copied()).collect();
    let namespace = |it: &Env| model.namespace(it.namespace).name.as_str();
    let wishes: Vec<Wish<'_>> = heads
        .iter()
        .map(|it| Wish { name: &it.name, namespace: Some(namespace(it)), path: &it.path })
        .collect();
    let names = files::distinct(&wishes);
    let mut patches: Vec<Traced> = groups
        .iter()
        .zip(&heads)
        .zip(names)
        .map(|((group, head), name)| {
            let sites: Vec<Site> = group.iter().map(|it| it.site).collect();
            let mut origins = Origins::of(&sites);
            let containers = containers(input, group, &mut origins, diagnostics);
            let metadata = Meta {
                name: head.object.node.clone(),
                namespace: Some(namespace(head).to_owned()),
                labels: StringMap::default(),
                annotations: StringMap::default(),
            };
            let patch = WorkloadPatch::new(kind(head.target), metadata, containers);
            let file = format!("patches/{name}.yaml");
            Traced { file, object: Object::WorkloadPatch(patch), origins }
        })
        .collect();
    patches.sort_by(|left, right| left.file.cmp(&right.file));
    patches
}

fn kind(target: EnvTarget) -> &'static str {
    match target {
        EnvTarget::Deployment => "Deployment",
        EnvTarget::StatefulSet => "StatefulSet",
        EnvTarget::DaemonSet => "DaemonSet",
    }
}

/// Returns the containers of one object with their variables, without duplicates.
fn containers(
    input: Input<'_>,
    group: &[&Env],
    origins: &mut Origins,
    diagnostics: &mut Diagnostics,
) -> Vec<Container> {
    let mut containers: Vec<Container> = Vec::new();
    let mut seen = BTreeMap::<(&str, String), Site>::new();
    for env in group {
        let known = containers.iter().position(|it| it.name == env.container);
        let at = known.unwrap_or_else(|| {
            containers.push(Container { name: env.container.clone(), env: Vec::new() });
            containers.len() - 1
        });
        let here = field_path!["spec", "template", "spec", "containers", at];
        if known.is_none() {
            origins.part(&here, &[env.site]);
        }
        for setting in &env.settings {
            let name = setting.path.join(".");
            if let Some(first) = seen.get(&(&env.container, name.clone())) {
                diagnostics.push(report::variable_twice(
                    input.model,
                    &name,
                    env,
                    setting.site,
                    *first,
                ));
                continue;
            }
            seen.insert((&env.container, name.clone()), setting.site);
            let Some(value) = values::value(input, &setting.value, diagnostics) else { continue };
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    unreachable!("resolve reports a variable that is no string, number or boolean")
                }
            };
            let variables = &mut containers[at].env;
            origins.part(&here.child("env").child(variables.len()), &[setting.site]);
            variables.push(EnvVar { name, value });
        }
    }
    containers
}
