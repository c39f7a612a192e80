//! Permissions at the API server that pods cannot use: a role binding grants them to a service account, and the
//! policies that isolate the egress of its pods open no address at all. The API server is an address, which no selector
//! matches.

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

/// A service account: its namespace and name.
type Account<'v> = (&'v str, &'v str);

/// Reports service accounts with permissions whose pods cannot reach the API server.
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

/// Returns whether a row opens an address on a TCP port.
fn opens_an_address(view: &View<'_>, row: &Row<'_>) -> bool {
    let has_address = |it: &Set| it.iter().any(|it| view.reach.ends().class(it).is_none());
    row.grants()
        .iter()
        .any(|it| it.ports.iter().any(|it| it.protocol == Protocol::Tcp) && has_address(&it.ends))
}

/// Returns the accounts that bindings name, each with its first binding, without `default`: every pod that names no
/// account uses it.
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

/// Returns the account of each pod or workload, by namespace and name in the engine; pods that mount no token are left
/// out.
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
