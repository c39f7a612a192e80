//! Consent to the flows of tenants: the owners that must consent, and the files for their consents.

use super::{Endpoint, Isolation, Model, Owner};
use crate::source::{FileId, Site};

impl Model {
    /// Directions in which an end is isolated. Addresses are not, nor are pods on their node's network: no
    /// policy selects them.
    pub fn isolation_of(&self, endpoint: &Endpoint) -> Isolation {
        let hosted = self.is_on_host_network(endpoint);
        let namespace = self.namespace_of(endpoint).filter(|_| !hosted);
        namespace.map_or_else(Isolation::default, |id| self.namespace(id).isolation)
    }

    /// Owner of a server whose consent a flow needs, given the owner of the file that names the server.
    pub fn server_consent(&self, server: &Endpoint, named_by: Owner) -> Option<Owner> {
        let owner = self.owner_of(server).filter(|it| *it != named_by)?;
        let needs = named_by != Owner::Platform && self.isolation_of(server).ingress.is_some();
        needs.then_some(owner)
    }

    /// Owner of a client whose consent a flow to `server` needs, given the owner of the file that names the
    /// client. A client with `calls = anyone` may call the pods of that owner, but not its nodes: pods on their
    /// node's network stand for every node.
    pub fn client_consent(
        &self,
        client: &Endpoint,
        server: &Endpoint,
        named_by: Owner,
    ) -> Option<Owner> {
        let owner = self.owner_of(client).filter(|it| *it != named_by)?;
        let calls_anyone = client.as_workload().is_some_and(|id| self.workload(id).calls_anyone);
        let needs = named_by != Owner::Platform && self.isolation_of(client).egress.is_some();
        let consents = calls_anyone
            && !self.is_on_host_network(server)
            && self.owner_of(server) == Some(named_by);
        (needs && !consents).then_some(owner)
    }

    /// A file in which an owner writes flows or guardrails; else a file with a block of the tenant that has
    /// flows.
    pub fn file_of(&self, owner: Owner) -> Option<FileId> {
        let is_own = |author: Owner, site: Site| author == owner && site.via.is_none();
        let flows = self.flows.iter().filter(|it| is_own(it.author, it.site)).map(|it| it.site);
        let forbids = self.forbids.iter().filter(|it| is_own(it.author, it.site)).map(|it| it.site);
        let in_blocks = self.flows.iter().filter(|it| is_own(it.layer, it.site)).map(|it| it.site);
        flows.chain(forbids).chain(in_blocks).next().map(|it| it.span.file)
    }
}
