//! Properties of lowering.
