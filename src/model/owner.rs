//! Owners: the platform and its tenants.

use super::TenantId;
use crate::source::{Name, Span};

/// A tenant: a team.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Name of the tenant.
    pub name: Name,
    /// Address or person to ask for consent.
    pub contact: Option<String>,
    /// The first `tenant NAME` block.
    pub span: Span,
}

/// The owner of a declaration. Policies are written to the folder of their owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The platform. It owns files that no tenant claims, profiles, and components of the standard library.
    Platform,
    /// A tenant.
    Tenant(TenantId),
}
