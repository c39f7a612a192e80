//! Calico's Installation: fields that do not exist, so that the API server drops them, and a path that the operator
//! does not normalize.

use super::places::Collector;
use super::report::services as report;
use super::snapshot::{View, text};

/// Common fields that do not exist, each with the correct location.
/// <https://github.com/tigera/operator/blob/master/api/v1/installation_types.go>
const MISPLACED: &[(&str, &str)] = &[
    (
        "/spec/calicoVersion",
        "the operator decides the version; `status.calicoVersion` is the version that runs",
    ),
    (
        "/spec/nodeAddressAutodetection",
        "write `spec.calicoNetwork.nodeAddressAutodetectionV4` (or `V6`)",
    ),
];

/// Checks the Installation.
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
