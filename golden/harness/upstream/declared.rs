//! One use of a component, beside the facts about its releases.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mlnetc::compile::Built;
use mlnetc::model::{Requirement, Selector, Workload};

use super::super::project::Outcome;
use super::facts::{self, ByHand, Facts, Objects, Release};

/// The declarations of one use of a component, and the objects that exist for it.
pub(super) struct Declared<'c> {
    /// Name of the component.
    pub(super) name: &'c str,
    /// The use: its alias.
    pub(super) of: String,
    pub(super) built: &'c Built,
    /// The releases of this use, each with the values that mlnetc emits now.
    pub(super) releases: Vec<(&'c Release, Option<serde_json::Value>)>,
    /// Emitted values documents without facts: (release, chart).
    pub(super) unknown: Vec<(String, String)>,
    pub(super) services: BTreeMap<Key, facts::Service>,
    pub(super) workloads: BTreeMap<Key, facts::Workload>,
    /// Webhooks, monitors, dials and policies, with the namespace in which their names are.
    pub(super) more: Vec<(String, Objects)>,
}

/// A namespace and a name in it.
pub(super) type Key = (String, String);

/// Returns the namespace and the name of a key of the facts.
pub(super) fn key(namespace: &str, text: &str) -> Key {
    let (kind, name) = text
        .split_once('/')
        .filter(|(kind, _)| kind.starts_with(char::is_uppercase))
        .unwrap_or(("", text));
    let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
    let name = if kind.is_empty() { name.to_owned() } else { format!("{kind}/{name}") };
    (namespace.to_owned(), name)
}

impl<'c> Declared<'c> {
    /// Returns the uses of the component in a project.
    pub(super) fn all(
        name: &'c str,
        outcome: &'c Outcome,
        facts: &'c Facts,
        by_hand: &ByHand,
    ) -> Vec<Self> {
        let mut uses = BTreeMap::<String, Self>::new();
        for built in &outcome.built {
            let model = &built.model;
            let one = |of: &str| Self {
                name,
                of: of.to_owned(),
                built,
                releases: Vec::new(),
                unknown: Vec::new(),
                services: BTreeMap::new(),
                workloads: BTreeMap::new(),
                more: Vec::new(),
            };
            let texts = texts(built, outcome, name);
            for values in &model.values {
                let (of, _) = values.path.rsplit_once('.').unwrap_or(("", &values.path));
                let namespace = values.namespace.map_or("default", |it| &model.namespace(it).name);
                let named = (values.release.clone(), namespace.to_owned());
                let Some((chart, text)) = texts.get(&named) else { continue };
                let this = uses.entry(of.to_owned()).or_insert_with(|| one(of));
                let found = facts
                    .releases
                    .iter()
                    .find(|it| it.name == named.0 && it.namespace == named.1 && &it.chart == chart);
                match found {
                    Some(release) => this.releases.push((release, Some(text.clone()))),
                    None => this.unknown.push((named.0, chart.clone())),
                }
            }
            for release in &facts.releases {
                let place = by_hand.charts.get(&release.chart);
                let known = uses
                    .values()
                    .any(|it| it.releases.iter().any(|(one, _)| std::ptr::eq(*one, release)));
                if !known && release.emitted.is_empty() {
                    let of = place.and_then(|it| it.of.as_deref()).unwrap_or(name);
                    uses.entry(of.to_owned())
                        .or_insert_with(|| one(of))
                        .releases
                        .push((release, None));
                }
            }
        }
        let mut all: Vec<Self> = uses.into_values().collect();
        for this in &mut all {
            let releases: Vec<&Release> = this.releases.iter().map(|(it, _)| *it).collect();
            for release in &releases {
                this.add(&release.namespace, &release.objects);
            }
            let home = releases.first().map_or("default", |it| &it.namespace).to_owned();
            for it in &by_hand.additions {
                let here = it.versions.is_empty() || it.versions.contains(&facts.version);
                if here && it.of.as_ref().is_none_or(|of| *of == this.of) && !it.source.is_empty() {
                    this.add(it.namespace.as_deref().unwrap_or(&home), &it.objects);
                }
            }
        }
        all
    }

