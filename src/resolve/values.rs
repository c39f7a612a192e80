//! `values` and `env`: typed trees whose leaves may refer to the model.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::description;
use super::fields::Body;
use super::report;
use super::report_values;
use super::resolver::Resolver;
use super::scope::ScopeId;
use crate::model::{
    Env, EnvTarget, Leaf, NamespaceId, Part, Setting, Values, Workload, WorkloadId,
};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Block, Item, Piece, Text, Value, ValueKind};

const TARGETS: &[(&str, EnvTarget)] = &[
    ("deployment", EnvTarget::Deployment),
    ("statefulset", EnvTarget::StatefulSet),
    ("daemonset", EnvTarget::DaemonSet),
];

impl<'a> Resolver<'a> {
    /// Binds `values NAME { … }`.
    pub(super) fn values(&mut self, block: &'a Block, scope: ScopeId) {
        let fields = ["chart", "version", "release", "in", "schema"];
        let body = self.body(&block.items, scope, "a values", &fields);
        let (path, _) = self.paths(scope, &block.name.node);
        let release = self.text(&body, "release");
        let release =
            release.unwrap_or_else(|| Spanned::new(block.name.node.to_string(), block.name.span));
        self.check_release_name(&release);
        let namespace = self.namespace_field(&body);
        let chart = self.text(&body, "chart").map(|it| it.node);
        let version = self.text(&body, "version").map(|it| it.node);
        if version.is_some() && !body.fields.contains_key("chart") {
            let hint = "`chart = \"…\"`: the chart that `version` is of";
            self.missing(&body, block.name.span, "values", "chart", hint);
        }
        let schema = body.fields.get("schema").and_then(|field| {
            self.literal(&field.value).map(|it| Spanned::new(it, field.value.span))
        });
        let has_namespace = namespace.is_some() || !body.fields.contains_key("in");
        let is_known = has_namespace && self.is_known(&body);
        let settings = self.settings(&body, "a values");
        if !is_known {
            return;
        }
        let site = self.site(block.name.span, scope);
        let row = Values {
            path,
            release: release.node,
            chart,
            version,
            namespace,
            schema,
            settings,
            site,
            description: description(&block.doc),
        };
        self.model.to_mut().values.push(row);
    }

    /// Binds `env NAME { … }`.
    pub(super) fn env(&mut self, block: &'a Block, scope: ScopeId) {
        let body = self.body(&block.items, scope, "an env", &["on", "in", "container"]);
        let settings = self.settings(&body, "an env");
        for setting in &settings {
            if let [name] = setting.path.as_slice()
                && is_variable(name)
            {
                if !matches!(
                    setting.value,
                    Leaf::Text(_)
                        | Leaf::Int(_)
                        | Leaf::Bool(_)
                        | Leaf::Pieces(_)
                        | Leaf::Address(_, _)
                ) {
                    self.diagnostics
                        .push(report_values::variable_is_no_scalar(setting.site.span, name));
                }
            } else {
                self.diagnostics.push(report_values::not_a_variable(
                    setting.site.span,
                    &setting.path.join("."),
                ));
            }
        }
        let target = self.target_object(&body, block.name.span);
        for (name, hint) in [
            ("in", "`in = NAMESPACE`: where the workload runs"),
            ("container", "`container = \"…\"`: the container whose variables these are"),
        ] {
            if !body.fields.contains_key(name) {
                self.missing(&body, block.name.span, "env", name, hint);
            }
        }
        let (namespace, container) = (self.namespace_field(&body), self.text(&body, "container"));
        let (Some((target, object)), Some(namespace), Some(container)) =
            (target, namespace, container)
        else {
            return;
        };
        let (path, _) = self.paths(scope, &block.name.node);
        let row = Env {
            path,
            name: block.name.node.to_string(),
            target,
            object,
            namespace,
            container: container.node,
            settings,
            site: self.site(block.name.span, scope),
            description: description(&block.doc),
        };
        self.model.to_mut().envs.push(row);
    }

