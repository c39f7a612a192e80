//! NetworkPolicies: a default-deny for each closed direction of a namespace, DNS, and one policy for
//! each subject and layer with the merged halves of its flows.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::flows::{self, Draft, Drafts, Key};
use super::merge::{self, Rule};
use super::metadata::Metadata;
use super::network::Network;
use super::peers::label_selector;
use super::{Input, dns, files, notes};
use crate::diagnostics::Diagnostics;
use crate::model::{Flow, Isolation, Namespace};
use crate::objects::{
    Egress, Ingress, LabelSelector, NetworkPolicy, NetworkPolicySpec, Object, Peer, PolicyPort,
};
use crate::origin::{Origins, Traced};
use crate::source::Site;

/// The policies: by namespace, what closes before what opens, then by name.
pub(super) fn all(input: Input<'_>, said: &mut Diagnostics) -> Vec<Traced> {
    let model = input.model;
    let network = Network::of(&model.cluster);
    let drafts = flows::drafts(input, &network, said);
    let mut policies: Vec<Traced> =
        model.namespaces.par_iter().flat_map_iter(|it| default_denies(input, it)).collect();
    for it in dns::egress(input, &network, &drafts) {
        let policy = Policy::on_all(input, it.namespace, dns::CLIENTS, it.site);
        let rules = merge::rules(&it.namespace.name, &it.halves);
        policies.extend(policy.made(input, Vec::new(), rules));
    }
    if let Some((namespace, halves)) = dns::ingress(input, &network, &drafts, said)
        && let Some(first) = dns::first_client(&halves)
    {
        let selector = label_selector(&network.dns_pods);
        let policy = Policy { selector, ..Policy::on_all(input, namespace, dns::SERVER, first) };
        let rules = merge::rules(&namespace.name, &halves);
        policies.extend(policy.made(input, rules, Vec::new()));
    }
    policies.extend(of_flows(input, &drafts));
    policies.par_sort_by(|left, right| order(left).cmp(&order(right)));
    policies
}

fn order(policy: &Traced) -> (Option<&str>, usize, &str) {
    const FIRST: &[&str] =
        &["default-deny-ingress", "default-deny-egress", dns::CLIENTS, dns::SERVER];
    let (_, namespace, name) = policy.object.key();
    let rank = FIRST.iter().position(|it| *it == name).unwrap_or(FIRST.len());
    (namespace, rank, name)
}

fn default_denies(input: Input<'_>, namespace: &Namespace) -> Vec<Traced> {
    let Isolation { ingress, egress } = namespace.isolation;
    let ways =
        [("default-deny-ingress", "Ingress", ingress), ("default-deny-egress", "Egress", egress)];
    let deny = |(name, way, site): (&str, &'static str, Option<Site>)| {
        let site = site?;
        let metadata = Metadata::of(input, name, Some(&namespace.name), site, None).done();
        let spec = NetworkPolicySpec {
            pod_selector: LabelSelector::default(),
            policy_types: vec![way],
            ingress: Vec::new(),
            egress: Vec::new(),
        };
        Some(Traced {
            file: files::policies(
                input.model,
                namespace.owner,
                Some(namespace.owner),
                &namespace.name,
            ),
            object: Object::NetworkPolicy(NetworkPolicy::new(metadata, spec)),
            origins: Origins::of(&[site]),
        })
    };
    ways.into_iter().filter_map(deny).collect()
}

fn of_flows(input: Input<'_>, drafts: &Drafts<'_>) -> Vec<Traced> {
    let mut wishes = BTreeMap::<(&str, String), usize>::new();
    for (key, draft) in &drafts.policies {
        *wishes.entry((key.namespace, name(key, draft, false))).or_default() += 1;
    }
    let policies = drafts.policies.par_iter().filter_map(|(key, draft)| {
        let wish = name(key, draft, false);
        let alone = wishes.get(&(key.namespace, wish.clone())).is_some_and(|it| *it == 1);
        let chosen = if alone { wish } else { name(key, draft, true) };
        of_draft(input, key, draft, &chosen)
    });
    policies.collect()
}

/// `allow.SUBJECT` or `TENANT.SUBJECT`.
fn name(key: &Key<'_>, draft: &Draft<'_>, in_full: bool) -> String {
    let layer = if key.layer_name.is_empty() { "allow" } else { key.layer_name };
    let subject = draft.subjects.first();
    let subject = subject.map_or("", |it| if in_full { it.path } else { it.local });
    format!("{layer}.{subject}")
}

