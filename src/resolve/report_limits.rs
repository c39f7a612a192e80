//! Diagnostics of name resolution about out-of-range values: one function for each error.

use crate::diagnostics::{Code, Diagnostic};
use crate::model::Absent;
use crate::source::{Name, Span, Spanned};

/// An MTU below the packet size that every host must accept.
pub(super) fn mtu_too_small(span: Span, mtu: u16) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("{mtu} is not an MTU of a pod network"))
        .here("a packet of 576 bytes does not fit")
        .help(
            "every host accepts 576 bytes (RFC 791); without `mtu`, Calico detects the MTU of the \
         nodes' interfaces",
        )
}

/// A cluster domain that is not a DNS name.
pub(super) fn not_a_domain(
    span: Span,
    written: &str,
    why: &str,
    corrected: Option<String>,
) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0231, span, format!("`{written}` is not a DNS domain: {why}"));
    match corrected {
        Some(it) => {
            diagnostic.fix(format!("write `{it}`"), vec![(span, format!("\"{it}\""))]).safe()
        }
        None => diagnostic
            .help("write the `clusterDomain` of the kubelets: `domain = \"cluster.local\"`"),
    }
}

/// A cluster domain that repeats the `svc` in the DNS name of every Service.
pub(super) fn domain_with_svc(span: Span, written: &str, rest: &str) -> Diagnostic {
    let message = format!("the domain `{written}` begins with `svc`");
    Diagnostic::new(Code::W0232, span, message)
        .here(format!("names of Services would be `SERVICE.NAMESPACE.svc.{written}`"))
        .fix(format!("write only the domain: `{rest}`"), vec![(span, format!("\"{rest}\""))])
}

/// A name that is not valid for a network interface of Linux.
pub(super) fn not_an_interface(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, format!("no network interface can have the name `{name}`")).help(
        "Linux accepts 1 to 15 bytes without spaces, `/` and `:`: `eth0`, `enp1s0`, `bond0.100`",
    )
}

/// An empty list of values in a selector.
pub(super) fn no_label_values(span: Span) -> Diagnostic {
    Diagnostic::new(Code::E0301, span, "this label has an empty list of values")
        .here("an empty list")
        .help("list the values, or write `any` for pods that have the label with any value")
}

/// A fixed address for a service that only other clusters declare.
pub(super) fn not_in_cluster(span: Span, cluster: &str, absent: &Absent) -> Diagnostic {
    let message = format!("`{}` is not in cluster `{cluster}`", absent.name);
    Diagnostic::new(Code::E0201, span, message)
        .here("gets a fixed address")
        .label(absent.declared, format!("declared for `{}`", absent.cluster))
        .help(format!(
            "remove the line, or write it in the `metallb` block of `{}`",
            absent.cluster
        ))
}

/// Components use each other too deeply or too often.
pub(super) fn uses_multiply(component: &Spanned<Name>, outer: Span, is_deep: bool) -> Diagnostic {
    let message = if is_deep {
        "components use each other more than 64 levels deep"
    } else {
        "components use each other more than 100,000 times"
    };
    Diagnostic::new(Code::E0229, component.span, message)
        .here(format!("this `{component}` is not expanded"))
        .label(outer, "this use includes it")
        .help("in a component, `use` only its own dependencies; `use` other components in the project")
}
