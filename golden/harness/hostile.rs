//! Hostile and unlucky input: for any content of a project, beside it or at the output path, mlnetc gives a clear
//! answer with little memory, and loses no data. Rejected input runs with 200 MiB. A run that does not end is killed;
//! no test depends on the speed of the machine.
//!
//! `MLNETC_HOSTILE=all` runs more and larger cases: `.ci/run` does.
#![expect(clippy::disallowed_methods, reason = "the tests are about the disk")]

mod builds;
mod disk;
mod sources;
mod templates;

use super::case::Cases;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    sources::add(cases);
    templates::add(cases);
    disk::add(cases);
    builds::add(cases);
}

/// Returns `few`, or `many` if all cases are requested.
fn some(few: usize, many: usize) -> usize {
    if std::env::var("MLNETC_HOSTILE").is_ok_and(|it| it == "all") { many } else { few }
}

/// A source that builds.
const SOURCE: &str = "\
cluster lab {
  distribution = k3s
  pods         = 10.42.0.0/16
  services     = 10.43.0.0/16
  nodes        = [192.168.1.81-192.168.1.83]
  metallb {
    version = \"0.14.8\"
    pool lan { addresses = [192.168.1.200-192.168.1.220], announce = l2 }
  }
}
tenant team {
  namespace main { isolate = both }
  service web in main { pods = { app = \"web\" }, port http 80 -> 8080, type = load-balancer }
  workload job in main { pods = { app = \"job\" } }
  flow job -> web
}
";
