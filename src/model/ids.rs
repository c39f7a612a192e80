//! Ids of the rows in a model's tables.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// No row: placeholder for a reference that is not bound yet.
            pub const NONE: Self = Self(u32::MAX);

            /// The id of the row at an index.
            pub fn new(at: usize) -> Self {
                Self(u32::try_from(at).expect("INVARIANT: tables have fewer than 4 billion rows"))
            }

            /// The index of the row.
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

ids! {
    /// A row of `Model::tenants`.
    TenantId;
    /// A row of `Model::namespaces`.
    NamespaceId;
    /// A row of `Model::workloads`.
    WorkloadId;
    /// A row of `Model::externals`.
    ExternalId;
}
