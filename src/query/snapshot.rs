//! Answers questions about a snapshot of a cluster, without a source.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::answer::{Answer, Output, Unclear};
use super::context::{
    Asked, Connection, Context, Provenance, Spot, class_names, networks, suppose,
};
use super::names::{self, Names};
use super::output;
use super::parse::Question;
use crate::diagnostics::Message;
use crate::manifests::{DocumentPlace, Manifests};
use crate::policy::Direction;
use crate::reachability::{Cluster, EndId, PolicyId, Reach, RuleId};
use crate::read::{self, Invalid, Read};
use crate::scalar::PortRange;

/// Answers one question. Also returns the objects of the snapshot that are left out, since an API server would
/// reject them.
pub fn answer(
    manifests: &Manifests,
    question: &Question,
    output: Output,
) -> (Result<Answer, Unclear>, Vec<Invalid>) {
    let (snapshot, invalid) = Snapshot::of(manifests);
    (snapshot.applied().answer(question, output), invalid)
}

/// A cluster read from a snapshot.
pub struct Snapshot {
    cluster: Cluster,
    /// The place of each policy in the manifests.
    places: Vec<DocumentPlace>,
}

/// A snapshot with its policies applied, for any number of questions.
pub struct Applied<'s> {
    snapshot: &'s Snapshot,
    reach: Reach<'s>,
    /// The names of the classes.
    names: BTreeMap<EndId, String>,
}

impl Snapshot {
    /// Reads manifests. Also returns the objects that are left out, since an API server would reject them.
    pub fn of(manifests: &Manifests) -> (Self, Vec<Invalid>) {
        let (mut cluster, mut invalid, mut places) = (Cluster::default(), Vec::new(), Vec::new());
        for it in &manifests.objects {
            match read::object(&it.object) {
                Ok(read) => {
                    if matches!(read, Read::Policy(_)) {
                        places.push(it.place.clone());
                    }
                    read.add_to(&mut cluster);
                }
                Err(it) => invalid.push(it),
            }
        }
        cluster.without_templates_of_pods();
        (Self { cluster, places }, invalid)
    }

    /// Applies the policies.
    pub fn applied(&self) -> Applied<'_> {
        let reach = Reach::of(&self.cluster, &cuts(Vec::new()));
        let names = class_names(&reach);
        Applied { snapshot: self, reach, names }
    }
}

impl Applied<'_> {
    /// Answers a question. A question about addresses or missing pods splits the cluster differently, so it
    /// applies the policies again.
    pub fn answer(&self, question: &Question, output: Output) -> Result<Answer, Unclear> {
        let places = &self.snapshot.places;
        let (mut pods, notes) =
            suppose(&self.snapshot.cluster.pods, question, |it| !it.host_network);
        let networks = networks(question);
        if pods.is_empty() && networks.is_empty() {
            let around = Around { names: &self.names, places };
            return ask(&self.reach, &around, question, notes, output);
        }
        let mut cluster = self.snapshot.cluster.clone();
        cluster.pods.append(&mut pods);
        let reach = Reach::of(&cluster, &cuts(networks));
        ask(&reach, &Around { names: &class_names(&reach), places }, question, notes, output)
    }
}

/// The networks at whose borders address space is split: those of public address space, and those of the
/// question.
fn cuts(mut networks: Vec<IpNet>) -> Vec<IpNet> {
    for (whole, holes) in names::public_networks() {
        networks.push(whole);
        networks.extend(holes);
    }
    networks
}

fn ask(
    reach: &Reach<'_>,
    around: &Around<'_>,
    question: &Question,
    notes: Vec<Message>,
    output: Output,
) -> Result<Answer, Unclear> {
    let mut names = Names { reach, notes };
    let clients = names.clients(&question.client)?;
    let servers = names.servers(&question.server, question.ports.as_ref())?;
    let asked = Asked { question: question.clone(), clients, servers, notes: names.notes };
    let named = vec![("internet".to_owned(), names::internet(reach))];
    Ok(output::answer(&Context { reach, around, named }, &asked, output))
}

struct Around<'a> {
    names: &'a BTreeMap<EndId, String>,
    places: &'a [DocumentPlace],
}

impl Around<'_> {
    fn place(&self, policy: PolicyId) -> Vec<Spot> {
        let spot = |it: &DocumentPlace| Spot { at: it.to_string(), says: String::new() };
        self.places.get(policy.at()).map(spot).into_iter().collect()
    }
}

impl Provenance for Around<'_> {
    fn name(&self, class: EndId) -> String {
        self.names.get(&class).cloned().unwrap_or_default()
    }

    fn rule(&self, at: RuleId, _: EndId, _: PortRange) -> Vec<Spot> {
        self.place(at.policy)
    }

    fn policy(&self, policy: PolicyId, _: Direction) -> Vec<Spot> {
        self.place(policy)
    }

    fn way_out(&self, _: &Connection, _: &[PortRange]) -> Vec<String> {
        Vec::new()
    }
}
