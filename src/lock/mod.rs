//! `mlnet.lock`: the load-balancer address of each service, so that adding, removing or renaming a service
//! changes no other address. In: the text of a lock and `Checked`; out: the next lock and addresses. It must
//! not know objects.

mod allocate;
mod file;
mod read;
mod report;
#[cfg(test)]
mod tests;

pub use allocate::{Allocated, allocate};
pub use file::{FILE_NAME, Lock, write};
pub use read::read;
