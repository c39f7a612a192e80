//! Comment lines above documents that `kubectl apply -k` does not apply. They describe the document, and show
//! the command that applies it.

use std::borrow::Cow;

use crate::objects::{HelmValues, Object};
use crate::origin::Traced;
use crate::source::Files;

/// Appends the comment lines of a document, if its kind has any.
pub(super) fn write(traced: &Traced, files: &Files, out: &mut String) {
    match &traced.object {
        Object::HelmValues(values) => {
            let source = traced.origins.whole().first().map(|it| files.path_line(it.span));
            helm(values, &traced.file, source.as_deref(), out);
        }
        Object::WorkloadPatch(patch) => {
            let kind = patch.kind;
            comment(
                out,
                &format!(
                    "Environment variables of {kind} {}, an object of another owner.",
                    patch.metadata.name
                ),
            );
            comment(
                out,
                &format!(
                    "kubectl apply --server-side --field-manager mlnetc -f {}",
                    shell(&traced.file)
                ),
            );
        }
        Object::Namespace(_)
        | Object::NetworkPolicy(_)
        | Object::Service(_)
        | Object::Installation(_)
        | Object::BfdProfile(_)
        | Object::BgpPeer(_)
        | Object::IpAddressPool(_)
        | Object::Advertisement(_) => {}
    }
}

fn helm(values: &HelmValues, file: &str, source: Option<&str>, out: &mut String) {
    let HelmValues { release, chart, version, namespace, description, values: _ } = values;
    let mut title = format!("Helm values of release {release}");
    if let Some(namespace) = namespace {
        title.push_str(" in namespace ");
        title.push_str(namespace);
    }
    comment(out, &title);
    if let Some(chart) = chart {
        comment(out, &format!("Chart: {chart}"));
    }
    if let Some(source) = source {
        comment(out, &format!("Source: {source}"));
    }
    for line in description.iter().flat_map(|it| it.lines()) {
        comment(out, line);
    }
    if let Some(chart) = chart {
        let namespace =
            namespace.as_deref().map(|it| format!(" -n {}", shell(it))).unwrap_or_default();
        let version =
            version.as_deref().map(|it| format!(" --version {}", shell(it))).unwrap_or_default();
        let (release, chart, file) = (shell(release), shell(chart), shell(file));
        comment(
            out,
            &format!("helm upgrade --install {release} {chart}{version}{namespace} -f {file}"),
        );
    }
}

/// Appends one comment line. Control characters become spaces.
pub(super) fn comment(out: &mut String, text: &str) {
    out.push('#');
    let printable = |it: char| {
        if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}') { ' ' } else { it }
    };
    let text = text.trim_end();
    if !text.is_empty() {
        out.push(' ');
        out.extend(text.chars().map(printable));
    }
    out.push('\n');
}

/// Quotes a word for a shell, if necessary.
fn shell(word: &str) -> Cow<'_, str> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./:@+=,".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}
