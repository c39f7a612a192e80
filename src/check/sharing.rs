//! Services that share an address meet MetalLB's rules: internal/allocator/allocator.go, `sharingOK`,
//! and k8salloc.go, v0.14 to v0.16. Ports must differ; the traffic policy must be `cluster` for all,
//! or `local` with one selector.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{FixedAddress, Model, Service, TrafficPolicy, Workload};

/// Reports pairs of services with one `share` key that MetalLB would not let share.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let mut groups: BTreeMap<&str, Vec<(&Workload, &Service)>> = BTreeMap::new();
    for workload in model.workloads.iter().filter(|it| it.is_load_balancer()) {
        if let Some(service) = &workload.service
            && let Some(key) = &service.share
        {
            groups.entry(key.node.as_str()).or_default().push((workload, service));
        }
    }
    for (key, group) in groups {
        if let Some(diagnostic) = apart(model, key, &group) {
            diagnostics.push(diagnostic);
            continue;
        }
        for (at, later) in group.iter().enumerate() {
            let wrong =
                group.iter().take(at).find_map(|first| Some((first, why_not(*first, *later)?)));
            if let Some((first, (why, help))) = wrong {
                let span = later.1.share.as_ref().map_or(later.0.site.span, |it| it.span);
                let other = first.1.share.as_ref().map(|it| it.span);
                let differ = first.0.pods != later.0.pods && why.ends_with("pods");
                let pods = |it: &Workload| differ.then_some(it.site.span);
                let message = format!(
                    "`{}` and `{}` cannot share an address: {why}",
                    first.0.path, later.0.path
                );
                diagnostics.push(
                    Diagnostic::new(Code::E0326, span, message)
                        .here(format!("has the key `{key}`"))
                        .label_if(other, format!("`{}` also has the key `{key}`", first.0.path))
                        .label_if(pods(first.0), "selects some pods")
                        .label_if(pods(later.0), "selects others")
                        .note("MetalLB leaves the second Service pending")
                        .help(help),
                );
            }
        }
    }
}

/// Services of one key that declare different addresses, or those of different pools.
fn apart(model: &Model, key: &str, group: &[(&Workload, &Service)]) -> Option<Diagnostic> {
    let metallb = model.cluster.metallb.as_ref()?;
    let fixed = |it: &Workload| {
        let mine = |fixed: &&FixedAddress| {
            fixed.workload.is_some_and(|id| std::ptr::eq(model.workload(id), it))
        };
        metallb.addresses.iter().find(mine)
    };
    for (at, (later, service)) in group.iter().enumerate() {
        for (first, first_service) in group.iter().take(at) {
            let start = |why: &str| {
                let message =
                    format!("`{}` and `{}` share an address, and {why}", first.path, later.path);
                let span = service.share.as_ref().map_or(later.site.span, |it| it.span);
                Diagnostic::new(Code::E0326, span, message)
                    .here(format!("has the key `{key}`"))
                    .label_if(
                        first_service.share.as_ref().map(|it| it.span),
                        format!("`{}` also has the key `{key}`", first.path),
                    )
            };
            if let (Some(one), Some(other)) = (fixed(first), fixed(later))
                && one.address.node != other.address.node
            {
                return Some(
                    start("each has a different fixed address")
                        .label(one.site.span, format!("of `{}`", first.path))
                        .label(other.site.span, format!("of `{}`", later.path))
                        .help("give both the same fixed address, or remove `share` from both"),
                );
            }
            if let (Some(one), Some(other)) = (&first_service.pool, &service.pool)
                && one.node != other.node
            {
                return Some(
                    start("each requests a different pool")
                        .label(one.span, format!("of `{}`", first.path))
                        .label(other.span, format!("of `{}`", later.path))
                        .help("give both the same pool, or remove `share` from both"),
                );
            }
        }
    }
    None
}

fn why_not(a: (&Workload, &Service), b: (&Workload, &Service)) -> Option<(String, String)> {
    let dialed = |it: &Workload| {
        let ports =
            it.ports.iter().filter_map(|port| Some((port.service_port?, port.pod_port.0.protocol)));
        ports.collect::<Vec<_>>()
    };
    let theirs = dialed(b.0);
    if let Some((port, protocol)) = dialed(a.0).iter().find(|it| theirs.contains(it)) {
        let why = format!("both have Service port {}/{}", port.0, protocol.word());
        return Some((
            why,
            "give one of them another Service port, or a separate address".to_owned(),
        ));
    }
    match (a.1.traffic_policy, b.1.traffic_policy) {
        (TrafficPolicy::Cluster, TrafficPolicy::Cluster) => None,
        (TrafficPolicy::Local, TrafficPolicy::Local) => (a.0.pods != b.0.pods).then(|| {
            let why = "with `traffic-policy = local` both must select the same pods".to_owned();
            (why, "give both `traffic-policy = cluster`, or give each its own address".to_owned())
        }),
        (TrafficPolicy::Local, TrafficPolicy::Cluster)
        | (TrafficPolicy::Cluster, TrafficPolicy::Local) => {
            let why = "their traffic policies differ".to_owned();
            Some((why, "give both the same `traffic-policy`".to_owned()))
        }
    }
}
