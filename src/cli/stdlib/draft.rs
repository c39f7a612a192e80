//! `mlnetc stdlib new`: a draft of a component from manifests.

use crate::cli::args::NewComponent;
use crate::cli::failure::Failure;
use crate::cli::snapshot;
use crate::draft::{self, Refused};

/// Returns the text of the draft.
pub(super) fn run(args: &NewComponent) -> Result<String, Failure> {
    let is_label = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if !args.name.chars().all(is_label)
        || !args.name.starts_with(|it: char| it.is_ascii_lowercase())
    {
        let help = "lower-case letters, digits and `-`, a letter first: `feature-store`";
        return Err(Failure::usage_help(format!("`{}` cannot name a component", args.name), help));
    }
    let manifests = snapshot::read(&args.against)?;
    let drafted = draft::component(&manifests, &args.name, args.namespace.as_deref());
    let drafted = drafted.map_err(|refused| match refused {
        Refused::Empty => {
            let place = args.namespace.as_ref().map(|it| format!(" of namespace `{it}`"));
            let message = format!(
                "`{}` has no Service with a selector and no workload{}",
                snapshot::called(&args.against),
                place.unwrap_or_default()
            );
            Failure::usage_help(message, "`kubectl get all -n NAMESPACE -o yaml` prints them")
        }
        Refused::Namespaces(names) => {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            let message =
                format!("`{}` has several namespaces: {names}", snapshot::called(&args.against));
            Failure::usage_help(message, "select one with `--namespace NAME`")
        }
    })?;
    Ok(drafted.text)
}
