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
            .note("mlnetc reads the files of `KUBECONFIG`, otherwise `~/.kube/config`")
            .help(
                "`--context NAME` names a context of `kubectl config get-contexts`; `--against \
                 FILE` compares with a snapshot instead",
            ),
        Trouble::Unreachable(why) => {
            let message = format!("no connection to {server}: {why}");
            Diagnostic::nowhere(Code::E0902, message)
                .help("check the context; `kubectl version` shows whether the server responds")
        }
        Trouble::Certificate(why) => {
            let message = format!("the certificate of {server} is not trusted: {why}");
            Diagnostic::nowhere(Code::E0903, message)
                .note("mlnetc sent no request and no credentials")
                .help(
                    "the `certificate-authority-data` of the context must belong to this cluster, \
                     and its `server` must be a name in the certificate",
                )
        }
        Trouble::Credentials(why) => {
            let message = format!("{server} does not accept the credentials: {why}");
            Diagnostic::nowhere(Code::E0904, message)
                .help("log in again, as for `kubectl`: `kubectl auth whoami` must succeed")
        }
        Trouble::Plugin(failed) => plugin(failed),
        Trouble::NoCredentials(why) => Diagnostic::nowhere(Code::E0909, why.clone())
            .note("mlnetc used the credentials of the context's user in the kubeconfig")
            .help("log in again, as for `kubectl`: `kubectl auth whoami` must succeed"),
        Trouble::Slow => {
            let message = format!("{server} does not respond within {seconds} s");
            Diagnostic::nowhere(Code::E0905, message)
                .help("try again; `--timeout SECONDS` waits longer")
        }
        Trouble::Broken(why) => {
            let message = format!("the response of {server} is incomplete or invalid: {why}");
            Diagnostic::nowhere(Code::E0906, message)
                .help("try again; check whether a proxy ends the connection")
        }
        Trouble::Failing(429, why) => {
            let message = format!("{server} is too busy (429): {why}");
            Diagnostic::nowhere(Code::E0907, message)
                .help("try again later; `--timeout SECONDS` waits longer")
        }
        Trouble::Failing(status, why) => {
            let message = format!("{server} returns HTTP {status}: {why}");
            Diagnostic::nowhere(Code::E0907, message)
                .help("try again; if the error remains, `kubectl get --raw /readyz?verbose` shows details")
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
        _ => diagnostic.note(format!("earlier output on stderr: {}", before.join("; "))),
    };
    diagnostic
        .note("the plugin runs on this machine: the API server did not reject a request")
        .help(
            "`kubectl auth whoami` runs the same plugin; `kubectl config view --minify` shows its \
         arguments and variables",
        )
}

/// Kinds without permission to read.
pub(super) fn forbidden(resources: &[String], why: &str) -> Diagnostic {
    let message =
        format!("not compared, since the caller lacks permission: {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0901, message)
        .note(format!("response of the API server: {why}"))
        .help("`mlnetc diff --rbac` prints the required ClusterRole")
}

/// API groups that fail.
pub(super) fn failing(resources: &[String], why: &str) -> Diagnostic {
    let message = format!("not compared, since its API group fails: {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0902, message)
        .note(format!("response of the API server: {why}"))
        .help("`kubectl get apiservices` shows which server does not respond")
}

/// Kinds of objects of the source that the cluster does not serve.
pub(super) fn absent(resources: &[String], objects: usize) -> Diagnostic {
    let objects = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
    let message = format!("the cluster does not have {}", resources.join(", "));
    Diagnostic::nowhere(Code::W0903, message)
        .note(format!("the source has {objects} of this kind: an apply fails"))
        .help("first install the product that provides the CustomResourceDefinition")
}

/// A kind that the cluster serves only in other versions.
pub(super) fn version(resource: &str, wanted: &str, served: &str) -> Diagnostic {
    let message = format!("the cluster serves {resource} as `{served}`, not as `{wanted}`");
    Diagnostic::nowhere(Code::W0904, message)
        .note("its CustomResourceDefinition is older or newer than the objects of mlnetc: an apply fails")
        .help("install the version in the source, or write the installed version in the source")
}

/// An object that a dry run rejects. `place`: the part of the source that the rejection is about.
pub(super) fn refused(object: &str, place: Option<Span>, why: &str) -> Diagnostic {
    let message = format!("the API server rejects {object}");
    let diagnostic = match place {
        Some(place) => Diagnostic::new(Code::W0905, place, message).here("source of the object"),
        None => Diagnostic::nowhere(Code::W0905, message),
    };
    diagnostic.note(format!("response of the API server: {why}")).help(
        "an apply fails with the same error; change the source, or the policy or webhook that \
         rejects the object",
    )
}

/// An object that the cluster's schema of its kind rejects.
pub(super) fn invalid(object: &str, place: Option<Span>, pointer: &str, why: &str) -> Diagnostic {
    let message = format!("the cluster's schema rejects {object}");
    let diagnostic = match place {
        Some(place) => Diagnostic::new(Code::W0906, place, message).here("source of the object"),
        None => Diagnostic::nowhere(Code::W0906, message),
    };
    diagnostic
        .note(format!("at `{pointer}`: {why}"))
        .help("the CustomResourceDefinition has another version than the source, or was changed")
}

/// Kinds without permission for a dry run.
pub(super) fn untried(resources: &[String], why: &str) -> Diagnostic {
    let resources = resources.join(", ");
    let message = format!("the caller may not run a dry run of {resources}");
    Diagnostic::nowhere(Code::N0901, message)
        .note(format!("response of the API server: {why}"))
        .note(
            "mlnetc uses the defaults that it knows; changes by webhooks may appear as differences",
        )
        .help(
            "`--no-dry-run` skips the dry run; `mlnetc diff --rbac` prints the required permission",
        )
}
