//! Objects of charts and operators that differ from the source.

use super::ports as listed_ports;
use crate::diagnostics::{Code, Diagnostic, all_of};
use crate::model::{Env, Model, Port, Setting, Workload};
use crate::scalar::{PortRange, port_name};
use crate::stdlib::Alone;

/// A declared port that a Service lacks, or that leads elsewhere.
pub(in super::super) struct Missing<'m> {
    pub(in super::super) port: &'m Port,
    /// The port that clients dial.
    pub(in super::super) dialed: PortRange,
    /// The port to which the Service leads instead, if it has the port.
    pub(in super::super) leads_to: Option<u16>,
}

/// A Service of another owner that lacks ports of the source, or whose ports lead elsewhere.
pub(in super::super) fn ports(
    model: &Model,
    workload: &Workload,
    namespace: &str,
    missing: &[Missing<'_>],
    has: &[PortRange],
) -> Diagnostic {
    let service = workload.service.as_ref().map_or("", |it| it.name.as_str());
    let service = format!("Service `{namespace}/{service}`");
    let words = |ports: Vec<PortRange>| {
        listed_ports(&ports.into_iter().map(port_name).collect::<Vec<String>>())
    };
    let absent = missing.iter().filter(|it| it.leads_to.is_none());
    let absent: Vec<PortRange> = absent.map(|it| it.dialed).collect();
    let message = match missing.iter().find_map(|it| Some((it, it.leads_to?))) {
        Some((it, target)) if absent.is_empty() => format!(
            "{service} forwards port {} to {target} of its pods, not to {}",
            it.dialed.from, it.port.pod_port.0.from
        ),
        _ => {
            format!("{service} does not have {}, which the source declares", words(absent.clone()))
        }
    };
    let path = &workload.path;
    let mut diagnostic = Diagnostic::new(Code::W0836, workload.site.span, message)
        .here(format!("`{path}` in the source"));
    for it in missing {
        diagnostic = diagnostic.label(it.port.site.span, "this port");
    }
    let diagnostic = diagnostic.through(&model.expansions, workload.site);
    let diagnostic = match absent.as_slice() {
        [] => diagnostic,
        _ => diagnostic.note(format!("it has {}", words(has.to_vec()))),
    };
    diagnostic
        .note("mlnetc does not create the Service, and writes policies for the ports in the source")
        .help("write the ports of the Service here, or change the Service where it is created")
}

/// Variables that a container defines twice.
pub(in super::super) fn variables(
    model: &Model,
    env: &Env,
    kind: &str,
    namespace: &str,
    names: &[&str],
) -> Diagnostic {
    let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    let object = format!("{kind} `{namespace}/{}`", env.object.node);
    let message =
        format!("container `{}` of {object} sets {} twice", env.container, all_of(&quoted));
    let mut diagnostic = Diagnostic::new(Code::W0837, env.object.span, message)
        .here("the workload that this patches");
    let sets = |it: &&Setting| it.path.iter().any(|name| names.contains(&name.as_str()));
    for setting in env.settings.iter().filter(sets) {
        diagnostic = diagnostic.label(setting.site.span, "set here, too");
    }
    diagnostic
        .through(&model.expansions, env.site)
        .note("the process gets the last value, whatever the patch sets for the first")
        .help(
            "remove all but one where the workload is created: `kubectl set env` lists them with \
         `--list`",
        )
}

/// Objects of a kind that a namespace may have only once.
pub(in super::super) fn several(
    model: &Model,
    kind: &Alone,
    namespace: &str,
    names: &[&str],
) -> Diagnostic {
    let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    let message = format!(
        "namespace `{namespace}` has {} objects of kind {}: {}",
        names.len(),
        kind.kind,
        all_of(&quoted)
    );
    let declared = model.namespaces.iter().find(|it| it.name == namespace);
    let diagnostic = match declared {
        Some(it) => Diagnostic::new(Code::W0838, it.site.span, message)
            .here("this namespace")
            .through(&model.expansions, it.site),
        None => Diagnostic::new(Code::W0838, model.cluster.name.span, message).here("this cluster"),
    };
    diagnostic.note(kind.makes).help("keep one of them, or put each into a separate namespace")
}
