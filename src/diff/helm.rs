//! Addresses in Helm values: a chart makes the Service, so no object of the output has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::kind::Kind;
use super::live::Live;
use super::load_balancers::addresses;
use super::risk::{Class, Risk};
use crate::diagnostics::Code;
use crate::objects::{HelmValues, Object};
use crate::origin::{Origins, Traced};
use crate::scalar::{FieldPath, Segment};
use crate::source::{Place, Site};

/// Keys in which charts pass a requested address to MetalLB.
const KEYS: [&str; 3] =
    ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs", "loadBalancerIP"];

/// A release: its namespace, if the source names it, and its name.
type Release<'v> = (Option<&'v str>, &'v str);

/// The Helm values of a source, by release.
struct Values<'v>(BTreeMap<Release<'v>, (&'v HelmValues, &'v Origins)>);

/// An address that Helm values request.
struct Asked {
    address: String,
    /// The path of the value.
    path: FieldPath,
}

impl<'v> Values<'v> {
    fn of(objects: &'v [Traced]) -> Self {
        let mut values = BTreeMap::new();
        for it in objects {
            if let Object::HelmValues(helm) = &it.object {
                values.insert(
                    (helm.namespace.as_deref(), helm.release.as_str()),
                    (helm, &it.origins),
                );
            }
        }
        Self(values)
    }
}

/// Returns the releases whose values differ between two sources, or that only one source has.
pub(super) fn changed(was: &[Traced], is: &[Traced]) -> Vec<String> {
    let (was, is) = (Values::of(was).0, Values::of(is).0);
    let known = |it: &Release<'_>| was.get(it).map(|it| it.0) != is.get(it).map(|it| it.0);
    let releases: BTreeSet<_> = was.keys().chain(is.keys()).filter(|it| known(it)).collect();
    let names: BTreeSet<&str> = releases.into_iter().map(|it| it.1).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Returns the risks for load balancers of charts whose requested address changes.
pub(super) fn moves(
    was: &[Traced],
    is: &[Traced],
    place: &(dyn Fn(Site) -> Place + Sync),
) -> Vec<Risk> {
    let (was, is) = (Values::of(was), Values::of(is));
    let mut risks = Vec::new();
    for (release, (helm, origins)) in &is.0 {
        let Some((before, _)) = was.0.get(release) else { continue };
        let (had, wants) = (asked(&before.values), asked(&helm.values));
        for (service, it) in &wants {
            let from = had.get(service).map(|it| it.address.as_str());
            if let Some(from) = from.filter(|from| *from != it.address) {
                risks.push(moved(release.1, from, &it.address, origins, &it.path, place));
            }
        }
    }
    risks
}

/// Returns the same risks for a cluster: load balancers of a release, as Helm labels them, with other addresses than
/// its values request. Values do not identify which of several load balancers an address belongs to.
pub(super) fn live_moves(
    objects: &[Traced],
    live: &Live,
    place: &(dyn Fn(Site) -> Place + Sync),
) -> Vec<(String, Risk)> {
    let mut risks = Vec::new();
    for ((namespace, release), (helm, origins)) in &Values::of(objects).0 {
        let asked: Vec<Asked> = asked(&helm.values).into_values().collect();
        let services = live.objects.values().filter(|it| {
            let text = |at: &str| it.object.pointer(at).and_then(Value::as_str);
            let mark = |it: &str| text(&format!("/metadata/annotations/meta.helm.sh~1{it}"));
            it.key.kind == Kind::Service
                && text("/spec/type") == Some("LoadBalancer")
                && mark("release-name") == Some(release)
                && namespace.is_none_or(|it| mark("release-namespace") == Some(it))
        });
        let has: BTreeSet<String> =
            services.flat_map(|it| addresses(&it.object)).map(|it| it.to_string()).collect();
        let left: Vec<&str> = has
            .iter()
            .map(String::as_str)
            .filter(|it| !asked.iter().any(|asked| asked.address == *it))
            .collect();
        let mut comes = asked.iter().filter(|it| !has.contains(&it.address));
        if let (Some(it), false) = (comes.next(), left.is_empty()) {
            let risk = moved(release, &left.join(", "), &it.address, origins, &it.path, place);
            risks.push(((*release).to_owned(), risk));
        }
    }
    risks
}

fn moved(
    release: &str,
    from: &str,
    to: &str,
    origins: &Origins,
    path: &[Segment],
    place: &(dyn Fn(Site) -> Place + Sync),
) -> Risk {
    let why = format!(
        "the load balancer of Helm release {release} moves from {from} to {to}; clients of {from} \
         must be updated"
    );
    let at = origins.at(path).iter().map(|it| place(*it)).collect();
    Risk { class: Class::MovesAddress, why, code: Code::W1035, at }
}

/// Returns the addresses in values, by the path of the map that contains them: a key may be renamed.
fn asked(values: &Map<String, Value>) -> BTreeMap<FieldPath, Asked> {
    let mut found = BTreeMap::new();
    visit(values, &FieldPath::default(), &mut found);
    found
}

fn visit(map: &Map<String, Value>, path: &FieldPath, found: &mut BTreeMap<FieldPath, Asked>) {
    for (key, value) in map {
        let at = path.child(key.clone());
        match value {
            Value::Object(map) => visit(map, &at, found),
            Value::String(address) if KEYS.contains(&key.as_str()) && !address.is_empty() => {
                found.insert(path.clone(), Asked { address: address.clone(), path: at });
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {}
        }
    }
}
