//! Diagnostics about a cluster that gives no answer or a partial one.

use std::time::Duration;

use super::plugin_failure::Failed;
use super::trouble::Trouble;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;

/// The cluster gives no answer. `server`: the name of the server in messages, if it is known.
pub(super) fn trouble(trouble: &Trouble, server: &str, patience: Duration) -> Diagnostic {
    let seconds = patience.as_secs_f32();
    match trouble {
        Trouble::Config(why) => Diagnostic::nowhere(Code::E0901, why.clone())
            .note("it is read from the files of `KUBECONFIG`, else from `~/.kube/config`")
            .help(
                "`--context NAME` names a context of `kubectl config get-contexts`; `--against \
                 FILE` compares with a snapshot instead",
            ),
        Trouble::Unreachable(why) => {
            let message = format!("nobody answers at {server}: {why}");
            Diagnostic::nowhere(Code::E0902, message)
                .help("`kubectl version` tells whether anybody does; is it the right context?")
        }
        Trouble::Certificate(why) => {
            let message = format!("the certificate of {server} is not trusted: {why}");
            Diagnostic::nowhere(Code::E0903, message)
                .note("nothing was asked, and no credentials were sent")
                .help(
                    "the context's `certificate-authority-data` has to be that of this cluster, and its \
                     `server` a name in the certificate",
                )
        }
        Trouble::Credentials(why) => {
            let message = format!("{server} does not accept the credentials: {why}");
            Diagnostic::nowhere(Code::E0904, message)
                .help("log in again, as for `kubectl`: `kubectl auth whoami` has to answer")
        }
        Trouble::Plugin(failed) => plugin(failed),
        Trouble::NoCredentials(why) => Diagnostic::nowhere(Code::E0909, why.clone())
            .note("the credentials are those of the context's user in the kubeconfig")
            .help("log in again, as for `kubectl`: `kubectl auth whoami` has to answer"),
        Trouble::Slow => {
            let message = format!("{server} does not answer within {seconds} s");
            Diagnostic::nowhere(Code::E0905, message)
                .help("try again; `--timeout SECONDS` waits longer")
        }
        Trouble::Broken(why) => {
            let message = format!("what {server} answers is cut off or no answer: {why}");
            Diagnostic::nowhere(Code::E0906, message)
                .help("try again; is there a proxy on the way that ends connections?")
        }
        Trouble::Failing(429, why) => {
            let message = format!("{server} is too busy (429): {why}");
            Diagnostic::nowhere(Code::E0907, message)
                .help("try again later; `--timeout SECONDS` is more patient")
        }
        Trouble::Failing(status, why) => {
            let message = format!("{server} answers with an error ({status}): {why}");
            Diagnostic::nowhere(Code::E0907, message)
                .help("try again; if it stays so, `kubectl get --raw /readyz?verbose` tells more")
        }
    }
}

/// The exec plugin printed no credentials.
fn plugin(failed: &Failed) -> Diagnostic {
    let Failed { command, why, stderr } = failed;
    let last = stderr.last().map(|it| format!(": {it}")).unwrap_or_default();
    let message = format!("the exec plugin `{command}` of the kubeconfig {why}{last}");
    let before = stderr.split_last().map_or(&[][..], |(_, before)| before);
    let diagnostic = Diagnostic::nowhere(Code::E0908, message);
    let diagnostic = match before {
        [] => diagnostic,
        _ => diagnostic.note(format!("it printed to stderr before: {}", before.join("; "))),
    };
    diagnostic.note("the plugin runs on this machine: the API server refused nothing").help(
        "`kubectl auth whoami` starts the same plugin; `kubectl config view --minify` shows its \
         arguments and variables",
    )
}

/// Kinds without permission to read.
pub(super) fn forbidden(resources: &[String], why: &str) -> Diagnostic {
    let message = format!("not compared, since it may not be read: {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0901, message)
        .note(format!("the API server says: {why}"))
        .help("`mlnetc diff --rbac` writes the ClusterRole that it needs")
}

/// API groups that fail.
pub(super) fn failing(resources: &[String], why: &str) -> Diagnostic {
    let message =
        format!("not compared, since its API group has a fault: {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0902, message)
        .note(format!("the API server says: {why}"))
        .help("`kubectl get apiservices` tells which of its servers does not answer")
}

/// Kinds of objects of the source that the cluster does not serve.
pub(super) fn absent(resources: &[String], objects: usize) -> Diagnostic {
    let objects = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
    let message = format!("the cluster does not have {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0903, message)
        .note(format!("the source has {objects} of it: an apply of them fails"))
        .help("install what brings its CustomResourceDefinition first")
}

/// A kind that the cluster serves only in other versions.
pub(super) fn version(resource: &str, wanted: &str, served: &str) -> Diagnostic {
    let message = format!("the cluster serves {resource} as `{served}`, not as `{wanted}`");
    Diagnostic::nowhere(Code::W0904, message)
        .note("its CustomResourceDefinition is older or newer than what mlnetc writes: an apply fails")
        .help("install the version that the source names, or name the one that is installed")
}

/// An object that a dry run rejects. `place`: the part of the source that the rejection is about.
pub(super) fn refused(object: &str, place: Option<Span>, why: &str) -> Diagnostic {
    let message = format!("the API server refuses {object}");
    let diagnostic = match place {
        Some(place) => Diagnostic::new(Code::W0905, place, message).here("it comes from here"),
        None => Diagnostic::nowhere(Code::W0905, message),
    };
    diagnostic
        .note(format!("it says: {why}"))
        .help("an apply fails with the same words; change the source, or what refuses it")
}

/// An object that the cluster's schema of its kind rejects.
pub(super) fn invalid(object: &str, place: Option<Span>, pointer: &str, why: &str) -> Diagnostic {
    let message = format!("the cluster's schema refuses {object}");
    let diagnostic = match place {
        Some(place) => Diagnostic::new(Code::W0906, place, message).here("it comes from here"),
        None => Diagnostic::nowhere(Code::W0906, message),
    };
    diagnostic.note(format!("at `{pointer}`: {why}")).help(
        "the CustomResourceDefinition is of another version than the source names, or was changed",
    )
}

/// Kinds without permission for a dry run.
pub(super) fn untried(resources: &[String], why: &str) -> Diagnostic {
    let resources = resources.join(", ");
    let message = format!("the API server may not be asked to try {resources}");
    Diagnostic::nowhere(Code::N0901, message)
        .note(format!("it says: {why}"))
        .note(
            "defaults are what mlnetc knows of them; what webhooks change may show as a difference",
        )
        .help("`--no-dry-run` does not ask; `mlnetc diff --rbac` tells which right it takes")
}
