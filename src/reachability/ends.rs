//! The ends of connections, numbered: classes of pods that no policy can distinguish, by namespace, then the
//! pieces of address space.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::cluster::{Cluster, NamedPort, PodNetworks, Pods};
use super::ids::EndId;
use super::set::Set;
use super::space::Space;
use crate::policy::{Labels, NAMESPACE_LABEL, Peer, Policy, Selector, Subject, Test};

/// Pods that no policy can distinguish: same namespace, labels, named ports and pieces of address space.
#[derive(Debug, Clone)]
pub struct Class<'c> {
    /// The first pod of the class, as a representative.
    pub pods: &'c Pods,
    /// The pods of the class: indexes into the cluster's pods.
    pub members: Vec<usize>,
}

/// A namespace and the classes of its pods.
#[derive(Debug)]
struct Namespace<'c> {
    name: &'c str,
    labels: Labels,
    /// Ids of the first class, and one past the last class.
    classes: (u32, u32),
}

/// Every end of a cluster.
#[derive(Debug)]
pub struct Ends<'c> {
    namespaces: Vec<Namespace<'c>>,
    classes: Vec<Class<'c>>,
    space: Space,
    /// The classes with a label, by key and value.
    by_label: BTreeMap<&'c str, BTreeMap<&'c str, Vec<EndId>>>,
    /// The classes with a known address, by its piece.
    by_piece: BTreeMap<usize, Set>,
    /// The classes that may have any address of the pod networks, and the pieces of the pod networks.
    anywhere: (Set, Set),
    everybody: Set,
}

/// Properties that distinguish classes of a namespace.
type Alike<'c> = (&'c Labels, Vec<&'c NamedPort>, Vec<usize>, bool);

impl<'c> Ends<'c> {
    /// The ends of a cluster. Address space is split at the borders of the networks in its policies, and of
    /// further networks.
    pub(super) fn of(cluster: &'c Cluster, more: &[IpNet]) -> Self {
        let blocks = cluster.policies.iter().flat_map(blocks);
        let space = Space::cut_by(blocks.chain(more));
        let names = cluster.namespaces.iter().map(|it| it.name.as_str());
        let names = names.chain(cluster.pods.iter().map(|it| it.namespace.as_str()));
        let names: BTreeSet<&str> = names
            .chain(cluster.policies.iter().map(Policy::namespace).filter(|it| !it.is_empty()))
            .collect();
        let labels: BTreeMap<&str, &Labels> =
            cluster.namespaces.iter().map(|it| (it.name.as_str(), &it.labels)).collect();
        let mut by_namespace = BTreeMap::<&str, Vec<usize>>::new();
        for (at, pods) in cluster.pods.iter().enumerate().filter(|(_, it)| !it.host_network) {
            by_namespace.entry(&pods.namespace).or_default().push(at);
        }
        let (mut namespaces, mut classes) = (Vec::new(), Vec::new());
        for name in names {
            let first = number(classes.len());
            let members = by_namespace.remove(name).unwrap_or_default();
            classes.extend(classes_of(&cluster.pods, members, &space));
            let mut labels = labels.get(name).copied().cloned().unwrap_or_default();
            labels.insert(NAMESPACE_LABEL.to_owned(), name.to_owned());
            namespaces.push(Namespace { name, labels, classes: (first, number(classes.len())) });
        }
        let everybody = Set::run(0, number(classes.len() + space.len()));
        let mut ends = Self {
            namespaces,
            classes,
            space,
            by_label: BTreeMap::new(),
            by_piece: BTreeMap::new(),
            anywhere: <(Set, Set)>::default(),
            everybody,
        };
        ends.index();
        let anywhere = ends.classes().filter(|(_, it)| it.pods.anywhere).map(|(end, _)| end);
        ends.anywhere = (anywhere.collect(), ends.of_pod_networks(&cluster.pod_networks));
        ends
    }

    /// The pieces of address space that pods may use.
    fn of_pod_networks(&self, of: &PodNetworks) -> Set {
        let whole: Vec<Set> = of.networks.iter().map(|it| self.of_block(it, &[])).collect();
        let others = of.except.iter().flat_map(|network| {
            let pieces = self.of_block(network, &[]).iter().collect::<Vec<_>>();
            pieces.into_iter().filter(|end| self.lies_in(*end, network))
        });
        Set::union(&whole).without(&others.collect())
    }

