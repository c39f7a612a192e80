//! Policies: a default-deny for each isolated direction of a namespace, policies for DNS, and one policy for
//! each subject and layer with the merged halves of its flows. They are independent of a dialect.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::flows::{self, Draft, Drafts, PolicyKey};
use super::merge::{self, Rule};
use super::metadata::Metadata;
use super::network::Network;
use super::peers::selector;
use super::{Input, dns, files, notes};
use crate::diagnostics::Diagnostics;
use crate::model::{Flow, Isolation, Namespace};
use crate::objects::Meta;
use crate::policy::{self, Policy, Scope, Selector, Subject, Tier};
use crate::source::Site;

/// Name of the policy that isolates the ingress of a namespace.
const DENY_INGRESS: &str = "default-deny-ingress";

/// Name of the policy that isolates the egress of a namespace.
const DENY_EGRESS: &str = "default-deny-egress";

/// A policy, with the file and the metadata of the object that a dialect makes of it.
#[derive(Debug, Clone)]
pub struct PlacedPolicy {
    /// The file of the output, relative to the cluster's folder.
    pub file: String,
    /// The metadata of the object.
    pub metadata: Meta,
    /// The policy.
    pub policy: Policy,
}

/// Makes the policies, sorted by namespace, then default-denies before policies for DNS and for flows, then by
/// name.
pub(super) fn all(input: Input<'_>, diagnostics: &mut Diagnostics) -> Vec<PlacedPolicy> {
    let model = input.model;
    let network = Network::of(&model.cluster);
    let drafts = flows::drafts(input, &network, diagnostics);
    let mut policies: Vec<PlacedPolicy> =
        model.namespaces.par_iter().flat_map_iter(|it| default_denies(input, it)).collect();
    let clients = dns::egress(input, &network, &drafts).into_par_iter().filter_map(|it| {
        let draft = PolicyDraft::on_all(input, it.namespace, dns::CLIENTS, it.site);
        let rules = merge::rules(&it.namespace.name, &it.halves);
        draft.finish(input, Vec::new(), rules)
    });
    policies.par_extend(clients);
    if let Some((namespace, halves)) = dns::ingress(input, &network, &drafts, diagnostics)
        && let Some(first) = dns::first_client(&halves)
    {
        let pods = selector(&network.dns_pods);
        let draft =
            PolicyDraft { pods, ..PolicyDraft::on_all(input, namespace, dns::SERVER, first) };
        let rules = merge::rules(&namespace.name, &halves);
        policies.extend(draft.finish(input, rules, Vec::new()));
    }
    policies.extend(of_flows(input, drafts));
    policies.par_sort_by(|left, right| order(left).cmp(&order(right)));
    policies
}

fn order(it: &PlacedPolicy) -> (&str, usize, &str) {
    const FIRST: &[&str] = &[DENY_INGRESS, DENY_EGRESS, dns::CLIENTS, dns::SERVER];
    let rank = FIRST.iter().position(|name| *name == it.policy.name).unwrap_or(FIRST.len());
    (it.policy.namespace(), rank, &it.policy.name)
}

fn default_denies(input: Input<'_>, namespace: &Namespace) -> Vec<PlacedPolicy> {
    let Isolation { ingress, egress } = namespace.isolation;
    let deny = |name: &'static str, site: Option<Site>| {
        let site = site?;
        let none = || Some(Vec::new());
        let is_ingress = name == DENY_INGRESS;
        let on_all = PolicyDraft::on_all(input, namespace, name, site);
        let draft = PolicyDraft { pods_sites: Vec::new(), ..on_all };
        let rules = if is_ingress { (none(), None) } else { (None, none()) };
        Some(draft.placed(input, rules, Vec::new()))
    };
    [deny(DENY_INGRESS, ingress), deny(DENY_EGRESS, egress)].into_iter().flatten().collect()
}

fn of_flows(input: Input<'_>, drafts: Drafts<'_>) -> Vec<PlacedPolicy> {
    let mut wishes = BTreeMap::<(&str, String), usize>::new();
    for (key, draft) in &drafts.policies {
        *wishes.entry((key.namespace, name(key, draft, false))).or_default() += 1;
    }
    // Each draft is freed as soon as its policy is made.
    let policies = drafts.policies.into_par_iter().filter_map(|(key, draft)| {
        let wish = (key.namespace, name(&key, &draft, false));
        let is_alone = wishes.get(&wish) == Some(&1);
        let chosen = if is_alone { wish.1 } else { name(&key, &draft, true) };
        of_draft(input, &key, &draft, &chosen)
    });
    policies.collect()
}

