//! Environment variables for workloads that a chart or an operator makes: partial objects for
//! server-side apply. They carry nothing else, so that mlnetc owns nothing else of those objects.

use serde_json::Value;

use super::files::Wish;
use super::{Input, files, values};
use crate::diagnostics::Diagnostics;
use crate::model::{Env, EnvTarget};
use crate::objects::{Container, EnvVar, Meta, Object, StringMap, WorkloadPatch};
use crate::origin::{Origins, Traced};

/// The patches, by file.
pub(super) fn patches(input: Input<'_>, said: &mut Diagnostics) -> Vec<Traced> {
    let model = input.model;
    let namespace = |it: &Env| model.namespace(it.namespace).name.as_str();
    let wishes: Vec<Wish<'_>> = model
        .envs
        .iter()
        .map(|it| Wish { name: &it.name, namespace: Some(namespace(it)), path: &it.path })
        .collect();
    let names = files::distinct(&wishes);
    let mut patches: Vec<Traced> = model
        .envs
        .iter()
        .zip(names)
        .map(|(env, name)| {
            let mut origins = Origins::of(vec![env.site]);
            let variables = variables(input, env, &mut origins, said);
            let kind = match env.target {
                EnvTarget::Deployment => "Deployment",
                EnvTarget::StatefulSet => "StatefulSet",
                EnvTarget::DaemonSet => "DaemonSet",
            };
            let metadata = Meta {
                name: env.object.node.clone(),
                namespace: Some(namespace(env).to_owned()),
                labels: StringMap::default(),
                annotations: StringMap::default(),
            };
            let container = Container { name: env.container.clone(), env: variables };
            let patch = WorkloadPatch::new(kind, metadata, vec![container]);
            let file = format!("patches/{name}.yaml");
            Traced { file, object: Object::WorkloadPatch(patch), origins }
        })
        .collect();
    patches.sort_by(|left, right| left.file.cmp(&right.file));
    patches
}

fn variables(
    input: Input<'_>,
    env: &Env,
    origins: &mut Origins,
    said: &mut Diagnostics,
) -> Vec<EnvVar> {
    let mut variables = Vec::new();
    for setting in &env.settings {
        let Some(value) = values::value(input, &setting.value, said) else { continue };
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                unreachable!("resolve reports a variable that is no string, number or boolean")
            }
        };
        let here = format!("/spec/template/spec/containers/0/env/{}", variables.len());
        origins.part(here, vec![setting.site]);
        variables.push(EnvVar { name: setting.path.join("."), value });
    }
    variables
}
