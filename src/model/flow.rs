//! Flows, and the rules of owners about them.

use super::{Client, Owner, Server};
use crate::scalar::Date;
use crate::source::{Name, Site, Span, Spanned};

/// A flow: every client may open connections to every server. `<->` makes two flows.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The clients, which may open connections.
    pub clients: Vec<Client>,
    /// The servers, which accept connections.
    pub servers: Vec<Server>,
    /// The layer of the output that contains the flow: the tenant in whose block it is written, else the
    /// platform (profiles and components are the platform's).
    pub layer: Owner,
    /// Owner of the file in which the flow is written; for the flow of a component, owner of the file with
    /// the outermost `use`.
    pub author: Owner,
    /// The reason that the author gives (`reason`, or the doc comment).
    pub reason: Option<String>,
    /// The last day on which the flow is valid.
    pub until: Option<Spanned<Date>>,
    /// Place of the declaration.
    pub site: Site,
}

/// An end that only other clusters declare.
#[derive(Debug, Clone)]
pub struct Absent {
    /// The place where the end is named.
    pub span: Span,
    /// Name of the end, as declared in the other cluster.
    pub name: String,
    /// One of the clusters that declare it.
    pub cluster: Name,
    /// The place of the declaration in that cluster.
    pub declared: Span,
}

/// An owner's consent to flows that others write: a tenant's to flows into its servers and from its
/// clients, the platform's to both ends.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The clients of the flows.
    pub clients: Vec<Client>,
    /// The servers of the flows.
    pub servers: Vec<Server>,
    /// The owner that consents: the owner of the file with the consent.
    pub author: Owner,
    /// Place of the declaration.
    pub site: Site,
}

/// A guardrail.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// The clients that it blocks.
    pub clients: Vec<Client>,
    /// The servers that it protects.
    pub servers: Vec<Server>,
    /// Exceptions on either side.
    pub except: Vec<Client>,
    /// Owner, determined like the author of a flow. The platform's guardrails stop every flow, those of a
    /// tenant stop the flows of that tenant.
    pub author: Owner,
    /// Place of the declaration.
    pub site: Site,
    /// The reason that the author gives.
    pub reason: Option<String>,
}

/// An assertion in the source.
#[derive(Debug, Clone)]
pub struct Assert {
    /// Whether the connections must be allowed; else they must be denied.
    pub allow: bool,
    /// The clients.
    pub clients: Vec<Client>,
    /// The servers.
    pub servers: Vec<Server>,
    /// Place of the declaration.
    pub span: Span,
}