    fn namespace_field(&mut self, body: &Body<'a>) -> Option<NamespaceId> {
        let field = body.fields.get("in")?;
        let Some(path) = field.value.path() else {
            self.wrong_kind(&field.value, "the name of a namespace: `inference`");
            return None;
        };
        let path = Spanned::new(path.clone(), field.value.span);
        let id = self.find_namespace(&path, body.scope)?;
        self.own_namespace(id, path.span, body.scope)
    }

    /// Reads `on = deployment "…"`: kind and name of the object.
    fn target_object(
        &mut self,
        body: &Body<'a>,
        block: Span,
    ) -> Option<(EnvTarget, Spanned<String>)> {
        let Some(field) = body.fields.get("on") else {
            let hint = "`on = deployment \"…\"`: the workload whose variables these are";
            self.missing(body, block, "env", "on", hint);
            return None;
        };
        let ValueKind::Object(kind, name) = &field.value.kind else {
            self.wrong_kind(
                &field.value,
                "a workload: `deployment \"…\"`, `statefulset \"…\"` or `daemonset \"…\"`",
            );
            return None;
        };
        let Some((_, target)) = TARGETS.iter().find(|(it, _)| *it == kind.node.as_str()) else {
            let known: Vec<&str> = TARGETS.iter().map(|(it, _)| *it).collect();
            self.diagnostics.push(report_values::not_a_choice(
                kind.span,
                kind.node.as_str(),
                "on",
                &known,
            ));
            return None;
        };
        let object = Spanned::new(self.string(name, body.scope)?, field.value.span);
        Some((*target, object))
    }

    /// Every `set` of a block; rejects duplicate paths and paths inside each other.
    fn settings(&mut self, body: &Body<'a>, place: &'static str) -> Vec<Setting> {
        let mut settings: Vec<Setting> = Vec::new();
        let mut seen: BTreeMap<Vec<String>, Span> = BTreeMap::new();
        for item in &body.items {
            let Item::Set(set) = item else {
                self.diagnostics.push(report::wrong_place(item, place));
                continue;
            };
            let path: Vec<String> = set.path.iter().map(|it| it.node.clone()).collect();
            let clash = (1..=path.len())
                .find_map(|length| seen.get_key_value(path.get(..length)?))
                .or_else(|| {
                    seen.range(path.clone()..).next().filter(|(it, _)| it.starts_with(&path))
                });
            if let Some((first_path, first)) = clash {
                let (path, first_path) = (path.join("."), first_path.join("."));
                self.diagnostics.push(report_values::set_twice(
                    self.files,
                    (set.span, &path),
                    (*first, &first_path),
                ));
                continue;
            }
            seen.insert(path.clone(), set.span);
            if let Some(value) = self.leaf(&set.value, body.scope) {
                settings.push(Setting { path, value, site: self.site(set.span, body.scope) });
            }
        }
        settings
    }

    /// The value as a leaf of a document.
    pub(super) fn leaf(&mut self, value: &'a Value, scope: ScopeId) -> Option<Leaf> {
        let (settled, inner) = self.settle(value, scope);
        if let Some(word) = self.bare_word(value, scope) {
            return Some(Leaf::Text(word.to_string()));
        }
        match &settled.kind {
            ValueKind::Text(text) => self.text_leaf(text, inner),
            ValueKind::Int(number) => Some(Leaf::Int(*number)),
            ValueKind::Bool(flag) => Some(Leaf::Bool(*flag)),
            ValueKind::Address(address) => Some(Leaf::Text(address.to_string())),
            ValueKind::Network(network) => Some(Leaf::Text(network.to_string())),
            ValueKind::Range(from, to) => Some(Leaf::Text(format!("{from}-{to}"))),
            ValueKind::List(members) => members
                .iter()
                .map(|it| self.leaf(it, inner))
                .collect::<Option<Vec<_>>>()
                .map(Leaf::List),
            ValueKind::Map(entries) => self.map_leaf(entries, inner),
            ValueKind::Call(function, arguments) => {
                self.call(function, arguments, settled.span, inner)
            }
            ValueKind::Ports(_)
            | ValueKind::Date(_)
            | ValueKind::Ref(_)
            | ValueKind::WithPort(_, _)
            | ValueKind::Not(_)
            | ValueKind::Object(_, _) => {
                let written = self.files.text(settled.span).to_owned();
                self.diagnostics.push(report_values::not_a_value(settled.span, &written));
                None
            }
            ValueKind::Bad => None,
        }
    }

