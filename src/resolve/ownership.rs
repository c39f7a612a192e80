//! Checks what owners may declare: a tenant's files declare items of that tenant, and flows that have the
//! tenant at one end.

use std::sync::Arc;

use super::report_owners;
use super::resolver::Resolver;
use super::scope::ScopeId;
use crate::model::{Client, Endpoint, NamespaceId, Owner, Server};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Block, Item};

impl<'a> Resolver<'a> {
    /// Reports a `tenant` block in a file that belongs to another tenant.
    pub(super) fn check_opened_by_owner(&mut self, block: &'a Block) {
        let Some((owner, claim)) = self.declared.owners.claim(block.span.file) else { return };
        if *owner != block.name.node {
            let what = format!("`tenant {}`", block.name);
            let home = format!("move it to a file of `{}`", block.name);
            let (at, owner) = (block.name.span, owner.as_str());
            self.diagnostics.push(report_owners::not_its_file(at, &what, owner, *claim, &home));
        }
    }

    /// Reports top-level items in tenants' files that only the platform may declare.
    pub(super) fn check_files(&mut self, trees: &'a [Arc<ast::File>]) {
        for file in trees {
            let Some((owner, claim)) = self.declared.owners.claim(file.id) else { continue };
            for item in &file.items {
                let platforms = matches!(
                    item,
                    Item::Cluster(_) | Item::Use(_) | Item::Profile(_) | Item::Component(_)
                );
                if platforms {
                    let what = format!("`{}` at the top level", item.word());
                    let home = if let Item::Use(_) = item {
                        format!(
                            "move it to a file of the platform, or into `tenant {owner} {{ … }}`"
                        )
                    } else {
                        "move it to a file of the platform".to_owned()
                    };
                    let (at, owner) = (item.name_span(), owner.as_str());
                    self.diagnostics
                        .push(report_owners::not_its_file(at, &what, owner, *claim, &home));
                }
            }
        }
    }

    /// Whether a flow is valid in its file: a tenant's flow must have that tenant at one end.
    pub(super) fn check_ends(
        &mut self,
        file: FileId,
        span: Span,
        clients: &[Client],
        servers: &[Server],
        word: &str,
    ) -> bool {
        let Some((owner, claim)) = self.declared.owners.claim(file) else { return true };
        let fits = self.is_at_one_end(self.author(span), clients, servers);
        if !fits {
            self.diagnostics.push(report_owners::not_its_flow(span, owner.as_str(), *claim, word));
        }
        fits
    }

    /// Whether a tenant's guardrail has that tenant at one end; the error is reported.
    pub(super) fn check_guardrail(
        &mut self,
        span: Span,
        written_at: Span,
        clients: &[Client],
        servers: &[Server],
    ) -> bool {
        let Some((owner, claim)) = self.declared.owners.claim(written_at.file) else { return true };
        let fits = self.is_at_one_end(self.author(written_at), clients, servers);
        if !fits {
            let used_at = (written_at != span).then_some(written_at);
            let owner = owner.as_str();
            self.diagnostics.push(report_owners::not_its_guardrail(span, owner, *claim, used_at));
        }
        fits
    }

    /// Whether the author owns all clients or all servers. The platform may write flows between any ends.
    fn is_at_one_end(&self, author: Owner, clients: &[Client], servers: &[Server]) -> bool {
        let mine = |it: &Endpoint| self.model.owner_of(it) == Some(author);
        author == Owner::Platform
            || clients.is_empty()
            || servers.is_empty()
            || clients.iter().all(|it| mine(&it.endpoint))
            || servers.iter().all(|it| mine(&it.endpoint))
    }

    /// A namespace that items of a scope may use: a tenant's items must use namespaces of that tenant.
    pub(super) fn own_namespace(
        &mut self,
        id: NamespaceId,
        span: Span,
        scope: ScopeId,
    ) -> Option<NamespaceId> {
        let owner = self.scope(scope).owner;
        let namespace = self.model.namespace(id);
        if matches!(owner, Owner::Platform) || namespace.owner == owner {
            return Some(id);
        }
        let tenant = self.model.owner_name(owner).to_owned();
        let diagnostic = report_owners::not_its_namespace(
            span,
            &namespace.path,
            self.model.owner_name(namespace.owner),
            &tenant,
            namespace.site.span,
        );
        self.diagnostics.push(diagnostic);
        None
    }

    /// Reports an invalid consent. A tenant can consent to flows into its servers and to flows from its
    /// clients; the platform can consent for every owner.
    pub(super) fn check_consent(&mut self, author: Owner, clients: &[Client], servers: &[Server]) {
        let Owner::Tenant(tenant) = author else { return };
        if clients.iter().all(|it| self.model.owner_of(&it.endpoint) == Some(author)) {
            return;
        }
        for server in servers {
            let Some(owner) = self.model.owner_of(&server.endpoint) else { continue };
            if owner != author {
                let written = self.files.text(server.site.span).to_owned();
                let author_name = self.model.tenant(tenant).name.to_string();
                let owner_name = self.model.owner_name(owner).to_owned();
                self.diagnostics.push(report_owners::not_its_consent(
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
