//! Calico's Installation: fields that it does not have and the API server drops, and a path that the
//! operator takes by the letter.

use super::places::Collector;
use super::report::services as report;
use super::snapshot::{View, text};

/// Fields that are written often, are not there, and where they belong.
/// <https://github.com/tigera/operator/blob/master/api/v1/installation_types.go>
const MISPLACED: &[(&str, &str)] = &[
    (
        "/spec/calicoVersion",
        "the version is that of the operator; `status.calicoVersion` says which one runs",
    ),
    (
        "/spec/nodeAddressAutodetection",
        "write `spec.calicoNetwork.nodeAddressAutodetectionV4` (or `V6`)",
    ),
];

/// Looks at the Installation.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    for (manifest, object) in view.objects("operator.tigera.io", "Installation") {
        for (pointer, help) in MISPLACED {
            if object.pointer(pointer).is_some() {
                let place = diagnostics.entry(manifest, pointer);
                let field = pointer.trim_start_matches('/').replace('/', ".");
                diagnostics.push(report::no_such_field(&field, help, place));
            }
        }
        let path = text(object, "/spec/flexVolumePath").filter(|it| *it != "None");
        if let Some(path) = path.filter(|it| !it.ends_with('/')) {
            let place = diagnostics.entry(manifest, "/spec/flexVolumePath");
            diagnostics.push(report::no_slash(path, place));
        }
    }
}