    fn index(&mut self) {
        let mut by_piece = BTreeMap::<usize, Vec<EndId>>::new();
        for (at, class) in self.classes.iter().enumerate() {
            for (key, value) in &class.pods.labels {
                let values = self.by_label.entry(key).or_default();
                values.entry(value).or_default().push(EndId::new(at));
            }
            for address in &class.pods.addresses {
                by_piece.entry(self.space.piece(*address)).or_default().push(EndId::new(at));
            }
        }
        let sets =
            by_piece.into_iter().map(|(piece, classes)| (piece, classes.into_iter().collect()));
        self.by_piece = sets.collect();
    }

    /// Every end.
    pub fn everybody(&self) -> &Set {
        &self.everybody
    }

    /// Every class of pods.
    pub fn pods(&self) -> Set {
        Set::run(0, number(self.classes.len()))
    }

    /// The class of an end; `None` for addresses.
    pub fn class(&self, end: EndId) -> Option<&Class<'c>> {
        self.classes.get(end.at())
    }

    /// Every class with the id of its end.
    pub fn classes(&self) -> impl Iterator<Item = (EndId, &Class<'c>)> {
        self.classes.iter().enumerate().map(|(at, it)| (EndId::new(at), it))
    }

    /// First and last address of an end; `None` for pods.
    pub fn addresses(&self, end: EndId) -> Option<(IpAddr, IpAddr)> {
        let piece = end.at().checked_sub(self.classes.len())?;
        (piece < self.space.len()).then(|| self.space.bounds(piece))
    }

    fn lies_in(&self, end: EndId, network: &IpNet) -> bool {
        let bounds = self.addresses(end);
        bounds.is_some_and(|(first, last)| network.contains(&first) && network.contains(&last))
    }

    /// The end that contains an address.
    pub fn of_address(&self, address: IpAddr) -> EndId {
        EndId::new(self.classes.len() + self.space.piece(address))
    }

    /// The pods of a namespace.
    pub fn of_namespace(&self, name: &str) -> Set {
        let (from, to) = self.range(name);
        Set::run(from, to)
    }

    /// The names of the namespaces that a selector selects.
    pub fn namespaces_with(&self, selector: &Selector) -> impl Iterator<Item = &str> {
        self.selected_namespaces(selector).into_iter().map(|it| it.name)
    }

    /// The namespaces that a selector selects; looked up by name if the selector requires names.
    fn selected_namespaces(&self, selector: &Selector) -> Vec<&Namespace<'c>> {
        let named = selector.0.iter().find_map(|it| match &it.test {
            Test::In(values) => (it.key == NAMESPACE_LABEL).then_some(values),
            Test::NotIn(_) | Test::Exists | Test::DoesNotExist => None,
        });
        let mut selected: Vec<&Namespace<'c>> = match named {
            Some(names) => {
                let names: BTreeSet<&String> = names.iter().collect();
                names.into_iter().filter_map(|it| self.namespace(it)).collect()
            }
            None => self.namespaces.iter().collect(),
        };
        selected.retain(|it| selector.selects(&it.labels));
        selected
    }

    fn namespace(&self, name: &str) -> Option<&Namespace<'c>> {
        let at = self.namespaces.binary_search_by(|it| it.name.cmp(name)).ok()?;
        self.namespaces.get(at)
    }

    /// Whether a namespace exists.
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespace(name).is_some()
    }

    /// The pods of a namespace that a selector selects.
    pub fn of_pods(&self, namespace: &str, pods: &Selector) -> Set {
        self.selected(pods, &self.of_namespace(namespace))
    }

    /// The pods of a namespace without labels.
    pub fn unlabelled(&self, namespace: &str) -> Set {
        let of = self.of_namespace(namespace);
        of.iter().filter(|it| self.class(*it).is_some_and(|it| it.pods.labels.is_empty())).collect()
    }

    fn range(&self, namespace: &str) -> (u32, u32) {
        self.namespace(namespace).map_or((0, 0), |it| it.classes)
    }

    /// The addresses of a network without `except`. If address space is not split at the borders of the
    /// network, the result includes every piece that overlaps it.
    pub fn of_block(&self, network: &IpNet, except: &[IpNet]) -> Set {
        let base = self.classes.len();
        let run = |network: &IpNet| {
            let (from, to) = self.space.pieces(network);
            (number(base + from), number(base + to))
        };
        let (from, to) = run(network);
        Set::run(from, to).without(&Set::of_runs(except.iter().map(run)))
    }

    /// Some ends, and the pods with an address among them. An `ipBlock` matches these pods in Calico, while the
    /// API leaves it undefined.
    pub fn with_pods(&self, ends: &Set) -> Set {
        let base = self.classes.len();
        let pieces = ends.runs().map(|(from, to)| {
            let piece = |end: u32| (end as usize).saturating_sub(base);
            piece(from)..piece(to)
        });
        let pods = pieces.flat_map(|it| self.by_piece.range(it)).map(|(_, classes)| classes);
        let (anywhere, places) = &self.anywhere;
        let anywhere = places.meets(ends).then_some(anywhere);
        Set::union(std::iter::once(ends).chain(pods).chain(anywhere))
    }

    /// The pods that a policy applies to. `own` is the policy's namespace; empty for a policy of the cluster.
    pub fn of_subject(&self, own: &str, subject: &Subject) -> Set {
        match &subject.namespaces {
            None if own.is_empty() => self.selected(&subject.pods, &self.of_every_namespace()),
            None => self.of_pods(own, &subject.pods),
            Some(namespaces) => {
                let spaces = self.selected_namespaces(namespaces).into_iter();
                self.selected(&subject.pods, &Set::of_runs(spaces.map(|it| it.classes)))
            }
        }
    }

    fn of_every_namespace(&self) -> Set {
        Set::run(0, number(self.classes.len()))
    }

    /// The ends that a peer matches. `own` is the namespace of its policy.
    pub fn of_peer(&self, own: &str, peer: &Peer) -> Set {
        match peer {
            Peer::Block { network, except } => self.with_pods(&self.of_block(network, except)),
            Peer::Pods { namespaces: None, pods } => match pods {
                Some(pods) => self.of_pods(own, pods),
                None => self.of_namespace(own),
            },
            Peer::Pods { namespaces: Some(namespaces), pods } => {
                let spaces = self.selected_namespaces(namespaces).into_iter();
                let spaces = Set::of_runs(spaces.map(|it| it.classes));
                match pods {
                    Some(pods) => self.selected(pods, &spaces),
                    None => spaces,
                }
            }
        }
    }

    /// The classes in `among` that a selector selects. Checks only classes with the rarest label that the
    /// selector requires.
    fn selected(&self, pods: &Selector, among: &Set) -> Set {
        if pods.0.is_empty() {
            return among.clone();
        }
        let lists = pods.0.iter().filter_map(|it| match &it.test {
            Test::In(values) => {
                let lists = values.iter().map(|value| self.labelled(&it.key, value));
                Some(lists.map(|it| among.part_of(it)).collect::<Vec<&[EndId]>>())
            }
            Test::NotIn(_) | Test::Exists | Test::DoesNotExist => None,
        });
        let count = |lists: &Vec<&[EndId]>| lists.iter().map(|it| it.len()).sum::<usize>();
        let fewest = lists.min_by_key(count);
        let selects =
            |end: &EndId| self.class(*end).is_some_and(|it| pods.selects(&it.pods.labels));
        match fewest {
            Some(lists) if count(&lists) < among.len() => {
                let all = lists.into_iter().flatten().copied();
                all.filter(|it| among.contains(*it)).filter(selects).collect()
            }
            _ => among.iter().filter(selects).collect(),
        }
    }

    fn labelled(&self, key: &str, value: &str) -> &[EndId] {
        let values = self.by_label.get(key);
        values.and_then(|it| it.get(value)).map_or(&[], Vec::as_slice)
    }
}