    fn add(&mut self, namespace: &str, objects: &Objects) {
        let services = objects.services.iter().map(|(name, it)| (key(namespace, name), it.clone()));
        self.services.extend(services);
        let workloads =
            objects.workloads.iter().map(|(name, it)| (key(namespace, name), labelled(name, it)));
        self.workloads.extend(workloads);
        self.more.push((namespace.to_owned(), objects.clone()));
    }

    /// The workloads and services that the use declares.
    pub(super) fn declarations(&self) -> impl Iterator<Item = &'c Workload> {
        let prefix = format!("{}.", self.of);
        self.built
            .model
            .workloads
            .iter()
            .filter(move |it| it.path.strip_prefix(&prefix).is_some_and(|it| !it.contains('.')))
    }

    /// The workloads of the facts that a declaration selects.
    pub(super) fn pods(&self, of: &Workload) -> Vec<(&Key, &facts::Workload)> {
        let namespace = &self.built.model.namespace(of.namespace).name;
        let here = self.workloads.iter().filter(|((place, _), _)| place == namespace);
        here.filter(|(_, it)| matches(&of.pods, &it.labels)).collect()
    }

    /// The workloads of the facts that a Service selects.
    pub(super) fn behind(
        &self,
        (namespace, _): &Key,
        service: &facts::Service,
    ) -> Vec<(&Key, &facts::Workload)> {
        let here = self.workloads.iter().filter(|((place, _), _)| place == namespace);
        let selects = |it: &facts::Workload| {
            service.selector.iter().all(|(key, value)| it.labels.get(key) == Some(value))
        };
        here.filter(|(_, it)| !service.selector.is_empty() && selects(it)).collect()
    }

    /// Writes the workloads that each declaration selects.
    pub(super) fn table(&self, text: &mut String) {
        for it in self.declarations() {
            let pods: Vec<&str> =
                self.pods(it).iter().map(|((_, name), _)| name.as_str()).collect();
            let _ = writeln!(
                text,
                "  {}: {}",
                it.path,
                if pods.is_empty() { "-".to_owned() } else { pods.join(", ") }
            );
        }
    }
}

/// Returns a workload with the label that its controller gives its pods: a Job's pods have its name.
fn labelled(name: &str, it: &facts::Workload) -> facts::Workload {
    let mut it = it.clone();
    if let Some(job) = name.strip_prefix("Job/") {
        let job = job.rsplit('/').next().unwrap_or(job);
        it.labels.insert("job-name".to_owned(), job.to_owned());
    }
    it
}

/// Returns the values documents of a component by release and namespace: the chart, and the values.
fn texts(
    built: &Built,
    outcome: &Outcome,
    name: &str,
) -> BTreeMap<Key, (String, serde_json::Value)> {
    let tree = built.clone().into_tree(&outcome.files).expect("it can be emitted");
    let files = tree.files.into_iter().filter(|(path, _)| path.ends_with(".values.yaml"));
    let texts = files.map(|(_, bytes)| String::from_utf8(bytes).expect("what is emitted is text"));
    let texts = texts.filter(|it| it.contains(&format!("# Source: stdlib:{name}.mlnet:")));
    let document = |text: String| {
        let line =
            |start: &str| text.lines().find_map(|it| it.strip_prefix(start).map(str::to_owned));
        let head = line("# Helm values of release ")?;
        let (release, namespace) = head.split_once(" in namespace ").unwrap_or((&head, "default"));
        let values = serde_yaml::from_str(&text).expect("values are YAML");
        Some(((release.to_owned(), namespace.to_owned()), (line("# Chart: ")?, values)))
    };
    texts.filter_map(document).collect()
}

/// Whether a selector selects pods with these labels.
pub(super) fn matches(selector: &Selector, labels: &BTreeMap<String, String>) -> bool {
    selector.0.iter().all(|(key, wanted)| {
        let value = labels.get(key);
        match wanted {
            Requirement::Is(it) => value == Some(it),
            Requirement::In(them) => value.is_some_and(|it| them.contains(it)),
            Requirement::NotIn(them) => value.is_none_or(|it| !them.contains(it)),
            Requirement::Exists => value.is_some(),
            Requirement::Absent => value.is_none(),
        }
    })
}
