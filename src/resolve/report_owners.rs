//! Diagnostics about ownership: files, flows, guardrails, consents and namespaces of other owners.

use crate::diagnostics::{Code, Diagnostic};
use crate::model::Owner;
use crate::source::{Name, Span};

/// A tenant is opened in a file that another tenant owns.
pub(super) fn not_its_file(
    span: Span,
    what: &str,
    owner: &str,
    claim: Span,
    home: &str,
) -> Diagnostic {
    Diagnostic::new(Code::E0401, span, format!("{what} is not allowed in a file of `{owner}`"))
        .label(claim, format!("makes this a file of `{owner}`"))
        .note(
            "files of a tenant may contain declarations in that tenant, externals, and flows from \
         or to that tenant",
        )
        .help(home)
}

/// A flow in a tenant's file that does not have that tenant at one end.
pub(super) fn not_its_flow(span: Span, owner: &str, claim: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::E0402, span, format!("this {word} neither starts nor ends in `{owner}`"))
        .label(claim, format!("makes this a file of `{owner}`"))
        .help("move it to a file of its client's or server's owner, or of the platform")
}

/// Reports a guardrail in a tenant's file that has the tenant at neither end.
pub(super) fn not_its_guardrail(
    span: Span,
    owner: &str,
    claim: Span,
    used_at: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        Code::E0408,
        span,
        format!("this guardrail neither starts nor ends in `{owner}`"),
    )
    .label_if(used_at, format!("`{owner}` uses it here"))
    .label(claim, format!("makes this a file of `{owner}`"))
    .note("in a tenant's guardrail, all clients or all servers belong to that tenant")
    .help(format!(
        "name pods of `{owner}` as the clients or the servers, or ask the platform \
         for the guardrail"
    ))
}

/// An owner consents to flows whose ends it does not own.
pub(super) fn not_its_consent(
    span: Span,
    server: &str,
    author: &str,
    owner: &str,
    owner_kind: Owner,
) -> Diagnostic {
    let place = match owner_kind {
        Owner::Platform => "a file of the platform".to_owned(),
        Owner::Tenant(_) => format!("a file of `{owner}`"),
    };
    Diagnostic::new(Code::E0406, span, format!("`{author}` cannot accept flows into `{server}`"))
        .here(format!(
            "`{server}` belongs to {}",
            if matches!(owner_kind, Owner::Platform) {
                "the platform".to_owned()
            } else {
                format!("`{owner}`")
            }
        ))
        .note(format!(
            "an accept of `{author}` may name only flows to its own services, or from its own clients"
        ))
        .help(format!("move it to {place}"))
}

/// An item of a tenant uses a namespace of another owner.
pub(super) fn not_its_namespace(
    span: Span,
    namespace: &str,
    owner: &str,
    tenant: &str,
    declared: Span,
) -> Diagnostic {
    let message = format!("`{namespace}` is not a namespace of `{tenant}`");
    Diagnostic::new(Code::E0407, span, message)
        .here(if owner == "the platform" {
            "belongs to the platform".to_owned()
        } else {
            format!("belongs to `{owner}`")
        })
        .label(declared, format!("`{namespace}` is declared here"))
        .help(format!(
            "name a namespace of `{tenant}`; only the owner of a namespace declares its contents"
        ))
}

/// A tenant's file declares a system namespace.
pub(super) fn system_namespace(span: Span, namespace: &str, tenant: &str) -> Diagnostic {
    let message =
        format!("`{tenant}` cannot take over the namespace `{namespace}`, which every cluster has");
    Diagnostic::new(Code::E0407, span, message)
        .here("declared by a file of a tenant")
        .help("only a file of the platform sets rules for a namespace of Kubernetes")
}

/// A tenant's file declares a namespace that mlnetc does not manage.
pub(super) fn unmanaged_by_tenant(span: Span, namespace: &str, tenant: &str) -> Diagnostic {
    let message =
        format!("`{tenant}` cannot take over the namespace `{namespace}`, which exists already");
    Diagnostic::new(Code::E0407, span, message)
        .here("`managed = false` in a file of a tenant")
        .help("only a file of the platform sets rules for a namespace that mlnetc does not create")
}

/// `files` in a file that a pattern assigns to a tenant.
pub(super) fn claimed_by_tenant(span: Span, path: &str, owner: &Name, pattern: Span) -> Diagnostic {
    let message =
        format!("`{path}` is a file of `{owner}`, and a tenant cannot assign files to owners");
    let elsewhere = Some(pattern).filter(|it| *it != span);
    Diagnostic::new(Code::E0410, span, message)
        .here("assigns files")
        .label_if(elsewhere, format!("makes `{path}` a file of `{owner}`"))
        .help("move `files` to a file of the platform: a file that no pattern matches")
}
