//! Who may talk to whom, and what the owners say about it.

use super::{Client, Owner, Server};
use crate::scalar::Date;
use crate::source::{Name, Site, Span, Spanned};

/// Every client may open connections to every server. `<->` is two of them.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Who may open connections.
    pub clients: Vec<Client>,
    /// To whom.
    pub servers: Vec<Server>,
    /// In whose layer of the output it lies: the tenant in whose block it stands, else the platform
    /// (profiles and components are the platform's).
    pub layer: Owner,
    /// Owner of the file in which the flow is written; for the flow of a component, owner of the file with
    /// the outermost `use`.
    pub author: Owner,
    /// Why, as its author says (`reason`, or the doc comment).
    pub reason: Option<String>,
    /// The last day on which it holds.
    pub until: Option<Spanned<Date>>,
    /// The declaration.
    pub site: Site,
}

/// An end that only other clusters have.
#[derive(Debug, Clone)]
pub struct Absent {
    /// Where it is named.
    pub span: Span,
    /// Its name, as it is declared there.
    pub name: String,
    /// One of the clusters that have it.
    pub cluster: Name,
    /// Where that one declares it.
    pub declared: Span,
}

/// An owner's consent to flows that others write: a tenant's to flows into its servers and from its
/// clients, the platform's to both ends.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Whose flows.
    pub clients: Vec<Client>,
    /// Into what.
    pub servers: Vec<Server>,
    /// Who consents: the owner of the file it stands in.
    pub author: Owner,
    /// The declaration.
    pub site: Site,
}

/// A guardrail.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// Whose flows.
    pub clients: Vec<Client>,
    /// Into what.
    pub servers: Vec<Server>,
    /// Ends that are excepted, on either side.
    pub except: Vec<Client>,
    /// Owner, determined like the author of a flow. The platform's guardrails stop every flow, those of a
    /// tenant stop the flows of that tenant.
    pub author: Owner,
    /// The declaration.
    pub site: Site,
    /// Why, as its author says.
    pub reason: Option<String>,
}

/// A test in the source.
#[derive(Debug, Clone)]
pub struct Assert {
    /// Whether it must be allowed; else it must be denied.
    pub allow: bool,
    /// The clients.
    pub clients: Vec<Client>,
    /// The servers.
    pub servers: Vec<Server>,
    /// The declaration.
    pub span: Span,
}
