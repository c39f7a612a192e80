//! `mlnet.lock`: which load-balancer address each service has, so that adding, removing or renaming a
//! service moves no other. Text and `Checked` in, text and addresses out; it knows no object.

mod allocate;
mod file;
mod read;
mod report;
#[cfg(test)]
mod tests;

pub use allocate::{Allocated, allocate};
pub use file::{FILE_NAME, Lock, write};
pub use read::read;
