//! Properties of the ends of a flow that depend on the tables of a model.

use super::{Endpoint, Model, NamespaceId, Owner, Workload, WorkloadId};
use crate::source::Site;

impl Model {
    /// The name of an end in messages and comments: the path or the name of its declaration, its keyword, or
    /// its networks, where an address has no prefix length.
    pub fn called(&self, end: &Endpoint) -> String {
        match end {
            Endpoint::Workload(id) => self.workload(*id).path.clone(),
            Endpoint::Namespace(id) => self.namespace(*id).path.clone(),
            Endpoint::External(id) => self.external(*id).name.node.to_string(),
            Endpoint::Addresses(addresses) => {
                let networks = addresses.0.iter().map(|it| match it.prefix_len() {
                    length if length == it.max_prefix_len() => it.addr().to_string(),
                    _some => it.to_string(),
                });
                networks.collect::<Vec<_>>().join(", ")
            }
            Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes
            | Endpoint::Apiserver
            | Endpoint::Dns => end.keyword().unwrap_or_default().to_owned(),
        }
    }

    /// The namespace of an end that is declared pods; `None` for addresses and for the cluster's DNS, which the
    /// source may leave undeclared.
    pub fn namespace_of(&self, end: &Endpoint) -> Option<NamespaceId> {
        end.as_namespace().or_else(|| Some(self.workload(end.as_workload()?).namespace))
    }

    /// The path and the place of the declaration of an end that is declared pods.
    pub fn declaration_of(&self, end: &Endpoint) -> Option<(&str, Site)> {
        if let Some(id) = end.as_workload() {
            let workload = self.workload(id);
            return Some((&workload.path, workload.site));
        }
        let namespace = self.namespace(end.as_namespace()?);
        Some((&namespace.path, namespace.site))
    }

    /// The owner of an end that is declared pods; `None` for addresses and for the cluster's own ends.
    pub fn owner_of(&self, end: &Endpoint) -> Option<Owner> {
        if let Some(id) = end.as_workload() {
            return Some(self.workload(id).owner);
        }
        Some(self.namespace(end.as_namespace()?).owner)
    }

    /// Whether the end is a workload whose pods have the address of their node: no policy selects them.
    pub fn is_on_host_network(&self, end: &Endpoint) -> bool {
        end.as_workload().is_some_and(|id| self.workload(id).host_network)
    }

    /// Whether the Service of the end may replace the address of a client with the address of a node.
    pub fn hides_clients(&self, end: &Endpoint) -> bool {
        end.as_workload().is_some_and(|id| self.workload(id).hides_clients())
    }

    /// The workloads of a namespace whose pods have the address of their node.
    pub fn hosts_of(&self, of: NamespaceId) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        self.workload_ids().filter(move |(_, it)| it.host_network && it.namespace == of)
    }
}