fn classes_of<'c>(pods: &'c [Pods], members: Vec<usize>, space: &Space) -> Vec<Class<'c>> {
    let mut classes = BTreeMap::<Alike<'c>, Vec<usize>>::new();
    for at in members {
        let Some(pods) = pods.get(at) else { continue };
        let mut ports: Vec<&NamedPort> = pods.ports.iter().collect();
        ports.sort_unstable();
        let mut pieces: Vec<usize> = pods.addresses.iter().map(|it| space.piece(*it)).collect();
        pieces.sort_unstable();
        classes.entry((&pods.labels, ports, pieces, pods.anywhere)).or_default().push(at);
    }
    let class = |members: Vec<usize>| {
        let first = members.first().and_then(|at| pods.get(*at));
        Some(Class { pods: first?, members })
    };
    classes.into_values().filter_map(class).collect()
}

/// Every network that policies name. Clusters with the same pods and the same split of address space number
/// their ends alike.
pub fn networks(policies: &[Policy]) -> Vec<IpNet> {
    let mut all: Vec<IpNet> = policies.iter().flat_map(blocks).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The networks at whose borders a policy splits address space.
fn blocks(policy: &Policy) -> impl Iterator<Item = &IpNet> {
    let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flatten();
    let peers = rules.flat_map(|it| it.peers.iter().flatten());
    peers.flat_map(|peer| {
        let (network, except): (_, &[IpNet]) = match peer {
            Peer::Block { network, except } => (Some(network), except),
            Peer::Pods { .. } => (None, &[]),
        };
        network.into_iter().chain(except)
    })
}

/// The id of an end, as sets store it.
fn number(at: usize) -> u32 {
    EndId::new(at).0
}
