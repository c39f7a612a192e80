//! Questions to a snapshot alone: what a cluster has, with no source at all.

use std::collections::BTreeMap;

use super::names::{self, Names};
use super::world::{Asked, Connection, Spot, Surroundings, World, class_names, networks, suppose};
use super::{Answer, Output, Question, Unclear};
use crate::manifests::{Manifests, Place};
use crate::scalar::PortRange;
use crate::verify::{self, At, Cluster, Direction, Invalid, Reach, Read};

/// Answers a question; with it, what of the snapshot no API server would have taken and is left out.
pub fn answer(
    manifests: &Manifests,
    question: &Question,
    output: Output,
) -> (Result<Answer, Unclear>, Vec<Invalid>) {
    let (mut snapshot, invalid) = Snapshot::of(manifests);
    (snapshot.answer(question, output), invalid)
}

/// A cluster as a snapshot has it.
struct Snapshot {
    cluster: Cluster,
    /// Where each of its policies stands.
    places: Vec<Place>,
}

impl Snapshot {
    fn of(manifests: &Manifests) -> (Self, Vec<Invalid>) {
        let (cluster, invalid) = verify::read(manifests.objects.iter().map(|it| &it.object));
        let mut places = Vec::new();
        for it in &manifests.objects {
            if let Ok(Read::Policy(_)) = verify::read_object(&it.object) {
                places.push(it.place.clone());
            }
        }
        (Self { cluster, places }, invalid)
    }

    fn answer(&mut self, question: &Question, output: Output) -> Result<Answer, Unclear> {
        let notes = suppose(&mut self.cluster, question, |it| !it.host_network);
        let mut cuts = networks(question);
        for (whole, holes) in names::public_networks() {
            cuts.push(whole);
            cuts.extend(holes);
        }
        let reach = Reach::of(&self.cluster, &cuts);
        let mut names = Names { reach: &reach, notes };
        let clients = names.clients(&question.client)?;
        let servers = names.servers(&question.server, question.ports.as_ref())?;
        let asked = Asked { question: question.clone(), clients, servers, notes: names.notes };
        let named = vec![("internet".to_owned(), names::internet(&reach))];
        let around = Around { names: class_names(&reach), places: &self.places };
        Ok(World { reach: &reach, around: &around, named }.answer(&asked, output))
    }
}

struct Around<'a> {
    names: BTreeMap<u32, String>,
    places: &'a [Place],
}

impl Around<'_> {
    fn place(&self, policy: usize) -> Vec<Spot> {
        let spot = |it: &Place| Spot { at: it.to_string(), says: String::new() };
        self.places.get(policy).map(spot).into_iter().collect()
    }
}

impl Surroundings for Around<'_> {
    fn name(&self, class: u32) -> String {
        self.names.get(&class).cloned().unwrap_or_default()
    }

    fn rule(&self, at: At, _: Direction, _: u32, _: PortRange) -> Vec<Spot> {
        self.place(at.policy)
    }

    fn policy(&self, policy: usize, _: Direction) -> Vec<Spot> {
        self.place(policy)
    }

    fn way_out(&self, _: &Connection) -> Vec<String> {
        Vec::new()
    }
}
