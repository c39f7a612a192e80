//! The lock of a project: read before a build, written after it if it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output;
use crate::analysis::Session;
use crate::lock::{self, Lock};

/// Greatest number of addresses that a build lists; for more, `git diff` is the better tool.
const SHOWN: usize = 20;

/// The lock before and after a build.
pub(super) struct LockFile {
    path: PathBuf,
    /// The file as it was read, if there is one.
    found: Option<Vec<u8>>,
    /// Its content.
    before: Lock,
    /// Its content after the build.
    pub(super) next: Lock,
}

/// Addresses that change in a lock.
pub(super) struct Difference {
    /// (cluster, service, address) of each service that gets an address or another address.
    pub(super) given: Vec<(String, String, IpAddr)>,
    /// (cluster, service, address) of each service that no longer exists.
    pub(super) freed: Vec<(String, String, IpAddr)>,
}

impl LockFile {
    /// Reads the lock of a session's project; an empty one if there is none.
    pub(super) fn read(path: PathBuf, session: &mut Session) -> Result<Self, Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found = output::read(&path)?;
        if let Some(bytes) = &found {
            let text = String::from_utf8(bytes.clone()).map_err(|_| {
                Failure::usage_help(
                    format!("`{}` is not UTF-8", path.display()),
                    "restore it from version control: it contains the addresses of load balancers",
                )
            })?;
            session.set_lock(Some((name, text)));
        }
        let before = session.lock().clone();
        Ok(Self { path, found, next: before.clone(), before })
    }

    /// Returns the addresses that a build changes.
    pub(super) fn difference(&self) -> Difference {
        let (before, next) = (addresses(&self.before), addresses(&self.next));
        let only = |here: &BTreeMap<_, IpAddr>, there: &BTreeMap<(String, String), IpAddr>| {
            let rows = here.iter().filter(|(key, address)| there.get(*key) != Some(*address));
            rows.map(|((cluster, service), address)| (cluster.clone(), service.clone(), *address))
                .collect()
        };
        let given = only(&next, &before);
        let freed = only(&before, &next);
        Difference { given, freed }
    }

    /// Writes the lock if it changed.
    pub(super) fn write(&self) -> Result<(), Failure> {
        if self.difference().is_none() {
            return Ok(());
        }
        output::write_whole(&self.path, self.found.as_deref(), &lock::write(&self.next))
    }

    /// Returns the path of the file for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Difference {
    /// Whether nothing changes.
    pub(super) fn is_none(&self) -> bool {
        self.given.is_empty() && self.freed.is_empty()
    }

    /// Returns a line for each address: `production: financial.predictor gets 192.0.2.200`. Of a long list, only the
    /// first are shown.
    pub(super) fn lines(&self) -> Vec<String> {
        let given = self
            .given
            .iter()
            .map(|(cluster, service, address)| format!("{cluster}: {service} gets {address}"));
        let still: BTreeSet<(&str, &str)> =
            self.given.iter().map(|(cluster, service, _)| (&**cluster, &**service)).collect();
        let freed = self.freed.iter().filter(|it| !still.contains(&(&*it.0, &*it.1)));
        let freed = freed
            .map(|(cluster, service, address)| format!("{cluster}: {service} releases {address}"));
        let mut lines: Vec<String> = given.chain(freed).collect();
        if lines.len() > SHOWN {
            let more = lines.len() - SHOWN;
            lines.truncate(SHOWN);
            lines.push(format!("and {more} more addresses"));
        }
        lines
    }
}

fn addresses(lock: &Lock) -> BTreeMap<(String, String), IpAddr> {
    let rows = lock.addresses();
    rows.map(|(cluster, service, it)| ((cluster.to_owned(), service.to_owned()), it)).collect()
}
