//! Who may declare what: a tenant's files declare things in that tenant, and flows that have it at
//! one end.

use super::Resolver;
use super::report_values;
use crate::model::{Client, Endpoint, Owner, Server};
use crate::source::{FileId, Name, Span};
use crate::syntax::ast::{self, Block, Item};

impl<'a> Resolver<'a> {
    /// A `tenant` block in a file that belongs to another tenant.
    pub(super) fn check_opened_by_owner(&mut self, block: &'a Block) {
        let Some(owner) = self.declared.owners.of_file(block.span.file) else { return };
        if *owner != block.name.node {
            let what = format!("`tenant {}`", block.name);
            let diagnostic = report_values::not_its_file(
                block.name.span,
                &what,
                owner.as_str(),
                self.claim(owner),
            );
            self.said.push(diagnostic);
        }
    }

    /// Items at the top level of tenants' files that only the platform may write.
    pub(super) fn check_files(&mut self, asts: &'a [ast::File]) {
        for file in asts {
            let Some(owner) = self.declared.owners.of_file(file.id).cloned() else { continue };
            for item in &file.items {
                let platforms = matches!(
                    item,
                    Item::Cluster(_) | Item::Use(_) | Item::Profile(_) | Item::Component(_)
                );
                if platforms {
                    let what = format!("`{}` at the top level", item.word());
                    let claim = self.claim(&owner);
                    self.said.push(report_values::not_its_file(
                        item.name_span(),
                        &what,
                        owner.as_str(),
                        claim,
                    ));
                }
            }
        }
    }

    /// Where a tenant is first opened.
    fn claim(&self, tenant: &Name) -> Span {
        let blocks = self.declared.tenants.get(tenant);
        let first = blocks.and_then(|it| it.first());
        first.expect("INVARIANT: an owner is a tenant").name.span
    }

    /// A flow in a tenant's file must have that tenant at one end.
    pub(super) fn check_ends(
        &mut self,
        file: FileId,
        span: Span,
        clients: &[Client],
        servers: &[Server],
        word: &str,
    ) {
        let Some(owner) = self.declared.owners.of_file(file).cloned() else { return };
        if clients.is_empty() || servers.is_empty() {
            return;
        }
        let Owner::Tenant(id) = self.author(span) else { return };
        let mine = |it: &Endpoint| self.owner_of(it) == Some(Owner::Tenant(id));
        let fits = clients.iter().all(|it| mine(&it.endpoint))
            || servers.iter().all(|it| mine(&it.endpoint));
        if !fits {
            let claim = self.claim(&owner);
            self.said.push(report_values::not_its_flow(span, owner.as_str(), claim, word));
        }
    }

    /// Whose an endpoint is; addresses and the cluster's own are nobody's.
    pub(super) fn owner_of(&self, endpoint: &Endpoint) -> Option<Owner> {
        match endpoint {
            Endpoint::Workload(id) => Some(self.model.workload(*id).owner),
            Endpoint::Namespace(id) => Some(self.model.namespace(*id).owner),
            Endpoint::External(_)
            | Endpoint::Addresses(_)
            | Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes
            | Endpoint::Apiserver
            | Endpoint::Dns => None,
        }
    }

    /// Only the owner of a server can consent to flows into it; the platform speaks for everybody.
    pub(super) fn check_consent(&mut self, author: Owner, servers: &[Server]) {
        let Owner::Tenant(tenant) = author else { return };
        for server in servers {
            let Some(owner) = self.owner_of(&server.endpoint) else { continue };
            if owner != author {
                let written = self.files.text(server.site.span).to_owned();
                let author_name = self.model.tenant(tenant).name.to_string();
                let owner_name = self.model.owner_name(owner).to_owned();
                self.said.push(report_values::not_its_consent(
                    server.site.span,
                    &written,
                    &author_name,
                    &owner_name,
                    owner,
                ));
            }
        }
    }
}
