//! Every check of the proof is needed: without it, a program of the sample opens a forbidden connection. And the proof
//! rejects nothing else: if it reports an error, the objects do open a connection.

use libtest_mimic::Failed;
use mlnetc::analysis::Session;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::scalar::Date;
use mlnetc::validate::{Check, Proof};

use super::super::case::print;
use super::super::programs::Sample;
use super::program::Rule;
use super::{connections, generate};

/// Leaves out each check until a program shows that it is missing.
pub(super) fn check(sample: Sample) -> Result<(), Failed> {
    let mut unseen: Vec<Check> = Check::ALL.to_vec();
    let mut rejected = 0;
    for seed in sample.seed..sample.seed + sample.count {
        let program = generate::program(seed);
        // The proof does not know which address of the pod network a pod has.
        let is_exact = !program.rules.iter().any(Rule::names_addresses_of_pods);
        let today = Date::parse("2026-12-01").expect("a day");
        let analysis = Session::new(program.files(), today).into_analysis();
        for cluster in analysis.clusters().cloned() {
            let built =
                analysis.objects(&cluster.node, &mut Diagnostics::default()).expect("no bug");
            let Some((model, objects)) = built else { continue };
            let proof = Proof::of(model, objects).with_joint_pods(analysis.files());
            let codes = |without: Option<Check>| {
                let mut diagnostics = Diagnostics::default();
                let proved = proof.check_without(without, analysis.files(), &mut diagnostics);
                proved.expect("the objects are what the program declares");
                diagnostics.sorted().iter().map(|it| it.code.as_str()).collect::<Vec<_>>()
            };
            let is_error = |codes: &[&str]| codes.iter().any(|it| it.starts_with('E'));
            let is_found = |codes: &[&str]| is_error(codes) || codes.contains(&"W0505");
            let whole = codes(None);
            if !is_found(&whole) {
                continue;
            }
            let documents = objects.iter().map(|it| serde_yaml::to_string(&it.object));
            let yaml = documents.collect::<Result<Vec<_>, _>>()?.join("---\n");
            let opened = connections(&program, cluster.node.as_str(), &yaml);
            let is_of_guardrail = whole.iter().any(|it| ["E0501", "W0505"].contains(it));
            if is_exact && is_of_guardrail && opened.is_ok() {
                let name = cluster.node;
                let text = program.text();
                let why =
                    format!("seed {seed}: {whole:?} in {name}, where nothing is open\n{text}");
                return Err(why.into());
            }
            rejected += 1;
            unseen.retain(|check| is_found(&codes(Some(*check))) || opened.is_ok());
        }
    }
    print(&format!("{rejected} builds that the proof alone rejects"));
    if unseen.is_empty() || sample.count < super::USUAL.count {
        Ok(())
    } else {
        Err(format!("no program needs the checks {unseen:?}").into())
    }
}
