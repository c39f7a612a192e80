//! The tests over real files.

fn main() {}
