//! Flows of a source that policies of other owners block: policies of a chart or an operator isolate pods that the
//! source leaves open, and none of their rules allows the flow. Pods that the source itself isolates are not affected:
//! the source allows its own flows, and policies of other owners can only add connections.

use std::collections::BTreeMap;

use super::report::source::{self as report, Policy};
use crate::diagnostics::Diagnostics;
use crate::manifests::{Manifest, Manifests, owner};
use crate::model::{Endpoint, Flow, Model, NamespaceId};
use crate::policy::Direction;
use crate::reachability::{EndsOnPorts, PolicyId, Reach, Set, cut, ends_on};
use crate::read::{self, Read};
use crate::source::Site;
use crate::validate::{Places, networks, sources};

/// Policies that block a flow, with the direction.
type Closed = (Vec<PolicyId>, Direction);

/// Evaluates each flow under only the policies of other owners.
pub(super) fn check(model: &Model, manifests: &Manifests, diagnostics: &mut Diagnostics) {
    let is_policy = |it: &&Manifest| matches!(read::object(&it.object), Ok(Read::Policy(_)));
    let is_others = |it: &&Manifest| !is_policy(it) || !owner::is_ours(&it.object);
    let kept: Vec<&Manifest> = manifests.objects.iter().filter(is_others).collect();
    let policies: Vec<Policy<'_>> =
        kept.iter().copied().filter(is_policy).map(Policy::of).collect();
    if policies.is_empty() {
        return;
    }
    let (cluster, _) = read::cluster(kept.iter().map(|it| &it.object));
    let reach = Reach::of(&cluster, &networks(model));
    let places = Places::of(model, &reach);
    let view = View { model, reach: &reach, places: &places };
    let mut closed = BTreeMap::<Closed, Vec<Site>>::new();
    for flow in &model.flows {
        for it in view.closed(flow) {
            closed.entry(it).or_default().push(flow.site);
        }
    }
    for ((at, way), mut sites) in closed {
        sites.sort_unstable();
        sites.dedup();
        let policies: Vec<&Policy<'_>> = at.iter().filter_map(|it| policies.get(it.at())).collect();
        diagnostics.push(report::cut(model, &policies, way, &sites));
    }
}

impl<'m> Policy<'m> {
    fn of(manifest: &'m Manifest) -> Self {
        let text = |at: &str| manifest.object.pointer(at).and_then(serde_json::Value::as_str);
        let namespace = text("/metadata/namespace").unwrap_or("default");
        let name = format!("{namespace}/{}", text("/metadata/name").unwrap_or_default());
        Self { name, owner: owner::somebody_else(&manifest.object), manifest }
    }
}

/// The pods of a snapshot under the policies of other owners.
struct View<'v> {
    model: &'v Model,
    reach: &'v Reach<'v>,
    places: &'v Places<'v>,
}

impl View<'_> {
    /// Returns the policies that block a flow.
    fn closed(&self, flow: &Flow) -> Vec<Closed> {
        let mut all = Vec::new();
        for server in &flow.servers {
            let to = self.places.as_server(&server.endpoint, &server.ports);
            for client in &flow.clients {
                for place in &to {
                    all.extend(self.cut(&client.endpoint, Direction::Egress, place));
                    let (ports, _) = place;
                    let from = sources(self.model, self.places, client, server);
                    let place = (ports.clone(), from);
                    all.extend(self.cut(&server.endpoint, Direction::Ingress, &place));
                }
            }
        }
        all
    }

    /// Returns the policies that block pods from the ends of an endpoint, for pods that the source itself leaves open.
    fn cut(&self, pods: &Endpoint, way: Direction, (ports, others): &EndsOnPorts) -> Vec<Closed> {
        if self.model.namespace_of(pods).is_none_or(|it| self.is_closed(it, way)) {
            return Vec::new();
        }
        let everybody = self.reach.ends().everybody();
        let mut all = Vec::new();
        for class in self.places.pods(pods).iter() {
            let row = self.reach.row(class, way);
            if row.is_free() {
                continue;
            }
            let openings = row.openings(everybody);
            let asked = others.without(&Set::one(class));
            let mut pieces = cut(openings.iter().map(|it| it.ports).chain([ports.as_slice()]));
            pieces.retain(|it| ports.iter().any(|port| port.contains(*it)));
            let is_cut =
                |it: &crate::scalar::PortRange| !asked.without(&ends_on(&openings, *it)).is_empty();
            if pieces.iter().any(is_cut) {
                all.push((row.isolating().to_vec(), way));
            }
        }
        all
    }

    fn is_closed(&self, namespace: NamespaceId, way: Direction) -> bool {
        let isolation = &self.model.namespace(namespace).isolation;
        match way {
            Direction::Ingress => isolation.ingress.is_some(),
            Direction::Egress => isolation.egress.is_some(),
        }
    }
}