/// `allow.SUBJECT` or `TENANT.SUBJECT`.
fn name(key: &PolicyKey<'_>, draft: &Draft<'_>, in_full: bool) -> String {
    let layer = if key.layer_name.is_empty() { "allow" } else { key.layer_name };
    let subject = draft.subjects.first();
    let subject = subject.map_or("", |it| if in_full { it.path } else { it.local });
    format!("{layer}.{subject}")
}

fn of_draft(
    input: Input<'_>,
    key: &PolicyKey<'_>,
    draft: &Draft<'_>,
    name: &str,
) -> Option<PlacedPolicy> {
    // Sorted by text, so that moving a flow in the source changes nothing.
    let reasons = draft.flows.values().filter_map(|it| it.reason.as_deref());
    let reasons: BTreeSet<&str> = reasons.map(|it| it.trim_end_matches('.')).collect();
    let sites: Vec<Site> = draft.flows.keys().copied().collect();
    let policy = PolicyDraft {
        file: files::policies(input.model, key.layer, draft.owner, key.namespace),
        namespace: key.namespace,
        name,
        isolation: draft.isolation,
        pods: selector(key.pods),
        pods_sites: draft.subjects.iter().map(|it| it.site).collect(),
        sites,
        flows: Some(&draft.flows),
        description: (!reasons.is_empty()).then(|| Vec::from_iter(reasons).join("; ")),
    };
    let ingress = merge::rules(key.namespace, &draft.ingress);
    let egress = merge::rules(key.namespace, &draft.egress);
    policy.finish(input, ingress, egress)
}

/// A policy without its rules.
struct PolicyDraft<'p> {
    file: String,
    namespace: &'p str,
    name: &'p str,
    isolation: Isolation,
    pods: Selector,
    pods_sites: Vec<Site>,
    /// The flows that need the policy.
    sites: Vec<Site>,
    /// The flows that made its rules, for the notes.
    flows: Option<&'p BTreeMap<Site, &'p Flow>>,
    description: Option<String>,
}

impl<'p> PolicyDraft<'p> {
    /// Starts a policy on every pod of a namespace, in the file of the namespace's owner.
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
            pods: Selector::default(),
            pods_sites: vec![site],
            sites: vec![site],
            flows: None,
            description: None,
        }
    }

    /// Returns the policy with these rules; `None` if there are none.
    fn finish(
        self,
        input: Input<'_>,
        mut ingress: Vec<Rule<'_>>,
        mut egress: Vec<Rule<'_>>,
    ) -> Option<PlacedPolicy> {
        if let Some(flows) = self.flows {
            notes::add(input, flows, "from", &mut ingress);
            notes::add(input, flows, "to", &mut egress);
        }
        let rules = |it: Vec<Rule<'_>>| {
            (!it.is_empty()).then(|| it.into_iter().map(|it| it.rule).collect::<Vec<_>>())
        };
        let (ingress, egress) = (rules(ingress), rules(egress));
        if ingress.is_none() && egress.is_none() {
            return None;
        }
        let isolation = self.isolation;
        let isolated_by = [
            isolation.ingress.filter(|_| ingress.is_some()),
            isolation.egress.filter(|_| egress.is_some()),
        ];
        let isolated_by = isolated_by.into_iter().flatten().collect();
        Some(self.placed(input, (ingress, egress), isolated_by))
    }

    fn placed(
        self,
        input: Input<'_>,
        (ingress, egress): (Option<Vec<policy::Rule>>, Option<Vec<policy::Rule>>),
        isolated_by: Vec<Site>,
    ) -> PlacedPolicy {
        let source = *self.sites.first().expect("INVARIANT: a policy has a declaration");
        let description = self.description.as_deref();
        let metadata =
            Metadata::of(input, self.name, Some(self.namespace), source, description).done();
        let policy = Policy {
            name: self.name.to_owned(),
            dialect: input.model.cluster.dialect,
            scope: Scope::Namespace(self.namespace.to_owned()),
            tier: Tier::NETWORK_POLICY,
            order: 0,
            subject: Subject { namespaces: None, pods: self.pods, sites: self.pods_sites },
            ingress,
            egress,
            sites: self.sites,
            isolated_by,
        };
        PlacedPolicy { file: self.file, metadata, policy }
    }
}