fn of_draft(input: Input<'_>, key: &Key<'_>, draft: &Draft<'_>, name: &str) -> Option<Traced> {
    // In the order of the words: where the flows stand is no difference.
    let reasons = draft.flows.values().filter_map(|it| it.reason.as_deref());
    let reasons: BTreeSet<&str> = reasons.map(|it| it.trim_end_matches('.')).collect();
    let sites: Vec<Site> = draft.flows.keys().copied().collect();
    let policy = Policy {
        file: files::policies(input.model, key.layer, draft.owner, key.namespace),
        namespace: key.namespace,
        name,
        isolation: draft.isolation,
        selector: label_selector(key.pods),
        selector_sites: draft.subjects.iter().map(|it| it.site).collect(),
        sites,
        flows: Some(&draft.flows),
        description: (!reasons.is_empty()).then(|| Vec::from_iter(reasons).join("; ")),
    };
    let ingress = merge::rules(key.namespace, &draft.ingress);
    let egress = merge::rules(key.namespace, &draft.egress);
    policy.made(input, ingress, egress)
}

/// A policy without its rules.
struct Policy<'p> {
    file: String,
    namespace: &'p str,
    name: &'p str,
    isolation: Isolation,
    selector: LabelSelector,
    selector_sites: Vec<Site>,
    /// The flows that need it.
    sites: Vec<Site>,
    /// What a rule says about itself: the flows behind it.
    flows: Option<&'p BTreeMap<Site, &'p Flow>>,
    description: Option<String>,
}

impl<'p> Policy<'p> {
    /// A policy on every pod of a namespace, in its owner's file.
    fn on_all(input: Input<'_>, namespace: &'p Namespace, name: &'p str, site: Site) -> Self {
        Self {
            file: files::policies(
                input.model,
                namespace.owner,
                Some(namespace.owner),
                &namespace.name,
            ),
            namespace: &namespace.name,
            name,
            isolation: namespace.isolation,
            selector: LabelSelector::default(),
            selector_sites: vec![site],
            sites: vec![site],
            flows: None,
            description: None,
        }
    }

    /// The policy with these rules; none without any.
    fn made(
        self,
        input: Input<'_>,
        ingress: Vec<Rule<'_>>,
        egress: Vec<Rule<'_>>,
    ) -> Option<Traced> {
        let source = *self.sites.first()?;
        let mut origins = Origins::of(&self.sites);
        origins.part("/spec/podSelector", &self.selector_sites);
        let mut policy_types = Vec::new();
        let mut isolated = Vec::new();
        for (way, rules, site) in [
            ("Ingress", &ingress, self.isolation.ingress),
            ("Egress", &egress, self.isolation.egress),
        ] {
            if !rules.is_empty() {
                policy_types.push(way);
                isolated.extend(site);
            }
        }
        if policy_types.is_empty() {
            return None;
        }
        origins.part("/spec/policyTypes", &isolated);
        let description = self.description.as_deref();
        let metadata =
            Metadata::of(input, self.name, Some(self.namespace), source, description).done();
        if let Some(flows) = self.flows {
            let ways = [("ingress", "from", &*ingress), ("egress", "to", &*egress)];
            notes::add(input, flows, ways, &mut origins);
        }
        let ingress = written(ingress, "/spec/ingress", "from", &mut origins);
        let egress = written(egress, "/spec/egress", "to", &mut origins);
        let spec = NetworkPolicySpec {
            pod_selector: self.selector,
            policy_types,
            ingress: ingress.map(|(from, ports)| Ingress { from, ports }).collect(),
            egress: egress.map(|(to, ports)| Egress { to, ports }).collect(),
        };
        Some(Traced {
            file: self.file,
            object: Object::NetworkPolicy(NetworkPolicy::new(metadata, spec)),
            origins,
        })
    }
}

/// A rule's peers and ports, without their origins.
type Written = (Option<Vec<Peer>>, Option<Vec<PolicyPort>>);

/// Takes rules apart, and notes the origin of each part.
fn written(
    rules: Vec<Rule<'_>>,
    pointer: &str,
    side: &str,
    origins: &mut Origins,
) -> impl Iterator<Item = Written> + use<> {
    let mut written = Vec::with_capacity(rules.len());
    for (at, rule) in rules.into_iter().enumerate() {
        let here = format!("{pointer}/{at}");
        let peers = rule.peers.map(|it| parts(it, &format!("{here}/{side}"), &rule.sites, origins));
        let ports = rule.ports.map(|it| parts(it, &format!("{here}/ports"), &rule.sites, origins));
        origins.part(&here, &rule.sites);
        written.push((peers, ports));
    }
    written.into_iter()
}

/// Parts of a rule; one that came from where all of the rule came from needs no row.
fn parts<T>(
    all: Vec<(T, Vec<Site>)>,
    pointer: &str,
    whole: &[Site],
    origins: &mut Origins,
) -> Vec<T> {
    let mut plain = Vec::with_capacity(all.len());
    for (at, (part, sites)) in all.into_iter().enumerate() {
        if sites != whole {
            origins.part(format_args!("{pointer}/{at}"), &sites);
        }
        plain.push(part);
    }
    plain
}
