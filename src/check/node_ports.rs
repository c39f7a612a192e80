//! A node port is one Service's: every node listens on it.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Model, NamespaceId};
use crate::source::Span;

/// Reports a number that two Services ask for, whatever their protocols: Kubernetes counts numbers only
/// (pkg/registry/core/service/portallocator).
pub(super) fn check(model: &Model, said: &mut Diagnostics) {
    let mut first: BTreeMap<u16, (Span, &str, (NamespaceId, &str))> = BTreeMap::new();
    for workload in &model.workloads {
        let Some(service) = &workload.service else { continue };
        let key = (workload.namespace, service.name.as_str());
        for wanted in workload.ports.iter().filter_map(|it| it.node_port.as_ref()) {
            let (span, number) = (wanted.span, wanted.node);
            let (other, path, owner) = *first.entry(number).or_insert((span, &workload.path, key));
            if owner != key {
                let message =
                    format!("`{path}` and `{}` both ask for node port {number}", workload.path);
                said.push(
                    Diagnostic::new(Code::E0327, span, message)
                        .here("asks for it too")
                        .label(other, format!("`{path}` asks for it"))
                        .note("every node listens on it, for one Service of the cluster")
                        .help(
                            "give one of them another number, or none: Kubernetes finds a free one",
                        ),
                );
            }
        }
    }
}
