//! The objects of a build as validation evaluates them: parsed again, with the declarations behind each policy.

use rayon::prelude::*;

use super::joint::Joint;
use super::pods::{self, pod_networks};
use crate::model::Model;
use crate::objects::Object;
use crate::origin::{Origins, Traced};
use crate::policy::{Part, Policy, RulePart};
use crate::reachability::{Cluster, EndId, Reach, RuleId};
use crate::read::{self, Read};
use crate::scalar::PortRange;
use crate::source::{Files, Site};

/// The objects of a build as an API server stores them, with representative pods.
pub struct Proof<'m> {
    pub(super) model: &'m Model,
    pub(super) cluster: Cluster,
    /// The declarations behind each policy, in the order of the cluster's policies.
    origins: Vec<&'m Origins>,
    /// Pods that match two selectors; they are the last ones of the cluster.
    pub(super) joint: Joint,
}

impl<'m> Proof<'m> {
    /// Parses the objects of a build.
    pub fn of(model: &'m Model, objects: &'m [Traced]) -> Self {
        let policies: Vec<&Traced> = objects.iter().filter(|it| is_policy(&it.object)).collect();
        let namespaces = objects.iter().filter(|it| matches!(it.object, Object::Namespace(_)));
        let read: Vec<Read> = namespaces
            .chain(policies.iter().copied())
            .collect::<Vec<_>>()
            .par_iter()
            .map(|it| read(it))
            .collect();
        let mut cluster = Cluster::default();
        for it in read {
            it.add_to(&mut cluster);
        }
        Self::of_read(model, cluster, policies.into_iter().map(|it| &it.origins).collect())
    }

    /// The namespaces and policies of a build, parsed from any dialect, and the declarations behind each
    /// policy. Replaces the pods of the cluster with representative pods.
    pub fn of_read(model: &'m Model, mut cluster: Cluster, origins: Vec<&'m Origins>) -> Self {
        cluster.pods = pods::of(model, &cluster.policies);
        cluster.pod_networks = pod_networks(model);
        Self { model, cluster, origins, joint: Joint::default() }
    }

    /// Adds pods that match both an end of a guardrail or an assertion and another selector, to detect rules
    /// that labels do not separate.
    #[must_use]
    pub fn with_joint_pods(mut self, files: &Files) -> Self {
        let (joint, pods) = Joint::of(self.model, files, &self.cluster);
        self.joint = joint;
        self.cluster.pods.extend(pods);
        self
    }

    /// The cluster that is evaluated.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The declarations in the source because of which a rule allows a connection with another end.
    pub fn sites(
        &self,
        reach: &Reach<'_>,
        at: RuleId,
        other: EndId,
        range: PortRange,
    ) -> Vec<Site> {
        let policy = self.cluster.policy(at.policy);
        let Some((policy, origins)) = policy.zip(self.origins.get(at.policy.at())) else {
            return Vec::new();
        };
        let (peer, port) = reach.parts(at, other, range);
        sites(policy, origins, at, peer, port)
    }
}

/// The declarations behind a rule of a policy, restricted to a peer and a port of it.
pub fn sites(
    policy: &Policy,
    origins: &Origins,
    at: RuleId,
    peer: Option<usize>,
    port: Option<usize>,
) -> Vec<Site> {
    let of = |part: Option<RulePart>| {
        let part = Part::Rule(at.direction, at.rule, part.unwrap_or(RulePart::Whole));
        origins.at(&read::path(policy, part))
    };
    let (of_peer, of_port) = (of(peer.map(RulePart::Peer)), of(port.map(RulePart::Port)));
    let both: Vec<Site> = of_peer.iter().filter(|it| of_port.contains(it)).copied().collect();
    // Several flows may open the port to the peer, each with another part of it.
    if both.is_empty() { of_peer.to_vec() } else { both }
}

fn is_policy(object: &Object) -> bool {
    object.api_version().is_some_and(|it| read::is_policy(it, object.key().0))
}

fn read(traced: &Traced) -> Read {
    let value = serde_json::to_value(&traced.object).expect("INVARIANT: an object is JSON");
    read::object(&value)
        .unwrap_or_else(|bug| panic!("INVARIANT: {} is valid: {}", bug.object, bug.why))
}

/// The name of an end in messages.
pub(super) fn describe(reach: &Reach<'_>, end: EndId) -> String {
    if let Some(class) = reach.ends().class(end) {
        return class.pods.name.clone();
    }
    match reach.ends().addresses(end) {
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first}-{last}"),
        None => "no end".to_owned(),
    }
}
