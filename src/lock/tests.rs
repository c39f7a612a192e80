//! Properties of allocation.
