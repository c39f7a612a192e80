//! How diagnostics look.
