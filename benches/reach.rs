//! `cargo bench --bench reach`: the cost of the reachability engine, alone and as the proof of a build. One run prints
//! everything; only processor time and the ratios within the run are comparable.
#![expect(clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its own memory")]
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod clock;
mod snapshot;
mod tenants;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use mlnetc::check::{self, Checked};
use mlnetc::compile::Program;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::emit::{self, Target};
use mlnetc::lock::{self, Lock};
use mlnetc::manifests::{DocumentPlace, Manifest, Manifests};
use mlnetc::origin::Traced;
use mlnetc::policy::Direction;
use mlnetc::query::{self, Output, Snapshot};
use mlnetc::reachability::{Reach, cut, ends_on};
use mlnetc::read;
use mlnetc::scalar::Date;
use mlnetc::source::Site;
use mlnetc::validate::Proof;
use mlnetc::{compile, lower, resolve};

use clock::{Cost, Moment, ms, peak};

const PODS: [usize; 3] = [1_000, 10_000, 100_000];
/// Numbers of workloads of one namespace.
const CROWDS: [usize; 3] = [100, 1_000, 10_000];
const TENANTS: [usize; 3] = [500, 1_000, 5_000];

/// Number of runs of quick measurements; the fastest counts, since other programs use the machine.
const RUNS: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, flag, n] if flag == "--snapshot" => {
            let pods = number(n);
            let last = snapshot::name(pods / 100 - 1);
            let asked = [
                format!("{}/w0 -> {}/w4:8080", snapshot::name(0), snapshot::name(1)),
                format!("{last}/w1 -> {last}/w4:8080"),
            ];
            return of_snapshot(pods, snapshot::objects(pods), &asked);
        }
        [_, flag, n] if flag == "--crowd" => {
            let asked = ["crowd/w0 -> crowd/w1:8080", "crowd/w1 -> crowd/w0:8080"];
            let objects = snapshot::crowd(number(n));
            return of_snapshot(number(n), objects, &asked.map(str::to_owned));
        }
        [_, flag, n] if flag == "--tenants" => return of_build(number(n)),
        _ => {}
    }
    println!(
        "Snapshots of N pods: 100 and 10 policies in each namespace, 10 workloads of 10 pods."
    );
    println!(
        "Milliseconds of processor time, all cores together (on the clock). `apply`: classes, and"
    );
    println!(
        "every policy on them; `answer`: who reaches whom on which ports, both sides; `query`: one"
    );
    println!("workload to another on one port, with its reasons, of an applied snapshot.\n");
    head();
    if !PODS.into_iter().all(|n| child("--snapshot", n)) {
        return ExitCode::FAILURE;
    }
    println!(
        "\nThe same of one namespace of N workloads, each with a policy for one peer each way.\n"
    );
    head();
    if !CROWDS.into_iter().all(|n| child("--crowd", n)) {
        return ExitCode::FAILURE;
    }
    println!(
        "\nBuilds of N tenants, as in `cargo bench --bench build`: milliseconds of processor time."
    );
    println!("`again`: the proof after one flow more.\n");
    println!(
        "{:>7} {:>8} {:>8} {:>8} {:>8} {:>9}",
        "tenants", "rest", "proof", "share", "again", "us/tenant"
    );
    if TENANTS.into_iter().all(|n| child("--tenants", n)) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn head() {
    println!(
        "{:>7} {:>8} {:>7} {:>14} {:>14} {:>14} {:>12} {:>9} {:>6} {:>8}",
        "pods",
        "policies",
        "classes",
        "read",
        "apply",
        "answer",
        "allowed",
        "query",
        "MB",
        "us/rule"
    );
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

/// Runs a size in a process of its own, to measure its memory.
fn child(flag: &str, n: usize) -> bool {
    let program = std::env::current_exe().expect("the benchmark is a file");
    Command::new(program).args([flag, &n.to_string()]).status().is_ok_and(|it| it.success())
}

/// Returns the cost and the result of the cheapest run.
fn best<T>(mut work: impl FnMut() -> T) -> (Cost, T) {
    let mut cheapest: Option<(Cost, T)> = None;
    for _ in 0..RUNS {
        let start = Moment::now();
        let done = work();
        let cost = start.elapsed();
        if cheapest.as_ref().is_none_or(|(it, _)| cost.processor < it.processor) {
            cheapest = Some((cost, done));
        }
    }
    cheapest.expect("at least one run")
}

/// Measures a snapshot. Of two queries, the first is allowed and the second is not.
fn of_snapshot(pods: usize, objects: Vec<serde_json::Value>, asked: &[String; 2]) -> ExitCode {
    let (read, (cluster, invalid)) = best(|| read::cluster(&objects));
    assert!(invalid.is_empty(), "the API server would take everything");
    let before = read.resident;
    let (apply, reach) = best(|| Reach::of(&cluster, &[]));
    let (answer, allowed) = best(|| allowed(&reach));
    let used = peak().saturating_sub(before);
    let (policies, classes) = (cluster.policies.len(), reach.ends().classes().count());
    let rules: usize = cluster
        .policies
        .iter()
        .map(|it| [&it.ingress, &it.egress].into_iter().flatten().map(Vec::len).sum::<usize>())
        .sum();
    drop(reach);
    let manifests = Manifests {
        objects: objects
            .into_iter()
            .map(|object| Manifest {
                object,
                place: DocumentPlace::default(),
                pointer: String::new(),
            })
            .collect(),
        ..Manifests::default()
    };
    let (snapshot, _) = Snapshot::of(&manifests);
    let applied = snapshot.applied();
    let (query, yes) = best(|| {
        asked.each_ref().map(|it| {
            let question = query::parse(it).expect("a question");
            applied.answer(&question, Output::Text).expect("an answer").is_yes
        })
    });
    assert_eq!(yes, [true, false], "the first is declared, the second is not");
    let micros = (apply.processor + answer.processor).as_secs_f64() * 1e6 / count(rules + classes);
    println!(
        "{pods:>7} {policies:>8} {classes:>7} {:>14} {:>14} {:>14} {allowed:>12} {:>9.1} {used:>6} {micros:>8.1}",
        shown(read),
        shown(apply),
        shown(answer),
        ms(query.processor) / 2.0,
    );
    ExitCode::SUCCESS
}

/// Shows processor time and elapsed time in milliseconds.
fn shown(it: Cost) -> String {
    format!("{:.0} ({:.0})", ms(it.processor), ms(it.wall))
}

fn count(it: usize) -> f64 {
    f64::from(u32::try_from(it).unwrap_or(u32::MAX))
}

/// Returns the number of allowed triples of client, server and range of ports; by class, with clients among pods.
fn allowed(reach: &Reach<'_>) -> usize {
    let everybody = reach.ends().everybody();
    let rows: Vec<_> =
        reach.ends().classes().map(|(it, _)| reach.row(it, Direction::Ingress)).collect();
    let mut allowed = 0;
    for (client, _) in reach.ends().classes() {
        let row = reach.row(client, Direction::Egress);
        let openings = row.openings(everybody);
        for range in cut(openings.iter().map(|it| it.ports)) {
            for server in ends_on(&openings, range).iter() {
                let Some(row) = rows.get(server.at()) else {
                    allowed += 1;
                    continue;
                };
                let openings = row.openings(everybody);
                let pieces = cut(openings.iter().map(|it| it.ports).chain([[range].as_slice()]));
                allowed += pieces
                    .into_iter()
                    .filter(|it| range.contains(*it))
                    .filter(|it| {
                        openings.iter().any(|opening| {
                            opening.ends.contains(client)
                                && opening.ports.iter().any(|ports| ports.contains(*it))
                        })
                    })
                    .count();
            }
        }
    }
    allowed
}

fn of_build(tenants: usize) -> ExitCode {
    let texts = tenants::project(tenants);
    let start = Moment::now();
    let (program, checked, objects) = lowered(texts.clone());
    let mut rest = start.elapsed().processor;
    let (proof, held) = best(|| proved(&program, &checked, &objects));
    assert_eq!(held, Ok(0), "the objects allow what is declared");
    let model = checked.model();
    let target = Target {
        cluster: model.cluster.name.node.as_str(),
        site: Site { span: model.cluster.name.span, via: None },
        files: &program.files,
        expansions: &model.expansions,
    };
    let start = Moment::now();
    let tree = emit::tree(objects, &target).expect("the objects can be emitted");
    rest += start.elapsed().processor;
    drop(tree);
    let mut changed = texts;
    changed.push(("platform/more.mlnet".to_owned(), "flow t00000.s0 -> t00400.s1\n".to_owned()));
    let (program, checked, objects) = lowered(changed);
    let (again, held) = best(|| proved(&program, &checked, &objects));
    assert_eq!(held, Ok(0), "the objects allow what is declared");
    let share = proof.processor.as_secs_f64() / (rest + proof.processor).as_secs_f64() * 100.0;
    println!(
        "{tenants:>7} {:>8.0} {:>8.0} {share:>7.0}% {:>8.0} {:>9.0}",
        ms(rest),
        ms(proof.processor),
        ms(again.processor),
        proof.processor.as_secs_f64() * 1e6 / count(tenants),
    );
    ExitCode::SUCCESS
}

fn proved(
    program: &Program,
    checked: &Checked,
    objects: &[Traced],
) -> Result<usize, mlnetc::validate::Mismatch> {
    Proof::of(checked.model(), objects).check(&program.files, &mut Diagnostics::default())
}

/// Compiles texts to objects.
fn lowered(texts: Vec<(String, String)>) -> (Program, Checked, Vec<Traced>) {
    let mut program = Program::read(texts);
    let mut diagnostics = Diagnostics::default();
    let cluster = program.clusters().first().expect("one cluster").node.clone();
    let locked = BTreeMap::new();
    let model =
        resolve::program(&program.files, &program.trees, &cluster, &locked, &mut diagnostics);
    let today = Date::parse("2026-12-01").expect("a day");
    let model = model.expect("the cluster").model;
    let checked = check::model(&program.files, model, today, true, &mut diagnostics);
    let checked = checked.expect("the project has no errors");
    program.forget_trees();
    let (_, addresses) = lock::allocate(&checked, &Lock::default(), &mut diagnostics);
    let lowered = lower::cluster(&checked, &program.files, &addresses, &mut diagnostics);
    let objects = compile::rendered(checked.model(), lowered).expect("no bug");
    assert!(!diagnostics.has_errors(), "the project has no errors");
    (program, checked, objects)
}
