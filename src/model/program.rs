//! The model of one cluster's program: its tables.

use super::{
    Absent, Accept, Alias, Assert, Cluster, Distribution, Env, External, ExternalId, Flow, Forbid,
    Namespace, NamespaceId, Owner, Tenant, TenantId, Values, Workload, WorkloadId,
};
use crate::source::Expansion;

/// One cluster's program.
#[derive(Debug, Clone)]
pub struct Model {
    /// The target cluster.
    pub cluster: Cluster,
    /// Every instantiation of a component and application of a profile.
    pub expansions: Vec<Expansion>,
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The namespaces, one row for each Kubernetes namespace.
    pub namespaces: Vec<Namespace>,
    /// The workloads and services.
    pub workloads: Vec<Workload>,
    /// Services of type external-name.
    pub aliases: Vec<Alias>,
    /// Addresses outside the cluster.
    pub externals: Vec<External>,
    /// The allowed connections.
    pub flows: Vec<Flow>,
    /// Ends that only other clusters declare; flows leave them out.
    pub absent: Vec<Absent>,
    /// Consents.
    pub accepts: Vec<Accept>,
    /// Whether no consent of the source is left out because it could not be read or bound. Otherwise no check may
    /// conclude that a flow lacks a consent.
    pub has_all_accepts: bool,
    /// Guardrails.
    pub forbids: Vec<Forbid>,
    /// Assertions.
    pub asserts: Vec<Assert>,
    /// Helm values documents.
    pub values: Vec<Values>,
    /// Environment variables of workloads that mlnetc does not own.
    pub envs: Vec<Env>,
}

impl Model {
    /// Whether a load balancer opens node ports: if the source requests them, and on EKS, whose load balancers
    /// connect to node ports.
    pub fn opens_node_ports(&self, workload: &Workload) -> bool {
        let asked = workload.service.as_ref().is_some_and(|it| it.node_ports)
            || workload.ports.iter().any(|it| it.node_port.is_some());
        asked || self.cluster.distribution == Distribution::Eks
    }

    /// The row of a tenant.
    pub fn tenant(&self, id: TenantId) -> &Tenant {
        self.tenants.get(id.at()).expect("INVARIANT: ids are made with their rows")
    }

    /// The row of a namespace.
    pub fn namespace(&self, id: NamespaceId) -> &Namespace {
        self.namespaces.get(id.at()).expect("INVARIANT: ids are made with their rows")
    }

    /// The row of a workload.
    pub fn workload(&self, id: WorkloadId) -> &Workload {
        self.workloads.get(id.at()).expect("INVARIANT: ids are made with their rows")
    }

    /// The row of an external.
    pub fn external(&self, id: ExternalId) -> &External {
        self.externals.get(id.at()).expect("INVARIANT: ids are made with their rows")
    }

    /// Every workload with its id.
    pub fn workload_ids(&self) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        self.workloads.iter().enumerate().map(|(at, it)| (WorkloadId::new(at), it))
    }

    /// Every namespace with its id.
    pub fn namespace_ids(&self) -> impl Iterator<Item = (NamespaceId, &Namespace)> {
        self.namespaces.iter().enumerate().map(|(at, it)| (NamespaceId::new(at), it))
    }

    /// The name of an owner in messages and file names.
    pub fn owner_name(&self, owner: Owner) -> &str {
        match owner {
            Owner::Platform => "the platform",
            Owner::Tenant(id) => self.tenant(id).name.as_str(),
        }
    }
}
