//! Objects of which there can be one only: Services of a name in a namespace, and releases.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Model, NamespaceId, Values};
use crate::source::{Site, Span};

/// Reports what two declarations would make twice.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    services(model, diagnostics);
    releases(model, diagnostics);
}

/// A declaration of a Service.
struct Declared<'m> {
    path: &'m str,
    span: Span,
    managed: bool,
}

/// Several declarations may speak of one Service that a chart makes; of one that mlnetc makes, one.
fn services(model: &Model, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<(NamespaceId, &str), Declared<'_>> = BTreeMap::new();
    let services = model.workloads.iter().filter_map(|it| {
        let service = it.service.as_ref()?;
        // Ports without a Service: nothing of that name is in the cluster.
        let real = service.managed || it.ports.iter().any(|port| port.service_port.is_some());
        let declared = Declared { path: &it.path, span: it.site.span, managed: service.managed };
        real.then_some(((it.namespace, service.name.as_str()), declared))
    });
    let aliases = model.aliases.iter().map(|it| {
        let declared = Declared { path: &it.path, span: it.site.span, managed: true };
        ((it.namespace, it.name.as_str()), declared)
    });
    for (key, declared) in services.chain(aliases) {
        let Some(other) = first.get(&key) else {
            first.insert(key, declared);
            continue;
        };
        if !declared.managed && !other.managed {
            continue;
        }
        let namespace = &model.namespace(key.0).name;
        let message =
            format!("the Service `{}` of namespace `{namespace}` is declared twice", key.1);
        let owner = |it: &Declared<'_>| {
            let maker =
                if it.managed { "mlnetc creates it" } else { "a chart or an operator creates it" };
            format!("`{}`: {maker}", it.path)
        };
        diagnostics.push(
            Diagnostic::new(Code::E0228, declared.span, message)
                .here(owner(&declared))
                .label(other.span, owner(other))
                .help(match (declared.managed, other.managed) {
                    (true, false) => another_name(declared.path),
                    (false, true) => another_name(other.path),
                    (true, true) | (false, false) => {
                        "give one of them another real name with `name = \"…\"`".to_owned()
                    }
                }),
        );
    }
}

/// One Helm document for each release of a namespace.
fn releases(model: &Model, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<(Option<NamespaceId>, &str), Site> = BTreeMap::new();
    // Two uses of one component: one mistake, however many documents it has.
    let mut uses: BTreeSet<(Span, Span)> = BTreeSet::new();
    for values in &model.values {
        let key = (values.namespace, values.release.as_str());
        if let Some(other) = first.insert(key, values.site) {
            if let (Some(one), Some(again)) = (used(model, other), used(model, values.site))
                && one != again
            {
                if uses.insert((one, again)) {
                    diagnostics.push(used_twice(values, one, again));
                }
                continue;
            }
            let other = other.span;
            let message = format!("the release `{}` has two values documents", values.release);
            diagnostics.push(
                Diagnostic::new(Code::E0313, values.site.span, message)
                    .here("the second")
                    .label(other, "the first")
                    .help("name the release of one of them with `release = \"…\"`"),
            );
        }
    }
}

fn another_name(path: &str) -> String {
    format!(
        "give `{path}` another real name with `name = \"…\"`: mlnetc cannot rename the other Service"
    )
}

/// The outermost `use` that led to a place.
fn used(model: &Model, site: Site) -> Option<Span> {
    let row = |at: crate::source::ExpansionId| model.expansions.get(at.0 as usize);
    let outermost = std::iter::successors(site.via, |it| row(*it)?.parent).last()?;
    Some(row(outermost)?.span)
}

/// A component that makes one release is used twice where there can be one.
fn used_twice(values: &Values, first: Span, again: Span) -> Diagnostic {
    let message = format!("the release `{}` is installed twice in one namespace", values.release);
    Diagnostic::new(Code::E0313, again, message)
        .here("the second")
        .label(first, "the first")
        .label(values.site.span, "its values")
        .help(
            "remove one of them, use it in another namespace, or give it another release, if the \
         component has a parameter for that",
        )
}
