//! `mlnetc stdlib new`: a draft of a component from manifests.

use crate::cli::args::NewComponent;
use crate::cli::failure::Failure;
use crate::cli::snapshot;
use crate::draft::{self, Refused};
use crate::source::is_reserved;

/// The kinds of a namespace that a draft reads, for `kubectl get`.
pub(super) const KINDS: &str = "all,ingress,networkpolicy,rolebinding";

/// Returns the text of the draft.
pub(super) fn run(args: &NewComponent) -> Result<String, Failure> {
    let is_label = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let is_name = args.name.chars().all(is_label)
        && args.name.starts_with(|it: char| it.is_ascii_lowercase());
    if !is_name || is_reserved(&args.name) {
        let help = "lower-case letters, digits and `-`, a letter first, no word of the language: `feature-store`";
        return Err(Failure::usage_help(format!("`{}` cannot name a component", args.name), help));
    }
    let manifests = snapshot::read(&args.against)?;
    let drafted = draft::component(&manifests, &args.name, args.namespace.as_deref());
    let file = snapshot::called(&args.against);
    drafted.map_err(|refused| match refused {
        Refused::Empty(invalid) => {
            let place = args.namespace.as_ref().map(|it| format!(" of namespace `{it}`"));
            let place = place.unwrap_or_default();
            let message = format!("`{file}` has no Service with a selector and no workload{place}");
            let help = invalid.into_iter().next().map_or_else(
                || format!("`kubectl get {KINDS} -n NAMESPACE -o yaml` prints them"),
                |it| format!("no API server accepts the name or the labels of {it}"),
            );
            Failure::usage_help(message, help)
        }
        Refused::Namespaces(names) => {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!("`{file}` has several namespaces: {names}");
            Failure::usage_help(message, "select one with `--namespace NAME`")
        }
    })
}
