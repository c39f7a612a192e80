//! Diagnostics of uses of components, one function for each.

use super::known::{Known, did_you_mean};
use crate::diagnostics::{Code, Diagnostic, is_only, ticked};
use crate::source::{Name, Spanned};
use crate::stdlib;

/// A `use` names a component that is neither in the project nor in the standard library.
pub(super) fn unknown_component(name: &Spanned<Name>, known: &[Known]) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::E0205, name.span, format!("there is no component `{name}`"))
            .here("neither in the project nor in the standard library");
    match stdlib::with_keyword(name.node.as_str()).as_slice() {
        [] => {}
        [component] => {
            let title = format!("use `{component}`, the component of this product");
            return diagnostic.fix(title, vec![(name.span, (*component).to_owned())]);
        }
        several => {
            let names = ticked(several).join(", ");
            return diagnostic.help(format!("components for this product: {names}"));
        }
    }
    let by_words = stdlib::with_words(name.node.as_str());
    let names = || known.iter().map(|it| it.0.as_str());
    let is_slip = names().any(|it| is_only(name.node.as_str(), it, names()));
    if !by_words.is_empty() && !is_slip {
        let names = ticked(by_words).join(", ");
        return diagnostic.help(format!("components with a similar name or purpose: {names}"));
    }
    did_you_mean(&diagnostic, name.span, name.node.as_str(), known).unwrap_or_else(|| {
        diagnostic
            .help("`mlnetc stdlib search WORD` finds components by product, image or port")
            .note(format!(
                "to write a component, start from what runs: `kubectl get all,ingress,networkpolicy,rolebinding -n NAMESPACE -o yaml > live.yaml`, \
                 `mlnetc stdlib new {name} --against live.yaml`"
            ))
    })
}

/// A use without a namespace, of a component that runs in the namespace of its user.
pub(super) fn use_without_namespace(component: &Spanned<Name>) -> Diagnostic {
    Diagnostic::new(
        Code::E0224,
        component.span,
        format!("component `{component}` declares no namespace"),
    )
    .help(format!("name the namespace in which it runs: `use {component} in NAMESPACE`"))
}
