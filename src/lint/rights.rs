//! Rights at the API server that pods cannot use: a binding gives them to an account of their own, and the policies
//! that isolate their egress open no address at all. The API server is an address, whatever selectors match.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::places::Collector;
use super::report::what;
use super::snapshot::{View, name, namespace, text};
use crate::policy::Direction;
use crate::reachability::{EndId, PolicyId, Row, Set};
use crate::scalar::Protocol;
use crate::source::Span;

const RBAC: &str = "rbac.authorization.k8s.io";

/// An account: its namespace and name.
type Account<'v> = (&'v str, &'v str);

/// Looks for accounts with rights whose pods are cut off.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    if !view.snapshot.knows_pods {
        return;
    }
    let bound = bound(view);
    if bound.is_empty() {
        return;
    }
    let accounts = accounts(view);
    let mut cut = BTreeMap::<(Account<'_>, Vec<PolicyId>), Vec<EndId>>::new();
    for (end, class) in view.reach.ends().classes() {
        let pods = class.members.iter().filter_map(|at| view.snapshot.cluster.pods.get(*at));
        let own: BTreeSet<_> =
            pods.filter_map(|it| accounts.get(&(it.namespace.as_str(), it.name.clone()))).collect();
        let row = view.reach.row(end, Direction::Egress);
        if row.is_free() || opens_an_address(view, &row) {
            continue;
        }
        for account in own.into_iter().filter(|it| bound.contains_key(*it)) {
            cut.entry((*account, row.isolating().to_vec())).or_default().push(end);
        }
    }
    for ((account, policies), ends) in cut {
        let pods: Set = ends.into_iter().collect();
        let places: Vec<Span> =
            policies.iter().map(|it| diagnostics.name(view.manifest(*it))).collect();
        let binding = bound.get(&account).map(|it| diagnostics.name(*it));
        diagnostics.push(what::rights(&view.called(&pods), account.1, binding, &places));
    }
}

/// Whether a row has some address on some port of TCP.
fn opens_an_address(view: &View<'_>, row: &Row<'_>) -> bool {
    let has_address = |it: &Set| it.iter().any(|it| view.reach.ends().class(it).is_none());
    row.grants()
        .iter()
        .any(|it| it.ports.iter().any(|it| it.protocol == Protocol::Tcp) && has_address(&it.ends))
}

/// The accounts that a binding names, each with the first one. `default` is every pod's that says nothing.
fn bound<'v>(view: &View<'v>) -> BTreeMap<Account<'v>, usize> {
    let mut bound = BTreeMap::new();
    let kinds = ["RoleBinding", "ClusterRoleBinding"].into_iter();
    for (at, binding) in kinds.flat_map(|kind| view.objects(RBAC, kind)) {
        let subjects = binding.get("subjects").and_then(Value::as_array);
        for it in subjects.into_iter().flatten() {
            let (Some("ServiceAccount"), Some(account)) = (text(it, "/kind"), text(it, "/name"))
            else {
                continue;
            };
            let own = text(it, "/namespace").unwrap_or_else(|| namespace(binding));
            if account != "default" {
                bound.entry((own, account)).or_insert(at);
            }
        }
    }
    bound
}

/// The account of each pod or workload, by its namespace and how the engine calls it; none where it says that
/// it wants no token.
fn accounts<'v>(view: &View<'v>) -> BTreeMap<(&'v str, String), Account<'v>> {
    let mut accounts = BTreeMap::new();
    for it in view.snapshot.manifests {
        let object = &it.object;
        let kind = text(object, "/kind").unwrap_or_default();
        let (spec, called) = match kind {
            "Pod" => ("/spec", name(object).to_owned()),
            "CronJob" => {
                ("/spec/jobTemplate/spec/template/spec", format!("cronjob/{}", name(object)))
            }
            _ => ("/spec/template/spec", format!("{}/{}", kind.to_lowercase(), name(object))),
        };
        let Some(spec) = object.pointer(spec) else { continue };
        let account = text(spec, "/serviceAccountName");
        if spec.get("automountServiceAccountToken") != Some(&Value::Bool(false))
            && let Some(account) = account
        {
            accounts.insert((namespace(object), called), (namespace(object), account));
        }
    }
    accounts
}
