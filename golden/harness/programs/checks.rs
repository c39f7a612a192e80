//! Properties of every random program: it builds, which proves it; its policies allow exactly the flows that the
//! generator recorded; and neither the order of its files nor a second build changes a byte.

use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::diagnostics::Severity;
use mlnetc::reachability::{EndId, Pods, Reach};
use mlnetc::read;
use mlnetc::scalar::{PortRange, Protocol};

use super::super::case::{Cases, print};
use super::super::project::{Outcome, Project};
use super::super::{same, tree};
use super::{Made, Size, mutations, program};

/// Selection of random programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// The first seed.
    pub(crate) seed: u64,
    /// Number of programs.
    pub(crate) count: u64,
}

impl Sample {
    /// The programs of `cargo test`; `--seed` and `--count` select others.
    pub(crate) const USUAL: Self = Self { seed: 1, count: 24 };

    fn programs(self) -> impl Iterator<Item = (u64, Made)> {
        (self.seed..self.seed + self.count).map(|seed| (seed, program(seed, Size::SMALL)))
    }
}

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases, sample: Sample) {
    cases.add("programs: each builds and means what it says", move |_| each(sample));
    cases.add("programs: no order of files changes the output", move |_| orders(sample));
    cases.add("programs: no change of a policy is taken for the policy", move |_| {
        // Evaluating each packet is slow, so only every fourth program is mutated.
        mutations::check(sample.programs().step_by(4))
    });
}

/// Writes each program into a folder of its own.
pub(crate) fn write(folder: &Path, sample: Sample) {
    for (seed, made) in sample.programs() {
        for (path, text) in made.files {
            tree::write(&folder.join(format!("{seed:05}")).join(path), &text);
        }
    }
}

impl Made {
    /// Returns the program as a project.
    pub(super) fn project(&self) -> Project {
        Project::of(self.files.clone())
    }

    pub(super) fn shown(&self) -> String {
        let files = self.files.iter().map(|(path, text)| format!("# file: {path}\n{text}"));
        files.collect::<Vec<_>>().concat()
    }

    /// Returns its pods, as a cluster has them.
    pub(super) fn pods(&self) -> Vec<Pods> {
        let pods = |thing: &super::Thing| Pods {
            namespace: self.namespaces[thing.namespace].name.clone(),
            name: thing.path.clone(),
            labels: thing.labels.iter().cloned().collect(),
            is_one: true,
            ..Pods::default()
        };
        self.things.iter().map(pods).collect()
    }
}

fn each(sample: Sample) -> Result<(), Failed> {
    let mut asked = 0;
    for (seed, made) in sample.programs() {
        let outcome = made.project().compile();
        let wrong = |what: String| Failed::from(format!("seed {seed}: {what}\n{}", made.shown()));
        if outcome.diagnostics.iter().any(|it| it.severity() == Severity::Error) {
            return Err(wrong(outcome.diagnostics()));
        }
        asked += means(&made, &outcome).map_err(wrong)?;
    }
    print(&format!("{} programs, {asked} connections", sample.count));
    Ok(())
}

/// Returns the ports at which an answer may change.
fn ports(made: &Made) -> Vec<PortRange> {
    let numbers = [80, 81, 82, 443, 8080, 8085, 9000, 9010, 9011];
    let mut ports: Vec<PortRange> = [Protocol::Tcp, Protocol::Udp]
        .into_iter()
        .flat_map(|protocol| numbers.map(|at| PortRange { protocol, from: at, to: at }))
        .collect();
    ports.push(PortRange { protocol: Protocol::Udp, from: 123, to: 123 });
    ports.push(PortRange { protocol: Protocol::Sctp, from: 5060, to: 5060 });
    ports.extend(made.things.iter().flat_map(|it| it.ports.iter().map(super::Port::range)));
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Compares every pair of pods on every port; returns the number of comparisons.
fn means(made: &Made, outcome: &Outcome) -> Result<usize, String> {
    let built = outcome.built.first().ok_or("one cluster")?;
    let objects = built.objects.iter();
    let objects: Vec<_> = objects
        .map(|it| serde_json::to_value(&it.object).map_err(|it| it.to_string()))
        .collect::<Result<_, _>>()?;
    let (mut cluster, invalid) = read::cluster(&objects);
    if !invalid.is_empty() {
        return Err(format!("{invalid:?}"));
    }
    let first = cluster.pods.len();
    cluster.pods.extend(made.pods());
    let reach = Reach::of(&cluster, &[]);
    let class = |row: usize| {
        let mut classes = reach.ends().classes();
        classes.find(|(_, it)| it.members.contains(&(first + row))).map(|(at, _)| at)
    };
    let classes: Vec<EndId> = (0..made.things.len()).filter_map(class).collect();
    let ports = ports(made);
    let mut asked = 0;
    for (client, from) in classes.iter().enumerate() {
        for (server, to) in classes.iter().enumerate().filter(|(it, _)| *it != client) {
            for range in &ports {
                let verdict = reach.verdict(*from, *to, *range);
                let declared = made.reaches(client, server, *range);
                asked += 1;
                if verdict.is_allowed() != declared {
                    let [client, server] = [client, server].map(|it| &made.things[it].path);
                    return Err(format!(
                        "{client} -> {server} {range:?} is declared: {declared}, built: {verdict:?}\n{}",
                        outcome.diagnostics()
                    ));
                }
            }
        }
    }
    Ok(asked)
}

fn orders(sample: Sample) -> Result<(), Failed> {
    for (seed, made) in sample.programs() {
        let project = made.project();
        let wrong =
            |it: Failed| Failed::from(format!("seed {seed}: {}", it.message().unwrap_or("")));
        same::twice(&project).map_err(wrong)?;
        same::permuted(&project).map_err(wrong)?;
    }
    Ok(())
}