    fn map_leaf(
        &mut self,
        entries: &'a [(Spanned<String>, Value)],
        scope: ScopeId,
    ) -> Option<Leaf> {
        let mut map: Vec<(String, Leaf)> = Vec::new();
        for entry @ (key, value) in entries {
            let first = entries.iter().find(|(it, _)| it.node == key.node);
            if let Some(first) = first.filter(|(it, _)| it.span != key.span) {
                self.diagnostics.push(report_values::label_twice(self.files, entry, first));
                return None;
            }
            map.push((key.node.clone(), self.leaf(value, scope)?));
        }
        Some(Leaf::Map(map))
    }

    fn text_leaf(&mut self, text: &'a Text, scope: ScopeId) -> Option<Leaf> {
        let mut parts: Vec<Part> = Vec::new();
        let plain = |parts: &mut Vec<Part>, more: &str| {
            if let Some(Part::Plain(last)) = parts.last_mut() {
                last.push_str(more);
            } else {
                parts.push(Part::Plain(more.to_owned()));
            }
        };
        for piece in self.pieces(text)? {
            match piece {
                Piece::Plain(text) => plain(&mut parts, text),
                Piece::Value(value) => match self.leaf(value, scope)? {
                    Leaf::Text(text) => plain(&mut parts, &text),
                    Leaf::Int(number) => plain(&mut parts, &number.to_string()),
                    Leaf::Bool(flag) => plain(&mut parts, &flag.to_string()),
                    Leaf::Address(id, site) => parts.push(Part::Address(id, site)),
                    Leaf::Pieces(inner) => parts.extend(inner),
                    Leaf::List(_) | Leaf::Map(_) | Leaf::Annotations(_, _) => {
                        self.diagnostics.push(report_values::not_in_a_string(value.span));
                        return None;
                    }
                },
            }
        }
        Some(match parts.as_slice() {
            [] => Leaf::Text(String::new()),
            [Part::Plain(text)] => Leaf::Text(text.clone()),
            _pieces => Leaf::Pieces(parts),
        })
    }

    /// Marks the services whose annotations are written by `values`: every declaration of a Service, since the
    /// ports of a Service of a chart may be declared in several places.
    pub(super) fn mark_annotated(&mut self) {
        let mut annotated: Vec<WorkloadId> = Vec::new();
        for setting in self.model.values.iter().flat_map(|it| &it.settings) {
            collect_annotated(&setting.value, &mut annotated);
        }
        let real: BTreeSet<(NamespaceId, String)> =
            annotated.iter().filter_map(|id| real_service(self.model.workload(*id))).collect();
        for workload in &mut self.model.to_mut().workloads {
            let annotated = real_service(workload).is_some_and(|it| real.contains(&it));
            if let Some(service) = &mut workload.service {
                service.annotated |= annotated;
            }
        }
    }
}

/// The Kubernetes Service of a declaration: namespace and name.
fn real_service(workload: &Workload) -> Option<(NamespaceId, String)> {
    workload.service.as_ref().map(|it| (workload.namespace, it.name.clone()))
}

fn collect_annotated(leaf: &Leaf, found: &mut Vec<WorkloadId>) {
    match leaf {
        Leaf::Annotations(id, _) => found.push(*id),
        Leaf::List(members) => members.iter().for_each(|it| collect_annotated(it, found)),
        Leaf::Map(entries) => entries.iter().for_each(|(_, it)| collect_annotated(it, found)),
        Leaf::Text(_) | Leaf::Int(_) | Leaf::Bool(_) | Leaf::Pieces(_) | Leaf::Address(_, _) => {}
    }
}

/// Whether a text is valid as the name of an environment variable.
fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'_')
        && bytes.all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'-'))
}
