//! Smaller programs that show the same error.

use super::program::Program;

/// Returns the smallest program that is found by removing parts, one after the other.
pub(super) fn smallest(program: &Program, is_broken: impl Fn(&Program) -> bool) -> Program {
    let mut small = program.clone();
    while let Some(smaller) = smaller(&small).into_iter().find(|it| is_broken(it)) {
        small = smaller;
    }
    small
}

/// Returns the programs with one part removed.
fn smaller(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Program)| {
        let mut changed = program.clone();
        change(&mut changed);
        all.push(changed);
    };
    for at in 0..program.clusters.len() {
        with(&|it| {
            let gone = Some(it.clusters.remove(at).name);
            it.externals.retain(|other| other.cluster != gone);
            it.workloads.retain(|other| other.cluster != gone);
            it.rules.retain(|other| other.cluster != gone);
        });
        with(&|it| it.clusters[at].has_dns_cache = false);
    }
    for at in 0..program.rules.len() {
        with(&|it| _ = it.rules.remove(at));
        for end in 0..program.rules[at].clients.len() {
            with(&|it| _ = it.rules[at].clients.remove(end));
        }
        for end in 0..program.rules[at].servers.len() {
            with(&|it| _ = it.rules[at].servers.remove(end));
        }
        for end in 0..program.rules[at].except.len() {
            with(&|it| _ = it.rules[at].except.remove(end));
        }
    }
    for at in 0..program.workloads.len() {
        with(&|it| _ = it.workloads.remove(at));
        for requirement in 0..program.workloads[at].selector.0.len() {
            with(&|it| _ = it.workloads[at].selector.0.remove(requirement));
        }
    }
    for at in 0..program.namespaces.len() {
        with(&|it| _ = it.namespaces.remove(at));
        with(&|it| it.namespaces[at].profile = None);
    }
    for at in 0..program.externals.len() {
        with(&|it| _ = it.externals.remove(at));
    }
    for at in 0..program.profiles.len() {
        with(&|it| _ = it.profiles.remove(at));
        for flow in 0..program.profiles[at].flows.len() {
            with(&|it| _ = it.profiles[at].flows.remove(flow));
        }
    }
    // A removal that changes nothing would be found again and again.
    let text = program.text();
    let is_usable = |it: &Program| {
        it.text() != text
            && it.rules.iter().all(|it| !it.clients.is_empty() && !it.servers.is_empty())
    };
    all.retain(is_usable);
    all
}
